"""Reading cases, and what all services of a case share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson

from yimen.core.audit import record_audit
from yimen.core.caller import Caller
from yimen.core.clock import hall_day
from yimen.core.crypto import PersonalData, check_id_number, mask_id_number, mask_phone, place
from yimen.core.errors import AppError, Conflict, Forbidden, NotFound
from yimen.core.schemas import AllowedAction
from yimen.domains.calendars.rules import WorkCalendar
from yimen.domains.calendars.service import CalendarService
from yimen.domains.cases.access import CasePlace, is_own, why_not
from yimen.domains.cases.enums import (
    COMMANDS,
    CaseAction,
    CaseEventKind,
    CaseState,
    IdKind,
    SuspensionCause,
)
from yimen.domains.cases.models import Case, CaseEvent, CaseMaterial
from yimen.domains.cases.repository import CaseRepository, CaseRow, ListWish, SummaryRow
from yimen.domains.cases.repository_facts import read_lines
from yimen.domains.cases.rules import (
    CaseLines,
    ClockAct,
    ClockEvent,
    ClockReading,
    DeadlineExplanation,
    due_soon_until,
    explain_deadline,
    is_visit_to_avoid,
    read_clock,
)
from yimen.domains.cases.schemas import (
    ApplicantNumbers,
    ApplicantRead,
    CaseClock,
    CaseEventRead,
    CaseItem,
    CaseMaterialRead,
    CaseQuery,
    CaseRead,
    CaseSearch,
    CaseWindow,
    Named,
)
from yimen.domains.cases.service_obstacles import Missing, missing_of, names_of, obstacle
from yimen.domains.catalog.enums import CaseKind
from yimen.domains.catalog.service import CatalogService
from yimen.domains.papers.models import Paper
from yimen.domains.papers.service import PaperService
from yimen.domains.rulebook.service import RulebookService

__all__ = ["CaseEventRead", "CaseMaterialRead", "CaseRead"]  # whoever has a case shows it as we do

SUBJECT = "case"


class CaseNotFound(NotFound):
    code = "case_not_found"
    title = "没有找到该办件，或者您无权查看。"


class NotYourCase(Forbidden):
    code = "not_your_case"
    title = "办件由其所在窗口或本部门首席代表办理，您只能查看。"


class WrongCaseState(Conflict):
    code = "case_state"
    title = "办件当前的状态不允许这样办理。"


class NotAcceptedYet(Conflict):
    code = "case_not_accepted_yet"
    title = "办件尚未受理，还没有办结期限。"


CASE_KIND_LABELS = {kind.value: kind.label for kind in CaseKind}
CASE_STATE_LABELS = {state.value: state.label for state in CaseState}


@dataclass(frozen=True, slots=True)
class Bench:
    """What one request on cases works with."""

    cases: CaseRepository
    catalog: CatalogService
    calendars: CalendarService
    rulebook: RulebookService
    papers: PaperService
    personal_data: PersonalData
    caller: Caller
    now: datetime

    def limit(self, code: str, *, at: datetime | None = None) -> int:
        """A number of the rulebook in force today, or when a time began to run."""
        return self.rulebook.edition_on(hall_day(at or self.now)).integer(code)


class CaseService:
    """Finding, showing and explaining cases."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.cases = bench.cases

    async def find(self, case_id: UUID) -> CaseRow:
        """A case that the caller may see; raises :class:`CaseNotFound`."""
        row = await self.cases.find(case_id, self.bench.caller)
        if row is None:
            raise CaseNotFound
        return row

    async def read(self, case_id: UUID) -> CaseRead:
        """A case as the caller sees it now."""
        return await self.present(await self.find(case_id))

    async def present(self, row: CaseRow) -> CaseRead:
        """The representation of a case at this moment."""
        calendar = await self.bench.calendars.current()
        return present_case(
            row,
            bench=self.bench,
            calendar=calendar,
            missing=names_of((await self._missing([row.case]))[row.case.id]),
            lines=(await lines_of([row.case], self.bench))[row.case.id],
        )

    async def _missing(self, cases: Sequence[Case]) -> Missing:
        return await missing_of(cases, self.cases, self.bench.catalog)

    async def list_page(self, query: CaseQuery) -> bytes:
        """One page of cases as a JSON document; instants with +08:00."""
        bench = self.bench
        calendar = await bench.calendars.current()
        soon = due_soon_until(bench.now, days=bench.limit("cases.due_soon_days"), calendar=calendar)
        wish = ListWish(
            view=query.view,
            mine=query.mine,
            window_id=query.window_id,
            department_id=query.department_id,
            item_id=query.item_id,
            state=query.state,
            sort=query.sort,
            limit=query.limit,
            cursor=query.cursor,
            with_total=query.with_total,
        )
        rows, cursor, total = await self.cases.list_page(
            wish, bench.caller, now=bench.now, soon=soon
        )
        lines = []
        endings: dict[tuple[object, ...], str] = {}  # many are due at the same close of business
        for row in rows:
            read_from = (row.kind, row.state, row.due_at, row.decided_at)
            ending = endings.get(read_from)
            if ending is None:
                ending = endings[read_from] = summary_ending(row, bench.now, soon, calendar)
            lines.append(f"{row.document[:-1]},{ending}")
        page = orjson.dumps({"next_cursor": cursor, "total": total}).decode()
        return f'{{"items":[{",".join(lines)}],{page[1:]}'.encode()

    async def search(self, wish: CaseSearch) -> list[CaseRead]:
        """Newest cases by number, name, phone or identity number."""
        secret = self.bench.personal_data
        rows = await self.cases.search(
            self.bench.caller,
            case_number=wish.case_number,
            name=wish.applicant_name,
            id_number_indexes=(
                secret.blind_indexes(wish.id_number, kind="id_number") if wish.id_number else None
            ),
            phone_indexes=secret.blind_indexes(wish.phone, kind="phone") if wish.phone else None,
            limit=wish.limit,
        )
        calendar = await self.bench.calendars.current()
        cases = [row.case for row in rows]
        lines = await lines_of(cases, self.bench)
        missing = await self._missing(cases)
        return [
            present_case(
                row,
                bench=self.bench,
                calendar=calendar,
                missing=names_of(missing[row.case.id]),
                lines=lines[row.case.id],
            )
            for row in rows
        ]

    async def timeline(self, case_id: UUID) -> Sequence[CaseEvent]:
        """Everything that happened to the case, oldest first."""
        await self.find(case_id)
        return await self.cases.events(case_id)

    async def materials(self, case_id: UUID) -> Sequence[CaseMaterial]:
        """What was handed in."""
        await self.find(case_id)
        return await self.cases.materials(case_id)

    async def papers(self, case_id: UUID) -> Sequence[Paper]:
        """The papers issued on the case, oldest first."""
        await self.find(case_id)
        return await self.bench.papers.of_subject(SUBJECT, case_id)

    async def explain(self, case_id: UUID) -> tuple[DeadlineExplanation, int]:
        """How the due date came about, and the promised working days."""
        case = (await self.find(case_id)).case
        events = clock_events(await self.cases.events(case_id))
        explanation = explain_deadline(
            events,
            working_days=case.working_days,
            is_deemed=case.is_deemed_accepted,
            calendar=await self.bench.calendars.current(),
        )
        if explanation is None:
            raise NotAcceptedYet
        return explanation, case.working_days

    async def preview(self, item_id: UUID, at: datetime | None) -> tuple[DeadlineExplanation, int]:
        """The due date that an acceptance of the item at an instant would have."""
        days = (await self.bench.catalog.item(item_id)).content.committed_days
        explanation = explain_deadline(
            [ClockEvent(ClockAct.ACCEPTED, at or self.bench.now)],
            working_days=days,
            is_deemed=False,
            calendar=await self.bench.calendars.current(),
        )
        assert explanation is not None
        return explanation, days

    async def reveal(self, case_id: UUID, reason: str) -> ApplicantNumbers:
        """The applicant's numbers in full, to the case's own window; audited with the reason."""
        case = (await self.find(case_id)).case
        if not is_own(place_of(case), self.bench.caller):
            raise NotYourCase
        await record_audit(
            self.cases.session,
            caller=self.bench.caller,
            action="cases.reveal",
            subject_type=SUBJECT,
            subject_id=case.id,
            new={"reason": reason},
        )
        return ApplicantNumbers(
            id_number=open_number(case, self.bench.personal_data),
            phone=open_phone(case, self.bench.personal_data),
        )

    async def reveal_phone(self, case_id: UUID, reason: str) -> str:
        """The applicant's phone for an act of the office that its own domain has allowed, such as
        following up a bad rating; audited with the reason.
        """
        case = (await self.find(case_id)).case
        await record_audit(
            self.cases.session,
            caller=self.bench.caller,
            action="cases.reveal_phone",
            subject_type=SUBJECT,
            subject_id=case.id,
            new={"reason": reason},
        )
        return open_phone(case, self.bench.personal_data)


