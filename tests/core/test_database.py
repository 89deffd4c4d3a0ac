"""Sessions, transactions and hot statements, on a database where commits are real."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from yimen.core.config import Settings
from yimen.core.database import Database, HotStatement, let_go, table_of
from yimen.core.error_handlers import describe_database, describe_integrity
from yimen.core.errors import Unavailable
from yimen.core.idempotency import IdempotencyKey, StillRunning
from yimen.core.numbering import NumberSeries

_series = table_of(NumberSeries)
_keys = table_of(IdempotencyKey)
SERIES = sa.bindparam("series", type_=sa.Text())
PUT = HotStatement(sa.insert(_series).values(series=SERIES, year=2026, last=1))
LAST = HotStatement(sa.select(_series.c.last).where(_series.c.series == SERIES))
TRANSACTION = HotStatement(sa.select(sa.func.pg_current_xact_id_if_assigned().cast(sa.Text())))
BACKEND = HotStatement(sa.select(sa.func.pg_backend_pid()))
CLOCK = HotStatement(sa.select(sa.func.now()))


@pytest.fixture(scope="module")
async def committed(new_database: Callable[[str], str]) -> AsyncIterator[Database]:
    """One connection, so that whatever is wrong with it meets the next who asks."""
    database = Database.connect(new_database("sessions"), Settings(pool_size=1))
    yield database
    await database.close()


async def last_of(database: Database, series: str) -> int | None:
    async with database.reading() as session:
        row = await LAST.row(session, {"series": series})
    return None if row is None else int(row["last"])


async def test_a_transaction_commits_what_objects_and_hot_statements_wrote(
    committed: Database,
) -> None:
    async with committed.transaction() as session:
        session.add(NumberSeries(series="ORM", year=2026, last=7))
        await PUT.rows(session, {"series": "HOT"})
    assert await last_of(committed, "ORM") == 7
    assert await last_of(committed, "HOT") == 1


@pytest.mark.parametrize("fails", ["raised", "cancelled"])
async def test_a_transaction_that_fails_leaves_nothing(committed: Database, fails: str) -> None:
    async def write() -> None:
        async with committed.transaction() as session:
            session.add(NumberSeries(series=f"ORM {fails}", year=2026, last=7))
            await session.flush()
            await PUT.rows(session, {"series": f"HOT {fails}"})
            assert await LAST.value(session, {"series": f"ORM {fails}"}) == 7
            if fails == "raised":
                raise RuntimeError
            await session.execute(sa.text("SELECT pg_sleep(60)"))

    task = asyncio.create_task(write())
    if fails == "cancelled":
        await asyncio.sleep(0.3)
        task.cancel()
    with pytest.raises((RuntimeError, asyncio.CancelledError)):
        await task
    assert await last_of(committed, f"ORM {fails}") is None
    assert await last_of(committed, f"HOT {fails}") is None


async def test_hot_statements_take_part_in_the_session_s_transaction(committed: Database) -> None:
    async with committed.transaction() as session:
        assert await TRANSACTION.value(session) is None
        session.add(NumberSeries(series="SHARED", year=2026, last=7))
        await session.flush()
        own = await session.scalar(sa.select(sa.func.pg_current_xact_id().cast(sa.Text())))
        assert await TRANSACTION.value(session) == own


async def test_a_savepoint_holds_hot_statements_too(committed: Database) -> None:
    async with committed.transaction() as session:
        with pytest.raises(RuntimeError):
            async with session.begin_nested():
                await PUT.rows(session, {"series": "INNER"})
                raise RuntimeError
        await PUT.rows(session, {"series": "OUTER"})
    assert await last_of(committed, "INNER") is None
    assert await last_of(committed, "OUTER") == 1


async def test_each_read_sees_the_newest_state(committed: Database) -> None:
    async def moments(session: AsyncSession) -> list[datetime]:
        found = [await CLOCK.value(session)]
        found.append(await session.scalar(sa.select(sa.func.now())))
        return found

    async with committed.reading() as session:
        first, second = await moments(session)
        assert first < second
    async with committed.transaction() as session:
        first, second = await moments(session)
        assert first == second


async def test_a_violation_by_a_hot_statement_has_its_name(committed: Database) -> None:
    values = {"owner": "o", "key": "k", "fingerprint": b"", "status": 200, "headers": ""}
    put = HotStatement(sa.insert(_keys).values(**values, body=b""))
    with pytest.raises(IntegrityError) as caught:
        async with committed.transaction() as session:
            await put.rows(session)
            await put.rows(session)
    assert isinstance(describe_integrity(caught.value), StillRunning)


async def test_a_connection_that_died_in_the_pool_is_not_handed_out(
    committed: Database, new_database: Callable[[str], str]
) -> None:
    async with committed.reading() as session:
        pid = await BACKEND.value(session)
    other = Database.connect(new_database("killer"), Settings(pool_size=1))
    async with other.reading() as session:
        await session.execute(sa.text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
    await other.close()
    await asyncio.sleep(0.2)
    async with committed.reading() as session:
        assert await BACKEND.value(session) != pid


@pytest.mark.parametrize("hot", [True, False])
async def test_a_connection_that_dies_in_use_is_told_as_unavailable(
    committed: Database, hot: bool
) -> None:
    die = sa.select(sa.func.pg_terminate_backend(sa.func.pg_backend_pid()))
    for opened in (committed.transaction, committed.reading):
        with pytest.raises(DBAPIError) as caught:
            async with opened() as session:
                await (HotStatement(die).rows(session) if hot else session.execute(die))
        assert isinstance(describe_database(caught.value), Unavailable)
    async with committed.transaction() as session:
        assert await LAST.row(session, {"series": "nothing"}) is None


async def test_what_let_go_of_its_connection_leaves_it_to_others(committed: Database) -> None:
    async with committed.transaction() as session:
        await PUT.rows(session, {"series": "SEEN"})
    async with committed.reading() as session:
        seen = (await session.scalars(sa.select(NumberSeries).filter_by(series="SEEN"))).one()
        await let_go(session)
        assert await last_of(committed, "SEEN") == seen.last == 1


def test_a_hot_statement_knows_its_lists_beforehand() -> None:
    with pytest.raises(AssertionError):
        HotStatement(sa.select(_series).where(_series.c.series.in_(["A", "B"])))
