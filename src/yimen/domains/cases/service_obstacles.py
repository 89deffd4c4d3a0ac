"""What the lines of a case stand against: said of a command before it is given, and when it is."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from yimen.core.errors import AppError, Conflict
from yimen.domains.cases.enums import (
    BEFORE_ACCEPTANCE,
    CaseAction,
    CaseState,
    Custody,
    OpinionState,
)
from yimen.domains.cases.models import Case
from yimen.domains.cases.repository import CaseRepository
from yimen.domains.cases.rules import CaseLines, check_materials, goes_back
from yimen.domains.catalog.enums import CaseKind
from yimen.domains.catalog.rules import Material
from yimen.domains.catalog.service import CatalogService

TURNED_DOWN = frozenset(
    {
        CaseState.REFUSED,
        CaseState.NOT_ACCEPTED,
        CaseState.DISMISSED,
        CaseState.WITHDRAWN,
        CaseState.LAPSED,
    }
)
"""Nothing was granted on the strength of the file: it may go back whole."""


class MaterialsMissing(Conflict):
    code = "materials_missing"
    title = "必要材料不齐，不能受理；请一次性告知申请人补齐。"


class ApprovalMissing(Conflict):
    code = "special_approval_missing"
    title = "特办件须先经中心领导批准，请先请示特办。"


class NobodyAsked(Conflict):
    code = "nobody_asked"
    title = "联办件须先征求协办部门意见，才能办结。"


class OpinionsOutstanding(Conflict):
    code = "opinions_outstanding"
    title = "还有协办部门未答复或不同意，联办件不能办结。"


class NotReported(Conflict):
    code = "not_reported"
    title = "上报件须先上报上级部门并出具上报件通知书，才能办结。"


class OriginalsHeld(Conflict):
    code = "originals_held"
    title = "窗口还代管着申请人的原件，请先退还并请其签收。"


class AlreadyExtended(Conflict):
    code = "already_extended"
    title = "该办件已经延时，不能再次延时。"


class ExtensionTooLate(Conflict):
    code = "extension_too_late"
    title = "办结期限已过，不能再申请延时。"


class ImmediateCannotStop(Conflict):
    code = "immediate_cannot_stop"
    title = "即办件当场办结，不能中止计时。"


class NothingToReturn(Conflict):
    code = "nothing_to_return"
    title = "该办件没有应当退还的材料。"


Missing = Mapping[UUID, Sequence[Material]]


async def missing_of(
    cases: Sequence[Case], repository: CaseRepository, catalog: CatalogService
) -> Missing:
    """What is still to be handed in for each case, while that matters (ONCE 二).

    That is up to acceptance, and of what was approved first until it is documented.
    """
    awaited = [
        case
        for case in cases
        if case.state in BEFORE_ACCEPTANCE or case.documents_due_on is not None
    ]
    found: dict[UUID, Sequence[Material]] = {case.id: () for case in cases}
    if awaited:
        handed_in = await repository.keys_handed_in([case.id for case in awaited])
        for case in awaited:
            required = await catalog.materials_of_version(case.item_version_id)
            found[case.id] = check_materials(required, handed_in[case.id]).missing
    return found


def names_of(materials: Sequence[Material]) -> list[str]:
    return [material.name for material in materials]


def obstacle(
    action: CaseAction,
    case: Case,
    lines: CaseLines,
    *,
    missing: Sequence[str],
    extensions: int,
    now: datetime,
) -> AppError | None:
    """The first thing in a case's own lines that refuses a command; none: nothing does.

    ``missing``: materials still to be handed in; ``extensions``: how many the rulebook allows.
    """
    against: AppError | None = None
    match action:
        case CaseAction.ACCEPT:
            against = _of_accepting(case, lines, missing)
        case CaseAction.FINISH:
            against = _of_finishing(case, lines, now)
        case CaseAction.NOT_ACCEPT | CaseAction.DISMISS | CaseAction.WITHDRAW | CaseAction.DELIVER:
            against = _of_closing(lines)
        case CaseAction.SUSPEND | CaseAction.REPORT if case.kind is CaseKind.IMMEDIATE:
            against = ImmediateCannotStop()
        case CaseAction.REQUEST_EXTENSION if lines.extensions >= extensions:
            against = AlreadyExtended(article="TIMELIMIT 三")
        case CaseAction.REQUEST_EXTENSION if case.due_at is None or now > case.due_at:
            against = ExtensionTooLate(article="TIMELIMIT 三")
        case CaseAction.RETURN_MATERIALS if not returnable(case, lines):
            against = NothingToReturn(article="REJECT 六")
    return against


def returnable(case: Case, lines: CaseLines) -> tuple[int, ...]:
    """Which of the materials the applicant may still have back, by their place among them."""
    was_turned_down = case.state in TURNED_DOWN or (
        case.state is CaseState.DELIVERED and lines.was_refused
    )
    return tuple(
        place
        for place, material in enumerate(lines.materials)
        if not material.is_returned and goes_back(material.custody, was_turned_down=was_turned_down)
    )


def _of_accepting(case: Case, lines: CaseLines, missing: Sequence[str]) -> AppError | None:
    if case.kind is CaseKind.SPECIAL and not lines.is_special_approved:
        return ApprovalMissing(article="MGMT 十一(三)")
    if missing:
        names = "、".join(missing)
        return MaterialsMissing(f"还缺少：{names}。请一次性告知申请人补齐。", article="ONCE 二")
    return None


def _of_finishing(case: Case, lines: CaseLines, now: datetime) -> AppError | None:
    """A superior body was asked; every department asked has agreed, or is deemed to."""
    if case.kind is CaseKind.REPORTED and not lines.is_reported:
        return NotReported(article="MGMT 十一(六)")
    if case.kind is CaseKind.JOINT and not lines.opinions:
        return NobodyAsked(article="MGMT 十一(四)")
    open_names = [
        opinion.department
        for opinion in lines.opinions
        if opinion.state is OpinionState.OBJECTED
        or (opinion.state is OpinionState.ASKED and now <= opinion.due_at)
    ]
    if open_names:
        names = "、".join(open_names)
        return OpinionsOutstanding(f"{names}尚未答复或不同意。", article="MGMT 十一(四)")
    return None


def _of_closing(lines: CaseLines) -> AppError | None:
    """A case is not closed while originals are in the window's hands (domain.md §5)."""
    held = [
        line.name
        for line in lines.materials
        if line.custody is Custody.HELD and not line.is_returned
    ]
    if not held:
        return None
    names = "、".join(held)
    return OriginalsHeld(f"窗口还代管着原件：{names}。请先退还并请其签收。", article="REJECT 六")