def told_of(case: Case) -> dict[str, object]:
    """What an event says of a case; by its handler a deputy knows whose it is."""
    return {
        "case_number": case.case_number,
        "state": case.state,
        "handler_id": str(case.handler_id),
    }


def place_of(case: Case) -> CasePlace:
    """What access asks of a case."""
    return CasePlace(
        case.window_id,
        case.department_id,
        case.state,
        case.pending_decision,
        case.documents_due_on is not None,
        case.handler_id,
    )


CLOCK_ACTS = {
    CaseEventKind.ACCEPTED: ClockAct.ACCEPTED,
    CaseEventKind.DEEMED_ACCEPTED: ClockAct.ACCEPTED,
    CaseEventKind.SUSPENDED: ClockAct.SUSPENDED,
    CaseEventKind.DUE_DATE_MOVED: ClockAct.LIMIT_MOVED,
    CaseEventKind.RESUMED: ClockAct.RESUMED,
    CaseEventKind.EXTENDED: ClockAct.EXTENDED,
    CaseEventKind.SPECIAL_APPROVED: ClockAct.DUE_SET,
    CaseEventKind.GRANTED: ClockAct.DECIDED,
    CaseEventKind.REFUSED: ClockAct.DECIDED,
    CaseEventKind.WITHDRAWN: ClockAct.DECIDED,
}
"""Which lines of a timeline the clock reads."""


