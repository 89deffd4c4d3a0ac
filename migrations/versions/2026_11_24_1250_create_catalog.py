"""Create service items, their immutable versions and windows, and proposals

Revision: catalog, after calendars
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "catalog"
down_revision = "calendars"
branch_labels = None
depends_on = None

APPEND_ONLY = ("item_versions", "item_windows")


def upgrade() -> None:
    op.execute("CREATE SEQUENCE service_item_numbers")
    op.create_table(
        "service_items",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("item_code", sa.Text(), nullable=True),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("is_complete", sa.Boolean(), nullable=False),
        sa.Column("current_version_no", sa.Integer(), nullable=False),
        sa.Column("withdrawn_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_service_items"),
        sa.UniqueConstraint("code", name="uq_service_items_code"),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name="fk_service_items_department_id"
        ),
    )
    op.create_index("ix_service_items_department_id", "service_items", ["department_id"])
    op.create_index(
        "uq_service_items_department_id_name_item_code",
        "service_items",
        ["department_id", "name", "item_code"],
        unique=True,
        postgresql_nulls_not_distinct=True,
        postgresql_where=sa.text("status <> 'withdrawn'"),
    )
    op.create_table(
        "item_versions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("version_no", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("group_name", sa.Text(), nullable=True),
        sa.Column("item_code", sa.Text(), nullable=True),
        sa.Column("task_type", sa.SmallInteger(), nullable=False),
        sa.Column("category", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("statutory_days", sa.Integer(), nullable=True),
        sa.Column("committed_days", sa.Integer(), nullable=False),
        sa.Column("legal_basis", sa.Text(), nullable=True),
        sa.Column("steps", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("charges", postgresql.JSONB(), nullable=False),
        sa.Column("materials", postgresql.JSONB(), nullable=False),
        sa.Column("responsible_section", sa.Text(), nullable=True),
        sa.Column("responsible_person", sa.Text(), nullable=True),
        sa.Column("breach_liability", sa.Text(), nullable=True),
        sa.Column("supervision", sa.Text(), nullable=True),
        sa.Column("complaint_phone", sa.Text(), nullable=True),
        sa.Column("to_complete", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("origin", sa.String(40), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("approved_by", sa.Uuid(), nullable=True),
        sa.Column("approved_by_name", sa.Text(), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_item_versions"),
        sa.UniqueConstraint("item_id", "version_no", name="uq_item_versions_item_id_version_no"),
        sa.ForeignKeyConstraint(["item_id"], ["service_items.id"], name="fk_item_versions_item_id"),
        sa.ForeignKeyConstraint(
            ["approved_by"], ["accounts.id"], name="fk_item_versions_approved_by"
        ),
        sa.CheckConstraint(
            "committed_days <= statutory_days", name=op.f("ck_item_versions_commitment")
        ),
        sa.CheckConstraint(
            "(kind = 'immediate') = (committed_days = 0)", name=op.f("ck_item_versions_immediate")
        ),
        sa.CheckConstraint(
            "committed_days >= 0 AND statutory_days > 0", name=op.f("ck_item_versions_days")
        ),
    )
    op.create_table(
        "item_windows",
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("window_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("version_id", "window_id", name="pk_item_windows"),
        sa.ForeignKeyConstraint(
            ["version_id"], ["item_versions.id"], name="fk_item_windows_version_id"
        ),
        sa.ForeignKeyConstraint(["window_id"], ["windows.id"], name="fk_item_windows_window_id"),
    )
    op.create_index("ix_item_windows_window_id", "item_windows", ["window_id"])
    for table in APPEND_ONLY:
        op.execute(
            f"""
            CREATE TRIGGER {table}_append_only
            BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
            """
        )
    op.create_table(
        "item_proposals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=True),
        sa.Column("base_version_no", sa.Integer(), nullable=True),
        sa.Column("item_name", sa.Text(), nullable=False),
        sa.Column("content", postgresql.JSONB(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("proposed_by", sa.Uuid(), nullable=False),
        sa.Column("proposed_by_name", sa.Text(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opinion", sa.String(40), nullable=True),
        sa.Column("opinion_text", sa.Text(), nullable=True),
        sa.Column("opined_by", sa.Uuid(), nullable=True),
        sa.Column("opined_by_name", sa.Text(), nullable=True),
        sa.Column("opined_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closing_note", sa.Text(), nullable=True),
        sa.Column("closed_by", sa.Uuid(), nullable=True),
        sa.Column("closed_by_name", sa.Text(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resulting_version_no", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_item_proposals"),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name="fk_item_proposals_department_id"
        ),
        sa.ForeignKeyConstraint(
            ["item_id"], ["service_items.id"], name="fk_item_proposals_item_id"
        ),
        sa.ForeignKeyConstraint(
            ["proposed_by"], ["accounts.id"], name="fk_item_proposals_proposed_by"
        ),
        sa.ForeignKeyConstraint(["opined_by"], ["accounts.id"], name="fk_item_proposals_opined_by"),
        sa.ForeignKeyConstraint(["closed_by"], ["accounts.id"], name="fk_item_proposals_closed_by"),
    )
    op.create_index("ix_item_proposals_department_id", "item_proposals", ["department_id"])
    op.create_index("ix_item_proposals_state_id", "item_proposals", ["state", "id"])
    op.create_index(
        "uq_item_proposals_item_id_open",
        "item_proposals",
        ["item_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('proposed', 'opined')"),
    )


def downgrade() -> None:
    op.drop_table("item_proposals")
    op.drop_table("item_windows")
    op.drop_table("item_versions")
    op.drop_table("service_items")
    op.execute("DROP SEQUENCE service_item_numbers")
