"""Streams of a running service: writers at once, clients that drop, stops and restarts."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa
from tests.factories import Hall
from tests.running_service import RunningService, StreamReader, eventually, headers_of, running_hall

from yimen.core.clock import system_now
from yimen.core.config import Settings
from yimen.core.database import Database
from yimen.core.outbox import OutboxEvent, publish_event

WRITERS = 8
EVENTS_EACH = 40
SECONDS = 60


class Scene:
    """A running service, its database, and HTTP clients for many streams."""

    def __init__(self, hall: Hall, database: Database, service: RunningService) -> None:
        self.hall = hall
        self.database = database
        self.service = service

    async def write(self, kind: str, *, pause: float = 0, undo: bool = False) -> None:
        """One transaction that tells of one to three changes, and ends or is undone."""
        try:
            async with self.database.transaction() as session:
                for _ in range(random.randint(1, 3)):
                    await publish_event(
                        session,
                        kind=kind,
                        subject_type="ticket",
                        subject_id="1",
                        occurred_at=system_now(),
                        facts={"number": "A001"},
                    )
                    await asyncio.sleep(pause)
                if undo:
                    raise ZeroDivisionError
        except ZeroDivisionError:
            pass

    async def told(self) -> list[str]:
        """Every committed event, in order."""
        async with self.database.reading() as session:
            rows = await session.execute(
                sa.select(OutboxEvent.transaction_id, OutboxEvent.id).order_by(
                    OutboxEvent.transaction_id, OutboxEvent.id
                )
            )
            return [f"{row.transaction_id}-{row.id}" for row in rows]


@pytest.fixture
async def scene(
    new_database: Callable[[str], str], tmp_path: Path, settings: Settings
) -> AsyncIterator[Scene]:
    url = new_database("streams")
    async with running_hall(url, tmp_path, settings) as (service, hall, database):
        yield Scene(hall, database, service)


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
    timeout = httpx.Timeout(30, connect=10)
    async with httpx.AsyncClient(trust_env=False, limits=limits, timeout=timeout) as client:
        yield client


async def drop_in(reader: StreamReader, until: asyncio.Event) -> None:
    """Listen for a moment, hang up, come back: again and again."""
    while not until.is_set():
        try:
            async with asyncio.timeout(random.uniform(0.1, 0.8)):
                await reader.listen(until=until)
        except TimeoutError:
            await asyncio.sleep(random.uniform(0, 0.2))


async def ask(
    client: httpx.AsyncClient, scene: Scene, ids: list[str], until: asyncio.Event
) -> None:
    """Ask for pages instead, of random size."""
    after = "0-0"
    while not until.is_set():
        reply = await client.get(
            f"{scene.service.base}/events",
            params={"after": after, "limit": random.randint(1, 50)},
            headers=headers_of(scene.hall.director),
        )
        page = reply.json()
        ids += [event["position"] for event in page["items"]]
        after = page["next_after"]
        await asyncio.sleep(random.uniform(0, 0.1))


@pytest.mark.slow
async def test_every_event_comes_once_and_in_order_however_often_clients_drop(
    scene: Scene, http: httpx.AsyncClient
) -> None:
    url, over = f"{scene.service.base}/events/stream", asyncio.Event()
    office = headers_of(scene.hall.office)
    readers = [StreamReader(http, url, office, "0-0") for _ in range(8)]
    steady = StreamReader(http, url, office, "0-0")
    asked: list[str] = []
    listening = [asyncio.create_task(drop_in(reader, over)) for reader in readers]
    listening.append(asyncio.create_task(steady.listen(until=over)))
    listening.append(asyncio.create_task(ask(http, scene, asked, over)))

    async def write_many(number: int) -> None:
        for count in range(EVENTS_EACH):
            pause = random.uniform(0, 0.02)
            await scene.write(f"ticket.w{number}", pause=pause, undo=count % 5 == 4)

    await asyncio.gather(*(write_many(number) for number in range(WRITERS)))
    expected = await scene.told()
    assert len(expected) >= WRITERS * EVENTS_EACH * 4 / 5
    for reader in [*readers, steady]:
        await eventually(SECONDS, reader.ids, len(expected))
    await eventually(SECONDS, asked, len(expected))
    over.set()
    await scene.write("ticket.last")  # wakes those who wait
    await asyncio.gather(*listening)
    for reader in [*readers, steady]:
        assert reader.ids[: len(expected)] == expected
    assert asked[: len(expected)] == expected
    assert sum(reader.connections for reader in readers) > 2 * len(readers)
    assert steady.connections == 1


@pytest.mark.slow
async def test_the_service_ends_within_seconds_with_50_streams_and_nobody_misses_an_event(
    scene: Scene, http: httpx.AsyncClient
) -> None:
    url, over = f"{scene.service.base}/events/stream", asyncio.Event()
    people = [scene.hall.office, scene.hall.director, scene.hall.clerk, scene.hall.chief]
    readers = [
        StreamReader(http, url, headers_of(people[number % 4]), "0-0") for number in range(50)
    ]
    listening = [asyncio.create_task(reader.listen(until=over)) for reader in readers]
    await scene.write("ticket.before")
    before = len(await scene.told())
    for reader in readers:
        await eventually(SECONDS, reader.ids, before)
    async with scene.database.reading() as session:
        held = await session.scalar(
            sa.text(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
                "AND application_name = 'yimen' AND pid <> pg_backend_pid()"
            )
        )
    assert held is not None and held < 20  # 50 streams do not hold 50 connections
    writing = asyncio.create_task(write_through(scene))
    await asyncio.sleep(0.2)
    await scene.service.stop()  # with 50 streams open
    assert scene.service.process is not None and scene.service.process.returncode in (0, -15)
    await scene.service.start()
    await writing
    await scene.write("ticket.after")
    expected = await scene.told()
    for reader in readers:
        await eventually(SECONDS, reader.ids, len(expected))
    over.set()
    await scene.write("ticket.last")
    await asyncio.gather(*listening)
    for reader in readers:
        assert reader.ids[: len(expected)] == expected
        assert reader.connections >= 2


async def write_through(scene: Scene) -> None:
    """Go on writing while the service is away."""
    for number in range(60):
        await scene.write(f"ticket.n{number}", pause=0.02)


async def test_a_revoked_machine_loses_its_stream_and_its_secret_is_in_no_log(
    scene: Scene, http: httpx.AsyncClient
) -> None:
    base, office = scene.service.base, headers_of(scene.hall.office)
    made = await http.post(
        f"{base}/devices", json={"name": "屏幕", "kind": "screen"}, headers=office
    )
    assert made.status_code == 201
    device, secret = made.json()["client_id"], made.json()["client_secret"]
    given = await http.post(
        f"{base}/auth/device-token", data={"client_id": device, "client_secret": secret}
    )
    token = given.json()["access_token"]
    screen = StreamReader(
        http, f"{base}/events/stream", {"Authorization": f"Bearer {token}"}, "0-0"
    )
    async with asyncio.timeout(SECONDS), screen.connect() as news:
        await scene.write("ticket.called")
        while not screen.ids:
            await anext(news)
        revoked = await http.post(
            f"{base}/devices/{device}/revoke",
            json={"reason": "遗失"},
            headers=office | {"If-Match": '"1"', "Idempotency-Key": "once"},
        )
        assert revoked.status_code == 200, revoked.text
        async for _ in news:
            pass  # until the service ends the stream
    assert set(screen.kinds) == {"ticket.called"}  # not devices.revoke
    again = await http.get(f"{base}/events/stream", headers=screen.headers)
    assert again.status_code == 401
    log = scene.service.log.read_text()
    assert "/auth/device-token" in log
    assert secret not in log and token not in log
