"""Subscriptions: who is sent what, pausing and resuming, the log of deliveries, sending again."""

import base64
import secrets
from datetime import datetime
from uuid import UUID

from yimen.core.audit import AuditFacts, record_audit
from yimen.core.caller import Caller
from yimen.core.crypto import PersonalData, place
from yimen.core.database import new_id
from yimen.core.errors import AppError, Conflict, Forbidden, NotFound
from yimen.core.job_queue import QueuedJob, enqueue
from yimen.core.outbox import publish_event
from yimen.core.preconditions import require_version
from yimen.core.schemas import AllowedAction
from yimen.domains.webhooks.access import may_administer
from yimen.domains.webhooks.enums import DeliveryState, WebhookState
from yimen.domains.webhooks.models import Webhook, WebhookDelivery
from yimen.domains.webhooks.repository import Session, WebhookRepository
from yimen.domains.webhooks.schemas import (
    AttemptRead,
    DeliveryDetail,
    DeliveryPage,
    DeliveryQuery,
    DeliveryRead,
    WebhookCreate,
    WebhookPage,
    WebhookQuery,
    WebhookRead,
    WebhookSecret,
    WebhookUpdate,
)

DELIVER = "webhooks.deliver"
"""The name of the queued job that sends one delivery."""


class WebhooksOfficeOnly(Forbidden):
    code = "webhooks_office_only"
    title = "推送订阅由中心办公室管理。"


class WebhookNotActive(Conflict):
    code = "webhook_not_active"
    title = "该订阅没有启用；如已暂停，请先恢复。"


class WebhookNotPaused(Conflict):
    code = "webhook_not_paused"
    title = "该订阅没有暂停，不需要恢复。"


class WebhookOff(Conflict):
    code = "webhook_off"
    title = "该订阅已停用；如需继续推送，请新建订阅。"


class DeliveryStillPending(Conflict):
    code = "delivery_still_pending"
    title = "该条还在按计划重试，不需要重发。"


def encrypt_secret(data: PersonalData, webhook_id: UUID, secret: str) -> bytes:
    return data.encrypt(secret, bound_to=place(webhook_id, "secret"))


def decrypt_secret(data: PersonalData, webhook_id: UUID, stored: bytes) -> str:
    return data.decrypt(stored, bound_to=place(webhook_id, "secret"))


async def announce(session: Session, webhook: Webhook, action: str, *, now: datetime) -> None:
    """Tell the office, and nobody below it, what became of a subscription."""
    await publish_event(
        session,
        kind=action,
        subject_type="webhook",
        subject_id=webhook.id,
        occurred_at=now,
        facts={
            "name": webhook.name,
            "state": webhook.state.value,
            "reason": webhook.state_reason,
        },
    )


