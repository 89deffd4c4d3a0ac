"""Who may propose, comment on and decide changes of items (domain.md §10, MGMT 六)."""

from dataclasses import dataclass
from uuid import UUID

from yimen.core.caller import Caller, Role
from yimen.core.errors import Refusal
from yimen.domains.catalog.enums import PROPOSAL_MOVES, ProposalAction, ProposalState


@dataclass(frozen=True, slots=True)
class ProposalPlace:
    """What access asks of a proposal: whose it is, and how far it has come."""

    department_id: UUID
    proposed_by: UUID
    state: ProposalState


def departments_seen(caller: Caller) -> tuple[UUID, ...] | None:
    """The departments whose proposals the caller reads; none means all of them."""
    if caller.role in (Role.OFFICE, Role.DIRECTOR):
        return None
    return (caller.department_id,) if caller.department_id is not None else ()


def may_propose(department_id: UUID, caller: Caller) -> bool:
    """The office for anybody, a chief representative for the own department."""
    if caller.role is Role.CHIEF_REPRESENTATIVE:
        return caller.department_id == department_id
    return caller.role is Role.OFFICE


def why_not(action: ProposalAction, place: ProposalPlace, caller: Caller) -> Refusal | None:
    """Why the caller may not give this command now; none when the command is theirs to give."""
    reason = _not_theirs(action, place, caller)
    if reason is not None:
        return Refusal("forbidden", reason)
    if action not in PROPOSAL_MOVES[place.state]:
        return Refusal(
            "proposal_state", f"申请目前“{place.state.label}”，不能再办理“{action.label}”。"
        )
    return None


def _not_theirs(action: ProposalAction, place: ProposalPlace, caller: Caller) -> str | None:
    is_proposer = caller.account_id == place.proposed_by
    if action is ProposalAction.OPINION:
        return None if caller.role is Role.OFFICE else "意见由中心办公室提出。"
    if action is ProposalAction.WITHDRAW:
        is_successor = (
            caller.role is Role.CHIEF_REPRESENTATIVE and caller.department_id == place.department_id
        )
        return None if is_proposer or is_successor else "申请由提出人或本部门首席代表撤回。"
    if caller.role is not Role.DIRECTOR:
        return "申请由中心主任审批。"
    return "不能审批自己提出的申请，请由其他中心领导审批。" if is_proposer else None
