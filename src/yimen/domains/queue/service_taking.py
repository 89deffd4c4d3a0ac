"""How somebody comes into the queue: by taking a number, or with an appointment."""

from datetime import datetime
from secrets import token_bytes
from uuid import UUID

from yimen.core.database import new_id
from yimen.core.errors import Conflict, Forbidden
from yimen.domains.queue.access import Place, may_take
from yimen.domains.queue.enums import StepKind, TicketPriority
from yimen.domains.queue.repository import TakingGroup
from yimen.domains.queue.rules import TICKET_CODE_LENGTH, rank, write_ticket_code
from yimen.domains.queue.schemas import TicketCreate, TicketSlip
from yimen.domains.queue.service import GroupIsClosed, GroupNotFound, QueueDesk


class MayNotTake(Forbidden):
    code = "may_not_take_ticket"
    title = "取号由取号机、自助终端、该队列的窗口或中心办公室办理。"


class PriorityNotOffered(Conflict):
    code = "priority_not_offered"
    title = "这个队列不设该种优先，请按普通取号。"


class TakingService:
    """Gives out numbers: gapless within a group's day, whoever asks at the same moment."""

    def __init__(self, desk: QueueDesk) -> None:
        self.desk = desk
        self.queue = desk.queue

    async def take(self, wish: TicketCreate) -> TicketSlip:
        """The next number; raises GroupNotFound, GroupIsClosed, MayNotTake, PriorityNotOffered."""
        group = await self.queue.group_to_take(wish.group_id)
        if group is None:
            raise GroupNotFound
        places = tuple(Place(one.window_id, one.department_id) for one in group.windows)
        if self.desk.actor is None or not may_take(places, self.desk.actor):
            raise MayNotTake
        if group.is_closed:
            raise GroupIsClosed
        if wish.priority is TicketPriority.APPOINTMENT or (
            wish.priority is not TicketPriority.NORMAL
            and wish.priority.value not in group.priorities
        ):
            raise PriorityNotOffered
        return await self.enter(
            group,
            wish.priority,
            ranked_at=rank(self.desk.now, wish.priority, self.desk.head_starts()),
            step=StepKind.TAKEN,
        )

    async def enter(
        self,
        group: TakingGroup,
        priority: TicketPriority,
        *,
        ranked_at: datetime,
        step: StepKind,
        appointment_id: UUID | None = None,
        for_window_id: UUID | None = None,
    ) -> TicketSlip:
        """Write the ticket and say what is printed on it."""
        ticket = await self.queue.take(
            self.desk.told()
            | {
                "ticket_id": new_id(),
                "group_id": group.id,
                "day": self.desk.today,
                "letter": group.letter,
                "code": write_ticket_code(token_bytes(TICKET_CODE_LENGTH)),
                "priority": priority.value,
                "appointment_id": appointment_id,
                "for_window_id": for_window_id,
                "ranked_at": ranked_at,
                "step": step.value,
            }
        )
        return TicketSlip(
            ticket_id=ticket.id,
            number=ticket.number,
            code=ticket.code,
            day=ticket.day,
            group_id=group.id,
            group_name=group.name,
            priority=priority,
            priority_label=priority.label,
            window_numbers=[
                one.number for one in group.windows if for_window_id in (None, one.window_id)
            ],
            taken_at=ticket.taken_at,
            estimate=await self.desk.estimate(ticket),
            version=ticket.version,
        )
