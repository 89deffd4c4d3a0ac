"""Keep until when a measure can be appealed against, and with which paper a body above decided

Revision: appeal_days, after scores_in_place

For measures received before: close of business on the fifth working day, as the first edition has
it (DISCIPLINE 十一).
"""

import sqlalchemy as sa
from alembic import op

revision = "appeal_days"
down_revision = "scores_in_place"
branch_labels = None
depends_on = None

FIFTH_WORKING_DAY = """
WITH days AS (
    SELECT
        day::date AS day,
        coalesce(
            (SELECT kind FROM calendar_overrides WHERE calendar_overrides.day = dates.day),
            (
                SELECT kind FROM calendar_days WHERE calendar_days.day = dates.day
                ORDER BY year DESC LIMIT 1
            ),
            CASE WHEN extract(isodow FROM day) < 6 THEN 'workday' ELSE 'weekend' END
        ) AS kind
    FROM generate_series(
        (SELECT min(received_on) FROM measures),
        (SELECT max(received_on) + 40 FROM measures),
        interval '1 day'
    ) AS dates (day)
)
UPDATE measures SET appeal_due_at = (
    SELECT
        (day + CASE WHEN extract(month FROM day) BETWEEN 5 AND 9 THEN time '20:00'
        ELSE time '19:30' END) AT TIME ZONE 'Asia/Shanghai'
    FROM days
    WHERE day > received_on AND kind IN ('workday', 'makeup_workday')
    ORDER BY day OFFSET 4 LIMIT 1
)
WHERE received_on IS NOT NULL
"""


def upgrade() -> None:
    op.add_column("measures", sa.Column("appeal_due_at", sa.DateTime(timezone=True)))
    op.execute(FIFTH_WORKING_DAY)
    op.add_column("appeals", sa.Column("decision_document", sa.Text()))
    op.add_column("appeals", sa.Column("recorded_at", sa.DateTime(timezone=True)))
    op.add_column("appeals", sa.Column("recorded_by_name", sa.Text()))
    op.create_check_constraint(
        op.f("ck_appeals_recorded_with_its_paper"),
        "appeals",
        "num_nulls(decision_document, recorded_at, recorded_by_name) IN (0, 3)",
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_appeals_recorded_with_its_paper"), "appeals")
    for column in ("recorded_by_name", "recorded_at", "decision_document"):
        op.drop_column("appeals", column)
    op.drop_column("measures", "appeal_due_at")
