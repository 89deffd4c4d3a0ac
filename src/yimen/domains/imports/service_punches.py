"""A clock's touches: the whole file at once, as attendance reads and takes it over."""

from pydantic import TypeAdapter

from yimen.core.database import JsonObject
from yimen.domains.attendance.enums import FaultKind, PunchColumn
from yimen.domains.attendance.rules_files import LineFault
from yimen.domains.attendance.service_files import Progress, PunchFileReport, PunchFileService
from yimen.domains.imports.enums import RowState
from yimen.domains.imports.rules_tables import FileRow, Reason
from yimen.domains.imports.service_taking import Taken

_REASONS = {
    FaultKind.UNREADABLE_LINE: (None, "无法识别的行，应有考勤号和打卡时间。"),
    FaultKind.NO_USER_ID: (PunchColumn.USER, "没有考勤号，或考勤号过长。"),
    FaultKind.UNREADABLE_TIME: (PunchColumn.TIME, "不存在的时间，应写成 2026-03-10 08:21:05。"),
    FaultKind.IMPOSSIBLE_TIME: (
        PunchColumn.TIME, "不可能的时间：早于考勤机启用，或晚于收到文件的时刻。",
    ),
    FaultKind.SENSELESS_STATE: (PunchColumn.STATE, "状态无意义；打卡照常计入。"),
}  # fmt: skip

TakenTouches = tuple[PunchFileReport, list[tuple[FileRow, Taken]]]
"""What a file comes to, and its faulty lines with what became of each."""

_REPORT = TypeAdapter(PunchFileReport)


def as_document(report: PunchFileReport) -> JsonObject:
    """A report as it is kept with its job."""
    document: JsonObject = _REPORT.dump_python(report, mode="json")
    return document


def as_report(document: JsonObject) -> PunchFileReport:
    """The report that was kept."""
    return _REPORT.validate_python(document)


class PunchTaker:
    """Takes a file over in one transaction; only lines with something to say become rows."""

    def __init__(self, files: PunchFileService, *, clock_number: str, file_name: str) -> None:
        self.files = files
        self.clock_number = clock_number
        self.file_name = file_name

    async def take_file(
        self, file: bytes, *, dry_run: bool, progress: Progress | None
    ) -> TakenTouches:
        """What the file comes to, and its faulty lines. Raises FileFault, ClockUnknown."""
        taken = await self.files.import_file(
            file,
            file_name=self.file_name,
            clock_number=self.clock_number,
            dry_run=dry_run,
            progress=progress,
        )
        return taken.report, [
            (_row_of(fault), _taken(fault, is_new=fault.line in taken.counted_anew))
            for fault in taken.faults
        ]


def _row_of(fault: LineFault) -> FileRow:
    """A faulty line by its columns; one that cannot be read stands in the first."""
    cells = fault.cells or (fault.raw,)
    return FileRow(fault.line, dict(zip(PunchColumn, cells, strict=False)))


def _taken(fault: LineFault, *, is_new: bool) -> Taken:
    column, detail = _REASONS[fault.kind]
    if not fault.kind.keeps_touch:
        state = RowState.REFUSED
    else:
        state = RowState.CREATED if is_new else RowState.UNCHANGED
    return Taken(fault.line, state, reasons=(Reason(column, fault.kind, detail),))
