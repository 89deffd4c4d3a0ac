"""A case comes in: the hall's busiest act, in two statements."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from secrets import token_bytes
from uuid import UUID

from yimen.core.audit import audit_values
from yimen.core.clock import HALL_ZONE, hall_day
from yimen.core.crypto import place
from yimen.core.database import new_id, table_of
from yimen.core.errors import Conflict, FieldProblem, Forbidden, InvalidInput
from yimen.core.numbering import take_numbers
from yimen.domains.calendars.rules import WorkCalendar
from yimen.domains.cases.access import may_take_in
from yimen.domains.cases.enums import CaseEventKind, CaseState, Custody
from yimen.domains.cases.models import Case, CaseMaterial
from yimen.domains.cases.repository import CaseRow, Document
from yimen.domains.cases.rules import (
    CaseLines,
    ClockAct,
    ClockEvent,
    KeptMaterial,
    check_materials,
    custody_of,
    deemed_acceptance_at,
    due_date,
    is_late_entry,
)
from yimen.domains.cases.schemas import CaseCreate, CaseRead, MaterialIn
from yimen.domains.cases.service import SUBJECT, Bench, present_case, told_of
from yimen.domains.catalog.enums import CaseKind, ItemStatus
from yimen.domains.catalog.rules import Material
from yimen.domains.catalog.service import IntakeFacts
from yimen.domains.papers.enums import PaperKind
from yimen.domains.papers.rules import (
    CODE_LENGTH,
    HELD,
    CaseFacts,
    Issue,
    MaterialLine,
    PaperBody,
    Promise,
    acceptance_slip,
    receipt,
    write_code,
)
from yimen.domains.papers.service import paper_values

CASE_SERIES = "BJ"


class NotYourWindow(Forbidden):
    code = "not_your_window"
    title = "您今天不在该窗口服务，不能在该窗口收件。"


class WhichWindow(Conflict):
    code = "which_window"
    title = "请指明收件窗口：您今天没有服务的窗口，或者不止一个。"


class UnknownWindow(InvalidInput):
    code = "unknown_window"
    title = "没有这个窗口。"


class ItemNotInForce(Conflict):
    code = "item_not_in_force"
    title = "该事项尚未生效或已取消，不能收件。"


class NotAtThisWindow(Conflict):
    code = "item_not_at_window"
    title = "该事项不在此窗口办理，请引导申请人到办理窗口。"


class ReceivedInFuture(InvalidInput):
    code = "received_in_future"
    title = "收件时间不能晚于现在。"


class UnknownMaterial(InvalidInput):
    code = "unknown_material"
    title = "事项的材料清单中没有这种材料。"


class IntakeService:
    """Registering an application at a window."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench

    async def take_in(self, wish: CaseCreate) -> CaseRead:
        """Register the application; accept it at once if everything is there (domain.md §4).

        Raises NotYourWindow, WhichWindow, ItemNotInForce, NotAtThisWindow, ReceivedInFuture,
        UnknownMaterial.
        """
        bench = self.bench
        window_id = self._window(wish.window_id)
        received_at = (wish.received_at or bench.now).astimezone(HALL_ZONE)
        if received_at > bench.now:
            raise ReceivedInFuture
        facts = await bench.catalog.intake_facts(wish.item_id, window_id)
        if facts.window_number is None or facts.window_department_id is None:
            raise UnknownWindow
        if not may_take_in(window_id, facts.window_department_id, bench.caller):
            raise NotYourWindow
        check_item(facts)
        lines = name_materials(wish.materials, facts.materials)
        check = check_materials(
            facts.materials, {line.key for line in lines if line.key is not None}
        )
        calendar = await bench.calendars.hold()
        case = self._register(
            wish, facts, window_id=window_id, received_at=received_at, calendar=calendar
        )
        needs_approval = facts.kind is CaseKind.SPECIAL  # MGMT 十一(三): the director first
        if check.is_complete and wish.accept_if_complete and not needs_approval:
            accept_now(case, at=received_at, calendar=calendar)
        row = CaseRow(case, facts.window_number, facts.department_name, bench.caller.name)
        await self._write(row, lines, wish.note)
        missing = [material.name for material in check.missing]
        kept = CaseLines(materials=tuple(KeptMaterial(line.name, line.custody) for line in lines))
        return present_case(row, bench=bench, calendar=calendar, missing=missing, lines=kept)

    def _window(self, wished: UUID | None) -> UUID:
        mine = self.bench.caller.window_ids
        if wished is not None:
            return wished
        if len(mine) != 1:
            raise WhichWindow
        return mine[0]

    def _register(
        self,
        wish: CaseCreate,
        facts: IntakeFacts,
        *,
        window_id: UUID,
        received_at: datetime,
        calendar: WorkCalendar,
    ) -> Case:
        bench, applicant = self.bench, wish.applicant
        if bench.caller.staff_id is None:
            raise NotYourWindow
        case_id = new_id()
        secret = bench.personal_data
        number = applicant.id_number
        return Case(
            id=case_id,
            case_number="",
            item_id=wish.item_id,
            item_version_id=facts.version_id,
            item_name=facts.name,
            kind=facts.kind,
            window_id=window_id,
            department_id=facts.department_id,
            handler_id=bench.caller.staff_id,
            state=CaseState.RECEIVED,
            working_days=facts.committed_days,
            applicant_kind=applicant.kind,
            applicant_name=applicant.name,
            applicant_id_kind=applicant.id_kind,
            applicant_id_number=(
                None
                if number is None
                else secret.encrypt(number, bound_to=place(case_id, "applicant_id_number"))
            ),
            applicant_id_number_index=(
                None if number is None else secret.blind_index(number, kind="id_number")
            ),
            applicant_phone=secret.encrypt(
                applicant.phone, bound_to=place(case_id, "applicant_phone")
            ),
            applicant_phone_index=secret.blind_index(applicant.phone, kind="phone"),
            received_at=received_at,
            registered_at=bench.now,
            is_late_entry=is_late_entry(
                received_at,
                bench.now,
                days=bench.limit("cases.late_entry_days"),
                calendar=calendar,
            ),
            deemed_acceptance_at=deemed_acceptance_at(
                received_at,
                days=bench.limit("cases.deemed_acceptance_days", at=received_at),
                calendar=calendar,
            ),
            supplement_due_on=None,
            completed_at=None,
            accepted_at=None,
            is_deemed_accepted=False,
            due_at=None,
            due_is_provisional=False,
            decided_at=None,
            result_number=None,
            dismissal_ground=None,
            delivered_at=None,
            delivery_method=None,
            received_by=None,
            visit_count=1,
            supplement_count=0,
            suspended_at=None,
            suspended_until=None,
            pending_decision=None,
            documents_due_on=None,
            lookup_code=write_code(token_bytes(CODE_LENGTH)),
            version=1,
        )

    async def _write(
        self, row: CaseRow, lines: Sequence["NamedMaterial"], note: str | None
    ) -> None:
        bench, case = self.bench, row.case
        kinds = []
        if case.kind is not CaseKind.IMMEDIATE:
            kinds.append(PaperKind.RECEIPT)  # TIMELIMIT 五3: all but immediate ones
        if case.state is CaseState.ACCEPTED:
            kinds.append(PaperKind.ACCEPTANCE_SLIP)
        # the series stay locked from here to the commit
        numbers = await take_numbers(
            bench.cases.session,
            [CASE_SERIES, *(kind.series for kind in kinds)],
            hall_day(bench.now),
        )
        case.case_number = numbers[CASE_SERIES]
        head = case_facts(row)
        listed = [line.as_line() for line in lines]
        bodies = {
            PaperKind.RECEIPT: lambda: receipt(
                head, received_at=case.received_at, materials=listed, promise=promise_of(case)
            ),
            PaperKind.ACCEPTANCE_SLIP: lambda: slip_of(case, head, listed),
        }
        issues = [Issue(kind, numbers[kind.series], bodies[kind](), bench.now) for kind in kinds]
        await bench.cases.write_intake(
            case=case_document(case),
            materials=[line.document(case.id, case.received_at) for line in lines],
            events=self._events(case, issues, note),
            papers=[paper_document(issue, case, bench.caller.name) for issue in issues],
            audit=audit_values(
                caller=bench.caller,
                action="cases.take_in",
                subject_type=SUBJECT,
                subject_id=case.id,
                new={"case_number": case.case_number, "state": case.state},
            ),
            event={
                "kind": "case.accepted" if case.accepted_at else "case.received",
                "subject_type": SUBJECT,
                "subject_id": case.id,
                "department_id": case.department_id,
                "window_id": case.window_id,
                "facts": told_of(case),
                "occurred_at": bench.now,
            },
        )

    def _events(self, case: Case, issues: Sequence[Issue], note: str | None) -> list[Document]:
        papers = {issue.kind: issue.number for issue in issues}
        found = [
            self._event(
                case,
                CaseEventKind.RECEIVED,
                "TIMELIMIT 二",
                note,
                {"paper_number": papers.get(PaperKind.RECEIPT), "visit": 1},
            )
        ]
        if case.state is CaseState.ACCEPTED:
            found.append(
                self._event(
                    case,
                    CaseEventKind.ACCEPTED,
                    "MGMT 十二",
                    None,
                    {"paper_number": papers[PaperKind.ACCEPTANCE_SLIP], "due_at": case.due_at},
                )
            )
        return found

    def _event(
        self,
        case: Case,
        kind: CaseEventKind,
        article: str,
        note: str | None,
        facts: dict[str, object],
    ) -> Document:
        return {
            "id": new_id(),
            "case_id": case.id,
            "kind": kind,
            "occurred_at": case.received_at,
            "recorded_at": self.bench.now,
            "account_id": self.bench.caller.account_id,
            "actor_name": self.bench.caller.name,
            "article": article,
            "note": note,
            "facts": facts,
        }


