"""Closed sets of leave, and how a request moves."""

from enum import StrEnum


class Half(StrEnum):
    """One of the two shifts of a working day (ATTEND 一(一))."""

    MORNING = "morning"
    AFTERNOON = "afternoon"

    @property
    def label(self) -> str:
        return HALF_LABELS[self]


HALF_LABELS = {Half.MORNING: "上午", Half.AFTERNOON: "下午"}


class LeaveKind(StrEnum):
    """Why someone is away from the post (domain.md §6)."""

    OFFICIAL_BUSINESS = "official_business"
    ANNUAL = "annual"
    PERSONAL = "personal"
    SICK = "sick"
    HOME_VISIT = "home_visit"
    MARRIAGE = "marriage"
    MATERNITY = "maternity"
    BEREAVEMENT = "bereavement"

    @property
    def label(self) -> str:
        return LEAVE_KIND_LABELS[self]


LEAVE_KIND_LABELS = {
    LeaveKind.OFFICIAL_BUSINESS: "公务",
    LeaveKind.ANNUAL: "年休假",
    LeaveKind.PERSONAL: "事假",
    LeaveKind.SICK: "病假",
    LeaveKind.HOME_VISIT: "探亲假",
    LeaveKind.MARRIAGE: "婚假",
    LeaveKind.MATERNITY: "产假",
    LeaveKind.BEREAVEMENT: "丧假",
}


class LeaveState(StrEnum):
    """Where a request stands; whether someone is away right now follows from the dates."""

    AWAITING_AGREEMENT = "awaiting_agreement"
    AWAITING_APPROVAL = "awaiting_approval"
    APPROVED = "approved"
    EXTENSION_AWAITING_AGREEMENT = "extension_awaiting_agreement"
    EXTENSION_AWAITING_APPROVAL = "extension_awaiting_approval"
    RETURNED = "returned"
    REFUSED = "refused"
    CANCELLED = "cancelled"
    DECEITFUL = "deceitful"

    @property
    def label(self) -> str:
        return LEAVE_STATE_LABELS[self]


LEAVE_STATE_LABELS = {
    LeaveState.AWAITING_AGREEMENT: "待派出单位同意",
    LeaveState.AWAITING_APPROVAL: "待中心主任批准",
    LeaveState.APPROVED: "已批准",
    LeaveState.EXTENSION_AWAITING_AGREEMENT: "续假待派出单位同意",
    LeaveState.EXTENSION_AWAITING_APPROVAL: "续假待中心主任批准",
    LeaveState.RETURNED: "已销假",
    LeaveState.REFUSED: "未获批准",
    LeaveState.CANCELLED: "已撤销",
    LeaveState.DECEITFUL: "以欺骗手段请假",
}

EXTENDING = frozenset(
    {LeaveState.EXTENSION_AWAITING_AGREEMENT, LeaveState.EXTENSION_AWAITING_APPROVAL}
)
"""Granted, and asked to last longer."""

GRANTED = frozenset({LeaveState.APPROVED, LeaveState.RETURNED}) | EXTENDING
"""The half-days of these are covered."""

STANDING = GRANTED | {LeaveState.AWAITING_AGREEMENT, LeaveState.AWAITING_APPROVAL}
"""No two of these of one person overlap."""

LEAVE_MOVES: dict[LeaveState, frozenset[LeaveState]] = {
    LeaveState.AWAITING_AGREEMENT: frozenset(
        {LeaveState.AWAITING_APPROVAL, LeaveState.REFUSED, LeaveState.CANCELLED}
    ),
    LeaveState.AWAITING_APPROVAL: frozenset(
        {LeaveState.APPROVED, LeaveState.RETURNED, LeaveState.REFUSED, LeaveState.CANCELLED}
    ),
    LeaveState.APPROVED: EXTENDING
    | {LeaveState.RETURNED, LeaveState.CANCELLED, LeaveState.DECEITFUL},
    LeaveState.EXTENSION_AWAITING_AGREEMENT: frozenset(
        {
            LeaveState.EXTENSION_AWAITING_APPROVAL,
            LeaveState.APPROVED,
            LeaveState.RETURNED,
            LeaveState.DECEITFUL,
        }
    ),
    LeaveState.EXTENSION_AWAITING_APPROVAL: frozenset(
        {LeaveState.APPROVED, LeaveState.RETURNED, LeaveState.DECEITFUL}
    ),
    LeaveState.RETURNED: frozenset({LeaveState.DECEITFUL}),
    LeaveState.REFUSED: frozenset(),
    LeaveState.CANCELLED: frozenset(),
    LeaveState.DECEITFUL: frozenset(),
}
"""Every move a request can make; all others are refused."""


