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


BEFORE_ACCEPTANCE = frozenset({CaseState.RECEIVED, CaseState.AWAITING_SUPPLEMENT})
"""The clock is not running yet; what is missing still counts."""

OPINION_STATES = frozenset({CaseState.ACCEPTED, CaseState.SUSPENDED})
"""In which states of a case a department's opinion still matters."""


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
    REFUSED = "refused"
    DELIVERED = "delivered"
    TRANSFERRED = "transferred"
    SUSPENDED = "suspended"
    RESUMED = "resumed"
    EXTENSION_REQUESTED = "extension_requested"
    EXTENDED = "extended"
    EXTENSION_REFUSED = "extension_refused"
    SPECIAL_REQUESTED = "special_requested"
    SPECIAL_APPROVED = "special_approved"
    SPECIAL_REFUSED = "special_refused"
    DOCUMENTED = "documented"
    OPINION_ASKED = "opinion_asked"
    OPINION_GIVEN = "opinion_given"
    OPINION_DEEMED = "opinion_deemed"
    DUE_DATE_MOVED = "due_date_moved"
    REFUSAL_REQUESTED = "refusal_requested"
    REFUSAL_DECLINED = "refusal_declined"
    REFUSAL_RETRACTED = "refusal_retracted"
    REFUSAL_FILED = "refusal_filed"
    MATERIALS_RETURNED = "materials_returned"
    CHARGED = "charged"
    CHARGE_REVERSED = "charge_reversed"

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
    CaseEventKind.REFUSED: "办结（不予）",
    CaseEventKind.DELIVERED: "送达",
    CaseEventKind.TRANSFERRED: "移交经办人",
    CaseEventKind.SUSPENDED: "中止计时",
    CaseEventKind.RESUMED: "恢复计时",
    CaseEventKind.EXTENSION_REQUESTED: "申请延时办理",
    CaseEventKind.EXTENDED: "批准延时办理",
    CaseEventKind.EXTENSION_REFUSED: "不同意延时办理",
    CaseEventKind.SPECIAL_REQUESTED: "请示特办",
    CaseEventKind.SPECIAL_APPROVED: "批准特办",
    CaseEventKind.SPECIAL_REFUSED: "不同意特办",
    CaseEventKind.DOCUMENTED: "先批后办，材料补齐",
    CaseEventKind.OPINION_ASKED: "征求协办部门意见",
    CaseEventKind.OPINION_GIVEN: "协办部门意见",
    CaseEventKind.OPINION_DEEMED: "超时未答，视为同意",
    CaseEventKind.DUE_DATE_MOVED: "工作日历变动，期限调整",
    CaseEventKind.REFUSAL_REQUESTED: "请示否定",
    CaseEventKind.REFUSAL_DECLINED: "领导不同意否定",
    CaseEventKind.REFUSAL_RETRACTED: "收回否定请示",
    CaseEventKind.REFUSAL_FILED: "补登否定报备",
    CaseEventKind.MATERIALS_RETURNED: "退还材料",
    CaseEventKind.CHARGED: "登记缴费",
    CaseEventKind.CHARGE_REVERSED: "冲销缴费",
}


MOVING_EVENTS = frozenset(
    {
        CaseEventKind.SUSPENDED,
        CaseEventKind.RESUMED,
        CaseEventKind.EXTENDED,
        CaseEventKind.SPECIAL_APPROVED,
    }
)
"""What moves a running clock."""

CLOCK_EVENTS = MOVING_EVENTS | {
    CaseEventKind.DUE_DATE_MOVED,
    CaseEventKind.ACCEPTED,
    CaseEventKind.DEEMED_ACCEPTED,
    CaseEventKind.GRANTED,
    CaseEventKind.REFUSED,
}
"""What the clock reads."""


