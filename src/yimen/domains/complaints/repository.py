"""Every query on complaints. Reads start at what the caller may see."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple, TypeAlias
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from yimen.core.caller import Caller, Role
from yimen.core.database import table_of
from yimen.core.pagination import SortKey
from yimen.core.repository import Repository
from yimen.domains.complaints.access import sees_all
from yimen.domains.complaints.enums import (
    DECIDED,
    STAGE_OF,
    ComplaintAct,
    ComplaintFinding,
    ComplaintStage,
)
from yimen.domains.complaints.models import Complaint, ComplaintStep
from yimen.domains.complaints.rules import ComplaintFact
from yimen.domains.complaints.schemas import ComplaintQuery
from yimen.domains.organisation.models import Department, StaffMember, Window
from yimen.domains.papers.models import Paper

Session: TypeAlias = AsyncSession

Investigator = aliased(StaffMember)

DUE_COLUMN = {
    ComplaintStage.ACCEPTANCE: Complaint.acceptance_due_at,
    ComplaintStage.FINDING: Complaint.finding_due_at,
    ComplaintStage.ANSWER: Complaint.answer_due_at,
}


class ComplaintRow(NamedTuple):
    """A complaint with the names that are shown."""

    complaint: Complaint
    window_number: str | None
    department_name: str | None
    staff_name: str | None
    investigator_name: str | None


def _overdue(now: datetime) -> ColumnElement[bool]:
    """The clock that runs in the complaint's state has run out."""
    return sa.or_(
        *(
            sa.and_(Complaint.state == state, DUE_COLUMN[stage] < now)
            for state, stage in STAGE_OF.items()
            if stage is not None
        )
    )


class ComplaintRepository(Repository):
    """Complaints: all for office and director; the department's and one's own once decided."""

    def _seen(self, caller: Caller) -> ColumnElement[bool]:
        if sees_all(caller):
            return sa.true()
        own = Complaint.staff_id == caller.staff_id
        if caller.role is Role.CHIEF_REPRESENTATIVE:
            own = sa.or_(own, Complaint.department_id == caller.department_id)
        return sa.and_(Complaint.state.in_(DECIDED), own)

    def _visible(self, caller: Caller) -> Select[Any]:
        return sa.select(Complaint).where(self._seen(caller))

    @staticmethod
    def _with_names(statement: Select[Any]) -> Select[Any]:
        return (
            statement.add_columns(
                Window.number.label("window_number"),
                Department.name.label("department_name"),
                StaffMember.name.label("staff_name"),
                Investigator.name.label("investigator_name"),
            )
            .outerjoin(Window, Window.id == Complaint.window_id)
            .outerjoin(Department, Department.id == Complaint.department_id)
            .outerjoin(StaffMember, StaffMember.id == Complaint.staff_id)
            .outerjoin(Investigator, Investigator.id == Complaint.investigator_id)
        )

    async def find(self, complaint_id: UUID, caller: Caller) -> ComplaintRow | None:
        statement = self._with_names(self._visible(caller).where(Complaint.id == complaint_id))
        row = (await self.session.execute(statement)).one_or_none()
        return None if row is None else ComplaintRow(*row)

    async def lock(self, complaint_id: UUID, caller: Caller) -> Complaint | None:
        """A complaint to be worked on: nobody else changes it until the transaction ends."""
        found: Complaint | None = await self.session.scalar(
            self._visible(caller)
            .where(Complaint.id == complaint_id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        return found

    async def by_number(self, complaint_number: str) -> Complaint | None:
        """A complaint for whoever can show its code; without looking at a caller."""
        found: Complaint | None = await self.session.scalar(
            sa.select(Complaint).where(Complaint.complaint_number == complaint_number)
        )
        return found

    async def window_by_number(self, number: str) -> Window | None:
        """The window that a complainant named by its number."""
        found: Window | None = await self.session.scalar(
            sa.select(Window).where(Window.number == number)
        )
        return found

    async def page_of(
        self, query: ComplaintQuery, caller: Caller, now: datetime
    ) -> tuple[list[ComplaintRow], str | None, int | None]:
        """Complaints that the caller may see, the newest first."""
        conditions: list[ColumnElement[bool]] = []
        for value, column in (
            (query.state, Complaint.state),
            (query.channel, Complaint.channel),
            (query.finding, Complaint.finding),
            (query.department_id, Complaint.department_id),
            (query.window_id, Complaint.window_id),
            (query.staff_id, Complaint.staff_id),
        ):
            if value is not None:
                conditions.append(column == value)
        if query.first is not None:
            conditions.append(Complaint.occurred_on >= query.first)
        if query.last is not None:
            conditions.append(Complaint.occurred_on <= query.last)
        if query.is_overdue is not None:
            overdue = _overdue(now)
            conditions.append(overdue if query.is_overdue else overdue.is_not(True))
        statement = self._with_names(
            sa.select(table_of(Complaint).c.id.label("id"), Complaint)
            .where(self._seen(caller))
            .where(*conditions)
        )
        newest_first = SortKey((table_of(Complaint).c.id,), (UUID,), descending=True)
        rows, cursor, total = await self.page(statement, query, newest_first)
        return [ComplaintRow(*row[1:]) for row in rows], cursor, total

    async def steps(self, complaint_id: UUID) -> Sequence[ComplaintStep]:
        """What was done with a complaint that the caller may see, oldest first."""
        statement = (
            sa.select(ComplaintStep)
            .where(ComplaintStep.complaint_id == complaint_id)
            .order_by(ComplaintStep.id)
        )
        return (await self.session.scalars(statement)).all()

    async def with_clock(self, *, to_change: bool) -> Sequence[tuple[Complaint, datetime | None]]:
        """Complaints whose clock runs, the oldest first, and when each was last sent back."""
        reopened_at = (
            sa.select(sa.func.max(ComplaintStep.at))
            .where(
                ComplaintStep.complaint_id == Complaint.id,
                ComplaintStep.act == ComplaintAct.REOPENED,
            )
            .scalar_subquery()
        )
        waiting = [state for state, stage in STAGE_OF.items() if stage is not None]
        statement = (
            sa.select(Complaint, reopened_at)
            .where(Complaint.state.in_(waiting))
            .order_by(Complaint.id)
            .execution_options(populate_existing=True)
        )
        if to_change:
            statement = statement.with_for_update(of=Complaint)
        return [(row[0], row[1]) for row in await self.session.execute(statement)]

    async def write_paper(self, values: Mapping[str, object]) -> None:
        """The answer, in the transaction that gives it."""
        await self.session.execute(sa.insert(table_of(Paper)), [dict(values)])

    async def facts(self, first: date, last: date) -> list[ComplaintFact]:
        """What was decided about complaints of these days, the earliest first."""
        statement = (
            sa.select(
                Complaint.id,
                Complaint.complaint_number,
                Complaint.occurred_on,
                Complaint.window_id,
                Complaint.staff_id,
                Complaint.finding,
                Complaint.summary,
            )
            .where(
                Complaint.state.in_(DECIDED),
                Complaint.occurred_on >= first,
                Complaint.occurred_on <= last,
            )
            .order_by(Complaint.occurred_on, Complaint.id)
        )
        return [
            ComplaintFact(
                complaint_id=row.id,
                complaint_number=row.complaint_number,
                day=row.occurred_on,
                window_id=row.window_id,
                staff_id=row.staff_id,
                is_substantiated=row.finding is ComplaintFinding.SUBSTANTIATED,
                label=row.summary,
            )
            for row in await self.session.execute(statement)
        ]
