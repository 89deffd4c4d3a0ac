"""Cases that another system closed, over HTTP: to be read; they come by import."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Query

from yimen.core.pagination import InvalidCursor
from yimen.core.routing import Router
from yimen.domains.cases.dependencies import PastCases
from yimen.domains.cases.schemas_past import (
    PAST_CASE_ID,
    PastCasePage,
    PastCaseQuery,
    PastCaseRead,
)
from yimen.domains.cases.service_past import PastCaseNotFound

router = Router(prefix="/past-cases", tag="past-cases")


@router.read("", summary="从原系统导入的历史办件", errors=[InvalidCursor])
async def list_past_cases(
    query: Annotated[PastCaseQuery, Query()], past: PastCases
) -> PastCasePage:
    return await past.list_page(query)


@router.read("/{past_case_id}", summary="一个历史办件", errors=[PastCaseNotFound])
async def read_past_case(
    past_case_id: Annotated[UUID, Path(examples=[PAST_CASE_ID])], past: PastCases
) -> PastCaseRead:
    return await past.read(past_case_id)
