"""Who is asking: the person or machine behind a request, as the database knows them now."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class Role(StrEnum):
    """The four roles of the hall (domain.md §2)."""

    WINDOW = "window"
    CHIEF_REPRESENTATIVE = "chief_representative"
    OFFICE = "office"
    DIRECTOR = "director"

    @property
    def label(self) -> str:
        return ROLE_LABELS[self]


ROLE_LABELS = {
    Role.WINDOW: "窗口工作人员",
    Role.CHIEF_REPRESENTATIVE: "首席代表",
    Role.OFFICE: "中心办公室",
    Role.DIRECTOR: "中心主任",
}


@dataclass(frozen=True, slots=True)
class Caller:
    """An account in good standing, read afresh for every request: a change counts at once."""

    account_id: UUID
    session_id: UUID
    username: str
    role: Role
    staff_id: UUID | None
    staff_name: str | None
    department_id: UUID | None
    window_ids: tuple[UUID, ...]
    """Windows at which the person serves today."""
    must_change_password: bool = False
    """Has a temporary password: nothing but ``/auth`` is open until it is changed."""

    @property
    def name(self) -> str:
        return self.staff_name or self.username
