"""What facts come to: pure functions of facts, the rulebook's points and who served where.

Points are whole hundredths; a deduction is positive, a bonus negative. Only what is shown is
rounded: to two decimals, half up, at the very end (domain.md §8).
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import NamedTuple, TypeVar
from uuid import UUID

from yimen.domains.rulebook.enums import Basis
from yimen.domains.scoring.enums import WITH_STAFF, FactSource, Indicator, SubjectKind

HUNDREDTH = Decimal("0.01")
PERCENT = 100

Ranked = TypeVar("Ranked", bound=Hashable)


class Subject(NamedTuple):
    """Someone or something that has a score."""

    kind: SubjectKind
    id: UUID


@dataclass(frozen=True, slots=True)
class Rate:
    """What a rule takes for each time, by the edition of the month."""

    code: str
    label: str
    indicator: Indicator
    points: int
    article: str
    basis: Basis
    cap_group: str | None = None
    """Rules of one group share a cap for each subject and month."""
    cap: int | None = None


@dataclass(frozen=True, slots=True)
class ScoreCard:
    """Everything that a month's scores take from an edition."""

    edition_code: str
    base: int
    rates: Mapping[str, Rate]
    staff_weight: int
    own_weight: int
    year_staff_weight: int
    year_month_weight: int
    year_review_weight: int
    refusal_days: int
    """Working days to object to a finding, from the day on which it was recorded."""


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that the records prove of one subject, whatever it is worth."""

    source: FactSource
    source_id: str
    """The record, and the part of it if it proves several things."""
    subject: Subject
    day: date
    rule: str
    count: int
    evidence: str
    """What happened, for the person scored."""
    why_not: str | None = None
    """Why it does not count, where it does not; it is shown all the same."""

    @property
    def order(self) -> tuple[date, str, str, str]:
        """The fixed order under a cap: by day, then by record."""
        return self.day, self.source.value, self.source_id, self.rule


@dataclass(frozen=True, slots=True)
class Posting:
    """A fact with what it asks for and what is taken."""

    fact: Fact
    rate: Rate
    asked: int
    taken: int
    room: int | None
    """What was left under the cap before it; none without a cap."""


def post(facts: Iterable[Fact], card: ScoreCard) -> list[Posting]:
    """The entries that facts come to, each subject's in the fixed order.

    A fact takes its points up to what is left under the cap of its group; the same facts give the
    same entries in whatever order they are told.
    """
    used: dict[tuple[Subject, str], int] = defaultdict(int)
    postings = []
    for fact in sorted(facts, key=lambda fact: (fact.subject, fact.order)):
        rate = card.rates[fact.rule]
        asked = rate.points * fact.count
        room: int | None = None
        taken = asked
        if fact.why_not is not None:
            taken = 0
        elif rate.cap_group is not None and rate.cap is not None:
            group = fact.subject, rate.cap_group
            room = rate.cap - used[group]
            taken = min(asked, room)
            used[group] += taken
        postings.append(Posting(fact, rate, asked, taken, room))
    return postings


def own_scores(
    postings: Iterable[Posting], card: ScoreCard, subjects: Iterable[Subject] = ()
) -> dict[Subject, int]:
    """What each subject is left of its month's base; those without entries have all of it."""
    scores = dict.fromkeys(subjects, card.base)
    for posting in postings:
        subject = posting.fact.subject
        scores[subject] = scores.get(subject, card.base) - posting.taken
    return scores


def month_of(
    subject: Subject,
    own: Mapping[Subject, int],
    staff_ids: Sequence[UUID],
    card: ScoreCard,
) -> Fraction | None:
    """A month's score in hundredths: for window and agency staff's mean × 40 % + own × 60 %.

    None (not rated) where nobody served: a component is missing (APPRAISE 三).
    """
    if subject.kind not in WITH_STAFF:
        return Fraction(own[subject])
    if not staff_ids:
        return None
    total = sum(own[Subject(SubjectKind.STAFF, staff_id)] for staff_id in staff_ids)
    mean = Fraction(total, len(staff_ids))
    return (mean * card.staff_weight + own[subject] * card.own_weight) / PERCENT


def mean_of(scores: Iterable[Fraction | None]) -> Fraction | None:
    """The mean of those that are rated; none when none is."""
    rated = [score for score in scores if score is not None]
    return sum(rated, Fraction(0)) / len(rated) if rated else None


def year_of_person(months: Iterable[Fraction | None]) -> Fraction | None:
    """A person's year: the mean of the months served (APPRAISE 三)."""
    return mean_of(months)


