"""Kinds of files, the columns of the item list, and what becomes of a file and of a row."""

from enum import StrEnum

from yimen.domains.catalog.enums import CaseKind, Category, Mark, OriginalHandling, TaskType


class ItemColumn(StrEnum):
    """A column of the list of service items; a header names it in English or in Chinese."""

    CODE = "code"
    DEPARTMENT = "department"
    GROUP = "group"
    NAME = "name"
    ITEM_CODE = "item_code"
    TASK_TYPE = "task_type"
    CATEGORY = "category"
    KIND = "kind"
    STATUTORY_DAYS = "statutory_days"
    COMMITTED_DAYS = "committed_days"
    LEGAL_BASIS = "legal_basis"
    STEPS = "steps"
    CHARGES = "charges"
    MATERIALS = "materials"
    WINDOWS = "windows"
    RESPONSIBLE_SECTION = "responsible_section"
    RESPONSIBLE_PERSON = "responsible_person"
    BREACH_LIABILITY = "breach_liability"
    SUPERVISION = "supervision"
    COMPLAINT_PHONE = "complaint_phone"

    @property
    def label(self) -> str:
        return ITEM_COLUMN_LABELS[self]


ITEM_COLUMN_LABELS = {
    ItemColumn.CODE: "事项代码",
    ItemColumn.DEPARTMENT: "部门",
    ItemColumn.GROUP: "主项名称",
    ItemColumn.NAME: "事项名称",
    ItemColumn.ITEM_CODE: "国家编码",
    ItemColumn.TASK_TYPE: "事项类型",
    ItemColumn.CATEGORY: "类别",
    ItemColumn.KIND: "办件类型",
    ItemColumn.STATUTORY_DAYS: "法定时限",
    ItemColumn.COMMITTED_DAYS: "承诺时限",
    ItemColumn.LEGAL_BASIS: "法律依据",
    ItemColumn.STEPS: "办事程序",
    ItemColumn.CHARGES: "收费标准",
    ItemColumn.MATERIALS: "申报材料",
    ItemColumn.WINDOWS: "办理窗口",
    ItemColumn.RESPONSIBLE_SECTION: "承办科室",
    ItemColumn.RESPONSIBLE_PERSON: "承办人员",
    ItemColumn.BREACH_LIABILITY: "违诺责任",
    ItemColumn.SUPERVISION: "监督方式",
    ItemColumn.COMPLAINT_PHONE: "投诉电话",
}

REQUIRED_ITEM_COLUMNS = (ItemColumn.DEPARTMENT, ItemColumn.NAME)

UNGROUPED = "未分类"
"""What the national lists write where an item has no group."""

NOTHING = ("无", "-", "—", "/")
"""What a cell says when there is none; an empty cell says nothing."""

TASK_TYPE_WORDS = {str(int(kind)): kind for kind in TaskType} | {
    kind.label: kind for kind in TaskType
}
CATEGORY_WORDS = {kind.value: kind for kind in Category} | {kind.label: kind for kind in Category}
KIND_WORDS = {kind.value: kind for kind in CaseKind} | {kind.label: kind for kind in CaseKind}
ORIGINAL_WORDS = {
    "原件": OriginalHandling.KEPT,
    "收取原件": OriginalHandling.KEPT,
    "核验原件": OriginalHandling.SHOWN,
    "复印件": OriginalHandling.COPY,
}

COLUMN_OF_FIELD = {
    "name": ItemColumn.NAME,
    "group_name": ItemColumn.GROUP,
    "item_code": ItemColumn.ITEM_CODE,
    "task_type": ItemColumn.TASK_TYPE,
    "category": ItemColumn.CATEGORY,
    "kind": ItemColumn.KIND,
    "statutory_days": ItemColumn.STATUTORY_DAYS,
    "committed_days": ItemColumn.COMMITTED_DAYS,
    "legal_basis": ItemColumn.LEGAL_BASIS,
    "steps": ItemColumn.STEPS,
    "charges": ItemColumn.CHARGES,
    "materials": ItemColumn.MATERIALS,
    "window_ids": ItemColumn.WINDOWS,
    "responsible_section": ItemColumn.RESPONSIBLE_SECTION,
    "responsible_person": ItemColumn.RESPONSIBLE_PERSON,
    "breach_liability": ItemColumn.BREACH_LIABILITY,
    "supervision": ItemColumn.SUPERVISION,
    "complaint_phone": ItemColumn.COMPLAINT_PHONE,
}
"""Where a fault of an item's content stands in the file."""


ASSUMED = {
    Mark.TASK_TYPE: "公共服务（20）",
    Mark.KIND: "承诺件",
    Mark.STATUTORY_DAYS: "行政许可按行政许可法 42 的法定时限，其他事项按法律未规定",
    Mark.COMMITTED_DAYS: "与法定时限相同，没有法定时限的按行政许可法 42 的时限",
    Mark.MATERIALS: "没有材料",
    Mark.CHARGES: "不收费",
    Mark.WINDOWS: "本部门全部开放的窗口；本部门没有窗口的，为全部综合窗口；都没有的，事项待启用",
}
"""What an import assumes where the file says nothing; each is marked to be completed."""


class ImportKind(StrEnum):
    """What the rows of a file are."""

    ITEMS = "items"
    STAFF = "staff"
    CALENDAR = "calendar"
    INSPECTIONS = "inspections"
    PAST_CASES = "past_cases"
    PUNCHES = "punches"

    @property
    def label(self) -> str:
        return IMPORT_KIND_LABELS[self]


IMPORT_KIND_LABELS = {
    ImportKind.ITEMS: "服务事项",
    ImportKind.STAFF: "工作人员",
    ImportKind.CALENDAR: "年度放假安排",
    ImportKind.INSPECTIONS: "督查记录",
    ImportKind.PAST_CASES: "历史办件",
    ImportKind.PUNCHES: "打卡记录",
}


class ImportState(StrEnum):
    """Where a file stands: read and tried first, then taken over on the office's word."""

    CHECKING = "checking"
    UNREADABLE = "unreadable"
    CHECKED = "checked"
    APPLYING = "applying"
    APPLIED = "applied"

    @property
    def label(self) -> str:
        return IMPORT_STATE_LABELS[self]

    @property
    def is_under_way(self) -> bool:
        """Whether a worker has yet to do something."""
        return self in (ImportState.CHECKING, ImportState.APPLYING)


IMPORT_STATE_LABELS = {
    ImportState.CHECKING: "检查中",
    ImportState.UNREADABLE: "无法读取",
    ImportState.CHECKED: "已检查，待导入",
    ImportState.APPLYING: "导入中",
    ImportState.APPLIED: "已导入",
}


class RowState(StrEnum):
    """What a row did, or before the import would do."""

    WAITING = "waiting"
    CREATED = "created"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REFUSED = "refused"

    @property
    def label(self) -> str:
        return ROW_STATE_LABELS[self]


ROW_STATE_LABELS = {
    RowState.WAITING: "待检查",
    RowState.CREATED: "新增",
    RowState.CHANGED: "变更",
    RowState.UNCHANGED: "无变化",
    RowState.REFUSED: "有误",
}


class FileForm(StrEnum):
    """How a file is written."""

    CSV = "csv"
    XLSX = "xlsx"
    JSON_LINES = "json_lines"
