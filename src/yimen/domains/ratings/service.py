"""Ratings as the hall works with them: taking one down, following a bad one up, counting."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from yimen.core.audit import record_audit
from yimen.core.caller import Caller
from yimen.core.clock import hall_day
from yimen.core.database import new_id
from yimen.core.errors import Conflict, Forbidden, NotFound
from yimen.core.outbox import publish_event
from yimen.core.pagination import Page
from yimen.core.preconditions import require_version
from yimen.core.schemas import AllowedAction
from yimen.domains.calendars.service import CalendarService
from yimen.domains.cases.models import Case
from yimen.domains.cases.service import CaseService
from yimen.domains.ratings.access import why_not
from yimen.domains.ratings.enums import FollowUp, RatingAction, RatingChannel, RatingLevel
from yimen.domains.ratings.models import Rating
from yimen.domains.ratings.repository import BadRatingFact, RatingRepository, RatingRow
from yimen.domains.ratings.rules import RATEABLE, is_overdue, may_move
from yimen.domains.ratings.schemas import (
    ApplicantContact,
    CloseCommand,
    ContactCommand,
    LevelCount,
    RatingCreate,
    RatingQuery,
    RatingRead,
    RatingSummary,
    RevealContactCommand,
    SummaryQuery,
)
from yimen.domains.rulebook.service import RulebookService

SUBJECT = "rating"


class RatingNotFound(NotFound):
    code = "rating_not_found"
    title = "没有找到该评价，或者您无权查看。"


class NotYoursToFollowUp(Forbidden):
    code = "rating_not_yours"
    title = "差评由中心办公室回访核实，您只能查看。"


class NotDecidedYet(Conflict):
    code = "rating_too_early"
    title = "办件还没有办结，办结后才能评价。"


class AlreadyRated(Conflict):
    code = "already_rated"
    title = "这个办件已经评价过，每个办件评价一次。"
    constraint = "uq_ratings_case_id"


class WrongFollowUpState(Conflict):
    code = "follow_up_state"
    title = "回访当前的进度不允许这样办理。"


@dataclass(frozen=True, slots=True)
class RatingDesk:
    """What taking a rating needs, with a caller or without."""

    ratings: RatingRepository
    calendars: CalendarService
    rulebook: RulebookService
    now: datetime

    async def take(
        self,
        case: Case,
        level: RatingLevel,
        comment: str | None,
        *,
        recorder: Caller | None = None,
        recorded_how: str | None = None,
    ) -> Rating:
        """Keep the one rating of a decided case; a bad one opens its follow-up.

        Raises NotDecidedYet, AlreadyRated.
        """
        if case.state not in RATEABLE:
            raise NotDecidedYet
        if await self.ratings.of_case(case.id) is not None:
            raise AlreadyRated
        due_at = None
        if level.is_bad:
            edition = self.rulebook.edition_on(hall_day(self.now))
            days = edition.integer("ratings.follow_up_days")
            due_at = (await self.calendars.hold()).due_at(self.now, days).at
        rating = await self.ratings.add(
            Rating(
                id=new_id(),
                case_id=case.id,
                case_number=case.case_number,
                item_name=case.item_name,
                department_id=case.department_id,
                window_id=case.window_id,
                handler_id=case.handler_id,
                level=level,
                channel=RatingChannel.OFFICE if recorder else RatingChannel.PUBLIC_LINK,
                comment=comment,
                rated_at=self.now,
                recorded_by_name=recorder.name if recorder else None,
                recorded_how=recorded_how,
                follow_up=FollowUp.OPEN if level.is_bad else FollowUp.NOT_NEEDED,
                due_at=due_at,
                version=1,
            )
        )
        await self.tell(rating, "rate", caller=recorder, old=None)
        return rating

    async def confirmed_bad(self, first: date, last: date) -> Sequence[BadRatingFact]:
        """Bad ratings given on these days and found true, as facts for scoring."""
        return await self.ratings.confirmed_bad(first, last)

    async def tell(
        self, rating: Rating, act: str, *, caller: Caller | None, old: dict[str, object] | None
    ) -> None:
        """The audit row and the event of an act; the comment is in neither."""
        await record_audit(
            self.ratings.session,
            caller=caller,
            action=f"ratings.{act}",
            subject_type=SUBJECT,
            subject_id=rating.id,
            old=old,
            new=facts_of(rating),
        )
        await publish_event(
            self.ratings.session,
            kind=f"rating.{act.replace('-', '_')}",
            subject_type=SUBJECT,
            subject_id=rating.id,
            department_id=rating.department_id,
            window_id=rating.window_id,
            facts={"case_number": rating.case_number, **facts_of(rating)},
            occurred_at=self.now,
        )


class RatingService:
    """Ratings as one caller may see and handle them."""

    def __init__(self, desk: RatingDesk, cases: CaseService, caller: Caller) -> None:
        self.desk = desk
        self.ratings = desk.ratings
        self.cases = cases
        self.caller = caller
        self.now = desk.now

    async def list_page(self, query: RatingQuery) -> Page[RatingRead]:
        """Ratings the caller may see, the newest first."""
        rows, cursor, total = await self.ratings.page_of(query, self.caller, self.now)
        return Page(items=[self.present(row) for row in rows], next_cursor=cursor, total=total)

    async def read(self, rating_id: UUID) -> RatingRead:
        """One rating as it stands; raises RatingNotFound."""
        row = await self.ratings.find(rating_id, self.caller)
        if row is None:
            raise RatingNotFound
        return self.present(row)

    async def summary(self, query: SummaryQuery) -> RatingSummary:
        """How often each level was given, as far as the caller sees."""
        counts = await self.ratings.counts(
            query.first, query.last, self.caller, query.department_id
        )
        total = sum(counts.values())
        good = sum(count for level, count in counts.items() if not level.is_bad)
        hundredths = (good * 20_000 + total) // (2 * total) if total else 0
        return RatingSummary(
            first=query.first,
            last=query.last,
            total=total,
            levels=[
                LevelCount(level=level, level_label=level.label, count=counts.get(level, 0))
                for level in RatingLevel
            ],
            good_percent=f"{hundredths // 100}.{hundredths % 100:02}" if total else None,
        )

    async def record(self, wish: RatingCreate) -> RatingRead:
        """Take down for an applicant what was said to the office: the window may not do it, since
        it would rate itself. Raises CaseNotFound, NotDecidedYet, AlreadyRated.
        """
        case = (await self.cases.find(wish.case_id)).case
        rating = await self.desk.take(
            case,
            wish.level,
            wish.comment,
            recorder=self.caller,
            recorded_how=wish.recorded_how,
        )
        return await self.read(rating.id)

    async def reveal_contact(self, rating_id: UUID, wish: RevealContactCommand) -> ApplicantContact:
        """The applicant's phone, while there is something to talk about; audited."""
        rating = await self._begin(rating_id, RatingAction.REVEAL_CONTACT)
        return ApplicantContact(phone=await self.cases.reveal_phone(rating.case_id, wish.reason))

    async def contact(self, rating_id: UUID, seen: int, wish: ContactCommand) -> RatingRead:
        """The office has heard the applicant, or has tried to."""
        rating = await self._begin(rating_id, RatingAction.CONTACT, seen)
        old = facts_of(rating)
        _move(rating, FollowUp.CONTACTED)
        rating.contacted_at = self.now
        rating.was_reached = wish.was_reached
        rating.contact_note = wish.note
        return await self._end(rating, "contact", old)

    async def close(self, rating_id: UUID, seen: int, wish: CloseCommand) -> RatingRead:
        """Confirmed or unfounded, with an answer the applicant can read."""
        rating = await self._begin(rating_id, RatingAction.CLOSE, seen)
        old = facts_of(rating)
        _move(rating, FollowUp.CLOSED)
        rating.finding = wish.finding
        rating.finding_reason = wish.reason
        rating.answer = wish.answer
        rating.closed_at = self.now
        rating.closed_by_name = self.caller.name
        return await self._end(rating, "close", old)

    async def _begin(
        self, rating_id: UUID, action: RatingAction, seen: int | None = None
    ) -> Rating:
        rating = await self.ratings.lock(rating_id, self.caller)
        if rating is None:
            raise RatingNotFound
        refusal = why_not(action, rating.follow_up, self.caller)
        if refusal is not None and refusal.code == "forbidden":
            raise NotYoursToFollowUp(refusal.reason)
        if seen is not None:
            require_version(rating.version, seen)
        if refusal is not None:
            allowed = [one.action for one in self._allowed(rating) if one.allowed]
            raise WrongFollowUpState(refusal.reason, allowed=allowed)
        return rating

    async def _end(self, rating: Rating, act: str, old: dict[str, object]) -> RatingRead:
        rating.version += 1
        await self.ratings.session.flush()
        await self.desk.tell(rating, act, caller=self.caller, old=old)
        return await self.read(rating.id)

    def _allowed(self, rating: Rating) -> list[AllowedAction]:
        return [
            AllowedAction.of(action, why_not(action, rating.follow_up, self.caller))
            for action in RatingAction
        ]

    def present(self, row: RatingRow) -> RatingRead:
        """A rating as its caller sees it at this moment."""
        rating = row.rating
        return RatingRead(
            id=rating.id,
            case_id=rating.case_id,
            case_number=rating.case_number,
            item_name=rating.item_name,
            department_id=rating.department_id,
            department_name=row.department_name,
            window_id=rating.window_id,
            window_number=row.window_number,
            handler_id=rating.handler_id,
            handler_name=row.handler_name,
            level=rating.level,
            level_label=rating.level.label,
            is_bad=rating.level.is_bad,
            channel=rating.channel,
            channel_label=rating.channel.label,
            comment=rating.comment,
            rated_at=rating.rated_at,
            recorded_by_name=rating.recorded_by_name,
            recorded_how=rating.recorded_how,
            follow_up=rating.follow_up,
            follow_up_label=rating.follow_up.label,
            due_at=rating.due_at,
            is_overdue=is_overdue(
                rating.follow_up, due_at=rating.due_at, closed_at=rating.closed_at, now=self.now
            ),
            contacted_at=rating.contacted_at,
            was_reached=rating.was_reached,
            contact_note=rating.contact_note,
            finding=rating.finding,
            finding_label=rating.finding.label if rating.finding else None,
            finding_reason=rating.finding_reason,
            answer=rating.answer,
            closed_at=rating.closed_at,
            closed_by_name=rating.closed_by_name,
            allowed_actions=self._allowed(rating),
            version=rating.version,
        )


def _move(rating: Rating, to: FollowUp) -> None:
    if not may_move(rating.follow_up, to):
        raise WrongFollowUpState(f"该评价目前“{rating.follow_up.label}”，不能变为“{to.label}”。")
    rating.follow_up = to


def facts_of(rating: Rating) -> dict[str, object]:
    """What an audit row and an event say of a rating: nothing personal."""
    return {
        "level": rating.level,
        "follow_up": rating.follow_up,
        "finding": rating.finding,
        "due_at": rating.due_at.isoformat() if rating.due_at else None,
        "version": rating.version,
    }
