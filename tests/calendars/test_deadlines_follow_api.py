"""What else rests on the calendar follows it: the director, those asked, what a rating is owed."""

from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from tests.cases_factories import give, take_in
from tests.catalog_factories import Items
from tests.complaints_factories import act as complain
from tests.complaints_factories import found, investigated, register
from tests.conftest import SetClock
from tests.discipline_factories import act, admonished, send, served
from tests.discipline_factories import again as again_of
from tests.factories import Hall

from yimen.core.dependencies import Context
from yimen.core.outbox import OutboxEvent
from yimen.core.periodic import run_once
from yimen.domains.cases.jobs import JOBS as CASES_JOBS
from yimen.domains.conferences.jobs import JOBS as CONFERENCES_JOBS

Json = dict[str, Any]
OVERRIDES = "/api/v1/calendar/overrides"


async def give_day_off(
    office: httpx.AsyncClient, day: str, *, kind: str = "regional_holiday", dry_run: bool = False
) -> Json:
    """The office makes a day a regional holiday, or a working day."""
    revision = (await office.get("/api/v1/calendar/status")).headers["ETag"]
    reply = await office.post(
        OVERRIDES,
        json={
            "source": "自治区关于肉孜节放假的通知",
            "days": [{"day": day, "kind": kind, "note": "肉孜节"}],
            "dry_run": dry_run,
        },
        headers={"If-Match": revision},
    )
    assert reply.status_code == 200, reply.text
    outcome: Json = reply.json()
    return outcome


async def read(client: httpx.AsyncClient, path: str) -> Any:
    reply = await client.get(f"/api/v1/{path}")
    assert reply.status_code == 200, reply.text
    return reply.json()


async def settle(context: Context) -> None:
    for job in (*CONFERENCES_JOBS, *CASES_JOBS):
        assert await run_once(job, context.database, context.clock())


async def test_a_day_off_given_while_the_clock_stands_is_neither_counted_nor_added(
    clerk: httpx.AsyncClient, office: httpx.AsyncClient, items: Items, clock: SetClock
) -> None:
    """Accepted on Tuesday 10 March for five days; Friday 13 March becomes a holiday meanwhile.

    Counted are 11, 12, 16, 17 and 18 March; the clock stood for all of 11 and 12 March, so two
    working days are added.
    """
    case = await take_in(clerk, items.food)
    clock.set("2026-03-11 10:00")
    case = await give(clerk, case, "suspend", cause="on_site_survey", ground="现场勘验")
    clock.set("2026-03-11 15:30")
    outcome = await give_day_off(office, "2026-03-13")
    assert [line["case_id"] for line in outcome["moved"]] == [case["id"]]
    case = await read(clerk, f"cases/{case['id']}")
    assert (case["state"], case["due_at"]) == ("suspended", "2026-03-18T19:30:00+08:00")
    clock.set("2026-03-16 10:00")
    case = await give(clerk, case, "resume", answer="勘验完成")
    assert case["due_at"] == "2026-03-20T19:30:00+08:00"
    told = await read(clerk, f"cases/{case['id']}/deadline")
    assert told["due_at"] == case["due_at"]
    days = {line["day"]: line for line in told["days"]}
    assert days["2026-03-13"]["counted_as"] is None
    assert "肉孜节" in days["2026-03-13"]["reason"]


