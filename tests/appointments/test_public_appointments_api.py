"""Booking for oneself: without a token by number and code, and at a kiosk (APPOINT 二)."""

from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from tests.appointments_factories import API, HOLDER, at, book, booking, done, problem
from tests.catalog_factories import Items
from tests.conftest import SetClock
from tests.devices.test_devices_api import bearer, register
from tests.factories import Hall

from yimen.core.dependencies import Context
from yimen.core.outbox import OutboxEvent
from yimen.domains.appointments.models import Appointment

PUBLIC = f"{API}/public/appointments"


async def book_publicly(
    client: httpx.AsyncClient, items: Items, starts_at: str = "2026-03-11 10:30", **changes: Any
) -> dict[str, Any]:
    reply = await client.post(PUBLIC, json=booking(items.food, starts_at, **changes))
    assert reply.status_code == 201, reply.text
    made: dict[str, Any] = reply.json()
    return made


def key_of(made: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"appointment_number": made["appointment_number"], "code": made["lookup_code"]} | more


async def test_anybody_books_and_comes_back_with_number_and_code(
    *, client: httpx.AsyncClient, clerk: httpx.AsyncClient, hall: Hall, items: Items,
    session: AsyncSession,
) -> None:  # fmt: skip
    made = await book_publicly(client, items, window_id=str(hall.window_01))
    assert (made["state_label"], made["window_number"]) == ("已预约", "01")
    assert made["hint"] == "请在 2026年3月11日 10:30 前到01号窗口，09:30 起可以签到。"
    assert HOLDER["name"] not in str(made)
    assert "138" not in str(made)
    typed = key_of(made) | {"code": made["lookup_code"].lower().replace("-", "")}
    seen = await client.post(f"{PUBLIC}/lookup", json=typed)
    assert seen.json() == {name: made[name] for name in made if name != "lookup_code"}
    listed = (await clerk.get(f"{API}/appointments")).json()["items"]
    assert [(one["channel"], one["booked_by_name"]) for one in listed] == [("public", "本人")]
    event = (await session.scalars(sa.select(OutboxEvent))).all()[-1]
    assert (event.kind, event.window_id) == ("appointment.booked", hall.window_01)


async def test_a_wrong_code_and_an_unknown_number_get_the_same_answer(
    client: httpx.AsyncClient, items: Items
) -> None:
    made = await book_publicly(client, items)
    wrong = [
        key_of(made) | {"code": "AAAA-BBBB-CCCC"},
        key_of(made) | {"appointment_number": "YY-2026-999999"},
        key_of(made) | {"code": "x"},
    ]
    later = {"starts_at": at("2026-03-12 10:00")}
    for path, more in (("lookup", {}), ("cancel", {}), ("move", later)):
        details = set()
        for key in wrong:
            reply = await client.post(f"{PUBLIC}/{path}", json=key | more)
            assert problem(reply) == (404, "appointment_code_refused")
            details.add(reply.json()["detail"])
        assert len(details) == 1


async def test_the_holder_moves_and_cancels_until_it_starts(
    *, client: httpx.AsyncClient, items: Items, clock: SetClock, session: AsyncSession
) -> None:
    made = await book_publicly(client, items)
    later = key_of(made, starts_at=at("2026-03-12 10:30"))
    moved = await client.post(f"{PUBLIC}/move", json=later)
    assert moved.json()["starts_at"] == at("2026-03-12 10:30")
    again = await client.post(f"{PUBLIC}/move", json=later)
    assert problem(again) == (409, "same_slot")
    off = await client.post(f"{PUBLIC}/move", json=later | {"starts_at": at("2026-03-14 10:30")})
    assert problem(off) == (409, "slot_not_offered")
    clock.set("2026-03-12 10:30")
    for path in ("move", "cancel"):
        body = later | {"starts_at": at("2026-03-13 10:30")} if path == "move" else key_of(made)
        reply = await client.post(f"{PUBLIC}/{path}", json=body)
        assert problem(reply) == (409, "too_late_to_change"), path
    clock.set("2026-03-12 10:29")
    gone = await client.post(f"{PUBLIC}/cancel", json=key_of(made))
    assert (gone.json()["state"], gone.json()["can_change"]) == ("cancelled", False)
    twice = await client.post(f"{PUBLIC}/cancel", json=key_of(made))
    assert problem(twice) == (409, "appointment_state")
    note = await session.scalar(sa.select(Appointment.closing_note))
    assert note == "本人取消"


