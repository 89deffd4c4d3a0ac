"""The contract's frame: its description, the problem document, and what every reply carries."""

import json
import re
from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from yimen.core.problems import PROBLEM_TYPE, Problem

JsonObject = dict[str, Any]

DESCRIPTION = """\
政务服务中心（县级）的统一后台：收件、时限、告知、否定报备、考核。

- 登录：`POST /api/v1/auth/token`（OAuth2 password），点击右上角 Authorize 即可在本页调用。
- 写操作：POST 可带 `Idempotency-Key` 安全重试；命令与修改须带 `If-Match`（读取时返回的 `ETag`）。
- 列表：`limit`（最多 200）与 `cursor`；返回 `items`、`next_cursor`。
- 导出：列表加 `Accept: text/csv` 或 xlsx 的媒体类型，即得同一列表的全部（不分页，每次导出都留痕）。
- 错误：`application/problem+json`，`code` 永不改变，全部代码见 `GET /api/v1/errors`。
- 时间：`2026-11-24T10:00:00+08:00`；日期：`2026-11-24`；金额与分值为十进制字符串。
"""


def name_operation(route: APIRoute) -> str:
    """``cases_take_in``: what a generated client calls the operation; stable as its endpoint."""
    return "_".join([*(str(tag).replace("-", "_") for tag in route.tags), route.name])


class _Examples:
    """Completes the document's examples, from which FastAPI leaves out whatever is null."""

    def __init__(self, schemas: JsonObject) -> None:
        self.schemas = schemas

    def complete(self, value: object, schema: JsonObject) -> object:
        """The example with null for each field that is always there and may be null."""
        schema = self.resolve(schema)
        if isinstance(value, list) and "items" in schema:
            return [self.complete(one, schema["items"]) for one in value]
        if not isinstance(value, dict) or "properties" not in schema:
            return value
        always = schema.get("required", ())
        fields = schema["properties"]
        completed = {
            name: self.complete(value[name], field) if name in value else None
            for name, field in fields.items()
            if name in value or (name in always and _may_be_null(field))
        }
        return completed | {name: value[name] for name in value if name not in fields}

    def compose(self, schema: JsonObject) -> object:
        """An example of a list or a page, from that of what it lists."""
        schema = self.resolve(schema)
        if "examples" in schema:
            return schema["examples"][0]
        if "items" in schema:
            return [self.compose(schema["items"])]
        return {
            name: None if _may_be_null(field) else self.compose(field)
            for name, field in schema.get("properties", {}).items()
        }

    def resolve(self, schema: JsonObject) -> JsonObject:
        """Behind references and ``… | None``; a choice of several stays one."""
        while "$ref" in schema or "anyOf" in schema:
            if "$ref" in schema:
                schema = self.schemas[schema["$ref"].rpartition("/")[2]]
                continue
            options = [option for option in schema["anyOf"] if option.get("type") != "null"]
            if len(options) != 1:
                break
            schema = options[0]
        return schema


def _may_be_null(schema: JsonObject) -> bool:
    return any(option.get("type") == "null" for option in schema.get("anyOf", [schema]))


def complete_examples(document: JsonObject) -> None:
    """Give every schema's examples their nulls, and every list and page an example."""
    examples = _Examples(document["components"]["schemas"])
    for schema in examples.schemas.values():
        if "examples" in schema:
            schema["examples"] = [examples.complete(one, schema) for one in schema["examples"]]
    for methods in document["paths"].values():
        for operation in methods.values():
            for status, response in operation["responses"].items():
                media = response.get("content", {}).get("application/json")
                if not media or not status.startswith("2"):
                    continue
                if "examples" not in examples.resolve(media["schema"]):
                    media["example"] = examples.compose(media["schema"])


def share_problems(document: JsonObject) -> None:
    """Tell each error's example once, and refer to it from the operations."""
    shared = document["components"].setdefault("examples", {})
    for methods in document["paths"].values():
        for operation in methods.values():
            for response in operation["responses"].values():
                examples = response.get("content", {}).get(PROBLEM_TYPE, {}).get("examples", {})
                for code in examples:
                    shared[code] = examples[code]
                    examples[code] = {"$ref": f"#/components/examples/{code}"}
    document["components"]["examples"] = dict(sorted(shared.items()))


