"""Every query on clocks, their users, touches, batches and faults."""

import asyncio
import io
from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import chain
from typing import Any, NamedTuple
from uuid import UUID

import orjson
import sqlalchemy as sa
from sqlalchemy import ColumnElement, Select
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.ext.asyncio import AsyncSession

from yimen.core.caller import Actor, Caller, DeviceKind
from yimen.core.clock import start_of_day
from yimen.core.database import new_id, table_of
from yimen.core.pagination import Listing, SortKey
from yimen.core.repository import Repository
from yimen.domains.attendance.access import sees_all, sees_department
from yimen.domains.attendance.enums import BatchKind, MarkCause
from yimen.domains.attendance.models import (
    AttendanceMark,
    ClockUser,
    Punch,
    PunchBatch,
    PunchFault,
    PunchFile,
    TimeClock,
)
from yimen.domains.attendance.rules_files import LineFault, ReadTouch
from yimen.domains.attendance.schemas_clocks import ClockUserQuery
from yimen.domains.attendance.schemas_files import BatchQuery, FaultQuery
from yimen.domains.attendance.schemas_punches import PunchQuery
from yimen.domains.devices.models import Device
from yimen.domains.organisation.models import StaffMember

Session = AsyncSession

HALL = "Asia/Shanghai"
DAY = timedelta(days=1)
TOUCHES_AT_ONCE = 20_000
"""As many are copied together while the next ones are read."""

_batches = table_of(PunchBatch)
_faults = table_of(PunchFault)

_READ_TABLE = """
CREATE TEMP TABLE punches_read (
    line integer, device_user_id text COLLATE "C", at timestamp,
    device_time text, state text, verify_mode text, work_code text
) ON COMMIT DROP
"""
_READ_COLUMNS = (
    "line", "device_user_id", "at", "device_time", "state", "verify_mode", "work_code",
)  # fmt: skip
_COPY_ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})

# The clock is held: nobody adds touches of it between looking and writing. A touch that only a
# reversed batch has is new again. Shanghai's clock has been eight hours ahead since 1991.
_NOT_KNOWN = """
    WHERE NOT EXISTS (
        SELECT FROM punches AS known
        JOIN punch_batches AS batch ON batch.id = known.batch_id AND batch.reversed_at IS NULL
        WHERE known.clock_id = :clock_id
            AND known.device_user_id = given.device_user_id
            AND known.punched_at = given.at AT TIME ZONE interval '8 hours'
            AND known.punched_at BETWEEN :first AND :last
    )
"""


def _fresh(condition: str) -> str:
    return f"""
        SELECT DISTINCT ON (given.device_user_id, given.at)
            given.*, given.at AT TIME ZONE interval '8 hours' AS punched_at
        FROM punches_read AS given {condition}
        ORDER BY given.device_user_id, given.at, given.line
    """  # noqa: S608 - constants


def _take(condition: str) -> sa.TextClause:
    return sa.text(
        f"""
        INSERT INTO punches (
            clock_id, batch_id, punched_at, received_at, line, device_user_id,
            state, verify_mode, work_code, device_time
        )
        SELECT :clock_id, :batch_id, punched_at, :received_at, line, device_user_id,
            state, verify_mode, work_code, device_time
        FROM ({_fresh(condition)}) AS fresh
        """  # noqa: S608 - constants
    ).bindparams(
        sa.bindparam("clock_id", type_=sa.Uuid()),
        sa.bindparam("batch_id", type_=sa.Uuid()),
        sa.bindparam("received_at", type_=sa.DateTime(timezone=True)),
    )


_BETWEEN = (
    sa.bindparam("first", type_=sa.DateTime(timezone=True)),
    sa.bindparam("last", type_=sa.DateTime(timezone=True)),
)
_COUNT_FRESH = sa.text(
    f"SELECT count(*) FROM ({_fresh(_NOT_KNOWN)}) AS fresh"  # noqa: S608 - constants
).bindparams(sa.bindparam("clock_id", type_=sa.Uuid()), *_BETWEEN)
_FRESH_LINES = sa.text(
    f"SELECT line FROM ({_fresh(_NOT_KNOWN)}) AS fresh WHERE line = ANY(:lines)"  # noqa: S608
).bindparams(
    sa.bindparam("clock_id", type_=sa.Uuid()),
    sa.bindparam("lines", type_=sa.ARRAY(sa.Integer())),
    *_BETWEEN,
)
_TAKE_FRESH = _take(_NOT_KNOWN).bindparams(*_BETWEEN)
_TAKE_ALL = _take("")
"""For a clock that had no touch in all the time: nothing can be known."""

