"""Half-days of leave: which count, who decides, who must stand in, when someone is back."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from yimen.domains.calendars.enums import DayKind
from yimen.domains.calendars.rules import SHANGHAI, WorkCalendar
from yimen.domains.leave.enums import CoverKind, Half, LeaveKind, LeaveState
from yimen.domains.organisation.rules import Span
from yimen.domains.rulebook.rules import Edition

HOLIDAYS_NOT_COUNTED = "ATTEND 五(一)"
HOLIDAYS = frozenset({DayKind.STATUTORY_HOLIDAY, DayKind.REGIONAL_HOLIDAY})
LONGEST_DAYS = 366
"""As far as one request reaches: a guard against slips of the pen, not a rule of the hall."""


class HalfDay(NamedTuple):
    """The morning or the afternoon of a day. Its slot is its place in the row of all half-days."""

    day: date
    half: Half

    @property
    def slot(self) -> int:
        return self.day.toordinal() * 2 + (self.half is Half.AFTERNOON)

    @property
    def label(self) -> str:
        return f"{self.day}{self.half.label}"


def half_day_at(slot: int) -> HalfDay:
    return HalfDay(date.fromordinal(slot // 2), Half.AFTERNOON if slot % 2 else Half.MORNING)


class HalfDays(NamedTuple):
    """From a first to a last half-day, both included."""

    first: HalfDay
    last: HalfDay

    def __contains__(self, half_day: object) -> bool:
        return isinstance(half_day, HalfDay) and self.first.slot <= half_day.slot <= self.last.slot

    @property
    def is_reversed(self) -> bool:
        return self.last.slot < self.first.slot

    def each(self) -> Iterator[HalfDay]:
        return map(half_day_at, range(self.first.slot, self.last.slot + 1))


class Ground(NamedTuple):
    """Why staying away in spite of a request for leave is absence, and by which article."""

    article: str
    label: str


GROUNDS = {
    LeaveState.AWAITING_AGREEMENT: Ground("ATTEND 三(二)", "请假尚未获得批准"),
    LeaveState.AWAITING_APPROVAL: Ground("ATTEND 三(二)", "请假尚未获得批准"),
    LeaveState.REFUSED: Ground("ATTEND 三(二)", "请假未获批准"),
    LeaveState.DECEITFUL: Ground("ATTEND 三(四)", "以欺骗手段请假"),
}
"""Of the half-days that were asked for; one cancelled is as if never asked for."""
OVERSTAY = Ground("ATTEND 三(三)", "超假未归")
"""Of those between the end of a granted leave and the return."""


class Uncovered(NamedTuple):
    """A half-day that a request for leave does not cover, and why it is absence."""

    staff_id: UUID
    day: date
    half: Half
    article: str
    label: str


class HalfDayLine(NamedTuple):
    """One half-day of a leave: whether it counts, and why (not)."""

    day: date
    half: Half
    counts: bool
    day_kind: DayKind
    reason: str
    source: str
    is_provisional: bool

    @property
    def half_day(self) -> HalfDay:
        return HalfDay(self.day, self.half)


def explain_half_days(span: HalfDays, calendar: WorkCalendar) -> list[HalfDayLine]:
    """Every half-day of a span; those count on which the hall works (ATTEND 一(一), 五(一))."""
    lines = []
    for half_day in span.each():
        fact = calendar.describe(half_day.day)
        source = HOLIDAYS_NOT_COUNTED if fact.kind in HOLIDAYS else fact.source
        lines.append(
            HalfDayLine(
                half_day.day,
                half_day.half,
                fact.kind.is_working,
                fact.kind,
                fact.reason,
                source,
                fact.is_provisional,
            )
        )
    return lines


def counted_half_days(span: HalfDays, calendar: WorkCalendar) -> list[HalfDay]:
    """The half-days of a span on which the hall works."""
    return [half_day for half_day in span.each() if calendar.is_working_day(half_day.day)]


def opens_at(half_day: HalfDay, calendar: WorkCalendar) -> datetime:
    """When the shift of a worked half-day begins."""
    return _edge(half_day, calendar, closing=False)


def closes_at(half_day: HalfDay, calendar: WorkCalendar) -> datetime:
    """When the shift of a worked half-day ends."""
    return _edge(half_day, calendar, closing=True)


def _edge(half_day: HalfDay, calendar: WorkCalendar, *, closing: bool) -> datetime:
    shifts = calendar.describe(half_day.day).shifts
    shift = shifts[0] if half_day.half is Half.MORNING else shifts[-1]
    edge = shift.closes if closing else shift.opens
    return datetime.combine(half_day.day, edge, tzinfo=SHANGHAI)


def next_worked(half_day: HalfDay, calendar: WorkCalendar) -> HalfDay:
    """The first half-day after this one on which the hall works."""
    if half_day.half is Half.MORNING and calendar.is_working_day(half_day.day):
        return HalfDay(half_day.day, Half.AFTERNOON)
    return HalfDay(calendar.add_working_days(half_day.day, 1).day, Half.MORNING)


def half_day_of(instant: datetime, calendar: WorkCalendar) -> HalfDay:
    """The half-day under way, or the next one that will be."""
    local = instant.astimezone(SHANGHAI)
    day = calendar.add_working_days(local.date(), 0).day
    for half in Half:
        half_day = HalfDay(day, half)
        if instant < closes_at(half_day, calendar):
            return half_day
    return next_worked(HalfDay(day, Half.AFTERNOON), calendar)


def back_at(instant: datetime, last: HalfDay, calendar: WorkCalendar) -> HalfDay:
    """The first half-day at work of someone who comes back at an instant.

    While the leave lasts, a half-day that has begun is still leave. After it, a half-day under way
    is one that is served, late or not.
    """
    here = half_day_of(instant, calendar)
    if here.slot <= last.slot and instant > opens_at(here, calendar):
        return next_worked(here, calendar)
    return here


def overstayed(last: HalfDay, back: HalfDay, calendar: WorkCalendar) -> list[HalfDay]:
    """The worked half-days between the end of a leave and the return (ATTEND 三(三))."""
    return [
        half_day
        for half_day in map(half_day_at, range(last.slot + 1, back.slot))
        if calendar.is_working_day(half_day.day)
    ]


def in_days(half_days: int) -> str:
    """Half-days as days: ``1.5``."""
    return f"{half_days // 2}.5" if half_days % 2 else str(half_days // 2)


def needs_agreement(half_days: int, edition: Edition) -> bool:
    """Whether the sending department is asked before the director (ATTEND 二(四)2)."""
    return not edition.rule("leave.director_alone_half_days").is_met_by(half_days)


class Demand(NamedTuple):
    """Why a leave needs a substitute (ATTEND 二(三))."""

    article: str
    reason: str


def substitute_demand(half_days: int, *, is_alone: bool, edition: Edition) -> Demand | None:
    """Whether the department must send a substitute for so long a leave."""
    long = edition.rule("leave.substitute_half_days")
    if long.is_met_by(half_days):
        return Demand(long.article, f"请假{in_days(half_days)}天，已达{long.label}。")
    alone = edition.rule("leave.substitute_alone_half_days")
    if is_alone and alone.is_met_by(half_days):
        return Demand(
            alone.article,
            f"请假{in_days(half_days)}天，且窗口只有一名工作人员，已达{alone.label}。",
        )
    return None


class Service(NamedTuple):
    """Someone's service at a window, as the question of empty windows needs it."""

    staff_id: UUID
    window_id: UUID
    window_number: str
    span: Span
    is_substitute: bool = False


