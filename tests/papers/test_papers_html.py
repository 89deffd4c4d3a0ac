"""The page for a browser: whole, self-contained, and with nothing of a text read as markup."""

import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from tests.papers_factories import CASE, CODE, page_of, sample

from yimen.domains.papers.enums import PaperKind
from yimen.domains.papers.rules_html import to_html

NASTY = """#let x = 1 $y$ *b* _i_ `c` \\ "q" 'q' </style></p><script>alert(1)</script> &amp; %s"""


class Reading(HTMLParser):
    """The elements and the visible words of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.attributes: set[str] = set()
        self.words: list[str] = []
        self.style = ""
        self.open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "style":
            self.style += data
        else:
            self.words.append(data)

    @property
    def text(self) -> str:
        return "".join(self.words)


@pytest.mark.parametrize("kind", list(PaperKind))
def test_every_kind_is_a_whole_page_with_all_that_it_says(kind: PaperKind) -> None:
    body = sample(kind)
    page = page_of(body)
    reading = Reading(to_html(page).html)
    assert reading.open == []
    for words in page.texts():
        assert words in reading.text
    assert CODE in reading.text


def test_nothing_comes_from_elsewhere_and_the_policy_allows_the_style_alone() -> None:
    shown = to_html(page_of(sample(PaperKind.RECEIPT)))
    reading = Reading(shown.html)
    assert not set(reading.elements) & {"script", "link", "img", "iframe", "object", "form", "a"}
    assert not reading.attributes & {"style", "src", "href"}
    assert not re.search(r"url\(|@import|https?:", shown.html)
    digest = base64.b64encode(hashlib.sha256(reading.style.encode()).digest()).decode()
    assert shown.policy == (
        f"default-src 'none'; style-src 'sha256-{digest}'; frame-ancestors 'none'"
    )


def test_it_is_set_for_a4_with_the_margins_of_official_papers() -> None:
    style = Reading(to_html(page_of(sample(PaperKind.RECEIPT))).html).style
    assert "@page { size: A4; margin: 37mm 26mm 35mm 28mm;" in style
    assert 'content: "SL-2026-000012　验证码 K7QM-3X9P-2RTD，凭此可查验真伪"' in style


def test_no_text_becomes_markup() -> None:
    case = replace(CASE, applicant_name=NASTY, item_name=NASTY, department_name=NASTY)
    body = replace(
        sample(PaperKind.RECEIPT, case), paragraphs=(NASTY,), notes=(NASTY,), signatures=(NASTY,)
    )
    plain = Reading(to_html(page_of(sample(PaperKind.RECEIPT))).html)
    reading = Reading(to_html(page_of(body, void_line=NASTY)).html)
    assert "script" not in reading.elements
    assert set(reading.elements) <= {*plain.elements, "div", "span"}
    assert reading.text.count(NASTY) >= 8
    assert reading.style == plain.style


def test_a_void_paper_is_marked_and_a_good_one_is_not() -> None:
    body = sample(PaperKind.RECEIPT)
    good = Reading(to_html(page_of(body)).html)
    void = Reading(to_html(page_of(body, void_line="【作废】原因：重复出具")).html)
    assert "作废" not in good.text
    assert "【作废】原因：重复出具" in void.text
    assert void.text.count("作废") == 2  # the line on top, the stamp across