def year_of_window(
    staff_years: Iterable[Fraction | None],
    months: Iterable[Fraction | None],
    review: Fraction | None,
    card: ScoreCard,
) -> Fraction | None:
    """Staff's annual mean × 20 % + mean of the months × 70 % + comprehensive review × 10 %.

    None (not rated) while any of the three is missing.
    """
    staff, own = mean_of(staff_years), mean_of(months)
    if staff is None or own is None or review is None:
        return None
    return (
        staff * card.year_staff_weight
        + own * card.year_month_weight
        + review * card.year_review_weight
    ) / PERCENT


def shown(score: Fraction | int | None) -> Decimal | None:
    """Hundredths as points with two decimals, half up; the only rounding there is."""
    if score is None:
        return None
    exact = Fraction(score)
    hundredths = Decimal(exact.numerator) / Decimal(exact.denominator)
    return (hundredths.quantize(Decimal(1), rounding=ROUND_HALF_UP) * HUNDREDTH).quantize(HUNDREDTH)


def score_text(score: Fraction | int | None) -> str | None:
    """A score for the wire; none where there is none."""
    points = shown(score)
    return None if points is None else str(points)


def points_text(hundredths: int) -> str:
    """``0.50``; for people and the wire."""
    sign = "-" if hundredths < 0 else ""
    whole, rest = divmod(abs(hundredths), 100)
    return f"{sign}{whole}.{rest:02}"


def places_of(count: int, percent: int) -> int:
    """How many of so many windows may be excellent or good: rounded down (APPRAISE 六(一))."""
    return count * percent // PERCENT


def ranks_of(scores: Mapping[Ranked, Decimal | None]) -> dict[Ranked, int]:
    """Competition ranks (1, 2, 2, 4) of those that are rated; equals share a rank."""
    rated = sorted((score for score in scores.values() if score is not None), reverse=True)
    first: dict[Decimal, int] = {}
    for place, score in enumerate(rated, start=1):
        first.setdefault(score, place)
    return {who: first[score] for who, score in scores.items() if score is not None}


def without(facts: Iterable[Fact], left_out: Iterable[tuple[FactSource, str, str]]) -> list[Fact]:
    """Facts as if some had been undone: named by source, record and rule."""
    undone = set(left_out)
    return [fact for fact in facts if (fact.source, fact.source_id, fact.rule) not in undone]


@dataclass(frozen=True, slots=True)
class Line:
    """One entry as it reads in an explanation, with the score before and after it."""

    posting: Posting
    before: int
    after: int


def explain(postings: Sequence[Posting], card: ScoreCard) -> list[Line]:
    """One subject's entries in their order, with the running score."""
    left = card.base
    lines = []
    for posting in sorted(postings, key=lambda each: each.fact.order):
        lines.append(Line(posting, left, left - posting.taken))
        left -= posting.taken
    return lines


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of one entry when a month is amended."""

    before: Posting | None
    after: Posting | None


def differences(before: Iterable[Posting], after: Iterable[Posting]) -> list[Change]:
    """Entries that go, come, or are worth something else, in the fixed order."""
    old = {_key(posting): posting for posting in before}
    new = {_key(posting): posting for posting in after}
    changes = [
        Change(old.get(key), new.get(key))
        for key in old.keys() | new.keys()
        if _worth(old.get(key)) != _worth(new.get(key))
    ]
    return sorted(changes, key=lambda change: _key(_present(change)))


def _key(posting: Posting) -> tuple[Subject, tuple[date, str, str, str]]:
    return posting.fact.subject, posting.fact.order


def _worth(posting: Posting | None) -> tuple[object, ...] | None:
    if posting is None:
        return None
    fact = posting.fact
    return fact.day, fact.count, posting.asked, posting.taken, fact.evidence, fact.why_not


def _present(change: Change) -> Posting:
    found = change.after or change.before
    assert found is not None
    return found


def for_window(fact: Fact, window: Subject) -> Fact:
    """The same finding as it hits the window beside the responsible person (HYGIENE 附件)."""
    return replace(fact, subject=window)


def digest_of(before: str, rows: Iterable[Sequence[object]]) -> str:
    """The digest of a sealed version: of the one before it and of every row, in order."""
    digest = hashlib.sha256(before.encode())
    for row in rows:
        text = json.dumps(list(row), ensure_ascii=False, default=str, separators=(",", ":"))
        digest.update(text.encode() + b"\n")
    return digest.hexdigest()
