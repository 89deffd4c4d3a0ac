"""Create refusals on file; let no case become refused without one

Revision: rejections, after devices
"""

import sqlalchemy as sa
from alembic import op

revision = "rejections"
down_revision = "devices"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rejections",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("rejection_number", sa.Text(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("window_id", sa.Uuid(), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=False),
        sa.Column("handler_id", sa.Uuid(), nullable=False),
        sa.Column("requester_kind", sa.String(40), nullable=False),
        sa.Column("requester_name", sa.Text(), nullable=False),
        sa.Column("requester_phone", sa.LargeBinary(), nullable=True),
        sa.Column("matter", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("legal_basis", sa.Text(), nullable=True),
        sa.Column("is_within_authority", sa.Boolean(), nullable=False),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("filed_by", sa.Uuid(), nullable=False),
        sa.Column("decision_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_by_name", sa.Text(), nullable=True),
        sa.Column("opinion", sa.Text(), nullable=True),
        sa.Column("retracted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("retraction_reason", sa.Text(), nullable=True),
        sa.Column("refused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("form_number", sa.Text(), nullable=True),
        sa.Column("notice_number", sa.Text(), nullable=True),
        sa.Column("notice_delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("notice_method", sa.String(40), nullable=True),
        sa.Column("notice_signed_by", sa.Text(), nullable=True),
        sa.Column("return_asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state = 'effective') = (refused_at IS NOT NULL)",
            name=op.f("ck_rejections_effective"),
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_rejections_case_id"),
        sa.ForeignKeyConstraint(["decided_by"], ["accounts.id"], name="fk_rejections_decided_by"),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name="fk_rejections_department_id"
        ),
        sa.ForeignKeyConstraint(["filed_by"], ["accounts.id"], name="fk_rejections_filed_by"),
        sa.ForeignKeyConstraint(
            ["handler_id"], ["staff_members.id"], name="fk_rejections_handler_id"
        ),
        sa.ForeignKeyConstraint(["window_id"], ["windows.id"], name="fk_rejections_window_id"),
        sa.PrimaryKeyConstraint("id", name="pk_rejections"),
        sa.UniqueConstraint("rejection_number", name="uq_rejections_rejection_number"),
    )
    op.create_index("ix_rejections_case_id", "rejections", ["case_id"])
    op.create_index("ix_rejections_window_id_id", "rejections", ["window_id", "id"])
    op.create_index("ix_rejections_department_id_id", "rejections", ["department_id", "id"])
    op.create_index("ix_rejections_refused_at", "rejections", ["refused_at"])
    op.create_index("ix_rejections_filed_at", "rejections", ["filed_at"])
    op.create_index("ix_rejections_decision_due_at", "rejections", ["decision_due_at"])
    op.create_index("ix_rejections_return_asked_at", "rejections", ["return_asked_at"])
    op.create_index(
        "uq_rejections_case_id_standing",
        "rejections",
        ["case_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('requested', 'effective')"),
    )
    op.create_index(
        "ix_cases_decided_at_turned_away",
        "cases",
        ["decided_at"],
        postgresql_where=sa.text("state IN ('not_accepted', 'dismissed')"),
    )
    # REJECT 四: whatever the code does, no case ends refused without its filing
    op.execute(
        """
        CREATE FUNCTION require_filing() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF NOT EXISTS (
                SELECT FROM rejections WHERE case_id = NEW.id AND state = 'effective'
            ) THEN
                RAISE EXCEPTION 'case % is refused without its filing', NEW.case_number
                    USING ERRCODE = 'integrity_constraint_violation';
            END IF;
            RETURN NEW;
        END
        $$
        """
    )
    op.execute(
        """
        CREATE TRIGGER cases_refused_with_filing
        BEFORE UPDATE OF state ON cases
        FOR EACH ROW WHEN (NEW.state = 'refused' AND OLD.state <> 'refused')
        EXECUTE FUNCTION require_filing()
        """
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER cases_refused_with_filing ON cases")
    op.execute("DROP FUNCTION require_filing()")
    op.drop_index("ix_cases_decided_at_turned_away", "cases")
    op.drop_table("rejections")