async def test_a_booking_that_is_sent_twice_is_made_once(
    client: httpx.AsyncClient, items: Items, session: AsyncSession
) -> None:
    body, key = booking(items.food, "2026-03-11 10:30"), {"Idempotency-Key": "book-1"}
    first = await client.post(PUBLIC, json=body, headers=key)
    again = await client.post(PUBLIC, json=body, headers=key)
    assert first.json() == again.json()
    assert await session.scalar(sa.select(sa.func.count()).select_from(Appointment)) == 1


async def test_everybody_sees_the_open_slots(
    client: httpx.AsyncClient, hall: Hall, items: Items
) -> None:
    await book_publicly(client, items, window_id=str(hall.window_02))
    query = {"day": "2026-03-11", "item_id": str(items.food.item_id)}
    reply = await client.get(f"{API}/public/appointment-slots", params=query)
    assert reply.status_code == 200
    free = {
        window["window_number"]: [slot["free"] for slot in window["slots"][:3]]
        for window in reply.json()["windows"]
    }
    assert free == {"01": [2, 2, 2], "02": [1, 0, 1]}
    nowhere = await client.get(f"{API}/public/appointment-slots", params={"day": "2026-03-11"})
    assert problem(nowhere) == (422, "invalid_input")


async def test_numbers_that_cannot_be_right_are_refused_without_being_repeated(
    client: httpx.AsyncClient, items: Items
) -> None:
    for holder in (
        HOLDER | {"phone": "12345678901"},
        HOLDER | {"id_number": "654028199001010028"},
        HOLDER | {"name": ""},
    ):
        body = booking(items.food, "2026-03-11 10:30", holder=holder)
        reply = await client.post(PUBLIC, json=body)
        assert problem(reply) == (422, "invalid_input")
        assert "12345678901" not in reply.text
        assert "654028199001010028" not in reply.text


async def test_who_tries_too_often_has_to_wait(
    client: httpx.AsyncClient, context: Context, items: Items
) -> None:
    key = {"appointment_number": "YY-2026-000001", "code": "AAAA-BBBB-CCCC"}
    limit = context.settings.public_lookups_per_minute
    replies = [await client.post(f"{PUBLIC}/lookup", json=key) for _ in range(limit + 1)]
    codes = [reply.status_code for reply in replies]
    assert codes == [404] * limit + [429]


async def test_a_kiosk_books_for_who_stands_before_it(
    *, office: httpx.AsyncClient, client: httpx.AsyncClient, hall: Hall, items: Items
) -> None:
    headers = await bearer(client, await register(office, "kiosk"))
    body = booking(items.food, "2026-03-11 10:30", window_id=str(hall.window_01))
    missing = await client.post(f"{API}/appointments", json=body, headers=headers)
    assert problem(missing) == (428, "idempotency_key_missing")
    key = {"Idempotency-Key": "kiosk-1"}
    made = await client.post(f"{API}/appointments", json=body, headers=headers | key)
    assert made.status_code == 201, made.text
    assert (made.json()["channel"], made.json()["booked_by_name"]) == ("kiosk", "kiosk一号")
    assert made.json()["allowed_actions"] == []
    assert made.json()["lookup_code"]
    query = {"day": "2026-03-11", "window_id": str(hall.window_01)}
    slots = await client.get(f"{API}/appointments/slots", params=query, headers=headers)
    assert slots.status_code == 200
    listed = await client.get(f"{API}/appointments", headers=headers)
    assert problem(listed) == (403, "forbidden")


