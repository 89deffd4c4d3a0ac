"""What follows a decision: talk, document, receipt, department, county; review and revocation."""

from datetime import date
from uuid import UUID

from yimen.core.clock import hall_day
from yimen.core.database import new_id
from yimen.core.errors import AppError, FieldProblem, InvalidInput
from yimen.core.numbering import take_numbers
from yimen.domains.discipline.enums import MeasureAction, MeasureKind, MeasureState
from yimen.domains.discipline.models import DisciplinaryMeasure
from yimen.domains.discipline.rules_year import Consequence
from yimen.domains.discipline.schemas import (
    FileCommand,
    MeasureRead,
    ReceiveCommand,
    ReviewCommand,
    TalkCommand,
    TellCommand,
)
from yimen.domains.discipline.service import (
    MeasureService,
    appeal_last_day,
    measure_facts,
    move,
    whom,
)
from yimen.domains.discipline.service_walking import MEASURE
from yimen.domains.papers.enums import PaperKind
from yimen.domains.papers.rules import LEADING_GROUP, OFFICE, Issue, PaperBody, measure_letter
from yimen.domains.papers.service import paper_values
from yimen.domains.rulebook.enums import Target
from yimen.domains.scoring.rules_words import say_article

LETTERS = {
    MeasureKind.ADMONITION: PaperKind.ADMONITION_LETTER,
    MeasureKind.WARNING: PaperKind.WARNING_LETTER,
}


class DayImpossible(InvalidInput):
    code = "measure_day"
    title = "日期有误，请核对。"


