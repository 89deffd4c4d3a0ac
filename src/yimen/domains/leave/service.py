"""Reading leave: who is away, what a leave comes to, and what all its services share."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from yimen.core.audit import record_audit
from yimen.core.caller import Caller
from yimen.core.clock import hall_day, start_of_day
from yimen.core.errors import AppError, Conflict, Forbidden, NotFound, Refusal
from yimen.core.outbox import publish_event
from yimen.core.preconditions import require_version
from yimen.core.schemas import AllowedAction
from yimen.domains.calendars.rules import WorkCalendar
from yimen.domains.calendars.service import CalendarService
from yimen.domains.leave.access import LeavePlace, why_not
from yimen.domains.leave.enums import (
    LEAVE_MOVES,
    CoverKind,
    Half,
    LeaveAction,
    LeaveEventKind,
    LeaveKind,
    LeaveState,
    OutingPurpose,
    OutingState,
)
from yimen.domains.leave.models import LeaveEvent, LeaveRequest, Outing
from yimen.domains.leave.repository import LeaveRepository, LeaveRow
from yimen.domains.leave.rules import (
    GROUNDS,
    OVERSTAY,
    Cover,
    HalfDay,
    HalfDays,
    Uncovered,
    closes_at,
    counted_half_days,
    half_day_at,
    in_days,
    next_worked,
    opens_at,
)
from yimen.domains.leave.schemas import (
    CertificateRead,
    ExtensionRead,
    LeaveEventRead,
    LeavePage,
    LeaveQuery,
    LeaveRead,
    LeaveTimeline,
)
from yimen.domains.organisation.service import OrganisationService
from yimen.domains.organisation.service_posts import PostService
from yimen.domains.organisation.service_staffing import StaffingService
from yimen.domains.rulebook.service import RulebookService

__all__ = ["Cover", "CoverKind", "LeaveService", "Uncovered"]

SUBJECT = "leave_request"
APPROVAL = "ATTEND 二(四)"


class LeaveNotFound(NotFound):
    code = "leave_not_found"
    title = "没有找到该请假，或者您无权查看。"


class NotYourLeave(Forbidden):
    code = "not_your_leave"
    title = "这一步不由您办理。"


class OwnLeave(Forbidden):
    code = "own_leave"
    title = "不能同意、批准或认定本人的请假，请由其他人员办理。"


class WrongLeaveState(Conflict):
    code = "leave_state"
    title = "请假当前的状态不允许这样办理。"


@dataclass(frozen=True, slots=True)
class LeaveDesk:
    """What one request on leave works with; without a caller it is the clock that asks."""

    leave: LeaveRepository
    calendars: CalendarService
    rulebook: RulebookService
    hall: OrganisationService
    posts: PostService
    staffing: StaffingService
    caller: Caller | None
    now: datetime

    @property
    def today(self) -> date:
        return hall_day(self.now)

    @property
    def asker(self) -> Caller:
        """The caller; the clock never gets here."""
        assert self.caller is not None
        return self.caller


class LeaveService:
    """Finding, showing and foreseeing leave."""

    def __init__(self, desk: LeaveDesk) -> None:
        self.desk = desk
        self.leave = desk.leave

    # Finding and showing

    async def find(self, leave_id: UUID) -> LeaveRow:
        """A leave that the caller may see; raises :class:`LeaveNotFound`."""
        row = await self.leave.find(leave_id, self.desk.asker)
        if row is None:
            raise LeaveNotFound
        return row

    async def lock(self, leave_id: UUID, action: LeaveAction, *, seen: int) -> LeaveRequest:
        """A leave as the caller saw it, held, with which they may do this now."""
        leave = await self.leave.lock(leave_id, self.desk.asker)
        if leave is None:
            raise LeaveNotFound
        require_version(leave.version, seen)
        place = (await self.places([leave]))[leave.id]
        refusal = why_not(action, place, self.desk.asker)
        if refusal is not None:
            raise error_of(refusal, leave.state)
        return leave

    async def places(self, leaves: Sequence[LeaveRequest]) -> dict[UUID, LeavePlace]:
        """What access asks of each leave."""
        departments = {leave.department_id for leave in leaves if leave.department_id is not None}
        chiefs = await self.desk.hall.chiefs_on(departments, self.desk.today)
        away = await self.leave.away_on(chiefs.values(), self.desk.today)
        found = {}
        for leave in leaves:
            chief = chiefs.get(leave.department_id) if leave.department_id else None
            found[leave.id] = LeavePlace(
                staff_id=leave.staff_id,
                department_id=leave.department_id,
                state=leave.state,
                chief_cannot_agree=chief is None or chief == leave.staff_id or chief in away,
            )
        return found

    async def list_page(self, query: LeaveQuery) -> LeavePage:
        rows, cursor, total = await self.leave.leaves_page(query, self.desk.asker, self.desk.today)
        return LeavePage(items=await self.present(rows), next_cursor=cursor, total=total)

    async def show(self, leave_id: UUID) -> tuple[LeaveRead, int]:
        """A leave as the caller sees it now, and its version."""
        row = await self.find(leave_id)
        [shown] = await self.present([row])
        return shown, row.leave.version

    async def present(self, rows: Sequence[LeaveRow]) -> list[LeaveRead]:
        """The representations of leave at this moment."""
        places = await self.places([row.leave for row in rows])
        calendar = await self.desk.calendars.current()
        return [self._present(row, places[row.leave.id], calendar) for row in rows]

    def _present(self, row: LeaveRow, place: LeavePlace, calendar: WorkCalendar) -> LeaveRead:
        leave = row.leave
        return LeaveRead(
            id=leave.id,
            leave_number=leave.leave_number,
            staff_id=leave.staff_id,
            staff_number=row.staff_number,
            staff_name=row.staff_name,
            department_id=leave.department_id,
            department_name=row.department_name,
            kind=leave.kind,
            counts_as=leave.counts_as,
            state=leave.state,
            starts_on=leave.starts_on,
            starts_half=leave.starts_half,
            ends_on=leave.ends_on,
            ends_half=leave.ends_half,
            half_days=leave.half_days,
            days=in_days(leave.half_days),
            reason=leave.reason,
            requested_at=leave.requested_at,
            is_retrospective=leave.is_retrospective,
            substitute_article=leave.substitute_article,
            lacks_substitute=leave.lacks_substitute,
            deputy_id=leave.deputy_id,
            deputy_name=row.deputy_name,
            is_deputised=leave.deputyship_id is not None,
            extension=extension_of(leave),
            certificate=certificate_of(leave),
            certificate_at=leave.certificate_at,
            lacks_certificate=leave.kind is LeaveKind.SICK and leave.certificate_at is None,
            returned_on=leave.returned_on,
            returned_half=leave.returned_half,
            overstayed_half_days=leave.overstayed_half_days,
            is_overstaying=is_overstaying(leave, self.desk.now, calendar),
            allowed_actions=_judge(place, self.desk.asker),
        )

    async def timeline(self, leave_id: UUID) -> LeaveTimeline:
        """Everything that happened to a leave, oldest first."""
        await self.find(leave_id)
        events = await self.leave.events(leave_id)
        return LeaveTimeline(items=[LeaveEventRead.model_validate(event) for event in events])

    # What attendance asks

    async def cover_on(
        self, staff_ids: Collection[UUID] | None, first: date, last: date
    ) -> list[Cover]:
        """What explains people's absences from first through last day, by person and time.

        All people when none are named. Granted leave, outings and approved overtime; a sick leave
        without certificate is personal by now, an overstay and a leave got by deceit cover nothing.
        """
        calendar = await self.desk.calendars.current()
        starts = start_of_day(first)
        ends = start_of_day(last + timedelta(days=1))
        found = []
        for leave in await self.leave.leaves_between(first, last, staff_ids=staff_ids):
            cover = _cover_of_leave(leave, first, last, calendar)
            if cover is not None:
                found.append(cover)
        found += [
            _cover_of_outing(outing)
            for outing in await self.leave.outings_between(starts, ends, staff_ids)
        ]
        found += [
            Cover(
                staff_id=row.staff_id,
                kind=CoverKind.OVERTIME,
                starts_at=row.starts_at,
                ends_at=row.ends_at,
                half_days=None,
                leave_kind=None,
                source_id=row.id,
            )
            for row in await self.leave.overtime_between(starts, ends, staff_ids)
        ]
        return sorted(found, key=lambda cover: (cover.staff_id, cover.starts_at))

    async def grounds_on(
        self, staff_ids: Collection[UUID], first: date, last: date
    ) -> list[Uncovered]:
        """Under which article people's half-days are absence if they were not there (ATTEND 三).

        Not granted, overstayed, got by deceit; whoever never asked is not among them. The newest
        request comes last.
        """
        found = []
        for leave in await self.leave.without_cover(first, last, staff_ids):
            span, ground = span_of(leave), GROUNDS.get(leave.state, OVERSTAY)
            if ground is OVERSTAY:
                span = _overstay_of(leave, span, last)
            found += [
                Uncovered(leave.staff_id, *half_day, *ground)
                for half_day in span.each()
                if first <= half_day.day <= last
            ]
        return found

    # Telling

    async def record(
        self,
        leave: LeaveRequest,
        kind: LeaveEventKind,
        *,
        article: str,
        note: str | None = None,
        facts: Mapping[str, object] | None = None,
        old: Mapping[str, object] | None = None,
    ) -> None:
        """Write a change of a leave: its line, its audit row, its event; flush first."""
        desk = self.desk
        await self.leave.flush()
        await self.leave.add(
            LeaveEvent(
                leave_id=leave.id,
                kind=kind,
                occurred_at=desk.now,
                account_id=desk.caller.account_id if desk.caller else None,
                actor_name=desk.caller.name if desk.caller else "系统",
                article=article,
                note=note,
                facts=dict(facts or {}),
            )
        )
        new = facts_of(leave)
        await record_audit(
            self.leave.session,
            caller=desk.caller,
            action=f"leave.{kind}",
            subject_type=SUBJECT,
            subject_id=leave.id,
            old=old,
            new=new | ({"facts": dict(facts)} if facts else {}),
        )
        days = [leave.starts_on.isoformat(), leave.ends_on.isoformat()]
        if leave.returned_on is not None:
            days.append(leave.returned_on.isoformat())
        if old is not None:
            days += [str(old["starts_on"]), str(old["ends_on"])]
        await publish_event(
            self.leave.session,
            kind=f"leave.{kind}",
            subject_type=SUBJECT,
            subject_id=leave.id,
            department_id=leave.department_id,
            occurred_at=desk.now,
            facts={
                "leave_number": leave.leave_number,
                "kind": leave.counts_as.value,
                "state": leave.state.value,
                "staff_id": str(leave.staff_id),
                "first_day": min(days),
                "last_day": max(days),
            },
        )


def error_of(refusal: Refusal, state: LeaveState | None = None) -> AppError:
    """The error that a refused command answers with."""
    match refusal.code:
        case "own_leave":
            return OwnLeave(refusal.reason)
        case "not_your_leave":
            return NotYourLeave(refusal.reason)
        case "forbidden":
            return Forbidden(refusal.reason)
        case _:
            allowed = [] if state is None else sorted(move.value for move in LEAVE_MOVES[state])
            return WrongLeaveState(refusal.reason, allowed=allowed)


def move(leave: LeaveRequest, state: LeaveState) -> None:
    """Put a leave into another state; which moves there are is the table's to say."""
    assert state in LEAVE_MOVES[leave.state], f"{leave.state} → {state}"
    leave.state = state


