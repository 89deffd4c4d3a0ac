"""How FastAPI builds the services of accounts, and how tokens travel."""

from typing import Annotated

from fastapi import Depends, Request, Response

from yimen.core.caller import Caller
from yimen.core.dependencies import (
    DbSession,
    Now,
    OfficeOrDirector,
    ServiceContext,
    SignedIn,
    Token,
    require_signed_in,
)
from yimen.domains.accounts.repository import AccountRepository
from yimen.domains.accounts.schemas import TokenRead
from yimen.domains.accounts.service import AccountService
from yimen.domains.accounts.service_login import LoginService, Origin, Tokens
from yimen.domains.organisation.dependencies import organisation_service
from yimen.domains.organisation.service import OrganisationService

REFRESH_COOKIE = "yimen_refresh"


async def account_service(
    session: DbSession, caller: OfficeOrDirector, now: Now, context: ServiceContext
) -> AccountService:
    return AccountService(
        AccountRepository(session), caller=caller, now=now, passwords=context.passwords
    )


async def own_account_service(
    session: DbSession, caller: SignedIn, now: Now, context: ServiceContext
) -> AccountService:
    return AccountService(
        AccountRepository(session), caller=caller, now=now, passwords=context.passwords
    )


async def own_hall(session: DbSession, caller: SignedIn, now: Now) -> OrganisationService:
    return await organisation_service(session, caller, now)


async def login_service(request: Request, context: ServiceContext, now: Now) -> LoginService:
    return LoginService(
        context.database,
        passwords=context.passwords,
        signer=context.signer,
        refresh_days=context.settings.refresh_token_days,
        now=now,
        origin=Origin(
            address=request.client.host if request.client else None,
            user_agent=request.headers.get("user-agent"),
        ),
    )


async def identify(request: Request, context: ServiceContext, token: Token) -> Caller:
    """Who is logged in, without holding a connection for the rest of the request."""
    async with context.database.reading() as session:
        return await require_signed_in(request, session, token)


Accounts = Annotated[AccountService, Depends(account_service)]
Own = Annotated[AccountService, Depends(own_account_service)]
OwnHall = Annotated[OrganisationService, Depends(own_hall)]
Logins = Annotated[LoginService, Depends(login_service)]
Identified = Annotated[Caller, Depends(identify)]


def _cookie_path(request: Request) -> str:
    return f"{request.scope.get('root_path', '').rstrip('/')}/api/v1/auth"


def hand_over(
    tokens: Tokens, *, by_cookie: bool, request: Request, response: Response
) -> TokenRead:
    """The tokens as a reply; a browser may have the refresh token where no script reads it."""
    if by_cookie:
        response.set_cookie(
            REFRESH_COOKIE,
            tokens.refresh_token,
            max_age=tokens.refresh_seconds,
            path=_cookie_path(request),
            secure=request.url.scheme == "https",
            httponly=True,
            samesite="strict",
        )
    return TokenRead(
        access_token=tokens.access_token,
        expires_in=tokens.expires_in,
        refresh_token=None if by_cookie else tokens.refresh_token,
        refresh_expires_at=tokens.refresh_expires_at,
        must_change_password=tokens.must_change_password,
    )


def drop_cookie(*, request: Request, response: Response) -> None:
    """Let the browser forget the refresh token."""
    response.delete_cookie(
        REFRESH_COOKIE, path=_cookie_path(request), httponly=True, samesite="strict"
    )
