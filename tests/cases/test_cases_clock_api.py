"""Suspension, extension, special, reported and joint cases over HTTP, with their papers."""

from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from tests.cases_factories import give, take_in
from tests.catalog_factories import Items
from tests.conftest import SetClock
from tests.factories import Hall

from yimen.core.dependencies import Context
from yimen.core.periodic import run_once
from yimen.domains.cases.jobs import JOBS


async def paper_kinds(client: httpx.AsyncClient, case: dict[str, Any]) -> list[str]:
    papers = (await client.get(f"/api/v1/cases/{case['id']}/papers")).json()
    return [paper["kind"] for paper in papers]


async def again(client: httpx.AsyncClient, case: dict[str, Any]) -> dict[str, Any]:
    reply = await client.get(f"/api/v1/cases/{case['id']}")
    assert reply.status_code == 200, reply.text
    read: dict[str, Any] = reply.json()
    return read


async def settle(context: Context) -> None:
    for job in JOBS:
        assert await run_once(job, context.database, context.clock())


async def test_a_suspension_stops_the_clock_and_resuming_moves_the_due_date(
    clerk: httpx.AsyncClient, items: Items, clock: SetClock
) -> None:
    case = await take_in(clerk, items.food)
    clock.set("2026-03-11 10:00")
    stopped = await give(
        clerk, case, "suspend", cause="on_site_survey", ground="需现场勘验经营场所"
    )
    assert stopped["state"] == "suspended"
    assert stopped["clock"]["status"] == "suspended"
    clock.set("2026-03-12 14:00")
    running = await give(clerk, stopped, "resume", answer="勘验完成")
    assert running["state"] == "accepted"
    # a day and a half of office hours later than 17 March 19:30
    assert running["due_at"] == "2026-03-19T14:00:00+08:00"
    assert await paper_kinds(clerk, case) == [
        "receipt",
        "acceptance_slip",
        "suspension_notice",
        "resumption_notice",
    ]
    told = (await clerk.get(f"/api/v1/cases/{case['id']}/deadline")).json()
    assert told["due_at"] == running["due_at"]
    assert any("现场勘验" in step["label"] for step in told["steps"])


async def test_a_suspension_ends_at_its_maximum_by_itself(
    clerk: httpx.AsyncClient, items: Items, clock: SetClock, context: Context
) -> None:
    case = await take_in(clerk, items.food)
    case = await give(clerk, case, "suspend", cause="on_site_survey", ground="现场勘验")
    clock.set("2026-03-24 19:30")  # the tenth working day
    await settle(context)
    assert (await again(clerk, case))["state"] == "suspended"
    clock.set("2026-03-24 19:31")
    await settle(context)
    running = await again(clerk, case)
    assert running["state"] == "accepted"
    assert running["due_at"] == "2026-04-01T18:30:00+08:00"
    assert (await paper_kinds(clerk, case))[-1] == "resumption_notice"
    spent = await give(
        clerk, running, "suspend", cause="on_site_survey", ground="再次勘验", expect=409
    )
    assert spent["code"] == "suspension_used_up"


async def test_an_immediate_case_cannot_be_suspended(
    clerk: httpx.AsyncClient, items: Items
) -> None:
    case = await take_in(clerk, items.seal)
    refused = await give(clerk, case, "suspend", cause="hearing", ground="听证", expect=409)
    assert refused["code"] == "immediate_cannot_stop"


@pytest.mark.parametrize(
    ("asked_at", "status"), [("2026-03-17 19:30", 200), ("2026-03-17 19:31", 409)]
)
async def test_an_extension_is_asked_for_up_to_the_last_instant(
    clerk: httpx.AsyncClient, items: Items, clock: SetClock, asked_at: str, status: int
) -> None:
    case = await take_in(clerk, items.food)
    clock.set(asked_at)
    answer = await give(
        clerk, case, "request-extension", working_days=3, reason="需补充核查", expect=status
    )
    if status == 409:
        assert answer["code"] == "extension_too_late"


