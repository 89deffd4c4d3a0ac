"""The contract: current, valid, complete, and every example in it true."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from jsonschema import Draft202012Validator, FormatChecker
from openapi_spec_validator import OpenAPIV31SpecValidator
from pydantic import TypeAdapter, ValidationError

from yimen import registry
from yimen.core.errors import CATALOGUE
from yimen.core.problems import CATALOGUE_PATH, PROBLEM_TYPE
from yimen.core.routing import Router

COMMITTED = Path(__file__).parents[1] / "openapi" / "openapi.json"
CHINESE = re.compile(r"[\u4e00-\u9fff]")
OPERATION_ID = re.compile(r"[a-z]+(_[a-z]+)+")

JsonObject = dict[str, Any]


class Operation(NamedTuple):
    """One operation of the document, with where to find it."""

    method: str
    path: str
    said: JsonObject

    def __str__(self) -> str:
        return f"{self.method.upper()} {self.path}"

    def parameters(self, place: str) -> set[str]:
        return {p["name"] for p in self.said.get("parameters", ()) if p["in"] == place}


@pytest.fixture(scope="module")
def document(application: FastAPI) -> JsonObject:
    return application.openapi()


@pytest.fixture(scope="module")
def operations(document: JsonObject) -> list[Operation]:
    found = [
        Operation(method, path, said)
        for path, methods in document["paths"].items()
        for method, said in methods.items()
    ]
    assert len(found) > 80
    return found


@pytest.fixture(scope="module")
def faults_of(document: JsonObject) -> "FaultsOf":
    return FaultsOf(document)


class FaultsOf:
    """What is wrong with a value by one of the document's schemas."""

    def __init__(self, document: JsonObject) -> None:
        self.components = document["components"]

    def __call__(self, value: object, schema: JsonObject) -> list[str]:
        validator = Draft202012Validator(
            schema | {"components": self.components}, format_checker=FormatChecker()
        )
        return [
            f"{error.json_path}: {error.message[:200]}" for error in validator.iter_errors(value)
        ]

    def resolve(self, schema: JsonObject) -> JsonObject:
        while "$ref" in schema:
            schema = self.components["schemas"][schema["$ref"].rpartition("/")[2]]
        return schema

    def examples(self, media: JsonObject) -> list[object]:
        """The examples of a body: its own, or its schema's."""
        if "example" in media:
            return [media["example"]]
        if "examples" in media:
            return [example["value"] for example in media["examples"].values()]
        return list(self.resolve(media["schema"]).get("examples", []))


def test_the_committed_contract_is_current(document: JsonObject) -> None:
    current = json.dumps(document, ensure_ascii=False, indent=2) + "\n"
    assert COMMITTED.read_text() == current, "run `make openapi`"


def test_the_contract_is_valid_openapi(document: JsonObject) -> None:
    assert document["openapi"].startswith("3.1.")
    OpenAPIV31SpecValidator(document).validate()


def test_every_operation_says_in_chinese_what_it_does(operations: list[Operation]) -> None:
    assert [str(o) for o in operations if not CHINESE.search(o.said.get("summary", ""))] == []
    assert [str(o) for o in operations if len(o.said.get("tags", ())) != 1] == []


def test_operation_ids_can_be_read_and_do_not_repeat(operations: list[Operation]) -> None:
    ids = [operation.said["operationId"] for operation in operations]
    assert [name for name, count in Counter(ids).items() if count > 1] == []
    assert [name for name in ids if not OPERATION_ID.fullmatch(name)] == []
    assert {"cases_take_in", "auth_grant_token", "calendar_publish_year"} <= set(ids)


def routes() -> Iterator[tuple[Router, APIRoute]]:
    """Every route of the registry with its router."""
    for router in registry.ROUTERS:
        for route in router.routes:
            assert isinstance(route, APIRoute)
            yield router, route


def problems(operation: Operation) -> Iterator[tuple[int, JsonObject]]:
    """The declared errors of an operation: their status, their media types."""
    for status, response in operation.said["responses"].items():
        if int(status) >= 400:
            yield int(status), response["content"]


