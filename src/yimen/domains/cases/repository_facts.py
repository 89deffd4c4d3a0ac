"""The queries on what cases prove, against those who handled them and against commands."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import ColumnElement
from sqlalchemy.ext.asyncio import AsyncSession

from yimen.core.repository import Repository
from yimen.domains.cases.enums import CaseEventKind, CaseState, SuspensionCause
from yimen.domains.cases.models import Case, CaseEvent, CaseMaterial, CaseOpinion
from yimen.domains.cases.rules import AskedDepartment, CaseLines, KeptMaterial
from yimen.domains.organisation.models import Department

Session = AsyncSession


class CaseFactRow(NamedTuple):
    """A case, who had it, and the instant that counts."""

    case_id: UUID
    case_number: str
    item_name: str
    window_id: UUID
    department_id: UUID
    handler_id: UUID
    at: datetime
    decided_at: datetime | None
    event_id: UUID | None


_COLUMNS = (
    Case.id, Case.case_number, Case.item_name, Case.window_id, Case.department_id, Case.handler_id,
)  # fmt: skip

_DUE_AT: ColumnElement[datetime] = sa.type_coerce(Case.due_at, sa.DateTime(timezone=True))


_ENTERED_LATE = sa.text("case_events.facts @> '{\"is_late_entry\": true}'")
"""As the index on it says, or PostgreSQL would not use it."""


class CaseFactRepository(Repository):
    """Everybody's cases: what is asked for is judged, not shown."""

    async def overdue(self, since: datetime, until: datetime, now: datetime) -> list[CaseFactRow]:
        """Cases due in a time and decided after it, or running on, or stopped too late."""
        late = sa.or_(
            Case.decided_at > Case.due_at,
            sa.and_(Case.state == CaseState.ACCEPTED, Case.due_at < now),
            sa.and_(Case.state == CaseState.SUSPENDED, Case.due_at < Case.suspended_at),
        )
        rows = await self.session.execute(
            sa.select(*_COLUMNS, _DUE_AT, Case.decided_at, sa.null())
            .where(Case.due_at >= since, Case.due_at < until, late)
            .order_by(Case.due_at, Case.id)
        )
        return [CaseFactRow(*row) for row in rows]

    async def is_any_due(self, after: datetime, until: datetime) -> bool:
        """Whether the time of a running case has run out between two instants."""
        found: bool | None = await self.session.scalar(
            sa.select(
                sa.exists().where(
                    Case.state == CaseState.ACCEPTED, Case.due_at >= after, Case.due_at < until
                )
            )
        )
        return bool(found)

    async def told_again(self, since: datetime, until: datetime) -> list[CaseFactRow]:
        """Supplement notices of a time that were not the first on their case."""
        place = (
            sa.func.row_number()
            .over(partition_by=CaseEvent.case_id, order_by=(CaseEvent.occurred_at, CaseEvent.id))
            .label("place")
        )
        notices = (
            sa.select(
                CaseEvent.id.label("event_id"), CaseEvent.case_id, CaseEvent.occurred_at, place
            )
            .join(Case, sa.and_(Case.id == CaseEvent.case_id, Case.supplement_count >= 2))
            .where(CaseEvent.kind == CaseEventKind.SUPPLEMENT_REQUESTED)
            .subquery("notices")
        )
        rows = await self.session.execute(
            sa.select(*_COLUMNS, notices.c.occurred_at, Case.decided_at, notices.c.event_id)
            .join(notices, notices.c.case_id == Case.id)
            .where(
                notices.c.place >= 2, notices.c.occurred_at >= since, notices.c.occurred_at < until
            )
            .order_by(notices.c.occurred_at, notices.c.event_id)
        )
        return [CaseFactRow(*row) for row in rows]

    async def left_untold(self, since: datetime, until: datetime) -> list[CaseFactRow]:
        """Cases that came to count as accepted in a time, since nobody accepted or told."""
        rows = await self.session.execute(
            sa.select(*_COLUMNS, CaseEvent.recorded_at, Case.decided_at, CaseEvent.id)
            .join(CaseEvent, CaseEvent.case_id == Case.id)
            .where(
                CaseEvent.kind == CaseEventKind.DEEMED_ACCEPTED,
                CaseEvent.recorded_at >= since,
                CaseEvent.recorded_at < until,
            )
            .order_by(CaseEvent.recorded_at, CaseEvent.id)
        )
        return [CaseFactRow(*row) for row in rows]

    async def entered_late(self, since: datetime, until: datetime) -> list[CaseFactRow]:
        """Cases taken in or decided, and entered later than the rulebook lets pass, in a time."""
        rows = await self.session.execute(
            sa.select(*_COLUMNS, Case.registered_at, Case.decided_at, sa.null())
            .where(Case.is_late_entry, Case.registered_at >= since, Case.registered_at < until)
            .order_by(Case.registered_at, Case.id)
        )
        found = [CaseFactRow(*row) for row in rows]
        rows = await self.session.execute(
            sa.select(*_COLUMNS, CaseEvent.recorded_at, Case.decided_at, CaseEvent.id)
            .join(CaseEvent, CaseEvent.case_id == Case.id)
            .where(
                _ENTERED_LATE,
                CaseEvent.recorded_at >= since,
                CaseEvent.recorded_at < until,
            )
            .order_by(CaseEvent.recorded_at, CaseEvent.id)
        )
        return found + [CaseFactRow(*row) for row in rows]


