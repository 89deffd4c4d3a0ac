"""The calendar that tests reckon with: every year published by the State Council so far."""

from datetime import date, time

from yimen.domains.calendars.rules import OfficeHours, Shift, WorkCalendar
from yimen.domains.calendars.rules_notices import (
    FIRST_DAY,
    LAST_KNOWN_NOTICE,
    DayEntry,
    known_notice_days,
)

SUMMER = OfficeHours((Shift(time(10), time(14)), Shift(time(16), time(20))))
WINTER = OfficeHours((Shift(time(10), time(14)), Shift(time(15, 30), time(19, 30))))


def hours_on(day: date) -> OfficeHours:
    return SUMMER if (5, 1) <= (day.month, day.day) < (10, 1) else WINTER


PUBLISHED = {
    day: entry
    for year in range(FIRST_DAY.year, LAST_KNOWN_NOTICE + 1)
    for day, entry in known_notice_days(year).items()
}


def published_calendar(overrides: dict[date, DayEntry] | None = None) -> WorkCalendar:
    return WorkCalendar(
        published_years=range(FIRST_DAY.year, LAST_KNOWN_NOTICE + 1),
        entries=PUBLISHED | (overrides or {}),
        hours_on=hours_on,
    )
