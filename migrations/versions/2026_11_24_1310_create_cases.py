"""Create cases with their events and materials

Revision: cases, after papers
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "cases"
down_revision = "papers"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "cases",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_number", sa.Text(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("item_version_id", sa.Uuid(), nullable=False),
        sa.Column("item_name", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("window_id", sa.Uuid(), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=False),
        sa.Column("handler_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("working_days", sa.Integer(), nullable=False),
        sa.Column("applicant_kind", sa.String(40), nullable=False),
        sa.Column("applicant_name", sa.Text(), nullable=False),
        sa.Column("applicant_id_kind", sa.String(40), nullable=True),
        sa.Column("applicant_id_number", sa.LargeBinary(), nullable=True),
        sa.Column("applicant_id_number_index", sa.LargeBinary(), nullable=True),
        sa.Column("applicant_phone", sa.LargeBinary(), nullable=False),
        sa.Column("applicant_phone_index", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_late_entry", sa.Boolean(), nullable=False),
        sa.Column("deemed_acceptance_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("supplement_due_on", sa.Date(), nullable=True),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_deemed_accepted", sa.Boolean(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_is_provisional", sa.Boolean(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("result_number", sa.Text(), nullable=True),
        sa.Column("dismissal_ground", sa.String(40), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivery_method", sa.String(40), nullable=True),
        sa.Column("received_by", sa.Text(), nullable=True),
        sa.Column("visit_count", sa.Integer(), nullable=False),
        sa.Column("supplement_count", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name="fk_cases_department_id"
        ),
        sa.ForeignKeyConstraint(["handler_id"], ["staff_members.id"], name="fk_cases_handler_id"),
        sa.ForeignKeyConstraint(["item_id"], ["service_items.id"], name="fk_cases_item_id"),
        sa.ForeignKeyConstraint(
            ["item_version_id"], ["item_versions.id"], name="fk_cases_item_version_id"
        ),
        sa.ForeignKeyConstraint(["window_id"], ["windows.id"], name="fk_cases_window_id"),
        sa.PrimaryKeyConstraint("id", name="pk_cases"),
        sa.UniqueConstraint("case_number", name="uq_cases_case_number"),
    )
    op.create_index("ix_cases_applicant_id_number_index", "cases", ["applicant_id_number_index"])
    op.create_index(
        "ix_cases_applicant_name",
        "cases",
        ["applicant_name"],
        postgresql_ops={"applicant_name": "text_pattern_ops"},
    )
    op.create_index("ix_cases_applicant_phone_index", "cases", ["applicant_phone_index"])
    op.create_index(
        "ix_cases_deemed_acceptance_at",
        "cases",
        ["deemed_acceptance_at"],
        postgresql_where=sa.text("state = 'received'"),
    )
    op.create_index("ix_cases_department_id_id", "cases", ["department_id", "id"])
    op.create_index(
        "ix_cases_due_at_id",
        "cases",
        ["due_at", "id"],
        postgresql_where=sa.text("state IN ('accepted', 'suspended')"),
    )
    op.create_index("ix_cases_handler_id_id", "cases", ["handler_id", "id"])
    op.create_index("ix_cases_item_id_id", "cases", ["item_id", "id"])
    op.create_index(
        "ix_cases_supplement_due_on",
        "cases",
        ["supplement_due_on"],
        postgresql_where=sa.text("state = 'awaiting_supplement'"),
    )
    op.create_index(
        "ix_cases_window_id_due_at_id",
        "cases",
        ["window_id", "due_at", "id"],
        postgresql_where=sa.text("state IN ('accepted', 'suspended')"),
    )
    op.create_index("ix_cases_window_id_id", "cases", ["window_id", "id"])
    op.create_table(
        "case_events",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("article", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("facts", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_case_events_account_id"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_case_events_case_id"),
        sa.PrimaryKeyConstraint("id", name="pk_case_events"),
    )
    op.create_index("ix_case_events_case_id_id", "case_events", ["case_id", "id"])
    op.create_table(
        "case_materials",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("material_key", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("copies", sa.Integer(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("is_original", sa.Boolean(), nullable=False),
        sa.Column("handed_in_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_case_materials_case_id"),
        sa.PrimaryKeyConstraint("id", name="pk_case_materials"),
    )
    op.create_index("ix_case_materials_case_id_id", "case_materials", ["case_id", "id"])
    # a timeline is evidence: lines are added, never changed
    op.execute(
        """
        CREATE TRIGGER case_events_append_only
        BEFORE UPDATE OR DELETE OR TRUNCATE ON case_events
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
        """
    )


def downgrade() -> None:
    op.drop_table("case_materials")
    op.drop_table("case_events")
    op.drop_table("cases")
