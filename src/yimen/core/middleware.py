"""The one middleware of our own, pure ASGI: security headers, the access log, the metrics."""

import time

import structlog
from prometheus_client import CollectorRegistry, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from yimen.core.errors import BodyTooLarge, Internal
from yimen.core.problems import problem_response

log = structlog.get_logger()

METRICS = CollectorRegistry()
REQUEST_SECONDS = Histogram(
    "yimen_http_request_seconds",
    "Time to answer a request, by route template.",
    ["method", "route", "status"],
    registry=METRICS,
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)

API_HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
]
PAGE_HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (
        b"content-security-policy",
        b"default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline';"
        b" img-src 'self' data:; worker-src 'self' blob:; frame-ancestors 'none'",
    ),
]
QUIET = ("/livez", "/readyz", "/metrics")


class Observe:
    """Adds the headers, then writes what the request was: its route, never its URL."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = time.perf_counter()
        status: int | None = None
        is_answered_for = False
        root: str = scope.get("root_path", "")
        path: str = scope["path"].removeprefix(root)
        headers = API_HEADERS if "/api/" in path or path in QUIET else PAGE_HEADERS

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                own = message.get("headers") or []
                said = {name for name, _ in own}
                # a page to print brings a policy of its own; two policies would both apply
                message["headers"] = [*own, *(one for one in headers if one[0] not in said)]
                if root and b"location" in said:
                    message["headers"] = [below(root, *one) for one in message["headers"]]
            await send(message)

        async def send_ours(message: Message) -> None:
            nonlocal is_answered_for
            if is_answered_for:
                return
            if is_plain_413(message):
                is_answered_for = True
                await problem_response(BodyTooLarge())(scope, receive, send_with_headers)
            else:
                await send_with_headers(message)

        try:
            await self.app(scope, receive, send_ours)
        except Exception as error:
            # answered here and not further out, where neither headers nor origins are added
            log.error("unhandled_error", exc_info=error)
            if status is not None:
                raise
            await problem_response(Internal())(scope, receive, send_with_headers)
        finally:
            seconds = time.perf_counter() - began
            route = route_of(scope)
            REQUEST_SECONDS.labels(scope["method"], route, str(status or 500)).observe(seconds)
            if path not in QUIET:
                log.info(
                    "request",
                    method=scope["method"],
                    route=route,
                    status=status or 500,
                    milliseconds=round(seconds * 1000, 1),
                )


def below(root: str, name: bytes, value: bytes) -> tuple[bytes, bytes]:
    """A ``Location`` as the proxy's clients see it; other headers as they are."""
    is_ours = name == b"location" and value.startswith(b"/")
    return name, root.encode() + value if is_ours else value


def is_plain_413(message: Message) -> bool:
    """Whether this is the framework's own refusal of a body that is too large."""
    return (
        message["type"] == "http.response.start"
        and message["status"] == 413
        and (b"content-type", b"text/plain; charset=utf-8") in message["headers"]
    )


def route_of(scope: Scope) -> str:
    """The template of the route that answered (``/cases/{case_id}``); ``-`` when none did."""
    route = scope.get("route")
    return str(getattr(route, "path_format", getattr(route, "path", "-")))
