"""A service of its own process on a committed database: for streams, stops and restarts."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx
from tests.conftest import TEST_KEYS
from tests.factories import Hall, Person, make_hall

from yimen.core.clock import system_now
from yimen.core.config import Settings
from yimen.core.database import Database
from yimen.core.tokens import TokenSigner

SIGNER = TokenSigner(key=TEST_KEYS.jwt)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def headers_of(person: Person) -> dict[str, str]:
    token = SIGNER.issue(
        subject=str(person.account_id),
        session_id=str(person.session_id),
        scope="person",
        now=system_now(),
    )
    return {"Authorization": f"Bearer {token}"}


class RunningService:
    """``yimen serve`` (or another command) as a process, with its log."""

    def __init__(self, database_url: str, log: Path, **settings: str) -> None:
        self.port = free_port()
        self.log = log
        own = {k: v for k, v in os.environ.items() if not k.startswith("YIMEN_")}
        self.environment = own | {
            "YIMEN_DATABASE_URL": database_url,
            "YIMEN_PORT": str(self.port),
            "YIMEN_JWT_SECRET": TEST_KEYS.jwt,
            "YIMEN_PERSONAL_DATA_KEYS": TEST_KEYS.personal_data,
            "YIMEN_PERSONAL_DATA_INDEX_KEY": TEST_KEYS.index,
            "PYTHONPATH": str(Path(__file__).parents[1] / "src"),
            **settings,
        }
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}/api/v1"

    def spawn(self, *command: str) -> None:
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "yimen.cli", *command],
                env=self.environment,
                stdout=out,
                stderr=out,
            )

    async def start(self) -> None:
        """Returns when it answers."""
        self.spawn("serve")
        assert self.process is not None
        async with httpx.AsyncClient(trust_env=False) as client:
            for _ in range(600):
                assert self.process.poll() is None, self.log.read_text()[-3000:]
                try:
                    await client.get(f"http://127.0.0.1:{self.port}/livez")
                    return
                except httpx.TransportError:
                    await asyncio.sleep(0.1)
        raise AssertionError(self.log.read_text()[-3000:])

    async def stop(self, sign: int = signal.SIGTERM) -> float:
        """The seconds that it took to end."""
        assert self.process is not None
        began = time.monotonic()
        self.process.send_signal(sign)
        while self.process.poll() is None:
            assert time.monotonic() - began < 30, "the service does not end"
            await asyncio.sleep(0.02)
        return time.monotonic() - began

    async def close(self) -> None:
        if self.process is not None and self.process.poll() is None:
            await self.stop(signal.SIGKILL)


@asynccontextmanager
async def running_hall(
    url: str, folder: Path, settings: Settings, **own: str
) -> AsyncIterator[tuple[RunningService, Hall, Database]]:
    """A hall on a database of its own, and a service that runs on it."""
    database = Database.connect(url, settings)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(database.close)
        async with database.transaction() as session:
            hall = await make_hall(session)
        service = RunningService(url, folder / "service.log", **own)
        stack.push_async_callback(service.close)
        await service.start()
        yield service, hall, database


class StreamReader:
    """A client of the event stream that remembers where it was, as EventSource does."""

    def __init__(
        self, client: httpx.AsyncClient, url: str, headers: dict[str, str], after: str
    ) -> None:
        self.client = client
        self.url = url
        self.headers = headers
        self.last_id = after
        self.ids: list[str] = []
        self.kinds: list[str] = []
        self.connections = 0

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[AsyncIterator[None]]:
        headers = self.headers | {"Last-Event-ID": self.last_id}
        async with self.client.stream("GET", self.url, headers=headers) as reply:
            assert reply.status_code == 200, await reply.aread()
            assert reply.headers["content-type"].startswith("text/event-stream")
            self.connections += 1
            yield self._read(reply)

    async def _read(self, reply: httpx.Response) -> AsyncIterator[None]:
        rest = b""
        async for chunk in reply.aiter_raw():
            *frames, rest = (rest + chunk).split(b"\n\n")
            for frame in frames:
                self._take(frame.decode())
            yield

    def _take(self, frame: str) -> None:
        fields: dict[str, str] = {}
        for line in frame.split("\n"):
            name, _, value = line.partition(": ")
            fields[name] = value
        if "id" in fields:
            self.last_id = fields["id"]
        if "data" in fields:
            self.ids.append(fields["id"])
            self.kinds.append(fields["event"])

    async def listen(self, *, until: asyncio.Event) -> None:
        """Stay connected; come back after every cut, whatever cut it."""
        while not until.is_set():
            try:
                async with self.connect() as news:
                    async for _ in news:
                        if until.is_set():
                            return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.05)


async def eventually(seconds: float, has_come: "Sequence[object]", count: int) -> None:
    """Wait until so many are there."""
    until = time.monotonic() + seconds
    while len(has_come) < count:
        assert time.monotonic() < until, f"{len(has_come)} of {count}"
        await asyncio.sleep(0.02)
