"""Corrections and bulletins through HTTP (ATTEND 一(五))."""

import io
from collections.abc import Sequence
from datetime import timedelta
from uuid import uuid4

import httpx
import openpyxl
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession
from tests.attendance_factories import (
    ATTENDANCE,
    FULL,
    IN_MARCH,
    WORKING,
    OfficeAtWork,
    a_month,
    open_office,
)
from tests.conftest import SetClock
from tests.factories import Hall

from yimen.core.audit import AuditEntry
from yimen.domains.attendance.models import (
    AttendanceBulletin,
    AttendanceBulletinLine,
    AttendanceDayChange,
    AttendanceProgress,
    ClockUser,
)
from yimen.domains.organisation.models import StaffMember, WindowService

CORRECTIONS = f"{ATTENDANCE}/corrections"
BULLETINS = f"{ATTENDANCE}/bulletins"
NOTE = {"note": "经查属实。"}


@pytest.fixture
async def at_work(
    office: httpx.AsyncClient, session: AsyncSession, clock: SetClock, hall: Hall
) -> OfficeAtWork:
    """The office on 1 April 2026."""
    clock.set("2026-04-01 11:00")
    return await open_office(office, session, clock, hall)


def problem(reply: httpx.Response) -> tuple[int, str]:
    return reply.status_code, reply.json()["code"]


async def grant(
    asker: httpx.AsyncClient, office: httpx.AsyncClient, day: str, kind: str = "late"
) -> httpx.Response:
    """Ask for a morning to be excused, and excuse it."""
    wish = {"day": day, "half": "morning", "kind": kind, "reason": "送材料到二楼窗口。"}
    asked = await asker.post(CORRECTIONS, json=wish)
    assert asked.status_code == 201, asked.text
    path = f"{CORRECTIONS}/{asked.json()['id']}"
    granted = await office.post(
        f"{path}/grant", json=NOTE, headers={"If-Match": asked.headers["ETag"]}
    )
    assert granted.status_code == 200, granted.text
    return granted


# --- corrections


async def test_excusing_one_of_four_takes_the_half_day_back_and_revoking_gives_it_again(
    at_work: OfficeAtWork, hall: Hall, clerk: httpx.AsyncClient, office: httpx.AsyncClient
) -> None:
    await at_work.bring(a_month((0, 5, 9, 14)))
    assert (await at_work.month(hall.clerk.staff_id))["absent_half_days"] == 1
    granted = await grant(clerk, office, WORKING[5])
    assert granted.json()["decided_by_name"] == "赵敏"
    assert not (await at_work.day(hall.clerk.staff_id, WORKING[5]))["is_current"]
    await at_work.derive()
    figures = await at_work.month(hall.clerk.staff_id)
    counts = [figures[f"{name}_count"] for name in ("late", "excused")]
    assert (counts, figures["absent_half_days"]) == ([3, 1], 0)
    excused = [event for event in figures["events"] if event["excused_by"]]
    assert [(event["day"], event["counts"]) for event in excused] == [(WORKING[5], False)]
    day = await at_work.day(hall.clerk.staff_id, WORKING[5])
    assert day["is_current"]
    assert day["halves"][0]["state"] == "present"
    assert day["halves"][0]["why"][0]["text"].endswith("已说明，不计。")
    [change] = day["changes"]
    assert change["cause"] == "correction"
    assert change["differences"][0]["old_label"] == "迟到"
    # only the day concerned came out otherwise
    changed = await at_work.session.scalars(sa.select(AttendanceDayChange.day))
    assert [each.isoformat() for each in changed] == [WORKING[5]]
    revoked = await office.post(
        f"{CORRECTIONS}/{granted.json()['id']}/revoke",
        json={"note": "后查不实。"},
        headers={"If-Match": granted.headers["ETag"]},
    )
    assert revoked.json()["state"] == "revoked"
    await at_work.derive()
    assert (await at_work.month(hall.clerk.staff_id))["absent_half_days"] == 1


async def test_an_unsigned_end_counts_as_late_or_early_until_it_is_explained(
    at_work: OfficeAtWork, hall: Hall, clerk: httpx.AsyncClient, office: httpx.AsyncClient
) -> None:
    plan = dict(a_month())
    plan[WORKING[0]] = {"11": "9:58 15:28 19:31", "12": FULL}
    plan[WORKING[1]] = {"11": "14:02 15:28 19:31", "12": FULL}
    await at_work.bring(plan)
    figures = await at_work.month(hall.clerk.staff_id)
    assert [figures[f"{name}_count"] for name in ("late", "early", "missing")] == [1, 1, 2]
    day = await at_work.day(hall.clerk.staff_id, WORKING[0])
    assert day["halves"][0]["state"] == "missing_punch"
    assert [item["kind"] for item in day["correctable"]] == ["missing_punch"]
    await grant(clerk, office, WORKING[0], "missing_punch")
    await at_work.derive()
    figures = await at_work.month(hall.clerk.staff_id)
    assert [figures[f"{name}_count"] for name in ("late", "early", "missing")] == [1, 0, 1]


