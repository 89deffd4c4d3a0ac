"""Who may see a paper: whoever may see the window it came from."""

from uuid import UUID

from yimen.core.caller import Caller, Role


def sees_everything(caller: Caller) -> bool:
    """The office and the director read all of the hall (domain.md §10)."""
    return caller.role in (Role.OFFICE, Role.DIRECTOR)


def windows_seen(caller: Caller) -> tuple[UUID, ...]:
    """The windows whose papers a clerk sees; a chief representative sees by department."""
    return caller.window_ids if caller.role is Role.WINDOW else ()
