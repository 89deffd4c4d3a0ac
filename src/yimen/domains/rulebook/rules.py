"""A rulebook edition: read from YAML, checked as a whole, asked by code."""

import re
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, time
from enum import StrEnum
from typing import Any, TypeVar

import yaml

from yimen.core.errors import AppError
from yimen.domains.rulebook.enums import (
    LAWS,
    OPERATOR_OF_WORD,
    REGULATION_CODES,
    THRESHOLD_UNITS,
    UNIT_OF_CODE,
    Basis,
    Operator,
    Unit,
)

MonthDay = tuple[int, int]
TimeSpan = tuple[time, time]
EnumT = TypeVar("EnumT", bound=StrEnum)

_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
_MONTH_DAY = re.compile(r"(\d\d)-(\d\d)")
_HEAD_KEYS = {"code", "title", "takes_effect_on", "values"}
_VALUE_KEYS = {"code", "label", "value", "unit", "article", "basis"}
_THRESHOLD_KEYS = {"word", "operator"}
_LARGEST = 100_000


class EditionFaulty(ValueError):
    """The text is no edition; ``problems`` lists everything that is wrong with it."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__(f"制度版本有 {len(self.problems)} 处问题：{' '.join(self.problems)}")


class NoEditionInForce(AppError):
    """Asked for a day before the first edition took effect."""

    status = 422
    code = "no_edition_in_force"
    title = "该日期早于第一个制度版本的施行日，无法判定适用的规定，请核对日期。"


@dataclass(frozen=True, slots=True)
class RuleValue:
    """One number, time or day that a regulation or the centre has set."""

    code: str
    label: str
    value: int | time | MonthDay
    unit: Unit
    article: str
    basis: Basis
    word: str | None = None
    operator: Operator | None = None

    @property
    def written(self) -> int | str:
        """The value as an edition writes it: a number, ``15:30`` or ``05-01``."""
        match self.value:
            case time():
                return f"{self.value:%H:%M}"
            case (month, day):
                return f"{month:02d}-{day:02d}"
            case int():
                return self.value

    @property
    def text(self) -> str:
        """The value as a person reads it, with its unit and word."""
        match self.value:
            case time():
                return f"{self.value:%H:%M}"
            case (month, day):
                return f"{month}月{day}日"
            case int():
                counted = f"{self.value}{self.unit.label}"
                if self.word in ("超过", "低于", "不满"):
                    return f"{self.word}{counted}"
                return f"{counted}{self.word or ''}"

    def is_met_by(self, measured: int) -> bool:
        """Whether a number reaches this threshold as its word has it: 以上 includes, 超过 not."""
        assert isinstance(self.value, int), f"{self.code} is no threshold"
        match self.operator:
            case Operator.AT_LEAST:
                return measured >= self.value
            case Operator.AT_MOST:
                return measured <= self.value
            case Operator.MORE_THAN:
                return measured > self.value
            case Operator.LESS_THAN:
                return measured < self.value
            case None:
                raise AssertionError(f"{self.code} is no threshold")


@dataclass(frozen=True, slots=True)
class Edition:
    """All values in force from the first of a month until the next edition (domain.md §9)."""

    code: str
    title: str
    takes_effect_on: date
    values: tuple[RuleValue, ...]
    _by_code: Mapping[str, RuleValue] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_code", {value.code: value for value in self.values})

    def rule(self, code: str) -> RuleValue:
        """The value with its article and word; a code that no edition has is a KeyError."""
        return self._by_code[code]

    def integer(self, code: str) -> int:
        value = self._by_code[code].value
        assert isinstance(value, int), f"{code} is no number"
        return value

    def time(self, code: str) -> time:
        value = self._by_code[code].value
        assert isinstance(value, time), f"{code} is no time"
        return value

    def month_day(self, code: str) -> MonthDay:
        value = self._by_code[code].value
        assert isinstance(value, tuple), f"{code} is no day of the year"
        return value

    def shifts_on(self, day: date) -> tuple[TimeSpan, ...]:
        """When the hall opens and closes on a day of its season, if worked (ATTEND 一(一))."""
        season = self.season_on(day)
        return tuple(
            (
                self.time(f"office_hours.{season}.{half}_opens"),
                self.time(f"office_hours.{season}.{half}_closes"),
            )
            for half in ("morning", "afternoon")
        )

    def season_on(self, day: date) -> str:
        """``summer`` or ``winter``, by the days of the year on which they start."""
        summer = self.month_day("office_hours.summer.starts_on")
        winter = self.month_day("office_hours.winter.starts_on")
        today = (day.month, day.day)
        if summer < winter:
            return "summer" if summer <= today < winter else "winter"
        return "winter" if winter <= today < summer else "summer"


def edition_in_force(editions: Iterable[Edition], day: date) -> Edition:
    """The latest edition that had taken effect by a day; raises :class:`NoEditionInForce`."""
    effective = [edition for edition in editions if edition.takes_effect_on <= day]
    if not effective:
        raise NoEditionInForce
    return max(effective, key=lambda edition: edition.takes_effect_on)


def parse_edition(text: str) -> Edition:
    """Read an edition; raises :class:`EditionFaulty` with every problem at once."""
    reader = _Reader()
    edition = reader.edition(text)
    if edition is None or reader.problems:
        raise EditionFaulty(reader.problems)
    return edition


class _KeyTwice(ValueError):
    def __init__(self, line: int) -> None:
        self.line = line


class _StrictLoader(yaml.SafeLoader):
    """YAML lets a later key silently replace an earlier one; in a rulebook that is a slip."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        if len(keys) != len(set(keys)):
            raise _KeyTwice(node.start_mark.line + 1)
        return super().construct_mapping(node, deep)


