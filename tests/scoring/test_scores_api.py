"""Scores through HTTP: what happened shows by itself, explains itself, and can be tried out."""

from datetime import date
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from tests.attendance_factories import OfficeAtWork, a_month, open_office
from tests.cases_factories import give, take_in
from tests.catalog_factories import Items
from tests.conftest import SetClock
from tests.factories import Hall, make_service, make_staff_member, make_window
from tests.scoring_factories import RECORDS, SCORES, Scoring, act
from tests.statements import counted

from yimen.core.database import Database
from yimen.core.errors import BY_CONSTRAINT
from yimen.core.outbox import OutboxEvent
from yimen.domains.organisation.enums import DepartmentKind
from yimen.domains.organisation.models import Department, Window
from yimen.domains.scoring.models import ScoreEntry
from yimen.domains.scoring.service_records import ReviewEntered


@pytest.fixture
async def scoring(
    office: httpx.AsyncClient, session: AsyncSession, clock: SetClock, hall: Hall
) -> Scoring:
    """The job has run once, on Tuesday 10 March 2026 at eleven."""
    made = Scoring(office, session, clock)
    await made.post()
    return made


@pytest.fixture
async def at_work(
    office: httpx.AsyncClient, session: AsyncSession, clock: SetClock, hall: Hall
) -> OfficeAtWork:
    clock.set("2026-04-01 11:00")
    return await open_office(office, session, clock, hall)


async def test_everybody_who_serves_begins_the_month_with_a_hundred(
    scoring: Scoring, hall: Hall
) -> None:
    page = (await scoring.client.get(SCORES)).json()
    assert len(page["items"]) == 7
    assert {item["score"] for item in page["items"]} == {"100.00"}
    assert {item["rank"] for item in page["items"]} == {1}
    window = await scoring.explain("window", hall.window_01)
    assert window["score"]["staff_count"] == 2
    assert [member["score"] for member in window["members"]] == ["100.00", "100.00"]
    assert "100.00 × 40%" in window["formula"]
    assert "《绩效考评实施办法》三对中介机构的规定，本中心对窗口照此计算" in window["formula"]


async def test_attendance_shows_in_the_score_and_says_what_can_be_done(
    at_work: OfficeAtWork, scoring: Scoring, hall: Hall, clerk: httpx.AsyncClient
) -> None:
    await at_work.bring(a_month((5, 9, 14)))  # three mornings late, seven minutes each
    await scoring.client.post("/api/v1/score-months", json={"month": "2026-03"})
    await scoring.post()
    found = await scoring.explain("staff", hall.clerk.staff_id)
    assert found["score"]["score"] == "98.50"
    assert [line["score_after"] for line in found["lines"]] == ["99.50", "99.00", "98.50"]
    line = found["lines"][0]
    assert line["evidence"] == "3月9日上午迟到7分钟（10:07:00打卡）"
    assert line["text"] == (
        "3月9日上午迟到7分钟（10:07:00打卡）。依据《考勤管理办法》一(五)（分值由本中心自定），"
        "每次扣0.50分，余99.50分。"
    )
    assert "提出更正或说明" in line["remedy"]
    # window 01: mean of 98.50 and the colleague's month of absences, and its own 100
    assert (await scoring.explain("window", hall.window_01))["lines"] == []
    # the clerk explains one of them, and the office agrees: the points come back by themselves
    asked = await clerk.post(
        "/api/v1/attendance/corrections",
        json={"day": line["day"], "half": "morning", "kind": "late", "reason": "公交停运"},
    )
    assert asked.status_code == 201, asked.text
    await act(
        scoring.client, f"/api/v1/attendance/corrections/{asked.json()['id']}", "grant",
        note="情况属实",
    )  # fmt: skip
    await at_work.derive()
    await scoring.post()
    found = await scoring.explain("staff", hall.clerk.staff_id)
    assert found["score"]["score"] == "99.00"
    [excused] = found["not_counted"]
    assert (excused["asked"], excused["taken"]) == ("0.50", "0.00")
    assert "不计分" in excused["text"] and "同意" in excused["why_not"]
    assert excused["remedy"] == ""


