"""How leave requests, what they would come to, and substitutes look on the wire."""

from datetime import date
from typing import Annotated, Any, ClassVar
from uuid import UUID

from pydantic import Field, computed_field

from yimen.core.pagination import Page, PageQuery
from yimen.core.schemas import (
    AllowedAction,
    Instant,
    Label,
    Note,
    ReadSchema,
    Schema,
    example,
    page_example,
)
from yimen.domains.calendars.enums import DayKind
from yimen.domains.leave.enums import (
    Half,
    LeaveEventKind,
    LeaveKind,
    LeaveState,
    LeaveView,
    SubstitutionView,
)

LEAVE_ID = "019a4f3e-7c1d-7b60-9d0e-6a2f4c8b1f01"
SUBSTITUTION_ID = "019a4f3e-7c1d-7b60-9d0e-6a2f4c8b1f02"
STAFF_ID = "019a4f3e-7c1d-7b60-9d0e-6a2f4c8b1e03"
OTHER_STAFF_ID = "019a4f3e-7c1d-7b60-9d0e-6a2f4c8b1e08"
DEPARTMENT_ID = "019a4f3e-7c1d-7b60-9d0e-6a2f4c8b1e01"
WINDOW_ID = "019a4f3e-7c1d-7b60-9d0e-6a2f4c8b1e02"

Day = Annotated[date, Field(ge=date(2008, 1, 1), le=date(2100, 12, 31))]

_CERTIFICATE: dict[str, Any] = {
    "hospital": "伊宁市人民医院",
    "number": "BJ2026-0311",
    "issued_on": "2026-03-11",
}
_LEAVE: dict[str, Any] = {
    "id": LEAVE_ID,
    "leave_number": "QJ-2026-000001",
    "staff_id": STAFF_ID,
    "staff_number": "S007",
    "staff_name": "阿依古丽·买买提",
    "department_id": DEPARTMENT_ID,
    "department_name": "县市场监督管理局",
    "kind": "sick",
    "kind_label": "病假",
    "counts_as": "sick",
    "counts_as_label": "病假",
    "state": "approved",
    "state_label": "已批准",
    "starts_on": "2026-03-11",
    "starts_half": "morning",
    "ends_on": "2026-03-12",
    "ends_half": "morning",
    "half_days": 3,
    "days": "1.5",
    "reason": "急性肠胃炎，医嘱休息。",
    "requested_at": "2026-03-10T18:00:00+08:00",
    "is_retrospective": False,
    "substitute_article": None,
    "lacks_substitute": False,
    "deputy_id": OTHER_STAFF_ID,
    "deputy_name": "王红",
    "is_deputised": True,
    "extension": None,
    "certificate": _CERTIFICATE,
    "certificate_at": "2026-03-11T16:20:00+08:00",
    "lacks_certificate": False,
    "returned_on": None,
    "returned_half": None,
    "overstayed_half_days": 0,
    "is_overstaying": False,
    "allowed_actions": [
        {
            "action": "approve",
            "allowed": False,
            "reason_code": "not_your_leave",
            "reason": "请假由中心主任审批。",
        }
    ],
}
_SUBSTITUTION: dict[str, Any] = {
    "id": SUBSTITUTION_ID,
    "leave_id": LEAVE_ID,
    "leave_number": "QJ-2026-000001",
    "absent_name": "阿依古丽·买买提",
    "substitute_id": OTHER_STAFF_ID,
    "substitute_name": "李军",
    "window_id": WINDOW_ID,
    "window_number": "07",
    "starts_on": "2026-03-11",
    "ends_on": "2026-03-12",
    "registered_at": "2026-03-10T18:30:00+08:00",
    "is_late": False,
    "sent_by": "县市场监督管理局办公室",
    "badge_number": "临03",
    "plate_number": "临03",
    "handed_out_at": "2026-03-11T09:50:00+08:00",
    "badge_returned_at": None,
    "plate_returned_at": None,
    "recalled_at": None,
    "is_outstanding": True,
    "is_overdue": False,
}
_OUTLOOK: dict[str, Any] = {
    "half_days": 3,
    "days": "1.5",
    "lines": [
        {
            "day": "2026-03-11",
            "half": "morning",
            "half_label": "上午",
            "counts": True,
            "day_kind": "workday",
            "reason": "星期三",
            "source": "ATTEND 一(一)",
            "is_provisional": False,
        }
    ],
    "needs_agreement": True,
    "steps": ["派出单位（首席代表）同意", "中心主任批准"],
    "approval_article": "ATTEND 二(四)",
    "needs_certificate": True,
    "substitute_article": None,
    "substitute_reason": None,
    "deputy_id": OTHER_STAFF_ID,
    "deputy_name": "王红",
    "empty_windows": [
        {
            "window_id": WINDOW_ID,
            "window_number": "07",
            "day": "2026-03-11",
            "half": "morning",
            "half_label": "上午",
        }
    ],
    "overlapping": [],
    "warnings": [{"code": "window_empty", "detail": "07 号窗口在 2026-03-11 上午将无人在岗。"}],
}
_EVENT: dict[str, Any] = {
    "kind": "approved",
    "kind_label": "批准请假",
    "occurred_at": "2026-03-10T19:00:00+08:00",
    "actor_name": "刘强",
    "article": "ATTEND 二(四)",
    "note": None,
    "facts": {},
}


