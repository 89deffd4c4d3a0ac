"""How machines and their credentials look on the wire."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field, SecretStr, computed_field, model_validator

from yimen.core.caller import SCOPES_OF_DEVICES, DeviceKind, DeviceScope
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

DEVICE_ID = "019a4f3e-7c1d-7b60-9d0e-6a2f4c8b1d01"
_WINDOW_ID = "019a4f3e-7c1d-7b60-9d0e-6a2f4c8b1e07"

_DEVICE = {
    "id": DEVICE_ID,
    "name": "大厅东侧显示屏",
    "kind": "screen",
    "kind_label": "显示屏",
    "scopes": ["calls:read"],
    "window_id": None,
    "window_number": None,
    "place": "大厅东侧",
    "registered_at": "2026-03-10T11:00:00+08:00",
    "last_seen_at": "2026-03-10T11:05:00+08:00",
    "is_revoked": False,
    "revoked_at": None,
    "revoked_reason": None,
    "allowed_actions": [{"action": "revoke", "allowed": True, "reason_code": None, "reason": None}],
}


def _exact(*values: dict[str, Any]) -> ConfigDict:
    """Like ``_example``, and blanks around a secret belong to it."""
    return ConfigDict(json_schema_extra={"examples": list(values)}, str_strip_whitespace=False)


class DeviceTokenForm(Schema):
    """The form of OAuth 2 client credentials: a machine's id and secret for an access token."""

    model_config = _exact(
        {"grant_type": "client_credentials", "client_id": DEVICE_ID, "client_secret": "Zm9v…"}
    )

    grant_type: Literal["client_credentials"] = "client_credentials"
    client_id: Annotated[str, Field(min_length=1, max_length=64, description="设备编号")]
    client_secret: Annotated[SecretStr, Field(min_length=1, max_length=200)]
    scope: Annotated[str, Field(max_length=200, description="不使用；权限由设备种类决定")] = ""


class DeviceTokenRead(ReadSchema):
    """An access token of a machine; there is no refresh token, the secret serves again."""

    model_config = example(
        {
            "access_token": "eyJhbGciOiJIUzI1NiJ9.…",
            "token_type": "bearer",
            "expires_in": 900,
            "scope": "calls:read",
        }
    )

    access_token: str
    token_type: Literal["bearer"] = "bearer"  # noqa: S105 - the kind of token, not a secret
    expires_in: Annotated[int, Field(description="访问令牌有效的秒数")]
    scope: Annotated[str, Field(description="该设备的权限，空格隔开")]


class DeviceCreate(Schema):
    """A machine to be registered."""

    model_config = example(
        {"name": "大厅东侧显示屏", "kind": "screen", "place": "大厅东侧"},
        {"name": "07 号窗口评价器", "kind": "evaluator", "window_id": _WINDOW_ID},
    )

    name: Label
    kind: DeviceKind
    window_id: Annotated[
        UUID | None, Field(description="所在窗口；服务全大厅的设备不填，评价器必填")
    ] = None
    place: Annotated[Label | None, Field(description="摆放位置")] = None

    @model_validator(mode="after")
    def _check_window(self) -> "DeviceCreate":
        if self.kind is DeviceKind.EVALUATOR and self.window_id is None:
            raise ValueError("评价器须登记所在窗口。")
        return self


class DeviceUpdate(Schema):
    """What is to be different; what is left out stays. The kind of a machine never changes."""

    model_config = example({"place": "大厅西侧"})

    name: Label | None = None
    window_id: UUID | None = None
    place: Label | None = None


class SecretRotation(Schema):
    """How long the old secret serves beside the new one."""

    model_config = example({"overlap_minutes": 1440}, {})

    overlap_minutes: Annotated[
        int, Field(ge=0, le=10_080, description="旧密钥继续有效的分钟数；0 表示立即失效")
    ] = 1440


class DeviceRevocation(Schema):
    """Why a machine may no longer call."""

    model_config = example({"reason": "设备报废"})

    reason: Label


class DeviceRead(ReadSchema):
    """A machine; nothing of its secret."""

    model_config = example(_DEVICE)

    id: UUID
    name: str
    kind: DeviceKind
    window_id: UUID | None
    window_number: str | None
    place: str | None
    registered_at: Instant
    last_seen_at: Annotated[Instant | None, Field(description="最近一次领取令牌的时间")]
    is_revoked: bool
    revoked_at: Instant | None
    revoked_reason: str | None
    allowed_actions: list[AllowedAction]

    @computed_field
    def kind_label(self) -> str:
        return self.kind.label

    @computed_field
    def scopes(self) -> list[DeviceScope]:
        return sorted(SCOPES_OF_DEVICES[self.kind])


class DeviceCredentials(ReadSchema):
    """A machine with its new secret, shown this once."""

    model_config = example(
        {
            "device": _DEVICE,
            "client_id": DEVICE_ID,
            "client_secret": "Zm9v…",
            "previous_secret_expires_at": None,
        }
    )

    device: DeviceRead
    client_id: UUID
    client_secret: Annotated[str, Field(description="只显示这一次，请立即写入设备")]
    previous_secret_expires_at: Annotated[
        Instant | None, Field(description="旧密钥失效的时间；没有旧密钥时为 null")
    ]


class DeviceQuery(PageQuery):
    """Which machines."""

    kind: DeviceKind | None = None
    window_id: Annotated[UUID | None, Field(examples=[_WINDOW_ID])] = None
    is_revoked: bool | None = None


class DevicePage(Page[DeviceRead]):
    """Machines by name."""

    model_config = page_example(_DEVICE)
