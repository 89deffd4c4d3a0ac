"""Appointments over HTTP, for the people and machines of the hall."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Query, Response

from yimen.core.dependencies import AnyActor, AnyCaller, Director, IfMatch, Office
from yimen.core.idempotency import IdempotencyKeyMissing
from yimen.core.pagination import InvalidCursor
from yimen.core.preconditions import put_etag
from yimen.core.routing import Router
from yimen.domains.appointments.dependencies import (
    AffectedBookings,
    Appointments,
    AppointmentSteps,
    Booking,
    Capacities,
    Slots,
)
from yimen.domains.appointments.schemas import (
    APPOINTMENT_ID,
    AppointmentBooked,
    AppointmentCreate,
    AppointmentPage,
    AppointmentQuery,
    AppointmentRead,
    AppointmentTimeline,
    ApproveCommand,
    AskColleaguesCommand,
    AssignCommand,
    CancelCommand,
    HolderPhone,
    MoveCommand,
    RefuseCommand,
    RevealCommand,
    SpecialCreate,
)
from yimen.domains.appointments.schemas_places import (
    CAPACITY_ID,
    AffectedList,
    AffectedQuery,
    CapacityCreate,
    CapacityLifted,
    CapacityPage,
    CapacityQuery,
    CapacityRead,
    CapacityUpdate,
    SlotList,
    SlotQuery,
)
from yimen.domains.appointments.service import (
    AppointmentNotFound,
    AppointmentOver,
    AppointmentTooEarly,
    NotYourAppointment,
    WrongAppointmentState,
)
from yimen.domains.appointments.service_booking import (
    ColleagueAlreadyAsked,
    OwnWindowAsColleague,
    SameSlot,
    TooManyBookings,
)
from yimen.domains.appointments.service_capacities import CapacityAlreadySet, CapacityNotFound
from yimen.domains.appointments.service_slots import (
    ItemNotAtThisWindow,
    ItemNotBookable,
    ItemSlotTaken,
    SlotNotOffered,
    SlotTaken,
    WindowNotFound,
)
from yimen.domains.appointments.service_steps import (
    SpecialTooLong,
    StaffAway,
    StaffNotAtWindow,
    StaffTaken,
)
from yimen.domains.calendars.rules import BeyondCalendar

router = Router(prefix="/appointments", tag="appointments")
capacities = Router(prefix="/appointment-capacities", tag="appointments")

AppointmentId = Annotated[UUID, Path(examples=[APPOINTMENT_ID])]
CapacityId = Annotated[UUID, Path(examples=[CAPACITY_ID])]
ACT = (AppointmentNotFound, NotYourAppointment, WrongAppointmentState)
PLACE = (ItemNotBookable, ItemNotAtThisWindow, SlotNotOffered, SlotTaken, ItemSlotTaken)
COLLEAGUES = (WindowNotFound, OwnWindowAsColleague, ColleagueAlreadyAsked)


@router.read("", summary="预约列表", errors=[InvalidCursor])
async def list_appointments(
    query: Annotated[AppointmentQuery, Query()], appointments: Appointments, _: AnyCaller
) -> AppointmentPage:
    return await appointments.list_page(query)


@router.create(
    "",
    summary="预约一个时段",
    errors=[NotYourAppointment, *PLACE, *COLLEAGUES, TooManyBookings, IdempotencyKeyMissing],
)
async def book(
    wish: AppointmentCreate, response: Response, booking: Booking, _: AnyActor
) -> AppointmentBooked:
    made = await booking.book(wish)
    put_etag(response, made.version)
    response.headers["Location"] = f"/api/v1/appointments/{made.id}"
    return made


@router.create(
    "/special",
    summary="提出正常上班时间以外或紧急的特急件预约",
    errors=[
        NotYourAppointment,
        ItemNotBookable,
        ItemNotAtThisWindow,
        SlotNotOffered,
        SpecialTooLong,
        AppointmentOver,
        BeyondCalendar,
        TooManyBookings,
        *COLLEAGUES,
        IdempotencyKeyMissing,
    ],
)
async def request_special(
    wish: SpecialCreate, response: Response, steps: AppointmentSteps, _: AnyActor
) -> AppointmentBooked:
    made = await steps.request(wish, wish.colleagues)
    put_etag(response, made.version)
    response.headers["Location"] = f"/api/v1/appointments/{made.id}"
    return made


@router.read(
    "/slots",
    summary="某日可约的时段和余号",
    errors=[ItemNotBookable, ItemNotAtThisWindow, WindowNotFound, BeyondCalendar],
)
async def list_slots(query: Annotated[SlotQuery, Query()], slots: Slots, _: AnyActor) -> SlotList:
    return await slots.list_slots(query)


@router.read(
    "/affected",
    summary="因停用、日历变动或请假而受影响的预约，及可改的时段",
    errors=[BeyondCalendar],
)
async def list_affected(
    query: Annotated[AffectedQuery, Query()], affected: AffectedBookings, _: AnyCaller
) -> AffectedList:
    return await affected.list_affected(query)


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


@router.command(
    "/{appointment_id}/move",
    summary="改到另一个时段或窗口",
    errors=[*ACT, *PLACE, SameSlot],
)
async def move(
    *,
    appointment_id: AppointmentId,
    wish: MoveCommand,
    seen: IfMatch,
    response: Response,
    booking: Booking,
    appointments: Appointments,
) -> AppointmentRead:
    await booking.move(appointment_id, wish, seen=seen)
    return await shown_after(appointment_id, appointments, response)


@router.command("/{appointment_id}/cancel", summary="取消预约", errors=[*ACT])
async def cancel(
    *,
    appointment_id: AppointmentId,
    wish: CancelCommand,
    seen: IfMatch,
    response: Response,
    booking: Booking,
    appointments: Appointments,
) -> AppointmentRead:
    await booking.cancel(appointment_id, wish, seen=seen)
    return await shown_after(appointment_id, appointments, response)


@router.command(
    "/{appointment_id}/approve",
    summary="同意特急件预约并指定办理人员",
    errors=[*ACT, AppointmentOver, SlotTaken, StaffAway, StaffTaken],
)
async def approve(
    *,
    appointment_id: AppointmentId,
    wish: ApproveCommand,
    seen: IfMatch,
    response: Response,
    steps: AppointmentSteps,
    appointments: Appointments,
    _: Director,
) -> AppointmentRead:
    await steps.approve(appointment_id, wish, seen=seen)
    return await shown_after(appointment_id, appointments, response)


@router.command("/{appointment_id}/refuse", summary="不同意特急件预约", errors=[*ACT])
async def refuse(
    *,
    appointment_id: AppointmentId,
    wish: RefuseCommand,
    seen: IfMatch,
    response: Response,
    steps: AppointmentSteps,
    appointments: Appointments,
    _: Director,
) -> AppointmentRead:
    await steps.refuse(appointment_id, wish, seen=seen)
    return await shown_after(appointment_id, appointments, response)


@router.command(
    "/{appointment_id}/assign",
    summary="安排等候办理的人员",
    errors=[*ACT, StaffNotAtWindow, StaffAway, StaffTaken],
)
async def assign(
    *,
    appointment_id: AppointmentId,
    wish: AssignCommand,
    seen: IfMatch,
    response: Response,
    steps: AppointmentSteps,
    appointments: Appointments,
) -> AppointmentRead:
    await steps.assign(appointment_id, wish, seen=seen)
    return await shown_after(appointment_id, appointments, response)


@router.command(
    "/{appointment_id}/ask-colleagues",
    summary="请其他窗口配合办理",
    errors=[*ACT, *COLLEAGUES],
)
async def ask_colleagues(
    *,
    appointment_id: AppointmentId,
    wish: AskColleaguesCommand,
    seen: IfMatch,
    response: Response,
    steps: AppointmentSteps,
    appointments: Appointments,
) -> AppointmentRead:
    await steps.ask_colleagues(appointment_id, wish, seen=seen)
    return await shown_after(appointment_id, appointments, response)


@router.command("/{appointment_id}/acknowledge", summary="本窗口确认配合", errors=[*ACT])
async def acknowledge(
    *,
    appointment_id: AppointmentId,
    seen: IfMatch,
    response: Response,
    steps: AppointmentSteps,
    appointments: Appointments,
) -> AppointmentRead:
    await steps.acknowledge(appointment_id, seen=seen)
    return await shown_after(appointment_id, appointments, response)


@router.command("/{appointment_id}/serve", summary="登记已办理", errors=[*ACT, AppointmentTooEarly])
async def serve(
    *,
    appointment_id: AppointmentId,
    seen: IfMatch,
    response: Response,
    steps: AppointmentSteps,
    appointments: Appointments,
) -> AppointmentRead:
    await steps.serve(appointment_id, seen=seen)
    return await shown_after(appointment_id, appointments, response)


async def shown_after(
    appointment_id: UUID, appointments: Appointments, response: Response
) -> AppointmentRead:
    """The appointment as a command has left it, with its ETag."""
    shown = await appointments.read(appointment_id)
    put_etag(response, shown.version)
    return shown


# Capacities


@capacities.read("", summary="各窗口、事项的预约号数设定", errors=[InvalidCursor])
async def list_capacities(
    query: Annotated[CapacityQuery, Query()], settings: Capacities, _: AnyCaller
) -> CapacityPage:
    return await settings.list_page(query)


@capacities.create(
    "",
    summary="设定窗口或事项每个时段的号数",
    errors=[WindowNotFound, ItemNotBookable, ItemNotAtThisWindow, CapacityAlreadySet],
)
async def set_places(
    wish: CapacityCreate, response: Response, settings: Capacities, _: Office
) -> CapacityRead:
    made = await settings.set_places(wish)
    put_etag(response, made.version)
    response.headers["Location"] = f"/api/v1/appointment-capacities/{made.id}"
    return made


@capacities.read("/{capacity_id}", summary="查看号数设定", errors=[CapacityNotFound])
async def read_capacity(
    capacity_id: CapacityId, response: Response, settings: Capacities, _: AnyCaller
) -> CapacityRead:
    shown = await settings.read(capacity_id)
    put_etag(response, shown.version)
    return shown


@capacities.change("/{capacity_id}", summary="修改号数", errors=[CapacityNotFound])
async def change_places(
    *,
    capacity_id: CapacityId,
    wish: CapacityUpdate,
    seen: IfMatch,
    response: Response,
    settings: Capacities,
    _: Office,
) -> CapacityRead:
    changed = await settings.change(capacity_id, wish, seen=seen)
    put_etag(response, changed.version)
    return changed


@capacities.command(
    "/{capacity_id}/lift", summary="取消号数设定，恢复按在岗人员放号", errors=[CapacityNotFound]
)
async def lift_capacity(
    *, capacity_id: CapacityId, seen: IfMatch, settings: Capacities, _: Office
) -> CapacityLifted:
    return await settings.lift(capacity_id, seen=seen)
