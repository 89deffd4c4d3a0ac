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
    LENGTH = "length"
    """How long something lasts, in minutes: no limit on either side."""
    PLACES = "places"
    MONTHS = "months"
    YEARS = "years"
    ARTICLES = "articles"
    PERCENT = "percent"
    POINTS = "points"
    """A decimal with at most two places, ``"0.5"``."""
    YUAN = "yuan"
    """Money, written like points."""

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
    Unit.LENGTH: "分钟",
    Unit.PLACES: "个号",
    Unit.MONTHS: "个月",
    Unit.YEARS: "年",
    Unit.ARTICLES: "篇",
    Unit.PERCENT: "%",
    Unit.POINTS: "分",
    Unit.YUAN: "元",
}

DECIMAL_UNITS = frozenset({Unit.POINTS, Unit.YUAN})
"""Values of these units are exact decimals, never floats."""


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
    "达": Operator.AT_LEAST,
    "不少于": Operator.AT_LEAST,
    "以下": Operator.AT_MOST,
    "以内": Operator.AT_MOST,
    "超过": Operator.MORE_THAN,
    "以外": Operator.MORE_THAN,
    "低于": Operator.LESS_THAN,
    "不满": Operator.LESS_THAN,
}
"""The law's reading: 以上/以下/以内 include the number, the others exclude it (民法典 1259).

达 and 不少于 reach the number by what the words say.
"""

WORDS_BEFORE = frozenset({"达", "不少于", "超过", "低于", "不满"})
"""Words that stand before their number; the others follow it."""

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
    "complaints.acceptance_days": Unit.WORKING_DAYS,
    "complaints.finding_days": Unit.WORKING_DAYS,
    "complaints.answer_days": Unit.WORKING_DAYS,
    "leave.director_alone_half_days": Unit.HALF_DAYS,
    "leave.substitute_half_days": Unit.HALF_DAYS,
    "leave.substitute_alone_half_days": Unit.HALF_DAYS,
    "attendance.day_begins": Unit.TIME,
    "attendance.same_touch": Unit.MINUTES,
    "attendance.away": Unit.MINUTES,
    "attendance.late_early": Unit.TIMES,
    "queue.head_start.appointment": Unit.LENGTH,
    "queue.head_start.elderly": Unit.LENGTH,
    "queue.head_start.disabled": Unit.LENGTH,
    "queue.head_start.with_child": Unit.LENGTH,
    "queue.head_start.service_member": Unit.LENGTH,
    "queue.estimate_tickets": Unit.TIMES,
    "queue.window_at_work": Unit.MINUTES,
    "queue.closing_grace": Unit.MINUTES,
    "appointments.slot": Unit.LENGTH,
    "appointments.places_per_staff": Unit.PLACES,
    "appointments.horizon": Unit.WORKING_DAYS,
    "appointments.live_bookings": Unit.TIMES,
    "appointments.check_in": Unit.MINUTES,
    "appointments.grace": Unit.MINUTES,
    "appointments.reminder": Unit.MINUTES,
    "inspections.refusal_days": Unit.WORKING_DAYS,
    "scoring.base_points": Unit.POINTS,
    "scoring.month_staff_share": Unit.PERCENT,
    "scoring.month_own_share": Unit.PERCENT,
    "scoring.year_staff_share": Unit.PERCENT,
    "scoring.year_months_share": Unit.PERCENT,
    "scoring.year_review_share": Unit.PERCENT,
    "scoring.low_month": Unit.POINTS,
    "points.late": Unit.POINTS,
    "points.early": Unit.POINTS,
    "points.missing_punch": Unit.POINTS,
    "points.half_day_absence": Unit.POINTS,
    "points.away": Unit.POINTS,
    "points.conduct": Unit.POINTS,
    "points.forbidden_phrase": Unit.POINTS,
    "points.computer": Unit.POINTS,
    "points.overdue_case": Unit.POINTS,
    "points.second_supplement": Unit.POINTS,
    "points.late_entry": Unit.POINTS,
    "points.refusal_not_filed": Unit.POINTS,
    "points.complaint": Unit.POINTS,
    "points.bad_rating": Unit.POINTS,
    "points.staff_change": Unit.POINTS,
    "points.information": Unit.POINTS,
    "points.commendation": Unit.POINTS,
    "points.leader_visit": Unit.POINTS,
    "liaison.quarterly_visits": Unit.TIMES,
    "news.monthly_articles": Unit.ARTICLES,
    "news.missing_article": Unit.YUAN,
    "news.reward.centre": Unit.YUAN,
    "news.reward.city": Unit.YUAN,
    "news.reward.prefecture": Unit.YUAN,
    "news.reward.region": Unit.YUAN,
    "news.reward.nation": Unit.YUAN,
    "news.instruction.prefecture": Unit.YUAN,
    "news.instruction.region": Unit.YUAN,
    "news.instruction.nation": Unit.YUAN,
    "guards.phone_occupied": Unit.MINUTES,
    "guards.low_month": Unit.POINTS,
    "guards.low_months": Unit.MONTHS,
    "guards.low_year": Unit.POINTS,
    "discipline.appeal_days": Unit.WORKING_DAYS,
    "discipline.appeal_decision_days": Unit.WORKING_DAYS,
    "year.warnings_not_excellent": Unit.TIMES,
    "year.warnings_incompetent": Unit.TIMES,
    "year.warnings_last_year": Unit.TIMES,
    "awards.excellent_share": Unit.PERCENT,
    "awards.good_share": Unit.PERCENT,
    "awards.person_admonitions": Unit.TIMES,
    "awards.person_warnings": Unit.TIMES,
    "awards.window_admonitions": Unit.TIMES,
    "awards.window_warnings": Unit.TIMES,
    "agencies.last_places_removed": Unit.YEARS,
}
"""Every value that the code reads: an edition must have each of them and nothing else."""

