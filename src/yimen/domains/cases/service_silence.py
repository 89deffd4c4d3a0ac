"""What silence does: a case nobody answered counts as accepted, one nobody completed lapses."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from yimen.core.audit import record_audit
from yimen.core.caller import Caller
from yimen.core.clock import HALL_ZONE, hall_day
from yimen.core.database import new_id
from yimen.core.numbering import take_numbers
from yimen.core.outbox import publish_event
from yimen.domains.calendars.rules import WorkCalendar
from yimen.domains.cases.enums import (
    BEFORE_ACCEPTANCE,
    CaseEventKind,
    CaseState,
    OpinionState,
)
from yimen.domains.cases.models import Case, CaseEvent, CaseOpinion
from yimen.domains.cases.repository import CaseRepository, CaseRow
from yimen.domains.cases.rules import due_date
from yimen.domains.cases.service import SUBJECT, clock_events, told_of
from yimen.domains.cases.service_intake import (
    accept_now,
    case_facts,
    list_material,
    paper_document,
    slip_of,
)
from yimen.domains.papers.enums import PaperKind
from yimen.domains.papers.rules import (
    CaseFacts,
    Issue,
    PaperBody,
    resumption_notice,
)

SYSTEM = "系统"
SILENCE = "MGMT 十六"

PaperMaker = Callable[[CaseFacts], PaperBody]


def new_event(
    case: Case,
    kind: CaseEventKind,
    *,
    article: str,
    note: str | None,
    facts: Mapping[str, object],
    occurred_at: datetime,
    now: datetime,
    account_id: UUID | None,
    actor_name: str,
) -> CaseEvent:
    """A line of a case's timeline."""
    return CaseEvent(
        id=new_id(),
        case_id=case.id,
        kind=kind,
        occurred_at=occurred_at,
        recorded_at=now,
        account_id=account_id,
        actor_name=actor_name,
        article=article,
        note=note,
        facts={name: _plain(value) for name, value in facts.items()},
    )


def _plain(value: object) -> object:
    if isinstance(value, date):  # an instant is a date, too
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


async def settle_silence(
    row: CaseRow, *, cases: CaseRepository, calendar: WorkCalendar, now: datetime
) -> bool:
    """Bring a locked case up to date with the days that passed in silence.

    Deemed accepted from the day of receipt when nobody accepted or told (行政许可法 32), of what
    was told once from the day it was complete; lapsed when the applicant did not complete it in
    time; running again when a suspension has reached its maximum. Tells whether anything changed.
    """
    case = row.case
    if case.state in BEFORE_ACCEPTANCE and is_past(case.deemed_acceptance_at, now):
        await _deem_accepted(row, cases=cases, calendar=calendar, now=now)
        return True
    if (
        case.state is CaseState.AWAITING_SUPPLEMENT
        and case.supplement_due_on is not None
        and now > calendar.close_of_business(case.supplement_due_on)
    ):
        await _lapse(row, cases=cases, calendar=calendar, now=now)
        return True
    if case.state is CaseState.SUSPENDED and is_past(case.suspended_until, now):
        await _resume_at_the_limit(row, cases=cases, calendar=calendar, now=now)
        return True
    return False


def resume_case(
    case: Case,
    events: Sequence[CaseEvent],
    *,
    at: datetime,
    note: str | None,
    now: datetime,
    account_id: UUID | None,
    actor_name: str,
    calendar: WorkCalendar,
) -> tuple[PaperMaker, CaseEvent]:
    """Let a suspended case's clock go on; gives its notice and its line of the timeline."""
    suspended = next(event for event in reversed(events) if event.kind is CaseEventKind.SUSPENDED)
    assert case.suspended_until is not None
    at = min(at, case.suspended_until.astimezone(at.tzinfo))
    case.suspended_at = case.suspended_until = None
    event = new_event(
        case,
        CaseEventKind.RESUMED,
        article=suspended.article,
        note=note,
        facts={},
        occurred_at=at,
        now=now,
        account_id=account_id,
        actor_name=actor_name,
    )
    due = due_date(
        clock_events([*events, event]), working_days=case.working_days, calendar=calendar
    )
    assert due is not None
    case.due_at, case.due_is_provisional = due.at, due.is_provisional

    def make(head: CaseFacts) -> PaperBody:
        return resumption_notice(
            head,
            suspended_at=suspended.occurred_at.astimezone(HALL_ZONE),
            resumed_at=at.astimezone(HALL_ZONE),
            new_due_at=due.at,
            is_provisional=due.is_provisional,
            article=suspended.article,
        )

    return make, event


