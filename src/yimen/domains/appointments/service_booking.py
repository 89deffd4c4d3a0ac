"""Booking a place, moving to another one, giving it up (APPOINT 二, 三)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from secrets import token_bytes
from uuid import UUID

from yimen.core.caller import Caller, DeviceCaller, Role
from yimen.core.clock import HALL_ZONE, hall_day
from yimen.core.crypto import place
from yimen.core.database import new_id
from yimen.core.errors import Conflict
from yimen.core.numbering import take_numbers
from yimen.domains.appointments.access import may_book_at
from yimen.domains.appointments.enums import (
    AppointmentAction,
    AppointmentEventKind,
    AppointmentKind,
    AppointmentState,
    Channel,
)
from yimen.domains.appointments.models import Appointment, Cooperation
from yimen.domains.appointments.repository_places import ItemFacts, WindowFacts
from yimen.domains.appointments.rules import Occupancy, Slot
from yimen.domains.appointments.schemas import (
    AppointmentBooked,
    AppointmentCreate,
    CancelCommand,
    ColleagueIn,
    HolderIn,
    MoveCommand,
)
from yimen.domains.appointments.service import (
    BOOKING,
    DUTIES,
    TIMES,
    NotYourAppointment,
    facts_of,
    move,
)
from yimen.domains.appointments.service_slots import (
    ItemSlotTaken,
    SlotNotOffered,
    SlotService,
    SlotTaken,
    WindowNotFound,
)
from yimen.domains.calendars.rules import WorkCalendar
from yimen.domains.leave.service_assigned import AssignedOvertime
from yimen.domains.papers.rules import CODE_LENGTH, write_code

SERIES = "YY"
"""预约: the appointments' number series."""


class TooManyBookings(Conflict):
    code = "too_many_appointments"
    title = "同一人尚未办理的预约已达上限，请先办理或取消已有的预约。"


class SameSlot(Conflict):
    code = "same_slot"
    title = "该预约已经在这个窗口的这个时段，无须改期。"


class ColleagueAlreadyAsked(Conflict):
    code = "colleague_already_asked"
    title = "已经请过这个窗口配合，请等候其确认。"
    constraint = "pk_appointment_cooperations"


class OwnWindowAsColleague(Conflict):
    code = "own_window_as_colleague"
    title = "配合的窗口应是预约窗口以外的其他窗口。"


@dataclass(frozen=True, slots=True)
class Offer:
    """A slot at a window that is open for an item."""

    item: ItemFacts
    window: WindowFacts
    slot: Slot
    known: Occupancy

    @property
    def places(self) -> int:
        return self.known.places(self.window.id, self.slot)

    @property
    def item_places(self) -> int | None:
        return self.known.limits.get((self.window.id, self.item.id))


