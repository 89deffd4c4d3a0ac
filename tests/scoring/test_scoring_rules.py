"""Scores as tables of values: each formula and each edge, on both sides, with its article."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yimen.domains.rulebook.service import RulebookService
from yimen.domains.scoring.enums import (
    AMENDMENT_MOVES,
    MONTH_ACTION_STATES,
    MONTH_MOVES,
    REMEDIES,
    AmendmentState,
    FactSource,
    MonthAction,
    MonthState,
    SubjectKind,
)
from yimen.domains.scoring.rules import (
    Fact,
    Posting,
    Subject,
    differences,
    explain,
    mean_of,
    month_of,
    own_scores,
    places_of,
    points_text,
    post,
    ranks_of,
    shown,
    year_of_person,
    year_of_window,
)
from yimen.domains.scoring.rules_card import card_of, is_low_for_guard, is_low_month
from yimen.domains.scoring.rules_words import say_remedy

MARCH = date(2026, 3, 1)
EDITION = RulebookService().edition_on(MARCH)
CARD = card_of(EDITION)

CLERK = Subject(SubjectKind.STAFF, UUID(int=1))
COLLEAGUE = Subject(SubjectKind.STAFF, UUID(int=2))
WINDOW = Subject(SubjectKind.WINDOW, UUID(int=3))
CLEANER = Subject(SubjectKind.CLEANER, UUID(int=4))
OFFICE = Subject(SubjectKind.OFFICE, UUID(int=5))
GUARD = Subject(SubjectKind.GUARD, UUID(int=6))


def fact(
    rule: str,
    *,
    subject: Subject = CLERK,
    day: int = 10,
    count: int = 1,
    record: str = "r1",
    why_not: str | None = None,
) -> Fact:
    return Fact(
        source=FactSource.INSPECTIONS,
        source_id=record,
        subject=subject,
        day=date(2026, 3, day),
        rule=rule,
        count=count,
        evidence="检查发现",
        why_not=why_not,
    )


def taken(*facts: Fact) -> list[int]:
    return [posting.taken for posting in post(facts, CARD)]


# --- points (domain.md §8; each `local` value is the first edition's default)


@pytest.mark.parametrize(
    ("rule", "count", "points"),
    [
        ("points.late", 1, "0.50"),  # ATTEND 一(五)
        ("points.late", 3, "1.50"),
        ("points.early", 1, "0.50"),
        ("points.missing_punch", 1, "0.50"),
        ("points.half_day_absence", 1, "5.00"),  # ATTEND 三
        ("points.away", 1, "1.00"),
        ("points.overdue_case", 1, "2.00"),  # MGMT 十二
        ("points.second_supplement", 1, "1.00"),
        ("points.late_entry", 1, "0.50"),
        ("points.refusal_not_filed", 1, "3.00"),  # REJECT 七2
        ("points.complaint", 1, "5.00"),
        ("points.bad_rating", 1, "1.00"),
        ("points.staff_change", 1, "5.00"),
        ("points.information", 2, "2.00"),  # NEWS 三
        ("points.leader_visit", 1, "2.00"),  # LIAISON 六
        ("points.commendation", 1, "-1.00"),  # a bonus
        ("conduct.prohibition.01", 1, "1.00"),
        ("conduct.phrases.01", 1, "2.00"),
        ("security.guard.01a", 1, "10.00"),
        ("security.guard.13", 3, "6.00"),
        ("hygiene.window.01", 1, "0.10"),
        ("hygiene.window.07", 1, "1.00"),
    ],
)
def test_a_fact_takes_its_points_for_each_time(rule: str, count: int, points: str) -> None:
    [posting] = post([fact(rule, count=count)], CARD)
    assert points_text(posting.asked) == points_text(posting.taken) == points


def test_every_rate_of_the_edition_has_an_article_and_a_sign() -> None:
    assert len(CARD.rates) > 150
    for rate in CARD.rates.values():
        assert rate.article and rate.points != 0
        assert (rate.points < 0) == (rate.code == "points.commendation")


# --- caps (HYGIENE 附件)


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ([5], [500]),
        ([6], [600]),  # the cap itself is reached, not passed
        ([7], [600]),
        ([5, 1], [500, 100]),
        ([5, 2], [500, 100]),
        ([6, 1], [600, 0]),
        ([7, 7], [600, 0]),
    ],
)
@pytest.mark.parametrize("subject", [CLERK, WINDOW])
def test_hygiene_takes_at_most_six_points_from_a_subject_in_a_month(
    subject: Subject, counts: list[int], expected: list[int]
) -> None:
    facts = [
        fact("hygiene.window.07", subject=subject, day=day, count=count, record=f"r{day}")
        for day, count in enumerate(counts, start=1)
    ]
    assert taken(*facts) == expected


@pytest.mark.parametrize(
    ("asked", "expected"),
    [("5.90", "5.90"), ("6.00", "6.00"), ("6.10", "6.00")],
)
def test_the_cap_of_six_holds_to_the_tenth(asked: str, expected: str) -> None:
    tenths = int(Decimal(asked) * 10)
    [posting] = post([fact("hygiene.window.01", count=tenths)], CARD)
    assert (points_text(posting.asked), points_text(posting.taken)) == (asked, expected)


@pytest.mark.parametrize(
    ("row", "cap"),
    [
        ("hygiene.floor2.hall.02", 5000),
        ("hygiene.floor2.stairs.05", 2000),
        ("hygiene.floor2.toilets.03", 3000),
        ("hygiene.floor3.corridor.07", 3000),
        ("hygiene.floor3.toilets.03", 3000),  # the third floor's use the second floor's rows
        ("hygiene.floor3.meeting.10", 3000),
        ("hygiene.floor3.vending.01", 1000),
        ("hygiene.office.10", 1000),
    ],
)
def test_each_area_is_capped_at_its_own_points(row: str, cap: int) -> None:
    points = CARD.rates[row].points
    just, over = cap // points, cap // points + 1
    subject = OFFICE if row.startswith("hygiene.office") else CLEANER
    assert taken(fact(row, subject=subject, count=just)) == [cap]
    assert taken(fact(row, subject=subject, count=over)) == [cap]
    assert taken(fact(row, subject=subject, count=just - 1)) == [cap - points]


def test_the_areas_of_one_cleaner_are_capped_apart() -> None:
    facts = [
        fact("hygiene.floor2.toilets.03", subject=CLEANER, count=40, record="a"),
        fact("hygiene.floor3.toilets.03", subject=CLEANER, count=40, record="b"),
        fact("hygiene.floor3.vending.01", subject=CLEANER, count=40, record="c"),
    ]
    assert own_scores(post(facts, CARD), CARD)[CLEANER] == 10000 - 3000 - 3000 - 1000


def test_the_third_floors_toilets_have_the_second_floors_rows() -> None:
    second = {
        code.rpartition(".")[2]: rate.points
        for code, rate in CARD.rates.items()
        if code.startswith("hygiene.floor2.toilets.")
    }
    third = {
        code.rpartition(".")[2]: rate.points
        for code, rate in CARD.rates.items()
        if code.startswith("hygiene.floor3.toilets.")
    }
    assert second == third
    assert len(third) == 16


def test_nothing_but_hygiene_has_a_cap() -> None:
    capped = {rate.code for rate in CARD.rates.values() if rate.cap is not None}
    assert {code.partition(".")[0] for code in capped} == {"hygiene"}
    assert taken(fact("points.half_day_absence", count=44)) == [22000]  # 加减分不封顶


def test_what_does_not_count_takes_nothing_and_uses_no_room() -> None:
    facts = [
        fact("hygiene.window.07", day=1, count=6, record="refused", why_not="已由窗口提出异议"),
        fact("hygiene.window.07", day=2, count=6, record="stands"),
    ]
    refused, stands = post(facts, CARD)
    assert (refused.asked, refused.taken, refused.room) == (600, 0, None)
    assert (stands.asked, stands.taken, stands.room) == (600, 600, 600)


# --- months and years (APPRAISE 三)


@pytest.mark.parametrize(
    ("staff", "own", "expected"),
    [
        ([10000], 10000, "100.00"),
        ([10000, 9000], 10000, "98.00"),  # 95 × 40 % + 100 × 60 %
        ([10000, 10000, 9950], 9900, "99.33"),  # 99.83… × 40 % + 99 × 60 %
        ([0], 10000, "60.00"),
        ([10000], 0, "40.00"),
        ([10100], 10500, "103.40"),  # bonuses have no ceiling
        ([-500], -1000, "-8.00"),  # deductions have no floor
        ([], 10000, None),  # nobody served: not rated, not zero
    ],
)
def test_a_windows_month_is_40_percent_staff_and_60_percent_its_own(
    staff: list[int], own: int, expected: str | None
) -> None:
    people = [UUID(int=100 + n) for n in range(len(staff))]
    scores = {
        WINDOW: own,
        **{Subject(SubjectKind.STAFF, who): each for who, each in zip(people, staff, strict=True)},
    }
    score = shown(month_of(WINDOW, scores, people, CARD))
    assert score == (None if expected is None else Decimal(expected))


def test_a_persons_month_is_their_own_score() -> None:
    assert month_of(CLERK, {CLERK: 9350}, [], CARD) == 9350


@pytest.mark.parametrize(
    ("staff_years", "months", "review", "expected"),
    [
        ([10000], [10000], 10000, "100.00"),
        ([9000], [10000], 10000, "98.00"),  # 20 %
        ([10000], [9000], 10000, "93.00"),  # 70 %
        ([10000], [10000], 9000, "99.00"),  # 10 %
        ([9800, 9600], [9500, 9400, None], 9000, "94.55"),  # a month not rated is left out
        ([10000], [10000], None, None),
        ([], [10000], 10000, None),
        ([10000], [None], 10000, None),
    ],
)
def test_a_windows_year_is_20_70_10(
    staff_years: list[int], months: list[int | None], review: int | None, expected: str | None
) -> None:
    score = year_of_window(
        [Fraction(each) for each in staff_years],
        [None if each is None else Fraction(each) for each in months],
        None if review is None else Fraction(review),
        CARD,
    )
    assert shown(score) == (None if expected is None else Decimal(expected))


def test_a_persons_year_is_the_mean_of_the_months_served() -> None:
    assert shown(year_of_person([Fraction(10000), Fraction(9999), None])) == Decimal("100.00")
    assert year_of_person([]) is None


@pytest.mark.parametrize(
    ("exact", "expected"),
    [
        (Fraction(9999, 2), "50.00"),  # 49.995: half up
        (Fraction(9998, 2), "49.99"),
        (Fraction(6501), "65.01"),
        (Fraction(19501, 3), "65.00"),  # 65.00333…
        (Fraction(-1, 2), "-0.01"),
    ],
)
def test_scores_are_rounded_half_up_at_the_very_end(exact: Fraction, expected: str) -> None:
    assert shown(exact) == Decimal(expected)


def test_nothing_is_rounded_before_the_end() -> None:
    thirds = mean_of([Fraction(10000), Fraction(10000), Fraction(9999)])
    assert thirds == Fraction(29999, 3)
    assert shown(thirds) == Decimal("100.00")


# --- thresholds


@pytest.mark.parametrize(
    ("score", "is_low"), [("64.99", True), ("65.00", True), ("65.01", False), ("-3.00", True)]
)
def test_a_month_of_65_or_less_is_low(score: str, is_low: bool) -> None:
    assert is_low_month(Decimal(score), EDITION) is is_low  # APPRAISE 六(二)


@pytest.mark.parametrize(
    ("score", "is_low"), [("59.90", True), ("59.99", True), ("60.00", False), ("60.10", False)]
)
def test_a_guard_below_60_fails(score: str, is_low: bool) -> None:
    assert is_low_for_guard(Decimal(score), EDITION) is is_low  # SECURITY 备注1


@pytest.mark.parametrize(
    ("windows", "excellent", "good"),
    [(32, 3, 4), (30, 3, 4), (29, 2, 4), (26, 2, 3), (10, 1, 1), (9, 0, 1), (0, 0, 0)],
)
def test_ten_and_fifteen_percent_are_rounded_down(windows: int, excellent: int, good: int) -> None:
    assert places_of(windows, EDITION.percent("awards.excellent_share")) == excellent
    assert places_of(windows, EDITION.percent("awards.good_share")) == good


def test_equal_scores_share_a_rank_and_not_rated_has_none() -> None:
    scores = {
        "a": Decimal("98.00"), "b": Decimal("99.00"), "c": Decimal("98.00"), "d": None,
        "e": Decimal("97.00"),
    }  # fmt: skip
    assert ranks_of(scores) == {"b": 1, "a": 2, "c": 2, "e": 4}


# --- explanations


def test_an_explanation_runs_from_the_base_to_the_score() -> None:
    facts = [
        fact("points.late", day=2, record="a"),
        fact("points.commendation", day=3, record="b"),
        fact("points.away", day=3, record="c", why_not="已说明"),
    ]
    lines = explain(post(facts, CARD), CARD)
    assert [(line.before, line.after) for line in lines] == [
        (10000, 9950), (9950, 10050), (10050, 10050),
    ]  # fmt: skip


def test_differences_name_what_goes_comes_and_changes() -> None:
    one = fact("hygiene.window.07", day=1, count=5, record="a")
    two = fact("hygiene.window.07", day=2, count=4, record="b")
    late = fact("hygiene.window.07", day=1, count=1, record="0")
    changes = differences(post([one, two], CARD), post([late, one, two], CARD))
    told = [
        (change.before and change.before.taken, change.after and change.after.taken)
        for change in changes
    ]
    assert told == [(None, 100), (100, 0)]
    assert differences(post([one], CARD), post([one], CARD)) == []


# --- properties

RULES = st.sampled_from(
    ["points.late", "points.away", "points.commendation", "hygiene.window.07", "hygiene.window.13",
     "hygiene.floor2.toilets.03", "hygiene.floor3.toilets.03", "security.guard.02"]
)  # fmt: skip
FACTS = st.lists(
    st.builds(
        lambda rule, subject, day, count, record, counts: fact(
            rule,
            subject=subject,
            day=day,
            count=count,
            record=f"r{record}",
            why_not=None if counts else "已说明",
        ),
        RULES,
        st.sampled_from([CLERK, COLLEAGUE, WINDOW, CLEANER]),
        st.integers(1, 31),
        st.integers(1, 40),
        st.integers(0, 1_000_000),
        st.booleans(),
    ),
    max_size=25,
    unique_by=lambda each: (each.subject, each.source_id, each.rule),
)


def summed(postings: list[Posting]) -> dict[Subject, int]:
    sums: dict[Subject, int] = {}
    for posting in postings:
        sums[posting.fact.subject] = sums.get(posting.fact.subject, 0) + posting.taken
    return sums


@given(FACTS, st.randoms(use_true_random=False))
def test_any_order_of_facts_gives_the_same_entries(facts: list[Fact], chance: object) -> None:
    shuffled = list(facts)
    chance.shuffle(shuffled)  # type: ignore[attr-defined] # hypothesis' random
    assert post(facts, CARD) == post(shuffled, CARD)


@given(FACTS)
def test_what_is_taken_is_never_more_than_asked_nor_above_the_cap(facts: list[Fact]) -> None:
    used: dict[tuple[Subject, str], int] = {}
    for posting in post(facts, CARD):
        assert abs(posting.taken) <= abs(posting.asked)
        rate = posting.rate
        if rate.cap_group is not None and rate.cap is not None:
            group = posting.fact.subject, rate.cap_group
            used[group] = used.get(group, 0) + posting.taken
            assert posting.taken >= 0
            assert used[group] <= rate.cap


@given(FACTS, FACTS)
def test_undoing_what_was_posted_restores_the_score(facts: list[Fact], more: list[Fact]) -> None:
    known = {(each.subject, each.source_id, each.rule) for each in facts}
    added = [each for each in more if (each.subject, each.source_id, each.rule) not in known]
    before = post(facts, CARD)
    after = post([*facts, *added], CARD)
    undone = post([p.fact for p in after if p.fact not in added], CARD)
    assert undone == before


@given(FACTS)
def test_the_sum_of_the_entries_is_the_score(facts: list[Fact]) -> None:
    postings = post(facts, CARD)
    scores = own_scores(postings, CARD, [CLERK])
    assert scores == {CLERK: CARD.base} | {
        subject: CARD.base - lost for subject, lost in summed(postings).items()
    }
    for subject, score in scores.items():
        lines = explain([p for p in postings if p.fact.subject == subject], CARD)
        assert (lines[-1].after if lines else CARD.base) == score


# --- states


def test_months_and_amendments_move_only_forward_but_for_reopening() -> None:
    assert set(MONTH_MOVES) == set(MonthState)
    assert set(AMENDMENT_MOVES) == set(AmendmentState)
    assert MONTH_MOVES[MonthState.SEALED] == frozenset()
    assert set(MONTH_ACTION_STATES) == set(MonthAction)
    assert set(REMEDIES) == set(FactSource)
    for closed in (
        MonthState, MonthAction, AmendmentState, FactSource, SubjectKind,
    ):  # fmt: skip
        assert all(member.label for member in closed)


# --- what is said to the person scored (domain.md §8)


@pytest.mark.parametrize(
    ("source", "subject", "words"),
    [
        (FactSource.ATTENDANCE, CLERK, "由中心办公室决定"),
        (FactSource.CASES, CLERK, "持办件编号向中心办公室"),
        (FactSource.REJECTIONS, CLERK, "持办件编号向中心办公室"),
        (FactSource.COMPLAINTS, CLERK, "向中心主任申请发回重查"),
        (FactSource.RATINGS, CLERK, "向中心办公室说明"),
        (FactSource.RECORDS, WINDOW, "请中心办公室补登"),
        (FactSource.INSPECTIONS, CLERK, "登记之日起3个工作日内提出异议"),
        (FactSource.INSPECTIONS, GUARD, "由办公室代录异议"),
    ],
)
def test_a_deduction_says_to_whom_to_turn_and_by_when(
    source: FactSource, subject: Subject, words: str
) -> None:
    rule = "security.guard.04" if subject is GUARD else "points.late"
    one = replace(fact(rule, subject=subject), source=source)
    [line] = explain(post([one], CARD), CARD)
    for state in (MonthState.OPEN, MonthState.PROVISIONAL):
        said = say_remedy(line, state, CARD)
        assert words in said and said.endswith("最迟在本月得分封存前提出。")
    assert "中心主任批准后另立一版" in say_remedy(line, MonthState.SEALED, CARD)


def test_a_change_of_staff_is_nothing_to_hand_in_later() -> None:
    one = fact("points.staff_change", subject=WINDOW)
    [line] = explain(post([replace(one, source=FactSource.RECORDS)], CARD), CARD)
    said = say_remedy(line, MonthState.OPEN, CARD)
    assert "向中心办公室说明记录哪里有误" in said and "补登" not in said


def test_what_costs_nothing_leaves_nothing_to_object_to() -> None:
    facts = [fact("points.commendation"), fact("points.late", record="r2", why_not="已说明")]
    for line in explain(post(facts, CARD), CARD):
        assert say_remedy(line, MonthState.OPEN, CARD) == ""
