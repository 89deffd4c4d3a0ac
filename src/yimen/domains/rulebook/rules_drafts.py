"""What becomes of an edition's text, and how two editions differ; pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import yaml

from yimen.domains.rulebook.enums import PartKind
from yimen.domains.rulebook.rules import Edition, RuleValue
from yimen.domains.rulebook.rules_checks import load_strictly
from yimen.domains.rulebook.rules_tables import Ground, RuleTable


class UnknownPart(ValueError):
    """No value, row or area of the edition has that code."""


class TakenFromElsewhere(ValueError):
    """The row has no points of its own: it follows a value, or another area's rows."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A part that comes out otherwise; none before: it is new, none after: it is gone."""

    kind: PartKind
    code: str
    label: str
    before: str | None
    after: str | None
    article: str

    @property
    def kind_label(self) -> str:
        return self.kind.label


def rewritten(
    text: str,
    *,
    code: str | None = None,
    title: str | None = None,
    takes_effect_on: date | None = None,
) -> str:
    """An edition's text with another head."""
    document = _document(text)
    if code is not None:
        document["code"] = code
    if title is not None:
        document["title"] = title
    if takes_effect_on is not None:
        document["takes_effect_on"] = takes_effect_on
    return _dumped(document)


def completed(text: str, base: Edition) -> str:
    """An edition's text with the values that have come since it was written."""
    document = _document(text)
    given = {one["code"] for one in document["values"]}
    document["values"] += [_item(value) for value in base.values if value.code not in given]
    return _dumped(document)


def _item(value: RuleValue) -> dict[str, Any]:
    item = {
        "code": value.code,
        "label": value.label,
        "value": value.written,
        "unit": value.unit.value,
        "article": value.article,
        "basis": value.basis.value,
    }
    if value.word is not None and value.operator is not None:
        item |= {"word": value.word, "operator": value.operator.value}
    return item


def with_part(text: str, code: str, value: int | str) -> str:
    """An edition's text with another value, a row's other points, or an area's other cap.

    Raises UnknownPart, TakenFromElsewhere; whether the value is sound is for the reader to say.
    """
    document = _document(text)
    for one in document["values"]:
        if one["code"] == code:
            one["value"] = value
            return _dumped(document)
    for area in _areas(document):
        for row in area.get("rows", ()):
            if f"{area['code']}.{row['number']:02d}{row.get('part', '')}" == code:
                if "points_of" in row:
                    raise TakenFromElsewhere(row["points_of"])
                row["points"] = value
                return _dumped(document)
        if "same_rows_as" in area and code.startswith(f"{area['code']}."):
            raise TakenFromElsewhere(area["same_rows_as"])
    for area in _areas(document):
        if area["code"] == code:
            area["cap"] = value
            return _dumped(document)
    raise UnknownPart(code)


def _areas(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for table in document["tables"]:
        yield from table["areas"]


def _document(text: str) -> dict[str, Any]:
    document = load_strictly(text)
    assert isinstance(document, dict), "the text of a sound edition"
    return document


def _dumped(document: Mapping[str, Any]) -> str:
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    found: str = yaml.dump(document, Dumper=dumper, allow_unicode=True, sort_keys=False)
    return found


def differences(before: Edition, after: Edition) -> list[Difference]:
    """What another edition changes, part by part in its order, then what it drops."""
    was = {
        (kind, code): (label, text, article) for kind, code, label, text, article in _parts(before)
    }
    found = []
    for kind, code, label, text, article in _parts(after):
        old = was.pop((kind, code), None)
        if old is None:
            found.append(Difference(kind, code, label, None, text, article))
        elif old != (label, text, article):
            said = (old[1], text)
            if old[1] == text:  # the words differ, not the figure
                said = (f"{old[0]}（{old[2]}）{old[1]}", f"{label}（{article}）{text}")
            found.append(Difference(kind, code, label, said[0], said[1], article))
    found += [
        Difference(kind, code, label, text, None, article)
        for (kind, code), (label, text, article) in was.items()
    ]
    return found


_Part = tuple[PartKind, str, str, str, str]


def _parts(edition: Edition) -> Iterator[_Part]:
    """Everything of an edition that can differ: kind, code, label, text, article."""
    for value in edition.values:
        text = f"{value.text}，{value.basis.label}"
        yield PartKind.VALUE, value.code, value.label, text, value.article
    yield from _table_parts(edition.tables)
    for ground in edition.grounds:
        yield PartKind.GROUND, ground.code, ground.label, _ground_text(ground), ground.article


def _table_parts(tables: Iterable[RuleTable]) -> Iterator[_Part]:
    for table in tables:
        for area in table.areas:
            cap = "不封顶" if area.cap is None else f"最多扣{area.cap}分"
            yield PartKind.AREA, area.code, area.label, cap, table.article
            for row in area.rows:
                whom = "，只扣窗口" if row.is_window_only else ""
                text = f"每处扣{row.points}分，{row.basis.label}{whom}"
                yield PartKind.ROW, row.code, row.label, text, row.article


def _ground_text(ground: Ground) -> str:
    proof = f"，{ground.proof.label}{ground.times}次" if ground.proof else ""
    rows = f"（{'、'.join(ground.rows)}）" if ground.rows else ""
    return f"{ground.target.label}{ground.measure.label}{proof}{rows}"
