"""Lists as files: every one of them, for everybody, and what the cells hold."""

import asyncio
import csv
import gc
import io
import tracemalloc
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any
from urllib.parse import quote

import httpx
import openpyxl
import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from pydantic import BaseModel, Field
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.types import Message
from tests.access import Ask, World, send
from tests.cases_factories import PHONE, RESIDENT_ID, take_in
from tests.catalog_factories import Items
from tests.conftest import SetClock, SignIn
from tests.export_scenes import WITH_ROWS
from tests.factories import Hall, make_department, make_hall
from tests.test_access import SCENES, routes, undone
from tests.test_access import world as a_world

from yimen.core.audit import AuditEntry
from yimen.core.config import Settings
from yimen.core.database import Database
from yimen.core.dependencies import Context
from yimen.core.errors import CATALOGUE
from yimen.core.export_columns import CellKind, columns_of, heading_of
from yimen.core.exports import (
    ExportCutOff,
    ExportFormat,
    Listed,
    asked_format,
    harmless,
    listed,
)
from yimen.core.headings import NUMBERS_IN_TEXT
from yimen.core.schemas import Instant
from yimen.domains.accounts.models import LoginSession
from yimen.domains.cases.enums import CaseState
from yimen.domains.organisation.models import StaffMember

CSV, XLSX = (form.media_type for form in ExportFormat)
LISTS: dict[str, Listed] = {
    name: found
    for name, route, _ in routes()
    if name.startswith("GET ") and (found := listed(route.response_model)) is not None
}
OF_ONE_THING = {
    "GET /auth/me": {"windows"},
    "GET /calendar/status": {"warnings"},
    "GET /service-items/{item_id}": {"missing_disclosures", "to_complete", "windows"},
    "GET /service-items/{item_id}/versions/{version_no}": {
        "missing_disclosures",
        "to_complete",
        "windows",
    },
    "GET /public/guides/{item_id}": {"charges", "disclosures", "hours", "materials", "windows"},
    "GET /attendance/days/{staff_id}/{day}": {"changes", "correctable", "halves"},
    "GET /webhooks/{webhook_id}/deliveries/{delivery_id}": {"tries"},
    # several tables, each of which is a list of its own elsewhere
    "GET /rejections/{rejection_id}/archive": {"events", "materials", "papers"},
    "GET /public/awards/{year}": {"stars", "windows"},
}
"""Replies about one thing of which they tell in short lists, too; they are no files."""
DEPARTMENTS, STAFF = "/api/v1/departments", "/api/v1/staff"
CASES, ITEMS = "/api/v1/cases", "/api/v1/service-items"
PAGE = 200


world = a_world  # the fixture


