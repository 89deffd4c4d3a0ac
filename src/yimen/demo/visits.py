"""The demo's appointments: who is expected today and on the next working day."""

import random
from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from yimen.core.caller import Caller
from yimen.core.clock import hall_day
from yimen.core.dependencies import Context
from yimen.domains.appointments.dependencies import appointments_of_the_clock, open_appointments
from yimen.domains.appointments.rules import Slot
from yimen.domains.appointments.schemas import (
    AppointmentCreate,
    ColleagueIn,
    HolderIn,
    SpecialCreate,
)
from yimen.domains.appointments.schemas_places import CapacityCreate
from yimen.domains.appointments.service_booking import BookingService
from yimen.domains.appointments.service_capacities import CapacityService
from yimen.domains.appointments.service_check_in import CheckInService
from yimen.domains.appointments.service_slots import SlotService
from yimen.domains.appointments.service_steps import AppointmentStepService
from yimen.domains.catalog.rules import ItemContent
from yimen.domains.catalog.service import PutInForce

A_DAY = 14
"""Appointments on each of the two days."""

NAMES = ("阿依努尔", "哈山·木拉提", "示例申请人丙", "示例申请人丁", "古丽米热·艾合买提")


class Visits:
    """Booked the day before by the public and the office; whoever was due has come, or not."""

    def __init__(
        self,
        session: AsyncSession,
        context: Context,
        *,
        office: Caller,
        windows: Collection[UUID],
        items: Sequence[tuple[PutInForce, ItemContent]],
    ) -> None:
        self.session = session
        self.context = context
        self.office = office
        self.now = context.clock().replace(microsecond=0)
        self.chance = random.Random(11)  # noqa: S311 - a demo that is the same each time
        self.offers = [
            (item.item_id, window_id)
            for item, content in items
            for window_id in content.window_ids
            if window_id in windows
        ]
        self.booked: list[tuple[UUID, Slot]] = []

    async def add(self) -> None:
        """Two days of appointments, what became of those of today, and one urgent request."""
        booking = await self._booking(self.now - timedelta(days=1), by=None)
        calendar = await booking.desk.calendars.current()
        today = calendar.add_working_days(hall_day(self.now), 0).day
        for day in (today, calendar.add_working_days(today, 1).day):
            await self._book(day)
        await self._live()
        places = CapacityService((await self._booking(self.now, by=self.office)).slots)
        await places.set_places(CapacityCreate(window_id=self.offers[0][1], places=3))
        await self._ask_for_special(calendar.add_working_days(today, 1).day)

    async def _booking(self, now: datetime, *, by: Caller | None) -> BookingService:
        base = await open_appointments(self.session, self.context.personal_data, by, now)
        return BookingService(SlotService(base))

    async def _book(self, day: date) -> None:
        before = self.now - timedelta(days=1)
        by_phone = await self._booking(before, by=self.office)
        online = await self._booking(before, by=None)
        calendar = await online.desk.calendars.current()
        slots = online.slots.slots(day, calendar)
        wanted = self.chance.sample([(offer, slot) for offer in self.offers for slot in slots], 60)
        taken: set[tuple[UUID, Slot]] = set()
        for (item_id, window_id), slot in wanted:
            if len(taken) == A_DAY:
                break
            if (window_id, slot) in taken:
                continue
            taken.add((window_id, slot))
            service = self.chance.choice((online, online, by_phone))
            made = await service.book(
                AppointmentCreate(
                    item_id=item_id,
                    window_id=window_id,
                    starts_at=slot.starts_at,
                    holder=self._holder(),
                    colleagues=[],
                )
            )
            self.booked.append((made.id, slot))

    def _holder(self) -> HolderIn:
        number = len(self.booked)
        return HolderIn(name=NAMES[number % len(NAMES)], phone=f"1399000{number:04}")

    async def _live(self) -> None:
        """Most of those whose time has passed came and were served; the others missed it."""
        for appointment_id, slot in self.booked:
            if slot.ends_at >= self.now or self.chance.random() < 0.2:
                continue
            came = await self._booking(slot.starts_at, by=self.office)
            await CheckInService(came.base).check_in(appointment_id)
            left = await self._booking(slot.ends_at, by=self.office)
            await CheckInService(left.base).note_served(appointment_id)
        await (await appointments_of_the_clock(self.session, self.now)).close_missed(A_DAY)

    async def _ask_for_special(self, day: date) -> None:
        """A firm asks to be served after closing; the director has yet to decide (APPOINT 三)."""
        booking = await self._booking(self.now, by=self.office)
        calendar = await booking.desk.calendars.current()
        closes_at = calendar.close_of_business(day)
        item_id, window_id = self.offers[0]
        other = next(window for _, window in self.offers if window != window_id)
        await AppointmentStepService(booking).request(
            SpecialCreate(
                item_id=item_id,
                window_id=window_id,
                starts_at=closes_at + timedelta(minutes=15),
                ends_at=closes_at + timedelta(minutes=75),
                reason="企业次日一早开标，须在当天下班后补齐证照。",
                holder=HolderIn(name="示例建筑工程有限公司", phone="13990009999"),
                colleagues=[ColleagueIn(window_id=other, matter="核对登记信息")],
            )
        )