async def test_the_directors_time_to_answer_moves_with_the_calendar(
    *,
    clerk: httpx.AsyncClient,
    office: httpx.AsyncClient,
    items: Items,
    clock: SetClock,
    session: AsyncSession,
) -> None:
    """REJECT 三: three working days, of a request that still waits."""
    ids = []
    for case in [await take_in(clerk, items.food), await take_in(clerk, items.food)]:
        reply = await clerk.post(
            "/api/v1/rejections",
            json={
                "case_id": case["id"],
                "case_version": case["version"],
                "reason": "经营场所不具备防火条件",
                "legal_basis": "食品安全法第三十三条",
                "is_within_authority": False,
            },
        )
        assert reply.json()["decision"]["due_at"] == "2026-03-13T19:30:00+08:00", reply.text
        ids.append(reply.json()["id"])
    retracted = await clerk.post(
        f"/api/v1/rejections/{ids[1]}/retract",
        json={"reason": "已整改"},
        headers={"If-Match": '"1"'},
    )
    assert retracted.status_code == 200, retracted.text

    foreseen = await give_day_off(office, "2026-03-13", dry_run=True)
    assert foreseen["deadlines"] == [
        {
            "label": "否定请示的批示期限",
            "subject_type": "rejection",
            "subject_id": ids[0],
            "number": "FB-2026-000001",
            "old": "2026-03-13T19:30:00+08:00",
            "new": "2026-03-16T19:30:00+08:00",
            "is_past": False,
        }
    ]
    unmoved = await read(clerk, f"rejections/{ids[0]}")
    assert (unmoved["version"], unmoved["decision"]["due_at"][:10]) == (1, "2026-03-13")

    done = await give_day_off(office, "2026-03-13")
    assert done["deadlines"] == foreseen["deadlines"]
    moved = await read(clerk, f"rejections/{ids[0]}")
    assert (moved["version"], moved["decision"]["due_at"][:10]) == (2, "2026-03-16")
    told = sa.select(OutboxEvent.subject_id).where(OutboxEvent.kind == "rejection.deadline_moved")
    assert [str(found) for found in await session.scalars(told)] == [ids[0]]
    settled = await read(clerk, f"rejections/{ids[1]}")
    assert settled["decision"]["due_at"] == "2026-03-13T19:30:00+08:00"
    overdue = "rejections?view=decision_overdue"
    clock.set("2026-03-16 19:30")
    assert (await read(clerk, overdue))["items"] == []
    clock.set("2026-03-16 19:31")
    assert [line["id"] for line in (await read(clerk, overdue))["items"]] == [ids[0]]


async def test_a_department_that_is_asked_gets_the_day_off_too(
    clerk: httpx.AsyncClient,
    office: httpx.AsyncClient,
    chief_elsewhere: httpx.AsyncClient,
    items: Items,
    hall: Hall,
    clock: SetClock,
    context: Context,
) -> None:
    """MGMT 十六: but silence whose time had run out before stays agreement."""
    ask: Json = {
        "department_id": str(hall.department_b),
        "question": "用地是否合规",
        "working_days": 1,
    }
    silent = await give(clerk, await take_in(clerk, items.food), "ask-opinion", **ask)
    clock.set("2026-03-12 11:00")
    await settle(context)
    asked = await give(clerk, await take_in(clerk, items.food), "ask-opinion", **ask)

    [line] = (await give_day_off(office, "2026-03-13"))["deadlines"]
    assert (line["label"], line["number"]) == ("县自然资源局答复意见的期限", asked["case_number"])
    assert (line["old"], line["new"]) == (
        "2026-03-13T19:30:00+08:00",
        "2026-03-16T19:30:00+08:00",
    )
    [old] = await read(clerk, f"cases/{silent['id']}/opinions")
    assert (old["state"], old["due_at"]) == ("deemed_agreed", "2026-03-11T19:30:00+08:00")
    clock.set("2026-03-16 19:30")
    await settle(context)
    [opinion] = await read(clerk, f"cases/{asked['id']}/opinions")
    assert (opinion["state"], opinion["due_at"]) == ("asked", "2026-03-16T19:30:00+08:00")
    seen = await read(chief_elsewhere, f"cases/{asked['id']}")
    answered = await give(chief_elsewhere, seen, "give-opinion", agrees=True, text="合规")
    assert answered["state"] == "accepted"
    moved = [
        event["facts"]
        for event in await read(clerk, f"cases/{asked['id']}/timeline")
        if event["kind"] == "due_date_moved" and "department" in event["facts"]
    ]
    assert [facts["new"]["opinion_due_at"][:10] for facts in moved] == ["2026-03-16"]


