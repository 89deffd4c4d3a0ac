"""Appointments that tests start from, and the few calls that most of them make."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

import httpx
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


API = "/api/v1"
HOLDER = {"name": "古丽娜尔·吾守尔", "phone": PHONE}


def at(text: str) -> str:
    """``at("2026-03-11 10:30")`` as it goes over the wire."""
    return hall_time(text).isoformat()


def booking(item: PutInForce, starts_at: str, **changes: Any) -> dict[str, Any]:
    """A body that books a slot."""
    return {
        "item_id": str(item.item_id),
        "starts_at": at(starts_at),
        "holder": HOLDER,
    } | changes


async def book(
    client: httpx.AsyncClient, item: PutInForce, starts_at: str, **changes: Any
) -> dict[str, Any]:
    """A booked slot."""
    reply = await client.post(f"{API}/appointments", json=booking(item, starts_at, **changes))
    assert reply.status_code == 201, reply.text
    made: dict[str, Any] = reply.json()
    return made


async def give(
    client: httpx.AsyncClient, made: Mapping[str, Any], act: str, **body: Any
) -> httpx.Response:
    """Give a command on an appointment, as whoever can read it sees it now."""
    path = f"{API}/appointments/{made['id']}"
    seen = await client.get(path)
    headers = {"If-Match": seen.headers.get("ETag", '"1"')}
    return await client.post(f"{path}/{act}", json=body or None, headers=headers)


async def done(
    client: httpx.AsyncClient, made: Mapping[str, Any], act: str, **body: Any
) -> dict[str, Any]:
    reply = await give(client, made, act, **body)
    assert reply.status_code == 200, reply.text
    answer: dict[str, Any] = reply.json()
    return answer


def problem(reply: httpx.Response) -> tuple[int, str]:
    return reply.status_code, reply.json().get("code", "")
