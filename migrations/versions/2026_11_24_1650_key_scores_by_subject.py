"""Key the totals of scores by subject: one index finds a month and a trend

Revision: scores_by_subject, after rulebook_editions
"""

from alembic import op

revision = "scores_by_subject"
down_revision = "rulebook_editions"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_constraint("pk_score_totals", "score_totals", type_="primary")
    op.create_primary_key(
        "pk_score_totals", "score_totals", ["subject_id", "month", "version_no", "subject_kind"]
    )
    op.drop_index("ix_score_totals_subject_id_month", "score_totals")


def downgrade() -> None:
    op.create_index("ix_score_totals_subject_id_month", "score_totals", ["subject_id", "month"])
    op.drop_constraint("pk_score_totals", "score_totals", type_="primary")
    op.create_primary_key(
        "pk_score_totals", "score_totals", ["month", "version_no", "subject_kind", "subject_id"]
    )
