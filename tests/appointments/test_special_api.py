"""Special appointments and colleague windows through HTTP, and what time does (APPOINT 三, 四)."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
from tests.appointments.test_booking_api import make_outing
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

from yimen.core.database import Database
from yimen.core.dependencies import Context
from yimen.core.outbox import OutboxEvent
from yimen.core.periodic import run_once
from yimen.domains.appointments.jobs import JOBS
from yimen.domains.appointments.models import Appointment, AppointmentStaff
from yimen.domains.organisation.models import Window

RunJobs = Callable[[], Awaitable[None]]


def special(hall: Hall, items: Items, **changes: Any) -> dict[str, Any]:
    """A Saturday morning at window 01."""
    return {
        "item_id": str(items.food.item_id),
        "window_id": str(hall.window_01),
        "starts_at": at("2026-03-14 11:00"),
        "ends_at": at("2026-03-14 12:00"),
        "reason": "企业周一开标，须在周末补领许可证。",
        "holder": HOLDER,
    } | changes


async def request(client: httpx.AsyncClient, body: dict[str, Any]) -> dict[str, Any]:
    reply = await client.post(f"{API}/appointments/special", json=body)
    assert reply.status_code == 201, reply.text
    made: dict[str, Any] = reply.json()
    return made


@pytest.fixture
def run_jobs(database: Database, clock: SetClock) -> RunJobs:
    """Let time do its work now."""

    async def run() -> None:
        assert isinstance(database.engine, AsyncConnection)
        for job in JOBS:
            assert await run_once(job, database, clock.now)

    return run


async def told(session: AsyncSession, kind: str) -> list[Any]:
    """The windows to which an event of a kind was told, in order."""
    found = await session.scalars(
        sa.select(OutboxEvent.window_id)
        .where(OutboxEvent.kind == f"appointment.{kind}")
        .order_by(OutboxEvent.id)
    )
    return list(found)


# Special ones


async def test_the_director_agrees_and_names_who_waits(
    *, clerk: httpx.AsyncClient, director: httpx.AsyncClient, hall: Hall, items: Items,
    session: AsyncSession, clock: SetClock,
) -> None:  # fmt: skip
    made = await request(clerk, special(hall, items))
    assert (made["state"], made["kind_label"]) == ("requested", "特急件预约")
    waiting = await director.get(f"{API}/appointments", params={"view": "to_decide"})
    assert [one["id"] for one in waiting.json()["items"]] == [made["id"]]
    staff = [str(hall.clerk.staff_id), str(hall.office.staff_id)]
    agreed = await done(director, made, "approve", staff_ids=staff, note="请提前准备。")
    assert (agreed["state"], agreed["decided_by_name"]) == ("booked", "刘强")
    assert {one["staff_name"] for one in agreed["staff"]} == {"阿依古丽·买买提", "赵敏"}
    assert await told(session, "approved") == [hall.window_01]
    assert problem(await give(clerk, made, "serve")) == (409, "appointment_too_early")
    clock.set("2026-03-14 11:20")  # nobody queues on a Saturday
    served = await done(clerk, made, "serve")
    assert (served["state"], served["served_at"]) == ("served", at("2026-03-14 11:20"))


async def overtime_of(office: httpx.AsyncClient) -> list[tuple[str, str, str, str]]:
    """Whose overtime, from when to when, and how it stands."""
    found = (await office.get(f"{API}/overtime-requests")).json()["items"]
    return sorted(
        (one["staff_name"], one["starts_at"][:16], one["ends_at"][:16], one["state"])
        for one in found
    )


async def test_who_is_named_outside_office_hours_has_overtime_applied_for(
    *, clerk: httpx.AsyncClient, office: httpx.AsyncClient, director: httpx.AsyncClient,
    hall: Hall, items: Items,
) -> None:  # fmt: skip
    """APPOINT 三, ATTEND 二(三)3: the office decides on it; it falls with the visit."""
    made = await request(clerk, special(hall, items))
    one, other = str(hall.clerk.staff_id), str(hall.colleague.staff_id)
    agreed = await done(director, made, "approve", staff_ids=[one])
    saturday = ("2026-03-14T11:00", "2026-03-14T12:00")
    assert await overtime_of(office) == [(hall.clerk.name, *saturday, "applied")]
    [asked] = (await clerk.get(f"{API}/overtime-requests")).json()["items"]
    assert asked["appointment_id"] == made["id"] and made["appointment_number"] in asked["reason"]
    path = f"{API}/overtime-requests/{asked['id']}/approve"
    granted = await office.post(path, json={}, headers={"If-Match": '"1"'})
    assert granted.status_code == 200, granted.text
    named = await done(office, agreed, "assign", staff_ids=[other])
    assert {line[-1] for line in await overtime_of(office)} == {"cancelled", "applied"}
    await done(clerk, named, "cancel", reason="本人来电取消")
    assert {line[-1] for line in await overtime_of(office)} == {"cancelled"}


async def test_only_the_part_outside_office_hours_is_overtime(
    *, office: httpx.AsyncClient, director: httpx.AsyncClient, hall: Hall, items: Items,
) -> None:  # fmt: skip
    evening = {"starts_at": at("2026-03-12 18:00"), "ends_at": at("2026-03-12 21:00")}
    late = await request(office, special(hall, items, **evening))
    await done(director, late, "approve", staff_ids=[str(hall.clerk.staff_id)])
    morning = {"starts_at": at("2026-03-13 11:00"), "ends_at": at("2026-03-13 12:00")}
    early = await request(office, special(hall, items, **morning))
    await done(director, early, "approve", staff_ids=[str(hall.clerk.staff_id)])
    assert await overtime_of(office) == [
        (hall.clerk.name, "2026-03-12T19:30", "2026-03-12T21:00", "applied")
    ]


async def test_the_director_does_not_agree_and_says_why(
    clerk: httpx.AsyncClient, director: httpx.AsyncClient, hall: Hall, items: Items
) -> None:
    made = await request(clerk, special(hall, items))
    refused = await done(director, made, "refuse", reason="可以在周一上午办理。")
    assert (refused["state"], refused["closing_note"]) == ("refused", "可以在周一上午办理。")
    staff = [str(hall.clerk.staff_id)]
    reply = await give(director, made, "approve", staff_ids=staff)
    assert problem(reply) == (409, "appointment_state")


async def test_one_window_and_one_person_have_one_special_appointment_at_a_time(
    *, office: httpx.AsyncClient, director: httpx.AsyncClient, hall: Hall, items: Items
) -> None:
    staff = [str(hall.clerk.staff_id)]
    first = await request(office, special(hall, items))
    overlapping = {"starts_at": at("2026-03-14 11:59"), "ends_at": at("2026-03-14 13:00")}
    same_window = await request(office, special(hall, items, **overlapping))
    next_door = await request(
        office, special(hall, items, **overlapping, window_id=str(hall.window_02))
    )
    await done(director, first, "approve", staff_ids=staff)
    other = [str(hall.colleague.staff_id)]
    reply = await give(director, same_window, "approve", staff_ids=other)
    assert problem(reply) == (409, "slot_taken")
    assert problem(await give(director, next_door, "approve", staff_ids=staff)) == (
        409,
        "staff_taken",
    )
    await done(office, first, "cancel", reason="企业另约时间")
    await done(director, next_door, "approve", staff_ids=staff)
    await done(director, same_window, "approve", staff_ids=other)


async def test_who_is_away_or_unknown_is_not_named(
    *, office: httpx.AsyncClient, director: httpx.AsyncClient, hall: Hall, items: Items,
    session: AsyncSession,
) -> None:  # fmt: skip
    made = await request(office, special(hall, items))
    await make_outing(session, hall.clerk.staff_id, "2026-03-14 08:00", "2026-03-14 11:30")
    reply = await give(director, made, "approve", staff_ids=[str(hall.clerk.staff_id)])
    assert problem(reply) == (409, "staff_away")
    assert "阿依古丽" in reply.json()["detail"]
    reply = await give(director, made, "approve", staff_ids=[made["id"]])
    assert problem(reply) == (422, "invalid_input")
    assert reply.json()["errors"][0]["pointer"] == "/staff_ids/0"


async def test_a_request_is_for_later_and_not_too_long(
    *, office: httpx.AsyncClient, clerk: httpx.AsyncClient, director: httpx.AsyncClient,
    hall: Hall, items: Items, clock: SetClock,
) -> None:  # fmt: skip
    bodies = [
        (special(hall, items, starts_at=at("2026-03-10 11:00")), (409, "appointment_over")),
        (special(hall, items, ends_at=at("2026-03-14 23:00")), (201, "")),
        (special(hall, items, ends_at=at("2026-03-14 23:01")), (409, "special_too_long")),
        (special(hall, items, ends_at=at("2026-03-14 11:00")), (422, "invalid_input")),
        (
            special(hall, items, starts_at=at("2090-03-14 11:00"), ends_at=at("2090-03-14 12:00")),
            (422, "beyond_calendar"),
        ),
        (
            special(hall, items, window_id=str(hall.window_03)),
            (409, "item_not_at_this_window"),
        ),
    ]
    for body, answer in bodies:
        reply = await office.post(f"{API}/appointments/special", json=body)
        assert problem(reply) == answer, reply.text
    next_door = special(hall, items, window_id=str(hall.window_02))
    reply = await clerk.post(f"{API}/appointments/special", json=next_door)
    assert problem(reply) == (403, "not_your_appointment")
    made = await request(office, special(hall, items))
    clock.set("2026-03-14 12:00")
    late = await give(director, made, "approve", staff_ids=[str(hall.clerk.staff_id)])
    assert problem(late) == (409, "appointment_over")


async def test_a_special_one_is_not_moved_and_only_the_office_changes_who_waits(
    *, clerk: httpx.AsyncClient, office: httpx.AsyncClient, director: httpx.AsyncClient,
    hall: Hall, items: Items,
) -> None:  # fmt: skip
    made = await request(clerk, special(hall, items))
    await done(director, made, "approve", staff_ids=[str(hall.clerk.staff_id)])
    reply = await give(clerk, made, "move", starts_at=at("2026-03-11 10:30"))
    assert problem(reply) == (409, "appointment_state")
    instead = {"staff_ids": [str(hall.colleague.staff_id)]}
    assert problem(await give(clerk, made, "assign", **instead)) == (403, "not_your_appointment")
    assert (await done(office, made, "assign", **instead))["staff"][0]["staff_name"] == "王红"


# Who waits


async def test_a_window_names_who_waits_of_those_who_serve_there(
    *, clerk: httpx.AsyncClient, hall: Hall, items: Items, session: AsyncSession
) -> None:
    made = await book(clerk, items.food, "2026-03-11 10:30")
    other = await book(
        clerk, items.food, "2026-03-11 10:30", holder=HOLDER | {"phone": "13800000001"}
    )
    foreign = await give(clerk, made, "assign", staff_ids=[str(hall.clerk_next_door.staff_id)])
    assert problem(foreign) == (409, "staff_not_at_window")
    waits = {"staff_ids": [str(hall.colleague.staff_id)]}
    assert (await done(clerk, made, "assign", **waits))["staff"][0]["staff_name"] == "王红"
    assert problem(await give(clerk, other, "assign", **waits)) == (409, "staff_taken")
    moved = await done(clerk, made, "move", starts_at=at("2026-03-11 11:00"))
    assert moved["staff"] == []  # asked anew
    await done(clerk, other, "assign", **waits)
    await done(clerk, other, "cancel", reason="来电取消")
    assert (await session.scalars(sa.select(AppointmentStaff))).all() == []


# Colleagues


async def test_a_colleague_window_is_told_and_reminded_until_it_answers(
    *, clerk: httpx.AsyncClient, clerk_elsewhere: httpx.AsyncClient, hall: Hall, items: Items,
    session: AsyncSession, clock: SetClock, run_jobs: RunJobs,
) -> None:  # fmt: skip
    """At 11:00; reminded after 240 minutes of office hours: 3 hours, the break, 1 hour more."""
    help_of_03 = [{"window_id": str(hall.window_03), "matter": "核对不动产登记信息"}]
    made = await book(clerk, items.food, "2026-03-12 10:30", colleagues=help_of_03)
    assert made["colleagues"][0]["window_number"] == "03"
    assert await told(session, "colleague_asked") == [hall.window_03]
    mine = {"view": "to_acknowledge"}
    listed = (await clerk_elsewhere.get(f"{API}/appointments", params=mine)).json()["items"]
    assert [one["id"] for one in listed] == [made["id"]]
    assert (await clerk.get(f"{API}/appointments", params=mine)).json()["items"] == []
    for moment, reminders in (
        ("2026-03-10 16:29", 0),
        ("2026-03-10 16:30", 1),
        ("2026-03-10 19:29", 1),
        ("2026-03-10 23:00", 1),  # the hall is closed
        ("2026-03-11 10:59", 1),
        ("2026-03-11 11:00", 2),
    ):
        clock.set(moment)
        await run_jobs()
        assert await told(session, "colleague_reminded") == [hall.window_03] * reminders, moment
    promised = await done(clerk_elsewhere, made, "acknowledge")
    assert promised["colleagues"][0]["acknowledged_by_name"] == "巴合提·努尔兰"
    assert promised["colleagues"][0]["reminders"] == 2
    assert await told(session, "acknowledged") == [hall.window_01]
    assert problem(await give(clerk_elsewhere, made, "acknowledge")) == (
        403,
        "not_your_appointment",
    )
    clock.set("2026-03-11 19:00")
    await run_jobs()
    assert len(await told(session, "colleague_reminded")) == 2


async def test_help_is_asked_for_later_once_and_anew_when_the_time_changes(
    *, office: httpx.AsyncClient, chief_elsewhere: httpx.AsyncClient, hall: Hall, items: Items,
    session: AsyncSession,
) -> None:  # fmt: skip
    made = await book(office, items.food, "2026-03-12 10:30", window_id=str(hall.window_01))
    help_of_03 = [{"window_id": str(hall.window_03), "matter": "核对不动产登记信息"}]
    own = [{"window_id": str(hall.window_01), "matter": "自己"}]
    reply = await give(office, made, "ask-colleagues", colleagues=own)
    assert problem(reply) == (409, "own_window_as_colleague")
    asked = await done(office, made, "ask-colleagues", colleagues=help_of_03)
    assert asked["version"] == 2
    reply = await give(office, made, "ask-colleagues", colleagues=help_of_03)
    assert problem(reply) == (409, "colleague_already_asked")
    await done(chief_elsewhere, made, "acknowledge")
    moved = await done(office, made, "move", starts_at=at("2026-03-13 10:30"))
    assert moved["colleagues"][0]["acknowledged_at"] is None
    assert hall.window_03 in await told(session, "moved")
    await done(office, made, "cancel", reason="来电取消")
    assert hall.window_03 in await told(session, "cancelled")


async def test_a_colleague_window_that_takes_the_appointment_over_is_no_colleague_any_more(
    office: httpx.AsyncClient, hall: Hall, items: Items
) -> None:
    help_of_02 = [{"window_id": str(hall.window_02), "matter": "复核"}]
    made = await book(
        office, items.food, "2026-03-12 10:30",
        window_id=str(hall.window_01), colleagues=help_of_02,
    )  # fmt: skip
    there = {"starts_at": at("2026-03-12 10:30"), "window_id": str(hall.window_02)}
    assert (await done(office, made, "move", **there))["colleagues"] == []


# What time does


async def test_who_does_not_come_has_missed_it_once_the_grace_is_over(
    *, office: httpx.AsyncClient, items: Items, clock: SetClock, run_jobs: RunJobs
) -> None:
    made = await book(office, items.food, "2026-03-11 10:30")
    for moment, state in (
        ("2026-03-11 11:15:00", "booked"),  # until a quarter of an hour after its end
        ("2026-03-11 11:15:01", "no_show"),
    ):
        clock.set(moment)
        await run_jobs()
        seen = (await office.get(f"{API}/appointments/{made['id']}")).json()
        assert seen["state"] == state, moment


async def test_whom_the_hall_could_not_have_served_has_missed_nothing(
    *, office: httpx.AsyncClient, items: Items, clock: SetClock, run_jobs: RunJobs, hall: Hall,
    session: AsyncSession,
) -> None:  # fmt: skip
    made = await book(office, items.food, "2026-03-11 10:30", window_id=str(hall.window_02))
    await session.execute(
        sa.update(Window)
        .where(Window.id == hall.window_02)
        .values(closed_on=hall_time("2026-03-10 00:00").date())
    )
    clock.set("2026-03-11 12:00")
    await run_jobs()
    seen = (await office.get(f"{API}/appointments/{made['id']}")).json()
    assert (seen["state"], seen["closing_note"]) == (
        "cancelled",
        "因中心原因未能办理：窗口停用。",
    )


async def test_a_request_that_nobody_decided_on_lapses_with_its_time(
    *, office: httpx.AsyncClient, hall: Hall, items: Items, clock: SetClock, run_jobs: RunJobs
) -> None:
    made = await request(office, special(hall, items))
    for moment, state in (("2026-03-14 12:00", "requested"), ("2026-03-14 12:01", "lapsed")):
        clock.set(moment)
        await run_jobs()
        assert (await office.get(f"{API}/appointments/{made['id']}")).json()["state"] == state
    timeline = (await office.get(f"{API}/appointments/{made['id']}/timeline")).json()["items"]
    assert timeline[-1]["actor_name"] == "系统"


# What cannot be kept


async def affected(
    client: httpx.AsyncClient, first: str, last: str | None = None, **query: str
) -> list[dict[str, Any]]:
    asked = {"first": first, "last": last or first} | query
    reply = await client.get(f"{API}/appointments/affected", params=asked)
    assert reply.status_code == 200, reply.text
    found: list[dict[str, Any]] = reply.json()["items"]
    return found


async def test_an_absence_shows_the_last_booked_of_too_many_and_offers_other_slots(
    *, office: httpx.AsyncClient, hall: Hall, items: Items, session: AsyncSession,
    clock: SetClock,
) -> None:  # fmt: skip
    made = []
    for number in range(2):
        holder = HOLDER | {"phone": f"1380000000{number}"}
        there = {"window_id": str(hall.window_01), "holder": holder}
        made.append(await book(office, items.food, "2026-03-11 10:30", **there))
        clock.advance(minutes=1)
    assert await affected(office, "2026-03-11") == []
    await make_outing(session, hall.colleague.staff_id, "2026-03-11 10:00", "2026-03-11 10:45")
    [hit] = await affected(office, "2026-03-10", "2026-03-20")
    assert hit["appointment_id"] == made[1]["id"]
    assert hit["hindrances"] == [{"code": "too_few_there", "label": "在岗人员减少，该时段的号不够"}]
    offers = [(one["window_number"], one["starts_at"][11:16]) for one in hit["alternatives"]]
    assert offers == [("02", "10:30"), ("01", "11:00"), ("02", "11:00")]
    best = hit["alternatives"][0]
    moved = await done(
        office, made[1], "move", starts_at=best["starts_at"], window_id=best["window_id"]
    )
    assert moved["window_number"] == "02"
    assert await affected(office, "2026-03-11") == []


async def test_a_closed_window_a_changed_calendar_and_an_empty_window_are_told_apart(
    *, office: httpx.AsyncClient, clerk: httpx.AsyncClient, hall: Hall, items: Items,
    session: AsyncSession, context: Context,
) -> None:  # fmt: skip
    secret = context.personal_data
    for place_no, day, window in (
        (1, "2026-03-12", hall.window_01),
        (1, "2026-03-13", hall.window_02),
        (1, "2026-03-16", hall.window_02),
    ):
        await make_appointment(
            session, secret, hall, items.food,
            starts_at=hall_time(f"{day} 10:30"), window_id=window, place_no=place_no,
        )  # fmt: skip
    status = await office.get(f"{API}/calendar/status")
    closure = {"day": "2026-03-12", "kind": "closure", "note": "停电"}
    reply = await office.post(
        f"{API}/calendar/overrides",
        json={"source": "县政府通知", "days": [closure], "dry_run": False},
        headers={"If-Match": status.headers["ETag"]},
    )
    assert reply.status_code == 200, reply.text
    await make_outing(
        session, hall.clerk_next_door.staff_id, "2026-03-13 09:00", "2026-03-13 12:00"
    )
    await session.execute(
        sa.update(Window)
        .where(Window.id == hall.window_02)
        .values(closed_on=hall_time("2026-03-13 00:00").date())
    )
    found = await affected(office, "2026-03-11", "2026-03-18")
    assert [(one["starts_at"][:10], one["hindrances"][0]["code"]) for one in found] == [
        ("2026-03-12", "hall_closed"),
        ("2026-03-13", "nobody_there"),
        ("2026-03-16", "window_closed"),
    ]
    assert all(one["alternatives"] for one in found)
    assert {one["window_number"] for hit in found for one in hit["alternatives"]} == {"01"}
    assert len(await affected(clerk, "2026-03-11", "2026-03-18")) == 1  # window 01's
    only = await affected(office, "2026-03-11", "2026-03-18", window_id=str(hall.window_02))
    assert len(only) == 2


async def test_a_special_one_is_hit_when_who_was_named_is_away(
    *, office: httpx.AsyncClient, director: httpx.AsyncClient, hall: Hall, items: Items,
    session: AsyncSession,
) -> None:  # fmt: skip
    made = await request(office, special(hall, items))
    await done(director, made, "approve", staff_ids=[str(hall.clerk.staff_id)])
    assert await affected(office, "2026-03-14") == []
    await make_outing(session, hall.clerk.staff_id, "2026-03-14 11:30", "2026-03-14 18:00")
    [hit] = await affected(office, "2026-03-14")
    assert [why["code"] for why in hit["hindrances"]] == ["staff_away"]
    assert hit["alternatives"] == []


async def test_days_to_look_through_are_at_most_31(office: httpx.AsyncClient) -> None:
    asked = {"first": "2026-03-01", "last": "2026-04-01"}
    reply = await office.get(f"{API}/appointments/affected", params=asked)
    assert problem(reply) == (422, "invalid_input")
    assert await affected(office, "2026-03-01", "2026-03-31") == []


async def test_a_booking_counts_for_the_limit_only_while_it_is_to_come(
    office: httpx.AsyncClient, hall: Hall, items: Items, session: AsyncSession
) -> None:
    for _ in range(3):
        await request(office, special(hall, items))
    reply = await office.post(f"{API}/appointments", json=booking(items.food, "2026-03-11 10:30"))
    assert problem(reply) == (409, "too_many_appointments")
    await session.execute(sa.update(Appointment).values(state="refused"))
    await book(office, items.food, "2026-03-11 10:30")
