"""How FastAPI builds the services of events, and how a stream becomes a reply."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, Header, Request
from sse_starlette.sse import EventSourceResponse, SendTimeoutError
from starlette.types import Receive, Scope, Send

from yimen.core.caller import Actor
from yimen.core.dependencies import GUARDS, AnyActor, DbSession, get_context
from yimen.core.errors import Forbidden
from yimen.domains.events.access import may_listen
from yimen.domains.events.rules import BadPosition, Position
from yimen.domains.events.schemas import StreamQuery
from yimen.domains.events.service import EventService, position_or_none
from yimen.domains.events.service_feed import EventFeed

SEND_SECONDS = 10.0
"""How long a listener may leave a full connection unread before it is cut."""


async def require_listener(actor: AnyActor) -> Actor:
    if not may_listen(actor):
        raise Forbidden("此设备不接收事件。")
    return actor


GUARDS[require_listener] = "工作人员，以及可接收事件的大厅设备"
Listener = Annotated[Actor, Depends(require_listener)]


async def event_service(session: DbSession, actor: Listener) -> EventService:
    return EventService(session, actor=actor)


async def event_feed(request: Request) -> EventFeed:
    """The process's one feed, made when it is first asked for."""
    context = get_context(request)
    feed: EventFeed | None = getattr(request.app.state, "event_feed", None)
    if feed is None or feed.context is not context:
        feed = request.app.state.event_feed = EventFeed(context)
    return feed


async def resume_after(
    last_event_id: Annotated[
        str | None,
        Header(
            alias="Last-Event-ID",
            max_length=40,
            description="断线前最后收到的 id；断线后的事件会补发",
            examples=["1042-7"],
        ),
    ] = None,
) -> Position | None:
    """Where the listener was cut off; an id that is not ours means from now on."""
    try:
        return position_or_none(last_event_id or None)
    except BadPosition:
        return None


Events = Annotated[EventService, Depends(event_service)]
Feed = Annotated[EventFeed, Depends(event_feed)]
LastEventId = Annotated[Position | None, Depends(resume_after)]


class EventStream(EventSourceResponse):
    """A stream that ends without fuss when its listener stopped reading."""

    media_type = "text/event-stream"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        except SendTimeoutError:
            return


async def open_stream(
    feed: EventFeed, actor: Actor, query: StreamQuery, last_event_id: Position | None
) -> EventStream:
    """A reply that goes on for as long as both sides like; raises TooManyStreams before it."""
    after = position_or_none(query.after) if last_event_id is None else last_event_id
    feed.require_room()

    async def run() -> AsyncIterator[bytes]:
        async with feed.listen(actor, query.kind, after) as frames:
            async for frame in frames:
                yield frame

    # no pings of the library: ours carry the position
    return EventStream(run(), ping=0, send_timeout=SEND_SECONDS)
