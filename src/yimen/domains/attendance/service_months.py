"""Showing person-days and months: to each their own, to the office all of them."""

from calendar import monthrange
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from yimen.core.caller import Caller
from yimen.core.errors import AppError, NotFound
from yimen.domains.attendance.enums import (
    EXCUSED_BY,
    CorrectionKind,
    HalfState,
)
from yimen.domains.attendance.models import AttendanceDay, AttendanceDayChange
from yimen.domains.attendance.repository import DayRepository, DayRow, KeptDay, PersonRow
from yimen.domains.attendance.rules import DayRules, DerivedHalf, Event, Reason, merge_touches
from yimen.domains.attendance.rules_kept import read_half
from yimen.domains.attendance.rules_month import (
    Absence,
    MonthDay,
    MonthEvent,
    PersonMonth,
    at_window,
    sum_up,
    together,
)
from yimen.domains.attendance.rules_words import clock_text, explain_half
from yimen.domains.attendance.schemas import (
    AbsenceRead,
    AttendanceStatus,
    ChangePage,
    ChangeQuery,
    ChangeRead,
    CorrectableRead,
    CoveredRead,
    DayDetail,
    DayPage,
    DayQuery,
    DayRead,
    DifferenceRead,
    EventRead,
    FiguresRead,
    HalfRead,
    MonthEventRead,
    MonthQuery,
    PersonMonthDetail,
    PersonMonthPage,
    PersonMonthRead,
    ReasonRead,
    WindowMonthList,
    WindowMonthRead,
)
from yimen.domains.attendance.service import derived_of
from yimen.domains.attendance.service_gathering import DayFrames
from yimen.domains.calendars.service import CalendarService
from yimen.domains.leave.enums import Half
from yimen.domains.rulebook.service import RulebookService

LONGEST_SPAN_DAYS = 100
PEOPLE_AT_ONCE = 500


class NoAttendanceRecord(NotFound):
    code = "no_attendance_record"
    title = "您的账号没有对应的工作人员，没有考勤记录。"


class DaySpanTooLong(AppError):
    status = 422
    code = "attendance_span_too_long"
    title = f"查询的日期范围有误：起始日不晚于结束日，且最多 {LONGEST_SPAN_DAYS} 天。"


class MonthSpan(NamedTuple):
    """A month from its first day to its last."""

    first: date
    last: date

    @property
    def text(self) -> str:
        return f"{self.first:%Y-%m}"

    @classmethod
    def of(cls, text: str) -> "MonthSpan":
        """``2026-03``."""
        return cls.around(date.fromisoformat(f"{text}-01"))

    @classmethod
    def around(cls, day: date) -> "MonthSpan":
        return cls(day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1]))


