"""The part of an edition that scores are made with: every rule's points, caps and weights."""

from decimal import Decimal

from yimen.domains.rulebook.enums import TableKind
from yimen.domains.rulebook.rules import Edition
from yimen.domains.scoring.enums import Indicator
from yimen.domains.scoring.rules import Rate, ScoreCard

INDICATORS = {
    "points.late": Indicator.DISCIPLINE,
    "points.early": Indicator.DISCIPLINE,
    "points.missing_punch": Indicator.DISCIPLINE,
    "points.half_day_absence": Indicator.DISCIPLINE,
    "points.away": Indicator.DISCIPLINE,
    "points.overdue_case": Indicator.CASES,
    "points.second_supplement": Indicator.CASES,
    "points.late_entry": Indicator.CASES,
    "points.refusal_not_filed": Indicator.CASES,
    "points.complaint": Indicator.COMPLAINTS,
    "points.bad_rating": Indicator.CONDUCT,
    "points.staff_change": Indicator.STAFFING,
    "points.information": Indicator.INFORMATION,
    "points.leader_visit": Indicator.BONUS,
    "points.commendation": Indicator.BONUS,
}
"""Values that are taken for each time, by what they assess (APPRAISE 二)."""

BONUSES = frozenset({"points.commendation"})

TABLE_INDICATORS = {
    TableKind.WINDOWS: Indicator.HYGIENE,
    TableKind.OFFICES: Indicator.HYGIENE,
    TableKind.CLEANERS: Indicator.HYGIENE,
    TableKind.GUARDS: Indicator.GUARDING,
    TableKind.CONDUCT: Indicator.CONDUCT,
    TableKind.COMPUTERS: Indicator.CONDUCT,
}


def card_of(edition: Edition) -> ScoreCard:
    """What an edition says about scores, in whole hundredths."""
    rates = {}
    for code, indicator in INDICATORS.items():
        value = edition.rule(code)
        points = edition.hundredths(code)
        rates[code] = Rate(
            code=code,
            label=value.label,
            indicator=indicator,
            points=-points if code in BONUSES else points,
            article=value.article,
            basis=value.basis,
        )
    for table in edition.tables:
        for row in table.rows:
            area = table.area_of(row)
            rates[row.code] = Rate(
                code=row.code,
                label=f"{area.label}：{row.label}",
                indicator=TABLE_INDICATORS[table.kind],
                points=row.hundredths,
                article=row.article,
                basis=row.basis,
                cap_group=None if area.cap is None else area.code,
                cap=None if area.cap is None else int(area.cap * 100),
            )
    return ScoreCard(
        edition_code=edition.code,
        base=edition.hundredths("scoring.base_points"),
        rates=rates,
        staff_weight=edition.percent("scoring.month_staff_share"),
        own_weight=edition.percent("scoring.month_own_share"),
        year_staff_weight=edition.percent("scoring.year_staff_share"),
        year_month_weight=edition.percent("scoring.year_months_share"),
        year_review_weight=edition.percent("scoring.year_review_share"),
        refusal_days=edition.integer("inspections.refusal_days"),
    )


def is_low_month(score: Decimal, edition: Edition) -> bool:
    """Whether a person's month counts as low: 65 or less (APPRAISE 六(二))."""
    return edition.rule("scoring.low_month").is_met_by(score)


def is_low_for_guard(score: Decimal, edition: Edition) -> bool:
    """Whether a guard's month is insufficient: below 60 (SECURITY 备注1)."""
    return edition.rule("guards.low_month").is_met_by(score)
