"""Reading touches from the first sheet of an XLSX workbook.

openpyxl needs a dozen times as long for a month of touches as the database does for taking them
in, and the fast native readers abort the process on a crafted file. A sheet of touches asks for
little: cells in rows. Rows written in the usual way are read by one regular expression, any other
row by the XML parser. What is unpacked is counted: a small file cannot unpack to a huge one.
"""

import codecs
import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import islice
from typing import IO
from xml.etree import ElementTree

from yimen.domains.attendance.rules_files import (
    LINES_AT_ONCE,
    FileFault,
    ReadPiece,
    TouchReader,
    read_header,
)

UNPACKED_AT_ONCE = 128 * 1024
MOST_UNPACKED = 400 * 1024 * 1024
"""Bytes of a sheet; a million rows of touches have about 340 million."""
MOST_UNPACKED_DIRECTORY = 1024 * 1024
MOST_SHARED_STRINGS = 400_000
MOST_SHARED_TEXT = 16 * 1024 * 1024
LONGEST_ROW = 1024 * 1024
MOST_PATTERNS = 8
"""Rows of any further form are read cell by cell."""

PAST_THE_LAST_DAY = 2_957_004
"""A serial number beyond the year 9999, from whichever day it counts."""

_FIRST_DAYS = {False: date(1899, 12, 30), True: date(1904, 1, 1)}
"""The day that a serial number counts from, by whether the workbook says ``date1904``."""

_CELL = re.compile(
    r'<c r="([A-Z]{1,3})[0-9]+"(?: s="[0-9]+")?(?: t="([A-Za-z]+)")?'
    r'(?:/>|>(?:<v>([^<&]*)</v>|<is><t(?: xml:space="preserve")?>([^<&]*)</t></is>)?</c>)'
)
_STRING = re.compile(r'\s*<si><t(?: xml:space="preserve")?>([^<&]*)</t>\Z')
_ROW_NUMBER = re.compile(r'<row\b[^>]*?\br="([0-9]{1,7})"')
_PREFIX = re.compile(r"<(?:(\w+):)?(?:worksheet|sst)\b")
_DAY_SECONDS = 86_400


def read_xlsx(file: bytes, reader: TouchReader) -> Iterator[ReadPiece]:
    """The first sheet, whose first row is the header; raises FileFault."""
    try:
        with zipfile.ZipFile(io.BytesIO(file)) as archive:
            yield from _read_workbook(archive, reader)
    except (
        zipfile.BadZipFile, zlib.error, EOFError, KeyError, NotImplementedError, RuntimeError,
        UnicodeDecodeError, ElementTree.ParseError,
    ) as error:  # fmt: skip
        raise _broken() from error


def _broken() -> FileFault:
    return FileFault("broken_xlsx", "这不是有效的 Excel（.xlsx）文件，请重新另存后上传。")


def _too_large() -> FileFault:
    return FileFault("xlsx_too_large", "Excel 文件展开后过大，请拆成几个文件后分次导入。")


def _read_workbook(archive: zipfile.ZipFile, reader: TouchReader) -> Iterator[ReadPiece]:
    sheet, strings_name, is_1904 = _find_sheet(archive)
    strings: Sequence[str] = ()
    if strings_name is not None:
        with archive.open(strings_name) as packed:
            strings = _read_strings(packed)
    with archive.open(sheet) as packed:
        rows = _read_rows(packed, strings)
        header = next(rows, None)
        if header is None:
            raise FileFault("empty_file", "Excel 文件的第一张表是空的，请重新选择文件。")
        columns = read_header(header[1])
        as_time = _Dates(_FIRST_DAYS[is_1904]).read
        while piece := list(islice(rows, LINES_AT_ONCE)):
            yield reader.read_cells(piece, columns, as_time)


# --- the workbook


def _find_sheet(archive: zipfile.ZipFile) -> tuple[str, str | None, bool]:
    """Where the first sheet and the shared strings lie, and which day dates count from."""
    workbook = _parse_small(archive, "xl/workbook.xml")
    targets = {
        link.get("Id"): (link.get("Type", ""), link.get("Target", ""))
        for link in _parse_small(archive, "xl/_rels/workbook.xml.rels")
    }
    first = next((node for node in workbook.iter() if _local(node.tag) == "sheet"), None)
    if first is None:
        raise _broken()
    link_id = next((value for name, value in first.items() if _local(name) == "id"), None)
    sheet = _resolve(targets[link_id][1])
    strings = next(
        (_resolve(target) for kind, target in targets.values() if kind.endswith("/sharedStrings")),
        None,
    )
    properties = [node for node in workbook.iter() if _local(node.tag) == "workbookPr"]
    is_1904 = any(node.get("date1904") in ("1", "true") for node in properties)
    return sheet, strings, is_1904


