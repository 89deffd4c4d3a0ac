"""Files of touches: tried, taken over at once, mended, sent again and undone."""

from typing import Any
from uuid import UUID

import httpx
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from tests.attendance_factories import log_of, make_clock, make_clock_user
from tests.factories import Hall
from tests.imports_factories import (
    FORMS,
    IMPORTS,
    applied,
    as_xlsx,
    cells_of,
    checked,
    counts,
    order,
    read,
    rows_of,
    send_file,
    work,
)

from yimen.core.clock import HALL_ZONE
from yimen.core.dependencies import Context
from yimen.domains.attendance.models import Punch, PunchBatch, PunchFault
from yimen.domains.imports.models import ImportJob

BATCHES = "/api/v1/attendance/batches"
TOUCHES = (("11", "2026-03-09 09:58:12"), ("0012", "2026-03-09 10:07:00"))
TABLE = (("考勤号", "打卡时间", "状态"), *((user, at, "0") for user, at in TOUCHES))
FILES = {name: write(TABLE) for name, write in FORMS.items()} | {"attlog": log_of(TOUCHES)}
DIRTY = (
    b"       11\t2026-03-09 09:58:12\t1\t0\t1\t0\n"
    b"       11\t2026-03-09 09:58:12\t1\t0\t1\t0\n"
    b"       99\t2026-03-09 10:01:00\t1\t0\t1\t0\n"
    b"       20\t2131-01-08 08:46:56\t1\t255\t32\t-1\n"
    b"         \t2026-03-09 10:00:00\t1\t0\t1\t0\n"
    b"       11\t2026-03-09 14:03:00\t1\t48\t50\t5\n"
    b"=what is this\n"
    b"ZZ\t2047-02-30 19:13:30\t1\t90\t90\t1515870810\n"
)


@pytest.fixture(autouse=True)
async def clock_id(session: AsyncSession, hall: Hall) -> UUID:
    made = await make_clock(session)
    await make_clock_user(session, made, "11", hall.clerk.staff_id)
    return made


async def stored(session: AsyncSession) -> list[tuple[str, str]]:
    rows = await session.execute(
        sa.select(Punch.device_user_id, Punch.punched_at)
        .join(PunchBatch, PunchBatch.id == Punch.batch_id)
        .where(PunchBatch.reversed_at.is_(None))
        .order_by(Punch.punched_at)
    )
    return [(user, f"{at.astimezone(HALL_ZONE):%Y-%m-%d %H:%M:%S}") for user, at in rows]


async def count(session: AsyncSession, table: type[Any]) -> int:
    return int(await session.scalar(sa.select(sa.func.count()).select_from(table)) or 0)


@pytest.mark.parametrize("form", FILES)
async def test_touches_come_in_every_form_and_a_second_time_change_nothing(
    office: httpx.AsyncClient, context: Context, session: AsyncSession, form: str
) -> None:
    tried = await checked(office, context, "punches", FILES[form], clock_number="K1")
    assert (tried["state"], counts(tried)) == ("checked", (2, 0, 0, 0)), tried
    assert tried["punches"]["file_format"] == form.replace("gb18030", "csv")
    assert (await count(session, Punch), await count(session, PunchBatch)) == (0, 0)
    done = await applied(office, context, "punches", FILES[form], clock_number="K1")
    assert (done["state"], counts(done)) == ("applied", (2, 0, 0, 0))
    assert (done["checked_count"], done["settled_count"]) == (2, 2)
    assert await stored(session) == list(TOUCHES)
    again = await applied(office, context, "punches", FILES[form], clock_number="K1")
    assert (again["state"], counts(again)) == ("applied", (0, 0, 2, 0))
    assert (again["punches"]["is_repetition"], again["punches"]["batch_id"]) == (True, None)
    assert await count(session, PunchBatch) == 1