def test_every_declared_error_is_in_the_catalogue_and_has_an_example(
    operations: list[Operation], faults_of: FaultsOf
) -> None:
    seen: set[str] = set()
    for operation in operations:
        for status, content in problems(operation):
            assert list(content) == [PROBLEM_TYPE], f"{operation} {status}"
            examples = content[PROBLEM_TYPE]["examples"]
            assert examples, f"{operation} {status}"
            for code, reference in examples.items():
                assert reference == {"$ref": f"#/components/examples/{code}"}
                value = faults_of.components["examples"][code]["value"]
                assert CATALOGUE[code].status == status == value["status"]
                assert value["code"] == code
                assert value["type"] == f"{CATALOGUE_PATH}/{code}"
                assert CHINESE.search(value["detail"])
                assert faults_of(value, content[PROBLEM_TYPE]["schema"]) == []
                seen.add(code)
    # the frame's own, of no operation in particular; and a hall whose clock stands before 2008
    assert set(CATALOGUE) - seen <= {
        "conflict", "internal", "method_not_allowed", "no_edition_in_force", "too_many_requests",
        "unsupported_media_type",
        "backup_failed", "backup_place_taken", "no_backup", "restore_elsewhere",  # the command's
        "item_code_taken",  # said of a row of a file
    }  # fmt: skip


def test_every_operation_declares_what_can_go_wrong_with_it(operations: list[Operation]) -> None:
    public = {
        f"/api/v1{route.path_format}"
        for router, route in routes()
        if route.endpoint in router.public_endpoints
    }
    assert public
    missing = []
    for operation in operations:
        expected = set()
        if operation.path.startswith("/api/v1/") and not operation.path.startswith(CATALOGUE_PATH):
            expected |= {422, 503}
            if operation.path in public:
                assert operation.said["security"] == [], str(operation)
            else:
                expected |= {401, 403}
                assert operation.said.get("security"), str(operation)
        if operation.parameters("path"):
            expected |= {404, 422}
        if operation.method != "get":
            expected.add(413)
        if "If-Match" in operation.parameters("header"):
            expected |= {412, 428}
        if "Idempotency-Key" in operation.parameters("header"):
            expected |= {409}
        declared = {status for status, _ in problems(operation)}
        if expected - declared:
            missing.append(f"{operation}: {sorted(expected - declared)}")
    assert missing == []


def test_commands_and_changes_ask_for_if_match_and_posts_take_a_key(
    operations: list[Operation],
) -> None:
    for operation in operations:
        headers = operation.parameters("header")
        if operation.method in ("patch", "put"):
            assert "If-Match" in headers, str(operation)
        if operation.method == "get":
            assert "Idempotency-Key" not in headers, str(operation)
    without_key = {
        operation.said["operationId"]
        for operation in operations
        if operation.method == "post" and "Idempotency-Key" not in operation.parameters("header")
    }
    assert without_key == SECRET_REPLIES


SECRET_REPLIES = {
    "auth_grant_token",
    "auth_refresh_token",
    "auth_log_out",
    "auth_change_password",
    "auth_end_session",
    "accounts_create_account",
    "accounts_reset_password",
    "public_cases_look_up",
    "public_ratings_look_up",
    "public_queue_look_up",
    "public_appointments_look_up",
    "public_complaints_look_up",
    "auth_grant_device_token",
    "devices_register_device",
    "devices_rotate_secret",
    "webhooks_subscribe",
}
"""POSTs whose replies must not be kept: tokens, passwords, what the public looked up; or which end
the log-in that asks."""


def test_every_request_body_has_an_example_that_validates(
    operations: list[Operation], faults_of: FaultsOf
) -> None:
    faults = []
    for operation in operations:
        for kind, media in operation.said.get("requestBody", {}).get("content", {}).items():
            examples = faults_of.examples(media)
            if not examples:
                faults.append(f"{operation} {kind}: no example")
            for example in examples:
                faults += [f"{operation}: {fault}" for fault in faults_of(example, media["schema"])]
    assert faults == []


def test_every_reply_has_an_example_that_validates(
    operations: list[Operation], faults_of: FaultsOf
) -> None:
    faults = []
    for operation in operations:
        good = {s: r for s, r in operation.said["responses"].items() if s.startswith("2")}
        assert len(good) == 1, str(operation)
        for status, response in good.items():
            if status == "204":
                assert "content" not in response, str(operation)
                continue
            for media in response["content"].values():
                assert media.get("schema"), str(operation)
                examples = faults_of.examples(media)
                if not examples:
                    faults.append(f"{operation} {status}: no example")
                for example in examples:
                    faults += [f"{operation}: {f}" for f in faults_of(example, media["schema"])]
    assert faults == []


