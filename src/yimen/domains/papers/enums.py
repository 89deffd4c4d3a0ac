"""The kinds of paper the hall issues, each with its number series and title."""

from enum import StrEnum


class PaperKind(StrEnum):
    """A paper by its purpose (domain.md §2)."""

    RECEIPT = "receipt"
    ACCEPTANCE_SLIP = "acceptance_slip"
    NON_ACCEPTANCE_NOTICE = "non_acceptance_notice"
    SUPPLEMENT_NOTICE = "supplement_notice"
    DISMISSAL_NOTICE = "dismissal_notice"

    @property
    def label(self) -> str:
        return LABELS[self]

    @property
    def series(self) -> str:
        return SERIES[self]

    @property
    def article(self) -> str:
        return ARTICLES[self]


LABELS = {
    PaperKind.RECEIPT: "收件回执单",
    PaperKind.ACCEPTANCE_SLIP: "受理单",
    PaperKind.NON_ACCEPTANCE_NOTICE: "不予受理告知书",
    PaperKind.SUPPLEMENT_NOTICE: "补办件通知",
    PaperKind.DISMISSAL_NOTICE: "驳回件通知书",
}

SERIES = {
    PaperKind.RECEIPT: "HZ",
    PaperKind.ACCEPTANCE_SLIP: "SL",
    PaperKind.NON_ACCEPTANCE_NOTICE: "BY",
    PaperKind.SUPPLEMENT_NOTICE: "BB",
    PaperKind.DISMISSAL_NOTICE: "BH",
}

ARTICLES = {
    PaperKind.RECEIPT: "TIMELIMIT 二",
    PaperKind.ACCEPTANCE_SLIP: "ONCE 二",
    PaperKind.NON_ACCEPTANCE_NOTICE: "ONCE 二",
    PaperKind.SUPPLEMENT_NOTICE: "MGMT 十一(五)",
    PaperKind.DISMISSAL_NOTICE: "MGMT 十一(七)",
}