async def _resume_at_the_limit(
    row: CaseRow, *, cases: CaseRepository, calendar: WorkCalendar, now: datetime
) -> None:
    case = row.case
    assert case.suspended_until is not None
    case.state = CaseState.ACCEPTED
    make, event = resume_case(
        case,
        await cases.events(case.id),
        at=case.suspended_until.astimezone(HALL_ZONE),
        note="中止计时已满最长期限",
        now=now,
        account_id=None,
        actor_name=SYSTEM,
        calendar=calendar,
    )
    kind = PaperKind.RESUMPTION_NOTICE
    numbers = await take_numbers(cases.session, [kind.series], hall_day(now))
    issue = Issue(kind, numbers[kind.series], make(case_facts(row)), now)
    await cases.write_papers([paper_document(issue, case, SYSTEM)])
    event.facts = {"paper_number": issue.number}
    await tell(case, event, cases=cases)


def deem_if_silent(opinion: CaseOpinion, now: datetime) -> bool:
    """Silence past the due date is agreement, marked as such (MGMT 十六; CREED)."""
    if opinion.state is not OpinionState.ASKED or now <= opinion.due_at:
        return False
    opinion.state = OpinionState.DEEMED_AGREED
    opinion.given_at = opinion.due_at
    return True


async def settle_opinions(case: Case, *, cases: CaseRepository, now: datetime) -> None:
    """Mark the agreement of the departments that stayed silent on a locked case."""
    for opinion, name in await cases.opinions(case.id):
        if not deem_if_silent(opinion, now):
            continue
        event = new_event(
            case,
            CaseEventKind.OPINION_DEEMED,
            article=SILENCE,
            note=None,
            facts={"department": name},
            occurred_at=opinion.due_at,
            now=now,
            account_id=None,
            actor_name=SYSTEM,
        )
        await tell(case, event, cases=cases)


def is_past(limit: datetime | None, now: datetime) -> bool:
    """Whether a limit has passed; the limit itself is still in time."""
    return limit is not None and now > limit


def approved_due_day(events: Sequence[CaseEvent]) -> date | None:
    """The day that the director last set for a special case, if one was approved."""
    days = [
        event.facts["due_on"] for event in events if event.kind is CaseEventKind.SPECIAL_APPROVED
    ]
    return date.fromisoformat(days[-1]) if days else None


async def _deem_accepted(
    row: CaseRow, *, cases: CaseRepository, calendar: WorkCalendar, now: datetime
) -> None:
    case = row.case
    case.is_deemed_accepted = True
    at = (case.completed_at or case.received_at).astimezone(HALL_ZONE)
    due_on = approved_due_day(await cases.events(case.id))
    accept_now(case, at=at, calendar=calendar, due_on=due_on)
    kind = PaperKind.ACCEPTANCE_SLIP
    materials = [list_material(line) for line in await cases.materials(case.id)]
    numbers = await take_numbers(cases.session, [kind.series], hall_day(now))
    head = case_facts(row)
    issue = Issue(kind, numbers[kind.series], slip_of(case, head, materials), now)
    await cases.write_papers([paper_document(issue, case, SYSTEM)])
    event = new_event(
        case,
        CaseEventKind.DEEMED_ACCEPTED,
        article="行政许可法 32",
        note=None,
        facts={"paper_number": issue.number, "due_at": case.due_at},
        occurred_at=at,
        now=now,
        account_id=None,
        actor_name=SYSTEM,
    )
    await tell(case, event, cases=cases)


async def _lapse(
    row: CaseRow, *, cases: CaseRepository, calendar: WorkCalendar, now: datetime
) -> None:
    case = row.case
    assert case.supplement_due_on is not None
    lapsed_at = calendar.close_of_business(case.supplement_due_on)
    case.state = CaseState.LAPSED
    case.decided_at = lapsed_at
    case.supplement_due_on = None
    event = new_event(
        case,
        CaseEventKind.LAPSED,
        article="ONCE 二",
        note=None,
        facts={},
        occurred_at=lapsed_at,
        now=now,
        account_id=None,
        actor_name=SYSTEM,
    )
    await tell(case, event, cases=cases)


async def tell(
    case: Case, event: CaseEvent, *, cases: CaseRepository, caller: Caller | None = None
) -> None:
    """Write an event of a locked case with its audit row and its outbox event."""
    case.version += 1
    cases.session.add(event)
    await cases.session.flush()
    await record_audit(
        cases.session,
        caller=caller,
        action=f"cases.{event.kind.value}",
        subject_type=SUBJECT,
        subject_id=case.id,
        new={"state": case.state, "version": case.version},
    )
    await publish_event(
        cases.session,
        kind=f"case.{event.kind.value}",
        subject_type=SUBJECT,
        subject_id=case.id,
        department_id=case.department_id,
        window_id=case.window_id,
        facts=told_of(case),
        occurred_at=event.occurred_at,
    )
