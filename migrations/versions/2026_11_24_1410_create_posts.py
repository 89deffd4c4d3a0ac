"""Create the duties of posts and their deputies

Revision: posts, after papers_verification
"""

import sqlalchemy as sa
from alembic import op

revision = "posts"
down_revision = "papers_verification"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "duties",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("level", sa.String(40), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("integrity", sa.Text(), nullable=True),
        sa.Column("year", sa.Integer(), nullable=True),
        sa.Column("targets", sa.Text(), nullable=True),
        sa.Column("staff_id", sa.Uuid(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_duties"),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name="fk_duties_department_id"
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff_members.id"], name="fk_duties_staff_id"),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_duties_dates")),
        sa.CheckConstraint("staff_id IS NULL OR level = 'post'", name=op.f("ck_duties_holder")),
    )
    op.create_index("ix_duties_department_id_starts_on", "duties", ["department_id", "starts_on"])
    op.create_index("ix_duties_staff_id_starts_on", "duties", ["staff_id", "starts_on"])
    op.create_table(
        "deputies",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("deputy_id", sa.Uuid(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("handover", sa.Text(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_deputies"),
        sa.ForeignKeyConstraint(["staff_id"], ["staff_members.id"], name="fk_deputies_staff_id"),
        sa.ForeignKeyConstraint(["deputy_id"], ["staff_members.id"], name="fk_deputies_deputy_id"),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_deputies_dates")),
        sa.CheckConstraint("staff_id <> deputy_id", name=op.f("ck_deputies_not_self")),
        sa.CheckConstraint(
            "kind = 'standing' OR (ends_on IS NOT NULL AND reason IS NOT NULL)",
            name=op.f("ck_deputies_absence"),
        ),
    )
    for kind in ("standing", "temporary"):
        op.execute(
            f"""
            ALTER TABLE deputies ADD CONSTRAINT ex_deputies_{kind}
            EXCLUDE USING gist (
                uuidrange(staff_id, staff_id, '[]') WITH &&,
                daterange(starts_on, ends_on, '[]') WITH &&
            ) WHERE (kind = '{kind}')
            """
        )
    op.create_index("ix_deputies_staff_id_starts_on", "deputies", ["staff_id", "starts_on"])
    op.create_index(
        "ix_deputies_deputy_id_ends_on",
        "deputies",
        ["deputy_id", "ends_on"],
        postgresql_where=sa.text("kind = 'temporary'"),
    )


def downgrade() -> None:
    op.drop_table("deputies")
    op.drop_table("duties")
