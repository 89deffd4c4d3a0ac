"""Reading touches: clocks' logs, CSV and XLSX, with all that real clocks write."""

# ruff: noqa: DTZ001 - no clock writes a zone

import io
import zipfile
from collections.abc import Callable, Iterable
from datetime import date, datetime

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from yimen.core.files import FileFault
from yimen.core.workbook_reading import read_sheet
from yimen.domains.attendance.enums import FaultKind, FileFormat, PunchColumn
from yimen.domains.attendance.rules_files import (
    BYTES_AT_ONCE,
    LINES_AT_ONCE,
    Plausible,
    ReadPiece,
    ReadTouch,
    TouchReader,
    format_of,
    read_csv,
    read_header,
    read_log,
    read_time,
)
from yimen.domains.attendance.rules_sheet import SheetReader

READER = TouchReader(Plausible.between(date(2020, 9, 1), datetime(2026, 3, 11, 11, 0)))

# The traits of a real clock's log: padded ids, repetitions, disorder, a clock reset, memory read
# as records, states that no clock has, carriage returns here and there, no newline at the end.
LOG = (
    b"   710011\t2026-03-10 09:58:12\t1\t0\t1\t0\r\n"
    b"   710011\t2026-03-10 09:58:12\t1\t0\t1\t0\n"
    b"   720204\t2026-03-10 09:57:59\t1\t0\t1\t0\n"
    b"\n"
    b"ZZZZZZZZZZ\t2047-02-30 19:13:30\t1\t90\t90\t1515870810\n"
    b"       20\t2131-01-08 08:46:56\t1\t255\t32\t-1\n"
    b"         \t2026-03-10 10:00:00\t1\t0\t1\t0\n"
    b"   710012\t2000-01-01 00:00:48\t1\t0\t2\t808678932\n"
    b"   710012\t2026-03-10 14:03:00\t1\t48\t50\t5\n"
    b"   710012 2026-03-10 14:03:00\n"
    b"\xff\xfe\x00?0\t2026-03-10 14:04:00\t1\t0\t1\t0\n"
    b"   710013\t2026-03-10 14:05:00\t1\t0\t1\t0"
)


def touches(pieces: Iterable[ReadPiece]) -> list[ReadTouch]:
    return [touch for piece in pieces for touch in piece.touches]


def read_xlsx(content: bytes) -> list[ReadPiece]:
    sheet = SheetReader(READER)
    return [sheet.read(piece) for piece in read_sheet(content)]


def faults(pieces: Iterable[ReadPiece]) -> list[tuple[int, FaultKind]]:
    return [(fault.line, fault.kind) for piece in pieces for fault in piece.faults]


# --- times


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2020-09-30 10:10:37", "2020-09-30 10:10:37"),
        ("2020/9/30 8:05", "2020-09-30 08:05:00"),
        ("2020/09/30 08:05:09", "2020-09-30 08:05:09"),
        ("2020.9.30 08:05", "2020-09-30 08:05:00"),
        ("2020-09-30T10:10:37", "2020-09-30 10:10:37"),
        ("2024-02-29 00:00:00", "2024-02-29 00:00:00"),
        ("2023-02-29 00:00:00", None),
        ("2047-02-30 19:13:30", None),
        ("2020-13-01 00:00:00", None),
        ("2020-09-30 24:00:00", None),
        ("2020-09-30 10:60:00", None),
        ("2020-W40-3 10:10:37", None),
        ("2020-09-30 10:10+08", None),
        ("2020-09-30", None),
        ("20200930 101037", None),
        ("", None),
        ("now", None),
        ("infinity", None),
    ],
)
def test_a_time_is_read_as_it_is_or_not_at_all(text: str, found: str | None) -> None:
    assert read_time(text) == found


@given(st.datetimes(min_value=datetime(1000, 1, 1)))
def test_every_time_that_a_clock_can_write_is_read(at: datetime) -> None:
    text = f"{at:%Y-%m-%d %H:%M:%S}"
    assert read_time(text) == text


@given(st.text(max_size=25))
def test_no_text_breaks_the_reading_of_times(text: str) -> None:
    found = read_time(text)
    assert found is None or datetime.fromisoformat(found)


# --- logs


