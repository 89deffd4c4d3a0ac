"""What the records propose and what a year comes to, as tables with the case just before it."""

from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yimen.core.caller import Caller, Role
from yimen.domains.discipline.access import MeasurePlace, may_decide, why_not
from yimen.domains.discipline.enums import (
    KINDS_OF,
    MEASURE_MOVES,
    ConsequenceKind,
    MeasureAction,
    MeasureKind,
    MeasureState,
)
from yimen.domains.discipline.rules import Draft, Fact, LetGo, propose
from yimen.domains.discipline.rules_year import MeasureFact, year_of_person, year_of_window
from yimen.domains.rulebook.enums import Measure, Proof, Target
from yimen.domains.rulebook.service import RulebookService

EDITION = RulebookService().edition_on(date(2026, 3, 1))
CLERK, OTHER = UUID(int=1), UUID(int=2)
HERE, THERE = UUID(int=11), UUID(int=12)


def fact(proof: Proof, day: str, *, who: UUID = CLERK, row: str | None = None) -> Fact:
    return Fact(
        proof=proof,
        source=f"{proof}:{day}/{row}",
        staff_id=who,
        day=date.fromisoformat(day),
        text="…",
        row=row,
    )


def proposed(*facts: Fact, let_go: tuple[LetGo, ...] = ()) -> list[tuple[str, str, str]]:
    """Ground, measure and article of every proposal, in order of day."""
    return [
        (draft.ground.code, draft.ground.measure.value, draft.ground.article)
        for draft in propose(facts, lambda _: EDITION, let_go)
    ]


