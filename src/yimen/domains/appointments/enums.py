"""Closed sets of appointments, and how one moves."""

from enum import StrEnum


class AppointmentKind(StrEnum):
    """In office hours by a slot, or at any time by the director's word (APPOINT 三)."""

    ORDINARY = "ordinary"
    SPECIAL = "special"

    @property
    def label(self) -> str:
        return KIND_LABELS[self]


KIND_LABELS = {
    AppointmentKind.ORDINARY: "普通预约",
    AppointmentKind.SPECIAL: "特急件预约",
}


class Channel(StrEnum):
    """By which way a booking came in (APPOINT 二)."""

    PUBLIC = "public"
    KIOSK = "kiosk"
    WINDOW = "window"
    OFFICE = "office"

    @property
    def label(self) -> str:
        return CHANNEL_LABELS[self]


CHANNEL_LABELS = {
    Channel.PUBLIC: "网上预约",
    Channel.KIOSK: "自助终端预约",
    Channel.WINDOW: "窗口预约",
    Channel.OFFICE: "办公室预约",
}


class AppointmentState(StrEnum):
    """Where an appointment stands."""

    REQUESTED = "requested"
    BOOKED = "booked"
    CHECKED_IN = "checked_in"
    SERVED = "served"
    NO_SHOW = "no_show"
    CANCELLED = "cancelled"
    REFUSED = "refused"
    LAPSED = "lapsed"

    @property
    def label(self) -> str:
        return STATE_LABELS[self]


STATE_LABELS = {
    AppointmentState.REQUESTED: "待中心领导同意",
    AppointmentState.BOOKED: "已预约",
    AppointmentState.CHECKED_IN: "已签到",
    AppointmentState.SERVED: "已办理",
    AppointmentState.NO_SHOW: "失约",
    AppointmentState.CANCELLED: "已取消",
    AppointmentState.REFUSED: "未获同意",
    AppointmentState.LAPSED: "逾时未决定",
}

HOLDS_PLACE = frozenset(
    {AppointmentState.BOOKED, AppointmentState.CHECKED_IN, AppointmentState.SERVED}
)
"""No two of these have one place of a window at one time."""

AWAITED = frozenset({AppointmentState.REQUESTED, AppointmentState.BOOKED})
"""Still to come: counted against the limit of a person."""

APPOINTMENT_MOVES: dict[AppointmentState, frozenset[AppointmentState]] = {
    AppointmentState.REQUESTED: frozenset(
        {
            AppointmentState.BOOKED,
            AppointmentState.REFUSED,
            AppointmentState.CANCELLED,
            AppointmentState.LAPSED,
        }
    ),
    AppointmentState.BOOKED: frozenset(
        {
            AppointmentState.CHECKED_IN,
            AppointmentState.SERVED,
            AppointmentState.NO_SHOW,
            AppointmentState.CANCELLED,
        }
    ),
    AppointmentState.CHECKED_IN: frozenset({AppointmentState.SERVED, AppointmentState.NO_SHOW}),
    AppointmentState.SERVED: frozenset(),
    AppointmentState.NO_SHOW: frozenset(),
    AppointmentState.CANCELLED: frozenset(),
    AppointmentState.REFUSED: frozenset(),
    AppointmentState.LAPSED: frozenset(),
}
"""Every move an appointment can make; all others are refused."""


class AppointmentAction(StrEnum):
    """What can be done with an appointment; the value is the last part of the command's path."""

    MOVE = "move"
    CANCEL = "cancel"
    APPROVE = "approve"
    REFUSE = "refuse"
    ASSIGN = "assign"
    ASK_COLLEAGUES = "ask-colleagues"
    ACKNOWLEDGE = "acknowledge"
    CHECK_IN = "check-in"
    SERVE = "serve"

    @property
    def label(self) -> str:
        return ACTION_LABELS[self]


ACTION_LABELS = {
    AppointmentAction.MOVE: "改期",
    AppointmentAction.CANCEL: "取消",
    AppointmentAction.APPROVE: "同意",
    AppointmentAction.REFUSE: "不同意",
    AppointmentAction.ASSIGN: "安排人员",
    AppointmentAction.ASK_COLLEAGUES: "请其他窗口配合",
    AppointmentAction.ACKNOWLEDGE: "确认配合",
    AppointmentAction.CHECK_IN: "签到",
    AppointmentAction.SERVE: "登记办理",
}