def test_the_examples_pass_the_models_own_checks(
    operations: list[Operation], faults_of: FaultsOf
) -> None:
    """A JSON schema does not know that an identity number has a check digit."""
    said = {(o.method.upper(), o.path): o for o in operations}
    checked, faults = 0, []
    for _, route in routes():
        (method,) = route.methods or {"GET"}
        operation = said[method, f"/api/v1{route.path_format}"]
        media = operation.said.get("requestBody", {}).get("content", {}).get("application/json")
        if media is None or route.body_field is None:
            continue
        annotation: Any = route.body_field.field_info.annotation
        model: TypeAdapter[Any] = TypeAdapter(annotation)
        for example in faults_of.examples(media):
            checked += 1
            try:
                model.validate_json(json.dumps(example))
            except ValidationError as error:
                faults.append(f"{operation}: {error.errors(include_url=False)}")
    assert faults == []
    assert checked > 30


def gives_a_value(schema: JsonObject) -> bool:
    """Whether a reader of the schema alone can write down a value of it."""
    parts = [part for part in schema.get("anyOf", [schema]) if part.get("type") != "null"]
    return all(
        part.get("type") == "boolean"
        or part.get("format") in ("uuid", "date", "date-time")
        or "enum" in part
        or "const" in part
        for part in parts
    ) or schema.get("default") not in (None, "")


def test_every_parameter_has_an_example_or_a_form_that_gives_one(
    operations: list[Operation], faults_of: FaultsOf
) -> None:
    faults = []
    for operation in operations:
        for parameter in operation.said.get("parameters", ()):
            name = f"{operation} {parameter['name']}"
            schema = faults_of.resolve(parameter["schema"])
            examples = [*schema.get("examples", ())]
            if "example" in parameter:
                examples.append(parameter["example"])
            examples += [one["value"] for one in parameter.get("examples", {}).values()]
            parts = [faults_of.resolve(part) for part in schema.get("anyOf", [schema])]
            resolved = schema | ({"anyOf": parts} if "anyOf" in schema else {})
            if not examples and not gives_a_value(resolved):
                faults.append(f"{name}: no example")
            for example in examples:
                faults += [f"{name}: {fault}" for fault in faults_of(example, schema)]
    assert faults == []


def test_every_operation_says_who_may_call_it(operations: list[Operation]) -> None:
    said = {o.said["operationId"]: o.said.get("description", "") for o in operations}
    assert said["cases_take_in"] == "可调用：窗口工作人员、首席代表。"
    assert said["punches_receive_punches"] == "可调用：考勤机、中心办公室。"
    assert said["public_cases_look_up"] == "公开，无须登录。"
    assert said["auth_read_me"] == "可调用：登录后即可，密码是临时密码时也可。"
    assert [name for name, text in said.items() if not text.startswith(("公开", "可调用："))] == []


def test_what_asks_for_if_match_says_so_and_what_is_read_before_gives_the_etag(
    operations: list[Operation],
) -> None:
    gives = {
        operation.path
        for operation in operations
        for status, response in operation.said["responses"].items()
        if operation.method == "get" and status == "200" and "ETag" in response.get("headers", ())
    }
    without = set()
    for operation in operations:
        for given in operation.said.get("parameters", ()):
            if given["name"] == "If-Match":
                assert given["required"], str(operation)
                if not any(f"{operation.path}/".startswith(f"{above}/") for above in gives):
                    without.add(str(operation))
    # the calendar as a whole has its ETag at /calendar/status
    assert without == {"POST /api/v1/calendar/overrides"}


def test_schemas_have_names_that_a_client_can_bear(document: JsonObject) -> None:
    names = document["components"]["schemas"]
    assert [name for name in names if not re.fullmatch(r"([A-Z][a-z0-9]*)+", name)] == []


def test_what_is_always_shown_is_not_optional(document: JsonObject, faults_of: FaultsOf) -> None:
    """Else a client must ask for the absence of what is always there."""
    shown: set[str] = set()
    left = [
        response
        for methods in document["paths"].values()
        for operation in methods.values()
        for status, response in operation["responses"].items()
        if status.startswith("2")
    ]
    while left:
        names = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(left))) - shown
        shown |= names
        left = [faults_of.components["schemas"][name] for name in names]
    optional = {
        f"{name}.{field}"
        for name in shown
        for schema in [faults_of.components["schemas"][name]]
        for field in set(schema.get("properties", ())) - set(schema.get("required", ()))
    }
    assert len(shown) > 200
    assert optional == set()


def test_what_people_read_has_a_chinese_description(operations: list[Operation]) -> None:
    for operation in operations:
        for status, response in operation.said["responses"].items():
            if int(status) >= 400:
                assert CHINESE.search(response["description"]), f"{operation} {status}"
