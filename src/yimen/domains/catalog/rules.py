"""What an item's content must satisfy, what it discloses, and what it still lacks."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter

from yimen.domains.catalog.enums import (
    CATEGORY_OF_TASK_TYPE,
    SETTLED_TASK_TYPES,
    CaseKind,
    Category,
    Disclosure,
    ItemStatus,
    Mark,
    OriginalHandling,
    TaskType,
    VersionOrigin,
)

LONGEST_LABEL = 200
LONGEST_TEXT = 2000
LONGEST_LIMIT_DAYS = 1000
MOST_ENTRIES = 100
LARGEST_AMOUNT = Decimal("99999999.99")
OWN_CODE = "SX-"
NUMBERED_CODE = f"{OWN_CODE}[0-9]{{6,18}}"
"""What the code of an item looks like that came without one; people may give such codes too."""


@dataclass(frozen=True, slots=True)
class Material:
    """One of the papers an applicant brings; ``key`` names it for as long as the item lives."""

    key: str
    name: str
    copies: int
    pages: int | None
    """Pages of one copy, where the form fixes them."""
    is_principal: bool
    """主件: without it the request is dismissed (MGMT 十一(七))."""
    is_required: bool
    original: OriginalHandling


@dataclass(frozen=True, slots=True)
class Charge:
    """What a bank in the hall may take for the item (MGMT 十四)."""

    name: str
    amount: Decimal
    """Yuan per ``unit``, at most two decimals."""
    unit: str
    basis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemContent:
    """All that a version of an item says."""

    name: str
    group_name: str | None = None
    item_code: str | None = None
    """The national code: neither always there nor unique."""
    task_type: TaskType
    category: Category
    kind: CaseKind
    statutory_days: int | None
    """Working days that the law allows; none where it sets no limit."""
    committed_days: int
    """Working days that the window promises; 0 for immediate items."""
    legal_basis: str | None = None
    steps: tuple[str, ...] = ()
    charges: tuple[Charge, ...] = ()
    materials: tuple[Material, ...] = ()
    window_ids: tuple[UUID, ...] = ()
    responsible_section: str | None = None
    responsible_person: str | None = None
    breach_liability: str | None = None
    supervision: str | None = None
    complaint_phone: str | None = None
    to_complete: tuple[Mark, ...] = ()
    """Values that an import assumed."""


_CONTENT = TypeAdapter(ItemContent)
MATERIALS = TypeAdapter(tuple[Material, ...])
CHARGES = TypeAdapter(tuple[Charge, ...])


def content_to_json(content: ItemContent) -> dict[str, Any]:
    """The content as a JSON document."""
    document: dict[str, Any] = _CONTENT.dump_python(content, mode="json")
    return document


def content_from_json(document: object) -> ItemContent:
    return _CONTENT.validate_python(document)


@dataclass(frozen=True, slots=True)
class ItemAsRead:
    """An item with one of its versions."""

    id: UUID
    code: str
    department_id: UUID
    department_name: str
    status: ItemStatus
    is_complete: bool
    withdrawn_on: date | None
    current_version_no: int
    version: int
    version_id: UUID
    version_no: int
    origin: VersionOrigin
    effective_on: date
    approved_by_name: str
    approved_at: datetime
    content: ItemContent


@dataclass(frozen=True, slots=True)
class LockedItem:
    """An item's row, held until the transaction ends."""

    id: UUID
    code: str
    department_id: UUID
    name: str
    status: ItemStatus
    current_version_no: int
    version: int


@dataclass(frozen=True, slots=True)
class WindowFacts:
    """What the catalogue asks of a window."""

    id: UUID
    number: str
    name: str
    department_id: UUID
    is_comprehensive: bool
    opened_on: date
    closed_on: date | None

    def is_open_on(self, day: date) -> bool:
        return self.opened_on <= day and (self.closed_on is None or day <= self.closed_on)


@dataclass(frozen=True, slots=True)
class ContentFault:
    """One thing wrong with a content, at a JSON pointer inside it."""

    pointer: str
    code: str
    detail: str


def next_codes(last: int, given: Iterable[str], count: int) -> list[str]:
    """As many codes beyond the last number and those that are given beside them."""
    numbered = (code for code in given if re.fullmatch(NUMBERED_CODE, code))
    last = max([last, *(int(code.removeprefix(OWN_CODE)) for code in numbered)])
    return [f"{OWN_CODE}{number:06d}" for number in range(last + 1, last + 1 + count)]


