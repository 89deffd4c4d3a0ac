"""Keep files that are imported, and what becomes of each of their rows

Revision: imports, after scores_from_ledger
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "imports"
down_revision = "scores_from_ledger"
branch_labels = None
depends_on = None


def _at(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "import_jobs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("file_form", sa.String(40), nullable=False),
        sa.Column("file_hash", sa.LargeBinary(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("create_departments", sa.Boolean(), nullable=False),
        sa.Column("columns", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("passed_over", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("fault_code", sa.Text(), nullable=True),
        sa.Column("fault_detail", sa.Text(), nullable=True),
        sa.Column("row_count", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        _at("uploaded_at"),
        sa.Column("uploaded_by", sa.Uuid(), nullable=False),
        sa.Column("uploaded_by_name", sa.Text(), nullable=False),
        _at("checked_at", nullable=True),
        _at("ordered_at", nullable=True),
        sa.Column("ordered_by", sa.Uuid(), nullable=True),
        sa.Column("ordered_by_name", sa.Text(), nullable=True),
        _at("applied_at", nullable=True),
        _at("stepped_at"),
        sa.PrimaryKeyConstraint("id", name="pk_import_jobs"),
    )
    op.create_index(
        "ix_import_jobs_under_way",
        "import_jobs",
        ["stepped_at"],
        postgresql_where=sa.text("state IN ('checking', 'applying')"),
    )
    op.create_table(
        "import_rows",
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("line", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("batch_no", sa.Integer(), nullable=False),
        sa.Column("group_no", sa.Integer(), nullable=False),
        sa.Column("cells", JSONB(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("reasons", JSONB(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("is_settled", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("job_id", "line", name="pk_import_rows"),
        sa.ForeignKeyConstraint(
            ["job_id"], ["import_jobs.id"], name="fk_import_rows_job_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_import_rows_job_id_state_line", "import_rows", ["job_id", "state", "line"])
    op.create_index(
        "ix_import_rows_unsettled",
        "import_rows",
        ["job_id", "batch_no"],
        postgresql_where=sa.text("NOT is_settled"),
    )


def downgrade() -> None:
    op.drop_table("import_rows")
    op.drop_table("import_jobs")
