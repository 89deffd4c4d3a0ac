"""The hall floor's hot paths: numbers taken and tickets called, through HTTP and by pgbench.

Each connection is a clerk of its own, since nobody calls while a ticket is in hand. pgbench does
likewise: client *k* runs clerk *k*'s statements, and what it ends is the ticket that it called.
"""

import json
import re
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from tests.bench.ground import Ground
from tests.bench.load import post
from tests.bench.pgbench import Script

from yimen.core.database import new_id

WAITING = 400_000
"""More than all rounds call."""

_GROUP = (
    "INSERT INTO queue_groups (id, name, letter, priorities, version) VALUES ($1, $2, $3, $4, 1)"
)
_WINDOWS = "INSERT INTO queue_group_windows (group_id, window_id) VALUES ($1, $2)"
_TICKETS = """
INSERT INTO tickets (
    id, series_id, day, ordinal, number, code, group_id, priority, state, taken_at, ranked_at,
    calls, version
)
SELECT uuidv7(), $1, (now() AT TIME ZONE 'Asia/Shanghai')::date, n, 'Z' || n, 'K7QM3X', $1,
    'normal', 'waiting', now(), now() - ($2::bigint - n) * interval '1 millisecond', 0, 1
FROM generate_series(1, $2::bigint) AS n
"""


async def set_up(ground: Ground, clerks: Sequence[Any]) -> list[UUID]:
    """A queue for each clerk's window to take numbers of, and one that they share."""
    connection = await ground.connect()
    try:
        own = [new_id() for _ in clerks]
        for place, (group, clerk) in enumerate(zip(own, clerks, strict=True)):
            await connection.execute(_GROUP, group, f"队列{place}", chr(65 + place), ["elderly"])
            await connection.execute(_WINDOWS, group, clerk.window_id)
        shared = new_id()
        await connection.execute(_GROUP, shared, "共用队列", "Z", ["elderly"])
        for clerk in clerks:
            await connection.execute(_WINDOWS, shared, clerk.window_id)
    finally:
        await connection.close()
    return [*own, shared]


async def let_many_wait(ground: Ground, group: UUID) -> None:
    """Fill a queue for the calls; after the takings, which are measured in an ordinary hall."""
    connection = await ground.connect()
    try:
        await connection.execute(_TICKETS, group, WAITING, timeout=300)
        await connection.execute("VACUUM (ANALYZE) tickets", timeout=300)
    finally:
        await connection.close()


def taking(groups: Sequence[UUID], tokens: Sequence[str]) -> list[bytes]:
    """A number of each queue, as a machine asks for it: with a key of its own each time."""
    return [
        post(
            "/api/v1/tickets",
            token,
            json.dumps({"group_id": str(group)}).encode(),
            is_repeatable=True,
        )
        for group, token in zip(groups, tokens, strict=True)
    ]


def calling(shared: UUID, tokens: Sequence[str]) -> list[bytes]:
    """The next one in the shared queue, at the window of each clerk."""
    wish = json.dumps({"group_id": str(shared), "ends_current": True}).encode()
    return [post("/api/v1/tickets/call-next", token, wish) for token in tokens]


def ends_what_it_called(script: Script) -> Script:
    """The statement that ends a ticket is given the one found in hand, not the one recorded."""
    text, found = re.subn(r"(FOR UPDATE OF tickets);", r"\1 \\gset hand_", script.text)
    text, ended = re.subn(
        r"tickets\.id = (?:replace\(:\w+, '<n>', :n\)|:\w+)::UUID",
        "tickets.id = :hand_id::UUID",
        text,
        count=1,
    )
    assert (found, ended) == (1, 1), script.text
    return Script(text, script.variables)
