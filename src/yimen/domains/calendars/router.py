"""The work calendar over HTTP, for reading; what moves due dates is a command of the cases."""

from typing import Annotated

from fastapi import Depends, Path, Query, Response

from yimen.core.dependencies import require_caller
from yimen.core.preconditions import put_etag
from yimen.core.routing import Router
from yimen.domains.calendars.dependencies import Calendars
from yimen.domains.calendars.rules import BeyondCalendar
from yimen.domains.calendars.schemas import (
    DayList,
    DaysQuery,
    DeadlinePreviewQuery,
    DeadlinePreviewRead,
    StatusRead,
    YearList,
    YearWithDaysRead,
)
from yimen.domains.calendars.service import SpanTooLong, YearNotInCalendar

router = Router(prefix="/calendar", tag="calendar")

Year = Annotated[int, Path(ge=1, le=9999, description="年份", examples=[2026])]
_anyone = [Depends(require_caller)]


@router.read("/status", summary="今天的办公状态和日历提醒", dependencies=_anyone)
async def read_status(calendars: Calendars, response: Response) -> StatusRead:
    status = await calendars.status()
    put_etag(response, status.revision)
    return StatusRead.model_validate(status)


@router.read("/years", summary="已发布放假安排的年份", dependencies=_anyone)
async def list_years(calendars: Calendars, response: Response) -> YearList:
    years = await calendars.years()
    put_etag(response, years.revision)
    return YearList.model_validate(years)


@router.read(
    "/years/{year}",
    summary="一年的节假日、调休日和单独设定的日子",
    errors=[YearNotInCalendar],
    dependencies=_anyone,
)
async def read_year(year: Year, calendars: Calendars, response: Response) -> YearWithDaysRead:
    view = await calendars.read_year(year)
    put_etag(response, view.revision)
    return YearWithDaysRead.model_validate(view)


@router.read(
    "/days",
    summary="逐日的上下班时刻，是否上班、为什么",
    errors=[SpanTooLong, BeyondCalendar],
    dependencies=_anyone,
)
async def list_days(query: Annotated[DaysQuery, Query()], calendars: Calendars) -> DayList:
    return DayList.model_validate({"items": await calendars.days(query.first, query.last)})


@router.read(
    "/deadline-preview",
    summary="办理时限的逐日推算，及届满时刻",
    errors=[BeyondCalendar],
    dependencies=_anyone,
)
async def preview_deadline(
    query: Annotated[DeadlinePreviewQuery, Query()], calendars: Calendars
) -> DeadlinePreviewRead:
    preview = await calendars.preview(query.working_days, query.at)
    return DeadlinePreviewRead.model_validate(preview)
