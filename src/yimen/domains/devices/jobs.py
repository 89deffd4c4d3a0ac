"""What happens to machines by the mere passing of time."""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from yimen.core.periodic import PeriodicJob
from yimen.domains.devices.repository import DeviceRepository

KEEP = timedelta(days=30)
"""How long a replaced secret stays, for whoever asks after it."""


async def purge_secrets(session: AsyncSession, now: datetime) -> None:
    """Delete secrets that were replaced 30 days ago."""
    await DeviceRepository(session).forget_secrets(now - KEEP)


JOBS = [PeriodicJob("devices.purge_secrets", every_seconds=3600, work=purge_secrets)]
