"""What becomes of a finding: confirmed or refused, decided, corrected, withdrawn."""

from uuid import UUID

from yimen.core.errors import FieldProblem, Forbidden, InvalidInput
from yimen.core.preconditions import require_version
from yimen.domains.inspections.access import why_not
from yimen.domains.inspections.enums import (
    SUBJECT_OF,
    FindingAction,
    FindingState,
)
from yimen.domains.inspections.models import Finding
from yimen.domains.inspections.rules import may_move
from yimen.domains.inspections.schemas import (
    ConfirmCommand,
    CorrectCommand,
    DecideCommand,
    FindingRead,
    RefuseCommand,
    WithdrawCommand,
)
from yimen.domains.inspections.service import (
    FindingNotFound,
    InspectionService,
    NotYoursToDo,
    RefusalLate,
    WrongFindingState,
    facts_of,
    last_day_to_refuse,
    place_of,
)
from yimen.domains.inspections.service_rounds import RoundService


class FindingService:
    """The acts on a finding."""

    def __init__(self, reading: InspectionService, rounds: RoundService) -> None:
        self.reading = reading
        self.rounds = rounds
        self.desk = reading.desk
        self.inspections = reading.inspections

    async def confirm(self, finding_id: UUID, seen: int, wish: ConfirmCommand) -> FindingRead:
        """The inspected accept it."""
        finding = await self._to_change(finding_id, FindingAction.CONFIRM, seen)
        old = facts_of(finding)
        self._answer(finding, FindingState.CONFIRMED, wish.spoken_by)
        return await self._end(finding, "confirmed", old)

    async def refuse(self, finding_id: UUID, seen: int, wish: RefuseCommand) -> FindingRead:
        """The inspected do not accept it; until the office decides, it does not count."""
        finding = await self._to_change(finding_id, FindingAction.REFUSE, seen)
        old = facts_of(finding)
        self._answer(finding, FindingState.REFUSED, wish.spoken_by)
        finding.answer_reason = wish.reason
        return await self._end(finding, "refused", old)

    async def decide(self, finding_id: UUID, seen: int, wish: DecideCommand) -> FindingRead:
        """The office upholds what was refused, or withdraws it."""
        finding = await self._to_change(finding_id, FindingAction.DECIDE, seen)
        old = facts_of(finding)
        state = FindingState.UPHELD if wish.is_upheld else FindingState.WITHDRAWN
        self._decide(finding, state, wish.reason)
        return await self._end(finding, state.value, old)

    async def withdraw(self, finding_id: UUID, seen: int, wish: WithdrawCommand) -> FindingRead:
        """The office takes back what should not have been recorded."""
        finding = await self._to_change(finding_id, FindingAction.WITHDRAW, seen)
        old = facts_of(finding)
        self._decide(finding, FindingState.WITHDRAWN, wish.reason)
        return await self._end(finding, "withdrawn", old)

    async def correct(self, finding_id: UUID, seen: int, wish: CorrectCommand) -> FindingRead:
        """Another finding takes its place, of the same round; returns the new one."""
        calendar = await self.desk.calendars.hold()
        finding = await self._to_change(finding_id, FindingAction.CORRECT, seen)
        found = await self.inspections.lock_round(finding.round_id)
        assert found is not None, "a finding has a round"
        old = facts_of(finding)
        self._decide(finding, FindingState.CORRECTED, wish.reason)
        await self._end(finding, "corrected", old)
        until = last_day_to_refuse(self.desk.today, calendar, self.desk.rulebook)
        made = await self.rounds.write(
            found, wish.content, until, at="/content", replaces_id=finding.id
        )
        return await self.reading.read_finding(made.id)

    async def _to_change(self, finding_id: UUID, action: FindingAction, seen: int) -> Finding:
        finding = await self.inspections.lock(finding_id, self.desk.asker)
        if finding is None:
            raise FindingNotFound
        require_version(finding.version, seen)
        hit = await self.inspections.responsible([finding.id])
        place = place_of(finding, [one.id for one in hit.get(finding.id, [])])
        refusal = why_not(action, place, self.desk.asker, self.desk.today)
        if refusal is None:
            return finding
        if refusal.code in (NotYoursToDo.code, Forbidden.code):
            raise NotYoursToDo(refusal.reason)
        if refusal.code == RefusalLate.code:
            raise RefusalLate(refusal.reason)
        allowed = [
            other.value
            for other in FindingAction
            if why_not(other, place, self.desk.asker, self.desk.today) is None
        ]
        raise WrongFindingState(refusal.reason, allowed=allowed)

    def _answer(self, finding: Finding, state: FindingState, spoken_by: str | None) -> None:
        """Who answered: the caller, or whom the office took it down for."""
        if (finding.kind in SUBJECT_OF) != (spoken_by is not None):
            detail = (
                "请填写是谁答复的。"
                if spoken_by is None
                else "窗口和工作人员的记录由本人答复，不填写代录的答复人。"
            )
            code = "missing" if spoken_by is None else "not_allowed"
            raise InvalidInput(detail, errors=[FieldProblem("/spoken_by", code, detail)])
        _move(finding, state)
        finding.answered_at = self.desk.now
        finding.answered_by_name = spoken_by or self.desk.asker.name

    def _decide(self, finding: Finding, state: FindingState, reason: str) -> None:
        _move(finding, state)
        finding.decided_at = self.desk.now
        finding.decided_by_name = self.desk.asker.name
        finding.decision_reason = reason

    async def _end(self, finding: Finding, act: str, old: dict[str, object]) -> FindingRead:
        finding.version += 1
        await self.inspections.flush()
        await self.reading.tell(finding, act, old=old)
        return await self.reading.read_finding(finding.id)


def _move(finding: Finding, state: FindingState) -> None:
    assert may_move(finding.state, state), f"{finding.state} → {state}"
    finding.state = state
