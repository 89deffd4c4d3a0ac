"""Outings are reported to the office, overtime is applied for there (ATTEND 一(三), 二(三)3)."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from yimen.core.audit import record_audit
from yimen.core.clock import HALL_ZONE, hall_day
from yimen.core.errors import Conflict, FieldProblem, InvalidInput, NotFound, Refusal
from yimen.core.outbox import publish_event
from yimen.core.preconditions import require_version
from yimen.core.schemas import AllowedAction
from yimen.domains.leave.access import may_decide_overtime, may_enter_for, may_enter_late
from yimen.domains.leave.enums import (
    OUTING_MOVES,
    OVERTIME_MOVES,
    CoverKind,
    OutingPurpose,
    OutingState,
    OvertimeState,
)
from yimen.domains.leave.models import Outing, OvertimeRequest
from yimen.domains.leave.repository import NamedRow
from yimen.domains.leave.rules import is_outside_office_hours
from yimen.domains.leave.schemas_outings import (
    OutingCreate,
    OutingPage,
    OutingQuery,
    OutingRead,
    OvertimeCreate,
    OvertimeDecision,
    OvertimePage,
    OvertimeQuery,
    OvertimeRead,
    OvertimeRefusal,
)
from yimen.domains.leave.service import LeaveService, NotYourLeave, error_of
from yimen.domains.leave.service_outlook import OutlookService

REPORTED_BEFORE = "ATTEND 一(三)"
APPLIED_FOR = "ATTEND 二(三)3"
OUTING = "outing"
OVERTIME = "overtime_request"

NOT_YOURS = "由本人或中心办公室办理。"


class OutingNotFound(NotFound):
    code = "outing_not_found"
    title = "没有找到该外出报备，或者您无权查看。"


class OutingBegun(Conflict):
    code = "outing_begun"
    title = "外出应提前报备；已经外出的，请由中心办公室补登。"


class OverlappingOuting(Conflict):
    code = "overlapping_outing"
    title = "此人在这段时间已报备外出，请先撤销原来的报备。"
    constraint = "ex_outings_overlap"


class WrongOutingState(Conflict):
    code = "outing_state"
    title = "外出报备当前的状态不允许这样办理。"


class OutingNotBegun(Conflict):
    code = "outing_not_begun"
    title = "外出尚未开始，如不外出，请撤销报备。"


class OvertimeNotFound(NotFound):
    code = "overtime_not_found"
    title = "没有找到该加班申请，或者您无权查看。"


class OvertimeBegun(Conflict):
    code = "overtime_begun"
    title = "加班应事先申请；已经加班的，请由中心办公室补登。"


class OvertimeInOfficeHours(Conflict):
    code = "overtime_in_office_hours"
    title = "所填时间与工作时间重叠，只有工作时间以外的才算加班，请调整时间。"


class OverlappingOvertime(Conflict):
    code = "overlapping_overtime"
    title = "此人在这段时间已有加班申请，请先撤销原来的申请。"
    constraint = "ex_overtime_requests_overlap"


class WrongOvertimeState(Conflict):
    code = "overtime_state"
    title = "加班申请当前的状态不允许这样办理。"


class OutingService:
    """Part of a day away, and work outside office hours."""

    def __init__(self, leave: LeaveService) -> None:
        self.leave = leave
        self.desk = leave.desk
        self.requests = leave.leave
        self.outlook = OutlookService(leave)

    # Outings

    async def report(self, data: OutingCreate) -> UUID:
        """Say beforehand that one leaves the post; afterwards only the office enters it, as late.

        An outing is part of one day: whoever is away longer asks for leave.
        """
        person = await self.outlook.person(data.staff_id)
        if not may_enter_for(person.id, self.desk.asker):
            raise NotYourLeave(NOT_YOURS)
        _require_one_day(data.starts_at, data.ends_at)
        is_late = data.starts_at < self.desk.now
        if is_late and not self._is_office():
            raise OutingBegun(article=REPORTED_BEFORE)
        for other in await self.requests.outings_between(data.starts_at, data.ends_at, [person.id]):
            raise OverlappingOuting(f"{person.name}已报备{_span_text(other)}外出，请先撤销。")
        outing = await self.requests.add(
            Outing(
                staff_id=person.id,
                department_id=person.department_id,
                purpose=data.purpose,
                reason=data.reason,
                destination=data.destination,
                starts_at=data.starts_at,
                ends_at=data.ends_at,
                state=OutingState.REPORTED,
                reported_at=self.desk.now,
                is_late=is_late,
                version=1,
            )
        )
        await self.tell(outing, "outing_report")
        return outing.id

    async def come_back(self, outing_id: UUID, *, seen: int) -> None:
        """Back at the post, as of now."""
        outing = await self._lock_outing(outing_id, seen, OutingState.RETURNED)
        if outing.starts_at >= self.desk.now:
            raise OutingNotBegun
        old = facts_of(outing)
        outing.state = OutingState.RETURNED
        outing.back_at = self.desk.now
        await self.tell(outing, "outing_return", old=old)

    async def cancel_outing(self, outing_id: UUID, *, seen: int) -> None:
        """The outing does not take place; once begun only the office says so."""
        outing = await self._lock_outing(outing_id, seen, OutingState.CANCELLED)
        if outing.starts_at < self.desk.now and not self._is_office():
            raise OutingBegun("外出已经开始，请登记返岗；确未外出的，请由中心办公室撤销。")
        old = facts_of(outing)
        outing.state = OutingState.CANCELLED
        await self.tell(outing, "outing_cancel", old=old)

    async def list_outings(self, query: OutingQuery) -> OutingPage:
        rows, cursor, total = await self.requests.timed_page(Outing, query, self.desk.asker)
        items = [self._present_outing(row) for row in rows]
        return OutingPage(items=items, next_cursor=cursor, total=total)

    async def show_outing(self, outing_id: UUID) -> tuple[OutingRead, int]:
        """An outing as the caller sees it, and its version."""
        row = await self.requests.find_timed(Outing, outing_id, self.desk.asker)
        if row is None:
            raise OutingNotFound
        return self._present_outing(row), row.row.version

    def _present_outing(self, named: NamedRow) -> OutingRead:
        outing: Outing = named.row
        return OutingRead(
            id=outing.id,
            staff_id=outing.staff_id,
            staff_number=named.staff_number,
            staff_name=named.staff_name,
            department_id=outing.department_id,
            department_name=named.department_name,
            purpose=outing.purpose,
            reason=outing.reason,
            destination=outing.destination,
            starts_at=outing.starts_at,
            ends_at=outing.ends_at,
            state=outing.state,
            reported_at=outing.reported_at,
            is_late=outing.is_late,
            back_at=outing.back_at,
            allowed_actions=[
                AllowedAction.of("return", self._why_not_outing(outing, OutingState.RETURNED)),
                AllowedAction.of("cancel", self._why_not_outing(outing, OutingState.CANCELLED)),
            ],
        )

    async def _lock_outing(self, outing_id: UUID, seen: int, state: OutingState) -> Outing:
        outing = await self.requests.lock_timed(Outing, outing_id, self.desk.asker)
        if outing is None:
            raise OutingNotFound
        require_version(outing.version, seen)
        refusal = self._why_not_outing(outing, state)
        if refusal is not None and refusal.code == "outing_state":
            moves = sorted(move.value for move in OUTING_MOVES[outing.state])
            raise WrongOutingState(refusal.reason, allowed=moves)
        if refusal is not None:
            raise error_of(refusal)
        return outing

    def _why_not_outing(self, outing: Outing, state: OutingState) -> Refusal | None:
        if not may_enter_for(outing.staff_id, self.desk.asker):
            return Refusal("not_your_leave", NOT_YOURS)
        if state not in OUTING_MOVES[outing.state]:
            return Refusal("outing_state", f"外出报备目前“{outing.state.label}”，不能再这样办理。")
        return None

    # Overtime

    async def apply(self, data: OvertimeCreate) -> UUID:
        """Ask the office to work outside office hours; afterwards only the office enters it."""
        calendar = await self.desk.calendars.hold()
        person = await self.outlook.person(data.staff_id)
        if not may_enter_for(person.id, self.desk.asker):
            raise NotYourLeave(NOT_YOURS)
        _require_order(data.starts_at, data.ends_at)
        is_late = data.starts_at < self.desk.now
        if is_late and not self._is_office():
            raise OvertimeBegun(article=APPLIED_FOR)
        if not is_outside_office_hours(data.starts_at, data.ends_at, calendar):
            raise OvertimeInOfficeHours(article=APPLIED_FOR)
        overtime = await self.requests.add(
            OvertimeRequest(
                staff_id=person.id,
                department_id=person.department_id,
                reason=data.reason,
                starts_at=data.starts_at,
                ends_at=data.ends_at,
                state=OvertimeState.APPLIED,
                applied_at=self.desk.now,
                is_late=is_late,
                version=1,
            )
        )
        await self.tell(overtime, "overtime_apply")
        return overtime.id

    async def approve_overtime(
        self, overtime_id: UUID, data: OvertimeDecision, *, seen: int
    ) -> None:
        await self._decide(overtime_id, OvertimeState.APPROVED, data.note, seen)

    async def refuse_overtime(self, overtime_id: UUID, data: OvertimeRefusal, *, seen: int) -> None:
        await self._decide(overtime_id, OvertimeState.REFUSED, data.note, seen)

    async def cancel_overtime(self, overtime_id: UUID, *, seen: int) -> None:
        """The overtime does not take place; what was worked is not taken back."""
        overtime = await self._lock_overtime(overtime_id, seen, OvertimeState.CANCELLED)
        if overtime.state is OvertimeState.APPROVED and overtime.starts_at < self.desk.now:
            raise OvertimeBegun("加班已经开始，不能撤销。")
        old = facts_of(overtime)
        overtime.state = OvertimeState.CANCELLED
        await self.tell(overtime, "overtime_cancel", old=old)

    async def list_overtime(self, query: OvertimeQuery) -> OvertimePage:
        rows, cursor, total = await self.requests.timed_page(
            OvertimeRequest, query, self.desk.asker
        )
        items = [self._present_overtime(row) for row in rows]
        return OvertimePage(items=items, next_cursor=cursor, total=total)

    async def show_overtime(self, overtime_id: UUID) -> tuple[OvertimeRead, int]:
        """Overtime as the caller sees it, and its version."""
        row = await self.requests.find_timed(OvertimeRequest, overtime_id, self.desk.asker)
        if row is None:
            raise OvertimeNotFound
        return self._present_overtime(row), row.row.version

    def _present_overtime(self, named: NamedRow) -> OvertimeRead:
        overtime: OvertimeRequest = named.row
        return OvertimeRead(
            id=overtime.id,
            staff_id=overtime.staff_id,
            staff_number=named.staff_number,
            staff_name=named.staff_name,
            department_id=overtime.department_id,
            department_name=named.department_name,
            reason=overtime.reason,
            starts_at=overtime.starts_at,
            ends_at=overtime.ends_at,
            state=overtime.state,
            applied_at=overtime.applied_at,
            is_late=overtime.is_late,
            decided_at=overtime.decided_at,
            decided_by_name=overtime.decided_by_name,
            decision_note=overtime.decision_note,
            appointment_id=overtime.appointment_id,
            allowed_actions=[
                AllowedAction.of(name, self._why_not_overtime(overtime, state))
                for name, state in (
                    ("approve", OvertimeState.APPROVED),
                    ("refuse", OvertimeState.REFUSED),
                    ("cancel", OvertimeState.CANCELLED),
                )
            ],
        )

    async def _decide(
        self, overtime_id: UUID, state: OvertimeState, note: str | None, seen: int
    ) -> None:
        overtime = await self._lock_overtime(overtime_id, seen, state)
        old = facts_of(overtime)
        overtime.state = state
        overtime.decided_at = self.desk.now
        overtime.decided_by_name = self.desk.asker.name
        overtime.decision_note = note
        act = "approve" if state is OvertimeState.APPROVED else "refuse"
        await self.tell(overtime, f"overtime_{act}", old=old)

    async def _lock_overtime(
        self, overtime_id: UUID, seen: int, state: OvertimeState
    ) -> OvertimeRequest:
        overtime = await self.requests.lock_timed(OvertimeRequest, overtime_id, self.desk.asker)
        if overtime is None:
            raise OvertimeNotFound
        require_version(overtime.version, seen)
        refusal = self._why_not_overtime(overtime, state)
        if refusal is not None and refusal.code == "overtime_state":
            moves = sorted(move.value for move in OVERTIME_MOVES[overtime.state])
            raise WrongOvertimeState(refusal.reason, allowed=moves)
        if refusal is not None:
            raise error_of(refusal)
        return overtime

    def _why_not_overtime(self, overtime: OvertimeRequest, state: OvertimeState) -> Refusal | None:
        if state is OvertimeState.CANCELLED:
            if not may_enter_for(overtime.staff_id, self.desk.asker):
                return Refusal("not_your_leave", NOT_YOURS)
        else:
            refusal = may_decide_overtime(overtime.staff_id, self.desk.asker)
            if refusal is not None:
                return refusal
        if state not in OVERTIME_MOVES[overtime.state]:
            reason = f"加班申请目前“{overtime.state.label}”，不能再这样办理。"
            return Refusal("overtime_state", reason)
        return None

    # Inside

    def _is_office(self) -> bool:
        """Whether the caller may also enter what has begun."""
        return may_enter_late(self.desk.asker)

    async def tell(
        self,
        row: Outing | OvertimeRequest,
        act: str,
        *,
        old: Mapping[str, object] | None = None,
    ) -> None:
        """Audit row and event of an act."""
        if old is not None:
            row.version += 1
        await self.requests.flush()
        subject = OUTING if isinstance(row, Outing) else OVERTIME
        await record_audit(
            self.requests.session,
            caller=self.desk.caller,
            action=f"leave.{act}",
            subject_type=subject,
            subject_id=row.id,
            old=old,
            new=facts_of(row),
        )
        await publish_event(
            self.requests.session,
            kind=f"leave.{act}",
            subject_type=subject,
            subject_id=row.id,
            department_id=row.department_id,
            occurred_at=self.desk.now,
            facts={
                "kind": _kind(row).value,
                "state": row.state.value,
                "staff_id": str(row.staff_id),
                "first_day": hall_day(row.starts_at).isoformat(),
                "last_day": hall_day(row.ends_at).isoformat(),
            },
        )


def _kind(row: Outing | OvertimeRequest) -> CoverKind:
    if isinstance(row, OvertimeRequest):
        return CoverKind.OVERTIME
    return CoverKind.TRAINING if row.purpose is OutingPurpose.TRAINING else CoverKind.OUTING


def facts_of(row: Outing | OvertimeRequest) -> dict[str, object]:
    """What an audit row says of an outing or overtime."""
    return {
        "state": row.state.value,
        "starts_at": row.starts_at.isoformat(),
        "ends_at": row.ends_at.isoformat(),
        "is_late": row.is_late,
    }


def _span_text(outing: Outing) -> str:
    starts_at, ends_at = (at.astimezone(HALL_ZONE) for at in (outing.starts_at, outing.ends_at))
    return f"{starts_at:%H:%M}至{ends_at:%H:%M}"


def _require_order(starts_at: datetime, ends_at: datetime) -> None:
    if ends_at <= starts_at:
        problem = FieldProblem("/ends_at", "before_start", "结束应晚于开始。")
        raise InvalidInput(errors=[problem])
    if (hall_day(ends_at) - hall_day(starts_at)).days > 1:
        problem = FieldProblem("/ends_at", "too_long", "一次加班最多到次日，请按日申请。")
        raise InvalidInput(errors=[problem])


def _require_one_day(starts_at: datetime, ends_at: datetime) -> None:
    if ends_at <= starts_at or hall_day(starts_at) != hall_day(ends_at):
        sentence = "临时外出应在同一天之内，且结束晚于开始；超过一天的请办理请假。"
        raise InvalidInput(errors=[FieldProblem("/ends_at", "not_one_day", sentence)])