class _Reader:
    """Reads on after a problem, so that all of them are told at once."""

    def __init__(self) -> None:
        self.problems: list[str] = []

    def edition(self, text: str) -> Edition | None:
        document = self._document(text)
        if document is None:
            return None
        self._check_keys("文件", document, required=_HEAD_KEYS, allowed=_HEAD_KEYS)
        listed = document.get("values")
        if not isinstance(listed, list):
            self.problems.append("values 应为条目列表。")
            return None
        takes_effect_on = document.get("takes_effect_on")
        if type(takes_effect_on) is not date or takes_effect_on.day != 1:
            self.problems.append("takes_effect_on 应为某月 1 日，例如 2018-11-01。")
        code = self._text("文件", document, "code")
        title = self._text("文件", document, "title")
        values = [self._value(number, item) for number, item in enumerate(listed, start=1)]
        known = [value for value in values if value is not None]
        self._check_codes([item.get("code") for item in listed if isinstance(item, dict)])
        self._check_hours({value.code: value for value in known})
        if self.problems:
            return None
        assert isinstance(takes_effect_on, date)
        return Edition(code=code, title=title, takes_effect_on=takes_effect_on, values=tuple(known))

    def _document(self, text: str) -> dict[object, object] | None:
        try:
            document = yaml.load(text, Loader=_StrictLoader)  # noqa: S506 - a SafeLoader
        except _KeyTwice as error:
            self.problems.append(f"第 {error.line} 行所在的条目里有一项写了两遍，请删去一处。")
        except yaml.MarkedYAMLError as error:
            line = f"第 {error.problem_mark.line + 1} 行" if error.problem_mark else "文件"
            self.problems.append(f"{line}不是有效的 YAML，请检查缩进、冒号和引号。")
        except (yaml.YAMLError, ValueError, RecursionError):
            self.problems.append("文件不是有效的 YAML：含有无法识别的字符或日期，或嵌套过深。")
        else:
            if isinstance(document, dict):
                return document
            self.problems.append("文件开头应为 code、title、takes_effect_on 和 values 四项。")
        return None

    def _value(self, number: int, item: object) -> RuleValue | None:
        if not isinstance(item, dict):
            self.problems.append(f"第 {number} 条应由 code、label、value 等项组成。")
            return None
        where = f"第 {number} 条（{item.get('code') or '无代码'}）"
        before = len(self.problems)
        self._check_keys(where, item, required=_VALUE_KEYS, allowed=_VALUE_KEYS | _THRESHOLD_KEYS)
        code = self._text(where, item, "code")
        label = self._text(where, item, "label")
        article = self._article(where, item)
        basis = self._one_of(where, item, "basis", Basis)
        unit = self._one_of(where, item, "unit", Unit)
        if unit and code in UNIT_OF_CODE and unit is not UNIT_OF_CODE[code]:
            self.problems.append(f"{where}的 unit 应为 {UNIT_OF_CODE[code]}。")
        value = self._measure(where, item.get("value"), unit) if unit else None
        word, operator = self._threshold(where, item, value)
        if len(self.problems) > before or value is None or basis is None or unit is None:
            return None
        return RuleValue(code, label, value, unit, article, basis, word, operator)

    def _check_keys(
        self, where: str, item: Mapping[object, object], *, required: set[str], allowed: set[str]
    ) -> None:
        self.problems.extend(f"{where}缺少 {key}。" for key in sorted(required - item.keys()))
        unknown = sorted(str(key) for key in item.keys() - allowed)
        self.problems.extend(f"{where}有不认识的项 {key}。" for key in unknown)

    def _text(self, where: str, item: Mapping[object, object], key: str) -> str:
        value = item.get(key)
        if isinstance(value, str) and value.strip():
            return value
        if key in item:
            self.problems.append(f"{where}的 {key} 应为文字（数字请加引号）。")
        return ""

    def _one_of(
        self, where: str, item: Mapping[object, object], key: str, closed: type[EnumT]
    ) -> EnumT | None:
        value = item.get(key)
        if isinstance(value, str) and value in {member.value for member in closed}:
            return closed(value)
        if key in item:
            allowed = "、".join(member.value for member in closed)
            self.problems.append(f"{where}的 {key} 只能是 {allowed}。")
        return None

    def _article(self, where: str, item: Mapping[object, object]) -> str:
        article = self._text(where, item, "article")
        source, _, place = article.partition(" ")
        if article and (source not in REGULATION_CODES | LAWS or not place.strip()):
            self.problems.append(f"{where}的 article 应为制度代码加条款，例如 ATTEND 一(一)。")
        return article

    def _measure(self, where: str, value: object, unit: Unit) -> int | time | MonthDay | None:
        match unit:
            case Unit.TIME:
                if isinstance(value, str) and (found := _TIME.fullmatch(value)):
                    return time(int(found[1]), int(found[2]))
                self.problems.append(f'{where}的 value 应为加引号的时刻，例如 "15:30"。')
            case Unit.MONTH_DAY:
                if isinstance(value, str) and (found := _MONTH_DAY.fullmatch(value)):
                    month_day = int(found[1]), int(found[2])
                    if _is_day_of_every_year(month_day):
                        return month_day
                self.problems.append(f'{where}的 value 应为每年都有的月-日，例如 "05-01"。')
            case Unit.WORKING_DAYS | Unit.HALF_DAYS | Unit.MINUTES | Unit.TIMES | Unit.FESTIVALS:
                if type(value) is int and 0 <= value <= _LARGEST:
                    return value
                self.problems.append(f"{where}的 value 应为不小于 0 的整数。")
        return None

    def _threshold(
        self, where: str, item: Mapping[object, object], value: object
    ) -> tuple[str | None, Operator | None]:
        word, operator = item.get("word"), item.get("operator")
        if word is None and operator is None:
            if UNIT_OF_CODE.get(str(item.get("code"))) in THRESHOLD_UNITS:
                self.problems.append(f"{where}是界限，应有 word（如以内）和 operator。")
            return None, None
        if not isinstance(word, str) or word not in OPERATOR_OF_WORD:
            words = "、".join(OPERATOR_OF_WORD)
            self.problems.append(f"{where}的 word 只能是 {words}，并与 operator 同时填写。")
            return None, None
        meant = OPERATOR_OF_WORD[word]
        if operator != meant.value:
            self.problems.append(f"{where}写的是“{word}”，operator 应为 {meant.value}。")
        if value is not None and not isinstance(value, int):
            self.problems.append(f"{where}不是数量，不能有 word 和 operator。")
        return word, meant

    def _check_codes(self, codes: list[object]) -> None:
        given = [code for code in codes if isinstance(code, str)]
        for code in UNIT_OF_CODE:
            if code not in given:
                self.problems.append(f"缺少 {code}。")
            elif given.count(code) > 1:
                self.problems.append(f"{code} 重复出现。")
        unknown = sorted(set(given) - UNIT_OF_CODE.keys())
        self.problems.extend(f"{code} 不是系统使用的代码。" for code in unknown)

    def _check_hours(self, values: Mapping[str, RuleValue]) -> None:
        starts = []
        for season, name in (("summer", "夏季"), ("winter", "冬季")):
            prefix = f"office_hours.{season}"
            edges = [
                values.get(f"{prefix}.{edge}")
                for edge in (
                    "morning_opens", "morning_closes", "afternoon_opens", "afternoon_closes",
                )
            ]  # fmt: skip
            times = [edge.value for edge in edges if edge and isinstance(edge.value, time)]
            if len(times) == len(edges) and times != sorted(set(times)):
                self.problems.append(f"{name}的上下班时刻应依次为上午上班、下班，下午上班、下班。")
            if begins := values.get(f"{prefix}.starts_on"):
                starts.append(begins.value)
        if len(starts) > 1 and starts[0] == starts[1]:
            self.problems.append("夏季和冬季作息不能从同一天开始。")


def _is_day_of_every_year(month_day: MonthDay) -> bool:
    try:
        date(2023, *month_day)
    except ValueError:
        return False
    return True
