"""Papers over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import Path

from yimen.core.dependencies import AnyCaller
from yimen.core.routing import Router
from yimen.domains.papers.dependencies import Papers
from yimen.domains.papers.schemas import PaperRead

router = Router(prefix="/papers", tag="papers")

PaperId = Annotated[UUID, Path(examples=["019a4f3e-7c1d-7b60-9d0e-6a2f4c8b1e55"])]


@router.read("/{paper_id}", summary="查看一份文书")
async def read_paper(paper_id: PaperId, papers: Papers, caller: AnyCaller) -> PaperRead:
    return PaperRead.model_validate(await papers.read(paper_id, caller))
