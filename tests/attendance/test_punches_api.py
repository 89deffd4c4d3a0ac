"""Clocks, their users, touches and their import through HTTP (ATTEND 一(三))."""

import csv
import io
from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import httpx
import openpyxl
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession
from tests.attendance_factories import derive, log_of, make_clock, make_clock_user
from tests.conftest import SetClock
from tests.factories import Hall
from tests.imports_factories import applied, checked

from yimen.core.audit import AuditEntry
from yimen.core.clock import HALL_ZONE
from yimen.core.dependencies import Context
from yimen.domains.attendance import repository_punches, rules_files
from yimen.domains.attendance.models import (
    AttendanceMark,
    Punch,
    PunchBatch,
    PunchFault,
    PunchFile,
)

CLOCKS = "/api/v1/time-clocks"
USERS = "/api/v1/clock-users"
ATTENDANCE = "/api/v1/attendance"

DIRTY = (
    b"       11\t2026-03-09 09:58:12\t1\t0\t1\t0\n"
    b"       11\t2026-03-09 09:58:12\t1\t0\t1\t0\n"  # the same again
    b"       11\t2026-03-09 14:02:00\t1\t1\t1\t0\r\n"
    b"       12\t2026-03-09 09:57:59\t1\t0\t1\t0\n"  # earlier than the line before
    b"       99\t2026-03-09 10:01:00\t1\t0\t1\t0\n"  # nobody's
    b"ZZZZZZZZZZ\t2047-02-30 19:13:30\t1\t90\t90\t1515870810\n"
    b"ZZZZZZZZZZ\t2047-02-30 19:13:30\t1\t90\t90\t1515870810\n"
    b"       20\t2131-01-08 08:46:56\t1\t255\t32\t-1\n"
    b"         \t2026-03-09 10:00:00\t1\t0\t1\t0\n"
    b"       12\t2000-01-01 00:00:48\t1\t0\t2\t808678932\n"
    b"       12\t2026-03-09 14:03:00\t1\t48\t50\t5\n"  # the state makes no sense, the time does
    b"what is this\n"
    b"       11\t2026-03-09 15:28:00\t1\t0\t1\t0"
)


@pytest.fixture
async def clock_id(session: AsyncSession, hall: Hall) -> UUID:
    """A clock that knows the clerk as 11 and the clerk next door as 12."""
    made = await make_clock(session)
    await make_clock_user(session, made, "11", hall.clerk.staff_id)
    await make_clock_user(session, made, "12", hall.clerk_next_door.staff_id)
    return made


def problem(reply: httpx.Response) -> tuple[int, str]:
    return reply.status_code, reply.json()["code"]


def key() -> dict[str, str]:
    return {"Idempotency-Key": str(uuid4())}


async def report_of(
    office: httpx.AsyncClient,
    context: Context,
    file: bytes,
    *,
    dry_run: bool = False,
    name: str = "1_attlog.dat",
) -> dict[str, Any]:
    """What a file comes to that is sent and tried and, unless that is all, taken over."""
    if dry_run:
        job = await checked(office, context, "punches", file, clock_number="K1")
    else:
        job = await applied(
            office, context, "punches", file, name=name, skip_faulty=True, clock_number="K1"
        )
    report: dict[str, Any] = job["punches"]
    return report


async def contents(session: AsyncSession) -> dict[str, int]:
    """How many rows lie in each table that an import writes to."""
    tables = (Punch, PunchBatch, PunchFile, PunchFault, AttendanceMark)
    return {
        table.__tablename__: (
            await session.execute(sa.select(sa.func.count()).select_from(table))
        ).scalar_one()
        for table in tables
    }


async def stored(session: AsyncSession) -> list[tuple[str, str]]:
    rows = await session.execute(
        sa.select(Punch.device_user_id, Punch.punched_at).order_by(
            Punch.device_user_id, Punch.punched_at
        )
    )
    return [(user, at.astimezone().isoformat()) for user, at in rows]


# --- clocks


