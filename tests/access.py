"""Tables of who may do what, and the scenes in which they are tried; see test_access.py."""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from tests.cases_factories import give, take_in
from tests.catalog_factories import Items
from tests.conftest import SetClock
from tests.factories import Hall

from yimen.domains.organisation.models import WindowService

PASSWORD = "Blaue-Dächer im Schnee 3"
LOGIN = {"username": "clerk", "password": PASSWORD}


@dataclass(frozen=True, slots=True)
class Ask:
    """A request that is complete and possible: only who asks decides."""

    of: Mapping[str, object] = field(default_factory=dict)
    """Values for the path."""
    query: dict[str, Any] = field(default_factory=dict)
    json: Any = None
    form: dict[str, str] | None = None
    files: dict[str, Any] | None = None
    version: int | None = None
    """What the caller has seen of the thing; given for commands and changes."""
    key: str | None = None
    """The Idempotency-Key, where one is asked for."""
    looks_for: str | None = None
    """The id that a list has for those who may see it."""


@dataclass(frozen=True, slots=True)
class World:
    """The standard hall, its items and people, and a hand to prepare more."""

    hall: Hall
    items: Items
    session: AsyncSession
    people: dict[str, httpx.AsyncClient]
    clock: SetClock

    async def case(self, *steps: tuple[str, dict[str, Any]], **changes: Any) -> dict[str, Any]:
        """A case at window 01, moved on by its clerk."""
        case = await take_in(self.people["clerk"], self.items.food, **changes)
        for action, body in steps:
            case = await give(self.people["clerk"], case, action, **body)
        return case

    async def made(self, who: str, name: str, ask: "Ask") -> dict[str, Any]:
        """What someone of the hall made, or moved on, in preparation."""
        reply = await send(self.people[who], name, ask)
        assert reply.is_success, reply.text
        found: dict[str, Any] = reply.json()
        if "ETag" in reply.headers:
            found["version"] = int(reply.headers["ETag"].strip('"'))
        return found

    async def service_of(self, staff_id: UUID) -> UUID:
        found: UUID = (
            await self.session.scalars(
                sa.select(WindowService.id).where(WindowService.staff_id == staff_id)
            )
        ).one()
        return found

    async def tokens(self) -> dict[str, Any]:
        """A fresh log-in of the clerk."""
        reply = await self.people["public"].post("/api/v1/auth/token", data=LOGIN)
        assert reply.status_code == 200, reply.text
        found: dict[str, Any] = reply.json()
        return found


Scene = Callable[[World], Awaitable[Ask]]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows ``METHOD /path``, a column for each caller, and the scene of every row."""

    rows: dict[str, dict[str, str]]
    scenes: dict[str, Scene]


def read_table(text: str, callers: tuple[str, ...]) -> dict[str, dict[str, str]]:
    """``METHOD /path`` → caller → what the caller gets."""
    rows = {}
    for line in text.replace("\\\n", "").splitlines():
        if re.match(r"[A-Z]+ ", line):
            method, path, *cells = line.split()
            rows[f"{method} {path}"] = dict(zip(callers, cells, strict=True))
    return rows


async def send(client: httpx.AsyncClient, name: str, ask: Ask) -> httpx.Response:
    method, path = name.split()
    headers = {} if ask.version is None else {"If-Match": f'"{ask.version}"'}
    if ask.key is not None:
        headers["Idempotency-Key"] = ask.key
    return await client.request(
        method,
        "/api/v1" + path.format_map(ask.of),
        params=ask.query,
        json=None if method == "GET" else ask.json,
        data=ask.form,
        files=ask.files,
        headers=headers,
    )
