"""Subscriptions, what is to be delivered, every attempt, and how far the outbox was read."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from yimen.core.database import Base, Sealed, new_id
from yimen.domains.webhooks.enums import AttemptFailure, DeliveryState, WebhookState


class Webhook(Base):
    """A receiver of events."""

    __tablename__ = "webhooks"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str]
    url: Mapped[str]
    kinds: Mapped[list[str]]
    secret: Mapped[Sealed]
    """Encrypted; it is needed to sign."""
    state: Mapped[WebhookState]
    state_reason: Mapped[str | None]
    failures_in_a_row: Mapped[int]
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)


class WebhookDelivery(Base):
    """One event for one receiver."""

    __tablename__ = "webhook_deliveries"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    webhook_id: Mapped[UUID] = mapped_column(sa.ForeignKey("webhooks.id"))
    event_id: Mapped[int] = mapped_column(sa.BigInteger)
    kind: Mapped[str]
    body: Mapped[str]
    state: Mapped[DeliveryState]
    attempts: Mapped[int]
    created_at: Mapped[datetime]
    next_attempt_at: Mapped[datetime]
    claimed_until: Mapped[datetime | None]
    """A worker is at it; when the time is over, it was lost."""
    delivered_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (
        sa.UniqueConstraint("webhook_id", "event_id"),
        sa.Index("ix_webhook_deliveries_webhook_id_id", "webhook_id", "id"),
        sa.Index(
            "ix_webhook_deliveries_pending",
            "next_attempt_at",
            postgresql_where=sa.text("state = 'pending'"),
        ),
    )


class WebhookAttempt(Base):
    """One try: when, how long, what was answered."""

    __tablename__ = "webhook_attempts"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    delivery_id: Mapped[UUID] = mapped_column(sa.ForeignKey("webhook_deliveries.id"), index=True)
    at: Mapped[datetime]
    milliseconds: Mapped[int]
    status: Mapped[int | None]
    failure: Mapped[AttemptFailure | None]


class WebhookCursor(Base):
    """How far the outbox was turned into deliveries; one row."""

    __tablename__ = "webhook_cursors"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    transaction_id: Mapped[int] = mapped_column(sa.BigInteger)
    event_id: Mapped[int] = mapped_column(sa.BigInteger)
