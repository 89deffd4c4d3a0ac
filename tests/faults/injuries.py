"""The faults themselves; each comes while the load runs and ends before the next one."""

import asyncio
import random
import signal
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import psutil
from tests.faults.hall import FaultyHall
from tests.faults.load import PATIENCE_SECONDS, Client, Listener, Tally, must_ask_again
from tests.faults.proxy import Wire

MUST_LEAVE_WITHIN_SECONDS = 10


@dataclass(frozen=True)
class Injury:
    """A fault that is over."""

    name: str
    ready_seconds: float
    """From the fault's end until the service said that it was ready."""
    goes_on_seconds: float
    """From the fault's end until a case was taken in."""
    sent_again: int
    """Requests that got no answer, or 503, since the fault before."""


@dataclass
class Report:
    """What was done to the hall and how soon it was itself again."""

    injected: list["Injury"] = field(default_factory=list)
    left_out: list[tuple[str, str]] = field(default_factory=list)
    """Fault and why it was not tried."""
    doubts: list[str] = field(default_factory=list)

    @property
    def slowest(self) -> float:
        return max((injury.ready_seconds for injury in self.injected), default=0.0)


class Injuries:
    """Hurts one hall and notes the recovery."""

    def __init__(self, hall: FaultyHall, tally: Tally, report: Report, chance: random.Random):
        self.hall, self.tally, self.report, self.chance = hall, tally, report, chance

    async def recover(self, name: str, ended_at: float) -> None:
        """From the fault's end: until ready, and until the load goes on."""
        await self.hall.wait()
        ready = time.monotonic() - ended_at
        goes_on = time.monotonic() - ended_at + await self.tally.grow()
        sent_again = self.tally.repeats - sum(one.sent_again for one in self.report.injected)
        self.report.injected.append(Injury(name, ready, goes_on, sent_again))

    async def some_load(self) -> None:
        await asyncio.sleep(self.chance.uniform(0.5, 3))

    # Processes

    async def kill_something(self) -> None:
        """``kill -9`` at a random moment."""
        await self.some_load()
        await self.chance.choice(
            [self.kill_service, self.kill_service, self.kill_postmaster, self.kill_backend]
        )()

    async def kill_service(self) -> None:
        self.hall.kill()
        ended_at = time.monotonic()
        self.hall.spawn()
        await self.recover("kill -9 service", ended_at)

    async def kill_postmaster(self) -> None:
        self.hall.postmaster().kill()
        await self.recover("kill -9 PostgreSQL", time.monotonic())

    async def kill_backend(self) -> None:
        """Of one client: PostgreSQL then ends all of them and recovers."""
        children = self.hall.postmaster().children()
        backends = [one for one in children if is_backend(one)]
        self.chance.choice(backends or children).kill()
        await self.recover("kill -9 PostgreSQL backend", time.monotonic())

    async def restart_postgres(self) -> None:
        """As an administrator would; the service starts its own one again."""
        await self.some_load()
        server = self.hall.postmaster()
        server.send_signal(signal.SIGINT)  # fast: transactions are broken off
        await asyncio.to_thread(await_exit, server)
        await self.recover("PostgreSQL restart", time.monotonic())

    # The network

    async def slow_down(self, wire: Wire, seconds: float) -> None:
        """Every message to the database is late."""
        await self.some_load()
        wire.delay_seconds = 2
        await asyncio.sleep(seconds)
        wire.delay_seconds = 0
        await self.recover("2 s delay to the database", time.monotonic())

    async def swallow(self, wire: Wire, seconds: float, *, cut: bool) -> None:
        """Nothing passes and nothing is refused."""
        await self.some_load()
        wire.swallow()
        await asyncio.sleep(seconds)
        wire.pass_on(cut=cut)
        end = "then reset" if cut else "then delivered"
        await self.recover(f"black hole {seconds:g} s, {end}", time.monotonic())

    # The machine

    async def fill_disk(self, seconds: float) -> None:
        await self.some_load()
        self.hall.fill_disk()
        until = time.monotonic() + seconds
        before = self.tally.replies["503 unavailable"]
        while time.monotonic() < until or self.tally.replies["503 unavailable"] == before:
            if time.monotonic() > until + 60:
                self.report.doubts.append("a full disk stopped nothing")
                break
            await asyncio.sleep(0.1)
        self.hall.empty_disk()
        await self.recover(f"disk full for {seconds:g} s", time.monotonic())

    async def move_clock(self, seconds: int) -> None:
        """The service's clock jumps; that of the database goes on."""
        await self.some_load()
        self.hall.set_clock(seconds)
        await self.recover(f"clock jumps to {seconds:+d} s", time.monotonic())

    async def stop_during_uploads(self, uploads: "Sequence[Upload]", listeners: int) -> None:
        """SIGTERM while files are on their way and streams are open."""
        sending = [asyncio.create_task(upload.send()) for upload in uploads]
        await asyncio.sleep(1)
        seconds = await self.hall.stop()
        if seconds > MUST_LEAVE_WITHIN_SECONDS:
            self.report.doubts.append(f"took {seconds:.1f} s to end after SIGTERM")
        ended_at = time.monotonic()
        self.hall.spawn()
        await self.recover(
            f"SIGTERM, {len(uploads)} uploads and {listeners} streams open", ended_at
        )
        await asyncio.gather(*sending)


