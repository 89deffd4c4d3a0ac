"""What discipline does by the mere passing of time: it proposes, and decides nothing."""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from yimen.core.clock import hall_day
from yimen.core.periodic import PeriodicJob
from yimen.domains.discipline.dependencies import search_of_the_clock

LATE_RECORDS = timedelta(days=31)
"""In January the past year is still looked at: its last records come in late."""


async def search_records(session: AsyncSession, now: datetime) -> None:
    """Propose what the records of this year prove, and let go what they prove no longer."""
    today = hall_day(now)
    search = await search_of_the_clock(session, now)
    if (today - LATE_RECORDS).year < today.year:
        last_year = today.replace(year=today.year - 1, month=12, day=31)
        await search.search(last_year.replace(month=1, day=1), last_year)
    await search.search(today.replace(month=1, day=1), today)


JOBS = [PeriodicJob("discipline.search_records", every_seconds=300, work=search_records)]