async def test_the_time_to_speak_after_a_conference_moves_there_and_in_its_case(
    clerk: httpx.AsyncClient,
    office: httpx.AsyncClient,
    items: Items,
    hall: Hall,
    clock: SetClock,
    context: Context,
) -> None:
    """MGMT 十六."""
    case = await take_in(clerk, items.food)
    called = await office.post(
        "/api/v1/conferences",
        json={
            "kind": "joint",
            "name": "冷库项目联席会议",
            "starts_at": "2026-03-12T16:00:00+08:00",
            "place": "中心三楼会议室",
            "presided_by": "刘强",
            "department_ids": [str(hall.department_b)],
            "matters": [{"subject": "冷库选址是否可行", "case_id": case["id"]}],
        },
    )
    assert called.status_code == 201, called.text
    path = f"conferences/{called.json()['id']}"
    attendees = called.json()["attendees"]
    clock.set("2026-03-12 18:00")
    held = await office.post(
        f"/api/v1/{path}/hold",
        json={
            "recorded_by": "赵敏",
            "record": "各单位发表意见。",
            "attendance": [
                {
                    "department_id": one["department_id"],
                    "presence": "absent"
                    if one["department_id"] == str(hall.department_b)
                    else "attended",
                }
                for one in attendees
            ],
        },
        headers={"If-Match": called.headers["ETag"]},
    )
    assert held.json()["opinions_due_at"] == "2026-03-17T19:30:00+08:00", held.text

    outcome = await give_day_off(office, "2026-03-16")
    assert [line["label"] for line in outcome["deadlines"]] == [
        "联席会议会后意见期限",
        "县自然资源局答复意见的期限",
    ]
    moved = await read(office, path)
    assert moved["opinions_due_at"] == "2026-03-18T19:30:00+08:00"
    assert moved["version"] == held.json()["version"] + 1
    assert moved["matters"][0]["opinions"][0]["due_at"] == "2026-03-18T19:30:00+08:00"
    clock.set("2026-03-18 19:30")
    await settle(context)
    [opinion] = await read(clerk, f"cases/{case['id']}/opinions")
    assert opinion["state"] == "asked"
    clock.set("2026-03-18 19:31")
    await settle(context)
    [opinion] = await read(clerk, f"cases/{case['id']}/opinions")
    assert opinion["state"] == "deemed_agreed"


async def test_the_time_to_answer_a_bad_rating_moves_with_the_calendar(
    clerk: httpx.AsyncClient, office: httpx.AsyncClient, items: Items
) -> None:
    done = await give(clerk, await take_in(clerk, items.seal), "finish")
    rated = await office.post(
        "/api/v1/ratings",
        json={
            "case_id": done["id"],
            "level": "very_dissatisfied",
            "comment": "等了很久",
            "recorded_how": "来电",
        },
    )
    assert rated.status_code == 201, rated.text
    assert rated.json()["due_at"] == "2026-03-17T19:30:00+08:00"
    [line] = (await give_day_off(office, "2026-03-13"))["deadlines"]
    assert (line["label"], line["number"]) == ("差评回访期限", done["case_number"])
    moved = await read(office, f"ratings/{rated.json()['id']}")
    assert (moved["due_at"], moved["version"]) == ("2026-03-18T19:30:00+08:00", 2)


