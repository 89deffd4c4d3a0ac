"""Booking through HTTP: slots, places, persons, windows; moving and giving up (APPOINT 二, 三)."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from tests.appointments_factories import (
    API,
    HOLDER,
    at,
    book,
    booking,
    done,
    give,
    hall_time,
    make_appointment,
    problem,
)
from tests.catalog_factories import Items
from tests.conftest import SetClock
from tests.factories import Hall
from tests.statements import counted

from yimen.core.audit import AuditEntry
from yimen.core.database import Database, new_id
from yimen.core.dependencies import Context
from yimen.core.outbox import OutboxEvent
from yimen.domains.appointments.enums import AppointmentKind
from yimen.domains.appointments.models import Appointment
from yimen.domains.leave.enums import OutingPurpose, OutingState
from yimen.domains.leave.models import Outing
from yimen.domains.organisation.models import Window

SATURDAY = "2026-03-14"


async def slots_of(
    client: httpx.AsyncClient, day: str, **query: UUID
) -> dict[str, dict[str, tuple[int, int]]]:
    """Window number → time → (places, free)."""
    asked = {"day": day} | {name: str(value) for name, value in query.items()}
    reply = await client.get(f"{API}/appointments/slots", params=asked)
    assert reply.status_code == 200, reply.text
    return {
        window["window_number"]: {
            slot["starts_at"][11:16]: (slot["places"], slot["free"]) for slot in window["slots"]
        }
        for window in reply.json()["windows"]
    }


async def set_places(office: httpx.AsyncClient, window_id: UUID, places: int, **more: Any) -> Any:
    body = {"window_id": str(window_id), "places": places} | more
    reply = await office.post(f"{API}/appointment-capacities", json=body)
    assert reply.status_code == 201, reply.text
    return reply.json()


async def make_outing(session: AsyncSession, staff_id: UUID, first: str, last: str) -> None:
    await session.execute(
        sa.insert(Outing).values(
            id=new_id(), staff_id=staff_id, purpose=OutingPurpose.MEETING, reason="开会",
            starts_at=hall_time(first), ends_at=hall_time(last), state=OutingState.REPORTED,
            reported_at=hall_time(first), is_late=False, version=1,
        )
    )  # fmt: skip


# Slots


async def test_slots_follow_the_office_hours_and_places_the_staff_present(
    office: httpx.AsyncClient, hall: Hall, items: Items
) -> None:
    """Window 01 has two people, window 02 one; in winter 10:00–14:00 and 15:30–19:30."""
    found = await slots_of(office, "2026-03-11", item_id=items.food.item_id)
    assert list(found) == ["01", "02"]
    times = list(found["01"])
    assert (times[0], times[7], times[8], times[-1]) == ("10:00", "13:30", "15:30", "19:00")
    assert len(times) == 16
    assert set(found["01"].values()) == {(2, 2)}
    assert set(found["02"].values()) == {(1, 1)}


async def test_a_day_off_has_no_slots_and_a_closed_window_none_either(
    office: httpx.AsyncClient, hall: Hall, items: Items, session: AsyncSession
) -> None:
    assert await slots_of(office, SATURDAY, window_id=hall.window_01) == {"01": {}}
    closing = hall_time("2026-03-10 00:00").date()
    await session.execute(
        sa.update(Window).where(Window.id == hall.window_02).values(closed_on=closing)
    )
    found = await slots_of(office, "2026-03-11", item_id=items.food.item_id)
    assert found["02"] == {}


async def test_what_has_begun_or_lies_too_far_ahead_has_no_free_place(
    office: httpx.AsyncClient, hall: Hall, items: Items
) -> None:
    """It is 11:00 on Tuesday the 10th; ten working days ahead is Tuesday the 24th."""
    today = (await slots_of(office, "2026-03-10", window_id=hall.window_01))["01"]
    assert today["10:30"] == today["11:00"] == (2, 0)
    assert today["11:30"] == (2, 2)
    reply = await office.get(
        f"{API}/appointments/slots", params={"day": "2026-03-24", "window_id": str(hall.window_01)}
    )
    assert reply.json()["last_bookable_on"] == "2026-03-24"
    assert (await slots_of(office, "2026-03-24", window_id=hall.window_01))["01"]["10:00"] == (2, 2)
    assert (await slots_of(office, "2026-03-25", window_id=hall.window_01))["01"]["10:00"] == (2, 0)


async def test_who_is_away_gives_no_place_while_away(
    office: httpx.AsyncClient, hall: Hall, items: Items, session: AsyncSession
) -> None:
    await make_outing(session, hall.colleague.staff_id, "2026-03-11 11:15", "2026-03-11 12:00")
    found = (await slots_of(office, "2026-03-11", window_id=hall.window_01))["01"]
    assert [found[time][0] for time in ("10:30", "11:00", "11:30", "12:00")] == [2, 1, 1, 2]


async def test_approved_leave_lowers_the_places_and_an_empty_window_has_none(
    *, office: httpx.AsyncClient, clerk_next_door: httpx.AsyncClient,
    director: httpx.AsyncClient, hall: Hall, items: Items,
) -> None:  # fmt: skip
    leave = {
        "kind": "annual", "starts_on": "2026-03-11", "starts_half": "morning",
        "ends_on": "2026-03-11", "ends_half": "morning", "reason": "家中有事。",
    }  # fmt: skip
    asked = await clerk_next_door.post(f"{API}/leave-requests", json=leave)
    path = f"{API}/leave-requests/{asked.json()['id']}"
    before = (await slots_of(office, "2026-03-11", window_id=hall.window_02))["02"]
    assert (await director.post(f"{path}/approve", headers={"If-Match": '"1"'})).status_code == 200
    after = (await slots_of(office, "2026-03-11", window_id=hall.window_02))["02"]
    assert (before["13:30"], after["13:30"], after["15:30"]) == ((1, 1), (0, 0), (1, 1))
    reply = await office.post(
        f"{API}/appointments",
        json=booking(items.food, "2026-03-11 13:30", window_id=str(hall.window_02)),
    )
    assert problem(reply) == (409, "slot_not_offered")


async def test_the_office_sets_the_places_of_a_window_and_of_an_item_at_it(
    office: httpx.AsyncClient, hall: Hall, items: Items
) -> None:
    await set_places(office, hall.window_01, 3)
    await set_places(office, hall.window_01, 1, item_id=str(items.seal.item_id))
    window = str(hall.window_01)
    await book(office, items.seal, "2026-03-11 10:00", holder=HOLDER | {"phone": "13800000001"})
    found = await slots_of(office, "2026-03-11", item_id=items.seal.item_id)
    assert (found["01"]["10:00"], found["01"]["10:30"]) == ((3, 0), (3, 1))
    reply = await office.post(f"{API}/appointments", json=booking(items.seal, "2026-03-11 10:00"))
    assert problem(reply) == (409, "item_slot_taken")
    for number in (2, 3):  # the window's other places are for its other items
        holder = HOLDER | {"phone": f"1380000000{number}"}
        await book(office, items.food, "2026-03-11 10:00", window_id=window, holder=holder)
    full = booking(items.food, "2026-03-11 10:00", window_id=window)
    assert problem(await office.post(f"{API}/appointments", json=full)) == (409, "slot_taken")


async def test_a_setting_is_made_once_changed_and_lifted(
    office: httpx.AsyncClient, hall: Hall, items: Items
) -> None:
    made = await set_places(office, hall.window_01, 0)
    again = {"window_id": str(hall.window_01), "places": 5}
    reply = await office.post(f"{API}/appointment-capacities", json=again)
    assert problem(reply) == (409, "capacity_already_set")
    foreign = again | {"item_id": str(items.land.item_id)}
    reply = await office.post(f"{API}/appointment-capacities", json=foreign)
    assert problem(reply) == (409, "item_not_at_this_window")
    path, seen = f"{API}/appointment-capacities/{made['id']}", {"If-Match": '"1"'}
    assert (await slots_of(office, "2026-03-11", window_id=hall.window_01))["01"]["10:00"] == (0, 0)
    changed = await office.patch(path, json={"places": 4}, headers=seen)
    assert (changed.json()["places"], changed.headers["ETag"]) == (4, '"2"')
    assert problem(await office.patch(path, json={"places": 9}, headers=seen)) == (412, "stale")
    lifted = await office.post(f"{path}/lift", headers={"If-Match": '"2"'})
    assert lifted.status_code == 200
    assert (await slots_of(office, "2026-03-11", window_id=hall.window_01))["01"]["10:00"] == (2, 2)


# Booking


async def test_a_booking_tells_its_window_and_shows_its_code_once(
    *, office: httpx.AsyncClient, clerk: httpx.AsyncClient, hall: Hall, items: Items,
    session: AsyncSession,
) -> None:  # fmt: skip
    """The office routes it to a window, which is told (APPOINT 二)."""
    made = await book(office, items.food, "2026-03-11 10:30", window_id=str(hall.window_01))
    assert made["appointment_number"] == "YY-2026-000001"
    assert (made["state_label"], made["channel_label"]) == ("已预约", "办公室预约")
    assert made["phone_masked"] == "138****0000"
    assert made["ends_at"] == at("2026-03-11 11:00")
    assert made["check_in_from"] == at("2026-03-11 09:30")
    seen = (await clerk.get(f"{API}/appointments/{made['id']}")).json()
    assert "lookup_code" not in seen
    assert seen["booked_by_name"] == "赵敏"
    event = (
        await session.scalars(
            sa.select(OutboxEvent).where(OutboxEvent.kind == "appointment.booked")
        )
    ).one()
    assert (event.window_id, event.department_id) == (hall.window_01, hall.department_a)
    assert event.facts["starts_at"].startswith("2026-03-11T10:30")
    assert HOLDER["name"] not in str(event.facts)
    row = (
        await session.scalars(sa.select(AuditEntry).where(AuditEntry.subject_id == made["id"]))
    ).one()
    assert (row.actor, row.action) == ("office", "appointment.booked")
    assert HOLDER["phone"] not in str(row.new)
    stored = (await session.scalars(sa.select(Appointment))).one()
    assert HOLDER["phone"].encode() not in stored.holder_phone


async def test_without_a_window_the_one_with_most_places_left_is_taken(
    office: httpx.AsyncClient, items: Items
) -> None:
    windows = []
    for number in range(3):
        holder = HOLDER | {"phone": f"1380000000{number}"}
        made = await book(office, items.food, "2026-03-11 10:30", holder=holder)
        windows.append(made["window_number"])
    assert sorted(windows) == ["01", "01", "02"]
    reply = await office.post(f"{API}/appointments", json=booking(items.food, "2026-03-11 10:30"))
    assert problem(reply) == (409, "slot_taken")


async def test_a_window_books_for_itself_and_a_chief_for_the_department(
    *, clerk: httpx.AsyncClient, chief: httpx.AsyncClient, director: httpx.AsyncClient,
    hall: Hall, items: Items,
) -> None:  # fmt: skip
    own = await book(clerk, items.food, "2026-03-11 10:30")
    assert (own["window_number"], own["channel"]) == ("01", "window")
    next_door = booking(items.food, "2026-03-11 10:30", window_id=str(hall.window_02))
    reply = await clerk.post(f"{API}/appointments", json=next_door)
    assert problem(reply) == (403, "not_your_appointment")
    assert (await chief.post(f"{API}/appointments", json=next_door)).status_code == 201
    reply = await director.post(f"{API}/appointments", json=next_door)
    assert problem(reply) == (403, "not_your_appointment")


@pytest.mark.parametrize(
    ("starts_at", "code"),
    [
        ("2026-03-10 11:00", "slot_not_offered"),  # now
        ("2026-03-10 10:30", "slot_not_offered"),  # before
        ("2026-03-10 11:30", None),
        ("2026-03-11 10:15", "slot_not_offered"),  # between two slots
        ("2026-03-11 14:00", "slot_not_offered"),  # in the midday break
        ("2026-03-11 19:30", "slot_not_offered"),  # at the close
        ("2026-03-14 10:30", "slot_not_offered"),  # a Saturday
        ("2026-03-24 19:00", None),  # the tenth working day
        ("2026-03-25 10:00", "slot_not_offered"),  # the eleventh
    ],
)
async def test_only_a_slot_of_office_hours_within_reach_is_booked(
    starts_at: str, code: str | None, office: httpx.AsyncClient, items: Items
) -> None:
    """APPOINT 三: in office hours; how far ahead is the centre's own."""
    reply = await office.post(f"{API}/appointments", json=booking(items.food, starts_at))
    assert problem(reply) == ((409, code) if code else (201, ""))


