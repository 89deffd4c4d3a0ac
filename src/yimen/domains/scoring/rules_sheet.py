"""An explanation as one page of HTML that a browser prints on A4, with nothing from elsewhere."""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

_STYLE = """
@page { size: A4; margin: 22mm 20mm; }
body { max-width: 190mm; margin: 8mm auto; padding: 0 6mm; color: #000; font-size: 12pt;
  line-height: 1.6; font-family: FangSong, STFangsong, "Noto Serif CJK SC", "Noto Serif SC", SimSun,
  serif; overflow-wrap: anywhere; }
h1 { text-align: center; font-size: 20pt; margin: 0 0 4mm; }
h2 { font-size: 14pt; margin: 6mm 0 2mm; }
table { width: 100%; border-collapse: collapse; }
th, td { border: .6pt solid #000; padding: 3pt 5pt; text-align: left; vertical-align: top;
  font-weight: normal; }
thead th { text-align: center; }
.number { text-align: right; white-space: nowrap; }
.remedy { color: #333; font-size: 10.5pt; }
.score { font-size: 16pt; font-weight: bold; }
tr { break-inside: avoid; }
thead { display: table-header-group; }
"""


@dataclass(frozen=True, slots=True)
class SheetLine:
    """An entry as it is printed."""

    day: str
    text: str
    remedy: str
    taken: str
    after: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """An explanation as it is printed."""

    title: str
    facts: Sequence[tuple[str, str]]
    formula: str
    lines: Sequence[SheetLine]
    not_counted: Sequence[SheetLine]
    members: Sequence[tuple[str, str]]
    note: str


@dataclass(frozen=True, slots=True)
class HtmlSheet:
    """A page and the policy under which a browser may show it."""

    html: str
    policy: str


def to_html(sheet: Sheet) -> HtmlSheet:
    """The page, with its style inside; the policy allows this style and nothing else."""
    facts = "".join(
        f'<tr><th scope="row">{escape(label)}</th><td>{_bdi(value)}</td></tr>'
        for label, value in sheet.facts
    )
    html = (
        '<!DOCTYPE html><html lang="zh-CN"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{escape(sheet.title)}</title><style>{_STYLE}</style></head><body>"
        f"<h1>{_bdi(sheet.title)}</h1><table>{facts}</table>"
        f"<h2>得分怎样算出</h2><p>{_bdi(sheet.formula)}</p>"
        f"{_members(sheet.members)}"
        f"<h2>计分的事项</h2>{_lines(sheet.lines, '本月没有扣分、加分。')}"
        f"<h2>没有计分或没有全额计分的事项</h2>{_lines(sheet.not_counted, '没有。')}"
        f"<p>{_bdi(sheet.note)}</p></body></html>\n"
    )
    digest = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; frame-ancestors 'none'"
    return HtmlSheet(html, policy)


def _lines(lines: Sequence[SheetLine], nothing: str) -> str:
    if not lines:
        return f"<p>{nothing}</p>"
    rows = "".join(
        f'<tr><td class="number">{escape(line.day)}</td><td>{_bdi(line.text)}'
        f"{_remedy(line.remedy)}</td>"
        f'<td class="number">{escape(line.taken)}</td><td class="number">{escape(line.after)}</td>'
        "</tr>"
        for line in lines
    )
    head = "".join(f'<th scope="col">{name}</th>' for name in ("日期", "事由", "加减分", "余分"))
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _remedy(words: str) -> str:
    return f'<div class="remedy">{_bdi(words)}</div>' if words else ""


def _members(members: Sequence[tuple[str, str]]) -> str:
    if not members:
        return ""
    rows = "".join(
        f'<tr><td>{_bdi(name)}</td><td class="number">{escape(score)}</td></tr>'
        for name, score in members
    )
    return f"<h2>计入平均分的人员</h2><table><tbody>{rows}</tbody></table>"


def _bdi(words: str) -> str:
    """A text that nothing around it can turn around, and which turns nothing around."""
    return f"<bdi>{escape(words)}</bdi>"
