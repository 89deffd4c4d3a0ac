"""Reading scores: boards, explanations, trends, years, and what would be if; nothing is written."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from fractions import Fraction
from uuid import UUID

from yimen.core.caller import Caller
from yimen.core.clock import hall_day
from yimen.core.errors import FieldProblem, InvalidInput, NotFound
from yimen.core.pagination import Page
from yimen.domains.rulebook.service import RulebookService
from yimen.domains.scoring.access import sees_colleagues
from yimen.domains.scoring.enums import WITH_STAFF, FactSource, SubjectKind
from yimen.domains.scoring.models import ScoreMonth, ScoreTotal
from yimen.domains.scoring.repository import EntryRow, ScoreRepository
from yimen.domains.scoring.repository_standing import TotalRow
from yimen.domains.scoring.rules import (
    Fact,
    Line,
    Posting,
    ScoreCard,
    Subject,
    explain,
    mean_of,
    month_of,
    own_scores,
    points_text,
    post,
    score_text,
    shown,
    year_of_person,
    year_of_window,
)
from yimen.domains.scoring.rules_card import card_of, is_low_month
from yimen.domains.scoring.rules_words import (
    say_base,
    say_line,
    say_remedy,
    say_window_formula,
)
from yimen.domains.scoring.schemas import (
    BoardQuery,
    DeductionRead,
    EffectRead,
    ExplanationLine,
    ExplanationRead,
    MemberRead,
    RuleList,
    RuleRead,
    ScoreRead,
    SupposedFact,
    TrendQuery,
    TrendRead,
    WhatIfRead,
    WhatIfWish,
    YearRead,
)

SUPPOSED = "试算："
NOT_RATED = "本月没有工作人员在窗口服务，缺少人员得分，不予评定。"


class ScoreNotFound(NotFound):
    code = "score_not_found"
    title = "没有找到该对象这个月的考评得分，或者您无权查看。"


class ScoreService:
    """Scores as one caller may see them."""

    def __init__(
        self, scores: ScoreRepository, rulebook: RulebookService, caller: Caller, now: datetime
    ) -> None:
        self.scores = scores
        self.rulebook = rulebook
        self.caller = caller
        self.now = now

    async def board(self, query: BoardQuery) -> Page[ScoreRead]:
        """A month's scores that the caller may see, the highest first."""
        month = month_from(query.month) if query.month else hall_day(self.now).replace(day=1)
        rows, cursor, total = await self.scores.board(query, month, self.caller)
        return Page(items=[show_score(row) for row in rows], next_cursor=cursor, total=total)

    async def find(self, subject: Subject, month: date, version_no: int | None = None) -> TotalRow:
        """A subject's month that the caller may see; raises ScoreNotFound."""
        row = await self.scores.find(subject, month, self.caller, version_no)
        if row is None:
            raise ScoreNotFound
        return row

    async def explanation(
        self, subject: Subject, month: date, version_no: int | None = None
    ) -> ExplanationRead:
        """A score line by line, in its newest version or a certain one."""
        row = await self.find(subject, month, version_no)
        total = row.total
        card = self.card(row.month)
        entries = await self.scores.entries(month, total.version_no, subject)
        ids = {id(entry.posting): entry.id for entry in entries}
        lines = [
            (show_line(line, row.month, card, ids.get(id(line.posting))), line.posting)
            for line in explain([entry.posting for entry in entries], card)
        ]
        sealed = {each.version_no: each for each in await self.scores.versions(month)}
        version = sealed.get(total.version_no)
        return ExplanationRead(
            score=show_score(row),
            base=points_text(card.base),
            edition_code=card.edition_code,
            posted_at=row.month.posted_at,
            formula=_formula(total, card),
            lines=[shown_line for shown_line, posting in lines if posting.taken],
            not_counted=[
                shown_line for shown_line, posting in lines if posting.taken != posting.asked
            ],
            members=await self._members(total),
            digest=None if version is None else version.digest,
        )

    async def _members(self, total: ScoreTotal) -> list[MemberRead]:
        if total.subject_kind not in WITH_STAFF:
            return []
        return [
            MemberRead(staff_id=member.subject_id, name=member.name, score=points_text(member.own))
            for member in await self.scores.members(total)
            if sees_colleagues(self.caller) or member.subject_id == self.caller.staff_id
        ]

    async def trend(self, subject: Subject, query: TrendQuery) -> TrendRead:
        """A subject's months; raises ScoreNotFound when there is none to see."""
        rows = await self.scores.months_of(
            subject, month_from(query.first), month_from(query.last), self.caller
        )
        if not rows:
            raise ScoreNotFound
        return TrendRead(items=[show_score(row) for row in rows])

    async def rules(self, month: date) -> RuleList:
        """All rules by which a month is judged."""
        row = await self.scores.month(month)
        card = card_of(self.rulebook.edition_on(month)) if row is None else self.card(row)
        return RuleList(
            items=[
                RuleRead(
                    rule=rate.code,
                    label=rate.label,
                    indicator=rate.indicator,
                    indicator_label=rate.indicator.label,
                    each=points_text(rate.points),
                    cap=None if rate.cap is None else points_text(rate.cap),
                    article=rate.article,
                    basis=rate.basis,
                    basis_label=rate.basis.label,
                )
                for rate in card.rates.values()
            ]
        )

    # What if

    async def what_if(self, subject: Subject, month: date, wish: WhatIfWish) -> WhatIfRead:
        """What the month would come to without some entries, or with some more; saves nothing."""
        row = await self.find(subject, month)
        card = self.card(row.month)
        entries = await self.scores.entries(month, row.total.version_no, subject)
        facts = _supposed_facts(entries, subject, wish, card)
        postings = post(facts, card)
        own = own_scores(postings, card, [subject])[subject]
        after, windows = await self._effects(row.total, own, card)
        before = score_of(row.total)
        return WhatIfRead(
            before=score_text(before),
            after=score_text(after),
            is_low_before=self._is_low(row, before),
            is_low_after=self._is_low(row, after),
            lines=[show_line(line, row.month, card, None) for line in explain(postings, card)],
            windows=windows,
        )

    async def _effects(
        self, total: ScoreTotal, own: int, card: ScoreCard
    ) -> tuple[Fraction | None, list[EffectRead]]:
        """The score with another own part, and what becomes of the windows it goes into."""
        subject = Subject(total.subject_kind, total.subject_id)
        if total.subject_kind in WITH_STAFF:
            members = await self.scores.members(total)
            scores = {Subject(SubjectKind.STAFF, each.subject_id): each.own for each in members}
            return month_of(subject, scores | {subject: own}, total.staff_ids, card), []
        windows = []
        for window in await self.scores.windows_with(total):
            assert window.staff_sum is not None
            changed = Fraction(window.staff_sum + own - total.own, len(window.staff_ids))
            score = (changed * card.staff_weight + window.own * card.own_weight) / 100
            windows.append(
                EffectRead(
                    kind=window.subject_kind,
                    subject_id=window.subject_id,
                    name=window.name,
                    before=score_text(score_of(window)),
                    after=score_text(score),
                )
            )
        return Fraction(own), windows

    def _is_low(self, row: TotalRow, score: Fraction | None) -> bool:
        points = shown(score)
        is_staff = row.total.subject_kind is SubjectKind.STAFF
        edition = self.rulebook.edition(row.month.edition_code)
        return is_staff and points is not None and is_low_month(points, edition)

    # Years

    async def year(self, subject: Subject, year: int) -> YearRead:
        """A subject's year from the months as they stand; raises ScoreNotFound."""
        first, last = date(year, 1, 1), date(year, 12, 1)
        rows = await self.scores.months_of(subject, first, last, self.caller)
        if not rows:
            raise ScoreNotFound
        months = [score_of(row.total) for row in rows]
        staff: Fraction | None = None
        review: Fraction | None = None
        score = year_of_person(months)
        if subject.kind in WITH_STAFF:
            staff = await self._staff_year(rows, first, last)
            points = (await self.scores.reviews(year, [subject.id])).get(subject.id)
            review = None if points is None else Fraction(points)
            card = self.card(rows[-1].month)
            score = year_of_window([staff], months, review, card)
        return YearRead(
            kind=subject.kind,
            subject_id=subject.id,
            year=year,
            score=score_text(score),
            is_rated=score is not None,
            why_not_rated=None if score is not None else why_no_year(staff, review),
            months=[show_score(row) for row in rows],
            unsealed_months=[
                f"{row.month.month:%Y-%m}" for row in rows if row.month.state != "sealed"
            ],
            staff_mean=score_text(staff),
            months_mean=score_text(mean_of(months)),
            review=score_text(review),
        )

    async def _staff_year(
        self, rows: Sequence[TotalRow], first: date, last: date
    ) -> Fraction | None:
        """The mean of the annual scores of all who served there in the year (APPRAISE 三)."""
        ids = {staff_id for row in rows for staff_id in row.total.staff_ids}
        by_person: dict[UUID, list[Fraction | None]] = {}
        for total, _ in await self.scores.months_of_many(SubjectKind.STAFF, ids, first, last):
            by_person.setdefault(total.subject_id, []).append(score_of(total))
        return mean_of(year_of_person(months) for months in by_person.values())

    def card(self, month: ScoreMonth) -> ScoreCard:
        """What a month is judged by."""
        return card_of(self.rulebook.edition(month.edition_code))


