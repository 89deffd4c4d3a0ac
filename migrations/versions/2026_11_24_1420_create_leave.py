"""Create leave requests with their course, substitutes, outings and overtime

Revision: leave, after posts
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "leave"
down_revision = "posts"
branch_labels = None
depends_on = None

_HALF_DAYS_RANGE = (
    "int4range((starts_on - DATE '2000-01-01') * 2 + (starts_half = 'afternoon')::int,"
    " (ends_on - DATE '2000-01-01') * 2 + (ends_half = 'afternoon')::int, '[]')"
)
_STANDING_STATES = (
    "state IN ('awaiting_agreement', 'awaiting_approval', 'approved',"
    " 'extension_awaiting_agreement', 'extension_awaiting_approval', 'returned')"
)


def _at(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _no_overlap(table: str, span: str, only: str) -> None:
    op.execute(
        f"""
        ALTER TABLE {table} ADD CONSTRAINT ex_{table}_overlap
        EXCLUDE USING gist (uuidrange(staff_id, staff_id, '[]') WITH &&, {span} WITH &&)
        WHERE ({only})
        """
    )


def upgrade() -> None:
    op.create_table(
        "leave_requests",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("leave_number", sa.Text(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("counts_as", sa.String(40), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("starts_half", sa.String(40), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("ends_half", sa.String(40), nullable=False),
        sa.Column("half_days", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        _at("requested_at"),
        sa.Column("is_retrospective", sa.Boolean(), nullable=False),
        sa.Column("substitute_article", sa.Text(), nullable=True),
        sa.Column("lacks_substitute", sa.Boolean(), nullable=False),
        sa.Column("deputy_id", sa.Uuid(), nullable=True),
        sa.Column("deputyship_id", sa.Uuid(), nullable=True),
        sa.Column("extension_ends_on", sa.Date(), nullable=True),
        sa.Column("extension_ends_half", sa.String(40), nullable=True),
        sa.Column("extension_reason", sa.Text(), nullable=True),
        sa.Column("certificate_hospital", sa.Text(), nullable=True),
        sa.Column("certificate_number", sa.Text(), nullable=True),
        sa.Column("certificate_issued_on", sa.Date(), nullable=True),
        _at("certificate_at", nullable=True),
        sa.Column("returned_on", sa.Date(), nullable=True),
        sa.Column("returned_half", sa.String(40), nullable=True),
        sa.Column("overstayed_half_days", sa.Integer(), nullable=False),
        _at("overstay_noted_at", nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_leave_requests"),
        sa.UniqueConstraint("leave_number", name="uq_leave_requests_leave_number"),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_members.id"], name="fk_leave_requests_staff_id"
        ),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name="fk_leave_requests_department_id"
        ),
        sa.ForeignKeyConstraint(
            ["deputy_id"], ["staff_members.id"], name="fk_leave_requests_deputy_id"
        ),
        sa.ForeignKeyConstraint(
            ["deputyship_id"],
            ["deputies.id"],
            name="fk_leave_requests_deputyship_id",
            ondelete="SET NULL",
        ),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_leave_requests_dates")),
    )
    _no_overlap("leave_requests", _HALF_DAYS_RANGE, _STANDING_STATES)
    op.create_index("ix_leave_requests_staff_id_ends_on", "leave_requests", ["staff_id", "ends_on"])
    op.create_index("ix_leave_requests_department_id_id", "leave_requests", ["department_id", "id"])
    op.create_index("ix_leave_requests_ends_on", "leave_requests", ["ends_on"])
    op.create_index("ix_leave_requests_state_id", "leave_requests", ["state", "id"])
    op.create_table(
        "leave_events",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("leave_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        _at("occurred_at"),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("article", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("facts", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_leave_events"),
        sa.ForeignKeyConstraint(
            ["leave_id"], ["leave_requests.id"], name="fk_leave_events_leave_id"
        ),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_leave_events_account_id"),
    )
    op.create_index("ix_leave_events_leave_id_id", "leave_events", ["leave_id", "id"])
    op.create_table(
        "substitutions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("leave_id", sa.Uuid(), nullable=False),
        sa.Column("substitute_id", sa.Uuid(), nullable=False),
        sa.Column("window_id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        _at("registered_at"),
        sa.Column("is_late", sa.Boolean(), nullable=False),
        sa.Column("sent_by", sa.Text(), nullable=False),
        sa.Column("badge_number", sa.Text(), nullable=True),
        sa.Column("plate_number", sa.Text(), nullable=True),
        _at("handed_out_at", nullable=True),
        _at("badge_returned_at", nullable=True),
        _at("plate_returned_at", nullable=True),
        _at("recalled_at", nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_substitutions"),
        sa.ForeignKeyConstraint(
            ["leave_id"], ["leave_requests.id"], name="fk_substitutions_leave_id"
        ),
        sa.ForeignKeyConstraint(
            ["substitute_id"], ["staff_members.id"], name="fk_substitutions_substitute_id"
        ),
        sa.ForeignKeyConstraint(["window_id"], ["windows.id"], name="fk_substitutions_window_id"),
        sa.ForeignKeyConstraint(
            ["service_id"],
            ["window_services.id"],
            name="fk_substitutions_service_id",
            ondelete="SET NULL",
        ),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_substitutions_dates")),
    )
    op.create_index("ix_substitutions_leave_id", "substitutions", ["leave_id"])
    op.create_index("ix_substitutions_substitute_id", "substitutions", ["substitute_id"])
    op.create_index("ix_substitutions_service_id", "substitutions", ["service_id"])
    op.create_index(
        "ix_substitutions_handed_out_at",
        "substitutions",
        ["handed_out_at"],
        postgresql_where=sa.text("badge_returned_at IS NULL OR plate_returned_at IS NULL"),
    )
    op.create_table(
        "outings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=True),
        sa.Column("purpose", sa.String(40), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("destination", sa.Text(), nullable=True),
        _at("starts_at"),
        _at("ends_at"),
        sa.Column("state", sa.String(40), nullable=False),
        _at("reported_at"),
        sa.Column("is_late", sa.Boolean(), nullable=False),
        _at("back_at", nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_outings"),
        sa.ForeignKeyConstraint(["staff_id"], ["staff_members.id"], name="fk_outings_staff_id"),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name="fk_outings_department_id"
        ),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_outings_times")),
    )
    _no_overlap("outings", "tstzrange(starts_at, ends_at)", "state <> 'cancelled'")
    op.create_index("ix_outings_staff_id_starts_at", "outings", ["staff_id", "starts_at"])
    op.create_index("ix_outings_starts_at_id", "outings", ["starts_at", "id"])
    op.create_table(
        "overtime_requests",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        _at("starts_at"),
        _at("ends_at"),
        sa.Column("state", sa.String(40), nullable=False),
        _at("applied_at"),
        sa.Column("is_late", sa.Boolean(), nullable=False),
        _at("decided_at", nullable=True),
        sa.Column("decided_by_name", sa.Text(), nullable=True),
        sa.Column("decision_note", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_overtime_requests"),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_members.id"], name="fk_overtime_requests_staff_id"
        ),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name="fk_overtime_requests_department_id"
        ),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_overtime_requests_times")),
    )
    _no_overlap(
        "overtime_requests", "tstzrange(starts_at, ends_at)", "state IN ('applied', 'approved')"
    )
    op.create_index(
        "ix_overtime_requests_staff_id_starts_at", "overtime_requests", ["staff_id", "starts_at"]
    )
    op.create_index("ix_overtime_requests_starts_at_id", "overtime_requests", ["starts_at", "id"])


def downgrade() -> None:
    for table in (
        "overtime_requests",
        "outings",
        "substitutions",
        "leave_events",
        "leave_requests",
    ):
        op.drop_table(table)
