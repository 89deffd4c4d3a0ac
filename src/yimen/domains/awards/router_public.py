"""Awards over HTTP without a token."""

from typing import Annotated

from fastapi import Path

from yimen.core.routing import Router
from yimen.domains.awards.dependencies import PublicAwardsOf
from yimen.domains.awards.schemas import PublicAwards, YearNumber

public = Router(prefix="/public/awards", tag="public-awards")


@public.read("/{year}", summary="一年的优秀、优良窗口和季度之星", public=True)
async def read_awards(year: Annotated[YearNumber, Path()], awards: PublicAwardsOf) -> PublicAwards:
    return await awards.year(year)
