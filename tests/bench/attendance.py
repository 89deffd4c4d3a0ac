"""What attendance costs: files of touches against a bare ``COPY``, a month against plain SQL.

The yardstick of an import is a ``COPY`` of the very rows that it leaves, in the file's order, into
a table like ``punches`` with all its indexes, in the same run and in turn with it. The import is
the whole act: reading the file, telling its faults, writing only what is new, keeping the file,
audit, event and commit. The yardstick of a derived month is one statement that aggregates the
touches of each person, day and half and writes nothing.
"""

import asyncio
import gc
import io
import json
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import asyncpg
import psutil
import xlsxwriter
from tests.attendance_factories import make_clock, publish_years, take_file
from tests.bench.ground import another_database
from tests.factories import make_department, make_window

from yimen.core.clock import HALL_ZONE
from yimen.core.config import Settings
from yimen.core.database import Database
from yimen.domains.attendance.jobs import derive_marked

LINES = 100_000
DIRTY_EVERY = 100
PEOPLE = 10_000
NOW = datetime(2026, 4, 2, 10, 0, tzinfo=HALL_ZONE)
FIRST, LAST = date(2026, 3, 1), date(2026, 3, 31)
_DIRTY = (
    "ZZZZZZZZZZ\t2047-02-30 19:13:30\t1\t90\t90\t1515870810",
    "       20\t2131-01-08 08:46:56\t1\t255\t32\t-1",
    "         \t2026-03-10 10:00:00\t1\t0\t1\t0",
    "   710012\t2000-01-01 00:00:48\t1\t0\t2\t808678932",
    "what is this",
)
_EMPTY = "TRUNCATE punches, punch_files, punch_faults, punch_batches, attendance_marks"

_SEED_PEOPLE = """
    WITH people AS (
        INSERT INTO staff_members (id, staff_number, name, department_id, post, version)
        SELECT gen_random_uuid(), 'P' || n, '工作人员' || n, $1, '窗口工作人员', 1
        FROM generate_series(1, $2::integer) AS n
        RETURNING id, substr(staff_number, 2) AS number
    ), serving AS (
        INSERT INTO window_services (id, staff_id, window_id, starts_on)
        SELECT gen_random_uuid(), id, $3, date '2026-01-05' FROM people
    )
    INSERT INTO clock_users (id, clock_id, device_user_id, staff_id, starts_on, version)
    SELECT gen_random_uuid(), $4, number, id, date '2026-01-05', 1 FROM people
"""
# Four touches a working day, some a little late or early, one in two hundred not there.
_SEED_TOUCHES = """
    INSERT INTO punches (clock_id, device_user_id, punched_at, batch_id, received_at, line, state)
    SELECT $1, n::text,
        (day + due
            + (abs(hashint8(n * 1000 + extract(doy FROM day)::bigint * 7 + place)) % 900 - 780)
            * interval '1 second' * CASE WHEN place % 2 = 1 THEN 1 ELSE -1 END)
            AT TIME ZONE 'Asia/Shanghai',
        $2, timestamptz '2026-04-01 10:00+08', 1, '0'
    FROM generate_series(1, $3::integer) AS n
    CROSS JOIN generate_series(timestamp '2026-03-02', '2026-03-31', interval '1 day') AS day
    CROSS JOIN (VALUES (1, interval '10:00'), (2, interval '14:00'), (3, interval '15:30'),
        (4, interval '19:30')) AS shift (place, due)
    WHERE extract(isodow FROM day) < 6
        AND abs(hashint8(n * 77 + extract(doy FROM day)::bigint * 5 + place)) % 200 > 0
    ORDER BY n::text COLLATE "C", 3
"""
_AGGREGATE = """
    SELECT count(*) FROM (
        SELECT known.staff_id, moment.at / 86400 AS day,
            min(moment.at % 86400) FILTER (WHERE moment.at % 86400 <= 35100),
            max(moment.at % 86400) FILTER (WHERE moment.at % 86400 <= 35100),
            min(moment.at % 86400) FILTER (WHERE moment.at % 86400 > 35100),
            max(moment.at % 86400) FILTER (WHERE moment.at % 86400 > 35100),
            count(*)
        FROM clock_users AS known
        JOIN punches AS punch ON punch.clock_id = known.clock_id
            AND punch.device_user_id = known.device_user_id
        CROSS JOIN LATERAL (
            SELECT date_part('epoch', punch.punched_at)::bigint + 10800 AS at
        ) AS moment
        WHERE punch.punched_at >= '2026-03-01 05:00+08' AND punch.punched_at < '2026-04-01 05:00+08'
        GROUP BY 1, 2
    ) AS days
"""


