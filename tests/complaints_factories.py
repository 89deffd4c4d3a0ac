"""Complaints in tests: taken in, looked into and decided through HTTP."""

from functools import partial
from typing import Any

import httpx
from tests.commands import command
from tests.factories import Hall

PATH = "/api/v1/complaints"
NAME, PHONE, WORDS = "热依汗古丽", "13899990000", "他对我说“不归我管”，就走开了。"


async def register(office: httpx.AsyncClient, hall: Hall, **changes: Any) -> dict[str, Any]:
    body = {
        "channel": "phone",
        "summary": "咨询时被推诿",
        "content": WORDS,
        "complainant_name": NAME,
        "complainant_phone": PHONE,
        "window_id": str(hall.window_01),
        "staff_id": str(hall.clerk.staff_id),
        **changes,
    }
    reply = await office.post(PATH, json=body)
    assert reply.status_code == 201, reply.text
    made: dict[str, Any] = reply.json()
    return made


act = partial(command, PATH)


async def investigated(office: httpx.AsyncClient, hall: Hall, **changes: Any) -> dict[str, Any]:
    complaint = await act(office, await register(office, hall, **changes), "accept")
    investigator = str(hall.office.staff_id)
    return await act(office, complaint, "investigate", investigator_id=investigator)


async def found(office: httpx.AsyncClient, hall: Hall, **changes: Any) -> dict[str, Any]:
    complaint = await investigated(office, hall, **changes)
    return await act(office, complaint, "find", finding="substantiated", reason="录像属实")
