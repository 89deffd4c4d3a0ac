"""Measures: who sees them, what they come to in a year, the ledger, and how one is decided."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from yimen.core.audit import record_audit
from yimen.core.caller import Caller, Role
from yimen.core.clock import hall_day
from yimen.core.errors import Conflict, Forbidden, NotFound
from yimen.core.outbox import publish_event
from yimen.core.pagination import Page
from yimen.core.preconditions import require_version
from yimen.core.schemas import AllowedAction
from yimen.domains.calendars.rules import DueDay, WorkCalendar
from yimen.domains.calendars.service import CalendarService
from yimen.domains.discipline.access import MeasurePlace, sees_all, why_not
from yimen.domains.discipline.enums import (
    MEASURE_MOVES,
    MeasureAction,
    MeasureState,
)
from yimen.domains.discipline.models import Appeal, DisciplinaryMeasure
from yimen.domains.discipline.repository import DisciplineRepository, MeasureRow, Names
from yimen.domains.discipline.rules import EditionOn
from yimen.domains.discipline.rules_ledger import write_ledger
from yimen.domains.discipline.rules_year import (
    Consequence,
    MeasureFact,
    year_of_person,
    year_of_window,
)
from yimen.domains.discipline.schemas import (
    ConsequenceRead,
    LedgerQuery,
    MeasureQuery,
    MeasureRead,
    YearRead,
)
from yimen.domains.discipline.service_walking import MEASURE, Walker
from yimen.domains.organisation.service import OrganisationService
from yimen.domains.papers.service import PaperRead, PaperService
from yimen.domains.rulebook.enums import Target
from yimen.domains.rulebook.rules import Edition
from yimen.domains.rulebook.service import RulebookService

APPEAL = "appeal"


class MeasureNotFound(NotFound):
    code = "measure_not_found"
    title = "没有找到该处理，或者您无权查看。"


class NotYourMeasure(Forbidden):
    code = "measure_not_yours"
    title = "此项处理不由您办理。"


class OwnMeasure(Forbidden):
    code = "measure_own_matter"
    title = "处理针对的是您本人，应当回避。"


class WrongMeasureState(Conflict):
    code = "measure_state"
    title = "处理当前的进度不允许这样办理。"


@dataclass(frozen=True, slots=True)
class DisciplineDesk:
    """What every act of discipline needs."""

    discipline: DisciplineRepository
    calendars: CalendarService
    rulebook: RulebookService
    hall: OrganisationService
    papers: PaperService
    caller: Caller
    now: datetime

    @property
    def today(self) -> date:
        return hall_day(self.now)

    @property
    def walker(self) -> Walker:
        return Walker(self.discipline, self.rulebook, self.now)

    def edition(self, day: date) -> Edition:
        return self.rulebook.edition_on(day)


class MeasureService:
    """Measures as one caller may see and handle them."""

    def __init__(self, desk: DisciplineDesk) -> None:
        self.desk = desk
        self.discipline = desk.discipline
        self.caller = desk.caller
        self.now = desk.now

    async def list_page(self, query: MeasureQuery) -> Page[MeasureRead]:
        """Measures the caller may see, the newest first."""
        rows, cursor, total = await self.discipline.page_of(query, self.caller)
        calendar = await self.desk.calendars.current()
        items = [self.present(row, calendar) for row in rows]
        return Page(items=items, next_cursor=cursor, total=total)

    async def read(self, measure_id: UUID) -> MeasureRead:
        """One measure as it stands; raises MeasureNotFound."""
        return self.present(await self.find(measure_id), await self.desk.calendars.current())

    async def find(self, measure_id: UUID) -> MeasureRow:
        row = await self.discipline.find(measure_id, self.caller)
        if row is None:
            raise MeasureNotFound
        return row

    async def papers(self, measure_id: UUID) -> list[PaperRead]:
        """The letter and the answer to an appeal, to whoever may see the measure."""
        row = await self.find(measure_id)
        found = list(await self.desk.papers.of_subject(MEASURE, row.measure.id))
        return [PaperRead.model_validate(paper) for paper in found]

    async def export_ledger(self, query: LedgerQuery) -> bytes:
        """The year's ledger as a workbook; audited."""
        rows = await self.discipline.ledger(query)
        await record_audit(
            self.discipline.session,
            caller=self.caller,
            action="discipline.export_ledger",
            subject_type="ledger",
            subject_id=query.year,
            new={"rows": len(rows)},
        )
        title = f"诫勉教育和效能告诫台账（{query.year}年）"
        return write_ledger(title, [_ledger_line(row) for row in rows])

    # The year

    async def year_of_staff(self, staff_id: UUID, year: int) -> YearRead:
        """What a person's year comes to; raises NotFound for whom the caller may not see."""
        person = await self.desk.hall.staff_member(staff_id)
        own = staff_id == self.caller.staff_id
        if not (own or self._sees_department(person.department_id)):
            raise NotFound
        measures = await self.measures_of_person(staff_id, year)
        return show_year(year, self.person_year(measures, year), measures)

    async def year_of_window(self, window_id: UUID, year: int) -> YearRead:
        """What a year comes to for a window."""
        window = await self.desk.hall.window(window_id)
        own = window_id in self.caller.window_ids
        if not (own or self._sees_department(window.department_id)):
            raise NotFound
        measures = await self.measures_of_window(window_id, year)
        consequences = self.window_year(measures, window_id, year)
        if not self._sees_department(window.department_id):
            return show_year(year, _nameless(consequences), ())
        here = [one for one in measures if one.window_id == window_id]
        return show_year(year, consequences, here)

    def _sees_department(self, department_id: UUID | None) -> bool:
        own = department_id is not None and department_id == self.caller.department_id
        return sees_all(self.caller) or (self.caller.role is Role.CHIEF_REPRESENTATIVE and own)

    async def measures_of_person(self, staff_id: UUID, year: int) -> Sequence[DisciplinaryMeasure]:
        return await self.discipline.of_person(staff_id, date(year - 1, 1, 1), date(year, 12, 31))

    async def measures_of_window(self, window_id: UUID, year: int) -> Sequence[DisciplinaryMeasure]:
        return await self.discipline.of_window(window_id, date(year, 1, 1), date(year, 12, 31))

    def person_year(
        self, measures: Iterable[DisciplinaryMeasure], year: int
    ) -> tuple[Consequence, ...]:
        return year_of_person(counting(measures), year, self.desk.edition(date(year, 12, 1)))

    def window_year(
        self, measures: Iterable[DisciplinaryMeasure], window_id: UUID, year: int
    ) -> tuple[Consequence, ...]:
        edition = self.desk.edition(date(year, 12, 1))
        return year_of_window(counting(measures), window_id, year, edition)

    # Acting

    async def begin(
        self, measure_id: UUID, action: MeasureAction, seen: int | None = None
    ) -> DisciplinaryMeasure:
        """A measure locked for an act that the caller may do now; raises what forbids it."""
        measure = await self.discipline.lock(measure_id, self.caller)
        row = await self.find(measure_id)
        if measure is None:
            raise MeasureNotFound
        refusal = why_not(action, place_of(measure, row.appeal), self.caller)
        if refusal is not None and refusal.code == "forbidden":
            raise Forbidden(refusal.reason)
        if refusal is not None and refusal.code == NotYourMeasure.code:
            raise NotYourMeasure(refusal.reason)
        if seen is not None:
            require_version(measure.version, seen)
        if refusal is not None:
            raise WrongMeasureState(
                refusal.reason,
                allowed=[one.action for one in self._allowed(row) if one.allowed],
            )
        return measure

    async def end(
        self, measure: DisciplinaryMeasure, act: str, old: dict[str, object] | None
    ) -> MeasureRead:
        """Keep an act with its audit row and event."""
        if old is not None:
            measure.version += 1
        await self.discipline.session.flush()
        await record_audit(
            self.discipline.session,
            caller=self.caller,
            action=f"discipline.{act}",
            subject_type=MEASURE,
            subject_id=measure.id,
            old=old,
            new=measure_facts(measure),
        )
        # never with the window: everybody who serves there would hear of it
        await publish_event(
            self.discipline.session,
            kind=f"measure.{act}",
            subject_type=MEASURE,
            subject_id=measure.id,
            department_id=measure.department_id,
            facts=measure_facts(measure),
            occurred_at=self.now,
        )
        return await self.read(measure.id)

    def _allowed(self, row: MeasureRow) -> list[AllowedAction]:
        place = place_of(row.measure, row.appeal)
        return [
            AllowedAction.of(action, why_not(action, place, self.caller))
            for action in MeasureAction
        ]

    def present(self, row: MeasureRow, calendar: WorkCalendar) -> MeasureRead:
        """A measure as its caller sees it at this moment."""
        measure, names, appeal = row
        last_day = appeal_last_day(measure, calendar, self.desk.edition)
        return MeasureRead(
            id=measure.id,
            measure_number=measure.measure_number,
            kind=measure.kind,
            kind_label=measure.kind.label,
            state=measure.state,
            state_label=measure.state.label,
            counts=does_count(measure),
            target=measure.target,
            target_label=measure.target.label,
            staff_id=measure.staff_id,
            person_name=names.staff_name or measure.person_name,
            window_id=measure.window_id,
            window_number=names.window_number,
            department_id=measure.department_id,
            department_name=names.department_name,
            proposal_id=measure.proposal_id,
            ground_code=measure.ground_code,
            ground_label=measure.ground_label,
            article=measure.article,
            edition_code=measure.edition_code,
            statement=measure.statement,
            decided_on=measure.decided_on,
            decided_by_name=measure.decided_by_name,
            talked_at=measure.talked_at,
            talked_by=measure.talked_by,
            talk_note=measure.talk_note,
            issued_at=measure.issued_at,
            letter_id=measure.letter_id,
            received_on=measure.received_on,
            received_how=measure.received_how,
            appeal_until=measure.appeal_due_at,
            appeal_until_is_provisional=last_day is not None and last_day.is_provisional,
            appeal_id=appeal.id if appeal else None,
            appeal_state=appeal.state if appeal else None,
            department_told_on=measure.department_told_on,
            county_filed_on=measure.county_filed_on,
            county_reference=measure.county_reference,
            still_to_do=still_to_do(measure),
            review_since=measure.review_since,
            review_reason=measure.review_reason,
            revoked_at=measure.revoked_at,
            revoked_by_name=measure.revoked_by_name,
            revoked_reason=measure.revoked_reason,
            allowed_actions=self._allowed(row),
            version=measure.version,
        )