async def test_the_director_decides_an_extension_once_and_within_the_cap(
    clerk: httpx.AsyncClient,
    director: httpx.AsyncClient,
    office: httpx.AsyncClient,
    items: Items,
) -> None:
    case = await take_in(clerk, items.food)
    path = f"/api/v1/cases/{case['id']}/decide-extension"
    body: dict[str, Any] = {"approve": True, "reason": "同意"}
    nothing = await director.post(path, json=body, headers={"If-Match": '"1"'})
    assert (nothing.status_code, nothing.json()["code"]) == (409, "nothing_pending")
    over = await give(clerk, case, "request-extension", working_days=11, reason="复杂", expect=422)
    assert over["code"] == "extension_too_long"
    case = await give(clerk, case, "request-extension", working_days=10, reason="案情复杂")
    twice = await give(clerk, case, "request-extension", working_days=1, reason="再加", expect=409)
    assert twice["code"] == "decision_pending"
    waiting = (await director.get("/api/v1/cases?view=awaiting_director")).json()["items"]
    assert [line["id"] for line in waiting] == [case["id"]]
    for nobody in (clerk, office):
        refused = await nobody.post(path, json=body, headers={"If-Match": '"2"'})
        assert refused.status_code == 403
    case = await give(director, case, "decide-extension", **body)
    assert case["due_at"] == "2026-03-31T19:30:00+08:00"
    assert (await paper_kinds(clerk, case))[-1] == "extension_notice"
    notice = (await clerk.get(f"/api/v1/cases/{case['id']}/papers")).json()[-1]["text"]
    assert "案情复杂" in notice
    more = await give(clerk, case, "request-extension", working_days=1, reason="再", expect=409)
    assert more["code"] == "already_extended"


async def test_a_refused_extension_leaves_the_due_date(
    clerk: httpx.AsyncClient, director: httpx.AsyncClient, items: Items
) -> None:
    case = await take_in(clerk, items.food)
    asked = await give(clerk, case, "request-extension", working_days=3, reason="忙")
    refused = await give(director, asked, "decide-extension", approve=False, reason="理由不足")
    assert refused["due_at"] == case["due_at"]
    await give(clerk, refused, "request-extension", working_days=3, reason="补充说明")


async def test_a_reported_case_waits_for_the_superior_body_outside_its_promise(
    clerk: httpx.AsyncClient, items: Items, clock: SetClock
) -> None:
    case = await take_in(clerk, items.food)
    case = await give(
        clerk, case, "report", superior_body="自治州市场监督管理局", reason="权限属州级"
    )
    assert (await paper_kinds(clerk, case))[-1] == "reporting_notice"
    clock.set("2026-04-10 11:00")
    case = await give(clerk, case, "resume", answer="州局同意")
    assert not case["clock"]["is_overdue"]
    assert case["due_at"] == "2026-04-17T19:30:00+08:00"
    done = await give(clerk, case, "finish")
    assert done["state"] == "granted"


async def test_a_special_case_needs_the_director_and_has_its_own_due_date(
    clerk: httpx.AsyncClient, director: httpx.AsyncClient, items: Items
) -> None:
    case = await take_in(clerk, items.food)
    case = await give(clerk, case, "request-special", due_on="2026-03-12", reason="抗灾物资急需")
    case = await give(director, case, "decide-special", approve=True, reason="同意特办")
    assert case["kind"] == "special"
    assert case["due_at"] == "2026-03-12T19:30:00+08:00"
    assert (await paper_kinds(clerk, case))[-1] == "special_approval"


