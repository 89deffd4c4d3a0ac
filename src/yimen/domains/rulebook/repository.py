"""Every query on the editions of the centre's own."""

from collections.abc import Collection, Sequence
from typing import TypeAlias
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from yimen.core.database import table_of
from yimen.core.pagination import SortKey
from yimen.core.repository import Repository
from yimen.domains.rulebook.enums import DraftState
from yimen.domains.rulebook.models import RulebookEdition
from yimen.domains.rulebook.schemas_drafts import DraftQuery

Session: TypeAlias = AsyncSession
"""For the signatures of services, jobs and dependencies, which leave SQLAlchemy to this module."""

_editions = table_of(RulebookEdition)


class EditionRepository(Repository):
    """Drafts and published editions; office and director see all, the others published ones."""

    async def published_ids(self) -> Sequence[UUID]:
        """Which editions are published."""
        found = await self.session.scalars(
            sa.select(_editions.c.id).where(_editions.c.state == DraftState.PUBLISHED)
        )
        return found.all()

    async def documents(self, edition_ids: Collection[UUID]) -> dict[UUID, str]:
        """The YAML of some editions."""
        found = await self.session.execute(
            sa.select(_editions.c.id, _editions.c.document).where(_editions.c.id.in_(edition_ids))
        )
        return {row.id: row.document for row in found}

    async def find(self, edition_id: UUID) -> RulebookEdition | None:
        return await self.session.get(RulebookEdition, edition_id)

    async def lock(self, edition_id: UUID) -> RulebookEdition | None:
        """A draft to be changed: nobody else changes it until the transaction ends."""
        found: RulebookEdition | None = await self.session.scalar(
            sa.select(RulebookEdition)
            .where(RulebookEdition.id == edition_id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        return found

    async def page_of(
        self, query: DraftQuery
    ) -> tuple[list[RulebookEdition], str | None, int | None]:
        """Editions of the centre's own, the newest draft first."""
        statement = sa.select(RulebookEdition)
        if query.state is not None:
            statement = statement.where(RulebookEdition.state == query.state)
        newest_first = SortKey((_editions.c.id,), (UUID,), descending=True)
        return await self.page(statement, query, newest_first)

    async def flush(self) -> None:
        """Write what has changed, so that a constraint speaks here."""
        await self.session.flush()
