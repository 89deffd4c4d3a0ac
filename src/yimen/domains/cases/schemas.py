"""How cases look on the wire."""

from datetime import date
from typing import Annotated, Any, ClassVar
from uuid import UUID

from pydantic import Field, computed_field, model_validator

from yimen.core.crypto import check_id_number, check_phone, check_uscc
from yimen.core.pagination import PageQuery
from yimen.core.schemas import (
    AllowedAction,
    Code,
    Instant,
    Label,
    Note,
    PastInstant,
    ReadSchema,
    Schema,
    example,
)
from yimen.domains.calendars.enums import DayKind
from yimen.domains.cases.enums import (
    ApplicantKind,
    CaseEventKind,
    CaseSort,
    CaseState,
    CaseView,
    ClockStatus,
    Custody,
    DeliveryMethod,
    DismissalGround,
    IdKind,
    PendingDecision,
)
from yimen.domains.cases.rules import DeadlineExplanation
from yimen.domains.catalog.enums import CaseKind

CASE_ID = "019a4f3e-7c1d-7b60-9d0e-6a2f4c8b1e55"
ITEM_ID = "019a4f3e-0001-7b60-9d0e-6a2f4c8b1e01"
WINDOW_ID = "019a4f3e-0002-7b60-9d0e-6a2f4c8b1e02"


# Coming in


class ApplicantCreate(Schema):
    """Who applies. Numbers are checked, stored encrypted, and shown masked."""

    kind: ApplicantKind
    name: Label
    id_kind: IdKind | None = None
    id_number: Annotated[Code | None, Field(description="证件号码")] = None
    phone: Annotated[str, Field(min_length=5, max_length=30, description="联系电话")]

    @model_validator(mode="after")
    def _check_numbers(self) -> "ApplicantCreate":
        if (self.id_number is None) != (self.id_kind is None):
            raise ValueError("证件类型与证件号码须同时填写。")
        if self.id_number is not None and self.id_kind is IdKind.RESIDENT_ID:
            problem = check_id_number(self.id_number).error
        elif self.id_number is not None and self.id_kind is IdKind.USCC:
            problem = check_uscc(self.id_number).error
        else:
            problem = None
        problem = problem or check_phone(self.phone).error
        if problem is not None:
            raise ValueError(problem)
        return self


class MaterialIn(Schema):
    """One material as it is handed in."""

    material_key: Annotated[
        Code | None, Field(description="事项材料清单中的材料代码；清单外的材料留空")
    ] = None
    name: Annotated[Label | None, Field(description="材料名称；有材料代码时可不填")] = None
    copies: Annotated[int, Field(ge=1, le=1000)] = 1
    pages: Annotated[int, Field(ge=1, le=100_000)] = 1
    is_original: bool = False
    custody: Annotated[
        Custody | None,
        Field(description="材料去向：存档、当场退还、窗口代管原件；默认按事项的规定"),
    ] = None

    @model_validator(mode="after")
    def _needs_a_name(self) -> "MaterialIn":
        if self.material_key is None and self.name is None:
            raise ValueError("清单外的材料须填写名称。")
        if self.custody is Custody.HELD and not self.is_original:
            raise ValueError("只有原件才登记为窗口代管。")
        return self


Materials = Annotated[list[MaterialIn], Field(max_length=200)]


class CaseCreate(Schema):
    """An application handed in at a window."""

    model_config = example(
        {
            "item_id": ITEM_ID,
            "applicant": {
                "kind": "person",
                "name": "阿依古丽·买买提",
                "id_kind": "resident_id",
                "id_number": "654028199001010027",
                "phone": "13899990000",
            },
            "materials": [{"material_key": "application-form", "pages": 2, "is_original": True}],
        }
    )

    item_id: UUID
    window_id: Annotated[
        UUID | None, Field(description="收件窗口；经办人只在一个窗口服务时可不填")
    ] = None
    applicant: ApplicantCreate
    materials: Materials = Field(default_factory=list)
    received_at: Annotated[
        PastInstant | None, Field(description="实际收件时间；补录时填写，默认现在")
    ] = None
    accept_if_complete: Annotated[bool, Field(description="材料齐全即受理")] = True
    note: Note | None = None


