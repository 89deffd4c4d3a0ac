"""Papers that tests start from: one of every kind, as a window would issue it."""

from collections.abc import Callable
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from uuid import UUID

import pylopdf_fonts_zh_cn
import sqlalchemy as sa
from pypdf import PdfReader
from sqlalchemy.ext.asyncio import AsyncSession

from yimen.core.clock import HALL_ZONE
from yimen.core.database import new_id, table_of
from yimen.domains.papers.enums import PaperKind
from yimen.domains.papers.models import Paper
from yimen.domains.papers.rules import (
    HELD,
    AttendeeLine,
    CaseFacts,
    ConferenceFacts,
    Issue,
    LeaderDecision,
    MaterialLine,
    MatterLine,
    MissingLine,
    PaperBody,
    Promise,
    acceptance_slip,
    appeal_answer,
    complaint_answer,
    conference_minutes,
    dismissal_notice,
    extension_notice,
    measure_letter,
    non_acceptance_notice,
    receipt,
    refusal_notice,
    rejection_form,
    reporting_notice,
    resumption_notice,
    return_receipt,
    special_approval,
    supplement_notice,
    suspension_notice,
)
from yimen.domains.papers.rules_page import Page, lay_out
from yimen.domains.papers.service import paper_values

FONTS = Path(pylopdf_fonts_zh_cn.__file__).parent
"""A folder with Noto Serif SC: the same on every machine, whatever fonts the machine has."""

APPLICANT = "阿依古丽·买买提"
CODE = "K7QM-3X9P-2RTD"
ISSUED_AT = datetime(2026, 3, 10, 11, 0, tzinfo=HALL_ZONE)


def at(text: str) -> datetime:
    """``at("2026-03-10 11:00")``, hall time."""
    return datetime.fromisoformat(text).replace(tzinfo=HALL_ZONE)


CASE = CaseFacts(
    case_number="BJ-2026-000012",
    item_name="食品经营许可（新办）",
    applicant_name=APPLICANT,
    department_name="县市场监督管理局",
    window_number="01",
    handler_name="王红",
)
MATERIALS = (
    MaterialLine("食品经营许可申请书", 1, 4, True),
    MaterialLine("营业执照", 1, 1, False),
    MaterialLine("与食品经营相适应的主要设备设施布局、操作流程等文件", 2, 12, False),
    MaterialLine("保证食品安全的规章制度", 1, 8, False),
)
DUE_AT = at("2026-03-17 19:30")
LONG_LAW = "《新疆维吾尔自治区食品小作坊、小餐饮店、小食杂店和食品摊贩管理条例》第十七条"


def long_receipt(case: CaseFacts = CASE) -> PaperBody:
    """A receipt of two pages."""
    return receipt(
        case, received_at=ISSUED_AT, materials=MATERIALS * 4, promise=Promise(DUE_AT, False, 5)
    )


