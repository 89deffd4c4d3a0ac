"""Keep when a case was complete that had been told what is missing: silence counts from then

Revision: completed_cases, after import_others
"""

import sqlalchemy as sa
from alembic import op

revision = "completed_cases"
down_revision = "import_others"
branch_labels = None
depends_on = None

INDEX = "ix_cases_deemed_acceptance_at"


def upgrade() -> None:
    op.add_column("cases", sa.Column("completed_at", sa.DateTime(timezone=True)))
    _index_where("deemed_acceptance_at IS NOT NULL")


def downgrade() -> None:
    _index_where("state = 'received'")
    op.drop_column("cases", "completed_at")


def _index_where(condition: str) -> None:
    op.drop_index(INDEX, table_name="cases")
    op.create_index(INDEX, "cases", ["deemed_acceptance_at"], postgresql_where=sa.text(condition))
