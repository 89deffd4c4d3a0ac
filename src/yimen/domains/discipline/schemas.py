"""How proposals, measures and the year look on the wire."""

from datetime import date
from typing import Annotated, Any, ClassVar
from uuid import UUID

from pydantic import ConfigDict, Field

from yimen.core.pagination import PageQuery
from yimen.core.schemas import AllowedAction, Instant, Label, Note, ReadSchema, Schema, example
from yimen.domains.discipline.enums import (
    AppealState,
    ConsequenceKind,
    MeasureKind,
    MeasureState,
    ProposalState,
)
from yimen.domains.rulebook.enums import Measure, Proof, Target

PROPOSAL_ID = "019a4f3e-0061-7b60-9d0e-6a2f4c8b1e61"
MEASURE_ID = "019a4f3e-0062-7b60-9d0e-6a2f4c8b1e62"
APPEAL_ID = "019a4f3e-0063-7b60-9d0e-6a2f4c8b1e63"
WINDOW_ID = "019a4f3e-0002-7b60-9d0e-6a2f4c8b1e02"
STAFF_ID = "019a4f3e-0005-7b60-9d0e-6a2f4c8b1e05"
DEPARTMENT_ID = "019a4f3e-0004-7b60-9d0e-6a2f4c8b1e04"
PAPER_ID = "019a4f3e-7c1d-7b60-9d0e-6a2f4c8b1e55"

Year = Annotated[int, Field(ge=2000, le=2100, description="公历年度", examples=[2026])]


# Proposals

EVIDENCE: dict[str, Any] = {
    "source": "case:019a4f3e-7c1d-7b60-9d0e-6a2f4c8b1e55",
    "day": "2026-03-17",
    "text": "办件BJ-2026-000012超过承诺期限2026-03-17 19:30",
}


class ProposalCreate(Schema):
    """What a person proposes on one of the rulebook's grounds."""

    model_config = example(
        {
            "ground_code": "discipline.admonition.13",
            "staff_id": STAFF_ID,
            "day": "2026-03-10",
            "text": "3月10日拒绝到综合窗口顶岗",
        }
    )

    ground_code: Annotated[Label, Field(description="情形代码，见制度版本的 grounds")]
    staff_id: Annotated[UUID | None, Field(description="针对工作人员的情形必填")] = None
    window_id: Annotated[UUID | None, Field(description="针对窗口的情形必填")] = None
    department_id: Annotated[UUID | None, Field(description="针对单位领导的情形必填")] = None
    person_name: Annotated[
        Label | None, Field(description="单位领导的姓名；在册人员填 staff_id")
    ] = None
    day: Annotated[date, Field(description="事情发生的日期")]
    text: Annotated[Note, Field(description="事实")]


class ConfirmCommand(Schema):
    """A person decides the measure."""

    model_config = example(
        {
            "reason": "经核实，超期系本人未及时转交材料所致",
            "statement": "2026年3月17日，办件BJ-2026-000012因本人原因超过承诺时限。",
        }
    )

    reason: Annotated[Note, Field(description="作出处理的理由")]
    statement: Annotated[Note, Field(description="写入文书的事实")]
    kind: Annotated[
        MeasureKind | None, Field(description="情形允许两种处理时须选定；其余可不填")
    ] = None
    ground_code: Annotated[
        Label | None, Field(description="核实后改用的情形，例如改为窗口责任；默认按建议")
    ] = None


class DropCommand(Schema):
    """A person decides that nothing follows."""

    model_config = example({"reason": "超期系系统故障所致，不属本人责任"})

    reason: Note


class SearchCommand(Schema):
    """Compare the records with the proposals at once, instead of waiting for the next round."""

    model_config = example({"first": "2026-01-01", "last": "2026-03-31"})

    first: date
    last: date


class SearchResult(ReadSchema):
    """What a comparison came to."""

    model_config = example({"proposed": 2, "fallen": 0, "put_under_review": 0})

    proposed: Annotated[int, Field(description="新提出的建议")]
    fallen: Annotated[int, Field(description="依据不再成立的建议")]
    put_under_review: Annotated[int, Field(description="须复核的处理")]


