"""How subscriptions and deliveries look on the wire."""

from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints, computed_field

from yimen.core.pagination import Page, PageQuery
from yimen.core.schemas import (
    AllowedAction,
    Instant,
    Label,
    ReadSchema,
    Schema,
    example,
    page_example,
)
from yimen.domains.webhooks.enums import AttemptFailure, DeliveryState, WebhookState
from yimen.domains.webhooks.rules import check_address

WEBHOOK_ID = "019a4f3e-7c1d-7b60-9d0e-6a2f4c8b1b01"
DELIVERY_ID = "019a4f3e-7c1d-7b60-9d0e-6a2f4c8b1b02"

_WEBHOOK = {
    "id": WEBHOOK_ID,
    "name": "县政务平台",
    "url": "http://10.0.8.20/hooks/yimen",
    "kinds": ["case.*"],
    "state": "active",
    "state_label": "启用",
    "state_reason": None,
    "failures_in_a_row": 0,
    "created_at": "2026-03-10T11:00:00+08:00",
    "allowed_actions": [{"action": "pause", "allowed": True, "reason_code": None, "reason": None}],
}
_DELIVERY = {
    "id": DELIVERY_ID,
    "webhook_id": WEBHOOK_ID,
    "kind": "case.accepted",
    "state": "delivered",
    "state_label": "已送达",
    "attempts": 1,
    "created_at": "2026-03-10T11:00:00+08:00",
    "next_attempt_at": None,
    "delivered_at": "2026-03-10T11:00:01+08:00",
}
_ATTEMPT = {
    "at": "2026-03-10T11:00:01+08:00",
    "milliseconds": 12,
    "status": 204,
    "failure": None,
    "failure_label": None,
}


Address = Annotated[
    str, Field(max_length=500, description="接收地址，http 或 https"), AfterValidator(check_address)
]
KindFilter = Annotated[
    str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*(\.[a-z0-9_]+|\.\*)$", max_length=80)
]
Kinds = Annotated[
    list[KindFilter],
    Field(max_length=50, description="只推送这些种类；`case.*` 表示一类；空表示全部"),
]


class WebhookCreate(Schema):
    """Where to send which events."""

    model_config = example(
        {"name": "县政务平台", "url": "http://10.0.8.20/hooks/yimen", "kinds": ["case.*"]}
    )

    name: Label
    url: Address
    kinds: Kinds = Field(default_factory=list)


class WebhookUpdate(Schema):
    """What is to be different; what is left out stays."""

    model_config = example({"url": "http://10.0.8.21/hooks/yimen"})

    name: Label | None = None
    url: Address | None = None
    kinds: Kinds | None = None


class WebhookRead(ReadSchema):
    """A subscription; nothing of its secret."""

    model_config = example(_WEBHOOK)

    id: UUID
    name: str
    url: str
    kinds: list[str]
    state: WebhookState
    state_reason: Annotated[str | None, Field(description="为什么暂停或停用")]
    failures_in_a_row: Annotated[int, Field(description="最近连续失败的次数")]
    created_at: Instant
    allowed_actions: list[AllowedAction]

    @computed_field
    def state_label(self) -> str:
        return self.state.label


class WebhookSecret(ReadSchema):
    """A subscription with its secret, shown this once."""

    model_config = example({"webhook": _WEBHOOK, "secret": "whsec_Zm9v…"})

    webhook: WebhookRead
    secret: Annotated[
        str, Field(description="签名密钥（Standard Webhooks），只显示这一次，交给接收方")
    ]


class WebhookQuery(PageQuery):
    """Which subscriptions."""

    state: WebhookState | None = None


class WebhookPage(Page[WebhookRead]):
    """Subscriptions, the oldest first."""

    model_config = page_example(_WEBHOOK)


class AttemptRead(ReadSchema):
    """One try."""

    model_config = example(_ATTEMPT)

    at: Instant
    milliseconds: int
    status: Annotated[int | None, Field(description="对方的 HTTP 状态码；没有应答时为 null")]
    failure: AttemptFailure | None

    @computed_field
    def failure_label(self) -> str | None:
        return self.failure.label if self.failure else None


class DeliveryRead(ReadSchema):
    """One event for one receiver."""

    model_config = example(_DELIVERY)

    id: UUID
    webhook_id: UUID
    kind: str
    state: DeliveryState
    attempts: Annotated[int, Field(description="已尝试的次数")]
    created_at: Instant
    next_attempt_at: Annotated[Instant | None, Field(description="下次尝试的时间")]
    delivered_at: Instant | None

    @computed_field
    def state_label(self) -> str:
        return self.state.label


class DeliveryDetail(DeliveryRead):
    """A delivery with what was sent and every try."""

    model_config = example(_DELIVERY | {"body": '{"type":"case.accepted",…}', "tries": [_ATTEMPT]})

    body: Annotated[str, Field(description="发送的正文")]
    tries: list[AttemptRead]


class DeliveryQuery(PageQuery):
    """Which deliveries."""

    state: DeliveryState | None = None


class DeliveryPage(Page[DeliveryRead]):
    """Deliveries, the newest first."""

    model_config = page_example(_DELIVERY)
