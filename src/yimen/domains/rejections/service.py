"""Reading refusals, and the breaches that their records show."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from yimen.core.audit import record_audit
from yimen.core.crypto import mask_phone, place
from yimen.core.errors import Forbidden, NotFound
from yimen.core.pagination import Page
from yimen.core.schemas import AllowedAction
from yimen.domains.calendars.rules import WorkCalendar
from yimen.domains.cases.service import Bench, CaseEventRead, CaseMaterialRead, CaseService
from yimen.domains.papers.service import PaperRead
from yimen.domains.rejections.access import RejectionPlace, is_own, why_not
from yimen.domains.rejections.enums import BreachKind, RejectionAction, RejectionState
from yimen.domains.rejections.models import Rejection
from yimen.domains.rejections.repository import RejectionRepository, RejectionRow, UnfiledRow
from yimen.domains.rejections.schemas import (
    BreachQuery,
    BreachRead,
    DecisionClock,
    Named,
    RejectionArchive,
    RejectionCase,
    RejectionQuery,
    RejectionRead,
    RejectionWindow,
    RequesterPhone,
    RequesterRead,
)
from yimen.domains.rejections.service_breaches import (
    BreachFinder,
    FoundBreach,
    settled_at_of,
    told_with,
)

SUBJECT = "rejection"


class RejectionNotFound(NotFound):
    code = "rejection_not_found"
    title = "没有找到该否定报备，或者您无权查看。"


class NotYourRejection(Forbidden):
    code = "not_your_rejection"
    title = "否定报备由其所在窗口或本部门首席代表办理，您只能查看。"


class RejectionService:
    """Finding and showing refusals, for one caller at one moment."""

    def __init__(self, rejections: RejectionRepository, cases: CaseService) -> None:
        self.rejections = rejections
        self.cases = cases
        self.bench: Bench = cases.bench

    async def find(self, rejection_id: UUID) -> RejectionRow:
        """A refusal that the caller may see; raises RejectionNotFound."""
        row = await self.rejections.find(rejection_id, self.bench.caller)
        if row is None:
            raise RejectionNotFound
        return row

    async def read(self, rejection_id: UUID) -> RejectionRead:
        """A refusal as the caller sees it now."""
        row = await self.find(rejection_id)
        return self.present(row, await self.bench.calendars.current())

    async def list_page(self, query: RejectionQuery) -> Page[RejectionRead]:
        """Refusals, the newest first."""
        rows, cursor, total = await self.rejections.list_page(
            query, self.bench.caller, self.bench.now
        )
        calendar = await self.bench.calendars.current()
        items = [self.present(row, calendar) for row in rows]
        return Page(items=items, next_cursor=cursor, total=total)

    async def archive(self, rejection_id: UUID) -> RejectionArchive:
        """The filing with its decision, papers, materials and the case's timeline (REJECT 四)."""
        row = await self.find(rejection_id)
        papers = list(await self.bench.papers.of_subject(SUBJECT, row.id))
        case = None
        events: list[CaseEventRead] = []
        materials: list[CaseMaterialRead] = []
        if row.case is not None:
            case_id = row.case.id
            case = await self.cases.read(case_id)
            papers = [*await self.cases.papers(case_id), *papers]
            events = [
                CaseEventRead.model_validate(event) for event in await self.cases.timeline(case_id)
            ]
            materials = [
                CaseMaterialRead.model_validate(line)
                for line in await self.cases.materials(case_id)
            ]
        return RejectionArchive(
            rejection=self.present(row, await self.bench.calendars.current()),
            case=case,
            events=events,
            materials=materials,
            papers=[PaperRead.model_validate(paper) for paper in papers],
        )

    async def reveal(self, rejection_id: UUID, reason: str) -> RequesterPhone:
        """The requester's phone in full, to the refusal's own window; audited with the reason."""
        row = await self.find(rejection_id)
        rejection, place = row.rejection, place_of(row)
        if not is_own(place.window_id, place.department_id, place.handler_id, self.bench.caller):
            raise NotYourRejection
        await record_audit(
            self.rejections.session,
            caller=self.bench.caller,
            action="rejections.reveal",
            subject_type=SUBJECT,
            subject_id=rejection.id,
            new={"reason": reason},
        )
        return RequesterPhone(phone=self.phone_of(rejection))

    # --- breaches

    async def breaches(self, first: date, last: date) -> list[FoundBreach]:
        """Every breach of REJECT 三–七 from ``first`` through ``last``, as the records show now.

        For the refusals that the caller may see. A breach belongs to the last day of the time
        limit that was missed, or to the day of the act. Counted as refused: what was refused,
        dismissed, not accepted (EFFICACY 十五), and whatever was filed without a case. Raises
        PeriodFaulty.
        """
        bench = self.bench
        finder = BreachFinder(self.rejections, bench.calendars, bench.rulebook, bench.now)
        return await finder.between(first, last, bench.caller)

    async def list_breaches(self, query: BreachQuery) -> list[BreachRead]:
        """The breaches of some days on the wire, by day. Raises PeriodFaulty."""
        return [
            _present_breach(one)
            for one in await self.breaches(query.first, query.last)
            if query.kind in (None, one.breach.kind)
        ]

    # --- showing

    def phone_of(self, rejection: Rejection) -> str | None:
        """The requester's phone in the clear."""
        if rejection.requester_phone is None:
            return None
        return self.bench.personal_data.decrypt(
            rejection.requester_phone, bound_to=place(rejection.id, "requester_phone")
        )

    def present(self, row: RejectionRow, calendar: WorkCalendar) -> RejectionRead:
        """A refusal as the caller may see it now."""
        rejection, case = row.rejection, row.case
        phone = self.phone_of(rejection)
        refused = told_with(row)
        return RejectionRead(
            id=rejection.id,
            rejection_number=rejection.rejection_number,
            state=rejection.state,
            state_label=rejection.state.label,
            case=case and RejectionCase(id=case.id, case_number=case.case_number),
            window=RejectionWindow(id=rejection.window_id, number=row.window_number),
            department=Named(id=rejection.department_id, name=row.department_name),
            handler=Named(id=rejection.handler_id, name=row.handler_name),
            requester=RequesterRead(
                kind=rejection.requester_kind,
                kind_label=rejection.requester_kind.label,
                name=rejection.requester_name,
                phone_masked=None if phone is None else mask_phone(phone),
            ),
            matter=rejection.matter,
            reason=rejection.reason,
            legal_basis=rejection.legal_basis,
            is_within_authority=rejection.is_within_authority,
            filed_at=rejection.filed_at,
            decision=self._decision(row, calendar),
            refused_at=rejection.refused_at,
            retracted_at=rejection.retracted_at,
            retraction_reason=rejection.retraction_reason,
            form_number=rejection.form_number,
            notice_number=row.notice_in_force or rejection.notice_number,
            missing=_missing(row),
            notice_delivered_at=(
                refused.delivered_at if refused else rejection.notice_delivered_at
            ),
            notice_method=refused.delivery_method if refused else rejection.notice_method,
            notice_signed_by=refused.received_by if refused else rejection.notice_signed_by,
            return_asked_at=rejection.return_asked_at,
            has_materials=row.has_materials,
            allowed_actions=list(self._actions(row)),
            version=rejection.version,
        )

    def _decision(self, row: RejectionRow, calendar: WorkCalendar) -> DecisionClock | None:
        rejection = row.rejection
        due_at = rejection.decision_due_at
        if due_at is None:
            return None
        settled_at, now = settled_at_of(row), self.bench.now
        remaining = None
        if settled_at is None:
            remaining = (
                calendar.working_minutes_between(now, due_at)
                if now <= due_at
                else -calendar.working_minutes_between(due_at, now)
            )
        return DecisionClock(
            due_at=due_at,
            remaining_working_minutes=remaining,
            is_overdue=(settled_at or now) > due_at,
            decided_at=rejection.decided_at,
            decided_by_name=rejection.decided_by_name,
            agrees=(
                None
                if rejection.decided_at is None
                else rejection.state is RejectionState.EFFECTIVE
            ),
            opinion=rejection.opinion,
        )

    def _actions(self, row: RejectionRow) -> Iterable[AllowedAction]:
        for action in RejectionAction:
            obstacle = why_not(action, place_of(row), self.bench.caller)
            yield AllowedAction.of(action, obstacle)


