"""The queue through HTTP: from the number to the end of the day."""

from typing import Any
from uuid import uuid4

import httpx
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from tests.cases_factories import take_in
from tests.catalog_factories import Items
from tests.conftest import SetClock
from tests.factories import Hall
from tests.queue_factories import (
    API,
    call_next,
    machine,
    move,
    moved,
    read,
    set_up_group,
    take,
)
from tests.statements import counted

from yimen.core.audit import AuditEntry
from yimen.core.database import Database
from yimen.core.outbox import OutboxEvent
from yimen.core.periodic import run_once
from yimen.domains.queue.enums import ACTION_STATES, TicketAction, TicketState
from yimen.domains.queue.jobs import JOBS
from yimen.domains.queue.models import Ticket


def problem(reply: httpx.Response) -> tuple[int, str]:
    return reply.status_code, reply.json().get("code", "")


@pytest.fixture
async def group(office: httpx.AsyncClient, hall: Hall) -> dict[str, Any]:
    """Windows 01 and 02 share queue A."""
    return await set_up_group(office, hall.window_01, hall.window_02)


@pytest.fixture
async def group_b(office: httpx.AsyncClient, hall: Hall) -> dict[str, Any]:
    """Window 03 alone has queue B."""
    return await set_up_group(office, hall.window_03, letter="B")


# Groups


async def test_the_office_sets_up_a_queue_and_changes_it(
    office: httpx.AsyncClient, clerk: httpx.AsyncClient, group: dict[str, Any], hall: Hall
) -> None:
    assert [one["window_number"] for one in group["windows"]] == ["01", "02"]
    assert group["priorities"][0] == {
        "priority": "appointment",
        "priority_label": "预约",
        "head_start_minutes": 30,
    }
    path = f"{API}/queue-groups/{group['id']}"
    changed = await office.patch(
        path,
        json={"window_ids": [str(hall.window_01)], "priorities": ["elderly"]},
        headers={"If-Match": '"1"'},
    )
    assert changed.status_code == 200, changed.text
    assert [one["window_number"] for one in changed.json()["windows"]] == ["01"]
    assert [one["priority"] for one in changed.json()["priorities"]] == ["elderly"]
    stale = await office.patch(path, json={"name": "x"}, headers={"If-Match": '"1"'})
    assert problem(stale) == (412, "stale")
    listed = await clerk.get(f"{API}/queue-groups", params={"window_id": str(hall.window_02)})
    assert listed.json()["items"] == []


async def test_letters_and_names_are_unique_and_windows_exist(
    office: httpx.AsyncClient, group: dict[str, Any], hall: Hall
) -> None:
    body = {"name": "别的", "letter": "A", "window_ids": [str(hall.window_01)]}
    twice = await office.post(f"{API}/queue-groups", json=body)
    assert problem(twice) == (409, "queue_letter_taken")
    named = await office.post(
        f"{API}/queue-groups", json=body | {"letter": "C", "name": group["name"]}
    )
    assert problem(named) == (409, "queue_group_name_taken")
    nowhere = await office.post(
        f"{API}/queue-groups", json=body | {"letter": "C", "window_ids": [str(uuid4())]}
    )
    assert nowhere.json()["errors"][0]["pointer"] == "/window_ids/0"
    normal = await office.post(
        f"{API}/queue-groups", json=body | {"letter": "C", "priorities": ["normal"]}
    )
    assert normal.status_code == 422


async def test_a_closed_queue_gives_no_numbers_but_calls_who_waits(
    office: httpx.AsyncClient, clerk: httpx.AsyncClient, group: dict[str, Any]
) -> None:
    await take(clerk, group)
    path = f"{API}/queue-groups/{group['id']}"
    closed = await office.post(
        f"{path}/close", json={"reason": "调整"}, headers={"If-Match": '"1"'}
    )
    assert closed.json()["is_closed"] is True
    refused = await clerk.post(f"{API}/tickets", json={"group_id": group["id"]})
    assert problem(refused) == (409, "queue_group_closed")
    assert (await call_next(clerk))["number"] == "A001"
    again = await office.post(f"{path}/close", json={"reason": "调整"}, headers={"If-Match": '"2"'})
    assert problem(again) == (409, "queue_group_closed")
    opened = await office.post(f"{path}/reopen", headers={"If-Match": '"2"'})
    assert opened.json()["is_closed"] is False
    assert (await take(clerk, group))["number"] == "A002"


