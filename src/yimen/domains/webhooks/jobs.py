"""What sends events on: following the outbox once a second, and the queued deliveries."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from yimen.core.dependencies import Context
from yimen.core.job_queue import QueuedWork
from yimen.core.periodic import PeriodicJob
from yimen.domains.webhooks.service import DELIVER
from yimen.domains.webhooks.service_delivery import deliver, follow_outbox


async def queue_deliveries(session: AsyncSession, now: datetime) -> None:
    await follow_outbox(session, now)


async def deliver_queued(context: Context, text: str) -> None:
    """Send the delivery that a job names."""
    await deliver(context, UUID(text))


JOBS = [PeriodicJob("webhooks.queue_deliveries", every_seconds=1, work=queue_deliveries)]
QUEUED: dict[str, QueuedWork] = {DELIVER: deliver_queued}
