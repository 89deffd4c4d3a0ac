"""Record by whom articles were adopted

Revision: news, after overtime_cause
"""

import sqlalchemy as sa
from alembic import op

revision = "news"
down_revision = "overtime_cause"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "news_merits",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("article_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("level", sa.String(40), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_name", sa.Text(), nullable=False),
        sa.Column("reversed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reversed_by_name", sa.Text(), nullable=True),
        sa.Column("reversal_reason", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "kind = 'adoption' OR level IN ('prefecture', 'region', 'nation')",
            name=op.f("ck_news_merits_level"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_news_merits")),
        sa.ForeignKeyConstraint(
            ["article_id"],
            ["score_records.id"],
            name=op.f("fk_news_merits_article_id_score_records"),
        ),
        sa.ForeignKeyConstraint(
            ["author_id"], ["staff_members.id"], name=op.f("fk_news_merits_author_id_staff_members")
        ),
    )
    op.create_index(op.f("ix_news_merits_article_id"), "news_merits", ["article_id"])
    op.create_index("ix_news_merits_day", "news_merits", ["day"])


def downgrade() -> None:
    op.drop_table("news_merits")
