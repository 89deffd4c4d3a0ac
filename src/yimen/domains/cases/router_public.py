"""A case's public side over HTTP: no token, number and code instead."""

from fastapi import Depends

from yimen.core.rate_limits import limit_lookups
from yimen.core.routing import Router
from yimen.domains.cases.dependencies import PublicCases
from yimen.domains.cases.schemas_public import CaseLookup, PublicCase
from yimen.domains.cases.service_public import LookupRefused

public = Router(prefix="/public/cases", tag="public-cases")


@public.create(
    "/lookup",
    summary="凭编号和查询码查询办件进度",
    errors=[LookupRefused],
    public=True,
    repeatable=False,  # changes nothing, and a kept reply would be an old one
    status_code=200,
    dependencies=[Depends(limit_lookups)],
)
async def look_up(wish: CaseLookup, cases: PublicCases) -> PublicCase:
    return await cases.look_up(wish)
