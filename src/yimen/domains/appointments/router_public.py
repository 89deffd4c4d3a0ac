"""Slots and appointments over HTTP without a token: number and code instead."""

from typing import Annotated

from fastapi import Depends, Query

from yimen.core.rate_limits import limit_lookups
from yimen.core.routing import Router
from yimen.domains.appointments.dependencies import PublicAppointments
from yimen.domains.appointments.schemas_places import SlotList, SlotQuery
from yimen.domains.appointments.schemas_public import (
    AppointmentKey,
    PublicAppointment,
    PublicAppointmentBooked,
    PublicAppointmentCreate,
    PublicMove,
    PublicSpecialCreate,
)
from yimen.domains.appointments.service import (
    AppointmentCodeRefused,
    AppointmentOver,
    WrongAppointmentState,
)
from yimen.domains.appointments.service_booking import SameSlot, TooManyBookings
from yimen.domains.appointments.service_public import TooLateToChange
from yimen.domains.appointments.service_slots import (
    ItemNotAtThisWindow,
    ItemNotBookable,
    ItemSlotTaken,
    SlotNotOffered,
    SlotTaken,
    WindowNotFound,
)
from yimen.domains.appointments.service_steps import SpecialTooLong
from yimen.domains.calendars.rules import BeyondCalendar

slots = Router(prefix="/public/appointment-slots", tag="public-appointments")
public = Router(prefix="/public/appointments", tag="public-appointments")

PLACE = (ItemNotBookable, ItemNotAtThisWindow, SlotNotOffered, SlotTaken, ItemSlotTaken)
CHANGE = (AppointmentCodeRefused, WrongAppointmentState, TooLateToChange)


@slots.read(
    "",
    summary="某日可约的时段和余号",
    errors=[ItemNotBookable, ItemNotAtThisWindow, WindowNotFound, BeyondCalendar],
    public=True,
)
async def list_open_slots(
    query: Annotated[SlotQuery, Query()], appointments: PublicAppointments
) -> SlotList:
    return await appointments.list_slots(query)


@public.create(
    "",
    summary="预约一个时段",
    errors=[*PLACE, TooManyBookings],
    public=True,
    dependencies=[Depends(limit_lookups)],
)
async def book(
    wish: PublicAppointmentCreate, appointments: PublicAppointments
) -> PublicAppointmentBooked:
    return await appointments.book(wish)


@public.create(
    "/special",
    summary="提出正常上班时间以外或紧急的特急件预约，由中心领导决定",
    errors=[
        ItemNotBookable,
        ItemNotAtThisWindow,
        SlotNotOffered,
        SpecialTooLong,
        AppointmentOver,
        BeyondCalendar,
        TooManyBookings,
        WindowNotFound,
    ],
    public=True,
    dependencies=[Depends(limit_lookups)],
)
async def request_special(
    wish: PublicSpecialCreate, appointments: PublicAppointments
) -> PublicAppointmentBooked:
    return await appointments.request(wish)


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


@public.create(
    "/move",
    summary="凭编号和查询码改期",
    errors=[*CHANGE, *PLACE, SameSlot],
    public=True,
    status_code=200,
    dependencies=[Depends(limit_lookups)],
)
async def move(wish: PublicMove, appointments: PublicAppointments) -> PublicAppointment:
    return await appointments.move(wish)


@public.create(
    "/cancel",
    summary="凭编号和查询码取消预约",
    errors=[*CHANGE],
    public=True,
    status_code=200,
    dependencies=[Depends(limit_lookups)],
)
async def cancel(key: AppointmentKey, appointments: PublicAppointments) -> PublicAppointment:
    return await appointments.cancel(key)
