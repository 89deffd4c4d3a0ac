"""What any router may ask for: session, caller, now, preconditions, the idempotency key."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from typing import Annotated, Protocol
from uuid import UUID

from fastapi import Depends, Header, Request
from fastapi.security import OAuth2PasswordBearer
from sqlalchemy.ext.asyncio import AsyncSession

from yimen.core.caller import Caller, Role
from yimen.core.config import Settings
from yimen.core.crypto import PersonalData
from yimen.core.database import Database
from yimen.core.errors import Forbidden, PasswordMustChange, Unauthenticated
from yimen.core.idempotency import claim_key
from yimen.core.passwords import PasswordHasher
from yimen.core.preconditions import parse_etag
from yimen.core.tokens import InvalidToken, TokenSigner


class FindCaller(Protocol):
    """Reads who a session belongs to; given by the accounts domain through the registry."""

    async def __call__(
        self, session: AsyncSession, *, account_id: UUID, session_id: UUID, now: datetime
    ) -> Caller | None: ...


class Context:
    """What the running service has at hand; lives in ``app.state.context``."""

    def __init__(
        self,
        *,
        settings: Settings,
        database: Database,
        clock: Callable[[], datetime],
        signer: TokenSigner,
        passwords: PasswordHasher,
        personal_data: PersonalData,
        find_caller: FindCaller,
    ) -> None:
        self.settings = settings
        self.database = database
        self.clock = clock
        self.signer = signer
        self.passwords = passwords
        self.personal_data = personal_data
        self.find_caller = find_caller


def get_context(request: Request) -> Context:
    context: Context = request.app.state.context
    return context


async def open_context(request: Request) -> Context:
    return get_context(request)


async def open_session(request: Request) -> AsyncIterator[AsyncSession]:
    """The request's one session: GET reads without a transaction, all else commits at the end."""
    database = get_context(request).database
    reads = request.method in ("GET", "HEAD")
    async with database.reading() if reads else database.transaction() as session:
        yield session


async def read_clock(request: Request) -> datetime:
    return get_context(request).clock()


ServiceContext = Annotated[Context, Depends(open_context)]
DbSession = Annotated[AsyncSession, Depends(open_session, scope="function")]
Now = Annotated[datetime, Depends(read_clock)]

bearer = OAuth2PasswordBearer(tokenUrl="/api/v1/auth/token", auto_error=False)


async def find_optional_caller(
    request: Request,
    session: DbSession,
    now: Now,
    token: Annotated[str | None, Depends(bearer)],
) -> Caller | None:
    """The caller, or none without a token; a bad token is always an error."""
    if token is None:
        if "authorization" in request.headers:
            raise Unauthenticated
        return None
    context = get_context(request)
    try:
        claims = context.signer.read(token, now=now)
        account_id, session_id = UUID(claims.subject), UUID(claims.session_id)
    except (InvalidToken, ValueError) as error:
        raise Unauthenticated from error
    if claims.scope != "person":
        raise Unauthenticated
    caller = await context.find_caller(
        session, account_id=account_id, session_id=session_id, now=now
    )
    if caller is None:
        raise Unauthenticated
    return caller


OptionalCaller = Annotated[Caller | None, Depends(find_optional_caller)]


async def require_signed_in(caller: OptionalCaller) -> Caller:
    if caller is None:
        raise Unauthenticated
    return caller


SignedIn = Annotated[Caller, Depends(require_signed_in)]
"""Anyone who is logged in, with a temporary password too: for ``/auth`` only."""


async def require_caller(caller: OptionalCaller) -> Caller:
    if caller is None:
        raise Unauthenticated
    if caller.must_change_password:
        raise PasswordMustChange
    return caller


AnyCaller = Annotated[Caller, Depends(require_caller)]
"""Any of the four roles."""


async def read_if_match(
    _: AnyCaller,  # who asks is asked first
    if_match: Annotated[
        str | None,
        Header(
            alias="If-Match",
            max_length=100,
            description="读取该资源时得到的 ETag；缺少时返回 428，过期时返回 412",
            examples=['"1"'],
        ),
    ] = None,
) -> int:
    return parse_etag(if_match)


IfMatch = Annotated[int, Depends(read_if_match)]
"""The version that the caller has seen: for commands and changes."""


def _only(*roles: Role) -> Callable[[Caller], Awaitable[Caller]]:
    async def require_role(caller: AnyCaller) -> Caller:
        if caller.role not in roles:
            names = "、".join(role.label for role in roles)
            raise Forbidden(f"此项操作由{names}办理。")
        return caller

    return require_role


Clerk = Annotated[Caller, Depends(_only(Role.WINDOW))]
ClerkOrChief = Annotated[Caller, Depends(_only(Role.WINDOW, Role.CHIEF_REPRESENTATIVE))]
Chief = Annotated[Caller, Depends(_only(Role.CHIEF_REPRESENTATIVE))]
Office = Annotated[Caller, Depends(_only(Role.OFFICE))]
Director = Annotated[Caller, Depends(_only(Role.DIRECTOR))]
OfficeOrDirector = Annotated[Caller, Depends(_only(Role.OFFICE, Role.DIRECTOR))]


async def claim_idempotency(
    request: Request,
    session: DbSession,
    caller: OptionalCaller,
    key: Annotated[
        str | None,
        Header(
            alias="Idempotency-Key",
            min_length=1,
            max_length=200,
            pattern=r"^[\x21-\x7e]+$",
            description="重试安全键：同键同内容返回首次结果，同键不同内容返回 422",
            examples=["2f1c9a54-intake-17"],
        ),
    ] = None,
) -> None:
    """Hold the caller's key, if one was sent, for the rest of the request."""
    if key is not None:
        owner = f"account:{caller.account_id}" if caller else "public"
        request.scope["yimen.claim"] = await claim_key(session, request, owner=owner, key=key)