OVERDUE, SUPPLEMENT, LATE = Proof.OVERDUE_CASE, Proof.SECOND_SUPPLEMENT, Proof.LATE_ENTRY
FIRST = ("promise.05", "admonition", "PROMISE 六2")
SECOND = ("promise.06", "warning", "PROMISE 六2")
FAULTY_WORDS = "conduct.phrases.05"
CARELESS = "conduct.appearance.01"


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ((), []),
        ((fact(OVERDUE, "2026-03-17"),), [FIRST]),
        ((fact(OVERDUE, "2026-03-17"), fact(OVERDUE, "2026-12-31")), [FIRST, SECOND]),
        # the count begins anew with the calendar year
        ((fact(OVERDUE, "2026-12-31"), fact(OVERDUE, "2027-01-01")), [FIRST, FIRST]),
        ((fact(OVERDUE, "2026-03-17"), fact(OVERDUE, "2026-03-18", who=OTHER)), [FIRST, FIRST]),
        (
            (fact(SUPPLEMENT, "2026-03-10"),),
            [("discipline.admonition.03", "admonition", "DISCIPLINE 五(三)")],
        ),
        # all of a month are one occurrence; the next month is another
        (
            (fact(LATE, "2026-03-10"), fact(LATE, "2026-03-31"), fact(LATE, "2026-04-01")),
            [("discipline.admonition.18", "admonition", "DISCIPLINE 五(十八)")] * 2,
        ),
        (
            (fact(Proof.LEFT_UNTOLD, "2026-03-10"),),
            [("once.04", "warning", "ONCE 五3")],
        ),
        (
            (fact(Proof.ABSENCE, "2026-03-10"),),
            [("discipline.warning.18", "warning", "DISCIPLINE 六(十八)")],
        ),
        (
            (fact(Proof.REFUSAL_NOT_FILED, "2026-03-10"),),
            [("reject.03", "admonition", "REJECT 七2")],
        ),
        (
            (fact(Proof.REFUSAL_BEYOND_AUTHORITY, "2026-03-10"),),
            [("reject.04", "warning", "REJECT 七3")],
        ),
        (
            (fact(Proof.REFUSAL_FORM_MISSING, "2026-03-10"),),
            [("reject.05", "warning", "REJECT 七4")],
        ),
        ((fact(Proof.REFUSAL_LATE, "2026-03-10"),), [("reject.06", "warning", "REJECT 七5")]),
        (
            (fact(Proof.REFUSAL_NOT_NOTIFIED, "2026-03-10"),),
            [("reject.07", "warning", "REJECT 七5")],
        ),
        (
            (fact(Proof.MATERIALS_NOT_RETURNED, "2026-03-10"),),
            [("reject.08", "admonition", "REJECT 七6")],
        ),
        ((fact(Proof.COMPLAINT, "2026-03-10"),), [("mgmt.01", "either", "MGMT 三十二")]),
        # findings: once an admonition, twice a warning; in a row that no ground names, nothing
        (
            (fact(Proof.FINDING, "2026-03-10", row=CARELESS),),
            [("promise.07", "admonition", "PROMISE 六3")],
        ),
        (
            (
                fact(Proof.FINDING, "2026-03-10", row=CARELESS),
                fact(Proof.FINDING, "2026-03-11", row=FAULTY_WORDS),
            ),
            [
                ("promise.07", "admonition", "PROMISE 六3"),
                ("promise.08", "warning", "PROMISE 六3"),
            ],
        ),
        ((fact(Proof.FINDING, "2026-03-10", row="hygiene.window.01"),), []),
        # told off and not mended: the second time only (指出不改)
        ((fact(Proof.FINDING, "2026-03-10", row="conduct.prohibition.05"),), []),
        (
            (
                fact(Proof.FINDING, "2026-03-10", row="conduct.prohibition.05"),
                fact(Proof.FINDING, "2026-03-11", row="conduct.prohibition.05"),
            ),
            [("discipline.admonition.10", "admonition", "DISCIPLINE 五(十)")],
        ),
        # two admonitions in a calendar year
        ((fact(Proof.ADMONITION, "2026-03-10"),), []),
        (
            (fact(Proof.ADMONITION, "2026-01-01"), fact(Proof.ADMONITION, "2026-12-31")),
            [("discipline.warning.13", "warning", "DISCIPLINE 六(十三)")],
        ),
        ((fact(Proof.ADMONITION, "2026-12-31"), fact(Proof.ADMONITION, "2027-01-01")), []),
        (
            tuple(fact(Proof.ADMONITION, f"2026-0{month}-01") for month in range(1, 6)),
            [("discipline.warning.13", "warning", "DISCIPLINE 六(十三)")],
        ),
        # consecutive low months, over the turn of the year too
        ((fact(Proof.LOW_MONTH, "2026-02-01"),), []),
        ((fact(Proof.LOW_MONTH, "2026-02-01"), fact(Proof.LOW_MONTH, "2026-04-01")), []),
        (
            (fact(Proof.LOW_MONTH, "2025-12-01"), fact(Proof.LOW_MONTH, "2026-01-01")),
            [("appraise.01", "admonition", "APPRAISE 六(二)")],
        ),
        (
            tuple(fact(Proof.LOW_MONTH, f"2026-0{month}-01") for month in (2, 3, 4)),
            [
                ("appraise.01", "admonition", "APPRAISE 六(二)"),
                ("appraise.02", "sent_back", "APPRAISE 六(二)"),
            ],
        ),
    ],
)
def test_what_the_records_propose(
    facts: tuple[Fact, ...], expected: list[tuple[str, str, str]]
) -> None:
    assert proposed(*facts) == expected


def test_what_a_person_let_go_does_not_make_the_next_one_the_second() -> None:
    first, second = fact(OVERDUE, "2026-03-17"), fact(OVERDUE, "2026-04-17")
    gone = LetGo(OVERDUE, first.source, CLERK)
    assert proposed(first, second, let_go=(gone,)) == [FIRST]
    somebody_else = LetGo(OVERDUE, first.source, OTHER)
    assert proposed(first, second, let_go=(somebody_else,)) == [FIRST, SECOND]


