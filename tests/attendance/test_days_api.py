"""Days and months through HTTP: what touches, leave and the calendar come to (ATTEND 三)."""

import random
from datetime import date

import httpx
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from tests.attendance_factories import (
    ATTENDANCE,
    FULL,
    IN_MARCH,
    WORKING,
    OfficeAtWork,
    a_month,
    days_of,
    make_clock,
    make_clock_user,
    open_office,
)
from tests.conftest import SetClock
from tests.factories import Hall

from yimen.domains.accounts.models import Account
from yimen.domains.attendance.models import AttendanceDay, AttendanceDayChange
from yimen.domains.organisation.models import WindowService

Params = dict[str, str | int | bool]


@pytest.fixture
async def at_work(
    office: httpx.AsyncClient, session: AsyncSession, clock: SetClock, hall: Hall
) -> OfficeAtWork:
    """The office on 1 April 2026."""
    clock.set("2026-04-01 11:00")
    return await open_office(office, session, clock, hall)


def problem(reply: httpx.Response) -> tuple[int, str]:
    return reply.status_code, reply.json()["code"]


# --- the month


@pytest.mark.parametrize(
    ("late_on", "absent"), [((), 0), ((0, 5, 9), 0), ((0, 5, 9, 14), 1), ((0, 1, 2, 3, 4, 5), 1)]
)
async def test_four_late_arrivals_are_half_a_day_of_absence_and_three_are_none(
    at_work: OfficeAtWork, hall: Hall, late_on: tuple[int, ...], absent: int
) -> None:
    await at_work.bring(a_month(late_on))
    figures = await at_work.month(hall.clerk.staff_id)
    assert (figures["scheduled_half_days"], figures["present_half_days"]) == (44, 44)
    assert figures["late_count"] == len(late_on)
    assert figures["late_minutes"] == 7 * len(late_on)
    assert figures["absent_half_days"] == absent
    assert [event["day"] for event in figures["events"]] == [WORKING[n] for n in late_on]
    for absence in figures["absences"]:
        assert (absence["half"], absence["article"]) == (None, "ATTEND 三(五)")
        assert absence["day"] == WORKING[late_on[3]]
        assert [event["day"] for event in absence["events"]] == [WORKING[n] for n in late_on[:4]]


async def test_a_month_at_two_windows_is_told_apart(
    at_work: OfficeAtWork, hall: Hall, session: AsyncSession
) -> None:
    await session.execute(
        sa.update(WindowService)
        .where(WindowService.staff_id == hall.clerk.staff_id)
        .values(ends_on=date(2026, 3, 10))
    )
    await session.execute(
        sa.insert(WindowService).values(
            staff_id=hall.clerk.staff_id,
            window_id=hall.window_02,
            starts_on=date(2026, 3, 11),
            ends_on=None,
        )
    )
    await at_work.bring(a_month((0, 1, 9, 10)))
    params = {"window_id": str(hall.window_02)}
    reply = await at_work.client.get(f"{ATTENDANCE}/months/2026-03", params=params)
    [mine] = [item for item in reply.json()["items"] if item["staff_name"] == hall.clerk.name]
    assert mine["figures"]["late_count"] == 2
    # the fourth late arrival, which made the absence, happened here
    assert mine["figures"]["absent_half_days"] == 1
    assert mine["figures"]["scheduled_half_days"] == 30


# --- silence, service, calendar


async def test_an_empty_day_is_absence_only_if_the_clock_was_alive(
    at_work: OfficeAtWork, hall: Hall
) -> None:
    clerk = hall.clerk.staff_id
    await at_work.bring({"2026-03-10": {"12": "9:50 14:01"}})
    assert await at_work.states(clerk, "2026-03-10") == ("absent", "unknown")
    neighbour = await at_work.states(hall.clerk_next_door.staff_id, "2026-03-10")
    assert neighbour == ("present", "unknown")
    # its afternoon comes in later: for everybody the clock was alive then
    await at_work.bring({"2026-03-10": {"12": "15:20 19:40"}})
    assert await at_work.states(clerk, "2026-03-10") == ("absent", "absent")
    day = await at_work.day(clerk, "2026-03-10")
    assert [change["cause"] for change in day["changes"]] == ["punches"]


