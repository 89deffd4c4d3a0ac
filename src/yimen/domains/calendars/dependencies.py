"""How FastAPI builds the calendar's service."""

from typing import Annotated

from fastapi import Depends

from yimen.core.dependencies import DbSession, Now
from yimen.domains.calendars.repository import CalendarRepository
from yimen.domains.calendars.service import CalendarService
from yimen.domains.rulebook.dependencies import Rulebook


async def calendar_service(session: DbSession, rulebook: Rulebook, now: Now) -> CalendarService:
    return CalendarService(CalendarRepository(session), rulebook, now)


Calendars = Annotated[CalendarService, Depends(calendar_service)]
