"""Slots, places, moves and hindrances as tables of values (APPOINT 三, 四)."""

from datetime import date, timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.appointments_factories import hall_time
from tests.bench.arithmetic import hall_calendar

from yimen.domains.appointments.enums import (
    ACTION_STATES,
    APPOINTMENT_MOVES,
    AWAITED,
    HOLDS_PLACE,
    AppointmentAction,
    AppointmentEventKind,
    AppointmentKind,
    AppointmentState,
    Channel,
    Hindrance,
)
from yimen.domains.appointments.models import HOLDING_STATES
from yimen.domains.appointments.rules import (
    Kept,
    Occupancy,
    Service,
    Slot,
    Taken,
    away,
    check_in_time,
    hindrances,
    is_reminder_due,
    last_bookable_day,
    slots_of,
)
from yimen.domains.leave.enums import CoverKind
from yimen.domains.leave.rules import Cover
from yimen.domains.organisation.rules import Span
from yimen.domains.rulebook.service import RulebookService

CALENDAR = hall_calendar()
EDITION = RulebookService().editions()[0]
WINDOW, OTHER, ITEM, OTHER_ITEM = (UUID(int=n) for n in range(1, 5))
ANN, BOB, CAT = (UUID(int=n) for n in range(11, 14))
SLOT = Slot(hall_time("2026-03-11 10:30"), hall_time("2026-03-11 11:00"))


@pytest.mark.parametrize(
    ("day", "count", "first", "last"),
    [
        ("2026-03-11", 16, "10:00", "19:00"),  # winter: 10–14 and 15:30–19:30
        ("2026-05-06", 16, "10:00", "19:30"),  # summer: 10–14 and 16–20
        ("2026-09-30", 16, "10:00", "19:30"),  # the last day of summer hours
        ("2026-10-08", 16, "10:00", "19:00"),  # the first working day of winter hours
        ("2026-03-14", 0, "", ""),  # a Saturday
        ("2026-10-01", 0, "", ""),  # National Day
        ("2026-02-14", 16, "10:00", "19:00"),  # a Saturday made up for the Spring Festival
    ],
)
def test_a_day_has_the_slots_of_its_office_hours(
    day: str, count: int, first: str, last: str
) -> None:
    slots = slots_of(date.fromisoformat(day), CALENDAR, EDITION)
    assert len(slots) == count
    if slots:
        assert (f"{slots[0].starts_at:%H:%M}", f"{slots[-1].starts_at:%H:%M}") == (first, last)


@given(day=st.dates(date(2026, 1, 1), date(2026, 12, 31)))
def test_slots_follow_one_another_within_open_hours(day: date) -> None:
    slots = slots_of(day, CALENDAR, EDITION)
    assert bool(slots) is CALENDAR.is_working_day(day)
    for slot in slots:
        assert CALENDAR.working_minutes_between(*slot) == 30
    for one, following in pairwise(slots):
        assert not one.overlaps(*following)


@pytest.mark.parametrize(
    ("today", "last"),
    [
        ("2026-03-10", "2026-03-24"),
        ("2026-03-13", "2026-03-27"),  # a Friday
        ("2026-03-14", "2026-03-27"),  # the Saturday after it
        ("2026-09-30", "2026-10-20"),  # over the National Day week; Saturday the 10th is worked
    ],
)
def test_one_books_up_to_ten_working_days_ahead(today: str, last: str) -> None:
    found = last_bookable_day(date.fromisoformat(today), CALENDAR, EDITION)
    assert found.isoformat() == last


def occupancy(
    *,
    gone: dict[UUID, list[Slot]] | None = None,
    limits: dict[tuple[UUID, UUID | None], int] | None = None,
    taken: list[Taken] | None = None,
) -> Occupancy:
    """Ann and Bob serve at the window, Bob only until the day itself; Cat next door."""
    day = date(2026, 3, 11)
    return Occupancy(
        services=[
            Service(ANN, WINDOW, Span(date(2026, 1, 1), None)),
            Service(BOB, WINDOW, Span(date(2026, 1, 1), day)),
            Service(CAT, OTHER, Span(date(2026, 1, 1), None)),
        ],
        gone=gone or {},
        limits=limits or {},
        taken=taken or [],
        edition_on=RulebookService().edition_on,
    )


