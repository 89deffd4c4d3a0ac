"""How scores and their explanations look on the wire; points are decimal strings."""

from datetime import date
from typing import Annotated, Any, ClassVar
from uuid import UUID

from pydantic import ConfigDict, Field, StringConstraints

from yimen.core.pagination import PageQuery
from yimen.core.schemas import Code, Instant, ReadSchema, Schema, example
from yimen.domains.rulebook.enums import Basis
from yimen.domains.scoring.enums import FactSource, Indicator, MonthState, SubjectKind

STAFF_ID = "019a4f3e-0005-7b60-9d0e-6a2f4c8b1e05"
WINDOW_ID = "019a4f3e-0002-7b60-9d0e-6a2f4c8b1e02"
DEPARTMENT_ID = "019a4f3e-0004-7b60-9d0e-6a2f4c8b1e04"

Month = Annotated[
    str,
    StringConstraints(pattern=r"^20\d\d-(0[1-9]|1[0-2])$"),
    Field(description="月份", examples=["2026-03"]),
]
Points = Annotated[str, Field(description="分值，两位小数", examples=["99.50"])]


_DEDUCTION = {"indicator": "discipline", "indicator_label": "工作纪律", "taken": "0.50"}
SCORE: dict[str, Any] = {
    "kind": "staff",
    "kind_label": "窗口工作人员",
    "subject_id": STAFF_ID,
    "number": "0501",
    "name": "阿依古丽·买买提",
    "department_id": DEPARTMENT_ID,
    "department_name": "县市场监督管理局",
    "month": "2026-03",
    "version_no": 1,
    "state": "open",
    "state_label": "进行中",
    "score": "99.50",
    "is_rated": True,
    "why_not_rated": None,
    "own_score": "99.50",
    "staff_mean": None,
    "staff_count": 0,
    "rank": 2,
    "deductions": [_DEDUCTION],
}
LINE: dict[str, Any] = {
    "entry_id": "1024",
    "day": "2026-03-10",
    "rule": "points.late",
    "rule_label": "迟到一次扣分",
    "indicator": "discipline",
    "indicator_label": "工作纪律",
    "count": 1,
    "each": "0.50",
    "asked": "0.50",
    "room": None,
    "taken": "0.50",
    "score_before": "100.00",
    "score_after": "99.50",
    "article": "ATTEND 一(五)",
    "basis": "local",
    "basis_label": "本中心自定",
    "evidence": "3月10日上午迟到12分钟（10:12:00打卡）",
    "source": "attendance",
    "source_label": "考勤记录",
    "source_id": "2026-03-10/morning/late",
    "counts": True,
    "why_not": None,
    "text": "3月10日上午迟到12分钟（10:12:00打卡）。依据《考勤管理办法》一(五)（本中心自定标准），"
    "每次扣0.50分，余99.50分。",
    "remedy": "如与事实不符，请在考勤中对这半天提出更正或说明，办公室同意后分数自动恢复。",
}


class BoardQuery(PageQuery):
    """Which scores to list; the highest first."""

    model_config = ConfigDict(extra="forbid")

    month: Annotated[
        str | None,
        Field(
            description="月份，缺省为本月",
            pattern=r"^20\d\d-(0[1-9]|1[0-2])$",
            examples=["2026-03"],
        ),
    ] = None
    kind: Annotated[SubjectKind | None, Field(description="考评对象的类别")] = None
    department_id: UUID | None = None
    window_id: Annotated[UUID | None, Field(description="在该窗口服务的人员和该窗口本身")] = None


class DeductionRead(ReadSchema):
    """What was taken under one indicator."""

    model_config = example(_DEDUCTION)

    indicator: Indicator
    indicator_label: str
    taken: Annotated[str, Field(description="扣分；加分为负数")]


class ScoreRead(ReadSchema):
    """A subject's month."""

    model_config = example(SCORE)

    kind: SubjectKind
    kind_label: str
    subject_id: UUID
    number: Annotated[str, Field(description="工号、窗口号等")]
    name: str
    department_id: UUID | None
    department_name: str | None
    month: Month
    version_no: Annotated[int, Field(description="第几版；封存前为将要封存的一版")]
    state: MonthState
    state_label: str
    score: Annotated[str | None, Field(description="月度得分，两位小数；不予评定时为 null")]
    is_rated: bool
    why_not_rated: str | None
    own_score: Annotated[str, Field(description="本对象自身的得分；窗口不含人员部分")]
    staff_mean: Annotated[str | None, Field(description="窗口工作人员平均得分；其他对象为 null")]
    staff_count: int
    rank: Annotated[int | None, Field(description="同类中的名次，同分同名次；不予评定为 null")]
    deductions: list[DeductionRead]


class ExplanationLine(ReadSchema):
    """One entry of the ledger, told."""

    model_config = example(LINE)

    entry_id: Annotated[str | None, Field(description="台账条目号；试算新增的没有")]
    day: date
    rule: str
    rule_label: str
    indicator: Indicator
    indicator_label: str
    count: int
    each: Annotated[str, Field(description="每次（处、篇）扣分；加分为负数")]
    asked: Annotated[str, Field(description="应扣")]
    room: Annotated[str | None, Field(description="该项此前还可扣多少；没有上限为 null")]
    taken: Annotated[str, Field(description="实扣")]
    score_before: Points
    score_after: Points
    article: str
    basis: Basis
    basis_label: str
    evidence: str
    source: Annotated[FactSource, Field(title="记录类别")]
    source_label: Annotated[str, Field(title="记录类别")]
    source_id: Annotated[str, Field(description="所依据的记录")]
    counts: bool
    why_not: Annotated[str | None, Field(description="不计分的原因")]
    text: Annotated[str, Field(description="整条说明")]
    remedy: Annotated[str, Field(description="如有异议可以怎样办；无可争议时为空")]


