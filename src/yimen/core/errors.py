"""Errors as named facts: each class has a permanent code and a Chinese sentence to act on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

CATALOGUE: dict[str, type["AppError"]] = {}
"""Every error by its code; served at ``/api/v1/errors``."""

BY_CONSTRAINT: dict[str, type["AppError"]] = {}
"""What a violated constraint of the database means, by the constraint's name."""


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """What is wrong with one field of the input; never holds the submitted value."""

    pointer: str
    """JSON pointer into the body (``/applicant/phone``) or ``/query/limit``, ``/path/id``."""
    code: str
    detail: str


class AppError(Exception):
    """The base of all errors that reach a caller as ``application/problem+json``."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = ""
    title: ClassVar[str] = ""
    constraint: ClassVar[str | None] = None

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "code" in cls.__dict__ and cls.code:
            known = CATALOGUE.setdefault(cls.code, cls)
            assert known.__qualname__ == cls.__qualname__, f"two errors share the code {cls.code}"
        if cls.__dict__.get("constraint"):
            BY_CONSTRAINT[str(cls.constraint)] = cls

    def __init__(
        self,
        detail: str | None = None,
        *,
        article: str | None = None,
        allowed: Sequence[str] | None = None,
        errors: Sequence[FieldProblem] = (),
        retry_after_seconds: int | None = None,
    ) -> None:
        self.detail = detail or self.title
        self.article = article
        self.allowed = list(allowed) if allowed is not None else None
        self.errors = list(errors)
        self.retry_after_seconds = retry_after_seconds
        super().__init__(self.detail)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a command cannot be given: by who asks (``forbidden`` and the like), or by the state.

    What a policy answers; ``code`` is that of the error with which the command is refused.
    """

    code: str
    reason: str


class BadRequest(AppError):
    status = 400
    code = "bad_request"
    title = "请求无法读取，请检查格式后重试。"


class Unauthenticated(AppError):
    status = 401
    code = "unauthenticated"
    title = "尚未登录或登录已失效，请重新登录。"


class Forbidden(AppError):
    status = 403
    code = "forbidden"
    title = "您没有办理此项操作的权限。"


class PasswordMustChange(Forbidden):
    code = "password_must_change"
    title = "您的密码是临时密码，请先修改密码，再办理其他事项。"


class NotFound(AppError):
    status = 404
    code = "not_found"
    title = "没有找到该记录，或者您无权查看。"


class MethodNotAllowed(AppError):
    status = 405
    code = "method_not_allowed"
    title = "此地址不支持该请求方法。"


class Conflict(AppError):
    status = 409
    code = "conflict"
    title = "与已有记录冲突，请刷新后再试。"


class Stale(AppError):
    status = 412
    code = "stale"
    title = "该记录已被他人更新，请刷新后再提交。"


class BodyTooLarge(AppError):
    status = 413
    code = "body_too_large"
    title = "提交的内容过大。"


class UnsupportedMediaType(AppError):
    status = 415
    code = "unsupported_media_type"
    title = "不支持这种内容类型。"


class InvalidInput(AppError):
    status = 422
    code = "invalid_input"
    title = "提交的内容有误，请按提示修改。"


class PreconditionRequired(AppError):
    status = 428
    code = "precondition_required"
    title = "请先读取该记录，并在 If-Match 请求头中带上它的 ETag。"


class TooManyRequests(AppError):
    status = 429
    code = "too_many_requests"
    title = "请求过于频繁，请稍后再试。"


class Internal(AppError):
    status = 500
    code = "internal"
    title = "系统内部出错，本次操作没有保存；请凭请求编号联系管理员。"


class Unavailable(AppError):
    status = 503
    code = "unavailable"
    title = "系统暂时不可用，本次操作没有保存，请稍后重试。"