@pytest.mark.parametrize(
    ("wish", "status", "code"),
    [
        ({"day": "2026-03-10", "kind": "late"}, 409, "nothing_to_correct"),
        ({"day": "2026-03-11", "kind": "late"}, 201, ""),
        ({"day": "2026-03-11", "kind": "early_leave"}, 409, "nothing_to_correct"),
        ({"day": "2026-03-11", "kind": "late", "half": "afternoon"}, 409, "nothing_to_correct"),
        ({"day": "2026-03-12", "kind": "presence"}, 201, ""),
        ({"day": "2026-03-14", "kind": "presence"}, 409, "nothing_to_correct"),  # a Saturday
        ({"day": "2026-04-02", "kind": "presence"}, 422, "invalid_input"),  # yet to come
        ({"day": "2026-03-11", "kind": "late", "reason": " "}, 422, "invalid_input"),
    ],
)
async def test_only_what_counts_against_one_can_be_corrected(
    at_work: OfficeAtWork, clerk: httpx.AsyncClient, wish: dict[str, str], status: int, code: str
) -> None:
    await at_work.bring(
        {
            "2026-03-10": {"11": FULL, "12": FULL},
            "2026-03-11": {"11": FULL.replace("9:58", "10:20"), "12": FULL},
            "2026-03-12": {"12": FULL},
        }
    )
    usual = {"half": "morning", "reason": "当时在二楼开会。"}
    reply = await clerk.post(CORRECTIONS, json=usual | wish)
    assert (reply.status_code, reply.json().get("code", "")) == (status, code)


async def test_a_correction_is_asked_once_and_decided_once_by_the_office(
    *,
    at_work: OfficeAtWork,
    clerk: httpx.AsyncClient,
    colleague: httpx.AsyncClient,
    chief: httpx.AsyncClient,
    director: httpx.AsyncClient,
    office: httpx.AsyncClient,
    session: AsyncSession,
) -> None:
    await at_work.bring(a_month((0,)))
    wish = {"day": WORKING[0], "half": "morning", "kind": "late", "reason": "公交晚点。"}
    asked = await clerk.post(CORRECTIONS, json=wish)
    assert asked.json()["state"] == "asked"
    assert problem(await clerk.post(CORRECTIONS, json=wish)) == (409, "correction_standing")
    path = f"{CORRECTIONS}/{asked.json()['id']}"
    seen = {"If-Match": asked.headers["ETag"]}
    for outsider in (clerk, chief, director):
        refused = await outsider.post(f"{path}/grant", json=NOTE, headers=seen)
        assert problem(refused) == (403, "forbidden")
    assert (await colleague.get(path)).status_code == 404
    assert (await chief.get(path)).status_code == 200
    for client, may in ((office, {"grant", "refuse"}), (clerk, {"withdraw"}), (chief, set())):
        actions = (await client.get(path)).json()["allowed_actions"]
        assert {action["action"] for action in actions if action["allowed"]} == may
        assert len(actions) == 4
    declined = await office.post(f"{path}/refuse", json=NOTE, headers=seen)
    assert declined.json()["state"] == "refused"
    fresh = {"If-Match": declined.headers["ETag"]}
    stale = await office.post(f"{path}/grant", json=NOTE, headers=seen)
    assert problem(stale) == (412, "stale")
    late = await office.post(f"{path}/grant", json=NOTE, headers=fresh)
    assert problem(late) == (409, "correction_state")
    assert problem(await clerk.post(f"{path}/withdraw", headers=fresh)) == (409, "correction_state")
    foreign = await office.post(f"{path}/withdraw", headers=fresh)
    assert problem(foreign) == (403, "not_your_correction")
    # once refused it may be asked again, and withdrawn
    again = await clerk.post(CORRECTIONS, json=wish)
    withdrawn = await clerk.post(
        f"{CORRECTIONS}/{again.json()['id']}/withdraw", headers={"If-Match": again.headers["ETag"]}
    )
    assert withdrawn.json()["state"] == "withdrawn"
    listed = await office.get(CORRECTIONS, params={"state": "refused", **IN_MARCH})
    assert [item["id"] for item in listed.json()["items"]] == [asked.json()["id"]]
    acts = await session.execute(
        sa.select(AuditEntry.action, AuditEntry.actor)
        .where(AuditEntry.subject_type == "attendance_correction")
        .order_by(AuditEntry.id)
    )
    assert [tuple(row) for row in acts] == [
        ("attendance_corrections.ask", "clerk"),
        ("attendance_corrections.refuse", "office"),
        ("attendance_corrections.ask", "clerk"),
        ("attendance_corrections.withdraw", "clerk"),
    ]


