"""The days to object to a finding follow the calendar (APPRAISE 四(三), domain.md §3)."""

from dataclasses import replace
from datetime import date, datetime, time

from yimen.core.clock import HALL_ZONE, hall_day
from yimen.domains.calendars.rules import WorkCalendar
from yimen.domains.calendars.service_calendar import CalendarMove, DeadlineFollower, MovedDeadline
from yimen.domains.inspections.models import Finding
from yimen.domains.inspections.service import (
    SUBJECT,
    InspectionDesk,
    InspectionService,
    facts_of,
    last_day_to_refuse,
)

END_OF_DAY = time(23, 59, 59)
"""One may object on the whole of the last day."""


class RefusalFollower(DeadlineFollower[Finding]):
    """Until when the inspected may object; the right never ends on a day already past."""

    def __init__(self, desk: InspectionDesk) -> None:
        self.desk = desk

    async def _moving(
        self, calendar: WorkCalendar, *, to_change: bool
    ) -> list[tuple[MovedDeadline, Finding]]:
        found = []
        for finding in await self.desk.inspections.open_to_refusal(
            self.desk.today, to_change=to_change
        ):
            recorded_on = hall_day(finding.recorded_at)
            until = last_day_to_refuse(recorded_on, calendar, self.desk.rulebook)
            if until != finding.refusable_until and until >= self.desk.today:
                line = MovedDeadline(
                    label="对督查记录提出异议的期限",
                    subject_type=SUBJECT,
                    subject_id=finding.id,
                    number=finding.finding_number,
                    old=_end_of(finding.refusable_until),
                    new=_end_of(until),
                    is_past=False,
                )
                found.append((line, finding))
        return found

    async def _move(self, order: CalendarMove, line: MovedDeadline, held: Finding) -> None:
        reading = InspectionService(replace(self.desk, caller=order.caller))
        old = facts_of(held)
        held.refusable_until = line.new.date()
        held.version += 1
        await reading.inspections.flush()
        await reading.tell(held, "deadline_moved", old=old)


def _end_of(day: date) -> datetime:
    return datetime.combine(day, END_OF_DAY, HALL_ZONE)