class MonthService:
    """Reads what has been derived; nothing is computed but sums."""

    def __init__(
        self,
        days: DayRepository,
        *,
        calendars: CalendarService,
        rulebook: RulebookService,
        caller: Caller,
        now: datetime,
    ) -> None:
        self.days = days
        self.calendars = calendars
        self.rulebook = rulebook
        self.caller = caller
        self.now = now

    async def frames(self) -> DayFrames:
        return DayFrames(await self.calendars.current(), self.rulebook, self.now)

    @property
    def own_id(self) -> UUID:
        """Who the caller is among the staff; raises NoAttendanceRecord."""
        if self.caller.staff_id is None:
            raise NoAttendanceRecord
        return self.caller.staff_id

    # Days

    async def list_days(self, query: DayQuery) -> DayPage:
        frames = await self.frames()
        first, last = self._span(query.first, query.last, frames)
        rows, cursor, total = await self.days.days_page(query, self.caller, first=first, last=last)
        items = [show_day(row, frames) for row in rows]
        return DayPage(items=items, next_cursor=cursor, total=total)

    async def read_day(self, staff_id: UUID, day: date) -> DayDetail:
        """A person's day with its touches and how it has changed; raises NotFound."""
        row = await self.days.day(staff_id, day, self.caller)
        if row is None:
            raise NotFound("没有此人这一天的考勤，或者您无权查看。")
        frames = await self.frames()
        rules = frames.frame(day).rules
        shown = show_day(row, frames)
        touches = await self.days.touches([staff_id], day, day, day_begins=rules.day_begins)
        changes = await self.days.changes_of(staff_id, day)
        merged = merge_touches(touches.get((staff_id, day), ()), rules.same_touch)
        return DayDetail(
            **{name: getattr(shown, name) for name in DayRead.model_fields},
            is_current=not await self.days.is_marked(staff_id, day, day),
            touches=[clock_text(touch.first) for touch in merged],
            changes=[
                show_change(change, row.staff_number, row.staff_name, rules) for change in changes
            ],
            correctable=[
                CorrectableRead(half=half.half, kind=kind)
                for half in halves_of(row.day)
                for kind in correctable(half)
            ],
        )

    async def list_changes(self, query: ChangeQuery) -> ChangePage:
        """How settled days came out otherwise later."""
        frames = await self.frames()
        first, last = self._span(query.first, query.last, frames)
        rows, cursor, total = await self.days.changes_page(
            query, self.caller, first=first, last=last
        )
        items = [
            show_change(row[0], row[1], row[2], frames.frame(row[0].day).rules) for row in rows
        ]
        return ChangePage(items=items, next_cursor=cursor, total=total)

    async def status(self) -> AttendanceStatus:
        """Whether all that has come in is taken account of."""
        waiting = await self.days.count_marks()
        return AttendanceStatus(
            waiting_marks=waiting, is_current=waiting == 0, swept_at=await self.days.swept_at()
        )

    def _span(self, first: date | None, last: date | None, frames: DayFrames) -> tuple[date, date]:
        last = last or frames.today
        first = first or last.replace(day=1)
        if not 0 <= (last - first).days < LONGEST_SPAN_DAYS:
            raise DaySpanTooLong
        return first, last

    # Months

    async def own_month(self, month: str | None) -> PersonMonthDetail:
        """The caller's own month, this one by default."""
        return await self._detail(self.own_id, await self._month(month))

    async def person_month(self, staff_id: UUID, month: str) -> PersonMonthDetail:
        """The month of someone whom the caller may see, day by day; raises NotFound."""
        return await self._detail(staff_id, MonthSpan.of(month))

    async def _month(self, text: str | None) -> MonthSpan:
        if text is not None:
            return MonthSpan.of(text)
        return MonthSpan.around((await self.frames()).today)

    async def _detail(self, staff_id: UUID, month: MonthSpan) -> PersonMonthDetail:
        person = await self.days.person(staff_id, self.caller)
        if person is None:
            raise NotFound("没有这个工作人员的考勤，或者您无权查看。")
        frames = await self.frames()
        kept = await self.days.kept([staff_id], *month)
        days = [kept[key] for key in sorted(kept)]
        figures = sum_up(_month_days(days), self.rulebook.edition_on(month.first))
        windows = await self.days.windows_named({d.window_id for d in days if d.window_id})
        return PersonMonthDetail(
            **person._asdict(),
            figures=show_figures(figures),
            month=month.text,
            is_current=not await self.days.is_marked(staff_id, *month),
            days=[_show_kept(day, person, windows, frames) for day in days],
        )

    async def list_months(self, month: str, query: MonthQuery) -> PersonMonthPage:
        """The months of those whom the caller may see, by staff number."""
        span = MonthSpan.of(month)
        people, cursor, total = await self.days.people_page(query, self.caller, **span._asdict())
        months = await self.months_of([person.staff_id for person in people], span)
        items = [show_person(person, months[person.staff_id], query.window_id) for person in people]
        return PersonMonthPage(items=items, next_cursor=cursor, total=total)

    async def months_of(
        self, staff_ids: Collection[UUID], month: MonthSpan
    ) -> dict[UUID, "CountedMonth"]:
        """People's months, with the days that they are the sums of."""
        by_person: dict[UUID, list[KeptDay]] = {staff_id: [] for staff_id in staff_ids}
        for (staff_id, _), day in (await self.days.kept(staff_ids, *month)).items():
            by_person[staff_id].append(day)
        edition = self.rulebook.edition_on(month.first)
        counted = {}
        for staff_id, kept in by_person.items():
            days = _month_days(kept)
            counted[staff_id] = CountedMonth(sum_up(days, edition), days)
        return counted

    async def list_windows(self, month: str) -> WindowMonthList:
        """Each window's month: what people served there, together."""
        span = MonthSpan.of(month)
        people = await self.days.people_with_days(*span)
        parts: dict[UUID, list[PersonMonth]] = defaultdict(list)
        for start in range(0, len(people), PEOPLE_AT_ONCE):
            ids = [person.staff_id for person in people[start : start + PEOPLE_AT_ONCE]]
            for counted in (await self.months_of(ids, span)).values():
                for window_id, part in counted.by_window().items():
                    parts[window_id].append(part)
        windows = await self.days.windows_named(parts)
        items = [
            WindowMonthRead(
                window_id=window_id,
                window_number=windows[window_id][0],
                window_name=windows[window_id][1],
                person_count=len(parts[window_id]),
                figures=show_figures(together(parts[window_id])),
            )
            for window_id in sorted(parts, key=lambda each: windows[each][0])
        ]
        return WindowMonthList(month=span.text, items=items)


