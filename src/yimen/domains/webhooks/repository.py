"""Every query on subscriptions and deliveries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeAlias
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from yimen.core.pagination import SortKey
from yimen.core.repository import Repository
from yimen.domains.webhooks.enums import DeliveryState, WebhookState
from yimen.domains.webhooks.models import Webhook, WebhookAttempt, WebhookCursor, WebhookDelivery
from yimen.domains.webhooks.schemas import DeliveryQuery, WebhookQuery

Session: TypeAlias = AsyncSession
"""For the signatures of services, which leave SQLAlchemy to this module."""

_OLDEST_FIRST = SortKey(columns=(Webhook.id,), types=(UUID,))
_NEWEST_FIRST = SortKey(columns=(WebhookDelivery.id,), types=(UUID,), descending=True)


@dataclass(frozen=True, slots=True)
class ClaimedDelivery:
    """What a worker needs to send, read when it took the delivery."""

    id: UUID
    webhook_id: UUID
    body: str
    url: str
    secret: bytes


class WebhookRepository(Repository):
    """Subscriptions, deliveries, attempts."""

    async def webhook(self, webhook_id: UUID) -> Webhook | None:
        return await self.session.get(Webhook, webhook_id)

    async def webhook_to_change(self, webhook_id: UUID) -> Webhook | None:
        """A subscription as it is now, held until the transaction ends."""
        return await self.session.get(
            Webhook, webhook_id, with_for_update=True, populate_existing=True
        )

    async def webhooks_page(
        self, query: WebhookQuery
    ) -> tuple[list[Webhook], str | None, int | None]:
        statement = sa.select(Webhook)
        if query.state is not None:
            statement = statement.where(Webhook.state == query.state)
        return await self.page(statement, query, _OLDEST_FIRST)

    async def listening(self) -> Sequence[Webhook]:
        """The subscriptions for which deliveries are kept: active or paused."""
        found = await self.session.scalars(
            sa.select(Webhook).where(Webhook.state != WebhookState.OFF).order_by(Webhook.id)
        )
        return found.all()

    async def deliveries_page(
        self, webhook_id: UUID, query: DeliveryQuery
    ) -> tuple[list[WebhookDelivery], str | None, int | None]:
        statement = sa.select(WebhookDelivery).where(WebhookDelivery.webhook_id == webhook_id)
        if query.state is not None:
            statement = statement.where(WebhookDelivery.state == query.state)
        return await self.page(statement, query, _NEWEST_FIRST)

    async def delivery(self, webhook_id: UUID, delivery_id: UUID) -> WebhookDelivery | None:
        found: WebhookDelivery | None = await self.session.scalar(
            sa.select(WebhookDelivery).where(
                WebhookDelivery.id == delivery_id, WebhookDelivery.webhook_id == webhook_id
            )
        )
        return found

    async def delivery_to_change(self, delivery_id: UUID) -> WebhookDelivery | None:
        """A delivery as it is now, held until the transaction ends."""
        return await self.session.get(
            WebhookDelivery, delivery_id, with_for_update=True, populate_existing=True
        )

    async def attempts(self, delivery_id: UUID) -> Sequence[WebhookAttempt]:
        found = await self.session.scalars(
            sa.select(WebhookAttempt)
            .where(WebhookAttempt.delivery_id == delivery_id)
            .order_by(WebhookAttempt.id)
        )
        return found.all()

    # What the jobs do

    async def hold_cursor(self) -> WebhookCursor:
        """How far the outbox was read, held until the transaction ends."""
        found = await self.session.scalars(sa.select(WebhookCursor).with_for_update())
        return found.one()

    async def insert_deliveries(self, rows: list[dict[str, Any]]) -> Sequence[UUID]:
        """New deliveries; one that is there already is not made twice."""
        found = await self.session.scalars(
            insert(WebhookDelivery)
            .values(rows)
            .on_conflict_do_nothing()
            .returning(WebhookDelivery.id)
        )
        return found.all()

    async def claim(
        self, delivery_id: UUID, *, now: datetime, keep: timedelta
    ) -> ClaimedDelivery | None:
        """Take a delivery that is due to oneself; none if it is done, not due, or another's."""
        found = await self.session.execute(
            sa.update(WebhookDelivery)
            .where(
                WebhookDelivery.id == delivery_id,
                WebhookDelivery.state == DeliveryState.PENDING,
                WebhookDelivery.next_attempt_at <= now + timedelta(seconds=2),
                sa.or_(
                    WebhookDelivery.claimed_until.is_(None), WebhookDelivery.claimed_until <= now
                ),
                Webhook.id == WebhookDelivery.webhook_id,
                Webhook.state == WebhookState.ACTIVE,
            )
            .values(claimed_until=now + keep, attempts=WebhookDelivery.attempts + 1)
            .returning(
                WebhookDelivery.id,
                WebhookDelivery.webhook_id,
                WebhookDelivery.body,
                Webhook.url,
                Webhook.secret,
            )
            .execution_options(synchronize_session=False)
        )
        row = found.one_or_none()
        return ClaimedDelivery(*row) if row else None

    async def due(
        self, *, before: datetime, now: datetime, webhook_id: UUID | None = None
    ) -> Sequence[tuple[UUID, int]]:
        """Pending deliveries that should have been tried and that nobody is at, oldest first."""
        statement = (
            sa.select(WebhookDelivery.id, WebhookDelivery.attempts)
            .join(Webhook, Webhook.id == WebhookDelivery.webhook_id)
            .where(
                WebhookDelivery.state == DeliveryState.PENDING,
                WebhookDelivery.next_attempt_at <= before,
                sa.or_(
                    WebhookDelivery.claimed_until.is_(None), WebhookDelivery.claimed_until <= now
                ),
                Webhook.state == WebhookState.ACTIVE,
            )
            .order_by(WebhookDelivery.next_attempt_at)
            .limit(500)
        )
        if webhook_id is not None:
            statement = statement.where(WebhookDelivery.webhook_id == webhook_id)
        found = await self.session.execute(statement)
        return [(row.id, row.attempts) for row in found]

    async def drop_pending(self, webhook_id: UUID) -> None:
        """Give up what has not arrived at a receiver that is off."""
        await self.session.execute(
            sa.update(WebhookDelivery)
            .where(
                WebhookDelivery.webhook_id == webhook_id,
                WebhookDelivery.state == DeliveryState.PENDING,
            )
            .values(state=DeliveryState.DROPPED)
            .execution_options(synchronize_session=False)
        )

    async def make_due(self, webhook_id: UUID, now: datetime) -> None:
        """Try what is pending now, however long its next pause would have been."""
        await self.session.execute(
            sa.update(WebhookDelivery)
            .where(
                WebhookDelivery.webhook_id == webhook_id,
                WebhookDelivery.state == DeliveryState.PENDING,
            )
            .values(next_attempt_at=now)
            .execution_options(synchronize_session=False)
        )

    async def flush(self) -> None:
        """Write what was changed, so that a constraint speaks here."""
        await self.session.flush()
