"""Taking inspections over: rounds of another system, with what they found."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from yimen.core.attempts import attempt
from yimen.core.errors import AppError
from yimen.domains.imports.enums import RowState
from yimen.domains.imports.repository import ImportRepository
from yimen.domains.imports.rules_kinds import INSPECTIONS, TABLE_WORDS
from yimen.domains.imports.rules_tables import CellReader, FileRow, Reason
from yimen.domains.imports.service_taking import Taken, reasons_of, refused
from yimen.domains.inspections.enums import SUBJECT_OF, TableKind
from yimen.domains.inspections.service import FindingQuery, FindingRead, RoundQuery, RoundRead
from yimen.domains.inspections.service_rounds import (
    FindingCreate,
    FindingsCreate,
    RoundCreate,
    RoundService,
    RoundWithFindings,
)


@dataclass(frozen=True, slots=True)
class _Found:
    """A row's finding, read."""

    row: FileRow
    kind: TableKind
    inspected_on: date
    inspectors: tuple[str, ...]
    wish: FindingCreate


class InspectionTaker:
    """Findings by round: rows of one table, day and inspectors are one round, which ends with them.

    What is on record for the same place and row of the table is found again, never doubled.
    """

    def __init__(self, imports: ImportRepository, rounds: RoundService) -> None:
        self.imports = imports
        self.rounds = rounds
        self.opened: RoundRead | None = None

    async def take(self, rows: Sequence[FileRow]) -> list[Taken]:
        self.opened = None
        taken = [await self._take(row) for row in rows]
        if self.opened is not None:
            current = await self.rounds.reading.read_round(self.opened.id)
            await self.rounds.close(current.id, current.version)
        return taken

    async def _take(self, row: FileRow) -> Taken:
        outcome = await attempt(self.imports.session, self._reading(row))
        if isinstance(outcome, AppError):
            return refused(row, *reasons_of(outcome, INSPECTIONS.by_name))
        return outcome

    def _reading(self, row: FileRow) -> Callable[[], Awaitable[Taken]]:
        async def take() -> Taken:
            cells = CellReader(row.cells, INSPECTIONS.by_name)
            found = await self._read(row, cells)
            if found is None:
                return refused(row, *cells.faults)
            known = await self._on_record(found)
            if known is not None:
                return _taken_again(found, known)
            return Taken(row.line, RowState.CREATED, await self._record(found))

        return take

    async def _read(self, row: FileRow, cells: CellReader) -> _Found | None:
        kind = cells.word("kind", TABLE_WORDS)
        day = cells.day("inspected_on")
        count = cells.number("count", least=1, most=99)
        window_id = await self._id_of(cells, "window", self.imports.window_numbered)
        staff_ids = []
        for number in _listed(cells.text("staff")):
            staff_id = await self.imports.staff_numbered(number)
            if staff_id is None:
                cells.refuse("staff", "unknown_staff", f"没有工号为 {number[:20]} 的工作人员。")
            else:
                staff_ids.append(staff_id)
        subject_id = None
        if kind is not None and day is not None and cells.text("subject") is not None:
            subject_id = await self._subject(cells, TableKind(kind), day)
        if cells.faults or kind is None or day is None:
            return None
        wish = FindingCreate(
            row_code=cells.text("row_code") or "",
            count=count or 1,
            window_id=window_id,
            subject_id=subject_id,
            staff_ids=staff_ids or None,
            photo_reference=cells.text("photo_reference"),
            note=cells.text("note"),
        )
        inspectors = tuple(_listed(cells.text("inspectors")))
        return _Found(row, TableKind(kind), day, inspectors, wish)

    async def _id_of(
        self, cells: CellReader, name: str, find: Callable[[str], Awaitable[UUID | None]]
    ) -> UUID | None:
        text = cells.text(name)
        if text is None:
            return None
        found = await find(text)
        if found is None:
            cells.refuse(name, f"unknown_{name}", f"没有这个{INSPECTIONS.by_name[name].label}。")
        return found

    async def _subject(self, cells: CellReader, kind: TableKind, day: date) -> UUID | None:
        if kind not in SUBJECT_OF:
            cells.refuse("subject", "not_allowed", f"“{kind.label}”不登记督查对象。")
            return None
        name = cells.text("subject") or ""
        found = await self.imports.subject_called(SUBJECT_OF[kind], name, day)
        if found is None:
            cells.refuse("subject", "unknown_subject", f"{day} 没有登记这个{kind.label}对象。")
        return found

    async def _on_record(self, found: _Found) -> FindingRead | None:
        """What the rounds of that table, day and inspectors have for the same place and row."""
        for known in await self._rounds(found):
            page = await self.rounds.reading.list_findings(
                FindingQuery(
                    round_id=known.id,
                    row_code=found.wish.row_code,
                    window_id=found.wish.window_id,
                    subject_id=found.wish.subject_id,
                    limit=200,
                )
            )
            for finding in page.items:
                responsible = {one.staff_id for one in finding.responsible}
                named = found.wish.staff_ids
                if named is None or found.kind is TableKind.WINDOWS or responsible == set(named):
                    return finding
        return None

    async def _rounds(self, found: _Found) -> list[RoundRead]:
        day = found.inspected_on
        page = await self.rounds.reading.list_rounds(
            RoundQuery(kind=found.kind, first=day, last=day, limit=200)
        )
        return [known for known in page.items if tuple(known.inspectors) == found.inspectors]

    async def _record(self, found: _Found) -> str:
        """Write the finding into the round of its group; the first one opens it."""
        recorded: RoundWithFindings
        if self.opened is None:
            wish = RoundCreate(
                kind=found.kind,
                inspected_on=found.inspected_on,
                inspectors=list(found.inspectors),
                findings=[found.wish],
            )
            recorded = await self.rounds.open(wish)
        else:
            recorded = await self.rounds.record(
                self.opened.id, FindingsCreate(findings=[found.wish])
            )
        self.opened = recorded.round
        return recorded.findings[-1].finding_number


def _taken_again(found: _Found, known: FindingRead) -> Taken:
    if known.count == found.wish.count and known.note == found.wish.note:
        return Taken(found.row.line, RowState.UNCHANGED, known.finding_number)
    detail = f"{known.finding_number} 已登记同一处的这一项，处数或说明不同；有误的请更正该记录。"
    return refused(found.row, Reason(None, "finding_repeated", detail))


def _listed(text: str | None) -> list[str]:
    for sign in "、，;；|":
        text = (text or "").replace(sign, ",")
    return [part.strip() for part in (text or "").split(",") if part.strip()]
