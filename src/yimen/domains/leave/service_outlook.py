"""Foreseeing leave: what counts, who decides, who must stand in, what would stand empty."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from yimen.core.errors import Conflict, FieldProblem, InvalidInput, NotFound
from yimen.domains.calendars.rules import WorkCalendar
from yimen.domains.leave.access import may_preview_for
from yimen.domains.leave.enums import STANDING, Half, LeaveKind
from yimen.domains.leave.models import LeaveRequest
from yimen.domains.leave.rules import (
    LONGEST_DAYS,
    Demand,
    EmptyWindow,
    HalfDay,
    HalfDays,
    Service,
    counted_half_days,
    explain_half_days,
    in_days,
    is_alone,
    needs_agreement,
    substitute_demand,
    windows_left_empty,
)
from yimen.domains.leave.schemas import (
    EmptyWindowList,
    EmptyWindowQuery,
    EmptyWindowRead,
    HalfDayRead,
    LeaveAsk,
    LeaveOutlook,
    LeaveWarning,
)
from yimen.domains.leave.service import (
    APPROVAL,
    LeaveService,
    NotYourLeave,
    overlap,
    span_of,
    whole_span,
)
from yimen.domains.organisation.models import StaffMember, WindowService
from yimen.domains.organisation.rules import Span
from yimen.domains.rulebook.service import Edition

LONGEST_LOOK_DAYS = 62


class NoStaffRecord(Conflict):
    code = "no_staff_record"
    title = "您的账号没有对应的工作人员，不能请假或报备，请联系中心办公室。"


@dataclass(frozen=True, slots=True)
class Reckoning:
    """What a span of half-days comes to for a person under the edition of its first day."""

    span: HalfDays
    counted: Sequence[HalfDay]
    edition: Edition
    demand: Demand | None

    @property
    def half_days(self) -> int:
        return len(self.counted)

    @property
    def needs_agreement(self) -> bool:
        return needs_agreement(self.half_days, self.edition)


class OutlookService:
    """Reckons leave before it is asked for, and again whenever it changes."""

    def __init__(self, leave: LeaveService) -> None:
        self.leave = leave
        self.desk = leave.desk
        self.requests = leave.leave

    # Foreseeing

    async def preview(self, ask: LeaveAsk) -> LeaveOutlook:
        """What a leave would come to, before it is asked for."""
        person = await self.person(ask.staff_id)
        if not may_preview_for(person.id, person.department_id, self.desk.asker):
            raise NotYourLeave("您只能预览本人的请假。")
        calendar = await self.desk.calendars.current()
        span = self.asked_span(ask)
        return await self._outlook(
            person.id, person.department_id, ask.kind, span, calendar, deputy_id=ask.deputy_id
        )

    async def outlook(self, leave_id: UUID) -> LeaveOutlook:
        """What a leave comes to as things stand; with an extension asked for, with that."""
        leave = (await self.leave.find(leave_id)).leave
        calendar = await self.desk.calendars.current()
        return await self._outlook(
            leave.staff_id,
            leave.department_id,
            leave.kind,
            whole_span(leave),
            calendar,
            deputy_id=leave.deputy_id,
            leave=leave,
        )

    async def _outlook(
        self,
        staff_id: UUID,
        department_id: UUID | None,
        kind: LeaveKind,
        span: HalfDays,
        calendar: WorkCalendar,
        *,
        deputy_id: UUID | None,
        leave: LeaveRequest | None = None,
    ) -> LeaveOutlook:
        lines = explain_half_days(span, calendar)
        services = await self.services_around(staff_id, span)
        reckoned = self.reckon(staff_id, span, calendar, services)
        overlapping = [
            other
            for other in await self.requests.leaves_between(
                span.first.day, span.last.day, states=STANDING, staff_ids=[staff_id]
            )
            if (leave is None or other.id != leave.id) and overlap(span_of(other), span)
        ]
        empty = await self._left_empty({staff_id: [span]}, reckoned.counted, services)
        deputy = await self._deputy(staff_id, deputy_id, span.first.day)
        agreement = department_id is not None and reckoned.needs_agreement
        steps = ["派出单位（首席代表）同意（本中心自定）"] if agreement else []
        return LeaveOutlook(
            half_days=reckoned.half_days,
            days=in_days(reckoned.half_days),
            lines=[HalfDayRead.model_validate(line) for line in lines],
            needs_agreement=agreement,
            steps=[*steps, "中心主任批准"],
            approval_article=APPROVAL,
            needs_certificate=kind is LeaveKind.SICK,
            substitute_article=reckoned.demand.article if reckoned.demand else None,
            substitute_reason=reckoned.demand.reason if reckoned.demand else None,
            deputy_id=deputy.id if deputy else None,
            deputy_name=deputy.name if deputy else None,
            empty_windows=[EmptyWindowRead.model_validate(window) for window in empty],
            overlapping=[other.leave_number for other in overlapping],
            warnings=_warnings(
                reckoned=reckoned,
                kind=kind,
                empty=empty,
                has_deputy=deputy is not None,
                overlapping=overlapping,
                is_provisional=any(line.is_provisional for line in lines),
                leave=leave,
            ),
        )

    async def _deputy(
        self, staff_id: UUID, deputy_id: UUID | None, day: date
    ) -> StaffMember | None:
        if deputy_id is not None:
            return await self.desk.hall.staff_member(deputy_id)
        standing = await self.desk.posts.standing_deputies([staff_id], day)
        return standing[staff_id].deputy if staff_id in standing else None

    async def empty_windows(self, query: EmptyWindowQuery) -> EmptyWindowList:
        """Windows that granted leave leaves empty, in a span of days."""
        if not 0 <= (query.to_on - query.from_on).days < LONGEST_LOOK_DAYS:
            sentence = f"起始日不晚于结束日，且最多 {LONGEST_LOOK_DAYS} 天。"
            raise InvalidInput(errors=[FieldProblem("/query/to_on", "span", sentence)])
        calendar = await self.desk.calendars.current()
        leaves = await self.requests.leaves_between(query.from_on, query.to_on)
        away: dict[UUID, list[HalfDays]] = {}
        for leave in leaves:
            away.setdefault(leave.staff_id, []).append(span_of(leave))
        whole = HalfDays(HalfDay(query.from_on, Half.MORNING), HalfDay(query.to_on, Half.AFTERNOON))
        services = await self._services(away, whole)
        half_days = counted_half_days(whole, calendar)
        empty = windows_left_empty(half_days, services, away, because_of=away.keys())
        return EmptyWindowList(items=[EmptyWindowRead.model_validate(window) for window in empty])

    # Reckoning, for all who write

    async def person(self, staff_id: UUID | None) -> StaffMember:
        """Whose leave it is: the one named, or the caller."""
        wanted = staff_id or self.desk.asker.staff_id
        if wanted is None:
            raise NoStaffRecord
        if staff_id is None:
            return await self.desk.hall.staff_member(wanted)
        try:
            return await self.desk.hall.staff_member(wanted)
        except NotFound as error:
            problem = FieldProblem("/staff_id", "unknown", "没有这个工作人员。")
            raise InvalidInput(errors=[problem]) from error

    def asked_span(self, ask: LeaveAsk) -> HalfDays:
        """The half-days of a request; raises InvalidInput when they are reversed or too many."""
        span = HalfDays(
            HalfDay(ask.starts_on, ask.starts_half), HalfDay(ask.ends_on, ask.ends_half)
        )
        if span.is_reversed:
            sentence = f"结束不能早于开始（{span.first.label}）。"
            raise InvalidInput(errors=[FieldProblem("/ends_on", "before_start", sentence)])
        self.require_length(span)
        return span

    def require_length(self, span: HalfDays) -> None:
        """Raise InvalidInput for a span longer than anyone's leave."""
        if (span.last.day - span.first.day).days >= LONGEST_DAYS:
            sentence = f"一次请假最多 {LONGEST_DAYS} 天，请核对日期。"
            raise InvalidInput(errors=[FieldProblem("/ends_on", "too_long", sentence)])

    async def services_around(self, staff_id: UUID, span: HalfDays) -> list[Service]:
        """Where the person serves during a span, and whoever serves there with them."""
        return await self._services([staff_id], span)

    def reckon(
        self,
        staff_id: UUID,
        span: HalfDays,
        calendar: WorkCalendar,
        services: Sequence[Service],
    ) -> Reckoning:
        """What a span comes to under the edition in force on its first day."""
        counted = counted_half_days(span, calendar)
        edition = self.desk.rulebook.edition_on(span.first.day)
        alone = is_alone(staff_id, {half_day.day for half_day in counted}, services)
        demand = substitute_demand(len(counted), is_alone=alone, edition=edition)
        return Reckoning(span, counted, edition, demand)

    async def reckon_leave(
        self, leave: LeaveRequest, calendar: WorkCalendar, span: HalfDays | None = None
    ) -> Reckoning:
        """What a leave, or another span for it, comes to as the windows are staffed now."""
        span = span or span_of(leave)
        services = await self.services_around(leave.staff_id, span)
        return self.reckon(leave.staff_id, span, calendar, services)

    async def _services(self, staff_ids: Collection[UUID], span: HalfDays) -> list[Service]:
        first, last = span.first.day, span.last.day
        own = await self.desk.hall.services_of(staff_ids, first, last)
        there = await self.desk.hall.services_at({row.window_id for row in own}, first, last)
        substitutes = await self.requests.substitute_services([row.id for row in there])
        return [_service(row, is_substitute=row.id in substitutes) for row in there]

    async def _left_empty(
        self,
        asked: Mapping[UUID, Sequence[HalfDays]],
        half_days: Sequence[HalfDay],
        services: Sequence[Service],
    ) -> list[EmptyWindow]:
        if not half_days:
            return []
        others = {service.staff_id for service in services} - asked.keys()
        away: dict[UUID, list[HalfDays]] = {key: list(spans) for key, spans in asked.items()}
        for leave in await self.requests.leaves_between(
            half_days[0].day, half_days[-1].day, staff_ids=others
        ):
            away.setdefault(leave.staff_id, []).append(span_of(leave))
        return windows_left_empty(half_days, services, away, because_of=asked.keys())


