"""What happens to appointments by the mere passing of time."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from yimen.core.periodic import PeriodicJob
from yimen.domains.appointments.dependencies import appointments_of_the_clock

BATCH = 200


async def close_past(session: AsyncSession, now: datetime) -> None:
    """Note who did not come, and the requests that nobody decided on in time."""
    steps = await appointments_of_the_clock(session, now)
    await steps.close_missed(BATCH)
    await steps.close_undecided(BATCH)


async def remind_colleagues(session: AsyncSession, now: datetime) -> None:
    """Tell windows again that their help is needed (APPOINT 四)."""
    await (await appointments_of_the_clock(session, now)).remind_colleagues(BATCH)


JOBS = [
    PeriodicJob("appointments.close_past", every_seconds=60, work=close_past),
    PeriodicJob("appointments.remind_colleagues", every_seconds=300, work=remind_colleagues),
]
