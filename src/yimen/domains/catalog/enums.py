"""Closed sets of the catalogue, and the moves of items and proposals as dicts."""

from enum import IntEnum, StrEnum


class TaskType(IntEnum):
    """The national task types that act on request; the others (fines, levies…) have no window."""

    PERMIT = 1
    BENEFIT = 5
    CONFIRMATION = 7
    REWARD = 8
    ADJUDICATION = 9
    OTHER_POWER = 10
    PUBLIC_SERVICE = 20

    @property
    def label(self) -> str:
        return TASK_TYPE_LABELS[self]


TASK_TYPE_LABELS = {
    TaskType.PERMIT: "行政许可",
    TaskType.BENEFIT: "行政给付",
    TaskType.CONFIRMATION: "行政确认",
    TaskType.REWARD: "行政奖励",
    TaskType.ADJUDICATION: "行政裁决",
    TaskType.OTHER_POWER: "其他行政权力",
    TaskType.PUBLIC_SERVICE: "公共服务",
}


class Category(StrEnum):
    """The hall's three categories of service items (domain.md §2)."""

    PERMIT = "permit"
    CONFIRMATION = "confirmation"
    PUBLIC_SERVICE = "public_service"

    @property
    def label(self) -> str:
        return CATEGORY_LABELS[self]


CATEGORY_LABELS = {
    Category.PERMIT: "行政许可",
    Category.CONFIRMATION: "行政确认",
    Category.PUBLIC_SERVICE: "公共服务",
}

CATEGORY_OF_TASK_TYPE = {
    TaskType.PERMIT: Category.PERMIT,
    TaskType.CONFIRMATION: Category.CONFIRMATION,
    TaskType.PUBLIC_SERVICE: Category.PUBLIC_SERVICE,
    # a decision on rights or a record of facts, most of them filings: nearest to a confirmation
    TaskType.ADJUDICATION: Category.CONFIRMATION,
    TaskType.OTHER_POWER: Category.CONFIRMATION,
    # something is handed out to whoever qualifies: nearest to a service
    TaskType.BENEFIT: Category.PUBLIC_SERVICE,
    TaskType.REWARD: Category.PUBLIC_SERVICE,
}
"""Where an item belongs when nobody says otherwise."""

SETTLED_TASK_TYPES = frozenset({TaskType.PERMIT, TaskType.CONFIRMATION, TaskType.PUBLIC_SERVICE})
"""Their category follows from the type; for the other four an item may name another one."""


class CaseKind(StrEnum):
    """How an item's cases are handled (MGMT 十一); 补办件 and 驳回件 are what a case becomes."""

    IMMEDIATE = "immediate"
    COMMITTED = "committed"
    SPECIAL = "special"
    JOINT = "joint"
    REPORTED = "reported"

    @property
    def label(self) -> str:
        return CASE_KIND_LABELS[self]


CASE_KIND_LABELS = {
    CaseKind.IMMEDIATE: "即办件",
    CaseKind.COMMITTED: "承诺件",
    CaseKind.SPECIAL: "特办件",
    CaseKind.JOINT: "联办件",
    CaseKind.REPORTED: "上报件",
}


class OriginalHandling(StrEnum):
    """What the window does with a material's original."""

    KEPT = "kept"
    SHOWN = "shown"
    COPY = "copy"

    @property
    def label(self) -> str:
        return ORIGINAL_LABELS[self]


ORIGINAL_LABELS = {
    OriginalHandling.KEPT: "收取原件",
    OriginalHandling.SHOWN: "核验原件后退还",
    OriginalHandling.COPY: "只收复印件",
}


class Disclosure(StrEnum):
    """The eight things that every item makes public (PROMISE 三)."""

    LEGAL_BASIS = "legal_basis"
    PROCEDURE = "procedure"
    TIME_LIMIT = "time_limit"
    RESPONSIBLE_SECTION = "responsible_section"
    RESPONSIBLE_PERSON = "responsible_person"
    BREACH_LIABILITY = "breach_liability"
    SUPERVISION = "supervision"
    COMPLAINT_PHONE = "complaint_phone"

    @property
    def label(self) -> str:
        return DISCLOSURE_LABELS[self]


DISCLOSURE_LABELS = {
    Disclosure.LEGAL_BASIS: "法律依据",
    Disclosure.PROCEDURE: "办事程序",
    Disclosure.TIME_LIMIT: "办理时限",
    Disclosure.RESPONSIBLE_SECTION: "承办科室",
    Disclosure.RESPONSIBLE_PERSON: "承办人员",
    Disclosure.BREACH_LIABILITY: "违诺责任",
    Disclosure.SUPERVISION: "监督方式",
    Disclosure.COMPLAINT_PHONE: "投诉电话",
}


class Mark(StrEnum):
    """A value that nobody has stated: an import assumed it, and it is still to be completed."""

    TASK_TYPE = "task_type"
    KIND = "kind"
    STATUTORY_DAYS = "statutory_days"
    COMMITTED_DAYS = "committed_days"
    MATERIALS = "materials"
    CHARGES = "charges"
    WINDOWS = "windows"

    @property
    def label(self) -> str:
        return MARK_LABELS[self]


