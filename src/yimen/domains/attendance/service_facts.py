"""What attendance proves against people: asked by scoring and discipline (ATTEND 一(五), 三)."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from yimen.domains.attendance.repository import DayRepository
from yimen.domains.attendance.rules_month import MonthDay, PersonMonth, sum_up
from yimen.domains.attendance.service import derived_of
from yimen.domains.rulebook.service import RulebookService

PEOPLE_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class PersonAttendance:
    """A person's month with its events and absences."""

    staff_id: UUID
    month: PersonMonth


class AttendanceFacts:
    """Reads what has been derived; no caller, since it is judged and not shown."""

    def __init__(self, days: DayRepository, rulebook: RulebookService) -> None:
        self.days = days
        self.rulebook = rulebook

    async def of_month(self, first: date, last: date) -> list[PersonAttendance]:
        """The month of everybody who has days in it, by staff number."""
        edition = self.rulebook.edition_on(first)
        people = [person.staff_id for person in await self.days.people_with_days(first, last)]
        found = []
        for start in range(0, len(people), PEOPLE_AT_ONCE):
            some = people[start : start + PEOPLE_AT_ONCE]
            by_person: dict[UUID, list[MonthDay]] = defaultdict(list)
            for (staff_id, _), kept in (await self.days.kept(some, first, last)).items():
                day = MonthDay(kept.day, kept.window_id, derived_of(kept))
                by_person[staff_id].append(day)
            found += [
                PersonAttendance(staff_id, sum_up(by_person[staff_id], edition))
                for staff_id in some
            ]
        return found

    async def is_waiting(self, first: date, last: date) -> bool:
        """Whether something of these days has come in that is not derived yet."""
        return await self.days.count_marks(first, last) > 0