def settle(content: ItemContent) -> ItemContent:
    """The same content in its one written form, so that equal contents compare equal."""
    return replace(
        content,
        window_ids=tuple(sorted(content.window_ids)),
        to_complete=tuple(sorted(set(content.to_complete))),
    )


def category_of(task_type: TaskType, stated: Category | None) -> Category:
    """The stated category, or the one that the national task type suggests."""
    return stated or CATEGORY_OF_TASK_TYPE[task_type]


def check_content(content: ItemContent) -> list[ContentFault]:
    """Every fault of a content by itself; whether its windows exist is asked elsewhere."""
    return [
        *_text_faults(content),
        *_time_faults(content),
        *_category_faults(content),
        *_material_faults(content.materials),
        *_charge_faults(content.charges),
        *_twice("/window_ids", [str(window_id) for window_id in content.window_ids], "窗口"),
    ]


def _time_faults(content: ItemContent) -> Iterable[ContentFault]:
    statutory, committed = content.statutory_days, content.committed_days
    if statutory is not None and not 1 <= statutory <= LONGEST_LIMIT_DAYS:
        yield ContentFault(
            "/statutory_days",
            "out_of_range",
            f"法定时限应在 1 到 {LONGEST_LIMIT_DAYS} 个工作日之间，法律没有规定的请留空。",
        )
    if content.kind is CaseKind.IMMEDIATE:
        if committed != 0:
            yield ContentFault(
                "/committed_days",
                "immediate_has_no_days",
                "即办件当场办结，承诺时限应填 0（MGMT 十一(一)）。",
            )
    elif not 1 <= committed <= LONGEST_LIMIT_DAYS:
        yield ContentFault(
            "/committed_days",
            "out_of_range",
            f"{content.kind.label}的承诺时限应在 1 到 {LONGEST_LIMIT_DAYS} 个工作日之间"
            "（TIMELIMIT 一）。",
        )
    if statutory is not None and committed > statutory:
        yield ContentFault(
            "/committed_days",
            "commitment_exceeds_statutory",
            f"承诺时限 {committed} 个工作日超过了法定时限 {statutory} 个工作日，"
            "承诺只能等于或短于法定时限（MGMT 十二、PROMISE 五）。",
        )


def _category_faults(content: ItemContent) -> Iterable[ContentFault]:
    suggested = CATEGORY_OF_TASK_TYPE[content.task_type]
    if content.task_type in SETTLED_TASK_TYPES and content.category is not suggested:
        yield ContentFault(
            "/category",
            "category_contradicts_task_type",
            f"任务类型是{content.task_type.label}，类别只能是{suggested.label}。",
        )


def _material_faults(materials: tuple[Material, ...]) -> Iterable[ContentFault]:
    if len(materials) > MOST_ENTRIES:
        yield ContentFault("/materials", "too_long", f"申报材料最多 {MOST_ENTRIES} 项。")
    for place, material in enumerate(materials):
        pointer = f"/materials/{place}"
        if not 1 <= material.copies <= 99:
            yield ContentFault(f"{pointer}/copies", "out_of_range", "份数应在 1 到 99 之间。")
        if material.pages is not None and not 1 <= material.pages <= 9999:
            yield ContentFault(f"{pointer}/pages", "out_of_range", "页数应在 1 到 9999 之间。")
        if material.is_principal and not material.is_required:
            yield ContentFault(
                f"{pointer}/is_required",
                "principal_must_be_required",
                f"“{material.name}”是主件，缺少主件要驳回，因此必须是必交材料（MGMT 十一(七)）。",
            )
    yield from _twice("/materials", [material.key for material in materials], "材料代号")
    yield from _twice("/materials", [material.name for material in materials], "材料名称")


def _charge_faults(charges: tuple[Charge, ...]) -> Iterable[ContentFault]:
    if len(charges) > MOST_ENTRIES:
        yield ContentFault("/charges", "too_long", f"收费项目最多 {MOST_ENTRIES} 项。")
    for place, charge in enumerate(charges):
        exponent = charge.amount.as_tuple().exponent
        exact = isinstance(exponent, int) and exponent >= -2
        if not exact or not 0 <= charge.amount <= LARGEST_AMOUNT:
            yield ContentFault(
                f"/charges/{place}/amount",
                "not_an_amount",
                "收费金额应是不小于 0 的元，最多两位小数，例如 12.50。",
            )
    yield from _twice("/charges", [charge.name for charge in charges], "收费项目名称")


