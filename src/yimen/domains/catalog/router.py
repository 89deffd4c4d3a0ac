"""Items and proposals over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Query, Response

from yimen.core.dependencies import IfMatch
from yimen.core.pagination import InvalidCursor, Page
from yimen.core.preconditions import put_etag
from yimen.core.routing import Router
from yimen.domains.catalog.dependencies import Catalog, Proposals
from yimen.domains.catalog.schemas import (
    ITEM_ID,
    PROPOSAL_ID,
    CompletenessRead,
    ItemProposalCreate,
    ItemProposalQuery,
    ItemProposalRead,
    ItemProposalSummary,
    ItemQuery,
    ItemRead,
    ItemSummary,
    ItemVersionQuery,
    ItemVersionSummary,
    ProposalApproval,
    ProposalDecision,
    ProposalOpinion,
)
from yimen.domains.catalog.service import (
    ContentFaulty,
    ItemListed,
    ItemNotFound,
    ItemVersionOutdated,
    ItemWithdrawn,
)
from yimen.domains.catalog.service_proposals import (
    DepartmentNotOpen,
    ProposalClosed,
    ProposalIncomplete,
    ProposalNotFound,
    ProposalOpen,
    ProposalUnfit,
)

items = Router(prefix="/service-items", tag="service-items")
proposals = Router(prefix="/item-proposals", tag="item-proposals")

ItemId = Annotated[UUID, Path(examples=[ITEM_ID])]
VersionNo = Annotated[int, Path(ge=1, le=1_000_000, examples=[1])]
ProposalId = Annotated[UUID, Path(examples=[PROPOSAL_ID])]


@items.read("", summary="服务事项列表", errors=[InvalidCursor])
async def list_items(catalog: Catalog, query: Annotated[ItemQuery, Query()]) -> Page[ItemSummary]:
    rows, cursor, total = await catalog.items(query)
    found = [ItemSummary.model_validate(row) for row in rows]
    return Page(items=found, next_cursor=cursor, total=total)


@items.read("/{item_id}", summary="查看事项的现行版本", errors=[ItemNotFound])
async def read_item(item_id: ItemId, catalog: Catalog, response: Response) -> ItemRead:
    item = await catalog.item(item_id)
    put_etag(response, item.version)
    return await catalog.show(item)


@items.read("/{item_id}/versions", summary="事项的历次版本", errors=[ItemNotFound, InvalidCursor])
async def list_versions(
    item_id: ItemId, catalog: Catalog, query: Annotated[ItemVersionQuery, Query()]
) -> Page[ItemVersionSummary]:
    rows, cursor, total = await catalog.versions(item_id, query)
    found = [ItemVersionSummary.model_validate(row) for row in rows]
    return Page(items=found, next_cursor=cursor, total=total)


@items.read("/{item_id}/versions/{version_no}", summary="查看事项的某一版本", errors=[ItemNotFound])
async def read_version(item_id: ItemId, version_no: VersionNo, catalog: Catalog) -> ItemRead:
    return await catalog.show(await catalog.item(item_id, version_no))


@items.read("/{item_id}/completeness", summary="事项的八项公开，是否齐全", errors=[ItemNotFound])
async def read_completeness(item_id: ItemId, catalog: Catalog) -> CompletenessRead:
    return catalog.completeness(await catalog.item(item_id))


@proposals.read("", summary="事项申请列表", errors=[InvalidCursor])
async def list_proposals(
    service: Proposals, query: Annotated[ItemProposalQuery, Query()]
) -> Page[ItemProposalSummary]:
    rows, cursor, total = await service.list_proposals(query)
    found = [ItemProposalSummary.model_validate(row) for row in rows]
    return Page(items=found, next_cursor=cursor, total=total)


@proposals.read("/{proposal_id}", summary="查看一份事项申请", errors=[ProposalNotFound])
async def read_proposal(
    proposal_id: ProposalId, service: Proposals, response: Response
) -> ItemProposalRead:
    proposal = await service.proposal(proposal_id)
    put_etag(response, proposal.version)
    return service.show(proposal)


@proposals.create(
    "",
    summary="提出事项的新增、变更或取消申请",
    errors=[
        ProposalIncomplete, DepartmentNotOpen, ContentFaulty, ItemNotFound, ItemWithdrawn,
        ItemVersionOutdated, ItemListed, ProposalOpen,
    ],
)  # fmt: skip
async def propose(
    body: ItemProposalCreate, service: Proposals, response: Response
) -> ItemProposalRead:
    proposal = await service.propose(body)
    put_etag(response, proposal.version)
    return service.show(proposal)


@proposals.command(
    "/{proposal_id}/opinion",
    summary="中心办公室提出意见",
    errors=[ProposalNotFound, ProposalClosed],
)
async def give_opinion(
    proposal_id: ProposalId,
    body: ProposalOpinion,
    service: Proposals,
    seen: IfMatch,
    response: Response,
) -> ItemProposalRead:
    proposal = await service.give_opinion(proposal_id, body, seen=seen)
    put_etag(response, proposal.version)
    return service.show(proposal)


@proposals.command(
    "/{proposal_id}/approve",
    summary="主任批准，新版本即时生效",
    errors=[
        ProposalNotFound, ProposalClosed, ProposalUnfit, ItemVersionOutdated, ItemWithdrawn,
        ItemListed,
    ],
)  # fmt: skip
async def approve(
    proposal_id: ProposalId,
    body: ProposalApproval,
    service: Proposals,
    seen: IfMatch,
    response: Response,
) -> ItemProposalRead:
    proposal = await service.approve(proposal_id, body, seen=seen)
    put_etag(response, proposal.version)
    return service.show(proposal)


@proposals.command(
    "/{proposal_id}/reject",
    summary="主任不予批准",
    errors=[ProposalNotFound, ProposalClosed],
)
async def reject(
    proposal_id: ProposalId,
    body: ProposalDecision,
    service: Proposals,
    seen: IfMatch,
    response: Response,
) -> ItemProposalRead:
    proposal = await service.reject(proposal_id, body, seen=seen)
    put_etag(response, proposal.version)
    return service.show(proposal)


@proposals.command(
    "/{proposal_id}/withdraw",
    summary="撤回事项申请",
    errors=[ProposalNotFound, ProposalClosed],
)
async def withdraw(
    proposal_id: ProposalId,
    body: ProposalDecision,
    service: Proposals,
    seen: IfMatch,
    response: Response,
) -> ItemProposalRead:
    proposal = await service.withdraw(proposal_id, body, seen=seen)
    put_etag(response, proposal.version)
    return service.show(proposal)
