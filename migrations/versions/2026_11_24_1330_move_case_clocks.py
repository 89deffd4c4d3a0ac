"""Let case clocks stop, go on and be extended; ask cooperating departments

Revision: case_clocks, after cases
"""

import sqlalchemy as sa
from alembic import op

revision = "case_clocks"
down_revision = "cases"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("cases", sa.Column("suspended_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("cases", sa.Column("pending_decision", sa.String(40), nullable=True))
    op.add_column("cases", sa.Column("documents_due_on", sa.Date(), nullable=True))
    op.create_index(
        "ix_cases_suspended_until",
        "cases",
        ["suspended_until"],
        postgresql_where=sa.text("state = 'suspended'"),
    )
    op.create_index(
        "ix_cases_pending_decision_id",
        "cases",
        ["pending_decision", "id"],
        postgresql_where=sa.text("pending_decision IS NOT NULL"),
    )
    op.create_index(
        "ix_cases_documents_due_on",
        "cases",
        ["documents_due_on"],
        postgresql_where=sa.text("documents_due_on IS NOT NULL"),
    )
    op.create_table(
        "case_opinions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("working_days", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("given_by_name", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_case_opinions"),
        sa.UniqueConstraint(
            "case_id", "department_id", name="uq_case_opinions_case_id_department_id"
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_case_opinions_case_id"),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name="fk_case_opinions_department_id"
        ),
    )
    op.create_index(
        "ix_case_opinions_department_id_state", "case_opinions", ["department_id", "state"]
    )
    op.create_index(
        "ix_case_opinions_due_at",
        "case_opinions",
        ["due_at"],
        postgresql_where=sa.text("state = 'asked'"),
    )


def downgrade() -> None:
    op.drop_table("case_opinions")
    op.drop_index("ix_cases_documents_due_on", "cases")
    op.drop_index("ix_cases_pending_decision_id", "cases")
    op.drop_index("ix_cases_suspended_until", "cases")
    op.drop_column("cases", "documents_due_on")
    op.drop_column("cases", "pending_decision")
    op.drop_column("cases", "suspended_until")
