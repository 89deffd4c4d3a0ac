"""Trying a draft of the rulebook on a month, over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import Path

from yimen.core.dependencies import OfficeOrDirector
from yimen.core.routing import Router
from yimen.domains.rulebook.service_drafts import DraftNotFound
from yimen.domains.scoring.dependencies import DraftTrials
from yimen.domains.scoring.router import MonthText
from yimen.domains.scoring.schemas_drafts import DraftEffects
from yimen.domains.scoring.service import month_from
from yimen.domains.scoring.service_months import MonthNotFound

trials = Router(prefix="/rulebook", tag="rulebook")


@trials.read(
    "/drafts/{draft_id}/effects/{month}",
    summary="按草案试算的考评月份，不保存",
    errors=[DraftNotFound, MonthNotFound],
)
async def read_effects(
    draft_id: Annotated[UUID, Path(examples=["019a4f3e-0071-7b60-9d0e-6a2f4c8b1e71"])],
    month: MonthText,
    service: DraftTrials,
    _: OfficeOrDirector,
) -> DraftEffects:
    return await service.effects(draft_id, month_from(month))
