"""Files of touches: taken in, and undone by reversal."""

import asyncio
import hashlib
import zlib
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from yimen.core.clock import HALL_ZONE
from yimen.core.database import new_id
from yimen.core.errors import Conflict
from yimen.core.files import FileFault
from yimen.core.preconditions import require_version
from yimen.core.workbooks import read_workbook
from yimen.domains.attendance.enums import BatchKind, FaultKind, FileFormat, MarkCause
from yimen.domains.attendance.models import PunchBatch, TimeClock
from yimen.domains.attendance.repository_punches import UserInFile
from yimen.domains.attendance.rules_files import (
    LineFault,
    ReadPiece,
    ReadTouch,
    TouchReader,
    format_of,
    read_csv,
    read_json_lines,
    read_log,
)
from yimen.domains.attendance.rules_sheet import SheetReader
from yimen.domains.attendance.schemas_files import (
    BatchPage,
    BatchQuery,
    BatchRead,
    BatchReverse,
    FaultCount,
    PunchFileReport,
    UnknownUser,
)
from yimen.domains.attendance.service_clocks import (
    MOST_LISTED,
    ONE_DAY,
    judge,
    require,
)
from yimen.domains.attendance.service_punches import ClockUnknown, PunchService, instant_of

__all__ = ["PunchFileReport", "PunchFileService"]

MOST_FAULTS = 100_000
"""Of one file; one with more is none of a clock's."""

Progress = Callable[[int, int], None]
"""Told how many of how many lines are read."""


class BatchReversed(Conflict):
    code = "punch_batch_reversed"
    title = "这一批打卡记录已经撤销，无须再撤销。"


@dataclass(slots=True)
class _FileRead:
    """What was read of a file; its touches lie in the database's reading table."""

    form: FileFormat
    faults: list[LineFault] = field(default_factory=list)
    users: list[UserInFile] = field(default_factory=list)

    @property
    def read_count(self) -> int:
        return sum(user.punch_count for user in self.users)

    @property
    def line_count(self) -> int:
        """Lines that say something."""
        return self.read_count + sum(not fault.kind.keeps_touch for fault in self.faults)

    @property
    def lines_kept(self) -> list[int]:
        """Faulty lines whose touch counts all the same."""
        return [fault.line for fault in self.faults if fault.kind.keeps_touch]

    @property
    def first_time(self) -> str | None:
        return min((user.first_time for user in self.users), default=None)

    @property
    def last_time(self) -> str | None:
        return max((user.last_time for user in self.users), default=None)

    @property
    def span(self) -> tuple[datetime, datetime] | None:
        first, last = self.first_time, self.last_time
        return None if first is None or last is None else (instant_of(first), instant_of(last))


@dataclass(frozen=True, slots=True)
class TakenFile:
    """What a file came to, and its faulty lines."""

    report: PunchFileReport
    faults: Sequence[LineFault]
    counted_anew: frozenset[int]
    """Faulty lines whose touch counts all the same, and was not known before."""


