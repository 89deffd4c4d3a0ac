"""Name the absent handler for whom a deputy acted on a case

Revision: absent_handlers, after ratings
"""

import sqlalchemy as sa
from alembic import op

revision = "absent_handlers"
down_revision = "ratings"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("case_events", sa.Column("on_behalf_of", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("case_events", "on_behalf_of")
