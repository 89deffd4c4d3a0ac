"""Substitutes: sent by the department, registered by the office, with badge and desk plate."""

from datetime import date
from uuid import UUID

from yimen.core.audit import record_audit
from yimen.core.errors import Conflict, FieldProblem, InvalidInput, NotFound
from yimen.core.outbox import publish_event
from yimen.core.preconditions import require_version
from yimen.domains.leave.enums import STANDING, LeaveAction, LeaveEventKind
from yimen.domains.leave.models import LeaveRequest, Substitution
from yimen.domains.leave.repository import SubstitutionRow
from yimen.domains.leave.rules import counted_half_days, opens_at
from yimen.domains.leave.schemas import (
    HandBack,
    HandOut,
    SubstituteRegister,
    SubstitutionPage,
    SubstitutionQuery,
    SubstitutionRead,
)
from yimen.domains.leave.service import LeaveService, facts_of, span_of
from yimen.domains.leave.service_outlook import OutlookService, Reckoning
from yimen.domains.organisation.rules import ONE_DAY, Span

REGISTERED_BEFORE = "ATTEND 四(一)"
BADGE = "ATTEND 四(二)"
SUBJECT = "substitution"


class SubstitutionNotFound(NotFound):
    code = "substitution_not_found"
    title = "没有找到该替岗登记，或者您无权查看。"


class NoWindowToStandInAt(Conflict):
    code = "no_window_to_stand_in_at"
    title = "请假人在这段时间没有在窗口服务，无须安排窗口替岗。"


class OwnSubstitute(Conflict):
    code = "own_substitute"
    title = "不能由请假人本人替岗，请另选一人。"


class SubstituteOfOtherDepartment(Conflict):
    code = "substitute_of_other_department"
    title = "替岗人员应由请假人的派出单位安排，请选择该单位的人员。"


class SubstituteOnLeave(Conflict):
    code = "substitute_on_leave"
    title = "替岗人员在这段时间自己也请了假，请另选一人。"


class SubstituteElsewhere(Conflict):
    code = "substitute_serves_elsewhere"
    title = "替岗人员在这段时间已在窗口服务，不能同时替岗，请另选一人。"


class SubstitutionOver(Conflict):
    code = "substitution_over"
    title = "替岗已经结束或取消。"


class BadgeHandedOut(Conflict):
    code = "badge_handed_out"
    title = "临时工作挂牌和桌牌已经发放。"


class BadgeNotOut(Conflict):
    code = "badge_not_out"
    title = "没有尚未归还的挂牌或桌牌。"


