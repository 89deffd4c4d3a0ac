"""An edition of the centre's own: drafted by the office, compared, published by the director."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from yimen.core.audit import record_audit
from yimen.core.caller import Caller
from yimen.core.clock import hall_day
from yimen.core.database import new_id
from yimen.core.errors import Conflict, FieldProblem, InvalidInput, NotFound
from yimen.core.outbox import publish_event
from yimen.core.pagination import Page
from yimen.core.preconditions import require_version
from yimen.core.schemas import AllowedAction
from yimen.domains.rulebook.access import why_not
from yimen.domains.rulebook.enums import DRAFT_MOVES, DraftAction, DraftState
from yimen.domains.rulebook.models import RulebookEdition
from yimen.domains.rulebook.repository import EditionRepository
from yimen.domains.rulebook.rules import Edition, edition_in_force
from yimen.domains.rulebook.rules_checks import EditionFaulty
from yimen.domains.rulebook.rules_drafts import (
    TakenFromElsewhere,
    UnknownPart,
    completed,
    differences,
    rewritten,
    with_part,
)
from yimen.domains.rulebook.rules_reading import parse_edition
from yimen.domains.rulebook.schemas import GroundRead, RuleTableRead, RuleValueRead
from yimen.domains.rulebook.schemas_drafts import (
    DifferenceRead,
    DraftChange,
    DraftCreate,
    DraftDecision,
    DraftDifferences,
    DraftQuery,
    DraftRead,
    DraftSummary,
    DraftText,
    EditionCheck,
)
from yimen.domains.rulebook.service import NEWEST_PACKAGED, RulebookService

MOST_PROBLEMS = 50


class DraftNotFound(NotFound):
    code = "edition_draft_not_found"
    title = "没有找到这份制度版本草案。"


class WrongDraftState(Conflict):
    code = "edition_state"
    title = "该版本当前的状态不允许这样办理。"


class EditionCodeTaken(Conflict):
    code = "edition_code_taken"
    title = "这个版本代码已被使用，请换一个。"
    constraint = "uq_rulebook_editions_code"


class EditionMonthTaken(Conflict):
    code = "edition_month_taken"
    title = "该月已有一个版本开始施行，请改定另一个月。"
    constraint = "uq_rulebook_editions_month"


class EditionTooLate(Conflict):
    code = "edition_too_late"
    title = "制度版本只能从今后某月的 1 日起施行，不溯及已经过去和正在进行的月份。"


class DraftService:
    """The acts on a draft, and what it would say."""

    def __init__(
        self,
        editions: EditionRepository,
        rulebook: RulebookService,
        *,
        caller: Caller,
        now: datetime,
    ) -> None:
        self.editions = editions
        self.rulebook = rulebook
        self.caller = caller
        self.now = now

    # Reading

    async def list_page(self, query: DraftQuery) -> Page[DraftSummary]:
        """Editions of the centre's own, the newest draft first."""
        rows, cursor, total = await self.editions.page_of(query)
        items = [DraftSummary.model_validate(self._head(row)) for row in rows]
        return Page(items=items, next_cursor=cursor, total=total)

    async def read(self, draft_id: UUID) -> DraftRead:
        """A draft with all its parts; raises DraftNotFound."""
        return self._present(await self._find(draft_id))

    async def text(self, draft_id: UUID) -> DraftText:
        """A draft as YAML."""
        row = await self._find(draft_id)
        return DraftText(code=row.code, text=row.document, version=row.version)

    async def edition(self, draft_id: UUID) -> Edition:
        """A draft as an edition, to see what it would have made of a month."""
        return _edition_of(await self._find(draft_id))

    async def differences(self, draft_id: UUID) -> DraftDifferences:
        """What a draft changes of the edition that would else be in force on its first day."""
        row = await self._find(draft_id)
        others = [one for one in self.rulebook.editions() if one.code != row.code]
        before = edition_in_force(others, row.takes_effect_on)
        found = differences(before, _edition_of(row))
        return DraftDifferences(
            compared_with=before.code,
            takes_effect_on=row.takes_effect_on,
            items=[DifferenceRead.model_validate(one) for one in found],
        )

    # Drafting

    async def create(self, wish: DraftCreate) -> DraftRead:
        """A draft that begins like the edition in force on its first day."""
        base = self.rulebook.edition_on(wish.takes_effect_on)
        text = rewritten(
            completed(self.rulebook.text_of(base.code), NEWEST_PACKAGED),
            code=wish.code,
            title=wish.title,
            takes_effect_on=wish.takes_effect_on,
        )
        return await self._start(text, "/takes_effect_on")

    async def upload(self, wish: EditionCheck) -> DraftRead:
        """A draft from a file, its code and first day among the rest."""
        return await self._start(wish.text, "/text")

    async def _start(self, text: str, pointer: str) -> DraftRead:
        edition = _sound(text, pointer)
        self._check_code(edition.code)
        row = await self.editions.add(
            RulebookEdition(
                id=new_id(),
                code=edition.code,
                title=edition.title,
                takes_effect_on=edition.takes_effect_on,
                document=text,
                state=DraftState.DRAFT,
                drafted_at=self.now,
                drafted_by=self.caller.account_id,
                drafted_by_name=self.caller.name,
                changed_at=self.now,
                decided_at=None,
                decided_by_name=None,
                decision_reason=None,
                version=1,
            )
        )
        await self._tell(row, "drafted", new=_head_of(row))
        return self._present(row)

    async def change(self, draft_id: UUID, wish: DraftChange, seen: int) -> DraftRead:
        """Another figure for one part."""
        row = await self._to_change(draft_id, DraftAction.CHANGE, seen)
        try:
            text = with_part(row.document, wish.code, wish.value)
        except UnknownPart:
            raise _invalid("/code", "unknown", "草案里没有这个代码。") from None
        except TakenFromElsewhere as elsewhere:
            detail = f"这一项的分值取自 {elsewhere}，请改那里。"
            raise _invalid("/code", "taken_from_elsewhere", detail) from None
        return await self._rewrite(row, text, "/value", {"part": wish.code, "value": wish.value})

    async def replace(self, draft_id: UUID, wish: EditionCheck, seen: int) -> DraftRead:
        """The whole text anew."""
        row = await self._to_change(draft_id, DraftAction.REPLACE, seen)
        return await self._rewrite(row, wish.text, "/text", {})

    async def discard(self, draft_id: UUID, wish: DraftDecision, seen: int) -> DraftRead:
        """A draft comes to nothing."""
        row = await self._to_change(draft_id, DraftAction.DISCARD, seen)
        self._decide(row, DraftState.DISCARDED, wish.reason)
        await self.editions.flush()
        await self._tell(row, "discarded", new=_head_of(row))
        return self._present(row)

    async def _rewrite(
        self, row: RulebookEdition, text: str, pointer: str, told: dict[str, object]
    ) -> DraftRead:
        edition = _sound(text, pointer)
        if edition.code != row.code:
            self._check_code(edition.code)
        old = _edition_of(row)
        row.code, row.title = edition.code, edition.title
        row.takes_effect_on = edition.takes_effect_on
        row.document = text
        row.changed_at = self.now
        row.version += 1
        await self.editions.flush()
        changed = [one.code for one in differences(old, edition)]
        await self._tell(row, "changed", new=_head_of(row) | told | {"changed": changed})
        return self._present(row)

    # Publishing: given by ``cases``, where a new edition's office hours move deadlines

    async def to_publish(self, draft_id: UUID, seen: int) -> tuple[RulebookEdition, Edition]:
        """A draft that the director may publish now, held; raises EditionTooLate and others."""
        row = await self._to_change(draft_id, DraftAction.PUBLISH, seen)
        if row.takes_effect_on <= hall_day(self.now):
            raise EditionTooLate
        if any(one.takes_effect_on == row.takes_effect_on for one in self.rulebook.editions()):
            raise EditionMonthTaken
        self._check_code(row.code)
        return row, _sound(row.document, "")

    async def publish(self, row: RulebookEdition, reason: str | None) -> None:
        """The draft is an edition from its first day on, and never changed again."""
        self._decide(row, DraftState.PUBLISHED, reason)
        await self.editions.flush()
        await self._tell(row, "published", new=_head_of(row))

    def _decide(self, row: RulebookEdition, state: DraftState, reason: str | None) -> None:
        assert state in DRAFT_MOVES[row.state], f"{row.state} → {state}"
        row.state = state
        row.decided_at = self.now
        row.decided_by_name = self.caller.name
        row.decision_reason = reason
        row.version += 1

    # Shared

    async def _find(self, draft_id: UUID) -> RulebookEdition:
        row = await self.editions.find(draft_id)
        if row is None:
            raise DraftNotFound
        return row

    async def _to_change(self, draft_id: UUID, action: DraftAction, seen: int) -> RulebookEdition:
        row = await self.editions.lock(draft_id)
        if row is None:
            raise DraftNotFound
        require_version(row.version, seen)
        refusal = why_not(action, row.state, self.caller)
        if refusal is not None:
            raise WrongDraftState(refusal.reason, allowed=[])
        return row

    def _check_code(self, code: str) -> None:
        if code in {edition.code for edition in self.rulebook.editions()}:
            raise EditionCodeTaken

    async def _tell(self, row: RulebookEdition, act: str, *, new: dict[str, object]) -> None:
        """The audit row and the event of an act; everybody hears of what is published."""
        await record_audit(
            self.editions.session,
            caller=self.caller,
            action=f"editions.{act}",
            subject_type="edition",
            subject_id=row.id,
            new=new,
        )
        await publish_event(
            self.editions.session,
            kind=f"edition.{act}",
            subject_type="edition" if row.state is DraftState.PUBLISHED else "edition_draft",
            subject_id=row.id,
            facts={"code": row.code, "takes_effect_on": row.takes_effect_on.isoformat()},
            occurred_at=self.now,
        )

    def _head(self, row: RulebookEdition) -> dict[str, object]:
        return {
            "id": row.id,
            **_head_of(row),
            "takes_effect_on": row.takes_effect_on,
            "state": row.state,
            "state_label": row.state.label,
            "drafted_at": row.drafted_at,
            "drafted_by_name": row.drafted_by_name,
            "changed_at": row.changed_at,
            "decided_at": row.decided_at,
            "decided_by_name": row.decided_by_name,
            "decision_reason": row.decision_reason,
            "allowed_actions": self._judged(row),
        }

    def _present(self, row: RulebookEdition) -> DraftRead:
        edition = _edition_of(row)
        return DraftRead.model_validate(
            self._head(row)
            | {
                "values": [RuleValueRead.model_validate(one) for one in edition.values],
                "tables": [RuleTableRead.model_validate(one) for one in edition.tables],
                "grounds": [GroundRead.model_validate(one) for one in edition.grounds],
            }
        )

    def _judged(self, row: RulebookEdition) -> Sequence[AllowedAction]:
        return [
            AllowedAction.of(action, why_not(action, row.state, self.caller))
            for action in DraftAction
        ]


def _head_of(row: RulebookEdition) -> dict[str, object]:
    return {
        "code": row.code,
        "title": row.title,
        "takes_effect_on": row.takes_effect_on.isoformat(),
        "state": row.state.value,
        "version": row.version,
    }


def _edition_of(row: RulebookEdition) -> Edition:
    """A stored edition; what came with later releases is added."""
    return parse_edition(row.document, base=NEWEST_PACKAGED)


def _sound(text: str, pointer: str) -> Edition:
    try:
        return parse_edition(text)
    except EditionFaulty as faulty:
        told = faulty.problems[:MOST_PROBLEMS]
        raise InvalidInput(
            f"制度版本有 {len(faulty.problems)} 处问题，请逐条修改。",
            errors=[FieldProblem(pointer, "edition_faulty", problem) for problem in told],
        ) from None


def _invalid(pointer: str, code: str, detail: str) -> InvalidInput:
    return InvalidInput(detail, errors=[FieldProblem(pointer, code, detail)])