def tables(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> set[str]:
    """Where a reply lists documents; the reply itself is ``""``.

    What can be acted on is a thing, not a list, whatever there is to tell of it.
    """

    def behind(one: Mapping[str, Any]) -> Mapping[str, Any]:
        return schemas[one["$ref"].rpartition("/")[2]] if "$ref" in one else one

    def lists_documents(one: Mapping[str, Any]) -> bool:
        return one.get("type") == "array" and behind(one["items"]).get("type") == "object"

    reply = behind(schema)
    members = {"": reply} | dict(reply.get("properties", {}))
    if "allowed_actions" in members:
        return set()
    return {name for name, one in members.items() if lists_documents(one)}


def test_every_list_of_the_contract_is_also_a_file(application: FastAPI) -> None:
    """By the contract alone: whoever adds a list that is none as a file, hears of it here."""
    document = application.openapi()
    schemas = document["components"]["schemas"]
    as_files, others = set(), {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            contents = [
                reply.get("content", {})
                for status, reply in operation["responses"].items()
                if status.startswith("2")
            ]
            name = f"{method.upper()} {path.removeprefix('/api/v1')}"
            if any("application/json" in content and len(content) > 1 for content in contents):
                [content] = contents
                assert list(content) == ["application/json", CSV, XLSX], name
                assert content[CSV]["example"].count("\r\n") > 1, name
                as_files.add(name)
            elif method == "get" and "application/json" in contents[0]:
                found = tables(contents[0]["application/json"]["schema"], schemas)
                if found:
                    others[name] = found
    assert as_files == {*LISTS, "GET /errors"}
    assert len(as_files) > 100
    assert others == OF_ONE_THING


def rows_of_csv(reply: httpx.Response) -> list[list[str]]:
    assert reply.status_code == 200, reply.text
    assert reply.headers["content-type"] == "text/csv; charset=utf-8; header=present"
    assert reply.content.startswith("\ufeff".encode())
    return list(csv.reader(io.StringIO(reply.content.decode("utf-8-sig"), newline="")))


def rows_of_xlsx(reply: httpx.Response) -> list[list[Any]]:
    assert reply.status_code == 200, reply.text
    assert reply.headers["content-type"] == XLSX
    assert int(reply.headers["content-length"]) == len(reply.content)
    book = openpyxl.load_workbook(io.BytesIO(reply.content))
    return [[cell.value for cell in row] for row in book.worksheets[0].iter_rows()]


async def export(client: httpx.AsyncClient, path: str, kind: str, **query: Any) -> httpx.Response:
    return await client.get(path, params=query, headers={"Accept": kind})


async def all_items(client: httpx.AsyncClient, name: str, ask: Ask) -> list[dict[str, Any]]:
    """The list as JSON, three at a time if it has pages."""
    shape = LISTS[name]
    found: list[dict[str, Any]] = []
    paging: dict[str, Any] = {"limit": 3} if shape.paging else {}
    while True:
        reply = await send(client, name, Ask(of=ask.of, query=ask.query | paging))
        assert reply.status_code == 200, reply.text
        said = reply.json()
        found += said if shape.member is None else said[shape.member]
        following = said.get("next_cursor", said.get("next_after")) if shape.paging else None
        if following is None or said.get("has_more") is False:
            return found
        paging["after" if "has_more" in said else "cursor"] = following


def plain_texts(item: Mapping[str, Any]) -> list[str]:
    """What a row shows as it stands: the texts, numbers and answers that are no instants."""
    shown = []
    for name, value in item.items():
        if isinstance(value, bool):
            shown.append("是" if value else "否")
        elif name in NUMBERS_IN_TEXT and value is not None:
            shown.append(str(value))
        elif isinstance(value, str | int) and not name.endswith(
            ("at", "_until", "_from", "_since")
        ):
            shown.append(harmless(value) if isinstance(value, str) else str(value))
    return shown


def as_text(cell: object) -> str:
    """A cell of a workbook as the CSV has it."""
    match cell:
        case None:
            return ""
        case datetime() if cell.time().isoformat() == "00:00:00":
            return f"{cell:%Y-%m-%d}"
        case float():
            return f"{cell:g}"
        case _:
            return harmless(cell) if isinstance(cell, str) else str(cell)


def alike(text: str) -> str:
    """A cell of a CSV, as far as a workbook keeps it."""
    try:
        return f"{Decimal(text).normalize():f}"
    except ArithmeticError:
        return text.removesuffix(" 00:00:00")


@pytest.mark.parametrize("name", LISTS)
async def test_a_list_exports_what_it_shows_to_whoever_asks(
    name: str,
    world: World,
    session: AsyncSession,
    context: Context,
) -> None:
    ask = await (SCENES | WITH_ROWS)[name](world)
    path = "/api/v1" + name.split()[1].format_map(ask.of)
    width = len(LISTS[name].columns)
    exported = 0
    for who, client in world.people.items():
        async with undone(context.database):
            shown = await send(client, name, ask)
        async with undone(context.database):
            as_csv = await export(client, path, CSV, **ask.query)
        assert as_csv.status_code == shown.status_code, who
        if not shown.is_success:
            assert as_csv.json()["code"] == shown.json()["code"], who
            continue
        items = await all_items(client, name, ask)
        header, *rows = rows_of_csv(as_csv)
        assert len(set(header)) == len(header) == width
        assert len(rows) == len(items), who
        for item, row in zip(items, rows, strict=True):
            assert not set(plain_texts(item)) - set(row), who
        if items and not exported:
            exported += 1
            as_xlsx = rows_of_xlsx(await export(client, path, XLSX, **ask.query))
            assert as_xlsx[0] == header
            for cells, row in zip(as_xlsx[1:], rows, strict=True):
                assert [alike(as_text(cell)) for cell in cells] == [alike(text) for text in row]
            audited = (
                await session.scalars(
                    sa.select(AuditEntry).where(AuditEntry.action == "list.export")
                )
            ).all()
            assert [entry.new["format"] for entry in audited if entry.new] == ["xlsx"]
            assert audited[0].subject_id == path
    is_committed = name != "GET /events"  # told after the commit: see tests/events
    assert exported or not is_committed, "nobody has seen a row"


def test_every_column_is_called_something_in_chinese() -> None:
    """By the field's title, or by its name in ``core/headings.py``."""
    for name, shape in LISTS.items():
        for column in shape.columns:
            for one in (column, *column.parts):
                assert not one.heading.isascii(), (name, one)
                assert "_" not in one.heading, (name, one)


# --- cells


class Sample(BaseModel):
    """One field of every sort."""

    number: str
    state: CaseState
    score: Annotated[str, Field(title="得分（百分制）")]
    received_at: Instant
    found_on: date
    is_late: bool
    also: list[str]
    services: list["Sample"]


def test_a_field_is_called_by_its_title_or_its_name() -> None:
    fields = Sample.model_fields
    assert heading_of("score", fields["score"]) == "得分（百分制）"
    assert heading_of("state_label", fields["state"]) == "状态"
    described: Any = Field(description="多余的列，没有别的名字")
    assert heading_of("no_such_name", described) == "多余的列"


def test_cells_are_of_their_kind() -> None:
    row = {
        "number": "007",
        "state": "accepted",
        "score": "99.50",
        "received_at": "2026-03-10T23:30:00+00:00",
        "found_on": "2026-03-10",
        "is_late": False,
        "also": ["甲", "乙"],
        "services": [],
    }
    row["services"] = [dict(row), dict(row)]
    cells = {column.heading: column.read(row) for column in columns_of(Sample)}
    inner = (
        "007，办理中，得分（百分制） 99.50，2026-03-11 07:30:00，2026-03-10，"
        "是否补登 否，同时符合的条款 甲；乙"
    )
    assert cells == {
        "号码": "007",
        "状态代码": "accepted",
        "状态": "办理中",
        "得分（百分制）": Decimal("99.50"),
        "收到时间": datetime(2026, 3, 11, 7, 30),  # noqa: DTZ001 - the hall's wall time
        "发现日期": date(2026, 3, 10),
        "是否补登": "否",
        "同时符合的条款": "甲；乙",
        "今日在岗": f"{inner}；{inner}",
    }
    kinds = {column.heading: column.kind for column in columns_of(Sample)}
    assert kinds["号码"] is CellKind.TEXT


class Told(BaseModel):
    """What is said in words beside it, and what has names of its own."""

    code: CaseState
    label: str
    rule: str
    rule_label: str
    facts: dict[str, Any]
    rows: list[list[str]]


def test_words_stand_beside_codes_and_facts_are_told_in_words() -> None:
    row = {
        "code": "accepted",
        "label": "办理中",
        "rule": "points.late",
        "rule_label": "迟到一次扣分",
        "facts": {"visit": 1, "due_at": None, "is_late": True, "materials": ["甲", "乙"], "x": {}},
        "rows": [["1", "申请书"], ["2", "身份证"]],
    }
    columns = columns_of(Told)
    assert [(column.heading, column.read(row)) for column in columns] == [
        ("代码", "accepted"),
        ("名称", "办理中"),
        ("扣分项代码", "points.late"),
        ("扣分项", "迟到一次扣分"),
        ("要素", "第几次到场：1；是否补登：是；材料：甲，乙；x："),
        ("表内各行", "1，申请书；2，身份证"),
    ]
    assert [column.is_code for column in columns] == [True, False, True, False, False, False]


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\nx", "＝1+1", "＋1", "－1", "＠x"]
)
def test_no_text_becomes_a_formula(text: str) -> None:
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "1-1", "阿依古丽·买买提", "2026-03-10", "a=b", "'=1"])
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert harmless(text) == text