async def test_the_fourth_late_arrival_costs_half_a_day_of_absence_besides(
    at_work: OfficeAtWork, scoring: Scoring, hall: Hall
) -> None:
    await at_work.bring(a_month((0, 5, 9, 14)))
    await scoring.client.post("/api/v1/score-months", json={"month": "2026-03"})
    await scoring.post()
    found = await scoring.explain("staff", hall.clerk.staff_id)
    assert found["score"]["score"] == "93.00"  # 4 × 0.5 + 5 (ATTEND 三(五))
    [absence] = [each for each in found["lines"] if each["rule"] == "points.half_day_absence"]
    assert absence["evidence"] == (
        "当月迟到、早退已达4次（3月2日上午迟到7分钟、3月9日上午迟到7分钟、3月13日上午迟到7分钟、"
        "3月20日上午迟到7分钟），按《考勤管理办法》三(五)计旷工半天"
    )
    # the colleague never came in
    found = await scoring.explain("staff", hall.colleague.staff_id)
    assert ("3月2日上午没有打卡，也没有请假或报备，按《考勤管理办法》三(一)计旷工半天") in [
        line["evidence"] for line in found["lines"]
    ]


async def test_an_overdue_case_costs_the_window_two_points_as_soon_as_it_is_overdue(
    *, scoring: Scoring, hall: Hall, items: Items, clerk: httpx.AsyncClient, clock: SetClock
) -> None:
    case = await take_in(clerk, items.food)
    due_at = case["due_at"]
    clock.set(due_at[:16].replace("T", " "))
    await scoring.post()
    assert await scoring.score("window", hall.window_01) == "100.00"  # the due instant is in time
    clock.advance(seconds=1)
    await scoring.post()
    assert await scoring.score("window", hall.window_01) == "98.80"  # 100 × 40 % + 98 × 60 %
    found = await scoring.explain("window", hall.window_01)
    [line] = found["lines"]
    assert case["case_number"] in line["evidence"] and "到期未办结" in line["evidence"]
    assert (line["taken"], line["indicator"], line["basis"]) == ("2.00", "cases", "local")
    assert found["score"]["own_score"] == "98.00"
    assert await scoring.score("staff", hall.clerk.staff_id) == "100.00"  # the window's alone
    # decided late it stays overdue, and the entry says when it was decided
    clock.advance(days=1)
    await give(clerk, case, "finish")
    await scoring.post()
    [line] = (await scoring.explain("window", hall.window_01))["lines"]
    assert "才办结" in line["evidence"]


async def test_a_case_finished_in_time_costs_nothing(
    *, scoring: Scoring, hall: Hall, items: Items, clerk: httpx.AsyncClient, clock: SetClock
) -> None:
    case = await take_in(clerk, items.food)
    await give(clerk, case, "finish")
    clock.advance(days=20)
    await scoring.post()
    assert await scoring.score("window", hall.window_01) == "100.00"


async def test_a_second_supplement_notice_costs_a_point_and_the_first_does_not(
    *, scoring: Scoring, hall: Hall, items: Items, clerk: httpx.AsyncClient
) -> None:
    case = await take_in(clerk, items.food, materials=[])
    missing = [{"material_key": "m1", "requirement": "请补交"}]
    case = await give(clerk, case, "supplement", missing=missing)
    await scoring.post()
    assert await scoring.score("window", hall.window_01) == "100.00"
    await give(clerk, case, "supplement", missing=missing, reason="遗漏一项")
    await scoring.post()
    [line] = (await scoring.explain("window", hall.window_01))["lines"]
    assert (line["rule"], line["taken"]) == ("points.second_supplement", "1.00")


