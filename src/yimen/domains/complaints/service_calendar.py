"""The clocks of a complaint follow the calendar (EFFICACY 二十二, domain.md §3)."""

from datetime import datetime

from yimen.core.clock import HALL_ZONE
from yimen.domains.calendars.rules import WorkCalendar
from yimen.domains.calendars.service_calendar import CalendarMove, MovedDeadline
from yimen.domains.complaints.enums import STAGE_OF, ComplaintAct, ComplaintStage
from yimen.domains.complaints.models import Complaint
from yimen.domains.complaints.repository import ComplaintRepository
from yimen.domains.complaints.service import SUBJECT, due_by, due_of, facts_of, tell_complaint
from yimen.domains.rulebook.service import RulebookService


class ComplaintFollower:
    """Until when the complaints that still wait are to be accepted, decided or answered."""

    def __init__(
        self, complaints: ComplaintRepository, rulebook: RulebookService, now: datetime
    ) -> None:
        self.complaints = complaints
        self.rulebook = rulebook
        self.now = now

    async def moved(self, calendar: WorkCalendar) -> list[MovedDeadline]:
        return [
            self._line(complaint, stage, old, new)
            for complaint, stage, old, new in await self._moving(calendar, to_change=False)
        ]

    async def move(self, order: CalendarMove) -> list[MovedDeadline]:
        moved = []
        for complaint, stage, old, new in await self._moving(order.calendar, to_change=True):
            facts = facts_of(complaint)
            match stage:
                case ComplaintStage.ACCEPTANCE:
                    complaint.acceptance_due_at = new
                case ComplaintStage.FINDING:
                    complaint.finding_due_at = new
                case ComplaintStage.ANSWER:
                    complaint.answer_due_at = new
            complaint.version += 1
            await self.complaints.session.flush()
            await tell_complaint(
                self.complaints,
                complaint,
                ComplaintAct.DEADLINE_MOVED,
                caller=order.caller,
                old={**facts, "due_at": old.isoformat()},
                note=f"{stage.label}的期限由{old:%Y-%m-%d %H:%M}改为{new:%Y-%m-%d %H:%M}："
                f"{order.reason}",
                now=self.now,
            )
            moved.append(self._line(complaint, stage, old, new))
        return moved

    async def _moving(
        self, calendar: WorkCalendar, *, to_change: bool
    ) -> list[tuple[Complaint, ComplaintStage, datetime, datetime]]:
        """The running clocks that come out otherwise, with the old and the new end."""
        found = []
        for complaint, reopened_at in await self.complaints.with_clock(to_change=to_change):
            stage = STAGE_OF[complaint.state]
            assert stage is not None
            start = {
                ComplaintStage.ACCEPTANCE: complaint.received_at,
                ComplaintStage.FINDING: reopened_at or complaint.accepted_at,
                ComplaintStage.ANSWER: complaint.found_at,
            }[stage]
            old = due_of(complaint)[stage]
            assert start is not None and old is not None
            new = due_by(calendar, self.rulebook, stage, start)
            if new != old:
                found.append((complaint, stage, old.astimezone(HALL_ZONE), new))
        return found

    def _line(
        self, complaint: Complaint, stage: ComplaintStage, old: datetime, new: datetime
    ) -> MovedDeadline:
        return MovedDeadline(
            label=f"投诉{stage.label}的期限",
            subject_type=SUBJECT,
            subject_id=complaint.id,
            number=complaint.complaint_number,
            old=old,
            new=new,
            is_past=new < self.now,
        )
