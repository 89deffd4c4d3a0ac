"""What happens to cases by the mere passing of time."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from yimen.core.clock import hall_day
from yimen.core.periodic import PeriodicJob
from yimen.domains.calendars.dependencies import calendar_service
from yimen.domains.cases.repository import CaseRepository
from yimen.domains.cases.service_silence import settle_opinions, settle_silence
from yimen.domains.rulebook.dependencies import rulebook_service

BATCH = 200


async def settle_silent_cases(session: AsyncSession, now: datetime) -> None:
    """Deem accepted what nobody answered, end what nobody completed, let stopped clocks go on."""
    cases = CaseRepository(session)
    calendars = await calendar_service(session, await rulebook_service(), now)
    calendar = await calendars.hold()
    waiting = [
        *await cases.silent_too_long(now, BATCH),
        *await cases.not_completed(hall_day(now), BATCH),
        *await cases.suspended_too_long(now, BATCH),
    ]
    for case in waiting:
        await settle_silence(await cases.name(case), cases=cases, calendar=calendar, now=now)
    for case in await cases.with_silent_opinions(now, BATCH):
        await settle_opinions(case, cases=cases, now=now)


JOBS = [PeriodicJob("cases.settle_silence", every_seconds=15, work=settle_silent_cases)]
