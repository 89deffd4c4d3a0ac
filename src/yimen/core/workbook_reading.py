"""The first sheet of an XLSX workbook, read in a process of its own.

``python -m yimen.core.workbook_reading`` takes the file on standard input and writes its rows or
its fault to standard output; it knows no key and no database. :mod:`yimen.core.workbooks` starts
it, and ends it when it takes too long.

openpyxl needs a dozen times as long for a month of touches as the database does for taking them
in, and the fast native readers abort the process on a crafted file. What we take in asks for
little: cells in rows. Rows written in the usual way are read by one regular expression, any other
row by the XML parser. What is unpacked is counted: a small file cannot unpack to a huge one.
"""

import codecs
import io
import re
import resource
import sys
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from typing import IO
from xml.etree import ElementTree

import orjson

from yimen.core.files import LONGEST_CELL, LONGEST_ROW, FileFault

ROWS_AT_ONCE = 4_000
CELLS_AT_ONCE = 40_000
TEXT_AT_ONCE = 1024 * 1024
"""Characters, and one row more."""
MOST_COLUMNS = 256
"""Of a row; what lies beyond them is passed over."""
MOST_CELLS = 16_000_000
UNPACKED_AT_ONCE = 128 * 1024
MOST_UNPACKED = 400 * 1024 * 1024
"""Bytes of a sheet; a million rows of touches have about 340 million."""
MOST_UNPACKED_DIRECTORY = 1024 * 1024
MOST_UNPACKED_IN_ALL = 600 * 1024 * 1024
MOST_TIMES_SMALLER = 60
"""How much larger than its file a workbook of more than a few megabytes may be; one of touches is
20 times as large."""
ALWAYS_UNPACKED = 4 * 1024 * 1024
MOST_PARTS = 5_000
MOST_SHARED_STRINGS = 400_000
MOST_SHARED_TEXT = 16 * 1024 * 1024
MOST_PATTERNS = 8
"""Rows of any further form are read cell by cell."""
LONGEST_LEARNED = 8_192
"""Characters of a row."""
MOST_MEMORY = 1024 * 1024 * 1024
BYTES_A_SECOND = 5 * 1024 * 1024
"""A quarter of what an unpacked sheet takes in the usual way; slower ones are broken off."""

_PACKED_BY = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_FIRST_DAYS = {False: date(1899, 12, 30), True: date(1904, 1, 1)}
"""The day that a serial number counts from, by whether the workbook says ``date1904``."""

_CELL = re.compile(
    r'<c r="([A-Z]{1,3})[0-9]+"(?: s="[0-9]+")?(?: t="([A-Za-z]+)")?'
    r'(?:/>|>(?:<v>([^<&]*)</v>|<is><t(?: xml:space="preserve")?>([^<&]*)</t></is>)?</c>)'
)
_STRING = re.compile(r'\s*<si><t(?: xml:space="preserve")?>([^<&]*)</t>\Z')
_ROW_NUMBER = re.compile(r'<row\b[^>]*?\br="([0-9]{1,7})"')
_PREFIX = re.compile(r"<(?:(\w+):)?(?:worksheet|sst)\b")

Row = tuple[int, Sequence[str]]
"""A row's number in the sheet, from 1, and its cells as text, dates as their serial numbers."""


@dataclass(frozen=True, slots=True)
class SheetPiece:
    """Some rows of a sheet that are not empty."""

    first_day: date
    """The day from which the serial numbers of dates count."""
    rows: Sequence[Row]


def read_sheet(file: bytes) -> Iterator[SheetPiece]:
    """The first sheet's rows, some at a time; raises FileFault, for an empty sheet too."""
    with _opened(file) as archive:
        yield from _read_workbook(archive, max(MOST_SHARED_TEXT, most_unpacked(len(file))))


def look_at(file: bytes) -> None:
    """Raise FileFault for what is seen to be no honest workbook before its sheet is unpacked."""
    with _opened(file) as archive:
        _find_sheet(archive)


@contextmanager
def _opened(file: bytes) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(io.BytesIO(file)) as archive:
            _refuse_bombs(archive, len(file))
            _refuse_macros(archive)
            yield archive
    except (
        zipfile.BadZipFile, zlib.error, EOFError, LookupError, NotImplementedError, OSError,
        RuntimeError, ValueError, ElementTree.ParseError,
    ) as error:  # fmt: skip
        raise _broken() from error
    except MemoryError as error:
        raise too_costly() from error


def _broken() -> FileFault:
    return FileFault("broken_xlsx", "这不是有效的 Excel（.xlsx）文件，请重新另存后上传。")


def _too_large() -> FileFault:
    return FileFault("xlsx_too_large", "Excel 文件展开后过大，请拆成几个文件后分次导入。")


def too_costly() -> FileFault:
    """What is said of a workbook whose reading was broken off."""
    return FileFault(
        "xlsx_too_costly", "读取这个 Excel 文件费时或占用内存过多，请另存为 CSV 后再上传。"
    )


