"""The limit on what one address may ask: the window slides, and all processes count together."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from hypothesis import example, given, settings
from hypothesis import strategies as st

from yimen.core.clock import HALL_ZONE
from yimen.core.config import Settings
from yimen.core.database import Database
from yimen.core.rate_limits import KEPT, SLOT, RateCounter, count_request, seconds_to_wait

NOW = datetime(2026, 3, 10, 11, 0, 30, tzinfo=HALL_ZONE)


@pytest.mark.parametrize(
    ("count", "previous", "elapsed", "limit", "wait"),
    [
        (1, 0, 0, 10, 0),
        (10, 0, 59, 10, 0),
        (11, 0, 0, 10, 71),  # 60 s, then 11 × (1 − 11/60) + 1 is within 10
        (2, 10, 0, 10, 18),  # 10 × (1 − 18/60) + 3 is 10
        (5, 10, 30, 10, 0),
        (6, 10, 30, 10, 12),  # 10 × (1 − 42/60) + 7 is 10
        (2, 5, 0, 1, 120),
        (1, 1, 0, 1, 120),
    ],
)
def test_the_window_slides(count: int, previous: int, elapsed: int, limit: int, wait: int) -> None:
    assert seconds_to_wait(count, previous, timedelta(seconds=elapsed), limit) == wait


@settings(deadline=None)  # a busy machine is no fault of the rule
@given(
    st.integers(1, 500),
    st.integers(0, 500),
    st.timedeltas(timedelta(0), SLOT - timedelta(microseconds=1)),
    st.integers(1, 300),
)
@example(count=500, previous=0, elapsed=timedelta(0), limit=2)
@example(count=269, previous=0, elapsed=timedelta(0), limit=269)
@example(count=402, previous=0, elapsed=timedelta(0), limit=269)  # 402 × 40/60 + 1 is 269
def test_whoever_waits_as_told_is_let_through(
    count: int, previous: int, elapsed: timedelta, limit: int
) -> None:
    wait = seconds_to_wait(count, previous, elapsed, limit)
    then = elapsed + timedelta(seconds=wait)
    if not wait:
        assert count <= limit
    elif then < SLOT:
        assert seconds_to_wait(count + 1, previous, then, limit) == 0
    elif then < 2 * SLOT:
        assert seconds_to_wait(1, count, then - SLOT, limit) == 0
    else:  # nothing of this minute reaches that far; no whole second longer than it must be
        assert then < 2 * SLOT + timedelta(seconds=1)


@pytest.fixture(scope="module")
def address(new_database: Callable[[str], str]) -> str:
    return new_database("rates")


async def test_processes_count_together(address: str) -> None:
    patient = Settings(pool_size=5, pool_timeout_seconds=60)
    processes = [Database.connect(address, patient) for _ in range(2)]

    async def ask(database: Database) -> int:
        async with database.transaction() as session:
            return await count_request(session, "public:10.0.0.1", limit=25, now=NOW)

    try:
        waits = await asyncio.gather(*(ask(processes[n % 2]) for n in range(60)))
    finally:
        for database in processes:
            await database.close()
    assert sum(wait == 0 for wait in waits) == 25


async def test_counters_nobody_needs_are_cleared_away(address: str) -> None:
    database = Database.connect(address, Settings(pool_size=2))
    try:
        async with database.transaction() as session:
            await session.execute(sa.delete(RateCounter))
            for n in range(10):
                await count_request(session, f"public:{n}", limit=9, now=NOW)
            later = NOW + KEPT + timedelta(minutes=2)
            for _ in range(6):
                assert await count_request(session, "public:new", limit=9, now=later) == 0
            left = (await session.scalars(sa.select(RateCounter.bucket))).all()
            assert left == ["public:new"]
            persistence = await session.scalar(
                sa.text("SELECT relpersistence FROM pg_class WHERE relname = 'rate_counters'")
            )
            assert persistence in (b"u", "u")
    finally:
        await database.close()
