"""Create the ledger of scores

Revision: scoring, after inspections
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "scoring"
down_revision = "inspections"
branch_labels = None
depends_on = None

CASE_INDEXES = (
    ("ix_cases_due_at_decided_late", "due_at", "decided_at > due_at"),
    ("ix_cases_registered_at_late", "registered_at", "is_late_entry"),
    ("ix_cases_id_told_again", "id", "supplement_count >= 2"),
)


def upgrade() -> None:
    op.create_table(
        "score_rules",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("edition_code", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("indicator", sa.String(40), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("article", sa.Text(), nullable=False),
        sa.Column("basis", sa.String(40), nullable=False),
        sa.Column("cap_group", sa.Text(), nullable=True),
        sa.Column("cap", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_score_rules"),
        sa.CheckConstraint("(cap_group IS NULL) = (cap IS NULL)", name=op.f("ck_score_rules_cap")),
        sa.UniqueConstraint("edition_code", "code", name="uq_score_rules_edition_code_code"),
    )
    op.create_table(
        "score_months",
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("edition_code", sa.Text(), nullable=False),
        sa.Column("version_no", sa.Integer(), nullable=False),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("month", name="pk_score_months"),
        sa.CheckConstraint("extract(day FROM month) = 1", name=op.f("ck_score_months_first_day")),
    )
    op.create_table(
        "score_entries",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("version_no", sa.SmallInteger(), nullable=False),
        sa.Column("subject_kind", sa.String(40), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("rule_id", sa.Integer(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.Column("room", sa.Integer(), nullable=True),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("why_not", sa.Text(), nullable=True),
        sa.Column("source", sa.String(40), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("reverses_id", sa.BigInteger(), nullable=True),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_score_entries"),
        sa.CheckConstraint("abs(taken) <= abs(asked)", name=op.f("ck_score_entries_asked")),
        sa.ForeignKeyConstraint(
            ["reverses_id"], ["score_entries.id"], name="fk_score_entries_reverses_id"
        ),
        sa.ForeignKeyConstraint(["rule_id"], ["score_rules.id"], name="fk_score_entries_rule_id"),
    )
    op.create_index("ix_score_entries_month_subject_id", "score_entries", ["month", "subject_id"])
    op.create_index(
        "uq_score_entries_reverses_id",
        "score_entries",
        ["reverses_id"],
        unique=True,
        postgresql_where=sa.text("reverses_id IS NOT NULL"),
    )
    op.create_table(
        "score_totals",
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("version_no", sa.SmallInteger(), nullable=False),
        sa.Column("subject_kind", sa.String(40), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=True),
        sa.Column("window_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("staff_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("own", sa.Integer(), nullable=False),
        sa.Column("staff_sum", sa.BigInteger(), nullable=True),
        sa.Column("numerator", sa.BigInteger(), nullable=True),
        sa.Column("denominator", sa.BigInteger(), nullable=False),
        sa.Column("ranked_by", sa.Integer(), nullable=False),
        sa.Column("taken", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint(
            "month", "version_no", "subject_kind", "subject_id", name="pk_score_totals"
        ),
        sa.ForeignKeyConstraint(["month"], ["score_months.month"], name="fk_score_totals_month"),
    )
    op.create_index(
        "ix_score_totals_ranking",
        "score_totals",
        ["month", "version_no", "subject_kind", "ranked_by", "subject_id"],
    )
    op.create_index("ix_score_totals_subject_id_month", "score_totals", ["subject_id", "month"])
    op.create_table(
        "score_versions",
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("version_no", sa.SmallInteger(), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sealed_by_name", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("amendment_id", sa.Uuid(), nullable=True),
        sa.Column("entry_count", sa.Integer(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("month", "version_no", name="pk_score_versions"),
        sa.ForeignKeyConstraint(["month"], ["score_months.month"], name="fk_score_versions_month"),
    )
    op.create_table(
        "score_years",
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sealed_by_name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("year", name="pk_score_years"),
    )
    op.create_table(
        "score_amendments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("from_version_no", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("preview", postgresql.JSONB(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proposed_by_name", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_name", sa.Text(), nullable=True),
        sa.Column("decision_note", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_score_amendments"),
        sa.ForeignKeyConstraint(
            ["month"], ["score_months.month"], name="fk_score_amendments_month"
        ),
    )
    op.create_index(
        "uq_score_amendments_proposed",
        "score_amendments",
        ["month"],
        unique=True,
        postgresql_where=sa.text("state = 'proposed'"),
    )
    op.create_table(
        "score_records",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("subject_kind", sa.String(40), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_name", sa.Text(), nullable=False),
        sa.Column("reversed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reversed_by_name", sa.Text(), nullable=True),
        sa.Column("reversal_reason", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_score_records"),
        sa.CheckConstraint(
            "(kind = 'review') = (points IS NOT NULL)", name=op.f("ck_score_records_points")
        ),
        sa.CheckConstraint(
            "points BETWEEN 0 AND 10000", name=op.f("ck_score_records_points_range")
        ),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name="fk_score_records_department_id"
        ),
    )
    op.create_index("ix_score_records_day", "score_records", ["day"])
    op.create_index("ix_score_records_department_id_id", "score_records", ["department_id", "id"])
    op.create_index(
        "uq_score_records_review",
        "score_records",
        ["subject_id", sa.text("extract(year FROM day)")],
        unique=True,
        postgresql_where=sa.text("kind = 'review' AND reversed_at IS NULL"),
    )
    op.create_table(
        "score_progress",
        sa.Column("singleton", sa.Boolean(), nullable=False),
        sa.Column("event_transaction_id", sa.BigInteger(), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("swept_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("singleton", name="pk_score_progress"),
        sa.CheckConstraint("singleton", name=op.f("ck_score_progress_one_row")),
    )

    # what cases prove is asked for again and again
    for name, column, condition in CASE_INDEXES:
        op.create_index(name, "cases", [column], postgresql_where=sa.text(condition))
    op.execute("INSERT INTO score_progress VALUES (true, 0, 0, NULL)")
    for table in ("score_rules", "score_entries", "score_versions", "score_years"):
        op.execute(
            f"""
            CREATE TRIGGER {table}_append_only
            BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
            """
        )
    # a sealed version gets no further entry, and what it came to stays as it was
    op.execute(
        """
        CREATE FUNCTION refuse_sealed() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF EXISTS (
                SELECT FROM touched JOIN score_versions AS sealed
                ON sealed.month = touched.month AND sealed.version_no >= touched.version_no
            ) THEN
                RAISE EXCEPTION 'a sealed version of a month is not changed'
                    USING ERRCODE = '42501';
            END IF;
            RETURN NULL;
        END $$
        """
    )
    for table, act, rows in (
        ("score_entries", "INSERT", "NEW"),
        ("score_totals", "INSERT", "NEW"),
        ("score_totals", "UPDATE", "OLD"),
        ("score_totals", "DELETE", "OLD"),
    ):
        op.execute(
            f"""
            CREATE TRIGGER {table}_sealed_{act.lower()} AFTER {act} ON {table}
            REFERENCING {rows} TABLE AS touched
            FOR EACH STATEMENT EXECUTE FUNCTION refuse_sealed()
            """
        )


def downgrade() -> None:
    for name, _, _ in CASE_INDEXES:
        op.drop_index(name, "cases")
    for table in (
        "score_progress", "score_records", "score_amendments", "score_years", "score_versions",
        "score_totals", "score_entries", "score_months", "score_rules",
    ):  # fmt: skip
        op.drop_table(table)
    op.execute("DROP FUNCTION refuse_sealed")
