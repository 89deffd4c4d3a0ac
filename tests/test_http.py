"""What every reply has in common: headers, limits, ids, problem documents, the explorer."""

import asyncio
import base64
import hmac
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx
import pytest
from fastapi import FastAPI
from pydantic import ValidationError
from tests.cases_factories import intake_body
from tests.catalog_factories import Items
from tests.conftest import TEST_KEYS, SetClock
from tests.factories import Hall
from tests.imports_factories import send_file

from yimen import registry
from yimen.core.config import Settings
from yimen.core.database import Database
from yimen.core.dependencies import Context
from yimen.core.errors import CATALOGUE
from yimen.core.problems import PROBLEM_TYPE
from yimen.core.start import make_context
from yimen.main import create_app

NOWHERE = "postgresql+asyncpg://nobody@127.0.0.1:1/nothing"
ORIGIN = "https://spa.example"


def caller_of(app: FastAPI, *, root: str = "") -> httpx.AsyncClient:
    """Someone without a token; ``root`` as uvicorn puts it before each path and into the scope."""
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app, raise_app_exceptions=False, root_path=root),
        base_url=f"http://hall{root}",
        trust_env=False,
    )


def problem(reply: httpx.Response) -> tuple[int, str]:
    """Status and code, once the reply has proved to be a problem document in full."""
    assert reply.headers["content-type"] == PROBLEM_TYPE
    body = reply.json()
    assert body["status"] == reply.status_code == CATALOGUE[body["code"]].status
    assert body["type"] == f"/api/v1/errors/{body['code']}"
    assert body["title"] and body["detail"]
    assert body["request_id"] == reply.headers["X-Request-ID"]
    return reply.status_code, body["code"]


# Headers


@pytest.mark.parametrize(
    "path",
    ["/api/v1/errors", "/api/v1/cases", "/api/v1/nothing", "/livez", "/readyz", "/metrics", "/no"],
)
async def test_every_reply_has_the_security_headers(client: httpx.AsyncClient, path: str) -> None:
    reply = await client.get(path)
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    assert reply.headers["X-Frame-Options"] == "DENY"
    assert reply.headers["Referrer-Policy"] == "no-referrer"
    policy = reply.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in policy
    if path != "/no":
        assert "default-src 'none'" in policy
        assert reply.headers["Cache-Control"] == "no-store"


async def test_a_request_keeps_the_id_it_came_with_or_gets_one(client: httpx.AsyncClient) -> None:
    given = "0f3c2b7e-4d5a-4c1e-9a8b-7c6d5e4f3a2b"
    kept = await client.get("/api/v1/nothing", headers={"X-Request-ID": given})
    assert problem(kept) == (404, "not_found")
    assert kept.headers["X-Request-ID"].replace("-", "") == given.replace("-", "")
    first = (await client.get("/livez")).headers["X-Request-ID"]
    second = (await client.get("/livez")).headers["X-Request-ID"]
    assert first != second


@pytest.mark.parametrize("given", ["<script>", "x" * 5000, "1; DROP TABLE cases", "请求一"])
async def test_an_id_that_is_none_is_replaced(client: httpx.AsyncClient, given: str) -> None:
    reply = await client.get("/livez", headers=[(b"X-Request-ID", given.encode())])
    assert reply.headers["X-Request-ID"].replace("-", "").isalnum()
    assert len(reply.headers["X-Request-ID"]) <= 36


# Errors


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/api/v1/nothing", (404, "not_found")),
        ("GET", "/nothing", (404, "not_found")),
        ("GET", "/api/v1/errors/nothing", (404, "not_found")),
        ("GET", "/api/v1/%2e%2e/secrets.json", (404, "not_found")),
        ("DELETE", "/api/v1/cases", (405, "method_not_allowed")),
        ("PUT", "/api/v1/departments", (405, "method_not_allowed")),
        ("POST", "/livez", (405, "method_not_allowed")),
    ],
)
async def test_what_is_not_there_is_a_problem_document(
    client: httpx.AsyncClient, method: str, path: str, expected: tuple[int, str]
) -> None:
    reply = await client.request(method, path)
    assert problem(reply) == expected
    if reply.status_code == 405:
        assert reply.headers["Allow"]


async def test_a_wrong_method_is_told_the_right_ones(client: httpx.AsyncClient) -> None:
    """Also where a name and an id stand in the same place: ``/duties/sheet`` is no duty."""
    paths = (await client.get("/api/v1/openapi.json")).json()["paths"]
    named = [path for path in paths if "{" not in path and not path.endswith("/openapi.json")]
    assert len(named) > 100
    for path in named:
        reply = await client.request("TRACE", path)
        assert problem(reply) == (405, "method_not_allowed"), path
        assert reply.headers["Allow"] == ", ".join(sorted(m.upper() for m in paths[path])), path


