"""Who may do what with a case they can see, in words (domain.md §10)."""

from dataclasses import dataclass
from uuid import UUID

from yimen.core.caller import Caller, Role
from yimen.core.errors import Refusal
from yimen.domains.cases.enums import (
    ACTION_STATES,
    BEFORE_ACCEPTANCE,
    DIRECTOR_ACTIONS,
    PENDING_OF_ACTION,
    CaseAction,
    CaseState,
    PendingDecision,
)

REQUESTS = frozenset({CaseAction.REQUEST_EXTENSION, CaseAction.REQUEST_SPECIAL})
"""The director is asked one thing of a case at a time."""


@dataclass(frozen=True, slots=True)
class CasePlace:
    """What access asks of a case: whose it is, and where it stands."""

    window_id: UUID
    department_id: UUID
    state: CaseState
    pending: PendingDecision | None = None
    owes_documents: bool = False
    """Approved first, and not documented yet."""
    handler_id: UUID | None = None


def sees_all(caller: Caller) -> bool:
    """The office and the director read every case."""
    return caller.role in (Role.OFFICE, Role.DIRECTOR)


def is_own(place: CasePlace, caller: Caller) -> bool:
    """Own are the cases of one's window; a chief representative's also those of the department.

    A deputy's are also those of whoever is absent, at whichever window (ABPOST 三).
    """
    if caller.role not in (Role.WINDOW, Role.CHIEF_REPRESENTATIVE):
        return False
    return (
        place.window_id in caller.window_ids
        or caller.stands_in_for(place.handler_id)
        or (
            caller.role is Role.CHIEF_REPRESENTATIVE and place.department_id == caller.department_id
        )
    )


def may_take_in(window_id: UUID, department_id: UUID, caller: Caller) -> bool:
    """Whether the caller may register a case at a window."""
    return is_own(CasePlace(window_id, department_id, CaseState.RECEIVED), caller)


def why_not(
    action: CaseAction,
    place: CasePlace,
    caller: Caller,
    *,
    is_asked: bool = False,
) -> Refusal | None:
    """Why the caller may not give this command now; none when the command is theirs to give.

    ``is_asked``: the caller is the chief representative of a department that owes an opinion.
    """
    if action in DIRECTOR_ACTIONS:
        if caller.role is not Role.DIRECTOR:
            return Refusal("forbidden", "此项请示由中心领导批示。")
    elif action is CaseAction.GIVE_OPINION:
        if not is_asked:
            is_chief = caller.role is Role.CHIEF_REPRESENTATIVE
            code = "not_your_case" if is_chief else "forbidden"
            return Refusal(code, "意见由被征求部门的首席代表答复。")
    elif not is_own(place, caller):
        code = "forbidden" if sees_all(caller) else "not_your_case"
        return Refusal(code, "办件由其所在窗口或本部门首席代表办理，您只能查看。")
    states = ACTION_STATES[action]
    if action is CaseAction.HAND_IN and not place.owes_documents:
        states = BEFORE_ACCEPTANCE
    if place.state not in states:
        allowed = "、".join(state.label for state in CaseState if state in states)
        return Refusal(
            "case_state",
            f"办件目前“{place.state.label}”，只有“{allowed}”的办件才能{action.label}。",
        )
    return _of_what_waits(action, place)


def _of_what_waits(action: CaseAction, place: CasePlace) -> Refusal | None:
    """What a request that waits for the director, or the lack of one, stands against."""
    if place.pending is not None and action in REQUESTS:
        return Refusal("decision_pending", f"“{place.pending.label}”的请示正等待领导批示。")
    if place.pending is PendingDecision.REFUSAL and action is CaseAction.FINISH:
        return Refusal("refusal_pending", "该办件已请示否定，尚未答复，不能办结。")
    if action in DIRECTOR_ACTIONS and place.pending is not PENDING_OF_ACTION[action]:
        return Refusal("nothing_pending", "没有等待批示的此类请示。")
    return None
