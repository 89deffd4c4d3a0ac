"""What happens to the queue by the mere passing of time."""

from datetime import datetime, timedelta

from yimen.core.clock import hall_day
from yimen.core.periodic import PeriodicJob
from yimen.domains.calendars.dependencies import calendar_service
from yimen.domains.queue.dependencies import calls_of_the_clock
from yimen.domains.queue.repository import Session
from yimen.domains.queue.rules import is_day_over
from yimen.domains.rulebook.dependencies import rulebook_service

MOST_AT_ONCE = 200
"""Tickets of one round: everybody's events wait for the transaction that closes them."""


async def close_days(session: Session, now: datetime) -> None:
    """Close what is open of earlier days, and of today once the hall has been shut for a while."""
    rulebook = await rulebook_service()
    calendar = await (await calendar_service(session, rulebook, now)).current()
    calls = calls_of_the_clock(session, now)
    today = hall_day(now)
    closes = calendar.close_of_business(today) if calendar.is_working_day(today) else None
    is_over = is_day_over(closes, calls.desk.limit("queue.closing_grace"), now)
    last = today if is_over else today - timedelta(days=1)
    await calls.close_day(last, most=MOST_AT_ONCE)


JOBS = [PeriodicJob("queue.close_days", every_seconds=15, work=close_days)]
