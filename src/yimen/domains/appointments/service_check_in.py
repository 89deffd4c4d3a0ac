"""Checking in: what the queue asks when somebody with an appointment comes into the hall."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from yimen.core.caller import Caller
from yimen.core.preconditions import require_version
from yimen.domains.appointments.access import may_check_in, why_no_check_in
from yimen.domains.appointments.enums import (
    ACTION_STATES,
    APPOINTMENT_MOVES,
    AppointmentAction,
    AppointmentEventKind,
    AppointmentKind,
    AppointmentState,
)
from yimen.domains.appointments.models import Appointment
from yimen.domains.appointments.service import (
    DUTIES,
    AppointmentNotFound,
    AppointmentService,
    NotYourAppointment,
    WrongAppointmentState,
    error_of,
    facts_of,
    move,
)


@dataclass(frozen=True, slots=True)
class CheckedIn:
    """An appointment whose holder has come: what a queue needs to give out a ticket."""

    appointment_id: UUID
    appointment_number: str
    window_id: UUID
    department_id: UUID
    """Whose item it is."""
    item_id: UUID
    item_name: str
    holder_name: str
    is_special: bool
    """The director's word: to be served at once (APPOINT 三)."""
    starts_at: datetime
    ends_at: datetime
    arrived_at: datetime
    """Before ``starts_at`` when early, after it when late; nobody comes after the grace."""


class CheckInService:
    """Turns a booking into somebody who is here; what it makes of it is the queue's.

    All happens in the caller's transaction. The appointment stays locked until it ends.
    """

    def __init__(self, base: AppointmentService) -> None:
        self.base = base
        self.desk = base.desk
        self.appointments = base.appointments

    async def check_in(self, appointment_id: UUID, *, seen: int | None = None) -> CheckedIn:
        """The holder is here, says a person of the hall or a machine that knows the appointment.

        ``seen``: the version that a person has read. Raises AppointmentNotFound,
        NotYourAppointment, WrongAppointmentState, CheckInTooEarly, AppointmentMissed, Stale.
        """
        actor = self.desk.actor
        if isinstance(actor, Caller):
            appointment = await self.appointments.lock(appointment_id, actor)
        else:
            appointment = await self.appointments.lock_unseen(appointment_id)
        if appointment is None:
            raise AppointmentNotFound
        if seen is not None:
            require_version(appointment.version, seen)
        return await self._check_in(appointment)

    async def check_in_by_code(self, appointment_number: str, code: str) -> CheckedIn:
        """The holder is here and shows number and code; a machine takes no more than that.

        Raises AppointmentCodeRefused and what :meth:`check_in` raises.
        """
        found = await self.base.by_code(appointment_number, code)
        appointment = await self.appointments.lock_unseen(found.appointment.id)
        assert appointment is not None
        return await self._check_in(appointment)

    async def _check_in(self, appointment: Appointment) -> CheckedIn:
        actor = self.desk.actor
        [place] = (await self.base.places_of([appointment])).values()
        if actor is not None and not may_check_in(place, actor):
            raise NotYourAppointment
        if appointment.state not in ACTION_STATES[AppointmentAction.CHECK_IN]:
            raise WrongAppointmentState(
                f"该预约目前“{appointment.state.label}”，不能签到。",
                allowed=sorted(move.value for move in APPOINTMENT_MOVES[appointment.state]),
            )
        refusal = why_no_check_in(place.check_in, self.desk.now)
        if refusal is not None:
            raise error_of(refusal, appointment.state)
        old = facts_of(appointment)
        move(appointment, AppointmentState.CHECKED_IN)
        appointment.checked_in_at = self.desk.now
        await self.base.record(
            appointment, AppointmentEventKind.CHECKED_IN, article=DUTIES, old=old
        )
        return CheckedIn(
            appointment_id=appointment.id,
            appointment_number=appointment.appointment_number,
            window_id=appointment.window_id,
            department_id=appointment.department_id,
            item_id=appointment.item_id,
            item_name=appointment.item_name,
            holder_name=appointment.holder_name,
            is_special=appointment.kind is AppointmentKind.SPECIAL,
            starts_at=appointment.starts_at,
            ends_at=appointment.ends_at,
            arrived_at=self.desk.now,
        )

    async def note_served(self, appointment_id: UUID) -> None:
        """The ticket that came of a checked-in appointment was finished; for the queue."""
        await self._note(appointment_id, AppointmentState.SERVED, AppointmentEventKind.SERVED)

    async def note_missed(self, appointment_id: UUID) -> None:
        """The holder checked in and was not there when called; for the queue."""
        await self._note(appointment_id, AppointmentState.NO_SHOW, AppointmentEventKind.MISSED)

    async def _note(
        self, appointment_id: UUID, state: AppointmentState, kind: AppointmentEventKind
    ) -> None:
        appointment = await self.appointments.lock_unseen(appointment_id)
        if appointment is None or state not in APPOINTMENT_MOVES[appointment.state]:
            return  # closed by the window meanwhile: the first word counts
        old = facts_of(appointment)
        move(appointment, state)
        if state is AppointmentState.SERVED:
            appointment.served_at = self.desk.now
        await self.base.record(appointment, kind, article=DUTIES, old=old)
