"""Create ratings with their follow-up

Revision: ratings, after conferences
"""

import sqlalchemy as sa
from alembic import op

revision = "ratings"
down_revision = "conferences"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ratings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("case_number", sa.Text(), nullable=False),
        sa.Column("item_name", sa.Text(), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=False),
        sa.Column("window_id", sa.Uuid(), nullable=False),
        sa.Column("handler_id", sa.Uuid(), nullable=False),
        sa.Column("level", sa.String(40), nullable=False),
        sa.Column("channel", sa.String(40), nullable=False),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("rated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_name", sa.Text(), nullable=True),
        sa.Column("recorded_how", sa.Text(), nullable=True),
        sa.Column("follow_up", sa.String(40), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("contacted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("was_reached", sa.Boolean(), nullable=True),
        sa.Column("contact_note", sa.Text(), nullable=True),
        sa.Column("finding", sa.String(40), nullable=True),
        sa.Column("finding_reason", sa.Text(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by_name", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_ratings"),
        sa.UniqueConstraint("case_id", name="uq_ratings_case_id"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_ratings_case_id"),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name="fk_ratings_department_id"
        ),
        sa.ForeignKeyConstraint(["window_id"], ["windows.id"], name="fk_ratings_window_id"),
        sa.ForeignKeyConstraint(["handler_id"], ["staff_members.id"], name="fk_ratings_handler_id"),
    )
    op.create_index("ix_ratings_department_id_id", "ratings", ["department_id", "id"])
    op.create_index("ix_ratings_window_id_id", "ratings", ["window_id", "id"])
    op.create_index("ix_ratings_rated_at", "ratings", ["rated_at"])
    op.create_index(
        "ix_ratings_due_at",
        "ratings",
        ["due_at"],
        postgresql_where=sa.text("follow_up IN ('open', 'contacted')"),
    )


def downgrade() -> None:
    op.drop_table("ratings")
