"""How FastAPI builds the rulebook's service."""

from typing import Annotated

from fastapi import Depends

from yimen.domains.rulebook.service import RulebookService


async def rulebook_service() -> RulebookService:
    return RulebookService()


Rulebook = Annotated[RulebookService, Depends(rulebook_service)]
