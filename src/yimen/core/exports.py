"""Every list as a file: the same list, page by page, when ``Accept`` asks for CSV or XLSX.

Each page is the very reply that a client would get that asks for it: who may see what, what is
masked and what is filtered is asked once, by the list. No connection is held between two pages,
however slowly somebody reads. A list without pages is one reply.
"""

import asyncio
import csv
import io
import re
import tempfile
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from typing import Any, get_args, get_origin
from urllib.parse import parse_qsl, quote, urlencode

import orjson
import xlsxwriter
from fastapi import Request, Response
from fastapi.responses import StreamingResponse
from fastapi.routing import request_response
from pydantic import BaseModel
from starlette.types import ASGIApp, Message, Scope

from yimen.core.audit import record_audit
from yimen.core.clock import hall_day
from yimen.core.dependencies import get_context, read_clock
from yimen.core.downloads import XLSX_TYPE
from yimen.core.export_columns import Cell, CellKind, Column, columns_of, show
from yimen.core.pagination import Paging

Handler = Callable[[Request], Coroutine[Any, Any, Response]]

ROWS_AT_ONCE = 200
BYTES_AT_ONCE = 65_536
LAST_ROW = 1_048_575
"""Of an XLSX sheet, from 0; more rows go on in another sheet."""
LONGEST_CELL = 32_767
FIRST_EXCEL_DAY = date(1900, 3, 1)
"""Before it Excel counts a day that there never was."""
MOST_EXACT_DIGITS = 15
BYTE_ORDER_MARK = "\ufeff"
"""Without it Excel takes UTF-8 for the encoding of the country."""
FORMULA_SIGNS = tuple("=+-@\t\r\n＝＋－＠")
"""What a spreadsheet may take a cell for a formula by, if it begins so (OWASP, CSV injection)."""
YEAR_OR_MONTH = re.compile(r"[0-9]{4}(-[0-9]{2})?")
NUMBER_OF_A_PERSON = re.compile(r"(?<![\w-])[0-9]{11,17}[0-9Xx]?(?![\w-])")


class ExportFormat(StrEnum):
    """What a list may be exported as."""

    CSV = "csv"
    XLSX = "xlsx"

    @property
    def media_type(self) -> str:
        return _MEDIA_TYPES[self]


_MEDIA_TYPES = {
    ExportFormat.CSV: "text/csv",
    ExportFormat.XLSX: XLSX_TYPE,
}
_JSON = ("application/json", "application/*", "*/*")


class ExportCutOff(Exception):
    """A page beyond the first could not be read; the connection is cut, so that it shows."""


@dataclass(frozen=True)
class Listed:
    """What a reply lists, and where in it that lies."""

    model: type[BaseModel]
    reply: type[BaseModel] | None = None
    """None where the reply is nothing but the list."""
    member: str | None = None
    """Of the reply."""
    paging: Paging | None = None

    def rows(self, reply: Any) -> Sequence[Mapping[str, Any]]:
        """The rows of a reply."""
        rows: Sequence[Mapping[str, Any]] = reply if self.member is None else reply[self.member]
        return rows

    def next_of(self, reply: Any) -> str | None:
        """Where the next page begins; none after the last, and where there are no pages."""
        return None if self.paging is None else self.paging.next_of(reply)

    @cached_property
    def columns(self) -> Sequence[Column]:
        return columns_of(self.model)

    def example(self) -> str:
        """The CSV of the list's example, for the contract."""
        replies = _examples(self.reply) if self.reply else []
        rows = _examples(self.model)[:1] or [row for reply in replies for row in self.rows(reply)]
        return _csv_text([[column.heading for column in self.columns]]) + _csv_text(
            [column.read(row) for column in self.columns] for row in rows
        )

    def contents(self) -> dict[str, Any]:
        """The media types that the contract names beside JSON."""
        what = "整个列表" if self.member in (None, "items") else f"{self.member} 的各行"
        return {
            ExportFormat.CSV.media_type: {
                "schema": {
                    "type": "string",
                    "description": f"{what}，UTF-8（带 BOM），首行为表头",
                },
                "example": self.example(),
            },
            ExportFormat.XLSX.media_type: {
                "schema": {
                    "type": "string",
                    "format": "binary",
                    "description": f"{what}，Excel 工作簿",
                },
                "example": "（工作簿）",
            },
        }


