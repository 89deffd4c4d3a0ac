"""The time to answer a bad rating follows the calendar (domain.md §3)."""

from datetime import datetime

from yimen.core.clock import HALL_ZONE, hall_day
from yimen.domains.calendars.rules import WorkCalendar
from yimen.domains.calendars.service_calendar import CalendarMove, DeadlineFollower, MovedDeadline
from yimen.domains.ratings.models import Rating
from yimen.domains.ratings.service import SUBJECT, RatingDesk, facts_of


class FollowUpFollower(DeadlineFollower[Rating]):
    """Until when the bad ratings that are not closed yet must be answered."""

    def __init__(self, desk: RatingDesk) -> None:
        self.desk = desk

    async def _moving(
        self, calendar: WorkCalendar, *, to_change: bool
    ) -> list[tuple[MovedDeadline, Rating]]:
        found = []
        for rating in await self.desk.ratings.awaiting_answer(to_change=to_change):
            due_at = self._due_at(rating, calendar)
            if rating.due_at is not None and due_at != rating.due_at:
                line = MovedDeadline(
                    label="差评回访期限",
                    subject_type=SUBJECT,
                    subject_id=rating.id,
                    number=rating.case_number,
                    old=rating.due_at.astimezone(HALL_ZONE),
                    new=due_at,
                    is_past=due_at < self.desk.now,
                )
                found.append((line, rating))
        return found

    async def _move(self, order: CalendarMove, line: MovedDeadline, held: Rating) -> None:
        old = facts_of(held)
        held.due_at = line.new
        held.version += 1
        await self.desk.ratings.session.flush()
        await self.desk.tell(held, "move-deadline", caller=order.caller, old=old)

    def _due_at(self, rating: Rating, calendar: WorkCalendar) -> datetime:
        rated_at = rating.rated_at.astimezone(HALL_ZONE)
        edition = self.desk.rulebook.edition_on(hall_day(rated_at))
        return calendar.due_at(rated_at, edition.integer("ratings.follow_up_days")).at
