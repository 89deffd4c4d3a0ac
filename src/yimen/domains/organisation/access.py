"""Who may run the organisation (domain.md §10): everyone reads it, the office changes it."""

from yimen.core.caller import Caller, Role


def may_administer(caller: Caller) -> bool:
    """Departments, windows, staff and their service are the office's to arrange."""
    return caller.role is Role.OFFICE