# Commands


class AcceptCommand(Schema):
    """Take the case on: the clock starts."""

    model_config = example({})

    note: Note | None = None


class MissingMaterial(Schema):
    """One thing that is missing or not in order."""

    material_key: Code | None = None
    name: Label | None = None
    requirement: Annotated[Note, Field(description="要求：缺什么、怎么改")] = "请补交"

    @model_validator(mode="after")
    def _needs_a_name(self) -> "MissingMaterial":
        if self.material_key is None and self.name is None:
            raise ValueError("清单外的材料须填写名称。")
        return self


class SupplementCommand(Schema):
    """Tell once, in writing, all that is missing."""

    model_config = example(
        {"missing": [{"material_key": "id-card", "requirement": "请补交身份证复印件"}]}
    )

    missing: Annotated[list[MissingMaterial], Field(min_length=1, max_length=100)]
    reason: Annotated[Note | None, Field(description="再次告知的原因；第二次起必填")] = None


class HandInCommand(Schema):
    """Further materials from the applicant."""

    model_config = example({"materials": [{"material_key": "id-card", "pages": 1}]})

    materials: Annotated[list[MaterialIn], Field(min_length=1, max_length=200)]
    came_in_person: Annotated[bool, Field(description="申请人是否又跑了一趟")] = True
    accept_if_complete: bool = True


class NotAcceptCommand(Schema):
    """The matter is not the centre's."""

    model_config = example(
        {
            "reason": "该事项由州级部门直接办理",
            "legal_basis": "行政许可法第三十二条第一款第二项",
            "go_to": "伊犁州政务服务中心",
        }
    )

    reason: Note
    legal_basis: Label
    go_to: Label | None = None


class DismissCommand(Schema):
    """The application cannot succeed as it is."""

    model_config = example(
        {
            "ground": "principal_missing",
            "reason": "未提交申请书主件",
            "legal_basis": "行政许可法第三十二条",
        }
    )

    ground: DismissalGround
    reason: Note
    legal_basis: Label


class WithdrawCommand(Schema):
    """The applicant takes the application back."""

    model_config = example({"reason": "申请人自愿撤回", "signed_by": "阿依古丽·买买提"})

    reason: Note
    signed_by: Label


class FinishCommand(Schema):
    """The decision: granted."""

    model_config = example({"result_number": "JY16540280001234"})

    result_number: Annotated[Label | None, Field(description="证照或批文编号")] = None
    decided_at: Annotated[
        PastInstant | None, Field(description="实际办结时间；补录时填写，默认现在")
    ] = None
    note: Note | None = None


class DeliverCommand(Schema):
    """The result reaches the applicant, against a signature."""

    model_config = example({"method": "pick_up", "signed_by": "阿依古丽·买买提"})

    method: DeliveryMethod
    signed_by: Annotated[Label, Field(description="签收人")]
    note: Note | None = None


class TransferCommand(Schema):
    """Another member of staff at the same window goes on with the case."""

    model_config = example({"handler_id": WINDOW_ID, "reason": "经办人外出培训"})

    handler_id: UUID
    reason: Note


class RevealCommand(Schema):
    """Show the applicant's numbers in full, for a reason that is kept."""

    model_config = example({"reason": "电话通知取件"})

    reason: Note


class CaseSearch(Schema):
    """Find cases by who applied; in the body, since URLs are logged on the way."""

    model_config = example({"phone": "13899990000"})

    case_number: Label | None = None
    applicant_name: Annotated[Label | None, Field(description="姓名或名称，按开头匹配")] = None
    id_number: Code | None = None
    phone: Annotated[str | None, Field(max_length=30)] = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50

    @model_validator(mode="after")
    def _needs_one(self) -> "CaseSearch":
        if not (self.case_number or self.applicant_name or self.id_number or self.phone):
            raise ValueError("请至少填写一个查询条件。")
        return self


