"""Who may do what with a conference: the office runs it, the chiefs invited to it speak."""

from collections.abc import Collection
from uuid import UUID

from yimen.core.caller import Caller, Role
from yimen.core.errors import Refusal
from yimen.domains.conferences.enums import (
    ACTION_STATES,
    CHIEF_ACTIONS,
    ConferenceAction,
    ConferenceKind,
    ConferenceState,
)


def sees_all(caller: Caller) -> bool:
    """The office and the director read every conference."""
    return caller.role in (Role.OFFICE, Role.DIRECTOR)


def why_not(
    action: ConferenceAction,
    kind: ConferenceKind,
    state: ConferenceState,
    *,
    invited: Collection[UUID],
    has_minutes: bool | None,
    caller: Caller,
) -> Refusal | None:
    """Why the caller may not give this command now; none when it is theirs to give.

    ``has_minutes``: minutes are out and not void; none when there never were any.
    """
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
    return _obstacle(action, kind, state, has_minutes=has_minutes)


def _obstacle(
    action: ConferenceAction,
    kind: ConferenceKind,
    state: ConferenceState,
    *,
    has_minutes: bool | None,
) -> Refusal | None:
    """What of opinions and minutes stands against a command that the state would allow."""
    is_joint = kind is ConferenceKind.JOINT
    match action:
        case ConferenceAction.GIVE_OPINION if not is_joint:
            return Refusal("conference_state", "首席代表例会不征求会后意见。")
        case ConferenceAction.REISSUE_MINUTES if has_minutes is None:
            return Refusal("conference_state", "会议没有出具过会议纪要，无需重新出具。")
        case ConferenceAction.REISSUE_MINUTES if has_minutes:
            return Refusal("minutes_in_force", "会议纪要有效，先作废原纪要，才能重新出具。")
        case ConferenceAction.ARCHIVE if has_minutes is False:
            return Refusal("conference_state", "会议纪要已作废，须先重新出具，才能归档。")
        case ConferenceAction.ARCHIVE if is_joint and state is ConferenceState.HELD:
            return Refusal("conference_state", "联席会议须先出具会议纪要，才能归档。")
        case _:
            return None
