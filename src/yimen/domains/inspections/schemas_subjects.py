"""How the register of offices, guards and cleaners' floors looks on the wire."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field

from yimen.core.pagination import PageQuery
from yimen.core.schemas import AllowedAction, Label, ReadSchema, Schema, example
from yimen.domains.inspections.enums import SubjectKind
from yimen.domains.inspections.schemas import SUBJECT_ID, RowCode


class SubjectCreate(Schema):
    """Somebody or some place begins to be assessed."""

    model_config = example(
        {
            "kind": "cleaner",
            "name": "二楼大厅",
            "keeper_name": "马兰",
            "table_code": "hygiene.floor2",
            "starts_on": "2026-03-01",
        }
    )

    kind: SubjectKind
    name: Annotated[Label, Field(description="保安为姓名；办公室、保洁区为名称")]
    keeper_name: Annotated[Label | None, Field(description="办公室、保洁区的责任人")] = None
    table_code: Annotated[RowCode | None, Field(description="保洁区所用的扣分表；其他对象不填")] = (
        None
    )
    starts_on: date


class SubjectUpdate(Schema):
    """Another name, or another keeper."""

    model_config = example({"keeper_name": "马兰"})

    name: Label | None = None
    keeper_name: Label | None = None


class SubjectEnd(Schema):
    """The last day on which it is assessed."""

    model_config = example({"last_day": "2026-06-30"})

    last_day: date


class SubjectQuery(PageQuery):
    """Which entries to list, by the time they were made."""

    model_config = ConfigDict(extra="forbid")

    kind: SubjectKind | None = None
    on: Annotated[date | None, Field(description="只列该日在册的对象")] = None


class SubjectRead(ReadSchema):
    """An office, a guard or a cleaner's floor."""

    model_config = example(
        {
            "id": SUBJECT_ID,
            "kind": "cleaner",
            "kind_label": "保洁区",
            "name": "二楼大厅",
            "keeper_name": "马兰",
            "table_code": "hygiene.floor2",
            "starts_on": "2026-03-01",
            "ends_on": None,
            "allowed_actions": [
                {"action": "end", "allowed": True, "reason_code": None, "reason": None}
            ],
            "version": 1,
        }
    )

    id: UUID
    kind: SubjectKind
    kind_label: str
    name: str
    keeper_name: str | None
    table_code: str | None
    starts_on: date
    ends_on: Annotated[date | None, Field(description="最后一日；在册时为 null")]
    allowed_actions: list[AllowedAction]
    version: int