async def test_the_office_hangs_up_a_clock_and_takes_it_down(
    office: httpx.AsyncClient, director: httpx.AsyncClient, session: AsyncSession
) -> None:
    wish = {"number": "K1", "name": "大厅正门考勤机", "in_use_from": "2026-01-05"}
    made = await office.post(CLOCKS, json=wish)
    assert made.status_code == 201, made.text
    assert made.headers["ETag"] == '"1"'
    path = f"{CLOCKS}/{made.json()['id']}"
    assert problem(await office.post(CLOCKS, json=wish)) == (409, "clock_number_taken")
    changed = await office.patch(
        path, json={"retired_on": "2026-06-30", "name": "正门"}, headers={"If-Match": '"1"'}
    )
    assert changed.status_code == 200, changed.text
    assert changed.json() == made.json() | {"retired_on": "2026-06-30", "name": "正门"}
    stale = await office.patch(path, json={"name": "x"}, headers={"If-Match": '"1"'})
    assert problem(stale) == (412, "stale")
    backwards = await office.patch(
        path, json={"retired_on": "2025-01-01"}, headers={"If-Match": '"2"'}
    )
    assert backwards.json()["errors"][0]["pointer"] == "/retired_on"
    again = await office.patch(path, json={"retired_on": None}, headers={"If-Match": '"2"'})
    assert again.json()["retired_on"] is None
    read = await director.get(path)
    [looks_on] = read.json()["allowed_actions"]
    assert (looks_on["allowed"], looks_on["reason_code"]) == (False, "forbidden")
    shown = read.json() | {"allowed_actions": again.json()["allowed_actions"]}
    assert (shown, read.headers["ETag"]) == (again.json(), '"3"')
    listed = await director.get(CLOCKS, params={"with_total": True})
    assert (listed.json()["items"], listed.json()["total"]) == ([read.json()], 1)
    actions = await session.scalars(
        sa.select(AuditEntry.action).where(AuditEntry.subject_type == "time_clock")
    )
    assert list(actions) == ["time_clocks.create", "time_clocks.change", "time_clocks.change"]
    assert (await office.get(f"{CLOCKS}/{uuid4()}")).status_code == 404


async def test_a_user_id_is_one_persons_at_a_time(
    office: httpx.AsyncClient, clock_id: UUID, hall: Hall, session: AsyncSession
) -> None:
    other = await make_clock(session, number="K2")
    wish = {
        "clock_ids": [str(clock_id), str(other)],
        "device_user_id": "13",
        "staff_id": str(hall.colleague.staff_id),
        "starts_on": "2026-02-01",
    }
    made = await office.post(USERS, json=wish)
    assert made.status_code == 201, made.text
    assert [item["clock_number"] for item in made.json()["items"]] == ["K1", "K2"]
    taken = await office.post(USERS, json=wish | {"staff_id": str(hall.clerk.staff_id)})
    assert problem(taken) == (409, "clock_user_taken")
    first = made.json()["items"][0]
    path = f"{USERS}/{first['id']}"
    ended = await office.post(
        f"{path}/end", json={"ends_on": "2026-02-28"}, headers={"If-Match": '"1"'}
    )
    assert ended.json() == first | {"ends_on": "2026-02-28"}
    follower = await office.post(
        USERS,
        json=wish
        | {
            "clock_ids": [str(clock_id)],
            "staff_id": str(hall.clerk.staff_id),
            "starts_on": "2026-03-01",
        },
    )
    assert follower.status_code == 201
    on = {"clock_id": str(clock_id), "device_user_id": "13", "on": "2026-02-28"}
    listed = await office.get(USERS, params=on)
    assert [item["staff_name"] for item in listed.json()["items"]] == [hall.colleague.name]
    longer = await office.post(
        f"{path}/end", json={"ends_on": "2026-03-01"}, headers={"If-Match": '"2"'}
    )
    assert problem(longer) == (409, "clock_user_taken")


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"staff_id": str(uuid4())}, "/staff_id"),
        ({"clock_ids": [str(uuid4())]}, "/clock_ids"),
        ({"ends_on": "2026-01-01"}, "/ends_on"),
        ({"device_user_id": ""}, "/device_user_id"),
        ({"device_user_id": "a\tb"}, "/device_user_id"),
    ],
)
async def test_what_a_user_id_refers_to_must_be_there(
    office: httpx.AsyncClient, clock_id: UUID, hall: Hall, changes: dict[str, Any], pointer: str
) -> None:
    wish = {
        "clock_ids": [str(clock_id)],
        "device_user_id": "13",
        "staff_id": str(hall.colleague.staff_id),
        "starts_on": "2026-02-01",
    }
    reply = await office.post(USERS, json=wish | changes)
    assert reply.status_code == 422
    assert reply.json()["errors"][0]["pointer"] == pointer


# --- what clocks send


def touch(user: str = "11", at: str = "2026-03-10 09:58:12", **more: Any) -> dict[str, Any]:
    return {"clock_number": "K1", "device_user_id": user, "device_time": at} | more