def listed(response_model: object) -> Listed | None:
    """What a reply lists: it is a list, or has one in ``items`` or where its ``rows_in`` says."""
    if not isinstance(response_model, type) or not issubclass(response_model, BaseModel):
        model = _row_model(response_model)
        return Listed(model) if model else None
    member: str = getattr(response_model, "rows_in", "items")
    field = response_model.model_fields.get(member)
    model = _row_model(field.annotation) if field else None
    paging = getattr(response_model, "paging", None)
    return Listed(model, response_model, member, paging) if model else None


def _row_model(annotation: object) -> type[BaseModel] | None:
    """What there is a list of, if of documents."""
    if get_origin(annotation) is not list:
        return None
    [row] = get_args(annotation)
    return row if isinstance(row, type) and issubclass(row, BaseModel) else None


def _examples(model: type[BaseModel]) -> list[Any]:
    extra: Any = model.model_config.get("json_schema_extra") or {}
    examples: list[Any] = extra.get("examples", [])
    return examples


def file_contents(response_model: object) -> dict[str, Any]:
    """The media types of a list's files, for its success reply; none where nothing is listed."""
    found = listed(response_model)
    return {} if found is None else found.contents()


def asked_format(scope: Scope) -> ExportFormat | None:
    """The file that ``Accept`` prefers to JSON; whatever else it names, JSON is served."""
    for name, value in scope["headers"]:
        if name == b"accept":
            accept = value.lower()  # asked on every list: what names no file is not taken apart
            is_named = b"csv" in accept or b"spreadsheetml" in accept
            return _preferred(accept.decode("latin-1")) if is_named else None
    return None


def _preferred(accept: str) -> ExportFormat | None:
    """Of those named with the greatest weight, the first; what weighs nothing is not wanted."""
    wanted: ExportFormat | None = None
    most = 0.0
    for entry in accept.split(","):
        kind, *parameters = [part.strip() for part in entry.split(";")]
        form = next((one for one in ExportFormat if one.media_type == kind), None)
        weight = _weight(parameters)
        if (form is not None or kind in _JSON) and weight > most:
            wanted, most = form, weight
    return wanted


