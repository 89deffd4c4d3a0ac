"""Imported files, their rows, and the commands on them, on the wire."""

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar
from uuid import UUID

from pydantic import Field, computed_field

from yimen.core.pagination import Page, PageQuery
from yimen.core.schemas import (
    AllowedAction,
    Instant,
    ReadSchema,
    Schema,
    example,
    page_example,
)
from yimen.domains.attendance.service_files import PunchFileReport
from yimen.domains.imports.enums import FileForm, ImportKind, ImportState, RowState

IMPORT_ID = "019a4f3e-00a1-7b60-9d0e-6a2f4c8b1e71"

_JOB: dict[str, Any] = {
    "id": IMPORT_ID,
    "kind": "staff",
    "kind_label": "工作人员",
    "state": "checked",
    "state_label": "已检查，待导入",
    "file_name": "staff.xlsx",
    "file_form": "xlsx",
    "file_sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "create_departments": False,
    "clock_number": None,
    "columns": ["staff_number", "name", "department", "post"],
    "passed_over_columns": ["备注"],
    "fault_code": None,
    "fault": None,
    "row_count": 3,
    "checked_count": 3,
    "settled_count": 0,
    "created_count": 1,
    "changed_count": 1,
    "unchanged_count": 0,
    "refused_count": 1,
    "punches": None,
    "uploaded_at": "2026-03-10T11:00:00+08:00",
    "uploaded_by_name": "赵敏",
    "checked_at": "2026-03-10T11:00:02+08:00",
    "ordered_at": None,
    "ordered_by_name": None,
    "applied_at": None,
    "version": 3,
    "allowed_actions": [{"action": "apply", "allowed": True, "reason_code": None, "reason": None}],
}
_ROW: dict[str, Any] = {
    "line": 4,
    "state": "refused",
    "state_label": "有误",
    "subject": None,
    "reasons": [
        {
            "column": "department",
            "column_label": "派遣部门",
            "code": "unknown_department",
            "detail": "中心没有这个名称或代码的部门，请核对。",
        }
    ],
    "cells": {"staff_number": "S103", "name": "李强", "department": "县市监局", "post": "科员"},
}
_REASON_COUNT: dict[str, Any] = {
    "state": "refused",
    "state_label": "有误",
    **_ROW["reasons"][0],
    "row_count": 1,
    "first_line": 4,
}


class ReasonRead(ReadSchema):
    """What is to be said of a row, of a column of it or of the whole."""

    model_config = example(_ROW["reasons"][0])

    column: str | None
    column_label: str | None
    code: str
    detail: str


class ImportRowRead(ReadSchema):
    """A row: before the import what it would do, afterwards what it did."""

    model_config = example(_ROW)

    line: Annotated[int, Field(description="在文件中的行号，表头是第 1 行")]
    state: RowState
    subject: Annotated[str | None, Field(description="新增或变更的记录的编号；新增的在导入后才有")]
    reasons: Annotated[list[ReasonRead], Field(description="有误的原因，或其他说明")]
    cells: Annotated[dict[str, str], Field(description="这一行的内容，按列")]

    @computed_field  # type: ignore[prop-decorator]
    @property
    def state_label(self) -> str:
        return self.state.label


class ReasonCountRead(ReadSchema):
    """The same said of several rows."""

    model_config = example(_REASON_COUNT)

    state: RowState
    column: str | None
    column_label: str | None
    code: str
    detail: str
    row_count: Annotated[int, Field(title="涉及行数", description="涉及多少行")]
    first_line: Annotated[
        int, Field(title="最前面的行号", description="其中最前面的一行在文件中的行号")
    ]

    @computed_field  # type: ignore[prop-decorator]
    @property
    def state_label(self) -> str:
        return self.state.label


class ReasonSummary(ReadSchema):
    """What is said of the rows of a file, each thing once: faults, changes, assumptions."""

    rows_in: ClassVar[str] = "reasons"

    model_config = example({"reasons": [_REASON_COUNT], "reasons_left_off": 0})

    reasons: Annotated[list[ReasonCountRead], Field(description="涉及行数多的在前，最多 200 种")]
    reasons_left_off: Annotated[int, Field(description="未列出的种数")]


