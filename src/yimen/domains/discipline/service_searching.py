"""What the records of all domains prove against people, brought before those who decide."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from yimen.core.clock import HALL_ZONE, hall_day
from yimen.core.errors import InvalidInput
from yimen.domains.attendance.rules_month import Absence
from yimen.domains.attendance.service_facts import AttendanceFacts
from yimen.domains.cases.service_facts import CaseFact, CaseFactKind, CaseFacts
from yimen.domains.complaints.service import ComplaintFacts
from yimen.domains.conferences.service_facts import ConferenceFacts
from yimen.domains.discipline.rules import Fact, month_after
from yimen.domains.discipline.service_walking import Walked, Walker
from yimen.domains.inspections.service import InspectionService
from yimen.domains.papers.rules import say_instant
from yimen.domains.rejections.enums import BreachKind
from yimen.domains.rejections.service_breaches import BreachFinder, FoundBreach
from yimen.domains.rulebook.enums import Proof
from yimen.domains.scoring.enums import SubjectKind
from yimen.domains.scoring.rules_words import say_article
from yimen.domains.scoring.service_facts import MonthScore, ScoreFacts

LONGEST_DAYS = 366

CASE_PROOFS = {
    CaseFactKind.OVERDUE: Proof.OVERDUE_CASE,
    CaseFactKind.TOLD_AGAIN: Proof.SECOND_SUPPLEMENT,
    CaseFactKind.ENTERED_LATE: Proof.LATE_ENTRY,
}

BREACH_PROOFS = {
    BreachKind.NOT_FILED: Proof.REFUSAL_NOT_FILED,
    BreachKind.BEYOND_AUTHORITY: Proof.REFUSAL_BEYOND_AUTHORITY,
    BreachKind.FORM_MISSING: Proof.REFUSAL_FORM_MISSING,
    BreachKind.FILED_LATE: Proof.REFUSAL_LATE,
    BreachKind.REFUSED_LATE: Proof.REFUSAL_LATE,
    BreachKind.NOT_NOTIFIED: Proof.REFUSAL_NOT_NOTIFIED,
    BreachKind.NOT_RETURNED: Proof.MATERIALS_NOT_RETURNED,
}
"""Of the handler; the director's own delay in deciding proves nothing against the handler."""


class SearchSpan(InvalidInput):
    code = "search_span"
    title = "起止日期须先后有序，且不超过一年。"


@dataclass(frozen=True, slots=True)
class RecordSearch:
    """Asks the domains below as nobody: what is judged is not shown."""

    walker: Walker
    attendance: AttendanceFacts
    cases: CaseFacts
    rejections: BreachFinder
    complaints: ComplaintFacts
    conferences: ConferenceFacts
    inspections: InspectionService
    scores: ScoreFacts

    async def search(self, first: date, last: date) -> Walked:
        """Bring the proposals in line with the records; whole years, since those are counted.

        Raises SearchSpan.
        """
        if not first <= last < first + timedelta(days=LONGEST_DAYS):
            raise SearchSpan
        first = date(first.year, 1, 1)
        await self.walker.discipline.begin_walk()
        facts = [
            *await self._absences(first, last),
            *(_case_fact(fact) for fact in await self.cases.between(first, last)),
            *await self._untold(first, last),
            *await self._breaches(first, last),
            *await self._complaints(first, last),
            *await self._conferences(first, last),
            *await self._findings(first, last),
            *await self._low_months(first, last),
            *await self.walker.admonitions(first, date(last.year, 12, 31)),
        ]
        return await self.walker.walk(facts, first, last, frozenset(Proof))

    async def _absences(self, first: date, last: date) -> list[Fact]:
        return [
            fact
            for month in _months(first, last)
            for person in await self.attendance.of_month(month, _last_of(month))
            for fact in _absences(person.staff_id, person.month.absences)
            if first <= fact.day <= last
        ]

    async def _untold(self, first: date, last: date) -> list[Fact]:
        return [
            Fact(
                proof=Proof.LEFT_UNTOLD,
                source=f"case:{row.event_id}",
                staff_id=row.handler_id,
                day=hall_day(row.at),
                text=f"办件{row.case_number}（{row.item_name}）收到申请材料后在法定期限内既未受理，"
                "也未书面告知，已视为受理（行政许可法 32）",
                window_id=row.window_id,
            )
            for row in await self.cases.left_untold(first, last)
        ]

    async def _breaches(self, first: date, last: date) -> list[Fact]:
        found: list[Fact] = []
        for year in range(first.year, last.year + 1):
            start, end = max(first, date(year, 1, 1)), min(last, date(year, 12, 31))
            for breach in await self.rejections.between(start, end, None):
                found += _breach_fact(breach)
        return found

    async def _complaints(self, first: date, last: date) -> list[Fact]:
        return [
            Fact(
                proof=Proof.COMPLAINT,
                source=f"complaint:{fact.complaint_id}",
                staff_id=fact.staff_id,
                day=fact.day,
                text=f"投诉{fact.complaint_number}经查属实：{fact.label}",
                window_id=fact.window_id,
            )
            for fact in await self.complaints.between(first, last)
            if fact.is_substantiated and fact.staff_id is not None
        ]

    async def _conferences(self, first: date, last: date) -> list[Fact]:
        return [
            Fact(
                proof=Proof.CONFERENCE_ABSENCE,
                source=f"conference:{fact.attendee_id}",
                staff_id=fact.staff_id,
                day=hall_day(fact.held_at),
                text=f"{fact.conference_name}（{fact.conference_number}）缺席，没有请假或说明情况",
            )
            for fact in await self.conferences.absences(first, last)
            if fact.staff_id is not None and fact.held_at is not None
        ]

    async def _findings(self, first: date, last: date) -> list[Fact]:
        return [
            Fact(
                proof=Proof.FINDING,
                source=f"finding:{fact.finding_id}",
                staff_id=staff_id,
                day=fact.day,
                text=f"督查{fact.finding_number}：{self._row(fact.row_code, fact.day)}"
                f"（{fact.count}次）",
                window_id=fact.window_id,
                row=fact.row_code,
            )
            for month in _months(first, last)
            for fact in await self.inspections.facts(month)
            if fact.is_effective and first <= fact.day <= last
            for staff_id in fact.staff_ids
        ]

    def _row(self, code: str, day: date) -> str:
        row = self.walker.rulebook.edition_on(day).row(code)
        return f"{row.label}，{say_article(row.article)}"

    async def _low_months(self, first: date, last: date) -> list[Fact]:
        """Sealed months at or below the limit; the two before, since runs cross the year."""
        since = (first.replace(day=1) - timedelta(days=45)).replace(day=1)
        return [
            fact
            for month in await self.scores.months(SubjectKind.STAFF, since, last)
            for fact in self._low_month(month)
        ]

    def _low_month(self, month: MonthScore) -> Iterable[Fact]:
        score = month.score
        rule = self.walker.rulebook.edition_on(month.month).rule("scoring.low_month")
        if score is None or not rule.is_met_by(score):
            return
        yield Fact(
            proof=Proof.LOW_MONTH,
            source=f"score:{month.month:%Y-%m}",
            staff_id=month.subject_id,
            day=month.month,
            text=f"{month.month:%Y年%m月}考评得分{score}分（{say_article(rule.article)}：{rule.text}）",
            window_id=month.window_ids[0] if month.window_ids else None,
        )


