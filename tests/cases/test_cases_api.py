"""A case over HTTP, from the window where it comes in to the signature with which it leaves."""

from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from tests.cases_factories import (
    PHONE,
    RESIDENT_ID,
    all_materials,
    give,
    intake_body,
    take_in,
)
from tests.catalog_factories import Items
from tests.conftest import SetClock
from tests.factories import Hall


async def test_a_complete_application_is_accepted_with_slip_and_receipt(
    clerk: httpx.AsyncClient, items: Items, hall: Hall
) -> None:
    reply = await clerk.post("/api/v1/cases", json=intake_body(items.food))

    assert reply.status_code == 201, reply.text
    case = reply.json()
    assert case["state"] == "accepted"
    assert case["case_number"].startswith("BJ-2026-")
    assert case["due_at"] == "2026-03-17T19:30:00+08:00"  # Tuesday 10 March + 5 working days
    assert case["clock"]["status"] == "running"
    assert case["visit_count"] == 1
    assert reply.headers["ETag"] == '"1"'
    assert reply.headers["Location"] == f"/api/v1/cases/{case['id']}"

    papers = (await clerk.get(f"/api/v1/cases/{case['id']}/papers")).json()
    assert [paper["kind"] for paper in papers] == ["receipt", "acceptance_slip"]
    slip = papers[1]["text"]
    assert case["case_number"] in slip
    assert "2026年3月17日（星期二）19:30前" in slip
    assert "01号窗口" in slip

    again = (await clerk.get(f"/api/v1/cases/{case['id']}")).json()
    assert again == case


async def test_an_immediate_case_has_no_receipt_and_is_due_at_close_of_the_day(
    clerk: httpx.AsyncClient, items: Items
) -> None:
    case = await take_in(clerk, items.seal)

    assert case["due_at"] == "2026-03-10T19:30:00+08:00"
    papers = (await clerk.get(f"/api/v1/cases/{case['id']}/papers")).json()
    assert [paper["kind"] for paper in papers] == ["acceptance_slip"]


async def test_an_incomplete_application_is_received_and_says_what_is_missing(
    clerk: httpx.AsyncClient, items: Items
) -> None:
    case = await take_in(clerk, items.food, materials=[])

    assert case["state"] == "received"
    assert case["missing"] == ["申请书", "身份证明"]
    assert case["due_at"] is None
    assert case["clock"]["status"] == "not_started"
    assert case["deemed_acceptance_at"] == "2026-03-17T19:30:00+08:00"


async def test_the_supplement_notice_lists_everything_once_and_completion_starts_the_clock(
    clerk: httpx.AsyncClient, items: Items, clock: SetClock
) -> None:
    case = await take_in(clerk, items.food, materials=[])
    told = await give(
        clerk,
        case,
        "supplement",
        missing=[{"material_key": "m1"}, {"material_key": "m2", "requirement": "请补交身份证"}],
    )
    assert told["state"] == "awaiting_supplement"
    assert told["supplement_due_on"] == "2026-04-22"  # 30 working days, 清明 between
    assert told["deemed_acceptance_at"] is None
    notice = (await clerk.get(f"/api/v1/cases/{case['id']}/papers")).json()[-1]
    assert notice["kind"] == "supplement_notice"
    assert "请补交身份证" in notice["text"]

    clock.set("2026-03-12 16:00")
    done = await give(clerk, told, "hand-in", materials=all_materials())
    assert done["state"] == "accepted"
    assert done["due_at"] == "2026-03-19T19:30:00+08:00"
    assert done["visit_count"] == 2
    assert not done["has_visit_to_avoid"]


async def test_a_second_supplement_notice_needs_a_reason_and_is_recorded(
    clerk: httpx.AsyncClient, items: Items
) -> None:
    case = await take_in(clerk, items.food, materials=[])
    told = await give(clerk, case, "supplement", missing=[{"material_key": "m1"}])

    refused = await give(clerk, told, "supplement", missing=[{"material_key": "m2"}], expect=422)
    assert refused["code"] == "second_supplement_reason"
    assert refused["article"] == "DISCIPLINE 五(三)"

    again = await give(
        clerk, told, "supplement", missing=[{"material_key": "m2"}], reason="首次漏列身份证明"
    )
    assert again["supplement_count"] == 2
    events = (await clerk.get(f"/api/v1/cases/{case['id']}/timeline")).json()
    assert events[-1]["facts"]["ordinal"] == 2


