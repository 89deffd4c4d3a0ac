"""What happens to leave by the mere passing of time."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from yimen.core.periodic import PeriodicJob
from yimen.domains.leave.dependencies import leave_of_the_clock
from yimen.domains.leave.service_steps import LeaveStepService

BATCH = 200


async def note_overstays(session: AsyncSession, now: datetime) -> None:
    """Note who has not come back when work began again after their leave (ATTEND 三(三))."""
    await LeaveStepService(await leave_of_the_clock(session, now)).note_overstays(BATCH)


JOBS = [PeriodicJob("leave.note_overstays", every_seconds=300, work=note_overstays)]
