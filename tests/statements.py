"""Counting what a request asks of PostgreSQL."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from yimen.core.database import Database, HotStatement

OF_TRANSACTIONS = ("SAVEPOINT", "RELEASE", "ROLLBACK")


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    """The statements that run meanwhile, SQLAlchemy's and the hot ones that go past it."""
    assert isinstance(database.engine, AsyncConnection)
    connection = database.engine.sync_connection
    assert connection is not None
    seen: list[str] = []
    run = HotStatement.rows

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith(OF_TRANSACTIONS):
            seen.append(statement)

    async def note_and_run(
        self: HotStatement, session: AsyncSession, values: Mapping[str, object] | None = None
    ) -> Sequence[Any]:
        seen.append(self.text)
        return await run(self, session, values)

    sa.event.listen(connection, "before_cursor_execute", note)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(HotStatement, "rows", note_and_run)
        yield seen
    sa.event.remove(connection, "before_cursor_execute", note)
