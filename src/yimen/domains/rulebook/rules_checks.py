"""Reading the parts of an edition's YAML: each slip becomes a sentence, and reading goes on."""

import re
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar

import yaml

from yimen.domains.rulebook.enums import LAWS, REGULATION_CODES

EnumT = TypeVar("EnumT", bound=StrEnum)
Item = Mapping[object, object]

_DECIMAL = re.compile(r"\d{1,6}(\.\d{1,2})?")
_DEEPEST = 12
_BRIEF = 60
_CODE = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)*")


class EditionFaulty(ValueError):
    """The text is no edition; ``problems`` lists everything that is wrong with it."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__(f"制度版本有 {len(self.problems)} 处问题：{' '.join(self.problems)}")


class KeyTwice(ValueError):
    def __init__(self, line: int) -> None:
        self.line = line


class StrictLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """YAML lets a later key silently replace an earlier one; in a rulebook that is a slip."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        if len(keys) != len(set(keys)):
            raise KeyTwice(node.start_mark.line + 1)
        mapping: dict[Hashable, Any] = super().construct_mapping(node, deep)
        return mapping


class TooElaborate(ValueError):
    """Deeper than an edition ever is, or written with references from one part to another."""

    def __init__(self, line: int) -> None:
        self.line = line


def load_strictly(text: str) -> object:
    """What the YAML says; raises yaml.YAMLError, KeyTwice, TooElaborate, ValueError.

    Looked through event by event first: building a deep tree overflows the C loader's stack, and
    a few references to references make a tree that is endless to print.
    """
    depth = 0
    for event in yaml.parse(text, Loader=StrictLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > _DEEPEST or isinstance(event, yaml.AliasEvent):
            line = event.start_mark.line + 1 if event.start_mark else 1
            raise TooElaborate(line)
    try:
        return yaml.load(text, Loader=StrictLoader)  # noqa: S506 - a SafeLoader
    except (LookupError, AttributeError) as error:  # how its constructors take ``!!int ""``
        raise ValueError("a value that its tag cannot hold") from error


def brief(given: object, otherwise: str = "") -> str:
    """What someone wrote, as far as a sentence about it can hold it."""
    return str(given)[:_BRIEF] if isinstance(given, str | int) and given else otherwise


class Checks:
    """Notes what is wrong with a part and returns what can be used of it."""

    def __init__(self) -> None:
        self.problems: list[str] = []

    def check_keys(self, where: str, item: Item, *, required: set[str], allowed: set[str]) -> None:
        self.problems.extend(f"{where}缺少 {key}。" for key in sorted(required - item.keys()))
        unknown = sorted(brief(key) for key in item.keys() - allowed)
        self.problems.extend(f"{where}有不认识的项 {key}。" for key in unknown)

    def text(self, where: str, item: Item, key: str) -> str:
        value = item.get(key)
        if isinstance(value, str) and value.strip():
            return value
        if key in item:
            self.problems.append(f"{where}的 {key} 应为文字（数字请加引号）。")
        return ""

    def code(self, where: str, item: Item) -> str:
        code = self.text(where, item, "code")
        if code and not _CODE.fullmatch(code):
            self.problems.append(f"{where}的 code 只能由小写字母、数字、下划线和点组成。")
        return code

    def one_of(self, where: str, item: Item, key: str, closed: type[EnumT]) -> EnumT | None:
        value = item.get(key)
        if isinstance(value, str) and value in {member.value for member in closed}:
            return closed(value)
        if key in item:
            allowed = "、".join(member.value for member in closed)
            self.problems.append(f"{where}的 {key} 只能是 {allowed}。")
        return None

    def article(self, where: str, item: Item, *, whole: bool = False) -> str:
        """``ATTEND 一(一)``; a whole regulation may be named where its parts add their own."""
        article = self.text(where, item, "article")
        source, _, place = article.partition(" ")
        if article and (source not in REGULATION_CODES | LAWS or not (place.strip() or whole)):
            self.problems.append(f"{where}的 article 应为制度代码加条款，例如 ATTEND 一(一)。")
        return article

    def listed(self, where: str, item: Item, key: str) -> list[object]:
        value = item.get(key)
        if isinstance(value, list) and value:
            return value
        if key in item:
            self.problems.append(f"{where}的 {key} 应为条目列表。")
        return []

    def decimal(self, where: str, value: object, key: str) -> Decimal | None:
        """An exact decimal, written as text: YAML would read 0.1 as a float."""
        if isinstance(value, str) and _DECIMAL.fullmatch(value):
            return Decimal(value)
        self.problems.append(f'{where}的 {key} 应为加引号、至多两位小数的数，例如 "0.5"。')
        return None

    def check_repeats(self, codes: list[str], where: str = "") -> None:
        counted = Counter(code for code in codes if code)
        twice = sorted(code for code, count in counted.items() if count > 1)
        self.problems.extend(f"{where}{brief(code)} 重复出现。" for code in twice)
