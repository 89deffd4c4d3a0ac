"""The load: keep-alive connections that send prepared requests as fast as they are answered."""

import asyncio
import itertools
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import quantiles
from uuid import uuid4

FRESH = b"{fresh}"
"""Where a request needs a new text each time: its Idempotency-Key."""

FRESH_PHONE = b"{phone-num}"
"""Where it needs a new mobile number each time; as long as one, so that the body's length holds."""

_phones = itertools.count(random.randrange(90_000_000))


@dataclass(frozen=True, slots=True)
class Round:
    """What one round of load brought."""

    count: int
    seconds: float
    milliseconds: Sequence[float]
    """The latency of each request."""

    @property
    def per_second(self) -> float:
        return self.count / self.seconds

    @property
    def p50(self) -> float:
        return quantiles(self.milliseconds, n=100)[49]

    @property
    def p99(self) -> float:
        return quantiles(self.milliseconds, n=100)[98]


class UnexpectedReply(RuntimeError):
    """The service answered otherwise than the bench needs; its reply is the message."""


class _Sender(asyncio.Protocol):
    """One connection: sends, waits for the whole reply, sends the next."""

    def __init__(
        self, requests: Sequence[bytes], first: int, step: int, until: float, status: bytes
    ) -> None:
        self.requests = requests
        self.next = first
        self.step = step
        self.until = until
        self.status = b"HTTP/1.1 " + status + b" "
        self.latencies: list[float] = []
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.received = b""
        self.wanted = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self._send()

    def _send(self) -> None:
        request = self.requests[self.next % len(self.requests)]
        self.next += self.step
        if FRESH in request:
            request = request.replace(FRESH, str(uuid4()).encode())
        if FRESH_PHONE in request:
            request = request.replace(FRESH_PHONE, b"139%08d" % (next(_phones) % 100_000_000))
        self.received, self.wanted = b"", 0
        self.sent_at = time.perf_counter()
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        received = self.received = self.received + data if self.received else data
        if not self.wanted:
            end = received.find(b"\r\n\r\n")
            if end < 0:
                return
            head = received[:end].lower()
            start = head.index(b"content-length: ") + 16
            self.wanted = end + 4 + int(head[start : start + 12].split(b"\r", 1)[0])
        if len(received) < self.wanted:
            return
        now = time.perf_counter()
        self.latencies.append((now - self.sent_at) * 1000)
        if not received.startswith(self.status):
            self._end(UnexpectedReply(received.decode(errors="replace")))
        elif now >= self.until:
            self._end(None)
        else:
            self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(exc or UnexpectedReply("the service closed the connection"))

    def _end(self, failure: Exception | None) -> None:
        if not self.done.done():
            if failure is None:
                self.done.set_result(None)
            else:
                self.done.set_exception(failure)
        self.transport.close()


async def drive(
    port: int,
    requests: Sequence[bytes],
    *,
    connections: int,
    seconds: float,
    status: int = 200,
    each_its_own: bool = False,
) -> Round:
    """Send the requests in turn on so many connections for so long; raises UnexpectedReply.

    ``each_its_own``: a connection sends one of the requests only, again and again.
    """
    loop = asyncio.get_running_loop()
    started = time.perf_counter()
    senders = []
    for first in range(connections):
        _, sender = await loop.create_connection(
            lambda first=first: _Sender(  # type: ignore[misc]
                requests, first, 0 if each_its_own else 1, started + seconds, str(status).encode()
            ),
            "127.0.0.1",
            port,
        )
        senders.append(sender)
    await asyncio.gather(*(sender.done for sender in senders))
    took = time.perf_counter() - started
    latencies = [one for sender in senders for one in sender.latencies]
    return Round(len(latencies), took, latencies)


def get(path: str, token: str) -> bytes:
    """A GET as bytes."""
    return (
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
        "Accept: application/json\r\n\r\n"
    ).encode()


def post(path: str, token: str, body: bytes, *, is_repeatable: bool = False) -> bytes:
    """A POST as bytes; a repeatable one has a fresh Idempotency-Key each time it is sent."""
    key = f"Idempotency-Key: {FRESH.decode()}\r\n" if is_repeatable else ""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/json\r\n{key}Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
