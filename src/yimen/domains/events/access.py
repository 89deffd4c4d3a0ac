"""Who may hear of which event (domain.md §10): one policy for pages and streams."""

from typing import Final, assert_never

from yimen.core.caller import Actor, Caller, DeviceCaller, DeviceScope, Role
from yimen.domains.events.rules import HallEvent

PUBLIC_SUBJECTS: Final = frozenset(
    {
        "department",
        "window",
        "staff_member",
        "window_service",
        "chief_representative",
        "duty",
        "deputy",
        "calendar_year",
        "calendar_day",
        "attendance_bulletin",
        "edition",
        "ticket",
    }
)
"""What everyone who is logged in may look up anyway; all else belongs to a window or department."""

PERSONAL_SUBJECTS: Final = frozenset(
    {"leave_request", "outing", "overtime_request", "attendance_correction"}
)
"""What someone asks for or is given: told to them, wherever they serve."""

CALLS: Final = "ticket."


def may_listen(actor: Actor) -> bool:
    """People, and the machines that show or follow the calls."""
    return not isinstance(actor, DeviceCaller) or DeviceScope.READ_CALLS in actor.scopes


def may_see(event: HallEvent, actor: Actor) -> bool:
    """Whether an event is told to this person or machine.

    A clerk: the window's, the own person's and what is public, and what concerns the matters of
    someone for whom the clerk stands in (ABPOST 三); a chief representative: the department's too;
    the office and the director: everything; a machine: ticket calls only, at a window the window's.
    """
    if isinstance(actor, DeviceCaller):
        here = actor.window_id is None or actor.window_id == event.window_id
        return may_listen(actor) and event.kind.startswith(CALLS) and here
    is_open = event.subject_type in PUBLIC_SUBJECTS or _is_theirs(event, actor)
    match actor.role:
        case Role.OFFICE | Role.DIRECTOR:
            return True
        case Role.CHIEF_REPRESENTATIVE:
            own = event.department_id is not None and event.department_id == actor.department_id
            return is_open or own or event.window_id in actor.window_ids
        case Role.WINDOW:
            return is_open or event.window_id in actor.window_ids
        case _:
            assert_never(actor.role)


def _is_theirs(event: HallEvent, caller: Caller) -> bool:
    """Whether it is about the caller, or about the matter of someone the caller stands in for."""
    if event.subject_type in PERSONAL_SUBJECTS:
        return event.facts.get("staff_id") == str(caller.staff_id)
    handler_id = event.facts.get("handler_id")
    return any(str(staff_id) == handler_id for staff_id in caller.deputised_staff_ids)
