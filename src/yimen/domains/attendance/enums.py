"""Closed sets of attendance: halves of a day and what they come to, touches and their faults."""

from enum import StrEnum

from yimen.domains.leave.enums import CoverKind


class HalfState(StrEnum):
    """What a half-day comes to."""

    PRESENT = "present"
    LATE = "late"
    EARLY_LEAVE = "early_leave"
    LATE_AND_EARLY = "late_and_early"
    MISSING_PUNCH = "missing_punch"
    ABSENT = "absent"
    ON_LEAVE = "on_leave"
    ON_BUSINESS = "on_business"
    TRAINING = "training"
    OUTING = "outing"
    DAY_OFF = "day_off"
    NOT_SERVING = "not_serving"
    UNKNOWN = "unknown"
    IN_PROGRESS = "in_progress"

    @property
    def label(self) -> str:
        return HALF_STATE_LABELS[self]


HALF_STATE_LABELS = {
    HalfState.PRESENT: "正常",
    HalfState.LATE: "迟到",
    HalfState.EARLY_LEAVE: "早退",
    HalfState.LATE_AND_EARLY: "迟到并早退",
    HalfState.MISSING_PUNCH: "缺卡",
    HalfState.ABSENT: "旷工",
    HalfState.ON_LEAVE: "请假",
    HalfState.ON_BUSINESS: "公务外出",
    HalfState.TRAINING: "培训",
    HalfState.OUTING: "临时外出",
    HalfState.DAY_OFF: "休息",
    HalfState.NOT_SERVING: "不在岗位安排内",
    HalfState.UNKNOWN: "无法判定",
    HalfState.IN_PROGRESS: "尚未结束",
}

AT_POST = frozenset(
    {
        HalfState.PRESENT, HalfState.LATE, HalfState.EARLY_LEAVE, HalfState.LATE_AND_EARLY,
        HalfState.MISSING_PUNCH,
    }
)  # fmt: skip
"""States of a half-day on which the person was there."""

UNSCHEDULED = frozenset({HalfState.DAY_OFF, HalfState.NOT_SERVING})
"""States of a half-day on which nobody was expected."""


class EventKind(StrEnum):
    """What a half-day shows that counts against the person, unless it is excused."""

    LATE = "late"
    EARLY_LEAVE = "early_leave"
    MISSING_ARRIVAL = "missing_arrival"
    MISSING_DEPARTURE = "missing_departure"
    AWAY = "away"
    ABSENCE = "absence"

    @property
    def label(self) -> str:
        return EVENT_LABELS[self]


EVENT_LABELS = {
    EventKind.LATE: "迟到",
    EventKind.EARLY_LEAVE: "早退",
    EventKind.MISSING_ARRIVAL: "上班缺卡",
    EventKind.MISSING_DEPARTURE: "下班缺卡",
    EventKind.AWAY: "中途离岗",
    EventKind.ABSENCE: "旷工半天",
}

LATE_KINDS = frozenset({EventKind.LATE, EventKind.MISSING_ARRIVAL})
"""Events that count as late: an arrival that was not signed does, unless it is explained."""
EARLY_KINDS = frozenset({EventKind.EARLY_LEAVE, EventKind.MISSING_DEPARTURE})
"""Events that count as early, likewise."""


COVER_LABELS = {
    CoverKind.LEAVE: "请假",
    CoverKind.OFFICIAL_BUSINESS: "公务外出",
    CoverKind.TRAINING: "培训",
    CoverKind.OUTING: "临时外出",
    CoverKind.OVERTIME: "加班",
}

COVERED_STATES = {
    CoverKind.LEAVE: HalfState.ON_LEAVE,
    CoverKind.OFFICIAL_BUSINESS: HalfState.ON_BUSINESS,
    CoverKind.TRAINING: HalfState.TRAINING,
    CoverKind.OUTING: HalfState.OUTING,
}
"""The state of a half-day that is covered, the weightiest kind first; overtime covers nothing."""


