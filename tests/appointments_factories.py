"""Appointments that tests start from: a row as a booking would leave it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from tests.factories import Hall

from yimen.core.clock import HALL_ZONE
from yimen.core.crypto import PersonalData, place
from yimen.core.database import new_id
from yimen.domains.appointments.enums import AppointmentKind, AppointmentState, Channel
from yimen.domains.appointments.models import Appointment
from yimen.domains.catalog.service import PutInForce

CODE = "K7QM-3X9P-2RTD"
PHONE = "13899990000"

_numbers = count(900_001)


@dataclass(frozen=True, slots=True)
class MadeAppointment:
    """An appointment of the factory, with what its holder keeps."""

    id: UUID
    number: str
    code: str = CODE


def hall_time(text: str) -> datetime:
    """``hall_time("2026-03-11 10:30")``."""
    return datetime.fromisoformat(text).replace(tzinfo=HALL_ZONE)


async def make_appointment(
    session: AsyncSession,
    secret: PersonalData,
    hall: Hall,
    item: PutInForce,
    *,
    starts_at: datetime,
    window_id: UUID | None = None,
    department_id: UUID | None = None,
    minutes: int = 30,
    phone: str = PHONE,
    **changes: Any,
) -> MadeAppointment:
    """Booked in place 1 of a slot at window 01 of department A, unless told otherwise."""
    made = MadeAppointment(new_id(), f"YY-2026-{next(_numbers)}")
    values: dict[str, Any] = {
        "id": made.id,
        "appointment_number": made.number,
        "lookup_code": made.code,
        "kind": AppointmentKind.ORDINARY,
        "channel": Channel.PUBLIC,
        "state": AppointmentState.BOOKED,
        "item_id": item.item_id,
        "item_name": "食品经营许可（新办）",
        "window_id": window_id or hall.window_01,
        "department_id": department_id or hall.department_a,
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(minutes=minutes),
        "place_no": 1,
        "holder_name": "古丽娜尔·吾守尔",
        "holder_phone": secret.encrypt(phone, bound_to=place(made.id, "holder_phone")),
        "holder_phone_index": secret.blind_index(phone, kind="phone"),
        "booked_at": starts_at - timedelta(days=1),
        "booked_by_name": "本人",
        "version": 1,
    }
    await session.execute(sa.insert(Appointment).values(values | changes))
    return made
