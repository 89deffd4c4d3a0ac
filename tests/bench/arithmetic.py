"""What deadline arithmetic costs, without a database."""

import random
import timeit
from collections.abc import Callable
from datetime import date, datetime, timedelta

from yimen.core.clock import HALL_ZONE
from yimen.domains.calendars.rules import OfficeHours, Shift, WorkCalendar
from yimen.domains.calendars.rules_notices import (
    FIRST_DAY,
    LAST_KNOWN_NOTICE,
    known_notice_days,
)
from yimen.domains.rulebook.service import RulebookService

CALLS = 2_000


def hall_calendar() -> WorkCalendar:
    """The calendar as a new hall has it: all notices the service knows, the rulebook's hours."""
    rulebook = RulebookService()
    years = range(FIRST_DAY.year, LAST_KNOWN_NOTICE + 1)

    def hours_on(day: date) -> OfficeHours:
        shifts = rulebook.edition_on(day).shifts_on(day)
        return OfficeHours(tuple(Shift(*shift) for shift in shifts))

    return WorkCalendar(
        published_years=years,
        entries={day: entry for year in years for day, entry in known_notice_days(year).items()},
        hours_on=hours_on,
    )


def microseconds_a_call() -> dict[str, float]:
    """Best of several runs over random instants of three years, by the name of the question."""
    calendar = hall_calendar()
    draw = random.Random(20261124)
    start = datetime(2024, 1, 1, tzinfo=HALL_ZONE)
    instants = [start + timedelta(minutes=draw.randrange(3 * 525_600)) for _ in range(CALLS)]
    days = [instant.date() for instant in instants]
    later = [instant + timedelta(days=draw.randrange(60)) for instant in instants]
    questions: dict[str, Callable[[], object]] = {
        "due_at": lambda: [calendar.due_at(instant, 5) for instant in instants],
        "add_working_days": lambda: [calendar.add_working_days(day, 20) for day in days],
        "working_minutes_between": lambda: [
            calendar.working_minutes_between(*pair) for pair in zip(instants, later, strict=True)
        ],
    }
    return {
        name: min(timeit.repeat(question, number=1, repeat=15)) / CALLS * 1e6
        for name, question in questions.items()
    }
