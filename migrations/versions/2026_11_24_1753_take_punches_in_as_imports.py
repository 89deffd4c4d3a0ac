"""Keep of which clock an imported file of touches is, and what it comes to

Revision: import_punches, after news
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "import_punches"
down_revision = "news"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("import_jobs", sa.Column("clock_number", sa.Text(), nullable=True))
    op.add_column("import_jobs", sa.Column("punches", JSONB(), nullable=True))


def downgrade() -> None:
    op.drop_column("import_jobs", "punches")
    op.drop_column("import_jobs", "clock_number")
