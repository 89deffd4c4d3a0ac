"""Logging in, staying logged in, logging out; what slows a guesser down and nobody else."""

import asyncio
import io
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
import sqlalchemy as sa
import structlog
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession
from tests.conftest import TEST_KEYS, SetClock
from tests.factories import Hall, make_account, make_staff_member

from yimen import registry
from yimen.core.audit import AuditEntry
from yimen.core.caller import Role
from yimen.core.config import Settings
from yimen.core.database import Database
from yimen.core.dependencies import Context
from yimen.core.logs import set_up_logs
from yimen.core.passwords import HashingBusy, PasswordHasher
from yimen.core.periodic import run_once
from yimen.core.start import make_context
from yimen.domains.accounts.jobs import JOBS
from yimen.domains.accounts.models import Account, LoginAttempts, LoginSession, RefreshToken
from yimen.main import create_app

PASSWORD = " Ländlich-47 rote Ziegel "
NEW_PASSWORD = "Blaue-Dächer im Schnee 3"

At = Callable[[str], httpx.AsyncClient]


@pytest.fixture(scope="session")
async def password_hash() -> str:
    """argon2 once for all tests."""
    return await PasswordHasher(max_concurrent=1).hash(PASSWORD)


@pytest.fixture
async def account(session: AsyncSession, password_hash: str) -> UUID:
    """``mayra``, of the office, with PASSWORD."""
    return await make_account(session, Role.OFFICE, username="mayra", password_hash=password_hash)


@pytest.fixture
async def at(app: FastAPI) -> AsyncIterator[At]:
    """A client at a network address."""
    async with AsyncExitStack() as clients:

        def make(address: str) -> httpx.AsyncClient:
            transport = httpx.ASGITransport(
                app=app, raise_app_exceptions=False, client=(address, 4711)
            )
            made = httpx.AsyncClient(transport=transport, base_url="http://hall", trust_env=False)
            clients.push_async_callback(made.aclose)
            return made

        yield make


async def log_in(
    client: httpx.AsyncClient, username: str = "mayra", password: str = PASSWORD, **more: Any
) -> httpx.Response:
    form = {"grant_type": "password", "username": username, "password": password, **more}
    return await client.post("/api/v1/auth/token", data=form)


async def refresh(client: httpx.AsyncClient, token: str) -> httpx.Response:
    return await client.post("/api/v1/auth/refresh", json={"refresh_token": token})


