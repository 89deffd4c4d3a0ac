"""A read schema as the columns of a table: what each is called and what its cells hold."""

import re
import types
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from enum import Enum, StrEnum
from typing import Any, Union, get_args, get_origin

import orjson
from pydantic import AwareDatetime, BaseModel
from pydantic.fields import ComputedFieldInfo, FieldInfo

from yimen.core.clock import HALL_ZONE
from yimen.core.headings import HEADINGS, NUMBERS_IN_TEXT

LEFT_OUT = ("allowed_actions",)
"""What the caller may do is said of a moment, and to a screen."""
DEEPEST = 4
BETWEEN = "；"
YES, NO = "是", "否"

Cell = str | int | float | Decimal | date | datetime | None
"""A ``datetime`` is wall time of the hall in whole seconds, without a zone."""


_Field = tuple[Any, FieldInfo | ComputedFieldInfo]
"""A field's type, and what else is said of it."""


class CellKind(StrEnum):
    """What the cells of a column hold."""

    TEXT = "text"
    NUMBER = "number"
    DAY = "day"
    INSTANT = "instant"
    YES_NO = "yes_no"
    LIST = "list"


@dataclass(frozen=True, slots=True)
class Column:
    """One column: where its value lies in a row's document, and how it is written."""

    heading: str
    path: tuple[str, ...]
    kind: CellKind
    labels: Mapping[str, str] | None = None
    """For the values of an enum that has no field for its labels."""
    parts: "tuple[Column, ...]" = ()
    """Of a list of documents: what is said of each."""
    is_code: bool = False
    """Whether what it says to a program another column says to a reader."""

    def read(self, row: Mapping[str, Any]) -> Cell:
        """The cell of a row, which is a document as the list serves it."""
        value: Any = row
        for name in self.path:
            if value is None:
                return None
            value = value.get(name)
        return None if value is None else self._cell(value)

    def _cell(self, value: Any) -> Cell:
        match self.kind:
            case CellKind.YES_NO:
                return YES if value else NO
            case CellKind.NUMBER:
                return Decimal(value) if isinstance(value, str) else value
            case CellKind.DAY:
                return date.fromisoformat(value)
            case CellKind.INSTANT:
                here = datetime.fromisoformat(value).astimezone(HALL_ZONE)
                return here.replace(tzinfo=None, microsecond=0)
            case CellKind.LIST:
                return BETWEEN.join(self._said(one) for one in value)
            case CellKind.TEXT:
                return self._text(value)

    def _text(self, value: Any) -> str:
        if self.labels is not None:
            return self.labels.get(value, value)
        if isinstance(value, dict):
            return BETWEEN.join(
                f"{HEADINGS.get(name, name)}：{self._named(one)}"
                for name, one in value.items()
                if one is not None
            )
        return value if isinstance(value, str) else orjson.dumps(value).decode()

    def _named(self, one: Any) -> str:
        """What lies under a name in a cell."""
        if isinstance(one, bool):
            return YES if one else NO
        return "，".join(map(self._text, one)) if isinstance(one, list) else self._text(one)

    def _said(self, one: Any) -> str:
        """One entry of a list, in a line."""
        if isinstance(one, list):
            return "，".join(self._text(part) for part in one)
        if not self.parts:
            return self._text(one)
        said = []
        for part in self.parts:
            cell = part.read(one)
            if cell is None or cell == "":
                continue
            is_plain = part.kind in (CellKind.TEXT, CellKind.DAY, CellKind.INSTANT)
            said.append(show(cell) if is_plain else f"{part.heading} {show(cell)}")
        return "，".join(said)


def show(cell: Cell) -> str:
    """A cell as text: ``2026-11-24``, ``2026-11-24 10:00:00``, a number in its digits."""
    match cell:
        case None:
            return ""
        case datetime():
            return f"{cell:%Y-%m-%d %H:%M:%S}"
        case _:
            return str(cell)


def columns_of(model: type[BaseModel]) -> Sequence[Column]:
    """The columns of a list of such documents, each heading once."""
    columns = list(_columns(model, DEEPEST))
    seen: dict[str, int] = {}
    for column in columns:
        seen[column.heading] = seen.get(column.heading, 0) + 1
    return tuple(
        column
        if seen[column.heading] == 1
        else replace(column, heading=f"{column.heading}（{'.'.join(column.path)}）")
        for column in columns
    )


