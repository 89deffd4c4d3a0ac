"""Reading touches: the clock's own log, CSV, JSON Lines, and the times that clocks write.

A file is read piece by piece, so that a long one needs no more memory than a short one. Nothing is
thrown away silently: a line either becomes a :class:`ReadTouch` or a :class:`LineFault`, and one
whose state makes no sense becomes both.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from operator import itemgetter
from typing import NamedTuple

from yimen.core.files import (
    WORKBOOK,
    FileFault,
    decode_text,
    is_json_lines,
    read_objects,
    refuse_other_files,
)
from yimen.core.files import read_csv as read_rows
from yimen.domains.attendance.enums import (
    COLUMN_WORDS,
    SENSIBLE_STATES,
    FaultKind,
    FileFormat,
    PunchColumn,
)

LINES_AT_ONCE = 4_000
BYTES_AT_ONCE = 160_000
LONGEST_LINE = 16_384
"""Bytes of a clock's log; what goes on beyond is no log."""
LONGEST_HEAD = 10_000
"""Characters of a table's first line: enough to tell what separates its cells."""
LONGEST_RAW = 300
"""Characters of a faulty line that the list for the office keeps; the file itself keeps all."""
LONGEST_USER_ID = 64
FEWEST_FIELDS, MOST_FIELDS = 4, 10
"""Columns of a clock's log: user, time, device, state, verify mode, work code, some spare ones."""
MOST_CELLS = 1_000
"""Of a row in a table; what lies beyond is passed over."""

_TIME = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})[ T](\d{1,2}):(\d{1,2})(?::(\d{1,2}))?")
_LOG_LINE = re.compile(r"[^\t]*\t\d{4}-\d\d-\d\d \d\d:\d\d")
_CONTROLS = [code for code in (*range(32), 127) if code not in (9, 10, 13)]
_PLAIN_BYTES = bytes(63 if code in _CONTROLS else code for code in range(256))
"""Control characters, which no database takes as text, are read as question marks."""
_PRINTABLE = dict.fromkeys(_CONTROLS, "�")


ReadTouch = tuple[int, str, str, str | None, str | None, str | None, str | None]
"""A touch as a clock noted it: line, user id, time, time as given, state, verify mode, work code.

The time is the hall's, as ``2020-09-30 10:10:37``; as given only where that is written otherwise.
Texts are as they came, but for blanks around them. A plain tuple: files have very many.
"""


class LineFault(NamedTuple):
    """What is wrong with a line."""

    line: int
    kind: FaultKind
    raw: str
    cells: tuple[str, ...] = ()
    """What was read of it, in the order of the columns; nothing of a line that cannot be read."""


@dataclass(slots=True)
class ReadPiece:
    """Some lines of a file, read."""

    touches: list[ReadTouch] = field(default_factory=list)
    faults: list[LineFault] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Plausible:
    """When a touch of a clock can have been: not before the clock hung there, not in the future."""

    earliest: str
    latest: str

    @classmethod
    def between(cls, first: date, latest: datetime) -> "Plausible":
        """``latest`` is wall time of the hall, without a zone."""
        return cls(f"{first} 00:00:00", f"{latest:%Y-%m-%d %H:%M:%S}")


def read_time(text: str) -> str | None:
    """A clock's time as ``2020-09-30 10:10:37``; none when there is no such time."""
    if _is_plain_time(text):
        return text
    found = _TIME.fullmatch(text)
    if found is None:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups())
    try:
        at = datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 - no clock has a zone
    except ValueError:
        return None
    return f"{at:%Y-%m-%d %H:%M:%S}"


def _is_plain_time(text: str) -> bool:
    """Whether it is a time that there is, written as clocks write it."""
    if len(text) != 19 or not text[7] == "-" == text[4] or text[10] != " " or text[16] != ":":
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