async def test_names_like_formulas_and_long_chinese_names_arrive_as_texts(
    office: httpx.AsyncClient, session: AsyncSession
) -> None:
    names = [
        '=HYPERLINK("http://x","y")',
        "@SUM(1)",
        "-2+3",
        "阿不都热依木·阿卜力克木·吐尔逊",
        '"a",b',
    ]
    for place, name in enumerate(names):
        await make_department(session, code=f"00{place}", name=name)
    header, *rows = rows_of_csv(await export(office, DEPARTMENTS, CSV))
    in_csv = {row[header.index("代码")]: row[header.index("名称")] for row in rows}
    _, *rows = rows_of_xlsx(await export(office, DEPARTMENTS, XLSX))
    in_xlsx = {row[header.index("代码")]: row[header.index("名称")] for row in rows}
    for place, name in enumerate(names):
        assert in_csv[f"00{place}"] == harmless(name)
        assert in_xlsx[f"00{place}"] == name


async def test_cases_have_real_dates_and_texts_for_numbers(
    office: httpx.AsyncClient, clerk: httpx.AsyncClient, items: Items
) -> None:
    case = await take_in(clerk, items.food)
    header, row = rows_of_xlsx(await export(office, CASES, XLSX))
    cells = dict(zip(header, row, strict=True))
    assert cells["办件编号"] == case["case_number"]
    assert cells["窗口号"] == "01"
    assert cells["收到时间"] == datetime(2026, 3, 10, 11, 0)  # noqa: DTZ001 - wall time
    assert cells["期限"] == datetime(2026, 3, 17, 19, 30)  # noqa: DTZ001
    assert cells["剩余工作分钟"] == case["clock"]["remaining_working_minutes"]
    assert (cells["状态代码"], cells["状态"]) == ("accepted", "办理中")
    assert cells["是否逾期"] == "否"


