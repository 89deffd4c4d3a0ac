"""Files that come in: kept, shown, and taken over on the office's word."""

import asyncio
import hashlib
import zlib
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from pydantic import TypeAdapter

from yimen.core.audit import record_audit
from yimen.core.caller import Caller
from yimen.core.crypto import PersonalData, place
from yimen.core.database import JsonObject
from yimen.core.errors import (
    AppError,
    BodyTooLarge,
    Conflict,
    FieldProblem,
    Forbidden,
    InvalidInput,
    NotFound,
)
from yimen.core.files import FileFault, refuse_other_files
from yimen.core.job_queue import QueuedJob, enqueue
from yimen.core.outbox import publish_event
from yimen.core.preconditions import require_version
from yimen.core.schemas import AllowedAction
from yimen.core.workbooks import look_at_workbook
from yimen.domains.attendance.service_punches import ClockUnknown
from yimen.domains.imports.access import may_import
from yimen.domains.imports.enums import FileForm, ImportKind, ImportState, RowState
from yimen.domains.imports.models import ImportJob, ImportRow
from yimen.domains.imports.repository import JobRepository, Tally
from yimen.domains.imports.rules_files import form_of
from yimen.domains.imports.rules_kinds import KINDS
from yimen.domains.imports.rules_tables import Others
from yimen.domains.imports.rules_workbook import FaultyRow, write_faulty_rows, write_template
from yimen.domains.imports.schemas_files import (
    ImportApply,
    ImportPage,
    ImportQuery,
    ImportRead,
    ImportRowRead,
    ReasonCountRead,
    ReasonRead,
    ReasonSummary,
    RowPage,
    RowQuery,
)
from yimen.domains.imports.service_punches import as_report

__all__ = ["FileImportService", "ImportApply", "ImportRead"]

RUN = "imports.run"
"""The queued job that gets on with a file."""
STOPPED_AFTER = timedelta(seconds=5)
KEPT_FOR = timedelta(days=90)
"""So long faulty rows can be mended; audit and events say for good what was done."""
SUBJECT = "import"
MOST_LISTED = 500
MOST_REASONS = 200
_OTHERS = TypeAdapter(Others)


class ImportFileFaulty(InvalidInput):
    code = "import_file_faulty"
    title = "文件无法读取，请按提示处理后重新上传。"


class ImportUnderWay(Conflict):
    code = "import_under_way"
    title = "文件还在检查或导入中，请稍后再试。"


class ImportUnreadable(Conflict):
    code = "import_unreadable"
    title = "文件无法读取，不能导入，请修改后重新上传。"


class ImportApplied(Conflict):
    code = "import_applied"
    title = "这个文件已经导入，无须再导入。"


class ImportHasFaultyRows(Conflict):
    code = "import_has_faulty_rows"
    title = "文件中有错误的行，没有导入；请下载有误的行修改，或选择跳过有误的行。"


class NoFaultyRows(Conflict):
    code = "import_without_faulty_rows"
    title = "这个文件没有有误的行。"


