"""What the records of a refusal show to be against REJECT 七: values in, breaches out."""

from dataclasses import dataclass
from datetime import date, datetime

from yimen.domains.calendars.rules import WorkCalendar
from yimen.domains.papers.rules import say_instant
from yimen.domains.rejections.enums import MOVES, BreachKind, RejectionState


def may_move(current: RejectionState, to: RejectionState) -> bool:
    """Whether a refusal may go from one state to another."""
    return to in MOVES[current]


@dataclass(frozen=True, slots=True)
class Limits:
    """Working days that the rulebook leaves for what follows a refusal."""

    filing_days: int
    notice_days: int
    return_days: int

    @property
    def longest(self) -> int:
        return max(self.filing_days, self.notice_days, self.return_days)


@dataclass(frozen=True, slots=True)
class RefusalFacts:
    """What the records say of a refusal on file; all instants on the hall's clock."""

    is_within_authority: bool
    filed_at: datetime
    decision_due_at: datetime | None
    decided_at: datetime | None
    settled_at: datetime | None
    """When the request needed no answer any more: decided, taken back, or the case ended."""
    refused_at: datetime | None
    commitment_due_at: datetime | None
    """The due date of the case's promise; none without an accepted case."""
    has_form: bool
    has_notice: bool
    is_handed_over: bool
    """Whether the notice goes to the requester by a delivery that is on record."""
    handed_over_at: datetime | None
    return_asked_at: datetime | None
    has_materials: bool
    """The window still has materials that could go back."""
    last_returned_at: datetime | None


@dataclass(frozen=True, slots=True)
class Breach:
    """One breach: what, since which day, and what on record shows it."""

    kind: BreachKind
    on: date
    evidence: str


def find_breaches(
    facts: RefusalFacts, *, limits: Limits, calendar: WorkCalendar, now: datetime
) -> list[Breach]:
    """The breaches of a refusal on file, as known now (REJECT 二–七).

    A limit's own last day is in time. Whether it is anybody's fault is for people to say.
    """
    found = []
    if facts.decision_due_at is not None:
        settled_at = facts.settled_at or now
        if settled_at > facts.decision_due_at:
            answer = f"{say_instant(facts.settled_at)}答复" if facts.settled_at else "至今未答复"
            found.append(
                Breach(
                    BreachKind.DECISION_LATE,
                    facts.decision_due_at.date(),
                    f"{say_instant(facts.filed_at)}请示，"
                    f"应在{say_instant(facts.decision_due_at)}前答复，{answer}。",
                )
            )
    if facts.refused_at is not None:
        found += _after_refusal(facts, facts.refused_at, limits=limits, calendar=calendar, now=now)
    return found


def _after_refusal(
    facts: RefusalFacts,
    refused_at: datetime,
    *,
    limits: Limits,
    calendar: WorkCalendar,
    now: datetime,
) -> list[Breach]:
    found = []
    refused = f"{say_instant(refused_at)}否定"
    if not facts.is_within_authority and facts.decided_at is None:
        found.append(
            Breach(
                BreachKind.BEYOND_AUTHORITY,
                refused_at.date(),
                f"{refused}，超越经办人权限，没有领导批示。",
            )
        )
    if facts.commitment_due_at is not None and refused_at > facts.commitment_due_at:
        found.append(
            Breach(
                BreachKind.REFUSED_LATE,
                refused_at.date(),
                f"承诺时限至{say_instant(facts.commitment_due_at)}，{refused}并告知。",
            )
        )
    file_by = calendar.due_at(refused_at, limits.filing_days).at
    if facts.filed_at > file_by:
        found.append(
            Breach(
                BreachKind.FILED_LATE,
                file_by.date(),
                f"{refused}，应在{say_instant(file_by)}前报备，{say_instant(facts.filed_at)}才报备。",
            )
        )
    # a form may be completed until its time from the filing has passed
    complete_by = calendar.due_at(max(refused_at, facts.filed_at), limits.filing_days).at
    if not facts.has_form and now > complete_by:
        found.append(
            Breach(
                BreachKind.FORM_MISSING,
                complete_by.date(),
                f"{refused}，至{say_instant(complete_by)}没有填写完整的登记表。",
            )
        )
    return found + _told_and_returned(facts, refused_at, limits=limits, calendar=calendar, now=now)


def _told_and_returned(
    facts: RefusalFacts,
    refused_at: datetime,
    *,
    limits: Limits,
    calendar: WorkCalendar,
    now: datetime,
) -> list[Breach]:
    found = []
    notify_by = calendar.due_at(refused_at, limits.notice_days).at
    handed_over_at = facts.handed_over_at or now
    is_told = facts.has_notice and (not facts.is_handed_over or handed_over_at <= notify_by)
    if not is_told and now > notify_by:
        what = "告知书没有送达签收" if facts.has_notice else "没有有效的书面告知书"
        found.append(
            Breach(
                BreachKind.NOT_NOTIFIED,
                notify_by.date(),
                f"{say_instant(refused_at)}否定，至{say_instant(notify_by)}{what}。",
            )
        )
    if facts.return_asked_at is not None:
        return_by = calendar.due_at(facts.return_asked_at, limits.return_days).at
        returned_at = now if facts.has_materials else (facts.last_returned_at or now)
        if returned_at > return_by:
            found.append(
                Breach(
                    BreachKind.NOT_RETURNED,
                    return_by.date(),
                    f"{say_instant(facts.return_asked_at)}要求退还材料，"
                    f"至{say_instant(return_by)}没有全部退还。",
                )
            )
    return found


def find_unfiled(
    decided_at: datetime, act: str, *, filing_days: int, calendar: WorkCalendar, now: datetime
) -> Breach | None:
    """The breach of a request turned away without a filing, once its time has passed (REJECT 二).

    不予受理 and 驳回 refuse a request as a 不予办理 does (EFFICACY 十五); what the applicant takes
    back, or lets lapse, is refused by nobody.
    """
    file_by = calendar.due_at(decided_at, filing_days).at
    if now <= file_by:
        return None
    return Breach(
        BreachKind.NOT_FILED,
        file_by.date(),
        f"{say_instant(decided_at)}{act}，至{say_instant(file_by)}没有登记备案。",
    )
