"""The office's register of adoptions and leaders' instructions."""

from datetime import datetime
from uuid import UUID

from yimen.core.audit import record_audit
from yimen.core.caller import Caller
from yimen.core.clock import hall_day
from yimen.core.errors import Conflict, FieldProblem, InvalidInput, NotFound
from yimen.core.outbox import publish_event
from yimen.core.pagination import Page
from yimen.core.preconditions import require_version
from yimen.core.schemas import AllowedAction
from yimen.domains.news.access import why_not_reverse
from yimen.domains.news.models import NewsMerit
from yimen.domains.news.repository import MeritRow, NewsRepository
from yimen.domains.news.rules import is_paid
from yimen.domains.news.schemas_records import MeritCreate, MeritQuery, MeritRead, MeritReversal
from yimen.domains.organisation.service import OrganisationService
from yimen.domains.scoring.models import ScoreRecord

SUBJECT = "news_merit"


class MeritNotFound(NotFound):
    code = "news_merit_not_found"
    title = "没有找到该采用登记。"


class ArticleNotFound(NotFound):
    code = "article_not_found"
    title = "没有找到该信息稿件，或其登记已经撤销；请先登记稿件。"


class MeritReversed(Conflict):
    code = "news_merit_reversed"
    title = "该登记已经撤销。"


class MeritService:
    """Recording and taking back, by the office."""

    def __init__(
        self, news: NewsRepository, hall: OrganisationService, caller: Caller, now: datetime
    ) -> None:
        self.news = news
        self.hall = hall
        self.caller = caller
        self.now = now

    async def list_page(self, query: MeritQuery) -> Page[MeritRead]:
        """What was recorded, the newest first."""
        rows, cursor, total = await self.news.page_of(query)
        return Page(items=[self.present(row) for row in rows], next_cursor=cursor, total=total)

    async def read(self, merit_id: UUID) -> MeritRead:
        """One record; raises MeritNotFound."""
        row = await self.news.find(merit_id)
        if row is None:
            raise MeritNotFound
        return self.present(row)

    async def record(self, wish: MeritCreate) -> MeritRead:
        """Keep an adoption or instruction. Raises ArticleNotFound, NotFound for an author."""
        article = await self.news.article(wish.article_id)
        if article is None:
            raise ArticleNotFound
        self._require_sense(wish, article)
        if wish.author_id is not None:
            await self.hall.staff_member(wish.author_id)
        merit = await self.news.add(
            NewsMerit(
                article_id=article.id,
                kind=wish.kind,
                level=wish.level,
                day=wish.day,
                source=wish.source,
                author_id=wish.author_id,
                recorded_at=self.now,
                recorded_by_name=self.caller.name,
            )
        )
        await self._tell(merit, article, "record", old=None)
        return await self.read(merit.id)

    async def reverse(self, merit_id: UUID, seen: int, wish: MeritReversal) -> MeritRead:
        """Take a record back: no money rests on it any more. Raises MeritReversed."""
        merit = await self.news.lock(merit_id)
        if merit is None:
            raise MeritNotFound
        require_version(merit.version, seen)
        if merit.reversed_at is not None:
            raise MeritReversed
        old = facts_of(merit)
        merit.reversed_at = self.now
        merit.reversed_by_name = self.caller.name
        merit.reversal_reason = wish.reason
        merit.version += 1
        await self.news.flush()
        row = await self.news.find(merit_id)
        assert row is not None
        await self._tell(merit, row.article, "reverse", old=old)
        return self.present(row)

    def _require_sense(self, wish: MeritCreate, article: ScoreRecord) -> None:
        problems = []
        if wish.day > hall_day(self.now):
            problems.append(FieldProblem("/day", "future", "日期不能晚于今天。"))
        if wish.day < article.day:
            problems.append(FieldProblem("/day", "too_early", "日期不能早于稿件登记的日期。"))
        if not is_paid(wish.kind, wish.level):
            sentence = "领导批示只登记州、自治区、国家三级。"
            problems.append(FieldProblem("/level", "wrong_level", sentence))
        if problems:
            raise InvalidInput(errors=problems)

    async def _tell(
        self, merit: NewsMerit, article: ScoreRecord, act: str, *, old: dict[str, object] | None
    ) -> None:
        facts = facts_of(merit)
        await record_audit(
            self.news.session,
            caller=self.caller,
            action=f"news_merits.{act}",
            subject_type=SUBJECT,
            subject_id=merit.id,
            old=old,
            new=facts,
        )
        await publish_event(
            self.news.session,
            kind=f"news_merit.{act}",
            subject_type=SUBJECT,
            subject_id=merit.id,
            department_id=article.department_id,
            facts=facts,
            occurred_at=self.now,
        )

    def present(self, row: MeritRow) -> MeritRead:
        """A record as its caller sees it."""
        merit = row.merit
        refusal = why_not_reverse(merit.reversed_at is not None, self.caller)
        return MeritRead(
            id=merit.id,
            article_id=merit.article_id,
            article_title=row.article.title,
            kind=merit.kind,
            kind_label=merit.kind.label,
            level=merit.level,
            level_label=merit.level.label,
            day=merit.day,
            source=merit.source,
            author_id=merit.author_id,
            author_name=row.author_name,
            recorded_at=merit.recorded_at,
            recorded_by_name=merit.recorded_by_name,
            reversed_at=merit.reversed_at,
            reversed_by_name=merit.reversed_by_name,
            reversal_reason=merit.reversal_reason,
            allowed_actions=[AllowedAction.of("reverse", refusal)],
            version=merit.version,
        )


def facts_of(merit: NewsMerit) -> dict[str, object]:
    """What an audit row and an event say of a record."""
    return {
        "article_id": str(merit.article_id),
        "kind": merit.kind,
        "level": merit.level,
        "day": merit.day.isoformat(),
        "author_id": None if merit.author_id is None else str(merit.author_id),
        "is_reversed": merit.reversed_at is not None,
        "version": merit.version,
    }
