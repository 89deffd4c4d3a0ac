"""From a file to a table: CSV, XLSX and JSON Lines, all cells as text."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice

from yimen.core.files import (
    MOST_MEMBERS,
    WORKBOOK,
    FileFault,
    decode_text,
    is_json_lines,
    read_csv,
    read_objects,
)
from yimen.domains.imports.enums import FileForm

MOST_ROWS = 20_000
MOST_HEADS = MOST_MEMBERS

NumberedRow = tuple[int, Sequence[str]]
"""A row with the line of its file on which it begins, from 1."""


@dataclass(frozen=True, slots=True)
class Table:
    """A header, and the rows below it that are not blank."""

    header: tuple[str, ...]
    rows: tuple[NumberedRow, ...]
    days_count_from: date | None = None
    """Of a workbook, whose dates are numbers of days."""


def form_of(file: bytes) -> FileForm:
    """How a file is written, by its content."""
    if file.startswith(WORKBOOK):
        return FileForm.XLSX
    if is_json_lines(file):
        return FileForm.JSON_LINES
    return FileForm.CSV


def read_text(file: bytes) -> Table:
    """The table in a text; raises FileFault."""
    text = decode_text(file)
    if form_of(file) is FileForm.JSON_LINES:
        return _read_json_lines(text)
    head = text[: text.find("\n")]
    return table_of(read_csv(text, delimiter=max(",;\t", key=head.count)))


def table_of(rows: Iterable[NumberedRow], *, days_count_from: date | None = None) -> Table:
    """The first row is the header; raises FileFault where there is none, or nothing below it."""
    filled = ((line, cells) for line, cells in rows if any(cell.strip() for cell in cells))
    header = next(filled, None)
    if header is None:
        raise FileFault("empty_file", "文件是空的，请重新选择文件。")
    names = [name.strip() for name in header[1][:MOST_HEADS]]
    while names and not names[-1]:
        names.pop()
    return Table(tuple(names), _limited(filled), days_count_from)


def _limited(rows: Iterator[NumberedRow]) -> tuple[NumberedRow, ...]:
    found = tuple(islice(rows, MOST_ROWS + 1))
    if not found:
        raise FileFault("no_rows", "文件只有表头，没有数据行。")
    if len(found) > MOST_ROWS:
        raise FileFault("too_many_rows", f"一次最多导入 {MOST_ROWS} 行，请把文件拆开后分次导入。")
    return found


def _read_json_lines(text: str) -> Table:
    """One object a line; its members are the columns, in the order in which they first appear."""
    objects = list(islice(read_objects(text), MOST_ROWS + 1))
    header = list(dict.fromkeys(name for _, found in objects for name in found))[:MOST_HEADS]
    rows = ((line, [found.get(name, "") for name in header]) for line, found in objects)
    return Table(tuple(name.strip() for name in header), _limited(rows))
