"""Slots that are offered: where, when, and how many places are left."""

from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

from yimen.core.errors import Conflict, NotFound
from yimen.domains.appointments.repository import midnight
from yimen.domains.appointments.repository_places import ItemFacts, WindowFacts
from yimen.domains.appointments.rules import (
    Occupancy,
    Service,
    Slot,
    away,
    last_bookable_day,
    slots_of,
)
from yimen.domains.appointments.schemas_places import SlotList, SlotQuery, SlotRead, WindowSlots
from yimen.domains.appointments.service import AppointmentService
from yimen.domains.calendars.rules import WorkCalendar
from yimen.domains.leave.rules import Cover
from yimen.domains.organisation.rules import ONE_DAY, Span


class ItemNotBookable(Conflict):
    code = "item_not_bookable"
    title = "该事项目前不受理，不能预约，请从在办的事项中选择。"


class ItemNotAtThisWindow(Conflict):
    code = "item_not_at_this_window"
    title = "该窗口不办理这个事项，请改选能办理的窗口。"


class WindowNotFound(NotFound):
    code = "window_not_found"
    title = "没有这个窗口，请从窗口列表中选择。"


class SlotNotOffered(Conflict):
    code = "slot_not_offered"
    title = "没有这个预约时段，请从可约时段中选择。"


class SlotTaken(Conflict):
    code = "slot_taken"
    title = "这个时段已经约满，请另选时段。"
    constraint = "ex_appointments_place"


class ItemSlotTaken(Conflict):
    code = "item_slot_taken"
    title = "这个事项在该时段已经约满，请另选时段。"
    constraint = "ex_appointments_item_place"


class SlotService:
    """Answers from the calendar, who is there, what the office set and what is taken."""

    def __init__(self, base: AppointmentService) -> None:
        self.base = base
        self.desk = base.desk
        self.places = base.desk.places

    async def list_slots(self, query: SlotQuery) -> SlotList:
        """The slots of a day by window; raises ItemNotBookable, WindowNotFound,
        ItemNotAtThisWindow.
        """
        calendar = await self.desk.calendars.current()
        windows = await self._asked_windows(query)
        known = await self.occupancy([window.id for window in windows], query.day, query.day)
        return SlotList(
            day=query.day,
            last_bookable_on=self.last_bookable_day(calendar),
            windows=[
                WindowSlots(
                    window_id=window.id,
                    window_number=window.number,
                    window_name=window.name,
                    department_name=window.department_name,
                    slots=[
                        SlotRead(
                            starts_at=slot.starts_at,
                            ends_at=slot.ends_at,
                            places=known.places(window.id, slot),
                            free=known.free(window.id, slot, query.item_id)
                            if self.is_bookable(slot, calendar)
                            else 0,
                        )
                        for slot in self.slots(query.day, calendar)
                        if window.is_open_on(query.day)
                    ],
                )
                for window in windows
            ],
        )

    async def _asked_windows(self, query: SlotQuery) -> Sequence[WindowFacts]:
        if query.item_id is None:
            assert query.window_id is not None
            windows = await self.places.windows([query.window_id])
            if not windows:
                raise WindowNotFound
            return windows
        return (await self.where_handled(query.item_id, query.window_id))[1]

    async def where_handled(
        self, item_id: UUID, window_id: UUID | None
    ) -> tuple[ItemFacts, Sequence[WindowFacts]]:
        """An item in force and its windows, or the one asked for (APPOINT 一, MGMT 九).

        Raises ItemNotBookable, ItemNotAtThisWindow.
        """
        item, windows = await self.places.item_at_windows(item_id)
        if item is None:
            raise ItemNotBookable
        if window_id is not None:
            windows = [window for window in windows if window.id == window_id]
            if not windows:
                raise ItemNotAtThisWindow
        return item, windows

    def slots(self, day: date, calendar: WorkCalendar) -> list[Slot]:
        """The slots of a day by the rules of that day."""
        return slots_of(day, calendar, self.desk.rulebook.edition_on(day))

    def last_bookable_day(self, calendar: WorkCalendar) -> date:
        return last_bookable_day(self.desk.today, calendar, self.desk.edition)

    def is_bookable(self, slot: Slot, calendar: WorkCalendar) -> bool:
        """Whether a slot has not begun and is not too far ahead."""
        beyond = midnight(self.last_bookable_day(calendar) + ONE_DAY)
        return self.desk.now < slot.starts_at < beyond

    async def occupancy(
        self,
        window_ids: Collection[UUID],
        first: date,
        last: date,
        *,
        also: Collection[UUID] = (),
        with_taken: bool = True,
    ) -> Occupancy:
        """What is known of windows on some days; a fixed number of queries.

        ``also``: people who are named for appointments without serving at these windows.
        ``with_taken``: whether anybody will ask what is free.
        """
        services = [
            Service(row.staff_id, row.window_id, Span(row.starts_on, row.ends_on))
            for row in await self.desk.hall.services_at(window_ids, first, last)
        ]
        people = {service.staff_id for service in services} | set(also)
        covers: list[Cover] = await self.desk.leave.cover_on(people, first, last) if people else []
        return Occupancy(
            services=services,
            gone=away(covers),
            limits=await self.places.capacities(window_ids),
            taken=(
                await self.places.taken(window_ids, midnight(first), midnight(last + ONE_DAY))
                if with_taken
                else []
            ),
            edition_on=self.desk.rulebook.edition_on,
        )
