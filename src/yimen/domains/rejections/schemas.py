"""How refusals look on the wire."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, computed_field, model_validator

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
from yimen.domains.cases.enums import ApplicantKind, DeliveryMethod
from yimen.domains.cases.service import CaseEventRead, CaseMaterialRead, CaseRead
from yimen.domains.papers.service import PaperRead
from yimen.domains.rejections.enums import BreachKind, RejectionState, RejectionView

REJECTION_ID = "019a4f3e-0011-7b60-9d0e-6a2f4c8b1e11"
CASE_ID = "019a4f3e-7c1d-7b60-9d0e-6a2f4c8b1e55"
WINDOW_ID = "019a4f3e-0002-7b60-9d0e-6a2f4c8b1e02"
DEPARTMENT_ID = "019a4f3e-0004-7b60-9d0e-6a2f4c8b1e04"
HANDLER_ID = "019a4f3e-0005-7b60-9d0e-6a2f4c8b1e05"

Phone = Annotated[str, Field(min_length=5, max_length=30, description="联系电话")]


def _require_phone(phone: str | None) -> None:
    problem = None if phone is None else check_phone(phone).error
    if problem is not None:
        raise ValueError(problem)


# Commands


class RequesterCreate(Schema):
    """Who asked, when there is no case that says so."""

    kind: ApplicantKind
    name: Label
    phone: Annotated[Phone | None, Field(description="联系电话；当场未留的可稍后补全")] = None

    @model_validator(mode="after")
    def _check_phone(self) -> "RequesterCreate":
        _require_phone(self.phone)
        return self


class RejectionCreate(Schema):
    """The filing of a refusal (REJECT 四): of a case, or of a request turned away at the desk."""

    model_config = example(
        {
            "case_id": CASE_ID,
            "case_version": 1,
            "reason": "经营场所不具备防火条件",
            "legal_basis": "食品安全法第三十三条",
            "is_within_authority": True,
        },
        {
            "requester": {"kind": "person", "name": "巴特尔", "phone": "13899990000"},
            "matter": "要求当场办理未列入清单的证明",
            "reason": "该证明已经取消",
            "legal_basis": "国务院关于取消证明事项的决定",
            "is_within_authority": True,
        },
    )

    case_id: Annotated[UUID | None, Field(description="被否定的办件；未收件的留空")] = None
    case_version: Annotated[
        int | None, Field(ge=1, description="读取办件时的 version；附办件时必填")
    ] = None
    window_id: Annotated[
        UUID | None, Field(description="未收件时的窗口；经办人只在一个窗口服务时可不填")
    ] = None
    requester: Annotated[
        RequesterCreate | None, Field(description="诉求单位或人员；附办件时取自办件")
    ] = None
    matter: Annotated[Note | None, Field(description="诉求事项；附办件时默认为事项名称")] = None
    reason: Annotated[Note, Field(description="否定的理由")]
    legal_basis: Annotated[Label | None, Field(description="否定的依据")] = None
    is_within_authority: Annotated[
        bool | None,
        Field(description="是否属经办人职权范围；首席代表对本部门事项不填即为是"),
    ] = None
    refused_at: Annotated[
        PastInstant | None,
        Field(description="未收件而已经当场否定的时间；超越权限又尚未否定的留空，先请示"),
    ] = None

    @model_validator(mode="after")
    def _is_of_a_case_or_of_the_desk(self) -> "RejectionCreate":
        if self.case_id is None:
            if self.requester is None or self.matter is None:
                raise ValueError("没有办件的，须填写诉求人和诉求事项。")
            if self.case_version is not None:
                raise ValueError("没有办件，不必填写办件版本。")
        elif self.case_version is None:
            raise ValueError("请填写读取办件时的版本。")
        elif self.requester or self.window_id or self.refused_at:
            raise ValueError("诉求人、窗口和否定时间取自办件，不必填写。")
        return self


class DecideCommand(Schema):
    """The director's answer to a request to refuse (REJECT 三)."""

    model_config = example({"agrees": True, "opinion": "情况属实，同意否定。"})

    agrees: Annotated[bool, Field(description="是否同意否定")]
    opinion: Note


