"""Appointments over HTTP without a token: number and code instead."""

from fastapi import Depends

from yimen.core.rate_limits import limit_lookups
from yimen.core.routing import Router
from yimen.domains.appointments.dependencies import PublicAppointments
from yimen.domains.appointments.schemas_public import AppointmentKey, PublicAppointment
from yimen.domains.appointments.service import AppointmentCodeRefused

public = Router(prefix="/public/appointments", tag="public-appointments")


@public.create(
    "/lookup",
    summary="凭编号和查询码查看预约",
    errors=[AppointmentCodeRefused],
    public=True,
    repeatable=False,  # changes nothing, and a kept reply would be an old one
    status_code=200,
    dependencies=[Depends(limit_lookups)],
)
async def look_up(key: AppointmentKey, appointments: PublicAppointments) -> PublicAppointment:
    return await appointments.look_up(key)
