"""Every query on adoptions, and the names that a statement shows."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from yimen.core.database import table_of
from yimen.core.pagination import SortKey
from yimen.core.repository import Repository
from yimen.domains.news.models import NewsMerit
from yimen.domains.news.schemas_records import MeritQuery
from yimen.domains.organisation.models import Department, StaffMember, Window
from yimen.domains.scoring.enums import RecordKind
from yimen.domains.scoring.models import ScoreRecord

Session = AsyncSession


class MeritRow(NamedTuple):
    """An adoption with its article and author."""

    merit: NewsMerit
    article: ScoreRecord
    author_name: str | None


class Place(NamedTuple):
    """What a window or agency is called and whose it is."""

    number: str
    name: str
    department_id: UUID
    department_name: str


_ROWS = (
    sa.select(NewsMerit, ScoreRecord, StaffMember.name.label("author_name"))
    .join(ScoreRecord, ScoreRecord.id == NewsMerit.article_id)
    .outerjoin(StaffMember, StaffMember.id == NewsMerit.author_id)
)


class NewsRepository(Repository):
    """Adoptions, all of the hall: only the office and the director read them."""

    async def find(self, merit_id: UUID) -> MeritRow | None:
        row = (await self.session.execute(_ROWS.where(NewsMerit.id == merit_id))).one_or_none()
        return None if row is None else MeritRow(*row)

    async def lock(self, merit_id: UUID) -> NewsMerit | None:
        """One to be taken back: nobody else changes it until the transaction ends."""
        return await self.session.get(
            NewsMerit, merit_id, with_for_update=True, populate_existing=True
        )

    async def article(self, article_id: UUID) -> ScoreRecord | None:
        """An article that was handed in and not taken back."""
        found: ScoreRecord | None = await self.session.scalar(
            sa.select(ScoreRecord).where(
                ScoreRecord.id == article_id,
                ScoreRecord.kind == RecordKind.ARTICLE,
                ScoreRecord.reversed_at.is_(None),
            )
        )
        return found

    async def page_of(self, query: MeritQuery) -> tuple[list[MeritRow], str | None, int | None]:
        """The newest first."""
        statement = _ROWS.add_columns(table_of(NewsMerit).c.id.label("id"))
        for value, column in (
            (query.article_id, NewsMerit.article_id),
            (query.kind, NewsMerit.kind),
            (query.author_id, NewsMerit.author_id),
        ):
            if value is not None:
                statement = statement.where(column == value)
        if query.first is not None:
            statement = statement.where(NewsMerit.day >= query.first)
        if query.last is not None:
            statement = statement.where(NewsMerit.day <= query.last)
        newest_first = SortKey((table_of(NewsMerit).c.id,), (UUID,), descending=True)
        rows, cursor, total = await self.page(statement, query, newest_first)
        return [MeritRow(*row[:3]) for row in rows], cursor, total

    async def of_articles_honoured(self, first: date, last: date) -> Sequence[MeritRow]:
        """All that counts, up to the last day, of articles that got something on these days."""
        honoured = sa.select(NewsMerit.article_id).where(NewsMerit.day.between(first, last))
        rows = await self.session.execute(
            _ROWS.where(
                NewsMerit.article_id.in_(honoured),
                NewsMerit.day <= last,
                NewsMerit.reversed_at.is_(None),
                ScoreRecord.reversed_at.is_(None),
            )
        )
        return [MeritRow(*row) for row in rows]

    async def places(self, ids: Collection[UUID]) -> dict[UUID, Place]:
        """Windows and agencies by their ids."""
        windows = await self.session.execute(
            sa.select(Window.id, Window.number, Window.name, Department.id, Department.name)
            .join(Department, Department.id == Window.department_id)
            .where(Window.id.in_(ids))
        )
        agencies = await self.session.execute(
            sa.select(Department.id, Department.code, Department.name).where(Department.id.in_(ids))
        )
        return {row[0]: Place(row[1], row[2], row[3], row[4]) for row in windows} | {
            agency_id: Place(code, name, agency_id, name) for agency_id, code, name in agencies
        }

    async def flush(self) -> None:
        """Write what was changed."""
        await self.session.flush()
