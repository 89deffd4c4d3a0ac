"""Who sees a line of the rating, and who nominates, views and decides (domain.md §10)."""

from uuid import UUID

from yimen.core.caller import Caller, Role


def sees_all(caller: Caller) -> bool:
    """The office and the director read everything, published or not."""
    return caller.role in (Role.OFFICE, Role.DIRECTOR)


def may_nominate(window_id: UUID, department_id: UUID, caller: Caller) -> bool:
    """Whoever serves at the window, or the chief representative of its department."""
    if window_id in caller.window_ids:
        return True
    return caller.role is Role.CHIEF_REPRESENTATIVE and department_id == caller.department_id
