"""What a finding must name, whether it counts, who may do what with it: tables of values."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

import pytest

from yimen.core.caller import Caller, Role
from yimen.domains.inspections.access import FindingPlace, may_answer, why_not
from yimen.domains.inspections.enums import (
    ACTION_STATES,
    AT_WINDOWS,
    EFFECTIVE,
    FINDING_MOVES,
    STANDING,
    SUBJECT_OF,
    FindingAction,
    FindingState,
    TableKind,
)
from yimen.domains.inspections.rules import (
    Named,
    is_effective,
    may_move,
    month_of,
    slip_of,
    why_ineffective,
)
from yimen.domains.rulebook.service import RulebookService

WINDOW, OTHER_WINDOW = UUID(int=1), UUID(int=2)
SUBJECT, STAFF, OTHER_STAFF = UUID(int=3), UUID(int=4), UUID(int=5)
DEPARTMENT = UUID(int=6)
EDITION = RulebookService().edition_on(date(2026, 3, 10))

COUNTER, CORNER = "hygiene.window.07", "hygiene.window.15"


def slip(
    kind: TableKind,
    row: str,
    *,
    window: UUID | None = None,
    subject: UUID | None = None,
    staff: Collection[UUID] | None = None,
) -> tuple[str, str] | None:
    found = EDITION.row(row) if EDITION.has_row(row) else None
    slipped = slip_of(kind, found, Named(window, subject, staff))
    return None if slipped is None else (slipped.field, slipped.code)


@pytest.mark.parametrize(
    ("kind", "row", "window", "subject", "staff", "expected"),
    [
        # HYGIENE 附件(窗口): a window; the person too, but for row 15
        (TableKind.WINDOWS, COUNTER, WINDOW, None, None, None),
        (TableKind.WINDOWS, COUNTER, WINDOW, None, [STAFF], None),
        (TableKind.WINDOWS, COUNTER, WINDOW, None, [], None),
        (TableKind.WINDOWS, CORNER, WINDOW, None, None, None),
        (TableKind.WINDOWS, CORNER, WINDOW, None, [], None),
        (TableKind.WINDOWS, CORNER, WINDOW, None, [STAFF], ("staff_ids", "not_allowed")),
        (TableKind.WINDOWS, COUNTER, None, None, [STAFF], ("window_id", "missing")),
        (TableKind.WINDOWS, COUNTER, WINDOW, SUBJECT, None, ("subject_id", "not_allowed")),
        (TableKind.WINDOWS, "hygiene.office.07", WINDOW, None, None, ("row_code", "unknown")),
        (TableKind.WINDOWS, "hygiene.window.16", WINDOW, None, None, ("row_code", "unknown")),
        # offices, cleaners, guards: an entry of the register, nobody of the staff
        (TableKind.OFFICES, "hygiene.office.01", None, SUBJECT, None, None),
        (TableKind.CLEANERS, "hygiene.floor3.toilets.01", None, SUBJECT, [], None),
        (TableKind.GUARDS, "security.guard.01a", None, SUBJECT, None, None),
        (TableKind.GUARDS, "security.guard.02", None, None, None, ("subject_id", "missing")),
        (TableKind.GUARDS, "security.guard.02", WINDOW, None, None, ("window_id", "not_allowed")),
        (
            TableKind.GUARDS, "security.guard.02", None, SUBJECT, [STAFF],
            ("staff_ids", "not_allowed"),
        ),
        # CONDUCT, VIRUS: somebody in particular
        (TableKind.CONDUCT, "conduct.phrases.05", WINDOW, None, [STAFF], None),
        (TableKind.CONDUCT, "conduct.prohibition.06", None, None, [STAFF], None),
        (TableKind.CONDUCT, "conduct.prohibition.04", WINDOW, None, [STAFF, OTHER_STAFF], None),
        (
            TableKind.CONDUCT, "conduct.desk.01", WINDOW, None, None, ("staff_ids", "missing"),
        ),
        (TableKind.CONDUCT, "conduct.desk.01", WINDOW, None, [], ("staff_ids", "missing")),
        (TableKind.COMPUTERS, "computers.10", WINDOW, None, [STAFF], None),
        (TableKind.COMPUTERS, "computers.10", None, SUBJECT, None, ("subject_id", "not_allowed")),
    ],
)  # fmt: skip
def test_a_finding_names_what_its_table_is_about(
    kind: TableKind,
    row: str,
    window: UUID | None,
    subject: UUID | None,
    staff: list[UUID] | None,
    expected: tuple[str, str] | None,
) -> None:
    assert slip(kind, row, window=window, subject=subject, staff=staff) == expected


def test_every_kind_of_table_is_about_windows_or_about_the_register() -> None:
    assert set(SUBJECT_OF) | AT_WINDOWS == set(TableKind)
    assert not set(SUBJECT_OF) & AT_WINDOWS


@pytest.mark.parametrize("state", FindingState)
def test_a_finding_counts_unless_somebody_objects_or_it_is_taken_back(state: FindingState) -> None:
    counts = {FindingState.RECORDED, FindingState.CONFIRMED, FindingState.UPHELD}
    assert is_effective(state) is (state in counts)
    why = why_ineffective(state, "照片清楚")
    assert (why is None) is (state in counts)
    assert why is None or "照片清楚" in why


@pytest.mark.parametrize("state", FindingState)
@pytest.mark.parametrize("to", FindingState)
def test_every_move_is_in_the_table_or_refused(state: FindingState, to: FindingState) -> None:
    assert may_move(state, to) is (to in FINDING_MOVES[state])


def test_what_no_longer_stands_never_moves_again() -> None:
    for state in set(FindingState) - STANDING:
        assert FINDING_MOVES[state] == frozenset()
        assert state not in EFFECTIVE
        assert not any(state in states for states in ACTION_STATES.values())


def test_each_command_leads_from_its_states_to_a_state_the_table_allows() -> None:
    ends = {
        FindingAction.CONFIRM: {FindingState.CONFIRMED},
        FindingAction.REFUSE: {FindingState.REFUSED},
        FindingAction.DECIDE: {FindingState.UPHELD, FindingState.WITHDRAWN},
        FindingAction.CORRECT: {FindingState.CORRECTED},
        FindingAction.WITHDRAW: {FindingState.WITHDRAWN},
    }
    for action, states in ACTION_STATES.items():
        for state in states:
            assert ends[action] <= FINDING_MOVES[state], (action, state)


@pytest.mark.parametrize(
    ("day", "first", "last"),
    [
        ("2026-03-01", "2026-03-01", "2026-03-31"),
        ("2026-03-31", "2026-03-01", "2026-03-31"),
        ("2026-02-28", "2026-02-01", "2026-02-28"),
        ("2028-02-01", "2028-02-01", "2028-02-29"),
        ("2026-12-31", "2026-12-01", "2026-12-31"),
    ],
)
def test_a_month_has_its_first_and_last_day(day: str, first: str, last: str) -> None:
    assert month_of(date.fromisoformat(day)) == (
        date.fromisoformat(first),
        date.fromisoformat(last),
    )


def caller(role: Role, *, staff: UUID | None = None, windows: tuple[UUID, ...] = ()) -> Caller:
    return Caller(
        account_id=UUID(int=9),
        session_id=UUID(int=9),
        username="somebody",
        role=role,
        staff_id=staff,
        staff_name=None,
        department_id=DEPARTMENT if role is Role.CHIEF_REPRESENTATIVE else None,
        window_ids=windows,
    )


def place(
    kind: TableKind = TableKind.WINDOWS,
    state: FindingState = FindingState.RECORDED,
    department: UUID | None = DEPARTMENT,
) -> FindingPlace:
    return FindingPlace(
        kind=kind,
        state=state,
        window_id=WINDOW,
        department_id=department,
        staff_ids=[STAFF],
        refusable_until=date(2026, 3, 13),
    )


@pytest.mark.parametrize(
    ("kind", "who", "may"),
    [
        (TableKind.WINDOWS, caller(Role.WINDOW, staff=STAFF), True),
        (TableKind.WINDOWS, caller(Role.WINDOW, staff=OTHER_STAFF, windows=(WINDOW,)), True),
        (TableKind.WINDOWS, caller(Role.WINDOW, staff=OTHER_STAFF, windows=(OTHER_WINDOW,)), False),
        (TableKind.WINDOWS, caller(Role.CHIEF_REPRESENTATIVE), True),
        (TableKind.WINDOWS, caller(Role.OFFICE), False),
        (TableKind.WINDOWS, caller(Role.DIRECTOR), False),
        # how somebody behaved is theirs to answer, not the colleague's
        (TableKind.CONDUCT, caller(Role.WINDOW, staff=STAFF), True),
        (TableKind.CONDUCT, caller(Role.WINDOW, staff=OTHER_STAFF, windows=(WINDOW,)), False),
        (TableKind.CONDUCT, caller(Role.CHIEF_REPRESENTATIVE), True),
        # those without an account speak through the office
        (TableKind.GUARDS, caller(Role.OFFICE), True),
        (TableKind.GUARDS, caller(Role.DIRECTOR), False),
        (TableKind.GUARDS, caller(Role.CHIEF_REPRESENTATIVE), False),
        (TableKind.CLEANERS, caller(Role.WINDOW, staff=STAFF), False),
    ],
)
def test_the_inspected_answer(kind: TableKind, who: Caller, may: bool) -> None:
    assert may_answer(place(kind), who) is may


def test_a_chief_representative_answers_only_for_the_own_department() -> None:
    chief = caller(Role.CHIEF_REPRESENTATIVE)
    assert not may_answer(place(department=UUID(int=7)), chief)
    assert not may_answer(place(department=None), chief)


@pytest.mark.parametrize(
    ("today", "code"),
    [
        ("2026-03-12", None),
        ("2026-03-13", None),
        ("2026-03-14", "finding_refusal_late"),
    ],
)
def test_one_may_object_through_the_last_day_but_confirm_later(
    today: str, code: str | None
) -> None:
    """APPRAISE 四(三), the days local."""
    clerk, day = caller(Role.WINDOW, staff=STAFF), date.fromisoformat(today)
    refusal = why_not(FindingAction.REFUSE, place(), clerk, day)
    assert (refusal.code if refusal else None) == code
    assert why_not(FindingAction.CONFIRM, place(), clerk, day) is None


@pytest.mark.parametrize("state", FindingState)
@pytest.mark.parametrize("action", FindingAction)
def test_a_command_is_refused_in_every_other_state(
    action: FindingAction, state: FindingState
) -> None:
    clerk, office = caller(Role.WINDOW, staff=STAFF), caller(Role.OFFICE)
    who = clerk if action in (FindingAction.CONFIRM, FindingAction.REFUSE) else office
    refusal = why_not(action, place(state=state), who, date(2026, 3, 10))
    assert (refusal is None) is (state in ACTION_STATES[action])
    assert refusal is None or (refusal.code == "finding_state" and state.label in refusal.reason)
