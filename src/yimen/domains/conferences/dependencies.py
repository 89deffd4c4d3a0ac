"""How FastAPI builds the services of conferences."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends

from yimen.core.caller import Caller
from yimen.core.dependencies import AnyCaller, DbSession, Now
from yimen.domains.calendars.dependencies import Calendars
from yimen.domains.cases.dependencies import Cases, open_conference_opinions
from yimen.domains.conferences.repository import ConferenceRepository
from yimen.domains.conferences.service import ConferenceBench, ConferenceService
from yimen.domains.conferences.service_calendar import AfterwardsFollower
from yimen.domains.conferences.service_calling import CallingService
from yimen.domains.conferences.service_facts import ConferenceFacts
from yimen.domains.conferences.service_meeting import MeetingService
from yimen.domains.rulebook.dependencies import Rulebook


async def conference_service(
    *,
    session: DbSession,
    caller: AnyCaller,
    now: Now,
    cases: Cases,
    calendars: Calendars,
    rulebook: Rulebook,
) -> ConferenceService:
    return ConferenceService(
        ConferenceBench(
            conferences=ConferenceRepository(session),
            cases=cases,
            case_opinions=open_conference_opinions(session, caller, now),
            calendars=calendars,
            rulebook=rulebook,
            caller=caller,
            now=now,
        )
    )


Conferences = Annotated[ConferenceService, Depends(conference_service)]


async def calling_service(base: Conferences) -> CallingService:
    return CallingService(base)


async def meeting_service(base: Conferences) -> MeetingService:
    return MeetingService(base)


Calling = Annotated[CallingService, Depends(calling_service)]
Meeting = Annotated[MeetingService, Depends(meeting_service)]


async def conference_facts(session: DbSession) -> ConferenceFacts:
    """For the domain above, which judges and does not show."""
    return ConferenceFacts(ConferenceRepository(session))


async def follow_calendar(session: DbSession, now: datetime) -> AfterwardsFollower:
    """What of conferences moves when the calendar changes."""
    return AfterwardsFollower(ConferenceRepository(session), now)


async def reads_papers(session: DbSession, subject_id: UUID, caller: Caller) -> bool:
    """Who reads the papers of a conference: who is invited."""
    return await ConferenceRepository(session).find(subject_id, caller) is not None
