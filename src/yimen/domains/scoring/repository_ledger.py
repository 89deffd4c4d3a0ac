"""Posting: facts against the standing entries, in whole hundredths and set by set.

The pure rule is :func:`yimen.domains.scoring.rules.post`; a test proves that both come to the same.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.ext.asyncio import AsyncSession

from yimen.core.database import table_of
from yimen.core.outbox import OutboxEvent
from yimen.domains.organisation.enums import DepartmentKind
from yimen.domains.organisation.models import Department, Window
from yimen.domains.scoring.enums import FactSource, MonthState, RecordKind, SubjectKind
from yimen.domains.scoring.models import (
    ScoreMonth,
    ScoreProgress,
    ScoreRecord,
    ScoreRule,
)
from yimen.domains.scoring.repository_reckoning import ReckoningRepository
from yimen.domains.scoring.rules import Fact, ScoreCard, Subject

Session = AsyncSession

_HOLD = sa.text("SELECT pg_advisory_xact_lock(hashtext('yimen.scoring'))")

GIVEN_FACTS = """
    SELECT * FROM jsonb_to_recordset(CAST(:facts AS jsonb)) AS given (
        subject_kind text, subject_id uuid, day date, rule text, count integer, evidence text,
        why_not text, source text, source_id text
    )
"""

STANDING = """
    entry.reverses_id IS NULL
    AND NOT EXISTS (SELECT FROM score_entries AS undone WHERE undone.reverses_id = entry.id)
"""
"""An entry that nothing has undone."""

POST = """
WITH given AS MATERIALIZED ({facts}),
rated AS (
    SELECT given.*, rule_row.id AS rule_id, rule_row.cap_group, rule_row.cap,
        given.count * rule_row.points AS asked
    FROM given
    JOIN score_rules AS rule_row
        ON rule_row.edition_code = :edition_code AND rule_row.code = given.rule
),
capped AS (
    SELECT rated.*, cap - least(cap, coalesce(sum(asked) OVER (
        PARTITION BY subject_kind, subject_id, cap_group
        ORDER BY day, source COLLATE "C", source_id COLLATE "C", rule COLLATE "C"
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ), 0))::integer AS room
    FROM rated WHERE cap IS NOT NULL AND why_not IS NULL
),
target AS MATERIALIZED (
    SELECT subject_kind, subject_id, day, rule_id, count, asked, least(asked, room) AS taken, room,
        evidence, why_not, source, source_id
    FROM capped
    UNION ALL
    SELECT subject_kind, subject_id, day, rule_id, count, asked,
        CASE WHEN why_not IS NULL THEN asked ELSE 0 END, NULL,
        evidence, why_not, source, source_id
    FROM rated WHERE cap IS NULL OR why_not IS NOT NULL
),
standing AS MATERIALIZED (
    SELECT * FROM score_entries AS entry
    WHERE entry.month = :month AND entry.source = ANY(:sources) AND {standing}
),
reversed AS (
    INSERT INTO score_entries (
        month, version_no, subject_kind, subject_id, day, rule_id, count, asked, taken, room,
        evidence, why_not, source, source_id, reverses_id, posted_at
    )
    SELECT month, :version_no, subject_kind, subject_id, day, rule_id, -count, -asked, -taken, room,
        evidence, why_not, source, source_id, id, :now
    FROM standing WHERE NOT EXISTS (SELECT FROM target WHERE {same})
    ORDER BY id
    RETURNING subject_kind, subject_id
),
posted AS (
    INSERT INTO score_entries (
        month, version_no, subject_kind, subject_id, day, rule_id, count, asked, taken, room,
        evidence, why_not, source, source_id, reverses_id, posted_at
    )
    SELECT :month, :version_no, subject_kind, subject_id, day, rule_id, count, asked, taken, room,
        evidence, why_not, source, source_id, NULL, :now
    FROM target WHERE NOT EXISTS (SELECT FROM standing WHERE {same})
    ORDER BY subject_kind, subject_id, day, source COLLATE "C", source_id COLLATE "C"
    RETURNING subject_kind, subject_id
)
SELECT subject_kind, subject_id, count(*) AS entries
FROM (SELECT * FROM reversed UNION ALL SELECT * FROM posted) AS touched
GROUP BY subject_kind, subject_id
"""
_SAME = """
    target.source_id = standing.source_id AND target.source = standing.source
    AND target.rule_id = standing.rule_id AND target.subject_id = standing.subject_id
    AND target.subject_kind = standing.subject_kind AND target.day = standing.day
    AND target.count = standing.count AND target.asked = standing.asked
    AND target.taken = standing.taken AND target.evidence = standing.evidence
    AND target.room IS NOT DISTINCT FROM standing.room
    AND target.why_not IS NOT DISTINCT FROM standing.why_not
