"""What awards do by the mere passing of time: follow scores and measures, decide nothing."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from yimen.core.periodic import PeriodicJob
from yimen.domains.awards.dependencies import rating_of_the_clock

YEARS_FOLLOWED = 2
"""How far back a revoked measure can still open a grade: an appeal is decided long before."""


async def follow_changes(session: AsyncSession, now: datetime) -> None:
    """Open again what people decided on scores or measures that have changed since."""
    desk = await rating_of_the_clock(session, now)
    for year in sorted(await desk.awards.drafted_years())[-YEARS_FOLLOWED:]:
        rating = await desk.awards.rating(year, for_change=True)
        if rating is not None:
            await desk.refresh(rating)


JOBS = [PeriodicJob("awards.follow_changes", every_seconds=300, work=follow_changes)]
