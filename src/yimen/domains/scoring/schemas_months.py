"""How months, their versions and amendments look on the wire."""

from datetime import date
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from yimen.core.schemas import AllowedAction, Instant, Note, ReadSchema, Schema, example
from yimen.domains.scoring.enums import AmendmentState, MonthState, SubjectKind
from yimen.domains.scoring.schemas import STAFF_ID, Month

AMENDMENT_ID = "019a4f3e-0061-7b60-9d0e-6a2f4c8b1e61"
_DIGEST = "9f2c5a7be1d04c38a6f1b7e25d90c4aa51e3f8672bd04c91e5a7f3096c1d8b24"


class MonthOpen(Schema):
    """Open a month that has passed before scores were kept."""

    model_config = example({"month": "2026-01"})

    month: Month


class MonthRead(ReadSchema):
    """A month and how far it is."""

    model_config = example(
        {
            "month": "2026-03",
            "state": "open",
            "state_label": "进行中",
            "edition_code": "2008-01",
            "version_no": 1,
            "posted_at": "2026-03-10T12:00:02+08:00",
            "allowed_actions": [
                {"action": "close", "allowed": True, "reason_code": None, "reason": None}
            ],
            "version": 1,
        }
    )

    month: Month
    state: MonthState
    state_label: str
    edition_code: Annotated[str, Field(description="据以考评的制度版本")]
    version_no: Annotated[int, Field(description="现行的一版")]
    posted_at: Instant | None
    allowed_actions: list[AllowedAction]
    version: int


class Reopening(Schema):
    """Why a published month is opened again."""

    model_config = example({"reason": "公布后发现考勤机停机一天"})

    reason: Note


class VersionRead(ReadSchema):
    """A sealed version."""

    model_config = example(
        {
            "version_no": 1,
            "sealed_at": "2026-04-08T11:00:00+08:00",
            "sealed_by_name": "赵敏",
            "reason": None,
            "entry_count": 214,
            "digest": _DIGEST,
        }
    )

    version_no: int
    sealed_at: Instant
    sealed_by_name: str
    reason: Annotated[str | None, Field(description="为什么另立一版；第一版为 null")]
    entry_count: Annotated[int, Field(description="这一版新入账的条目数")]
    digest: Annotated[str, Field(description="台账和得分的摘要，承接上一版")]


class VersionList(ReadSchema):
    """The sealed versions of a month."""

    items: list[VersionRead]


_CHANGE = {
    "day": "2026-03-10",
    "rule_label": "迟到一次扣分",
    "evidence": "3月10日上午迟到12分钟（10:12:00打卡）",
    "taken_before": "0.50",
    "taken_after": None,
}
_DIFFERENCE = {
    "kind": "staff",
    "subject_id": STAFF_ID,
    "number": "0501",
    "name": "阿依古丽·买买提",
    "before": "65.00",
    "after": "65.50",
    "changes": [_CHANGE],
}


class EntryChange(ReadSchema):
    """An entry that would go, come or be worth something else."""

    model_config = example(_CHANGE)

    day: date
    rule_label: str
    evidence: str
    taken_before: Annotated[str | None, Field(description="现在扣分；新增的为 null")]
    taken_after: Annotated[str | None, Field(description="更正后扣分；撤销的为 null")]


class ScoreDifference(ReadSchema):
    """Whose score would change, and through what."""

    model_config = example(_DIFFERENCE)

    kind: SubjectKind
    subject_id: UUID
    number: str
    name: str
    before: str | None
    after: str | None
    changes: list[EntryChange]


class PreviewRead(ReadSchema):
    """What has come out otherwise since a month was sealed."""

    rows_in: ClassVar[str] = "differences"

    model_config = example({"month": "2026-03", "from_version_no": 1, "differences": [_DIFFERENCE]})

    month: Month
    from_version_no: int
    differences: list[ScoreDifference]


class AmendmentCreate(Schema):
    """Propose to put a sealed month right."""

    model_config = example({"reason": "4月10日同意了3月10日的迟到说明"})

    reason: Note


class Decision(Schema):
    """The director's word on an amendment."""

    model_config = example({"note": "情况属实，同意更正"})

    note: Note


class AmendmentRead(ReadSchema):
    """An amendment with the differences it was proposed for."""

    model_config = example(
        {
            "id": AMENDMENT_ID,
            "month": "2026-03",
            "from_version_no": 1,
            "state": "proposed",
            "state_label": "待主任批准",
            "reason": "4月10日同意了3月10日的迟到说明",
            "differences": [_DIFFERENCE],
            "proposed_at": "2026-04-10T11:00:00+08:00",
            "proposed_by_name": "赵敏",
            "decided_at": None,
            "decided_by_name": None,
            "decision_note": None,
            "allowed_actions": [
                {"action": "approve", "allowed": True, "reason_code": None, "reason": None}
            ],
            "version": 1,
        }
    )

    id: UUID
    month: Month
    from_version_no: int
    state: AmendmentState
    state_label: str
    reason: str
    differences: list[ScoreDifference]
    proposed_at: Instant
    proposed_by_name: str
    decided_at: Instant | None
    decided_by_name: str | None
    decision_note: str | None
    allowed_actions: list[AllowedAction]
    version: int


class VerifiedVersion(ReadSchema):
    """Whether a sealed version is what it was."""

    model_config = example({"version_no": 1, "is_sound": True, "problems": []})

    version_no: int
    is_sound: bool
    problems: Annotated[list[str], Field(description="哪里不符；相符时为空")]


class Verification(ReadSchema):
    """A month recomputed and compared with what was sealed."""

    rows_in: ClassVar[str] = "versions"

    model_config = example(
        {
            "month": "2026-03",
            "is_sound": True,
            "versions": [{"version_no": 1, "is_sound": True, "problems": []}],
        }
    )

    month: Month
    is_sound: bool
    versions: list[VerifiedVersion]