class FileImportService:
    """Files of one office, or without a caller of the machine's own; a worker reads and writes."""

    def __init__(
        self,
        jobs: JobRepository,
        data: PersonalData,
        *,
        caller: Caller | None,
        now: datetime,
        max_bytes: int,
    ) -> None:
        self.jobs = jobs
        self.data = data
        self.caller = caller
        self.now = now
        self.max_bytes = max_bytes

    async def upload(
        self,
        file: bytes,
        *,
        kind: ImportKind,
        file_name: str,
        create_departments: bool,
        clock_number: str | None = None,
    ) -> ImportRead:
        """Keep a file and have it tried; touches with the number of their clock.

        Raises BodyTooLarge, ImportFileFaulty, ClockUnknown.
        """
        if len(file) > self.max_bytes:
            raise BodyTooLarge(f"文件超过 {self.max_bytes // 1024} KB，请拆开后分次导入。")
        try:
            refuse_other_files(file)
            if form_of(file) is FileForm.XLSX:
                await look_at_workbook(file)
        except FileFault as fault:
            problem = FieldProblem("/file", fault.code, fault.detail)
            raise ImportFileFaulty(fault.detail, errors=[problem]) from fault
        if kind is ImportKind.PUNCHES:
            await self._require_clock(clock_number)
        job = await self.jobs.add(
            ImportJob(
                kind=kind,
                state=ImportState.CHECKING,
                file_name=file_name,
                file_form=form_of(file),
                file_hash=hashlib.sha256(file).digest(),
                content=zlib.compress(file, 1),
                create_departments=create_departments,
                clock_number=clock_number if kind is ImportKind.PUNCHES else None,
                columns=[],
                passed_over=[],
                row_count=0,
                version=1,
                uploaded_at=self.now,
                uploaded_by=self._account_id,
                uploaded_by_name=self._name,
                stepped_at=self.now,
            )
        )
        await self._tell("imports.upload", job, {"kind": kind})
        await self._queue(job)
        return await self._show(job)

    async def _require_clock(self, number: str | None) -> None:
        if not number:
            detail = "导入打卡记录须填写考勤机编号。"
            raise InvalidInput(detail, errors=[FieldProblem("/clock_number", "missing", detail)])
        if not await self.jobs.has_clock(number):
            raise ClockUnknown

    async def apply(self, job_id: UUID, data: ImportApply, *, seen: int) -> ImportRead:
        """Have a tried file taken over; with faulty rows only where they may be skipped."""
        job = _require(await self.jobs.lock_job(job_id))
        require_version(job.version, seen)
        refusal = _why_not(job)
        if refusal is not None:
            raise refusal
        refused_count = await self._count(job, RowState.REFUSED)
        if refused_count and not data.skip_faulty:
            raise ImportHasFaultyRows(
                f"共 {job.row_count} 行，其中 {refused_count} 行有误，没有导入；"
                "请下载有误的行修改，或选择跳过有误的行。"
            )
        job.state = ImportState.APPLYING
        job.ordered_at = job.stepped_at = self.now
        job.ordered_by, job.ordered_by_name = self._account_id, self._name
        job.version += 1
        await self._tell("imports.apply", job, {"skip_faulty": data.skip_faulty})
        await self._queue(job)
        return await self._show(job)

    async def list_files(self, query: ImportQuery) -> ImportPage:
        rows, cursor, total = await self.jobs.jobs_page(query, kind=query.kind, state=query.state)
        return ImportPage(items=await self._show_all(rows), next_cursor=cursor, total=total)

    async def read(self, job_id: UUID) -> ImportRead:
        """One file; raises NotFound."""
        return await self._show(_require(await self.jobs.job(job_id)))

    async def list_rows(self, job_id: UUID, query: RowQuery) -> RowPage:
        job = _require(await self.jobs.job(job_id))
        rows, cursor, total = await self.jobs.rows_page(job_id, query, state=query.state)
        return RowPage(
            items=[_show_row(row, job.kind) for row in rows], next_cursor=cursor, total=total
        )

    async def sum_up(self, job_id: UUID) -> ReasonSummary:
        """What is said of the rows, each thing once."""
        job = _require(await self.jobs.job(job_id))
        found = await self.jobs.reason_counts(job_id, most=MOST_REASONS)
        columns = KINDS[job.kind].by_name
        return ReasonSummary(
            reasons=[
                ReasonCountRead(
                    state=one.state,
                    column=one.column,
                    column_label=columns[one.column].label if one.column else None,
                    code=one.code,
                    detail=one.detail,
                    row_count=one.row_count,
                    first_line=one.first_line,
                )
                for one in found
            ],
            reasons_left_off=found[0].group_count - len(found) if found else 0,
        )

    async def faulty_rows(self, job_id: UUID) -> bytes:
        """The refused rows as a workbook that can be mended and sent as it is."""
        job = _require(await self.jobs.job(job_id))
        if job.state.is_under_way:
            raise ImportUnderWay
        rows = await self.jobs.refused(job_id)
        if not rows:
            raise NoFaultyRows
        others = open_others(await self.jobs.others(job.id), self.data, job.id)
        if others.rows:  # they may tell what we do not ask of people
            await record_audit(
                self.jobs.session, caller=self.caller, action="imports.read_faulty_rows",
                subject_type=SUBJECT, subject_id=job.id, new={"columns": list(others.heads)},
            )  # fmt: skip
        faulty = [
            FaultyRow(
                row.line,
                row.cells,
                "".join(_said(reason) for reason in row.reasons),
                others.rows.get(row.line, ()),
            )
            for row in rows
        ]
        return await asyncio.to_thread(
            write_faulty_rows, KINDS[job.kind], job.columns, others.heads, faulty
        )

    async def lines(self, job_id: UUID) -> AsyncIterator[str]:
        """A file for a person at a terminal: what is said of many rows, then the refused ones."""
        job = _require(await self.jobs.job(job_id))
        for line in (await self._show(job)).lines():
            yield line
        if job.punches is None:  # their report has said it
            for said in (await self.sum_up(job_id)).reasons:
                if said.row_count > 1 or said.state is not RowState.REFUSED:
                    column = f"{said.column_label}：" if said.column_label else ""
                    yield f"{column}{said.detail}（{said.row_count} 行）"
        rows = await self.jobs.refused(job_id)
        for row in rows[:MOST_LISTED]:
            for reason in _show_row(row, job.kind).reasons:
                column = f" {reason.column_label}" if reason.column_label else ""
                yield f"第 {row.line} 行{column}：{reason.detail}"
        if len(rows) > MOST_LISTED:
            yield f"另有 {len(rows) - MOST_LISTED} 行有误，未列出。"

    def template(self, kind: ImportKind) -> bytes:
        """An empty workbook to fill in."""
        return write_template(KINDS[kind])

    async def _queue(self, job: ImportJob) -> None:
        key = f"{job.id}:{job.state}"
        await enqueue(self.jobs.session, RUN, [QueuedJob(str(job.id), key)])

    async def _tell(self, action: str, job: ImportJob, facts: dict[str, object]) -> None:
        await self.jobs.flush()
        session = self.jobs.session
        await record_audit(
            session, caller=self.caller, action=action, subject_type=SUBJECT, subject_id=job.id,
            new=facts,
        )  # fmt: skip
        await publish_event(
            session, kind=action, subject_type=SUBJECT, subject_id=job.id, occurred_at=self.now,
            facts=facts,
        )  # fmt: skip

    @property
    def _account_id(self) -> UUID | None:
        return self.caller.account_id if self.caller else None

    @property
    def _name(self) -> str:
        return self.caller.name if self.caller else "系统"

    async def _count(self, job: ImportJob, state: RowState) -> int:
        [tally] = await tallies_of(self.jobs, [job])
        return sum(count for (found, _), count in tally.items() if found is state)

    async def _show(self, job: ImportJob) -> ImportRead:
        [shown] = await self._show_all([job])
        return shown

    async def _show_all(self, jobs: Sequence[ImportJob]) -> list[ImportRead]:
        tallies = await tallies_of(self.jobs, jobs)
        return [self._show_one(job, tally) for job, tally in zip(jobs, tallies, strict=True)]

    def _show_one(self, job: ImportJob, tally: Tally) -> ImportRead:
        states = dict.fromkeys(RowState, 0)
        settled = 0
        for (state, is_settled), count in tally.items():
            states[state] += count
            settled += count * is_settled
        is_ordered = job.state in (ImportState.APPLYING, ImportState.APPLIED)
        against = _why_not(job) if may_import(self.caller) else Forbidden("导入由中心办公室办理。")
        return ImportRead(
            id=job.id,
            kind=job.kind,
            state=job.state,
            file_name=job.file_name,
            file_form=job.file_form,
            file_sha256=job.file_hash.hex(),
            create_departments=job.create_departments,
            clock_number=job.clock_number,
            columns=job.columns,
            passed_over_columns=job.passed_over,
            fault_code=job.fault_code,
            fault=job.fault_detail,
            row_count=job.row_count,
            checked_count=job.row_count - states[RowState.WAITING],
            settled_count=settled if is_ordered else 0,
            created_count=states[RowState.CREATED],
            changed_count=states[RowState.CHANGED],
            unchanged_count=states[RowState.UNCHANGED],
            refused_count=states[RowState.REFUSED],
            punches=None if job.punches is None else as_report(job.punches),
            uploaded_at=job.uploaded_at,
            uploaded_by_name=job.uploaded_by_name,
            checked_at=job.checked_at,
            ordered_at=job.ordered_at,
            ordered_by_name=job.ordered_by_name,
            applied_at=job.applied_at,
            version=job.version,
            allowed_actions=[AllowedAction.of("apply", against)],
        )


