"""The chain of the audit trail: what is sealed cannot be changed without a trace."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import datetime

import pytest
import sqlalchemy as sa

from yimen.core import audit_chain
from yimen.core.audit import record_audit
from yimen.core.audit_chain import AuditSeal, ChainVerdict, seal_audit, verify_audit
from yimen.core.clock import HALL_ZONE
from yimen.core.config import Settings
from yimen.core.database import Database

NOW = datetime(2026, 3, 10, 11, 0, tzinfo=HALL_ZONE)


@pytest.fixture
async def committed(
    new_database: Callable[[str], str], request: pytest.FixtureRequest
) -> AsyncIterator[Database]:
    database = Database.connect(new_database("audit_chain"), Settings(pool_size=4))
    yield database
    await database.close()


async def act(database: Database, *names: str) -> None:
    for name in names:
        async with database.transaction() as session:
            await record_audit(
                session,
                caller=None,
                action="cases.accept",
                subject_type="case",
                subject_id=name,
                new={"state": "accepted"},
            )


_TO_COME = """
    SELECT count(*) FROM audit_entries
    WHERE transaction_id >= pg_snapshot_xmin(pg_current_snapshot())::text::bigint
"""


async def settled(database: Database) -> None:
    """Wait for the transactions of other databases on the same server: they hold seals back."""
    async with database.reading() as session:
        for _ in range(600):
            if not await session.scalar(sa.text(_TO_COME)):
                return
            await asyncio.sleep(0.1)
    raise AssertionError("a transaction elsewhere does not end")


async def seal(database: Database, *, is_settled: bool = True) -> None:
    if is_settled:
        await settled(database)
    async with database.transaction() as session:
        await seal_audit(session, NOW)


async def verdict(database: Database, expected: str | None = None) -> ChainVerdict:
    async with database.transaction() as session:
        return await verify_audit(session, expected=expected)


async def tamper(database: Database, statement: str) -> None:
    """As someone would who owns the tables."""
    async with database.transaction() as session:
        for table in ("audit_entries", "audit_seals"):
            await session.execute(sa.text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        await session.execute(sa.text(statement))
        for table in ("audit_entries", "audit_seals"):
            await session.execute(sa.text(f"ALTER TABLE {table} ENABLE TRIGGER USER"))


async def sealed_three_times(database: Database) -> ChainVerdict:
    for names in ("ab", "cd", "ef"):
        await act(database, *names)
        await seal(database)
    sound = await verdict(database)
    assert sound.is_sound
    assert (sound.seals, sound.unsealed) == (3, 0)
    return sound


async def test_what_is_sealed_is_told_from_what_is_not_yet(committed: Database) -> None:
    before = await verdict(committed)
    await act(committed, "a", "b")
    found = await verdict(committed)
    assert (found.seals, found.unsealed) == (0, before.unsealed + 2)
    await seal(committed)
    await act(committed, "c")
    found = await verdict(committed)
    assert (found.seals, found.unsealed, found.is_sound) == (1, 1, True)
    assert found.entries == before.unsealed + 2


async def test_nothing_to_seal_makes_no_seal(committed: Database) -> None:
    await sealed_three_times(committed)
    await seal(committed)
    assert (await verdict(committed)).seals == 3


@pytest.mark.parametrize(
    ("statement", "broken"),
    [
        ("UPDATE audit_entries SET actor = 'someone' WHERE subject_id = 'c'", [2]),
        ("UPDATE audit_entries SET at = at + interval '1 us' WHERE subject_id = 'c'", [2]),
        ("UPDATE audit_entries SET new = '{}' WHERE subject_id = 'f'", [3]),
        ("DELETE FROM audit_entries WHERE subject_id = 'd'", [2]),
        (
            "INSERT INTO audit_entries (transaction_id, actor, action, subject_type, subject_id)"
            " SELECT transaction_id, 'x', 'y', 'case', 'z' FROM audit_entries"
            " WHERE subject_id = 'a'",
            [1],
        ),
        (
            "UPDATE audit_entries SET transaction_id = (SELECT sum(transaction_id)"
            " FROM audit_entries WHERE subject_id IN ('c', 'd')) - transaction_id"
            " WHERE subject_id IN ('c', 'd')",
            [2],
        ),
        ("DELETE FROM audit_seals WHERE number = 2", [3]),
        ("UPDATE audit_seals SET digest = sha256('x') WHERE number = 1", [1, 2]),
    ],
    ids=["altered", "a moment later", "emptied", "removed", "added", "reordered", "seal", "digest"],
)
async def test_tampering_breaks_the_chain_where_it_was(
    committed: Database, statement: str, broken: list[int]
) -> None:
    await sealed_three_times(committed)
    await tamper(committed, statement)
    found = await verdict(committed)
    assert not found.is_sound
    assert [one.number for one in found.broken] == broken


async def test_a_chain_cut_short_is_told_by_a_digest_noted_elsewhere(committed: Database) -> None:
    noted = (await sealed_three_times(committed)).head
    assert (await verdict(committed, noted)).is_sound
    await tamper(committed, "DELETE FROM audit_seals WHERE number = 3")
    await tamper(committed, "DELETE FROM audit_entries WHERE subject_id IN ('e', 'f')")
    assert (await verdict(committed)).is_sound
    assert not (await verdict(committed, noted)).is_sound


async def test_a_row_that_commits_after_later_ones_is_sealed_too(committed: Database) -> None:
    async with committed.transaction() as slow:
        await record_audit(
            slow, caller=None, action="x", subject_type="case", subject_id="slow", new=None
        )
        await act(committed, "quick")
        await seal(committed, is_settled=False)
    await seal(committed)
    found = await verdict(committed)
    assert (found.is_sound, found.unsealed) == (True, 0)


async def test_a_long_trail_takes_several_seals(
    committed: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_chain, "LARGEST_SEAL", 2)
    await act(committed, *"abcde")
    await seal(committed)
    found = await verdict(committed)
    async with committed.reading() as session:
        counts = (
            await session.scalars(sa.select(AuditSeal.entry_count).order_by(AuditSeal.number))
        ).all()
    assert (found.is_sound, found.unsealed) == (True, 0)
    assert max(counts) == 2
    assert sum(counts) == found.entries