@pytest.mark.parametrize(
    ("sent", "outcome", "fault"),
    [
        (touch(state="0", verify_mode="1", work_code="0"), "counted", None),
        (touch("   11 "), "counted", None),
        (touch(at="2026/3/10 9:58"), "counted", None),
        (touch("99"), "unknown_user", None),
        (touch(state="48"), "counted", "senseless_state"),
        (touch(at="2026-02-30 10:00:00"), "faulty", "unreadable_time"),
        (touch(at="2131-01-01 10:00:00"), "faulty", "impossible_time"),
        (touch(at="2026-03-11 11:00:00"), "counted", None),  # a day fast, and no more
        (touch(at="2026-03-11 11:00:01"), "faulty", "impossible_time"),
        (touch(at="2026-01-04 23:59:59"), "faulty", "impossible_time"),
        (touch(" "), "faulty", "no_user_id"),
        (touch("", ""), "faulty", "no_user_id"),
    ],
)
async def test_a_touch_that_a_clock_sends_is_answered_for(
    office: httpx.AsyncClient,
    clock_id: UUID,
    session: AsyncSession,
    sent: dict[str, Any],
    outcome: str,
    fault: str | None,
) -> None:
    reply = await office.post(f"{ATTENDANCE}/punches", json=sent, headers=key())
    assert reply.status_code == 201, reply.text
    assert (reply.json()["outcome"], reply.json()["fault"]) == (outcome, fault)
    assert reply.json()["received_at"] == "2026-03-10T11:00:00+08:00"
    kept = await stored(session)
    assert len(kept) == (0 if outcome == "faulty" else 1)
    listed = await office.get(f"{ATTENDANCE}/faults")
    kinds = [item["kind"] for item in listed.json()["items"]]
    assert kinds == ([fault] if fault and sent["device_time"] else [])


async def test_a_touch_sent_twice_counts_once(
    office: httpx.AsyncClient, clock_id: UUID, session: AsyncSession
) -> None:
    same = key()
    first = await office.post(f"{ATTENDANCE}/punches", json=touch(), headers=same)
    replayed = await office.post(f"{ATTENDANCE}/punches", json=touch(), headers=same)
    assert replayed.json() == first.json()
    assert replayed.headers["Idempotency-Replayed"] == "true"
    again = await office.post(f"{ATTENDANCE}/punches", json=touch(), headers=key())
    assert again.json()["outcome"] == "repeated"
    assert len(await stored(session)) == 1
    keyless = await office.post(f"{ATTENDANCE}/punches", json=touch())
    assert problem(keyless) == (428, "idempotency_key_missing")


async def test_touches_sent_together_are_each_answered_for(
    office: httpx.AsyncClient, clock_id: UUID, session: AsyncSession, hall: Hall, clock: SetClock
) -> None:
    sent = [
        {"device_user_id": "11", "device_time": "2026-03-10 09:58:12"},
        {"device_user_id": "11", "device_time": "2026-03-10 09:58:12"},
        {"device_user_id": "99", "device_time": "2026-03-10 09:59:00"},
        {"device_user_id": "12", "device_time": "yesterday"},
        {"device_user_id": "12", "device_time": "2026-03-09 19:31:00"},
    ]
    path = f"{ATTENDANCE}/punches/batch"
    reply = await office.post(path, json={"clock_number": "K1", "punches": sent}, headers=key())
    assert reply.status_code == 201, reply.text
    received = reply.json()
    assert [item["outcome"] for item in received["items"]] == [
        "counted",
        "repeated",
        "unknown_user",
        "faulty",
        "counted",
    ]
    counts = [received[f"{name}_count"] for name in ("counted", "repeated", "unknown", "faulty")]
    assert counts == [2, 1, 1, 1]
    marks = (
        await session.execute(sa.select(AttendanceMark.staff_id, AttendanceMark.first_on))
    ).all()
    assert sorted(map(tuple, marks)) == sorted(
        [
            (hall.clerk.staff_id, date(2026, 3, 10)),
            (hall.clerk_next_door.staff_id, date(2026, 3, 9)),
        ]
    )
    clock.advance(seconds=20)
    later = await office.post(path, json={"clock_number": "K1", "punches": sent}, headers=key())
    assert later.json()["batch_id"] == received["batch_id"]  # one batch a day and clock
    batch = (await office.get(f"{ATTENDANCE}/batches/{received['batch_id']}")).json()
    assert (batch["kind"], batch["live_on"]) == ("live", "2026-03-10")
    assert (batch["punch_count"], batch["fault_count"], batch["line_count"]) == (3, 1, 4)
    shown = (await office.get(f"{CLOCKS}/{clock_id}")).json()
    assert shown["last_seen_at"] == "2026-03-10T11:00:00+08:00"  # noted every half minute


async def test_a_touch_after_midnight_belongs_to_the_day_before(
    office: httpx.AsyncClient, clock_id: UUID, session: AsyncSession
) -> None:
    for at in ("2026-03-10 04:59:59", "2026-03-10 05:00:00"):
        await office.post(f"{ATTENDANCE}/punches", json=touch(at=at), headers=key())
    days = await session.scalars(sa.select(AttendanceMark.first_on).order_by(AttendanceMark.id))
    assert list(days) == [date(2026, 3, 9), date(2026, 3, 10)]


