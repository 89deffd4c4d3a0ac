"""Clocks, their users, touches and their import on the wire."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import ConfigDict, Field, JsonValue, StringConstraints, computed_field

from yimen.core.pagination import Page, PageQuery
from yimen.core.schemas import AllowedAction, Code, Instant, Label, Note, ReadSchema, Schema
from yimen.domains.attendance.enums import (
    BatchKind,
    FaultKind,
    FileFormat,
    PunchOutcome,
)

CLOCK_ID = "0199a0a0-0000-7000-8000-000000000401"
DEVICE_ID = "0199a0a0-0000-7000-8000-000000000405"
CLOCK_USER_ID = "0199a0a0-0000-7000-8000-000000000402"
BATCH_ID = "0199a0a0-0000-7000-8000-000000000403"
FAULT_ID = "0199a0a0-0000-7000-8000-000000000404"
STAFF_ID = "0199a0a0-0000-7000-8000-000000000001"

Example = dict[str, JsonValue]


def example(*values: Example) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": list(values)})


def paged(item: Example) -> ConfigDict:
    return example({"items": [item], "next_cursor": None, "total": None})


DeviceUserId = Annotated[
    str,
    StringConstraints(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]+$"),
    Field(description="考勤机上的用户号，按机器显示的原样填写（不含前面的空格）"),
]
DeviceText = Annotated[str, StringConstraints(max_length=64, pattern=r"^[^\x00-\x1f\x7f]*$")]

# --- clocks

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
    model_config = paged(_CLOCK)


class OffsetList(ReadSchema):
    """A clock's error day by day."""

    model_config = example({"items": [_CLOCK["latest_offset"]]})

    items: list[OffsetRead]


# --- users of clocks

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
    model_config = paged(_CLOCK_USER)


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
    model_config = paged(_PUNCH)


class PunchQuery(PageQuery):
    """Which touches, the latest first; of the last 31 days unless said otherwise."""

    staff_id: Annotated[UUID | None, Field(examples=[STAFF_ID])] = None
    clock_id: Annotated[UUID | None, Field(examples=[CLOCK_ID])] = None
    batch_id: Annotated[UUID | None, Field(examples=[BATCH_ID])] = None
    first: Annotated[date | None, Field(description="默认为结束日之前 30 天")] = None
    last: Annotated[date | None, Field(description="默认为今天")] = None


# --- batches

_BATCH: Example = {
    "id": BATCH_ID,
    "clock_id": CLOCK_ID,
    "clock_number": "K1",
    "kind": "file",
    "kind_label": "文件导入",
    "live_on": None,
    "file_name": "1_attlog.dat",
    "file_format": "attlog",
    "received_at": "2026-03-10T11:00:00+08:00",
    "received_by_name": "赵敏",
    "line_count": 10943,
    "punch_count": 10590,
    "repeated_count": 0,
    "fault_count": 357,
    "first_at": "2026-02-01T09:58:12+08:00",
    "last_at": "2026-02-28T19:31:40+08:00",
    "is_derived": True,
    "reversed_at": None,
    "reversed_by_name": None,
    "reversal_reason": None,
    "allowed_actions": [
        {"action": "reverse", "allowed": True, "reason_code": None, "reason": None}
    ],
}


class BatchRead(ReadSchema):
    """Touches that came in together."""

    model_config = example(_BATCH)

    id: UUID
    clock_id: UUID
    clock_number: str
    kind: BatchKind
    live_on: Annotated[date | None, Field(description="考勤机上传的日期；文件为 null")]
    file_name: str | None
    file_format: FileFormat | None
    received_at: Instant
    received_by_name: str
    line_count: int
    punch_count: Annotated[int, Field(description="新增的打卡记录数")]
    repeated_count: Annotated[int, Field(description="此前已有、没有重复写入的记录数")]
    fault_count: int
    first_at: Annotated[Instant | None, Field(description="新增记录中最早的打卡时刻")]
    last_at: Instant | None
    is_derived: Annotated[bool, Field(description="所涉及的各人各日是否都已重新计算")]
    reversed_at: Instant | None
    reversed_by_name: str | None
    reversal_reason: str | None
    allowed_actions: list[AllowedAction]

    @computed_field
    def kind_label(self) -> str:
        """The kind in Chinese."""
        return self.kind.label


