"""The closed sets of a refusal on file: its states and acts, and the breaches of REJECT 七."""

from enum import StrEnum


class RejectionState(StrEnum):
    """Where a refusal stands (REJECT 二–三)."""

    REQUESTED = "requested"
    """Beyond the handler's authority: the director has been asked, nothing is refused yet."""
    EFFECTIVE = "effective"
    DECLINED = "declined"
    """The director did not agree: the matter goes on."""
    RETRACTED = "retracted"

    @property
    def label(self) -> str:
        return STATE_LABELS[self]


STATE_LABELS = {
    RejectionState.REQUESTED: "待领导批示",
    RejectionState.EFFECTIVE: "已否定",
    RejectionState.DECLINED: "领导不同意否定",
    RejectionState.RETRACTED: "已收回请示",
}

MOVES: dict[RejectionState, frozenset[RejectionState]] = {
    RejectionState.REQUESTED: frozenset(
        {RejectionState.EFFECTIVE, RejectionState.DECLINED, RejectionState.RETRACTED}
    ),
    RejectionState.EFFECTIVE: frozenset(),
    RejectionState.DECLINED: frozenset(),
    RejectionState.RETRACTED: frozenset(),
}
"""Every move a refusal may make; what is refused stays refused."""


class RejectionAction(StrEnum):
    """The commands on a refusal; each is an endpoint ``POST /rejections/{id}/<action>``."""

    DECIDE = "decide"
    RETRACT = "retract"
    COMPLETE = "complete"
    ASK_RETURN = "ask-return"
    DELIVER_NOTICE = "deliver-notice"

    @property
    def label(self) -> str:
        return ACTION_LABELS[self]


ACTION_LABELS = {
    RejectionAction.DECIDE: "批示",
    RejectionAction.RETRACT: "收回请示",
    RejectionAction.COMPLETE: "补全登记表和告知书",
    RejectionAction.ASK_RETURN: "登记退还材料的要求",
    RejectionAction.DELIVER_NOTICE: "登记告知书送达",
}

ACTION_STATE = {
    RejectionAction.DECIDE: RejectionState.REQUESTED,
    RejectionAction.RETRACT: RejectionState.REQUESTED,
    RejectionAction.COMPLETE: RejectionState.EFFECTIVE,
    RejectionAction.ASK_RETURN: RejectionState.EFFECTIVE,
    RejectionAction.DELIVER_NOTICE: RejectionState.EFFECTIVE,
}
"""In which state a command can be given."""


class RejectionView(StrEnum):
    """The lists people work from."""

    AWAITING_DIRECTOR = "awaiting_director"
    DECISION_OVERDUE = "decision_overdue"
    INCOMPLETE = "incomplete"
    TO_RETURN = "to_return"


class BreachKind(StrEnum):
    """What the records show to be against REJECT.

    REJECT 七1, a window that does not practise filing at all, is a judgement on its breaches and
    left to people.
    """

    NOT_FILED = "not_filed"
    BEYOND_AUTHORITY = "beyond_authority"
    FORM_MISSING = "form_missing"
    FILED_LATE = "filed_late"
    REFUSED_LATE = "refused_late"
    NOT_NOTIFIED = "not_notified"
    NOT_RETURNED = "not_returned"
    DECISION_LATE = "decision_late"
    """The director's own time limit; not the handler's fault."""

    @property
    def label(self) -> str:
        return BREACH_LABELS[self]

    @property
    def article(self) -> str:
        return BREACH_ARTICLES[self]


BREACH_LABELS = {
    BreachKind.NOT_FILED: "否定事项未登记备案",
    BreachKind.BEYOND_AUTHORITY: "越权否定",
    BreachKind.FORM_MISSING: "未填写否定报备登记表",
    BreachKind.FILED_LATE: "逾期报备",
    BreachKind.REFUSED_LATE: "超过承诺时限否定",
    BreachKind.NOT_NOTIFIED: "未书面告知",
    BreachKind.NOT_RETURNED: "未按要求退还材料",
    BreachKind.DECISION_LATE: "否定请示逾期未批示",
}

BREACH_ARTICLES = {
    BreachKind.NOT_FILED: "REJECT 七2",
    BreachKind.BEYOND_AUTHORITY: "REJECT 七3",
    BreachKind.FORM_MISSING: "REJECT 七4",
    BreachKind.FILED_LATE: "REJECT 七5",
    BreachKind.REFUSED_LATE: "REJECT 七5",
    BreachKind.NOT_NOTIFIED: "REJECT 七5",
    BreachKind.NOT_RETURNED: "REJECT 七6",
    BreachKind.DECISION_LATE: "REJECT 三",
}
"""The paragraph that names the consequence; the source numbers the last of 七 as 六."""
