"""``kill -9`` under load: what was acknowledged is there, once, and its number too."""

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from tests.running_service import free_port

from yimen.demo.fill import DEMO_PASSWORD

SECONDS = 60
CLIENTS = 4


class DemoService:
    """``yimen serve`` with the embedded database and the demo hall, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.base = f"http://127.0.0.1:{self.port}/api/v1"
        self.process: subprocess.Popen[bytes] | None = None

    def spawn(self) -> None:
        clean = {name: value for name, value in os.environ.items() if "YIMEN_" not in name}
        with (self.folder / "service.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "yimen.cli", "serve"],
                env=clean
                | {
                    "YIMEN_DATA_DIR": str(self.folder / "data"),
                    "YIMEN_PORT": str(self.port),
                    "PYTHONPATH": str(Path(__file__).parents[1] / "src"),
                },
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    async def wait(self) -> None:
        async with httpx.AsyncClient(trust_env=False) as client:
            for _ in range(1200):
                assert self.process is not None
                assert self.process.poll() is None, self.log()[-3000:]
                try:
                    ready = await client.get(f"http://127.0.0.1:{self.port}/readyz")
                    if ready.status_code == 200:
                        return
                except httpx.TransportError:
                    pass
                await asyncio.sleep(0.1)
        raise AssertionError(self.log()[-3000:])

    def log(self) -> str:
        return (self.folder / "service.log").read_text()

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def kill_postgres(self) -> None:
        """The postmaster of this folder's cluster, and no other."""
        (pid_file,) = (self.folder / "data").rglob("postmaster.pid")
        psutil.Process(int(pid_file.read_text().split()[0])).kill()

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(30)


@dataclass
class Tally:
    acknowledged: dict[str, str] = field(default_factory=dict)
    """The case's number by its key."""
    repeats: int = 0
    statuses: set[int] = field(default_factory=set)
    is_over: bool = False

    async def grow(self) -> None:
        """Wait until cases are acknowledged again."""
        before = len(self.acknowledged)
        until = time.monotonic() + 60
        while len(self.acknowledged) < before + 2 * CLIENTS:
            assert time.monotonic() < until, "no intake is acknowledged any more"
            await asyncio.sleep(0.1)


@pytest.mark.slow
async def test_nothing_acknowledged_is_lost_or_doubled_when_service_and_database_are_killed(
    open_folder: Path,
) -> None:
    service = DemoService(open_folder)
    service.spawn()
    try:
        await service.wait()
        async with httpx.AsyncClient(trust_env=False, timeout=20) as client:
            await scene(service, client)
    finally:
        service.stop()


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """Outside pytest's own folder, which every run that starts closes to other users."""
    with tempfile.TemporaryDirectory(
        prefix="yimen-durability-", ignore_cleanup_errors=True
    ) as made:
        yield Path(made)


async def scene(service: DemoService, client: httpx.AsyncClient) -> None:
    client.headers.update(await log_in(service, client, "demo-window"))
    items = await client.get(f"{service.base}/service-items", params={"q": "企业变更登记"})
    body = {
        "item_id": items.json()["items"][0]["id"],
        "applicant": {"kind": "person", "name": "示例申请人", "phone": "13899990000"},
        "materials": [{"material_key": "m1"}, {"material_key": "m2"}, {"material_key": "m3"}],
    }
    before = await case_numbers(service, client)
    tally = Tally()
    await asyncio.gather(
        *[intakes(service, client, body, tally, f"c{n}") for n in range(CLIENTS)],
        killings(service, tally),
    )
    after = await case_numbers(service, client)
    new = sorted(set(after) - set(before))
    assert len(tally.acknowledged) > 50
    assert tally.repeats > 0, "the killings interrupted nothing"
    assert sorted(tally.acknowledged.values()) == new
    assert len(after) == len(set(after))
    by_year = Counter(number.split("-")[1] for number in after)
    assert {number.split("-", 1)[1] for number in after} == {
        f"{year}-{n:06d}" for year, count in by_year.items() for n in range(1, count + 1)
    }
    assert tally.statuses <= {201, 409, 503}, faults(service)


def faults(service: DemoService) -> str:
    """What the service said of its own errors."""
    return "\n".join(line for line in service.log().splitlines() if '"level": "error"' in line)


async def log_in(service: DemoService, client: httpx.AsyncClient, username: str) -> dict[str, str]:
    """The header of a log-in; asks again while the service says that it is coming back."""
    for _ in range(50):
        reply = await client.post(
            f"{service.base}/auth/token",
            data={"username": username, "password": DEMO_PASSWORD},
        )
        if reply.status_code == 200:
            return {"Authorization": f"Bearer {reply.json()['access_token']}"}
        assert reply.status_code == 503, reply.text
        await asyncio.sleep(0.2)
    raise AssertionError(service.log()[-3000:])


async def killings(service: DemoService, tally: Tally) -> None:
    """The service twice, then PostgreSQL under the running service, which brings it back."""
    began = time.monotonic()
    for _ in range(2):
        await asyncio.sleep(SECONDS / 6)
        await tally.grow()
        service.kill()
        service.spawn()
        await service.wait()
    await tally.grow()
    service.kill_postgres()
    await tally.grow()
    await asyncio.sleep(max(0, began + SECONDS - time.monotonic()))
    await tally.grow()
    tally.is_over = True


async def intakes(
    service: DemoService,
    client: httpx.AsyncClient,
    body: dict[str, Any],
    tally: Tally,
    name: str,
) -> None:
    """One after the other; what is not acknowledged is sent again under the same key."""
    number = 0
    while not tally.is_over:
        number += 1
        key = f"{name}-{number}"
        gives_up_at = time.monotonic() + 60
        while True:
            assert time.monotonic() < gives_up_at, service.log()[-3000:]
            try:
                reply = await client.post(
                    f"{service.base}/cases", json=body, headers={"Idempotency-Key": key}
                )
            except httpx.TransportError:
                tally.repeats += 1
                await asyncio.sleep(0.2)
                continue
            tally.statuses.add(reply.status_code)
            if reply.status_code == 201:
                tally.acknowledged[key] = reply.json()["case_number"]
                break
            tally.repeats += 1
            await asyncio.sleep(0.2)


async def case_numbers(service: DemoService, client: httpx.AsyncClient) -> list[str]:
    """Every case number in the hall, as the office sees them."""
    office = await log_in(service, client, "demo-office")
    found: list[str] = []
    query: dict[str, str | int] = {"limit": 200}
    while True:
        page = await client.get(f"{service.base}/cases", params=query, headers=office)
        assert page.status_code == 200, page.text
        found += [line["case_number"] for line in page.json()["items"]]
        if page.json()["next_cursor"] is None:
            return found
        query["cursor"] = page.json()["next_cursor"]
