"""The ledger of measures as a workbook (DISCIPLINE 四: 台帐)."""

import io
from collections.abc import Sequence

import xlsxwriter

HEADER = (
    "处理编号", "处理", "对象", "姓名", "窗口", "部门", "情形", "条款", "事实", "决定日期",
    "决定人", "谈话", "下达", "送达", "通报部门", "报县备案", "备案文号", "申辩", "目前状态",
)  # fmt: skip
WIDTHS = (16, 10, 10, 14, 8, 20, 28, 18, 40, 12, 10, 12, 12, 12, 12, 12, 18, 10, 14)

Line = Sequence[str | None]


def write_ledger(title: str, lines: Sequence[Line]) -> bytes:
    """The ledger as XLSX; no text of it is taken for a formula or a link."""
    content = io.BytesIO()
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(content, options) as book:
        bold = book.add_format({"bold": True})
        head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
        sheet = book.add_worksheet("台账")
        for place, width in enumerate(WIDTHS):
            sheet.set_column(place, place, width)
        sheet.write_string(0, 0, title, bold)
        sheet.write_row(2, 0, HEADER, head)
        for number, line in enumerate(lines, 3):
            for place, cell in enumerate(line):
                if cell is not None:
                    sheet.write_string(number, place, cell)
        sheet.freeze_panes(3, 1)
    return content.getvalue()