class WebhookService:
    """What the office arranges."""

    def __init__(
        self, webhooks: WebhookRepository, *, caller: Caller, now: datetime, data: PersonalData
    ) -> None:
        self.webhooks = webhooks
        self.caller = caller
        self.now = now
        self.data = data

    async def list_webhooks(self, query: WebhookQuery) -> WebhookPage:
        rows, cursor, total = await self.webhooks.webhooks_page(query)
        return WebhookPage(items=[self.show(row) for row in rows], next_cursor=cursor, total=total)

    async def webhook(self, webhook_id: UUID) -> Webhook:
        """A subscription; raises NotFound."""
        found = await self.webhooks.webhook(webhook_id)
        if found is None:
            raise NotFound("没有这个推送订阅。")
        return found

    async def subscribe(self, data: WebhookCreate) -> WebhookSecret:
        """A new subscription with its secret; it hears what happens from now on."""
        self._require_office()
        webhook_id = new_id()
        secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
        webhook = await self.webhooks.add(
            Webhook(
                id=webhook_id,
                name=data.name,
                url=data.url,
                kinds=data.kinds,
                secret=encrypt_secret(self.data, webhook_id, secret),
                state=WebhookState.ACTIVE,
                failures_in_a_row=0,
                created_at=self.now,
                version=1,
            )
        )
        await self._record("webhooks.subscribe", webhook, new=_facts_of(webhook))
        return WebhookSecret(webhook=self.show(webhook), secret=secret)

    async def change(self, webhook_id: UUID, data: WebhookUpdate, *, seen: int) -> Webhook:
        """Another name, address or choice of kinds."""
        webhook = await self._to_change(webhook_id, seen)
        if webhook.state is WebhookState.OFF:
            raise WebhookOff
        old = _facts_of(webhook)
        webhook.name = data.name or webhook.name
        webhook.url = data.url or webhook.url
        webhook.kinds = webhook.kinds if data.kinds is None else data.kinds
        await self._save("webhooks.change", webhook, old=old)
        return webhook

    async def pause(self, webhook_id: UUID, *, seen: int) -> Webhook:
        """Send nothing for now; everything is kept."""
        webhook = await self._to_change(webhook_id, seen)
        if webhook.state is not WebhookState.ACTIVE:
            raise WebhookNotActive
        old = _facts_of(webhook)
        webhook.state, webhook.state_reason = WebhookState.PAUSED, "由中心办公室暂停"
        await self._save("webhooks.pause", webhook, old=old)
        return webhook

    async def resume(self, webhook_id: UUID, *, seen: int) -> Webhook:
        """Send again, beginning with what has waited."""
        webhook = await self._to_change(webhook_id, seen)
        if webhook.state is WebhookState.OFF:
            raise WebhookOff
        if webhook.state is not WebhookState.PAUSED:
            raise WebhookNotPaused
        old = _facts_of(webhook)
        webhook.state, webhook.state_reason = WebhookState.ACTIVE, None
        webhook.failures_in_a_row = 0
        await self._save("webhooks.resume", webhook, old=old)
        await self.webhooks.make_due(webhook.id, self.now)
        await queue_due(self.webhooks, before=self.now, now=self.now, webhook_id=webhook.id)
        return webhook

    async def switch_off(self, webhook_id: UUID, *, seen: int) -> Webhook:
        """The end of a subscription; what has not arrived is given up."""
        webhook = await self._to_change(webhook_id, seen)
        if webhook.state is WebhookState.OFF:
            raise WebhookOff
        old = _facts_of(webhook)
        webhook.state, webhook.state_reason = WebhookState.OFF, "由中心办公室停用"
        await self._save("webhooks.switch_off", webhook, old=old)
        await self.webhooks.drop_pending(webhook.id)
        return webhook

    async def list_deliveries(self, webhook_id: UUID, query: DeliveryQuery) -> DeliveryPage:
        """What was sent or is to be sent, the newest first."""
        await self.webhook(webhook_id)
        rows, cursor, total = await self.webhooks.deliveries_page(webhook_id, query)
        return DeliveryPage(
            items=[DeliveryRead.model_validate(_shown(row)) for row in rows],
            next_cursor=cursor,
            total=total,
        )

    async def delivery(self, webhook_id: UUID, delivery_id: UUID) -> DeliveryDetail:
        """One delivery with every try; raises NotFound."""
        found = await self.webhooks.delivery(webhook_id, delivery_id)
        if found is None:
            raise NotFound("没有这条推送记录。")
        tries = await self.webhooks.attempts(found.id)
        return DeliveryDetail(
            **_shown(found),
            body=found.body,
            tries=[AttemptRead.model_validate(one) for one in tries],
        )

    async def replay(self, webhook_id: UUID, delivery_id: UUID) -> DeliveryDetail:
        """Send once more what arrived, failed or was given up, under the same message id."""
        self._require_office()
        webhook = await self.webhooks.webhook_to_change(webhook_id)
        delivery = await self.webhooks.delivery(webhook_id, delivery_id)
        if webhook is None or delivery is None:
            raise NotFound("没有这条推送记录。")
        if webhook.state is not WebhookState.ACTIVE:
            raise WebhookNotActive
        held = await self.webhooks.delivery_to_change(delivery_id)
        assert held is not None
        if held.state is DeliveryState.PENDING:
            raise DeliveryStillPending
        held.state, held.attempts = DeliveryState.PENDING, 0
        held.next_attempt_at, held.claimed_until = self.now, None
        held.delivered_at = None
        held.version += 1
        await self.webhooks.flush()
        job = QueuedJob(str(held.id), f"{held.id}:replay:{held.version}")
        await enqueue(self.webhooks.session, DELIVER, [job])
        await self._record("webhooks.replay", webhook, new={"delivery_id": str(held.id)})
        return await self.delivery(webhook_id, delivery_id)

    def show(self, webhook: Webhook) -> WebhookRead:
        return WebhookRead(
            id=webhook.id,
            name=webhook.name,
            url=webhook.url,
            kinds=webhook.kinds,
            state=webhook.state,
            state_reason=webhook.state_reason,
            failures_in_a_row=webhook.failures_in_a_row,
            created_at=webhook.created_at,
            allowed_actions=self._allowed_actions(webhook),
        )

    def _allowed_actions(self, webhook: Webhook) -> list[AllowedAction]:
        is_off = webhook.state is WebhookState.OFF
        refusals: dict[str, AppError | None] = {
            "change": WebhookOff() if is_off else None,
            "pause": None if webhook.state is WebhookState.ACTIVE else WebhookNotActive(),
            "resume": WebhookOff()
            if is_off
            else (None if webhook.state is WebhookState.PAUSED else WebhookNotPaused()),
            "switch-off": WebhookOff() if is_off else None,
        }
        if not may_administer(self.caller):
            refusals = dict.fromkeys(refusals, WebhooksOfficeOnly())
        return [AllowedAction.of(action, refusal) for action, refusal in refusals.items()]

    def _require_office(self) -> None:
        if not may_administer(self.caller):
            raise WebhooksOfficeOnly

    async def _to_change(self, webhook_id: UUID, seen: int) -> Webhook:
        self._require_office()
        found = await self.webhooks.webhook_to_change(webhook_id)
        if found is None:
            raise NotFound("没有这个推送订阅。")
        require_version(found.version, seen)
        return found

    async def _save(self, action: str, webhook: Webhook, *, old: AuditFacts) -> None:
        webhook.version += 1
        await self.webhooks.flush()
        await self._record(action, webhook, old=old, new=_facts_of(webhook))
        await announce(self.webhooks.session, webhook, action, now=self.now)

    async def _record(
        self, action: str, webhook: Webhook, *, old: AuditFacts | None = None, new: AuditFacts
    ) -> None:
        await record_audit(
            self.webhooks.session,
            caller=self.caller,
            action=action,
            subject_type="webhook",
            subject_id=webhook.id,
            old=old,
            new=new,
        )