# Taking


async def test_a_machine_gives_out_numbers_of_the_day_and_a_repeat_gives_the_same(
    office: httpx.AsyncClient, client: httpx.AsyncClient, group: dict[str, Any], clock: SetClock
) -> None:
    headers = await machine(office, client, "queue_machine")
    body = {"group_id": group["id"]}
    bare = await client.post(f"{API}/tickets", json=body, headers=headers)
    assert problem(bare) == (428, "idempotency_key_missing")
    keyed = headers | {"Idempotency-Key": "take-1"}
    first = await client.post(f"{API}/tickets", json=body, headers=keyed)
    assert first.status_code == 201 and first.headers["ETag"] == '"1"'
    slip = first.json()
    assert slip["number"] == "A001"
    assert slip["window_numbers"] == ["01", "02"]
    assert first.headers["Location"] == f"/api/v1/tickets/{slip['ticket_id']}"
    again = await client.post(f"{API}/tickets", json=body, headers=keyed)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.json() == slip
    second = await client.post(
        f"{API}/tickets", json=body, headers=headers | {"Idempotency-Key": "take-2"}
    )
    assert second.json()["number"] == "A002"
    clock.set("2026-03-11 10:05")
    headers = await machine(office, client, "kiosk")
    tomorrow = await client.post(
        f"{API}/tickets", json=body, headers=headers | {"Idempotency-Key": "take-3"}
    )
    assert tomorrow.json()["number"] == "A001"


@pytest.mark.parametrize("kind", ["screen", "time_clock"])
async def test_a_machine_of_another_kind_gives_no_numbers(
    kind: str, office: httpx.AsyncClient, client: httpx.AsyncClient, group: dict[str, Any]
) -> None:
    headers = await machine(office, client, kind)
    reply = await client.post(
        f"{API}/tickets",
        json={"group_id": group["id"]},
        headers=headers | {"Idempotency-Key": "x"},
    )
    assert problem(reply) == (403, "may_not_take_ticket")


async def test_a_priority_is_called_before_who_came_shortly_before(
    clerk: httpx.AsyncClient, group: dict[str, Any], clock: SetClock
) -> None:
    await take(clerk, group)
    clock.advance(minutes=15)
    await take(clerk, group)
    clock.advance(minutes=4)
    elderly = await take(clerk, group, priority="elderly")
    assert elderly["estimate"]["ahead"] == 0  # 19 minutes after the first, 20 minutes' start
    order = [(await call_next(clerk, ends_current=True))["number"] for _ in range(3)]
    assert order == ["A003", "A001", "A002"]


async def test_only_what_the_queue_offers_is_a_priority_and_an_appointment_shows_itself(
    office: httpx.AsyncClient, clerk: httpx.AsyncClient, hall: Hall
) -> None:
    group = await set_up_group(office, hall.window_01, priorities=["elderly"])
    for priority in ("disabled", "appointment"):
        reply = await clerk.post(
            f"{API}/tickets", json={"group_id": group["id"], "priority": priority}
        )
        assert problem(reply) == (409, "priority_not_offered"), priority


