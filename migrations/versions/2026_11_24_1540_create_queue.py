"""Create window groups, tickets and their steps

Revision: queue, after complaints
"""

import sqlalchemy as sa
from alembic import op

revision = "queue"
down_revision = "complaints"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "queue_groups",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("letter", sa.Text(), nullable=False),
        sa.Column("priorities", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_queue_groups"),
        sa.UniqueConstraint("name", name="uq_queue_groups_name"),
        sa.UniqueConstraint("letter", name="uq_queue_groups_letter"),
    )
    op.create_table(
        "queue_group_windows",
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("window_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("group_id", "window_id", name="pk_queue_group_windows"),
        sa.ForeignKeyConstraint(
            ["group_id"], ["queue_groups.id"], name="fk_queue_group_windows_group_id"
        ),
        sa.ForeignKeyConstraint(
            ["window_id"], ["windows.id"], name="fk_queue_group_windows_window_id"
        ),
    )
    op.create_index("ix_queue_group_windows_window_id", "queue_group_windows", ["window_id"])
    op.create_table(
        "ticket_series",
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("group_id", "day", name="pk_ticket_series"),
        sa.ForeignKeyConstraint(
            ["group_id"], ["queue_groups.id"], name="fk_ticket_series_group_id"
        ),
    )
    op.create_table(
        "tickets",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("series_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("priority", sa.String(40), nullable=False),
        sa.Column("appointment_id", sa.Uuid(), nullable=True),
        sa.Column("for_window_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ranked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("window_id", sa.Uuid(), nullable=True),
        sa.Column("handler_id", sa.Uuid(), nullable=True),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.Column("called_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_tickets"),
        sa.UniqueConstraint("series_id", "day", "ordinal", name="uq_tickets_series_id_day_ordinal"),
        sa.ForeignKeyConstraint(["series_id"], ["queue_groups.id"], name="fk_tickets_series_id"),
        sa.ForeignKeyConstraint(["group_id"], ["queue_groups.id"], name="fk_tickets_group_id"),
        sa.ForeignKeyConstraint(
            ["appointment_id"], ["appointments.id"], name="fk_tickets_appointment_id"
        ),
        sa.ForeignKeyConstraint(["for_window_id"], ["windows.id"], name="fk_tickets_for_window_id"),
        sa.ForeignKeyConstraint(["window_id"], ["windows.id"], name="fk_tickets_window_id"),
        sa.ForeignKeyConstraint(["handler_id"], ["staff_members.id"], name="fk_tickets_handler_id"),
        sa.CheckConstraint(
            "state NOT IN ('called', 'serving') OR (window_id IS NOT NULL"
            " AND handler_id IS NOT NULL AND called_at IS NOT NULL)",
            name=op.f("ck_tickets_in_hand"),
        ),
        sa.CheckConstraint(
            "(ended_at IS NOT NULL) = (state IN ('finished', 'cancelled', 'expired'))",
            name=op.f("ck_tickets_ended"),
        ),
    )
    op.create_index(
        "uq_tickets_in_hand",
        "tickets",
        ["handler_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('called', 'serving')"),
    )
    op.create_index(
        "uq_tickets_appointment_id",
        "tickets",
        ["appointment_id"],
        unique=True,
        postgresql_where=sa.text("state <> 'cancelled'"),
    )
    op.create_index(
        "ix_tickets_waiting",
        "tickets",
        ["group_id", "ranked_at", "id"],
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_index(
        "ix_tickets_finished",
        "tickets",
        ["group_id", "ended_at"],
        postgresql_where=sa.text("state = 'finished'"),
    )
    op.create_index("ix_tickets_window_id_called_at", "tickets", ["window_id", "called_at"])
    op.create_index("ix_tickets_day_number", "tickets", ["day", "number"])
    op.create_table(
        "ticket_steps",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("window_id", sa.Uuid(), nullable=True),
        sa.Column("staff_id", sa.Uuid(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_ticket_steps"),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name="fk_ticket_steps_ticket_id"),
        sa.ForeignKeyConstraint(["group_id"], ["queue_groups.id"], name="fk_ticket_steps_group_id"),
        sa.ForeignKeyConstraint(["window_id"], ["windows.id"], name="fk_ticket_steps_window_id"),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_members.id"], name="fk_ticket_steps_staff_id"
        ),
    )
    op.create_index("ix_ticket_steps_ticket_id_id", "ticket_steps", ["ticket_id", "id"])
    op.create_table(
        "ticket_cases",
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("linked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("ticket_id", "case_id", name="pk_ticket_cases"),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name="fk_ticket_cases_ticket_id"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_ticket_cases_case_id"),
    )
    op.create_index("ix_ticket_cases_case_id", "ticket_cases", ["case_id"])


def downgrade() -> None:
    op.drop_table("ticket_cases")
    op.drop_table("ticket_steps")
    op.drop_table("tickets")
    op.drop_table("ticket_series")
    op.drop_table("queue_group_windows")
    op.drop_table("queue_groups")
