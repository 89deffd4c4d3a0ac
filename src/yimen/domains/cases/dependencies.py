"""How FastAPI, and the clock, build the services of cases."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, Request

from yimen.core.caller import Caller
from yimen.core.dependencies import AnyCaller, DbSession, Now, ServiceContext
from yimen.domains.calendars.dependencies import Calendars, calendar_service
from yimen.domains.calendars.service_calendar import DeadlineFollower
from yimen.domains.cases.repository import CaseRepository
from yimen.domains.cases.repository_facts import CaseFactRepository, Session
from yimen.domains.cases.repository_past import PastCaseRepository
from yimen.domains.cases.service import Bench, CaseService
from yimen.domains.cases.service_calendar import CalendarChangeService
from yimen.domains.cases.service_charges import ChargeService
from yimen.domains.cases.service_clock import ClockService
from yimen.domains.cases.service_custody import CustodyService
from yimen.domains.cases.service_editions import EditionChangeService
from yimen.domains.cases.service_facts import CaseFacts
from yimen.domains.cases.service_intake import IntakeService
from yimen.domains.cases.service_joint import ConferenceOpinions, JointService
from yimen.domains.cases.service_past import PastCaseService
from yimen.domains.cases.service_public import PublicCaseService
from yimen.domains.cases.service_refusal import RefusalService
from yimen.domains.cases.service_steps import StepService
from yimen.domains.catalog.dependencies import open_catalog
from yimen.domains.organisation.dependencies import Organisation
from yimen.domains.papers.dependencies import Papers, paper_service
from yimen.domains.rulebook.dependencies import Drafts, rulebook_service


async def open_bench(
    session: DbSession, caller: AnyCaller, now: Now, context: ServiceContext
) -> Bench:
    # called, not asked for: FastAPI would solve what they ask for once more, at each of them
    rulebook = await rulebook_service()
    return Bench(
        cases=CaseRepository(session),
        catalog=open_catalog(session, caller, now),
        calendars=await calendar_service(session, rulebook, now),
        rulebook=rulebook,
        papers=await paper_service(session),
        personal_data=context.personal_data,
        caller=caller,
        now=now,
    )


CaseBench = Annotated[Bench, Depends(open_bench)]


async def case_service(bench: CaseBench) -> CaseService:
    return CaseService(bench)


async def intake_service(bench: CaseBench) -> IntakeService:
    return IntakeService(bench)


async def step_service(bench: CaseBench, organisation: Organisation) -> StepService:
    return StepService(bench, organisation)


async def clock_service(steps: Annotated[StepService, Depends(step_service)]) -> ClockService:
    return ClockService(steps)


async def joint_service(
    steps: Annotated[StepService, Depends(step_service)],
    cases: Annotated[CaseService, Depends(case_service)],
) -> JointService:
    return JointService(steps, cases)


async def custody_service(steps: Annotated[StepService, Depends(step_service)]) -> CustodyService:
    return CustodyService(steps)


async def charge_service(steps: Annotated[StepService, Depends(step_service)]) -> ChargeService:
    return ChargeService(steps)


async def refusal_service(steps: Annotated[StepService, Depends(step_service)]) -> RefusalService:
    return RefusalService(steps)


def open_conference_opinions(
    session: DbSession, caller: Caller | None, now: datetime
) -> ConferenceOpinions:
    """For a conference, and for the clock that ends its waiting: there is no caller then."""
    return ConferenceOpinions(CaseRepository(session), caller=caller, now=now)


OpenFollower = Callable[[DbSession, datetime], Awaitable[DeadlineFollower[Any]]]
"""How a domain above gives its deadlines to the change of the calendar."""


async def calendar_change_service(
    bench: CaseBench, session: DbSession, request: Request
) -> CalendarChangeService:
    above: Sequence[OpenFollower] = request.app.state.calendar_followers
    return CalendarChangeService(bench, [await follow(session, bench.now) for follow in above])


async def edition_change_service(
    changes: Annotated[CalendarChangeService, Depends(calendar_change_service)], drafts: Drafts
) -> EditionChangeService:
    return EditionChangeService(changes, drafts)


async def public_case_service(
    session: DbSession, now: Now, calendars: Calendars, papers: Papers
) -> PublicCaseService:
    return PublicCaseService(
        CaseRepository(session),
        catalog=open_catalog(session, None, now),
        calendars=calendars,
        papers=papers,
        now=now,
    )


async def past_case_service(session: DbSession, caller: AnyCaller, now: Now) -> PastCaseService:
    return PastCaseService(PastCaseRepository(session), caller=caller, now=now)


Cases = Annotated[CaseService, Depends(case_service)]
Intake = Annotated[IntakeService, Depends(intake_service)]
Steps = Annotated[StepService, Depends(step_service)]
Clock = Annotated[ClockService, Depends(clock_service)]
Joint = Annotated[JointService, Depends(joint_service)]
MaterialCustody = Annotated[CustodyService, Depends(custody_service)]
CaseCharges = Annotated[ChargeService, Depends(charge_service)]
Refusals = Annotated[RefusalService, Depends(refusal_service)]
PublicCases = Annotated[PublicCaseService, Depends(public_case_service)]
CalendarChanges = Annotated[CalendarChangeService, Depends(calendar_change_service)]
PastCases = Annotated[PastCaseService, Depends(past_case_service)]
EditionChanges = Annotated[EditionChangeService, Depends(edition_change_service)]


async def facts_of_the_clock(session: Session, now: datetime) -> CaseFacts:
    """For what judges and does not show: no caller."""
    return CaseFacts(CaseFactRepository(session), now)
