"""The acts on a complaint: accepting, investigating, finding, answering, looking again."""

from datetime import date
from uuid import UUID

from yimen.core.clock import HALL_ZONE, hall_day
from yimen.core.database import new_id
from yimen.core.errors import Conflict, NotFound
from yimen.core.numbering import take_numbers
from yimen.domains.complaints.enums import (
    ComplaintAct,
    ComplaintAction,
    ComplaintFinding,
    ComplaintStage,
    ComplaintState,
)
from yimen.domains.complaints.models import Complaint
from yimen.domains.complaints.rules import Judge, may_move, why_partial
from yimen.domains.complaints.schemas import (
    AcceptCommand,
    AnswerCommand,
    ComplaintRead,
    DeclineCommand,
    FindCommand,
    InvestigateCommand,
    ReopenCommand,
    WithdrawCommand,
)
from yimen.domains.complaints.service import (
    SUBJECT,
    ComplaintService,
    OwnMatter,
    accused_of,
    facts_of,
    unknown,
)
from yimen.domains.papers.enums import PaperKind
from yimen.domains.papers.rules import Issue, complaint_answer
from yimen.domains.papers.service import paper_values


class InvestigatorPartial(Conflict):
    code = "investigator_partial"
    title = "该调查人与投诉有利害关系，应当回避，请另行指派。"


class NobodyAnswers(Conflict):
    code = "complaint_without_accused"
    title = "认定属实的，应写明是哪个窗口或哪位工作人员。"