class BookingService:
    """What a booking comes to, by whichever way it comes in."""

    def __init__(self, slots: SlotService) -> None:
        self.slots = slots
        self.base = slots.base
        self.desk = slots.desk
        self.places = slots.places
        self.appointments = slots.base.appointments
        actor = self.desk.actor
        self.overtime = AssignedOvertime(
            self.desk.leave, actor if isinstance(actor, Caller) else None
        )

    # Booking

    async def book(self, wish: AppointmentCreate) -> AppointmentBooked:
        """A visit in a slot, at the window named or at the one with most places left.

        Raises ItemNotBookable, ItemNotAtThisWindow, NotYourAppointment, SlotNotOffered, SlotTaken,
        ItemSlotTaken, TooManyBookings, WindowNotFound, OwnWindowAsColleague.
        """
        calendar = await self.desk.calendars.hold()
        offer = await self._offer(wish.item_id, wish.window_id, wish.starts_at, calendar)
        await self.hold_holder(wish.holder, offer)
        place_no, item_place_no = await self._free_place(offer)
        made = await self.write(
            item=offer.item,
            window=offer.window,
            kind=AppointmentKind.ORDINARY,
            state=AppointmentState.BOOKED,
            slot=offer.slot,
            place_no=place_no,
            item_place_no=item_place_no,
            holder=wish.holder,
            note=wish.note,
        )
        await self.base.record(made, AppointmentEventKind.BOOKED, article=BOOKING)
        await self.ask_colleagues(made, wish.colleagues)
        return await self.show_new(made, has_colleagues=bool(wish.colleagues))

    async def _offer(
        self, item_id: UUID, window_id: UUID | None, starts_at: datetime, calendar: WorkCalendar
    ) -> Offer:
        item, windows = await self.slots.where_handled(item_id, window_id)
        windows = self._within_reach(item, windows)
        slot = self._slot_at(starts_at, calendar)
        day = hall_day(starts_at)
        windows = [window for window in windows if window.is_open_on(day)]
        if not windows:
            raise SlotNotOffered("该窗口这一天不启用，请另选窗口或时段。")
        known = await self.slots.occupancy(
            [window.id for window in windows], day, day, with_taken=len(windows) > 1
        )
        staffed = [window for window in windows if known.present(window.id, slot)]
        if not staffed:
            raise SlotNotOffered("该窗口这个时段无人在岗，请另选窗口或时段。")
        best = max(staffed, key=lambda window: known.free(window.id, slot, item.id))
        return Offer(item, best, slot, known)

    def _within_reach(
        self, item: ItemFacts, windows: Sequence[WindowFacts]
    ) -> Sequence[WindowFacts]:
        """The windows for which the actor may book; the public may for all."""
        actor = self.desk.actor
        if actor is None:
            return windows
        windows = [w for w in windows if may_book_at(w.id, item.department_id, actor)]
        if not windows:
            raise NotYourAppointment("只能为本窗口或本部门的窗口预约；其他窗口请由中心办公室安排。")
        return windows

    def _slot_at(self, starts_at: datetime, calendar: WorkCalendar) -> Slot:
        day = hall_day(starts_at)
        if starts_at <= self.desk.now:
            raise SlotNotOffered("这个时段已经开始或过去，请另选时段。")
        last = self.slots.last_bookable_day(calendar)
        if day > last:
            raise SlotNotOffered(f"目前最远可以预约到 {last}，请另选时段。")
        for slot in self.slots.slots(day, calendar):
            if slot.starts_at == starts_at:
                return slot
        if not calendar.is_working_day(day):
            raise SlotNotOffered(
                "这一天不办公；正常上班时间以外确需办理的，请向窗口或中心办公室提出特急件预约。",
                article=TIMES,
            )
        raise SlotNotOffered(article=TIMES)

    async def hold_holder(self, holder: HolderIn, offer: Offer | None = None) -> None:
        """Keep person and slot to oneself, and see whether the person may book another one.

        Raises TooManyBookings.
        """
        phones, id_numbers = self._indexes(holder)
        keys = sorted(f"holder:{index.hex()}" for index in (*phones, *id_numbers))
        if offer is not None:
            keys.append(slot_key(offer.window.id, offer.slot.starts_at))
        await self.places.hold(*keys)
        limit = self.desk.edition.rule("appointments.live_bookings")
        awaited = await self.places.count_awaited(phones, id_numbers, self.desk.now)
        if not limit.is_met_by(awaited + 1):
            raise TooManyBookings(
                f"此人尚未办理的预约已有 {awaited} 个（上限 {limit.value} 个），"
                "请先办理或取消已有的预约。",
                article=limit.article,
            )

    def _indexes(self, holder: HolderIn) -> tuple[list[bytes], list[bytes]]:
        """What the holder's phone and number may be found by; the first is for a new row."""
        secret = self.desk.secret
        number = holder.id_number
        return (
            secret.blind_indexes(holder.phone, kind="phone"),
            [] if number is None else secret.blind_indexes(number, kind="id_number"),
        )

    async def _free_place(self, offer: Offer) -> tuple[int, int | None]:
        """The lowest free place of a slot that is held; raises SlotTaken, ItemSlotTaken."""
        item_places = offer.item_places
        found = await self.places.free_place(
            window_id=offer.window.id,
            item_id=offer.item.id,
            starts_at=offer.slot.starts_at,
            ends_at=offer.slot.ends_at,
            places=offer.places,
            item_places=item_places,
        )
        if found.place_no is None:
            raise SlotTaken
        if item_places is not None and found.item_place_no is None:
            raise ItemSlotTaken
        return found.place_no, found.item_place_no

    async def write(
        self,
        *,
        item: ItemFacts,
        window: WindowFacts,
        kind: AppointmentKind,
        state: AppointmentState,
        slot: Slot,
        place_no: int,
        item_place_no: int | None,
        holder: HolderIn,
        note: str | None,
    ) -> Appointment:
        """The appointment itself; its number is taken last, see *Numbers are taken last*."""
        secret, made_id = self.desk.secret, new_id()
        phones, id_numbers = self._indexes(holder)
        numbers = await take_numbers(self.places.session, [SERIES], self.desk.today)
        return await self.appointments.add(
            Appointment(
                id=made_id,
                appointment_number=numbers[SERIES],
                lookup_code=write_code(token_bytes(CODE_LENGTH)),
                kind=kind,
                channel=self._channel(),
                state=state,
                item_id=item.id,
                item_name=item.name,
                window_id=window.id,
                department_id=item.department_id,
                starts_at=slot.starts_at,
                ends_at=slot.ends_at,
                place_no=place_no,
                item_place_no=item_place_no,
                holder_name=holder.name,
                holder_phone=secret.encrypt(holder.phone, bound_to=place(made_id, "holder_phone")),
                holder_phone_index=phones[0],
                holder_id_number=(
                    None
                    if holder.id_number is None
                    else secret.encrypt(
                        holder.id_number, bound_to=place(made_id, "holder_id_number")
                    )
                ),
                holder_id_number_index=id_numbers[0] if id_numbers else None,
                note=note,
                booked_at=self.desk.now,
                booked_by_name=self.base.actor_name(),
                version=1,
            )
        )

    def _channel(self) -> Channel:
        match self.desk.actor:
            case None:
                return Channel.PUBLIC
            case DeviceCaller():
                return Channel.KIOSK
            case caller:
                return Channel.OFFICE if caller.role is Role.OFFICE else Channel.WINDOW

    async def show_new(self, made: Appointment, *, has_colleagues: bool) -> AppointmentBooked:
        """A new appointment with its code, which is told once."""
        row = await self.appointments.by_id(made.id)
        assert row is not None
        shown = await self.base.present_new(row, has_colleagues=has_colleagues)
        return AppointmentBooked(**dict(shown), lookup_code=made.lookup_code)

    # Colleagues

    async def ask_colleagues(
        self, appointment: Appointment, colleagues: Sequence[ColleagueIn]
    ) -> None:
        """Tell other windows that their help is needed (APPOINT 四).

        Raises WindowNotFound, OwnWindowAsColleague, ColleagueAlreadyAsked.
        """
        if not colleagues:
            return
        windows = {
            window.id: window
            for window in await self.places.windows([asked.window_id for asked in colleagues])
        }
        for asked in colleagues:
            window = windows.get(asked.window_id)
            if window is None:
                raise WindowNotFound
            if window.id == appointment.window_id:
                raise OwnWindowAsColleague
            await self.appointments.add(
                Cooperation(
                    appointment_id=appointment.id,
                    window_id=window.id,
                    matter=asked.matter,
                    asked_at=self.desk.now,
                    asked_by_name=self.base.actor_name(),
                    told_at=self.desk.now,
                    reminders=0,
                )
            )
            facts = {"colleague_window": window.number, "matter": asked.matter}
            await self.base.record(
                appointment,
                AppointmentEventKind.COLLEAGUE_ASKED,
                article=DUTIES,
                facts=facts,
                window_id=window.id,
                department_id=window.department_id,
            )

    # Moving and giving up

    async def move(self, appointment_id: UUID, wish: MoveCommand, *, seen: int) -> None:
        """Another slot, perhaps at another window; the office routes so (APPOINT 二)."""
        calendar = await self.desk.calendars.hold()
        appointment = await self.base.lock(appointment_id, AppointmentAction.MOVE, seen=seen)
        await self.move_to(
            appointment, wish.starts_at, wish.window_id, calendar, reason=wish.reason
        )

    async def move_to(
        self,
        appointment: Appointment,
        starts_at: datetime,
        window_id: UUID | None,
        calendar: WorkCalendar,
        *,
        reason: str | None,
    ) -> None:
        """Give an appointment another place; who waits for it and who helps is asked anew."""
        to = window_id or appointment.window_id
        if to == appointment.window_id and starts_at == appointment.starts_at:
            raise SameSlot
        offer = await self._offer(appointment.item_id, to, starts_at, calendar)
        await self.places.hold(slot_key(offer.window.id, offer.slot.starts_at))
        place_no, item_place_no = await self._free_place(offer)
        old, from_window = facts_of(appointment), appointment.window_id
        was = appointment.starts_at.astimezone(HALL_ZONE)
        appointment.window_id = offer.window.id
        appointment.starts_at, appointment.ends_at = offer.slot
        appointment.place_no, appointment.item_place_no = place_no, item_place_no
        await self.places.release_staff(appointment.id)
        await self.places.drop_colleague(appointment.id, appointment.window_id)
        facts = {"was_at": was.isoformat(), "was_window_id": str(from_window)}
        await self.base.record(
            appointment,
            AppointmentEventKind.MOVED,
            article=BOOKING,
            note=reason,
            facts=facts,
            old=old,
        )
        if from_window != appointment.window_id:
            await self.base.announce(
                appointment, AppointmentEventKind.MOVED, facts=facts, window_id=from_window
            )
        await self._tell_colleagues(appointment, AppointmentEventKind.MOVED)

    async def cancel(self, appointment_id: UUID, wish: CancelCommand, *, seen: int) -> None:
        """Give the place back."""
        appointment = await self.base.lock(appointment_id, AppointmentAction.CANCEL, seen=seen)
        await self.give_up(appointment, wish.reason)

    async def give_up(self, appointment: Appointment, reason: str) -> None:
        """Free the place and whoever was to wait, and tell the windows that would have helped."""
        old = facts_of(appointment)
        move(appointment, AppointmentState.CANCELLED)
        appointment.closing_note = reason
        await self.places.release_staff(appointment.id)
        await self.overtime.cancel(appointment.id)
        await self.base.record(
            appointment, AppointmentEventKind.CANCELLED, article=BOOKING, note=reason, old=old
        )
        await self._tell_colleagues(appointment, AppointmentEventKind.CANCELLED)

    async def _tell_colleagues(self, appointment: Appointment, kind: AppointmentEventKind) -> None:
        """Whoever promised help for another time is asked for this one."""
        for row in await self.appointments.colleagues_of([appointment.id]):
            cooperation = row.cooperation
            if kind is AppointmentEventKind.MOVED:
                cooperation.acknowledged_at = None
                cooperation.acknowledged_by_name = None
                cooperation.told_at = self.desk.now
            await self.base.announce(
                appointment,
                kind,
                window_id=cooperation.window_id,
                department_id=row.department_id,
            )
        await self.appointments.flush()


def slot_key(window_id: UUID, starts_at: datetime) -> str:
    """Who holds this decides alone on the places of a slot."""
    return f"slot:{window_id}:{int(starts_at.timestamp())}"
