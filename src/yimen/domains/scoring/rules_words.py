"""What is said of an entry: what happened, under which article, what it costs, what can be done."""

from fractions import Fraction

from yimen.domains.rulebook.enums import Basis
from yimen.domains.scoring.enums import (
    REMEDIES,
    WITHOUT_ACCOUNT,
    FactSource,
    MonthState,
    Remedy,
    SubjectKind,
)
from yimen.domains.scoring.rules import Line, ScoreCard, points_text, shown

REMEDY_WORDS = {
    Remedy.ATTENDANCE_CORRECTION: "如与事实不符，请在考勤中对这半天提出更正或说明，"
    "由中心办公室决定；同意后分数自动恢复。",
    Remedy.REFUSE_FINDING: "如不认可，请在督查结果登记之日起{days}个工作日内提出异议并写明理由，"
    "由中心办公室复核，复核期间不扣分。期限已过的，请向中心办公室说明记录哪里有误。",
    Remedy.REOPEN_COMPLAINT: "如对认定不服，请持投诉编号向中心主任申请发回重查；"
    "认定撤销后分数自动恢复。",
    Remedy.CORRECT_CASE: "如办件或报备的记录有误，请持办件编号向中心办公室提出；"
    "记录更正后分数自动恢复。",
    Remedy.SHOW_PROOF: "如已经完成而没有登记，请持凭据请中心办公室补登；补登后分数自动恢复。",
    Remedy.ASK_OFFICE: "如与事实不符，请向中心办公室说明记录哪里有误；更正后分数自动恢复。",
}
RECORDED_FOR_THEM = (
    "如不认可，请在督查结果登记之日起{days}个工作日内告诉中心办公室，由办公室代录异议并复核，"
    "复核期间不扣分。期限已过的，请向中心办公室说明记录哪里有误。"
)
"""Guards, cleaners and offices have no account of their own."""
NOT_TO_BE_PROVED = frozenset({"points.staff_change"})
"""Records of what was done, not of what is missing."""
REGULATIONS = {
    "ABPOST": "AB岗工作制",
    "APPRAISE": "绩效考评实施办法",
    "ATTEND": "考勤管理办法",
    "CONDUCT": "工作人员行为规范",
    "CREED": "守则、服务承诺、文明用语、服务忌语",
    "DERELICT": "失职追究制",
    "DISCIPLINE": "诫勉教育和效能告诫实施细则",
    "DISCLOSE": "中心公示制",
    "DUTY": "岗位职责",
    "FIRSTASK": "首问责任制",
    "HYGIENE": "卫生制度",
    "LIAISON": "中心与窗口部门工作联系制度",
    "MGMT": "管理暂行办法",
    "NEWS": "信息工作管理办法",
    "ONCE": "一次性告知制",
    "PROMISE": "服务承诺制",
    "REJECT": "否定报备制",
    "SECURITY": "安全保卫制度",
    "TIMELIMIT": "限时办结制",
    "VIRUS": "计算机病毒防范制度",
}
"""How a person knows the regulations that points and measures rest on."""

OPEN_WORDS = "最迟在本月得分封存前提出。"
SEALED_WORDS = "本月已封存：更正由办公室提出、中心主任批准后另立一版，原版保留。"

FORMULA = "APPRAISE 三"
SCORED_BY = {
    SubjectKind.GUARD: "SECURITY 考评标准",
    SubjectKind.CLEANER: "HYGIENE 附件",
    SubjectKind.OFFICE: "HYGIENE 附件",
}
"""What guards, cleaners and offices are assessed by; APPRAISE 一 is not about them."""
BASE_IS_LOCAL = frozenset({SubjectKind.GUARD, SubjectKind.OFFICE})
"""No regulation says from how many points on these are deducted (domain.md §8)."""


def say_points(hundredths: int) -> str:
    """``扣0.50分`` or ``加1.00分``."""
    word = "加" if hundredths < 0 else "扣"
    return f"{word}{points_text(abs(hundredths))}分"