async def test_only_an_item_in_force_at_a_window_that_handles_it_is_booked(
    office: httpx.AsyncClient, hall: Hall, items: Items
) -> None:
    at_03 = booking(items.food, "2026-03-11 10:30", window_id=str(hall.window_03))
    reply = await office.post(f"{API}/appointments", json=at_03)
    assert problem(reply) == (409, "item_not_at_this_window")
    unknown = booking(items.food, "2026-03-11 10:30") | {"item_id": str(new_id())}
    reply = await office.post(f"{API}/appointments", json=unknown)
    assert problem(reply) == (409, "item_not_bookable")


async def test_a_person_has_at_most_three_appointments_to_come(
    office: httpx.AsyncClient, items: Items, clock: SetClock
) -> None:
    """By phone or by identity number, however they are written."""
    identity = HOLDER | {"id_number": "654028199001010027"}
    made = [
        await book(office, items.food, "2026-03-11 10:00"),
        await book(office, items.food, "2026-03-11 10:30", holder=identity),
        await book(office, items.food, "2026-03-11 11:00"),
    ]
    fourth = booking(items.food, "2026-03-11 11:30", holder=HOLDER | {"phone": "+86 138-9999 0000"})
    reply = await office.post(f"{API}/appointments", json=fourth)
    assert problem(reply) == (409, "too_many_appointments")
    other_phone = identity | {"phone": "13700000000"}
    await book(office, items.food, "2026-03-11 11:30", holder=other_phone)
    await done(office, made[0], "cancel", reason="来电取消")
    await book(office, items.food, "2026-03-11 12:00")
    clock.set("2026-03-11 11:01")  # the second is over, whether anybody came or not
    await book(office, items.food, "2026-03-11 12:30")


