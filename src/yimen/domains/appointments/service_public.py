"""The public side of an appointment: found by number and code, shown without anything personal."""

from typing import assert_never

from yimen.core.clock import HALL_ZONE
from yimen.core.errors import Conflict
from yimen.domains.appointments.enums import (
    ACTION_STATES,
    AWAITED,
    AppointmentAction,
    AppointmentKind,
    AppointmentState,
)
from yimen.domains.appointments.models import Appointment
from yimen.domains.appointments.repository import AppointmentRow
from yimen.domains.appointments.rules import CheckInTime
from yimen.domains.appointments.schemas import AppointmentBooked, AppointmentCreate
from yimen.domains.appointments.schemas_places import SlotList, SlotQuery
from yimen.domains.appointments.schemas_public import (
    AppointmentKey,
    PublicAppointment,
    PublicAppointmentBooked,
    PublicAppointmentCreate,
    PublicMove,
    PublicSpecialCreate,
)
from yimen.domains.appointments.service import WrongAppointmentState
from yimen.domains.appointments.service_steps import AppointmentStepService


class TooLateToChange(Conflict):
    code = "too_late_to_change"
    title = "预约的时间已到，不能再自己改期或取消，请与窗口联系。"


class PublicAppointmentService:
    """Serves whoever books for themselves, and whoever holds an appointment's number and code."""

    def __init__(self, steps: AppointmentStepService) -> None:
        self.steps = steps
        self.booking = booking = steps.booking
        self.base = booking.base
        self.desk = booking.desk

    async def list_slots(self, query: SlotQuery) -> SlotList:
        """The slots of a day by window, as everybody may see them."""
        return await self.booking.slots.list_slots(query)

    async def look_up(self, key: AppointmentKey) -> PublicAppointment:
        """The appointment at this moment; raises AppointmentCodeRefused."""
        return self.present(await self.base.by_code(key.appointment_number, key.code))

    async def book(self, wish: PublicAppointmentCreate) -> PublicAppointmentBooked:
        """A visit in a slot; raises what :meth:`BookingService.book` raises."""
        made = await self.booking.book(
            AppointmentCreate(
                item_id=wish.item_id,
                window_id=wish.window_id,
                starts_at=wish.starts_at,
                holder=wish.holder,
                note=wish.note,
                colleagues=[],
            )
        )
        return await self._with_code(made)

    async def request(self, wish: PublicSpecialCreate) -> PublicAppointmentBooked:
        """A visit at any other time; raises what :meth:`AppointmentStepService.request` raises."""
        return await self._with_code(await self.steps.request(wish))

    async def _with_code(self, made: AppointmentBooked) -> PublicAppointmentBooked:
        row = await self.base.by_code(made.appointment_number, made.lookup_code)
        return PublicAppointmentBooked(**dict(self.present(row)), lookup_code=made.lookup_code)

    async def move(self, wish: PublicMove) -> PublicAppointment:
        """Another slot; raises AppointmentCodeRefused, WrongAppointmentState, TooLateToChange."""
        calendar = await self.desk.calendars.hold()
        appointment = await self._lock(wish, AppointmentAction.MOVE)
        if appointment.kind is AppointmentKind.SPECIAL:
            raise WrongAppointmentState("特急件预约不能改期，请取消后重新提出。")
        await self.booking.move_to(
            appointment, wish.starts_at, wish.window_id, calendar, reason=None
        )
        return await self.look_up(wish)

    async def cancel(self, key: AppointmentKey) -> PublicAppointment:
        """The holder will not come; raises like :meth:`move`."""
        appointment = await self._lock(key, AppointmentAction.CANCEL)
        await self.booking.give_up(appointment, "本人取消")
        return await self.look_up(key)

    async def _lock(self, key: AppointmentKey, action: AppointmentAction) -> Appointment:
        row = await self.base.by_code(key.appointment_number, key.code)
        appointment = await self.base.appointments.lock_unseen(row.appointment.id)
        assert appointment is not None
        if appointment.state not in ACTION_STATES[action]:
            raise WrongAppointmentState(
                f"该预约目前“{appointment.state.label}”，不能{action.label}。"
            )
        if appointment.starts_at <= self.desk.now:
            raise TooLateToChange
        return appointment

    def present(self, row: AppointmentRow) -> PublicAppointment:
        """An appointment for its holder: nobody's name, no number but its own."""
        found = row.appointment
        time = self.base.check_in_time(found)
        return PublicAppointment(
            appointment_number=found.appointment_number,
            state=found.state,
            hint=hint(found, row.window_number, time),
            item_id=found.item_id,
            item_name=found.item_name,
            window_id=found.window_id,
            window_number=row.window_number,
            department_name=row.department_name,
            starts_at=found.starts_at,
            ends_at=found.ends_at,
            check_in_from=time.opens_at,
            check_in_until=time.closes_at,
            can_change=found.state in AWAITED and self.desk.now < found.starts_at,
        )


def hint(  # noqa: PLR0911 - one sentence a state
    found: Appointment, window: str, time: CheckInTime
) -> str:
    """One sentence for the holder: how it is, and what to do next."""
    starts = found.starts_at.astimezone(HALL_ZONE)
    match found.state:
        case AppointmentState.REQUESTED:
            return "已经提出，等待中心领导同意。"
        case AppointmentState.BOOKED:
            opens = time.opens_at.astimezone(HALL_ZONE)
            when = f"{starts.year}年{starts.month}月{starts.day}日 {starts:%H:%M}"
            return f"请在 {when} 前到{window}号窗口，{opens:%H:%M} 起可以签到。"
        case AppointmentState.CHECKED_IN:
            return f"已经签到，请留意叫号，到{window}号窗口办理。"
        case AppointmentState.SERVED:
            return "已经办理。"
        case AppointmentState.NO_SHOW:
            return "预约的时间已过，需要时可以重新预约，或到大厅取普通号。"
        case AppointmentState.CANCELLED:
            return "预约已经取消，需要时可以重新预约。"
        case AppointmentState.REFUSED:
            reason = f"：{found.closing_note}" if found.closing_note else ""
            return f"没有获得同意{reason}。请在正常上班时间预约。"
        case AppointmentState.LAPSED:
            return "没有及时作出决定，请与中心办公室联系。"
        case _:
            assert_never(found.state)
