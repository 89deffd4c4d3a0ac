"""What scores cost: a month posted, reckoned and read, for many more people than a county has.

The yardstick of a reckoned month is the one aggregate over the same entries (``sum(taken)`` by
subject) on the same warm connection, in turn with it, its rows handed to the driver: who asks for
the sums gets them. How it compares when PostgreSQL only counts the sums and hands over nothing is
told too (``ratio_to_bare``). Reckoning is what the service does: it joins people and windows to
what each has lost, makes every window's mean, and writes a row with the score for everybody; here
every row has changed. The explanation of a score is the ledger itself (asked, room, taken,
evidence, article): its lines are written when a fact is posted, which is measured apart.
"""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from statistics import median
from typing import Any
from uuid import UUID

import asyncpg
import psutil
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from tests.bench.attendance import Memory
from tests.bench.ground import Ground, Person, another_database
from tests.bench.load import Round, drive, get
from tests.bench.service import running_service
from tests.factories import (
    make_account,
    make_department,
    make_login,
    make_staff_member,
)

from yimen.core.caller import Role
from yimen.core.config import Settings
from yimen.core.database import Database
from yimen.domains.rulebook.service import RulebookService
from yimen.domains.scoring.enums import FactSource, SubjectKind
from yimen.domains.scoring.repository_ledger import LedgerRepository, post_statement
from yimen.domains.scoring.rules import Fact, Subject
from yimen.domains.scoring.rules_card import card_of

MONTH, LAST = date(2026, 3, 1), date(2026, 3, 31)
NOW = datetime(2026, 3, 31, 12, tzinfo=UTC)
FACTS_EACH = 40
PEOPLE_A_WINDOW = 3
SIZES = (100, 1_000, 10_000, 100_000)
EDITION = RulebookService().edition_on(MONTH)
CARD = card_of(EDITION)
RULES = [
    "points.late", "points.early", "points.missing_punch", "points.away", "points.commendation",
    "conduct.prohibition.04", "hygiene.window.01", "hygiene.window.13",
]  # fmt: skip
"""In turn; the last two are under the cap of six, which every twentieth person reaches."""

_PEOPLE = """
    WITH places AS (
        INSERT INTO windows (id, number, name, department_id, kind, opened_on, version)
        SELECT gen_random_uuid(), 'B' || lpad(n::text, 6, '0'), '测量窗口' || n, $1, 'independent',
            date '2018-01-01', 1
        FROM generate_series(1, greatest(1, $2::integer / $3::integer)) AS n
        RETURNING id, number
    ), people AS (
        INSERT INTO staff_members (id, staff_number, name, department_id, post, version)
        SELECT gen_random_uuid(), 'P' || lpad(n::text, 7, '0'), '工作人员' || n, $1, '窗口', 1
        FROM generate_series(1, $2::integer) AS n
        RETURNING id, staff_number
    )
    INSERT INTO window_services (id, staff_id, window_id, starts_on)
    SELECT gen_random_uuid(), people.id, places.id, date '2018-01-01'
    FROM (SELECT id, row_number() OVER (ORDER BY staff_number) - 1 AS n FROM people) AS people
    JOIN (SELECT id, row_number() OVER (ORDER BY number) - 1 AS n, count(*) OVER () AS every
        FROM places) AS places ON places.n = people.n % places.every
"""
_FACTS = """
    CREATE UNLOGGED TABLE given_facts AS
    SELECT 'staff' AS subject_kind, person.id AS subject_id,
        date '2026-03-01' + (n * 7 % 31) AS day,
        ($1::text[])[n % array_length($1::text[], 1) + 1] AS rule,
        CASE WHEN right(person.staff_number, 1) = '0' AND n % 2 = 0 THEN 3 ELSE 1 END AS count,
        '3月' || (n * 7 % 31 + 1) || '日上午的记录' AS evidence,
        CASE WHEN n = 11 THEN '已作说明，不扣分。' END AS why_not,
        'attendance' AS source, to_char(n, 'FM000') || '/morning' AS source_id
    FROM staff_members AS person CROSS JOIN generate_series(1, $2::integer) AS n
    WHERE person.staff_number LIKE 'P%'
"""
_AGGREGATE = (
    "SELECT subject_id, sum(taken) AS lost FROM score_entries"
    " WHERE month = '2026-03-01' GROUP BY subject_id"
)
_COUNTED = f"SELECT count(*) AS subjects, sum(lost) AS lost FROM ({_AGGREGATE}) AS sums"
_BASE = sa.text(
    "UPDATE score_totals SET own = 10000, staff_sum = NULL, numerator = 10000, denominator = 1,"
    " ranked_by = 10000"
)
"""As before anything was reckoned, so that every row has to be written."""


