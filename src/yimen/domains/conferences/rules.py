"""What the regulations decide about a conference: values in, values out."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from yimen.domains.cases.enums import OpinionState
from yimen.domains.conferences.enums import MOVES, ConferenceState, Presence

CENTRE = "行政服务中心"
"""Who issues the minutes."""


def may_move(current: ConferenceState, to: ConferenceState) -> bool:
    """Whether a conference may go from one state to another."""
    return to in MOVES[current]


def standing(
    state: OpinionState, presence: Presence, *, due_at: datetime, now: datetime
) -> OpinionState:
    """An opinion as it counts now: silence past the due instant is agreement (MGMT 十六).

    Not for a department that was kept away by a special reason: it is waited for.
    """
    if state is OpinionState.ASKED and now > due_at and presence is not Presence.EXCUSED:
        return OpinionState.DEEMED_AGREED
    return state


def article_of_silence(presence: Presence) -> str:
    """On what the agreement of a silent department rests: who was absent, who only kept silent."""
    return "MGMT 十六" if presence is Presence.ABSENT else "CREED 服务承诺"


def say_silence(presence: Presence) -> str:
    """The same in words, for the minutes."""
    if presence is Presence.ABSENT:
        return "无特殊情况缺席，会后未提出意见"
    return "到会而未在期限内提出意见，超时默许"


def delegates_of(
    chief_id: UUID | None,
    *,
    at_own_window: Collection[UUID],
    in_department: Collection[UUID],
) -> frozenset[UUID]:
    """Who may stand in for a chief representative (JOINT 五): the others at the chief's window.

    A chief who serves at no window that day chooses among the staff of the department's windows.
    """
    others = at_own_window or in_department
    return frozenset(others) - {chief_id}


def say_presence(presence: Presence, delegate_name: str | None) -> str:
    """A department's presence as the minutes have it."""
    if presence is Presence.DELEGATED:
        return f"委托{delegate_name}出席"
    return presence.label
