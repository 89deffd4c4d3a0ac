"""The hall's calendar: kept in the process, held while one reckons with it, changed by the office.

Publishing a year or setting single days moves the due dates of open cases; the cases domain does
both together and calls :meth:`CalendarService.publish_year` or ``override_days`` for its part.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from uuid import UUID

from yimen.core.audit import record_audit
from yimen.core.caller import Caller
from yimen.core.errors import AppError, Conflict, FieldProblem, InvalidInput, NotFound
from yimen.core.outbox import publish_event
from yimen.core.preconditions import require_version
from yimen.domains.calendars.enums import DayKind
from yimen.domains.calendars.models import CalendarYear
from yimen.domains.calendars.repository import CalendarContent, CalendarRepository
from yimen.domains.calendars.rules import (
    SHANGHAI,
    DayChange,
    DayCount,
    DayFact,
    OfficeHours,
    Shift,
    WorkCalendar,
)
from yimen.domains.calendars.rules_notices import (
    FIRST_DAY,
    DayEntry,
    DayOverride,
    DayProblem,
    NoticeDay,
    check_notice,
    check_overrides,
    notice_entries,
)
from yimen.domains.rulebook.service import RulebookService

LONGEST_SPAN_DAYS = 400
_KEPT_CALENDARS = 8


class YearNotInCalendar(NotFound):
    code = "year_not_in_calendar"
    title = "工作日历不含这一年，请在可查询的年份中选择。"


class YearTooEarlyToPublish(Conflict):
    code = "year_too_early_to_publish"
    title = "这一年的放假安排尚不可能发布，最多只能发布下一年。"


class DayNotOverridden(Conflict):
    code = "day_not_overridden"
    title = "该日没有单独设定，无需取消。"


class SpanTooLong(AppError):
    status = 422
    code = "span_too_long"
    title = f"查询的日期范围有误：起始日不晚于结束日，且最多 {LONGEST_SPAN_DAYS} 天。"


@dataclass(frozen=True, slots=True)
class YearNotice:
    """A year's State Council notice as the office enters it; statutory days need not be named."""

    year: int
    source: str
    days: tuple[NoticeDay, ...]


@dataclass(frozen=True, slots=True)
class OverrideOrder:
    """Single days that the office sets or sets free again, and on whose word."""

    source: str
    days: tuple[DayOverride, ...]


@dataclass(frozen=True, slots=True)
class CalendarChange:
    """The calendar as it is and as a change makes it, whether proposed or done."""

    before: WorkCalendar
    after: WorkCalendar
    days: tuple[DayChange, ...]
    """The days that come out otherwise; before the first of them no deadline can move."""
    is_of_hours: bool = False
    """By another edition of the rulebook: what may move are the hours of days."""


@dataclass(frozen=True, slots=True)
class YearView:
    """A year with its notice, if that is entered, and every day that is no plain weekday."""

    revision: int
    year: int
    published: CalendarYear | None
    days: tuple[DayFact, ...]
    working_days: int


@dataclass(frozen=True, slots=True)
class YearsView:
    """The published years, the latest first."""

    revision: int
    items: Sequence[CalendarYear]


@dataclass(frozen=True, slots=True)
class DeadlinePreview:
    """When a matter would be due, and how that is counted."""

    at: datetime
    counted_from: date
    working_days: int
    is_provisional: bool
    days: tuple[DayCount, ...]


@dataclass(frozen=True, slots=True)
class CalendarWarning:
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class CalendarStatus:
    """Where the hall stands in time, and what the office has yet to enter."""

    revision: int
    now: datetime
    today: DayFact
    is_open: bool
    next_opening_at: datetime
    published_through: int | None
    first_day: date
    last_day: date
    warnings: tuple[CalendarWarning, ...]