async def test_a_third_visit_shows(clerk: httpx.AsyncClient, items: Items) -> None:
    case = await take_in(clerk, items.food, materials=[])
    case = await give(clerk, case, "hand-in", materials=[{"material_key": "m1"}])
    assert not case["has_visit_to_avoid"]
    case = await give(clerk, case, "hand-in", materials=[{"material_key": "m2"}])
    assert case["visit_count"] == 3
    assert case["has_visit_to_avoid"]


async def test_a_case_cannot_be_accepted_with_materials_missing(
    clerk: httpx.AsyncClient, items: Items
) -> None:
    case = await take_in(clerk, items.food, materials=[{"material_key": "m1"}])
    refused = await give(clerk, case, "accept", expect=409)
    assert refused["code"] == "materials_missing"
    assert "身份证明" in refused["detail"]


async def test_complete_materials_may_be_checked_before_they_are_accepted(
    clerk: httpx.AsyncClient, items: Items, clock: SetClock
) -> None:
    case = await take_in(clerk, items.food, accept_if_complete=False)
    assert case["state"] == "received"
    clock.set("2026-03-11 10:30")
    case = await give(clerk, case, "accept")
    assert case["accepted_at"] == "2026-03-11T10:30:00+08:00"
    assert case["due_at"] == "2026-03-18T19:30:00+08:00"


async def test_dismissal_for_a_missing_principal_needs_it_to_be_missing(
    clerk: httpx.AsyncClient, items: Items
) -> None:
    ground: dict[str, Any] = {
        "ground": "principal_missing",
        "reason": "未提交申请书",
        "legal_basis": "食品安全法第三十五条",
    }
    there = await take_in(clerk, items.food, materials=[{"material_key": "m1"}])
    refused = await give(clerk, there, "dismiss", **ground, expect=409)
    assert refused["code"] == "principal_not_missing"

    missing = await take_in(clerk, items.food, materials=[{"material_key": "m2"}])
    dismissed = await give(clerk, missing, "dismiss", **ground)
    assert dismissed["state"] == "dismissed"
    paper = (await clerk.get(f"/api/v1/cases/{missing['id']}/papers")).json()[-1]
    assert paper["kind"] == "dismissal_notice"
    assert "六十日内申请行政复议" in paper["text"]


async def test_what_is_not_the_halls_matter_gets_a_notice_that_says_whose_it_is(
    clerk: httpx.AsyncClient, items: Items
) -> None:
    case = await take_in(clerk, items.food, materials=[])
    case = await give(
        clerk,
        case,
        "not-accept",
        reason="应向州级部门提出",
        legal_basis="行政许可法第三十二条",
        go_to="州政务服务中心",
    )
    assert case["state"] == "not_accepted"
    paper = (await clerk.get(f"/api/v1/cases/{case['id']}/papers")).json()[-1]
    assert "请向州政务服务中心提出。" in paper["text"]


async def test_granted_then_delivered_against_a_signature(
    clerk: httpx.AsyncClient, items: Items, clock: SetClock
) -> None:
    case = await take_in(clerk, items.food)
    clock.set("2026-03-17 19:30")
    case = await give(clerk, case, "finish", result_number="JY123")
    assert case["state"] == "granted"
    assert case["clock"] == {
        "status": "stopped",
        "status_label": "已停止计时",
        "remaining_working_minutes": None,
        "is_due_soon": False,
        "is_overdue": False,
    }
    clock.set("2026-03-18 11:00")
    case = await give(clerk, case, "deliver", method="pick_up", signed_by="阿依古丽·买买提")
    assert case["state"] == "delivered"
    assert case["visit_count"] == 2
    assert case["delivered_at"] == "2026-03-18T11:00:00+08:00"


