"""Reading a file of service items: its text, its rows, and what each row says."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeVar

from yimen.core import files
from yimen.core.files import FileFault
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
    REQUIRED_ITEM_COLUMNS,
    TASK_TYPE_WORDS,
    UNGROUPED,
    ItemColumn,
)

MOST_ROWS = 20_000

Word = TypeVar("Word")
Cells = dict[ItemColumn, str]


@dataclass(frozen=True, slots=True)
class RowFault:
    """What is wrong with one cell, or with the row."""

    line: int
    column: ItemColumn | None
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Row:
    """A row's cells by column, stripped; ``line`` is where it begins in the file, from 1."""

    line: int
    cells: Cells
    faults: tuple[RowFault, ...] = ()


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

    @property
    def key(self) -> tuple[str, str, str | None]:
        """What tells two rows of a file apart."""
        return self.department, self.name, self.item_code


# --- the file


def read_file(file: bytes) -> list[Row]:
    """The rows of a CSV file below its header; raises FileFault."""
    if file.startswith((files.WORKBOOK, files.OLD_EXCEL)):
        raise FileFault(
            "not_csv", "这是 Excel 工作簿，请在 Excel 中另存为“CSV UTF-8（逗号分隔）”后再上传。"
        )
    files.refuse_other_files(file)
    return read_rows(files.decode_text(file))


def read_rows(text: str) -> list[Row]:
    """The rows below the header, blank ones left out; raises FileFault for an unreadable file."""
    lines = _numbered(text)
    header = next(lines, None)
    if header is None:
        raise FileFault("empty_file", "文件是空的，请重新选择文件。")
    columns = _read_header(header[1])
    rows = [_read_row(line, cells, columns) for line, cells in lines]
    if not rows:
        raise FileFault("no_rows", "文件只有表头，没有数据行。")
    return rows


def _numbered(text: str) -> Iterator[tuple[int, list[str]]]:
    """Each row that is not blank with the line on which it begins."""
    count = 0
    for line, cells in files.read_csv(text):
        if any(cell.strip() for cell in cells):
            count += 1
            if count > MOST_ROWS + 1:
                raise FileFault(
                    "too_many_rows", f"一次最多导入 {MOST_ROWS} 行，请把文件拆开后分次导入。"
                )
            yield line, cells


def _read_header(cells: Sequence[str]) -> list[ItemColumn]:
    known = {column.value: column for column in ItemColumn}
    known |= {column.label: column for column in ItemColumn}
    names = [cell.strip() for cell in cells]
    unknown = [name for name in names if name.lower() not in known]
    if unknown:
        listed = "、".join(f"“{name[:20]}”" for name in unknown[:5])
        expected = "、".join(f"{column.value}（{column.label}）" for column in ItemColumn)
        raise FileFault("unknown_columns", f"表头有不认识的列：{listed}。可用的列名：{expected}。")
    columns = [known[name.lower()] for name in names]
    if len(columns) > len(set(columns)):
        raise FileFault("columns_twice", "表头中有重复的列，请删去一个。")
    missing = [column for column in REQUIRED_ITEM_COLUMNS if column not in columns]
    if missing:
        listed = "、".join(f"{column.value}（{column.label}）" for column in missing)
        raise FileFault("missing_columns", f"表头缺少必需的列：{listed}。")
    return columns


def _read_row(line: int, cells: list[str], columns: list[ItemColumn]) -> Row:
    if len(cells) != len(columns):
        detail = (
            f"应有 {len(columns)} 格，实有 {len(cells)} 格；单元格中有逗号的，请用英文引号括起来。"
        )
        return Row(line, {}, (RowFault(line, None, "wrong_cell_count", detail),))
    return Row(line, {column: cell.strip() for column, cell in zip(columns, cells, strict=True)})


# --- the cells


def read_item_row(row: Row) -> ItemRow:
    """What a row says, with everything that is wrong with its cells."""
    cells = row.cells
    read = ItemRow(
        row.line,
        cells.get(ItemColumn.DEPARTMENT, ""),
        cells.get(ItemColumn.NAME, ""),
        faults=list(row.faults),
    )
    if row.faults:
        return read
    for column in REQUIRED_ITEM_COLUMNS:
        if not cells[column]:
            _refuse(read, column, "missing", f"{column.label}不能为空。")
    read.code = _code(read, cells)
    read.group_name = _label(cells, ItemColumn.GROUP)
    if read.group_name == UNGROUPED:
        read.group_name = None
    read.item_code = _label(cells, ItemColumn.ITEM_CODE)
    read.task_type = _word(read, cells, ItemColumn.TASK_TYPE, TASK_TYPE_WORDS)
    read.category = _word(read, cells, ItemColumn.CATEGORY, CATEGORY_WORDS)
    read.kind = _word(read, cells, ItemColumn.KIND, KIND_WORDS)
    read.has_no_statutory_limit = cells.get(ItemColumn.STATUTORY_DAYS) in NOTHING
    if not read.has_no_statutory_limit:
        read.statutory_days = _days(read, cells, ItemColumn.STATUTORY_DAYS)
    read.committed_days = _days(read, cells, ItemColumn.COMMITTED_DAYS)
    read.legal_basis = _label(cells, ItemColumn.LEGAL_BASIS)
    read.steps = _list(cells, ItemColumn.STEPS)
    read.charges = _entries(read, cells, ItemColumn.CHARGES, _read_charge)
    read.materials = _entries(read, cells, ItemColumn.MATERIALS, _read_material)
    read.window_numbers = _list(cells, ItemColumn.WINDOWS, extra="、,，")
    read.responsible_section = _label(cells, ItemColumn.RESPONSIBLE_SECTION)
    read.responsible_person = _label(cells, ItemColumn.RESPONSIBLE_PERSON)
    read.breach_liability = _label(cells, ItemColumn.BREACH_LIABILITY)
    read.supervision = _label(cells, ItemColumn.SUPERVISION)
    read.complaint_phone = _label(cells, ItemColumn.COMPLAINT_PHONE)
    return read


def _refuse(read: ItemRow, column: ItemColumn | None, code: str, detail: str) -> None:
    read.faults.append(RowFault(read.line, column, code, detail))


def _label(cells: Cells, column: ItemColumn) -> str | None:
    text = cells.get(column, "")
    return None if not text or text in NOTHING else text


def _code(read: ItemRow, cells: Cells) -> str | None:
    text = _label(cells, ItemColumn.CODE)
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
