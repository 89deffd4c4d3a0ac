"""Reckoning: who is scored in a month, and what everybody's ledger comes to."""

from collections.abc import Collection
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from yimen.core.database import HotStatement
from yimen.core.repository import Repository
from yimen.domains.scoring.enums import SubjectKind
from yimen.domains.scoring.models import ScoreTotal
from yimen.domains.scoring.rules import ScoreCard, Subject

NOT_RATED = -2_000_000_000
"""Sorts behind every score."""

MANY = 2_000
"""From how many subjects on a month is summed in parallel."""

_ROSTER = """
serving AS (
    SELECT DISTINCT staff_id, window_id FROM window_services
    WHERE starts_on <= :last AND (ends_on IS NULL OR ends_on >= :month)
),
people AS (
    SELECT person.id, min(person.staff_number) AS number, min(person.name) AS name,
        person.department_id,
        coalesce(
            array_agg(serving.window_id ORDER BY serving.window_id)
                FILTER (WHERE serving.window_id IS NOT NULL),
            '{{}}'
        ) AS window_ids
    FROM staff_members AS person LEFT JOIN serving ON serving.staff_id = person.id
    WHERE serving.staff_id IS NOT NULL OR EXISTS (
        SELECT FROM score_entries AS entry
        WHERE entry.month = :month AND entry.subject_id = person.id
    )
    GROUP BY person.id
),
places AS (
    SELECT
        CASE WHEN home.kind = 'agency' THEN 'agency' ELSE 'window' END AS kind,
        CASE WHEN home.kind = 'agency' THEN home.id ELSE place.id END AS id,
        CASE WHEN home.kind = 'agency' THEN home.code ELSE place.number END AS number,
        CASE WHEN home.kind = 'agency' THEN home.name ELSE place.name END AS name,
        home.id AS department_id, place.id AS window_id
    FROM windows AS place JOIN departments AS home ON home.id = place.department_id
    WHERE place.opened_on <= :last AND (place.closed_on IS NULL OR place.closed_on >= :month)
),
roster AS (
    SELECT 'staff' AS kind, id, number, name, department_id, window_ids,
        CAST('{{}}' AS uuid[]) AS staff_ids
    FROM people
    UNION ALL
    SELECT kind, id, min(number), min(name), department_id,
        array_agg(DISTINCT places.window_id),
        coalesce(
            array_agg(DISTINCT serving.staff_id) FILTER (WHERE serving.staff_id IS NOT NULL), '{{}}'
        )
    FROM places LEFT JOIN serving ON serving.window_id = places.window_id
    GROUP BY kind, id, department_id
    UNION ALL
    SELECT kind, id, name, coalesce(keeper_name, name), NULL, CAST('{{}}' AS uuid[]),
        CAST('{{}}' AS uuid[])
    FROM inspection_subjects AS other
    WHERE starts_on <= :last AND (ends_on IS NULL OR ends_on >= :month)
)
"""

ENROL = """
WITH {roster}
INSERT INTO score_subjects AS kept (
    month, version_no, subject_kind, subject_id, number, name, department_id, window_ids, staff_ids
)
SELECT :month, :version_no, kind, id, number, name, department_id, window_ids, staff_ids
FROM roster
ON CONFLICT (month, version_no, subject_kind, subject_id) DO UPDATE SET
    number = excluded.number, name = excluded.name, department_id = excluded.department_id,
    window_ids = excluded.window_ids, staff_ids = excluded.staff_ids
WHERE (kept.number, kept.name, kept.window_ids, kept.staff_ids)
    IS DISTINCT FROM (excluded.number, excluded.name, excluded.window_ids, excluded.staff_ids)
    OR kept.department_id IS DISTINCT FROM excluded.department_id
"""

START_AT_BASE = """
INSERT INTO score_totals (
    month, version_no, subject_kind, subject_id, own, numerator, denominator, ranked_by
)
SELECT month, version_no, subject_kind, subject_id, :base, :base, 1, :base
FROM score_subjects WHERE month = :month AND version_no = :version_no
ON CONFLICT DO NOTHING
"""

LOST = """
SELECT entry.subject_id, sum(entry.taken)::integer AS taken
FROM score_entries AS entry
WHERE entry.month = :month AND {entries}
GROUP BY entry.subject_id
"""