class LeaveAction(StrEnum):
    """What can be done with a request; the value is the last part of the command's path."""

    AGREE = "agree"
    APPROVE = "approve"
    REFUSE = "refuse"
    CANCEL = "cancel"
    EXTEND = "extend"
    WITHDRAW_EXTENSION = "withdraw-extension"
    CERTIFICATE = "certificate"
    RETURN = "return"
    DECEIT = "deceit"
    SUBSTITUTE = "substitutes"

    @property
    def label(self) -> str:
        return LEAVE_ACTION_LABELS[self]


LEAVE_ACTION_LABELS = {
    LeaveAction.AGREE: "派出单位同意",
    LeaveAction.APPROVE: "批准",
    LeaveAction.REFUSE: "不批准",
    LeaveAction.CANCEL: "撤销",
    LeaveAction.EXTEND: "续假",
    LeaveAction.WITHDRAW_EXTENSION: "撤回续假",
    LeaveAction.CERTIFICATE: "提交病假证明",
    LeaveAction.RETURN: "销假",
    LeaveAction.DECEIT: "认定欺骗",
    LeaveAction.SUBSTITUTE: "登记替岗",
}

ACTION_STATES: dict[LeaveAction, frozenset[LeaveState]] = {
    LeaveAction.AGREE: frozenset(
        {LeaveState.AWAITING_AGREEMENT, LeaveState.EXTENSION_AWAITING_AGREEMENT}
    ),
    LeaveAction.APPROVE: frozenset(
        {LeaveState.AWAITING_APPROVAL, LeaveState.EXTENSION_AWAITING_APPROVAL}
    ),
    LeaveAction.REFUSE: frozenset({LeaveState.AWAITING_AGREEMENT, LeaveState.AWAITING_APPROVAL})
    | EXTENDING,
    LeaveAction.CANCEL: frozenset(
        {LeaveState.AWAITING_AGREEMENT, LeaveState.AWAITING_APPROVAL, LeaveState.APPROVED}
    ),
    LeaveAction.EXTEND: frozenset({LeaveState.APPROVED}),
    LeaveAction.WITHDRAW_EXTENSION: EXTENDING,
    LeaveAction.CERTIFICATE: STANDING - {LeaveState.RETURNED},
    LeaveAction.RETURN: EXTENDING | {LeaveState.APPROVED},
    LeaveAction.DECEIT: GRANTED,
    LeaveAction.SUBSTITUTE: STANDING - {LeaveState.RETURNED},
}
"""In which states an action makes sense."""


class LeaveEventKind(StrEnum):
    """A line in the course of a request."""

    REQUESTED = "requested"
    AGREED = "agreed"
    APPROVED = "approved"
    REFUSED = "refused"
    CANCELLED = "cancelled"
    EXTENSION_ASKED = "extension_asked"
    EXTENSION_AGREED = "extension_agreed"
    EXTENSION_GRANTED = "extension_granted"
    EXTENSION_REFUSED = "extension_refused"
    EXTENSION_WITHDRAWN = "extension_withdrawn"
    CERTIFICATE_HANDED_IN = "certificate_handed_in"
    RETURNED = "returned"
    BECAME_PERSONAL = "became_personal"
    OVERSTAYED = "overstayed"
    FOUND_DECEITFUL = "found_deceitful"
    SUBSTITUTE_REGISTERED = "substitute_registered"
    SUBSTITUTE_RECALLED = "substitute_recalled"

    @property
    def label(self) -> str:
        return LEAVE_EVENT_LABELS[self]