async def test_the_estimate_rests_on_what_was_measured_and_says_so(
    clerk: httpx.AsyncClient,
    clerk_next_door: httpx.AsyncClient,
    group: dict[str, Any],
    clock: SetClock,
) -> None:
    first = await take(clerk, group)
    assert first["estimate"]["minutes"] is None
    assert first["estimate"]["text"] == "前面没有人；还没有办理记录，无法估算等候时间。"
    for minutes in (4, 6, 20):
        await take(clerk, group)
        ticket = await moved(clerk, await call_next(clerk), "start")
        clock.advance(minutes=minutes)
        await moved(clerk, ticket, "finish")
    # A004 waits; the median of 4, 6 and 20 minutes is 6, one window is at work
    fifth = (await take(clerk, group))["estimate"]
    assert (fifth["ahead"], fifth["minutes"], fifth["rests_on"]) == (1, 6, 3)
    assert fifth["windows_at_work"] == 1
    await call_next(clerk_next_door)
    await take(clerk, group)
    seventh = (await take(clerk, group))["estimate"]
    assert (seventh["ahead"], seventh["minutes"], seventh["windows_at_work"]) == (2, 6, 2)
    assert seventh["text"] == "前面2人，预计等候约6分钟（按最近3次办理估算）。"


# Calls


async def test_a_ticket_is_called_served_and_finished_and_every_step_has_its_time(
    clerk: httpx.AsyncClient, group: dict[str, Any], clock: SetClock, session: AsyncSession
) -> None:
    slip = await take(clerk, group)
    clock.advance(minutes=7)
    called = await call_next(clerk)
    assert called["number"] == "A001"
    assert (called["state"], called["window_number"], called["calls"]) == ("called", "01", 1)
    clock.advance(minutes=1)
    called = await moved(clerk, called, "recall")
    assert called["calls"] == 2
    clock.advance(minutes=1)
    serving = await moved(clerk, called, "start")
    clock.advance(minutes=5)
    done = await moved(clerk, serving, "finish")
    assert done["state"] == "finished" and done["ended_at"] == "2026-03-10T11:14:00+08:00"
    course = (await clerk.get(f"{API}/tickets/{slip['ticket_id']}/course")).json()
    assert [step["kind"] for step in course["steps"]] == [
        "taken", "called", "recalled", "started", "finished",
    ]  # fmt: skip
    assert (course["waited_seconds"], course["served_seconds"]) == (420, 300)
    events = await session.execute(
        sa.select(OutboxEvent.kind, OutboxEvent.window_id, OutboxEvent.facts)
        .where(OutboxEvent.subject_type == "ticket")
        .order_by(OutboxEvent.id)
    )
    told = events.all()
    assert [row.kind for row in told] == [
        "ticket.taken", "ticket.called", "ticket.recalled", "ticket.started", "ticket.finished",
    ]  # fmt: skip
    assert told[0].window_id is None
    assert told[1].facts["number"] == "A001" and told[1].facts["window_number"] == "01"
    entries = await session.execute(
        sa.select(AuditEntry.action, AuditEntry.old, AuditEntry.actor)
        .where(AuditEntry.subject_type == "ticket")
        .order_by(AuditEntry.id)
    )
    audit = entries.all()
    assert [row.action for row in audit][-1] == "tickets.finished"
    assert audit[-1].old == {"state": "serving"} and audit[-1].actor == "clerk"


async def test_who_has_a_ticket_in_hand_ends_it_before_the_next(
    clerk: httpx.AsyncClient,
    colleague: httpx.AsyncClient,
    group: dict[str, Any],
) -> None:
    for _ in range(4):
        await take(clerk, group)
    first = await call_next(clerk)
    refused = await clerk.post(f"{API}/tickets/call-next", json={})
    assert problem(refused) == (409, "ticket_in_hand")
    assert "A001" in refused.json()["detail"]
    other = await call_next(colleague)  # at the same window, with a hand of her own
    assert other["number"] == "A002"
    third = await call_next(clerk, ends_current=True)
    assert third["number"] == "A003"
    assert (await read(clerk, {"ticket_id": first["id"]}))["state"] == "missed"
    await moved(clerk, third, "start")
    await call_next(clerk, ends_current=True)
    assert (await read(clerk, {"ticket_id": third["id"]}))["state"] == "finished"


async def test_when_nobody_waits_the_ticket_in_hand_stays(
    clerk: httpx.AsyncClient, group: dict[str, Any]
) -> None:
    await take(clerk, group)
    called = await call_next(clerk)
    none = await clerk.post(f"{API}/tickets/call-next", json={"ends_current": True})
    assert problem(none) == (409, "nobody_waiting")
    assert (await read(clerk, {"ticket_id": called["id"]}))["state"] == "called"