async def test_the_database_refuses_a_second_booking_of_a_place_and_an_overlapping_special_one(
    session: AsyncSession, context: Context, hall: Hall, items: Items, database: Database
) -> None:
    starts = hall_time("2026-03-11 10:30")

    async def make(**changes: Any) -> None:
        wish = {"starts_at": starts} | changes
        async with session.begin_nested():
            await make_appointment(session, context.personal_data, hall, items.food, **wish)

    await make()
    await make(place_no=2)
    await make(window_id=hall.window_02)
    await make(starts_at=starts + timedelta(minutes=30))
    for overlapping in (starts, starts + timedelta(minutes=29), starts - timedelta(minutes=29)):
        with pytest.raises(IntegrityError, match="ex_appointments_place"):
            await make(starts_at=overlapping)
    special = {"kind": AppointmentKind.SPECIAL, "place_no": 0, "minutes": 120}
    await make(**special)
    await make(**special, state="requested")  # takes no place yet
    with pytest.raises(IntegrityError, match="ex_appointments_place"):
        await make(**special | {"starts_at": starts + timedelta(minutes=119)})
    await make(**special | {"starts_at": starts + timedelta(minutes=120)})


# Moving and giving up


async def test_moving_frees_the_old_place_and_asks_for_a_new_one(
    *, office: httpx.AsyncClient, clerk_next_door: httpx.AsyncClient, hall: Hall, items: Items,
    session: AsyncSession,
) -> None:  # fmt: skip
    made = await book(office, items.food, "2026-03-11 10:30", window_id=str(hall.window_02))
    full = booking(items.food, "2026-03-11 10:30", window_id=str(hall.window_02))
    assert problem(await office.post(f"{API}/appointments", json=full)) == (409, "slot_taken")
    same = await give(office, made, "move", starts_at=at("2026-03-11 10:30"))
    assert problem(same) == (409, "same_slot")
    foreign = {"starts_at": at("2026-03-12 10:30"), "window_id": str(hall.window_01)}
    reply = await give(clerk_next_door, made, "move", **foreign)
    assert problem(reply) == (403, "not_your_appointment")
    moved = await done(office, made, "move", **foreign)
    assert (moved["window_number"], moved["version"]) == ("01", 2)
    assert moved["starts_at"] == at("2026-03-12 10:30")
    assert (await office.post(f"{API}/appointments", json=full)).status_code == 201
    told = await session.scalars(
        sa.select(OutboxEvent.window_id).where(OutboxEvent.kind == "appointment.moved")
    )
    assert set(told.all()) == {hall.window_01, hall.window_02}
    timeline = (await office.get(f"{API}/appointments/{made['id']}/timeline")).json()["items"]
    assert [line["kind_label"] for line in timeline] == ["预约", "改期"]
    assert timeline[1]["facts"]["was_at"] == at("2026-03-11 10:30")


