"""What breaks a client, and what does not."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.contract.breaking import breaches

JsonObject = dict[str, Any]

CONTRACT = Path(__file__).parents[2] / "openapi" / "openapi.json"
CASE = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "state": {"type": "string", "enum": ["accepted", "granted"]},
        "due_at": {"anyOf": [{"type": "string"}, {"type": "null"}]},
        "parts": {"type": "array", "items": {"$ref": "#/components/schemas/Case"}},
    },
    "required": ["id", "state", "due_at"],
}
WISH = {
    "type": "object",
    "properties": {"name": {"type": "string", "maxLength": 40}, "note": {"type": "string"}},
    "required": ["name"],
}
DOCUMENT: JsonObject = {
    "paths": {
        "/cases": {
            "post": {
                "operationId": "cases_take_in",
                "parameters": [
                    {"name": "dry_run", "in": "query", "required": False,
                     "schema": {"type": "boolean"}}
                ],
                "requestBody": {
                    "required": True,
                    "content": {
                        "application/json": {"schema": {"$ref": "#/components/schemas/Wish"}}
                    },
                },
                "responses": {
                    "201": {
                        "headers": {"ETag": {}},
                        "content": {
                            "application/json": {"schema": {"$ref": "#/components/schemas/Case"}}
                        },
                    }
                },
            }
        }
    },
    "components": {"schemas": {"Case": CASE, "Wish": WISH}},
}  # fmt: skip


def operation(document: JsonObject) -> JsonObject:
    found: JsonObject = document["paths"]["/cases"]["post"]
    return found


def schema(document: JsonObject, name: str) -> JsonObject:
    found: JsonObject = document["components"]["schemas"][name]
    return found


def field(document: JsonObject, name: str, of: str) -> JsonObject:
    found: JsonObject = schema(document, name)["properties"][of]
    return found


Change = Callable[[JsonObject], object]

BREAKS: list[tuple[Change, str]] = [
    (lambda d: d["paths"].pop("/cases"), "POST /cases: gone"),
    (lambda d: operation(d).update(operationId="x"), "POST /cases: called cases_take_in no more"),
    (lambda d: operation(d)["parameters"].clear(), "POST /cases dry_run: taken no more"),
    (
        lambda d: operation(d)["parameters"][0].update(required=True),
        "POST /cases dry_run: now required",
    ),
    (
        lambda d: operation(d)["parameters"][0].update(schema={"type": "integer"}),
        "POST /cases dry_run: boolean became integer",
    ),
    (
        lambda d: operation(d)["responses"]["201"].pop("headers"),
        "POST /cases 201: header ETag gone",
    ),
    (
        lambda d: operation(d).update(responses={"200": operation(d)["responses"]["201"]}),
        "POST /cases 201: given no more",
    ),
    (lambda d: schema(d, "Case")["properties"].pop("state"), "Case.state: gone"),
    (lambda d: schema(d, "Case")["required"].remove("id"), "Case.id: no longer always there"),
    (lambda d: field(d, "Case", "id").pop("format"), "Case.id: format uuid became None"),
    (
        lambda d: field(d, "Case", "state")["enum"].remove("granted"),
        "Case.state: 'granted' no longer a choice",
    ),
    (
        lambda d: field(d, "Case", "id").update(type="integer"),
        "Case.id: string became integer",
    ),
    (
        lambda d: schema(d, "Case")["properties"].update(
            id={"anyOf": [field(d, "Case", "id"), {"type": "null"}]}
        ),
        "Case.id: string became null or string",
    ),
    (lambda d: schema(d, "Wish")["properties"].pop("note"), "Wish.note: gone"),
    (lambda d: schema(d, "Wish")["required"].append("note"), "Wish.note: now required"),
    (lambda d: field(d, "Wish", "name").update(maxLength=20), "Wish.name: maxLength now 20"),
    (lambda d: field(d, "Wish", "name").update(minLength=1), "Wish.name: minLength now 1"),
    (lambda d: field(d, "Wish", "name").update(pattern="^a"), "Wish.name: pattern now ^a"),
    (lambda d: field(d, "Wish", "note").update(enum=["a", "b"]), "Wish.note: now one of a, b"),
]

IS_FINE: list[Change] = [
    lambda d: d["paths"].update({"/more": copy.deepcopy(d["paths"]["/cases"])}),
    lambda d: schema(d, "Case")["properties"].update(more={"type": "string"}),
    lambda d: schema(d, "Wish")["properties"].update(more={"type": "string"}),
    lambda d: schema(d, "Wish")["required"].remove("name"),
    lambda d: schema(d, "Case")["required"].append("parts"),
    lambda d: field(d, "Case", "due_at").update(anyOf=[{"type": "string"}]),
    lambda d: schema(d, "Wish")["properties"].update(
        note={"anyOf": [{"type": "string"}, {"type": "null"}]}
    ),
    lambda d: field(d, "Case", "state")["enum"].append("delivered"),
    lambda d: field(d, "Wish", "name").update(maxLength=80),
    lambda d: field(d, "Case", "id").update(maxLength=36),
]


@pytest.mark.parametrize(("change", "breach"), BREAKS, ids=[breach for _, breach in BREAKS])
def test_a_breach_is_named(change: Change, breach: str) -> None:
    new = copy.deepcopy(DOCUMENT)
    change(new)
    assert breaches(DOCUMENT, new) == [breach]


@pytest.mark.parametrize("change", IS_FINE)
def test_more_than_was_promised_is_no_breach(change: Change) -> None:
    new = copy.deepcopy(DOCUMENT)
    change(new)
    assert new != DOCUMENT
    assert breaches(DOCUMENT, new) == []


def test_another_name_of_a_schema_is_no_breach() -> None:
    new = json.loads(json.dumps(DOCUMENT).replace("Case", "Matter"))
    assert breaches(DOCUMENT, new) == []


def test_the_contract_keeps_its_own_promise() -> None:
    contract = json.loads(CONTRACT.read_text(encoding="utf-8"))
    assert breaches(contract, contract) == []