async def test_a_confirmed_bad_rating_costs_its_handler_a_point(
    *, scoring: Scoring, hall: Hall, items: Items, clerk: httpx.AsyncClient
) -> None:
    case = await take_in(clerk, items.food)
    await give(clerk, case, "finish")
    reply = await scoring.client.post(
        "/api/v1/ratings",
        json={"case_id": case["id"], "level": "dissatisfied", "recorded_how": "来电"},
    )
    path = f"/api/v1/ratings/{reply.json()['id']}"
    await scoring.post()
    assert await scoring.score("staff", hall.clerk.staff_id) == "100.00"
    await act(scoring.client, path, "contact", was_reached=True, note="等候一小时")
    await act(scoring.client, path, "close", finding="confirmed", reason="记录", answer="致歉")
    await scoring.post()
    assert await scoring.score("staff", hall.clerk.staff_id) == "99.00"
    assert await scoring.score("window", hall.window_01) == "99.80"  # by its staff's mean


async def test_records_of_the_office_count_and_are_undone_when_taken_back(
    scoring: Scoring, hall: Hall, session: AsyncSession
) -> None:
    record = await scoring.record("commendation", "staff", hall.clerk.staff_id, "2026-03-10")
    change = await scoring.record("staff_change", "window", hall.window_01, "2026-03-09")
    await scoring.post()
    assert await scoring.score("staff", hall.clerk.staff_id) == "101.00"  # no ceiling
    assert await scoring.score("window", hall.window_01) == "97.20"  # 100.5 × 40 % + 95 × 60 %
    for each in (record, change):
        await act(scoring.client, f"{RECORDS}/{each['id']}", "reverse", reason="登记有误")
    await scoring.post()
    assert await scoring.score("staff", hall.clerk.staff_id) == "100.00"
    assert await scoring.score("window", hall.window_01) == "100.00"
    rows = (await session.scalars(sa.select(ScoreEntry).order_by(ScoreEntry.id))).all()
    assert len(rows) == 4, "both entries are still there, each with its reversal"
    assert sorted(row.reverses_id or 0 for row in rows)[2:] == sorted(row.id for row in rows[:2])


async def test_who_serves_at_no_window_has_a_score_as_soon_as_there_is_an_entry(
    scoring: Scoring, hall: Hall
) -> None:
    path = f"{SCORES}/staff/{hall.chief.staff_id}/months/2026-03"
    assert (await scoring.client.get(path)).status_code == 404
    await scoring.record("commendation", "staff", hall.chief.staff_id, "2026-03-10")
    await scoring.post()
    assert await scoring.score("staff", hall.chief.staff_id) == "101.00"


async def test_a_short_month_of_articles_and_an_unvisited_quarter_count_when_they_are_over(
    scoring: Scoring, hall: Hall, clock: SetClock
) -> None:
    await scoring.record("article", "window", hall.window_01, "2026-03-05")
    await scoring.record("article", "window", hall.window_01, "2026-03-06")
    await scoring.record("article", "window", hall.window_02, "2026-03-06")
    await scoring.record("leader_visit", "window", hall.window_02, "2026-02-06")
    clock.set("2026-03-31 23:59")
    await scoring.post()
    assert await scoring.score("window", hall.window_03) == "100.00"
    clock.set("2026-04-01 00:01")
    await scoring.post()
    own = {
        window: (await scoring.explain("window", window))["score"]["own_score"]
        for window in (hall.window_01, hall.window_02, hall.window_03)
    }
    assert own == {hall.window_01: "98.00", hall.window_02: "99.00", hall.window_03: "96.00"}
    texts = [line["text"] for line in (await scoring.explain("window", hall.window_03))["lines"]]
    assert any(
        "应交信息2篇，实交0篇" in text and "每篇扣1.00分，2篇共扣2.00分" in text for text in texts
    )
    assert any("第1季度没有部门领导" in text for text in texts)


