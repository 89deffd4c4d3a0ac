"""``yimen worker``: the background work in a process of its own."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from tests.factories import make_hall
from tests.running_service import RunningService, eventually, headers_of
from tests.webhooks.test_webhooks_delivery import Receiver

from yimen.core.clock import system_now
from yimen.core.config import Settings
from yimen.core.database import Database
from yimen.core.outbox import publish_event

SECONDS = 60


@pytest.mark.slow
async def test_a_worker_sends_what_the_service_leaves_and_stops_in_time(
    new_database: Callable[[str], str], tmp_path: Path, settings: Settings
) -> None:
    url = new_database("worker")
    database = Database.connect(url, settings)
    service = RunningService(url, tmp_path / "service.log", YIMEN_IN_PROCESS_WORKER="false")
    worker = RunningService(url, tmp_path / "worker.log")
    receiver = Receiver()
    try:
        async with database.transaction() as session:
            hall = await make_hall(session)
        await receiver.open()
        await service.start()
        async with httpx.AsyncClient(trust_env=False, timeout=SECONDS) as client:
            made = await client.post(
                f"{service.base}/webhooks",
                json={"name": "县平台", "url": receiver.url, "kinds": ["case.*"]},
                headers=headers_of(hall.office),
            )
        assert made.status_code == 201
        await publish(database, "case.accepted")
        await asyncio.sleep(2)
        assert receiver.bodies == []  # the service leaves it to the worker
        worker.spawn("worker")
        await eventually(SECONDS, receiver.bodies, 1)
        receiver.delay = 60  # caught in the middle of sending
        await publish(database, "case.finished")
        await eventually(SECONDS, receiver.bodies, 2)
        await worker.stop()
        assert worker.process is not None and worker.process.returncode == 0
        assert made.json()["secret"] not in worker.log.read_text()
    finally:
        await service.close()
        await worker.close()
        await receiver.close()
        await database.close()


async def publish(database: Database, kind: str) -> None:
    async with database.transaction() as session:
        await publish_event(
            session,
            kind=kind,
            subject_type="case",
            subject_id="1",
            occurred_at=system_now(),
            facts={},
        )
