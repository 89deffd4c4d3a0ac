"""Proposals: made by the records or by a person, and decided by a person with a reason."""

from datetime import date
from uuid import UUID

from yimen.core.audit import record_audit
from yimen.core.database import new_id
from yimen.core.errors import (
    AppError,
    Conflict,
    FieldProblem,
    Forbidden,
    InvalidInput,
    NotFound,
    Refusal,
)
from yimen.core.numbering import take_numbers
from yimen.core.outbox import publish_event
from yimen.core.pagination import Page
from yimen.core.preconditions import require_version
from yimen.core.schemas import AllowedAction
from yimen.domains.discipline.access import may_decide
from yimen.domains.discipline.enums import KINDS_OF, MeasureKind, MeasureState, ProposalState
from yimen.domains.discipline.models import DisciplinaryMeasure, MeasureProposal
from yimen.domains.discipline.repository import ProposalRow
from yimen.domains.discipline.schemas import (
    ConfirmCommand,
    DropCommand,
    EvidenceRead,
    MeasureRead,
    ProposalCreate,
    ProposalQuery,
    ProposalRead,
)
from yimen.domains.discipline.service import (
    DisciplineDesk,
    MeasureService,
    NotYourMeasure,
    OwnMeasure,
)
from yimen.domains.discipline.service_walking import PROPOSAL, proposal_facts
from yimen.domains.rulebook.enums import Measure, Target
from yimen.domains.rulebook.rules_tables import Ground
from yimen.domains.scoring.rules_words import say_article

SERIES = "CF"


class ProposalNotFound(NotFound):
    code = "proposal_of_measure_not_found"
    title = "没有找到该处理建议。"


class ProposalDecided(Conflict):
    code = "proposal_of_measure_decided"
    title = "该处理建议已经有了结果，不能再决定。"


class GroundUnfit(InvalidInput):
    code = "ground_unfit"
    title = "所选情形与处理的对象或种类不符，请重新选择。"


