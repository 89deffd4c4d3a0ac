"""The one query on events: what was committed after a position, in order."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from yimen.core.outbox import OutboxEvent
from yimen.domains.events.rules import HallEvent, Position

Session: TypeAlias = AsyncSession
"""For the signatures of services, which leave SQLAlchemy to this module."""

_events = OutboxEvent.__table__.c
_transaction_id = sa.bindparam("transaction_id", type_=sa.BigInteger())
_event_id = sa.bindparam("event_id", type_=sa.BigInteger())

_horizon = sa.select(
    sa.cast(
        sa.cast(sa.func.pg_snapshot_xmin(sa.func.pg_current_snapshot()), sa.Text()), sa.BigInteger()
    ).label("oldest_open")
).cte("horizon")
_HORIZON = sa.select(_horizon.c.oldest_open)
_settled = (
    sa.select(OutboxEvent.__table__)
    .where(
        sa.tuple_(_events.transaction_id, _events.id) > sa.tuple_(_transaction_id, _event_id),
        _events.transaction_id < _horizon.c.oldest_open,
    )
    .order_by(_events.transaction_id, _events.id)
    .limit(sa.bindparam("size", type_=sa.Integer()))
    .lateral("settled")
)
_AFTER = (
    sa.select(_horizon.c.oldest_open, *_settled.c)
    .select_from(_horizon.outerjoin(_settled, sa.true()))
    .order_by(_settled.c.transaction_id, _settled.c.id)
)


@dataclass(frozen=True, slots=True)
class Batch:
    """Events after a position, and how far that is everything there will ever be."""

    events: Sequence[HallEvent]
    reached: Position
    is_full: bool
    """There may be more right after them."""


async def now_reached(session: AsyncSession) -> Position:
    """The position of who has seen all that is settled at this moment."""
    return Position((await session.execute(_HORIZON)).scalar_one(), 0)


async def events_after(session: AsyncSession, after: Position, *, size: int) -> Batch:
    """At most ``size`` events whose transactions, and all earlier ones, have ended.

    One statement, so horizon and events come from one snapshot: below the oldest transaction
    still open nothing can appear any more.
    """
    found = await session.execute(
        _AFTER,
        {"transaction_id": after.transaction_id, "event_id": after.event_id, "size": size},
    )
    rows = found.all()
    events = [
        HallEvent(
            position=Position(row.transaction_id, row.id),
            kind=row.kind,
            subject_type=row.subject_type,
            subject_id=row.subject_id,
            department_id=row.department_id,
            window_id=row.window_id,
            facts=row.facts,
            occurred_at=row.occurred_at,
        )
        for row in rows
        if row.id is not None
    ]
    is_full = len(events) == size
    reached = events[-1].position if is_full else Position(rows[0].oldest_open, 0)
    return Batch(events, max(after, reached), is_full)
