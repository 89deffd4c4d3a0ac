"""Cases that another system closed: kept as records, beside the cases of the hall.

They are rows of their own, so that no clock, no notice, no count and no score can ever find one:
they have the numbers of the system that they come from and take none of the hall's.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from yimen.core.audit import AuditFacts, record_audit
from yimen.core.caller import Caller
from yimen.core.clock import hall_day
from yimen.core.errors import FieldProblem, InvalidInput, NotFound
from yimen.core.outbox import publish_event
from yimen.domains.cases.models import PastCase
from yimen.domains.cases.repository_past import PastCaseRepository
from yimen.domains.cases.schemas_past import (
    PastCaseEntry,
    PastCasePage,
    PastCaseQuery,
    PastCaseRead,
)
from yimen.domains.cases.service_intake import CASE_SERIES

__all__ = ["PastCaseEntry", "PastCaseService", "Recorded"]

SUBJECT = "past_case"
EARLIEST = date(1990, 1, 1)
_OURS = re.compile(rf"{CASE_SERIES}-\d{{4}}-\d{{6}}")
_IN_ORDER = ("received_on", "accepted_on", "closed_on", "delivered_on")
_LABELS = {
    "received_on": "收件日期",
    "accepted_on": "受理日期",
    "closed_on": "办结日期",
    "delivered_on": "送达日期",
}


class PastCaseNotFound(NotFound):
    code = "past_case_not_found"
    title = "没有找到这个历史办件，或者您无权查看。"


@dataclass(frozen=True, slots=True)
class Recorded:
    """What recording came to: the fields that were otherwise; none for a new record."""

    changed: tuple[str, ...] | None


class PastCaseService:
    """Recording and reading them."""

    def __init__(self, past: PastCaseRepository, *, caller: Caller, now: datetime) -> None:
        self.past = past
        self.caller = caller
        self.now = now

    async def record(self, entry: PastCaseEntry) -> Recorded:
        """Keep a closed case, or what its system says of it now. Raises InvalidInput."""
        self._check(entry)
        wanted = {name: getattr(entry, name) for name in PastCaseEntry.model_fields}
        known = await self.past.numbered(entry.case_number)
        if known is None:
            made = await self.past.add(
                PastCase(
                    **wanted,
                    recorded_at=self.now,
                    recorded_by_name=self.caller.name,
                    version=1,
                )
            )
            await self._tell("past_cases.record", made, old=None)
            return Recorded(None)
        old = _facts_of(known)
        changed = tuple(name for name in wanted if getattr(known, name) != wanted[name])
        if changed:
            for name in changed:
                setattr(known, name, wanted[name])
            known.version += 1
            await self._tell("past_cases.change", known, old=old)
        return Recorded(changed)

    async def list_page(self, query: PastCaseQuery) -> PastCasePage:
        rows, cursor, total = await self.past.page_of(query, self.caller)
        return PastCasePage(
            items=[PastCaseRead.model_validate(row) for row in rows],
            next_cursor=cursor,
            total=total,
        )

    async def read(self, past_case_id: UUID) -> PastCaseRead:
        """One of them; raises PastCaseNotFound."""
        found = await self.past.find(past_case_id, self.caller)
        if found is None:
            raise PastCaseNotFound
        return PastCaseRead.model_validate(found)

    def _check(self, entry: PastCaseEntry) -> None:
        problems = []
        if _OURS.fullmatch(entry.case_number):
            detail = f"{CASE_SERIES}-年份-六位数是本系统的办件编号，请填写原系统的编号。"
            problems.append(FieldProblem("/case_number", "number_of_this_hall", detail))
        earlier, earlier_label = EARLIEST, "1990年"
        for name in _IN_ORDER:
            day: date | None = getattr(entry, name)
            if day is None:
                continue
            if day < earlier:
                detail = f"{_LABELS[name]}不能早于{earlier_label}。"
                problems.append(FieldProblem(f"/{name}", "out_of_order", detail))
            if day > hall_day(self.now):
                detail = f"{_LABELS[name]}不能晚于今天。"
                problems.append(FieldProblem(f"/{name}", "in_future", detail))
            earlier, earlier_label = max(earlier, day), _LABELS[name]
        if problems:
            raise InvalidInput(errors=problems)

    async def _tell(self, action: str, row: PastCase, *, old: AuditFacts | None) -> None:
        await self.past.flush()
        facts = _facts_of(row)
        session = self.past.session
        await record_audit(
            session, caller=self.caller, action=action, subject_type=SUBJECT, subject_id=row.id,
            old=old, new=facts,
        )  # fmt: skip
        await publish_event(
            session, kind=action, subject_type=SUBJECT, subject_id=row.id, occurred_at=self.now,
            facts=facts, department_id=row.department_id, window_id=row.window_id,
        )  # fmt: skip


def _facts_of(row: PastCase) -> dict[str, object]:
    """What audit and event say; never the applicant."""
    return {
        "case_number": row.case_number,
        "item_name": row.item_name,
        "outcome": row.outcome,
        "received_on": f"{row.received_on}",
        "closed_on": f"{row.closed_on}",
    }
