"""The acts on a case after it came in: accept, tell once, dismiss, finish, deliver, hand over."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from yimen.core.audit import record_audit
from yimen.core.caller import Caller
from yimen.core.clock import HALL_ZONE, hall_day
from yimen.core.errors import Conflict, FieldProblem, Forbidden, InvalidInput
from yimen.core.numbering import take_numbers
from yimen.core.outbox import publish_event
from yimen.core.preconditions import require_version
from yimen.domains.calendars.rules import WorkCalendar
from yimen.domains.cases.access import why_not
from yimen.domains.cases.enums import (
    BEFORE_ACCEPTANCE,
    COMMANDS,
    CaseAction,
    CaseEventKind,
    CaseState,
    DeliveryMethod,
    DismissalGround,
    PendingDecision,
)
from yimen.domains.cases.models import ENTERED_LATE, Case, CaseEvent, CaseMaterial
from yimen.domains.cases.repository import CaseRow
from yimen.domains.cases.repository_facts import read_lines
from yimen.domains.cases.rules import (
    deemed_acceptance_at,
    due_date,
    is_late_entry,
    lapse_day,
    may_move,
)
from yimen.domains.cases.schemas import (
    AcceptCommand,
    CaseRead,
    DeliverCommand,
    DismissCommand,
    FinishCommand,
    HandInCommand,
    MissingMaterial,
    NotAcceptCommand,
    SupplementCommand,
    TransferCommand,
    WithdrawCommand,
)
from yimen.domains.cases.service import (
    SUBJECT,
    Bench,
    CaseNotFound,
    NotYourCase,
    WrongCaseState,
    allowed_actions,
    clock_events,
    lines_of,
    place_of,
    present_case,
    told_of,
    what_hinders,
)
from yimen.domains.cases.service_intake import (
    UnknownMaterial,
    accept_now,
    case_facts,
    list_material,
    name_materials,
    paper_document,
    promise_of,
    slip_of,
)
from yimen.domains.cases.service_obstacles import missing_of, names_of
from yimen.domains.cases.service_silence import (
    approved_due_day,
    new_event,
    settle_opinions,
    settle_silence,
)
from yimen.domains.catalog.enums import CaseKind
from yimen.domains.catalog.rules import Material
from yimen.domains.organisation.service import OrganisationService
from yimen.domains.papers.enums import PaperKind
from yimen.domains.papers.rules import (
    CaseFacts,
    Issue,
    MaterialLine,
    MissingLine,
    PaperBody,
    dismissal_notice,
    non_acceptance_notice,
    receipt,
    say_instant,
    supplement_notice,
)

PaperMaker = Callable[[CaseFacts], PaperBody]


class RefusalPending(Conflict):
    code = "refusal_pending"
    title = "该办件已请示否定，尚未答复；需要继续办理的，请先收回请示。"


class ReasonRequired(InvalidInput):
    code = "second_supplement_reason"
    title = "再次告知补件须写明原因；该情况会记入考核。"


class PrincipalNotMissing(Conflict):
    code = "principal_not_missing"
    title = "主件已经收到，不能以缺少主件为由驳回。"


class DecidedInFuture(InvalidInput):
    code = "decided_at_out_of_range"
    title = "办结时间须在受理之后，且不能晚于现在。"


class HandlerElsewhere(Conflict):
    code = "handler_not_at_window"
    title = "对方今天不在该窗口服务，不能移交。"


class StepService:
    """One method an act; each locks the case, asks who and when, changes it and tells."""

    def __init__(self, bench: Bench, organisation: OrganisationService) -> None:
        self.bench = bench
        self.cases = bench.cases
        self.organisation = organisation

    async def accept(self, case_id: UUID, seen: int, wish: AcceptCommand) -> CaseRead:
        """Take the case on; the clock starts now. Raises MaterialsMissing."""
        step = await self.begin(case_id, seen, CaseAction.ACCEPT)
        await self.require(step)
        step.listed = await self._handed_in(step.case)
        due_on = await self._due_day_if_approved(step.case)
        self._accept(step, wish.note, due_on)
        return await self.end(step)

    async def supplement(self, case_id: UUID, seen: int, wish: SupplementCommand) -> CaseRead:
        """Tell once, in writing, everything that is missing (ONCE 二–三).

        A second time needs a reason and is recorded as a fact (DISCIPLINE 五(三)).
        """
        step = await self.begin(case_id, seen, CaseAction.SUPPLEMENT)
        case = step.case
        ordinal = case.supplement_count + 1
        if ordinal > 1 and wish.reason is None:
            raise ReasonRequired(article="DISCIPLINE 五(三)")
        missing = name_missing(wish.missing, await self._required(case))
        until = lapse_day(
            self.bench.now,
            days=self.bench.limit("cases.supplement_lapse_days"),
            calendar=step.calendar,
        )
        is_provisional = step.calendar.rests_on_unpublished(hall_day(self.bench.now), until)
        case.supplement_count = ordinal
        case.supplement_due_on = until
        case.deemed_acceptance_at = case.completed_at = None
        step.move(CaseState.AWAITING_SUPPLEMENT)
        step.issue(
            PaperKind.SUPPLEMENT_NOTICE,
            lambda head: supplement_notice(
                head,
                missing=missing,
                complete_by=until,
                ordinal=ordinal,
                reason=wish.reason,
                is_provisional=is_provisional,
            ),
        )
        step.happened(
            CaseEventKind.SUPPLEMENT_REQUESTED,
            PaperKind.SUPPLEMENT_NOTICE.article,
            wish.reason,
            {"ordinal": ordinal, "missing": [line.name for line in missing]},
        )
        return await self.end(step)

    async def hand_in(self, case_id: UUID, seen: int, wish: HandInCommand) -> CaseRead:
        """Take further materials; accept the case if it is complete with them.

        What is complete and not accepted waits for the hall, no more for the applicant: it cannot
        lapse, and counts as accepted when nobody answers (行政许可法 32).
        """
        step = await self.begin(case_id, seen, CaseAction.HAND_IN)
        case = step.case
        lines = name_materials(wish.materials, await self._required(case))
        self.cases.session.add_all(
            CaseMaterial(**line.document(case.id, self.bench.now)) for line in lines
        )
        await self.cases.session.flush()
        if wish.came_in_person:
            case.visit_count += 1
        step.happened(
            CaseEventKind.MATERIALS_HANDED_IN,
            "PROMISE 一",
            None,
            {
                "materials": [line.name for line in lines],
                "visit": case.visit_count if wish.came_in_person else None,
            },
        )
        if case.kind is not CaseKind.IMMEDIATE:  # TIMELIMIT 五3
            listed = [line.as_line() for line in lines]
            step.issue(
                PaperKind.RECEIPT,
                lambda head: receipt(
                    head,
                    received_at=self.bench.now,
                    materials=listed,
                    promise=promise_of(case),
                    is_supplement=True,
                ),
            )
        complete = not await self.missing(case)
        if case.documents_due_on is not None and complete:
            case.documents_due_on = None
            step.happened(CaseEventKind.DOCUMENTED, "MGMT 十一(三)", None, {})
        elif complete and case.state in BEFORE_ACCEPTANCE:
            due_on = await self._due_day_if_approved(case)
            may_accept = case.kind is not CaseKind.SPECIAL or due_on is not None
            if wish.accept_if_complete and may_accept:
                step.listed = await self._handed_in(case)
                self._accept(step, None, due_on)
            elif case.supplement_due_on is not None:
                self._await_answer(step)
        return await self.end(step)

    async def not_accept(self, case_id: UUID, seen: int, wish: NotAcceptCommand) -> CaseRead:
        """The matter is not the centre's: a written notice says so (ONCE 二)."""
        step = await self.begin(case_id, seen, CaseAction.NOT_ACCEPT)
        await self.require(step)
        step.move(CaseState.NOT_ACCEPTED)
        self.decide(step.case)
        step.issue(
            PaperKind.NON_ACCEPTANCE_NOTICE,
            lambda head: non_acceptance_notice(
                head, reason=wish.reason, legal_basis=wish.legal_basis, go_to=wish.go_to
            ),
        )
        step.happened(
            CaseEventKind.NOT_ACCEPTED,
            PaperKind.NON_ACCEPTANCE_NOTICE.article,
            wish.reason,
            {"legal_basis": wish.legal_basis, "go_to": wish.go_to},
        )
        return await self.end(step)

    async def dismiss(self, case_id: UUID, seen: int, wish: DismissCommand) -> CaseRead:
        """The application cannot succeed: a dismissal notice says why (MGMT 十一(七))."""
        step = await self.begin(case_id, seen, CaseAction.DISMISS)
        await self.require(step)
        if wish.ground is DismissalGround.PRINCIPAL_MISSING:
            missing = await self.missing(step.case)
            if not any(material.is_principal for material in missing):
                raise PrincipalNotMissing(article="MGMT 十一(七)")
        step.case.dismissal_ground = wish.ground
        step.move(CaseState.DISMISSED)
        self.decide(step.case)
        step.issue(
            PaperKind.DISMISSAL_NOTICE,
            lambda head: dismissal_notice(
                head, ground=wish.ground.label, reason=wish.reason, legal_basis=wish.legal_basis
            ),
        )
        step.happened(
            CaseEventKind.DISMISSED,
            PaperKind.DISMISSAL_NOTICE.article,
            wish.reason,
            {"ground": wish.ground, "legal_basis": wish.legal_basis},
        )
        return await self.end(step)

    async def withdraw(self, case_id: UUID, seen: int, wish: WithdrawCommand) -> CaseRead:
        """The applicant takes the application back and signs for it."""
        step = await self.begin(case_id, seen, CaseAction.WITHDRAW)
        await self.require(step)
        step.move(CaseState.WITHDRAWN)
        self.decide(step.case)
        # no regulation speaks of it
        step.happened(CaseEventKind.WITHDRAWN, "", wish.reason, {"signed_by": wish.signed_by})
        if step.case.suspended_until is not None:
            step.case.suspended_at = step.case.suspended_until = None
            await self.recompute(step)
        return await self.end(step)

    async def finish(self, case_id: UUID, seen: int, wish: FinishCommand) -> CaseRead:
        """Grant what was applied for; the clock stops. Raises DecidedInFuture.

        Entered too late it is a fact, as a late intake is (DISCIPLINE 五(十八)).
        """
        step = await self.begin(case_id, seen, CaseAction.FINISH)
        case = step.case
        decided_at = (wish.decided_at or self.bench.now).astimezone(HALL_ZONE)
        assert case.accepted_at is not None
        if case.pending_decision is PendingDecision.REFUSAL:
            raise RefusalPending(article="REJECT 三")
        await settle_opinions(case, cases=self.cases, now=self.bench.now)
        await self.require(step)
        if not case.accepted_at <= decided_at <= self.bench.now:
            raise DecidedInFuture
        resumed_at = max(
            (
                event.occurred_at.astimezone(HALL_ZONE)
                for event in await self.cases.events(case.id)
                if event.kind is CaseEventKind.RESUMED
            ),
            default=case.accepted_at,
        )
        if decided_at < resumed_at:
            raise DecidedInFuture(
                f"办件在{say_instant(resumed_at)}恢复计时，办结时间不能在此之前；"
                "恢复计时登记晚了的，请先核对实际恢复的时间。"
            )
        case.result_number = wish.result_number
        is_late = is_late_entry(
            decided_at,
            self.bench.now,
            days=self.bench.limit("cases.late_entry_days"),
            calendar=step.calendar,
        )
        late = ENTERED_LATE if is_late else {}
        step.move(CaseState.GRANTED)
        self.decide(case)
        case.decided_at = decided_at
        step.happened(
            CaseEventKind.GRANTED,
            "MGMT 十二",
            wish.note,
            {"result_number": wish.result_number, "due_at": case.due_at, **late},
            at=decided_at,
        )
        return await self.end(step)

    async def deliver(self, case_id: UUID, seen: int, wish: DeliverCommand) -> CaseRead:
        """Hand the result over against a signature; collecting it counts as a visit."""
        step = await self.begin(case_id, seen, CaseAction.DELIVER)
        case = step.case
        await self.require(step)
        step.move(CaseState.DELIVERED)
        case.delivered_at = self.bench.now
        case.delivery_method = wish.method
        case.received_by = wish.signed_by
        if wish.method is DeliveryMethod.PICK_UP:
            case.visit_count += 1
        step.happened(
            CaseEventKind.DELIVERED,
            "TIMELIMIT 二",
            wish.note,
            {
                "method": wish.method,
                "signed_by": wish.signed_by,
                "visit": case.visit_count if wish.method is DeliveryMethod.PICK_UP else None,
            },
        )
        return await self.end(step)

    async def transfer(self, case_id: UUID, seen: int, wish: TransferCommand) -> CaseRead:
        """Another member of staff at the same window goes on with it (ABPOST 三)."""
        step = await self.begin(case_id, seen, CaseAction.TRANSFER)
        case = step.case
        today = hall_day(self.bench.now)
        there = {member.id for member in await self.organisation.staff_at(case.window_id, today)}
        if wish.handler_id not in there:
            raise HandlerElsewhere
        before = case.handler_id
        case.handler_id = wish.handler_id
        step.happened(
            CaseEventKind.TRANSFERRED,
            "ABPOST 三",
            wish.reason,
            {"from": before, "to": wish.handler_id},
        )
        return await self.end(step)

    async def find(self, case_id: UUID) -> CaseRow:
        """A case that the caller may see; raises CaseNotFound."""
        row = await self.cases.find(case_id, self.bench.caller)
        if row is None:
            raise CaseNotFound
        return row

    async def begin(self, case_id: UUID, seen: int | None, action: CaseAction) -> "Step":
        """Lock a case for an act that the caller may do; raises what stands against it.

        ``seen`` is none where the caller has read another resource of the case instead.
        """
        # the calendar before the case: whoever changes the calendar takes them in this order too
        calendar = await self.bench.calendars.hold()
        case = await self.cases.lock(case_id, self.bench.caller)
        if case is None:
            raise CaseNotFound
        is_asked = await self.cases.is_asked(case.id, self.bench.caller)
        refusal = why_not(action, place_of(case), self.bench.caller, is_asked=is_asked)
        if refusal is not None and refusal.code in (Forbidden.code, NotYourCase.code):
            raise NotYourCase(refusal.reason)
        if seen is not None:
            require_version(case.version, seen)
        row = (await self.cases.name(case))._replace(is_asked=is_asked)
        step = Step(row=row, action=action, bench=self.bench, calendar=calendar)
        await settle_silence(step.row, calendar=calendar, now=self.bench.now, cases=self.cases)
        refusal = why_not(action, place_of(case), self.bench.caller, is_asked=is_asked)
        if refusal is not None and refusal.code == "case_state":
            offered = await self._offered(step)
            raise wrong_state(case, action, self.bench.caller, offered)
        return step

    async def _offered(self, step: "Step") -> list[str]:
        """What the caller could do with the case instead."""
        return [
            one.action
            for one in allowed_actions(
                step.case,
                self.bench,
                is_asked=step.row.is_asked,
                lines=(await lines_of([step.case], self.bench))[step.case.id],
                missing=names_of(await self.missing(step.case)),
            )
            if one.allowed
        ]

    async def require(self, step: "Step") -> None:
        """Raise what in the case's own lines stands against the act; as it says beforehand."""
        lines = (await read_lines(self.cases.session, [step.case.id]))[step.case.id]
        missing = names_of(await self.missing(step.case))
        against = what_hinders(step.action, step.case, self.bench, lines=lines, missing=missing)
        if against is not None:
            raise against

    async def end(self, step: "Step") -> CaseRead:
        """Write what the act changed, issued and told; shows the case as it is then."""
        bench, case = self.bench, step.case
        if step.drafts:
            numbers = await take_numbers(
                self.cases.session,
                [kind.series for kind, _ in step.drafts],
                hall_day(bench.now),
            )
            head = case_facts(step.row._replace(handler_name=bench.caller.name))
            issues = [
                Issue(kind, numbers[kind.series], make(head), bench.now)
                for kind, make in step.drafts
            ]
            await self.cases.write_papers(
                [paper_document(issue, case, bench.caller.name) for issue in issues]
            )
            step.issues = issues
            step.name_papers(issues)
        case.version += 1
        step.say_for_whom()
        self.cases.session.add_all(step.events)
        await self.cases.session.flush()
        await record_audit(
            self.cases.session,
            caller=bench.caller,
            action=f"cases.{step.action.value}",
            subject_type=SUBJECT,
            subject_id=case.id,
            old=step.before,
            new=facts_of(case),
        )
        await publish_event(
            self.cases.session,
            kind=f"case.{step.events[-1].kind.value}",
            subject_type=SUBJECT,
            subject_id=case.id,
            department_id=case.department_id,
            window_id=case.window_id,
            facts=told_of(case),
            occurred_at=bench.now,
        )
        row = step.row
        if step.action is CaseAction.TRANSFER:
            row = (await self.cases.name(case))._replace(is_asked=row.is_asked)
        missing = names_of(await self.missing(case))
        return present_case(
            row,
            bench=bench,
            calendar=step.calendar,
            missing=missing,
            lines=(await lines_of([case], bench))[case.id],
        )

    def _accept(self, step: "Step", note: str | None, due_on: date | None) -> None:
        case = step.case
        if not may_move(case.state, CaseState.ACCEPTED):
            raise wrong_state(case, step.action, self.bench.caller)
        accept_now(case, at=self.bench.now, calendar=step.calendar, due_on=due_on)
        step.issue(PaperKind.ACCEPTANCE_SLIP, lambda head: slip_of(case, head, step.listed))
        step.happened(CaseEventKind.ACCEPTED, "MGMT 十二", note, {"due_at": case.due_at})

    def _await_answer(self, step: "Step") -> None:
        """What was told to be missing is there: from now on it is for the hall to answer."""
        case = step.case
        case.supplement_due_on = None
        case.completed_at = self.bench.now
        case.deemed_acceptance_at = deemed_acceptance_at(
            self.bench.now,
            days=self.bench.limit("cases.deemed_acceptance_days"),
            calendar=step.calendar,
        )

    async def _due_day_if_approved(self, case: Case) -> date | None:
        if case.kind is not CaseKind.SPECIAL:
            return None
        return approved_due_day(await self.cases.events(case.id))

    async def accept_first(self, step: "Step", *, due_on: date) -> None:
        """Accept a special case before it is complete; what is missing stays an obligation."""
        case = step.case
        step.listed = await self._handed_in(case)
        if await self.missing(case):
            case.documents_due_on = lapse_day(
                self.bench.now,
                days=self.bench.limit("cases.documents_days"),
                calendar=step.calendar,
            )
        if not may_move(case.state, CaseState.ACCEPTED):
            raise wrong_state(case, step.action, self.bench.caller)
        accept_now(case, at=self.bench.now, calendar=step.calendar, due_on=due_on)
        step.issue(PaperKind.ACCEPTANCE_SLIP, lambda head: slip_of(case, head, step.listed))
        step.happened(
            CaseEventKind.ACCEPTED,
            "MGMT 十一(三)",
            None,
            {"due_at": case.due_at, "documents_due_on": case.documents_due_on},
        )

    async def recompute(self, step: "Step") -> None:
        """The due date anew from all clock events, those of this act among them."""
        due = due_date(
            clock_events([*await self.cases.events(step.case.id), *step.events]),
            working_days=step.case.working_days,
            calendar=step.calendar,
        )
        assert due is not None
        step.case.due_at = due.at
        step.case.due_is_provisional = due.is_provisional

    def decide(self, case: Case) -> None:
        """The clock, or the wait for an answer, ends now; nothing is left to ask the director."""
        case.decided_at = self.bench.now
        case.pending_decision = None
        case.deemed_acceptance_at = None
        case.supplement_due_on = None

    async def _required(self, case: Case) -> Sequence[Material]:
        return await self.bench.catalog.materials_of_version(case.item_version_id)

    async def missing(self, case: Case) -> Sequence[Material]:
        """What is still to be handed in, while that matters."""
        return (await missing_of([case], self.cases, self.bench.catalog))[case.id]

    async def _handed_in(self, case: Case) -> list[MaterialLine]:
        return [list_material(line) for line in await self.cases.materials(case.id)]


