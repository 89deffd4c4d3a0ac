"""Create clocks, touches, derived days, corrections and bulletins of attendance

Revision: attendance, after webhooks
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "attendance"
down_revision = "webhooks"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # a range of a single text lets GiST compare texts without the btree_gist extension
    op.execute('CREATE TYPE textrange AS RANGE (subtype = text, collation = "C")')
    op.create_table(
        "time_clocks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("in_use_from", sa.Date(), nullable=False),
        sa.Column("retired_on", sa.Date(), nullable=True),
        sa.Column("device_id", sa.Uuid(), nullable=True),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("retired_on >= in_use_from", name=op.f("ck_time_clocks_dates")),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name="fk_time_clocks_device_id"),
        sa.PrimaryKeyConstraint("id", name="pk_time_clocks"),
        sa.UniqueConstraint("device_id", name="uq_time_clocks_device_id"),
        sa.UniqueConstraint("number", name="uq_time_clocks_number"),
    )
    op.create_table(
        "clock_users",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clock_id", sa.Uuid(), nullable=False),
        sa.Column("device_user_id", sa.Text(collation="C"), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.text("uuidrange(clock_id, clock_id, '[]')"), "&&"),
            (sa.text("textrange(device_user_id, device_user_id, '[]')"), "&&"),
            (sa.text("daterange(starts_on, ends_on, '[]')"), "&&"),
            using="gist",
            name="ex_clock_users_overlap",
        ),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_clock_users_dates")),
        sa.ForeignKeyConstraint(["clock_id"], ["time_clocks.id"], name="fk_clock_users_clock_id"),
        sa.ForeignKeyConstraint(["staff_id"], ["staff_members.id"], name="fk_clock_users_staff_id"),
        sa.PrimaryKeyConstraint("id", name="pk_clock_users"),
    )
    op.create_index(
        "ix_clock_users_clock_id_device_user_id", "clock_users", ["clock_id", "device_user_id"]
    )
    op.create_index("ix_clock_users_staff_id_starts_on", "clock_users", ["staff_id", "starts_on"])
    op.create_table(
        "punch_batches",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clock_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("live_on", sa.Date(), nullable=True),
        sa.Column("file_name", sa.Text(), nullable=True),
        sa.Column("file_format", sa.String(40), nullable=True),
        sa.Column("file_hash", sa.LargeBinary(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_by", sa.Uuid(), nullable=True),
        sa.Column("received_by_name", sa.Text(), nullable=False),
        sa.Column("line_count", sa.Integer(), nullable=False),
        sa.Column("punch_count", sa.Integer(), nullable=False),
        sa.Column("repeated_count", sa.Integer(), nullable=False),
        sa.Column("fault_count", sa.Integer(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reversed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reversed_by", sa.Uuid(), nullable=True),
        sa.Column("reversed_by_name", sa.Text(), nullable=True),
        sa.Column("reversal_reason", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["clock_id"], ["time_clocks.id"], name="fk_punch_batches_clock_id"),
        sa.PrimaryKeyConstraint("id", name="pk_punch_batches"),
    )
    op.create_index("ix_punch_batches_clock_id_id", "punch_batches", ["clock_id", "id"])
    op.create_index(
        "uq_punch_batches_live",
        "punch_batches",
        ["clock_id", "live_on"],
        unique=True,
        postgresql_where=sa.text("kind = 'live' AND reversed_at IS NULL"),
    )
    op.create_table(
        "punch_files",
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["punch_batches.id"], name="fk_punch_files_batch_id"),
        sa.PrimaryKeyConstraint("batch_id", name="pk_punch_files"),
    )
    op.create_table(
        "punches",
        sa.Column("clock_id", sa.Uuid(), nullable=False),
        sa.Column("device_user_id", sa.Text(collation="C"), nullable=False),
        sa.Column("punched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("device_time", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=True),
        sa.Column("verify_mode", sa.Text(), nullable=True),
        sa.Column("work_code", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint(
            "clock_id", "device_user_id", "punched_at", "batch_id", name="pk_punches"
        ),
    )
    op.create_index("ix_punches_batch_id", "punches", ["batch_id"], postgresql_using="brin")
    op.create_index("ix_punches_punched_at", "punches", ["punched_at"], postgresql_using="brin")
    op.create_table(
        "punch_faults",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clock_id", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("raw", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by", sa.Uuid(), nullable=True),
        sa.Column("settled_by_name", sa.Text(), nullable=True),
        sa.Column("settlement", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["punch_batches.id"], name="fk_punch_faults_batch_id"
        ),
        sa.ForeignKeyConstraint(["clock_id"], ["time_clocks.id"], name="fk_punch_faults_clock_id"),
        sa.PrimaryKeyConstraint("id", name="pk_punch_faults"),
        sa.UniqueConstraint("digest", name="uq_punch_faults_digest"),
    )
    op.create_index("ix_punch_faults_batch_id", "punch_faults", ["batch_id"])
    op.create_index(
        "ix_punch_faults_open",
        "punch_faults",
        ["id"],
        postgresql_where=sa.text("settled_at IS NULL"),
    )
    op.create_table(
        "attendance_days",
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("window_id", sa.Uuid(), nullable=True),
        sa.Column("morning_state", sa.String(40), nullable=False),
        sa.Column("afternoon_state", sa.String(40), nullable=False),
        sa.Column("morning", postgresql.JSONB(), nullable=False),
        sa.Column("afternoon", postgresql.JSONB(), nullable=False),
        sa.Column("overtime_minutes", sa.Integer(), nullable=False),
        sa.Column("is_settled", sa.Boolean(), nullable=False),
        sa.Column("derived_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_members.id"], name="fk_attendance_days_staff_id"
        ),
        sa.ForeignKeyConstraint(["window_id"], ["windows.id"], name="fk_attendance_days_window_id"),
        sa.PrimaryKeyConstraint("staff_id", "day", name="pk_attendance_days"),
    )
    op.create_index("ix_attendance_days_day_staff_id", "attendance_days", ["day", "staff_id"])
    op.create_table(
        "attendance_day_changes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cause", sa.String(40), nullable=False),
        sa.Column("old", postgresql.JSONB(), nullable=False),
        sa.Column("new", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_members.id"], name="fk_attendance_day_changes_staff_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_attendance_day_changes"),
    )
    op.create_index("ix_attendance_day_changes_day_id", "attendance_day_changes", ["day", "id"])
    op.create_index(
        "ix_attendance_day_changes_staff_id_day", "attendance_day_changes", ["staff_id", "day"]
    )
    op.create_table(
        "attendance_corrections",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("half", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by_name", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_by_name", sa.Text(), nullable=True),
        sa.Column("decision_note", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["accounts.id"], name="fk_attendance_corrections_decided_by"
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_members.id"], name="fk_attendance_corrections_staff_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_attendance_corrections"),
    )
    op.create_index(
        "ix_attendance_corrections_asked",
        "attendance_corrections",
        ["id"],
        postgresql_where=sa.text("state = 'asked'"),
    )
    op.create_index(
        "ix_attendance_corrections_staff_id_day", "attendance_corrections", ["staff_id", "day"]
    )
    op.create_index(
        "uq_attendance_corrections_standing",
        "attendance_corrections",
        ["staff_id", "day", "half", "kind"],
        unique=True,
        postgresql_where=sa.text("state IN ('asked', 'granted')"),
    )
    op.create_table(
        "attendance_bulletins",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("edition_code", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_by", sa.Uuid(), nullable=False),
        sa.Column("published_by_name", sa.Text(), nullable=False),
        sa.Column("person_count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["published_by"], ["accounts.id"], name="fk_attendance_bulletins_published_by"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_attendance_bulletins"),
        sa.UniqueConstraint("month", "number", name="uq_attendance_bulletins_month_number"),
    )
    op.create_table(
        "attendance_bulletin_lines",
        sa.Column("bulletin_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("staff_number", sa.Text(), nullable=False),
        sa.Column("staff_name", sa.Text(), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=True),
        sa.Column("department_name", sa.Text(), nullable=True),
        sa.Column("figures", postgresql.JSONB(), nullable=False),
        sa.Column("windows", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(
            ["bulletin_id"],
            ["attendance_bulletins.id"],
            name="fk_attendance_bulletin_lines_bulletin_id",
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_members.id"], name="fk_attendance_bulletin_lines_staff_id"
        ),
        sa.PrimaryKeyConstraint("bulletin_id", "staff_id", name="pk_attendance_bulletin_lines"),
    )
    op.create_index(
        "ix_attendance_bulletin_lines_bulletin_id_staff_number",
        "attendance_bulletin_lines",
        ["bulletin_id", "staff_number"],
    )
    op.create_table(
        "attendance_marks",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=True),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=True),
        sa.Column("cause", sa.String(40), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_attendance_marks"),
    )
    op.create_table(
        "attendance_progress",
        sa.Column("singleton", sa.Boolean(), nullable=False),
        sa.Column("event_transaction_id", sa.BigInteger(), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("swept_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("singleton", name=op.f("ck_attendance_progress_one_row")),
        sa.PrimaryKeyConstraint("singleton", name="pk_attendance_progress"),
    )
    # a file is packed already; so are most of those below
    op.execute("ALTER TABLE punch_files ALTER COLUMN content SET STORAGE EXTERNAL")
    op.execute("INSERT INTO attendance_progress VALUES (true, 0, 0, NULL)")
    # what clocks noted, what became of a day and what was published is added to, never changed
    for table in (
        "punches", "punch_files", "attendance_day_changes", "attendance_bulletins",
        "attendance_bulletin_lines",
    ):  # fmt: skip
        op.execute(
            f"""
            CREATE TRIGGER {table}_append_only
            BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
            """
        )


def downgrade() -> None:
    op.drop_table("attendance_progress")
    op.drop_table("attendance_marks")
    op.drop_table("attendance_bulletin_lines")
    op.drop_table("attendance_bulletins")
    op.drop_table("attendance_corrections")
    op.drop_table("attendance_day_changes")
    op.drop_table("attendance_days")
    op.drop_table("punch_faults")
    op.drop_table("punches")
    op.drop_table("punch_files")
    op.drop_table("punch_batches")
    op.drop_table("clock_users")
    op.drop_table("time_clocks")
    op.execute("DROP TYPE textrange")
