"""Working days and working time against the holidays library, a naive counter and tables."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from timeit import repeat

import pytest
from holidays import country_holidays
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.calendars_factories import (
    PUBLISHED,
    hours_on,
    published_calendar,
)

from yimen.domains.calendars.enums import DayKind
from yimen.domains.calendars.rules import (
    SHANGHAI,
    BeyondCalendar,
    OfficeHours,
    Shift,
    WorkCalendar,
)
from yimen.domains.calendars.rules_notices import (
    FIRST_DAY,
    LAST_KNOWN_NOTICE,
    DayEntry,
    known_notice_days,
    notice_title,
    statutory_days,
)

LAST_PUBLISHED = date(LAST_KNOWN_NOTICE, 12, 31)

CALENDAR = published_calendar()


def at(text: str) -> datetime:
    """``2026-09-30 20:00`` on the hall's wall."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def days_between(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


# Against the library


def test_every_day_2008_to_2026_agrees_with_the_holidays_library() -> None:
    library = country_holidays("CN", years=range(2008, 2028))
    days = days_between(FIRST_DAY, LAST_PUBLISHED)
    assert len(days) == 6940
    differing = [d for d in days if CALENDAR.is_working_day(d) != library.is_working_day(d)]
    assert differing == []
    off = [d for d in days if d in library]
    assert all(not CALENDAR.day_kind(d).is_working for d in off)
    assert {d for d in days if CALENDAR.day_kind(d) is DayKind.MAKEUP_WORKDAY} == {
        d for d in library.weekend_workdays if FIRST_DAY <= d <= LAST_PUBLISHED
    }


def test_no_published_day_is_provisional_and_every_later_one_is() -> None:
    assert not CALENDAR.rests_on_unpublished(FIRST_DAY, LAST_PUBLISHED)
    assert CALENDAR.last_day == date(2031, 12, 31)
    for day in days_between(LAST_PUBLISHED + timedelta(days=1), CALENDAR.last_day):
        assert CALENDAR.describe(day).is_provisional


def test_an_unpublished_year_knows_weekends_and_statutory_days_alone() -> None:
    off_in_the_week = [
        day.isoformat()
        for day in days_between(date(2027, 1, 1), date(2027, 12, 31))
        if day.weekday() < 5 and not CALENDAR.is_working_day(day)
    ]
    assert off_in_the_week == [
        "2027-01-01",
        "2027-02-05",
        "2027-02-08",
        "2027-04-05",
        "2027-06-09",
        "2027-09-15",
        "2027-10-01",
    ]
    assert CALENDAR.describe(date(2027, 2, 8)).reason == "春节"
    assert CALENDAR.describe(date(2027, 2, 8)).source == "ATTEND 一(一)"


def test_a_year_the_library_knows_but_the_office_has_not_published_moves_no_day() -> None:
    early = WorkCalendar(
        published_years=range(2008, 2026),
        entries={day: entry for day, entry in PUBLISHED.items() if day.year < 2026},
        hours_on=hours_on,
    )
    assert early.is_working_day(date(2026, 1, 2))  # off by the notice alone
    assert not early.is_working_day(date(2026, 1, 4))  # worked by the notice alone
    assert not early.is_working_day(date(2026, 10, 1))
    assert early.describe(date(2026, 1, 2)).is_provisional


