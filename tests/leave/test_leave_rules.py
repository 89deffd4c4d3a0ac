"""Half-days of leave as tables of values: what counts, who decides, who stands in, who is back."""

from datetime import date, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yimen.core.clock import HALL_ZONE
from yimen.domains.calendars.enums import DayKind
from yimen.domains.calendars.rules import OfficeHours, Shift, WorkCalendar
from yimen.domains.calendars.rules_notices import DayEntry
from yimen.domains.leave.enums import (
    ACTION_STATES,
    EXTENDING,
    GRANTED,
    LEAVE_MOVES,
    STANDING,
    Half,
    LeaveAction,
    LeaveState,
)
from yimen.domains.leave.models import STANDING_STATES
from yimen.domains.leave.rules import (
    HalfDay,
    HalfDays,
    Service,
    back_at,
    counted_half_days,
    explain_half_days,
    half_day_at,
    half_day_of,
    in_days,
    is_alone,
    needs_agreement,
    overstayed,
    substitute_demand,
    windows_left_empty,
)
from yimen.domains.organisation.rules import Span
from yimen.domains.rulebook.service import RulebookService

RULEBOOK = RulebookService()
EDITION = RULEBOOK.edition_on(date(2026, 3, 10))
AM, PM = Half.MORNING, Half.AFTERNOON
NOTICE = "国务院办公厅关于2026年部分节假日安排的通知"


def entry(kind: DayKind, note: str) -> DayEntry:
    return DayEntry(kind=kind, note=note, source=NOTICE, is_override=False)


NATIONAL_DAY = {
    date(2026, 10, day): entry(DayKind.STATUTORY_HOLIDAY, "国庆节") for day in (1, 2, 3)
} | {date(2026, 10, day): entry(DayKind.REST_DAY, "国庆节放假") for day in (5, 6, 7)}
MAKEUP = {date(2026, 10, 10): entry(DayKind.MAKEUP_WORKDAY, "与10月7日调休")}


@pytest.fixture(scope="module")
def calendar() -> WorkCalendar:
    def hours_on(day: date) -> OfficeHours:
        shifts = RULEBOOK.edition_on(day).shifts_on(day)
        return OfficeHours(tuple(Shift(opens, closes) for opens, closes in shifts))

    return WorkCalendar(
        published_years=[2026], entries=NATIONAL_DAY | MAKEUP, hours_on=hours_on, this_year=2026
    )


def span(first: str, first_half: Half, last: str, last_half: Half) -> HalfDays:
    return HalfDays(
        HalfDay(date.fromisoformat(first), first_half), HalfDay(date.fromisoformat(last), last_half)
    )


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=HALL_ZONE)


@pytest.mark.parametrize(
    ("asked", "counted"),
    [
        (span("2026-03-10", AM, "2026-03-10", AM), 1),
        (span("2026-03-10", AM, "2026-03-10", PM), 2),
        (span("2026-03-10", PM, "2026-03-11", PM), 3),
        (span("2026-03-10", AM, "2026-03-11", PM), 4),
        (span("2026-03-13", AM, "2026-03-16", PM), 4),  # over a weekend
        (span("2026-03-14", AM, "2026-03-15", PM), 0),  # a weekend alone
        (span("2026-09-30", PM, "2026-10-08", AM), 2),  # over National Day
        (span("2026-10-01", AM, "2026-10-07", PM), 0),
        (span("2026-10-09", AM, "2026-10-12", PM), 6),  # a make-up Saturday inside
        (span("2026-10-10", AM, "2026-10-10", PM), 2),
    ],
)
def test_only_half_days_on_which_the_hall_works_count(
    calendar: WorkCalendar, asked: HalfDays, counted: int
) -> None:
    lines = explain_half_days(asked, calendar)
    assert len(counted_half_days(asked, calendar)) == counted
    assert [line.half_day for line in lines if line.counts] == counted_half_days(asked, calendar)
    assert len(lines) == len(list(asked.each()))


@pytest.mark.parametrize(
    ("day", "counts", "source"),
    [
        ("2026-10-01", False, "ATTEND 五(一)"),
        ("2026-10-05", False, NOTICE),
        ("2026-10-10", True, NOTICE),
        ("2026-10-11", False, "ATTEND 一(一)"),
        ("2026-10-12", True, "ATTEND 一(一)"),
    ],
)
def test_each_half_day_says_why_it_counts(
    calendar: WorkCalendar, *, day: str, counts: bool, source: str
) -> None:
    [line, _] = explain_half_days(span(day, AM, day, PM), calendar)
    assert (line.counts, line.source) == (counts, source)
    assert line.reason


@pytest.mark.parametrize(
    ("half_days", "days", "agreement"),
    [(1, "0.5", False), (2, "1", False), (3, "1.5", True), (4, "2", True), (5, "2.5", True)],
)
def test_more_than_one_day_needs_the_department(
    *, half_days: int, days: str, agreement: bool
) -> None:
    assert in_days(half_days) == days
    assert needs_agreement(half_days, EDITION) is agreement


@pytest.mark.parametrize(
    ("half_days", "alone", "demanded"),
    [
        (1, True, False),
        (2, True, True),
        (3, True, True),
        (2, False, False),
        (3, False, False),
        (4, False, True),
        (4, True, True),
    ],
)
def test_two_days_or_one_from_a_lonely_window_need_a_substitute(
    *, half_days: int, alone: bool, demanded: bool
) -> None:
    demand = substitute_demand(half_days, is_alone=alone, edition=EDITION)
    assert (demand is not None) is demanded
    if demand is not None:
        assert demand.article == "ATTEND 二(三)"
        assert ("只有一名" in demand.reason) is (half_days < 4)


