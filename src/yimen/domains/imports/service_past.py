"""Taking closed cases of another system over, as records (see ``cases.service_past``)."""

from collections.abc import Sequence
from uuid import UUID

from yimen.domains.cases.service_past import PastCaseEntry, PastCaseService
from yimen.domains.imports.enums import RowState
from yimen.domains.imports.repository import ImportRepository, KnownItem
from yimen.domains.imports.rules_kinds import APPLICANT_WORDS, OUTCOME_WORDS, PAST_CASES
from yimen.domains.imports.rules_tables import CellReader, FileRow
from yimen.domains.imports.service_taking import Taken, refused, settled


class PastCaseTaker:
    """Closed cases, found again by the number of the system that they come from."""

    def __init__(self, imports: ImportRepository, past: PastCaseService) -> None:
        self.imports = imports
        self.past = past

    async def take(self, rows: Sequence[FileRow]) -> list[Taken]:
        return [await self._take(row) for row in rows]

    async def _take(self, row: FileRow) -> Taken:
        cells = CellReader(row.cells, PAST_CASES.by_name)
        item = await self._item(cells)
        window_id = await self._window(cells)
        applicant_kind = cells.word("applicant_kind", APPLICANT_WORDS)
        outcome = cells.word("outcome", OUTCOME_WORDS)
        days = {
            name: cells.day(name)
            for name in ("received_on", "accepted_on", "closed_on", "delivered_on")
        }
        if cells.faults or item is None:
            return refused(row, *cells.faults)
        entry = PastCaseEntry.model_validate(
            {
                "case_number": cells.text("case_number"),
                "item_id": item.id,
                "item_name": cells.text("item_name") or item.name,
                "department_id": item.department_id,
                "window_id": window_id,
                "applicant_kind": applicant_kind,
                "applicant_name": cells.text("applicant_name"),
                "outcome": outcome,
                "handler_name": cells.text("handler_name"),
                "note": cells.text("note"),
                **days,
            }
        )
        recorded = await self.past.record(entry)
        if recorded.changed is None:
            return Taken(row.line, RowState.CREATED, entry.case_number)
        columns = PAST_CASES.by_name
        labels = [columns[name].label for name in recorded.changed if name in columns]
        if recorded.changed and not labels:
            labels = ["事项或窗口"]
        return settled(row, entry.case_number, labels)

    async def _item(self, cells: CellReader) -> KnownItem | None:
        """The item by our own code, else by its name in its department."""
        code, name = cells.text("item_code"), cells.text("item_name")
        department = cells.text("department")
        if code is not None:
            found = await self.imports.items_called(code=code, name=None, department=None)
        elif name is not None:
            found = await self.imports.items_called(code=None, name=name, department=department)
        else:
            detail = "请填写事项代码，或部门与事项名称。"
            cells.refuse("item_name", "missing", detail)
            return None
        if len(found) == 1:
            return found[0]
        column = "item_name" if code is None else "item_code"
        if found:
            cells.refuse(column, "ambiguous_item", "有多个这样的事项，请填写事项代码或部门。")
        else:
            cells.refuse(column, "unknown_item", "没有这个事项（含已取消的），请先导入事项清单。")
        return None

    async def _window(self, cells: CellReader) -> UUID | None:
        number = cells.text("window")
        if number is None:
            return None
        found = await self.imports.window_numbered(number)
        if found is None:
            cells.refuse("window", "unknown_window", "没有这个编号的窗口，请核对；不清楚的不填。")
        return found