def facts_of(leave: LeaveRequest) -> dict[str, object]:
    """What of a leave goes into the audit; not why someone is ill."""
    return {
        "state": leave.state.value,
        "kind": leave.kind.value,
        "counts_as": leave.counts_as.value,
        "starts_on": leave.starts_on.isoformat(),
        "starts_half": leave.starts_half.value,
        "ends_on": leave.ends_on.isoformat(),
        "ends_half": leave.ends_half.value,
        "half_days": leave.half_days,
        "lacks_substitute": leave.lacks_substitute,
    }


def span_of(leave: LeaveRequest) -> HalfDays:
    """The half-days of a leave as granted or asked for."""
    return HalfDays(
        HalfDay(leave.starts_on, leave.starts_half), HalfDay(leave.ends_on, leave.ends_half)
    )


def whole_span(leave: LeaveRequest) -> HalfDays:
    """The half-days of a leave with the extension that is asked for."""
    span = span_of(leave)
    if leave.extension_ends_on is None or leave.extension_ends_half is None:
        return span
    return HalfDays(span.first, HalfDay(leave.extension_ends_on, leave.extension_ends_half))


def overlap(one: HalfDays, other: HalfDays) -> bool:
    return one.first.slot <= other.last.slot and other.first.slot <= one.last.slot


