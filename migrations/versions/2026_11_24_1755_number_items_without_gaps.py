"""Number items without gaps: by the greatest number in use, not by a sequence

Revision: gapless_item_codes, after import_punches
"""

from alembic import op

revision = "gapless_item_codes"
down_revision = "import_punches"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("DROP SEQUENCE service_item_numbers")


def downgrade() -> None:
    op.execute("CREATE SEQUENCE service_item_numbers")
    op.execute(
        """
        SELECT setval('service_item_numbers', max(substr(code, 4)::bigint)) FROM service_items
        WHERE code ~ '^SX-[0-9]{6,18}$'
        """
    )