def _case_fact(fact: CaseFact) -> Fact:
    at = say_instant(fact.at.astimezone(HALL_ZONE))
    match fact.kind:
        case CaseFactKind.OVERDUE:
            text = (
                f"办件{fact.case_number}（{fact.item_name}）超过承诺期限{at}，是否属本人责任请核实"
            )
        case CaseFactKind.TOLD_AGAIN:
            text = f"办件{fact.case_number}（{fact.item_name}）于{at}再次告知补正"
        case CaseFactKind.ENTERED_LATE:
            text = f"办件{fact.case_number}（{fact.item_name}）于{at}才录入，超过规定时间"
    return Fact(
        proof=CASE_PROOFS[fact.kind],
        source=f"case:{fact.event_id or fact.case_id}",
        staff_id=fact.handler_id,
        day=fact.day,
        text=text,
        window_id=fact.window_id,
    )


def _breach_fact(found: FoundBreach) -> list[Fact]:
    proof = BREACH_PROOFS.get(found.breach.kind)
    if proof is None:
        return []
    if found.rejection is not None:
        rejection = found.rejection.rejection
        record, staff_id, window_id = rejection.id, rejection.handler_id, rejection.window_id
    else:
        assert found.unfiled is not None
        case = found.unfiled.case
        record, staff_id, window_id = case.id, case.handler_id, case.window_id
    return [
        Fact(
            proof=proof,
            source=f"rejection:{record}/{found.breach.kind}",
            staff_id=staff_id,
            day=found.breach.on,
            text=found.breach.evidence,
            window_id=window_id,
        )
    ]


def _absences(staff_id: UUID, absences: Iterable[Absence]) -> Iterable[Fact]:
    """A day away is one occurrence, though it is two half-days (DISCIPLINE 六(十八): 一次)."""
    by_day: dict[tuple[date, bool], list[Absence]] = defaultdict(list)
    for absence in absences:
        by_day[absence.day, absence.half is None].append(absence)
    for (day, is_repeated), found in by_day.items():
        first = found[0]
        if is_repeated:
            source = f"absence:{day:%Y-%m}/repeated"
            times = len(first.events)
            said = f"{day:%Y年%m月}迟到、早退{times}次，计旷工半天：{_shown_by(first)}"
        else:
            source = f"absence:{day}/{first.half}"
            said = f"{day}" + "；".join(
                f"{one.half.label}旷工半天：{_shown_by(one)}" for one in found if one.half
            )
        yield Fact(
            proof=Proof.ABSENCE,
            source=source,
            staff_id=staff_id,
            day=day,
            text=said,
            window_id=first.window_id,
        )


def _shown_by(absence: Absence) -> str:
    return f"{absence.reason}（{say_article(absence.article)}）"


def _months(first: date, last: date) -> list[date]:
    found = [first.replace(day=1)]
    while month_after(found[-1]) <= last:
        found.append(month_after(found[-1]))
    return found


def _last_of(month: date) -> date:
    return month_after(month) - timedelta(days=1)
