"""The rulebook over HTTP."""

from typing import Annotated

from fastapi import Depends, Path

from yimen.core.clock import hall_day
from yimen.core.dependencies import Now, require_caller
from yimen.core.routing import Router
from yimen.core.schemas import Code
from yimen.domains.rulebook.dependencies import NewestRulebook
from yimen.domains.rulebook.schemas import EditionList, EditionRead, EditionSummary
from yimen.domains.rulebook.service import EditionNotFound

router = Router(prefix="/rulebook", tag="rulebook")

EditionCode = Annotated[Code, Path(description="版本代码", examples=["2008-01"])]


@router.read("/editions", summary="制度版本列表", dependencies=[Depends(require_caller)])
async def list_editions(rulebook: NewestRulebook, now: Now) -> EditionList:
    views = rulebook.views(hall_day(now))
    return EditionList(items=[EditionSummary.model_validate(view) for view in views])


@router.read(
    "/editions/{code}",
    summary="一个制度版本的全部规定值",
    errors=[EditionNotFound],
    dependencies=[Depends(require_caller)],
)
async def read_edition(code: EditionCode, rulebook: NewestRulebook, now: Now) -> EditionRead:
    return EditionRead.model_validate(rulebook.view(code, hall_day(now)))
