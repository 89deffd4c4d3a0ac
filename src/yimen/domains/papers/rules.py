"""What each paper says: facts in, a structured document out. All papers are taken from here.

The papers of intake stand here; those of a running clock are in ``rules_notices``, those of refusal
and conference in ``rules_filings``, those about the hall's own service in ``rules_measures``.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime

from pydantic import TypeAdapter

from yimen.domains.papers.enums import PaperKind
from yimen.domains.papers.rules_body import (
    CaseFacts,
    MaterialLine,
    PaperBody,
    PaperTable,
    cite,
    ended,
    head,
    list_materials,
    provisional_note,
    render_text,
    say_day,
    say_due,
    say_instant,
    say_last_day,
    void_line,
)
from yimen.domains.papers.rules_filings import (
    IN_TWO_COPIES,
    REMEDIES,
    SIGNED_FOR,
    AttendeeLine,
    ConferenceFacts,
    LeaderDecision,
    MatterLine,
    conference_minutes,
    refusal_notice,
    rejection_form,
    return_receipt,
)
from yimen.domains.papers.rules_measures import (
    LEADING_GROUP,
    OFFICE,
    appeal_answer,
    complaint_answer,
    measure_letter,
)
from yimen.domains.papers.rules_notices import (
    extension_notice,
    reporting_notice,
    resumption_notice,
    special_approval,
    suspension_notice,
)

__all__ = [
    "HELD",
    "LEADING_GROUP",
    "OFFICE",
    "REMEDIES",
    "AttendeeLine",
    "CaseFacts",
    "ConferenceFacts",
    "Issue",
    "LeaderDecision",
    "MaterialLine",
    "MatterLine",
    "MissingLine",
    "PaperBody",
    "PaperTable",
    "Promise",
    "acceptance_slip",
    "appeal_answer",
    "cite",
    "complaint_answer",
    "conference_minutes",
    "dismissal_notice",
    "extension_notice",
    "hash_of",
    "mask_name",
    "measure_letter",
    "non_acceptance_notice",
    "read_body",
    "read_code",
    "receipt",
    "refusal_notice",
    "reissued",
    "rejection_form",
    "render_text",
    "reporting_notice",
    "resumption_notice",
    "return_receipt",
    "say_day",
    "say_instant",
    "special_approval",
    "supplement_notice",
    "suspension_notice",
    "void_line",
    "write_code",
]

_BODY = TypeAdapter(PaperBody)

CODE_SIGNS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Of a verification code: no 0, 1, I, O, which are taken for one another on paper."""
CODE_LENGTH = 12
CODE_GROUP = 4


HELD = "窗口代管"
"""Said of an original that the window keeps for a while and must give back."""


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


def lookup_line(case: CaseFacts) -> list[tuple[str, str]]:
    """The code for the case's public side, on what the applicant takes home first."""
    if case.lookup_code is None:
        return []
    return [("查询码", f"{case.lookup_code}（凭办件编号和查询码查询进度、评价服务）")]


def collect_line(promise: Promise | None) -> tuple[str, str]:
    """When the result can be collected, which receipt and slip must say (TIMELIMIT 二, ONCE 二)."""
    if promise is None:
        return ("取件时间", "材料齐全并受理后，以受理单为准")
    if promise.working_days is None:
        return ("取件时间", "当场取件")
    provisional = "（暂定）" if promise.is_provisional else ""
    return ("取件时间", f"办结后的办公时间（最迟{say_instant(promise.due_at)}{provisional}办结）")


def receipt(
    case: CaseFacts,
    *,
    received_at: datetime,
    materials: Sequence[MaterialLine],
    promise: Promise | None,
    is_supplement: bool = False,
) -> PaperBody:
    """Proof of what was handed in and when, and of what is held (TIMELIMIT 二).

    ``promise`` is none while nothing is promised yet: the case is not accepted.
    """
    held = any(line.whereabouts == HELD for line in materials)
    return PaperBody(
        title=PaperKind.RECEIPT.label,
        addressee=case.applicant_name,
        facts=(
            *head(case),
            ("收件时间", say_instant(received_at)),
            collect_line(promise),
            ("经办人", case.handler_name),
            *lookup_line(case),
        ),
        paragraphs=(f"已收到您{'补交' if is_supplement else '提交'}的下列材料。",),
        table=list_materials(materials),
        notes=(
            "请妥善保管本单，凭本单查询和取件。",
            *((f"注明“{HELD}”的原件由本窗口暂时保管，请凭身份证明领回并签收。",) if held else ()),
            *provisional_note(promise is not None and promise.is_provisional),
        ),
        article=PaperKind.RECEIPT.article,
        issuer=case.department_name,
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
        "自收到申请材料之日起五个工作日内未作答复，"
        "依照行政许可法第三十二条，视为自收到申请材料之日起受理。"
        if is_deemed
        else "材料齐全、符合要求，现予受理。"
    )
    days = promise.working_days
    return PaperBody(
        title=PaperKind.ACCEPTANCE_SLIP.label,
        addressee=case.applicant_name,
        facts=(
            *head(case),
            ("受理时间", say_instant(accepted_at)),
            ("办理时限", "当场办结" if days is None else f"{days}个工作日"),
            ("办结期限", say_due(promise.due_at, promise.is_provisional)),
            collect_line(promise),
            ("取件地点", f"{case.window_number}号窗口"),
            ("经办人", case.handler_name),
            *lookup_line(case),
        ),
        paragraphs=(said,),
        table=list_materials(materials),
        notes=provisional_note(promise.is_provisional),
        article=PaperKind.ACCEPTANCE_SLIP.article,
        issuer=case.department_name,
    )


