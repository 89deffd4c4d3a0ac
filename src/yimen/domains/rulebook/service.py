"""The editions of the rulebook, and which of them judges a day."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from importlib import resources
from uuid import UUID

from yimen.core.errors import NotFound
from yimen.domains.rulebook.repository import EditionRepository, Session
from yimen.domains.rulebook.rules import Edition, RuleValue, edition_in_force
from yimen.domains.rulebook.rules_checks import EditionFaulty
from yimen.domains.rulebook.rules_reading import parse_edition
from yimen.domains.rulebook.rules_tables import Ground, RuleTable, TableArea, TableRow

__all__ = [
    "Edition",
    "EditionNotFound",
    "Ground",
    "RuleTable",
    "RuleValue",
    "RulebookService",
    "TableArea",
    "TableRow",
    "check_edition",
]


class EditionNotFound(NotFound):
    code = "edition_not_found"
    title = "没有这个制度版本，请从版本列表中选择。"


@dataclass(frozen=True, slots=True)
class EditionView:
    """An edition as seen on a day."""

    code: str
    title: str
    takes_effect_on: date
    is_in_force: bool
    values: tuple[RuleValue, ...]
    tables: tuple[RuleTable, ...]
    grounds: tuple[Ground, ...]


def _load_packaged() -> dict[str, tuple[Edition, str]]:
    folder = resources.files("yimen.domains.rulebook") / "editions"
    files = sorted(file.name for file in folder.iterdir() if file.name.endswith(".yaml"))
    texts = [(folder / name).read_text(encoding="utf-8") for name in files]
    found = {edition.code: (edition, text) for text in texts for edition in [parse_edition(text)]}
    starts = {edition.takes_effect_on for edition, _ in found.values()}
    assert found and len(starts) == len(texts), "each edition starts in a month of its own"
    return found


_PACKAGED = _load_packaged()
NEWEST_PACKAGED = edition_in_force([edition for edition, _ in _PACKAGED.values()], date.max)


class _Shelf:
    """The editions that this process knows: the packaged ones, and what has been published.

    What is published in the month of a packaged edition stands in its place.
    """

    def __init__(self) -> None:
        self.read: dict[UUID, tuple[Edition, str]] = {}
        """Every published edition ever seen; they never change."""
        self.editions: tuple[Edition, ...] = ()
        self.put(())

    def put(self, edition_ids: Collection[UUID]) -> None:
        """These are published now."""
        own = [self.read[edition_id] for edition_id in edition_ids]
        starts = {e.takes_effect_on: (e, text) for e, text in [*_PACKAGED.values(), *own]}
        ordered = [starts[day] for day in sorted(starts)]
        self.editions = tuple(edition for edition, _ in ordered)
        self.texts = {edition.code: text for edition, text in ordered}


_shelf = _Shelf()


def forget_published() -> None:
    """Know the packaged editions only: for tests, which undo what they publish."""
    _shelf.put(())


class RulebookService:
    """Asked by every domain for the numbers of the regulations (domain.md §9).

    Answers from the editions of this process, which rereads what is published when it starts, every
    few seconds, and whenever the calendar has changed, as it does with each edition. Nothing is
    judged by an edition before the month after its publication.
    """

    def __init__(self, editions: tuple[Edition, ...] | None = None) -> None:
        """Without ``editions``: those that are in force; with them: what they would say."""
        self._given = editions

    async def reread(self, session: Session) -> None:
        """See what has been published since; one small query unless something was."""
        if self._given is not None:
            return
        repository = EditionRepository(session)
        published = await repository.published_ids()
        missing = set(published) - _shelf.read.keys()
        if missing:
            for edition_id, text in (await repository.documents(missing)).items():
                _shelf.read[edition_id] = (parse_edition(text, base=NEWEST_PACKAGED), text)
        _shelf.put(published)

    def with_edition(self, edition: Edition) -> "RulebookService":
        """What the rulebook would say with another edition."""
        kept = [e for e in self.editions() if e.takes_effect_on != edition.takes_effect_on]
        ordered = sorted([*kept, edition], key=lambda one: one.takes_effect_on)
        return RulebookService(tuple(ordered))

    def editions(self) -> tuple[Edition, ...]:
        """All editions, the earliest first."""
        return _shelf.editions if self._given is None else self._given

    def edition(self, code: str) -> Edition:
        """The edition of that code; raises :class:`EditionNotFound`."""
        for edition in self.editions():
            if edition.code == code:
                return edition
        raise EditionNotFound

    def text_of(self, code: str) -> str:
        """The edition of that code as YAML; raises :class:`EditionNotFound`."""
        if code not in _shelf.texts:
            raise EditionNotFound
        return _shelf.texts[code]

    def view(self, code: str, today: date) -> EditionView:
        """The edition of that code, and whether today is judged by it."""
        edition = self.edition(code)
        return EditionView(
            code=edition.code,
            title=edition.title,
            takes_effect_on=edition.takes_effect_on,
            is_in_force=edition.takes_effect_on <= today and edition is self.edition_on(today),
            values=edition.values,
            tables=edition.tables,
            grounds=edition.grounds,
        )

    def views(self, today: date) -> list[EditionView]:
        """All editions as of today, the earliest first."""
        return [self.view(edition.code, today) for edition in self.editions()]

    def edition_on(self, day: date) -> Edition:
        """The edition in force on a day; before the first one, ``NoEditionInForce``."""
        return edition_in_force(self.editions(), day)


def check_edition(text: str) -> list[str]:
    """What is wrong with an edition's YAML, each problem a sentence; empty when it is sound."""
    try:
        parse_edition(text)
    except EditionFaulty as faulty:
        return list(faulty.problems)
    return []
