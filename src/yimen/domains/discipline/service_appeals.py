"""Appeals: in writing, in time, decided by somebody else; a revocation says what it undid."""

from datetime import datetime, time
from uuid import UUID

from yimen.core.audit import record_audit
from yimen.core.caller import Role
from yimen.core.clock import HALL_ZONE, hall_day
from yimen.core.database import new_id
from yimen.core.errors import Conflict, FieldProblem, Forbidden, InvalidInput, NotFound, Refusal
from yimen.core.numbering import take_numbers
from yimen.core.outbox import publish_event
from yimen.core.pagination import Page
from yimen.core.preconditions import require_version
from yimen.core.schemas import AllowedAction
from yimen.domains.discipline.access import is_directors
from yimen.domains.discipline.enums import AppealAction, AppealState, MeasureAction
from yimen.domains.discipline.models import Appeal, DisciplinaryMeasure
from yimen.domains.discipline.repository import AppealRow
from yimen.domains.discipline.schemas import (
    AppealCreate,
    AppealQuery,
    AppealRead,
    DecideCommand,
    RecordDecisionCommand,
)
from yimen.domains.discipline.service import APPEAL, MeasureService, decision_due_at, whom
from yimen.domains.discipline.service_steps import MeasureStepService
from yimen.domains.papers.enums import PaperKind
from yimen.domains.papers.rules import appeal_answer, say_instant

SERIES = "SS"


class AppealNotFound(NotFound):
    code = "appeal_not_found"
    title = "没有找到该申辩，或者您无权查看。"


class AppealLate(Conflict):
    code = "appeal_late"
    title = "申辩期限已过，不能再提出。"


class AppealOwnDecision(Conflict):
    code = "appeal_own_decision"
    title = "原处理由您作出，申辩应由其他中心领导决定；没有其他领导的，由办公室登记上级机关的决定。"


class AppealNotAbove(Conflict):
    code = "appeal_not_above"
    title = "原处理不是中心主任作出的，申辩由中心主任决定，不报上级机关。"


class AppealDecided(Conflict):
    code = "appeal_decided"
    title = "该申辩已经有了决定。"


class MeasureAppealed(Conflict):
    code = "measure_appealed"
    title = "对该处理已经提出过申辩。"
    constraint = "uq_appeals_measure_id"