def does_count(measure: DisciplinaryMeasure) -> bool:
    """In force, and what it rests on stands; an appeal alone changes nothing (DISCIPLINE 十一)."""
    return measure.state is not MeasureState.REVOKED and measure.review_since is None


def counting(measures: Iterable[DisciplinaryMeasure]) -> list[MeasureFact]:
    """Those that count, as the year's rules take them."""
    return [
        MeasureFact(
            measure_id=one.id,
            number=one.measure_number,
            kind=one.kind,
            target=one.target,
            staff_id=one.staff_id,
            window_id=one.window_id,
            on=one.decided_on,
            article=one.article,
        )
        for one in measures
        if does_count(one)
    ]


def appeal_last_day(
    measure: DisciplinaryMeasure, calendar: WorkCalendar, edition_on: EditionOn
) -> DueDay | None:
    """The last day of appeal by a calendar (DISCIPLINE 十一); none before the receipt.

    The day of receipt is not counted (domain.md §3).
    """
    if measure.received_on is None:
        return None
    days = edition_on(measure.received_on).integer("discipline.appeal_days")
    return calendar.add_working_days(measure.received_on, days)


def decision_due_at(filed_at: datetime, calendar: WorkCalendar, edition_on: EditionOn) -> datetime:
    """Until when an appeal is to be decided (DISCIPLINE 十一); the day of filing is not counted."""
    filed_on = hall_day(filed_at)
    days = edition_on(filed_on).integer("discipline.appeal_decision_days")
    return calendar.close_of_business(calendar.add_working_days(filed_on, days).day)


