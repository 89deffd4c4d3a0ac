"""Keep since when the clock of a case stands still

Revision: suspended_since, after entered_late
"""

import sqlalchemy as sa
from alembic import op

revision = "suspended_since"
down_revision = "entered_late"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("cases", sa.Column("suspended_at", sa.DateTime(timezone=True)))
    op.execute(
        """
        UPDATE cases SET suspended_at = (
            SELECT max(occurred_at) FROM case_events
            WHERE case_events.case_id = cases.id AND case_events.kind = 'suspended'
        )
        WHERE state = 'suspended'
        """
    )


def downgrade() -> None:
    op.drop_column("cases", "suspended_at")
