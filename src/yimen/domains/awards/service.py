"""The annual rating: drafted from scores and measures, decided line by line, published."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from yimen.core.audit import record_audit
from yimen.core.caller import Caller, Role
from yimen.core.clock import hall_day
from yimen.core.database import new_id
from yimen.core.errors import AppError, Conflict, FieldProblem, Forbidden, InvalidInput, NotFound
from yimen.core.outbox import publish_event
from yimen.core.pagination import Page
from yimen.core.preconditions import require_version
from yimen.core.schemas import AllowedAction
from yimen.domains.awards.enums import LineKind, Outcome, RatingState
from yimen.domains.awards.models import RatingLine, YearRating
from yimen.domains.awards.repository import AwardRepository
from yimen.domains.awards.rules import (
    Line,
    Places,
    Rated,
    agency_lines,
    guard_line,
    places_for,
    staff_line,
    window_lines,
)
from yimen.domains.awards.schemas import (
    DecideLine,
    LineQuery,
    LineRead,
    RatingDraft,
    RatingRead,
)
from yimen.domains.discipline.service_facts import DisciplineFacts
from yimen.domains.rulebook.rules import Edition
from yimen.domains.rulebook.service import RulebookService
from yimen.domains.scoring.enums import SubjectKind
from yimen.domains.scoring.rules import score_text, shown
from yimen.domains.scoring.rules_words import say_article
from yimen.domains.scoring.service_facts import ScoreFacts, YearScore

RATING = "year_rating"
LINE = "rating_line"
CHANGED = "决定所依据的得分或处理已有变动，请重新决定。"


class RatingNotFound(NotFound):
    code = "year_rating_not_found"
    title = "该年度还没有拟定考评结果。"


class LineNotFound(NotFound):
    code = "rating_line_not_found"
    title = "没有找到该考评结果，或者您无权查看。"


class RatingDrafted(Conflict):
    code = "year_rating_drafted"
    title = "该年度已经拟定过，可以刷新。"
    constraint = "pk_year_ratings"


class YearNotOver(Conflict):
    code = "year_not_over"
    title = "该年度还没有结束，不能拟定年度考评结果。"


class OutcomeImpossible(InvalidInput):
    code = "outcome_impossible"
    title = "依照规定不能作出这个决定，请在可选的结果中选择。"


class PlacesTaken(Conflict):
    code = "award_places_taken"
    title = "名额已满，请先改动其他窗口的决定。"


class LineOwnMatter(Forbidden):
    code = "rating_own_matter"
    title = "考评针对的是您本人，应当回避。"


class RatingPublished(Conflict):
    code = "year_rating_published"
    title = "考评结果已经公布，除依据有变动的以外不再改动。"


class LinesUndecided(Conflict):
    code = "rating_lines_undecided"
    title = "还有没有决定的考评结果，不能公布。"


class MonthsNotSealed(Conflict):
    code = "year_rating_months_not_sealed"
    title = "该年度还有月份的考评没有封存，不能公布年度考评结果。"


@dataclass(frozen=True, slots=True)
class RatingDesk:
    """Works out a year's lines; asks scores and measures as nobody."""

    awards: AwardRepository
    scores: ScoreFacts
    discipline: DisciplineFacts
    rulebook: RulebookService
    now: datetime

    async def lines(self, year: int) -> tuple[list[Line], Places]:
        """What scores and measures propose for the year at this moment."""
        edition = self.rulebook.edition_on(date(year, 12, 1))

        async def annual(kind: SubjectKind) -> list[YearScore]:
            return await self.scores.annual(kind, year, edition)

        against = await self.discipline.year(year)
        windows = await annual(SubjectKind.WINDOW)
        places = places_for(len(windows), edition)
        lines = [
            staff_line(_rated(one), against.people.get(one.subject_id, ()))
            for one in await annual(SubjectKind.STAFF)
        ]
        lines += window_lines([_rated(one) for one in windows], against.windows, places)
        agencies = [_rated(one) for one in await annual(SubjectKind.AGENCY)]
        lines += agency_lines(agencies, await self._last_before(year, edition), edition)
        for guard in await annual(SubjectKind.GUARD):
            rated = {month: shown(score) for month, score in guard.months.items()}
            months = {month: score for month, score in rated.items() if score is not None}
            lines.append(guard_line(_rated(guard), months, self.rulebook.edition_on, year))
        return lines, places

    async def _last_before(self, year: int, edition: Edition) -> Counter[UUID]:
        """For how many years before this one each agency has been the last in a row."""
        running: Counter[UUID] = Counter()
        still: frozenset[UUID] | None = None
        for back in range(1, edition.integer("agencies.last_places_removed")):
            last = await self.awards.last_agencies(year - back)
            still = last if still is None else still & last
            running.update(still)
        return running

    async def refresh(self, rating: YearRating) -> int:
        """Bring the proposals in line; a decision whose ground has changed is open again.

        Returns how many decisions were opened.
        """
        lines, places = await self.lines(rating.year)
        rating.excellent_places, rating.good_places = places.excellent, places.good
        rating.refreshed_at = self.now
        known = {(one.kind, one.subject_id): one for one in await self.awards.lines(rating.year)}
        opened = 0
        for line in lines:
            row = known.get((line.kind, line.rated.subject_id))
            if row is None:
                await self.awards.add(_new_line(rating.year, line))
            elif _has_changed(row, line):
                opened += await self._change(row, line)
        await self.awards.session.flush()
        return opened

    async def _change(self, row: RatingLine, line: Line) -> int:
        """Take the new proposal over; the old decision, if it rested on another, is undone."""
        choices = [outcome.value for outcome in line.allowed]
        rested_on_another = row.allowed != choices or row.proposed != line.proposed
        row.score = score_text(line.rated.score)
        row.proposed = line.proposed
        row.allowed = choices
        row.reasons = list(line.reasons)
        row.version += 1
        if row.outcome is None or not rested_on_another:
            return 0
        old = line_facts(row)
        row.reopened_reason = f"原决定“{row.outcome.label}”：{CHANGED}"
        row.outcome = row.decided_at = row.decided_by_id = None
        row.decided_by_name = row.decision_reason = None
        await self.tell(row, "reopen", caller=None, old=old)
        return 1

    async def tell(
        self, row: RatingLine, act: str, *, caller: Caller | None, old: dict[str, object] | None
    ) -> None:
        """Audit row and event of a line; told to office and director until it is published."""
        await self.awards.session.flush()
        await record_audit(
            self.awards.session,
            caller=caller,
            action=f"awards.{act}",
            subject_type=LINE,
            subject_id=row.id,
            old=old,
            new=line_facts(row),
        )
        await publish_event(
            self.awards.session,
            kind=f"rating_line.{act}",
            subject_type=LINE,
            subject_id=row.id,
            facts=line_facts(row),
            occurred_at=self.now,
        )


