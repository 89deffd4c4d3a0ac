"""Who sees whose attendance, and who may do what with it (domain.md §10), in words."""

from dataclasses import dataclass
from uuid import UUID

from yimen.core.caller import Actor, Caller, Role
from yimen.core.errors import Refusal
from yimen.domains.attendance.enums import CORRECTION_MOVES, CorrectionAction, CorrectionState


@dataclass(frozen=True, slots=True)
class CorrectionPlace:
    """What access asks of a correction: whose it is, and where it stands."""

    staff_id: UUID
    state: CorrectionState


def may_administer(actor: Actor | None) -> bool:
    """The office works with clocks, their users, batches and faults; the director looks on."""
    return isinstance(actor, Caller) and actor.role is Role.OFFICE


def sees_all(caller: Caller) -> bool:
    """The office and the director see everybody's attendance."""
    return caller.role in (Role.OFFICE, Role.DIRECTOR)


def sees_department(caller: Caller) -> bool:
    """A chief representative sees the whole department's, everyone else only their own."""
    return caller.role is Role.CHIEF_REPRESENTATIVE and caller.department_id is not None


def why_not(action: CorrectionAction, place: CorrectionPlace, caller: Caller) -> Refusal | None:
    """Why the caller may not give this command now; none when the command is theirs to give.

    The office decides, but never what its own people ask for themselves; whoever asked may
    withdraw until then.
    """
    is_own = place.staff_id == caller.staff_id
    if action is CorrectionAction.WITHDRAW:
        if not is_own:
            return Refusal("not_your_correction", "只有本人可以撤回自己的说明。")
    elif caller.role is not Role.OFFICE:
        return Refusal("forbidden", "更正和说明由中心办公室审核。")
    elif is_own:
        return Refusal("own_correction", "不能审核本人的说明，请由其他人员办理。")
    if action.target not in CORRECTION_MOVES[place.state]:
        return Refusal("correction_state", f"该说明{place.state.label}，不能再{action.label}。")
    return None