class AppealService:
    """Appeals as one caller may file, see and decide them."""

    def __init__(self, steps: MeasureStepService) -> None:
        self.steps = steps
        self.measures: MeasureService = steps.base
        self.desk = steps.desk
        self.discipline = steps.discipline
        self.caller = steps.caller
        self.now = steps.now

    async def list_page(self, query: AppealQuery) -> Page[AppealRead]:
        """Appeals against measures that the caller may see."""
        rows, cursor, total = await self.discipline.appeals_page(query, self.caller)
        return Page(items=[self.present(row) for row in rows], next_cursor=cursor, total=total)

    async def read(self, appeal_id: UUID) -> AppealRead:
        """One appeal; raises AppealNotFound."""
        return self.present(await self._find(appeal_id))

    async def _find(self, appeal_id: UUID) -> AppealRow:
        row = await self.discipline.appeal(appeal_id, self.caller)
        if row is None:
            raise AppealNotFound
        return row

    async def file(self, measure_id: UUID, seen: int, wish: AppealCreate) -> AppealRead:
        """Take an appeal in; raises AppealLate with the last moment it could have come.

        The measure stays in force (DISCIPLINE 十一).
        """
        calendar = await self.desk.calendars.hold()
        measure = await self.measures.begin(measure_id, MeasureAction.APPEAL, seen)
        filed_at = self._filed_at(wish)
        until = measure.appeal_due_at
        assert until is not None and measure.received_on is not None
        if hall_day(filed_at) < measure.received_on:
            raise InvalidInput(
                errors=[FieldProblem("/filed_on", "too_early", "申辩不能早于文书送达之日。")]
            )
        if filed_at > until:
            raise AppealLate(
                f"申辩应在{say_instant(until.astimezone(HALL_ZONE))}前提出，期限已过。",
                article="DISCIPLINE 十一",
            )
        numbers = await take_numbers(self.discipline.session, [SERIES], self.desk.today)
        appeal = await self.discipline.add(
            Appeal(
                id=new_id(),
                appeal_number=numbers[SERIES],
                measure_id=measure.id,
                state=AppealState.FILED,
                filed_at=filed_at,
                filed_by_name=self.caller.name,
                text=wish.text,
                due_at=decision_due_at(filed_at, calendar, self.desk.edition),
                effects=[],
                version=1,
            )
        )
        measure.version += 1
        await self._tell(appeal, measure, "file", None)
        return await self.read(appeal.id)

    def _filed_at(self, wish: AppealCreate) -> datetime:
        """When it was handed in: now, or for paper the day on which the office had it."""
        if wish.filed_on is None:
            return self.now
        if self.caller.role is not Role.OFFICE:
            raise Forbidden("只有中心办公室可以代录纸质申辩的收到日期。")
        if wish.filed_on > self.desk.today:
            raise InvalidInput(
                errors=[FieldProblem("/filed_on", "in_the_future", "日期还没有到。")]
            )
        return datetime.combine(wish.filed_on, time(12), HALL_ZONE)

    async def decide(self, appeal_id: UUID, seen: int, wish: DecideCommand) -> AppealRead:
        """Uphold or revoke, answer on paper; raises AppealOwnDecision."""
        appeal, row = await self._begin(appeal_id, AppealAction.DECIDE, seen)
        old = appeal_facts(appeal)
        appeal.decided_at = self.now
        appeal.decided_by_name = self.caller.name
        return await self._settle(appeal, row, wish, old)

    async def record_decision(
        self, appeal_id: UUID, seen: int, wish: RecordDecisionCommand
    ) -> AppealRead:
        """Enter what the body above decided on a measure of the only director.

        Raises AppealNotAbove for a measure that the office decided, InvalidInput for a day before
        the appeal or yet to come.
        """
        appeal, row = await self._begin(appeal_id, AppealAction.RECORD_DECISION, seen)
        if not hall_day(appeal.filed_at) <= wish.decided_on <= self.desk.today:
            sentence = "决定的日期不能早于提出申辩之日，也不能晚于今天。"
            raise InvalidInput(errors=[FieldProblem("/decided_on", "out_of_range", sentence)])
        old = appeal_facts(appeal)
        appeal.decided_at = min(datetime.combine(wish.decided_on, time(12), HALL_ZONE), self.now)
        appeal.decided_by_name = wish.decided_by
        appeal.decision_document = wish.document_number
        appeal.recorded_at = self.now
        appeal.recorded_by_name = self.caller.name
        return await self._settle(appeal, row, wish, old)

    async def _begin(
        self, appeal_id: UUID, action: AppealAction, seen: int
    ) -> tuple[Appeal, AppealRow]:
        appeal = await self.discipline.lock_appeal(appeal_id, self.caller)
        if appeal is None:
            raise AppealNotFound
        row = await self._find(appeal_id)
        refusal = self._why_not(action, row)
        if refusal is not None and refusal.code == "forbidden":
            raise Forbidden(refusal.reason)
        require_version(appeal.version, seen)
        if refusal is not None and refusal.code == AppealOwnDecision.code:
            raise AppealOwnDecision(refusal.reason)
        if refusal is not None and refusal.code == AppealNotAbove.code:
            raise AppealNotAbove(refusal.reason)
        if refusal is not None:
            raise AppealDecided(refusal.reason, allowed=[])
        return appeal, row

    async def _settle(
        self, appeal: Appeal, row: AppealRow, wish: DecideCommand, old: dict[str, object]
    ) -> AppealRead:
        measure = await self.discipline.lock(appeal.measure_id, self.caller)
        assert measure is not None
        effects: list[str] = []
        if wish.revoke:
            effects = await self.steps.revoke(measure, f"申辩成立：{wish.reason}")
            if wish.is_fact_wrong:
                effects.append("所依据的记录应当更正，相应的扣分随更正一并恢复")
        appeal.state = AppealState.REVOKED if wish.revoke else AppealState.UPHELD
        appeal.decided_by_id = self.caller.account_id
        appeal.reason = wish.reason
        appeal.is_fact_wrong = wish.is_fact_wrong if wish.revoke else None
        appeal.effects = effects
        appeal.version += 1
        above = None
        if appeal.decision_document is not None:
            above = f"{appeal.decided_by_name}（{appeal.decision_document}）"
        body = appeal_answer(
            addressee=whom(measure, row.names),
            appeal_number=appeal.appeal_number,
            filed_at=appeal.filed_at.astimezone(HALL_ZONE),
            measure=f"{measure.kind.label}（{measure.measure_number}）",
            is_revoked=wish.revoke,
            reason=wish.reason,
            effects=effects,
            decided_above=above,
        )
        appeal.answer_id = await self.steps.write_paper(measure, PaperKind.APPEAL_ANSWER, body)
        await self._tell(appeal, measure, "decide", old)
        return await self.read(appeal.id)

    def _why_not(self, action: AppealAction, row: AppealRow) -> Refusal | None:
        measure = row.measure
        role = Role.DIRECTOR if action is AppealAction.DECIDE else Role.OFFICE
        if self.caller.role is not role:
            return Refusal("forbidden", f"此项操作由{role.label}办理。")
        if role is Role.OFFICE and not is_directors(measure.target, measure.kind):
            return Refusal(AppealNotAbove.code, AppealNotAbove.title)
        if measure.staff_id is not None and measure.staff_id == self.caller.staff_id:
            return Refusal(AppealOwnDecision.code, "申辩针对的处理涉及您本人，应当回避。")
        if measure.decided_by_id == self.caller.account_id:
            return Refusal(AppealOwnDecision.code, AppealOwnDecision.title)
        if row.appeal.state is not AppealState.FILED:
            return Refusal(AppealDecided.code, f"该申辩已经决定{row.appeal.state.label}。")
        return None

    async def _tell(
        self,
        appeal: Appeal,
        measure: DisciplinaryMeasure,
        act: str,
        old: dict[str, object] | None,
    ) -> None:
        await self.discipline.session.flush()
        await record_audit(
            self.discipline.session,
            caller=self.caller,
            action=f"discipline.{act}_appeal",
            subject_type=APPEAL,
            subject_id=appeal.id,
            old=old,
            new=appeal_facts(appeal),
        )
        await publish_event(
            self.discipline.session,
            kind=f"appeal.{act}",
            subject_type=APPEAL,
            subject_id=appeal.id,
            department_id=measure.department_id,
            facts=appeal_facts(appeal),
            occurred_at=self.now,
        )

    def present(self, row: AppealRow) -> AppealRead:
        """An appeal as its caller sees it at this moment."""
        appeal, measure, names = row
        ended_at = appeal.decided_at or self.now
        return AppealRead(
            id=appeal.id,
            appeal_number=appeal.appeal_number,
            measure_id=measure.id,
            measure_number=measure.measure_number,
            kind=measure.kind,
            kind_label=measure.kind.label,
            person_name=names.staff_name or measure.person_name,
            window_number=names.window_number,
            state=appeal.state,
            state_label=appeal.state.label,
            filed_at=appeal.filed_at,
            filed_by_name=appeal.filed_by_name,
            text=appeal.text,
            due_at=appeal.due_at,
            is_overdue=ended_at > appeal.due_at,
            decided_at=appeal.decided_at,
            decided_by_name=appeal.decided_by_name,
            decision_document=appeal.decision_document,
            recorded_at=appeal.recorded_at,
            recorded_by_name=appeal.recorded_by_name,
            reason=appeal.reason,
            is_fact_wrong=appeal.is_fact_wrong,
            effects=appeal.effects,
            answer_id=appeal.answer_id,
            allowed_actions=[
                AllowedAction.of(action, self._why_not(action, row)) for action in AppealAction
            ],
            version=appeal.version,
        )


def appeal_facts(appeal: Appeal) -> dict[str, object]:
    """What an audit row and an event say of an appeal."""
    return {
        "appeal_number": appeal.appeal_number,
        "state": appeal.state,
        "due_at": appeal.due_at.isoformat(),
        "is_fact_wrong": appeal.is_fact_wrong,
        "decision_document": appeal.decision_document,
        "version": appeal.version,
    }
