"""Complaints without a token: over the web, and asking what became of one."""

import hmac

import structlog

from yimen.core.clock import hall_day
from yimen.core.errors import FieldProblem, InvalidInput, NotFound
from yimen.domains.complaints.enums import ComplaintChannel
from yimen.domains.complaints.rules import read_clock
from yimen.domains.complaints.schemas import (
    PublicComplaint,
    PublicComplaintCreate,
    PublicComplaintLookup,
    PublicComplaintReceipt,
)
from yimen.domains.complaints.service import ComplaintDesk, NewComplaint, done_of, due_of
from yimen.domains.papers.rules import CODE_LENGTH, read_code, write_code

log = structlog.get_logger()

NO_CODE = write_code(bytes(CODE_LENGTH))
"""What a number without a complaint is compared with, so that it takes as long."""


class ComplaintLookupRefused(NotFound):
    code = "complaint_lookup_refused"
    title = "投诉编号或查询码不正确，请核对后重新输入。"


class PublicComplaintService:
    """What anyone may do who has something to complain of."""

    def __init__(self, desk: ComplaintDesk) -> None:
        self.desk = desk

    async def complain(self, wish: PublicComplaintCreate) -> PublicComplaintReceipt:
        """Take a complaint in over the web; the code is shown this once."""
        now = self.desk.now
        today = hall_day(now)
        if wish.occurred_on is not None and wish.occurred_on > today:
            raise InvalidInput(
                errors=[FieldProblem("/occurred_on", "in_the_future", "事情发生的日期还没有到。")]
            )
        window = None
        if wish.window_number is not None:
            window = await self.desk.complaints.window_by_number(wish.window_number)
            if window is None:
                raise InvalidInput(
                    errors=[FieldProblem("/window_number", "unknown", "没有这个编号的窗口。")]
                )
        complaint = await self.desk.register(
            NewComplaint(
                channel=ComplaintChannel.WEB,
                summary=wish.summary,
                content=wish.content,
                name=wish.name,
                phone=wish.phone,
                window_id=window.id if window else None,
                staff_id=None,
                department_id=window.department_id if window else None,
                occurred_on=wish.occurred_on or today,
                received_at=now,
            ),
            recorder=None,
        )
        return PublicComplaintReceipt(
            complaint_number=complaint.complaint_number,
            code=complaint.lookup_code,
            acceptance_due_at=complaint.acceptance_due_at,
        )

    async def look_up(self, wish: PublicComplaintLookup) -> PublicComplaint:
        """Where a complaint stands; raises ComplaintLookupRefused for number and code alike."""
        complaint = await self.desk.complaints.by_number(wish.complaint_number)
        known = NO_CODE if complaint is None else complaint.lookup_code
        given = read_code(wish.code) or ""
        if not hmac.compare_digest(known.encode(), given.encode()) or complaint is None:
            log.warning("complaint_lookup_refused")
            raise ComplaintLookupRefused
        clock = read_clock(
            complaint.state, due=due_of(complaint), done=done_of(complaint), now=self.desk.now
        )
        answered = complaint.answered_at is not None
        return PublicComplaint(
            complaint_number=complaint.complaint_number,
            state=complaint.state,
            state_label=complaint.state.label,
            received_at=complaint.received_at,
            stage_label=clock.stage.label if clock.stage else None,
            due_at=clock.due_at,
            is_overdue=clock.is_overdue,
            finding_label=complaint.finding.label if complaint.finding and answered else None,
            answer=complaint.answer,
        )
