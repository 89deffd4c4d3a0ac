"""A department's monthly brief: what it shows, as a workbook and as data for the printed page."""

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import ceil, floor

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

WINDOW_HEAD = ("窗口", "名称", "月度得分", "窗口得分", "人员平均", "名次")
PERSON_HEAD = ("工号", "姓名", "得分", "扣加分情况")
ENTRY_HEAD = ("日期", "对象", "事由和依据", "加减分")
NOT_RATED = "不予评定"
WORDS = {
    "windows": "一、窗口得分",
    "chart": "二、窗口历月得分",
    "people": "三、工作人员得分",
    "entries": "四、扣分、加分明细",
    "nothing": "本月没有扣分、加分。",
}
CHART_STEP = 5


@dataclass(frozen=True, slots=True)
class Bar:
    """One month of the department's windows: their mean."""

    label: str
    value: Decimal


@dataclass(frozen=True, slots=True)
class Brief:
    """Everything that a brief shows, as text."""

    title: str
    subtitle: str
    windows: Sequence[tuple[str, str, str, str, str, str]]
    people: Sequence[tuple[str, str, str, str]]
    entries: Sequence[tuple[str, str, str, str]]
    months: Sequence[Bar]
    note: str
    issued: str

    def texts(self) -> tuple[str, ...]:
        """Every text on the page."""
        cells = [cell for rows in (self.windows, self.people, self.entries) for row in rows
                 for cell in row]  # fmt: skip
        heads = (*WINDOW_HEAD, *PERSON_HEAD, *ENTRY_HEAD, *WORDS.values())
        bars = [text for bar in self.months for text in (bar.label, str(bar.value))]
        return (self.title, self.subtitle, self.note, self.issued, *cells, *heads, *bars)


def chart_range(months: Sequence[Bar]) -> tuple[int, int]:
    """The chart's lower and upper end: whole fives around the values, never equal."""
    if not months:
        return 0, 100
    low = floor(min(bar.value for bar in months) / CHART_STEP) * CHART_STEP
    high = ceil(max(bar.value for bar in months) / CHART_STEP) * CHART_STEP
    return (low - CHART_STEP if low == high else low), high


def page_data(brief: Brief) -> str:
    """What the template sets."""
    low, high = chart_range(brief.months)
    return json.dumps(
        {
            "title": brief.title,
            "subtitle": brief.subtitle,
            "words": WORDS,
            "window_head": WINDOW_HEAD,
            "windows": brief.windows,
            "person_head": PERSON_HEAD,
            "people": brief.people,
            "entry_head": ENTRY_HEAD,
            "entries": brief.entries,
            "chart": [
                {"label": bar.label, "text": str(bar.value), "value": float(bar.value)}
                for bar in brief.months
            ],
            "chart_low": low,
            "chart_high": high,
            "note": brief.note,
            "issued": brief.issued,
        },
        ensure_ascii=False,
    )


def write_brief(brief: Brief) -> bytes:
    """The brief as XLSX with its chart; no text of it is taken for a formula or a link."""
    content = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(content, options) as book:
        bold = book.add_format({"bold": True})
        head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
        for name, header, rows, widths in (
            ("窗口得分", WINDOW_HEAD, brief.windows, (8, 24, 12, 12, 12, 8)),
            ("人员得分", PERSON_HEAD, brief.people, (10, 20, 10, 60)),
            ("扣分明细", ENTRY_HEAD, brief.entries, (12, 20, 90, 10)),
        ):
            sheet = book.add_worksheet(name)
            _fill(sheet, (brief.title, brief.subtitle), (header, rows), (bold, head))
            for place, width in enumerate(widths):
                sheet.set_column(place, place, width)
        _draw(book, book.add_worksheet("历月得分"), brief.months, bold)
    return content.getvalue()


def _fill(
    sheet: Worksheet,
    titles: tuple[str, str],
    table: tuple[Sequence[str], Sequence[Sequence[str]]],
    formats: tuple[Format, Format],
) -> None:
    bold, head = formats
    header, rows = table
    sheet.write_string(0, 0, titles[0], bold)
    sheet.write_string(1, 0, titles[1])
    sheet.write_row(3, 0, header, head)
    for number, row in enumerate(rows, 4):
        for place, cell in enumerate(row):
            sheet.write_string(number, place, cell)
    sheet.freeze_panes(4, 0)


def _draw(book: Workbook, sheet: Worksheet, months: Sequence[Bar], bold: Format) -> None:
    sheet.write_row(0, 0, ("月份", "窗口平均得分"), bold)
    for number, bar in enumerate(months, 1):
        sheet.write_string(number, 0, bar.label)
        sheet.write_number(number, 1, float(bar.value))
    if not months:
        return
    low, high = chart_range(months)
    chart = book.add_chart({"type": "column"})
    chart.add_series(
        {
            "name": "窗口平均得分",
            "categories": ["历月得分", 1, 0, len(months), 0],
            "values": ["历月得分", 1, 1, len(months), 1],
            "data_labels": {"value": True, "num_format": "0.00"},
        }
    )
    chart.set_y_axis({"min": low, "max": high})
    chart.set_legend({"none": True})
    sheet.insert_chart("D2", chart)
