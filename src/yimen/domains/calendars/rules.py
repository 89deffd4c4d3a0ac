"""Working days and working time: every answer is a look-up in sums taken once per calendar.

Counting follows domain.md §3: the day of the triggering event is not counted, the last day ends at
close of business, and a last day that is no working day moves to the next one. What a holiday is
comes from published years; a year without its notice is reckoned from weekends and the statutory
days alone, and every answer that touches it says ``is_provisional``.
"""

from bisect import bisect_left
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

from yimen.core.errors import AppError
from yimen.domains.calendars.enums import DayKind
from yimen.domains.calendars.rules_notices import (
    FIRST_DAY,
    LAST_KNOWN_NOTICE,
    WEEKDAYS,
    DayEntry,
    statutory_days,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")
YEARS_AHEAD = 5
"""How far ahead a calendar still answers, provisionally where the year is not published."""

WORKING_HOURS_ARTICLE = "ATTEND 一(一)"
START_NOT_COUNTED_ARTICLE = "民法典 201"

_SECOND = 1_000_000


class BeyondCalendar(AppError):
    """The question reaches outside the days this calendar knows."""

    status = 422
    code = "beyond_calendar"
    title = "日期超出工作日历的范围，请核对后重新填写。"


@dataclass(frozen=True, slots=True)
class Shift:
    """One half of a working day on the wall clock."""

    opens: time
    closes: time


@dataclass(frozen=True, slots=True)
class OfficeHours:
    """The shifts of one working day, in order and apart (ATTEND 一(一))."""

    shifts: tuple[Shift, ...]

    def __post_init__(self) -> None:
        edges = [edge for shift in self.shifts for edge in (shift.opens, shift.closes)]
        if not edges or any(later <= earlier for earlier, later in pairwise(edges)):
            raise ValueError("办公时间各班次须先后有序、互不重叠。")


class DayFact(NamedTuple):
    """What a day is, and why."""

    day: date
    kind: DayKind
    reason: str
    source: str
    """The article or the notice that makes it so."""
    is_override: bool
    is_provisional: bool
    shifts: tuple[Shift, ...]
    """When the hall is open; none on a day off."""


class DueDay(NamedTuple):
    day: date
    is_provisional: bool


class Due(NamedTuple):
    """When a promised time ends, and the day from which it is counted."""

    at: datetime
    day: date
    counted_from: date
    is_provisional: bool


class DayChange(NamedTuple):
    """A day as one calendar and another have it."""

    day: date
    was: DayFact
    becomes: DayFact


class DayCount(NamedTuple):
    """One line of an explained deadline; ``counted_as`` is None for a day that does not count."""

    day: date
    counted_as: int | None
    kind: DayKind
    reason: str
    source: str
    is_provisional: bool


class _DayClock:
    """Working microseconds within a day of given office hours."""

    __slots__ = ("closes", "opens", "spans", "total")

    def __init__(self, hours: OfficeHours) -> None:
        self.spans = tuple(
            (_since_midnight(s.opens), _since_midnight(s.closes)) for s in hours.shifts
        )
        self.total = sum(closes - opens for opens, closes in self.spans)
        self.opens = self.spans[0][0]
        self.closes = self.spans[-1][1]

    def worked_by(self, moment: int) -> int:
        """Working time from midnight up to a moment of the day."""
        worked = 0
        for opens, closes in self.spans:
            if moment <= opens:
                break
            worked += (closes if moment > closes else moment) - opens
        return worked

    def moment_of(self, worked: int) -> int:
        """The earliest moment by which so much (more than nothing) has been worked."""
        for opens, closes in self.spans:
            if worked <= closes - opens:
                return opens + worked
            worked -= closes - opens
        raise AssertionError("asked for more than the day holds")


class WorkCalendar:
    """The hall's days and hours from 2008 on; immutable, so it may be shared and cached.

    Instants must be aware; every day asked about must lie within ``first_day``…``last_day``, or
    :class:`BeyondCalendar` is raised.
    """

    def __init__(
        self,
        *,
        published_years: Collection[int],
        entries: Mapping[date, DayEntry],
        hours_on: Callable[[date], OfficeHours],
        this_year: int = LAST_KNOWN_NOTICE,
        revision: int = 0,
    ) -> None:
        """Take the sums. ``hours_on`` gives the office hours that a day has if it is worked.

        The calendar reaches ``YEARS_AHEAD`` years beyond the last published year and this one.
        """
        self.published_years = frozenset(published_years)
        self.revision = revision
        last_year = max({LAST_KNOWN_NOTICE, this_year, *self.published_years}) + YEARS_AHEAD
        self.first_day = FIRST_DAY
        self.last_day = date(last_year, 12, 31)
        self._entries = dict(entries)
        self._statutory = {
            day: name
            for year in range(FIRST_DAY.year, last_year + 1)
            if year not in self.published_years
            for day, name in statutory_days(year).items()
        }
        # Shanghai has had no clock change since 1991: its wall clock is UTC+8 on every known day.
        self._origin = datetime(2008, 1, 1, tzinfo=SHANGHAI)
        self._origin_utc = self._origin.astimezone(UTC)
        self._size = (self.last_day - self.first_day).days + 1
        self._take_sums(hours_on)

    def _take_sums(self, hours_on: Callable[[date], OfficeHours]) -> None:
        clocks: dict[OfficeHours, _DayClock] = {}
        self._days: list[date] = []
        self._closes_at: list[datetime] = []
        self._hours: list[OfficeHours] = []
        self._clocks: list[_DayClock] = []
        self._working: list[bool] = []
        self._work_days: list[int] = []
        self._work_before: list[int] = [0]
        self._worked_before: list[int] = [0]
        self._unpublished_before: list[int] = [0]
        first = FIRST_DAY.toordinal()
        for index in range(self._size):
            day = date.fromordinal(first + index)
            hours = hours_on(day)
            clock = clocks.get(hours)
            if clock is None:
                clock = clocks.setdefault(hours, _DayClock(hours))
            working = self._kind_of(day).is_working
            if working:
                self._work_days.append(index)
            self._days.append(day)
            self._hours.append(hours)
            self._clocks.append(clock)
            self._closes_at.append(_instant(day, clock.closes))
            self._working.append(working)
            self._work_before.append(len(self._work_days))
            self._worked_before.append(self._worked_before[-1] + (clock.total if working else 0))
            unpublished = day.year not in self.published_years
            self._unpublished_before.append(self._unpublished_before[-1] + unpublished)

    # Days

    def is_working_day(self, day: date) -> bool:
        return self._working[self._index(day)]

    def day_kind(self, day: date) -> DayKind:
        self._index(day)
        return self._kind_of(day)

    def describe(self, day: date) -> DayFact:
        """What the day is, with the article or notice that makes it so."""
        index = self._index(day)
        entry = self._entries.get(day)
        kind = self._kind_of(day)
        source = WORKING_HOURS_ARTICLE
        if entry is not None:
            reason, source = entry.note or kind.label, entry.source
        elif kind is DayKind.STATUTORY_HOLIDAY:
            reason = self._statutory[day]
        else:
            reason = WEEKDAYS[day.weekday()]
        return DayFact(
            day=day,
            kind=kind,
            reason=reason,
            source=source,
            is_override=entry is not None and entry.is_override,
            is_provisional=day.year not in self.published_years,
            shifts=self._hours[index].shifts if kind.is_working else (),
        )

    def rests_on_unpublished(self, first: date, last: date) -> bool:
        """Whether any day from first through last lies in a year without its notice."""
        before = self._unpublished_before
        return before[self._index(last) + 1] > before[self._index(first)]

    def count_working_days(self, after: date, through: date) -> int:
        """Working days after one day, up to and with another; negative when reversed."""
        before = self._work_before
        return before[self._index(through) + 1] - before[self._index(after) + 1]

    def add_working_days(self, day: date, n: int) -> DueDay:
        """The n-th working day after a day, itself not counted (domain.md §3; 民法典 201).

        With n = 0: the day itself, or the next working day if it is none (民法典 203).
        """
        start = self._index(day)
        due = self._nth_working_day(start, n)
        first = start + 1 if n else start
        before = self._unpublished_before
        return DueDay(self._days[due], before[due + 1] > before[first])

    # Instants

    def acceptance_day(self, instant: datetime) -> date:
        """The day for which an intake counts: its own, or the next working day (domain.md §4).

        Anything up to close of business of a working day counts for that day, also before the
        morning opens and in the midday break. The interval is closed: 20:00:00 sharp still counts,
        a moment later is the next working day's, as is everything on a day off.
        """
        return self._days[self._acceptance_index(*self._locate(instant))]

    def due_at(self, accepted_at: datetime, working_days: int) -> Due:
        """Close of business on the N-th working day after acceptance (domain.md §4).

        0 for an immediate case: close of business on the day of acceptance itself.
        """
        index, moment = self._locate(accepted_at)
        start = self._acceptance_index(index, moment)
        due = self._nth_working_day(start, working_days)
        before = self._unpublished_before
        return Due(
            at=self._closes_at[due],
            day=self._days[due],
            counted_from=self._days[start],
            is_provisional=before[due + 1] > before[index],
        )

    def close_of_business(self, day: date) -> datetime:
        """When the hall's last shift ends on a day, worked or not (ATTEND 一(一))."""
        return self._closes_at[self._index(day)]

    def is_open(self, instant: datetime) -> bool:
        """Whether a shift is under way; it is from its opening up to, not at, its close."""
        index, moment = self._locate(instant)
        spans = self._clocks[index].spans
        return self._working[index] and any(opens <= moment < closes for opens, closes in spans)

    def next_opening(self, instant: datetime) -> datetime:
        """The instant itself while a shift is under way, otherwise the next shift's start."""
        index, moment = self._locate(instant)
        if self._working[index]:
            for opens, closes in self._clocks[index].spans:
                if moment < closes:
                    return _instant(self._days[index], max(opens, moment))
        following = self._nth_working_day(index, 1)
        return _instant(self._days[following], self._clocks[following].opens)

    def working_minutes_between(self, start: datetime, end: datetime) -> int:
        """Whole minutes of office hours from start to end; negative when end comes first.

        The time between is summed to the microsecond and then cut to minutes, towards zero.
        """
        worked = self._worked_by(end) - self._worked_by(start)
        return worked // (60 * _SECOND) if worked >= 0 else -(-worked // (60 * _SECOND))

    def add_working_minutes(self, instant: datetime, minutes: int) -> datetime:
        """The earliest instant by which so many minutes of office hours have passed since.

        So a sum that ends with a shift ends at its close, not at the next opening; 0 minutes gives
        the instant back.
        """
        if minutes < 0:
            raise ValueError("minutes must not be negative")
        if minutes == 0:
            self._locate(instant)
            return instant.astimezone(SHANGHAI)
        wanted = self._worked_by(instant) + minutes * 60 * _SECOND
        after = bisect_left(self._worked_before, wanted)
        if after > self._size:
            raise self._beyond()
        index = after - 1
        rest = wanted - self._worked_before[index]
        return _instant(self._days[index], self._clocks[index].moment_of(rest))

    # Explanations

    def explain(self, start: date, n: int) -> list[DayCount]:
        """Every day from the start to the due day, each counted or not and why."""
        last = self.add_working_days(start, n).day
        lines = []
        counted = 0
        for ordinal in range(start.toordinal(), last.toordinal() + 1):
            day = date.fromordinal(ordinal)
            fact = self.describe(day)
            counts = day > start and fact.kind.is_working and counted < n
            counted += counts
            reason, source = fact.reason, fact.source
            if day == start and n:
                reason, source = f"起算当日不计（{reason}）", START_NOT_COUNTED_ARTICLE
            lines.append(
                DayCount(
                    day, counted if counts else None, fact.kind, reason, source, fact.is_provisional
                )
            )
        return lines

    def differences(self, after: "WorkCalendar") -> list[DayChange]:
        """The days that another calendar reckons otherwise: their kind, or how sure it is."""
        changes = []
        for index in range(min(self._size, after._size)):
            day = self._days[index]
            was, becomes = self.describe(day), after.describe(day)
            if (was.kind, was.is_provisional) != (becomes.kind, becomes.is_provisional):
                changes.append(DayChange(day, was, becomes))
        return changes

    # Positions: a day is its distance from the first one, a moment microseconds since midnight

    def _index(self, day: date) -> int:
        index = day.toordinal() - _FIRST_ORDINAL
        if not 0 <= index < self._size:
            raise self._beyond()
        return index

    def _beyond(self) -> BeyondCalendar:
        return BeyondCalendar(
            f"工作日历只能推算{self.first_day}至{self.last_day}，请核对日期或办理时限后重新填写。"
        )

    def _locate(self, instant: datetime) -> tuple[int, int]:
        # within one zone Python subtracts wall clocks, at a third of the cost
        since = instant - (self._origin if instant.tzinfo is SHANGHAI else self._origin_utc)
        index = since.days
        if not 0 <= index < self._size:
            raise self._beyond()
        return index, since.seconds * _SECOND + since.microseconds

    def _worked_by(self, instant: datetime) -> int:
        index, moment = self._locate(instant)
        worked = self._worked_before[index]
        return worked + self._clocks[index].worked_by(moment) if self._working[index] else worked

    def _acceptance_index(self, index: int, moment: int) -> int:
        if self._working[index] and moment <= self._clocks[index].closes:
            return index
        return self._nth_working_day(index, 1)

    def _nth_working_day(self, index: int, n: int) -> int:
        if n < 0:
            raise ValueError("working days must not be negative")
        rank = self._work_before[index + 1] + n - 1 if n else self._work_before[index]
        if rank >= len(self._work_days):
            raise self._beyond()
        return self._work_days[rank]

    def _kind_of(self, day: date) -> DayKind:
        entry = self._entries.get(day)
        if entry is not None:
            return entry.kind
        if day in self._statutory:
            return DayKind.STATUTORY_HOLIDAY
        return DayKind.WEEKEND if day.weekday() >= 5 else DayKind.WORKDAY


_FIRST_ORDINAL = FIRST_DAY.toordinal()


def _instant(day: date, moment: int) -> datetime:
    midnight = datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)
    return midnight + timedelta(microseconds=moment)


def _since_midnight(moment: time) -> int:
    return (moment.hour * 3600 + moment.minute * 60 + moment.second) * _SECOND