class CertificateInput(Schema):
    """A certificate of a public hospital of city level (ATTEND 二(五)1)."""

    model_config = example(_CERTIFICATE)

    hospital: Annotated[Label, Field(description="出具证明的市级公立医院")]
    number: Annotated[Label | None, Field(description="证明编号")] = None
    issued_on: Day


class CertificateRead(ReadSchema):
    hospital: str
    number: str | None
    issued_on: date


class LeaveAsk(Schema):
    """From which half-day to which, both included, and for what."""

    model_config = example(
        {
            "kind": "annual",
            "starts_on": "2026-03-11",
            "starts_half": "morning",
            "ends_on": "2026-03-12",
            "ends_half": "morning",
        }
    )

    staff_id: Annotated[
        UUID | None, Field(description="缺省为本人；中心办公室可代为登记", examples=[STAFF_ID])
    ] = None
    kind: LeaveKind
    starts_on: Day
    starts_half: Half = Half.MORNING
    ends_on: Day
    ends_half: Half = Half.AFTERNOON
    deputy_id: Annotated[
        UUID | None,
        Field(description="临时B岗；缺省为常设B岗", examples=[OTHER_STAFF_ID]),
    ] = None


class LeaveCreate(LeaveAsk):
    """A request for leave."""

    model_config = example(
        {
            "kind": "annual",
            "starts_on": "2026-03-11",
            "starts_half": "morning",
            "ends_on": "2026-03-12",
            "ends_half": "morning",
            "reason": "陪护家人。",
            "deputy_id": OTHER_STAFF_ID,
        }
    )

    reason: Note


class Agreement(Schema):
    """The department agrees; the office names who did, and how."""

    model_config = example({}, {"note": "县市场监督管理局分管领导 3 月 10 日书面同意。"})

    note: Annotated[Note | None, Field(description="办公室代为登记派出单位意见时必填")] = None


class Refusing(Schema):
    """Why not."""

    model_config = example({"reason": "当日窗口仅一人在岗，请调整时间。"})

    reason: Note


class ExtensionAsk(Schema):
    """Until when the leave is to last."""

    model_config = example(
        {"ends_on": "2026-03-13", "ends_half": "afternoon", "reason": "病情未愈，医嘱续休。"}
    )

    ends_on: Day
    ends_half: Half = Half.AFTERNOON
    reason: Note