def _refuse_bombs(archive: zipfile.ZipFile, size: int) -> None:
    """By what the archive says of itself; zipfile gives no more of a part than that."""
    parts = archive.infolist()
    if any(part.compress_type not in _PACKED_BY for part in parts):
        raise _broken()
    unpacked = sum(part.file_size for part in parts)
    if len(parts) > MOST_PARTS or unpacked > most_unpacked(size):
        raise _too_large()


def most_unpacked(size: int) -> int:
    """Bytes to which a file of so many may unpack."""
    return min(max(ALWAYS_UNPACKED, size * MOST_TIMES_SMALLER), MOST_UNPACKED_IN_ALL)


def _read_workbook(archive: zipfile.ZipFile, most_text: int) -> Iterator[SheetPiece]:
    sheet, strings_name, is_1904 = _find_sheet(archive)
    strings: Sequence[str] = ()
    if strings_name is not None:
        with archive.open(strings_name) as packed:
            strings = _read_strings(packed)
    with archive.open(sheet) as packed:
        is_empty = True
        for rows in _pieces(_read_rows(packed, strings), most_text):
            is_empty = False
            yield SheetPiece(_FIRST_DAYS[is_1904], rows)
        if is_empty:
            raise FileFault("empty_file", "Excel 文件的第一张表是空的，请重新选择文件。")


def _pieces(rows: Iterator[Row], most_text: int) -> Iterator[list[Row]]:
    piece: list[Row] = []
    all_cells = all_text = cells = text = 0
    for row in rows:
        piece.append(row)
        cells += len(row[1])
        text += sum(map(len, row[1]))
        if len(piece) == ROWS_AT_ONCE or cells >= CELLS_AT_ONCE or text >= TEXT_AT_ONCE:
            all_cells += cells
            all_text += text
            if all_cells > MOST_CELLS or all_text > most_text:
                raise _too_large()
            yield piece
            piece, cells, text = [], 0, 0
    if piece:
        yield piece


# --- the workbook


def _refuse_macros(archive: zipfile.ZipFile) -> None:
    kinds = _read_small(archive, "[Content_Types].xml")
    if "macroEnabled" in kinds or any("vbaProject" in name for name in archive.namelist()):
        raise FileFault(
            "workbook_has_macros", "文件带有宏（.xlsm），不能上传；请另存为 .xlsx 后再上传。"
        )


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
    text = _read_small(archive, name)
    return ElementTree.fromstring(text)  # noqa: S314 - small, and declares no entities


def _read_small(archive: zipfile.ZipFile, name: str) -> str:
    with archive.open(name) as packed:
        content = packed.read(MOST_UNPACKED_DIRECTORY + 1)
    if len(content) > MOST_UNPACKED_DIRECTORY:
        raise _too_large()
    text = content.decode("utf-8-sig")
    if "<!DOCTYPE" in text:
        raise _broken()
    return text


def _resolve(target: str) -> str:
    return target.lstrip("/") if target.startswith("/") else f"xl/{target}"


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


# --- text in pieces that end with an element


def _split(packed: IO[bytes], end: str) -> Iterator[str]:
    """The text up to each end tag, without namespace prefixes; the last part is left."""
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
    if re.search(rf"<{end}\b[^>]*(?<!/)>", _without(prefix, rest) if prefix else rest):
        raise _broken()  # begun, and never ended


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
        if len(text) > LONGEST_CELL:
            raise _broken()
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
    usual = _usual_cells(row)
    for column, kind, value, inline in _parse_cells(row) if usual is None else usual:
        place = _place_of(column)
        text = inline or (_text_at(strings, value) if kind == "s" and value else value)
        if text and place < MOST_COLUMNS:
            cells += [""] * (place + 1 - len(cells))
            cells[place] = text
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
        if len(row) > LONGEST_LEARNED or not _ROW_NUMBER.match(head):
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


# --- the process

LOOK = "look"
"""Only looks at the file: says its fault or nothing."""
LENGTH_BYTES = 4
"""In front of each frame: how long it is, the greater byte first."""


def main() -> None:
    """A frame of JSON for each piece: ``first_day`` and ``rows``, or ``fault``; then ``end``."""
    file = sys.stdin.buffer.read()
    seconds = 1 + most_unpacked(len(file)) // BYTES_A_SECOND
    for limit, most in ((resource.RLIMIT_AS, MOST_MEMORY), (resource.RLIMIT_CPU, seconds)):
        with suppress(ValueError, OSError):  # not every system has each limit
            resource.setrlimit(limit, (most, most))
    try:
        if sys.argv[1:] == [LOOK]:
            look_at(file)
        else:
            for piece in read_sheet(file):
                _write({"first_day": piece.first_day, "rows": piece.rows})
    except FileFault as fault:
        _write({"fault": [fault.code, fault.detail]})
    _write({"end": True})


def _write(said: dict[str, object]) -> None:
    frame = orjson.dumps(said)
    sys.stdout.buffer.write(len(frame).to_bytes(LENGTH_BYTES) + frame)


if __name__ == "__main__":
    main()
