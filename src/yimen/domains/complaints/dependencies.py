"""How FastAPI builds the services of complaints."""

from datetime import datetime
from typing import Annotated

from fastapi import Depends

from yimen.core.dependencies import AnyCaller, DbSession, Now, ServiceContext
from yimen.domains.calendars.dependencies import Calendars
from yimen.domains.complaints.repository import ComplaintRepository, Session
from yimen.domains.complaints.service import ComplaintDesk, ComplaintFacts, ComplaintService
from yimen.domains.complaints.service_calendar import ComplaintFollower
from yimen.domains.complaints.service_public import PublicComplaintService
from yimen.domains.complaints.service_steps import ComplaintStepService
from yimen.domains.organisation.dependencies import Organisation
from yimen.domains.rulebook.dependencies import Rulebook, rulebook_service


async def complaint_desk(
    *,
    session: DbSession,
    calendars: Calendars,
    rulebook: Rulebook,
    context: ServiceContext,
    now: Now,
) -> ComplaintDesk:
    return ComplaintDesk(
        ComplaintRepository(session), calendars, rulebook, context.personal_data, now
    )


Desk = Annotated[ComplaintDesk, Depends(complaint_desk)]


async def facts_of_the_clock(session: Session) -> ComplaintFacts:
    """For the domains above, which judge and do not show."""
    return ComplaintFacts(ComplaintRepository(session))


async def complaint_service(desk: Desk, hall: Organisation, caller: AnyCaller) -> ComplaintService:
    return ComplaintService(desk, hall, caller)


Complaints = Annotated[ComplaintService, Depends(complaint_service)]


async def complaint_step_service(complaints: Complaints) -> ComplaintStepService:
    return ComplaintStepService(complaints)


async def public_complaint_service(desk: Desk) -> PublicComplaintService:
    return PublicComplaintService(desk)


ComplaintSteps = Annotated[ComplaintStepService, Depends(complaint_step_service)]
PublicComplaints = Annotated[PublicComplaintService, Depends(public_complaint_service)]


async def follow_calendar(session: DbSession, now: datetime) -> ComplaintFollower:
    """What of complaints moves when the calendar changes."""
    return ComplaintFollower(ComplaintRepository(session), await rulebook_service(), now)