async def test_no_departments_leader_is_asked_of_an_agency(
    scoring: Scoring, session: AsyncSession, hall: Hall, clock: SetClock
) -> None:
    """LIAISON 一, 六 are about departments; information is asked of agencies too (APPRAISE 二)."""
    await session.execute(
        sa.update(Department)
        .where(Department.id == hall.department_b)
        .values(kind=DepartmentKind.AGENCY)
    )
    await scoring.record("article", "window", hall.window_01, "2026-03-05")
    await scoring.record("leader_visit", "window", hall.window_01, "2026-03-06")
    clock.set("2026-04-01 00:01")
    await session.execute(sa.text("UPDATE score_progress SET swept_at = NULL"))
    await scoring.post()
    lines = (await scoring.explain("agency", hall.department_b))["lines"]
    assert [line["rule"] for line in lines] == ["points.information"]


@pytest.mark.parametrize(
    ("closed_on", "rules"),
    [
        ("2026-03-30", []),
        ("2026-03-31", ["points.information", "points.leader_visit"]),
    ],
)
async def test_a_window_that_closed_before_the_end_owes_nothing(
    *,
    scoring: Scoring,
    session: AsyncSession,
    hall: Hall,
    clock: SetClock,
    closed_on: str,
    rules: list[str],
) -> None:
    await session.execute(
        sa.update(Window)
        .where(Window.id == hall.window_02)
        .values(closed_on=date.fromisoformat(closed_on))
    )
    await scoring.record("article", "window", hall.window_01, "2026-03-05")
    await scoring.record("leader_visit", "window", hall.window_01, "2026-03-06")
    clock.set("2026-04-01 00:01")
    await session.execute(sa.text("UPDATE score_progress SET swept_at = NULL"))
    await scoring.post()
    lines = (await scoring.explain("window", hall.window_02))["lines"]
    assert [line["rule"] for line in lines] == rules


async def test_who_is_wrong_for_a_record_is_told_so(scoring: Scoring, hall: Hall) -> None:
    body: dict[str, Any] = {
        "kind": "article", "day": "2026-03-10", "subject_kind": "window",
        "subject_id": str(hall.window_01), "title": "稿件",
    }  # fmt: skip
    for change, pointer in (
        ({"day": "2026-03-11"}, "/day"),
        ({"day": "1999-12-31"}, "/day"),
        ({"subject_kind": "staff", "subject_id": str(hall.clerk.staff_id)}, "/subject_kind"),
        ({"points": "90"}, "/points"),
        ({"kind": "review"}, "/points"),
        ({"subject_kind": "agency", "subject_id": str(hall.department_a)}, "/subject_kind"),
    ):
        reply = await scoring.client.post(RECORDS, json=body | change)
        assert reply.status_code == 422, reply.text
        assert reply.json()["errors"][0]["pointer"] == pointer
    gone = await scoring.client.post(RECORDS, json=body | {"subject_id": str(hall.department_a)})
    assert gone.status_code == 404
    assert BY_CONSTRAINT["uq_score_records_review"] is ReviewEntered


async def test_the_windows_of_an_agency_are_scored_as_the_agency(
    scoring: Scoring, session: AsyncSession, hall: Hall
) -> None:
    await session.execute(
        sa.update(Department)
        .where(Department.id == hall.department_b)
        .values(kind=DepartmentKind.AGENCY)
    )
    second = await make_window(session, hall.department_b, number="04")
    await make_service(session, await make_staff_member(session, hall.department_b), second)
    await scoring.record("staff_change", "agency", hall.department_b, "2026-03-10")
    await session.execute(sa.text("UPDATE score_progress SET swept_at = NULL"))
    await scoring.post()
    found = await scoring.explain("agency", hall.department_b)
    assert (found["score"]["score"], found["score"]["staff_count"]) == ("97.00", 2)
    kinds = {item["kind"] for item in (await scoring.client.get(SCORES)).json()["items"]}
    assert kinds == {"staff", "window", "agency"}
    gone = await scoring.client.get(f"{SCORES}/window/{hall.window_03}/months/2026-03")
    assert gone.status_code == 404


