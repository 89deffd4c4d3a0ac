"""PDFs: every kind, the same bytes each time, no box where a sign should be."""

import asyncio
import random
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from struct import pack, unpack_from
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader
from tests.papers_factories import (
    CASE,
    CODE,
    FONTS,
    ISSUED_AT,
    long_receipt,
    page_of,
    sample,
    words_of,
)

from yimen.domains.papers.enums import PaperKind
from yimen.domains.papers.rules_fonts import NotAFont, points_to_draw, read_coverage
from yimen.domains.papers.rules_page import Page
from yimen.domains.papers.service_printing import (
    WAITING_FOR_A_THREAD,
    FontMissing,
    Printer,
    PrinterBusy,
    printer_for,
)

SERIF = FONTS / "NotoSerifSC-Regular.otf"


def new_printer(font_dir: Path | None = FONTS, *, max_concurrent: int = 1) -> Printer:
    """One that knows no font but those of a folder."""
    return Printer(font_dir=font_dir, max_concurrent=max_concurrent, system_folders=())


@pytest.fixture(scope="module")
def printer() -> Iterator[Printer]:
    yield new_printer()


def squeezed(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize("kind", list(PaperKind))
def test_every_kind_is_printed_whole(printer: Printer, kind: PaperKind) -> None:
    page = page_of(sample(kind))
    pdf = printer.make_pdf(page, ISSUED_AT)
    words = "".join(words_of(pdf))
    for text in page.texts():
        assert squeezed(text) in words, text
    for sheet in PdfReader(BytesIO(pdf)).pages:
        assert [round(float(side)) for side in sheet.mediabox[2:]] == [595, 842]  # A4


def test_the_number_and_the_code_stand_on_every_page(printer: Printer) -> None:
    sheets = words_of(printer.make_pdf(page_of(long_receipt()), ISSUED_AT))
    assert len(sheets) == 2
    for number, words in enumerate(sheets, start=1):
        assert f"SL-2026-000012验证码{CODE}" in words
        assert f"—{number}—" in words
        assert "序号材料名称份数页数形式" in words  # the head of the table comes again


def test_the_same_paper_is_the_same_bytes_in_every_process(printer: Printer) -> None:
    page = page_of(long_receipt())
    first = printer.make_pdf(page, ISSUED_AT)
    assert printer.make_pdf(page, ISSUED_AT) == first
    assert new_printer().make_pdf(page, ISSUED_AT) == first
    assert printer.make_pdf(replace(page, number="SL-2026-000013"), ISSUED_AT) != first


def test_the_file_is_for_the_archive_and_dated_when_it_was_issued(printer: Printer) -> None:
    pdf = printer.make_pdf(page_of(sample(PaperKind.RECEIPT)), ISSUED_AT)
    reader = PdfReader(BytesIO(pdf))
    assert reader.metadata is not None
    assert reader.metadata.creation_date == ISSUED_AT
    assert reader.metadata.title == "收件回执单 SL-2026-000012"
    assert b"<pdfaid:part>2</pdfaid:part>" in pdf
    fonts = [
        str(font.get_object()["/BaseFont"])
        for sheet in reader.pages
        for font in cast(Any, sheet["/Resources"])["/Font"].values()
    ]
    assert fonts and all("NotoSerifSC" in font for font in fonts)


def test_a_void_paper_is_marked_on_every_page(printer: Printer) -> None:
    page = page_of(long_receipt(), void_line="【作废】本文书已作废。原因：重复出具")
    sheets = words_of(printer.make_pdf(page, ISSUED_AT))
    assert len(sheets) == 2
    for words in sheets:
        assert "【作废】本文书已作废。原因：重复出具" in words
        assert "作废" in words.replace("【作废】本文书已作废", "")  # across the page
    good = "".join(words_of(printer.make_pdf(page_of(long_receipt()), ISSUED_AT)))
    assert "作废" not in good


def test_a_void_paper_with_a_long_reason_keeps_its_page(printer: Printer) -> None:
    page = page_of(sample(PaperKind.RECEIPT), void_line="【作废】" + "登记有误，" * 400)
    sheets = words_of(printer.make_pdf(page, ISSUED_AT))
    assert len(sheets) == 1
    assert "……" in sheets[0]
    assert "收件回执单" in sheets[0]


@pytest.mark.parametrize(
    "nasty",
    [
        "#let x = 1",
        "#panic()",
        "$x^2$ *粗* _斜_ `代码` = 标题 - 一 + 二",
        "\\ \\u{41} \\#",
        '"引" \' // /* */ [ ] { } ~ @甲 <乙>',
        "<script>alert(1)</script>",
        '", "void_line": "',
        '#image("/etc/passwd")',
    ],
)
def test_no_text_becomes_markup(printer: Printer, nasty: str) -> None:
    body = sample(PaperKind.RECEIPT, replace(CASE, applicant_name=nasty, item_name=nasty))
    body = replace(body, paragraphs=(nasty,), notes=(nasty,), issuer=nasty, signatures=(nasty,))
    words = "".join(words_of(printer.make_pdf(page_of(body), ISSUED_AT)))
    # addressee, applicant, item, paragraph, note, issuer, signature
    assert words.count(squeezed(nasty)) == 7


def test_long_names_and_long_words_stay_on_the_paper(printer: Printer) -> None:
    name = "·".join(["阿卜杜热合曼"] * 8)[:50]
    body = sample(PaperKind.RECEIPT, replace(CASE, applicant_name=name, item_name="x" * 200))
    pdf = printer.make_pdf(page_of(body), ISSUED_AT)
    words = "".join(words_of(pdf))
    assert words.count(name) == 2
    assert "x" * 200 in words
    lines = [
        line.replace("\u200b", "")
        for sheet in PdfReader(BytesIO(pdf)).pages
        for line in sheet.extract_text().split("\n")
    ]
    assert max(line.count("x") for line in lines) < 80  # of 12 pt; the whole word is on no line


def test_without_any_font_it_says_which_package_to_install() -> None:
    with pytest.raises(FontMissing) as missing:
        new_printer(None).make_pdf(page_of(sample(PaperKind.RECEIPT)), ISSUED_AT)
    assert missing.value.status == 503
    assert "fonts-noto-cjk" in missing.value.detail
    assert "YIMEN_FONT_DIR" in missing.value.detail


@pytest.mark.parametrize(
    ("sign", "package"),
    [("\U0002b4ee", "fonts-hanazono"), ("ئ", "fonts-noto-core"), ("\ue000", "fonts-noto-core")],
)
def test_a_sign_that_no_font_has_is_named_and_never_a_box(
    printer: Printer, sign: str, package: str
) -> None:
    body = sample(PaperKind.RECEIPT, replace(CASE, applicant_name=f"张{sign}"))
    with pytest.raises(FontMissing) as missing:
        printer.make_pdf(page_of(body), ISSUED_AT)
    assert f"“{sign}”（U+{ord(sign):04X}）" in missing.value.detail
    assert package in missing.value.detail
    assert printer.make_pdf(page_of(sample(PaperKind.RECEIPT)), ISSUED_AT)  # the next one goes on


def test_rare_signs_that_the_font_has_are_printed(printer: Printer) -> None:
    rare = "".join(chr(point) for point in (0x4DAE, 0x9FFF, 0x3404) if has(point))
    assert len(rare) == 3
    body = sample(PaperKind.RECEIPT, replace(CASE, applicant_name=f"张{rare}"))
    assert f"张{rare}" in "".join(words_of(printer.make_pdf(page_of(body), ISSUED_AT)))


def has(point: int) -> bool:
    return point in read_coverage(SERIF.read_bytes())


def with_a_private_sign(font: bytes) -> bytes:
    """The font with U+E000 in the place of another sign."""
    [directory] = [place for place in range(12, 500, 16) if font[place : place + 4] == b"cmap"]
    (cmap,) = unpack_from(">I", font, directory + 8)
    (tables,) = unpack_from(">H", font, cmap + 2)
    offsets = [unpack_from(">I", font, cmap + 8 + 8 * n)[0] for n in range(tables)]
    groups = next(
        cmap + offset for offset in offsets if unpack_from(">H", font, cmap + offset) == (12,)
    )
    first = groups + 16
    (count,) = unpack_from(">I", font, groups + 12)
    starts = [unpack_from(">I", font, first + 12 * place)[0] for place in range(count)]
    place = first + 12 * next(n for n, start in enumerate(starts) if start > 0xE000)
    return font[:place] + pack(">II", 0xE000, 0xE000) + font[place + 8 :]


def test_a_private_sign_is_taken_from_the_own_folder_alone(tmp_path: Path) -> None:
    (tmp_path / "own.otf").write_bytes(with_a_private_sign(SERIF.read_bytes()))
    page = page_of(sample(PaperKind.RECEIPT, replace(CASE, applicant_name="张\ue000")))
    assert new_printer(tmp_path).make_pdf(page, ISSUED_AT)
    elsewhere = Printer(font_dir=None, max_concurrent=1, system_folders=(tmp_path,))
    with pytest.raises(FontMissing, match=r"U\+E000"):
        elsewhere.make_pdf(page, ISSUED_AT)
    assert elsewhere.make_pdf(page_of(sample(PaperKind.RECEIPT)), ISSUED_AT)


def test_a_file_that_is_no_font_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / "broken.ttf").write_bytes(b"no font")
    (tmp_path / "cut.otf").write_bytes(SERIF.read_bytes()[:4000])
    (tmp_path / "good.otf").symlink_to(SERIF)
    assert new_printer(tmp_path).make_pdf(page_of(sample(PaperKind.RECEIPT)), ISSUED_AT)


