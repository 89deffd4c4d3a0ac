"""How complaints look on the wire."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints

from yimen.core.crypto import check_phone
from yimen.core.pagination import PageQuery
from yimen.core.schemas import (
    AllowedAction,
    Instant,
    Label,
    Note,
    PastInstant,
    ReadSchema,
    Schema,
    example,
)
from yimen.domains.complaints.enums import (
    ComplaintAct,
    ComplaintChannel,
    ComplaintFinding,
    ComplaintStage,
    ComplaintState,
)

COMPLAINT_ID = "019a4f3e-0051-7b60-9d0e-6a2f4c8b1e51"
WINDOW_ID = "019a4f3e-0002-7b60-9d0e-6a2f4c8b1e02"
STAFF_ID = "019a4f3e-0005-7b60-9d0e-6a2f4c8b1e05"
DEPARTMENT_ID = "019a4f3e-0004-7b60-9d0e-6a2f4c8b1e04"
INVESTIGATOR_ID = "019a4f3e-0009-7b60-9d0e-6a2f4c8b1e09"
PAPER_ID = "019a4f3e-7c1d-7b60-9d0e-6a2f4c8b1e55"


Content = Annotated[
    Note, StringConstraints(max_length=2000), Field(description="投诉的事实与要求；加密保存")
]


def _callable(phone: str | None) -> str | None:
    problem = check_phone(phone).error if phone is not None else None
    if problem is not None:
        raise ValueError(problem)
    return phone


Phone = Annotated[
    str | None,
    Field(min_length=5, max_length=30, description="联系电话；匿名投诉可不填"),
    AfterValidator(_callable),
]
Code = Annotated[str, StringConstraints(min_length=1, max_length=40)]


# Coming in


class ComplaintCreate(Schema):
    """The office takes a complaint down."""

    model_config = example(
        {
            "channel": "desk",
            "summary": "窗口工作人员态度生硬",
            "content": "3月10日上午到窗口咨询，工作人员说“不归我管”，没有告知找谁。",
            "complainant_name": "阿依古丽·买买提",
            "complainant_phone": "13899990000",
            "window_id": WINDOW_ID,
            "occurred_on": "2026-03-10",
        }
    )

    channel: ComplaintChannel
    summary: Annotated[Label, Field(description="一句话概括，不含投诉人的个人信息")]
    content: Content
    complainant_name: Annotated[Label | None, Field(description="匿名投诉可不填")] = None
    complainant_phone: Phone = None
    window_id: Annotated[UUID | None, Field(description="被投诉的窗口")] = None
    staff_id: Annotated[UUID | None, Field(description="被投诉的工作人员")] = None
    occurred_on: Annotated[date | None, Field(description="事情发生的日期；默认为收到投诉之日")] = (
        None
    )
    received_at: Annotated[
        PastInstant | None, Field(description="收到投诉的时间，例如开启意见箱的时间；默认为现在")
    ] = None


class PublicComplaintCreate(Schema):
    """Anyone complains over the web, with or without a name."""

    model_config = example(
        {
            "summary": "窗口无人值守",
            "content": "上午十一点在07号窗口等了四十分钟，没有工作人员。",
            "phone": "13899990000",
            "window_number": "07",
            "occurred_on": "2026-03-10",
        }
    )

    summary: Annotated[Label, Field(description="一句话概括，请不要填写个人信息")]
    content: Content
    name: Annotated[Label | None, Field(description="匿名投诉可不填")] = None
    phone: Phone = None
    window_number: Annotated[Label | None, Field(description="被投诉窗口的编号")] = None
    occurred_on: date | None = None


class PublicComplaintReceipt(ReadSchema):
    """What a complainant keeps, to ask later what became of it."""

    model_config = example(
        {
            "complaint_number": "TS-2026-000003",
            "code": "K7QM-3X9P-2RTD",
            "acceptance_due_at": "2026-03-12T19:30:00+08:00",
        }
    )

    complaint_number: str
    code: Annotated[str, Field(description="查询码：凭编号和查询码查看处理结果，只显示这一次")]
    acceptance_due_at: Annotated[Instant, Field(description="最迟何时决定是否受理")]


class PublicComplaintLookup(Schema):
    """What became of one's complaint."""

    model_config = example({"complaint_number": "TS-2026-000003", "code": "K7QM-3X9P-2RTD"})

    complaint_number: Label
    code: Code


