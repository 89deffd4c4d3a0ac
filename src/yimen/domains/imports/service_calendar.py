"""Taking calendar years over: notices as they are published, and the hall's own days off."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from yimen.domains.calendars.enums import NOTICE_KINDS, DayKind
from yimen.domains.calendars.service import CalendarService
from yimen.domains.cases.service_calendar import (
    CalendarChangeService,
    NoticeDayIn,
    OverrideCommand,
    OverrideDayIn,
    PublishYearCommand,
)
from yimen.domains.imports.enums import RowState
from yimen.domains.imports.rules_kinds import CALENDAR, DAY_WORDS
from yimen.domains.imports.rules_tables import CellReader, FileRow, Reason
from yimen.domains.imports.service_taking import Taken, refused


@dataclass(frozen=True, slots=True)
class _Day:
    """A row's day, read."""

    row: FileRow
    year: int
    day: date
    kind: DayKind
    note: str
    source: str


class CalendarTaker:
    """Years' holiday notices and the hall's own days off; due dates move with them (domain.md §3).

    A year is published as a whole, and all years of a file together.
    """

    def __init__(self, calendars: CalendarService, changes: CalendarChangeService) -> None:
        self.calendars = calendars
        self.changes = changes

    async def take(self, rows: Sequence[FileRow]) -> list[Taken]:
        read = [self._read(row) for row in rows]
        days = [day for day in read if isinstance(day, _Day)]
        faulty = {found.line: found for found in read if isinstance(found, Taken)}
        faulty |= {found.line: found for found in _sources_at_odds(days)}
        if faulty:
            listed = "、".join(str(line) for line in sorted(faulty)[:5])
            why = Reason(None, "file_kept_back", f"第 {listed} 行有误，放假安排须整年公布。")
            return [faulty.get(row.line) or refused(row, why) for row in rows]
        states: dict[int, RowState] = {}
        for year in sorted({day.year for day in days}):
            states |= await self._publish([day for day in days if day.year == year], year)
        for source in dict.fromkeys(day.source for day in days):
            states |= await self._override([day for day in days if day.source == source], source)
        return [Taken(day.row.line, states[day.row.line], f"{day.day}") for day in days]

    def _read(self, row: FileRow) -> _Day | Taken:
        cells = CellReader(row.cells, CALENDAR.by_name)
        year = cells.number("year", least=2008, most=2100)
        day = cells.day("day")
        kind = cells.word("kind", DAY_WORDS)
        note, source = cells.text("note") or "", cells.text("source") or ""
        for name, text in (("note", note), ("source", source)):
            if len(text) > 200:
                cells.refuse(name, "string_too_long", "内容太长，最多 200 个字符。")
        if cells.faults or year is None or day is None or kind is None:
            return refused(row, *cells.faults)
        return _Day(row, year, day, DayKind(kind), note, source)

    async def _publish(self, days: Sequence[_Day], year: int) -> dict[int, RowState]:
        """Publish a year's notice, unless it is published like that."""
        named = [day for day in days if day.kind in NOTICE_KINDS]
        if not named:
            return {}
        wish = PublishYearCommand(
            source=named[0].source,
            days=[NoticeDayIn(day=day.day, kind=day.kind, note=day.note) for day in named],
        )
        known = await self.calendars.read_year(year)
        tried = await self.changes.publish_year(year, wish, seen=known.revision)
        state = RowState.CREATED if known.published is None else RowState.CHANGED
        if known.published is not None and known.published.source == wish.source and not tried.days:
            state = RowState.UNCHANGED
        else:
            wish = wish.model_copy(update={"dry_run": False})
            await self.changes.publish_year(year, wish, seen=tried.revision)
        return {day.row.line: state for day in named}

    async def _override(self, days: Sequence[_Day], source: str) -> dict[int, RowState]:
        """Set the hall's own days off that are not set like that."""
        states: dict[int, RowState] = {}
        wanted = []
        for day in days:
            if day.kind in NOTICE_KINDS:
                continue
            [known] = await self.calendars.days(day.day, day.day)
            if known.is_override and known.kind is day.kind:
                states[day.row.line] = RowState.UNCHANGED
            else:
                wanted.append(OverrideDayIn(day=day.day, kind=day.kind, note=day.note))
                is_new = not known.is_override
                states[day.row.line] = RowState.CREATED if is_new else RowState.CHANGED
        if wanted:
            seen = (await self.calendars.years()).revision
            wish = OverrideCommand(source=source, days=wanted, dry_run=False)
            await self.changes.override_days(wish, seen=seen)
        return states


def _sources_at_odds(days: Sequence[_Day]) -> list[Taken]:
    """The days of a year that cite another notice than its first one does."""
    found = []
    first: dict[int, _Day] = {}
    for day in days:
        if day.kind not in NOTICE_KINDS:
            continue
        other = first.setdefault(day.year, day)
        if other.source != day.source:
            detail = f"{day.year}年的依据与第 {other.row.line} 行不同，一年的通知只有一个。"
            found.append(refused(day.row, Reason("source", "sources_at_odds", detail)))
    return found
