"""The queue's rules as tables: turn, estimate, times, moves, the end of the day."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest

from yimen.core.clock import HALL_ZONE
from yimen.domains.queue.access import Place, TicketPlace, places_to_act
from yimen.domains.queue.enums import (
    ACTION_STATES,
    LEADS_TO,
    OPEN_STATES,
    TICKET_MOVES,
    TicketAction,
    TicketPriority,
    TicketState,
)
from yimen.domains.queue.rules import (
    Pace,
    Reached,
    estimate_minutes,
    is_day_over,
    rank,
    read_ticket_code,
    read_times,
    why_wrong_state,
    write_ticket_code,
)
from yimen.domains.rulebook.service import RulebookService

WEIGHTS = {"appointment": 30, "elderly": 20}


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-03-10 {text}").replace(tzinfo=HALL_ZONE)


@pytest.mark.parametrize(
    ("first", "second", "called"),
    [
        (("10:40", "normal"), ("10:41", "normal"), "first"),
        (("10:40", "normal"), ("10:59", "elderly"), "second"),
        (("10:40", "normal"), ("11:00", "elderly"), "tie"),  # the ids decide: who came first
        (("10:40", "normal"), ("11:01", "elderly"), "first"),
        (("10:40", "elderly"), ("10:49", "appointment"), "second"),
        (("10:40", "elderly"), ("10:51", "appointment"), "first"),
        (("10:40", "normal"), ("10:40", "disabled"), "tie"),  # not weighted in this table
    ],
)
def test_a_priority_counts_as_having_come_earlier(
    first: tuple[str, str], second: tuple[str, str], called: str
) -> None:
    one, other = (
        rank(at(taken), TicketPriority(priority), WEIGHTS) for taken, priority in (first, second)
    )
    assert called == ("tie" if one == other else "first" if one < other else "second")


def test_every_priority_has_its_weight_in_the_rulebook() -> None:
    [edition, *_] = RulebookService().editions()
    weights = {
        value.code.rpartition(".")[2]: value.value
        for value in edition.values
        if value.code.startswith("queue.head_start.")
    }
    assert set(weights) == {one.value for one in TicketPriority} - {"normal"}
    assert all(isinstance(weight, int) and weight > 0 for weight in weights.values())


@pytest.mark.parametrize(
    ("ahead", "median", "windows", "minutes"),
    [
        (0, 300, 1, 0),
        (1, 300, 1, 5),
        (1, 301, 1, 6),  # rounded up
        (3, 300, 2, 8),
        (4, 300, 2, 10),
        (4, 300, 0, 20),  # none has called for a while: reckoned with one
        (4, None, 2, None),
    ],
)
def test_a_wait_is_estimated_from_what_was_measured(
    ahead: int, median: int | None, windows: int, minutes: int | None
) -> None:
    assert estimate_minutes(ahead, Pace(median, 20, windows)) == minutes


def steps(*reached: tuple[str, str]) -> list[Reached]:
    return [Reached(at(when), TicketState(state)) for when, state in reached]


@pytest.mark.parametrize(
    ("course", "waited", "served"),
    [
        ([("10:00", "waiting")], 60, None),
        ([("10:00", "waiting"), ("10:20", "called"), ("10:21", "missed")], 20, None),
        (
            [
                ("10:00", "waiting"),
                ("10:20", "called"),
                ("10:21", "called"),
                ("10:22", "serving"),
                ("10:30", "finished"),
            ],
            20,
            8,
        ),
        (  # parked time is neither
            [
                ("10:00", "waiting"),
                ("10:10", "called"),
                ("10:11", "serving"),
                ("10:15", "parked"),
                ("10:40", "called"),
                ("10:41", "serving"),
                ("10:44", "finished"),
            ],
            10,
            7,
        ),
        (  # sent on: waiting counts on
            [
                ("10:00", "waiting"),
                ("10:10", "called"),
                ("10:11", "serving"),
                ("10:12", "waiting"),
                ("10:17", "called"),
                ("10:18", "serving"),
            ],
            15,
            43,  # and is served still
        ),
    ],
)
def test_waiting_and_service_are_what_the_steps_say(
    course: list[tuple[str, str]], waited: int, served: int | None
) -> None:
    times = read_times(steps(*course), at("11:00"))
    assert times.waited == timedelta(minutes=waited)
    assert times.served == (None if served is None else timedelta(minutes=served))


@pytest.mark.parametrize(
    ("closes", "now", "is_over"),
    [
        ("19:30", "19:29", False),
        ("19:30", "20:29", False),
        ("19:30", "20:30", False),  # 超过: more than an hour
        ("19:30", "20:31", True),
        (None, "23:59", False),  # a day off ends with the day
    ],
)
def test_the_day_ends_when_the_hall_has_been_shut_for_an_hour(
    closes: str | None, now: str, is_over: bool
) -> None:
    assert is_day_over(at(closes) if closes else None, 60, at(now)) is is_over


def test_every_action_leads_where_its_states_may_go() -> None:
    for action, states in ACTION_STATES.items():
        to = LEADS_TO[action]
        for state in states:
            assert to is None or to in TICKET_MOVES[state], (action, state)
    reached = {to for moves in TICKET_MOVES.values() for to in moves}
    by_acts = {to for to in LEADS_TO.values() if to is not None}
    assert reached - by_acts == {TicketState.EXPIRED}


def test_what_has_ended_moves_no_more_and_all_else_can_expire() -> None:
    for state in TicketState:
        is_open = TicketState.EXPIRED in TICKET_MOVES[state]
        assert is_open is (state in OPEN_STATES) is bool(TICKET_MOVES[state])


def test_a_refused_action_names_the_state_and_those_in_which_it_would_do() -> None:
    said = why_wrong_state(TicketAction.FINISH, TicketState.CALLED)
    assert said == "该号目前“已叫号”，只有“办理中”的号才能办结。"
    assert why_wrong_state(TicketAction.FINISH, TicketState.SERVING) is None


def test_a_code_is_read_however_it_was_typed() -> None:
    code = write_ticket_code(bytes(range(6, 12)))
    assert code == "89ABCD"
    assert read_ticket_code(" 89a-bcd ") == code
    assert read_ticket_code("查询码") == ""


def place(number: int) -> Place:
    return Place(UUID(int=number), UUID(int=100 + number))


@pytest.mark.parametrize(
    ("state", "at_window", "for_window", "places"),
    [
        ("waiting", None, None, [1, 2]),
        ("waiting", None, 2, [2]),
        ("waiting", 1, None, [1, 2]),  # sent on: any may call it again
        ("called", 1, None, [1]),
        ("serving", 1, None, [1]),
        ("parked", 1, None, [1, 2]),
        ("missed", 1, 1, [1]),
        ("finished", 2, None, [2]),
    ],
)
def test_a_ticket_is_acted_on_where_it_was_called_or_may_be(
    state: str, at_window: int | None, for_window: int | None, places: list[int]
) -> None:
    ticket = TicketPlace(
        state=TicketState(state),
        at=place(at_window) if at_window else None,
        of_group=(place(1), place(2)),
        for_window_id=place(for_window).window_id if for_window else None,
    )
    assert list(places_to_act(ticket)) == [place(number) for number in places]
