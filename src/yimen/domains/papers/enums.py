"""The kinds of paper the hall issues, each with its title, its number series and its article."""

from enum import StrEnum


class PaperKind(StrEnum):
    """A paper by its purpose (domain.md §2)."""

    RECEIPT = "receipt"
    ACCEPTANCE_SLIP = "acceptance_slip"
    NON_ACCEPTANCE_NOTICE = "non_acceptance_notice"
    SUPPLEMENT_NOTICE = "supplement_notice"
    SUSPENSION_NOTICE = "suspension_notice"
    RESUMPTION_NOTICE = "resumption_notice"
    EXTENSION_NOTICE = "extension_notice"
    SPECIAL_APPROVAL = "special_approval"
    REPORTING_NOTICE = "reporting_notice"
    DISMISSAL_NOTICE = "dismissal_notice"
    REJECTION_FORM = "rejection_form"
    REFUSAL_NOTICE = "refusal_notice"
    RETURN_RECEIPT = "return_receipt"
    CONFERENCE_MINUTES = "conference_minutes"
    COMPLAINT_ANSWER = "complaint_answer"
    ADMONITION_LETTER = "admonition_letter"
    WARNING_LETTER = "warning_letter"
    APPEAL_ANSWER = "appeal_answer"

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
    PaperKind.SUSPENSION_NOTICE: "中止计时告知书",
    PaperKind.RESUMPTION_NOTICE: "恢复计时告知书",
    PaperKind.EXTENSION_NOTICE: "延期告知书",
    PaperKind.SPECIAL_APPROVAL: "特办件审批单",
    PaperKind.REPORTING_NOTICE: "上报件通知书",
    PaperKind.DISMISSAL_NOTICE: "驳回件通知书",
    PaperKind.REJECTION_FORM: "否定报备登记表",
    PaperKind.REFUSAL_NOTICE: "不予办理告知书",
    PaperKind.RETURN_RECEIPT: "退还材料签收单",
    PaperKind.CONFERENCE_MINUTES: "联席会议纪要",
    PaperKind.COMPLAINT_ANSWER: "投诉答复书",
    PaperKind.ADMONITION_LETTER: "诫勉教育书",
    PaperKind.WARNING_LETTER: "效能告诫书",
    PaperKind.APPEAL_ANSWER: "申辩答复书",
}

SERIES = {
    PaperKind.RECEIPT: "HZ",
    PaperKind.ACCEPTANCE_SLIP: "SL",
    PaperKind.NON_ACCEPTANCE_NOTICE: "BY",
    PaperKind.SUPPLEMENT_NOTICE: "BB",
    PaperKind.SUSPENSION_NOTICE: "ZZ",
    PaperKind.RESUMPTION_NOTICE: "HF",
    PaperKind.EXTENSION_NOTICE: "YQ",
    PaperKind.SPECIAL_APPROVAL: "TB",
    PaperKind.REPORTING_NOTICE: "SB",
    PaperKind.DISMISSAL_NOTICE: "BH",
    PaperKind.REJECTION_FORM: "FD",
    PaperKind.REFUSAL_NOTICE: "BL",
    PaperKind.RETURN_RECEIPT: "TH",
    PaperKind.CONFERENCE_MINUTES: "JY",
    PaperKind.COMPLAINT_ANSWER: "DF",
    PaperKind.ADMONITION_LETTER: "JM",
    PaperKind.WARNING_LETTER: "GJ",
    PaperKind.APPEAL_ANSWER: "SD",
}

ARTICLES = {
    PaperKind.RECEIPT: "TIMELIMIT 二",
    PaperKind.ACCEPTANCE_SLIP: "ONCE 二",
    PaperKind.NON_ACCEPTANCE_NOTICE: "ONCE 二",
    PaperKind.SUPPLEMENT_NOTICE: "MGMT 十一(五)",
    PaperKind.SUSPENSION_NOTICE: "行政许可法 45",
    PaperKind.RESUMPTION_NOTICE: "行政许可法 45",
    PaperKind.EXTENSION_NOTICE: "TIMELIMIT 三",
    PaperKind.SPECIAL_APPROVAL: "MGMT 十一(三)",
    PaperKind.REPORTING_NOTICE: "MGMT 十一(六)",
    PaperKind.DISMISSAL_NOTICE: "MGMT 十一(七)",
    PaperKind.REJECTION_FORM: "REJECT 四",
    PaperKind.REFUSAL_NOTICE: "REJECT 五",
    PaperKind.RETURN_RECEIPT: "REJECT 六",
    PaperKind.CONFERENCE_MINUTES: "MGMT 十六",
    PaperKind.COMPLAINT_ANSWER: "EFFICACY 二十二",
    PaperKind.ADMONITION_LETTER: "DISCIPLINE 七",
    PaperKind.WARNING_LETTER: "DISCIPLINE 七",
    PaperKind.APPEAL_ANSWER: "DISCIPLINE 十一",
}
"""The rule a paper rests on; of a suspension and its end that of its cause."""

WRITTEN_ANEW = frozenset(PaperKind) - {
    PaperKind.REJECTION_FORM,
    PaperKind.REFUSAL_NOTICE,
    PaperKind.CONFERENCE_MINUTES,
    PaperKind.COMPLAINT_ANSWER,
    PaperKind.ADMONITION_LETTER,
    PaperKind.WARNING_LETTER,
    PaperKind.APPEAL_ANSWER,
}
"""Papers of a case that are issued again word for word once they are void.

A refusal's papers and a conference's minutes are drawn up anew by their own commands; an answer or
a measure is one with its letter.
"""
