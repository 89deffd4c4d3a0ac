"""The closed sets of awards: the year's outcomes, and the stars of a quarter."""

from enum import StrEnum


class LineKind(StrEnum):
    """What a line of the annual rating is about (APPRAISE 六)."""

    STAFF = "staff"
    WINDOW = "window"
    AGENCY = "agency"
    GUARD = "guard"

    @property
    def label(self) -> str:
        return KIND_LABELS[self]


KIND_LABELS = {
    LineKind.STAFF: "工作人员年度等次",
    LineKind.WINDOW: "优秀、优良窗口",
    LineKind.AGENCY: "中介机构",
    LineKind.GUARD: "保安",
}


class Outcome(StrEnum):
    """What a person decides for a line."""

    EXCELLENT = "excellent"
    COMPETENT = "competent"
    INCOMPETENT = "incompetent"
    WINDOW_EXCELLENT = "window_excellent"
    WINDOW_GOOD = "window_good"
    CRITICISED = "criticised"
    REMOVED = "removed"
    DISMISSED = "dismissed"
    NONE = "none"

    @property
    def label(self) -> str:
        return OUTCOME_LABELS[self]


OUTCOME_LABELS = {
    Outcome.EXCELLENT: "优秀",
    Outcome.COMPETENT: "称职",
    Outcome.INCOMPETENT: "不称职",
    Outcome.WINDOW_EXCELLENT: "优秀窗口",
    Outcome.WINDOW_GOOD: "优良窗口",
    Outcome.CRITICISED: "通报批评",
    Outcome.REMOVED: "清退出中心",
    Outcome.DISMISSED: "解聘",
    Outcome.NONE: "无",
}


class RatingState(StrEnum):
    """How far a year's rating is."""

    DRAFT = "draft"
    PUBLISHED = "published"

    @property
    def label(self) -> str:
        return "拟定中" if self is RatingState.DRAFT else "已公布"


class StarKind(StrEnum):
    """The three honours of a quarter (APPRAISE 五)."""

    PARTY_POST = "party_post"
    SERVICE_STAR = "service_star"
    UNITY_POST = "unity_post"

    @property
    def label(self) -> str:
        return STAR_LABELS[self]


STAR_LABELS = {
    StarKind.PARTY_POST: "党员示范岗",
    StarKind.SERVICE_STAR: "服务之星",
    StarKind.UNITY_POST: "民族团结好服务岗",
}


class NominationState(StrEnum):
    """From the window's nomination to the group's decision."""

    NOMINATED = "nominated"
    VIEWED = "viewed"
    CHOSEN = "chosen"
    NOT_CHOSEN = "not_chosen"

    @property
    def label(self) -> str:
        return NOMINATION_LABELS[self]


NOMINATION_LABELS = {
    NominationState.NOMINATED: "窗口已推荐",
    NominationState.VIEWED: "办公室已提出意见",
    NominationState.CHOSEN: "评定",
    NominationState.NOT_CHOSEN: "未评定",
}

NOMINATION_MOVES: dict[NominationState, frozenset[NominationState]] = {
    NominationState.NOMINATED: frozenset({NominationState.VIEWED}),
    NominationState.VIEWED: frozenset({NominationState.CHOSEN, NominationState.NOT_CHOSEN}),
    NominationState.CHOSEN: frozenset(),
    NominationState.NOT_CHOSEN: frozenset(),
}
"""Window, office, group: nobody's part is left out (APPRAISE 五)."""
