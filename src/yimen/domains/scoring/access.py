"""Who may do what with months, amendments and records (domain.md §10)."""

from yimen.core.caller import Caller, Role
from yimen.core.errors import Refusal
from yimen.domains.scoring.enums import (
    MONTH_ACTION_STATES,
    AmendmentAction,
    AmendmentState,
    MonthAction,
    MonthState,
)

OF_THE_OFFICE = frozenset({MonthAction.CLOSE, MonthAction.SEAL, MonthAction.AMEND})
"""The office closes and seals and proposes; the director reopens, and decides on amendments."""


def sees_all(caller: Caller) -> bool:
    """The office and the director read every score."""
    return caller.role in (Role.OFFICE, Role.DIRECTOR)


def sees_colleagues(caller: Caller) -> bool:
    """Whether the parts of a window's mean are shown by name."""
    return caller.role is not Role.WINDOW


def why_not_month(
    action: MonthAction, state: MonthState, caller: Caller, *, is_over: bool
) -> Refusal | None:
    """Why the caller may not give this command now; none when it is theirs to give."""
    wanted = Role.OFFICE if action in OF_THE_OFFICE else Role.DIRECTOR
    if caller.role is not wanted:
        return Refusal("forbidden", f"月度考评的{action.label}由{wanted.label}办理。")
    if state is not MONTH_ACTION_STATES[action]:
        return Refusal("score_month_state", f"该月考评“{state.label}”，不能{action.label}。")
    if action is MonthAction.CLOSE and not is_over:
        return Refusal("score_month_not_over", "这个月还没有结束，不能公布考评结果。")
    return None


def why_not_amendment(
    action: AmendmentAction, state: AmendmentState, caller: Caller
) -> Refusal | None:
    """Why the caller may not decide on an amendment."""
    if caller.role is not Role.DIRECTOR:
        return Refusal("forbidden", "已封存月份的更正由中心主任批准。")
    if state is not AmendmentState.PROPOSED:
        return Refusal("score_amendment_state", f"该更正“{state.label}”，不能再{action.label}。")
    return None


def why_not_reverse(is_reversed: bool, caller: Caller) -> Refusal | None:
    """Why the caller may not take a record back."""
    if caller.role is not Role.OFFICE:
        return Refusal("forbidden", "考评登记由中心办公室办理。")
    if is_reversed:
        return Refusal("score_record_reversed", "该登记已经撤销。")
    return None
