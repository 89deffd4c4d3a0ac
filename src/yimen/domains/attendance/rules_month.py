"""What a person's month comes to (ATTEND 一(五), 三(五)): counts and the events behind them."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple
from uuid import UUID

from yimen.domains.attendance.enums import (
    AT_POST,
    COVERED_STATES,
    EARLY_KINDS,
    LATE_KINDS,
    UNSCHEDULED,
    EventKind,
    HalfState,
)
from yimen.domains.attendance.rules import NO_LEAVE, DerivedDay, DerivedHalf
from yimen.domains.leave.enums import CoverKind, Half
from yimen.domains.rulebook.rules import Edition, RuleValue

LATE_EARLY = "attendance.late_early"
AWAY = "ATTEND 三(六)"

MISSING_KINDS = frozenset({EventKind.MISSING_ARRIVAL, EventKind.MISSING_DEPARTURE})
STATE_COVERS = {state: kind for kind, state in COVERED_STATES.items()}


class MonthDay(NamedTuple):
    """One day of a person's, and the window where it was served."""

    day: date
    window_id: UUID | None
    derived: DerivedDay


class MonthEvent(NamedTuple):
    """An event of a month; what is excused or part of an absence is told but not counted."""

    day: date
    half: Half
    kind: EventKind
    minutes: int
    at: int | None
    excused_by: str | None
    counts: bool
    window_id: UUID | None

    @property
    def is_late_or_early(self) -> bool:
        return self.kind in LATE_KINDS | EARLY_KINDS

    @property
    def text(self) -> str:
        """``迟到7分钟``; ``已说明`` where it is excused."""
        lasted = f"{self.minutes}分钟" if self.minutes else ""
        return f"{self.kind.label}{lasted}{'（已说明）' if self.excused_by else ''}"


class Absence(NamedTuple):
    """Half a day of absence, and what it rests on."""

    day: date
    """When it happened; for lateness the day of the occurrence that made it full."""
    half: Half | None
    """None for the one that repeated lateness adds up to."""
    article: str
    events: tuple[MonthEvent, ...]
    window_id: UUID | None
    reason: str
    """What shows it, for the person concerned."""


class LeaveCount(NamedTuple):
    """Half-days that were covered, by what covered them."""

    kind: CoverKind
    label: str
    half_days: int


@dataclass(frozen=True, slots=True)
class PersonMonth:
    """A person's month, or the part of it served at one window."""

    scheduled_half_days: int
    present_half_days: int
    unknown_half_days: int
    open_half_days: int
    """Not over yet."""
    late_count: int
    early_count: int
    missing_count: int
    """Unsigned ends that nothing explains; they are among the late and early ones."""
    excused_count: int
    late_minutes: int
    early_minutes: int
    away_count: int
    away_minutes: int
    overtime_minutes: int
    absent_half_days: int
    covered: tuple[LeaveCount, ...]
    events: tuple[MonthEvent, ...]
    """In order of day and half; the counted ones and the excused ones."""
    absences: tuple[Absence, ...]


SUMS = (
    "scheduled_half_days", "present_half_days", "unknown_half_days", "open_half_days",
    "late_count", "early_count", "missing_count", "excused_count", "late_minutes",
    "early_minutes", "away_count", "away_minutes", "overtime_minutes", "absent_half_days",
)  # fmt: skip
"""The numbers of a month that add up."""


def sum_up(days: Iterable[MonthDay], edition: Edition) -> PersonMonth:
    """A person's month: of late and early 4 or more (以上) make one absence (ATTEND 三(五))."""
    ordered = sorted(days, key=lambda each: each.day)
    halves = [(each, half) for each in ordered for half in each.derived.halves]
    events = [event for each, half in halves for event in _events(each, half)]
    absences = [_absence(each, half) for each, half in halves if half.is_absent]
    repeated = [event for event in events if event.counts and event.is_late_or_early]
    rule = edition.rule(LATE_EARLY)
    if rule.is_met_by(len(repeated)):
        absences.append(_of_repetition(repeated, rule))
    absences.sort(key=lambda absence: (absence.day, absence.half is None))
    return _count(ordered, events, absences)


def at_window(month: PersonMonth, days: Iterable[MonthDay], window_id: UUID | None) -> PersonMonth:
    """What of a person's month was served at one window.

    The absence that repeated lateness adds up to is the window's where it became full.
    """
    served = [each for each in days if each.window_id == window_id]
    events = [event for event in month.events if event.window_id == window_id]
    absences = [absence for absence in month.absences if absence.window_id == window_id]
    return _count(served, events, absences)