async def test_approved_first_leaves_an_obligation_that_is_listed_until_it_is_met(
    clerk: httpx.AsyncClient, director: httpx.AsyncClient, items: Items
) -> None:
    case = await take_in(clerk, items.food, materials=[{"material_key": "m1"}])
    case = await give(
        clerk,
        case,
        "request-special",
        due_on="2026-03-11",
        approve_first=True,
        reason="抗灾物资急需",
    )
    case = await give(director, case, "decide-special", approve=True, reason="先批后办")
    assert case["state"] == "accepted"
    assert case["missing"] == ["身份证明"]
    listed = (await clerk.get("/api/v1/cases?view=undocumented")).json()["items"]
    assert [line["id"] for line in listed] == [case["id"]]
    case = await give(clerk, case, "finish")
    case = await give(clerk, case, "hand-in", materials=[{"material_key": "m2"}])
    assert case["missing"] == []
    assert (await clerk.get("/api/v1/cases?view=undocumented")).json()["items"] == []
    events = (await clerk.get(f"/api/v1/cases/{case['id']}/timeline")).json()
    assert events[-1]["kind"] == "documented"


async def test_a_joint_case_waits_for_its_departments_and_silence_is_agreement(
    clerk: httpx.AsyncClient,
    chief_elsewhere: httpx.AsyncClient,
    items: Items,
    hall: Hall,
    clock: SetClock,
    context: Context,
) -> None:
    case = await take_in(clerk, items.food)
    own = await give(
        clerk, case, "ask-opinion", department_id=str(hall.department_a), question="?", expect=422
    )
    assert own["code"] == "own_department"
    case = await give(
        clerk,
        case,
        "ask-opinion",
        department_id=str(hall.department_b),
        question="用地是否合规",
        working_days=2,
    )
    early = await give(clerk, case, "finish", expect=409)
    assert early["code"] == "opinions_outstanding"
    asked = (await chief_elsewhere.get("/api/v1/opinions?state=asked")).json()["items"]
    assert [line["case_id"] for line in asked] == [case["id"]]
    assert (await chief_elsewhere.get(f"/api/v1/cases/{case['id']}")).status_code == 200
    clock.set("2026-03-12 19:30")
    await settle(context)
    assert (await opinions(clerk, case))[0]["state"] == "asked"
    clock.set("2026-03-12 19:31")
    await settle(context)
    (silent,) = await opinions(clerk, case)
    assert silent["state"] == "deemed_agreed"
    assert silent["given_by_name"] is None
    case = await again(clerk, case)
    late = await give(
        chief_elsewhere, case, "give-opinion", agrees=False, text="不同意", expect=409
    )
    assert late["code"] == "opinion_deemed"
    assert (await give(clerk, case, "finish"))["state"] == "granted"


async def test_an_objection_holds_a_joint_case_up_until_it_is_taken_back(
    clerk: httpx.AsyncClient,
    chief: httpx.AsyncClient,
    chief_elsewhere: httpx.AsyncClient,
    items: Items,
    hall: Hall,
) -> None:
    case = await take_in(clerk, items.food)
    case = await give(
        clerk, case, "ask-opinion", department_id=str(hall.department_b), question="可否"
    )
    other = await give(chief, case, "give-opinion", agrees=True, text="同意", expect=403)
    assert "被征求部门" in other["detail"]
    case = await give(chief_elsewhere, case, "give-opinion", agrees=False, text="不符合规划")
    refused = await give(clerk, case, "finish", expect=409)
    assert refused["code"] == "opinions_outstanding"
    case = await give(chief_elsewhere, case, "give-opinion", agrees=True, text="修改后同意")
    assert (await give(clerk, case, "finish"))["state"] == "granted"


async def opinions(client: httpx.AsyncClient, case: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await client.get(f"/api/v1/cases/{case['id']}/opinions")).json()
    return found


@pytest.mark.parametrize(
    ("now", "state"), [("2026-03-17 19:30", "received"), ("2026-03-17 19:31", "accepted")]
)
async def test_silence_for_five_working_days_is_acceptance_from_the_day_of_receipt(
    clerk: httpx.AsyncClient,
    items: Items,
    clock: SetClock,
    context: Context,
    now: str,
    state: str,
) -> None:
    """行政许可法 32: the last day itself is still in time."""
    case = await take_in(clerk, items.food, materials=[])
    clock.set(now)
    await settle(context)
    case = await again(clerk, case)
    assert case["state"] == state
    if state == "accepted":
        assert case["is_deemed_accepted"]
        assert case["accepted_at"] == case["received_at"]
        assert case["due_at"] == "2026-03-17T19:30:00+08:00"
        assert case["clock"]["is_overdue"]
        assert (await paper_kinds(clerk, case))[-1] == "acceptance_slip"