async def test_only_a_known_clock_in_use_may_send(
    office: httpx.AsyncClient, session: AsyncSession, hall: Hall
) -> None:
    unknown = await office.post(f"{ATTENDANCE}/punches", json=touch(), headers=key())
    assert problem(unknown) == (409, "clock_unknown")
    await make_clock(session, retired_on=date(2026, 3, 9))
    retired = await office.post(f"{ATTENDANCE}/punches", json=touch(), headers=key())
    assert problem(retired) == (409, "clock_retired")


async def test_a_clock_sends_with_its_own_credentials_and_for_itself_alone(
    office: httpx.AsyncClient, client: httpx.AsyncClient, session: AsyncSession, hall: Hall
) -> None:
    headers, ids = {}, {}
    for name, kind in (("钟一", "time_clock"), ("钟二", "time_clock"), ("屏", "screen")):
        given = (await office.post("/api/v1/devices", json={"name": name, "kind": kind})).json()
        form = {
            "grant_type": "client_credentials",
            "client_id": given["client_id"],
            "client_secret": given["client_secret"],
        }
        token = (await client.post("/api/v1/auth/device-token", data=form)).json()["access_token"]
        headers[name] = {"Authorization": f"Bearer {token}"}
        ids[name] = given["client_id"]
    wish = {"number": "K1", "name": "正门", "in_use_from": "2026-01-05", "device_id": ids["钟一"]}
    no_clock = await office.post(CLOCKS, json=wish | {"device_id": ids["屏"]})
    assert no_clock.json()["errors"][0]["pointer"] == "/device_id"
    made = await office.post(CLOCKS, json=wish)
    assert made.json()["device_id"] == ids["钟一"]
    twice = await office.post(CLOCKS, json=wish | {"number": "K2"})
    assert problem(twice) == (409, "clock_device_taken")
    await make_clock_user(session, UUID(made.json()["id"]), "11", hall.clerk.staff_id)
    path = f"{ATTENDANCE}/punches"
    sent = touch()
    del sent["clock_number"]
    own = await client.post(path, json=sent, headers=headers["钟一"] | key())
    assert own.json()["outcome"] == "counted", own.text
    named = await client.post(path, json=touch(), headers=headers["钟一"] | key())
    assert named.json()["outcome"] == "repeated"
    once = key()
    batch = {"punches": [{"device_user_id": "11", "device_time": "2026-03-10 14:01:00"}]}
    first, again = [
        await client.post(f"{path}/batch", json=batch, headers=headers["钟一"] | once)
        for _ in range(2)
    ]
    assert (first.status_code, first.json()["counted_count"]) == (201, 1)
    assert (again.json(), again.headers["Idempotency-Replayed"]) == (first.json(), "true")
    wrong = touch() | {"clock_number": "K2"}
    for refused in (
        await client.post(path, json=wrong, headers=headers["钟一"] | key()),
        await client.post(path, json=sent, headers=headers["钟二"] | key()),
    ):
        assert problem(refused) == (403, "not_this_clock")
    screen = await client.post(path, json=sent, headers=headers["屏"] | key())
    assert problem(screen) == (403, "forbidden")
    keyless = await client.post(path, json=sent, headers=headers["钟一"])
    assert problem(keyless) == (428, "idempotency_key_missing")
    actors = await session.scalars(
        sa.select(AuditEntry.actor).where(AuditEntry.action == "punches.receive")
    )
    assert list(actors) == ["device:钟一"] * 3
    assert (await client.get(path, headers=headers["钟一"])).status_code == 403


# --- fast and slow


