"""How FastAPI, and the clock, build the services of refusals."""

from datetime import datetime
from typing import Annotated

from fastapi import Depends

from yimen.core.dependencies import DbSession
from yimen.domains.calendars.dependencies import calendar_service
from yimen.domains.cases.dependencies import Cases, Refusals
from yimen.domains.organisation.dependencies import Organisation
from yimen.domains.rejections.repository import RejectionRepository, Session
from yimen.domains.rejections.service import RejectionService
from yimen.domains.rejections.service_breaches import BreachFinder
from yimen.domains.rejections.service_calendar import DecisionFollower
from yimen.domains.rejections.service_filing import FilingService
from yimen.domains.rulebook.dependencies import rulebook_service


async def rejection_service(session: DbSession, cases: Cases) -> RejectionService:
    return RejectionService(RejectionRepository(session), cases)


Rejections = Annotated[RejectionService, Depends(rejection_service)]


async def filing_service(
    rejections: Rejections, refusals: Refusals, organisation: Organisation
) -> FilingService:
    return FilingService(rejections, refusals, organisation)


Filing = Annotated[FilingService, Depends(filing_service)]


async def breaches_of_the_clock(session: Session, now: datetime) -> BreachFinder:
    """For what judges and does not show: no caller."""
    rulebook = await rulebook_service()
    calendars = await calendar_service(session, rulebook, now)
    return BreachFinder(RejectionRepository(session), calendars, rulebook, now)


async def follow_calendar(session: DbSession, now: datetime) -> DecisionFollower:
    """What of refusals moves when the calendar changes."""
    return DecisionFollower(RejectionRepository(session), await rulebook_service(), now)
