"""Gapless yearly number series: a number is taken in the transaction that uses it."""

from collections.abc import Iterable
from datetime import date

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from yimen.core.database import Base, HotStatement, table_of


class NumberSeries(Base):
    """The last number given out in a series and year."""

    __tablename__ = "number_series"

    series: Mapped[str] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    last: Mapped[int]


_series = table_of(NumberSeries)

_TAKE = HotStatement(
    insert(_series)
    .from_select(
        ["series", "year", "last"],
        sa.select(
            sa.func.unnest(sa.bindparam("series", type_=sa.ARRAY(sa.Text()))),
            sa.bindparam("year", type_=sa.Integer()),
            sa.literal(1),
        ),
    )
    .on_conflict_do_update(index_elements=["series", "year"], set_={"last": _series.c.last + 1})
    .returning(_series.c.series, _series.c.last)
)


async def take_numbers(session: AsyncSession, series: Iterable[str], on: date) -> dict[str, str]:
    """The next number of each named series in the year of ``on``, as ``SERIES-2026-000001``.

    The series stay locked until the transaction ends, so a rolled-back number is given out again:
    take them late. Taken in one sorted statement, they cannot dead-lock.
    """
    rows = await _TAKE.rows(session, {"series": sorted(set(series)), "year": on.year})
    return {name: f"{name}-{on.year}-{last:06d}" for name, last in rows}