class ProposalQuery(PageQuery):
    """Which proposals to list; the newest first."""

    model_config = ConfigDict(extra="forbid")

    state: ProposalState | None = None
    measure: Measure | None = None
    ground_code: Annotated[str | None, Field(examples=["promise.05"], max_length=100)] = None
    staff_id: UUID | None = None
    window_id: UUID | None = None
    department_id: UUID | None = None


class EvidenceRead(ReadSchema):
    """One fact that a proposal rests on."""

    model_config = example(EVIDENCE)

    source: Annotated[str, Field(description="记录的种类与编号")]
    day: date
    text: str


class ProposalRead(ReadSchema):
    """A proposal with its evidence."""

    model_config = example(
        {
            "id": PROPOSAL_ID,
            "state": "open",
            "state_label": "待决定",
            "measure": "admonition",
            "measure_label": "诫勉教育",
            "ground_code": "promise.05",
            "ground_label": "超过承诺时限，属本人责任",
            "article": "PROMISE 六2",
            "also": ["DISCIPLINE 五(六)"],
            "edition_code": "2008-01",
            "target": "person",
            "target_label": "工作人员",
            "staff_id": STAFF_ID,
            "person_name": "市监窗口一岗",
            "window_id": WINDOW_ID,
            "window_number": "07",
            "department_id": DEPARTMENT_ID,
            "department_name": "县市场监督管理局",
            "day": "2026-03-17",
            "proof": "overdue_case",
            "evidence": [EVIDENCE],
            "proposed_at": "2026-03-18T10:00:00+08:00",
            "proposed_by_name": None,
            "decided_at": None,
            "decided_by_name": None,
            "reason": None,
            "measure_id": None,
            "allowed_actions": [
                {"action": "confirm", "allowed": True, "reason_code": None, "reason": None}
            ],
            "version": 1,
        }
    )

    id: UUID
    state: ProposalState
    state_label: str
    measure: Measure
    measure_label: str
    ground_code: str
    ground_label: str
    article: str
    also: Annotated[list[str], Field(description="同一事实还符合的条款")]
    edition_code: str
    target: Target
    target_label: str
    staff_id: UUID | None
    person_name: str | None
    window_id: UUID | None
    window_number: str | None
    department_id: UUID | None
    department_name: str | None
    day: date
    proof: Annotated[Proof | None, Field(description="由何种记录证明；由人提出的为 null")]
    evidence: list[EvidenceRead]
    proposed_at: Instant
    proposed_by_name: Annotated[str | None, Field(description="提出人；系统按记录提出的为 null")]
    decided_at: Instant | None
    decided_by_name: str | None
    reason: str | None
    measure_id: UUID | None
    allowed_actions: list[AllowedAction]
    version: int


# Measures


class TalkCommand(Schema):
    """The talk at which the decision is announced (DISCIPLINE 七)."""

    model_config = example({"talked_by": "刘强", "note": "指出问题，本人表示改正"})

    talked_by: Annotated[Label, Field(description="谈话人")]
    note: Note


class ReceiveCommand(Schema):
    """When and how the document was received: the appeal's days run from it."""

    model_config = example({"received_on": "2026-03-20", "received_how": "本人签收"})

    received_on: date
    received_how: Label


class TellCommand(Schema):
    """The sending department was told (DISCIPLINE 四)."""

    model_config = example({"told_on": "2026-03-20"})

    told_on: date


class FileCommand(Schema):
    """Filed with the county (DISCIPLINE 四, 八)."""

    model_config = example({"filed_on": "2026-03-23", "reference": "尼效能备〔2026〕3号"})

    filed_on: date
    reference: Annotated[Label | None, Field(description="备案文号")] = None


class ReviewCommand(Schema):
    """What the measure rested on fell: it stands all the same, or is revoked."""

    model_config = example({"revoke": True, "reason": "所依据的诫勉教育已撤销"})

    revoke: Annotated[bool, Field(description="true 撤销，false 维持")]
    reason: Note


class MeasureQuery(PageQuery):
    """Which measures to list; the newest first."""

    model_config = ConfigDict(extra="forbid")

    year: Annotated[int | None, Field(ge=2000, le=2100, examples=[2026])] = None
    kind: MeasureKind | None = None
    state: MeasureState | None = None
    target: Target | None = None
    staff_id: UUID | None = None
    window_id: UUID | None = None
    department_id: UUID | None = None
    is_under_review: Annotated[bool | None, Field(description="依据变动、等待复核")] = None


