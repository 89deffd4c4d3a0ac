"""How a case is refused: the acts that a filing calls down, none of them a route of its own.

A case ends refused only with its filing (domain.md §5), so these acts are the filing's to give.
"""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from yimen.domains.cases.enums import CaseAction, CaseEventKind, CaseState, PendingDecision
from yimen.domains.cases.service_clock import DecisionPending, NothingPending
from yimen.domains.cases.service_steps import PaperMaker, RefusalPending, Step, StepService
from yimen.domains.papers.enums import PaperKind
from yimen.domains.papers.rules import CaseFacts, PaperBody, refusal_notice

__all__ = ["PaperMaker", "RefusalService", "Step"]


class RefusalService:
    """The steps of a refusal on the case itself; the caller's transaction holds the filing."""

    def __init__(self, steps: StepService) -> None:
        self.steps = steps
        self.bench = steps.bench

    async def begin(self, case_id: UUID, seen: int | None, action: CaseAction) -> Step:
        """Lock the case for a step of its refusal; raises what stands against it.

        Raises RefusalPending, DecisionPending, NothingPending.
        """
        step = await self.steps.begin(case_id, seen, action)
        pending = step.case.pending_decision
        match action:
            case CaseAction.REFUSE if pending is PendingDecision.REFUSAL:
                raise RefusalPending(article="REJECT 三")
            case CaseAction.REQUEST_REFUSAL if pending is not None:
                raise DecisionPending(f"“{pending.label}”的请示正等待领导批示。")
            case CaseAction.DECIDE_REFUSAL if pending is not PendingDecision.REFUSAL:
                raise NothingPending
            case _:
                return step

    async def refuse(
        self,
        step: Step,
        *,
        reason: str,
        legal_basis: str,
        handler_name: str,
        form: PaperMaker,
        filing_number: str,
        article: str,
    ) -> None:
        """End the case refused now, with its form and the written notice (REJECT 二, 五)."""
        decided_at = self.bench.now
        step.move(CaseState.REFUSED)
        self.steps.decide(step.case)
        step.issue(PaperKind.REJECTION_FORM, form)

        def notice(head: CaseFacts) -> PaperBody:
            return refusal_notice(
                replace(head, handler_name=handler_name),
                reason=reason,
                legal_basis=legal_basis,
                decided_at=decided_at,
            )

        step.issue(PaperKind.REFUSAL_NOTICE, notice)
        step.happened(
            CaseEventKind.REFUSED,
            article,
            reason,
            {
                "legal_basis": legal_basis,
                "filing_number": filing_number,
                "due_at": step.case.due_at,
            },
        )
        await self.steps.end(step)

    async def ask(
        self, step: Step, *, reason: str, filing_number: str, answer_by: datetime
    ) -> None:
        """The director is asked; the clock of the case goes on meanwhile (REJECT 三)."""
        step.case.pending_decision = PendingDecision.REFUSAL
        step.happened(
            CaseEventKind.REFUSAL_REQUESTED,
            "REJECT 三",
            reason,
            {"filing_number": filing_number, "answer_by": answer_by},
        )
        await self.steps.end(step)

    async def decline(
        self, step: Step, *, opinion: str, filing_number: str, form: PaperMaker
    ) -> None:
        """The director does not agree: the case goes on, the form is archived (REJECT 三)."""
        step.case.pending_decision = None
        step.issue(PaperKind.REJECTION_FORM, form)
        step.happened(
            CaseEventKind.REFUSAL_DECLINED,
            "REJECT 三",
            opinion,
            {"filing_number": filing_number},
        )
        await self.steps.end(step)

    async def retract(self, step: Step, *, reason: str, filing_number: str) -> None:
        """The request is taken back; the case may be finished otherwise."""
        if step.case.pending_decision is PendingDecision.REFUSAL:
            step.case.pending_decision = None
        step.happened(
            CaseEventKind.REFUSAL_RETRACTED, "REJECT 三", reason, {"filing_number": filing_number}
        )
        await self.steps.end(step)

    async def file(self, step: Step, *, filing_number: str, form: PaperMaker) -> None:
        """What was turned away before acceptance goes on file, too (EFFICACY 十五)."""
        step.issue(PaperKind.REJECTION_FORM, form)
        step.happened(
            CaseEventKind.REFUSAL_FILED, "EFFICACY 十五", None, {"filing_number": filing_number}
        )
        await self.steps.end(step)
