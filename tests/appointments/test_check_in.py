"""Checking in: who says that the holder is here, when, and what the queue learns of it."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from tests.appointments_factories import CODE, MadeAppointment, hall_time, make_appointment
from tests.catalog_factories import Items
from tests.conftest import SetClock
from tests.factories import Hall, Person

from yimen.core.audit import AuditEntry
from yimen.core.caller import Actor, Caller, DeviceCaller, DeviceKind
from yimen.core.database import new_id
from yimen.core.dependencies import Context
from yimen.core.errors import Stale
from yimen.core.outbox import OutboxEvent
from yimen.domains.appointments.dependencies import open_appointments
from yimen.domains.appointments.enums import AppointmentKind, AppointmentState
from yimen.domains.appointments.models import Appointment, AppointmentEvent
from yimen.domains.appointments.service import (
    AppointmentCodeRefused,
    AppointmentMissed,
    AppointmentNotFound,
    CheckInTooEarly,
    NotYourAppointment,
    WrongAppointmentState,
)
from yimen.domains.appointments.service_check_in import CheckInService

STARTS = hall_time("2026-03-11 10:30")
MakeDesk = Callable[[Actor | None], Awaitable[CheckInService]]


def device(kind: DeviceKind, window_id: UUID | None = None) -> DeviceCaller:
    return DeviceCaller(new_id(), new_id(), f"{kind}一号", kind, window_id)


def person(who: Person, *window_ids: UUID, department_id: UUID | None = None) -> Caller:
    return Caller(
        account_id=who.account_id,
        session_id=who.session_id,
        username=who.username,
        role=who.role,
        staff_id=who.staff_id,
        staff_name=who.name,
        department_id=department_id,
        window_ids=window_ids,
    )


@pytest.fixture
def desk(session: AsyncSession, context: Context, clock: SetClock) -> MakeDesk:
    async def make(actor: Actor | None) -> CheckInService:
        base = await open_appointments(session, context.personal_data, actor, clock.now)
        return CheckInService(base)

    return make


@pytest.fixture
async def booked(
    session: AsyncSession, context: Context, hall: Hall, items: Items
) -> MadeAppointment:
    return await make_appointment(
        session, context.personal_data, hall, items.food, starts_at=STARTS
    )


async def state_of(session: AsyncSession, made: MadeAppointment) -> AppointmentState | None:
    return await session.scalar(sa.select(Appointment.state).where(Appointment.id == made.id))


async def test_a_kiosk_checks_in_by_number_and_code_and_the_queue_learns_what_it_needs(
    *, desk: MakeDesk, booked: MadeAppointment, clock: SetClock, session: AsyncSession,
    hall: Hall, items: Items,
) -> None:  # fmt: skip
    clock.set("2026-03-11 10:10")
    service = await desk(device(DeviceKind.KIOSK))
    here = await service.check_in_by_code(booked.number, "k7qm3x9p2rtd")
    assert (here.appointment_id, here.appointment_number) == (booked.id, booked.number)
    assert (here.window_id, here.department_id) == (hall.window_01, hall.department_a)
    assert (here.item_id, here.item_name) == (items.food.item_id, "食品经营许可（新办）")
    assert (here.holder_name, here.is_special) == ("古丽娜尔·吾守尔", False)
    assert (here.starts_at, here.arrived_at) == (STARTS, clock.now)
    assert await state_of(session, booked) is AppointmentState.CHECKED_IN
    line = (await session.scalars(sa.select(AppointmentEvent))).one()
    assert (line.kind, line.actor_name, line.article) == ("checked_in", "kiosk一号", "APPOINT 四")
    event = (
        await session.scalars(
            sa.select(OutboxEvent).where(OutboxEvent.subject_id == str(booked.id))
        )
    ).one()
    assert (event.kind, event.window_id) == ("appointment.checked_in", hall.window_01)
    assert "古丽娜尔" not in str(event.facts)
    row = (
        await session.scalars(sa.select(AuditEntry).where(AuditEntry.subject_id == str(booked.id)))
    ).one()
    assert (row.actor, row.action) == ("device:kiosk一号", "appointment.checked_in")


@pytest.mark.parametrize(
    ("at", "refused"),
    [
        ("2026-03-11 09:29:59", CheckInTooEarly),
        ("2026-03-11 09:30:00", None),  # an hour before, by default
        ("2026-03-11 11:15:00", None),  # a quarter of an hour after its end
        ("2026-03-11 11:15:01", AppointmentMissed),
        ("2026-03-10 10:30:00", CheckInTooEarly),
        ("2026-03-12 10:30:00", AppointmentMissed),
    ],
)
async def test_one_checks_in_from_an_hour_before_until_the_grace_is_over(
    at: str, refused: type[Exception] | None, desk: MakeDesk, booked: MadeAppointment,
    clock: SetClock,
) -> None:  # fmt: skip
    clock.set(at)
    service = await desk(device(DeviceKind.QUEUE_MACHINE))
    if refused is None:
        assert (await service.check_in(booked.id)).appointment_id == booked.id
    else:
        with pytest.raises(refused):
            await service.check_in(booked.id)


async def test_wrong_codes_and_unknown_numbers_are_refused_alike(
    desk: MakeDesk, booked: MadeAppointment, clock: SetClock
) -> None:
    clock.now = STARTS
    service = await desk(device(DeviceKind.KIOSK))
    for number, code in ((booked.number, "K7QM-3X9P-2RTE"), ("YY-2026-000000", CODE), ("", "")):
        with pytest.raises(AppointmentCodeRefused):
            await service.check_in_by_code(number, code)
    with pytest.raises(AppointmentNotFound):
        await service.check_in(new_id())


async def test_only_its_own_window_department_office_and_ticket_machines_check_in(
    *, desk: MakeDesk, booked: MadeAppointment, clock: SetClock, hall: Hall, session: AsyncSession
) -> None:
    clock.now = STARTS
    refusing: list[tuple[Actor, type[Exception]]] = [
        (device(DeviceKind.SCREEN), NotYourAppointment),
        (device(DeviceKind.EVALUATOR, hall.window_01), NotYourAppointment),
        (device(DeviceKind.KIOSK, hall.window_02), NotYourAppointment),
        (person(hall.director), NotYourAppointment),
        (person(hall.clerk_elsewhere, hall.window_03), AppointmentNotFound),
        (person(hall.clerk_next_door, hall.window_02), AppointmentNotFound),
        (person(hall.chief_elsewhere, department_id=hall.department_b), AppointmentNotFound),
    ]
    for actor, refused in refusing:
        with pytest.raises(refused):
            await (await desk(actor)).check_in(booked.id)
    letting: list[Actor] = [
        person(hall.clerk, hall.window_01),
        person(hall.chief, department_id=hall.department_a),
        person(hall.office),
        device(DeviceKind.KIOSK, hall.window_01),
        device(DeviceKind.QUEUE_MACHINE),
    ]
    for actor in letting:
        await session.execute(sa.update(Appointment).values(state=AppointmentState.BOOKED))
        assert (await (await desk(actor)).check_in(booked.id)).arrived_at == STARTS


async def test_a_person_checks_in_the_version_that_they_saw(
    desk: MakeDesk, booked: MadeAppointment, clock: SetClock, hall: Hall
) -> None:
    clock.now = STARTS
    service = await desk(person(hall.clerk, hall.window_01))
    with pytest.raises(Stale):
        await service.check_in(booked.id, seen=2)
    await service.check_in(booked.id, seen=1)


@pytest.mark.parametrize(
    "state", [state for state in AppointmentState if state is not AppointmentState.BOOKED]
)
async def test_only_what_is_booked_is_checked_in(
    *, state: AppointmentState, desk: MakeDesk, booked: MadeAppointment, clock: SetClock,
    session: AsyncSession,
) -> None:  # fmt: skip
    clock.now = STARTS
    await session.execute(sa.update(Appointment).values(state=state))
    with pytest.raises(WrongAppointmentState):
        await (await desk(device(DeviceKind.KIOSK))).check_in(booked.id)


async def test_a_special_one_says_so(
    *, desk: MakeDesk, clock: SetClock, session: AsyncSession, context: Context, hall: Hall,
    items: Items,
) -> None:  # fmt: skip
    clock.set("2026-03-14 11:00")  # a Saturday
    made = await make_appointment(
        session, context.personal_data, hall, items.food,
        starts_at=clock.now, kind=AppointmentKind.SPECIAL, place_no=0,
    )  # fmt: skip
    here = await (await desk(person(hall.office))).check_in(made.id)
    assert here.is_special


async def test_the_queue_tells_what_became_of_it_and_the_first_word_counts(
    *, desk: MakeDesk, booked: MadeAppointment, clock: SetClock, session: AsyncSession
) -> None:
    clock.now = STARTS
    service = await desk(device(DeviceKind.KIOSK))
    await service.note_served(new_id())  # unknown: nothing happens
    await service.check_in(booked.id)
    clock.now += timedelta(minutes=20)
    service = await desk(None)
    await service.note_served(booked.id)
    await service.note_missed(booked.id)
    assert await state_of(session, booked) is AppointmentState.SERVED
    kinds = (await session.scalars(sa.select(AppointmentEvent.kind))).all()
    assert kinds == ["checked_in", "served"]


async def test_who_checked_in_and_is_not_there_when_called_has_missed_it(
    desk: MakeDesk, booked: MadeAppointment, clock: SetClock, session: AsyncSession
) -> None:
    clock.now = STARTS
    service = await desk(device(DeviceKind.KIOSK))
    await service.check_in(booked.id)
    await service.note_missed(booked.id)
    assert await state_of(session, booked) is AppointmentState.NO_SHOW
