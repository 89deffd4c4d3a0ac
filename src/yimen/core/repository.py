"""What every repository can do; each other query has a name in its own domain."""

from typing import Any, TypeVar

from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncSession

from yimen.core.pagination import Listing, PageQuery, SortKey, fetch_page

Row = TypeVar("Row")


class Repository:
    """Holds the request's session; subclasses name their queries."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def add(self, row: Row) -> Row:
        """Insert now, so that a constraint speaks here and not at the commit."""
        self.session.add(row)
        await self.session.flush()
        return row

    async def page(
        self, statement: Select[*tuple[Any, ...]], query: PageQuery, sort: SortKey
    ) -> Listing:
        """Rows, next cursor and total (if asked for) of one keyset page."""
        return await fetch_page(self.session, statement, query, sort)