def is_alone(staff_id: UUID, days: Iterable[date], services: Sequence[Service]) -> bool:
    """Whether on one of the days a window has this person only, its substitutes not counted."""
    regular = [service for service in services if not service.is_substitute]
    for day in days:
        serving = [service for service in regular if service.span.covers(day)]
        for own in serving:
            if own.staff_id == staff_id and not any(
                other.window_id == own.window_id and other.staff_id != staff_id for other in serving
            ):
                return True
    return False


class EmptyWindow(NamedTuple):
    """A half-day on which everybody of a window is away."""

    window_id: UUID
    window_number: str
    day: date
    half: Half


def windows_left_empty(
    half_days: Iterable[HalfDay],
    services: Sequence[Service],
    away: Mapping[UUID, Sequence[HalfDays]],
    *,
    because_of: Collection[UUID],
) -> list[EmptyWindow]:
    """The windows at which some serve and all of those are away, one of them among those named."""
    found = []
    for half_day in half_days:
        serving: dict[UUID, list[Service]] = {}
        for service in services:
            if service.span.covers(half_day.day):
                serving.setdefault(service.window_id, []).append(service)
        for window_id, there in serving.items():
            if not any(service.staff_id in because_of for service in there):
                continue
            if all(
                any(half_day in absence for absence in away.get(service.staff_id, ()))
                for service in there
            ):
                number = there[0].window_number
                found.append(EmptyWindow(window_id, number, half_day.day, half_day.half))
    return sorted(found, key=lambda e: (e.day, e.half is Half.AFTERNOON, e.window_number))


@dataclass(frozen=True, slots=True)
class Cover:
    """What explains someone's absence, or presence outside office hours, for a time.

    ``half_days``: the worked half-days covered; None for an outing or overtime, which go by time.
    """

    staff_id: UUID
    kind: CoverKind
    starts_at: datetime
    ends_at: datetime
    half_days: tuple[tuple[date, Half], ...] | None
    leave_kind: LeaveKind | None
    source_id: UUID


def is_outside_office_hours(starts_at: datetime, ends_at: datetime, calendar: WorkCalendar) -> bool:
    """Whether no minute of a time falls into a shift."""
    return calendar.working_minutes_between(starts_at, ends_at) == 0
