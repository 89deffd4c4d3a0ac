"""Subscriptions and their deliveries, over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Query, Response

from yimen.core.dependencies import IfMatch
from yimen.core.pagination import InvalidCursor
from yimen.core.preconditions import put_etag
from yimen.core.routing import Router
from yimen.domains.webhooks.dependencies import Webhooks
from yimen.domains.webhooks.schemas import (
    DELIVERY_ID,
    WEBHOOK_ID,
    DeliveryDetail,
    DeliveryPage,
    DeliveryQuery,
    WebhookCreate,
    WebhookPage,
    WebhookQuery,
    WebhookRead,
    WebhookSecret,
    WebhookUpdate,
)
from yimen.domains.webhooks.service import (
    DeliveryStillPending,
    WebhookNotActive,
    WebhookNotPaused,
    WebhookOff,
    WebhooksOfficeOnly,
)

router = Router(prefix="/webhooks", tag="webhooks")

WebhookId = Annotated[UUID, Path(examples=[WEBHOOK_ID])]
DeliveryId = Annotated[UUID, Path(examples=[DELIVERY_ID])]


@router.read("", summary="推送订阅列表", errors=[InvalidCursor])
async def list_webhooks(query: Annotated[WebhookQuery, Query()], webhooks: Webhooks) -> WebhookPage:
    return await webhooks.list_webhooks(query)


@router.create(
    "",
    summary="新建推送订阅，返回签名密钥（只显示一次）",
    errors=[WebhooksOfficeOnly],
    repeatable=False,
)
async def subscribe(data: WebhookCreate, response: Response, webhooks: Webhooks) -> WebhookSecret:
    made = await webhooks.subscribe(data)
    put_etag(response, 1)
    return made


@router.read("/{webhook_id}", summary="查看推送订阅")
async def read_webhook(
    webhook_id: WebhookId, response: Response, webhooks: Webhooks
) -> WebhookRead:
    webhook = await webhooks.webhook(webhook_id)
    put_etag(response, webhook.version)
    return webhooks.show(webhook)


@router.change("/{webhook_id}", summary="更改推送订阅", errors=[WebhooksOfficeOnly, WebhookOff])
async def change_webhook(
    webhook_id: WebhookId,
    data: WebhookUpdate,
    seen: IfMatch,
    response: Response,
    webhooks: Webhooks,
) -> WebhookRead:
    webhook = await webhooks.change(webhook_id, data, seen=seen)
    put_etag(response, webhook.version)
    return webhooks.show(webhook)


@router.command(
    "/{webhook_id}/pause", summary="暂停推送", errors=[WebhooksOfficeOnly, WebhookNotActive]
)
async def pause_webhook(
    webhook_id: WebhookId, seen: IfMatch, response: Response, webhooks: Webhooks
) -> WebhookRead:
    webhook = await webhooks.pause(webhook_id, seen=seen)
    put_etag(response, webhook.version)
    return webhooks.show(webhook)


@router.command(
    "/{webhook_id}/resume",
    summary="恢复推送，积压的随即补发",
    errors=[WebhooksOfficeOnly, WebhookNotPaused, WebhookOff],
)
async def resume_webhook(
    webhook_id: WebhookId, seen: IfMatch, response: Response, webhooks: Webhooks
) -> WebhookRead:
    webhook = await webhooks.resume(webhook_id, seen=seen)
    put_etag(response, webhook.version)
    return webhooks.show(webhook)


@router.command(
    "/{webhook_id}/switch-off", summary="停用推送订阅", errors=[WebhooksOfficeOnly, WebhookOff]
)
async def switch_off_webhook(
    webhook_id: WebhookId, seen: IfMatch, response: Response, webhooks: Webhooks
) -> WebhookRead:
    webhook = await webhooks.switch_off(webhook_id, seen=seen)
    put_etag(response, webhook.version)
    return webhooks.show(webhook)


@router.read("/{webhook_id}/deliveries", summary="推送记录", errors=[InvalidCursor])
async def list_deliveries(
    webhook_id: WebhookId, query: Annotated[DeliveryQuery, Query()], webhooks: Webhooks
) -> DeliveryPage:
    return await webhooks.list_deliveries(webhook_id, query)


@router.read("/{webhook_id}/deliveries/{delivery_id}", summary="一条推送的内容与每次尝试")
async def read_delivery(
    webhook_id: WebhookId, delivery_id: DeliveryId, webhooks: Webhooks
) -> DeliveryDetail:
    return await webhooks.delivery(webhook_id, delivery_id)


@router.create(
    "/{webhook_id}/deliveries/{delivery_id}/replay",
    summary="重发一条推送",
    errors=[WebhooksOfficeOnly, WebhookNotActive, DeliveryStillPending],
    status_code=200,
)
async def replay_delivery(
    webhook_id: WebhookId, delivery_id: DeliveryId, webhooks: Webhooks
) -> DeliveryDetail:
    return await webhooks.replay(webhook_id, delivery_id)
