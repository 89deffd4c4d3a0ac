"""Touches that clocks send, and as they came, on the wire."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, JsonValue, StringConstraints, computed_field

from yimen.core.pagination import Page, PageQuery
from yimen.core.schemas import Code, Instant, ReadSchema, Schema, example, page_example
from yimen.domains.attendance.enums import (
    FaultKind,
    PunchOutcome,
)

CLOCK_ID = "0199a0a0-0000-7000-8000-000000000401"
DEVICE_ID = "0199a0a0-0000-7000-8000-000000000405"
CLOCK_USER_ID = "0199a0a0-0000-7000-8000-000000000402"
BATCH_ID = "0199a0a0-0000-7000-8000-000000000403"
FAULT_ID = "0199a0a0-0000-7000-8000-000000000404"
STAFF_ID = "0199a0a0-0000-7000-8000-000000000001"

Example = dict[str, JsonValue]


DeviceText = Annotated[str, StringConstraints(max_length=64, pattern=r"^[^\x00-\x1f\x7f]*$")]


# --- touches that a clock sends

ClockNumber = Annotated[
    Code | None, Field(description="考勤机编号；设备自己上传时可以不填，由办公室代为上传时必填")
]


class PunchSend(Schema):
    """A touch as a clock notes it."""

    model_config = example(
        {
            "device_user_id": "710011",
            "device_time": "2026-03-10 09:58:12",
            "state": "0",
            "verify_mode": "1",
            "work_code": "0",
        }
    )

    device_user_id: DeviceText
    device_time: Annotated[
        DeviceText, Field(description="考勤机自己的时间，原样，例如 2026-03-10 09:58:12")
    ]
    state: DeviceText | None = None
    verify_mode: DeviceText | None = None
    work_code: DeviceText | None = None


class PunchReceive(PunchSend):
    """A single touch, with the clock it comes from."""

    model_config = example(
        {
            "clock_number": "K1",
            "device_user_id": "710011",
            "device_time": "2026-03-10 09:58:12",
            "state": "0",
            "verify_mode": "1",
            "work_code": "0",
        }
    )

    clock_number: ClockNumber = None


class PunchesReceive(Schema):
    """Touches that a clock sends together, such as after it was cut off."""

    model_config = example(
        {
            "clock_number": "K1",
            "punches": [{"device_user_id": "710011", "device_time": "2026-03-10 09:58:12"}],
        }
    )

    clock_number: ClockNumber = None
    punches: Annotated[list[PunchSend], Field(min_length=1, max_length=1000)]


_RECEIVED: Example = {
    "device_user_id": "710011",
    "device_time": "2026-03-10 09:58:12",
    "punched_at": "2026-03-10T09:58:12+08:00",
    "received_at": "2026-03-10T09:58:13+08:00",
    "outcome": "counted",
    "outcome_label": "已记录",
    "fault": None,
    "fault_label": None,
}


class PunchReceived(ReadSchema):
    """What became of a touch; a clock need not send it again in any case."""

    model_config = example(_RECEIVED)

    device_user_id: str
    device_time: str
    punched_at: Annotated[Instant | None, Field(description="读出的打卡时刻；读不出时为 null")]
    received_at: Instant
    outcome: PunchOutcome
    fault: FaultKind | None

    @computed_field
    def outcome_label(self) -> str:
        """The outcome in Chinese."""
        return self.outcome.label

    @computed_field
    def fault_label(self) -> str | None:
        """The fault in Chinese."""
        return self.fault.label if self.fault else None


class PunchesReceived(ReadSchema):
    """What became of touches that were sent together, in their order."""

    model_config = example(
        {
            "batch_id": BATCH_ID,
            "counted_count": 1,
            "repeated_count": 0,
            "unknown_count": 0,
            "faulty_count": 0,
            "items": [_RECEIVED],
        }
    )

    batch_id: UUID
    counted_count: int
    repeated_count: int
    unknown_count: int
    faulty_count: int
    items: list[PunchReceived]


_PUNCH: Example = {
    "clock_id": CLOCK_ID,
    "clock_number": "K1",
    "device_user_id": "710011",
    "staff_id": STAFF_ID,
    "staff_name": "阿依古丽·买买提",
    "punched_at": "2026-03-10T09:58:12+08:00",
    "device_time": "2026-03-10 09:58:12",
    "received_at": "2026-03-10T09:58:13+08:00",
    "batch_id": BATCH_ID,
    "line": 1,
    "state": "0",
    "verify_mode": "1",
    "work_code": "0",
    "is_reversed": False,
}


class PunchRead(ReadSchema):
    """A touch as it came."""

    model_config = example(_PUNCH)

    clock_id: UUID
    clock_number: str
    device_user_id: str
    staff_id: Annotated[UUID | None, Field(description="考勤号当日登记的人；没有登记时为 null")]
    staff_name: str | None
    punched_at: Instant
    device_time: Annotated[str, Field(description="考勤机给出的时间，原样")]
    received_at: Instant
    batch_id: UUID
    line: Annotated[int, Field(description="在文件中的行号；考勤机上传的为在该次上传中的序号")]
    state: str | None
    verify_mode: str | None
    work_code: str | None
    is_reversed: Annotated[bool, Field(description="所在批次是否已撤销，不再计算")]


class PunchPage(Page[PunchRead]):
    model_config = page_example(_PUNCH)


class PunchQuery(PageQuery):
    """Which touches, the latest first; of the last 31 days unless said otherwise."""

    staff_id: Annotated[UUID | None, Field(examples=[STAFF_ID])] = None
    clock_id: Annotated[UUID | None, Field(examples=[CLOCK_ID])] = None
    batch_id: Annotated[UUID | None, Field(examples=[BATCH_ID])] = None
    first: Annotated[date | None, Field(description="默认为结束日之前 30 天")] = None
    last: Annotated[date | None, Field(description="默认为今天")] = None


def device_time_of(given: str | None, punched_at: datetime) -> str:
    """The time as the clock gave it; plain times are not kept twice."""
    return given if given is not None else f"{punched_at:%Y-%m-%d %H:%M:%S}"
