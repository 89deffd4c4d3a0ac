"""How an appointment looks to its holder: number and code instead of a log-in."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, computed_field

from yimen.core.schemas import Instant, Label, Note, PastInstant, ReadSchema, Schema, example
from yimen.domains.appointments.enums import AppointmentState
from yimen.domains.appointments.schemas import HOLDER, ITEM_ID, WINDOW_ID, HolderIn, SpecialWish

_KEY = {"appointment_number": "YY-2026-000017", "code": "K7QM-3X9P-2RTD"}
_PUBLIC: dict[str, Any] = {
    "appointment_number": "YY-2026-000017",
    "state": "booked",
    "state_label": "已预约",
    "hint": "请在 2026年3月11日 10:30 前到07号窗口，可提前签到。",
    "item_id": ITEM_ID,
    "item_name": "食品经营许可",
    "window_id": WINDOW_ID,
    "window_number": "07",
    "department_name": "县市场监督管理局",
    "starts_at": "2026-03-11T10:30:00+08:00",
    "ends_at": "2026-03-11T11:00:00+08:00",
    "check_in_from": "2026-03-11T09:30:00+08:00",
    "check_in_until": "2026-03-11T11:15:00+08:00",
    "can_change": True,
}

LookupCode = Annotated[
    str,
    Field(min_length=1, max_length=40, description="预约时给出的查询码；大小写不限，可不写连字符"),
]


class AppointmentKey(Schema):
    """Number and code; in the body, since URLs are logged on the way."""

    model_config = example(_KEY)

    appointment_number: Label
    code: LookupCode


class PublicAppointmentCreate(Schema):
    """A visit that somebody books for themselves."""

    model_config = example(
        {
            "item_id": ITEM_ID,
            "window_id": WINDOW_ID,
            "starts_at": "2026-03-11T10:30:00+08:00",
            "holder": HOLDER,
            "note": None,
        }
    )

    item_id: UUID
    window_id: Annotated[
        UUID | None, Field(description="缺省时由系统在能办理的窗口中选空号最多的一个")
    ] = None
    starts_at: Annotated[PastInstant, Field(description="所选时段的起始时间")]
    holder: HolderIn
    note: Note | None = None


class PublicSpecialCreate(SpecialWish):
    """A visit outside office hours that somebody asks for themselves; the director decides."""

    model_config = example(
        {
            "item_id": ITEM_ID,
            "window_id": WINDOW_ID,
            "starts_at": "2026-03-14T11:00:00+08:00",
            "ends_at": "2026-03-14T12:00:00+08:00",
            "reason": "周一须赴外地就医，本周末前要补领证件。",
            "holder": HOLDER,
        }
    )


class PublicMove(AppointmentKey):
    """Another slot, perhaps at another window."""

    model_config = example(_KEY | {"starts_at": "2026-03-12T10:30:00+08:00"})

    starts_at: PastInstant
    window_id: UUID | None = None


class PublicAppointment(ReadSchema):
    """An appointment as whoever has its code sees it: nothing personal."""

    model_config = example(_PUBLIC)

    appointment_number: str
    state: AppointmentState
    hint: Annotated[str, Field(description="给预约人的一句话：现在怎样、接下来做什么")]
    item_id: UUID
    item_name: str
    window_id: UUID
    window_number: str
    department_name: str
    starts_at: Instant
    ends_at: Instant
    check_in_from: Instant
    check_in_until: Instant
    can_change: Annotated[bool, Field(description="现在还能否自己改期或取消")]

    @computed_field
    def state_label(self) -> str:
        return self.state.label


class PublicAppointmentBooked(PublicAppointment):
    """A new appointment, with the code that its holder keeps."""

    model_config = example(_PUBLIC | {"lookup_code": "K7QM-3X9P-2RTD"})

    lookup_code: Annotated[str, Field(description="查询码，请记下；只在预约时显示")]