async def tallies_of(jobs: JobRepository, files: Sequence[ImportJob]) -> list[Tally]:
    """How far the rows of each file are."""
    of_rows = await jobs.tallies([job.id for job in files])
    return [
        of_rows[job.id] if job.punches is None else _tally_of_touches(job, job.punches)
        for job in files
    ]


def _tally_of_touches(job: ImportJob, punches: JsonObject) -> Tally:
    """As the report says: of touches only the faulty lines are rows."""
    is_settled = job.state is ImportState.APPLIED
    new, repeated = punches["new_count"], punches["repeated_count"]
    return {
        (RowState.CREATED, is_settled): new,
        (RowState.UNCHANGED, is_settled): repeated,
        (RowState.REFUSED, True): job.row_count - new - repeated,
    }


def seal_others(others: Others, data: PersonalData, job_id: UUID) -> bytes | None:
    """What stands in no known column, to be kept; none where there is nothing."""
    if not others.rows:
        return None
    return data.encrypt(_OTHERS.dump_json(others).decode(), bound_to=place(job_id, "others"))


def open_others(sealed: bytes | None, data: PersonalData, job_id: UUID) -> Others:
    if sealed is None:
        return Others()
    return _OTHERS.validate_json(data.decrypt(sealed, bound_to=place(job_id, "others")))