def month_from(text: str) -> date:
    """``2026-03`` as its first day."""
    return date.fromisoformat(f"{text}-01")


def score_of(total: ScoreTotal) -> Fraction | None:
    """A subject's exact month in hundredths; none when not rated."""
    return None if total.numerator is None else Fraction(total.numerator, total.denominator)


def show_score(row: TotalRow) -> ScoreRead:
    """A month as it is read."""
    total, month = row.total, row.month
    score = score_of(total)
    mean = None
    if total.staff_sum is not None and total.staff_ids:
        mean = Fraction(total.staff_sum, len(total.staff_ids))
    return ScoreRead(
        kind=total.subject_kind,
        kind_label=total.subject_kind.label,
        subject_id=total.subject_id,
        number=total.number,
        name=total.name,
        department_id=total.department_id,
        department_name=row.department_name,
        month=f"{total.month:%Y-%m}",
        version_no=total.version_no,
        state=month.state,
        state_label=month.state.label,
        score=score_text(score),
        is_rated=score is not None,
        why_not_rated=None if score is not None else NOT_RATED,
        own_score=points_text(total.own),
        staff_mean=score_text(mean),
        staff_count=len(total.staff_ids),
        rank=None if score is None else row.rank,
        deductions=[
            DeductionRead(
                indicator=indicator,
                indicator_label=indicator.label,
                taken=points_text(taken),
            )
            for indicator, taken in row.taken.items()
        ],
    )


