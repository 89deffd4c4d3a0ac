"""Events of the hall: written in the transaction of the change they tell of."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from yimen.core.database import Base, JsonObject, table_of

EventFacts = Mapping[str, object]
"""What a listener needs to know; never personal data."""


class OutboxEvent(Base):
    """A change that others may want to hear of, in the order ``(transaction_id, id)``."""

    __tablename__ = "outbox_events"

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(always=True), primary_key=True)
    transaction_id: Mapped[int] = mapped_column(
        sa.BigInteger, server_default=sa.text("(pg_current_xact_id()::text)::bigint")
    )
    kind: Mapped[str]
    subject_type: Mapped[str]
    subject_id: Mapped[str]
    department_id: Mapped[UUID | None]
    """Whose business it is; none means everybody's."""
    window_id: Mapped[UUID | None]
    facts: Mapped[JsonObject]
    occurred_at: Mapped[datetime]

    __table_args__ = (sa.Index("ix_outbox_events_transaction_id_id", "transaction_id", "id"),)


_INSERT = sa.insert(table_of(OutboxEvent))


async def publish_event(
    session: AsyncSession,
    *,
    kind: str,
    subject_type: str,
    subject_id: object,
    occurred_at: datetime,
    facts: EventFacts,
    department_id: UUID | None = None,
    window_id: UUID | None = None,
) -> None:
    """Tell the world of a change, if and only if the change is committed."""
    await session.execute(
        _INSERT,
        {
            "kind": kind,
            "subject_type": subject_type,
            "subject_id": str(subject_id),
            "department_id": department_id,
            "window_id": window_id,
            "facts": dict(facts),
            "occurred_at": occurred_at,
        },
    )
