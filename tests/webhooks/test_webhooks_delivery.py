"""Events on their way to a receiver that is well, down, slow, full of errors, or gone."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
import sqlalchemy as sa
from standardwebhooks.webhooks import Webhook as Verifier
from standardwebhooks.webhooks import WebhookVerificationError
from tests.conftest import TEST_KEYS, SignsIn
from tests.factories import Hall, make_hall

from yimen import registry
from yimen.core.clock import system_now
from yimen.core.config import Settings
from yimen.core.database import Database
from yimen.core.dependencies import Context
from yimen.core.job_queue import work_queue
from yimen.core.outbox import OutboxEvent, publish_event
from yimen.core.periodic import run_once
from yimen.core.start import make_context
from yimen.domains.webhooks import jobs, rules, service_delivery
from yimen.domains.webhooks.models import WebhookDelivery
from yimen.main import create_app

SECONDS = 40
"""At most; other tests' open transactions hold the horizon of events back."""


@dataclass
class Receiver:
    """A small HTTP server that answers as it is told and remembers what it got."""

    answers: list[int] = field(default_factory=list)
    """Statuses to answer with, in turn; after them 204."""
    delay: float = 0
    headers: list[dict[str, str]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    port: int = 0
    server: asyncio.Server | None = None
    closing: asyncio.Event = field(default_factory=asyncio.Event)
    serving: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hooks"

    async def open(self) -> None:
        self.closing.clear()
        self.server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
        self.port = self.server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        if self.server is not None:
            self.server.close()
            self.server = None
            self.closing.set()
            await asyncio.gather(*self.serving)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer))
        self.serving.add(task)
        task.add_done_callback(self.serving.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            first, *lines = head.strip().split("\r\n")
            headers = {n.lower(): v for n, _, v in (line.partition(": ") for line in lines)}
            body = await reader.readexactly(int(headers["content-length"]))
            self.paths.append(first.split(" ")[1])
            self.headers.append(headers)
            self.bodies.append(body)
            status = self.answers.pop(0) if self.answers else 204
            if self.delay:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self.closing.wait(), self.delay)
            where = f"Location: http://127.0.0.1:{self.port}/elsewhere\r\n"
            rest = "Content-Length: 0\r\nConnection: close\r\n\r\n"
            writer.write(f"HTTP/1.1 {status} X\r\n{where}{rest}".encode())
            await writer.drain()
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()

    @property
    def kinds(self) -> list[str]:
        return [json.loads(body)["type"] for body in self.bodies]


class Scene:
    """The standard hall on a database of its own, the office, and a receiver."""

    def __init__(
        self, hall: Hall, context: Context, office: httpx.AsyncClient, receiver: Receiver
    ) -> None:
        self.hall = hall
        self.context = context
        self.office = office
        self.receiver = receiver
        self.database = context.database

    async def subscribe(self, *kinds: str) -> Any:
        reply = await self.office.post(
            "/webhooks", json={"name": "县平台", "url": self.receiver.url, "kinds": list(kinds)}
        )
        assert reply.status_code == 201, reply.text
        return reply.json()

    async def publish(self, *kinds: str, undo: bool = False) -> None:
        with contextlib.suppress(ZeroDivisionError):
            async with self.database.transaction() as session:
                for kind in kinds:
                    await publish_event(
                        session,
                        kind=kind,
                        subject_type="case",
                        subject_id="1",
                        occurred_at=system_now(),
                        facts={"case_number": "BJ-2026-000001", "state": "accepted"},
                    )
                if undo:
                    raise ZeroDivisionError

    async def webhook(self, given: Any) -> Any:
        return (await self.office.get(f"/webhooks/{given['webhook']['id']}")).json()

    async def deliveries(self, given: Any, **query: str) -> list[Any]:
        reply = await self.office.get(
            f"/webhooks/{given['webhook']['id']}/deliveries", params={"limit": "200"} | query
        )
        return list(reversed(reply.json()["items"]))

    async def command(self, given: Any, name: str) -> Any:
        path = f"/webhooks/{given['webhook']['id']}"
        etag = (await self.office.get(path)).headers["ETag"]
        reply = await self.office.post(f"{path}/{name}", headers={"If-Match": etag})
        assert reply.status_code == 200, reply.text
        return reply.json()


async def until(seconds: float, is_so: Callable[[], Coroutine[Any, Any, bool]]) -> None:
    async with asyncio.timeout(seconds):
        while not await is_so():  # noqa: ASYNC110 - the row changes in the database
            await asyncio.sleep(0.05)


