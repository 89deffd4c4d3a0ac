"""Keep the cases that another system closed

Revision: past_cases, after imports
"""

import sqlalchemy as sa
from alembic import op

revision = "past_cases"
down_revision = "imports"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "past_cases",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_number", sa.Text(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("item_name", sa.Text(), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=False),
        sa.Column("window_id", sa.Uuid(), nullable=True),
        sa.Column("applicant_kind", sa.String(40), nullable=False),
        sa.Column("applicant_name", sa.Text(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("accepted_on", sa.Date(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=False),
        sa.Column("delivered_on", sa.Date(), nullable=True),
        sa.Column("outcome", sa.String(40), nullable=False),
        sa.Column("handler_name", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_name", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_past_cases"),
        sa.UniqueConstraint("case_number", name="uq_past_cases_case_number"),
        sa.ForeignKeyConstraint(["item_id"], ["service_items.id"], name="fk_past_cases_item_id"),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name="fk_past_cases_department_id"
        ),
        sa.ForeignKeyConstraint(["window_id"], ["windows.id"], name="fk_past_cases_window_id"),
    )
    for column in ("item_id", "department_id", "window_id"):
        op.create_index(f"ix_past_cases_{column}_id", "past_cases", [column, "id"])


def downgrade() -> None:
    op.drop_table("past_cases")
