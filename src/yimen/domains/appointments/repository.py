"""Every query on appointments. Reads start at what the caller may see."""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple, TypeAlias
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from yimen.core.caller import Caller, Role
from yimen.core.clock import start_of_day
from yimen.core.database import table_of
from yimen.core.pagination import SortKey
from yimen.core.repository import Repository
from yimen.domains.appointments.access import sees_all
from yimen.domains.appointments.enums import (
    AWAITED,
    HOLDS_PLACE,
    AppointmentState,
    AppointmentView,
)
from yimen.domains.appointments.models import (
    Appointment,
    AppointmentEvent,
    AppointmentStaff,
    Cooperation,
)
from yimen.domains.appointments.schemas import AppointmentQuery
from yimen.domains.organisation.models import Department, StaffMember, Window

Session: TypeAlias = AsyncSession
"""For the signatures of jobs and dependencies, which leave SQLAlchemy to this module."""

_Colleague = aliased(Window)

Rows: TypeAlias = Select[*tuple[Any, ...]]

_EARLIEST_FIRST = SortKey(
    (table_of(Appointment).c.starts_at, table_of(Appointment).c.id), (datetime, UUID)
)


class AppointmentRow(NamedTuple):
    """An appointment with the names that its representation shows."""

    appointment: Appointment
    window_number: str
    department_name: str


class KeptRow(NamedTuple):
    """A booking still to come, and whether whoever asks may see it."""

    kept: AppointmentRow
    is_seen: bool


class ColleagueRow(NamedTuple):
    """A window whose help is needed, with its number and department."""

    cooperation: Cooperation
    window_number: str
    department_id: UUID


class NamedStaff(NamedTuple):
    """Somebody named to wait for an appointment."""

    appointment_id: UUID
    staff_id: UUID
    staff_name: str


def midnight(day: date) -> datetime:
    return start_of_day(day)


def _within(first: date | None, last: date | None) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if first is not None:
        found.append(Appointment.starts_at >= midnight(first))
    if last is not None:
        found.append(Appointment.starts_at < midnight(last + timedelta(days=1)))
    return found