class PunchFileService:
    """Takes files in as batches; without a caller the system does."""

    def __init__(self, sending: PunchService) -> None:
        self.sending = sending
        self.clocks = sending.clocks
        self.punches = sending.punches
        self.caller = sending.caller
        self.now = sending.now

    # Files

    async def import_file(
        self,
        file: bytes,
        *,
        file_name: str,
        clock_number: str,
        dry_run: bool,
        progress: Progress | None = None,
    ) -> TakenFile:
        """Take over a clock's log, a CSV, XLSX or JSON Lines file; a second time nothing changes.

        Faulty lines are reported and listed for the office; the others are taken in. Raises
        FileFault, ClockUnknown.
        """
        clock = await self.punches.clock_numbered(clock_number)
        if clock is None:
            raise ClockUnknown
        if dry_run:
            read = await self._read_in(file, clock, progress or _in_silence)
            report = await self._report(clock, read, new_count=await self._count_fresh(clock, read))
            return TakenFile(report, read.faults, await self._fresh_faults(clock, read))
        await self.punches.hold_for_import(clock.id)
        packing = asyncio.create_task(asyncio.to_thread(_pack, file))
        try:
            read = await self._read_in(file, clock, progress or _in_silence)
            batch_id = new_id()
            new_count = await self._take_fresh(clock, read, batch_id)
        finally:
            packed, digest = await packing
        report = await self._report(clock, read, new_count=new_count)
        if new_count == 0 and await self.punches.has_file(clock.id, digest):
            repeated = replace(report, is_repetition=True)
            return TakenFile(repeated, read.faults, frozenset())
        batch = await self._open_batch(
            clock, read, batch_id, file_name=file_name, digest=digest, new_count=new_count
        )
        await self.punches.keep_file(batch_id, packed)
        await self.sending.list_faulty(clock.id, read.faults, batch_id)
        await self._mark_batch(batch, MarkCause.PUNCHES)
        await self.clocks.tell("punches.import", batch, new=_facts_of_batch(batch))
        return TakenFile(
            replace(report, batch_id=batch_id),
            read.faults,
            await self.punches.lines_of_batch(batch_id, read.lines_kept),
        )

    async def _read_in(self, file: bytes, clock: TimeClock, progress: Progress) -> _FileRead:
        read = _FileRead(format_of(file))
        await self.punches.open_reading()
        read.users = await self.punches.read_in(self._pieces(file, read, clock, progress))
        return read

    async def _pieces(
        self, file: bytes, read: _FileRead, clock: TimeClock, progress: Progress
    ) -> AsyncIterator[Sequence[ReadTouch]]:
        reader = TouchReader(self.sending.plausible_for(clock))
        total = 0 if read.form is FileFormat.XLSX else file.count(b"\n") + 1
        done = 0
        async for piece in _read_file(file, read.form, reader):
            read.faults += piece.faults
            if len(read.faults) > MOST_FAULTS:
                raise FileFault(
                    "too_many_faults",
                    f"读到第 {piece.faults[-1].line} 行，已有 {MOST_FAULTS} 多行有误，"
                    "这不像是考勤机的记录，请检查后重新导出。",
                )
            done += len(piece.touches)
            progress(done + len(read.faults), max(total, done + len(read.faults)))
            if piece.touches:
                yield piece.touches

    async def _count_fresh(self, clock: TimeClock, read: _FileRead) -> int:
        span = read.span
        return 0 if span is None else await self.punches.count_fresh(clock.id, *span)

    async def _fresh_faults(self, clock: TimeClock, read: _FileRead) -> frozenset[int]:
        span, lines = read.span, read.lines_kept
        if span is None or not lines:
            return frozenset()
        return await self.punches.fresh_lines(clock.id, *span, lines)

    async def _take_fresh(self, clock: TimeClock, read: _FileRead, batch_id: UUID) -> int:
        span = read.span
        if span is None:
            return 0
        return await self.punches.take_fresh(
            clock.id, *span, batch_id=batch_id, received_at=self.now
        )

    async def _report(
        self, clock: TimeClock, read: _FileRead, *, new_count: int
    ) -> PunchFileReport:
        unknown = await self.punches.unknown_in_file(clock.id, read.users)
        kinds = Counter(fault.kind for fault in read.faults)
        return PunchFileReport(
            is_repetition=False,
            batch_id=None,
            clock_number=clock.number,
            file_format=read.form,
            line_count=read.line_count,
            read_count=read.read_count,
            new_count=new_count,
            repeated_count=read.read_count - new_count,
            fault_count=len(read.faults),
            first_time=read.first_time,
            last_time=read.last_time,
            fault_counts=[
                FaultCount(kind, kind.label, kinds[kind]) for kind in FaultKind if kinds[kind]
            ],
            unknown_users=[UnknownUser(*row) for row in unknown[:MOST_LISTED]],
            unknown_users_left_off=max(0, len(unknown) - MOST_LISTED),
        )

    async def _open_batch(
        self,
        clock: TimeClock,
        read: _FileRead,
        batch_id: UUID,
        *,
        file_name: str,
        digest: bytes,
        new_count: int,
    ) -> PunchBatch:
        first, last = read.span or (None, None)
        return await self.punches.add(
            PunchBatch(
                id=batch_id,
                clock_id=clock.id,
                kind=BatchKind.FILE,
                file_name=file_name,
                file_format=read.form,
                file_hash=digest,
                received_at=self.now,
                received_by=self.caller.account_id if self.caller else None,
                received_by_name=self.caller.name if self.caller else "系统",
                line_count=read.line_count,
                punch_count=new_count,
                repeated_count=read.read_count - new_count,
                fault_count=len(read.faults),
                first_at=first,
                last_at=last,
            )
        )

    async def _mark_batch(self, batch: PunchBatch, cause: MarkCause) -> None:
        """Have the days derived on which a batch has touches."""
        span = await self.punches.span_of_batch(batch.id)
        if span is not None:
            first, last = (instant.astimezone(HALL_ZONE).date() for instant in span)
            await self.punches.mark(first - ONE_DAY, last, cause, batch_id=batch.id)

    # Batches

    async def reverse_batch(
        self, batch_id: UUID, data: BatchReverse, *, seen: int
    ) -> tuple[BatchRead, int]:
        """Let a batch no longer count: its touches stay, its days are derived again.

        A touch that another file holds too is from now on that file's.
        """
        batch, _ = require(await self.punches.batch(batch_id), "没有这一批打卡记录。")
        await self.punches.hold_for_import(batch.clock_id)
        batch = require(await self.punches.lock_batch(batch_id), "没有这一批打卡记录。")
        require_version(batch.version, seen)
        if batch.reversed_at is not None:
            raise BatchReversed
        old = _facts_of_batch(batch)
        batch.reversed_at = self.now
        batch.reversed_by = self.caller.account_id if self.caller else None
        batch.reversed_by_name = self.caller.name if self.caller else "系统"
        batch.reversal_reason = data.reason
        batch.version += 1
        await self.punches.flush()
        await self._mark_batch(batch, MarkCause.REVERSAL)
        await self._take_over(batch)
        await self.clocks.tell(
            "punches.reverse",
            batch,
            old=old,
            new=_facts_of_batch(batch) | {"reason": data.reason},
        )
        return await self.read_batch(batch_id)

    async def _take_over(self, batch: PunchBatch) -> None:
        """Take from the files that repeated earlier touches what has stopped counting."""
        clock = require(await self.punches.clock(batch.clock_id), "没有这台考勤机。")
        for known in await self.punches.files_that_may_hold(batch):
            file = _unpack(known.content)
            read = await self._read_in(file, clock, _in_silence)
            taken = await self._take_fresh(clock, read, known.batch.id)
            if taken:
                known.batch.punch_count += taken
                known.batch.repeated_count -= taken
                known.batch.version += 1
                await self.punches.flush()
                await self._mark_batch(known.batch, MarkCause.REVERSAL)

    async def list_batches(self, query: BatchQuery) -> BatchPage:
        rows, cursor, total = await self.punches.batches_page(query)
        return BatchPage(items=await self._show_batches(rows), next_cursor=cursor, total=total)

    async def read_batch(self, batch_id: UUID) -> tuple[BatchRead, int]:
        """A batch and its version; raises NotFound."""
        row = require(await self.punches.batch(batch_id), "没有这一批打卡记录。")
        [shown] = await self._show_batches([row])
        return shown, row[0].version

    async def _show_batches(self, rows: Sequence[tuple[PunchBatch, str]]) -> list[BatchRead]:
        ids = [batch.id for batch, _ in rows]
        live = [batch.id for batch, _ in rows if batch.kind is BatchKind.LIVE]
        counts = await self.punches.live_counts(live)
        faults = await self.punches.fault_counts(live)
        marked = await self.punches.marked_batches(ids)
        shown = []
        for batch, clock_number in rows:
            sent = counts.get(batch.id)
            punch_count = batch.punch_count if sent is None else sent.punch_count
            fault_count = faults.get(batch.id, batch.fault_count)
            is_live = batch.kind is BatchKind.LIVE
            shown.append(
                BatchRead(
                    id=batch.id,
                    clock_id=batch.clock_id,
                    clock_number=clock_number,
                    kind=batch.kind,
                    live_on=batch.live_on,
                    file_name=batch.file_name,
                    file_format=batch.file_format,
                    received_at=batch.received_at,
                    received_by_name=batch.received_by_name,
                    line_count=punch_count + fault_count if is_live else batch.line_count,
                    punch_count=punch_count,
                    repeated_count=batch.repeated_count,
                    fault_count=fault_count,
                    first_at=batch.first_at if sent is None else sent.first_at,
                    last_at=batch.last_at if sent is None else sent.last_at,
                    is_derived=batch.id not in marked,
                    reversed_at=batch.reversed_at,
                    reversed_by_name=batch.reversed_by_name,
                    reversal_reason=batch.reversal_reason,
                    allowed_actions=[
                        judge(
                            "reverse", self.caller, BatchReversed() if batch.reversed_at else None
                        )
                    ],
                )
            )
        return shown


