"""Bookings that cannot be kept as things have come: why, and what to offer instead."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from yimen.core.crypto import mask_phone
from yimen.domains.appointments.enums import AppointmentKind, Hindrance
from yimen.domains.appointments.models import Appointment
from yimen.domains.appointments.repository import AppointmentRow
from yimen.domains.appointments.repository_places import WindowFacts
from yimen.domains.appointments.rules import Kept, Occupancy, Slot, day_of, hindrances
from yimen.domains.appointments.schemas_places import (
    AffectedList,
    AffectedQuery,
    AffectedRead,
    AlternativeRead,
    HindranceRead,
)
from yimen.domains.appointments.service import open_phone
from yimen.domains.appointments.service_slots import SlotService
from yimen.domains.calendars.rules import WorkCalendar

OFFERED = 3
DAYS_TO_OFFER = 7
"""How many slots are offered instead, and how many days after the visit they may lie."""


@dataclass(frozen=True, slots=True)
class Affected:
    """A booking with what hinders it."""

    booked: Appointment
    hindrances: Sequence[Hindrance]


class AffectedService:
    """Compares what was booked with the calendar, the windows and the people as they are now."""

    def __init__(self, slots: SlotService) -> None:
        self.slots = slots
        self.desk = slots.desk
        self.appointments = slots.base.appointments
        self.places = slots.places

    async def list_affected(self, query: AffectedQuery) -> AffectedList:
        """The bookings of some days that were hit, the earliest first; as many queries as ever."""
        calendar = await self.desk.calendars.current()
        rows = await self.appointments.kept_between(
            query.first, query.last, query.window_id, self.desk.caller
        )
        seen = {row.kept.appointment.id: row.kept for row in rows if row.is_seen}
        found = [
            one
            for one in await self.hindered([row.kept.appointment for row in rows], calendar)
            if one.booked.id in seen
        ]
        offers = await self._offers([one.booked for one in found], calendar)
        return AffectedList(
            items=[self._present(one, seen[one.booked.id], offers) for one in found]
        )

    async def hindered(
        self, bookings: Sequence[Appointment], calendar: WorkCalendar
    ) -> list[Affected]:
        """Which of these bookings cannot be kept; all of a window's that share a slot belong in,
        in the order in which they were booked.
        """
        if not bookings:
            return []
        days = [day_of(_slot(booked)) for booked in bookings]
        window_ids = {booked.window_id for booked in bookings}
        windows = {window.id: window for window in await self.places.windows(window_ids)}
        named: dict[UUID, set[UUID]] = {}
        for one in await self.appointments.staff_of([booked.id for booked in bookings]):
            named.setdefault(one.appointment_id, set()).add(one.staff_id)
        known = await self.slots.occupancy(
            window_ids, min(days), max(days), also=set().union(*named.values())
        )
        offered = {day: set(self.slots.slots(day, calendar)) for day in set(days)}
        ahead: Counter[tuple[UUID, Slot]] = Counter()
        found = []
        for booked in bookings:
            slot = _slot(booked)
            why = hindrances(
                Kept(booked.kind, slot, frozenset(named.get(booked.id, ()))),
                slots=offered[day_of(slot)],
                is_window_open=windows[booked.window_id].is_open_on(day_of(slot)),
                present=known.present(booked.window_id, slot),
                places=known.places(booked.window_id, slot),
                ahead=ahead[booked.window_id, slot],
                gone=known.gone,
            )
            if booked.kind is AppointmentKind.ORDINARY:
                ahead[booked.window_id, slot] += 1
            if why:
                found.append(Affected(booked, why))
        return found

    async def _offers(
        self, bookings: Sequence[Appointment], calendar: WorkCalendar
    ) -> dict[UUID, list[AlternativeRead]]:
        """Open slots for each ordinary booking, the earliest after its own time first."""
        hit = [booked for booked in bookings if booked.kind is AppointmentKind.ORDINARY]
        if not hit:
            return {}
        handled = await self.places.items_at_windows({booked.item_id for booked in hit})
        window_ids = set().union(*handled.values())
        windows = {window.id: window for window in await self.places.windows(window_ids)}
        first = max(self.desk.today, min(day_of(_slot(booked)) for booked in hit))
        latest = max(day_of(_slot(booked)) for booked in hit) + timedelta(days=DAYS_TO_OFFER)
        last = min(latest, self.slots.last_bookable_day(calendar))
        if last < first or not windows:
            return {}
        known = await self.slots.occupancy(window_ids, first, last)
        open_slots = [
            slot
            for day in _days(first, last)
            for slot in self.slots.slots(day, calendar)
            if self.slots.is_bookable(slot, calendar)
        ]
        return {
            booked.id: _alternatives(
                booked, open_slots, handled.get(booked.item_id, set()), windows, known
            )
            for booked in hit
        }

    def _present(
        self, one: Affected, row: AppointmentRow, offers: Mapping[UUID, list[AlternativeRead]]
    ) -> AffectedRead:
        booked = one.booked
        return AffectedRead(
            appointment_id=booked.id,
            appointment_number=booked.appointment_number,
            window_id=booked.window_id,
            window_number=row.window_number,
            item_id=booked.item_id,
            item_name=booked.item_name,
            holder_name=booked.holder_name,
            phone_masked=mask_phone(open_phone(booked, self.desk.secret)),
            starts_at=booked.starts_at,
            ends_at=booked.ends_at,
            version=booked.version,
            hindrances=[HindranceRead(code=why, label=why.label) for why in one.hindrances],
            alternatives=offers.get(booked.id, []),
        )


def _slot(booked: Appointment) -> Slot:
    return Slot(booked.starts_at, booked.ends_at)


def _days(first: date, last: date) -> Iterable[date]:
    return (first + timedelta(days=n) for n in range((last - first).days + 1))


def _alternatives(
    booked: Appointment,
    open_slots: Iterable[Slot],
    window_ids: Collection[UUID],
    windows: Mapping[UUID, WindowFacts],
    known: Occupancy,
) -> list[AlternativeRead]:
    ordered = sorted(window_ids, key=lambda one: (one != booked.window_id, windows[one].number))
    found: list[AlternativeRead] = []
    for slot in open_slots:
        if slot.starts_at < booked.starts_at:
            continue
        for window_id in ordered:
            if (window_id, slot.starts_at) == (booked.window_id, booked.starts_at):
                continue
            if not windows[window_id].is_open_on(day_of(slot)):
                continue
            free = known.free(window_id, slot, booked.item_id)
            if free:
                found.append(
                    AlternativeRead(
                        window_id=window_id,
                        window_number=windows[window_id].number,
                        starts_at=slot.starts_at,
                        ends_at=slot.ends_at,
                        free=free,
                    )
                )
            if len(found) == OFFERED:
                return found
    return found
