"""Closed sets of the queue, and how a ticket moves."""

from enum import StrEnum


class TicketPriority(StrEnum):
    """Why somebody is called before others who came earlier."""

    NORMAL = "normal"
    APPOINTMENT = "appointment"
    ELDERLY = "elderly"
    DISABLED = "disabled"
    WITH_CHILD = "with_child"
    SERVICE_MEMBER = "service_member"

    @property
    def label(self) -> str:
        return PRIORITY_LABELS[self]


PRIORITY_LABELS = {
    TicketPriority.NORMAL: "普通",
    TicketPriority.APPOINTMENT: "预约",
    TicketPriority.ELDERLY: "老年人",
    TicketPriority.DISABLED: "残疾人",
    TicketPriority.WITH_CHILD: "孕妇或带婴幼儿",
    TicketPriority.SERVICE_MEMBER: "现役军人",
}

HEAD_START_CODES = {
    TicketPriority.APPOINTMENT: "queue.head_start.appointment",
    TicketPriority.ELDERLY: "queue.head_start.elderly",
    TicketPriority.DISABLED: "queue.head_start.disabled",
    TicketPriority.WITH_CHILD: "queue.head_start.with_child",
    TicketPriority.SERVICE_MEMBER: "queue.head_start.service_member",
}
"""Where the rulebook says by how many minutes a priority counts as having come earlier."""

ASKED_FOR = frozenset(TicketPriority) - {TicketPriority.NORMAL, TicketPriority.APPOINTMENT}
"""What whoever takes a ticket may ask for; an appointment shows itself at its check-in."""


class TicketState(StrEnum):
    """Where a ticket stands."""

    WAITING = "waiting"
    CALLED = "called"
    SERVING = "serving"
    PARKED = "parked"
    MISSED = "missed"
    FINISHED = "finished"
    CANCELLED = "cancelled"
    EXPIRED = "expired"

    @property
    def label(self) -> str:
        return TICKET_STATE_LABELS[self]


TICKET_STATE_LABELS = {
    TicketState.WAITING: "等候中",
    TicketState.CALLED: "已叫号",
    TicketState.SERVING: "办理中",
    TicketState.PARKED: "挂起",
    TicketState.MISSED: "过号",
    TicketState.FINISHED: "已办结",
    TicketState.CANCELLED: "已取消",
    TicketState.EXPIRED: "日终关闭",
}

TICKET_MOVES: dict[TicketState, frozenset[TicketState]] = {
    TicketState.WAITING: frozenset(
        {TicketState.CALLED, TicketState.WAITING, TicketState.CANCELLED, TicketState.EXPIRED}
    ),
    TicketState.CALLED: frozenset(
        {
            TicketState.CALLED,
            TicketState.SERVING,
            TicketState.PARKED,
            TicketState.WAITING,
            TicketState.MISSED,
            TicketState.CANCELLED,
            TicketState.EXPIRED,
        }
    ),
    TicketState.SERVING: frozenset(
        {TicketState.FINISHED, TicketState.PARKED, TicketState.WAITING, TicketState.EXPIRED}
    ),
    TicketState.PARKED: frozenset(
        {TicketState.CALLED, TicketState.WAITING, TicketState.CANCELLED, TicketState.EXPIRED}
    ),
    TicketState.MISSED: frozenset(
        {TicketState.CALLED, TicketState.WAITING, TicketState.CANCELLED, TicketState.EXPIRED}
    ),
    TicketState.FINISHED: frozenset(),
    TicketState.CANCELLED: frozenset(),
    TicketState.EXPIRED: frozenset(),
}
"""Every move a ticket can make; all others are refused. A recall stays, a transfer may."""

IN_HAND = frozenset({TicketState.CALLED, TicketState.SERVING})
"""Somebody at a window is at it; one such ticket a person."""

OPEN_STATES = IN_HAND | {TicketState.WAITING, TicketState.PARKED, TicketState.MISSED}
"""What the end of the day closes."""


class TicketAction(StrEnum):
    """What can be done with a ticket; the value is the last part of the command's path."""

    CALL = "call"
    RECALL = "recall"
    START = "start"
    PARK = "park"
    TRANSFER = "transfer"
    FINISH = "finish"
    MISS = "miss"
    REQUEUE = "requeue"
    CANCEL = "cancel"
    CASE = "case"

    @property
    def label(self) -> str:
        return TICKET_ACTION_LABELS[self]


