"""Create the work calendar and fill it with the notices of 2008 to 2026

Revision: calendars, after accounts
"""

import sqlalchemy as sa
from alembic import op

from yimen.domains.calendars.rules_notices import (
    FIRST_DAY,
    LAST_KNOWN_NOTICE,
    known_notice_days,
    notice_title,
)

revision = "calendars"
down_revision = "accounts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    years = op.create_table(
        "calendar_years",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_by", sa.Uuid(), nullable=True),
        sa.Column("published_by_name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("year", name="pk_calendar_years"),
    )
    days = op.create_table(
        "calendar_days",
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("year", "day", name="pk_calendar_days"),
        sa.ForeignKeyConstraint(
            ["year"], ["calendar_years.year"], name="fk_calendar_days_year", ondelete="CASCADE"
        ),
    )
    op.create_table(
        "calendar_overrides",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_by", sa.Uuid(), nullable=True),
        sa.Column("set_by_name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("day", name="pk_calendar_overrides"),
    )
    op.create_table(
        "calendar_state",
        sa.Column("singleton", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("stamp", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("singleton", name="pk_calendar_state"),
        sa.CheckConstraint("singleton", name=op.f("ck_calendar_state_one_row")),
    )
    op.execute("INSERT INTO calendar_state VALUES (true, 1, gen_random_uuid())")
    # One round trip for those who write what rests on the calendar. The lock comes first and the
    # stamp is read by a statement of its own, whose snapshot is taken after a waiting publication
    # has committed; in a single SELECT the snapshot would be older than the lock.
    op.execute(
        """
        CREATE FUNCTION hold_calendar() RETURNS uuid LANGUAGE plpgsql VOLATILE AS $$
        BEGIN
            PERFORM pg_advisory_xact_lock_shared(hashtextextended('yimen.calendar', 0));
            RETURN (SELECT stamp FROM calendar_state);
        END $$
        """
    )
    # Set-up: what the holidays library knows. A December day belongs to the notice that names it.
    published = range(FIRST_DAY.year, LAST_KNOWN_NOTICE + 1)
    op.execute(
        sa.insert(years).values(
            [
                {
                    "year": year,
                    "source": notice_title(year),
                    "published_at": sa.func.now(),
                    "published_by_name": "系统初始化",
                }
                for year in published
            ]
        )
    )
    op.bulk_insert(
        days,
        [
            {
                "year": min(day.year + 1 if day.month == 12 else day.year, LAST_KNOWN_NOTICE),
                "day": day,
                "kind": entry.kind.value,
                "note": entry.note,
            }
            for year in published
            for day, entry in known_notice_days(year).items()
        ],
    )


def downgrade() -> None:
    op.execute("DROP FUNCTION hold_calendar")
    op.drop_table("calendar_state")
    op.drop_table("calendar_overrides")
    op.drop_table("calendar_days")
    op.drop_table("calendar_years")
