"""Appointments as the hall works with them: finding, showing, telling; what all acts share."""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from yimen.core.audit import record_audit
from yimen.core.caller import Actor, Caller, DeviceCaller
from yimen.core.clock import hall_day
from yimen.core.crypto import PersonalData, mask_id_number, mask_phone, place
from yimen.core.errors import AppError, Conflict, Forbidden, NotFound, Refusal
from yimen.core.outbox import publish_event
from yimen.core.preconditions import require_version
from yimen.core.schemas import AllowedAction
from yimen.domains.appointments.access import AppointmentPlace, may_check_in, why_not
from yimen.domains.appointments.enums import (
    APPOINTMENT_MOVES,
    AppointmentAction,
    AppointmentEventKind,
    AppointmentState,
)
from yimen.domains.appointments.models import Appointment, AppointmentEvent
from yimen.domains.appointments.repository import (
    AppointmentRepository,
    AppointmentRow,
    ColleagueRow,
)
from yimen.domains.appointments.repository_places import PlaceRepository
from yimen.domains.appointments.rules import CheckInTime, check_in_time
from yimen.domains.appointments.schemas import (
    AppointmentEventRead,
    AppointmentPage,
    AppointmentQuery,
    AppointmentRead,
    AppointmentTimeline,
    ColleagueRead,
    HolderPhone,
    StaffRead,
)
from yimen.domains.calendars.service import CalendarService
from yimen.domains.leave.service import LeaveService
from yimen.domains.organisation.service import OrganisationService
from yimen.domains.papers.rules import CODE_LENGTH, read_code, write_code
from yimen.domains.rulebook.service import Edition, RulebookService

SUBJECT = "appointment"
BOOKING = "APPOINT 二"
TIMES = "APPOINT 三"
DUTIES = "APPOINT 四"
NO_CODE = write_code(bytes(CODE_LENGTH))
"""What an unknown number is compared with, so that it takes as long as a wrong code."""


class AppointmentNotFound(NotFound):
    code = "appointment_not_found"
    title = "没有找到该预约，或者您无权查看。"


class AppointmentCodeRefused(NotFound):
    code = "appointment_code_refused"
    title = "预约编号或查询码不正确，请核对后重新输入。"


class NotYourAppointment(Forbidden):
    code = "not_your_appointment"
    title = "该预约不由您办理。"


class WrongAppointmentState(Conflict):
    code = "appointment_state"
    title = "预约当前的状态不允许这样办理。"


class AppointmentOver(Conflict):
    code = "appointment_over"
    title = "预约的时间已经过去。"


class AppointmentTooEarly(Conflict):
    code = "appointment_too_early"
    title = "还没有到预约的时间。"


class CheckInTooEarly(Conflict):
    code = "check_in_too_early"
    title = "还没有到签到的时间，请届时再来，或取普通号。"


class AppointmentMissed(Conflict):
    code = "appointment_missed"
    title = "预约的时间已过，请取普通号，或重新预约。"


@dataclass(frozen=True, slots=True)
class AppointmentDesk:
    """What one request on appointments works with."""

    appointments: AppointmentRepository
    places: PlaceRepository
    calendars: CalendarService
    rulebook: RulebookService
    hall: OrganisationService
    leave: LeaveService
    personal_data: PersonalData | None
    """None for the clock, which opens nothing."""
    actor: Actor | None
    """A person or a machine; none for the public, who has number and code, and for the clock."""
    now: datetime
    nobody: str = "本人"
    """How a timeline names whoever acts without a log-in."""

    @property
    def today(self) -> date:
        return hall_day(self.now)

    @property
    def secret(self) -> PersonalData:
        """What opens and closes personal data; the clock never gets here."""
        assert self.personal_data is not None
        return self.personal_data

    @property
    def edition(self) -> Edition:
        """The rules of today."""
        return self.rulebook.edition_on(self.today)

    @property
    def caller(self) -> Caller:
        """The person who acts; endpoints for people only get here."""
        assert isinstance(self.actor, Caller)
        return self.actor