class MeasureStepService:
    """The acts on a measure that has been decided."""

    def __init__(self, base: MeasureService) -> None:
        self.base = base
        self.desk = base.desk
        self.discipline = base.discipline
        self.caller = base.caller
        self.now = base.now

    async def talk(self, measure_id: UUID, seen: int, wish: TalkCommand) -> MeasureRead:
        """The talk at which the decision is announced (DISCIPLINE 七)."""
        measure = await self.base.begin(measure_id, MeasureAction.TALK, seen)
        old = measure_facts(measure)
        measure.talked_at = self.now
        measure.talked_by = wish.talked_by
        measure.talk_note = wish.note
        return await self.base.end(measure, "talk", old)

    async def issue(self, measure_id: UUID, seen: int) -> MeasureRead:
        """Issue the document (DISCIPLINE 七); the talk comes first."""
        measure = await self.base.begin(measure_id, MeasureAction.ISSUE, seen)
        old = measure_facts(measure)
        kind = LETTERS[measure.kind]
        names = (await self.base.find(measure.id)).names
        body = measure_letter(
            kind,
            addressee=whom(measure, names),
            place=names.department_name or "行政服务中心",
            measure_number=measure.measure_number,
            ground=measure.ground_label,
            rule=measure.article,
            appeal_days=self.desk.edition(hall_day(self.now)).integer("discipline.appeal_days"),
            statement=measure.statement,
            decided_on=measure.decided_on,
            issuer=OFFICE if measure.target is Target.PERSON else LEADING_GROUP,
        )
        measure.letter_id = await self.write_paper(measure, kind, body)
        measure.issued_at = self.now
        move(measure, MeasureState.ISSUED)
        return await self.base.end(measure, "issue", old)

    async def receive(self, measure_id: UUID, seen: int, wish: ReceiveCommand) -> MeasureRead:
        """The document was received: from this day on the appeal's days are counted."""
        calendar = await self.desk.calendars.hold()
        measure = await self.base.begin(measure_id, MeasureAction.RECEIVE, seen)
        old = measure_facts(measure)
        assert measure.issued_at is not None
        self._require_day(wish.received_on, hall_day(measure.issued_at), "/received_on")
        measure.received_on = wish.received_on
        measure.received_how = wish.received_how
        last_day = appeal_last_day(measure, calendar, self.desk.edition)
        assert last_day is not None
        measure.appeal_due_at = calendar.close_of_business(last_day.day)
        move(measure, MeasureState.RECEIVED)
        return await self.base.end(measure, "receive", old)

    async def tell_department(self, measure_id: UUID, seen: int, wish: TellCommand) -> MeasureRead:
        """The sending department was told (DISCIPLINE 四)."""
        measure = await self.base.begin(measure_id, MeasureAction.TELL_DEPARTMENT, seen)
        old = measure_facts(measure)
        self._require_day(wish.told_on, measure.decided_on, "/told_on")
        measure.department_told_on = wish.told_on
        return await self.base.end(measure, "tell_department", old)

    async def file_with_county(self, measure_id: UUID, seen: int, wish: FileCommand) -> MeasureRead:
        """Filed with the county's office (DISCIPLINE 四, 八)."""
        measure = await self.base.begin(measure_id, MeasureAction.FILE_WITH_COUNTY, seen)
        old = measure_facts(measure)
        self._require_day(wish.filed_on, measure.decided_on, "/filed_on")
        measure.county_filed_on = wish.filed_on
        measure.county_reference = wish.reference
        return await self.base.end(measure, "file_with_county", old)

    async def review(self, measure_id: UUID, seen: int, wish: ReviewCommand) -> MeasureRead:
        """What it rested on fell: a person decides whether it stands all the same."""
        measure = await self.base.begin(measure_id, MeasureAction.REVIEW, seen)
        old = measure_facts(measure)
        if wish.revoke:
            await self.revoke(measure, wish.reason)
            return await self.base.read(measure.id)
        measure.review_since = None
        kept = f"{measure.review_reason}经{self.caller.name}复核维持：{wish.reason}"
        measure.review_reason = kept
        shown = await self.base.end(measure, "keep", old)
        await self._walk(measure)
        return shown

    async def revoke(self, measure: DisciplinaryMeasure, reason: str) -> list[str]:
        """Revoke a measure and undo what rests on it; returns what was undone, in sentences."""
        before = await self._consequences(measure)
        old = measure_facts(measure)
        move(measure, MeasureState.REVOKED)
        measure.review_since = None
        measure.revoked_at = self.now
        measure.revoked_by_name = self.caller.name
        measure.revoked_reason = reason
        await self.base.end(measure, "revoke", old)
        undone = await self._walk(measure)
        after = await self._consequences(measure)
        return [*undone, *_gone(before, after)]

    async def _walk(self, measure: DisciplinaryMeasure) -> list[str]:
        """Bring what rests on a measure in line with it, and say what fell."""
        walked = await self.desk.walker.resting_on(measure)
        return [
            *(
                f"建议“{one.ground_label}”（{say_article(one.article)}）的依据已不成立，不再处理"
                for one in walked.fallen
            ),
            *(
                f"{one.kind.label}{one.measure_number}（{say_article(one.article)}）的依据已不成立，"
                "暂停计入年度，由中心主任复核"
                for one in walked.put_under_review
            ),
        ]

    async def _consequences(self, measure: DisciplinaryMeasure) -> dict[str, Consequence]:
        """What the measure's year and the next come to for everybody it concerns."""
        found: dict[str, Consequence] = {}
        year = measure.decided_on.year
        if measure.staff_id is not None:
            for one_year in (year, year + 1):
                measures = await self.base.measures_of_person(measure.staff_id, one_year)
                for one in self.base.person_year(measures, one_year):
                    found[f"本人{one_year}年“{one.kind.label}”（{say_article(one.article)}）"] = one
        if measure.window_id is not None:
            measures = await self.base.measures_of_window(measure.window_id, year)
            for one in self.base.window_year(measures, measure.window_id, year):
                found[f"窗口{year}年“{one.kind.label}”（{say_article(one.article)}）"] = one
        return found

    async def write_paper(
        self, measure: DisciplinaryMeasure, kind: PaperKind, body: PaperBody
    ) -> UUID:
        """A document about a measure; it belongs to the centre, which alone may void it."""
        numbers = await take_numbers(self.discipline.session, [kind.series], hall_day(self.now))
        paper_id = new_id()
        await self.discipline.write_paper(
            paper_values(
                Issue(kind, numbers[kind.series], body, self.now),
                paper_id=paper_id,
                subject_type=MEASURE,
                subject_id=measure.id,
                department_id=None,
                window_id=None,
                issued_by_name=self.caller.name,
            )
        )
        return paper_id

    def _require_day(self, day: date, earliest: date, pointer: str) -> None:
        problem: AppError | None = None
        if day > self.desk.today:
            problem = _impossible(pointer, "日期还没有到。")
        elif day < earliest:
            problem = _impossible(pointer, f"日期不能早于{earliest.isoformat()}。")
        if problem is not None:
            raise problem


def _gone(before: dict[str, Consequence], after: dict[str, Consequence]) -> list[str]:
    return [f"{said}的后果消除" for said in before if said not in after]


def _impossible(pointer: str, sentence: str) -> AppError:
    return DayImpossible(sentence, errors=[FieldProblem(pointer, "measure_day", sentence)])
