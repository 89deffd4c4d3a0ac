"""Getting on with a file: its rows read, tried, and taken over, a batch to a transaction.

The file says how far it is, and nothing else does: whoever comes next goes on from there, so a
process may end at any moment, and two that are at one file never do a row twice.
"""

import asyncio
import zlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from itertools import groupby
from operator import attrgetter
from uuid import UUID

from yimen.core.attempts import attempt, rehearse
from yimen.core.dependencies import Context
from yimen.core.errors import AppError
from yimen.core.files import FileFault
from yimen.core.outbox import publish_event
from yimen.core.workbooks import Row, read_workbook
from yimen.domains.imports.enums import FileForm, ImportKind, ImportState, RowState
from yimen.domains.imports.models import ImportJob, ImportRow
from yimen.domains.imports.repository import JobRepository, Session
from yimen.domains.imports.rules_files import MOST_ROWS, Table, read_text, table_of
from yimen.domains.imports.rules_kinds import KINDS, FileKind, PlannedRow, plan
from yimen.domains.imports.rules_tables import BoundTable, FileRow, bind
from yimen.domains.imports.service_files import SUBJECT, seal_others, tallies_of
from yimen.domains.imports.service_punches import PunchTaker, TakenTouches, as_document
from yimen.domains.imports.service_taking import RowTaker, Taken, reasons_of, refused

OpenTaker = Callable[[Session, ImportJob, datetime], Awaitable[RowTaker | PunchTaker]]
"""Opens what takes the rows of a file over, in the name of whoever gave the word."""

Progress = Callable[[int, int], None]
"""Told how many of how many rows are done."""


@dataclass(frozen=True, slots=True)
class _Read:
    """The rows of a file, and what stands beside them, sealed."""

    table: BoundTable
    others: bytes | None


async def run_import(
    context: Context,
    job_id: UUID,
    open_taker: OpenTaker,
    *,
    progress: Progress | None = None,
) -> None:
    """Get on with a file until it waits for the office, or all is done."""
    read = await _read_ahead(context, job_id)
    done = 0
    while True:
        async with context.database.transaction() as session:
            step = _Step(session, context.clock(), open_taker, progress)
            count = await step.take(job_id, read)
        if count is None:
            return
        done += count
        if progress is not None:
            progress(done, max(done, step.row_count))


async def _read_ahead(context: Context, job_id: UUID) -> _Read | FileFault | None:
    """What a file comes to that nobody has read yet; no transaction waits for it meanwhile."""
    async with context.database.reading() as session:
        job = await JobRepository(session).job(job_id)
    if job is None or job.content is None or job.kind is ImportKind.PUNCHES:
        return None
    try:
        table = await _read_file(zlib.decompress(job.content), job.file_form, KINDS[job.kind])
    except FileFault as fault:
        return fault
    data = context.personal_data
    return _Read(table, await asyncio.to_thread(seal_others, table.others, data, job_id))


