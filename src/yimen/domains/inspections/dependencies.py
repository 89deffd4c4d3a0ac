"""How FastAPI, and the clock, build the services of inspections."""

from datetime import datetime
from typing import Annotated

from fastapi import Depends

from yimen.core.dependencies import AnyCaller, DbSession, Now
from yimen.domains.calendars.dependencies import Calendars
from yimen.domains.inspections.repository import InspectionRepository, Session
from yimen.domains.inspections.service import InspectionDesk, InspectionService
from yimen.domains.inspections.service_calendar import RefusalFollower
from yimen.domains.inspections.service_findings import FindingService
from yimen.domains.inspections.service_rounds import RoundService
from yimen.domains.inspections.service_subjects import SubjectService
from yimen.domains.leave.dependencies import Leave, leave_of_the_clock
from yimen.domains.organisation.dependencies import Organisation
from yimen.domains.rulebook.dependencies import Rulebook


async def inspection_service(
    *,
    session: DbSession,
    caller: AnyCaller,
    now: Now,
    calendars: Calendars,
    rulebook: Rulebook,
    hall: Organisation,
    leave: Leave,
) -> InspectionService:
    return InspectionService(
        InspectionDesk(
            inspections=InspectionRepository(session),
            hall=hall,
            leave=leave,
            calendars=calendars,
            rulebook=rulebook,
            caller=caller,
            now=now,
        )
    )


async def inspections_of_the_clock(session: Session, now: datetime) -> InspectionService:
    """For what is asked by the mere passing of time: no caller."""
    leave = await leave_of_the_clock(session, now)
    return InspectionService(
        InspectionDesk(
            inspections=InspectionRepository(session),
            hall=leave.desk.hall,
            leave=leave,
            calendars=leave.desk.calendars,
            rulebook=leave.desk.rulebook,
            caller=None,
            now=now,
        )
    )


Inspections = Annotated[InspectionService, Depends(inspection_service)]


async def round_service(reading: Inspections) -> RoundService:
    return RoundService(reading)


async def finding_service(reading: Inspections) -> FindingService:
    return FindingService(reading, RoundService(reading))


async def subject_service(reading: Inspections) -> SubjectService:
    return SubjectService(reading.desk)


Rounds = Annotated[RoundService, Depends(round_service)]
Findings = Annotated[FindingService, Depends(finding_service)]
Subjects = Annotated[SubjectService, Depends(subject_service)]


async def follow_calendar(session: DbSession, now: datetime) -> RefusalFollower:
    """What of inspections moves when the calendar changes."""
    return RefusalFollower((await inspections_of_the_clock(session, now)).desk)
