"""The acts on a refusal: file, ask, decide, retract, complete, and what follows for the requester.

A handler refuses what is within the own authority and files it in the same act. What is beyond it
is asked of the director, and refused only when the director agrees (REJECT 二–三).
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from yimen.core.audit import record_audit
from yimen.core.clock import HALL_ZONE, hall_day
from yimen.core.crypto import mask_phone, place
from yimen.core.database import new_id
from yimen.core.errors import AppError, Conflict, FieldProblem, InvalidInput, NotFound
from yimen.core.numbering import take_numbers
from yimen.core.outbox import publish_event
from yimen.core.preconditions import require_version
from yimen.domains.cases.enums import CaseAction, CaseEventKind, CaseState
from yimen.domains.cases.models import Case
from yimen.domains.cases.service import open_phone
from yimen.domains.cases.service_clock import OwnRequest
from yimen.domains.cases.service_intake import NotYourWindow, UnknownWindow, WhichWindow
from yimen.domains.cases.service_refusal import RefusalService, Step
from yimen.domains.organisation.models import Window
from yimen.domains.organisation.service import OrganisationService
from yimen.domains.papers.enums import PaperKind
from yimen.domains.papers.rules import (
    CaseFacts,
    Issue,
    LeaderDecision,
    PaperBody,
    refusal_notice,
    rejection_form,
)
from yimen.domains.papers.service import paper_values
from yimen.domains.rejections.access import has_authority, is_own, why_not
from yimen.domains.rejections.enums import RejectionAction, RejectionState
from yimen.domains.rejections.models import Rejection
from yimen.domains.rejections.repository import RejectionRow
from yimen.domains.rejections.rules import may_move
from yimen.domains.rejections.schemas import (
    AskReturnCommand,
    CompleteCommand,
    DecideCommand,
    DeliverNoticeCommand,
    RejectionCreate,
    RejectionRead,
    RequesterCreate,
    RetractCommand,
)
from yimen.domains.rejections.service import (
    SUBJECT,
    NotYourRejection,
    RejectionService,
    handler_of,
    place_of,
)

SERIES = "FB"
NO_CASE = "未收件（当场诉求）"
TURNED_AWAY = {
    CaseState.NOT_ACCEPTED: (CaseEventKind.NOT_ACCEPTED, PaperKind.NON_ACCEPTANCE_NOTICE),
    CaseState.DISMISSED: (CaseEventKind.DISMISSED, PaperKind.DISMISSAL_NOTICE),
}
"""Refused before acceptance: the event and the notice that said so."""


class AuthorityNotStated(InvalidInput):
    code = "authority_not_stated"
    title = "请写明该事项是否属于经办人的职权范围。"


class LegalBasisRequired(InvalidInput):
    code = "legal_basis_required"
    title = "请写明否定的依据，没有依据不能否定。"


class RefusedOutOfRange(InvalidInput):
    code = "refused_at_in_future"
    title = "否定和提出要求的时间不能晚于现在，也不能早于否定。"


class AlreadyFiled(Conflict):
    code = "rejection_already_filed"
    title = "该办件已经报备或请示否定，不能重复登记。"
    constraint = "uq_rejections_case_id_standing"


class WrongRejectionState(Conflict):
    code = "rejection_state"
    title = "该否定当前的状态不允许这样办理。"


class NothingToComplete(Conflict):
    code = "nothing_to_complete"
    title = "登记表和告知书都已齐全，不必补全。"


class StillIncomplete(InvalidInput):
    code = "rejection_incomplete"
    title = "联系电话和否定依据都填齐后才能出具登记表。"


class ReturnAlreadyAsked(Conflict):
    code = "return_already_asked"
    title = "已经登记过退还材料的要求。"


class NothingTakenIn(Conflict):
    code = "nothing_taken_in"
    title = "窗口没有收存其材料，没有可以退还的。"


class NoticeWithCase(Conflict):
    code = "notice_with_case"
    title = "该否定附有办件，告知书随办件送达，请在办件上登记。"


class NoticeDelivered(Conflict):
    code = "notice_already_delivered"
    title = "告知书已经送达。"


class NoticeMissing(Conflict):
    code = "notice_missing"
    title = "还没有有效的告知书，请先补全。"


OBSTACLES: dict[str, type[AppError]] = {
    error.code: error
    for error in (
        WrongRejectionState,
        NothingToComplete,
        ReturnAlreadyAsked,
        NothingTakenIn,
        NoticeWithCase,
        NoticeDelivered,
        NoticeMissing,
    )
} | {"forbidden": NotYourRejection}
"""What access names, as it is raised."""


class FilingService:
    """One method an act; the case is locked before its filing, and the calendar before both."""

    def __init__(
        self, reading: RejectionService, refusals: RefusalService, organisation: OrganisationService
    ) -> None:
        self.reading = reading
        self.rejections = reading.rejections
        self.refusals = refusals
        self.organisation = organisation
        self.bench = reading.bench

    async def file(self, wish: RejectionCreate) -> RejectionRead:
        """Refuse and file, or ask the director, or file what was turned away (REJECT 二–四).

        Raises AuthorityNotStated, LegalBasisRequired, AlreadyFiled, RefusedOutOfRange, and what
        stands against the step on the case.
        """
        if wish.case_id is None:
            rejection = await self._file_at_the_desk(wish)
        else:
            case = (await self.reading.cases.find(wish.case_id)).case
            if case.state in TURNED_AWAY:
                rejection = await self._file_turned_away(wish, case.id)
            else:
                rejection = await self._file_case(wish, case)
        await self._tell(rejection, "requested" if rejection.decision_due_at else "filed")
        return await self.reading.read(rejection.id)

    async def _file_case(self, wish: RejectionCreate, found: Case) -> Rejection:
        is_within = self._authority(wish, found.department_id)
        action = CaseAction.REFUSE if is_within else CaseAction.REQUEST_REFUSAL
        step = await self.refusals.begin(found.id, wish.case_version, action)
        if wish.legal_basis is None:
            raise _needs_basis()
        rejection = await self._add_of_case(
            wish, step, is_within=is_within, legal_basis=wish.legal_basis
        )
        if is_within:
            await self._refuse(step, rejection, self.bench.caller.name, article="REJECT 二")
        else:
            assert rejection.decision_due_at is not None
            await self.refusals.ask(
                step,
                reason=wish.reason,
                filing_number=rejection.rejection_number,
                answer_by=rejection.decision_due_at,
            )
        return rejection

    async def _file_turned_away(self, wish: RejectionCreate, case_id: UUID) -> Rejection:
        """File what was not accepted or dismissed; its notice went out then (EFFICACY 十五)."""
        step = await self.refusals.begin(case_id, wish.case_version, CaseAction.FILE_REFUSAL)
        case = step.case
        kind, paper_kind = TURNED_AWAY[case.state]
        told = next(
            event for event in await self.reading.cases.timeline(case_id) if event.kind is kind
        )
        rejection = await self._add_of_case(
            wish,
            step,
            is_within=self._authority(wish, case.department_id),
            legal_basis=wish.legal_basis or told.facts["legal_basis"],
            refused_at=case.decided_at,
        )
        rejection.notice_number = next(
            (
                paper.number
                for paper in await self.reading.cases.papers(case_id)
                if paper.kind is paper_kind and paper.voided_at is None
            ),
            None,
        )
        form = self._form(rejection, self.bench.caller.name)
        await self.refusals.file(step, filing_number=rejection.rejection_number, form=form)
        rejection.form_number = step.number_of(PaperKind.REJECTION_FORM)
        return rejection

    async def _file_at_the_desk(self, wish: RejectionCreate) -> Rejection:
        """A request turned away without a case; beyond authority it waits for the director.

        One that was refused beyond authority nevertheless is taken down as it happened, and shows
        as a breach (REJECT 七3).
        """
        calendar = await self.bench.calendars.hold()
        window = await self._window(wish.window_id)
        assert wish.requester is not None and wish.matter is not None
        is_within = self._authority(wish, window.department_id)
        refused_at = wish.refused_at or (self.bench.now if is_within else None)
        if refused_at is not None and refused_at > self.bench.now:
            raise RefusedOutOfRange
        if refused_at is None and wish.legal_basis is None:
            raise _needs_basis()
        days = self.bench.limit("rejections.decision_days")
        rejection = await self._add(
            wish,
            window_id=window.id,
            department_id=window.department_id,
            requester=wish.requester,
            matter=wish.matter,
            is_within=is_within,
            legal_basis=wish.legal_basis,
            refused_at=refused_at,
            decision_due_at=(None if refused_at else calendar.due_at(self.bench.now, days).at),
        )
        if refused_at is not None:
            await self._issue_missing(await self.reading.find(rejection.id))
        return rejection

    async def decide(self, rejection_id: UUID, seen: int, wish: DecideCommand) -> RejectionRead:
        """The director agrees, and the refusal takes effect now, or does not (REJECT 三).

        Raises OwnRequest, and what stands against ending the case, such as its suspension.
        """
        row, step = await self._hold(
            rejection_id, seen, RejectionAction.DECIDE, CaseAction.DECIDE_REFUSAL
        )
        rejection, bench = row.rejection, self.bench
        if rejection.filed_by == bench.caller.account_id:
            raise OwnRequest
        self._move(rejection, RejectionState.EFFECTIVE if wish.agrees else RejectionState.DECLINED)
        rejection.decided_at = bench.now
        rejection.decided_by = bench.caller.account_id
        rejection.decided_by_name = bench.caller.name
        rejection.opinion = wish.opinion
        rejection.refused_at = bench.now if wish.agrees else None
        await self.rejections.session.flush()  # no case is refused without its filing
        if step is not None and wish.agrees:
            await self._refuse(step, rejection, row.handler_name, article="REJECT 三")
        elif step is not None:
            await self.refusals.decline(
                step,
                opinion=wish.opinion,
                filing_number=rejection.rejection_number,
                form=self._form(rejection, row.handler_name),
            )
            rejection.form_number = step.number_of(PaperKind.REJECTION_FORM)
        else:
            await self._issue_missing(row)
        return await self._done(rejection, "upheld" if wish.agrees else "declined")

    async def retract(self, rejection_id: UUID, seen: int, wish: RetractCommand) -> RejectionRead:
        """The handler takes the request back; the matter goes on."""
        row, step = await self._hold(
            rejection_id, seen, RejectionAction.RETRACT, CaseAction.RETRACT_REFUSAL
        )
        rejection = row.rejection
        self._move(rejection, RejectionState.RETRACTED)
        rejection.retracted_at = self.bench.now
        rejection.retraction_reason = wish.reason
        if step is not None:
            await self.refusals.retract(
                step, reason=wish.reason, filing_number=rejection.rejection_number
            )
        return await self._done(rejection, "retracted")

    async def complete(self, rejection_id: UUID, seen: int, wish: CompleteCommand) -> RejectionRead:
        """Fill in what the form lacked and issue what is missing or void (REJECT 四, 五).

        What was written once is not written over. Raises StillIncomplete, NothingToComplete.
        """
        row, _ = await self._hold(rejection_id, seen, RejectionAction.COMPLETE)
        rejection = row.rejection
        if wish.phone is not None and rejection.requester_phone is None:
            rejection.requester_phone = self._encrypt(rejection.id, wish.phone)
        if rejection.legal_basis is None:
            rejection.legal_basis = wish.legal_basis
        if rejection.requester_phone is None or rejection.legal_basis is None:
            raise StillIncomplete
        await self._issue_missing(row)
        return await self._done(rejection, "completed")

    async def ask_return(
        self, rejection_id: UUID, seen: int, wish: AskReturnCommand
    ) -> RejectionRead:
        """Take down that the requester wants the materials back; the window then owes them.

        They go back by the case's own command. Raises NothingTakenIn, ReturnAlreadyAsked,
        RefusedOutOfRange.
        """
        row, _ = await self._hold(rejection_id, seen, RejectionAction.ASK_RETURN)
        rejection = row.rejection
        asked_at = wish.asked_at or self.bench.now
        assert rejection.refused_at is not None
        if not rejection.refused_at <= asked_at <= self.bench.now:
            raise RefusedOutOfRange
        rejection.return_asked_at = asked_at
        return await self._done(rejection, "return_asked")

    async def deliver_notice(
        self, rejection_id: UUID, seen: int, wish: DeliverNoticeCommand
    ) -> RejectionRead:
        """The notice reached the requester of the desk (REJECT 五).

        Raises NoticeWithCase, NoticeDelivered, NoticeMissing.
        """
        row, _ = await self._hold(rejection_id, seen, RejectionAction.DELIVER_NOTICE)
        rejection = row.rejection
        rejection.notice_delivered_at = self.bench.now
        rejection.notice_method = wish.method
        rejection.notice_signed_by = wish.signed_by
        return await self._done(rejection, "notice_delivered")

    # --- who, and whether

    def _authority(self, wish: RejectionCreate, department_id: UUID) -> bool:
        if wish.is_within_authority is not None:
            return wish.is_within_authority
        if not has_authority(department_id, self.bench.caller):
            raise AuthorityNotStated(
                article="REJECT 二",
                errors=[
                    FieldProblem(
                        "/is_within_authority", AuthorityNotStated.code, AuthorityNotStated.title
                    )
                ],
            )
        return True

    async def _window(self, wished: UUID | None) -> Window:
        caller = self.bench.caller
        if wished is None:
            if len(caller.window_ids) != 1:
                raise WhichWindow
            wished = caller.window_ids[0]
        try:
            window = await self.organisation.window(wished)
        except NotFound as unknown:
            raise UnknownWindow from unknown
        if not is_own(window.id, window.department_id, None, caller):
            raise NotYourWindow("您今天不在该窗口服务，不能在该窗口报备。")
        return window

    async def _hold(
        self,
        rejection_id: UUID,
        seen: int,
        action: RejectionAction,
        case_action: CaseAction | None = None,
    ) -> tuple[RejectionRow, Step | None]:
        """Lock a refusal, and its case first where the act concerns it, to be changed."""
        row = await self.reading.find(rejection_id)
        self._check(row, seen, action)
        step = None
        if case_action is not None and row.case is not None:
            step = await self.refusals.begin(row.case.id, None, case_action)
        await self.rejections.lock(rejection_id)
        row = await self.reading.find(rejection_id)
        self._check(row, seen, action)
        return row, step

    def _check(self, row: RejectionRow, seen: int, action: RejectionAction) -> None:
        obstacle = why_not(action, place_of(row), self.bench.caller)
        if obstacle is not None and obstacle.code == "forbidden":
            raise NotYourRejection(obstacle.reason)
        require_version(row.rejection.version, seen)
        if obstacle is not None:
            raise OBSTACLES[obstacle.code](obstacle.reason)

    def _move(self, rejection: Rejection, to: RejectionState) -> None:
        assert may_move(rejection.state, to)
        rejection.state = to

    # --- writing

    async def _add_of_case(
        self,
        wish: RejectionCreate,
        step: Step,
        *,
        is_within: bool,
        legal_basis: str,
        refused_at: datetime | None = None,
    ) -> Rejection:
        case, now = step.case, self.bench.now
        if refused_at is None and is_within:
            refused_at = now
        days = self.bench.limit("rejections.decision_days")
        return await self._add(
            wish,
            window_id=case.window_id,
            department_id=case.department_id,
            requester=RequesterCreate(
                kind=case.applicant_kind,
                name=case.applicant_name,
                phone=open_phone(case, self.bench.personal_data),
            ),
            matter=wish.matter or case.item_name,
            is_within=is_within,
            legal_basis=legal_basis,
            refused_at=refused_at,
            decision_due_at=None if refused_at else step.calendar.due_at(now, days).at,
        )

    async def _add(
        self,
        wish: RejectionCreate,
        *,
        window_id: UUID,
        department_id: UUID,
        requester: RequesterCreate,
        matter: str,
        is_within: bool,
        legal_basis: str | None,
        refused_at: datetime | None,
        decision_due_at: datetime | None,
    ) -> Rejection:
        bench, rejection_id = self.bench, new_id()
        if bench.caller.staff_id is None:
            raise NotYourWindow
        numbers = await take_numbers(self.rejections.session, [SERIES], hall_day(bench.now))
        return await self.rejections.add(
            Rejection(
                id=rejection_id,
                rejection_number=numbers[SERIES],
                state=RejectionState.EFFECTIVE if refused_at else RejectionState.REQUESTED,
                case_id=wish.case_id,
                window_id=window_id,
                department_id=department_id,
                handler_id=bench.caller.staff_id,
                requester_kind=requester.kind,
                requester_name=requester.name,
                requester_phone=(
                    None
                    if requester.phone is None
                    else self._encrypt(rejection_id, requester.phone)
                ),
                matter=matter,
                reason=wish.reason,
                legal_basis=legal_basis,
                is_within_authority=is_within,
                filed_at=bench.now,
                filed_by=bench.caller.account_id,
                decision_due_at=decision_due_at,
                refused_at=refused_at,
                version=1,
            )
        )

    def _encrypt(self, rejection_id: UUID, phone: str) -> bytes:
        return self.bench.personal_data.encrypt(
            phone, bound_to=place(rejection_id, "requester_phone")
        )

    async def _refuse(
        self, step: Step, rejection: Rejection, handler_name: str, *, article: str
    ) -> None:
        """The case ends refused, with both papers."""
        assert rejection.legal_basis is not None
        await self.refusals.refuse(
            step,
            reason=rejection.reason,
            legal_basis=rejection.legal_basis,
            handler_name=handler_name,
            form=self._form(rejection, handler_name),
            filing_number=rejection.rejection_number,
            article=article,
        )
        rejection.form_number = step.number_of(PaperKind.REJECTION_FORM)
        rejection.notice_number = step.number_of(PaperKind.REFUSAL_NOTICE)

    def _form(self, rejection: Rejection, handler_name: str) -> Callable[[CaseFacts], PaperBody]:
        """The filing form of a refusal as it stands now, every field of REJECT 四."""
        phone = self.reading.phone_of(rejection)
        decision = None
        if rejection.decided_at is not None:
            decision = LeaderDecision(
                decided_by=rejection.decided_by_name or "",
                decided_at=rejection.decided_at.astimezone(HALL_ZONE),
                agrees=rejection.state is RejectionState.EFFECTIVE,
                opinion=rejection.opinion or "",
            )

        def make(head: CaseFacts) -> PaperBody:
            assert phone is not None and rejection.legal_basis is not None
            return rejection_form(
                replace(head, handler_name=handler_name),
                phone=mask_phone(phone),
                matter=rejection.matter,
                reason=rejection.reason,
                legal_basis=rejection.legal_basis,
                is_within_authority=rejection.is_within_authority,
                filed_at=rejection.filed_at.astimezone(HALL_ZONE),
                decision=decision,
            )

        return make

    async def _issue_missing(self, row: RejectionRow) -> None:
        """Write the form and the notice that an effective refusal lacks and has the facts for."""
        rejection, bench = row.rejection, self.bench
        if rejection.state is not RejectionState.EFFECTIVE:
            return
        assert rejection.refused_at is not None
        refused_at = rejection.refused_at.astimezone(HALL_ZONE)
        legal_basis = rejection.legal_basis
        head = CaseFacts(
            case_number=row.case.case_number if row.case else NO_CASE,
            item_name=row.case.item_name if row.case else rejection.matter,
            applicant_name=rejection.requester_name,
            department_name=row.department_name,
            window_number=row.window_number,
            handler_name=row.handler_name,
        )
        bodies: dict[PaperKind, PaperBody] = {}
        if legal_basis is not None and not row.has_notice:
            bodies[PaperKind.REFUSAL_NOTICE] = refusal_notice(
                head, reason=rejection.reason, legal_basis=legal_basis, decided_at=refused_at
            )
        if legal_basis and rejection.requester_phone is not None and not row.has_form:
            bodies[PaperKind.REJECTION_FORM] = self._form(rejection, row.handler_name)(head)
        if not bodies:
            return
        numbers = await take_numbers(
            self.rejections.session, [kind.series for kind in bodies], hall_day(bench.now)
        )
        issues = {
            kind: Issue(kind, numbers[kind.series], body, bench.now)
            for kind, body in bodies.items()
        }
        await self._write_papers(rejection, list(issues.values()))
        if PaperKind.REJECTION_FORM in issues:
            rejection.form_number = issues[PaperKind.REJECTION_FORM].number
        if PaperKind.REFUSAL_NOTICE in issues:
            rejection.notice_number = issues[PaperKind.REFUSAL_NOTICE].number

    async def _write_papers(self, rejection: Rejection, issues: Sequence[Issue]) -> None:
        """Papers belong to the case where there is one, and to the refusal itself otherwise."""
        await self.rejections.write_papers(
            [
                paper_values(
                    issue,
                    paper_id=new_id(),
                    subject_type="case" if rejection.case_id else SUBJECT,
                    subject_id=rejection.case_id or rejection.id,
                    department_id=rejection.department_id,
                    window_id=rejection.window_id,
                    issued_by_name=self.bench.caller.name,
                )
                for issue in issues
            ]
        )

    async def _done(self, rejection: Rejection, what: str) -> RejectionRead:
        rejection.version += 1
        await self._tell(rejection, what)
        return await self.reading.read(rejection.id)

    async def _tell(self, rejection: Rejection, what: str) -> None:
        session, bench = self.rejections.session, self.bench
        await session.flush()
        handler_id = handler_of(await self.reading.find(rejection.id))
        absent = str(handler_id) if bench.caller.stands_in_for(handler_id) else None
        facts = {
            "rejection_number": rejection.rejection_number,
            "state": rejection.state.value,
            "case_id": str(rejection.case_id) if rejection.case_id else None,
            "handler_id": str(handler_id),
        }
        await record_audit(
            session,
            caller=bench.caller,
            action=f"rejections.{what}",
            subject_type=SUBJECT,
            subject_id=rejection.id,
            new={**facts, "version": rejection.version, "on_behalf_of": absent},
        )
        await publish_event(
            session,
            kind=f"rejection.{what}",
            subject_type=SUBJECT,
            subject_id=rejection.id,
            department_id=rejection.department_id,
            window_id=rejection.window_id,
            facts=facts,
            occurred_at=bench.now,
        )


def _needs_basis() -> LegalBasisRequired:
    return LegalBasisRequired(
        article="REJECT 四",
        errors=[FieldProblem("/legal_basis", LegalBasisRequired.code, LegalBasisRequired.title)],
    )
