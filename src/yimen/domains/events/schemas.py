"""How events look on the wire."""

import json
from typing import Annotated, Any, ClassVar
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from yimen.core.pagination import Paging
from yimen.core.schemas import Instant, ReadSchema, example
from yimen.domains.events.rules import BadPosition, parse_position

_EVENT = {
    "position": "1042-7",
    "kind": "case.accepted",
    "subject_type": "case",
    "subject_id": "019a4f3e-7c1d-7b60-9d0e-6a2f4c8b1c01",
    "department_id": "019a4f3e-7c1d-7b60-9d0e-6a2f4c8b1e01",
    "window_id": "019a4f3e-7c1d-7b60-9d0e-6a2f4c8b1e07",
    "facts": {"case_number": "BJ-2026-000017", "state": "accepted"},
    "occurred_at": "2026-03-10T11:00:00+08:00",
}

# A frame of the stream, as its readers take it apart: ``data`` is an EventRead in JSON.
FRAME_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["id"],
    "properties": {
        "id": {"type": "string"},
        "event": {"type": "string"},
        "data": {"type": "string"},
    },
}
EXAMPLE_FRAME = {
    "id": _EVENT["position"],
    "event": _EVENT["kind"],
    "data": json.dumps(_EVENT, separators=(",", ":")),
}


def _position(text: str) -> str:
    try:
        parse_position(text)
    except BadPosition:
        raise ValueError("位置标记无效，请使用上次返回的标记。") from None
    return text


PositionText = Annotated[str, Field(max_length=40, examples=["1042-7"]), AfterValidator(_position)]
KindFilter = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z][a-z0-9_]*(\.[a-z0-9_]+|\.\*)$", max_length=80),
]
Kinds = Annotated[
    list[KindFilter],
    Field(
        max_length=20,
        description="只要这些种类，可重复；`ticket.*` 表示以 ticket. 开头的全部种类",
        examples=[["ticket.*", "case.accepted"]],
    ),
]


class EventQuery(BaseModel):
    """Which events, and from where."""

    model_config = ConfigDict(extra="forbid")

    after: Annotated[
        PositionText | None,
        Field(description="上次返回的 next_after；缺省从头开始", examples=["1042-7"]),
    ] = None
    limit: Annotated[int, Field(ge=1, le=200, description="最多返回的条数")] = 100
    kind: Kinds = []


class StreamQuery(BaseModel):
    """Which events, and from where; ``Last-Event-ID`` goes before ``after``."""

    model_config = ConfigDict(extra="forbid")

    after: Annotated[
        PositionText | None,
        Field(description="从此位置之后开始；缺省只收此刻之后的事件", examples=["1042-7"]),
    ] = None
    kind: Kinds = []


class EventRead(ReadSchema):
    """A change in the hall; never personal data."""

    model_config = example(_EVENT)

    position: Annotated[str, Field(description="在事件次序中的位置")]
    kind: Annotated[str, Field(description="事件种类")]
    subject_type: str
    subject_id: str
    department_id: UUID | None
    window_id: UUID | None
    facts: Annotated[dict[str, Any], Field(description="与种类相应的内容")]
    occurred_at: Instant


class EventPage(BaseModel):
    """Events in the order of their commits."""

    paging: ClassVar[Paging] = Paging("after", "next_after", more_member="has_more")

    model_config = example({"items": [_EVENT], "next_after": "1042-7", "has_more": False})

    items: list[EventRead]
    next_after: Annotated[str, Field(description="下次查询的 after，没有新事件时也会前移")]
    has_more: Annotated[bool, Field(description="后面还有事件未查完，可立即再查")]
