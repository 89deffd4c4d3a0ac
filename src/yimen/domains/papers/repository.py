"""Every query on papers."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Select

from yimen.core.caller import Caller, Role
from yimen.core.repository import Repository
from yimen.domains.papers.access import sees_everything
from yimen.domains.papers.models import Paper


class PaperRepository(Repository):
    """Papers, as far as the caller may see them."""

    def _visible(self, caller: Caller) -> Select[Any]:
        statement = sa.select(Paper)
        if sees_everything(caller):
            return statement
        if caller.role is Role.CHIEF_REPRESENTATIVE:
            return statement.where(
                sa.or_(
                    Paper.department_id == caller.department_id,
                    Paper.window_id.in_(caller.window_ids),
                )
            )
        return statement.where(Paper.window_id.in_(caller.window_ids))

    async def find(self, paper_id: UUID, caller: Caller) -> Paper | None:
        found: Paper | None = await self.session.scalar(
            self._visible(caller).where(Paper.id == paper_id)
        )
        return found

    async def of_subject(self, subject_type: str, subject_id: UUID) -> Sequence[Paper]:
        """All papers of a thing, oldest first; whether the caller sees the thing was asked."""
        statement = (
            sa.select(Paper)
            .where(Paper.subject_type == subject_type, Paper.subject_id == subject_id)
            .order_by(Paper.id)
        )
        return (await self.session.scalars(statement)).all()
