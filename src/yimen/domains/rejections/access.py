"""Who may do what with a refusal they can see, in words (domain.md §10)."""

from dataclasses import dataclass
from uuid import UUID

from yimen.core.caller import Caller, Role
from yimen.core.errors import Refusal
from yimen.domains.rejections.enums import ACTION_STATE, RejectionAction, RejectionState


@dataclass(frozen=True, slots=True)
class RejectionPlace:
    """What access asks of a refusal: whose it is, and what is still to be done about it."""

    window_id: UUID
    department_id: UUID
    handler_id: UUID
    """Whose case it is, or who filed it where there is none."""
    state: RejectionState
    has_case: bool
    lacks_papers: bool
    has_notice: bool
    is_notice_delivered: bool
    is_return_asked: bool
    has_materials: bool


def sees_all(caller: Caller) -> bool:
    """The office and the director read every refusal."""
    return caller.role in (Role.OFFICE, Role.DIRECTOR)


def is_own(window_id: UUID, department_id: UUID, handler_id: UUID | None, caller: Caller) -> bool:
    """Own are the refusals of one's window; a chief's also those of the department.

    A deputy's are also those of whoever is absent, at whichever window (ABPOST 三).
    """
    if caller.role not in (Role.WINDOW, Role.CHIEF_REPRESENTATIVE):
        return False
    return (
        window_id in caller.window_ids
        or caller.stands_in_for(handler_id)
        or has_authority(department_id, caller)
    )


def has_authority(department_id: UUID, caller: Caller) -> bool:
    """A chief representative decides what the own department may decide (MGMT 七, 十九).

    What a member of staff may refuse is the department's to say; the system has no list of it, so
    a handler states it with the filing.
    """
    return caller.role is Role.CHIEF_REPRESENTATIVE and department_id == caller.department_id


def why_not(action: RejectionAction, place: RejectionPlace, caller: Caller) -> Refusal | None:
    """Why the caller may not give this command now; none when it is theirs to give."""
    if action is RejectionAction.DECIDE:
        if caller.role is not Role.DIRECTOR:
            return Refusal("forbidden", "超越权限的否定由中心领导批示。")
    elif not is_own(place.window_id, place.department_id, place.handler_id, caller):
        return Refusal("forbidden", "否定报备由其所在窗口或本部门首席代表办理，您只能查看。")
    if place.state is not ACTION_STATE[action]:
        return Refusal(
            "rejection_state",
            f"该否定目前“{place.state.label}”，"
            f"只有“{ACTION_STATE[action].label}”的才能{action.label}。",
        )
    return _what_stands_against(action, place)


def _what_stands_against(action: RejectionAction, place: RejectionPlace) -> Refusal | None:
    asks, delivers = RejectionAction.ASK_RETURN, RejectionAction.DELIVER_NOTICE
    hurdles = (
        (
            RejectionAction.COMPLETE,
            not place.lacks_papers,
            Refusal("nothing_to_complete", "登记表和告知书都已齐全，不必补全。"),
        ),
        (
            asks,
            place.is_return_asked,
            Refusal("return_already_asked", "已经登记过退还材料的要求。"),
        ),
        (
            asks,
            not place.has_materials,
            Refusal("nothing_taken_in", "窗口没有收存其材料，没有可以退还的。"),
        ),
        (
            delivers,
            place.has_case,
            Refusal("notice_with_case", "该否定附有办件，告知书随办件送达，请在办件上登记。"),
        ),
        (
            delivers,
            place.is_notice_delivered,
            Refusal("notice_already_delivered", "告知书已经送达。"),
        ),
        (
            delivers,
            not place.has_notice,
            Refusal("notice_missing", "还没有有效的告知书，请先补全。"),
        ),
    )
    return next((why for for_, is_so, why in hurdles if for_ is action and is_so), None)
