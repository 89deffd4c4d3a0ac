"""The director's time to answer follows the calendar (REJECT 三, domain.md §3)."""

from datetime import datetime

from yimen.core.audit import record_audit
from yimen.core.clock import HALL_ZONE, hall_day
from yimen.core.outbox import publish_event
from yimen.domains.calendars.rules import WorkCalendar
from yimen.domains.calendars.service_calendar import CalendarMove, DeadlineFollower, MovedDeadline
from yimen.domains.rejections.models import Rejection
from yimen.domains.rejections.repository import RejectionRepository
from yimen.domains.rejections.service import SUBJECT
from yimen.domains.rulebook.service import RulebookService


class DecisionFollower(DeadlineFollower[Rejection]):
    """Until when the director is to answer the requests that still wait."""

    def __init__(
        self, rejections: RejectionRepository, rulebook: RulebookService, now: datetime
    ) -> None:
        self.rejections = rejections
        self.rulebook = rulebook
        self.now = now

    async def _moving(
        self, calendar: WorkCalendar, *, to_change: bool
    ) -> list[tuple[MovedDeadline, Rejection]]:
        found = []
        for rejection in await self.rejections.awaiting_director(to_change=to_change):
            old, due_at = rejection.decision_due_at, self._due_at(rejection, calendar)
            if old is not None and due_at != old:
                line = MovedDeadline(
                    label="否定请示的批示期限",
                    subject_type=SUBJECT,
                    subject_id=rejection.id,
                    number=rejection.rejection_number,
                    old=old.astimezone(HALL_ZONE),
                    new=due_at,
                    is_past=due_at < self.now,
                )
                found.append((line, rejection))
        return found

    async def _move(self, order: CalendarMove, line: MovedDeadline, held: Rejection) -> None:
        session = self.rejections.session
        held.decision_due_at = line.new
        held.version += 1
        facts = {"rejection_number": line.number, "decision_due_at": line.new.isoformat()}
        await session.flush()
        await record_audit(
            session,
            caller=order.caller,
            action="rejections.move_deadline",
            subject_type=SUBJECT,
            subject_id=held.id,
            old={"decision_due_at": line.old.isoformat()},
            new={**facts, "reason": order.reason, "version": held.version},
        )
        await publish_event(
            session,
            kind="rejection.deadline_moved",
            subject_type=SUBJECT,
            subject_id=held.id,
            department_id=held.department_id,
            window_id=held.window_id,
            facts=facts,
            occurred_at=self.now,
        )

    def _due_at(self, rejection: Rejection, calendar: WorkCalendar) -> datetime:
        asked_at = rejection.filed_at.astimezone(HALL_ZONE)
        edition = self.rulebook.edition_on(hall_day(asked_at))
        return calendar.due_at(asked_at, edition.integer("rejections.decision_days")).at