def await_exit(process: psutil.Process) -> None:
    """A zombie has exited, even where nobody reaps it."""
    while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
        time.sleep(0.02)


def is_backend(process: psutil.Process) -> bool:
    with suppress(psutil.Error):
        return "yimen" in process.cmdline()[0].split()[2:4]
    return False


class Upload:
    """A list of items that is sent slowly, until it has been taken over."""

    BOUNDARY = "one-boundary"
    ROWS = 200

    def __init__(self, client: Client, name: str) -> None:
        self.client = client
        self.name = name
        rows = [f"县教育局,未分类,上传事项{name}{n},{name}-{n:04d},20" for n in range(self.ROWS)]
        file = "\n".join(["department,group,name,item_code,task_type", *rows, ""])
        parts = [
            'Content-Disposition: form-data; name="kind"\r\n\r\nitems',
            'Content-Disposition: form-data; name="create_departments"\r\n\r\ntrue',
            'Content-Disposition: form-data; name="file"; filename="items.csv"\r\n'
            f"Content-Type: text/csv\r\n\r\n{file}",
        ]
        self.body = "".join(f"--{self.BOUNDARY}\r\n{part}\r\n" for part in parts).encode()
        self.body += f"--{self.BOUNDARY}--\r\n".encode()

    async def _slowly(self) -> AsyncIterator[bytes]:
        step = len(self.body) // 20 + 1
        for begin in range(0, len(self.body), step):
            yield self.body[begin : begin + step]
            await asyncio.sleep(0.15)

    async def send(self) -> None:
        """Until the file is there, then the word, and until all of it is taken over."""
        job = await self._sent()
        if job is None:
            return
        job = await self._once_it_is("checked", job)
        reply = await self.client.ask(
            "POST",
            "/imports/{import_id}/apply",
            path=f"/imports/{job['id']}/apply",
            json={},
            headers={"If-Match": f'"{job["version"]}"', "Idempotency-Key": f"apply-{self.name}"},
        )
        if reply.status_code != 200:
            self._doubt(reply.text)
            return
        self.client.tally.uploads[self.name] = await self._once_it_is("applied", job)

    async def _sent(self) -> dict[str, Any] | None:
        is_first = True
        while True:
            await self.client.log_in()
            reply = await self.client.once(
                "POST",
                "/imports",
                content=self._slowly() if is_first else self.body,
                headers={
                    "Content-Type": f"multipart/form-data; boundary={self.BOUNDARY}",
                    "Idempotency-Key": f"upload-{self.name}",
                },
            )
            is_first = False
            if reply is not None and reply.status_code == 201:
                job: dict[str, Any] = reply.json()
                return job
            if reply is not None and not must_ask_again(reply):
                self._doubt(reply.text)
                return None
            self.client.tally.repeats += 1
            await asyncio.sleep(0.2)

    async def _once_it_is(self, state: str, job: dict[str, Any]) -> dict[str, Any]:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while job["state"] != state:
                await asyncio.sleep(0.2)
                path = f"/imports/{job['id']}"
                job = (await self.client.ask("GET", "/imports/{import_id}", path=path)).json()
        return job

    def _doubt(self, text: str) -> None:
        self.client.tally.doubts.append(f"upload {self.name}: {text[:300]}")


@asynccontextmanager
async def listening(listeners: Sequence[Listener]) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(listener.listen()) for listener in listeners]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
