"""Events by page: a bounded walk through the outbox, shown as far as the caller may see."""

from yimen.core.caller import Actor
from yimen.domains.events.access import may_see
from yimen.domains.events.repository import Batch, Session, events_after
from yimen.domains.events.rules import START, HallEvent, Position, is_wanted, parse_position
from yimen.domains.events.schemas import EventPage, EventQuery, EventRead

__all__ = ["Batch", "EventService", "event_body", "events_after"]

SCANNED = 1000
"""How many events one call looks through at most, however few of them the caller may see."""


class EventService:
    """What happened, for one caller."""

    def __init__(self, session: Session, *, actor: Actor) -> None:
        self.session = session
        self.actor = actor

    async def list_events(self, query: EventQuery) -> EventPage:
        """Visible events after a position; ``next_after`` moves on past those that are not."""
        after = START if query.after is None else parse_position(query.after)
        batch = await events_after(self.session, after, size=SCANNED)
        shown: list[HallEvent] = []
        reached, has_more = batch.reached, batch.is_full
        for event in batch.events:
            if not (is_wanted(event.kind, query.kind) and may_see(event, self.actor)):
                continue
            if len(shown) == query.limit:
                reached, has_more = shown[-1].position, True
                break
            shown.append(event)
        return EventPage(
            items=[event_body(event) for event in shown],
            next_after=str(reached),
            has_more=has_more,
        )


def event_body(event: HallEvent) -> EventRead:
    """An event as it is told, by page, stream and webhook alike."""
    return EventRead(
        position=str(event.position),
        kind=event.kind,
        subject_type=event.subject_type,
        subject_id=event.subject_id,
        department_id=event.department_id,
        window_id=event.window_id,
        facts=event.facts,
        occurred_at=event.occurred_at,
    )


def position_or_none(text: str | None) -> Position | None:
    return None if text is None else parse_position(text)
