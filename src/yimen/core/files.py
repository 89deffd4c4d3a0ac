"""Files that people send: their text and their rows, with an end to what each may cost."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass

import orjson

LONGEST_CELL = 32_767
"""Characters; as many as a spreadsheet's cell can hold."""
LONGEST_ROW = 1024 * 1024
"""Characters of a row, over all its lines."""
MOST_LINES = 2_000_000
MOST_BLANK_LINES = 100_000
MOST_MEMBERS = 256
"""Of an object in JSON Lines."""

WORKBOOK = b"PK\x03\x04"
OLD_EXCEL = b"\xd0\xcf\x11\xe0"


@dataclass(eq=False, slots=True)
class FileFault(Exception):
    """The file as a whole cannot be read; ``detail`` is a sentence for whoever sent it.

    Not frozen, or it could not pass through a context manager, which sets its traceback.
    """

    code: str
    detail: str


def refuse_other_files(file: bytes) -> None:
    """Raise FileFault for what is empty, or is neither text nor an XLSX workbook."""
    if not file.strip():
        raise FileFault("empty_file", "文件是空的，请重新选择文件。")
    if file.startswith(OLD_EXCEL):
        raise FileFault(
            "old_excel", "这是旧版 Excel（.xls）或加了密码的文件，请另存为不加密的 .xlsx 后再上传。"
        )
    if file.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise FileFault("unknown_encoding", "文件是 UTF-16 编码，请另存为“CSV UTF-8”后再上传。")


def decode_text(file: bytes) -> str:
    """The text of a UTF-8 (with or without BOM) or GB18030 file; raises FileFault."""
    if b"\x00" in file:
        raise FileFault("nul_bytes", "文件中含有空字节，不是文本文件，请重新导出。")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return file.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise FileFault(
        "unknown_encoding", "文件既不是 UTF-8 也不是 GB18030 编码，请另存为“CSV UTF-8”后再上传。"
    )


def read_csv(text: str, *, delimiter: str = ",") -> Iterator[tuple[int, list[str]]]:
    """Each row with the line on which it begins, from 1; raises FileFault where it is no CSV."""
    csv.field_size_limit(LONGEST_CELL)
    lines = _Lines(text)
    rows = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        line = rows.line_num + 1
        lines.row_began_at = lines.position
        try:
            yield line, next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            raise FileFault("broken_csv", _explain(line, str(error))) from error
        except _RowTooLong:
            raise _too_long(line) from None


def read_lines(text: str) -> Iterator[tuple[int, str]]:
    """Each line with its number, from 1; raises FileFault for one that does not end."""
    lines = _Lines(text)
    while True:
        lines.row_began_at = lines.position
        try:
            content = next(lines)
        except StopIteration:
            return
        except _RowTooLong:
            raise _too_long(lines.count + 1) from None
        yield lines.count, content


def is_json_lines(file: bytes) -> bool:
    """Whether a file begins like JSON Lines, with an object."""
    return file[:1000].removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{")


def read_objects(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Each object of JSON Lines with its line, its values as text; raises FileFault."""
    for line, content in read_lines(text):
        if not content.strip():
            continue
        try:
            found = orjson.loads(content)
        except orjson.JSONDecodeError as error:
            detail = f"第 {line} 行不是有效的 JSON，应为每行一个对象。"
            raise FileFault("broken_json", detail) from error
        if not isinstance(found, dict):
            raise FileFault("broken_json", f"第 {line} 行不是 JSON 对象，应为每行一个对象。")
        if len(found) > MOST_MEMBERS:
            raise FileFault("too_many_columns", f"第 {line} 行超过 {MOST_MEMBERS} 项。")
        yield line, {name: _as_cell(value, line) for name, value in found.items()}


def _as_cell(value: object, line: int) -> str:
    match value:
        case None:
            return ""
        case bool():
            cell = "是" if value else "否"
        case str() | int() | float():
            cell = str(value)
        case list() if all(isinstance(entry, str) for entry in value):
            cell = "|".join(value)
        case _:
            raise FileFault("nested_json", f"第 {line} 行有嵌套的内容，请改写为文字或文字的列表。")
    if len(cell) > LONGEST_CELL:
        raise FileFault("cell_too_long", f"第 {line} 行有一项超过 {LONGEST_CELL} 个字符。")
    return cell


def _too_long(line: int) -> FileFault:
    return FileFault(
        "row_too_long",
        f"第 {line} 行起的一行超过 {LONGEST_ROW // 1024} KB，请检查换行和引号是否正确。",
    )


def _explain(line: int, reason: str) -> str:
    if "field larger" in reason:
        return f"第 {line} 行起的单元格超过 {LONGEST_CELL} 个字符，请检查引号是否成对。"
    return f"第 {line} 行起不是有效的 CSV，请检查引号是否成对、引号后面是否多了文字。"


class _RowTooLong(Exception):
    """A row would not end."""


_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)?")


class _Lines:
    """The lines of a text, one at a time, none of them copied before it is asked for."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.row_began_at = 0
        self.count = 0
        self.blank = 0

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        start, last = self.position, self.row_began_at + LONGEST_ROW
        if start >= len(self.text):
            raise StopIteration
        found = _LINE.match(self.text, start, last + 1)
        assert found is not None
        if found.end() > last:
            raise _RowTooLong
        self.position = found.end()
        self.count += 1
        self.blank += found[0].isspace()
        if self.count > MOST_LINES or self.blank > MOST_BLANK_LINES:
            raise FileFault("too_many_lines", "文件的行或空行过多，请删去空行、拆开后分次导入。")
        return found[0]
