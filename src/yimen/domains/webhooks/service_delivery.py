"""How an event reaches a receiver: from the outbox into deliveries, over HTTP, and what then.

Sending opens two short transactions of its own, before and after: no connection may be held while
a receiver takes its time, and what came of an attempt must outlive its failure. A delivery is sent
at least once and carries one message id for all its attempts; order is told by the position in it.
"""

import asyncio
import json
import ssl
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from uuid import UUID

import httpx
import structlog
from standardwebhooks.webhooks import Webhook as Signer

from yimen.core.database import new_id
from yimen.core.dependencies import Context
from yimen.core.job_queue import QueuedJob, enqueue
from yimen.domains.events.rules import HallEvent, Position, is_wanted
from yimen.domains.events.service import event_body, events_after
from yimen.domains.webhooks.enums import AttemptFailure, DeliveryState, WebhookState
from yimen.domains.webhooks.models import Webhook, WebhookAttempt, WebhookDelivery
from yimen.domains.webhooks.repository import ClaimedDelivery, Session, WebhookRepository
from yimen.domains.webhooks.rules import DEAD_AFTER, check_address, pause_before_retry
from yimen.domains.webhooks.service import DELIVER, announce, decrypt_secret, queue_due

log = structlog.get_logger()

SEND_SECONDS = 10.0
CLAIM = timedelta(seconds=60)
"""How long a worker may be at a delivery before it counts as lost."""
OVERDUE = timedelta(seconds=90)
"""How long after its time a delivery without an attempt is queued anew."""
READ_BYTES = 16_384
BATCH = 500
BATCHES = 10
GONE = 410


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one attempt."""

    status: int | None
    failure: AttemptFailure | None
    milliseconds: int


async def follow_outbox(session: Session, now: datetime) -> None:
    """Make deliveries of the events committed since last time, and queue them with it.

    Reading behind the commits, a rolled-back change is never seen; cursor, deliveries and jobs
    move in one transaction, so nothing is lost or made twice.
    """
    webhooks = WebhookRepository(session)
    cursor = await webhooks.hold_cursor()
    listening = await webhooks.listening()
    for _ in range(BATCHES):
        position = Position(cursor.transaction_id, cursor.event_id)
        batch = await events_after(session, position, size=BATCH)
        if not batch.events:
            break
        rows = [
            _delivery_row(event, webhook, now)
            for event in batch.events
            for webhook in listening
            if is_wanted(event.kind, webhook.kinds)
        ]
        made = set(await webhooks.insert_deliveries(rows)) if rows else set()
        active = {webhook.id for webhook in listening if webhook.state is WebhookState.ACTIVE}
        jobs = [
            QueuedJob(str(row["id"]), f"{row['id']}:0")
            for row in rows
            if row["id"] in made and row["webhook_id"] in active
        ]
        await enqueue(session, DELIVER, jobs)
        cursor.transaction_id, cursor.event_id = batch.events[-1].position
        await webhooks.flush()
        if not batch.is_full:
            break
    await queue_due(webhooks, before=now - OVERDUE, now=now)


def _delivery_row(event: HallEvent, webhook: Webhook, now: datetime) -> dict[str, object]:
    body = {
        "type": event.kind,
        "timestamp": event.occurred_at.isoformat(),
        "data": event_body(event).model_dump(mode="json"),
    }
    return {
        "id": new_id(),
        "webhook_id": webhook.id,
        "event_id": event.position.event_id,
        "kind": event.kind,
        "body": json.dumps(body, ensure_ascii=False, separators=(",", ":")),
        "state": DeliveryState.PENDING,
        "attempts": 0,
        "created_at": now,
        "next_attempt_at": now,
        "version": 1,
    }


async def deliver(context: Context, delivery_id: UUID) -> None:
    """Send a delivery that is due, once, and note what came of it."""
    now = context.clock()
    async with context.database.transaction() as session:
        claimed = await WebhookRepository(session).claim(delivery_id, now=now, keep=CLAIM)
    if claimed is None:
        return
    secret = decrypt_secret(context.personal_data, claimed.webhook_id, claimed.secret)
    outcome = await send(claimed, secret, now=now)
    async with context.database.transaction() as session:
        await _note(WebhookRepository(session), claimed, outcome, now=context.clock())


async def send(claimed: ClaimedDelivery, secret: str, *, now: datetime) -> Outcome:
    """One signed POST: no redirects, 10 seconds in all, the reply's body not looked at."""
    message_id = f"msg_{claimed.id}"
    at = now.astimezone(UTC)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "yimen-webhooks/1",
        "Webhook-Id": message_id,
        "Webhook-Timestamp": str(int(at.timestamp())),
        "Webhook-Signature": Signer(secret).sign(
            msg_id=message_id, timestamp=at, data=claimed.body
        ),
    }
    began = time.perf_counter()
    status: int | None = None
    failure: AttemptFailure | None = None
    try:
        async with (
            asyncio.timeout(SEND_SECONDS),
            httpx.AsyncClient(
                follow_redirects=False, trust_env=False, timeout=SEND_SECONDS, verify=_trusted()
            ) as client,
            client.stream(
                "POST",
                check_address(claimed.url),
                content=claimed.body.encode(),
                headers=headers,
            ) as reply,
        ):
            read = 0
            async for chunk in reply.aiter_raw():
                read += len(chunk)
                if read > READ_BYTES:
                    break
            status = reply.status_code
            failure = None if reply.is_success else AttemptFailure.REFUSED
    except TimeoutError:
        failure = AttemptFailure.TIMED_OUT
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError):
        failure = AttemptFailure.UNREACHABLE
    return Outcome(status, failure, int((time.perf_counter() - began) * 1000))


