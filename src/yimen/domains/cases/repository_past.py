"""Cases that another system closed, as far as the caller may see them."""

from uuid import UUID

import sqlalchemy as sa

from yimen.core.caller import Caller, Role
from yimen.core.pagination import SortKey
from yimen.core.repository import Repository
from yimen.domains.cases.access import sees_all
from yimen.domains.cases.models import PastCase
from yimen.domains.cases.schemas_past import PastCaseQuery

_NEWEST = SortKey((PastCase.id,), (UUID,), descending=True)


class PastCaseRepository(Repository):
    """Records that nothing but another import changes."""

    def _visible(self, caller: Caller) -> sa.Select[PastCase]:
        statement = sa.select(PastCase)
        if sees_all(caller):
            return statement
        is_own: sa.ColumnElement[bool] = PastCase.window_id.in_(caller.window_ids)
        if caller.role is Role.CHIEF_REPRESENTATIVE:
            is_own = sa.or_(is_own, PastCase.department_id == caller.department_id)
        return statement.where(is_own)

    async def find(self, past_case_id: UUID, caller: Caller) -> PastCase | None:
        found: PastCase | None = await self.session.scalar(
            self._visible(caller).where(PastCase.id == past_case_id)
        )
        return found

    async def numbered(self, case_number: str) -> PastCase | None:
        """To be changed; whoever asks sees all."""
        found: PastCase | None = await self.session.scalar(
            sa.select(PastCase).where(PastCase.case_number == case_number).with_for_update()
        )
        return found

    async def page_of(
        self, query: PastCaseQuery, caller: Caller
    ) -> tuple[list[PastCase], str | None, int | None]:
        statement = self._visible(caller)
        for column, value in (
            (PastCase.case_number, query.case_number),
            (PastCase.item_id, query.item_id),
            (PastCase.department_id, query.department_id),
            (PastCase.outcome, query.outcome),
        ):
            if value is not None:
                statement = statement.where(column == value)
        return await self.page(statement, query, _NEWEST)

    async def flush(self) -> None:
        await self.session.flush()