@pytest.mark.parametrize(
    ("now", "remaining", "soon", "overdue"),
    [
        ("2026-03-12 19:30", 1440, False, False),  # Thursday: more than two working days ahead
        ("2026-03-13 10:00", 1440, True, False),  # Friday: Monday and Tuesday are the two
        ("2026-03-14 12:00", 960, True, False),
        ("2026-03-17 19:30", 0, True, False),  # the due instant itself is in time
        ("2026-03-17 19:31", 0, False, True),
        ("2026-03-18 11:00", -60, False, True),
    ],
)
async def test_remaining_time_due_soon_and_overdue_follow_the_clock(
    clerk: httpx.AsyncClient,
    items: Items,
    clock: SetClock,
    now: str,
    remaining: int,
    soon: bool,
    overdue: bool,
) -> None:
    case = await take_in(clerk, items.food)
    clock.set(now)
    read = (await clerk.get(f"/api/v1/cases/{case['id']}")).json()["clock"]
    assert read["remaining_working_minutes"] == remaining
    assert read["is_overdue"] is overdue
    listed = {
        view: [c["id"] for c in (await clerk.get(f"/api/v1/cases?view={view}")).json()["items"]]
        for view in ("open", "due_soon", "overdue")
    }
    assert listed["open"] == [case["id"]]
    assert (case["id"] in listed["due_soon"]) is read["is_due_soon"] is soon
    assert (case["id"] in listed["overdue"]) is overdue


async def test_finished_late_is_found_and_shows_as_overdue(
    clerk: httpx.AsyncClient, items: Items, clock: SetClock
) -> None:
    case = await take_in(clerk, items.food)
    clock.set("2026-03-18 10:00")
    late = await give(clerk, case, "finish")
    assert late["clock"]["is_overdue"]
    found = (await clerk.get("/api/v1/cases?view=finished_late")).json()["items"]
    assert [line["id"] for line in found] == [case["id"]]
    assert found[0]["is_overdue"]


async def test_the_deadline_is_explained_day_by_day(
    clerk: httpx.AsyncClient, items: Items, clock: SetClock
) -> None:
    clock.set("2026-09-29 21:00")  # after close: counts as 30 September's
    case = await take_in(clerk, items.food)
    told = (await clerk.get(f"/api/v1/cases/{case['id']}/deadline")).json()

    assert told["due_at"] == case["due_at"]
    assert told["counted_from"] == "2026-09-30"
    counted = [day["day"] for day in told["days"] if day["counted_as"] is not None]
    assert counted == ["2026-10-08", "2026-10-09", "2026-10-10", "2026-10-12", "2026-10-13"]
    made_up = next(day for day in told["days"] if day["day"] == "2026-10-10")
    assert made_up["kind"] == "makeup_workday"
    assert case["due_at"] == "2026-10-13T19:30:00+08:00"


async def test_a_preview_says_what_an_acceptance_would_promise(
    clerk: httpx.AsyncClient, items: Items
) -> None:
    reply = await clerk.get(
        "/api/v1/cases/deadline-preview",
        params={"item_id": str(items.food.item_id), "at": "2026-03-10T11:00:00+08:00"},
    )
    assert reply.status_code == 200, reply.text
    assert reply.json()["due_at"] == "2026-03-17T19:30:00+08:00"


async def test_a_due_date_in_an_unpublished_year_is_provisional_and_the_slip_says_so(
    clerk: httpx.AsyncClient, items: Items, clock: SetClock
) -> None:
    clock.set("2026-12-30 11:00")
    case = await take_in(clerk, items.food)
    assert case["due_is_provisional"]
    assert any("暂定" in warning for warning in case["warnings"])
    slip = (await clerk.get(f"/api/v1/cases/{case['id']}/papers")).json()[-1]["text"]
    assert "（暂定）" in slip


async def test_an_item_is_only_taken_in_at_its_own_windows(
    clerk: httpx.AsyncClient, clerk_elsewhere: httpx.AsyncClient, items: Items, hall: Hall
) -> None:
    refused = await clerk.post("/api/v1/cases", json=intake_body(items.land))
    assert refused.status_code == 409
    assert refused.json()["code"] == "item_not_at_window"
    assert refused.json()["article"] == "MGMT 五"
    assert (await take_in(clerk_elsewhere, items.land))["state"] == "accepted"