# Reading


class CaseQuery(PageQuery):
    """Which cases to list."""

    view: Annotated[CaseView | None, Field(description="常用列表")] = None
    mine: Annotated[bool, Field(description="只看我经办的")] = False
    window_id: UUID | None = None
    department_id: UUID | None = None
    item_id: UUID | None = None
    state: CaseState | None = None
    sort: Annotated[CaseSort, Field(description="排序")] = CaseSort.NEWEST


class Named(ReadSchema):
    """A thing by id and name."""

    id: UUID
    name: str


class CaseWindow(ReadSchema):
    """The window of a case."""

    id: UUID
    number: str


class CaseItem(ReadSchema):
    """The item of a case, in the version under which it was taken in."""

    id: UUID
    version_id: UUID
    name: str


class ApplicantRead(ReadSchema):
    """Who applied, numbers masked."""

    kind: ApplicantKind
    kind_label: str
    name: str
    id_kind: IdKind | None
    id_number_masked: str | None
    phone_masked: str


class CaseClock(ReadSchema):
    """What the clock says now."""

    status: ClockStatus
    status_label: str
    remaining_working_minutes: Annotated[
        int | None, Field(description="剩余工作时间（分钟）,超期为负；未计时为 null")
    ]
    is_due_soon: bool
    is_overdue: bool


CASE_EXAMPLE: dict[str, Any] = {
    "id": CASE_ID,
    "case_number": "BJ-2026-000012",
    "kind": "committed",
    "kind_label": "承诺件",
    "state": "accepted",
    "state_label": "办理中",
    "item": {
        "id": ITEM_ID,
        "version_id": "019a4f3e-0003-7b60-9d0e-6a2f4c8b1e03",
        "name": "食品经营许可",
    },
    "window": {"id": WINDOW_ID, "number": "07"},
    "department": {"id": "019a4f3e-0004-7b60-9d0e-6a2f4c8b1e04", "name": "县市场监督管理局"},
    "handler": {"id": "019a4f3e-0005-7b60-9d0e-6a2f4c8b1e05", "name": "市监窗口一岗"},
    "applicant": {
        "kind": "person",
        "kind_label": "个人",
        "name": "阿依古丽·买买提",
        "id_kind": "resident_id",
        "id_number_masked": "654028********0027",
        "phone_masked": "138****0000",
    },
    "received_at": "2026-03-10T11:00:00+08:00",
    "registered_at": "2026-03-10T11:00:00+08:00",
    "is_late_entry": False,
    "working_days": 5,
    "deemed_acceptance_at": None,
    "supplement_due_on": None,
    "accepted_at": "2026-03-10T11:00:00+08:00",
    "is_deemed_accepted": False,
    "due_at": "2026-03-17T19:30:00+08:00",
    "due_is_provisional": False,
    "clock": {
        "status": "running",
        "status_label": "计时中",
        "remaining_working_minutes": 2820,
        "is_due_soon": False,
        "is_overdue": False,
    },
    "decided_at": None,
    "result_number": None,
    "delivered_at": None,
    "visit_count": 1,
    "has_visit_to_avoid": False,
    "supplement_count": 0,
    "missing": [],
    "documents_due_on": None,
    "pending_decision": None,
    "pending_decision_label": None,
    "suspended_until": None,
    "warnings": [],
    "allowed_actions": [
        {"action": "finish", "allowed": True, "reason_code": None, "reason": None},
        {
            "action": "accept",
            "allowed": False,
            "reason_code": "case_state",
            "reason": "办件目前“办理中”，只有“已收件、待补件”的办件才能受理。",
        },
    ],
    "version": 1,
}


