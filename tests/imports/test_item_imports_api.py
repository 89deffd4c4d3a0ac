"""Importing service items: tried, taken over, again, and what may not be imported."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

import httpx
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from tests.catalog_factories import ITEMS_SINCE, Items, make_item
from tests.factories import Hall, make_department, make_window
from tests.imports_factories import (
    IMPORTS,
    applied,
    checked,
    counts,
    order,
    rows_of,
    send_file,
)

from yimen import registry
from yimen.core.audit import AuditEntry
from yimen.core.config import Settings
from yimen.core.dependencies import Context
from yimen.core.outbox import OutboxEvent
from yimen.domains.catalog.dependencies import open_catalog
from yimen.domains.catalog.models import ItemVersion, ServiceItem
from yimen.domains.imports.dependencies import open_file_imports, taker_opener
from yimen.domains.imports.enums import ImportKind
from yimen.domains.imports.service_files import ImportApply
from yimen.domains.imports.service_running import run_import
from yimen.domains.organisation.enums import WindowKind
from yimen.domains.organisation.models import Department

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


async def tried(
    client: httpx.AsyncClient, context: Context, file: bytes, **options: str
) -> dict[str, Any]:
    job = await checked(client, context, "items", file, **options)
    assert job["state"] == "checked", job
    return job


async def imported(
    client: httpx.AsyncClient, context: Context, file: bytes, **options: Any
) -> dict[str, Any]:
    job = await applied(client, context, "items", file, **options)
    assert job["state"] == "applied", job
    return job


async def faults(
    client: httpx.AsyncClient, job: dict[str, Any]
) -> list[tuple[int, str | None, str]]:
    """Line, column and code of every fault."""
    return [
        (row["line"], reason["column"], reason["code"])
        for row in await rows_of(client, job, state="refused")
        for reason in row["reasons"]
    ]


async def said(client: httpx.AsyncClient, job: dict[str, Any]) -> dict[str, int]:
    """Of how many rows each sentence is said."""
    reply = await client.get(f"{IMPORTS}/{job['id']}/reasons")
    assert reply.status_code == 200, reply.text
    assert reply.json()["reasons_left_off"] == 0
    return {one["detail"]: one["row_count"] for one in reply.json()["reasons"]}


async def size(session: AsyncSession, *tables: Any) -> list[int]:
    return [
        int(await session.scalar(sa.select(sa.func.count()).select_from(table)) or 0)
        for table in tables
    ]


# Tried, taken over, again


ASSUMED = "文件没有写明、暂定待补全：收费标准、承诺时限、办件类型、申报材料、法定时限、办理窗口。"


async def test_a_trial_says_what_would_be_and_what_is_assumed(
    office: httpx.AsyncClient, hall: Hall, session: AsyncSession, context: Context
) -> None:
    job = await tried(office, context, csv(*ROWS))
    assert (job["row_count"], counts(job)) == (6, (6, 0, 0, 0))
    rows = await rows_of(office, job)
    assert [row["line"] for row in rows] == [2, 3, 4, 5, 6, 7]
    assert (rows[0]["state_label"], rows[0]["subject"]) == ("新增", None)
    assert await said(office, job) == {ASSUMED: 6}
    assert await size(session, ServiceItem, ItemVersion) == [0, 0]


async def test_an_import_writes_what_the_trial_said_and_a_second_one_nothing(
    *,
    office: httpx.AsyncClient,
    clerk: httpx.AsyncClient,
    hall: Hall,
    session: AsyncSession,
    context: Context,
) -> None:
    first = await imported(office, context, csv(*ROWS))
    assert counts(first) == (6, 0, 0, 0)
    rows = await rows_of(office, first)
    assert all(row["subject"].startswith("SX-") for row in rows)
    listed = (await clerk.get("/api/v1/service-items")).json()["items"]
    assert [item["name"] for item in listed] == [row["cells"]["name"] for row in rows]
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

    written = await size(session, ServiceItem, ItemVersion)
    second = await imported(office, context, csv(*ROWS))
    assert counts(second) == (0, 0, 6, 0)
    assert await said(office, second) == {}
    assert await size(session, ServiceItem, ItemVersion) == written


async def test_every_item_and_the_import_itself_are_audited(
    office: httpx.AsyncClient, hall: Hall, session: AsyncSession, context: Context
) -> None:
    await imported(office, context, csv(*ROWS))
    entries = list(await session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id)))
    assert [entry.action for entry in entries] == [
        "imports.upload",
        "imports.apply",
        *["items.put_in_force"] * 6,
    ]
    assert {entry.account_id for entry in entries} == {hall.office.account_id}
    events = list(await session.scalars(sa.select(OutboxEvent).order_by(OutboxEvent.id)))
    assert [event.kind for event in events] == [
        "imports.upload",
        "imports.checked",
        "imports.apply",
        *["service_item.in_force"] * 6,
        "imports.applied",
    ]
    assert events[-1].facts["created"] == 6


async def test_only_what_differs_becomes_a_new_version(
    office: httpx.AsyncClient, hall: Hall, context: Context
) -> None:
    await imported(office, context, csv(*ROWS))
    changed = [ROWS[0].replace(",10", ",20"), *ROWS[1:]]
    job = await imported(office, context, csv(*changed))
    assert counts(job) == (0, 1, 5, 0)
    assert "变更：事项类型、类别。" in await said(office, job)
    item = (await office.get("/api/v1/service-items", params={"q": "企业投资"})).json()["items"][0]
    assert (item["version_no"], item["category"]) == (2, "public_service")


async def test_what_the_file_does_not_say_stays_as_people_completed_it(
    office: httpx.AsyncClient, hall: Hall, session: AsyncSession, context: Context
) -> None:
    await make_item(session, hall.department_a, [hall.window_01], name="小餐饮登记", item_code="7")
    job = await imported(office, context, csv(f"{A},食品经营许可,小餐饮登记,7,1"))
    assert counts(job) == (0, 0, 1, 0)


async def test_a_full_row_leaves_nothing_to_complete(
    office: httpx.AsyncClient, clerk: httpx.AsyncClient, hall: Hall, context: Context
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
    job = await imported(office, context, csv(row, header=header))
    assert await said(office, job) == {}
    item = (await clerk.get("/api/v1/service-items")).json()["items"][0]
    assert (item["code"], item["is_complete"]) == ("market-01", True)
    shown = (await clerk.get(f"/api/v1/service-items/{item['id']}")).json()
    assert [window["number"] for window in shown["windows"]] == ["02"]
    assert shown["content"]["charges"][0]["amount"] == "10.00"
    assert counts(await imported(office, context, csv(row, header=header))) == (0, 0, 1, 0)


# Departments and windows


NEW_DEPARTMENT = "中心没有这个部门，随这一行新建。"
DRAFT = "没有窗口可以办理，待启用。"


async def test_unknown_departments_are_faults_unless_they_are_to_be_made(
    office: httpx.AsyncClient, hall: Hall, session: AsyncSession, context: Context
) -> None:
    file = csv("区经信局,,甲,,1", "区经信局,,乙,,1", f"{A},,丙,,1")
    dry = await tried(office, context, file)
    assert counts(dry) == (1, 0, 0, 2)
    assert await faults(office, dry) == [
        (line, "department", "unknown_department") for line in (2, 3)
    ]
    unknown = "中心没有部门“区经信局”，请核对名称，或选择新建文件中出现的部门。"
    assert (await said(office, dry))[unknown] == 2

    would = await tried(office, context, file, create_departments="true")
    assert counts(would) == (3, 0, 0, 0)
    told = await said(office, would)
    assert (told[NEW_DEPARTMENT], told[DRAFT]) == (1, 2)
    assert await size(session, Department) == [2]

    done = await imported(office, context, file, create_departments="true")
    assert (counts(done), await said(office, done)) == ((3, 0, 0, 0), told)
    listed = (await office.get("/api/v1/service-items", params={"status": "draft"})).json()
    assert [item["department_name"] for item in listed["items"]] == ["区经信局"] * 2
    again = await imported(office, context, file, create_departments="true")
    assert (counts(again), await said(office, again)) == ((0, 0, 3, 0), {})
    assert await size(session, Department) == [3]


async def test_reasons_are_told_of_most_rows_first_and_not_without_end(
    office: httpx.AsyncClient, hall: Hall, context: Context
) -> None:
    rows = [f"无此{number}局,,甲,,1" for number in range(205)]
    job = await tried(office, context, csv(*rows, "无此9局,,乙,,1", "无此9局,,丙,,1"))
    told = (await office.get(f"{IMPORTS}/{job['id']}/reasons")).json()
    assert (len(told["reasons"]), told["reasons_left_off"]) == (200, 5)
    first = told["reasons"][0]
    assert (first["state"], first["column_label"], first["row_count"], first["first_line"]) == (
        "refused", "部门", 3, 11,
    )  # fmt: skip
    assert "无此9局" in first["detail"]
    assert [one["first_line"] for one in told["reasons"][1:4]] == [2, 3, 4]


async def test_a_draft_comes_into_force_when_a_window_has_opened(
    office: httpx.AsyncClient, hall: Hall, session: AsyncSession, context: Context
) -> None:
    department = await make_department(session, name="区经信局")
    file = csv("区经信局,,甲,,1")
    assert (await said(office, await imported(office, context, file)))[DRAFT] == 1
    await make_window(session, department, number="77")
    job = await imported(office, context, file)
    told = await said(office, job)
    assert (counts(job), DRAFT in told) == ((0, 1, 0, 0), False)
    assert "变更：办理窗口。" in told
    [item] = (await office.get("/api/v1/service-items")).json()["items"]
    assert item["status"] == "in_force"


async def test_a_department_without_windows_is_served_at_the_comprehensive_ones(
    office: httpx.AsyncClient, hall: Hall, session: AsyncSession, context: Context
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
    await imported(office, context, csv("区经信局,,甲,,1"))
    [item] = (await office.get("/api/v1/service-items")).json()["items"]
    shown = (await office.get(f"/api/v1/service-items/{item['id']}")).json()
    assert [window["number"] for window in shown["windows"]] == ["90"]


@pytest.mark.parametrize(
    ("windows", "code"),
    [("99", "unknown_window"), ("03", "window_of_other_department"), ("88", "window_closed")],
)
async def test_a_window_that_can_not_take_the_item_is_a_fault(
    *,
    windows: str,
    code: str,
    office: httpx.AsyncClient,
    hall: Hall,
    session: AsyncSession,
    context: Context,
) -> None:
    await make_window(session, hall.department_a, number="88", closed_on=date(2020, 1, 1))
    file = csv(f"{A},甲,{windows}", header="department,name,windows")
    assert await faults(office, await tried(office, context, file)) == [(2, "windows", code)]


async def test_closed_and_ambiguous_departments_are_faults(
    office: httpx.AsyncClient, hall: Hall, session: AsyncSession, context: Context
) -> None:
    await make_department(session, name="甲局", closed_on=date(2020, 1, 1))
    for _ in range(2):
        await make_department(session, name="乙局")
    file = csv("甲局,,一,,1", "乙局,,二,,1")
    assert await faults(office, await tried(office, context, file, create_departments="true")) == [
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


async def test_one_bad_row_does_not_hide_the_others(
    office: httpx.AsyncClient, hall: Hall, context: Context
) -> None:
    job = await tried(office, context, csv(*BAD))
    assert (counts(job), await faults(office, job)) == ((1, 0, 0, 5), BAD_FAULTS)
    details = [row["reasons"][0]["detail"] for row in await rows_of(office, job, state="refused")]
    assert all(detail.endswith("。") for detail in details)
    assert details[3] == "与第 2 行是同一个事项，请删去其中一行。"


async def test_a_file_with_bad_rows_is_not_taken_over_unless_they_may_be_skipped(
    office: httpx.AsyncClient, hall: Hall, session: AsyncSession, context: Context
) -> None:
    refused = await order(office, await tried(office, context, csv(*BAD)))
    assert (refused.status_code, refused.json()["code"]) == (409, "import_has_faulty_rows")
    assert "6 行，其中 5 行有误" in refused.json()["detail"]
    assert await size(session, ServiceItem) == [0]
    job = await imported(office, context, csv(*BAD), skip_faulty=True)
    assert (counts(job), await faults(office, job)) == ((1, 0, 0, 5), BAD_FAULTS)
    assert await size(session, ServiceItem) == [1]


async def test_a_promise_longer_than_the_law_is_a_fault_of_its_row(
    office: httpx.AsyncClient, hall: Hall, context: Context
) -> None:
    file = csv(f"{A},甲,5,6", header="department,name,statutory_days,committed_days")
    assert await faults(office, await tried(office, context, file)) == [
        (2, "committed_days", "commitment_exceeds_statutory")
    ]


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
    *,
    existing: Sequence[tuple[str, str | None]],
    rows: Sequence[str],
    expected: tuple[int, int, int, int],
    codes: Sequence[str],
    office: httpx.AsyncClient,
    hall: Hall,
    session: AsyncSession,
    context: Context,
) -> None:
    await prepared(session, hall, *existing)
    file = csv(*(f"{A},{row}" for row in rows), header="department,name,item_code")
    dry = await tried(office, context, file)
    assert counts(dry) == expected
    assert [code for _, _, code in await faults(office, dry)] == list(codes)
    done = await imported(office, context, file, skip_faulty=True)
    assert counts(done) == expected


async def test_our_own_code_finds_an_item_under_any_name(
    office: httpx.AsyncClient, hall: Hall, items: Items, context: Context
) -> None:
    header = "code,department,name,item_code"
    rename = csv(f"{items.food.code},{A},食品经营许可（换新名）,", header=header)
    job = await imported(office, context, rename)
    assert (counts(job), "变更：事项名称。" in await said(office, job)) == ((0, 1, 0, 0), True)

    async def found(*rows: str) -> list[tuple[int, str | None, str]]:
        return await faults(office, await tried(office, context, csv(*rows, header=header)))

    other = f"{items.land.code},{A},临时用地审批,"
    assert await found(other) == [(2, "code", "item_of_other_department")]
    assert await found(f"new-1,{A},营业执照补领,") == [(2, "name", "item_listed")]
    swapped = csv(f"{items.food.code},{A},营业执照补领,", header=header)
    assert counts(await tried(office, context, swapped)) == (0, 1, 0, 0)
    assert await found(f"new-1,{A},甲,", f"new-1,{A},乙,") == [(3, None, "duplicate_row")]


async def test_a_withdrawn_item_does_not_come_back_by_import(
    office: httpx.AsyncClient, hall: Hall, session: AsyncSession, context: Context
) -> None:
    done = await make_item(session, hall.department_a, [hall.window_01], name="甲", item_code="1")
    await open_catalog(session, None, ITEMS_SINCE).withdraw_item(done.item_id, reason="取消")
    file = csv(f"{A},,甲,1,1")
    job = await tried(office, context, file)
    assert await faults(office, job) == [(2, "name", "item_withdrawn")]
    await prepared(session, hall, ("甲", "1"))
    assert counts(await tried(office, context, file)) == (0, 0, 1, 0)


# How it is sent


async def test_a_form_sent_again_under_its_key_is_answered_from_memory(
    office: httpx.AsyncClient, hall: Hall, session: AsyncSession
) -> None:
    first = await send_file(office, "items", csv(*ROWS), key="a")
    again = await send_file(office, "items", csv(*ROWS), key="a")
    assert again.status_code == 201
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.json() == first.json()
    for other in (
        await send_file(office, "items", csv(*ROWS[:2]), key="a"),
        await send_file(office, "items", csv(*ROWS), key="a", create_departments="true"),
    ):
        assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


@pytest.mark.parametrize(
    ("file", "code"),
    [
        (b"name\na\n", "missing_columns"),
        (b"department,name,name\na,b,c\n", "columns_twice"),
        (b'department,name\n"a,b\n', "broken_csv"),
        (b"department,name\n\x00,b\n", "nul_bytes"),
    ],
)
async def test_an_unreadable_file_is_told_in_words(
    file: bytes, code: str, office: httpx.AsyncClient, hall: Hall, context: Context
) -> None:
    reply = await send_file(office, "items", file)
    if reply.status_code == 422:
        told = [(error["pointer"], error["code"]) for error in reply.json()["errors"]]
        assert (reply.json()["code"], told) == ("import_file_faulty", [("/file", code)])
        return
    job = await checked(office, context, "items", file)
    assert (job["state"], job["fault_code"]) == ("unreadable", code)
    assert job["fault"].endswith("。")


async def test_a_form_that_is_none_is_refused(office: httpx.AsyncClient) -> None:
    key = {"Idempotency-Key": "k"}
    missing = await office.post(IMPORTS, data={"kind": "items"}, headers=key)
    assert missing.status_code == 422
    text = await office.post(
        IMPORTS, data={"kind": "items", "file": "department,name"}, headers=key
    )
    assert (text.status_code, text.json()["errors"][0]["detail"]) == (422, "应为上传的文件。")
    unknown = await office.post(
        IMPORTS, files={"file": ("a", b"x")}, data={"kind": "items", "kinds": "staff"}, headers=key
    )
    assert unknown.json()["errors"][0]["pointer"] == "/kinds"
    broken = await office.post(
        IMPORTS,
        content=b"--x\r\nnonsense",
        headers={"Content-Type": "multipart/form-data; boundary=x"},
    )
    assert broken.status_code in (400, 422)
    no_boundary = await office.post(
        IMPORTS,
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
    assert (await tried(office, context, file))["created_count"] == 5000
    context.settings = context.settings.model_copy(update={"max_import_bytes": 1024})
    reply = await send_file(office, "items", file)
    assert (reply.status_code, reply.json()["code"]) == (413, "body_too_large")
    huge = b"x" * (Settings().max_import_bytes + 100_000)
    assert (await send_file(office, "items", huge)).status_code == 413


# At the machine itself


async def test_the_machine_imports_in_nobodys_name_and_tells_how_far_it_is(
    session: AsyncSession, hall: Hall, context: Context
) -> None:
    rows = [f"{A if number < 600 else B},,事项{number},,20" for number in range(1201)]
    files = open_file_imports(session, None, context.clock(), context)
    job = await files.upload(
        csv(*rows), kind=ImportKind.ITEMS, file_name="items.csv", create_departments=False
    )
    opener = taker_opener(context, registry.CALENDAR_FOLLOWERS)

    async def worked(job_id: UUID) -> list[tuple[int, int]]:
        seen: list[tuple[int, int]] = []
        await run_import(
            context, job_id, opener, progress=lambda done, total: seen.append((done, total))
        )
        return seen

    assert (await worked(job.id))[-2:] == [(600, 1201), (1201, 1201)]
    job = await files.apply(job.id, ImportApply(), seen=(await files.read(job.id)).version)
    assert await worked(job.id) == [(600, 1201), (1201, 1201)]
    job = await files.read(job.id)
    assert (job.created_count, job.uploaded_by_name, job.ordered_by_name) == (1201, "系统", "系统")
    first = await session.scalar(sa.select(ItemVersion).limit(1))
    assert first is not None
    assert (first.approved_by, first.approved_by_name) == (None, "系统")
    actors = set(await session.scalars(sa.select(AuditEntry.actor)))
    assert actors == {"system"}
