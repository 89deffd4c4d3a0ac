"""The contract's frame: its description, the problem document, and what every reply carries."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from yimen.core.problems import Problem

DESCRIPTION = """\
政务服务中心（县级）的统一后台：收件、时限、告知、否定报备、考核。

- 登录：`POST /api/v1/auth/token`(OAuth2 password),点击右上角 Authorize 即可在本页调用。
- 写操作：POST 可带 `Idempotency-Key` 安全重试；命令与修改须带 `If-Match`（读取时返回的 `ETag`）。
- 列表：`limit`（最多 200）与 `cursor`;返回 `items`、`next_cursor`。
- 错误：`application/problem+json`,`code` 永不改变，全部代码见 `GET /api/v1/errors`。
- 时间：`2026-11-24T10:00:00+08:00`;日期：`2026-11-24`;金额与分值为十进制字符串。
"""


def describe_api(app: FastAPI) -> None:
    """Give the app its OpenAPI document, built once, with our error shape instead of FastAPI's."""

    def build() -> dict[str, Any]:
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
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        schemas.pop("HTTPValidationError", None)
        schemas.pop("ValidationError", None)
        problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas |= problem.pop("$defs", {})
        schemas["Problem"] = problem
        for operations in document["paths"].values():
            for operation in operations.values():
                default = operation.get("responses", {}).get("422", {}).get("content", {})
                if "HTTPValidationError" in str(default.get("application/json", "")):
                    default.pop("application/json")
                    if not default:
                        operation["responses"].pop("422")
        app.openapi_schema = document
        return document

    app.openapi = build  # type: ignore[method-assign] # FastAPI's documented way to extend it