class Step:
    """One act in progress: what it changes, issues and tells."""

    def __init__(
        self, *, row: CaseRow, action: CaseAction, bench: Bench, calendar: WorkCalendar
    ) -> None:
        self.row = row
        self.case = row.case
        self.action = action
        self.bench = bench
        self.calendar = calendar
        self.before = facts_of(row.case)
        self.absent = row.handler_name if bench.caller.stands_in_for(row.case.handler_id) else None
        """For whom the caller stands in."""
        self.events: list[CaseEvent] = []
        self.drafts: list[tuple[PaperKind, PaperMaker]] = []
        self.listed: list[MaterialLine] = []
        self.issues: list[Issue] = []
        """The papers as they went out; empty until the end."""

    def move(self, to: CaseState) -> None:
        """Change the state along the table of moves, and no other way."""
        if not may_move(self.case.state, to):
            raise wrong_state(self.case, self.action, self.bench.caller)
        self.case.state = to

    def issue(self, kind: PaperKind, make: PaperMaker) -> None:
        """A paper that goes out with this act; its number is taken at the end."""
        self.drafts.append((kind, make))

    def happened(
        self,
        kind: CaseEventKind,
        article: str,
        note: str | None,
        facts: Mapping[str, object],
        at: datetime | None = None,
    ) -> None:
        """A line of the timeline."""
        self.events.append(
            new_event(
                self.case,
                kind,
                article=article,
                note=note,
                facts=facts,
                occurred_at=at or self.bench.now,
                now=self.bench.now,
                account_id=self.bench.caller.account_id,
                actor_name=self.bench.caller.name,
            )
        )

    def say_for_whom(self) -> None:
        """Name the absent handler in what a deputy did; what silence did is nobody's."""
        for event in self.events:
            if event.account_id is not None:
                event.on_behalf_of = self.absent

    def number_of(self, kind: PaperKind) -> str | None:
        """The number of a paper that went out with this act."""
        return next((issue.number for issue in self.issues if issue.kind is kind), None)

    def name_papers(self, issues: Sequence[Issue]) -> None:
        """Name the papers in the event that caused them."""
        for issue in issues:
            for event in self.events:
                if issue.kind in papers_of(event.kind):
                    event.facts = {**event.facts, "paper_number": issue.number}