class ComplaintStepService:
    """What the office does with a complaint, one act at a time."""

    def __init__(self, base: ComplaintService) -> None:
        self.base = base
        self.desk = base.desk
        self.complaints = base.complaints
        self.caller = base.caller
        self.now = base.now

    async def accept(self, complaint_id: UUID, seen: int, wish: AcceptCommand) -> ComplaintRead:
        """The matter is the centre's: it will be looked into."""
        complaint = await self.base.begin(complaint_id, ComplaintAction.ACCEPT, seen)
        old = facts_of(complaint)
        await self._make_out(complaint, wish.window_id, wish.staff_id)
        _move(complaint, ComplaintState.ACCEPTED)
        complaint.accepted_at = self.now
        complaint.finding_due_at = await self.desk.due_at(ComplaintStage.FINDING, self.now)
        return await self._end(complaint, ComplaintAct.ACCEPTED, old, wish.note)

    async def decline(self, complaint_id: UUID, seen: int, wish: DeclineCommand) -> ComplaintRead:
        """Not the centre's matter; the complainant is told whose it is (有诉必理)."""
        complaint = await self.base.begin(complaint_id, ComplaintAction.DECLINE, seen)
        old = facts_of(complaint)
        _move(complaint, ComplaintState.DECLINED)
        complaint.accepted_at = complaint.answered_at = self.now
        complaint.answer = wish.answer
        complaint.answered_how = wish.answered_how
        return await self._end(complaint, ComplaintAct.DECLINED, old, wish.reason)

    async def investigate(
        self, complaint_id: UUID, seen: int, wish: InvestigateCommand
    ) -> ComplaintRead:
        """Name who looks into it; raises InvestigatorPartial."""
        complaint = await self.base.begin(complaint_id, ComplaintAction.INVESTIGATE, seen)
        old = facts_of(complaint)
        name = await self._require_impartial(complaint, wish.investigator_id)
        _move(complaint, ComplaintState.INVESTIGATING)
        complaint.investigator_id = wish.investigator_id
        return await self._end(complaint, ComplaintAct.INVESTIGATOR_NAMED, old, f"调查人：{name}")

    async def find(self, complaint_id: UUID, seen: int, wish: FindCommand) -> ComplaintRead:
        """Decide whether it is true; raises InvestigatorPartial, NobodyAnswers.

        Who is known by name only answers for the window served at that day too (domain.md §8).
        """
        complaint = await self.base.begin(complaint_id, ComplaintAction.FIND, seen)
        old = facts_of(complaint)
        await self._make_out(complaint, wish.window_id, wish.staff_id)
        if complaint.window_id is None and complaint.staff_id is not None:
            served_at = await self._window_of(complaint.staff_id, complaint.occurred_on)
            await self._make_out(complaint, served_at, None)
        assert complaint.investigator_id is not None
        await self._require_impartial(complaint, complaint.investigator_id)
        if wish.finding is ComplaintFinding.SUBSTANTIATED and (
            complaint.window_id is None and complaint.staff_id is None
        ):
            raise NobodyAnswers
        _move(complaint, ComplaintState.FOUND)
        complaint.finding = wish.finding
        complaint.finding_reason = wish.reason
        complaint.statement = wish.statement
        complaint.found_at = self.now
        complaint.found_by_id = self.caller.account_id
        complaint.found_by_name = self.caller.name
        complaint.answer_due_at = await self.desk.due_at(ComplaintStage.ANSWER, self.now)
        note = f"{wish.finding.label}：{wish.reason}"
        return await self._end(complaint, ComplaintAct.FOUND, old, note)

    async def answer(self, complaint_id: UUID, seen: int, wish: AnswerCommand) -> ComplaintRead:
        """Tell the complainant, on paper, what was found."""
        complaint = await self.base.begin(complaint_id, ComplaintAction.ANSWER, seen)
        old = facts_of(complaint)
        assert complaint.finding is not None
        _move(complaint, ComplaintState.ANSWERED)
        complaint.answer = wish.answer
        complaint.answered_how = wish.answered_how
        complaint.answered_at = self.now
        complaint.answer_paper_id = await self._write_answer(complaint, wish.answer)
        return await self._end(complaint, ComplaintAct.ANSWERED, old, wish.answered_how)

    async def withdraw(self, complaint_id: UUID, seen: int, wish: WithdrawCommand) -> ComplaintRead:
        """The complainant takes it back before there is a finding."""
        complaint = await self.base.begin(complaint_id, ComplaintAction.WITHDRAW, seen)
        old = facts_of(complaint)
        _move(complaint, ComplaintState.WITHDRAWN)
        return await self._end(complaint, ComplaintAct.WITHDRAWN, old, wish.reason)

    async def reopen(self, complaint_id: UUID, seen: int, wish: ReopenCommand) -> ComplaintRead:
        """The director has it looked into again; the finding counts no longer."""
        complaint = await self.base.begin(complaint_id, ComplaintAction.REOPEN, seen)
        old = facts_of(complaint)
        _move(complaint, ComplaintState.INVESTIGATING)
        complaint.finding = complaint.finding_reason = complaint.statement = None
        complaint.found_at = complaint.found_by_id = complaint.found_by_name = None
        complaint.answer_due_at = complaint.answered_at = None
        complaint.answer = complaint.answered_how = None
        complaint.finding_due_at = await self.desk.due_at(ComplaintStage.FINDING, self.now)
        return await self._end(complaint, ComplaintAct.REOPENED, old, wish.reason)

    async def _end(
        self, complaint: Complaint, act: ComplaintAct, old: dict[str, object], note: str | None
    ) -> ComplaintRead:
        complaint.version += 1
        await self.complaints.session.flush()
        await self.desk.tell(complaint, act, caller=self.caller, old=old, note=note)
        return await self.base.read(complaint.id)

    async def _make_out(
        self, complaint: Complaint, window_id: UUID | None, staff_id: UUID | None
    ) -> None:
        """Take over whom it turned out to be about; who decides must not be among them."""
        if window_id is None and staff_id is None:
            return
        accused = await self.base.accused(
            window_id or complaint.window_id, staff_id or complaint.staff_id
        )
        complaint.window_id, complaint.staff_id = accused.window_id, accused.staff_id
        complaint.department_id = accused.department_id
        partial = self.base.why_partial_to(complaint)
        if partial is not None:
            raise OwnMatter(partial)

    async def _window_of(self, staff_id: UUID, day: date) -> UUID | None:
        """Where someone served on a day; none where that leaves a choice."""
        served = {
            service.window_id for service in await self.base.hall.services_of([staff_id], day, day)
        }
        return served.pop() if len(served) == 1 else None

    async def _require_impartial(self, complaint: Complaint, staff_id: UUID) -> str:
        """The investigator's name, if nothing ties them to whom the complaint is about."""
        try:
            person = await self.base.hall.staff_member(staff_id)
        except NotFound as error:
            raise unknown("/investigator_id", "没有这个工作人员。") from error
        today = hall_day(self.now)
        served = [
            service.window_id
            for day in {complaint.occurred_on, today}
            for service in await self.base.hall.services_of([staff_id], day, day)
        ]
        judge = Judge(person.id, person.department_id, frozenset(served))
        partial = why_partial(judge, accused_of(complaint))
        if partial is not None:
            raise InvestigatorPartial(f"{person.name}不能调查该投诉：{partial}")
        return person.name

    async def _write_answer(self, complaint: Complaint, answer: str) -> UUID:
        kind = PaperKind.COMPLAINT_ANSWER
        numbers = await take_numbers(self.complaints.session, [kind.series], hall_day(self.now))
        name = self.desk.open(complaint, "complainant_name", complaint.complainant_name)
        assert complaint.finding is not None
        body = complaint_answer(
            addressee=name or "投诉人",
            complaint_number=complaint.complaint_number,
            summary=complaint.summary,
            received_at=complaint.received_at.astimezone(HALL_ZONE),
            finding=complaint.finding.label,
            answer=answer,
        )
        paper_id = new_id()
        await self.complaints.write_paper(
            paper_values(
                Issue(kind, numbers[kind.series], body, self.now),
                paper_id=paper_id,
                subject_type=SUBJECT,
                subject_id=complaint.id,
                department_id=None,  # it names the complainant: the office and the director only
                window_id=None,
                issued_by_name=self.caller.name,
            )
        )
        return paper_id


def _move(complaint: Complaint, to: ComplaintState) -> None:
    assert may_move(complaint.state, to)
    complaint.state = to