def test_a_second_occurrence_rests_on_both() -> None:
    first, second = fact(OVERDUE, "2026-03-17"), fact(OVERDUE, "2026-04-17")
    draft = propose([second, first], lambda _: EDITION)[1]
    assert [one.source for one in draft.facts] == [first.source, second.source]
    assert draft.also == ("DISCIPLINE 五(六)",)


PROOFS = [proof for proof in Proof if proof is not Proof.FINDING]
FACTS = st.lists(
    st.builds(
        fact,
        st.sampled_from(PROOFS),
        st.dates(date(2026, 1, 1), date(2027, 12, 31)).map(date.isoformat),
        who=st.sampled_from([CLERK, OTHER]),
    ),
    max_size=12,
    unique_by=lambda one: (one.source, one.staff_id),
)


@given(FACTS, st.randoms())
def test_the_order_in_which_facts_are_told_changes_nothing(
    facts: list[Fact], random: st.DataObject
) -> None:
    told = list(facts)
    random.shuffle(told)  # type: ignore[attr-defined]

    def keys(found: list[Draft]) -> list[str]:
        return [draft.key for draft in found]

    drafts = propose(facts, lambda _: EDITION)
    assert keys(propose(told, lambda _: EDITION)) == keys(drafts)
    assert len(set(keys(drafts))) == len(drafts)
    assert all(draft.facts and draft.facts[-1].staff_id == draft.staff_id for draft in drafts)


def test_each_ground_of_the_edition_leaves_something_to_decide() -> None:
    assert len(EDITION.grounds) > 80
    assert all(KINDS_OF[ground.measure] for ground in EDITION.grounds)
    proved = {ground.proof for ground in EDITION.grounds if ground.target is Target.PERSON}
    assert proved - {None} == set(Proof)


# The year


def measure(
    kind: MeasureKind,
    on: str,
    *,
    who: UUID | None = CLERK,
    window: UUID | None = HERE,
    number: str = "CF-1",
) -> MeasureFact:
    return MeasureFact(
        measure_id=UUID(int=len(number) * 1000 + date.fromisoformat(on).toordinal()),
        number=number,
        kind=kind,
        target=Target.PERSON if who else Target.WINDOW,
        staff_id=who,
        window_id=window,
        on=date.fromisoformat(on),
        article="DISCIPLINE 五(一)",
    )


A, W, S = MeasureKind.ADMONITION, MeasureKind.WARNING, MeasureKind.SENT_BACK
NOT_EXCELLENT, INCOMPETENT = ConsequenceKind.NOT_EXCELLENT, ConsequenceKind.INCOMPETENT
LOSES = ConsequenceKind.WINDOW_LOSES_ELIGIBILITY


@pytest.mark.parametrize(
    ("measures", "expected"),
    [
        ((), []),
        ((measure(A, "2026-03-01"),), []),
        (
            (measure(A, "2026-03-01"), measure(A, "2026-12-31")),
            [(NOT_EXCELLENT, "APPRAISE 六(二)"), (LOSES, "APPRAISE 六(二)")],
        ),
        ((measure(A, "2025-12-31"), measure(A, "2026-01-01")), []),
        (
            (measure(W, "2026-01-01"),),
            [(NOT_EXCELLENT, "DISCIPLINE 九"), (LOSES, "APPRAISE 六(二)")],
        ),
        ((measure(W, "2025-12-31"),), []),
        (
            (measure(W, "2026-01-01"), measure(W, "2026-12-31")),
            [
                (NOT_EXCELLENT, "DISCIPLINE 九"),
                (INCOMPETENT, "DISCIPLINE 九"),
                (LOSES, "APPRAISE 六(二)"),
            ],
        ),
        # two last year and one this year; one last year and one this year; two last year and none
        (
            (measure(W, "2025-01-01"), measure(W, "2025-12-31"), measure(W, "2026-06-01")),
            [
                (NOT_EXCELLENT, "DISCIPLINE 九"),
                (INCOMPETENT, "DISCIPLINE 九"),
                (LOSES, "APPRAISE 六(二)"),
            ],
        ),
        (
            (measure(W, "2025-12-31"), measure(W, "2026-06-01")),
            [(NOT_EXCELLENT, "DISCIPLINE 九"), (LOSES, "APPRAISE 六(二)")],
        ),
        ((measure(W, "2025-01-01"), measure(W, "2025-12-31")), []),
        # two years ago counts no longer
        (
            (measure(W, "2024-11-01"), measure(W, "2024-12-31"), measure(W, "2026-06-01")),
            [(NOT_EXCELLENT, "DISCIPLINE 九"), (LOSES, "APPRAISE 六(二)")],
        ),
        ((measure(S, "2026-06-01"),), [(ConsequenceKind.SENT_BACK, "DISCIPLINE 五(一)")]),
    ],
)
def test_what_a_persons_year_comes_to(
    measures: tuple[MeasureFact, ...], expected: list[tuple[ConsequenceKind, str]]
) -> None:
    found = year_of_person(measures, 2026, EDITION)
    assert [(one.kind, one.article) for one in found] == expected
    for one in found:
        assert one.because and one.measure_ids