class CaseAction(StrEnum):
    """The acts on a case; those of ``COMMANDS`` are endpoints ``POST /cases/{id}/<action>``."""

    ACCEPT = "accept"
    SUPPLEMENT = "supplement"
    HAND_IN = "hand-in"
    NOT_ACCEPT = "not-accept"
    DISMISS = "dismiss"
    WITHDRAW = "withdraw"
    FINISH = "finish"
    DELIVER = "deliver"
    TRANSFER = "transfer"
    SUSPEND = "suspend"
    REPORT = "report"
    RESUME = "resume"
    REQUEST_EXTENSION = "request-extension"
    DECIDE_EXTENSION = "decide-extension"
    REQUEST_SPECIAL = "request-special"
    DECIDE_SPECIAL = "decide-special"
    ASK_OPINION = "ask-opinion"
    GIVE_OPINION = "give-opinion"
    RETURN_MATERIALS = "return-materials"
    CHARGE = "charges"
    REVERSE_CHARGE = "reverse-charge"
    REFUSE = "refuse"
    REQUEST_REFUSAL = "request-refusal"
    DECIDE_REFUSAL = "decide-refusal"
    RETRACT_REFUSAL = "retract-refusal"
    FILE_REFUSAL = "file-refusal"

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
    CaseAction.SUSPEND: "中止计时",
    CaseAction.REPORT: "上报",
    CaseAction.RESUME: "恢复计时",
    CaseAction.REQUEST_EXTENSION: "申请延时",
    CaseAction.DECIDE_EXTENSION: "审批延时",
    CaseAction.REQUEST_SPECIAL: "请示特办",
    CaseAction.DECIDE_SPECIAL: "审批特办",
    CaseAction.ASK_OPINION: "征求意见",
    CaseAction.GIVE_OPINION: "答复意见",
    CaseAction.RETURN_MATERIALS: "退还材料",
    CaseAction.CHARGE: "登记缴费",
    CaseAction.REVERSE_CHARGE: "冲销缴费",
    CaseAction.REFUSE: "不予办理",
    CaseAction.REQUEST_REFUSAL: "请示否定",
    CaseAction.DECIDE_REFUSAL: "审批否定",
    CaseAction.RETRACT_REFUSAL: "收回否定请示",
    CaseAction.FILE_REFUSAL: "补登否定报备",
}

ACTION_STATES: dict[CaseAction, frozenset[CaseState]] = {
    CaseAction.ACCEPT: frozenset({CaseState.RECEIVED, CaseState.AWAITING_SUPPLEMENT}),
    CaseAction.SUPPLEMENT: frozenset({CaseState.RECEIVED, CaseState.AWAITING_SUPPLEMENT}),
    # after acceptance too: what was approved first is documented later
    CaseAction.HAND_IN: frozenset(
        {
            CaseState.RECEIVED,
            CaseState.AWAITING_SUPPLEMENT,
            CaseState.ACCEPTED,
            CaseState.SUSPENDED,
            CaseState.GRANTED,
            CaseState.DELIVERED,
        }
    ),
    CaseAction.NOT_ACCEPT: frozenset({CaseState.RECEIVED}),
    CaseAction.DISMISS: frozenset({CaseState.RECEIVED, CaseState.AWAITING_SUPPLEMENT}),
    CaseAction.WITHDRAW: OPEN_STATES,
    CaseAction.FINISH: frozenset({CaseState.ACCEPTED}),
    CaseAction.DELIVER: frozenset({CaseState.GRANTED, CaseState.REFUSED}),
    CaseAction.TRANSFER: OPEN_STATES,
    CaseAction.SUSPEND: frozenset({CaseState.ACCEPTED}),
    CaseAction.REPORT: frozenset({CaseState.ACCEPTED}),
    CaseAction.RESUME: frozenset({CaseState.SUSPENDED}),
    CaseAction.REQUEST_EXTENSION: frozenset({CaseState.ACCEPTED}),
    CaseAction.DECIDE_EXTENSION: frozenset({CaseState.ACCEPTED, CaseState.SUSPENDED}),
    CaseAction.REQUEST_SPECIAL: frozenset(
        {CaseState.RECEIVED, CaseState.AWAITING_SUPPLEMENT, CaseState.ACCEPTED}
    ),
    CaseAction.DECIDE_SPECIAL: OPEN_STATES,
    CaseAction.ASK_OPINION: frozenset({CaseState.ACCEPTED}),
    CaseAction.GIVE_OPINION: frozenset({CaseState.ACCEPTED, CaseState.SUSPENDED}),
    CaseAction.RETURN_MATERIALS: frozenset(CaseState),
    CaseAction.CHARGE: frozenset(
        {CaseState.ACCEPTED, CaseState.SUSPENDED, CaseState.GRANTED, CaseState.DELIVERED}
    ),
    CaseAction.REVERSE_CHARGE: frozenset(CaseState),
    CaseAction.REFUSE: frozenset({CaseState.ACCEPTED}),
    CaseAction.REQUEST_REFUSAL: frozenset({CaseState.ACCEPTED}),
    CaseAction.DECIDE_REFUSAL: frozenset({CaseState.ACCEPTED, CaseState.SUSPENDED}),
    CaseAction.RETRACT_REFUSAL: frozenset(CaseState),
    # what was turned away before acceptance is filed too (EFFICACY 十五)
    CaseAction.FILE_REFUSAL: frozenset({CaseState.NOT_ACCEPTED, CaseState.DISMISSED}),
}
"""In which states a command can be given."""

