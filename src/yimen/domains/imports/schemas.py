"""The report of an import: what the service says, what goes over the wire, what is printed."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, ClassVar

from pydantic import ConfigDict, Field

from yimen.domains.catalog.enums import Mark
from yimen.domains.imports.enums import ItemColumn, RowAction


@dataclass(frozen=True, slots=True)
class Assumed:
    """A value that the file does not state, what was put in its place, and how often."""

    mark: Mark
    label: str
    value: Annotated[str, Field(description="暂定为")]
    row_count: Annotated[int, Field(description="涉及多少行")]


@dataclass(frozen=True, slots=True)
class ImportedRow:
    """A row that makes or changes an item."""

    line: Annotated[int, Field(description="在文件中的行号，表头是第 1 行")]
    action: RowAction
    action_label: str
    department: str
    name: str
    item_code: str | None
    code: Annotated[str | None, Field(description="事项代码；试运行时新增的事项还没有")]
    changed: Annotated[list[str], Field(description="有变化的内容")]


@dataclass(frozen=True, slots=True)
class ReportedFault:
    """What is wrong with a row."""

    line: Annotated[int, Field(description="在文件中的行号，表头是第 1 行")]
    column: ItemColumn | None
    column_label: str | None
    code: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What an import did, or in a dry run would do."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "dry_run": True,
                    "applied": False,
                    "row_count": 3,
                    "created_count": 1,
                    "changed_count": 0,
                    "unchanged_count": 1,
                    "refused_count": 1,
                    "draft_count": 0,
                    "departments_created": [],
                    "departments_unknown": ["县市场监管局"],
                    "assumed": [
                        {
                            "mark": "materials",
                            "label": "申报材料",
                            "value": "没有材料",
                            "row_count": 1,
                        }
                    ],
                    "rows": [
                        {
                            "line": 2,
                            "action": "create",
                            "action_label": "新增",
                            "department": "县市场监督管理局",
                            "name": "食品经营许可（新办）",
                            "item_code": "511A0016700001-654028000000",
                            "code": None,
                            "changed": [],
                        }
                    ],
                    "rows_left_off": 0,
                    "faults": [
                        {
                            "line": 4,
                            "column": "department",
                            "column_label": "部门",
                            "code": "unknown_department",
                            "detail": "中心没有这个名称的部门，请核对名称。",
                        }
                    ],
                    "faults_left_off": 0,
                }
            ]
        }
    )

    dry_run: bool
    applied: Annotated[bool, Field(description="是否已写入")]
    row_count: Annotated[int, Field(description="数据行数，不含表头与空行")]
    created_count: Annotated[int, Field(description="新增（试运行时：将新增）的事项数")]
    changed_count: int
    unchanged_count: int
    refused_count: Annotated[int, Field(description="有误、不导入的行数")]
    draft_count: Annotated[int, Field(description="新增或变更后没有窗口可以办理、待启用的事项数")]
    departments_created: list[str]
    departments_unknown: Annotated[list[str], Field(description="中心没有的部门名称")]
    assumed: Annotated[list[Assumed], Field(description="文件没有写明而暂定的内容")]
    rows: Annotated[list[ImportedRow], Field(description="新增与变更的行，最多 500 行")]
    rows_left_off: Annotated[int, Field(description="未列出的行数")]
    faults: Annotated[list[ReportedFault], Field(description="逐条错误，最多 500 条")]
    faults_left_off: Annotated[int, Field(description="未列出的错误数")]

    @property
    def has_errors(self) -> bool:
        return self.refused_count > 0

    def lines(self) -> Iterator[str]:
        """The report for a person at a terminal."""
        would = "将" if self.dry_run else "已"
        if self.dry_run:
            yield "试运行，没有写入任何内容。"
        yield (
            f"共 {self.row_count} 行：{would}新增 {self.created_count}，"
            f"{would}变更 {self.changed_count}，无变化 {self.unchanged_count}，"
            f"有误 {self.refused_count}。"
        )
        if self.departments_created:
            yield f"{would}新建 {len(self.departments_created)} 个部门。"
        if self.departments_unknown:
            yield f"中心没有这些部门：{'、'.join(self.departments_unknown)}。"
        for assumed in self.assumed:
            yield f"待补全：{assumed.label}暂定为{assumed.value}（{assumed.row_count} 行）。"
        if self.draft_count:
            yield f"{self.draft_count} 个事项没有窗口可以办理，待启用。"
        for fault in self.faults:
            column = f" {fault.column_label}" if fault.column_label else ""
            yield f"第 {fault.line} 行{column}：{fault.detail}"
        if self.faults_left_off:
            yield f"另有 {self.faults_left_off} 条错误未列出。"
