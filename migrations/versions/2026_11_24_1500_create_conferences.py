"""Create conferences, their agenda, invitations and opinions

Revision: conferences, after rejections
"""

import sqlalchemy as sa
from alembic import op

revision = "conferences"
down_revision = "rejections"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "conferences",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("conference_number", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("presided_by", sa.Text(), nullable=False),
        sa.Column("documents", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("opinion_days", sa.Integer(), nullable=False),
        sa.Column("called_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("called_by_name", sa.Text(), nullable=False),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("recorded_by", sa.Text(), nullable=True),
        sa.Column("record", sa.Text(), nullable=True),
        sa.Column("opinions_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("minutes_number", sa.Text(), nullable=True),
        sa.Column("concluded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("archive_place", sa.Text(), nullable=True),
        sa.Column("cancel_reason", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_conferences"),
        sa.UniqueConstraint("conference_number", name="uq_conferences_conference_number"),
    )
    op.create_index("ix_conferences_starts_at_id", "conferences", ["starts_at", "id"])
    op.create_index("ix_conferences_state_starts_at", "conferences", ["state", "starts_at"])
    op.create_table(
        "conference_matters",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("conference_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("explanation", sa.Text(), nullable=True),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("resolution", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_conference_matters"),
        sa.UniqueConstraint(
            "conference_id", "position", name="uq_conference_matters_conference_id_position"
        ),
        sa.ForeignKeyConstraint(
            ["conference_id"], ["conferences.id"], name="fk_conference_matters_conference_id"
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_conference_matters_case_id"),
    )
    op.create_index("ix_conference_matters_case_id", "conference_matters", ["case_id"])
    op.create_table(
        "conference_attendees",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("conference_id", sa.Uuid(), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=True),
        sa.Column("staff_name", sa.Text(), nullable=True),
        sa.Column("presence", sa.String(40), nullable=False),
        sa.Column("leave_reason", sa.Text(), nullable=True),
        sa.Column("leave_asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delegate_id", sa.Uuid(), nullable=True),
        sa.Column("delegate_name", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_conference_attendees"),
        sa.UniqueConstraint(
            "conference_id",
            "department_id",
            name="uq_conference_attendees_conference_id_department_id",
        ),
        sa.ForeignKeyConstraint(
            ["conference_id"], ["conferences.id"], name="fk_conference_attendees_conference_id"
        ),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name="fk_conference_attendees_department_id"
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_members.id"], name="fk_conference_attendees_staff_id"
        ),
        sa.ForeignKeyConstraint(
            ["delegate_id"], ["staff_members.id"], name="fk_conference_attendees_delegate_id"
        ),
    )
    op.create_index(
        "ix_conference_attendees_department_id", "conference_attendees", ["department_id"]
    )
    op.create_table(
        "conference_opinions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("conference_id", sa.Uuid(), nullable=False),
        sa.Column("matter_id", sa.Uuid(), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("at_meeting", sa.Boolean(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("given_by_name", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_conference_opinions"),
        sa.UniqueConstraint(
            "matter_id", "department_id", name="uq_conference_opinions_matter_id_department_id"
        ),
        sa.ForeignKeyConstraint(
            ["conference_id"], ["conferences.id"], name="fk_conference_opinions_conference_id"
        ),
        sa.ForeignKeyConstraint(
            ["matter_id"], ["conference_matters.id"], name="fk_conference_opinions_matter_id"
        ),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name="fk_conference_opinions_department_id"
        ),
    )
    op.create_index(
        "ix_conference_opinions_conference_id", "conference_opinions", ["conference_id"]
    )
    op.create_index(
        "ix_conference_opinions_due_at",
        "conference_opinions",
        ["due_at"],
        postgresql_where=sa.text("state = 'asked'"),
    )


def downgrade() -> None:
    op.drop_table("conference_opinions")
    op.drop_table("conference_attendees")
    op.drop_table("conference_matters")
    op.drop_table("conferences")