async def test_every_error_can_be_looked_up(client: httpx.AsyncClient) -> None:
    listed = (await client.get("/api/v1/errors")).json()
    assert {line["code"] for line in listed} == set(CATALOGUE)
    one = (await client.get("/api/v1/errors/stale")).json()
    assert one in listed


@pytest.mark.parametrize("body", [b"{", b"\xff\xfe", b"[1, 2", b'{"a": 1e9999}', b"[" * 100_000])
async def test_a_body_that_cannot_be_read_is_told_so(clerk: httpx.AsyncClient, body: bytes) -> None:
    reply = await clerk.post(
        "/api/v1/cases", content=body, headers={"Content-Type": "application/json"}
    )
    assert problem(reply)[0] in (400, 422)


async def test_input_errors_point_to_the_field_and_do_not_repeat_it(
    clerk: httpx.AsyncClient, items: Items
) -> None:
    body = intake_body(items.food)
    body["applicant"]["phone"] = "13812345678901234"
    body["surplus-secret"] = "surplus-value"
    reply = await clerk.post("/api/v1/cases", json=body)
    assert problem(reply) == (422, "invalid_input")
    pointers = {line["pointer"] for line in reply.json()["errors"]}
    assert pointers == {"/applicant", "/surplus-secret"}
    assert "13812345678901234" not in reply.text and "surplus-value" not in reply.text


async def test_a_fault_of_ours_tells_nothing_and_has_every_header(settings: Settings) -> None:
    app = create_app(settings.model_copy(update={"cors_origins": [ORIGIN]}))

    @app.get("/api/v1/fault")
    async def fault() -> None:
        raise RuntimeError("the secret of the house")

    async with caller_of(app) as client:
        reply = await client.get("/api/v1/fault", headers={"Origin": ORIGIN})
    assert problem(reply) == (500, "internal")
    assert "secret" not in reply.text
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    assert reply.headers["Access-Control-Allow-Origin"] == ORIGIN


# Limits


