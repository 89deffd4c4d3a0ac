"""Name the visit outside office hours that brought somebody overtime

Revision: overtime_cause, after past_cases
"""

import sqlalchemy as sa
from alembic import op

revision = "overtime_cause"
down_revision = "past_cases"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("overtime_requests", sa.Column("appointment_id", sa.Uuid()))
    op.create_foreign_key(
        op.f("fk_overtime_requests_appointment_id_appointments"),
        "overtime_requests",
        "appointments",
        ["appointment_id"],
        ["id"],
    )
    op.create_index(
        op.f("ix_overtime_requests_appointment_id"), "overtime_requests", ["appointment_id"]
    )


def downgrade() -> None:
    op.drop_column("overtime_requests", "appointment_id")
