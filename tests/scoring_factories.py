"""Scores in tests: the job that posts, and short ways to look."""

from typing import Any
from uuid import UUID

import httpx
from sqlalchemy.ext.asyncio import AsyncSession
from tests.conftest import SetClock

from yimen.domains.scoring.jobs import post_facts

SCORES = "/api/v1/scores"
MONTHS = "/api/v1/score-months"
RECORDS = "/api/v1/score-records"
AMENDMENTS = "/api/v1/score-amendments"


class Scoring:
    """The hall's scores at the office's desk."""

    def __init__(self, client: httpx.AsyncClient, session: AsyncSession, clock: SetClock) -> None:
        self.client = client
        self.session = session
        self.clock = clock

    async def post(self) -> None:
        """Let the job take account of what has happened."""
        await post_facts(self.session, self.clock())

    async def explain(
        self, kind: str, subject_id: UUID, month: str = "2026-03", **query: Any
    ) -> dict[str, Any]:
        reply = await self.client.get(f"{SCORES}/{kind}/{subject_id}/months/{month}", params=query)
        assert reply.status_code == 200, reply.text
        found: dict[str, Any] = reply.json()
        return found

    async def score(self, kind: str, subject_id: UUID, month: str = "2026-03") -> str | None:
        found: str | None = (await self.explain(kind, subject_id, month))["score"]["score"]
        return found

    async def record(
        self, kind: str, subject_kind: str, subject_id: UUID, day: str, **more: Any
    ) -> dict[str, Any]:
        """Something the office enters."""
        body = {
            "kind": kind,
            "day": day,
            "subject_kind": subject_kind,
            "subject_id": str(subject_id),
            "title": "登记",
        } | more
        reply = await self.client.post(RECORDS, json=body)
        assert reply.status_code == 201, reply.text
        found: dict[str, Any] = reply.json()
        return found


async def act(
    client: httpx.AsyncClient, path: str, action: str, *, expect: int = 200, **body: Any
) -> dict[str, Any]:
    """A command on a resource as it is now."""
    seen = await client.get(path)
    assert seen.status_code == 200, seen.text
    reply = await client.post(
        f"{path}/{action}", json=body, headers={"If-Match": seen.headers["ETag"]}
    )
    assert reply.status_code == expect, reply.text
    found: dict[str, Any] = reply.json()
    return found
