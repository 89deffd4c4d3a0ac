"""Touches in the first sheet of a workbook, whose first row is the header."""

from collections.abc import Sequence
from datetime import date, timedelta

from yimen.core.workbook_reading import SheetPiece
from yimen.domains.attendance.enums import PunchColumn
from yimen.domains.attendance.rules_files import ReadPiece, TouchReader, read_header

PAST_THE_LAST_DAY = 2_957_004
"""A serial number beyond the year 9999, from whichever day it counts."""

_DAY_SECONDS = 86_400


class SheetReader:
    """Reads the pieces of a sheet one after the other; raises FileFault for a faulty header."""

    def __init__(self, reader: TouchReader) -> None:
        self.reader = reader
        self.columns: Sequence[PunchColumn | None] | None = None
        self.dates: _Dates | None = None

    def read(self, piece: SheetPiece) -> ReadPiece:
        rows = piece.rows
        if self.columns is None or self.dates is None:
            self.columns = read_header(rows[0][1])
            self.dates = _Dates(piece.first_day)
            rows = rows[1:]
        return self.reader.read_cells(rows, self.columns, self.dates.read)


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
