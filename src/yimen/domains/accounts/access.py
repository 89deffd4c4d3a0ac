"""Who may manage whose account (domain.md §10)."""

from yimen.core.caller import Caller, Role


def may_manage(role: Role, caller: Caller) -> bool:
    """The office manages accounts, but not the director's: it would approve its own proposals."""
    if role is Role.DIRECTOR:
        return caller.role is Role.DIRECTOR
    return caller.role in (Role.OFFICE, Role.DIRECTOR)