async def test_what_a_list_masks_and_hides_its_file_masks_and_hides(
    clerk: httpx.AsyncClient, clerk_elsewhere: httpx.AsyncClient, items: Items
) -> None:
    await take_in(clerk, items.food)
    for kind in (CSV, XLSX):
        own = await export(clerk, CASES, kind)
        elsewhere = await export(clerk_elsewhere, CASES, kind)
        read = rows_of_csv if kind == CSV else rows_of_xlsx
        assert (len(read(own)), len(read(elsewhere))) == (2, 1)
        for number in (PHONE, RESIDENT_ID):
            assert number not in str(read(own))


# --- what is asked for


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("text/csv", ExportFormat.CSV),
        (XLSX, ExportFormat.XLSX),
        (f"{XLSX}, text/csv", ExportFormat.XLSX),
        ("text/csv, */*;q=0.1", ExportFormat.CSV),
        (f"text/csv;q=0.5, {XLSX};q=0.9", ExportFormat.XLSX),
        ("TEXT/CSV; header=present", ExportFormat.CSV),
        ("application/json, text/csv;q=0.9", None),
        ("application/json, text/csv", None),
        ("text/csv;q=0, */*", None),
        ("text/csv;q=x, */*", None),
        ("text/csvx", None),
        ("application/pdf", None),
        ("text/html,application/xhtml+xml,*/*;q=0.8", None),
        ("", None),
    ],
)
def test_a_file_is_served_where_it_is_preferred(accept: str, form: ExportFormat | None) -> None:
    headers = [(b"host", b"hall"), (b"accept", accept.encode())]
    assert asked_format({"headers": headers}) is form