class SubstituteService:
    """Who stands in at the window, for which days, and with whose badge (ATTEND 二(三), 四)."""

    def __init__(self, leave: LeaveService) -> None:
        self.leave = leave
        self.desk = leave.desk
        self.requests = leave.leave

    async def register(self, leave_id: UUID, data: SubstituteRegister, *, seen: int) -> None:
        """The office enters whom the department sends; afterwards is late, and stays so.

        The substitute serves at the window for these days and therefore nowhere else.
        """
        calendar = await self.desk.calendars.hold()
        leave = await self.leave.lock(leave_id, LeaveAction.SUBSTITUTE, seen=seen)
        span = self._days(leave, data)
        window_id = await self._window(leave.staff_id, span.starts_on)
        await self._require_free(leave, data.substitute_id, span)
        service = await self.desk.staffing.send_substitute(data.substitute_id, window_id, span)
        counted = counted_half_days(span_of(leave), calendar)
        made = await self.requests.add(
            Substitution(
                leave_id=leave.id,
                substitute_id=data.substitute_id,
                window_id=window_id,
                service_id=service.id,
                starts_on=service.starts_on,
                ends_on=service.ends_on or span.ends_on,
                registered_at=self.desk.now,
                is_late=bool(counted) and self.desk.now > opens_at(counted[0], calendar),
                sent_by=data.sent_by,
                version=1,
            )
        )
        old = facts_of(leave)
        await self.recheck(leave, await OutlookService(self.leave).reckon_leave(leave, calendar))
        leave.version += 1
        await self.leave.record(
            leave,
            LeaveEventKind.SUBSTITUTE_REGISTERED,
            article=REGISTERED_BEFORE,
            note=data.sent_by,
            facts={
                "substitution_id": str(made.id),
                "substitute_id": str(made.substitute_id),
                "starts_on": made.starts_on.isoformat(),
                "ends_on": made.ends_on.isoformat(),
                "is_late": made.is_late,
            },
            old=old,
        )

    async def recall(self, substitution_id: UUID, *, seen: int) -> None:
        """The substitute's last day is today; one who has not begun does not come."""
        calendar = await self.desk.calendars.hold()
        leave, row = await self._lock(substitution_id, seen)
        if row.service_id is None or row.ends_on < self.desk.today:
            raise SubstitutionOver
        await self._end(row, max(self.desk.today, row.starts_on - ONE_DAY))
        old = facts_of(leave)
        await self.recheck(leave, await OutlookService(self.leave).reckon_leave(leave, calendar))
        leave.version += 1
        await self._tell_recalled(leave, row, old)

    async def end_with(self, leave: LeaveRequest, last: date) -> None:
        """The absence ends: so do its substitutes, who are of no use after that day."""
        for row in await self.requests.substitutions_of(leave.id):
            if row.ends_on > last:
                old = facts_of(leave)
                await self._end(row, last)
                await self._tell_recalled(leave, row, old)

    async def recheck(self, leave: LeaveRequest, reckoned: Reckoning) -> None:
        """Say anew whether a substitute is demanded, and whether every day has one."""
        leave.substitute_article = reckoned.demand.article if reckoned.demand else None
        leave.lacks_substitute = reckoned.demand is not None
        if reckoned.demand is None:
            return
        await self.requests.flush()
        spans = [
            Span(row.starts_on, row.ends_on)
            for row in await self.requests.substitutions_of(leave.id)
        ]
        days = {half_day.day for half_day in reckoned.counted}
        leave.lacks_substitute = not all(any(span.covers(day) for span in spans) for day in days)

    # Badge and desk plate

    async def hand_out(self, substitution_id: UUID, data: HandOut, *, seen: int) -> None:
        """The substitute fetches badge and desk plate before taking the post (ATTEND 四(二))."""
        leave, row = await self._lock(substitution_id, seen)
        if row.service_id is None:
            raise SubstitutionOver
        if row.handed_out_at is not None:
            raise BadgeHandedOut
        row.badge_number = data.badge_number
        row.plate_number = data.plate_number
        row.handed_out_at = self.desk.now
        await self._tell_of_badge(leave, row, "hand_out")

    async def hand_back(self, substitution_id: UUID, data: HandBack, *, seen: int) -> None:
        """Badge, desk plate or both come back."""
        leave, row = await self._lock(substitution_id, seen)
        badge = data.badge and row.badge_returned_at is None
        plate = data.plate and row.plate_returned_at is None
        if row.handed_out_at is None or not (badge or plate):
            raise BadgeNotOut
        if badge:
            row.badge_returned_at = self.desk.now
        if plate:
            row.plate_returned_at = self.desk.now
        await self._tell_of_badge(leave, row, "hand_back")

    # Showing

    async def list_page(self, query: SubstitutionQuery) -> SubstitutionPage:
        rows, cursor, total = await self.requests.substitutions_page(
            query, self.desk.asker, self.desk.today
        )
        items = [self.present(row) for row in rows]
        return SubstitutionPage(items=items, next_cursor=cursor, total=total)

    async def show(self, substitution_id: UUID) -> tuple[SubstitutionRead, int]:
        """A substitution as the caller sees it, and its version."""
        row = await self._find(substitution_id)
        return self.present(row), row.substitution.version

    def present(self, named: SubstitutionRow) -> SubstitutionRead:
        row = named.substitution
        is_outstanding = row.handed_out_at is not None and (
            row.badge_returned_at is None or row.plate_returned_at is None
        )
        is_over = row.service_id is None or row.ends_on < self.desk.today
        return SubstitutionRead(
            id=row.id,
            leave_id=row.leave_id,
            leave_number=named.leave_number,
            absent_name=named.absent_name,
            substitute_id=row.substitute_id,
            substitute_name=named.substitute_name,
            window_id=row.window_id,
            window_number=named.window_number,
            starts_on=row.starts_on,
            ends_on=row.ends_on,
            registered_at=row.registered_at,
            is_late=row.is_late,
            sent_by=row.sent_by,
            badge_number=row.badge_number,
            plate_number=row.plate_number,
            handed_out_at=row.handed_out_at,
            badge_returned_at=row.badge_returned_at,
            plate_returned_at=row.plate_returned_at,
            recalled_at=row.recalled_at,
            is_outstanding=is_outstanding,
            is_overdue=is_outstanding and is_over,
        )

    # Inside

    def _days(self, leave: LeaveRequest, data: SubstituteRegister) -> Span:
        starts_on = data.starts_on or max(leave.starts_on, min(self.desk.today, leave.ends_on))
        ends_on = data.ends_on or leave.ends_on
        if not leave.starts_on <= starts_on <= ends_on <= leave.ends_on:
            sentence = f"替岗应在请假的 {leave.starts_on} 至 {leave.ends_on} 之内。"
            raise InvalidInput(errors=[FieldProblem("/starts_on", "outside_leave", sentence)])
        return Span(starts_on, ends_on)

    async def _window(self, staff_id: UUID, day: date) -> UUID:
        services = await self.desk.hall.services_of([staff_id], day, day)
        if not services:
            raise NoWindowToStandInAt
        return services[0].window_id

    async def _require_free(self, leave: LeaveRequest, substitute_id: UUID, span: Span) -> None:
        if substitute_id == leave.staff_id:
            raise OwnSubstitute
        try:
            substitute = await self.desk.hall.staff_member(substitute_id)
        except NotFound as error:
            problem = FieldProblem("/substitute_id", "unknown", "没有这个工作人员，请先登记。")
            raise InvalidInput(errors=[problem]) from error
        if substitute.department_id != leave.department_id:
            raise SubstituteOfOtherDepartment(article="ATTEND 二(三)")
        assert span.ends_on is not None
        if await self.requests.leaves_between(
            span.starts_on, span.ends_on, states=STANDING, staff_ids=[substitute_id]
        ):
            raise SubstituteOnLeave
        for service in await self.desk.hall.services_of(
            [substitute_id], span.starts_on, span.ends_on
        ):
            raise SubstituteElsewhere(
                f"{substitute.name}在这段时间已在 {service.window.number} 号窗口服务，"
                "不能同时替岗，请另选一人。"
            )

    async def _find(self, substitution_id: UUID) -> SubstitutionRow:
        row = await self.requests.substitution(substitution_id, self.desk.asker)
        if row is None:
            raise SubstitutionNotFound
        return row

    async def _lock(self, substitution_id: UUID, seen: int) -> tuple[LeaveRequest, Substitution]:
        """A substitution and its leave, the leave first, as everywhere."""
        found = await self._find(substitution_id)
        leave = await self.requests.lock(found.substitution.leave_id, self.desk.asker)
        row = await self.requests.lock_substitution(substitution_id)
        if leave is None or row is None:
            raise SubstitutionNotFound
        require_version(row.version, seen)
        return leave, row

    async def _end(self, row: Substitution, last: date) -> None:
        if row.service_id is not None:
            await self.desk.staffing.recall_substitute(row.substitute_id, row.service_id, last)
        if last < row.starts_on:
            row.service_id = None
        else:
            row.ends_on = last
        row.recalled_at = self.desk.now
        row.version += 1
        await self.requests.flush()

    async def _tell_recalled(
        self, leave: LeaveRequest, row: Substitution, old: dict[str, object]
    ) -> None:
        await self.leave.record(
            leave,
            LeaveEventKind.SUBSTITUTE_RECALLED,
            article="ATTEND 四",
            facts={"substitution_id": str(row.id), "ends_on": row.ends_on.isoformat()},
            old=old,
        )

    async def _tell_of_badge(self, leave: LeaveRequest, row: Substitution, act: str) -> None:
        row.version += 1
        await self.requests.flush()
        facts = {
            "badge_number": row.badge_number,
            "plate_number": row.plate_number,
            "badge_returned": row.badge_returned_at is not None,
            "plate_returned": row.plate_returned_at is not None,
        }
        await record_audit(
            self.requests.session,
            caller=self.desk.caller,
            action=f"substitutions.{act}",
            subject_type=SUBJECT,
            subject_id=row.id,
            new=facts,
        )
        await publish_event(
            self.requests.session,
            kind=f"substitution.{act}",
            subject_type=SUBJECT,
            subject_id=row.id,
            department_id=leave.department_id,
            window_id=row.window_id,
            facts=facts,
            occurred_at=self.desk.now,
        )
