"""Workbooks that go out: a template to fill in, and faulty rows to mend."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from yimen.domains.imports.rules_kinds import FileKind
from yimen.domains.imports.rules_tables import LINE_HEAD, REASON_HEAD, CellForm, Column

ROWS_TO_FILL = 5_000
"""How far down drop-downs and text formats of a template reach."""
LONGEST_LIST = 255
"""Characters of a drop-down that a workbook keeps beside its cells."""
_OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


@dataclass(frozen=True, slots=True)
class FaultyRow:
    """A row as it was sent, and why it was refused."""

    line: int
    cells: Mapping[str, str]
    reason: str
    others: Sequence[str] = ()
    """What stands in no known column: a cell for each head, then those beyond."""


def write_template(kind: FileKind) -> bytes:
    """A workbook with the header of a kind, drop-downs, and a sheet that explains the columns."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, _OPTIONS) as book:
        sheet = book.add_worksheet(kind.kind.label)
        _write_header(book, sheet, kind.columns)
        _explain(book, kind)
    return content.getvalue()


def write_faulty_rows(
    kind: FileKind, names: Sequence[str], other_heads: Sequence[str], rows: Sequence[FaultyRow]
) -> bytes:
    """The columns of the file, known ones first, then line and reason, which are passed over when
    it returns; last what stood under no head.
    """
    columns = [kind.by_name[name] for name in names]
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, _OPTIONS) as book:
        sheet = book.add_worksheet(kind.kind.label)
        text = _write_header(book, sheet, columns)
        bold, red = book.add_format({"bold": True}), book.add_format({"font_color": "#C00000"})
        known, width = len(columns), len(columns) + len(other_heads)
        for place, head in enumerate(other_heads, start=known):
            sheet.set_column(place, place, max(12, 2 * len(head) + 4), text)
            sheet.write_string(0, place, head, bold)
        sheet.write_string(0, width, LINE_HEAD, bold)
        sheet.write_string(0, width + 1, REASON_HEAD, bold)
        sheet.set_column(width + 1, width + 1, 60)
        for place, row in enumerate(rows, start=1):
            for at, column in enumerate(columns):
                sheet.write_string(place, at, row.cells.get(column.name, ""), text)
            for at, other in enumerate(row.others, start=known):
                sheet.write_string(place, at if at < width else at + 2, other, text)
            sheet.write_number(place, width, row.line)
            sheet.write_string(place, width + 1, row.reason, red)
        _explain(book, kind)
    return content.getvalue()


def _write_header(book: Workbook, sheet: Worksheet, columns: Sequence[Column]) -> Format:
    """The first row; what stands below it is text, so that numbers keep their noughts."""
    text = book.add_format({"num_format": "@"})
    bold = book.add_format({"bold": True, "bottom": 1})
    needed = book.add_format({"bold": True, "bottom": 1, "font_color": "#C00000"})
    for place, column in enumerate(columns):
        sheet.set_column(place, place, max(12, 2 * len(column.label) + 4), text)
        sheet.write_string(0, place, column.label, needed if column.is_required else bold)
        if column.choices and sum(len(word) + 1 for word in column.choices) <= LONGEST_LIST:
            rule = {"validate": "list", "source": list(column.choices), "error_type": "warning"}
            sheet.data_validation(1, place, ROWS_TO_FILL, place, rule)
    sheet.freeze_panes(1, 0)
    return text


def _explain(book: Workbook, kind: FileKind) -> None:
    sheet = book.add_worksheet("填写说明")
    bold = book.add_format({"bold": True, "bottom": 1})
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    for place, (head, width) in enumerate(
        (("列", 16), ("列名（英文）", 22), ("必填", 8), ("怎么填", 60), ("可选", 40), ("例", 40))
    ):
        sheet.set_column(place, place, width)
        sheet.write_string(0, place, head, bold)
    for line, column in enumerate(kind.columns, start=1):
        explanation = column.explanation
        if column.form is CellForm.DAY:
            explanation = f"{explanation}；写成 2026-03-10"
        for place, said in enumerate(
            (
                column.label, column.name, "是" if column.is_required else "", explanation,
                "、".join(column.choices), column.example,
            )
        ):  # fmt: skip
            sheet.write_string(line, place, said, wrapped)