"""


def post_statement(facts: str) -> str:
    """The posting of whatever rows a query yields; the bench gives it a table."""
    return POST.format(facts=facts, standing=STANDING, same=_SAME)


_POST = sa.text(post_statement(GIVEN_FACTS)).bindparams(
    sa.bindparam("facts", type_=sa.Text()),
    sa.bindparam("edition_code", type_=sa.Text()),
    sa.bindparam("month", type_=sa.Date()),
    sa.bindparam("sources", type_=ARRAY(sa.Text())),
    sa.bindparam("version_no", type_=sa.SmallInteger()),
    sa.bindparam("now", type_=sa.DateTime(timezone=True)),
)


class Place(NamedTuple):
    """A window, and as whom it is scored."""

    window_id: UUID
    subject: Subject


class HallEvent(NamedTuple):
    """As much of an event as says whose facts may have changed."""

    transaction_id: int
    id: int
    kind: str
    facts: dict[str, object]


class LedgerRepository(ReckoningRepository):
    """What writes the ledger; one at a time holds it."""

    async def hold(self) -> None:
        """Let one posting, sealing or amendment happen at a time."""
        await self.session.execute(_HOLD)

    async def month(self, month: date) -> ScoreMonth | None:
        """A month as it is now."""
        return await self.session.get(ScoreMonth, month, populate_existing=True)

    async def unsealed(self) -> Sequence[date]:
        """The months that still take facts in, the earliest first."""
        found = await self.session.scalars(
            sa.select(ScoreMonth.month)
            .where(ScoreMonth.state != MonthState.SEALED)
            .order_by(ScoreMonth.month)
        )
        return found.all()

    async def open_month(self, month: date, edition_code: str) -> ScoreMonth:
        """The month, opened if it is new."""
        await self.session.execute(
            insert(table_of(ScoreMonth))
            .values(
                month=month,
                state=MonthState.OPEN,
                edition_code=edition_code,
                version_no=1,
                version=1,
            )
            .on_conflict_do_nothing()
        )
        found = await self.month(month)
        assert found is not None
        return found

    async def keep_rules(self, card: ScoreCard) -> None:
        """Write down the rules of an edition, once."""
        rows = [
            {
                "edition_code": card.edition_code,
                "code": rate.code,
                "label": rate.label,
                "indicator": rate.indicator,
                "points": rate.points,
                "article": rate.article,
                "basis": rate.basis,
                "cap_group": rate.cap_group,
                "cap": rate.cap,
            }
            for rate in card.rates.values()
        ]
        await self.session.execute(
            insert(table_of(ScoreRule)).values(rows).on_conflict_do_nothing()
        )

    async def has_rules(self, card: ScoreCard) -> bool:
        """Whether the rules of an edition are written down."""
        count = await self.session.scalar(
            sa.select(sa.func.count()).where(ScoreRule.edition_code == card.edition_code)
        )
        return count == len(card.rates)

    async def post(
        self,
        month: ScoreMonth,
        facts: Iterable[Fact],
        sources: Collection[FactSource],
        *,
        version_no: int,
        now: datetime,
    ) -> set[Subject]:
        """Bring the ledger to what these sources' facts come to; returns whose entries moved.

        What no longer holds is undone by a reversal, what is new is entered; entries that stand
        are left alone.
        """
        rows = await self.session.execute(
            _POST,
            {
                "facts": orjson.dumps([_row_of(fact) for fact in facts]).decode(),
                "edition_code": month.edition_code,
                "month": month.month,
                "sources": [source.value for source in sources],
                "version_no": version_no,
                "now": now,
            },
        )
        return {Subject(SubjectKind(row.subject_kind), row.subject_id) for row in rows}

    # What the office entered, and where

    async def places(self, first: date, last: date) -> list[Place]:
        """The windows of a month; an agency's are scored as the agency."""
        rows = await self.session.execute(
            sa.select(Window.id, Department.id, Department.kind)
            .join(Department, Department.id == Window.department_id)
            .where(
                Window.opened_on <= last,
                sa.or_(Window.closed_on.is_(None), Window.closed_on >= first),
            )
            .order_by(Window.number)
        )
        return [
            Place(
                window_id,
                Subject(SubjectKind.AGENCY, department_id)
                if kind is DepartmentKind.AGENCY
                else Subject(SubjectKind.WINDOW, window_id),
            )
            for window_id, department_id, kind in rows
        ]

    async def records(self, kind: RecordKind, first: date, last: date) -> Sequence[ScoreRecord]:
        """What the office entered of a kind for some days, and has not taken back."""
        found = await self.session.scalars(
            sa.select(ScoreRecord)
            .where(
                ScoreRecord.kind == kind,
                ScoreRecord.day.between(first, last),
                ScoreRecord.reversed_at.is_(None),
            )
            .order_by(ScoreRecord.day, ScoreRecord.id)
        )
        return found.all()

    async def has_record_by(self, kind: RecordKind, day: date) -> bool:
        """Whether records of a kind were kept by a day at all."""
        found: bool | None = await self.session.scalar(
            sa.select(sa.exists().where(ScoreRecord.kind == kind, ScoreRecord.day <= day))
        )
        return bool(found)

    # Progress

    async def hold_progress(self) -> ScoreProgress:
        """The progress, held: whoever has it posts, one at a time."""
        statement = (
            sa.select(ScoreProgress).with_for_update().execution_options(populate_existing=True)
        )
        return (await self.session.execute(statement)).scalar_one()

    async def events_after(self, transaction_id: int, event_id: int, most: int) -> list[HallEvent]:
        """The hall's next events, as far as no earlier one can still appear.

        A transaction sees its own events too.
        """
        events = table_of(OutboxEvent).c
        horizon = sa.text(
            "(outbox_events.transaction_id < pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
            " OR outbox_events.transaction_id = pg_current_xact_id_if_assigned()::text::bigint)"
        )
        rows = await self.session.execute(
            sa.select(events.transaction_id, events.id, events.kind, events.facts)
            .where(
                sa.tuple_(events.transaction_id, events.id)
                > sa.tuple_(
                    sa.literal(transaction_id, sa.BigInteger()),
                    sa.literal(event_id, sa.BigInteger()),
                ),
                horizon,
            )
            .order_by(events.transaction_id, events.id)
            .limit(most)
        )
        return [HallEvent(*row) for row in rows]

    async def horizon(self) -> int:
        """From which transaction on events may still appear."""
        found: int = await self.session.scalar(
            sa.text("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
        )
        return found

    async def flush(self) -> None:
        """Write what was changed."""
        await self.session.flush()


def _row_of(fact: Fact) -> dict[str, object]:
    return {
        "subject_kind": fact.subject.kind.value,
        "subject_id": str(fact.subject.id),
        "day": fact.day,
        "rule": fact.rule,
        "count": fact.count,
        "evidence": fact.evidence,
        "why_not": fact.why_not,
        "source": fact.source.value,
        "source_id": fact.source_id,
    }
