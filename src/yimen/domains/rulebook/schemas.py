"""How an edition of the rulebook looks on the wire."""

from datetime import date
from decimal import Decimal
from typing import Annotated, ClassVar

from pydantic import AliasChoices, ConfigDict, Field, JsonValue, computed_field

from yimen.core.schemas import ReadSchema
from yimen.domains.rulebook.enums import Basis, Measure, Operator, Proof, TableKind, Target, Unit

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

_ROW: dict[str, JsonValue] = {
    "code": "hygiene.window.15",
    "number": 15,
    "part": None,
    "label": "死角",
    "points": "0.1",
    "is_window_only": True,
    "article": "HYGIENE 附件(窗口)15",
    "basis": "regulation",
    "basis_label": "制度规定",
}
_AREA: dict[str, JsonValue] = {
    "code": "hygiene.window",
    "label": "窗口",
    "cap": "6",
    "rows": [_ROW],
}
_TABLE: dict[str, JsonValue] = {
    "code": "hygiene.window",
    "label": "窗口工作人员卫生检查",
    "kind": "windows",
    "kind_label": "窗口卫生",
    "article": "HYGIENE 附件",
    "areas": [_AREA],
}
_GROUND: dict[str, JsonValue] = {
    "code": "discipline.admonition.06",
    "label": "因本人责任未按期办结",
    "article": "DISCIPLINE 五(六)",
    "measure": "admonition",
    "measure_label": "诫勉教育",
    "target": "person",
    "target_label": "工作人员",
    "proof": "overdue_case",
    "proof_label": "办件超时",
    "times": 1,
    "rows": [],
}

EDITION_EXAMPLE: dict[str, JsonValue] = _SUMMARY | {
    "values": [_VALUE],
    "tables": [_TABLE],
    "grounds": [_GROUND],
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
            description="数量；分和元写作 0.5，时刻写作 15:30，每年的日期写作 05-01",
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


class TableRowRead(ReadSchema):
    """One thing an inspector looks at."""

    model_config = ConfigDict(json_schema_extra={"examples": [_ROW]})

    code: str
    number: Annotated[int, Field(description="制度原表的序号")]
    part: Annotated[str | None, Field(description="同一序号的第几种情形；只有一种时为 null")]
    label: str
    points: Annotated[Decimal, Field(description="每发现一处（次）扣分")]
    is_window_only: Annotated[bool, Field(description="只扣窗口分，不扣个人分")]
    article: str
    basis: Basis

    @computed_field
    def basis_label(self) -> str:
        """The basis in Chinese."""
        return self.basis.label


class TableAreaRead(ReadSchema):
    """A part of a deduction table."""

    model_config = ConfigDict(json_schema_extra={"examples": [_AREA]})

    code: str
    label: str
    cap: Annotated[Decimal | None, Field(description="每月最多扣分；不封顶时为 null")]
    rows: list[TableRowRead]


class RuleTableRead(ReadSchema):
    """A deduction table."""

    model_config = ConfigDict(json_schema_extra={"examples": [_TABLE]})

    code: str
    label: str
    kind: TableKind
    article: str
    areas: list[TableAreaRead]

    @computed_field
    def kind_label(self) -> str:
        """The kind in Chinese."""
        return self.kind.label


class GroundRead(ReadSchema):
    """For what a measure is taken."""

    model_config = ConfigDict(json_schema_extra={"examples": [_GROUND]})

    code: str
    label: str
    article: str
    measure: Measure
    target: Target
    proof: Annotated[Proof | None, Field(description="凭何种记录可以认定；须由人认定时为 null")]
    times: Annotated[int | None, Field(description="须有几次该种记录；须由人认定时为 null")]
    rows: Annotated[list[str], Field(description="以督查发现为凭时，凭哪些扣分项")]

    @computed_field
    def measure_label(self) -> str:
        """The measure in Chinese."""
        return self.measure.label

    @computed_field
    def target_label(self) -> str:
        """Whom it is about, in Chinese."""
        return self.target.label

    @computed_field
    def proof_label(self) -> str | None:
        """The proof in Chinese."""
        return None if self.proof is None else self.proof.label


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
    """An edition with all its values, deduction tables and grounds of discipline."""

    rows_in: ClassVar[str] = "values"

    model_config = ConfigDict(json_schema_extra={"examples": [EDITION_EXAMPLE]})

    values: list[RuleValueRead]
    tables: list[RuleTableRead]
    grounds: list[GroundRead]
