"""How the acts on a running clock, and joint opinions, look on the wire."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field, computed_field

from yimen.core.pagination import PageQuery
from yimen.core.schemas import Instant, Label, Note, PastInstant, ReadSchema, Schema, example
from yimen.domains.cases.enums import OpinionState, SuspensionCause
from yimen.domains.cases.schemas import CASE_ID, WINDOW_ID


class SuspendCommand(Schema):
    """Stop the clock for a statutory cause."""

    model_config = example({"cause": "on_site_survey", "ground": "需对经营场所现场勘验"})

    cause: Annotated[SuspensionCause, Field(description="法定事由；上报请用 report")]
    ground: Annotated[Note, Field(description="具体理由，写入告知书")]


class ReportCommand(Schema):
    """Send the case up for approval."""

    model_config = example(
        {"superior_body": "自治州市场监督管理局", "reason": "权限属州级，需报州局审批"}
    )

    superior_body: Label
    reason: Note


class ResumeCommand(Schema):
    """Let the clock go on."""

    model_config = example({"answer": "勘验完成，符合要求"})

    answer: Annotated[Note, Field(description="结果或上级答复")]
    resumed_at: Annotated[
        PastInstant | None,
        Field(description="实际收到答复或事由消除的时间；补录时填写，默认现在"),
    ] = None


class RequestExtensionCommand(Schema):
    """Ask for more time."""

    model_config = example({"working_days": 5, "reason": "案情复杂，需补充核查"})

    working_days: Annotated[int, Field(ge=1, le=365)]
    reason: Note


class DecideExtensionCommand(Schema):
    """The director's answer."""

    model_config = example({"approve": True, "reason": "情况属实，同意延时"})

    approve: bool
    reason: Note


class RequestSpecialCommand(Schema):
    """Ask for special handling."""

    model_config = example(
        {"due_on": "2026-03-12", "approve_first": True, "reason": "抗灾物资急需运输"}
    )

    due_on: Annotated[date, Field(description="拟定的办结日")]
    approve_first: Annotated[bool, Field(description="先批后办：材料可后补")] = False
    reason: Note


class DecideSpecialCommand(Schema):
    """The director's answer, with another due date if need be."""

    model_config = example({"approve": True, "reason": "同意特办", "due_on": "2026-03-12"})

    approve: bool
    reason: Note
    due_on: Annotated[date | None, Field(description="另定的办结日；默认按请示")] = None


class AskOpinionCommand(Schema):
    """Ask a cooperating department for its opinion."""

    model_config = example(
        {"department_id": WINDOW_ID, "question": "选址是否符合规划", "working_days": 3}
    )

    department_id: UUID
    question: Note
    working_days: Annotated[
        int | None, Field(ge=1, le=60, description="答复期限（工作日）；默认按制度")
    ] = None


class GiveOpinionCommand(Schema):
    """A cooperating department's opinion."""

    model_config = example({"agrees": True, "text": "符合规划，同意"})

    agrees: bool
    text: Note


class OpinionRead(ReadSchema):
    """What a cooperating department was asked, and said."""

    model_config = example(
        {
            "id": "019a4f3e-0008-7b60-9d0e-6a2f4c8b1e08",
            "case_id": CASE_ID,
            "department_id": WINDOW_ID,
            "department_name": "县自然资源局",
            "question": "选址是否符合规划",
            "asked_at": "2026-03-10T11:00:00+08:00",
            "due_at": "2026-03-13T19:30:00+08:00",
            "state": "deemed_agreed",
            "state_label": "视为同意",
            "text": None,
            "given_at": "2026-03-13T19:30:00+08:00",
            "given_by_name": None,
        }
    )

    id: UUID
    case_id: UUID
    department_id: UUID
    department_name: str
    question: str
    asked_at: Instant
    due_at: Instant
    state: OpinionState
    text: str | None
    given_at: Annotated[Instant | None, Field(description="答复时间；视为同意时为期限届满时")]
    given_by_name: str | None

    @computed_field
    def state_label(self) -> str:
        """The state in Chinese."""
        return self.state.label


class OpinionQuery(PageQuery):
    """Which opinions to list."""

    model_config = ConfigDict(extra="forbid")

    state: OpinionState | None = None