LEAVE_EVENT_LABELS = {
    LeaveEventKind.REQUESTED: "提出请假",
    LeaveEventKind.AGREED: "派出单位同意",
    LeaveEventKind.APPROVED: "批准请假",
    LeaveEventKind.REFUSED: "不批准请假",
    LeaveEventKind.CANCELLED: "撤销请假",
    LeaveEventKind.EXTENSION_ASKED: "申请续假",
    LeaveEventKind.EXTENSION_AGREED: "派出单位同意续假",
    LeaveEventKind.EXTENSION_GRANTED: "批准续假",
    LeaveEventKind.EXTENSION_REFUSED: "不批准续假",
    LeaveEventKind.EXTENSION_WITHDRAWN: "撤回续假",
    LeaveEventKind.CERTIFICATE_HANDED_IN: "提交病假证明",
    LeaveEventKind.RETURNED: "销假",
    LeaveEventKind.BECAME_PERSONAL: "改按事假对待",
    LeaveEventKind.OVERSTAYED: "超假未归",
    LeaveEventKind.FOUND_DECEITFUL: "认定以欺骗手段请假",
    LeaveEventKind.SUBSTITUTE_REGISTERED: "登记替岗人员",
    LeaveEventKind.SUBSTITUTE_RECALLED: "结束替岗",
}


class LeaveView(StrEnum):
    """What the office and those who decide look for."""

    AWAITING_DECISION = "awaiting_decision"
    AWAY = "away"
    LACKING_SUBSTITUTE = "lacking_substitute"
    LACKING_CERTIFICATE = "lacking_certificate"
    OVERSTAYING = "overstaying"


class SubstitutionView(StrEnum):
    """Substitutions whose badge or desk plate is out, or that are under way."""

    OUTSTANDING = "outstanding"
    CURRENT = "current"


class CoverKind(StrEnum):
    """What explains that someone is not at the post, or is there outside office hours."""

    LEAVE = "leave"
    OFFICIAL_BUSINESS = "official_business"
    OUTING = "outing"
    TRAINING = "training"
    OVERTIME = "overtime"


class OutingPurpose(StrEnum):
    """Why someone leaves the post for part of a day."""

    ERRAND = "errand"
    MEETING = "meeting"
    TRAINING = "training"
    PRIVATE = "private"

    @property
    def label(self) -> str:
        return OUTING_PURPOSE_LABELS[self]


OUTING_PURPOSE_LABELS = {
    OutingPurpose.ERRAND: "公务外出",
    OutingPurpose.MEETING: "外出开会",
    OutingPurpose.TRAINING: "外出培训",
    OutingPurpose.PRIVATE: "因私外出",
}


class OutingState(StrEnum):
    REPORTED = "reported"
    RETURNED = "returned"
    CANCELLED = "cancelled"

    @property
    def label(self) -> str:
        return OUTING_STATE_LABELS[self]


OUTING_STATE_LABELS = {
    OutingState.REPORTED: "已报备",
    OutingState.RETURNED: "已返岗",
    OutingState.CANCELLED: "已撤销",
}

OUTING_MOVES: dict[OutingState, frozenset[OutingState]] = {
    OutingState.REPORTED: frozenset({OutingState.RETURNED, OutingState.CANCELLED}),
    OutingState.RETURNED: frozenset(),
    OutingState.CANCELLED: frozenset(),
}


class OvertimeState(StrEnum):
    APPLIED = "applied"
    APPROVED = "approved"
    REFUSED = "refused"
    CANCELLED = "cancelled"

    @property
    def label(self) -> str:
        return OVERTIME_STATE_LABELS[self]


OVERTIME_STATE_LABELS = {
    OvertimeState.APPLIED: "待办公室批准",
    OvertimeState.APPROVED: "已批准",
    OvertimeState.REFUSED: "未获批准",
    OvertimeState.CANCELLED: "已撤销",
}

OVERTIME_MOVES: dict[OvertimeState, frozenset[OvertimeState]] = {
    OvertimeState.APPLIED: frozenset(
        {OvertimeState.APPROVED, OvertimeState.REFUSED, OvertimeState.CANCELLED}
    ),
    OvertimeState.APPROVED: frozenset({OvertimeState.CANCELLED}),
    OvertimeState.REFUSED: frozenset(),
    OvertimeState.CANCELLED: frozenset(),
}
