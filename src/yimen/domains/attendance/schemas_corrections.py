"""Corrections and excuses on the wire."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field, computed_field

from yimen.core.pagination import Page, PageQuery
from yimen.core.schemas import (
    AllowedAction,
    Instant,
    Note,
    ReadSchema,
    Schema,
    example,
    page_example,
)
from yimen.domains.attendance.enums import (
    CorrectionKind,
    CorrectionState,
)
from yimen.domains.attendance.schemas import CORRECTION_ID, STAFF_ID, Example
from yimen.domains.leave.enums import Half

_CORRECTION: Example = {
    "id": CORRECTION_ID,
    "staff_id": STAFF_ID,
    "staff_number": "S007",
    "staff_name": "阿依古丽·买买提",
    "day": "2026-03-10",
    "half": "morning",
    "half_label": "上午",
    "kind": "missing_punch",
    "kind_label": "缺卡说明",
    "reason": "送材料到二楼窗口，下班时忘记打卡，同窗口王红可以证明。",
    "state": "asked",
    "state_label": "待审核",
    "asked_at": "2026-03-11T10:20:00+08:00",
    "asked_by_name": "阿依古丽·买买提",
    "decided_at": None,
    "decided_by_name": None,
    "decision_note": None,
    "allowed_actions": [
        {
            "action": "grant",
            "allowed": False,
            "reason_code": "not_your_correction",
            "reason": "更正和说明由中心办公室审核。",
        }
    ],
}


class CorrectionAsk(Schema):
    """What a person asks to have excused in a half-day of their own."""

    model_config = example(
        {
            "day": "2026-03-10",
            "half": "morning",
            "kind": "missing_punch",
            "reason": "送材料到二楼窗口，下班时忘记打卡，同窗口王红可以证明。",
        }
    )

    day: date
    half: Half
    kind: CorrectionKind
    reason: Note


class CorrectionDecide(Schema):
    """Why the office grants or refuses, or takes a decision back."""

    model_config = example({"note": "经查监控，当时在岗。"})

    note: Note


class CorrectionRead(ReadSchema):
    """A correction, and what became of it."""

    model_config = example(_CORRECTION)

    id: UUID
    staff_id: UUID
    staff_number: str
    staff_name: str
    day: date
    half: Half
    kind: CorrectionKind
    reason: str
    state: CorrectionState
    asked_at: Instant
    asked_by_name: str
    decided_at: Instant | None
    decided_by_name: str | None
    decision_note: str | None
    allowed_actions: list[AllowedAction]

    @computed_field
    def half_label(self) -> str:
        """The half in Chinese."""
        return self.half.label

    @computed_field
    def kind_label(self) -> str:
        """The kind in Chinese."""
        return self.kind.label

    @computed_field
    def state_label(self) -> str:
        """The state in Chinese."""
        return self.state.label


class CorrectionPage(Page[CorrectionRead]):
    model_config = page_example(_CORRECTION)


class CorrectionQuery(PageQuery):
    """Which corrections, the latest first."""

    staff_id: Annotated[UUID | None, Field(examples=[STAFF_ID])] = None
    state: CorrectionState | None = None
    first: Annotated[date | None, Field(description="更正的日子不早于")] = None
    last: Annotated[date | None, Field(description="更正的日子不晚于")] = None