class ProposalService:
    """Proposals as the office and the director handle them."""

    def __init__(self, desk: DisciplineDesk, measures: MeasureService) -> None:
        self.desk = desk
        self.discipline = desk.discipline
        self.measures = measures
        self.caller = desk.caller
        self.now = desk.now

    async def list_page(self, query: ProposalQuery) -> Page[ProposalRead]:
        """What was proposed, the newest first."""
        rows, cursor, total = await self.discipline.proposals_page(query)
        return Page(items=[self.present(row) for row in rows], next_cursor=cursor, total=total)

    async def read(self, proposal_id: UUID) -> ProposalRead:
        """One proposal as it stands; raises ProposalNotFound."""
        row = await self.discipline.proposal(proposal_id)
        if row is None:
            raise ProposalNotFound
        return self.present(row)

    async def propose(self, wish: ProposalCreate) -> ProposalRead:
        """Propose what no record proves; raises GroundUnfit."""
        if wish.day > self.desk.today:
            raise _unfit("/day", "事情发生的日期还没有到。")
        ground = self._ground(wish.ground_code, wish.day)
        department_id, window_id = await self._place(ground.target, wish)
        proposal = await self.discipline.add(
            MeasureProposal(
                id=new_id(),
                key=None,
                state=ProposalState.OPEN,
                ground_code=ground.code,
                ground_label=ground.label,
                article=ground.article,
                also=[],
                edition_code=self.desk.edition(wish.day).code,
                measure=ground.measure,
                target=ground.target,
                staff_id=wish.staff_id,
                window_id=window_id,
                department_id=department_id,
                person_name=wish.person_name,
                day=wish.day,
                evidence=[{"source": "person", "day": wish.day.isoformat(), "text": wish.text}],
                proposed_at=self.now,
                proposed_by_name=self.caller.name,
            )
        )
        await self._tell(proposal, "propose", None)
        return await self.read(proposal.id)

    async def confirm(self, proposal_id: UUID, seen: int, wish: ConfirmCommand) -> MeasureRead:
        """Decide the measure; raises GroundUnfit, ProposalDecided."""
        proposal = await self._begin(proposal_id)
        ground = self._ground(wish.ground_code or proposal.ground_code, proposal.day)
        kind = _kind(ground, wish.kind)
        refusal = may_decide(ground.target, kind, proposal.staff_id, self.caller)
        _raise(refusal)
        self._require_open(proposal, seen)
        if ground.target is Target.WINDOW and proposal.window_id is None:
            raise _unfit("/ground_code", "没有查明窗口，不能处理窗口。")
        if ground.target is not Target.WINDOW and not (proposal.staff_id or proposal.person_name):
            raise _unfit("/ground_code", "没有查明人员，不能处理人员。")
        old = proposal_facts(proposal)
        proposal.state = ProposalState.CONFIRMED
        self._sign(proposal, wish.reason)
        is_window = ground.target is Target.WINDOW
        numbers = await take_numbers(self.discipline.session, [SERIES], self.desk.today)
        measure = await self.discipline.add(
            DisciplinaryMeasure(
                id=new_id(),
                measure_number=numbers[SERIES],
                kind=kind,
                state=MeasureState.DECIDED,
                target=ground.target,
                staff_id=None if is_window else proposal.staff_id,
                window_id=proposal.window_id,
                department_id=proposal.department_id,
                person_name=None if is_window else proposal.person_name,
                proposal_id=proposal.id,
                ground_code=ground.code,
                ground_label=ground.label,
                article=ground.article,
                edition_code=proposal.edition_code,
                statement=wish.statement,
                decided_on=self.desk.today,
                decided_at=self.now,
                decided_by_id=self.caller.account_id,
                decided_by_name=self.caller.name,
            )
        )
        await self._tell(proposal, "confirm", old)
        shown = await self.measures.end(measure, "decide", None)
        await self._propose_leader(measure, ground)
        await self.desk.walker.resting_on(measure)
        return shown

    async def drop(self, proposal_id: UUID, seen: int, wish: DropCommand) -> ProposalRead:
        """Decide that nothing follows, with the reason."""
        proposal = await self._begin(proposal_id)
        _raise(self._why_not(proposal))
        self._require_open(proposal, seen)
        old = proposal_facts(proposal)
        proposal.state = ProposalState.DROPPED
        self._sign(proposal, wish.reason)
        await self._tell(proposal, "drop", old)
        return await self.read(proposal.id)

    async def _begin(self, proposal_id: UUID) -> MeasureProposal:
        proposal = await self.discipline.lock_proposal(proposal_id)
        if proposal is None:
            raise ProposalNotFound
        return proposal

    def _require_open(self, proposal: MeasureProposal, seen: int) -> None:
        require_version(proposal.version, seen)
        if proposal.state is not ProposalState.OPEN:
            raise ProposalDecided(f"该处理建议“{proposal.state.label}”，不能再决定。", allowed=[])

    def _sign(self, proposal: MeasureProposal, reason: str) -> None:
        proposal.decided_at = self.now
        proposal.decided_by_name = self.caller.name
        proposal.reason = reason
        proposal.version += 1

    async def _propose_leader(self, measure: DisciplinaryMeasure, ground: Ground) -> None:
        """The leader responsible is held to account at the same time (DERELICT 三4)."""
        if not ground.code.startswith("derelict.") or measure.target is not Target.PERSON:
            return
        edition = self.desk.edition(measure.decided_on)
        superior = next(one for one in edition.grounds if one.measure is Measure.SUPERIOR)
        leader_id = None
        if measure.department_id is not None:
            chiefs = await self.desk.hall.chiefs_on([measure.department_id], measure.decided_on)
            leader_id = chiefs.get(measure.department_id)
        if leader_id == measure.staff_id:
            leader_id = None
        proposal = await self.discipline.add(
            MeasureProposal(
                id=new_id(),
                key=f"{superior.code}/{measure.id}",
                state=ProposalState.OPEN,
                ground_code=superior.code,
                ground_label=superior.label,
                article=superior.article,
                also=[],
                edition_code=edition.code,
                measure=superior.measure,
                target=superior.target,
                staff_id=leader_id,
                department_id=measure.department_id,
                person_name=None if leader_id else "负有领导责任的人员（待查明）",
                day=measure.decided_on,
                source=f"measure:{measure.id}",
                evidence=[
                    {
                        "source": f"measure:{measure.id}",
                        "day": measure.decided_on.isoformat(),
                        "text": f"所属人员因失职被{measure.kind.label}"
                        f"（{measure.measure_number}，{say_article(measure.article)}）",
                    }
                ],
                proposed_at=self.now,
            )
        )
        await self._tell(proposal, "propose", None)

    def _ground(self, code: str, day: date) -> Ground:
        try:
            return self.desk.edition(day).ground(code)
        except KeyError as error:
            raise _unfit("/ground_code", "当时的制度版本没有这个情形。") from error

    async def _place(self, target: Target, wish: ProposalCreate) -> tuple[UUID | None, UUID | None]:
        """Department and window of what is proposed against; raises GroundUnfit."""
        try:
            match target:
                case Target.PERSON:
                    if wish.staff_id is None:
                        raise _unfit("/staff_id", "该情形针对工作人员，请填写人员。")
                    await self.desk.hall.staff_member(wish.staff_id)
                    return await self.discipline.place_of(wish.staff_id, wish.day)
                case Target.WINDOW:
                    if wish.window_id is None or wish.staff_id or wish.person_name:
                        raise _unfit("/window_id", "该情形针对窗口，请只填写窗口。")
                    window = await self.desk.hall.window(wish.window_id)
                    return window.department_id, window.id
                case Target.LEADER:
                    if wish.department_id is None or not (wish.staff_id or wish.person_name):
                        raise _unfit("/department_id", "该情形针对单位领导，请填写单位和姓名。")
                    if wish.staff_id is not None:
                        await self.desk.hall.staff_member(wish.staff_id)
                    department = await self.desk.hall.department(wish.department_id)
                    return department.id, None
        except NotFound as error:
            raise _unfit("/staff_id", error.detail) from error

    async def _tell(
        self, proposal: MeasureProposal, act: str, old: dict[str, object] | None
    ) -> None:
        await self.discipline.session.flush()
        await record_audit(
            self.discipline.session,
            caller=self.caller,
            action=f"discipline.{act}",
            subject_type=PROPOSAL,
            subject_id=proposal.id,
            old=old,
            new=proposal_facts(proposal),
        )
        await publish_event(
            self.discipline.session,
            kind=f"measure_proposal.{act}",
            subject_type=PROPOSAL,
            subject_id=proposal.id,
            facts=proposal_facts(proposal),  # the office's and the director's alone
            occurred_at=self.now,
        )

    def _why_not(self, proposal: MeasureProposal) -> Refusal | None:
        """Why the caller may not decide it: each kind that it may come to has who decides it."""
        kinds = sorted(KINDS_OF[proposal.measure])
        return may_decide(proposal.target, kinds[0], proposal.staff_id, self.caller)

    def _allowed(self, proposal: MeasureProposal) -> list[AllowedAction]:
        refusal = self._why_not(proposal)
        if refusal is None and proposal.state is not ProposalState.OPEN:
            refusal = Refusal(
                ProposalDecided.code, f"该处理建议“{proposal.state.label}”，不能再决定。"
            )
        return [AllowedAction.of(action, refusal) for action in ("confirm", "drop")]

    def present(self, row: ProposalRow) -> ProposalRead:
        """A proposal as its caller sees it."""
        proposal, names, measure_id = row
        return ProposalRead(
            id=proposal.id,
            state=proposal.state,
            state_label=proposal.state.label,
            measure=proposal.measure,
            measure_label=proposal.measure.label,
            ground_code=proposal.ground_code,
            ground_label=proposal.ground_label,
            article=proposal.article,
            also=proposal.also,
            edition_code=proposal.edition_code,
            target=proposal.target,
            target_label=proposal.target.label,
            staff_id=proposal.staff_id,
            person_name=names.staff_name or proposal.person_name,
            window_id=proposal.window_id,
            window_number=names.window_number,
            department_id=proposal.department_id,
            department_name=names.department_name,
            day=proposal.day,
            proof=proposal.proof,
            evidence=[EvidenceRead.model_validate(line) for line in proposal.evidence],
            proposed_at=proposal.proposed_at,
            proposed_by_name=proposal.proposed_by_name,
            decided_at=proposal.decided_at,
            decided_by_name=proposal.decided_by_name,
            reason=proposal.reason,
            measure_id=measure_id,
            allowed_actions=self._allowed(proposal),
            version=proposal.version,
        )


def _kind(ground: Ground, wanted: MeasureKind | None) -> MeasureKind:
    """What is decided: the ground leaves one kind, or the person chose between two."""
    kinds = KINDS_OF[ground.measure]
    if wanted is None and len(kinds) == 1:
        return next(iter(kinds))
    if wanted is None:
        raise _unfit("/kind", "该情形可以诫勉教育，也可以效能告诫，请选定一种。")
    if wanted not in kinds:
        names = "、".join(sorted(kind.label for kind in kinds))
        raise _unfit("/kind", f"该情形只能给予{names}。")
    return wanted


def _raise(refusal: Refusal | None) -> None:
    if refusal is None:
        return
    if refusal.code == OwnMeasure.code:
        raise OwnMeasure(refusal.reason)
    if refusal.code == NotYourMeasure.code:
        raise NotYourMeasure(refusal.reason)
    raise Forbidden(refusal.reason)


def _unfit(pointer: str, sentence: str) -> AppError:
    return GroundUnfit(sentence, errors=[FieldProblem(pointer, GroundUnfit.code, sentence)])