async def test_several_are_printed_at_once_and_all_are_right() -> None:
    printer = new_printer(max_concurrent=2)
    pages = [page_of(sample(kind), number=f"XX-2026-{n:06}") for n, kind in enumerate(PaperKind)]
    made = await asyncio.gather(*(printer.print_pdf(page, issued_at=ISSUED_AT) for page in pages))
    alone = new_printer()
    assert made == [alone.make_pdf(page, ISSUED_AT) for page in pages]


async def test_more_than_can_wait_are_refused_at_once() -> None:
    printer = new_printer()
    page = page_of(sample(PaperKind.RECEIPT))
    results = await asyncio.gather(
        *(printer.print_pdf(page, issued_at=ISSUED_AT) for _ in range(WAITING_FOR_A_THREAD + 3)),
        return_exceptions=True,
    )
    refused = [one for one in results if isinstance(one, PrinterBusy)]
    assert len(refused) == 2
    assert all(isinstance(one, bytes) for one in results if one not in refused)
    assert await printer.print_pdf(page, issued_at=ISSUED_AT)  # places are free again


def test_a_process_has_one_printer_for_its_settings() -> None:
    assert printer_for(FONTS, 2) is printer_for(FONTS, 2)
    assert printer_for(FONTS, 2) is not printer_for(FONTS, 1)


