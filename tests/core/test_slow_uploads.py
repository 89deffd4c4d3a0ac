"""Files that come in slowly, at a service of its own process with few connections."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import pytest
from tests.factories import Hall
from tests.running_service import RunningService, headers_of, running_hall

from yimen.core.config import Settings

SENDERS = 20
CONNECTIONS = 2
BOUNDARY = "one-boundary"
KINDS = ("items", "staff")
"""Of the files, all of which come in at one path."""


class SlowUpload:
    """A form with a file, of which at first only half is sent."""

    def __init__(self, service: RunningService, kind: str, headers: dict[str, str]) -> None:
        parts = [
            f'Content-Disposition: form-data; name="kind"\r\n\r\n{kind}',
            'Content-Disposition: form-data; name="file"; filename="a.csv"\r\n'
            "Content-Type: text/csv\r\n\r\na,b\n" + "1,2\n" * 100_000,
        ]
        form = "".join(f"--{BOUNDARY}\r\n{part}\r\n" for part in parts) + f"--{BOUNDARY}--\r\n"
        self.body = form.encode()
        self.port = service.port
        lines = {
            "Host": "127.0.0.1",
            "Connection": "close",
            "Content-Type": f"multipart/form-data; boundary={BOUNDARY}",
            "Content-Length": str(len(self.body)),
            **headers,
        }
        head = ["POST /api/v1/imports HTTP/1.1", *(f"{name}: {lines[name]}" for name in lines)]
        self.head = ("\r\n".join(head) + "\r\n\r\n").encode()

    async def begin(self) -> None:
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
        self.writer.write(self.head + self.body[: len(self.body) // 2])
        await self.writer.drain()

    async def finish(self) -> int:
        """Send the rest; returns the status of the answer."""
        self.writer.write(self.body[len(self.body) // 2 :])
        await self.writer.drain()
        answer = await self.reader.read()
        self.writer.close()
        return int(answer.split(b" ", 2)[1])


@pytest.fixture
async def running(
    new_database: Callable[[str], str], tmp_path: Path, settings: Settings
) -> AsyncIterator[tuple[RunningService, Hall]]:
    own = {
        "YIMEN_POOL_SIZE": str(CONNECTIONS),
        "YIMEN_POOL_TIMEOUT_SECONDS": "30",
        "YIMEN_IN_PROCESS_WORKER": "false",
    }
    url = new_database("uploads")
    async with running_hall(url, tmp_path, settings, **own) as (service, hall, _):
        yield service, hall


@pytest.mark.slow
async def test_slow_uploads_keep_nobody_waiting(running: tuple[RunningService, Hall]) -> None:
    """Ten times as many as there are connections, each in the middle of its file."""
    service, hall = running
    uploads = [
        SlowUpload(
            service,
            KINDS[number % len(KINDS)],
            headers_of(hall.office) | {"Idempotency-Key": f"upload-{number}"},
        )
        for number in range(SENDERS)
    ]
    await asyncio.gather(*(upload.begin() for upload in uploads))
    headers = headers_of(hall.clerk)
    async with httpx.AsyncClient(headers=headers, trust_env=False, timeout=20) as client:
        for _ in range(10):
            asked = [client.get(f"{service.base}/cases") for _ in range(CONNECTIONS + 1)]
            assert {reply.status_code for reply in await asyncio.gather(*asked)} == {200}
    statuses = await asyncio.gather(*(upload.finish() for upload in uploads))
    assert max(statuses) < 500, statuses  # what is in the files is of no use to anybody
