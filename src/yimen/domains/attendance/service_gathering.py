"""What bears on person-days, laid out by person and day for the rules to judge."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from yimen.core.clock import HALL_ZONE, start_of_day
from yimen.domains.attendance.enums import COVER_LABELS
from yimen.domains.attendance.repository import Serving
from yimen.domains.attendance.rules import (
    DAY,
    Cover,
    DayFacts,
    DayRules,
    Excuse,
    Ground,
    Span,
    middle_of,
    seconds_of,
)
from yimen.domains.calendars.rules import WorkCalendar
from yimen.domains.leave.enums import Half
from yimen.domains.leave.service import Cover as LeaveCover
from yimen.domains.rulebook.service import RulebookService

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class DayFrame:
    """What a day is for everybody: its shifts, its rules, how far it has come."""

    day: date
    shifts: tuple[Span, ...]
    rules: DayRules
    now: int | None


class DayFrames:
    """The frames of days under one calendar, at one moment."""

    def __init__(self, calendar: WorkCalendar, rulebook: RulebookService, now: datetime) -> None:
        self.calendar = calendar
        self.rulebook = rulebook
        local = now.astimezone(HALL_ZONE).replace(tzinfo=None)
        begins = DayRules.of(rulebook.edition_on(local.date())).day_begins
        self.today = (local - timedelta(seconds=begins)).date()
        """The day that is under way; after midnight still the one before."""
        midnight = datetime.combine(self.today, datetime.min.time())
        self._now = int((local - midnight).total_seconds())
        self._frames: dict[date, DayFrame] = {}

    def frame(self, day: date) -> DayFrame:
        frame = self._frames.get(day)
        if frame is None:
            shifts = tuple(
                Span(seconds_of(shift.opens), seconds_of(shift.closes))
                for shift in self.calendar.describe(day).shifts
            )
            frame = self._frames[day] = DayFrame(
                day=day,
                shifts=shifts,
                rules=DayRules.of(self.rulebook.edition_on(day)),
                now=self._now if day == self.today else None,
            )
        return frame

    def ends_between(self, after: datetime, until: datetime) -> Iterator[date]:
        """The working days of which a half was over at some instant between the two."""
        day = after.astimezone(HALL_ZONE).date() - ONE_DAY
        last = until.astimezone(HALL_ZONE).date()
        while day <= last:
            frame = self.frame(day)
            if frame.shifts:
                midnight = start_of_day(day)
                ends = (
                    midnight + timedelta(seconds=middle_of(*frame.shifts) + 1),
                    midnight + timedelta(seconds=DAY + frame.rules.day_begins),
                )
                if any(after < end <= until for end in ends):
                    yield day
            day += ONE_DAY


class Silence:
    """In which half-days clocks sent nothing at all, from anybody."""

    def __init__(
        self,
        activity: Mapping[tuple[UUID, date], Span],
        clocks: Mapping[UUID, tuple[date, date | None]],
    ) -> None:
        self._activity = activity
        self._clocks = clocks
        self._known: dict[tuple[UUID, date], frozenset[Half]] = {}

    def in_use(self, clock_id: UUID, day: date) -> bool:
        since, until = self._clocks[clock_id]
        return since <= day and (until is None or day <= until)

    def of(self, clock_id: UUID, frame: DayFrame) -> frozenset[Half]:
        """The halves of a day in which a clock was silent."""
        key = clock_id, frame.day
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._judge(clock_id, frame)
        return known

    def _judge(self, clock_id: UUID, frame: DayFrame) -> frozenset[Half]:
        if not frame.shifts:
            return frozenset()
        seen = self._activity.get((clock_id, frame.day))
        if seen is None:
            return frozenset(Half)
        middle = middle_of(*frame.shifts)
        silent = set()
        if seen.start > middle:
            silent.add(Half.MORNING)
        if seen.end <= middle:
            silent.add(Half.AFTERNOON)
        return frozenset(silent)


_NOWHERE: frozenset[Half] = frozenset()


class GatheredFacts:
    """The facts of some people's days, by person and day."""

    def __init__(self, frames: DayFrames, silence: Silence) -> None:
        self.frames = frames
        self.silence = silence
        self.touches: dict[tuple[UUID, date], list[int]] = {}
        self.services: dict[UUID, list[Serving]] = defaultdict(list)
        self.enrolments: dict[UUID, list[tuple[UUID, date, date | None]]] = defaultdict(list)
        self.excuses: dict[tuple[UUID, date], list[Excuse]] = defaultdict(list)
        self.covers: dict[tuple[UUID, date], list[Cover]] = defaultdict(list)
        self.grounds: dict[tuple[UUID, date], list[Ground]] = defaultdict(list)

    def of(self, staff_id: UUID, day: date) -> tuple[UUID | None, DayFacts]:
        """Where the person served, and all that bears on the day."""
        frame = self.frames.frame(day)
        window_id = None
        for service in self.services.get(staff_id, ()):
            if service.starts_on <= day and (service.ends_on is None or day <= service.ends_on):
                window_id = service.window_id
        silent, is_enrolled = _NOWHERE, False
        if window_id is not None and frame.shifts:
            for clock_id, starts_on, ends_on in self.enrolments.get(staff_id, ()):
                if (
                    starts_on <= day
                    and (ends_on is None or day <= ends_on)
                    and self.silence.in_use(clock_id, day)
                ):
                    is_enrolled = True
                    silent |= self.silence.of(clock_id, frame)
        key = staff_id, day
        return window_id, DayFacts(
            is_serving=window_id is not None,
            shifts=frame.shifts,
            touches=self.touches.get(key, ()),
            covers=self.covers.get(key, ()),
            excuses=self.excuses.get(key, ()),
            grounds=self.grounds.get(key, ()),
            silent=silent,
            is_enrolled=is_enrolled,
            now=frame.now,
        )

    def add_cover(self, cover: LeaveCover, first: date, last: date) -> None:
        """Lay a cover over the days it reaches: whole half-days, or from time to time."""
        label = COVER_LABELS[cover.kind] if cover.leave_kind is None else cover.leave_kind.label
        if cover.half_days is not None:
            for day, half in cover.half_days:
                shifts = self.frames.frame(day).shifts if first <= day <= last else ()
                if shifts:
                    span = shifts[0] if half is Half.MORNING else shifts[1]
                    made = Cover(cover.kind, span.start, span.end, label)
                    self.covers[cover.staff_id, day].append(made)
            return
        starts, ends = (
            at.astimezone(HALL_ZONE).replace(tzinfo=None) for at in (cover.starts_at, cover.ends_at)
        )
        day = max(first, starts.date() - ONE_DAY)
        while day <= min(last, ends.date()):
            midnight = datetime.combine(day, datetime.min.time())
            begins = self.frames.frame(day).rules.day_begins
            start = max(begins, int((starts - midnight).total_seconds()))
            end = min(DAY + begins, int((ends - midnight).total_seconds()))
            if start < end:
                self.covers[cover.staff_id, day].append(Cover(cover.kind, start, end, label))
            day += ONE_DAY
