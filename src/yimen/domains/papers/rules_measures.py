"""What the centre writes about its own service: answers to complaints."""

from datetime import datetime

from yimen.domains.papers.enums import PaperKind
from yimen.domains.papers.rules_body import PaperBody, ended, say_instant

OFFICE = "行政服务中心办公室"


def complaint_answer(
    *,
    addressee: str,
    complaint_number: str,
    summary: str,
    received_at: datetime,
    finding: str,
    answer: str,
) -> PaperBody:
    """What was found about a complaint, in words for who complained (EFFICACY 二十二)."""
    return PaperBody(
        title=PaperKind.COMPLAINT_ANSWER.label,
        addressee=addressee,
        facts=(
            ("投诉编号", complaint_number),
            ("投诉事项", summary),
            ("收到时间", say_instant(received_at)),
            ("认定结果", finding),
        ),
        paragraphs=("您的投诉已经调查核实，现答复如下。", ended(answer)),
        notes=("对答复有异议的，可以持新的事实或者证据，向中心提出重新调查。",),
        article=PaperKind.COMPLAINT_ANSWER.article,
        issuer=OFFICE,
    )