TICKET_ACTION_LABELS = {
    TicketAction.CALL: "叫号",
    TicketAction.RECALL: "重呼",
    TicketAction.START: "开始办理",
    TicketAction.PARK: "挂起",
    TicketAction.TRANSFER: "转移",
    TicketAction.FINISH: "办结",
    TicketAction.MISS: "标记过号",
    TicketAction.REQUEUE: "过号重排",
    TicketAction.CANCEL: "取消",
    TicketAction.CASE: "关联办件",
}

ACTION_STATES: dict[TicketAction, frozenset[TicketState]] = {
    TicketAction.CALL: frozenset({TicketState.WAITING, TicketState.PARKED, TicketState.MISSED}),
    TicketAction.RECALL: frozenset({TicketState.CALLED}),
    TicketAction.START: frozenset({TicketState.CALLED}),
    TicketAction.PARK: IN_HAND,
    TicketAction.TRANSFER: IN_HAND | {TicketState.WAITING, TicketState.PARKED},
    TicketAction.FINISH: frozenset({TicketState.SERVING}),
    TicketAction.MISS: frozenset({TicketState.CALLED}),
    TicketAction.REQUEUE: frozenset({TicketState.MISSED}),
    TicketAction.CANCEL: OPEN_STATES - {TicketState.SERVING},
    TicketAction.CASE: frozenset({TicketState.SERVING, TicketState.FINISHED}),
}
"""In which states an action makes sense."""

LEADS_TO: dict[TicketAction, TicketState | None] = {
    TicketAction.CALL: TicketState.CALLED,
    TicketAction.RECALL: TicketState.CALLED,
    TicketAction.START: TicketState.SERVING,
    TicketAction.PARK: TicketState.PARKED,
    TicketAction.TRANSFER: TicketState.WAITING,
    TicketAction.FINISH: TicketState.FINISHED,
    TicketAction.MISS: TicketState.MISSED,
    TicketAction.REQUEUE: TicketState.WAITING,
    TicketAction.CANCEL: TicketState.CANCELLED,
    TicketAction.CASE: None,
}
"""The state after an action; none when it stays as it is."""


class StepKind(StrEnum):
    """What happened to a ticket; the event is called ``ticket.<step>``."""

    TAKEN = "taken"
    CHECKED_IN = "checked_in"
    CALLED = "called"
    RECALLED = "recalled"
    STARTED = "started"
    PARKED = "parked"
    TRANSFERRED = "transferred"
    FINISHED = "finished"
    MISSED = "missed"
    REQUEUED = "requeued"
    CANCELLED = "cancelled"
    CASE_LINKED = "case_linked"
    EXPIRED = "expired"

    @property
    def label(self) -> str:
        return STEP_LABELS[self]


STEP_LABELS = {
    StepKind.TAKEN: "取号",
    StepKind.CHECKED_IN: "预约签到",
    StepKind.CALLED: "叫号",
    StepKind.RECALLED: "重呼",
    StepKind.STARTED: "开始办理",
    StepKind.PARKED: "挂起",
    StepKind.TRANSFERRED: "转移",
    StepKind.FINISHED: "办结",
    StepKind.MISSED: "过号",
    StepKind.REQUEUED: "过号重排",
    StepKind.CANCELLED: "取消",
    StepKind.CASE_LINKED: "关联办件",
    StepKind.EXPIRED: "日终关闭",
}

STEP_OF_ACTION = {
    TicketAction.CALL: StepKind.CALLED,
    TicketAction.RECALL: StepKind.RECALLED,
    TicketAction.START: StepKind.STARTED,
    TicketAction.PARK: StepKind.PARKED,
    TicketAction.TRANSFER: StepKind.TRANSFERRED,
    TicketAction.FINISH: StepKind.FINISHED,
    TicketAction.MISS: StepKind.MISSED,
    TicketAction.REQUEUE: StepKind.REQUEUED,
    TicketAction.CANCEL: StepKind.CANCELLED,
    TicketAction.CASE: StepKind.CASE_LINKED,
}


class GroupAction(StrEnum):
    """What can be done with a window group."""

    CHANGE = "change"
    CLOSE = "close"
    REOPEN = "reopen"
