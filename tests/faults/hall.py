"""The hall under fault: ``yimen serve`` with a database of its own, and how to hurt them."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import httpx
import psutil
from tests.running_service import free_port

from yimen.core.embedded_postgres import EmbeddedPostgres, start_embedded
from yimen.core.embedded_postgres_configuration import PORT

ROOT = Path(__file__).parents[2]
DISK_BYTES = 2 << 30
READY_WITHIN_SECONDS = 60


class FaultyHall:
    """One data directory for the whole run; a process of the service that comes and goes."""

    def __init__(self, folder: Path, disk: Path) -> None:
        self.folder = folder
        self.data = disk / "data"
        self.port = free_port()
        self.base = f"http://127.0.0.1:{self.port}/api/v1"
        self.clock = folder / "clock"
        self.clock.write_text("0")
        self.log = folder / "service.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.settings: dict[str, str] = {}
        self._joined: EmbeddedPostgres | None = None

    # The service

    def spawn(self) -> None:
        """As a supervisor would: at once, without waiting for anything."""
        clean = {name: value for name, value in os.environ.items() if "YIMEN_" not in name}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                # the very command, but a file says by how much its clock is wrong
                [sys.executable, "-m", "tests.contract.service", "serve"],
                env=clean
                | {
                    "YIMEN_DATA_DIR": str(self.data),
                    "YIMEN_PORT": str(self.port),
                    "YIMEN_CONTRACT_CLOCK": str(self.clock),
                    "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}",
                }
                | self.settings,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=ROOT,
            )

    async def wait(self, seconds: float = READY_WITHIN_SECONDS) -> float:
        """Until it is ready for work; the seconds that took."""
        began = time.monotonic()
        async with httpx.AsyncClient(trust_env=False, timeout=2) as client:
            while time.monotonic() - began < seconds:
                assert self.process is not None
                assert self.process.poll() is None, self.last_words()
                try:
                    ready = await client.get(f"http://127.0.0.1:{self.port}/readyz")
                    if ready.status_code == 200:
                        return time.monotonic() - began
                except httpx.TransportError:
                    pass
                await asyncio.sleep(0.05)
        raise AssertionError(f"not ready after {seconds} s: {self.last_words()}")

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    async def stop(self) -> float:
        """SIGTERM; the seconds that it took to leave."""
        assert self.process is not None
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        while self.process.poll() is None:
            assert time.monotonic() - began < 30, "the service does not end"
            await asyncio.sleep(0.02)
        return time.monotonic() - began

    def last_words(self) -> str:
        return self.log.read_text(errors="replace")[-3000:]

    def complaints(self) -> list[str]:
        """What the service said of its own errors."""
        lines = self.log.read_text(errors="replace").splitlines()
        return [line for line in lines if '"level":"error"' in line]

    # PostgreSQL

    @property
    def cluster(self) -> Path:
        return self.data / "postgres" / "postgres"

    def postmaster(self) -> psutil.Process:
        """That of this folder's cluster, and no other."""
        return psutil.Process(int((self.cluster / "postmaster.pid").read_text().split()[0]))

    def socket(self) -> Path:
        lines = (self.cluster / "postmaster.pid").read_text().splitlines()
        return Path(lines[4]) / f".s.PGSQL.{PORT}"

    async def join_database(self) -> None:
        """Keep PostgreSQL running for a service that has it from elsewhere."""
        self._joined = await asyncio.to_thread(start_embedded, self.data / "postgres")

    async def leave_database(self) -> None:
        if self._joined is not None:
            await asyncio.to_thread(self._joined.stop)
            self._joined = None

    async def connect(self) -> asyncpg.Connection:
        """For looking at the rows; only while joined."""
        assert self._joined is not None
        return await asyncpg.connect(self._joined.url.replace("+asyncpg", ""))

    @property
    def database_url(self) -> str:
        assert self._joined is not None
        return self._joined.url

    def reach_through(self, port: int) -> None:
        """From its next start on the service has its database behind a wire."""
        keys = json.loads((self.data / "secrets.json").read_text())
        self.settings = keys | {
            "YIMEN_DATABASE_URL": f"postgresql+asyncpg://postgres@127.0.0.1:{port}/yimen"
        }

    # The clock

    def set_clock(self, seconds: int) -> None:
        """Wrong by so much, at once: the service never reads half of it."""
        draft = self.clock.with_suffix(".new")
        draft.write_text(str(seconds))
        draft.replace(self.clock)

    # The disk

    def fill_disk(self) -> None:
        """To the last byte."""
        with (self.data.parent / "ballast").open("wb", buffering=0) as ballast:
            piece = bytes(1 << 20)
            while piece:
                try:
                    ballast.write(piece)
                except OSError:
                    piece = piece[: len(piece) // 2]

    def empty_disk(self) -> None:
        (self.data.parent / "ballast").unlink()


@contextmanager
def small_disk(folder: Path) -> Iterator[str | None]:
    """Mount a disk that can be filled; yields why not, where that is not allowed."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES},mode=755", "tmpfs", str(folder)]
    try:
        done = subprocess.run(mount, capture_output=True, text=True, check=False)
        refusal = done.stderr.strip() if done.returncode else None
    except OSError as error:
        refusal = str(error)
    try:
        yield refusal
    finally:
        if refusal is None:
            subprocess.run(["umount", "--lazy", str(folder)], check=False)


@contextmanager
def new_hall(*, fillable: bool) -> Iterator[tuple[FaultyHall, str | None]]:
    """A hall in a folder of its own, and why its disk cannot be filled (None: it can)."""
    with tempfile.TemporaryDirectory(prefix="yimen-faults-", ignore_cleanup_errors=True) as made:
        folder = Path(made)
        folder.chmod(0o755)
        if not fillable:
            yield FaultyHall(folder, folder), "not asked for"
            return
        with small_disk(folder / "disk") as refusal:
            yield FaultyHall(folder, folder / "disk"), refusal
