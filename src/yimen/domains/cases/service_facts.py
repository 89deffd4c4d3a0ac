"""What cases prove against those who handled them: asked by scoring and discipline."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from yimen.core.clock import hall_day, start_of_day
from yimen.domains.cases.repository_facts import CaseFactRepository, CaseFactRow


class CaseFactKind(StrEnum):
    """What is proved."""

    OVERDUE = "overdue"
    TOLD_AGAIN = "told_again"
    """A second supplement notice, or a further one (PROMISE 一, DISCIPLINE 五(三))."""
    ENTERED_LATE = "entered_late"
    """DISCIPLINE 五(十八)."""


@dataclass(frozen=True, slots=True)
class CaseFact:
    """One fact about one case."""

    kind: CaseFactKind
    case_id: UUID
    event_id: UUID | None
    """The notice, where it is about one."""
    case_number: str
    item_name: str
    window_id: UUID
    department_id: UUID
    handler_id: UUID
    day: date
    """The last day of the time that was missed, or the day of the act."""
    at: datetime
    decided_at: datetime | None


class CaseFacts:
    """Reads the facts of some days; no caller, since they are judged and not shown."""

    def __init__(self, cases: CaseFactRepository, now: datetime) -> None:
        self.cases = cases
        self.now = now

    async def between(self, first: date, last: date) -> list[CaseFact]:
        """What the cases prove of the days from first to last, kind by kind, the earliest first."""
        span = start_of_day(first), start_of_day(last + timedelta(days=1))
        return [
            *_facts(CaseFactKind.OVERDUE, await self.cases.overdue(*span, self.now)),
            *_facts(CaseFactKind.TOLD_AGAIN, await self.cases.told_again(*span)),
            *_facts(CaseFactKind.ENTERED_LATE, await self.cases.entered_late(*span)),
        ]

    async def left_untold(self, first: date, last: date) -> list[CaseFactRow]:
        """Cases neither accepted nor told until they counted as accepted (ONCE 二, 三).

        Of the days on which that time ran out. Discipline judges them; no points are set on it.
        """
        span = start_of_day(first), start_of_day(last + timedelta(days=1))
        return await self.cases.left_untold(*span)

    async def is_any_due(self, after: datetime) -> bool:
        """Whether a case has become overdue since an instant, which tells nobody."""
        return await self.cases.is_any_due(after, self.now)


def _facts(kind: CaseFactKind, rows: list[CaseFactRow]) -> list[CaseFact]:
    return [
        CaseFact(
            kind=kind,
            case_id=row.case_id,
            event_id=row.event_id,
            case_number=row.case_number,
            item_name=row.item_name,
            window_id=row.window_id,
            department_id=row.department_id,
            handler_id=row.handler_id,
            day=hall_day(row.at),
            at=row.at,
            decided_at=row.decided_at,
        )
        for row in rows
    ]
