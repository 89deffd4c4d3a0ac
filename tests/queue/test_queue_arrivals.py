"""Appointments that become tickets when their holders come."""

from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession
from tests.appointments_factories import hall_time, make_appointment
from tests.catalog_factories import Items
from tests.conftest import TEST_KEYS, SetClock
from tests.factories import Hall
from tests.queue_factories import API, call_next, machine, moved, read, set_up_group, take

from yimen.core.crypto import keys_from_settings
from yimen.core.database import Database
from yimen.core.periodic import run_once
from yimen.domains.appointments.enums import AppointmentKind
from yimen.domains.queue.jobs import JOBS

SECRET = keys_from_settings(TEST_KEYS.personal_data, TEST_KEYS.index)


@pytest.fixture
async def group(office: httpx.AsyncClient, hall: Hall) -> dict[str, Any]:
    return await set_up_group(office, hall.window_01, hall.window_02)


async def come(client: httpx.AsyncClient, headers: dict[str, str], made: Any) -> httpx.Response:
    return await client.post(
        f"{API}/appointments/check-in",
        json={"appointment_number": made.number, "code": made.code},
        headers=headers | {"Idempotency-Key": f"come-{made.number}"},
    )


async def test_a_kiosk_checks_in_by_number_and_code_and_a_repeat_makes_no_second_ticket(
    *,
    client: httpx.AsyncClient,
    office: httpx.AsyncClient,
    clerk: httpx.AsyncClient,
    group: dict[str, Any],
    session: AsyncSession,
    items: Items,
    hall: Hall,
) -> None:
    made = await make_appointment(
        session, SECRET, hall, items.food, starts_at=hall_time("2026-03-10 11:00")
    )
    await take(clerk, group)
    kiosk = await machine(office, client, "kiosk")
    first = await come(client, kiosk, made)
    assert first.status_code == 201, first.text
    ticket = first.json()["ticket"]
    assert (ticket["number"], ticket["priority"]) == ("A002", "appointment")
    assert ticket["window_numbers"] == ["01"]  # the window that was booked
    assert ticket["estimate"]["ahead"] == 0
    assert "古丽娜尔" not in first.text
    assert (await come(client, kiosk, made)).json() == first.json()
    again = await client.post(
        f"{API}/appointments/check-in",
        json={"appointment_number": made.number, "code": made.code},
        headers=kiosk | {"Idempotency-Key": "another"},
    )
    assert (again.status_code, again.json()["code"]) == (409, "appointment_state")
    wrong = await client.post(
        f"{API}/appointments/check-in",
        json={"appointment_number": made.number, "code": "AAAA-AAAA-AAAA"},
        headers=kiosk | {"Idempotency-Key": "wrong"},
    )
    assert (wrong.status_code, wrong.json()["code"]) == (404, "appointment_code_refused")


async def test_a_finished_ticket_says_that_the_appointment_was_served(
    *,
    clerk: httpx.AsyncClient,
    group: dict[str, Any],
    session: AsyncSession,
    items: Items,
    hall: Hall,
) -> None:
    made = await make_appointment(
        session, SECRET, hall, items.food, starts_at=hall_time("2026-03-10 11:00")
    )
    reply = await clerk.post(f"{API}/appointments/{made.id}/check-in", headers={"If-Match": '"1"'})
    assert reply.status_code == 200, reply.text
    shown = await clerk.get(f"{API}/appointments/{made.id}")
    assert shown.json()["state"] == "checked_in"
    assert shown.headers["ETag"] == reply.headers["ETag"]
    ticket = await read(clerk, reply.json()["ticket"])
    assert ticket["appointment_id"] == str(made.id)
    serving = await moved(clerk, await call_next(clerk), "start")
    await moved(clerk, serving, "finish")
    assert (await clerk.get(f"{API}/appointments/{made.id}")).json()["state"] == "served"


async def test_who_is_early_counts_as_having_come_at_the_time_agreed(
    *,
    clerk: httpx.AsyncClient,
    group: dict[str, Any],
    session: AsyncSession,
    items: Items,
    hall: Hall,
    clock: SetClock,
) -> None:
    clock.set("2026-03-10 10:15")
    early = await make_appointment(
        session, SECRET, hall, items.food, starts_at=hall_time("2026-03-10 11:00")
    )
    reply = await clerk.post(f"{API}/appointments/{early.id}/check-in", headers={"If-Match": '"1"'})
    assert reply.json()["ticket"]["number"] == "A001"
    for when in ("10:29", "10:31"):  # half an hour's start before 11:00: as if come at 10:30
        clock.set(f"2026-03-10 {when}")
        await take(clerk, group)
    order = [(await call_next(clerk, ends_current=True))["number"] for _ in range(3)]
    assert order == ["A002", "A001", "A003"]


async def test_a_special_appointment_is_called_at_once(
    *,
    clerk: httpx.AsyncClient,
    group: dict[str, Any],
    session: AsyncSession,
    items: Items,
    hall: Hall,
    clock: SetClock,
) -> None:
    await take(clerk, group)
    clock.advance(hours=2)
    special = await make_appointment(
        session,
        SECRET,
        hall,
        items.food,
        starts_at=hall_time("2026-03-10 13:30"),
        kind=AppointmentKind.SPECIAL,
        place_no=0,
    )
    reply = await clerk.post(
        f"{API}/appointments/{special.id}/check-in", headers={"If-Match": '"1"'}
    )
    assert reply.json()["ticket"]["number"] == "A002"
    assert (await call_next(clerk))["number"] == "A002"


async def test_at_a_window_without_a_queue_the_holder_goes_straight_there(
    *,
    clerk: httpx.AsyncClient,
    session: AsyncSession,
    items: Items,
    hall: Hall,
) -> None:
    made = await make_appointment(
        session, SECRET, hall, items.food, starts_at=hall_time("2026-03-10 11:00")
    )
    reply = await clerk.post(f"{API}/appointments/{made.id}/check-in", headers={"If-Match": '"1"'})
    assert reply.json()["ticket"] is None
    assert reply.json()["hint"] == "签到成功，请直接到预约的窗口。"


@pytest.mark.parametrize(("is_called", "state"), [(True, "no_show"), (False, "checked_in")])
async def test_who_checked_in_and_was_not_there_when_called_has_missed_it_at_the_days_end(
    *,
    is_called: bool,
    state: str,
    clerk: httpx.AsyncClient,
    group: dict[str, Any],
    session: AsyncSession,
    items: Items,
    hall: Hall,
    clock: SetClock,
    database: Database,
) -> None:
    made = await make_appointment(
        session, SECRET, hall, items.food, starts_at=hall_time("2026-03-10 11:00")
    )
    await clerk.post(f"{API}/appointments/{made.id}/check-in", headers={"If-Match": '"1"'})
    if is_called:
        await moved(clerk, await call_next(clerk), "miss")
    assert await run_once(JOBS[0], database, clock.set("2026-03-10 20:31"))
    assert (await clerk.get(f"{API}/appointments/{made.id}")).json()["state"] == state
