"""Duties of posts, who is whose B-role, and who acts for whom (DUTY, ABPOST)."""

from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

from yimen.core.errors import AppError, Conflict, FieldProblem, Forbidden, InvalidInput, NotFound
from yimen.core.preconditions import require_version
from yimen.core.schemas import AllowedAction
from yimen.domains.organisation.access import may_arrange_posts
from yimen.domains.organisation.enums import DeputyKind, DutyLevel
from yimen.domains.organisation.models import Deputy, Duty, StaffMember
from yimen.domains.organisation.rules import ONE_DAY, Span
from yimen.domains.organisation.schemas_posts import (
    DeputyCreate,
    DeputyPage,
    DeputyQuery,
    DeputyRead,
    DutyCreate,
    DutyPage,
    DutyQuery,
    DutyRead,
    DutyUpdate,
    Handover,
    LastDay,
    PostLine,
    ResponsibilitySheet,
    SheetQuery,
)
from yimen.domains.organisation.service import (
    OrganisationService,
    StaffMemberLeft,
    facts_of,
    require_given,
    require_open_department,
    require_order,
    require_within,
    span_of,
)

NEEDS_DEPUTY = "ABPOST 二、三"


class NotYourPosts(Forbidden):
    code = "not_your_posts"
    title = "岗位职责和AB岗由本部门首席代表或中心办公室安排。"


class NotTheDeputy(Forbidden):
    code = "not_the_deputy"
    title = "交接由顶岗的B岗本人确认。"


class OwnDeputy(Conflict):
    code = "own_deputy"
    title = "不能由本人担任自己的B岗，请另选一人。"
    constraint = "ck_deputies_not_self"


class DeputyNotNear(Conflict):
    code = "deputy_not_near"
    title = "B岗应是同一部门（科室）或同一窗口的人员，请另选一人。"


class StandingDeputyNamed(Conflict):
    code = "standing_deputy_named"
    title = "此人在这段时间已有常设B岗，请先结束原来的安排。"
    constraint = "ex_deputies_standing"


class TemporaryDeputyNamed(Conflict):
    code = "temporary_deputy_named"
    title = "此人在这段时间已有临时B岗顶岗，请先结束原来的安排。"
    constraint = "ex_deputies_temporary"


class DeputyIsAbsent(Conflict):
    code = "deputy_absent"
    title = "这名B岗在这段时间自己也离岗、由他人顶岗，请另选一人。"


class NothingToHandOver(Conflict):
    code = "nothing_to_hand_over"
    title = "常设AB岗没有交接手续，只有临时顶岗才须确认交接。"


class DeputyshipOver(Conflict):
    code = "deputyship_over"
    title = "这段AB岗安排已经结束。"


class DutyOver(Conflict):
    code = "duty_over"
    title = "这项职责已经停止执行，请另行制定。"