class PublicComplaint(ReadSchema):
    """A complaint as its author sees it."""

    model_config = example(
        {
            "complaint_number": "TS-2026-000003",
            "state": "investigating",
            "state_label": "调查中",
            "received_at": "2026-03-10T12:00:00+08:00",
            "stage_label": "调查认定",
            "due_at": "2026-03-24T19:30:00+08:00",
            "is_overdue": False,
            "finding_label": None,
            "answer": None,
        }
    )

    complaint_number: str
    state: ComplaintState
    state_label: str
    received_at: Instant
    stage_label: Annotated[str | None, Field(description="正在进行的环节；已办结为 null")]
    due_at: Annotated[Instant | None, Field(description="该环节的期限")]
    is_overdue: bool
    finding_label: Annotated[str | None, Field(description="认定结果，答复后显示")]
    answer: str | None


# Acts


class AcceptCommand(Schema):
    """The complaint is the centre's to look into; whom it is about may be made out now."""

    model_config = example({"window_id": WINDOW_ID, "staff_id": STAFF_ID, "note": "属服务态度问题"})

    window_id: UUID | None = None
    staff_id: UUID | None = None
    note: Note | None = None


class DeclineCommand(Schema):
    """Not the centre's matter: the complainant is told so, and who is responsible."""

    model_config = example(
        {
            "reason": "反映的是医院收费，不属中心职责",
            "answer": "您反映的事项请向县卫生健康委员会提出。",
            "answered_how": "电话告知",
        }
    )

    reason: Note
    answer: Annotated[Note, Field(description="给投诉人的答复，应说明向谁提出")]
    answered_how: Annotated[Label, Field(description="答复方式")]


class InvestigateCommand(Schema):
    """Who looks into it."""

    model_config = example({"investigator_id": INVESTIGATOR_ID})

    investigator_id: UUID


class FindCommand(Schema):
    """What the investigation came to."""

    model_config = example(
        {
            "finding": "substantiated",
            "reason": "调看录像，当日10:40确有该情形",
            "statement": "当时忙于另一办件，承认语言不当",
            "window_id": WINDOW_ID,
            "staff_id": STAFF_ID,
        }
    )

    finding: ComplaintFinding
    reason: Annotated[Note, Field(description="认定的依据")]
    statement: Annotated[Note | None, Field(description="被投诉人的说明")] = None
    window_id: Annotated[UUID | None, Field(description="查明的窗口；默认为登记时的窗口")] = None
    staff_id: Annotated[UUID | None, Field(description="查明的工作人员")] = None


class AnswerCommand(Schema):
    """The answer to the complainant, on paper."""

    model_config = example(
        {"answer": "您反映的情况属实，已责成改正，向您致歉。", "answered_how": "邮寄答复书"}
    )

    answer: Note
    answered_how: Annotated[Label, Field(description="答复方式；匿名投诉写明公告方式")]


class WithdrawCommand(Schema):
    """The complainant takes it back."""

    model_config = example({"reason": "投诉人来电表示误会，撤回投诉"})

    reason: Note


class ReopenCommand(Schema):
    """The finding does not stand: it is looked into again."""

    model_config = example({"reason": "投诉人提交了新的录音，原认定依据不足"})

    reason: Note


class RevealCommand(Schema):
    """Show who complained, for a reason that is kept."""

    model_config = example({"reason": "联系投诉人核实情况"})

    reason: Note


# Reading


class ComplaintQuery(PageQuery):
    """Which complaints to list; the newest first."""

    model_config = ConfigDict(extra="forbid")

    state: ComplaintState | None = None
    channel: ComplaintChannel | None = None
    finding: ComplaintFinding | None = None
    is_overdue: Annotated[bool | None, Field(description="当前环节已超期")] = None
    department_id: UUID | None = None
    window_id: UUID | None = None
    staff_id: UUID | None = None
    first: Annotated[date | None, Field(description="事情发生的日期从（含）")] = None
    last: Annotated[date | None, Field(description="事情发生的日期到（含）")] = None