class RatingService:
    """The annual rating as one caller may see and decide it."""

    def __init__(self, desk: RatingDesk, caller: Caller) -> None:
        self.desk = desk
        self.awards = desk.awards
        self.caller = caller
        self.now = desk.now

    async def draft(self, wish: RatingDraft) -> RatingRead:
        """Draft a year that is over; raises YearNotOver, RatingDrafted."""
        if wish.year >= hall_day(self.now).year:
            raise YearNotOver
        if await self.awards.rating(wish.year) is not None:
            raise RatingDrafted
        rating = await self.awards.add(
            YearRating(
                year=wish.year,
                state=RatingState.DRAFT,
                excellent_places=0,
                good_places=0,
                drafted_at=self.now,
                drafted_by_name=self.caller.name,
                refreshed_at=self.now,
                version=1,
            )
        )
        await self.desk.refresh(rating)
        await self._tell(rating, "draft")
        return await self._present(rating)

    async def read(self, year: int) -> RatingRead:
        """How far a year's rating is; raises RatingNotFound."""
        rating = await self.awards.rating(year)
        if rating is None:
            raise RatingNotFound
        return await self._present(rating)

    async def refresh(self, year: int, seen: int) -> RatingRead:
        """Take account of what has changed in scores and measures since."""
        rating = await self._begin(year, seen)
        await self.desk.refresh(rating)
        rating.version += 1
        await self._tell(rating, "refresh")
        return await self._present(rating)

    async def publish(self, year: int, seen: int) -> RatingRead:
        """Publish what people have decided, of a year whose months are sealed (APPRAISE 三).

        Raises LinesUndecided, MonthsNotSealed, RatingPublished.
        """
        rating = await self._begin(year, seen)
        if rating.state is RatingState.PUBLISHED:
            raise RatingPublished
        open_months = await self.desk.scores.open_months(year)
        if open_months:
            raise _not_sealed(open_months)
        await self.desk.refresh(rating)
        _, undecided = await self.awards.counts(year)
        if undecided:
            raise LinesUndecided(f"还有{undecided}项没有由人决定，不能公布。")
        rating.state = RatingState.PUBLISHED
        rating.published_at = self.now
        rating.published_by_name = self.caller.name
        rating.version += 1
        await self._tell(rating, "publish")
        return await self._present(rating)

    async def list_lines(self, year: int, query: LineQuery) -> Page[LineRead]:
        """The year's lines that the caller may see."""
        rows, cursor, total = await self.awards.lines_page(year, query, self.caller)
        rating = await self.awards.rating(year)
        items = [self._show(row, rating) for row in rows]
        return Page(items=items, next_cursor=cursor, total=total)

    async def read_line(self, line_id: UUID) -> LineRead:
        """One line; raises LineNotFound."""
        row = await self.awards.line(line_id, self.caller)
        if row is None:
            raise LineNotFound
        return self._show(row, await self.awards.rating(row.year))

    async def decide(self, line_id: UUID, seen: int, wish: DecideLine) -> LineRead:
        """Decide one line; raises OutcomeImpossible, PlacesTaken, LineOwnMatter."""
        row = await self.awards.line(line_id, self.caller)
        if row is None:
            raise LineNotFound
        rating = await self.awards.rating(row.year, for_change=True)
        assert rating is not None
        await self.awards.session.refresh(row)
        refusal = self._why_not(row, rating)
        if isinstance(refusal, Forbidden):
            raise refusal
        require_version(row.version, seen)
        if refusal is not None:
            raise refusal
        if wish.outcome.value not in row.allowed:
            names = "、".join(Outcome(one).label for one in row.allowed)
            raise OutcomeImpossible(
                f"该项可以决定的结果是：{names}。",
                errors=[FieldProblem("/outcome", OutcomeImpossible.code, f"只能是{names}。")],
            )
        old = line_facts(row)
        await self._require_place(rating, row, wish.outcome)
        row.outcome = wish.outcome
        row.decided_at = self.now
        row.decided_by_id = self.caller.account_id
        row.decided_by_name = self.caller.name
        row.decision_reason = wish.reason
        row.reopened_reason = None
        row.version += 1
        await self.desk.tell(row, "decide", caller=self.caller, old=old)
        return self._show(row, rating)

    async def _require_place(self, rating: YearRating, row: RatingLine, outcome: Outcome) -> None:
        places = {
            Outcome.WINDOW_EXCELLENT: rating.excellent_places,
            Outcome.WINDOW_GOOD: rating.good_places,
        }
        if outcome not in places:
            return
        others = [
            one
            for one in await self.awards.lines(rating.year)
            if one.id != row.id and one.outcome is outcome
        ]
        if len(others) >= places[outcome]:
            raise PlacesTaken(
                f"{outcome.label}的{places[outcome]}个名额已满"
                f"（{say_article('APPRAISE 六(一)')}），"
                "请先改动其他窗口的决定。"
            )

    async def _begin(self, year: int, seen: int) -> YearRating:
        rating = await self.awards.rating(year, for_change=True)
        if rating is None:
            raise RatingNotFound
        require_version(rating.version, seen)
        return rating

    def _why_not(self, row: RatingLine, rating: YearRating | None) -> AppError | None:
        if self.caller.role is not Role.DIRECTOR:
            return Forbidden("此项操作由中心主任办理。")
        if row.kind is LineKind.STAFF and row.subject_id == self.caller.staff_id:
            return LineOwnMatter()
        published = rating is not None and rating.state is RatingState.PUBLISHED
        if published and row.outcome is not None:
            return RatingPublished()
        return None

    async def _tell(self, rating: YearRating, act: str) -> None:
        await self.awards.session.flush()
        facts = {"year": rating.year, "state": rating.state, "version": rating.version}
        await record_audit(
            self.awards.session,
            caller=self.caller,
            action=f"awards.{act}",
            subject_type=RATING,
            subject_id=rating.year,
            new=facts,
        )
        await publish_event(
            self.awards.session,
            kind=f"year_rating.{act}",
            subject_type=RATING,
            subject_id=rating.year,
            facts=facts,
            occurred_at=self.now,
        )

    async def _present(self, rating: YearRating) -> RatingRead:
        lines, undecided = await self.awards.counts(rating.year)
        open_months = await self.desk.scores.open_months(rating.year)
        return RatingRead(
            year=rating.year,
            state=rating.state,
            state_label=rating.state.label,
            excellent_places=rating.excellent_places,
            good_places=rating.good_places,
            line_count=lines,
            undecided_count=undecided,
            drafted_at=rating.drafted_at,
            drafted_by_name=rating.drafted_by_name,
            refreshed_at=rating.refreshed_at,
            published_at=rating.published_at,
            published_by_name=rating.published_by_name,
            allowed_actions=self._allowed(rating, undecided, open_months),
            version=rating.version,
        )

    def _allowed(
        self, rating: YearRating, undecided: int, open_months: Sequence[date]
    ) -> list[AllowedAction]:
        refresh: AppError | None = None
        publish: AppError | None = None
        if self.caller.role not in (Role.OFFICE, Role.DIRECTOR):
            refresh = Forbidden("此项操作由中心办公室、中心主任办理。")
        if self.caller.role is not Role.DIRECTOR:
            publish = Forbidden("此项操作由中心主任办理。")
        elif rating.state is RatingState.PUBLISHED:
            publish = RatingPublished()
        elif open_months:
            publish = _not_sealed(open_months)
        elif undecided:
            publish = LinesUndecided(f"还有{undecided}项没有由人决定，不能公布。")
        return [AllowedAction.of("refresh", refresh), AllowedAction.of("publish", publish)]

    def _show(self, row: RatingLine, rating: YearRating | None) -> LineRead:
        return LineRead(
            id=row.id,
            year=row.year,
            kind=row.kind,
            kind_label=row.kind.label,
            subject_id=row.subject_id,
            number=row.number,
            name=row.name,
            department_id=row.department_id,
            score=row.score,
            proposed=row.proposed,
            proposed_label=row.proposed.label if row.proposed else None,
            choices=[Outcome(one) for one in row.allowed],
            reasons=row.reasons,
            outcome=row.outcome,
            outcome_label=row.outcome.label if row.outcome else None,
            decided_at=row.decided_at,
            decided_by_name=row.decided_by_name,
            decision_reason=row.decision_reason,
            reopened_reason=row.reopened_reason,
            allowed_actions=[AllowedAction.of("decide", self._why_not(row, rating))],
            version=row.version,
        )


