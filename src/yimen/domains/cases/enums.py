"""The closed sets of a case: its states and moves, its events, its commands."""

from enum import StrEnum


class CaseState(StrEnum):
    """Where a case stands (domain.md §4)."""

    RECEIVED = "received"
    AWAITING_SUPPLEMENT = "awaiting_supplement"
    ACCEPTED = "accepted"
    SUSPENDED = "suspended"
    GRANTED = "granted"
    REFUSED = "refused"
    DELIVERED = "delivered"
    NOT_ACCEPTED = "not_accepted"
    DISMISSED = "dismissed"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"

    @property
    def label(self) -> str:
        return STATE_LABELS[self]


STATE_LABELS = {
    CaseState.RECEIVED: "已收件",
    CaseState.AWAITING_SUPPLEMENT: "待补件",
    CaseState.ACCEPTED: "办理中",
    CaseState.SUSPENDED: "中止计时",
    CaseState.GRANTED: "已办结（准予）",
    CaseState.REFUSED: "已办结（不予）",
    CaseState.DELIVERED: "已送达",
    CaseState.NOT_ACCEPTED: "不予受理",
    CaseState.DISMISSED: "已驳回",
    CaseState.WITHDRAWN: "已撤回",
    CaseState.LAPSED: "逾期未补件",
}

MOVES: dict[CaseState, frozenset[CaseState]] = {
    CaseState.RECEIVED: frozenset(
        {
            CaseState.ACCEPTED,
            CaseState.AWAITING_SUPPLEMENT,
            CaseState.NOT_ACCEPTED,
            CaseState.DISMISSED,
            CaseState.WITHDRAWN,
        }
    ),
    CaseState.AWAITING_SUPPLEMENT: frozenset(
        {
            CaseState.ACCEPTED,
            CaseState.AWAITING_SUPPLEMENT,
            CaseState.DISMISSED,
            CaseState.WITHDRAWN,
            CaseState.LAPSED,
        }
    ),
    CaseState.ACCEPTED: frozenset(
        {CaseState.SUSPENDED, CaseState.GRANTED, CaseState.REFUSED, CaseState.WITHDRAWN}
    ),
    CaseState.SUSPENDED: frozenset({CaseState.ACCEPTED, CaseState.WITHDRAWN}),
    CaseState.GRANTED: frozenset({CaseState.DELIVERED}),
    CaseState.REFUSED: frozenset({CaseState.DELIVERED}),
    CaseState.DELIVERED: frozenset(),
    CaseState.NOT_ACCEPTED: frozenset(),
    CaseState.DISMISSED: frozenset(),
    CaseState.WITHDRAWN: frozenset(),
    CaseState.LAPSED: frozenset(),
}
"""Every move a case may make; any other is a 409 that names the state (domain.md §4)."""

OPEN_STATES = frozenset(
    {
        CaseState.RECEIVED,
        CaseState.AWAITING_SUPPLEMENT,
        CaseState.ACCEPTED,
        CaseState.SUSPENDED,
    }
)
"""The hall still owes the applicant something other than handing over the result."""


class CaseEventKind(StrEnum):
    """What happened to a case; the clock reads some of these, the timeline shows all."""

    RECEIVED = "received"
    ACCEPTED = "accepted"
    DEEMED_ACCEPTED = "deemed_accepted"
    SUPPLEMENT_REQUESTED = "supplement_requested"
    MATERIALS_HANDED_IN = "materials_handed_in"
    NOT_ACCEPTED = "not_accepted"
    DISMISSED = "dismissed"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"
    GRANTED = "granted"
    DELIVERED = "delivered"
    TRANSFERRED = "transferred"
    DUE_DATE_MOVED = "due_date_moved"

    @property
    def label(self) -> str:
        return EVENT_LABELS[self]


EVENT_LABELS = {
    CaseEventKind.RECEIVED: "收件",
    CaseEventKind.ACCEPTED: "受理",
    CaseEventKind.DEEMED_ACCEPTED: "逾期未告知，视为受理",
    CaseEventKind.SUPPLEMENT_REQUESTED: "一次性告知补件",
    CaseEventKind.MATERIALS_HANDED_IN: "补交材料",
    CaseEventKind.NOT_ACCEPTED: "不予受理",
    CaseEventKind.DISMISSED: "驳回",
    CaseEventKind.WITHDRAWN: "申请人撤回",
    CaseEventKind.LAPSED: "逾期未补件，申请终止",
    CaseEventKind.GRANTED: "办结（准予）",
    CaseEventKind.DELIVERED: "送达",
    CaseEventKind.TRANSFERRED: "移交经办人",
    CaseEventKind.DUE_DATE_MOVED: "工作日历变动，期限调整",
}


