"""Who may see a paper: whoever may see the window or the department it came from."""

from yimen.core.caller import Caller, Role


def sees_everything(caller: Caller) -> bool:
    """The office and the director read all of the hall (domain.md §10)."""
    return caller.role in (Role.OFFICE, Role.DIRECTOR)
