"""How adoptions and instructions look on the wire."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field

from yimen.core.pagination import PageQuery
from yimen.core.schemas import AllowedAction, Instant, Label, Note, ReadSchema, Schema, example
from yimen.domains.news.enums import Level, MeritKind

MERIT_ID = "019a4f3e-0064-7b60-9d0e-6a2f4c8b1e64"
ARTICLE_ID = "019a4f3e-0062-7b60-9d0e-6a2f4c8b1e62"
AUTHOR_ID = "019a4f3e-0004-7b60-9d0e-6a2f4c8b1e04"


class MeritCreate(Schema):
    """Record that an article was adopted, or that a leader wrote an instruction on it."""

    model_config = example(
        {
            "article_id": ARTICLE_ID,
            "kind": "adoption",
            "level": "prefecture",
            "day": "2026-03-20",
            "source": "伊犁日报",
            "author_id": AUTHOR_ID,
        }
    )

    article_id: Annotated[UUID, Field(description="考评登记中的信息稿件")]
    kind: MeritKind
    level: Annotated[Level, Field(description="采用的级别；批示限州、自治区、国家三级")]
    day: Annotated[date, Field(description="采用或批示的日期")]
    source: Annotated[Label, Field(description="采用的单位、刊物，或批示的领导")]
    author_id: Annotated[
        UUID | None, Field(description="撰稿人，奖励归其本人；不填则归稿件所属窗口")
    ] = None


class MeritReversal(Schema):
    """Why a record is taken back."""

    model_config = example({"reason": "重复登记"})

    reason: Note


class MeritQuery(PageQuery):
    """Which records to list; the newest first."""

    model_config = ConfigDict(extra="forbid")

    article_id: UUID | None = None
    kind: MeritKind | None = None
    author_id: UUID | None = None
    first: Annotated[date | None, Field(description="日期从（含）")] = None
    last: Annotated[date | None, Field(description="日期到（含）")] = None


class MeritRead(ReadSchema):
    """An adoption or an instruction."""

    model_config = example(
        {
            "id": MERIT_ID,
            "article_id": ARTICLE_ID,
            "article_title": "市监窗口推行帮办代办",
            "kind": "adoption",
            "kind_label": "采用",
            "level": "prefecture",
            "level_label": "州级",
            "day": "2026-03-20",
            "source": "伊犁日报",
            "author_id": AUTHOR_ID,
            "author_name": "王芳",
            "recorded_at": "2026-03-20T11:00:00+08:00",
            "recorded_by_name": "赵敏",
            "reversed_at": None,
            "reversed_by_name": None,
            "reversal_reason": None,
            "allowed_actions": [
                {"action": "reverse", "allowed": True, "reason_code": None, "reason": None}
            ],
            "version": 1,
        }
    )

    id: UUID
    article_id: Annotated[UUID, Field(title="稿件编号")]
    article_title: Annotated[str, Field(title="稿件标题")]
    kind: MeritKind
    kind_label: str
    level: Level
    level_label: str
    day: date
    source: Annotated[str, Field(title="采用单位或批示领导")]
    author_id: Annotated[UUID | None, Field(title="撰稿人编号")]
    author_name: Annotated[str | None, Field(title="撰稿人")]
    recorded_at: Instant
    recorded_by_name: str
    reversed_at: Instant | None
    reversed_by_name: str | None
    reversal_reason: str | None
    allowed_actions: list[AllowedAction]
    version: int
