"""Tell what was taken under each indicator from the ledger, not from a copy beside the score

Revision: scores_from_ledger, after appeal_days
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "scores_from_ledger"
down_revision = "appeal_days"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_column("score_totals", "taken")


def downgrade() -> None:
    empty = sa.text("'{}'")
    op.add_column(
        "score_totals",
        sa.Column("taken", postgresql.JSONB(), nullable=False, server_default=empty),
    )
    op.alter_column("score_totals", "taken", server_default=None)
    op.execute("ALTER TABLE score_totals DISABLE TRIGGER score_totals_sealed_update")
    op.execute(
        """
        UPDATE score_totals AS kept SET taken = (
            SELECT coalesce(jsonb_object_agg(code, lost), '{}') FROM (
                SELECT rule_row.indicator || '/' || rule_row.code AS code, sum(entry.taken) AS lost
                FROM score_entries AS entry
                JOIN score_rules AS rule_row ON rule_row.id = entry.rule_id
                WHERE entry.month = kept.month AND entry.version_no <= kept.version_no
                    AND entry.subject_id = kept.subject_id
                GROUP BY 1 HAVING sum(entry.taken) <> 0
            ) AS by_rule
        )
        """
    )
    op.execute("ALTER TABLE score_totals ENABLE TRIGGER score_totals_sealed_update")
