"""Decisions about complaints as tables of values."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest

from yimen.core.clock import HALL_ZONE
from yimen.domains.complaints.enums import (
    ACTION_STATES,
    COMPLAINT_MOVES,
    STAGE_OF,
    ComplaintAction,
    ComplaintStage,
    ComplaintState,
)
from yimen.domains.complaints.rules import Accused, Judge, may_move, read_clock, why_partial

CLERK, OTHER = UUID(int=1), UUID(int=2)
HERE, THERE = UUID(int=11), UUID(int=12)
A, B = UUID(int=21), UUID(int=22)


@pytest.mark.parametrize(
    ("judge", "word"),
    [
        (Judge(CLERK, None, frozenset()), "本人"),
        (Judge(OTHER, None, frozenset({HERE})), "窗口"),
        (Judge(OTHER, A, frozenset()), "部门"),
        (Judge(OTHER, None, frozenset()), None),
        (Judge(OTHER, B, frozenset({THERE})), None),
        (Judge(None, None, frozenset()), None),
    ],
)
def test_nobody_judges_in_their_own_matter(judge: Judge, word: str | None) -> None:
    said = why_partial(judge, Accused(CLERK, HERE, A))
    assert said is None if word is None else word in (said or "")


def test_two_of_the_office_are_not_of_one_department_that_they_do_not_have() -> None:
    """The office's people have no department: only the person concerned stands aside."""
    accused = Accused(CLERK, None, None)
    assert why_partial(Judge(OTHER, None, frozenset()), accused) is None
    assert why_partial(Judge(CLERK, None, frozenset()), accused) is not None


DUE = datetime(2026, 3, 12, 19, 30, tzinfo=HALL_ZONE)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("now", "is_overdue"), [(DUE - SECOND, False), (DUE, False), (DUE + SECOND, True)]
)
def test_a_clock_is_overdue_after_its_last_moment(now: datetime, is_overdue: bool) -> None:
    none = dict.fromkeys(ComplaintStage)
    clock = read_clock(
        ComplaintState.REGISTERED,
        due=none | {ComplaintStage.ACCEPTANCE: DUE},
        done=none,
        now=now,
    )
    assert (clock.stage, clock.is_overdue) == (ComplaintStage.ACCEPTANCE, is_overdue)
    assert clock.missed == ((ComplaintStage.ACCEPTANCE,) if is_overdue else ())


def test_a_stage_done_late_stays_missed_and_one_done_in_time_never_becomes_so() -> None:
    due = dict.fromkeys(ComplaintStage, DUE)
    done = {
        ComplaintStage.ACCEPTANCE: DUE,
        ComplaintStage.FINDING: DUE + SECOND,
        ComplaintStage.ANSWER: DUE - SECOND,
    }
    clock = read_clock(ComplaintState.ANSWERED, due=due, done=done, now=DUE + timedelta(days=365))
    assert (clock.stage, clock.due_at, clock.is_overdue) == (None, None, False)
    assert clock.missed == (ComplaintStage.FINDING,)


def test_a_withdrawn_complaint_owes_nothing() -> None:
    none = dict.fromkeys(ComplaintStage)
    clock = read_clock(
        ComplaintState.WITHDRAWN,
        due=none | {ComplaintStage.ACCEPTANCE: DUE},
        done=none,
        now=DUE + SECOND,
    )
    assert (clock.is_overdue, clock.missed) == (False, ())


MOVES_TO = {
    ComplaintAction.ACCEPT: ComplaintState.ACCEPTED,
    ComplaintAction.DECLINE: ComplaintState.DECLINED,
    ComplaintAction.INVESTIGATE: ComplaintState.INVESTIGATING,
    ComplaintAction.FIND: ComplaintState.FOUND,
    ComplaintAction.ANSWER: ComplaintState.ANSWERED,
    ComplaintAction.WITHDRAW: ComplaintState.WITHDRAWN,
    ComplaintAction.REOPEN: ComplaintState.INVESTIGATING,
}


@pytest.mark.parametrize("action", MOVES_TO)
def test_a_command_is_open_in_the_states_from_which_its_move_is(action: ComplaintAction) -> None:
    to = MOVES_TO[action]
    able = {state for state in ComplaintState if may_move(state, to)}
    if to is ComplaintState.INVESTIGATING:  # naming an investigator, or looking again
        other = {ComplaintAction.INVESTIGATE, ComplaintAction.REOPEN} - {action}
        able -= ACTION_STATES[other.pop()]
    assert ACTION_STATES[action] == able


def test_what_is_still_open_has_a_clock_and_a_way_to_an_answer() -> None:
    """有诉必理、有理必果 (EFFICACY 二十二)."""
    ends = {ComplaintState.ANSWERED, ComplaintState.DECLINED, ComplaintState.WITHDRAWN}
    for state in ComplaintState:
        assert (STAGE_OF[state] is None) is (state in ends)
        if state not in ends:
            reached, new = {state}, {state}
            while new:
                new = {to for one in new for to in COMPLAINT_MOVES[one]} - reached
                reached |= new
            assert ComplaintState.ANSWERED in reached
