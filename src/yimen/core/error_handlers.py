"""Turns whatever was raised into a problem document; nothing of the exception leaks."""

from typing import Any

import asyncpg
import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.routing import compile_path

from yimen.core.errors import (
    BY_CONSTRAINT,
    AppError,
    BadRequest,
    BodyTooLarge,
    Conflict,
    FieldProblem,
    Forbidden,
    Internal,
    InvalidInput,
    MethodNotAllowed,
    NotFound,
    Unauthenticated,
    Unavailable,
    UnsupportedMediaType,
)
from yimen.core.idempotency import Replay
from yimen.core.problems import problem_response

log = structlog.get_logger()

BY_STATUS: dict[int, type[AppError]] = {
    400: BadRequest,
    401: Unauthenticated,
    403: Forbidden,
    404: NotFound,
    405: MethodNotAllowed,
    413: BodyTooLarge,
    415: UnsupportedMediaType,
}

SENTENCES = {
    "missing": "缺少必填项。",
    "extra_forbidden": "没有这个字段。",
    "string_type": "应为文字。",
    "string_too_short": "内容太短，至少 {min_length} 个字符。",
    "string_too_long": "内容太长，最多 {max_length} 个字符。",
    "string_pattern_mismatch": "格式不正确。",
    "string_unicode": "含有无法识别的字符。",
    "int_type": "应为整数。",
    "int_parsing": "应为整数。",
    "int_from_float": "应为整数。",
    "bool_type": "应为 true 或 false。",
    "bool_parsing": "应为 true 或 false。",
    "uuid_type": "编号格式不正确。",
    "uuid_parsing": "编号格式不正确。",
    "enum": "只能是下列之一：{expected}。",
    "literal_error": "只能是下列之一：{expected}。",
    "greater_than": "应大于 {gt}。",
    "greater_than_equal": "应不小于 {ge}。",
    "less_than": "应小于 {lt}。",
    "less_than_equal": "应不大于 {le}。",
    "list_type": "应为列表。",
    "too_short": "至少 {min_length} 项。",
    "too_long": "最多 {max_length} 项。",
    "dict_type": "应为对象。",
    "model_type": "应为对象。",
    "model_attributes_type": "应为对象。",
    "json_invalid": "JSON 格式有误。",
    "timezone_aware": "时间须带时区，例如 2026-11-24T10:00:00+08:00。",
}


def sentence_for(kind: str, context: dict[str, Any]) -> str:
    """A Chinese sentence for one of pydantic's error types."""
    if kind == "value_error":
        return str(context.get("error", "内容不正确。"))
    if kind.startswith(("date_", "datetime_")):
        return "日期或时间格式不正确，日期如 2026-11-24,时间如 2026-11-24T10:00:00+08:00。"
    if kind.startswith("decimal_"):
        return '应为金额或分值，例如 "12.50"。'
    try:
        return SENTENCES.get(kind, "内容不正确。").format(**context)
    except (KeyError, IndexError):
        return "内容不正确。"


def pointer_to(location: tuple[int | str, ...]) -> str:
    """``('body', 'applicant', 'phone')`` → ``/applicant/phone``; others keep their place's name."""
    parts = location[1:] if location and location[0] == "body" else location
    return "/" + "/".join(str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def describe_validation(error: RequestValidationError | ValidationError) -> InvalidInput:
    """Each problem of the input with its pointer, without what was submitted."""
    return InvalidInput(
        errors=[
            FieldProblem(
                pointer_to(tuple(item["loc"])),
                item["type"],
                sentence_for(item["type"], item.get("ctx", {})),
            )
            for item in error.errors()
        ]
    )


def describe_integrity(error: IntegrityError) -> AppError:
    """The named fact behind a violated constraint."""
    cause = getattr(error.orig, "__cause__", None) or error.orig
    name = getattr(cause, "constraint_name", None)
    known = BY_CONSTRAINT.get(str(name))
    if known is not None:
        return known()
    log.warning("constraint_violated", constraint=name)
    return Conflict()


TRANSIENT = ("40001", "40P01", "55P03", "57014")  # serialisation, dead-lock, lock wait, time-out
AWAY = ("08", "53", "57P")  # connection, resources, shut-down


def describe_database(error: DBAPIError) -> AppError:
    """Away or overloaded is 503; what the database cannot store is 422; the rest is our fault."""
    cause = getattr(error.orig, "__cause__", None) or error.orig
    state = str(getattr(cause, "sqlstate", "") or "")
    if state.startswith("22"):
        return InvalidInput("提交的内容含有系统不能保存的字符或数值。")
    if error.connection_invalidated or state.startswith(AWAY) or state in TRANSIENT:
        return Unavailable(retry_after_seconds=2)
    if isinstance(error, OperationalError) or isinstance(cause, (OSError, TimeoutError)):
        return Unavailable(retry_after_seconds=2)
    if isinstance(cause, (asyncpg.InterfaceError, asyncpg.InternalClientError)):
        return Unavailable(retry_after_seconds=2)  # the connection was cut
    log.error("database_error", exc_info=error)
    return Internal()


async def on_app_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, AppError)
    return problem_response(error)


async def on_replay(_: Request, error: Exception) -> Response:
    assert isinstance(error, Replay)
    return error.response


async def on_validation(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return problem_response(describe_validation(error))


def methods_of(request: Request) -> list[str]:
    """Every method that the contract has for a path; the router knows only its first route."""
    path = request.url.path.removeprefix(request.scope.get("root_path", ""))
    paths = request.app.openapi()["paths"]
    fitting = [template for template in paths if compile_path(template)[0].match(path)]
    if not fitting:
        return []
    # what is named goes before an id, as in the router
    return sorted(method.upper() for method in paths[min(fitting, key=lambda one: one.count("{"))])


async def on_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    known = BY_STATUS.get(error.status_code, BadRequest if error.status_code < 500 else Internal)
    response = problem_response(known())
    if error.status_code == 405:
        response.headers["Allow"] = ", ".join(methods_of(request))
    return response


async def on_database(_: Request, error: Exception) -> Response:
    assert isinstance(error, DBAPIError)
    if isinstance(error, IntegrityError):
        return problem_response(describe_integrity(error))
    return problem_response(describe_database(error))


async def on_away(_: Request, __: Exception) -> Response:
    return problem_response(Unavailable(retry_after_seconds=2))


def install_error_handlers(app: FastAPI) -> None:
    """Every way a request can fail gets its problem document; what is left, from `Observe`."""
    app.add_exception_handler(AppError, on_app_error)
    app.add_exception_handler(Replay, on_replay)
    app.add_exception_handler(RequestValidationError, on_validation)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(DBAPIError, on_database)
    for away in (PoolTimeout, ConnectionError, TimeoutError, OSError):
        app.add_exception_handler(away, on_away)