async def test_faulty_lines_are_reported_and_hold_the_others_back_unless_they_may_be_skipped(
    office: httpx.AsyncClient, context: Context, session: AsyncSession
) -> None:
    job = await checked(office, context, "punches", DIRTY, clock_number="K1")
    assert (job["row_count"], counts(job)) == (8, (3, 0, 1, 4))
    assert [user["device_user_id"] for user in job["punches"]["unknown_users"]] == ["99"]
    rows = [
        (row["line"], row["state"], reason["column"], reason["code"])
        for row in await rows_of(office, job)
        for reason in row["reasons"]
    ]
    assert rows == [
        (4, "refused", "device_time", "impossible_time"),
        (5, "refused", "device_user_id", "no_user_id"),
        (6, "created", "state", "senseless_state"),
        (7, "refused", None, "unreadable_line"),
        (8, "refused", "device_time", "unreadable_time"),
    ]
    refusal = await order(office, job)
    assert (refusal.status_code, refusal.json()["code"]) == (409, "import_has_faulty_rows")
    assert (await order(office, job, skip_faulty=True)).status_code == 200
    await work(context, job["id"])
    done = await read(office, job["id"])
    assert (done["state"], counts(done), done["settled_count"]) == ("applied", (3, 0, 1, 4), 8)
    assert await count(session, Punch) == 3
    assert await count(session, PunchFault) == 5
    again = await checked(office, context, "punches", DIRTY, clock_number="K1")
    assert counts(again) == (0, 0, 4, 4)
    [kept] = await rows_of(office, again, state="unchanged")
    assert kept["line"] == 6


async def test_faulty_lines_are_mended_in_a_workbook_and_sent_again(
    office: httpx.AsyncClient, context: Context, session: AsyncSession
) -> None:
    job = await applied(office, context, "punches", DIRTY, skip_faulty=True, clock_number="K1")
    reply = await office.get(f"{IMPORTS}/{job['id']}/faulty-rows")
    assert reply.status_code == 200, reply.text
    table = cells_of(reply.content)
    assert table[0][:2] == ["考勤号", "打卡时间"]
    assert table[0][-2:] == ["行号", "有误的原因"]
    assert [row[5] for row in table[1:]] == ["4", "5", "7", "8"]
    assert table[1][:5] == ["20", "2131-01-08 08:46:56", "255", "32", "-1"]
    assert table[3][0] == "=what is this"
    unmended = await checked(office, context, "punches", reply.content, clock_number="K1")
    assert counts(unmended) == (0, 0, 0, 4)
    table[1][:2] = ["11", "2026-03-09 15:28:00"]
    mended = await applied(office, context, "punches", as_xlsx(table[:2]), clock_number="K1")
    assert (mended["state"], counts(mended)) == ("applied", (1, 0, 0, 0))
    assert ("11", "2026-03-09 15:28:00") in await stored(session)


async def test_a_taken_file_is_undone_by_reversing_its_batch(
    office: httpx.AsyncClient, context: Context, session: AsyncSession
) -> None:
    job = await applied(office, context, "punches", FILES["attlog"], clock_number="K1")
    path = f"{BATCHES}/{job['punches']['batch_id']}"
    batch = await office.get(path)
    assert (batch.json()["punch_count"], batch.json()["received_by_name"]) == (
        2,
        job["ordered_by_name"],
    )
    undone = await office.post(
        f"{path}/reverse",
        json={"reason": "另一台考勤机的文件"},
        headers={"If-Match": batch.headers["etag"]},
    )
    assert undone.status_code == 200, undone.text
    assert await stored(session) == []
    again = await applied(office, context, "punches", FILES["attlog"], clock_number="K1")
    assert counts(again) == (2, 0, 0, 0)
    assert await stored(session) == list(TOUCHES)


@pytest.mark.parametrize(
    ("clock_number", "status", "code"),
    [("", 422, "missing"), (None, 422, "missing"), ("K9", 409, "clock_unknown")],
)
async def test_touches_name_their_clock(
    office: httpx.AsyncClient, clock_number: str | None, status: int, code: str
) -> None:
    options = {} if clock_number is None else {"clock_number": clock_number}
    reply = await send_file(office, "punches", FILES["csv"], **options)
    found = reply.json()
    told = found["errors"][0]["code"] if found.get("errors") else found["code"]
    assert (reply.status_code, told) == (status, code), reply.text


@pytest.mark.parametrize(
    ("file", "code"),
    [
        ("姓名,时间\n某某,2026-03-10 10:00\n".encode(), "missing_columns"),
        (b'{"device_user_id": "11"}\n', "missing_columns"),
        (b'{"device_user_id": "11", "device_time": "2026-03-10 10:00"}\n{\n', "broken_json"),
    ],
)
async def test_a_file_that_is_none_of_touches_says_why(
    office: httpx.AsyncClient, context: Context, session: AsyncSession, file: bytes, code: str
) -> None:
    job = await checked(office, context, "punches", file, clock_number="K1")
    assert (job["state"], job["fault_code"], job["row_count"]) == ("unreadable", code, 0)
    assert job["fault"]
    kept = await session.scalar(sa.select(ImportJob.content))
    assert kept is None