def _require(job: ImportJob | None) -> ImportJob:
    if job is None:
        raise NotFound("没有这次导入。")
    return job


def _why_not(job: ImportJob) -> AppError | None:
    """What stands against taking a file over."""
    match job.state:
        case ImportState.CHECKED:
            return None
        case ImportState.UNREADABLE:
            return ImportUnreadable()
        case ImportState.APPLIED:
            return ImportApplied()
        case ImportState.CHECKING | ImportState.APPLYING:
            return ImportUnderWay()


def _show_row(row: ImportRow, kind: ImportKind) -> ImportRowRead:
    columns = KINDS[kind].by_name
    return ImportRowRead(
        line=row.line,
        state=row.state,
        subject=row.subject,
        reasons=[
            ReasonRead(
                column=reason["column"],
                column_label=columns[reason["column"]].label if reason["column"] else None,
                code=reason["code"],
                detail=reason["detail"],
            )
            for reason in row.reasons
        ],
        cells=row.cells,
    )


def _said(reason: dict[str, str]) -> str:
    return reason["detail"]


async def forget_old(jobs: JobRepository, now: datetime) -> None:
    """Delete files that nothing will be done with any more, with what their rows say of people."""
    await jobs.forget(now - KEPT_FOR)


async def queue_stopped(jobs: JobRepository, now: datetime) -> None:
    """Give what a worker left undone, by whatever ended it, to another."""
    stopped = await jobs.stopped(now - STOPPED_AFTER)
    await enqueue(
        jobs.session,
        RUN,
        [QueuedJob(str(job.id), f"{job.id}:{job.stepped_at.timestamp()}") for job in stopped],
    )