class _Step:
    """One transaction's worth."""

    def __init__(
        self,
        session: Session,
        now: datetime,
        open_taker: OpenTaker,
        progress: Progress | None,
    ) -> None:
        self.jobs = JobRepository(session)
        self.now = now
        self.open_taker = open_taker
        self.progress = progress
        self.row_count = 0

    async def take(self, job_id: UUID, read: _Read | FileFault | None) -> int | None:
        """Get on by a step; how many rows it did, none when there is nothing more to do."""
        job = await self.jobs.lock_free_job(job_id)
        if job is None or not job.state.is_under_way:
            return None
        job.stepped_at = self.now
        job.version += 1
        if job.kind is ImportKind.PUNCHES:
            await self._take_whole(job)
            return None
        if job.content is not None:
            assert read is not None
            await self._put_down(job, read)
            return 0
        self.row_count = job.row_count
        is_check = job.state is ImportState.CHECKING
        rows = await self.jobs.next_batch(job.id, is_check=is_check)
        if not rows:
            await self._end(job)
            return None
        taker = await self.open_taker(self.jobs.session, job, self.now)
        assert not isinstance(taker, PunchTaker)

        async def take_batch() -> list[Taken]:
            return await self._take_groups(job, rows, taker)

        # whoever only tries the rows runs the same code, and undoes it
        taken = await rehearse(self.jobs.session, take_batch) if is_check else await take_batch()
        outcomes = {found.line: found for found in taken}
        for row in rows:
            found = outcomes[row.line]
            row.state, row.subject = found.state, found.subject
            if is_check and found.state is RowState.CREATED:
                row.subject = None  # the number that it will have is not known before
            row.reasons = [asdict(reason) for reason in found.reasons]
            row.is_settled = not is_check
        await self.jobs.flush()
        return len(rows)

    async def _put_down(self, job: ImportJob, read: _Read | FileFault) -> None:
        """Keep the rows of the file; from then on the file itself is not kept."""
        job.content = None
        if isinstance(read, FileFault):
            await self._give_up(job, read.code, read.detail)
            return
        table = read.table
        job.columns, job.passed_over = list(table.columns), list(table.passed_over)
        job.others = read.others
        planned = plan(table, KINDS[job.kind])
        job.row_count = len(planned)
        await self.jobs.flush()
        await self.jobs.add_rows([_as_values(job.id, row) for row in planned])

    async def _give_up(self, job: ImportJob, code: str, detail: str) -> None:
        job.content = None
        job.state = ImportState.UNREADABLE
        job.fault_code, job.fault_detail = code, detail
        job.checked_at = self.now
        await self._tell(job, "imports.checked", {"fault": code})

    async def _take_whole(self, job: ImportJob) -> None:
        """Try a file of touches, or take it over; all of it in this transaction."""
        taker = await self.open_taker(self.jobs.session, job, self.now)
        assert isinstance(taker, PunchTaker) and job.content is not None
        file = await asyncio.to_thread(zlib.decompress, job.content)
        is_check = job.state is ImportState.CHECKING

        async def take() -> TakenTouches:
            return await taker.take_file(file, dry_run=is_check, progress=self.progress)

        outcome: TakenTouches | AppError | FileFault
        try:
            outcome = await attempt(self.jobs.session, take)
        except FileFault as fault:
            outcome = fault
        if isinstance(outcome, AppError | FileFault):
            await self._give_up(job, outcome.code, outcome.detail)
            return
        report, rows = outcome
        job.punches, job.row_count = as_document(report), report.line_count
        job.columns = [column.name for column in KINDS[job.kind].columns]
        if not is_check:
            job.content = None
        await self.jobs.flush()
        await self.jobs.drop_rows(job.id)
        if rows:
            await self.jobs.add_rows(
                [_as_outcome(job.id, row, found, is_settled=not is_check) for row, found in rows]
            )
        await self._end(job)

    async def _take_groups(
        self, job: ImportJob, rows: Sequence[ImportRow], taker: RowTaker
    ) -> list[Taken]:
        columns = KINDS[job.kind].by_name
        taken: list[Taken] = []
        for _, group in groupby(rows, key=attrgetter("group_no")):
            together = [FileRow(row.line, row.cells) for row in group]

            async def take(together: Sequence[FileRow] = together) -> list[Taken]:
                return await taker.take(together)

            outcome = await attempt(self.jobs.session, take)
            if isinstance(outcome, AppError):
                reasons = reasons_of(outcome, columns)
                taken += [refused(row, *reasons) for row in together]
            else:
                taken += outcome
        return taken

    async def _end(self, job: ImportJob) -> None:
        [tally] = await tallies_of(self.jobs, [job])
        counts = dict.fromkeys(RowState, 0)
        for (state, _), count in tally.items():
            counts[state] += count
        facts: dict[str, object] = {
            "kind": job.kind,
            "rows": job.row_count,
            "created": counts[RowState.CREATED],
            "changed": counts[RowState.CHANGED],
            "unchanged": counts[RowState.UNCHANGED],
            "refused": counts[RowState.REFUSED],
        }
        if job.state is ImportState.CHECKING:
            job.state, job.checked_at = ImportState.CHECKED, self.now
            await self._tell(job, "imports.checked", facts)
        else:
            job.state, job.applied_at = ImportState.APPLIED, self.now
            await self._tell(job, "imports.applied", facts)

    async def _tell(self, job: ImportJob, kind: str, facts: dict[str, object]) -> None:
        await self.jobs.flush()
        await publish_event(
            self.jobs.session, kind=kind, subject_type=SUBJECT, subject_id=job.id,
            occurred_at=self.now, facts=facts,
        )  # fmt: skip


async def _read_file(file: bytes, form: FileForm, kind: FileKind) -> BoundTable:
    """The rows of a file; raises FileFault."""
    table = await (_read_workbook(file) if form is FileForm.XLSX else _read_text(file))
    return bind(table, kind.columns)


async def _read_text(file: bytes) -> Table:
    return await asyncio.to_thread(read_text, file)


async def _read_workbook(file: bytes) -> Table:
    """The first sheet, no more of it than may be imported at once."""
    rows: list[Row] = []
    first_day: date | None = None
    async for piece in read_workbook(file):
        first_day = piece.first_day
        rows += piece.rows
        if len(rows) > MOST_ROWS + 1:
            break
    return table_of(rows, days_count_from=first_day)


def _as_values(job_id: UUID, planned: PlannedRow) -> dict[str, object]:
    row = planned.row
    return {
        "job_id": job_id,
        "line": row.line,
        "batch_no": planned.batch_no,
        "group_no": planned.group_no,
        "cells": row.cells,
        "state": RowState.REFUSED if row.faults else RowState.WAITING,
        "reasons": [asdict(reason) for reason in row.faults],
        "is_settled": bool(row.faults),
    }


def _as_outcome(job_id: UUID, row: FileRow, found: Taken, *, is_settled: bool) -> dict[str, object]:
    return {
        "job_id": job_id,
        "line": row.line,
        "batch_no": 0,
        "group_no": 0,
        "cells": row.cells,
        "state": found.state,
        "reasons": [asdict(reason) for reason in found.reasons],
        "is_settled": is_settled,
    }
