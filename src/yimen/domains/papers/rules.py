"""What each paper says: facts in, a structured document out; and how it reads as plain text."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime

from yimen.domains.papers.enums import PaperKind

WEEKDAYS = "一二三四五六日"


@dataclass(frozen=True, slots=True)
class PaperTable:
    """A table in a paper."""

    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class PaperBody:
    """A paper as structure; the text, and later the printed page, are made from nothing else."""

    title: str
    addressee: str
    facts: tuple[tuple[str, str], ...]
    paragraphs: tuple[str, ...] = ()
    table: PaperTable | None = None
    notes: tuple[str, ...] = ()
    article: str = ""


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """What every paper of a case names."""

    case_number: str
    item_name: str
    applicant_name: str
    department_name: str
    window_number: str
    handler_name: str


@dataclass(frozen=True, slots=True)
class MaterialLine:
    """One material as it was handed in."""

    name: str
    copies: int
    pages: int
    is_original: bool


@dataclass(frozen=True, slots=True)
class MissingLine:
    """One thing that is missing or not in order, and what is wanted instead."""

    name: str
    requirement: str


@dataclass(frozen=True, slots=True)
class Promise:
    """Until when the matter will be done."""

    due_at: datetime
    is_provisional: bool
    working_days: int | None
    """Committed working days; none for a matter that is finished on the spot."""


REMEDIES = "如对本决定不服，可自收到之日起六十日内申请行政复议，或者在六个月内提起行政诉讼。"


def say_day(day: date) -> str:
    """``2026年3月10日（星期二）``."""
    return f"{day.year}年{day.month}月{day.day}日（星期{WEEKDAYS[day.weekday()]}）"


def say_instant(at: datetime) -> str:
    """``2026年3月10日（星期二）20:00``, on the clock of the instant given."""
    return f"{say_day(at.date())}{at:%H:%M}"


def _head(case: CaseFacts) -> list[tuple[str, str]]:
    return [
        ("办件编号", case.case_number),
        ("申请人", case.applicant_name),
        ("办理事项", case.item_name),
        ("受理部门", f"{case.department_name}（{case.window_number}号窗口）"),
    ]


def _materials(materials: Sequence[MaterialLine]) -> PaperTable:
    return PaperTable(
        headers=("序号", "材料名称", "份数", "页数", "形式"),
        rows=tuple(
            (
                str(number),
                line.name,
                str(line.copies),
                str(line.pages),
                "原件" if line.is_original else "复印件",
            )
            for number, line in enumerate(materials, start=1)
        ),
    )


def _pick_up(case: CaseFacts, promise: Promise) -> list[tuple[str, str]]:
    until = say_instant(promise.due_at) + ("（暂定）" if promise.is_provisional else "")
    limit = "当场办结" if promise.working_days is None else f"{promise.working_days}个工作日"
    return [
        ("办理时限", limit),
        ("办结期限", f"{until}前"),
        ("取件地点", f"{case.window_number}号窗口"),
    ]


def _provisional_note(promise: Promise) -> tuple[str, ...]:
    if not promise.is_provisional:
        return ()
    return ("办结期限涉及放假安排尚未公布的年份，系按周末与法定节假日暂定，公布后以通知为准。",)


def receipt(
    case: CaseFacts, *, received_at: datetime, materials: Sequence[MaterialLine]
) -> PaperBody:
    """Proof of what was handed in and when (TIMELIMIT 二)."""
    return PaperBody(
        title=PaperKind.RECEIPT.label,
        addressee=case.applicant_name,
        facts=(*_head(case), ("收件时间", say_instant(received_at)), ("经办人", case.handler_name)),
        paragraphs=("已收到您提交的下列材料。",),
        table=_materials(materials),
        notes=("请妥善保管本单，凭本单查询和取件。",),
        article=PaperKind.RECEIPT.article,
    )


def acceptance_slip(
    case: CaseFacts,
    *,
    accepted_at: datetime,
    promise: Promise,
    materials: Sequence[MaterialLine],
    is_deemed: bool = False,
) -> PaperBody:
    """The promise: until when, where to collect (ONCE 二, TIMELIMIT 二)."""
    said = (
        "自收件之日起五个工作日内未作答复，依照行政许可法第三十二条，视为自收件之日起受理。"
        if is_deemed
        else "材料齐全、符合要求，现予受理。"
    )
    return PaperBody(
        title=PaperKind.ACCEPTANCE_SLIP.label,
        addressee=case.applicant_name,
        facts=(
            *_head(case),
            ("受理时间", say_instant(accepted_at)),
            *_pick_up(case, promise),
            ("经办人", case.handler_name),
        ),
        paragraphs=(said,),
        table=_materials(materials),
        notes=_provisional_note(promise),
        article=PaperKind.ACCEPTANCE_SLIP.article,
    )


def supplement_notice(
    case: CaseFacts,
    *,
    missing: Sequence[MissingLine],
    complete_by: date,
    ordinal: int,
    reason: str | None,
) -> PaperBody:
    """All that is missing, said once (MGMT 十一(五), ONCE 二)."""
    again = (f"本次为第{ordinal}次告知，原因：{reason}",) if ordinal > 1 and reason else ()
    return PaperBody(
        title=PaperKind.SUPPLEMENT_NOTICE.label,
        addressee=case.applicant_name,
        facts=(*_head(case), ("补齐期限", say_day(complete_by)), ("经办人", case.handler_name)),
        paragraphs=("您提交的材料还缺少或需要更正以下各项，请一次补齐后交回本窗口。", *again),
        table=PaperTable(
            headers=("序号", "材料名称", "要求"),
            rows=tuple(
                (str(number), line.name, line.requirement)
                for number, line in enumerate(missing, start=1)
            ),
        ),
        notes=("办理时限自材料补齐并受理之日起计算。", "逾期未补齐的，本次申请终止，可重新提出。"),
        article=PaperKind.SUPPLEMENT_NOTICE.article,
    )


def non_acceptance_notice(
    case: CaseFacts, *, reason: str, legal_basis: str, go_to: str | None
) -> PaperBody:
    """Why the hall does not take the matter, and who does (ONCE 二)."""
    where = (f"请向{go_to}提出。",) if go_to else ()
    return PaperBody(
        title=PaperKind.NON_ACCEPTANCE_NOTICE.label,
        addressee=case.applicant_name,
        facts=(*_head(case), ("经办人", case.handler_name)),
        paragraphs=(f"您的申请不予受理。理由：{reason}", f"依据：{legal_basis}", *where),
        notes=(REMEDIES,),
        article=PaperKind.NON_ACCEPTANCE_NOTICE.article,
    )


def dismissal_notice(case: CaseFacts, *, ground: str, reason: str, legal_basis: str) -> PaperBody:
    """Why the application cannot succeed (MGMT 十一(七))."""
    return PaperBody(
        title=PaperKind.DISMISSAL_NOTICE.label,
        addressee=case.applicant_name,
        facts=(*_head(case), ("驳回情形", ground), ("经办人", case.handler_name)),
        paragraphs=(f"您的申请予以驳回。理由：{reason}", f"依据：{legal_basis}"),
        notes=(REMEDIES,),
        article=PaperKind.DISMISSAL_NOTICE.article,
    )


def render_text(body: PaperBody, *, number: str, issued_at: datetime) -> str:
    """The paper as plain text, complete enough to be read out or printed by a slip printer."""
    lines = [body.title, f"编号：{number}", "", f"{body.addressee}：", *body.paragraphs, ""]
    lines += [f"{label}：{value}" for label, value in body.facts]
    if body.table is not None:
        lines += ["", "  ".join(body.table.headers)]
        lines += ["  ".join(row) for row in body.table.rows]
    if body.notes:
        lines += ["", *body.notes]
    lines += ["", f"依据：{body.article}", f"出具日期：{say_day(issued_at.date())}"]
    return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Issue:
    """A paper ready to be written down."""

    kind: PaperKind
    number: str
    body: PaperBody
    issued_at: datetime
    text: str = field(init=False)
    content_hash: str = field(init=False)

    def __post_init__(self) -> None:
        text = render_text(self.body, number=self.number, issued_at=self.issued_at)
        object.__setattr__(self, "text", text)
        object.__setattr__(self, "content_hash", hash_of(self.number, self.body))

    def content(self) -> dict[str, object]:
        """The body as a JSON document."""
        return asdict(self.body)


def hash_of(number: str, body: PaperBody) -> str:
    """SHA-256 over number and content, in hexadecimal; the same for the same words only."""
    canonical = json.dumps(
        {"number": number, "body": asdict(body)}, ensure_ascii=False, sort_keys=True
    )
    return hashlib.sha256(canonical.encode()).hexdigest()
