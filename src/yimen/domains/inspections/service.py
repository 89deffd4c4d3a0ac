"""Inspections as they are read: rounds, findings, and the facts that scores rest on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from yimen.core.audit import record_audit
from yimen.core.caller import Caller
from yimen.core.clock import hall_day
from yimen.core.errors import Conflict, Forbidden, NotFound
from yimen.core.outbox import publish_event
from yimen.core.pagination import Page
from yimen.core.schemas import AllowedAction
from yimen.domains.calendars.rules import WorkCalendar
from yimen.domains.calendars.service import CalendarService
from yimen.domains.inspections.access import FindingPlace, why_not, why_not_round
from yimen.domains.inspections.enums import FindingAction, RoundAction
from yimen.domains.inspections.models import Finding, InspectionRound
from yimen.domains.inspections.repository import FindingRow, InspectionRepository, RoundRow
from yimen.domains.inspections.rules import (
    FindingFact,
    SubjectFact,
    is_effective,
    month_of,
    why_ineffective,
)
from yimen.domains.inspections.schemas import (
    FindingQuery,
    FindingRead,
    ResponsibleRead,
    RoundQuery,
    RoundRead,
)
from yimen.domains.leave.service import LeaveService
from yimen.domains.organisation.models import StaffMember
from yimen.domains.organisation.service import OrganisationService
from yimen.domains.rulebook.service import RulebookService

__all__ = ["FindingFact", "InspectionService", "SubjectFact"]

__all__ = ["FindingQuery", "FindingRead", "InspectionService", "RoundQuery", "RoundRead"]

SUBJECT = "finding"


class RoundNotFound(NotFound):
    code = "inspection_not_found"
    title = "没有找到该次督查。"


class RoundIsClosed(Conflict):
    code = "inspection_closed"
    title = "该次督查已结束；如需补登，请另开一次督查，有误的请更正。"


class FindingRepeated(Conflict):
    code = "finding_repeated"
    title = "该次督查已登记过同一处的这一项；多处请填写处数，有误请更正。"
    constraint = "uq_inspection_findings_window"


class SubjectFindingRepeated(FindingRepeated):
    constraint = "uq_inspection_findings_subject"


class FindingNotFound(NotFound):
    code = "finding_not_found"
    title = "没有找到该督查记录，或者您无权查看。"


class NotYoursToDo(Forbidden):
    code = "finding_not_yours"
    title = "这一步不由您办理。"


class WrongFindingState(Conflict):
    code = "finding_state"
    title = "督查记录当前的状态不允许这样办理。"


class RefusalLate(Conflict):
    code = "finding_refusal_late"
    title = "提出异议的期限已过；如记录有误，请向中心办公室说明，由其更正或撤销。"


@dataclass(frozen=True, slots=True)
class InspectionDesk:
    """What one request on inspections works with; without a caller it is the clock that asks."""

    inspections: InspectionRepository
    hall: OrganisationService
    leave: LeaveService
    calendars: CalendarService
    rulebook: RulebookService
    caller: Caller | None
    now: datetime

    @property
    def today(self) -> date:
        return hall_day(self.now)

    @property
    def asker(self) -> Caller:
        """The caller; the clock never gets here."""
        assert self.caller is not None
        return self.caller


class InspectionService:
    """Finding and showing; what scoring and discipline ask."""

    def __init__(self, desk: InspectionDesk) -> None:
        self.desk = desk
        self.inspections = desk.inspections

    # What other domains ask

    async def facts(self, month: date) -> list[FindingFact]:
        """All findings of the month that a day lies in, by day and time of recording.

        Also those that do not count, each with why: an explanation shows them too.
        """
        first, last = month_of(month)
        hit = await self.inspections.responsible_between(first, last)
        return [
            FindingFact(
                finding_id=finding.id,
                finding_number=finding.finding_number,
                day=finding.found_on,
                kind=finding.kind,
                row_code=finding.row_code,
                count=finding.count,
                window_id=finding.window_id,
                staff_ids=tuple(hit.get(finding.id, ())),
                subject_id=finding.subject_id,
                state=finding.state,
                is_effective=is_effective(finding.state),
                reason=reason_of(finding),
                note=finding.note,
                recorded_at=finding.recorded_at,
            )
            for finding in await self.inspections.findings_between(first, last)
        ]

    async def subjects(self, month: date) -> list[SubjectFact]:
        """The offices, guards and floors that are assessed on some day of that month."""
        first, last = month_of(month)
        return [
            SubjectFact(
                subject_id=row.id,
                kind=row.kind,
                name=row.name,
                keeper_name=row.keeper_name,
                table_code=row.table_code,
                starts_on=row.starts_on,
                ends_on=row.ends_on,
            )
            for row in await self.inspections.subjects_between(first, last)
        ]

    # Rounds

    async def list_rounds(self, query: RoundQuery) -> Page[RoundRead]:
        """Rounds, the newest first."""
        rows, cursor, total = await self.inspections.rounds_page(query)
        return Page(
            items=[self.present_round(row) for row in rows], next_cursor=cursor, total=total
        )

    async def read_round(self, round_id: UUID) -> RoundRead:
        """One round; raises RoundNotFound."""
        row = await self.inspections.round(round_id)
        if row is None:
            raise RoundNotFound
        return self.present_round(row)

    def present_round(self, row: RoundRow) -> RoundRead:
        """A round as its caller sees it."""
        found = row.round
        return RoundRead(
            id=found.id,
            round_number=found.round_number,
            kind=found.kind,
            kind_label=found.kind.label,
            inspected_on=found.inspected_on,
            inspectors=found.inspectors,
            note=found.note,
            state=found.state,
            state_label=found.state.label,
            finding_count=row.finding_count,
            opened_at=found.opened_at,
            opened_by_name=found.opened_by_name,
            closed_at=found.closed_at,
            allowed_actions=[
                AllowedAction.of(action, why_not_round(action, found.state, self.desk.asker))
                for action in RoundAction
            ],
            version=found.version,
        )

    # Findings

    async def list_findings(self, query: FindingQuery) -> Page[FindingRead]:
        """Findings the caller may see, the newest first."""
        rows, cursor, total = await self.inspections.page_of(query, self.desk.asker)
        return Page(items=await self.present(rows), next_cursor=cursor, total=total)

    async def read_finding(self, finding_id: UUID) -> FindingRead:
        """One finding; raises FindingNotFound."""
        row = await self.inspections.find(finding_id, self.desk.asker)
        if row is None:
            raise FindingNotFound
        [shown] = await self.present([row])
        return shown

    async def present(self, rows: Sequence[FindingRow]) -> list[FindingRead]:
        """Findings as their caller sees them."""
        hit = await self.inspections.responsible([row.finding.id for row in rows])
        return [self._present(row, hit.get(row.finding.id, [])) for row in rows]

    def _present(self, row: FindingRow, hit: Sequence[StaffMember]) -> FindingRead:
        finding = row.finding
        edition = self.desk.rulebook.edition_on(finding.found_on)
        rule = edition.row(finding.row_code)
        place = place_of(finding, [one.id for one in hit])
        return FindingRead(
            id=finding.id,
            finding_number=finding.finding_number,
            round_id=finding.round_id,
            kind=finding.kind,
            kind_label=finding.kind.label,
            found_on=finding.found_on,
            row_code=finding.row_code,
            row_label=rule.label,
            area_label=edition.table(rule.table_code).area_of(rule).label,
            article=rule.article,
            basis=rule.basis,
            basis_label=rule.basis.label,
            points=rule.points,
            count=finding.count,
            points_asked=rule.points * finding.count,
            edition_code=edition.code,
            window_id=finding.window_id,
            window_number=row.window_number,
            department_id=finding.department_id,
            subject_id=finding.subject_id,
            subject_name=row.subject_name,
            responsible=[ResponsibleRead(staff_id=one.id, name=one.name) for one in hit],
            photo_reference=finding.photo_reference,
            note=finding.note,
            state=finding.state,
            state_label=finding.state.label,
            is_effective=is_effective(finding.state),
            why_ineffective=reason_of(finding),
            recorded_at=finding.recorded_at,
            recorded_by_name=finding.recorded_by_name,
            refusable_until=finding.refusable_until,
            answered_at=finding.answered_at,
            answered_by_name=finding.answered_by_name,
            answer_reason=finding.answer_reason,
            decided_at=finding.decided_at,
            decided_by_name=finding.decided_by_name,
            decision_reason=finding.decision_reason,
            replaces_id=finding.replaces_id,
            replaced_by_id=row.replaced_by_id,
            allowed_actions=[
                AllowedAction.of(action, why_not(action, place, self.desk.asker, self.desk.today))
                for action in FindingAction
            ],
            version=finding.version,
        )

    # Telling

    async def tell(
        self, finding: Finding, act: str, *, old: Mapping[str, object] | None = None
    ) -> None:
        """The audit row and the event of an act on a finding; flush first."""
        await record_audit(
            self.inspections.session,
            caller=self.desk.caller,
            action=f"findings.{act}",
            subject_type=SUBJECT,
            subject_id=finding.id,
            old=old,
            new=facts_of(finding),
        )
        await publish_event(
            self.inspections.session,
            kind=f"finding.{act}",
            subject_type=SUBJECT,
            subject_id=finding.id,
            department_id=finding.department_id,
            window_id=finding.window_id,
            facts={
                "finding_number": finding.finding_number,
                "kind": finding.kind.value,
                "day": finding.found_on.isoformat(),
                "state": finding.state.value,
            },
            occurred_at=self.desk.now,
        )

    async def tell_round(self, found: InspectionRound, act: str) -> None:
        """The audit row and the event of an act on a round."""
        facts = {
            "round_number": found.round_number,
            "kind": found.kind.value,
            "day": found.inspected_on.isoformat(),
            "state": found.state.value,
        }
        await record_audit(
            self.inspections.session,
            caller=self.desk.caller,
            action=f"inspections.{act}",
            subject_type="inspection",
            subject_id=found.id,
            new=facts,
        )
        await publish_event(
            self.inspections.session,
            kind=f"inspection.{act}",
            subject_type="inspection",
            subject_id=found.id,
            facts=facts,
            occurred_at=self.desk.now,
        )


def last_day_to_refuse(
    recorded_on: date, calendar: WorkCalendar, rulebook: RulebookService
) -> date:
    """Until when the inspected may object to what was recorded on a day (APPRAISE 四(三))."""
    days = rulebook.edition_on(recorded_on).integer("inspections.refusal_days")
    return calendar.add_working_days(recorded_on, days).day


def place_of(finding: Finding, staff_ids: Sequence[UUID]) -> FindingPlace:
    """What access asks of a finding."""
    return FindingPlace(
        kind=finding.kind,
        state=finding.state,
        window_id=finding.window_id,
        department_id=finding.department_id,
        staff_ids=staff_ids,
        refusable_until=finding.refusable_until,
    )


def reason_of(finding: Finding) -> str | None:
    """Why a finding does not count; none when it does."""
    return why_ineffective(finding.state, finding.decision_reason or finding.answer_reason)


def facts_of(finding: Finding) -> dict[str, object]:
    """What an audit row says of a finding."""
    return {
        "state": finding.state.value,
        "row_code": finding.row_code,
        "count": finding.count,
        "found_on": finding.found_on.isoformat(),
        "refusable_until": finding.refusable_until.isoformat(),
        "window_id": str(finding.window_id) if finding.window_id else None,
        "subject_id": str(finding.subject_id) if finding.subject_id else None,
        "version": finding.version,
    }