async def queue_due(
    webhooks: WebhookRepository,
    *,
    before: datetime,
    now: datetime,
    webhook_id: UUID | None = None,
) -> None:
    """Queue pending deliveries without a job, or whose job was lost or would come too late."""
    due = await webhooks.due(before=before, now=now, webhook_id=webhook_id)
    jobs = [
        QueuedJob(str(delivery_id), f"{delivery_id}:{attempts}:{now:%d%H%M}")
        for delivery_id, attempts in due
    ]
    await enqueue(webhooks.session, DELIVER, jobs)


def _shown(delivery: WebhookDelivery) -> dict[str, object]:
    is_pending = delivery.state is DeliveryState.PENDING
    return {
        "id": delivery.id,
        "webhook_id": delivery.webhook_id,
        "kind": delivery.kind,
        "state": delivery.state,
        "attempts": delivery.attempts,
        "created_at": delivery.created_at,
        "next_attempt_at": delivery.next_attempt_at if is_pending else None,
        "delivered_at": delivery.delivered_at,
    }


def _facts_of(webhook: Webhook) -> AuditFacts:
    return {
        "name": webhook.name,
        "url": webhook.url,
        "kinds": webhook.kinds,
        "state": webhook.state.value,
        "reason": webhook.state_reason,
    }