@pytest.mark.parametrize(
    ("day", "kind", "reason", "source"),
    [
        ("2026-10-01", DayKind.STATUTORY_HOLIDAY, "国庆节", "2026年部分节假日"),
        ("2026-10-05", DayKind.REST_DAY, "国庆节补休", "2026年部分节假日"),
        ("2026-10-07", DayKind.REST_DAY, "与10月10日调休", "国办发明电〔2025〕7号"),
        ("2026-10-10", DayKind.MAKEUP_WORKDAY, "与10月7日调休", "国办发明电〔2025〕7号"),
        ("2026-10-11", DayKind.WEEKEND, "周日", "ATTEND 一(一)"),
        ("2026-10-12", DayKind.WORKDAY, "周一", "ATTEND 一(一)"),
        ("2020-10-01", DayKind.STATUTORY_HOLIDAY, "中秋节、国庆节", "〔2019〕16号"),
        ("2020-01-31", DayKind.REST_DAY, "春节延长假期", "〔2020〕1号调整"),
        ("2011-12-31", DayKind.MAKEUP_WORKDAY, "与1月3日调休", "2012年部分节假日"),
        ("2018-12-31", DayKind.REST_DAY, "与12月29日调休", "2019年部分节假日"),
        ("2008-10-01", DayKind.STATUTORY_HOLIDAY, "国庆节", "2008年部分节假日安排的通知"),
    ],
)
def test_a_day_says_what_it_is_and_by_which_notice(
    day: str, kind: DayKind, reason: str, source: str
) -> None:
    fact = CALENDAR.describe(date.fromisoformat(day))
    assert (fact.kind, fact.reason, fact.is_override) == (kind, reason, False)
    assert source in fact.source


def test_notices_without_a_certain_number_are_cited_by_title() -> None:
    assert notice_title(2009) == "国务院办公厅关于2009年部分节假日安排的通知"
    assert notice_title(2027) == "国务院办公厅关于2027年部分节假日安排的通知"


@pytest.mark.parametrize("year", [2007, 2027])
def test_a_year_without_a_known_notice_is_not_filled(year: int) -> None:
    with pytest.raises(ValueError, match=str(year)):
        known_notice_days(year)


def test_the_statutory_days_follow_the_law_of_their_year() -> None:
    eve = {
        y: [d for d, n in statutory_days(y).items() if n == "农历除夕"] for y in range(2008, 2027)
    }
    assert [y for y, days in eve.items() if days] == [*range(2008, 2014), 2025, 2026]
    assert len(statutory_days(2024)) == 11
    assert len(statutory_days(2026)) == 13


# Tables of due dates: the promise ends with the office day (domain.md §4), weekends and
# statutory holidays are no working time (ATTEND 一(一)), the promised time binds (MGMT 十二)

