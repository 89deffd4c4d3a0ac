"""Corrections and excuses: asked by the person, decided by the office, with a reason."""

from uuid import UUID

from yimen.core.audit import record_audit
from yimen.core.caller import Caller
from yimen.core.errors import (
    AppError,
    Conflict,
    FieldProblem,
    Forbidden,
    InvalidInput,
    NotFound,
    Refusal,
)
from yimen.core.outbox import publish_event
from yimen.core.preconditions import require_version
from yimen.core.schemas import AllowedAction
from yimen.domains.attendance.access import CorrectionPlace, why_not
from yimen.domains.attendance.enums import (
    CORRECTION_MOVES,
    CorrectionAction,
    CorrectionState,
    MarkCause,
)
from yimen.domains.attendance.models import AttendanceCorrection
from yimen.domains.attendance.repository import Mark
from yimen.domains.attendance.repository_corrections import CorrectionRepository, CorrectionRow
from yimen.domains.attendance.schemas_corrections import (
    CorrectionAsk,
    CorrectionPage,
    CorrectionQuery,
    CorrectionRead,
)
from yimen.domains.attendance.service import DerivationService
from yimen.domains.attendance.service_months import MonthService, correctable


class NothingToCorrect(Conflict):
    code = "nothing_to_correct"
    title = "这半天没有这一项可以说明的情况，请核对日期、半天和说明的种类。"


class CorrectionStanding(Conflict):
    code = "correction_standing"
    title = "这一项已经申请过说明，正在审核或已经同意。"
    constraint = "uq_attendance_corrections_standing"


class NotYourCorrection(Forbidden):
    code = "not_your_correction"
    title = "这一步不由您办理。"


class OwnCorrection(Forbidden):
    code = "own_correction"
    title = "不能审核本人的说明，请由其他人员办理。"


class WrongCorrectionState(Conflict):
    code = "correction_state"
    title = "该说明当前的状态不允许这样办理。"


class CorrectionService:
    """What people ask to have excused; a granted one counts from the next derivation on."""

    def __init__(
        self,
        corrections: CorrectionRepository,
        months: MonthService,
        derivation: DerivationService,
    ) -> None:
        self.corrections = corrections
        self.months = months
        self.days = months.days
        self.derivation = derivation
        self.caller: Caller = months.caller
        self.now = months.now

    async def ask(self, data: CorrectionAsk) -> UUID:
        """Ask for a half-day of one's own; there must be something to excuse."""
        staff_id = self.months.own_id
        frames = await self.months.frames()
        if data.day > frames.today:
            problem = FieldProblem("/day", "in_future", "不能为还没有到的日子申请说明。")
            raise InvalidInput(errors=[problem])
        derived = await self.derivation.derive_afresh(staff_id, [data.day], frames)
        halves = {half.half: half for half in derived[data.day].halves}
        if data.kind not in correctable(halves[data.half]):
            raise NothingToCorrect
        made = AttendanceCorrection(
            staff_id=staff_id,
            day=data.day,
            half=data.half,
            kind=data.kind,
            reason=data.reason,
            state=CorrectionState.ASKED,
            asked_at=self.now,
            asked_by_name=self.caller.name,
        )
        await self.corrections.add(made)
        await self._tell("ask", made, old=None)
        return made.id

    async def decide(
        self, correction_id: UUID, action: CorrectionAction, note: str | None, *, seen: int
    ) -> None:
        """Grant, refuse, withdraw or revoke; what is granted or revoked is derived again."""
        correction = await self.corrections.lock(correction_id, self.caller)
        if correction is None:
            raise NotFound("没有这项说明，或者您无权查看。")
        require_version(correction.version, seen)
        refusal = why_not(action, _place(correction), self.caller)
        if refusal is not None:
            raise error_of(refusal, correction.state)
        old = correction.state
        correction.state = action.target
        correction.decided_at = self.now
        correction.decided_by = self.caller.account_id
        correction.decided_by_name = self.caller.name
        correction.decision_note = note
        correction.version += 1
        await self.days.flush()
        if CorrectionState.GRANTED in (old, correction.state):
            day = correction.day
            mark = Mark(0, correction.staff_id, day, day, None, MarkCause.CORRECTION)
            await self.days.put_marks([mark])
        await self._tell(action.value, correction, old=old)

    async def list_page(self, query: CorrectionQuery) -> CorrectionPage:
        rows, cursor, total = await self.corrections.list_page(query, self.caller)
        items = [self._show(row) for row in rows]
        return CorrectionPage(items=items, next_cursor=cursor, total=total)

    async def read(self, correction_id: UUID) -> tuple[CorrectionRead, int]:
        """A correction that the caller may see, and its version; raises NotFound."""
        row = await self.corrections.find(correction_id, self.caller)
        if row is None:
            raise NotFound("没有这项说明，或者您无权查看。")
        return self._show(row), row.correction.version

    def _show(self, row: CorrectionRow) -> CorrectionRead:
        correction = row.correction
        return CorrectionRead(
            id=correction.id,
            staff_id=correction.staff_id,
            staff_number=row.staff_number,
            staff_name=row.staff_name,
            day=correction.day,
            half=correction.half,
            kind=correction.kind,
            reason=correction.reason,
            state=correction.state,
            asked_at=correction.asked_at,
            asked_by_name=correction.asked_by_name,
            decided_at=correction.decided_at,
            decided_by_name=correction.decided_by_name,
            decision_note=correction.decision_note,
            allowed_actions=_judge(_place(correction), self.caller),
        )

    async def _tell(
        self, act: str, correction: AttendanceCorrection, *, old: CorrectionState | None
    ) -> None:
        facts = {
            "staff_id": str(correction.staff_id),
            "day": correction.day.isoformat(),
            "half": correction.half.value,
            "kind": correction.kind.value,
            "state": correction.state.value,
        }
        note = correction.reason if old is None else correction.decision_note
        await record_audit(
            self.days.session,
            caller=self.caller,
            action=f"attendance_corrections.{act}",
            subject_type="attendance_correction",
            subject_id=correction.id,
            old=None if old is None else {"state": old.value},
            new=facts | {"note": note},
        )
        await publish_event(
            self.days.session,
            kind=f"attendance_corrections.{act}",
            subject_type="attendance_correction",
            subject_id=correction.id,
            department_id=await self.corrections.department_of(correction.staff_id),
            occurred_at=self.now,
            facts=facts,
        )


def error_of(refusal: Refusal, state: CorrectionState) -> AppError:
    """The error that a refused command answers with."""
    match refusal.code:
        case "own_correction":
            return OwnCorrection(refusal.reason)
        case "not_your_correction":
            return NotYourCorrection(refusal.reason)
        case _:
            allowed = sorted(move.value for move in CORRECTION_MOVES[state])
            return WrongCorrectionState(refusal.reason, allowed=allowed)


def _place(correction: AttendanceCorrection) -> CorrectionPlace:
    return CorrectionPlace(correction.staff_id, correction.state)


def _judge(place: CorrectionPlace, caller: Caller) -> list[AllowedAction]:
    return [AllowedAction.of(action, why_not(action, place, caller)) for action in CorrectionAction]