def check_item(facts: IntakeFacts) -> None:
    """Whether the item can be taken in at this window at all (MGMT 五, 九)."""
    if facts.status is not ItemStatus.IN_FORCE:
        raise ItemNotInForce
    if not facts.window_may_take:
        raise NotAtThisWindow(article="MGMT 五")


@dataclass(frozen=True, slots=True)
class NamedMaterial:
    """A material handed in, by the name the item's list gives it."""

    key: str | None
    name: str
    copies: int
    pages: int
    is_original: bool
    custody: Custody

    def as_line(self) -> MaterialLine:
        return list_material(self)

    def document(self, case_id: UUID, at: datetime) -> Document:
        return {
            "id": new_id(),
            "case_id": case_id,
            "material_key": self.key,
            "name": self.name,
            "copies": self.copies,
            "pages": self.pages,
            "is_original": self.is_original,
            "handed_in_at": at,
            "custody": self.custody,
        }


def name_materials(
    handed_in: Sequence[MaterialIn], known: Sequence[Material]
) -> list[NamedMaterial]:
    """Give each material its name from the item's list; raises UnknownMaterial with its place."""
    names = {material.key: material.name for material in known}
    handling = {material.key: material.original for material in known}
    found, problems = [], []
    for index, line in enumerate(handed_in):
        name = line.name
        if line.material_key is not None:
            if line.material_key not in names:
                problems.append(
                    FieldProblem(
                        f"/materials/{index}/material_key",
                        UnknownMaterial.code,
                        "事项的材料清单中没有这个材料代码。",
                    )
                )
            name = name or names.get(line.material_key)
        found.append(
            NamedMaterial(
                line.material_key,
                name or "",
                line.copies,
                line.pages,
                line.is_original,
                line.custody or custody_of(handling.get(line.material_key or "")),
            )
        )
    if problems:
        raise UnknownMaterial(errors=problems)
    return found


