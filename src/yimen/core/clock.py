"""The only place that asks the system for the time."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

HALL_ZONE = ZoneInfo("Asia/Shanghai")


def system_now() -> datetime:
    """The present instant on the hall's wall clock."""
    return datetime.now(UTC).astimezone(HALL_ZONE)


def hall_day(instant: datetime) -> date:
    """The calendar day of an instant as the hall's wall shows it."""
    return instant.astimezone(HALL_ZONE).date()


def start_of_day(day: date) -> datetime:
    """The midnight with which a calendar day begins on the hall's wall clock."""
    return datetime.combine(day, time(), HALL_ZONE)