async def test_a_command_settles_silence_before_it_acts(
    clerk: httpx.AsyncClient, items: Items, clock: SetClock
) -> None:
    case = await take_in(clerk, items.food, materials=[])
    clock.set("2026-03-18 10:00")
    late = await give(clerk, case, "supplement", missing=[{"material_key": "m1"}], expect=409)
    assert late["code"] == "case_state"
    assert "办理中" in late["detail"]


@pytest.mark.parametrize(
    ("now", "state"), [("2026-04-22 19:30", "awaiting_supplement"), ("2026-04-23 00:00", "lapsed")]
)
async def test_what_nobody_completes_lapses(
    clerk: httpx.AsyncClient,
    items: Items,
    clock: SetClock,
    context: Context,
    now: str,
    state: str,
) -> None:
    case = await take_in(clerk, items.food, materials=[])
    case = await give(clerk, case, "supplement", missing=[{"material_key": "m1"}])
    clock.set(now)
    await settle(context)
    assert (await again(clerk, case))["state"] == state


async def test_a_calendar_change_moves_the_open_cases_and_tells_each(
    clerk: httpx.AsyncClient,
    office: httpx.AsyncClient,
    director: httpx.AsyncClient,
    items: Items,
    clock: SetClock,
    session: AsyncSession,
) -> None:
    plain = await take_in(clerk, items.food)
    stopped = await take_in(clerk, items.food)
    clock.set("2026-03-11 10:00")
    stopped = await give(clerk, stopped, "suspend", cause="hearing", ground="听证")
    clock.set("2026-03-11 14:00")
    stopped = await give(clerk, stopped, "resume", answer="听证结束")
    done = await give(clerk, await take_in(clerk, items.food), "finish")
    waiting = await take_in(clerk, items.food, materials=[])

    revision = (await office.get("/api/v1/calendar/status")).headers["ETag"]
    order: dict[str, Any] = {
        "source": "自治区关于肉孜节放假的通知",
        "days": [{"day": "2026-03-13", "kind": "regional_holiday", "note": "肉孜节"}],
    }
    headers = {"If-Match": revision}
    dry = await office.post("/api/v1/calendar/overrides", json=order, headers=headers)
    assert dry.status_code == 200, dry.text
    assert not dry.json()["is_applied"]
    assert {line["case_id"] for line in dry.json()["moved"]} == {
        plain["id"],
        stopped["id"],
        waiting["id"],
    }
    assert (await again(clerk, plain))["due_at"] == plain["due_at"]
    assert (
        await director.post("/api/v1/calendar/overrides", json=order, headers=headers)
    ).status_code == 403

    applied = await office.post(
        "/api/v1/calendar/overrides", json=order | {"dry_run": False}, headers=headers
    )
    assert applied.json()["is_applied"], applied.text
    moved = await again(clerk, plain)
    assert (plain["due_at"], moved["due_at"]) == (
        "2026-03-17T19:30:00+08:00",
        "2026-03-18T19:30:00+08:00",
    )
    assert (await again(clerk, stopped))["due_at"] == "2026-03-19T14:00:00+08:00"
    assert (await again(clerk, waiting))["deemed_acceptance_at"] == "2026-03-19T19:30:00+08:00"
    assert (await again(clerk, done))["due_at"] == done["due_at"]
    events = (await clerk.get(f"/api/v1/cases/{plain['id']}/timeline")).json()
    assert events[-1]["kind"] == "due_date_moved"
    assert events[-1]["facts"]["new"]["due_at"].startswith("2026-03-18")
    told = await session.scalar(
        sa.text("SELECT count(*) FROM outbox_events WHERE kind = 'case.due_date_moved'")
    )
    assert told == 3
    stale = await office.post(
        "/api/v1/calendar/overrides", json=order | {"dry_run": False}, headers=headers
    )
    assert stale.status_code == 412
