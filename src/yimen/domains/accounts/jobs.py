"""What happens to log-ins by the mere passing of time."""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from yimen.core.periodic import PeriodicJob
from yimen.domains.accounts.repository import AccountRepository
from yimen.domains.accounts.rules import FORGOTTEN_AFTER

KEEP = timedelta(days=30)
"""How long an ended log-in stays, for whoever asks after it; the audit keeps what happened."""


async def purge_logins(session: AsyncSession, now: datetime) -> None:
    """Delete log-ins ended or expired for 30 days, spent refresh tokens, forgotten failures."""
    await AccountRepository(session).purge(now=now, keep=KEEP, forget_after=FORGOTTEN_AFTER)


JOBS = [PeriodicJob("accounts.purge_logins", every_seconds=3600, work=purge_logins)]
