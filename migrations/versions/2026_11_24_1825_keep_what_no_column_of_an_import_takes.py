"""Keep what stands in no known column of an imported file, sealed, for whoever mends its rows

Revision: import_others, after reissued_papers
"""

import sqlalchemy as sa
from alembic import op

revision = "import_others"
down_revision = "reissued_papers"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("import_jobs", sa.Column("others", sa.LargeBinary()))


def downgrade() -> None:
    op.drop_column("import_jobs", "others")
