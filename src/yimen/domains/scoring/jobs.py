"""What happens to scores by the mere passing of time."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from yimen.core.periodic import PeriodicJob
from yimen.domains.scoring.dependencies import posting_of_the_clock


async def post_facts(session: AsyncSession, now: datetime) -> None:
    """Post what has happened in the hall since the last time."""
    await (await posting_of_the_clock(session, now)).catch_up()


JOBS = [PeriodicJob("scoring.post", every_seconds=2, work=post_facts)]