def clock_events(events: Sequence[CaseEvent]) -> list[ClockEvent]:
    """The events of the timeline that the clock reads, in the order they happened."""
    found = [
        clock_event(event.kind, event.occurred_at, event.facts)
        for event in events
        if event.kind in CLOCK_ACTS
    ]
    return sorted(found, key=lambda event: event.at)


def clock_event(kind: CaseEventKind, at: datetime, facts: Mapping[str, Any]) -> ClockEvent:
    """One line of a timeline as the clock reads it."""
    cause, until, due_on = facts.get("cause"), facts.get("until"), facts.get("due_on")
    return ClockEvent(
        CLOCK_ACTS[kind],
        at,
        cause=SuspensionCause(cause) if cause else None,
        until=datetime.fromisoformat(until) if until else None,
        working_days=int(facts.get("working_days", 0)),
        due_on=date.fromisoformat(due_on) if due_on else None,
    )


def open_number(case: Case, secret: PersonalData) -> str | None:
    """The identity number in the clear."""
    if case.applicant_id_number is None:
        return None
    return secret.decrypt(case.applicant_id_number, bound_to=place(case.id, "applicant_id_number"))


def open_phone(case: Case, secret: PersonalData) -> str:
    """The phone number in the clear."""
    return secret.decrypt(case.applicant_phone, bound_to=place(case.id, "applicant_phone"))


async def lines_of(cases: Sequence[Case], bench: Bench) -> dict[UUID, CaseLines]:
    """What bears on the commands of cases; of those that are another's to act on nothing is."""
    found = {case.id: CaseLines() for case in cases}
    own = [case.id for case in cases if is_own(place_of(case), bench.caller)]
    return found | (await read_lines(bench.cases.session, own) if own else {})


def what_hinders(
    action: CaseAction, case: Case, bench: Bench, *, lines: CaseLines, missing: Sequence[str]
) -> AppError | None:
    """What in a case's own lines stands against a command now."""
    return obstacle(
        action,
        case,
        lines,
        missing=missing,
        extensions=bench.limit("cases.extensions"),
        now=bench.now,
    )


def allowed_actions(
    case: Case, bench: Bench, *, is_asked: bool, lines: CaseLines, missing: Sequence[str]
) -> list[AllowedAction]:
    """Every command, and why those that the caller may not give now are refused."""
    where = place_of(case)
    return [
        AllowedAction.of(
            action,
            why_not(action, where, bench.caller, is_asked=is_asked)
            or what_hinders(action, case, bench, lines=lines, missing=missing),
        )
        for action in COMMANDS
    ]