ACTION_STATES: dict[AppointmentAction, frozenset[AppointmentState]] = {
    AppointmentAction.MOVE: frozenset({AppointmentState.BOOKED}),
    AppointmentAction.CANCEL: AWAITED,
    AppointmentAction.APPROVE: frozenset({AppointmentState.REQUESTED}),
    AppointmentAction.REFUSE: frozenset({AppointmentState.REQUESTED}),
    AppointmentAction.ASSIGN: frozenset({AppointmentState.BOOKED}),
    AppointmentAction.ASK_COLLEAGUES: AWAITED,
    AppointmentAction.ACKNOWLEDGE: AWAITED,
    AppointmentAction.CHECK_IN: frozenset({AppointmentState.BOOKED}),
    AppointmentAction.SERVE: frozenset({AppointmentState.BOOKED, AppointmentState.CHECKED_IN}),
}
"""In which states each can be done."""


class AppointmentEventKind(StrEnum):
    """What happened to an appointment."""

    REQUESTED = "requested"
    BOOKED = "booked"
    MOVED = "moved"
    CANCELLED = "cancelled"
    APPROVED = "approved"
    REFUSED = "refused"
    LAPSED = "lapsed"
    ASSIGNED = "assigned"
    COLLEAGUE_ASKED = "colleague_asked"
    COLLEAGUE_REMINDED = "colleague_reminded"
    ACKNOWLEDGED = "acknowledged"
    CHECKED_IN = "checked_in"
    SERVED = "served"
    MISSED = "missed"

    @property
    def label(self) -> str:
        return EVENT_LABELS[self]


EVENT_LABELS = {
    AppointmentEventKind.REQUESTED: "提出特急件预约",
    AppointmentEventKind.BOOKED: "预约",
    AppointmentEventKind.MOVED: "改期",
    AppointmentEventKind.CANCELLED: "取消预约",
    AppointmentEventKind.APPROVED: "同意特急件预约",
    AppointmentEventKind.REFUSED: "不同意特急件预约",
    AppointmentEventKind.LAPSED: "逾时未决定",
    AppointmentEventKind.ASSIGNED: "安排办理人员",
    AppointmentEventKind.COLLEAGUE_ASKED: "请其他窗口配合",
    AppointmentEventKind.COLLEAGUE_REMINDED: "提醒配合窗口",
    AppointmentEventKind.ACKNOWLEDGED: "配合窗口确认",
    AppointmentEventKind.CHECKED_IN: "签到",
    AppointmentEventKind.SERVED: "办理",
    AppointmentEventKind.MISSED: "失约",
}


class AppointmentView(StrEnum):
    """Lists that somebody works through."""

    TO_DECIDE = "to_decide"
    TO_ACKNOWLEDGE = "to_acknowledge"
    UPCOMING = "upcoming"


class Hindrance(StrEnum):
    """Why an appointment cannot be kept as it was booked."""

    HALL_CLOSED = "hall_closed"
    WINDOW_CLOSED = "window_closed"
    NOBODY_THERE = "nobody_there"
    TOO_FEW_THERE = "too_few_there"
    STAFF_AWAY = "staff_away"

    @property
    def label(self) -> str:
        return HINDRANCE_LABELS[self]


HINDRANCE_LABELS = {
    Hindrance.HALL_CLOSED: "工作日历变动，该时段不办公",
    Hindrance.WINDOW_CLOSED: "窗口停用",
    Hindrance.NOBODY_THERE: "窗口该时段无人在岗",
    Hindrance.TOO_FEW_THERE: "在岗人员减少，该时段的号不够",
    Hindrance.STAFF_AWAY: "安排的办理人员不在岗",
}

HALLS_FAULT = frozenset({Hindrance.HALL_CLOSED, Hindrance.WINDOW_CLOSED, Hindrance.NOBODY_THERE})
"""Nobody could have been served: who did not come has not missed anything."""
