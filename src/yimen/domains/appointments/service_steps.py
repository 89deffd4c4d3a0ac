"""What the hall does with an appointment: decide on a special one, name staff, help, serve."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from yimen.core.clock import hall_day
from yimen.core.errors import Conflict, FieldProblem, InvalidInput
from yimen.domains.appointments.access import helping_windows, may_book_at
from yimen.domains.appointments.enums import (
    HALLS_FAULT,
    AppointmentAction,
    AppointmentEventKind,
    AppointmentKind,
    AppointmentState,
)
from yimen.domains.appointments.models import Appointment, AppointmentStaff
from yimen.domains.appointments.rules import LONGEST_SPECIAL, Slot, away, is_reminder_due, missed_at
from yimen.domains.appointments.schemas import (
    AppointmentBooked,
    ApproveCommand,
    AskColleaguesCommand,
    AssignCommand,
    ColleagueIn,
    RefuseCommand,
    SpecialWish,
)
from yimen.domains.appointments.service import (
    DUTIES,
    TIMES,
    AppointmentOver,
    NotYourAppointment,
    facts_of,
    move,
)
from yimen.domains.appointments.service_affected import AffectedService
from yimen.domains.appointments.service_booking import BookingService
from yimen.domains.appointments.service_slots import SlotNotOffered


class StaffTaken(Conflict):
    code = "staff_taken"
    title = "所选人员在这个时间已经安排了其他预约，请改选人员或时间。"
    constraint = "ex_appointment_staff_overlap"


class StaffAway(Conflict):
    code = "staff_away"
    title = "所选人员在这个时间请假或外出，请改选人员。"


class StaffNotAtWindow(Conflict):
    code = "staff_not_at_window"
    title = "只能安排当天在该窗口服务的人员。"


class SpecialTooLong(Conflict):
    code = "special_too_long"
    title = "一次特急件预约最长 12 小时，请分次提出。"


class AppointmentStepService:
    """Acts on appointments by the people of the hall, and by the passing of time."""

    def __init__(self, booking: BookingService) -> None:
        self.booking = booking
        self.affected = AffectedService(booking.slots)
        self.base = booking.base
        self.desk = booking.desk
        self.places = booking.places
        self.appointments = booking.appointments

    # Special ones

    async def request(
        self, wish: SpecialWish, colleagues: Sequence[ColleagueIn] = ()
    ) -> AppointmentBooked:
        """Ask the director for a visit at any other time (APPOINT 三); the public may for itself.

        Raises ItemNotBookable, ItemNotAtThisWindow, NotYourAppointment, SlotNotOffered,
        SpecialTooLong, AppointmentOver, BeyondCalendar, TooManyBookings, WindowNotFound,
        OwnWindowAsColleague.
        """
        item, [window] = await self.booking.slots.where_handled(wish.item_id, wish.window_id)
        actor = self.desk.actor
        if actor is not None and not may_book_at(window.id, item.department_id, actor):
            raise NotYourAppointment("只能为本窗口或本部门的窗口提出特急件预约。")
        if wish.starts_at <= self.desk.now:
            raise AppointmentOver("预约的时间应在现在之后。")
        if wish.ends_at - wish.starts_at > LONGEST_SPECIAL:
            raise SpecialTooLong
        calendar = await self.desk.calendars.current()
        calendar.describe(hall_day(wish.ends_at))  # a day beyond the calendar is refused by name
        if not window.is_open_on(hall_day(wish.starts_at)):
            raise SlotNotOffered("该窗口这一天不启用，请另选窗口或时间。")
        await self.booking.hold_holder(wish.holder)
        made = await self.booking.write(
            item=item,
            window=window,
            kind=AppointmentKind.SPECIAL,
            state=AppointmentState.REQUESTED,
            slot=Slot(wish.starts_at, wish.ends_at),
            place_no=0,
            item_place_no=None,
            holder=wish.holder,
            note=wish.reason,
        )
        await self.base.record(
            made, AppointmentEventKind.REQUESTED, article=TIMES, note=wish.reason
        )
        await self.booking.ask_colleagues(made, colleagues)
        return await self.booking.show_new(made, has_colleagues=bool(colleagues))

    async def approve(self, appointment_id: UUID, wish: ApproveCommand, *, seen: int) -> None:
        """The director agrees and names who is to wait (APPOINT 三).

        Raises StaffTaken, StaffAway, and SlotTaken when the window has another special one then.
        """
        appointment = await self.base.lock(appointment_id, AppointmentAction.APPROVE, seen=seen)
        await self.places.hold(f"special:{appointment.window_id}")
        old = facts_of(appointment)
        names = await self._name(appointment, wish.staff_ids)
        await self._work_overtime(appointment, wish.staff_ids)
        move(appointment, AppointmentState.BOOKED)
        self._decide(appointment)
        await self.base.record(
            appointment,
            AppointmentEventKind.APPROVED,
            article=TIMES,
            note=wish.note,
            facts={"staff": names},
            old=old,
        )

    async def refuse(self, appointment_id: UUID, wish: RefuseCommand, *, seen: int) -> None:
        """The director does not agree, and says why."""
        appointment = await self.base.lock(appointment_id, AppointmentAction.REFUSE, seen=seen)
        old = facts_of(appointment)
        move(appointment, AppointmentState.REFUSED)
        appointment.closing_note = wish.reason
        self._decide(appointment)
        await self.base.record(
            appointment, AppointmentEventKind.REFUSED, article=TIMES, note=wish.reason, old=old
        )

    def _decide(self, appointment: Appointment) -> None:
        appointment.decided_at = self.desk.now
        appointment.decided_by_name = self.desk.caller.name

    # Who waits

    async def assign(self, appointment_id: UUID, wish: AssignCommand, *, seen: int) -> None:
        """The window says who waits for a visit (APPOINT 四); raises StaffNotAtWindow, StaffAway,
        StaffTaken.
        """
        appointment = await self.base.lock(appointment_id, AppointmentAction.ASSIGN, seen=seen)
        day = hall_day(appointment.starts_at)
        if appointment.kind is AppointmentKind.ORDINARY:
            serving = await self.desk.hall.services_at([appointment.window_id], day, day)
            if not set(wish.staff_ids) <= {service.staff_id for service in serving}:
                raise StaffNotAtWindow
        old = facts_of(appointment)
        await self.places.release_staff(appointment.id)
        await self.booking.overtime.cancel(appointment.id)
        names = await self._name(appointment, wish.staff_ids)
        await self._work_overtime(appointment, wish.staff_ids)
        await self.base.record(
            appointment,
            AppointmentEventKind.ASSIGNED,
            article=DUTIES,
            facts={"staff": names},
            old=old,
        )

    async def _work_overtime(self, appointment: Appointment, staff_ids: Sequence[UUID]) -> None:
        """Who waits outside office hours works overtime; the office hears of it as applied for."""
        await self.booking.overtime.apply(
            staff_ids,
            appointment.starts_at,
            appointment.ends_at,
            appointment_id=appointment.id,
            reason=f"{appointment.kind.label}{appointment.appointment_number}"
            f"：{appointment.item_name}",
        )

    async def _name(self, appointment: Appointment, staff_ids: Sequence[UUID]) -> list[str]:
        """Keep people for the time of an appointment; their ids, for its timeline."""
        day = hall_day(appointment.starts_at)
        wanted = list(dict.fromkeys(staff_ids))
        known = await self.places.staff(wanted)
        problems = [
            FieldProblem(f"/staff_ids/{n}", "unknown", "没有这个工作人员，或者此人已经离开中心。")
            for n, staff_id in enumerate(staff_ids)
            if staff_id not in known or _has_left(known[staff_id].left_on, day)
        ]
        if problems:
            raise InvalidInput(errors=problems)
        slot = Slot(appointment.starts_at, appointment.ends_at)
        gone = away(await self.desk.leave.cover_on(wanted, day, hall_day(appointment.ends_at)))
        for staff_id in wanted:
            if any(slot.overlaps(*absence) for absence in gone.get(staff_id, ())):
                raise StaffAway(f"{known[staff_id].name}在这个时间请假或外出，请改选人员。")
            await self.appointments.add(
                AppointmentStaff(
                    appointment_id=appointment.id,
                    staff_id=staff_id,
                    starts_at=appointment.starts_at,
                    ends_at=appointment.ends_at,
                )
            )
        return [known[staff_id].name for staff_id in wanted]

    # Colleagues

    async def ask_colleagues(
        self, appointment_id: UUID, wish: AskColleaguesCommand, *, seen: int
    ) -> None:
        """Other windows' help turns out to be needed (APPOINT 四)."""
        appointment = await self.base.lock(
            appointment_id, AppointmentAction.ASK_COLLEAGUES, seen=seen
        )
        appointment.version += 1
        await self.booking.ask_colleagues(appointment, wish.colleagues)

    async def acknowledge(self, appointment_id: UUID, *, seen: int) -> None:
        """The caller's windows promise the help that was asked for (APPOINT 四)."""
        appointment = await self.base.lock(appointment_id, AppointmentAction.ACKNOWLEDGE, seen=seen)
        [place] = (await self.base.places_of([appointment])).values()
        helping = set(helping_windows(place, self.desk.caller))
        old = facts_of(appointment)
        numbers = []
        for row in await self.appointments.colleagues_of([appointment.id]):
            if row.cooperation.window_id in helping:
                row.cooperation.acknowledged_at = self.desk.now
                row.cooperation.acknowledged_by_name = self.desk.caller.name
                numbers.append(row.window_number)
        await self.base.record(
            appointment,
            AppointmentEventKind.ACKNOWLEDGED,
            article=DUTIES,
            facts={"colleague_windows": numbers},
            old=old,
        )

    # Serving

    async def serve(self, appointment_id: UUID, *, seen: int) -> None:
        """The matter was handled, with a ticket or without, as out of hours."""
        appointment = await self.base.lock(appointment_id, AppointmentAction.SERVE, seen=seen)
        old = facts_of(appointment)
        move(appointment, AppointmentState.SERVED)
        appointment.served_at = self.desk.now
        await self.base.record(appointment, AppointmentEventKind.SERVED, article=DUTIES, old=old)

    # What the mere passing of time does

    async def close_missed(self, limit: int) -> int:
        """Note who did not come, once the grace is over; how many.

        Whom the hall itself could not have served has missed nothing: the visit is cancelled.
        """
        now = self.desk.now
        grace = missed_at(now, self.desk.edition) - now
        missed = await self.appointments.missed(now - grace, limit)
        calendar = await self.desk.calendars.current()
        hindered = {
            one.booked.id: [why for why in one.hindrances if why in HALLS_FAULT]
            for one in await self.affected.hindered(missed, calendar)
        }
        for appointment in missed:
            if faults := hindered.get(appointment.id):
                reason = "；".join(why.label for why in faults)
                await self.booking.give_up(appointment, f"因中心原因未能办理：{reason}。")
                continue
            old = facts_of(appointment)
            move(appointment, AppointmentState.NO_SHOW)
            await self.base.record(
                appointment, AppointmentEventKind.MISSED, article=DUTIES, old=old
            )
        return len(missed)

    async def close_undecided(self, limit: int) -> int:
        """Note the requests on which nobody decided until their time was over; how many."""
        lapsed = await self.appointments.undecided(self.desk.now, limit)
        for appointment in lapsed:
            old = facts_of(appointment)
            move(appointment, AppointmentState.LAPSED)
            await self.base.record(appointment, AppointmentEventKind.LAPSED, article=TIMES, old=old)
        return len(lapsed)

    async def remind_colleagues(self, limit: int) -> int:
        """Tell windows again that have not promised the help they were asked for (APPOINT 四)."""
        now, calendar = self.desk.now, await self.desk.calendars.current()
        if not calendar.is_open(now):
            return 0
        reminded = 0
        found = await self.appointments.unanswered(now, limit)
        for cooperation, appointment, department_id in found:
            if not is_reminder_due(cooperation.told_at, now, calendar, self.desk.edition):
                continue
            cooperation.told_at = now
            cooperation.reminders += 1
            await self.base.record(
                appointment,
                AppointmentEventKind.COLLEAGUE_REMINDED,
                article=DUTIES,
                facts={"matter": cooperation.matter, "reminders": cooperation.reminders},
                window_id=cooperation.window_id,
                department_id=department_id,
            )
            reminded += 1
        return reminded


def _has_left(left_on: date | None, day: date) -> bool:
    return left_on is not None and left_on < day
