"""The closed sets of a conference: its kinds, states and moves, who was there, its commands."""

from enum import StrEnum


class ConferenceKind(StrEnum):
    """What a conference is for."""

    JOINT = "joint"
    """On a weighty matter, by the chief representatives it concerns (MGMT 十六)."""
    REGULAR = "regular"
    """Of all chief representatives, on the work of the centre (JOINT 一)."""

    @property
    def label(self) -> str:
        return KIND_LABELS[self]

    @property
    def article(self) -> str:
        return "MGMT 十六" if self is ConferenceKind.JOINT else "JOINT 四"


KIND_LABELS = {
    ConferenceKind.JOINT: "联席会议",
    ConferenceKind.REGULAR: "首席代表例会",
}


class ConferenceState(StrEnum):
    """How far a conference has come."""

    CALLED = "called"
    HELD = "held"
    CONCLUDED = "concluded"
    ARCHIVED = "archived"
    CANCELLED = "cancelled"

    @property
    def label(self) -> str:
        return STATE_LABELS[self]


STATE_LABELS = {
    ConferenceState.CALLED: "已通知",
    ConferenceState.HELD: "已召开",
    ConferenceState.CONCLUDED: "已出纪要",
    ConferenceState.ARCHIVED: "已归档",
    ConferenceState.CANCELLED: "已取消",
}

MOVES: dict[ConferenceState, frozenset[ConferenceState]] = {
    ConferenceState.CALLED: frozenset({ConferenceState.HELD, ConferenceState.CANCELLED}),
    # a regular conference is archived without minutes where none are needed (JOINT 四)
    ConferenceState.HELD: frozenset({ConferenceState.CONCLUDED, ConferenceState.ARCHIVED}),
    ConferenceState.CONCLUDED: frozenset({ConferenceState.ARCHIVED}),
    ConferenceState.ARCHIVED: frozenset(),
    ConferenceState.CANCELLED: frozenset(),
}
"""Every move a conference may make."""


class ConferenceAction(StrEnum):
    """The commands on a conference; each is an endpoint, ``change`` the PATCH."""

    CHANGE = "change"
    CANCEL = "cancel"
    ASK_LEAVE = "ask-leave"
    HOLD = "hold"
    GIVE_OPINION = "give-opinion"
    CONCLUDE = "conclude"
    REISSUE_MINUTES = "reissue-minutes"
    ARCHIVE = "archive"

    @property
    def label(self) -> str:
        return ACTION_LABELS[self]


ACTION_LABELS = {
    ConferenceAction.CHANGE: "修改会议安排",
    ConferenceAction.CANCEL: "取消会议",
    ConferenceAction.ASK_LEAVE: "会前请假",
    ConferenceAction.HOLD: "登记会议情况",
    ConferenceAction.GIVE_OPINION: "会后提出意见",
    ConferenceAction.CONCLUDE: "出具会议纪要",
    ConferenceAction.REISSUE_MINUTES: "重新出具会议纪要",
    ConferenceAction.ARCHIVE: "归档",
}

ACTION_STATES: dict[ConferenceAction, frozenset[ConferenceState]] = {
    ConferenceAction.CHANGE: frozenset({ConferenceState.CALLED}),
    ConferenceAction.CANCEL: frozenset({ConferenceState.CALLED}),
    ConferenceAction.ASK_LEAVE: frozenset({ConferenceState.CALLED}),
    ConferenceAction.HOLD: frozenset({ConferenceState.CALLED}),
    ConferenceAction.GIVE_OPINION: frozenset({ConferenceState.HELD}),
    ConferenceAction.CONCLUDE: frozenset({ConferenceState.HELD}),
    # minutes may turn out wrong after they were put away
    ConferenceAction.REISSUE_MINUTES: frozenset(
        {ConferenceState.CONCLUDED, ConferenceState.ARCHIVED}
    ),
    ConferenceAction.ARCHIVE: frozenset({ConferenceState.HELD, ConferenceState.CONCLUDED}),
}
"""In which states a command can be given."""

CHIEF_ACTIONS = frozenset({ConferenceAction.ASK_LEAVE, ConferenceAction.GIVE_OPINION})
"""Given by the chief representative of a department that is invited; all others by the office."""


class Presence(StrEnum):
    """Whether a department was there."""

    INVITED = "invited"
    ATTENDED = "attended"
    DELEGATED = "delegated"
    EXCUSED = "excused"
    """Not there, for a special reason: its silence is not taken for agreement (MGMT 十六)."""
    ABSENT = "absent"

    @property
    def label(self) -> str:
        return PRESENCE_LABELS[self]


PRESENCE_LABELS = {
    Presence.INVITED: "已通知",
    Presence.ATTENDED: "出席",
    Presence.DELEGATED: "委托出席",
    Presence.EXCUSED: "请假",
    Presence.ABSENT: "缺席",
}

PRESENT = frozenset({Presence.ATTENDED, Presence.DELEGATED})
"""Somebody could speak for the department."""
