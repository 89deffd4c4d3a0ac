"""The measured hall: a PostgreSQL of its own with production's durability, and many cases."""

import asyncio
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import asyncpg
from tests.catalog_factories import make_item
from tests.factories import (
    make_account,
    make_department,
    make_login,
    make_service,
    make_staff_member,
    make_window,
)

from yimen.core.caller import Role
from yimen.core.clock import system_now
from yimen.core.config import Settings
from yimen.core.database import Database
from yimen.core.embedded_postgres import start_embedded
from yimen.core.migrations import upgrade
from yimen.core.start import new_secrets
from yimen.core.tokens import TokenSigner

WINDOWS = 32
COMMITTED_DAYS = 5
SEEDED_YEARS = 3

# Cases of the last three years, evenly spread over time and windows. All but those of the last
# days have ended; none is so late that the service's own jobs would move it during the bench.
_SEED = """
INSERT INTO cases
SELECT
    uuidv7(received_at - now()),
    'BJ-' || to_char(received_at, 'YYYY') || '-' || lpad(n::text, 7, '0'),
    place.item_id, place.version_id, place.item_name, place.kind,
    place.window_id, place.department_id, place.staff_id,
    state, 5, 'person', (ARRAY['阿依古丽','王红','李军','巴合提','张伟','古丽娜'])[n % 6 + 1]
        || '·' || (ARRAY['买买提','努尔兰','哈德尔','建国'])[n % 4 + 1],
    'resident_id', decode(md5(n::text) || md5(n::text), 'hex'), sha256(int8send(n % 400000)),
    decode(md5(n::text), 'hex'), sha256(int8send(n % 300000 + 1)),
    received_at, received_at, false,
    CASE WHEN state = 'received' THEN received_at + interval '9 days' END,
    CASE WHEN state = 'awaiting_supplement' THEN received_at::date + 30 END,
    CASE WHEN state NOT IN ('received', 'awaiting_supplement', 'not_accepted')
        THEN received_at END,
    false,
    CASE WHEN state NOT IN ('received', 'awaiting_supplement', 'not_accepted')
        THEN date_trunc('day', received_at) + interval '7 days 20 hours' END,
    false,
    CASE WHEN state IN ('granted', 'delivered')
        THEN received_at + n % 8 * interval '1 day' END,
    NULL, CASE WHEN state = 'dismissed' THEN 'not_lawful' END,
    CASE WHEN state = 'delivered' THEN received_at + n % 8 * interval '25 hours' END,
    CASE WHEN state = 'delivered' THEN 'pick_up' END,
    NULL, 1, 0, 1, NULL::timestamptz, NULL, NULL::date, md5(n::text)
FROM (
    SELECT n, now() - (($1::bigint - n + 1) * interval '1 day' * 1095 / $1) AS received_at
    FROM generate_series(1, $1::bigint) AS n
) AS spread
CROSS JOIN LATERAL (
    SELECT CASE
        WHEN received_at < now() - interval '8 days' THEN
            CASE WHEN n % 20 < 16 THEN 'delivered' WHEN n % 20 = 16 THEN 'granted'
                WHEN n % 20 = 17 THEN 'withdrawn' WHEN n % 20 = 18 THEN 'dismissed'
                ELSE 'not_accepted' END
        ELSE CASE WHEN n % 10 < 6 THEN 'accepted' WHEN n % 10 = 6 THEN 'received'
            WHEN n % 10 = 7 THEN 'awaiting_supplement' ELSE 'granted' END
    END AS state
) AS stage
JOIN LATERAL (
    SELECT item.id AS item_id, version.id AS version_id, version.name AS item_name, version.kind,
        at.window_id, item.department_id, service.staff_id,
        row_number() OVER (ORDER BY item.id) - 1 AS ordinal
    FROM service_items AS item
    JOIN item_versions AS version ON version.item_id = item.id
    JOIN item_windows AS at ON at.version_id = version.id
    JOIN window_services AS service ON service.window_id = at.window_id
) AS place ON place.ordinal = abs(hashint8(n)) % $2
ORDER BY n
"""

# As if each had been taken in within the last three days, complete.
_OPEN_ALL = """
    UPDATE cases SET state = 'accepted', received_at = at, registered_at = at, accepted_at = at,
        due_at = date_trunc('day', at) + interval '7 days 20 hours', decided_at = NULL,
        dismissal_ground = NULL, deemed_acceptance_at = NULL, supplement_due_on = NULL,
        delivered_at = NULL, delivery_method = NULL
    FROM (
        SELECT id, now() - random() * interval '3 days' AS at FROM cases
    ) AS taken_in WHERE taken_in.id = cases.id
"""


@dataclass(frozen=True, slots=True)
class Person:
    """Someone logged in: a clerk at a window with its item, or the office."""

    account_id: UUID
    session_id: UUID
    item_id: UUID | None
    window_id: UUID | None


@dataclass(frozen=True)
class Ground:
    """A seeded database, its people, and the keys that service and bench share."""

    url: str
    socket_dir: Path
    postgres_dir: Path
    keys: Mapping[str, str]
    clerks: Sequence[Person]
    office: Person
    cases: int

    def token(self, person: Person) -> str:
        """A token as a log-in gives it, good for 15 minutes."""
        signer = TokenSigner(key=self.keys["YIMEN_JWT_SECRET"])
        return signer.issue(
            subject=str(person.account_id),
            session_id=str(person.session_id),
            scope="person",
            now=system_now(),
        )

    async def connect(self) -> asyncpg.Connection:
        """A connection of the bench itself."""
        return await _connect(self.url)


