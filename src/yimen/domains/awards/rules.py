"""What a year's scores and measures propose; the outcome is a person's (APPRAISE 六)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from yimen.domains.awards.enums import LineKind, Outcome
from yimen.domains.discipline.enums import ConsequenceKind
from yimen.domains.discipline.rules_year import Consequence
from yimen.domains.rulebook.rules import Edition
from yimen.domains.scoring.rules import places_of, shown
from yimen.domains.scoring.rules_words import say_article


@dataclass(frozen=True, slots=True)
class Rated:
    """A subject with its year."""

    subject_id: UUID
    number: str
    name: str
    department_id: UUID | None
    score: Fraction | None
    """Exact, in hundredths; none when not rated."""
    why_not: str | None = None

    @property
    def kept(self) -> Decimal | None:
        """The score that is published, to two decimals: equal ones tie (domain.md §8)."""
        return shown(self.score)


@dataclass(frozen=True, slots=True)
class Line:
    """What is proposed for one subject, what else may be decided, and why."""

    kind: LineKind
    rated: Rated
    proposed: Outcome | None
    """None where a person has to choose: a tie at the cut."""
    allowed: tuple[Outcome, ...]
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Places:
    """How many windows may be excellent and good: 10 % and 15 %, rounded down."""

    excellent: int
    good: int

    def outcome_of(self, rank: int) -> Outcome:
        if rank <= self.excellent:
            return Outcome.WINDOW_EXCELLENT
        if rank <= self.excellent + self.good:
            return Outcome.WINDOW_GOOD
        return Outcome.NONE


def places_for(windows: int, edition: Edition) -> Places:
    """Of all windows of the hall, rated or not."""
    return Places(
        places_of(windows, edition.percent("awards.excellent_share")),
        places_of(windows, edition.percent("awards.good_share")),
    )


def staff_line(rated: Rated, consequences: Sequence[Consequence]) -> Line:
    """A person's grade: competent is proposed, unless measures leave only incompetent.

    Who is excellent is chosen by people; measures only rule it out (DISCIPLINE 九).
    """
    reasons = _say(consequences)
    kinds = {one.kind for one in consequences}
    if ConsequenceKind.INCOMPETENT in kinds:
        only = Outcome.INCOMPETENT
        return Line(LineKind.STAFF, rated, only, (only,), reasons)
    allowed = [Outcome.COMPETENT, Outcome.INCOMPETENT]
    if ConsequenceKind.NOT_EXCELLENT not in kinds:
        allowed.insert(0, Outcome.EXCELLENT)
    return Line(LineKind.STAFF, rated, Outcome.COMPETENT, tuple(allowed), reasons)


def window_lines(
    windows: Sequence[Rated],
    consequences: Mapping[UUID, Sequence[Consequence]],
    places: Places,
) -> list[Line]:
    """Windows by their year; equals across a cut are left to a person (domain.md §8)."""
    able = [
        one.kept for one in windows if one.kept is not None and not consequences.get(one.subject_id)
    ]
    lines = []
    for one in windows:
        against = consequences.get(one.subject_id, ())
        if one.kept is None or against:
            why = _say(against) or (one.why_not or "年度没有得分，不参加评选",)
            is_incompetent = ConsequenceKind.WINDOW_INCOMPETENT in {each.kind for each in against}
            only = Outcome.INCOMPETENT if is_incompetent else Outcome.NONE
            lines.append(Line(LineKind.WINDOW, one, only, (only,), why))
            continue
        best = 1 + sum(1 for other in able if other > one.kept)
        worst = sum(1 for other in able if other >= one.kept)
        outcomes = sorted({places.outcome_of(rank) for rank in range(best, worst + 1)})
        allowed = tuple(Outcome(outcome) for outcome in outcomes)
        said = f"年度得分{one.kept}，第{best}名"
        if len(allowed) > 1:
            said += f"（与另{worst - best}个窗口同分，跨名次线，由人决定）"
        proposed = allowed[0] if len(allowed) == 1 else None
        lines.append(Line(LineKind.WINDOW, one, proposed, allowed, (said,)))
    return lines


def agency_lines(
    agencies: Sequence[Rated], last_before: Mapping[UUID, int], edition: Edition
) -> list[Line]:
    """The last of the year is criticised; so many years running it leaves (APPRAISE 六(四)).

    A single agency is not the last of anything. ``last_before``: for how many years up to the one
    before an agency has been the last without a break.
    """
    rule = edition.rule("agencies.last_places_removed")
    rated = [one.kept for one in agencies if one.kept is not None]
    lowest = min(rated) if len(rated) > 1 else None
    last = [one for one in agencies if one.kept is not None and one.kept == lowest]
    lines = []
    for one in agencies:
        said = f"年度得分{one.kept}" if one.kept is not None else one.why_not or ""
        if one not in last:
            none = Outcome.NONE
            lines.append(Line(LineKind.AGENCY, one, none, (none,), (said,)))
            continue
        running = last_before.get(one.subject_id, 0) + 1
        worst = Outcome.REMOVED if running >= edition.integer(rule.code) else Outcome.CRITICISED
        reasons = [said, f"年终考评最后一名（{say_article(rule.article)}）"]
        if running > 1:
            reasons.append(f"连续{running}年最后一名（{say_article(rule.article)}）")
        if len(last) > 1:
            reasons.append(f"与另{len(last) - 1}个机构同分，由人决定")
        proposed = worst if len(last) == 1 else None
        lines.append(Line(LineKind.AGENCY, one, proposed, (worst, Outcome.NONE), tuple(reasons)))
    return lines


def guard_line(
    rated: Rated,
    months: Mapping[date, Decimal],
    edition_on: Callable[[date], Edition],
    year: int,
) -> Line:
    """Two months below 60, or a year below 60: dismissal is proposed (SECURITY 备注)."""
    edition = edition_on(date(year, 12, 1))
    reasons = []
    low = [
        month
        for month, score in sorted(months.items())
        if edition_on(month).rule("guards.low_month").is_met_by(score)
    ]
    if len(low) >= edition.integer("guards.low_months"):
        rule = edition.rule("guards.low_month")
        told = "、".join(f"{month:%m}月{months[month]}分" for month in low)
        reasons.append(f"{told}，{rule.text}（{say_article(rule.article)}）")
    rule = edition.rule("guards.low_year")
    score = rated.kept
    if score is not None and rule.is_met_by(score):
        reasons.append(f"年度{score}分，{rule.text}（{say_article(rule.article)}）")
    if reasons:
        allowed = (Outcome.DISMISSED, Outcome.NONE)
        return Line(LineKind.GUARD, rated, Outcome.DISMISSED, allowed, tuple(reasons))
    none = Outcome.NONE
    return Line(LineKind.GUARD, rated, none, (none,), ())


def _say(consequences: Sequence[Consequence]) -> tuple[str, ...]:
    return tuple(
        f"{one.kind.label}（{say_article(one.article)}）：{'；'.join(one.because)}"
        for one in consequences
    )
