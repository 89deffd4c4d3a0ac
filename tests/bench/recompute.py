"""What a change of the calendar costs: all due dates of open cases reckoned and moved at once.

The office overrides one working day through the service. Meanwhile another client reads lists and
a clerk hands in a case: the reading goes on, the intake waits for the calendar (a due date must
not rest on a calendar that is being replaced). What the transaction locks is read from
``pg_locks`` while it runs.
"""

import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from statistics import quantiles

import asyncpg
import httpx
from tests.bench.ground import Ground
from tests.bench.service import Service
from tests.cases_factories import RESIDENT_ID, all_materials

from yimen.core.clock import hall_day, system_now

_LOCKS = """
    SELECT DISTINCT held.relation::regclass::text, held.mode FROM pg_locks AS held
    JOIN pg_stat_activity AS active USING (pid)
    WHERE held.granted AND held.database = (SELECT oid FROM pg_database WHERE datname = $1)
        AND held.locktype = 'relation' AND active.application_name = 'yimen'
        AND held.relation::regclass::text IN ('cases', 'case_events', 'calendar_days',
            'calendar_revisions', 'calendar_years', 'outbox_events')
    UNION SELECT 'advisory', mode FROM pg_locks AS held
    JOIN pg_stat_activity AS active USING (pid)
    WHERE locktype = 'advisory' AND granted AND active.datname = $1
        AND active.application_name = 'yimen'
"""


@dataclass
class Recomputed:
    """What one change of the calendar took."""

    open_cases: int
    moved_cases: int
    preview_seconds: float
    seconds: float
    list_p50_ms: float
    list_p99_ms: float
    """Reading a list while it ran."""
    intake_seconds: float
    """How long an intake that was sent meanwhile waited for its answer."""
    locks: list[str] = field(default_factory=list)


async def measure(ground: Ground, service: Service) -> Recomputed:
    """Preview the change, then apply it under others' requests."""
    office = {"Authorization": f"Bearer {ground.token(ground.office)}"}
    base = f"http://127.0.0.1:{service.port}/api/v1"
    async with httpx.AsyncClient(base_url=base, headers=office, timeout=300) as client:
        status = (await client.get("/calendar/status")).raise_for_status()
        day = hall_day(system_now()) + timedelta(days=1)
        while day.isoweekday() > 5:
            day += timedelta(days=1)
        wish = {
            "source": "测量用的调整",
            "days": [{"day": f"{day}", "kind": "closure", "note": "测量"}],
        }
        started = time.perf_counter()
        preview = await _override(client, status.headers["etag"], wish | {"dry_run": True})
        preview_seconds = time.perf_counter() - started
        connection = await ground.connect()
        applying = asyncio.create_task(
            _override(client, status.headers["etag"], wish | {"dry_run": False})
        )
        locks, reads, intake = await asyncio.gather(
            _watch_locks(connection, applying),
            _read_lists(client, applying),
            _hand_in(client, ground),
        )
        seconds, applied = await applying
        await connection.close()
    assert applied["is_applied"] and len(applied["moved"]) == len(preview[1]["moved"])
    cuts = quantiles(reads, n=100)
    return Recomputed(
        open_cases=ground.cases,
        moved_cases=len(applied["moved"]),
        preview_seconds=preview_seconds,
        seconds=seconds,
        list_p50_ms=cuts[49],
        list_p99_ms=cuts[98],
        intake_seconds=intake,
        locks=sorted(locks),
    )


async def _override(
    client: httpx.AsyncClient, etag: str, wish: dict[str, object]
) -> tuple[float, dict[str, list[object]]]:
    started = time.perf_counter()
    reply = await client.post("/calendar/overrides", json=wish, headers={"If-Match": etag})
    return time.perf_counter() - started, json.loads(reply.raise_for_status().content)


async def _watch_locks(connection: asyncpg.Connection, applying: asyncio.Task[object]) -> set[str]:
    found: set[str] = set()
    name = await connection.fetchval("SELECT current_database()")
    while not applying.done():
        found |= {f"{row[0]} {row[1]}" for row in await connection.fetch(_LOCKS, name)}
        await asyncio.sleep(0.05)
    return found


async def _read_lists(client: httpx.AsyncClient, applying: asyncio.Task[object]) -> Sequence[float]:
    took: list[float] = []
    while not applying.done() or len(took) < 2:
        started = time.perf_counter()
        (await client.get("/cases?limit=50")).raise_for_status()
        took.append((time.perf_counter() - started) * 1000)
        await asyncio.sleep(0.01)
    return took


async def _hand_in(client: httpx.AsyncClient, ground: Ground) -> float:
    await asyncio.sleep(0.3)  # the change is under way
    clerk = ground.clerks[0]
    body = {
        "item_id": str(clerk.item_id),
        "applicant": {
            "kind": "person",
            "name": "阿依古丽·买买提",
            "id_kind": "resident_id",
            "id_number": RESIDENT_ID,
            "phone": "13899990001",
        },
        "materials": all_materials(),
    }
    headers = {"Authorization": f"Bearer {ground.token(clerk)}"}
    started = time.perf_counter()
    (await client.post("/cases", json=body, headers=headers)).raise_for_status()
    return time.perf_counter() - started