class LedgerQuery(Schema):
    """The year of the ledger."""

    model_config = example({"year": 2026})

    year: Year


class MeasureRead(ReadSchema):
    """A measure with what has been done about it and what is still to do."""

    model_config = example(
        {
            "id": MEASURE_ID,
            "measure_number": "CF-2026-000001",
            "kind": "admonition",
            "kind_label": "诫勉教育",
            "state": "received",
            "state_label": "已送达",
            "counts": True,
            "target": "person",
            "target_label": "工作人员",
            "staff_id": STAFF_ID,
            "person_name": "市监窗口一岗",
            "window_id": WINDOW_ID,
            "window_number": "07",
            "department_id": DEPARTMENT_ID,
            "department_name": "县市场监督管理局",
            "proposal_id": PROPOSAL_ID,
            "ground_code": "promise.05",
            "ground_label": "超过承诺时限，属本人责任",
            "article": "PROMISE 六2",
            "edition_code": "2008-01",
            "statement": "2026年3月17日，办件BJ-2026-000012因本人原因超过承诺时限。",
            "decided_on": "2026-03-18",
            "decided_by_name": "赵敏",
            "talked_at": "2026-03-19T11:00:00+08:00",
            "talked_by": "刘强",
            "talk_note": "指出问题，本人表示改正",
            "issued_at": "2026-03-19T11:30:00+08:00",
            "letter_id": PAPER_ID,
            "received_on": "2026-03-20",
            "received_how": "本人签收",
            "appeal_until": "2026-03-27T19:30:00+08:00",
            "appeal_until_is_provisional": False,
            "appeal_id": None,
            "appeal_state": None,
            "department_told_on": None,
            "county_filed_on": None,
            "county_reference": None,
            "still_to_do": ["登记通报部门", "登记报县备案"],
            "review_since": None,
            "review_reason": None,
            "revoked_at": None,
            "revoked_by_name": None,
            "revoked_reason": None,
            "allowed_actions": [
                {"action": "appeal", "allowed": True, "reason_code": None, "reason": None}
            ],
            "version": 4,
        }
    )

    id: UUID
    measure_number: str
    kind: MeasureKind
    kind_label: str
    state: MeasureState
    state_label: str
    counts: Annotated[bool, Field(title="是否计入年度", description="已撤销、待复核的不计")]
    target: Target
    target_label: str
    staff_id: UUID | None
    person_name: str | None
    window_id: UUID | None
    window_number: str | None
    department_id: UUID | None
    department_name: str | None
    proposal_id: UUID
    ground_code: str
    ground_label: str
    article: str
    edition_code: str
    statement: str
    decided_on: date
    decided_by_name: str
    talked_at: Instant | None
    talked_by: str | None
    talk_note: str | None
    issued_at: Instant | None
    letter_id: Annotated[UUID | None, Field(description="《诫勉教育书》或《效能告诫书》")]
    received_on: date | None
    received_how: str | None
    appeal_until: Annotated[Instant | None, Field(description="申辩的最后时刻；送达前为 null")]
    appeal_until_is_provisional: Annotated[bool, Field(description="涉及尚未公布放假安排的年份")]
    appeal_id: UUID | None
    appeal_state: AppealState | None
    department_told_on: date | None
    county_filed_on: date | None
    county_reference: str | None
    still_to_do: Annotated[list[str], Field(description="DISCIPLINE 四、七、八要求而尚未办的")]
    review_since: Instant | None
    review_reason: str | None
    revoked_at: Instant | None
    revoked_by_name: str | None
    revoked_reason: str | None
    allowed_actions: list[AllowedAction]
    version: int


# The year


class ConsequenceRead(ReadSchema):
    """What measures come to at the end of a year, with its chain of reasons."""

    kind: ConsequenceKind
    kind_label: str
    article: str
    because: Annotated[list[str], Field(description="逐项依据")]
    measure_ids: list[UUID]