class BatchPage(Page[BatchRead]):
    model_config = paged(_BATCH)


class BatchQuery(PageQuery):
    """Which batches, the latest first."""

    clock_id: Annotated[UUID | None, Field(examples=[CLOCK_ID])] = None
    kind: BatchKind | None = None
    is_reversed: Annotated[bool | None, Field(description="是否已撤销")] = None


class BatchReverse(Schema):
    """Why a batch is not to count."""

    model_config = example({"reason": "导入了另一台考勤机的文件"})

    reason: Note


# --- faults

_FAULT: Example = {
    "id": FAULT_ID,
    "clock_id": CLOCK_ID,
    "clock_number": "K1",
    "batch_id": BATCH_ID,
    "line": 1859,
    "kind": "unreadable_time",
    "kind_label": "不存在的时间",
    "is_counted": False,
    "raw": "ZZZZZZZZZZ\t2047-02-30 19:13:30\t1\t90\t90\t1515870810",
    "received_at": "2026-03-10T11:00:00+08:00",
    "settled_at": None,
    "settled_by_name": None,
    "settlement": None,
    "allowed_actions": [{"action": "settle", "allowed": True, "reason_code": None, "reason": None}],
}


class FaultRead(ReadSchema):
    """A line that cannot be right."""

    model_config = example(_FAULT)

    id: UUID
    clock_id: UUID
    clock_number: str
    batch_id: UUID
    line: int
    kind: FaultKind
    raw: Annotated[str, Field(description="该行原文，过长时截断")]
    received_at: Instant
    settled_at: Instant | None
    settled_by_name: str | None
    settlement: Annotated[str | None, Field(description="办公室的处理意见")]
    allowed_actions: list[AllowedAction]

    @computed_field
    def kind_label(self) -> str:
        """The kind in Chinese."""
        return self.kind.label

    @computed_field
    def is_counted(self) -> bool:
        """Whether the touch counts in spite of it."""
        return self.kind.keeps_touch


class FaultPage(Page[FaultRead]):
    model_config = paged(_FAULT)


class FaultQuery(PageQuery):
    """Which faults, the latest first."""

    clock_id: Annotated[UUID | None, Field(examples=[CLOCK_ID])] = None
    batch_id: Annotated[UUID | None, Field(examples=[BATCH_ID])] = None
    kind: FaultKind | None = None
    is_settled: Annotated[bool | None, Field(description="是否已处理")] = None


class FaultSettle(Schema):
    """What the office found about a faulty line."""

    model_config = example({"settlement": "考勤机断电后时钟复位，当日另有更正。"})

    settlement: Note


# --- the import


@dataclass(frozen=True, slots=True)
class ReportedFault:
    """What is wrong with a line."""

    line: Annotated[int, Field(description="在文件中的行号，从 1 起")]
    kind: FaultKind
    kind_label: str
    raw: Annotated[str, Field(description="该行原文，过长时截断")]


@dataclass(frozen=True, slots=True)
class FaultCount:
    """How many lines have a fault."""

    kind: FaultKind
    kind_label: str
    line_count: int


