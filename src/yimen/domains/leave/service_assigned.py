"""Overtime of who is named for a visit outside office hours (APPOINT 三, ATTEND 二(三)3)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from yimen.core.caller import Caller
from yimen.core.clock import HALL_ZONE, hall_day
from yimen.domains.calendars.rules import WorkCalendar
from yimen.domains.leave.enums import OvertimeState
from yimen.domains.leave.models import OvertimeRequest
from yimen.domains.leave.service import LeaveService
from yimen.domains.leave.service_outings import OutingService, facts_of


class AssignedOvertime:
    """Applies in the name of whoever the hall keeps; the office decides, as on any overtime."""

    def __init__(self, leave: LeaveService, caller: Caller | None) -> None:
        self.outings = OutingService(LeaveService(replace(leave.desk, caller=caller)))
        self.desk = self.outings.desk
        self.requests = self.outings.requests

    async def apply(
        self,
        staff_ids: Sequence[UUID],
        starts_at: datetime,
        ends_at: datetime,
        *,
        appointment_id: UUID,
        reason: str,
    ) -> None:
        """Apply for each part outside office hours; who has overtime then already keeps it."""
        calendar = await self.desk.calendars.current()
        for first, last in outside_office_hours(starts_at, ends_at, calendar):
            kept = await self.requests.overtime_kept(first, last, staff_ids)
            for staff_id in sorted(set(staff_ids) - {one.staff_id for one in kept}):
                person = await self.desk.hall.staff_member(staff_id)
                overtime = await self.requests.add(
                    OvertimeRequest(
                        staff_id=staff_id,
                        department_id=person.department_id,
                        reason=reason,
                        starts_at=first,
                        ends_at=last,
                        state=OvertimeState.APPLIED,
                        applied_at=self.desk.now,
                        is_late=first < self.desk.now,
                        appointment_id=appointment_id,
                        version=1,
                    )
                )
                await self.outings.tell(overtime, "overtime_apply")

    async def cancel(self, appointment_id: UUID) -> None:
        """The visit does not take place, or others are named: what has not begun falls."""
        for overtime in await self.requests.overtime_of_appointment(appointment_id, self.desk.now):
            old = facts_of(overtime)
            overtime.state = OvertimeState.CANCELLED
            await self.outings.tell(overtime, "overtime_cancel", old=old)


def outside_office_hours(
    starts_at: datetime, ends_at: datetime, calendar: WorkCalendar
) -> list[tuple[datetime, datetime]]:
    """The parts of a time that no shift covers, in order."""
    parts, at, day = [], starts_at, hall_day(starts_at)
    while day <= hall_day(ends_at):
        for shift in calendar.describe(day).shifts:
            opens = datetime.combine(day, shift.opens, HALL_ZONE)
            closes = datetime.combine(day, shift.closes, HALL_ZONE)
            if at < closes and opens < ends_at:
                if at < opens:
                    parts.append((at, opens))
                at = closes
        day += timedelta(days=1)
    return [*parts, (at, ends_at)] if at < ends_at else parts
