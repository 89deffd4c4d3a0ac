"""Create departments, windows, staff, services at windows and chief representatives

Revision: organisation, after core
"""

import sqlalchemy as sa
from alembic import op

revision = "organisation"
down_revision = "core"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # a range of a single id lets GiST compare ids without the btree_gist extension
    op.execute("CREATE TYPE uuidrange AS RANGE (subtype = uuid)")
    op.create_table(
        "departments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_departments"),
        sa.UniqueConstraint("code", name="uq_departments_code"),
    )
    op.create_table(
        "windows",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_windows"),
        sa.UniqueConstraint("number", name="uq_windows_number"),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name="fk_windows_department_id"
        ),
        sa.CheckConstraint("closed_on >= opened_on", name=op.f("ck_windows_dates")),
    )
    op.create_index("ix_windows_department_id", "windows", ["department_id"])
    op.create_table(
        "staff_members",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("staff_number", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=True),
        sa.Column("post", sa.Text(), nullable=False),
        sa.Column("left_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_staff_members"),
        sa.UniqueConstraint("staff_number", name="uq_staff_members_staff_number"),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name="fk_staff_members_department_id"
        ),
    )
    op.create_index("ix_staff_members_department_id", "staff_members", ["department_id"])
    op.create_table(
        "window_services",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("window_id", sa.Uuid(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_window_services"),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_members.id"], name="fk_window_services_staff_id"
        ),
        sa.ForeignKeyConstraint(["window_id"], ["windows.id"], name="fk_window_services_window_id"),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_window_services_dates")),
    )
    op.execute(
        """
        ALTER TABLE window_services ADD CONSTRAINT ex_window_services_overlap
        EXCLUDE USING gist (
            uuidrange(staff_id, staff_id, '[]') WITH &&,
            daterange(starts_on, ends_on, '[]') WITH &&
        )
        """
    )
    op.create_index(
        "ix_window_services_staff_id_starts_on", "window_services", ["staff_id", "starts_on"]
    )
    op.create_index(
        "ix_window_services_window_id_starts_on", "window_services", ["window_id", "starts_on"]
    )
    op.create_table(
        "chief_representatives",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_chief_representatives"),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name="fk_chief_representatives_department_id"
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_members.id"], name="fk_chief_representatives_staff_id"
        ),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_chief_representatives_dates")),
    )
    op.execute(
        """
        ALTER TABLE chief_representatives ADD CONSTRAINT ex_chief_representatives_overlap
        EXCLUDE USING gist (
            uuidrange(department_id, department_id, '[]') WITH &&,
            daterange(starts_on, ends_on, '[]') WITH &&
        )
        """
    )
    op.create_index(
        "ix_chief_representatives_department_id_starts_on",
        "chief_representatives",
        ["department_id", "starts_on"],
    )
    op.create_index(
        "ix_chief_representatives_staff_id_starts_on",
        "chief_representatives",
        ["staff_id", "starts_on"],
    )


def downgrade() -> None:
    op.drop_table("chief_representatives")
    op.drop_table("window_services")
    op.drop_table("staff_members")
    op.drop_table("windows")
    op.drop_table("departments")
    op.execute("DROP TYPE uuidrange")
