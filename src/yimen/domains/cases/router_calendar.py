"""Changing the calendar over HTTP: it moves open cases, so the command lives with them."""

from typing import Annotated

from fastapi import Path, Response

from yimen.core.dependencies import IfMatch, Office
from yimen.core.preconditions import put_etag
from yimen.core.routing import Router
from yimen.domains.calendars.service import (
    DayNotOverridden,
    YearNotInCalendar,
    YearTooEarlyToPublish,
)
from yimen.domains.cases.dependencies import CalendarChanges
from yimen.domains.cases.schemas_calendar import (
    CalendarOutcomeRead,
    OverrideCommand,
    PublishYearCommand,
)

router = Router(prefix="/calendar", tag="calendar")

Year = Annotated[int, Path(ge=2008, le=2100, examples=[2027])]


@router.command(
    "/years/{year}/publish",
    summary="公布一年的放假安排（可先试算哪些办件期限会变）",
    errors=[YearNotInCalendar, YearTooEarlyToPublish],
)
async def publish_year(
    *,
    year: Year,
    wish: PublishYearCommand,
    seen: IfMatch,
    response: Response,
    changes: CalendarChanges,
    _: Office,
) -> CalendarOutcomeRead:
    outcome = await changes.publish_year(year, wish, seen=seen)
    put_etag(response, outcome.revision)
    return CalendarOutcomeRead.model_validate(outcome)


@router.command(
    "/overrides",
    summary="调整个别日期（可先试算哪些办件期限会变）",
    errors=[DayNotOverridden],
)
async def override_days(
    *,
    wish: OverrideCommand,
    seen: IfMatch,
    response: Response,
    changes: CalendarChanges,
    _: Office,
) -> CalendarOutcomeRead:
    outcome = await changes.override_days(wish, seen=seen)
    put_etag(response, outcome.revision)
    return CalendarOutcomeRead.model_validate(outcome)
