"""Reading an edition's deduction tables and grounds of discipline."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from yimen.domains.rulebook.enums import (
    CAPPED,
    Basis,
    Measure,
    Proof,
    TableKind,
    Target,
)
from yimen.domains.rulebook.rules import RuleValue
from yimen.domains.rulebook.rules_checks import Checks, Item, brief
from yimen.domains.rulebook.rules_tables import Ground, RuleTable, TableArea, TableRow

_TABLE_KEYS = {"code", "label", "kind", "article", "basis", "areas"}
_AREA_KEYS = {"code", "label", "article"}
_AREA_MAY = {"cap", "rows", "same_rows_as"}
_ROW_KEYS = {"number", "label"}
_ROW_MAY = {"part", "points", "points_of", "article", "basis", "window_only"}
_GROUND_KEYS = {"code", "label", "article", "measure", "target"}
_GROUND_MAY = {"proof", "times", "rows"}
_MOST_POINTS = 100


@dataclass(frozen=True, slots=True)
class _Place:
    """What the rows of an area take from their table."""

    table_code: str
    kind: TableKind
    basis: Basis
    area_code: str
    article: str


class ListingChecks(Checks):
    """Tables and grounds; the values have been read before."""

    def tables(self, items: list[object], values: Mapping[str, RuleValue]) -> list[RuleTable]:
        """All deduction tables, with the rows that one area takes from another."""
        before = len(self.problems)
        areas: dict[str, TableArea] = {}
        read = [self._table(number, item, values, areas) for number, item in enumerate(items, 1)]
        found = [table for table in read if table is not None]
        self.check_repeats([table.code for table in found], "表 ")
        self.check_repeats([area.code for table in found for area in table.areas], "区域 ")
        if found and len(self.problems) == before:
            self._check_kinds(found, values)
        return found

    def _table(
        self,
        number: int,
        item: object,
        values: Mapping[str, RuleValue],
        areas: dict[str, TableArea],
    ) -> RuleTable | None:
        if not isinstance(item, dict):
            self.problems.append(f"第 {number} 张表应由 code、label、areas 等项组成。")
            return None
        where = f"表 {brief(item.get('code'), str(number))} "
        self.check_keys(where, item, required=_TABLE_KEYS, allowed=_TABLE_KEYS)
        code, label = self.code(where, item), self.text(where, item, "label")
        article = self.article(where, item)
        kind = self.one_of(where, item, "kind", TableKind)
        basis = self.one_of(where, item, "basis", Basis)
        listed = self.listed(where, item, "areas")
        if kind is None or basis is None:
            return None
        found = []
        for part in listed:
            area = self._area(where, part, (code, kind, basis), values, areas)
            if area is not None:
                areas[area.code] = area
                found.append(area)
        return RuleTable(code, label, kind, article, tuple(found))

    def _area(
        self,
        table: str,
        item: object,
        above: tuple[str, TableKind, Basis],
        values: Mapping[str, RuleValue],
        areas: Mapping[str, TableArea],
    ) -> TableArea | None:
        if not isinstance(item, dict):
            self.problems.append(f"{table}的每个区域应由 code、label、rows 等项组成。")
            return None
        table_code, kind, basis = above
        where = f"区域 {brief(item.get('code'), '（无代码）')} "
        self.check_keys(where, item, required=_AREA_KEYS, allowed=_AREA_KEYS | _AREA_MAY)
        code, label = self.code(where, item), self.text(where, item, "label")
        article = self.article(where, item, whole=True)
        if code and code != table_code and not code.startswith(f"{table_code}."):
            self.problems.append(f"{where}的 code 应为 {brief(table_code)}，或以它加点开头。")
        cap = self.decimal(where, item["cap"], "cap") if "cap" in item else None
        if "cap" not in item and kind in CAPPED:
            self.problems.append(f"{where}没有写明最多扣多少分（cap）。")
        place = _Place(table_code, kind, basis, code, article)
        return TableArea(code, label, cap, self._rows(where, item, place, values, areas))

    def _rows(
        self,
        where: str,
        item: Item,
        place: _Place,
        values: Mapping[str, RuleValue],
        areas: Mapping[str, TableArea],
    ) -> tuple[TableRow, ...]:
        if ("rows" in item) == ("same_rows_as" in item):
            self.problems.append(f"{where}应写 rows 或 same_rows_as 其中一项。")
            return ()
        if "rows" in item:
            read = [
                self._row(where, row, place, values) for row in self.listed(where, item, "rows")
            ]
            found = tuple(row for row in read if row is not None)
            self.check_repeats([row.code for row in found], f"{where}的扣分项 ")
            return found
        pattern = areas.get(str(item["same_rows_as"]))
        if pattern is None:
            self.problems.append(f"{where}的 same_rows_as 应为写在它前面的区域。")
            return ()
        return tuple(
            replace(
                row,
                code=_row_code(place.area_code, row.number, row.part),
                article=f"{place.article}{row.number}",
                table_code=place.table_code,
                area_code=place.area_code,
                kind=place.kind,
            )
            for row in pattern.rows
        )

    def _row(
        self, area: str, item: object, place: _Place, values: Mapping[str, RuleValue]
    ) -> TableRow | None:
        if not isinstance(item, dict):
            self.problems.append(f"{area}的扣分项应由 number、label、points 等项组成。")
            return None
        before = len(self.problems)
        number, part = item.get("number"), item.get("part")
        where = f"{area}第 {brief(number, '？')}{brief(part)} 项"
        self.check_keys(where, item, required=_ROW_KEYS, allowed=_ROW_KEYS | _ROW_MAY)
        if "number" in item and not (type(number) is int and 1 <= number <= 99):
            self.problems.append(f"{where}的 number 应为 1 到 99 的整数。")
        if "part" in item and part not in tuple("abcdefgh"):
            self.problems.append(f"{where}的 part 应为 a 到 h 的一个字母。")
        label = self.text(where, item, "label")
        points, basis = self._points(where, item, place.basis, values)
        article = self.article(where, item) if "article" in item else ""
        if "basis" in item:
            basis = self.one_of(where, item, "basis", Basis) or basis
        window_only = item.get("window_only", False)
        if type(window_only) is not bool:
            self.problems.append(f"{where}的 window_only 只能是 true 或 false。")
        elif window_only and place.kind is not TableKind.WINDOWS:
            self.problems.append(f"{where}不是窗口卫生表的项，不能写 window_only。")
        if len(self.problems) > before or type(number) is not int or points is None:
            return None
        letter = part if isinstance(part, str) else None
        return TableRow(
            code=_row_code(place.area_code, number, letter),
            number=number,
            part=letter,
            label=label,
            points=points,
            article=article or f"{place.article}{number}",
            basis=basis,
            table_code=place.table_code,
            area_code=place.area_code,
            kind=place.kind,
            is_window_only=window_only,
        )

    def _points(
        self, where: str, item: Item, basis: Basis, values: Mapping[str, RuleValue]
    ) -> tuple[Decimal | None, Basis]:
        if ("points" in item) == ("points_of" in item):
            self.problems.append(f"{where}应写 points 或 points_of 其中一项。")
            return None, basis
        if "points" in item:
            points = self.decimal(where, item["points"], "points")
            if points is not None and not 0 < points <= _MOST_POINTS:
                self.problems.append(f"{where}的 points 应大于 0，不超过 {_MOST_POINTS}。")
            return points, basis
        value = values.get(str(item["points_of"]))
        if value is None or not isinstance(value.value, Decimal):
            self.problems.append(f"{where}的 points_of 应为 values 里一个以分计的代码。")
            return None, basis
        return value.value, value.basis

    def _check_kinds(self, tables: list[RuleTable], values: Mapping[str, RuleValue]) -> None:
        for kind in TableKind:
            count = sum(table.kind is kind for table in tables)
            if count == 0:
                self.problems.append(f"缺少{kind.label}的表（kind: {kind}）。")
            elif count > 1 and kind is not TableKind.CLEANERS:
                self.problems.append(f"{kind.label}的表（kind: {kind}）只能有一张。")
        whole = values.get("scoring.base_points")
        for table in tables:
            total = sum((area.cap or Decimal(0) for area in table.areas), Decimal(0))
            if table.kind is TableKind.CLEANERS and whole and total != whole.value:
                self.problems.append(
                    f"表 {table.code} 各区域的 cap 合计 {total} 分，应为 {whole.value} 分。"
                )

    # Grounds

    def grounds(self, items: list[object], rows: set[str]) -> list[Ground]:
        """All grounds of discipline; ``rows`` are the codes of all tables' rows."""
        read = [self._ground(number, item, rows) for number, item in enumerate(items, 1)]
        found = [ground for ground in read if ground is not None]
        self.check_repeats([ground.code for ground in found], "情形 ")
        return found

    def _ground(self, number: int, item: object, rows: set[str]) -> Ground | None:
        if not isinstance(item, dict):
            self.problems.append(f"第 {number} 种情形应由 code、label、article 等项组成。")
            return None
        before = len(self.problems)
        where = f"情形 {brief(item.get('code'), str(number))} "
        self.check_keys(where, item, required=_GROUND_KEYS, allowed=_GROUND_KEYS | _GROUND_MAY)
        code, label = self.code(where, item), self.text(where, item, "label")
        article = self.article(where, item)
        measure = self.one_of(where, item, "measure", Measure)
        target = self.one_of(where, item, "target", Target)
        proof = self.one_of(where, item, "proof", Proof)
        times = item.get("times")
        if ("proof" in item) != ("times" in item):
            self.problems.append(f"{where}的 proof 和 times 应同时填写。")
        elif "times" in item and not (type(times) is int and 1 <= times <= 99):
            self.problems.append(f"{where}的 times 应为 1 到 99 的整数。")
        named = self.listed(where, item, "rows")
        if (proof is Proof.FINDING) != bool(named):
            self.problems.append(f"{where}以督查发现（finding）为凭时，才写、也必须写 rows。")
        unknown = [brief(row) for row in named if not (isinstance(row, str) and row in rows)]
        self.problems.extend(f"{where}的 rows 中没有扣分项 {row}。" for row in unknown)
        if len(self.problems) > before or measure is None or target is None:
            return None
        count = times if type(times) is int else None
        codes = tuple(str(row) for row in named)
        return Ground(code, label, article, measure, target, proof, count, codes)


def _row_code(area: str, number: int, part: str | None) -> str:
    return f"{area}.{number:02d}{part or ''}"
