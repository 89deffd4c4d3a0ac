"""Who arranges what is sent to other systems (domain.md §10)."""

from yimen.core.caller import Caller, Role


def may_administer(caller: Caller) -> bool:
    """A subscription hears everything, as the office does; the director reads."""
    return caller.role is Role.OFFICE
