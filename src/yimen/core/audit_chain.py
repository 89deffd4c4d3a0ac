"""The audit trail is sealed in a chain of hashes by a job, and the chain can be verified.

A seal covers the rows committed since the seal before, in the order of their transactions, and its
digest covers the digest of that seal too: whoever alters, removes, adds or reorders a sealed row
breaks the chain from there on. Who can write to the table of seals itself can forge a chain as a
whole; against that, note down the newest digest elsewhere and verify against it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from yimen.core.database import Base
from yimen.core.periodic import PeriodicJob

LARGEST_SEAL = 5_000
"""Rows a seal: a fault is told to the seal."""


class AuditSeal(Base):
    """One link of the chain; append-only, a trigger refuses changes."""

    __tablename__ = "audit_seals"

    number: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    last_transaction_id: Mapped[int] = mapped_column(sa.BigInteger)
    last_entry_id: Mapped[int] = mapped_column(sa.BigInteger)
    entry_count: Mapped[int]
    digest: Mapped[bytes]
    sealed_at: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class BrokenSeal:
    """A seal whose rows are no longer those that were sealed."""

    number: int
    sealed_at: datetime
    sealed_count: int
    found_count: int


@dataclass(frozen=True, slots=True)
class ChainVerdict:
    """What verifying the whole chain found."""

    seals: int
    entries: int
    unsealed: int
    """Rows since the last seal: an altered one among them cannot be told."""
    head: str
    """The newest digest, in hexadecimal; empty without seals."""
    broken: tuple[BrokenSeal, ...]
    is_expected_head_found: bool
    """Whether a digest that was noted down earlier is still in the chain."""

    @property
    def is_sound(self) -> bool:
        return not self.broken and self.is_expected_head_found


# A row's text names every column in a fixed form, whatever the session's settings are.
_COVERED = """
    SELECT transaction_id, id, sha256(convert_to(jsonb_build_array(
        id, transaction_id, extract(epoch FROM at)::text, account_id, actor, action, subject_type,
        subject_id, old, new, request_id)::text, 'UTF8')) AS digest
    FROM audit_entries
    WHERE (transaction_id, id) > (:after_transaction_id, :after_id)
"""
_DIGEST = """
    SELECT count(*) AS entry_count,
        sha256(CAST(:before AS bytea)
            || coalesce(string_agg(digest, ''::bytea ORDER BY transaction_id, id), '')) AS digest
"""
_NEXT = sa.text(
    f"""
    WITH covered AS ({_COVERED}
        AND transaction_id < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
        ORDER BY transaction_id, id LIMIT :largest
    )
    {_DIGEST}, max(transaction_id) AS last_transaction_id,
        (array_agg(id ORDER BY transaction_id DESC, id DESC))[1] AS last_entry_id
    FROM covered
    """
)
_AGAIN = sa.text(
    f"""
    WITH covered AS ({_COVERED}
        AND (transaction_id, id) <= (:last_transaction_id, :last_id)
    )
    {_DIGEST} FROM covered
    """
)
_UNSEALED = sa.text(
    "SELECT count(*) FROM audit_entries WHERE (transaction_id, id) > (:transaction_id, :id)"
)
_START = (0, 0, 0, b"")
"""Number, last transaction, last row and digest before the first seal."""


async def seal_audit(session: AsyncSession, now: datetime) -> None:
    """Seal what has been committed since; the job sees to it that one process does so at a time."""
    while await _seal_next(session, now) == LARGEST_SEAL:
        pass


async def _seal_next(session: AsyncSession, now: datetime) -> int:
    newest = (
        await session.execute(
            sa.select(
                AuditSeal.number,
                AuditSeal.last_transaction_id,
                AuditSeal.last_entry_id,
                AuditSeal.digest,
            )
            .order_by(AuditSeal.number.desc())
            .limit(1)
        )
    ).first()
    number, transaction_id, entry_id, digest = newest or _START
    found = (
        await session.execute(
            _NEXT,
            {
                "after_transaction_id": transaction_id,
                "after_id": entry_id,
                "before": digest,
                "largest": LARGEST_SEAL,
            },
        )
    ).one()
    if found.entry_count:
        session.add(
            AuditSeal(
                number=number + 1,
                last_transaction_id=found.last_transaction_id,
                last_entry_id=found.last_entry_id,
                entry_count=found.entry_count,
                digest=found.digest,
                sealed_at=now,
            )
        )
        await session.flush()
    return int(found.entry_count)


async def audit_head(session: AsyncSession) -> str:
    """The newest digest, in hexadecimal; empty before the first seal."""
    newest = sa.select(AuditSeal.digest).order_by(AuditSeal.number.desc()).limit(1)
    return (await session.scalar(newest) or b"").hex()


async def verify_audit(session: AsyncSession, *, expected: str | None = None) -> ChainVerdict:
    """Compute every seal anew from the rows; ``expected`` is a digest that was noted down."""
    seals: Sequence[AuditSeal] = (
        await session.scalars(sa.select(AuditSeal).order_by(AuditSeal.number))
    ).all()
    broken = []
    number, transaction_id, entry_id, digest = _START
    for seal in seals:
        again = (
            await session.execute(
                _AGAIN,
                {
                    "after_transaction_id": transaction_id,
                    "after_id": entry_id,
                    "before": digest,
                    "last_transaction_id": seal.last_transaction_id,
                    "last_id": seal.last_entry_id,
                },
            )
        ).one()
        is_next = seal.number == number + 1
        if not is_next or (again.entry_count, again.digest) != (seal.entry_count, seal.digest):
            broken.append(
                BrokenSeal(seal.number, seal.sealed_at, seal.entry_count, again.entry_count)
            )
        number, transaction_id = seal.number, seal.last_transaction_id
        entry_id, digest = seal.last_entry_id, seal.digest
    unsealed = await session.scalar(_UNSEALED, {"transaction_id": transaction_id, "id": entry_id})
    return ChainVerdict(
        seals=len(seals),
        entries=sum(seal.entry_count for seal in seals),
        unsealed=unsealed or 0,
        head=digest.hex(),
        broken=tuple(broken),
        is_expected_head_found=expected is None
        or any(seal.digest.hex() == expected for seal in seals),
    )


JOBS = [PeriodicJob("audit.seal", every_seconds=60, work=seal_audit)]
