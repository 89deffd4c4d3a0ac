"""Every query on person-days and what they are derived from."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import orjson
import sqlalchemy as sa
from sqlalchemy import ColumnElement, Select
from sqlalchemy.ext.asyncio import AsyncSession

from yimen.core.caller import Caller
from yimen.core.clock import start_of_day
from yimen.core.database import table_of
from yimen.core.outbox import OutboxEvent
from yimen.core.pagination import Listing, SortKey
from yimen.core.repository import Repository
from yimen.domains.attendance.enums import CorrectionState, HalfState, MarkCause
from yimen.domains.attendance.models import (
    AttendanceCorrection,
    AttendanceDay,
    AttendanceDayChange,
    AttendanceMark,
    AttendanceProgress,
    ClockUser,
    TimeClock,
)
from yimen.domains.attendance.repository_punches import visible_staff
from yimen.domains.attendance.schemas import ChangeQuery, DayQuery, MonthQuery
from yimen.domains.organisation.models import Department, StaffMember, Window, WindowService

Session = AsyncSession

DAY = timedelta(days=1)
_EPOCH = date(1970, 1, 1)
_HALL_OFFSET = 8 * 3600  # the hall's clock has not been changed since 1991
_DAY_SECONDS = 86_400

# A touch as seconds since the beginning of the day it belongs to, and that day as a number.
_MOMENT = "(date_part('epoch', punch.punched_at)::bigint + :shift)"

_TOUCHES = sa.text(
    f"""
    SELECT known.staff_id, moment.at / 86400 AS day,
        array_agg((moment.at % 86400)::integer) AS touches
    FROM clock_users AS known
    JOIN punches AS punch ON punch.clock_id = known.clock_id
        AND punch.device_user_id = known.device_user_id
        AND punch.punched_at >= :start AND punch.punched_at < :stop
    JOIN punch_batches AS batch ON batch.id = punch.batch_id AND batch.reversed_at IS NULL
    CROSS JOIN LATERAL (SELECT {_MOMENT} AS at) AS moment
    WHERE known.staff_id = ANY(:staff_ids)
        AND known.starts_on - date '1970-01-01' <= moment.at / 86400
        AND (known.ends_on IS NULL OR known.ends_on - date '1970-01-01' >= moment.at / 86400)
    GROUP BY known.staff_id, moment.at / 86400
    """  # noqa: S608 - a constant
)
_ACTIVITY = sa.text(
    f"""
    SELECT punch.clock_id, moment.at / 86400 AS day,
        min(moment.at % 86400)::integer AS earliest, max(moment.at % 86400)::integer AS latest
    FROM punches AS punch
    JOIN punch_batches AS batch ON batch.id = punch.batch_id AND batch.reversed_at IS NULL
    CROSS JOIN LATERAL (SELECT {_MOMENT} AS at) AS moment
    WHERE punch.punched_at >= :start AND punch.punched_at < :stop
    GROUP BY punch.clock_id, moment.at / 86400
    """  # noqa: S608 - a constant
)
_OF_BATCH = sa.text(
    f"""
    SELECT known.staff_id, moment.at / 86400 AS day
    FROM punches AS punch
    CROSS JOIN LATERAL (SELECT {_MOMENT} AS at) AS moment
    LEFT JOIN clock_users AS known ON known.clock_id = punch.clock_id
        AND known.device_user_id = punch.device_user_id
        AND known.starts_on - date '1970-01-01' <= moment.at / 86400
        AND (known.ends_on IS NULL OR known.ends_on - date '1970-01-01' >= moment.at / 86400)
    WHERE punch.batch_id = :batch_id AND punch.punched_at >= :start AND punch.punched_at < :stop
    GROUP BY known.staff_id, moment.at / 86400
    """  # noqa: S608 - a constant
)
_KEEP_DAYS = sa.text(
    """
    INSERT INTO attendance_days AS kept (
        staff_id, day, window_id, morning_state, afternoon_state, morning, afternoon,
        overtime_minutes, is_settled, derived_at, version
    )
    SELECT staff_id, day, window_id, morning ->> 'state', afternoon ->> 'state', morning, afternoon,
        overtime_minutes, is_settled, :derived_at, version
    FROM jsonb_to_recordset(CAST(:days AS jsonb)) AS given (
        staff_id uuid, day date, window_id uuid, morning jsonb, afternoon jsonb,
        overtime_minutes integer, is_settled boolean, version integer
    )
    ORDER BY staff_id, day
    ON CONFLICT (staff_id, day) DO UPDATE SET
        window_id = excluded.window_id,
        morning_state = excluded.morning_state,
        afternoon_state = excluded.afternoon_state,
        morning = excluded.morning,
        afternoon = excluded.afternoon,
        overtime_minutes = excluded.overtime_minutes,
        is_settled = excluded.is_settled,
        derived_at = excluded.derived_at,
        version = excluded.version
    """
).bindparams(
    sa.bindparam("days", type_=sa.Text()),
    sa.bindparam("derived_at", type_=sa.DateTime(timezone=True)),
)
_TAKE_MARKS = sa.text(
    """
    DELETE FROM attendance_marks
    WHERE id IN (SELECT id FROM attendance_marks ORDER BY id LIMIT :most)
    RETURNING id, staff_id, first_on, last_on, batch_id, cause
    """
)

_BY_DAY = SortKey(
    columns=(AttendanceDay.__table__.c.day, AttendanceDay.__table__.c.staff_id),
    types=(date, UUID),
    descending=True,
)
_BY_STAFF_NUMBER = SortKey(columns=(StaffMember.__table__.c.staff_number,), types=(str,))
_BY_CHANGE_ID = SortKey(
    columns=(AttendanceDayChange.__table__.c.id,), types=(UUID,), descending=True
)


class Mark(NamedTuple):
    """Person-days to be derived anew."""

    id: int
    staff_id: UUID | None
    first_on: date
    last_on: date
    batch_id: UUID | None
    cause: MarkCause


class Serving(NamedTuple):
    """From when to when someone serves at a window."""

    staff_id: UUID
    window_id: UUID
    starts_on: date
    ends_on: date | None


class Enrolment(NamedTuple):
    """From when to when a clock knows someone."""

    staff_id: UUID
    clock_id: UUID
    starts_on: date
    ends_on: date | None


class Activity(NamedTuple):
    """A clock's first and last touch of a day, in seconds since the day began."""

    clock_id: UUID
    day: date
    earliest: int
    latest: int