async def test_of_two_clocks_a_dead_one_leaves_open_who_used_it(
    at_work: OfficeAtWork, hall: Hall, session: AsyncSession
) -> None:
    back_door = await make_clock(session, number="K2")
    await make_clock_user(session, back_door, "11", hall.clerk.staff_id)
    await at_work.bring({"2026-03-10": {"12": FULL}})
    assert await at_work.states(hall.clerk.staff_id, "2026-03-10") == ("unknown", "unknown")
    assert await at_work.states(hall.colleague.staff_id, "2026-03-10") == ("absent", "absent")


async def test_only_days_of_service_are_derived(
    at_work: OfficeAtWork, hall: Hall, session: AsyncSession
) -> None:
    await session.execute(
        sa.update(WindowService)
        .where(WindowService.staff_id == hall.clerk.staff_id)
        .values(starts_on=date(2026, 3, 10), ends_on=date(2026, 3, 12))
    )
    await at_work.bring(a_month())
    days = await session.scalars(
        sa.select(AttendanceDay.day)
        .where(AttendanceDay.staff_id == hall.clerk.staff_id)
        .order_by(AttendanceDay.day)
    )
    assert [day.day for day in days] == [10, 11, 12]
    assert (await at_work.month(hall.clerk.staff_id))["scheduled_half_days"] == 6
    # the chief representative serves at no window
    reply = await at_work.client.get(f"{ATTENDANCE}/days/{hall.chief.staff_id}/2026-03-10")
    assert reply.status_code == 404


async def test_the_calendar_and_the_season_decide_what_is_expected(
    at_work: OfficeAtWork, hall: Hall, clock: SetClock
) -> None:
    clock.set("2026-11-01 11:00")
    touches = "9:58 14:02 15:40 20:01"
    # a holiday, a Saturday that is made up for it, a Sunday
    days = ("2026-09-30", "2026-10-01", "2026-10-09", "2026-10-10", "2026-10-11")
    await at_work.bring({day: {"11": touches, "12": FULL} for day in days})
    clerk = hall.clerk.staff_id
    assert await at_work.states(clerk, "2026-09-30") == ("present", "present")  # summer
    assert await at_work.states(clerk, "2026-10-09") == ("present", "late")  # winter
    assert await at_work.states(clerk, "2026-10-10") == ("present", "late")
    for day in ("2026-10-01", "2026-10-11"):
        reply = await at_work.client.get(f"{ATTENDANCE}/days/{clerk}/{day}")
        assert reply.status_code == 404


async def test_a_day_that_the_office_closes_is_derived_again(
    at_work: OfficeAtWork, hall: Hall, office: httpx.AsyncClient
) -> None:
    await at_work.bring({"2026-03-10": {"12": FULL}, "2026-03-11": {"12": FULL}})
    revision = (await office.get("/api/v1/calendar/years")).headers["ETag"]
    wish = {
        "dry_run": False,
        "source": "中心通知",
        "days": [{"day": "2026-03-10", "kind": "closure", "note": "全县停电"}],
    }
    path, seen = "/api/v1/calendar/overrides", {"If-Match": revision}
    assert (await office.post(path, json=wish, headers=seen)).status_code == 200
    await at_work.derive()
    shown = await at_work.day(hall.clerk.staff_id, "2026-03-10")
    assert [half["state"] for half in shown["halves"]] == ["day_off", "day_off"]
    assert shown["halves"][0]["why"] == [{"text": "全县停电，不上班。", "article": "中心通知"}]
    assert shown["changes"][-1]["cause"] == "calendar"
    assert await at_work.states(hall.clerk.staff_id, "2026-03-11") == ("absent", "absent")


# --- a day that is under way


async def test_the_end_of_a_shift_is_noticed_without_a_touch(
    at_work: OfficeAtWork, hall: Hall, clock: SetClock, session: AsyncSession
) -> None:
    clerk, colleague = hall.clerk.staff_id, hall.colleague.staff_id
    clock.set("2026-04-02 09:00")
    await at_work.derive()
    assert await session.scalar(sa.select(sa.func.count()).select_from(AttendanceDay)) == 4
    clock.set("2026-04-02 10:30")
    await at_work.bring({"2026-04-02": {"11": "10:05", "12": "9:50"}})
    assert await at_work.states(clerk, "2026-04-02") == ("late", "in_progress")
    assert await at_work.states(colleague, "2026-04-02") == ("in_progress", "in_progress")
    clock.set("2026-04-02 14:46")
    await at_work.derive()
    assert await at_work.states(colleague, "2026-04-02") == ("absent", "in_progress")
    assert await at_work.states(clerk, "2026-04-02") == ("missing_punch", "in_progress")
    clock.set("2026-04-03 05:00")
    await at_work.derive()
    assert await at_work.states(colleague, "2026-04-02") == ("absent", "unknown")
    day = await at_work.day(clerk, "2026-04-02")
    assert (day["is_settled"], day["changes"]) == (True, [])  # what was under way is no difference


