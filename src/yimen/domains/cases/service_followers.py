"""What else of a case follows the calendar, besides the deadlines of its own clock."""

from abc import ABC
from collections.abc import Sequence
from datetime import datetime

from yimen.core.clock import HALL_ZONE
from yimen.domains.calendars.rules import WorkCalendar
from yimen.domains.calendars.service_calendar import (
    CalendarMove,
    DeadlineFollower,
    Held,
    MovedDeadline,
)
from yimen.domains.cases.enums import CaseEventKind, SuspensionCause
from yimen.domains.cases.models import Case, CaseOpinion
from yimen.domains.cases.rules import (
    CAUSE_ARTICLES,
    ClockEvent,
    Suspension,
    lapse_day,
    latest_end,
    suspensions_of,
)
from yimen.domains.cases.service import SUBJECT, Bench, clock_events
from yimen.domains.cases.service_silence import new_event, tell


class CaseFollower(DeadlineFollower[Held], ABC):
    """A deadline of a case; the case's own timeline tells that it moved."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench

    def _line(self, case: Case, label: str, old: datetime, new: datetime) -> MovedDeadline:
        return MovedDeadline(
            label=label,
            subject_type=SUBJECT,
            subject_id=case.id,
            number=case.case_number,
            old=old.astimezone(HALL_ZONE),
            new=new,
            is_past=new < self.bench.now,
        )

    async def _tell(
        self, case: Case, order: CalendarMove, *, article: str, facts: dict[str, object]
    ) -> None:
        event = new_event(
            case,
            CaseEventKind.DUE_DATE_MOVED,
            article=article,
            note=order.reason,
            facts=facts,
            occurred_at=self.bench.now,
            now=self.bench.now,
            account_id=order.caller.account_id,
            actor_name=order.caller.name,
        )
        await tell(case, event, cases=self.bench.cases, caller=order.caller)


_Asked = tuple[CaseOpinion, Case, str]
"""The opinion, its case, and the name of who is asked."""


class OpinionFollower(CaseFollower[_Asked]):
    """Until when the departments asked about open cases may speak (MGMT 十一(四), 十六).

    Silence whose time has run out has had its effect; no calendar undoes that.
    """

    async def _moving(
        self, calendar: WorkCalendar, *, to_change: bool
    ) -> list[tuple[MovedDeadline, _Asked]]:
        cases, now = self.bench.cases, self.bench.now
        found = []
        for opinion, case, name in await cases.awaited_opinions(now, to_change=to_change):
            asked_at = opinion.asked_at.astimezone(HALL_ZONE)
            due_at = calendar.due_at(asked_at, opinion.working_days).at
            if due_at != opinion.due_at:
                line = self._line(case, f"{name}答复意见的期限", opinion.due_at, due_at)
                found.append((line, (opinion, case, name)))
        return found

    async def _move(self, order: CalendarMove, line: MovedDeadline, held: _Asked) -> None:
        opinion, case, name = held
        opinion.due_at = line.new
        facts: dict[str, object] = {
            "department": name,
            "old": {"opinion_due_at": line.old.isoformat()},
            "new": {"opinion_due_at": line.new.isoformat()},
        }
        await self._tell(case, order, article="MGMT 十六", facts=facts)


class DocumentsFollower(CaseFollower[Case]):
    """Until when what was approved first is to be documented (MGMT 十一(三)), in whatever state."""

    async def _moving(
        self, calendar: WorkCalendar, *, to_change: bool
    ) -> list[tuple[MovedDeadline, Case]]:
        found = []
        for case in await self.bench.cases.undocumented(to_change=to_change):
            assert case.documents_due_on is not None and case.accepted_at is not None
            days = self.bench.limit("cases.documents_days", at=case.accepted_at)
            due_on = lapse_day(case.accepted_at, days=days, calendar=calendar)
            if due_on != case.documents_due_on:
                old, new = map(calendar.close_of_business, (case.documents_due_on, due_on))
                found.append((self._line(case, "先批后办补齐材料的期限", old, new), case))
        return found

    async def _move(self, order: CalendarMove, line: MovedDeadline, held: Case) -> None:
        held.documents_due_on = line.new.date()
        facts: dict[str, object] = {
            "old": {"documents_due_on": line.old.date().isoformat()},
            "new": {"documents_due_on": line.new.date().isoformat()},
        }
        await self._tell(held, order, article="MGMT 十一(三)", facts=facts)


_Stopped = tuple[Case, SuspensionCause]


class SuspensionFollower(CaseFollower[_Stopped]):
    """Until when a clock stands still at the most, by the working days of its cause's maximum."""

    async def _moving(
        self, calendar: WorkCalendar, *, to_change: bool
    ) -> list[tuple[MovedDeadline, _Stopped]]:
        cases = await self.bench.cases.suspended(to_change=to_change)
        clocks = await self.bench.cases.moved_clocks() if cases else {}
        found = []
        for case in cases:
            assert case.suspended_until is not None
            events = clock_events(clocks[case.id])
            stands = suspensions_of(events)[-1]
            until = self._until(stands, events, calendar)
            if until is not None and until != case.suspended_until:
                line = self._line(case, "中止计时的最长期限", case.suspended_until, until)
                found.append((line, (case, stands.cause)))
        return found

    def _until(
        self, stands: Suspension, events: Sequence[ClockEvent], calendar: WorkCalendar
    ) -> datetime | None:
        code = f"cases.suspension_days.{stands.cause.value}"
        return latest_end(
            events,
            stands.cause,
            starts_at=stands.starts_at,
            maximum_days=self.bench.limit(code, at=stands.starts_at),
            calendar=calendar,
        )

    async def _move(self, order: CalendarMove, line: MovedDeadline, held: _Stopped) -> None:
        case, cause = held
        case.suspended_until = line.new
        facts: dict[str, object] = {
            "until": line.new,
            "old": {"suspended_until": line.old.isoformat()},
            "new": {"suspended_until": line.new.isoformat()},
        }
        await self._tell(case, order, article=CAUSE_ARTICLES[cause], facts=facts)


CASE_FOLLOWERS = (OpinionFollower, DocumentsFollower, SuspensionFollower)
"""Every one, in the order in which they move."""
