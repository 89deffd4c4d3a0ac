"""What a finding must name, and whether it counts; values in, values out."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from yimen.domains.inspections.enums import (
    AT_WINDOWS,
    EFFECTIVE,
    FINDING_MOVES,
    FindingState,
    SubjectKind,
    TableKind,
)
from yimen.domains.rulebook.rules_tables import TableRow


@dataclass(frozen=True, slots=True)
class FindingFact:
    """A finding for whoever scores it or judges discipline by it.

    ``staff_ids``: whom it hits beside the window; none for the window's row 15. Nobody may be
    named at all for windows that had no staff that day.
    """

    finding_id: UUID
    finding_number: str
    day: date
    kind: TableKind
    row_code: str
    count: int
    window_id: UUID | None
    staff_ids: tuple[UUID, ...]
    subject_id: UUID | None
    state: FindingState
    is_effective: bool
    reason: str | None
    """Why it does not count; none when it does."""
    note: str | None
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class SubjectFact:
    """An office, a guard or a cleaner's floor on some days."""

    subject_id: UUID
    kind: SubjectKind
    name: str
    keeper_name: str | None
    table_code: str | None
    starts_on: date
    ends_on: date | None


@dataclass(frozen=True, slots=True)
class Named:
    """What a finding names: where it was made and whom it hits."""

    window_id: UUID | None
    subject_id: UUID | None
    staff_ids: Collection[UUID] | None
    """None: whoever is on duty."""


@dataclass(frozen=True, slots=True)
class Slip:
    """What is wrong with a finding as given, at which field."""

    field: str
    code: str
    detail: str


def slip_of(kind: TableKind, row: TableRow | None, named: Named) -> Slip | None:
    """What does not fit in a finding; none when it can be recorded (HYGIENE 附件)."""
    if row is None or row.kind is not kind:
        return Slip("row_code", "unknown", f"当日执行的“{kind.label}”扣分表里没有这一项。")
    if kind in AT_WINDOWS:
        return _slip_at_window(kind, row, named)
    if named.window_id is not None:
        return Slip("window_id", "not_allowed", f"“{kind.label}”的问题不登记在窗口上。")
    if named.subject_id is None:
        return Slip("subject_id", "missing", f"请选择被督查的{kind.label}对象。")
    if named.staff_ids:
        return Slip("staff_ids", "not_allowed", f"“{kind.label}”的问题不登记到工作人员。")
    return None


def _slip_at_window(kind: TableKind, row: TableRow, named: Named) -> Slip | None:
    if named.subject_id is not None:
        return Slip("subject_id", "not_allowed", f"“{kind.label}”的问题登记在窗口和工作人员上。")
    if kind is TableKind.WINDOWS:
        if named.window_id is None:
            return Slip("window_id", "missing", "请选择被督查的窗口。")
        if row.is_window_only and named.staff_ids:
            return Slip("staff_ids", "not_allowed", f"“{row.label}”只扣窗口分，不登记责任人。")
        return None
    if not named.staff_ids:
        return Slip("staff_ids", "missing", f"“{kind.label}”的问题请写明是哪位工作人员。")
    return None


def month_of(day: date) -> tuple[date, date]:
    """The first and the last day of the month that a day lies in."""
    first = day.replace(day=1)
    following = (first + timedelta(days=31)).replace(day=1)
    return first, following - timedelta(days=1)


def may_move(state: FindingState, to: FindingState) -> bool:
    """Whether a finding may go from one state to another."""
    return to in FINDING_MOVES[state]


def is_effective(state: FindingState) -> bool:
    """Whether a finding in this state costs points."""
    return state in EFFECTIVE


def why_ineffective(state: FindingState, reason: str | None) -> str | None:
    """Why a finding does not count, for those who read the score."""
    match state:
        case FindingState.RECORDED | FindingState.CONFIRMED | FindingState.UPHELD:
            return None
        case FindingState.REFUSED:
            return f"已提出异议，待中心办公室裁定：{reason or ''}"
        case FindingState.WITHDRAWN:
            return f"已撤销：{reason or ''}"
        case FindingState.CORRECTED:
            return f"已更正，以更正后的记录为准：{reason or ''}"
