"""What the records prove, as proposals for people to decide: facts in, drafts out.

Nothing here decides a measure. An edition's grounds say which fact proves what and how often it
takes; the year is the calendar year (DISCIPLINE 六(十三), 九).
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from yimen.domains.rulebook.enums import Measure, Proof, Target
from yimen.domains.rulebook.rules import Edition
from yimen.domains.rulebook.rules_tables import Ground

EditionOn = Callable[[date], Edition]

SEVERITY = {
    Measure.SUPERIOR: 0,
    Measure.ADMONITION: 1,
    Measure.EITHER: 2,
    Measure.WARNING: 3,
    Measure.SENT_BACK: 4,
    Measure.REFERRED: 5,
}

ONE_BY_ONE = frozenset(Proof) - {Proof.ADMONITION, Proof.LOW_MONTH, Proof.LATE_ENTRY}
"""Each fact of these is an occurrence of its own; one that was let go does not count again."""


@dataclass(frozen=True, slots=True)
class Fact:
    """Something on record against a person."""

    proof: Proof
    source: str
    """The record: ``case:…``, ``absence:…``."""
    staff_id: UUID
    day: date
    text: str
    """What happened, for whoever decides and for the person concerned."""
    window_id: UUID | None = None
    row: str | None = None
    """Of a finding: the row of the deduction table."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A proposal as the records make it; the same records make the same key."""

    key: str
    ground: Ground
    also: tuple[str, ...]
    """Articles of other grounds that the same facts meet."""
    staff_id: UUID
    day: date
    window_id: UUID | None
    source: str
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class LetGo:
    """A fact on which a person decided that nothing follows, or whose measure was revoked."""

    proof: Proof
    source: str
    staff_id: UUID


def propose(
    facts: Iterable[Fact], edition_on: EditionOn, let_go: Collection[LetGo] = ()
) -> list[Draft]:
    """Every proposal that the facts make, by person and day; in whatever order they are told."""
    by_person: dict[tuple[str, UUID], list[Fact]] = defaultdict(list)
    for fact in facts:
        if LetGo(fact.proof, fact.source, fact.staff_id) not in let_go:
            by_person[fact.proof.value, fact.staff_id].append(fact)
    drafts: list[Draft] = []
    for (proof, _), found in sorted(by_person.items(), key=lambda item: str(item[0])):
        ordered = sorted(found, key=lambda fact: (fact.day, fact.source))
        match Proof(proof):
            case Proof.LOW_MONTH:
                drafts += _of_low_months(ordered, edition_on)
            case Proof.ADMONITION:
                drafts += _of_admonitions(ordered, edition_on)
            case Proof.LATE_ENTRY:
                drafts += _of_months(ordered, edition_on)
            case _:
                drafts += _of_occurrences(ordered, edition_on)
    return sorted(drafts, key=lambda draft: (draft.day, draft.key))


def _of_occurrences(facts: Sequence[Fact], edition_on: EditionOn) -> list[Draft]:
    """Each occurrence with the gravest ground that it, and those of its year before it, meet.

    A finding is one occurrence, however often it was seen in that round: nobody had been told yet.
    """
    drafts = []
    for place, fact in enumerate(facts):
        so_far = [one for one in facts[: place + 1] if one.day.year == fact.day.year]
        met: list[tuple[Ground, tuple[Fact, ...]]] = []
        for ground in _grounds(edition_on(fact.day), fact.proof):
            if ground.rows and fact.row not in ground.rows:
                continue
            counted = [one for one in so_far if not ground.rows or one.row in ground.rows]
            if len(counted) >= _times(ground):
                met.append((ground, tuple(counted[-_times(ground) :])))
        if met:
            drafts.append(_draft(met, fact, fact.source))
    return drafts


def _of_months(facts: Sequence[Fact], edition_on: EditionOn) -> list[Draft]:
    """All of a month together are one occurrence (DISCIPLINE 五(十八): 当月)."""
    by_month: dict[date, list[Fact]] = defaultdict(list)
    for fact in facts:
        by_month[fact.day.replace(day=1)].append(fact)
    drafts = []
    for month, found in by_month.items():
        grounds = _grounds(edition_on(month), found[0].proof)
        met = [(ground, tuple(found)) for ground in grounds if _times(ground) <= len(found)]
        if met:
            drafts.append(_draft(met, found[-1], f"{month:%Y-%m}"))
    return drafts


def _of_admonitions(facts: Sequence[Fact], edition_on: EditionOn) -> list[Draft]:
    """Admonitions of one calendar year that reach the number lead to one warning."""
    drafts = []
    for year in sorted({fact.day.year for fact in facts}):
        found = [fact for fact in facts if fact.day.year == year]
        for ground in _grounds(edition_on(found[-1].day), Proof.ADMONITION):
            if len(found) >= _times(ground):
                enough = tuple(found[: _times(ground)])
                drafts.append(_draft([(ground, enough)], enough[-1], str(year)))
    return drafts


def _of_low_months(facts: Sequence[Fact], edition_on: EditionOn) -> list[Draft]:
    """Consecutive low months, over the turn of the year too (APPRAISE 六(二))."""
    drafts = []
    run: list[Fact] = []
    for fact in facts:
        if run and month_after(run[-1].day) != fact.day.replace(day=1):
            run = []
        run.append(fact)
        met = [
            (ground, tuple(run[-_times(ground) :]))
            for ground in _grounds(edition_on(fact.day), Proof.LOW_MONTH)
            if len(run) >= _times(ground)
        ]
        if met:
            drafts.append(_draft(met, fact, f"{fact.day:%Y-%m}"))
    return drafts


def _grounds(edition: Edition, proof: Proof) -> list[Ground]:
    return [
        ground
        for ground in edition.grounds
        if ground.proof is proof and ground.target is Target.PERSON
    ]


def _times(ground: Ground) -> int:
    return ground.times or 1


def _draft(met: Sequence[tuple[Ground, tuple[Fact, ...]]], last: Fact, source: str) -> Draft:
    """The ground that takes the most; of equals a regulation's own 处理办法, then the gravest."""
    ground, facts = max(
        met,
        key=lambda one: (
            _times(one[0]),
            not one[0].code.startswith("discipline."),
            SEVERITY[one[0].measure],
            one[0].code,
        ),
    )
    also = sorted({one.article for one, _ in met} - {ground.article})
    return Draft(
        key=f"{ground.code}/{last.staff_id}/{source}",
        ground=ground,
        also=tuple(also),
        staff_id=last.staff_id,
        day=last.day,
        window_id=last.window_id,
        source=source,
        facts=facts,
    )


def month_after(day: date) -> date:
    """The first day of the month that follows a day's."""
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)
