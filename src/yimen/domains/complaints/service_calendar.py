"""The clocks of a complaint follow the calendar (EFFICACY 二十二, domain.md §3)."""

from datetime import datetime

from yimen.core.clock import HALL_ZONE
from yimen.domains.calendars.rules import WorkCalendar
from yimen.domains.calendars.service_calendar import CalendarMove, DeadlineFollower, MovedDeadline
from yimen.domains.complaints.enums import STAGE_OF, ComplaintAct, ComplaintStage
from yimen.domains.complaints.models import Complaint
from yimen.domains.complaints.repository import ComplaintRepository
from yimen.domains.complaints.service import SUBJECT, due_by, due_of, facts_of, tell_complaint
from yimen.domains.rulebook.service import RulebookService

_Held = tuple[Complaint, ComplaintStage]
"""Whose clock it is, and up to which stage it runs."""


class ComplaintFollower(DeadlineFollower[_Held]):
    """Until when the complaints that still wait are to be accepted, decided or answered."""

    def __init__(
        self, complaints: ComplaintRepository, rulebook: RulebookService, now: datetime
    ) -> None:
        self.complaints = complaints
        self.rulebook = rulebook
        self.now = now

    async def _moving(
        self, calendar: WorkCalendar, *, to_change: bool
    ) -> list[tuple[MovedDeadline, _Held]]:
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
                line = MovedDeadline(
                    label=f"投诉{stage.label}的期限",
                    subject_type=SUBJECT,
                    subject_id=complaint.id,
                    number=complaint.complaint_number,
                    old=old.astimezone(HALL_ZONE),
                    new=new,
                    is_past=new < self.now,
                )
                found.append((line, (complaint, stage)))
        return found

    async def _move(self, order: CalendarMove, line: MovedDeadline, held: _Held) -> None:
        complaint, stage = held
        facts = facts_of(complaint)
        match stage:
            case ComplaintStage.ACCEPTANCE:
                complaint.acceptance_due_at = line.new
            case ComplaintStage.FINDING:
                complaint.finding_due_at = line.new
            case ComplaintStage.ANSWER:
                complaint.answer_due_at = line.new
        complaint.version += 1
        await self.complaints.session.flush()
        await tell_complaint(
            self.complaints,
            complaint,
            ComplaintAct.DEADLINE_MOVED,
            caller=order.caller,
            old={**facts, "due_at": line.old.isoformat()},
            note=f"{stage.label}的期限由{line.old:%Y-%m-%d %H:%M}改为{line.new:%Y-%m-%d %H:%M}："
            f"{order.reason}",
            now=self.now,
        )
