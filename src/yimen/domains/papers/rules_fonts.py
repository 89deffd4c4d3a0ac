"""Which signs a font file can show, read from its character map (OpenType ``cmap``)."""

import struct
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol


class Bytes(Protocol):
    """A file's content: bytes, or a mapped file of which little is read."""

    def __getitem__(self, place: slice, /) -> bytes: ...


class NotAFont(ValueError):
    """The file is no font of a form that is known, or is broken."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """Code points with a glyph, as sorted ranges."""

    starts: tuple[int, ...]
    ends: tuple[int, ...]
    """Inclusive."""

    def __contains__(self, point: int) -> bool:
        place = bisect_right(self.starts, point) - 1
        return place >= 0 and point <= self.ends[place]


_NEEDS_NO_GLYPH = (
    (0x00, 0x20), (0xAD, 0xAD), (0x034F, 0x034F), (0x180B, 0x180F), (0x200B, 0x200F),
    (0x2028, 0x202E), (0x2060, 0x206F), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF), (0xE0000, 0xE0FFF),
)  # fmt: skip
"""Blanks, joiners, direction marks, variation selectors: nothing is drawn for them."""


def points_to_draw(texts: Iterable[str]) -> set[int]:
    """The code points of texts that need a glyph."""
    points = {ord(sign) for text in texts for sign in text}
    return {
        point for point in points if not any(low <= point <= high for low, high in _NEEDS_NO_GLYPH)
    }


def read_coverage(file: Bytes, index: int = 0) -> Coverage:
    """The signs of a face of a font file, the ``index``-th of a collection; raises NotAFont."""
    try:
        ranges = sorted(_ranges(file, _find_cmap(file, index)))
    except (struct.error, IndexError) as error:
        raise NotAFont from error
    starts: list[int] = []
    ends: list[int] = []
    for start, end in ranges:
        if ends and start <= ends[-1] + 1:
            ends[-1] = max(ends[-1], end)
        else:
            starts.append(start)
            ends.append(end)
    return Coverage(tuple(starts), tuple(ends))


def _find_cmap(file: Bytes, index: int) -> int:
    start = 0
    if file[0:4] == b"ttcf":
        (start,) = struct.unpack(">I", file[12 + 4 * index : 16 + 4 * index])
    (count,) = struct.unpack(">H", file[start + 4 : start + 6])
    for place in range(start + 12, start + 12 + 16 * count, 16):
        tag, _, offset, _ = struct.unpack(">4sIII", file[place : place + 16])
        if tag == b"cmap":
            return int(offset)
    raise NotAFont


def _ranges(file: Bytes, cmap: int) -> Iterator[tuple[int, int]]:
    (count,) = struct.unpack(">H", file[cmap + 2 : cmap + 4])
    tables = []
    for place in range(cmap + 4, cmap + 4 + 8 * count, 8):
        platform, encoding, offset = struct.unpack(">HHI", file[place : place + 8])
        if platform != 0 and (platform, encoding) not in ((3, 1), (3, 10)):
            continue  # not Unicode
        table = cmap + offset
        tables.append((*struct.unpack(">H", file[table : table + 2]), table))
    by_groups = [table for form, table in tables if form == 12]
    for table in by_groups:
        yield from _by_groups(file, table)
    if by_groups:
        return  # they hold all that the older form holds, which has the first plane only
    for form, table in tables:
        if form == 4:
            yield from _by_segments(file, table)


def _by_groups(file: Bytes, table: int) -> Iterator[tuple[int, int]]:
    (count,) = struct.unpack(">I", file[table + 12 : table + 16])
    groups = file[table + 16 : table + 16 + 12 * count]
    for start, end, glyph in struct.iter_unpack(">III", groups):
        first = start + (glyph == 0)  # glyph 0 is the empty box
        if first <= end <= 0x10FFFF:
            yield first, end


def _by_segments(file: Bytes, table: int) -> Iterator[tuple[int, int]]:
    length, _, doubled = struct.unpack(">HHH", file[table + 2 : table + 8])
    data = file[table : table + length]
    count = doubled // 2
    shape = f">{count}H"
    ends = struct.unpack_from(shape, data, 14)
    starts = struct.unpack_from(shape, data, 16 + doubled)
    deltas = struct.unpack_from(shape, data, 16 + 2 * doubled)
    offsets_at = 16 + 3 * doubled
    offsets = struct.unpack_from(shape, data, offsets_at)
    for place in range(count):
        start, end, delta, offset = starts[place], ends[place], deltas[place], offsets[place]
        for point in range(start, end + 1):
            if offset == 0:
                glyph = (point + delta) & 0xFFFF
            else:
                at = offsets_at + 2 * place + offset + 2 * (point - start)
                if at + 2 > len(data):
                    continue
                (glyph,) = struct.unpack_from(">H", data, at)
            if glyph and point != 0xFFFF:
                yield point, point
