"""The editions that come with the service, and which of them judges a day."""

from dataclasses import dataclass
from datetime import date
from importlib import resources

from yimen.core.errors import NotFound
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


def _load_packaged() -> tuple[Edition, ...]:
    folder = resources.files("yimen.domains.rulebook") / "editions"
    files = sorted(file.name for file in folder.iterdir() if file.name.endswith(".yaml"))
    editions = [parse_edition((folder / name).read_text(encoding="utf-8")) for name in files]
    starts = {edition.takes_effect_on for edition in editions}
    assert editions and len(starts) == len(editions), "each edition starts in a month of its own"
    return tuple(sorted(editions, key=lambda edition: edition.takes_effect_on))


_PACKAGED = _load_packaged()


class RulebookService:
    """Asked by every domain for the numbers of the regulations (domain.md §9)."""

    def editions(self) -> tuple[Edition, ...]:
        """All editions, the earliest first."""
        return _PACKAGED

    def edition(self, code: str) -> Edition:
        """The edition of that code; raises :class:`EditionNotFound`."""
        for edition in _PACKAGED:
            if edition.code == code:
                return edition
        raise EditionNotFound

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
        return [self.view(edition.code, today) for edition in _PACKAGED]

    def edition_on(self, day: date) -> Edition:
        """The edition in force on a day; before the first one, ``NoEditionInForce``."""
        return edition_in_force(_PACKAGED, day)


def check_edition(text: str) -> list[str]:
    """What is wrong with an edition's YAML, each problem a sentence; empty when it is sound."""
    try:
        parse_edition(text)
    except EditionFaulty as faulty:
        return list(faulty.problems)
    return []