_UNKNOWN_IN_FILE = sa.text(
    """
    SELECT given.device_user_id, count(*) AS punch_count, min(given.line) AS first_line,
        to_char(min(given.at), 'YYYY-MM-DD HH24:MI:SS') AS first_time,
        to_char(max(given.at), 'YYYY-MM-DD HH24:MI:SS') AS last_time
    FROM punches_read AS given
    WHERE given.device_user_id = ANY(:users) AND NOT EXISTS (
        SELECT FROM clock_users AS known
        WHERE known.clock_id = :clock_id AND known.device_user_id = given.device_user_id
            AND given.at::date BETWEEN known.starts_on AND coalesce(known.ends_on, 'infinity')
    )
    GROUP BY given.device_user_id
    """
).bindparams(
    sa.bindparam("clock_id", type_=sa.Uuid()), sa.bindparam("users", type_=sa.ARRAY(sa.Text()))
)

# What a clock sends by itself: its new touches, and a mark for each person-day they bear on.
_RECEIVE = sa.text(
    """
    WITH given AS MATERIALIZED (
        SELECT touch.*, touch.at::timestamp AT TIME ZONE interval '8 hours' AS punched_at
        FROM jsonb_to_recordset(CAST(:touches AS jsonb)) AS touch (
            line integer, device_user_id text, at text, device_time text,
            state text, verify_mode text, work_code text
        )
    ), fresh AS (
        INSERT INTO punches (
            clock_id, batch_id, punched_at, received_at, line, device_user_id,
            state, verify_mode, work_code, device_time
        )
        SELECT :clock_id, :batch_id, punched_at, :received_at, line, device_user_id,
            state, verify_mode, work_code, device_time
        FROM given
        WHERE NOT EXISTS (
            SELECT FROM punches AS known
            JOIN punch_batches AS batch ON batch.id = known.batch_id AND batch.reversed_at IS NULL
            WHERE known.clock_id = :clock_id
                AND known.device_user_id = given.device_user_id
                AND known.punched_at = given.punched_at
        )
        ORDER BY line
        ON CONFLICT DO NOTHING
        RETURNING line, device_user_id, punched_at
    ), placed AS (
        SELECT fresh.line, person.staff_id, person.day
        FROM fresh LEFT JOIN LATERAL (
            SELECT known.staff_id, at.day
            FROM clock_users AS known, LATERAL (
                SELECT (
                    (fresh.punched_at AT TIME ZONE 'Asia/Shanghai')
                    - make_interval(secs => :day_begins)
                )::date AS day
            ) AS at
            WHERE known.clock_id = :clock_id AND known.device_user_id = fresh.device_user_id
                AND at.day >= known.starts_on
                AND (known.ends_on IS NULL OR at.day <= known.ends_on)
        ) AS person ON true
    ), marked AS (
        INSERT INTO attendance_marks (staff_id, first_on, last_on, cause)
        SELECT DISTINCT staff_id, day, day, 'punches' FROM placed WHERE staff_id IS NOT NULL
    )
    SELECT line, staff_id IS NOT NULL AS is_known FROM placed
    """
).bindparams(
    sa.bindparam("touches", type_=sa.Text()),
    sa.bindparam("clock_id", type_=sa.Uuid()),
    sa.bindparam("batch_id", type_=sa.Uuid()),
    sa.bindparam("received_at", type_=sa.DateTime(timezone=True)),
    sa.bindparam("day_begins", type_=sa.Float()),
)

# Of what comes in one message the latest touch tells how the clock goes; the earlier ones waited.
_OFFSETS = sa.text(
    """
    SELECT batch.clock_id, batch.live_on AS day, sum(sent.punch_count)::integer AS punch_count,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY sent.offset_seconds) AS median_seconds,
        min(sent.offset_seconds) AS least_seconds, max(sent.offset_seconds) AS most_seconds
    FROM punch_batches AS batch
    JOIN LATERAL (
        SELECT date_part('epoch', max(punch.punched_at) - punch.received_at) AS offset_seconds,
            count(*) AS punch_count
        FROM punches AS punch WHERE punch.batch_id = batch.id
        GROUP BY punch.received_at
    ) AS sent ON true
    WHERE batch.id = ANY(:batch_ids)
    GROUP BY batch.id ORDER BY batch.live_on DESC
    """
).bindparams(sa.bindparam("batch_ids", type_=sa.ARRAY(sa.Uuid())))

