"""How FastAPI, and the clock, build the services of scoring."""

from datetime import datetime
from typing import Annotated

from fastapi import Depends

from yimen.core.dependencies import AnyCaller, DbSession, Now
from yimen.domains.attendance.dependencies import facts_of_the_clock as attendance_facts
from yimen.domains.cases.dependencies import facts_of_the_clock as case_facts
from yimen.domains.complaints.dependencies import facts_of_the_clock as complaint_facts
from yimen.domains.inspections.dependencies import inspections_of_the_clock as inspections
from yimen.domains.organisation.dependencies import Organisation
from yimen.domains.ratings.dependencies import desk_of_the_clock as rating_desk
from yimen.domains.rejections.dependencies import breaches_of_the_clock as breaches
from yimen.domains.rulebook.dependencies import Drafts, Rulebook, rulebook_service
from yimen.domains.scoring.repository import ScoreRepository
from yimen.domains.scoring.repository_ledger import LedgerRepository, Session
from yimen.domains.scoring.service import ScoreService
from yimen.domains.scoring.service_amending import AmendmentService
from yimen.domains.scoring.service_bulletins import BulletinService
from yimen.domains.scoring.service_drafts import DraftEffectService
from yimen.domains.scoring.service_facts import ScoreFacts
from yimen.domains.scoring.service_gathering import Gatherer
from yimen.domains.scoring.service_months import MonthService
from yimen.domains.scoring.service_posting import PostingService
from yimen.domains.scoring.service_public import PublicScoreService
from yimen.domains.scoring.service_records import RecordService


async def posting_of_the_clock(session: Session, now: datetime) -> PostingService:
    """Posting asks as nobody: what is judged is not shown."""
    ledger = LedgerRepository(session)
    gatherer = Gatherer(
        ledger,
        attendance=await attendance_facts(session),
        cases=await case_facts(session, now),
        complaints=await complaint_facts(session),
        inspections=await inspections(session, now),
        ratings=await rating_desk(session, now),
        rejections=await breaches(session, now),
        now=now,
    )
    return PostingService(ledger, gatherer, await rulebook_service(), now)


async def facts_of_the_clock(session: Session) -> ScoreFacts:
    """For the domains above, which judge and do not show."""
    return ScoreFacts(ScoreRepository(session))


async def posting_service(session: DbSession, now: Now) -> PostingService:
    return await posting_of_the_clock(session, now)


Posting = Annotated[PostingService, Depends(posting_service)]


async def score_service(
    session: DbSession, rulebook: Rulebook, caller: AnyCaller, now: Now
) -> ScoreService:
    return ScoreService(ScoreRepository(session), rulebook, caller, now)


async def month_service(
    session: DbSession, posting: Posting, caller: AnyCaller, now: Now
) -> MonthService:
    return MonthService(ScoreRepository(session), posting, caller, now)


Scores = Annotated[ScoreService, Depends(score_service)]
Months = Annotated[MonthService, Depends(month_service)]


async def amendment_service(months: Months, caller: AnyCaller, now: Now) -> AmendmentService:
    return AmendmentService(months, caller, now)


async def record_service(
    session: DbSession, hall: Organisation, caller: AnyCaller, now: Now
) -> RecordService:
    return RecordService(ScoreRepository(session), hall, caller, now)


async def bulletin_service(scores: Scores, caller: AnyCaller, now: Now) -> BulletinService:
    return BulletinService(scores, caller, now)


async def public_score_service(session: DbSession, now: Now) -> PublicScoreService:
    return PublicScoreService(ScoreRepository(session), now)


Amendments = Annotated[AmendmentService, Depends(amendment_service)]
Records = Annotated[RecordService, Depends(record_service)]
PublicScores = Annotated[PublicScoreService, Depends(public_score_service)]
Bulletins = Annotated[BulletinService, Depends(bulletin_service)]


async def draft_effect_service(
    session: DbSession, drafts: Drafts, rulebook: Rulebook
) -> DraftEffectService:
    return DraftEffectService(ScoreRepository(session), drafts, rulebook)


DraftTrials = Annotated[DraftEffectService, Depends(draft_effect_service)]