def supplement_notice(
    case: CaseFacts,
    *,
    missing: Sequence[MissingLine],
    complete_by: date,
    ordinal: int,
    reason: str | None,
    is_provisional: bool = False,
) -> PaperBody:
    """All that is missing, said once (MGMT 十一(五), ONCE 二)."""
    again = (f"本次为第{ordinal}次告知，原因：{ended(reason)}",) if ordinal > 1 and reason else ()
    return PaperBody(
        title=PaperKind.SUPPLEMENT_NOTICE.label,
        addressee=case.applicant_name,
        facts=(
            *head(case),
            ("补齐期限", say_last_day(complete_by, is_provisional)),
            ("经办人", case.handler_name),
            *lookup_line(case),
        ),
        paragraphs=("您提交的材料还缺少或需要更正以下各项，请一次补齐后交回本窗口。", *again),
        table=PaperTable(
            headers=("序号", "材料名称", "要求"),
            rows=tuple(
                (str(number), line.name, line.requirement)
                for number, line in enumerate(missing, start=1)
            ),
        ),
        notes=(
            "办理时限自材料补齐并受理之日起计算。",
            "逾期未补齐的，本次申请终止，可重新提出。",
            *provisional_note(is_provisional, "补齐期限"),
            IN_TWO_COPIES,
        ),
        article=PaperKind.SUPPLEMENT_NOTICE.article,
        issuer=case.department_name,
        signatures=SIGNED_FOR,
    )


def non_acceptance_notice(
    case: CaseFacts, *, reason: str, legal_basis: str, go_to: str | None
) -> PaperBody:
    """Why the hall does not take the matter, and who does (ONCE 二)."""
    why = (f"您的申请不予受理。理由：{ended(reason)}", f"依据：{ended(legal_basis)}")
    where = (f"请向{go_to}提出。",) if go_to else ()
    return PaperBody(
        title=PaperKind.NON_ACCEPTANCE_NOTICE.label,
        addressee=case.applicant_name,
        facts=(*head(case), ("经办人", case.handler_name)),
        paragraphs=(*why, *where),
        notes=(REMEDIES, IN_TWO_COPIES),
        article=PaperKind.NON_ACCEPTANCE_NOTICE.article,
        issuer=case.department_name,
        signatures=SIGNED_FOR,
    )


def dismissal_notice(case: CaseFacts, *, ground: str, reason: str, legal_basis: str) -> PaperBody:
    """Why the application cannot succeed (MGMT 十一(七))."""
    return PaperBody(
        title=PaperKind.DISMISSAL_NOTICE.label,
        addressee=case.applicant_name,
        facts=(*head(case), ("驳回情形", ground), ("经办人", case.handler_name)),
        paragraphs=(f"您的申请予以驳回。理由：{ended(reason)}", f"依据：{ended(legal_basis)}"),
        notes=(REMEDIES, IN_TWO_COPIES),
        article=PaperKind.DISMISSAL_NOTICE.article,
        issuer=case.department_name,
        signatures=SIGNED_FOR,
    )


@dataclass(frozen=True, slots=True)
class Issue:
    """A paper with its number, ready to be written down."""

    kind: PaperKind
    number: str
    body: PaperBody
    issued_at: datetime

    def content(self) -> dict[str, object]:
        """The body as a JSON document."""
        return asdict(self.body)


def reissued(body: PaperBody, *, number: str, issued_on: date, reason: str) -> PaperBody:
    """The same words again, with what they stand in for and why."""
    said = f"本文书系补发，替代{say_day(issued_on)}出具、已作废的{number}。原因：{ended(reason)}"
    return replace(body, notes=(*body.notes, said))


def hash_of(number: str, content: Mapping[str, object]) -> str:
    """SHA-256 over number and content, in hexadecimal; the same for the same words only.

    The verification code is not hashed: it names the sheet, and says nothing.
    """
    canonical = json.dumps({"number": number, "body": content}, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(canonical.encode()).hexdigest()


def read_body(content: Mapping[str, object]) -> PaperBody:
    """A body from its JSON document; in papers older than a field the field is empty."""
    return _BODY.validate_python(content)


def write_code(random: bytes) -> str:
    """A verification code of 60 bits, as ``K7QM-3X9P-2RTD``, from at least 12 random bytes."""
    signs = "".join(CODE_SIGNS[byte % 32] for byte in random[:CODE_LENGTH])
    return "-".join(signs[i : i + CODE_GROUP] for i in range(0, CODE_LENGTH, CODE_GROUP))


def read_code(typed: str) -> str | None:
    """A code as somebody typed it, in the form it is kept in; none when it cannot be one."""
    signs = "".join(sign for sign in typed.upper() if sign not in "- \u3000")
    if len(signs) != CODE_LENGTH or not set(signs) <= set(CODE_SIGNS):
        return None
    return write_code(bytes(CODE_SIGNS.index(sign) for sign in signs))


def mask_name(name: str) -> str:
    """``阿**``: enough for the holder of a paper, and for nobody else."""
    return f"{name[:1]}**" if name else ""