async def test_filters_hold_and_paging_does_not(
    office: httpx.AsyncClient, session: AsyncSession
) -> None:
    for name in ("甲局", "乙局", "丙局"):
        await make_department(session, name=name)
    paging = {"limit": 1, "cursor": "rubbish", "with_total": "true"}
    everything = rows_of_csv(await export(office, DEPARTMENTS, CSV, **paging))
    assert {"甲局", "乙局", "丙局"} <= {cell for row in everything for cell in row}
    closed = rows_of_csv(await export(office, DEPARTMENTS, CSV, is_open="false"))
    assert len(closed) < len(everything)
    refused = await export(office, DEPARTMENTS, CSV, is_open="perhaps")
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_input")
    assert refused.headers["content-type"] == "application/problem+json"


async def test_a_file_has_a_name_for_every_browser(office: httpx.AsyncClient, hall: Hall) -> None:
    reply = await export(office, CASES, CSV)
    assert reply.headers["content-disposition"] == (
        'attachment; filename="cases-2026-03-10.csv"; '
        f"filename*=UTF-8''{quote('办件列表-2026-03-10.csv')}"
    )


async def test_a_file_names_its_month_and_version_and_no_id(
    clerk: httpx.AsyncClient, office: httpx.AsyncClient, items: Items
) -> None:
    month = await export(office, "/api/v1/scores/rules/2026-03", XLSX)
    assert month.headers["content-disposition"] == (
        'attachment; filename="scores-rules-2026-03-10.xlsx"; '
        f"filename*=UTF-8''{quote('某月考评的全部扣分项（2026-03）-2026-03-10.xlsx')}"
    )
    calendar = await export(office, "/api/v1/calendar/years/2026", CSV)
    assert calendar.headers["etag"] == '"1"'
    case = await take_in(clerk, items.food)
    timeline = await export(clerk, f"{CASES}/{case['id']}/timeline", CSV)
    assert timeline.headers["content-disposition"] == (
        'attachment; filename="cases-timeline-2026-03-10.csv"; '
        f"filename*=UTF-8''{quote('办件经过-2026-03-10.csv')}"
    )


async def test_what_the_program_says_of_itself_leaves_no_trace(
    client: httpx.AsyncClient, session: AsyncSession
) -> None:
    header, *rows = rows_of_csv(await export(client, "/api/v1/errors", CSV))
    assert (header, len(rows)) == (["代码", "HTTP 状态码", "标题", "说明的地址"], len(CATALOGUE))
    assert len(rows_of_xlsx(await export(client, "/api/v1/errors", XLSX))) == 1 + len(CATALOGUE)
    assert (await session.scalars(sa.select(AuditEntry))).all() == []


async def test_an_export_is_audited_and_a_refusal_is_not(
    office: httpx.AsyncClient, client: httpx.AsyncClient, session: AsyncSession, hall: Hall
) -> None:
    await export(office, ITEMS, CSV, q="13899990000", limit=3)
    await export(client, "/api/v1/public/guides", XLSX)
    await export(client, CASES, CSV)
    entries = (
        await session.scalars(
            sa.select(AuditEntry).where(AuditEntry.action == "list.export").order_by(AuditEntry.id)
        )
    ).all()
    told = [(entry.account_id, entry.subject_id, entry.new) for entry in entries]
    assert told == [
        (hall.office.account_id, ITEMS, {"format": "csv", "filters": [["q", "***"]]}),
        (None, "/api/v1/public/guides", {"format": "xlsx", "filters": []}),
    ]
    assert entries[1].actor == "public"


# --- long lists


class Reader:
    """Reads a reply as slowly as it likes, keeping nothing."""

    def __init__(self, app: FastAPI, path: str, headers: Mapping[str, str]) -> None:
        self.app = app
        self.scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "root_path": "",
            "query_string": b"",
            "headers": [(name.lower().encode(), text.encode()) for name, text in headers.items()],
            "client": ("127.0.0.1", 1),
            "server": ("hall", 80),
        }
        self.status = 0
        self.size = 0
        self.lines = 0
        self.is_complete = False
        self.first_piece = asyncio.Event()
        self.may_go_on = asyncio.Event()

    async def read(self) -> None:
        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                self.status = message["status"]
                return
            body = message.get("body", b"")
            self.size += len(body)
            self.lines += body.count(b"\r\n")
            self.is_complete = not message.get("more_body", False)
            self.first_piece.set()
            await self.may_go_on.wait()

        async def receive() -> Message:
            await asyncio.Event().wait()
            raise AssertionError

        await self.app(self.scope, receive, send)


