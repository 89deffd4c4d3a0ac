"""How FastAPI builds an import and reads its upload."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, assert_never

from fastapi import Depends, Form, Request
from pydantic import BaseModel, ConfigDict, Field

from yimen.core.caller import Caller, Role
from yimen.core.dependencies import (
    Context,
    DbSession,
    Now,
    Office,
    OfficeOrDirector,
    ServiceContext,
)
from yimen.core.idempotency import require_key
from yimen.core.uploads import FormFile, name_of
from yimen.domains.attendance.dependencies import open_punch_files
from yimen.domains.calendars.dependencies import calendar_service
from yimen.domains.cases.dependencies import OpenFollower, open_bench, past_case_service
from yimen.domains.cases.service_calendar import CalendarChangeService
from yimen.domains.catalog.dependencies import open_catalog
from yimen.domains.imports.enums import ImportKind
from yimen.domains.imports.models import ImportJob
from yimen.domains.imports.repository import ImportRepository, JobRepository, Session
from yimen.domains.imports.service_calendar import CalendarTaker
from yimen.domains.imports.service_files import FileImportService
from yimen.domains.imports.service_inspections import InspectionTaker
from yimen.domains.imports.service_items import ItemTaker
from yimen.domains.imports.service_past import PastCaseTaker
from yimen.domains.imports.service_punches import PunchTaker
from yimen.domains.imports.service_running import OpenTaker
from yimen.domains.imports.service_taking import RowTaker, StaffTaker
from yimen.domains.inspections.dependencies import inspection_service
from yimen.domains.inspections.service_rounds import RoundService
from yimen.domains.leave.dependencies import leave_of_the_clock
from yimen.domains.organisation.dependencies import organisation_service
from yimen.domains.organisation.service_staffing import StaffingService
from yimen.domains.rulebook.dependencies import rulebook_service


class FileForm(BaseModel):
    """The upload: a file and what its rows are."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "kind": "staff",
                    "file": "staff_number,name,department,post\nS101,李强,县自然资源局,科员\n",
                    "create_departments": False,
                },
                {
                    "kind": "punches",
                    "file": "0101\t2026-03-10 09:57:59\t1\t0\t1\t0\n",
                    "clock_number": "K1",
                },
            ]
        },
    )

    kind: Annotated[ImportKind, Field(description="文件里的每一行是什么")]
    file: Annotated[
        FormFile,
        Field(
            description="CSV（UTF-8 或 GB18030）、Excel（.xlsx）或 JSON Lines；"
            "打卡记录也可以是考勤机的 attlog"
        ),
    ]
    create_departments: Annotated[
        bool, Field(description="导入服务事项时，新建文件中出现而中心没有的部门")
    ] = False
    clock_number: Annotated[
        str | None, Field(description="导入打卡记录时必填：文件出自哪台考勤机（编号）")
    ] = None


@dataclass(frozen=True, slots=True)
class SentFile:
    """An upload, read."""

    content: bytes
    kind: ImportKind
    name: str
    create_departments: bool
    clock_number: str | None


async def read_file(
    form: Annotated[FileForm, Form(media_type="multipart/form-data")], request: Request, _: Office
) -> SentFile:
    """The upload of someone who may import, with its Idempotency-Key."""
    require_key(request, "上传文件须带 Idempotency-Key 请求头，以免重复提交。")
    return SentFile(
        content=await form.file.read(),
        kind=form.kind,
        name=name_of(form.file),
        create_departments=form.create_departments,
        clock_number=form.clock_number,
    )


async def file_import_service(
    session: DbSession, caller: OfficeOrDirector, now: Now, context: ServiceContext
) -> FileImportService:
    return open_file_imports(session, caller, now, context)


def open_file_imports(
    session: Session, caller: Caller | None, now: datetime, context: Context
) -> FileImportService:
    """Files in the name of somebody of the office, within a request or at the machine, where it
    may also be nobody's.
    """
    return FileImportService(
        JobRepository(session),
        context.personal_data,
        caller=caller,
        now=now,
        max_bytes=context.settings.max_import_bytes,
    )


UploadedFile = Annotated[SentFile, Depends(read_file)]
FileImports = Annotated[FileImportService, Depends(file_import_service)]


def taker_opener(context: Context, followers: Sequence[OpenFollower]) -> OpenTaker:
    """How a worker opens what takes rows over; ``followers`` are the deadlines that move with the
    calendar.
    """

    async def open_taker(session: Session, job: ImportJob, now: datetime) -> RowTaker | PunchTaker:
        caller = _in_whose_name(job)
        if job.kind is ImportKind.ITEMS:
            return ItemTaker(
                ImportRepository(session),
                open_catalog(session, caller, now),
                caller=caller,
                now=now,
                create_departments=job.create_departments,
            )
        assert caller is not None, "only items come in nobody's name"
        match job.kind:
            case ImportKind.STAFF:
                hall = await organisation_service(session, caller, now)
                return StaffTaker(ImportRepository(session), StaffingService(hall))
            case ImportKind.CALENDAR:
                bench = await open_bench(session, caller, now, context)
                changes = CalendarChangeService(
                    bench, [await follow(session, now) for follow in followers]
                )
                return CalendarTaker(bench.calendars, changes)
            case ImportKind.INSPECTIONS:
                rulebook = await rulebook_service()
                inspections = await inspection_service(
                    session=session,
                    caller=caller,
                    now=now,
                    calendars=await calendar_service(session, rulebook, now),
                    rulebook=rulebook,
                    hall=await organisation_service(session, caller, now),
                    leave=await leave_of_the_clock(session, now),
                )
                return InspectionTaker(ImportRepository(session), RoundService(inspections))
            case ImportKind.PAST_CASES:
                past = await past_case_service(session, caller, now)
                return PastCaseTaker(ImportRepository(session), past)
            case ImportKind.PUNCHES:
                files = await open_punch_files(session, caller, now)
                assert job.clock_number is not None
                return PunchTaker(files, clock_number=job.clock_number, file_name=job.file_name)
            case _:
                assert_never(job.kind)

    return open_taker


def _in_whose_name(job: ImportJob) -> Caller | None:
    """Whoever gave the word, else whoever sent the file; the office, or it could do neither."""
    account_id = job.ordered_by or job.uploaded_by
    if account_id is None:
        return None
    is_ordered = job.ordered_by is not None
    name = (job.ordered_by_name if is_ordered else None) or job.uploaded_by_name
    return Caller(
        account_id=account_id,
        session_id=job.id,
        username=name,
        role=Role.OFFICE,
        staff_id=None,
        staff_name=name,
        department_id=None,
        window_ids=(),
    )
