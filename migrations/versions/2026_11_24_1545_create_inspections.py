"""Create the register of who is inspected, rounds, findings and who answers for them

Revision: inspections, after audit_seals
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "inspections"
down_revision = "audit_seals"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "inspection_subjects",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("keeper_name", sa.Text(), nullable=True),
        sa.Column("table_code", sa.Text(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_inspection_subjects"),
        sa.CheckConstraint("ends_on >= starts_on", name="ck_inspection_subjects_dates"),
        sa.CheckConstraint(
            "(kind = 'cleaner') = (table_code IS NOT NULL)", name="ck_inspection_subjects_floor"
        ),
        postgresql.ExcludeConstraint(
            (sa.text("textrange(table_code, table_code, '[]')"), "&&"),
            (sa.text("daterange(starts_on, ends_on, '[]')"), "&&"),
            using="gist",
            name="ex_inspection_subjects_floor",
            where=sa.text("table_code IS NOT NULL"),
        ),
    )
    op.create_table(
        "inspection_rounds",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_number", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("inspected_on", sa.Date(), nullable=False),
        sa.Column("inspectors", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by", sa.Uuid(), nullable=False),
        sa.Column("opened_by_name", sa.Text(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_inspection_rounds"),
        sa.UniqueConstraint("round_number", name="uq_inspection_rounds_round_number"),
        sa.ForeignKeyConstraint(
            ["opened_by"], ["accounts.id"], name="fk_inspection_rounds_opened_by"
        ),
    )
    op.create_index(
        "ix_inspection_rounds_inspected_on_id", "inspection_rounds", ["inspected_on", "id"]
    )
    op.create_table(
        "inspection_findings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("line_no", sa.Integer(), nullable=False),
        sa.Column("finding_number", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("found_on", sa.Date(), nullable=False),
        sa.Column("row_code", sa.Text(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("window_id", sa.Uuid(), nullable=True),
        sa.Column("department_id", sa.Uuid(), nullable=True),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("photo_reference", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_name", sa.Text(), nullable=False),
        sa.Column("refusable_until", sa.Date(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by_name", sa.Text(), nullable=True),
        sa.Column("answer_reason", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_name", sa.Text(), nullable=True),
        sa.Column("decision_reason", sa.Text(), nullable=True),
        sa.Column("replaces_id", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_inspection_findings"),
        sa.UniqueConstraint("finding_number", name="uq_inspection_findings_finding_number"),
        sa.UniqueConstraint("replaces_id", name="uq_inspection_findings_replaces_id"),
        sa.UniqueConstraint("round_id", "line_no", name="uq_inspection_findings_round_id_line_no"),
        sa.CheckConstraint("count > 0", name="ck_inspection_findings_count"),
        sa.CheckConstraint(
            "window_id IS NULL OR subject_id IS NULL", name="ck_inspection_findings_place"
        ),
        sa.ForeignKeyConstraint(
            ["round_id"], ["inspection_rounds.id"], name="fk_inspection_findings_round_id"
        ),
        sa.ForeignKeyConstraint(
            ["window_id"], ["windows.id"], name="fk_inspection_findings_window_id"
        ),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name="fk_inspection_findings_department_id"
        ),
        sa.ForeignKeyConstraint(
            ["subject_id"], ["inspection_subjects.id"], name="fk_inspection_findings_subject_id"
        ),
        sa.ForeignKeyConstraint(
            ["replaces_id"], ["inspection_findings.id"], name="fk_inspection_findings_replaces_id"
        ),
    )
    stands = "state NOT IN ('withdrawn', 'corrected')"
    op.create_index(
        "uq_inspection_findings_window",
        "inspection_findings",
        ["round_id", "row_code", "window_id"],
        unique=True,
        postgresql_where=sa.text(f"kind = 'windows' AND {stands}"),
    )
    op.create_index(
        "uq_inspection_findings_subject",
        "inspection_findings",
        ["round_id", "row_code", "subject_id"],
        unique=True,
        postgresql_where=sa.text(f"subject_id IS NOT NULL AND {stands}"),
    )
    for first in ("found_on", "window_id", "department_id", "subject_id"):
        op.create_index(f"ix_inspection_findings_{first}_id", "inspection_findings", [first, "id"])
    op.create_table(
        "inspection_responsibles",
        sa.Column("finding_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("finding_id", "staff_id", name="pk_inspection_responsibles"),
        sa.ForeignKeyConstraint(
            ["finding_id"],
            ["inspection_findings.id"],
            name="fk_inspection_responsibles_finding_id",
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_members.id"], name="fk_inspection_responsibles_staff_id"
        ),
    )
    op.create_index("ix_inspection_responsibles_staff_id", "inspection_responsibles", ["staff_id"])


def downgrade() -> None:
    op.drop_table("inspection_responsibles")
    op.drop_table("inspection_findings")
    op.drop_table("inspection_rounds")
    op.drop_table("inspection_subjects")
