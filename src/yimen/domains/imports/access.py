"""Who may import, in words: the office, and the director looks on (domain.md §10)."""

from yimen.core.caller import Caller, Role


def may_import(caller: Caller) -> bool:
    return caller.role is Role.OFFICE
