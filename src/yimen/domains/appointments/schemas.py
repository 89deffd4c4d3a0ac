"""How appointments look on the wire."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, computed_field, model_validator

from yimen.core.crypto import check_id_number, check_phone
from yimen.core.pagination import Page, PageQuery
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
    page_example,
)
from yimen.domains.appointments.enums import (
    AppointmentEventKind,
    AppointmentKind,
    AppointmentState,
    AppointmentView,
    Channel,
)

APPOINTMENT_ID = "019a4f3e-7c1d-7b60-9d0e-6a2f4c8b5a01"
WINDOW_ID = "019a4f3e-7c1d-7b60-9d0e-6a2f4c8b1e02"
OTHER_WINDOW_ID = "019a4f3e-7c1d-7b60-9d0e-6a2f4c8b1e12"
DEPARTMENT_ID = "019a4f3e-7c1d-7b60-9d0e-6a2f4c8b1e01"
STAFF_ID = "019a4f3e-7c1d-7b60-9d0e-6a2f4c8b1e03"
ITEM_ID = "019a4f3e-0001-7b60-9d0e-6a2f4c8b1e01"

Day = Annotated[date, Field(ge=date(2008, 1, 1), le=date(2100, 12, 31))]

HOLDER: dict[str, Any] = {"name": "阿依古丽·买买提", "phone": "13899990000"}
_APPOINTMENT: dict[str, Any] = {
    "id": APPOINTMENT_ID,
    "appointment_number": "YY-2026-000017",
    "kind": "ordinary",
    "kind_label": "普通预约",
    "channel": "public",
    "channel_label": "网上预约",
    "state": "booked",
    "state_label": "已预约",
    "item_id": ITEM_ID,
    "item_name": "食品经营许可",
    "window_id": WINDOW_ID,
    "window_number": "07",
    "department_id": DEPARTMENT_ID,
    "department_name": "县市场监督管理局",
    "starts_at": "2026-03-11T10:30:00+08:00",
    "ends_at": "2026-03-11T11:00:00+08:00",
    "check_in_from": "2026-03-11T09:30:00+08:00",
    "check_in_until": "2026-03-11T11:15:00+08:00",
    "holder_name": "阿依古丽·买买提",
    "phone_masked": "138****0000",
    "id_number_masked": None,
    "note": None,
    "booked_at": "2026-03-10T11:00:00+08:00",
    "booked_by_name": "本人",
    "decided_at": None,
    "decided_by_name": None,
    "closing_note": None,
    "checked_in_at": None,
    "served_at": None,
    "staff": [{"staff_id": STAFF_ID, "staff_name": "王红"}],
    "colleagues": [
        {
            "window_id": OTHER_WINDOW_ID,
            "window_number": "12",
            "matter": "核对不动产登记信息",
            "asked_at": "2026-03-10T11:00:00+08:00",
            "asked_by_name": "赵敏",
            "acknowledged_at": None,
            "acknowledged_by_name": None,
            "reminders": 0,
        }
    ],
    "allowed_actions": [
        {"action": "move", "allowed": True, "reason_code": None, "reason": None},
        {
            "action": "approve",
            "allowed": False,
            "reason_code": "forbidden",
            "reason": "特急件预约由中心主任决定。",
        },
    ],
    "version": 1,
}


# Booking


class HolderIn(Schema):
    """Who will come. Numbers are checked, stored encrypted, and shown masked."""

    name: Label
    phone: Annotated[str, Field(min_length=5, max_length=30, description="联系电话")]
    id_number: Annotated[Code | None, Field(description="身份证号，可不填")] = None

    @model_validator(mode="after")
    def _check_numbers(self) -> "HolderIn":
        problem = check_phone(self.phone).error
        if problem is None and self.id_number is not None:
            problem = check_id_number(self.id_number).error
        if problem is not None:
            raise ValueError(problem)
        return self


class ColleagueIn(Schema):
    """A window whose help is needed, and for what (APPOINT 四)."""

    window_id: UUID
    matter: Annotated[Label, Field(description="需要配合的事项")]


Colleagues = Annotated[list[ColleagueIn], Field(max_length=10)]


class AppointmentCreate(Schema):
    """A visit in a slot of office hours."""

    model_config = example(
        {
            "item_id": ITEM_ID,
            "window_id": WINDOW_ID,
            "starts_at": "2026-03-11T10:30:00+08:00",
            "holder": HOLDER,
            "note": "代理人前来",
            "colleagues": [{"window_id": OTHER_WINDOW_ID, "matter": "核对不动产登记信息"}],
        }
    )

    item_id: UUID
    window_id: Annotated[
        UUID | None, Field(description="缺省时由系统在能办理的窗口中选空号最多的一个")
    ] = None
    starts_at: Annotated[PastInstant, Field(description="所选时段的起始时间")]
    holder: HolderIn
    note: Note | None = None
    colleagues: Annotated[
        Colleagues, Field(default_factory=list, description="需要配合的其他窗口；自助终端不填")
    ]


class SpecialWish(Schema):
    """What is asked of the director (APPOINT 三), by whomever."""

    item_id: UUID
    window_id: UUID
    starts_at: PastInstant
    ends_at: PastInstant
    reason: Annotated[Note, Field(description="为什么不能在正常上班时间办理")]
    holder: HolderIn

    @model_validator(mode="after")
    def _in_order(self) -> "SpecialWish":
        if self.ends_at <= self.starts_at:
            raise ValueError("结束时间应晚于开始时间。")
        return self


class SpecialCreate(SpecialWish):
    """A visit at any other time, which the director is asked to agree to (APPOINT 三)."""

    model_config = example(
        {
            "item_id": ITEM_ID,
            "window_id": WINDOW_ID,
            "starts_at": "2026-03-14T11:00:00+08:00",
            "ends_at": "2026-03-14T12:00:00+08:00",
            "reason": "企业周一开标，须在周末补领许可证。",
            "holder": HOLDER,
            "colleagues": [],
        }
    )

    colleagues: Annotated[
        Colleagues, Field(default_factory=list, description="需要配合的其他窗口；自助终端不填")
    ]


# Commands


class MoveCommand(Schema):
    """Another slot, perhaps at another window."""

    model_config = example({"starts_at": "2026-03-12T10:30:00+08:00", "window_id": OTHER_WINDOW_ID})

    starts_at: PastInstant
    window_id: Annotated[UUID | None, Field(description="缺省仍在原窗口")] = None
    reason: Note | None = None


class CancelCommand(Schema):
    model_config = example({"reason": "本人来电取消"})

    reason: Note


class ApproveCommand(Schema):
    """Who is to wait for it (APPOINT 三)."""

    model_config = example({"staff_ids": [STAFF_ID], "note": "请窗口提前准备材料。"})

    staff_ids: Annotated[list[UUID], Field(min_length=1, max_length=20)]
    note: Note | None = None


class RefuseCommand(Schema):
    model_config = example({"reason": "可以在周一上午正常办理。"})

    reason: Note


class AssignCommand(Schema):
    """Who of the window is to wait for it (APPOINT 四)."""

    model_config = example({"staff_ids": [STAFF_ID]})

    staff_ids: Annotated[
        list[UUID], Field(max_length=20, description="取代原来的安排；空列表表示取消安排")
    ]


class AskColleaguesCommand(Schema):
    model_config = example(
        {"colleagues": [{"window_id": OTHER_WINDOW_ID, "matter": "核对不动产登记信息"}]}
    )

    colleagues: Annotated[list[ColleagueIn], Field(min_length=1, max_length=10)]


class RevealCommand(Schema):
    """Show the holder's phone in full, for a reason that is kept."""

    model_config = example({"reason": "通知改期"})

    reason: Note


