"""Changing the calendar and the rulebook over HTTP: both move open cases, and live with them."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Response

from yimen.core.dependencies import Director, IfMatch, Office
from yimen.core.preconditions import put_etag
from yimen.core.routing import Router
from yimen.domains.calendars.service import (
    DayNotOverridden,
    YearNotInCalendar,
    YearTooEarlyToPublish,
)
from yimen.domains.cases.dependencies import CalendarChanges, EditionChanges
from yimen.domains.cases.schemas_calendar import (
    CalendarOutcomeRead,
    EditionOutcomeRead,
    OverrideCommand,
    PublishEditionCommand,
    PublishYearCommand,
)
from yimen.domains.rulebook.service_drafts import (
    DraftNotFound,
    EditionCodeTaken,
    EditionMonthTaken,
    EditionTooLate,
    WrongDraftState,
)

router = Router(prefix="/calendar", tag="calendar")
editions = Router(prefix="/rulebook", tag="rulebook")

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


@editions.command(
    "/drafts/{draft_id}/publish",
    summary="发布制度版本（可先试算哪些办件期限会变）",
    errors=[DraftNotFound, WrongDraftState, EditionTooLate, EditionMonthTaken, EditionCodeTaken],
)
async def publish_edition(
    *,
    draft_id: Annotated[UUID, Path(examples=["019a4f3e-0071-7b60-9d0e-6a2f4c8b1e71"])],
    wish: PublishEditionCommand,
    seen: IfMatch,
    response: Response,
    changes: EditionChanges,
    _: Director,
) -> EditionOutcomeRead:
    outcome = await changes.publish(draft_id, wish, seen=seen)
    put_etag(response, outcome.version)
    return EditionOutcomeRead.model_validate(outcome)
