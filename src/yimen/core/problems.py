"""RFC 9457 problem documents: how an error looks on the wire and in the contract."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Annotated, Any

import orjson
from asgi_correlation_id import correlation_id
from fastapi import Response
from pydantic import BaseModel, Field

from yimen.core.errors import AppError

PROBLEM_TYPE = "application/problem+json"
CATALOGUE_PATH = "/api/v1/errors"


class ProblemField(BaseModel):
    """What is wrong with one input field."""

    pointer: Annotated[str, Field(description="字段位置，如 /applicant/phone", examples=["/limit"])]
    code: Annotated[str, Field(description="固定的英文代码", examples=["out_of_range"])]
    detail: Annotated[str, Field(description="说明", examples=["应不大于 200。"])]


class Problem(BaseModel):
    """An error, in the form of RFC 9457."""

    type: Annotated[str, Field(description="错误目录中的地址")]
    title: Annotated[str, Field(description="错误名称")]
    status: Annotated[int, Field(description="HTTP 状态码")]
    detail: Annotated[str, Field(description="给经办人看的一句话")]
    code: Annotated[str, Field(description="固定的英文代码，永不改变")]
    request_id: Annotated[str, Field(description="请求编号，报障时请提供")]
    article: Annotated[str | None, Field(description="所依据的条款")] = None
    allowed: Annotated[list[str] | None, Field(description="当前状态下可以办理的操作")] = None
    errors: Annotated[list[ProblemField] | None, Field(description="逐字段的问题")] = None


def problem_body(error: AppError) -> dict[str, Any]:
    """The members of the problem document of an error."""
    body: dict[str, Any] = {
        "type": f"{CATALOGUE_PATH}/{error.code}",
        "title": type(error).title,
        "status": error.status,
        "detail": error.detail,
        "code": error.code,
        "request_id": correlation_id.get() or "-",
    }
    if error.article is not None:
        body["article"] = error.article
    if error.allowed is not None:
        body["allowed"] = error.allowed
    if error.errors:
        body["errors"] = [
            {"pointer": problem.pointer, "code": problem.code, "detail": problem.detail}
            for problem in error.errors
        ]
    return body


def problem_response(error: AppError) -> Response:
    """The reply for an error."""
    headers = {}
    if error.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if error.retry_after_seconds is not None:
        headers["Retry-After"] = str(error.retry_after_seconds)
    elif error.status in (429, 503):
        headers["Retry-After"] = "5"
    return Response(
        content=orjson.dumps(problem_body(error)),
        status_code=error.status,
        headers=headers,
        media_type=PROBLEM_TYPE,
    )


def problem_responses(errors: Sequence[type[AppError]]) -> dict[int | str, dict[str, Any]]:
    """The ``responses`` of an operation: its errors by status, each with an example."""
    by_status: dict[int, list[type[AppError]]] = defaultdict(list)
    for error in errors:
        if error not in by_status[error.status]:
            by_status[error.status].append(error)
    responses: dict[int | str, dict[str, Any]] = {}
    for status, kinds in sorted(by_status.items()):
        examples = {
            kind.code: {
                "summary": kind.title,
                "value": problem_body(kind()) | {"request_id": "0f3c2b7e4d5a4c1e9a8b7c6d5e4f3a2b"},
            }
            for kind in kinds
        }
        responses[status] = {
            "description": "；".join(kind.title.rstrip("。") for kind in kinds),
            "content": {
                PROBLEM_TYPE: {
                    "schema": {"$ref": "#/components/schemas/Problem"},
                    "examples": examples,
                }
            },
        }
        if status in (429, 503):
            responses[status]["headers"] = {
                "Retry-After": {"$ref": "#/components/headers/Retry-After"}
            }
    return responses
