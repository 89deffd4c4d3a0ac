"""Cases that tests start from, made the way a window makes them: over HTTP."""

from functools import partial
from typing import Any

import httpx
from tests.commands import command

from yimen.domains.catalog.service import PutInForce

RESIDENT_ID = "654028199001010027"
PHONE = "13899990000"


def all_materials() -> list[dict[str, Any]]:
    """What the standard items ask for."""
    return [
        {"material_key": "m1", "pages": 2, "is_original": True},
        {"material_key": "m2", "pages": 1},
    ]


def intake_body(item: PutInForce, **changes: Any) -> dict[str, Any]:
    """A complete application of a person."""
    return {
        "item_id": str(item.item_id),
        "applicant": {
            "kind": "person",
            "name": "阿依古丽·买买提",
            "id_kind": "resident_id",
            "id_number": RESIDENT_ID,
            "phone": PHONE,
        },
        "materials": all_materials(),
    } | changes


async def take_in(client: httpx.AsyncClient, item: PutInForce, **changes: Any) -> dict[str, Any]:
    """A case just registered."""
    reply = await client.post("/api/v1/cases", json=intake_body(item, **changes))
    assert reply.status_code == 201, reply.text
    case: dict[str, Any] = reply.json()
    return case


give = partial(command, "/api/v1/cases")
"""Give a command on a case as it was seen, and read the reply."""