async def test_a_window_without_staff_is_not_rated_and_never_zero(
    scoring: Scoring, session: AsyncSession, hall: Hall
) -> None:
    empty = await make_window(session, hall.department_a, number="09")
    await session.execute(sa.text("UPDATE score_progress SET swept_at = NULL"))
    await scoring.post()
    found = await scoring.explain("window", empty)
    assert (found["score"]["score"], found["score"]["is_rated"]) == (None, False)
    assert found["score"]["rank"] is None
    assert "不予评定" in found["formula"] and "不是零分" in found["formula"]
    last = (await scoring.client.get(SCORES, params={"kind": "window"})).json()["items"][-1]
    assert last["subject_id"] == str(empty)


async def test_nothing_is_posted_when_nothing_happened(
    scoring: Scoring, session: AsyncSession, clock: SetClock
) -> None:
    before = await session.scalar(sa.select(sa.func.count()).select_from(OutboxEvent))
    clock.advance(seconds=2)
    await scoring.post()
    assert await session.scalar(sa.select(sa.func.count()).select_from(OutboxEvent)) == before


# --- trying out


async def test_what_if_says_what_an_appeal_or_a_late_fact_would_change_and_saves_nothing(
    scoring: Scoring, hall: Hall, session: AsyncSession, clerk: httpx.AsyncClient
) -> None:
    await scoring.record("staff_change", "window", hall.window_01, "2026-03-10")
    await scoring.post()
    [line] = (await scoring.explain("window", hall.window_01))["lines"]
    count = await session.scalar(sa.select(sa.func.count()).select_from(ScoreEntry))
    path = f"{SCORES}/window/{hall.window_01}/months/2026-03/what-if"
    undone = (await scoring.client.post(path, json={"leave_out": [line["entry_id"]]})).json()
    assert (undone["before"], undone["after"]) == ("97.00", "100.00")
    own = f"{SCORES}/staff/{hall.clerk.staff_id}/months/2026-03/what-if"
    add = [{"rule": "points.half_day_absence", "day": "2026-03-11", "count": 7}]
    worse = (await clerk.post(own, json={"add": add})).json()
    assert (worse["after"], worse["is_low_after"]) == ("65.00", True)
    [window] = worse["windows"]
    assert (window["before"], window["after"]) == ("97.00", "90.00")
    unknown = await scoring.client.post(
        path, json={"leave_out": ["0"], "add": [add[0] | {"rule": "x"}]}
    )
    assert unknown.status_code == 422
    assert [each["pointer"] for each in unknown.json()["errors"]] == ["/leave_out/0", "/add/0/rule"]
    assert await session.scalar(sa.select(sa.func.count()).select_from(ScoreEntry)) == count


# --- years, trends, boards


async def test_a_windows_year_waits_for_its_review(scoring: Scoring, hall: Hall) -> None:
    path = f"{SCORES}/window/{hall.window_01}/years/2026"
    year = (await scoring.client.get(path)).json()
    assert (year["score"], year["is_rated"]) == (None, False)
    assert "综合评议得分" in year["why_not_rated"]
    await scoring.record("review", "window", hall.window_01, "2026-03-10", points="92.50")
    year = (await scoring.client.get(path)).json()
    assert year["score"] == "99.25"  # 100 × 20 % + 100 × 70 % + 92.5 × 10 %
    assert year["unsealed_months"] == ["2026-03"]
    again = await scoring.client.post(
        RECORDS,
        json={
            "kind": "review", "day": "2026-12-01", "subject_kind": "window",
            "subject_id": str(hall.window_01), "title": "评议", "points": "90",
        },
    )  # fmt: skip
    assert again.status_code == 422, "the day has not come"
    person = (await scoring.client.get(f"{SCORES}/staff/{hall.clerk.staff_id}/years/2026")).json()
    assert person["score"] == "100.00"


