"""Who works in the hall, who serves at which window, who stands for which department."""

from datetime import date
from uuid import UUID

from yimen.core.errors import Conflict, NotFound
from yimen.core.preconditions import require_version
from yimen.domains.organisation.models import (
    ChiefRepresentative,
    Department,
    StaffMember,
    Window,
    WindowService,
)
from yimen.domains.organisation.rules import ONE_DAY, Span, earliest_end, first_uncovered_day
from yimen.domains.organisation.schemas import (
    ChiefAppoint,
    ChiefEnd,
    Departure,
    ServiceBegin,
    ServiceCancel,
    ServiceEnd,
    StaffCreate,
    StaffUpdate,
)
from yimen.domains.organisation.service import (
    OrganisationService,
    StaffMemberLeft,
    StaffMemberPresent,
    WindowIsClosed,
    facts_of,
    is_open,
    require_given,
    require_open_department,
    require_order,
    require_own_staff,
    require_within,
    span_of,
    why_no_chief,
)

__all__ = ["ServiceBegin", "StaffCreate", "StaffUpdate", "StaffingService"]

NEEDS_STAFF = "MGMT 二十一"
NEEDS_CHIEF = "MGMT 十七"


class StaffNumberTaken(Conflict):
    code = "staff_number_taken"
    title = "这个工号已有人使用，请换一个。"
    constraint = "uq_staff_members_staff_number"


class StaffMemberIsChief(Conflict):
    code = "staff_member_is_chief"
    title = "此人是该部门的首席代表，请先由部门另行委派，再调整其部门。"


class OverlappingService(Conflict):
    code = "overlapping_service"
    title = "此人在这段时间已在窗口服务，请先结束原来的服务。"
    constraint = "ex_window_services_overlap"


class WindowWithoutStaff(Conflict):
    code = "window_without_staff"
    title = "这样窗口将无人在岗，请同时指定接替人员，或停用该窗口。"


class ServiceHasBegun(Conflict):
    code = "service_has_begun"
    title = "这段服务已经开始，不能取消，请改为结束服务。"


class SecondChief(Conflict):
    code = "second_chief_representative"
    title = "该部门已有首席代表，一个部门只设一名；如要更换，请同时结束现任的任期。"
    constraint = "ex_chief_representatives_overlap"


class ChiefOfOtherDepartment(Conflict):
    code = "chief_of_other_department"
    title = "首席代表须由本部门派遣，请选择本部门的人员。"


class NoChief(Conflict):
    code = "no_chief_representative"
    title = "该部门现在没有首席代表。"