class HolderPhone(ReadSchema):
    model_config = example({"phone": "13899990000"})

    phone: str


# Reading


class AppointmentQuery(PageQuery):
    """Which appointments to list."""

    window_id: UUID | None = None
    department_id: UUID | None = None
    item_id: UUID | None = None
    state: AppointmentState | None = None
    kind: AppointmentKind | None = None
    appointment_number: Annotated[Label | None, Field(examples=["YY-2026-000017"])] = None
    from_on: Annotated[Day | None, Field(description="不早于这一天")] = None
    to_on: Annotated[Day | None, Field(description="不晚于这一天")] = None
    view: Annotated[
        AppointmentView | None,
        Field(description="待决定的特急件、待本窗口确认配合的、今后的"),
    ] = None


class StaffRead(ReadSchema):
    staff_id: UUID
    staff_name: str


class ColleagueRead(ReadSchema):
    """A window whose help is needed, and whether it was promised."""

    window_id: UUID
    window_number: str
    matter: str
    asked_at: Instant
    asked_by_name: str
    acknowledged_at: Instant | None
    acknowledged_by_name: str | None
    reminders: int


class AppointmentRead(ReadSchema):
    """An appointment as its hall sees it."""

    model_config = example(_APPOINTMENT)

    id: UUID
    appointment_number: str
    kind: AppointmentKind
    channel: Channel
    state: AppointmentState
    item_id: UUID
    item_name: str
    window_id: UUID
    window_number: str
    department_id: Annotated[UUID, Field(description="事项所属部门")]
    department_name: str
    starts_at: Instant
    ends_at: Instant
    check_in_from: Instant
    check_in_until: Annotated[Instant, Field(description="过了这个时间算失约")]
    holder_name: str
    phone_masked: str
    id_number_masked: str | None
    note: Annotated[str | None, Field(description="预约人的说明；特急件为理由")]
    booked_at: Instant
    booked_by_name: str
    decided_at: Instant | None
    decided_by_name: str | None
    closing_note: Annotated[str | None, Field(description="取消、不同意的原因")]
    checked_in_at: Instant | None
    served_at: Instant | None
    staff: Annotated[list[StaffRead], Field(description="安排等候办理的人员")]
    colleagues: Annotated[list[ColleagueRead], Field(description="需要配合的其他窗口")]
    allowed_actions: list[AllowedAction]
    version: int

    @computed_field
    def kind_label(self) -> str:
        return self.kind.label

    @computed_field
    def channel_label(self) -> str:
        return self.channel.label

    @computed_field
    def state_label(self) -> str:
        return self.state.label


