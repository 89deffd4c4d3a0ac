"""Closed sets of the rulebook: whence a value has its force, its unit, its threshold word."""

from enum import StrEnum


class Basis(StrEnum):
    """Who set a value (domain.md §9)."""

    REGULATION = "regulation"
    """A regulation of the centre or a law: binding, not the centre's to change."""
    LOCAL = "local"
    """The centre's own choice where the source is silent."""

    @property
    def label(self) -> str:
        return BASIS_LABELS[self]


BASIS_LABELS = {Basis.REGULATION: "制度规定", Basis.LOCAL: "本中心自定"}


class Unit(StrEnum):
    """What a value counts, and thereby how it is written."""

    TIME = "time"
    """A wall clock time, ``"15:30"``."""
    MONTH_DAY = "month_day"
    """A day of every year, ``"05-01"``."""
    WORKING_DAYS = "working_days"
    HALF_DAYS = "half_days"
    MINUTES = "minutes"
    TIMES = "times"
    FESTIVALS = "festivals"

    @property
    def label(self) -> str:
        return UNIT_LABELS[self]


UNIT_LABELS = {
    Unit.TIME: "时刻",
    Unit.MONTH_DAY: "月-日",
    Unit.WORKING_DAYS: "个工作日",
    Unit.MINUTES: "分钟",
    Unit.HALF_DAYS: "个半天",
    Unit.TIMES: "次",
    Unit.FESTIVALS: "个节日",
}


THRESHOLD_UNITS = frozenset({Unit.WORKING_DAYS, Unit.HALF_DAYS, Unit.MINUTES, Unit.TIMES})
"""Values of these units are limits: they carry a word that says on which side the number lies."""


class Operator(StrEnum):
    """How a measured number is compared with a threshold."""

    AT_LEAST = ">="
    AT_MOST = "<="
    MORE_THAN = ">"
    LESS_THAN = "<"


OPERATOR_OF_WORD = {
    "以上": Operator.AT_LEAST,
    "以下": Operator.AT_MOST,
    "以内": Operator.AT_MOST,
    "超过": Operator.MORE_THAN,
    "以外": Operator.MORE_THAN,
    "低于": Operator.LESS_THAN,
    "不满": Operator.LESS_THAN,
}
"""The law's reading: 以上/以下/以内 include the number, the others exclude it (民法典 1259)."""

UNIT_OF_CODE = {
    "office_hours.summer.starts_on": Unit.MONTH_DAY,
    "office_hours.summer.morning_opens": Unit.TIME,
    "office_hours.summer.morning_closes": Unit.TIME,
    "office_hours.summer.afternoon_opens": Unit.TIME,
    "office_hours.summer.afternoon_closes": Unit.TIME,
    "office_hours.winter.starts_on": Unit.MONTH_DAY,
    "office_hours.winter.morning_opens": Unit.TIME,
    "office_hours.winter.morning_closes": Unit.TIME,
    "office_hours.winter.afternoon_opens": Unit.TIME,
    "office_hours.winter.afternoon_closes": Unit.TIME,
    "calendar.next_year_warned_from": Unit.MONTH_DAY,
    "calendar.regional_festivals": Unit.FESTIVALS,
    "cases.deemed_acceptance_days": Unit.WORKING_DAYS,
    "cases.supplement_lapse_days": Unit.WORKING_DAYS,
    "cases.late_entry_days": Unit.WORKING_DAYS,
    "cases.due_soon_days": Unit.WORKING_DAYS,
    "cases.visits_to_avoid": Unit.TIMES,
    "cases.extension_days": Unit.WORKING_DAYS,
    "cases.extensions": Unit.TIMES,
    "cases.suspension_days.reported": Unit.WORKING_DAYS,
    "cases.suspension_days.hearing": Unit.WORKING_DAYS,
    "cases.suspension_days.expert_review": Unit.WORKING_DAYS,
    "cases.suspension_days.on_site_survey": Unit.WORKING_DAYS,
    "cases.suspension_days.testing": Unit.WORKING_DAYS,
    "cases.opinion_days": Unit.WORKING_DAYS,
    "cases.documents_days": Unit.WORKING_DAYS,
    "items.permit_days": Unit.WORKING_DAYS,
    "rejections.decision_days": Unit.WORKING_DAYS,
    "rejections.filing_days": Unit.WORKING_DAYS,
    "rejections.notice_days": Unit.WORKING_DAYS,
    "rejections.return_days": Unit.WORKING_DAYS,
    "conferences.opinion_days": Unit.WORKING_DAYS,
    "ratings.follow_up_days": Unit.WORKING_DAYS,
    "leave.director_alone_half_days": Unit.HALF_DAYS,
    "leave.substitute_half_days": Unit.HALF_DAYS,
    "leave.substitute_alone_half_days": Unit.HALF_DAYS,
    "attendance.day_begins": Unit.TIME,
    "attendance.same_touch": Unit.MINUTES,
    "attendance.away": Unit.MINUTES,
    "attendance.late_early": Unit.TIMES,
}
"""Every value that the code reads: an edition must have each of them and nothing else."""

REGULATION_CODES = frozenset(
    {
        "MGMT", "CONDUCT", "ATTEND", "AGENCY", "SECURITY", "SECRECY", "VIRUS", "HYGIENE", "JOINT",
        "LIAISON", "APPOINT", "NEWS", "EFFICACY", "DISCIPLINE", "FIRSTASK", "PROMISE", "ABPOST",
        "TIMELIMIT", "REJECT", "ONCE", "DERELICT", "DISCLOSE", "DUTY", "APPRAISE", "CREED",
    }
)  # fmt: skip
"""The 25 regulations by the codes under which articles are cited (domain.md §1)."""

LAWS = frozenset({"行政许可法", "民法典"})
"""Laws above the regulations that a value may rest on."""