async def test_a_window_calls_for_its_own_queues_only(
    *,
    clerk: httpx.AsyncClient,
    clerk_elsewhere: httpx.AsyncClient,
    office: httpx.AsyncClient,
    group: dict[str, Any],
    group_b: dict[str, Any],
    hall: Hall,
) -> None:
    await take(clerk, group)
    none = await clerk_elsewhere.post(f"{API}/tickets/call-next", json={})
    assert problem(none) == (409, "nobody_waiting")
    there = await clerk_elsewhere.post(
        f"{API}/tickets/call-next", json={"window_id": str(hall.window_01)}
    )
    assert problem(there) == (403, "not_serving_at_window")
    assert (await office.post(f"{API}/tickets/call-next", json={})).status_code == 403
    slip = await take(office, group_b)
    ticket = await read(clerk, slip)
    foreign = await move(clerk, ticket, "call")
    assert problem(foreign) == (403, "not_your_ticket")
    ours = {one["action"]: one for one in ticket["allowed_actions"]}
    assert ours["call"]["allowed"] is False


async def test_a_chief_representative_calls_at_a_window_of_the_department(
    chief: httpx.AsyncClient,
    clerk: httpx.AsyncClient,
    group: dict[str, Any],
    hall: Hall,
) -> None:
    await take(clerk, group)
    which = await chief.post(f"{API}/tickets/call-next", json={})
    assert which.status_code == 422
    assert which.json()["errors"][0]["pointer"] == "/window_id"
    called = await call_next(chief, window_id=str(hall.window_02))
    assert called["window_number"] == "02" and called["handler_name"] == "张伟"
    away = await chief.post(f"{API}/tickets/call-next", json={"window_id": str(hall.window_03)})
    assert problem(away) == (403, "not_serving_at_window")


async def test_a_parked_ticket_comes_back_and_a_missed_one_is_queued_again(
    clerk: httpx.AsyncClient, group: dict[str, Any], clock: SetClock
) -> None:
    first, second = await take(clerk, group), await take(clerk, group)
    ticket = await moved(clerk, await call_next(clerk), "start")
    parked = await moved(clerk, ticket, "park", reason="去复印")
    missed = await moved(clerk, await call_next(clerk), "miss")
    assert missed["number"] == second["number"]
    clock.advance(minutes=3)
    third = await take(clerk, group)
    clock.advance(minutes=1)
    await moved(clerk, missed, "requeue")
    back = await moved(clerk, parked, "call")
    assert (back["number"], back["calls"]) == (first["number"], 2)
    back = await moved(clerk, back, "start")
    await moved(clerk, back, "finish")
    order = [(await call_next(clerk, ends_current=True))["number"] for _ in range(2)]
    assert order == [third["number"], second["number"]]


async def test_a_ticket_sent_on_keeps_its_time_and_goes_to_the_window_named(
    *,
    clerk: httpx.AsyncClient,
    clerk_elsewhere: httpx.AsyncClient,
    clerk_next_door: httpx.AsyncClient,
    group: dict[str, Any],
    group_b: dict[str, Any],
    clock: SetClock,
    hall: Hall,
) -> None:
    await take(clerk, group)
    clock.advance(minutes=5)
    await take(clerk_elsewhere, group_b)
    called = await call_next(clerk)
    wrong = await move(
        clerk,
        called,
        "transfer",
        group_id=group_b["id"],
        window_id=str(hall.window_01),
        reason="另一事项",
    )
    assert problem(wrong) == (409, "window_not_of_group")
    sent = await moved(clerk, called, "transfer", group_id=group_b["id"], reason="另一事项")
    assert (sent["state"], sent["group_name"]) == ("waiting", group_b["name"])
    assert (await call_next(clerk_elsewhere))["number"] == "A001"  # it came before B001
    await take(clerk, group)
    second = await call_next(clerk)
    back = await moved(
        clerk,
        second,
        "transfer",
        group_id=group["id"],
        window_id=str(hall.window_02),
        reason="由02号窗口办理",
    )
    assert back["for_window_number"] == "02"
    none = await clerk.post(f"{API}/tickets/call-next", json={})
    assert problem(none) == (409, "nobody_waiting")
    assert (await call_next(clerk_next_door))["number"] == "A002"


