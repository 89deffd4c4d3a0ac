"""Who may do what with appointments."""

from dataclasses import replace
from typing import Any

from tests.access import Ask, Scene, Table, World, read_table
from tests.access_cases import CASE_CALLERS
from tests.appointments_factories import MadeAppointment, hall_time, make_appointment
from tests.conftest import TEST_KEYS

from yimen.core.crypto import keys_from_settings
from yimen.domains.appointments.enums import AppointmentKind, AppointmentState
from yimen.domains.appointments.models import Capacity, Cooperation

SECRET = keys_from_settings(TEST_KEYS.personal_data, TEST_KEYS.index)

# The appointment is at window 01 of department A, for an item of that department; the colleague
# whose help is needed, where it is, is the clerk of window 03 of department B. Who asks for a slot
# of window 01 is asked whether it is theirs.
TABLE = """
                                          clerk             chief
                                    all   own   door  else  dept  here  else  office director
GET   /appointments                 401   seen  none  none  seen  seen  none  seen  seen
POST  /appointments                 401   201   403   403   201   201   403   201   403
POST  /appointments/special         401   201   403   403   201   201   403   201   403
GET   /appointments/slots           401   200   200   200   200   200   200   200   200
GET   /appointments/affected        401   seen  none  none  seen  seen  none  seen  seen
GET   /appointments/{appointment_id} \\
                                    401   200   404   404   200   200   404   200   200
GET   /appointments/{appointment_id}/timeline \\
                                    401   200   404   404   200   200   404   200   200
POST  /appointments/{appointment_id}/reveal-phone \\
                                    401   200   404   404   200   200   404   200   403
POST  /appointments/{appointment_id}/move \\
                                    401   200   404   404   200   200   404   200   403
POST  /appointments/{appointment_id}/cancel \\
                                    401   200   404   404   200   200   404   200   403
POST  /appointments/{appointment_id}/approve \\
                                    401   403   403   403   403   403   403   403   200
POST  /appointments/{appointment_id}/refuse \\
                                    401   403   403   403   403   403   403   403   200
POST  /appointments/{appointment_id}/assign \\
                                    401   200   404   404   200   200   404   200   403
POST  /appointments/{appointment_id}/ask-colleagues \\
                                    401   200   404   404   200   200   404   200   403
POST  /appointments/{appointment_id}/acknowledge \\
                                    401   403   404   200   403   403   200   403   403
POST  /appointments/{appointment_id}/check-in \\
                                    401   200   404   404   200   200   404   200   403
POST  /appointments/{appointment_id}/serve \\
                                    401   200   404   404   200   200   404   200   403
GET   /appointment-capacities       401   seen  seen  seen  seen  seen  seen  seen  seen
POST  /appointment-capacities       401   403   403   403   403   403   403   201   403
GET   /appointment-capacities/{capacity_id} \\
                                    401   200   200   200   200   200   200   200   200
PATCH /appointment-capacities/{capacity_id} \\
                                    401   403   403   403   403   403   403   200   403
POST  /appointment-capacities/{capacity_id}/lift \\
                                    401   403   403   403   403   403   403   200   403
GET   /public/appointment-slots     200   200   200   200   200   200   200   200   200
POST  /public/appointments          201   201   201   201   201   201   201   201   201
POST  /public/appointments/special  201   201   201   201   201   201   201   201   201
POST  /public/appointments/lookup   200   200   200   200   200   200   200   200   200
POST  /public/appointments/move     200   200   200   200   200   200   200   200   200
POST  /public/appointments/cancel   200   200   200   200   200   200   200   200   200
"""

TOMORROW = "2026-03-11T10:30:00+08:00"
HOLDER = {"name": "古丽娜尔", "phone": "13899991111"}


async def an_appointment(
    world: World, at: str = "2026-03-10 11:30", **changes: Any
) -> MadeAppointment:
    return await make_appointment(
        world.session, SECRET, world.hall, world.items.food, starts_at=hall_time(at), **changes
    )


async def booked(world: World) -> Ask:
    made = await an_appointment(world)
    return Ask(of={"appointment_id": made.id}, looks_for=str(made.id), version=1)


async def requested(world: World) -> Ask:
    made = await an_appointment(
        world, kind=AppointmentKind.SPECIAL, state=AppointmentState.REQUESTED, place_no=0
    )
    return Ask(of={"appointment_id": made.id}, version=1)


