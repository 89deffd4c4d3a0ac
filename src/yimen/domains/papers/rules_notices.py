"""What is told to an applicant while the clock of the case stands still or moves."""

from collections.abc import Sequence
from datetime import date, datetime

from yimen.domains.papers.enums import PaperKind
from yimen.domains.papers.rules_body import (
    CaseFacts,
    PaperBody,
    PaperTable,
    ended,
    head,
    provisional_note,
    say_due,
    say_instant,
    say_last_day,
)


def suspension_notice(
    case: CaseFacts,
    *,
    cause_label: str,
    ground: str,
    article: str,
    suspended_at: datetime,
    until: datetime,
    maximum_days: int,
    is_provisional: bool = False,
) -> PaperBody:
    """Why the promised time stands still, and for how long at most (行政许可法 45)."""
    return PaperBody(
        title=PaperKind.SUSPENSION_NOTICE.label,
        addressee=case.applicant_name,
        facts=(
            *head(case),
            ("中止事由", cause_label),
            ("中止时间", f"{say_instant(suspended_at)}起"),
            (
                "最长期限",
                f"累计不超过{maximum_days}个工作日，至{_say_until(until, is_provisional)}止",
            ),
            ("经办人", case.handler_name),
        ),
        paragraphs=(
            f"您申请办理的事项需要{cause_label}，所需时间依照规定不计入办理时限，现中止计时。",
            f"具体情况：{ended(ground)}",
        ),
        notes=(
            "中止事由消除或者最长期限届满时恢复计时，并另行书面告知新的办结期限。",
            *provisional_note(is_provisional, "最长期限"),
        ),
        article=article,
        issuer=case.department_name,
    )


def _say_until(until: datetime, is_provisional: bool) -> str:
    return f"{say_instant(until)}{'（暂定）' if is_provisional else ''}"


def resumption_notice(
    case: CaseFacts,
    *,
    suspended_at: datetime,
    resumed_at: datetime,
    new_due_at: datetime,
    is_provisional: bool,
    article: str = PaperKind.RESUMPTION_NOTICE.article,
) -> PaperBody:
    """That the clock runs again, and until when the matter will now be done."""
    return PaperBody(
        title=PaperKind.RESUMPTION_NOTICE.label,
        addressee=case.applicant_name,
        facts=(
            *head(case),
            ("中止时间", say_instant(suspended_at)),
            ("恢复时间", say_instant(resumed_at)),
            ("新的办结期限", say_due(new_due_at, is_provisional)),
            ("经办人", case.handler_name),
        ),
        paragraphs=("您申请办理的事项现恢复计时，办结期限按中止期间的工作时间顺延。",),
        notes=provisional_note(is_provisional),
        article=article,
        issuer=case.department_name,
    )


def extension_notice(
    case: CaseFacts,
    *,
    reason: str,
    working_days: int,
    old_due_at: datetime,
    new_due_at: datetime,
    is_provisional: bool,
    decided_by: str = "中心领导",
) -> PaperBody:
    """By how much longer it takes, and why (TIMELIMIT 三)."""
    return PaperBody(
        title=PaperKind.EXTENSION_NOTICE.label,
        addressee=case.applicant_name,
        facts=(
            *head(case),
            ("原办结期限", say_due(old_due_at, False)),
            ("延长时间", f"{working_days}个工作日"),
            ("新的办结期限", say_due(new_due_at, is_provisional)),
            ("批准人", decided_by),
            ("经办人", case.handler_name),
        ),
        paragraphs=(
            f"您申请办理的事项不能在原定期限内办结，经批准延长{working_days}个工作日。",
            f"延期理由：{ended(reason)}",
        ),
        notes=provisional_note(is_provisional),
        article=PaperKind.EXTENSION_NOTICE.article,
        issuer=case.department_name,
    )


def reporting_notice(
    case: CaseFacts,
    *,
    superior_body: str,
    reason: str,
    sent_at: datetime,
    until: datetime,
    is_provisional: bool = False,
) -> PaperBody:
    """That the matter went up to a superior body, whose time is its own (MGMT 十一(六))."""
    return PaperBody(
        title=PaperKind.REPORTING_NOTICE.label,
        addressee=case.applicant_name,
        facts=(
            *head(case),
            ("上报部门", superior_body),
            ("上报时间", say_instant(sent_at)),
            ("最迟恢复计时", _say_until(until, is_provisional)),
            ("经办人", case.handler_name),
        ),
        paragraphs=(
            f"您申请办理的事项须报{superior_body}审批，现已上报。",
            f"上报事由：{ended(reason)}",
        ),
        notes=(
            "自上报之日起至收到答复之日止的时间，不计入本窗口承诺的办理时限。",
            *provisional_note(is_provisional, "最迟恢复计时的时间"),
        ),
        article=PaperKind.REPORTING_NOTICE.article,
        issuer=case.department_name,
    )


def special_approval(
    case: CaseFacts,
    *,
    reason: str,
    due_at: datetime,
    is_provisional: bool,
    approved_by: str,
    approved_at: datetime,
    missing: Sequence[str] = (),
    documents_due_on: date | None = None,
    are_documents_provisional: bool = False,
) -> PaperBody:
    """A matter handled specially: its own date, and what is to follow if approved first
    (MGMT 十一(三))."""
    later = documents_due_on is not None
    if documents_due_on is not None:
        until = say_last_day(documents_due_on, are_documents_provisional)
        promise = f"本件先批后办。下列材料由申请人最迟于{until}补齐，逾期由窗口催办。"
    elif missing:
        promise = "本件特事特办，下列材料补齐后受理；受理时已过上述办结期限的，按承诺时限办理。"
    else:
        promise = "本件特事特办，材料已经齐全。"
    return PaperBody(
        title=PaperKind.SPECIAL_APPROVAL.label,
        addressee="",
        facts=(
            *head(case),
            ("特办理由", reason),
            ("办理方式", "先批后办" if later else "特事特办"),
            ("办结期限", say_due(due_at, is_provisional)),
            ("批准人", approved_by),
            ("批准时间", say_instant(approved_at)),
            ("经办人", case.handler_name),
        ),
        paragraphs=(promise,),
        table=PaperTable(
            headers=("序号", "待补材料"),
            rows=tuple((str(number), name) for number, name in enumerate(missing, start=1)),
        )
        if missing
        else None,
        notes=(
            *provisional_note(is_provisional),
            *provisional_note(are_documents_provisional, "补齐期限"),
        ),
        article=PaperKind.SPECIAL_APPROVAL.article,
        issuer=case.department_name,
        signatures=("批准人（签字）", "申请人（签字）") if later else ("批准人（签字）",),
    )