DUE_DATES = [
    # accepted at, working days, due at, article
    # National Day 2026: off 1–7 October, worked Sunday 20 September and Saturday 10 October
    ("2026-09-29 11:00", 1, "2026-09-30 20:00", "MGMT 十二"),
    ("2026-09-30 11:00", 1, "2026-10-08 19:30", "ATTEND 一(一)"),
    ("2026-09-30 19:59", 0, "2026-09-30 20:00", "MGMT 十一(一)"),
    ("2026-10-01 11:00", 1, "2026-10-09 19:30", "ATTEND 一(一)"),
    ("2026-10-07 11:00", 0, "2026-10-08 19:30", "ATTEND 一(一)"),
    ("2026-10-08 11:00", 1, "2026-10-09 19:30", "ATTEND 一(一)"),
    ("2026-10-09 11:00", 1, "2026-10-10 19:30", "ATTEND 一(一)"),
    ("2026-09-28 11:00", 5, "2026-10-10 19:30", "ATTEND 一(一)"),
    # Mid-Autumn 2026 on a Friday, make-up Sunday the week before
    ("2026-09-18 11:00", 1, "2026-09-20 20:00", "ATTEND 一(一)"),
    ("2026-09-20 11:00", 1, "2026-09-21 20:00", "ATTEND 一(一)"),
    ("2026-09-24 11:00", 1, "2026-09-28 20:00", "ATTEND 一(一)"),
    # Spring Festival 2026: off 15–23 February, worked Saturdays 14 and 28 February
    ("2026-02-12 11:00", 1, "2026-02-13 19:30", "ATTEND 一(一)"),
    ("2026-02-13 11:00", 1, "2026-02-14 19:30", "ATTEND 一(一)"),
    ("2026-02-14 11:00", 1, "2026-02-24 19:30", "ATTEND 一(一)"),
    ("2026-02-15 11:00", 1, "2026-02-25 19:30", "ATTEND 一(一)"),
    ("2026-02-23 11:00", 1, "2026-02-25 19:30", "ATTEND 一(一)"),
    ("2026-02-24 11:00", 1, "2026-02-25 19:30", "ATTEND 一(一)"),
    ("2026-02-27 11:00", 1, "2026-02-28 19:30", "ATTEND 一(一)"),
    ("2026-02-28 11:00", 1, "2026-03-02 19:30", "ATTEND 一(一)"),
    # Spring Festival 2020, extended while it lasted
    ("2020-01-23 11:00", 1, "2020-02-03 19:30", "ATTEND 一(一)"),
    # intake after hours, at close, in the midday break, before opening, on days off
    ("2026-07-08 09:59", 1, "2026-07-09 20:00", "ATTEND 一(一)"),
    ("2026-07-08 00:00", 1, "2026-07-09 20:00", "ATTEND 一(一)"),
    ("2026-07-08 14:00", 1, "2026-07-09 20:00", "ATTEND 一(一)"),
    ("2026-07-08 15:00", 1, "2026-07-09 20:00", "ATTEND 一(一)"),
    ("2026-07-08 20:00:00", 1, "2026-07-09 20:00", "ATTEND 一(一)"),
    ("2026-07-08 20:00:01", 1, "2026-07-10 20:00", "ATTEND 一(一)"),
    ("2026-07-08 23:59:59", 1, "2026-07-10 20:00", "ATTEND 一(一)"),
    ("2026-07-10 20:00:01", 1, "2026-07-14 20:00", "ATTEND 一(一)"),
    ("2026-07-11 11:00", 1, "2026-07-14 20:00", "ATTEND 一(一)"),
    ("2026-07-11 11:00", 0, "2026-07-13 20:00", "MGMT 十一(一)"),
    ("2026-07-12 23:00", 1, "2026-07-14 20:00", "ATTEND 一(一)"),
    ("2026-01-14 19:30:00", 1, "2026-01-15 19:30", "ATTEND 一(一)"),
    ("2026-01-14 19:30:01", 1, "2026-01-16 19:30", "ATTEND 一(一)"),
    ("2026-01-14 20:00:00", 1, "2026-01-16 19:30", "ATTEND 一(一)"),
    # the season changes: afternoon until 19:30 in winter, 20:00 in summer
    ("2026-04-29 11:00", 1, "2026-04-30 19:30", "ATTEND 一(一)"),
    ("2026-04-30 11:00", 0, "2026-04-30 19:30", "ATTEND 一(一)"),
    ("2026-04-30 19:30:01", 0, "2026-05-06 20:00", "ATTEND 一(一)"),
    ("2026-04-30 11:00", 1, "2026-05-06 20:00", "ATTEND 一(一)"),
    ("2026-05-06 19:45", 0, "2026-05-06 20:00", "ATTEND 一(一)"),
    ("2026-05-08 11:00", 1, "2026-05-09 20:00", "ATTEND 一(一)"),
    ("2026-09-30 20:00:00", 0, "2026-09-30 20:00", "ATTEND 一(一)"),
    ("2026-09-30 20:00:01", 0, "2026-10-08 19:30", "ATTEND 一(一)"),
    ("2026-10-08 19:45", 0, "2026-10-09 19:30", "ATTEND 一(一)"),
    # year ends inside published years
    ("2025-12-31 11:00", 1, "2026-01-04 19:30", "ATTEND 一(一)"),
    ("2025-12-31 19:31", 1, "2026-01-05 19:30", "ATTEND 一(一)"),
    ("2026-01-01 11:00", 0, "2026-01-04 19:30", "ATTEND 一(一)"),
    ("2011-12-30 11:00", 1, "2011-12-31 19:30", "ATTEND 一(一)"),
    ("2011-12-31 11:00", 1, "2012-01-04 19:30", "ATTEND 一(一)"),
    ("2018-12-28 11:00", 2, "2019-01-02 19:30", "ATTEND 一(一)"),
]