class CaseAction(StrEnum):
    """The commands on a case; each is an endpoint ``POST /cases/{id}/<action>``."""

    ACCEPT = "accept"
    SUPPLEMENT = "supplement"
    HAND_IN = "hand-in"
    NOT_ACCEPT = "not-accept"
    DISMISS = "dismiss"
    WITHDRAW = "withdraw"
    FINISH = "finish"
    DELIVER = "deliver"
    TRANSFER = "transfer"

    @property
    def label(self) -> str:
        return ACTION_LABELS[self]


ACTION_LABELS = {
    CaseAction.ACCEPT: "受理",
    CaseAction.SUPPLEMENT: "一次性告知补件",
    CaseAction.HAND_IN: "补交材料",
    CaseAction.NOT_ACCEPT: "不予受理",
    CaseAction.DISMISS: "驳回",
    CaseAction.WITHDRAW: "撤回",
    CaseAction.FINISH: "办结",
    CaseAction.DELIVER: "送达",
    CaseAction.TRANSFER: "移交经办人",
}

ACTION_STATES: dict[CaseAction, frozenset[CaseState]] = {
    CaseAction.ACCEPT: frozenset({CaseState.RECEIVED, CaseState.AWAITING_SUPPLEMENT}),
    CaseAction.SUPPLEMENT: frozenset({CaseState.RECEIVED, CaseState.AWAITING_SUPPLEMENT}),
    CaseAction.HAND_IN: frozenset({CaseState.RECEIVED, CaseState.AWAITING_SUPPLEMENT}),
    CaseAction.NOT_ACCEPT: frozenset({CaseState.RECEIVED}),
    CaseAction.DISMISS: frozenset({CaseState.RECEIVED, CaseState.AWAITING_SUPPLEMENT}),
    CaseAction.WITHDRAW: OPEN_STATES,
    CaseAction.FINISH: frozenset({CaseState.ACCEPTED}),
    CaseAction.DELIVER: frozenset({CaseState.GRANTED, CaseState.REFUSED}),
    CaseAction.TRANSFER: OPEN_STATES,
}
"""In which states a command can be given."""


class ApplicantKind(StrEnum):
    """Who applies: 公民 or 法人、其他组织."""

    PERSON = "person"
    ORGANISATION = "organisation"

    @property
    def label(self) -> str:
        return "个人" if self is ApplicantKind.PERSON else "单位"


class IdKind(StrEnum):
    """What an identity number is."""

    RESIDENT_ID = "resident_id"
    USCC = "uscc"
    OTHER = "other"

    @property
    def label(self) -> str:
        return ID_KIND_LABELS[self]


ID_KIND_LABELS = {
    IdKind.RESIDENT_ID: "居民身份证",
    IdKind.USCC: "统一社会信用代码",
    IdKind.OTHER: "其他证件",
}


class DismissalGround(StrEnum):
    """Why an application is dismissed at the window (MGMT 十一(七))."""

    PRINCIPAL_MISSING = "principal_missing"
    AGAINST_POLICY = "against_policy"
    FAILS_ON_SITE = "fails_on_site"

    @property
    def label(self) -> str:
        return GROUND_LABELS[self]


GROUND_LABELS = {
    DismissalGround.PRINCIPAL_MISSING: "缺少主件",
    DismissalGround.AGAINST_POLICY: "明显不符合产业政策或规划要求",
    DismissalGround.FAILS_ON_SITE: "经现场查勘、调查、核实不具备审批要素",
}


class DeliveryMethod(StrEnum):
    """How the result reaches the applicant."""

    PICK_UP = "pick_up"
    POST = "post"
    IN_PERSON = "in_person"

    @property
    def label(self) -> str:
        return DELIVERY_LABELS[self]


DELIVERY_LABELS = {
    DeliveryMethod.PICK_UP: "窗口领取",
    DeliveryMethod.POST: "邮寄",
    DeliveryMethod.IN_PERSON: "上门送达",
}


class ClockStatus(StrEnum):
    """Whether the promised time is running."""

    NOT_STARTED = "not_started"
    RUNNING = "running"
    SUSPENDED = "suspended"
    STOPPED = "stopped"

    @property
    def label(self) -> str:
        return CLOCK_LABELS[self]


CLOCK_LABELS = {
    ClockStatus.NOT_STARTED: "尚未计时",
    ClockStatus.RUNNING: "计时中",
    ClockStatus.SUSPENDED: "中止计时",
    ClockStatus.STOPPED: "已停止计时",
}


class CaseView(StrEnum):
    """The lists people work from."""

    OPEN = "open"
    DUE_SOON = "due_soon"
    OVERDUE = "overdue"
    FINISHED_LATE = "finished_late"
    UNDELIVERED = "undelivered"


class CaseSort(StrEnum):
    """How a list of cases is ordered."""

    NEWEST = "-registered_at"
    DUE_FIRST = "due_at"
