"""Events by stream: one poller a process reads the outbox once and fans out to every listener.

It polls instead of waiting for NOTIFY: an event becomes safe to show when the *oldest open*
transaction ends, of which no notification tells, and NOTIFY makes commits queue for one lock.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import structlog

from yimen.core.caller import Actor, DeviceCaller
from yimen.core.dependencies import Context
from yimen.core.errors import Unavailable
from yimen.domains.events.access import may_listen, may_see
from yimen.domains.events.repository import Batch, events_after, now_reached
from yimen.domains.events.rules import HallEvent, Position, is_wanted
from yimen.domains.events.service import event_body

log = structlog.get_logger()

POLL_SECONDS = 0.1
CHECK_SECONDS = 0.7
"""How soon a stream ends after its log-in or machine was revoked."""
HEARTBEAT_SECONDS = 15.0
BATCH = 500
WAITING = 1000
"""Events that wait for one slow listener; at one more it is cut, to come back for them."""
MAX_STREAMS = 2000


class TooManyStreams(Unavailable):
    code = "too_many_streams"
    title = "同时连接的事件流太多，请稍后再连。"


class Frame:
    """An event as it goes over the wire, written once for all its listeners."""

    __slots__ = ("content", "position")

    def __init__(self, event: HallEvent) -> None:
        data = event_body(event).model_dump_json()
        self.position = event.position
        self.content = f"id: {event.position}\nevent: {event.kind}\ndata: {data}\n\n".encode()


class Stream:
    """One listener: what waits for it, and whether it is still welcome."""

    def __init__(self, actor: Actor, kinds: Sequence[str], joined_at: Position) -> None:
        self.actor = actor
        self.kinds = kinds
        self.joined_at = joined_at
        self.waiting: asyncio.Queue[Frame | None] = asyncio.Queue(WAITING)
        self.is_over = False

    def wants(self, event: HallEvent) -> bool:
        return is_wanted(event.kind, self.kinds) and may_see(event, self.actor)

    def put(self, frame: Frame) -> None:
        try:
            self.waiting.put_nowait(frame)
        except asyncio.QueueFull:
            log.warning("event_stream_cut", reason="slow")
            self.end()

    def end(self) -> None:
        """Over as soon as the listener looks; nothing more is kept for it."""
        self.is_over = True
        while not self.waiting.empty():
            self.waiting.get_nowait()
        self.waiting.put_nowait(None)


class EventFeed:
    """The shared poller; runs while there are streams. It holds a connection only while it asks."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.streams: set[Stream] = set()
        self.position: Position | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._starting = asyncio.Lock()

    @asynccontextmanager
    async def listen(
        self, actor: Actor, kinds: Sequence[str], after: Position | None
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        """The frames of every event after a position (none: from now on), and heartbeats."""
        stream = await self._join(actor, kinds)
        try:
            yield self._frames(stream, after)
        finally:
            self._leave(stream)

    def require_room(self) -> None:
        """Raise TooManyStreams for one more than a process should serve."""
        if len(self.streams) >= MAX_STREAMS:
            raise TooManyStreams

    async def _join(self, actor: Actor, kinds: Sequence[str]) -> Stream:
        async with self._starting:
            if self.position is None:
                async with self.context.database.reading() as session:
                    self.position = await now_reached(session)
            if not self._tasks:
                # apart, so that asking after many listeners makes no event late
                self._tasks = [
                    asyncio.create_task(self._keep_polling()),
                    asyncio.create_task(self._keep_checking()),
                ]
            stream = Stream(actor, kinds, self.position)
            self.streams.add(stream)
            return stream

    def _leave(self, stream: Stream) -> None:
        self.streams.discard(stream)
        if not self.streams:
            for task in self._tasks:
                task.cancel()
            self._tasks, self.position = [], None

    async def _read(self, after: Position) -> Batch:
        async with self.context.database.reading() as session:
            return await events_after(session, after, size=BATCH)

    async def _frames(self, stream: Stream, after: Position | None) -> AsyncIterator[bytes]:
        last = stream.joined_at if after is None else after
        yield f"retry: 1000\nid: {last}\n\n".encode()
        while last < stream.joined_at and not stream.is_over:
            batch = await self._read(last)
            missed = [
                Frame(event).content
                for event in batch.events
                if event.position <= stream.joined_at and stream.wants(event)
            ]
            if missed:
                yield b"".join(missed)
            last = batch.reached
        last = stream.joined_at if after is None else max(after, stream.joined_at)
        while not stream.is_over:
            try:
                first = await asyncio.wait_for(stream.waiting.get(), HEARTBEAT_SECONDS)
            except TimeoutError:
                # all that was put up to the feed's position has been sent: resume from there
                if stream.waiting.empty() and self.position is not None:
                    yield f": \nid: {max(last, self.position)}\n\n".encode()
                continue
            frames = [first]
            while not stream.waiting.empty():
                frames.append(stream.waiting.get_nowait())
            content = b"".join(one.content for one in frames if one and one.position > last)
            if content and not stream.is_over:
                yield content

    async def _keep_polling(self) -> None:
        while True:
            try:
                if not await self._poll():
                    await asyncio.sleep(POLL_SECONDS)
            except Exception as error:
                log.warning("event_feed_failed", exc_info=error)
                await asyncio.sleep(0.5)

    async def _keep_checking(self) -> None:
        while True:
            await asyncio.sleep(CHECK_SECONDS)
            try:
                await self._check_listeners()
            except Exception as error:
                log.warning("event_feed_check_failed", exc_info=error)

    async def _poll(self) -> bool:
        """Hand out what is new; tells whether there may be more."""
        assert self.position is not None
        batch = await self._read(self.position)
        for event in batch.events:
            frame = Frame(event)
            for stream in self.streams:
                if not stream.is_over and stream.wants(event):
                    stream.put(frame)
        self.position = batch.reached
        return batch.is_full

    async def _check_listeners(self) -> None:
        """Read each listener afresh: who was revoked is cut, who moved sees the new place."""
        found: dict[Actor, Actor | None] = {}
        async with self.context.database.reading() as session:
            for actor in {stream.actor for stream in self.streams}:
                if isinstance(actor, DeviceCaller):
                    assert self.context.find_device is not None
                    found[actor] = await self.context.find_device(
                        session,
                        device_id=actor.device_id,
                        secret_id=actor.secret_id,
                        now=self.context.clock(),
                    )
                else:
                    found[actor] = await self.context.find_caller(
                        session,
                        account_id=actor.account_id,
                        session_id=actor.session_id,
                        now=self.context.clock(),
                    )
        for stream in list(self.streams):
            if stream.actor not in found:
                continue  # joined meanwhile
            now = found[stream.actor]
            if now is None or not may_listen(now) or _is_on_hold(now):
                stream.end()
            else:
                stream.actor = now


def _is_on_hold(actor: Actor) -> bool:
    return not isinstance(actor, DeviceCaller) and actor.must_change_password
