"""Who may see a paper, and who may void one (domain.md §10)."""

from uuid import UUID

from yimen.core.caller import Caller, Role


def sees_everything(caller: Caller) -> bool:
    """The office and the director read all of the hall."""
    return caller.role in (Role.OFFICE, Role.DIRECTOR)


def may_void(department_id: UUID | None, window_id: UUID | None, caller: Caller) -> bool:
    """The office voids any paper, and has it issued again; a chief representative those of the own
    department or window.
    """
    if caller.role is Role.OFFICE:
        return True
    if caller.role is not Role.CHIEF_REPRESENTATIVE:
        return False
    own_department = department_id is not None and department_id == caller.department_id
    return own_department or window_id in caller.window_ids
