"""An appointment becomes a ticket when its holder comes (APPOINT 四)."""

from uuid import UUID

from yimen.domains.appointments.service_check_in import CheckedIn, CheckInService
from yimen.domains.queue.enums import StepKind, TicketPriority
from yimen.domains.queue.repository import TakingGroup
from yimen.domains.queue.rules import rank, rank_at_once
from yimen.domains.queue.schemas_arrivals import ArrivalRead
from yimen.domains.queue.service_taking import TakingService


class ArrivalService:
    """Checks appointments in, and gives their holders a number, in one transaction."""

    def __init__(self, taking: TakingService, check_ins: CheckInService) -> None:
        self.taking = taking
        self.desk = taking.desk
        self.queue = taking.queue
        self.check_ins = check_ins

    async def come(self, appointment_id: UUID, seen: int) -> ArrivalRead:
        """The holder is here, says somebody of the hall; raises what the check-in raises."""
        return await self._queue_up(await self.check_ins.check_in(appointment_id, seen=seen))

    async def come_with_code(self, number: str, code: str) -> ArrivalRead:
        """The holder is here and shows number and code; raises what the check-in raises."""
        return await self._queue_up(await self.check_ins.check_in_by_code(number, code))

    async def _queue_up(self, arrival: CheckedIn) -> ArrivalRead:
        group = await self._group_of(arrival.window_id)
        ticket = None
        hint = "签到成功，请直接到预约的窗口。"
        if group is not None:
            is_offered = TicketPriority.APPOINTMENT.value in group.priorities
            priority = TicketPriority.APPOINTMENT if is_offered else TicketPriority.NORMAL
            # whoever is early counts as having come at the time that was agreed
            due = max(self.desk.now, arrival.starts_at)
            ticket = await self.taking.enter(
                group,
                priority,
                ranked_at=(
                    rank_at_once(self.desk.now)
                    if arrival.is_special
                    else rank(due, priority, self.desk.head_starts())
                ),
                step=StepKind.CHECKED_IN,
                appointment_id=arrival.appointment_id,
                for_window_id=arrival.window_id,
            )
            hint = f"签到成功，请等候叫号：{ticket.number}。"
        return ArrivalRead(
            appointment_id=arrival.appointment_id,
            appointment_number=arrival.appointment_number,
            item_name=arrival.item_name,
            starts_at=arrival.starts_at,
            ticket=ticket,
            hint=hint,
        )

    async def _group_of(self, window_id: UUID) -> TakingGroup | None:
        """The window's queue: one that gives appointments priority before one that does not."""
        groups = await self.queue.open_groups_at(window_id)
        first = min(
            groups,
            key=lambda group: TicketPriority.APPOINTMENT.value not in group.priorities,
            default=None,
        )
        return None if first is None else await self.queue.group_to_take(first.id)
