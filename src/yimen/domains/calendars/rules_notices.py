"""What the State Council published of each year, as the holidays library has it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from holidays import country_holidays

from yimen.domains.calendars.enums import DayKind

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
def statutory_days(year: int) -> Mapping[date, str]:
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