def _service(row: WindowService, *, is_substitute: bool) -> Service:
    return Service(
        row.staff_id,
        row.window_id,
        row.window.number,
        Span(row.starts_on, row.ends_on),
        is_substitute,
    )


def _warnings(
    *,
    reckoned: Reckoning,
    kind: LeaveKind,
    empty: Sequence[EmptyWindow],
    has_deputy: bool,
    overlapping: Sequence[LeaveRequest],
    is_provisional: bool,
    leave: LeaveRequest | None,
) -> list[LeaveWarning]:
    """What whoever asks, agrees or approves should know."""
    said = []
    if reckoned.demand is not None and (leave is None or leave.lacks_substitute):
        said.append(
            (
                "substitute_missing",
                f"{reckoned.demand.reason}须由派出单位安排替岗，并在请假开始前登记。",
            )
        )
    said += [
        (
            "window_empty",
            f"{window.window_number} 号窗口在 {window.day} {window.half.label}将无人在岗。",
        )
        for window in empty
    ]
    if not has_deputy:
        said.append(("no_deputy", "没有B岗顶岗，在办事项无人接手，请指定临时B岗。"))
    if kind is LeaveKind.SICK and (leave is None or leave.certificate_at is None):
        said.append(
            ("certificate_missing", "最迟在销假时提供市级公立医院的《病假证明》，否则按事假对待。")
        )
    said += [("overlapping", f"与 {other.leave_number} 的时间重叠。") for other in overlapping]
    if is_provisional:
        said.append(("calendar_provisional", "所涉年份的放假安排尚未发布，天数为暂定。"))
    return [LeaveWarning(code=code, detail=detail) for code, detail in said]