@pytest.mark.parametrize(("accepted", "days", "due", "article"), DUE_DATES)
def test_a_promise_ends_at_close_of_business_of_its_last_working_day(
    accepted: str, days: int, due: str, article: str
) -> None:
    found = CALENDAR.due_at(at(accepted), days)
    assert found.at == at(due), article
    assert found.at.utcoffset() == timedelta(hours=8)
    assert found.day == at(due).date()
    assert not found.is_provisional
    assert CALENDAR.due_at(at(accepted).astimezone(UTC), days) == found


@pytest.mark.parametrize(
    ("accepted", "days", "due", "provisional", "article"),
    [
        ("2026-12-30 11:00", 1, "2026-12-31 19:30", False, "ATTEND 一(一)"),
        ("2026-12-31 11:00", 0, "2026-12-31 19:30", False, "ATTEND 一(一)"),
        ("2026-12-31 19:30:00", 0, "2026-12-31 19:30", False, "ATTEND 一(一)"),
        ("2026-12-31 19:30:01", 0, "2027-01-04 19:30", True, "ATTEND 一(一)"),
        ("2026-12-31 11:00", 1, "2027-01-04 19:30", True, "ATTEND 一(一)"),
        ("2027-01-01 11:00", 0, "2027-01-04 19:30", True, "ATTEND 一(一)"),
        ("2026-12-30 11:00", 20, "2027-01-28 19:30", True, "ATTEND 一(一)"),
    ],
)
def test_a_date_that_rests_on_an_unpublished_year_is_provisional(
    accepted: str, days: int, due: str, provisional: bool, article: str
) -> None:
    found = CALENDAR.due_at(at(accepted), days)
    assert (found.at, found.is_provisional) == (at(due), provisional), article


def test_publishing_the_year_settles_its_dates() -> None:
    before = CALENDAR.due_at(at("2026-12-31 11:00"), 1)
    settled = WorkCalendar(
        published_years=range(2008, 2028),
        entries=PUBLISHED
        | {
            date(2027, 1, 1): DayEntry(DayKind.STATUTORY_HOLIDAY, "元旦", notice_title(2027)),
            date(2027, 1, 3): DayEntry(DayKind.MAKEUP_WORKDAY, "与1月4日调休", notice_title(2027)),
            date(2027, 1, 4): DayEntry(DayKind.REST_DAY, "与1月3日调休", notice_title(2027)),
        },
        hours_on=hours_on,
    )
    after = settled.due_at(at("2026-12-31 11:00"), 1)
    assert (before.day, before.is_provisional) == (date(2027, 1, 4), True)
    assert (after.day, after.is_provisional) == (date(2027, 1, 3), False)


def test_a_gap_between_published_years_is_provisional_only_where_it_is_touched() -> None:
    gap = WorkCalendar(
        published_years=[2024, 2026],
        entries={d: e for d, e in PUBLISHED.items() if d.year in (2024, 2026)},
        hours_on=hours_on,
    )
    assert gap.add_working_days(date(2024, 12, 30), 1) == (date(2024, 12, 31), False)
    assert gap.add_working_days(date(2024, 12, 31), 1) == (date(2025, 1, 2), True)
    assert gap.add_working_days(date(2024, 12, 31), 270).is_provisional
    assert gap.add_working_days(date(2025, 12, 31), 1) == (date(2026, 1, 4), False)
    assert not gap.due_at(at("2026-01-01 11:00"), 1).is_provisional
    assert gap.due_at(at("2025-12-31 19:31"), 1).is_provisional  # was it a working day at all?


# Overrides: Xinjiang's Eid days and closures


def test_an_override_moves_the_due_date_and_says_by_whose_word() -> None:
    notice = "自治区人民政府办公厅关于2026年部分节假日安排的通知"
    eid = {
        date(2026, 5, 27): DayEntry(DayKind.REGIONAL_HOLIDAY, "古尔邦节", notice, True),
        date(2026, 5, 28): DayEntry(DayKind.REGIONAL_HOLIDAY, "古尔邦节", notice, True),
        date(2026, 5, 29): DayEntry(DayKind.CLOSURE, "", "中心通知", True),
    }
    overridden = published_calendar(eid)
    assert CALENDAR.due_at(at("2026-05-26 11:00"), 1).day == date(2026, 5, 27)
    assert overridden.due_at(at("2026-05-26 11:00"), 1).day == date(2026, 6, 1)
    fact = overridden.describe(date(2026, 5, 27))
    assert fact == (
        date(2026, 5, 27),
        DayKind.REGIONAL_HOLIDAY,
        "古尔邦节",
        notice,
        True,
        False,
        (),
    )
    assert overridden.describe(date(2026, 5, 29)).reason == "临时停止办公"


