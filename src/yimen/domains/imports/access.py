"""Who may import, in words: the office, and the director looks on (domain.md §10)."""

from yimen.core.caller import Caller, Role


def may_import(caller: Caller | None) -> bool:
    """Without a caller the machine itself imports."""
    return caller is None or caller.role is Role.OFFICE