async def test_nothing_is_written_when_nothing_comes_out_otherwise(
    at_work: OfficeAtWork, clock: SetClock, session: AsyncSession
) -> None:
    await at_work.bring(a_month((1, 2)))
    versions = sa.select(sa.func.max(AttendanceDay.version), sa.func.max(AttendanceDay.derived_at))
    before = (await session.execute(versions)).one()
    clock.advance(hours=1)
    assert (await at_work.bring(a_month((1, 2))))["new_count"] == 0
    assert (await session.execute(versions)).one() == before


# --- whatever the order of arrival


@pytest.mark.parametrize("seed", range(6))
async def test_in_whatever_order_touches_arrive_the_days_are_the_same(
    at_work: OfficeAtWork, session: AsyncSession, seed: int
) -> None:
    draw = random.Random(seed)
    times = [
        "9:58", "10:07:12", "10:07:40", "11:00", "13:10",
        "14:02", "15:28", "15:33", "19:25", "19:31",
    ]  # fmt: skip
    lines = days_of(
        {
            day: {
                user: " ".join(draw.sample(times, draw.randint(0, 6)))
                for user in ("11", "12", "13")
            }
            for day in WORKING[:6]
        }
    )
    outcome = sa.select(
        AttendanceDay.staff_id, AttendanceDay.day, AttendanceDay.morning, AttendanceDay.afternoon
    ).order_by(AttendanceDay.staff_id, AttendanceDay.day)
    async with session.begin_nested() as trial:
        await at_work.bring(lines)
        at_once = (await session.execute(outcome)).all()
        await trial.rollback()
    draw.shuffle(lines)
    cuts = sorted(draw.sample(range(1, len(lines)), 3))
    for start, end in zip([0, *cuts], [*cuts, len(lines)], strict=True):
        await at_work.bring(lines[start:end])
    assert (await session.execute(outcome)).all() == at_once
    assert len(at_once) >= 6


# --- leave


async def test_leave_that_is_granted_after_the_fact_changes_its_days_and_no_others(
    at_work: OfficeAtWork, hall: Hall, clerk: httpx.AsyncClient, director: httpx.AsyncClient
) -> None:
    plan = dict(a_month())
    for n in (4, 5):
        plan[WORKING[n]] = {"12": FULL}
    await at_work.bring(plan)
    assert (await at_work.month(hall.clerk.staff_id))["absent_half_days"] == 4
    wish = {
        "kind": "personal",
        "starts_on": WORKING[4],
        "starts_half": "morning",
        "ends_on": WORKING[4],
        "ends_half": "afternoon",
        "reason": "家中有急事。",
    }
    asked = await clerk.post("/api/v1/leave-requests", json=wish)
    assert asked.status_code == 201, asked.text
    await at_work.derive()
    assert await at_work.states(hall.clerk.staff_id, WORKING[4]) == ("absent", "absent")
    path = f"/api/v1/leave-requests/{asked.json()['id']}"
    seen = (await director.get(path)).headers["ETag"]
    approved = await director.post(f"{path}/approve", json={}, headers={"If-Match": seen})
    assert approved.status_code == 200, approved.text
    await at_work.derive()
    assert await at_work.states(hall.clerk.staff_id, WORKING[4]) == ("on_leave", "on_leave")
    figures = await at_work.month(hall.clerk.staff_id)
    assert figures["absent_half_days"] == 2
    assert figures["covered"] == [
        {"kind": "leave", "kind_label": "请假", "label": "事假", "half_days": 2}
    ]
    changes = (await at_work.client.get(f"{ATTENDANCE}/changes", params=IN_MARCH)).json()
    assert [(item["day"], item["cause"]) for item in changes["items"]] == [
        (WORKING[4], "leave")
    ] * 2
    told = [
        (one["old_why"], one["new_why"])
        for item in reversed(changes["items"])
        for one in item["differences"]
        if one["half"] == "morning"
    ]
    nothing, waiting, granted = (
        "没有打卡，也没有请假或报备，计旷工半天。",
        "没有打卡，请假尚未获得批准，计旷工半天。",
        "上午有事假。",
    )
    assert told == [(nothing, waiting), (waiting, granted)]
    rows = await at_work.session.scalars(sa.select(AttendanceDayChange.day))
    assert {day.isoformat() for day in rows} == {WORKING[4]}