SAMPLES: dict[PaperKind, Callable[[CaseFacts], PaperBody]] = {
    PaperKind.RECEIPT: lambda case: receipt(
        case,
        received_at=ISSUED_AT,
        materials=(*MATERIALS, MaterialLine("房屋所有权证", 1, 3, True, HELD)),
        promise=Promise(DUE_AT, False, 5),
    ),
    PaperKind.ACCEPTANCE_SLIP: lambda case: acceptance_slip(
        case,
        accepted_at=ISSUED_AT,
        promise=Promise(DUE_AT, False, 5),
        materials=MATERIALS,
    ),
    PaperKind.NON_ACCEPTANCE_NOTICE: lambda case: non_acceptance_notice(
        case,
        reason="该事项由州级部门办理，不属于本中心的职权范围",
        legal_basis="《中华人民共和国行政许可法》第三十二条第一款第（二）项",
        go_to="州政务服务中心",
    ),
    PaperKind.SUPPLEMENT_NOTICE: lambda case: supplement_notice(
        case,
        missing=[
            MissingLine("营业执照", "请提交有效期内的复印件，并加盖公章"),
            MissingLine("食品经营许可申请书", "第3页缺法定代表人签字"),
        ],
        complete_by=date(2026, 4, 22),
        ordinal=2,
        reason="首次告知时漏列营业执照",
    ),
    PaperKind.SUSPENSION_NOTICE: lambda case: suspension_notice(
        case,
        cause_label="现场勘验",
        ground="经营场所须由两名执法人员现场核查，已约定3月13日上午进行",
        article="行政许可法 45",
        suspended_at=at("2026-03-11 16:20"),
        until=at("2026-03-25 19:30"),
        maximum_days=10,
    ),
    PaperKind.RESUMPTION_NOTICE: lambda case: resumption_notice(
        case,
        suspended_at=at("2026-03-11 16:20"),
        resumed_at=at("2026-03-13 12:00"),
        new_due_at=at("2026-03-19 15:50"),
        is_provisional=False,
    ),
    PaperKind.EXTENSION_NOTICE: lambda case: extension_notice(
        case,
        reason="现场核查发现的问题须整改后复核",
        working_days=5,
        old_due_at=at("2026-12-29 19:30"),
        new_due_at=at("2027-01-06 19:30"),
        is_provisional=True,
    ),
    PaperKind.SPECIAL_APPROVAL: lambda case: special_approval(
        case,
        reason="抢险救灾物资须于三日内供应，延误将影响受灾群众的生活",
        due_at=at("2026-03-12 19:30"),
        is_provisional=False,
        approved_by="刘强",
        approved_at=at("2026-03-10 12:00"),
        missing=["营业执照", "健康证明"],
        documents_due_on=date(2026, 3, 24),
    ),
    PaperKind.REPORTING_NOTICE: lambda case: reporting_notice(
        case,
        superior_body="伊犁哈萨克自治州市场监督管理局",
        reason="该类许可由州局审批，本窗口初审后上报",
        sent_at=at("2026-03-11 10:30"),
        until=at("2026-04-22 19:30"),
    ),
    PaperKind.DISMISSAL_NOTICE: lambda case: dismissal_notice(
        case,
        ground="缺少主件",
        reason="未提交食品经营许可申请书，经告知后仍未补交",
        legal_basis="《食品经营许可和备案管理办法》第十五条",
    ),
    PaperKind.REJECTION_FORM: lambda case: rejection_form(
        case,
        phone="138****0000",
        matter="申请在学校围墙外10米处经营烧烤",
        reason="申请地点在学校周边禁止设置的范围内，申请人表示不能更换地点",
        legal_basis=LONG_LAW,
        is_within_authority=False,
        filed_at=at("2026-03-12 11:00"),
        decision=LeaderDecision("刘强", at("2026-03-13 16:40"), True, "情况属实，请做好解释工作"),
    ),
    PaperKind.REFUSAL_NOTICE: lambda case: refusal_notice(
        case,
        reason="申请地点在学校周边禁止设置的范围内",
        legal_basis=LONG_LAW,
        decided_at=at("2026-03-13 16:40"),
    ),
    PaperKind.RETURN_RECEIPT: lambda case: return_receipt(
        case,
        materials=MATERIALS[:2],
        returned_to=case.applicant_name,
        identity_checked="居民身份证（尾号0027）",
        signed_by=case.applicant_name,
        at=at("2026-03-16 12:10"),
    ),
    PaperKind.COMPLAINT_ANSWER: lambda case: complaint_answer(
        addressee=case.applicant_name,
        complaint_number="TS-2026-000003",
        summary="窗口工作人员态度生硬",
        received_at=ISSUED_AT,
        finding="属实",
        answer="您反映的情况属实，已责成该窗口改正，并对当事人作出处理",
    ),
    PaperKind.ADMONITION_LETTER: lambda case: measure_letter(
        PaperKind.ADMONITION_LETTER,
        addressee=case.applicant_name,
        place=case.department_name,
        measure_number="CF-2026-000001",
        ground="超过承诺时限，属本人责任",
        rule="PROMISE 六2",
        appeal_days=5,
        statement="2026年3月17日，办件BJ-2026-000012因本人原因超过承诺时限",
        decided_on=date(2026, 3, 18),
        issuer="行政服务中心办公室",
    ),
    PaperKind.WARNING_LETTER: lambda case: measure_letter(
        PaperKind.WARNING_LETTER,
        addressee=case.applicant_name,
        place=case.department_name,
        measure_number="CF-2026-000001",
        ground="超过承诺时限，属本人责任",
        rule="PROMISE 六2",
        appeal_days=5,
        statement="2026年3月17日，办件BJ-2026-000012因本人原因超过承诺时限",
        decided_on=date(2026, 3, 18),
        issuer="行政服务中心办公室",
    ),
    PaperKind.APPEAL_ANSWER: lambda case: appeal_answer(
        addressee=case.applicant_name,
        appeal_number="SS-2026-000001",
        filed_at=ISSUED_AT,
        measure="诫勉教育（CF-2026-000001）",
        is_revoked=True,
        reason="当日确系因公外出",
        effects=["本人2026年“年度考评不能评为优秀”（DISCIPLINE 九）的后果消除"],
        decided_above=None,
    ),
    PaperKind.CONFERENCE_MINUTES: lambda case: conference_minutes(
        ConferenceFacts(
            name="食品产业园项目联合审批联席会议",
            held_at=at("2026-03-18 16:00"),
            place="中心三楼会议室",
            presided_by="刘强",
            recorded_by="赵敏",
            centre_name="县行政服务中心",
        ),
        attendees=[
            AttendeeLine("县市场监督管理局", "张伟", "出席"),
            AttendeeLine("县自然资源局", "古丽娜·哈德尔", "委托巴合提·努尔兰出席"),
            AttendeeLine("县应急管理局", "—", "缺席"),
        ],
        matters=[
            MatterLine("关于项目用地", "县自然资源局于3月20日前出具规划条件"),
            MatterLine("关于消防设计", "与食品经营许可同步审查，3月25日前出具意见"),
        ],
        deemed_to_agree=["县应急管理局"],
        case_number=case.case_number,
    ),
}
"""How a paper of each kind is made from the facts of a case."""


