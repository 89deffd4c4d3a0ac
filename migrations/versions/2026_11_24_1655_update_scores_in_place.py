"""Keep out of every index what a posting changes, and leave room: totals are updated in place

Revision: scores_in_place, after awards
"""

from alembic import op

revision = "scores_in_place"
down_revision = "awards"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_score_totals_ranking", "score_totals")
    op.create_index(
        "ix_score_totals_month_version_no_subject_kind",
        "score_totals",
        ["month", "version_no", "subject_kind"],
    )
    op.execute("ALTER TABLE score_totals SET (fillfactor = 50)")


def downgrade() -> None:
    op.execute("ALTER TABLE score_totals RESET (fillfactor)")
    op.drop_index("ix_score_totals_month_version_no_subject_kind", "score_totals")
    op.create_index(
        "ix_score_totals_ranking",
        "score_totals",
        ["month", "version_no", "subject_kind", "ranked_by", "subject_id"],
    )
