"""Who may do what with leave, outings, overtime (domain.md §10); nobody decides on their own."""

from dataclasses import dataclass
from uuid import UUID

from yimen.core.caller import Caller, Role
from yimen.core.errors import Refusal
from yimen.domains.leave.enums import ACTION_STATES, LeaveAction, LeaveState

AWAITING_AGREEMENT = frozenset(
    {LeaveState.AWAITING_AGREEMENT, LeaveState.EXTENSION_AWAITING_AGREEMENT}
)


@dataclass(frozen=True, slots=True)
class LeavePlace:
    """What access asks of a leave: whose it is, where it stands, who speaks for the department."""

    staff_id: UUID
    department_id: UUID | None
    state: LeaveState
    chief_cannot_agree: bool
    """The chief representative asks, is away or not appointed: the office records the agreement."""


def sees_all(caller: Caller) -> bool:
    """The office and the director read everybody's leave."""
    return caller.role in (Role.OFFICE, Role.DIRECTOR)


def may_enter_for(staff_id: UUID, caller: Caller) -> bool:
    """Everyone for themselves; the office for whoever cannot come to the keyboard."""
    return caller.staff_id == staff_id or caller.role is Role.OFFICE


def may_enter_late(caller: Caller) -> bool:
    """What has begun without a word is entered by the office, and marked late."""
    return caller.role is Role.OFFICE


def may_preview_for(staff_id: UUID, department_id: UUID | None, caller: Caller) -> bool:
    """Whoever would see the leave sees what it would come to."""
    return (
        caller.staff_id == staff_id
        or sees_all(caller)
        or (
            caller.role is Role.CHIEF_REPRESENTATIVE
            and department_id is not None
            and caller.department_id == department_id
        )
    )


def why_not(action: LeaveAction, place: LeavePlace, caller: Caller) -> Refusal | None:
    """Why the caller may not give this command now; none when the command is theirs to give."""
    refusal = _not_theirs(action, place, caller)
    if refusal is not None:
        return refusal
    states = ACTION_STATES[action]
    if place.state not in states:
        allowed = "、".join(state.label for state in LeaveState if state in states)
        return Refusal(
            "leave_state",
            f"请假目前“{place.state.label}”，只有“{allowed}”的请假才能{action.label}。",
        )
    return None


def _not_theirs(action: LeaveAction, place: LeavePlace, caller: Caller) -> Refusal | None:
    match action:
        case LeaveAction.AGREE:
            return _not_the_department(place, caller)
        case LeaveAction.APPROVE:
            return _not_the_director(place, caller, code="forbidden")
        case LeaveAction.REFUSE:
            if place.state not in AWAITING_AGREEMENT or caller.role is Role.DIRECTOR:
                refusal = _not_the_director(place, caller)
            else:
                refusal = _not_the_department(place, caller)
            return refusal
        case LeaveAction.DECEIT | LeaveAction.SUBSTITUTE:
            return _not_the_office(action, place, caller)
        case (
            LeaveAction.CANCEL
            | LeaveAction.EXTEND
            | LeaveAction.WITHDRAW_EXTENSION
            | LeaveAction.CERTIFICATE
            | LeaveAction.RETURN
        ):
            if may_enter_for(place.staff_id, caller):
                return None
            return Refusal("not_your_leave", "由请假人本人或中心办公室办理。")


def _not_the_office(action: LeaveAction, place: LeavePlace, caller: Caller) -> Refusal | None:
    if caller.role is not Role.OFFICE:
        return Refusal("forbidden", "此项操作由中心办公室办理。")
    if action is LeaveAction.DECEIT and caller.staff_id == place.staff_id:
        return Refusal("own_leave", "不能认定本人的请假，请由办公室其他人员办理。")
    return None


def _not_the_department(place: LeavePlace, caller: Caller) -> Refusal | None:
    if caller.staff_id == place.staff_id:
        return Refusal("own_leave", "不能同意本人的请假；派出单位的意见由中心办公室登记。")
    if caller.role is Role.CHIEF_REPRESENTATIVE and caller.department_id == place.department_id:
        return None
    if caller.role is Role.OFFICE and place.chief_cannot_agree:
        return None
    return Refusal(
        "not_your_leave",
        "派出单位的意见由其首席代表提出；首席代表本人请假、离岗或空缺时，由中心办公室登记。",
    )


def _not_the_director(
    place: LeavePlace, caller: Caller, code: str = "not_your_leave"
) -> Refusal | None:
    if caller.role is not Role.DIRECTOR:
        return Refusal(code, "请假由中心主任审批。")
    if caller.staff_id == place.staff_id:
        return Refusal("own_leave", "不能审批本人的请假，请由其他中心领导审批。")
    return None


def may_decide_overtime(staff_id: UUID, caller: Caller) -> Refusal | None:
    """The office decides on overtime, but nobody on their own."""
    if caller.role is not Role.OFFICE:
        return Refusal("forbidden", "加班申请由中心办公室审批。")
    if caller.staff_id == staff_id:
        return Refusal("own_leave", "不能审批本人的加班，请由办公室其他人员审批。")
    return None
