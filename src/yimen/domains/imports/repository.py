"""What an import asks of departments and windows, and the lock that keeps imports apart."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from yimen.core.repository import Repository
from yimen.domains.organisation.enums import WindowKind
from yimen.domains.organisation.models import Department, Window

Session = AsyncSession

_HOLD = sa.text("SELECT pg_advisory_xact_lock(hashtext('yimen.imports.items'))")


@dataclass(frozen=True, slots=True)
class KnownDepartment:
    """A department by name."""

    id: UUID
    name: str
    is_open: bool


@dataclass(frozen=True, slots=True)
class KnownWindow:
    """A window by number."""

    id: UUID
    number: str
    department_id: UUID
    is_comprehensive: bool
    is_open: bool


class ImportRepository(Repository):
    """Reads whole lists at once: an import looks up every row."""

    async def hold(self) -> None:
        """Wait for any other import of items, and keep the next one waiting."""
        await self.session.execute(_HOLD)

    async def departments(self, day: date) -> list[KnownDepartment]:
        statement = sa.select(Department.id, Department.name, Department.closed_on)
        return [
            KnownDepartment(row.id, row.name, row.closed_on is None or day <= row.closed_on)
            for row in await self.session.execute(statement)
        ]

    async def windows(self, day: date) -> list[KnownWindow]:
        """All windows there ever were, by number."""
        statement = sa.select(
            Window.id,
            Window.number,
            Window.department_id,
            Window.kind,
            Window.opened_on,
            Window.closed_on,
        ).order_by(Window.number)
        return [
            KnownWindow(
                id=row.id,
                number=row.number,
                department_id=row.department_id,
                is_comprehensive=row.kind is WindowKind.COMPREHENSIVE,
                is_open=row.opened_on <= day and (row.closed_on is None or day <= row.closed_on),
            )
            for row in await self.session.execute(statement)
        ]