PAPER_OF_EVENT = {
    CaseEventKind.ACCEPTED: PaperKind.ACCEPTANCE_SLIP,
    CaseEventKind.MATERIALS_HANDED_IN: PaperKind.RECEIPT,
    CaseEventKind.RESUMED: PaperKind.RESUMPTION_NOTICE,
    CaseEventKind.EXTENDED: PaperKind.EXTENSION_NOTICE,
    CaseEventKind.SPECIAL_APPROVED: PaperKind.SPECIAL_APPROVAL,
    CaseEventKind.SUPPLEMENT_REQUESTED: PaperKind.SUPPLEMENT_NOTICE,
    CaseEventKind.NOT_ACCEPTED: PaperKind.NON_ACCEPTANCE_NOTICE,
    CaseEventKind.DISMISSED: PaperKind.DISMISSAL_NOTICE,
    CaseEventKind.REFUSED: PaperKind.REFUSAL_NOTICE,
    CaseEventKind.REFUSAL_DECLINED: PaperKind.REJECTION_FORM,
    CaseEventKind.REFUSAL_FILED: PaperKind.REJECTION_FORM,
    CaseEventKind.MATERIALS_RETURNED: PaperKind.RETURN_RECEIPT,
}


def papers_of(kind: CaseEventKind) -> tuple[PaperKind, ...]:
    """Which papers an event puts out; a suspension is told by one of two."""
    if kind is CaseEventKind.SUSPENDED:
        return (PaperKind.SUSPENSION_NOTICE, PaperKind.REPORTING_NOTICE)
    paper = PAPER_OF_EVENT.get(kind)
    return () if paper is None else (paper,)


