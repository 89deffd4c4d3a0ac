"""What a year's measures come to: a pure function with its chain of reasons (DISCIPLINE 九, 十)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from yimen.domains.discipline.enums import ConsequenceKind, MeasureKind
from yimen.domains.rulebook.enums import Target
from yimen.domains.rulebook.rules import Edition, RuleValue
from yimen.domains.scoring.rules_words import say_article


@dataclass(frozen=True, slots=True)
class MeasureFact:
    """A measure that counts: neither revoked nor waiting to be reviewed."""

    measure_id: UUID
    number: str
    kind: MeasureKind
    target: Target
    staff_id: UUID | None
    window_id: UUID | None
    """The window it is against, or where the person served."""
    on: date
    """When it was decided: this is the year it counts in."""
    article: str

    @property
    def line(self) -> str:
        return (
            f"{self.on.isoformat()}{self.kind.label}（{self.number}，{say_article(self.article)}）"
        )


@dataclass(frozen=True, slots=True)
class Consequence:
    """One consequence with everything that it rests on."""

    kind: ConsequenceKind
    article: str
    because: tuple[str, ...]
    measure_ids: tuple[UUID, ...]


def year_of_person(
    measures: Iterable[MeasureFact], year: int, edition: Edition
) -> tuple[Consequence, ...]:
    """What a person's measures of a year and the one before come to in this year."""
    known = sorted(measures, key=lambda one: (one.on, one.number))
    now = [one for one in known if one.on.year == year]
    before = [one for one in known if one.on.year == year - 1]
    admonitions = _of(now, MeasureKind.ADMONITION)
    warnings = _of(now, MeasureKind.WARNING)
    earlier = _of(before, MeasureKind.WARNING)
    found: list[Consequence] = []

    def when(kind: ConsequenceKind, rule: str, counted: Sequence[MeasureFact], what: str) -> None:
        value = edition.rule(rule)
        if value.is_met_by(len(counted)):
            found.append(_consequence(kind, value, counted, f"{year}年内{what}{len(counted)}次"))

    when(ConsequenceKind.NOT_EXCELLENT, "year.warnings_not_excellent", warnings, "被效能告诫")
    when(ConsequenceKind.NOT_EXCELLENT, "awards.person_admonitions", admonitions, "被诫勉教育")
    when(ConsequenceKind.INCOMPETENT, "year.warnings_incompetent", warnings, "被效能告诫")
    again = edition.rule("year.warnings_last_year")
    if warnings and again.is_met_by(len(earlier)):
        said = f"{year - 1}年被效能告诫{len(earlier)}次，{year}年再被效能告诫{len(warnings)}次"
        found.append(_consequence(ConsequenceKind.INCOMPETENT, again, [*earlier, *warnings], said))
    lost = ConsequenceKind.WINDOW_LOSES_ELIGIBILITY
    when(lost, "awards.person_admonitions", admonitions, "被诫勉教育")
    when(lost, "awards.person_warnings", warnings, "被效能告诫")
    found += [
        Consequence(ConsequenceKind.SENT_BACK, one.article, (one.line,), (one.measure_id,))
        for one in _of(now, MeasureKind.SENT_BACK)
    ]
    return tuple(found)


def year_of_window(
    measures: Iterable[MeasureFact], window_id: UUID, year: int, edition: Edition
) -> tuple[Consequence, ...]:
    """What the measures of a year come to for a window.

    ``measures``: all against the window, and all of everybody who got one while serving there,
    wherever the others were: a person's second admonition takes the eligibility of the window at
    which it was earned.
    """
    now = sorted(
        (one for one in measures if one.on.year == year), key=lambda one: (one.on, one.number)
    )
    found: list[Consequence] = []
    people: dict[UUID, list[MeasureFact]] = defaultdict(list)
    for one in now:
        if one.target is Target.PERSON and one.staff_id is not None:
            people[one.staff_id].append(one)
    for own in people.values():
        for kind, code in (
            (MeasureKind.ADMONITION, "awards.person_admonitions"),
            (MeasureKind.WARNING, "awards.person_warnings"),
        ):
            rule = edition.rule(code)
            counted = _of(own, kind)
            full = next(
                (
                    counted[: place + 1]
                    for place, one in enumerate(counted)
                    if one.window_id == window_id and rule.is_met_by(place + 1)
                ),
                None,
            )
            if full is not None:
                said = f"窗口工作人员{year}年内被{kind.label}{len(full)}次"
                found.append(_consequence(ConsequenceKind.NOT_ELIGIBLE, rule, full, said))
    here = [one for one in now if one.window_id == window_id]
    for kind, code in (
        (MeasureKind.ADMONITION, "awards.window_admonitions"),
        (MeasureKind.WARNING, "awards.window_warnings"),
    ):
        rule, counted = edition.rule(code), _of(here, kind)
        if rule.is_met_by(len(counted)):
            said = f"{year}年内本窗口被{kind.label}共{len(counted)}次"
            found.append(_consequence(ConsequenceKind.NO_ADVANCED_COLLECTIVE, rule, counted, said))
    against = [one for one in _of(here, MeasureKind.WARNING) if one.target is Target.WINDOW]
    rule = edition.rule("year.warnings_incompetent")
    if rule.is_met_by(len(against)):
        said = f"{year}年内该窗口被效能告诫{len(against)}次"
        kind_of_year = ConsequenceKind.WINDOW_INCOMPETENT
        found.append(_consequence(kind_of_year, rule, against, said))
    return tuple(found)


def _of(measures: Iterable[MeasureFact], kind: MeasureKind) -> list[MeasureFact]:
    return [one for one in measures if one.kind is kind]


def _consequence(
    kind: ConsequenceKind, rule: RuleValue, counted: Sequence[MeasureFact], said: str
) -> Consequence:
    return Consequence(
        kind=kind,
        article=rule.article,
        because=(*(one.line for one in counted), f"{said}（{rule.label}：{rule.text}）"),
        measure_ids=tuple(one.measure_id for one in counted),
    )
