"""Conferences over HTTP: called, attended or not, spoken or silent, minuted, archived."""

from functools import partial
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from tests.cases_factories import give, take_in
from tests.catalog_factories import Items
from tests.commands import command
from tests.conftest import SetClock
from tests.factories import Hall, make_department, make_service

from yimen.core.audit import AuditEntry
from yimen.core.dependencies import Context
from yimen.core.outbox import OutboxEvent
from yimen.core.periodic import run_once
from yimen.domains.cases.jobs import JOBS as CASES_JOBS
from yimen.domains.conferences.enums import (
    ACTION_STATES,
    MOVES,
    ConferenceAction,
    ConferenceState,
)
from yimen.domains.conferences.jobs import JOBS
from yimen.domains.conferences.repository import ConferenceRepository

PATH = "/api/v1/conferences"
LAST_INSTANT = "2026-03-17 19:30"
"""Told on Thursday 12 March: the third working day ends on Tuesday 17 March."""


async def settle(context: Context) -> None:
    """Let the clock's own work be done, the conferences' before the cases'."""
    for job in (*JOBS, *CASES_JOBS):
        assert await run_once(job, context.database, context.clock())


def call_body(hall: Hall, case: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    matter: dict[str, Any] = {"subject": "冷库选址是否可行"}
    if case is not None:
        matter["case_id"] = case["id"]
    return {
        "kind": "joint",
        "name": "冷库项目联合审批联席会议",
        "starts_at": "2026-03-12T16:00:00+08:00",
        "place": "中心三楼会议室",
        "presided_by": "刘强",
        "department_ids": [str(hall.department_b)],
        "matters": [matter],
    } | changes


async def call(office: httpx.AsyncClient, body: dict[str, Any]) -> dict[str, Any]:
    reply = await office.post(PATH, json=body)
    assert reply.status_code == 201, reply.text
    made: dict[str, Any] = reply.json()
    return made


act = partial(command, PATH)


async def again(client: httpx.AsyncClient, conference: dict[str, Any]) -> dict[str, Any]:
    reply = await client.get(f"{PATH}/{conference['id']}")
    assert reply.status_code == 200, reply.text
    read: dict[str, Any] = reply.json()
    return read


def held(conference: dict[str, Any], **presence: str) -> dict[str, Any]:
    """What the office takes down; ``presence`` by department code, else attended."""
    return {
        "recorded_by": "赵敏",
        "record": "各单位发表意见。",
        "attendance": [
            {
                "department_id": attendee["department_id"],
                "presence": presence.get(attendee["department_name"], "attended"),
                "note": "途中车辆故障" if presence.get("note") else None,
            }
            for attendee in conference["attendees"]
        ],
        "resolutions": [{"matter": 1, "resolution": "同意选址"}],
    }


LAND = "县自然资源局"
MARKET = "县市场监督管理局"


def opinion_of(conference: dict[str, Any], department: str, matter: int = 1) -> dict[str, Any]:
    found: dict[str, Any] = next(
        opinion
        for opinion in conference["matters"][matter - 1]["opinions"]
        if opinion["department_name"] == department
    )
    return found


async def opinions_in_case(client: httpx.AsyncClient, case: dict[str, Any]) -> list[Any]:
    reply = await client.get(f"/api/v1/cases/{case['id']}/opinions")
    return [(line["department_name"], line["state"], line["text"]) for line in reply.json()]


# Calling


async def test_the_office_calls_a_conference_and_invites_the_chiefs_it_concerns(
    office: httpx.AsyncClient,
    clerk: httpx.AsyncClient,
    items: Items,
    hall: Hall,
    session: AsyncSession,
) -> None:
    case = await take_in(clerk, items.food)
    conference = await call(office, call_body(hall, case))
    assert conference["conference_number"] == "HY-2026-000001"
    # the case's own department is invited without being named
    assert [
        (line["department_name"], line["staff_name"], line["presence"])
        for line in conference["attendees"]
    ] == [(MARKET, "张伟", "invited"), (LAND, "古丽娜·哈德尔", "invited")]
    assert conference["matters"][0]["case_number"] == case["case_number"]
    told = await session.scalars(
        sa.select(OutboxEvent.department_id).where(OutboxEvent.kind == "conference.call")
    )
    assert set(told) == {hall.department_a, hall.department_b}
    audit = await session.scalar(
        sa.select(AuditEntry.actor).where(AuditEntry.action == "conferences.call")
    )
    assert audit == "office"


@pytest.mark.parametrize("who", ["clerk", "chief", "director"])
async def test_only_the_office_calls_and_runs_conferences(
    who: str, request: pytest.FixtureRequest, office: httpx.AsyncClient, hall: Hall
) -> None:
    other: httpx.AsyncClient = request.getfixturevalue(who)
    assert (await other.post(PATH, json=call_body(hall))).status_code == 403
    conference = await call(office, call_body(hall, department_ids=[str(hall.department_a)]))
    for action, body in (
        ("cancel", {"reason": "不开了"}),
        ("hold", held(conference)),
        ("conclude", {}),
        ("archive", {"archive_place": "一号柜"}),
    ):
        await act(other, conference, action, expect=403, **body)
    patched = await other.patch(
        f"{PATH}/{conference['id']}", json={"place": "别处"}, headers={"If-Match": '"1"'}
    )
    assert patched.status_code == 403


async def test_a_conference_is_seen_by_whom_it_concerns(
    office: httpx.AsyncClient,
    director: httpx.AsyncClient,
    chief: httpx.AsyncClient,
    clerk_elsewhere: httpx.AsyncClient,
    chief_elsewhere: httpx.AsyncClient,
    hall: Hall,
) -> None:
    conference = await call(office, call_body(hall))
    for sees in (office, director, chief_elsewhere, clerk_elsewhere):
        assert (await sees.get(f"{PATH}/{conference['id']}")).status_code == 200
        assert len((await sees.get(PATH)).json()["items"]) == 1
    for path in ("", "/minutes", "/delegates"):
        hidden = await chief.get(f"{PATH}/{conference['id']}{path}")
        assert (hidden.status_code, hidden.json()["code"]) == (404, "conference_not_found")
    assert (await chief.get(PATH)).json()["items"] == []
    await act(chief, conference, "ask-leave", expect=404, reason="开会")


async def test_a_conference_cannot_be_called_for_what_makes_no_sense(
    office: httpx.AsyncClient, clerk: httpx.AsyncClient, items: Items, hall: Hall
) -> None:
    async def refused(body: dict[str, Any]) -> tuple[int, str]:
        reply = await office.post(PATH, json=body)
        return reply.status_code, reply.json()["code"]

    past = call_body(hall, starts_at="2026-03-10T10:59:00+08:00")
    assert await refused(past) == (422, "conference_starts_in_past")
    nowhere = call_body(hall, department_ids=["019a4f3e-0004-7b60-9d0e-6a2f4c8b1e04"])
    assert await refused(nowhere) == (422, "unknown_invitee")
    assert (await refused(call_body(hall, department_ids=[])))[0] == 422
    case = await take_in(clerk, items.food)
    regular = call_body(hall, case, kind="regular", department_ids=[])
    assert (await refused(regular))[0] == 422
    await give(clerk, case, "finish")
    assert await refused(call_body(hall, case)) == (409, "conference_case_not_open")


async def test_time_and_place_change_until_it_has_met_and_it_can_be_cancelled(
    office: httpx.AsyncClient, hall: Hall
) -> None:
    conference = await call(office, call_body(hall))
    url = f"{PATH}/{conference['id']}"
    body = {"starts_at": "2026-03-13T10:30:00+08:00", "place": "二楼"}
    unseen = await office.patch(url, json=body)
    assert unseen.status_code == 428
    moved = await office.patch(url, json=body, headers={"If-Match": '"1"'})
    assert (moved.json()["place"], moved.headers["ETag"]) == ("二楼", '"2"')
    stale = await office.patch(url, json=body, headers={"If-Match": '"1"'})
    assert stale.status_code == 412
    cancelled = await act(office, moved.json(), "cancel", reason="项目撤回")
    assert cancelled["state_label"] == "已取消"
    assert [one["action"] for one in cancelled["allowed_actions"] if one["allowed"]] == []
    late = await act(office, cancelled, "cancel", expect=409, reason="再取消")
    assert (late["code"], late["allowed"]) == ("conference_state", [])


# Leave and delegates (JOINT 五)


async def test_a_chief_asks_leave_before_and_sends_somebody_of_the_window(
    office: httpx.AsyncClient,
    clerk: httpx.AsyncClient,
    chief: httpx.AsyncClient,
    hall: Hall,
    clock: SetClock,
) -> None:
    conference = await call(office, call_body(hall, department_ids=[str(hall.department_a)]))
    may = (await chief.get(f"{PATH}/{conference['id']}/delegates")).json()
    assert [person["name"] for person in may] == ["阿依古丽·买买提", "王红", "李军"]
    alone = await act(chief, conference, "ask-leave", expect=422, reason="在州里培训")
    assert (alone["code"], alone["article"]) == ("delegate_required", "JOINT 五")
    for stranger in (hall.clerk_elsewhere, hall.chief, hall.office):
        wrong = await act(
            chief,
            conference,
            "ask-leave",
            expect=422,
            reason="在州里培训",
            delegate_id=str(stranger.staff_id),
        )
        assert wrong["code"] == "not_a_delegate"
    await act(clerk, conference, "ask-leave", expect=403, reason="忙")
    clock.set("2026-03-12 15:59")
    asked = await act(
        chief,
        conference,
        "ask-leave",
        reason="在州里培训",
        delegate_id=str(hall.colleague.staff_id),
    )
    [attendee] = asked["attendees"]
    assert (attendee["delegate_name"], attendee["leave_reason"]) == ("王红", "在州里培训")
    clock.set("2026-03-12 16:00")
    late = await act(
        chief, asked, "ask-leave", expect=409, reason="堵车", delegate_id=attendee["delegate_id"]
    )
    assert late["code"] == "conference_leave_too_late"
    done = await act(office, asked, "hold", **held(asked, **{MARKET: "delegated"}))
    assert done["attendees"][0]["presence_label"] == "委托出席"


async def test_a_chief_at_a_window_sends_only_somebody_of_that_window(
    office: httpx.AsyncClient, chief: httpx.AsyncClient, hall: Hall, session: AsyncSession
) -> None:
    await make_service(session, hall.chief.staff_id, hall.window_02)
    conference = await call(office, call_body(hall, department_ids=[str(hall.department_a)]))
    may = (await chief.get(f"{PATH}/{conference['id']}/delegates")).json()
    assert [person["name"] for person in may] == ["李军"]
    other = await act(
        chief,
        conference,
        "ask-leave",
        expect=422,
        reason="开会",
        delegate_id=str(hall.clerk.staff_id),
    )
    assert other["code"] == "not_a_delegate"


async def test_who_named_no_delegate_is_not_represented_by_one(
    office: httpx.AsyncClient, hall: Hall, clock: SetClock
) -> None:
    conference = await call(office, call_body(hall))
    clock.set("2026-03-12 17:00")
    refused = await act(
        office, conference, "hold", expect=422, **held(conference, **{LAND: "delegated"})
    )
    assert refused["code"] == "no_delegate_named"
    unsaid = await act(
        office, conference, "hold", expect=422, **held(conference, **{LAND: "excused"})
    )
    assert unsaid["code"] == "absence_reason_missing"
    body = held(conference) | {"attendance": held(conference)["attendance"] * 2}
    twice = await act(office, conference, "hold", expect=422, **body)
    assert twice["code"] == "attendance_incomplete"


# Speaking and silence (MGMT 十六)


@pytest.mark.parametrize(
    ("at", "state", "in_case"),
    [
        ("2026-03-16 19:30", "asked", "asked"),
        (LAST_INSTANT, "asked", "asked"),
        ("2026-03-17 19:31", "deemed_agreed", "deemed_agreed"),
        ("2026-03-18 10:00", "deemed_agreed", "deemed_agreed"),
    ],
)
async def test_who_neither_came_nor_spoke_is_deemed_to_agree_after_the_due_date(
    at: str,
    state: str,
    in_case: str,
    office: httpx.AsyncClient,
    clerk: httpx.AsyncClient,
    items: Items,
    hall: Hall,
    clock: SetClock,
    context: Context,
) -> None:
    case = await take_in(clerk, items.food)
    conference = await call(office, call_body(hall, case))
    clock.set("2026-03-12 18:00")
    conference = await act(office, conference, "hold", **held(conference, **{LAND: "absent"}))
    assert conference["opinions_due_at"] == "2026-03-17T19:30:00+08:00"
    assert await opinions_in_case(clerk, case) == [(LAND, "asked", None)]
    clock.set(at)
    unsettled = await again(office, conference)
    await settle(context)
    settled = await again(office, conference)
    for seen in (unsettled, settled):
        opinion = opinion_of(seen, LAND)
        assert opinion["state"] == state
        assert (opinion["text"], opinion["given_by_name"]) == (None, None)
        assert opinion["article"] == ("MGMT 十六" if state == "deemed_agreed" else None)
    assert await opinions_in_case(clerk, case) == [(LAND, in_case, None)]
    timeline = (await clerk.get(f"/api/v1/cases/{case['id']}/timeline")).json()
    kinds = [(line["kind"], line["article"]) for line in timeline][2:]
    wanted = [("opinion_asked", "MGMT 十六"), ("opinion_deemed", "MGMT 十六")]
    assert kinds == wanted[: 2 if state == "deemed_agreed" else 1]


async def test_an_opinion_after_the_conference_counts_until_the_last_instant(
    office: httpx.AsyncClient,
    clerk: httpx.AsyncClient,
    chief_elsewhere: httpx.AsyncClient,
    items: Items,
    hall: Hall,
    clock: SetClock,
    context: Context,
) -> None:
    case = await take_in(clerk, items.food)
    conference = await call(office, call_body(hall, case))
    clock.set("2026-03-12 18:00")
    conference = await act(office, conference, "hold", **held(conference, **{LAND: "absent"}))
    clock.set(LAST_INSTANT)
    spoken = await act(
        chief_elsewhere, conference, "give-opinion", matter=1, agrees=False, text="不符合规划"
    )
    opinion = opinion_of(spoken, LAND)
    assert (opinion["state"], opinion["at_meeting"]) == ("objected", False)
    assert await opinions_in_case(clerk, case) == [(LAND, "objected", "不符合规划")]
    clock.set("2026-03-17 19:31")
    await settle(context)
    assert opinion_of(await again(office, spoken), LAND)["state"] == "objected"
    seen = (await clerk.get(f"/api/v1/cases/{case['id']}")).json()
    stopped = await give(clerk, seen, "finish", expect=409)
    assert stopped["code"] == "opinions_outstanding"


async def test_an_opinion_a_minute_late_is_refused_and_the_deemed_one_stays(
    office: httpx.AsyncClient,
    chief_elsewhere: httpx.AsyncClient,
    hall: Hall,
    clock: SetClock,
) -> None:
    conference = await call(office, call_body(hall))
    clock.set("2026-03-12 18:00")
    conference = await act(office, conference, "hold", **held(conference, **{LAND: "absent"}))
    clock.set("2026-03-17 19:31")
    late = await act(
        chief_elsewhere, conference, "give-opinion", expect=409, matter=1, agrees=False, text="不"
    )
    assert late["code"] == "opinion_deemed"
    assert opinion_of(await again(office, conference), LAND)["state"] == "deemed_agreed"


async def test_a_department_with_a_special_reason_is_waited_for_and_never_deemed(
    office: httpx.AsyncClient,
    clerk: httpx.AsyncClient,
    chief_elsewhere: httpx.AsyncClient,
    items: Items,
    hall: Hall,
    clock: SetClock,
    context: Context,
) -> None:
    case = await take_in(clerk, items.food)
    conference = await call(office, call_body(hall, case))
    clock.set("2026-03-12 18:00")
    body = held(conference, **{LAND: "excused", "note": "yes"})
    conference = await act(office, conference, "hold", **body)
    clock.set("2026-03-20 11:00")
    await settle(context)
    seen = await again(office, conference)
    assert opinion_of(seen, LAND)["state"] == "asked"
    assert seen["version"] == conference["version"]
    assert await opinions_in_case(clerk, case) == []
    spoken = await act(
        chief_elsewhere, seen, "give-opinion", matter=1, agrees=True, text="补提：同意"
    )
    assert opinion_of(spoken, LAND)["state"] == "agreed"
    assert await opinions_in_case(clerk, case) == [(LAND, "agreed", "补提：同意")]


async def test_what_is_said_at_the_conference_is_recorded_in_the_case(
    office: httpx.AsyncClient,
    clerk: httpx.AsyncClient,
    items: Items,
    hall: Hall,
    clock: SetClock,
) -> None:
    case = await take_in(clerk, items.food)
    conference = await call(office, call_body(hall, case))
    clock.set("2026-03-12 18:00")
    said = {
        "matter": 1, "department_id": str(hall.department_b), "agrees": True, "text": "符合规划",
    }  # fmt: skip
    conference = await act(office, conference, "hold", **held(conference), opinions=[said])
    opinion = opinion_of(conference, LAND)
    assert (opinion["state"], opinion["given_by_name"]) == ("agreed", "古丽娜·哈德尔")
    assert opinion["given_at"] == "2026-03-12T16:00:00+08:00"
    # the lead department is not asked about its own case
    assert len(conference["matters"][0]["opinions"]) == 1
    assert await opinions_in_case(clerk, case) == [(LAND, "agreed", "符合规划")]
    seen = (await clerk.get(f"/api/v1/cases/{case['id']}")).json()
    await give(clerk, seen, "finish")


async def test_the_absent_say_nothing_at_the_conference(
    office: httpx.AsyncClient, hall: Hall, clock: SetClock
) -> None:
    conference = await call(office, call_body(hall))
    clock.set("2026-03-12 18:00")
    said = {"matter": 1, "department_id": str(hall.department_b), "agrees": True, "text": "同意"}
    body = held(conference, **{LAND: "absent"})
    refused = await act(office, conference, "hold", expect=422, **body, opinions=[said])
    assert refused["code"] == "speaker_absent"
    elsewhere = await act(
        office, conference, "hold", expect=422, **held(conference), opinions=[said | {"matter": 2}]
    )
    assert elsewhere["code"] == "unknown_matter"


async def test_an_opinion_given_in_the_case_itself_counts_at_the_conference(
    office: httpx.AsyncClient,
    clerk: httpx.AsyncClient,
    chief_elsewhere: httpx.AsyncClient,
    items: Items,
    hall: Hall,
    clock: SetClock,
    context: Context,
) -> None:
    case = await take_in(clerk, items.food)
    conference = await call(office, call_body(hall, case))
    clock.set("2026-03-12 18:00")
    conference = await act(office, conference, "hold", **held(conference, **{LAND: "absent"}))
    seen = (await chief_elsewhere.get(f"/api/v1/cases/{case['id']}")).json()
    await give(chief_elsewhere, seen, "give-opinion", agrees=False, text="须先调整规划")
    clock.set("2026-03-18 11:00")
    await settle(context)
    opinion = opinion_of(await again(office, conference), LAND)
    assert (opinion["state"], opinion["text"]) == ("objected", "须先调整规划")


async def test_a_conference_gives_a_department_asked_before_the_later_date(
    office: httpx.AsyncClient, clerk: httpx.AsyncClient, items: Items, hall: Hall, clock: SetClock
) -> None:
    case = await take_in(clerk, items.food)
    case = await give(
        clerk,
        case,
        "ask-opinion",
        department_id=str(hall.department_b),
        question="选址",
        working_days=3,
    )
    conference = await call(office, call_body(hall, case))
    clock.set("2026-03-12 18:00")
    await act(office, conference, "hold", **held(conference, **{LAND: "absent"}))
    [opinion] = (await clerk.get(f"/api/v1/cases/{case['id']}/opinions")).json()
    assert opinion["due_at"] == "2026-03-17T19:30:00+08:00"


async def test_a_case_that_ended_takes_no_more_opinions(
    office: httpx.AsyncClient,
    clerk: httpx.AsyncClient,
    items: Items,
    hall: Hall,
    clock: SetClock,
    context: Context,
) -> None:
    case = await take_in(clerk, items.food)
    conference = await call(office, call_body(hall, case))
    clock.set("2026-03-12 18:00")
    conference = await act(office, conference, "hold", **held(conference, **{LAND: "absent"}))
    seen = (await clerk.get(f"/api/v1/cases/{case['id']}")).json()
    await give(clerk, seen, "withdraw", reason="不办了", signed_by="阿依古丽·买买提")
    clock.set("2026-03-18 11:00")
    assert await run_once(JOBS[0], context.database, context.clock())
    assert opinion_of(await again(office, conference), LAND)["state"] == "deemed_agreed"
    timeline = (await clerk.get(f"/api/v1/cases/{case['id']}/timeline")).json()
    assert timeline[-1]["kind"] == "withdrawn"


# Minutes and archive


async def test_minutes_wait_for_the_opinions_and_name_silence_as_silence(
    office: httpx.AsyncClient,
    clerk: httpx.AsyncClient,
    chief: httpx.AsyncClient,
    chief_elsewhere: httpx.AsyncClient,
    items: Items,
    hall: Hall,
    clock: SetClock,
) -> None:
    case = await take_in(clerk, items.food)
    conference = await call(office, call_body(hall, case))
    early = await act(office, conference, "hold", expect=409, **held(conference))
    assert early["code"] == "conference_not_started"
    clock.set("2026-03-12 18:00")
    body = held(conference, **{LAND: "absent"}) | {"resolutions": []}
    conference = await act(office, conference, "hold", **body)
    resolved: dict[str, Any] = {
        "resolutions": [{"matter": 1, "resolution": "同意选址，按程序办理"}]
    }
    waiting = await act(office, conference, "conclude", expect=409, **resolved)
    assert waiting["code"] == "conference_opinions_awaited"
    assert LAND in waiting["detail"]
    unarchived = await act(office, conference, "archive", expect=409, archive_place="一号柜")
    assert unarchived["code"] == "conference_state"
    clock.set("2026-03-18 11:00")
    nothing = await act(office, conference, "conclude", expect=422)
    assert nothing["code"] == "resolution_missing"
    done = await act(office, conference, "conclude", **resolved)
    assert done["minutes_number"] == "JY-2026-000001"
    [minutes] = (await chief.get(f"{PATH}/{conference['id']}/minutes")).json()
    text = minutes["text"]
    assert case["case_number"] in text and "同意选址，按程序办理。" in text
    assert f"{LAND}视为同意（无特殊情况缺席，会后未提出意见）" in text
    assert f"{LAND}无特殊情况未参加会议" in text
    assert "古丽娜·哈德尔  缺席" in text and "张伟  出席" in text
    closed = await act(
        chief_elsewhere, done, "give-opinion", expect=409, matter=1, agrees=True, text="同意"
    )
    assert closed["code"] == "conference_state"
    stored = await act(office, done, "archive", archive_place="2026 年会议卷第 1 号")
    assert stored["state_label"] == "已归档"
    archive = (await office.get(PATH, params={"state": "archived"})).json()["items"]
    assert [line["conference_number"] for line in archive] == ["HY-2026-000001"]


async def test_void_minutes_are_issued_anew_with_what_was_wrong_set_right(
    office: httpx.AsyncClient,
    chief: httpx.AsyncClient,
    clerk: httpx.AsyncClient,
    items: Items,
    hall: Hall,
    clock: SetClock,
) -> None:
    """JOINT 四: before the archive as well as after it."""
    case = await take_in(clerk, items.food)
    conference = await call(office, call_body(hall, case))
    early = await act(office, conference, "reissue-minutes", expect=409)
    assert early["code"] == "conference_state"
    clock.set("2026-03-12 18:00")
    said = [{"matter": 1, "department_id": str(hall.department_b), "agrees": True, "text": "同意"}]
    conference = await act(office, conference, "hold", **held(conference), opinions=said)
    done = await act(office, conference, "conclude")
    standing = await act(office, done, "reissue-minutes", expect=409)
    assert standing["code"] == "minutes_in_force"

    async def void() -> None:
        minutes = (await office.get(f"{PATH}/{done['id']}/minutes")).json()[-1]
        reply = await office.post(
            f"/api/v1/papers/{minutes['id']}/void",
            json={"reason": "选址写错"},
            headers={"If-Match": '"1"'},
        )
        assert reply.status_code == 200, reply.text

    await void()
    seen = await again(office, done)
    assert (seen["minutes_are_void"], seen["minutes_number"]) == (True, "JY-2026-000001")
    unarchived = await act(office, seen, "archive", expect=409, archive_place="一号柜")
    assert "重新出具" in unarchived["detail"]
    unknown = await act(
        office,
        seen,
        "reissue-minutes",
        expect=422,
        resolutions=[{"matter": 2, "resolution": "同意"}],
    )
    assert unknown["code"] == "unknown_matter"
    new = await act(
        office,
        seen,
        "reissue-minutes",
        resolutions=[{"matter": 1, "resolution": "同意选址于二号地块"}],
    )
    assert (new["minutes_number"], new["minutes_are_void"]) == ("JY-2026-000002", False)
    [old, minutes] = (await chief.get(f"{PATH}/{done['id']}/minutes")).json()
    assert "【作废】" in old["text"] and "同意选址于二号地块" not in old["text"]
    assert "同意选址于二号地块" in minutes["text"]
    assert "本纪要代替已作废的JY-2026-000001号纪要。" in minutes["text"]
    stored = await act(office, new, "archive", archive_place="一号柜")
    await void()
    third = await act(office, stored, "reissue-minutes")
    assert (third["state"], third["minutes_number"]) == ("archived", "JY-2026-000003")


async def test_the_regular_conference_invites_every_department_and_needs_no_minutes(
    office: httpx.AsyncClient,
    chief: httpx.AsyncClient,
    hall: Hall,
    clock: SetClock,
    session: AsyncSession,
) -> None:
    await make_department(session, name="县水利局")
    body = call_body(
        hall,
        kind="regular",
        name="三月首席代表例会",
        department_ids=[],
        documents=["二月工作通报"],
        matters=[{"subject": "通报二月工作"}, {"subject": "听取窗口意见"}],
    )
    conference = await call(office, body)
    invited = {line["department_name"]: line["staff_name"] for line in conference["attendees"]}
    assert invited == {MARKET: "张伟", LAND: "古丽娜·哈德尔", "县水利局": None}
    clock.set("2026-03-12 18:00")
    conference = await act(office, conference, "hold", **held(conference, **{"县水利局": "absent"}))
    assert conference["opinions_due_at"] is None
    assert all(matter["opinions"] == [] for matter in conference["matters"])
    spoken = await act(
        chief, conference, "give-opinion", expect=409, matter=1, agrees=True, text="同意"
    )
    assert spoken["code"] == "conference_state"
    stored = await act(office, conference, "archive", archive_place="例会卷")
    assert stored["minutes_number"] is None
    found = await ConferenceRepository(session).absences(clock.now.date(), clock.now.date())
    assert [(fact.conference_number, fact.staff_id) for fact in found] == [("HY-2026-000001", None)]
    on_the_day = {"first": "2026-03-12", "last": "2026-03-12", "kind": "regular"}
    assert len((await office.get(PATH, params=on_the_day)).json()["items"]) == 1
    before = {"last": "2026-03-11"}
    assert (await office.get(PATH, params=before)).json()["items"] == []


async def test_allowed_actions_agree_with_what_the_commands_say(
    office: httpx.AsyncClient, chief_elsewhere: httpx.AsyncClient, hall: Hall
) -> None:
    conference = await call(office, call_body(hall))
    bodies: dict[str, dict[str, Any]] = {
        "cancel": {"reason": "取消"},
        "ask-leave": {"reason": "忙", "delegate_id": str(hall.clerk_elsewhere.staff_id)},
        "hold": held(conference),
        "give-opinion": {"matter": 1, "agrees": True, "text": "同意"},
        "conclude": {},
        "archive": {"archive_place": "柜"},
    }
    for client in (office, chief_elsewhere):
        said = {one["action"]: one for one in (await again(client, conference))["allowed_actions"]}
        assert set(said) == {action.value for action in ConferenceAction}
        for action, body in bodies.items():
            if said[action]["allowed"]:
                continue
            status = 403 if said[action]["reason_code"] == "forbidden" else 409
            await act(client, conference, action, expect=status, **body)


def test_every_state_can_be_reached_and_commands_end_where_moves_do() -> None:
    reached, waiting = set(), [ConferenceState.CALLED]
    while waiting:
        state = waiting.pop()
        if state not in reached:
            reached.add(state)
            waiting += MOVES[state]
    assert reached == set(ConferenceState) == set(MOVES)
    final = {state for state in ConferenceState if not MOVES[state]}
    assert final == {ConferenceState.ARCHIVED, ConferenceState.CANCELLED}
    # what is archived stays as it is, but void minutes are replaced wherever they lie
    for action, states in ACTION_STATES.items():
        if action is not ConferenceAction.REISSUE_MINUTES:
            assert not states & final
    assert set(ACTION_STATES) == set(ConferenceAction)