def present_case(
    row: CaseRow,
    *,
    bench: Bench,
    calendar: WorkCalendar,
    missing: list[str],
    lines: CaseLines,
) -> CaseRead:
    """A case as its caller may see it at this moment."""
    case = row.case
    soon = due_soon_until(bench.now, days=bench.limit("cases.due_soon_days"), calendar=calendar)
    reading = read_clock(
        state=case.state,
        due_at=case.due_at,
        suspended_at=case.suspended_at,
        decided_at=case.decided_at,
        now=bench.now,
        due_soon_until=soon,
        calendar=calendar,
    )
    number = open_number(case, bench.personal_data)
    return CaseRead(
        id=case.id,
        case_number=case.case_number,
        kind=case.kind,
        kind_label=case.kind.label,
        state=case.state,
        state_label=case.state.label,
        item=CaseItem(id=case.item_id, version_id=case.item_version_id, name=case.item_name),
        window=CaseWindow(id=case.window_id, number=row.window_number),
        department=Named(id=case.department_id, name=row.department_name),
        handler=Named(id=case.handler_id, name=row.handler_name),
        applicant=ApplicantRead(
            kind=case.applicant_kind,
            kind_label=case.applicant_kind.label,
            name=case.applicant_name,
            id_kind=case.applicant_id_kind,
            id_number_masked=None if number is None else mask_id_number(number),
            phone_masked=mask_phone(open_phone(case, bench.personal_data)),
        ),
        received_at=case.received_at,
        registered_at=case.registered_at,
        is_late_entry=case.is_late_entry,
        working_days=case.working_days,
        deemed_acceptance_at=case.deemed_acceptance_at,
        supplement_due_on=case.supplement_due_on,
        accepted_at=case.accepted_at,
        is_deemed_accepted=case.is_deemed_accepted,
        due_at=case.due_at,
        due_is_provisional=case.due_is_provisional,
        clock=_present_clock(reading),
        decided_at=case.decided_at,
        result_number=case.result_number,
        delivered_at=case.delivered_at,
        visit_count=case.visit_count,
        has_visit_to_avoid=is_visit_to_avoid(
            case.visit_count, threshold=bench.limit("cases.visits_to_avoid")
        ),
        supplement_count=case.supplement_count,
        missing=missing,
        documents_due_on=case.documents_due_on,
        pending_decision=case.pending_decision,
        pending_decision_label=case.pending_decision.label if case.pending_decision else None,
        suspended_until=case.suspended_until,
        warnings=_warnings(case, number, calendar),
        allowed_actions=allowed_actions(
            case, bench, is_asked=row.is_asked, lines=lines, missing=missing
        ),
        version=case.version,
    )


def summary_ending(row: SummaryRow, now: datetime, soon: datetime, calendar: WorkCalendar) -> str:
    """What a line of a list says at this moment beyond what is stored: the rest of its JSON."""
    reading = read_clock(
        state=CaseState(row.state),
        due_at=row.due_at,
        suspended_at=row.suspended_at,
        decided_at=row.decided_at,
        now=now,
        due_soon_until=soon,
        calendar=calendar,
    )
    said = {
        "kind_label": CASE_KIND_LABELS[row.kind],
        "state_label": CASE_STATE_LABELS[row.state],
        "remaining_working_minutes": reading.remaining_working_minutes,
        "is_due_soon": reading.is_due_soon,
        "is_overdue": reading.is_overdue,
    }
    return orjson.dumps(said).decode()[1:]


def _present_clock(reading: ClockReading) -> CaseClock:
    return CaseClock(
        status=reading.status,
        status_label=reading.status.label,
        remaining_working_minutes=reading.remaining_working_minutes,
        is_due_soon=reading.is_due_soon,
        is_overdue=reading.is_overdue,
    )


def _warnings(case: Case, number: str | None, calendar: WorkCalendar) -> list[str]:
    found = []
    if number is not None and case.applicant_id_kind is IdKind.RESIDENT_ID:
        warning = check_id_number(number).warning
        if warning is not None:
            found.append(warning)
    if case.due_is_provisional:
        found.append("办结期限涉及放假安排尚未公布的年份，系暂定。")
    complete_by = case.supplement_due_on or case.documents_due_on
    if complete_by is not None and calendar.rests_on_unpublished(
        min(hall_day(case.received_at), complete_by), complete_by
    ):
        found.append("补齐材料的期限涉及放假安排尚未公布的年份，系暂定。")
    if (
        case.suspended_at is not None
        and case.suspended_until is not None
        and calendar.rests_on_unpublished(
            hall_day(case.suspended_at), hall_day(case.suspended_until)
        )
    ):
        found.append("中止计时的最长期限涉及放假安排尚未公布的年份，系暂定。")
    return found
