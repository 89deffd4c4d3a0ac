"""Cases that another system closed, on the wire."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, StringConstraints, computed_field

from yimen.core.pagination import Page, PageQuery
from yimen.core.schemas import Instant, Label, Note, ReadSchema, Schema, example, page_example
from yimen.domains.cases.enums import ApplicantKind, PastOutcome

PAST_CASE_ID = "019a4f3e-00a2-7b60-9d0e-6a2f4c8b1ea2"
ITEM_ID = "019a4f3e-0003-7b60-9d0e-6a2f4c8b1e03"
DEPARTMENT_ID = "019a4f3e-0004-7b60-9d0e-6a2f4c8b1e04"

OldNumber = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9A-Za-z\u4e00-\u9fff][^\x00-\x20\x7f]{0,63}$"),
    Field(description="原系统的办件编号"),
]

_PAST_CASE: dict[str, Any] = {
    "id": PAST_CASE_ID,
    "case_number": "2019-0417",
    "item_id": ITEM_ID,
    "item_name": "食品经营许可（新办）",
    "department_id": DEPARTMENT_ID,
    "window_id": None,
    "applicant_kind": "person",
    "applicant_kind_label": "个人",
    "applicant_name": "阿依古丽·买买提",
    "received_on": "2019-04-17",
    "accepted_on": "2019-04-17",
    "closed_on": "2019-04-29",
    "delivered_on": "2019-04-30",
    "outcome": "granted",
    "outcome_label": "准予",
    "handler_name": "李强",
    "note": None,
    "origin": "imported",
    "recorded_at": "2026-03-10T11:00:00+08:00",
    "recorded_by_name": "赵敏",
    "version": 1,
}


class PastCaseEntry(Schema):
    """What another system had of a closed case."""

    model_config = example(
        {
            "case_number": "2019-0417",
            "item_id": ITEM_ID,
            "item_name": "食品经营许可（新办）",
            "applicant_kind": "person",
            "applicant_name": "阿依古丽·买买提",
            "received_on": "2019-04-17",
            "closed_on": "2019-04-29",
            "outcome": "granted",
        }
    )

    case_number: OldNumber
    item_id: UUID
    item_name: Label
    department_id: UUID
    window_id: UUID | None = None
    applicant_kind: ApplicantKind
    applicant_name: Label
    received_on: date
    accepted_on: date | None = None
    closed_on: date
    delivered_on: date | None = None
    outcome: PastOutcome
    handler_name: Label | None = None
    note: Note | None = None


class PastCaseRead(ReadSchema):
    """A case that another system closed."""

    model_config = example(_PAST_CASE)

    id: UUID
    case_number: Annotated[str, Field(description="原系统的办件编号")]
    item_id: UUID
    item_name: str
    department_id: UUID
    window_id: UUID | None
    applicant_kind: ApplicantKind
    applicant_name: str
    received_on: date
    accepted_on: date | None
    closed_on: Annotated[date, Field(description="办结日期")]
    delivered_on: date | None
    outcome: PastOutcome
    handler_name: str | None
    note: str | None
    recorded_at: Instant
    recorded_by_name: str
    version: int

    @computed_field(description="来源：从原系统导入，不计时限、不出文书、不参与考评")  # type: ignore[prop-decorator]
    @property
    def origin(self) -> str:
        return "imported"

    @computed_field  # type: ignore[prop-decorator]
    @property
    def applicant_kind_label(self) -> str:
        return self.applicant_kind.label

    @computed_field  # type: ignore[prop-decorator]
    @property
    def outcome_label(self) -> str:
        return self.outcome.label


class PastCaseQuery(PageQuery):
    """Which of them."""

    case_number: Annotated[
        str | None, Field(max_length=64, description="原系统的办件编号", examples=["2019-0417"])
    ] = None
    item_id: UUID | None = None
    department_id: UUID | None = None
    outcome: PastOutcome | None = None


class PastCasePage(Page[PastCaseRead]):
    """Past cases, the last recorded first."""

    model_config = page_example(_PAST_CASE)
