"""Slots of a day, how many places each has, and what time allows: pure decisions."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from yimen.domains.appointments.enums import AppointmentKind, Hindrance
from yimen.domains.calendars.rules import SHANGHAI, WorkCalendar
from yimen.domains.leave.enums import CoverKind
from yimen.domains.leave.rules import Cover
from yimen.domains.organisation.rules import Span
from yimen.domains.rulebook.rules import Edition

LONGEST_SPECIAL = timedelta(hours=12)
"""As far as one special appointment reaches: a guard against slips of the pen."""


class Slot(NamedTuple):
    """A stretch of office hours that is booked as one; its end is not part of it."""

    starts_at: datetime
    ends_at: datetime

    def overlaps(self, starts_at: datetime, ends_at: datetime) -> bool:
        return self.starts_at < ends_at and starts_at < self.ends_at


def slots_of(day: date, calendar: WorkCalendar, edition: Edition) -> list[Slot]:
    """The slots of a day, shift by shift; none on a day off (APPOINT 三).

    What is left of a shift after its last whole slot is not offered.
    """
    length = timedelta(minutes=edition.integer("appointments.slot"))
    found = []
    for shift in calendar.describe(day).shifts:
        starts_at = datetime.combine(day, shift.opens, tzinfo=SHANGHAI)
        closes_at = datetime.combine(day, shift.closes, tzinfo=SHANGHAI)
        while starts_at + length <= closes_at:
            found.append(Slot(starts_at, starts_at + length))
            starts_at += length
    return found


def last_bookable_day(today: date, calendar: WorkCalendar, edition: Edition) -> date:
    """How far ahead one may book: so many working days after today."""
    return calendar.add_working_days(today, edition.integer("appointments.horizon")).day


class Service(NamedTuple):
    """Somebody's service at a window, as the question of places needs it."""

    staff_id: UUID
    window_id: UUID
    span: Span


def away(covers: Iterable[Cover]) -> dict[UUID, list[Slot]]:
    """When people are not at their window, by person; approved overtime keeps nobody away."""
    found: dict[UUID, list[Slot]] = {}
    for cover in covers:
        if cover.kind is not CoverKind.OVERTIME:
            found.setdefault(cover.staff_id, []).append(Slot(cover.starts_at, cover.ends_at))
    return found


class Taken(NamedTuple):
    """How many ordinary appointments one stretch of time has at a window, by item."""

    window_id: UUID
    item_id: UUID
    starts_at: datetime
    ends_at: datetime
    bookings: int


@dataclass(frozen=True, slots=True)
class Occupancy:
    """What is known of some windows on some days: who is there, what is set, what is taken."""

    services: Sequence[Service]
    gone: Mapping[UUID, Sequence[Slot]]
    limits: Mapping[tuple[UUID, UUID | None], int]
    """Places that the office set for a window, or for an item at it."""
    taken: Sequence[Taken]
    edition_on: Callable[[date], Edition]

    def present(self, window_id: UUID, slot: Slot) -> frozenset[UUID]:
        """Who serves at a window for the whole of a slot."""
        day = day_of(slot)
        return frozenset(
            service.staff_id
            for service in self.services
            if service.window_id == window_id
            and service.span.covers(day)
            and not any(slot.overlaps(*absence) for absence in self.gone.get(service.staff_id, ()))
        )

    def places(self, window_id: UUID, slot: Slot) -> int:
        """How many places a slot has: what the office set, else by the staff present; with nobody
        there none. Whoever is on leave is not present, so leave lowers the places (APPOINT 四).
        """
        present = self.present(window_id, slot)
        limit = self.limits.get((window_id, None))
        if not present or limit is not None:
            return limit if present and limit is not None else 0
        return len(present) * self.edition_on(day_of(slot)).integer("appointments.places_per_staff")

    def free(self, window_id: UUID, slot: Slot, item_id: UUID | None = None) -> int:
        """How many places of a slot are left, for an item that is limited by itself too."""
        left = self.places(window_id, slot) - self._bookings(window_id, slot)
        item_limit = self.limits.get((window_id, item_id)) if item_id else None
        if item_limit is not None:
            left = min(left, item_limit - self._bookings(window_id, slot, item_id))
        return max(0, left)

    def _bookings(self, window_id: UUID, slot: Slot, item_id: UUID | None = None) -> int:
        return sum(
            taken.bookings
            for taken in self.taken
            if taken.window_id == window_id
            and (item_id is None or taken.item_id == item_id)
            and slot.overlaps(taken.starts_at, taken.ends_at)
        )


def day_of(slot: Slot) -> date:
    """The hall's day on which a slot lies."""
    return slot.starts_at.astimezone(SHANGHAI).date()


class CheckInTime(NamedTuple):
    """From when to when the holder of an appointment may check in."""

    opens_at: datetime
    closes_at: datetime


def check_in_time(starts_at: datetime, ends_at: datetime, edition: Edition) -> CheckInTime:
    """Somewhat before it starts, until it counts as missed."""
    early = timedelta(minutes=edition.integer("appointments.check_in"))
    return CheckInTime(starts_at - early, missed_at(ends_at, edition))


def missed_at(ends_at: datetime, edition: Edition) -> datetime:
    """The last moment at which an appointment is not yet missed."""
    return ends_at + timedelta(minutes=edition.integer("appointments.grace"))


def is_reminder_due(
    told_at: datetime, now: datetime, calendar: WorkCalendar, edition: Edition
) -> bool:
    """Whether a colleague window that has not answered is to be reminded (APPOINT 四)."""
    if not calendar.is_open(now):
        return False
    waited = calendar.working_minutes_between(told_at, now)
    return edition.rule("appointments.reminder").is_met_by(waited)


@dataclass(frozen=True, slots=True)
class Kept:
    """An appointment as the question of what hinders it needs it."""

    kind: AppointmentKind
    slot: Slot
    staff_ids: frozenset[UUID]


def hindrances(
    kept: Kept,
    *,
    slots: Collection[Slot],
    is_window_open: bool,
    present: Collection[UUID],
    places: int,
    ahead: int,
    gone: Mapping[UUID, Sequence[Slot]],
) -> list[Hindrance]:
    """Why an appointment cannot be kept as booked; nothing when all is well.

    ``ahead``: how many of the same slot were booked before it. Of too many, the last ones go.
    """
    found = []
    if not is_window_open:
        found.append(Hindrance.WINDOW_CLOSED)
    if any(kept.slot.overlaps(*absence) for who in kept.staff_ids for absence in gone.get(who, ())):
        found.append(Hindrance.STAFF_AWAY)
    if kept.kind is AppointmentKind.SPECIAL:
        return found
    if kept.slot not in slots:
        found.append(Hindrance.HALL_CLOSED)
    elif is_window_open and not present:
        found.append(Hindrance.NOBODY_THERE)
    elif is_window_open and ahead >= places:
        found.append(Hindrance.TOO_FEW_THERE)
    return found