async def test_a_rank_is_the_same_on_every_page_and_under_every_filter(
    scoring: Scoring, hall: Hall
) -> None:
    await scoring.record("commendation", "staff", hall.clerk.staff_id, "2026-03-09")
    await scoring.record("commendation", "staff", hall.colleague.staff_id, "2026-03-09")
    await scoring.record("staff_change", "window", hall.window_02, "2026-03-10")
    await scoring.post()

    async def ranks(**query: str) -> dict[str, int]:
        page = (await scoring.client.get(SCORES, params={"limit": "1"} | query)).json()
        found = {item["name"]: item["rank"] for item in page["items"]}
        rest = page["next_cursor"]
        return found if rest is None else found | await ranks(**query | {"cursor": rest})

    every = await ranks(limit="50")
    assert await ranks() == every
    assert {who: every[who.name] for who in (hall.clerk, hall.colleague, hall.clerk_next_door)} == {
        hall.clerk: 1, hall.colleague: 1, hall.clerk_next_door: 3,
    }  # fmt: skip
    some = await ranks(department_id=f"{hall.department_b}")
    assert some == {who: rank for who, rank in every.items() if who in some}
    assert some[hall.clerk_elsewhere.name] == 3


async def test_a_trend_runs_over_the_months(scoring: Scoring, hall: Hall, clock: SetClock) -> None:
    clock.set("2026-04-02 11:00")
    await scoring.post()
    reply = await scoring.client.get(
        f"{SCORES}/window/{hall.window_01}/trend", params={"first": "2026-01", "last": "2026-12"}
    )
    assert [item["month"] for item in reply.json()["items"]] == ["2026-03", "2026-04"]


async def test_the_public_board_has_windows_and_no_person(
    scoring: Scoring, hall: Hall, client: httpx.AsyncClient
) -> None:
    await scoring.record("staff_change", "window", hall.window_02, "2026-03-10")
    await scoring.post()
    board = (await client.get("/api/v1/public/scoreboard")).json()
    assert [(item["number"], item["rank"], item["score"]) for item in board["items"]] == [
        ("01", 1, "100.00"), ("03", 1, "100.00"), ("02", 3, "97.00"),
    ]  # fmt: skip
    text = (await client.get("/api/v1/public/scoreboard")).text
    for person in (hall.clerk, hall.colleague, hall.clerk_elsewhere):
        assert person.name not in text
    gone = await client.get("/api/v1/public/scoreboard", params={"month": "2020-01"})
    assert (gone.status_code, gone.json()["code"]) == (404, "scoreboard_not_found")


async def test_a_clerk_sees_of_the_windows_mean_only_the_own_part(
    scoring: Scoring, hall: Hall, clerk: httpx.AsyncClient, chief: httpx.AsyncClient
) -> None:
    path = f"{SCORES}/window/{hall.window_01}/months/2026-03"
    assert [m["name"] for m in (await clerk.get(path)).json()["members"]] == [hall.clerk.name]
    assert len((await chief.get(path)).json()["members"]) == 2


async def test_pages_of_the_board_hold_together(scoring: Scoring) -> None:
    seen: list[str] = []
    cursor = None
    while True:
        query = {"limit": "2"} | ({"cursor": cursor} if cursor else {})
        page = (await scoring.client.get(SCORES, params=query)).json()
        seen += [item["subject_id"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 7


async def test_a_board_asks_the_database_as_often_for_many_as_for_one(
    scoring: Scoring, database: Database
) -> None:
    counts = []
    for limit in (1, 50):
        with counted(database) as statements:
            reply = await scoring.client.get(SCORES, params={"limit": limit})
        assert reply.status_code == 200
        counts.append(len(statements))
    assert counts[0] == counts[1], counts
