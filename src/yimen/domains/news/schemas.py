"""How the statement of information work's money looks on the wire; yuan as decimal strings."""

from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field

from yimen.core.pagination import PageQuery
from yimen.core.schemas import ReadSchema, example
from yimen.domains.news.enums import Grouping, MoneyKind
from yimen.domains.rulebook.enums import Basis
from yimen.domains.scoring.enums import SubjectKind

DEPARTMENT_ID = "019a4f3e-0001-7b60-9d0e-6a2f4c8b1e01"
WINDOW_ID = "019a4f3e-0002-7b60-9d0e-6a2f4c8b1e02"
AUTHOR_ID = "019a4f3e-0004-7b60-9d0e-6a2f4c8b1e04"


class MoneyQuery(PageQuery):
    """Of which month or year, and whose."""

    model_config = ConfigDict(extra="forbid")

    period: Annotated[
        str,
        Field(
            pattern=r"^20\d\d(-(0[1-9]|1[0-2]))?$",
            description="月份或年份；年份是各月之和",
            examples=["2026-03", "2026"],
        ),
    ]
    department_id: UUID | None = None
    author_id: Annotated[UUID | None, Field(description="撰稿人")] = None


class TotalQuery(MoneyQuery):
    """Likewise, and by what to add up."""

    by: Annotated[Grouping, Field(description="按所得人或按部门汇总")] = Grouping.RECIPIENT


class MoneyLine(ReadSchema):
    """One sum, whom it concerns, and why."""

    model_config = example(
        {
            "month": "2026-03",
            "kind": "adoption",
            "kind_label": "采用奖励",
            "department_id": DEPARTMENT_ID,
            "department_name": "市场监督管理局",
            "subject_kind": "window",
            "subject_id": WINDOW_ID,
            "subject_number": "04",
            "subject_name": "市场监管窗口",
            "author_id": AUTHOR_ID,
            "author_name": "王芳",
            "article_id": "019a4f3e-0062-7b60-9d0e-6a2f4c8b1e62",
            "merit_id": "019a4f3e-0064-7b60-9d0e-6a2f4c8b1e64",
            "evidence": "“帮办代办”3月20日由伊犁日报采用（州级），该稿此前采用已奖5.00元",
            "count": 1,
            "rule": "news.reward.prefecture",
            "rate": "30.00",
            "amount": "25.00",
            "article": "NEWS 四(一)",
            "basis": "regulation",
            "edition_code": "2008-01",
        }
    )

    month: str
    kind: MoneyKind
    kind_label: Annotated[str, Field(title="类别名称")]
    department_id: UUID
    department_name: str
    subject_kind: Annotated[SubjectKind, Field(title="窗口或中介机构")]
    subject_id: Annotated[UUID, Field(title="窗口或中介机构编号")]
    subject_number: Annotated[str, Field(title="窗口号或机构代码")]
    subject_name: Annotated[str, Field(title="窗口或中介机构名称")]
    author_id: Annotated[UUID | None, Field(title="撰稿人编号", description="缺交处罚为 null")]
    author_name: Annotated[str | None, Field(title="撰稿人")]
    article_id: Annotated[UUID | None, Field(title="稿件", description="缺交处罚为 null")]
    merit_id: Annotated[UUID | None, Field(title="采用登记", description="缺交处罚为 null")]
    evidence: str
    count: Annotated[int, Field(title="篇数")]
    rule: Annotated[str, Field(title="规定值")]
    rate: Annotated[str, Field(title="每篇标准（元）", description="单位元")]
    amount: Annotated[
        str, Field(title="金额（元）", description="单位元；缺交处罚为应扣，其他为应奖")
    ]
    article: str
    basis: Basis
    edition_code: str


class MoneyTotal(ReadSchema):
    """What somebody's lines come to; rewards and penalties are never set off against each other."""

    model_config = example(
        {
            "department_id": DEPARTMENT_ID,
            "department_name": "市场监督管理局",
            "subject_kind": "window",
            "subject_id": WINDOW_ID,
            "subject_number": "04",
            "subject_name": "市场监管窗口",
            "author_id": AUTHOR_ID,
            "author_name": "王芳",
            "line_count": 2,
            "reward": "35.00",
            "penalty": "0.00",
        }
    )

    department_id: UUID
    department_name: str
    subject_kind: Annotated[
        SubjectKind | None, Field(title="窗口或中介机构", description="按部门汇总时为 null")
    ]
    subject_id: Annotated[UUID | None, Field(title="窗口或中介机构编号")]
    subject_number: Annotated[str | None, Field(title="窗口号或机构代码")]
    subject_name: Annotated[str | None, Field(title="窗口或中介机构名称")]
    author_id: Annotated[UUID | None, Field(title="撰稿人编号")]
    author_name: Annotated[str | None, Field(title="撰稿人")]
    line_count: Annotated[int, Field(title="项数")]
    reward: Annotated[str, Field(title="奖励（元）", description="单位元")]
    penalty: Annotated[str, Field(title="处罚（元）", description="单位元")]