NOT_ELIGIBLE = ConsequenceKind.NOT_ELIGIBLE
NO_COLLECTIVE = ConsequenceKind.NO_ADVANCED_COLLECTIVE


@pytest.mark.parametrize(
    ("measures", "expected"),
    [
        ((measure(A, "2026-03-01"), measure(A, "2026-03-02", who=OTHER)), []),
        ((measure(A, "2026-03-01"), measure(A, "2026-03-02")), [NOT_ELIGIBLE]),
        # the second one was earned elsewhere: that window's matter
        ((measure(A, "2026-03-01"), measure(A, "2026-03-02", window=THERE)), []),
        ((measure(A, "2026-03-01", window=THERE), measure(A, "2026-03-02")), [NOT_ELIGIBLE]),
        ((measure(W, "2026-03-01"),), [NOT_ELIGIBLE, NO_COLLECTIVE]),
        ((measure(W, "2026-03-01", window=THERE),), []),
        # three in all at the window, people and window together; two are not yet
        (
            (
                measure(A, "2026-03-01"),
                measure(A, "2026-03-02", who=OTHER),
                measure(A, "2026-03-03", who=None),
            ),
            [NO_COLLECTIVE],
        ),
        (
            (
                measure(A, "2025-12-31"),
                measure(A, "2026-03-02", who=OTHER),
                measure(A, "2026-03-03", who=None),
            ),
            [],
        ),
        ((measure(W, "2026-03-01", who=None),), [NO_COLLECTIVE]),
        (
            (measure(W, "2026-03-01", who=None), measure(W, "2026-03-02", who=None)),
            [NO_COLLECTIVE, ConsequenceKind.WINDOW_INCOMPETENT],
        ),
    ],
)
def test_what_a_windows_year_comes_to(
    measures: tuple[MeasureFact, ...], expected: list[ConsequenceKind]
) -> None:
    found = year_of_window(measures, HERE, 2026, EDITION)
    assert [one.kind for one in found] == expected


def test_a_consequence_names_each_measure_and_the_rule_that_they_meet() -> None:
    measures = (
        measure(W, "2026-03-01", number="CF-2026-000001"),
        measure(W, "2026-05-01", number="CF-2026-000002"),
    )
    [_, incompetent, _] = year_of_person(measures, 2026, EDITION)
    assert incompetent.because[0] == (
        "2026-03-01效能告诫（CF-2026-000001，《诫勉教育和效能告诫实施细则》五(一)）"
    )
    assert "CF-2026-000002" in incompetent.because[1]
    assert "2026年内被效能告诫2次" in incompetent.because[2]


# The order of the steps


