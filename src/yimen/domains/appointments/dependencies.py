"""How FastAPI, the clock and the queue build the services of appointments."""

from datetime import datetime
from typing import Annotated

from fastapi import Depends

from yimen.core.caller import Actor
from yimen.core.crypto import PersonalData
from yimen.core.dependencies import AnyActor, DbSession, Now, ServiceContext
from yimen.domains.appointments.repository import AppointmentRepository, Session
from yimen.domains.appointments.repository_places import PlaceRepository
from yimen.domains.appointments.service import AppointmentDesk, AppointmentService
from yimen.domains.appointments.service_affected import AffectedService
from yimen.domains.appointments.service_booking import BookingService
from yimen.domains.appointments.service_capacities import CapacityService
from yimen.domains.appointments.service_check_in import CheckInService
from yimen.domains.appointments.service_public import PublicAppointmentService
from yimen.domains.appointments.service_slots import SlotService
from yimen.domains.appointments.service_steps import AppointmentStepService
from yimen.domains.calendars.dependencies import calendar_service
from yimen.domains.leave.dependencies import leave_of_the_clock
from yimen.domains.organisation.dependencies import hall_of_the_clock
from yimen.domains.rulebook.dependencies import rulebook_service


async def open_appointments(
    session: Session,
    personal_data: PersonalData | None,
    actor: Actor | None,
    now: datetime,
    *,
    nobody: str = "本人",
) -> AppointmentService:
    """For a person, a machine, or (without an actor) the public and the clock."""
    rulebook = await rulebook_service()
    return AppointmentService(
        AppointmentDesk(
            appointments=AppointmentRepository(session),
            places=PlaceRepository(session),
            calendars=await calendar_service(session, rulebook, now),
            rulebook=rulebook,
            hall=await hall_of_the_clock(session, now),
            leave=await leave_of_the_clock(session, now),
            personal_data=personal_data,
            actor=actor,
            now=now,
            nobody=nobody,
        )
    )


async def appointments_of_the_clock(session: Session, now: datetime) -> AppointmentStepService:
    """For what happens by the mere passing of time: no caller, and nothing personal is opened."""
    base = await open_appointments(session, None, None, now, nobody="系统")
    return AppointmentStepService(BookingService(SlotService(base)))


async def appointment_service(
    session: DbSession, actor: AnyActor, now: Now, context: ServiceContext
) -> AppointmentService:
    return await open_appointments(session, context.personal_data, actor, now)


Appointments = Annotated[AppointmentService, Depends(appointment_service)]


async def check_in_service(appointments: Appointments) -> CheckInService:
    return CheckInService(appointments)


async def slot_service(appointments: Appointments) -> SlotService:
    return SlotService(appointments)


Slots = Annotated[SlotService, Depends(slot_service)]


async def booking_service(slots: Slots) -> BookingService:
    return BookingService(slots)


Booking = Annotated[BookingService, Depends(booking_service)]


async def step_service(booking: Booking) -> AppointmentStepService:
    return AppointmentStepService(booking)


async def affected_service(slots: Slots) -> AffectedService:
    return AffectedService(slots)


async def capacity_service(slots: Slots) -> CapacityService:
    return CapacityService(slots)


async def public_appointment_service(
    session: DbSession, now: Now, context: ServiceContext
) -> PublicAppointmentService:
    base = await open_appointments(session, context.personal_data, None, now)
    return PublicAppointmentService(AppointmentStepService(BookingService(SlotService(base))))


CheckIns = Annotated[CheckInService, Depends(check_in_service)]
AppointmentSteps = Annotated[AppointmentStepService, Depends(step_service)]
AffectedBookings = Annotated[AffectedService, Depends(affected_service)]
Capacities = Annotated[CapacityService, Depends(capacity_service)]
PublicAppointments = Annotated[PublicAppointmentService, Depends(public_appointment_service)]
