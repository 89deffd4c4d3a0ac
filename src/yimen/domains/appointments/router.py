"""Appointments over HTTP, for people and machines of the hall."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Query, Response

from yimen.core.dependencies import AnyCaller
from yimen.core.pagination import InvalidCursor
from yimen.core.preconditions import put_etag
from yimen.core.routing import Router
from yimen.domains.appointments.dependencies import Appointments
from yimen.domains.appointments.schemas import (
    APPOINTMENT_ID,
    AppointmentPage,
    AppointmentQuery,
    AppointmentRead,
    AppointmentTimeline,
    HolderPhone,
    RevealCommand,
)
from yimen.domains.appointments.service import (
    AppointmentNotFound,
    AppointmentOver,
    NotYourAppointment,
    WrongAppointmentState,
)

router = Router(prefix="/appointments", tag="appointments")

AppointmentId = Annotated[UUID, Path(examples=[APPOINTMENT_ID])]
ACT = (AppointmentNotFound, NotYourAppointment, WrongAppointmentState, AppointmentOver)


@router.read("", summary="预约列表", errors=[InvalidCursor])
async def list_appointments(
    query: Annotated[AppointmentQuery, Query()], appointments: Appointments, _: AnyCaller
) -> AppointmentPage:
    return await appointments.list_page(query)


@router.read("/{appointment_id}", summary="查看预约", errors=[AppointmentNotFound])
async def read_appointment(
    appointment_id: AppointmentId, response: Response, appointments: Appointments, _: AnyCaller
) -> AppointmentRead:
    shown = await appointments.read(appointment_id)
    put_etag(response, shown.version)
    return shown


@router.read("/{appointment_id}/timeline", summary="预约的经过", errors=[AppointmentNotFound])
async def read_timeline(
    appointment_id: AppointmentId, appointments: Appointments, _: AnyCaller
) -> AppointmentTimeline:
    return await appointments.timeline(appointment_id)


@router.create(
    "/{appointment_id}/reveal-phone",
    summary="查看预约人完整电话（留痕）",
    errors=[AppointmentNotFound, NotYourAppointment],
    status_code=200,
)
async def reveal_phone(
    appointment_id: AppointmentId, wish: RevealCommand, appointments: Appointments, _: AnyCaller
) -> HolderPhone:
    return await appointments.reveal_phone(appointment_id, wish.reason)
