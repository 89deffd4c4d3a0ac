"""What happens to conferences by the mere passing of time."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from yimen.core.periodic import PeriodicJob
from yimen.domains.calendars.dependencies import calendar_service
from yimen.domains.cases.dependencies import open_conference_opinions
from yimen.domains.conferences.repository import ConferenceRepository
from yimen.domains.conferences.service_meeting import settle_conference
from yimen.domains.rulebook.dependencies import rulebook_service

BATCH = 100


async def settle_silent_conferences(session: AsyncSession, now: datetime) -> None:
    """Take the silence of departments past their date for agreement (MGMT 十六)."""
    conferences = ConferenceRepository(session)
    # the calendar before any row, as everybody whose dates rest on it
    await (await calendar_service(session, await rulebook_service(), now)).hold()
    case_opinions = open_conference_opinions(session, None, now)
    for conference in await conferences.with_silence(now, BATCH):
        await settle_conference(
            conference, conferences=conferences, case_opinions=case_opinions, now=now
        )


JOBS = [PeriodicJob("conferences.settle_silence", every_seconds=30, work=settle_silent_conferences)]
