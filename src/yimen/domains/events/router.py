"""Events over HTTP: by page, and as Server-Sent Events."""

from typing import Annotated

from fastapi import Query

from yimen.core.routing import Router
from yimen.domains.events.dependencies import (
    Events,
    EventStream,
    Feed,
    LastEventId,
    Listener,
    open_stream,
)
from yimen.domains.events.schemas import (
    EXAMPLE_FRAME,
    FRAME_SCHEMA,
    EventPage,
    EventQuery,
    StreamQuery,
)
from yimen.domains.events.service_feed import TooManyStreams

router = Router(prefix="/events", tag="events")


@router.read("", summary="事件列表，按提交次序")
async def list_events(query: Annotated[EventQuery, Query()], events: Events) -> EventPage:
    return await events.list_events(query)


@router.read(
    "/stream",
    summary="订阅事件流（Server-Sent Events）",
    errors=[TooManyStreams],
    response_class=EventStream,
    response_model=None,
    responses={
        200: {
            "description": "事件流；断线后带 Last-Event-ID 重连，不会遗漏",
            "content": {"text/event-stream": {"schema": FRAME_SCHEMA, "example": EXAMPLE_FRAME}},
        }
    },
)
async def stream_events(
    query: Annotated[StreamQuery, Query()], actor: Listener, feed: Feed, last_event_id: LastEventId
) -> EventStream:
    return await open_stream(feed, actor, query, last_event_id)
