"""How awards look on the wire."""

from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field

from yimen.core.pagination import PageQuery
from yimen.core.schemas import AllowedAction, Instant, Note, ReadSchema, Schema, example
from yimen.domains.awards.enums import LineKind, NominationState, Outcome, RatingState, StarKind

LINE_ID = "019a4f3e-0071-7b60-9d0e-6a2f4c8b1e71"
NOMINATION_ID = "019a4f3e-0072-7b60-9d0e-6a2f4c8b1e72"
WINDOW_ID = "019a4f3e-0002-7b60-9d0e-6a2f4c8b1e02"
STAFF_ID = "019a4f3e-0005-7b60-9d0e-6a2f4c8b1e05"
DEPARTMENT_ID = "019a4f3e-0004-7b60-9d0e-6a2f4c8b1e04"

YearNumber = Annotated[int, Field(ge=2000, le=2100, description="年度", examples=[2026])]
Quarter = Annotated[int, Field(ge=1, le=4, description="季度", examples=[1])]


# The year


class RatingDraft(Schema):
    """Draft a year's rating from its sealed months and its measures."""

    model_config = example({"year": 2026})

    year: YearNumber


class RatingRead(ReadSchema):
    """A year's rating and how far it is."""

    model_config = example(
        {
            "year": 2026,
            "state": "draft",
            "state_label": "拟定中",
            "excellent_places": 3,
            "good_places": 4,
            "line_count": 110,
            "undecided_count": 12,
            "drafted_at": "2027-01-05T11:00:00+08:00",
            "drafted_by_name": "赵敏",
            "refreshed_at": "2027-01-05T11:00:00+08:00",
            "published_at": None,
            "published_by_name": None,
            "allowed_actions": [
                {"action": "refresh", "allowed": True, "reason_code": None, "reason": None}
            ],
            "version": 1,
        }
    )

    year: int
    state: RatingState
    state_label: str
    excellent_places: Annotated[int, Field(description="优秀窗口名额：10%，舍去零头")]
    good_places: Annotated[int, Field(description="优良窗口名额：15%，舍去零头")]
    line_count: int
    undecided_count: Annotated[int, Field(description="尚未由人决定的")]
    drafted_at: Instant
    drafted_by_name: str
    refreshed_at: Instant
    published_at: Instant | None
    published_by_name: str | None
    allowed_actions: list[AllowedAction]
    version: int


class LineQuery(PageQuery):
    """Which lines to list."""

    model_config = ConfigDict(extra="forbid")

    kind: LineKind | None = None
    is_decided: Annotated[bool | None, Field(description="是否已由人决定")] = None
    outcome: Outcome | None = None
    department_id: UUID | None = None


class DecideLine(Schema):
    """A person decides the outcome."""

    model_config = example({"outcome": "excellent", "reason": "全年无扣分，群众满意率高"})

    outcome: Outcome
    reason: Note


class LineRead(ReadSchema):
    """What is proposed for one subject with its reasons, and what was decided."""

    model_config = example(
        {
            "id": LINE_ID,
            "year": 2026,
            "kind": "staff",
            "kind_label": "工作人员年度等次",
            "subject_id": STAFF_ID,
            "number": "0501",
            "name": "市监窗口一岗",
            "department_id": DEPARTMENT_ID,
            "score": "97.42",
            "proposed": "competent",
            "proposed_label": "称职",
            "choices": ["competent", "incompetent"],
            "reasons": ["年度考评不能评为优秀（《诫勉教育和效能告诫实施细则》九）：…"],
            "outcome": None,
            "outcome_label": None,
            "decided_at": None,
            "decided_by_name": None,
            "decision_reason": None,
            "reopened_reason": None,
            "allowed_actions": [
                {"action": "decide", "allowed": True, "reason_code": None, "reason": None}
            ],
            "version": 1,
        }
    )

    id: UUID
    year: int
    kind: LineKind
    kind_label: str
    subject_id: UUID
    number: str
    name: str
    department_id: UUID | None
    score: Annotated[str | None, Field(description="年度得分；没有得分为 null")]
    proposed: Annotated[Outcome | None, Field(description="建议；同分跨线、须由人选定的为 null")]
    proposed_label: str | None
    choices: Annotated[list[Outcome], Field(description="可以决定的结果")]
    reasons: list[str]
    outcome: Outcome | None
    outcome_label: str | None
    decided_at: Instant | None
    decided_by_name: str | None
    decision_reason: str | None
    reopened_reason: Annotated[str | None, Field(description="原决定为何不再有效")]
    allowed_actions: list[AllowedAction]
    version: int


