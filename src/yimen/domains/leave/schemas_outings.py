"""How outings and overtime look on the wire."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, computed_field

from yimen.core.pagination import Page, PageQuery
from yimen.core.schemas import (
    AllowedAction,
    Instant,
    Label,
    Note,
    PastInstant,
    ReadSchema,
    Schema,
    example,
    page_example,
)
from yimen.domains.leave.enums import OutingPurpose, OutingState, OvertimeState
from yimen.domains.leave.schemas import DEPARTMENT_ID, STAFF_ID

OUTING_ID = "019a4f3e-7c1d-7b60-9d0e-6a2f4c8b1f03"
OVERTIME_ID = "019a4f3e-7c1d-7b60-9d0e-6a2f4c8b1f04"

_ACTIONS = [{"action": "cancel", "allowed": True, "reason_code": None, "reason": None}]
_OUTING: dict[str, Any] = {
    "id": OUTING_ID,
    "staff_id": STAFF_ID,
    "staff_number": "S007",
    "staff_name": "阿依古丽·买买提",
    "department_id": DEPARTMENT_ID,
    "department_name": "县市场监督管理局",
    "purpose": "errand",
    "purpose_label": "公务外出",
    "reason": "到企业核查登记住所。",
    "destination": "县工业园区",
    "starts_at": "2026-03-10T16:00:00+08:00",
    "ends_at": "2026-03-10T18:00:00+08:00",
    "state": "reported",
    "state_label": "已报备",
    "reported_at": "2026-03-10T11:00:00+08:00",
    "is_late": False,
    "back_at": None,
    "allowed_actions": _ACTIONS,
}
_OVERTIME: dict[str, Any] = {
    "id": OVERTIME_ID,
    "staff_id": STAFF_ID,
    "staff_number": "S007",
    "staff_name": "阿依古丽·买买提",
    "department_id": DEPARTMENT_ID,
    "department_name": "县市场监督管理局",
    "reason": "年报集中录入。",
    "starts_at": "2026-03-10T20:00:00+08:00",
    "ends_at": "2026-03-10T22:00:00+08:00",
    "state": "applied",
    "state_label": "待办公室批准",
    "applied_at": "2026-03-10T11:00:00+08:00",
    "is_late": False,
    "decided_at": None,
    "decided_by_name": None,
    "decision_note": None,
    "appointment_id": None,
    "allowed_actions": _ACTIONS,
}


class OutingCreate(Schema):
    """From when to when someone is out, and why."""

    model_config = example(
        {
            "purpose": "errand",
            "reason": "到企业核查登记住所。",
            "destination": "县工业园区",
            "starts_at": "2026-03-10T16:00:00+08:00",
            "ends_at": "2026-03-10T18:00:00+08:00",
        }
    )

    staff_id: Annotated[UUID | None, Field(description="缺省为本人；中心办公室可代为登记")] = None
    purpose: OutingPurpose
    reason: Note
    destination: Label | None = None
    starts_at: PastInstant
    ends_at: PastInstant


class OutingRead(ReadSchema):
    """An outing."""

    model_config = example(_OUTING)

    id: UUID
    staff_id: UUID
    staff_number: str
    staff_name: str
    department_id: UUID | None
    department_name: str | None
    purpose: OutingPurpose
    reason: str
    destination: str | None
    starts_at: Instant
    ends_at: Annotated[Instant, Field(description="预计返岗时间")]
    state: OutingState
    reported_at: Instant
    is_late: Annotated[bool, Field(description="外出以后才由办公室补登")]
    back_at: Annotated[Instant | None, Field(description="实际返岗时间")]
    allowed_actions: list[AllowedAction]

    @computed_field
    def purpose_label(self) -> str:
        return self.purpose.label

    @computed_field
    def state_label(self) -> str:
        return self.state.label


class _OwnedQuery(PageQuery):
    staff_id: Annotated[UUID | None, Field(examples=[STAFF_ID])] = None
    department_id: Annotated[UUID | None, Field(examples=[DEPARTMENT_ID])] = None
    from_at: Annotated[
        PastInstant | None,
        Field(description="此刻以后结束的", examples=["2026-03-01T00:00:00+08:00"]),
    ] = None
    to_at: Annotated[
        PastInstant | None,
        Field(description="此刻以前开始的", examples=["2026-04-01T00:00:00+08:00"]),
    ] = None


class OutingQuery(_OwnedQuery):
    """Which outings."""

    state: OutingState | None = None


class OutingPage(Page[OutingRead]):
    """Outings, the newest first."""

    model_config = page_example(_OUTING)


class OvertimeCreate(Schema):
    """When someone is to work outside office hours, and why."""

    model_config = example(
        {
            "reason": "年报集中录入。",
            "starts_at": "2026-03-10T20:00:00+08:00",
            "ends_at": "2026-03-10T22:00:00+08:00",
        }
    )

    staff_id: Annotated[UUID | None, Field(description="缺省为本人；中心办公室可代为登记")] = None
    reason: Note
    starts_at: PastInstant
    ends_at: PastInstant


class OvertimeDecision(Schema):
    """What the office says to it."""

    model_config = example({}, {"note": "限于年报录入。"})

    note: Note | None = None


class OvertimeRefusal(Schema):
    """Why not."""

    model_config = example({"note": "该事项可在工作时间完成。"})

    note: Note


class OvertimeRead(ReadSchema):
    """Overtime."""

    model_config = example(_OVERTIME)

    id: UUID
    staff_id: UUID
    staff_number: str
    staff_name: str
    department_id: UUID | None
    department_name: str | None
    reason: str
    starts_at: Instant
    ends_at: Instant
    state: OvertimeState
    applied_at: Instant
    is_late: Annotated[bool, Field(description="加班以后才由办公室补登")]
    decided_at: Instant | None
    decided_by_name: str | None
    decision_note: str | None
    appointment_id: Annotated[UUID | None, Field(description="因哪件特急件预约而起（APPOINT 三）")]
    allowed_actions: list[AllowedAction]

    @computed_field
    def state_label(self) -> str:
        return self.state.label


class OvertimeQuery(_OwnedQuery):
    """Which overtime."""

    state: OvertimeState | None = None


class OvertimePage(Page[OvertimeRead]):
    """Overtime, the newest first."""

    model_config = page_example(_OVERTIME)
