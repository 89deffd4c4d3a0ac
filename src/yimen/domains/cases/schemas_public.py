"""How a case looks to its applicant: where it stands, and nothing personal."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field

from yimen.core.schemas import Instant, Label, ReadSchema, Schema, example
from yimen.domains.cases.enums import CaseState, ClockStatus
from yimen.domains.catalog.enums import CaseKind
from yimen.domains.papers.enums import PaperKind

LookupCode = Annotated[
    str,
    Field(
        min_length=1,
        max_length=40,
        description="受理单或回执单上的查询码；大小写不限，可不写连字符",
    ),
]


class CaseLookup(Schema):
    """The number and the code on the slip; in the body, since URLs are logged on the way."""

    model_config = example({"case_number": "BJ-2026-000012", "code": "K7QM-3X9P-2RTD"})

    case_number: Label
    code: LookupCode


class PublicPaper(ReadSchema):
    """A paper that was issued on the case; its text is on the paper itself."""

    number: str
    kind: PaperKind
    kind_label: str
    issued_at: Instant
    is_void: bool


class PublicCase(ReadSchema):
    """Where a case stands."""

    model_config = example(
        {
            "case_number": "BJ-2026-000012",
            "item_id": "019a4f3e-0001-7b60-9d0e-6a2f4c8b1e01",
            "item_name": "食品经营许可",
            "kind": "committed",
            "kind_label": "承诺件",
            "department_name": "县市场监督管理局",
            "window_number": "07",
            "state": "accepted",
            "state_label": "办理中",
            "hint": "申请正在办理，请留意办结期限。",
            "received_at": "2026-03-10T11:00:00+08:00",
            "accepted_at": "2026-03-10T11:00:00+08:00",
            "due_at": "2026-03-17T19:30:00+08:00",
            "due_is_provisional": False,
            "due_text": "2026年3月17日（星期二）19:30前",
            "clock_status": "running",
            "clock_status_label": "计时中",
            "is_overdue": False,
            "missing": [],
            "complete_by": None,
            "decided_at": None,
            "delivered_at": None,
            "is_ready_for_pick_up": False,
            "pick_up_place": "07号窗口（县市场监督管理局）",
            "papers": [
                {
                    "number": "SL-2026-000012",
                    "kind": "acceptance_slip",
                    "kind_label": "受理单",
                    "issued_at": "2026-03-10T11:00:00+08:00",
                    "is_void": False,
                }
            ],
        }
    )

    case_number: str
    item_id: Annotated[UUID, Field(description="事项，可据此查看办事指南")]
    item_name: str
    kind: CaseKind
    kind_label: str
    department_name: str
    window_number: str
    state: CaseState
    state_label: str
    hint: Annotated[str, Field(description="给申请人的一句话：现在怎样、接下来做什么")]
    received_at: Instant
    accepted_at: Instant | None
    due_at: Annotated[Instant | None, Field(description="办结期限；尚未受理为 null")]
    due_is_provisional: Annotated[bool, Field(description="期限暂定：所依据的年份尚未公布")]
    due_text: Annotated[str | None, Field(description="办结期限的文字，暂定的注明“暂定”")]
    clock_status: ClockStatus
    clock_status_label: str
    is_overdue: bool
    missing: Annotated[list[str], Field(description="还缺少的材料")]
    complete_by: Annotated[date | None, Field(description="补齐材料的最后日期")]
    decided_at: Instant | None
    delivered_at: Instant | None
    is_ready_for_pick_up: Annotated[bool, Field(description="结果是否可以领取")]
    pick_up_place: str
    papers: list[PublicPaper]
