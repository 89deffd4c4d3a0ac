"""The time to answer a bad rating follows the calendar (domain.md §3)."""

from datetime import datetime

from yimen.core.clock import HALL_ZONE, hall_day
from yimen.domains.calendars.rules import WorkCalendar
from yimen.domains.calendars.service_calendar import CalendarMove, MovedDeadline
from yimen.domains.ratings.models import Rating
from yimen.domains.ratings.service import SUBJECT, RatingDesk, facts_of


class FollowUpFollower:
    """Until when the bad ratings that are not closed yet must be answered."""

    def __init__(self, desk: RatingDesk) -> None:
        self.desk = desk

    async def moved(self, calendar: WorkCalendar) -> list[MovedDeadline]:
        return [
            MovedDeadline(
                label="差评回访期限",
                subject_type=SUBJECT,
                subject_id=rating.id,
                number=rating.case_number,
                old=rating.due_at.astimezone(HALL_ZONE),
                new=due_at,
                is_past=due_at < self.desk.now,
            )
            for rating in await self.desk.ratings.awaiting_answer(to_change=False)
            if rating.due_at is not None
            and (due_at := self._due_at(rating, calendar)) != rating.due_at
        ]

    async def move(self, order: CalendarMove) -> list[MovedDeadline]:
        moved = await self.moved(order.calendar)
        for rating in await self.desk.ratings.awaiting_answer(to_change=True):
            due_at = self._due_at(rating, order.calendar)
            if due_at == rating.due_at:
                continue
            old = facts_of(rating)
            rating.due_at = due_at
            rating.version += 1
            await self.desk.ratings.session.flush()
            await self.desk.tell(rating, "move-deadline", caller=order.caller, old=old)
        return moved

    def _due_at(self, rating: Rating, calendar: WorkCalendar) -> datetime:
        rated_at = rating.rated_at.astimezone(HALL_ZONE)
        edition = self.desk.rulebook.edition_on(hall_day(rated_at))
        return calendar.due_at(rated_at, edition.integer("ratings.follow_up_days")).at
