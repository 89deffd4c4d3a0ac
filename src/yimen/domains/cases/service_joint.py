"""Joint cases: the cooperating departments are asked, speak, or are deemed to agree by silence."""

from uuid import UUID

from yimen.core.database import new_id
from yimen.core.errors import Conflict, InvalidInput
from yimen.core.pagination import Page
from yimen.domains.cases.enums import CaseAction, CaseEventKind, OpinionState
from yimen.domains.cases.models import CaseOpinion
from yimen.domains.cases.schemas import CaseRead
from yimen.domains.cases.schemas_clock import (
    AskOpinionCommand,
    GiveOpinionCommand,
    OpinionQuery,
    OpinionRead,
)
from yimen.domains.cases.service import CaseService
from yimen.domains.cases.service_silence import SILENCE, deem_if_silent
from yimen.domains.cases.service_steps import StepService
from yimen.domains.organisation.service import OrganisationService

ARTICLE = "MGMT 十一(四)"


class OwnDepartment(InvalidInput):
    code = "own_department"
    title = "牵头部门不必征求本部门的意见。"


class AlreadyAsked(Conflict):
    code = "opinion_already_asked"
    title = "已经征求过该部门的意见。"
    constraint = "uq_case_opinions_case_id_department_id"


class DeemedAlready(Conflict):
    code = "opinion_deemed"
    title = "答复期限已过，已视为同意，不能再答复。"


class JointService:
    """Opinions of cooperating departments on a case (MGMT 十一(四), 十六)."""

    def __init__(self, steps: StepService, cases: CaseService) -> None:
        self.steps = steps
        self.reading = cases
        self.bench = steps.bench
        self.cases = steps.cases
        self.organisation: OrganisationService = steps.organisation

    async def ask(self, case_id: UUID, seen: int, wish: AskOpinionCommand) -> CaseRead:
        """Ask a department, with a due date of its own. Raises OwnDepartment, AlreadyAsked."""
        step = await self.steps.begin(case_id, seen, CaseAction.ASK_OPINION)
        if wish.department_id == step.case.department_id:
            raise OwnDepartment(article=ARTICLE)
        department = await self.organisation.department(wish.department_id)
        days = wish.working_days or self.bench.limit("cases.opinion_days")
        due_at = step.calendar.due_at(self.bench.now, days).at
        await self.cases.add(
            CaseOpinion(
                id=new_id(),
                case_id=step.case.id,
                department_id=wish.department_id,
                question=wish.question,
                working_days=days,
                asked_at=self.bench.now,
                due_at=due_at,
                state=OpinionState.ASKED,
                text=None,
                given_at=None,
                given_by_name=None,
            )
        )
        step.happened(
            CaseEventKind.OPINION_ASKED,
            ARTICLE,
            wish.question,
            {"department": department.name, "due_at": due_at},
        )
        return await self.steps.end(step)

    async def give(self, case_id: UUID, seen: int, wish: GiveOpinionCommand) -> CaseRead:
        """The department's chief representative answers; it may be answered anew until the end.

        An answer after the due date is taken down, but the deemed agreement stands (MGMT 十六).
        Raises DeemedAlready.
        """
        step = await self.steps.begin(case_id, seen, CaseAction.GIVE_OPINION)
        department_id = self.bench.caller.department_id
        assert department_id is not None
        opinion = await self.cases.opinion_to_give(case_id, department_id)
        deem_if_silent(opinion, self.bench.now)
        if opinion.state is OpinionState.DEEMED_AGREED:
            raise DeemedAlready(article=SILENCE)
        opinion.state = OpinionState.AGREED if wish.agrees else OpinionState.OBJECTED
        opinion.text = wish.text
        opinion.given_at = self.bench.now
        opinion.given_by_name = self.bench.caller.name
        step.happened(
            CaseEventKind.OPINION_GIVEN,
            ARTICLE,
            wish.text,
            {"department_id": opinion.department_id, "state": opinion.state.value},
        )
        return await self.steps.end(step)

    async def of_case(self, case_id: UUID) -> list[OpinionRead]:
        """What the departments were asked about a case, and said."""
        await self.reading.find(case_id)
        return [
            present_opinion(opinion, name) for opinion, name in await self.cases.opinions(case_id)
        ]

    async def list_page(self, query: OpinionQuery) -> Page[OpinionRead]:
        """Opinions asked of the caller's department; for the office and the director, of all."""
        rows, cursor, total = await self.cases.opinions_page(query, self.bench.caller)
        items = [present_opinion(row.CaseOpinion, row.department_name) for row in rows]
        return Page(items=items, next_cursor=cursor, total=total)


def present_opinion(opinion: CaseOpinion, department_name: str) -> OpinionRead:
    """An opinion on the wire."""
    return OpinionRead(
        id=opinion.id,
        case_id=opinion.case_id,
        department_id=opinion.department_id,
        department_name=department_name,
        question=opinion.question,
        asked_at=opinion.asked_at,
        due_at=opinion.due_at,
        state=opinion.state,
        text=opinion.text,
        given_at=opinion.given_at,
        given_by_name=opinion.given_by_name,
    )