async def test_a_clerk_takes_in_only_at_a_window_of_their_own(
    clerk: httpx.AsyncClient, chief: httpx.AsyncClient, items: Items, hall: Hall
) -> None:
    body = intake_body(items.food, window_id=str(hall.window_02))
    refused = await clerk.post("/api/v1/cases", json=body)
    assert (refused.status_code, refused.json()["code"]) == (403, "not_your_window")
    assert (await chief.post("/api/v1/cases", json=body)).status_code == 201


async def test_a_late_entry_keeps_both_times_and_shows(
    clerk: httpx.AsyncClient, items: Items, clock: SetClock
) -> None:
    clock.set("2026-03-12 11:00")
    on_time = await take_in(clerk, items.food, received_at="2026-03-11T11:00:00+08:00")
    late = await take_in(clerk, items.food, received_at="2026-03-10T11:00:00+08:00")
    assert not on_time["is_late_entry"]
    assert late["is_late_entry"]
    assert late["registered_at"] == "2026-03-12T11:00:00+08:00"
    assert late["due_at"] == "2026-03-17T19:30:00+08:00"  # the promise counts from receipt
    future = await clerk.post(
        "/api/v1/cases", json=intake_body(items.food, received_at="2026-03-12T11:00:01+08:00")
    )
    assert (future.status_code, future.json()["code"]) == (422, "received_in_future")


async def test_numbers_are_checked_masked_encrypted_and_revealed_only_with_a_trace(
    clerk: httpx.AsyncClient,
    office: httpx.AsyncClient,
    items: Items,
    session: AsyncSession,
) -> None:
    wrong = intake_body(items.food)
    wrong["applicant"]["id_number"] = RESIDENT_ID[:-1] + "1"
    refused = await clerk.post("/api/v1/cases", json=wrong)
    assert refused.status_code == 422
    assert RESIDENT_ID[:-1] not in refused.text

    case = await take_in(clerk, items.food)
    assert case["applicant"]["id_number_masked"] == "654028********0027"
    assert case["applicant"]["phone_masked"] == "138****0000"
    dump = str((await session.execute(sa.text("SELECT to_jsonb(cases)::text FROM cases"))).all())
    assert PHONE not in dump and RESIDENT_ID not in dump

    path = f"/api/v1/cases/{case['id']}/reveal-applicant"
    shown = await clerk.post(path, json={"reason": "电话通知取件"})
    assert shown.json() == {"id_number": RESIDENT_ID, "phone": PHONE}
    assert (await office.post(path, json={"reason": "看看"})).status_code == 403
    traces = (
        await session.execute(
            sa.text("SELECT actor, new FROM audit_entries WHERE action = 'cases.reveal'")
        )
    ).all()
    assert [tuple(trace) for trace in traces] == [("clerk", {"reason": "电话通知取件"})]


@pytest.mark.parametrize(
    "wish",
    [
        {"phone": "+86 138-9999-0000"},
        {"id_number": RESIDENT_ID},
        {"applicant_name": "阿依古丽"},
        {"case_number": None},
    ],
)
async def test_search_finds_by_number_name_phone_and_identity(
    clerk: httpx.AsyncClient,
    clerk_elsewhere: httpx.AsyncClient,
    items: Items,
    wish: dict[str, Any],
) -> None:
    case = await take_in(clerk, items.food)
    if "case_number" in wish:
        wish = {"case_number": case["case_number"]}
    found = await clerk.post("/api/v1/cases/search", json=wish)
    assert [line["id"] for line in found.json()] == [case["id"]], found.text
    assert (await clerk_elsewhere.post("/api/v1/cases/search", json=wish)).json() == []


async def test_a_like_pattern_in_a_name_is_only_text(
    clerk: httpx.AsyncClient, items: Items
) -> None:
    await take_in(clerk, items.food)
    for pattern in ("%", "_", "\\"):
        found = await clerk.post("/api/v1/cases/search", json={"applicant_name": pattern})
        assert found.json() == []


