"""Pure decisions of the queue: whose turn it is, how long it may take, what it took."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from yimen.domains.papers.rules import CODE_SIGNS
from yimen.domains.queue.enums import ACTION_STATES, TicketAction, TicketPriority, TicketState

TICKET_CODE_LENGTH = 6
MINUTE = timedelta(minutes=1)


def rank(queued_at: datetime, priority: TicketPriority, minutes: Mapping[str, int]) -> datetime:
    """When the ticket counts as taken: a priority counts as having come so much earlier.

    Whoever waits without priority is so called at the latest when everybody who came within the
    head start has been: priority shortens a wait and makes none endless.
    """
    return queued_at - timedelta(minutes=minutes.get(priority, 0))


def rank_at_once(now: datetime) -> datetime:
    """Before everyone else of the day: 特急件 are served at once (APPOINT 三)."""
    return now - timedelta(days=1)


def write_ticket_code(random: bytes) -> str:
    """Six signs that are hard to confuse, from at least six random bytes."""
    return "".join(CODE_SIGNS[byte % 32] for byte in random[:TICKET_CODE_LENGTH])


def read_ticket_code(typed: str) -> str:
    """A code as somebody typed it, in the form it is kept in; empty when it cannot be one."""
    signs = "".join(sign for sign in typed.upper() if sign not in "- \u3000")
    return signs if set(signs) <= set(CODE_SIGNS) else ""


def why_wrong_state(action: TicketAction, state: TicketState) -> str | None:
    """Why an action makes no sense in a state, and in which it would."""
    states = ACTION_STATES[action]
    if state in states:
        return None
    allowed = "、".join(one.label for one in TicketState if one in states)
    return f"该号目前“{state.label}”，只有“{allowed}”的号才能{action.label}。"


@dataclass(frozen=True, slots=True)
class Pace:
    """What was measured of a group lately."""

    median_seconds: int | None
    """Of the services that ``rests_on`` counts; none when none was measured."""
    rests_on: int
    windows: int
    """At work just now; one when none has called for a while."""


def estimate_minutes(ahead: int, pace: Pace) -> int | None:
    """Minutes until those ahead have been served, rounded up; none while nothing was measured."""
    if pace.median_seconds is None:
        return None
    seconds = ahead * pace.median_seconds
    return -(-seconds // (60 * max(1, pace.windows)))


@dataclass(frozen=True, slots=True)
class Reached:
    """A ticket reached a state at an instant."""

    at: datetime
    state: TicketState


@dataclass(frozen=True, slots=True)
class Times:
    """What a ticket's steps come to."""

    waited: timedelta
    """In all, being waited for at a window and waiting again after a transfer included."""
    served: timedelta | None
    """None for a ticket that was never served."""


def read_times(steps: Sequence[Reached], now: datetime) -> Times:
    """Waiting and service by the steps, up to now for the state that still lasts."""
    ends = [step.at for step in steps[1:]] + [now]
    spells = [(step.state, end - step.at) for step, end in zip(steps, ends, strict=True)]
    served = [spell for state, spell in spells if state is TicketState.SERVING]
    return Times(
        waited=_sum(spell for state, spell in spells if state is TicketState.WAITING),
        served=_sum(served) if served else None,
    )


def _sum(spells: Iterable[timedelta]) -> timedelta:
    return sum(spells, timedelta())


def is_day_over(close_of_business: datetime | None, grace: int, now: datetime) -> bool:
    """Whether today's open tickets are closed: more than so many minutes after the hall closed.

    On a day off the hall has no closing: what was taken then ends with the day.
    """
    return close_of_business is not None and now > close_of_business + grace * MINUTE