# Explanations


def test_an_explained_deadline_names_every_day_and_counts_to_the_due_day() -> None:
    lines = CALENDAR.explain(date(2026, 9, 30), 3)
    assert [(line.day.isoformat(), line.counted_as, line.reason) for line in lines] == [
        ("2026-09-30", None, "起算当日不计（周三）"),
        ("2026-10-01", None, "国庆节"),
        ("2026-10-02", None, "国庆节"),
        ("2026-10-03", None, "国庆节"),
        ("2026-10-04", None, "周日"),
        ("2026-10-05", None, "国庆节补休"),
        ("2026-10-06", None, "与9月20日调休"),
        ("2026-10-07", None, "与10月10日调休"),
        ("2026-10-08", 1, "周四"),
        ("2026-10-09", 2, "周五"),
        ("2026-10-10", 3, "与10月7日调休"),
    ]
    assert lines[0].source == "民法典 201"
    assert lines[-1].source == notice_title(2026)
    assert not any(line.is_provisional for line in lines)


def test_an_explanation_of_nothing_to_count_is_the_day_or_the_way_to_the_next_working_day() -> None:
    assert [line.counted_as for line in CALENDAR.explain(date(2026, 7, 8), 0)] == [None]
    weekend = CALENDAR.explain(date(2026, 7, 11), 0)
    assert [line.day.day for line in weekend] == [11, 12, 13]


@given(start=st.dates(FIRST_DAY, date(2030, 1, 1)), n=st.integers(0, 40))
@settings(max_examples=300, deadline=None)
def test_an_explanation_always_ends_on_the_due_day_with_the_full_count(start: date, n: int) -> None:
    lines = CALENDAR.explain(start, n)
    due = CALENDAR.add_working_days(start, n)
    assert lines[0].day == start
    assert lines[-1].day == due.day
    assert [line.counted_as for line in lines if line.counted_as] == list(range(1, n + 1))
    if n:
        assert due.is_provisional == any(line.is_provisional for line in lines[1:])


# Against a naive counter that looks at one day after the other


@dataclass(frozen=True)
class Naive:
    """Counts by hand from a set of days off, knowing nothing of the sums."""

    off: frozenset[date]

    def is_working(self, day: date) -> bool:
        return day not in self.off

    def add(self, day: date, n: int) -> date:
        while n > 0 or not self.is_working(day):
            day += timedelta(days=1)
            if n and self.is_working(day):
                n -= 1
        return day

    def between(self, start: datetime, end: datetime) -> timedelta:
        total = timedelta(0)
        day = start.date()
        while day <= end.date():
            if self.is_working(day):
                summer = (5, 1) <= (day.month, day.day) < (10, 1)
                afternoon = (time(16), time(20)) if summer else (time(15, 30), time(19, 30))
                for opens, closes in ((time(10), time(14)), afternoon):
                    begins = max(start, datetime.combine(day, opens, SHANGHAI))
                    ends = min(end, datetime.combine(day, closes, SHANGHAI))
                    total += max(timedelta(0), ends - begins)
            day += timedelta(days=1)
        return total


def _days_off() -> frozenset[date]:
    library = country_holidays("CN", years=range(2008, 2028))
    return frozenset(
        day
        for day in days_between(FIRST_DAY, LAST_PUBLISHED)
        if not (day in library.weekend_workdays if day.weekday() >= 5 else day not in library)
    )


NAIVE = Naive(_days_off())


DAYS = st.integers(FIRST_DAY.toordinal(), date(2026, 7, 1).toordinal()).map(date.fromordinal)


