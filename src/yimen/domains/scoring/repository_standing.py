"""Where totals stand: their rank among their kind, and what they have lost under what."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from yimen.domains.organisation.models import Department
from yimen.domains.scoring.enums import Indicator
from yimen.domains.scoring.models import ScoreMonth, ScoreTotal

_ASKED: dict[str, Any] = {
    "months": ARRAY(sa.Date()),
    "versions": ARRAY(sa.SmallInteger()),
    "kinds": ARRAY(sa.Text()),
    "ids": ARRAY(sa.Uuid()),
    "scores": ARRAY(sa.Integer()),
}


def _about(statement: str) -> sa.TextClause:
    """A statement about certain totals, which it numbers from 1."""
    types = {name: kind for name, kind in _ASKED.items() if f":{name}" in statement}
    return sa.text(statement).bindparams(
        *(sa.bindparam(name, type_=kind) for name, kind in types.items())
    )


_TAKEN = _about(
    """
    SELECT asked.place, rule_row.indicator, sum(entry.taken)::integer AS taken
    FROM unnest(:months, :versions, :kinds, :ids) WITH ORDINALITY
        AS asked (month, version_no, subject_kind, subject_id, place)
    JOIN score_entries AS entry ON entry.month = asked.month
        AND entry.subject_id = asked.subject_id AND entry.subject_kind = asked.subject_kind
        AND entry.version_no <= asked.version_no
    JOIN score_rules AS rule_row ON rule_row.id = entry.rule_id
    GROUP BY asked.place, rule_row.indicator
    HAVING sum(entry.taken) <> 0
    """
)

_RANKS = _about(
    """
    WITH asked AS (
        SELECT * FROM unnest(:months, :versions, :kinds, :scores) WITH ORDINALITY
            AS asked (month, version_no, subject_kind, ranked_by, place)
    ),
    lists AS (
        SELECT month, version_no, subject_kind, min(ranked_by) AS least
        FROM asked GROUP BY month, version_no, subject_kind
    ),
    ranked AS (
        SELECT one.month, one.version_no, one.subject_kind, one.ranked_by,
            1 + sum(count(*)) OVER (
                PARTITION BY one.month, one.version_no, one.subject_kind
                ORDER BY one.ranked_by DESC
            ) - count(*) AS rank
        FROM lists JOIN score_totals AS one USING (month, version_no, subject_kind)
        WHERE one.ranked_by >= lists.least
        GROUP BY one.month, one.version_no, one.subject_kind, one.ranked_by
    )
    SELECT asked.place, ranked.rank::integer
    FROM asked JOIN ranked USING (month, version_no, subject_kind, ranked_by)
    """
)
"""One more than how many of the same list are better."""


class TotalRow(NamedTuple):
    """A subject's month with its names, its rank among its kind, and what it has lost."""

    total: ScoreTotal
    month: ScoreMonth
    department_name: str | None
    rank: int
    taken: Mapping[Indicator, int]
    """Under each indicator, in hundredths, in the order of APPRAISE 二; a bonus is negative."""


async def told(
    session: AsyncSession, totals: Iterable[ScoreTotal], *, is_top: bool = False
) -> list[TotalRow]:
    """Each with its month, its rank, and what it has lost by the lines that its version knows.

    The top of a list has its ranks in itself.
    """
    found = list(totals)
    if not found:
        return []
    given = {
        "months": [total.month for total in found],
        "versions": [total.version_no for total in found],
        "kinds": [total.subject_kind.value for total in found],
        "ids": [total.subject_id for total in found],
        "scores": [total.ranked_by for total in found],
    }
    months = await session.scalars(
        sa.select(ScoreMonth).where(ScoreMonth.month.in_({total.month for total in found}))
    )
    by_month = {month.month: month for month in months}
    homes = {total.department_id for total in found}
    rows = await session.execute(
        sa.select(Department.id, Department.name).where(Department.id.in_(homes - {None}))
    )
    names = {row.id: row.name for row in rows}
    if is_top:
        ranks = dict(enumerate(_ranks_from_the_top(found), 1))
    else:
        ranks = {row.place: row.rank for row in await session.execute(_RANKS, given)}
    taken: dict[int, dict[Indicator, int]] = {}
    for place, indicator, lost in await session.execute(_TAKEN, given):
        taken.setdefault(place, {})[Indicator(indicator)] = lost
    return [
        TotalRow(
            total,
            by_month[total.month],
            names.get(total.department_id),
            ranks[place],
            _in_order(taken.get(place, {})),
        )
        for place, total in enumerate(found, 1)
    ]


def _ranks_from_the_top(totals: Sequence[ScoreTotal]) -> list[int]:
    ranks: list[int] = []
    first = 0
    for place, total in enumerate(totals):
        before = totals[place - 1] if place else None
        if before is None or before.subject_kind != total.subject_kind:
            first = place
            ranks.append(1)
        elif before.ranked_by == total.ranked_by:
            ranks.append(ranks[-1])
        else:
            ranks.append(place - first + 1)
    return ranks


def _in_order(taken: Mapping[Indicator, int]) -> dict[Indicator, int]:
    return {indicator: taken[indicator] for indicator in Indicator if indicator in taken}