class CountedMonth(NamedTuple):
    """A person's month and the days that it is the sum of."""

    figures: PersonMonth
    days: Sequence[MonthDay]

    def by_window(self) -> dict[UUID, PersonMonth]:
        """What of it was served at each window."""
        windows = dict.fromkeys(day.window_id for day in self.days if day.window_id is not None)
        return {window_id: at_window(self.figures, self.days, window_id) for window_id in windows}


def correctable(half: DerivedHalf) -> list[CorrectionKind]:
    """What of a half-day may still be excused: each event by its kind, and all by proof."""
    kinds = dict.fromkeys(
        EXCUSED_BY[event.kind]
        for event in half.events
        if event.kind in EXCUSED_BY and event.excused_by is None
    )
    if half.state in (HalfState.ABSENT, HalfState.UNKNOWN):
        kinds[CorrectionKind.PRESENCE] = None
    return list(kinds)


def halves_of(day: AttendanceDay) -> tuple[DerivedHalf, DerivedHalf]:
    return read_half(day.morning, Half.MORNING), read_half(day.afternoon, Half.AFTERNOON)


def _month_days(kept: Iterable[KeptDay]) -> list[MonthDay]:
    return [MonthDay(each.day, each.window_id, derived_of(each)) for each in kept]


# --- showing


def show_day(row: DayRow, frames: DayFrames) -> DayRead:
    """A kept day as it is read."""
    return _show_day(
        row.day,
        halves_of(row.day),
        frames,
        names=(row.staff_number, row.staff_name, row.window_number),
    )


def _show_kept(
    kept: KeptDay, person: PersonRow, windows: dict[UUID, tuple[str, str]], frames: DayFrames
) -> DayRead:
    number = windows[kept.window_id][0] if kept.window_id else None
    names = person.staff_number, person.staff_name, number
    return _show_day(kept, derived_of(kept).halves, frames, names=names)


def _show_day(
    day: AttendanceDay | KeptDay,
    halves: tuple[DerivedHalf, DerivedHalf],
    frames: DayFrames,
    *,
    names: tuple[str, str, str | None],
) -> DayRead:
    fact = frames.calendar.describe(day.day)
    reason = Reason(f"{fact.reason}，不上班。", fact.source)
    rules = frames.frame(day.day).rules
    staff_number, staff_name, window_number = names
    return DayRead(
        staff_id=day.staff_id,
        staff_number=staff_number,
        staff_name=staff_name,
        day=day.day,
        window_id=day.window_id,
        window_number=window_number,
        halves=[show_half(half, rules, reason) for half in halves],
        overtime_minutes=day.overtime_minutes,
        is_settled=day.is_settled,
        derived_at=day.derived_at,
        version=day.version,
    )