def _text_faults(content: ItemContent) -> Iterable[ContentFault]:
    labels: list[tuple[str, str | None]] = [
        ("/name", content.name),
        ("/group_name", content.group_name),
        ("/item_code", content.item_code),
        ("/responsible_section", content.responsible_section),
        ("/responsible_person", content.responsible_person),
        ("/complaint_phone", content.complaint_phone),
    ]
    texts: list[tuple[str, str | None]] = [
        ("/legal_basis", content.legal_basis),
        ("/breach_liability", content.breach_liability),
        ("/supervision", content.supervision),
    ]
    if len(content.steps) > MOST_ENTRIES:
        yield ContentFault("/steps", "too_long", f"办事程序最多 {MOST_ENTRIES} 步。")
    texts += [(f"/steps/{place}", step) for place, step in enumerate(content.steps)]
    for place, material in enumerate(content.materials):
        labels += [
            (f"/materials/{place}/key", material.key),
            (f"/materials/{place}/name", material.name),
        ]
    for place, charge in enumerate(content.charges):
        labels += [
            (f"/charges/{place}/name", charge.name),
            (f"/charges/{place}/unit", charge.unit),
        ]
        texts.append((f"/charges/{place}/basis", charge.basis))
    for pointer, text in labels:
        if text is not None and (fault := text_fault(text, LONGEST_LABEL, one_line=True)):
            yield ContentFault(pointer, *fault)
    for pointer, text in texts:
        if text is not None and (fault := text_fault(text, LONGEST_TEXT, one_line=False)):
            yield ContentFault(pointer, *fault)


def text_fault(text: str, longest: int, *, one_line: bool) -> tuple[str, str] | None:
    """Code and sentence for a text that cannot be kept: empty, too long, with control signs."""
    if not text.strip():
        return "blank", "不能为空。"
    if len(text) > longest:
        return "string_too_long", f"内容太长，最多 {longest} 个字符。"
    if (_NOT_IN_A_LINE if one_line else _NOT_IN_A_TEXT).search(text):
        return "control_characters", "含有换行、控制字符或无法识别的字符，请删去。"
    return None


_NOT_IN_A_TEXT = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_NOT_IN_A_LINE = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")


def _twice(pointer: str, values: Sequence[str], what: str) -> Iterable[ContentFault]:
    seen: set[str] = set()
    for place, value in enumerate(values):
        if value in seen:
            yield ContentFault(f"{pointer}/{place}", "listed_twice", f"{what}“{value}”重复。")
        seen.add(value)


def time_limit_text(content: ItemContent) -> str:
    """The promise as the notice board shows it (TIMELIMIT 一)."""
    if content.kind is CaseKind.IMMEDIATE:
        return "当场办结"
    statutory = content.statutory_days
    legal = f"法定 {statutory} 个工作日" if statutory else "法律未规定时限"
    return f"承诺 {content.committed_days} 个工作日（{legal}）"


def disclosed(content: ItemContent) -> dict[Disclosure, str | None]:
    """The text of each of the eight disclosures; none for what is not stated (PROMISE 三).

    A time limit that an import assumed is not stated.
    """
    assumed_time = {Mark.KIND, Mark.COMMITTED_DAYS} & set(content.to_complete)
    steps = "\n".join(f"{number}. {step}" for number, step in enumerate(content.steps, start=1))
    return {
        Disclosure.LEGAL_BASIS: content.legal_basis,
        Disclosure.PROCEDURE: steps or None,
        Disclosure.TIME_LIMIT: None if assumed_time else time_limit_text(content),
        Disclosure.RESPONSIBLE_SECTION: content.responsible_section,
        Disclosure.RESPONSIBLE_PERSON: content.responsible_person,
        Disclosure.BREACH_LIABILITY: content.breach_liability,
        Disclosure.SUPERVISION: content.supervision,
        Disclosure.COMPLAINT_PHONE: content.complaint_phone,
    }


def missing_disclosures(content: ItemContent) -> list[Disclosure]:
    return [disclosure for disclosure, text in disclosed(content).items() if text is None]


def is_complete(content: ItemContent) -> bool:
    """Whether all eight disclosures are stated and nothing rests on an assumed value."""
    return not content.to_complete and not missing_disclosures(content)