def _parse_small(archive: zipfile.ZipFile, name: str) -> ElementTree.Element:
    with archive.open(name) as packed:
        content = packed.read(MOST_UNPACKED_DIRECTORY + 1)
    if len(content) > MOST_UNPACKED_DIRECTORY:
        raise _too_large()
    text = content.decode("utf-8-sig")
    if "<!DOCTYPE" in text:
        raise _broken()
    return ElementTree.fromstring(text)  # noqa: S314 - small, and declares no entities


def _resolve(target: str) -> str:
    return target.lstrip("/") if target.startswith("/") else f"xl/{target}"


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


# --- text in pieces that end with an element


def _split(packed: IO[bytes], end: str) -> Iterator[str]:
    """The text up to each end tag, without namespace prefixes; what follows the last is left."""
    decode = codecs.getincrementaldecoder("utf-8-sig")().decode
    prefix: str | None = None
    rest, unpacked, is_first = "", 0, True
    while block := packed.read(UNPACKED_AT_ONCE):
        unpacked += len(block)
        if unpacked > MOST_UNPACKED:
            raise _too_large()
        text = rest + decode(block)
        if is_first:
            if "<!DOCTYPE" in text:
                raise _broken()
            found = _PREFIX.search(text)
            prefix = found[1] if found else None
            is_first = False
        parts = text.split(f"</{prefix}:{end}>" if prefix else f"</{end}>")
        rest = parts.pop()
        if len(rest) > LONGEST_ROW:
            raise _too_large()
        for part in parts:
            yield _without(prefix, part) if prefix else part


def _without(prefix: str, text: str) -> str:
    return text.replace(f"<{prefix}:", "<").replace(f"</{prefix}:", "</")


def _read_strings(packed: IO[bytes]) -> list[str]:
    strings: list[str] = []
    total = 0
    for part in _split(packed, "si"):
        found = _STRING.match(part)
        text = found[1] if found else _text_of(_parse(part[part.rindex("<si") :], "si"))
        total += len(text)
        if total > MOST_SHARED_TEXT or len(strings) >= MOST_SHARED_STRINGS:
            raise _too_large()
        strings.append(text)
    return strings


def _parse(text: str, name: str) -> ElementTree.Element:
    """An element whose end tag is gone; its own attributes are left out with their prefixes."""
    content = text[text.index(">") + 1 :]
    return ElementTree.fromstring(f"<{name}>{content}</{name}>")  # noqa: S314 - within an element


def _text_of(node: ElementTree.Element) -> str:
    """The text of a string, in runs or not, without the readings that Japanese adds."""
    parts = []
    for child in node:
        if child.tag == "t":
            parts.append(child.text or "")
        elif child.tag == "r":
            parts.extend(run.text or "" for run in child if run.tag == "t")
    return "".join(parts)


# --- rows

_Cell = tuple[str, str, str, str]
"""Column, kind, value, inline text."""


def _read_rows(packed: IO[bytes], strings: Sequence[str]) -> Iterator[tuple[int, Sequence[str]]]:
    """Each row that is not empty, with its number; every cell as text."""
    number = 0
    patterns = [_RowPattern.of_nothing()]
    current = patterns[0]
    matches = current.regex.fullmatch
    for part in _split(packed, "row"):
        same = matches(part)
        if same is None:
            current = next((one for one in patterns if one.regex.fullmatch(part)), current)
            matches = current.regex.fullmatch
            same = matches(part)
        if same is not None:
            found = same.groups()
            number = int(found[0])
            yield number, current.looked_up(found, strings) if current.shared else found[1:]
            continue
        start = part.rfind("<row")
        if start < 0:
            raise _broken()
        number, cells = _read_row(part[start:], number + 1, strings)
        learned = _RowPattern.of(part[start:]) if len(patterns) < MOST_PATTERNS else None
        if learned is not None:
            patterns.append(learned)
        if any(cells):
            yield number, cells


def _read_row(row: str, number: int, strings: Sequence[str]) -> tuple[int, list[str]]:
    """A row's number, which it says or which follows, and its cells."""
    named = _ROW_NUMBER.match(row)
    cells: list[str] = []
    for column, kind, value, inline in _usual_cells(row) or _parse_cells(row):
        place = _place_of(column)
        while len(cells) < place:
            cells.append("")
        cells.append(inline or (_text_at(strings, value) if kind == "s" else value))
    return int(named[1]) if named else number, cells