def bearer(tokens: dict[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Bearer {tokens['access_token']}"}


async def who(client: httpx.AsyncClient, tokens: dict[str, Any]) -> httpx.Response:
    return await client.get("/api/v1/auth/me", headers=bearer(tokens))


def problem(reply: httpx.Response) -> tuple[int, str]:
    assert reply.headers["content-type"] == "application/problem+json"
    return reply.status_code, reply.json()["code"]


async def actions_told(session: AsyncSession) -> list[str]:
    return list(await session.scalars(sa.select(AuditEntry.action).order_by(AuditEntry.id)))


# Logging in


async def test_a_password_opens_a_session(account: UUID, at: At, session: AsyncSession) -> None:
    reply = await log_in(at("10.0.0.7"))
    assert reply.status_code == 200
    assert "no-store" in reply.headers["cache-control"]
    tokens = reply.json()
    assert (tokens["token_type"], tokens["expires_in"]) == ("bearer", 900)
    assert tokens["refresh_expires_at"] == "2026-03-17T11:00:00+08:00"

    me = (await who(at("10.0.0.7"), tokens)).json()
    assert (me["username"], me["role_label"]) == ("mayra", "中心办公室")
    [login] = await session.scalars(sa.select(LoginSession))
    assert (str(login.id), login.address) == (me["session_id"], "10.0.0.7")
    [entry] = await session.scalars(sa.select(AuditEntry))
    assert (entry.action, entry.actor, entry.subject_id) == (
        "sessions.open",
        "mayra",
        str(login.id),
    )


async def test_case_and_width_of_the_user_name_do_not_matter(
    account: UUID, client: httpx.AsyncClient
) -> None:
    assert (await log_in(client, " Ｍayra")).status_code == 200


@pytest.mark.parametrize(
    ("username", "password"),
    [
        ("mayra", PASSWORD.strip()),
        ("mayra", "wrong"),
        ("nobody", PASSWORD),
        ("' OR 1=1 --", PASSWORD),
        ("nul\x00", PASSWORD),
    ],
)
async def test_wrong_credentials_look_all_the_same(
    username: str, password: str, account: UUID, client: httpx.AsyncClient
) -> None:
    reply = await log_in(client, username, password)
    assert problem(reply) == (401, "wrong_credentials")
    assert reply.headers["WWW-Authenticate"] == "Bearer"


async def test_an_unknown_user_costs_a_verification_too(
    account: UUID, client: httpx.AsyncClient, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []

    async def verify(password: str, hash_: str) -> bool:
        seen.append("verify")
        return False

    async def verify_missing(password: str) -> bool:
        seen.append("verify_missing")
        return False

    monkeypatch.setattr(context.passwords, "verify", verify)
    monkeypatch.setattr(context.passwords, "verify_missing", verify_missing)
    for username in ("mayra", "nobody", "no name at all"):
        await log_in(client, username)
    assert seen == ["verify", "verify_missing", "verify_missing"]


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"grant_type": "password", "username": "mayra"},
        {"grant_type": "password", "password": PASSWORD},
        {"grant_type": "client_credentials", "username": "mayra", "password": PASSWORD},
        {"grant_type": "refresh_token"},
        {"username": "mayra", "password": PASSWORD, "surprise": "1"},
    ],
)
async def test_an_incomplete_form_is_refused_without_repeating_it(
    form: dict[str, str], account: UUID, client: httpx.AsyncClient
) -> None:
    reply = await client.post("/api/v1/auth/token", data=form)
    assert problem(reply) == (422, "invalid_input")
    assert PASSWORD not in reply.text