async def test_a_case_moves_only_to_a_colleague_at_the_same_window(
    clerk: httpx.AsyncClient, items: Items, hall: Hall
) -> None:
    case = await take_in(clerk, items.food)
    away: dict[str, Any] = {"handler_id": str(hall.clerk_next_door.staff_id), "reason": "请假"}
    refused = await give(clerk, case, "transfer", **away, expect=409)
    assert refused["code"] == "handler_not_at_window"
    here: dict[str, Any] = {"handler_id": str(hall.colleague.staff_id), "reason": "请假"}
    moved = await give(clerk, case, "transfer", **here)
    assert moved["handler"]["id"] == str(hall.colleague.staff_id)
    mine = (await clerk.get("/api/v1/cases?mine=true")).json()["items"]
    assert mine == []


async def test_a_wrong_state_names_it_and_what_would_be_allowed(
    clerk: httpx.AsyncClient, items: Items
) -> None:
    case = await take_in(clerk, items.food)
    refused = await give(clerk, case, "deliver", method="post", signed_by="本人", expect=409)
    assert refused["code"] == "case_state"
    assert "办理中" in refused["detail"]
    assert refused["allowed"] == [
        "withdraw",
        "finish",
        "transfer",
        "suspend",
        "report",
        "request-extension",
        "request-special",
        "ask-opinion",
        "charges",
    ]
    actions = {line["action"]: line for line in case["allowed_actions"]}
    assert [name for name, line in actions.items() if line["allowed"]] == refused["allowed"]
    assert actions["deliver"]["reason_code"] == "case_state"


async def test_commands_need_the_version_that_was_seen(
    clerk: httpx.AsyncClient, items: Items
) -> None:
    case = await take_in(clerk, items.food)
    path = f"/api/v1/cases/{case['id']}/finish"
    assert (await clerk.post(path, json={})).status_code == 428
    stale = await clerk.post(path, json={}, headers={"If-Match": '"7"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "stale")
    assert (await clerk.post(path, json={}, headers={"If-Match": "x"})).status_code == 422
    assert (await clerk.post(path, json={}, headers={"If-Match": '"1"'})).status_code == 200


async def test_the_same_key_gives_the_first_answer_and_another_body_is_refused(
    clerk: httpx.AsyncClient, colleague: httpx.AsyncClient, items: Items
) -> None:
    body, key = intake_body(items.food), {"Idempotency-Key": "intake-1"}
    first = await clerk.post("/api/v1/cases", json=body, headers=key)
    second = await clerk.post("/api/v1/cases", json=body, headers=key)
    assert second.status_code == 201
    assert second.json() == first.json()
    assert second.headers["ETag"] == first.headers["ETag"]
    assert second.headers["Idempotency-Replayed"] == "true"
    assert len((await clerk.get("/api/v1/cases")).json()["items"]) == 1
    other = await clerk.post("/api/v1/cases", json=body | {"note": "另一件"}, headers=key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    theirs = await colleague.post("/api/v1/cases", json=body, headers=key)
    assert theirs.json()["id"] != first.json()["id"]


async def test_pages_go_on_where_the_last_one_ended(
    clerk: httpx.AsyncClient, items: Items, clock: SetClock
) -> None:
    made = []
    for day in ("2026-03-10", "2026-03-09", "2026-03-06", "2026-03-05", "2026-03-04"):
        made.append(await take_in(clerk, items.food, received_at=f"{day}T11:00:00+08:00"))
    by_newest = await read_all(clerk, "limit=2")
    assert by_newest == [case["id"] for case in reversed(made)]
    by_due = await read_all(clerk, "limit=2&sort=due_at")
    assert by_due == [case["id"] for case in reversed(made)]
    total = (await clerk.get("/api/v1/cases?limit=1&with_total=true")).json()
    assert total["total"] == 5
    bad = await clerk.get("/api/v1/cases?cursor=zzz")
    assert (bad.status_code, bad.json()["code"]) == (422, "invalid_cursor")


async def read_all(client: httpx.AsyncClient, query: str) -> list[str]:
    found: list[str] = []
    cursor: str | None = None
    while True:
        more = f"&cursor={cursor}" if cursor else ""
        page = (await client.get(f"/api/v1/cases?{query}{more}")).json()
        found += [line["id"] for line in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            return found