def test_a_log_is_read_whole_and_its_dirty_lines_are_told() -> None:
    pieces = list(read_log(LOG, READER))
    assert touches(pieces) == [
        (1, "710011", "2026-03-10 09:58:12", None, "0", "1", "0"),
        (2, "710011", "2026-03-10 09:58:12", None, "0", "1", "0"),
        (3, "720204", "2026-03-10 09:57:59", None, "0", "1", "0"),
        (9, "710012", "2026-03-10 14:03:00", None, "48", "50", "5"),
        (11, "\ufffd\ufffd??0", "2026-03-10 14:04:00", None, "0", "1", "0"),
        (12, "710013", "2026-03-10 14:05:00", None, "0", "1", "0"),
    ]
    assert faults(pieces) == [
        (5, FaultKind.UNREADABLE_TIME),
        (6, FaultKind.IMPOSSIBLE_TIME),
        (7, FaultKind.NO_USER_ID),
        (8, FaultKind.IMPOSSIBLE_TIME),
        (9, FaultKind.SENSELESS_STATE),
        (10, FaultKind.UNREADABLE_LINE),
    ]
    [kept] = [fault.raw for piece in pieces for fault in piece.faults if fault.line == 5]
    assert kept == "ZZZZZZZZZZ\t2047-02-30 19:13:30\t1\t90\t90\t1515870810"


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("1\t2026-03-11 11:00:00\t1\t0\t1\t0", None),  # as late as may be
        ("1\t2026-03-11 11:00:01\t1\t0\t1\t0", FaultKind.IMPOSSIBLE_TIME),
        ("1\t2020-09-01 00:00:00\t1\t0\t1\t0", None),  # as early as may be
        ("1\t2020-08-31 23:59:59\t1\t0\t1\t0", FaultKind.IMPOSSIBLE_TIME),
        ("1\t2026-03-10 10:00:00\t1", FaultKind.UNREADABLE_LINE),
        ("1\t2026-03-10 10:00:00\t1\t5", None),
        ("1\t2026-03-10 10:00:00\t1\t6", FaultKind.SENSELESS_STATE),
        ("1\t2026-03-10 10:00\t1\t0\t1\t0\t0\t0", None),
        ("1\t" * 12, FaultKind.UNREADABLE_LINE),
        (f"{'9' * 64}\t2026-03-10 10:00:00\t1\t0\t1\t0", None),
        (f"{'9' * 65}\t2026-03-10 10:00:00\t1\t0\t1\t0", FaultKind.NO_USER_ID),
        ("just words", FaultKind.UNREADABLE_LINE),
    ],
)
def test_a_line_is_judged_by_its_fields(line: str, kind: FaultKind | None) -> None:
    piece = READER.read_log([(1, line)])
    assert [fault.kind for fault in piece.faults] == ([] if kind is None else [kind])
    assert bool(piece.touches) == (kind is None or kind is FaultKind.SENSELESS_STATE)


def test_a_time_that_is_written_otherwise_is_kept_as_given() -> None:
    [touch] = READER.read_log([(1, "7\t2026/3/10 9:05\t1\t0\t1\t0")]).touches
    assert touch == (1, "7", "2026-03-10 09:05:00", "2026/3/10 9:05", "0", "1", "0")


def test_lines_keep_their_numbers_across_pieces() -> None:
    line = b"    71001\t2026-03-10 09:58:12\t1\t0\t1\t0\n"
    count = BYTES_AT_ONCE * 3 // len(line)
    pieces = list(read_log(line * count, READER))
    assert len(pieces) > 2
    assert [touch[0] for touch in touches(pieces)] == list(range(1, count + 1))


@given(st.binary(max_size=400))
def test_no_bytes_break_the_reading_of_a_log(content: bytes) -> None:
    for piece in read_log(content, READER):
        for touch in piece.touches:
            assert not any("\x00" in text for text in touch[1:] if isinstance(text, str))
        assert all("\x00" not in fault.raw for fault in piece.faults)


# --- what kind of file


