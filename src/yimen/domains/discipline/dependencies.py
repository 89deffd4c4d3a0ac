"""How FastAPI, and the clock, build the services of discipline."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends

from yimen.core.caller import Caller
from yimen.core.dependencies import AnyCaller, DbSession, Now
from yimen.domains.attendance.dependencies import facts_of_the_clock as attendance_facts
from yimen.domains.calendars.dependencies import Calendars
from yimen.domains.cases.dependencies import facts_of_the_clock as case_facts
from yimen.domains.complaints.dependencies import facts_of_the_clock as complaint_facts
from yimen.domains.conferences.dependencies import conference_facts
from yimen.domains.discipline.repository import DisciplineRepository, Session
from yimen.domains.discipline.service import DisciplineDesk, MeasureService
from yimen.domains.discipline.service_appeals import AppealService
from yimen.domains.discipline.service_calendar import AppealFollower
from yimen.domains.discipline.service_facts import DisciplineFacts
from yimen.domains.discipline.service_proposals import ProposalService
from yimen.domains.discipline.service_searching import RecordSearch
from yimen.domains.discipline.service_steps import MeasureStepService
from yimen.domains.discipline.service_walking import Walker
from yimen.domains.inspections.dependencies import inspections_of_the_clock
from yimen.domains.organisation.dependencies import Organisation
from yimen.domains.papers.dependencies import Papers
from yimen.domains.rejections.dependencies import breaches_of_the_clock
from yimen.domains.rulebook.dependencies import Rulebook, rulebook_service
from yimen.domains.scoring.dependencies import facts_of_the_clock as score_facts


async def search_of_the_clock(session: Session, now: datetime) -> RecordSearch:
    """The search asks as nobody."""
    return RecordSearch(
        walker=Walker(DisciplineRepository(session), await rulebook_service(), now),
        attendance=await attendance_facts(session),
        cases=await case_facts(session, now),
        rejections=await breaches_of_the_clock(session, now),
        complaints=await complaint_facts(session),
        conferences=await conference_facts(session),
        inspections=await inspections_of_the_clock(session, now),
        scores=await score_facts(session),
    )


async def facts_of_the_clock(session: Session) -> DisciplineFacts:
    """For the domain above, which judges and does not show."""
    return DisciplineFacts(DisciplineRepository(session), await rulebook_service())


async def record_search(session: DbSession, now: Now) -> RecordSearch:
    return await search_of_the_clock(session, now)


async def discipline_desk(
    *,
    session: DbSession,
    calendars: Calendars,
    rulebook: Rulebook,
    hall: Organisation,
    papers: Papers,
    caller: AnyCaller,
    now: Now,
) -> DisciplineDesk:
    return DisciplineDesk(
        discipline=DisciplineRepository(session),
        calendars=calendars,
        rulebook=rulebook,
        hall=hall,
        papers=papers,
        caller=caller,
        now=now,
    )


Desk = Annotated[DisciplineDesk, Depends(discipline_desk)]


async def measure_service(desk: Desk) -> MeasureService:
    return MeasureService(desk)


Measures = Annotated[MeasureService, Depends(measure_service)]


async def measure_step_service(measures: Measures) -> MeasureStepService:
    return MeasureStepService(measures)


MeasureSteps = Annotated[MeasureStepService, Depends(measure_step_service)]


async def appeal_service(steps: MeasureSteps) -> AppealService:
    return AppealService(steps)


async def proposal_service(desk: Desk, measures: Measures) -> ProposalService:
    return ProposalService(desk, measures)


async def follow_calendar(session: DbSession, now: datetime) -> AppealFollower:
    """What of measures and appeals moves when the calendar changes."""
    return AppealFollower(DisciplineRepository(session), await rulebook_service(), now)


Appeals = Annotated[AppealService, Depends(appeal_service)]
Proposals = Annotated[ProposalService, Depends(proposal_service)]
Search = Annotated[RecordSearch, Depends(record_search)]


async def reads_papers(session: DbSession, subject_id: UUID, caller: Caller) -> bool:
    """Who reads the papers of a measure: whoever sees the measure."""
    return await DisciplineRepository(session).find(subject_id, caller) is not None