@dataclass(frozen=True, slots=True)
class Imported:
    """What importing a file took, beside the bare COPY of its rows."""

    ratio: float
    import_ms: float
    copy_ms: float
    rows: int
    faults: int
    extra_mb: float
    """Of the importing process and its database backend together, above idle, at the peak; without
    the process that reads a workbook, which has some 24 more."""


@dataclass(frozen=True, slots=True)
class Derived:
    """What deriving a month took."""

    ratio: float
    """Of the raw aggregate's time to ours."""
    seconds: float
    aggregate_seconds: float
    again_seconds: float
    """When nothing comes out otherwise."""
    person_days: int
    extra_mb: float


def lines_of_log() -> list[str]:
    """A month and more of 70 people's touches as a clock lists them, every hundredth line dirty."""
    draw = random.Random(4)
    lines: list[str] = []
    day = date(2022, 1, 3)
    users = [f"{user:>9}" for user in range(710_001, 710_071)]
    while len(lines) < LINES:
        if day.weekday() < 5:
            touches = sorted(
                (due * 3600 + draw.randint(-600, 200), user)
                for due in (10, 14, 16, 20)
                for user in users
            )
            for at, user in touches:
                if len(lines) % DIRTY_EVERY == DIRTY_EVERY - 1:
                    lines.append(_DIRTY[len(lines) // DIRTY_EVERY % len(_DIRTY)])
                time_of_day = f"{at // 3600:02}:{at // 60 % 60:02}:{at % 60:02}"
                lines.append(f"{user}\t{day} {time_of_day}\t1\t0\t1\t0")
        day += timedelta(days=1)
    return lines[:LINES]


def as_xlsx(lines: Sequence[str]) -> bytes:
    """The same as a workbook."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["考勤号", "打卡时间", "设备", "状态", "验证方式", "工作代码"])
        for number, line in enumerate(lines, 1):
            for place, cell in enumerate(line.split("\t")):
                sheet.write_string(number, place, cell.strip())
    return content.getvalue()


class Memory:
    """The peak of this process and a backend, or of a backend alone, above where they stood."""

    def __init__(self, backend: int, *, is_alone: bool = False) -> None:
        self._own = None if is_alone else psutil.Process()
        self._backend = psutil.Process(backend)
        self._done = threading.Event()
        self.idle = self._now()
        self.peak = self.idle
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def _now(self) -> int:
        own = 0 if self._own is None else self._own.memory_info().rss
        backend = self._backend.memory_info()
        return int(own + backend.rss - backend.shared)

    def _watch(self) -> None:
        while not self._done.wait(0.003):
            self.peak = max(self.peak, self._now())

    def stop(self) -> float:
        """Megabytes above idle at the peak."""
        self._done.set()
        self._thread.join()
        return (self.peak - self.idle) / 2**20


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Database]:
    """The service's way to a database, with one connection, so that its backend is known."""
    database = Database.connect(url, Settings(pool_size=1, statement_timeout_seconds=120))
    try:
        yield database
    finally:
        await database.close()


async def backend_of(database: Database) -> int:
    async with database.reading() as session:
        connection = await (await session.connection()).get_raw_connection()
        driver: Any = connection.driver_connection
        return int(driver.get_server_pid())


async def _import(database: Database, file: bytes) -> tuple[float, int, int]:
    started = time.perf_counter()
    async with database.transaction() as session:
        report = await take_file(session, file, NOW)
    return time.perf_counter() - started, report.new_count, report.fault_count


async def _rows(connection: asyncpg.Connection) -> bytes:
    rows = io.BytesIO()
    await connection.copy_from_query("SELECT * FROM punches ORDER BY line", output=rows)
    return rows.getvalue()


async def _bare_copy(connection: asyncpg.Connection, rows: bytes) -> float:
    await connection.execute("CREATE TABLE bare (LIKE punches INCLUDING ALL)")
    started = time.perf_counter()
    await connection.copy_to_table("bare", source=io.BytesIO(rows))
    took = time.perf_counter() - started
    await connection.execute("DROP TABLE bare")
    return took


async def measure_import(
    url: str, socket_dir: str, name: str, file: bytes, rounds: int
) -> Imported:
    """Import a file and copy its rows bare, in turn."""
    connection = await asyncpg.connect(host=socket_dir, user="postgres", database=name)
    ours: list[float] = []
    bare: list[float] = []
    megabytes: list[float] = []
    new = faults = 0
    async with opened(url) as database:
        await _import(database, file)  # what is loaded and prepared once
        for _ in range(rounds):
            await connection.execute(_EMPTY)
            await connection.execute("CHECKPOINT")
            memory = Memory(await backend_of(database))
            took, new, faults = await _import(database, file)
            megabytes.append(memory.stop())
            rows = await _rows(connection)
            await connection.execute("CHECKPOINT")
            bare.append(await _bare_copy(connection, rows))
            ours.append(took)
        await connection.execute(_EMPTY)
    await connection.close()
    return Imported(
        ratio=median(one / other for one, other in zip(bare, ours, strict=True)),
        import_ms=median(ours) * 1000,
        copy_ms=median(bare) * 1000,
        rows=new,
        faults=faults,
        extra_mb=max(megabytes),
    )


async def measure_month(url: str, socket_dir: str, name: str) -> Derived:
    """Derive a month of everybody, then once more with nothing new."""
    connection = await asyncpg.connect(host=socket_dir, user="postgres", database=name)
    await _seed(connection, url)
    aggregates = []
    for _ in range(3):
        started = time.perf_counter()
        await connection.fetchval(_AGGREGATE)
        aggregates.append(time.perf_counter() - started)
    async with opened(url) as database:
        memory = Memory(await backend_of(database))
        took = await _derive_all(database, connection)
        megabytes = memory.stop()
        person_days: int = await connection.fetchval("SELECT count(*) FROM attendance_days")
        again = await _derive_all(database, connection)
    await connection.close()
    return Derived(
        ratio=median(aggregates) / took,
        seconds=took,
        aggregate_seconds=median(aggregates),
        again_seconds=again,
        person_days=person_days,
        extra_mb=megabytes,
    )


async def _seed(connection: asyncpg.Connection, url: str) -> None:
    async with opened(url) as database, database.transaction() as session:
        department = await make_department(session)
        window = await make_window(session, department)
        await publish_years(session, 2026)
    clock = await connection.fetchval("SELECT id FROM time_clocks")
    await connection.execute(_SEED_PEOPLE, department, PEOPLE, window, clock)
    batch = await connection.fetchval(
        """
        INSERT INTO punch_batches (id, clock_id, kind, received_at, received_by_name, line_count,
            punch_count, repeated_count, fault_count, version)
        VALUES (gen_random_uuid(), $1, 'file', now(), '', 0, 0, 0, 0, 1) RETURNING id
        """,
        clock,
    )
    await connection.execute(_SEED_TOUCHES, clock, batch, PEOPLE, timeout=300)
    await connection.execute("VACUUM ANALYZE", timeout=300)


async def _derive_all(database: Database, connection: asyncpg.Connection) -> float:
    """Mark everybody's month and work the marks off as the worker would, without its pauses."""
    await connection.execute("UPDATE attendance_progress SET swept_at = $1", NOW)
    await connection.execute(
        "INSERT INTO attendance_marks (first_on, last_on, cause) VALUES ($1, $2, 'calendar')",
        FIRST,
        LAST,
    )
    started = time.perf_counter()
    while await connection.fetchval("SELECT EXISTS (SELECT FROM attendance_marks)"):
        async with database.transaction() as session:
            await derive_marked(session, NOW)
    return time.perf_counter() - started


# --- in a process of its own, so that its memory is its own


@contextmanager
def own_database(socket_dir: Path, url: str, name: str) -> Iterator[str]:
    """A migrated database with a clock, whose touches may be emptied between rounds."""

    async def prepare() -> None:
        connection = await asyncpg.connect(host=str(socket_dir), user="postgres", database=name)
        await connection.execute("DROP TRIGGER punches_append_only ON punches")
        await connection.execute("DROP TRIGGER punch_files_append_only ON punch_files")
        await connection.close()
        async with opened(own) as database, database.transaction() as session:
            await make_clock(session, in_use_from=date(2021, 1, 1))

    with another_database(url, name) as own:
        asyncio.run(prepare())
        yield own


def run(socket_dir: Path, url: str, rounds: int) -> tuple[Imported, Imported, Derived]:
    """The log, the workbook and the month, each measured in a fresh process."""
    name = f"attendance_{os.getpid()}"
    with own_database(socket_dir, url, name) as own:

        def measured(what: str) -> dict[str, Any]:
            command = [sys.executable, "-m", "tests.bench.attendance", what, own]
            command += [str(socket_dir), name, str(rounds)]
            found: dict[str, Any] = json.loads(subprocess.check_output(command))
            return found

        return (
            Imported(**measured("log")),
            Imported(**measured("xlsx")),
            Derived(**measured("month")),
        )


def main(what: str, url: str, socket_dir: str, name: str, rounds: str) -> None:
    measures: dict[str, Callable[[], Any]] = {
        "log": lambda: measure_import(
            url, socket_dir, name, "\n".join(lines_of_log()).encode(), int(rounds)
        ),
        "xlsx": lambda: measure_import(url, socket_dir, name, as_xlsx(lines_of_log()), int(rounds)),
        "month": lambda: measure_month(url, socket_dir, name),
    }
    gc.collect()
    gc.freeze()
    print(json.dumps(asdict(asyncio.run(measures[what]()))))


if __name__ == "__main__":
    main(*sys.argv[1:])
