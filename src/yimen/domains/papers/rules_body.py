"""What a paper consists of, the words for days and articles, and its reading as plain text."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

WEEKDAYS = "一二三四五六日"
DIGITS = "零一二三四五六七八九"

TITLES = {
    "MGMT": "行政服务中心管理暂行办法",
    "CONDUCT": "行政服务中心工作人员行为规范",
    "ATTEND": "行政服务中心窗口工作人员考勤管理办法",
    "JOINT": "行政服务中心首席代表联席会议制度",
    "FIRSTASK": "行政服务中心首问责任制",
    "PROMISE": "行政服务中心服务承诺制",
    "ABPOST": "行政服务中心AB岗工作制",
    "TIMELIMIT": "行政服务中心限时办结制",
    "REJECT": "行政服务中心否定报备制",
    "ONCE": "行政服务中心一次性告知制",
    "EFFICACY": "行政服务中心机关效能建设暂行规定",
    "DISCIPLINE": "行政服务中心工作人员诫勉教育和效能告诫实施细则",
    "DERELICT": "行政服务中心失职追究制",
    "DISCLOSE": "行政服务中心中心公示制",
    "DUTY": "行政服务中心岗位职责",
    "APPRAISE": "行政服务中心绩效考评实施办法",
    "行政许可法": "中华人民共和国行政许可法",
}
"""How the papers name the rules they rest on."""

_ARTICLE = re.compile(
    r"(\S+) (?:([一二三四五六七八九十百]+)|(\d+))"
    r"(?:\(([一二三四五六七八九十]+)\))?(?:(?<=\D)(\d+))?"
)


@dataclass(frozen=True, slots=True)
class PaperTable:
    """A table in a paper."""

    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class PaperBody:
    """A paper as structure; the text, the page and the PDF are made from nothing else."""

    title: str
    addressee: str
    """To whom it is given; empty for what goes on file, which begins with its facts."""
    facts: tuple[tuple[str, str], ...]
    paragraphs: tuple[str, ...] = ()
    table: PaperTable | None = None
    notes: tuple[str, ...] = ()
    article: str = ""
    issuer: str = ""
    """Who answers for it, above the date and under the seal."""
    signatures: tuple[str, ...] = ()
    """Who signs by hand, each with room for it."""


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """What every paper of a case names."""

    case_number: str
    item_name: str
    applicant_name: str
    department_name: str
    window_number: str
    handler_name: str
    lookup_code: str | None = None
    """What opens the case's public side together with its number."""


@dataclass(frozen=True, slots=True)
class MaterialLine:
    """One material as it was handed in."""

    name: str
    copies: int
    pages: int
    is_original: bool
    whereabouts: str = ""
    """Where an original is that does not stay with the file, in words; empty for all else."""


def say_day(day: date) -> str:
    """``2026年3月10日（星期二）``."""
    return f"{day.year}年{day.month}月{day.day}日（星期{WEEKDAYS[day.weekday()]}）"


def say_last_day(day: date, is_provisional: bool) -> str:
    """``2027年1月15日（星期五）（暂定）``."""
    return f"{say_day(day)}{'（暂定）' if is_provisional else ''}"


def say_instant(at: datetime) -> str:
    """``2026年3月10日（星期二）20:00``, on the clock of the instant given."""
    return f"{say_day(at.date())}{at:%H:%M}"


def say_number(number: int) -> str:
    """``四十五``; up to 999."""
    hundreds, rest = divmod(number, 100)
    tens, ones = divmod(rest, 10)
    said = f"{DIGITS[hundreds]}百" if hundreds else ""
    if tens:
        said += "十" if tens == 1 and not hundreds else f"{DIGITS[tens]}十"
    elif hundreds and ones:
        said += "零"
    return said + (DIGITS[ones] if ones or not number else "")


def cite(article: str) -> str:
    """``MGMT 十一(五)`` as a paper names it: 《…管理暂行办法》第十一条第（五）项."""
    found = _ARTICLE.fullmatch(article)
    if found is None or found[1] not in TITLES:
        return article
    said = f"《{TITLES[found[1]]}》第{found[2] or say_number(int(found[3]))}条"
    if found[4]:
        return f"{said}第（{found[4]}）项" + (f"第{found[5]}目" if found[5] else "")
    return said + (f"第{found[5]}项" if found[5] else "")


def head(case: CaseFacts) -> list[tuple[str, str]]:
    """The facts that open every paper of a case."""
    return [
        ("办件编号", case.case_number),
        ("申请人", case.applicant_name),
        ("办理事项", case.item_name),
        ("受理部门", f"{case.department_name}（{case.window_number}号窗口）"),
    ]


def list_materials(materials: Sequence[MaterialLine]) -> PaperTable:
    """The table of what was handed in or given back."""
    return PaperTable(
        headers=("序号", "材料名称", "份数", "页数", "形式"),
        rows=tuple(
            (
                str(number),
                line.name,
                str(line.copies),
                str(line.pages),
                _say_form(line),
            )
            for number, line in enumerate(materials, start=1)
        ),
    )


def _say_form(line: MaterialLine) -> str:
    form = "原件" if line.is_original else "复印件"
    return f"{form}，{line.whereabouts}" if line.whereabouts else form


def provisional_note(is_provisional: bool, what: str = "办结期限") -> tuple[str, ...]:
    """What a paper says of a date that rests on a year not yet published (domain.md §3)."""
    if not is_provisional:
        return ()
    return (f"{what}涉及放假安排尚未公布的年份，系按周末与法定节假日暂定，公布后以通知为准。",)


def say_due(due_at: datetime, is_provisional: bool) -> str:
    """``2026年3月17日（星期二）20:00（暂定）前``."""
    return f"{say_instant(due_at)}{'（暂定）' if is_provisional else ''}前"


def ended(words: str) -> str:
    """What somebody wrote, as a sentence with its end."""
    return words if words.endswith(("。", "！", "？", "；", "…", ".", "!", "?")) else f"{words}。"


def void_line(voided_on: date, reason: str) -> str:
    """What stands on top of a void paper."""
    return f"【作废】本文书已于{say_day(voided_on)}作废。原因：{reason}"


def render_text(
    body: PaperBody, *, number: str, issued_at: datetime, verification_code: str
) -> str:
    """The paper as plain text, complete enough to be read out or printed by a slip printer."""
    lines = [body.title, f"编号：{number}", ""]
    facts = [f"{label}：{value}" for label, value in body.facts]
    if body.addressee:
        lines += [f"{body.addressee}：", *body.paragraphs, "", *facts]
    else:
        lines += [*facts, "", *body.paragraphs]
    if body.table is not None:
        lines += ["", "  ".join(body.table.headers)]
        lines += ["  ".join(row) for row in body.table.rows]
    if body.notes:
        lines += ["", *body.notes]
    if body.article:
        lines += ["", f"依据：{cite(body.article)}"]
    if body.issuer:
        lines.append(f"出具单位：{body.issuer}")
    lines.append(f"出具日期：{say_day(issued_at.date())}")
    lines.append(f"验证码：{verification_code}")
    if body.signatures:
        lines += ["", *(f"{label}：" for label in body.signatures)]
    return "\n".join(lines)
