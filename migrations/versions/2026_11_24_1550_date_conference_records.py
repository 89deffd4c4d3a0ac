"""Keep when a conference was entered: the days for opinions run from then.

Revision ID: conference_records
Revises: discipline
"""

import sqlalchemy as sa
from alembic import op

revision = "conference_records"
down_revision = "discipline"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("conferences", sa.Column("recorded_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    op.drop_column("conferences", "recorded_at")