def _usual_cells(row: str) -> list[_Cell] | None:
    """The cells of a row that is written in the usual way; none for any other."""
    found: list[_Cell] = _CELL.findall(row)
    return found if len(found) == row.count("<c ") + row.count("<c>") else None


class _RowPattern:
    """What a row looks like, so that the rows written like it are read at a glance."""

    def __init__(self, regex: re.Pattern[str], shared: Sequence[int]) -> None:
        self.regex = regex
        self.shared = shared
        """The cells that hold the number of a shared string."""

    @classmethod
    def of(cls, row: str) -> "_RowPattern | None":
        """The pattern of a row whose cells follow each other from A on; none for any other."""
        head, _, _ = row.partition(">")
        if not _ROW_NUMBER.match(head):
            return None
        written = re.sub(r'\br="[0-9]+"', "\0", head, count=1)
        parts = [re.escape(written).replace("\0", 'r="([0-9]{1,7})"'), ">"]
        end = len(head) + 1
        shared = []
        for place, cell in enumerate(_CELL.finditer(row)):
            column, kind, value, inline = cell.groups()
            if cell.start() != end or column != _name_of(place) or value is inline is None:
                return None
            end = cell.end()
            tag = re.sub(r'(r="[A-Z]+)[0-9]+"', r"\1\0", cell[0].partition(">")[0], count=1)
            parts.append(re.escape(tag).replace("\0", '[0-9]+"') + ">")
            if kind == "s":
                shared.append(place)
                parts.append("<v>([0-9]{1,9})</v></c>")
            elif value is not None:
                parts.append("<v>([^<&]*)</v></c>")
            else:
                text = cell[0].partition("<t")[2].partition(">")[0]
                parts.append(f"<is><t{re.escape(text)}>([^<&]*)</t></is></c>")
        return cls(re.compile("".join(parts)), shared) if end == len(row) else None

    @classmethod
    def of_nothing(cls) -> "_RowPattern":
        """What no row looks like."""
        return cls(re.compile(r"(?!)"), ())

    def looked_up(self, found: Sequence[str], strings: Sequence[str]) -> list[str]:
        """The cells behind the row's number, each shared string in its place."""
        cells = list(found[1:])
        for place in self.shared:
            cells[place] = _text_at(strings, cells[place])
        return cells


def _parse_cells(row: str) -> list[_Cell]:
    """The cells of a row that is written in another way than usual."""
    found = []
    for place, node in enumerate(_parse(row, "row")):
        if node.tag != "c":
            continue
        name = node.get("r", "").rstrip("0123456789") or _name_of(place)
        inline, value = node.find("is"), node.find("v")
        found.append(
            (
                name,
                node.get("t", ""),
                "" if value is None else value.text or "",
                "" if inline is None else _text_of(inline),
            )
        )
    return found


def _text_at(strings: Sequence[str], index: str) -> str:
    if not index.isascii() or not index.isdigit() or int(index) >= len(strings):
        raise _broken()
    return strings[int(index)]


def _place_of(column: str) -> int:
    """``A`` → 0, ``AA`` → 26; raises FileFault for what is no column."""
    place = 0
    for sign in column:
        if not "A" <= sign <= "Z":
            raise _broken()
        place = place * 26 + ord(sign) - 64
    if not 0 < place <= 16_384:
        raise _broken()
    return place - 1


def _name_of(place: int) -> str:
    name = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        name = chr(65 + rest) + name
    return name


class _Dates:
    """Turns the serial numbers of date cells into times; texts stay as they are."""

    def __init__(self, first_day: date) -> None:
        self.first_day = first_day
        self.days: dict[int, str] = {}
        self.times: dict[int, str] = {}

    def read(self, text: str) -> str:
        if text[4:5] == "-" or not text[:1].isdigit():
            return text
        try:
            serial = float(text)
        except ValueError:
            return text
        if not 0 <= serial < PAST_THE_LAST_DAY:
            return text
        number, second = divmod(round(serial * _DAY_SECONDS), _DAY_SECONDS)
        day = self.days.get(number)
        if day is None:
            day = self.days[number] = f"{self.first_day + timedelta(days=number)}"
        time = self.times.get(second)
        if time is None:
            time = f"{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}"
            self.times[second] = time
        return f"{day} {time}"