@dataclass
class Scored:
    """A month of so many people."""

    people: int
    entries: int
    post_seconds: float
    post_us_an_entry: float
    reckon_seconds: float
    aggregate_seconds: float
    bare_seconds: float
    """The aggregate whose sums are counted and not handed over."""
    ratio: float
    ratio_to_bare: float
    backend_peak_mb: float
    """Of the reckoning PostgreSQL process, without the shared buffers, at the peak."""
    service_peak_mb: float
    """Of the whole service process after reading boards, at the peak."""
    added_fact_ms: float
    """One fact more, the person and the windows reckoned; the month's other facts compared."""
    board_p50_ms: float
    board_p99_ms: float


def run(beside: Ground, log: Path, rounds: int, sizes: Sequence[int] = SIZES) -> list[Scored]:
    """Each size in a database of its own."""
    found = []
    for size in sizes:
        with another_database(beside.url, f"scores_{size}") as url:
            ground = asyncio.run(_furnish(beside, url, size))
            scored = asyncio.run(_measure(url, size, rounds))
            with running_service(ground, log) as service:
                board = asyncio.run(_read_board(ground, service.port))
                peak = _peak_mb(service.process.pid)
            found.append(
                replace(
                    scored,
                    board_p50_ms=board.p50,
                    board_p99_ms=board.p99,
                    service_peak_mb=peak,
                )
            )
    return found


async def _furnish(beside: Ground, url: str, size: int) -> Ground:
    async with _database(url) as database, database.transaction() as session:
        department = await make_department(session, name="县测量局")
        office = await make_staff_member(session)
        account = await make_account(session, Role.OFFICE, staff_id=office)
        login = await make_login(session, account)
        # the service's own posting has seen all there is, and leaves the month alone
        await session.execute(
            sa.text(
                "UPDATE score_progress SET swept_at = clock_timestamp(),"
                " event_transaction_id = pg_snapshot_xmax(pg_current_snapshot())::text::bigint"
            )
        )
    connection = await _connect(url)
    await connection.execute(_PEOPLE, department, size, PEOPLE_A_WINDOW, timeout=900)
    await connection.execute(_FACTS, RULES, FACTS_EACH, timeout=900)
    await connection.execute("VACUUM ANALYZE", timeout=900)
    await connection.close()
    person = Person(account, login, None, None)
    return replace(beside, url=url, office=person, clerks=[])


async def _measure(url: str, size: int, rounds: int) -> Scored:
    async with _database(url) as database:
        async with database.transaction() as session:
            ledger = LedgerRepository(session)
            await ledger.keep_rules(CARD)
            await ledger.open_month(MONTH, EDITION.code)
            await ledger.enrol(MONTH, CARD, last=LAST, version_no=1)
            started = time.perf_counter()
            await _post_all(session)
            post_seconds = time.perf_counter() - started
        connection = await _connect(url)
        await connection.execute(
            "VACUUM ANALYZE score_entries, score_subjects, score_totals", timeout=900
        )
        entries: int = await connection.fetchval("SELECT count(*) FROM score_entries")
        await connection.close()
        peak_mb = 0.0
        reckoned, aggregated, bare = [], [], []
        for number in range(_rounds_of(size, rounds) + 1):
            async with database.transaction() as session:
                await session.execute(_BASE)
            async with database.transaction() as session:
                driver = await _driver_of(session)
                bare.append(await _seconds(driver.fetch(_COUNTED)))
                aggregated.append(await _seconds(driver.fetch(_AGGREGATE)))
                ledger = LedgerRepository(session)
                # the first round is warm-up, and watched
                memory = Memory(driver.get_server_pid(), is_alone=True) if number == 0 else None
                reckoning = ledger.reckon(MONTH, CARD, last=LAST, version_no=1)
                reckoned.append(await _seconds(reckoning))
                if memory is not None:
                    memory.stop()
                    peak_mb = memory.peak / 2**20
        added = await _add_facts(database, size)
    del reckoned[0], aggregated[0], bare[0]
    return Scored(
        people=size,
        entries=entries,
        post_seconds=post_seconds,
        post_us_an_entry=post_seconds / entries * 1e6,
        reckon_seconds=median(reckoned),
        aggregate_seconds=median(aggregated),
        bare_seconds=median(bare),
        ratio=median(one / other for one, other in zip(reckoned, aggregated, strict=True)),
        ratio_to_bare=median(one / other for one, other in zip(reckoned, bare, strict=True)),
        backend_peak_mb=peak_mb,
        service_peak_mb=0,
        added_fact_ms=added,
        board_p50_ms=0,
        board_p99_ms=0,
    )