@pytest.mark.parametrize(
    ("day", "kind", "accept", "find", "answer"),
    [
        # without a change: 12 March for accepting, 24 March for the finding, 13 for the answer
        ("2026-03-11", "regional_holiday", "03-13", "03-25", "03-16"),
        ("2026-03-14", "workday", None, "03-23", None),
    ],
)
async def test_each_clock_of_a_complaint_moves_with_the_calendar(
    *,
    office: httpx.AsyncClient,
    hall: Hall,
    day: str,
    kind: str,
    accept: str | None,
    find: str,
    answer: str | None,
) -> None:
    """EFFICACY 二十二: a day off inside the time is added, a worked Saturday shortens it."""
    waiting = await register(office, hall)
    looked_into = await investigated(office, hall)
    decided = await found(office, hall)
    answered = await complain(
        office, await found(office, hall), "answer", answer="致歉", answered_how="邮寄"
    )
    expected = {
        ("投诉受理的期限", waiting["complaint_number"]): accept,
        ("投诉调查认定的期限", looked_into["complaint_number"]): find,
        ("投诉答复投诉人的期限", decided["complaint_number"]): answer,
    }
    foreseen = await give_day_off(office, day, kind=kind, dry_run=True)
    moved = {(line["label"], line["number"]): line["new"][5:10] for line in foreseen["deadlines"]}
    assert moved == {what: on for what, on in expected.items() if on is not None}
    done = await give_day_off(office, day, kind=kind)
    assert done["deadlines"] == foreseen["deadlines"]
    for complaint, on in ((waiting, accept), (looked_into, find), (decided, answer)):
        now = await read(office, f"complaints/{complaint['id']}")
        if on is None:
            assert (now["due_at"], now["version"]) == (complaint["due_at"], complaint["version"])
        else:
            assert (now["due_at"][5:10], now["version"]) == (on, complaint["version"] + 1)
    steps = await read(office, f"complaints/{looked_into['id']}/timeline")
    assert steps[-1]["act"] == "deadline_moved"
    assert f"2026-{find} 19:30" in steps[-1]["note"] and "肉孜节" in steps[-1]["note"]
    untouched = await read(office, f"complaints/{answered['id']}")
    assert untouched["version"] == answered["version"]


async def test_a_complaint_that_was_sent_back_is_reckoned_from_then(
    office: httpx.AsyncClient, director: httpx.AsyncClient, hall: Hall, clock: SetClock
) -> None:
    complaint = await found(office, hall)
    clock.set("2026-03-12 11:00")
    again = await complain(director, complaint, "reopen", reason="证据不足")
    assert again["due_at"] == "2026-03-26T19:30:00+08:00"
    [line] = (await give_day_off(office, "2026-03-13"))["deadlines"]
    assert line["new"] == "2026-03-27T19:30:00+08:00"


async def test_the_days_of_an_appeal_move_with_the_calendar(
    office: httpx.AsyncClient,
    director: httpx.AsyncClient,
    clerk: httpx.AsyncClient,
    hall: Hall,
    clock: SetClock,
) -> None:
    """DISCIPLINE 十一: five working days to appeal, ten to decide."""
    open_one = await served(office, await admonished(office, hall.clerk.staff_id), "2026-03-10")
    appealed = await served(office, await admonished(office, hall.clerk.staff_id), "2026-03-10")
    appeal = await act(clerk, appealed, "appeal", text="请予撤销")
    assert (open_one["appeal_until"][:10], appeal["due_at"][:10]) == ("2026-03-17", "2026-03-24")

    foreseen = await give_day_off(office, "2026-03-13", dry_run=True)
    assert [
        (line["label"], line["number"], line["new"][:10]) for line in foreseen["deadlines"]
    ] == [
        ("申辩的决定期限", appeal["appeal_number"], "2026-03-25"),
        ("提出申辩的期限", open_one["measure_number"], "2026-03-18"),
    ]
    await give_day_off(office, "2026-03-13")
    moved = await read(clerk, f"appeals/{appeal['id']}")
    assert (moved["due_at"], moved["version"]) == ("2026-03-25T19:30:00+08:00", 2)
    open_one = await again_of(clerk, open_one)
    assert open_one["appeal_until"] == "2026-03-18T19:30:00+08:00"
    clock.set("2026-03-18 19:30")
    filed = await act(clerk, open_one, "appeal", text="节后提出")
    decided = await send(
        director, f"/api/v1/appeals/{appeal['id']}/decide", version=2, revoke=False, reason="属实"
    )
    outcome = await give_day_off(office, "2026-03-21", kind="workday")
    assert [line["number"] for line in outcome["deadlines"]] == [filed["appeal_number"]]
    assert (await read(clerk, f"appeals/{appeal['id']}"))["due_at"] == decided["due_at"]


async def test_a_day_that_becomes_a_working_day_does_not_end_a_right_that_was_told(
    office: httpx.AsyncClient, clerk: httpx.AsyncClient, hall: Hall, clock: SetClock
) -> None:
    """On the last morning a past Saturday turns out to have been worked: the evening stays."""
    measure = await served(office, await admonished(office, hall.clerk.staff_id), "2026-03-10")
    clock.set("2026-03-17 10:30")
    assert (await give_day_off(office, "2026-03-14", kind="workday"))["deadlines"] == []
    clock.set("2026-03-17 19:30")
    await act(clerk, measure, "appeal", text="仍在期限之内")