class ImportRead(ReadSchema):
    """An imported file: how far it is, and what its rows come to."""

    model_config = example(_JOB)

    id: UUID
    kind: ImportKind
    state: ImportState
    file_name: str
    file_form: FileForm
    file_sha256: str
    create_departments: bool
    clock_number: Annotated[str | None, Field(description="打卡记录出自哪台考勤机")]
    columns: Annotated[list[str], Field(description="文件中有的列")]
    passed_over_columns: Annotated[list[str], Field(description="表头中不认识、没有读取的列")]
    fault_code: str | None
    fault: Annotated[str | None, Field(description="文件无法读取的原因")]
    row_count: Annotated[int, Field(description="数据行数，不含表头与空行")]
    checked_count: Annotated[int, Field(description="已检查的行数")]
    settled_count: Annotated[int, Field(description="导入时已处理完的行数（含有误、未导入的）")]
    created_count: int
    changed_count: int
    unchanged_count: int
    refused_count: int
    punches: Annotated[
        PunchFileReport | None,
        Field(title="打卡记录", description="打卡记录的文件：试读或导入的结果"),
    ]
    uploaded_at: Instant
    uploaded_by_name: str
    checked_at: Instant | None
    ordered_at: Annotated[Instant | None, Field(description="何时下令导入")]
    ordered_by_name: str | None
    applied_at: Instant | None
    version: int
    allowed_actions: list[AllowedAction]

    @computed_field  # type: ignore[prop-decorator]
    @property
    def kind_label(self) -> str:
        return self.kind.label

    @computed_field  # type: ignore[prop-decorator]
    @property
    def state_label(self) -> str:
        return self.state.label

    def lines(self) -> Iterator[str]:
        """The file for a person at a terminal."""
        if self.fault is not None:
            yield f"文件无法读取：{self.fault}"
            return
        is_done = self.state is ImportState.APPLIED
        would = "已" if is_done else "将"
        if not is_done:
            yield "只做了检查，没有写入任何内容。"
        yield (
            f"共 {self.row_count} 行：{would}新增 {self.created_count}，"
            f"{would}变更 {self.changed_count}，无变化 {self.unchanged_count}，"
            f"有误 {self.refused_count}。"
        )
        if self.punches is not None:
            yield from _lines_of(self.punches)
        if self.passed_over_columns:
            yield f"没有读取的列：{'、'.join(self.passed_over_columns)}。"


def _lines_of(report: PunchFileReport) -> Iterator[str]:
    if report.first_time is not None:
        yield f"打卡时间自 {report.first_time} 至 {report.last_time}。"
    if report.is_repetition:
        yield "这个文件已经导入过，没有新的内容，什么也没有写入。"
    for count in report.fault_counts:
        yield f"{count.kind_label}：{count.line_count} 行。"
    for user in report.unknown_users:
        yield (
            f"考勤号 {user.device_user_id} 没有登记：{user.punch_count} 条，"
            f"自第 {user.first_line} 行起；登记后自动计入。"
        )
    if report.unknown_users_left_off:
        yield f"另有 {report.unknown_users_left_off} 个没有登记的考勤号未列出。"


class ImportApply(Schema):
    """The office's word that the file be taken over."""

    model_config = example({"skip_faulty": True})

    skip_faulty: Annotated[
        bool, Field(description="跳过有误的行，只导入其余的；默认有误即不导入")
    ] = False


class ImportQuery(PageQuery):
    """Which files."""

    kind: ImportKind | None = None
    state: ImportState | None = None


class RowQuery(PageQuery):
    """Which rows of a file."""

    state: RowState | None = None


class ImportPage(Page[ImportRead]):
    """Imported files, the newest first."""

    model_config = page_example(_JOB)


class RowPage(Page[ImportRowRead]):
    """Rows of a file, by line."""

    model_config = page_example(_ROW)
