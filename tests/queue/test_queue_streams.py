"""A call on its way from a window to the screens, in a service of its own process."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest
from tests.factories import Hall
from tests.queue_factories import machine, set_up_group, take
from tests.running_service import RunningService, StreamReader, eventually, headers_of, running_hall

from yimen.core.config import Settings

SECONDS = 60


@pytest.fixture
async def running(
    new_database: Callable[[str], str], tmp_path: Path, settings: Settings
) -> AsyncIterator[tuple[RunningService, Hall]]:
    async with running_hall(new_database("calls"), tmp_path, settings) as (service, hall, _):
        yield service, hall


@pytest.mark.slow
async def test_a_call_is_on_the_halls_screen_and_on_no_other_windows_screen(
    running: tuple[RunningService, Hall],
) -> None:
    service, hall = running
    base = service.base.removesuffix("/api/v1")
    async with AsyncExitStack() as stack:

        async def client(headers: dict[str, str]) -> httpx.AsyncClient:
            made = httpx.AsyncClient(base_url=base, headers=headers, trust_env=False, timeout=30)
            return await stack.enter_async_context(made)

        nobody = await client({})
        office = await client(headers_of(hall.office))
        clerk = await client(headers_of(hall.clerk))
        group = await set_up_group(office, hall.window_01, hall.window_02)
        machines = [
            await machine(office, nobody, "screen"),
            await machine(office, nobody, "screen", window_id=str(hall.window_01)),
            await machine(office, nobody, "screen", window_id=str(hall.window_02)),
        ]
        await take(office, group)
        url, over = f"{service.base}/events/stream?kind=ticket.*", asyncio.Event()
        whole, here, there = (StreamReader(nobody, url, one, "0-0") for one in machines)
        listening = [asyncio.create_task(one.listen(until=over)) for one in (whole, here, there)]
        await eventually(SECONDS, whole.ids, 1)
        called = await clerk.post("/api/v1/tickets/call-next", json={})
        assert called.status_code == 200, called.text
        await eventually(SECONDS, whole.ids, 2)
        await eventually(SECONDS, here.ids, 1)
        assert whole.kinds == ["ticket.taken", "ticket.called"]
        assert here.kinds == ["ticket.called"]
        assert there.kinds == []
        over.set()
        for task in listening:
            task.cancel()
        await asyncio.gather(*listening, return_exceptions=True)
