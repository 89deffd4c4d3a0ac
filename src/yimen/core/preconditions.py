"""ETag and If-Match: nobody overwrites what they have not seen."""

from collections.abc import Callable
from types import FunctionType

from fastapi import Response

from yimen.core.errors import FieldProblem, InvalidInput, PreconditionRequired, Stale

ETAG_HEADER = {"headers": {"ETag": {"$ref": "#/components/headers/ETag"}}}
"""How an operation says that its reply names the version of the resource."""


def names_version(endpoint: Callable[..., object]) -> bool:
    """Whether an endpoint puts the ETag into its reply: what it does, the contract says."""
    return isinstance(endpoint, FunctionType) and put_etag.__name__ in endpoint.__code__.co_names


def put_etag(response: Response, version: int) -> None:
    """Name the version of the resource in the reply."""
    response.headers["ETag"] = f'"{version}"'


def parse_etag(if_match: str | None) -> int:
    """The version that the caller has seen; 428 without one, 422 for what is no ETag of ours."""
    if if_match is None:
        raise PreconditionRequired
    text = if_match.strip().removeprefix("W/").strip('"')
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise InvalidInput(
            errors=[FieldProblem("/header/If-Match", "invalid_etag", "If-Match 不是有效的 ETag。")]
        )
    return int(text)


def require_version(current: int, seen: int) -> None:
    """Raise :class:`Stale` when the resource has moved on since the caller read it."""
    if current != seen:
        raise Stale
