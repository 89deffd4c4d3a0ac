"""An edition of the rulebook, read from YAML and checked as a whole."""

import re
from collections.abc import Mapping
from datetime import date, time
from decimal import Decimal

import yaml

from yimen.domains.rulebook.enums import (
    DECIMAL_UNITS,
    LIMITS,
    OPERATOR_OF_WORD,
    THRESHOLD_UNITS,
    UNIT_OF_CODE,
    WHOLES,
    Basis,
    Operator,
    Unit,
)
from yimen.domains.rulebook.rules import Edition, MonthDay, RuleValue
from yimen.domains.rulebook.rules_checks import (
    EditionFaulty,
    Item,
    KeyTwice,
    TooElaborate,
    brief,
    load_strictly,
)
from yimen.domains.rulebook.rules_listing import ListingChecks

_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
_MONTH_DAY = re.compile(r"(\d\d)-(\d\d)")
_HEAD_KEYS = {"code", "title", "takes_effect_on", "values", "tables", "grounds"}
_VALUE_KEYS = {"code", "label", "value", "unit", "article", "basis"}
_THRESHOLD_KEYS = {"word", "operator"}
_LARGEST = 100_000


def parse_edition(text: str, *, base: Edition | None = None) -> Edition:
    """Read an edition; raises :class:`EditionFaulty` with every problem at once.

    With a ``base``: one that was published under another release of the service. Values that came
    since are taken from the base, those that went are passed over.
    """
    reader = _Reader(base)
    edition = reader.edition(text)
    if edition is None or reader.problems:
        raise EditionFaulty(reader.problems)
    return edition