LIMITS = frozenset({"scoring.low_month", "guards.low_month", "guards.low_year"})
"""Values that are limits though their unit does not say so."""

WHOLES = (
    ("scoring.month_staff_share", "scoring.month_own_share"),
    ("scoring.year_staff_share", "scoring.year_months_share", "scoring.year_review_share"),
)
"""Shares that together make a score (APPRAISE 三)."""

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


class TableKind(StrEnum):
    """What a deduction table is used for in an inspection, and thereby whom its rows hit."""

    WINDOWS = "windows"
    """Hygiene of a window; hits the window and the responsible person alike."""
    OFFICES = "offices"
    CLEANERS = "cleaners"
    """A cleaner's floor; each of its areas is capped at its own points."""
    GUARDS = "guards"
    CONDUCT = "conduct"
    """How a member of staff behaves."""
    COMPUTERS = "computers"

    @property
    def label(self) -> str:
        return TABLE_LABELS[self]


TABLE_LABELS = {
    TableKind.WINDOWS: "窗口卫生",
    TableKind.OFFICES: "办公室卫生",
    TableKind.CLEANERS: "保洁区卫生",
    TableKind.GUARDS: "保安考评",
    TableKind.CONDUCT: "行为规范",
    TableKind.COMPUTERS: "计算机使用",
}

CAPPED = frozenset({TableKind.WINDOWS, TableKind.OFFICES, TableKind.CLEANERS})
"""Each area of these tables has a most that it can cost in a month (HYGIENE 附件)."""


class Measure(StrEnum):
    """What a ground of discipline leads to."""

    ADMONITION = "admonition"
    WARNING = "warning"
    EITHER = "either"
    """Admonition or warning, as grave as it is."""
    SENT_BACK = "sent_back"
    """Back to the sending department."""
    REFERRED = "referred"
    """To the bodies that punish by law or party rules."""
    SUPERIOR = "superior"
    """The leader responsible is held to account as well (DERELICT 三)."""

    @property
    def label(self) -> str:
        return MEASURE_LABELS[self]


MEASURE_LABELS = {
    Measure.ADMONITION: "诫勉教育",
    Measure.WARNING: "效能告诫",
    Measure.EITHER: "诫勉教育或效能告诫",
    Measure.SENT_BACK: "退回原单位",
    Measure.REFERRED: "移交有关部门",
    Measure.SUPERIOR: "追究领导责任",
}


class Target(StrEnum):
    """Whom a ground of discipline is about."""

    PERSON = "person"
    WINDOW = "window"
    LEADER = "leader"

    @property
    def label(self) -> str:
        return TARGET_LABELS[self]


TARGET_LABELS = {Target.PERSON: "工作人员", Target.WINDOW: "窗口", Target.LEADER: "单位领导"}