def accept_now(
    case: Case, *, at: datetime, calendar: WorkCalendar, due_on: date | None = None
) -> None:
    """Start the case's clock at an instant and fix its due date (domain.md §4).

    A special case has the day that the director set, ``due_on``, instead of the promise.
    """
    events = [ClockEvent(ClockAct.ACCEPTED, at)]
    if due_on is not None:
        events.append(ClockEvent(ClockAct.DUE_SET, at, due_on=due_on))
    due = due_date(events, working_days=case.working_days, calendar=calendar)
    assert due is not None
    case.state = CaseState.ACCEPTED
    case.accepted_at = at
    case.due_at = due.at
    case.due_is_provisional = due.is_provisional
    case.deemed_acceptance_at = None
    case.supplement_due_on = None


def case_facts(row: CaseRow) -> CaseFacts:
    """What every paper of the case names."""
    return CaseFacts(
        case_number=row.case.case_number,
        item_name=row.case.item_name,
        applicant_name=row.case.applicant_name,
        department_name=row.department_name,
        window_number=row.window_number,
        handler_name=row.handler_name,
        lookup_code=row.case.lookup_code,
    )


def slip_of(case: Case, head: CaseFacts, materials: Sequence[MaterialLine]) -> PaperBody:
    """The acceptance slip of a case whose clock has just been started."""
    promise = promise_of(case)
    assert case.accepted_at is not None and promise is not None
    return acceptance_slip(
        head,
        accepted_at=case.accepted_at,
        promise=promise,
        materials=materials,
        is_deemed=case.is_deemed_accepted,
    )


def promise_of(case: Case) -> Promise | None:
    """What is promised to an applicant; nothing before acceptance."""
    if case.due_at is None:
        return None
    return Promise(case.due_at, case.due_is_provisional, case.working_days or None)


WHEREABOUTS = {Custody.HELD: HELD, Custody.SHOWN: "当场退还"}


def list_material(line: NamedMaterial | CaseMaterial) -> MaterialLine:
    """A material as receipt and slip list it; of an original, where it is (TIMELIMIT 二)."""
    whereabouts = WHEREABOUTS.get(line.custody, "") if line.is_original else ""
    if isinstance(line, CaseMaterial) and line.returned_at is not None:
        whereabouts = "已退还"
    return MaterialLine(line.name, line.copies, line.pages, line.is_original, whereabouts)


def case_document(case: Case) -> Document:
    """The row of a case that is not in the database yet."""
    return {column: getattr(case, column) for column in CASE_COLUMNS}


def paper_document(issue: Issue, case: Case, issued_by: str) -> Document:
    """The row of a paper issued on a case."""
    return paper_values(
        issue,
        paper_id=new_id(),
        subject_type=SUBJECT,
        subject_id=case.id,
        department_id=case.department_id,
        window_id=case.window_id,
        issued_by_name=issued_by,
    )


CASE_COLUMNS = tuple(table_of(Case).columns.keys())
