"""Importing service items: dry, in earnest, again, and what may not be imported."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from tests.catalog_factories import ITEMS_SINCE, Items, make_item
from tests.conftest import SignIn
from tests.factories import Hall, Person, make_department, make_window

from yimen.core.audit import AuditEntry
from yimen.core.config import Settings
from yimen.core.dependencies import Context
from yimen.core.errors import BodyTooLarge
from yimen.core.outbox import OutboxEvent
from yimen.domains.catalog.dependencies import open_catalog
from yimen.domains.catalog.models import ItemVersion, ServiceItem
from yimen.domains.imports.service import (
    ImportRefused,
    ImportReport,
    import_items_as_system,
)
from yimen.domains.organisation.enums import WindowKind
from yimen.domains.organisation.models import Department

IMPORT = "/api/v1/imports/items"
HEADER = "department,group,name,item_code,task_type"
A, B = "县市场监督管理局", "县自然资源局"
ROWS = (
    f"{A},未分类,企业投资项目备案（技术改造）（市级/县级）,511Z07001006-1-00,10",
    f'{A},食品（含保健食品）经营许可,"许可(据令第349号,权限下放“８市”)",511A0017900001,1',
    f"{A},食品（含保健食品）经营许可,求职创业补贴申领,512B0159000000,20",
    f"{A},食品（含保健食品）经营许可,求职创业补贴申领,512014025002,20",
    f"{B},未分类,临时用地政策咨询,,20",
    f"{B},未分类,三级运动员称号授予,511F33034003,7",
)
"""The peculiarities of real lists: brackets, quotes, commas; a code missing, a name twice."""


def csv(*rows: str, header: str = HEADER) -> bytes:
    return "\n".join([header, *rows, ""]).encode()


async def upload(
    client: httpx.AsyncClient, file: bytes, *, key: str | None = None, **options: Any
) -> httpx.Response:
    return await client.post(
        IMPORT,
        files={"file": ("items.csv", file)},
        data={name: str(value).lower() for name, value in options.items()},
        headers={} if key is None else {"Idempotency-Key": key},
    )


async def imported(
    client: httpx.AsyncClient, file: bytes, key: str, **options: Any
) -> dict[str, Any]:
    reply = await upload(client, file, key=key, dry_run=False, **options)
    assert reply.status_code == 200, reply.text
    report: dict[str, Any] = reply.json()
    return report


def counts(report: dict[str, Any]) -> tuple[int, int, int, int]:
    return (
        report["created_count"],
        report["changed_count"],
        report["unchanged_count"],
        report["refused_count"],
    )


def faults(report: dict[str, Any]) -> list[tuple[int, str | None, str]]:
    return [(fault["line"], fault["column"], fault["code"]) for fault in report["faults"]]


async def size(session: AsyncSession, *tables: Any) -> list[int]:
    return [
        int(await session.scalar(sa.select(sa.func.count()).select_from(table)) or 0)
        for table in tables
    ]


# Dry, in earnest, again


async def test_a_dry_run_says_what_would_be_and_writes_nothing(
    office: httpx.AsyncClient, hall: Hall, session: AsyncSession
) -> None:
    tables = (ServiceItem, ItemVersion, AuditEntry, OutboxEvent, Department)
    before = await size(session, *tables)
    reply = await upload(office, csv(*ROWS))
    assert reply.status_code == 200, reply.text
    report = reply.json()
    assert (report["dry_run"], report["applied"], report["row_count"]) == (True, False, 6)
    assert counts(report) == (6, 0, 0, 0)
    assert [row["line"] for row in report["rows"]] == [2, 3, 4, 5, 6, 7]
    assert report["rows"][0]["action_label"] == "新增"
    assert report["rows"][0]["code"] is None
    assert {entry["mark"]: entry["row_count"] for entry in report["assumed"]} == {
        "kind": 6,
        "statutory_days": 6,
        "committed_days": 6,
        "materials": 6,
        "charges": 6,
        "windows": 6,
    }
    assert await size(session, *tables) == before


async def test_an_import_writes_what_the_dry_run_said_and_a_second_one_nothing(
    office: httpx.AsyncClient, clerk: httpx.AsyncClient, hall: Hall, session: AsyncSession
) -> None:
    first = await imported(office, csv(*ROWS), "a")
    assert (first["applied"], counts(first)) == (True, (6, 0, 0, 0))
    assert all(row["code"].startswith("SX-") for row in first["rows"])
    listed = (await clerk.get("/api/v1/service-items")).json()["items"]
    assert [item["name"] for item in listed] == [row["name"] for row in first["rows"]]
    assert listed[1]["name"] == "许可(据令第349号,权限下放“８市”)"
    assert (listed[0]["group_name"], listed[2]["group_name"]) == (
        None,
        "食品（含保健食品）经营许可",
    )
    assert {item["status"] for item in listed} == {"in_force"}
    assert not any(item["is_complete"] for item in listed)
    permit = (await clerk.get(f"/api/v1/service-items/{listed[1]['id']}")).json()
    assert (permit["origin"], permit["approved_by_name"]) == ("import", "赵敏")
    assert [window["number"] for window in permit["windows"]] == ["01", "02"]
    assert permit["time_limit"] == "承诺 20 个工作日（法定 20 个工作日）"

    written = await size(session, ServiceItem, ItemVersion, OutboxEvent)
    second = await imported(office, csv(*ROWS), "b")
    assert counts(second) == (0, 0, 6, 0)
    assert second["rows"] == []
    assert await size(session, ServiceItem, ItemVersion, OutboxEvent) == written


async def test_every_item_and_the_import_itself_are_audited(
    office: httpx.AsyncClient, hall: Hall, session: AsyncSession
) -> None:
    await imported(office, csv(*ROWS), "a")
    actions = list(await session.scalars(sa.select(AuditEntry.action).order_by(AuditEntry.id)))
    assert actions == ["items.put_in_force"] * 6 + ["items.import"]
    last = await session.scalar(sa.select(AuditEntry).where(AuditEntry.action == "items.import"))
    assert last is not None and last.new is not None
    assert (last.actor, last.new["created"]) == ("office", 6)
    events = list(await session.scalars(sa.select(OutboxEvent.kind)))
    assert events == ["service_item.in_force"] * 6


async def test_only_what_differs_becomes_a_new_version(
    office: httpx.AsyncClient, hall: Hall
) -> None:
    await imported(office, csv(*ROWS), "a")
    changed = [ROWS[0].replace(",10", ",20"), *ROWS[1:]]
    report = await imported(office, csv(*changed), "b")
    assert counts(report) == (0, 1, 5, 0)
    assert report["rows"][0]["changed"] == ["事项类型", "类别"]
    item = (await office.get("/api/v1/service-items", params={"q": "企业投资"})).json()["items"][0]
    assert (item["version_no"], item["category"]) == (2, "public_service")


async def test_what_the_file_does_not_say_stays_as_people_completed_it(
    office: httpx.AsyncClient, hall: Hall, session: AsyncSession
) -> None:
    await make_item(session, hall.department_a, [hall.window_01], name="小餐饮登记", item_code="7")
    report = await imported(office, csv(f"{A},食品经营许可,小餐饮登记,7,1"), "a")
    assert counts(report) == (0, 0, 1, 0)


async def test_a_full_row_leaves_nothing_to_complete(
    office: httpx.AsyncClient, clerk: httpx.AsyncClient, hall: Hall
) -> None:
    header = (
        "code,department,name,task_type,kind,statutory_days,committed_days,legal_basis,steps,"
        "charges,materials,windows,responsible_section,responsible_person,breach_liability,"
        "supervision,complaint_phone"
    )
    row = (
        f"market-01,{A},小餐饮登记,行政许可,承诺件,20,5,食品安全法第三十六条,受理|审核|发证,"
        "工本费；10.00；元/本；收费目录,申请书；2份；主件；收取原件|身份证；核验原件,02,许可科,"
        "市监一岗,按规定追究,投诉台,12345"
    )
    report = await imported(office, csv(row, header=header), "a")
    assert report["assumed"] == []
    item = (await clerk.get("/api/v1/service-items")).json()["items"][0]
    assert (item["code"], item["is_complete"]) == ("market-01", True)
    shown = (await clerk.get(f"/api/v1/service-items/{item['id']}")).json()
    assert [window["number"] for window in shown["windows"]] == ["02"]
    assert shown["content"]["charges"][0]["amount"] == "10.00"
    assert counts(await imported(office, csv(row, header=header), "b")) == (0, 0, 1, 0)


# Departments and windows


async def test_unknown_departments_are_faults_unless_they_are_to_be_made(
    office: httpx.AsyncClient, hall: Hall, session: AsyncSession
) -> None:
    file = csv("区经信局,,甲,,1", "区经信局,,乙,,1", f"{A},,丙,,1")
    dry = (await upload(office, file)).json()
    assert counts(dry) == (1, 0, 0, 2)
    assert dry["departments_unknown"] == ["区经信局"]
    assert faults(dry) == [(line, "department", "unknown_department") for line in (2, 3)]

    would = (await upload(office, file, create_departments=True)).json()
    assert (counts(would), would["departments_created"]) == ((3, 0, 0, 0), ["区经信局"])
    assert would["draft_count"] == 2
    assert await size(session, Department) == [2]

    done = await imported(office, file, "a", create_departments=True)
    assert (counts(done), done["departments_created"]) == ((3, 0, 0, 0), ["区经信局"])
    listed = (await office.get("/api/v1/service-items", params={"status": "draft"})).json()
    assert [item["department_name"] for item in listed["items"]] == ["区经信局"] * 2
    again = await imported(office, file, "b", create_departments=True)
    assert (counts(again), again["departments_created"]) == ((0, 0, 3, 0), [])
    assert await size(session, Department) == [3]


async def test_a_draft_comes_into_force_when_a_window_has_opened(
    office: httpx.AsyncClient, hall: Hall, session: AsyncSession
) -> None:
    department = await make_department(session, name="区经信局")
    file = csv("区经信局,,甲,,1")
    assert (await imported(office, file, "a"))["draft_count"] == 1
    await make_window(session, department, number="77")
    report = await imported(office, file, "b")
    assert (counts(report), report["draft_count"]) == ((0, 1, 0, 0), 0)
    assert report["rows"][0]["changed"] == ["办理窗口"]
    [item] = (await office.get("/api/v1/service-items")).json()["items"]
    assert item["status"] == "in_force"


async def test_a_department_without_windows_is_served_at_the_comprehensive_ones(
    office: httpx.AsyncClient, hall: Hall, session: AsyncSession
) -> None:
    await make_department(session, name="区经信局")
    await make_window(session, hall.department_b, number="90", kind=WindowKind.COMPREHENSIVE)
    await make_window(
        session,
        hall.department_b,
        number="91",
        kind=WindowKind.COMPREHENSIVE,
        closed_on=date(2020, 1, 1),
    )
    await imported(office, csv("区经信局,,甲,,1"), "a")
    [item] = (await office.get("/api/v1/service-items")).json()["items"]
    shown = (await office.get(f"/api/v1/service-items/{item['id']}")).json()
    assert [window["number"] for window in shown["windows"]] == ["90"]


@pytest.mark.parametrize(
    ("windows", "code"),
    [("99", "unknown_window"), ("03", "window_of_other_department"), ("88", "window_closed")],
)
async def test_a_window_that_can_not_take_the_item_is_a_fault(
    windows: str, code: str, office: httpx.AsyncClient, hall: Hall, session: AsyncSession
) -> None:
    await make_window(session, hall.department_a, number="88", closed_on=date(2020, 1, 1))
    file = csv(f"{A},甲,{windows}", header="department,name,windows")
    assert faults((await upload(office, file)).json()) == [(2, "windows", code)]


async def test_closed_and_ambiguous_departments_are_faults(
    office: httpx.AsyncClient, hall: Hall, session: AsyncSession
) -> None:
    await make_department(session, name="甲局", closed_on=date(2020, 1, 1))
    for _ in range(2):
        await make_department(session, name="乙局")
    file = csv("甲局,,一,,1", "乙局,,二,,1")
    report = (await upload(office, file, create_departments=True)).json()
    assert faults(report) == [
        (2, "department", "department_closed"),
        (3, "department", "ambiguous_department"),
    ]


# Rows with faults


BAD = (
    f"{A},,甲,,1",
    f"{A},,,,1",
    f"{A},,乙,,2",
    f"{A},,丙,,1,多",
    f"{A},,甲,,1",
    f"{A},,{'长' * 201},,1",
)
BAD_FAULTS = [
    (3, "name", "missing"),
    (4, "task_type", "unknown_word"),
    (5, None, "wrong_cell_count"),
    (6, "name", "duplicate_row"),
    (7, "name", "string_too_long"),
]


async def test_one_bad_row_does_not_hide_the_others(office: httpx.AsyncClient, hall: Hall) -> None:
    report = (await upload(office, csv(*BAD))).json()
    assert (counts(report), faults(report)) == ((1, 0, 0, 5), BAD_FAULTS)
    assert all(fault["detail"].endswith("。") for fault in report["faults"])
    assert report["faults"][3]["detail"] == "与第 2 行是同一个事项，请删去其中一行。"


async def test_a_file_with_bad_rows_is_taken_whole_or_not_at_all(
    office: httpx.AsyncClient, hall: Hall, session: AsyncSession
) -> None:
    refused = await upload(office, csv(*BAD), key="a", dry_run=False)
    assert (refused.status_code, refused.json()["code"]) == (422, "import_refused")
    assert "6 行，其中 5 行有误" in refused.json()["detail"]
    told = [(error["pointer"], error["code"]) for error in refused.json()["errors"]]
    assert told == [
        (f"/rows/{line}/{column}" if column else f"/rows/{line}", code)
        for line, column, code in BAD_FAULTS
    ]
    assert await size(session, ServiceItem) == [0]


async def test_bad_rows_may_be_skipped(
    office: httpx.AsyncClient, hall: Hall, session: AsyncSession
) -> None:
    report = await imported(office, csv(*BAD), "a", skip_faulty=True)
    assert (report["applied"], counts(report)) == (True, (1, 0, 0, 5))
    assert faults(report) == BAD_FAULTS
    assert await size(session, ServiceItem) == [1]


async def test_a_promise_longer_than_the_law_is_a_fault_of_its_row(
    office: httpx.AsyncClient, hall: Hall
) -> None:
    file = csv(f"{A},甲,5,6", header="department,name,statutory_days,committed_days")
    report = (await upload(office, file)).json()
    assert faults(report) == [(2, "committed_days", "commitment_exceeds_statutory")]


# Which item a row speaks of


async def prepared(session: AsyncSession, hall: Hall, *items: tuple[str, str | None]) -> None:
    for name, item_code in items:
        await make_item(
            session, hall.department_a, [hall.window_01], name=name, item_code=item_code,
            group_name=None,
        )  # fmt: skip


@pytest.mark.parametrize(
    ("existing", "rows", "expected", "codes"),
    [
        ([("甲", "1")], ["甲,1"], (0, 0, 1, 0), []),
        ([("甲", "1")], ["甲,"], (0, 0, 1, 0), []),
        ([("甲", None)], ["甲,1"], (0, 1, 0, 0), []),
        ([("甲", "1")], ["甲,2"], (1, 0, 0, 0), []),
        ([("甲", "1")], ["乙,1"], (1, 0, 0, 0), []),
        ([("甲", "1"), ("甲", "2")], ["甲,"], (0, 0, 0, 1), ["ambiguous_item"]),
        ([("甲", "1"), ("甲", "2")], ["甲,1", "甲,"], (0, 0, 2, 0), []),
        ([("甲", "1"), ("甲", None)], ["甲,"], (0, 0, 1, 0), []),
        ([("甲", "1")], ["甲,1", "甲,"], (1, 0, 1, 0), []),
        ([("甲", "1")], ["甲,1", "甲,1"], (0, 0, 1, 1), ["duplicate_row"]),
        ([("甲", None)], ["甲,1", "甲,2"], (0, 1, 0, 1), ["duplicate_row"]),
        ([], ["甲,1", "甲,1", "甲,1"], (1, 0, 0, 2), ["duplicate_row", "duplicate_row"]),
    ],
)
async def test_an_item_is_found_by_department_name_and_national_code(
    existing: Sequence[tuple[str, str | None]],
    rows: Sequence[str],
    expected: tuple[int, int, int, int],
    codes: Sequence[str],
    office: httpx.AsyncClient,
    hall: Hall,
    session: AsyncSession,
) -> None:
    await prepared(session, hall, *existing)
    file = csv(*(f"{A},{row}" for row in rows), header="department,name,item_code")
    dry = (await upload(office, file)).json()
    assert (counts(dry), [code for _, _, code in faults(dry)]) == (expected, list(codes))
    done = await imported(office, file, "a", skip_faulty=True)
    assert counts(done) == expected


async def test_our_own_code_finds_an_item_under_any_name(
    office: httpx.AsyncClient, hall: Hall, items: Items
) -> None:
    header = "code,department,name,item_code"
    rename = csv(f"{items.food.code},{A},食品经营许可（换新名）,", header=header)
    report = await imported(office, rename, "a")
    assert (counts(report), report["rows"][0]["changed"]) == ((0, 1, 0, 0), ["事项名称"])

    other = csv(f"{items.land.code},{A},临时用地审批,", header=header)
    assert faults((await upload(office, other)).json()) == [(2, "code", "item_of_other_department")]
    taken = csv(f"new-1,{A},营业执照补领,", header=header)
    assert faults((await upload(office, taken)).json()) == [(2, "name", "item_listed")]
    swapped = csv(f"{items.food.code},{A},营业执照补领,", header=header)
    assert counts((await upload(office, swapped)).json()) == (0, 1, 0, 0)
    twice = csv(f"new-1,{A},甲,", f"new-1,{A},乙,", header=header)
    assert faults((await upload(office, twice)).json()) == [(3, "name", "duplicate_row")]


async def test_a_withdrawn_item_does_not_come_back_by_import(
    office: httpx.AsyncClient, hall: Hall, session: AsyncSession
) -> None:
    done = await make_item(session, hall.department_a, [hall.window_01], name="甲", item_code="1")
    await open_catalog(session, None, ITEMS_SINCE).withdraw_item(done.item_id, reason="取消")
    file = csv(f"{A},,甲,1,1")
    assert faults((await upload(office, file)).json()) == [(2, "name", "item_withdrawn")]
    await prepared(session, hall, ("甲", "1"))
    assert counts((await upload(office, file)).json()) == (0, 0, 1, 0)


# Who may, and how it is sent


@pytest.mark.parametrize("who", ["clerk", "chief", "director"])
async def test_the_office_imports_and_nobody_else(who: str, hall: Hall, sign_in: SignIn) -> None:
    person: Person = getattr(hall, who)
    reply = await upload(sign_in(person.account_id, person.session_id), csv(*ROWS))
    assert (reply.status_code, reply.json()["code"]) == (403, "forbidden")


async def test_without_a_token_nothing_is_imported(client: httpx.AsyncClient) -> None:
    for key in (None, "a"):
        assert (await upload(client, csv(*ROWS), key=key)).status_code == 401


async def test_what_writes_needs_an_idempotency_key(
    office: httpx.AsyncClient, hall: Hall, session: AsyncSession
) -> None:
    reply = await upload(office, csv(*ROWS), dry_run=False)
    assert (reply.status_code, reply.json()["code"]) == (428, "idempotency_key_missing")
    assert await size(session, ServiceItem) == [0]


async def test_a_form_sent_again_under_its_key_is_answered_from_memory(
    office: httpx.AsyncClient, hall: Hall, session: AsyncSession
) -> None:
    first = await upload(office, csv(*ROWS), key="a", dry_run=False)
    again = await upload(office, csv(*ROWS), key="a", dry_run=False)
    assert again.status_code == 200
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.json() == first.json()
    assert again.json()["created_count"] == 6
    for other in (
        await upload(office, csv(*ROWS[:2]), key="a", dry_run=False),
        await upload(office, csv(*ROWS), key="a", dry_run=True),
    ):
        assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


@pytest.mark.parametrize(
    ("file", "code"),
    [
        (b"", "empty_file"),
        (b"PK\x03\x04", "not_csv"),
        (b"name\na\n", "missing_columns"),
        (b"department,name,colour\na,b,c\n", "unknown_columns"),
        (b'department,name\n"a,b\n', "broken_csv"),
        (b"department,name\n\x00,b\n", "nul_bytes"),
    ],
)
async def test_an_unreadable_file_is_422_in_words(
    file: bytes, code: str, office: httpx.AsyncClient
) -> None:
    reply = await upload(office, file)
    assert (reply.status_code, reply.json()["code"]) == (422, "import_file_faulty")
    assert [(error["pointer"], error["code"]) for error in reply.json()["errors"]] == [
        ("/file", code)
    ]


async def test_a_form_that_is_none_is_refused(office: httpx.AsyncClient) -> None:
    missing = await office.post(IMPORT, data={"dry_run": "true"})
    assert missing.status_code == 422
    text = await office.post(IMPORT, data={"file": "department,name"})
    assert (text.status_code, text.json()["errors"][0]["detail"]) == (422, "应为上传的文件。")
    unknown = await office.post(IMPORT, files={"file": ("a", b"x")}, data={"dryrun": "false"})
    assert unknown.json()["errors"][0]["pointer"] == "/dryrun"
    broken = await office.post(
        IMPORT,
        content=b"--x\r\nnonsense",
        headers={"Content-Type": "multipart/form-data; boundary=x"},
    )
    assert broken.status_code in (400, 422)
    no_boundary = await office.post(
        IMPORT,
        content=b"nonsense",
        headers={"Content-Type": "multipart/form-data", "Idempotency-Key": "k"},
    )
    assert (no_boundary.status_code, no_boundary.json()["code"]) == (400, "bad_request")


async def test_an_import_may_be_larger_than_other_requests_but_not_boundless(
    office: httpx.AsyncClient, hall: Hall, context: Context
) -> None:
    rows = [f"{A},{'主' * 100},事项{number},,20" for number in range(5000)]
    file = csv(*rows)
    assert len(file) > context.settings.max_body_bytes
    assert (await upload(office, file)).json()["created_count"] == 5000
    context.settings = context.settings.model_copy(update={"max_import_bytes": 1024})
    reply = await upload(office, file)
    assert (reply.status_code, reply.json()["code"]) == (413, "body_too_large")
    huge = b"x" * (Settings().max_import_bytes + 100_000)
    assert (await upload(office, huge)).status_code == 413


# At the machine itself


async def run_as_system(session: AsyncSession, file: bytes, **options: Any) -> ImportReport:
    settings: dict[str, Any] = {
        "dry_run": False,
        "create_departments": False,
        "now": ITEMS_SINCE,
        "settings": Settings(),
    }
    return await import_items_as_system(session, file, **(settings | options))


async def test_the_command_line_imports_with_progress(session: AsyncSession, hall: Hall) -> None:
    rows = [f"{A},,事项{number},,20" for number in range(1201)]
    seen: list[tuple[int, int]] = []
    report = await run_as_system(
        session, csv(*rows), progress=lambda done, total: seen.append((done, total))
    )
    assert seen == [(0, 1201), (500, 1201), (1000, 1201), (1201, 1201)]
    assert (report.created_count, len(report.rows), report.rows_left_off) == (1201, 500, 701)
    assert not report.has_errors
    first = await session.scalar(sa.select(ItemVersion).limit(1))
    assert first is not None
    assert (first.approved_by, first.approved_by_name) == (None, "系统")
    assert next(iter(report.lines())) == "共 1201 行：已新增 1201，已变更 0，无变化 0，有误 0。"


async def test_the_report_is_said_in_lines(session: AsyncSession, hall: Hall) -> None:
    file = csv(*ROWS[:1], "区经信局,,甲,,1", "区商务局,,乙,,2")
    report = await run_as_system(session, file, dry_run=True, create_departments=False)
    assert report.has_errors
    assert list(report.lines())[:3] == [
        "试运行，没有写入任何内容。",
        "共 3 行：将新增 1，将变更 0，无变化 0，有误 2。",
        "中心没有这些部门：区经信局。",
    ]
    assert "第 4 行 事项类型：事项类型只能填：" in "\n".join(report.lines())
    created = await run_as_system(session, csv("区经信局,,甲,,1"), create_departments=True)
    assert "已新建 1 个部门。" in list(created.lines())
    assert "1 个事项没有窗口可以办理，待启用。" in list(created.lines())


async def test_a_refused_import_still_tells_what_a_dry_run_says(
    session: AsyncSession, hall: Hall
) -> None:
    with pytest.raises(ImportRefused) as caught:
        await run_as_system(session, csv(*BAD))
    assert caught.value.report is not None
    assert caught.value.report.refused_count == 5
    with pytest.raises(BodyTooLarge):
        await run_as_system(
            session, csv(*ROWS) + b"\n" * 1024, settings=Settings(max_import_bytes=1024)
        )