class CalendarService:
    """Answers from a calendar kept in the process; one small query tells whether it is current."""

    def __init__(
        self, calendars: CalendarRepository, rulebook: RulebookService, now: datetime
    ) -> None:
        self.calendars = calendars
        self.rulebook = rulebook
        self.now = now

    # The calendar itself

    async def current(self) -> WorkCalendar:
        """The newest committed calendar, for reading: nothing that is written may rest on it."""
        return await self._calendar_of(await self.calendars.stamp())

    async def hold(self) -> WorkCalendar:
        """The calendar for writing what rests on it, such as a due date.

        No change of the calendar can commit before this transaction ends; while one is under way
        this waits for it. Call it before locking any row, or the two may wait for each other.
        """
        return await self._calendar_of(await self.calendars.hold())

    async def _calendar_of(self, stamp: UUID) -> WorkCalendar:
        kept = _kept.get((stamp, self._year))
        if kept is not None:
            return kept
        await self.rulebook.reread(self.calendars.session)  # an edition renews the calendar, too
        return self._keep(await self.calendars.content())

    def _keep(self, content: CalendarContent) -> WorkCalendar:
        calendar = self._build(content)
        while len(_kept) >= _KEPT_CALENDARS:
            _kept.pop(next(iter(_kept)), None)
        _kept[(content.stamp, self._year)] = calendar
        return calendar

    def _build(
        self, content: CalendarContent, rulebook: RulebookService | None = None
    ) -> WorkCalendar:
        return WorkCalendar(
            published_years=content.notices.keys(),
            entries=content.entries(),
            hours_on=_office_hours(rulebook or self.rulebook),
            this_year=self._year,
            revision=content.revision,
        )

    @property
    def _year(self) -> int:
        return self.now.astimezone(SHANGHAI).year

    # Questions

    async def years(self) -> YearsView:
        """The published years, the latest first."""
        return YearsView((await self.current()).revision, await self.calendars.years())

    async def read_year(self, year: int) -> YearView:
        """One year, published or not; raises :class:`YearNotInCalendar`."""
        calendar = await self.current()
        if not calendar.first_day.year <= year <= calendar.last_day.year:
            raise YearNotInCalendar
        facts = _facts(calendar, date(year, 1, 1), date(year, 12, 31))
        plain = {DayKind.WORKDAY, DayKind.WEEKEND}
        return YearView(
            revision=calendar.revision,
            year=year,
            published=await self.calendars.year(year),
            days=tuple(fact for fact in facts if fact.is_override or fact.kind not in plain),
            working_days=sum(fact.kind.is_working for fact in facts),
        )

    async def days(self, first: date, last: date) -> list[DayFact]:
        """What every day from first through last is, and why."""
        if not 0 <= (last - first).days < LONGEST_SPAN_DAYS:
            raise SpanTooLong
        return _facts(await self.current(), first, last)

    async def preview(self, working_days: int, at: datetime | None = None) -> DeadlinePreview:
        """When a matter accepted at an instant, or now, would be due, and how that is counted."""
        calendar = await self.current()
        due = calendar.due_at(at or self.now, working_days)
        days = calendar.explain(due.counted_from, working_days)
        return DeadlinePreview(
            due.at, due.counted_from, working_days, due.is_provisional, tuple(days)
        )

    async def status(self) -> CalendarStatus:
        """The state of the day, and warnings about years and festivals not yet entered."""
        calendar = await self.current()
        today = self.now.astimezone(SHANGHAI).date()
        published = calendar.published_years
        return CalendarStatus(
            revision=calendar.revision,
            now=self.now,
            today=calendar.describe(today),
            is_open=calendar.is_open(self.now),
            next_opening_at=calendar.next_opening(self.now),
            published_through=max(published, default=None),
            first_day=calendar.first_day,
            last_day=calendar.last_day,
            warnings=tuple(self._warnings(calendar, today)),
        )

    def _warnings(self, calendar: WorkCalendar, today: date) -> list[CalendarWarning]:
        edition = self.rulebook.edition_on(today)
        warnings = []
        wanted = [today.year]
        if (today.month, today.day) >= edition.month_day("calendar.next_year_warned_from"):
            wanted.append(today.year + 1)
        for year in wanted:
            if year not in calendar.published_years:
                detail = (
                    f"{year}年的放假安排尚未发布，涉及该年的办理时限都只是暂定；"
                    "请按国务院办公厅通知录入后发布。"
                )
                warnings.append(CalendarWarning("year_not_published", detail))
        festivals = edition.rule("calendar.regional_festivals")
        facts = _facts(calendar, date(today.year, 1, 1), date(today.year, 12, 31))
        entered = sum(fact.kind is DayKind.REGIONAL_HOLIDAY for fact in facts)
        if entered < edition.integer(festivals.code):
            detail = (
                f"{today.year}年的{festivals.label}目前录入 {entered} 天，"
                "请按自治区通知核对，逐日单独设定。"
            )
            warnings.append(CalendarWarning("regional_festivals_missing", detail))
        return warnings

    # Changes

    async def propose_year(self, notice: YearNotice) -> CalendarChange:
        """What publishing a year would make of the calendar; writes nothing."""
        self._check_year(notice)
        content = await self.calendars.content()
        return self._changed(content, self._with_notice(content, notice))

    async def propose_overrides(self, order: OverrideOrder) -> CalendarChange:
        """What setting single days would make of the calendar; writes nothing."""
        content = await self.calendars.content()
        self._check_order(order, content)
        return self._changed(content, self._with_overrides(content, order))

    async def publish_year(
        self, notice: YearNotice, *, caller: Caller | None, seen: int
    ) -> CalendarChange:
        """Enter a year's notice, or a corrected one in its place (domain.md §3).

        Waits for everybody who is reckoning with the calendar and holds it until the transaction
        ends. ``seen`` is the revision on which the change was previewed, else ``Stale``.
        """
        self._check_year(notice)
        await self.calendars.hold_for_change()
        content = await self.calendars.content()
        require_version(content.revision, seen)
        entries = notice_entries(notice.year, notice.source, notice.days)
        await self.calendars.replace_notice(
            notice.year, source=notice.source, entries=entries, now=self.now, caller=caller
        )
        old = content.notices.get(notice.year)
        facts = {"source": notice.source, "days": _told(entries)}
        await record_audit(
            self.calendars.session,
            caller=caller,
            action="calendar.publish_year",
            subject_type="calendar_year",
            subject_id=notice.year,
            old=None if old is None else {"days": _told(old)},
            new=facts,
        )
        await self._announce("calendar.year_published", "calendar_year", notice.year, entries)
        return await self._renew(content)

    async def override_days(
        self, order: OverrideOrder, *, caller: Caller | None, seen: int
    ) -> CalendarChange:
        """Set single days, or set them free again (domain.md §3); holds and checks like
        :meth:`publish_year`.
        """
        await self.calendars.hold_for_change()
        content = await self.calendars.content()
        require_version(content.revision, seen)
        self._check_order(order, content)
        for override in order.days:
            old = content.overrides.get(override.day)
            new = _entry_of(override, order.source)
            if new is None:
                await self.calendars.drop_override(override.day)
            else:
                await self.calendars.put_override(override.day, new, now=self.now, caller=caller)
            await record_audit(
                self.calendars.session,
                caller=caller,
                action="calendar.override_day",
                subject_type="calendar_day",
                subject_id=override.day,
                old=None if old is None else _told_entry(old),
                new={"source": order.source} if new is None else _told_entry(new),
            )
            told = {override.day: new} if new else {}
            await self._announce("calendar.day_set", "calendar_day", override.day, told)
        return await self._renew(content)

    async def propose_edition(self, rulebook: RulebookService) -> CalendarChange:
        """What the office hours of another edition would make of the calendar; writes nothing."""
        content = await self.calendars.content()
        return CalendarChange(
            self._build(content), self._build(content, rulebook), (), is_of_hours=True
        )

    async def hold_for_edition(self) -> None:
        """Wait until nobody reckons with office hours, and let nobody begin to."""
        await self.calendars.hold_for_change()

    async def take_edition(self, rulebook: RulebookService) -> CalendarChange:
        """An edition is published: every process is to reckon with its office hours."""
        before = await self.calendars.content()
        await self.calendars.renew()
        after = self._build(await self.calendars.content(), rulebook)
        return CalendarChange(self._build(before), after, (), is_of_hours=True)

    async def _announce(
        self, kind: str, subject_type: str, subject_id: object, entries: Mapping[date, DayEntry]
    ) -> None:
        await publish_event(
            self.calendars.session,
            kind=kind,
            subject_type=subject_type,
            subject_id=subject_id,
            occurred_at=self.now,
            facts={"days": _told(entries)},
        )

    async def _renew(self, before: CalendarContent) -> CalendarChange:
        await self.calendars.renew()
        after = self._keep(await self.calendars.content())
        was = self._build(before)
        return CalendarChange(was, after, tuple(was.differences(after)))

    def _changed(self, content: CalendarContent, proposed: CalendarContent) -> CalendarChange:
        before, after = self._build(content), self._build(proposed)
        return CalendarChange(before, after, tuple(before.differences(after)))

    def _with_notice(self, content: CalendarContent, notice: YearNotice) -> CalendarContent:
        entries = notice_entries(notice.year, notice.source, notice.days)
        return replace(content, notices={**content.notices, notice.year: entries})

    def _with_overrides(self, content: CalendarContent, order: OverrideOrder) -> CalendarContent:
        overrides = dict(content.overrides)
        for override in order.days:
            entry = _entry_of(override, order.source)
            if entry is None:
                del overrides[override.day]
            else:
                overrides[override.day] = entry
        return replace(content, overrides=overrides)

    def _check_year(self, notice: YearNotice) -> None:
        if notice.year < FIRST_DAY.year:
            raise YearNotInCalendar
        if notice.year > self._year + 1:
            raise YearTooEarlyToPublish
        _refuse(check_notice(notice.year, notice.days))

    def _check_order(self, order: OverrideOrder, content: CalendarContent) -> None:
        _refuse(check_overrides(order.days))
        calendar = self._build(content)
        for override in order.days:
            calendar.describe(override.day)  # a day beyond the calendar is refused by name
            if override.kind is None and override.day not in content.overrides:
                raise DayNotOverridden(f"{override.day}没有单独设定，无需取消。")