RECKON = """
WITH {lost}
workplaces AS NOT MATERIALIZED (
    SELECT place.subject_id, place.staff_ids FROM score_subjects AS place
    WHERE place.month = :month AND place.version_no = :version_no
        AND place.subject_kind IN ('window', 'agency') AND {places}
),
served AS (
    SELECT subject_id, subject_id AS member_id FROM workplaces
    UNION ALL SELECT subject_id, unnest(staff_ids) FROM workplaces
),
sums AS (
    SELECT served.subject_id, count(*) - 1 AS members,
        :base - coalesce(sum(lost.taken) FILTER (WHERE member_id = served.subject_id), 0) AS own,
        :base * (count(*) - 1)
            - coalesce(sum(lost.taken) FILTER (WHERE member_id <> served.subject_id), 0) AS total
    FROM served LEFT JOIN lost ON lost.subject_id = served.member_id
    GROUP BY served.subject_id
),
scores AS (
    SELECT subject_id, own,
        CASE WHEN members > 0 THEN total END AS staff_sum,
        CASE WHEN members > 0 THEN :staff_weight * total + :own_weight * members * own END
            AS numerator,
        greatest(1, 100 * members) AS denominator
    FROM sums
),
without_staff AS (
    UPDATE score_totals AS kept SET
        own = :base - lost.taken, numerator = :base - lost.taken, ranked_by = :base - lost.taken
    FROM lost
    WHERE kept.month = :month AND kept.version_no = :version_no
        AND kept.subject_kind NOT IN ('window', 'agency')
        AND kept.subject_id = lost.subject_id AND kept.own <> :base - lost.taken
)
UPDATE score_totals AS kept SET
    own = scores.own,
    staff_sum = scores.staff_sum,
    numerator = scores.numerator,
    denominator = scores.denominator,
    ranked_by = coalesce(round(scores.numerator::numeric / scores.denominator), :not_rated)
FROM scores
WHERE kept.month = :month AND kept.version_no = :version_no
    AND kept.subject_kind IN ('window', 'agency') AND kept.subject_id = scores.subject_id
    AND (kept.own, kept.staff_sum, kept.numerator, kept.denominator)
        IS DISTINCT FROM (scores.own, scores.staff_sum, scores.numerator, scores.denominator)
"""
"""From what everybody has lost: who has no staff, and the windows with the means of theirs; only
rows that come out otherwise are written. A window's own loss and those of its people are looked up
at once. Whoever serves at a window is enrolled, so that the means need no rows of people.
"""

_TOUCHED = """
places AS (
    SELECT place.subject_id, place.staff_ids FROM score_subjects AS place
    WHERE place.month = :month AND place.version_no = :version_no
        AND place.subject_kind IN ('window', 'agency')
        AND (place.subject_id = ANY(:ids) OR place.staff_ids && CAST(:ids AS uuid[]))
),
touched AS MATERIALIZED (
    SELECT unnest(CAST(:ids AS uuid[])) AS id
    UNION SELECT subject_id FROM places
    UNION SELECT unnest(staff_ids) FROM places
),
"""
"""Those named, their windows, and who else serves there."""
_AMONG_TOUCHED = "= ANY(ARRAY(SELECT id FROM touched))"

DROP_GONE = """
WITH {roster}
DELETE FROM score_subjects AS kept WHERE kept.month = :month AND kept.version_no = :version_no
    AND NOT EXISTS (
        SELECT FROM roster WHERE roster.id = kept.subject_id AND roster.kind = kept.subject_kind
    )
"""


def _bound(statement: str) -> sa.TextClause:
    text = sa.text(statement)
    types: dict[str, Any] = {
        "month": sa.Date(),
        "last": sa.Date(),
        "version_no": sa.SmallInteger(),
        "base": sa.Integer(),
        "ids": ARRAY(sa.Uuid()),
        "staff_weight": sa.Integer(),
        "own_weight": sa.Integer(),
        "not_rated": sa.Integer(),
    }
    names = [name for name in types if f":{name}" in statement]
    return text.bindparams(*(sa.bindparam(name, type_=types[name]) for name in names))


_EVERYBODY = _ROSTER.format()
_ENROL = (
    _bound(DROP_GONE.format(roster=_EVERYBODY)),
    _bound(ENROL.format(roster=_EVERYBODY)),
    _bound(START_AT_BASE),
)
_OF_ALL = LOST.format(entries="TRUE")
_OF_TOUCHED = LOST.format(entries=f"entry.subject_id {_AMONG_TOUCHED}")
_RECKON_SOME = HotStatement(
    _bound(
        RECKON.format(
            lost=f"{_TOUCHED} lost AS MATERIALIZED ({_OF_TOUCHED}),",
            places=f"place.subject_id {_AMONG_TOUCHED}",
        )
    )
)
_RECKON_FEW = HotStatement(
    _bound(RECKON.format(lost=f"lost AS MATERIALIZED ({_OF_ALL}),", places="TRUE"))
)
# PostgreSQL sums in parallel for a new table, not for an update.
_RECKON_MANY = (
    _bound(f"CREATE TEMPORARY TABLE lost AS {_OF_ALL}"),
    _bound("ANALYZE lost"),  # a few rows tell that nobody is there twice: they are looked up in it
    _bound(RECKON.format(lost="", places="TRUE")),
    _bound("DROP TABLE lost"),
)

_READ_ROSTER = sa.text(
    f"WITH {_EVERYBODY} SELECT kind, id, number, name, staff_ids FROM roster"  # noqa: S608 - constant
).bindparams(sa.bindparam("month", type_=sa.Date()), sa.bindparam("last", type_=sa.Date()))