async def needing_help(world: World) -> Ask:
    ask = await booked(world)
    world.session.add(
        Cooperation(
            appointment_id=ask.of["appointment_id"],
            window_id=world.hall.window_03,
            matter="核对不动产登记信息",
            asked_at=world.clock.now,
            asked_by_name="赵敏",
            told_at=world.clock.now,
            reminders=0,
        )
    )
    await world.session.flush()
    return ask


async def hit(world: World) -> Ask:
    made = await an_appointment(world, "2026-03-14 11:00")  # a Saturday
    return Ask(query={"first": "2026-03-14", "last": "2026-03-14"}, looks_for=str(made.id))


async def to_book(world: World) -> Ask:
    return Ask(
        json={
            "item_id": str(world.items.seal.item_id),  # at window 01 only
            "starts_at": TOMORROW,
            "holder": HOLDER,
        }
    )


async def to_request(world: World) -> Ask:
    return Ask(
        json={
            "item_id": str(world.items.food.item_id),
            "window_id": str(world.hall.window_01),
            "starts_at": "2026-03-14T11:00:00+08:00",
            "ends_at": "2026-03-14T12:00:00+08:00",
            "reason": "周一开标",
            "holder": HOLDER,
        }
    )


async def slots(world: World) -> Ask:
    return Ask(query={"day": "2026-03-11", "item_id": str(world.items.food.item_id)})


async def a_capacity(world: World) -> Ask:
    made = Capacity(window_id=world.hall.window_01, item_id=None, places=3, note=None, version=1)
    world.session.add(made)
    await world.session.flush()
    return Ask(of={"capacity_id": made.id}, looks_for=str(made.id), json={"places": 4}, version=1)


async def places(world: World) -> Ask:
    return Ask(json={"window_id": str(world.hall.window_01), "places": 3})


async def with_code(world: World) -> Ask:
    made = await an_appointment(world)
    return Ask(json={"appointment_number": made.number, "code": made.code})


async def elsewhere(world: World) -> Ask:
    ask = await with_code(world)
    return replace(ask, json=ask.json | {"starts_at": TOMORROW})


def with_body(scene: Scene, **json: Any) -> Scene:
    async def ask(world: World) -> Ask:
        found = await scene(world)
        return replace(found, json=json)

    return ask


def unversioned(scene: Scene) -> Scene:
    async def ask(world: World) -> Ask:
        return replace(await scene(world), version=None)

    return ask


async def to_approve(world: World) -> Ask:
    staff = [str(world.hall.clerk.staff_id)]
    return replace(await requested(world), json={"staff_ids": staff})


async def to_assign(world: World) -> Ask:
    return replace(await booked(world), json={"staff_ids": [str(world.hall.colleague.staff_id)]})


async def to_ask_colleagues(world: World) -> Ask:
    colleague = {"window_id": str(world.hall.window_03), "matter": "核对登记信息"}
    return replace(await booked(world), json={"colleagues": [colleague]})


ONE = "/appointments/{appointment_id}"
SCENES: dict[str, Scene] = {
    "GET /appointments": unversioned(booked),
    "POST /appointments": to_book,
    "POST /appointments/special": to_request,
    "GET /appointments/slots": slots,
    "GET /appointments/affected": hit,
    f"GET {ONE}": unversioned(booked),
    f"GET {ONE}/timeline": unversioned(booked),
    f"POST {ONE}/reveal-phone": unversioned(with_body(booked, reason="通知改期")),
    f"POST {ONE}/move": with_body(booked, starts_at=TOMORROW),
    f"POST {ONE}/cancel": with_body(booked, reason="来电取消"),
    f"POST {ONE}/approve": to_approve,
    f"POST {ONE}/refuse": with_body(requested, reason="可在周一办理"),
    f"POST {ONE}/assign": to_assign,
    f"POST {ONE}/ask-colleagues": to_ask_colleagues,
    f"POST {ONE}/acknowledge": needing_help,
    f"POST {ONE}/check-in": booked,
    f"POST {ONE}/serve": booked,
    "GET /appointment-capacities": unversioned(a_capacity),
    "POST /appointment-capacities": places,
    "GET /appointment-capacities/{capacity_id}": unversioned(a_capacity),
    "PATCH /appointment-capacities/{capacity_id}": a_capacity,
    "POST /appointment-capacities/{capacity_id}/lift": a_capacity,
    "GET /public/appointment-slots": slots,
    "POST /public/appointments": to_book,
    "POST /public/appointments/special": to_request,
    "POST /public/appointments/lookup": with_code,
    "POST /public/appointments/move": elsewhere,
    "POST /public/appointments/cancel": with_code,
}

APPOINTMENTS = Table(read_table(TABLE, CASE_CALLERS), SCENES)