def is_overstaying(leave: LeaveRequest, now: datetime, calendar: WorkCalendar) -> bool:
    """Whether work has begun again after the leave and nobody has come back (ATTEND 三(三))."""
    if leave.state is not LeaveState.APPROVED or leave.ends_on > hall_day(now):
        return False
    return now > opens_at(next_worked(span_of(leave).last, calendar), calendar)


def extension_of(leave: LeaveRequest) -> ExtensionRead | None:
    if leave.extension_ends_on is None or leave.extension_ends_half is None:
        return None
    return ExtensionRead(
        ends_on=leave.extension_ends_on,
        ends_half=leave.extension_ends_half,
        reason=leave.extension_reason or "",
    )


def certificate_of(leave: LeaveRequest) -> CertificateRead | None:
    if leave.certificate_hospital is None or leave.certificate_issued_on is None:
        return None
    return CertificateRead(
        hospital=leave.certificate_hospital,
        number=leave.certificate_number,
        issued_on=leave.certificate_issued_on,
    )


def _judge(place: LeavePlace, caller: Caller) -> list[AllowedAction]:
    return [AllowedAction.of(action, why_not(action, place, caller)) for action in LeaveAction]


def _cover_of_leave(
    leave: LeaveRequest, first: date, last: date, calendar: WorkCalendar
) -> Cover | None:
    span = span_of(leave)
    whole = counted_half_days(span, calendar)
    if not whole:
        return None
    official = leave.counts_as is LeaveKind.OFFICIAL_BUSINESS
    return Cover(
        staff_id=leave.staff_id,
        kind=CoverKind.OFFICIAL_BUSINESS if official else CoverKind.LEAVE,
        starts_at=opens_at(whole[0], calendar),
        ends_at=closes_at(whole[-1], calendar),
        half_days=tuple(
            (half_day.day, half_day.half) for half_day in whole if first <= half_day.day <= last
        ),
        leave_kind=leave.counts_as,
        source_id=leave.id,
    )


def _overstay_of(leave: LeaveRequest, span: HalfDays, last: date) -> HalfDays:
    """From the end of a granted leave to the return, or till then."""
    back = HalfDay(last + timedelta(days=1), Half.MORNING)
    if leave.returned_on is not None and leave.returned_half is not None:
        back = HalfDay(leave.returned_on, leave.returned_half)
    return HalfDays(half_day_at(span.last.slot + 1), half_day_at(back.slot - 1))


def _cover_of_outing(outing: Outing) -> Cover:
    back = outing.back_at if outing.state is OutingState.RETURNED else None
    training = outing.purpose is OutingPurpose.TRAINING
    return Cover(
        staff_id=outing.staff_id,
        kind=CoverKind.TRAINING if training else CoverKind.OUTING,
        starts_at=outing.starts_at,
        ends_at=min(back, outing.ends_at) if back is not None else outing.ends_at,
        half_days=None,
        leave_kind=None,
        source_id=outing.id,
    )