async def in_pieces(size: int) -> AsyncIterator[bytes]:
    for _ in range(size // 65_536 + 1):
        yield b" " * 65_536


async def test_a_body_beyond_the_limit_is_refused_told_or_not_how_long_it_is(
    clerk: httpx.AsyncClient, settings: Settings
) -> None:
    headers = {"Content-Type": "application/json"}
    size = settings.max_body_bytes
    for content in (b" " * (size + 1), in_pieces(size)):
        reply = await clerk.post("/api/v1/cases", content=content, headers=headers)
        assert problem(reply) == (413, "body_too_large")
    fits = await clerk.post("/api/v1/cases", content=b" " * size, headers=headers)
    assert problem(fits)[0] == 422


async def test_an_import_may_be_larger_but_not_for_ever(
    office: httpx.AsyncClient, settings: Settings
) -> None:
    larger = await send_file(office, "items", b"x" * (settings.max_body_bytes + 1))
    assert larger.status_code == 201, larger.text
    too_large = await send_file(office, "items", b"x" * (settings.max_import_bytes + 1))
    assert problem(too_large) == (413, "body_too_large")


# Browsers of another origin


PREFLIGHT = {
    "Origin": ORIGIN,
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "authorization,if-match,idempotency-key",
}


async def test_no_other_origin_is_let_in_unless_it_is_named(client: httpx.AsyncClient) -> None:
    plain = await client.get("/api/v1/errors", headers={"Origin": ORIGIN})
    preflight = await client.options("/api/v1/cases", headers=PREFLIGHT)
    assert problem(preflight) == (405, "method_not_allowed")
    for reply in (plain, preflight):
        assert not [name for name in reply.headers if name.startswith("access-control")]


async def test_a_named_origin_is_let_in_and_no_other(context: Context) -> None:
    named = context.settings.model_copy(update={"cors_origins": [ORIGIN]})
    async with caller_of(create_app(named, context)) as client:
        preflight = await client.options("/api/v1/cases", headers=PREFLIGHT)
        assert preflight.status_code == 200
        assert preflight.headers["Access-Control-Allow-Origin"] == ORIGIN
        refused = await client.get("/api/v1/cases", headers={"Origin": ORIGIN})
        assert problem(refused)[0] == 401
        assert refused.headers["Access-Control-Allow-Origin"] == ORIGIN
        assert "ETag" in refused.headers["Access-Control-Expose-Headers"]
        other = await client.get("/api/v1/cases", headers={"Origin": "https://other.example"})
        assert "Access-Control-Allow-Origin" not in other.headers


@pytest.mark.parametrize("origins", ["*", "https://a.example, *", "spa.example", "https://a/b"])
def test_origins_are_named_one_by_one(origins: str) -> None:
    """With cookies allowed, a star would let every page of the web in."""
    with pytest.raises(ValidationError):
        Settings.model_validate({"cors_origins": origins})


# The database is away


@asynccontextmanager
async def hall_on(url: str, clock: SetClock, **more: Any) -> AsyncIterator[Context]:
    settings = Settings(pool_size=1, **more)
    database = Database.connect(url, settings)
    context = make_context(settings, database, TEST_KEYS, registry.find_caller)
    context.clock = clock
    yield context
    await database.close()
    context.passwords.close()


async def test_without_the_database_everything_asks_to_come_back_later(
    app: FastAPI, clock: SetClock, hall: Hall
) -> None:
    async with hall_on(NOWHERE, clock) as context, caller_of(app) as client:
        app.state.context = context
        token = context.signer.issue(
            subject=str(hall.clerk.account_id),
            session_id=str(hall.clerk.session_id),
            scope="person",
            now=clock(),
        )
        signed_in = {"Authorization": f"Bearer {token}"}
        login = {"username": "clerk", "password": "irrelevant"}
        for reply in (
            await client.get("/readyz"),
            await client.get("/api/v1/cases", headers=signed_in),
            await client.post("/api/v1/cases", json={}, headers=signed_in),
            await client.post("/api/v1/auth/token", data=login),
            await client.get("/api/v1/public/guides"),
        ):
            assert problem(reply) == (503, "unavailable"), reply.request.url
            assert int(reply.headers["Retry-After"]) > 0
        assert (await client.get("/livez")).status_code == 200
        assert (await client.get("/api/v1/errors")).status_code == 200


async def test_who_finds_all_connections_taken_is_told_to_come_back(
    app: FastAPI, clock: SetClock, new_database: Callable[[str], str]
) -> None:
    url = new_database("crowded")
    async with hall_on(url, clock, pool_timeout_seconds=0.2) as context, caller_of(app) as client:
        app.state.context = context
        async with context.database.reading() as session:
            await session.connection()
            reply = await client.get("/readyz")
            assert problem(reply) == (503, "unavailable")
            assert int(reply.headers["Retry-After"]) > 0
        assert (await client.get("/readyz")).status_code == 200


# Hostile tokens; the signer itself is tried in core/test_tokens.py


def encoded(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).decode().rstrip("=")


def token_of(
    header: object, claims: object, *, key: str = TEST_KEYS.jwt, hash_: str = "sha256"
) -> str:
    parts = [
        part if isinstance(part, bytes) else json.dumps(part, separators=(",", ":")).encode()
        for part in (header, claims)
    ]
    signed = ".".join(encoded(part) for part in parts)
    return f"{signed}.{encoded(hmac.digest(key.encode(), signed.encode(), hash_))}"


HS256 = {"alg": "HS256", "typ": "JWT"}  # as the signer writes it
NESTED = b"[" * 1100 + b"]" * 1100


@pytest.fixture
def claims(hall: Hall, clock: SetClock) -> dict[str, Any]:
    """Those of a token that would be good."""
    now = int(clock().timestamp())
    return {
        "iss": "yimen",
        "aud": "yimen-api",
        "sub": str(hall.clerk.account_id),
        "sid": str(hall.clerk.session_id),
        "jti": "one",
        "scope": "person",
        "iat": now,
        "exp": now + 900,
    }


HOSTILE: dict[str, Callable[[dict[str, Any]], str]] = {
    "nested header": lambda claims: token_of(NESTED, claims),
    "nested claims": lambda claims: token_of(HS256, NESTED),
    "nested value": lambda claims: token_of(HS256, b'{"sub":' + NESTED + b"}"),
    "no exp": lambda claims: token_of(HS256, {k: v for k, v in claims.items() if k != "exp"}),
    "no aud": lambda claims: token_of(HS256, {k: v for k, v in claims.items() if k != "aud"}),
    "alg none": lambda claims: token_of({"alg": "none"}, claims).rpartition(".")[0] + ".",
    "alg none, signed": lambda claims: token_of({"alg": "none"}, claims),
    "HS512": lambda claims: token_of({"alg": "HS512"}, claims, hash_="sha512"),
    "RS256": lambda claims: token_of({"alg": "RS256"}, claims),
    "own key in the header": lambda claims: token_of(HS256 | {"jwk": {"k": "AAAA"}}, claims),
    "5 KB": lambda claims: token_of(HS256, claims | {"pad": "x" * 5000}),
    "another key": lambda claims: token_of(HS256, claims, key="another-key-of-32-bytes-or-more!"),
    "expired": lambda claims: token_of(HS256, claims | {"iat": 1, "exp": 900}),
    "for ever": lambda claims: token_of(HS256, claims | {"exp": 99_999_999_999}),
    "a stranger": lambda claims: token_of(HS256, claims | {"sub": "nobody"}),
    "not a token": lambda claims: "x",
}


async def test_the_hostile_tokens_would_be_good_but_for_one_thing(
    claims: dict[str, Any], context: Context, clock: SetClock
) -> None:
    read = context.signer.read(token_of(HS256, claims), now=clock())
    assert read.subject == claims["sub"]


@pytest.mark.parametrize("kind", HOSTILE)
async def test_a_hostile_token_opens_nothing(
    kind: str, client: httpx.AsyncClient, claims: dict[str, Any]
) -> None:
    headers = {"Authorization": f"Bearer {HOSTILE[kind](claims)}"}
    for reply in (
        await client.get("/api/v1/auth/me", headers=headers),
        await client.get("/api/v1/cases", headers=headers),
        await client.post("/api/v1/cases", json={}, headers=headers),
    ):
        assert problem(reply) == (401, "unauthenticated")
        assert reply.headers["WWW-Authenticate"] == "Bearer"


# The explorer


class Loads(HTMLParser):
    """What a page makes a browser fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.addresses += [value for name, value in attrs if name in ("src", "href") and value]


@pytest.mark.parametrize("root", ["", "/hall"])
@pytest.mark.parametrize("page", ["/docs", "/redoc"])
async def test_the_explorer_loads_nothing_from_outside(page: str, root: str, app: FastAPI) -> None:
    """As a browser behind a proxy that strips the root path sees it."""
    async with caller_of(app, root=root) as client:
        reply = await client.get(page)
        assert reply.status_code == 200
        assert "default-src 'self'" in reply.headers["Content-Security-Policy"]
        found = Loads()
        found.feed(reply.text)
        assert len(found.addresses) >= 2
        document = f"{root}/api/v1/openapi.json"
        assert document in reply.text
        for address in [*found.addresses, document]:
            whole = urlsplit(urljoin(f"http://hall{root}{page}", address))
            assert whole.netloc == "hall", address
            assert whole.path.startswith(f"{root}/"), address
            fetched = await client.get(whole.path.removeprefix(root))
            assert fetched.status_code == 200, address
            assert "@import" not in fetched.text[:2000]


@pytest.mark.parametrize("root", ["", "/hall"])
async def test_the_served_contract_says_where_it_is(root: str, context: Context) -> None:
    settings = context.settings.model_copy(update={"root_path": root})
    async with caller_of(create_app(settings, context), root=root) as client:
        document = (await client.get("/api/v1/openapi.json")).json()
    assert document["servers"][0]["url"] == (root or "/")
    [scheme] = document["components"]["securitySchemes"].values()
    assert scheme["flows"]["password"]["tokenUrl"] == f"{root}/api/v1/auth/token"


async def test_a_location_leads_there_behind_a_proxy_too(
    clerk: httpx.AsyncClient, app: FastAPI, items: Items
) -> None:
    body, key = intake_body(items.food), {"Idempotency-Key": "one"}
    plain = await clerk.post("/api/v1/cases", json=body, headers=key)
    async with caller_of(app, root="/hall") as client:
        assert clerk.auth is not None
        again = await client.post("/api/v1/cases", json=body, headers=key, auth=clerk.auth)
        assert again.json() == plain.json()
        assert again.headers["Location"] == "/hall" + plain.headers["Location"]


async def test_the_metrics_name_routes_and_never_urls(
    clerk: httpx.AsyncClient, hall: Hall, items: Items
) -> None:
    made = (await clerk.post("/api/v1/cases", json=intake_body(items.food))).json()
    await clerk.get(f"/api/v1/cases/{made['id']}")
    told = (await clerk.get("/metrics")).text
    assert 'route="/cases/{case_id}"' in told or 'route="/api/v1/cases/{case_id}"' in told
    assert made["id"] not in told


async def test_many_at_once_keep_their_own_ids(client: httpx.AsyncClient) -> None:
    replies = await asyncio.gather(*[client.get("/api/v1/nothing") for _ in range(20)])
    assert len({reply.json()["request_id"] for reply in replies}) == 20
    assert all(problem(reply) == (404, "not_found") for reply in replies)
