"""A paper as one page of HTML that a browser prints on A4, without anything from elsewhere."""

import base64
import hashlib
from dataclasses import dataclass
from html import escape

from yimen.domains.papers.rules_page import Page, PageTable

_STYLE = """
@page { size: A4; margin: 37mm 26mm 35mm 28mm;
  @bottom-left { content: "%(mark)s"; font: 9pt serif; }
  @bottom-right { content: "— " counter(page) " —"; font: 14pt serif; padding-right: 14pt; } }
* { box-sizing: border-box; }
html { background: #e8e8e8; }
body { margin: 8mm auto; padding: 37mm 26mm 35mm 28mm; width: 210mm; min-height: 297mm;
  position: relative; background: #fff; color: #000; font-size: 16pt; line-height: 29pt;
  font-family: FangSong, STFangsong, FangSong_GB2312, "Source Han Serif SC", "Noto Serif CJK SC",
    "Noto Serif SC", SimSun, "Songti SC", serif;
  overflow-wrap: anywhere; line-break: strict; }
h1 { margin: 0; text-align: center; font-size: 22pt; line-height: 32pt; font-weight: bold;
  font-family: "FZXiaoBiaoSong-B05S", "FZXiaoBiaoSong-B05", STZhongsong, "Source Han Serif SC",
    "Noto Serif CJK SC", "Noto Serif SC", SimSun, serif; }
p { margin: 0; text-align: justify; }
.number { margin: 4pt 0 6pt; text-align: right; font-size: 12pt; line-height: 18pt; }
.said { text-indent: 2em; }
table { width: calc(100%% - 2px); margin: 10pt 1px; border-collapse: collapse; font-size: 12pt;
  line-height: 17pt; }
th, td { border: .6pt solid #000; padding: 4pt 5pt; font-weight: normal; text-align: left;
  white-space: pre-line; }
thead { display: table-header-group; }
tr { break-inside: avoid; }
thead th, th[scope=row] { text-align: center; }
.narrow { width: 1%%; white-space: nowrap; text-align: center; }
.half { width: 32%%; }
.end { break-inside: avoid; }
.end p { font-size: 12pt; line-height: 19pt; }
.sign { display: flex; gap: 8pt; margin-top: 16pt; }
.sign div { flex: 1; display: flex; font-size: 12pt; line-height: 18pt; white-space: nowrap; }
.sign span { flex: 1; border-bottom: .6pt solid #000; }
.end .seal { margin-top: 16pt; text-align: right; font-size: 16pt; line-height: 25pt; }
.seal span { padding-right: 32pt; }
.mark { position: absolute; left: 28mm; bottom: 20mm; font-size: 9pt; line-height: 12pt; }
.void { margin: -8mm 0 8mm; color: #c00; font-size: 10.5pt; line-height: 14pt; }
.stamp { position: fixed; top: 38%%; left: 0; right: 0; text-align: center; color: #c00;
  opacity: .25; font-size: 150pt; line-height: 1; letter-spacing: .3em;
  text-indent: .3em; white-space: nowrap; transform: rotate(-35deg); pointer-events: none; }
@media print { html { background: none; } .mark { display: none; }
  .void { margin-top: 0; }
  body { margin: 0; padding: 0; width: auto; min-height: 0; } }
"""


@dataclass(frozen=True, slots=True)
class HtmlPage:
    """A page and the policy under which a browser may show it."""

    html: str
    policy: str


def to_html(page: Page) -> HtmlPage:
    """The page, with its style inside; the policy allows this style and nothing else."""
    mark = f"{page.number}　验证码 {page.verification_code}，凭此可查验真伪"
    style = _STYLE % {"mark": mark}
    said = "".join(f'<p class="said">{_bdi(words)}</p>' for words in page.paragraphs)
    facts, listed = _facts(page), _listed(page.table)
    if page.addressee:
        content = f"<p>{_bdi(page.addressee)}：</p>{said}{facts}{listed}"
    else:
        content = f"{facts}{said}{listed}"
    void = ""
    if page.void_line:
        void = f'<p class="void">{_bdi(page.void_line)}</p><div class="stamp">作废</div>'
    html = (
        '<!DOCTYPE html><html lang="zh-CN"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{escape(page.title)} {escape(page.number)}</title><style>{style}</style></head>"
        f"<body>{void}<h1>{_bdi(page.title)}</h1>"
        f'<p class="number">编号：{escape(page.number)}</p>'
        f'<main>{content}</main>{_end(page)}<div class="mark">{escape(mark)}</div></body></html>\n'
    )
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; frame-ancestors 'none'"
    return HtmlPage(html, policy)


def _bdi(words: str) -> str:
    """A text that nothing around it can turn around, and which turns nothing around."""
    return f"<bdi>{escape(words)}</bdi>"


def _facts(page: Page) -> str:
    rows = []
    for row in page.fact_rows:
        wide = ' colspan="3"' if len(row) == 1 else ' class="half"'
        cells = (
            f'<th scope="row" class="narrow">{escape(label)}</th><td{wide}>{_bdi(value)}</td>'
            for label, value in row
        )
        rows.append(f"<tr>{''.join(cells)}</tr>")
    return f"<table>{''.join(rows)}</table>" if rows else ""


def _listed(table: PageTable | None) -> str:
    if table is None:
        return ""
    narrow = [' class="narrow"' if share == 0 else "" for share in table.shares]
    head = "".join(
        f'<th scope="col"{kind}>{_bdi(words)}</th>'
        for kind, words in zip(narrow, table.headers, strict=True)
    )
    rows = "".join(
        "<tr>"
        + "".join(f"<td{kind}>{_bdi(words)}</td>" for kind, words in zip(narrow, row, strict=True))
        + "</tr>"
        for row in table.rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _end(page: Page) -> str:
    notes = "".join(f"<p>{_bdi(words)}</p>" for words in page.notes)
    lines = "".join(f"<div>{escape(words)}：<span></span></div>" for words in page.signatures)
    sign = f'<div class="sign">{lines}</div>' if lines else ""
    issuer = f"{_bdi(page.issuer)}（盖章）<br>" if page.issuer else ""
    seal = f'<p class="seal">{issuer}<span>{escape(page.day)}</span></p>'
    return f'<div class="end">{notes}{sign}{seal}</div>'
