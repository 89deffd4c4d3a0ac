"""An edition of the rulebook is published, and open cases move with its office hours."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from yimen.domains.calendars.service_calendar import MovedDeadline
from yimen.domains.cases.schemas_calendar import PublishEditionCommand
from yimen.domains.cases.service_calendar import CalendarChangeService, MovedCase
from yimen.domains.rulebook.service_drafts import DraftService


@dataclass(frozen=True, slots=True)
class EditionOutcome:
    """What publishing an edition does, or did."""

    is_applied: bool
    code: str
    title: str
    takes_effect_on: date
    version: int
    moved: tuple[MovedCase, ...]
    deadlines: tuple[MovedDeadline, ...]


class EditionChangeService:
    """Publishing a draft, with what that does to open cases (domain.md §3, §9)."""

    def __init__(self, changes: CalendarChangeService, drafts: DraftService) -> None:
        self.changes = changes
        self.drafts = drafts

    async def publish(
        self, draft_id: UUID, wish: PublishEditionCommand, *, seen: int
    ) -> EditionOutcome:
        """The draft is in force from its first day; a dry run only tells what would move."""
        calendars = self.changes.bench.calendars
        if not wish.dry_run:
            await calendars.hold_for_edition()  # the calendar is held, then the draft's row
        draft, edition = await self.drafts.to_publish(draft_id, seen)
        rulebook = self.drafts.rulebook.with_edition(edition)
        if wish.dry_run:
            outcome = await self.changes.preview(await calendars.propose_edition(rulebook))
        else:
            await self.drafts.publish(draft, wish.reason)
            change = await calendars.take_edition(rulebook)
            outcome = await self.changes.apply(change, f"发布制度版本{edition.code}")
        return EditionOutcome(
            is_applied=outcome.is_applied,
            code=draft.code,
            title=draft.title,
            takes_effect_on=draft.takes_effect_on,
            version=draft.version,
            moved=outcome.moved,
            deadlines=outcome.deadlines,
        )