def together(months: Iterable[PersonMonth]) -> PersonMonth:
    """Several people's months as one, their events in order of day."""
    parts = list(months)

    def total(name: str) -> int:
        return sum(getattr(part, name) for part in parts)

    covered: Counter[tuple[CoverKind, str]] = Counter()
    for part in parts:
        for cover in part.covered:
            covered[cover.kind, cover.label] += cover.half_days
    return PersonMonth(
        **{name: total(name) for name in SUMS},
        covered=tuple(LeaveCount(kind, label, n) for (kind, label), n in sorted(covered.items())),
        events=tuple(sorted((event for part in parts for event in part.events), key=_in_order)),
        absences=tuple(
            sorted((each for part in parts for each in part.absences), key=lambda each: each.day)
        ),
    )


def _in_order(event: MonthEvent) -> tuple[date, bool]:
    return event.day, event.half is Half.AFTERNOON


def _count(
    days: Sequence[MonthDay], events: Sequence[MonthEvent], absences: Sequence[Absence]
) -> PersonMonth:
    halves = [half for each in days for half in each.derived.halves]
    states = Counter(half.state for half in halves)
    against = [event for event in events if event.counts]
    return PersonMonth(
        scheduled_half_days=len(halves) - sum(states[state] for state in UNSCHEDULED),
        present_half_days=sum(states[state] for state in AT_POST),
        unknown_half_days=states[HalfState.UNKNOWN],
        open_half_days=states[HalfState.IN_PROGRESS],
        late_count=sum(event.kind in LATE_KINDS for event in against),
        early_count=sum(event.kind in EARLY_KINDS for event in against),
        missing_count=sum(event.kind in MISSING_KINDS for event in against),
        excused_count=sum(event.excused_by is not None for event in events),
        late_minutes=_minutes(against, EventKind.LATE),
        early_minutes=_minutes(against, EventKind.EARLY_LEAVE),
        away_count=sum(event.kind is EventKind.AWAY for event in against),
        away_minutes=_minutes(against, EventKind.AWAY),
        overtime_minutes=sum(each.derived.overtime_minutes for each in days),
        absent_half_days=len(absences),
        covered=_covered(halves),
        events=tuple(events),
        absences=tuple(absences),
    )


def _events(each: MonthDay, half: DerivedHalf) -> Iterable[MonthEvent]:
    for event in half.events:
        if event.kind is not EventKind.ABSENCE:
            yield MonthEvent(
                each.day, half.half, event.kind, event.minutes, event.at, event.excused_by,
                event.counts, each.window_id,
            )  # fmt: skip


def _absence(each: MonthDay, half: DerivedHalf) -> Absence:
    events = tuple(_events(each, half))
    if events:
        article, reason = AWAY, "、".join(event.text for event in events)
    elif half.ground:
        article, reason = half.ground.article, f"没有打卡，{half.ground.label}"
    else:
        article, reason = NO_LEAVE, "没有打卡，也没有请假或报备"
    return Absence(each.day, half.half, article, events, each.window_id, reason)


def _of_repetition(repeated: Sequence[MonthEvent], rule: RuleValue) -> Absence:
    """Half a day for the occurrences that reach the threshold, which are listed."""
    enough = next(n for n in range(1, len(repeated) + 1) if rule.is_met_by(n))
    counted, last = tuple(repeated[:enough]), repeated[enough - 1]
    reason = "、".join(
        f"{event.day.month}月{event.day.day}日{event.half.label}{event.text}" for event in counted
    )
    return Absence(last.day, None, rule.article, counted, last.window_id, reason)


def _minutes(events: Iterable[MonthEvent], kind: EventKind) -> int:
    return sum(event.minutes for event in events if event.kind is kind)


def _covered(halves: Iterable[DerivedHalf]) -> tuple[LeaveCount, ...]:
    counts: Counter[tuple[CoverKind, str]] = Counter()
    for half in halves:
        if half.state in STATE_COVERS:
            kind = STATE_COVERS[half.state]
            counts[next(cover for cover in half.covers if cover[0] is kind)] += 1
    return tuple(LeaveCount(kind, label, n) for (kind, label), n in sorted(counts.items()))