class PublicAward(ReadSchema):
    """A window's award, as everybody may know it."""

    outcome: Outcome
    outcome_label: str
    number: str
    name: str


class PublicStar(ReadSchema):
    """A star of a quarter."""

    quarter: int
    kind: StarKind
    kind_label: str
    staff_name: str
    window_number: str


class PublicAwards(ReadSchema):
    """What was awarded in a year and published."""

    model_config = example(
        {
            "year": 2026,
            "windows": [
                {
                    "outcome": "window_excellent",
                    "outcome_label": "优秀窗口",
                    "number": "07",
                    "name": "市监窗口",
                }
            ],
            "stars": [
                {
                    "quarter": 1,
                    "kind": "service_star",
                    "kind_label": "服务之星",
                    "staff_name": "市监窗口一岗",
                    "window_number": "07",
                }
            ],
        }
    )

    year: int
    windows: Annotated[list[PublicAward], Field(description="年度考评公布后才有")]
    stars: list[PublicStar]


# Stars


class NominationCreate(Schema):
    """A window nominates one of its people for a quarter's honour."""

    model_config = example(
        {
            "year": 2026,
            "quarter": 1,
            "kind": "service_star",
            "window_id": WINDOW_ID,
            "staff_id": STAFF_ID,
            "reason": "主动帮办，零投诉",
        }
    )

    year: YearNumber
    quarter: Quarter
    kind: StarKind
    window_id: UUID
    staff_id: UUID
    reason: Note


class ViewCommand(Schema):
    """What the office holds of a nomination, from its scores and records."""

    model_config = example({"view": "季度平均99.5分，建议评定"})

    view: Note


class ChooseCommand(Schema):
    """The group's decision."""

    model_config = example({"choose": True, "reason": "集体研究同意"})

    choose: bool
    reason: Note


class NominationQuery(PageQuery):
    """Which nominations to list; the newest first."""

    model_config = ConfigDict(extra="forbid")

    year: Annotated[int | None, Field(ge=2000, le=2100, examples=[2026])] = None
    quarter: Annotated[int | None, Field(ge=1, le=4, examples=[1])] = None
    kind: StarKind | None = None
    state: NominationState | None = None


class NominationRead(ReadSchema):
    """A nomination with the office's view and the group's decision."""

    model_config = example(
        {
            "id": NOMINATION_ID,
            "year": 2026,
            "quarter": 1,
            "kind": "service_star",
            "kind_label": "服务之星",
            "state": "viewed",
            "state_label": "办公室已提出意见",
            "window_id": WINDOW_ID,
            "window_number": "07",
            "staff_id": STAFF_ID,
            "staff_name": "市监窗口一岗",
            "reason": "主动帮办，零投诉",
            "nominated_at": "2026-04-02T11:00:00+08:00",
            "nominated_by_name": "市监窗口一岗",
            "view": "季度平均99.5分，建议评定",
            "viewed_by_name": "赵敏",
            "decided_at": None,
            "decided_by_name": None,
            "decision_reason": None,
            "allowed_actions": [
                {"action": "choose", "allowed": True, "reason_code": None, "reason": None}
            ],
            "version": 2,
        }
    )

    id: UUID
    year: int
    quarter: int
    kind: StarKind
    kind_label: str
    state: NominationState
    state_label: str
    window_id: UUID
    window_number: str
    staff_id: UUID
    staff_name: str
    reason: str
    nominated_at: Instant
    nominated_by_name: str
    view: str | None
    viewed_by_name: str | None
    decided_at: Instant | None
    decided_by_name: str | None
    decision_reason: str | None
    allowed_actions: list[AllowedAction]
    version: int