class CaseRead(ReadSchema):
    """A case as the caller may see it."""

    model_config = example(CASE_EXAMPLE)

    id: UUID
    case_number: str
    kind: CaseKind
    kind_label: str
    state: CaseState
    state_label: str
    item: CaseItem
    window: CaseWindow
    department: Named
    handler: Named
    applicant: ApplicantRead
    received_at: Instant
    registered_at: Instant
    is_late_entry: Annotated[bool, Field(description="补录超过规定时间(DISCIPLINE 五(十八))")]
    working_days: Annotated[int, Field(description="承诺工作日；即办件为 0")]
    deemed_acceptance_at: Annotated[Instant | None, Field(description="到此未答复即视为受理")]
    supplement_due_on: Annotated[date | None, Field(description="补齐材料的最后日期")]
    accepted_at: Instant | None
    is_deemed_accepted: bool
    due_at: Annotated[Instant | None, Field(description="办结期限")]
    due_is_provisional: Annotated[bool, Field(description="期限暂定：所依据的年份尚未公布")]
    clock: CaseClock
    decided_at: Instant | None
    result_number: str | None
    delivered_at: Instant | None
    visit_count: Annotated[int, Field(description="申请人到场次数")]
    has_visit_to_avoid: Annotated[bool, Field(description="是否已跑第三趟（PROMISE 一）")]
    supplement_count: int
    missing: Annotated[list[str], Field(description="还缺少的必要材料")]
    documents_due_on: Annotated[
        date | None, Field(description="先批后办的，应在此日前补齐材料（MGMT 十一(三)）")
    ]
    pending_decision: Annotated[
        PendingDecision | None, Field(description="正等待中心领导批示的请示")
    ]
    pending_decision_label: str | None
    suspended_until: Annotated[Instant | None, Field(description="中止计时最迟到此恢复")]
    warnings: Annotated[list[str], Field(description="提醒：不妨碍办理，但请核对")]
    allowed_actions: list[AllowedAction]
    version: int


class CaseSummary(ReadSchema):
    """A case in a list."""

    model_config = example(
        {
            "id": CASE_ID,
            "case_number": "BJ-2026-000012",
            "kind": "committed",
            "kind_label": "承诺件",
            "state": "accepted",
            "state_label": "办理中",
            "item_name": "食品经营许可",
            "applicant_name": "阿依古丽·买买提",
            "window_number": "07",
            "department_name": "县市场监督管理局",
            "handler_name": "市监窗口一岗",
            "received_at": "2026-03-10T11:00:00+08:00",
            "due_at": "2026-03-17T19:30:00+08:00",
            "due_is_provisional": False,
            "remaining_working_minutes": 2820,
            "is_due_soon": False,
            "is_overdue": False,
            "version": 1,
        }
    )

    id: UUID
    case_number: str
    kind: CaseKind
    kind_label: str
    state: CaseState
    state_label: str
    item_name: str
    applicant_name: str
    window_number: str
    department_name: str
    handler_name: str
    received_at: Instant
    due_at: Instant | None
    due_is_provisional: bool
    remaining_working_minutes: int | None
    is_due_soon: bool
    is_overdue: bool
    version: int


class ApplicantNumbers(ReadSchema):
    """The applicant's numbers in full; every look at them is audited."""

    model_config = example({"id_number": "654028199001010027", "phone": "13899990000"})

    id_number: str | None
    phone: str


class CaseEventRead(ReadSchema):
    """One line of a case's timeline."""

    model_config = example(
        {
            "id": "019a4f3e-0006-7b60-9d0e-6a2f4c8b1e06",
            "kind": "accepted",
            "kind_label": "受理",
            "occurred_at": "2026-03-10T11:00:00+08:00",
            "recorded_at": "2026-03-10T11:00:00+08:00",
            "actor_name": "市监窗口一岗",
            "on_behalf_of": None,
            "article": "MGMT 十二",
            "note": None,
            "facts": {"paper_number": "SL-2026-000012"},
        }
    )

    id: UUID
    kind: CaseEventKind
    occurred_at: Instant
    recorded_at: Instant
    actor_name: str
    on_behalf_of: Annotated[str | None, Field(description="顶岗办理时，代替的是谁")]
    article: str
    note: str | None
    facts: Annotated[dict[str, Any], Field(description="该事件的要素，如文书编号")]

    @computed_field
    def kind_label(self) -> str:
        """The event in Chinese."""
        return self.kind.label


