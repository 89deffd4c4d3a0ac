"""What any router may ask for: session, caller, now, preconditions, the idempotency key."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from typing import Annotated, Protocol, assert_never
from uuid import UUID

from fastapi import Depends, Header, Request
from fastapi.openapi.models import OAuthFlowClientCredentials
from fastapi.security import OAuth2PasswordBearer
from sqlalchemy.ext.asyncio import AsyncSession

from yimen.core.addresses import address_key
from yimen.core.caller import Actor, Caller, DeviceCaller, DeviceKind, Role
from yimen.core.config import Settings
from yimen.core.crypto import PersonalData
from yimen.core.database import Database
from yimen.core.errors import (
    Forbidden,
    PasswordMustChange,
    Unauthenticated,
)
from yimen.core.idempotency import claim_key, require_key
from yimen.core.passwords import PasswordHasher
from yimen.core.preconditions import parse_etag
from yimen.core.tokens import InvalidToken, TokenSigner


class FindCaller(Protocol):
    """Reads who a session belongs to; given by the accounts domain through the registry."""

    async def __call__(
        self, session: AsyncSession, *, account_id: UUID, session_id: UUID, now: datetime
    ) -> Caller | None: ...


class FindDevice(Protocol):
    """Reads which machine a secret belongs to; given by the devices domain likewise."""

    async def __call__(
        self, session: AsyncSession, *, device_id: UUID, secret_id: UUID, now: datetime
    ) -> DeviceCaller | None: ...


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
        find_device: FindDevice | None = None,
    ) -> None:
        self.settings = settings
        self.database = database
        self.clock = clock
        self.signer = signer
        self.passwords = passwords
        self.personal_data = personal_data
        self.find_caller = find_caller
        self.find_device = find_device


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
    """The moment of the request: one and the same for all who ask during it."""
    now: datetime | None = request.scope.get("yimen.now")
    if now is None:
        now = request.scope["yimen.now"] = get_context(request).clock()
    return now


ServiceContext = Annotated[Context, Depends(open_context)]
DbSession = Annotated[AsyncSession, Depends(open_session, scope="function")]
Now = Annotated[datetime, Depends(read_clock)]

bearer = OAuth2PasswordBearer(tokenUrl="/api/v1/auth/token", auto_error=False)
bearer.model.flows.clientCredentials = OAuthFlowClientCredentials(  # type: ignore[attr-defined]
    tokenUrl="/api/v1/auth/device-token"
)


Token = Annotated[str | None, Depends(bearer)]

# FastAPI solves all that a dependency asks for anew in every place that asks for it, and only then
# looks into its cache. So who asks is found by plain calls, once a request, from shallow
# dependencies.


async def find_actor(request: Request, session: AsyncSession, token: str | None) -> Actor | None:
    """The person or machine, or none without a token; a bad token is always an error."""
    if "yimen.actor" not in request.scope:
        request.scope["yimen.actor"] = await _read_actor(request, session, token)
    found: Actor | None = request.scope["yimen.actor"]
    return found


async def _read_actor(request: Request, session: AsyncSession, token: str | None) -> Actor | None:
    if token is None:
        if "authorization" in request.headers:
            raise Unauthenticated
        return None
    context, now = get_context(request), await read_clock(request)
    try:
        claims = context.signer.read(token, now=now)
        subject, session_id = UUID(claims.subject), UUID(claims.session_id)
    except (InvalidToken, ValueError) as error:
        raise Unauthenticated from error
    actor: Actor | None
    match claims.scope:
        case "person":
            actor = await context.find_caller(
                session, account_id=subject, session_id=session_id, now=now
            )
        case "device":
            if context.find_device is None:
                raise Unauthenticated
            actor = await context.find_device(
                session, device_id=subject, secret_id=session_id, now=now
            )
        case _:
            assert_never(claims.scope)
    if actor is None:
        raise Unauthenticated
    return actor


async def require_signed_in(request: Request, session: DbSession, token: Token) -> Caller:
    actor = await find_actor(request, session, token)
    if actor is None:
        raise Unauthenticated
    if isinstance(actor, DeviceCaller):
        raise Forbidden("此项操作须由工作人员登录后办理，设备不能办理。")
    return actor


SignedIn = Annotated[Caller, Depends(require_signed_in)]
"""Anyone who is logged in, with a temporary password too: for ``/auth`` only."""


async def require_caller(request: Request, session: DbSession, token: Token) -> Caller:
    caller = await require_signed_in(request, session, token)
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


async def require_actor(request: Request, session: DbSession, token: Token) -> Actor:
    """A person or a machine; the machine names each POST, so that it may send it again."""
    actor = await find_actor(request, session, token)
    if not isinstance(actor, DeviceCaller):
        return await require_caller(request, session, token)
    if request.method == "POST":
        require_key(request, "设备提交时必须带 Idempotency-Key；重试时用同一个键，才不会重复登记。")
    return actor


AnyActor = Annotated[Actor, Depends(require_actor)]
"""Anyone with a token: the service decides by what it is. Declare IdempotencyKeyMissing."""


GUARDS: dict[Callable[..., object], str] = {
    require_signed_in: "登录后即可，密码是临时密码时也可",
    require_actor: "工作人员或大厅设备；设备能做哪些，依其权限而定",
    require_caller: "工作人员登录后即可；能看到哪些、能办哪些，依角色、窗口和部门而定",
}
"""Who passes a guard, in words, the wider ones first: the contract says the narrowest of each
operation."""


def _only(*roles: Role) -> Callable[..., Awaitable[Caller]]:
    names = "、".join(role.label for role in roles)

    async def require_role(request: Request, session: DbSession, token: Token) -> Caller:
        caller = await require_caller(request, session, token)
        if caller.role not in roles:
            raise Forbidden(f"此项操作由{names}办理。")
        return caller

    GUARDS[require_role] = names
    return require_role


Clerk = Annotated[Caller, Depends(_only(Role.WINDOW))]
ClerkOrChief = Annotated[Caller, Depends(_only(Role.WINDOW, Role.CHIEF_REPRESENTATIVE))]
Chief = Annotated[Caller, Depends(_only(Role.CHIEF_REPRESENTATIVE))]
Office = Annotated[Caller, Depends(_only(Role.OFFICE))]
Director = Annotated[Caller, Depends(_only(Role.DIRECTOR))]
OfficeOrDirector = Annotated[Caller, Depends(_only(Role.OFFICE, Role.DIRECTOR))]


def _only_devices(*kinds: DeviceKind) -> Callable[[Actor], Awaitable[DeviceCaller]]:
    names = "、".join(kind.label for kind in kinds)

    async def require_device(actor: AnyActor) -> DeviceCaller:
        if not isinstance(actor, DeviceCaller) or actor.kind not in kinds:
            raise Forbidden(f"此接口只供{names}使用。")
        return actor

    GUARDS[require_device] = names
    return require_device


AnyDevice = Annotated[DeviceCaller, Depends(_only_devices(*DeviceKind))]
QueueMachine = Annotated[DeviceCaller, Depends(_only_devices(DeviceKind.QUEUE_MACHINE))]
Kiosk = Annotated[DeviceCaller, Depends(_only_devices(DeviceKind.KIOSK))]
QueueMachineOrKiosk = Annotated[
    DeviceCaller, Depends(_only_devices(DeviceKind.QUEUE_MACHINE, DeviceKind.KIOSK))
]
Screen = Annotated[DeviceCaller, Depends(_only_devices(DeviceKind.SCREEN))]
TimeClock = Annotated[DeviceCaller, Depends(_only_devices(DeviceKind.TIME_CLOCK))]
Evaluator = Annotated[DeviceCaller, Depends(_only_devices(DeviceKind.EVALUATOR))]


SentKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        pattern=r"^[\x21-\x7e]+$",
        description="重试安全键：同键同内容返回首次结果，同键不同内容返回 422",
        examples=["2f1c9a54-intake-17"],
    ),
]


async def claim_public_idempotency(
    request: Request, session: DbSession, key: SentKey = None
) -> None:
    """Hold the key of somebody without a token: each address has keys of its own."""
    if key is not None:
        owner = f"public:{address_key(request.client.host if request.client else None)}"
        request.scope["yimen.claim"] = await claim_key(session, request, owner=owner, key=key)


async def claim_idempotency(
    request: Request, session: DbSession, token: Token, key: SentKey = None
) -> None:
    """Hold the caller's key, if one was sent, for the rest of the request."""
    actor = await find_actor(request, session, token)
    if key is not None:
        match actor:
            case None:
                owner = "public"
            case DeviceCaller():
                owner = f"device:{actor.device_id}"
            case _:
                owner = f"account:{actor.account_id}"
        request.scope["yimen.claim"] = await claim_key(session, request, owner=owner, key=key)