@cache
def _trusted() -> ssl.SSLContext:
    """Certificates that the machine trusts; read once, for it takes a while."""
    return ssl.create_default_context()


async def _note(
    webhooks: WebhookRepository, claimed: ClaimedDelivery, outcome: Outcome, *, now: datetime
) -> None:
    """The attempt in the log, and what follows: done, another try, the receiver paused or off."""
    webhook = await webhooks.webhook_to_change(claimed.webhook_id)
    delivery = await webhooks.delivery_to_change(claimed.id)
    assert webhook is not None and delivery is not None
    await webhooks.add(
        WebhookAttempt(
            id=new_id(),
            delivery_id=delivery.id,
            at=now,
            milliseconds=outcome.milliseconds,
            status=outcome.status,
            failure=outcome.failure,
        )
    )
    delivery.claimed_until = None
    delivery.version += 1
    if outcome.failure is None:
        webhook.failures_in_a_row = 0
        delivery.state, delivery.delivered_at = DeliveryState.DELIVERED, now
        await webhooks.flush()
        return
    webhook.failures_in_a_row += 1
    if outcome.status == GONE:
        await _switch_off(webhooks, webhook, delivery, now)
        return
    if delivery.state is not DeliveryState.PENDING:
        await webhooks.flush()
        return
    await _try_again(webhooks, webhook, delivery, now)
    if webhook.state is WebhookState.ACTIVE and webhook.failures_in_a_row >= DEAD_AFTER:
        webhook.state = WebhookState.PAUSED
        webhook.state_reason = f"连续 {webhook.failures_in_a_row} 次没有送达，已自动暂停"
        webhook.version += 1
        await webhooks.flush()
        await announce(webhooks.session, webhook, "webhooks.pause", now=now)
        log.warning("webhook_paused", webhook=str(webhook.id))


async def _try_again(
    webhooks: WebhookRepository, webhook: Webhook, delivery: WebhookDelivery, now: datetime
) -> None:
    wait = pause_before_retry(delivery.attempts)
    if wait is None:
        delivery.state = DeliveryState.FAILED
        await webhooks.flush()
        await announce(webhooks.session, webhook, "webhooks.fail", now=now)
        return
    delivery.next_attempt_at = now + wait
    await webhooks.flush()
    job = QueuedJob(str(delivery.id), f"{delivery.id}:{delivery.attempts}")
    await enqueue(webhooks.session, DELIVER, [job], after=wait)


async def _switch_off(
    webhooks: WebhookRepository, webhook: Webhook, delivery: WebhookDelivery, now: datetime
) -> None:
    delivery.state = DeliveryState.DROPPED
    if webhook.state is not WebhookState.OFF:
        webhook.state = WebhookState.OFF
        webhook.state_reason = "接收方答复不再接收（410），已停用"
        webhook.version += 1
    await webhooks.flush()
    await webhooks.drop_pending(webhook.id)
    await announce(webhooks.session, webhook, "webhooks.switch_off", now=now)
