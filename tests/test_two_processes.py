"""Two services and a worker on one database behave as one."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from tests.cases_factories import intake_body
from tests.catalog_factories import Items, make_items
from tests.factories import Hall, make_hall
from tests.running_service import RunningService, StreamReader, eventually, headers_of
from tests.webhooks.test_webhooks_delivery import Receiver

from yimen.core.clock import system_now
from yimen.core.config import Settings
from yimen.core.database import Database
from yimen.core.outbox import publish_event

SECONDS = 60
LOOKUPS = 4
pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Scene:
    """One hall, two addresses at which it answers."""

    one: RunningService
    other: RunningService
    http: httpx.AsyncClient
    database: Database
    hall: Hall
    items: Items

    async def ask(
        self,
        service: RunningService,
        method: str,
        path: str,
        headers: dict[str, str] | None = None,
        **wish: Any,
    ) -> httpx.Response:
        return await self.http.request(method, f"{service.base}{path}", headers=headers, **wish)


@pytest.fixture(scope="module")
async def scene(
    new_database: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory, settings: Settings
) -> AsyncIterator[Scene]:
    url, logs = new_database("two"), tmp_path_factory.mktemp("two")
    async with AsyncExitStack() as stack:
        database = Database.connect(url, settings)
        stack.push_async_callback(database.close)
        async with database.transaction() as session:
            hall = await make_hall(session)
            items = await make_items(session, hall)
        services = [
            RunningService(url, logs / f"{name}.log", YIMEN_PUBLIC_LOOKUPS_PER_MINUTE=str(LOOKUPS))
            for name in ("one", "other", "worker")
        ]
        for service in services:
            stack.push_async_callback(service.close)
        services[2].spawn("worker")
        await asyncio.gather(services[0].start(), services[1].start())
        http = await stack.enter_async_context(httpx.AsyncClient(trust_env=False, timeout=SECONDS))
        yield Scene(services[0], services[1], http, database, hall, items)


async def test_a_log_in_ended_in_one_process_is_over_in_the_other(scene: Scene) -> None:
    who = headers_of(scene.hall.colleague)
    async with followed(scene, who):
        ended = await scene.ask(scene.one, "POST", "/auth/logout", who)
        assert ended.status_code == 204
        assert (await scene.ask(scene.other, "GET", "/auth/me", who)).status_code == 401


async def test_a_machine_revoked_in_one_process_is_refused_by_the_other(scene: Scene) -> None:
    office, wish = headers_of(scene.hall.office), {"name": "显示屏", "kind": "screen"}
    given = (await scene.ask(scene.one, "POST", "/devices", office, json=wish)).json()
    form = {"grant_type": "client_credentials"} | {
        name: given[name] for name in ("client_id", "client_secret")
    }
    token = await scene.ask(scene.other, "POST", "/auth/device-token", data=form)
    who = {"Authorization": f"Bearer {token.json()['access_token']}"}
    async with followed(scene, who):
        revoked = await scene.ask(
            scene.one,
            "POST",
            f"/devices/{given['client_id']}/revoke",
            office | {"If-Match": '"1"'},
            json={"reason": "送修"},
        )
        assert revoked.status_code == 200, revoked.text
        assert (await scene.ask(scene.other, "GET", "/devices/me", who)).status_code == 401


@asynccontextmanager
async def followed(scene: Scene, who: dict[str, str]) -> AsyncIterator[None]:
    """A stream of the other process is open meanwhile, and ends by itself afterwards."""
    reader = StreamReader(scene.http, f"{scene.other.base}/events/stream", who, "0-0")
    async with reader.connect() as news:
        await anext(news)
        yield
        async with asyncio.timeout(SECONDS):
            async for _ in news:
                pass


async def test_an_act_in_one_is_told_by_the_stream_of_the_other(scene: Scene) -> None:
    over = asyncio.Event()
    office = headers_of(scene.hall.office)
    readers = [
        StreamReader(scene.http, f"{service.base}/events/stream", office, "0-0")
        for service in (scene.one, scene.other)
    ]
    listening = [asyncio.create_task(reader.listen(until=over)) for reader in readers]
    made = [
        await scene.ask(
            (scene.one, scene.other)[n % 2],
            "POST",
            "/cases",
            headers_of(scene.hall.clerk),
            json=intake_body(scene.items.food),
        )
        for n in range(6)
    ]
    assert [reply.status_code for reply in made] == [201] * 6
    numbers = [int(reply.json()["case_number"][-6:]) for reply in made]
    assert numbers == list(range(numbers[0], numbers[0] + 6))
    pages = [
        (await scene.ask(service, "GET", "/cases", office)).json()
        for service in (scene.one, scene.other)
    ]
    assert pages[0] == pages[1]
    told = (await scene.ask(scene.one, "GET", "/events?limit=200", office)).json()
    positions = [event["position"] for event in told["items"]]
    for reader in readers:
        await eventually(SECONDS, reader.ids, len(positions))
    over.set()
    await asyncio.gather(*(stop(task) for task in listening))
    assert [reader.ids for reader in readers] == [positions, positions]


async def stop(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait({task})


async def test_one_key_at_both_makes_one_case(scene: Scene) -> None:
    body = intake_body(scene.items.food)
    clerk = headers_of(scene.hall.clerk) | {"Idempotency-Key": "at-both"}

    async def post(service: RunningService) -> httpx.Response:
        return await scene.ask(service, "POST", "/cases", clerk, json=body)

    replies = await asyncio.gather(*[post((scene.one, scene.other)[n % 2]) for n in range(8)])
    codes = Counter(reply.status_code for reply in replies)
    assert codes.keys() <= {201, 409} and codes[201]
    again = [await post(scene.one), await post(scene.other)]
    assert all(reply.headers["Idempotency-Replayed"] == "true" for reply in again)
    made = {reply.json()["id"] for reply in [*replies, *again] if reply.status_code == 201}
    assert len(made) == 1


async def test_limits_count_what_was_asked_of_both(scene: Scene) -> None:
    lookup = {"case_number": "BJ-2026-000001", "code": "K7QM-3X9P-2RTD"}

    async def look_up(n: int) -> httpx.Response:
        service = (scene.one, scene.other)[n % 2]
        return await scene.ask(service, "POST", "/public/cases/lookup", json=lookup)

    tried = [(await look_up(n)).status_code for n in range(2 * LOOKUPS)]
    assert tried[:LOOKUPS] == [404] * LOOKUPS
    assert tried[LOOKUPS:] == [429] * LOOKUPS

    async def log_in(n: int) -> int:
        service, form = (scene.one, scene.other)[n % 2], {"username": "nobody", "password": "wrong"}
        return (await scene.ask(service, "POST", "/auth/token", data=form)).status_code

    assert Counter([await log_in(n) for n in range(6)])[429] >= 1  # five are free


async def test_of_all_who_work_one_does_a_job(scene: Scene) -> None:
    """Three processes work: both services and the worker."""
    receiver = Receiver()
    await receiver.open()
    try:
        made = await scene.ask(
            scene.one,
            "POST",
            "/webhooks",
            headers_of(scene.hall.office),
            json={"name": "县平台", "url": receiver.url, "kinds": ["ticket.*"]},
        )
        assert made.status_code == 201
        for number in range(30):
            async with scene.database.transaction() as session:
                await publish_event(
                    session,
                    kind="ticket.called",
                    subject_type="ticket",
                    subject_id=str(number),
                    occurred_at=system_now(),
                    facts={},
                )
        await eventually(SECONDS, receiver.bodies, 30)
        await asyncio.sleep(3)  # a second sending would come now
    finally:
        await receiver.close()
    subjects = [json.loads(body)["data"]["subject_id"] for body in receiver.bodies]
    assert sorted(map(int, subjects)) == list(range(30))
