"""Say which void paper another was issued in place of

Revision: reissued_papers, after score_subjects
"""

import sqlalchemy as sa
from alembic import op

revision = "reissued_papers"
down_revision = "score_subjects"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("papers", sa.Column("replaces_id", sa.Uuid()))
    op.create_foreign_key(
        op.f("fk_papers_replaces_id_papers"), "papers", "papers", ["replaces_id"], ["id"]
    )
    op.create_unique_constraint(op.f("uq_papers_replaces_id"), "papers", ["replaces_id"])


def downgrade() -> None:
    op.drop_column("papers", "replaces_id")
