"""Create annual ratings and the stars of the quarters

Revision: awards, after scores_by_subject
"""

import sqlalchemy as sa
from alembic import op

revision = "awards"
down_revision = "scores_by_subject"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "year_ratings",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("excellent_places", sa.Integer(), nullable=False),
        sa.Column("good_places", sa.Integer(), nullable=False),
        sa.Column("drafted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("drafted_by_name", sa.Text(), nullable=False),
        sa.Column("refreshed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_by_name", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("year", name="pk_year_ratings"),
    )
    op.create_table(
        "rating_lines",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=True),
        sa.Column("score", sa.Text(), nullable=True),
        sa.Column("proposed", sa.String(40), nullable=True),
        sa.Column("allowed", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("reasons", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("outcome", sa.String(40), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Uuid(), nullable=True),
        sa.Column("decided_by_name", sa.Text(), nullable=True),
        sa.Column("decision_reason", sa.Text(), nullable=True),
        sa.Column("reopened_reason", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_rating_lines"),
        sa.UniqueConstraint(
            "year", "kind", "subject_id", name="uq_rating_lines_year_kind_subject_id"
        ),
        sa.CheckConstraint(
            "(outcome IS NULL) = (decided_by_id IS NULL)",
            name=op.f("ck_rating_lines_decided_by_a_person"),
        ),
        sa.ForeignKeyConstraint(["year"], ["year_ratings.year"], name="fk_rating_lines_year"),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name="fk_rating_lines_department_id"
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["accounts.id"], name="fk_rating_lines_decided_by_id"
        ),
    )
    op.create_index("ix_rating_lines_year_id", "rating_lines", ["year", "id"])
    op.create_table(
        "star_nominations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("quarter", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("window_id", sa.Uuid(), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("nominated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("nominated_by_name", sa.Text(), nullable=False),
        sa.Column("view", sa.Text(), nullable=True),
        sa.Column("viewed_by_name", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Uuid(), nullable=True),
        sa.Column("decided_by_name", sa.Text(), nullable=True),
        sa.Column("decision_reason", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_star_nominations"),
        sa.UniqueConstraint(
            "year",
            "quarter",
            "kind",
            "window_id",
            name="uq_star_nominations_year_quarter_kind_window_id",
        ),
        sa.CheckConstraint("quarter BETWEEN 1 AND 4", name=op.f("ck_star_nominations_quarter")),
        sa.CheckConstraint(
            "(state IN ('chosen', 'not_chosen')) = (decided_by_id IS NOT NULL)",
            name=op.f("ck_star_nominations_decided_by_a_person"),
        ),
        sa.ForeignKeyConstraint(
            ["window_id"], ["windows.id"], name="fk_star_nominations_window_id"
        ),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name="fk_star_nominations_department_id"
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_members.id"], name="fk_star_nominations_staff_id"
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["accounts.id"], name="fk_star_nominations_decided_by_id"
        ),
    )
    op.create_index(
        "ix_star_nominations_department_id_id", "star_nominations", ["department_id", "id"]
    )


def downgrade() -> None:
    op.drop_table("star_nominations")
    op.drop_table("rating_lines")
    op.drop_table("year_ratings")
