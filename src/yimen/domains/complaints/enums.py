"""The closed sets of a complaint: how it came, how far it is, what was found."""

from enum import StrEnum


class ComplaintChannel(StrEnum):
    """How a complaint came to the hall (MGMT 三十三)."""

    DESK = "desk"
    PHONE = "phone"
    WEB = "web"
    BOX = "box"

    @property
    def label(self) -> str:
        return CHANNEL_LABELS[self]


CHANNEL_LABELS = {
    ComplaintChannel.DESK: "投诉工作台",
    ComplaintChannel.PHONE: "投诉电话",
    ComplaintChannel.WEB: "网上投诉",
    ComplaintChannel.BOX: "意见箱",
}


class ComplaintState(StrEnum):
    """How far a complaint is."""

    REGISTERED = "registered"
    ACCEPTED = "accepted"
    INVESTIGATING = "investigating"
    FOUND = "found"
    ANSWERED = "answered"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"

    @property
    def label(self) -> str:
        return STATE_LABELS[self]


STATE_LABELS = {
    ComplaintState.REGISTERED: "待受理",
    ComplaintState.ACCEPTED: "已受理，待指派调查",
    ComplaintState.INVESTIGATING: "调查中",
    ComplaintState.FOUND: "已认定，待答复",
    ComplaintState.ANSWERED: "已答复",
    ComplaintState.DECLINED: "不予受理并已告知",
    ComplaintState.WITHDRAWN: "投诉人已撤回",
}

COMPLAINT_MOVES: dict[ComplaintState, frozenset[ComplaintState]] = {
    ComplaintState.REGISTERED: frozenset(
        {ComplaintState.ACCEPTED, ComplaintState.DECLINED, ComplaintState.WITHDRAWN}
    ),
    ComplaintState.ACCEPTED: frozenset({ComplaintState.INVESTIGATING, ComplaintState.WITHDRAWN}),
    ComplaintState.INVESTIGATING: frozenset(
        {ComplaintState.INVESTIGATING, ComplaintState.FOUND, ComplaintState.WITHDRAWN}
    ),
    ComplaintState.FOUND: frozenset({ComplaintState.ANSWERED, ComplaintState.INVESTIGATING}),
    ComplaintState.ANSWERED: frozenset({ComplaintState.INVESTIGATING}),
    ComplaintState.DECLINED: frozenset(),
    ComplaintState.WITHDRAWN: frozenset(),
}
"""Whatever is taken in ends in an answer or with the complainant's own word (EFFICACY 二十二)."""

DECIDED = frozenset({ComplaintState.FOUND, ComplaintState.ANSWERED})
"""There is a finding: from here on the window and its department see the complaint."""


class ComplaintFinding(StrEnum):
    """What the investigation came to."""

    SUBSTANTIATED = "substantiated"
    UNSUBSTANTIATED = "unsubstantiated"

    @property
    def label(self) -> str:
        return "属实" if self is ComplaintFinding.SUBSTANTIATED else "不属实"


class ComplaintAction(StrEnum):
    """The commands on a complaint, and the looking at who complained."""

    ACCEPT = "accept"
    DECLINE = "decline"
    INVESTIGATE = "investigate"
    FIND = "find"
    ANSWER = "answer"
    WITHDRAW = "withdraw"
    REOPEN = "reopen"
    REVEAL = "reveal-complainant"

    @property
    def label(self) -> str:
        return ACTION_LABELS[self]


ACTION_LABELS = {
    ComplaintAction.ACCEPT: "受理",
    ComplaintAction.DECLINE: "不予受理",
    ComplaintAction.INVESTIGATE: "指派调查",
    ComplaintAction.FIND: "认定",
    ComplaintAction.ANSWER: "答复",
    ComplaintAction.WITHDRAW: "登记撤回",
    ComplaintAction.REOPEN: "发回重查",
    ComplaintAction.REVEAL: "查看投诉人",
}

ACTION_STATES: dict[ComplaintAction, frozenset[ComplaintState]] = {
    ComplaintAction.ACCEPT: frozenset({ComplaintState.REGISTERED}),
    ComplaintAction.DECLINE: frozenset({ComplaintState.REGISTERED}),
    ComplaintAction.INVESTIGATE: frozenset({ComplaintState.ACCEPTED, ComplaintState.INVESTIGATING}),
    ComplaintAction.FIND: frozenset({ComplaintState.INVESTIGATING}),
    ComplaintAction.ANSWER: frozenset({ComplaintState.FOUND}),
    ComplaintAction.WITHDRAW: frozenset(
        {ComplaintState.REGISTERED, ComplaintState.ACCEPTED, ComplaintState.INVESTIGATING}
    ),
    ComplaintAction.REOPEN: DECIDED,
    ComplaintAction.REVEAL: frozenset(ComplaintState),
}
"""In which states a command can be given."""


class ComplaintStage(StrEnum):
    """The three clocks of a complaint."""

    ACCEPTANCE = "acceptance"
    FINDING = "finding"
    ANSWER = "answer"

    @property
    def label(self) -> str:
        return STAGE_LABELS[self]


STAGE_LABELS = {
    ComplaintStage.ACCEPTANCE: "受理",
    ComplaintStage.FINDING: "调查认定",
    ComplaintStage.ANSWER: "答复投诉人",
}

STAGE_OF: dict[ComplaintState, ComplaintStage | None] = {
    ComplaintState.REGISTERED: ComplaintStage.ACCEPTANCE,
    ComplaintState.ACCEPTED: ComplaintStage.FINDING,
    ComplaintState.INVESTIGATING: ComplaintStage.FINDING,
    ComplaintState.FOUND: ComplaintStage.ANSWER,
    ComplaintState.ANSWERED: None,
    ComplaintState.DECLINED: None,
    ComplaintState.WITHDRAWN: None,
}
"""Which clock runs in a state."""


class ComplaintAct(StrEnum):
    """What a step of the timeline records."""

    REGISTERED = "registered"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    INVESTIGATOR_NAMED = "investigator_named"
    FOUND = "found"
    ANSWERED = "answered"
    WITHDRAWN = "withdrawn"
    REOPENED = "reopened"
    DEADLINE_MOVED = "deadline_moved"
    """The calendar changed."""

    @property
    def label(self) -> str:
        return ACT_LABELS[self]


ACT_LABELS = {
    ComplaintAct.REGISTERED: "登记",
    ComplaintAct.ACCEPTED: "受理",
    ComplaintAct.DECLINED: "不予受理并告知",
    ComplaintAct.INVESTIGATOR_NAMED: "指派调查人",
    ComplaintAct.FOUND: "认定",
    ComplaintAct.ANSWERED: "答复",
    ComplaintAct.WITHDRAWN: "投诉人撤回",
    ComplaintAct.REOPENED: "发回重查",
    ComplaintAct.DEADLINE_MOVED: "期限随工作日历变动",
}
