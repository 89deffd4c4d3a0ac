"""The scoreboard without a token."""

from typing import Annotated

from fastapi import Query

from yimen.core.routing import Router
from yimen.domains.scoring.dependencies import PublicScores
from yimen.domains.scoring.schemas_public import PublicBoard, PublicBoardQuery
from yimen.domains.scoring.service_public import BoardNotFound

public = Router(prefix="/public/scoreboard", tag="public-scoreboard")


@public.read("", summary="窗口考评公示", errors=[BoardNotFound], public=True)
async def read_board(
    query: Annotated[PublicBoardQuery, Query()], scores: PublicScores
) -> PublicBoard:
    return await scores.board(query)
