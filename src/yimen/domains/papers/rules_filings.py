"""What goes on file: refusals, materials given back, the minutes of a joint conference."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from yimen.domains.papers.enums import PaperKind
from yimen.domains.papers.rules_body import (
    CaseFacts,
    MaterialLine,
    PaperBody,
    PaperTable,
    ended,
    head,
    list_materials,
    say_instant,
    say_number,
)

REMEDIES = "如对本决定不服，可自收到之日起六十日内申请行政复议，或者在六个月内提起行政诉讼。"

IN_TWO_COPIES = "本文书一式两份，一份交申请人，一份存档。"
"""What is told in writing is kept on file, too (ONCE 三)."""
SIGNED_FOR = ("申请人（签收）", "签收时间")


@dataclass(frozen=True, slots=True)
class LeaderDecision:
    """The leader's answer to a request to refuse (REJECT 三)."""

    decided_by: str
    decided_at: datetime
    agrees: bool
    opinion: str


@dataclass(frozen=True, slots=True)
class ConferenceFacts:
    """When, where and about what a conference met (JOINT 二, 四)."""

    name: str
    held_at: datetime
    place: str
    presided_by: str
    recorded_by: str
    centre_name: str


@dataclass(frozen=True, slots=True)
class AttendeeLine:
    """A department at a conference; ``presence`` is 出席, 委托…出席, 请假 or 缺席."""

    department_name: str
    name: str
    presence: str


@dataclass(frozen=True, slots=True)
class MatterLine:
    """A matter on the agenda and what was resolved."""

    subject: str
    resolution: str


def rejection_form(
    case: CaseFacts,
    *,
    phone: str,
    matter: str,
    reason: str,
    legal_basis: str,
    is_within_authority: bool,
    filed_at: datetime,
    decision: LeaderDecision | None,
) -> PaperBody:
    """The filing of a refusal, with every field of REJECT 四.

    ``phone`` is printed as given: pass it masked, the full one is shown on request and on record.
    """
    if decision is None:
        opinion = "属经办人职权范围，由经办人登记备案。" if is_within_authority else "待领导审批。"
        decided = []
    else:
        opinion = f"{'同意否定' if decision.agrees else '不同意否定'}。{ended(decision.opinion)}"
        decided = [
            ("审批人", decision.decided_by),
            ("审批时间", say_instant(decision.decided_at)),
        ]
    return PaperBody(
        title=PaperKind.REJECTION_FORM.label,
        addressee="",
        facts=(
            ("办件编号", case.case_number),
            ("登记时间", say_instant(filed_at)),
            ("诉求单位或姓名", case.applicant_name),
            ("联系电话", phone),
            ("受理部门", f"{case.department_name}（{case.window_number}号窗口）"),
            ("经办人", case.handler_name),
            ("办理事项", case.item_name),
            ("诉求事项", matter),
            ("否定理由", reason),
            ("否定依据", legal_basis),
            ("经办人权限", "属职权范围" if is_within_authority else "超越职权范围，报领导决定"),
            ("领导审批意见", opinion),
            *decided,
        ),
        notes=("本表与诉求材料一并存档。",),
        article=PaperKind.REJECTION_FORM.article,
        issuer=case.department_name,
        signatures=("经办人（签字）", "领导（签字）"),
    )


def refusal_notice(
    case: CaseFacts, *, reason: str, legal_basis: str, decided_at: datetime
) -> PaperBody:
    """The written notice of a refusal: why, by which law, and what can be done (REJECT 五)."""
    return PaperBody(
        title=PaperKind.REFUSAL_NOTICE.label,
        addressee=case.applicant_name,
        facts=(*head(case), ("决定时间", say_instant(decided_at)), ("经办人", case.handler_name)),
        paragraphs=(
            "您的申请经审核不符合办理条件，决定不予办理。",
            f"理由：{ended(reason)}",
            f"依据：{ended(legal_basis)}",
        ),
        notes=(
            REMEDIES,
            "您可以凭身份证明到本窗口要求退还所提交的材料。",
            IN_TWO_COPIES,
        ),
        article=PaperKind.REFUSAL_NOTICE.article,
        issuer=case.department_name,
        signatures=SIGNED_FOR,
    )


def return_receipt(
    case: CaseFacts,
    *,
    materials: Sequence[MaterialLine],
    returned_to: str,
    identity_checked: str,
    signed_by: str,
    at: datetime,
) -> PaperBody:
    """Who took which materials back, and on what proof of identity (REJECT 六).

    ``identity_checked`` names the proof that was looked at, e.g. 居民身份证（尾号0027）.
    """
    return PaperBody(
        title=PaperKind.RETURN_RECEIPT.label,
        addressee="",
        facts=(
            *head(case),
            ("领取人", returned_to),
            ("核对的证件", identity_checked),
            ("签收人", signed_by),
            ("退还时间", say_instant(at)),
            ("经办人", case.handler_name),
        ),
        paragraphs=("下列材料已经退还，领取人核对无误。",),
        table=list_materials(materials),
        notes=("本单一式两份，一份交领取人，一份存档。",),
        article=PaperKind.RETURN_RECEIPT.article,
        issuer=case.department_name,
        signatures=("领取人（签字）", "经办人（签字）"),
    )


def conference_minutes(
    conference: ConferenceFacts,
    *,
    attendees: Sequence[AttendeeLine],
    matters: Sequence[MatterLine],
    deemed_to_agree: Sequence[str] = (),
    case_number: str | None = None,
    replaces: str | None = None,
) -> PaperBody:
    """What a joint conference resolved and who was there (MGMT 十六, JOINT 四).

    ``deemed_to_agree`` are the departments that neither came nor spoke; their silence is marked as
    such, never as an opinion given. ``replaces`` is the number of minutes that are void.
    """
    resolved = [
        f"{say_number(number)}、{ended(line.subject)}{ended(line.resolution)}"
        for number, line in enumerate(matters, start=1)
    ]
    silent = (
        [f"{'、'.join(deemed_to_agree)}无特殊情况未参加会议，会后也未提出意见，视为同意办理。"]
        if deemed_to_agree
        else []
    )
    return PaperBody(
        title=PaperKind.CONFERENCE_MINUTES.label,
        addressee="",
        facts=(
            ("会议名称", conference.name),
            *((("办件编号", case_number),) if case_number else ()),
            ("会议时间", say_instant(conference.held_at)),
            ("会议地点", conference.place),
            ("主持人", conference.presided_by),
            ("记录人", conference.recorded_by),
        ),
        paragraphs=("会议研究了下列事项，形成如下意见。", *resolved, *silent),
        table=PaperTable(
            headers=("序号", "参会单位", "姓名", "参会情况"),
            rows=tuple(
                (str(number), line.department_name, line.name, line.presence)
                for number, line in enumerate(attendees, start=1)
            ),
        ),
        notes=(f"本纪要代替已作废的{replaces}号纪要。",) if replaces else (),
        article=PaperKind.CONFERENCE_MINUTES.article,
        issuer=conference.centre_name,
        signatures=("主持人（签字）", "记录人（签字）"),
    )
