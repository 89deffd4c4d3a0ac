"""A paper laid out on A4: what the page for a browser and the PDF have in common."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from yimen.domains.papers.rules_body import PaperBody, PaperTable, cite

Fact = tuple[str, str]

HALF_ROW = 9
"""What a value may measure, in widths of a Chinese character, to share its row with another."""
NARROW = 7
"""What the widest cell of a column may measure for the column to be only as wide as needed."""
WIDEST = 30
"""From here on a column gets no wider at the cost of the others."""

_CONTROLS = (*range(0x20), *range(0x7F, 0xA0))
_TURN_TEXT_AROUND = (*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F)
_LEFT_OUT = dict.fromkeys((*_CONTROLS, *_TURN_TEXT_AROUND)) | {ord("\n"): "\n", ord("\t"): " "}
_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class PageTable:
    """A table with the share of the width that each column gets; 0: only what it needs."""

    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    shares: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """Everything that is printed, in the order in which it is."""

    title: str
    number: str
    void_line: str
    """Empty on a paper that is good."""
    addressee: str
    paragraphs: tuple[str, ...]
    fact_rows: tuple[tuple[Fact, ...], ...]
    """Rows of one fact or two short ones."""
    label_widths: tuple[float, float]
    """Of the labels at the left and of those in the middle, in widths of a character."""
    table: PageTable | None
    notes: tuple[str, ...]
    signatures: tuple[str, ...]
    issuer: str
    day: str
    verification_code: str

    def texts(self) -> list[str]:
        """Every text on the page."""
        cells = [] if self.table is None else [*self.table.headers, *sum(self.table.rows, ())]
        facts = [text for row in self.fact_rows for fact in row for text in fact]
        return [
            *(self.title, self.number, self.void_line, self.addressee, self.issuer, self.day),
            *(*self.paragraphs, *self.notes, *self.signatures, *facts, *cells),
        ]


def lay_out(
    body: PaperBody,
    *,
    number: str,
    issued_at: datetime,
    verification_code: str,
    void_line: str = "",
) -> Page:
    """A paper as it will be printed, whole, whatever its length."""
    basis = (f"依据：{cite(body.article)}。",) if body.article else ()
    fact_rows = _pair_short([(_clean(label), _clean(value)) for label, value in body.facts])
    return Page(
        title=_clean(body.title),
        number=number,
        void_line=_clean(void_line),
        addressee=_clean(body.addressee),
        paragraphs=_lines(body.paragraphs),
        fact_rows=fact_rows,
        label_widths=(_widest_label(fact_rows, 0), _widest_label(fact_rows, 1)),
        table=None if body.table is None else _share_out(body.table),
        notes=_lines((*body.notes, *basis)),
        signatures=tuple(map(_clean, body.signatures)),
        issuer=_clean(body.issuer),
        day=f"{issued_at.year}年{issued_at.month}月{issued_at.day}日",
        verification_code=verification_code,
    )


def width_of(text: str) -> float:
    """How wide the widest line of a text is, in widths of a Chinese character."""
    return max(
        (sum(_width(sign) for sign in line) for line in text.split("\n")),
        default=0,
    )


def _width(sign: str) -> float:
    if unicodedata.combining(sign):
        return 0
    return 1 if unicodedata.east_asian_width(sign) in "WFA" else 0.5


def _clean(text: str) -> str:
    """Without signs that nobody can see but which turn or break what is printed."""
    return _LINE_ENDS.sub("\n", text).translate(_LEFT_OUT).strip()


def _lines(paragraphs: Sequence[str]) -> tuple[str, ...]:
    """A line break in what somebody wrote begins a paragraph."""
    lines = (line.strip() for text in paragraphs for line in _clean(text).split("\n"))
    return tuple(line for line in lines if line)


def _pair_short(facts: Sequence[Fact]) -> tuple[tuple[Fact, ...], ...]:
    rows: list[tuple[Fact, ...]] = []
    waiting: Fact | None = None
    for fact in facts:
        if width_of(fact[1]) > HALF_ROW or "\n" in fact[1]:
            rows += [(waiting,)] if waiting else []
            rows.append((fact,))
            waiting = None
        elif waiting is None:
            waiting = fact
        else:
            rows.append((waiting, fact))
            waiting = None
    return tuple(rows + ([(waiting,)] if waiting else []))


def _widest_label(rows: Sequence[Sequence[Fact]], place: int) -> float:
    return max((width_of(row[place][0]) for row in rows if len(row) > place), default=4)


def _share_out(table: PaperTable) -> PageTable:
    headers = tuple(map(_clean, table.headers))
    rows = tuple(tuple(map(_clean, row)) for row in table.rows)
    widths = [max(width_of(cell) for cell in column) for column in zip(headers, *rows, strict=True)]
    shares = [0 if width <= NARROW else min(round(width), WIDEST) for width in widths]
    if not any(shares):
        shares[widths.index(max(widths))] = 1
    return PageTable(headers, rows, tuple(shares))