@pytest.mark.parametrize("kind", ["screen", "time_clock", "evaluator", "queue_machine"])
async def test_no_other_machine_books(
    kind: str, office: httpx.AsyncClient, client: httpx.AsyncClient, hall: Hall, items: Items
) -> None:
    place = {"window_id": str(hall.window_01)} if kind == "evaluator" else {}
    headers = await bearer(client, await register(office, kind, **place))
    reply = await client.post(
        f"{API}/appointments",
        json=booking(items.food, "2026-03-11 10:30"),
        headers=headers | {"Idempotency-Key": "machine-1"},
    )
    assert problem(reply) == (403, "not_your_appointment")


async def test_a_kiosk_at_a_window_books_that_window_only(
    office: httpx.AsyncClient, client: httpx.AsyncClient, hall: Hall, items: Items
) -> None:
    given = await register(office, "kiosk", window_id=str(hall.window_02))
    headers = await bearer(client, given) | {"Idempotency-Key": "kiosk-2"}
    other = booking(items.food, "2026-03-11 10:30", window_id=str(hall.window_01))
    reply = await client.post(f"{API}/appointments", json=other, headers=headers)
    assert problem(reply) == (403, "not_your_appointment")
    own = booking(items.food, "2026-03-11 10:30")
    key = {"Idempotency-Key": "kiosk-3"}
    made = await client.post(f"{API}/appointments", json=own, headers=headers | key)
    assert made.json()["window_number"] == "02"


async def test_each_state_has_its_sentence_for_the_holder(
    client: httpx.AsyncClient, office: httpx.AsyncClient, items: Items, session: AsyncSession
) -> None:
    made = await book(office, items.food, "2026-03-11 10:30")
    hints = {}
    for state in ("requested", "booked", "checked_in", "served", "no_show", "refused", "lapsed"):
        await session.execute(sa.update(Appointment).values(state=state, closing_note="人手不足"))
        hints[state] = (await client.post(f"{PUBLIC}/lookup", json=key_of(made))).json()["hint"]
    assert len(set(hints.values())) == 7
    assert "人手不足" in hints["refused"]
    await session.execute(sa.update(Appointment).values(state="booked"))
    await done(office, made, "cancel", reason="来电取消")
    gone = await client.post(f"{PUBLIC}/lookup", json=key_of(made))
    assert gone.json()["hint"] not in hints.values()


# Outside office hours


def out_of_hours(hall: Hall, items: Items, **changes: Any) -> dict[str, Any]:
    """A Saturday morning at window 01."""
    return {
        "item_id": str(items.food.item_id),
        "window_id": str(hall.window_01),
        "starts_at": at("2026-03-14 11:00"),
        "ends_at": at("2026-03-14 12:00"),
        "reason": "周一须赴外地就医。",
        "holder": HOLDER,
    } | changes


async def test_anybody_asks_for_a_visit_out_of_hours_and_the_director_decides(
    *, client: httpx.AsyncClient, director: httpx.AsyncClient, hall: Hall, items: Items
) -> None:
    """APPOINT 三: 特殊情况可随时预约，经中心领导同意."""
    reply = await client.post(f"{PUBLIC}/special", json=out_of_hours(hall, items))
    assert reply.status_code == 201, reply.text
    made = reply.json()
    assert (made["state"], made["can_change"]) == ("requested", True)
    assert HOLDER["name"] not in reply.text and "138" not in reply.text
    [waiting] = (await director.get(f"{API}/appointments", params={"view": "to_decide"})).json()[
        "items"
    ]
    assert (waiting["kind"], waiting["channel"]) == ("special", "public")
    assert (waiting["booked_by_name"], waiting["note"]) == ("本人", "周一须赴外地就医。")
    staff = [str(hall.clerk.staff_id)]
    await done(director, waiting, "approve", staff_ids=staff)
    seen = (await client.post(f"{PUBLIC}/lookup", json=key_of(made))).json()
    assert (seen["state"], seen["can_change"]) == ("booked", True)
    later = key_of(made, starts_at=at("2026-03-12 10:30"))
    moved = await client.post(f"{PUBLIC}/move", json=later)
    assert problem(moved) == (409, "appointment_state")