@given(start=DAYS, n=st.integers(0, 60))
@settings(max_examples=10_000, deadline=None)
def test_adding_working_days_agrees_with_counting_them_one_by_one(start: date, n: int) -> None:
    found = CALENDAR.add_working_days(start, n)
    assert found.day == NAIVE.add(start, n)
    assert not found.is_provisional
    if n:
        assert CALENDAR.count_working_days(start, found.day) == n
        assert CALENDAR.count_working_days(found.day, start) == -n


START = at("2008-01-01 00:00")
INSTANTS = st.integers(0, int((at("2026-11-01 00:00") - START) / timedelta(milliseconds=1))).map(
    lambda milliseconds: START + timedelta(milliseconds=milliseconds)
)


@given(
    start=INSTANTS,
    length=st.integers(0, 14 * 86_400).map(lambda seconds: timedelta(seconds=seconds)),
    at_minute=st.booleans(),
)
@settings(max_examples=10_000, deadline=None)
def test_working_minutes_agree_with_adding_up_the_shifts_day_by_day(
    start: datetime, length: timedelta, at_minute: bool
) -> None:
    end = start + length
    if at_minute:
        start, end = start.replace(second=0, microsecond=0), end.replace(second=0, microsecond=0)
    minutes = NAIVE.between(start, end) // timedelta(minutes=1)
    assert CALENDAR.working_minutes_between(start, end) == minutes
    assert CALENDAR.working_minutes_between(end, start) == -minutes
    assert CALENDAR.working_minutes_between(start.astimezone(UTC), end) == minutes


@given(start=INSTANTS, minutes=st.integers(1, 20_000))
@settings(max_examples=1_000, deadline=None)
def test_adding_working_minutes_gives_the_first_instant_by_which_they_have_passed(
    start: datetime, minutes: int
) -> None:
    end = CALENDAR.add_working_minutes(start, minutes)
    assert CALENDAR.working_minutes_between(start, end) == minutes
    just_before = end - timedelta(microseconds=1)
    assert CALENDAR.working_minutes_between(start, just_before) == minutes - 1


@given(instant=INSTANTS)
@settings(max_examples=1_000, deadline=None)
def test_the_next_opening_is_the_first_instant_at_which_the_hall_is_open(
    instant: datetime,
) -> None:
    opening = CALENDAR.next_opening(instant)
    assert CALENDAR.is_open(opening)
    assert opening >= instant
    if opening > instant:
        assert not CALENDAR.is_open(instant)
        assert CALENDAR.working_minutes_between(instant, opening) == 0
        assert not CALENDAR.is_open(opening - timedelta(microseconds=1))


@given(instant=INSTANTS)
@settings(max_examples=1_000, deadline=None)
def test_an_intake_counts_for_its_day_up_to_close_of_business_or_for_the_next_working_day(
    instant: datetime,
) -> None:
    day = instant.date()
    closes = time(20) if (5, 1) <= (day.month, day.day) < (10, 1) else time(19, 30)
    in_time = NAIVE.is_working(day) and instant.time() <= closes
    assert CALENDAR.acceptance_day(instant) == (day if in_time else NAIVE.add(day, 1))


OVERRIDES = st.dictionaries(
    st.dates(date(2026, 1, 1), date(2026, 3, 31)),
    st.sampled_from([DayKind.CLOSURE, DayKind.WORKDAY, DayKind.REGIONAL_HOLIDAY]),
    max_size=40,
)


@given(
    kinds=OVERRIDES,
    starts=st.lists(st.dates(date(2025, 12, 1), date(2026, 3, 31)), min_size=5, max_size=20),
    n=st.integers(0, 30),
)
@settings(max_examples=25, deadline=None)
def test_overrides_of_any_kind_leave_sums_and_counting_in_agreement(
    kinds: dict[date, DayKind], starts: list[date], n: int
) -> None:
    overridden = published_calendar(
        {d: DayEntry(kind, "", "测试", True) for d, kind in kinds.items()}
    )
    opened = {day for day, kind in kinds.items() if kind.is_working}
    naive = Naive((NAIVE.off | kinds.keys()) - opened)
    for start in starts:
        assert overridden.add_working_days(start, n).day == naive.add(start, n)


