"""Create the editions of the centre's own

Revision: rulebook_editions, after conference_records
"""

import sqlalchemy as sa
from alembic import op

revision = "rulebook_editions"
down_revision = "conference_records"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rulebook_editions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("takes_effect_on", sa.Date(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("drafted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("drafted_by", sa.Uuid(), nullable=False),
        sa.Column("drafted_by_name", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_name", sa.Text(), nullable=True),
        sa.Column("decision_reason", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_rulebook_editions"),
        sa.ForeignKeyConstraint(
            ["drafted_by"], ["accounts.id"], name="fk_rulebook_editions_drafted_by"
        ),
        sa.CheckConstraint(
            "extract(day FROM takes_effect_on) = 1", name="ck_rulebook_editions_first_of_month"
        ),
    )
    op.create_index(
        "uq_rulebook_editions_code",
        "rulebook_editions",
        ["code"],
        unique=True,
        postgresql_where=sa.text("state <> 'discarded'"),
    )
    op.create_index(
        "uq_rulebook_editions_month",
        "rulebook_editions",
        ["takes_effect_on"],
        unique=True,
        postgresql_where=sa.text("state = 'published'"),
    )
    # months are judged by what is published: it is never changed and never goes
    op.execute(
        """
        CREATE TRIGGER rulebook_editions_published
        BEFORE UPDATE OR DELETE ON rulebook_editions
        FOR EACH ROW WHEN (OLD.state = 'published') EXECUTE FUNCTION refuse_change()
        """
    )
    op.execute(
        """
        CREATE TRIGGER rulebook_editions_kept
        BEFORE TRUNCATE ON rulebook_editions
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
        """
    )


def downgrade() -> None:
    op.drop_table("rulebook_editions")
