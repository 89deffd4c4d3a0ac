"""How FastAPI builds the rulebook's services."""

from typing import Annotated

from fastapi import Depends

from yimen.core.dependencies import AnyCaller, DbSession, Now
from yimen.domains.rulebook.repository import EditionRepository
from yimen.domains.rulebook.service import RulebookService
from yimen.domains.rulebook.service_drafts import DraftService


async def rulebook_service() -> RulebookService:
    return RulebookService()


async def reread_rulebook(session: DbSession) -> RulebookService:
    """For whoever asks what is published: as of this moment, not of some seconds ago."""
    rulebook = RulebookService()
    await rulebook.reread(session)
    return rulebook


Rulebook = Annotated[RulebookService, Depends(rulebook_service)]
NewestRulebook = Annotated[RulebookService, Depends(reread_rulebook)]


async def draft_service(
    session: DbSession, rulebook: NewestRulebook, caller: AnyCaller, now: Now
) -> DraftService:
    return DraftService(EditionRepository(session), rulebook, caller=caller, now=now)


Drafts = Annotated[DraftService, Depends(draft_service)]
