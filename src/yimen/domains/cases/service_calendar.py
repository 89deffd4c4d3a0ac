"""The calendar changes, and the deadlines of open cases move with it in the same transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from yimen.core.audit import record_audit
from yimen.domains.calendars.rules import DayChange, WorkCalendar
from yimen.domains.calendars.rules_notices import DayOverride, NoticeDay
from yimen.domains.calendars.service import CalendarChange, OverrideOrder, YearNotice
from yimen.domains.calendars.service_calendar import CalendarMove, DeadlineFollower, MovedDeadline
from yimen.domains.cases.repository import OpenClock
from yimen.domains.cases.rules import (
    ClockAct,
    ClockEvent,
    deemed_acceptance_at,
    due_date,
    lapse_day,
)
from yimen.domains.cases.schemas_calendar import (
    NoticeDayIn,
    OverrideCommand,
    OverrideDayIn,
    PublishYearCommand,
)
from yimen.domains.cases.service import Bench, clock_events
from yimen.domains.cases.service_followers import CASE_FOLLOWERS

__all__ = [
    "CalendarChangeService",
    "NoticeDayIn",
    "OverrideCommand",
    "OverrideDayIn",
    "PublishYearCommand",
]


@dataclass(frozen=True, slots=True)
class Deadlines:
    """The dates of an open case that rest on the calendar."""

    due_at: datetime | None
    due_is_provisional: bool
    deemed_acceptance_at: datetime | None
    supplement_due_on: date | None


@dataclass(frozen=True, slots=True)
class MovedCase:
    """An open case with a deadline that a calendar change moves or settles."""

    case_id: UUID
    case_number: str
    old: Deadlines
    new: Deadlines


@dataclass(frozen=True, slots=True)
class CalendarOutcome:
    """What a calendar change does, or did."""

    change: CalendarChange
    moved: tuple[MovedCase, ...]
    deadlines: tuple[MovedDeadline, ...]
    """Those of other domains that rest on the calendar, too."""
    is_applied: bool

    @property
    def days(self) -> tuple[DayChange, ...]:
        return self.change.days

    @property
    def revision(self) -> int:
        """The calendar's revision now: the new one once the change is applied."""
        calendar = self.change.after if self.is_applied else self.change.before
        return calendar.revision


class CalendarChangeService:
    """Publishing years and overriding days, with what that does to open cases (domain.md §3)."""

    def __init__(self, bench: Bench, followers: Sequence[DeadlineFollower[Any]]) -> None:
        """``followers``: of the domains above; those of cases themselves come last."""
        self.bench = bench
        self.followers = [*followers, *(follow(bench) for follow in CASE_FOLLOWERS)]

    async def publish_year(
        self, year: int, wish: PublishYearCommand, *, seen: int
    ) -> CalendarOutcome:
        """Enter a year's notice; a dry run only tells what would move. Raises Stale."""
        calendars = self.bench.calendars
        days = tuple(NoticeDay(line.day, line.kind, line.note) for line in wish.days)
        notice = YearNotice(year, wish.source, days)
        if wish.dry_run:
            return await self.preview(await calendars.propose_year(notice))
        change = await calendars.publish_year(notice, caller=self.bench.caller, seen=seen)
        return await self.apply(change, f"公布{year}年放假安排：{wish.source}")

    async def override_days(self, wish: OverrideCommand, *, seen: int) -> CalendarOutcome:
        """Set single days or set them free again; a dry run only tells what would move."""
        calendars = self.bench.calendars
        days = tuple(DayOverride(line.day, line.kind, line.note) for line in wish.days)
        order = OverrideOrder(wish.source, days)
        if wish.dry_run:
            return await self.preview(await calendars.propose_overrides(order))
        change = await calendars.override_days(order, caller=self.bench.caller, seen=seen)
        return await self.apply(change, f"调整工作日：{wish.source}")

    async def preview(self, change: CalendarChange) -> CalendarOutcome:
        """Which open cases and other deadlines a change would move."""
        deadlines: list[MovedDeadline] = []
        if _changes(change):
            for follower in self.followers:
                deadlines += await follower.moved(change.after)
        return CalendarOutcome(
            change, await self._moved(change), tuple(deadlines), is_applied=False
        )

    async def apply(self, change: CalendarChange, reason: str) -> CalendarOutcome:
        """Move the open cases and other deadlines that a change moves."""
        deadlines: list[MovedDeadline] = []
        if _changes(change):
            order = CalendarMove(change.after, reason, self.bench.caller)
            for follower in self.followers:
                deadlines += await follower.move(order)
        moved = await self._moved(change)
        await self.bench.cases.move_deadlines(
            [
                (
                    case.case_id,
                    case.new.due_at,
                    case.new.due_is_provisional,
                    case.new.deemed_acceptance_at,
                    case.new.supplement_due_on,
                    {"old": told(case.old), "new": told(case.new)},
                )
                for case in moved
            ],
            reason=reason,
            now=self.bench.now,
            caller=self.bench.caller,
        )
        await record_audit(
            self.bench.cases.session,
            caller=self.bench.caller,
            action="cases.move_deadlines",
            subject_type="calendar",
            subject_id=change.after.revision,
            new={"reason": reason, "cases": len(moved)},
        )
        return CalendarOutcome(change, moved, tuple(deadlines), is_applied=True)

    async def _moved(self, change: CalendarChange) -> tuple[MovedCase, ...]:
        if not _changes(change):
            return ()
        cases = self.bench.cases
        events = {
            case_id: clock_events(lines) for case_id, lines in (await cases.moved_clocks()).items()
        }
        return moved_by(await cases.open_clocks(), events, change.after, self.bench)