def place(**changes: object) -> MeasurePlace:
    values: dict[str, object] = {
        "kind": A,
        "state": MeasureState.DECIDED,
        "target": Target.PERSON,
        "staff_id": CLERK,
        "window_id": HERE,
        "department_id": None,
        "is_talked": False,
        "is_told": False,
        "is_filed": False,
        "is_under_review": False,
        "has_appeal": False,
    }
    return MeasurePlace(**(values | changes))  # type: ignore[arg-type]


def test_a_revoked_measure_moves_no_more_and_every_other_can_be_revoked() -> None:
    for state in MeasureState:
        may = MeasureState.REVOKED in MEASURE_MOVES[state]
        assert may is (state is not MeasureState.REVOKED)
    assert MEASURE_MOVES[MeasureState.REVOKED] == frozenset()


def test_measure_kinds_without_a_letter_are_neither_issued_nor_appealed() -> None:
    assert {kind for kind in MeasureKind if kind.has_letter} == {A, W}
    assert {measure for measure in Measure if len(KINDS_OF[measure]) == 2} == {
        Measure.EITHER,
        Measure.SUPERIOR,
    }


def caller(role: Role, staff_id: UUID | None = None, department_id: UUID | None = None) -> Caller:
    return Caller(
        account_id=UUID(int=90),
        session_id=UUID(int=91),
        username="x",
        role=role,
        staff_id=staff_id,
        staff_name=None,
        department_id=department_id,
        window_ids=(),
    )


@pytest.mark.parametrize(
    ("action", "changes", "may"),
    [
        ("talk", {}, True),
        ("talk", {"is_talked": True}, False),
        ("talk", {"kind": S}, False),
        ("issue", {}, False),
        ("issue", {"is_talked": True}, True),
        ("issue", {"is_talked": True, "state": MeasureState.ISSUED}, False),
        ("receive", {"is_talked": True}, False),
        ("receive", {"state": MeasureState.ISSUED}, True),
        ("receive", {"state": MeasureState.RECEIVED}, False),
        ("tell-department", {}, True),
        ("tell-department", {"kind": S}, True),
        ("tell-department", {"is_told": True}, False),
        ("file-with-county", {}, True),
        ("file-with-county", {"is_filed": True}, False),
        ("appeal", {"state": MeasureState.ISSUED}, False),
        ("appeal", {"state": MeasureState.RECEIVED}, True),
        ("appeal", {"state": MeasureState.RECEIVED, "has_appeal": True}, False),
        ("appeal", {"state": MeasureState.RECEIVED, "kind": S}, False),
    ],
)
def test_each_step_comes_in_its_turn(action: str, changes: dict[str, object], may: bool) -> None:
    refusal = why_not(MeasureAction(action), place(**changes), caller(Role.OFFICE))
    assert (refusal is None) is may
    revoked = place(**(changes | {"state": MeasureState.REVOKED}))
    assert why_not(MeasureAction(action), revoked, caller(Role.OFFICE)) is not None


@pytest.mark.parametrize(
    ("target", "kind", "role"),
    [
        (Target.PERSON, A, Role.OFFICE),
        (Target.PERSON, W, Role.OFFICE),
        (Target.PERSON, S, Role.DIRECTOR),
        (Target.PERSON, MeasureKind.REFERRED, Role.DIRECTOR),
        (Target.WINDOW, A, Role.DIRECTOR),
        (Target.WINDOW, W, Role.DIRECTOR),
        (Target.LEADER, A, Role.DIRECTOR),
    ],
)
def test_people_are_judged_by_the_office_windows_and_leaders_by_the_director(
    target: Target, kind: MeasureKind, role: Role
) -> None:
    for one in Role:
        refusal = may_decide(target, kind, CLERK, caller(one))
        assert (refusal is None) is (one is role)
    own = may_decide(target, kind, CLERK, caller(role, staff_id=CLERK))
    assert own is not None and own.code == "measure_own_matter"
