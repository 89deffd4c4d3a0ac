"""A rulebook edition, asked by code; ``rules_reading`` reads one from YAML."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, time
from decimal import Decimal

from yimen.core.errors import AppError
from yimen.domains.rulebook.enums import WORDS_BEFORE, Basis, Operator, TableKind, Unit
from yimen.domains.rulebook.rules_tables import Ground, RuleTable, TableRow

MonthDay = tuple[int, int]
TimeSpan = tuple[time, time]


class NoEditionInForce(AppError):
    """Asked for a day before the first edition took effect."""

    status = 422
    code = "no_edition_in_force"
    title = "该日期早于第一个制度版本的施行日，无法判定适用的规定，请核对日期。"


@dataclass(frozen=True, slots=True)
class RuleValue:
    """One number, time or day that a regulation or the centre has set."""

    code: str
    label: str
    value: int | Decimal | time | MonthDay
    unit: Unit
    article: str
    basis: Basis
    word: str | None = None
    operator: Operator | None = None

    @property
    def written(self) -> int | str:
        """The value as an edition writes it: a number, ``15:30`` or ``05-01``."""
        match self.value:
            case time():
                return f"{self.value:%H:%M}"
            case (month, day):
                return f"{month:02d}-{day:02d}"
            case Decimal():
                return str(self.value)
            case int():
                return self.value

    @property
    def text(self) -> str:
        """The value as a person reads it, with its unit and word."""
        match self.value:
            case time():
                return f"{self.value:%H:%M}"
            case (month, day):
                return f"{month}月{day}日"
            case int() | Decimal():
                counted = f"{self.value}{self.unit.label}"
                if self.word in WORDS_BEFORE:
                    return f"{self.word}{counted}"
                return f"{counted}{self.word or ''}"

    def is_met_by(self, measured: int | Decimal) -> bool:
        """Whether a number reaches this threshold as its word has it: 以上 includes, 超过 not."""
        assert isinstance(self.value, int | Decimal), f"{self.code} is no threshold"
        match self.operator:
            case Operator.AT_LEAST:
                return measured >= self.value
            case Operator.AT_MOST:
                return measured <= self.value
            case Operator.MORE_THAN:
                return measured > self.value
            case Operator.LESS_THAN:
                return measured < self.value
            case None:
                raise AssertionError(f"{self.code} is no threshold")


@dataclass(frozen=True, slots=True)
class Edition:
    """All values in force from the first of a month until the next edition (domain.md §9)."""

    code: str
    title: str
    takes_effect_on: date
    values: tuple[RuleValue, ...]
    tables: tuple[RuleTable, ...] = ()
    grounds: tuple[Ground, ...] = ()
    _by_code: Mapping[str, RuleValue] = field(init=False, repr=False, compare=False)
    _rows: Mapping[str, TableRow] = field(init=False, repr=False, compare=False)
    _tables: Mapping[str, RuleTable] = field(init=False, repr=False, compare=False)
    _grounds: Mapping[str, Ground] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        rows = {row.code: row for table in self.tables for row in table.rows}
        object.__setattr__(self, "_by_code", {value.code: value for value in self.values})
        object.__setattr__(self, "_rows", rows)
        object.__setattr__(self, "_tables", {table.code: table for table in self.tables})
        object.__setattr__(self, "_grounds", {ground.code: ground for ground in self.grounds})

    def rule(self, code: str) -> RuleValue:
        """The value with its article and word; a code that no edition has is a KeyError."""
        return self._by_code[code]

    def integer(self, code: str) -> int:
        value = self._by_code[code].value
        assert isinstance(value, int), f"{code} is no number"
        return value

    def time(self, code: str) -> time:
        value = self._by_code[code].value
        assert isinstance(value, time), f"{code} is no time"
        return value

    def month_day(self, code: str) -> MonthDay:
        value = self._by_code[code].value
        assert isinstance(value, tuple), f"{code} is no day of the year"
        return value

    def percent(self, code: str) -> int:
        """A share, in hundredths of the whole."""
        return self._by_unit(code, Unit.PERCENT)

    def points(self, code: str) -> Decimal:
        """What a value or a table's row is worth, in points."""
        row = self._rows.get(code)
        return row.points if row else self._decimal(code, Unit.POINTS)

    def hundredths(self, code: str) -> int:
        """Likewise, in hundredths of a point."""
        return int(self.points(code) * 100)

    def yuan(self, code: str) -> Decimal:
        return self._decimal(code, Unit.YUAN)

    def row(self, code: str) -> TableRow:
        """A row of a deduction table; one that no table has is a KeyError."""
        return self._rows[code]

    def has_row(self, code: str) -> bool:
        return code in self._rows

    def table(self, code: str) -> RuleTable:
        return self._tables[code]

    def tables_for(self, kind: TableKind) -> tuple[RuleTable, ...]:
        """The tables of a kind: one, or for cleaners one a floor."""
        return tuple(table for table in self.tables if table.kind is kind)

    def ground(self, code: str) -> Ground:
        """A ground of discipline; a code that no edition has is a KeyError."""
        return self._grounds[code]

    def _by_unit(self, code: str, unit: Unit) -> int:
        assert self._by_code[code].unit is unit, f"{code} is not in {unit}"
        return self.integer(code)

    def _decimal(self, code: str, unit: Unit) -> Decimal:
        found = self._by_code[code]
        assert found.unit is unit and isinstance(found.value, Decimal), f"{code} is not in {unit}"
        return found.value

    def shifts_on(self, day: date) -> tuple[TimeSpan, ...]:
        """When the hall opens and closes on a day of its season, if worked (ATTEND 一(一))."""
        season = self.season_on(day)
        return tuple(
            (
                self.time(f"office_hours.{season}.{half}_opens"),
                self.time(f"office_hours.{season}.{half}_closes"),
            )
            for half in ("morning", "afternoon")
        )

    def season_on(self, day: date) -> str:
        """``summer`` or ``winter``, by the days of the year on which they start."""
        summer = self.month_day("office_hours.summer.starts_on")
        winter = self.month_day("office_hours.winter.starts_on")
        today = (day.month, day.day)
        if summer < winter:
            return "summer" if summer <= today < winter else "winter"
        return "winter" if winter <= today < summer else "summer"


def edition_in_force(editions: Iterable[Edition], day: date) -> Edition:
    """The latest edition that had taken effect by a day; raises :class:`NoEditionInForce`."""
    effective = [edition for edition in editions if edition.takes_effect_on <= day]
    if not effective:
        raise NoEditionInForce
    return max(effective, key=lambda edition: edition.takes_effect_on)
