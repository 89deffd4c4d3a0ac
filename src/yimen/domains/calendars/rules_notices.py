"""What the State Council published of each year, as the holidays library has it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from holidays import country_holidays

from yimen.domains.calendars.enums import DAY_KIND_LABELS, NOTICE_KINDS, OFFICE_KINDS, DayKind

WEEKDAYS = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")
FIRST_DAY = date(2008, 1, 1)
"""Where the calendar begins: the first year under the present kind of notice."""
LAST_KNOWN_NOTICE = 2026
_STATUTORY_NAMES = frozenset(
    {"元旦", "农历除夕", "春节", "清明节", "劳动节", "端午节", "中秋节", "国庆节"}
)
_SWAPPED = re.compile(r"休息日（由 (\d{4})-(\d{2})-(\d{2}) 调休）")
_IN_LIEU = "（补假）"

# The numbers are given where they are beyond doubt; earlier notices are cited by their title.
_NOTICE_NUMBERS = {
    2011: "国办发明电〔2010〕40号",
    2012: "国办发明电〔2011〕45号",
    2013: "国办发明电〔2012〕33号",
    2014: "国办发明电〔2013〕28号",
    2015: "国办发明电〔2014〕28号",
    2016: "国办发明电〔2015〕18号",
    2017: "国办发明电〔2016〕17号",
    2018: "国办发明电〔2017〕12号",
    2019: "国办发明电〔2018〕15号",
    2020: "国办发明电〔2019〕16号",
    2021: "国办发明电〔2020〕27号",
    2022: "国办发明电〔2021〕11号",
    2023: "国办发明电〔2022〕16号",
    2024: "国办发明电〔2023〕7号",
    2025: "国办发明电〔2024〕12号",
    2026: "国办发明电〔2025〕7号",
}
_AMENDMENTS = {
    2015: "国发明电〔2015〕1号",
    2019: "国办发明电〔2019〕3号",
    2020: "国办发明电〔2020〕1号",
}


def notice_title(year: int) -> str:
    """The State Council notice that settles a year's holidays, with its number where certain."""
    title = f"国务院办公厅关于{year}年部分节假日安排的通知"
    number, amendment = _NOTICE_NUMBERS.get(year), _AMENDMENTS.get(year)
    if number is None:
        return title
    return f"{title}（{number}，经{amendment}调整）" if amendment else f"{title}（{number}）"


@dataclass(frozen=True, slots=True)
class DayEntry:
    """What a notice or the office said of one day."""

    kind: DayKind
    note: str
    source: str
    is_override: bool = False
    """Set by the office, over whatever the year's notice says."""


@lru_cache(maxsize=64)
def statutory_days(year: int) -> dict[date, str]:
    """The statutory holidays of a year by law alone, without any notice's moved days."""
    found = country_holidays("CN", years=year, observed=False, language="zh_CN")
    return {
        day: "、".join(names)
        for day in sorted(found)
        if day.year == year and (names := [n for n in found.get_list(day) if n in _STATUTORY_NAMES])
    }


def known_notice_days(year: int) -> dict[date, DayEntry]:
    """Every day of 2008–2026 that its notice moved or gave, from the holidays library.

    Days at the end of December come from the following year's notice and cite it.
    """
    if not FIRST_DAY.year <= year <= LAST_KNOWN_NOTICE:
        raise ValueError(f"no notice known for {year}")
    found = country_holidays("CN", years=(year, year + 1), language="zh_CN")
    statutory = statutory_days(year)
    entries: dict[date, DayEntry] = {}
    for day, name in sorted(found.items()):
        source = notice_title(day.year + 1 if day.month == 12 else day.year)
        if swapped := _SWAPPED.fullmatch(name):
            worked = date(*map(int, swapped.groups()))
            if day.year == year:
                entries[day] = DayEntry(DayKind.REST_DAY, f"与{_short(worked)}调休", source)
            if worked.year == year:
                worked_source = notice_title(year + 1 if worked.month == 12 else year)
                note = f"与{_short(day)}调休"
                entries[worked] = DayEntry(DayKind.MAKEUP_WORKDAY, note, worked_source)
        elif day.year == year and day in statutory:
            entries[day] = DayEntry(DayKind.STATUTORY_HOLIDAY, statutory[day], source)
        elif day.year == year:
            note = name.replace(_IN_LIEU, "补休")
            entries[day] = DayEntry(DayKind.REST_DAY, note, source)
    return dict(sorted(entries.items()))


