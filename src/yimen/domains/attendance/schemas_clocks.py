"""Clocks and their users on the wire."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from yimen.core.pagination import Page, PageQuery
from yimen.core.schemas import (
    AllowedAction,
    Code,
    Instant,
    Label,
    ReadSchema,
    Schema,
    example,
    page_example,
)
from yimen.domains.attendance.schemas_punches import (
    CLOCK_ID,
    CLOCK_USER_ID,
    DEVICE_ID,
    STAFF_ID,
    Example,
)

DeviceUserId = Annotated[
    str,
    StringConstraints(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]+$"),
    Field(description="考勤机上的用户号，按机器显示的原样填写（不含前面的空格）"),
]


_CLOCK: Example = {
    "id": CLOCK_ID,
    "number": "K1",
    "name": "大厅正门考勤机",
    "in_use_from": "2026-01-05",
    "retired_on": None,
    "device_id": DEVICE_ID,
    "last_seen_at": "2026-03-10T10:02:00+08:00",
    "latest_offset": {
        "day": "2026-03-10",
        "punch_count": 41,
        "median_seconds": 95,
        "least_seconds": 93,
        "most_seconds": 96,
        "text": "比系统快约 1 分 35 秒",
    },
    "allowed_actions": [{"action": "change", "allowed": True, "reason_code": None, "reason": None}],
}


class ClockCreate(Schema):
    """A time clock that is hung up."""

    model_config = example({"number": "K1", "name": "大厅正门考勤机", "in_use_from": "2026-01-05"})

    number: Code
    name: Label
    in_use_from: Annotated[date, Field(description="启用日；早于它的打卡时间视为不可能")]
    device_id: Annotated[
        UUID | None, Field(description="以自己的密钥上传打卡的设备；只用文件导入的不填")
    ] = None


class ClockUpdate(Schema):
    """What changes about a clock; what is not named stays."""

    model_config = example({"retired_on": "2026-06-30"})

    name: Label | None = None
    in_use_from: date | None = None
    retired_on: Annotated[date | None, Field(description="停用日（含）；填 null 恢复使用")] = None
    device_id: Annotated[UUID | None, Field(description="填 null 不再接受设备上传")] = None


class OffsetRead(ReadSchema):
    """How far a clock was off on a day, by what it sent itself; shown, never corrected."""

    model_config = example(
        {
            "day": "2026-03-10",
            "punch_count": 41,
            "median_seconds": 95,
            "least_seconds": 93,
            "most_seconds": 96,
            "text": "比系统快约 1 分 35 秒",
        }
    )

    day: date
    punch_count: int
    median_seconds: Annotated[int, Field(description="快为正、慢为负；中位数")]
    least_seconds: int
    most_seconds: int
    text: str


class ClockRead(ReadSchema):
    """A time clock."""

    model_config = example(_CLOCK)

    id: UUID
    number: str
    name: str
    in_use_from: date
    retired_on: date | None
    device_id: UUID | None
    last_seen_at: Instant | None
    latest_offset: Annotated[OffsetRead | None, Field(description="最近一天实时打卡的快慢")]
    allowed_actions: list[AllowedAction]


class ClockPage(Page[ClockRead]):
    model_config = page_example(_CLOCK)


class OffsetList(ReadSchema):
    """A clock's error day by day."""

    model_config = example({"items": [_CLOCK["latest_offset"]]})

    items: list[OffsetRead]


_CLOCK_USER: Example = {
    "id": CLOCK_USER_ID,
    "clock_id": CLOCK_ID,
    "clock_number": "K1",
    "device_user_id": "710011",
    "staff_id": STAFF_ID,
    "staff_number": "S007",
    "staff_name": "阿依古丽·买买提",
    "starts_on": "2026-01-05",
    "ends_on": None,
    "allowed_actions": [{"action": "end", "allowed": True, "reason_code": None, "reason": None}],
}


class ClockUserCreate(Schema):
    """Whose touches a user id stands for, at one clock or several."""

    model_config = example(
        {
            "clock_ids": [CLOCK_ID],
            "device_user_id": "710011",
            "staff_id": STAFF_ID,
            "starts_on": "2026-01-05",
        }
    )

    clock_ids: Annotated[list[UUID], Field(min_length=1, max_length=20)]
    device_user_id: DeviceUserId
    staff_id: UUID
    starts_on: date
    ends_on: date | None = None


class ClockUserEnd(Schema):
    """The last day on which the user id is that person's."""

    model_config = example({"ends_on": "2026-06-30"})

    ends_on: Annotated[date, Field(description="最后一日（含）")]


class ClockUserRead(ReadSchema):
    """A user id of a clock and its person."""

    model_config = example(_CLOCK_USER)

    id: UUID
    clock_id: UUID
    clock_number: str
    device_user_id: str
    staff_id: UUID
    staff_number: str
    staff_name: str
    starts_on: date
    ends_on: date | None
    allowed_actions: list[AllowedAction]


class ClockUserPage(Page[ClockUserRead]):
    model_config = page_example(_CLOCK_USER)


class ClockUserList(ReadSchema):
    """What was registered, one entry a clock."""

    model_config = example({"items": [_CLOCK_USER]})

    items: list[ClockUserRead]


class ClockUserQuery(PageQuery):
    """Which users."""

    clock_id: Annotated[UUID | None, Field(examples=[CLOCK_ID])] = None
    staff_id: Annotated[UUID | None, Field(examples=[STAFF_ID])] = None
    device_user_id: Annotated[str | None, Field(max_length=64, examples=["710011"])] = None
    on: Annotated[date | None, Field(description="在这一天有效的")] = None


_UNKNOWN: Example = {
    "clock_id": CLOCK_ID,
    "clock_number": "K1",
    "device_user_id": "720206",
    "punch_count": 37,
    "first_at": "2026-03-02T09:58:11+08:00",
    "last_at": "2026-03-10T19:33:02+08:00",
}


class UnknownUserRead(ReadSchema):
    """A user id that touched a clock on days on which it was nobody's."""

    model_config = example(_UNKNOWN)

    clock_id: UUID
    clock_number: str
    device_user_id: str
    punch_count: int
    first_at: Instant
    last_at: Instant


class UnknownUserList(ReadSchema):
    """Unknown user ids, the most frequent first."""

    model_config = example({"items": [_UNKNOWN], "left_off": 0})

    items: list[UnknownUserRead]
    left_off: Annotated[int, Field(description="未列出的考勤号个数")]


class SpanQuery(Schema):
    """Which days; the last 31 by default, 400 at most."""

    first: Annotated[date | None, Field(description="默认为结束日之前 30 天")] = None
    last: Annotated[date | None, Field(description="默认为今天")] = None


def offset_text(seconds: int) -> str:
    """How far a clock is off, for a person."""
    if abs(seconds) < 1:
        return "与系统一致"
    minutes, rest = divmod(abs(seconds), 60)
    amount = f"{minutes} 分 {rest} 秒" if minutes else f"{rest} 秒"
    return f"比系统{'快' if seconds > 0 else '慢'}约 {amount}"
