"""Who may run the organisation (domain.md §10): everyone reads it, the office changes it."""

from uuid import UUID

from yimen.core.caller import Caller, Role


def may_administer(caller: Caller) -> bool:
    """Departments, windows, staff and their service are the office's to arrange."""
    return caller.role is Role.OFFICE


def may_arrange_posts(department_id: UUID | None, caller: Caller) -> bool:
    """Duties and deputies: the chief representative's in the department, the office's anywhere."""
    if caller.role is Role.CHIEF_REPRESENTATIVE:
        return department_id is not None and department_id == caller.department_id
    return caller.role is Role.OFFICE