class CorrectionKind(StrEnum):
    """What a person asks to have excused in a half-day (domain.md §6)."""

    MISSING_PUNCH = "missing_punch"
    LATE = "late"
    EARLY_LEAVE = "early_leave"
    AWAY = "away"
    PRESENCE = "presence"
    """That the person was there although nothing shows it."""

    @property
    def label(self) -> str:
        return CORRECTION_LABELS[self]


CORRECTION_LABELS = {
    CorrectionKind.MISSING_PUNCH: "缺卡说明",
    CorrectionKind.LATE: "迟到说明",
    CorrectionKind.EARLY_LEAVE: "早退说明",
    CorrectionKind.AWAY: "离岗说明",
    CorrectionKind.PRESENCE: "在岗证明",
}

EXCUSED_BY = {
    EventKind.LATE: CorrectionKind.LATE,
    EventKind.EARLY_LEAVE: CorrectionKind.EARLY_LEAVE,
    EventKind.MISSING_ARRIVAL: CorrectionKind.MISSING_PUNCH,
    EventKind.MISSING_DEPARTURE: CorrectionKind.MISSING_PUNCH,
    EventKind.AWAY: CorrectionKind.AWAY,
}
"""Which correction excuses an event; presence excuses any, and alone the absence."""


class CorrectionState(StrEnum):
    """Where a correction stands."""

    ASKED = "asked"
    GRANTED = "granted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    REVOKED = "revoked"

    @property
    def label(self) -> str:
        return CORRECTION_STATE_LABELS[self]


CORRECTION_STATE_LABELS = {
    CorrectionState.ASKED: "待审核",
    CorrectionState.GRANTED: "已同意",
    CorrectionState.REFUSED: "未同意",
    CorrectionState.WITHDRAWN: "已撤回",
    CorrectionState.REVOKED: "已撤销",
}

CORRECTION_MOVES = {
    CorrectionState.ASKED: frozenset(
        {CorrectionState.GRANTED, CorrectionState.REFUSED, CorrectionState.WITHDRAWN}
    ),
    CorrectionState.GRANTED: frozenset({CorrectionState.REVOKED}),
    CorrectionState.REFUSED: frozenset[CorrectionState](),
    CorrectionState.WITHDRAWN: frozenset[CorrectionState](),
    CorrectionState.REVOKED: frozenset[CorrectionState](),
}


class CorrectionAction(StrEnum):
    """A command on a correction; the last part of its address."""

    GRANT = "grant"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"
    REVOKE = "revoke"

    @property
    def label(self) -> str:
        return CORRECTION_ACTION_LABELS[self]

    @property
    def target(self) -> CorrectionState:
        return CORRECTION_TARGETS[self]


CORRECTION_ACTION_LABELS = {
    CorrectionAction.GRANT: "同意",
    CorrectionAction.REFUSE: "不同意",
    CorrectionAction.WITHDRAW: "撤回",
    CorrectionAction.REVOKE: "撤销",
}
CORRECTION_TARGETS = {
    CorrectionAction.GRANT: CorrectionState.GRANTED,
    CorrectionAction.REFUSE: CorrectionState.REFUSED,
    CorrectionAction.WITHDRAW: CorrectionState.WITHDRAWN,
    CorrectionAction.REVOKE: CorrectionState.REVOKED,
}


class FaultKind(StrEnum):
    """What is wrong with a touch that a clock reports."""

    UNREADABLE_LINE = "unreadable_line"
    NO_USER_ID = "no_user_id"
    UNREADABLE_TIME = "unreadable_time"
    IMPOSSIBLE_TIME = "impossible_time"
    SENSELESS_STATE = "senseless_state"
    """The state is none that a clock has; the touch counts, as only its time is asked."""

    @property
    def label(self) -> str:
        return FAULT_LABELS[self]

    @property
    def keeps_touch(self) -> bool:
        """Whether the touch counts in spite of the fault."""
        return self is FaultKind.SENSELESS_STATE


FAULT_LABELS = {
    FaultKind.UNREADABLE_LINE: "无法识别的行",
    FaultKind.NO_USER_ID: "没有考勤号",
    FaultKind.UNREADABLE_TIME: "不存在的时间",
    FaultKind.IMPOSSIBLE_TIME: "不可能的时间",
    FaultKind.SENSELESS_STATE: "状态无意义",
}

