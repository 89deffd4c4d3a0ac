"""Files: sent, tried, taken over, mended and sent again, in every form."""

from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from tests.catalog_factories import Items
from tests.conftest import SetClock
from tests.factories import Hall
from tests.imports_factories import (
    FORMS,
    IMPORTS,
    applied,
    as_csv,
    as_xlsx,
    cells_of,
    checked,
    counts,
    faults_of,
    order,
    rows_of,
    send_file,
    work,
)

from yimen.core.audit import AuditEntry
from yimen.core.dependencies import Context
from yimen.core.numbering import NumberSeries
from yimen.core.outbox import OutboxEvent
from yimen.domains.cases.models import Case, PastCase
from yimen.domains.catalog.models import ServiceItem
from yimen.domains.imports.jobs import forget_old_imports
from yimen.domains.imports.models import ImportJob, ImportRow
from yimen.domains.inspections.models import InspectionRound
from yimen.domains.organisation.models import StaffMember

A, B = "县市场监督管理局", "县自然资源局"
STAFF = (
    ("工号", "姓名", "派遣部门", "职务", "窗口"),
    ("0101", "阿依古丽·买买提", A, "窗口工作人员", "01"),
    ("0102", "李强", B, "科员", ""),
    ("0103", "王芳", "中心", "办公室主任", ""),
)
ITEMS = (
    ("department", "group", "name", "item_code", "task_type"),
    (A, "未分类", "企业投资项目备案（技术改造）（市级/县级）", "511Z07001006-1-00", "10"),
    (A, "食品经营许可", '许可(据令第349号,权限下放"8市")', "511A0017900001", "1"),
    (B, "未分类", "临时用地政策咨询", "", "20"),
)
CALENDAR = (
    ("年度", "日期", "类别", "说明", "依据"),
    ("2027", "2027-02-20", "调休上班", "春节", "国办发明电〔2026〕1号"),
    ("2027", "2027-02-10", "放假调休", "春节", "国办发明电〔2026〕1号"),
    ("2027", "2027/3/11", "自治区法定节日", "肉孜节", "国办发明电〔2026〕1号"),
)
INSPECTIONS = (
    ("督查类型", "督查日期", "督查人员", "扣分项", "处数", "窗口", "责任人", "说明"),
    ("窗口卫生", "2026-03-09", "赵敏、李强", "hygiene.window.07", "2", "01", "", "台面有污渍"),
    ("窗口卫生", "2026-03-09", "赵敏、李强", "hygiene.window.08", "", "02", "", ""),
    ("窗口卫生", "2026-03-10", "赵敏", "hygiene.window.07", "1", "01", "", ""),
)
FOOD = "食品经营许可（新办）"
PAST_CASES = (
    (
        "原办件编号", "部门", "事项名称", "申请人类型", "申请人", "收件日期", "办结日期", "结果",
        "身份证号",
    ),
    ("2019-0417", A, FOOD, "个人", "阿依古丽·买买提", "2019-04-17", "2019-04-29", "准予", ""),
    ("20190418号", "", FOOD, "单位", "某某商行", "2019/4/18", "2019年5月6日", "不予", "6540"),
    ("2019-0419", A, FOOD, "person", "李强", "2019-04-19", "2019-04-19", "驳回", ""),
)  # fmt: skip
TABLES = (
    StaffMember, ServiceItem, InspectionRound, PastCase, NumberSeries, AuditEntry, OutboxEvent,
)  # fmt: skip
GOOD: dict[str, tuple[tuple[str, ...], ...]] = {
    "staff": STAFF,
    "items": ITEMS,
    "calendar": CALENDAR,
    "inspections": INSPECTIONS,
    "past_cases": PAST_CASES,
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", GOOD)
async def test_every_kind_comes_in_every_form_and_a_second_time_changes_nothing(
    *, office: httpx.AsyncClient, hall: Hall, items: Items, context: Context, kind: str, form: str
) -> None:
    file = FORMS[form](GOOD[kind])
    tried = await checked(office, context, kind, file)
    assert (tried["state"], counts(tried)) == ("checked", (3, 0, 0, 0)), await rows_of(
        office, tried
    )
    done = await applied(office, context, kind, file)
    assert (done["state"], counts(done)) == ("applied", (3, 0, 0, 0))
    assert (done["checked_count"], done["settled_count"]) == (3, 3)
    again = await applied(office, context, kind, file)
    assert counts(again) == (0, 0, 3, 0), await rows_of(office, again)


@pytest.mark.parametrize("kind", GOOD)
async def test_trying_a_file_writes_nothing_but_what_it_found(
    *,
    office: httpx.AsyncClient,
    hall: Hall,
    items: Items,
    context: Context,
    session: AsyncSession,
    kind: str,
) -> None:
    async def written() -> list[int]:
        return [
            int(await session.scalar(sa.select(sa.func.count()).select_from(table)) or 0)
            for table in TABLES
        ]

    sent = (await send_file(office, kind, as_csv(GOOD[kind]))).json()
    before = await written()
    year = (await office.get("/api/v1/calendar/years/2027")).json()
    await work(context, sent["id"])
    assert await written() == [*before[:-1], before[-1] + 1]
    assert (await office.get("/api/v1/calendar/years/2027")).json() == year
    event = await session.scalar(sa.select(OutboxEvent).order_by(OutboxEvent.id.desc()).limit(1))
    assert event is not None
    assert (event.kind, event.facts["created"]) == ("imports.checked", 3)


async def test_what_was_taken_over_is_there_in_the_name_of_who_gave_the_word(
    office: httpx.AsyncClient, hall: Hall, context: Context, session: AsyncSession
) -> None:
    await applied(office, context, "staff", as_csv(STAFF))
    page = (await office.get("/api/v1/staff", params={"window_id": str(hall.window_01)})).json()
    people = {person["staff_number"]: person for person in page["items"]}
    assert people["0101"]["name"] == "阿依古丽·买买提"
    entry = await session.scalar(
        sa.select(AuditEntry)
        .where(AuditEntry.action == "staff.create")
        .order_by(AuditEntry.id.desc())
        .limit(1)
    )
    assert entry is not None
    assert (entry.account_id, entry.new and entry.new["staff_number"]) == (
        hall.office.account_id,
        "0103",
    )


async def test_a_staff_row_changes_what_it_says_and_leaves_what_it_does_not(
    office: httpx.AsyncClient, hall: Hall, context: Context
) -> None:
    await applied(office, context, "staff", as_csv(STAFF))
    file = as_csv((("工号", "职务", "窗口"), ("0102", "副科长", "03"), ("0101", "", "")))
    done = await applied(office, context, "staff", file)
    assert counts(done) == (0, 1, 1, 0)
    [changed] = await rows_of(office, done, state="changed")
    assert (changed["subject"], changed["reasons"][0]["detail"]) == ("0102", "变更：职务、窗口。")
    staff = (await office.get("/api/v1/staff")).json()["items"]
    [person] = [found for found in staff if found["staff_number"] == "0102"]
    assert (person["name"], person["post"], person["department_name"]) == ("李强", "副科长", B)


async def test_a_published_year_moves_with_the_file_and_one_faulty_day_keeps_all_back(
    office: httpx.AsyncClient, hall: Hall, context: Context
) -> None:
    worked_already = ("2027", "2027-02-22", "调休上班", "", "国办发明电〔2026〕1号")
    tried = await checked(office, context, "calendar", as_csv((*CALENDAR, worked_already)))
    assert counts(tried) == (0, 0, 0, 4)
    tried = await checked(
        office, context, "calendar", as_csv((*CALENDAR, ("2027", "", *CALENDAR[1][2:])))
    )
    assert await faults_of(office, tried) == [
        (2, "kept_back"), (3, "kept_back"), (4, "kept_back"), (5, "missing"),
    ]  # fmt: skip
    await applied(office, context, "calendar", as_csv(CALENDAR))
    year = (await office.get("/api/v1/calendar/years/2027")).json()
    days = {day["day"]: day["kind"] for day in year["days"]}
    assert days["2027-02-20"] == "makeup_workday"
    assert days["2027-03-11"] == "regional_holiday"


FAULTY = (
    *STAFF,
    ("0104", "赵敏", "县市监局", "科员", ""),
    ("0105", "", A, "科员", ""),
    ("0101", "李强", A, "科员", ""),
    ("0106", "钱进", A, "科员", "99"),
)


async def test_faulty_rows_come_back_as_a_workbook_that_is_mended_and_sent_again(
    office: httpx.AsyncClient, hall: Hall, context: Context
) -> None:
    job = await checked(office, context, "staff", as_csv(FAULTY))
    assert counts(job) == (3, 0, 0, 4)
    assert await faults_of(office, job) == [
        (5, "unknown_department"), (6, "missing"), (7, "duplicate_row"), (8, "unknown_window"),
    ]  # fmt: skip
    refused = await order(office, job)
    assert (refused.status_code, refused.json()["code"]) == (409, "import_has_faulty_rows")
    done = await applied(office, context, "staff", as_csv(FAULTY), skip_faulty=True)
    assert counts(done) == (3, 0, 0, 4)
    reply = await office.get(f"{IMPORTS}/{done['id']}/faulty-rows")
    assert reply.status_code == 200
    header, *rows = cells_of(reply.content)
    assert header == ["工号", "姓名", "派遣部门", "职务", "窗口", "行号", "有误的原因"]
    assert [row[5] for row in rows] == ["5", "6", "7", "8"]
    assert "没有这个编号的窗口" in rows[3][6]
    rows[0][2], rows[1][1], rows[2][0], rows[3][4] = A, "孙丽", "0107", "02"
    mended = await applied(office, context, "staff", as_xlsx([header, *rows]))
    assert counts(mended) == (4, 0, 0, 0), await rows_of(office, mended)
    assert mended["passed_over_columns"] == ["行号", "有误的原因"]


async def test_what_stands_in_no_known_column_comes_back_with_the_faulty_rows_alone(
    office: httpx.AsyncClient, hall: Hall, context: Context, session: AsyncSession
) -> None:
    file = (
        b"memo,staff_number,,name,department,post\r\n"
        + f"甲的备注,0101,,李强,{A},科员\r\n".encode()
        + f"身份证 654028197,0102,旁注,王芳,{A},\r\n".encode()
        + f"丙的备注,0103,,王芳,{A},科员,再多,一格\r\n".encode()
    )
    job = await applied(office, context, "staff", file, skip_faulty=True)
    assert counts(job) == (1, 0, 0, 2)
    kept = await session.scalar(sa.select(ImportJob.others))
    assert kept is not None and b"654028197" not in kept
    assert "654028197" not in str((await session.scalars(sa.select(ImportRow.cells))).all())

    async def faulty(job: dict[str, Any]) -> list[list[str]]:
        reply = await office.get(f"{IMPORTS}/{job['id']}/faulty-rows")
        assert reply.status_code == 200, reply.text
        return cells_of(reply.content)

    header, missing, surplus = await faulty(job)
    assert header[:9] == [
        "工号", "姓名", "派遣部门", "职务", "memo", "", "行号", "有误的原因", "",
    ]  # fmt: skip
    assert missing[:7] == ["0102", "王芳", A, "", "身份证 654028197", "旁注", "3"]
    assert (surplus[4:7], surplus[8:]) == (["丙的备注", "", "4"], ["再多", "一格"])
    read = sa.select(AuditEntry.new).where(AuditEntry.action == "imports.read_faulty_rows")
    assert await session.scalar(read) == {"columns": ["memo", ""]}
    again = await checked(office, context, "staff", as_xlsx([header[:8], missing[:8]]))
    assert (await faulty(again))[1][:7] == ["0102", "王芳", A, "", "身份证 654028197", "旁注", "2"]


async def test_a_file_without_faults_has_no_faulty_rows_to_download(
    office: httpx.AsyncClient, hall: Hall, context: Context
) -> None:
    job = await checked(office, context, "staff", as_csv(STAFF))
    reply = await office.get(f"{IMPORTS}/{job['id']}/faulty-rows")
    assert (reply.status_code, reply.json()["code"]) == (409, "import_without_faulty_rows")


@pytest.mark.parametrize("kind", GOOD)
async def test_a_template_that_is_filled_in_can_be_imported(
    office: httpx.AsyncClient, hall: Hall, items: Items, context: Context, kind: str
) -> None:
    reply = await office.get(f"/api/v1/import-templates/{kind}")
    assert reply.status_code == 200
    [header] = cells_of(reply.content)
    if kind == "items":
        given = dict(
            zip(("部门", "主项名称", "事项名称", "国家编码", "事项类型"), ITEMS[2], strict=True)
        )
        given["事项类型"] = "行政许可"
    else:
        given = dict(zip(GOOD[kind][0], GOOD[kind][1], strict=True))
    done = await applied(
        office, context, kind, as_xlsx([header, [given.get(name, "") for name in header]])
    )
    assert counts(done) == (1, 0, 0, 0), await rows_of(office, done)


async def test_unknown_departments_of_items_are_made_where_that_is_asked_for(
    office: httpx.AsyncClient, hall: Hall, context: Context
) -> None:
    file = as_csv(
        (ITEMS[0], ("区经信局", "未分类", "甲", "1", "1"), ("区经信局", "未分类", "乙", "2", "1"))
    )
    tried = await checked(office, context, "items", file)
    assert await faults_of(office, tried) == [(2, "unknown_department"), (3, "unknown_department")]
    done = await applied(office, context, "items", file, create_departments="true")
    assert counts(done) == (2, 0, 0, 0)


@pytest.mark.parametrize(
    ("file", "code"),
    [
        (b"", "empty_file"),
        (b"\xd0\xcf\x11\xe0 old", "old_excel"),
        ("工号,姓名".encode("utf-16"), "unknown_encoding"),
        (b"PK\x03\x04 not a workbook", "broken_xlsx"),
    ],
)
async def test_a_file_of_another_kind_is_refused_at_the_door(
    office: httpx.AsyncClient, hall: Hall, file: bytes, code: str
) -> None:
    reply = await send_file(office, "staff", file)
    assert (reply.status_code, reply.json()["code"]) == (422, "import_file_faulty")
    assert reply.json()["errors"][0]["code"] == code


@pytest.mark.parametrize(
    ("file", "code"),
    [
        (as_csv((("姓名",), ("李强",))), "missing_columns"),
        (as_csv((("工号", "工号"), ("1", "2"))), "columns_twice"),
        (as_csv((("工号",),)), "no_rows"),
        (b'\xe5\xb7\xa5\xe5\x8f\xb7,a\n1,"2\n', "broken_csv"),
        (b'{"staff_number": "1"}\nnothing\n', "broken_json"),
        (b'{"staff_number": {"a": 1}}\n', "nested_json"),
    ],
)
async def test_a_file_that_cannot_be_read_says_why_and_cannot_be_taken_over(
    office: httpx.AsyncClient, hall: Hall, context: Context, file: bytes, code: str
) -> None:
    job = await checked(office, context, "staff", file)
    assert (job["state"], job["fault_code"]) == ("unreadable", code)
    assert job["allowed_actions"][0]["reason_code"] == "import_unreadable"
    reply = await order(office, job)
    assert (reply.status_code, reply.json()["code"]) == (409, "import_unreadable")


async def test_a_command_names_the_version_it_saw_and_is_given_once(
    office: httpx.AsyncClient, hall: Hall, context: Context
) -> None:
    sent = (await send_file(office, "staff", as_csv(STAFF))).json()
    early = await order(office, sent)
    assert (early.status_code, early.json()["code"]) == (409, "import_under_way")
    await work(context, sent["id"])
    stale = await order(office, sent)
    assert stale.status_code == 412
    job: dict[str, Any] = (await office.get(f"{IMPORTS}/{sent['id']}")).json()
    assert (await order(office, job)).status_code == 200
    await work(context, job["id"])
    job = (await office.get(f"{IMPORTS}/{sent['id']}")).json()
    late = await order(office, job)
    assert (late.status_code, late.json()["code"]) == (409, "import_applied")


async def test_an_upload_without_a_key_is_refused_and_one_sent_twice_is_one(
    office: httpx.AsyncClient, hall: Hall, session: AsyncSession
) -> None:
    bare = await office.post(
        IMPORTS, files={"file": ("a.csv", as_csv(STAFF))}, data={"kind": "staff"}
    )
    assert (bare.status_code, bare.json()["code"]) == (428, "idempotency_key_missing")
    first = await send_file(office, "staff", as_csv(STAFF), key="once")
    second = await send_file(office, "staff", as_csv(STAFF), key="once")
    assert first.json()["id"] == second.json()["id"]
    assert await session.scalar(sa.select(sa.func.count()).select_from(ImportJob)) == 1


async def test_files_and_rows_are_listed_page_by_page(
    office: httpx.AsyncClient, director: httpx.AsyncClient, hall: Hall, context: Context
) -> None:
    job = await checked(office, context, "staff", as_csv(STAFF))
    await send_file(office, "items", as_csv(ITEMS))
    page = (await director.get(IMPORTS, params={"kind": "staff"})).json()
    assert [found["id"] for found in page["items"]] == [job["id"]]
    assert page["items"][0]["allowed_actions"][0]["reason_code"] == "forbidden"
    lines, cursor = [], None
    while True:
        query: dict[str, Any] = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        found = (await director.get(f"{IMPORTS}/{job['id']}/rows", params=query)).json()
        lines += [row["line"] for row in found["items"]]
        cursor = found["next_cursor"]
        if cursor is None:
            break
    assert lines == [2, 3, 4]


async def test_findings_of_one_day_and_inspectors_are_one_round_that_has_ended(
    office: httpx.AsyncClient, hall: Hall, context: Context
) -> None:
    await applied(office, context, "inspections", as_csv(INSPECTIONS))
    rounds = (await office.get("/api/v1/inspections")).json()["items"]
    assert [(one["inspected_on"], one["state"], one["finding_count"]) for one in rounds] == [
        ("2026-03-10", "closed", 1),
        ("2026-03-09", "closed", 2),
    ]
    more = ("窗口卫生", "2026-03-09", "赵敏、李强", "hygiene.window.09", "1", "01", "", "")
    other = ("窗口卫生", "2026-03-09", "赵敏、李强", "hygiene.window.07", "3", "01", "", "")
    nowhere = ("窗口卫生", "2026-03-09", "赵敏、李强", "hygiene.window.99", "1", "01", "", "")
    file = as_csv((*INSPECTIONS[:3], more, nowhere))
    done = await applied(office, context, "inspections", file, skip_faulty=True)
    assert (counts(done), await faults_of(office, done)) == ((1, 0, 2, 1), [(5, "unknown")])
    tried = await checked(office, context, "inspections", as_csv((INSPECTIONS[0], other)))
    assert await faults_of(office, tried) == [(2, "finding_repeated")]
    rounds = (await office.get("/api/v1/inspections", params={"last": "2026-03-09"})).json()
    assert sorted(one["finding_count"] for one in rounds["items"]) == [1, 2]


async def test_past_cases_are_records_that_no_clock_number_paper_or_list_of_cases_knows(
    *,
    office: httpx.AsyncClient,
    clerk: httpx.AsyncClient,
    hall: Hall,
    items: Items,
    context: Context,
    session: AsyncSession,
) -> None:
    numbers = await session.scalar(sa.select(sa.func.count()).select_from(NumberSeries))
    done = await applied(office, context, "past_cases", as_csv(PAST_CASES))
    assert counts(done) == (3, 0, 0, 0)
    assert done["passed_over_columns"] == ["身份证号"]
    page = (await office.get("/api/v1/past-cases", params={"case_number": "20190418号"})).json()
    [found] = page["items"]
    assert (found["origin"], found["outcome"], found["closed_on"]) == (
        "imported", "refused", "2019-05-06",
    )  # fmt: skip
    assert (await clerk.get("/api/v1/past-cases")).json()["items"] == []
    assert (await office.get("/api/v1/cases")).json()["items"] == []
    assert await session.scalar(sa.select(sa.func.count()).select_from(Case)) == 0
    assert numbers == await session.scalar(sa.select(sa.func.count()).select_from(NumberSeries))
    kept = (await session.scalars(sa.select(ImportRow.cells))).all()
    assert all("6540" not in str(cells) for cells in kept)
    assert await session.scalar(sa.select(ImportJob.content)) is None


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({0: "BJ-2026-000001"}, "number_of_this_hall"),
        ({6: "2019-04-01"}, "out_of_order"),
        ({6: "2026-03-11"}, "in_future"),
        ({7: "办理中"}, "unknown_word"),
        ({2: "没有这个事项"}, "unknown_item"),
        ({5: "2019-02-30"}, "no_day"),
    ],
)
async def test_a_past_case_that_cannot_have_been_is_refused(
    *,
    office: httpx.AsyncClient,
    hall: Hall,
    items: Items,
    context: Context,
    change: dict[int, str],
    code: str,
) -> None:
    row = [change.get(place, cell) for place, cell in enumerate(PAST_CASES[1])]
    job = await checked(office, context, "past_cases", as_csv((PAST_CASES[0], row)))
    assert await faults_of(office, job) == [(2, code)]


async def test_a_number_that_a_row_will_have_is_told_when_it_has_it(
    office: httpx.AsyncClient, hall: Hall, context: Context
) -> None:
    tried = await checked(office, context, "items", as_csv(ITEMS))
    assert {row["subject"] for row in await rows_of(office, tried)} == {None}
    done = await applied(office, context, "items", as_csv(ITEMS))
    given = ["SX-000001", "SX-000002", "SX-000003"]  # trying used none of them up
    assert [row["subject"] for row in await rows_of(office, done)] == given


async def test_files_and_what_their_rows_say_of_people_are_forgotten_after_a_quarter(
    *,
    office: httpx.AsyncClient,
    hall: Hall,
    context: Context,
    session: AsyncSession,
    clock: SetClock,
) -> None:
    await checked(office, context, "staff", as_csv(STAFF))
    for days, rows in ((89, 3), (2, 0)):
        clock.advance(days=days)
        await forget_old_imports(session, clock())
        assert await session.scalar(sa.select(sa.func.count()).select_from(ImportRow)) == rows