class RetractCommand(Schema):
    """The handler takes the request back."""

    model_config = example({"reason": "申请人已整改，可以继续办理"})

    reason: Note


class CompleteCommand(Schema):
    """What the form still lacked; papers that are missing or void are issued anew."""

    model_config = example({"phone": "13899990000", "legal_basis": "食品安全法第三十三条"})

    phone: Phone | None = None
    legal_basis: Label | None = None

    @model_validator(mode="after")
    def _check_phone(self) -> "CompleteCommand":
        _require_phone(self.phone)
        return self


class AskReturnCommand(Schema):
    """The requester wants the materials back (REJECT 六)."""

    model_config = example({"asked_at": "2026-03-17T11:00:00+08:00"})

    asked_at: Annotated[PastInstant | None, Field(description="提出要求的时间，默认现在")] = None


class DeliverNoticeCommand(Schema):
    """The notice reaches somebody who has no case."""

    model_config = example({"method": "in_person", "signed_by": "巴特尔"})

    method: DeliveryMethod
    signed_by: Annotated[Label, Field(description="签收人")]


class RevealRequesterCommand(Schema):
    """Show the phone in full, for a reason that is kept."""

    model_config = example({"reason": "电话通知领取告知书"})

    reason: Note


# Reading


class RejectionQuery(PageQuery):
    """Which refusals to list."""

    view: Annotated[RejectionView | None, Field(description="常用列表")] = None
    state: RejectionState | None = None
    case_id: UUID | None = None
    window_id: UUID | None = None
    department_id: UUID | None = None
    is_within_authority: bool | None = None


class Named(ReadSchema):
    """A thing by id and name."""

    id: UUID
    name: str


class RejectionCase(ReadSchema):
    """The case that was refused."""

    id: UUID
    case_number: str


class RejectionWindow(ReadSchema):
    """The window of a refusal."""

    id: UUID
    number: str


class RequesterRead(ReadSchema):
    """Who asked, the phone masked."""

    kind: ApplicantKind
    kind_label: str
    name: str
    phone_masked: str | None


class DecisionClock(ReadSchema):
    """What the director was asked, until when, and what came of it (REJECT 三)."""

    due_at: Annotated[Instant, Field(description="应当答复的期限")]
    remaining_working_minutes: Annotated[
        int | None, Field(description="剩余工作时间（分钟），超期为负；已有结果时为 null")
    ]
    is_overdue: Annotated[bool, Field(description="逾期未答复，或答复时已经逾期")]
    decided_at: Instant | None
    decided_by_name: str | None
    agrees: bool | None
    opinion: str | None


REJECTION_EXAMPLE: dict[str, Any] = {
    "id": REJECTION_ID,
    "rejection_number": "FB-2026-000003",
    "state": "effective",
    "state_label": "已否定",
    "case": {"id": CASE_ID, "case_number": "BJ-2026-000012"},
    "window": {"id": WINDOW_ID, "number": "07"},
    "department": {"id": DEPARTMENT_ID, "name": "县市场监督管理局"},
    "handler": {"id": HANDLER_ID, "name": "市监窗口一岗"},
    "requester": {
        "kind": "person",
        "kind_label": "个人",
        "name": "阿依古丽·买买提",
        "phone_masked": "138****0000",
    },
    "matter": "食品经营许可（新办）",
    "reason": "经营场所不具备防火条件",
    "legal_basis": "食品安全法第三十三条",
    "is_within_authority": False,
    "filed_at": "2026-03-10T11:00:00+08:00",
    "decision": {
        "due_at": "2026-03-13T19:30:00+08:00",
        "remaining_working_minutes": None,
        "is_overdue": False,
        "decided_at": "2026-03-11T11:00:00+08:00",
        "decided_by_name": "刘强",
        "agrees": True,
        "opinion": "情况属实，同意否定。",
    },
    "refused_at": "2026-03-11T11:00:00+08:00",
    "retracted_at": None,
    "retraction_reason": None,
    "form_number": "FD-2026-000003",
    "notice_number": "BL-2026-000003",
    "missing": [],
    "notice_delivered_at": None,
    "notice_method": None,
    "notice_signed_by": None,
    "return_asked_at": None,
    "has_materials": True,
    "allowed_actions": [
        {"action": "ask-return", "allowed": True, "reason_code": None, "reason": None}
    ],
    "version": 2,
}


