"""The days to object to a finding follow the calendar (APPRAISE 四(三), domain.md §3)."""

from dataclasses import replace
from datetime import date, datetime, time

from yimen.core.clock import HALL_ZONE, hall_day
from yimen.domains.calendars.rules import WorkCalendar
from yimen.domains.calendars.service_calendar import CalendarMove, MovedDeadline
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


class RefusalFollower:
    """Until when the inspected may object; the right never ends on a day already past."""

    def __init__(self, desk: InspectionDesk) -> None:
        self.desk = desk

    async def moved(self, calendar: WorkCalendar) -> list[MovedDeadline]:
        return [line for line, *_ in await self._moving(calendar, to_change=False)]

    async def move(self, order: CalendarMove) -> list[MovedDeadline]:
        reading = InspectionService(replace(self.desk, caller=order.caller))
        moved = []
        for line, finding, until in await self._moving(order.calendar, to_change=True):
            old = facts_of(finding)
            finding.refusable_until = until
            finding.version += 1
            await reading.inspections.flush()
            await reading.tell(finding, "deadline_moved", old=old)
            moved.append(line)
        return moved

    async def _moving(
        self, calendar: WorkCalendar, *, to_change: bool
    ) -> list[tuple[MovedDeadline, Finding, date]]:
        """What comes out otherwise, whose it is, and the last day that is new."""
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
                found.append((line, finding, until))
        return found


def _end_of(day: date) -> datetime:
    return datetime.combine(day, END_OF_DAY, HALL_ZONE)
