"""Who may do what with tickets and groups, in words (domain.md §10)."""

from dataclasses import dataclass
from uuid import UUID

from yimen.core.caller import Actor, Caller, DeviceCaller, DeviceScope, Role
from yimen.core.errors import Refusal
from yimen.domains.queue.enums import IN_HAND, TicketAction, TicketState
from yimen.domains.queue.rules import why_wrong_state

FROM_THE_QUEUE = frozenset({TicketState.WAITING, TicketState.PARKED, TicketState.MISSED})
"""Any window of the group may call these."""
OFFICE_ACTIONS = frozenset({TicketAction.TRANSFER, TicketAction.REQUEUE, TicketAction.CANCEL})
"""The office sends people to where they belong; it serves nobody."""


@dataclass(frozen=True, slots=True)
class Place:
    """A window and whose it is."""

    window_id: UUID
    department_id: UUID


@dataclass(frozen=True, slots=True)
class TicketPlace:
    """What access asks of a ticket: where it stands, and which windows may serve it."""

    state: TicketState
    at: Place | None
    """Where it was called."""
    of_group: tuple[Place, ...]
    for_window_id: UUID | None


def sees_all(caller: Caller) -> bool:
    """The office and the director read every window's figures."""
    return caller.role in (Role.OFFICE, Role.DIRECTOR)


def may_administer(caller: Caller) -> bool:
    """The office arranges the groups."""
    return caller.role is Role.OFFICE


def serves_at(place: Place, caller: Caller) -> bool:
    """A clerk at the own window, a chief representative also at the department's."""
    if place.window_id in caller.window_ids:
        return caller.role in (Role.WINDOW, Role.CHIEF_REPRESENTATIVE)
    return caller.role is Role.CHIEF_REPRESENTATIVE and caller.department_id == place.department_id


def may_take(group: tuple[Place, ...], actor: Actor) -> bool:
    """Machines that give out tickets, the group's windows, the office."""
    if isinstance(actor, DeviceCaller):
        return DeviceScope.TAKE_TICKETS in actor.scopes
    return actor.role is Role.OFFICE or any(serves_at(place, actor) for place in group)


def may_watch(actor: Actor) -> bool:
    """People, and the machines that show or follow the calls."""
    return not isinstance(actor, DeviceCaller) or DeviceScope.READ_CALLS in actor.scopes


def places_to_act(ticket: TicketPlace) -> tuple[Place, ...]:
    """Where a ticket is served: at the window that called it, else at any that may call it."""
    if ticket.state not in FROM_THE_QUEUE and ticket.at is not None:
        return (ticket.at,)
    return tuple(
        place
        for place in ticket.of_group
        if ticket.for_window_id is None or place.window_id == ticket.for_window_id
    )


def why_not(action: TicketAction, ticket: TicketPlace, caller: Caller) -> Refusal | None:
    """Why the caller may not give this command now; none when it is theirs to give."""
    refusal = _not_theirs(action, ticket, caller)
    if refusal is not None:
        return refusal
    wrong = why_wrong_state(action, ticket.state)
    return None if wrong is None else Refusal("ticket_state", wrong)


def _not_theirs(action: TicketAction, ticket: TicketPlace, caller: Caller) -> Refusal | None:
    match caller.role:
        case Role.OFFICE:
            if action in OFFICE_ACTIONS:
                return None
            return Refusal("forbidden", "叫号和办理由窗口进行。")
        case Role.DIRECTOR:
            return Refusal("forbidden", "叫号和办理由窗口进行，中心主任只能查看。")
        case Role.WINDOW | Role.CHIEF_REPRESENTATIVE:
            if any(serves_at(place, caller) for place in places_to_act(ticket)):
                return None
            where = "叫到该号的窗口" if ticket.state in IN_HAND else "该号所在队列的窗口"
            return Refusal("not_your_ticket", f"此项操作由{where}办理，您只能查看。")