def still_to_do(measure: DisciplinaryMeasure) -> list[str]:
    """What DISCIPLINE 四, 七 and 八 ask for and is not done yet."""
    if measure.state is MeasureState.REVOKED:
        return []
    steps: list[tuple[MeasureAction, object]] = [
        (MeasureAction.TELL_DEPARTMENT, measure.department_told_on),
        (MeasureAction.FILE_WITH_COUNTY, measure.county_filed_on),
    ]
    if measure.kind.has_letter:
        steps = [
            (MeasureAction.TALK, measure.talked_at),
            (MeasureAction.ISSUE, measure.issued_at),
            (MeasureAction.RECEIVE, measure.received_on),
            *steps,
        ]
    return [action.label for action, done in steps if done is None]


def place_of(measure: DisciplinaryMeasure, appeal: Appeal | None) -> MeasurePlace:
    """What the permission to act depends on."""
    return MeasurePlace(
        kind=measure.kind,
        state=measure.state,
        target=measure.target,
        staff_id=measure.staff_id,
        window_id=measure.window_id,
        department_id=measure.department_id,
        is_talked=measure.talked_at is not None,
        is_told=measure.department_told_on is not None,
        is_filed=measure.county_filed_on is not None,
        is_under_review=measure.review_since is not None,
        has_appeal=appeal is not None,
    )


