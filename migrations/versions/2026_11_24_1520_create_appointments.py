"""Create appointments with their course, staff, colleague windows and capacities

Revision: appointments, after attendance
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "appointments"
down_revision = "attendance"
branch_labels = None
depends_on = None

_HOLDING = "state IN ('booked', 'checked_in', 'served')"
_AWAITED = "state IN ('requested', 'booked')"


def _at(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _no_overlap(name: str, table: str, *spans: str, only: str | None = None) -> None:
    """Ranges of a single id or number stand in for btree_gist."""
    listed = ", ".join(f"{span} WITH &&" for span in (*spans, "tstzrange(starts_at, ends_at)"))
    where = f" WHERE ({only})" if only else ""
    op.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} EXCLUDE USING gist ({listed}){where}")


def upgrade() -> None:
    op.create_table(
        "appointments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("appointment_number", sa.Text(), nullable=False),
        sa.Column("lookup_code", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("channel", sa.String(40), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("item_name", sa.Text(), nullable=False),
        sa.Column("window_id", sa.Uuid(), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=False),
        _at("starts_at"),
        _at("ends_at"),
        sa.Column("place_no", sa.Integer(), nullable=False),
        sa.Column("item_place_no", sa.Integer(), nullable=True),
        sa.Column("holder_name", sa.Text(), nullable=False),
        sa.Column("holder_phone", sa.LargeBinary(), nullable=False),
        sa.Column("holder_phone_index", sa.LargeBinary(), nullable=False),
        sa.Column("holder_id_number", sa.LargeBinary(), nullable=True),
        sa.Column("holder_id_number_index", sa.LargeBinary(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        _at("booked_at"),
        sa.Column("booked_by_name", sa.Text(), nullable=False),
        _at("decided_at", nullable=True),
        sa.Column("decided_by_name", sa.Text(), nullable=True),
        sa.Column("closing_note", sa.Text(), nullable=True),
        _at("checked_in_at", nullable=True),
        _at("served_at", nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_appointments"),
        sa.UniqueConstraint("appointment_number", name="uq_appointments_appointment_number"),
        sa.ForeignKeyConstraint(["item_id"], ["service_items.id"], name="fk_appointments_item_id"),
        sa.ForeignKeyConstraint(["window_id"], ["windows.id"], name="fk_appointments_window_id"),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name="fk_appointments_department_id"
        ),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_appointments_times")),
        sa.CheckConstraint(
            "(kind = 'special') = (place_no = 0) AND place_no >= 0",
            name=op.f("ck_appointments_place"),
        ),
    )
    _no_overlap(
        "ex_appointments_place",
        "appointments",
        "uuidrange(window_id, window_id, '[]')",
        "int4range(place_no, place_no, '[]')",
        only=_HOLDING,
    )
    _no_overlap(
        "ex_appointments_item_place",
        "appointments",
        "uuidrange(window_id, window_id, '[]')",
        "uuidrange(item_id, item_id, '[]')",
        "int4range(item_place_no, item_place_no, '[]')",
        only=f"item_place_no IS NOT NULL AND {_HOLDING}",
    )
    for columns in (
        ("window_id", "starts_at"),
        ("department_id", "starts_at"),
        ("starts_at", "id"),
    ):
        op.create_index(f"ix_appointments_{'_'.join(columns)}", "appointments", list(columns))
    op.create_index(
        "ix_appointments_holder_phone_index",
        "appointments",
        ["holder_phone_index"],
        postgresql_where=sa.text(_AWAITED),
    )
    op.create_index(
        "ix_appointments_holder_id_number_index",
        "appointments",
        ["holder_id_number_index"],
        postgresql_where=sa.text(f"holder_id_number_index IS NOT NULL AND {_AWAITED}"),
    )
    op.create_index(
        "ix_appointments_awaited_ends_at",
        "appointments",
        ["ends_at"],
        postgresql_where=sa.text(_AWAITED),
    )
    op.create_table(
        "appointment_events",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("appointment_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        _at("occurred_at"),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("article", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("facts", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_appointment_events"),
        sa.ForeignKeyConstraint(
            ["appointment_id"], ["appointments.id"], name="fk_appointment_events_appointment_id"
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="fk_appointment_events_account_id"
        ),
    )
    op.create_index(
        "ix_appointment_events_appointment_id_id", "appointment_events", ["appointment_id", "id"]
    )
    op.create_table(
        "appointment_staff",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("appointment_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        _at("starts_at"),
        _at("ends_at"),
        sa.PrimaryKeyConstraint("id", name="pk_appointment_staff"),
        sa.ForeignKeyConstraint(
            ["appointment_id"], ["appointments.id"], name="fk_appointment_staff_appointment_id"
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_members.id"], name="fk_appointment_staff_staff_id"
        ),
    )
    op.create_index("ix_appointment_staff_appointment_id", "appointment_staff", ["appointment_id"])
    _no_overlap(
        "ex_appointment_staff_overlap", "appointment_staff", "uuidrange(staff_id, staff_id, '[]')"
    )
    op.create_table(
        "appointment_cooperations",
        sa.Column("appointment_id", sa.Uuid(), nullable=False),
        sa.Column("window_id", sa.Uuid(), nullable=False),
        sa.Column("matter", sa.Text(), nullable=False),
        _at("asked_at"),
        sa.Column("asked_by_name", sa.Text(), nullable=False),
        _at("acknowledged_at", nullable=True),
        sa.Column("acknowledged_by_name", sa.Text(), nullable=True),
        _at("told_at"),
        sa.Column("reminders", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("appointment_id", "window_id", name="pk_appointment_cooperations"),
        sa.ForeignKeyConstraint(
            ["appointment_id"],
            ["appointments.id"],
            name="fk_appointment_cooperations_appointment_id",
        ),
        sa.ForeignKeyConstraint(
            ["window_id"], ["windows.id"], name="fk_appointment_cooperations_window_id"
        ),
    )
    op.create_index(
        "ix_appointment_cooperations_window_id", "appointment_cooperations", ["window_id"]
    )
    op.create_index(
        "ix_appointment_cooperations_told_at",
        "appointment_cooperations",
        ["told_at"],
        postgresql_where=sa.text("acknowledged_at IS NULL"),
    )
    op.create_table(
        "appointment_capacities",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("window_id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=True),
        sa.Column("places", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_appointment_capacities"),
        sa.ForeignKeyConstraint(
            ["window_id"], ["windows.id"], name="fk_appointment_capacities_window_id"
        ),
        sa.ForeignKeyConstraint(
            ["item_id"], ["service_items.id"], name="fk_appointment_capacities_item_id"
        ),
        sa.CheckConstraint("places >= 0", name=op.f("ck_appointment_capacities_places")),
    )
    op.create_index(
        "uq_appointment_capacities_window_id_item_id",
        "appointment_capacities",
        ["window_id", "item_id"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )


def downgrade() -> None:
    for table in (
        "appointment_capacities",
        "appointment_cooperations",
        "appointment_staff",
        "appointment_events",
        "appointments",
    ):
        op.drop_table(table)
