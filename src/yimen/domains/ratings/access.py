"""Who may see a rating and who follows it up: never who was rated."""

from yimen.core.caller import Caller, Role
from yimen.core.errors import Refusal
from yimen.domains.ratings.enums import ACTION_STATES, FollowUp, RatingAction


def sees_all(caller: Caller) -> bool:
    """The office and the director read every rating."""
    return caller.role in (Role.OFFICE, Role.DIRECTOR)


def why_not(action: RatingAction, follow_up: FollowUp, caller: Caller) -> Refusal | None:
    """Why the caller may not give this command now; none when it is theirs to give."""
    if caller.role is not Role.OFFICE:
        return Refusal("forbidden", "差评由中心办公室回访核实，您只能查看。")
    if follow_up not in ACTION_STATES[action]:
        return Refusal("follow_up_state", f"该评价目前“{follow_up.label}”，不能{action.label}。")
    return None