# Instants and edges


@pytest.mark.parametrize(
    ("start", "end", "minutes", "article"),
    [
        ("2026-07-08 10:00", "2026-07-08 14:00", 240, "ATTEND 一(一)"),
        ("2026-07-08 14:00", "2026-07-08 16:00", 0, "ATTEND 一(一)"),
        ("2026-07-08 10:00", "2026-07-08 20:00", 480, "ATTEND 一(一)"),
        ("2026-07-08 00:00", "2026-07-09 00:00", 480, "ATTEND 一(一)"),
        ("2026-01-14 14:30", "2026-01-14 16:00", 30, "ATTEND 一(一)"),
        ("2026-07-08 14:30", "2026-07-08 16:30", 30, "ATTEND 一(一)"),
        ("2026-07-08 10:00:00", "2026-07-08 10:00:59", 0, "ATTEND 一(一)"),
        ("2026-07-08 10:00:59", "2026-07-08 10:02:00", 1, "ATTEND 一(一)"),
        ("2026-07-10 19:00", "2026-07-13 11:00", 120, "ATTEND 一(一)"),
        ("2026-09-30 19:00", "2026-10-08 10:30", 90, "ATTEND 一(一)"),
        ("2026-10-09 19:30", "2026-10-12 10:00", 480, "ATTEND 一(一)"),
        ("2026-04-30 19:00", "2026-05-06 10:00", 30, "ATTEND 一(一)"),
    ],
)
def test_working_minutes_are_those_of_the_shifts(
    start: str, end: str, minutes: int, article: str
) -> None:
    assert CALENDAR.working_minutes_between(at(start), at(end)) == minutes, article
    assert CALENDAR.working_minutes_between(at(end), at(start)) == -minutes, article


@pytest.mark.parametrize(
    ("start", "minutes", "end"),
    [
        ("2026-07-08 11:00", 0, "2026-07-08 11:00"),
        ("2026-07-11 11:00", 0, "2026-07-11 11:00"),
        ("2026-07-08 13:00", 60, "2026-07-08 14:00"),
        ("2026-07-08 13:00", 61, "2026-07-08 16:01"),
        ("2026-07-08 10:00", 480, "2026-07-08 20:00"),
        ("2026-07-08 20:00", 480, "2026-07-09 20:00"),
        ("2026-07-10 19:00", 61, "2026-07-13 10:01"),
        ("2026-09-30 19:00", 300, "2026-10-08 14:00"),
    ],
)
def test_added_working_minutes_end_with_their_shift(start: str, minutes: int, end: str) -> None:
    found = CALENDAR.add_working_minutes(at(start), minutes)
    assert found == at(end)
    assert found.utcoffset() == timedelta(hours=8)


@pytest.mark.parametrize(
    ("instant", "opening"),
    [
        ("2026-07-08 09:59", "2026-07-08 10:00"),
        ("2026-07-08 10:00", "2026-07-08 10:00"),
        ("2026-07-08 13:59", "2026-07-08 13:59"),
        ("2026-07-08 14:00", "2026-07-08 16:00"),
        ("2026-01-14 14:00", "2026-01-14 15:30"),
        ("2026-07-08 20:00", "2026-07-09 10:00"),
        ("2026-07-10 20:00", "2026-07-13 10:00"),
        ("2026-09-30 20:00", "2026-10-08 10:00"),
    ],
)
def test_the_hall_opens_next_at_the_start_of_a_shift(instant: str, opening: str) -> None:
    assert CALENDAR.next_opening(at(instant)) == at(opening)


@pytest.mark.parametrize(
    ("instant", "is_open"),
    [
        ("2026-07-08 09:59:59", False),
        ("2026-07-08 10:00:00", True),
        ("2026-07-08 13:59:59", True),
        ("2026-07-08 14:00:00", False),
        ("2026-07-08 15:59:59", False),
        ("2026-07-08 16:00:00", True),
        ("2026-07-08 20:00:00", False),
        ("2026-07-11 11:00:00", False),
        ("2026-10-10 11:00:00", True),
        ("2026-01-14 15:30:00", True),
    ],
)
def test_the_hall_is_open_from_opening_up_to_its_close(instant: str, is_open: bool) -> None:
    assert CALENDAR.is_open(at(instant)) is is_open
    assert CALENDAR.is_open(at(instant).astimezone(UTC)) is is_open


