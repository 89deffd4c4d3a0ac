"""Who may see a finding, answer it, decide on it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from yimen.core.caller import Caller, Role
from yimen.core.errors import Refusal
from yimen.domains.inspections.enums import (
    ACTION_STATES,
    ANSWERS,
    SUBJECT_OF,
    FindingAction,
    FindingState,
    RoundAction,
    RoundState,
    SubjectAction,
    TableKind,
)


@dataclass(frozen=True, slots=True)
class FindingPlace:
    """What decides who may do what with a finding."""

    kind: TableKind
    state: FindingState
    window_id: UUID | None
    department_id: UUID | None
    staff_ids: Collection[UUID]
    refusable_until: date


def sees_all(caller: Caller) -> bool:
    """The office and the director read every finding."""
    return caller.role in (Role.OFFICE, Role.DIRECTOR)


def may_answer(place: FindingPlace, caller: Caller) -> bool:
    """The responsible, the window's staff for its hygiene, the chief representative; the office
    takes down what offices, guards and cleaners say, who have no account.
    """
    if place.kind in SUBJECT_OF:
        return caller.role is Role.OFFICE
    if caller.staff_id is not None and caller.staff_id in place.staff_ids:
        return True
    match caller.role:
        case Role.WINDOW:
            return place.kind is TableKind.WINDOWS and place.window_id in caller.window_ids
        case Role.CHIEF_REPRESENTATIVE:
            return place.department_id is not None and place.department_id == caller.department_id
        case Role.OFFICE | Role.DIRECTOR:
            return False


def why_not(
    action: FindingAction, place: FindingPlace, caller: Caller, today: date
) -> Refusal | None:
    """Why the caller may not give this command now; none when it is theirs to give."""
    if action in ANSWERS and not may_answer(place, caller):
        return Refusal("finding_not_yours", "由被督查的窗口、工作人员或首席代表确认或提出异议。")
    if action not in ANSWERS and caller.role is not Role.OFFICE:
        return Refusal("forbidden", f"督查记录由中心办公室{action.label}。")
    if place.state not in ACTION_STATES[action]:
        return Refusal("finding_state", f"该记录{place.state.label}，不能{action.label}。")
    if action is FindingAction.REFUSE and today > place.refusable_until:
        return Refusal(
            "finding_refusal_late",
            f"提出异议的期限是 {place.refusable_until}，已过；如记录有误，请向中心办公室说明，"
            "由其更正或撤销。",
        )
    return None


def why_not_round(action: RoundAction, state: RoundState, caller: Caller) -> Refusal | None:
    """Why the caller may not do this with a round; none when they may."""
    if not sees_all(caller):
        return Refusal("forbidden", "督查由中心办公室组织。")
    if state is RoundState.CLOSED:
        return Refusal("inspection_closed", f"该次督查已结束，不能再{action.label}。")
    return None


def why_not_subject(
    action: SubjectAction, ends_on: date | None, caller: Caller, today: date
) -> Refusal | None:
    """Why the caller may not do this with an entry of the register; none when they may."""
    if caller.role is not Role.OFFICE:
        return Refusal("forbidden", "督查对象由中心办公室登记。")
    if ends_on is not None and ends_on < today:
        return Refusal(
            "inspection_subject_ended", f"该对象自 {ends_on} 起停用，不能再{action.label}。"
        )
    return None
