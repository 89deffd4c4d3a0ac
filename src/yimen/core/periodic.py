"""Work that comes round by itself: a job runs in one process at a time, in a transaction."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from yimen.core.database import Database

log = structlog.get_logger()

Work = Callable[[AsyncSession, datetime], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class PeriodicJob:
    """A named piece of work; ``work`` gets a session that commits when it returns."""

    name: str
    every_seconds: float
    work: Work
    in_each_process: bool = False
    """Renews what every process keeps for itself: done before it serves, and wherever it runs."""

    @property
    def lock(self) -> int:
        digest = hashlib.sha256(f"periodic:{self.name}".encode()).digest()
        return int.from_bytes(digest[:8], "big", signed=True)


async def run_once(job: PeriodicJob, database: Database, now: datetime) -> bool:
    """Do the job now unless another process is at it; tells whether it ran."""
    async with database.transaction() as session:
        if not job.in_each_process:
            held = await session.scalar(sa.select(sa.func.pg_try_advisory_xact_lock(job.lock)))
            if not held:
                return False
        await job.work(session, now)
    return True


async def keep_running(job: PeriodicJob, database: Database, clock: Callable[[], datetime]) -> None:
    """Run the job for as long as the service lives; a failure is logged and tried again."""
    while True:
        await asyncio.sleep(job.every_seconds)
        try:
            await run_once(job, database, clock())
        except asyncio.CancelledError:
            raise
        except Exception as error:
            log.warning("periodic_job_failed", job=job.name, exc_info=error)