def facts_of(case: Case) -> dict[str, object]:
    """What an audit row says of a case: nothing personal."""
    return {
        "state": case.state,
        "handler_id": str(case.handler_id),
        "due_at": case.due_at.isoformat() if case.due_at else None,
        "version": case.version,
    }


def wrong_state(
    case: Case, action: CaseAction, caller: Caller, offered: Sequence[str] | None = None
) -> WrongCaseState:
    """Names the state, and what the caller could do with the case instead."""
    if offered is None:
        where = place_of(case)
        offered = [other.value for other in COMMANDS if why_not(other, where, caller) is None]
    return WrongCaseState(
        f"办件目前“{case.state.label}”，不能{action.label}。",
        allowed=list(offered),
        article="MGMT 十一",
    )


def name_missing(wanted: Sequence[MissingMaterial], known: Sequence[Material]) -> list[MissingLine]:
    """Give each missing thing its name; raises UnknownMaterial with its place."""
    names = {material.key: material.name for material in known}
    found, problems = [], []
    for index, line in enumerate(wanted):
        name = line.name or names.get(line.material_key or "")
        if name is None:
            problems.append(
                FieldProblem(
                    f"/missing/{index}/material_key",
                    UnknownMaterial.code,
                    "事项的材料清单中没有这个材料代码。",
                )
            )
        found.append(MissingLine(name or "", line.requirement))
    if problems:
        raise UnknownMaterial(errors=problems)
    return found
