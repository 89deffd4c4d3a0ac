"""How often one address may ask without a token, counted in the database for all processes.

A sliding window from two counters: the requests of this minute, and those of the last one as far as
it still reaches into the past sixty seconds.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import sqlalchemy as sa
from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from yimen.core.addresses import address_key
from yimen.core.config import Settings
from yimen.core.database import Base
from yimen.core.dependencies import get_context
from yimen.core.errors import TooManyRequests

SLOT = timedelta(minutes=1)
_MICROSECOND = timedelta(microseconds=1)
KEPT = timedelta(hours=1)


class RateCounter(Base):
    """The requests of one address in the minute that is counted, and in the one before it.

    Unlogged: a crash of the database forgets them, and counting costs no write to the disk.
    """

    __tablename__ = "rate_counters"

    bucket: Mapped[str] = mapped_column(primary_key=True)
    slot_starts_at: Mapped[datetime] = mapped_column(index=True)
    count: Mapped[int]
    previous: Mapped[int]

    __table_args__ = ({"prefixes": ["UNLOGGED"]},)


# Each count also clears away two rows that nobody needs any more, so that they cannot pile up. Rows
# that another request holds are skipped: nobody waits for a row while holding another's.
_COUNT = sa.text(
    """
    WITH forgotten AS (
        DELETE FROM rate_counters WHERE bucket IN (
            SELECT bucket FROM rate_counters
            WHERE slot_starts_at < :forgotten_before AND bucket <> :bucket
            LIMIT 2 FOR UPDATE SKIP LOCKED
        )
    )
    INSERT INTO rate_counters AS counter (bucket, slot_starts_at, count, previous)
    VALUES (:bucket, :slot, 1, 0)
    ON CONFLICT (bucket) DO UPDATE SET
        slot_starts_at = greatest(counter.slot_starts_at, excluded.slot_starts_at),
        count = CASE WHEN counter.slot_starts_at >= excluded.slot_starts_at
            THEN counter.count + 1 ELSE 1 END,
        previous = CASE
            WHEN counter.slot_starts_at >= excluded.slot_starts_at THEN counter.previous
            WHEN counter.slot_starts_at = :last_slot THEN counter.count
            ELSE 0 END
    RETURNING count, previous
    """
).bindparams(
    sa.bindparam("bucket", type_=sa.Text()),
    sa.bindparam("slot", type_=sa.DateTime(timezone=True)),
    sa.bindparam("last_slot", type_=sa.DateTime(timezone=True)),
    sa.bindparam("forgotten_before", type_=sa.DateTime(timezone=True)),
)


def slot_of(now: datetime) -> tuple[datetime, timedelta]:
    """The start of the minute that counts an instant, and the time passed since."""
    start = now.replace(second=0, microsecond=0)
    return start, now - start


def seconds_to_wait(count: int, previous: int, elapsed: timedelta, limit: int) -> int:
    """Whole seconds until one more request would be let through; 0 when this one is.

    ``count`` includes the request asked about; ``elapsed`` is the part of the minute passed.
    Reckoned in whole microseconds: whoever waits as told must not be refused for a rounding.
    """
    slot, passed = SLOT // _MICROSECOND, elapsed // _MICROSECOND
    if previous * (slot - passed) + count * slot <= limit * slot:
        return 0
    if count < limit:  # this minute: until enough of the last one lies behind
        share = previous
        wait = slot * (previous - (limit - count - 1)) - passed * previous
    else:  # not before the next one
        share = count
        wait = (slot - passed) * count + slot * (count - (limit - 1))
    return max(1, -(-wait // (share * 1_000_000)))


async def count_request(session: AsyncSession, bucket: str, *, limit: int, now: datetime) -> int:
    """Count one request of a bucket; the seconds it must wait, 0 when it is within the limit."""
    slot, elapsed = slot_of(now)
    values = {
        "bucket": bucket,
        "slot": slot,
        "last_slot": slot - SLOT,
        "forgotten_before": now - KEPT,
    }
    count, previous = (await session.execute(_COUNT, values)).one()
    return seconds_to_wait(count, previous, elapsed, limit)


def limit_by_address(
    name: str, per_minute: Callable[[Settings], int]
) -> Callable[[Request], Awaitable[None]]:
    """A dependency that lets an address ask so many times a minute; raises TooManyRequests.

    It counts in a transaction of its own, before anything else: the count must outlive a refusal.
    """

    async def count_and_judge(request: Request) -> None:
        context = get_context(request)
        address = address_key(request.client.host if request.client else None)
        async with context.database.transaction() as session:
            wait = await count_request(
                session,
                f"{name}:{address}",
                limit=per_minute(context.settings),
                now=context.clock(),
            )
        if wait:
            raise TooManyRequests(retry_after_seconds=wait)

    return count_and_judge


limit_public = limit_by_address("public", lambda settings: settings.public_requests_per_minute)
limit_lookups = limit_by_address("lookup", lambda settings: settings.public_lookups_per_minute)
"""Stricter, for whatever a code opens: codes are not to be tried out."""
