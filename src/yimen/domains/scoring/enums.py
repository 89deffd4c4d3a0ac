"""Closed sets of scoring: who is scored, for what, from which records; the states of a month."""

from enum import StrEnum


class SubjectKind(StrEnum):
    """Who has a score (domain.md §8)."""

    STAFF = "staff"
    WINDOW = "window"
    AGENCY = "agency"
    """An intermediary, with all its windows together."""
    GUARD = "guard"
    CLEANER = "cleaner"
    OFFICE = "office"

    @property
    def label(self) -> str:
        return SUBJECT_LABELS[self]


SUBJECT_LABELS = {
    SubjectKind.STAFF: "窗口工作人员",
    SubjectKind.WINDOW: "窗口",
    SubjectKind.AGENCY: "中介机构",
    SubjectKind.GUARD: "保安",
    SubjectKind.CLEANER: "保洁人员",
    SubjectKind.OFFICE: "办公室",
}

WITH_STAFF = frozenset({SubjectKind.WINDOW, SubjectKind.AGENCY})
"""Their month is made of their staff's mean and of their own score (APPRAISE 三)."""
WITHOUT_ACCOUNT = frozenset({SubjectKind.GUARD, SubjectKind.CLEANER, SubjectKind.OFFICE})
"""For these the office records what they object to."""


class Indicator(StrEnum):
    """What is assessed (APPRAISE 二)."""

    DISCIPLINE = "discipline"
    CONDUCT = "conduct"
    CASES = "cases"
    COMPLAINTS = "complaints"
    HYGIENE = "hygiene"
    INFORMATION = "information"
    STAFFING = "staffing"
    BONUS = "bonus"
    GUARDING = "guarding"

    @property
    def label(self) -> str:
        return INDICATOR_LABELS[self]


INDICATOR_LABELS = {
    Indicator.DISCIPLINE: "工作纪律",
    Indicator.CONDUCT: "服务规范",
    Indicator.CASES: "办件管理",
    Indicator.COMPLAINTS: "投诉情况",
    Indicator.HYGIENE: "卫生保洁",
    Indicator.INFORMATION: "信息上报",
    Indicator.STAFFING: "人员变动",
    Indicator.BONUS: "加减分项",
    Indicator.GUARDING: "保安履职",
}


class FactSource(StrEnum):
    """Which records a fact stems from; each is asked anew by itself."""

    ATTENDANCE = "attendance"
    CASES = "cases"
    COMPLAINTS = "complaints"
    INSPECTIONS = "inspections"
    RATINGS = "ratings"
    RECORDS = "records"
    """The office's own register: articles, visits, staff changes, commendations."""
    REJECTIONS = "rejections"

    @property
    def label(self) -> str:
        return SOURCE_LABELS[self]


SOURCE_LABELS = {
    FactSource.ATTENDANCE: "考勤记录",
    FactSource.CASES: "办件记录",
    FactSource.COMPLAINTS: "投诉记录",
    FactSource.INSPECTIONS: "督查记录",
    FactSource.RATINGS: "评价记录",
    FactSource.RECORDS: "考评登记",
    FactSource.REJECTIONS: "否定报备记录",
}


class Remedy(StrEnum):
    """What the person scored can do about an entry, by the records that it stems from."""

    ATTENDANCE_CORRECTION = "attendance_correction"
    REFUSE_FINDING = "refuse_finding"
    REOPEN_COMPLAINT = "reopen_complaint"
    CORRECT_CASE = "correct_case"
    SHOW_PROOF = "show_proof"
    ASK_OFFICE = "ask_office"


REMEDIES = {
    FactSource.ATTENDANCE: Remedy.ATTENDANCE_CORRECTION,
    FactSource.INSPECTIONS: Remedy.REFUSE_FINDING,
    FactSource.CASES: Remedy.CORRECT_CASE,
    FactSource.COMPLAINTS: Remedy.REOPEN_COMPLAINT,
    FactSource.RATINGS: Remedy.ASK_OFFICE,
    FactSource.RECORDS: Remedy.SHOW_PROOF,
    FactSource.REJECTIONS: Remedy.CORRECT_CASE,
}