def _changes(change: CalendarChange) -> bool:
    """Whether a day or its hours come out otherwise, or a year is no longer provisional."""
    same_years = change.before.published_years == change.after.published_years
    return bool(change.days) or change.is_of_hours or not same_years


def moved_by(
    clocks: Sequence[OpenClock],
    events: Mapping[UUID, Sequence[ClockEvent]],
    calendar: WorkCalendar,
    bench: Bench,
) -> tuple[MovedCase, ...]:
    """The open cases whose deadlines come out otherwise under another calendar.

    ``events`` holds the clocks that were ever moved; all others only ever started.
    """
    found = []
    for clock in clocks:
        old = Deadlines(
            clock.due_at,
            clock.due_is_provisional,
            clock.deemed_acceptance_at,
            clock.supplement_due_on,
        )
        new = deadlines_of(clock, events.get(clock.case_id, ()), calendar, bench)
        if new != old:
            found.append(MovedCase(clock.case_id, clock.case_number, old, new))
    return tuple(found)


def deadlines_of(
    clock: OpenClock,
    events: Sequence[ClockEvent],
    calendar: WorkCalendar,
    bench: Bench,
) -> Deadlines:
    """The deadlines of an open case, reckoned anew by the rules of when each began to run."""
    due = None
    if clock.accepted_at is not None:
        due = due_date(
            events or [ClockEvent(ClockAct.ACCEPTED, clock.accepted_at)],
            working_days=clock.working_days,
            calendar=calendar,
        )
    deemed = None
    if clock.deemed_acceptance_at is not None:
        start = clock.completed_at or clock.received_at
        days = bench.limit("cases.deemed_acceptance_days", at=start)
        deemed = deemed_acceptance_at(start, days=days, calendar=calendar)
    lapses = None
    if clock.noticed_at is not None and clock.supplement_due_on is not None:
        days = bench.limit("cases.supplement_lapse_days", at=clock.noticed_at)
        lapses = lapse_day(clock.noticed_at, days=days, calendar=calendar)
    return Deadlines(due.at if due else None, due.is_provisional if due else False, deemed, lapses)


def told(deadlines: Deadlines) -> dict[str, object]:
    """Deadlines as an event tells them."""
    return {
        "due_at": deadlines.due_at.isoformat() if deadlines.due_at else None,
        "due_is_provisional": deadlines.due_is_provisional,
        "deemed_acceptance_at": (
            deadlines.deemed_acceptance_at.isoformat() if deadlines.deemed_acceptance_at else None
        ),
        "supplement_due_on": (
            deadlines.supplement_due_on.isoformat() if deadlines.supplement_due_on else None
        ),
    }