async def test_nobody_in_the_office_decides_their_own(
    at_work: OfficeAtWork, hall: Hall, office: httpx.AsyncClient, session: AsyncSession
) -> None:
    await session.execute(
        sa.update(WindowService)
        .where(WindowService.staff_id == hall.clerk.staff_id)
        .values(staff_id=hall.office.staff_id)
    )
    await session.execute(
        sa.update(ClockUser)
        .where(ClockUser.device_user_id == "11")
        .values(staff_id=hall.office.staff_id)
    )
    await at_work.bring({"2026-03-10": {"12": FULL}})
    wish = {"day": "2026-03-10", "half": "morning", "kind": "presence", "reason": "在岗。"}
    asked = await office.post(CORRECTIONS, json=wish)
    assert asked.status_code == 201, asked.text
    path = f"{CORRECTIONS}/{asked.json()['id']}"
    own = await office.post(f"{path}/grant", json=NOTE, headers={"If-Match": '"1"'})
    assert problem(own) == (403, "own_correction")


# --- bulletins


async def publish(client: httpx.AsyncClient, **wish: str) -> httpx.Response:
    return await client.post(BULLETINS, json={"month": "2026-03"} | wish)


async def published(at_work: OfficeAtWork, clock: SetClock) -> str:
    """March over, derived and published; the bulletin's address."""
    clock.set("2026-04-02 10:00")
    await at_work.derive()
    reply = await publish(at_work.client)
    assert reply.status_code == 201, reply.text
    return f"{BULLETINS}/{reply.json()['id']}"


async def names(client: httpx.AsyncClient, path: str) -> Sequence[str]:
    return [line["staff_name"] for line in (await client.get(f"{path}/lines")).json()["items"]]


async def test_a_bulletin_stays_as_published_and_what_comes_later_is_a_difference(
    at_work: OfficeAtWork,
    hall: Hall,
    clock: SetClock,
    clerk: httpx.AsyncClient,
) -> None:
    office = at_work.client
    plan = dict(a_month((0, 5, 9)))
    # the last touch of that day is still in the clock
    plan[WORKING[12]] = {"11": "9:58 14:02 15:28", "12": FULL}
    await at_work.bring(plan)
    path = await published(at_work, clock)
    bulletin = (await office.get(path)).json()
    assert (bulletin["number"], bulletin["person_count"]) == (1, 4)
    lines = (await office.get(f"{path}/lines")).json()["items"]
    [mine] = [line for line in lines if line["staff_name"] == hall.clerk.name]
    counts = [mine["figures"][name] for name in ("late_count", "early_count", "absent_half_days")]
    assert counts == [3, 1, 1]
    assert (await office.get(f"{path}/differences")).json()["items"] == []
    # after the bulletin the missing touch arrives
    clock.set("2026-04-03 10:00")
    await at_work.bring({WORKING[12]: {"11": "19:31"}})
    [difference] = (await office.get(f"{path}/differences")).json()["items"]
    assert difference["staff_name"] == hall.clerk.name
    assert difference["published"] == {"late_count": 3, "early_count": 1, "absent_half_days": 1}
    assert difference["now"] == {"late_count": 3, "early_count": 0, "absent_half_days": 0}
    [change] = difference["changes"]
    assert (change["day"], change["cause"]) == (WORKING[12], "punches")
    assert change["differences"] == [
        {
            "half": "afternoon",
            "half_label": "下午",
            "old_label": "缺卡",
            "old_why": "下班没有打卡，未经说明按早退计。",
            "new_label": "正常",
            "new_why": "按时上下班。",
        }
    ]
    since = {**IN_MARCH, "changed_after": bulletin["published_at"]}
    later = (await clerk.get(f"{ATTENDANCE}/changes", params=since)).json()["items"]
    assert [item["id"] for item in later] == [change["id"]]
    # a second one takes it in, with a word why; the first stays
    assert problem(await publish(office)) == (409, "attendance_bulletin_published")
    assert (await publish(office, note="补录打卡一条。")).json()["number"] == 2
    assert (await office.get(f"{path}/lines")).json()["items"] == lines
    listed = (await office.get(BULLETINS, params={"month": "2026-03"})).json()["items"]
    assert [item["number"] for item in listed] == [2, 1]