@dataclass(frozen=True, slots=True)
class UnknownUser:
    """A user id in the file that is nobody's on the day."""

    device_user_id: str
    punch_count: int
    first_line: int
    first_time: str
    last_time: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PunchImportReport:
    """What an import did, or in a dry run would do."""

    __pydantic_config__: ClassVar[ConfigDict] = example(
        {
            "dry_run": False,
            "applied": True,
            "is_repetition": False,
            "batch_id": BATCH_ID,
            "clock_number": "K1",
            "file_format": "attlog",
            "line_count": 10943,
            "read_count": 10590,
            "new_count": 10583,
            "repeated_count": 7,
            "fault_count": 357,
            "first_time": "2020-09-30 10:10:37",
            "last_time": "2021-10-15 07:18:25",
            "fault_counts": [
                {"kind": "unreadable_time", "kind_label": "不存在的时间", "line_count": 330}
            ],
            "faults": [
                {
                    "line": 1859,
                    "kind": "unreadable_time",
                    "kind_label": "不存在的时间",
                    "raw": "ZZZZZZZZZZ\t2047-02-30 19:13:30\t1\t90\t90\t1515870810",
                }
            ],
            "faults_left_off": 356,
            "unknown_users": [
                {
                    "device_user_id": "720206",
                    "punch_count": 37,
                    "first_line": 3,
                    "first_time": "2020-09-30 15:57:19",
                    "last_time": "2021-03-10 19:33:02",
                }
            ],
            "unknown_users_left_off": 0,
        }
    )

    dry_run: bool
    applied: Annotated[bool, Field(description="是否写入了新的记录")]
    is_repetition: Annotated[
        bool, Field(description="同一文件已经导入过，这一次没有任何新内容，什么也没有写入")
    ]
    batch_id: Annotated[UUID | None, Field(description="写入的批次；没有写入时为 null")]
    clock_number: str
    file_format: FileFormat
    line_count: Annotated[int, Field(description="文件的行数；表格不含表头")]
    read_count: Annotated[int, Field(description="读出的打卡记录数")]
    new_count: Annotated[int, Field(description="新增（试运行时：将新增）的记录数")]
    repeated_count: Annotated[int, Field(description="文件中重复或此前已有的记录数")]
    fault_count: Annotated[int, Field(description="有误的行数")]
    first_time: Annotated[str | None, Field(description="最早的打卡时间（考勤机时间）")]
    last_time: str | None
    fault_counts: list[FaultCount]
    faults: Annotated[list[ReportedFault], Field(description="逐行错误，最多 500 行")]
    faults_left_off: int
    unknown_users: Annotated[
        list[UnknownUser], Field(description="没有登记的考勤号，最多 500 个；登记后自动计入")
    ]
    unknown_users_left_off: int

    @property
    def has_errors(self) -> bool:
        return self.fault_count > 0

    def lines(self) -> Iterator[str]:
        """The report for a person at a terminal."""
        would = "将" if self.dry_run else "已"
        if self.dry_run:
            yield "试运行，没有写入任何内容。"
        if self.is_repetition:
            yield "这个文件已经导入过，没有新的内容，什么也没有写入。"
        yield (
            f"共 {self.line_count} 行：读出打卡记录 {self.read_count} 条，{would}新增 "
            f"{self.new_count}，重复 {self.repeated_count}，有误 {self.fault_count} 行。"
        )
        if self.first_time is not None:
            yield f"打卡时间自 {self.first_time} 至 {self.last_time}。"
        for count in self.fault_counts:
            yield f"{count.kind_label}：{count.line_count} 行。"
        for user in self.unknown_users:
            yield (
                f"考勤号 {user.device_user_id} 没有登记：{user.punch_count} 条，"
                f"自第 {user.first_line} 行起；登记后自动计入。"
            )
        if self.unknown_users_left_off:
            yield f"另有 {self.unknown_users_left_off} 个没有登记的考勤号未列出。"
        for fault in self.faults:
            yield f"第 {fault.line} 行：{fault.kind_label}。"
        if self.faults_left_off:
            yield f"另有 {self.faults_left_off} 行错误未列出。"


def offset_text(seconds: int) -> str:
    """How far a clock is off, for a person."""
    if abs(seconds) < 1:
        return "与系统一致"
    minutes, rest = divmod(abs(seconds), 60)
    amount = f"{minutes} 分 {rest} 秒" if minutes else f"{rest} 秒"
    return f"比系统{'快' if seconds > 0 else '慢'}约 {amount}"


def device_time_of(given: str | None, punched_at: datetime) -> str:
    """The time as the clock gave it; plain times are not kept twice."""
    return given if given is not None else f"{punched_at:%Y-%m-%d %H:%M:%S}"
