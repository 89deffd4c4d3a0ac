"""What a year proposes, as tables with the case just before each edge."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

import pytest

from yimen.domains.awards.enums import NOMINATION_MOVES, LineKind, NominationState, Outcome
from yimen.domains.awards.rules import (
    Places,
    Rated,
    agency_lines,
    guard_line,
    places_for,
    staff_line,
    window_lines,
)
from yimen.domains.discipline.enums import ConsequenceKind
from yimen.domains.discipline.rules_year import Consequence
from yimen.domains.rulebook.rules import Edition
from yimen.domains.rulebook.service import RulebookService

EDITION = RulebookService().edition_on(date(2026, 3, 1))
E, G, N = Outcome.WINDOW_EXCELLENT, Outcome.WINDOW_GOOD, Outcome.NONE


def edition_on(_: date) -> Edition:
    return EDITION


def rated(number: int, points: str | None) -> Rated:
    score = None if points is None else Fraction(Decimal(points)) * 100
    return Rated(UUID(int=number), f"{number:02}", f"窗口{number}", None, score, "没有得分")


def consequence(kind: ConsequenceKind) -> Consequence:
    return Consequence(kind, "DISCIPLINE 九", ("2026-03-01效能告诫（CF-1，…）",), ())


@pytest.mark.parametrize(
    ("windows", "excellent", "good"),
    [(32, 3, 4), (30, 3, 4), (29, 2, 4), (10, 1, 1), (9, 0, 1), (6, 0, 0), (7, 0, 1), (40, 4, 6)],
)
def test_ten_and_fifteen_percent_are_rounded_down(windows: int, excellent: int, good: int) -> None:
    assert places_for(windows, EDITION) == Places(excellent, good)


def outcomes(
    *points: str | None,
    places: Places,
    against: dict[int, Consequence] | None = None,
) -> list[tuple[Outcome | None, tuple[Outcome, ...]]]:
    windows = [rated(number, value) for number, value in enumerate(points)]
    ruled_out = {UUID(int=number): (one,) for number, one in (against or {}).items()}
    lines = window_lines(windows, ruled_out, places)
    return [(line.proposed, line.allowed) for line in lines]


def test_the_best_are_excellent_the_next_good_and_the_rest_neither() -> None:
    found = outcomes("99", "98", "97", "96", places=Places(1, 2))
    assert found == [(E, (E,)), (G, (G,)), (G, (G,)), (N, (N,))]


def test_a_tie_inside_a_group_is_none_and_across_a_cut_a_persons() -> None:
    assert outcomes("99", "99", "97", places=Places(2, 1)) == [(E, (E,)), (E, (E,)), (G, (G,))]
    tied = (None, (E, G))
    assert outcomes("99", "99", "97", places=Places(1, 2)) == [tied, tied, (G, (G,))]
    all_three = (None, tuple(sorted((E, G, N))))
    assert outcomes("99", "99", "99", places=Places(1, 1)) == [all_three] * 3
    assert outcomes("99", "98", "98", places=Places(1, 1))[1] == (None, tuple(sorted((G, N))))


@pytest.mark.parametrize(
    ("thousandths", "is_tied"),
    [
        ((99_000, 99_004), True),  # 99.00 and 99.00
        ((99_004, 99_005), False),  # 99.00 and 99.01: half up
        ((99_005, 99_014), True),
    ],
)
def test_scores_are_kept_to_two_decimals_and_equal_ones_tie(
    thousandths: tuple[int, int], is_tied: bool
) -> None:
    """What decides is the score that is published (domain.md §8)."""
    close = [
        Rated(UUID(int=n), "", "", None, Fraction(value, 10)) for n, value in enumerate(thousandths)
    ]
    proposed = [line.proposed for line in window_lines(close, {}, Places(1, 0))]
    assert proposed == ([None, None] if is_tied else [N, E])
    proposed = [line.proposed for line in agency_lines(close, {}, EDITION)]
    assert proposed == ([None, None] if is_tied else [CRITICISED, N])


def test_a_window_warned_twice_is_incompetent() -> None:
    """PROMISE 六1 and the like: 累计两次被效能告诫, against the window itself."""
    found = outcomes(
        "99", "98", places=Places(1, 1),
        against={0: consequence(ConsequenceKind.WINDOW_INCOMPETENT)},
    )  # fmt: skip
    assert found[0] == (Outcome.INCOMPETENT, (Outcome.INCOMPETENT,))


def test_who_is_ruled_out_or_not_rated_takes_no_place() -> None:
    lost = consequence(ConsequenceKind.NOT_ELIGIBLE)
    found = outcomes("99", "98", None, "97", places=Places(1, 1), against={0: lost})
    assert found == [(N, (N,)), (E, (E,)), (N, (N,)), (G, (G,))]
    [first, *_] = window_lines([rated(0, "99")], {UUID(int=0): (lost,)}, Places(1, 0))
    assert "窗口取消评优资格" in first.reasons[0] and "CF-1" in first.reasons[0]


@pytest.mark.parametrize(
    ("kinds", "proposed", "allowed"),
    [
        ((), Outcome.COMPETENT, {Outcome.EXCELLENT, Outcome.COMPETENT, Outcome.INCOMPETENT}),
        (
            (ConsequenceKind.NOT_EXCELLENT,),
            Outcome.COMPETENT,
            {Outcome.COMPETENT, Outcome.INCOMPETENT},
        ),
        (
            (ConsequenceKind.NOT_EXCELLENT, ConsequenceKind.INCOMPETENT),
            Outcome.INCOMPETENT,
            {Outcome.INCOMPETENT},
        ),
    ],
)
def test_a_persons_grade_is_what_the_measures_leave(
    kinds: tuple[ConsequenceKind, ...], proposed: Outcome, allowed: set[Outcome]
) -> None:
    line = staff_line(rated(1, "99"), [consequence(kind) for kind in kinds])
    assert (line.proposed, set(line.allowed)) == (proposed, allowed)
    assert len(line.reasons) == len(kinds)
    assert all("《诫勉教育和效能告诫实施细则》九" in reason for reason in line.reasons)


def agencies(
    *points: str | None, before: tuple[int, ...] = (), years: int = 1, edition: Edition = EDITION
) -> list[tuple[Outcome | None, tuple[Outcome, ...]]]:
    last_before = {UUID(int=number): years for number in before}
    found = agency_lines([rated(n, value) for n, value in enumerate(points)], last_before, edition)
    return [(line.proposed, line.allowed) for line in found]


CRITICISED, REMOVED = Outcome.CRITICISED, Outcome.REMOVED
NOTHING = (N, (N,))


def test_the_last_agency_is_criticised_and_the_second_time_running_removed() -> None:
    assert agencies("90", "80") == [NOTHING, (CRITICISED, (CRITICISED, N))]
    assert agencies("90", "80", before=(1,)) == [NOTHING, (REMOVED, (REMOVED, N))]
    assert agencies("90", "80", before=(0,)) == [NOTHING, (CRITICISED, (CRITICISED, N))]
    assert agencies("80", "80") == [(None, (CRITICISED, N))] * 2  # a tie is a person's
    assert agencies("80") == [NOTHING]  # alone, it is the last of nothing
    assert agencies("80", None) == [NOTHING, NOTHING]


def test_how_many_years_running_is_the_editions() -> None:
    rule = EDITION.rule("agencies.last_places_removed")
    values = tuple(replace(value, value=3) if value is rule else value for value in EDITION.values)
    three = replace(EDITION, values=values)
    criticised, removed = (CRITICISED, (CRITICISED, N)), (REMOVED, (REMOVED, N))
    assert agencies("90", "80", before=(1,), years=1, edition=three)[1] == criticised
    assert agencies("90", "80", before=(1,), years=2, edition=three)[1] == removed


@pytest.mark.parametrize(
    ("months", "is_proposed"),
    [
        (("60.0", "60.0", "60.0"), False),
        (("59.9", "60.0", "95"), False),
        (("59.9", "95", "59.99"), True),
        (("59", "58", "100"), True),
    ],
)
def test_two_months_below_sixty_propose_a_guards_dismissal(
    months: tuple[str, ...], is_proposed: bool
) -> None:
    by_month = {date(2026, n, 1): Decimal(value) for n, value in enumerate(months, 1)}
    line = guard_line(rated(1, "90"), by_month, edition_on, 2026)
    assert (line.proposed is Outcome.DISMISSED) is is_proposed
    assert bool(line.reasons) is is_proposed
    if is_proposed:
        assert "《安全保卫制度》备注1" in line.reasons[0]


@pytest.mark.parametrize(("year", "is_proposed"), [("60.00", False), ("59.99", True)])
def test_a_year_below_sixty_proposes_a_guards_dismissal(year: str, is_proposed: bool) -> None:
    line = guard_line(rated(1, year), {date(2026, 1, 1): Decimal(year)}, edition_on, 2026)
    assert (line.kind, line.proposed is Outcome.DISMISSED) == (LineKind.GUARD, is_proposed)
    assert [reason for reason in line.reasons if "备注2" in reason] == list(line.reasons)


def test_no_star_is_chosen_without_the_offices_view() -> None:
    chosen = {NominationState.CHOSEN, NominationState.NOT_CHOSEN}
    for state in NominationState:
        may = bool(NOMINATION_MOVES[state] & chosen)
        assert may is (state is NominationState.VIEWED)