MARK_LABELS = {
    Mark.TASK_TYPE: "事项类型",
    Mark.KIND: "办件类型",
    Mark.STATUTORY_DAYS: "法定时限",
    Mark.COMMITTED_DAYS: "承诺时限",
    Mark.MATERIALS: "申报材料",
    Mark.CHARGES: "收费标准",
    Mark.WINDOWS: "办理窗口",
}


class ItemStatus(StrEnum):
    """Whether an item can be handled."""

    DRAFT = "draft"
    """Known by name, but no window takes it yet: an import found none in its department."""
    IN_FORCE = "in_force"
    WITHDRAWN = "withdrawn"

    @property
    def label(self) -> str:
        return ITEM_STATUS_LABELS[self]


ITEM_STATUS_LABELS = {
    ItemStatus.DRAFT: "待启用",
    ItemStatus.IN_FORCE: "已生效",
    ItemStatus.WITHDRAWN: "已取消",
}

ITEM_MOVES: dict[ItemStatus, frozenset[ItemStatus]] = {
    ItemStatus.DRAFT: frozenset({ItemStatus.DRAFT, ItemStatus.IN_FORCE, ItemStatus.WITHDRAWN}),
    ItemStatus.IN_FORCE: frozenset({ItemStatus.IN_FORCE, ItemStatus.WITHDRAWN}),
    ItemStatus.WITHDRAWN: frozenset(),
}
"""A move to the same status is a new version; what is withdrawn comes back as a new item."""


class VersionOrigin(StrEnum):
    """By which way a version came into force."""

    PROPOSAL = "proposal"
    IMPORT = "import"
    """Taken over from the county government's published list (MGMT 四)."""
    SET_UP = "set_up"

    @property
    def label(self) -> str:
        return VERSION_ORIGIN_LABELS[self]


VERSION_ORIGIN_LABELS = {
    VersionOrigin.PROPOSAL: "审批通过",
    VersionOrigin.IMPORT: "清单导入",
    VersionOrigin.SET_UP: "初始设置",
}


class ProposalKind(StrEnum):
    """What a proposal asks for (MGMT 六)."""

    NEW = "new"
    CHANGE = "change"
    WITHDRAWAL = "withdrawal"

    @property
    def label(self) -> str:
        return PROPOSAL_KIND_LABELS[self]


PROPOSAL_KIND_LABELS = {
    ProposalKind.NEW: "新增事项",
    ProposalKind.CHANGE: "变更事项",
    ProposalKind.WITHDRAWAL: "取消事项",
}


class ProposalState(StrEnum):
    """How far a proposal has come."""

    PROPOSED = "proposed"
    OPINED = "opined"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"

    @property
    def label(self) -> str:
        return PROPOSAL_STATE_LABELS[self]


PROPOSAL_STATE_LABELS = {
    ProposalState.PROPOSED: "待中心提出意见",
    ProposalState.OPINED: "待主任审批",
    ProposalState.APPROVED: "已批准",
    ProposalState.REJECTED: "未批准",
    ProposalState.WITHDRAWN: "已撤回",
}


class ProposalAction(StrEnum):
    """A command on a proposal."""

    OPINION = "opinion"
    APPROVE = "approve"
    REJECT = "reject"
    WITHDRAW = "withdraw"

    @property
    def label(self) -> str:
        return PROPOSAL_ACTION_LABELS[self]


PROPOSAL_ACTION_LABELS = {
    ProposalAction.OPINION: "提出意见",
    ProposalAction.APPROVE: "批准",
    ProposalAction.REJECT: "不予批准",
    ProposalAction.WITHDRAW: "撤回",
}

PROPOSAL_MOVES: dict[ProposalState, dict[ProposalAction, ProposalState]] = {
    ProposalState.PROPOSED: {
        ProposalAction.OPINION: ProposalState.OPINED,
        ProposalAction.WITHDRAW: ProposalState.WITHDRAWN,
    },
    ProposalState.OPINED: {
        ProposalAction.APPROVE: ProposalState.APPROVED,
        ProposalAction.REJECT: ProposalState.REJECTED,
        ProposalAction.WITHDRAW: ProposalState.WITHDRAWN,
    },
    ProposalState.APPROVED: {},
    ProposalState.REJECTED: {},
    ProposalState.WITHDRAWN: {},
}
"""First the centre's opinion, then the decision (MGMT 六); a decided proposal stays as it is."""


class Opinion(StrEnum):
    """What the centre's office thinks of a proposal."""

    SUPPORTS = "supports"
    OBJECTS = "objects"

    @property
    def label(self) -> str:
        return OPINION_LABELS[self]


OPINION_LABELS = {Opinion.SUPPORTS: "同意", Opinion.OBJECTS: "不同意"}
