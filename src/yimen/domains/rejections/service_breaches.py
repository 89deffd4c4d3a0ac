"""Which breaches of REJECT the records show, for whoever judges them."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from yimen.core.caller import Caller
from yimen.core.clock import HALL_ZONE, hall_day, start_of_day
from yimen.core.errors import InvalidInput
from yimen.domains.calendars.rules import WorkCalendar
from yimen.domains.calendars.service import CalendarService
from yimen.domains.cases.models import Case
from yimen.domains.rejections.enums import RejectionState
from yimen.domains.rejections.repository import RejectionRepository, RejectionRow, UnfiledRow
from yimen.domains.rejections.rules import (
    Breach,
    Limits,
    RefusalFacts,
    find_breaches,
    find_unfiled,
)
from yimen.domains.rulebook.service import RulebookService

LONGEST_PERIOD_DAYS = 366


class PeriodFaulty(InvalidInput):
    code = "breach_period"
    title = "起止日期须先后有序，且不超过一年。"


@dataclass(frozen=True, slots=True)
class FoundBreach:
    """A breach with the record that it stems from."""

    breach: Breach
    rejection: RejectionRow | None
    unfiled: UnfiledRow | None


class BreachFinder:
    """Reads the records of some days at one moment."""

    def __init__(
        self,
        rejections: RejectionRepository,
        calendars: CalendarService,
        rulebook: RulebookService,
        now: datetime,
    ) -> None:
        self.rejections = rejections
        self.calendars = calendars
        self.rulebook = rulebook
        self.now = now

    async def between(self, first: date, last: date, caller: Caller | None) -> list[FoundBreach]:
        """The breaches that belong to these days, for what the caller may see; without one, all.

        Raises PeriodFaulty.
        """
        if not first <= last < first + timedelta(days=LONGEST_PERIOD_DAYS):
            raise PeriodFaulty
        calendar = await self.calendars.current()
        since = self._may_begin(first, calendar)
        until = start_of_day(last + timedelta(days=1))
        found = []
        for row in await self.rejections.since(since, until, caller):
            facts = facts_of(row)
            limits = self._limits(row.rejection.refused_at or row.rejection.filed_at)
            found += [
                FoundBreach(breach, row, None)
                for breach in find_breaches(facts, limits=limits, calendar=calendar, now=self.now)
            ]
        for unfiled in await self.rejections.unfiled(since, until, caller):
            decided_at = unfiled.case.decided_at
            assert decided_at is not None
            breach = find_unfiled(
                decided_at.astimezone(HALL_ZONE),
                unfiled.case.state.label.removeprefix("已"),
                filing_days=self._limits(decided_at).filing_days,
                calendar=calendar,
                now=self.now,
            )
            if breach is not None:
                found.append(FoundBreach(breach, None, unfiled))
        inside = [one for one in found if first <= one.breach.on <= last]
        return sorted(inside, key=lambda one: (one.breach.on, one.breach.kind.value))

    def _limits(self, at: datetime) -> Limits:
        """What the edition of the day leaves time for (domain.md §9)."""
        edition = self.rulebook.edition_on(hall_day(at))
        return Limits(
            filing_days=edition.integer("rejections.filing_days"),
            notice_days=edition.integer("rejections.notice_days"),
            return_days=edition.integer("rejections.return_days"),
        )

    def _may_begin(self, first: date, calendar: WorkCalendar) -> datetime:
        """From when on a refusal may have led to a breach on the first day or after it."""
        longest = max(self._limits(at).longest for at in (self.now, start_of_day(first)))
        day = first
        while calendar.count_working_days(day, first) <= longest:
            day -= timedelta(days=1)
        return start_of_day(day)


def told_with(row: RejectionRow) -> Case | None:
    """The case with whose delivery the notice reaches the applicant, if there is one."""
    case = row.case
    is_refused = row.rejection.state is RejectionState.EFFECTIVE
    return case if case is not None and is_refused and case.accepted_at is not None else None


def settled_at_of(row: RejectionRow) -> datetime | None:
    """When a request to the director needed no answer any more; none while it waits."""
    ended_at = row.case.decided_at if row.case is not None else None
    ends = (row.rejection.decided_at, row.rejection.retracted_at, ended_at)
    return min((at for at in ends if at is not None), default=None)


def facts_of(row: RejectionRow) -> RefusalFacts:
    """What the rules judge a refusal by, on the hall's clock."""
    rejection, case = row.rejection, row.case
    refused = told_with(row)
    handed_over_at = refused.delivered_at if refused else rejection.notice_delivered_at
    return RefusalFacts(
        is_within_authority=rejection.is_within_authority,
        filed_at=rejection.filed_at.astimezone(HALL_ZONE),
        decision_due_at=on_hall_clock(rejection.decision_due_at),
        decided_at=on_hall_clock(rejection.decided_at),
        settled_at=on_hall_clock(settled_at_of(row)),
        refused_at=on_hall_clock(rejection.refused_at),
        commitment_due_at=on_hall_clock(case.due_at if case is not None else None),
        has_form=row.has_form,
        has_notice=row.has_notice,
        # the notices of 不予受理 and 驳回 are handed over the counter
        is_handed_over=case is None or refused is not None,
        handed_over_at=on_hall_clock(handed_over_at),
        return_asked_at=on_hall_clock(rejection.return_asked_at),
        has_materials=row.has_materials,
        last_returned_at=on_hall_clock(row.last_returned_at),
    )


def on_hall_clock(at: datetime | None) -> datetime | None:
    return None if at is None else at.astimezone(HALL_ZONE)
