"""Published months on the wire."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from yimen.core.pagination import Page, PageQuery
from yimen.core.schemas import Instant, Note, ReadSchema, Schema, example, page_example
from yimen.domains.attendance.schemas import (
    _CHANGE,
    _PERSON_MONTH,
    BULLETIN_ID,
    STAFF_ID,
    ChangeRead,
    Example,
    Month,
    PersonMonthRead,
)

_BULLETIN: Example = {
    "id": BULLETIN_ID,
    "month": "2026-03",
    "number": 1,
    "edition_code": "2008-01",
    "note": None,
    "published_at": "2026-04-01T11:00:00+08:00",
    "published_by_name": "赵敏",
    "person_count": 68,
}


class BulletinPublish(Schema):
    """A month to be published; again only with a note that says why."""

    model_config = example({"month": "2026-03"})

    month: Month
    note: Annotated[Note | None, Field(description="再次发布时必填：为什么")] = None


class BulletinRead(ReadSchema):
    """A month's bulletin."""

    model_config = example(_BULLETIN)

    id: UUID
    month: str
    number: Annotated[int, Field(description="当月第几次发布")]
    edition_code: Annotated[str, Field(description="所依据的制度版本")]
    note: str | None
    published_at: Instant
    published_by_name: str
    person_count: int


class BulletinPage(Page[BulletinRead]):
    model_config = page_example(_BULLETIN)


class BulletinQuery(PageQuery):
    """Which bulletins, the latest first."""

    month: Annotated[Month | None, Field(examples=["2026-03"])] = None


class BulletinLinePage(Page[PersonMonthRead]):
    """A bulletin's people, as published."""

    model_config = page_example(_PERSON_MONTH)


_DIFFERENCE: Example = {
    "staff_id": STAFF_ID,
    "staff_number": "S007",
    "staff_name": "阿依古丽·买买提",
    "published": {"late_count": 4, "early_count": 0, "absent_half_days": 1},
    "now": {"late_count": 3, "early_count": 0, "absent_half_days": 0},
    "changes": [_CHANGE],
}


class HeadFigures(ReadSchema):
    """The figures that count."""

    model_config = example({"late_count": 4, "early_count": 0, "absent_half_days": 1})

    late_count: int
    early_count: int
    absent_half_days: int


class BulletinDifference(ReadSchema):
    """How someone's month has come out otherwise since it was published."""

    model_config = example(_DIFFERENCE)

    staff_id: UUID
    staff_number: str
    staff_name: str
    published: Annotated[
        HeadFigures | None, Field(title="通报时", description="通报中没有此人时为 null")
    ]
    now: HeadFigures
    changes: list[ChangeRead]


class BulletinDifferenceList(ReadSchema):
    """What has changed since a bulletin; the bulletin stays as it is."""

    model_config = example({"bulletin": _BULLETIN, "items": [_DIFFERENCE]})

    bulletin: BulletinRead
    items: list[BulletinDifference]
