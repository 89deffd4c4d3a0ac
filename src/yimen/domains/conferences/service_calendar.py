"""The time to speak after a conference follows the calendar (MGMT 十六, domain.md §3)."""

from datetime import datetime

from yimen.core.clock import HALL_ZONE
from yimen.domains.calendars.rules import WorkCalendar
from yimen.domains.calendars.service_calendar import CalendarMove, DeadlineFollower, MovedDeadline
from yimen.domains.conferences.models import Conference
from yimen.domains.conferences.repository import ConferenceRepository
from yimen.domains.conferences.service import SUBJECT, facts_of, tell_conference


class AfterwardsFollower(DeadlineFollower[Conference]):
    """Until when the departments may speak after a conference; past silence stays as it counts."""

    def __init__(self, conferences: ConferenceRepository, now: datetime) -> None:
        self.conferences = conferences
        self.now = now

    async def _moving(
        self, calendar: WorkCalendar, *, to_change: bool
    ) -> list[tuple[MovedDeadline, Conference]]:
        found = []
        for conference in await self.conferences.awaiting_opinions(self.now, to_change=to_change):
            old, due_at = conference.opinions_due_at, _due_at(conference, calendar)
            if old is not None and due_at != old:
                line = MovedDeadline(
                    label="联席会议会后意见期限",
                    subject_type=SUBJECT,
                    subject_id=conference.id,
                    number=conference.conference_number,
                    old=old.astimezone(HALL_ZONE),
                    new=due_at,
                    is_past=due_at < self.now,
                )
                found.append((line, conference))
        return found

    async def _move(self, order: CalendarMove, line: MovedDeadline, held: Conference) -> None:
        old = facts_of(held)
        held.opinions_due_at = line.new
        for opinion in (await self.conferences.parts(held.id)).opinions:
            opinion.due_at = line.new
        held.version += 1
        await self.conferences.session.flush()
        await tell_conference(
            self.conferences, held, "deadline-moved", caller=order.caller, now=self.now, old=old
        )


def _due_at(conference: Conference, calendar: WorkCalendar) -> datetime:
    assert conference.recorded_at is not None
    recorded_at = conference.recorded_at.astimezone(HALL_ZONE)
    return calendar.due_at(recorded_at, conference.opinion_days).at
