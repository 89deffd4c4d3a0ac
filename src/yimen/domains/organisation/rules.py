"""Dated spans: whom they cover, where they collide, where they leave a gap. End days count."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import NamedTuple

ONE_DAY = timedelta(days=1)


class Span(NamedTuple):
    """From a first to a last day, both included; without a last day, until further notice."""

    starts_on: date
    ends_on: date | None

    def covers(self, day: date) -> bool:
        return self.starts_on <= day and (self.ends_on is None or day <= self.ends_on)

    def overlaps(self, other: "Span") -> bool:
        return (other.ends_on is None or self.starts_on <= other.ends_on) and (
            self.ends_on is None or other.starts_on <= self.ends_on
        )

    def part_in(self, other: "Span") -> "Span | None":
        """The days of both; none when they have no day in common."""
        if not self.overlaps(other):
            return None
        return Span(max(self.starts_on, other.starts_on), earliest_end(self.ends_on, other.ends_on))


def earliest_end(*ends: date | None) -> date | None:
    """The first of several last days, of which those not fixed never come."""
    return min((end for end in ends if end is not None), default=None)


def first_uncovered_day(needed: Span, spans: Iterable[Span]) -> date | None:
    """The first of the needed days on which none of the spans runs; none when all are covered."""
    day = needed.starts_on
    for span in sorted(spans, key=lambda span: span.starts_on):
        if span.starts_on > day:
            break
        if span.ends_on is None:
            return None
        day = max(day, span.ends_on + ONE_DAY)
    return day if needed.covers(day) else None
