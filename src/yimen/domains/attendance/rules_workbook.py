"""A month's bulletin as a workbook: people, windows, and every event behind the numbers."""

import io
from collections.abc import Sequence
from dataclasses import dataclass

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

Cell = str | int | None
Row = Sequence[Cell]

PEOPLE_HEADER = (
    "工号", "姓名", "部门", "应出勤（半天）", "出勤（半天）", "请假外出（半天）",
    "无法判定（半天）", "迟到（次）", "早退（次）", "其中缺卡（次）", "已说明（次）",
    "迟到（分钟）", "早退（分钟）", "离岗（分钟）", "加班（分钟）", "旷工（半天）",
)  # fmt: skip
WINDOWS_HEADER = ("窗口", "名称", "人数", *PEOPLE_HEADER[3:])
EVENTS_HEADER = ("工号", "姓名", "日期", "半天", "情况", "分钟", "打卡", "是否计入")
ABSENCES_HEADER = ("工号", "姓名", "日期", "半天", "依据", "所依据的情况")


@dataclass(frozen=True, slots=True)
class Bulletin:
    """What a workbook shows."""

    title: str
    subtitle: str
    people: Sequence[Row]
    windows: Sequence[Row]
    events: Sequence[Row]
    absences: Sequence[Row]


def write_workbook(bulletin: Bulletin) -> bytes:
    """The bulletin as XLSX; no text of it is taken for a formula or a link."""
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
        for name, header, rows in (
            ("按人员", PEOPLE_HEADER, bulletin.people),
            ("按窗口", WINDOWS_HEADER, bulletin.windows),
            ("迟到早退", EVENTS_HEADER, bulletin.events),
            ("旷工", ABSENCES_HEADER, bulletin.absences),
        ):
            _write_sheet(book.add_worksheet(name), (bulletin, header, rows), bold, head)
    return content.getvalue()


def _write_sheet(
    sheet: Worksheet, content: tuple[Bulletin, Row, Sequence[Row]], bold: Format, head: Format
) -> None:
    bulletin, header, rows = content
    sheet.set_column(0, len(header) - 1, 12)
    sheet.write_string(0, 0, bulletin.title, bold)
    sheet.write_string(1, 0, bulletin.subtitle)
    sheet.write_row(3, 0, header, head)
    for number, row in enumerate(rows, 4):
        for place, cell in enumerate(row):
            if isinstance(cell, int):
                sheet.write_number(number, place, cell)
            elif cell is not None:
                sheet.write_string(number, place, cell)
    sheet.freeze_panes(4, 2)