def _weight(parameters: Sequence[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return float(value)
            except ValueError:
                return 0
    return 1


@dataclass(frozen=True)
class ExportedList:
    """A list that can be had as a file."""

    listed: Listed
    summary: str
    path: str
    leaves_trace: bool = True
    """Whether it is audited who took it out."""

    @property
    def title(self) -> str:
        """``办件列表``: the summary without what it adds."""
        return re.split("[（，：]", self.summary)[0]

    @property
    def name(self) -> str:
        """``cases-timeline``: the words of the path."""
        return "-".join(re.findall(r"(?<=/)[a-z-]+", self.path))

    def handler(self, handle: Handler) -> Handler:
        """The handler of the list, which answers with a file where one is asked for."""
        page = request_response(handle)

        async def answer(request: Request) -> Response:
            form = asked_format(request.scope)
            return await (handle(request) if form is None else self.export(request, page, form))

        return answer

    async def export(self, request: Request, page: ASGIApp, form: ExportFormat) -> Response:
        """The whole list; or the reply to its first page where that is a problem."""
        now = await read_clock(request)
        pages = _Pages(request, page, self.listed)
        first = await pages.first()
        if first.status != 200:
            return Response(first.body, first.status, first.headers)
        if self.leaves_trace:
            await self._record(request, pages, form)
        headers = {"Content-Disposition": self._attachment(request, f"{hall_day(now)}.{form}")}
        if "etag" in first.headers:
            headers["ETag"] = first.headers["etag"]
        content: AsyncIterator[str] | AsyncIterator[bytes]
        if form is ExportFormat.CSV:
            content = _csv_content(self.listed.columns, pages.rows(first))
            media_type = "text/csv; charset=utf-8; header=present"
        else:
            size, content = await _xlsx_content(self.title, self.listed.columns, pages.rows(first))
            media_type = form.media_type
            headers["Content-Length"] = str(size)
        return StreamingResponse(content, headers=headers, media_type=media_type)

    async def _record(self, request: Request, pages: "_Pages", form: ExportFormat) -> None:
        path = request.url.path.removeprefix(request.scope.get("root_path", ""))
        filters = [[name, NUMBER_OF_A_PERSON.sub("***", value)] for name, value in pages.filters]
        async with get_context(request).database.transaction() as session:
            await record_audit(
                session,
                caller=pages.actor,
                nobody="public",
                action="list.export",
                subject_type="list",
                subject_id=path,
                new={"format": form.value, "filters": filters},
            )

    def _attachment(self, request: Request, ending: str) -> str:
        """RFC 6266: a name in ASCII, and one in Chinese for those that read it."""
        asked = [str(one) for one in request.path_params.values()]
        when = "，".join(one for one in asked if YEAR_OR_MONTH.fullmatch(one))
        full = quote(f"{self.title}（{when}）-{ending}" if when else f"{self.title}-{ending}")
        return f"attachment; filename=\"{self.name}-{ending}\"; filename*=UTF-8''{full}"


# --- pages


@dataclass(frozen=True, slots=True)
class _Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def document(self) -> Any:
        return orjson.loads(self.body)


class _Pages:
    """Asks the list for its pages, as a client would."""

    def __init__(self, request: Request, page: ASGIApp, listed: Listed) -> None:
        self.request = request
        self.page = page
        self.listed = listed
        query = parse_qsl(request.scope["query_string"].decode("latin-1"), keep_blank_values=True)
        passed_over = listed.paging.passed_over if listed.paging else ()
        self.filters = [(name, value) for name, value in query if name not in passed_over]
        self.actor: Any = None

    async def first(self) -> _Reply:
        """The first page, or why there is none."""
        return await self._ask()

    async def rows(self, first: _Reply) -> AsyncIterator[Sequence[Mapping[str, Any]]]:
        """The rows of the first page and of all that follow; raises ExportCutOff."""
        document = first.document
        yield self.listed.rows(document)
        while (begins_at := self.listed.next_of(document)) is not None:
            reply = await self._ask(begins_at)
            if reply.status != 200:
                raise ExportCutOff(f"a page answered {reply.status}")
            document = reply.document
            yield self.listed.rows(document)

    def _query(self, begins_at: str | None) -> list[tuple[str, str]]:
        paging = self.listed.paging
        if paging is None:
            return self.filters
        query = [*self.filters, ("limit", str(ROWS_AT_ONCE))]
        if begins_at is None:
            return query
        return [
            *(one for one in query if one[0] != paging.parameter),
            (paging.parameter, begins_at),
        ]

    async def _ask(self, begins_at: str | None = None) -> _Reply:
        query = self._query(begins_at)
        scope = {**self.request.scope, "query_string": urlencode(query).encode()}
        scope.pop("yimen.actor", None)  # who asks is asked anew for each page
        status, headers, body = 500, [], []

        async def send(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers.extend(message["headers"])
            else:
                body.append(message.get("body", b""))

        await self.page(scope, self.request.receive, send)
        self.actor = scope.get("yimen.actor")
        shown = {name.decode(): value.decode("latin-1") for name, value in headers}
        return _Reply(status, shown, b"".join(body))


# --- CSV


async def _csv_content(
    columns: Sequence[Column], pages: AsyncIterator[Sequence[Mapping[str, Any]]]
) -> AsyncIterator[str]:
    yield BYTE_ORDER_MARK + _csv_text([[column.heading for column in columns]])
    async for rows in pages:
        if rows:
            yield _csv_text([column.read(row) for column in columns] for row in rows)


def _csv_text(rows: Iterable[Sequence[Cell]]) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    for row in rows:
        writer.writerow([harmless(cell) if isinstance(cell, str) else show(cell) for cell in row])
    return text.getvalue()


def harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula: an apostrophe in front of what it might."""
    return f"'{text}" if text.startswith(FORMULA_SIGNS) else text


# --- XLSX


async def _xlsx_content(
    title: str,
    columns: Sequence[Column],
    pages: AsyncIterator[Sequence[Mapping[str, Any]]],
) -> tuple[int, AsyncIterator[bytes]]:
    """The size of the workbook and its bytes, from a file that goes when they are read."""
    with ExitStack() as stack:
        file = stack.enter_context(tempfile.TemporaryFile())
        with tempfile.TemporaryDirectory() as folder:
            book = _Workbook(file, folder, title, columns)
            async for rows in pages:
                await asyncio.to_thread(book.write, rows)
            size = await asyncio.to_thread(book.close)
        kept = stack.pop_all()

    async def content() -> AsyncIterator[bytes]:
        with kept:
            while block := await asyncio.to_thread(file.read, BYTES_AT_ONCE):
                yield block

    return size, content()


class _Workbook:
    """A workbook that is written row by row; no text of it is taken for a formula or a link."""

    def __init__(self, file: Any, folder: str, title: str, columns: Sequence[Column]) -> None:
        self.file = file
        self.columns = columns
        self.title = re.sub(r"[\[\]:*?/\\]", "", title)[:25]
        options = {
            "constant_memory": True,
            "tmpdir": folder,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        }
        self.book = xlsxwriter.Workbook(file, options)
        self.head = self.book.add_format({"bold": True, "bottom": 1})
        self.text = self.book.add_format({"num_format": "@"})
        self.day = self.book.add_format({"num_format": "yyyy-mm-dd"})
        self.instant = self.book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self._begin_sheet()

    def _begin_sheet(self) -> None:
        number = len(self.book.worksheets()) + 1
        name = self.title if number == 1 else f"{self.title} {number}"
        self.sheet = self.book.add_worksheet(name)
        for place, column in enumerate(self.columns):
            width = 20 if column.kind in (CellKind.INSTANT, CellKind.LIST) else 14
            self.sheet.set_column(place, place, width)
            self.sheet.write_string(0, place, column.heading, self.head)
        self.sheet.freeze_panes(1, 0)
        self.row = 0

    def write(self, rows: Sequence[Mapping[str, Any]]) -> None:
        for row in rows:
            if self.row == LAST_ROW:
                self._begin_sheet()
            self.row += 1
            for place, column in enumerate(self.columns):
                self._write_cell(place, column.read(row))

    def _write_cell(self, place: int, cell: Cell) -> None:
        match cell:
            case None:
                return
            case datetime() if cell.date() >= FIRST_EXCEL_DAY:
                self.sheet.write_datetime(self.row, place, cell, self.instant)
            case date() if not isinstance(cell, datetime) and cell >= FIRST_EXCEL_DAY:
                self.sheet.write_datetime(self.row, place, cell, self.day)
            case int() | float() | Decimal() if abs(cell) < 10**MOST_EXACT_DIGITS:
                self.sheet.write_number(self.row, place, cell)
            case _:
                self.sheet.write_string(self.row, place, show(cell)[:LONGEST_CELL], self.text)

    def close(self) -> int:
        """Finish the file; its size in bytes, and the file at its beginning."""
        self.book.close()
        size: int = self.file.seek(0, io.SEEK_END)
        self.file.seek(0)
        return size
