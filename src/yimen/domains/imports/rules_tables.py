"""The columns of a kind of file, and the cells below them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from yimen.core.files import FileFault
from yimen.domains.imports.rules_files import NumberedRow, Table

Cells = dict[str, str]
"""A row's cells by the name of their column, stripped."""

_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T]00:00(?::00)?)?")
_SERIAL = re.compile(r"\d{5}(?:\.0+)?")


class CellForm(StrEnum):
    """What stands in the cells of a column."""

    TEXT = "text"
    DAY = "day"


@dataclass(frozen=True, slots=True)
class Column:
    """A column: a header names it in English or in Chinese."""

    name: str
    label: str
    explanation: str
    example: str = ""
    is_required: bool = False
    form: CellForm = CellForm.TEXT
    choices: tuple[str, ...] = ()
    """What a drop-down offers; there may be other words for the same."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a row is refused, or what else is to be said of it."""

    column: str | None
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class FileRow:
    """A row of a file; ``faults`` are those of its form."""

    line: int
    cells: Cells
    faults: tuple[Reason, ...] = ()


LINE_HEAD, REASON_HEAD = "行号", "有误的原因"
"""What we add to rows that are to be mended."""


@dataclass(frozen=True, slots=True)
class Others:
    """The cells of a file that stand in no known column: nothing is lost on the way back."""

    heads: tuple[str, ...] = ()
    rows: Mapping[int, Sequence[str]] = field(default_factory=dict)
    """By line: a cell for each head, then those for which there is no head at all."""


@dataclass(frozen=True, slots=True)
class BoundTable:
    """A table whose columns are known."""

    columns: tuple[str, ...]
    """Those that the file has, by name."""
    passed_over: tuple[str, ...]
    """Headers that are no column of this kind."""
    rows: tuple[FileRow, ...]
    others: Others


def bind(table: Table, columns: Sequence[Column]) -> BoundTable:
    """Find the columns by their header; others are passed over. Raises FileFault."""
    known = {column.name: column for column in columns}
    known |= {column.label: column for column in columns}
    found = [known.get(name) or known.get(name.lower()) for name in table.header]
    names = [column.name for column in found if column is not None]
    if len(names) > len(set(names)):
        raise FileFault("columns_twice", "表头中有重复的列，请删去一个。")
    missing = [column for column in columns if column.is_required and column.name not in names]
    if missing:
        listed = "、".join(f"{column.label}（{column.name}）" for column in missing)
        expected = "、".join(column.label for column in columns)
        raise FileFault("missing_columns", f"表头缺少必需的列：{listed}。可用的列：{expected}。")
    return BoundTable(
        columns=tuple(names),
        passed_over=tuple(
            name[:100]
            for name, column in zip(table.header, found, strict=True)
            if column is None and name
        ),
        rows=tuple(_bind_row(row, found, columns, table.days_count_from) for row in table.rows),
        others=_others_of(table, found),
    )


def _others_of(table: Table, found: Sequence[Column | None]) -> Others:
    ours = (LINE_HEAD, REASON_HEAD)
    unknown = [
        place
        for place, (name, column) in enumerate(zip(table.header, found, strict=True))
        if column is None and name not in ours
    ]
    rows = {}
    for line, raw in table.rows:
        cells = [raw[place] if place < len(raw) else "" for place in unknown]
        cells += raw[len(found) :]
        if any(cells):
            rows[line] = cells
    return Others(tuple(table.header[place] for place in unknown), rows)


def _bind_row(
    row: NumberedRow,
    found: Sequence[Column | None],
    columns: Sequence[Column],
    days_count_from: date | None,
) -> FileRow:
    line, raw = row
    cells = {column.name: cell.strip() for column, cell in zip(found, raw, strict=False) if column}
    if days_count_from is not None:
        for column in columns:
            if column.form is CellForm.DAY and _SERIAL.fullmatch(cells.get(column.name, "")):
                days = timedelta(days=int(cells[column.name].partition(".")[0]))
                cells[column.name] = f"{days_count_from + days}"
    surplus = [cell for cell in raw[len(found) :] if cell.strip()]
    if surplus:
        detail = f"表头有 {len(found)} 列，这一行却更多；单元格中有分隔符的，请用英文引号括起来。"
        return FileRow(line, cells, (Reason(None, "wrong_cell_count", detail),))
    if any("\x00" in cell for cell in cells.values()):
        return FileRow(line, {}, (Reason(None, "nul_bytes", "这一行含有空字符，请删去。"),))
    faults = [
        Reason(column.name, "missing", f"{column.label}不能为空。")
        for column in columns
        if column.is_required and not cells.get(column.name)
    ]
    return FileRow(line, cells, tuple(faults))


@dataclass(slots=True)
class CellReader:
    """Reads a row's cells one by one, and gathers what is wrong with them."""

    cells: Mapping[str, str]
    columns: Mapping[str, Column]
    faults: list[Reason] = field(default_factory=list)

    def text(self, name: str) -> str | None:
        """What the cell says; none for an empty one."""
        return self.cells.get(name) or None

    def day(self, name: str) -> date | None:
        """A day, as ``2026-03-10``, ``2026/3/10`` or ``2026年3月10日``."""
        text = self.text(name)
        if text is None:
            return None
        found = _DAY.fullmatch(text)
        if found is not None:
            try:
                return date(*map(int, found.groups()))
            except ValueError:
                pass
        self.refuse(name, "no_day", f"{self.columns[name].label}应写成 2026-03-10 这样的日期。")
        return None

    def number(self, name: str, *, least: int, most: int) -> int | None:
        """A whole number within bounds."""
        text = self.text(name)
        if text is None:
            return None
        found = re.fullmatch(r"([0-9]{1,9})(?:\.0+)?", text)
        if found is None or not least <= int(found[1]) <= most:
            label = self.columns[name].label
            self.refuse(name, "no_number", f"{label}应为 {least} 到 {most} 之间的整数。")
            return None
        return int(found[1])

    def word(self, name: str, words: Mapping[str, str]) -> str | None:
        """The value behind one of the words that may stand here."""
        text = self.text(name)
        if text is None:
            return None
        if text not in words:
            listed = "、".join(self.columns[name].choices)
            self.refuse(name, "unknown_word", f"{self.columns[name].label}只能填：{listed}。")
        return words.get(text)

    def refuse(self, name: str | None, code: str, detail: str) -> None:
        self.faults.append(Reason(name, code, detail))
