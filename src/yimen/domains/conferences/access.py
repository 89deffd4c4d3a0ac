"""Who may do what with a conference: the office runs it, the chiefs invited to it speak."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from yimen.core.caller import Caller, Role
from yimen.domains.conferences.enums import (
    ACTION_STATES,
    CHIEF_ACTIONS,
    ConferenceAction,
    ConferenceKind,
    ConferenceState,
)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a command cannot be given: by who asks (``forbidden``) or by the conference's state."""

    code: str
    reason: str


def sees_all(caller: Caller) -> bool:
    """The office and the director read every conference."""
    return caller.role in (Role.OFFICE, Role.DIRECTOR)


def why_not(
    action: ConferenceAction,
    kind: ConferenceKind,
    state: ConferenceState,
    *,
    invited: Collection[UUID],
    caller: Caller,
) -> Refusal | None:
    """Why the caller may not give this command now; none when it is theirs to give."""
    if action in CHIEF_ACTIONS:
        is_invited = caller.department_id in invited
        if caller.role is not Role.CHIEF_REPRESENTATIVE or not is_invited:
            return Refusal("forbidden", f"{action.label}由受邀单位的首席代表办理。")
    elif caller.role is not Role.OFFICE:
        return Refusal("forbidden", f"{action.label}由中心办公室办理。")
    if state not in ACTION_STATES[action]:
        allowed = "、".join(one.label for one in ConferenceState if one in ACTION_STATES[action])
        return Refusal(
            "conference_state",
            f"会议目前“{state.label}”，只有“{allowed}”的会议才能{action.label}。",
        )
    if action is ConferenceAction.GIVE_OPINION and kind is ConferenceKind.REGULAR:
        return Refusal("conference_state", "首席代表例会不征求会后意见。")
    needs_minutes = kind is ConferenceKind.JOINT and state is ConferenceState.HELD
    if action is ConferenceAction.ARCHIVE and needs_minutes:
        return Refusal("conference_state", "联席会议须先出具会议纪要，才能归档。")
    return None