@pytest.fixture
async def scene(
    new_database: Callable[[str], str], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Scene]:
    monkeypatch.setattr(rules, "RETRIES", (timedelta(seconds=0.3),) * 4)
    database = Database.connect(new_database("webhooks"), settings)
    receiver = Receiver()
    async with AsyncExitStack() as stack:
        stack.push_async_callback(database.close)
        async with database.transaction() as session:
            hall = await make_hall(session)
        context = make_context(settings, database, TEST_KEYS, registry.find_caller)
        stack.callback(context.passwords.close)
        person = hall.office
        office = await stack.enter_async_context(
            httpx.AsyncClient(
                transport=httpx.ASGITransport(create_app(context=context)),
                base_url="http://hall/api/v1",
                auth=SignsIn(context, account_id=person.account_id, session_id=person.session_id),
            )
        )
        stack.push_async_callback(receiver.close)
        await receiver.open()
        yield Scene(hall, context, office, receiver)


@contextlib.asynccontextmanager
async def workers(scene: Scene, *, count: int = 1) -> AsyncIterator[None]:
    """The background work of so many processes."""

    async def follow() -> None:
        while True:
            await run_once(jobs.JOBS[0], scene.database, system_now())
            await asyncio.sleep(0.1)

    tasks = []
    for _ in range(count):
        tasks.append(asyncio.create_task(follow()))
        tasks.append(asyncio.create_task(work_queue(scene.context, jobs.QUEUED)))
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        for outcome in await asyncio.gather(*tasks, return_exceptions=True):
            assert isinstance(outcome, asyncio.CancelledError), outcome


async def test_events_arrive_signed_and_what_was_rolled_back_does_not(scene: Scene) -> None:
    given = await scene.subscribe("case.*")
    async with workers(scene):
        await scene.publish("case.undone", undo=True)
        await scene.publish("case.accepted", "leave.requested")
        await scene.publish("case.finished")
        await until(SECONDS, lambda: _counts(scene.receiver, 2))
        await until(SECONDS, lambda: _all_are(scene, given, "delivered", 2))
    assert sorted(scene.receiver.kinds) == ["case.accepted", "case.finished"]
    verifier = Verifier(given["secret"])
    for body, headers in zip(scene.receiver.bodies, scene.receiver.headers, strict=True):
        told = verifier.verify(body, headers)
        assert told["data"]["facts"] == {"case_number": "BJ-2026-000001", "state": "accepted"}
        with pytest.raises(WebhookVerificationError):
            verifier.verify(body + b" ", headers)
    ids = {headers["webhook-id"] for headers in scene.receiver.headers}
    assert ids == {f"msg_{one['id']}" for one in await scene.deliveries(given)}


async def _counts(receiver: Receiver, count: int) -> bool:
    return len(receiver.bodies) >= count


async def _all_are(scene: Scene, given: Any, state: str, count: int) -> bool:
    found = await scene.deliveries(given)
    return len(found) == count and all(one["state"] == state for one in found)


async def _state_is(scene: Scene, given: Any, state: str) -> bool:
    return bool((await scene.webhook(given))["state"] == state)


async def test_errors_are_tried_again_under_one_id_and_logged(scene: Scene) -> None:
    scene.receiver.answers = [500, 302, 503]
    given = await scene.subscribe()
    async with workers(scene):
        await scene.publish("case.accepted")
        await until(SECONDS, lambda: _all_are(scene, given, "delivered", 1))
    assert len({headers["webhook-id"] for headers in scene.receiver.headers}) == 1
    assert set(scene.receiver.paths) == {"/hooks"}  # the redirect was not followed
    [delivery] = await scene.deliveries(given)
    detail = (
        await scene.office.get(f"/webhooks/{given['webhook']['id']}/deliveries/{delivery['id']}")
    ).json()
    assert [one["status"] for one in detail["tries"]] == [500, 302, 503, 204]
    assert [one["failure"] for one in detail["tries"]] == ["refused"] * 3 + [None]
    assert (await scene.webhook(given))["failures_in_a_row"] == 0


async def test_a_receiver_that_is_down_misses_nothing(scene: Scene) -> None:
    await scene.receiver.close()
    given = await scene.subscribe()
    async with workers(scene):
        await scene.publish("case.accepted", "case.finished")

        async def both_failed() -> bool:
            found = await scene.deliveries(given)
            return len(found) == 2 and all(one["attempts"] >= 1 for one in found)

        await until(SECONDS, both_failed)
        await scene.receiver.open()
        await until(SECONDS, lambda: _all_are(scene, given, "delivered", 2))
    assert sorted(scene.receiver.kinds) == ["case.accepted", "case.finished"]