async def test_what_is_cancelled_gives_its_place_back_and_stays_cancelled(
    office: httpx.AsyncClient, hall: Hall, items: Items
) -> None:
    made = await book(office, items.food, "2026-03-11 10:30", window_id=str(hall.window_02))
    gone = await done(office, made, "cancel", reason="本人来电取消")
    assert (gone["state"], gone["closing_note"]) == ("cancelled", "本人来电取消")
    await book(office, items.food, "2026-03-11 10:30", window_id=str(hall.window_02))
    for act, body in (("cancel", {"reason": "再取消"}), ("serve", {}), ("check-in", {})):
        assert problem(await give(office, made, act, **body)) == (409, "appointment_state")


async def test_a_command_needs_the_version_that_was_read(
    office: httpx.AsyncClient, items: Items
) -> None:
    made = await book(office, items.food, "2026-03-11 10:30")
    path = f"{API}/appointments/{made['id']}/cancel"
    body = {"reason": "来电取消"}
    assert problem(await office.post(path, json=body)) == (428, "precondition_required")
    stale = await office.post(path, json=body, headers={"If-Match": '"7"'})
    assert problem(stale) == (412, "stale")


# Lists


async def test_a_list_takes_the_same_few_queries_however_long_it_is(
    office: httpx.AsyncClient, items: Items, database: Database
) -> None:
    sizes, counts = [], []
    for day in ("2026-03-11", "2026-03-12", "2026-03-13"):
        for minute in range(3):
            holder = HOLDER | {"phone": f"138{day[-2:]}00000{minute}"}
            await book(office, items.food, f"{day} 1{minute}:00", holder=holder)
        with counted(database) as asked:
            reply = await office.get(f"{API}/appointments")
        sizes.append(len(reply.json()["items"]))
        counts.append(len(asked))
    assert sizes == [3, 6, 9]
    assert len(set(counts)) == 1, counts


