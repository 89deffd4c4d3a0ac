"""The public side of an appointment: found by number and code, shown without anything personal."""

from typing import assert_never

from yimen.core.clock import HALL_ZONE
from yimen.domains.appointments.enums import AppointmentState
from yimen.domains.appointments.models import Appointment
from yimen.domains.appointments.repository import AppointmentRow
from yimen.domains.appointments.rules import CheckInTime
from yimen.domains.appointments.schemas_public import AppointmentKey, PublicAppointment
from yimen.domains.appointments.service import AppointmentService


class PublicAppointmentService:
    """Answers whoever holds an appointment's number and code."""

    def __init__(self, base: AppointmentService) -> None:
        self.base = base
        self.desk = base.desk

    async def look_up(self, key: AppointmentKey) -> PublicAppointment:
        """The appointment at this moment; raises AppointmentCodeRefused."""
        return self.present(await self.base.by_code(key.appointment_number, key.code))

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
            can_change=found.state is AppointmentState.BOOKED and self.desk.now < found.starts_at,
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