class _Reader(ListingChecks):
    """Reads on after a problem, so that all of them are told at once."""

    def __init__(self, base: Edition | None = None) -> None:
        super().__init__()
        self.base = base

    def edition(self, text: str) -> Edition | None:
        document = self._document(text)
        if document is None:
            return None
        self.check_keys("文件", document, required=_HEAD_KEYS, allowed=_HEAD_KEYS)
        takes_effect_on = document.get("takes_effect_on")
        if type(takes_effect_on) is not date or takes_effect_on.day != 1:
            self.problems.append("takes_effect_on 应为某月 1 日，例如 2018-11-01。")
        code = self.text("文件", document, "code")
        title = self.text("文件", document, "title")
        listed = self.listed("文件", document, "values")
        read = [self._value(number, item) for number, item in enumerate(listed, start=1)]
        values = {value.code: value for value in read if value is not None}
        if self.base is not None:
            values = {value.code: values.get(value.code, value) for value in self.base.values}
        if listed:
            self._check_codes([item.get("code") for item in listed if isinstance(item, dict)])
        self._check_hours(values)
        self._check_shares(values)
        tables = self.tables(self.listed("文件", document, "tables"), values)
        rows = {row.code for table in tables for row in table.rows}
        grounds = self.grounds(self.listed("文件", document, "grounds"), rows)
        if self.problems:
            return None
        assert isinstance(takes_effect_on, date)
        return Edition(
            code=code,
            title=title,
            takes_effect_on=takes_effect_on,
            values=tuple(values.values()),
            tables=tuple(tables),
            grounds=tuple(grounds),
        )

    def _document(self, text: str) -> dict[object, object] | None:
        try:
            document = load_strictly(text)
        except TooElaborate as error:
            self.problems.append(
                f"第 {error.line} 行嵌套过深，或用了 YAML 的引用（*），请改为直接写出。"
            )
        except KeyTwice as error:
            self.problems.append(f"第 {error.line} 行所在的条目里有一项写了两遍，请删去一处。")
        except yaml.MarkedYAMLError as error:
            line = f"第 {error.problem_mark.line + 1} 行" if error.problem_mark else "文件"
            self.problems.append(f"{line}不是有效的 YAML，请检查缩进、冒号和引号。")
        except (yaml.YAMLError, ValueError):
            self.problems.append("文件不是有效的 YAML：含有无法识别的字符或日期。")
        else:
            if isinstance(document, dict):
                return document
            self.problems.append("文件开头应为 code、title、takes_effect_on 和 values 等项。")
        return None

    def _value(self, number: int, item: object) -> RuleValue | None:
        if not isinstance(item, dict):
            self.problems.append(f"第 {number} 条应由 code、label、value 等项组成。")
            return None
        where = f"第 {number} 条（{brief(item.get('code'), '无代码')}）"
        before = len(self.problems)
        self.check_keys(where, item, required=_VALUE_KEYS, allowed=_VALUE_KEYS | _THRESHOLD_KEYS)
        code = self.text(where, item, "code")
        label = self.text(where, item, "label")
        article = self.article(where, item)
        basis = self.one_of(where, item, "basis", Basis)
        unit = self.one_of(where, item, "unit", Unit)
        if unit and code in UNIT_OF_CODE and unit is not UNIT_OF_CODE[code]:
            self.problems.append(f"{where}的 unit 应为 {UNIT_OF_CODE[code]}。")
        value = self._measure(where, item.get("value"), unit) if unit else None
        word, operator = self._threshold(where, item, value)
        if len(self.problems) > before or value is None or basis is None or unit is None:
            return None
        return RuleValue(code, label, value, unit, article, basis, word, operator)

    def _measure(
        self, where: str, value: object, unit: Unit
    ) -> int | Decimal | time | MonthDay | None:
        if unit in DECIMAL_UNITS:
            return self.decimal(where, value, "value")
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
            case Unit.LENGTH:
                if type(value) is int and 1 <= value <= _LARGEST:
                    return value
                self.problems.append(f"{where}的 value 应为大于 0 的整数。")
            case _:
                if type(value) is int and 0 <= value <= _LARGEST:
                    return value
                self.problems.append(f"{where}的 value 应为不小于 0 的整数。")
        return None

    def _threshold(
        self, where: str, item: Item, value: object
    ) -> tuple[str | None, Operator | None]:
        word, operator = item.get("word"), item.get("operator")
        if word is None and operator is None:
            code = str(item.get("code"))
            if UNIT_OF_CODE.get(code) in THRESHOLD_UNITS or code in LIMITS:
                self.problems.append(f"{where}是界限，应有 word（如以内）和 operator。")
            return None, None
        if not isinstance(word, str) or word not in OPERATOR_OF_WORD:
            words = "、".join(OPERATOR_OF_WORD)
            self.problems.append(f"{where}的 word 只能是 {words}，并与 operator 同时填写。")
            return None, None
        meant = OPERATOR_OF_WORD[word]
        if operator != meant.value:
            self.problems.append(f"{where}写的是“{word}”，operator 应为 {meant.value}。")
        if value is not None and not isinstance(value, int | Decimal):
            self.problems.append(f"{where}不是数量，不能有 word 和 operator。")
        return word, meant

    def _check_codes(self, codes: list[object]) -> None:
        given = [code for code in codes if isinstance(code, str)]
        if self.base is not None:
            self.check_repeats(given)
            return
        for code in UNIT_OF_CODE:
            if code not in given:
                self.problems.append(f"缺少 {code}。")
            elif given.count(code) > 1:
                self.problems.append(f"{code} 重复出现。")
        unknown = sorted(set(given) - UNIT_OF_CODE.keys())
        self.problems.extend(f"{brief(code)} 不是系统使用的代码。" for code in unknown)

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

    def _check_shares(self, values: Mapping[str, RuleValue]) -> None:
        for codes in WHOLES:
            shares = [values[code].value for code in codes if code in values]
            numbers = [share for share in shares if isinstance(share, int)]
            if len(numbers) == len(codes) and sum(numbers) != 100:
                named = "、".join(codes)
                self.problems.append(f"{named} 合计应为 100%，现为 {sum(numbers)}%。")


def _is_day_of_every_year(month_day: MonthDay) -> bool:
    try:
        date(2023, *month_day)
    except ValueError:
        return False
    return True
