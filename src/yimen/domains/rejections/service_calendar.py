"""The director's time to answer follows the calendar (REJECT 三, domain.md §3)."""

from datetime import datetime

from yimen.core.audit import record_audit
from yimen.core.clock import HALL_ZONE, hall_day
from yimen.core.outbox import publish_event
from yimen.domains.calendars.rules import WorkCalendar
from yimen.domains.calendars.service_calendar import CalendarMove, MovedDeadline
from yimen.domains.rejections.models import Rejection
from yimen.domains.rejections.repository import RejectionRepository
from yimen.domains.rejections.service import SUBJECT
from yimen.domains.rulebook.service import RulebookService


class DecisionFollower:
    """Until when the director is to answer the requests that still wait."""

    def __init__(
        self, rejections: RejectionRepository, rulebook: RulebookService, now: datetime
    ) -> None:
        self.rejections = rejections
        self.rulebook = rulebook
        self.now = now

    async def moved(self, calendar: WorkCalendar) -> list[MovedDeadline]:
        return [
            MovedDeadline(
                label="否定请示的批示期限",
                subject_type=SUBJECT,
                subject_id=rejection.id,
                number=rejection.rejection_number,
                old=rejection.decision_due_at.astimezone(HALL_ZONE),
                new=due_at,
                is_past=due_at < self.now,
            )
            for rejection in await self.rejections.awaiting_director(to_change=False)
            if rejection.decision_due_at is not None
            and (due_at := self._due_at(rejection, calendar)) != rejection.decision_due_at
        ]

    async def move(self, order: CalendarMove) -> list[MovedDeadline]:
        moved = await self.moved(order.calendar)
        session = self.rejections.session
        for rejection in await self.rejections.awaiting_director(to_change=True):
            old, due_at = rejection.decision_due_at, self._due_at(rejection, order.calendar)
            if old is None or old == due_at:
                continue
            rejection.decision_due_at = due_at
            rejection.version += 1
            facts = {
                "rejection_number": rejection.rejection_number,
                "decision_due_at": due_at.isoformat(),
            }
            await session.flush()
            await record_audit(
                session,
                caller=order.caller,
                action="rejections.move_deadline",
                subject_type=SUBJECT,
                subject_id=rejection.id,
                old={"decision_due_at": old.astimezone(HALL_ZONE).isoformat()},
                new={**facts, "reason": order.reason, "version": rejection.version},
            )
            await publish_event(
                session,
                kind="rejection.deadline_moved",
                subject_type=SUBJECT,
                subject_id=rejection.id,
                department_id=rejection.department_id,
                window_id=rejection.window_id,
                facts=facts,
                occurred_at=self.now,
            )
        return moved

    def _due_at(self, rejection: Rejection, calendar: WorkCalendar) -> datetime:
        asked_at = rejection.filed_at.astimezone(HALL_ZONE)
        edition = self.rulebook.edition_on(hall_day(asked_at))
        return calendar.due_at(asked_at, edition.integer("rejections.decision_days")).at