@contextmanager
def prepared_ground(folder: Path, cases: int) -> Iterator[Ground]:
    """Start the server in a folder, with a hall and so many cases; one that is there is used."""
    server = start_embedded(folder)
    try:
        upgrade(server.url)
        yield asyncio.run(_prepare(server.url, folder / "postgres", cases))
    finally:
        server.stop()


@contextmanager
def another_database(url: str, name: str) -> Iterator[str]:
    """A migrated, empty database beside the hall's, which is dropped at the end."""

    async def administer(statement: str) -> None:
        connection = await _connect(url, database="postgres")
        await connection.execute(statement)
        await connection.close()

    own = url.replace("/yimen?", f"/{name}?")
    assert own != url
    asyncio.run(administer(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
    asyncio.run(administer(f"CREATE DATABASE {name} TEMPLATE template0"))
    try:
        upgrade(own)
        yield own
    finally:
        asyncio.run(administer(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))


@contextmanager
def ground_beside(beside: Ground, cases: int) -> Iterator[Ground]:
    """A hall of its own with so many cases on the same server."""
    with another_database(beside.url, f"beside_{os.getpid()}") as url:
        yield asyncio.run(_prepare(url, beside.postgres_dir, cases))


@contextmanager
def ground_of_open_cases(beside: Ground, cases: int) -> Iterator[Ground]:
    """A hall of its own on the same server, whose cases are all accepted and still open."""
    with ground_beside(beside, cases) as ground:
        asyncio.run(_open_all(ground))
        yield ground


async def _open_all(ground: Ground) -> None:
    connection = await ground.connect()
    await connection.execute(_OPEN_ALL, timeout=900)
    await connection.execute("VACUUM (ANALYZE) cases", timeout=900)
    await connection.close()


async def _connect(url: str, database: str | None = None) -> asyncpg.Connection:
    parts = urlsplit(url)
    return await asyncpg.connect(
        host=parse_qs(parts.query)["host"][0],
        user="postgres",
        database=database or parts.path.removeprefix("/"),
        timeout=10,
    )


async def _prepare(url: str, postgres_dir: Path, cases: int) -> Ground:
    socket_dir = parse_qs(urlsplit(url).query)["host"][0]
    connection = await _connect(url)
    try:
        if not await connection.fetchval("SELECT EXISTS (SELECT FROM accounts)"):
            await _furnish(url)
        found: int = await connection.fetchval("SELECT count(*) FROM cases")
        if not found:
            await _seed(connection, cases)
            found = cases
        people = await connection.fetch(
            """
            SELECT account.id, login.id, version.item_id, service.window_id, account.role
            FROM accounts AS account
            JOIN login_sessions AS login ON login.account_id = account.id
            LEFT JOIN window_services AS service ON service.staff_id = account.staff_id
            LEFT JOIN item_windows AS at ON at.window_id = service.window_id
            LEFT JOIN item_versions AS version ON version.id = at.version_id
            ORDER BY account.id
            """
        )
    finally:
        await connection.close()
    return Ground(
        url=url,
        socket_dir=Path(socket_dir),
        postgres_dir=postgres_dir,
        keys=new_secrets(),
        clerks=[Person(*row[:4]) for row in people if row["role"] == Role.WINDOW],
        office=next(Person(*row[:4]) for row in people if row["role"] == Role.OFFICE),
        cases=found,
    )


async def _furnish(url: str) -> None:
    """A department with a window, a clerk and an item, so many times; and the office."""
    database = Database.connect(url, Settings())
    try:
        async with database.transaction() as session:
            for number in range(1, WINDOWS + 1):
                department = await make_department(session, name=f"县第{number}局")
                window = await make_window(session, department, number=f"{number:02}")
                clerk = await make_staff_member(session, department)
                await make_service(session, clerk, window)
                account = await make_account(session, Role.WINDOW, staff_id=clerk)
                await make_login(session, account)
                await make_item(
                    session,
                    department,
                    [window],
                    name=f"食品经营许可(第{number}类)",
                    item_code=None,
                    committed_days=COMMITTED_DAYS,
                )
            office = await make_staff_member(session)
            await make_login(session, await make_account(session, Role.OFFICE, staff_id=office))
    finally:
        await database.close()


async def _seed(connection: asyncpg.Connection, cases: int) -> None:
    """All rows in one statement; the indexes are built after it, as a restore does."""
    indexes = await connection.fetch(
        """
        SELECT indexname, indexdef FROM pg_indexes
        WHERE tablename = 'cases' AND indexname <> 'pk_cases' AND indexname NOT LIKE 'uq_%'
        """
    )
    await connection.execute("SET session_replication_role = replica; SET work_mem = '256MB'")
    await connection.execute("SET maintenance_work_mem = '512MB'")
    for index in indexes:
        await connection.execute(f"DROP INDEX {index['indexname']}")
    await connection.execute(_SEED, cases, WINDOWS, timeout=900)
    for index in indexes:
        await connection.execute(index["indexdef"], timeout=900)
    await connection.execute("VACUUM (ANALYZE, FREEZE)", timeout=900)
    await connection.execute("CHECKPOINT", timeout=900)


def service_environment(ground: Ground, port: int) -> dict[str, str]:
    """The service's settings: all at their defaults but where it is and what it serves."""
    own = {k: v for k, v in os.environ.items() if not k.startswith("YIMEN_")}
    return own | dict(ground.keys) | {"YIMEN_DATABASE_URL": ground.url, "YIMEN_PORT": str(port)}
