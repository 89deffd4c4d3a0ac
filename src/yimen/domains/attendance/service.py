"""Deriving person-days: whatever bears on a day marks it, one worker derives what is marked.

Nothing is derived while somebody waits. A touch, a correction, a clock's user, a reversed batch
leave a mark in their own transaction; leave, service and the calendar, which lie below and cannot
call up here, are heard of through the hall's events; the end of each shift marks everybody who
serves. Every two seconds a worker takes the marks, derives those days from the facts as they are
then, and writes only what comes out otherwise, keeping what a settled day said before.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Protocol
from uuid import UUID

from yimen.core.database import new_id
from yimen.core.outbox import publish_event
from yimen.domains.attendance.enums import UNSCHEDULED, MarkCause
from yimen.domains.attendance.models import AttendanceProgress
from yimen.domains.attendance.repository import DayRepository, HallEvent, KeptDay, Mark, Serving
from yimen.domains.attendance.rules import (
    DerivedDay,
    Excuse,
    Ground,
    Span,
    derive_day,
)
from yimen.domains.attendance.rules_kept import read_half, write_half
from yimen.domains.attendance.service_gathering import DayFrames, GatheredFacts, Silence
from yimen.domains.calendars.service import CalendarService
from yimen.domains.leave.enums import Half
from yimen.domains.leave.service import Cover as LeaveCover
from yimen.domains.leave.service import Uncovered
from yimen.domains.rulebook.service import RulebookService

ONE_DAY = timedelta(days=1)
MOST_EVENTS = 5_000
MOST_MARKS = 2_000
MOST_PERSON_DAYS = 25_000
"""Of one round; what is over waits two seconds for the next."""
PEOPLE_AT_ONCE = 500

RETURNED = "leave.returned"

PersonDays = dict[UUID, dict[date, MarkCause]]
"""Which days of whom are to be derived, and why."""


class FindsCover(Protocol):
    """What attendance asks of leave."""

    async def cover_on(
        self, staff_ids: Collection[UUID] | None, first: date, last: date
    ) -> list[LeaveCover]: ...

    async def grounds_on(
        self, staff_ids: Collection[UUID], first: date, last: date
    ) -> list[Uncovered]: ...


class DerivationService:
    """The worker that derives what is marked."""

    def __init__(
        self,
        days: DayRepository,
        *,
        calendars: CalendarService,
        rulebook: RulebookService,
        leave: FindsCover,
        now: datetime,
    ) -> None:
        self.days = days
        self.calendars = calendars
        self.rulebook = rulebook
        self.leave = leave
        self.now = now

    async def catch_up(self) -> int:
        """Take account of what has happened; returns how many person-days came out otherwise."""
        calendar = await self.calendars.hold()
        frames = DayFrames(calendar, self.rulebook, self.now)
        progress = await self.days.hold_progress()
        await self._hear(progress, frames.today)
        await self._sweep(progress, frames)
        wanted = await self._wanted(await self.days.take_marks(MOST_MARKS), frames)
        return await self.derive(wanted, frames)

    # What is to be derived

    async def _hear(self, progress: AttendanceProgress, today: date) -> None:
        """Turn the hall's events into marks."""
        after = progress.event_transaction_id, progress.event_id
        events = await self.days.events_after(*after, MOST_EVENTS)
        if not events:
            return
        marks = [mark for event in events if (mark := _mark_of(event, today)) is not None]
        await self.days.put_marks(marks)
        progress.event_transaction_id = events[-1].transaction_id
        progress.event_id = events[-1].id
        await self.days.flush()

    async def _sweep(self, progress: AttendanceProgress, frames: DayFrames) -> None:
        """Mark everybody when a half-day is over: being absent tells nobody."""
        if progress.swept_at is not None:
            ended = frames.ends_between(progress.swept_at, self.now)
            await self.days.put_marks(
                Mark(0, None, day, day, None, MarkCause.SHIFT_END) for day in ended
            )
        if progress.swept_at is None or progress.swept_at < self.now:
            progress.swept_at = self.now
        await self.days.flush()

    async def _wanted(self, marks: Sequence[Mark], frames: DayFrames) -> PersonDays:
        """The person-days of the marks, as many as one round takes; the rest is put back."""
        clocks = await self.days.clocks()
        if not clocks:
            return {}
        earliest = max(min(first for _, first, _ in clocks), frames.calendar.first_day)
        wanted: PersonDays = defaultdict(dict)
        count = 0
        for position, mark in enumerate(marks):
            if count >= MOST_PERSON_DAYS:
                await self.days.put_marks(marks[position:])
                break
            first, last = max(mark.first_on, earliest), min(mark.last_on, frames.today)
            if first > last:
                continue
            count += await self._add(mark._replace(first_on=first, last_on=last), wanted, frames)
        return wanted

    async def _add(self, mark: Mark, wanted: PersonDays, frames: DayFrames) -> int:
        """Add the person-days of one mark; a long one is cut, its rest put back."""
        serving = await self._serving(mark)
        step = max(1, MOST_PERSON_DAYS // max(1, len({each.staff_id for each in serving})))
        last = min(mark.last_on, mark.first_on + timedelta(days=step - 1))
        if last < mark.last_on:
            await self.days.put_marks([mark._replace(first_on=last + ONE_DAY)])
            mark = mark._replace(last_on=last)
        found = await self._person_days(mark, serving, frames)
        for staff_id, day in found:
            wanted[staff_id][day] = mark.cause
        return len(found)

    async def _serving(self, mark: Mark) -> list[Serving]:
        named = None if mark.staff_id is None else [mark.staff_id]
        return await self.days.services(mark.first_on, mark.last_on, named)

    async def _person_days(
        self, mark: Mark, serving: Sequence[Serving], frames: DayFrames
    ) -> set[tuple[UUID, date]]:
        days = [
            mark.first_on + timedelta(days=n)
            for n in range((mark.last_on - mark.first_on).days + 1)
        ]
        if mark.batch_id is not None:
            return await self._of_batch(mark, serving, frames)
        if mark.staff_id is not None:
            found = {(mark.staff_id, day) for day in days}
            if mark.cause is MarkCause.PUNCHES:
                # a clock that was silent may be so no longer, for everybody
                found.update(await self.days.kept_on(days, unknown_only=True))
            return found
        found = _on_duty(serving, [day for day in days if frames.frame(day).shifts])
        found.update(await self.days.kept_on(days))
        return found

    async def _of_batch(
        self, mark: Mark, serving: Sequence[Serving], frames: DayFrames
    ) -> set[tuple[UUID, date]]:
        """The days of a batch: for whoever touched, and for whom the clock's silence mattered."""
        assert mark.batch_id is not None
        begins = frames.frame(mark.last_on).rules.day_begins
        touched = await self.days.of_batch(
            mark.batch_id, mark.first_on, mark.last_on, day_begins=begins
        )
        days = sorted({day for _, day in touched})
        found = {(staff_id, day) for staff_id, day in touched if staff_id is not None}
        kept = set(await self.days.kept_on(days))
        if mark.cause is MarkCause.REVERSAL:
            return found | kept
        working = [day for day in days if frames.frame(day).shifts]
        found.update(_on_duty(serving, working) - kept)
        found.update(await self.days.kept_on(days, unknown_only=True))
        return found

    # Deriving

    async def derive(self, wanted: PersonDays, frames: DayFrames) -> int:
        """Derive person-days and write what comes out otherwise; returns how many did."""
        changed = 0
        by_month: dict[date, PersonDays] = defaultdict(dict)
        for staff_id, days in wanted.items():
            for day, cause in days.items():
                by_month[day.replace(day=1)].setdefault(staff_id, {})[day] = cause
        for _, people in sorted(by_month.items()):
            silence = await self._silence(people, frames)
            staff_ids = sorted(people)
            for start in range(0, len(staff_ids), PEOPLE_AT_ONCE):
                some = {one: people[one] for one in staff_ids[start : start + PEOPLE_AT_ONCE]}
                changed += await self._derive_some(some, frames, silence)
        if changed:
            await self._tell(by_month, changed)
        return changed

    async def _silence(self, people: PersonDays, frames: DayFrames) -> Silence:
        first, last = _span(people)
        begins = frames.frame(first).rules.day_begins
        activity = await self.days.activity(first, last, day_begins=begins)
        return Silence(
            {(each.clock_id, each.day): Span(each.earliest, each.latest) for each in activity},
            {clock_id: (since, until) for clock_id, since, until in await self.days.clocks()},
        )

    async def _derive_some(self, people: PersonDays, frames: DayFrames, silence: Silence) -> int:
        facts = await self._gather(people, frames, silence)
        kept = await self.days.kept(list(people), *_span(people))
        rows: list[dict[str, object]] = []
        changes: list[dict[str, object]] = []
        for staff_id, days in people.items():
            for day, cause in days.items():
                window_id, given = facts.of(staff_id, day)
                derived = derive_day(given, frames.frame(day).rules)
                old = kept.get((staff_id, day))
                if old is None and _is_nothing(derived):
                    continue
                row = _row_of(staff_id, day, window_id, derived, version=1)
                if old is None:
                    rows.append(row)
                elif _differs(old, row):
                    row["version"] = old.version + 1
                    rows.append(row)
                    if old.is_settled:
                        changes.append(_change_of(old, row, cause, self.now))
        await self.days.keep_days(rows, self.now)
        await self.days.keep_changes(changes)
        return len(rows)

    async def derive_afresh(
        self, staff_id: UUID, days: Iterable[date], frames: DayFrames
    ) -> dict[date, DerivedDay]:
        """What a person's days come to by the facts as they are; writes nothing."""
        people: PersonDays = {staff_id: dict.fromkeys(days, MarkCause.PUNCHES)}
        if not people[staff_id]:
            return {}
        facts = await self._gather(people, frames, await self._silence(people, frames))
        return {
            day: derive_day(facts.of(staff_id, day)[1], frames.frame(day).rules)
            for day in people[staff_id]
        }

    async def _gather(
        self, people: PersonDays, frames: DayFrames, silence: Silence
    ) -> GatheredFacts:
        first, last = _span(people)
        staff_ids = list(people)
        begins = frames.frame(first).rules.day_begins
        gathered = GatheredFacts(frames, silence)
        gathered.touches = await self.days.touches(staff_ids, first, last, day_begins=begins)
        for service in await self.days.services(first, last, staff_ids):
            gathered.services[service.staff_id].append(service)
        for enrolment in await self.days.enrolments(staff_ids, first, last):
            gathered.enrolments[enrolment.staff_id].append(
                (enrolment.clock_id, enrolment.starts_on, enrolment.ends_on)
            )
        for granted in await self.days.granted(staff_ids, first, last):
            gathered.excuses[granted.staff_id, granted.day].append(
                Excuse(granted.half, granted.kind, str(granted.id))
            )
        for cover in await self.leave.cover_on(staff_ids, first, last + ONE_DAY):
            gathered.add_cover(cover, first, last)
        for one in await self.leave.grounds_on(staff_ids, first, last):
            gathered.grounds[one.staff_id, one.day].append(Ground(one.half, one.article, one.label))
        return gathered

    async def _tell(self, by_month: Mapping[date, PersonDays], changed: int) -> None:
        spans = [_span(people) for people in by_month.values()]
        first, last = min(first for first, _ in spans), max(last for _, last in spans)
        await publish_event(
            self.days.session,
            kind="attendance.derive",
            subject_type="attendance_days",
            subject_id=f"{first}/{last}",
            occurred_at=self.now,
            facts={
                "first_day": first.isoformat(),
                "last_day": last.isoformat(),
                "changed_days": changed,
            },
        )


# --- marks


def _mark_of(event: HallEvent, today: date) -> Mark | None:
    """What an event of a lower domain asks to be derived anew; none for all others."""
    facts = event.facts
    area = event.kind.partition(".")[0]
    if area == "leave":
        first, last = _day(facts.get("first_day")), _day(facts.get("last_day"))
        if event.kind == RETURNED:
            last = today  # until then every day without a touch had been an overstay
        return _mark(facts.get("staff_id"), first, last, MarkCause.LEAVE, today)
    if area == "services":
        # what is given up may have lasted till further notice
        first = _day(facts.get("starts_on"))
        return _mark(facts.get("staff_id"), first, today, MarkCause.SERVICE, today)
    if event.kind == "calendar.year_published":
        year = int(event.subject_id)
        first, last = date(year, 1, 1), date(year, 12, 31)
        return _mark(None, first, last, MarkCause.CALENDAR, today)
    if event.kind == "calendar.day_set":
        day = _day(event.subject_id)
        return _mark(None, day, day, MarkCause.CALENDAR, today)
    return None


def _mark(
    staff_id: object, first: date | None, last: date | None, cause: MarkCause, today: date
) -> Mark | None:
    if first is None or last is None or first > today:
        return None
    person = UUID(staff_id) if isinstance(staff_id, str) else None
    return Mark(0, person, first, min(last, today), None, cause)


def _day(text: object) -> date | None:
    return date.fromisoformat(text) if isinstance(text, str) else None


def _on_duty(serving: Iterable[Serving], days: Sequence[date]) -> set[tuple[UUID, date]]:
    return {
        (each.staff_id, day)
        for each in serving
        for day in days
        if each.starts_on <= day and (each.ends_on is None or day <= each.ends_on)
    }


def _span(people: PersonDays) -> tuple[date, date]:
    days = {day for wanted in people.values() for day in wanted}
    return min(days), max(days)


# --- rows


def _is_nothing(derived: DerivedDay) -> bool:
    """Whether nobody was expected and nobody worked overtime: such a day is not kept."""
    return not derived.overtime_minutes and all(
        half.state in UNSCHEDULED for half in derived.halves
    )


def _row_of(
    staff_id: UUID, day: date, window_id: UUID | None, derived: DerivedDay, *, version: int
) -> dict[str, object]:
    morning, afternoon = derived.halves
    return {
        "staff_id": staff_id,
        "day": day,
        "window_id": window_id,
        "morning": write_half(morning),
        "afternoon": write_half(afternoon),
        "overtime_minutes": derived.overtime_minutes,
        "is_settled": derived.is_settled,
        "version": version,
    }


def _differs(old: KeptDay, row: Mapping[str, object]) -> bool:
    return (
        old.morning != row["morning"]
        or old.afternoon != row["afternoon"]
        or old.overtime_minutes != row["overtime_minutes"]
        or old.window_id != row["window_id"]
        or old.is_settled != row["is_settled"]
    )


def _change_of(
    old: KeptDay, row: Mapping[str, object], cause: MarkCause, now: datetime
) -> dict[str, object]:
    return {
        "id": new_id(),
        "staff_id": old.staff_id,
        "day": old.day,
        "version": row["version"],
        "changed_at": now,
        "cause": cause,
        "old": {
            "morning": dict(old.morning),
            "afternoon": dict(old.afternoon),
            "overtime_minutes": old.overtime_minutes,
        },
        "new": {key: row[key] for key in ("morning", "afternoon", "overtime_minutes")},
    }


def derived_of(kept: KeptDay) -> DerivedDay:
    """A kept day as it was derived."""
    return DerivedDay(
        (read_half(kept.morning, Half.MORNING), read_half(kept.afternoon, Half.AFTERNOON)),
        kept.overtime_minutes,
        kept.is_settled,
    )