SENSIBLE_STATES = frozenset({"", "0", "1", "2", "3", "4", "5", "255"})
"""In, out, break out, break in, overtime in, overtime out, none: the states that clocks have."""


class BatchKind(StrEnum):
    """How touches came in."""

    FILE = "file"
    LIVE = "live"
    """What a clock sent by itself on one day."""

    @property
    def label(self) -> str:
        return BATCH_KIND_LABELS[self]


BATCH_KIND_LABELS = {BatchKind.FILE: "文件导入", BatchKind.LIVE: "考勤机上传"}


class FileFormat(StrEnum):
    """What kind of file was imported."""

    ATTLOG = "attlog"
    """The clock's own log, its columns separated by tabs."""
    CSV = "csv"
    XLSX = "xlsx"
    JSON_LINES = "json_lines"


class PunchColumn(StrEnum):
    """A column of a table of touches."""

    USER = "device_user_id"
    TIME = "device_time"
    STATE = "state"
    VERIFY_MODE = "verify_mode"
    WORK_CODE = "work_code"

    @property
    def label(self) -> str:
        return PUNCH_COLUMN_LABELS[self]


PUNCH_COLUMN_LABELS = {
    PunchColumn.USER: "考勤号",
    PunchColumn.TIME: "打卡时间",
    PunchColumn.STATE: "状态",
    PunchColumn.VERIFY_MODE: "验证方式",
    PunchColumn.WORK_CODE: "工作代码",
}

COLUMN_WORDS = (
    {column.value: column for column in PunchColumn}
    | {column.label: column for column in PunchColumn}
    | {
        "考勤号码": PunchColumn.USER,
        "登记号码": PunchColumn.USER,
        "人员编号": PunchColumn.USER,
        "用户号": PunchColumn.USER,
        "日期时间": PunchColumn.TIME,
        "时间": PunchColumn.TIME,
        "刷卡时间": PunchColumn.TIME,
        "考勤状态": PunchColumn.STATE,
        "签到方式": PunchColumn.VERIFY_MODE,
        "比对方式": PunchColumn.VERIFY_MODE,
        "工种代码": PunchColumn.WORK_CODE,
    }
)
"""Header words, ours and those of the usual attendance programs; other columns are passed over."""


class PunchOutcome(StrEnum):
    """What became of a touch that a clock sent."""

    COUNTED = "counted"
    REPEATED = "repeated"
    UNKNOWN_USER = "unknown_user"
    """Kept, and counted as soon as the user id is given to somebody."""
    FAULTY = "faulty"

    @property
    def label(self) -> str:
        return PUNCH_OUTCOME_LABELS[self]


PUNCH_OUTCOME_LABELS = {
    PunchOutcome.COUNTED: "已记录",
    PunchOutcome.REPEATED: "已有相同记录",
    PunchOutcome.UNKNOWN_USER: "考勤号未登记",
    PunchOutcome.FAULTY: "有误，已列入待核清单",
}


class MarkCause(StrEnum):
    """Why person-days are to be derived anew."""

    PUNCHES = "punches"
    REVERSAL = "reversal"
    CLOCK_USER = "clock_user"
    CLOCK = "clock"
    CORRECTION = "correction"
    LEAVE = "leave"
    SERVICE = "service"
    CALENDAR = "calendar"
    SHIFT_END = "shift_end"

    @property
    def label(self) -> str:
        return MARK_CAUSE_LABELS[self]


MARK_CAUSE_LABELS = {
    MarkCause.PUNCHES: "收到打卡记录",
    MarkCause.REVERSAL: "撤销一批打卡记录",
    MarkCause.CLOCK_USER: "考勤号登记有变动",
    MarkCause.CLOCK: "考勤机登记有变动",
    MarkCause.CORRECTION: "更正、说明有变动",
    MarkCause.LEAVE: "请假、外出或加班有变动",
    MarkCause.SERVICE: "窗口服务安排有变动",
    MarkCause.CALENDAR: "工作日历有变动",
    MarkCause.SHIFT_END: "班次结束",
}