def _rounds_of(size: int, rounds: int) -> int:
    """What takes milliseconds is measured more often."""
    return rounds * (4 if size <= 1_000 else 1)


async def _seconds(doing: Awaitable[object]) -> float:
    started = time.perf_counter()
    await doing
    return time.perf_counter() - started


async def _driver_of(session: AsyncSession) -> Any:
    """The driver's own connection, in the session's transaction."""
    connection = await session.connection()
    return (await connection.get_raw_connection()).driver_connection


def _peak_mb(pid: int) -> float:
    """The most memory that a process has held; where the system does not tell it, what it holds."""
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return psutil.Process(pid).memory_info().rss / 2**20
    told = dict(line.split(":", 1) for line in status.read_text().splitlines())
    return int(told["VmHWM"].split()[0]) / 2**10


async def _post_all(session: AsyncSession) -> None:
    statement = sa.text(post_statement("SELECT * FROM given_facts")).bindparams(
        sa.bindparam("month", MONTH, sa.Date()),
        sa.bindparam("sources", [each.value for each in FactSource], sa.ARRAY(sa.Text())),
        sa.bindparam("edition_code", EDITION.code, sa.Text()),
        sa.bindparam("version_no", 1, sa.SmallInteger()),
        sa.bindparam("now", NOW, sa.DateTime(timezone=True)),
    )
    await session.execute(statement)


async def _add_facts(database: Database, size: int, count: int = 20) -> float:
    """One finding after the other, posted as the job posts: by source, and whom it touched."""
    chance = random.Random(size)
    async with database.transaction() as session:
        found = await session.scalars(
            sa.text("SELECT id FROM staff_members WHERE staff_number LIKE 'P%' LIMIT 1000")
        )
        people: list[UUID] = list(found)
    facts: list[Fact] = []
    took = []
    for number in range(count):
        person = Subject(SubjectKind.STAFF, chance.choice(people))
        facts.append(
            Fact(FactSource.INSPECTIONS, f"{number}", person, MONTH, "hygiene.window.07", 1, "柜台")
        )
        started = time.perf_counter()
        async with database.transaction() as session:
            ledger = LedgerRepository(session)
            month = await ledger.month(MONTH)
            assert month is not None
            touched = await ledger.post(
                month, facts, [FactSource.INSPECTIONS], version_no=1, now=NOW
            )
            only = {subject.id for subject in touched}
            assert only == {person.id}
            await ledger.reckon(MONTH, CARD, last=LAST, version_no=1, only=only)
        took.append((time.perf_counter() - started) * 1000)
    return median(took)


async def _read_board(ground: Ground, port: int) -> Round:
    token = ground.token(ground.office)
    requests = [get("/api/v1/scores?month=2026-03&kind=staff&limit=50", token)]
    await drive(port, requests, status=200, connections=4, seconds=1)
    return await drive(port, requests, status=200, connections=4, seconds=4)


@asynccontextmanager
async def _database(url: str) -> AsyncIterator[Database]:
    database = Database.connect(url, Settings(statement_timeout_seconds=900))
    try:
        yield database
    finally:
        await database.close()


async def _connect(url: str) -> asyncpg.Connection:
    return await asyncpg.connect(url.replace("postgresql+asyncpg", "postgresql"), timeout=10)