def test_a_day_off_still_has_a_close_of_business_by_its_season() -> None:
    assert CALENDAR.close_of_business(date(2026, 5, 1)) == at("2026-05-01 20:00")
    assert CALENDAR.close_of_business(date(2026, 4, 30)) == at("2026-04-30 19:30")
    assert CALENDAR.close_of_business(date(2026, 10, 1)) == at("2026-10-01 19:30")


def test_hours_of_a_later_edition_apply_from_its_day_on() -> None:
    short = OfficeHours((Shift(time(9), time(13)),))
    changed = WorkCalendar(
        published_years=range(2008, 2027),
        entries=PUBLISHED,
        hours_on=lambda day: short if day >= date(2026, 7, 1) else hours_on(day),
    )
    assert changed.due_at(at("2026-06-30 11:00"), 0).at == at("2026-06-30 20:00")
    assert changed.due_at(at("2026-06-30 11:00"), 1).at == at("2026-07-01 13:00")
    assert changed.working_minutes_between(at("2026-06-30 16:00"), at("2026-07-02 00:00")) == 480


def test_a_question_beyond_the_calendar_is_a_named_error() -> None:
    first, last = CALENDAR.first_day, CALENDAR.last_day
    one = timedelta(days=1)
    assert not CALENDAR.is_working_day(first)
    CALENDAR.is_working_day(last)
    for day in (first - one, last + one, date.min, date.max):
        with pytest.raises(BeyondCalendar):
            CALENDAR.is_working_day(day)
        with pytest.raises(BeyondCalendar):
            CALENDAR.describe(day)
    with pytest.raises(BeyondCalendar, match="2031-12-31"):
        CALENDAR.add_working_days(last, 1)
    with pytest.raises(BeyondCalendar):
        CALENDAR.due_at(at("2007-12-31 23:59:59"), 1)
    with pytest.raises(BeyondCalendar):
        CALENDAR.acceptance_day(at("2032-01-01 00:00"))
    with pytest.raises(BeyondCalendar):
        CALENDAR.add_working_minutes(at("2031-12-31 10:00"), 10_000)
    with pytest.raises(BeyondCalendar):
        CALENDAR.next_opening(at("2031-12-31 23:00"))


def test_negative_counts_and_naive_instants_are_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        CALENDAR.add_working_days(date(2026, 7, 8), -1)
    with pytest.raises(ValueError, match="negative"):
        CALENDAR.add_working_minutes(at("2026-07-08 11:00"), -1)
    with pytest.raises(TypeError):
        CALENDAR.acceptance_day(datetime(2026, 7, 8, 11))  # noqa: DTZ001 - naive on purpose


@pytest.mark.parametrize(
    "shifts",
    [
        (),
        (Shift(time(14), time(10)),),
        (Shift(time(10), time(10)),),
        (Shift(time(10), time(14)), Shift(time(13), time(18))),
        (Shift(time(16), time(20)), Shift(time(10), time(14))),
    ],
)
def test_office_hours_out_of_order_are_refused(shifts: tuple[Shift, ...]) -> None:
    with pytest.raises(ValueError, match="先后有序"):
        OfficeHours(shifts)


def test_deadline_arithmetic_is_a_look_up_and_no_walk() -> None:
    """A far date may cost no more than a near one; the figures themselves are in the README."""
    start, near, far = at("2009-01-05 11:00"), at("2009-01-06 11:00"), at("2026-07-08 11:00")

    def fastest(end: datetime, n: int) -> float:
        def ask() -> None:
            CALENDAR.due_at(start, n)
            CALENDAR.working_minutes_between(start, end)

        return min(repeat(ask, number=200, repeat=20))

    assert fastest(far, 4000) < 5 * fastest(near, 1)