async def test_the_office_sends_on_and_cancels_but_serves_nobody(
    office: httpx.AsyncClient, clerk: httpx.AsyncClient, group: dict[str, Any]
) -> None:
    ticket = await read(clerk, await take(office, group))
    refused = await move(office, ticket, "call")
    assert problem(refused) == (403, "forbidden")
    gone = await moved(office, ticket, "cancel", reason="本人离开")
    assert gone["state_label"] == "已取消"
    again = await move(office, gone, "cancel", reason="本人离开")
    assert problem(again) == (409, "ticket_state")


@pytest.mark.parametrize("state", list(TicketState))
async def test_in_each_state_what_is_allowed_is_done_and_all_else_names_the_state(
    state: TicketState,
    clerk: httpx.AsyncClient,
    group: dict[str, Any],
    session: AsyncSession,
    hall: Hall,
) -> None:
    slip = await take(clerk, group)
    has_ended = state in (TicketState.FINISHED, TicketState.CANCELLED, TicketState.EXPIRED)
    for action in set(TicketAction) - {TicketAction.CASE}:
        await session.execute(
            sa.update(Ticket).values(
                state=state,
                window_id=hall.window_01,
                handler_id=hall.clerk.staff_id,
                called_at=sa.text("taken_at"),
                ended_at=sa.text("taken_at") if has_ended else None,
            )
        )
        ticket = await read(clerk, slip)
        bodies: dict[str, dict[str, str]] = {
            "transfer": {"group_id": group["id"], "reason": "转"},
            "park": {"reason": "等"},
            "cancel": {"reason": "走"},
            "call": {"window_id": str(hall.window_01)},
        }
        reply = await move(clerk, ticket, action.value, **bodies.get(action.value, {}))
        said = {one["action"]: one for one in ticket["allowed_actions"]}[action.value]
        assert said["allowed"] is reply.is_success is (state in ACTION_STATES[action])
        if not reply.is_success:
            assert problem(reply) == (409, "ticket_state")
            assert state.label in reply.json()["detail"]


async def test_a_case_taken_in_at_the_window_is_linked_to_its_ticket(
    *,
    clerk: httpx.AsyncClient,
    clerk_next_door: httpx.AsyncClient,
    group: dict[str, Any],
    items: Items,
) -> None:
    slip = await take(clerk, group)
    serving = await moved(clerk, await call_next(clerk), "start")
    case = await take_in(clerk, items.food)
    linked = await moved(clerk, serving, "case", case_id=case["id"])
    twice = await move(clerk, linked, "case", case_id=case["id"])
    assert problem(twice) == (409, "case_already_linked")
    course = (await clerk.get(f"{API}/tickets/{slip['ticket_id']}/course")).json()
    assert course["cases"] == [{"case_id": case["id"], "case_number": case["case_number"]}]
    assert course["steps"][-1]["note"] == case["case_number"]
    await take(clerk, group)
    there = await moved(clerk_next_door, await call_next(clerk_next_door), "start")
    unseen = await move(clerk_next_door, there, "case", case_id=case["id"])
    assert unseen.status_code in (404, 409)
    await moved(clerk, linked, "finish")


# The hall