class Proof(StrEnum):
    """What kind of fact on record proves a ground; a ground without one is for people to see."""

    OVERDUE_CASE = "overdue_case"
    SECOND_SUPPLEMENT = "second_supplement"
    LATE_ENTRY = "late_entry"
    LEFT_UNTOLD = "left_untold"
    """Neither accepted nor told anything in writing until the case counted as accepted."""
    ABSENCE = "absence"
    """Half a day."""
    REFUSAL_NOT_FILED = "refusal_not_filed"
    REFUSAL_BEYOND_AUTHORITY = "refusal_beyond_authority"
    REFUSAL_FORM_MISSING = "refusal_form_missing"
    REFUSAL_LATE = "refusal_late"
    """Filed or refused too late."""
    REFUSAL_NOT_NOTIFIED = "refusal_not_notified"
    MATERIALS_NOT_RETURNED = "materials_not_returned"
    FINDING = "finding"
    """An inspection's finding in one of the rows that the ground names."""
    CONFERENCE_ABSENCE = "conference_absence"
    """Away from a conference without a special reason."""
    COMPLAINT = "complaint"
    """A substantiated one."""
    ADMONITION = "admonition"
    """In one calendar year."""
    LOW_MONTH = "low_month"
    """One of consecutive months at or below the limit."""

    @property
    def label(self) -> str:
        return PROOF_LABELS[self]


PROOF_LABELS = {
    Proof.OVERDUE_CASE: "办件超时",
    Proof.SECOND_SUPPLEMENT: "同一办件第二次补件",
    Proof.LATE_ENTRY: "办件迟录",
    Proof.LEFT_UNTOLD: "逾期未受理也未书面告知",
    Proof.ABSENCE: "旷工半天",
    Proof.REFUSAL_NOT_FILED: "否定未报备",
    Proof.REFUSAL_BEYOND_AUTHORITY: "越权否定",
    Proof.REFUSAL_FORM_MISSING: "未填否定报备登记表",
    Proof.REFUSAL_LATE: "否定或报备逾期",
    Proof.REFUSAL_NOT_NOTIFIED: "否定未书面告知",
    Proof.MATERIALS_NOT_RETURNED: "被否定材料未退还",
    Proof.FINDING: "督查发现",
    Proof.CONFERENCE_ABSENCE: "无故缺席会议",
    Proof.COMPLAINT: "投诉属实",
    Proof.ADMONITION: "年内诫勉教育",
    Proof.LOW_MONTH: "月度考评低分",
}


class DraftState(StrEnum):
    """Where an edition of the centre's own stands."""

    DRAFT = "draft"
    PUBLISHED = "published"
    DISCARDED = "discarded"

    @property
    def label(self) -> str:
        return DRAFT_LABELS[self]


DRAFT_LABELS = {
    DraftState.DRAFT: "草案",
    DraftState.PUBLISHED: "已发布",
    DraftState.DISCARDED: "已作废",
}

DRAFT_MOVES: dict[DraftState, frozenset[DraftState]] = {
    DraftState.DRAFT: frozenset({DraftState.PUBLISHED, DraftState.DISCARDED}),
    DraftState.PUBLISHED: frozenset(),
    DraftState.DISCARDED: frozenset(),
}
"""What is published is never changed; what is to be otherwise is another edition (domain.md §9)."""


class DraftAction(StrEnum):
    """The commands on a draft."""

    CHANGE = "change"
    REPLACE = "replace"
    DISCARD = "discard"
    PUBLISH = "publish"

    @property
    def label(self) -> str:
        return DRAFT_ACTION_LABELS[self]


DRAFT_ACTION_LABELS = {
    DraftAction.CHANGE: "修改",
    DraftAction.REPLACE: "整份替换",
    DraftAction.DISCARD: "作废",
    DraftAction.PUBLISH: "发布",
}


class PartKind(StrEnum):
    """What of an edition differs from another."""

    VALUE = "value"
    ROW = "row"
    AREA = "area"
    GROUND = "ground"

    @property
    def label(self) -> str:
        return PART_LABELS[self]


PART_LABELS = {
    PartKind.VALUE: "规定值",
    PartKind.ROW: "扣分项",
    PartKind.AREA: "区域封顶",
    PartKind.GROUND: "诫勉告诫情形",
}
