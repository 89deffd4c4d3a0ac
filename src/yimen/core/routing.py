"""The router of every domain: declares errors beside the endpoint and makes POSTs repeatable."""

import inspect
import re
from collections.abc import Callable, Coroutine, Iterator, Sequence
from typing import Annotated, Any, ClassVar, get_args, get_origin
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.params import Depends as DependsParam
from fastapi.routing import APIRoute
from starlette.routing import Match
from starlette.types import Scope

from yimen.core.dependencies import GUARDS, claim_idempotency, claim_public_idempotency
from yimen.core.errors import (
    AppError,
    BadRequest,
    BodyTooLarge,
    Conflict,
    Forbidden,
    InvalidInput,
    NotFound,
    PasswordMustChange,
    PreconditionRequired,
    Stale,
    TooManyRequests,
    Unauthenticated,
    Unavailable,
)
from yimen.core.exports import ExportedList, file_contents, listed
from yimen.core.idempotency import IdempotentRoute, KeyReused, StillRunning
from yimen.core.preconditions import ETAG_HEADER, names_version
from yimen.core.problems import problem_responses
from yimen.core.rate_limits import limit_public

Endpoint = Callable[..., Any]


def _with_ids(path: str, endpoint: Endpoint) -> str:
    """``/duties/{duty_id:uuid}``: what is no id is no such place, so ``/duties/sheet`` is another.

    Else ``PATCH /duties/sheet`` would be a change of the duty ``sheet``, not a wrong method.
    """
    parameters = inspect.signature(endpoint, eval_str=True).parameters
    ids = {name for name, one in parameters.items() if _is_uuid(one.annotation)}
    return re.sub(
        r"\{(\w+)\}", lambda found: f"{{{found[1]}:uuid}}" if found[1] in ids else found[0], path
    )


def _is_uuid(annotation: object) -> bool:
    return annotation is UUID or (
        get_origin(annotation) is Annotated and get_args(annotation)[0] is UUID
    )


def _asked_of(dependant: Dependant) -> Iterator[object]:
    for one in dependant.dependencies:
        yield one.call
        yield from _asked_of(one)


def _who(route: APIRoute) -> str:
    """Who may call, as the route's guards say it."""
    asked = set(_asked_of(route.dependant))
    passes = [said for guard, said in GUARDS.items() if guard in asked]
    return f"可调用：{passes[-1]}。" if passes else "公开，无须登录。"


class Route(IdempotentRoute):
    """A route whose POSTs are repeatable and whose list can be had as a file."""

    leaves_trace: ClassVar[bool] = True
    """Whether it is audited who takes the list out."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()
        found = listed(self.response_model) if self.methods == {"GET"} else None
        if found is None:
            return handle
        exported = ExportedList(found, self.summary or "", self.path_format, self.leaves_trace)
        return exported.handler(handle)


class Router(APIRouter):
    """An APIRouter whose endpoints name their errors: ``@router.post(..., errors=[SlotTaken])``.

    ``public=True`` marks an endpoint that asks for no token; all others declare 401 and 403. What
    lies under ``/public`` is rate-limited by the caller's address.
    ``repeatable=False`` takes a POST out of Idempotency-Key (log-in: its reply is a secret).
    """

    def __init__(self, *, prefix: str, tag: str) -> None:
        super().__init__(prefix=prefix, tags=[tag], route_class=Route)
        self.public_endpoints: set[Endpoint] = set()
        self._fixed_prefix = prefix.partition("{")[0]

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Pass over a request for another prefix at once, instead of asking each route in turn."""
        if self._fixed_prefix not in scope["path"]:
            return Match.NONE, {}
        return super().matches(scope)

    def _declare(
        self,
        method: str,
        path: str,
        *,
        summary: str,
        errors: Sequence[type[AppError]],
        public: bool,
        repeatable: bool,
        has_etag: bool,
        options: dict[str, Any],
    ) -> Callable[[Endpoint], Endpoint]:
        known: list[type[AppError]] = [InvalidInput, Unavailable, *errors]
        if not public:
            known += [Unauthenticated, Forbidden, PasswordMustChange]
        if "{" in path or "{" in self.prefix:
            known.append(NotFound)
        dependencies: list[DependsParam] = list(options.pop("dependencies", []))
        if self.prefix.startswith("/public"):
            known.append(TooManyRequests)
            dependencies.insert(0, Depends(limit_public))
        if method != "GET":
            known += [BadRequest, BodyTooLarge]
        if method == "POST" and repeatable:
            known += [KeyReused, StillRunning]
            claim = claim_public_idempotency if public else claim_idempotency
            dependencies.append(Depends(claim))
        if has_etag:
            known += [PreconditionRequired, Stale, Conflict]
        responses = options.pop("responses", {})
        status = options.get("status_code") or 200

        def register(endpoint: Endpoint) -> Endpoint:
            if public:
                self.public_endpoints.add(endpoint)
            versioned = has_etag or names_version(endpoint)
            success = dict(ETAG_HEADER) if versioned else {}
            replied = inspect.signature(endpoint, eval_str=True).return_annotation
            model = options.get("response_model", replied)
            if method == "GET" and (contents := file_contents(model)):
                success |= {"content": contents}
            replies: dict[int | str, Any] = {status: success} if success else {}
            decorate = self.api_route(
                _with_ids(path, endpoint),
                methods=[method],
                summary=summary,
                dependencies=dependencies,
                responses=problem_responses(known) | replies | responses,
                response_description="成功",
                **options,
            )
            registered: Endpoint = decorate(endpoint)
            route = self.routes[-1]
            assert isinstance(route, APIRoute)
            route.description = route.description or _who(route)
            return registered

        return register

    def read(
        self,
        path: str,
        *,
        summary: str,
        errors: Sequence[type[AppError]] = (),
        public: bool = False,
        **options: Any,
    ) -> Callable[[Endpoint], Endpoint]:
        """A GET."""
        return self._declare(
            "GET", path, summary=summary, errors=errors, public=public, repeatable=False,
            has_etag=False, options=options,
        )  # fmt: skip

    def create(
        self,
        path: str,
        *,
        summary: str,
        errors: Sequence[type[AppError]] = (),
        public: bool = False,
        repeatable: bool = True,
        status_code: int = 201,
        **options: Any,
    ) -> Callable[[Endpoint], Endpoint]:
        """A POST that makes something new (or, with another status, asks without changing)."""
        return self._declare(
            "POST", path, summary=summary, errors=errors, public=public, repeatable=repeatable,
            has_etag=False, options=options | {"status_code": status_code},
        )  # fmt: skip

    def command(
        self,
        path: str,
        *,
        summary: str,
        errors: Sequence[type[AppError]] = (),
        **options: Any,
    ) -> Callable[[Endpoint], Endpoint]:
        """A POST on a resource: an act of the office; the endpoint asks for IfMatch."""
        return self._declare(
            "POST", path, summary=summary, errors=errors, public=False, repeatable=True,
            has_etag=True, options=options | {"status_code": 200},
        )  # fmt: skip

    def change(
        self,
        path: str,
        *,
        summary: str,
        errors: Sequence[type[AppError]] = (),
        **options: Any,
    ) -> Callable[[Endpoint], Endpoint]:
        """A PATCH; the endpoint asks for IfMatch."""
        return self._declare(
            "PATCH", path, summary=summary, errors=errors, public=False, repeatable=False,
            has_etag=True, options=options,
        )  # fmt: skip
