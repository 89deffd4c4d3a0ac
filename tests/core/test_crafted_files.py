"""Crafted files: refused in words, wherever they are uploaded, and the service goes on."""

import asyncio
import resource
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession
from tests.attendance_factories import make_clock
from tests.crafted_files import CRAFTED, CRAFTED_LINES, SPREAD, workbook
from tests.factories import Hall
from tests.imports_factories import checked, send_file, work
from tests.imports_factories import read as read_job
from tests.running_service import RunningService, headers_of, running_hall

from yimen.core.config import Settings
from yimen.core.dependencies import Context
from yimen.core.files import FileFault
from yimen.core.workbooks import SheetPiece, read_workbook
from yimen.domains.imports.enums import ImportKind

FILES = "/api/v1/imports"
SEEN_AT_THE_DOOR = (
    "a zip bomb in the sheet",
    "a zip bomb beside the sheet",
    "parts that overlap",
    "packed otherwise",
    "a macro",
    "a macro workbook",
    "entities in the workbook",
    "cut off",
    "a zip of something else",
    "a signature and nothing else",
    "an old or encrypted workbook",
)
MEGABYTE = 1024 * 1024


async def read(file: bytes) -> list[SheetPiece]:
    async with asyncio.timeout(60):  # so that a reader that hangs fails by name
        return [piece async for piece in read_workbook(file)]


async def test_an_honest_workbook_is_read_in_a_process_of_its_own() -> None:
    [piece] = await read(workbook(("710011", "2026-03-10 09:58:12", "0")))
    assert [list(row) for row in piece.rows] == [
        [1, ["考勤号", "打卡时间", "状态"]],
        [2, ["710011", "2026-03-10 09:58:12", "0"]],
    ]


async def test_cells_far_out_take_no_room() -> None:
    rows = [row for piece in await read(SPREAD) for row in piece.rows]
    assert [len(cells) for _, cells in rows] == [3, 3]


def replace_command(monkeypatch: pytest.MonkeyPatch, *command: str) -> None:
    """Start another process than the reader."""
    start = asyncio.create_subprocess_exec

    async def start_other(*_: str, **options: Any) -> asyncio.subprocess.Process:
        return await start(*command, **options)

    monkeypatch.setattr(asyncio, "create_subprocess_exec", start_other)


@pytest.mark.parametrize(
    "reading",
    ["iter(int, 1)", "[bytes(2 * reader.MOST_MEMORY)]", "os.kill(os.getpid(), 9)"],
    ids=["for ever", "more memory than there is", "killed"],
)
async def test_a_reading_that_exceeds_its_limits_is_told_of_in_words(
    monkeypatch: pytest.MonkeyPatch, reading: str
) -> None:
    script = (
        "import os, yimen.core.workbook_reading as reader;"
        f"reader.read_sheet = lambda file: {reading}; reader.main()"
    )
    replace_command(monkeypatch, sys.executable, "-c", script)
    with pytest.raises(FileFault) as refused:
        await read(workbook())
    assert refused.value.code == "xlsx_too_costly"


async def test_a_reader_that_nobody_listens_to_ends() -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    pieces = read_workbook(workbook(*[("1", "2026-03-10 09:58:12", "0")] * 30_000))
    await anext(pieces)
    await pieces.aclose()  # type: ignore[attr-defined]
    after = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    assert after > before  # it was waited for: only ended processes are counted