async def test_a_slow_receiver_is_not_waited_for(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service_delivery, "SEND_SECONDS", 0.2)
    scene.receiver.delay = 2
    given = await scene.subscribe()
    async with workers(scene):
        await scene.publish("case.accepted")
        await until(SECONDS, lambda: _counts(scene.receiver, 1))
        scene.receiver.delay = 0
        await until(SECONDS, lambda: _all_are(scene, given, "delivered", 1))
    [delivery] = await scene.deliveries(given)
    assert delivery["attempts"] >= 2


async def test_410_ends_the_subscription(scene: Scene) -> None:
    scene.receiver.answers = [410]
    given = await scene.subscribe("case.*")
    async with workers(scene):
        await scene.publish("case.accepted")
        await until(SECONDS, lambda: _state_is(scene, given, "off"))
        await scene.publish("case.finished")
        await asyncio.sleep(1)
    assert scene.receiver.kinds == ["case.accepted"]
    assert [one["state"] for one in await scene.deliveries(given)] == ["dropped"]
    assert "410" in (await scene.webhook(given))["state_reason"]


async def test_a_dead_receiver_is_paused_with_a_notice_and_gets_all_when_resumed(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service_delivery, "DEAD_AFTER", 3)
    scene.receiver.answers = [500] * 3
    given = await scene.subscribe("case.*")
    async with workers(scene):
        await scene.publish("case.accepted")
        await until(SECONDS, lambda: _state_is(scene, given, "paused"))
        tried = len(scene.receiver.bodies)
        await scene.publish("case.finished")
        await until(SECONDS, lambda: _all_are(scene, given, "pending", 2))
        await asyncio.sleep(1)
        assert len(scene.receiver.bodies) == tried == 3  # nothing is sent meanwhile
        async with scene.database.reading() as session:
            notices = await session.scalars(
                sa.select(OutboxEvent.facts).where(OutboxEvent.kind == "webhooks.pause")
            )
        assert ["已自动暂停" in facts["reason"] for facts in notices] == [True]
        resumed = await scene.command(given, "resume")
        assert resumed["state"] == "active" and resumed["failures_in_a_row"] == 0
        await until(SECONDS, lambda: _all_are(scene, given, "delivered", 2))
    assert sorted(scene.receiver.kinds[tried:]) == ["case.accepted", "case.finished"]


async def test_what_never_arrives_is_marked_and_can_be_sent_again(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "RETRIES", (timedelta(seconds=0.1),))
    scene.receiver.answers = [500, 500]
    given = await scene.subscribe("case.*")
    async with workers(scene):
        await scene.publish("case.accepted")
        await until(SECONDS, lambda: _all_are(scene, given, "failed", 1))
        [delivery] = await scene.deliveries(given)
        path = f"/webhooks/{given['webhook']['id']}/deliveries/{delivery['id']}/replay"
        again = await scene.office.post(path)
        assert again.status_code == 200 and again.json()["state"] == "pending"
        await until(SECONDS, lambda: _all_are(scene, given, "delivered", 1))
    assert len(scene.receiver.bodies) == 3
    assert len({headers["webhook-id"] for headers in scene.receiver.headers}) == 1


async def test_several_processes_send_each_event_once(scene: Scene) -> None:
    given = await scene.subscribe("case.*")
    kinds = [f"case.n{number}" for number in range(60)]
    async with workers(scene, count=3):
        for kind in kinds:
            await scene.publish(kind)
        await until(SECONDS, lambda: _all_are(scene, given, "delivered", len(kinds)))
    assert sorted(scene.receiver.kinds) == sorted(kinds)


async def test_a_delivery_whose_worker_died_is_sent_by_another(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = await scene.subscribe("case.*")
    await scene.publish("case.accepted")

    async def follow_until_made() -> bool:
        await run_once(jobs.JOBS[0], scene.database, system_now())
        return len(await scene.deliveries(given)) == 1

    await until(SECONDS, follow_until_made)
    [delivery] = await scene.deliveries(given)
    async with scene.database.transaction() as session:  # claimed, then never heard of again
        await session.execute(sa.text("DELETE FROM jobs.pgqueuer"))
        await session.execute(
            sa.update(WebhookDelivery)
            .where(WebhookDelivery.id == UUID(delivery["id"]))
            .values(claimed_until=system_now() + timedelta(seconds=1.5), attempts=1)
        )
    monkeypatch.setattr(service_delivery, "OVERDUE", timedelta(0))
    async with workers(scene):
        await until(SECONDS, lambda: _all_are(scene, given, "delivered", 1))
    assert scene.receiver.kinds == ["case.accepted"]
