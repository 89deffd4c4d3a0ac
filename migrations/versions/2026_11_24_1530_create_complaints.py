"""Create complaints with what was done with each

Revision: complaints, after appointments
"""

import sqlalchemy as sa
from alembic import op

revision = "complaints"
down_revision = "appointments"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "complaints",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("complaint_number", sa.Text(), nullable=False),
        sa.Column("channel", sa.String(40), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("complainant_name", sa.LargeBinary(), nullable=True),
        sa.Column("complainant_phone", sa.LargeBinary(), nullable=True),
        sa.Column("complainant_phone_index", sa.LargeBinary(), nullable=True),
        sa.Column("window_id", sa.Uuid(), nullable=True),
        sa.Column("staff_id", sa.Uuid(), nullable=True),
        sa.Column("department_id", sa.Uuid(), nullable=True),
        sa.Column("occurred_on", sa.Date(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("registered_by_name", sa.Text(), nullable=True),
        sa.Column("acceptance_due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("investigator_id", sa.Uuid(), nullable=True),
        sa.Column("finding_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("found_by_id", sa.Uuid(), nullable=True),
        sa.Column("found_by_name", sa.Text(), nullable=True),
        sa.Column("finding", sa.String(40), nullable=True),
        sa.Column("finding_reason", sa.Text(), nullable=True),
        sa.Column("statement", sa.Text(), nullable=True),
        sa.Column("answer_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("answered_how", sa.Text(), nullable=True),
        sa.Column("answer_paper_id", sa.Uuid(), nullable=True),
        sa.Column("lookup_code", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_complaints"),
        sa.UniqueConstraint("complaint_number", name="uq_complaints_complaint_number"),
        sa.CheckConstraint(
            "finding IS DISTINCT FROM 'substantiated' OR window_id IS NOT NULL "
            "OR staff_id IS NOT NULL",
            name=op.f("ck_complaints_somebody_answers"),
        ),
        sa.ForeignKeyConstraint(["window_id"], ["windows.id"], name="fk_complaints_window_id"),
        sa.ForeignKeyConstraint(["staff_id"], ["staff_members.id"], name="fk_complaints_staff_id"),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name="fk_complaints_department_id"
        ),
        sa.ForeignKeyConstraint(
            ["investigator_id"], ["staff_members.id"], name="fk_complaints_investigator_id"
        ),
        sa.ForeignKeyConstraint(
            ["answer_paper_id"], ["papers.id"], name="fk_complaints_answer_paper_id"
        ),
    )
    op.create_index("ix_complaints_occurred_on", "complaints", ["occurred_on"])
    op.create_index("ix_complaints_department_id_id", "complaints", ["department_id", "id"])
    op.create_index("ix_complaints_staff_id_id", "complaints", ["staff_id", "id"])
    op.create_index(
        "ix_complaints_complainant_phone_index", "complaints", ["complainant_phone_index"]
    )
    op.create_table(
        "complaint_steps",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("act", sa.String(40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_name", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("article", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_complaint_steps"),
        sa.ForeignKeyConstraint(
            ["complaint_id"], ["complaints.id"], name="fk_complaint_steps_complaint_id"
        ),
    )
    op.create_index("ix_complaint_steps_complaint_id", "complaint_steps", ["complaint_id"])


def downgrade() -> None:
    op.drop_table("complaint_steps")
    op.drop_table("complaints")