class YearRead(ReadSchema):
    """A year's consequences: proposed here, decided by people."""

    rows_in: ClassVar[str] = "consequences"

    model_config = example(
        {
            "year": 2026,
            "consequences": [
                {
                    "kind": "not_excellent",
                    "kind_label": "年度考评不能评为优秀",
                    "article": "DISCIPLINE 九",
                    "because": [
                        "2026-03-18效能告诫（CF-2026-000002，《诫勉教育和效能告诫实施细则》六(十八)）",
                        "2026年内被效能告诫1次（被效能告诫不评优秀：达1次）",
                    ],
                    "measure_ids": [MEASURE_ID],
                }
            ],
            "not_counted": ["CF-2026-000001 已撤销"],
        }
    )

    year: int
    consequences: list[ConsequenceRead]
    not_counted: Annotated[list[str], Field(description="没有计入的处理及原因")]


class AppealQuery(PageQuery):
    """Which appeals to list; the newest first."""

    model_config = ConfigDict(extra="forbid")

    state: AppealState | None = None


class AppealCreate(Schema):
    """An appeal in writing."""

    model_config = example({"text": "当日系因公外出，已按规定报备，请予撤销。"})

    text: Annotated[Note, Field(description="书面申辩的内容")]
    filed_on: Annotated[
        date | None,
        Field(description="中心办公室代录纸质申辩时，收到申辩书的日期；默认为现在"),
    ] = None


class DecideCommand(Schema):
    """The decision on an appeal."""

    model_config = example(
        {"revoke": True, "reason": "外出报备属实，迟到不成立", "is_fact_wrong": True}
    )

    revoke: Annotated[bool, Field(description="true 撤销原处理，false 维持")]
    reason: Annotated[Note, Field(description="写入答复书的理由")]
    is_fact_wrong: Annotated[
        bool, Field(description="撤销是因为事实不成立：相应的记录和扣分也应更正")
    ] = False


class RecordDecisionCommand(DecideCommand):
    """The decision of the body above, as its paper has it."""

    model_config = example(
        {
            "revoke": False,
            "reason": "两项内容确未公开，原处理适当",
            "decided_by": "尼勒克县效能办",
            "document_number": "尼效能复〔2026〕2号",
            "decided_on": "2026-03-20",
        }
    )

    decided_by: Annotated[Label, Field(description="作出决定的上级机关")]
    document_number: Annotated[Label, Field(description="决定文书的文号")]
    decided_on: Annotated[date, Field(description="决定文书的日期")]


class AppealRead(ReadSchema):
    """An appeal with its clock."""

    model_config = example(
        {
            "id": APPEAL_ID,
            "appeal_number": "SB-2026-000001",
            "measure_id": MEASURE_ID,
            "measure_number": "CF-2026-000001",
            "kind": "admonition",
            "kind_label": "诫勉教育",
            "person_name": "市监窗口一岗",
            "window_number": "07",
            "state": "filed",
            "state_label": "待决定",
            "filed_at": "2026-03-24T12:00:00+08:00",
            "filed_by_name": "市监窗口一岗",
            "text": "当日系因公外出，已按规定报备，请予撤销。",
            "due_at": "2026-04-08T19:30:00+08:00",
            "is_overdue": False,
            "decided_at": None,
            "decided_by_name": None,
            "decision_document": None,
            "recorded_at": None,
            "recorded_by_name": None,
            "reason": None,
            "is_fact_wrong": None,
            "effects": [],
            "answer_id": None,
            "allowed_actions": [
                {"action": "decide", "allowed": True, "reason_code": None, "reason": None}
            ],
            "version": 1,
        }
    )

    id: UUID
    appeal_number: str
    measure_id: UUID
    measure_number: str
    kind: MeasureKind
    kind_label: str
    person_name: str | None
    window_number: str | None
    state: AppealState
    state_label: str
    filed_at: Instant
    filed_by_name: str
    text: str
    due_at: Annotated[Instant, Field(description="最迟何时作出决定（DISCIPLINE 十一）")]
    is_overdue: bool
    decided_at: Instant | None
    decided_by_name: str | None
    decision_document: Annotated[str | None, Field(description="上级机关决定文书的文号")]
    recorded_at: Annotated[Instant | None, Field(description="何时登记的上级机关决定")]
    recorded_by_name: str | None
    reason: str | None
    is_fact_wrong: bool | None
    effects: Annotated[list[str], Field(description="撤销后一并消除的后果")]
    answer_id: Annotated[UUID | None, Field(description="申辩答复书")]
    allowed_actions: list[AllowedAction]
    version: int
