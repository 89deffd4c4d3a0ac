"""Who runs the machines (domain.md §10)."""

from yimen.core.caller import Caller, Role


def may_administer(caller: Caller) -> bool:
    """The office registers and revokes machines; the director reads."""
    return caller.role is Role.OFFICE