async def test_the_reader_knows_no_key(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    told = tmp_path / "environment"
    script = f"import os, pathlib; pathlib.Path({str(told)!r}).write_text(str(dict(os.environ)))"
    monkeypatch.setenv("YIMEN_JWT_SECRET", "x" * 40)
    replace_command(monkeypatch, sys.executable, "-c", script)
    with pytest.raises(FileFault):
        await read(workbook())
    assert "PYTHONPATH" in told.read_text()
    assert "YIMEN" not in told.read_text()


@pytest.mark.parametrize("kind", ["items", "staff", "punches"])
@pytest.mark.parametrize("name", [*CRAFTED, *CRAFTED_LINES])
async def test_a_crafted_file_of_rows_is_refused_at_the_door_or_said_to_be_unreadable(
    office: httpx.AsyncClient, context: Context, session: AsyncSession, name: str, kind: str
) -> None:
    await make_clock(session)
    file, code = (CRAFTED | CRAFTED_LINES)[name]
    sent = await send_file(office, kind, file, clock_number="K1")
    if sent.status_code == 422:
        told = [problem["code"] for problem in sent.json()["errors"]]
        assert sent.json()["detail"].endswith("。")
    else:
        await work(context, sent.json()["id"])
        job = await read_job(office, sent.json()["id"])
        assert job["state"] == "unreadable", job
        told = [job["fault_code"]]
        assert job["fault"].endswith("。")
    otherwise = {
        ("items", "a program"): "nul_bytes",
        ("staff", "a program"): "nul_bytes",
        ("punches", "objects beyond number"): "missing_columns",
    }
    assert told == [otherwise.get((kind, name), code)]


@pytest.mark.parametrize("kind", ImportKind)
@pytest.mark.parametrize("name", SEEN_AT_THE_DOOR)
async def test_what_is_seen_without_unpacking_a_sheet_is_refused_at_the_door(
    office: httpx.AsyncClient, hall: Hall, kind: ImportKind, name: str
) -> None:
    file, code = CRAFTED[name]
    reply = await send_file(office, kind, file, clock_number="K1")
    assert (reply.status_code, reply.json()["code"]) == (422, "import_file_faulty"), reply.text
    assert [problem["code"] for problem in reply.json()["errors"]] == [code]
    assert (await office.get("/api/v1/imports")).json()["items"] == []


async def test_a_log_of_one_endless_line_or_of_nothing_but_faults_is_refused(
    office: httpx.AsyncClient, context: Context, session: AsyncSession
) -> None:
    await make_clock(session)
    line = b"   710011\t2026-03-10 09:58:12\t1\t0\t1\t0\n"
    for more, code in (
        (b"\t" * 20_000_000, "line_too_long"),
        (b"x\n" * 200_000, "too_many_faults"),
    ):
        job = await checked(office, context, "punches", line + more, clock_number="K1")
        assert (job["state"], job["fault_code"]) == ("unreadable", code)


# --- a gigabyte


class Gigabyte:
    """A body that is told in pieces, and how much of it was asked for."""

    def __init__(self) -> None:
        self.sent = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while self.sent < 1024 * MEGABYTE:
            self.sent += 65_536
            yield bytes(65_536)


@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": str(uuid4())}])
async def test_a_gigabyte_in_pieces_is_refused_when_it_passes_the_limit(
    office: httpx.AsyncClient, settings: Settings, headers: dict[str, str]
) -> None:
    body = Gigabyte()
    form = {"Content-Type": "multipart/form-data; boundary=b"}
    head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'

    async def sent() -> AsyncIterator[bytes]:
        yield head
        async for piece in body:
            yield piece

    reply = await office.post(FILES, content=sent(), headers=form | headers)
    assert (reply.status_code, reply.json()["code"]) == (413, "body_too_large")
    assert body.sent <= settings.max_import_bytes + MEGABYTE


@pytest.fixture
async def running(
    new_database: Callable[[str], str], tmp_path: Path, settings: Settings
) -> AsyncIterator[tuple[RunningService, Hall]]:
    url = new_database("crafted")
    async with running_hall(url, tmp_path, settings) as (service, hall, database):
        async with database.transaction() as session:
            await make_clock(session)
        yield service, hall


async def announce_a_gigabyte(service: RunningService, hall: Hall) -> None:
    """And send none of it: it is refused before it comes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", service.port)
    headers = headers_of(hall.office) | {
        "Host": "127.0.0.1",
        "Content-Type": "multipart/form-data; boundary=b",
        "Content-Length": str(1024 * MEGABYTE),
    }
    said = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    writer.write(f"POST {FILES} HTTP/1.1\r\n{said}\r\n--b\r\n".encode())
    async with asyncio.timeout(30):
        assert (await reader.readline()).split()[1] == b"413"
        assert b'"code":"body_too_large"' in await reader.read()
    writer.close()


async def test_the_service_answers_others_while_it_refuses_what_is_crafted(
    running: tuple[RunningService, Hall],
) -> None:
    service, hall = running
    async with httpx.AsyncClient(
        base_url=service.base, trust_env=False, headers=headers_of(hall.office), timeout=120
    ) as client:
        at_once = asyncio.Semaphore(3)  # fewer than there are connections for

        async def upload(file: bytes) -> bool:
            async with at_once:
                sent = await client.post(
                    "/imports",
                    files={"file": ("a.xlsx", file)},
                    data={"kind": "punches", "clock_number": "K1"},
                    headers={"Idempotency-Key": str(uuid4())},
                )
                if sent.status_code == 422:
                    return True
                path, state = f"/imports/{sent.json()['id']}", "checking"
                while state == "checking":
                    await asyncio.sleep(0.1)
                    state = (await client.get(path)).json()["state"]
                return state == "unreadable"

        uploads = [asyncio.create_task(upload(file)) for file, _ in CRAFTED.values()]
        asked = 0
        while not all(task.done() for task in uploads):
            reply = await client.get(f"http://127.0.0.1:{service.port}/livez", timeout=30)
            assert reply.status_code == 200
            asked += 1
        assert all([await task for task in uploads])
    assert asked > 1
    await announce_a_gigabyte(service, hall)