async def _read_file(
    file: bytes, form: FileFormat, reader: TouchReader
) -> AsyncIterator[ReadPiece]:
    match form:
        case FileFormat.XLSX:
            sheet = SheetReader(reader)
            async for rows in read_workbook(file):
                yield sheet.read(rows)
        case FileFormat.CSV | FileFormat.ATTLOG | FileFormat.JSON_LINES:
            pieces = _TEXTS[form](file, reader)
            while (piece := await asyncio.to_thread(next, pieces, None)) is not None:
                yield piece


_TEXTS = {
    FileFormat.ATTLOG: read_log,
    FileFormat.CSV: read_csv,
    FileFormat.JSON_LINES: read_json_lines,
}
_ZLIB, _PLAIN = b"z", b"p"


def _pack(file: bytes) -> tuple[bytes, bytes]:
    """A file as it is kept, and its hash; a workbook is packed already."""
    digest = hashlib.sha256(file).digest()
    if file.startswith(b"PK"):
        return _PLAIN + file, digest
    return _ZLIB + zlib.compress(file, 1), digest


def _unpack(content: bytes) -> bytes:
    return zlib.decompress(content[1:]) if content[:1] == _ZLIB else content[1:]


def _in_silence(_done: int, _total: int) -> None:
    """Nobody is watching."""


def _facts_of_batch(batch: PunchBatch) -> dict[str, object]:
    return {
        "clock_id": str(batch.clock_id),
        "file_name": batch.file_name,
        "lines": batch.line_count,
        "punches": batch.punch_count,
        "repeated": batch.repeated_count,
        "faults": batch.fault_count,
        "is_reversed": batch.reversed_at is not None,
    }