class AppointmentService:
    """Finding, showing and telling."""

    def __init__(self, desk: AppointmentDesk) -> None:
        self.desk = desk
        self.appointments = desk.appointments

    # Finding

    async def by_code(self, appointment_number: str, code: str) -> AppointmentRow:
        """The appointment of a number and its code; raises AppointmentCodeRefused for a wrong code
        and for an unknown number alike: same reply, same query, same comparison.
        """
        row = await self.appointments.for_holder(appointment_number)
        known = NO_CODE if row is None else row.appointment.lookup_code
        given = read_code(code) or ""
        if not hmac.compare_digest(known.encode(), given.encode()) or row is None:
            raise AppointmentCodeRefused
        return row

    async def find(self, appointment_id: UUID) -> AppointmentRow:
        """An appointment that the caller may see; raises AppointmentNotFound."""
        row = await self.appointments.find(appointment_id, self.desk.caller)
        if row is None:
            raise AppointmentNotFound
        return row

    async def lock(
        self, appointment_id: UUID, action: AppointmentAction, *, seen: int
    ) -> Appointment:
        """An appointment as the caller saw it, held, with which they may do this now."""
        appointment = await self.appointments.lock(appointment_id, self.desk.caller)
        if appointment is None:
            raise AppointmentNotFound
        require_version(appointment.version, seen)
        [place] = (await self.places_of([appointment])).values()
        refusal = why_not(action, place, self.desk.caller, self.desk.now)
        if refusal is not None:
            raise error_of(refusal, appointment.state)
        return appointment

    async def places_of(self, found: Sequence[Appointment]) -> dict[UUID, AppointmentPlace]:
        """What access asks of each appointment."""
        return self._places(found, await self.appointments.colleagues_of([a.id for a in found]))

    def _places(
        self, found: Sequence[Appointment], colleagues: Sequence[ColleagueRow]
    ) -> dict[UUID, AppointmentPlace]:
        waiting: dict[UUID, dict[UUID, UUID]] = {}
        for row in colleagues:
            if row.cooperation.acknowledged_at is None:
                asked = waiting.setdefault(row.cooperation.appointment_id, {})
                asked[row.cooperation.window_id] = row.department_id
        return {
            appointment.id: AppointmentPlace(
                window_id=appointment.window_id,
                department_id=appointment.department_id,
                kind=appointment.kind,
                state=appointment.state,
                ends_at=appointment.ends_at,
                check_in=self.check_in_time(appointment),
                colleagues=waiting.get(appointment.id, {}),
            )
            for appointment in found
        }

    def check_in_time(self, appointment: Appointment) -> CheckInTime:
        """When the holder may check in, by the rules of that day."""
        edition = self.desk.rulebook.edition_on(hall_day(appointment.starts_at))
        return check_in_time(appointment.starts_at, appointment.ends_at, edition)

    # Showing

    async def list_page(self, query: AppointmentQuery) -> AppointmentPage:
        """Appointments that the caller may see, the earliest first."""
        rows, cursor, total = await self.appointments.appointments_page(
            query, self.desk.caller, self.desk.now
        )
        return AppointmentPage(items=await self.present(rows), next_cursor=cursor, total=total)

    async def read(self, appointment_id: UUID) -> AppointmentRead:
        """One appointment as it stands."""
        [shown] = await self.present([await self.find(appointment_id)])
        return shown

    async def present(self, rows: Sequence[AppointmentRow]) -> list[AppointmentRead]:
        """The representations of appointments at this moment; two queries, however many."""
        ids = [row.appointment.id for row in rows]
        colleagues = await self.appointments.colleagues_of(ids) if ids else []
        named = await self.appointments.staff_of(ids) if ids else []
        places = self._places([row.appointment for row in rows], colleagues)
        staff: dict[UUID, list[StaffRead]] = {}
        for one in named:
            staff.setdefault(one.appointment_id, []).append(
                StaffRead(staff_id=one.staff_id, staff_name=one.staff_name)
            )
        helping: dict[UUID, list[ColleagueRead]] = {}
        for row in colleagues:
            helping.setdefault(row.cooperation.appointment_id, []).append(_colleague(row))
        return [
            self._present(
                row,
                places[row.appointment.id],
                staff.get(row.appointment.id, []),
                helping.get(row.appointment.id, []),
            )
            for row in rows
        ]

    async def present_new(self, row: AppointmentRow, *, has_colleagues: bool) -> AppointmentRead:
        """An appointment just made: nobody is named to wait, and mostly no window to help."""
        if has_colleagues:
            [shown] = await self.present([row])
            return shown
        place = self._places([row.appointment], [])[row.appointment.id]
        return self._present(row, place, [], [])

    def _present(
        self,
        row: AppointmentRow,
        place: AppointmentPlace,
        staff: list[StaffRead],
        colleagues: list[ColleagueRead],
    ) -> AppointmentRead:
        found = row.appointment
        id_number = open_id_number(found, self.desk.secret)
        return AppointmentRead(
            id=found.id,
            appointment_number=found.appointment_number,
            kind=found.kind,
            channel=found.channel,
            state=found.state,
            item_id=found.item_id,
            item_name=found.item_name,
            window_id=found.window_id,
            window_number=row.window_number,
            department_id=found.department_id,
            department_name=row.department_name,
            starts_at=found.starts_at,
            ends_at=found.ends_at,
            check_in_from=place.check_in.opens_at,
            check_in_until=place.check_in.closes_at,
            holder_name=found.holder_name,
            phone_masked=mask_phone(open_phone(found, self.desk.secret)),
            id_number_masked=None if id_number is None else mask_id_number(id_number),
            note=found.note,
            booked_at=found.booked_at,
            booked_by_name=found.booked_by_name,
            decided_at=found.decided_at,
            decided_by_name=found.decided_by_name,
            closing_note=found.closing_note,
            checked_in_at=found.checked_in_at,
            served_at=found.served_at,
            staff=staff,
            colleagues=colleagues,
            allowed_actions=self._judge(place),
            version=found.version,
        )

    def _judge(self, place: AppointmentPlace) -> list[AllowedAction]:
        if not isinstance(self.desk.actor, Caller):
            return []  # a machine gives no commands
        return [
            AllowedAction.of(action, why_not(action, place, self.desk.caller, self.desk.now))
            for action in AppointmentAction
        ]

    async def timeline(self, appointment_id: UUID) -> AppointmentTimeline:
        """Everything that happened to an appointment, oldest first."""
        await self.find(appointment_id)
        events = await self.appointments.events(appointment_id)
        return AppointmentTimeline(
            items=[AppointmentEventRead.model_validate(event) for event in events]
        )

    async def reveal_phone(self, appointment_id: UUID, reason: str) -> HolderPhone:
        """The holder's phone in full, to the window and the office; audited with the reason."""
        found = (await self.find(appointment_id)).appointment
        [place] = (await self.places_of([found])).values()
        if not may_check_in(place, self.desk.caller):
            raise NotYourAppointment
        await record_audit(
            self.appointments.session,
            caller=self.desk.caller,
            action="appointment.reveal_phone",
            subject_type=SUBJECT,
            subject_id=found.id,
            new={"reason": reason},
        )
        return HolderPhone(phone=open_phone(found, self.desk.secret))

    # Telling

    async def record(
        self,
        appointment: Appointment,
        kind: AppointmentEventKind,
        *,
        article: str,
        note: str | None = None,
        facts: Mapping[str, object] | None = None,
        old: Mapping[str, object] | None = None,
        window_id: UUID | None = None,
        department_id: UUID | None = None,
    ) -> None:
        """Write a change: a new version, its line, its audit row, its event.

        The appointment's own window is told, or the one that is named.
        """
        desk = self.desk
        if old is not None:
            appointment.version += 1
        await self.appointments.flush()
        await self.appointments.add(
            AppointmentEvent(
                appointment_id=appointment.id,
                kind=kind,
                occurred_at=desk.now,
                account_id=None if desk.actor is None else desk.actor.account_id,
                actor_name=self.actor_name(),
                article=article,
                note=note,
                facts=dict(facts or {}),
            )
        )
        await record_audit(
            self.appointments.session,
            caller=desk.actor,
            action=f"appointment.{kind}",
            subject_type=SUBJECT,
            subject_id=appointment.id,
            old=old,
            new=facts_of(appointment),
        )
        await self.announce(
            appointment, kind, facts=facts, window_id=window_id, department_id=department_id
        )

    async def announce(
        self,
        appointment: Appointment,
        kind: AppointmentEventKind,
        *,
        facts: Mapping[str, object] | None = None,
        window_id: UUID | None = None,
        department_id: UUID | None = None,
    ) -> None:
        """Tell the appointment's window, or another one, what happened; nothing personal."""
        await publish_event(
            self.appointments.session,
            kind=f"appointment.{kind}",
            subject_type=SUBJECT,
            subject_id=appointment.id,
            window_id=window_id or appointment.window_id,
            department_id=department_id or appointment.department_id,
            occurred_at=self.desk.now,
            facts={
                "appointment_number": appointment.appointment_number,
                "item_name": appointment.item_name,
                **facts_of(appointment),
                **(facts or {}),
            },
        )

    def actor_name(self) -> str:
        """Who acts, as a timeline names them."""
        match self.desk.actor:
            case None:
                return self.desk.nobody
            case DeviceCaller(name=name):
                return name
            case actor:
                return actor.name