async def test_a_list_is_filtered_and_turned_page_by_page(
    office: httpx.AsyncClient, hall: Hall, items: Items
) -> None:
    numbers = []
    for minute in range(3):
        holder = HOLDER | {"phone": f"1380000000{minute}"}
        made = await book(
            office, items.food, f"2026-03-1{3 - minute} 10:00",
            holder=holder, window_id=str(hall.window_01),
        )  # fmt: skip
        numbers.append(made["appointment_number"])
    first = (await office.get(f"{API}/appointments", params={"limit": 2})).json()
    rest = (
        await office.get(f"{API}/appointments", params={"limit": 2, "cursor": first["next_cursor"]})
    ).json()
    listed = [one["appointment_number"] for one in first["items"] + rest["items"]]
    assert listed == numbers[::-1]  # the earliest first
    on_that_day = {"from_on": "2026-03-12", "to_on": "2026-03-12", "with_total": "true"}
    day = (await office.get(f"{API}/appointments", params=on_that_day)).json()
    assert (day["total"], day["items"][0]["appointment_number"]) == (1, numbers[1])
    wishes: list[tuple[dict[str, str], int]] = [
        ({"window_id": str(hall.window_02)}, 0),
        ({"appointment_number": numbers[0]}, 1),
        ({"state": "booked", "kind": "special"}, 0),
        ({"view": "upcoming"}, 3),
        ({"view": "to_decide"}, 0),
    ]
    for query, count in wishes:
        found = (await office.get(f"{API}/appointments", params=query)).json()["items"]
        assert len(found) == count, query


async def test_the_phone_is_shown_for_a_reason_that_is_kept(
    clerk: httpx.AsyncClient, items: Items, session: AsyncSession
) -> None:
    made = await book(clerk, items.food, "2026-03-11 10:30")
    path = f"{API}/appointments/{made['id']}/reveal-phone"
    assert (await clerk.post(path, json={"reason": "通知改期"})).json() == {
        "phone": HOLDER["phone"]
    }
    row = (
        await session.scalars(
            sa.select(AuditEntry).where(AuditEntry.action == "appointment.reveal_phone")
        )
    ).one()
    assert row.new == {"reason": "通知改期"}
