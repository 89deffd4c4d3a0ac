"""How FastAPI, and the clock, build the services of leave."""

from datetime import datetime
from typing import Annotated

from fastapi import Depends

from yimen.core.dependencies import AnyCaller, DbSession, Now
from yimen.domains.calendars.dependencies import Calendars, calendar_service
from yimen.domains.leave.repository import LeaveRepository, Session
from yimen.domains.leave.service import LeaveDesk, LeaveService
from yimen.domains.leave.service_outings import OutingService
from yimen.domains.leave.service_outlook import OutlookService
from yimen.domains.leave.service_steps import LeaveStepService
from yimen.domains.leave.service_substitutes import SubstituteService
from yimen.domains.organisation.dependencies import Organisation, hall_of_the_clock
from yimen.domains.organisation.service_posts import PostService
from yimen.domains.organisation.service_staffing import StaffingService
from yimen.domains.rulebook.dependencies import Rulebook, rulebook_service


async def leave_service(
    *,
    session: DbSession,
    caller: AnyCaller,
    now: Now,
    calendars: Calendars,
    rulebook: Rulebook,
    hall: Organisation,
) -> LeaveService:
    return LeaveService(
        LeaveDesk(
            leave=LeaveRepository(session),
            calendars=calendars,
            rulebook=rulebook,
            hall=hall,
            posts=PostService(hall),
            staffing=StaffingService(hall),
            caller=caller,
            now=now,
        )
    )


async def leave_of_the_clock(session: Session, now: datetime) -> LeaveService:
    """For what happens by the mere passing of time: no caller."""
    rulebook = await rulebook_service()
    hall = await hall_of_the_clock(session, now)
    return LeaveService(
        LeaveDesk(
            leave=LeaveRepository(session),
            calendars=await calendar_service(session, rulebook, now),
            rulebook=rulebook,
            hall=hall,
            posts=PostService(hall),
            staffing=StaffingService(hall),
            caller=None,
            now=now,
        )
    )


Leave = Annotated[LeaveService, Depends(leave_service)]


async def outlook_service(leave: Leave) -> OutlookService:
    return OutlookService(leave)


async def leave_step_service(leave: Leave) -> LeaveStepService:
    return LeaveStepService(leave)


async def substitute_service(leave: Leave) -> SubstituteService:
    return SubstituteService(leave)


async def outing_service(leave: Leave) -> OutingService:
    return OutingService(leave)


Outlook = Annotated[OutlookService, Depends(outlook_service)]
LeaveSteps = Annotated[LeaveStepService, Depends(leave_step_service)]
Substitutes = Annotated[SubstituteService, Depends(substitute_service)]
Outings = Annotated[OutingService, Depends(outing_service)]
