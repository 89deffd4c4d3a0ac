"""Who may do what with appointments (domain.md §10): book, serve, route, decide, help."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never
from uuid import UUID

from yimen.core.caller import Actor, Caller, DeviceCaller, DeviceScope, Role
from yimen.core.errors import Refusal
from yimen.domains.appointments.enums import (
    ACTION_STATES,
    AppointmentAction,
    AppointmentKind,
    AppointmentState,
)
from yimen.domains.appointments.rules import CheckInTime
from yimen.domains.calendars.rules import SHANGHAI


@dataclass(frozen=True, slots=True)
class AppointmentPlace:
    """What access asks of an appointment: where it is, how it stands, whose help it needs."""

    window_id: UUID
    department_id: UUID
    """Whose item it is."""
    kind: AppointmentKind
    state: AppointmentState
    ends_at: datetime
    check_in: CheckInTime
    colleagues: Mapping[UUID, UUID]
    """Windows whose help is needed and not yet promised, each with its department."""


def sees_all(caller: Caller) -> bool:
    """The office and the director read every appointment."""
    return caller.role in (Role.OFFICE, Role.DIRECTOR)


def may_book_at(window_id: UUID, department_id: UUID, actor: Actor) -> bool:
    """A window for itself, a chief representative for the department, the office for any window;
    a kiosk for any, or for the one it stands at.
    """
    if isinstance(actor, DeviceCaller):
        here = actor.window_id is None or actor.window_id == window_id
        return DeviceScope.BOOK in actor.scopes and here
    match actor.role:
        case Role.OFFICE:
            return True
        case Role.CHIEF_REPRESENTATIVE:
            return actor.department_id == department_id or window_id in actor.window_ids
        case Role.WINDOW:
            return window_id in actor.window_ids
        case Role.DIRECTOR:
            return False
        case _:
            assert_never(actor.role)


def may_set_capacity(caller: Caller) -> bool:
    """The office arranges how many a window takes."""
    return caller.role is Role.OFFICE


def is_own(place: AppointmentPlace, caller: Caller) -> bool:
    """Whether the window of the appointment is the caller's to speak for; the office's are all."""
    return may_book_at(place.window_id, place.department_id, caller)


def helping_windows(place: AppointmentPlace, caller: Caller) -> list[UUID]:
    """The windows for which the caller may promise help that is asked for (APPOINT 四)."""
    return [
        window_id
        for window_id, department_id in place.colleagues.items()
        if window_id in caller.window_ids
        or (
            caller.role is Role.CHIEF_REPRESENTATIVE
            and caller.department_id is not None
            and caller.department_id == department_id
        )
    ]


def may_check_in(place: AppointmentPlace, actor: Actor) -> bool:
    """The hall's own people at their windows, and the machines that give out tickets."""
    if isinstance(actor, DeviceCaller):
        here = actor.window_id is None or actor.window_id == place.window_id
        return DeviceScope.TAKE_TICKETS in actor.scopes and here
    return is_own(place, actor)


def why_not(
    action: AppointmentAction, place: AppointmentPlace, caller: Caller, now: datetime
) -> Refusal | None:
    """Why the caller may not give this command now; none when it is theirs to give."""
    refusal = _not_theirs(action, place, caller)
    if refusal is not None:
        return refusal
    states = ACTION_STATES[action]
    if place.state not in states:
        allowed = "、".join(state.label for state in AppointmentState if state in states)
        return Refusal(
            "appointment_state",
            f"该预约目前“{place.state.label}”，只有“{allowed}”的预约才能{action.label}。",
        )
    return _not_now(action, place, now)


def _not_now(action: AppointmentAction, place: AppointmentPlace, now: datetime) -> Refusal | None:
    special = place.kind is AppointmentKind.SPECIAL
    if action is AppointmentAction.MOVE and special:
        return Refusal("appointment_state", "特急件预约不能改期，请取消后重新提出。")
    if action is AppointmentAction.APPROVE and place.ends_at <= now:
        return Refusal("appointment_over", "预约的时间已经过去，请不予同意，或重新提出。")
    if action is AppointmentAction.CHECK_IN:
        return why_no_check_in(place.check_in, now)
    if action is AppointmentAction.SERVE and now < place.check_in.opens_at:
        return Refusal("appointment_too_early", "还没有到预约的时间，不能登记为已办理。")
    return None


def why_no_check_in(time: CheckInTime, now: datetime) -> Refusal | None:
    """Why it is too early or too late to check in."""
    if now < time.opens_at:
        opens = time.opens_at.astimezone(SHANGHAI)
        return Refusal(
            "check_in_too_early", f"签到从 {opens:%Y-%m-%d %H:%M} 开始，请届时再来，或取普通号。"
        )
    if now > time.closes_at:
        return Refusal("appointment_missed", "预约的时间已过，请取普通号，或重新预约。")
    return None


def _not_theirs(
    action: AppointmentAction, place: AppointmentPlace, caller: Caller
) -> Refusal | None:
    special = place.kind is AppointmentKind.SPECIAL
    if action is AppointmentAction.ASSIGN and special and caller.role is not Role.OFFICE:
        return Refusal("not_your_appointment", "特急件的办理人员由中心安排。")
    match action:
        case AppointmentAction.APPROVE | AppointmentAction.REFUSE:
            if caller.role is not Role.DIRECTOR:
                return Refusal("forbidden", "特急件预约由中心主任决定。")
        case AppointmentAction.ACKNOWLEDGE:
            if caller.role not in (Role.WINDOW, Role.CHIEF_REPRESENTATIVE):
                return Refusal("forbidden", "由需要配合的窗口确认。")
            if not helping_windows(place, caller):
                return Refusal("not_your_appointment", "没有等待您的窗口确认的配合事项。")
        case (
            AppointmentAction.MOVE
            | AppointmentAction.CANCEL
            | AppointmentAction.ASSIGN
            | AppointmentAction.ASK_COLLEAGUES
            | AppointmentAction.CHECK_IN
            | AppointmentAction.SERVE
        ):
            if not is_own(place, caller):
                return Refusal("not_your_appointment", "由预约的窗口或中心办公室办理。")
        case _:
            assert_never(action)
    return None
