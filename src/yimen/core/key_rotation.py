"""After new keys of personal data: what older ones encrypted or indexed is brought to the new."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from yimen.core.crypto import IndexKind, PersonalData, place
from yimen.core.database import Base, Database

BATCH = 500
"""Rows a transaction: others wait no longer than for these."""

Progress = Callable[[int, int], None]


def _marked(mark: str) -> Iterator[tuple[sa.Table, sa.Column[bytes]]]:
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            if mark in column.info:
                yield table, column


def sealed_columns() -> Iterator[tuple[sa.Table, sa.Column[bytes]]]:
    """Every encrypted column of every table."""
    return _marked("is_sealed")


class IndexedRow(NamedTuple):
    """A row with an encrypted number and what it is found by."""

    id: UUID
    blob: bytes
    found_by: bytes


class IndexColumn:
    """A blind index with the encrypted column that it finds."""

    def __init__(self, table: sa.Table, column: sa.Column[bytes]) -> None:
        self.table = table
        self.column = column
        name, kind = column.info["index_of"]
        self.source: sa.Column[bytes] = table.c[name]
        self.kind: IndexKind = kind

    def statement(self) -> sa.Select[Any]:
        """The rows that have both."""
        return sa.select(self.table.c.id, self.source, self.column).where(
            self.source.is_not(None), self.column.is_not(None)
        )

    def indexes(self, row: IndexedRow, data: PersonalData) -> list[bytes]:
        """What a row's number may be found by, the current first; raises Undecipherable."""
        number = data.decrypt(row.blob, bound_to=place(row.id, self.source.name))
        return data.blind_indexes(number, kind=self.kind)


def index_columns() -> Iterator[IndexColumn]:
    """Every blind index of every table."""
    for table, column in _marked("index_of"):
        yield IndexColumn(table, column)


async def find_unreadable(session: AsyncSession, data: PersonalData) -> str | None:
    """The column whose oldest row the keys do not find; raises Undecipherable.

    Indexing anew goes from the newest to the oldest row: where that one is found, all are.
    """
    for each in index_columns():
        oldest = each.statement().order_by(each.table.c.id).limit(1)
        for row in map(IndexedRow._make, await session.execute(oldest)):
            if row.found_by not in each.indexes(row, data):
                return f"{each.table.name}.{each.column.name}"
    return None


async def encrypt_anew(database: Database, data: PersonalData, *, progress: Progress) -> int:
    """Bring all values to the current key while the service runs; how many were brought.

    Safe to break off and to repeat. Raises Undecipherable where a value's key is unknown: what was
    done before stays done.
    """
    columns = list(sealed_columns())
    total = changed = 0
    async with database.reading() as session:
        for table, column in columns:
            waiting = sa.select(sa.func.count()).select_from(table).where(_is_old(column, data))
            total += await session.scalar(waiting) or 0
    for table, column in columns:
        while count := await _encrypt_batch(database, data, table, column):
            changed += count
            progress(changed, total)
    return changed


async def index_anew(database: Database, data: PersonalData, *, progress: Progress) -> int:
    """Bring all blind indexes to the current key while the service runs; how many were brought.

    Without an older key among those that search there is nothing to do. Safe to break off and to
    repeat. Raises Undecipherable where a number's key is unknown.
    """
    if not data.has_old_index_keys:
        return 0
    columns = list(index_columns())
    total = seen = changed = 0
    async with database.reading() as session:
        for each in columns:
            count = sa.select(sa.func.count()).select_from(each.statement().subquery())
            total += await session.scalar(count) or 0
    for each in columns:
        rows = await _index_batch(database, data, each, None)
        while rows:
            seen += len(rows)
            changed += sum(rows.values())
            progress(seen, total)
            rows = await _index_batch(database, data, each, min(rows))
    return changed


def _is_old(column: sa.Column[bytes], data: PersonalData) -> sa.ColumnElement[bool]:
    header = data.current_header
    return sa.func.substring(column, 1, len(header)) != header


async def _encrypt_batch(
    database: Database, data: PersonalData, table: sa.Table, column: sa.Column[bytes]
) -> int:
    async with database.transaction() as session:
        found = await session.execute(
            sa.select(table.c.id, column)
            .where(_is_old(column, data))
            .limit(BATCH)
            .with_for_update()
        )
        new = {}
        for row_id, blob in found:
            where = place(row_id, column.name)
            new[row_id] = data.encrypt(data.decrypt(blob, bound_to=where), bound_to=where)
        await _write(session, table, column, new)
    return len(new)


async def _index_batch(
    database: Database, data: PersonalData, each: IndexColumn, before: UUID | None
) -> dict[UUID, bool]:
    """The newest rows before one, and which of them changed."""
    statement = each.statement().order_by(each.table.c.id.desc()).limit(BATCH).with_for_update()
    if before is not None:
        statement = statement.where(each.table.c.id < before)
    async with database.transaction() as session:
        rows = [IndexedRow._make(row) for row in await session.execute(statement)]
        right = {row.id: each.indexes(row, data)[0] for row in rows}
        new = {row.id: right[row.id] for row in rows if row.found_by != right[row.id]}
        await _write(session, each.table, each.column, new)
    return {row.id: row.id in new for row in rows}


async def _write(
    session: AsyncSession, table: sa.Table, column: sa.Column[bytes], new: dict[UUID, bytes]
) -> None:
    if new:
        connection = await session.connection()
        await connection.execute(
            sa.update(table)
            .where(table.c.id == sa.bindparam("row_id"))
            .values({column.name: sa.bindparam("value")}),
            [{"row_id": row_id, "value": value} for row_id, value in new.items()],
        )