def font_with(*tables: bytes) -> bytes:
    """A font file with nothing but a character map."""
    head = pack(">HH", 0, len(tables))
    offset = 4 + 8 * len(tables)
    records, bodies = b"", b""
    for table in tables:
        encoding = 10 if table[:2] == pack(">H", 12) else 1
        records += pack(">HHI", 3, encoding, offset + len(bodies))
        bodies += table
    cmap = head + records + bodies
    return pack(">4sHHHH4sIII", b"OTTO", 1, 0, 0, 0, b"cmap", 0, 28, len(cmap)) + cmap


def by_groups(*groups: tuple[int, int, int]) -> bytes:
    body = b"".join(pack(">III", *group) for group in groups)
    return pack(">HHIII", 12, 0, 16 + len(body), 0, len(groups)) + body


def by_segments(*segments: tuple[int, int, int, int], glyphs: tuple[int, ...] = ()) -> bytes:
    count = len(segments)
    columns = list(zip(*segments, strict=True))
    body = pack(f">{count}H", *columns[1]) + pack(">H", 0)
    body += b"".join(pack(f">{count}H", *columns[place]) for place in (0, 2, 3))
    body += pack(f">{len(glyphs)}H", *glyphs)
    return pack(">HHHHHHH", 4, 14 + len(body), 0, 2 * count, 0, 0, 0) + body


def points_in(font: bytes, *candidates: int) -> set[int]:
    coverage = read_coverage(font)
    return {point for point in candidates if point in coverage}


def test_a_character_map_by_groups_is_read() -> None:
    font = font_with(by_groups((0x4E00, 0x4E02, 5), (0x20BB7, 0x20BB7, 9), (0x30, 0x32, 0)))
    wanted = (0x4DFF, 0x4E00, 0x4E02, 0x4E03, 0x20BB7, 0x30, 0x31, 0x32)
    assert points_in(font, *wanted) == {0x4E00, 0x4E02, 0x20BB7, 0x31, 0x32}  # 0x30 is the box


def test_a_character_map_by_segments_is_read() -> None:
    font = font_with(
        by_segments(
            (0x41, 0x43, 0x10000 - 0x42, 0),  # delta: 0x42 comes to the box
            (0x4E00, 0x4E02, 0, 4),  # by the list of glyphs, which has the box for the second
            (0xFFFF, 0xFFFF, 1, 0),
            glyphs=(7, 0, 8),
        )
    )
    wanted = (0x40, 0x41, 0x42, 0x43, 0x44, 0x4E00, 0x4E01, 0x4E02, 0xFFFF)
    assert points_in(font, *wanted) == {0x41, 0x43, 0x4E00, 0x4E02}


@given(st.binary(max_size=400), st.booleans())
def test_rubbish_is_never_taken_for_a_font(rubbish: bytes, begins_well: bool) -> None:
    data = font_with(by_groups((0x41, 0x42, 1)))[:20] + rubbish if begins_well else rubbish
    try:
        read_coverage(data)
    except NotAFont:
        return


def test_a_damaged_font_is_read_or_refused_and_never_worse() -> None:
    whole = font_with(by_segments((0x41, 0x5A, 1, 0)), by_groups((0x41, 0x42, 1)))
    chance = random.Random(7)
    for _ in range(500):
        damaged = bytearray(whole)
        damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        try:
            read_coverage(bytes(damaged))
        except NotAFont:
            continue


def test_blanks_joiners_and_variants_need_no_glyph() -> None:
    assert points_to_draw(["a b\n\u200b\u200d\ufe00\U000e0101　"]) == {ord("a"), ord("b"), 0x3000}


def test_a_page_names_every_text_that_it_prints() -> None:
    """Else a sign could be missing from the fonts without anybody knowing."""
    body = replace(sample(PaperKind.RECEIPT), signatures=("签收",))
    page = page_of(body, void_line="【作废】")
    texts = "".join(page.texts())
    shown = [
        value
        for name in Page.__slots__
        for value in flatten(getattr(page, name))
        if name not in ("verification_code", "label_widths")
    ]
    assert len(shown) > 30
    assert [value for value in shown if value not in texts] == []


def flatten(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for one in value:
            yield from flatten(one)
    elif hasattr(value, "headers"):
        yield from flatten(value.headers)
        yield from flatten(value.rows)  # type: ignore[attr-defined] # a table has both
