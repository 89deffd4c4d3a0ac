"""How the public board looks on the wire: windows and agencies, never a person."""

from typing import Annotated

from pydantic import ConfigDict, Field

from yimen.core.schemas import Instant, ReadSchema, Schema, example
from yimen.domains.scoring.schemas import Month

_PLACE = {
    "rank": 1,
    "kind": "window",
    "kind_label": "窗口",
    "number": "07",
    "name": "市监一窗",
    "score": "99.80",
    "is_rated": True,
}


class PublicBoardQuery(Schema):
    """Which month; by default this one."""

    model_config = ConfigDict(extra="forbid")

    month: Annotated[
        str | None,
        Field(
            description="月份，缺省为本月",
            pattern=r"^20\d\d-(0[1-9]|1[0-2])$",
            examples=["2026-03"],
        ),
    ] = None


class PublicPlace(ReadSchema):
    """A window or an agency."""

    model_config = example(_PLACE)

    rank: Annotated[int | None, Field(description="名次，同分同名次；不予评定为 null")]
    kind: str
    kind_label: str
    number: str
    name: str
    score: str | None
    is_rated: bool


class PublicBoard(ReadSchema):
    """The month's scores as they are put up in the hall."""

    model_config = example(
        {
            "month": "2026-03",
            "state": "open",
            "state_label": "进行中",
            "as_of": "2026-03-10T12:00:02+08:00",
            "items": [_PLACE],
        }
    )

    month: Month
    state: Annotated[str, Field(description="open 随记录变动；provisional 已公布；sealed 已确认")]
    state_label: str
    as_of: Annotated[Instant | None, Field(description="最近一次入账的时间")]
    items: list[PublicPlace]
