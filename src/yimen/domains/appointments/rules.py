"""Slots of a day, how many places each has, and what time allows: pure decisions."""

from collections.abc import Collection, Iterable, Mapping, Sequence
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


def present_at(
    window_id: UUID, slot: Slot, services: Sequence[Service], gone: Mapping[UUID, Sequence[Slot]]
) -> frozenset[UUID]:
    """Who serves at a window for the whole of a slot."""
    day = slot.starts_at.astimezone(SHANGHAI).date()
    return frozenset(
        service.staff_id
        for service in services
        if service.window_id == window_id
        and service.span.covers(day)
        and not any(slot.overlaps(*absence) for absence in gone.get(service.staff_id, ()))
    )


def places_of(present: Collection[UUID], limit: int | None, edition: Edition) -> int:
    """How many places a slot has: what the office set, else by the staff present; none without.

    Whoever is on leave is not present, so leave lowers the places (APPOINT 四).
    """
    if not present:
        return 0
    if limit is not None:
        return limit
    return len(present) * edition.integer("appointments.places_per_staff")


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

    appointment_id: UUID
    kind: AppointmentKind
    window_id: UUID
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