async def test_a_clock_that_is_fast_is_measured_and_never_corrected(
    office: httpx.AsyncClient, clock_id: UUID, clock: SetClock, session: AsyncSession
) -> None:
    for received, device in (
        ("2026-03-10 09:56:00", "2026-03-10 09:57:35"),
        ("2026-03-10 09:58:00", "2026-03-10 09:59:33"),
        ("2026-03-10 09:59:00", "2026-03-10 10:00:36"),
        ("2026-03-11 09:59:00", "2026-03-11 09:58:50"),
    ):
        clock.set(received)
        await office.post(f"{ATTENDANCE}/punches", json=touch(at=device), headers=key())
    listed = (await office.get(f"{CLOCKS}/{clock_id}/offsets")).json()["items"]
    assert listed == [
        {
            "day": "2026-03-11",
            "punch_count": 1,
            "median_seconds": -10,
            "least_seconds": -10,
            "most_seconds": -10,
            "text": "比系统慢约 10 秒",
        },
        {
            "day": "2026-03-10",
            "punch_count": 3,
            "median_seconds": 95,
            "least_seconds": 93,
            "most_seconds": 96,
            "text": "比系统快约 1 分 35 秒",
        },
    ]
    shown = (await office.get(f"{CLOCKS}/{clock_id}")).json()
    assert shown["latest_offset"] == listed[0]
    assert [at[11:19] for _, at in await stored(session)] != []
    rows = await session.scalars(sa.select(Punch.punched_at).order_by(Punch.punched_at))
    assert [f"{at.timestamp() % 3600 // 60:.0f}" for at in rows] == ["57", "59", "0", "58"]
    narrow = {"first": "2026-03-10", "last": "2026-03-10"}
    # what waited while the clock was cut off tells nothing of how it goes
    clock.set("2026-03-11 12:00:05")
    waited = [f"2026-03-11 {hour}:00:00" for hour in ("09", "10", "11", "12")]
    sent = [{"device_user_id": "12", "device_time": at} for at in waited]
    body = {"clock_number": "K1", "punches": sent}
    await office.post(f"{ATTENDANCE}/punches/batch", json=body, headers=key())
    [after, _] = (await office.get(f"{CLOCKS}/{clock_id}/offsets")).json()["items"]
    assert (after["punch_count"], after["least_seconds"], after["most_seconds"]) == (5, -10, -5)
    only = await office.get(f"{CLOCKS}/{clock_id}/offsets", params=narrow)
    assert only.json()["items"] == listed[1:]
    wide = {"first": "2020-01-01", "last": "2026-03-10"}
    refused = await office.get(f"{CLOCKS}/{clock_id}/offsets", params=wide)
    assert problem(refused) == (422, "punch_span_too_long")


# --- files


async def test_a_dirty_log_imports_whole_and_reports_its_lines(
    *, office: httpx.AsyncClient, context: Context, clock_id: UUID, session: AsyncSession
) -> None:
    before = await contents(session)
    tried = await report_of(office, context, DIRTY, dry_run=True)
    assert await contents(session) == before
    report = await report_of(office, context, DIRTY)
    assert report == tried | {"batch_id": report["batch_id"]}
    assert report["file_format"] == "attlog"
    assert (report["line_count"], report["read_count"]) == (13, 7)
    assert (report["new_count"], report["repeated_count"]) == (6, 1)
    assert {count["kind"]: count["line_count"] for count in report["fault_counts"]} == {
        "unreadable_line": 1,
        "no_user_id": 1,
        "unreadable_time": 2,
        "impossible_time": 2,
        "senseless_state": 1,
    }
    assert report["unknown_users"] == [
        {
            "device_user_id": "99",
            "punch_count": 1,
            "first_line": 5,
            "first_time": "2026-03-09 10:01:00",
            "last_time": "2026-03-09 10:01:00",
        }
    ]
    after = await contents(session)
    assert (after["punches"], after["punch_batches"]) == (6, 1)
    assert after["punch_faults"] == 6  # the line that stands there twice is listed once
    batch = (await office.get(f"{ATTENDANCE}/batches/{report['batch_id']}")).json()
    assert batch["file_name"] == "1_attlog.dat"
    assert (batch["punch_count"], batch["fault_count"], batch["is_derived"]) == (6, 7, False)
    assert batch["received_by_name"] == "赵敏"