async def test_an_absence_names_the_article_that_makes_it_one(
    *,
    at_work: OfficeAtWork,
    hall: Hall,
    clerk: httpx.AsyncClient,
    director: httpx.AsyncClient,
    clock: SetClock,
) -> None:
    """ATTEND 三(一)–(四): not asked for, not approved, overstayed, got by deceit."""
    office, (asked, refused, granted, after) = at_work.client, WORKING[4:8]
    plan = {day: {"11": FULL, "12": FULL} for day in WORKING}
    for day in (WORKING[3], asked, refused, granted, after):
        plan[day] = {"12": FULL}
    await at_work.bring(plan)

    async def ask(day: str) -> str:
        wish = {"kind": "personal", "starts_on": day, "ends_on": day, "reason": "家中有急事。"}
        reply = await clerk.post("/api/v1/leave-requests", json=wish)
        assert reply.status_code == 201, reply.text
        return f"/api/v1/leave-requests/{reply.json()['id']}"

    async def act(client: httpx.AsyncClient, path: str, **body: str) -> None:
        seen = {"If-Match": (await client.get(path.rpartition("/")[0])).headers["ETag"]}
        reply = await client.post(path, json=body, headers=seen)
        assert reply.status_code == 200, reply.text

    async def articles() -> list[str]:
        await at_work.derive()
        absences = (await at_work.month(hall.clerk.staff_id))["absences"]
        assert [one["day"] for one in absences] == sorted(one["day"] for one in absences)
        return [one["article"] for one in absences if one["half"] == "morning"]

    await ask(asked)
    await act(director, f"{await ask(refused)}/refuse", reason="当日窗口人手不足")
    await act(director, f"{(leave := await ask(granted))}/approve")
    one, two, three, four = (f"ATTEND 三({number})" for number in "一二三四")
    assert await articles() == [one, two, two, one]
    await act(office, f"{leave}/deceit", reason="并无此事")
    assert await articles() == [one, two, two, four, one]
    shown = await at_work.day(hall.clerk.staff_id, granted)
    assert shown["halves"][0]["why"] == [
        {"text": "没有打卡，以欺骗手段请假，计旷工半天。", "article": four}
    ]
    # of a leave asked for in time the day after is an overstay, until the return is entered
    clock.set("2026-04-02 09:30")
    leave = await ask("2026-04-02")
    await act(director, f"{leave}/approve")
    clock.set("2026-04-07 11:00")
    await at_work.bring({"2026-04-03": {"12": FULL}, "2026-04-07": {"12": "9:50"}})
    assert await at_work.states(hall.clerk.staff_id, "2026-04-02") == ("on_leave", "on_leave")
    shown = await at_work.day(hall.clerk.staff_id, "2026-04-03")
    assert [half["why"][0]["article"] for half in shown["halves"]] == [three, three]
    clock.set("2026-04-09 11:00")
    await at_work.bring({"2026-04-08": {"12": FULL}})
    back = {"back_on": "2026-04-08", "back_half": "morning"}
    await act(office, f"{leave}/return", **back)
    await at_work.derive()
    for day, article in (("2026-04-03", three), ("2026-04-08", one)):
        shown = await at_work.day(hall.clerk.staff_id, day)
        assert [half["why"][0]["article"] for half in shown["halves"]] == [article, article]


# --- who sees what