ELSEWHERE = frozenset(
    {
        CaseAction.REVERSE_CHARGE,
        CaseAction.REFUSE,
        CaseAction.REQUEST_REFUSAL,
        CaseAction.DECIDE_REFUSAL,
        CaseAction.RETRACT_REFUSAL,
        CaseAction.FILE_REFUSAL,
    }
)
"""Acts on a case that are commands of another resource: its charge, or its filing (REJECT)."""

COMMANDS = tuple(action for action in CaseAction if action not in ELSEWHERE)
"""What a case offers under its own address."""

DIRECTOR_ACTIONS = frozenset(
    {CaseAction.DECIDE_EXTENSION, CaseAction.DECIDE_SPECIAL, CaseAction.DECIDE_REFUSAL}
)
"""Decisions that are the director's alone (domain.md §10)."""


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


class Custody(StrEnum):
    """Where a material that was handed in is (REJECT 六)."""

    FILED = "filed"
    """Stays with the file."""
    SHOWN = "shown"
    """Checked and given back at once."""
    HELD = "held"
    """An original in the window's hands, which must go back."""

    @property
    def label(self) -> str:
        return CUSTODY_LABELS[self]


CUSTODY_LABELS = {
    Custody.FILED: "随卷存档",
    Custody.SHOWN: "核验后当场退还",
    Custody.HELD: "窗口代管原件",
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


class SuspensionCause(StrEnum):
    """Why the promised time may stand still (行政许可法 45; MGMT 十一(六))."""

    REPORTED = "reported"
    HEARING = "hearing"
    EXPERT_REVIEW = "expert_review"
    ON_SITE_SURVEY = "on_site_survey"
    TESTING = "testing"

    @property
    def label(self) -> str:
        return CAUSE_LABELS[self]


CAUSE_LABELS = {
    SuspensionCause.REPORTED: "报上级部门审批",
    SuspensionCause.HEARING: "听证",
    SuspensionCause.EXPERT_REVIEW: "专家评审",
    SuspensionCause.ON_SITE_SURVEY: "现场勘验",
    SuspensionCause.TESTING: "检验、检测、鉴定",
}


class PendingDecision(StrEnum):
    """What the director has been asked about a case and has not decided yet."""

    EXTENSION = "extension"
    SPECIAL = "special"
    REFUSAL = "refusal"

    @property
    def label(self) -> str:
        return PENDING_LABELS[self]


PENDING_LABELS = {
    PendingDecision.EXTENSION: "延时办理",
    PendingDecision.SPECIAL: "特办",
    PendingDecision.REFUSAL: "否定",
}

PENDING_OF_ACTION = {
    CaseAction.DECIDE_EXTENSION: PendingDecision.EXTENSION,
    CaseAction.DECIDE_SPECIAL: PendingDecision.SPECIAL,
    CaseAction.DECIDE_REFUSAL: PendingDecision.REFUSAL,
}
"""Which request each of the director's decisions answers."""


class OpinionState(StrEnum):
    """What a cooperating department has said; silence is marked as such (MGMT 十六)."""

    ASKED = "asked"
    AGREED = "agreed"
    OBJECTED = "objected"
    DEEMED_AGREED = "deemed_agreed"

    @property
    def label(self) -> str:
        return OPINION_LABELS[self]


OPINION_LABELS = {
    OpinionState.ASKED: "待答复",
    OpinionState.AGREED: "同意",
    OpinionState.OBJECTED: "不同意",
    OpinionState.DEEMED_AGREED: "视为同意",
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
    AWAITING_DIRECTOR = "awaiting_director"
    UNDOCUMENTED = "undocumented"


class CaseSort(StrEnum):
    """How a list of cases is ordered."""

    NEWEST = "-registered_at"
    DUE_FIRST = "due_at"


class PastOutcome(StrEnum):
    """How a case of another system ended."""

    GRANTED = "granted"
    REFUSED = "refused"
    DISMISSED = "dismissed"
    NOT_ACCEPTED = "not_accepted"
    WITHDRAWN = "withdrawn"

    @property
    def label(self) -> str:
        return PAST_OUTCOME_LABELS[self]


PAST_OUTCOME_LABELS = {
    PastOutcome.GRANTED: "准予",
    PastOutcome.REFUSED: "不予",
    PastOutcome.DISMISSED: "驳回",
    PastOutcome.NOT_ACCEPTED: "不予受理",
    PastOutcome.WITHDRAWN: "撤回",
}