def handler_of(row: RejectionRow) -> UUID:
    """Whose matter it is: the case's handler, or who filed where there is no case."""
    return row.rejection.handler_id if row.case is None else row.case.handler_id


def place_of(row: RejectionRow) -> RejectionPlace:
    """What access asks of a refusal."""
    rejection = row.rejection
    return RejectionPlace(
        window_id=rejection.window_id,
        department_id=rejection.department_id,
        handler_id=handler_of(row),
        state=rejection.state,
        has_case=rejection.case_id is not None,
        lacks_papers=not (row.has_form and row.has_notice),
        has_notice=row.has_notice,
        is_notice_delivered=rejection.notice_delivered_at is not None,
        is_return_asked=rejection.return_asked_at is not None,
        has_materials=row.has_materials,
    )


def _missing(row: RejectionRow) -> list[str]:
    rejection = row.rejection
    if rejection.state is not RejectionState.EFFECTIVE:
        return []
    lacks = [
        ("联系电话", rejection.requester_phone is None),
        ("否定依据", rejection.legal_basis is None),
        ("否定报备登记表", not row.has_form),
        ("书面告知", not row.has_notice),
    ]
    return [name for name, is_missing in lacks if is_missing]


def _present_breach(one: FoundBreach) -> BreachRead:
    row: RejectionRow | UnfiledRow | None = one.rejection or one.unfiled
    assert row is not None
    rejection = one.rejection.rejection if one.rejection else None
    thing = rejection or row.case
    assert thing is not None
    handler = Named(id=thing.handler_id, name=row.handler_name)
    return BreachRead(
        kind=one.breach.kind,
        article=one.breach.kind.article,
        on=one.breach.on,
        evidence=one.breach.evidence,
        rejection_id=rejection and rejection.id,
        rejection_number=rejection and rejection.rejection_number,
        case_id=row.case and row.case.id,
        case_number=row.case and row.case.case_number,
        window=RejectionWindow(id=thing.window_id, number=row.window_number),
        department=Named(id=thing.department_id, name=row.department_name),
        handler=None if one.breach.kind is BreachKind.DECISION_LATE else handler,
    )