def _short(day: date) -> str:
    return f"{day.month}月{day.day}日"


# What the office may enter


@dataclass(frozen=True, slots=True)
class NoticeDay:
    """One day that a yearly notice names."""

    day: date
    kind: DayKind
    note: str = ""


@dataclass(frozen=True, slots=True)
class DayOverride:
    """A day as the office sets it; without a kind its setting is taken away again."""

    day: date
    kind: DayKind | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class DayProblem:
    """Why one of the entered days cannot stand; ``position`` counts from 0."""

    position: int
    code: str
    detail: str


def check_notice(year: int, days: Sequence[NoticeDay]) -> list[DayProblem]:
    """What is wrong with the days of a year's notice, all at once.

    A notice speaks of its own year and of the December before, where New Year's leave may begin.
    """
    statutory = statutory_days(year) | statutory_days(year - 1)
    problems = _doubled([entry.day for entry in days])
    for position, entry in enumerate(days):
        day = f"{entry.day}"
        if not date(year - 1, 12, 1) <= entry.day <= date(year, 12, 31):
            detail = f"{day}不属于{year}年的放假安排，只能填写上年12月和本年的日期。"
            problems.append(DayProblem(position, "day_outside_notice", detail))
        elif entry.kind not in NOTICE_KINDS:
            names = "、".join(sorted(DAY_KIND_LABELS[kind] for kind in NOTICE_KINDS))
            detail = f"{day}的类别不由放假通知决定，可选：{names}。"
            problems.append(DayProblem(position, "kind_not_for_notice", detail))
        elif entry.kind is DayKind.MAKEUP_WORKDAY and entry.day in statutory:
            detail = f"{day}是法定节假日（{statutory[entry.day]}），不能调为上班。"
            problems.append(DayProblem(position, "statutory_day_worked", detail))
        elif entry.kind is DayKind.MAKEUP_WORKDAY and entry.day.weekday() < 5:
            detail = f"{day}是{WEEKDAYS[entry.day.weekday()]}，本来就上班，请核对日期。"
            problems.append(DayProblem(position, "workday_already", detail))
    return sorted(problems, key=lambda problem: problem.position)


def check_overrides(overrides: Sequence[DayOverride]) -> list[DayProblem]:
    """What is wrong with single days set by the office."""
    problems = _doubled([override.day for override in overrides])
    for position, override in enumerate(overrides):
        if override.kind is not None and override.kind not in OFFICE_KINDS:
            detail = f"{override.day}不能设为周末；如需恢复原样，请取消该日的设定。"
            problems.append(DayProblem(position, "kind_not_for_office", detail))
    return sorted(problems, key=lambda problem: problem.position)


def _doubled(days: Sequence[date]) -> list[DayProblem]:
    return [
        DayProblem(position, "day_twice", f"{day}填写了两次，请删去一处。")
        for position, day in enumerate(days)
        if day in days[:position]
    ]


def notice_entries(year: int, source: str, days: Sequence[NoticeDay]) -> dict[date, DayEntry]:
    """A notice's days with the statutory days of its year, which hold whether named or not."""
    entries = {entry.day: DayEntry(entry.kind, entry.note, source) for entry in days}
    for day, name in statutory_days(year).items():
        entries[day] = DayEntry(DayKind.STATUTORY_HOLIDAY, name, source)
    return dict(sorted(entries.items()))