_REFUSALS: dict[str, type[AppError]] = {
    error.code: error
    for error in (
        Forbidden,
        NotYourAppointment,
        AppointmentOver,
        AppointmentTooEarly,
        CheckInTooEarly,
        AppointmentMissed,
    )
}


def error_of(refusal: Refusal, state: AppointmentState) -> AppError:
    """The error that a refused command answers with."""
    if refusal.code != WrongAppointmentState.code:
        return _REFUSALS[refusal.code](refusal.reason)
    allowed = sorted(move.value for move in APPOINTMENT_MOVES[state])
    return WrongAppointmentState(refusal.reason, allowed=allowed)


def move(appointment: Appointment, state: AppointmentState) -> None:
    """Put an appointment into another state; which moves there are is the table's to say."""
    assert state in APPOINTMENT_MOVES[appointment.state], f"{appointment.state} → {state}"
    appointment.state = state


def facts_of(appointment: Appointment) -> dict[str, object]:
    """What of an appointment goes into audit and events; nothing personal."""
    return {
        "kind": appointment.kind.value,
        "state": appointment.state.value,
        "window_id": str(appointment.window_id),
        "item_id": str(appointment.item_id),
        "starts_at": appointment.starts_at.isoformat(),
        "ends_at": appointment.ends_at.isoformat(),
        "place_no": appointment.place_no,
    }


def open_phone(appointment: Appointment, secret: PersonalData) -> str:
    """The holder's phone in full."""
    return secret.decrypt(appointment.holder_phone, bound_to=place(appointment.id, "holder_phone"))


def open_id_number(appointment: Appointment, secret: PersonalData) -> str | None:
    """The holder's number in full, if it was given."""
    if appointment.holder_id_number is None:
        return None
    return secret.decrypt(
        appointment.holder_id_number, bound_to=place(appointment.id, "holder_id_number")
    )


def _colleague(row: ColleagueRow) -> ColleagueRead:
    cooperation = row.cooperation
    return ColleagueRead(
        window_id=cooperation.window_id,
        window_number=row.window_number,
        matter=cooperation.matter,
        asked_at=cooperation.asked_at,
        asked_by_name=cooperation.asked_by_name,
        acknowledged_at=cooperation.acknowledged_at,
        acknowledged_by_name=cooperation.acknowledged_by_name,
        reminders=cooperation.reminders,
    )
