"""Who sees a measure, who decides one and who may speak against it (domain.md §10)."""

from dataclasses import dataclass
from typing import assert_never
from uuid import UUID

from yimen.core.caller import Caller, Role
from yimen.core.errors import Refusal
from yimen.domains.discipline.enums import MeasureAction, MeasureKind, MeasureState
from yimen.domains.rulebook.enums import Target


@dataclass(frozen=True, slots=True)
class MeasurePlace:
    """What the permission to act on a measure depends on."""

    kind: MeasureKind
    state: MeasureState
    target: Target
    staff_id: UUID | None
    window_id: UUID | None
    department_id: UUID | None
    is_talked: bool
    is_told: bool
    is_filed: bool
    is_under_review: bool
    has_appeal: bool


def sees_all(caller: Caller) -> bool:
    """The office and the director read every measure."""
    return caller.role in (Role.OFFICE, Role.DIRECTOR)


def is_directors(target: Target, kind: MeasureKind) -> bool:
    """Whether a measure is the director's to decide, for the leading group; not the office's."""
    return target is not Target.PERSON or not kind.has_letter


def may_decide(
    target: Target, kind: MeasureKind, staff_id: UUID | None, caller: Caller
) -> Refusal | None:
    """Why the caller may not decide: the office judges people, the director windows and leaders.

    Sending somebody back, and handing a matter on, is the director's too (local).
    """
    role = Role.DIRECTOR if is_directors(target, kind) else Role.OFFICE
    if caller.role is not role:
        return Refusal("measure_not_yours", f"此项处理由{role.label}作出。")
    if staff_id is not None and staff_id == caller.staff_id:
        return Refusal("measure_own_matter", "处理针对的是您本人，应当回避。")
    return None


def is_against(place: MeasurePlace, caller: Caller) -> bool:
    """Whether the measure is against the caller, their window, or their department's window."""
    if place.target is not Target.WINDOW:
        return place.staff_id is not None and place.staff_id == caller.staff_id
    own = place.department_id is not None and place.department_id == caller.department_id
    return place.window_id in caller.window_ids or (
        own and caller.role is Role.CHIEF_REPRESENTATIVE
    )


def why_not(action: MeasureAction, place: MeasurePlace, caller: Caller) -> Refusal | None:
    """Why the caller may not give this command on a measure now."""
    if action is MeasureAction.APPEAL:
        if caller.role is not Role.OFFICE and not is_against(place, caller):
            return Refusal("measure_not_yours", "只有受到处理的人员或窗口可以申辩。")
    elif action is MeasureAction.REVIEW:
        if caller.role is not Role.DIRECTOR:
            return Refusal("forbidden", "此项操作由中心主任办理。")
    elif not sees_all(caller):
        return Refusal("forbidden", "此项操作由中心办公室、中心主任办理。")
    state = _state_refusal(action, place)
    return None if state is None else Refusal("measure_state", state)


def _state_refusal(action: MeasureAction, place: MeasurePlace) -> str | None:
    """The first thing in the measure's own state that stands against a command."""
    decided, received = MeasureState.DECIDED, MeasureState.RECEIVED
    against: list[tuple[bool, str]] = [
        (place.state is MeasureState.REVOKED, f"该处理已经撤销，不能{action.label}。")
    ]
    if action not in WITHOUT_LETTER:
        no_letter = f"{place.kind.label}不下达文书，不能{action.label}。"
        against.append((not place.kind.has_letter, no_letter))
    match action:
        case MeasureAction.TALK:
            against.append((place.is_talked, "已经谈过话。"))
        case MeasureAction.ISSUE:
            against.append((place.state is not decided, "文书已经下达。"))
            against.append(
                (not place.is_talked, "下达文书前应先谈话（《诫勉教育和效能告诫实施细则》七）。")
            )
        case MeasureAction.RECEIVE:
            against.append((place.state is decided, "文书还没有下达。"))
            against.append((place.state is received, "已经登记送达。"))
        case MeasureAction.TELL_DEPARTMENT:
            against.append((place.is_told, "已经通报过所在部门。"))
        case MeasureAction.FILE_WITH_COUNTY:
            against.append((place.is_filed, "已经报县效能办备案。"))
        case MeasureAction.APPEAL:
            against.append((place.has_appeal, "对该处理已经提出过申辩。"))
            against.append((place.state is not received, "文书还没有送达，不能申辩。"))
        case MeasureAction.REVIEW:
            against.append((not place.is_under_review, "该处理的依据没有变动，无须复核。"))
        case _:
            assert_never(action)
    return next((sentence for stands, sentence in against if stands), None)


WITHOUT_LETTER = frozenset(
    {MeasureAction.TELL_DEPARTMENT, MeasureAction.FILE_WITH_COUNTY, MeasureAction.REVIEW}
)
"""What is done about every measure; the rest is about its document."""
