"""Find the events of cases that were entered too late

Revision: entered_late, after completed_cases
"""

import sqlalchemy as sa
from alembic import op

revision = "entered_late"
down_revision = "completed_cases"
branch_labels = None
depends_on = None

INDEX = "ix_case_events_recorded_at_late"


def upgrade() -> None:
    op.create_index(
        INDEX,
        "case_events",
        ["recorded_at"],
        postgresql_where=sa.text("facts @> '{\"is_late_entry\": true}'"),
    )


def downgrade() -> None:
    op.drop_index(INDEX, table_name="case_events")
