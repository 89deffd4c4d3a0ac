"""Who may hear of which event (domain.md §10): one policy for pages and streams."""

from typing import Final, assert_never

from yimen.core.caller import Actor, DeviceCaller, DeviceScope, Role
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
        "ticket",
    }
)
"""What everyone who is logged in may look up anyway; all else belongs to a window or department."""

CALLS: Final = "ticket."


def may_listen(actor: Actor) -> bool:
    """People, and the machines that show or follow the calls."""
    return not isinstance(actor, DeviceCaller) or DeviceScope.READ_CALLS in actor.scopes


def may_see(event: HallEvent, actor: Actor) -> bool:
    """Whether an event is told to this person or machine.

    A clerk: the window's and what is public; a chief representative: the department's too; the
    office and the director: everything; a machine: ticket calls only, at a window the window's.
    """
    if isinstance(actor, DeviceCaller):
        here = actor.window_id is None or actor.window_id == event.window_id
        return may_listen(actor) and event.kind.startswith(CALLS) and here
    is_public = event.subject_type in PUBLIC_SUBJECTS
    match actor.role:
        case Role.OFFICE | Role.DIRECTOR:
            return True
        case Role.CHIEF_REPRESENTATIVE:
            own = event.department_id is not None and event.department_id == actor.department_id
            return is_public or own or event.window_id in actor.window_ids
        case Role.WINDOW:
            return is_public or event.window_id in actor.window_ids
        case _:
            assert_never(actor.role)