class KeptDay(NamedTuple):
    """A person-day as it was derived before."""

    staff_id: UUID
    day: date
    window_id: UUID | None
    morning: Mapping[str, object]
    afternoon: Mapping[str, object]
    overtime_minutes: int
    is_settled: bool
    derived_at: datetime
    version: int


class PersonRow(NamedTuple):
    """Someone, with the names that lists show."""

    staff_id: UUID
    staff_number: str
    staff_name: str
    department_id: UUID | None
    department_name: str | None


class DayRow(NamedTuple):
    """A person-day with the names that its representation shows."""

    day: AttendanceDay
    staff_number: str
    staff_name: str
    department_id: UUID | None
    window_number: str | None


class HallEvent(NamedTuple):
    """An event of the hall, in the order in which it became visible."""

    transaction_id: int
    id: int
    kind: str
    subject_id: str
    facts: Mapping[str, object]


class DayRepository(Repository):
    """Person-days are written by whoever holds the progress row, and by nobody else."""

    # --- what days are derived from

    async def services(
        self, first: date, last: date, staff_ids: Collection[UUID] | None = None
    ) -> list[Serving]:
        """Who serves where on days from first through last; everybody unless named."""
        statement = sa.select(
            WindowService.staff_id,
            WindowService.window_id,
            WindowService.starts_on,
            sa.func.least(WindowService.ends_on, StaffMember.left_on).label("ends_on"),
        ).join(StaffMember, StaffMember.id == WindowService.staff_id)
        statement = statement.where(
            WindowService.starts_on <= last,
            sa.or_(WindowService.ends_on.is_(None), WindowService.ends_on >= first),
        )
        if staff_ids is not None:
            statement = statement.where(WindowService.staff_id.in_(staff_ids))
        rows = await self.session.execute(statement.order_by(WindowService.starts_on))
        return [Serving(*row) for row in rows]

    async def touches(
        self, staff_ids: Sequence[UUID], first: date, last: date, *, day_begins: int
    ) -> dict[tuple[UUID, date], list[int]]:
        """People's touches of each day, in seconds since midnight of it."""
        rows = await self.session.execute(
            _TOUCHES, {"staff_ids": list(staff_ids), **_bounds(first, last, day_begins)}
        )
        return {
            (staff_id, _EPOCH + timedelta(days=day)): [at + day_begins for at in touches]
            for staff_id, day, touches in rows
        }

    async def activity(self, first: date, last: date, *, day_begins: int) -> list[Activity]:
        """When each clock sent something on each day."""
        rows = await self.session.execute(_ACTIVITY, _bounds(first, last, day_begins))
        return [
            Activity(
                clock_id,
                _EPOCH + timedelta(days=day),
                earliest + day_begins,
                latest + day_begins,
            )
            for clock_id, day, earliest, latest in rows
        ]

    async def clocks(self) -> list[tuple[UUID, date, date | None]]:
        """Every clock with its first and last day."""
        rows = await self.session.execute(
            sa.select(TimeClock.id, TimeClock.in_use_from, TimeClock.retired_on)
        )
        return [(row[0], row[1], row[2]) for row in rows]

    async def enrolments(
        self, staff_ids: Collection[UUID], first: date, last: date
    ) -> list[Enrolment]:
        """Which clocks know people, on days from first through last."""
        rows = await self.session.execute(
            sa.select(
                ClockUser.staff_id, ClockUser.clock_id, ClockUser.starts_on, ClockUser.ends_on
            ).where(
                ClockUser.staff_id.in_(staff_ids),
                ClockUser.starts_on <= last,
                sa.or_(ClockUser.ends_on.is_(None), ClockUser.ends_on >= first),
            )
        )
        return [Enrolment(*row) for row in rows]

    async def granted(
        self, staff_ids: Collection[UUID], first: date, last: date
    ) -> Sequence[AttendanceCorrection]:
        """The corrections that the office granted."""
        found = await self.session.scalars(
            sa.select(AttendanceCorrection)
            .where(
                AttendanceCorrection.staff_id.in_(staff_ids),
                AttendanceCorrection.day.between(first, last),
                AttendanceCorrection.state == CorrectionState.GRANTED,
            )
            .order_by(AttendanceCorrection.id)
        )
        return found.all()

    # --- person-days

    async def kept(
        self, staff_ids: Collection[UUID], first: date, last: date
    ) -> dict[tuple[UUID, date], KeptDay]:
        """People's days as they were last derived."""
        days = table_of(AttendanceDay).c
        rows = await self.session.execute(
            sa.select(
                days.staff_id,
                days.day,
                days.window_id,
                sa.cast(days.morning, sa.Text()).label(
                    "morning"
                ),  # read much faster here than by SQLAlchemy
                sa.cast(days.afternoon, sa.Text()).label("afternoon"),
                days.overtime_minutes,
                days.is_settled,
                days.derived_at,
                days.version,
            ).where(days.staff_id.in_(staff_ids), days.day.between(first, last))
        )
        return {
            (row.staff_id, row.day): KeptDay(
                staff_id=row.staff_id,
                day=row.day,
                window_id=row.window_id,
                morning=_load(row.morning),
                afternoon=_load(row.afternoon),
                overtime_minutes=row.overtime_minutes,
                is_settled=row.is_settled,
                derived_at=row.derived_at,
                version=row.version,
            )
            for row in rows
        }

    async def kept_on(
        self, days: Collection[date], *, unknown_only: bool = False
    ) -> list[tuple[UUID, date]]:
        """Everybody whose day was derived, or could not be judged."""
        statement = sa.select(AttendanceDay.staff_id, AttendanceDay.day).where(
            AttendanceDay.day.in_(days)
        )
        if unknown_only:
            statement = statement.where(
                sa.or_(
                    AttendanceDay.morning_state == HalfState.UNKNOWN,
                    AttendanceDay.afternoon_state == HalfState.UNKNOWN,
                )
            )
        return [(row[0], row[1]) for row in await self.session.execute(statement)]

    async def of_batch(
        self, batch_id: UUID, first: date, last: date, *, day_begins: int
    ) -> list[tuple[UUID | None, date]]:
        """The person-days on which a batch has touches; none for a user id that is nobody's."""
        rows = await self.session.execute(
            _OF_BATCH, {"batch_id": batch_id, **_bounds(first, last, day_begins)}
        )
        return [(staff_id, _EPOCH + timedelta(days=day)) for staff_id, day in rows]

    async def keep_days(self, days: Sequence[Mapping[str, object]], now: datetime) -> None:
        """Write derived days."""
        if days:
            await self.session.execute(_KEEP_DAYS, {"days": _as_json(days), "derived_at": now})

    async def keep_changes(self, changes: Sequence[Mapping[str, object]]) -> None:
        """Write what became of days that had been settled."""
        if changes:
            await self.session.execute(sa.insert(table_of(AttendanceDayChange)), list(changes))

    # --- what is to be derived

    async def hold_progress(self) -> AttendanceProgress:
        """The progress, held: whoever has it derives, one at a time."""
        return (
            await self.session.execute(
                sa.select(AttendanceProgress)
                .with_for_update()
                .execution_options(populate_existing=True)
            )
        ).scalar_one()

    async def events_after(self, transaction_id: int, event_id: int, most: int) -> list[HallEvent]:
        """The hall's next events, as far as no earlier one can still appear.

        A transaction sees its own events too.
        """
        events = table_of(OutboxEvent).c
        horizon = sa.text(
            "(outbox_events.transaction_id < pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
            " OR outbox_events.transaction_id = pg_current_xact_id_if_assigned()::text::bigint)"
        )
        rows = await self.session.execute(
            sa.select(
                events.transaction_id, events.id, events.kind, events.subject_id, events.facts
            )
            .where(
                sa.tuple_(events.transaction_id, events.id)
                > sa.tuple_(
                    sa.literal(transaction_id, sa.BigInteger()),
                    sa.literal(event_id, sa.BigInteger()),
                ),
                horizon,
            )
            .order_by(events.transaction_id, events.id)
            .limit(most)
        )
        return [HallEvent(*row) for row in rows]

    async def swept_at(self) -> datetime | None:
        """Up to when ended shifts have been taken account of."""
        found: datetime | None = await self.session.scalar(
            sa.select(table_of(AttendanceProgress).c.swept_at)
        )
        return found

    async def take_marks(self, most: int) -> list[Mark]:
        """Marks to be worked off, the oldest first; they are gone when this transaction ends."""
        rows = await self.session.execute(_TAKE_MARKS, {"most": most})
        marks = [
            Mark(
                id=row.id,
                staff_id=row.staff_id,
                first_on=row.first_on,
                last_on=row.last_on,
                batch_id=row.batch_id,
                cause=MarkCause(row.cause),
            )
            for row in rows
        ]
        return sorted(marks, key=lambda mark: mark.id)

    async def put_marks(self, marks: Iterable[Mark]) -> None:
        """Have person-days derived anew, now or in the next round."""
        rows = [
            {
                "staff_id": mark.staff_id,
                "first_on": mark.first_on,
                "last_on": mark.last_on,
                "batch_id": mark.batch_id,
                "cause": mark.cause,
            }
            for mark in marks
        ]
        if rows:
            await self.session.execute(sa.insert(table_of(AttendanceMark)), rows)

    async def count_marks(self, first: date | None = None, last: date | None = None) -> int:
        """How many marks are waiting, of those that touch the days."""
        statement = sa.select(sa.func.count()).select_from(AttendanceMark)
        if first is not None and last is not None:
            statement = statement.where(
                AttendanceMark.first_on <= last, AttendanceMark.last_on >= first
            )
        found: int = (await self.session.execute(statement)).scalar_one()
        return found

    async def is_marked(self, staff_id: UUID, first: date, last: date) -> bool:
        """Whether days of a person are still to be derived anew."""
        found: bool = (
            await self.session.execute(
                sa.select(
                    sa.exists().where(
                        sa.or_(
                            AttendanceMark.staff_id == staff_id, AttendanceMark.staff_id.is_(None)
                        ),
                        AttendanceMark.first_on <= last,
                        AttendanceMark.last_on >= first,
                    )
                )
            )
        ).scalar_one()
        return found

    # --- people

    def _people(self, caller: Caller) -> Select[*tuple[Any, ...]]:
        return (
            sa.select(
                StaffMember.id.label("staff_id"),
                StaffMember.staff_number,
                StaffMember.name.label("staff_name"),
                StaffMember.department_id,
                Department.name.label("department_name"),
            )
            .outerjoin(Department, Department.id == StaffMember.department_id)
            .where(visible_staff(caller))
        )

    async def person(self, staff_id: UUID, caller: Caller) -> PersonRow | None:
        """Someone whose attendance the caller may see."""
        row = (
            await self.session.execute(self._people(caller).where(StaffMember.id == staff_id))
        ).first()
        return None if row is None else PersonRow(*row)

    async def people_page(
        self, query: MonthQuery, caller: Caller, *, first: date, last: date
    ) -> tuple[list[PersonRow], str | None, int | None]:
        """Those whom the caller may see and who have days in a month, by staff number."""
        statement = self._people(caller).where(
            sa.exists().where(
                AttendanceDay.staff_id == StaffMember.id,
                AttendanceDay.day.between(first, last),
                *_at_window(query.window_id),
            )
        )
        if query.department_id is not None:
            statement = statement.where(StaffMember.department_id == query.department_id)
        rows, cursor, total = await self.page(statement, query, _BY_STAFF_NUMBER)
        return [PersonRow(*row) for row in rows], cursor, total

    async def people_with_days(self, first: date, last: date) -> list[PersonRow]:
        """Everybody who has days in a month, by staff number."""
        rows = await self.session.execute(
            sa.select(
                StaffMember.id,
                StaffMember.staff_number,
                StaffMember.name,
                StaffMember.department_id,
                Department.name,
            )
            .outerjoin(Department, Department.id == StaffMember.department_id)
            .where(
                sa.exists().where(
                    AttendanceDay.staff_id == StaffMember.id,
                    AttendanceDay.day.between(first, last),
                )
            )
            .order_by(StaffMember.staff_number)
        )
        return [PersonRow(*row) for row in rows]

    async def windows_named(self, window_ids: Collection[UUID]) -> dict[UUID, tuple[str, str]]:
        """Windows' numbers and names."""
        rows = await self.session.execute(
            sa.select(Window.id, Window.number, Window.name).where(Window.id.in_(window_ids))
        )
        return {row[0]: (row[1], row[2]) for row in rows}

    # --- lists of days

    def _days(self, caller: Caller) -> Select[*tuple[Any, ...]]:
        return (
            sa.select(
                AttendanceDay,
                StaffMember.staff_number,
                StaffMember.name,
                StaffMember.department_id,
                Window.number,
                AttendanceDay.day,
                AttendanceDay.staff_id,
            )
            .join(StaffMember, StaffMember.id == AttendanceDay.staff_id)
            .outerjoin(Window, Window.id == AttendanceDay.window_id)
            .where(visible_staff(caller))
            .execution_options(populate_existing=True)  # days are written by Core statements
        )

    async def days_page(
        self, query: DayQuery, caller: Caller, *, first: date, last: date
    ) -> tuple[list[DayRow], str | None, int | None]:
        statement = self._days(caller).where(AttendanceDay.day.between(first, last))
        if query.staff_id is not None:
            statement = statement.where(AttendanceDay.staff_id == query.staff_id)
        if query.department_id is not None:
            statement = statement.where(StaffMember.department_id == query.department_id)
        if query.window_id is not None:
            statement = statement.where(AttendanceDay.window_id == query.window_id)
        if query.state is not None:
            statement = statement.where(
                sa.or_(
                    AttendanceDay.morning_state == query.state,
                    AttendanceDay.afternoon_state == query.state,
                )
            )
        rows, cursor, total = await self.page(statement, query, _BY_DAY)
        return [DayRow(*row[:5]) for row in rows], cursor, total

    async def day(self, staff_id: UUID, day: date, caller: Caller) -> DayRow | None:
        """A person-day that the caller may see."""
        row = (
            await self.session.execute(
                self._days(caller).where(
                    AttendanceDay.staff_id == staff_id, AttendanceDay.day == day
                )
            )
        ).first()
        return None if row is None else DayRow(*row[:5])

    async def changes_of(self, staff_id: UUID, day: date) -> Sequence[AttendanceDayChange]:
        """What became of a day after it was settled, oldest first."""
        found = await self.session.scalars(
            sa.select(AttendanceDayChange)
            .where(AttendanceDayChange.staff_id == staff_id, AttendanceDayChange.day == day)
            .order_by(AttendanceDayChange.id)
        )
        return found.all()

    async def changes_page(
        self, query: ChangeQuery, caller: Caller, *, first: date, last: date
    ) -> Listing:
        """What became of settled days, the latest change first."""
        statement = (
            sa.select(
                AttendanceDayChange,
                StaffMember.staff_number,
                StaffMember.name,
                AttendanceDayChange.id,
            )
            .join(StaffMember, StaffMember.id == AttendanceDayChange.staff_id)
            .where(visible_staff(caller), AttendanceDayChange.day.between(first, last))
        )
        if query.staff_id is not None:
            statement = statement.where(AttendanceDayChange.staff_id == query.staff_id)
        if query.changed_after is not None:
            statement = statement.where(AttendanceDayChange.changed_at > query.changed_after)
        return await self.page(statement, query, _BY_CHANGE_ID)

    async def flush(self) -> None:
        """Write what was changed, so that a constraint and the next query see it."""
        await self.session.flush()


def _at_window(window_id: UUID | None) -> list[ColumnElement[bool]]:
    return [] if window_id is None else [AttendanceDay.window_id == window_id]


def _bounds(first: date, last: date, day_begins: int) -> dict[str, object]:
    """The instants between which touches belong to the days, and the shift of their count."""
    begins = timedelta(seconds=day_begins)
    return {
        "start": start_of_day(first) + begins,
        "stop": start_of_day(last + DAY) + begins,
        "shift": _HALL_OFFSET - day_begins,
    }


_load = orjson.loads


def _as_json(rows: Sequence[Mapping[str, object]]) -> str:
    return orjson.dumps(list(rows), default=str).decode()
