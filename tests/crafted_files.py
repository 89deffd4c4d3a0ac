"""Files made to hurt whoever reads them, each a few kilobytes to a few megabytes."""

import io
import zipfile
from collections.abc import Callable
from zipfile import ZIP_BZIP2, ZIP_DEFLATED

import xlsxwriter

HEADER = ("考勤号", "打卡时间", "状态")
SHEET = "xl/worksheets/sheet1.xml"
STRINGS = "xl/sharedStrings.xml"
BOOK = "xl/workbook.xml"
KINDS = "[Content_Types].xml"

ENTITIES = (
    "<!DOCTYPE x ["
    + "".join(f'<!ENTITY e{n + 1} "{f"&e{n};" * 10}">' for n in range(9))
    + '<!ENTITY e0 "ha">]>'
)


def workbook(*rows: tuple[str, ...]) -> bytes:
    """An honest one, with shared strings."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate((HEADER, *rows)):
            sheet.write_row(number, 0, row)
    return content.getvalue()


def rewritten(
    changes: dict[str, Callable[[bytes], bytes]],
    *,
    more: dict[str, bytes] | None = None,
    times: int = 1,
    packed_by: int = ZIP_DEFLATED,
) -> bytes:
    """A workbook with parts changed and added, each listed so many times."""
    result = io.BytesIO()
    honest = workbook(("710011", "2026-03-10 09:58:12", "0"))
    with zipfile.ZipFile(io.BytesIO(honest)) as old, zipfile.ZipFile(result, "w", packed_by) as new:
        parts = {name: old.read(name) for name in old.namelist()}
        for name, part in (parts | (more or {})).items():
            new.writestr(name, changes.get(name, bytes)(part))
        new.filelist *= times  # the directory names each part again, at the same place
    return result.getvalue()


def with_rows(rows: str) -> Callable[[bytes], bytes]:
    """Puts rows behind those of the sheet."""
    return lambda part: part.replace(b"</sheetData>", rows.encode() + b"</sheetData>")


def before_root(text: str) -> Callable[[bytes], bytes]:
    """Puts text between the XML declaration and the root."""
    return lambda part: part.replace(b"?>", b"?>" + text.encode(), 1)


FAR_ROW = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'

CRAFTED: dict[str, tuple[bytes, str]] = {
    "malformed XML": (rewritten({SHEET: with_rows('<row r="3"><c r="A3"><v')}), "broken_xlsx"),
    "cells & nothing": (
        rewritten({SHEET: with_rows('<row r="3"><c r="A3"><v>&</v></c></row>')}),
        "broken_xlsx",
    ),
    "a row that never ends": (
        rewritten({SHEET: with_rows(" " * 3_000_000 + "<row></row>")}),
        "xlsx_too_large",
    ),
    "a string that is not there": (
        rewritten({SHEET: with_rows('<row r="3"><c r="A3" t="s"><v>99</v></c></row>')}),
        "broken_xlsx",
    ),
    "the number of a string, of ten thousand digits": (
        rewritten({SHEET: with_rows(f'<row r="3"><c r="A3" t="s"><v>{"9" * 9999}</v></c></row>')}),
        "broken_xlsx",
    ),
    "one string shown seventy thousand times": (
        rewritten(
            {
                STRINGS: lambda part: part.replace("状态".encode(), "态".encode() * 30_000),
                SHEET: with_rows('<row r="3"><c r="A3" t="s"><v>2</v></c></row>' * 70_000),
            }
        ),
        "xlsx_too_large",
    ),
    "entities in the workbook": (rewritten({BOOK: before_root(ENTITIES)}), "broken_xlsx"),
    "entities in the sheet": (rewritten({SHEET: before_root(ENTITIES)}), "broken_xlsx"),
    "entities in the strings": (rewritten({STRINGS: before_root(ENTITIES)}), "broken_xlsx"),
    "a file of the server's as an entity": (
        rewritten({BOOK: before_root('<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>')}),
        "broken_xlsx",
    ),
    "UTF-16": (rewritten({SHEET: lambda p: p.decode().encode("utf-16")}), "broken_xlsx"),
    "a zip bomb in the sheet": (
        rewritten({SHEET: with_rows("<row><c/></row>" * 4_000_000)}),
        "xlsx_too_large",
    ),
    "a zip bomb beside the sheet": (
        rewritten({}, more={"xl/media/image1.png": bytes(60_000_000)}),
        "xlsx_too_large",
    ),
    "parts that overlap": (
        rewritten({}, more={"xl/media/image1.png": bytes(1_000_000)}, times=1_000),
        "xlsx_too_large",
    ),
    "packed otherwise": (rewritten({}, packed_by=ZIP_BZIP2), "broken_xlsx"),
    "a macro": (rewritten({}, more={"xl/vbaProject.bin": b"macro"}), "workbook_has_macros"),
    "a macro workbook": (
        rewritten(
            {
                KINDS: lambda part: part.replace(
                    b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
                    b"application/vnd.ms-excel.sheet.macroEnabled.main+xml",
                )
            }
        ),
        "workbook_has_macros",
    ),
    "cut off": (workbook()[:-300], "broken_xlsx"),
    "a zip of something else": (
        rewritten({BOOK: lambda part: b"<html/>"}),
        "broken_xlsx",
    ),
    "a signature and nothing else": (b"PK\x03\x04" + bytes(5_000), "broken_xlsx"),
    "an old or encrypted workbook": (b"\xd0\xcf\x11\xe0" + bytes(5_000), "old_excel"),
    "a row of thirty million cells": (
        f"{','.join(HEADER)}\n".encode() + b"," * 30_000_000,
        "row_too_long",
    ),
    "quotes that never close": (b'"a\n' + b'b","c\n' * 1_000_000, "row_too_long"),
    "nothing but ends of lines": (
        f"{','.join(HEADER)}\n".encode() + b"\n" * 30_000_000,
        "too_many_lines",
    ),
    "a program": (b"MZ" + bytes(range(256)) * 100, "unknown_encoding"),
}
"""Each with the code of its refusal."""

SPREAD = rewritten({SHEET: with_rows(FAR_ROW * 60_000)})
"""Sixty thousand rows that each have a cell in the last column: read, without room for the rest."""

CRAFTED_LINES: dict[str, tuple[bytes, str]] = {
    "objects beyond number": (b'{"a":1}\n' * 3_000_000, "too_many_rows"),
    "an object that never ends": (b'{"a":"' + b"x" * 30_000_000, "row_too_long"),
    "an object of very many members": (
        b"{" + b",".join(b'"%d":1' % n for n in range(50_000)) + b"}\n",
        "too_many_columns",
    ),
    "members within each other": (b'{"a":' * 100_000 + b"\n", "broken_json"),
}
"""The same as JSON Lines."""