class AppointmentBooked(AppointmentRead):
    """A new appointment, with the code that its holder keeps."""

    model_config = example(_APPOINTMENT | {"lookup_code": "K7QM-3X9P-2RTD"})

    lookup_code: Annotated[str, Field(description="查询码，请告知预约人；只在预约时显示")]


class AppointmentPage(Page[AppointmentRead]):
    model_config = page_example(_APPOINTMENT)


class AppointmentEventRead(ReadSchema):
    """A line in the course of an appointment."""

    kind: AppointmentEventKind
    occurred_at: Instant
    actor_name: str
    article: str
    note: str | None
    facts: Annotated[dict[str, Any], Field(description="当时的事实，如原时段、窗口")]

    @computed_field
    def kind_label(self) -> str:
        return self.kind.label


class AppointmentTimeline(ReadSchema):
    """Everything that happened to an appointment, oldest first."""

    model_config = example(
        {
            "items": [
                {
                    "kind": "booked",
                    "kind_label": "预约",
                    "occurred_at": "2026-03-10T11:00:00+08:00",
                    "actor_name": "本人",
                    "article": "APPOINT 二",
                    "note": None,
                    "facts": {"starts_at": "2026-03-11T10:30:00+08:00"},
                }
            ]
        }
    )

    items: list[AppointmentEventRead]