class StaffingService:
    """Staff come, serve and leave; one change at a time, so that no window is emptied by two."""

    def __init__(self, hall: OrganisationService) -> None:
        self.hall = hall
        self.organisation = hall.organisation
        self.today = hall.today

    # Staff

    async def create_staff_member(self, data: StaffCreate) -> StaffMember:
        """Someone comes to work in the hall (MGMT 二十一)."""
        await self.organisation.hold()
        made = StaffMember(
            staff_number=data.staff_number,
            name=data.name,
            department=await self._home(data.department_id),
            post=data.post,
        )
        await self.organisation.add(made)
        await self.hall.tell("staff.create", made)
        return made

    async def change_staff_member(
        self, staff_id: UUID, data: StaffUpdate, *, seen: int
    ) -> StaffMember:
        """New number, name, post or department; not away from what the old department rests on."""
        staff_member = await self._staff_to_change(staff_id, seen)
        old = facts_of(staff_member)
        staff_member.staff_number = data.staff_number or staff_member.staff_number
        staff_member.name = data.name or staff_member.name
        staff_member.post = data.post or staff_member.post
        moves = data.department_id != staff_member.department_id
        if moves and "department_id" in data.model_fields_set:
            ahead = Span(self.today, None)
            if await self.organisation.appointments_of(staff_id, ahead):
                raise StaffMemberIsChief
            staff_member.department = await self._home(data.department_id)
            await self.organisation.flush()
            for service in await self.organisation.services_of([staff_id], ahead):
                require_own_staff(staff_member, service.window)
        await self.hall.tell("staff.change", staff_member, old=old)
        return staff_member

    async def depart(self, staff_id: UUID, data: Departure, *, seen: int) -> StaffMember:
        """Someone leaves the hall: service and appointment end, and the account no longer works."""
        staff_member = await self._staff_to_change(staff_id, seen)
        if staff_member.left_on is not None:
            raise StaffMemberLeft("此人已经登记离开中心。")
        last = data.left_on or self.today
        after = Span(last + ONE_DAY, None)
        for chief in await self.organisation.appointments_of(staff_id, after):
            await self.hall.end_appointment(chief, last)
        for service in await self.organisation.services_of([staff_id], after):
            await self._give_up(service, last, data.followed_by_staff_id)
        old = facts_of(staff_member)
        staff_member.left_on = last
        await self.hall.tell("staff.depart", staff_member, old=old)
        return staff_member

    async def rejoin(self, staff_id: UUID, *, seen: int) -> StaffMember:
        """Someone who left is back, without a window."""
        staff_member = await self._staff_to_change(staff_id, seen)
        if staff_member.left_on is None:
            raise StaffMemberPresent
        if staff_member.department is not None:
            require_open_department(staff_member.department, self.today)
        old = facts_of(staff_member)
        staff_member.left_on = None
        await self.hall.tell("staff.rejoin", staff_member, old=old)
        return staff_member

    async def _staff_to_change(self, staff_id: UUID, seen: int) -> StaffMember:
        await self.organisation.hold()
        staff_member = await self.hall.staff_member(staff_id)
        require_version(staff_member.version, seen)
        return staff_member

    async def _home(self, department_id: UUID | None) -> Department | None:
        if department_id is None:
            return None
        department = await self.hall.given_department(department_id)
        require_open_department(department, self.today)
        return department

    # Service at windows

    async def begin_service(self, staff_id: UUID, data: ServiceBegin, *, seen: int) -> StaffMember:
        """Someone begins to serve at a window; one window at a time."""
        staff_member = await self._staff_to_change(staff_id, seen)
        window = require_given(
            await self.organisation.window(data.window_id), "/window_id", "没有这个窗口。"
        )
        wanted = Span(data.starts_on or self.today, data.ends_on)
        if wanted.ends_on is not None:
            require_order(wanted.starts_on, wanted.ends_on, "/ends_on")
        given_up = []
        for service in await self.organisation.services_of([staff_id], wanted):
            if not data.ends_previous or service.starts_on > wanted.starts_on:
                break
            given_up.append((service, Span(wanted.starts_on, service.ends_on)))
            await self.hall.end_service(service, wanted.starts_on - ONE_DAY)
        await self._place(staff_member, window, wanted)
        for service, lost in given_up:
            await self._fill(service.window, lost, data.followed_by_staff_id)
        return staff_member

    async def end_service(
        self, staff_id: UUID, service_id: UUID, data: ServiceEnd, *, seen: int
    ) -> StaffMember:
        """Someone's service ends; the window must not stand empty for it (MGMT 二十一)."""
        staff_member = await self._staff_to_change(staff_id, seen)
        service = await self._service(staff_id, service_id)
        last = data.ends_on or self.today
        require_within(span_of(service), last, "/ends_on")
        await self._give_up(service, last, data.followed_by_staff_id)
        return staff_member

    async def cancel_service(
        self, staff_id: UUID, service_id: UUID, data: ServiceCancel, *, seen: int
    ) -> StaffMember:
        """Take back a service entered by mistake, up to its first day."""
        staff_member = await self._staff_to_change(staff_id, seen)
        service = await self._service(staff_id, service_id)
        if service.starts_on < self.today:
            raise ServiceHasBegun
        await self._give_up(service, service.starts_on - ONE_DAY, data.followed_by_staff_id)
        return staff_member

    async def _service(self, staff_id: UUID, service_id: UUID) -> WindowService:
        found = await self.organisation.service(staff_id, service_id)
        if found is None:
            raise NotFound("此人没有这段窗口服务。")
        return found

    async def _give_up(self, service: WindowService, last: date, follower_id: UUID | None) -> None:
        """End a service and see to it that somebody has the days that are given up."""
        lost = span_of(service).part_in(Span(last + ONE_DAY, None))
        if lost is not None:
            await self.hall.end_service(service, last)
            await self._fill(service.window, lost, follower_id)

    async def _fill(self, window: Window, lost: Span, follower_id: UUID | None) -> None:
        """Place the follower on the days given up; raise WindowWithoutStaff if one stays empty.

        Days gone by are facts, and days on which the window is closed need nobody.
        """
        if follower_id is not None:
            follower = require_given(
                await self.organisation.staff_member(follower_id),
                "/followed_by_staff_id",
                "没有这个工作人员。",
            )
            await self._place(follower, window, lost)
        if window.closed_on is not None and window.closed_on < self.today:
            return
        needed = lost.part_in(Span(max(window.opened_on, self.today), window.closed_on))
        if needed is None:
            return
        services = await self.organisation.services_at([window.id], needed)
        empty_from = first_uncovered_day(needed, [span_of(service) for service in services])
        if empty_from is not None:
            raise WindowWithoutStaff(
                f"{window.number} 号窗口自 {empty_from} 起将无人在岗，"
                "请同时指定接替人员，或停用该窗口。",
                article=NEEDS_STAFF,
            )

    async def _place(
        self, staff_member: StaffMember, window: Window, wanted: Span
    ) -> WindowService:
        """Let someone serve for a span, no longer than the window is open and they are here."""
        if not is_open(window, wanted.starts_on):
            raise WindowIsClosed(f"{window.number} 号窗口在 {wanted.starts_on} 不启用。")
        if staff_member.left_on is not None and staff_member.left_on < wanted.starts_on:
            raise StaffMemberLeft(f"{staff_member.name}在 {wanted.starts_on} 之前已离开中心。")
        require_own_staff(staff_member, window)
        ends_on = earliest_end(wanted.ends_on, window.closed_on, staff_member.left_on)
        span = Span(wanted.starts_on, ends_on)
        for service in await self.organisation.services_of([staff_member.id], span):
            raise OverlappingService(
                f"{staff_member.name}自 {service.starts_on} 起在 {service.window.number} "
                "号窗口服务，请先结束那段服务，或选择同时结束原服务。"
            )
        made = WindowService(
            staff_member=staff_member, window=window, starts_on=span.starts_on, ends_on=ends_on
        )
        await self.organisation.add(made)
        staff_member.version += 1
        window.version += 1
        await self.hall.tell("services.begin", made)
        return made

    # What leave asks

    async def send_substitute(self, staff_id: UUID, window_id: UUID, span: Span) -> WindowService:
        """Someone stands in at a window for a span, and so serves nowhere else (ATTEND 二(三))."""
        await self.organisation.hold()
        staff_member = await self.hall.staff_member(staff_id)
        return await self._place(staff_member, await self.hall.window(window_id), span)

    async def recall_substitute(self, staff_id: UUID, service_id: UUID, last: date) -> None:
        """A substitute's last day at the window; before the first one, the service never was."""
        await self.organisation.hold()
        service = await self.organisation.service(staff_id, service_id)
        if service is not None and (service.ends_on is None or service.ends_on > last):
            await self.hall.end_service(service, last)

    # Chief representatives

    async def appoint_chief(
        self, department_id: UUID, data: ChiefAppoint, *, seen: int
    ) -> Department:
        """The department names who stands for it: one of its own, and only one (MGMT 十七)."""
        department = await self.hall.department_to_change(department_id, seen)
        starts_on = data.starts_on or self.today
        refusal = why_no_chief(department, starts_on)
        if refusal is not None:
            raise refusal
        staff_member = require_given(
            await self.organisation.staff_member(data.staff_id), "/staff_id", "没有这个工作人员。"
        )
        if staff_member.department_id != department_id:
            raise ChiefOfOtherDepartment(article=NEEDS_CHIEF)
        if staff_member.left_on is not None and staff_member.left_on < starts_on:
            raise StaffMemberLeft
        span = Span(starts_on, earliest_end(department.closed_on, staff_member.left_on))
        for chief in await self.organisation.chiefs_of([department_id], span):
            if not data.replaces_current or chief.starts_on > starts_on:
                raise SecondChief(
                    f"该部门自 {chief.starts_on} 起的首席代表是{chief.staff_member.name}，"
                    "一个部门只设一名；如要更换，请同时结束其任期。",
                    article=NEEDS_CHIEF,
                )
            await self.hall.end_appointment(chief, starts_on - ONE_DAY)
        made = ChiefRepresentative(
            department_id=department_id,
            staff_member=staff_member,
            starts_on=starts_on,
            ends_on=span.ends_on,
        )
        await self.organisation.add(made)
        department.version += 1
        await self.hall.tell("chiefs.appoint", made)
        return department

    async def end_chief(self, department_id: UUID, data: ChiefEnd, *, seen: int) -> Department:
        """The present chief representative's last day; the department names another (MGMT 二十)."""
        department = await self.hall.department_to_change(department_id, seen)
        last = data.ends_on or self.today
        today = Span(self.today, self.today)
        chiefs = await self.organisation.chiefs_of([department_id], today)
        if not chiefs:
            raise NoChief
        [chief] = chiefs
        require_within(span_of(chief), last, "/ends_on")
        department.version += 1
        await self.hall.end_appointment(chief, last)
        return department
