"""Every query on the organisation; all who log in see all of it, so none is narrowed."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any, TypeAlias
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload

from yimen.core.pagination import PageQuery, SortKey
from yimen.core.repository import Repository
from yimen.domains.organisation.enums import DeputyKind
from yimen.domains.organisation.models import (
    ChiefRepresentative,
    Department,
    Deputy,
    Duty,
    StaffMember,
    Window,
    WindowService,
)
from yimen.domains.organisation.rules import Span
from yimen.domains.organisation.schemas import DepartmentQuery, StaffQuery, WindowQuery
from yimen.domains.organisation.schemas_posts import DeputyQuery, DutyQuery

Session: TypeAlias = AsyncSession
"""For the signatures of dependencies, which leave SQLAlchemy to this module."""

Dated: TypeAlias = type[WindowService] | type[ChiefRepresentative] | type[Duty] | type[Deputy]

_HOLD = sa.text("SELECT pg_advisory_xact_lock(hashtext('yimen.organisation'))")
_BY_CODE = SortKey(columns=(Department.__table__.c.code,), types=(str,))
_BY_WINDOW_NUMBER = SortKey(columns=(Window.__table__.c.number,), types=(str,))
_BY_STAFF_NUMBER = SortKey(columns=(StaffMember.__table__.c.staff_number,), types=(str,))


def _newest_first(table: Dated) -> SortKey:
    columns = table.__table__.c
    return SortKey((columns.starts_on, columns.id), (date, UUID), descending=True)


def _on(table: Dated, day: date) -> ColumnElement[bool]:
    return sa.and_(table.starts_on <= day, sa.or_(table.ends_on.is_(None), table.ends_on >= day))


def _reaching(table: Dated, span: Span) -> ColumnElement[bool]:
    after = sa.or_(table.ends_on.is_(None), table.ends_on >= span.starts_on)
    if span.ends_on is None:
        return after
    return sa.and_(after, table.starts_on <= span.ends_on)


def _open_window(day: date) -> ColumnElement[bool]:
    return sa.and_(
        Window.opened_on <= day, sa.or_(Window.closed_on.is_(None), Window.closed_on >= day)
    )


def _services() -> Select[WindowService]:
    return sa.select(WindowService).options(
        joinedload(WindowService.staff_member, innerjoin=True),
        joinedload(WindowService.window, innerjoin=True),
    )


def _chiefs() -> Select[ChiefRepresentative]:
    return sa.select(ChiefRepresentative).options(
        joinedload(ChiefRepresentative.staff_member, innerjoin=True)
    )


def _duties() -> Select[Duty]:
    return sa.select(Duty).options(joinedload(Duty.department), joinedload(Duty.staff_member))


def _deputies() -> Select[Deputy]:
    return sa.select(Deputy).options(
        joinedload(Deputy.staff_member, innerjoin=True), joinedload(Deputy.deputy, innerjoin=True)
    )


class OrganisationRepository(Repository):
    """Departments, windows, staff, and their dated service."""

    async def hold(self) -> None:
        """Let one change of the organisation happen at a time.

        Who else is at a window is read over many rows that no row lock covers; changes are rare.
        """
        await self.session.execute(_HOLD)

    async def department(self, department_id: UUID) -> Department | None:
        return await self.session.get(Department, department_id)

    async def window(self, window_id: UUID) -> Window | None:
        """A window with its department."""
        return await self.session.get(
            Window,
            window_id,
            options=[joinedload(Window.department, innerjoin=True)],
            populate_existing=True,
        )

    async def staff_member(self, staff_id: UUID) -> StaffMember | None:
        """A staff member with the department."""
        return await self.session.get(
            StaffMember,
            staff_id,
            options=[joinedload(StaffMember.department)],
            populate_existing=True,
        )

    async def service(self, staff_id: UUID, service_id: UUID) -> WindowService | None:
        """One service of one staff member."""
        found: WindowService | None = await self.session.scalar(
            _services().where(WindowService.id == service_id, WindowService.staff_id == staff_id)
        )
        return found

    async def departments_page(
        self, query: DepartmentQuery, today: date
    ) -> tuple[list[Department], str | None, int | None]:
        statement = sa.select(Department)
        if query.kind is not None:
            statement = statement.where(Department.kind == query.kind)
        if query.is_open is not None:
            is_open = sa.or_(Department.closed_on.is_(None), Department.closed_on >= today)
            statement = statement.where(is_open if query.is_open else sa.not_(is_open))
        return await self.page(statement, query, _BY_CODE)

    async def windows_page(
        self, query: WindowQuery, today: date
    ) -> tuple[list[Window], str | None, int | None]:
        statement = sa.select(Window).options(joinedload(Window.department, innerjoin=True))
        if query.department_id is not None:
            statement = statement.where(Window.department_id == query.department_id)
        if query.kind is not None:
            statement = statement.where(Window.kind == query.kind)
        if query.is_open is not None:
            is_open = _open_window(today)
            statement = statement.where(is_open if query.is_open else sa.not_(is_open))
        if query.is_staffed is not None:
            serving = sa.exists().where(
                WindowService.window_id == Window.id, _on(WindowService, today)
            )
            statement = statement.where(serving if query.is_staffed else ~serving)
        return await self.page(statement, query, _BY_WINDOW_NUMBER)

    async def staff_page(
        self, query: StaffQuery, today: date
    ) -> tuple[list[StaffMember], str | None, int | None]:
        statement = sa.select(StaffMember).options(joinedload(StaffMember.department))
        if query.department_id is not None:
            statement = statement.where(StaffMember.department_id == query.department_id)
        if query.window_id is not None:
            statement = statement.where(
                sa.exists().where(
                    WindowService.staff_id == StaffMember.id,
                    WindowService.window_id == query.window_id,
                    _on(WindowService, today),
                )
            )
        if query.has_left is not None:
            has_left = sa.and_(StaffMember.left_on.is_not(None), StaffMember.left_on < today)
            statement = statement.where(has_left if query.has_left else sa.not_(has_left))
        return await self.page(statement, query, _BY_STAFF_NUMBER)

    async def services_page(
        self,
        query: PageQuery,
        *,
        staff_id: UUID | None = None,
        window_id: UUID | None = None,
    ) -> tuple[list[WindowService], str | None, int | None]:
        """The services of one person or at one window, the newest first."""
        statement = _services()
        if staff_id is not None:
            statement = statement.where(WindowService.staff_id == staff_id)
        if window_id is not None:
            statement = statement.where(WindowService.window_id == window_id)
        return await self.page(statement, query, _newest_first(WindowService))

    async def chiefs_page(
        self, department_id: UUID, query: PageQuery
    ) -> tuple[list[ChiefRepresentative], str | None, int | None]:
        """Who stood for a department, the newest first."""
        statement = _chiefs().where(ChiefRepresentative.department_id == department_id)
        return await self.page(statement, query, _newest_first(ChiefRepresentative))

    async def services_at(
        self, window_ids: Collection[UUID], reaching: Span
    ) -> Sequence[WindowService]:
        """The services at windows that have a day of the span, by staff number."""
        found = await self.session.scalars(
            _services()
            .join(WindowService.staff_member)
            .where(WindowService.window_id.in_(window_ids), _reaching(WindowService, reaching))
            .order_by(StaffMember.staff_number, WindowService.starts_on)
        )
        return found.all()

    async def services_of(
        self, staff_ids: Collection[UUID], reaching: Span
    ) -> Sequence[WindowService]:
        """The services of people that have a day of the span, the earliest first."""
        found = await self.session.scalars(
            _services()
            .where(WindowService.staff_id.in_(staff_ids), _reaching(WindowService, reaching))
            .order_by(WindowService.starts_on)
        )
        return found.all()

    async def chiefs_of(
        self, department_ids: Collection[UUID], reaching: Span
    ) -> Sequence[ChiefRepresentative]:
        """The appointments of departments that have a day of the span, the earliest first."""
        found = await self.session.scalars(
            _chiefs()
            .where(
                ChiefRepresentative.department_id.in_(department_ids),
                _reaching(ChiefRepresentative, reaching),
            )
            .order_by(ChiefRepresentative.starts_on)
        )
        return found.all()

    async def appointments_of(
        self, staff_id: UUID, reaching: Span
    ) -> Sequence[ChiefRepresentative]:
        """The appointments of a person that have a day of the span."""
        found = await self.session.scalars(
            _chiefs().where(
                ChiefRepresentative.staff_id == staff_id, _reaching(ChiefRepresentative, reaching)
            )
        )
        return found.all()

    async def windows_of_department(self, department_id: UUID, day: date) -> Sequence[Window]:
        """A department's windows that are open on a day, or open later, by number."""
        found = await self.session.scalars(
            sa.select(Window)
            .where(
                Window.department_id == department_id,
                sa.or_(Window.closed_on.is_(None), Window.closed_on >= day),
            )
            .order_by(Window.number)
        )
        return found.all()

    async def services_of_department(
        self, department_id: UUID, reaching: Span
    ) -> Sequence[WindowService]:
        """The services of a department's people, at whosever window."""
        found = await self.session.scalars(
            _services()
            .join(WindowService.staff_member)
            .where(StaffMember.department_id == department_id, _reaching(WindowService, reaching))
            .order_by(StaffMember.staff_number)
        )
        return found.all()

    async def staff_of(self, department_id: UUID | None, day: date) -> Sequence[StaffMember]:
        """Who belongs to a department, or to the centre itself, on a day, by staff number."""
        home = (
            StaffMember.department_id.is_(None)
            if department_id is None
            else StaffMember.department_id == department_id
        )
        found = await self.session.scalars(
            sa.select(StaffMember)
            .where(home, sa.or_(StaffMember.left_on.is_(None), StaffMember.left_on >= day))
            .order_by(StaffMember.staff_number)
        )
        return found.all()

    # Duties and deputies

    async def duty(self, duty_id: UUID) -> Duty | None:
        """One statement of duties, with whose it is."""
        found: Duty | None = await self.session.scalar(_duties().where(Duty.id == duty_id))
        return found

    async def duties_page(self, query: DutyQuery) -> tuple[list[Duty], str | None, int | None]:
        """Statements of duties, the newest first."""
        statement = _duties()
        if query.department_id is not None:
            statement = statement.where(Duty.department_id == query.department_id)
        if query.staff_id is not None:
            statement = statement.where(Duty.staff_id == query.staff_id)
        if query.level is not None:
            statement = statement.where(Duty.level == query.level)
        if query.on is not None:
            statement = statement.where(_on(Duty, query.on))
        return await self.page(statement, query, _newest_first(Duty))

    async def duties_of(self, department_id: UUID | None, day: date) -> Sequence[Duty]:
        """What is in force on a day for a department, or for the centre itself, by title."""
        home = (
            Duty.department_id.is_(None)
            if department_id is None
            else Duty.department_id == department_id
        )
        found = await self.session.scalars(
            _duties().where(home, _on(Duty, day)).order_by(Duty.title, Duty.id)
        )
        return found.all()

    async def deputy(self, deputy_id: UUID) -> Deputy | None:
        """One deputyship, with both people as they are now."""
        found: Deputy | None = await self.session.scalar(
            _deputies().where(Deputy.id == deputy_id).execution_options(populate_existing=True)
        )
        return found

    async def deputies_page(
        self, query: DeputyQuery
    ) -> tuple[list[Deputy], str | None, int | None]:
        """Deputyships, the newest first."""
        statement = _deputies()
        if query.kind is not None:
            statement = statement.where(Deputy.kind == query.kind)
        if query.staff_id is not None:
            statement = statement.where(Deputy.staff_id == query.staff_id)
        if query.deputy_id is not None:
            statement = statement.where(Deputy.deputy_id == query.deputy_id)
        if query.on is not None:
            statement = statement.where(_on(Deputy, query.on))
        return await self.page(statement, query, _newest_first(Deputy))

    async def deputies_of(
        self, staff_ids: Collection[UUID], kind: DeputyKind, reaching: Span
    ) -> Sequence[Deputy]:
        """Who stands for people on a day of the span, the earliest first."""
        found = await self.session.scalars(
            _deputies()
            .where(Deputy.staff_id.in_(staff_ids), Deputy.kind == kind, _reaching(Deputy, reaching))
            .order_by(Deputy.starts_on)
        )
        return found.all()

    async def remove(self, row: Any) -> None:
        """Take back a service or an appointment that would not last a day; the audit keeps it."""
        await self.session.delete(row)
        await self.session.flush()

    async def flush(self) -> None:
        """Write what was changed, so that a constraint and the next query see it."""
        await self.session.flush()