_BY_CLOCK_NUMBER = SortKey(columns=(TimeClock.__table__.c.number,), types=(str,))
_BY_CLOCK_USER_ID = SortKey(columns=(ClockUser.__table__.c.id,), types=(UUID,), descending=True)
_BY_BATCH_ID = SortKey(columns=(PunchBatch.__table__.c.id,), types=(UUID,), descending=True)
_BY_FAULT_ID = SortKey(columns=(PunchFault.__table__.c.id,), types=(UUID,), descending=True)
_LATEST_TOUCH_FIRST = SortKey(
    columns=(
        Punch.__table__.c.punched_at, Punch.__table__.c.clock_id,
        Punch.__table__.c.device_user_id, Punch.__table__.c.batch_id,
    ),
    types=(datetime, UUID, str, UUID),
    descending=True,
)  # fmt: skip

_LIVE = (PunchBatch.kind == BatchKind.LIVE, PunchBatch.reversed_at.is_(None))


class UserInFile(NamedTuple):
    """A user id of a file: how often it touched, on which line first, from when to when."""

    device_user_id: str
    punch_count: int
    first_line: int
    first_time: str
    last_time: str


class UserRow(NamedTuple):
    """A clock's user with the names that its representation shows."""

    user: ClockUser
    clock_number: str
    staff_number: str
    staff_name: str


class OffsetRow(NamedTuple):
    """A clock's error on a day, in seconds; fast is positive."""

    day: date
    punch_count: int
    median_seconds: float
    least_seconds: float
    most_seconds: float


@dataclass(frozen=True, slots=True)
class KnownFile:
    """A batch's file as it was uploaded."""

    batch: PunchBatch
    content: bytes


def _lock_of(clock_id: UUID) -> sa.TextClause:
    return sa.text("hashtextextended('yimen.time_clock.' || :clock, 0)").bindparams(
        clock=str(clock_id)
    )


