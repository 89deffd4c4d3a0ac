"""What windows do with tickets: calling, serving, sending on; and the end of the day."""

from collections.abc import Awaitable, Callable
from datetime import date
from uuid import UUID

from yimen.core.errors import Conflict, FieldProblem, Forbidden, InvalidInput
from yimen.core.preconditions import require_version
from yimen.domains.appointments.service_check_in import CheckInService
from yimen.domains.cases.service import CaseService
from yimen.domains.queue.access import Place, places_to_act, serves_at, why_not
from yimen.domains.queue.enums import (
    LEADS_TO,
    STEP_OF_ACTION,
    TICKET_MOVES,
    StepKind,
    TicketAction,
    TicketState,
)
from yimen.domains.queue.models import TicketCase
from yimen.domains.queue.repository_calls import TicketRow
from yimen.domains.queue.schemas import (
    CallCommand,
    CallNextCommand,
    CaseCommand,
    ClosedDay,
    TicketRead,
    TransferCommand,
)
from yimen.domains.queue.service import (
    GroupIsClosed,
    GroupNotFound,
    NotYourTicket,
    QueueDesk,
    TicketNotFound,
    WrongTicketState,
    place_of,
)

BATCH = 500
MOST_OPEN = 100_000
"""More than a day has numbers."""

NEVER_CAME = frozenset({TicketState.CALLED, TicketState.MISSED})
"""Called, and not at the window when the day ended: an appointment was missed after all."""

OpenCheckIns = Callable[[], Awaitable[CheckInService]]
"""Opens what appointments are told with; only few tickets come of one."""


class TicketInHand(Conflict):
    code = "ticket_in_hand"
    title = "您手上还有叫到或正在办理的号，请先办结、挂起或标记过号。"
    constraint = "uq_tickets_in_hand"


class NobodyWaiting(Conflict):
    code = "nobody_waiting"
    title = "目前没有可叫的号。"


class NotServingThere(Forbidden):
    code = "not_serving_at_window"
    title = "您今天不在这个窗口服务，不能在此叫号。"


class WindowNotOfGroup(Conflict):
    code = "window_not_of_group"
    title = "指定的窗口不办理这个队列，请换一个窗口或队列。"


class OtherWindowsCase(Conflict):
    code = "case_of_other_window"
    title = "办件不在叫到此号的窗口，不能关联。"


class CaseLinkedAlready(Conflict):
    code = "case_already_linked"
    title = "这个办件已经关联到此号。"


