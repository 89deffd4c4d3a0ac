"""What is decided about ratings: values in, values out."""

from datetime import datetime

from yimen.domains.cases.enums import CaseState
from yimen.domains.ratings.enums import AWAITED, FOLLOW_UP_MOVES, FollowUp

RATEABLE = frozenset(
    {
        CaseState.GRANTED,
        CaseState.REFUSED,
        CaseState.DELIVERED,
        CaseState.NOT_ACCEPTED,
        CaseState.DISMISSED,
    }
)
"""The hall has decided; what the applicant took back or let lapse is not the hall's work."""


def may_move(current: FollowUp, to: FollowUp) -> bool:
    """Whether a follow-up may go from one state to another."""
    return to in FOLLOW_UP_MOVES[current]


def is_overdue(
    follow_up: FollowUp, *, due_at: datetime | None, closed_at: datetime | None, now: datetime
) -> bool:
    """Whether the answer came, or is still to come, after its due instant."""
    if due_at is None:
        return False
    if follow_up in AWAITED:
        return now > due_at
    return closed_at is not None and closed_at > due_at