async def test_the_board_shows_calls_and_a_windows_screen_its_own(
    *,
    office: httpx.AsyncClient,
    client: httpx.AsyncClient,
    clerk: httpx.AsyncClient,
    clerk_next_door: httpx.AsyncClient,
    group: dict[str, Any],
    hall: Hall,
) -> None:
    for _ in range(3):
        await take(clerk, group)
    await call_next(clerk)
    await call_next(clerk_next_door)
    screen = await machine(office, client, "screen")
    board = (await client.get(f"{API}/tickets/board", headers=screen)).json()
    assert {(one["number"], one["window_number"]) for one in board["calls"]} == {
        ("A001", "01"),
        ("A002", "02"),
    }
    [queue] = board["groups"]
    assert (queue["letter"], queue["waiting"], queue["window_numbers"]) == ("A", 1, ["01", "02"])
    small = await machine(office, client, "screen", window_id=str(hall.window_02))
    here = (await client.get(f"{API}/tickets/board", headers=small)).json()
    assert [one["number"] for one in here["calls"]] == ["A002"]
    clock = await machine(office, client, "time_clock")
    assert (await client.get(f"{API}/tickets/board", headers=clock)).status_code == 403


async def test_the_public_sees_the_queues_and_ones_own_ticket_by_its_code(
    client: httpx.AsyncClient, clerk: httpx.AsyncClient, group: dict[str, Any]
) -> None:
    await take(clerk, group)
    slip = await take(clerk, group)
    board = (await client.get(f"{API}/public/queue")).json()
    assert board["groups"][0]["waiting"] == 2
    assert slip["code"] not in str(board)
    key = {"number": slip["number"].lower(), "code": slip["code"].lower()}
    path = f"{API}/public/queue/ticket-lookup"
    waiting = (await client.post(path, json=key)).json()
    assert (waiting["state"], waiting["estimate"]["ahead"]) == ("waiting", 1)
    await call_next(clerk)
    await call_next(clerk, ends_current=True)
    called = (await client.post(path, json=key)).json()
    assert called["hint"] == "已经叫到您，请到01号窗口。"
    for wrong in ({"code": "AAAAAA"}, {"number": "A999"}, {"code": "查询码"}):
        reply = await client.post(path, json=key | wrong)
        assert problem(reply) == (404, "ticket_lookup_refused")


async def test_a_code_is_not_to_be_tried_out(
    client: httpx.AsyncClient, clerk: httpx.AsyncClient, group: dict[str, Any]
) -> None:
    slip = await take(clerk, group)
    path = f"{API}/public/queue/ticket-lookup"
    codes = [
        (await client.post(path, json={"number": slip["number"], "code": "AAAAAA"})).status_code
        for _ in range(12)
    ]
    assert codes[:10] == [404] * 10
    assert codes[10:] == [429] * 2


async def test_a_list_has_a_fixed_number_of_queries(
    clerk: httpx.AsyncClient,
    office: httpx.AsyncClient,
    group: dict[str, Any],
    database: Database,
) -> None:
    counts = []
    for taken in (1, 6):
        for _ in range(taken):
            await take(office, group)
        for path in ("/tickets", "/queue-groups", "/tickets/board"):
            with counted(database) as statements:
                assert (await clerk.get(f"{API}{path}")).status_code == 200
            counts.append((path, len(statements)))
    assert counts[:3] == counts[3:]
    page = await clerk.get(f"{API}/tickets", params={"limit": 4, "with_total": True})
    assert [one["number"] for one in page.json()["items"]] == ["A007", "A006", "A005", "A004"]
    assert page.json()["total"] == 7
    rest = await clerk.get(f"{API}/tickets", params={"cursor": page.json()["next_cursor"]})
    assert [one["number"] for one in rest.json()["items"]] == ["A003", "A002", "A001"]
    one = await clerk.get(f"{API}/tickets", params={"number": "A003", "state": "waiting"})
    assert len(one.json()["items"]) == 1


