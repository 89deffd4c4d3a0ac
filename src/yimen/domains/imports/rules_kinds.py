"""The kinds of files: their columns, and which of their rows are taken together."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from yimen.domains.attendance.enums import PunchColumn
from yimen.domains.calendars.enums import DAY_KIND_LABELS, NOTICE_KINDS, DayKind
from yimen.domains.cases.enums import ApplicantKind, PastOutcome
from yimen.domains.catalog.enums import CaseKind, Category, Mark, TaskType
from yimen.domains.imports.enums import (
    ASSUMED,
    REQUIRED_ITEM_COLUMNS,
    ImportKind,
    ItemColumn,
)
from yimen.domains.imports.rules import stated
from yimen.domains.imports.rules_tables import BoundTable, CellForm, Cells, Column, FileRow, Reason
from yimen.domains.rulebook.enums import TableKind

ROWS_AT_ONCE = 100
"""How many rows are written in one transaction, if more are not taken together."""


@dataclass(frozen=True, slots=True)
class FileKind:
    """What a file of one kind looks like."""

    kind: ImportKind
    columns: tuple[Column, ...]
    group: Callable[[FileRow], str]
    """Rows of one group are taken together, in one transaction."""
    identity: Callable[[Cells], str | None] = lambda _: None
    """What a row is about: a second row about the same is refused."""

    is_all_or_none: bool = False
    """Whether one faulty row keeps back the others of its group."""

    @property
    def by_name(self) -> dict[str, Column]:
        return {column.name: column for column in self.columns}


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """A row with the group it is taken with, and the transaction it falls into."""

    row: FileRow
    group_no: int
    batch_no: int


def plan(table: BoundTable, kind: FileKind) -> list[PlannedRow]:
    """Every row of a table with its group and batch; what is twice in it is refused."""
    groups: dict[str, list[FileRow]] = {}
    for row in refuse_repeated(table.rows, kind):
        groups.setdefault(kind.group(row), []).append(row)
    planned: list[PlannedRow] = []
    batch_no, size = 0, 0
    for group_no, found in enumerate(groups.values()):
        rows = _keep_back(found) if kind.is_all_or_none else found
        if size and size + len(rows) > ROWS_AT_ONCE:
            batch_no, size = batch_no + 1, 0
        size += len(rows)
        planned += [PlannedRow(row, group_no, batch_no) for row in rows]
    return planned


def refuse_repeated(rows: Sequence[FileRow], kind: FileKind) -> list[FileRow]:
    """The rows, with a fault for each that is about the same as an earlier one."""
    seen: dict[str, int] = {}
    checked = []
    for row in rows:
        about = kind.identity(row.cells)
        earlier = row.line if about is None else seen.setdefault(about, row.line)
        if earlier == row.line:
            checked.append(row)
        else:
            detail = f"与第 {earlier} 行重复，请删去其中一行。"
            fault = Reason(None, "duplicate_row", detail)
            checked.append(replace(row, faults=(*row.faults, fault)))
    return checked


def _keep_back(rows: list[FileRow]) -> list[FileRow]:
    """Rows that are only taken all together: a faulty one keeps the others back."""
    faulty = [row.line for row in rows if row.faults]
    if not faulty:
        return rows
    listed = "、".join(str(line) for line in faulty[:5])
    why = Reason(None, "kept_back", f"第 {listed} 行有误，须一并改好后再导入。")
    return [row if row.faults else replace(row, faults=(why,)) for row in rows]


def _each_alone(row: FileRow) -> str:
    return str(row.line)


_ITEM_EXPLANATIONS = {
    ItemColumn.CODE: "本中心的事项代码；已有事项填了它就按它查找",
    ItemColumn.DEPARTMENT: "中心里的部门全称",
    ItemColumn.GROUP: "没有主项的填“未分类”或不填",
    ItemColumn.NAME: "事项全称；与部门、国家编码一起确定是哪个事项",
    ItemColumn.ITEM_CODE: "国家事项编码，没有的不填",
    ItemColumn.TASK_TYPE: "国家标准的代码或名称，例如 1 或 行政许可",
    ItemColumn.CATEGORY: "不填的按事项类型归类",
    ItemColumn.KIND: "承诺时限为 0 的为即办件",
    ItemColumn.STATUTORY_DAYS: "工作日；法律没有规定的填“无”",
    ItemColumn.COMMITTED_DAYS: "工作日，不超过法定时限；即办件为 0",
    ItemColumn.LEGAL_BASIS: "设定依据",
    ItemColumn.STEPS: "各步之间用 | 分隔",
    ItemColumn.CHARGES: "每项写成“名称；金额；单位；依据”，各项之间用 | 分隔；不收费填“无”",
    ItemColumn.MATERIALS: "每件写成“名称；2份；3页；主件；必交；复印件”，各件之间用 | 分隔",
    ItemColumn.WINDOWS: "窗口编号，用顿号分隔",
    ItemColumn.RESPONSIBLE_SECTION: "",
    ItemColumn.RESPONSIBLE_PERSON: "",
    ItemColumn.BREACH_LIABILITY: "",
    ItemColumn.SUPERVISION: "",
    ItemColumn.COMPLAINT_PHONE: "",
}
_ITEM_EXAMPLES = {
    ItemColumn.DEPARTMENT: "县市场监督管理局",
    ItemColumn.NAME: "食品经营许可（新办）",
    ItemColumn.TASK_TYPE: "行政许可",
    ItemColumn.STATUTORY_DAYS: "20",
    ItemColumn.COMMITTED_DAYS: "10",
    ItemColumn.MATERIALS: "食品经营许可申请书；1份；主件；收取原件|营业执照；1份；复印件",
    ItemColumn.WINDOWS: "01、02",
}
_ITEM_CHOICES = {
    ItemColumn.TASK_TYPE: tuple(kind.label for kind in TaskType),
    ItemColumn.CATEGORY: tuple(kind.label for kind in Category),
    ItemColumn.KIND: tuple(kind.label for kind in CaseKind),
}


def _explained(column: ItemColumn) -> str:
    """What to write into a column of items, and what is assumed where nothing is written."""
    assumed = [ASSUMED[mark] for mark in Mark if mark.value == column.value]
    return "；".join(
        [_ITEM_EXPLANATIONS[column], *(f"新增时不填的，暂定为{what}" for what in assumed)]
    )


ITEMS = FileKind(
    kind=ImportKind.ITEMS,
    columns=tuple(
        Column(
            name=column.value,
            label=column.label,
            explanation=_explained(column),
            example=_ITEM_EXAMPLES.get(column, ""),
            is_required=column in REQUIRED_ITEM_COLUMNS,
            choices=_ITEM_CHOICES.get(column, ()),
        )
        for column in ItemColumn
    ),
    group=lambda row: row.cells.get(ItemColumn.DEPARTMENT, ""),
    identity=lambda cells: stated(cells, ItemColumn.CODE),
)
"""Items are told apart within their department: its rows are looked at together. Our own code
stands once in the whole file.
"""

STAFF = FileKind(
    kind=ImportKind.STAFF,
    columns=(
        Column("staff_number", "工号", "已有的变更，没有的新增", "S101", is_required=True),
        Column("name", "姓名", "新增时必填；已有人员不填则不变", "阿依古丽·买买提"),
        Column(
            "department", "派遣部门", "部门全称或代码；中心自己的人员填“中心”；已有人员不填则不变",
            "县市场监督管理局",
        ),
        Column("post", "职务", "新增时必填；已有人员不填则不变", "窗口工作人员"),
        Column("window", "窗口", "窗口编号；不填则不安排，也不变更原来的安排", "01"),
        Column(
            "serves_from", "到窗口日期", "在该窗口的第一日；不填为今天，原窗口止于前一天",
            "2026-03-11", form=CellForm.DAY,
        ),
    ),
    group=_each_alone,
    identity=lambda cells: cells.get("staff_number"),
)  # fmt: skip

FREE_DAYS = frozenset({DayKind.REGIONAL_HOLIDAY, DayKind.CLOSURE})
"""What no notice says: the office sets such days one by one."""
DAY_WORDS = {
    word: kind
    for kind in sorted(NOTICE_KINDS | FREE_DAYS)
    for word in (DAY_KIND_LABELS[kind], kind.value)
}

CALENDAR = FileKind(
    kind=ImportKind.CALENDAR,
    columns=(
        Column("year", "年度", "放假通知是哪一年的", "2027", is_required=True),
        Column(
            "day", "日期", "本年的日期，或上年12月的", "2027-02-20", is_required=True,
            form=CellForm.DAY,
        ),
        Column(
            "kind", "类别", "法定节假日可以不列", "调休上班", is_required=True,
            choices=tuple(DAY_KIND_LABELS[kind] for kind in sorted(NOTICE_KINDS | FREE_DAYS)),
        ),
        Column("note", "说明", "例如“春节”", "春节调休上班"),
        Column(
            "source", "依据", "通知的名称与文号；一年的通知只有一个",
            "国务院办公厅关于2027年部分节假日安排的通知", is_required=True,
        ),
    ),
    group=lambda _: "",
    identity=lambda cells: f"{cells.get('year')} {cells.get('day')}",
    is_all_or_none=True,
)  # fmt: skip
"""A year is published as a whole: one faulty day in the file keeps all of it back."""

TABLE_WORDS = {word: kind for kind in TableKind for word in (kind.label, kind.value)}

INSPECTIONS = FileKind(
    kind=ImportKind.INSPECTIONS,
    columns=(
        Column(
            "kind", "督查类型", "同一类型、同一日、同样人员的各行是一次督查", "窗口卫生",
            is_required=True, choices=tuple(kind.label for kind in TableKind),
        ),
        Column(
            "inspected_on", "督查日期", "不晚于今天", "2026-03-10", is_required=True,
            form=CellForm.DAY,
        ),
        Column("inspectors", "督查人员", "几个人之间用顿号分隔", "赵敏、李强", is_required=True),
        Column(
            "row_code", "扣分项", "当日执行的制度版本中扣分表的代码", "hygiene.window.07",
            is_required=True,
        ),
        Column("count", "处数", "发现几处（次）；不填为 1", "2"),
        Column("window", "窗口", "窗口编号；窗口卫生必填", "01"),
        Column("subject", "督查对象", "登记的办公室、保安或保洁区的名称", "二楼大厅"),
        Column("staff", "责任人", "工号，用顿号分隔；行为规范和计算机使用必填", "S101"),
        Column("photo_reference", "照片编号", "", "20260310/w01-1.jpg"),
        Column("note", "说明", ""),
    ),
    group=lambda row: "\n".join(
        row.cells.get(name, "") for name in ("kind", "inspected_on", "inspectors")
    ),
    identity=lambda cells: "\n".join(
        cells.get(name, "")
        for name in (
            "kind", "inspected_on", "inspectors", "row_code", "window", "subject", "staff",
        )
    ),
)  # fmt: skip

APPLICANT_WORDS = {word: kind for kind in ApplicantKind for word in (kind.label, kind.value)}
OUTCOME_WORDS = {
    word: outcome for outcome in PastOutcome for word in (outcome.label, outcome.value)
}

PAST_CASES = FileKind(
    kind=ImportKind.PAST_CASES,
    columns=(
        Column(
            "case_number", "原办件编号", "原系统的编号；已有的变更，没有的新增", "2019-0417",
            is_required=True,
        ),
        Column("item_code", "事项代码", "本中心的；不填的按部门和事项名称查找", "SX-000012"),
        Column("department", "部门", "全称或代码；事项名称不重复的可以不填", "县市场监督管理局"),
        Column("item_name", "事项名称", "没有事项代码时必填", "食品经营许可（新办）"),
        Column("window", "窗口", "窗口编号；不清楚的不填", "01"),
        Column(
            "applicant_kind", "申请人类型", "", "个人", is_required=True,
            choices=tuple(kind.label for kind in ApplicantKind),
        ),
        Column("applicant_name", "申请人", "不要填写证件号码和电话", "李强", is_required=True),
        Column("received_on", "收件日期", "", "2019-04-17", is_required=True, form=CellForm.DAY),
        Column("accepted_on", "受理日期", "", "2019-04-17", form=CellForm.DAY),
        Column("closed_on", "办结日期", "", "2019-04-29", is_required=True, form=CellForm.DAY),
        Column("delivered_on", "送达日期", "", "2019-04-30", form=CellForm.DAY),
        Column(
            "outcome", "结果", "只导入已办结的", "准予", is_required=True,
            choices=tuple(outcome.label for outcome in PastOutcome),
        ),
        Column("handler_name", "经办人", "姓名", "王芳"),
        Column("note", "备注", ""),
    ),
    group=_each_alone,
    identity=lambda cells: cells.get("case_number"),
)  # fmt: skip

PUNCHES = FileKind(
    kind=ImportKind.PUNCHES,
    columns=tuple(
        Column(column.value, column.label, explanation, example, is_required=is_required)
        for column, explanation, example, is_required in (
            (PunchColumn.USER, "考勤机里的登记号码", "720206", True),
            (PunchColumn.TIME, "写成 2026-03-10 08:21:05", "2026-03-10 08:21:05", True),
            (PunchColumn.STATE, "考勤机的代码，0 到 5 或 255；不清楚的不填", "0", False),
            (PunchColumn.VERIFY_MODE, "考勤机的代码；不清楚的不填", "1", False),
            (PunchColumn.WORK_CODE, "考勤机的代码；不清楚的不填", "0", False),
        )
    ),
    group=lambda _: "",
)
"""Read by attendance, which knows the clocks' own log and the headers of their programs, too."""

KINDS = {found.kind: found for found in (ITEMS, STAFF, CALENDAR, INSPECTIONS, PAST_CASES, PUNCHES)}
