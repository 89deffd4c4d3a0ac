"""Keep where each material is, and what was paid for a case

Revision: custody, after leave
"""

import sqlalchemy as sa
from alembic import op

revision = "custody"
down_revision = "leave"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "case_materials",
        sa.Column("custody", sa.String(40), nullable=False, server_default="filed"),
    )
    op.add_column(
        "case_materials", sa.Column("returned_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column("case_materials", sa.Column("returned_to", sa.Text(), nullable=True))
    op.add_column("case_materials", sa.Column("identity_checked", sa.Text(), nullable=True))
    op.add_column("case_materials", sa.Column("return_signed_by", sa.Text(), nullable=True))
    op.add_column("case_materials", sa.Column("return_receipt_number", sa.Text(), nullable=True))
    # what came in before went the way its item says
    op.execute(
        """
        UPDATE case_materials SET custody = 'shown'
        FROM cases
        JOIN item_versions ON item_versions.id = cases.item_version_id
        CROSS JOIN LATERAL jsonb_array_elements(item_versions.materials) AS line
        WHERE cases.id = case_materials.case_id
            AND line ->> 'key' = case_materials.material_key
            AND line ->> 'original' = 'shown'
        """
    )
    op.alter_column("case_materials", "custody", server_default=None)
    op.create_table(
        "case_charges",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("unit_amount", sa.Numeric(10, 2), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("amount", sa.Numeric(14, 2), nullable=False),
        sa.Column("bank", sa.Text(), nullable=False),
        sa.Column("voucher_number", sa.Text(), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_name", sa.Text(), nullable=False),
        sa.Column("reversed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reversal_reason", sa.Text(), nullable=True),
        sa.Column("reversed_by_name", sa.Text(), nullable=True),
        sa.CheckConstraint("amount = unit_amount * quantity", name=op.f("ck_case_charges_amount")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_case_charges_case_id"),
        sa.PrimaryKeyConstraint("id", name="pk_case_charges"),
    )
    op.create_index("ix_case_charges_case_id_id", "case_charges", ["case_id", "id"])
    op.create_index(
        "uq_case_charges_bank_voucher_number",
        "case_charges",
        ["bank", "voucher_number"],
        unique=True,
        postgresql_where=sa.text("reversed_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_table("case_charges")
    for column in (
        "return_receipt_number",
        "return_signed_by",
        "identity_checked",
        "returned_to",
        "returned_at",
        "custody",
    ):
        op.drop_column("case_materials", column)