class MonthState(StrEnum):
    """How far a month is (domain.md §8)."""

    OPEN = "open"
    PROVISIONAL = "provisional"
    """Published, may be questioned; facts still come in."""
    SEALED = "sealed"

    @property
    def label(self) -> str:
        return MONTH_LABELS[self]


MONTH_LABELS = {
    MonthState.OPEN: "进行中",
    MonthState.PROVISIONAL: "已公布，待确认",
    MonthState.SEALED: "已封存",
}

MONTH_MOVES: dict[MonthState, frozenset[MonthState]] = {
    MonthState.OPEN: frozenset({MonthState.PROVISIONAL}),
    MonthState.PROVISIONAL: frozenset({MonthState.OPEN, MonthState.SEALED}),
    MonthState.SEALED: frozenset(),
}
"""A sealed month is never opened again; it gets a further version."""


class MonthAction(StrEnum):
    """The commands on a month; the last part of their address."""

    CLOSE = "close"
    REOPEN = "reopen"
    SEAL = "seal"
    AMEND = "amend"

    @property
    def label(self) -> str:
        return MONTH_ACTION_LABELS[self]


MONTH_ACTION_LABELS = {
    MonthAction.CLOSE: "公布",
    MonthAction.REOPEN: "重新打开",
    MonthAction.SEAL: "封存",
    MonthAction.AMEND: "提出更正",
}

MONTH_ACTION_STATES = {
    MonthAction.CLOSE: MonthState.OPEN,
    MonthAction.REOPEN: MonthState.PROVISIONAL,
    MonthAction.SEAL: MonthState.PROVISIONAL,
    MonthAction.AMEND: MonthState.SEALED,
}
"""In which state a command can be given."""


class AmendmentState(StrEnum):
    """Where the amendment of a sealed month stands."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    REFUSED = "refused"

    @property
    def label(self) -> str:
        return AMENDMENT_LABELS[self]


AMENDMENT_LABELS = {
    AmendmentState.PROPOSED: "待主任批准",
    AmendmentState.APPROVED: "已批准",
    AmendmentState.REFUSED: "未批准",
}

AMENDMENT_MOVES: dict[AmendmentState, frozenset[AmendmentState]] = {
    AmendmentState.PROPOSED: frozenset({AmendmentState.APPROVED, AmendmentState.REFUSED}),
    AmendmentState.APPROVED: frozenset(),
    AmendmentState.REFUSED: frozenset(),
}


class AmendmentAction(StrEnum):
    """The commands on an amendment."""

    APPROVE = "approve"
    REFUSE = "refuse"

    @property
    def label(self) -> str:
        return "批准" if self is AmendmentAction.APPROVE else "不批准"


class RecordKind(StrEnum):
    """What the office enters by hand, since no other records hold it."""

    ARTICLE = "article"
    """An article of information that the centre has taken (NEWS 三)."""
    LEADER_VISIT = "leader_visit"
    """A department's leader at the window (LIAISON 六)."""
    STAFF_CHANGE = "staff_change"
    """Staff changed without the centre's consent."""
    COMMENDATION = "commendation"
    REVIEW = "review"
    """The comprehensive review of a year, in points (APPRAISE 三)."""

    @property
    def label(self) -> str:
        return RECORD_LABELS[self]


RECORD_LABELS = {
    RecordKind.ARTICLE: "信息稿件",
    RecordKind.LEADER_VISIT: "部门领导看望",
    RecordKind.STAFF_CHANGE: "擅自变动人员",
    RecordKind.COMMENDATION: "表扬",
    RecordKind.REVIEW: "综合评议得分",
}
