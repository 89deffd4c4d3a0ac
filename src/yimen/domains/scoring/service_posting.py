"""The ledger follows the records: what happened is posted within seconds, without being asked."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from yimen.core.clock import HALL_ZONE, hall_day, start_of_day
from yimen.core.outbox import publish_event
from yimen.domains.rulebook.service import RulebookService
from yimen.domains.scoring.enums import FactSource, MonthState
from yimen.domains.scoring.models import ScoreMonth, ScoreProgress
from yimen.domains.scoring.repository_ledger import HallEvent, LedgerRepository
from yimen.domains.scoring.rules import Fact, ScoreCard, Subject
from yimen.domains.scoring.rules_card import card_of
from yimen.domains.scoring.service_gathering import Gatherer, Span

MOST_EVENTS = 2_000
EVERYTHING = frozenset(FactSource)
SUBJECT = "score_month"

SOURCES_OF_EVENTS: dict[str, frozenset[FactSource]] = {
    "attendance": frozenset({FactSource.ATTENDANCE}),
    "case": frozenset({FactSource.CASES, FactSource.REJECTIONS}),
    "rejection": frozenset({FactSource.REJECTIONS}),
    "rating": frozenset({FactSource.RATINGS}),
    "finding": frozenset({FactSource.INSPECTIONS}),
    "complaint": frozenset({FactSource.COMPLAINTS}),
    "score_record": frozenset({FactSource.RECORDS}),
    "calendar": EVERYTHING,
}
"""Which facts an event may bear on, by the first word of its kind."""

ROSTER_EVENTS = frozenset({"departments", "windows", "staff", "services", "inspection_subject"})
"""Events that may change who is scored and who belongs to which window."""


@dataclass(slots=True)
class Dirty:
    """What is to be looked at anew."""

    sources: set[FactSource] = field(default_factory=set)
    roster: bool = False

    def hear(self, event: HallEvent) -> None:
        word = event.kind.partition(".")[0]
        self.sources |= SOURCES_OF_EVENTS.get(word, frozenset())
        self.roster |= word in ROSTER_EVENTS


class PostingService:
    """Posts facts; the only one who writes entries and totals."""

    def __init__(
        self,
        ledger: LedgerRepository,
        gatherer: Gatherer,
        rulebook: RulebookService,
        now: datetime,
    ) -> None:
        self.ledger = ledger
        self.gatherer = gatherer
        self.rulebook = rulebook
        self.now = now

    async def catch_up(self) -> int:
        """Take account of what has happened since the last time; returns how many subjects moved.

        Only sources that an event or the passing of time may have touched are asked, and only for
        months that are not sealed.
        """
        await self.ledger.hold()
        progress = await self.ledger.hold_progress()
        dirty = Dirty()
        await self._hear(progress, dirty)
        await self._sweep(progress, dirty)
        if not (dirty.sources or dirty.roster):
            return 0
        today = hall_day(self.now)
        months = {*await self.ledger.unsealed(), today.replace(day=1)}
        moved = 0
        for month in sorted(months):
            moved += await self._post(month, dirty)
        return moved

    async def _post(self, month: date, dirty: Dirty) -> int:
        is_new = await self.ledger.month(month) is None
        row = await self.open(month)
        if row.state is MonthState.SEALED:
            return 0
        return await self.refresh(
            row,
            EVERYTHING if is_new else dirty.sources,
            roster_changed=is_new or dirty.roster,
        )

    async def open(self, month: date) -> ScoreMonth:
        """The month, opened under the edition in force on its first day if it is new."""
        edition = self.rulebook.edition_on(month)
        row = await self.ledger.open_month(month, edition.code)
        card = self.card(row)
        if not await self.ledger.has_rules(card):
            await self.ledger.keep_rules(card)
        return row

    def card(self, month: ScoreMonth) -> ScoreCard:
        """What the month is judged by."""
        return card_of(self.rulebook.edition(month.edition_code))

    async def gather(self, month: ScoreMonth, sources: Collection[FactSource]) -> list[Fact]:
        """The facts of a month as the records are now."""
        edition = self.rulebook.edition(month.edition_code)
        return await self.gatherer.gather(Span.of(month.month), sources, edition)

    async def refresh(
        self, month: ScoreMonth, sources: Collection[FactSource], *, roster_changed: bool
    ) -> int:
        """Bring a month that is not sealed to what the records say; returns how many moved."""
        facts = await self.gather(month, sources)
        touched = await self.write(month, facts, sources, version_no=month.version_no)
        ids = {subject.id for subject in touched}
        if roster_changed or not await self.ledger.are_enrolled(month.month, ids):
            await self.reckon(month, version_no=month.version_no)
        elif touched:
            await self.reckon(month, version_no=month.version_no, only=touched)
        if touched:
            month.posted_at = self.now
            month.version += 1
            await self.ledger.flush()
            await self._tell(month, touched)
        return len(touched)

    async def write(
        self,
        month: ScoreMonth,
        facts: Iterable[Fact],
        sources: Collection[FactSource],
        *,
        version_no: int,
    ) -> set[Subject]:
        """Enter what is new and undo what no longer holds."""
        return await self.ledger.post(month, facts, sources, version_no=version_no, now=self.now)

    async def reckon(
        self, month: ScoreMonth, *, version_no: int, only: Iterable[Subject] | None = None
    ) -> None:
        """Write what the subjects' months come to; for all, as the hall has them now."""
        card, last = self.card(month), Span.of(month.month).last
        if only is None:
            await self.ledger.enrol(month.month, card, last=last, version_no=version_no)
        await self.ledger.reckon(
            month.month,
            card,
            last=last,
            version_no=version_no,
            only=None if only is None else sorted({subject.id for subject in only}),
        )

    async def _hear(self, progress: ScoreProgress, dirty: Dirty) -> None:
        if progress.swept_at is None:  # everything is looked at: what was told before is in it
            progress.event_transaction_id, progress.event_id = await self.ledger.horizon(), 0
            return
        after = progress.event_transaction_id, progress.event_id
        events: Sequence[HallEvent] = await self.ledger.events_after(*after, MOST_EVENTS)
        for event in events:
            dirty.hear(event)
        if events:
            progress.event_transaction_id = events[-1].transaction_id
            progress.event_id = events[-1].id

    async def _sweep(self, progress: ScoreProgress, dirty: Dirty) -> None:
        """What tells nobody: a time limit runs out, an office day or a month ends."""
        swept_at = progress.swept_at
        if swept_at is None or self._passed_an_end(swept_at):
            dirty.sources |= EVERYTHING
            dirty.roster = True
        elif await self.gatherer.cases.is_any_due(swept_at):
            dirty.sources.add(FactSource.CASES)
        if swept_at is None or swept_at < self.now:
            progress.swept_at = self.now
        await self.ledger.flush()

    def _passed_an_end(self, swept_at: datetime) -> bool:
        """Whether office hours or a day have ended between then and now."""
        first, today = hall_day(swept_at), hall_day(self.now)
        if today - first > timedelta(days=1):
            return True
        ends = [start_of_day(today)]
        for day in {first, today}:
            shifts = self.rulebook.edition_on(day).shifts_on(day)
            ends += [datetime.combine(day, closes, HALL_ZONE) for _, closes in shifts]
        return any(swept_at <= end < self.now for end in ends)

    async def _tell(self, month: ScoreMonth, touched: Collection[Subject]) -> None:
        await publish_event(
            self.ledger.session,
            kind="score.posted",
            subject_type=SUBJECT,
            subject_id=f"{month.month:%Y-%m}",
            occurred_at=self.now,
            facts={"month": f"{month.month:%Y-%m}", "subjects": len(touched)},
        )
