"""Give every paper a code by which anyone can check it

Revision: papers_verification, after case_clocks
"""

import sqlalchemy as sa
from alembic import op

revision = "papers_verification"
down_revision = "case_clocks"
branch_labels = None
depends_on = None

# The signs of a code without those that are taken for one another; 12 of them, from the random
# bytes of a UUID (bytes 6 and 8 also hold its version and variant: they are left out).
_GIVE_CODES = """
UPDATE papers SET verification_code = coded.code
FROM (
    SELECT id, left(signs, 4) || '-' || substr(signs, 5, 4) || '-' || right(signs, 4) AS code
    FROM (
        SELECT
            id,
            (
                SELECT string_agg(
                    substr('23456789ABCDEFGHJKLMNPQRSTUVWXYZ', get_byte(random, place) % 32 + 1, 1),
                    '' ORDER BY place
                )
                FROM unnest(ARRAY[0, 1, 2, 3, 4, 5, 7, 9, 10, 11, 12, 13]) AS place
            ) AS signs
        FROM (
            SELECT id, uuid_send(gen_random_uuid()) AS random FROM papers OFFSET 0
        ) AS drawn
    ) AS written
) AS coded
WHERE papers.id = coded.id
"""


def upgrade() -> None:
    op.add_column("papers", sa.Column("verification_code", sa.Text(), nullable=True))
    op.execute("ALTER TABLE papers DISABLE TRIGGER papers_immutable")
    op.execute(_GIVE_CODES)
    op.execute("ALTER TABLE papers ENABLE TRIGGER papers_immutable")
    op.alter_column("papers", "verification_code", nullable=False)
    op.create_unique_constraint("uq_papers_verification_code", "papers", ["verification_code"])


def downgrade() -> None:
    op.drop_column("papers", "verification_code")