def show_line(
    line: Line, month: ScoreMonth, card: ScoreCard, entry_id: int | None
) -> ExplanationLine:
    """One entry, told."""
    posting = line.posting
    fact, rate = posting.fact, posting.rate
    return ExplanationLine(
        entry_id=None if entry_id is None else str(entry_id),
        day=fact.day,
        rule=rate.code,
        rule_label=rate.label,
        indicator=rate.indicator,
        indicator_label=rate.indicator.label,
        count=fact.count,
        each=points_text(rate.points),
        asked=points_text(posting.asked),
        room=None if posting.room is None else points_text(posting.room),
        taken=points_text(posting.taken),
        score_before=points_text(line.before),
        score_after=points_text(line.after),
        article=rate.article,
        basis=rate.basis,
        basis_label=rate.basis.label,
        evidence=fact.evidence,
        source=fact.source,
        source_label=fact.source.label,
        source_id=fact.source_id,
        counts=posting.taken != 0,
        why_not=fact.why_not,
        text=say_line(line),
        remedy=say_remedy(line, month.state, card),
    )


def _formula(total: ScoreTotal, card: ScoreCard) -> str:
    own = say_base(total.subject_kind, card, total.own)
    if total.subject_kind not in WITH_STAFF:
        return own
    return own + say_window_formula(
        total.subject_kind,
        card,
        own=total.own,
        staff_sum=total.staff_sum,
        staff_count=len(total.staff_ids),
        score=score_of(total),
    )


def _supposed_facts(
    entries: Iterable[EntryRow], subject: Subject, wish: WhatIfWish, card: ScoreCard
) -> list[Fact]:
    known = {str(entry.id): entry.posting for entry in entries}
    unknown = [place for place, each in enumerate(wish.leave_out) if each not in known]
    problems = [
        FieldProblem(f"/leave_out/{place}", "unknown_entry", "这个月的台账没有该条目。")
        for place in unknown
    ]
    problems += [
        FieldProblem(f"/add/{place}/rule", "unknown_rule", "本月的制度版本没有该扣分项。")
        for place, each in enumerate(wish.add)
        if each.rule not in card.rates
    ]
    if problems:
        raise InvalidInput(errors=problems)
    left_out = set(wish.leave_out)
    kept: list[Posting] = [posting for key, posting in known.items() if key not in left_out]
    return [
        *(posting.fact for posting in kept),
        *(_supposed(place, each, subject) for place, each in enumerate(wish.add)),
    ]


def _supposed(place: int, wish: SupposedFact, subject: Subject) -> Fact:
    return Fact(
        source=FactSource.RECORDS,
        source_id=f"supposed/{place:03}",
        subject=subject,
        day=wish.day,
        rule=wish.rule,
        count=wish.count,
        evidence=f"{SUPPOSED}{wish.day.month}月{wish.day.day}日的假定事实",
    )


def why_no_year(staff: Fraction | None, review: Fraction | None) -> str:
    missing = [
        name for name, value in (("人员年度得分", staff), ("综合评议得分", review)) if value is None
    ] or ["月度得分"]
    return f"缺少{'、'.join(missing)}，不予评定（不是零分）。"