class TouchReader:
    """Judges fields line by line."""

    def __init__(self, plausible: Plausible) -> None:
        self.earliest = plausible.earliest
        self.latest = plausible.latest

    def read_log(self, lines: Iterable[tuple[int, str]]) -> ReadPiece:
        """Lines of a clock's own log; blank ones are passed over."""
        piece = ReadPiece()
        touches, earliest, latest = piece.touches, self.earliest, self.latest
        for number, line in lines:
            fields = line.split("\t")
            if len(fields) == 6:
                user, at, _, state, verify_mode, work_code = fields
                user = user.strip()
                if (
                    earliest <= at <= latest
                    and state in SENSIBLE_STATES
                    and 0 < len(user) <= LONGEST_USER_ID
                    and _is_plain_time(at)
                ):
                    # what nearly every line is
                    touches.append((number, user, at, None, state, verify_mode, work_code))
                    continue
            if FEWEST_FIELDS <= len(fields) <= MOST_FIELDS:
                codes = [field.strip() for field in fields[3:6]]
                self._take(piece, number, fields[0], fields[1], codes, line)
            elif line.strip():
                piece.faults.append(LineFault(number, FaultKind.UNREADABLE_LINE, _clean(line)))
        return piece

    def read_cells(
        self,
        rows: Iterable[tuple[int, Sequence[str]]],
        columns: Sequence[PunchColumn | None],
        as_time: Callable[[str], str] | None = None,
    ) -> ReadPiece:
        """Rows of a table whose columns are known; cells beyond them are passed over.

        ``as_time`` turns what a table may write instead of a time into one.
        """
        piece = ReadPiece()
        touches, earliest, latest = piece.touches, self.earliest, self.latest
        places = {column: place for place, column in enumerate(columns) if column is not None}
        in_order = [places.get(column, MOST_CELLS) for column in PunchColumn]
        pick, widest = itemgetter(*in_order), max(in_order)
        for number, cells in rows:
            if len(cells) > widest:
                user, at, state, verify_mode, work_code = pick(cells)
                if as_time is not None and at[4:5] != "-":
                    at = as_time(at)
                user = user.strip()
                if (
                    earliest <= at <= latest
                    and state in SENSIBLE_STATES
                    and 0 < len(user) <= LONGEST_USER_ID
                    and _is_plain_time(at)
                ):
                    # what nearly every row is
                    touches.append((number, user, at, None, state, verify_mode, work_code))
                    continue
            self._take_cells(piece, number, cells, in_order, as_time)
        return piece

    def _take_cells(
        self,
        piece: ReadPiece,
        number: int,
        cells: Sequence[str],
        in_order: Sequence[int],
        as_time: Callable[[str], str] | None,
    ) -> None:
        width = len(cells)
        found = [cells[place].strip() if place < width else None for place in in_order]
        user, at, *codes = found
        if user is not None and at is not None:
            time = at if as_time is None else as_time(at)
            self._take(piece, number, user, time, codes, cells)
        elif any(cell.strip() for cell in cells):
            raw = _clean(",".join(cells))
            piece.faults.append(LineFault(number, FaultKind.UNREADABLE_LINE, raw))

    def read_sent(
        self, position: int, *, user: str, time: str, codes: Sequence[str | None]
    ) -> ReadPiece:
        """A single touch that a clock sent by itself."""
        piece = ReadPiece()
        raw = [user, time, *(code or "" for code in codes)]
        self._take(piece, position, user, time, codes, raw)
        return piece

    def _take(  # noqa: PLR0917 - called for each line of long files
        self,
        piece: ReadPiece,
        line: int,
        user: str,
        time: str,
        codes: Sequence[str | None],
        raw: str | Sequence[str],
    ) -> None:
        user, time = user.strip(), time.strip()
        at = read_time(time)
        fault: FaultKind | None = None
        if not 0 < len(user) <= LONGEST_USER_ID:
            if not user and not time:
                return
            fault = FaultKind.NO_USER_ID
        elif at is None:
            fault = FaultKind.UNREADABLE_TIME
        elif not self.earliest <= at <= self.latest:
            fault = FaultKind.IMPOSSIBLE_TIME
        elif codes and (codes[0] or "") not in SENSIBLE_STATES:
            fault = FaultKind.SENSELESS_STATE
        if fault is not None:
            text = raw if isinstance(raw, str) else ",".join(raw)
            read = tuple(_clean(cell or "") for cell in (user, time, *codes))
            piece.faults.append(LineFault(line, fault, _clean(text), read))
        if at is not None and (fault is None or fault.keeps_touch):
            state, verify_mode, work_code = [*codes, None, None, None][:3]
            given = None if at == time else time
            piece.touches.append((line, user, at, given, state, verify_mode, work_code))


