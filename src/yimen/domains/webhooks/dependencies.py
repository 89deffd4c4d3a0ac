"""How FastAPI builds the service of subscriptions."""

from typing import Annotated

from fastapi import Depends

from yimen.core.dependencies import DbSession, Now, OfficeOrDirector, ServiceContext
from yimen.domains.webhooks.repository import WebhookRepository
from yimen.domains.webhooks.service import WebhookService


async def webhook_service(
    session: DbSession, caller: OfficeOrDirector, now: Now, context: ServiceContext
) -> WebhookService:
    return WebhookService(
        WebhookRepository(session), caller=caller, now=now, data=context.personal_data
    )


Webhooks = Annotated[WebhookService, Depends(webhook_service)]
