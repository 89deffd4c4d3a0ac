"""Let a file be imported at the machine itself, in nobody's name

Revision: import_by_system, after suspended_since
"""

from alembic import op

revision = "import_by_system"
down_revision = "suspended_since"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.alter_column("import_jobs", "uploaded_by", nullable=True)


def downgrade() -> None:
    op.execute("DELETE FROM import_jobs WHERE uploaded_by IS NULL")
    op.alter_column("import_jobs", "uploaded_by", nullable=False)
