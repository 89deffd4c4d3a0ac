"""Batches of touches, faulty lines and what an import reports, on the wire."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import ConfigDict, Field, computed_field

from yimen.core.pagination import Page, PageQuery
from yimen.core.schemas import (
    AllowedAction,
    Instant,
    Note,
    ReadSchema,
    Schema,
    example,
    page_example,
)
from yimen.domains.attendance.enums import (
    BatchKind,
    FaultKind,
    FileFormat,
)
from yimen.domains.attendance.schemas_punches import BATCH_ID, CLOCK_ID, FAULT_ID, Example

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
    model_config = page_example(_BATCH)


class BatchQuery(PageQuery):
    """Which batches, the latest first."""

    clock_id: Annotated[UUID | None, Field(examples=[CLOCK_ID])] = None
    kind: BatchKind | None = None
    is_reversed: Annotated[bool | None, Field(description="是否已撤销")] = None


class BatchReverse(Schema):
    """Why a batch is not to count."""

    model_config = example({"reason": "导入了另一台考勤机的文件"})

    reason: Note


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
    model_config = page_example(_FAULT)


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


_REPORT: Example = {
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
    "fault_counts": [{"kind": "unreadable_time", "kind_label": "不存在的时间", "line_count": 330}],
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


@dataclass(frozen=True, slots=True, kw_only=True)
class PunchFileReport:
    """What a file of touches comes to."""

    __pydantic_config__: ClassVar[ConfigDict] = example(_REPORT)

    is_repetition: Annotated[
        bool, Field(description="同一文件已经导入过，这一次没有任何新内容，什么也没有写入")
    ]
    batch_id: Annotated[UUID | None, Field(description="写入的批次，可按批撤销；没有写入时为 null")]
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
    unknown_users: Annotated[
        list[UnknownUser], Field(description="没有登记的考勤号，最多 500 个；登记后自动计入")
    ]
    unknown_users_left_off: int