def _not_sealed(months: Sequence[date]) -> MonthsNotSealed:
    named = "、".join(f"{month.month}月" for month in months)
    return MonthsNotSealed(f"{named}的考评没有封存，不能公布年度考评结果。")


def line_facts(row: RatingLine) -> dict[str, object]:
    """What an audit row and an event say of a line."""
    return {
        "year": row.year,
        "kind": row.kind,
        "subject_id": str(row.subject_id),
        "proposed": row.proposed,
        "outcome": row.outcome,
        "version": row.version,
    }


def _rated(one: YearScore) -> Rated:
    return Rated(one.subject_id, one.number, one.name, one.department_id, one.exact, one.why_not)


def _new_line(year: int, line: Line) -> RatingLine:
    return RatingLine(
        id=new_id(),
        year=year,
        kind=line.kind,
        subject_id=line.rated.subject_id,
        number=line.rated.number,
        name=line.rated.name,
        department_id=line.rated.department_id,
        score=score_text(line.rated.score),
        proposed=line.proposed,
        allowed=[outcome.value for outcome in line.allowed],
        reasons=list(line.reasons),
        version=1,
    )


def _has_changed(row: RatingLine, line: Line) -> bool:
    now: Sequence[object] = (
        score_text(line.rated.score),
        line.proposed,
        [outcome.value for outcome in line.allowed],
        list(line.reasons),
    )
    return now != (row.score, row.proposed, row.allowed, row.reasons)
