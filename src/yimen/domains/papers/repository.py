"""Every query on papers."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Select

from yimen.core.caller import Caller, Role
from yimen.core.database import let_go, table_of
from yimen.core.repository import Repository
from yimen.domains.organisation.models import Department, Window, WindowService
from yimen.domains.papers.access import sees_everything
from yimen.domains.papers.models import Paper


class CheckedPaper(NamedTuple):
    """A paper with the names of where it was issued."""

    paper: Paper
    department_name: str | None
    window_number: str | None


def _of_absent(caller: Caller) -> ColumnElement[bool]:
    """The papers of windows at which those serve for whom the caller stands in (ABPOST 三).

    A paper knows its window, not whose case it is of.
    """
    return sa.exists().where(
        WindowService.window_id == Paper.window_id,
        WindowService.staff_id.in_(caller.deputised_staff_ids),
    )


class PaperRepository(Repository):
    """Papers, as far as the caller may see them."""

    def _visible(self, caller: Caller) -> Select[Any]:
        statement = sa.select(Paper)
        if sees_everything(caller):
            return statement
        own: list[ColumnElement[bool]] = [Paper.window_id.in_(caller.window_ids)]
        if caller.role is Role.CHIEF_REPRESENTATIVE:
            own.append(Paper.department_id == caller.department_id)
        if caller.deputised_staff_ids:
            own.append(_of_absent(caller))
        return statement.where(sa.or_(*own))

    async def find(self, paper_id: UUID, caller: Caller) -> Paper | None:
        found: Paper | None = await self.session.scalar(
            self._visible(caller).where(Paper.id == paper_id)
        )
        return found

    async def of_centre(self, paper_id: UUID) -> Paper | None:
        """A paper of no window or department; who may see it is asked of what it is about."""
        found: Paper | None = await self.session.scalar(
            sa.select(Paper).where(
                Paper.id == paper_id, Paper.department_id.is_(None), Paper.window_id.is_(None)
            )
        )
        return found

    async def lock(self, paper_id: UUID, caller: Caller) -> Paper | None:
        """A paper to be voided: nobody else voids it until the transaction ends."""
        found: Paper | None = await self.session.scalar(
            self._visible(caller).where(Paper.id == paper_id).with_for_update()
        )
        return found

    async def is_replaced(self, paper_id: UUID) -> bool:
        """Whether another paper was issued in place of this one."""
        found: bool | None = await self.session.scalar(
            sa.select(sa.exists().where(Paper.replaces_id == paper_id))
        )
        return bool(found)

    async def by_code(self, code: str) -> CheckedPaper | None:
        """The paper with a verification code, for anyone who holds it."""
        statement = (
            sa.select(Paper, Department.name, Window.number)
            .outerjoin(Department, Department.id == Paper.department_id)
            .outerjoin(Window, Window.id == Paper.window_id)
            .where(Paper.verification_code == code)
        )
        row = (await self.session.execute(statement)).one_or_none()
        return None if row is None else CheckedPaper(*row)

    async def issue(self, values: Mapping[str, object]) -> Paper:
        """Write a paper; raises what its constraints say."""
        statement = sa.insert(table_of(Paper)).values(dict(values))
        await self.session.execute(statement)
        return (await self.session.scalars(sa.select(Paper).where(Paper.id == values["id"]))).one()

    async def let_go(self) -> None:
        """Give the connection back before slow work; what was read stays readable."""
        await let_go(self.session)

    async def of_subject(self, subject_type: str, subject_id: UUID) -> Sequence[Paper]:
        """All papers of a thing, oldest first; whether the caller sees the thing was asked."""
        statement = (
            sa.select(Paper)
            .where(Paper.subject_type == subject_type, Paper.subject_id == subject_id)
            .order_by(Paper.id)
        )
        return (await self.session.scalars(statement)).all()