async def test_a_file_read_in_many_pieces_comes_to_the_same(
    *,
    office: httpx.AsyncClient,
    context: Context,
    clock_id: UUID,
    session: AsyncSession,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tried = await report_of(office, context, DIRTY, dry_run=True)
    monkeypatch.setattr(rules_files, "BYTES_AT_ONCE", 10)  # a line or two
    monkeypatch.setattr(repository_punches, "TOUCHES_AT_ONCE", 2)
    assert await report_of(office, context, DIRTY, dry_run=True) == tried
    report = await report_of(office, context, DIRTY)
    assert report == tried | {"batch_id": report["batch_id"]}
    rows = await session.execute(
        sa.select(Punch.line).order_by(Punch.device_user_id, Punch.punched_at)
    )
    assert [line for (line,) in rows] == [1, 3, 13, 4, 11, 5]  # of the same again the first


async def test_texts_that_a_database_might_misread_are_kept(
    *, office: httpx.AsyncClient, context: Context, clock_id: UUID, session: AsyncSession
) -> None:
    texts = ["\\N", "\\", "a\tb", "a\nb", "\\.", "None", ""]
    content = io.StringIO()
    rows = csv.writer(content)
    rows.writerow(["考勤号", "打卡时间", "工作代码"])
    for minute, text in enumerate(texts):
        rows.writerow(["11", f"2026-03-09 10:{minute:02}:00", text])
    report = await report_of(office, context, content.getvalue().encode())
    assert report["new_count"] == len(texts)
    found = await session.execute(sa.select(Punch.work_code, Punch.state).order_by(Punch.line))
    assert [tuple(row) for row in found] == [(text, None) for text in texts]


async def test_a_second_import_changes_nothing(
    *, office: httpx.AsyncClient, context: Context, clock_id: UUID, session: AsyncSession
) -> None:
    first = await report_of(office, context, DIRTY)
    before = await contents(session)
    again = await report_of(office, context, DIRTY)
    assert await contents(session) == before
    assert (again["is_repetition"], again["batch_id"]) == (True, None)
    assert (again["new_count"], again["repeated_count"]) == (0, first["read_count"])


async def test_a_longer_log_adds_only_what_is_new(
    *, office: httpx.AsyncClient, context: Context, clock_id: UUID, session: AsyncSession
) -> None:
    await report_of(office, context, DIRTY)
    longer = DIRTY + b"\n       12\t2026-03-10 09:59:00\t1\t0\t1\t0\n"
    report = await report_of(office, context, longer, name="2_attlog.dat")
    assert (report["new_count"], report["repeated_count"]) == (1, 7)
    counts = await contents(session)
    assert (counts["punches"], counts["punch_batches"], counts["punch_faults"]) == (7, 2, 6)


async def test_a_file_is_kept_to_the_byte(
    *, office: httpx.AsyncClient, context: Context, clock_id: UUID, session: AsyncSession
) -> None:
    import zlib  # noqa: PLC0415 - only here

    await report_of(office, context, DIRTY)
    [content] = await session.scalars(sa.select(PunchFile.content))
    assert zlib.decompress(content[1:]) == DIRTY


async def test_touches_that_came_live_are_not_taken_again_from_the_file(
    *, office: httpx.AsyncClient, context: Context, clock_id: UUID, session: AsyncSession
) -> None:
    at = "2026-03-09 09:58:12"
    await office.post(f"{ATTENDANCE}/punches", json=touch(at=at), headers=key())
    report = await report_of(office, context, DIRTY)
    assert (report["new_count"], report["repeated_count"]) == (5, 2)
    late = await office.post(
        f"{ATTENDANCE}/punches", json=touch(at="2026-03-09 14:02:00"), headers=key()
    )
    assert late.json()["outcome"] == "repeated"


async def test_touches_are_never_altered(
    *, office: httpx.AsyncClient, context: Context, clock_id: UUID, session: AsyncSession
) -> None:
    await report_of(office, context, DIRTY)
    for statement in (
        sa.update(Punch).values(punched_at=Punch.punched_at),
        sa.delete(Punch),
        sa.update(PunchFile).values(content=b""),
    ):
        with pytest.raises(DBAPIError, match="append-only"):
            async with session.begin_nested():
                await session.execute(statement)


ROWS = [
    ("11", "2026-03-09 09:58:12", "0"),
    ("11", "2026-03-09 14:02:00", "1"),
    ("12", "2026-03-09 09:57:59", "0"),
    ("12", "2026-02-30 10:00:00", "0"),
]


def as_log() -> bytes:
    return "\n".join(f"{user:>9}\t{at}\t1\t{state}\t1\t0" for user, at, state in ROWS).encode()


def as_csv() -> bytes:
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(["姓名", "考勤号", "打卡时间", "状态"])
    rows.writerows([["某某", user, at, state] for user, at, state in ROWS])
    return text.getvalue().encode("gb18030")


def as_xlsx() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["考勤号", "打卡时间", "状态"])
    for user, at, state in ROWS:
        sheet.append([int(user), at, state])
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


@pytest.mark.parametrize(
    ("file", "form"), [(as_log(), "attlog"), (as_csv(), "csv"), (as_xlsx(), "xlsx")]
)
async def test_whatever_the_file_the_touches_are_the_same(
    *,
    office: httpx.AsyncClient,
    context: Context,
    clock_id: UUID,
    session: AsyncSession,
    file: bytes,
    form: str,
) -> None:
    report = await report_of(office, context, file)
    assert (report["file_format"], report["new_count"]) == (form, 3)
    assert [count["kind"] for count in report["fault_counts"]] == ["unreadable_time"]
    rows = await session.execute(
        sa.select(Punch.device_user_id, Punch.punched_at, Punch.state).order_by(Punch.line)
    )
    found = [
        (user, f"{at.astimezone(HALL_ZONE):%Y-%m-%d %H:%M:%S}", state) for user, at, state in rows
    ]
    assert found == ROWS[:3]
    assert (await report_of(office, context, file))["is_repetition"]


async def test_a_file_with_nothing_but_faults_is_taken_in_once(
    *, office: httpx.AsyncClient, context: Context, clock_id: UUID, session: AsyncSession
) -> None:
    file = b"ZZ\t2047-02-30 19:13:30\t1\t90\t90\t1515870810\n"
    report = await report_of(office, context, file)
    assert (report["new_count"], report["fault_count"], report["batch_id"] is None) == (0, 1, False)
    assert (await report_of(office, context, file))["is_repetition"]
    assert (await contents(session))["punch_faults"] == 1