# The statistics do not know a month that has just begun; a nested loop over many would never end.
_FOR_MANY = HotStatement(
    sa.text(
        """
    SELECT current_setting('enable_nestloop') AS loops, current_setting('work_mem') AS memory,
        current_setting('enable_mergejoin') AS merges,
        current_setting('default_statistics_target') AS samples,
        set_config('enable_nestloop', 'off', true), set_config('work_mem', '64MB', true),
        set_config('enable_mergejoin', 'off', true),
        set_config('default_statistics_target', '1', true)
    FROM (
        SELECT FROM score_totals WHERE month = :month AND version_no = :version_no
        OFFSET :many LIMIT 1
    ) AS many
    """
    ).bindparams(
        sa.bindparam("month", type_=sa.Date()),
        sa.bindparam("version_no", type_=sa.SmallInteger()),
        sa.bindparam("many", type_=sa.Integer()),
    )
)
_AS_BEFORE = sa.text(
    "SELECT set_config('enable_nestloop', :loops, true), set_config('work_mem', :memory, true),"
    " set_config('enable_mergejoin', :merges, true),"
    " set_config('default_statistics_target', :samples, true)"
).bindparams(
    *(sa.bindparam(name, type_=sa.Text()) for name in ("loops", "memory", "merges", "samples"))
)

_COPY_TOTALS = sa.text(
    """
    WITH subjects AS (
        INSERT INTO score_subjects (month, version_no, subject_kind, subject_id, number, name,
            department_id, window_ids, staff_ids)
        SELECT month, CAST(:version_no AS smallint), subject_kind, subject_id, number, name,
            department_id, window_ids, staff_ids
        FROM score_subjects WHERE month = :month AND version_no = :version_no - 1
    )
    INSERT INTO score_totals (month, version_no, subject_kind, subject_id, own, staff_sum,
        numerator, denominator, ranked_by)
    SELECT month, CAST(:version_no AS smallint), subject_kind, subject_id, own, staff_sum,
        numerator, denominator, ranked_by
    FROM score_totals WHERE month = :month AND version_no = :version_no - 1
    """
).bindparams(
    sa.bindparam("month", type_=sa.Date()), sa.bindparam("version_no", type_=sa.SmallInteger())
)


class RosterRow(NamedTuple):
    """Who is scored in a month, and who served there."""

    number: str
    name: str
    staff_ids: list[UUID]


class ReckoningRepository(Repository):
    """Writes what months come to; whoever does holds the ledger."""

    async def enrol(self, month: date, card: ScoreCard, *, last: date, version_no: int) -> None:
        """Bring a month's totals to who is scored, as the hall has them now."""
        given = _values(month, card, last=last, version_no=version_no)
        for statement in _ENROL:
            await self.session.execute(statement, given)

    async def are_enrolled(self, month: date, ids: Collection[UUID]) -> bool:
        """Whether all of these have a row among a month's totals."""
        found = await self.session.scalar(
            sa.select(sa.func.count(ScoreTotal.subject_id.distinct())).where(
                ScoreTotal.month == month, ScoreTotal.subject_id.in_(ids)
            )
        )
        return found == len(ids)

    async def reckon(
        self,
        month: date,
        card: ScoreCard,
        *,
        last: date,
        version_no: int,
        only: Collection[UUID] | None = None,
    ) -> None:
        """Write what subjects' months come to: all of them, or those touched and their windows."""
        given = _values(month, card, last=last, version_no=version_no, ids=only)
        if only is not None:
            await _RECKON_SOME.rows(self.session, given)
            return
        before = await _FOR_MANY.row(self.session, given)
        if before is None:
            await _RECKON_FEW.rows(self.session, given)
            return
        for statement in _RECKON_MANY:
            await self.session.execute(statement, given)
        await self.session.execute(_AS_BEFORE, dict(before))

    async def roster(self, month: date, last: date) -> dict[Subject, RosterRow]:
        """Everybody who is scored in a month, as the hall has them now."""
        rows = await self.session.execute(_READ_ROSTER, {"month": month, "last": last})
        return {
            Subject(SubjectKind(row.kind), row.id): RosterRow(row.number, row.name, row.staff_ids)
            for row in rows
        }

    async def copy_totals(self, month: date, version_no: int) -> None:
        """Start a further version with what the one before came to."""
        await self.session.execute(_COPY_TOTALS, {"month": month, "version_no": version_no})


def _values(
    month: date,
    card: ScoreCard,
    *,
    last: date,
    version_no: int,
    ids: Collection[UUID] | None = None,
) -> dict[str, object]:
    return {
        "month": month,
        "last": last,
        "version_no": version_no,
        "base": card.base,
        "staff_weight": card.staff_weight,
        "own_weight": card.own_weight,
        "not_rated": NOT_RATED,
        "many": MANY,
        "ids": list(ids or ()),
    }