async def tidy_up() -> None:
    """Collect cycles as they come, so that only what is held counts."""
    while True:
        gc.collect()
        await asyncio.sleep(0.02)


async def seed_staff(session: AsyncSession, count: int) -> None:
    await session.execute(
        sa.text(
            "INSERT INTO staff_members (id, staff_number, name, post, version)"
            " SELECT gen_random_uuid(), 'L' || n, '工作人员' || n, '窗口工作人员', 1"
            " FROM generate_series(1, :count) AS n"
        ),
        {"count": count},
    )


def token_of(context: Context, hall: Hall) -> str:
    return "Bearer " + context.signer.issue(
        subject=str(hall.office.account_id),
        session_id=str(hall.office.session_id),
        scope="person",
        now=context.clock(),
    )


@pytest.mark.parametrize("kind", [CSV, XLSX])
async def test_a_list_of_ten_thousand_takes_no_more_memory_than_one_of_a_thousand(
    app: FastAPI, context: Context, session: AsyncSession, hall: Hall, kind: str
) -> None:
    headers = {"Accept": kind, "Authorization": token_of(context, hall)}
    there = (await session.execute(sa.select(sa.func.count(StaffMember.id)))).scalar_one()

    async def peak() -> tuple[int, Reader]:
        reader = Reader(app, STAFF, headers)
        reader.may_go_on.set()
        gc.collect()
        gc.freeze()
        tidying = asyncio.create_task(tidy_up())
        tracemalloc.start()
        await reader.read()
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        tidying.cancel()
        gc.unfreeze()
        assert (reader.status, reader.is_complete) == (200, True)
        return most, reader

    await seed_staff(session, 1_000)
    await peak()  # what is loaded and prepared once
    small, _ = await peak()
    await session.execute(sa.text("DELETE FROM staff_members WHERE staff_number LIKE 'L%'"))
    await seed_staff(session, 10_100)
    large, reader = await peak()
    assert large < small + 1_000_000, (small, large, reader.size)
    if kind == CSV:
        assert reader.lines == 1 + there + 10_100


@pytest.fixture
async def pooled(
    new_database: Callable[[str], str], settings: Settings, context: Context, clock: SetClock
) -> AsyncIterator[tuple[Database, Hall]]:
    """The service on a database to which it has one connection only."""
    narrow = settings.model_copy(update={"pool_size": 1, "pool_timeout_seconds": 2})
    database = Database.connect(new_database("exports"), narrow)
    async with database.transaction() as session:
        made = await make_hall(session)
        await seed_staff(session, 5 * PAGE)
    context.database = database
    yield database, made
    await database.close()


async def test_a_slow_reader_holds_no_connection_and_a_revoked_one_gets_no_more(
    app: FastAPI, context: Context, pooled: tuple[Database, Hall], sign_in: SignIn
) -> None:
    database, hall = pooled
    headers = {"Accept": CSV, "Authorization": token_of(context, hall)}
    reader = Reader(app, STAFF, headers)
    reading = asyncio.create_task(reader.read())
    await reader.first_piece.wait()

    person = hall.director
    reply = await sign_in(person.account_id, person.session_id).get(DEPARTMENTS)
    assert reply.status_code == 200, "the one connection is free"
    async with database.transaction() as session:
        await session.execute(
            sa.delete(LoginSession).where(LoginSession.id == hall.office.session_id)
        )
    reader.may_go_on.set()
    with pytest.raises(ExportCutOff):
        await reading
    assert reader.status == 200
    assert not reader.is_complete, "cut off, so that nobody takes it for the whole"
    assert reader.lines <= 1 + PAGE