def move(measure: DisciplinaryMeasure, to: MeasureState) -> None:
    """Change the state along the dict of moves; access has asked before."""
    assert to in MEASURE_MOVES[measure.state]
    measure.state = to


def measure_facts(measure: DisciplinaryMeasure) -> dict[str, object]:
    """What an audit row and an event say of a measure."""
    return {
        "measure_number": measure.measure_number,
        "kind": measure.kind,
        "state": measure.state,
        "target": measure.target,
        "staff_id": str(measure.staff_id) if measure.staff_id else None,
        "article": measure.article,
        "counts": does_count(measure),
        "version": measure.version,
    }


def show_year(
    year: int,
    consequences: Iterable[Consequence],
    measures: Iterable[DisciplinaryMeasure],
) -> YearRead:
    """A year's consequences on the wire, and what did not count."""
    return YearRead(
        year=year,
        consequences=[
            ConsequenceRead(
                kind=one.kind,
                kind_label=one.kind.label,
                article=one.article,
                because=list(one.because),
                measure_ids=list(one.measure_ids),
            )
            for one in consequences
        ],
        not_counted=[
            f"{one.measure_number}（{one.kind.label}）"
            f"{'已撤销' if one.state is MeasureState.REVOKED else '依据变动，正在复核'}"
            for one in measures
            if not does_count(one)
        ],
    )


def _nameless(consequences: Iterable[Consequence]) -> list[Consequence]:
    """What a clerk may know of the window's year: the outcome, not the colleague's measures."""
    return [Consequence(one.kind, one.article, one.because[-1:], ()) for one in consequences]


def whom(measure: DisciplinaryMeasure, names: Names) -> str:
    """To whom a measure's letters are addressed."""
    if measure.target is Target.WINDOW:
        return f"{names.window_number}号窗口"
    return names.staff_name or measure.person_name or ""


def _ledger_line(row: MeasureRow) -> list[str | None]:
    measure, names, appeal = row
    state = measure.state.label if measure.review_since is None else "待复核"
    return [
        measure.measure_number,
        measure.kind.label,
        measure.target.label,
        names.staff_name or measure.person_name,
        names.window_number,
        names.department_name,
        measure.ground_label,
        measure.article,
        measure.statement,
        measure.decided_on.isoformat(),
        measure.decided_by_name,
        None if measure.talked_at is None else hall_day(measure.talked_at).isoformat(),
        None if measure.issued_at is None else hall_day(measure.issued_at).isoformat(),
        None if measure.received_on is None else measure.received_on.isoformat(),
        None if measure.department_told_on is None else measure.department_told_on.isoformat(),
        None if measure.county_filed_on is None else measure.county_filed_on.isoformat(),
        measure.county_reference,
        appeal.state.label if appeal else None,
        state,
    ]
