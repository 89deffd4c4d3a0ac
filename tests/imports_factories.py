"""Files to import, in every form, and the worker that gets on with them."""

import io
import json
from collections.abc import Sequence
from itertools import count
from typing import Any
from uuid import UUID

import httpx
import openpyxl
import xlsxwriter

from yimen import registry
from yimen.core.dependencies import Context
from yimen.domains.imports.service_files import RUN

IMPORTS = "/api/v1/imports"
_keys = count()

Rows = Sequence[Sequence[str]]


def as_csv(rows: Rows, encoding: str = "utf-8") -> bytes:
    return "".join(
        ",".join('"' + cell.replace('"', '""') + '"' for cell in row) + "\r\n" for row in rows
    ).encode(encoding)


def as_xlsx(rows: Rows) -> bytes:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        sheet = book.add_worksheet()
        for place, row in enumerate(rows):
            for column, cell in enumerate(row):
                sheet.write_string(place, column, cell)
    return content.getvalue()


def as_json_lines(rows: Rows) -> bytes:
    header, *lines = rows
    return "".join(
        json.dumps(dict(zip(header, row, strict=True)), ensure_ascii=False) + "\n" for row in lines
    ).encode()


FORMS = {
    "csv": as_csv,
    "gb18030": lambda rows: as_csv(rows, "gb18030"),
    "xlsx": as_xlsx,
    "json_lines": as_json_lines,
}


def cells_of(workbook: bytes) -> list[list[str]]:
    """The first sheet of a workbook that we made, as text."""
    sheet = openpyxl.load_workbook(io.BytesIO(workbook), read_only=True).worksheets[0]
    return [
        ["" if cell is None else str(cell) for cell in row]
        for row in sheet.iter_rows(values_only=True)
    ]


async def send_file(
    client: httpx.AsyncClient,
    kind: str,
    file: bytes,
    *,
    key: str | None = None,
    name: str = "file",
    **options: str,
) -> httpx.Response:
    return await client.post(
        IMPORTS,
        files={"file": (name, file)},
        data={"kind": kind, **options},
        headers={"Idempotency-Key": key or f"file-{next(_keys)}"},
    )


async def work(context: Context, job_id: str) -> None:
    """Do what the queued job of a file does."""
    await registry.QUEUED_WORK[RUN](context, job_id)


async def read(client: httpx.AsyncClient, job_id: str) -> dict[str, Any]:
    reply = await client.get(f"{IMPORTS}/{UUID(job_id)}")
    assert reply.status_code == 200, reply.text
    found: dict[str, Any] = reply.json()
    return found


async def checked(
    client: httpx.AsyncClient, context: Context, kind: str, file: bytes, **options: str
) -> dict[str, Any]:
    """A file that was sent and tried."""
    reply = await send_file(client, kind, file, **options)
    assert reply.status_code == 201, reply.text
    assert reply.json()["state"] == "checking"
    await work(context, reply.json()["id"])
    return await read(client, reply.json()["id"])


async def order(
    client: httpx.AsyncClient, job: dict[str, Any], *, skip_faulty: bool = False
) -> httpx.Response:
    return await client.post(
        f"{IMPORTS}/{job['id']}/apply",
        json={"skip_faulty": skip_faulty},
        headers={"If-Match": f'"{job["version"]}"'},
    )


async def applied(
    client: httpx.AsyncClient,
    context: Context,
    kind: str,
    file: bytes,
    *,
    skip_faulty: bool = False,
    **options: str,
) -> dict[str, Any]:
    """A file that was sent, tried and taken over."""
    job = await checked(client, context, kind, file, **options)
    reply = await order(client, job, skip_faulty=skip_faulty)
    assert reply.status_code == 200, reply.text
    await work(context, job["id"])
    return await read(client, job["id"])


def counts(job: dict[str, Any]) -> tuple[int, int, int, int]:
    """Created, changed, unchanged, refused."""
    return (
        job["created_count"],
        job["changed_count"],
        job["unchanged_count"],
        job["refused_count"],
    )


async def rows_of(
    client: httpx.AsyncClient, job: dict[str, Any], **query: Any
) -> list[dict[str, Any]]:
    reply = await client.get(f"{IMPORTS}/{job['id']}/rows", params={"limit": 200, **query})
    assert reply.status_code == 200, reply.text
    found: list[dict[str, Any]] = reply.json()["items"]
    return found


async def faults_of(client: httpx.AsyncClient, job: dict[str, Any]) -> list[tuple[int, str]]:
    """Line and code of every fault."""
    return [
        (row["line"], reason["code"])
        for row in await rows_of(client, job, state="refused")
        for reason in row["reasons"]
    ]
