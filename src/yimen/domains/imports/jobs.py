"""What gets on with imported files: the queued job, and the watch over those that stopped."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from yimen.core.dependencies import Context
from yimen.core.job_queue import QueuedWork
from yimen.core.periodic import PeriodicJob
from yimen.domains.cases.dependencies import OpenFollower
from yimen.domains.imports.dependencies import taker_opener
from yimen.domains.imports.repository import JobRepository
from yimen.domains.imports.service_files import RUN, forget_old, queue_stopped
from yimen.domains.imports.service_running import run_import


async def queue_stopped_imports(session: AsyncSession, now: datetime) -> None:
    await queue_stopped(JobRepository(session), now)


async def forget_old_imports(session: AsyncSession, now: datetime) -> None:
    await forget_old(JobRepository(session), now)


def queued(followers: Sequence[OpenFollower]) -> dict[str, QueuedWork]:
    """The queued work; ``followers`` are the deadlines that move with the calendar."""

    async def run_queued(context: Context, text: str) -> None:
        """Get on with the file that a job names."""
        opener = taker_opener(context, followers)
        await run_import(context, UUID(text), opener)

    return {RUN: run_queued}


JOBS = [
    PeriodicJob("imports.queue_stopped", every_seconds=3, work=queue_stopped_imports),
    PeriodicJob("imports.forget_old", every_seconds=3600, work=forget_old_imports),
]