class StageRead(ReadSchema):
    """One of the three clocks of a complaint."""

    stage: ComplaintStage
    stage_label: str
    due_at: Instant | None
    done_at: Instant | None
    is_missed: Annotated[bool, Field(description="完成晚于期限，或到期仍未完成")]


class ComplaintRead(ReadSchema):
    """A complaint with its clocks; who complained is asked for apart."""

    model_config = example(
        {
            "id": COMPLAINT_ID,
            "complaint_number": "TS-2026-000003",
            "channel": "desk",
            "channel_label": "投诉工作台",
            "state": "investigating",
            "state_label": "调查中",
            "summary": "窗口工作人员态度生硬",
            "is_anonymous": False,
            "window_id": WINDOW_ID,
            "window_number": "07",
            "staff_id": STAFF_ID,
            "staff_name": "市监窗口一岗",
            "department_id": DEPARTMENT_ID,
            "department_name": "县市场监督管理局",
            "occurred_on": "2026-03-10",
            "received_at": "2026-03-10T12:00:00+08:00",
            "registered_at": "2026-03-10T12:05:00+08:00",
            "registered_by_name": "赵敏",
            "stage": "finding",
            "stage_label": "调查认定",
            "due_at": "2026-03-24T19:30:00+08:00",
            "is_overdue": False,
            "stages": [
                {
                    "stage": "acceptance",
                    "stage_label": "受理",
                    "due_at": "2026-03-12T19:30:00+08:00",
                    "done_at": "2026-03-10T16:40:00+08:00",
                    "is_missed": False,
                }
            ],
            "investigator_id": INVESTIGATOR_ID,
            "investigator_name": "李军",
            "finding": None,
            "finding_label": None,
            "finding_reason": None,
            "statement": None,
            "found_by_name": None,
            "answer": None,
            "answered_how": None,
            "answer_paper_id": None,
            "allowed_actions": [
                {"action": "find", "allowed": True, "reason_code": None, "reason": None}
            ],
            "version": 3,
        }
    )

    id: UUID
    complaint_number: str
    channel: ComplaintChannel
    channel_label: str
    state: ComplaintState
    state_label: str
    summary: str
    is_anonymous: bool
    window_id: UUID | None
    window_number: str | None
    staff_id: UUID | None
    staff_name: str | None
    department_id: UUID | None
    department_name: str | None
    occurred_on: date
    received_at: Instant
    registered_at: Instant
    registered_by_name: Annotated[str | None, Field(description="登记人；网上投诉为 null")]
    stage: ComplaintStage | None
    stage_label: str | None
    due_at: Annotated[Instant | None, Field(description="当前环节的期限；已办结为 null")]
    is_overdue: bool
    stages: Annotated[list[StageRead], Field(description="受理、调查认定、答复三个环节的期限")]
    investigator_id: UUID | None
    investigator_name: str | None
    finding: ComplaintFinding | None
    finding_label: str | None
    finding_reason: str | None
    statement: str | None
    found_by_name: str | None
    answer: str | None
    answered_how: str | None
    answer_paper_id: Annotated[UUID | None, Field(description="投诉答复书")]
    allowed_actions: list[AllowedAction]
    version: int


class StepRead(ReadSchema):
    """One act on a complaint."""

    model_config = example(
        {
            "act": "accepted",
            "act_label": "受理",
            "at": "2026-03-10T16:40:00+08:00",
            "by_name": "赵敏",
            "note": "属服务态度问题",
            "article": "EFFICACY 二十二",
        }
    )

    act: ComplaintAct
    act_label: str
    at: Instant
    by_name: str
    note: str | None
    article: str


class ComplainantRead(ReadSchema):
    """Who complained and what they wrote; every look at it is audited."""

    model_config = example(
        {
            "name": "阿依古丽·买买提",
            "phone": "13899990000",
            "content": "3月10日上午到窗口咨询，工作人员说“不归我管”。",
        }
    )

    name: str | None
    phone: str | None
    content: str
