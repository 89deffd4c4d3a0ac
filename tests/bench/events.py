"""Fan-out: how long an event takes from its commit to the last of many streams."""

import asyncio
import time
from dataclasses import dataclass
from statistics import quantiles

import asyncpg
from tests.bench.ground import Ground

_PUBLISH = """
INSERT INTO outbox_events (kind, subject_type, subject_id, facts, occurred_at)
VALUES ('ticket.called', 'ticket', $1, '{"number": "A017", "window_number": "07"}', now())
"""
EVENTS_PER_SECOND = 10


@dataclass(frozen=True, slots=True)
class FanOut:
    """From commit to arrival, over all events and streams."""

    streams: int
    events: int
    arrivals: int
    p50: float
    p99: float
    slowest: float
    """Milliseconds."""


class _Stream(asyncio.Protocol):
    """One listener: notes when each ticket's event came."""

    def __init__(self, request: bytes, came: dict[str, list[float]]) -> None:
        self.request = request
        self.came = came
        self.rest = b""
        self.is_open: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        now = time.perf_counter()
        if not self.is_open.done() and b"retry:" in data:
            self.is_open.set_result(None)
        *frames, self.rest = (self.rest + data).split(b"\n\n")
        for frame in frames:
            start = frame.find(b'"subject_id":"bench-')
            if start >= 0:
                ticket = frame[start + 14 : frame.index(b'"', start + 14)].decode()
                self.came.setdefault(ticket, []).append(now)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.is_open.done():
            self.is_open.set_exception(exc or ConnectionError("the stream was refused"))


async def measure_fan_out(
    ground: Ground, port: int, *, streams: int = 200, seconds: float = 10
) -> FanOut:
    """So many streams of the office, ten ticket calls a second."""
    token = ground.token(ground.office)
    request = (
        f"GET /api/v1/events/stream?kind=ticket.* HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Authorization: Bearer {token}\r\n\r\n"
    ).encode()
    came: dict[str, list[float]] = {}
    loop = asyncio.get_running_loop()
    listeners = []
    for _ in range(streams):
        _, listener = await loop.create_connection(
            lambda: _Stream(request, came), "127.0.0.1", port
        )
        listeners.append(listener)
    await asyncio.gather(*(listener.is_open for listener in listeners))
    connection: asyncpg.Connection = await ground.connect()
    told: dict[str, float] = {}
    try:
        for number in range(int(seconds * EVENTS_PER_SECOND)):
            await connection.execute(_PUBLISH, f"bench-{number}")
            told[f"bench-{number}"] = time.perf_counter()
            await asyncio.sleep(1 / EVENTS_PER_SECOND)
        await asyncio.sleep(2)
    finally:
        await connection.close()
        for listener in listeners:
            listener.transport.close()
    taken = [(at - told[ticket]) * 1000 for ticket, times in came.items() for at in times]
    if len(taken) != len(told) * streams:
        raise RuntimeError(f"{len(taken)} of {len(told) * streams} events arrived")
    cuts = quantiles(taken, n=100)
    return FanOut(streams, len(told), len(taken), cuts[49], cuts[98], max(taken))
