"""Putting a sealed month right: previewed, proposed by the office, decided by the director."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from yimen.core.audit import record_audit
from yimen.core.caller import Caller
from yimen.core.errors import Conflict, Forbidden, NotFound
from yimen.core.outbox import publish_event
from yimen.core.pagination import Page, PageQuery
from yimen.core.preconditions import require_version
from yimen.core.schemas import AllowedAction
from yimen.domains.scoring.access import why_not_amendment
from yimen.domains.scoring.enums import (
    AMENDMENT_MOVES,
    AmendmentAction,
    AmendmentState,
    MonthState,
)
from yimen.domains.scoring.models import ScoreAmendment, ScoreMonth, ScoreTotal
from yimen.domains.scoring.repository_reckoning import RosterRow
from yimen.domains.scoring.rules import (
    Change,
    Subject,
    differences,
    month_of,
    own_scores,
    points_text,
    post,
    score_text,
)
from yimen.domains.scoring.schemas_months import (
    AmendmentCreate,
    AmendmentRead,
    Decision,
    EntryChange,
    PreviewRead,
    ScoreDifference,
)
from yimen.domains.scoring.service import score_of
from yimen.domains.scoring.service_gathering import Span
from yimen.domains.scoring.service_months import MonthService, WrongMonthState, YearSealed
from yimen.domains.scoring.service_posting import EVERYTHING

SUBJECT = "score_amendment"


class AmendmentNotFound(NotFound):
    code = "score_amendment_not_found"
    title = "没有找到该更正。"


class NotYoursToDecide(Forbidden):
    code = "score_amendment_not_yours"
    title = "已封存月份的更正由中心主任批准。"


class AmendmentDecided(Conflict):
    code = "score_amendment_state"
    title = "该更正已经有了结论。"


class AmendmentPending(Conflict):
    code = "score_amendment_pending"
    title = "该月已有一项更正待主任批准，请先等待结论。"
    constraint = "uq_score_amendments_proposed"


class NothingToAmend(Conflict):
    code = "score_nothing_to_amend"
    title = "该月的记录与封存时相同，没有需要更正的得分。"


class AmendmentOutdated(Conflict):
    code = "score_amendment_outdated"
    title = "提出更正之后，该月的记录又有变化；请不批准本项，由办公室重新提出。"


class AmendmentService:
    """Amendments as one caller may propose or decide them."""

    def __init__(self, months: MonthService, caller: Caller, now: datetime) -> None:
        self.months = months
        self.scores = months.scores
        self.posting = months.posting
        self.caller = caller
        self.now = now

    async def preview(self, month: date) -> PreviewRead:
        """What has come out otherwise since the month was sealed; writes nothing."""
        row = await self.months.find(month)
        if row.state is not MonthState.SEALED:
            raise WrongMonthState(f"该月考评“{row.state.label}”，封存后才需要更正。")
        return PreviewRead(
            month=f"{month:%Y-%m}",
            from_version_no=row.version_no,
            differences=await self._differences(row),
        )

    async def propose(self, month: date, wish: AmendmentCreate) -> AmendmentRead:
        """Lay the differences before the director; raises NothingToAmend, AmendmentPending."""
        await self.posting.ledger.hold()
        shown_now = await self.preview(month)
        if await self.scores.is_year_sealed(month.year):
            raise YearSealed
        if await self.scores.proposed(month) is not None:
            raise AmendmentPending
        if not shown_now.differences:
            raise NothingToAmend
        amendment = await self.scores.add(
            ScoreAmendment(
                month=month,
                from_version_no=shown_now.from_version_no,
                state=AmendmentState.PROPOSED,
                reason=wish.reason,
                preview={"differences": _dump(shown_now.differences)},
                proposed_at=self.now,
                proposed_by_name=self.caller.name,
            )
        )
        await self._tell(amendment, "propose", old=None)
        return self.present(amendment)

    async def approve(self, amendment_id: UUID, seen: int, wish: Decision) -> AmendmentRead:
        """Give the month its next version; the one before stays as it is and can be read.

        Raises AmendmentOutdated when the records say something else than was proposed.
        """
        await self.posting.ledger.hold()
        amendment = await self._begin(AmendmentAction.APPROVE, amendment_id, seen)
        if await self.scores.is_year_sealed(amendment.month.year):
            raise YearSealed
        row = await self.months.find(amendment.month)
        if _dump(await self._differences(row)) != amendment.preview["differences"]:
            raise AmendmentOutdated
        await self._write(row, amendment)
        return await self._decide(amendment, AmendmentState.APPROVED, "approve", wish)

    async def refuse(self, amendment_id: UUID, seen: int, wish: Decision) -> AmendmentRead:
        """Leave the month as it was sealed."""
        amendment = await self._begin(AmendmentAction.REFUSE, amendment_id, seen)
        return await self._decide(amendment, AmendmentState.REFUSED, "refuse", wish)

    async def list_page(self, query: PageQuery) -> Page[AmendmentRead]:
        """All amendments, the newest first."""
        rows, cursor, total = await self.scores.amendments_page(query)
        return Page(items=[self.present(row) for row in rows], next_cursor=cursor, total=total)

    async def read(self, amendment_id: UUID) -> AmendmentRead:
        """One amendment; raises AmendmentNotFound."""
        return self.present(await self._find(amendment_id))

    # What would change

    async def _differences(self, row: ScoreMonth) -> list[ScoreDifference]:
        card = self.posting.card(row)
        before = await self.scores.entries(row.month, row.version_no)
        facts = await self.posting.gather(row, EVERYTHING)
        after = post(facts, card)
        by_subject: dict[Subject, list[Change]] = {}
        for change in differences([entry.posting for entry in before], after):
            posting = change.after or change.before
            assert posting is not None
            by_subject.setdefault(posting.fact.subject, []).append(change)
        kept = {
            Subject(total.subject_kind, total.subject_id): total
            for total in await self.scores.totals(row.month, row.version_no)
        }
        roster = await self.posting.ledger.roster(*Span.of(row.month))
        own = own_scores(after, card, roster)
        found = []
        for subject in sorted(kept.keys() | roster.keys() | by_subject.keys()):
            difference = _difference(
                subject, kept.get(subject), roster.get(subject), by_subject.get(subject, ())
            )
            if subject in roster:
                score = month_of(subject, own, roster[subject].staff_ids, card)
                difference = difference.model_copy(update={"after": score_text(score)})
            if difference.changes or difference.before != difference.after:
                found.append(difference)
        return found

    async def _write(self, row: ScoreMonth, amendment: ScoreAmendment) -> None:
        version_no = row.version_no + 1
        await self.posting.ledger.copy_totals(row.month, version_no)
        facts = await self.posting.gather(row, EVERYTHING)
        touched = await self.posting.write(row, facts, EVERYTHING, version_no=version_no)
        await self.posting.reckon(row, version_no=version_no)
        await self.months.set_seal(
            row, version_no=version_no, reason=amendment.reason, amendment_id=amendment.id
        )
        row.version_no = version_no
        row.posted_at = self.now
        row.version += 1
        await self.scores.flush()
        month = f"{row.month:%Y-%m}"
        await publish_event(
            self.scores.session,
            kind="score.amended",
            subject_type="score_month",
            subject_id=month,
            occurred_at=self.now,
            facts={
                "month": month,
                "version_no": version_no,
                "amendment_id": str(amendment.id),
                "subjects": sorted(f"{subject.kind}/{subject.id}" for subject in touched),
            },
        )

    # Deciding

    async def _find(self, amendment_id: UUID) -> ScoreAmendment:
        amendment = await self.scores.amendment(amendment_id)
        if amendment is None:
            raise AmendmentNotFound
        return amendment

    async def _begin(
        self, action: AmendmentAction, amendment_id: UUID, seen: int
    ) -> ScoreAmendment:
        amendment = await self._find(amendment_id)
        refusal = why_not_amendment(action, amendment.state, self.caller)
        if refusal is not None and refusal.code == "forbidden":
            raise NotYoursToDecide(refusal.reason)
        require_version(amendment.version, seen)
        if refusal is not None:
            raise AmendmentDecided(refusal.reason, allowed=[])
        return amendment

    async def _decide(
        self, amendment: ScoreAmendment, to: AmendmentState, act: str, wish: Decision
    ) -> AmendmentRead:
        assert to in AMENDMENT_MOVES[amendment.state]
        old = _facts(amendment)
        amendment.state = to
        amendment.decided_at = self.now
        amendment.decided_by_name = self.caller.name
        amendment.decision_note = wish.note
        amendment.version += 1
        await self.scores.flush()
        await self._tell(amendment, act, old=old)
        return self.present(amendment)

    async def _tell(
        self, amendment: ScoreAmendment, act: str, *, old: dict[str, object] | None
    ) -> None:
        facts = _facts(amendment)
        await record_audit(
            self.scores.session,
            caller=self.caller,
            action=f"score_amendments.{act}",
            subject_type=SUBJECT,
            subject_id=amendment.id,
            old=old,
            new=facts,
        )
        await publish_event(
            self.scores.session,
            kind=f"score_amendment.{act}",
            subject_type=SUBJECT,
            subject_id=amendment.id,
            occurred_at=self.now,
            facts=facts,
        )

    def present(self, amendment: ScoreAmendment) -> AmendmentRead:
        """An amendment as its caller sees it."""
        actions = [
            AllowedAction.of(action, why_not_amendment(action, amendment.state, self.caller))
            for action in AmendmentAction
        ]
        return AmendmentRead(
            id=amendment.id,
            month=f"{amendment.month:%Y-%m}",
            from_version_no=amendment.from_version_no,
            state=amendment.state,
            state_label=amendment.state.label,
            reason=amendment.reason,
            differences=[
                ScoreDifference.model_validate(each) for each in amendment.preview["differences"]
            ],
            proposed_at=amendment.proposed_at,
            proposed_by_name=amendment.proposed_by_name,
            decided_at=amendment.decided_at,
            decided_by_name=amendment.decided_by_name,
            decision_note=amendment.decision_note,
            allowed_actions=actions,
            version=amendment.version,
        )


def _facts(amendment: ScoreAmendment) -> dict[str, object]:
    return {
        "month": f"{amendment.month:%Y-%m}",
        "from_version_no": amendment.from_version_no,
        "state": amendment.state,
        "version": amendment.version,
    }


def _dump(found: Sequence[ScoreDifference]) -> list[Mapping[str, Any]]:
    return [each.model_dump(mode="json") for each in found]


def _difference(
    subject: Subject,
    kept: ScoreTotal | None,
    now: RosterRow | None,
    changes: Sequence[Change],
) -> ScoreDifference:
    named = kept or now
    return ScoreDifference(
        kind=subject.kind,
        subject_id=subject.id,
        number=named.number if named else "",
        name=named.name if named else subject.kind.label,
        before=None if kept is None else score_text(score_of(kept)),
        after=None,
        changes=[_change(change) for change in changes],
    )


def _change(change: Change) -> EntryChange:
    posting = change.after or change.before
    assert posting is not None
    return EntryChange(
        day=posting.fact.day,
        rule_label=posting.rate.label,
        evidence=posting.fact.evidence,
        taken_before=None if change.before is None else points_text(change.before.taken),
        taken_after=None if change.after is None else points_text(change.after.taken),
    )