def _columns(model: type[BaseModel], depth: int) -> Iterator[Column]:
    every: dict[str, _Field] = {
        **{name: (field.annotation, field) for name, field in model.model_fields.items()},
        **{name: (one.return_type, one) for name, one in model.model_computed_fields.items()},
    }
    fields = _with_labels_beside(every)
    for name, (annotation, field) in fields.items():
        heading, kind = heading_of(name, field), _bare(annotation)
        if isinstance(kind, type) and issubclass(kind, BaseModel) and depth:
            for inner in _columns(kind, depth - 1):
                yield replace(inner, heading=f"{heading}·{inner.heading}", path=(name, *inner.path))
        elif get_origin(kind) in (list, tuple) and depth:
            yield _list_column(name, heading, _bare(get_args(kind)[0]), depth - 1)
        elif _label_beside(name, kind, fields):
            yield Column(_as_code(heading), (name,), CellKind.TEXT, is_code=True)
        elif labels := _labels(kind):
            yield Column(_as_code(heading), (name,), CellKind.TEXT, is_code=True)
            yield Column(heading, (name,), CellKind.TEXT, labels=labels)
        else:
            yield Column(heading, (name,), _kind_of(name, kind))


def _label_beside(name: str, kind: Any, fields: Mapping[str, _Field]) -> bool:
    """Whether another field says in words what this one does: an enum's ``code`` has ``label``."""
    is_named_code = name == "code" and _labels(kind) is not None
    return f"{name}_label" in fields or (is_named_code and "label" in fields)


def _as_code(heading: str) -> str:
    return f"{heading.removesuffix('代码')}代码"


def _with_labels_beside(fields: dict[str, _Field]) -> dict[str, _Field]:
    """What is to be shown, each label behind its code."""
    names: dict[str, None] = {}
    for name in fields:
        if name not in LEFT_OUT:
            names |= dict.fromkeys(one for one in (name, f"{name}_label") if one in fields)
    return {name: fields[name] for name in names}


def _list_column(name: str, heading: str, kind: Any, depth: int) -> Column:
    column = Column(heading, (name,), CellKind.LIST, labels=_labels(kind))
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        parts = (part for part in _columns(kind, depth) if not _is_for_programs(part))
        return replace(column, parts=tuple(parts))
    return column


def _is_for_programs(column: Column) -> bool:
    """Whether a column says nothing to a reader of one line: ids, versions, codes with a label."""
    name = column.path[-1]
    return name in ("id", "version") or name.endswith("_id") or column.is_code


def heading_of(name: str, field: FieldInfo | ComputedFieldInfo) -> str:
    """A field's title, else the word for its name, else its description's first clause."""
    word = HEADINGS.get(name) or HEADINGS.get(name.removesuffix("_label"))
    described = re.split("[，；：。（]", field.description or "")[0]
    return field.title or word or described or name


def _bare(annotation: Any) -> Any:
    """The type of what is there, without ``Annotated`` and ``None``; a choice of several stays."""
    while True:
        if hasattr(annotation, "__metadata__"):
            annotation = annotation.__origin__
        elif get_origin(annotation) in (Union, types.UnionType):
            several = [one for one in get_args(annotation) if one is not types.NoneType]
            if len(several) != 1:
                return annotation
            annotation = several[0]
        else:
            return annotation


def _kind_of(name: str, kind: Any) -> CellKind:
    if not isinstance(kind, type):
        return CellKind.TEXT
    if issubclass(kind, bool):
        return CellKind.YES_NO
    if issubclass(kind, int | float | Decimal) or (kind is str and name in NUMBERS_IN_TEXT):
        return CellKind.NUMBER
    if issubclass(kind, datetime | AwareDatetime):
        return CellKind.INSTANT
    return CellKind.DAY if issubclass(kind, date) else CellKind.TEXT


def _labels(kind: Any) -> dict[str, str] | None:
    """What an enum's values are called; none for what is no enum or has no labels."""
    if not isinstance(kind, type) or not issubclass(kind, Enum) or not hasattr(kind, "label"):
        return None
    return {str(one.value): one.label for one in kind}
