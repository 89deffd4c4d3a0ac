"""Departments and windows: what the office arranges, and what every other domain asks for."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import TypeAlias, TypeVar
from uuid import UUID

from yimen.core.audit import AuditFacts, record_audit
from yimen.core.caller import Caller
from yimen.core.clock import hall_day
from yimen.core.errors import AppError, Conflict, FieldProblem, InvalidInput, NotFound
from yimen.core.outbox import publish_event
from yimen.core.preconditions import require_version
from yimen.domains.organisation.enums import DepartmentKind, WindowKind
from yimen.domains.organisation.models import (
    ChiefRepresentative,
    Department,
    Deputy,
    Duty,
    StaffMember,
    Window,
    WindowService,
)
from yimen.domains.organisation.repository import OrganisationRepository
from yimen.domains.organisation.rules import ONE_DAY, Span
from yimen.domains.organisation.schemas import (
    Closing,
    DepartmentCreate,
    DepartmentUpdate,
    WindowCreate,
    WindowUpdate,
)

Row: TypeAlias = (
    Department | Window | StaffMember | WindowService | ChiefRepresentative | Duty | Deputy
)
Given = TypeVar("Given")


class DepartmentCodeTaken(Conflict):
    code = "department_code_taken"
    title = "这个部门代码已有部门使用，请换一个。"
    constraint = "uq_departments_code"


class DepartmentIsClosed(Conflict):
    code = "department_closed"
    title = "该部门已经撤出中心，请先恢复进驻。"


class DepartmentIsOpen(Conflict):
    code = "department_not_closed"
    title = "该部门没有撤出中心，无须恢复。"


class DepartmentHasOpenWindows(Conflict):
    code = "department_has_open_windows"
    title = "该部门还有窗口没有停用，请先停用这些窗口。"


class DepartmentHasServingStaff(Conflict):
    code = "department_has_serving_staff"
    title = "该部门还有人员在窗口服务，请先结束他们的窗口服务。"


class AgencyHasNoChief(Conflict):
    code = "agency_has_no_chief_representative"
    title = "中介机构不派首席代表，首席代表只由行政部门派遣。"


class WindowNumberTaken(Conflict):
    code = "window_number_taken"
    title = "这个窗口编号已有窗口使用，请换一个。"
    constraint = "uq_windows_number"


class WindowIsClosed(Conflict):
    code = "window_closed"
    title = "该窗口在这一天不启用，请换一天，或先恢复启用。"


class WindowIsOpen(Conflict):
    code = "window_not_closed"
    title = "该窗口没有停用，无须恢复。"


class ForeignStaff(Conflict):
    code = "staff_of_other_department"
    title = "独立窗口只能由本部门派遣的人员服务，请改派本部门人员，或先将窗口改为综合窗口。"


class StaffMemberLeft(Conflict):
    code = "staff_member_left"
    title = "此人已经离开中心，请先恢复其在岗。"


class StaffMemberPresent(Conflict):
    code = "staff_member_present"
    title = "此人没有离开中心，无须恢复。"


class OrganisationService:
    """Who is where. All end days are the last day that counts."""

    def __init__(
        self, organisation: OrganisationRepository, *, caller: Caller | None, now: datetime
    ) -> None:
        self.organisation = organisation
        self.caller = caller
        self.now = now
        self.today = hall_day(now)

    # What other domains ask

    async def department(self, department_id: UUID) -> Department:
        """One department or agency; raises NotFound."""
        return _require(await self.organisation.department(department_id), "没有这个部门。")

    async def window(self, window_id: UUID) -> Window:
        """One window with its department; raises NotFound."""
        return _require(await self.organisation.window(window_id), "没有这个窗口。")

    async def staff_member(self, staff_id: UUID) -> StaffMember:
        """One staff member with the department; raises NotFound."""
        return _require(await self.organisation.staff_member(staff_id), "没有这个工作人员。")

    async def staff_at(self, window_id: UUID, day: date) -> list[StaffMember]:
        """Who serves at a window on a day, by staff number."""
        services = await self.organisation.services_at([window_id], Span(day, day))
        return [service.staff_member for service in services]

    async def is_staffed(self, window_id: UUID, day: date) -> bool:
        """Whether anybody serves at a window on a day."""
        return bool(await self.organisation.services_at([window_id], Span(day, day)))

    async def services_of(
        self, staff_ids: Collection[UUID], first: date, last: date
    ) -> Sequence[WindowService]:
        """Where people serve on the days from first through last, with the windows."""
        return await self.organisation.services_of(staff_ids, Span(first, last))

    async def services_at(
        self, window_ids: Collection[UUID], first: date, last: date
    ) -> Sequence[WindowService]:
        """Who serves at windows on the days from first through last."""
        return await self.organisation.services_at(window_ids, Span(first, last))

    async def chiefs_on(self, department_ids: Collection[UUID], day: date) -> dict[UUID, UUID]:
        """The chief representative of each department that has one on a day."""
        chiefs = await self.organisation.chiefs_of(department_ids, Span(day, day))
        return {chief.department_id: chief.staff_id for chief in chiefs}

    async def windows_of_department(self, department_id: UUID) -> Sequence[Window]:
        """The windows a department has today or will open, by number."""
        return await self.organisation.windows_of_department(department_id, self.today)

    # Departments

    async def create_department(self, data: DepartmentCreate) -> Department:
        """A department or agency comes into the hall (MGMT 四, 八)."""
        made = await self.organisation.add(
            Department(code=data.code, name=data.name, kind=data.kind)
        )
        await self.tell("departments.create", made)
        return made

    async def change_department(
        self, department_id: UUID, data: DepartmentUpdate, *, seen: int
    ) -> Department:
        department = await self.department_to_change(department_id, seen)
        old = facts_of(department)
        department.code = data.code or department.code
        department.name = data.name or department.name
        await self.tell("departments.change", department, old=old)
        return department

    async def close_department(
        self, department_id: UUID, data: Closing, *, seen: int
    ) -> Department:
        """A department leaves the hall; by then its windows are closed and its people gone."""
        department = await self.department_to_change(department_id, seen)
        if department.closed_on is not None:
            raise DepartmentIsClosed
        last = data.closed_on or self.today
        after = Span(last + ONE_DAY, None)
        windows = await self.organisation.windows_of_department(department_id, after.starts_on)
        if windows:
            names = "、".join(window.number for window in windows)
            raise DepartmentHasOpenWindows(f"该部门的 {names} 号窗口还没有停用，请先停用。")
        serving = await self.organisation.services_of_department(department_id, after)
        if serving:
            names = "、".join(service.staff_member.name for service in serving)
            raise DepartmentHasServingStaff(f"该部门的{names}还在窗口服务，请先结束其窗口服务。")
        for chief in await self.organisation.chiefs_of([department_id], after):
            await self.end_appointment(chief, last)
        old = facts_of(department)
        department.closed_on = last
        await self.tell("departments.close", department, old=old)
        return department

    async def reopen_department(self, department_id: UUID, *, seen: int) -> Department:
        department = await self.department_to_change(department_id, seen)
        if department.closed_on is None:
            raise DepartmentIsOpen
        old = facts_of(department)
        department.closed_on = None
        await self.tell("departments.reopen", department, old=old)
        return department

    async def department_to_change(self, department_id: UUID, seen: int) -> Department:
        """The department as the caller saw it; nobody else changes the organisation meanwhile."""
        await self.organisation.hold()
        department = await self.department(department_id)
        require_version(department.version, seen)
        return department

    # Windows

    async def open_window(self, data: WindowCreate) -> Window:
        """A window opens; it shows as not staffed until the department sends someone."""
        await self.organisation.hold()
        opened_on = data.opened_on or self.today
        department = await self.given_department(data.department_id)
        require_open_department(department, opened_on)
        made = Window(
            number=data.number,
            name=data.name,
            department=department,
            kind=data.kind,
            opened_on=opened_on,
        )
        await self.organisation.add(made)
        await self.tell("windows.open", made)
        return made

    async def change_window(self, window_id: UUID, data: WindowUpdate, *, seen: int) -> Window:
        """New number, name or kind; an independent window keeps its own department's staff only."""
        window = await self._window_to_change(window_id, seen)
        old = facts_of(window)
        window.number = data.number or window.number
        window.name = data.name or window.name
        window.kind = data.kind or window.kind
        for service in await self.organisation.services_at([window_id], Span(self.today, None)):
            require_own_staff(service.staff_member, window)
        await self.tell("windows.change", window, old=old)
        return window

    async def close_window(self, window_id: UUID, data: Closing, *, seen: int) -> Window:
        """A window closes, and everyone's service there ends with it."""
        window = await self._window_to_change(window_id, seen)
        if window.closed_on is not None:
            raise WindowIsClosed("该窗口已经停用。")
        last = data.closed_on or self.today
        require_order(window.opened_on, last, "/closed_on")
        for service in await self.organisation.services_at([window_id], Span(last + ONE_DAY, None)):
            await self.end_service(service, last)
        old = facts_of(window)
        window.closed_on = last
        await self.tell("windows.close", window, old=old)
        return window

    async def reopen_window(self, window_id: UUID, *, seen: int) -> Window:
        """A closed window opens again, without staff."""
        window = await self._window_to_change(window_id, seen)
        if window.closed_on is None:
            raise WindowIsOpen
        require_open_department(window.department, self.today)
        old = facts_of(window)
        window.closed_on = None
        await self.tell("windows.reopen", window, old=old)
        return window

    async def _window_to_change(self, window_id: UUID, seen: int) -> Window:
        await self.organisation.hold()
        window = await self.window(window_id)
        require_version(window.version, seen)
        return window

    # Shared with service_staffing

    async def given_department(self, department_id: UUID) -> Department:
        """The department that a body names; raises InvalidInput."""
        found = await self.organisation.department(department_id)
        return require_given(found, "/department_id", "没有这个部门。")

    async def end_service(self, service: WindowService, last: date) -> None:
        """End a service on a day; one that would begin later is taken back."""
        old = facts_of(service)
        service.window.version += 1
        service.staff_member.version += 1
        if last < service.starts_on:
            await self.organisation.remove(service)
            await self.tell("services.cancel", service, old=old, is_removed=True)
        else:
            service.ends_on = last
            await self.tell("services.end", service, old=old)

    async def end_appointment(self, chief: ChiefRepresentative, last: date) -> None:
        """End an appointment on a day; one that would begin later is taken back."""
        old = facts_of(chief)
        if last < chief.starts_on:
            await self.organisation.remove(chief)
            await self.tell("chiefs.cancel", chief, old=old, is_removed=True)
        else:
            chief.ends_on = last
            await self.tell("chiefs.end", chief, old=old)

    async def tell(
        self, action: str, row: Row, *, old: AuditFacts | None = None, is_removed: bool = False
    ) -> None:
        """Write a change, with its audit row and its event; what was changed gets a new version."""
        if old is not None and isinstance(row, _VERSIONED):
            row.version += 1
        await self.organisation.flush()
        new = None if is_removed else facts_of(row)
        subject = _SUBJECTS[type(row)]
        await record_audit(
            self.organisation.session,
            caller=self.caller,
            action=action,
            subject_type=subject,
            subject_id=row.id,
            old=old,
            new=new,
        )
        await publish_event(
            self.organisation.session,
            kind=action,
            subject_type=subject,
            subject_id=row.id,
            occurred_at=self.now,
            facts=new or old or {},
        )


