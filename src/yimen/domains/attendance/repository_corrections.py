"""Every query on corrections of days."""

from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Select

from yimen.core.caller import Caller
from yimen.core.pagination import SortKey
from yimen.core.repository import Repository
from yimen.domains.attendance.models import AttendanceCorrection
from yimen.domains.attendance.repository_punches import visible_staff
from yimen.domains.attendance.schemas_corrections import CorrectionQuery
from yimen.domains.organisation.models import StaffMember

_BY_CORRECTION_ID = SortKey(
    columns=(AttendanceCorrection.__table__.c.id,), types=(UUID,), descending=True
)


class CorrectionRow(NamedTuple):
    """A correction with the names that its representation shows."""

    correction: AttendanceCorrection
    staff_number: str
    staff_name: str
    department_id: UUID | None


class CorrectionRepository(Repository):
    """What people asked to have put right in their days, and what was decided."""

    def _corrections(self, caller: Caller) -> Select[*tuple[Any, ...]]:
        return (
            sa.select(
                AttendanceCorrection,
                StaffMember.staff_number,
                StaffMember.name,
                StaffMember.department_id,
                AttendanceCorrection.id,
            )
            .join(StaffMember, StaffMember.id == AttendanceCorrection.staff_id)
            .where(visible_staff(caller))
        )

    async def find(self, correction_id: UUID, caller: Caller) -> CorrectionRow | None:
        """A correction that the caller may see."""
        row = (
            await self.session.execute(
                self._corrections(caller)
                .where(AttendanceCorrection.id == correction_id)
                .execution_options(populate_existing=True)
            )
        ).first()
        return None if row is None else CorrectionRow(*row[:4])

    async def lock(self, correction_id: UUID, caller: Caller) -> AttendanceCorrection | None:
        """A correction that the caller may see, to be decided."""
        found: AttendanceCorrection | None = await self.session.scalar(
            sa.select(AttendanceCorrection)
            .join(StaffMember, StaffMember.id == AttendanceCorrection.staff_id)
            .where(visible_staff(caller), AttendanceCorrection.id == correction_id)
            .with_for_update(of=AttendanceCorrection)
            .execution_options(populate_existing=True)
        )
        return found

    async def department_of(self, staff_id: UUID) -> UUID | None:
        """Whose people someone is one of."""
        found: UUID | None = await self.session.scalar(
            sa.select(StaffMember.department_id).where(StaffMember.id == staff_id)
        )
        return found

    async def list_page(
        self, query: CorrectionQuery, caller: Caller
    ) -> tuple[list[CorrectionRow], str | None, int | None]:
        statement = self._corrections(caller)
        if query.staff_id is not None:
            statement = statement.where(AttendanceCorrection.staff_id == query.staff_id)
        if query.state is not None:
            statement = statement.where(AttendanceCorrection.state == query.state)
        if query.first is not None:
            statement = statement.where(AttendanceCorrection.day >= query.first)
        if query.last is not None:
            statement = statement.where(AttendanceCorrection.day <= query.last)
        rows, cursor, total = await self.page(statement, query, _BY_CORRECTION_ID)
        return [CorrectionRow(*row[:4]) for row in rows], cursor, total
