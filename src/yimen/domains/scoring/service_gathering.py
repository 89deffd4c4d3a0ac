"""Facts asked of every domain's service, told as facts about subjects with points to lose."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from yimen.core.clock import HALL_ZONE, hall_day
from yimen.domains.attendance.enums import EventKind
from yimen.domains.attendance.rules_month import Absence
from yimen.domains.attendance.rules_words import clock_text
from yimen.domains.attendance.service_facts import AttendanceFacts
from yimen.domains.cases.service_facts import CaseFact, CaseFactKind, CaseFacts
from yimen.domains.complaints.service import ComplaintFacts
from yimen.domains.inspections.service import FindingFact, InspectionService
from yimen.domains.ratings.service import RatingDesk
from yimen.domains.rejections.enums import BreachKind
from yimen.domains.rejections.service_breaches import BreachFinder, FoundBreach
from yimen.domains.rulebook.enums import TableKind
from yimen.domains.rulebook.rules import Edition
from yimen.domains.scoring.enums import FactSource, RecordKind, SubjectKind
from yimen.domains.scoring.models import ScoreRecord
from yimen.domains.scoring.repository_ledger import LedgerRepository, Place
from yimen.domains.scoring.rules import Fact, Subject
from yimen.domains.scoring.rules_words import say_article, say_times

ONE_DAY = timedelta(days=1)
QUARTER_MONTHS = 3

EVENT_RULES = {
    EventKind.LATE: "points.late",
    EventKind.EARLY_LEAVE: "points.early",
    EventKind.MISSING_ARRIVAL: "points.missing_punch",
    EventKind.MISSING_DEPARTURE: "points.missing_punch",
    EventKind.AWAY: "points.away",
}
EXCUSED = "已作说明并经中心办公室同意，不扣分。"
PART_OF_ABSENCE = "已按旷工半天计算，不另扣分。"

UNSUBSTANTIATED = "经调查不属实，不扣分。"
SET_ASIDE = "该项已撤销或更正，不扣分。"
_FOUND = {True: "经调查属实", False: "经调查不属实"}

OTHERS = {
    TableKind.OFFICES: SubjectKind.OFFICE,
    TableKind.CLEANERS: SubjectKind.CLEANER,
    TableKind.GUARDS: SubjectKind.GUARD,
}
"""As whom the subjects of these tables are scored."""

CASE_RULES = {
    CaseFactKind.OVERDUE: "points.overdue_case",
    CaseFactKind.TOLD_AGAIN: "points.second_supplement",
    CaseFactKind.ENTERED_LATE: "points.late_entry",
}


class Span(NamedTuple):
    """A month from its first day to its last."""

    first: date
    last: date

    @classmethod
    def of(cls, month: date) -> "Span":
        following = (month.replace(day=1) + timedelta(days=32)).replace(day=1)
        return cls(month.replace(day=1), following - ONE_DAY)

    @property
    def quarter_begins(self) -> date:
        """The first day of the quarter that ends with this month; else none of its days."""
        return self.first.replace(month=self.first.month - QUARTER_MONTHS + 1)

    @property
    def ends_quarter(self) -> bool:
        return self.first.month % QUARTER_MONTHS == 0


class Gatherer:
    """Asks the domains below for what they prove of a month."""

    def __init__(
        self,
        ledger: LedgerRepository,
        *,
        attendance: AttendanceFacts,
        cases: CaseFacts,
        complaints: ComplaintFacts,
        inspections: InspectionService,
        ratings: RatingDesk,
        rejections: BreachFinder,
        now: datetime,
    ) -> None:
        self.ledger = ledger
        self.attendance = attendance
        self.cases = cases
        self.complaints = complaints
        self.inspections = inspections
        self.ratings = ratings
        self.rejections = rejections
        self.now = now

    async def gather(
        self, month: Span, sources: Collection[FactSource], edition: Edition
    ) -> list[Fact]:
        """The facts of some sources for a month, as the records are now."""
        places = {place.window_id: place for place in await self.ledger.places(*month)}
        facts: list[Fact] = []
        if FactSource.ATTENDANCE in sources:
            facts += await self._attendance(month)
        if FactSource.CASES in sources:
            facts += await self._cases(month, places)
        if FactSource.COMPLAINTS in sources:
            facts += await self._complaints(month, places)
        if FactSource.INSPECTIONS in sources:
            facts += await self._inspections(month, places, edition)
        if FactSource.RATINGS in sources:
            facts += await self._ratings(month)
        if FactSource.REJECTIONS in sources:
            facts += await self._rejections(month, places)
        if FactSource.RECORDS in sources:
            facts += await self._records(month, edition)
        return facts

    async def _attendance(self, month: Span) -> list[Fact]:
        facts = []
        for person in await self.attendance.of_month(*month):
            subject = Subject(SubjectKind.STAFF, person.staff_id)
            for event in person.month.events:
                why_not = None
                if not event.counts:
                    why_not = EXCUSED if event.excused_by else PART_OF_ABSENCE
                at = f"（{clock_text(event.at)}打卡）" if event.at is not None else ""
                lasted = f"{event.minutes}分钟" if event.minutes else ""
                facts.append(
                    Fact(
                        source=FactSource.ATTENDANCE,
                        source_id=f"{event.day}/{event.half}/{event.kind}",
                        subject=subject,
                        day=event.day,
                        rule=EVENT_RULES[event.kind],
                        count=1,
                        evidence=f"{_say(event.day)}{event.half.label}"
                        f"{event.kind.label}{lasted}{at}",
                        why_not=why_not,
                    )
                )
            for absence in person.month.absences:
                half = absence.half
                facts.append(
                    Fact(
                        source=FactSource.ATTENDANCE,
                        source_id="repeated" if half is None else f"{absence.day}/{half}/absence",
                        subject=subject,
                        day=absence.day,
                        rule="points.half_day_absence",
                        count=1,
                        evidence=_absence_evidence(absence),
                    )
                )
        return facts

    async def _cases(self, month: Span, places: Mapping[UUID, Place]) -> list[Fact]:
        return [
            Fact(
                source=FactSource.CASES,
                source_id=str(fact.event_id or fact.case_id),
                subject=places[fact.window_id].subject,
                day=fact.day,
                rule=CASE_RULES[fact.kind],
                count=1,
                evidence=_case_evidence(fact),
            )
            for fact in await self.cases.between(*month)
            if fact.window_id in places
        ]

    async def _complaints(self, month: Span, places: Mapping[UUID, Place]) -> list[Fact]:
        """A substantiated complaint hits the person and the window (domain.md §8)."""
        facts = []
        for complaint in await self.complaints.between(*month):
            hit = []
            if complaint.window_id is not None and complaint.window_id in places:
                hit.append(places[complaint.window_id].subject)
            if complaint.staff_id is not None:
                hit.append(Subject(SubjectKind.STAFF, complaint.staff_id))
            facts += [
                Fact(
                    source=FactSource.COMPLAINTS,
                    source_id=str(complaint.complaint_id),
                    subject=subject,
                    day=complaint.day,
                    rule="points.complaint",
                    count=1,
                    evidence=f"{_say(complaint.day)}投诉{complaint.complaint_number}"
                    f"（{complaint.label}）{_FOUND[complaint.is_substantiated]}",
                    why_not=None if complaint.is_substantiated else UNSUBSTANTIATED,
                )
                for subject in hit
            ]
        return facts

    async def _inspections(
        self, month: Span, places: Mapping[UUID, Place], edition: Edition
    ) -> list[Fact]:
        """A hygiene finding hits the window and the person alike; row 15 the window only."""
        facts = []
        for finding in await self.inspections.facts(month.first):
            row = edition.row(finding.row_code)
            where = "" if finding.note is None else f"（{finding.note}）"
            facts += [
                Fact(
                    source=FactSource.INSPECTIONS,
                    source_id=str(finding.finding_id),
                    subject=subject,
                    day=finding.day,
                    rule=finding.row_code,
                    count=finding.count,
                    evidence=f"{_say(finding.day)}督查{finding.finding_number}发现"
                    f"“{row.label}”问题{say_times(row.code, finding.count)}{where}",
                    why_not=None if finding.is_effective else finding.reason or SET_ASIDE,
                )
                for subject in _hit_by(finding, places)
            ]
        return facts

    async def _ratings(self, month: Span) -> list[Fact]:
        return [
            Fact(
                source=FactSource.RATINGS,
                source_id=str(bad.rating_id),
                subject=Subject(SubjectKind.STAFF, bad.handler_id),
                day=hall_day(bad.rated_at),
                rule="points.bad_rating",
                count=1,
                evidence=f"办件{bad.case_number}被评为“{bad.level.label}”，经回访核实属实",
            )
            for bad in await self.ratings.confirmed_bad(*month)
        ]

    async def _rejections(self, month: Span, places: Mapping[UUID, Place]) -> list[Fact]:
        facts = []
        for found in await self.rejections.between(*month, None):
            window_id = _window_of(found)
            if found.breach.kind is BreachKind.NOT_FILED and window_id in places:
                facts.append(
                    Fact(
                        source=FactSource.REJECTIONS,
                        source_id=str(_thing_of(found)),
                        subject=places[window_id].subject,
                        day=found.breach.on,
                        rule="points.refusal_not_filed",
                        count=1,
                        evidence=_breach_evidence(found),
                    )
                )
        return facts

    async def _records(self, month: Span, edition: Edition) -> list[Fact]:
        facts = [
            Fact(
                source=FactSource.RECORDS,
                source_id=str(record.id),
                subject=Subject(record.subject_kind, record.subject_id),
                day=record.day,
                rule=rule,
                count=1,
                evidence=f"{_say(record.day)}{record.kind.label}：{record.title}",
            )
            for kind, rule in (
                (RecordKind.COMMENDATION, "points.commendation"),
                (RecordKind.STAFF_CHANGE, "points.staff_change"),
            )
            for record in await self.ledger.records(kind, *month)
        ]
        if hall_day(self.now) > month.last:
            facts += await self._short_of_articles(month, edition)
            facts += await self._without_visit(month, edition)
        return facts

    async def _short_of_articles(self, month: Span, edition: Edition) -> list[Fact]:
        """Windows that handed in too little, once a register of articles is kept (NEWS 三)."""
        if not await self.ledger.has_record_by(RecordKind.ARTICLE, month.last):
            return []
        wanted = edition.integer("news.monthly_articles")
        given = _count(await self.ledger.records(RecordKind.ARTICLE, *month))
        return [
            Fact(
                source=FactSource.RECORDS,
                source_id=f"articles/{month.first:%Y-%m}",
                subject=subject,
                day=month.last,
                rule="points.information",
                count=wanted - given[subject],
                evidence=f"{month.first.month}月应交信息{wanted}篇，实交{given[subject]}篇",
            )
            for subject in await self._there_throughout(*month)
            if given[subject] < wanted
        ]

    async def _without_visit(self, month: Span, edition: Edition) -> list[Fact]:
        """Windows that no leader of the department saw in the quarter (LIAISON 六).

        An agency is no department (LIAISON 一).
        """
        if not month.ends_quarter or not await self.ledger.has_record_by(
            RecordKind.LEADER_VISIT, month.last
        ):
            return []
        begins = month.quarter_begins
        seen = _count(await self.ledger.records(RecordKind.LEADER_VISIT, begins, month.last))
        quarter = month.first.month // QUARTER_MONTHS
        enough = edition.rule("liaison.quarterly_visits")
        return [
            Fact(
                source=FactSource.RECORDS,
                source_id=f"visits/{month.first:%Y}-{quarter}",
                subject=subject,
                day=month.last,
                rule="points.leader_visit",
                count=1,
                evidence=f"第{quarter}季度没有部门领导到窗口看望的记录",
            )
            for subject in await self._there_throughout(begins, month.last)
            if subject.kind is SubjectKind.WINDOW and not enough.is_met_by(seen[subject])
        ]

    async def _there_throughout(self, first: date, last: date) -> list[Subject]:
        """Who was there from the first day to the last; others could not do it all."""
        at_first, at_last = (
            await self.ledger.places(first, first),
            await self.ledger.places(last, last),
        )
        return sorted({one.subject for one in at_first} & {one.subject for one in at_last})


def _hit_by(finding: FindingFact, places: Mapping[UUID, Place]) -> list[Subject]:
    """Whom a finding costs points (HYGIENE 附件: 检查时窗口和个人同时扣分)."""
    if finding.subject_id is not None:
        return [Subject(OTHERS[finding.kind], finding.subject_id)]
    hit = [Subject(SubjectKind.STAFF, staff_id) for staff_id in finding.staff_ids]
    window_id = finding.window_id
    if finding.kind is TableKind.WINDOWS and window_id is not None and window_id in places:
        hit.append(places[window_id].subject)
    return hit


def _count(records: Sequence[ScoreRecord]) -> Counter[Subject]:
    return Counter(Subject(record.subject_kind, record.subject_id) for record in records)


def _say(day: date) -> str:
    return f"{day.month}月{day.day}日"


def _say_day_of(at: datetime) -> str:
    return _say(at.astimezone(HALL_ZONE).date())


def _absence_evidence(absence: Absence) -> str:
    article = say_article(absence.article)
    if absence.half is None:
        times = len(absence.events)
        return f"当月迟到、早退已达{times}次（{absence.reason}），按{article}计旷工半天"
    return f"{_say(absence.day)}{absence.half.label}{absence.reason}，按{article}计旷工半天"


def _case_evidence(fact: CaseFact) -> str:
    what = f"办件{fact.case_number}（{fact.item_name}）"
    match fact.kind:
        case CaseFactKind.OVERDUE:
            ended = (
                "到期未办结" if fact.decided_at is None else f"{_say_day_of(fact.decided_at)}才办结"
            )
            return f"{what}应于{_say(fact.day)}办结，{ended}"
        case CaseFactKind.TOLD_AGAIN:
            return f"{what}于{_say(fact.day)}再次通知补正，没有一次告知清楚"
        case CaseFactKind.ENTERED_LATE:
            return f"{what}于{_say(fact.day)}才补录，超过规定时间"


def _thing_of(found: FoundBreach) -> UUID:
    if found.rejection is not None:
        return found.rejection.rejection.id
    assert found.unfiled is not None
    return found.unfiled.case.id


def _window_of(found: FoundBreach) -> UUID:
    if found.rejection is not None:
        return found.rejection.rejection.window_id
    assert found.unfiled is not None
    return found.unfiled.case.window_id


def _breach_evidence(found: FoundBreach) -> str:
    if found.unfiled is None:
        return f"{found.breach.kind.label}：{found.breach.evidence}"
    case = found.unfiled.case
    return f"办件{case.case_number}（{case.item_name}）{found.breach.evidence}"
