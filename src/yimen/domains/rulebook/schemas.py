"""How an edition of the rulebook looks on the wire."""

from datetime import date
from typing import Annotated

from pydantic import AliasChoices, ConfigDict, Field, JsonValue, computed_field

from yimen.core.schemas import ReadSchema
from yimen.domains.rulebook.enums import Basis, Operator, Unit

_SUMMARY: dict[str, JsonValue] = {
    "code": "2008-01",
    "title": "尼勒克县行政服务中心工作制度汇编（2018年10月26日）",
    "takes_effect_on": "2008-01-01",
    "is_in_force": True,
}
_VALUE: dict[str, JsonValue] = {
    "code": "cases.visits_to_avoid",
    "label": "群众为同一事项跑窗口",
    "value": 3,
    "text": "3次以上",
    "unit": "times",
    "unit_label": "次",
    "word": "以上",
    "operator": ">=",
    "article": "PROMISE 一",
    "basis": "regulation",
    "basis_label": "制度规定",
}


class RuleValueRead(ReadSchema):
    """One value of an edition, with the article it rests on."""

    model_config = ConfigDict(json_schema_extra={"examples": [_VALUE]})

    code: str
    label: str
    value: Annotated[
        int | str,
        Field(
            validation_alias=AliasChoices("written", "value"),
            description="数量；时刻写作 15:30，每年的日期写作 05-01",
        ),
    ]
    text: Annotated[str, Field(description="带单位和界限词的写法")]
    unit: Unit
    word: Annotated[str | None, Field(description="界限词；不是界限时为 null")]
    operator: Annotated[Operator | None, Field(description="界限词的含义；不是界限时为 null")]
    article: Annotated[str, Field(description="所依据的条款")]
    basis: Annotated[Basis, Field(description="regulation：制度或法律规定；local：本中心自定")]

    @computed_field
    def unit_label(self) -> str:
        """The unit in Chinese."""
        return self.unit.label

    @computed_field
    def basis_label(self) -> str:
        """The basis in Chinese."""
        return self.basis.label


class EditionSummary(ReadSchema):
    """An edition in the list."""

    model_config = ConfigDict(json_schema_extra={"examples": [_SUMMARY]})

    code: str
    title: str
    takes_effect_on: Annotated[date, Field(description="施行日，总是某月 1 日")]
    is_in_force: Annotated[bool, Field(description="今天是否按此版本执行")]


class EditionList(ReadSchema):
    """All editions, the earliest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_SUMMARY]}]})

    items: list[EditionSummary]


class EditionRead(EditionSummary):
    """An edition with all its values."""

    model_config = ConfigDict(json_schema_extra={"examples": [_SUMMARY | {"values": [_VALUE]}]})

    values: list[RuleValueRead]