class PunchRepository(Repository):
    """Touches are only ever added."""

    # --- clocks

    async def clock(self, clock_id: UUID) -> TimeClock | None:
        return await self.session.get(TimeClock, clock_id)

    async def clock_numbered(self, number: str) -> TimeClock | None:
        found: TimeClock | None = await self.session.scalar(
            sa.select(TimeClock).where(TimeClock.number == number)
        )
        return found

    async def clock_of_device(self, device_id: UUID) -> TimeClock | None:
        """The clock that a machine sends for."""
        found: TimeClock | None = await self.session.scalar(
            sa.select(TimeClock).where(TimeClock.device_id == device_id)
        )
        return found

    async def is_time_clock(self, device_id: UUID) -> bool:
        """Whether a machine is a time clock that may call."""
        found: bool = (
            await self.session.execute(
                sa.select(
                    sa.exists().where(
                        Device.id == device_id,
                        Device.kind == DeviceKind.TIME_CLOCK,
                        Device.revoked_at.is_(None),
                    )
                )
            )
        ).scalar_one()
        return found

    async def lock_clock(self, clock_id: UUID) -> TimeClock | None:
        """A clock to be changed."""
        return await self.session.get(
            TimeClock, clock_id, with_for_update=True, populate_existing=True
        )

    async def clocks_page(self, query: Any) -> Listing:
        return await self.page(sa.select(TimeClock), query, _BY_CLOCK_NUMBER)

    async def clocks_named(self, clock_ids: Collection[UUID]) -> Sequence[TimeClock]:
        """Clocks by their ids, in order of number."""
        found = await self.session.scalars(
            sa.select(TimeClock).where(TimeClock.id.in_(clock_ids)).order_by(TimeClock.number)
        )
        return found.all()

    async def see_clock(self, clock_id: UUID, now: datetime, every: timedelta) -> None:
        """Note that a clock has sent something, unless that was noted just now."""
        clocks = table_of(TimeClock)
        await self.session.execute(
            sa.update(clocks)
            .where(
                clocks.c.id == clock_id,
                sa.or_(clocks.c.last_seen_at.is_(None), clocks.c.last_seen_at < now - every),
            )
            .values(last_seen_at=now)
        )

    async def hold_for_import(self, clock_id: UUID) -> None:
        """Let nobody else add touches of a clock until the transaction ends."""
        await self.session.execute(sa.select(sa.func.pg_advisory_xact_lock(_lock_of(clock_id))))

    async def hold_for_sending(self, clock_id: UUID) -> None:
        """Wait for an import of a clock's touches; what it sends may come in side by side."""
        await self.session.execute(
            sa.select(sa.func.pg_advisory_xact_lock_shared(_lock_of(clock_id)))
        )

    async def offsets(self, clock_id: UUID, first: date, last: date) -> list[OffsetRow]:
        """A clock's error on each day on which it sent something itself, the latest first."""
        batches = await self.session.scalars(
            sa.select(PunchBatch.id).where(
                PunchBatch.clock_id == clock_id,
                PunchBatch.live_on.between(first, last),
                *_LIVE,
            )
        )
        return [offset for _, offset in await self._offsets_of(batches.all())]

    async def latest_offsets(self, clock_ids: Collection[UUID]) -> dict[UUID, OffsetRow]:
        """Each clock's error on the last day on which it sent something itself."""
        batches = await self.session.scalars(
            sa.select(PunchBatch.id)
            .where(PunchBatch.clock_id.in_(clock_ids), *_LIVE)
            .ext(distinct_on(PunchBatch.clock_id))
            .order_by(PunchBatch.clock_id, PunchBatch.live_on.desc())
        )
        return dict(await self._offsets_of(batches.all()))

    async def _offsets_of(self, batch_ids: Sequence[UUID]) -> list[tuple[UUID, OffsetRow]]:
        rows = await self.session.execute(_OFFSETS, {"batch_ids": list(batch_ids)})
        return [(row[0], OffsetRow(*row[1:])) for row in rows]

    # --- users of clocks

    def _users(self) -> Select[*tuple[Any, ...]]:
        return (
            sa.select(ClockUser, TimeClock.number, StaffMember.staff_number, StaffMember.name)
            .join(TimeClock, TimeClock.id == ClockUser.clock_id)
            .join(StaffMember, StaffMember.id == ClockUser.staff_id)
        )

    async def user(self, user_id: UUID) -> UserRow | None:
        row = (await self.session.execute(self._users().where(ClockUser.id == user_id))).first()
        return None if row is None else UserRow(*row)

    async def lock_user(self, user_id: UUID) -> ClockUser | None:
        """A clock's user to be changed."""
        return await self.session.get(
            ClockUser, user_id, with_for_update=True, populate_existing=True
        )

    async def users_page(
        self, query: ClockUserQuery
    ) -> tuple[list[UserRow], str | None, int | None]:
        statement = self._users().add_columns(ClockUser.id)
        if query.clock_id is not None:
            statement = statement.where(ClockUser.clock_id == query.clock_id)
        if query.staff_id is not None:
            statement = statement.where(ClockUser.staff_id == query.staff_id)
        if query.device_user_id is not None:
            statement = statement.where(ClockUser.device_user_id == query.device_user_id)
        if query.on is not None:
            statement = statement.where(_holds_on(query.on))
        rows, cursor, total = await self.page(statement, query, _BY_CLOCK_USER_ID)
        return [UserRow(*row[:4]) for row in rows], cursor, total

    async def unknown_users(
        self, first: date, last: date, *, day_begins: int, limit: int
    ) -> tuple[list[Any], int]:
        """User ids that were nobody's on the days they touched, the most frequent first."""
        count = sa.func.count()
        statement = (
            sa.select(
                Punch.clock_id,
                TimeClock.number.label("clock_number"),
                Punch.device_user_id,
                count.label("punch_count"),
                sa.func.min(Punch.punched_at).label("first_at"),
                sa.func.max(Punch.punched_at).label("last_at"),
            )
            .join(PunchBatch, PunchBatch.id == Punch.batch_id)
            .join(TimeClock, TimeClock.id == Punch.clock_id)
            .where(
                PunchBatch.reversed_at.is_(None),
                *_between(first, last, day_begins),
                ~sa.exists().where(*_is_of(ClockUser, day_begins)),
            )
            .group_by(Punch.clock_id, TimeClock.number, Punch.device_user_id)
            .order_by(count.desc(), Punch.clock_id, Punch.device_user_id)
        )
        rows = (await self.session.execute(statement)).all()
        return list(rows[:limit]), max(0, len(rows) - limit)

    # --- reading a file

    async def open_reading(self) -> None:
        """An empty table for the touches of one file; gone with the transaction."""
        await self.session.execute(sa.text("DROP TABLE IF EXISTS pg_temp.punches_read"))
        await self.session.execute(sa.text(_READ_TABLE))

    async def read_in(self, pieces: AsyncIterator[Sequence[ReadTouch]]) -> list[UserInFile]:
        """Copy touches into that table; returns whose they are, by user id.

        Some are copied while the next ones are read, user by user: the order in which they are
        written later, and sorting what is nearly sorted costs little.
        """
        connection = await (await self.session.connection()).get_raw_connection()
        driver = connection.driver_connection
        assert driver is not None
        users: dict[str, UserInFile] = {}

        async def copy(by_user: dict[str, list[ReadTouch]]) -> None:
            names = sorted(by_user)
            for name in names:
                _note(users, name, by_user[name])
            rows = _as_copied(chain.from_iterable(by_user[name] for name in names))
            by_user.clear()
            await driver.copy_to_table(
                "punches_read", source=io.BytesIO(rows), columns=_READ_COLUMNS
            )

        copying = asyncio.create_task(copy({}))
        try:
            waiting: dict[str, list[ReadTouch]] = defaultdict(list)
            count = 0
            async for touches in pieces:
                for touch in touches:
                    waiting[touch[1]].append(touch)
                count += len(touches)
                if count >= TOUCHES_AT_ONCE:
                    await copying
                    copying = asyncio.create_task(copy(waiting))
                    waiting, count = defaultdict(list), 0
            await copying
            await copy(waiting)
        finally:
            await copying
        return [users[name] for name in sorted(users)]

    async def count_fresh(self, clock_id: UUID, first: datetime, last: datetime) -> int:
        """How many of the touches read would be new."""
        found: int = (
            await self.session.execute(
                _COUNT_FRESH, {"clock_id": clock_id, "first": first, "last": last}
            )
        ).scalar_one()
        return found

    async def fresh_lines(
        self, clock_id: UUID, first: datetime, last: datetime, lines: Sequence[int]
    ) -> frozenset[int]:
        """Those of the lines read whose touch would be new."""
        binds = {"clock_id": clock_id, "first": first, "last": last, "lines": lines}
        return frozenset((await self.session.execute(_FRESH_LINES, binds)).scalars())

    async def lines_of_batch(self, batch_id: UUID, lines: Sequence[int]) -> frozenset[int]:
        """Those of the lines whose touch is the batch's."""
        statement = sa.select(Punch.line).where(Punch.batch_id == batch_id, Punch.line.in_(lines))
        return frozenset((await self.session.execute(statement)).scalars())

    async def take_fresh(
        self,
        clock_id: UUID,
        first: datetime,
        last: datetime,
        *,
        batch_id: UUID,
        received_at: datetime,
    ) -> int:
        """Write the touches read that are new; returns how many. The clock must be held."""
        asked = sa.exists().where(Punch.clock_id == clock_id, Punch.punched_at.between(first, last))
        may_be_known = (await self.session.execute(sa.select(asked))).scalar_one()
        binds = {"clock_id": clock_id, "batch_id": batch_id, "received_at": received_at}
        if may_be_known:
            result = await self.session.execute(_TAKE_FRESH, binds | {"first": first, "last": last})
        else:
            result = await self.session.execute(_TAKE_ALL, binds)
        return int(getattr(result, "rowcount", 0))

    async def unknown_in_file(
        self, clock_id: UUID, users: Sequence[UserInFile]
    ) -> list[UserInFile]:
        """The user ids of the file that are nobody's on a day on which they touched."""
        known: dict[str, list[tuple[str, str]]] = defaultdict(list)
        rows = await self.session.execute(
            sa.select(ClockUser.device_user_id, ClockUser.starts_on, ClockUser.ends_on).where(
                ClockUser.clock_id == clock_id
            )
        )
        for name, starts_on, ends_on in rows:
            known[name].append((str(starts_on), str(ends_on or "9999")))
        unknown, doubtful = [], []
        for user in users:
            first, last = user.first_time[:10], user.last_time[:10]
            if not any(since <= last and first <= until for since, until in known[user[0]]):
                unknown.append(user)
            elif not any(since <= first and last <= until for since, until in known[user[0]]):
                doubtful.append(user.device_user_id)
        if doubtful:
            found = await self.session.execute(
                _UNKNOWN_IN_FILE, {"clock_id": clock_id, "users": doubtful}
            )
            unknown += [UserInFile(*row) for row in found]
        return sorted(unknown)

    # --- what a clock sends

    async def live_batch(
        self, clock_id: UUID, day: date, *, now: datetime, caller: Actor | None
    ) -> UUID:
        """The batch of what a clock sends on a day, opened if need be."""
        made = new_id()
        statement = (
            insert(_batches)
            .values(
                id=made,
                clock_id=clock_id,
                kind=BatchKind.LIVE,
                live_on=day,
                received_at=now,
                received_by=caller.account_id if caller else None,
                received_by_name=caller.name if caller else "系统",
                line_count=0,
                punch_count=0,
                repeated_count=0,
                fault_count=0,
                version=1,
            )
            .on_conflict_do_nothing(
                index_elements=["clock_id", "live_on"],
                index_where=sa.text("kind = 'live' AND reversed_at IS NULL"),
            )
        )
        find = sa.select(PunchBatch.id).where(
            PunchBatch.clock_id == clock_id, PunchBatch.live_on == day, *_LIVE
        )
        found: UUID | None = await self.session.scalar(find)
        if found is None:
            await self.session.execute(statement)
            found = (await self.session.execute(find)).scalar_one()
        return found

    async def receive(
        self,
        clock_id: UUID,
        touches: Sequence[ReadTouch],
        *,
        batch_id: UUID,
        received_at: datetime,
        day_begins: int,
    ) -> dict[int, bool]:
        """Write what is new of a clock's message, and mark the days; by line, whether known."""
        given = [dict(zip(_READ_COLUMNS, touch, strict=True)) for touch in touches]
        rows = await self.session.execute(
            _RECEIVE,
            {
                "touches": orjson.dumps(given).decode(),
                "clock_id": clock_id,
                "batch_id": batch_id,
                "received_at": received_at,
                "day_begins": float(day_begins),
            },
        )
        return {row.line: row.is_known for row in rows}

    # --- touches

    async def punches_page(
        self, query: PunchQuery, caller: Caller, *, first: date, last: date, day_begins: int
    ) -> Listing:
        """Touches of people whom the caller may see; what is nobody's only those who see all."""
        statement = (
            sa.select(
                Punch.clock_id,
                TimeClock.number.label("clock_number"),
                Punch.device_user_id,
                ClockUser.staff_id,
                StaffMember.name.label("staff_name"),
                Punch.punched_at,
                Punch.device_time,
                Punch.received_at,
                Punch.batch_id,
                Punch.line,
                Punch.state,
                Punch.verify_mode,
                Punch.work_code,
                PunchBatch.reversed_at.is_not(None).label("is_reversed"),
            )
            .join(TimeClock, TimeClock.id == Punch.clock_id)
            .join(PunchBatch, PunchBatch.id == Punch.batch_id)
            .outerjoin(ClockUser, sa.and_(*_is_of(ClockUser, day_begins)))
            .outerjoin(StaffMember, StaffMember.id == ClockUser.staff_id)
            .where(*_between(first, last, day_begins), visible_staff(caller))
        )
        if query.staff_id is not None:
            statement = statement.where(ClockUser.staff_id == query.staff_id)
        if query.clock_id is not None:
            statement = statement.where(Punch.clock_id == query.clock_id)
        if query.batch_id is not None:
            statement = statement.where(Punch.batch_id == query.batch_id)
        return await self.page(statement, query, _LATEST_TOUCH_FIRST)

    # --- batches

    async def batch(self, batch_id: UUID) -> tuple[PunchBatch, str] | None:
        """A batch with its clock's number."""
        row = (
            await self.session.execute(
                sa.select(PunchBatch, TimeClock.number)
                .join(TimeClock, TimeClock.id == PunchBatch.clock_id)
                .where(PunchBatch.id == batch_id)
                .execution_options(populate_existing=True)
            )
        ).first()
        return None if row is None else (row[0], row[1])

    async def lock_batch(self, batch_id: UUID) -> PunchBatch | None:
        """A batch to be changed."""
        return await self.session.get(
            PunchBatch, batch_id, with_for_update=True, populate_existing=True
        )

    async def has_file(self, clock_id: UUID, digest: bytes) -> bool:
        """Whether a file was imported for a clock before and still counts."""
        found: bool = (
            await self.session.execute(
                sa.select(
                    sa.exists().where(
                        PunchBatch.clock_id == clock_id,
                        PunchBatch.file_hash == digest,
                        PunchBatch.reversed_at.is_(None),
                    )
                )
            )
        ).scalar_one()
        return found

    async def keep_file(self, batch_id: UUID, content: bytes) -> None:
        await self.session.execute(
            sa.insert(table_of(PunchFile)).values(batch_id=batch_id, content=content)
        )

    async def files_that_may_hold(self, batch: PunchBatch) -> list[KnownFile]:
        """The files of a clock that were found to repeat earlier touches, oldest first."""
        rows = await self.session.execute(
            sa.select(PunchBatch, PunchFile.content)
            .join(PunchFile, PunchFile.batch_id == PunchBatch.id)
            .where(
                PunchBatch.clock_id == batch.clock_id,
                PunchBatch.id != batch.id,
                PunchBatch.reversed_at.is_(None),
                PunchBatch.repeated_count > 0,
            )
            .order_by(PunchBatch.id)
        )
        return [KnownFile(*row) for row in rows]

    async def span_of_batch(self, batch_id: UUID) -> tuple[datetime, datetime] | None:
        """The first and the last touch of a batch."""
        row = (
            await self.session.execute(
                sa.select(sa.func.min(Punch.punched_at), sa.func.max(Punch.punched_at)).where(
                    Punch.batch_id == batch_id
                )
            )
        ).one()
        return None if row[0] is None else (row[0], row[1])

    async def batches_page(
        self, query: BatchQuery
    ) -> tuple[list[tuple[PunchBatch, str]], str | None, int | None]:
        statement = sa.select(PunchBatch, TimeClock.number, PunchBatch.id).join(
            TimeClock, TimeClock.id == PunchBatch.clock_id
        )
        if query.clock_id is not None:
            statement = statement.where(PunchBatch.clock_id == query.clock_id)
        if query.kind is not None:
            statement = statement.where(PunchBatch.kind == query.kind)
        if query.is_reversed is not None:
            is_reversed = PunchBatch.reversed_at.is_not(None)
            statement = statement.where(is_reversed if query.is_reversed else sa.not_(is_reversed))
        rows, cursor, total = await self.page(statement, query, _BY_BATCH_ID)
        return [(row[0], row[1]) for row in rows], cursor, total

    async def live_counts(self, batch_ids: Collection[UUID]) -> dict[UUID, Any]:
        """How many touches and faults clocks sent in batches of their own."""
        punches = await self.session.execute(
            sa.select(
                Punch.batch_id,
                sa.func.count().label("punch_count"),
                sa.func.min(Punch.punched_at).label("first_at"),
                sa.func.max(Punch.punched_at).label("last_at"),
            )
            .where(Punch.batch_id.in_(batch_ids))
            .group_by(Punch.batch_id)
        )
        return {row.batch_id: row for row in punches}

    async def fault_counts(self, batch_ids: Collection[UUID]) -> dict[UUID, int]:
        """How many faults are listed for batches."""
        rows = await self.session.execute(
            sa.select(PunchFault.batch_id, sa.func.count())
            .where(PunchFault.batch_id.in_(batch_ids))
            .group_by(PunchFault.batch_id)
        )
        return {row[0]: row[1] for row in rows}

    async def marked_batches(self, batch_ids: Collection[UUID]) -> set[UUID]:
        """Which batches have days that are still to be derived."""
        rows = await self.session.scalars(
            sa.select(AttendanceMark.batch_id).where(AttendanceMark.batch_id.in_(batch_ids))
        )
        return {batch_id for batch_id in rows if batch_id is not None}

    async def mark(
        self,
        first: date,
        last: date,
        cause: MarkCause,
        *,
        staff_id: UUID | None = None,
        batch_id: UUID | None = None,
    ) -> None:
        """Have person-days derived anew."""
        await self.session.execute(
            sa.insert(table_of(AttendanceMark)).values(
                staff_id=staff_id, first_on=first, last_on=last, batch_id=batch_id, cause=cause
            )
        )

    # --- faults

    async def list_faults(
        self,
        clock_id: UUID,
        faults: Iterable[tuple[LineFault, bytes]],
        *,
        batch_id: UUID,
        received_at: datetime,
    ) -> None:
        """List faulty lines for the office; one that is listed already stays as it is.

        Unless it was listed for a batch that has been reversed: then it is this batch's.
        """
        rows = [
            {
                "id": new_id(),
                "clock_id": clock_id,
                "batch_id": batch_id,
                "line": fault.line,
                "kind": fault.kind,
                "raw": fault.raw,
                "digest": digest,
                "received_at": received_at,
                "version": 1,
            }
            for fault, digest in faults
        ]
        reversed_batches = sa.select(_batches.c.id).where(_batches.c.reversed_at.is_not(None))
        for start in range(0, len(rows), 1000):
            statement = insert(_faults).values(rows[start : start + 1000])
            await self.session.execute(
                statement.on_conflict_do_update(
                    index_elements=["digest"],
                    set_={
                        "batch_id": statement.excluded.batch_id,
                        "line": statement.excluded.line,
                        "received_at": statement.excluded.received_at,
                    },
                    where=_faults.c.batch_id.in_(reversed_batches),
                )
            )

    def _listed_faults(self) -> Select[*tuple[Any, ...]]:
        return (
            sa.select(PunchFault, TimeClock.number)
            .join(TimeClock, TimeClock.id == PunchFault.clock_id)
            .join(PunchBatch, PunchBatch.id == PunchFault.batch_id)
            .where(PunchBatch.reversed_at.is_(None))
        )

    async def fault(self, fault_id: UUID) -> tuple[PunchFault, str] | None:
        """A fault with its clock's number."""
        row = (
            await self.session.execute(
                self._listed_faults()
                .where(PunchFault.id == fault_id)
                .execution_options(populate_existing=True)
            )
        ).first()
        return None if row is None else (row[0], row[1])

    async def lock_fault(self, fault_id: UUID) -> PunchFault | None:
        """A fault to be settled."""
        return await self.session.get(
            PunchFault, fault_id, with_for_update=True, populate_existing=True
        )

    async def faults_page(
        self, query: FaultQuery
    ) -> tuple[list[tuple[PunchFault, str]], str | None, int | None]:
        statement = self._listed_faults().add_columns(PunchFault.id)
        if query.clock_id is not None:
            statement = statement.where(PunchFault.clock_id == query.clock_id)
        if query.batch_id is not None:
            statement = statement.where(PunchFault.batch_id == query.batch_id)
        if query.kind is not None:
            statement = statement.where(PunchFault.kind == query.kind)
        if query.is_settled is not None:
            settled = PunchFault.settled_at.is_not(None)
            statement = statement.where(settled if query.is_settled else sa.not_(settled))
        rows, cursor, total = await self.page(statement, query, _BY_FAULT_ID)
        return [(row[0], row[1]) for row in rows], cursor, total

    async def flush(self) -> None:
        """Write what was changed, so that a constraint and the next query see it."""
        await self.session.flush()


