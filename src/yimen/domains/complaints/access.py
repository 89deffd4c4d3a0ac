"""Who may see a complaint and who works on it: never who complained, to those it is about."""

from yimen.core.caller import Caller, Role
from yimen.core.errors import Refusal
from yimen.domains.complaints.enums import ACTION_STATES, ComplaintAction, ComplaintState


def sees_all(caller: Caller) -> bool:
    """The office and the director read every complaint."""
    return caller.role in (Role.OFFICE, Role.DIRECTOR)


def why_not(
    action: ComplaintAction, state: ComplaintState, caller: Caller, *, partial: str | None
) -> Refusal | None:
    """Why the caller may not give this command now; ``partial``: why they must stand aside."""
    if not sees_all(caller):
        return Refusal("forbidden", "投诉由中心办公室受理调查，您只能查看认定结果。")
    if action is ComplaintAction.REOPEN and caller.role is not Role.DIRECTOR:
        return Refusal("forbidden", "已经认定的投诉由中心主任发回重查。")
    if partial is not None:
        return Refusal("complaint_own_matter", partial)
    if state not in ACTION_STATES[action]:
        return Refusal("complaint_state", f"该投诉目前“{state.label}”，不能{action.label}。")
    return None
