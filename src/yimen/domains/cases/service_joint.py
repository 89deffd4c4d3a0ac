"""Joint cases: the cooperating departments are asked, speak, or are deemed to agree by silence."""

from datetime import datetime
from uuid import UUID

from yimen.core.caller import Caller
from yimen.core.database import new_id
from yimen.core.errors import Conflict, InvalidInput
from yimen.core.pagination import Page
from yimen.domains.cases.enums import OPINION_STATES, CaseAction, CaseEventKind, OpinionState
from yimen.domains.cases.models import Case, CaseOpinion
from yimen.domains.cases.repository import CaseRepository
from yimen.domains.cases.schemas import CaseRead
from yimen.domains.cases.schemas_clock import (
    AskOpinionCommand,
    GiveOpinionCommand,
    OpinionQuery,
    OpinionRead,
)
from yimen.domains.cases.service import CaseService
from yimen.domains.cases.service_silence import (
    SILENCE,
    SYSTEM,
    deem_if_silent,
    new_event,
    tell,
)
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

        Not after the due date: the deemed agreement stands (MGMT 十六). Raises DeemedAlready.
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


class ConferenceOpinions:
    """What a conference brings into its cases: questions, opinions, silence (MGMT 十六).

    Each method tells whether the case took it: one that is decided takes nothing any more, an
    opinion that was given is not overwritten by silence, nor a deemed one by a late answer.
    """

    def __init__(self, cases: CaseRepository, *, caller: Caller | None, now: datetime) -> None:
        self.cases = cases
        self.caller = caller
        self.now = now

    async def ask(
        self,
        case_id: UUID,
        department_id: UUID,
        *,
        department_name: str,
        question: str,
        working_days: int,
        due_at: datetime,
    ) -> bool:
        """The department owes its opinion until then; one asked before gets the later date."""
        case, opinion = await self._lock(case_id, department_id)
        if not _takes_opinion(case, department_id):
            return False
        if opinion is None:
            await self._add(
                case, department_id, question=question, working_days=working_days, due_at=due_at
            )
        elif opinion.state is OpinionState.ASKED:
            if due_at > opinion.due_at:
                opinion.asked_at, opinion.working_days = self.now, working_days
                opinion.due_at = due_at
        else:
            return False
        await self._tell(
            case,
            CaseEventKind.OPINION_ASKED,
            question,
            {"department": department_name, "due_at": due_at},
        )
        return True

    async def give(
        self,
        case_id: UUID,
        department_id: UUID,
        *,
        agrees: bool,
        text: str,
        given_at: datetime,
        given_by_name: str,
        question: str,
    ) -> bool:
        """The department spoke, at the conference or after it."""
        case, opinion = await self._lock(case_id, department_id)
        if not _takes_opinion(case, department_id):
            return False
        if opinion is None:
            opinion = await self._add(
                case, department_id, question=question, working_days=0, due_at=self.now
            )
        elif opinion.state is OpinionState.DEEMED_AGREED:
            return False
        opinion.state = OpinionState.AGREED if agrees else OpinionState.OBJECTED
        opinion.text = text
        opinion.given_at = given_at
        opinion.given_by_name = given_by_name
        await self._tell(
            case,
            CaseEventKind.OPINION_GIVEN,
            text,
            {"department_id": department_id, "state": opinion.state.value},
            at=given_at,
        )
        return True

    async def deem(
        self, case_id: UUID, department_id: UUID, *, department_name: str, due_at: datetime
    ) -> bool:
        """The department stayed silent past its date: marked as deemed, never as given."""
        case, opinion = await self._lock(case_id, department_id)
        if opinion is None or not _takes_opinion(case, department_id):
            return False
        if opinion.state is not OpinionState.ASKED or opinion.due_at > due_at:
            return False
        opinion.state = OpinionState.DEEMED_AGREED
        opinion.given_at = opinion.due_at
        await self._tell(
            case,
            CaseEventKind.OPINION_DEEMED,
            None,
            {"department": department_name},
            at=opinion.due_at,
        )
        return True

    async def _lock(self, case_id: UUID, department_id: UUID) -> tuple[Case, CaseOpinion | None]:
        case, opinion = await self.cases.lock_for_opinion(case_id, department_id)
        is_open = _takes_opinion(case, department_id)
        if is_open and opinion is not None and deem_if_silent(opinion, self.now):
            event = new_event(
                case,
                CaseEventKind.OPINION_DEEMED,
                article=SILENCE,
                note=None,
                facts={"department_id": department_id},
                occurred_at=opinion.due_at,
                now=self.now,
                account_id=None,
                actor_name=SYSTEM,
            )
            await tell(case, event, cases=self.cases)
        return case, opinion

    async def _add(
        self,
        case: Case,
        department_id: UUID,
        *,
        question: str,
        working_days: int,
        due_at: datetime,
    ) -> CaseOpinion:
        return await self.cases.add(
            CaseOpinion(
                id=new_id(),
                case_id=case.id,
                department_id=department_id,
                question=question,
                working_days=working_days,
                asked_at=self.now,
                due_at=due_at,
                state=OpinionState.ASKED,
                text=None,
                given_at=None,
                given_by_name=None,
            )
        )

    async def _tell(
        self,
        case: Case,
        kind: CaseEventKind,
        note: str | None,
        facts: dict[str, object],
        at: datetime | None = None,
    ) -> None:
        event = new_event(
            case,
            kind,
            article=SILENCE,
            note=note,
            facts=facts,
            occurred_at=at or self.now,
            now=self.now,
            account_id=self.caller.account_id if self.caller else None,
            actor_name=self.caller.name if self.caller else SYSTEM,
        )
        await tell(case, event, cases=self.cases, caller=self.caller)


def _takes_opinion(case: Case, department_id: UUID) -> bool:
    return case.state in OPINION_STATES and case.department_id != department_id


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
