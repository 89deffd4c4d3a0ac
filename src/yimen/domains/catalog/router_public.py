"""Service guides over HTTP, for anyone."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Query

from yimen.core.pagination import InvalidCursor, Page
from yimen.core.routing import Router
from yimen.domains.catalog.dependencies import Guides
from yimen.domains.catalog.schemas import ITEM_ID
from yimen.domains.catalog.schemas_public import (
    DepartmentGuides,
    GuideQuery,
    GuideRead,
    GuideSummary,
)
from yimen.domains.catalog.service import ItemNotFound

public = Router(prefix="/public/guides", tag="public-guides")

ItemId = Annotated[UUID, Path(examples=[ITEM_ID])]


@public.read("", summary="办事指南列表", errors=[InvalidCursor], public=True)
async def list_guides(guides: Guides, query: Annotated[GuideQuery, Query()]) -> Page[GuideSummary]:
    return await guides.list_page(query)


@public.read("/departments", summary="有办事指南的部门", public=True)
async def list_departments(guides: Guides) -> list[DepartmentGuides]:
    return await guides.departments()


@public.read("/{item_id}", summary="查看一份办事指南", errors=[ItemNotFound], public=True)
async def read_guide(item_id: ItemId, guides: Guides) -> GuideRead:
    return await guides.read(item_id)