def sample(kind: PaperKind, case: CaseFacts = CASE) -> PaperBody:
    """A paper of a kind."""
    return SAMPLES[kind](case)


def page_of(body: PaperBody, *, number: str = "SL-2026-000012", void_line: str = "") -> Page:
    """A paper laid out as if issued on the day the tests live in."""
    return lay_out(
        body, number=number, issued_at=ISSUED_AT, verification_code=CODE, void_line=void_line
    )


def words_of(pdf: bytes) -> list[str]:
    """What one can read on each page of a PDF, without blanks and line breaks."""
    pages = [page.extract_text() for page in PdfReader(BytesIO(pdf)).pages]
    return ["".join(text.replace("\u200b", "").split()) for text in pages]


async def make_paper(
    session: AsyncSession,
    kind: PaperKind = PaperKind.ACCEPTANCE_SLIP,
    *,
    department_id: UUID | None,
    window_id: UUID | None,
    body: PaperBody | None = None,
    number: str | None = None,
) -> UUID:
    """A paper just issued; returns its id."""
    made = new_id()
    issue = Issue(kind, number or f"{kind.series}-2026-000012", body or sample(kind), ISSUED_AT)
    await session.execute(
        sa.insert(table_of(Paper)),
        paper_values(
            issue,
            paper_id=made,
            subject_type="case",
            subject_id=new_id(),
            department_id=department_id,
            window_id=window_id,
            issued_by_name="王红",
        ),
    )
    return made
