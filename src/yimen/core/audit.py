"""One row for every write, every unmasking of personal data and every export."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from asgi_correlation_id import correlation_id
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from yimen.core.caller import Actor
from yimen.core.database import Base, JsonObject, table_of

AuditFacts = Mapping[str, object]
"""Values of the changed fields; personal data only masked."""


class AuditEntry(Base):
    """Who did what to which thing; append-only, a trigger refuses changes."""

    __tablename__ = "audit_entries"

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(always=True), primary_key=True)
    transaction_id: Mapped[int] = mapped_column(
        sa.BigInteger, server_default=sa.text("(pg_current_xact_id()::text)::bigint")
    )
    at: Mapped[datetime] = mapped_column(server_default=sa.text("clock_timestamp()"))
    account_id: Mapped[UUID | None]
    actor: Mapped[str]
    action: Mapped[str]
    subject_type: Mapped[str]
    subject_id: Mapped[str]
    old: Mapped[JsonObject | None]
    new: Mapped[JsonObject | None]
    request_id: Mapped[str | None]

    __table_args__ = (
        sa.Index("ix_audit_entries_subject", "subject_type", "subject_id"),
        sa.Index("ix_audit_entries_transaction_id_id", "transaction_id", "id"),
    )


_INSERT = sa.insert(table_of(AuditEntry))


async def record_audit(
    session: AsyncSession,
    *,
    caller: Actor | None,
    action: str,
    subject_type: str,
    subject_id: object,
    old: AuditFacts | None = None,
    new: AuditFacts | None = None,
    nobody: str = "system",
) -> None:
    """Write the audit row of one act, in the transaction of the act itself.

    ``nobody`` says who it was where there is no caller.
    """
    await session.execute(
        _INSERT,
        audit_values(
            caller=caller,
            action=action,
            subject_type=subject_type,
            subject_id=subject_id,
            old=old,
            new=new,
            nobody=nobody,
        ),
    )


def audit_values(
    *,
    caller: Actor | None,
    action: str,
    subject_type: str,
    subject_id: object,
    old: AuditFacts | None = None,
    new: AuditFacts | None = None,
    nobody: str = "system",
) -> dict[str, object]:
    """The columns of an audit row, for statements that insert it together with the act."""
    return {
        "account_id": caller.account_id if caller else None,
        "actor": caller.username if caller else nobody,
        "action": action,
        "subject_type": subject_type,
        "subject_id": str(subject_id),
        "old": None if old is None else dict(old),
        "new": None if new is None else dict(new),
        "request_id": correlation_id.get(),
    }