@pytest.mark.parametrize(
    ("content", "form"),
    [
        (LOG, FileFormat.ATTLOG),
        (b"rubbish\n\xff\xff\n" + LOG, FileFormat.ATTLOG),
        ("考勤号,打卡时间\n1,2026-03-10 10:00\n".encode(), FileFormat.CSV),
        ("考勤号\t打卡时间\n1\t2026/3/10 10:00\n".encode(), FileFormat.CSV),
        (b"PK\x03\x04...", FileFormat.XLSX),
    ],
)
def test_a_file_is_what_its_content_says(content: bytes, form: FileFormat) -> None:
    assert format_of(content) is form


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b" \r\n\t", "empty_file"),
        (b"\xd0\xcf\x11\xe0rest", "old_excel"),
        ("\ufeff考勤号".encode("utf-16"), "unknown_encoding"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_by_name(content: bytes, code: str) -> None:
    with pytest.raises(FileFault) as refused:
        format_of(content)
    assert refused.value.code == code
    assert refused.value.detail.endswith("。")


# --- CSV

CSV = (
    "部门,姓名,考勤号码,日期时间,考勤状态\r\n"
    '市监局,"阿依古丽, 买买提",710011,2026/3/10 9:58:12,0\r\n'
    "市监局,王红, 720204 ,2026-03-10 09:59,\r\n"
    ",,,,\r\n"
    "市监局,李军,720205\r\n"
    "市监局,李军,720205,昨天,0\r\n"
)
READ_CSV = [
    (2, "710011", "2026-03-10 09:58:12", "2026/3/10 9:58:12", "0", None, None),
    (3, "720204", "2026-03-10 09:59:00", "2026-03-10 09:59", "", None, None),
]


@pytest.mark.parametrize(
    "content",
    [
        CSV.encode(),
        CSV.encode("utf-8-sig"),
        CSV.encode("gb18030"),
        CSV.replace("阿依古丽, 买买提", "阿依古丽").replace(",", ";").encode(),
        CSV.replace(",", "\t").replace('"', "").replace("\t 买买提", "").encode(),
    ],
)
def test_csv_is_read_by_its_header_in_any_of_its_ways(content: bytes) -> None:
    pieces = list(read_csv(content, READER))
    assert touches(pieces) == READ_CSV
    assert faults(pieces) == [(5, FaultKind.UNREADABLE_LINE), (6, FaultKind.UNREADABLE_TIME)]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("姓名,打卡时间\n王红,2026-03-10 10:00\n", "missing_columns"),
        ("考勤号,人员编号,打卡时间\n", "columns_twice"),
        ('考勤号,打卡时间\n"1,2026-03-10 10:00\n', "broken_csv"),
        ("\n", "missing_columns"),
    ],
)
def test_a_table_without_what_is_needed_is_refused_by_name(text: str, code: str) -> None:
    with pytest.raises(FileFault) as refused:
        list(read_csv(text.encode(), READER))
    assert refused.value.code == code


def test_an_encoding_that_nobody_knows_is_refused() -> None:
    with pytest.raises(FileFault, match="unknown_encoding"):
        list(read_csv("考勤号".encode("utf-16-le") + b"\xff", READER))


def test_every_column_has_its_words() -> None:
    header = read_header([column.label for column in PunchColumn])
    assert header == list(PunchColumn)
    assert read_header([column.value.upper() for column in PunchColumn]) == header


def test_a_long_table_is_read_in_pieces() -> None:
    rows = "".join(f"{n},2026-03-10 10:00:00\n" for n in range(1, LINES_AT_ONCE + 3))
    pieces = list(read_csv(f"考勤号,打卡时间\n{rows}".encode(), READER))
    assert [len(piece.touches) for piece in pieces] == [LINES_AT_ONCE, 2]
    assert touches(pieces)[-1][0] == LINES_AT_ONCE + 3


# --- XLSX

ROWS: list[list[object]] = [
    ["710011", "2026-03-10 09:58:12", "0"],
    [720204, datetime(2026, 3, 10, 9, 57, 59), 1],
    ["a<b&c", "2026/3/10 14:03", "48"],
    ["", "", ""],
    ["720205", "", "0"],
    ["720206", datetime(2026, 3, 10, 19, 31, 3), None],
]
READ_ROWS = [
    (2, "710011", "2026-03-10 09:58:12", None, "0", None, None),
    (3, "720204", "2026-03-10 09:57:59", None, "1", None, None),
    (4, "a<b&c", "2026-03-10 14:03:00", "2026/3/10 14:03", "48", None, None),
]
READ_LAST = (7, "720206", "2026-03-10 19:31:03", None)
HEADER = ["考勤号", "打卡时间", "状态"]


def by_openpyxl() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(HEADER)
    for row in ROWS:
        sheet.append(row)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def by_xlsxwriter(*, inline: bool = False, date1904: bool = False) -> bytes:
    content = io.BytesIO()
    options = {"constant_memory": inline, "date_1904": date1904}
    with xlsxwriter.Workbook(content, options) as book:
        form = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADER)
        for number, row in enumerate(ROWS, 1):
            for place, cell in enumerate(row):
                if isinstance(cell, datetime):
                    sheet.write_datetime(number, place, cell, form)
                elif cell is not None:
                    sheet.write(number, place, cell)
        book.add_worksheet("第二张").write_row(0, 0, ["别的", "内容"])
    return content.getvalue()


def repacked(content: bytes, **changes: Callable[[str], str]) -> bytes:
    """A workbook with some of its parts rewritten: ``sheet=…`` for ``xl/worksheets/sheet1.xml``."""
    names = {
        "sheet": "xl/worksheets/sheet1.xml",
        "strings": "xl/sharedStrings.xml",
        "book": "xl/workbook.xml",
    }
    wanted = {names[key]: change for key, change in changes.items()}
    result = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(result, "w") as new:
        for name in old.namelist():
            part = old.read(name)
            if name in wanted:
                part = wanted[name](part.decode()).encode()
            new.writestr(name, part)
    return result.getvalue()


