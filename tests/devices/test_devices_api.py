"""Machines: registered by the office, known by their secret, refused from their revocation on."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession
from tests.conftest import SetClock
from tests.factories import Hall

from yimen.core.audit import AuditEntry, record_audit
from yimen.core.dependencies import Context, DbSession, TimeClock
from yimen.core.error_handlers import install_error_handlers
from yimen.core.idempotency import IdempotencyKeyMissing
from yimen.core.routing import Router
from yimen.domains.devices.models import DeviceSecret

API = "/api/v1"


async def register(office: httpx.AsyncClient, kind: str = "screen", **more: object) -> Any:
    data = {"name": f"{kind}一号", "kind": kind} | more
    reply = await office.post(f"{API}/devices", json=data)
    assert reply.status_code == 201, reply.text
    return reply.json()


async def token_of(client: httpx.AsyncClient, given: Any, **other: str) -> httpx.Response:
    form = {
        "grant_type": "client_credentials",
        "client_id": given["client_id"],
        "client_secret": given["client_secret"],
    }
    return await client.post(f"{API}/auth/device-token", data=form | other)


async def bearer(client: httpx.AsyncClient, given: Any) -> dict[str, str]:
    reply = await token_of(client, given)
    assert reply.status_code == 200, reply.text
    return {"Authorization": f"Bearer {reply.json()['access_token']}"}


async def test_the_office_registers_a_machine_that_then_knows_itself(
    office: httpx.AsyncClient, client: httpx.AsyncClient, session: AsyncSession, hall: Hall
) -> None:
    given = await register(office, "evaluator", window_id=str(hall.window_01))
    reply = await token_of(client, given)
    assert reply.status_code == 200
    assert reply.json()["scope"] == "calls:read ratings:send"
    headers = {"Authorization": f"Bearer {reply.json()['access_token']}"}
    me = await client.get(f"{API}/devices/me", headers=headers)
    assert me.status_code == 200
    assert me.json()["kind_label"] == "评价器"
    assert me.json()["window_number"] == "01"
    assert me.json()["last_seen_at"] == "2026-03-10T11:00:00+08:00"
    assert not any(action["allowed"] for action in me.json()["allowed_actions"])
    stored = await session.scalar(sa.select(DeviceSecret.secret_hash))
    assert stored is not None and len(stored) == 32
    assert given["client_secret"].encode() not in stored


async def test_the_secret_is_nowhere_in_audit_and_replies(
    office: httpx.AsyncClient, session: AsyncSession
) -> None:
    given = await register(office)
    shown = await office.get(f"{API}/devices/{given['client_id']}")
    assert given["client_secret"] not in shown.text
    entries = await session.scalars(
        sa.select(AuditEntry).where(AuditEntry.subject_type == "device")
    )
    told = [json.dumps([entry.action, entry.old, entry.new]) for entry in entries]
    assert len(told) == 1
    assert given["client_secret"] not in told[0]


@pytest.mark.parametrize(
    "other",
    [
        {"client_secret": "wrong"},
        {"client_id": "019a4f3e-7c1d-7b60-9d0e-6a2f4c8b1d01"},
        {"client_id": "not-a-uuid"},
    ],
)
async def test_wrong_credentials_are_refused_alike(
    office: httpx.AsyncClient, client: httpx.AsyncClient, other: dict[str, str]
) -> None:
    given = await register(office)
    assert (await token_of(client, given)).status_code == 200
    reply = await token_of(client, given, **other)
    assert reply.status_code == 401
    assert reply.json()["code"] == "wrong_device_credentials"


async def test_revocation_counts_on_the_next_request(
    office: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    given = await register(office)
    headers = await bearer(client, given)
    path = f"{API}/devices/{given['client_id']}"
    assert (await client.get(f"{API}/devices/me", headers=headers)).status_code == 200
    revoked = await office.post(
        f"{path}/revoke", json={"reason": "报废"}, headers={"If-Match": '"1"'}
    )
    assert revoked.status_code == 200 and revoked.json()["is_revoked"]
    assert (await client.get(f"{API}/devices/me", headers=headers)).status_code == 401
    assert (await token_of(client, given)).status_code == 401
    again = await office.post(
        f"{path}/revoke", json={"reason": "报废"}, headers={"If-Match": '"2"'}
    )
    assert again.status_code == 409
    assert again.json()["code"] == "device_revoked"
    await register(office)  # its name is free again


async def test_two_secrets_serve_during_the_overlap_and_one_after_it(
    office: httpx.AsyncClient, client: httpx.AsyncClient, clock: SetClock
) -> None:
    first = await register(office)
    old_headers = await bearer(client, first)
    path = f"{API}/devices/{first['client_id']}/rotate"
    reply = await office.post(path, json={"overlap_minutes": 10}, headers={"If-Match": '"1"'})
    assert reply.status_code == 200, reply.text
    second = reply.json()
    assert second["previous_secret_expires_at"] == "2026-03-10T11:10:00+08:00"
    assert second["client_secret"] != first["client_secret"]
    assert (await token_of(client, first)).status_code == 200
    new_headers = await bearer(client, second)
    clock.advance(minutes=11)
    assert (await token_of(client, first)).status_code == 401
    assert (await client.get(f"{API}/devices/me", headers=old_headers)).status_code == 401
    assert (await client.get(f"{API}/devices/me", headers=new_headers)).status_code == 200
    assert (await token_of(client, second)).status_code == 200


async def test_a_third_secret_ends_the_first_at_once(
    office: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    first = await register(office)
    path = f"{API}/devices/{first['client_id']}/rotate"
    second = (await office.post(path, json={}, headers={"If-Match": '"1"'})).json()
    third = (await office.post(path, json={}, headers={"If-Match": '"2"'})).json()
    assert (await token_of(client, first)).status_code == 401
    assert (await token_of(client, second)).status_code == 200
    assert (await token_of(client, third)).status_code == 200


async def test_a_machine_is_no_person_and_a_person_no_machine(
    office: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    headers = await bearer(client, await register(office))
    for path in ("/cases", "/devices", "/accounts", "/auth/me"):
        reply = await client.get(f"{API}{path}", headers=headers)
        assert reply.status_code == 403, path
    assert (await office.get(f"{API}/devices/me")).status_code == 403


async def test_only_the_office_arranges_machines(
    clerk: httpx.AsyncClient, director: httpx.AsyncClient, office: httpx.AsyncClient
) -> None:
    given = await register(office)
    data = {"name": "别的屏幕", "kind": "screen"}
    assert (await clerk.post(f"{API}/devices", json=data)).status_code == 403
    assert (await director.post(f"{API}/devices", json=data)).status_code == 403
    assert (await clerk.get(f"{API}/devices")).status_code == 403
    listed = await director.get(f"{API}/devices", params={"kind": "screen", "is_revoked": False})
    assert [one["id"] for one in listed.json()["items"]] == [given["client_id"]]
    path = f"{API}/devices/{given['client_id']}"
    seen = {"If-Match": '"1"'}
    assert (await director.patch(path, json={"place": "西侧"}, headers=seen)).status_code == 403
    changed = await office.patch(path, json={"place": "西侧"}, headers=seen)
    assert changed.json()["place"] == "西侧" and changed.headers["ETag"] == '"2"'
    assert (await office.patch(path, json={"place": "东侧"}, headers=seen)).status_code == 412


async def test_names_are_unique_and_windows_exist(office: httpx.AsyncClient) -> None:
    given = await register(office)
    twice = await office.post(
        f"{API}/devices", json={"name": given["device"]["name"], "kind": "kiosk"}
    )
    assert (twice.status_code, twice.json()["code"]) == (409, "device_name_taken")
    nowhere = await office.post(
        f"{API}/devices",
        json={"name": "x", "kind": "evaluator", "window_id": given["client_id"]},
    )
    assert nowhere.json()["errors"][0]["pointer"] == "/window_id"
    unplaced = await office.post(f"{API}/devices", json={"name": "x", "kind": "evaluator"})
    assert unplaced.status_code == 422


# A machine's own POST, on an app that has one


@pytest.fixture
async def clock_post(context: Context) -> AsyncIterator[httpx.AsyncClient]:
    router = Router(prefix="/punch-tests", tag="punches")

    @router.create("", summary="打卡", errors=[IdempotencyKeyMissing])
    async def punch(device: TimeClock, session: DbSession) -> dict[str, str]:
        await record_audit(
            session, caller=device, action="test.punch", subject_type="t", subject_id=1
        )
        return {"device": device.name}

    app = FastAPI()
    app.state.context = context
    install_error_handlers(app)
    app.include_router(router)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://hall") as client:
        yield client


async def test_a_machine_must_name_its_post_and_may_send_it_again(
    office: httpx.AsyncClient,
    client: httpx.AsyncClient,
    clock_post: httpx.AsyncClient,
    session: AsyncSession,
) -> None:
    headers = await bearer(client, await register(office, "time_clock"))
    bare = await clock_post.post("/punch-tests", headers=headers)
    assert (bare.status_code, bare.json()["code"]) == (428, "idempotency_key_missing")
    headers["Idempotency-Key"] = "punch-17"
    first = await clock_post.post("/punch-tests", headers=headers)
    assert first.status_code == 201
    again = await clock_post.post("/punch-tests", headers=headers)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.json() == first.json()
    rows = (
        await session.execute(
            sa.select(AuditEntry.actor, AuditEntry.account_id).where(
                AuditEntry.action == "test.punch"
            )
        )
    ).all()
    assert [tuple(row) for row in rows] == [("device:time_clock一号", None)]


async def test_a_machine_of_another_kind_is_refused(
    office: httpx.AsyncClient, client: httpx.AsyncClient, clock_post: httpx.AsyncClient
) -> None:
    headers = await bearer(client, await register(office, "screen"))
    reply = await clock_post.post("/punch-tests", headers=headers | {"Idempotency-Key": "a"})
    assert reply.status_code == 403
    assert "考勤机" in reply.json()["detail"]
    person = await clock_post.post("/punch-tests")
    assert person.status_code == 401
