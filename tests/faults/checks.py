"""Afterwards: is everything that was acknowledged there, once, and nothing else amiss?"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import asyncpg
from tests.faults.hall import FaultyHall
from tests.faults.injuries import Upload
from tests.faults.load import Listener, Tally

from yimen.core.audit_chain import seal_audit, verify_audit
from yimen.core.clock import system_now
from yimen.core.config import Settings
from yimen.core.database import Database


@dataclass
class Findings:
    """What is not as it must be."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)

    def compare(self, what: str, told: Iterable[str], found: Iterable[str]) -> None:
        """Each one told is found exactly once, each one found was told."""
        there, expected = Counter(found), Counter(told)
        self.lost += [f"{what} {one}" for one in expected if not there[one]]
        self.doubled += [f"{what} {one}" for one, count in (there | expected).items() if count > 1]
        self.others += [f"{what} {one}: nobody was told" for one in there.keys() - expected.keys()]


_GAPS = {
    "case numbers": """
        SELECT split_part(case_number, '-', 2) AS series,
            array_agg(split_part(case_number, '-', 3)::int ORDER BY case_number) AS numbers
        FROM cases GROUP BY 1
    """,
    "papers": """
        SELECT regexp_replace(number, '-[0-9]+$', '') AS series,
            array_agg(substring(number FROM '[0-9]+$')::int ORDER BY number) AS numbers
        FROM papers GROUP BY 1
    """,
    "tickets": """
        SELECT series_id || ' ' || day AS series, array_agg(ordinal ORDER BY ordinal) AS numbers
        FROM tickets GROUP BY 1
    """,
}


@dataclass(frozen=True)
class Before:
    """What was there when the load began."""

    cases: frozenset[str]
    tickets: frozenset[str]
    calls: int

    @classmethod
    async def read(cls, rows: asyncpg.Connection) -> "Before":
        return cls(
            frozenset(await _column(rows, "SELECT case_number FROM cases")),
            frozenset(await _column(rows, "SELECT id::text FROM tickets")),
            await rows.fetchval("SELECT coalesce(sum(calls), 0) FROM tickets"),
        )


async def _column(rows: asyncpg.Connection, sql: str, *values: object) -> list[str]:
    return [row[0] for row in await rows.fetch(sql, *values)]


async def examine(
    hall: FaultyHall, tally: Tally, before: Before, listeners: Sequence[Listener]
) -> Findings:
    """Look into the database itself; the hall is joined."""
    rows = await hall.connect()
    try:
        findings = Findings(others=list(tally.doubts))
        await _examine_rows(rows, tally, before, findings)
        for number, listener in enumerate(listeners):
            await _examine_stream(rows, listener, number, findings)
    finally:
        await rows.close()
    await _examine_audit(hall, findings)
    return findings


async def _examine_rows(
    rows: asyncpg.Connection, tally: Tally, before: Before, findings: Findings
) -> None:
    numbers = await _column(rows, "SELECT case_number FROM cases")
    findings.compare(
        "case",
        [number for number, _ in tally.cases.values()],
        [number for number in numbers if number not in before.cases],
    )
    tickets = await _column(rows, "SELECT id::text FROM tickets")
    findings.compare(
        "ticket", tally.tickets.values(), [one for one in tickets if one not in before.tickets]
    )
    calls = await rows.fetchval("SELECT coalesce(sum(calls), 0) FROM tickets") - before.calls
    findings.doubled += [
        f"call of {one}" for one, count in Counter(tally.calls.values()).items() if count > 1
    ]
    if calls != len(tally.calls):
        findings.others.append(f"{calls} calls were made, {len(tally.calls)} acknowledged")
    ids = [case_id for _, case_id in tally.cases.values()]
    granted = await _column(
        rows,
        "SELECT case_id::text FROM case_events "
        "WHERE kind = 'granted' AND case_id = ANY($1::uuid[])",
        ids,
    )
    findings.compare("decision on", tally.granted, granted)
    for name, report in tally.uploads.items():
        codes = await _column(
            rows, "SELECT item_code FROM item_versions WHERE item_code LIKE $1", f"{name}-%"
        )
        findings.compare("item", [f"{name}-{n:04d}" for n in range(Upload.ROWS)], codes)
        if report["created_count"] != Upload.ROWS:
            findings.others.append(f"upload {name} was told {report['created_count']} items")
    for what, sql in _GAPS.items():
        for series, found in await rows.fetch(sql):
            if list(found) != list(range(1, len(found) + 1)):
                findings.others.append(f"{what} of {series} have a gap or a double")


async def _examine_stream(
    rows: asyncpg.Connection, listener: Listener, number: int, findings: Findings
) -> None:
    assert listener.began_at is not None
    transaction_id, event_id = map(int, listener.began_at.split("-"))
    events = await _column(
        rows,
        "SELECT transaction_id || '-' || id FROM outbox_events "
        "WHERE (transaction_id, id) > ($1::bigint, $2::bigint)",
        transaction_id,
        event_id,
    )
    findings.compare(f"stream {number}: event", events, listener.heard)


async def _examine_audit(hall: FaultyHall, findings: Findings) -> None:
    database = Database.connect(hall.database_url, Settings())
    try:
        async with database.transaction() as session:
            await seal_audit(session, system_now())
        async with database.transaction() as session:
            verdict = await verify_audit(session)
    finally:
        await database.close()
    if not verdict.is_sound or verdict.unsealed or not verdict.entries:
        findings.others.append(f"the audit chain does not hold: {verdict.broken}")
