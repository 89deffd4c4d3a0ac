"""The office's own register: articles, visits, staff changes, commendations, reviews."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from yimen.core.audit import record_audit
from yimen.core.caller import Caller
from yimen.core.clock import hall_day
from yimen.core.errors import Conflict, FieldProblem, InvalidInput, NotFound
from yimen.core.outbox import publish_event
from yimen.core.pagination import Page
from yimen.core.preconditions import require_version
from yimen.core.schemas import AllowedAction
from yimen.domains.organisation.enums import DepartmentKind
from yimen.domains.organisation.service import OrganisationService
from yimen.domains.scoring.access import why_not_reverse
from yimen.domains.scoring.enums import RecordKind, SubjectKind
from yimen.domains.scoring.models import ScoreRecord
from yimen.domains.scoring.repository import ScoreRepository
from yimen.domains.scoring.rules import points_text
from yimen.domains.scoring.schemas_records import (
    RecordCreate,
    RecordQuery,
    RecordRead,
    RecordReversal,
)

SUBJECT = "score_record"
ABOUT_WINDOWS = frozenset({SubjectKind.WINDOW, SubjectKind.AGENCY})
ABOUT = {
    RecordKind.ARTICLE: ABOUT_WINDOWS,
    RecordKind.LEADER_VISIT: ABOUT_WINDOWS,
    RecordKind.STAFF_CHANGE: ABOUT_WINDOWS,
    RecordKind.COMMENDATION: ABOUT_WINDOWS | {SubjectKind.STAFF},
    RecordKind.REVIEW: ABOUT_WINDOWS,
}
"""Whom a record of each kind can be about."""


class RecordNotFound(NotFound):
    code = "score_record_not_found"
    title = "没有找到该考评登记。"


class RecordReversed(Conflict):
    code = "score_record_reversed"
    title = "该登记已经撤销。"


class ReviewEntered(Conflict):
    code = "score_review_entered"
    title = "该对象本年度的综合评议得分已经登记；如有错误，请先撤销原登记。"
    constraint = "uq_score_records_review"


class RecordService:
    """Entering and taking back, by the office."""

    def __init__(
        self, scores: ScoreRepository, hall: OrganisationService, caller: Caller, now: datetime
    ) -> None:
        self.scores = scores
        self.hall = hall
        self.caller = caller
        self.now = now

    async def list_page(self, query: RecordQuery) -> Page[RecordRead]:
        """What was entered, the newest first."""
        rows, cursor, total = await self.scores.records_page(query)
        return Page(items=[self.present(row) for row in rows], next_cursor=cursor, total=total)

    async def read(self, record_id: UUID) -> RecordRead:
        """One record; raises RecordNotFound."""
        return self.present(await self._find(record_id))

    async def enter(self, wish: RecordCreate) -> RecordRead:
        """Keep a record; it shows in the score within seconds. Raises ReviewEntered."""
        self._require_sense(wish)
        record = await self.scores.add(
            ScoreRecord(
                kind=wish.kind,
                day=wish.day,
                subject_kind=wish.subject_kind,
                subject_id=wish.subject_id,
                department_id=await self._department_of(wish),
                title=wish.title,
                points=None if wish.points is None else int(Decimal(wish.points) * 100),
                recorded_at=self.now,
                recorded_by_name=self.caller.name,
            )
        )
        await self._tell(record, "enter", old=None)
        return self.present(record)

    async def reverse(self, record_id: UUID, seen: int, wish: RecordReversal) -> RecordRead:
        """Take a record back; what rested on it is undone in the ledger. Raises RecordReversed."""
        record = await self._find(record_id)
        require_version(record.version, seen)
        if record.reversed_at is not None:
            raise RecordReversed
        old = facts_of(record)
        record.reversed_at = self.now
        record.reversed_by_name = self.caller.name
        record.reversal_reason = wish.reason
        record.version += 1
        await self.scores.flush()
        await self._tell(record, "reverse", old=old)
        return self.present(record)

    async def _find(self, record_id: UUID) -> ScoreRecord:
        record = await self.scores.record(record_id)
        if record is None:
            raise RecordNotFound
        return record

    def _require_sense(self, wish: RecordCreate) -> None:
        problems = []
        if wish.day > hall_day(self.now):
            problems.append(FieldProblem("/day", "future", "日期不能晚于今天。"))
        if wish.day < date(2000, 1, 1):
            problems.append(FieldProblem("/day", "too_early", "日期不能早于 2000 年。"))
        if wish.subject_kind not in ABOUT[wish.kind]:
            names = "、".join(kind.label for kind in SubjectKind if kind in ABOUT[wish.kind])
            problems.append(
                FieldProblem("/subject_kind", "wrong_kind", f"{wish.kind.label}只能登记给{names}。")
            )
        if (wish.kind is RecordKind.REVIEW) != (wish.points is not None):
            sentence = "综合评议须填写得分，其他类别不填。"
            problems.append(FieldProblem("/points", "points", sentence))
        if problems:
            raise InvalidInput(errors=problems)

    async def _department_of(self, wish: RecordCreate) -> UUID | None:
        """Whose business it is; raises NotFound for somebody who is not there."""
        match wish.subject_kind:
            case SubjectKind.STAFF:
                return (await self.hall.staff_member(wish.subject_id)).department_id
            case SubjectKind.WINDOW:
                window = await self.hall.window(wish.subject_id)
                self._require_kind(window.department.kind is DepartmentKind.DEPARTMENT)
                return window.department_id
            case _:
                agency = await self.hall.department(wish.subject_id)
                self._require_kind(agency.kind is DepartmentKind.AGENCY)
                return agency.id

    @staticmethod
    def _require_kind(is_right: bool) -> None:
        if not is_right:
            sentence = "中介机构的窗口按中介机构考评：subject_kind 应为 agency，编号用该机构的。"
            raise InvalidInput(errors=[FieldProblem("/subject_kind", "wrong_kind", sentence)])

    async def _tell(self, record: ScoreRecord, act: str, *, old: dict[str, object] | None) -> None:
        facts = facts_of(record)
        await record_audit(
            self.scores.session,
            caller=self.caller,
            action=f"score_records.{act}",
            subject_type=SUBJECT,
            subject_id=record.id,
            old=old,
            new=facts,
        )
        is_window = record.subject_kind is SubjectKind.WINDOW
        await publish_event(
            self.scores.session,
            kind=f"score_record.{act}",
            subject_type=SUBJECT,
            subject_id=record.id,
            department_id=record.department_id,
            window_id=record.subject_id if is_window else None,
            facts=facts,
            occurred_at=self.now,
        )

    def present(self, record: ScoreRecord) -> RecordRead:
        """A record as its caller sees it."""
        refusal = why_not_reverse(record.reversed_at is not None, self.caller)
        return RecordRead(
            id=record.id,
            kind=record.kind,
            kind_label=record.kind.label,
            day=record.day,
            subject_kind=record.subject_kind,
            subject_id=record.subject_id,
            title=record.title,
            points=None if record.points is None else points_text(record.points),
            recorded_at=record.recorded_at,
            recorded_by_name=record.recorded_by_name,
            reversed_at=record.reversed_at,
            reversed_by_name=record.reversed_by_name,
            reversal_reason=record.reversal_reason,
            allowed_actions=[AllowedAction.of("reverse", refusal)],
            version=record.version,
        )


def facts_of(record: ScoreRecord) -> dict[str, object]:
    """What an audit row and an event say of a record."""
    return {
        "kind": record.kind,
        "day": record.day.isoformat(),
        "subject_kind": record.subject_kind,
        "subject_id": str(record.subject_id),
        "points": record.points,
        "is_reversed": record.reversed_at is not None,
        "version": record.version,
    }