async def test_bulletins_and_differences_are_never_altered(
    at_work: OfficeAtWork, clock: SetClock, session: AsyncSession
) -> None:
    await at_work.bring(a_month())
    await published(at_work, clock)
    for table in (AttendanceBulletin, AttendanceBulletinLine, AttendanceDayChange):
        with pytest.raises(DBAPIError, match="append-only"):
            async with session.begin_nested():
                await session.execute(sa.delete(table))


async def test_a_bulletin_shows_each_what_they_may_see(
    *,
    at_work: OfficeAtWork,
    hall: Hall,
    clock: SetClock,
    clerk: httpx.AsyncClient,
    chief: httpx.AsyncClient,
    director: httpx.AsyncClient,
) -> None:
    await at_work.bring(a_month())
    path = await published(at_work, clock)
    assert await names(clerk, path) == [hall.clerk.name]
    assert len(await names(chief, path)) == 3
    assert len(await names(director, path)) == 4
    for client in (clerk, chief, director):
        assert problem(await publish(client)) == (403, "forbidden")
    assert (await clerk.get(f"{BULLETINS}/{uuid4()}")).status_code == 404


async def test_a_bulletin_can_be_had_as_a_workbook(
    *,
    at_work: OfficeAtWork,
    hall: Hall,
    clock: SetClock,
    clerk: httpx.AsyncClient,
    session: AsyncSession,
) -> None:
    await session.execute(
        sa.update(StaffMember).where(StaffMember.staff_number == "N02").values(name="=1+1")
    )
    await at_work.bring(a_month((0, 5, 9, 14)))
    path = f"{await published(at_work, clock)}/xlsx"
    reply = await at_work.client.post(path)
    assert reply.status_code == 200
    assert reply.headers["content-type"].endswith("spreadsheetml.sheet")
    book = openpyxl.load_workbook(io.BytesIO(reply.content))
    assert book.sheetnames == ["按人员", "按窗口", "迟到早退", "旷工"]
    people = list(book["按人员"].iter_rows(values_only=True))
    assert people[0][0] == "2026年3月窗口工作人员考勤通报"
    assert people[3][:3] == ("工号", "姓名", "部门")
    assert people[4][:5] == ("N01", hall.clerk.name, "县市场监督管理局", 44, 44)
    assert (people[4][7], people[4][-1]) == (4, 1)
    formula = book["按人员"]["B6"]
    assert (formula.value, formula.data_type) == ("=1+1", "s")  # a text, no formula
    absences = list(book["旷工"].iter_rows(min_row=5, values_only=True))
    assert any(row[3:5] == ("累计", "ATTEND 三(五)") for row in absences)
    windows = [row[0] for row in book["按窗口"].iter_rows(min_row=5, values_only=True)]
    assert windows == ["01", "02", "03"]
    own = openpyxl.load_workbook(io.BytesIO((await clerk.post(path)).content))
    assert [row[0] for row in own["按人员"].iter_rows(min_row=5, values_only=True)] == ["N01"]
    exports = await session.scalars(
        sa.select(AuditEntry.actor)
        .where(AuditEntry.action == "attendance.export_bulletin")
        .order_by(AuditEntry.id)
    )
    assert list(exports) == ["office", "clerk"]


async def test_a_month_is_published_when_it_is_over_and_derived(
    at_work: OfficeAtWork, clock: SetClock, session: AsyncSession
) -> None:
    office = at_work.client
    for too_early in ("2026-03-31 23:00", "2026-04-01 04:59"):
        clock.set(too_early)
        assert problem(await publish(office)) == (409, "attendance_month_not_over")
    clock.set("2026-04-02 10:00")
    long_ago = clock.now - timedelta(days=2)
    await session.execute(sa.update(AttendanceProgress).values(swept_at=long_ago))
    assert problem(await publish(office)) == (409, "attendance_month_not_derived")
    await at_work.derive()
    no_days = await publish(office, month="2026-01")
    assert problem(no_days) == (409, "attendance_month_without_days")
    sent = {"clock_number": "K1", "device_user_id": "11", "device_time": "2026-03-10 09:58:12"}
    key = {"Idempotency-Key": str(uuid4())}
    assert (await office.post(f"{ATTENDANCE}/punches", json=sent, headers=key)).status_code == 201
    assert problem(await publish(office)) == (409, "attendance_month_not_derived")
    await at_work.derive()
    assert (await publish(office)).status_code == 201
