"""Scores as facts for the domains above: asked by discipline and awards, shown to nobody."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from yimen.domains.rulebook.rules import Edition
from yimen.domains.scoring.enums import WITH_STAFF, MonthState, SubjectKind
from yimen.domains.scoring.models import ScoreTotal
from yimen.domains.scoring.repository import ScoreRepository
from yimen.domains.scoring.rules import mean_of, shown, year_of_person, year_of_window
from yimen.domains.scoring.rules_card import card_of
from yimen.domains.scoring.service import score_of, why_no_year


@dataclass(frozen=True, slots=True)
class MonthScore:
    """One subject's month as it stands."""

    kind: SubjectKind
    subject_id: UUID
    number: str
    name: str
    department_id: UUID | None
    window_ids: tuple[UUID, ...]
    month: date
    """Its first day."""
    version_no: int
    is_sealed: bool
    exact: Fraction | None
    """In hundredths; none when not rated."""

    @property
    def score(self) -> Decimal | None:
        """With two decimals, half up."""
        return shown(self.exact)


@dataclass(frozen=True, slots=True)
class YearScore:
    """One subject's year from its sealed months."""

    kind: SubjectKind
    subject_id: UUID
    number: str
    name: str
    department_id: UUID | None
    exact: Fraction | None
    """In hundredths; none when not rated."""
    why_not: str | None
    months: Mapping[date, Fraction | None]


class ScoreFacts:
    """Reads stored totals; computes nothing but means."""

    def __init__(self, scores: ScoreRepository) -> None:
        self.scores = scores

    async def months(
        self,
        kind: SubjectKind,
        first: date,
        last: date,
        *,
        ids: Collection[UUID] | None = None,
        sealed_only: bool = True,
    ) -> list[MonthScore]:
        """Months from that of ``first`` to that of ``last``, by subject and month.

        An amended month is told in its newest version: the event ``score.amended`` names whom it
        concerns, so that what rests on the older one is walked forward again.
        """
        span = first.replace(day=1), last.replace(day=1)
        return [
            MonthScore(
                kind=total.subject_kind,
                subject_id=total.subject_id,
                number=total.number,
                name=total.name,
                department_id=total.department_id,
                window_ids=tuple(total.window_ids),
                month=total.month,
                version_no=total.version_no,
                is_sealed=month.state is MonthState.SEALED,
                exact=score_of(total),
            )
            for total, month in await self.scores.months_of_many(kind, ids, *span)
            if month.state is MonthState.SEALED or not sealed_only
        ]

    async def years(
        self, kind: SubjectKind, year: int, *, sealed_only: bool = True
    ) -> dict[UUID, Fraction | None]:
        """The mean of each subject's months of a year, exact, in hundredths."""
        by_subject: dict[UUID, list[Fraction | None]] = {}
        for each in await self.months(
            kind, date(year, 1, 1), date(year, 12, 1), sealed_only=sealed_only
        ):
            by_subject.setdefault(each.subject_id, []).append(each.exact)
        return {who: year_of_person(months) for who, months in by_subject.items()}

    async def open_months(self, year: int) -> list[date]:
        """The months of a year that are kept and not sealed: they are in no annual score yet."""
        months = await self.scores.months_of_year(year)
        return sorted(row.month for row in months if row.state is not MonthState.SEALED)

    async def annual(self, kind: SubjectKind, year: int, edition: Edition) -> list[YearScore]:
        """The year of every subject of a kind, by number: people and guards by the mean of their
        months, windows and agencies by staff, months and review (APPRAISE 三).
        """
        span = date(year, 1, 1), date(year, 12, 1)
        rows: dict[UUID, list[ScoreTotal]] = {}
        for total, month in await self.scores.months_of_many(kind, None, *span):
            if month.state is MonthState.SEALED:
                rows.setdefault(total.subject_id, []).append(total)
        people: dict[UUID, Fraction | None] = {}
        reviews: dict[UUID, int] = {}
        if kind in WITH_STAFF:
            people = await self.years(SubjectKind.STAFF, year)
            reviews = await self.scores.reviews(year, list(rows))
        card = card_of(edition)
        found = []
        for subject_id, totals in rows.items():
            months = {total.month: score_of(total) for total in totals}
            exact, why_not = year_of_person(months.values()), None
            if kind in WITH_STAFF:
                served = {staff_id for total in totals for staff_id in total.staff_ids}
                staff = [people.get(staff_id) for staff_id in served]
                points = reviews.get(subject_id)
                review = None if points is None else Fraction(points)
                exact = year_of_window(staff, months.values(), review, card)
                why_not = None if exact is not None else why_no_year(mean_of(staff), review)
            last = totals[-1]
            found.append(
                YearScore(
                    kind=kind,
                    subject_id=subject_id,
                    number=last.number,
                    name=last.name,
                    department_id=last.department_id,
                    exact=exact,
                    why_not=why_not,
                    months=months,
                )
            )
        return sorted(found, key=lambda one: (one.number, str(one.subject_id)))
