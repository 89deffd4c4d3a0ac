"""The money of information work: a statement for office and director. It pays and imposes nothing.

It is reckoned from the records as they are: an article or adoption taken back is in it no more.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TypeVar
from uuid import UUID

from yimen.core.clock import hall_day
from yimen.core.pagination import Page, PageQuery, decode_cursor, encode_cursor
from yimen.domains.news.enums import RULE_OF_MERIT, Grouping, MeritKind, MoneyKind
from yimen.domains.news.repository import MeritRow, NewsRepository, Place
from yimen.domains.news.rules import Merit, Reward, penalty, rewards
from yimen.domains.news.schemas import MoneyLine, MoneyQuery, MoneyTotal, TotalQuery
from yimen.domains.rulebook.rules import Edition
from yimen.domains.rulebook.service import RulebookService
from yimen.domains.scoring.enums import FactSource
from yimen.domains.scoring.rules import Fact
from yimen.domains.scoring.service import month_from
from yimen.domains.scoring.service_gathering import Gatherer, Span

Shown = TypeVar("Shown", MoneyLine, MoneyTotal)

SHORT = "points.information"
"""Under which rule the score tells that a window handed in too little."""


class MoneyService:
    """What comes to whom, and why."""

    def __init__(
        self, news: NewsRepository, gatherer: Gatherer, rulebook: RulebookService, now: datetime
    ) -> None:
        self.news = news
        self.gatherer = gatherer
        self.rulebook = rulebook
        self.now = now

    async def lines(self, query: MoneyQuery) -> Page[MoneyLine]:
        """Each sum, by month, department and window. Raises NoEditionInForce.

        What is missing is known only when the month is over.
        """
        return _page_of(await self._lines(query), query, _order_of_line)

    async def totals(self, query: TotalQuery) -> Page[MoneyTotal]:
        """What the lines come to for each recipient or department. Raises NoEditionInForce."""
        by_recipient = query.by is Grouping.RECIPIENT
        groups: dict[tuple[object, ...], list[MoneyLine]] = {}
        for line in await self._lines(query):
            who = (line.subject_id, line.author_id) if by_recipient else (line.department_id,)
            groups.setdefault(who, []).append(line)
        totals = [_total_of(lines, by_recipient=by_recipient) for lines in groups.values()]
        return _page_of(totals, query, _order_of_total)

    async def _lines(self, query: MoneyQuery) -> list[MoneyLine]:
        found: list[MoneyLine] = []
        for month in _months_of(query.period):
            if month <= hall_day(self.now):
                found += await self._month(month)
        return [
            line
            for line in found
            if query.department_id in (None, line.department_id)
            and query.author_id in (None, line.author_id)
        ]

    async def _month(self, month: date) -> list[MoneyLine]:
        span = Span.of(month)
        edition = self.rulebook.edition_on(month)
        facts = await self.gatherer.gather(span, {FactSource.RECORDS}, edition)
        short = [fact for fact in facts if fact.rule == SHORT]
        rows = {
            row.merit.id: row for row in await self.news.of_articles_honoured(span.first, span.last)
        }
        subjects = {fact.subject.id for fact in short}
        subjects |= {row.article.subject_id for row in rows.values()}
        places = await self.news.places(subjects)
        return [
            *(_missing(fact, edition, places) for fact in short),
            *(
                _rewarded(reward, rows[reward.merit.id], edition, places)
                for reward in rewards(self._merit(row) for row in rows.values())
                if reward.merit.day >= span.first
            ),
        ]

    def _merit(self, row: MeritRow) -> Merit:
        merit = row.merit
        return Merit(
            id=merit.id,
            article_id=merit.article_id,
            kind=merit.kind,
            level=merit.level,
            day=merit.day,
            rate=self.rulebook.edition_on(merit.day).yuan(RULE_OF_MERIT[merit.kind][merit.level]),
        )


def _months_of(period: str) -> Sequence[date]:
    """A month, or those of a year."""
    if "-" in period:
        return [month_from(period)]
    return [date(int(period), month, 1) for month in range(1, 13)]


def _missing(fact: Fact, edition: Edition, places: Mapping[UUID, Place]) -> MoneyLine:
    rule = edition.rule("news.missing_article")
    rate = edition.yuan(rule.code)
    place = places[fact.subject.id]
    return MoneyLine(
        month=f"{fact.day:%Y-%m}",
        kind=MoneyKind.MISSING,
        kind_label=MoneyKind.MISSING.label,
        department_id=place.department_id,
        department_name=place.department_name,
        subject_kind=fact.subject.kind,
        subject_id=fact.subject.id,
        subject_number=place.number,
        subject_name=place.name,
        author_id=None,
        author_name=None,
        article_id=None,
        merit_id=None,
        evidence=fact.evidence,
        count=fact.count,
        rule=rule.code,
        rate=_yuan(rate),
        amount=_yuan(penalty(fact.count, rate)),
        article=rule.article,
        basis=rule.basis,
        edition_code=edition.code,
    )


def _rewarded(
    reward: Reward, row: MeritRow, edition: Edition, places: Mapping[UUID, Place]
) -> MoneyLine:
    merit, article = row.merit, row.article
    rule = edition.rule(RULE_OF_MERIT[merit.kind][merit.level])
    kind = MoneyKind(merit.kind)
    place = places[article.subject_id]
    return MoneyLine(
        month=f"{merit.day:%Y-%m}",
        kind=kind,
        kind_label=kind.label,
        department_id=place.department_id,
        department_name=place.department_name,
        subject_kind=article.subject_kind,
        subject_id=article.subject_id,
        subject_number=place.number,
        subject_name=place.name,
        author_id=merit.author_id,
        author_name=row.author_name,
        article_id=article.id,
        merit_id=merit.id,
        evidence=_why(reward, row),
        count=1,
        rule=rule.code,
        rate=_yuan(reward.merit.rate),
        amount=_yuan(reward.amount),
        article=rule.article,
        basis=rule.basis,
        edition_code=edition.code,
    )


def _why(reward: Reward, row: MeritRow) -> str:
    merit = row.merit
    day = f"{merit.day.month}月{merit.day.day}日"
    what = "采用" if merit.kind is MeritKind.ADOPTION else "批示"
    before = ""
    if reward.before:
        highest = "" if reward.amount else "，不高于此前级别，不另奖"
        before = f"，该稿此前{what}已奖{_yuan(reward.before)}元{highest}"
    return f"“{row.article.title}”{day}由{merit.source}{what}（{merit.level.label}）{before}"


def _total_of(lines: Sequence[MoneyLine], *, by_recipient: bool) -> MoneyTotal:
    one = lines[0]
    fines = [line for line in lines if line.kind is MoneyKind.MISSING]
    paid = [line for line in lines if line.kind is not MoneyKind.MISSING]
    return MoneyTotal(
        department_id=one.department_id,
        department_name=one.department_name,
        subject_kind=one.subject_kind if by_recipient else None,
        subject_id=one.subject_id if by_recipient else None,
        subject_number=one.subject_number if by_recipient else None,
        subject_name=one.subject_name if by_recipient else None,
        author_id=one.author_id if by_recipient else None,
        author_name=one.author_name if by_recipient else None,
        line_count=len(lines),
        reward=_yuan(_sum(paid)),
        penalty=_yuan(_sum(fines)),
    )


def _sum(lines: Iterable[MoneyLine]) -> Decimal:
    return sum((Decimal(line.amount) for line in lines), Decimal(0))


def _yuan(amount: Decimal) -> str:
    return f"{amount:.2f}"


def _order_of_line(line: MoneyLine) -> list[str]:
    return [line.month, line.subject_number, str(line.subject_id), str(line.merit_id or "")]


def _order_of_total(total: MoneyTotal) -> list[str]:
    ids = total.department_id, total.subject_id or "", total.author_id or ""
    return [total.subject_number or "", *map(str, ids)]


def _page_of(
    found: Iterable[Shown], query: PageQuery, order: Callable[[Shown], list[str]]
) -> Page[Shown]:
    """A page of what was reckoned; the cursor names the last row shown."""
    rows = sorted(found, key=order)
    total = len(rows) if query.with_total else None
    if query.cursor is not None:
        last = decode_cursor(query.cursor, (str, str, str, str))
        rows = [row for row in rows if order(row) > last]
    shown = rows[: query.limit]
    more = len(rows) > query.limit
    return Page(
        items=shown, next_cursor=encode_cursor(order(shown[-1])) if more else None, total=total
    )