class MemberRead(ReadSchema):
    """Whose score goes into a window's mean."""

    model_config = example({"staff_id": STAFF_ID, "name": "阿依古丽·买买提", "score": "99.50"})

    staff_id: UUID
    name: str
    score: Points


_FORMULA = "本月考评基础分 100.00 分，逐项加减后为 99.50 分（《绩效考评实施办法》三）。"


class ExplanationRead(ReadSchema):
    """A score line by line: what counted, what did not, and why."""

    rows_in: ClassVar[str] = "lines"

    model_config = example(
        {
            "score": SCORE,
            "base": "100.00",
            "edition_code": "2008-01",
            "posted_at": "2026-03-10T12:00:02+08:00",
            "formula": _FORMULA,
            "lines": [LINE],
            "not_counted": [],
            "members": [],
            "digest": None,
        }
    )

    score: ScoreRead
    base: Points
    edition_code: str
    posted_at: Annotated[Instant | None, Field(description="台账最近一次入账的时间")]
    formula: Annotated[str, Field(description="得分怎样算出")]
    lines: Annotated[list[ExplanationLine], Field(description="计分的条目，按日期")]
    not_counted: Annotated[
        list[ExplanationLine], Field(description="没有计分或没有全额计分的条目及原因")
    ]
    members: Annotated[
        list[MemberRead], Field(description="计入平均分的人员；窗口工作人员只看到本人")
    ]
    digest: Annotated[str | None, Field(description="封存版本的摘要；未封存为 null")]


class TrendQuery(Schema):
    """Of which months."""

    first: Month
    last: Month


class TrendRead(ReadSchema):
    """A subject's months, the earliest first."""

    model_config = example({"items": [SCORE]})

    items: list[ScoreRead]


class SupposedFact(Schema):
    """Something that may still come, to be tried."""

    model_config = example({"rule": "points.late", "day": "2026-03-11", "count": 1})

    rule: Code
    day: date
    count: Annotated[int, Field(ge=1, le=1000)] = 1


class WhatIfWish(Schema):
    """Which entries to leave out, and what to add; nothing is saved."""

    model_config = example({"leave_out": ["1024"], "add": []})

    leave_out: Annotated[
        list[Annotated[str, StringConstraints(pattern=r"^\d{1,18}$")]],
        Field(
            default_factory=list,
            max_length=200,
            description="假定撤销的台账条目号，例如申辩成立",
        ),
    ]
    add: Annotated[
        list[SupposedFact],
        Field(default_factory=list, max_length=50, description="假定新增的事实"),
    ]


_WINDOW_EFFECT = {
    "kind": "window",
    "subject_id": WINDOW_ID,
    "name": "市监一窗",
    "before": "99.80",
    "after": "100.00",
}


class EffectRead(ReadSchema):
    """What becomes of a window into whose mean the person goes."""

    model_config = example(_WINDOW_EFFECT)

    kind: SubjectKind
    subject_id: UUID
    name: str
    before: str | None
    after: str | None


class WhatIfRead(ReadSchema):
    """What the month would come to."""

    model_config = example(
        {
            "before": "99.50",
            "after": "100.00",
            "is_low_before": False,
            "is_low_after": False,
            "lines": [],
            "windows": [_WINDOW_EFFECT],
        }
    )

    before: str | None
    after: str | None
    is_low_before: Annotated[bool, Field(description="是否属低分月（APPRAISE 六(二)）")]
    is_low_after: bool
    lines: list[ExplanationLine]
    windows: list[EffectRead]


class YearRead(ReadSchema):
    """A subject's year, from its months."""

    rows_in: ClassVar[str] = "months"

    model_config = example(
        {
            "kind": "staff",
            "subject_id": STAFF_ID,
            "year": 2026,
            "score": "99.50",
            "is_rated": True,
            "why_not_rated": None,
            "months": [SCORE],
            "unsealed_months": ["2026-03"],
            "staff_mean": None,
            "months_mean": "99.50",
            "review": None,
        }
    )

    kind: SubjectKind
    subject_id: UUID
    year: int
    score: str | None
    is_rated: bool
    why_not_rated: str | None
    months: list[ScoreRead]
    unsealed_months: Annotated[list[str], Field(description="尚未封存、还会变动的月份")]
    staff_mean: Annotated[str | None, Field(description="人员年度平均得分；其他对象为 null")]
    months_mean: str | None
    review: Annotated[str | None, Field(description="综合评议得分；没有登记为 null")]


class RuleRead(ReadSchema):
    """A rule with its points in a month."""

    model_config = example(
        {
            "rule": "points.late",
            "label": "迟到一次扣分",
            "indicator": "discipline",
            "indicator_label": "工作纪律",
            "each": "0.50",
            "cap": None,
            "article": "ATTEND 一(五)",
            "basis": "local",
            "basis_label": "本中心自定",
        }
    )

    rule: str
    label: str
    indicator: Indicator
    indicator_label: str
    each: str
    cap: Annotated[str | None, Field(description="当月最多扣分；没有上限为 null")]
    article: str
    basis: Basis
    basis_label: str


class RuleList(ReadSchema):
    """All rules by which a month is judged."""

    items: list[RuleRead]
