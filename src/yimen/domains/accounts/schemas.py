"""How accounts, log-ins and tokens look on the wire."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import (
    AfterValidator,
    ConfigDict,
    Field,
    SecretStr,
    computed_field,
    model_validator,
)

from yimen.core.caller import Role
from yimen.core.pagination import Page, PageQuery
from yimen.core.schemas import AllowedAction, Instant, ReadSchema, Schema, example, page_example
from yimen.domains.accounts.rules import is_username, normalise_username

ACCOUNT_ID = "019a4f3e-7c1d-7b60-9d0e-6a2f4c8b1e11"
SESSION_ID = "019a4f3e-7c1d-7b60-9d0e-6a2f4c8b1e12"
_STAFF_ID = "019a4f3e-7c1d-7b60-9d0e-6a2f4c8b1e03"

_ACCOUNT = {
    "id": ACCOUNT_ID,
    "username": "aygul",
    "role": "window",
    "role_label": "窗口工作人员",
    "staff_id": _STAFF_ID,
    "staff_number": "S007",
    "staff_name": "阿依古丽·买买提",
    "is_disabled": False,
    "disabled_at": None,
    "must_change_password": True,
    "is_demo": False,
    "created_at": "2026-03-10T11:00:00+08:00",
    "password_changed_at": "2026-03-10T11:00:00+08:00",
    "allowed_actions": [
        {"action": "disable", "allowed": True, "reason_code": None, "reason": None}
    ],
}
_SESSION = {
    "id": SESSION_ID,
    "is_current": True,
    "created_at": "2026-03-10T10:00:00+08:00",
    "last_used_at": "2026-03-10T11:00:00+08:00",
    "expires_at": "2026-03-17T11:00:00+08:00",
    "client": "Mozilla/5.0 (X11; Linux x86_64)",
    "address": "10.0.3.17",
}


def _exact(*values: dict[str, Any]) -> ConfigDict:
    """Like ``_example``, and blanks around a secret belong to it."""
    return ConfigDict(json_schema_extra={"examples": list(values)}, str_strip_whitespace=False)


def _username(text: str) -> str:
    name = normalise_username(text)
    if not is_username(name):
        raise ValueError("用户名用 2 到 40 个字母、数字、点、下划线或连字符，以字母或数字开头。")
    return name


Username = Annotated[
    str, Field(max_length=64, description="用户名，不分大小写"), AfterValidator(_username)
]
Password = Annotated[SecretStr, Field(min_length=1, max_length=128)]
RefreshSecret = Annotated[SecretStr, Field(min_length=1, max_length=200)]


class TokenForm(Schema):
    """The form of OAuth 2: a password, or a refresh token, for a new access token."""

    model_config = _exact(
        {"grant_type": "password", "username": "office", "password": "correct horse 47"},
        {"grant_type": "refresh_token", "refresh_token": "Zm9v…"},
    )

    grant_type: Literal["password", "refresh_token"] = "password"
    username: Annotated[str | None, Field(max_length=128)] = None
    password: Password | None = None
    refresh_token: RefreshSecret | None = None
    use_cookie: Annotated[
        bool, Field(description="刷新令牌放在 HttpOnly Cookie 中，不在正文返回")
    ] = False
    scope: Annotated[str, Field(max_length=200, description="不使用")] = ""
    client_id: Annotated[str | None, Field(max_length=200, description="不使用")] = None
    client_secret: Annotated[SecretStr | None, Field(max_length=200, description="不使用")] = None

    @model_validator(mode="after")
    def _check_complete(self) -> "TokenForm":
        if self.grant_type == "password" and (not self.username or self.password is None):
            raise ValueError("请填写用户名和密码。")
        if self.grant_type == "refresh_token" and self.refresh_token is None:
            raise ValueError("缺少刷新令牌。")
        return self


class RefreshRequest(Schema):
    """The refresh token; left out by browsers that have it as a cookie."""

    model_config = _exact({"refresh_token": "Zm9v…"}, {})

    refresh_token: RefreshSecret | None = None

    @property
    def token(self) -> str | None:
        return self.refresh_token.get_secret_value() if self.refresh_token else None


class TokenRead(ReadSchema):
    """An access token, and the one refresh token that is good for the next."""

    model_config = example(
        {
            "access_token": "eyJhbGciOiJIUzI1NiJ9.…",
            "token_type": "bearer",
            "expires_in": 900,
            "refresh_token": "Zm9v…",
            "refresh_expires_at": "2026-03-17T11:00:00+08:00",
            "must_change_password": False,
        }
    )

    access_token: str
    token_type: Literal["bearer"] = "bearer"  # noqa: S105 - the kind of token, not a secret
    expires_in: Annotated[int, Field(description="访问令牌有效的秒数")]
    refresh_token: Annotated[
        str | None, Field(description="刷新令牌，用一次即换新；已放入 Cookie 时为 null")
    ]
    refresh_expires_at: Instant
    must_change_password: Annotated[bool, Field(description="须先修改临时密码")]


class PasswordChange(Schema):
    """The password as it is and as it shall be."""

    model_config = _exact(
        {"current_password": "correct horse 47", "new_password": "battery staple 91"}
    )

    current_password: Password
    new_password: Password


class PlaceRead(ReadSchema):
    """A department or window by name."""

    id: UUID
    number: Annotated[str, Field(description="窗口编号或部门代码")]
    name: str


class MeRead(ReadSchema):
    """Who is logged in, as what, and where they serve today."""

    model_config = example(
        {
            "account_id": ACCOUNT_ID,
            "session_id": SESSION_ID,
            "username": "aygul",
            "name": "阿依古丽·买买提",
            "role": "window",
            "role_label": "窗口工作人员",
            "staff_id": _STAFF_ID,
            "department": {"id": ACCOUNT_ID, "number": "scjg", "name": "县市场监督管理局"},
            "windows": [{"id": ACCOUNT_ID, "number": "07", "name": "市场监管窗口"}],
            "must_change_password": False,
        }
    )

    account_id: UUID
    session_id: UUID
    username: str
    name: str
    role: Role
    staff_id: UUID | None
    department: PlaceRead | None
    windows: Annotated[list[PlaceRead], Field(description="今天服务的窗口")]
    must_change_password: bool

    @computed_field
    def role_label(self) -> str:
        return self.role.label


class SessionRead(ReadSchema):
    """A log-in that is still open."""

    model_config = example(_SESSION)

    id: UUID
    is_current: Annotated[bool, Field(description="就是本次登录")]
    created_at: Instant
    last_used_at: Annotated[Instant, Field(description="最近一次签发令牌的时间")]
    expires_at: Instant
    client: str | None
    address: str | None


class AccountCreate(Schema):
    """A new account; its temporary password is made by the system."""

    model_config = example({"username": "aygul", "role": "window", "staff_id": _STAFF_ID})

    username: Username
    role: Role
    staff_id: Annotated[UUID | None, Field(description="所属工作人员；窗口人员与首席代表必填")] = (
        None
    )


class RoleChange(Schema):
    """What an account is from now on."""

    model_config = example({"role": "chief_representative"})

    role: Role
    staff_id: Annotated[UUID | None, Field(description="所属工作人员；缺省表示不变")] = None


class AccountRead(ReadSchema):
    """An account; nothing of its password."""

    model_config = example(_ACCOUNT)

    id: UUID
    username: str
    role: Role
    staff_id: UUID | None
    staff_number: str | None
    staff_name: str | None
    is_disabled: bool
    disabled_at: Instant | None
    must_change_password: bool
    is_demo: Annotated[bool, Field(description="仍在使用公开的演示密码")]
    created_at: Instant
    password_changed_at: Instant
    allowed_actions: list[AllowedAction]

    @computed_field
    def role_label(self) -> str:
        return self.role.label


class TemporaryPassword(ReadSchema):
    """An account with its temporary password, shown this once."""

    model_config = example({"account": _ACCOUNT, "temporary_password": "kT4-…"})

    account: AccountRead
    temporary_password: Annotated[str, Field(description="只显示这一次；本人登录后须先修改")]


class AccountQuery(PageQuery):
    """Which accounts."""

    role: Role | None = None
    is_disabled: bool | None = None
    staff_id: Annotated[UUID | None, Field(examples=[_STAFF_ID])] = None


class AccountPage(Page[AccountRead]):
    """Accounts by user name."""

    model_config = page_example(_ACCOUNT)


class SessionPage(Page[SessionRead]):
    """Open log-ins, the newest first."""

    model_config = page_example(_SESSION)
