"""Sealed years for tests of awards: totals as the ledger would have stored them."""

from collections.abc import Mapping
from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from tests.factories import Hall, make_department

from yimen.core.database import new_id
from yimen.domains.organisation.enums import DepartmentKind
from yimen.domains.scoring.enums import MonthState, RecordKind, SubjectKind
from yimen.domains.scoring.models import ScoreFigures, ScoreMonth, ScoreRecord, ScoreSubject

JANUARY = date(2026, 1, 1)
YEAR_RATINGS = "/api/v1/year-ratings"
LINES = "/api/v1/rating-lines"
STARS = "/api/v1/star-nominations"


async def seal_month(
    session: AsyncSession,
    month: date,
    scores: Mapping[tuple[SubjectKind, UUID], float],
    *,
    departments: Mapping[UUID, UUID] | None = None,
    staff: Mapping[UUID, list[UUID]] | None = None,
) -> None:
    """A month as sealed: scores in points by subject."""
    await session.execute(
        sa.insert(ScoreMonth).values(
            month=month, state=MonthState.OPEN, edition_code="2008-01", version_no=1, version=1
        )
    )
    await session.execute(
        sa.insert(ScoreSubject),
        [
            {
                "month": month,
                "version_no": 1,
                "subject_kind": kind,
                "subject_id": subject,
                "number": f"{place:02}",
                "name": f"{kind}{place}",
                "department_id": (departments or {}).get(subject),
                "window_ids": [],
                "staff_ids": (staff or {}).get(subject, []),
            }
            for place, (kind, subject) in enumerate(scores, 1)
        ],
    )
    await session.execute(
        sa.insert(ScoreFigures),
        [
            {
                "month": month,
                "version_no": 1,
                "subject_kind": kind,
                "subject_id": subject,
                "own": round(points * 100),
                "staff_sum": None,
                "numerator": round(points * 100),
                "denominator": 1,
                "ranked_by": round(points * 100),
            }
            for (kind, subject), points in scores.items()
        ],
    )
    await session.execute(
        sa.update(ScoreMonth).where(ScoreMonth.month == month).values(state=MonthState.SEALED)
    )


async def review(session: AsyncSession, kind: SubjectKind, subject_id: UUID, points: int) -> None:
    """The comprehensive review of the year, without which a window is not rated."""
    await session.execute(
        sa.insert(ScoreRecord).values(
            id=new_id(),
            kind=RecordKind.REVIEW,
            day=date(2026, 12, 31),
            subject_kind=kind,
            subject_id=subject_id,
            title="综合评议",
            points=points * 100,
            recorded_at=sa.func.now(),
            recorded_by_name="赵敏",
            version=1,
        )
    )


async def a_years_scores(session: AsyncSession, hall: Hall) -> list[UUID]:
    """2026 in one sealed month: the clerks, ten windows (one excellent, one good), two agencies.

    Window 01 and the first further one are equal at the top. Returns the further windows.
    """
    more = [new_id() for _ in range(8)]
    agencies = [
        await make_department(session, kind=DepartmentKind.AGENCY, name=f"中介{n}") for n in "一二"
    ]
    windows = {hall.window_01: 98, hall.window_02: 90, more[0]: 98}
    windows |= {window: 80 - n for n, window in enumerate(more[1:])}
    clerks = [hall.clerk.staff_id, hall.colleague.staff_id, hall.clerk_next_door.staff_id]
    scores = {(SubjectKind.STAFF, clerk): 95 for clerk in clerks}
    scores |= {(SubjectKind.WINDOW, window): points for window, points in windows.items()}
    scores |= {(SubjectKind.AGENCY, one): 90 - n for n, one in enumerate(agencies)}
    homes = {hall.window_01: hall.department_a, hall.clerk.staff_id: hall.department_a}
    served = {subject: [clerks[0]] for kind, subject in scores if kind is not SubjectKind.STAFF}
    await seal_month(session, JANUARY, scores, departments=homes, staff=served)
    for kind, subject in scores:
        if kind is not SubjectKind.STAFF:
            await review(session, kind, subject, 90)
    return more