class CallService:
    """Moves tickets; each move is one statement with its step, its event and its audit row."""

    def __init__(self, desk: QueueDesk, open_check_ins: OpenCheckIns | None = None) -> None:
        self.desk = desk
        self.queue = desk.queue
        self.open_check_ins = open_check_ins

    async def call_next(self, wish: CallNextCommand) -> TicketRead:
        """Call whose turn it is; two windows never get the same ticket.

        Raises NobodyWaiting, NotServingThere, TicketInHand.
        """
        caller = self.desk.person
        window_id = await self._own_window(wish.window_id)
        if caller.staff_id is None:
            raise NotServingThere
        in_hand = await self.queue.lock_in_hand(caller.staff_id)
        if in_hand is not None:
            if not wish.ends_current:
                raise TicketInHand(
                    f"您手上的 {in_hand.number} 号{in_hand.state.label}，请先办结、挂起或标记过号。"
                )
            is_served = in_hand.state is TicketState.SERVING
            await self._move(in_hand, TicketAction.FINISH if is_served else TicketAction.MISS)
        called = await self.queue.call_next(
            self.desk.told()
            | {
                "day": self.desk.today,
                "window_id": window_id,
                "only_group_id": wish.group_id,
            }
        )
        if called is None:
            raise NobodyWaiting
        return self.desk.show(called)

    async def call(self, ticket_id: UUID, seen: int, wish: CallCommand) -> TicketRead:
        """Call a certain ticket: out of turn, back from being parked, or after it was missed."""
        ticket = await self._begin(ticket_id, seen, TicketAction.CALL)
        self._require_today(ticket)
        window_id = self._window_to_call_at(ticket, wish.window_id)
        return await self._end(ticket, TicketAction.CALL, window_id=window_id)

    async def recall(self, ticket_id: UUID, seen: int) -> TicketRead:
        """Call once more whoever has not come yet."""
        return await self._simply(ticket_id, seen, TicketAction.RECALL)

    async def start(self, ticket_id: UUID, seen: int) -> TicketRead:
        """Whoever was called is here: the service begins."""
        return await self._simply(ticket_id, seen, TicketAction.START)

    async def park(self, ticket_id: UUID, seen: int, reason: str) -> TicketRead:
        """Set aside; the time until it is called again is neither waiting nor service."""
        return await self._simply(ticket_id, seen, TicketAction.PARK, note=reason)

    async def finish(self, ticket_id: UUID, seen: int) -> TicketRead:
        """The service is over."""
        return await self._simply(ticket_id, seen, TicketAction.FINISH)

    async def miss(self, ticket_id: UUID, seen: int) -> TicketRead:
        """Nobody came."""
        return await self._simply(ticket_id, seen, TicketAction.MISS)

    async def requeue(self, ticket_id: UUID, seen: int) -> TicketRead:
        """Whoever missed the call is back, and waits as if come just now."""
        return await self._simply(ticket_id, seen, TicketAction.REQUEUE)

    async def cancel(self, ticket_id: UUID, seen: int, reason: str) -> TicketRead:
        """Given up."""
        return await self._simply(ticket_id, seen, TicketAction.CANCEL, note=reason)

    async def transfer(self, ticket_id: UUID, seen: int, wish: TransferCommand) -> TicketRead:
        """Send on to another queue or window; the time of taking still counts there.

        Raises GroupNotFound, GroupIsClosed, WindowNotOfGroup.
        """
        ticket = await self._begin(ticket_id, seen, TicketAction.TRANSFER)
        self._require_today(ticket)
        group = await self.queue.group(wish.group_id)
        if group is None:
            raise GroupNotFound
        if group.closed_at is not None and group.id != ticket.group_id:
            raise GroupIsClosed
        windows = {one.window_id for one in await self.queue.group_windows([group.id])}
        if wish.window_id is not None and wish.window_id not in windows:
            raise WindowNotOfGroup
        return await self._end(
            ticket,
            TicketAction.TRANSFER,
            group_id=group.id,
            for_window_id=wish.window_id,
            note=wish.reason,
        )

    async def close_day(
        self, until: date, note: str | None = None, *, most: int = MOST_OPEN
    ) -> ClosedDay:
        """Close what is still open of days up to and with one, at most so many tickets."""
        closed = 0
        while rows := await self.queue.left_open(until, min(BATCH, most - closed)):
            for ticket in rows:
                await self._write(ticket, StepKind.EXPIRED, TicketState.EXPIRED, note=note)
                if ticket.appointment_id is not None and ticket.state in NEVER_CAME:
                    await (await self._check_ins()).note_missed(ticket.appointment_id)
            closed += len(rows)
        return ClosedDay(day=until, closed=closed)

    # How an act goes

    async def begin_linking(self, ticket_id: UUID, seen: int) -> TicketRow:
        """The ticket to which a case is to be linked, held."""
        return await self._begin(ticket_id, seen, TicketAction.CASE)

    async def end_linking(self, ticket: TicketRow, case_number: str) -> TicketRead:
        """The ticket stays as it is; the step names the case."""
        return self.desk.show(
            await self._write(ticket, StepKind.CASE_LINKED, ticket.state, note=case_number)
        )

    async def _simply(
        self, ticket_id: UUID, seen: int, action: TicketAction, note: str | None = None
    ) -> TicketRead:
        return await self._end(await self._begin(ticket_id, seen, action), action, note=note)

    async def _begin(self, ticket_id: UUID, seen: int, action: TicketAction) -> TicketRow:
        ticket = await self.queue.lock(ticket_id)
        if ticket is None:
            raise TicketNotFound
        refusal = why_not(action, place_of(ticket), self.desk.person)
        if refusal is not None and refusal.code != WrongTicketState.code:
            raise (Forbidden if refusal.code == Forbidden.code else NotYourTicket)(refusal.reason)
        require_version(ticket.version, seen)
        if refusal is not None:
            allowed = [
                one.value
                for one in TicketAction
                if why_not(one, place_of(ticket), self.desk.person) is None
            ]
            raise WrongTicketState(refusal.reason, allowed=allowed)
        return ticket

    async def _end(
        self,
        ticket: TicketRow,
        action: TicketAction,
        *,
        window_id: UUID | None = None,
        group_id: UUID | None = None,
        for_window_id: UUID | None = None,
        note: str | None = None,
    ) -> TicketRead:
        moved = await self._move(
            ticket,
            action,
            window_id=window_id,
            group_id=group_id,
            for_window_id=for_window_id,
            note=note,
        )
        return self.desk.show(moved)

    async def _move(
        self,
        ticket: TicketRow,
        action: TicketAction,
        *,
        window_id: UUID | None = None,
        group_id: UUID | None = None,
        for_window_id: UUID | None = None,
        note: str | None = None,
    ) -> TicketRow:
        to = LEADS_TO[action]
        assert to is not None and to in TICKET_MOVES[ticket.state]
        changed: dict[str, object] = {}
        match action:
            case TicketAction.CALL | TicketAction.RECALL:
                changed = {
                    "window_id": window_id or ticket.window_id,
                    "handler_id": self.desk.person.staff_id,
                    "calls": ticket.calls + 1,
                    "called_at": self.desk.now,
                }
            case TicketAction.START:
                changed = {"handler_id": self.desk.person.staff_id}
            case TicketAction.TRANSFER:
                changed = {"group_id": group_id, "for_window_id": for_window_id}
            case TicketAction.REQUEUE:
                changed = {"ranked_at": self.desk.now}
            case _:  # the others change the state alone
                pass
        moved = await self._write(ticket, STEP_OF_ACTION[action], to, changed, note=note)
        if action is TicketAction.FINISH and ticket.appointment_id is not None:
            await (await self._check_ins()).note_served(ticket.appointment_id)
        return moved

    async def _check_ins(self) -> CheckInService:
        assert self.open_check_ins is not None
        return await self.open_check_ins()

    async def _write(
        self,
        ticket: TicketRow,
        step: StepKind,
        to: TicketState,
        changed: dict[str, object] | None = None,
        *,
        note: str | None = None,
    ) -> TicketRow:
        has_ended = not TICKET_MOVES[to]
        return await self.queue.move(
            self.desk.told(note=note)
            | {
                "ticket_id": ticket.id,
                "old_state": ticket.state.value,
                "state": to.value,
                "step": step.value,
                "group_id": ticket.group_id,
                "for_window_id": ticket.for_window_id,
                "window_id": ticket.window_id,
                "handler_id": ticket.handler_id,
                "ranked_at": ticket.ranked_at,
                "calls": ticket.calls,
                "called_at": ticket.called_at,
                "ended_at": (ticket.ended_at or self.desk.now) if has_ended else None,
            }
            | (changed or {})
        )

    def _require_today(self, ticket: TicketRow) -> None:
        if ticket.day != self.desk.today:
            raise WrongTicketState("这是往日的号，请重新取号。", allowed=[])

    async def _own_window(self, wished: UUID | None) -> UUID:
        caller = self.desk.person
        window_id = wished
        if window_id is None:
            if len(caller.window_ids) != 1:
                raise InvalidInput(errors=[_WHICH_WINDOW])
            [window_id] = caller.window_ids
        department_id = None
        if window_id not in caller.window_ids:
            department_id = await self.queue.department_of_window(window_id)
        if department_id is None and window_id not in caller.window_ids:
            raise NotServingThere
        place = Place(window_id, department_id or window_id)
        if not serves_at(place, caller):
            raise NotServingThere
        return window_id

    def _window_to_call_at(self, ticket: TicketRow, wished: UUID | None) -> UUID:
        own = [
            place.window_id
            for place in places_to_act(place_of(ticket))
            if serves_at(place, self.desk.person)
        ]
        if wished is None:
            if len(own) != 1:
                raise InvalidInput(errors=[_WHICH_WINDOW])
            return own[0]
        if wished not in own:
            raise NotServingThere
        return wished


_WHICH_WINDOW = FieldProblem("/window_id", "required", "请指明在哪个窗口叫号。")


class TicketCaseService:
    """Which cases were worked on while a ticket was served."""

    def __init__(self, calls: CallService, cases: CaseService) -> None:
        self.calls = calls
        self.queue = calls.queue
        self.cases = cases

    async def link(self, ticket_id: UUID, seen: int, wish: CaseCommand) -> TicketRead:
        """Name a case of the window; raises CaseNotFound, OtherWindowsCase, CaseLinkedAlready."""
        ticket = await self.calls.begin_linking(ticket_id, seen)
        case = (await self.cases.find(wish.case_id)).case
        if case.window_id != ticket.window_id:
            raise OtherWindowsCase
        if await self.queue.has_case(ticket.id, case.id):
            raise CaseLinkedAlready
        await self.queue.add(
            TicketCase(ticket_id=ticket.id, case_id=case.id, linked_at=self.calls.desk.now)
        )
        return await self.calls.end_linking(ticket, case.case_number)