_kept: dict[tuple[UUID, int], WorkCalendar] = {}
"""Calendars of this process by stamp and year; two databases or undone changes never mix."""


def _office_hours(rulebook: RulebookService) -> Callable[[date], OfficeHours]:
    known: dict[tuple[tuple[time, time], ...], OfficeHours] = {}

    def hours_on(day: date) -> OfficeHours:
        shifts = rulebook.edition_on(day).shifts_on(day)
        hours = known.get(shifts)
        if hours is None:
            hours = known[shifts] = OfficeHours(tuple(Shift(*shift) for shift in shifts))
        return hours

    return hours_on


def _facts(calendar: WorkCalendar, first: date, last: date) -> list[DayFact]:
    count = (last - first).days + 1
    return [calendar.describe(first + timedelta(days=n)) for n in range(count)]


def _entry_of(override: DayOverride, source: str) -> DayEntry | None:
    if override.kind is None:
        return None
    return DayEntry(override.kind, override.note, source, is_override=True)


def _told(entries: Mapping[date, DayEntry]) -> dict[str, str]:
    return {day.isoformat(): entry.kind.value for day, entry in entries.items()}


def _told_entry(entry: DayEntry) -> dict[str, str]:
    return {"kind": entry.kind.value, "note": entry.note, "source": entry.source}


def _refuse(problems: Sequence[DayProblem]) -> None:
    if problems:
        raise InvalidInput(
            errors=[
                FieldProblem(f"/days/{problem.position}", problem.code, problem.detail)
                for problem in problems
            ]
        )