class ReturnFromLeave(Schema):
    """Back at work. Only the office states since when; otherwise it is now."""

    model_config = example({}, {"certificate": _CERTIFICATE})

    certificate: CertificateInput | None = None
    back_on: Annotated[Day | None, Field(description="返岗日；只有中心办公室可以填写")] = None
    back_half: Annotated[Half | None, Field(description="返岗的半天；与返岗日一同填写")] = None


class ExtensionRead(ReadSchema):
    ends_on: date
    ends_half: Half
    reason: str


class LeaveRead(ReadSchema):
    """A leave, and what the caller may do with it."""

    model_config = example(_LEAVE)

    id: UUID
    leave_number: str
    staff_id: UUID
    staff_number: str
    staff_name: str
    department_id: UUID | None
    department_name: str | None
    kind: LeaveKind
    counts_as: Annotated[LeaveKind, Field(description="按哪一种假对待")]
    state: LeaveState
    starts_on: date
    starts_half: Half
    ends_on: date
    ends_half: Half
    half_days: Annotated[int, Field(description="计入请假的半天数，不含节假日")]
    days: Annotated[str, Field(description="计入请假的天数")]
    reason: str
    requested_at: Instant
    is_retrospective: Annotated[bool, Field(description="是否事后补办")]
    substitute_article: Annotated[str | None, Field(description="须安排替岗的依据")]
    lacks_substitute: Annotated[bool, Field(description="须替岗而未登记，或未覆盖全部时间")]
    deputy_id: UUID | None
    deputy_name: Annotated[str | None, Field(description="本人指定的临时B岗")]
    is_deputised: Annotated[bool, Field(description="批准后是否已有B岗顶岗")]
    extension: Annotated[ExtensionRead | None, Field(description="尚未决定的续假")]
    certificate: CertificateRead | None
    certificate_at: Instant | None
    lacks_certificate: Annotated[bool, Field(description="病假尚无《病假证明》")]
    returned_on: date | None
    returned_half: Half | None
    overstayed_half_days: Annotated[int, Field(description="销假时认定的超假半天数")]
    is_overstaying: Annotated[bool, Field(description="假期已满而未销假")]
    allowed_actions: list[AllowedAction]

    @computed_field
    def kind_label(self) -> str:
        return self.kind.label

    @computed_field
    def counts_as_label(self) -> str:
        return self.counts_as.label

    @computed_field
    def state_label(self) -> str:
        return self.state.label


class LeaveQuery(PageQuery):
    """Which leave."""

    staff_id: Annotated[UUID | None, Field(examples=[STAFF_ID])] = None
    department_id: Annotated[UUID | None, Field(examples=[DEPARTMENT_ID])] = None
    kind: LeaveKind | None = None
    state: LeaveState | None = None
    view: LeaveView | None = None
    from_on: Annotated[Day | None, Field(description="这一天或以后仍在假期内的")] = None
    to_on: Annotated[Day | None, Field(description="这一天或以前开始的")] = None


class LeavePage(Page[LeaveRead]):
    """Leave, the newest first."""

    model_config = page_example(_LEAVE)


class HalfDayRead(ReadSchema):
    """A half-day of the leave, counted or not, and why."""

    day: date
    half: Half
    counts: bool
    day_kind: DayKind
    reason: str
    source: Annotated[str, Field(description="依据：条款或放假通知")]
    is_provisional: bool

    @computed_field
    def half_label(self) -> str:
        return self.half.label


class EmptyWindowRead(ReadSchema):
    """A half-day on which nobody is left at a window."""

    window_id: UUID
    window_number: str
    day: date
    half: Half

    @computed_field
    def half_label(self) -> str:
        return self.half.label


class LeaveWarning(ReadSchema):
    code: str
    detail: str


