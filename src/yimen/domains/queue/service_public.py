"""The queue without a token: the board, and one's own ticket by its number and code."""

import hmac
from typing import assert_never

import structlog

from yimen.core.errors import NotFound
from yimen.domains.queue.enums import TicketState
from yimen.domains.queue.repository_calls import TicketRow
from yimen.domains.queue.rules import TICKET_CODE_LENGTH, read_ticket_code, write_ticket_code
from yimen.domains.queue.schemas import (
    BoardRead,
    PublicTicket,
    PublicTicketLookup,
    WaitEstimate,
)
from yimen.domains.queue.service import QueueService

log = structlog.get_logger()

NO_CODE = write_ticket_code(bytes(TICKET_CODE_LENGTH))
"""What a number nobody took is compared with, so that it takes as long as a wrong code."""


class TicketLookupRefused(NotFound):
    code = "ticket_lookup_refused"
    title = "号码或查询码不正确，请对照今天取的号重新输入。"


class PublicQueueService:
    """What the hall shows to everyone, and a ticket to whoever holds it."""

    def __init__(self, queue: QueueService) -> None:
        self.service = queue
        self.desk = queue.desk

    async def board(self) -> BoardRead:
        """Who is called where, and how many wait."""
        return await self.service.board()

    async def look_up(self, wish: PublicTicketLookup) -> PublicTicket:
        """Where one's ticket of today stands; raises TicketLookupRefused for a wrong code and for
        an unknown number alike.
        """
        number = wish.number.strip().upper()
        ticket = await self.desk.queue.for_holder(self.desk.today, number)
        known = NO_CODE if ticket is None else ticket.code
        given = read_ticket_code(wish.code)
        if not hmac.compare_digest(known.encode(), given.encode()) or ticket is None:
            log.warning("ticket_lookup_refused")
            raise TicketLookupRefused
        waits = ticket.state is TicketState.WAITING
        estimate = await self.desk.estimate(ticket) if waits else None
        return PublicTicket(
            number=ticket.number,
            group_name=ticket.group_name,
            state=ticket.state,
            state_label=ticket.state.label,
            window_number=ticket.window_number,
            called_at=ticket.called_at,
            estimate=estimate,
            hint=hint(ticket, estimate),
        )


def hint(  # noqa: PLR0911 - one sentence a state
    ticket: TicketRow, estimate: WaitEstimate | None
) -> str:
    """One sentence for whoever holds the ticket."""
    match ticket.state:
        case TicketState.WAITING:
            return f"请在等候区等候叫号。{estimate.text if estimate else ''}"
        case TicketState.CALLED:
            return f"已经叫到您，请到{ticket.window_number}号窗口。"
        case TicketState.SERVING:
            return f"正在{ticket.window_number}号窗口办理。"
        case TicketState.PARKED:
            return f"已经挂起，准备好后请回{ticket.window_number}号窗口。"
        case TicketState.MISSED:
            return "已经过号，请到窗口或咨询台请工作人员重新排队。"
        case TicketState.FINISHED:
            return "已经办结。"
        case TicketState.CANCELLED:
            return "已经取消，需要时请重新取号。"
        case TicketState.EXPIRED:
            return "当日没有办理，号码已经失效，请重新取号。"
        case _:
            assert_never(ticket.state)
