"""Bookings: places in slots of several windows, through HTTP and by pgbench.

Every booking is another person's. pgbench does likewise, each time in a slot of its own: in one and
the same slot the rows of thousands of bookings would pile up, and slow the yardstick down.
"""

import json
import re
from collections.abc import Sequence
from datetime import date
from typing import Any

from tests.bench.arithmetic import hall_calendar
from tests.bench.ground import Ground
from tests.bench.load import FRESH_PHONE, post
from tests.bench.pgbench import Script

from yimen.domains.appointments.rules import slots_of
from yimen.domains.rulebook.service import RulebookService

PLACES = 2_000
"""In each slot: more than all rounds take."""

_CAPACITIES = """
INSERT INTO appointment_capacities (id, window_id, item_id, places, note, version)
SELECT uuidv7(), id, NULL, $1, NULL, 1 FROM windows ON CONFLICT DO NOTHING
"""


async def set_up(ground: Ground) -> None:
    """Many places at every window."""
    connection = await ground.connect()
    try:
        await connection.execute(_CAPACITIES, PLACES)
    finally:
        await connection.close()


def booking(clerks: Sequence[Any], token: str, today: date) -> list[bytes]:
    """Slots of the next working day at the windows of some clerks, booked by the office."""
    calendar = hall_calendar()
    day = calendar.add_working_days(today, 1).day
    slots = slots_of(day, calendar, RulebookService().edition_on(day))
    return [
        post(
            "/api/v1/appointments",
            token,
            json.dumps(
                {
                    "item_id": str(clerk.item_id),
                    "window_id": str(clerk.window_id),
                    "starts_at": slot.starts_at.isoformat(),
                    "holder": {"name": "阿依古丽·买买提", "phone": FRESH_PHONE.decode()},
                },
                ensure_ascii=False,
            ).encode(),
        )
        for clerk in clerks
        for slot in slots[:: len(slots) // 4]
    ]


def each_in_its_own_slot(script: Script) -> Script:
    """pgbench's bookings: place and time go on with its counter."""
    text, places = re.subn(r":n(?=::INTEGER)", ":place", script.text)
    text, times = re.subn(
        r"(:s\d+_\d+_\d+::TIMESTAMP WITH TIME ZONE)", r"(\1 + :i * interval '1 day')", text
    )
    assert places and times, script.text
    counted = r"\set place 1000 + :run * 1000000 + :client_id * 100000 + :i"
    return Script(f"{counted}\n{text}", script.variables)