_VERSIONED = Department | Window | StaffMember | Duty | Deputy
_SUBJECTS: dict[type[Row], str] = {
    Department: "department",
    Window: "window",
    StaffMember: "staff_member",
    WindowService: "window_service",
    ChiefRepresentative: "chief_representative",
    Duty: "duty",
    Deputy: "deputy",
}


def facts_of(row: Row) -> AuditFacts:
    """The columns of a row as they go into the audit."""
    facts = {column.key: getattr(row, column.key) for column in row.__table__.columns}
    return {
        key: value if value is None else str(value)
        for key, value in facts.items()
        if key not in ("id", "version")
    }


def is_open(place: Department | Window, day: date) -> bool:
    """Whether a department is in the hall, or a window open, on a day."""
    opened = not isinstance(place, Window) or place.opened_on <= day
    return opened and (place.closed_on is None or day <= place.closed_on)


def _require(found: Given | None, sentence: str) -> Given:
    if found is None:
        raise NotFound(sentence)
    return found


def require_given(found: Given | None, pointer: str, sentence: str) -> Given:
    """What a body refers to; raises InvalidInput that points at the field."""
    if found is None:
        raise InvalidInput(errors=[FieldProblem(pointer, "unknown", sentence)])
    return found


def require_order(first: date, last: date, pointer: str) -> None:
    """Raise InvalidInput for a last day before the first."""
    if last < first:
        problem = FieldProblem(pointer, "before_start", f"最后一日不能早于 {first}。")
        raise InvalidInput(errors=[problem])


