"""Tell who is scored from what it comes to, so that a posting writes narrow rows

Revision: score_subjects, after gapless_item_codes
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "score_subjects"
down_revision = "gapless_item_codes"
branch_labels = None
depends_on = None

KEY = ["subject_id", "month", "version_no", "subject_kind"]


def upgrade() -> None:
    op.create_table(
        "score_subjects",
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("version_no", sa.SmallInteger(), nullable=False),
        sa.Column("subject_kind", sa.String(40), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=True),
        sa.Column("window_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("staff_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.PrimaryKeyConstraint(
            "month", "version_no", "subject_kind", "subject_id", name=op.f("pk_score_subjects")
        ),
        sa.ForeignKeyConstraint(
            ["month"], ["score_months.month"], name=op.f("fk_score_subjects_month_score_months")
        ),
    )
    op.execute(
        """
        INSERT INTO score_subjects (subject_id, month, version_no, subject_kind, number, name,
            department_id, window_ids, staff_ids)
        SELECT subject_id, month, version_no, subject_kind, number, name,
            department_id, window_ids, staff_ids
        FROM score_totals
        """
    )
    for act, rows in (("INSERT", "NEW"), ("UPDATE", "OLD"), ("DELETE", "OLD")):
        op.execute(
            f"""
            CREATE TRIGGER score_subjects_sealed_{act.lower()} AFTER {act} ON score_subjects
            REFERENCING {rows} TABLE AS touched
            FOR EACH STATEMENT EXECUTE FUNCTION refuse_sealed()
            """
        )
    op.drop_constraint("fk_score_totals_month", "score_totals", type_="foreignkey")
    op.create_foreign_key(
        op.f("fk_score_totals_subject_id_score_subjects"),
        "score_totals",
        "score_subjects",
        KEY,
        KEY,
        ondelete="CASCADE",
    )
    for column in ("number", "name", "department_id", "window_ids", "staff_ids"):
        op.drop_column("score_totals", column)


def downgrade() -> None:
    op.add_column("score_totals", sa.Column("number", sa.Text()))
    op.add_column("score_totals", sa.Column("name", sa.Text()))
    op.add_column("score_totals", sa.Column("department_id", sa.Uuid()))
    op.add_column("score_totals", sa.Column("window_ids", postgresql.ARRAY(sa.Uuid())))
    op.add_column("score_totals", sa.Column("staff_ids", postgresql.ARRAY(sa.Uuid())))
    op.execute("ALTER TABLE score_totals DISABLE TRIGGER score_totals_sealed_update")
    op.execute(
        """
        UPDATE score_totals AS kept SET
            number = one.number, name = one.name, department_id = one.department_id,
            window_ids = one.window_ids, staff_ids = one.staff_ids
        FROM score_subjects AS one
        WHERE (one.subject_id, one.month, one.version_no, one.subject_kind)
            = (kept.subject_id, kept.month, kept.version_no, kept.subject_kind)
        """
    )
    op.execute("ALTER TABLE score_totals ENABLE TRIGGER score_totals_sealed_update")
    for column in ("number", "name", "window_ids", "staff_ids"):
        op.alter_column("score_totals", column, nullable=False)
    op.drop_constraint(
        op.f("fk_score_totals_subject_id_score_subjects"), "score_totals", type_="foreignkey"
    )
    op.create_foreign_key(
        "fk_score_totals_month", "score_totals", "score_months", ["month"], ["month"]
    )
    op.drop_table("score_subjects")
