"""Create proposals, measures and appeals

Revision: discipline, after scoring
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "discipline"
down_revision = "scoring"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "measure_proposals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("ground_code", sa.Text(), nullable=False),
        sa.Column("ground_label", sa.Text(), nullable=False),
        sa.Column("article", sa.Text(), nullable=False),
        sa.Column("also", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("edition_code", sa.Text(), nullable=False),
        sa.Column("measure", sa.String(40), nullable=False),
        sa.Column("target", sa.String(40), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=True),
        sa.Column("window_id", sa.Uuid(), nullable=True),
        sa.Column("department_id", sa.Uuid(), nullable=True),
        sa.Column("person_name", sa.Text(), nullable=True),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("proof", sa.String(40), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("evidence", postgresql.JSONB(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proposed_by_name", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_name", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_measure_proposals"),
        sa.UniqueConstraint("key", name="uq_measure_proposals_key"),
        sa.CheckConstraint(
            "(key IS NULL) = (proposed_by_name IS NOT NULL)",
            name=op.f("ck_measure_proposals_whose"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('confirmed', 'dropped') "
            "OR (decided_by_name IS NOT NULL AND reason IS NOT NULL)",
            name=op.f("ck_measure_proposals_decided_by_a_person"),
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_members.id"], name="fk_measure_proposals_staff_id"
        ),
        sa.ForeignKeyConstraint(
            ["window_id"], ["windows.id"], name="fk_measure_proposals_window_id"
        ),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name="fk_measure_proposals_department_id"
        ),
    )
    op.create_index("ix_measure_proposals_day", "measure_proposals", ["day"])
    op.create_index("ix_measure_proposals_staff_id", "measure_proposals", ["staff_id"])
    op.create_table(
        "measures",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("measure_number", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("target", sa.String(40), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=True),
        sa.Column("window_id", sa.Uuid(), nullable=True),
        sa.Column("department_id", sa.Uuid(), nullable=True),
        sa.Column("person_name", sa.Text(), nullable=True),
        sa.Column("proposal_id", sa.Uuid(), nullable=False),
        sa.Column("ground_code", sa.Text(), nullable=False),
        sa.Column("ground_label", sa.Text(), nullable=False),
        sa.Column("article", sa.Text(), nullable=False),
        sa.Column("edition_code", sa.Text(), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by_id", sa.Uuid(), nullable=False),
        sa.Column("decided_by_name", sa.Text(), nullable=False),
        sa.Column("talked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("talked_by", sa.Text(), nullable=True),
        sa.Column("talk_note", sa.Text(), nullable=True),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("letter_id", sa.Uuid(), nullable=True),
        sa.Column("received_on", sa.Date(), nullable=True),
        sa.Column("received_how", sa.Text(), nullable=True),
        sa.Column("department_told_on", sa.Date(), nullable=True),
        sa.Column("county_filed_on", sa.Date(), nullable=True),
        sa.Column("county_reference", sa.Text(), nullable=True),
        sa.Column("review_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("review_reason", sa.Text(), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_by_name", sa.Text(), nullable=True),
        sa.Column("revoked_reason", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_measures"),
        sa.UniqueConstraint("measure_number", name="uq_measures_measure_number"),
        sa.UniqueConstraint("proposal_id", name="uq_measures_proposal_id"),
        sa.CheckConstraint(
            "(target = 'window') = (staff_id IS NULL AND person_name IS NULL)",
            name=op.f("ck_measures_against"),
        ),
        sa.CheckConstraint(
            "target <> 'window' OR window_id IS NOT NULL", name=op.f("ck_measures_window")
        ),
        sa.CheckConstraint(
            "(state = 'revoked') = (revoked_at IS NOT NULL)", name=op.f("ck_measures_revoked")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff_members.id"], name="fk_measures_staff_id"),
        sa.ForeignKeyConstraint(["window_id"], ["windows.id"], name="fk_measures_window_id"),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name="fk_measures_department_id"
        ),
        sa.ForeignKeyConstraint(
            ["proposal_id"], ["measure_proposals.id"], name="fk_measures_proposal_id"
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["accounts.id"], name="fk_measures_decided_by_id"
        ),
        sa.ForeignKeyConstraint(["letter_id"], ["papers.id"], name="fk_measures_letter_id"),
    )
    op.create_index("ix_measures_staff_id_decided_on", "measures", ["staff_id", "decided_on"])
    op.create_index("ix_measures_window_id_decided_on", "measures", ["window_id", "decided_on"])
    op.create_index("ix_measures_department_id_id", "measures", ["department_id", "id"])
    op.create_table(
        "appeals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("appeal_number", sa.Text(), nullable=False),
        sa.Column("measure_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("filed_by_name", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Uuid(), nullable=True),
        sa.Column("decided_by_name", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("is_fact_wrong", sa.Boolean(), nullable=True),
        sa.Column("effects", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("answer_id", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_appeals"),
        sa.UniqueConstraint("appeal_number", name="uq_appeals_appeal_number"),
        sa.UniqueConstraint("measure_id", name="uq_appeals_measure_id"),
        sa.CheckConstraint(
            "(state = 'filed') = (decided_by_id IS NULL)",
            name=op.f("ck_appeals_decided_by_a_person"),
        ),
        sa.ForeignKeyConstraint(["measure_id"], ["measures.id"], name="fk_appeals_measure_id"),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["accounts.id"], name="fk_appeals_decided_by_id"
        ),
        sa.ForeignKeyConstraint(["answer_id"], ["papers.id"], name="fk_appeals_answer_id"),
    )


def downgrade() -> None:
    op.drop_table("appeals")
    op.drop_table("measures")
    op.drop_table("measure_proposals")
