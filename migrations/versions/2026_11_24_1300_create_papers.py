"""Create papers

Revision: papers, after catalog
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "papers"
down_revision = "catalog"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "papers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("subject_type", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=True),
        sa.Column("window_id", sa.Uuid(), nullable=True),
        sa.Column("content", postgresql.JSONB(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_by_name", sa.Text(), nullable=False),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("void_reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_papers"),
        sa.UniqueConstraint("number", name="uq_papers_number"),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name="fk_papers_department_id"
        ),
        sa.ForeignKeyConstraint(["window_id"], ["windows.id"], name="fk_papers_window_id"),
    )
    op.create_index("ix_papers_subject", "papers", ["subject_type", "subject_id"])
    # an issued paper is evidence: it can be voided once, with a reason, and nothing else
    op.execute(
        """
        CREATE FUNCTION refuse_paper_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'UPDATE' AND OLD.voided_at IS NULL AND NEW.voided_at IS NOT NULL
                AND NEW.void_reason IS NOT NULL
                AND to_jsonb(NEW) - 'voided_at' - 'void_reason'
                    = to_jsonb(OLD) - 'voided_at' - 'void_reason'
            THEN
                RETURN NEW;
            END IF;
            RAISE EXCEPTION 'an issued paper can only be voided' USING ERRCODE = '42501';
        END $$
        """
    )
    op.execute(
        """
        CREATE TRIGGER papers_immutable BEFORE UPDATE OR DELETE ON papers
        FOR EACH ROW EXECUTE FUNCTION refuse_paper_change()
        """
    )


def downgrade() -> None:
    op.drop_table("papers")
    op.execute("DROP FUNCTION refuse_paper_change")
