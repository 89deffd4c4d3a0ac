"""The table of SECURITY.md, and what can be told from the contract as a whole."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

TESTS = Path(__file__).parent
TABLE = (TESTS / "SECURITY.md").read_text(encoding="utf-8")
NAMED = re.findall(r"`([a-z_/]+\.py)::(test_\w+)`", TABLE)
CONTRACT = json.loads((TESTS.parent / "openapi" / "openapi.json").read_text(encoding="utf-8"))
SCHEMAS = CONTRACT["components"]["schemas"]


def operations() -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in CONTRACT["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def test_every_test_named_in_the_table_exists() -> None:
    assert len(NAMED) > 60
    missing = [
        f"{file}::{name}"
        for file, name in NAMED
        if not (TESTS / file).exists()
        or not re.search(rf"^(async )?def {name}\(", (TESTS / file).read_text("utf-8"), re.M)
    ]
    assert missing == []


def test_every_row_of_the_table_names_a_test() -> None:
    rows = [line for line in TABLE.splitlines() if re.match(r"\| (API|V)[0-9]", line)]
    assert {f"API{n}" for n in range(1, 11)} <= {row.split()[1] for row in rows}
    assert [row for row in rows if "::test_" not in row] == []


def objects_within(schema: dict[str, Any], seen: set[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every named object that a request can hold."""
    for reference in re.findall(r"#/components/schemas/([\w-]+)", json.dumps(schema)):
        if reference not in seen:
            seen.add(reference)
            yield reference, SCHEMAS[reference]
            yield from objects_within(SCHEMAS[reference], seen)


def test_no_request_takes_a_member_it_does_not_know() -> None:
    seen: set[str] = set()
    lax = [
        name
        for _, operation in operations()
        for name, found in objects_within(operation.get("requestBody", {}), seen)
        if found.get("type") == "object" and found.get("additionalProperties") is not False
    ]
    assert len(seen) > 100
    assert lax == []


def test_every_page_has_a_largest_size() -> None:
    limits = [
        (name, parameter["schema"])
        for name, operation in operations()
        for parameter in operation.get("parameters", ())
        if parameter["name"] == "limit"
    ]
    assert len(limits) > 20
    assert [name for name, schema in limits if not schema.get("maximum", 10_000) <= 500] == []


def test_no_address_asks_for_personal_data() -> None:
    """Addresses lie in histories and logs of proxies: numbers and names are asked for in bodies."""
    personal = re.compile(r"phone|id_number|applicant|password|secret|token|signature")
    asked = [
        f"{name}: {parameter['name']}"
        for name, operation in operations()
        for parameter in operation.get("parameters", ())
        if parameter["in"] in ("query", "path") and personal.search(parameter["name"])
    ]
    assert asked == []
