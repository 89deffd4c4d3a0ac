"""Who may arrange what is sent to other systems, and see what was."""

from dataclasses import replace
from uuid import UUID

import sqlalchemy as sa
from tests.access import Ask, Scene, Table, World, read_table
from tests.access_hall import HALL_CALLERS

from yimen.core.database import new_id
from yimen.domains.webhooks.enums import DeliveryState
from yimen.domains.webhooks.models import WebhookDelivery

TABLE = """
                                                 clerk       chief
                                           all   A     B     A     B     office director
GET   /webhooks                            401   403   403   403   403   200   200
POST  /webhooks                            401   403   403   403   403   201   403
GET   /webhooks/{webhook_id}               401   403   403   403   403   200   200
PATCH /webhooks/{webhook_id}               401   403   403   403   403   200   403
POST  /webhooks/{webhook_id}/pause         401   403   403   403   403   200   403
POST  /webhooks/{webhook_id}/resume        401   403   403   403   403   200   403
POST  /webhooks/{webhook_id}/switch-off    401   403   403   403   403   200   403
GET   /webhooks/{webhook_id}/deliveries    401   403   403   403   403   200   200
GET   /webhooks/{webhook_id}/deliveries/{delivery_id} \
                                           401   403   403   403   403   200   200
POST  /webhooks/{webhook_id}/deliveries/{delivery_id}/replay \
                                           401   403   403   403   403   200   403
"""


async def nothing(world: World) -> Ask:
    return Ask()


async def a_wish(world: World) -> Ask:
    return Ask(json={"name": "县平台", "url": "http://10.0.8.20/hooks", "kinds": ["case.*"]})


async def a_subscription(world: World) -> Ask:
    made = await world.made("office", "POST /webhooks", await a_wish(world))
    return Ask(of={"webhook_id": made["webhook"]["id"]})


async def one_to_change(world: World) -> Ask:
    return replace(await a_subscription(world), json={"kinds": []}, version=1)


async def one_to_stop(world: World) -> Ask:
    return replace(await a_subscription(world), version=1)


async def one_to_resume(world: World) -> Ask:
    ask = await one_to_stop(world)
    paused = await world.made("office", "POST /webhooks/{webhook_id}/pause", ask)
    return replace(ask, version=paused["version"])


async def a_failed_delivery(world: World) -> Ask:
    of = (await a_subscription(world)).of
    delivery_id = new_id()
    await world.session.execute(
        sa.insert(WebhookDelivery).values(
            id=delivery_id,
            webhook_id=UUID(str(of["webhook_id"])),
            event_id=1,
            kind="case.received",
            body="{}",
            state=DeliveryState.FAILED,
            attempts=9,
            created_at=world.clock.now,
            next_attempt_at=world.clock.now,
        )
    )
    return Ask(of={**of, "delivery_id": delivery_id})


SCENES: dict[str, Scene] = {
    "GET /webhooks": nothing,
    "POST /webhooks": a_wish,
    "GET /webhooks/{webhook_id}": a_subscription,
    "PATCH /webhooks/{webhook_id}": one_to_change,
    "POST /webhooks/{webhook_id}/pause": one_to_stop,
    "POST /webhooks/{webhook_id}/resume": one_to_resume,
    "POST /webhooks/{webhook_id}/switch-off": one_to_stop,
    "GET /webhooks/{webhook_id}/deliveries": a_subscription,
    "GET /webhooks/{webhook_id}/deliveries/{delivery_id}": a_failed_delivery,
    "POST /webhooks/{webhook_id}/deliveries/{delivery_id}/replay": a_failed_delivery,
}

WEBHOOKS = Table(read_table(TABLE, HALL_CALLERS), SCENES)