HEADERS: JsonObject = {
    "ETag": {
        "description": "该资源的版本；提交命令或修改时放入 If-Match",
        "schema": {"type": "string", "examples": ['"1"']},
    },
    "Retry-After": {
        "description": "多少秒后可以再试",
        "schema": {"type": "integer", "examples": [5]},
    },
}


def _operations(document: JsonObject) -> Iterator[JsonObject]:
    for methods in document["paths"].values():
        yield from methods.values()


def require_what_is_required(document: JsonObject) -> None:
    """Say of the parameters what FastAPI cannot: If-Match has its own 428, and none can be null."""
    for operation in _operations(document):
        for parameter in operation.get("parameters", ()):
            parameter["required"] = parameter["required"] or parameter["name"] == "If-Match"
            schema = parameter["schema"]
            options = [one for one in schema.get("anyOf", ()) if one.get("type") != "null"]
            if len(options) == 1:
                del schema["anyOf"]
                parameter["schema"] = options[0] | schema
            elif options:
                schema["anyOf"] = options


def _plain_name(name: str) -> str:
    """``CasesAcceptCommand`` and ``CaseSummaryPage`` for what a generator of classes makes up."""
    if found := re.fullmatch(r"yimen__domains__([a-z]+)__\w+?__([A-Z]\w+)", name):
        return found[1].capitalize() + found[2]
    if found := re.fullmatch(r"Page_(\w+)_", name):
        return f"{found[1]}Page"
    return name.replace("-", "")


def name_schemas(document: JsonObject) -> JsonObject:
    """The document with names that a client's own code can bear."""
    names = {name: _plain_name(name) for name in document["components"]["schemas"]}
    assert len(set(names.values())) == len(names), "two schemas would share a name"
    schemas = document["components"]["schemas"]
    document["components"]["schemas"] = {
        names[name]: schemas[name] for name in sorted(schemas, key=names.__getitem__)
    }
    text = re.sub(
        r'"#/components/schemas/([^"]+)"',
        lambda found: f'"#/components/schemas/{names[found[1]]}"',
        json.dumps(document, ensure_ascii=False),
    )
    renamed: JsonObject = json.loads(text)
    return renamed


def describe_api(app: FastAPI, root_path: str) -> None:
    """Give the app its OpenAPI document, built once, with our error shape instead of FastAPI's."""

    def build() -> JsonObject:
        if app.openapi_schema:
            return app.openapi_schema
        document = get_openapi(
            title=app.title,
            version=app.version,
            openapi_version="3.1.0",
            summary=app.summary,
            description=app.description,
            routes=app.routes,
        )
        used = {
            tag for path in document["paths"].values() for op in path.values() for tag in op["tags"]
        }
        document["tags"] = [tag for tag in app.openapi_tags or [] if tag["name"] in used]
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        schemas.pop("HTTPValidationError", None)
        schemas.pop("ValidationError", None)
        problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas |= problem.pop("$defs", {})
        for name in set(problem["properties"]) - set(problem["required"]):
            told = problem["properties"][name]  # left out when there is nothing to say, never null
            del told["default"]
            told |= next(one for one in told.pop("anyOf") if one.get("type") != "null")
        schemas["Problem"] = problem
        for operations in document["paths"].values():
            for operation in operations.values():
                default = operation.get("responses", {}).get("422", {}).get("content", {})
                if "HTTPValidationError" in str(default.get("application/json", "")):
                    default.pop("application/json")
                    if not default:
                        operation["responses"].pop("422")
        document = name_schemas(document)
        require_what_is_required(document)
        document["components"]["headers"] = HEADERS
        document["servers"] = [{"url": root_path or "/", "description": "本服务"}]
        for operation in _operations(document):
            operation.setdefault("security", [])  # said, not left out: no token is asked for
        complete_examples(document)
        share_problems(document)
        for scheme in document["components"]["securitySchemes"].values():
            for flow in scheme["flows"].values():  # the explorer's Authorize, behind a proxy too
                flow["tokenUrl"] = root_path + flow["tokenUrl"]
        app.openapi_schema = document
        return document

    app.openapi = build  # type: ignore[method-assign] # FastAPI's documented way to extend it