def show_half(half: DerivedHalf, rules: DayRules, day: Reason | None = None) -> HalfRead:
    """A half-day with why it comes to that."""
    opens, closes = half.shift or (None, None)
    return HalfRead(
        half=half.half,
        state=half.state,
        opens=None if opens is None else clock_text(opens)[:-3],
        closes=None if closes is None else clock_text(closes)[:-3],
        arrived_at=_text_of(half.arrived),
        left_at=_text_of(half.left),
        late_minutes=half.late_minutes,
        early_minutes=half.early_minutes,
        away_minutes=half.away_minutes,
        events=[_show_event(event) for event in half.events],
        why=[ReasonRead.model_validate(reason) for reason in explain_half(half, rules, day)],
    )


def _show_event(event: Event) -> EventRead:
    return EventRead(
        kind=event.kind,
        minutes=event.minutes,
        at=_text_of(event.at),
        excused_by=None if event.excused_by is None else UUID(event.excused_by),
        counts=event.counts,
    )


def _text_of(moment: int | None) -> str | None:
    return None if moment is None else clock_text(moment)


def show_change(
    change: AttendanceDayChange, staff_number: str, staff_name: str, rules: DayRules
) -> ChangeRead:
    """A change with the halves that it concerns, and why they came to what they did."""
    differences = []
    for half in Half:
        old, new = (read_half(kept[half.value], half) for kept in (change.old, change.new))
        if old != new:
            differences.append(
                DifferenceRead(
                    half=half,
                    old_label=old.state.label,
                    old_why=_why(old, rules),
                    new_label=new.state.label,
                    new_why=_why(new, rules),
                )
            )
    return ChangeRead(
        id=change.id,
        staff_id=change.staff_id,
        staff_number=staff_number,
        staff_name=staff_name,
        day=change.day,
        version=change.version,
        changed_at=change.changed_at,
        cause=change.cause,
        differences=differences,
    )


def _why(half: DerivedHalf, rules: DayRules) -> str:
    return "".join(reason.text for reason in explain_half(half, rules))


def show_person(
    person: PersonRow, counted: CountedMonth, window_id: UUID | None = None
) -> PersonMonthRead:
    """A person's month, or what of it was served at a window."""
    figures = counted.figures
    if window_id is not None:
        figures = at_window(figures, counted.days, window_id)
    return PersonMonthRead(**person._asdict(), figures=show_figures(figures))


def show_figures(figures: PersonMonth) -> FiguresRead:
    """A month in numbers."""
    return FiguresRead(
        scheduled_half_days=figures.scheduled_half_days,
        present_half_days=figures.present_half_days,
        unknown_half_days=figures.unknown_half_days,
        open_half_days=figures.open_half_days,
        late_count=figures.late_count,
        early_count=figures.early_count,
        missing_count=figures.missing_count,
        excused_count=figures.excused_count,
        late_minutes=figures.late_minutes,
        early_minutes=figures.early_minutes,
        away_count=figures.away_count,
        away_minutes=figures.away_minutes,
        overtime_minutes=figures.overtime_minutes,
        absent_half_days=figures.absent_half_days,
        covered=[CoveredRead.model_validate(cover) for cover in figures.covered],
        events=[_show_month_event(event) for event in figures.events],
        absences=[_show_absence(absence) for absence in figures.absences],
    )


def _show_month_event(event: MonthEvent) -> MonthEventRead:
    return MonthEventRead(
        day=event.day,
        half=event.half,
        kind=event.kind,
        minutes=event.minutes,
        at=_text_of(event.at),
        excused_by=None if event.excused_by is None else UUID(event.excused_by),
        counts=event.counts,
    )


def _show_absence(absence: Absence) -> AbsenceRead:
    return AbsenceRead(
        day=absence.day,
        half=absence.half,
        article=absence.article,
        events=[_show_month_event(event) for event in absence.events],
    )