# --- undone


async def reverse(client: httpx.AsyncClient, batch_id: str) -> httpx.Response:
    path = f"{ATTENDANCE}/batches/{batch_id}"
    seen = (await client.get(path)).headers["ETag"]
    return await client.post(
        f"{path}/reverse", json={"reason": "导入了别的考勤机的文件"}, headers={"If-Match": seen}
    )


async def counting(client: httpx.AsyncClient) -> list[str]:
    page = (await client.get(f"{ATTENDANCE}/punches", params={"limit": 200})).json()["items"]
    return sorted(item["punched_at"][11:19] for item in page if not item["is_reversed"])


async def test_a_reversed_batch_stays_and_no_longer_counts(
    *,
    office: httpx.AsyncClient,
    context: Context,
    clock_id: UUID,
    session: AsyncSession,
    hall: Hall,
    clock: SetClock,
) -> None:
    report = await report_of(office, context, DIRTY)
    await derive(session, clock())
    day = f"{ATTENDANCE}/days/{hall.clerk.staff_id}/2026-03-09"
    assert (await office.get(day)).json()["halves"][0]["state"] == "present"
    reversed_ = await reverse(office, report["batch_id"])
    assert reversed_.status_code == 200, reversed_.text
    assert reversed_.json()["reversal_reason"] == "导入了别的考勤机的文件"
    [again] = reversed_.json()["allowed_actions"]
    assert (again["allowed"], again["reason_code"]) == (False, "punch_batch_reversed")
    assert (await contents(session))["punches"] == 6
    assert await counting(office) == []
    await derive(session, clock())
    shown = (await office.get(day)).json()
    assert shown["halves"][0]["state"] == "unknown"  # the clock is silent again
    [change] = shown["changes"]
    assert (change["cause"], change["version"]) == ("reversal", 2)
    assert problem(await reverse(office, report["batch_id"])) == (409, "punch_batch_reversed")
    assert (await office.get(f"{ATTENDANCE}/faults")).json()["items"] == []


async def test_what_another_file_holds_too_goes_on_counting(
    *, office: httpx.AsyncClient, context: Context, clock_id: UUID, session: AsyncSession
) -> None:
    one, two, three = ("2026-03-09 09:58:00", "2026-03-09 14:01:00", "2026-03-09 15:28:00")
    first = await report_of(office, context, log_of([("11", one), ("11", two)]))
    second = await report_of(office, context, log_of([("11", two), ("11", three)]))
    assert (second["new_count"], second["repeated_count"]) == (1, 1)
    await reverse(office, first["batch_id"])
    assert await counting(office) == ["14:01:00", "15:28:00"]
    batch = (await office.get(f"{ATTENDANCE}/batches/{second['batch_id']}")).json()
    assert (batch["punch_count"], batch["repeated_count"]) == (2, 0)


async def test_a_reversed_file_can_be_imported_again(
    *, office: httpx.AsyncClient, context: Context, clock_id: UUID, session: AsyncSession
) -> None:
    first = await report_of(office, context, DIRTY)
    counted = await counting(office)
    await reverse(office, first["batch_id"])
    again = await report_of(office, context, DIRTY)
    assert (again["is_repetition"], again["new_count"]) == (False, 6)
    assert await counting(office) == counted
    assert len((await office.get(f"{ATTENDANCE}/faults")).json()["items"]) == 6


async def test_a_live_day_can_be_reversed_too(
    office: httpx.AsyncClient, clock_id: UUID, session: AsyncSession
) -> None:
    await office.post(f"{ATTENDANCE}/punches", json=touch(), headers=key())
    [batch] = (await office.get(f"{ATTENDANCE}/batches", params={"kind": "live"})).json()["items"]
    await reverse(office, batch["id"])
    anew = await office.post(f"{ATTENDANCE}/punches", json=touch(), headers=key())
    assert anew.json()["outcome"] == "counted"
    listed = (await office.get(f"{ATTENDANCE}/batches")).json()["items"]
    assert [(item["kind"], item["reversed_at"] is None) for item in listed] == [
        ("live", True),
        ("live", False),
    ]
    kept = await office.get(f"{ATTENDANCE}/batches", params={"is_reversed": True})
    assert [item["id"] for item in kept.json()["items"]] == [batch["id"]]


# --- the office's lists


