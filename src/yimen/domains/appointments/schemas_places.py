"""How slots, their places, and bookings that cannot be kept look on the wire."""

from datetime import date
from typing import Annotated, Any, ClassVar
from uuid import UUID

from pydantic import Field, model_validator

from yimen.core.pagination import Page, PageQuery
from yimen.core.schemas import AllowedAction, Instant, Note, ReadSchema, Schema, example
from yimen.domains.appointments.enums import Hindrance
from yimen.domains.appointments.schemas import (
    APPOINTMENT_ID,
    ITEM_ID,
    OTHER_WINDOW_ID,
    WINDOW_ID,
    Day,
)

CAPACITY_ID = "019a4f3e-7c1d-7b60-9d0e-6a2f4c8b5a02"

_SLOT: dict[str, Any] = {
    "starts_at": "2026-03-11T10:30:00+08:00",
    "ends_at": "2026-03-11T11:00:00+08:00",
    "places": 2,
    "free": 1,
}
_SLOTS: dict[str, Any] = {
    "day": "2026-03-11",
    "last_bookable_on": "2026-03-24",
    "windows": [
        {
            "window_id": WINDOW_ID,
            "window_number": "07",
            "window_name": "市监一窗",
            "department_name": "县市场监督管理局",
            "slots": [_SLOT],
        }
    ],
}
_AFFECTED: dict[str, Any] = {
    "items": [
        {
            "appointment_id": APPOINTMENT_ID,
            "appointment_number": "YY-2026-000017",
            "window_id": WINDOW_ID,
            "window_number": "07",
            "item_id": ITEM_ID,
            "item_name": "食品经营许可",
            "holder_name": "阿依古丽·买买提",
            "phone_masked": "138****0000",
            "starts_at": "2026-03-11T10:30:00+08:00",
            "ends_at": "2026-03-11T11:00:00+08:00",
            "version": 1,
            "hindrances": [{"code": "nobody_there", "label": "窗口该时段无人在岗"}],
            "alternatives": [
                {
                    "window_id": OTHER_WINDOW_ID,
                    "window_number": "12",
                    "starts_at": "2026-03-11T10:30:00+08:00",
                    "ends_at": "2026-03-11T11:00:00+08:00",
                    "free": 1,
                }
            ],
        }
    ]
}


# Slots


class SlotQuery(Schema):
    """A day, and a window or an item; of both, the item at that window."""

    day: Annotated[Day, Field(description="哪一天", examples=["2026-03-11"])]
    window_id: Annotated[UUID | None, Field(examples=[WINDOW_ID])] = None
    item_id: Annotated[UUID | None, Field(description="按事项查时，列出能办理的各窗口")] = None

    @model_validator(mode="after")
    def _names_a_place(self) -> "SlotQuery":
        if self.window_id is None and self.item_id is None:
            raise ValueError("请指定窗口或事项。")
        return self


class SlotRead(ReadSchema):
    """A slot of a window."""

    starts_at: Instant
    ends_at: Instant
    places: Annotated[int, Field(description="这个时段共有几个号")]
    free: Annotated[int, Field(description="还剩几个号；已经过去或超出可约范围的为 0")]


class WindowSlots(ReadSchema):
    """The slots of one window on a day; none when it is not open."""

    window_id: UUID
    window_number: str
    window_name: str
    department_name: str
    slots: list[SlotRead]


class SlotList(ReadSchema):
    """The slots of a day, by window."""

    rows_in: ClassVar[str] = "windows"

    model_config = example(_SLOTS)

    day: date
    last_bookable_on: Annotated[date, Field(description="目前最远可以预约到哪一天")]
    windows: list[WindowSlots]


# What cannot be kept


class AffectedQuery(Schema):
    """Which days, and perhaps which window, to look through."""

    first: Annotated[Day, Field(examples=["2026-03-11"])]
    last: Annotated[Day, Field(description="最多 31 天", examples=["2026-03-13"])]
    window_id: UUID | None = None

    @model_validator(mode="after")
    def _in_order(self) -> "AffectedQuery":
        if not 0 <= (self.last - self.first).days <= 30:
            raise ValueError("结束日不能早于起始日，最多 31 天。")
        return self


class HindranceRead(ReadSchema):
    code: Hindrance
    label: str


class AlternativeRead(ReadSchema):
    """An open slot in which the holder could come instead."""

    window_id: UUID
    window_number: str
    starts_at: Instant
    ends_at: Instant
    free: int


class AffectedRead(ReadSchema):
    """A booking that cannot be kept, why, and what to offer."""

    appointment_id: UUID
    appointment_number: str
    window_id: UUID
    window_number: str
    item_id: UUID
    item_name: str
    holder_name: str
    phone_masked: str
    starts_at: Instant
    ends_at: Instant
    version: Annotated[int, Field(description="改期时放在 If-Match 中")]
    hindrances: list[HindranceRead]
    alternatives: list[AlternativeRead]


class AffectedList(ReadSchema):
    """Bookings that a closure, a changed calendar or an absence has hit, the earliest first."""

    model_config = example(_AFFECTED)

    items: list[AffectedRead]


# Capacities


class CapacityCreate(Schema):
    """How many places a window gives in each slot, or one item at it."""

    model_config = example({"window_id": WINDOW_ID, "item_id": None, "places": 3, "note": None})

    window_id: UUID
    item_id: Annotated[UUID | None, Field(description="只限制这个事项；缺省为整个窗口")] = None
    places: Annotated[int, Field(ge=0, le=200, description="每个时段的号数；0 为不接受预约")]
    note: Note | None = None


class CapacityUpdate(Schema):
    model_config = example({"places": 2})

    places: Annotated[int, Field(ge=0, le=200)]
    note: Note | None = None


class CapacityQuery(PageQuery):
    window_id: UUID | None = None


class CapacityRead(ReadSchema):
    """How many places the office has set."""

    model_config = example(
        {
            "id": CAPACITY_ID,
            "window_id": WINDOW_ID,
            "window_number": "07",
            "item_id": None,
            "item_name": None,
            "places": 3,
            "note": None,
            "allowed_actions": [
                {"action": "lift", "allowed": True, "reason_code": None, "reason": None}
            ],
            "version": 1,
        }
    )

    id: UUID
    window_id: UUID
    window_number: str
    item_id: UUID | None
    item_name: str | None
    places: int
    note: str | None
    allowed_actions: list[AllowedAction]
    version: int


class CapacityPage(Page[CapacityRead]):
    """What the office has set; windows not listed give places by their staff present."""


class CapacityLifted(ReadSchema):
    """The limit is gone; the window gives places by its staff present again."""

    model_config = example({"window_id": WINDOW_ID, "item_id": None})

    window_id: UUID
    item_id: UUID | None