class LeaveOutlook(ReadSchema):
    """What a leave comes to: what counts, who decides, who must stand in, what stands empty."""

    rows_in: ClassVar[str] = "lines"

    model_config = example(_OUTLOOK)

    half_days: int
    days: str
    lines: list[HalfDayRead]
    needs_agreement: bool
    steps: Annotated[list[str], Field(description="审批步骤")]
    approval_article: str
    needs_certificate: Annotated[bool, Field(description="最迟在销假时须有《病假证明》")]
    substitute_article: str | None
    substitute_reason: str | None
    deputy_id: UUID | None
    deputy_name: Annotated[str | None, Field(description="将要顶岗的B岗")]
    empty_windows: list[EmptyWindowRead]
    overlapping: Annotated[list[str], Field(description="时间重叠的其他请假的编号")]
    warnings: list[LeaveWarning]


class EmptyWindowQuery(Schema):
    """In which days."""

    from_on: Annotated[Day, Field(examples=["2026-03-09"])]
    to_on: Annotated[Day, Field(examples=["2026-03-15"])]


class EmptyWindowList(ReadSchema):
    """Windows that approved leave leaves empty."""

    model_config = example({"items": _OUTLOOK["empty_windows"]})

    items: list[EmptyWindowRead]


class LeaveEventRead(ReadSchema):
    """A line in the course of a leave."""

    kind: LeaveEventKind
    occurred_at: Instant
    actor_name: str
    article: str
    note: str | None
    facts: Annotated[dict[str, Any], Field(description="当时的事实，如原止日期、超假半天数")]

    @computed_field
    def kind_label(self) -> str:
        return self.kind.label


class LeaveTimeline(ReadSchema):
    """Everything that happened to a leave, oldest first."""

    model_config = example({"items": [_EVENT]})

    items: list[LeaveEventRead]


class SubstituteRegister(Schema):
    """Whom the department sends, and for which days."""

    model_config = example(
        {
            "substitute_id": OTHER_STAFF_ID,
            "sent_by": "县市场监督管理局办公室",
            "starts_on": "2026-03-11",
            "ends_on": "2026-03-12",
        }
    )

    substitute_id: Annotated[UUID, Field(description="替岗人员，须先登记为工作人员")]
    sent_by: Annotated[Label, Field(description="由派出单位何人安排")]
    starts_on: Annotated[Day | None, Field(description="缺省为请假的第一日（不早于今天）")] = None
    ends_on: Annotated[Day | None, Field(description="缺省为请假的最后一日")] = None


class HandOut(Schema):
    """Which badge and desk plate the substitute was given (ATTEND 四(二))."""

    model_config = example({"badge_number": "临03", "plate_number": "临03"})

    badge_number: Annotated[Label, Field(description="临时工作挂牌编号")]
    plate_number: Annotated[Label, Field(description="桌牌编号")]


class HandBack(Schema):
    """What the substitute brought back."""

    model_config = example({}, {"badge": True, "plate": False})

    badge: bool = True
    plate: bool = True


class SubstitutionRead(ReadSchema):
    """A substitute at a window, with the badge and the desk plate."""

    model_config = example(_SUBSTITUTION)

    id: UUID
    leave_id: UUID
    leave_number: str
    absent_name: str
    substitute_id: UUID
    substitute_name: str
    window_id: UUID
    window_number: str
    starts_on: date
    ends_on: date
    registered_at: Instant
    is_late: Annotated[bool, Field(description="请假开始后才登记")]
    sent_by: str
    badge_number: str | None
    plate_number: str | None
    handed_out_at: Instant | None
    badge_returned_at: Instant | None
    plate_returned_at: Instant | None
    recalled_at: Annotated[Instant | None, Field(description="提前结束或取消的时间")]
    is_outstanding: Annotated[bool, Field(description="挂牌或桌牌尚未归还")]
    is_overdue: Annotated[bool, Field(description="替岗已结束而尚未归还")]


class SubstitutionQuery(PageQuery):
    """Which substitutions."""

    view: SubstitutionView | None = None
    leave_id: Annotated[UUID | None, Field(examples=[LEAVE_ID])] = None


class SubstitutionPage(Page[SubstitutionRead]):
    """Substitutions, the newest first."""

    model_config = page_example(_SUBSTITUTION)