BEARING = (
    CaseEventKind.SUSPENDED,
    CaseEventKind.EXTENDED,
    CaseEventKind.SPECIAL_APPROVED,
    CaseEventKind.REFUSED,
)
"""What of a timeline bears on the commands of a case."""


async def read_lines(session: Session, case_ids: Collection[UUID]) -> dict[UUID, CaseLines]:
    """What stands beside cases and bears on their commands."""
    events = await session.execute(
        sa.select(CaseEvent.case_id, CaseEvent.kind, CaseEvent.facts["cause"].astext)
        .where(CaseEvent.case_id.in_(case_ids), CaseEvent.kind.in_(BEARING))
        .order_by(CaseEvent.id)
    )
    opinions = await session.execute(
        sa.select(CaseOpinion.case_id, Department.name, CaseOpinion.state, CaseOpinion.due_at)
        .join(Department, Department.id == CaseOpinion.department_id)
        .where(CaseOpinion.case_id.in_(case_ids))
        .order_by(CaseOpinion.id)
    )
    materials = await session.execute(
        sa.select(
            CaseMaterial.case_id,
            CaseMaterial.name,
            CaseMaterial.custody,
            CaseMaterial.returned_at.is_not(None),
        )
        .where(CaseMaterial.case_id.in_(case_ids))
        .order_by(CaseMaterial.id)
    )
    happened: dict[UUID, list[tuple[CaseEventKind, str | None]]] = defaultdict(list)
    for case_id, kind, cause in events:
        happened[case_id].append((kind, cause))
    asked: dict[UUID, list[AskedDepartment]] = defaultdict(list)
    for case_id, name, state, due_at in opinions:
        asked[case_id].append(AskedDepartment(name, state, due_at))
    kept: dict[UUID, list[KeptMaterial]] = defaultdict(list)
    for case_id, name, custody, is_returned in materials:
        kept[case_id].append(KeptMaterial(name, custody, is_returned))
    reported = (CaseEventKind.SUSPENDED, SuspensionCause.REPORTED.value)
    found = {}
    for case_id in case_ids:
        kinds = [kind for kind, _ in happened[case_id]]
        found[case_id] = CaseLines(
            is_reported=reported in happened[case_id],
            is_special_approved=CaseEventKind.SPECIAL_APPROVED in kinds,
            was_refused=CaseEventKind.REFUSED in kinds,
            extensions=kinds.count(CaseEventKind.EXTENDED),
            opinions=tuple(asked[case_id]),
            materials=tuple(kept[case_id]),
        )
    return found