def _note(users: dict[str, UserInFile], name: str, touches: Sequence[ReadTouch]) -> None:
    times = [touch[2] for touch in touches]
    found = UserInFile(name, len(touches), touches[0][0], min(times), max(times))
    before = users.get(name)
    if before is not None:
        found = UserInFile(
            name,
            before.punch_count + found.punch_count,
            before.first_line,
            min(before.first_time, found.first_time),
            max(before.last_time, found.last_time),
        )
    users[name] = found


class _Escaped(dict[str | None, str]):
    """Texts as ``COPY`` takes them; most come again and again."""

    def __missing__(self, text: str | None) -> str:
        escaped = self[text] = r"\N" if text is None else text.translate(_COPY_ESCAPES)
        return escaped


def _as_copied(touches: Iterable[ReadTouch]) -> bytes:
    """Touches in the text format of ``COPY``."""
    text = _Escaped()
    rows = [
        f"{line}\t{text[user]}\t{at}\t{text[given]}\t{text[state]}\t{text[mode]}\t{text[code]}\n"
        for line, user, at, given, state, mode, code in touches
    ]
    return "".join(rows).encode()


def visible_staff(caller: Caller) -> ColumnElement[bool]:
    """Whose attendance the caller sees; the statement must have StaffMember."""
    if sees_all(caller):
        return sa.true()
    own = StaffMember.id == caller.staff_id
    if sees_department(caller):
        return sa.or_(own, StaffMember.department_id == caller.department_id)
    return own


def _holds_on(day: date) -> ColumnElement[bool]:
    return sa.and_(
        ClockUser.starts_on <= day, sa.or_(ClockUser.ends_on.is_(None), ClockUser.ends_on >= day)
    )


def _day_of(day_begins: int) -> ColumnElement[date]:
    """The day to which a touch belongs."""
    local = sa.func.timezone(HALL, Punch.punched_at, type_=sa.DateTime())
    return sa.cast(local - timedelta(seconds=day_begins), sa.Date())


def _is_of(users: type[ClockUser], day_begins: int) -> list[ColumnElement[bool]]:
    """That a touch is a user's, on the day it belongs to."""
    day = _day_of(day_begins)
    return [
        users.clock_id == Punch.clock_id,
        users.device_user_id == Punch.device_user_id,
        users.starts_on <= day,
        sa.or_(users.ends_on.is_(None), users.ends_on >= day),
    ]


def _between(first: date, last: date, day_begins: int) -> list[ColumnElement[bool]]:
    """That a touch belongs to the days from first through last."""
    begins = timedelta(seconds=day_begins)
    start = start_of_day(first) + begins
    end = start_of_day(last + DAY) + begins
    return [Punch.punched_at >= start, Punch.punched_at < end]
