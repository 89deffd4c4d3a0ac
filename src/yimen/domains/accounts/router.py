"""Logging in and out, and the office's management of accounts, over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import Body, Cookie, Form, Path, Query, Request, Response

from yimen.core.dependencies import IfMatch, SignedIn
from yimen.core.errors import PreconditionRequired, Stale
from yimen.core.pagination import InvalidCursor, PageQuery
from yimen.core.preconditions import put_etag
from yimen.core.routing import Router
from yimen.domains.accounts.dependencies import (
    REFRESH_COOKIE,
    Accounts,
    Identified,
    Logins,
    Own,
    OwnHall,
    drop_cookie,
    hand_over,
)
from yimen.domains.accounts.schemas import (
    ACCOUNT_ID,
    SESSION_ID,
    AccountCreate,
    AccountPage,
    AccountQuery,
    AccountRead,
    MeRead,
    PasswordChange,
    RefreshRequest,
    RoleChange,
    SessionPage,
    TemporaryPassword,
    TokenForm,
    TokenRead,
)
from yimen.domains.accounts.service import (
    AlreadyDisabled,
    DirectorAccount,
    LastAdministrator,
    NotDisabled,
    OwnAccount,
    StaffHasAccount,
    StaffRequired,
    UsernameTaken,
    WeakPassword,
    describe_caller,
)
from yimen.domains.accounts.service_login import (
    AccountDisabled,
    RefreshInvalid,
    RefreshReused,
    TooManyLogins,
    WrongCredentials,
    WrongPassword,
)
from yimen.domains.organisation.service import StaffMemberLeft

auth = Router(prefix="/auth", tag="auth")
router = Router(prefix="/accounts", tag="accounts")

AccountId = Annotated[UUID, Path(examples=[ACCOUNT_ID])]
SessionId = Annotated[UUID, Path(examples=[SESSION_ID])]
RefreshCookie = Annotated[
    str | None,
    Cookie(
        alias=REFRESH_COOKIE,
        max_length=200,
        description="登录时要求放入的刷新令牌",
        examples=["Zm9v"],
    ),
]
NOT_YOURS = (OwnAccount, DirectorAccount)


@auth.create(
    "/token",
    summary="登录（OAuth2 密码方式），或用刷新令牌换新",
    errors=[WrongCredentials, AccountDisabled, TooManyLogins, RefreshInvalid, RefreshReused],
    public=True,
    repeatable=False,
    status_code=200,
)
async def grant_token(
    form: Annotated[TokenForm, Form()], logins: Logins, request: Request, response: Response
) -> TokenRead:
    tokens = await logins.grant(form)
    return hand_over(tokens, by_cookie=form.use_cookie, request=request, response=response)


@auth.create(
    "/refresh",
    summary="用刷新令牌换新令牌",
    errors=[RefreshInvalid, RefreshReused],
    public=True,
    repeatable=False,
    status_code=200,
)
async def refresh_token(
    data: Annotated[RefreshRequest, Body()],
    logins: Logins,
    request: Request,
    response: Response,
    cookie: RefreshCookie = None,
) -> TokenRead:
    tokens = await logins.refresh(data.token or cookie)
    by_cookie = data.token is None
    return hand_over(tokens, by_cookie=by_cookie, request=request, response=response)


@auth.create("/logout", summary="退出登录", repeatable=False, status_code=204)
async def log_out(request: Request, response: Response, caller: SignedIn, accounts: Own) -> None:
    await accounts.log_out(caller)
    drop_cookie(request=request, response=response)


@auth.read("/me", summary="当前登录的是谁")
async def read_me(caller: SignedIn, hall: OwnHall) -> MeRead:
    return await describe_caller(caller, hall)


@auth.create(
    "/password",
    summary="修改自己的密码，其他登录随即结束",
    errors=[WeakPassword, WrongPassword, TooManyLogins],
    repeatable=False,
    status_code=204,
)
async def change_password(data: PasswordChange, caller: Identified, logins: Logins) -> None:
    await logins.change_password(
        caller, data.current_password.get_secret_value(), data.new_password.get_secret_value()
    )


@auth.read("/sessions", summary="自己的登录列表", errors=[InvalidCursor])
async def list_sessions(
    query: Annotated[PageQuery, Query()], caller: SignedIn, accounts: Own
) -> SessionPage:
    return await accounts.list_sessions(caller, query)


@auth.create(
    "/sessions/{session_id}/end", summary="结束自己的一个登录", repeatable=False, status_code=204
)
async def end_session(session_id: SessionId, caller: SignedIn, accounts: Own) -> None:
    await accounts.end_session(caller, session_id)


@router.read("", summary="账号列表", errors=[InvalidCursor])
async def list_accounts(query: Annotated[AccountQuery, Query()], accounts: Accounts) -> AccountPage:
    return await accounts.list_accounts(query)


@router.create(
    "",
    summary="建立账号，返回临时密码",
    errors=[UsernameTaken, StaffHasAccount, StaffRequired, StaffMemberLeft, DirectorAccount],
    repeatable=False,
)
async def create_account(
    data: AccountCreate, response: Response, accounts: Accounts
) -> TemporaryPassword:
    account, password = await accounts.create_account(data)
    put_etag(response, account.version)
    return TemporaryPassword(account=await accounts.show(account), temporary_password=password)


@router.read("/{account_id}", summary="查看账号")
async def read_account(
    account_id: AccountId, response: Response, accounts: Accounts
) -> AccountRead:
    account = await accounts.account(account_id)
    put_etag(response, account.version)
    return await accounts.show(account)


@router.command(
    "/{account_id}/change-role",
    summary="更改账号角色",
    errors=[LastAdministrator, StaffHasAccount, StaffRequired, StaffMemberLeft, *NOT_YOURS],
)
async def change_role(
    account_id: AccountId, data: RoleChange, seen: IfMatch, response: Response, accounts: Accounts
) -> AccountRead:
    account = await accounts.change_role(account_id, data, seen=seen)
    put_etag(response, account.version)
    return await accounts.show(account)


@router.command(
    "/{account_id}/disable",
    summary="停用账号",
    errors=[AlreadyDisabled, LastAdministrator, *NOT_YOURS],
)
async def disable(
    account_id: AccountId, seen: IfMatch, response: Response, accounts: Accounts
) -> AccountRead:
    account = await accounts.disable(account_id, seen=seen)
    put_etag(response, account.version)
    return await accounts.show(account)


@router.command("/{account_id}/enable", summary="启用账号", errors=[NotDisabled, *NOT_YOURS])
async def enable(
    account_id: AccountId, seen: IfMatch, response: Response, accounts: Accounts
) -> AccountRead:
    account = await accounts.enable(account_id, seen=seen)
    put_etag(response, account.version)
    return await accounts.show(account)


@router.create(
    "/{account_id}/reset-password",
    summary="重置密码，返回临时密码",
    errors=[PreconditionRequired, Stale, *NOT_YOURS],
    repeatable=False,
    status_code=200,
)
async def reset_password(
    account_id: AccountId, seen: IfMatch, response: Response, accounts: Accounts
) -> TemporaryPassword:
    account, password = await accounts.reset_password(account_id, seen=seen)
    put_etag(response, account.version)
    return TemporaryPassword(account=await accounts.show(account), temporary_password=password)
