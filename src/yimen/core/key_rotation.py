"""After a new key of personal data: everything that an older one encrypted is encrypted anew."""

from collections.abc import Callable, Iterator

import sqlalchemy as sa

from yimen.core.crypto import PersonalData, place
from yimen.core.database import Base, Database

BATCH = 500
"""Rows a transaction: others wait no longer than for these."""


def sealed_columns() -> Iterator[tuple[sa.Table, sa.Column[bytes]]]:
    """Every encrypted column of every table."""
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            if column.info.get("is_sealed"):
                yield table, column


async def encrypt_anew(
    database: Database, data: PersonalData, *, progress: Callable[[int, int], None]
) -> int:
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
        rows = found.all()
        for row_id, blob in rows:
            where = place(row_id, column.name)
            text = data.decrypt(blob, bound_to=where)
            await session.execute(
                sa.update(table)
                .where(table.c.id == row_id)
                .values({column.name: data.encrypt(text, bound_to=where)})
            )
    return len(rows)