async def test_each_sees_the_attendance_they_answer_for(
    *,
    at_work: OfficeAtWork,
    hall: Hall,
    clerk: httpx.AsyncClient,
    chief: httpx.AsyncClient,
    chief_elsewhere: httpx.AsyncClient,
    office: httpx.AsyncClient,
    director: httpx.AsyncClient,
) -> None:
    await at_work.bring({"2026-03-10": dict.fromkeys(("11", "12", "13", "21"), FULL)})
    readers = {
        hall.clerk: {clerk, chief, office, director},
        hall.clerk_next_door: {chief, office, director},
        hall.colleague: {chief, office, director},
        hall.clerk_elsewhere: {chief_elsewhere, office, director},
    }
    for client in (clerk, chief, chief_elsewhere, office, director):
        expected = sorted(person.name for person, who in readers.items() if client in who)
        for path, params in (("days", IN_MARCH), ("months/2026-03", {})):
            reply = await client.get(f"{ATTENDANCE}/{path}", params=params)
            assert reply.status_code == 200, reply.text
            assert sorted(item["staff_name"] for item in reply.json()["items"]) == expected
        for person, who in readers.items():
            for path in (
                f"{ATTENDANCE}/days/{person.staff_id}/2026-03-10",
                f"{ATTENDANCE}/months/2026-03/staff/{person.staff_id}",
            ):
                assert (await client.get(path)).status_code == (200 if client in who else 404)
        everything = await client.get(f"{ATTENDANCE}/months/2026-03/windows")
        assert everything.status_code == (200 if client in (office, director) else 403)


async def test_everyone_sees_their_own_month(
    at_work: OfficeAtWork, clerk: httpx.AsyncClient, hall: Hall
) -> None:
    await at_work.bring(a_month((3,)))
    mine = (await clerk.get(f"{ATTENDANCE}/me", params={"month": "2026-03"})).json()
    assert (mine["staff_name"], mine["month"]) == (hall.clerk.name, "2026-03")
    assert (mine["is_current"], mine["figures"]["late_count"]) == (True, 1)
    assert [day["day"] for day in mine["days"]] == WORKING
    this_month = (await clerk.get(f"{ATTENDANCE}/me")).json()
    assert (this_month["month"], this_month["days"]) == ("2026-04", [])
    assert (await clerk.get(f"{ATTENDANCE}/me", params={"month": "2026-13"})).status_code == 422


async def test_an_account_of_nobodys_has_no_attendance(
    at_work: OfficeAtWork, office: httpx.AsyncClient, hall: Hall, session: AsyncSession
) -> None:
    await session.execute(
        sa.update(Account).where(Account.id == hall.office.account_id).values(staff_id=None)
    )
    assert problem(await office.get(f"{ATTENDANCE}/me")) == (404, "no_attendance_record")


async def test_lists_are_narrowed_and_paged(at_work: OfficeAtWork, hall: Hall) -> None:
    office = at_work.client
    await at_work.bring(a_month((3, 8)))
    late: Params = {**IN_MARCH, "state": "late"}
    found = (await office.get(f"{ATTENDANCE}/days", params=late)).json()
    assert [item["day"] for item in found["items"]] == [WORKING[8], WORKING[3]]
    elsewhere: Params = {
        **IN_MARCH,
        "department_id": str(hall.department_b),
        "with_total": True,
    }
    assert (await office.get(f"{ATTENDANCE}/days", params=elsewhere)).json()["total"] == 22
    here: Params = {**IN_MARCH, "window_id": str(hall.window_02), "limit": 5}
    page = (await office.get(f"{ATTENDANCE}/days", params=here)).json()
    assert {item["window_number"] for item in page["items"]} == {"02"}
    more = await office.get(f"{ATTENDANCE}/days", params=here | {"cursor": page["next_cursor"]})
    assert more.json()["items"][0]["day"] < page["items"][-1]["day"]
    backwards = {"first": "2026-03-31", "last": "2026-03-01"}
    refused = await office.get(f"{ATTENDANCE}/days", params=backwards)
    assert problem(refused) == (422, "attendance_span_too_long")
    months = (await office.get(f"{ATTENDANCE}/months/2026-03", params={"limit": 3})).json()
    assert [item["staff_number"] for item in months["items"]] == ["N01", "N02", "N03"]
    windows = (await office.get(f"{ATTENDANCE}/months/2026-03/windows")).json()["items"]
    counted = [(item["window_number"], item["person_count"]) for item in windows]
    assert counted == [("01", 2), ("02", 1), ("03", 1)]
    figures = windows[0]["figures"]
    assert (figures["scheduled_half_days"], figures["late_count"]) == (88, 2)
    assert figures["absent_half_days"] == 44  # the colleague's
    assert (await office.get(f"{ATTENDANCE}/status")).json() == {
        "waiting_marks": 0,
        "is_current": True,
        "swept_at": "2026-04-01T11:00:00+08:00",
    }
