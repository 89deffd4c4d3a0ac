"""What each process keeps in hand of the rulebook."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from yimen.core.periodic import PeriodicJob
from yimen.domains.rulebook.service import RulebookService


async def reread_editions(session: AsyncSession, now: datetime) -> None:  # noqa: ARG001 - a job's
    """See what the director has published, here or in another process."""
    await RulebookService().reread(session)


JOBS = [
    PeriodicJob(
        "rulebook.reread_editions", every_seconds=5, work=reread_editions, in_each_process=True
    )
]