class RejectionRead(ReadSchema):
    """A refusal on file as the caller may see it."""

    model_config = example(REJECTION_EXAMPLE)

    id: UUID
    rejection_number: str
    state: RejectionState
    state_label: str
    case: Annotated[RejectionCase | None, Field(description="被否定的办件；未收件时为 null")]
    window: RejectionWindow
    department: Named
    handler: Named
    requester: RequesterRead
    matter: str
    reason: str
    legal_basis: str | None
    is_within_authority: Annotated[bool, Field(description="是否属经办人职权范围（REJECT 二、三）")]
    filed_at: Annotated[Instant, Field(description="报备或请示的时间")]
    decision: Annotated[DecisionClock | None, Field(description="领导批示；属权限内的为 null")]
    refused_at: Annotated[Instant | None, Field(description="否定生效的时间；未生效为 null")]
    retracted_at: Instant | None
    retraction_reason: str | None
    form_number: Annotated[str | None, Field(description="否定报备登记表编号")]
    notice_number: Annotated[str | None, Field(description="书面告知的编号")]
    missing: Annotated[list[str], Field(description="已否定而尚缺的登记内容和文书")]
    notice_delivered_at: Annotated[Instant | None, Field(description="告知书送达时间")]
    notice_method: DeliveryMethod | None
    notice_signed_by: str | None
    return_asked_at: Annotated[Instant | None, Field(description="要求退还材料的时间")]
    has_materials: Annotated[bool, Field(description="窗口还收存着其材料")]
    allowed_actions: list[AllowedAction]
    version: int


class RequesterPhone(ReadSchema):
    """The phone in full; every look at it is audited."""

    model_config = example({"phone": "13899990000"})

    phone: str | None


class RejectionArchive(ReadSchema):
    """All that is kept of a refusal together (REJECT 四)."""

    model_config = example(
        {
            "rejection": REJECTION_EXAMPLE,
            "case": None,
            "events": [],
            "materials": [],
            "papers": [],
        }
    )

    rejection: RejectionRead
    case: CaseRead | None
    events: list[CaseEventRead]
    materials: list[CaseMaterialRead]
    papers: list[PaperRead]


class BreachQuery(Schema):
    """Of which days to list the breaches; both days count."""

    first: date
    last: date
    kind: BreachKind | None = None


class BreachRead(ReadSchema):
    """One breach of REJECT that the records show, with what shows it."""

    model_config = example(
        {
            "kind": "not_filed",
            "kind_label": "否定事项未登记备案",
            "article": "REJECT 七2",
            "on": "2026-03-11",
            "evidence": "2026年3月10日（星期二）11:00驳回，"
            "至2026年3月11日（星期三）19:30没有登记备案。",
            "rejection_id": None,
            "rejection_number": None,
            "case_id": CASE_ID,
            "case_number": "BJ-2026-000012",
            "window": {"id": WINDOW_ID, "number": "07"},
            "department": {"id": DEPARTMENT_ID, "name": "县市场监督管理局"},
            "handler": {"id": HANDLER_ID, "name": "市监窗口一岗"},
        }
    )

    kind: BreachKind
    article: Annotated[str, Field(description="所违反的条款")]
    on: Annotated[date, Field(description="自哪天起成立：期限的最后一天，或行为的当天")]
    evidence: Annotated[str, Field(description="记录中的证据")]
    rejection_id: UUID | None
    rejection_number: str | None
    case_id: UUID | None
    case_number: str | None
    window: RejectionWindow
    department: Named
    handler: Annotated[
        Named | None, Field(description="经办人；领导逾期未批示不是经办人的责任，为 null")
    ]

    @computed_field
    def kind_label(self) -> str:
        """The breach in Chinese."""
        return self.kind.label
