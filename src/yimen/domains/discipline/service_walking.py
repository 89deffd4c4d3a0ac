"""Compares what the records prove with what was proposed; decides nothing (domain.md §7).

A fact that is gone takes its open proposal with it, and puts the measure that a person decided on
it under review: it no longer counts, and a person decides again.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from yimen.core.audit import record_audit
from yimen.core.database import JsonObject, new_id
from yimen.core.outbox import publish_event
from yimen.domains.discipline.enums import MeasureState, ProposalState
from yimen.domains.discipline.models import DisciplinaryMeasure, MeasureProposal
from yimen.domains.discipline.repository import DisciplineRepository
from yimen.domains.discipline.rules import Draft, Fact, propose
from yimen.domains.rulebook.enums import Proof, Target
from yimen.domains.rulebook.service import RulebookService
from yimen.domains.scoring.rules_words import say_article

PROPOSAL = "measure_proposal"
MEASURE = "measure"
FALLEN = "依据的事实已不存在或不再计入。"


class Walked(NamedTuple):
    """What a walk changed."""

    proposed: int
    fallen: list[MeasureProposal]
    put_under_review: list[DisciplinaryMeasure]


@dataclass(frozen=True, slots=True)
class Walker:
    """Acts as nobody: what it does is to propose, and to say that a reason is gone."""

    discipline: DisciplineRepository
    rulebook: RulebookService
    now: datetime

    async def escalations(self, first: date, last: date, staff_ids: Collection[UUID]) -> Walked:
        """Walk what rests on measures themselves: admonitions that lead to a warning."""
        first, last = date(first.year, 1, 1), date(last.year, 12, 31)
        await self.discipline.begin_walk()
        facts = await self.admonitions(first, last, staff_ids)
        return await self.walk(facts, first, last, {Proof.ADMONITION}, staff_ids)

    async def resting_on(self, measure: DisciplinaryMeasure) -> Walked:
        """Walk again what rests on a measure that has changed: escalations, a leader's part.

        What counts the facts behind it (a second overdue case) follows with the next search.
        """
        year = measure.decided_on
        fallen: list[MeasureProposal] = []
        reviewed: list[DisciplinaryMeasure] = []
        proposed = 0
        if measure.staff_id is not None:
            walked = await self.escalations(year, year, {measure.staff_id})
            proposed, fallen, reviewed = walked
        if not measure_stands(measure):
            for proposal in await self.discipline.because_of(f"{MEASURE}:{measure.id}"):
                if proposal.state is ProposalState.OPEN:
                    fallen.append(await self._fall(proposal))
                elif proposal.state is ProposalState.CONFIRMED:
                    reviewed += await self._put_under_review(proposal)
        return Walked(proposed, fallen, reviewed)

    async def admonitions(
        self, first: date, last: date, staff_ids: Collection[UUID] | None = None
    ) -> list[Fact]:
        """The admonitions that count, as facts that a warning may rest on."""
        return [
            Fact(
                proof=Proof.ADMONITION,
                source=f"measure:{measure.id}",
                staff_id=measure.staff_id,
                day=measure.decided_on,
                text=f"{measure.decided_on.isoformat()}被诫勉教育"
                f"（{measure.measure_number}，{say_article(measure.article)}）：{measure.ground_label}",
                window_id=measure.window_id,
            )
            for measure in await self.discipline.admonitions(first, last, staff_ids)
            if measure.staff_id is not None
        ]

    async def walk(
        self,
        facts: Iterable[Fact],
        first: date,
        last: date,
        proofs: Collection[Proof],
        staff_ids: Collection[UUID] | None = None,
    ) -> Walked:
        """Bring the proposals of these days in line with the facts, which must be all there are."""
        let_go = await self.discipline.let_go(first, last)
        drafts = {
            draft.key: draft
            for draft in propose(facts, self.rulebook.edition_on, let_go)
            if first <= draft.day <= last
        }
        known = await self.discipline.from_records(first, last, proofs, staff_ids)
        fallen, reviewed = [], []
        for proposal in known:
            draft = drafts.pop(proposal.key or "", None)
            match proposal.state:
                case ProposalState.OPEN if draft is None:
                    fallen.append(await self._fall(proposal))
                case ProposalState.FALLEN if draft is not None:
                    await self._change(proposal, draft, ProposalState.OPEN)
                case ProposalState.OPEN if draft is not None and _evidence(draft) != (
                    proposal.evidence
                ):
                    await self._change(proposal, draft, ProposalState.OPEN)
                case ProposalState.CONFIRMED if draft is None:
                    reviewed += await self._put_under_review(proposal)
        for draft in drafts.values():
            await self._propose(draft)
        again = {one.staff_id for one in reviewed if one.staff_id is not None}
        if again and proofs != {Proof.ADMONITION}:
            further = await self.escalations(first, last, again)
            fallen += further.fallen
            reviewed += further.put_under_review
        return Walked(len(drafts), fallen, reviewed)

    async def _propose(self, draft: Draft) -> None:
        department_id, window_id = await self.discipline.place_of(draft.staff_id, draft.day)
        ground = draft.ground
        proposal = await self.discipline.add(
            MeasureProposal(
                id=new_id(),
                key=draft.key,
                state=ProposalState.OPEN,
                ground_code=ground.code,
                ground_label=ground.label,
                article=ground.article,
                also=list(draft.also),
                edition_code=self.rulebook.edition_on(draft.day).code,
                measure=ground.measure,
                target=Target.PERSON,
                staff_id=draft.staff_id,
                window_id=draft.window_id or window_id,
                department_id=department_id,
                day=draft.day,
                proof=ground.proof,
                source=draft.source,
                evidence=_evidence(draft),
                proposed_at=self.now,
            )
        )
        await self.tell(proposal, "propose", old=None)

    async def _change(self, proposal: MeasureProposal, draft: Draft, state: ProposalState) -> None:
        old = proposal_facts(proposal)
        proposal.state = state
        proposal.evidence = _evidence(draft)
        proposal.also = list(draft.also)
        proposal.reason = None
        proposal.version += 1
        await self.tell(proposal, "walk", old=old)

    async def _fall(self, proposal: MeasureProposal) -> MeasureProposal:
        old = proposal_facts(proposal)
        proposal.state = ProposalState.FALLEN
        proposal.reason = FALLEN
        proposal.version += 1
        await self.tell(proposal, "fall", old=old)
        return proposal

    async def _put_under_review(self, proposal: MeasureProposal) -> list[DisciplinaryMeasure]:
        measure = await self.discipline.of_proposal(proposal.id)
        if (
            measure is None
            or measure.state is MeasureState.REVOKED
            or measure.review_reason is not None  # waits, or a person has kept it
        ):
            return []
        measure.review_since = self.now
        measure.review_reason = (
            f"{proposal.ground_label}（{say_article(proposal.article)}）：{FALLEN}"
        )
        measure.version += 1
        await self.discipline.session.flush()
        await record_audit(
            self.discipline.session,
            caller=None,
            action="discipline.put_under_review",
            subject_type=MEASURE,
            subject_id=measure.id,
            new={"measure_number": measure.measure_number, "reason": measure.review_reason},
        )
        await publish_event(
            self.discipline.session,
            kind="measure.under_review",
            subject_type=MEASURE,
            subject_id=measure.id,
            department_id=measure.department_id,
            facts={"measure_number": measure.measure_number, "kind": measure.kind},
            occurred_at=self.now,
        )
        return [measure]

    async def tell(
        self, proposal: MeasureProposal, act: str, *, old: dict[str, object] | None
    ) -> None:
        """Audit row and event of what the records did to a proposal; the office hears of it."""
        await self.discipline.session.flush()
        await record_audit(
            self.discipline.session,
            caller=None,
            action=f"discipline.{act}",
            subject_type=PROPOSAL,
            subject_id=proposal.id,
            old=old,
            new=proposal_facts(proposal),
        )
        await publish_event(
            self.discipline.session,
            kind=f"measure_proposal.{act}",
            subject_type=PROPOSAL,
            subject_id=proposal.id,
            facts=proposal_facts(proposal),
            occurred_at=self.now,
        )


def measure_stands(measure: DisciplinaryMeasure) -> bool:
    return measure.state is not MeasureState.REVOKED and measure.review_since is None


def proposal_facts(proposal: MeasureProposal) -> dict[str, object]:
    """What an audit row and an event say of a proposal."""
    return {
        "state": proposal.state,
        "ground_code": proposal.ground_code,
        "article": proposal.article,
        "measure": proposal.measure,
        "day": proposal.day.isoformat(),
        "version": proposal.version,
    }


def _evidence(draft: Draft) -> list[JsonObject]:
    return [
        {"source": fact.source, "day": fact.day.isoformat(), "text": fact.text}
        for fact in draft.facts
    ]