async def a_finding(office: httpx.AsyncClient, hall: Hall) -> Json:
    """A dusty counter at window 01, for which its clerk answers."""
    where = {"window_id": str(hall.window_01), "staff_ids": [str(hall.clerk.staff_id)]}
    reply = await office.post(
        "/api/v1/inspections",
        json={
            "kind": "windows",
            "inspected_on": "2026-03-10",
            "inspectors": ["赵敏"],
            "findings": [{"row_code": "hygiene.window.07", "count": 1, **where}],
        },
    )
    assert reply.status_code == 201, reply.text
    [finding] = reply.json()["findings"]
    return dict(finding)


async def test_the_days_to_object_to_a_finding_move_with_the_calendar(
    office: httpx.AsyncClient, clerk: httpx.AsyncClient, hall: Hall, clock: SetClock
) -> None:
    """APPRAISE 四(三), three working days: of what nobody has answered yet."""
    path = "/api/v1/inspection-findings"
    waiting, accepted = await a_finding(office, hall), await a_finding(office, hall)
    await send(clerk, f"{path}/{accepted['id']}/confirm", version=1)
    assert waiting["refusable_until"] == "2026-03-13"

    foreseen = await give_day_off(office, "2026-03-12", dry_run=True)
    assert foreseen["deadlines"] == [
        {
            "label": "对督查记录提出异议的期限",
            "subject_type": "finding",
            "subject_id": waiting["id"],
            "number": waiting["finding_number"],
            "old": "2026-03-13T23:59:59+08:00",
            "new": "2026-03-16T23:59:59+08:00",
            "is_past": False,
        }
    ]
    unmoved = await read(clerk, f"inspection-findings/{waiting['id']}")
    assert (unmoved["refusable_until"], unmoved["version"]) == ("2026-03-13", 1)
    assert (await give_day_off(office, "2026-03-12"))["deadlines"] == foreseen["deadlines"]
    moved = await read(clerk, f"inspection-findings/{waiting['id']}")
    assert (moved["refusable_until"], moved["version"]) == ("2026-03-16", 2)
    settled = await read(clerk, f"inspection-findings/{accepted['id']}")
    assert (settled["refusable_until"], settled["version"]) == ("2026-03-13", 2)

    clock.set("2026-03-16 19:00")
    refused = await send(clerk, f"{path}/{waiting['id']}/refuse", version=2, reason="当天施工")
    assert refused["state"] == "refused"


async def test_the_days_to_object_never_end_in_the_past(
    office: httpx.AsyncClient, clerk: httpx.AsyncClient, hall: Hall, clock: SetClock
) -> None:
    """On the last Monday a past Saturday turns out to have been worked: Monday stays."""
    clock.set("2026-03-11 11:00")
    finding = await a_finding(office, hall)
    assert finding["refusable_until"] == "2026-03-16"
    clock.set("2026-03-16 10:30")
    assert (await give_day_off(office, "2026-03-14", kind="workday"))["deadlines"] == []
    assert (await read(clerk, f"inspection-findings/{finding['id']}"))["version"] == 1
    # once it is over, a day off does not open it again
    clock.set("2026-03-17 10:30")
    assert (await give_day_off(office, "2026-03-13"))["deadlines"] == []


async def test_a_deadline_that_a_change_puts_into_the_past_is_told_so(
    office: httpx.AsyncClient, hall: Hall, clock: SetClock
) -> None:
    await register(office, hall, received_at="2026-03-06T11:00:00+08:00")
    clock.set("2026-03-10 11:00")
    [line] = (await give_day_off(office, "2026-03-07", kind="workday", dry_run=True))["deadlines"]
    assert (line["old"][:10], line["new"][:10], line["is_past"]) == (
        "2026-03-10", "2026-03-09", True,
    )  # fmt: skip
    [line] = (await give_day_off(office, "2026-03-10", dry_run=True))["deadlines"]
    assert line["is_past"] is False
