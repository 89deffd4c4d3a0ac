"""Who may do what with appointments."""

from dataclasses import replace

from tests.access import Ask, Scene, Table, World, read_table
from tests.access_cases import CASE_CALLERS
from tests.appointments_factories import hall_time, make_appointment
from tests.conftest import TEST_KEYS

from yimen.core.crypto import keys_from_settings

SECRET = keys_from_settings(TEST_KEYS.personal_data, TEST_KEYS.index)

# The appointment is at window 01 of department A, for an item of that department.
TABLE = """
                                          clerk             chief
                                    all   own   door  else  dept  here  else  office director
GET   /appointments                 401   seen  none  none  seen  seen  none  seen  seen
GET   /appointments/{appointment_id} \
                                    401   200   404   404   200   200   404   200   200
GET   /appointments/{appointment_id}/timeline \
                                    401   200   404   404   200   200   404   200   200
POST  /appointments/{appointment_id}/reveal-phone \
                                    401   200   404   404   200   200   404   200   403
POST  /appointments/{appointment_id}/check-in \
                                    401   200   404   404   200   200   404   200   403
POST  /public/appointments/lookup   200   200   200   200   200   200   200   200   200
"""


async def booked(world: World) -> Ask:
    made = await make_appointment(
        world.session,
        SECRET,
        world.hall,
        world.items.food,
        starts_at=hall_time("2026-03-10 11:30"),
    )
    return Ask(of={"appointment_id": made.id}, looks_for=str(made.id), version=1)


async def to_read(world: World) -> Ask:
    return replace(await booked(world), version=None)


async def to_call(world: World) -> Ask:
    return replace(await to_read(world), json={"reason": "通知改期"})


async def to_look_up(world: World) -> Ask:
    made = await make_appointment(
        world.session,
        SECRET,
        world.hall,
        world.items.food,
        starts_at=hall_time("2026-03-10 11:30"),
    )
    return Ask(json={"appointment_number": made.number, "code": made.code})


SCENES: dict[str, Scene] = {
    "GET /appointments": to_read,
    "GET /appointments/{appointment_id}": to_read,
    "GET /appointments/{appointment_id}/timeline": to_read,
    "POST /appointments/{appointment_id}/reveal-phone": to_call,
    "POST /appointments/{appointment_id}/check-in": booked,
    "POST /public/appointments/lookup": to_look_up,
}

APPOINTMENTS = Table(read_table(TABLE, CASE_CALLERS), SCENES)