async def test_the_summary_is_what_the_steps_of_the_day_come_to(
    *,
    clerk: httpx.AsyncClient,
    clerk_next_door: httpx.AsyncClient,
    clerk_elsewhere: httpx.AsyncClient,
    office: httpx.AsyncClient,
    group: dict[str, Any],
    clock: SetClock,
) -> None:
    for _ in range(4):
        await take(clerk, group)
    for minutes in (2, 6):  # called after 1 and 3 minutes
        clock.advance(minutes=1)
        ticket = await moved(clerk, await call_next(clerk), "start")
        clock.advance(minutes=minutes)
        await moved(clerk, ticket, "finish")
    await moved(clerk, await call_next(clerk), "miss")  # after 10
    await moved(clerk_next_door, await call_next(clerk_next_door), "start")
    days = {"first": "2026-03-10", "last": "2026-03-10"}
    found = (await office.get(f"{API}/tickets/summary", params=days)).json()["windows"]
    assert [one["window_number"] for one in found] == ["01", "02"]
    here = {name: found[0][name] for name in found[0] if name not in ("day", "window_id")}
    assert here == {
        "window_number": "01",
        "called": 3,
        "finished": 2,
        "missed": 1,
        "transferred": 0,
        "served": 2,
        "mean_wait_seconds": 300,
        "median_wait_seconds": 240,
        "mean_service_seconds": 240,
        "median_service_seconds": 240,
    }
    assert (found[1]["called"], found[1]["served"], found[1]["finished"]) == (1, 0, 0)
    assert found[1]["mean_service_seconds"] is None
    own = (await clerk.get(f"{API}/tickets/summary", params=days)).json()["windows"]
    assert [one["window_number"] for one in own] == ["01"]
    none = (await clerk_elsewhere.get(f"{API}/tickets/summary", params=days)).json()["windows"]
    assert none == []
    long = await office.get(
        f"{API}/tickets/summary", params={"first": "2026-03-01", "last": "2026-04-01"}
    )
    assert long.status_code == 422


# The end of the day


async def test_the_office_closes_the_day(
    office: httpx.AsyncClient, clerk: httpx.AsyncClient, group: dict[str, Any]
) -> None:
    slip = await take(clerk, group)
    await take(clerk, group)
    await call_next(clerk)
    reply = await office.post(f"{API}/tickets/close-day", json={"reason": "停电闭馆"})
    assert reply.json() == {"day": "2026-03-10", "closed": 2}
    assert (await read(clerk, slip))["state"] == "expired"
    none = await clerk.post(f"{API}/tickets/call-next", json={})
    assert problem(none) == (409, "nobody_waiting")
    assert (await clerk.post(f"{API}/tickets/close-day", json={"reason": "x"})).status_code == 403


@pytest.mark.parametrize(
    ("now", "state"),
    [
        ("2026-03-10 20:30", "waiting"),  # winter: the hall closed at 19:30
        ("2026-03-10 20:31", "expired"),
        ("2026-03-11 00:01", "expired"),
    ],
)
async def test_what_is_open_is_closed_when_the_day_is_over(
    now: str,
    state: str,
    clerk: httpx.AsyncClient,
    group: dict[str, Any],
    clock: SetClock,
    database: Database,
) -> None:
    slip = await take(clerk, group)
    assert await run_once(JOBS[0], database, clock.set(now))
    assert (await read(clerk, slip))["state"] == state


async def test_a_long_day_is_closed_some_tickets_at_a_time(
    clerk: httpx.AsyncClient,
    group: dict[str, Any],
    clock: SetClock,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Everybody's events wait for the transaction that closes tickets."""
    monkeypatch.setattr("yimen.domains.queue.jobs.MOST_AT_ONCE", 2)
    slips = [await take(clerk, group) for _ in range(3)]
    now = clock.set("2026-03-11 09:00")
    open_after = []
    for _ in range(2):
        assert await run_once(JOBS[0], database, now)
        states = [(await read(clerk, slip))["state"] for slip in slips]
        open_after.append(states.count("waiting"))
    assert open_after == [1, 0]


async def test_yesterdays_ticket_is_called_no_more(
    clerk: httpx.AsyncClient, group: dict[str, Any], clock: SetClock
) -> None:
    ticket = await read(clerk, await take(clerk, group))
    clock.set("2026-03-11 10:05")
    none = await clerk.post(f"{API}/tickets/call-next", json={})
    assert problem(none) == (409, "nobody_waiting")
    assert problem(await move(clerk, ticket, "call")) == (409, "ticket_state")
