"""Count the public's requests; give every case a code for its applicant

Revision: public_side, after custody
"""

import sqlalchemy as sa
from alembic import op

revision = "public_side"
down_revision = "custody"
branch_labels = None
depends_on = None

# As papers got theirs: 12 signs from the random bytes of a UUID (bytes 6 and 8 also hold its
# version and variant: they are left out).
_GIVE_CODES = """
UPDATE cases SET lookup_code = coded.code
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
            SELECT id, uuid_send(gen_random_uuid()) AS random FROM cases OFFSET 0
        ) AS drawn
    ) AS written
) AS coded
WHERE cases.id = coded.id
"""


def upgrade() -> None:
    op.create_table(
        "rate_counters",
        sa.Column("bucket", sa.Text(), nullable=False),
        sa.Column("slot_starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("previous", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("bucket", name="pk_rate_counters"),
        prefixes=["UNLOGGED"],
    )
    op.create_index("ix_rate_counters_slot_starts_at", "rate_counters", ["slot_starts_at"])
    op.add_column("cases", sa.Column("lookup_code", sa.Text(), nullable=True))
    op.execute(_GIVE_CODES)
    op.alter_column("cases", "lookup_code", nullable=False)


def downgrade() -> None:
    op.drop_column("cases", "lookup_code")
    op.drop_table("rate_counters")
