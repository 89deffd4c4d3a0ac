"""How somebody with an appointment comes into the queue, over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Response

from yimen.core.dependencies import AnyCaller, IfMatch
from yimen.core.idempotency import IdempotencyKeyMissing
from yimen.core.preconditions import put_etag
from yimen.core.routing import Router
from yimen.domains.appointments.service import (
    AppointmentCodeRefused,
    AppointmentMissed,
    AppointmentNotFound,
    AppointmentOver,
    CheckInTooEarly,
    NotYourAppointment,
    WrongAppointmentState,
)
from yimen.domains.queue.dependencies import Arrivals
from yimen.domains.queue.schemas import APPOINTMENT_ID
from yimen.domains.queue.schemas_arrivals import ArrivalRead, CodeCheckIn

check_ins = Router(prefix="/appointments", tag="check-ins")

AppointmentId = Annotated[UUID, Path(examples=[APPOINTMENT_ID])]
ERRORS = [
    NotYourAppointment,
    WrongAppointmentState,
    CheckInTooEarly,
    AppointmentMissed,
    AppointmentOver,
]


@check_ins.create(
    "/check-in",
    summary="凭预约编号和查询码签到取号（自助终端、取号机）",
    errors=[AppointmentCodeRefused, *ERRORS, IdempotencyKeyMissing],
)
async def check_in_by_code(wish: CodeCheckIn, arrivals: Arrivals) -> ArrivalRead:
    return await arrivals.come_with_code(wish.appointment_number, wish.code)


@check_ins.command(
    "/{appointment_id}/check-in",
    summary="预约人到场签到取号",
    errors=[AppointmentNotFound, *ERRORS],
)
async def check_in(
    appointment_id: AppointmentId,
    seen: IfMatch,
    response: Response,
    arrivals: Arrivals,
    _: AnyCaller,
) -> ArrivalRead:
    arrival = await arrivals.come(appointment_id, seen)
    put_etag(response, seen + 1)
    return arrival