def a_slot(starts: str) -> Slot:
    starts_at = hall_time(starts)
    return Slot(starts_at, starts_at + timedelta(minutes=30))


@pytest.mark.parametrize(
    ("slot", "gone", "limit", "places"),
    [
        ("2026-03-11 10:30", {}, None, 2),
        ("2026-03-12 10:30", {}, None, 1),  # Bob served for the last time the day before
        ("2026-03-11 10:30", {ANN: "2026-03-11 10:30"}, None, 1),
        ("2026-03-11 10:30", {ANN: "2026-03-11 10:00"}, None, 2),  # back when it starts
        ("2026-03-11 10:30", {ANN: "2026-03-11 11:00"}, None, 2),  # leaves when it ends
        ("2026-03-11 10:30", {ANN: "2026-03-11 10:01"}, None, 1),  # a minute of it
        ("2026-03-11 10:30", {ANN: "2026-03-11 10:30", BOB: "2026-03-11 10:30"}, None, 0),
        ("2026-03-11 10:30", {}, 10, 10),
        ("2026-03-11 10:30", {ANN: "2026-03-11 10:30"}, 10, 10),  # the office has said so
        ("2026-03-11 10:30", {ANN: "2026-03-11 10:30", BOB: "2026-03-11 10:30"}, 10, 0),
        ("2026-03-11 10:30", {}, 0, 0),
    ],
)
def test_places_follow_the_staff_present_or_what_the_office_set(
    slot: str, gone: dict[UUID, str], limit: int | None, places: int
) -> None:
    known = occupancy(
        gone={who: [a_slot(when)] for who, when in gone.items()},
        limits={} if limit is None else {(WINDOW, None): limit},
    )
    assert known.places(WINDOW, a_slot(slot)) == places


def taken(bookings: int, item: UUID = ITEM, starts: str = "2026-03-11 10:30") -> Taken:
    return Taken(WINDOW, item, *a_slot(starts), bookings)


@pytest.mark.parametrize(
    ("found", "item_limit", "free"),
    [
        ([], None, 5),
        ([taken(2), taken(1, OTHER_ITEM)], None, 2),
        ([taken(5)], None, 0),
        ([taken(7)], None, 0),  # booked before the office lowered it
        ([taken(3, starts="2026-03-11 11:00")], None, 5),  # the slot after
        ([taken(1, starts="2026-03-11 10:15")], None, 4),  # of a time with other slots
        ([taken(1)], 2, 1),
        ([taken(2)], 2, 0),
        ([taken(4, OTHER_ITEM)], 2, 1),  # the window has no more than that
    ],
)
def test_free_is_what_neither_window_nor_item_has_given(
    found: list[Taken], item_limit: int | None, free: int
) -> None:
    limits: dict[tuple[UUID, UUID | None], int] = {(WINDOW, None): 5}
    if item_limit is not None:
        limits[(WINDOW, ITEM)] = item_limit
    assert occupancy(limits=limits, taken=found).free(WINDOW, SLOT, ITEM) == free


def test_overtime_keeps_nobody_away() -> None:
    covers = [
        Cover(ANN, kind, *SLOT, half_days=None, leave_kind=None, source_id=ITEM)
        for kind in CoverKind
    ]
    assert len(away(covers)[ANN]) == len(CoverKind) - 1
    assert away([cover for cover in covers if cover.kind is CoverKind.OVERTIME]) == {}


def test_one_checks_in_from_an_hour_before_to_a_quarter_after() -> None:
    time = check_in_time(*SLOT, EDITION)
    assert time.opens_at == hall_time("2026-03-11 09:30")
    assert time.closes_at == hall_time("2026-03-11 11:15")


