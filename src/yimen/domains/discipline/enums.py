"""The closed sets of discipline: proposals, measures, appeals, and what a year comes to."""

from enum import StrEnum

from yimen.domains.rulebook.enums import Measure


class MeasureKind(StrEnum):
    """What a person has decided."""

    ADMONITION = "admonition"
    WARNING = "warning"
    SENT_BACK = "sent_back"
    REFERRED = "referred"

    @property
    def label(self) -> str:
        return KIND_LABELS[self]

    @property
    def has_letter(self) -> bool:
        """A document is issued, and can be appealed against (DISCIPLINE 七, 十一)."""
        return self in (MeasureKind.ADMONITION, MeasureKind.WARNING)


KIND_LABELS = {
    MeasureKind.ADMONITION: "诫勉教育",
    MeasureKind.WARNING: "效能告诫",
    MeasureKind.SENT_BACK: "退回原单位",
    MeasureKind.REFERRED: "移交有关部门",
}

KINDS_OF: dict[Measure, frozenset[MeasureKind]] = {
    Measure.ADMONITION: frozenset({MeasureKind.ADMONITION}),
    Measure.WARNING: frozenset({MeasureKind.WARNING}),
    Measure.EITHER: frozenset({MeasureKind.ADMONITION, MeasureKind.WARNING}),
    Measure.SENT_BACK: frozenset({MeasureKind.SENT_BACK}),
    Measure.REFERRED: frozenset({MeasureKind.REFERRED}),
    Measure.SUPERIOR: frozenset({MeasureKind.ADMONITION, MeasureKind.WARNING}),
}
"""What may be decided on a ground; where it leaves a choice, a person makes it."""


class ProposalState(StrEnum):
    """What has become of a proposal."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    DROPPED = "dropped"
    FALLEN = "fallen"
    """What it rested on is no longer so."""

    @property
    def label(self) -> str:
        return PROPOSAL_LABELS[self]


PROPOSAL_LABELS = {
    ProposalState.OPEN: "待决定",
    ProposalState.CONFIRMED: "已作出处理",
    ProposalState.DROPPED: "不予处理",
    ProposalState.FALLEN: "依据已不成立",
}


class MeasureState(StrEnum):
    """How far a measure is; it is in force from its decision until it is revoked."""

    DECIDED = "decided"
    ISSUED = "issued"
    RECEIVED = "received"
    REVOKED = "revoked"

    @property
    def label(self) -> str:
        return MEASURE_STATE_LABELS[self]


MEASURE_STATE_LABELS = {
    MeasureState.DECIDED: "已决定",
    MeasureState.ISSUED: "文书已下达",
    MeasureState.RECEIVED: "已送达",
    MeasureState.REVOKED: "已撤销",
}

MEASURE_MOVES: dict[MeasureState, frozenset[MeasureState]] = {
    MeasureState.DECIDED: frozenset({MeasureState.ISSUED, MeasureState.REVOKED}),
    MeasureState.ISSUED: frozenset({MeasureState.RECEIVED, MeasureState.REVOKED}),
    MeasureState.RECEIVED: frozenset({MeasureState.REVOKED}),
    MeasureState.REVOKED: frozenset(),
}


class MeasureAction(StrEnum):
    """The commands on a measure."""

    TALK = "talk"
    ISSUE = "issue"
    RECEIVE = "receive"
    TELL_DEPARTMENT = "tell-department"
    FILE_WITH_COUNTY = "file-with-county"
    APPEAL = "appeal"
    REVIEW = "review"

    @property
    def label(self) -> str:
        return MEASURE_ACTION_LABELS[self]


MEASURE_ACTION_LABELS = {
    MeasureAction.TALK: "登记谈话",
    MeasureAction.ISSUE: "下达文书",
    MeasureAction.RECEIVE: "登记送达",
    MeasureAction.TELL_DEPARTMENT: "登记通报部门",
    MeasureAction.FILE_WITH_COUNTY: "登记报县备案",
    MeasureAction.APPEAL: "提出申辩",
    MeasureAction.REVIEW: "复核",
}


class AppealState(StrEnum):
    """What has become of an appeal (DISCIPLINE 十一)."""

    FILED = "filed"
    UPHELD = "upheld"
    REVOKED = "revoked"

    @property
    def label(self) -> str:
        return APPEAL_LABELS[self]


APPEAL_LABELS = {
    AppealState.FILED: "待决定",
    AppealState.UPHELD: "维持",
    AppealState.REVOKED: "撤销",
}


class AppealAction(StrEnum):
    """How an appeal is decided: by a director, or above the only one, who decided the measure."""

    DECIDE = "decide"
    RECORD_DECISION = "record-decision"


class ConsequenceKind(StrEnum):
    """What measures come to at the end of a year."""

    NOT_EXCELLENT = "not_excellent"
    INCOMPETENT = "incompetent"
    WINDOW_LOSES_ELIGIBILITY = "window_loses_eligibility"
    SENT_BACK = "sent_back"
    NOT_ELIGIBLE = "not_eligible"
    NO_ADVANCED_COLLECTIVE = "no_advanced_collective"
    WINDOW_INCOMPETENT = "window_incompetent"

    @property
    def label(self) -> str:
        return CONSEQUENCE_LABELS[self]


CONSEQUENCE_LABELS = {
    ConsequenceKind.NOT_EXCELLENT: "年度考评不能评为优秀",
    ConsequenceKind.INCOMPETENT: "年度考评应评定为不称职",
    ConsequenceKind.WINDOW_LOSES_ELIGIBILITY: "所在窗口取消评优资格",
    ConsequenceKind.SENT_BACK: "退回原单位",
    ConsequenceKind.NOT_ELIGIBLE: "窗口取消评优资格",
    ConsequenceKind.NO_ADVANCED_COLLECTIVE: "窗口不能评为先进集体",
    ConsequenceKind.WINDOW_INCOMPETENT: "窗口年度考评应评定为不称职",
}
