"""Every query on the calendar; it is one and the same for all callers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, insert

from yimen.core.caller import Caller
from yimen.core.database import HotStatement, table_of
from yimen.core.repository import Repository
from yimen.domains.calendars.enums import DayKind
from yimen.domains.calendars.models import (
    CalendarDay,
    CalendarOverride,
    CalendarState,
    CalendarYear,
)
from yimen.domains.calendars.rules_notices import DayEntry

SYSTEM_NAME = "系统"

_state = table_of(CalendarState)
_years = table_of(CalendarYear)
_days = table_of(CalendarDay)
_overrides = table_of(CalendarOverride)

_LOCK_KEY = sa.func.hashtextextended(sa.literal_column("'yimen.calendar'"), sa.literal_column("0"))
_STAMP = HotStatement(sa.select(_state.c.stamp))
_HOLD = HotStatement(sa.select(sa.func.hold_calendar(type_=sa.Uuid())))
_HOLD_FOR_CHANGE = sa.select(sa.func.pg_advisory_xact_lock(_LOCK_KEY))


def _rows_of(table: sa.Table, *columns: str) -> sa.ScalarSelect[object]:
    """A small table as one JSON array, so that a single statement reads a single state."""
    row = sa.func.jsonb_build_array(*(table.c[column] for column in columns))
    return sa.select(sa.func.jsonb_agg(row, type_=JSONB)).scalar_subquery()


_EVERYTHING = sa.select(
    _state.c.revision,
    _state.c.stamp,
    _rows_of(_years, "year", "source").label("years"),
    _rows_of(_days, "year", "day", "kind", "note").label("days"),
    _rows_of(_overrides, "day", "kind", "note", "source").label("overrides"),
)
_RENEW = sa.update(_state).values(revision=_state.c.revision + 1, stamp=sa.func.gen_random_uuid())


@dataclass(frozen=True, slots=True)
class CalendarContent:
    """All that is stored of the calendar at one moment."""

    revision: int
    stamp: UUID
    notices: Mapping[int, Mapping[date, DayEntry]]
    """The named days of each published year."""
    overrides: Mapping[date, DayEntry]

    def entries(self) -> dict[date, DayEntry]:
        """What holds for each named day: the office's word, else the later year's notice."""
        merged: dict[date, DayEntry] = {}
        for year in sorted(self.notices):
            merged.update(self.notices[year])
        merged.update(self.overrides)
        return merged


class CalendarRepository(Repository):
    """The calendar's rows. Whoever changes them holds the calendar for change first."""

    async def stamp(self) -> UUID:
        """The stamp of the newest committed calendar."""
        found: UUID = await _STAMP.value(self.session)
        return found

    async def hold(self) -> UUID:
        """The stamp, and the calendar held against changes until the transaction ends."""
        found: UUID = await _HOLD.value(self.session)
        return found

    async def hold_for_change(self) -> None:
        """Wait until nobody reckons with the calendar, and let nobody begin to."""
        await self.session.execute(_HOLD_FOR_CHANGE)

    async def content(self) -> CalendarContent:
        """Everything, in one statement and thus of one moment."""
        row = (await self.session.execute(_EVERYTHING)).one()
        sources = dict(row.years or ())
        notices: dict[int, dict[date, DayEntry]] = {year: {} for year in sources}
        for year, day, kind, note in row.days or ():
            entry = DayEntry(DayKind(kind), note, sources[year])
            notices[year][date.fromisoformat(day)] = entry
        overrides = {
            date.fromisoformat(day): DayEntry(DayKind(kind), note, source, is_override=True)
            for day, kind, note, source in row.overrides or ()
        }
        return CalendarContent(row.revision, row.stamp, notices, overrides)

    async def years(self) -> Sequence[CalendarYear]:
        """The published years, the latest first."""
        statement = sa.select(CalendarYear).order_by(CalendarYear.year.desc())
        return (await self.session.scalars(statement)).all()

    async def year(self, year: int) -> CalendarYear | None:
        found: CalendarYear | None = await self.session.scalar(
            sa.select(CalendarYear).where(CalendarYear.year == year)
        )
        return found

    async def replace_notice(
        self,
        year: int,
        *,
        source: str,
        entries: Mapping[date, DayEntry],
        now: datetime,
        caller: Caller | None,
    ) -> None:
        """Store a year's notice in place of whatever notice it had."""
        published = {
            "source": source,
            "published_at": now,
            "published_by": caller.account_id if caller else None,
            "published_by_name": caller.name if caller else SYSTEM_NAME,
        }
        await self.session.execute(
            insert(_years)
            .values(year=year, **published)
            .on_conflict_do_update(index_elements=["year"], set_=published)
        )
        await self.session.execute(sa.delete(_days).where(_days.c.year == year))
        await self.session.execute(
            sa.insert(_days),
            [
                {"year": year, "day": day, "kind": entry.kind, "note": entry.note}
                for day, entry in entries.items()
            ],
        )

    async def put_override(
        self, day: date, entry: DayEntry, *, now: datetime, caller: Caller | None
    ) -> None:
        values = {
            "kind": entry.kind,
            "note": entry.note,
            "source": entry.source,
            "set_at": now,
            "set_by": caller.account_id if caller else None,
            "set_by_name": caller.name if caller else SYSTEM_NAME,
        }
        await self.session.execute(
            insert(_overrides)
            .values(day=day, **values)
            .on_conflict_do_update(index_elements=["day"], set_=values)
        )

    async def drop_override(self, day: date) -> None:
        await self.session.execute(sa.delete(_overrides).where(_overrides.c.day == day))

    async def renew(self) -> None:
        """Count the change, and let every process notice it."""
        await self.session.execute(_RENEW)