@pytest.mark.parametrize(
    ("told", "now", "is_due"),
    [
        ("2026-03-10 10:00", "2026-03-10 13:59", False),
        ("2026-03-10 10:00", "2026-03-10 15:30", True),  # 240 minutes at the break, told after it
        ("2026-03-10 10:00", "2026-03-10 14:30", False),  # the hall is closed
        ("2026-03-13 19:00", "2026-03-16 13:29", False),  # over a weekend: 30 + 209
        ("2026-03-13 19:00", "2026-03-16 13:30", True),  # 30 + 210
    ],
)
def test_a_colleague_is_reminded_after_four_hours_of_office_hours(
    told: str, now: str, is_due: bool
) -> None:
    assert is_reminder_due(hall_time(told), hall_time(now), CALENDAR, EDITION) is is_due


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({}, []),
        ({"is_window_open": False}, [Hindrance.WINDOW_CLOSED]),
        ({"slots": []}, [Hindrance.HALL_CLOSED]),
        ({"present": []}, [Hindrance.NOBODY_THERE]),
        ({"ahead": 1}, []),
        ({"ahead": 2}, [Hindrance.TOO_FEW_THERE]),
        ({"is_window_open": False, "slots": []}, [Hindrance.WINDOW_CLOSED, Hindrance.HALL_CLOSED]),
        ({"is_window_open": False, "present": []}, [Hindrance.WINDOW_CLOSED]),
        ({"gone": {ANN: [SLOT]}}, [Hindrance.STAFF_AWAY]),
        ({"gone": {BOB: [SLOT]}}, []),  # nobody waits for Bob
    ],
)
def test_an_appointment_is_hindered_by_what_makes_it_impossible(
    facts: dict[str, object], why: list[Hindrance]
) -> None:
    known = {
        "slots": [SLOT], "is_window_open": True, "present": [ANN, BOB], "places": 2, "ahead": 0,
        "gone": {},
    } | facts  # fmt: skip
    kept = Kept(AppointmentKind.ORDINARY, SLOT, frozenset({ANN}))
    assert hindrances(kept, **known) == why  # type: ignore[arg-type]
    special = Kept(AppointmentKind.SPECIAL, SLOT, frozenset({ANN}))
    of_any_time = {Hindrance.WINDOW_CLOSED, Hindrance.STAFF_AWAY}
    assert hindrances(special, **known) == [one for one in why if one in of_any_time]  # type: ignore[arg-type]


# Closed sets


def test_every_state_is_reached_and_what_is_over_stays_over() -> None:
    reached = set().union(*APPOINTMENT_MOVES.values())
    assert set(AppointmentState) - reached == {AppointmentState.REQUESTED}
    assert APPOINTMENT_MOVES.keys() == set(AppointmentState)
    over = {state for state, moves in APPOINTMENT_MOVES.items() if not moves}
    assert over == set(AppointmentState) - AWAITED - {AppointmentState.CHECKED_IN}


def test_the_database_holds_the_places_of_the_same_states() -> None:
    named = [repr(state.value) for state in AppointmentState if state in HOLDS_PLACE]
    assert f"state IN ({', '.join(named)})" == HOLDING_STATES


def test_every_action_leads_from_a_state_that_can_still_move() -> None:
    assert ACTION_STATES.keys() == set(AppointmentAction)
    for states in ACTION_STATES.values():
        assert all(APPOINTMENT_MOVES[state] for state in states)


@pytest.mark.parametrize(
    "closed", [AppointmentState, AppointmentKind, Channel, AppointmentAction,
               AppointmentEventKind, Hindrance],
)  # fmt: skip
def test_every_member_has_a_label_of_its_own(closed: type[AppointmentState]) -> None:
    labels = [member.label for member in closed]
    assert len(set(labels)) == len(labels)
