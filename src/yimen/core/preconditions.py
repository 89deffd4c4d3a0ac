"""ETag and If-Match: nobody overwrites what they have not seen."""

from typing import Annotated

from fastapi import Header, Response

from yimen.core.errors import FieldProblem, InvalidInput, PreconditionRequired, Stale


def put_etag(response: Response, version: int) -> None:
    """Name the version of the resource in the reply."""
    response.headers["ETag"] = f'"{version}"'


async def read_if_match(
    if_match: Annotated[
        str | None,
        Header(
            alias="If-Match",
            max_length=100,
            description="读取该资源时得到的 ETag;缺少时返回 428,过期时返回 412",
            examples=['"1"'],
        ),
    ] = None,
) -> int:
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
