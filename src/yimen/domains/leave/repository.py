"""Every query on leave, substitutes, outings and overtime."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple, TypeAlias, TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from yimen.core.caller import Caller, Role
from yimen.core.database import table_of
from yimen.core.pagination import SortKey
from yimen.core.repository import Repository
from yimen.domains.leave.access import sees_all
from yimen.domains.leave.enums import (
    EXTENDING,
    GRANTED,
    STANDING,
    LeaveKind,
    LeaveState,
    LeaveView,
    OutingState,
    OvertimeState,
    SubstitutionView,
)
from yimen.domains.leave.models import (
    LeaveEvent,
    LeaveRequest,
    Outing,
    OvertimeRequest,
    Substitution,
)
from yimen.domains.leave.rules import GROUNDS
from yimen.domains.leave.schemas import LeaveQuery, SubstitutionQuery
from yimen.domains.leave.schemas_outings import OutingQuery, OvertimeQuery
from yimen.domains.organisation.models import Department, StaffMember, Window

Session: TypeAlias = AsyncSession
"""For the signatures of jobs and dependencies, which leave SQLAlchemy to this module."""

Rows: TypeAlias = Select[*tuple[Any, ...]]
Timed: TypeAlias = type[Outing] | type[OvertimeRequest]
Owned: TypeAlias = type[LeaveRequest] | type[Outing] | type[OvertimeRequest]
TimedRow = TypeVar("TimedRow", Outing, OvertimeRequest)

_Deputy = aliased(StaffMember)
_Substitute = aliased(StaffMember)


class LeaveRow(NamedTuple):
    """A leave with the names that its representation shows."""

    leave: LeaveRequest
    staff_number: str
    staff_name: str
    department_name: str | None
    deputy_name: str | None


class SubstitutionRow(NamedTuple):
    """A substitution with its names."""

    substitution: Substitution
    leave_number: str
    absent_name: str
    substitute_name: str
    window_number: str


class NamedRow(NamedTuple):
    """An outing or overtime with whose it is."""

    row: Any
    staff_number: str
    staff_name: str
    department_name: str | None


def _newest_first(table: Owned | type[Substitution]) -> SortKey:
    return SortKey((table_of(table).c.id,), (UUID,), descending=True)


def _of(caller: Caller, table: Owned) -> ColumnElement[bool]:
    """Own rows; a chief representative's department's; the office's and the director's all."""
    if sees_all(caller):
        return sa.true()
    own = table.staff_id == caller.staff_id if caller.staff_id else sa.false()
    if caller.role is Role.CHIEF_REPRESENTATIVE and caller.department_id is not None:
        return sa.or_(own, table.department_id == caller.department_id)
    return own


KEPT_OVERTIME = (OvertimeState.APPLIED, OvertimeState.APPROVED)


class LeaveRepository(Repository):
    """Leave and what belongs to it, as far as the caller may see it."""

    def _visible(self, caller: Caller) -> Rows:
        return (
            sa.select(
                LeaveRequest.id,
                LeaveRequest,
                StaffMember.staff_number,
                StaffMember.name.label("staff_name"),
                Department.name.label("department_name"),
                _Deputy.name.label("deputy_name"),
            )
            .join(StaffMember, StaffMember.id == LeaveRequest.staff_id)
            .outerjoin(Department, Department.id == LeaveRequest.department_id)
            .outerjoin(_Deputy, _Deputy.id == LeaveRequest.deputy_id)
            .where(_of(caller, LeaveRequest))
        )

    # Leave

    async def find(self, leave_id: UUID, caller: Caller) -> LeaveRow | None:
        """A leave with its names, if the caller may see it."""
        found = await self.session.execute(
            self._visible(caller)
            .where(LeaveRequest.id == leave_id)
            .execution_options(populate_existing=True)
        )
        row = found.one_or_none()
        return None if row is None else LeaveRow(*row[1:])

    async def lock(self, leave_id: UUID, caller: Caller) -> LeaveRequest | None:
        """A leave to be changed: nobody else changes it until the transaction ends."""
        found: LeaveRequest | None = await self.session.scalar(
            sa.select(LeaveRequest)
            .where(LeaveRequest.id == leave_id, _of(caller, LeaveRequest))
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        return found

    async def leaves_page(
        self, query: LeaveQuery, caller: Caller, today: date
    ) -> tuple[list[LeaveRow], str | None, int | None]:
        """Leave, the newest first."""
        statement = self._visible(caller)
        if query.staff_id is not None:
            statement = statement.where(LeaveRequest.staff_id == query.staff_id)
        if query.department_id is not None:
            statement = statement.where(LeaveRequest.department_id == query.department_id)
        if query.kind is not None:
            statement = statement.where(LeaveRequest.kind == query.kind)
        if query.state is not None:
            statement = statement.where(LeaveRequest.state == query.state)
        if query.from_on is not None:
            statement = statement.where(LeaveRequest.ends_on >= query.from_on)
        if query.to_on is not None:
            statement = statement.where(LeaveRequest.starts_on <= query.to_on)
        if query.view is not None:
            statement = statement.where(*_view(query.view, today))
        rows, cursor, total = await self.page(statement, query, _newest_first(LeaveRequest))
        return [LeaveRow(*row[1:]) for row in rows], cursor, total

    async def events(self, leave_id: UUID) -> Sequence[LeaveEvent]:
        """The course of a leave, oldest first."""
        statement = (
            sa.select(LeaveEvent).where(LeaveEvent.leave_id == leave_id).order_by(LeaveEvent.id)
        )
        return (await self.session.scalars(statement)).all()

    async def leaves_between(
        self,
        first: date,
        last: date,
        *,
        states: Collection[LeaveState] = GRANTED,
        staff_ids: Collection[UUID] | None = None,
    ) -> Sequence[LeaveRequest]:
        """Leave in one of the states with a day from first through last, the earliest first."""
        statement = sa.select(LeaveRequest).where(
            LeaveRequest.state.in_(states),
            LeaveRequest.starts_on <= last,
            LeaveRequest.ends_on >= first,
        )
        if staff_ids is not None:
            statement = statement.where(LeaveRequest.staff_id == sa.any_(_ids(staff_ids)))
        statement = statement.order_by(LeaveRequest.starts_on, LeaveRequest.id)
        return (await self.session.scalars(statement)).all()

    async def without_cover(
        self, first: date, last: date, staff_ids: Collection[UUID]
    ) -> Sequence[LeaveRequest]:
        """Leave that is not granted, and leave from which people came back late or not yet."""
        statement = (
            sa.select(LeaveRequest)
            .where(
                LeaveRequest.staff_id == sa.any_(_ids(staff_ids)),
                LeaveRequest.starts_on <= last,
                sa.or_(
                    sa.and_(LeaveRequest.state.in_(GROUNDS), LeaveRequest.ends_on >= first),
                    sa.and_(
                        LeaveRequest.state.in_(GRANTED),
                        LeaveRequest.ends_on <= last,
                        sa.or_(
                            LeaveRequest.returned_on.is_(None), LeaveRequest.returned_on >= first
                        ),
                    ),
                ),
            )
            .order_by(LeaveRequest.id)
        )
        return (await self.session.scalars(statement)).all()

    async def away_on(self, staff_ids: Collection[UUID], day: date) -> set[UUID]:
        """Who of some people is on granted leave on a day."""
        found = await self.session.scalars(
            sa.select(LeaveRequest.staff_id).where(
                LeaveRequest.staff_id.in_(staff_ids),
                LeaveRequest.state.in_(GRANTED),
                LeaveRequest.starts_on <= day,
                LeaveRequest.ends_on >= day,
            )
        )
        return set(found)

    async def perhaps_overstaying(self, today: date, limit: int) -> Sequence[LeaveRequest]:
        """Granted leave over by today, not returned from and not yet noted; locked."""
        statement = (
            sa.select(LeaveRequest)
            .where(
                LeaveRequest.state == LeaveState.APPROVED,
                LeaveRequest.ends_on <= today,
                LeaveRequest.overstay_noted_at.is_(None),
            )
            .order_by(LeaveRequest.ends_on)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        return (await self.session.scalars(statement)).all()

    # Substitutes

    def _substitutions(self, caller: Caller) -> Rows:
        return (
            sa.select(
                Substitution.id,
                Substitution,
                LeaveRequest.leave_number,
                StaffMember.name.label("absent_name"),
                _Substitute.name.label("substitute_name"),
                Window.number.label("window_number"),
            )
            .join(LeaveRequest, LeaveRequest.id == Substitution.leave_id)
            .join(StaffMember, StaffMember.id == LeaveRequest.staff_id)
            .join(_Substitute, _Substitute.id == Substitution.substitute_id)
            .join(Window, Window.id == Substitution.window_id)
            .where(
                sa.or_(
                    _of(caller, LeaveRequest),
                    Substitution.substitute_id == caller.staff_id
                    if caller.staff_id
                    else sa.false(),
                )
            )
        )

    async def substitution(self, substitution_id: UUID, caller: Caller) -> SubstitutionRow | None:
        """A substitution with its names, if the caller may see it."""
        found = await self.session.execute(
            self._substitutions(caller)
            .where(Substitution.id == substitution_id)
            .execution_options(populate_existing=True)
        )
        row = found.one_or_none()
        return None if row is None else SubstitutionRow(*row[1:])

    async def lock_substitution(self, substitution_id: UUID) -> Substitution | None:
        """A substitution to be changed."""
        return await self.session.get(
            Substitution, substitution_id, with_for_update=True, populate_existing=True
        )

    async def substitutions_page(
        self, query: SubstitutionQuery, caller: Caller, today: date
    ) -> tuple[list[SubstitutionRow], str | None, int | None]:
        """Substitutions, the newest first."""
        statement = self._substitutions(caller)
        if query.leave_id is not None:
            statement = statement.where(Substitution.leave_id == query.leave_id)
        match query.view:
            case SubstitutionView.OUTSTANDING:
                statement = statement.where(
                    Substitution.handed_out_at.is_not(None),
                    sa.or_(
                        Substitution.badge_returned_at.is_(None),
                        Substitution.plate_returned_at.is_(None),
                    ),
                )
            case SubstitutionView.CURRENT:
                statement = statement.where(
                    Substitution.service_id.is_not(None),
                    Substitution.starts_on <= today,
                    Substitution.ends_on >= today,
                )
            case None:
                pass
        rows, cursor, total = await self.page(statement, query, _newest_first(Substitution))
        return [SubstitutionRow(*row[1:]) for row in rows], cursor, total

    async def substitutions_of(self, leave_id: UUID) -> Sequence[Substitution]:
        """The substitutes of a leave that serve or will, the earliest first."""
        found = await self.session.scalars(
            sa.select(Substitution)
            .where(Substitution.leave_id == leave_id, Substitution.service_id.is_not(None))
            .order_by(Substitution.starts_on, Substitution.id)
            .execution_options(populate_existing=True)
        )
        return found.all()

    async def substitute_services(self, service_ids: Collection[UUID]) -> set[UUID]:
        """Which services at windows are those of substitutes."""
        found = await self.session.scalars(
            sa.select(Substitution.service_id).where(Substitution.service_id.in_(service_ids))
        )
        return {service_id for service_id in found if service_id is not None}

    # Outings and overtime

    async def find_timed(self, table: Timed, row_id: UUID, caller: Caller) -> NamedRow | None:
        """An outing or overtime with whose it is, if the caller may see it."""
        found = await self.session.execute(
            _with_names(table).where(table.id == row_id, _of(caller, table))
        )
        row = found.one_or_none()
        return None if row is None else NamedRow(*row[1:])

    async def lock_timed(
        self, table: type[TimedRow], row_id: UUID, caller: Caller
    ) -> TimedRow | None:
        """An outing or overtime to be changed, if the caller may see it."""
        found: TimedRow | None = await self.session.scalar(
            sa.select(table)
            .where(table.id == row_id, _of(caller, table))
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        return found

    async def timed_page(
        self,
        table: Timed,
        query: OutingQuery | OvertimeQuery,
        caller: Caller,
    ) -> tuple[list[NamedRow], str | None, int | None]:
        """Outings or overtime, the newest first."""
        statement = _with_names(table).where(_of(caller, table))
        if query.staff_id is not None:
            statement = statement.where(table.staff_id == query.staff_id)
        if query.department_id is not None:
            statement = statement.where(table.department_id == query.department_id)
        if query.state is not None:
            statement = statement.where(table.state == query.state)
        if query.from_at is not None:
            statement = statement.where(table.ends_at >= query.from_at)
        if query.to_at is not None:
            statement = statement.where(table.starts_at <= query.to_at)
        rows, cursor, total = await self.page(statement, query, _newest_first(table))
        return [NamedRow(*row[1:]) for row in rows], cursor, total

    async def outings_between(
        self, first: datetime, last: datetime, staff_ids: Collection[UUID] | None
    ) -> Sequence[Outing]:
        """Outings that were not taken back, the earliest first."""
        statement = sa.select(Outing).where(
            Outing.state != OutingState.CANCELLED,
            Outing.starts_at < last,
            Outing.ends_at > first,
        )
        if staff_ids is not None:
            statement = statement.where(Outing.staff_id == sa.any_(_ids(staff_ids)))
        return (await self.session.scalars(statement.order_by(Outing.starts_at, Outing.id))).all()

    async def overtime_kept(
        self, first: datetime, last: datetime, staff_ids: Collection[UUID]
    ) -> Sequence[OvertimeRequest]:
        """What people have applied for, or been granted, of a time."""
        statement = sa.select(OvertimeRequest).where(
            OvertimeRequest.state.in_(KEPT_OVERTIME),
            OvertimeRequest.starts_at < last,
            OvertimeRequest.ends_at > first,
            OvertimeRequest.staff_id == sa.any_(_ids(staff_ids)),
        )
        return (await self.session.scalars(statement)).all()

    async def overtime_of_appointment(
        self, appointment_id: UUID, now: datetime
    ) -> Sequence[OvertimeRequest]:
        """The overtime that a visit brought and that has not begun, locked to be changed."""
        statement = (
            sa.select(OvertimeRequest)
            .where(
                OvertimeRequest.appointment_id == appointment_id,
                OvertimeRequest.state.in_(KEPT_OVERTIME),
                OvertimeRequest.starts_at > now,
            )
            .order_by(OvertimeRequest.id)
            .with_for_update()
        )
        return (await self.session.scalars(statement)).all()

    async def overtime_between(
        self, first: datetime, last: datetime, staff_ids: Collection[UUID] | None
    ) -> Sequence[OvertimeRequest]:
        """Approved overtime, the earliest first."""
        statement = sa.select(OvertimeRequest).where(
            OvertimeRequest.state == OvertimeState.APPROVED,
            OvertimeRequest.starts_at < last,
            OvertimeRequest.ends_at > first,
        )
        if staff_ids is not None:
            statement = statement.where(OvertimeRequest.staff_id == sa.any_(_ids(staff_ids)))
        statement = statement.order_by(OvertimeRequest.starts_at, OvertimeRequest.id)
        return (await self.session.scalars(statement)).all()

    async def flush(self) -> None:
        """Write what was changed, so that a constraint and the next query see it."""
        await self.session.flush()


def _ids(staff_ids: Collection[UUID]) -> ColumnElement[Any]:
    """Ten thousand people as one parameter."""
    return sa.literal(list(staff_ids), sa.ARRAY(sa.Uuid()))


def _with_names(table: Timed) -> Rows:
    return (
        sa.select(
            table.id,
            table,
            StaffMember.staff_number,
            StaffMember.name.label("staff_name"),
            Department.name.label("department_name"),
        )
        .join(StaffMember, StaffMember.id == table.staff_id)
        .outerjoin(Department, Department.id == table.department_id)
    )


def _view(view: LeaveView, today: date) -> list[ColumnElement[bool]]:
    match view:
        case LeaveView.AWAITING_DECISION:
            awaiting = EXTENDING | {LeaveState.AWAITING_AGREEMENT, LeaveState.AWAITING_APPROVAL}
            return [LeaveRequest.state.in_(awaiting)]
        case LeaveView.AWAY:
            return [
                LeaveRequest.state.in_(GRANTED),
                LeaveRequest.starts_on <= today,
                LeaveRequest.ends_on >= today,
            ]
        case LeaveView.LACKING_SUBSTITUTE:
            return [LeaveRequest.state.in_(STANDING), LeaveRequest.lacks_substitute.is_(True)]
        case LeaveView.LACKING_CERTIFICATE:
            return [
                LeaveRequest.state.in_(STANDING - {LeaveState.RETURNED}),
                LeaveRequest.kind == LeaveKind.SICK,
                LeaveRequest.certificate_at.is_(None),
            ]
        case LeaveView.OVERSTAYING:
            return [
                LeaveRequest.state == LeaveState.APPROVED,
                LeaveRequest.overstay_noted_at.is_not(None),
            ]