def with_prefix(text: str) -> str:
    """As .NET's writers do: every element of the sheet with a namespace prefix."""
    for name in ("worksheet", "sheetData", "row", "c", "v", "is", "t"):
        for before in ("<", "</"):
            for after in (">", " ", "/"):
                text = text.replace(f"{before}{name}{after}", f"{before}x:{name}{after}")
    return text.replace("<x:worksheet xmlns=", "<x:worksheet xmlns:x=", 1)


@pytest.mark.parametrize(
    "content",
    [
        by_openpyxl(),
        by_xlsxwriter(),
        by_xlsxwriter(inline=True),
        by_xlsxwriter(date1904=True),
        repacked(by_xlsxwriter(), sheet=with_prefix),
        repacked(by_xlsxwriter(inline=True), sheet=with_prefix),
        # cells without references, and attributes in another order
        repacked(by_openpyxl(), sheet=lambda t: t.replace(' r="', ' spans="1:3" r="')),
        repacked(
            by_openpyxl(),
            strings=lambda t: t.replace(
                "<si><t>710011</t></si>", "<si><r><t>710</t></r><r><t>011</t></r></si>"
            ),
        ),
    ],
    ids=["openpyxl", "shared", "inline", "1904", "prefix", "prefix-inline", "attributes", "runs"],
)
def test_a_workbook_is_read_whoever_wrote_it(content: bytes) -> None:
    pieces = read_xlsx(content)
    found = touches(pieces)
    assert [(*touch[:4], touch[4] or None, *touch[5:]) for touch in found[:-1]] == READ_ROWS
    assert found[-1][:4] == READ_LAST
    assert faults(pieces) == [(4, FaultKind.SENSELESS_STATE), (6, FaultKind.UNREADABLE_TIME)]


@given(
    st.lists(
        st.tuples(
            st.integers(1, 99_999_999),
            st.datetimes(min_value=datetime(2020, 9, 1), max_value=datetime(2026, 3, 11)),
            st.booleans(),
        ),
        min_size=1,
        max_size=30,
    )
)
def test_rows_of_any_mixture_are_read_as_openpyxl_wrote_them(
    drawn: list[tuple[int, datetime, bool]],
) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(HEADER)
    for user, at, as_text in drawn:
        when = at.replace(microsecond=0)
        sheet.append([str(user), f"{when}", 0] if as_text else [user, when, "0"])
    content = io.BytesIO()
    book.save(content)
    found = touches(read_xlsx(content.getvalue()))
    assert [(touch[1], touch[2]) for touch in found] == [
        (str(user), f"{at:%Y-%m-%d %H:%M:%S}") for user, at, _ in drawn
    ]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"PK\x03\x04 and nothing else", "broken_xlsx"),
        (by_openpyxl()[:-200], "broken_xlsx"),
        (repacked(by_openpyxl(), book=lambda t: t.replace("<sheet ", "<nosheet ")), "broken_xlsx"),
        (repacked(by_openpyxl(), book=lambda t: f"<!DOCTYPE x>{t}"), "broken_xlsx"),
        (repacked(by_openpyxl(), sheet=lambda t: f"<!DOCTYPE x>{t}"), "broken_xlsx"),
        (repacked(by_xlsxwriter(), sheet=lambda t: t.replace("<v>2<", "<v>99<")), "broken_xlsx"),
        (repacked(by_openpyxl(), sheet=lambda t: t.replace("<c ", "<c & ", 1)), "broken_xlsx"),
        (repacked(by_openpyxl(), sheet=lambda t: t[: t.index("<row")]), "empty_file"),
        (repacked(by_xlsxwriter(), strings=lambda t: t.replace("考勤号", "号")), "missing_columns"),
    ],
)
def test_a_workbook_that_cannot_be_read_is_refused_by_name(content: bytes, code: str) -> None:
    with pytest.raises(FileFault) as refused:
        read_xlsx(content)
    assert refused.value.code == code


def test_a_small_file_that_unpacks_to_a_huge_one_is_refused() -> None:
    bomb = io.BytesIO()
    content = by_openpyxl()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            part = old.read(name)
            if name == "xl/worksheets/sheet1.xml":
                head, tail = part.split(b"</sheetData>")
                part = head + b"<row>" + b" " * 3_000_000 + b"</row></sheetData>" + tail
            new.writestr(name, part)
    assert len(bomb.getvalue()) < 20_000
    with pytest.raises(FileFault) as refused:
        read_xlsx(bomb.getvalue())
    assert refused.value.code == "xlsx_too_large"


@given(st.binary(min_size=1, max_size=200), st.integers(0, 20))
def test_no_damage_to_a_workbook_breaks_its_reading(damage: bytes, seed: int) -> None:
    content = bytearray(by_xlsxwriter(inline=True))
    start = seed * len(content) // 21
    content[start : start + len(damage)] = damage
    try:
        for piece in read_xlsx(bytes(content)):
            assert isinstance(piece, ReadPiece)
    except FileFault:
        pass