async def test_who_asked_for_a_visit_out_of_hours_takes_it_back_before_it_is_decided(
    *, client: httpx.AsyncClient, director: httpx.AsyncClient, hall: Hall, items: Items
) -> None:
    made = (await client.post(f"{PUBLIC}/special", json=out_of_hours(hall, items))).json()
    gone = await client.post(f"{PUBLIC}/cancel", json=key_of(made))
    assert (gone.json()["state"], gone.json()["can_change"]) == ("cancelled", False)
    waiting = await director.get(f"{API}/appointments", params={"view": "to_decide"})
    assert waiting.json()["items"] == []


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"starts_at": at("2026-03-10 10:59")}, (409, "appointment_over")),
        ({"ends_at": at("2026-03-14 23:00")}, (201, None)),
        ({"ends_at": at("2026-03-14 23:01")}, (409, "special_too_long")),
        ({"ends_at": at("2026-03-14 11:00")}, (422, "invalid_input")),
        ({"colleagues": []}, (422, "invalid_input")),
    ],
)
async def test_a_visit_out_of_hours_is_asked_for_under_the_halls_own_rules(
    *,
    client: httpx.AsyncClient,
    hall: Hall,
    items: Items,
    changes: dict[str, Any],
    refusal: tuple[int, str | None],
) -> None:
    reply = await client.post(f"{PUBLIC}/special", json=out_of_hours(hall, items, **changes))
    assert (reply.status_code, reply.json().get("code")) == refusal, reply.text


async def test_requests_out_of_hours_count_among_a_persons_bookings_and_an_addresss_tries(
    *, client: httpx.AsyncClient, hall: Hall, items: Items
) -> None:
    """Three that are awaited, whatever their kind; then the address is slowed down."""
    await book_publicly(client, items)
    for hour in (11, 12):
        times = {"starts_at": at(f"2026-03-14 {hour}:00"), "ends_at": at(f"2026-03-14 {hour}:30")}
        body = out_of_hours(hall, items, **times)
        assert (await client.post(f"{PUBLIC}/special", json=body)).status_code == 201
    refused = await client.post(f"{PUBLIC}/special", json=out_of_hours(hall, items))
    assert problem(refused) == (409, "too_many_appointments")
    codes = set()
    for _ in range(10):
        reply = await client.post(f"{PUBLIC}/special", json=out_of_hours(hall, items))
        codes.add(problem(reply))
    assert codes == {(409, "too_many_appointments"), (429, "too_many_requests")}


async def test_a_kiosk_asks_for_a_visit_out_of_hours(
    *, office: httpx.AsyncClient, client: httpx.AsyncClient, hall: Hall, items: Items
) -> None:
    given = await register(office, "kiosk", window_id=str(hall.window_01))
    headers = await bearer(client, given)
    path, body = f"{API}/appointments/special", out_of_hours(hall, items)
    missing = await client.post(path, json=body, headers=headers)
    assert problem(missing) == (428, "idempotency_key_missing")
    key = {"Idempotency-Key": "kiosk-9"}
    made = await client.post(path, json=body, headers=headers | key)
    assert made.status_code == 201, made.text
    assert (made.json()["state"], made.json()["channel"]) == ("requested", "kiosk")
    elsewhere = body | {"window_id": str(hall.window_02)}
    key = {"Idempotency-Key": "kiosk-10"}
    refused = await client.post(path, json=elsewhere, headers=headers | key)
    assert problem(refused) == (403, "not_your_appointment")