A, B, C = (UUID(int=number) for number in (1, 2, 3))
W, V = UUID(int=11), UUID(int=12)
ALWAYS = Span(date(2020, 1, 1), None)


def serve(
    person: UUID, window: UUID = W, span: Span = ALWAYS, *, stands_in: bool = False
) -> Service:
    return Service(person, window, "07" if window == W else "08", span, stands_in)


DAY = date(2026, 3, 10)


@pytest.mark.parametrize(
    ("services", "alone"),
    [
        ([serve(A)], True),
        ([serve(A), serve(B)], False),
        ([serve(A), serve(B, V)], True),
        ([serve(A), serve(B, span=Span(date(2020, 1, 1), date(2026, 3, 9)))], True),
        ([serve(A), serve(B, stands_in=True)], True),
        ([serve(B)], False),
        ([serve(A, span=Span(date(2026, 3, 11), None))], False),
        ([], False),
    ],
)
def test_who_is_alone_at_a_window(*, services: list[Service], alone: bool) -> None:
    assert is_alone(A, [DAY], services) is alone


def test_one_lonely_day_is_enough() -> None:
    services = [serve(A), serve(B, span=Span(date(2020, 1, 1), DAY))]
    assert not is_alone(A, [DAY], services)
    assert is_alone(A, [DAY, date(2026, 3, 11)], services)


def test_a_window_is_empty_when_all_who_serve_there_are_away() -> None:
    half_days = list(span("2026-03-10", AM, "2026-03-10", PM).each())
    all_day, afternoon = HalfDays(half_days[0], half_days[1]), HalfDays(half_days[1], half_days[1])
    pair = [serve(A), serve(B)]
    alone = windows_left_empty(half_days, [serve(A)], {A: [all_day]}, because_of=[A])
    assert [(e.window_number, e.half) for e in alone] == [("07", AM), ("07", PM)]
    assert windows_left_empty(half_days, pair, {A: [all_day]}, because_of=[A]) == []
    both = windows_left_empty(half_days, pair, {A: [all_day], B: [afternoon]}, because_of=[A])
    assert [e.half for e in both] == [PM]
    others = windows_left_empty(
        half_days, [serve(A), serve(C, V)], {A: [all_day], C: [all_day]}, because_of=[A]
    )
    assert {e.window_id for e in others} == {W}


@pytest.mark.parametrize(
    ("now", "under_way"),
    [
        ("2026-03-10 08:00", ("2026-03-10", AM)),
        ("2026-03-10 10:00", ("2026-03-10", AM)),
        ("2026-03-10 13:59", ("2026-03-10", AM)),
        ("2026-03-10 14:00", ("2026-03-10", PM)),
        ("2026-03-10 19:29", ("2026-03-10", PM)),
        ("2026-03-10 19:30", ("2026-03-11", AM)),
        ("2026-03-13 21:00", ("2026-03-16", AM)),
        ("2026-03-14 12:00", ("2026-03-16", AM)),
        ("2026-05-04 19:59", ("2026-05-04", PM)),  # summer closes later
    ],
)
def test_the_half_day_under_way_or_next(
    calendar: WorkCalendar, now: str, under_way: tuple[str, Half]
) -> None:
    found = half_day_of(at(now), calendar)
    assert (found.day.isoformat(), found.half) == under_way


@pytest.mark.parametrize(
    ("now", "back", "missed"),
    [
        # leave of Tuesday and Wednesday
        ("2026-03-11 09:50", ("2026-03-11", AM), 0),  # early, before the morning
        ("2026-03-11 10:00", ("2026-03-11", AM), 0),
        ("2026-03-11 10:01", ("2026-03-11", PM), 0),  # a begun morning stays leave
        ("2026-03-11 16:00", ("2026-03-12", AM), 0),
        ("2026-03-12 09:55", ("2026-03-12", AM), 0),
        ("2026-03-12 11:00", ("2026-03-12", AM), 0),  # late, but not overstaying
        ("2026-03-12 15:00", ("2026-03-12", PM), 1),
        ("2026-03-16 12:00", ("2026-03-16", AM), 4),  # the weekend does not count
    ],
)
def test_when_someone_is_back_and_what_was_overstayed(
    calendar: WorkCalendar, now: str, back: tuple[str, Half], missed: int
) -> None:
    last = HalfDay(date(2026, 3, 11), PM)
    found = back_at(at(now), last, calendar)
    assert (found.day.isoformat(), found.half) == back
    assert len(overstayed(last, found, calendar)) == missed


@given(st.integers(min_value=700_000 * 2, max_value=760_000 * 2))
def test_a_slot_is_a_half_day(slot: int) -> None:
    half_day = half_day_at(slot)
    assert half_day.slot == slot
    assert half_day_at(slot + 1).slot - half_day.slot == 1


def test_every_state_is_reached_and_every_action_has_a_state() -> None:
    assert LEAVE_MOVES.keys() == set(LeaveState)
    beginnings = {LeaveState.AWAITING_AGREEMENT, LeaveState.AWAITING_APPROVAL}
    reached = beginnings.union(*LEAVE_MOVES.values())
    assert reached == set(LeaveState)
    for action in LeaveAction:
        assert ACTION_STATES[action], action
    ends = {state for state, moves in LEAVE_MOVES.items() if not moves}
    assert ends == {LeaveState.REFUSED, LeaveState.CANCELLED, LeaveState.DECEITFUL}
    assert all(not (states & ends) for states in ACTION_STATES.values())
    assert EXTENDING < GRANTED < STANDING


def test_the_constraint_knows_the_same_standing_states() -> None:
    assert {state.value for state in STANDING} == set(
        STANDING_STATES.removeprefix("state IN (").removesuffix(")").replace("'", "").split(", ")
    )
