"""Who is asking: the person or machine behind a request, as the database knows them now."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias
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
    deputised_staff_ids: tuple[UUID, ...] = ()
    """Absent people for whom the person stands in today (ABPOST 三)."""
    must_change_password: bool = False
    """Has a temporary password: nothing but ``/auth`` is open until it is changed."""

    @property
    def name(self) -> str:
        return self.staff_name or self.username

    def stands_in_for(self, staff_id: UUID | None) -> bool:
        """Whether the person acts today for the one whose matter it is (ABPOST 三)."""
        return staff_id in self.deputised_staff_ids


class DeviceKind(StrEnum):
    """The machines of the hall."""

    QUEUE_MACHINE = "queue_machine"
    KIOSK = "kiosk"
    SCREEN = "screen"
    TIME_CLOCK = "time_clock"
    EVALUATOR = "evaluator"

    @property
    def label(self) -> str:
        return DEVICE_LABELS[self]


DEVICE_LABELS = {
    DeviceKind.QUEUE_MACHINE: "取号机",
    DeviceKind.KIOSK: "自助终端",
    DeviceKind.SCREEN: "显示屏",
    DeviceKind.TIME_CLOCK: "考勤机",
    DeviceKind.EVALUATOR: "评价器",
}


class DeviceScope(StrEnum):
    """What a machine may do; it has the scopes of its kind and no others."""

    TAKE_TICKETS = "tickets:take"
    READ_CALLS = "calls:read"
    BOOK = "appointments:book"
    SEND_PUNCHES = "punches:send"
    SEND_RATINGS = "ratings:send"


SCOPES_OF_DEVICES: dict[DeviceKind, frozenset[DeviceScope]] = {
    DeviceKind.QUEUE_MACHINE: frozenset({DeviceScope.TAKE_TICKETS, DeviceScope.READ_CALLS}),
    DeviceKind.KIOSK: frozenset(
        {DeviceScope.TAKE_TICKETS, DeviceScope.READ_CALLS, DeviceScope.BOOK}
    ),
    DeviceKind.SCREEN: frozenset({DeviceScope.READ_CALLS}),
    DeviceKind.TIME_CLOCK: frozenset({DeviceScope.SEND_PUNCHES}),
    DeviceKind.EVALUATOR: frozenset({DeviceScope.READ_CALLS, DeviceScope.SEND_RATINGS}),
}


@dataclass(frozen=True, slots=True)
class DeviceCaller:
    """A registered machine in good standing, read afresh for every request."""

    device_id: UUID
    secret_id: UUID
    """The secret that its token was given for."""
    name: str
    kind: DeviceKind
    window_id: UUID | None
    """The window it stands at; none for one that serves the whole hall."""

    @property
    def scopes(self) -> frozenset[DeviceScope]:
        return SCOPES_OF_DEVICES[self.kind]

    @property
    def account_id(self) -> None:
        """No account: the audit tells machines by their name."""
        return None

    @property
    def username(self) -> str:
        return f"device:{self.name}"


Actor: TypeAlias = Caller | DeviceCaller
"""Whoever acts through the API: a person or a machine."""
