"""What the centre writes about its own service: answers to complaints, measures, appeals."""

from collections.abc import Sequence
from datetime import date, datetime

from yimen.domains.papers.enums import PaperKind
from yimen.domains.papers.rules_body import (
    PaperBody,
    cite,
    ended,
    say_day,
    say_instant,
    say_number,
)

OFFICE = "行政服务中心办公室"
LEADING_GROUP = "行政服务中心机关效能建设领导小组"


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


def measure_letter(
    kind: PaperKind,
    *,
    addressee: str,
    place: str,
    measure_number: str,
    ground: str,
    rule: str,
    appeal_days: int,
    statement: str,
    decided_on: date,
    issuer: str,
) -> PaperBody:
    """诫勉教育书 or 效能告诫书: what happened, by which rule, how to object (DISCIPLINE 七, 十一).

    ``appeal_days``: working days from receiving it.
    """
    verb = "诫勉教育" if kind is PaperKind.ADMONITION_LETTER else "效能告诫"
    return PaperBody(
        title=kind.label,
        addressee=addressee,
        facts=(
            ("处理编号", measure_number),
            ("所在单位", place),
            ("处理情形", ground),
            ("适用条款", cite(rule)),
            ("决定日期", say_day(decided_on)),
        ),
        paragraphs=(
            f"经查：{ended(statement)}",
            f"上述行为属于“{ground}”的情形，决定给予{verb}。请认真对待，切实改正。",
        ),
        notes=(
            f"对本决定不服的，可以自收到本书之日起{say_number(appeal_days)}个工作日内，"
            f"以书面形式向{issuer}提出申辩（{cite('DISCIPLINE 十一')}）；"
            "申辩期间不停止执行。",
            "本书一式三份：交本人（窗口）一份，存中心文书档案一份，抄送县效能办一份。",
        ),
        article=kind.article,
        issuer=issuer,
        signatures=("本人（签收）", "签收时间", "谈话人（签字）"),
    )


def appeal_answer(
    *,
    addressee: str,
    appeal_number: str,
    filed_at: datetime,
    measure: str,
    is_revoked: bool,
    reason: str,
    effects: Sequence[str],
    decided_above: str | None,
) -> PaperBody:
    """The written answer to an appeal (DISCIPLINE 十一); ``decided_above``: by whom, with what."""
    decided = "撤销" if is_revoked else "维持"
    return PaperBody(
        title=PaperKind.APPEAL_ANSWER.label,
        addressee=addressee,
        facts=(
            ("申辩编号", appeal_number),
            ("收到申辩", say_instant(filed_at)),
            ("原处理", measure),
            ("决定", f"{decided}原处理"),
            *((("决定机关", decided_above),) if decided_above else ()),
        ),
        paragraphs=(
            f"您对{measure}提出的书面申辩已经{f'由{decided_above}' if decided_above else ''}"
            f"研究，决定{decided}原处理。",
            f"理由：{ended(reason)}",
            *(("随之消除的后果如下。", *(ended(line) for line in effects)) if effects else ()),
        ),
        article=PaperKind.APPEAL_ANSWER.article,
        issuer=LEADING_GROUP,
    )