async def test_faults_are_settled_with_a_word(
    *, office: httpx.AsyncClient, context: Context, director: httpx.AsyncClient, clock_id: UUID
) -> None:
    report = await report_of(office, context, DIRTY)
    params = {"kind": "impossible_time", "is_settled": False, "batch_id": report["batch_id"]}
    listed = (await director.get(f"{ATTENDANCE}/faults", params=params)).json()["items"]
    assert [item["line"] for item in listed] == [10, 8]
    path = f"{ATTENDANCE}/faults/{listed[0]['id']}"
    seen = (await office.get(path)).headers["ETag"]
    wish = {"settlement": "考勤机断电，时钟复位。"}
    settled = await office.post(f"{path}/settle", json=wish, headers={"If-Match": seen})
    assert settled.json()["settled_by_name"] == "赵敏"
    assert settled.json()["raw"] == listed[0]["raw"]
    fresh = settled.headers["ETag"]
    twice = await office.post(f"{path}/settle", json=wish, headers={"If-Match": fresh})
    assert problem(twice) == (409, "punch_fault_settled")
    left = (await office.get(f"{ATTENDANCE}/faults", params=params)).json()["items"]
    assert [item["line"] for item in left] == [8]


async def test_an_unknown_user_id_counts_once_it_is_somebodys(
    *,
    office: httpx.AsyncClient,
    context: Context,
    clock_id: UUID,
    session: AsyncSession,
    hall: Hall,
    clock: SetClock,
) -> None:
    await report_of(
        office, context, log_of([("99", "2026-03-09 09:58:00"), ("99", "2026-03-09 14:01:00")])
    )
    unknown = (await office.get(f"{USERS}/unknown")).json()
    assert unknown["items"] == [
        {
            "clock_id": str(clock_id),
            "clock_number": "K1",
            "device_user_id": "99",
            "punch_count": 2,
            "first_at": "2026-03-09T09:58:00+08:00",
            "last_at": "2026-03-09T14:01:00+08:00",
        }
    ]
    await derive(session, clock())
    mine = f"{ATTENDANCE}/days/{hall.colleague.staff_id}/2026-03-09"
    assert (await office.get(mine)).json()["halves"][0]["state"] == "unknown"
    wish = {
        "clock_ids": [str(clock_id)],
        "device_user_id": "99",
        "staff_id": str(hall.colleague.staff_id),
        "starts_on": "2026-03-09",
    }
    assert (await office.post(USERS, json=wish)).status_code == 201
    assert (await office.get(f"{USERS}/unknown")).json()["items"] == []
    await derive(session, clock())
    shown = (await office.get(mine)).json()
    assert shown["halves"][0]["state"] == "present"
    assert shown["changes"][-1]["cause"] == "clock_user"


# --- who sees what


async def test_each_reads_the_touches_of_those_they_answer_for(
    *,
    office: httpx.AsyncClient,
    context: Context,
    director: httpx.AsyncClient,
    chief: httpx.AsyncClient,
    chief_elsewhere: httpx.AsyncClient,
    clerk: httpx.AsyncClient,
    colleague: httpx.AsyncClient,
    clock_id: UUID,
    hall: Hall,
) -> None:
    await report_of(office, context, DIRTY)

    async def seen_by(client: httpx.AsyncClient, **params: Any) -> Sequence[str]:
        reply = await client.get(f"{ATTENDANCE}/punches", params=params)
        assert reply.status_code == 200, reply.text
        return sorted(item["device_user_id"] for item in reply.json()["items"])

    assert await seen_by(office) == ["11", "11", "11", "12", "12", "99"]
    assert await seen_by(director) == ["11", "11", "11", "12", "12", "99"]
    assert await seen_by(chief) == ["11", "11", "11", "12", "12"]
    assert await seen_by(chief_elsewhere) == []
    assert await seen_by(clerk) == ["11", "11", "11"]
    assert await seen_by(colleague) == []
    assert await seen_by(clerk, staff_id=hall.clerk_next_door.staff_id) == []
    assert await seen_by(office, staff_id=hall.clerk_next_door.staff_id) == ["12", "12"]
    assert await seen_by(office, first="2026-03-10", last="2026-03-10") == []
    wide = await clerk.get(f"{ATTENDANCE}/punches", params={"first": "2020-01-01"})
    assert problem(wide) == (422, "punch_span_too_long")


async def test_touches_are_paged_without_loss(
    *, office: httpx.AsyncClient, context: Context, clock_id: UUID, session: AsyncSession
) -> None:
    times = [f"2026-03-09 10:{n:02d}:00" for n in range(25)]
    await report_of(office, context, log_of([(user, at) for at in times for user in ("11", "12")]))
    found: list[str] = []
    cursor = None
    while True:
        params = {"limit": 7} | ({"cursor": cursor} if cursor else {})
        page = (await office.get(f"{ATTENDANCE}/punches", params=params)).json()
        found += [item["device_time"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert len(found) == 50
    assert found == sorted(found, reverse=True)
