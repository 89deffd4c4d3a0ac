"""The requests that more than one measurement sends."""

import json

from tests.bench.ground import Person
from tests.bench.load import post
from tests.cases_factories import RESIDENT_ID, all_materials

LIST = "/api/v1/cases?limit=50"


def intake(clerk: Person, token: str, number: int, *, is_repeatable: bool) -> bytes:
    """A complete application, as a window hands it in."""
    body = {
        "item_id": str(clerk.item_id),
        "applicant": {
            "kind": "person",
            "name": "阿依古丽·买买提",
            "id_kind": "resident_id",
            "id_number": RESIDENT_ID,
            "phone": f"138999900{number:02}",
        },
        "materials": all_materials(),
    }
    return post(
        "/api/v1/cases",
        token,
        json.dumps(body, ensure_ascii=False).encode(),
        is_repeatable=is_repeatable,
    )
