"""What a draft of the rulebook would have made of a month that has been scored."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from yimen.domains.rulebook.service import Edition, RulebookService
from yimen.domains.rulebook.service_drafts import DraftService
from yimen.domains.scoring.enums import SubjectKind
from yimen.domains.scoring.repository import ScoreRepository
from yimen.domains.scoring.rules import Subject, month_of, own_scores, post, shown
from yimen.domains.scoring.rules_card import card_of, is_low_for_guard, is_low_month
from yimen.domains.scoring.schemas_drafts import DraftEffectRead, DraftEffects
from yimen.domains.scoring.service import score_of
from yimen.domains.scoring.service_months import MonthNotFound


class DraftEffectService:
    """Judges a month's facts by a draft; writes nothing."""

    def __init__(
        self, scores: ScoreRepository, drafts: DraftService, rulebook: RulebookService
    ) -> None:
        self.scores = scores
        self.drafts = drafts
        self.rulebook = rulebook

    async def effects(self, draft_id: UUID, month: date) -> DraftEffects:
        """Whose score would differ, by kind and number; raises DraftNotFound, MonthNotFound.

        The facts are those of the month's ledger: what counted as a fact then does so here, and a
        rule that the draft has no longer takes nothing.
        """
        draft = await self.drafts.edition(draft_id)
        row = await self.scores.month(month)
        if row is None:
            raise MonthNotFound
        card, edition = card_of(draft), self.rulebook.edition(row.edition_code)
        entries = await self.scores.entries(month, row.version_no)
        facts = [entry.posting.fact for entry in entries if entry.posting.fact.rule in card.rates]
        totals = await self.scores.totals(month, row.version_no)
        subjects = [Subject(total.subject_kind, total.subject_id) for total in totals]
        own = own_scores(post(facts, card), card, subjects)
        items = []
        for total, subject in zip(totals, subjects, strict=True):
            before = shown(score_of(total))
            after = shown(month_of(subject, own, total.staff_ids, card))
            lows = _is_low(subject, before, edition), _is_low(subject, after, draft)
            if before != after or lows[0] != lows[1]:
                items.append(
                    DraftEffectRead(
                        kind=subject.kind,
                        kind_label=subject.kind.label,
                        subject_id=subject.id,
                        number=total.number,
                        name=total.name,
                        before=None if before is None else str(before),
                        after=None if after is None else str(after),
                        is_low_before=lows[0],
                        is_low_after=lows[1],
                    )
                )
        return DraftEffects(
            month=f"{month:%Y-%m}",
            version_no=row.version_no,
            edition_code=row.edition_code,
            draft_code=draft.code,
            compared=len(totals),
            items=sorted(items, key=lambda item: (item.kind, item.number)),
        )


def _is_low(subject: Subject, score: Decimal | None, edition: Edition) -> bool:
    """Whether a month has consequences: 65 or less for staff, below 60 for guards."""
    if score is None:
        return False
    match subject.kind:
        case SubjectKind.STAFF:
            return is_low_month(score, edition)
        case SubjectKind.GUARD:
            return is_low_for_guard(score, edition)
        case _:
            return False
