"""The closed sets of a rating: its levels, whence it came, how far its follow-up is."""

from enum import StrEnum


class RatingLevel(StrEnum):
    """The five levels of 好差评."""

    VERY_SATISFIED = "very_satisfied"
    SATISFIED = "satisfied"
    FAIR = "fair"
    DISSATISFIED = "dissatisfied"
    VERY_DISSATISFIED = "very_dissatisfied"

    @property
    def label(self) -> str:
        return LEVEL_LABELS[self]

    @property
    def is_bad(self) -> bool:
        return self in BAD_LEVELS


LEVEL_LABELS = {
    RatingLevel.VERY_SATISFIED: "非常满意",
    RatingLevel.SATISFIED: "满意",
    RatingLevel.FAIR: "基本满意",
    RatingLevel.DISSATISFIED: "不满意",
    RatingLevel.VERY_DISSATISFIED: "非常不满意",
}

BAD_LEVELS = frozenset({RatingLevel.DISSATISFIED, RatingLevel.VERY_DISSATISFIED})
"""A rating of these is followed up."""


class RatingChannel(StrEnum):
    """How a rating came in; never by the hand of who is rated."""

    PUBLIC_LINK = "public_link"
    OFFICE = "office"
    """Taken down by the office for an applicant who said it there or by phone."""

    @property
    def label(self) -> str:
        return "扫码或网上" if self is RatingChannel.PUBLIC_LINK else "中心办公室代录"


class FollowUp(StrEnum):
    """How far the office is with a bad rating."""

    NOT_NEEDED = "not_needed"
    OPEN = "open"
    CONTACTED = "contacted"
    CLOSED = "closed"

    @property
    def label(self) -> str:
        return FOLLOW_UP_LABELS[self]


FOLLOW_UP_LABELS = {
    FollowUp.NOT_NEEDED: "无须回访",
    FollowUp.OPEN: "待回访",
    FollowUp.CONTACTED: "已联系，待答复",
    FollowUp.CLOSED: "已办结",
}

FOLLOW_UP_MOVES: dict[FollowUp, frozenset[FollowUp]] = {
    FollowUp.NOT_NEEDED: frozenset(),
    FollowUp.OPEN: frozenset({FollowUp.CONTACTED}),
    FollowUp.CONTACTED: frozenset({FollowUp.CONTACTED, FollowUp.CLOSED}),
    FollowUp.CLOSED: frozenset(),
}
"""The applicant is heard first, perhaps more than once; only then is there a finding."""

AWAITED = frozenset({FollowUp.OPEN, FollowUp.CONTACTED})
"""The office still owes an answer."""


class Finding(StrEnum):
    """What the office found behind a bad rating."""

    CONFIRMED = "confirmed"
    UNFOUNDED = "unfounded"

    @property
    def label(self) -> str:
        return "情况属实" if self is Finding.CONFIRMED else "情况不属实"


class RatingAction(StrEnum):
    """The commands on a rating."""

    REVEAL_CONTACT = "reveal-contact"
    CONTACT = "contact"
    CLOSE = "close"

    @property
    def label(self) -> str:
        return ACTION_LABELS[self]


ACTION_LABELS = {
    RatingAction.REVEAL_CONTACT: "查看联系电话",
    RatingAction.CONTACT: "登记联系情况",
    RatingAction.CLOSE: "认定并答复",
}

ACTION_STATES: dict[RatingAction, frozenset[FollowUp]] = {
    RatingAction.REVEAL_CONTACT: AWAITED,
    RatingAction.CONTACT: AWAITED,
    RatingAction.CLOSE: frozenset({FollowUp.CONTACTED}),
}
"""At which point of a follow-up a command can be given."""