def _clean(raw: str) -> str:
    """A line as the office may look at it."""
    return raw.strip("\r\n")[:LONGEST_RAW].translate(_PRINTABLE)


# --- files


def format_of(file: bytes) -> FileFormat:
    """What kind of file it is, by its content; raises FileFault for none that we read."""
    refuse_other_files(file)
    if file.startswith(WORKBOOK):
        return FileFormat.XLSX
    if is_json_lines(file):
        return FileFormat.JSON_LINES
    head = file[:20_000].decode("utf-8", "replace").splitlines()[:50]
    if any(_LOG_LINE.match(line) for line in head):
        return FileFormat.ATTLOG
    return FileFormat.CSV


def read_log(file: bytes, reader: TouchReader) -> Iterator[ReadPiece]:
    """A clock's own log, a piece at a time. What is no text in it is faulty, not the file."""
    for first, lines in _pieces(file):
        yield reader.read_log(enumerate(lines, first))


def _pieces(file: bytes) -> Iterator[tuple[int, list[str]]]:
    """Runs of lines, each with the number of its first, from 1."""
    number, start = 1, 0
    while start < len(file):
        end = file.find(b"\n", start + BYTES_AT_ONCE)
        end = len(file) if end < 0 else end
        if end - start > BYTES_AT_ONCE + LONGEST_LINE:
            raise FileFault(
                "line_too_long", f"第 {number} 行之后有一行过长，不是考勤机的记录，请重新导出。"
            )
        text = file[start:end].translate(_PLAIN_BYTES).decode("utf-8", "replace")
        lines = text.split("\n")
        if "\r" in text:
            lines = [line.rstrip("\r") for line in lines]
        yield number, lines
        number += len(lines)
        start = end + 1


def read_csv(file: bytes, reader: TouchReader) -> Iterator[ReadPiece]:
    """A CSV file with a header, separated by commas, semicolons or tabs; raises FileFault."""
    text = decode_text(file.translate(_PLAIN_BYTES))
    head, _, _ = text[:LONGEST_HEAD].partition("\n")
    rows = read_rows(text, delimiter=max(",;\t", key=head.count))
    header = next(rows, None)
    if header is None:
        raise FileFault("empty_file", "文件是空的，请重新选择文件。")
    columns = read_header(header[1])
    piece: list[tuple[int, Sequence[str]]] = []
    for row in rows:
        piece.append(row)
        if len(piece) == LINES_AT_ONCE:
            yield reader.read_cells(piece, columns)
            piece = []
    yield reader.read_cells(piece, columns)


def read_json_lines(file: bytes, reader: TouchReader) -> Iterator[ReadPiece]:
    """An object a line, its members named like the columns of a table; raises FileFault."""
    objects = read_objects(decode_text(file.translate(_PLAIN_BYTES)))
    is_first = True
    while some := list(islice(objects, LINES_AT_ONCE)):
        if is_first:
            read_header(list(some[0][1]))
            is_first = False
        yield reader.read_cells(((line, _in_order(found)) for line, found in some), [*PunchColumn])


def _in_order(members: Mapping[str, str]) -> list[str]:
    found = {COLUMN_WORDS.get(name.strip().lower()): cell for name, cell in members.items()}
    return [found.get(column, "") for column in PunchColumn]


def read_header(cells: Sequence[str]) -> list[PunchColumn | None]:
    """The columns that a header names; raises FileFault when user or time are not among them."""
    columns = [COLUMN_WORDS.get(cell.strip().lower()) for cell in cells[:MOST_CELLS]]
    known = [column for column in columns if column is not None]
    if len(known) > len(set(known)):
        raise FileFault("columns_twice", "表头中有两列是同一内容，请删去一列。")
    missing = [c for c in (PunchColumn.USER, PunchColumn.TIME) if c not in known]
    if missing:
        listed = "、".join(f"{column.label}（{column.value}）" for column in missing)
        raise FileFault(
            "missing_columns", f"第一行应为表头，缺少必需的列：{listed}；请补上后重新上传。"
        )
    return columns
