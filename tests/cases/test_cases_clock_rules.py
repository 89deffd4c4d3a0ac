"""Due dates as tables of values, each with its article; the clock against a naive model."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.calendars_factories import published_calendar

from yimen.core.clock import HALL_ZONE
from yimen.domains.cases.enums import SuspensionCause
from yimen.domains.cases.rules import (
    ClockAct,
    ClockEvent,
    due_date,
    explain_deadline,
    is_late_entry,
    latest_end,
)

CALENDAR = published_calendar()
SURVEY = SuspensionCause.ON_SITE_SURVEY


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=HALL_ZONE)


def accepted(text: str) -> ClockEvent:
    return ClockEvent(ClockAct.ACCEPTED, at(text))


def stopped(
    start: str, until: str = "2027-01-29 19:30", cause: SuspensionCause = SURVEY
) -> ClockEvent:
    return ClockEvent(ClockAct.SUSPENDED, at(start), cause=cause, until=at(until))


def resumed(text: str) -> ClockEvent:
    return ClockEvent(ClockAct.RESUMED, at(text))


def extended(text: str, days: int) -> ClockEvent:
    return ClockEvent(ClockAct.EXTENDED, at(text), working_days=days)


@pytest.mark.parametrize(
    ("accepted_at", "days", "due", "article"),
    [
        # MGMT 十一(一): finished on the day of acceptance
        ("2026-03-10 10:00", 0, "2026-03-10 19:30", "MGMT 十一(一)"),
        ("2026-03-10 19:30", 0, "2026-03-10 19:30", "ATTEND 一(一)"),
        ("2026-03-10 19:31", 0, "2026-03-11 19:30", "ATTEND 一(一)"),
        ("2026-03-14 11:00", 0, "2026-03-16 19:30", "ATTEND 一(一)"),  # Saturday
        # TIMELIMIT 一: close of business on the N-th working day
        ("2026-03-10 11:00", 1, "2026-03-11 19:30", "TIMELIMIT 一"),
        ("2026-03-13 11:00", 1, "2026-03-16 19:30", "TIMELIMIT 一"),  # over a weekend
        ("2026-03-10 15:00", 1, "2026-03-11 19:30", "ATTEND 一(一)"),  # midday break
        ("2026-03-10 08:00", 1, "2026-03-11 19:30", "ATTEND 一(一)"),  # before opening
        # National Day 2026: off 1–7 October, worked on 20 September and 10 October
        ("2026-09-29 11:00", 1, "2026-09-30 20:00", "国办发明电〔2025〕7号"),
        ("2026-09-30 11:00", 1, "2026-10-08 19:30", "国办发明电〔2025〕7号"),
        ("2026-10-08 11:00", 2, "2026-10-10 19:30", "国办发明电〔2025〕7号"),
        ("2026-10-10 11:00", 1, "2026-10-12 19:30", "国办发明电〔2025〕7号"),
        # Spring Festival 2026: off 15–23 February, worked on 14 and 28 February
        ("2026-02-13 11:00", 1, "2026-02-14 19:30", "国办发明电〔2025〕7号"),
        ("2026-02-14 11:00", 1, "2026-02-24 19:30", "国办发明电〔2025〕7号"),
        ("2026-02-27 11:00", 1, "2026-02-28 19:30", "国办发明电〔2025〕7号"),
        # seasons: summer hours from 1 May, winter hours from 1 October
        ("2026-04-29 11:00", 1, "2026-04-30 19:30", "ATTEND 一(一)"),
        ("2026-04-30 19:45", 0, "2026-05-06 20:00", "ATTEND 一(一)"),  # after winter's close
        ("2026-05-06 19:45", 0, "2026-05-06 20:00", "ATTEND 一(一)"),  # before summer's
        ("2026-09-30 19:45", 0, "2026-09-30 20:00", "ATTEND 一(一)"),
        ("2026-10-08 19:45", 0, "2026-10-09 19:30", "ATTEND 一(一)"),
        # year ends
        ("2025-12-30 11:00", 2, "2026-01-04 19:30", "国办发明电〔2025〕7号"),  # made-up Sunday
        ("2025-12-31 20:00", 1, "2026-01-05 19:30", "国办发明电〔2025〕7号"),
    ],
)
def test_the_due_date_of_a_promise(accepted_at: str, days: int, due: str, article: str) -> None:
    found = due_date([accepted(accepted_at)], working_days=days, calendar=CALENDAR)
    assert found is not None
    assert found.at == at(due), article
    assert not found.is_provisional


@pytest.mark.parametrize(
    ("accepted_at", "days", "provisional"),
    [
        ("2026-12-30 11:00", 1, False),  # ends on 31 December, of the last published year
        ("2026-12-31 11:00", 1, True),
        ("2026-12-31 20:00", 0, True),
    ],
)
def test_a_due_date_in_a_year_not_published_is_provisional(
    accepted_at: str, days: int, provisional: bool
) -> None:
    found = due_date([accepted(accepted_at)], working_days=days, calendar=CALENDAR)
    assert found is not None
    assert found.is_provisional is provisional


@pytest.mark.parametrize(
    ("events", "due"),
    [
        # suspended over a holiday: 30 September noon to 8 October noon is one working day
        (
            [
                accepted("2026-09-28 11:00"),
                stopped("2026-09-30 12:00"),
                resumed("2026-10-08 12:00"),
            ],
            "2026-10-12 19:30",
        ),
        # two suspensions: half a working day each
        (
            [
                accepted("2026-03-10 11:00"),
                stopped("2026-03-11 10:00"),
                resumed("2026-03-11 14:00"),
                stopped("2026-03-12 10:00"),
                resumed("2026-03-12 14:00"),
            ],
            "2026-03-18 19:30",
        ),
        # one hour: the due instant moves into the next morning
        (
            [
                accepted("2026-03-10 11:00"),
                stopped("2026-03-11 10:00"),
                resumed("2026-03-11 11:00"),
            ],
            "2026-03-18 11:00",
        ),
        # outside office hours nothing is lost, so nothing is added
        (
            [
                accepted("2026-03-10 11:00"),
                stopped("2026-03-11 20:00"),
                resumed("2026-03-12 09:00"),
            ],
            "2026-03-17 19:30",
        ),
        # beyond its maximum a suspension does not count
        (
            [
                accepted("2026-03-10 11:00"),
                stopped("2026-03-11 10:00", until="2026-03-11 19:30"),
                resumed("2026-03-20 11:00"),
            ],
            "2026-03-18 19:30",
        ),
        # while it still runs, the due date stays where it was
        ([accepted("2026-03-10 11:00"), stopped("2026-03-11 10:00")], "2026-03-17 19:30"),
        # extended by two working days, TIMELIMIT 三
        ([accepted("2026-03-10 11:00"), extended("2026-03-16 11:00", 2)], "2026-03-19 19:30"),
        # extended and suspended
        (
            [
                accepted("2026-03-10 11:00"),
                stopped("2026-03-11 10:00"),
                resumed("2026-03-11 19:30"),
                extended("2026-03-16 11:00", 2),
            ],
            "2026-03-20 19:30",
        ),
        # a special case has the day that the director set, MGMT 十一(三)
        (
            [
                accepted("2026-03-10 11:00"),
                ClockEvent(ClockAct.DUE_SET, at("2026-03-10 12:00"), due_on=date(2026, 3, 12)),
            ],
            "2026-03-12 19:30",
        ),
        # he knew of what had moved the promise before, an extension and a suspension
        (
            [
                accepted("2026-03-10 11:00"),
                stopped("2026-03-11 10:00"),
                resumed("2026-03-11 14:00"),
                extended("2026-03-11 16:00", 3),
                ClockEvent(ClockAct.DUE_SET, at("2026-03-12 12:00"), due_on=date(2026, 3, 13)),
            ],
            "2026-03-13 19:30",
        ),
        # set while the clock stands: the afternoon of 11 March, four hours, is still to come
        (
            [
                accepted("2026-03-10 11:00"),
                stopped("2026-03-11 10:00"),
                ClockEvent(ClockAct.DUE_SET, at("2026-03-11 15:30"), due_on=date(2026, 3, 13)),
                resumed("2026-03-12 10:00"),
            ],
            "2026-03-16 14:00",
        ),
        # extended afterwards by two working days: Friday 13 and Monday 16 March
        (
            [
                accepted("2026-03-10 11:00"),
                ClockEvent(ClockAct.DUE_SET, at("2026-03-10 12:00"), due_on=date(2026, 3, 12)),
                extended("2026-03-11 11:00", 2),
            ],
            "2026-03-16 19:30",
        ),
        # a Saturday moves to Monday, domain.md §3
        (
            [
                accepted("2026-03-10 11:00"),
                ClockEvent(ClockAct.DUE_SET, at("2026-03-10 12:00"), due_on=date(2026, 3, 14)),
            ],
            "2026-03-16 19:30",
        ),
    ],
)
def test_the_due_date_follows_the_clocks_events(events: list[ClockEvent], due: str) -> None:
    found = due_date(events, working_days=5, calendar=CALENDAR)
    assert found is not None
    assert found.at == at(due)


def test_a_maximum_is_for_all_suspensions_of_a_cause_together() -> None:
    start = at("2026-03-11 11:00")
    begun = [accepted("2026-03-10 11:00")]
    first = latest_end(begun, SURVEY, starts_at=start, maximum_days=10, calendar=CALENDAR)
    assert first == at("2026-03-25 19:30")
    used = [*begun, stopped("2026-03-11 11:00"), resumed("2026-03-19 11:00")]  # six days
    again = at("2026-03-20 11:00")
    second = latest_end(used, SURVEY, starts_at=again, maximum_days=10, calendar=CALENDAR)
    assert second == at("2026-03-26 19:30")
    other = latest_end(
        used, SuspensionCause.HEARING, starts_at=again, maximum_days=20, calendar=CALENDAR
    )
    assert other == at("2026-04-20 19:30")
    spent = [*begun, stopped("2026-03-11 11:00"), resumed("2026-03-25 11:00")]
    after = at("2026-03-26 11:00")
    assert latest_end(spent, SURVEY, starts_at=after, maximum_days=10, calendar=CALENDAR) is None


@pytest.mark.parametrize(
    ("received", "entered", "late"),
    [
        ("2026-03-10 11:00", "2026-03-10 19:00", False),
        ("2026-03-10 11:00", "2026-03-11 19:30", False),
        ("2026-03-10 11:00", "2026-03-11 19:31", True),
        ("2026-03-13 11:00", "2026-03-16 11:00", False),
        ("2026-03-13 11:00", "2026-03-17 10:00", True),
    ],
)
def test_an_entry_is_late_after_more_than_one_working_day(
    received: str, entered: str, late: bool
) -> None:
    """DISCIPLINE 五(十八), days local."""
    assert is_late_entry(at(received), at(entered), days=1, calendar=CALENDAR) is late


def test_the_explanation_marks_the_days_on_which_the_clock_stood_still() -> None:
    told = explain_deadline(
        [
            accepted("2026-03-10 11:00"),
            stopped("2026-03-11 09:00"),
            resumed("2026-03-12 12:00"),
        ],
        working_days=2,
        is_deemed=False,
        calendar=CALENDAR,
    )
    assert told is not None
    assert told.due.at == at("2026-03-16 12:00")
    lines = {str(line.day): line for line in told.days}
    assert lines["2026-03-11"].counted_as is None
    assert lines["2026-03-11"].suspended_minutes == 480
    assert lines["2026-03-12"].suspended_minutes == 120
    assert any("顺延 工作时间 10 小时" in step.label for step in told.steps)


DAY = timedelta(days=1)


def naive_due(events: list[ClockEvent], days: int) -> datetime:
    """Minute by minute: a minute of office hours uses up the promise unless the clock stood."""
    start = events[0].at
    base = due_date(events[:1], working_days=days, calendar=CALENDAR)
    assert base is not None
    owed = CALENDAR.working_minutes_between(start, base.at)
    stops = [
        (one.at, min(two.at, one.until or two.at))
        for one, two in zip(events[1::2], events[2::2], strict=True)
    ]
    owed += sum(
        sum(
            CALENDAR.is_open(begin + timedelta(minutes=minute))
            for minute in range(int((end - begin) / timedelta(minutes=1)))
        )
        for begin, end in stops
    )
    return CALENDAR.add_working_minutes(start, owed)


@settings(max_examples=60, deadline=None)
@given(
    start=st.datetimes(datetime(2026, 1, 5), datetime(2026, 6, 1)),  # noqa: DTZ001 - hall time
    days=st.integers(1, 20),
    gaps=st.lists(st.tuples(st.integers(1, 5000), st.integers(1, 4000)), min_size=0, max_size=3),
)
def test_the_due_date_agrees_with_a_clock_that_ticks(
    start: datetime, days: int, gaps: list[tuple[int, int]]
) -> None:
    now = start.replace(second=0, microsecond=0, tzinfo=HALL_ZONE)
    events = [ClockEvent(ClockAct.ACCEPTED, now)]
    for wait, stands in gaps:
        now += timedelta(minutes=wait)
        until = now + 30 * DAY
        events.append(ClockEvent(ClockAct.SUSPENDED, now, cause=SURVEY, until=until))
        now += timedelta(minutes=stands)
        events.append(ClockEvent(ClockAct.RESUMED, now))
    due = due_date(events, working_days=days, calendar=CALENDAR)
    assert due is not None
    assert due.at == naive_due(events, days)
