"""Drafts of editions over HTTP; publishing one lives with the cases whose deadlines it may move."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Query, Response

from yimen.core.dependencies import IfMatch, Office, OfficeOrDirector
from yimen.core.pagination import InvalidCursor, Page
from yimen.core.preconditions import put_etag
from yimen.core.routing import Router
from yimen.domains.rulebook.dependencies import Drafts
from yimen.domains.rulebook.rules import NoEditionInForce
from yimen.domains.rulebook.schemas_drafts import (
    DRAFT_ID,
    DraftChange,
    DraftCreate,
    DraftDecision,
    DraftDifferences,
    DraftQuery,
    DraftRead,
    DraftSummary,
    DraftText,
    EditionCheck,
    EditionProblems,
)
from yimen.domains.rulebook.service import check_edition
from yimen.domains.rulebook.service_drafts import (
    DraftNotFound,
    EditionCodeTaken,
    WrongDraftState,
)

drafts = Router(prefix="/rulebook", tag="rulebook")

DraftId = Annotated[UUID, Path(examples=[DRAFT_ID])]
ACT_ERRORS = [DraftNotFound, WrongDraftState]


@drafts.create("/check", summary="检查一份制度版本，逐条说明问题，不保存", status_code=200)
async def check(wish: EditionCheck, _: OfficeOrDirector) -> EditionProblems:
    return EditionProblems(problems=check_edition(wish.text))


@drafts.create(
    "/drafts",
    summary="起草制度版本，从施行日当天的版本开始",
    errors=[EditionCodeTaken, NoEditionInForce],
)
async def create_draft(
    wish: DraftCreate, response: Response, service: Drafts, _: Office
) -> DraftRead:
    made = await service.create(wish)
    put_etag(response, made.version)
    response.headers["Location"] = f"/api/v1/rulebook/drafts/{made.id}"
    return made


@drafts.create("/drafts/upload", summary="以一份 YAML 起草制度版本", errors=[EditionCodeTaken])
async def upload_draft(
    wish: EditionCheck, response: Response, service: Drafts, _: Office
) -> DraftRead:
    made = await service.upload(wish)
    put_etag(response, made.version)
    response.headers["Location"] = f"/api/v1/rulebook/drafts/{made.id}"
    return made


@drafts.read("/drafts", summary="本中心起草的制度版本", errors=[InvalidCursor])
async def list_drafts(
    query: Annotated[DraftQuery, Query()], service: Drafts, _: OfficeOrDirector
) -> Page[DraftSummary]:
    return await service.list_page(query)


@drafts.read("/drafts/{draft_id}", summary="查看草案", errors=[DraftNotFound])
async def read_draft(
    draft_id: DraftId, response: Response, service: Drafts, _: OfficeOrDirector
) -> DraftRead:
    found = await service.read(draft_id)
    put_etag(response, found.version)
    return found


@drafts.read("/drafts/{draft_id}/text", summary="草案的 YAML", errors=[DraftNotFound])
async def read_text(draft_id: DraftId, service: Drafts, _: OfficeOrDirector) -> DraftText:
    return await service.text(draft_id)


@drafts.read(
    "/drafts/{draft_id}/differences",
    summary="草案与现行版本的差别",
    errors=[DraftNotFound, NoEditionInForce],
)
async def read_differences(
    draft_id: DraftId, service: Drafts, _: OfficeOrDirector
) -> DraftDifferences:
    return await service.differences(draft_id)


@drafts.command("/drafts/{draft_id}/change", summary="修改草案的一个数值", errors=ACT_ERRORS)
async def change_draft(
    *,
    draft_id: DraftId,
    wish: DraftChange,
    seen: IfMatch,
    response: Response,
    service: Drafts,
    _: Office,
) -> DraftRead:
    found = await service.change(draft_id, wish, seen)
    put_etag(response, found.version)
    return found


@drafts.command(
    "/drafts/{draft_id}/replace",
    summary="整份替换草案",
    errors=[*ACT_ERRORS, EditionCodeTaken],
)
async def replace_draft(
    *,
    draft_id: DraftId,
    wish: EditionCheck,
    seen: IfMatch,
    response: Response,
    service: Drafts,
    _: Office,
) -> DraftRead:
    found = await service.replace(draft_id, wish, seen)
    put_etag(response, found.version)
    return found


@drafts.command("/drafts/{draft_id}/discard", summary="作废草案", errors=ACT_ERRORS)
async def discard_draft(
    *,
    draft_id: DraftId,
    wish: DraftDecision,
    seen: IfMatch,
    response: Response,
    service: Drafts,
    _: Office,
) -> DraftRead:
    found = await service.discard(draft_id, wish, seen)
    put_etag(response, found.version)
    return found
