"""Idempotency-Key: a POST that is sent twice is done once.

The reply is stored in the transaction of the business itself. While a request is under way, an
advisory lock on its key makes a second one answer 409 at once; after the commit the second gets
the first reply again.
"""

import hashlib
from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import Any

import orjson
import sqlalchemy as sa
from fastapi import Request, Response
from fastapi.routing import APIRoute
from python_multipart.multipart import parse_options_header
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from yimen.core.database import Base, HotStatement, table_of
from yimen.core.errors import AppError

REPLAY_HEADERS = ("etag", "location", "content-type")


class IdempotencyKey(Base):
    """The first reply to a key; kept for a week."""

    __tablename__ = "idempotency_keys"

    owner: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[bytes]
    status: Mapped[int]
    headers: Mapped[str]
    body: Mapped[bytes]
    created_at: Mapped[datetime] = mapped_column(
        server_default=sa.text("clock_timestamp()"), index=True
    )


class KeyReused(AppError):
    status = 422
    code = "idempotency_key_reused"
    title = "这个 Idempotency-Key 已用于另一个请求，请换一个新的。"


class StillRunning(AppError):
    status = 409
    code = "idempotency_still_running"
    title = "带同一 Idempotency-Key 的请求正在处理，请稍后再试。"
    constraint = "pk_idempotency_keys"


class IdempotencyKeyMissing(AppError):
    """Asked for where a repeated POST would do harm: imports, and what devices send."""

    status = 428
    code = "idempotency_key_missing"
    title = "须带 Idempotency-Key 请求头，以免重复提交。"


def require_key(request: Request, detail: str | None = None) -> None:
    """Raise IdempotencyKeyMissing for a request that could not be sent again safely."""
    if "idempotency-key" not in request.headers:
        raise IdempotencyKeyMissing(detail)


class Replay(Exception):
    """The request was already done; here is what was answered."""

    def __init__(self, response: Response) -> None:
        self.response = response


class Claim:
    """A key that this request holds until its transaction ends."""

    def __init__(self, session: AsyncSession, owner: str, key: str, fingerprint: bytes) -> None:
        self.session = session
        self.owner = owner
        self.key = key
        self.fingerprint = fingerprint

    async def keep(self, response: Response) -> None:
        """Store the reply beside the business, before the commit."""
        headers = {
            name: response.headers[name] for name in REPLAY_HEADERS if name in response.headers
        }
        await _KEEP.rows(
            self.session,
            {
                "owner": self.owner,
                "key": self.key,
                "fingerprint": self.fingerprint,
                "status": response.status_code,
                "headers": orjson.dumps(headers).decode(),
                "body": bytes(response.body),
            },
        )


_keys = table_of(IdempotencyKey)
_KEPT = ("owner", "key", "fingerprint", "status", "headers", "body")
_KEEP = HotStatement(sa.insert(_keys).values({name: sa.bindparam(name) for name in _KEPT}))
_LOCK = HotStatement(
    sa.select(
        sa.func.pg_try_advisory_xact_lock(sa.bindparam("lock", type_=sa.BigInteger())).label(
            "held"
        ),
        _keys.c.fingerprint,
        _keys.c.status,
        _keys.c.headers,
        _keys.c.body,
    ).select_from(
        sa.select(sa.literal(1).label("one"))
        .subquery("always")
        .outerjoin(
            _keys,
            sa.and_(_keys.c.owner == sa.bindparam("owner"), _keys.c.key == sa.bindparam("key")),
        )
    )
)


async def claim_key(session: AsyncSession, request: Request, *, owner: str, key: str) -> Claim:
    """Take the key for this request; raises Replay, StillRunning or KeyReused."""
    path = request.url.path.removeprefix(request.scope.get("root_path", ""))
    asked = f"{request.method} {path}?{request.url.query}\n"
    digest = hashlib.sha256(asked.encode())
    digest.update(_without_boundary(await request.body(), request))
    fingerprint = digest.digest()
    name = hashlib.sha256(f"{owner}\n{key}".encode()).digest()
    lock = int.from_bytes(name[:8], "big", signed=True)
    row = await _LOCK.row(session, {"lock": lock, "owner": owner, "key": key})
    assert row is not None
    if row["status"] is not None:
        if row["fingerprint"] != fingerprint:
            raise KeyReused
        headers = orjson.loads(row["headers"]) | {"Idempotency-Replayed": "true"}
        raise Replay(Response(content=row["body"], status_code=row["status"], headers=headers))
    if not row["held"]:
        raise StillRunning
    return Claim(session, owner, key, fingerprint)


def _without_boundary(body: bytes, request: Request) -> bytes:
    """The body as it compares: a client that sends a form again draws a new boundary."""
    content_type = request.headers.get("content-type", "")
    if not content_type.startswith("multipart/form-data"):
        return body
    _, options = parse_options_header(content_type)
    boundary = options.get(b"boundary")
    return body.replace(boundary, b"") if boundary else body


class IdempotentRoute(APIRoute):
    """A route that stores its reply under the key that its dependencies have claimed."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handle_once(request: Request) -> Response:
            if "idempotency-key" in request.headers:
                await request.body()  # reading a form would leave nothing to compare
            response = await handle(request)
            claim: Claim | None = request.scope.get("yimen.claim")
            if claim is not None and response.status_code < 400:
                await claim.keep(response)
            return response

        return handle_once
