"""What a row of the list of service items says."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeVar

from yimen.domains.catalog.enums import (
    CaseKind,
    Category,
    OriginalHandling,
    TaskType,
)
from yimen.domains.imports.enums import (
    CATEGORY_WORDS,
    KIND_WORDS,
    NOTHING,
    ORIGINAL_WORDS,
    TASK_TYPE_WORDS,
    UNGROUPED,
    ItemColumn,
)
from yimen.domains.imports.rules_tables import Cells, FileRow

Word = TypeVar("Word")


@dataclass(frozen=True, slots=True)
class RowFault:
    """What is wrong with one cell, or with the row."""

    line: int
    column: ItemColumn | None
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class RowCharge:
    """A charge as a cell lists it; yuan."""

    name: str
    amount: Decimal
    unit: str
    basis: str


@dataclass(frozen=True, slots=True)
class RowMaterial:
    """A material as a cell lists it; it has no key yet."""

    name: str
    copies: int
    pages: int | None
    is_principal: bool
    is_required: bool
    original: OriginalHandling


@dataclass(slots=True)
class ItemRow:
    """What a row says; none where it says nothing."""

    line: int
    department: str
    name: str
    code: str | None = None
    group_name: str | None = None
    item_code: str | None = None
    task_type: TaskType | None = None
    category: Category | None = None
    kind: CaseKind | None = None
    statutory_days: int | None = None
    has_no_statutory_limit: bool = False
    committed_days: int | None = None
    legal_basis: str | None = None
    steps: tuple[str, ...] | None = None
    charges: tuple[RowCharge, ...] | None = None
    materials: tuple[RowMaterial, ...] | None = None
    window_numbers: tuple[str, ...] | None = None
    responsible_section: str | None = None
    responsible_person: str | None = None
    breach_liability: str | None = None
    supervision: str | None = None
    complaint_phone: str | None = None
    faults: list[RowFault] = field(default_factory=list)


def read_item_row(row: FileRow) -> ItemRow:
    """What a row says, with everything that is wrong with its cells."""
    cells = row.cells
    read = ItemRow(row.line, cells[ItemColumn.DEPARTMENT], cells[ItemColumn.NAME])
    read.code = _code(read, cells)
    read.group_name = stated(cells, ItemColumn.GROUP)
    if read.group_name == UNGROUPED:
        read.group_name = None
    read.item_code = stated(cells, ItemColumn.ITEM_CODE)
    read.task_type = _word(read, cells, ItemColumn.TASK_TYPE, TASK_TYPE_WORDS)
    read.category = _word(read, cells, ItemColumn.CATEGORY, CATEGORY_WORDS)
    read.kind = _word(read, cells, ItemColumn.KIND, KIND_WORDS)
    read.has_no_statutory_limit = cells.get(ItemColumn.STATUTORY_DAYS) in NOTHING
    if not read.has_no_statutory_limit:
        read.statutory_days = _days(read, cells, ItemColumn.STATUTORY_DAYS)
    read.committed_days = _days(read, cells, ItemColumn.COMMITTED_DAYS)
    read.legal_basis = stated(cells, ItemColumn.LEGAL_BASIS)
    read.steps = _list(cells, ItemColumn.STEPS)
    read.charges = _entries(read, cells, ItemColumn.CHARGES, _read_charge)
    read.materials = _entries(read, cells, ItemColumn.MATERIALS, _read_material)
    read.window_numbers = _list(cells, ItemColumn.WINDOWS, extra="、,，")
    read.responsible_section = stated(cells, ItemColumn.RESPONSIBLE_SECTION)
    read.responsible_person = stated(cells, ItemColumn.RESPONSIBLE_PERSON)
    read.breach_liability = stated(cells, ItemColumn.BREACH_LIABILITY)
    read.supervision = stated(cells, ItemColumn.SUPERVISION)
    read.complaint_phone = stated(cells, ItemColumn.COMPLAINT_PHONE)
    return read


def _refuse(read: ItemRow, column: ItemColumn | None, code: str, detail: str) -> None:
    read.faults.append(RowFault(read.line, column, code, detail))


def stated(cells: Cells, column: ItemColumn) -> str | None:
    """What a cell says, if anything."""
    text = cells.get(column, "")
    return None if not text or text in NOTHING else text


def _code(read: ItemRow, cells: Cells) -> str | None:
    text = stated(cells, ItemColumn.CODE)
    if text is not None and not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", text):
        detail = "事项代码只能用字母、数字和 . _ -，最多 64 个字符。"
        _refuse(read, ItemColumn.CODE, "bad_code", detail)
        return None
    return text


def _word(read: ItemRow, cells: Cells, column: ItemColumn, words: dict[str, Word]) -> Word | None:
    text = cells.get(column, "")
    if not text:
        return None
    if text not in words:
        known = "、".join(words)
        _refuse(read, column, "unknown_word", f"{column.label}只能填：{known}。")
    return words.get(text)


def _days(read: ItemRow, cells: Cells, column: ItemColumn) -> int | None:
    text = cells.get(column, "").removesuffix("个工作日").strip()
    if not text:
        return None
    if not re.fullmatch(r"[0-9]{1,4}", text):
        _refuse(read, column, "not_days", f"{column.label}应填工作日的天数，例如 20。")
        return None
    return int(text)


def _list(cells: Cells, column: ItemColumn, extra: str = "") -> tuple[str, ...] | None:
    """The entries of a cell, separated by ``|`` or line breaks; none for an empty cell."""
    text = cells.get(column, "")
    if not text:
        return None
    if text in NOTHING:
        return ()
    parts = re.split(f"[|｜\\r\\n{extra}]+", text)
    return tuple(part.strip() for part in parts if part.strip())


Entry = TypeVar("Entry")


def _entries(
    read: ItemRow,
    cells: Cells,
    column: ItemColumn,
    read_entry: Callable[[list[str]], Entry | str],
) -> tuple[Entry, ...] | None:
    """The entries of a cell, each of parts separated by semicolons; a string is a complaint."""
    listed = _list(cells, column)
    if listed is None:
        return None
    entries: list[Entry] = []
    for number, text in enumerate(listed, start=1):
        entry = read_entry([part.strip() for part in re.split("[;；]", text)])
        if isinstance(entry, str):
            _refuse(read, column, f"bad_{column.value}", f"第 {number} 项：{entry}")
        else:
            entries.append(entry)
    return tuple(entries)


def _read_charge(parts: list[str]) -> RowCharge | str:
    if len(parts) != 4 or not all(parts):
        return "收费标准应写成“名称；金额；单位；依据”，例如“工本费；10.00；元/本；收费目录”。"
    name, amount, unit, basis = parts
    if not re.fullmatch(r"[0-9]{1,8}(\.[0-9]{1,2})?", amount):
        return "金额应是不小于 0 的元，最多两位小数，例如 12.50。"
    return RowCharge(name=name, amount=Decimal(amount), unit=unit, basis=basis)


def _read_material(parts: list[str]) -> RowMaterial | str:
    name, *notes = parts
    if not name:
        return "缺少材料名称。"
    copies, pages = 1, None
    is_principal, is_required, original = False, True, OriginalHandling.COPY
    for note in notes:
        if found := re.fullmatch(r"([0-9]{1,2})份", note):
            copies = int(found[1])
        elif found := re.fullmatch(r"([0-9]{1,4})页", note):
            pages = int(found[1])
        elif note == "主件":
            is_principal = True
        elif note in ("必交", "选交"):
            is_required = note == "必交"
        elif note in ORIGINAL_WORDS:
            original = ORIGINAL_WORDS[note]
        elif note:
            return "名称后面只能写“2份”“3页”“主件”“必交”“选交”“收取原件”“核验原件”“复印件”。"
    return RowMaterial(
        name=name,
        copies=copies,
        pages=pages,
        is_principal=is_principal,
        is_required=is_required,
        original=original,
    )