def say_article(article: str) -> str:
    """``《考勤管理办法》一(五)``; what is not known by a name stays as it is cited."""
    code, _, place = article.partition(" ")
    return f"《{REGULATIONS[code]}》{place}" if code in REGULATIONS else article


def say_times(rule: str, count: int) -> str:
    """``2处`` of hygiene, which is counted by places, ``2篇``, else ``2次``."""
    if rule.startswith("hygiene."):
        return f"{count}处"
    return f"{count}篇" if rule == "points.information" else f"{count}次"


def say_line(line: Line) -> str:
    """One entry as a sentence or two."""
    posting = line.posting
    fact, rate = posting.fact, posting.rate
    basis = "（分值由本中心自定）" if rate.basis is Basis.LOCAL else ""
    times = say_times(rate.code, fact.count) if fact.count > 1 else ""
    each = say_times(rate.code, 1).replace("1", "每")
    rule = f"依据{say_article(rate.article)}{basis}，{each}{say_points(rate.points)}"
    said = f"{fact.evidence.rstrip('。')}。{rule}"
    if fact.why_not is not None:
        return f"{said}；本项不计分：{fact.why_not}"
    if posting.taken == posting.asked:
        amount = f"，{times}共{say_points(posting.taken)}" if times else ""
        return f"{said}{amount}，余{points_text(line.after)}分。"
    assert posting.room is not None and rate.cap is not None
    most = f"该项当月最多扣{points_text(rate.cap)}分"
    if posting.room <= 0:
        return f"{said}，应{say_points(posting.asked)}；{most}，已经扣满，不再扣分。"
    return (
        f"{said}，应{say_points(posting.asked)}；{most}，此前已扣"
        f"{points_text(rate.cap - posting.room)}分，只{say_points(posting.taken)}，"
        f"余{points_text(line.after)}分。"
    )


def say_remedy(line: Line, state: MonthState, card: ScoreCard) -> str:
    """What the person scored can do about an entry; empty for a bonus or what does not count."""
    if line.posting.taken <= 0:
        return ""
    fact = line.posting.fact
    remedy = REMEDIES[fact.source]
    if fact.rule in NOT_TO_BE_PROVED:
        remedy = Remedy.ASK_OFFICE
    words = REMEDY_WORDS[remedy]
    if fact.source is FactSource.INSPECTIONS and fact.subject.kind in WITHOUT_ACCOUNT:
        words = RECORDED_FOR_THEM
    return words.format(days=card.refusal_days) + (
        SEALED_WORDS if state is MonthState.SEALED else OPEN_WORDS
    )


def say_base(kind: SubjectKind, card: ScoreCard, own: int) -> str:
    """From how many points on, and what is left of them."""
    local = "（本中心自定）" if kind in BASE_IS_LOCAL else ""
    return (
        f"本月考评基础分 {points_text(card.base)} 分{local}，逐项加减后为 {points_text(own)} 分"
        f"（{say_article(SCORED_BY.get(kind, FORMULA))}）。"
    )


def say_window_formula(
    kind: SubjectKind,
    card: ScoreCard,
    *,
    own: int,
    staff_sum: int | None,
    staff_count: int,
    score: Fraction | None,
) -> str:
    """How a window's or an agency's month is made up (APPRAISE 三, which is about agencies)."""
    if not staff_count or staff_sum is None or score is None:
        return "本月没有工作人员在窗口服务，缺少人员得分，不予评定（不是零分）。"
    mean = shown(Fraction(staff_sum, staff_count))
    local = "对中介机构的规定，本中心对窗口照此计算" if kind is SubjectKind.WINDOW else ""
    return (
        f"工作人员平均得分 {mean} × {card.staff_weight}% ＋ 窗口得分 {points_text(own)} × "
        f"{card.own_weight}% ＝ {shown(score)} 分（{say_article(FORMULA)}{local}）。"
    )