class CaseMaterialRead(ReadSchema):
    """A material that was handed in."""

    model_config = example(
        {
            "id": "019a4f3e-0007-7b60-9d0e-6a2f4c8b1e07",
            "material_key": "application-form",
            "name": "食品经营许可申请书",
            "copies": 1,
            "pages": 2,
            "is_original": True,
            "handed_in_at": "2026-03-10T11:00:00+08:00",
            "custody": "held",
            "custody_label": "窗口代管原件",
            "is_outstanding": False,
            "returned_at": "2026-03-17T11:00:00+08:00",
            "returned_to": "阿依古丽·买买提",
            "identity_checked": "居民身份证",
            "return_signed_by": "阿依古丽·买买提",
            "return_receipt_number": "TH-2026-000003",
        }
    )

    id: UUID
    material_key: str | None
    name: str
    copies: int
    pages: int
    is_original: bool
    handed_in_at: Instant
    custody: Custody
    is_outstanding: Annotated[bool, Field(description="窗口代管、尚未退还的原件")]
    returned_at: Instant | None
    returned_to: str | None
    identity_checked: Annotated[str | None, Field(description="退还时核对的证件")]
    return_signed_by: str | None
    return_receipt_number: Annotated[str | None, Field(description="退还材料签收单编号")]

    @computed_field
    def custody_label(self) -> str:
        """Where it is, in Chinese."""
        return self.custody.label


class DeadlineStepRead(ReadSchema):
    """One step of the reckoning."""

    label: str
    at: Instant | None
    working_days: int | None
    article: str


class DeadlineDayRead(ReadSchema):
    """One calendar day of the reckoning, counted or not, and why."""

    day: date
    counted_as: Annotated[int | None, Field(description="第几个工作日；不计入时为 null")]
    kind: DayKind
    reason: str
    source: Annotated[str, Field(description="依据：条款或放假通知")]
    is_provisional: bool

    @computed_field
    def kind_label(self) -> str:
        """The kind of day in Chinese."""
        return self.kind.label


class DeadlineRead(ReadSchema):
    """A due date and how it came about."""

    rows_in: ClassVar[str] = "days"

    model_config = example(
        {
            "due_at": "2026-03-11T19:30:00+08:00",
            "is_provisional": False,
            "counted_from": "2026-03-10",
            "working_days": 1,
            "steps": [
                {
                    "label": "受理",
                    "at": "2026-03-10T11:00:00+08:00",
                    "working_days": None,
                    "article": "MGMT 十二",
                }
            ],
            "days": [
                {
                    "day": "2026-03-10",
                    "counted_as": None,
                    "kind": "workday",
                    "reason": "起算当日不计（周二）",
                    "source": "民法典 201",
                    "is_provisional": False,
                    "kind_label": "工作日",
                },
                {
                    "day": "2026-03-11",
                    "counted_as": 1,
                    "kind": "workday",
                    "reason": "周三",
                    "source": "ATTEND 一(一)",
                    "is_provisional": False,
                    "kind_label": "工作日",
                },
            ],
        }
    )

    due_at: Instant
    is_provisional: bool
    counted_from: Annotated[date, Field(description="受理计入的工作日")]
    working_days: int
    steps: list[DeadlineStepRead]
    days: list[DeadlineDayRead]


class DeadlinePreviewQuery(Schema):
    """What to preview a deadline for."""

    item_id: UUID
    at: Annotated[PastInstant | None, Field(description="受理时间，默认现在")] = None


def present_deadline(explanation: DeadlineExplanation, working_days: int) -> DeadlineRead:
    """An explanation on the wire."""
    due = explanation.due
    return DeadlineRead(
        due_at=due.at,
        is_provisional=due.is_provisional,
        counted_from=due.counted_from,
        working_days=working_days,
        steps=[DeadlineStepRead.model_validate(step) for step in explanation.steps],
        days=[DeadlineDayRead.model_validate(day) for day in explanation.days],
    )