class AppointmentRepository(Repository):
    """Appointments: all for office and director, else the own, and those that need one's help."""

    def _seen(self, caller: Caller) -> ColumnElement[bool]:
        if sees_all(caller):
            return sa.true()
        helping = sa.exists().where(
            Cooperation.appointment_id == Appointment.id, _helped_by(caller)
        )
        own = [Appointment.window_id.in_(caller.window_ids), helping]
        if caller.role is Role.CHIEF_REPRESENTATIVE and caller.department_id is not None:
            own.append(Appointment.department_id == caller.department_id)
        return sa.or_(*own)

    def _visible(self, caller: Caller) -> Rows:
        return _WITH_NAMES.where(self._seen(caller))

    # One appointment

    async def find(self, appointment_id: UUID, caller: Caller) -> AppointmentRow | None:
        """An appointment with its names, if the caller may see it."""
        return await self._one(self._visible(caller).where(Appointment.id == appointment_id))

    async def by_id(self, appointment_id: UUID) -> AppointmentRow | None:
        """An appointment that the actor has just made or come to by its code."""
        return await self._one(_WITH_NAMES.where(Appointment.id == appointment_id))

    async def for_holder(self, appointment_number: str) -> AppointmentRow | None:
        """The appointment of a number, for whoever has its code."""
        return await self._one(
            _WITH_NAMES.where(Appointment.appointment_number == appointment_number)
        )

    async def _one(self, statement: Rows) -> AppointmentRow | None:
        found = await self.session.execute(statement.execution_options(populate_existing=True))
        row = found.one_or_none()
        return None if row is None else AppointmentRow(*row[2:])

    async def lock(self, appointment_id: UUID, caller: Caller) -> Appointment | None:
        """An appointment to be changed: nobody else changes it until the transaction ends."""
        return await self._hold(
            sa.select(Appointment).where(Appointment.id == appointment_id, self._seen(caller))
        )

    async def lock_unseen(self, appointment_id: UUID) -> Appointment | None:
        """Likewise for a holder who gave the code, or a machine."""
        return await self._hold(sa.select(Appointment).where(Appointment.id == appointment_id))

    async def _hold(self, statement: Select[Any]) -> Appointment | None:
        found: Appointment | None = await self.session.scalar(
            statement.with_for_update(of=Appointment).execution_options(populate_existing=True)
        )
        return found

    # Lists

    async def appointments_page(
        self, query: AppointmentQuery, caller: Caller, now: datetime
    ) -> tuple[list[AppointmentRow], str | None, int | None]:
        """Appointments that the caller may see, the earliest first."""
        conditions = _within(query.from_on, query.to_on)
        for value, column in (
            (query.window_id, Appointment.window_id),
            (query.department_id, Appointment.department_id),
            (query.item_id, Appointment.item_id),
            (query.state, Appointment.state),
            (query.kind, Appointment.kind),
            (query.appointment_number, Appointment.appointment_number),
        ):
            if value is not None:
                conditions.append(column == value)
        if query.view is not None:
            conditions += _view(query.view, caller, now)
        statement = self._visible(caller).where(*conditions)
        rows, cursor, total = await self.page(statement, query, _EARLIEST_FIRST)
        return [AppointmentRow(*row[2:]) for row in rows], cursor, total

    async def colleagues_of(self, appointment_ids: Collection[UUID]) -> list[ColleagueRow]:
        """The windows whose help appointments need, by number."""
        found = await self.session.execute(
            sa.select(Cooperation, Window.number, Window.department_id)
            .join(Window, Window.id == Cooperation.window_id)
            .where(Cooperation.appointment_id.in_(appointment_ids))
            .order_by(Window.number)
            .execution_options(populate_existing=True)
        )
        return [ColleagueRow(*row) for row in found]

    async def staff_of(self, appointment_ids: Collection[UUID]) -> list[NamedStaff]:
        """Who was named to wait for appointments, by staff number."""
        found = await self.session.execute(
            sa.select(AppointmentStaff.appointment_id, StaffMember.id, StaffMember.name)
            .join(StaffMember, StaffMember.id == AppointmentStaff.staff_id)
            .where(AppointmentStaff.appointment_id.in_(appointment_ids))
            .order_by(StaffMember.staff_number)
        )
        return [NamedStaff(*row) for row in found]

    async def events(self, appointment_id: UUID) -> Sequence[AppointmentEvent]:
        """The course of an appointment, oldest first."""
        found = await self.session.scalars(
            sa.select(AppointmentEvent)
            .where(AppointmentEvent.appointment_id == appointment_id)
            .order_by(AppointmentEvent.id)
        )
        return found.all()

    async def kept_between(
        self, first: date, last: date, window_id: UUID | None, caller: Caller
    ) -> list[KeptRow]:
        """All that is still to come on some days, by whom it was booked first, and whether the
        caller sees it: who was there before counts for everybody.
        """
        statement = _WITH_NAMES.add_columns(self._seen(caller)).where(
            Appointment.state == AppointmentState.BOOKED, *_within(first, last)
        )
        if window_id is not None:
            statement = statement.where(Appointment.window_id == window_id)
        statement = statement.order_by(Appointment.starts_at, Appointment.booked_at, Appointment.id)
        found = await self.session.execute(statement)
        return [KeptRow(AppointmentRow(*row[2:5]), row[5]) for row in found]

    # What time does

    async def missed(self, before: datetime, limit: int) -> Sequence[Appointment]:
        """Booked ones that ended before an instant without anybody coming; locked."""
        return await self._passed(AppointmentState.BOOKED, before, limit)

    async def undecided(self, before: datetime, limit: int) -> Sequence[Appointment]:
        """Requests that nobody decided on until their time was over; locked."""
        return await self._passed(AppointmentState.REQUESTED, before, limit)

    async def _passed(
        self, state: AppointmentState, before: datetime, limit: int
    ) -> Sequence[Appointment]:
        found = await self.session.scalars(
            sa.select(Appointment)
            .where(
                Appointment.state == state,
                Appointment.state.in_(AWAITED),
                Appointment.ends_at < before,
            )
            .order_by(Appointment.ends_at, Appointment.booked_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        return found.all()

    async def unanswered(
        self, now: datetime, limit: int
    ) -> list[tuple[Cooperation, Appointment, UUID]]:
        """Windows that have not promised their help to what is still to come, with departments."""
        found = await self.session.execute(
            sa.select(Cooperation, Appointment, Window.department_id)
            .join(Appointment, Appointment.id == Cooperation.appointment_id)
            .join(Window, Window.id == Cooperation.window_id)
            .where(
                Cooperation.acknowledged_at.is_(None),
                Appointment.state.in_(AWAITED),
                Appointment.starts_at > now,
            )
            .order_by(Cooperation.told_at)
            .limit(limit)
            .with_for_update(of=Cooperation, skip_locked=True)
        )
        return [(row[0], row[1], row[2]) for row in found]

    async def flush(self) -> None:
        """Write what was changed, so that a constraint and the next query see it."""
        await self.session.flush()


_WITH_NAMES: Rows = (
    sa.select(
        Appointment.starts_at,
        Appointment.id,
        Appointment,
        Window.number.label("window_number"),
        Department.name.label("department_name"),
    )
    .join(Window, Window.id == Appointment.window_id)
    .join(Department, Department.id == Appointment.department_id)
)


def _view(view: AppointmentView, caller: Caller, now: datetime) -> list[ColumnElement[bool]]:
    match view:
        case AppointmentView.TO_DECIDE:
            return [Appointment.state == AppointmentState.REQUESTED]
        case AppointmentView.TO_ACKNOWLEDGE:
            waiting = sa.exists().where(
                Cooperation.appointment_id == Appointment.id,
                Cooperation.acknowledged_at.is_(None),
                _helped_by(caller),
            )
            return [Appointment.state.in_(AWAITED), Appointment.ends_at > now, waiting]
        case AppointmentView.UPCOMING:
            return [Appointment.state.in_(HOLDS_PLACE | AWAITED), Appointment.ends_at > now]


def _helped_by(caller: Caller) -> ColumnElement[bool]:
    """A clerk's own windows help, a chief representative's department's; all, for the others."""
    if sees_all(caller):
        return sa.true()
    own = Cooperation.window_id.in_(caller.window_ids)
    if caller.role is not Role.CHIEF_REPRESENTATIVE or caller.department_id is None:
        return own
    department = sa.select(_Colleague.id).where(_Colleague.department_id == caller.department_id)
    return sa.or_(own, Cooperation.window_id.in_(department))
