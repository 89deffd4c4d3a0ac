"""What happens to attendance by the mere passing of time."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from yimen.core.periodic import PeriodicJob
from yimen.domains.attendance.dependencies import derivation_of_the_clock


async def derive_marked(session: AsyncSession, now: datetime) -> None:
    """Derive the person-days that something bears on anew, and those of ended shifts."""
    await (await derivation_of_the_clock(session, now)).catch_up()


JOBS = [PeriodicJob("attendance.derive", every_seconds=2, work=derive_marked)]