class PostService:
    """What posts are there for, and who steps in when someone leaves."""

    def __init__(self, hall: OrganisationService) -> None:
        self.hall = hall
        self.organisation = hall.organisation
        self.today = hall.today

    # Duties

    async def duty(self, duty_id: UUID) -> Duty:
        found = await self.organisation.duty(duty_id)
        if found is None:
            raise NotFound("没有这项职责。")
        return found

    async def create_duty(self, data: DutyCreate) -> Duty:
        """Set out what a department, a section or a post is there for (DUTY 三)."""
        await self.organisation.hold()
        self._require_arranger(data.department_id)
        starts_on = data.starts_on or self.today
        department = None
        if data.department_id is not None:
            department = await self.hall.given_department(data.department_id)
            require_open_department(department, starts_on)
        made = Duty(
            level=data.level,
            department=department,
            title=data.title,
            content=data.content,
            integrity=data.integrity,
            year=data.year,
            targets=data.targets,
            staff_member=await self._holder(data.staff_id, data.level, data.department_id),
            starts_on=starts_on,
        )
        await self.organisation.add(made)
        await self.hall.tell("duties.create", made)
        return made

    async def change_duty(self, duty_id: UUID, data: DutyUpdate, *, seen: int) -> Duty:
        """New words or a new holder for duties in force."""
        duty = await self._duty_to_change(duty_id, seen)
        old = facts_of(duty)
        duty.title = data.title or duty.title
        duty.content = data.content or duty.content
        duty.integrity = data.integrity or duty.integrity
        duty.targets = data.targets or duty.targets
        if data.staff_id is not None:
            duty.staff_member = await self._holder(data.staff_id, duty.level, duty.department_id)
        await self.hall.tell("duties.change", duty, old=old)
        return duty

    async def end_duty(self, duty_id: UUID, data: LastDay, *, seen: int) -> Duty:
        """Duties cease to hold after a day."""
        duty = await self._duty_to_change(duty_id, seen)
        last = data.ends_on or self.today
        require_within(span_of(duty), last, "/ends_on")
        old = facts_of(duty)
        duty.ends_on = last
        await self.hall.tell("duties.end", duty, old=old)
        return duty

    async def list_duties(self, query: DutyQuery) -> DutyPage:
        rows, cursor, total = await self.organisation.duties_page(query)
        items = [self.show_duty(row) for row in rows]
        return DutyPage(items=items, next_cursor=cursor, total=total)

    async def sheet(self, query: SheetQuery) -> ResponsibilitySheet:
        """A department's responsibility system on a day, with what it lacks (DUTY 三、四)."""
        day = query.on or self.today
        if query.department_id is not None:
            await self.hall.department(query.department_id)
        duties = await self.organisation.duties_of(query.department_id, day)
        people = await self.organisation.staff_of(query.department_id, day)
        standing = await self.organisation.deputies_of(
            [person.id for person in people], DeputyKind.STANDING, Span(day, day)
        )
        lines = _lines(people, duties, {row.staff_id: row.deputy for row in standing})
        levels = {level: [d for d in duties if d.level is level] for level in DutyLevel}
        return ResponsibilitySheet(
            department_id=query.department_id,
            on=day,
            general=[self.show_duty(duty) for duty in levels[DutyLevel.GENERAL]],
            sections=[self.show_duty(duty) for duty in levels[DutyLevel.SECTION]],
            posts=[self.show_duty(duty) for duty in levels[DutyLevel.POST]],
            people=lines,
            gaps=_gaps(levels, lines),
        )

    def show_duty(self, row: Duty) -> DutyRead:
        why = None if row.ends_on is None or row.ends_on >= self.today else DutyOver()
        return DutyRead(
            id=row.id,
            level=row.level,
            department_id=row.department_id,
            department_name=row.department.name if row.department else None,
            title=row.title,
            content=row.content,
            integrity=row.integrity,
            year=row.year,
            targets=row.targets,
            staff_id=row.staff_id,
            staff_name=row.staff_member.name if row.staff_member else None,
            starts_on=row.starts_on,
            ends_on=row.ends_on,
            allowed_actions=self._judge(row.department_id, ("change", why), ("end", why)),
        )

    async def _duty_to_change(self, duty_id: UUID, seen: int) -> Duty:
        await self.organisation.hold()
        duty = await self.duty(duty_id)
        self._require_arranger(duty.department_id)
        require_version(duty.version, seen)
        if duty.ends_on is not None and duty.ends_on < self.today:
            raise DutyOver
        return duty

    async def _holder(
        self, staff_id: UUID | None, level: DutyLevel, department_id: UUID | None
    ) -> StaffMember | None:
        if staff_id is None:
            return None
        holder = require_given(
            await self.organisation.staff_member(staff_id), "/staff_id", "没有这个工作人员。"
        )
        if level is not DutyLevel.POST or holder.department_id != department_id:
            sentence = "责任人应是该部门的人员，且只有岗位职责才有责任人。"
            raise InvalidInput(errors=[FieldProblem("/staff_id", "no_holder", sentence)])
        if holder.left_on is not None and holder.left_on < self.today:
            raise StaffMemberLeft
        return holder

    # Deputies

    async def deputy(self, deputy_id: UUID) -> Deputy:
        found = await self.organisation.deputy(deputy_id)
        if found is None:
            raise NotFound("没有这项AB岗安排。")
        return found

    async def name_deputy(self, data: DeputyCreate) -> Deputy:
        """Name a standing B-role, or who steps in for one absence (ABPOST 二, 三)."""
        if data.kind is DeputyKind.TEMPORARY and (data.ends_on is None or data.reason is None):
            sentence = "临时AB岗应写明最后一日和离岗原因。"
            pointer = "/ends_on" if data.ends_on is None else "/reason"
            raise InvalidInput(errors=[FieldProblem(pointer, "missing", sentence)])
        starts_on = data.starts_on or self.today
        require_order(starts_on, data.ends_on or starts_on, "/ends_on")
        await self.organisation.hold()
        absent = require_given(
            await self.organisation.staff_member(data.staff_id), "/staff_id", "没有这个工作人员。"
        )
        self._require_arranger(absent.department_id)
        deputy = require_given(
            await self.organisation.staff_member(data.deputy_id), "/deputy_id", "没有这个工作人员。"
        )
        return await self._name(
            data.kind, absent, deputy, Span(starts_on, data.ends_on), reason=data.reason
        )

    async def end_deputy(self, deputy_id: UUID, data: LastDay, *, seen: int) -> Deputy:
        """A deputyship ends; one that has not begun is shortened to its first day at most."""
        row = await self._deputy_to_change(deputy_id, seen)
        self._require_arranger(row.staff_member.department_id)
        last = data.ends_on or max(self.today, row.starts_on)
        require_within(span_of(row), last, "/ends_on")
        await self._end(row, last)
        return row

    async def confirm_handover(self, deputy_id: UUID, data: Handover, *, seen: int) -> Deputy:
        """The deputy says what was handed over; acting does not wait for it (ABPOST 三)."""
        row = await self._deputy_to_change(deputy_id, seen)
        refusal = self._why_no_handover(row)
        if refusal is not None:
            raise refusal
        old = facts_of(row)
        row.handover = data.handover
        row.confirmed_at = self.hall.now
        await self.hall.tell("deputies.confirm", row, old=old)
        return row

    async def list_deputies(self, query: DeputyQuery) -> DeputyPage:
        rows, cursor, total = await self.organisation.deputies_page(query)
        items = [self.show_deputy(row) for row in rows]
        return DeputyPage(items=items, next_cursor=cursor, total=total)

    def show_deputy(self, row: Deputy) -> DeputyRead:
        over = self._over(row)
        [ending] = self._judge(row.staff_member.department_id, ("end", over))
        handover = self._why_no_handover(row)
        confirming = AllowedAction.of("confirm", handover)
        return DeputyRead(
            id=row.id,
            kind=row.kind,
            staff_id=row.staff_id,
            staff_name=row.staff_member.name,
            deputy_id=row.deputy_id,
            deputy_name=row.deputy.name,
            starts_on=row.starts_on,
            ends_on=row.ends_on,
            reason=row.reason,
            handover=row.handover,
            confirmed_at=row.confirmed_at,
            is_acting=row.kind is DeputyKind.TEMPORARY and span_of(row).covers(self.today),
            allowed_actions=[ending, confirming],
        )

    async def _deputy_to_change(self, deputy_id: UUID, seen: int) -> Deputy:
        await self.organisation.hold()
        row = await self.deputy(deputy_id)
        require_version(row.version, seen)
        over = self._over(row)
        if over is not None:
            raise over
        return row

    def _over(self, row: Deputy) -> AppError | None:
        return DeputyshipOver() if row.ends_on is not None and row.ends_on < self.today else None

    def _why_no_handover(self, row: Deputy) -> AppError | None:
        if self.hall.caller is None or self.hall.caller.staff_id != row.deputy_id:
            return NotTheDeputy()
        if row.kind is DeputyKind.STANDING:
            return NothingToHandOver()
        return self._over(row)

    async def _name(
        self,
        kind: DeputyKind,
        absent: StaffMember,
        deputy: StaffMember,
        span: Span,
        *,
        reason: str | None,
    ) -> Deputy:
        refusal = await self.why_not_deputy(absent, deputy, span)
        if refusal is not None:
            raise refusal
        for named in await self.organisation.deputies_of([absent.id], kind, span):
            taken = TemporaryDeputyNamed if kind is DeputyKind.TEMPORARY else StandingDeputyNamed
            raise taken(
                f"{absent.name}自 {named.starts_on} 起的B岗是{named.deputy.name}，"
                "请先结束原来的安排。"
            )
        made = Deputy(
            kind=kind,
            staff_member=absent,
            deputy=deputy,
            starts_on=span.starts_on,
            ends_on=span.ends_on,
            reason=reason,
        )
        await self.organisation.add(made)
        await self.hall.tell("deputies.name", made)
        return made

    async def _end(self, row: Deputy, last: date) -> None:
        old = facts_of(row)
        if last < row.starts_on:
            await self.organisation.remove(row)
            await self.hall.tell("deputies.cancel", row, old=old, is_removed=True)
        else:
            row.ends_on = last
            await self.hall.tell("deputies.end", row, old=old)

    # What leave asks

    async def why_not_deputy(
        self, absent: StaffMember, deputy: StaffMember, span: Span
    ) -> AppError | None:
        """Why someone cannot step in for another in a span: too far away, gone, or absent too."""
        if absent.id == deputy.id:
            return OwnDeputy(article=NEEDS_DEPUTY)
        for person in (absent, deputy):
            if person.left_on is None:
                continue
            if span.ends_on is None or person.left_on < span.ends_on:
                return StaffMemberLeft(f"{person.name}在这段时间结束之前已离开中心，请另行安排。")
        if absent.department_id != deputy.department_id:
            both = await self.organisation.services_of(
                [absent.id, deputy.id], Span(span.starts_on, span.starts_on)
            )
            if len(both) < 2 or len({service.window_id for service in both}) > 1:
                return DeputyNotNear(article=NEEDS_DEPUTY)
        if await self.organisation.deputies_of([deputy.id], DeputyKind.TEMPORARY, span):
            return DeputyIsAbsent()
        return None

    async def standing_deputies(self, staff_ids: Collection[UUID], day: date) -> dict[UUID, Deputy]:
        """The standing B-role of each of some people on a day, if named."""
        rows = await self.organisation.deputies_of(staff_ids, DeputyKind.STANDING, Span(day, day))
        return {row.staff_id: row for row in rows}

    async def step_in(
        self, *, absent_id: UUID, deputy_id: UUID, span: Span, reason: str
    ) -> Deputy | None:
        """Let a deputy act for an absent person, on the absence's own authority (ABPOST 三).

        None when the deputy cannot, or when somebody already stands in on one of the days.
        """
        await self.organisation.hold()
        absent = await self.hall.staff_member(absent_id)
        deputy = await self.hall.staff_member(deputy_id)
        kind = DeputyKind.TEMPORARY
        if await self.why_not_deputy(
            absent, deputy, span
        ) is not None or await self.organisation.deputies_of([absent_id], kind, span):
            return None
        return await self._name(kind, absent, deputy, span, reason=reason)

    async def step_back(self, deputy_row_id: UUID, back_on: date) -> None:
        """The absent person is back on a day: the deputy's last day is the one before."""
        await self.organisation.hold()
        row = await self.organisation.deputy(deputy_row_id)
        if row is not None and (row.ends_on is None or row.ends_on >= back_on):
            await self._end(row, back_on - ONE_DAY)

    async def stay_in(self, deputy_row_id: UUID, last: date) -> None:
        """The absence lasts longer: so does its deputy, as far as nothing stands in the way."""
        await self.organisation.hold()
        row = await self.organisation.deputy(deputy_row_id)
        if row is None or row.ends_on is None or row.ends_on >= last:
            return
        longer = Span(row.ends_on + ONE_DAY, last)
        if await self.why_not_deputy(row.staff_member, row.deputy, longer) is not None:
            return
        if await self.organisation.deputies_of([row.staff_id], DeputyKind.TEMPORARY, longer):
            return
        old = facts_of(row)
        row.ends_on = last
        await self.hall.tell("deputies.extend", row, old=old)

    # Who may

    def _require_arranger(self, department_id: UUID | None) -> None:
        caller = self.hall.caller
        if caller is not None and not may_arrange_posts(department_id, caller):
            raise NotYourPosts

    def _judge(
        self, department_id: UUID | None, *actions: tuple[str, AppError | None]
    ) -> list[AllowedAction]:
        caller = self.hall.caller
        outsider = caller is not None and not may_arrange_posts(department_id, caller)
        judged = []
        for action, refusal in actions:
            why = NotYourPosts() if outsider else refusal
            judged.append(AllowedAction.of(action, why))
        return judged


def _lines(
    people: Sequence[StaffMember], duties: Sequence[Duty], deputies: dict[UUID, StaffMember]
) -> list[PostLine]:
    lines = []
    for person in people:
        deputy = deputies.get(person.id)
        lines.append(
            PostLine(
                staff_id=person.id,
                staff_number=person.staff_number,
                staff_name=person.name,
                duties=[duty.title for duty in duties if duty.staff_id == person.id],
                deputy_id=deputy.id if deputy else None,
                deputy_name=deputy.name if deputy else None,
            )
        )
    return lines


def _gaps(levels: dict[DutyLevel, list[Duty]], people: Sequence[PostLine]) -> list[str]:
    """What of DUTY 三's four contents is missing."""
    gaps = [
        f"没有制定{level.label}。"
        for level in (DutyLevel.GENERAL, DutyLevel.SECTION)
        if not levels[level]
    ]
    gaps += [f"{line.staff_name}没有岗位职责。" for line in people if not line.duties]
    gaps += [f"{line.staff_name}没有B岗责任人。" for line in people if line.deputy_id is None]
    gaps += [f"“{duty.title}”没有责任人。" for duty in levels[DutyLevel.POST] if not duty.staff_id]
    return gaps