async def test_a_busy_hasher_is_told_and_costs_no_attempt_for_long(
    account: UUID, client: httpx.AsyncClient, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def busy(*_: object) -> bool:
        raise HashingBusy

    with monkeypatch.context() as patched:
        patched.setattr(context.passwords, "verify", busy)
        reply = await log_in(client)
    assert problem(reply) == (503, "unavailable")
    assert reply.headers["Retry-After"] == "2"
    assert (await log_in(client)).status_code == 200


async def test_a_disabled_account_is_told_only_to_who_knows_the_password(
    account: UUID, client: httpx.AsyncClient, clock: SetClock, session: AsyncSession
) -> None:
    await session.execute(sa.update(Account).values(disabled_at=clock()))
    assert problem(await log_in(client, password="wrong")) == (401, "wrong_credentials")
    assert problem(await log_in(client)) == (403, "account_disabled")
    assert await actions_told(session) == ["sessions.refuse", "sessions.refuse"]


async def test_who_has_left_the_hall_does_not_log_in(
    hall: Hall,
    client: httpx.AsyncClient,
    clock: SetClock,
    session: AsyncSession,
    password_hash: str,
) -> None:
    gone = await make_staff_member(session, left_on=clock().date() - timedelta(days=1))
    await make_account(
        session, Role.OFFICE, username="gone", staff_id=gone, password_hash=password_hash
    )
    assert problem(await log_in(client, "gone")) == (403, "account_disabled")


# Guessing


async def test_guessing_is_slowed_down_at_one_address_and_nowhere_else(
    account: UUID, at: At, clock: SetClock, session: AsyncSession
) -> None:
    guesser, owner = at("10.0.0.66"), at("10.0.0.7")
    for _ in range(5):
        assert problem(await log_in(guesser, password="guess")) == (401, "wrong_credentials")
    slowed = await log_in(guesser, password="guess")
    assert problem(slowed) == (429, "too_many_logins")
    assert slowed.headers["Retry-After"] == "1"
    even_right = await log_in(guesser)
    assert problem(even_right) == (429, "too_many_logins")
    assert (await log_in(owner)).status_code == 200

    clock.advance(seconds=1)
    assert problem(await log_in(guesser, password="guess")) == (401, "wrong_credentials")
    assert (await log_in(guesser)).headers["Retry-After"] == "2"
    clock.advance(seconds=2)
    assert (await log_in(guesser)).status_code == 200
    assert list(await session.scalars(sa.select(LoginAttempts))) == []
    assert (await actions_told(session)).count("sessions.refuse") == 6


async def test_failures_are_counted_though_the_request_is_refused(
    client: httpx.AsyncClient, session: AsyncSession
) -> None:
    await log_in(client, "my own password typed here", "x")
    [row] = await session.scalars(sa.select(LoginAttempts))
    assert row.failures == 1
    assert b"password" not in row.username_key


async def test_parallel_guesses_all_count(
    new_database: Callable[[str], str], settings: Settings, clock: SetClock, password_hash: str
) -> None:
    database = Database.connect(new_database("guesses"), settings)
    try:
        async with database.transaction() as session:
            await make_account(session, Role.OFFICE, username="mayra", password_hash=password_hash)
        context = make_context(settings, database, TEST_KEYS, registry.find_caller)
        context.clock = clock
        transport = httpx.ASGITransport(create_app(context=context), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://hall") as client:
            replies = await asyncio.gather(
                *[log_in(client, password=f"guess {number}") for number in range(20)]
            )
        assert sorted(reply.status_code for reply in replies) == [401] * 5 + [429] * 15
        async with database.reading() as session:
            assert await session.scalar(sa.select(LoginAttempts.failures)) == 5
    finally:
        await database.close()


# Refreshing


async def test_a_refresh_token_is_good_once(
    account: UUID, client: httpx.AsyncClient, clock: SetClock, session: AsyncSession
) -> None:
    first = (await log_in(client)).json()
    clock.advance(seconds=900)
    assert problem(await who(client, first)) == (401, "unauthenticated")
    second = (await refresh(client, first["refresh_token"])).json()
    assert second["refresh_token"] != first["refresh_token"]
    assert second["refresh_expires_at"] == "2026-03-17T11:15:00+08:00"
    assert (await who(client, second)).status_code == 200

    reused = await refresh(client, first["refresh_token"])
    assert problem(reused) == (401, "refresh_reused")
    assert problem(await who(client, second)) == (401, "unauthenticated")
    assert problem(await refresh(client, second["refresh_token"])) == (401, "refresh_invalid")
    [login] = await session.scalars(sa.select(LoginSession))
    assert login.revoked_reason == "refresh_reused"
    assert await actions_told(session) == ["sessions.open", "sessions.reuse"]


async def test_a_thief_ends_only_the_session_of_the_stolen_token(
    account: UUID, client: httpx.AsyncClient
) -> None:
    here, there = (await log_in(client)).json(), (await log_in(client)).json()
    await refresh(client, here["refresh_token"])
    await refresh(client, here["refresh_token"])
    assert (await who(client, here)).status_code == 401
    assert (await who(client, there)).status_code == 200


async def test_the_form_refreshes_as_well(account: UUID, client: httpx.AsyncClient) -> None:
    first = (await log_in(client)).json()
    form = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    second = await client.post("/api/v1/auth/token", data=form)
    assert second.status_code == 200
    assert (await who(client, second.json())).status_code == 200


async def test_a_refresh_token_is_stored_only_as_its_hash(
    account: UUID, client: httpx.AsyncClient, session: AsyncSession
) -> None:
    token = (await log_in(client)).json()["refresh_token"]
    [row] = await session.scalars(sa.select(RefreshToken))
    assert len(row.token_hash) == 32
    assert token.encode() not in row.token_hash


async def test_an_expired_or_unknown_refresh_token_is_refused(
    account: UUID, client: httpx.AsyncClient, clock: SetClock
) -> None:
    tokens = (await log_in(client)).json()
    assert problem(await refresh(client, "made-up")) == (401, "refresh_invalid")
    nothing = await client.post("/api/v1/auth/refresh", json={})
    assert problem(nothing) == (401, "refresh_invalid")
    clock.advance(days=7)
    assert problem(await refresh(client, tokens["refresh_token"])) == (401, "refresh_invalid")


async def test_a_disabled_account_does_not_refresh(
    account: UUID, client: httpx.AsyncClient, clock: SetClock, session: AsyncSession
) -> None:
    tokens = (await log_in(client)).json()
    await session.execute(sa.update(Account).values(disabled_at=clock()))
    assert problem(await refresh(client, tokens["refresh_token"])) == (401, "refresh_invalid")


async def test_a_browser_may_keep_the_refresh_token_in_a_cookie(
    account: UUID, client: httpx.AsyncClient
) -> None:
    reply = await log_in(client, use_cookie="true")
    assert reply.json()["refresh_token"] is None
    cookie = reply.headers["set-cookie"]
    assert "yimen_refresh=" in cookie
    for mark in ("HttpOnly", "SameSite=strict", "Path=/api/v1/auth", "Max-Age=604800"):
        assert mark in cookie
    assert "Secure" not in cookie  # plain http here; behind https it is set

    renewed = await client.post("/api/v1/auth/refresh", json={})
    assert renewed.status_code == 200
    assert renewed.json()["refresh_token"] is None
    assert renewed.headers["set-cookie"] != cookie
    left = await client.post("/api/v1/auth/logout", headers=bearer(renewed.json()))
    assert 'yimen_refresh=""' in left.headers["set-cookie"]
    assert "yimen_refresh" not in client.cookies


async def test_the_cookie_is_secure_behind_https_and_knows_the_prefix(
    account: UUID, app: FastAPI
) -> None:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False, root_path="/hall")
    async with httpx.AsyncClient(transport=transport, base_url="https://gov/hall") as client:
        reply = await log_in(client, use_cookie="true")
    assert "Secure" in reply.headers["set-cookie"]
    assert "Path=/hall/api/v1/auth" in reply.headers["set-cookie"]


# Leaving


async def test_logging_out_counts_at_the_next_request(
    account: UUID, client: httpx.AsyncClient, session: AsyncSession
) -> None:
    here, there = (await log_in(client)).json(), (await log_in(client)).json()
    assert (await who(client, here)).status_code == 200  # the signature is now in the cache
    left = await client.post("/api/v1/auth/logout", headers=bearer(here))
    assert left.status_code == 204
    assert problem(await who(client, here)) == (401, "unauthenticated")
    assert problem(await refresh(client, here["refresh_token"])) == (401, "refresh_invalid")
    assert (await who(client, there)).status_code == 200
    assert await actions_told(session) == ["sessions.open", "sessions.open", "sessions.end"]


async def test_people_see_and_end_their_own_sessions_only(
    account: UUID, at: At, hall: Hall, clerk: httpx.AsyncClient
) -> None:
    here = (await log_in(at("10.0.0.7"))).json()
    there = (await log_in(at("10.0.0.8"))).json()
    client = at("10.0.0.7")
    shown = (await client.get("/api/v1/auth/sessions", headers=bearer(here))).json()["items"]
    assert [(each["address"], each["is_current"]) for each in shown] == [
        ("10.0.0.8", False),
        ("10.0.0.7", True),
    ]
    path = f"/api/v1/auth/sessions/{shown[0]['id']}/end"
    assert problem(await clerk.post(path)) == (404, "not_found")
    assert (await client.post(path, headers=bearer(here))).status_code == 204
    assert (await client.post(path, headers=bearer(here))).status_code == 204
    assert (await who(client, there)).status_code == 401
    rest = (await client.get("/api/v1/auth/sessions", headers=bearer(here))).json()["items"]
    assert [each["is_current"] for each in rest] == [True]


# Passwords


async def change_password(
    client: httpx.AsyncClient, tokens: dict[str, Any], current: str, new: str
) -> httpx.Response:
    body = {"current_password": current, "new_password": new}
    return await client.post("/api/v1/auth/password", json=body, headers=bearer(tokens))


async def test_a_new_password_ends_the_other_sessions(
    account: UUID, client: httpx.AsyncClient, session: AsyncSession
) -> None:
    here, there = (await log_in(client)).json(), (await log_in(client)).json()
    weak = await change_password(client, here, PASSWORD, "kurz")
    assert problem(weak) == (422, "weak_password")
    assert weak.json()["errors"][0]["pointer"] == "/new_password"
    same = await change_password(client, here, PASSWORD, PASSWORD)
    assert problem(same) == (422, "weak_password")
    wrong = await change_password(client, here, "guess", NEW_PASSWORD)
    assert problem(wrong) == (422, "wrong_current_password")

    done = await change_password(client, here, PASSWORD, NEW_PASSWORD)
    assert done.status_code == 204
    assert (await who(client, here)).status_code == 200
    assert (await who(client, there)).status_code == 401
    assert problem(await log_in(client)) == (401, "wrong_credentials")
    assert (await log_in(client, password=NEW_PASSWORD)).status_code == 200
    assert "accounts.change_password" in await actions_told(session)


async def test_a_stolen_token_does_not_guess_the_password_at_full_speed(
    account: UUID, client: httpx.AsyncClient
) -> None:
    tokens = (await log_in(client)).json()
    for _ in range(5):
        wrong = await change_password(client, tokens, "guess", NEW_PASSWORD)
        assert problem(wrong) == (422, "wrong_current_password")
    slowed = await change_password(client, tokens, PASSWORD, NEW_PASSWORD)
    assert problem(slowed) == (429, "too_many_logins")


async def test_a_temporary_password_opens_nothing_but_its_own_change(
    account: UUID, client: httpx.AsyncClient, session: AsyncSession
) -> None:
    await session.execute(sa.update(Account).values(must_change_password=True, is_demo=True))
    tokens = (await log_in(client)).json()
    assert tokens["must_change_password"]
    shut = await client.get("/api/v1/windows", headers=bearer(tokens))
    assert problem(shut) == (403, "password_must_change")
    shut = await client.get("/api/v1/accounts", headers=bearer(tokens))
    assert problem(shut) == (403, "password_must_change")
    assert (await who(client, tokens)).json()["must_change_password"]

    assert (await change_password(client, tokens, PASSWORD, NEW_PASSWORD)).status_code == 204
    open_now = await client.get("/api/v1/windows", headers=bearer(tokens))
    assert open_now.status_code == 200
    changed = await session.get(Account, account, populate_existing=True)
    assert changed is not None and not changed.is_demo and not changed.must_change_password


async def test_neither_logs_nor_problems_hold_a_password_or_token(
    account: UUID, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = io.StringIO()
    monkeypatch.setattr("sys.stderr", written)
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    config = structlog.get_config()
    try:
        set_up_logs("DEBUG")
        structlog.configure(cache_logger_on_first_use=False)
        tokens = (await log_in(client)).json()
        replies = [
            await log_in(client, password=f"{PASSWORD}x"),
            await log_in(client, username=PASSWORD),
            await refresh(client, tokens["refresh_token"] + "x"),
            await change_password(client, tokens, PASSWORD, "kurz"),
            await client.post("/api/v1/auth/refresh", json={"refresh_token": [PASSWORD]}),
            await client.post("/api/v1/auth/token", json={"password": PASSWORD}),
        ]
        await refresh(client, tokens["refresh_token"])
        replies.append(await refresh(client, tokens["refresh_token"]))
    finally:
        root.handlers, root.level = handlers, level
        structlog.configure(**config)
    assert all(reply.status_code >= 400 for reply in replies)
    seen = written.getvalue() + "".join(reply.text for reply in replies)
    assert "wrong_credentials" in seen
    for secret in (PASSWORD, "Ländlich", tokens["refresh_token"], tokens["access_token"]):
        assert secret not in seen


# Keeping house


async def test_old_log_ins_are_cleared_away(
    account: UUID,
    client: httpx.AsyncClient,
    clock: SetClock,
    context: Context,
    session: AsyncSession,
) -> None:
    old = (await log_in(client)).json()
    await refresh(client, old["refresh_token"])
    await log_in(client, password="wrong")
    clock.advance(days=36)
    await log_in(client)
    [job] = JOBS
    assert await run_once(job, context.database, clock())
    assert len(list(await session.scalars(sa.select(LoginSession)))) == 2
    assert list(await session.scalars(sa.select(LoginAttempts))) == []
    clock.advance(days=2)
    assert await run_once(job, context.database, clock())
    [kept] = await session.scalars(sa.select(LoginSession))
    assert kept.revoked_at is None
    [token] = await session.scalars(sa.select(RefreshToken))
    assert token.session_id == kept.id
