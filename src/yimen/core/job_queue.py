"""Jobs on the same PostgreSQL, through pgqueuer: queued in the transaction they follow from.

Its tables live in a schema of their own (``jobs``), made by our migration. A job is only a nudge:
what it is about lies in the domain's table, which alone says whether it is still to be done. So a
job that is lost or comes twice does no harm.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog
from pgqueuer import AsyncpgDriver, Job, Queries
from pgqueuer.adapters.persistence.qb import (
    QueryBuilderEnvironment,
    QueryQueueBuilder,
    QuerySchedulerBuilder,
)
from pgqueuer.core.qm import QueueManager
from pgqueuer.domain.settings import DBSettings, Durability
from pgqueuer.domain.types import Channel
from sqlalchemy.ext.asyncio import AsyncSession

from yimen.core.dependencies import Context

log = structlog.get_logger()

SCHEMA = "jobs"
_SETTINGS = DBSettings(db_schema=SCHEMA, durability=Durability.durable)
_BATCH = 10
_AT_ONCE = 20
_LOST_AFTER = timedelta(seconds=60)
"""A job whose worker has not been heard of for so long is given to another."""
_LOOK_EVERY = timedelta(seconds=5)
_LEAVE_SECONDS = 1.0
_CANCEL_AGAIN_SECONDS = 0.2

QueuedWork = Callable[[Context, str], Awaitable[None]]
"""Does one job; gets its text."""


@dataclass(frozen=True, slots=True)
class QueuedJob:
    """What a job is about; of two with one ``key`` that wait, the second is not queued."""

    text: str
    key: str


def _queries(driver: AsyncpgDriver) -> Queries:
    return Queries(
        driver,
        qbe=QueryBuilderEnvironment(_SETTINGS),
        qbq=QueryQueueBuilder(_SETTINGS),
        qbs=QuerySchedulerBuilder(_SETTINGS),
    )


async def enqueue(
    session: AsyncSession, name: str, jobs: Sequence[QueuedJob], *, after: timedelta | None = None
) -> None:
    """Queue jobs if and only if the session's transaction, which must have begun, commits."""
    if not jobs:
        return
    connection = await (await session.connection()).get_raw_connection()
    raw = connection.driver_connection
    assert raw is not None and raw.is_in_transaction()
    await _queries(AsyncpgDriver(raw)).enqueue(
        [name] * len(jobs),
        [job.text.encode() for job in jobs],
        [0] * len(jobs),
        [after] * len(jobs),
        dedupe_key=[f"{name}:{job.key}" for job in jobs],
        on_conflict="skip",
    )


async def work_queue(context: Context, work: Mapping[str, QueuedWork]) -> None:
    """Do queued jobs for as long as the process lives, on one connection beside the pool."""
    while True:
        try:
            async with context.database.apart() as connection:
                await _work(context, connection, work)
        except asyncio.CancelledError:
            raise
        except Exception as error:
            log.warning("job_queue_interrupted", exc_info=error)
        await asyncio.sleep(2)


async def _work(context: Context, connection: object, work: Mapping[str, QueuedWork]) -> None:
    driver = AsyncpgDriver(connection)
    manager = QueueManager(_queries(driver), Channel(_SETTINGS.channel))
    for name, do in work.items():
        manager.entrypoint(name, accepts_context=False)(_entry(context, do))
    running = asyncio.create_task(
        manager.run(
            dequeue_timeout=_LOOK_EVERY,
            batch_size=_BATCH,
            max_concurrent_tasks=_AT_ONCE,
            shutdown_on_listener_failure=True,
            heartbeat_timeout=_LOST_AFTER,
        )
    )
    try:
        await asyncio.wait({running})
        await running
    finally:
        manager.shutdown.set()
        await end_in_time(running)


async def end_in_time(task: asyncio.Task[None]) -> None:
    """Let it end by itself for a moment, then cancel it for as long as it goes on.

    Once is not enough: a cancelled queue manager still waits for the jobs that it has begun.
    """
    await asyncio.wait({task}, timeout=_LEAVE_SECONDS)
    while not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=_CANCEL_AGAIN_SECONDS)
    if not task.cancelled():
        task.exception()  # looked at, or it would be complained of at the end


def _entry(context: Context, do: QueuedWork) -> Callable[[Job], Awaitable[None]]:
    async def run(job: Job) -> None:
        try:
            await do(context, (job.payload or b"").decode())
        except Exception as error:
            log.error("queued_job_failed", job=job.entrypoint, exc_info=error)

    return run
