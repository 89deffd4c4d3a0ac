"""Who drafts an edition and who publishes it (domain.md §10)."""

from yimen.core.caller import Caller, Role
from yimen.core.errors import Refusal
from yimen.domains.rulebook.enums import DraftAction, DraftState


def why_not(action: DraftAction, state: DraftState, caller: Caller) -> Refusal | None:
    """Why the caller may not give this command now; none when it is theirs to give."""
    if action is DraftAction.PUBLISH and caller.role is not Role.DIRECTOR:
        return Refusal("forbidden", "制度版本由中心主任发布。")
    if action is not DraftAction.PUBLISH and caller.role is not Role.OFFICE:
        return Refusal("forbidden", "制度版本草案由中心办公室起草。")
    if state is not DraftState.DRAFT:
        return Refusal("edition_state", f"该版本{state.label}，不能再{action.label}。")
    return None
