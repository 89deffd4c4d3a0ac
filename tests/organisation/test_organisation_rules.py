"""Tables of spans, and the gap finder against a day-by-day count."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yimen.domains.organisation.rules import ONE_DAY, Span, earliest_end, first_uncovered_day

FIRST = date(2026, 3, 1)


def march(first: int, last: int | None) -> Span:
    return Span(date(2026, 3, first), None if last is None else date(2026, 3, last))


@pytest.mark.parametrize(
    ("one", "other", "common"),
    [
        (march(1, 10), march(10, 20), march(10, 10)),
        (march(1, 9), march(10, 20), None),
        (march(1, None), march(10, 20), march(10, 20)),
        (march(5, None), march(3, None), march(5, None)),
        (march(21, None), march(10, 20), None),
        (march(12, 14), march(10, 20), march(12, 14)),
    ],
)
def test_spans_share_their_common_days(one: Span, other: Span, common: Span | None) -> None:
    assert one.part_in(other) == other.part_in(one) == common
    assert one.overlaps(other) is other.overlaps(one) is (common is not None)


@pytest.mark.parametrize(
    ("needed", "spans", "empty_from"),
    [
        (march(5, 10), [], 5),
        (march(5, 10), [march(1, 10)], None),
        (march(5, 10), [march(1, 9)], 10),
        (march(5, 10), [march(6, 20)], 5),
        (march(5, 10), [march(1, 6), march(7, 8), march(9, 12)], None),
        (march(5, 10), [march(1, 6), march(8, 12)], 7),
        (march(5, None), [march(1, 30)], 31),
        (march(5, None), [march(1, 20), march(21, None)], None),
    ],
)
def test_the_first_day_without_anybody_is_found(
    needed: Span, spans: list[Span], empty_from: int | None
) -> None:
    expected = None if empty_from is None else date(2026, 3, empty_from)
    assert first_uncovered_day(needed, spans) == expected


def test_an_end_that_is_not_fixed_never_comes_first() -> None:
    assert earliest_end(None, date(2026, 3, 9), date(2026, 3, 4)) == date(2026, 3, 4)
    assert earliest_end(None, None) is None


def days_after(first: date, most: int) -> st.SearchStrategy[date]:
    return st.integers(0, most).map(lambda count: first + timedelta(days=count))


@st.composite
def spans(draw: st.DrawFn) -> Span:
    starts_on = draw(days_after(FIRST, 40))
    return Span(starts_on, draw(st.none() | days_after(starts_on, 20)))


@given(spans(), st.lists(spans(), max_size=6))
def test_the_gap_finder_agrees_with_counting_days(needed: Span, serving: list[Span]) -> None:
    horizon = needed.ends_on or FIRST + timedelta(days=200)
    day, found = needed.starts_on, None
    while day <= horizon and found is None:
        if not any(span.covers(day) for span in serving):
            found = day
        day += ONE_DAY
    assert first_uncovered_day(needed, serving) == found
