"""What an edition holds beside single values: deduction tables and grounds of discipline."""

from dataclasses import dataclass
from decimal import Decimal

from yimen.domains.rulebook.enums import Basis, Measure, Proof, TableKind, Target


@dataclass(frozen=True, slots=True)
class TableRow:
    """One thing an inspector looks at, and what each finding of it costs."""

    code: str
    """``hygiene.window.07``: the area's code and the number."""
    number: int
    part: str | None
    """Where one number of the source sets two deductions: ``a``, ``b``."""
    label: str
    points: Decimal
    """A deduction, for each time it is found."""
    article: str
    basis: Basis
    table_code: str
    area_code: str
    kind: TableKind
    is_window_only: bool = False
    """Hits the window and not the person (HYGIENE 附件, the window's row 15)."""

    @property
    def hundredths(self) -> int:
        """The points in hundredths, for sums."""
        return int(self.points * 100)


@dataclass(frozen=True, slots=True)
class TableArea:
    """A part of a table: all of it, or what one cleaner keeps."""

    code: str
    label: str
    cap: Decimal | None
    """The most its rows may cost a subject in a month; none where the source sets none."""
    rows: tuple[TableRow, ...]


@dataclass(frozen=True, slots=True)
class RuleTable:
    """A deduction table of a regulation."""

    code: str
    label: str
    kind: TableKind
    article: str
    areas: tuple[TableArea, ...]

    @property
    def rows(self) -> tuple[TableRow, ...]:
        """All rows, area by area."""
        return tuple(row for area in self.areas for row in area.rows)

    def area_of(self, row: TableRow) -> TableArea:
        """The area that a row of this table belongs to."""
        [found] = [area for area in self.areas if area.code == row.area_code]
        return found


@dataclass(frozen=True, slots=True)
class Ground:
    """For what a measure is taken (DISCIPLINE 五–六 and the 处理办法 of the regulations)."""

    code: str
    label: str
    article: str
    measure: Measure
    target: Target
    proof: Proof | None = None
    times: int | None = None
    """How many facts of that kind it takes."""
    rows: tuple[str, ...] = ()
    """With findings as proof: in which rows."""