def span_of(row: WindowService | ChiefRepresentative | Duty | Deputy) -> Span:
    return Span(row.starts_on, row.ends_on)


def require_within(span: Span, last: date, pointer: str) -> None:
    """Raise InvalidInput for a new last day that is before the first or after the old last one."""
    require_order(span.starts_on, last, pointer)
    if span.ends_on is not None and span.ends_on < last:
        sentence = f"已登记到 {span.ends_on} 为止，不能延后；如需延长，请另行登记。"
        raise InvalidInput(errors=[FieldProblem(pointer, "after_end", sentence)])


def require_open_department(department: Department, day: date) -> None:
    """Raise DepartmentIsClosed for a department that has left the hall by that day."""
    if not is_open(department, day):
        raise DepartmentIsClosed


def why_no_chief(department: Department, day: date) -> AppError | None:
    """Why a department cannot appoint a chief representative from a day on."""
    if department.kind is DepartmentKind.AGENCY:
        return AgencyHasNoChief(article="MGMT 十七、十八")
    return None if is_open(department, day) else DepartmentIsClosed()


def require_own_staff(staff_member: StaffMember, window: Window) -> None:
    """Raise ForeignStaff at an independent window; a comprehensive one takes anybody."""
    if window.kind is WindowKind.INDEPENDENT and staff_member.department_id != window.department_id:
        raise ForeignStaff(
            f"{staff_member.name}不是 {window.number} 号窗口所属部门派遣的人员，"
            "请改派本部门人员，或先将窗口改为综合窗口。"
        )
