"""Editions of the rulebook: the packaged one, faulty ones, and which one judges a day."""

from datetime import date, time
from decimal import Decimal
from importlib import resources
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from yimen.domains.rulebook.enums import OPERATOR_OF_WORD, UNIT_OF_CODE, Basis, Operator, Unit
from yimen.domains.rulebook.rules import (
    Edition,
    NoEditionInForce,
    RuleValue,
    edition_in_force,
)
from yimen.domains.rulebook.rules_checks import EditionFaulty
from yimen.domains.rulebook.rules_reading import parse_edition
from yimen.domains.rulebook.service import EditionNotFound, RulebookService, check_edition

PACKAGED = (resources.files("yimen.domains.rulebook") / "editions" / "2008-01.yaml").read_text(
    encoding="utf-8"
)


def document() -> dict[str, Any]:
    found: dict[str, Any] = yaml.load(
        PACKAGED, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    )
    return found


def item(of: dict[str, Any], code: str) -> dict[str, Any]:
    found: dict[str, Any] = next(value for value in of["values"] if value["code"] == code)
    return found


def problems_of(changed: object) -> list[str]:
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    return check_edition(yaml.dump(changed, Dumper=dumper, allow_unicode=True))


def problems_with(code: str, **fields: object) -> list[str]:
    """What is said of the packaged edition with some fields of one value changed."""
    changed = document()
    item(changed, code).update(fields)
    return problems_of(changed)


def test_the_packaged_edition_is_sound_and_has_every_value_that_code_reads() -> None:
    edition = parse_edition(PACKAGED)
    assert check_edition(PACKAGED) == []
    assert {value.code for value in edition.values} == UNIT_OF_CODE.keys()
    assert edition.takes_effect_on == date(2008, 1, 1)


@pytest.mark.parametrize(
    ("code", "text", "article", "basis"),
    [
        ("office_hours.summer.starts_on", "5月1日", "ATTEND 一(一)", Basis.LOCAL),
        ("office_hours.summer.morning_opens", "10:00", "ATTEND 一(一)", Basis.REGULATION),
        ("office_hours.summer.morning_closes", "14:00", "ATTEND 一(一)", Basis.REGULATION),
        ("office_hours.summer.afternoon_opens", "16:00", "ATTEND 一(一)", Basis.REGULATION),
        ("office_hours.summer.afternoon_closes", "20:00", "ATTEND 一(一)", Basis.REGULATION),
        ("office_hours.winter.starts_on", "10月1日", "ATTEND 一(一)", Basis.LOCAL),
        ("office_hours.winter.morning_opens", "10:00", "ATTEND 一(一)", Basis.REGULATION),
        ("office_hours.winter.morning_closes", "14:00", "ATTEND 一(一)", Basis.REGULATION),
        ("office_hours.winter.afternoon_opens", "15:30", "ATTEND 一(一)", Basis.REGULATION),
        ("office_hours.winter.afternoon_closes", "19:30", "ATTEND 一(一)", Basis.REGULATION),
        ("calendar.next_year_warned_from", "11月1日", "ATTEND 一(一)", Basis.LOCAL),
        ("calendar.regional_festivals", "2个节日", "ATTEND 一(一)", Basis.LOCAL),
        ("cases.deemed_acceptance_days", "5个工作日以内", "行政许可法 32", Basis.REGULATION),
        ("cases.supplement_lapse_days", "30个工作日以内", "ONCE 二", Basis.LOCAL),
        ("cases.late_entry_days", "超过1个工作日", "DISCIPLINE 五(十八)", Basis.LOCAL),
        ("cases.due_soon_days", "2个工作日以内", "MGMT 十二", Basis.LOCAL),
        ("cases.visits_to_avoid", "3次以上", "PROMISE 一", Basis.REGULATION),
        ("cases.extension_days", "10个工作日以内", "TIMELIMIT 三", Basis.LOCAL),
        ("cases.extensions", "1次以内", "TIMELIMIT 三", Basis.LOCAL),
        ("cases.suspension_days.reported", "60个工作日以内", "MGMT 十一(六)", Basis.LOCAL),
        ("cases.suspension_days.hearing", "20个工作日以内", "行政许可法 45", Basis.LOCAL),
        ("cases.suspension_days.expert_review", "30个工作日以内", "行政许可法 45", Basis.LOCAL),
        ("cases.suspension_days.on_site_survey", "10个工作日以内", "MGMT 十一(七)", Basis.LOCAL),
        ("cases.suspension_days.testing", "30个工作日以内", "行政许可法 45", Basis.LOCAL),
        ("cases.opinion_days", "3个工作日以内", "MGMT 十一(四)", Basis.LOCAL),
        ("cases.documents_days", "20个工作日以内", "MGMT 十一(三)", Basis.LOCAL),
        ("items.permit_days", "20个工作日以内", "行政许可法 42", Basis.REGULATION),
        ("rejections.decision_days", "3个工作日以内", "REJECT 三", Basis.LOCAL),
        ("conferences.opinion_days", "3个工作日以内", "MGMT 十六", Basis.LOCAL),
        ("ratings.follow_up_days", "5个工作日以内", "MGMT 三十三", Basis.LOCAL),
        ("leave.director_alone_half_days", "2个半天以内", "ATTEND 二(四)", Basis.REGULATION),
        ("leave.substitute_half_days", "4个半天以上", "ATTEND 二(三)", Basis.REGULATION),
        ("leave.substitute_alone_half_days", "2个半天以上", "ATTEND 二(三)", Basis.REGULATION),
        ("attendance.day_begins", "05:00", "ATTEND 一(三)", Basis.LOCAL),
        ("attendance.same_touch", "2分钟以内", "ATTEND 一(三)", Basis.LOCAL),
        ("attendance.away", "超过120分钟", "ATTEND 三(六)", Basis.REGULATION),
        ("attendance.late_early", "4次以上", "ATTEND 三(五)", Basis.REGULATION),
        ("inspections.refusal_days", "3个工作日以内", "APPRAISE 四(三)", Basis.LOCAL),
        ("scoring.base_points", "100分", "APPRAISE 三", Basis.REGULATION),
        ("scoring.month_staff_share", "40%", "APPRAISE 三", Basis.REGULATION),
        ("scoring.month_own_share", "60%", "APPRAISE 三", Basis.REGULATION),
        ("scoring.year_staff_share", "20%", "APPRAISE 三", Basis.REGULATION),
        ("scoring.year_months_share", "70%", "APPRAISE 三", Basis.REGULATION),
        ("scoring.year_review_share", "10%", "APPRAISE 三", Basis.REGULATION),
        ("scoring.low_month", "65分以下", "APPRAISE 六(二)", Basis.REGULATION),
        ("points.late", "0.5分", "ATTEND 一(五)", Basis.LOCAL),
        ("points.early", "0.5分", "ATTEND 一(五)", Basis.LOCAL),
        ("points.missing_punch", "0.5分", "ATTEND 一(三)", Basis.LOCAL),
        ("points.half_day_absence", "5分", "ATTEND 三", Basis.LOCAL),
        ("points.away", "1分", "ATTEND 一(二)", Basis.LOCAL),
        ("points.conduct", "1分", "CONDUCT 八", Basis.LOCAL),
        ("points.forbidden_phrase", "2分", "CONDUCT 一(九)", Basis.LOCAL),
        ("points.computer", "1分", "VIRUS 11", Basis.LOCAL),
        ("points.overdue_case", "2分", "MGMT 十二", Basis.LOCAL),
        ("points.second_supplement", "1分", "PROMISE 一", Basis.LOCAL),
        ("points.late_entry", "0.5分", "DISCIPLINE 五(十八)", Basis.LOCAL),
        ("points.refusal_not_filed", "3分", "REJECT 七2", Basis.LOCAL),
        ("points.complaint", "5分", "MGMT 三十二", Basis.LOCAL),
        ("points.bad_rating", "1分", "MGMT 三十二", Basis.LOCAL),
        ("points.staff_change", "5分", "MGMT 二十三", Basis.LOCAL),
        ("points.information", "1分", "NEWS 三", Basis.LOCAL),
        ("points.commendation", "1分", "APPRAISE 二", Basis.LOCAL),
        ("points.leader_visit", "2分", "LIAISON 六", Basis.REGULATION),
        ("liaison.quarterly_visits", "不少于1次", "LIAISON 六", Basis.REGULATION),
        ("news.monthly_articles", "2篇", "NEWS 三", Basis.REGULATION),
        ("news.missing_article", "20元", "NEWS 四(二)", Basis.REGULATION),
        ("news.reward.centre", "5元", "NEWS 四(一)", Basis.REGULATION),
        ("news.reward.city", "15元", "NEWS 四(一)", Basis.REGULATION),
        ("news.reward.prefecture", "30元", "NEWS 四(一)", Basis.REGULATION),
        ("news.reward.region", "60元", "NEWS 四(一)", Basis.REGULATION),
        ("news.reward.nation", "100元", "NEWS 四(一)", Basis.REGULATION),
        ("news.instruction.prefecture", "40元", "NEWS 四(一)", Basis.REGULATION),
        ("news.instruction.region", "60元", "NEWS 四(一)", Basis.REGULATION),
        ("news.instruction.nation", "100元", "NEWS 四(一)", Basis.REGULATION),
        ("guards.phone_occupied", "超过3分钟", "SECURITY 考评标准10", Basis.REGULATION),
        ("guards.low_month", "低于60分", "SECURITY 备注1", Basis.REGULATION),
        ("guards.low_months", "2个月", "SECURITY 备注1", Basis.REGULATION),
        ("guards.low_year", "低于60分", "SECURITY 备注2", Basis.REGULATION),
        ("discipline.appeal_days", "5个工作日以内", "DISCIPLINE 十一", Basis.REGULATION),
        ("discipline.appeal_decision_days", "10个工作日以内", "DISCIPLINE 十一", Basis.REGULATION),
        ("year.warnings_not_excellent", "达1次", "DISCIPLINE 九", Basis.REGULATION),
        ("year.warnings_incompetent", "达2次", "DISCIPLINE 九", Basis.REGULATION),
        ("year.warnings_last_year", "2次以上", "DISCIPLINE 九", Basis.REGULATION),
        ("awards.excellent_share", "10%", "APPRAISE 六(一)", Basis.REGULATION),
        ("awards.good_share", "15%", "APPRAISE 六(一)", Basis.REGULATION),
        ("awards.person_admonitions", "达2次", "APPRAISE 六(二)", Basis.REGULATION),
        ("awards.person_warnings", "达1次", "APPRAISE 六(二)", Basis.REGULATION),
        ("awards.window_admonitions", "达3次", "DISCIPLINE 十", Basis.REGULATION),
        ("awards.window_warnings", "1次以上", "DISCIPLINE 十", Basis.REGULATION),
        ("agencies.last_places_removed", "2年", "APPRAISE 六(四)", Basis.REGULATION),
    ],
)
def test_each_packaged_value_has_its_article_and_basis(
    code: str, text: str, article: str, basis: Basis
) -> None:
    value = parse_edition(PACKAGED).rule(code)
    assert (value.text, value.article, value.basis) == (text, article, basis)


def test_values_are_asked_for_by_code_in_their_own_type() -> None:
    edition = parse_edition(PACKAGED)
    assert edition.integer("cases.deemed_acceptance_days") == 5
    assert edition.time("office_hours.winter.afternoon_opens") == time(15, 30)
    assert edition.month_day("office_hours.winter.starts_on") == (10, 1)
    with pytest.raises(AssertionError):
        edition.integer("office_hours.winter.starts_on")
    with pytest.raises(AssertionError):
        edition.time("cases.due_soon_days")
    with pytest.raises(AssertionError):
        edition.month_day("cases.due_soon_days")
    assert edition.points("points.late") == Decimal("0.5")
    assert edition.hundredths("points.late") == 50
    assert edition.yuan("news.missing_article") == Decimal(20)
    assert edition.percent("awards.good_share") == 15
    with pytest.raises(AssertionError):
        edition.points("news.missing_article")
    with pytest.raises(AssertionError):
        edition.percent("attendance.late_early")
    with pytest.raises(KeyError):
        edition.rule("cases.unheard_of")


def threshold(word: str) -> RuleValue:
    return RuleValue(
        code="cases.visits_to_avoid",
        label="测试界限",
        value=4,
        unit=Unit.TIMES,
        article="ATTEND 三(五)",
        basis=Basis.REGULATION,
        word=word,
        operator=OPERATOR_OF_WORD[word],
    )


@pytest.mark.parametrize(
    ("word", "below", "on_it", "above"),
    [
        ("以上", False, True, True),
        ("达", False, True, True),
        ("不少于", False, True, True),
        ("以下", True, True, False),
        ("以内", True, True, False),
        ("超过", False, False, True),
        ("以外", False, False, True),
        ("低于", True, False, False),
        ("不满", True, False, False),
    ],
)
def test_a_threshold_includes_or_excludes_its_number_as_its_word_has_it(
    word: str, below: bool, on_it: bool, above: bool
) -> None:
    found = threshold(word)
    assert [found.is_met_by(n) for n in (3, 4, 5)] == [below, on_it, above]


@pytest.mark.parametrize(
    ("code", "score", "met"),
    [
        ("scoring.low_month", "64.99", True),
        ("scoring.low_month", "65.00", True),
        ("scoring.low_month", "65.01", False),
        ("guards.low_month", "59.9", True),
        ("guards.low_month", "60.0", False),
        ("guards.low_year", "59.99", True),
        ("guards.low_year", "60", False),
    ],
)
def test_a_score_is_low_at_65_for_staff_and_below_60_for_guards(
    code: str, score: str, met: bool
) -> None:
    assert parse_edition(PACKAGED).rule(code).is_met_by(Decimal(score)) is met


def test_only_thresholds_can_be_met() -> None:
    edition = parse_edition(PACKAGED)
    with pytest.raises(AssertionError):
        edition.rule("calendar.regional_festivals").is_met_by(2)
    with pytest.raises(AssertionError):
        edition.rule("office_hours.summer.starts_on").is_met_by(2)


@pytest.mark.parametrize("word", OPERATOR_OF_WORD)
@pytest.mark.parametrize("operator", Operator)
def test_an_edition_whose_operator_contradicts_its_word_does_not_load(
    word: str, operator: Operator
) -> None:
    problems = problems_with("cases.visits_to_avoid", word=word, operator=operator.value)
    if operator is OPERATOR_OF_WORD[word]:
        assert problems == []
    else:
        assert len(problems) == 1
        assert f"“{word}”" in problems[0]
        assert f"应为 {OPERATOR_OF_WORD[word].value}" in problems[0]


@pytest.mark.parametrize(
    ("code", "fields", "said"),
    [
        ("cases.due_soon_days", {"value": "2"}, "不小于 0 的整数"),
        ("cases.due_soon_days", {"value": -1}, "不小于 0 的整数"),
        ("cases.due_soon_days", {"value": True}, "不小于 0 的整数"),
        ("cases.due_soon_days", {"value": 1.5}, "不小于 0 的整数"),
        ("cases.due_soon_days", {"value": 10**9}, "不小于 0 的整数"),
        ("cases.due_soon_days", {"unit": "times"}, "unit 应为 working_days"),
        ("cases.due_soon_days", {"unit": "weeks"}, "unit 只能是"),
        ("cases.due_soon_days", {"basis": "custom"}, "basis 只能是 regulation、local"),
        ("cases.due_soon_days", {"basis": []}, "basis 只能是 regulation、local"),
        ("cases.due_soon_days", {"article": "ATEND 一"}, "article 应为制度代码加条款"),
        ("cases.due_soon_days", {"article": "ATTEND"}, "article 应为制度代码加条款"),
        ("cases.due_soon_days", {"article": 12}, "article 应为文字"),
        ("cases.due_soon_days", {"label": "  "}, "label 应为文字"),
        ("cases.due_soon_days", {"word": "左右"}, "word 只能是"),
        ("cases.due_soon_days", {"word": None}, "word 只能是"),
        ("cases.due_soon_days", {"word": None, "operator": None}, "是界限，应有 word"),
        ("scoring.low_month", {"word": None, "operator": None}, "是界限，应有 word"),
        ("scoring.low_month", {"word": "低于"}, "operator 应为 <"),
        ("guards.low_month", {"operator": "<="}, "operator 应为 <"),
        ("points.late", {"value": 0.5}, "加引号、至多两位小数"),
        ("points.late", {"value": "0.555"}, "至多两位小数"),
        ("points.late", {"unit": "yuan"}, "unit 应为 points"),
        ("cases.due_soon_days", {"points": 3}, "不认识的项 points"),
        ("office_hours.summer.starts_on", {"value": "5-1"}, "每年都有的月-日"),
        ("office_hours.summer.starts_on", {"value": "02-29"}, "每年都有的月-日"),
        ("office_hours.summer.starts_on", {"value": "13-01"}, "每年都有的月-日"),
        ("office_hours.summer.starts_on", {"value": "10-01"}, "不能从同一天开始"),
        ("office_hours.winter.morning_opens", {"value": "24:00"}, "加引号的时刻"),
        ("office_hours.winter.morning_opens", {"value": 600}, "加引号的时刻"),
        ("office_hours.winter.morning_opens", {"value": "14:00"}, "冬季的上下班时刻应依次"),
        ("office_hours.summer.afternoon_opens", {"value": "13:00"}, "夏季的上下班时刻应依次"),
        (
            "office_hours.summer.afternoon_opens",
            {"word": "以上", "operator": ">="},
            "不是数量，不能有 word",
        ),
    ],
)
def test_a_faulty_value_is_told_in_words_with_its_code(
    code: str, fields: dict[str, object], said: str
) -> None:
    problems = problems_with(code, **fields)
    assert len(problems) == 1
    assert said in problems[0]
    if "时刻应依次" not in said and "同一天" not in said:
        assert code in problems[0]


def test_a_missing_a_doubled_and_an_unknown_code_are_told() -> None:
    changed = document()
    item(changed, "cases.extensions")["code"] = "cases.extnsions"
    changed["values"].append(dict(item(changed, "cases.due_soon_days")))
    assert problems_of(changed) == [
        "cases.due_soon_days 重复出现。",
        "缺少 cases.extensions。",
        "cases.extnsions 不是系统使用的代码。",
    ]


def test_all_problems_are_told_at_once() -> None:
    changed = document()
    changed["takes_effect_on"] = date(2018, 11, 2)
    changed["remark"] = "x"
    del changed["title"]
    item(changed, "cases.visits_to_avoid").update(operator=">")
    del item(changed, "cases.extensions")["article"]
    changed["values"].append("text")
    with pytest.raises(EditionFaulty) as caught:
        parse_edition(yaml.safe_dump(changed, allow_unicode=True))
    said = "\n".join(caught.value.problems)
    for part in (
        "文件缺少 title",
        "文件有不认识的项 remark",
        "takes_effect_on 应为某月 1 日",
        "写的是“以上”，operator 应为 >=",
        "（cases.extensions）缺少 article",
        f"第 {len(changed['values'])} 条应由",
    ):
        assert part in said
    assert len(caught.value.problems) == 6


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "文件开头应为"),
        ("- a\n- b\n", "文件开头应为"),
        ("code: [\n", "第 2 行不是有效的 YAML"),
        ("code: 1\ntitle: 'x\n", "不是有效的 YAML"),
        ("code: \x00", "不是有效的 YAML"),
        ("takes_effect_on: 2018-13-01\n", "不是有效的 YAML"),
        ("code: !!python/object/apply:os.getcwd []\n", "不是有效的 YAML"),
        ("[" * 300_000, "嵌套过深"),
        ("- " * 100_000, "嵌套过深"),
        ("values: &a [1]\ntables: *a\n", "第 2 行嵌套过深，或用了 YAML 的引用"),
        ("values:\n  - code: a\n    value: 1\n    value: 2\n", "第 2 行所在的条目里有一项写了两遍"),
    ],
)
def test_a_text_that_is_no_edition_is_refused_in_words(text: str, said: str) -> None:
    problems = check_edition(text)
    assert len(problems) == 1
    assert said in problems[0]


@pytest.mark.parametrize("content", [3, {}, [], None])
@pytest.mark.parametrize("part", ["values", "tables", "grounds"])
def test_a_part_that_is_no_list_is_told(part: str, content: object) -> None:
    assert f"文件的 {part} 应为条目列表。" in problems_of(document() | {part: content})


@pytest.mark.parametrize(
    ("part", "said"),
    [
        ("values", "第 1 条应由 code、label、value 等项组成。"),
        ("tables", "第 1 张表应由 code、label、areas 等项组成。"),
        ("grounds", "第 1 种情形应由 code、label、article 等项组成。"),
    ],
)
def test_an_entry_that_is_no_mapping_is_told(part: str, said: str) -> None:
    assert said in problems_of(document() | {part: ["text"]})


def edition(code: str, takes_effect_on: date) -> Edition:
    return Edition(code=code, title=code, takes_effect_on=takes_effect_on, values=())


@pytest.mark.parametrize(
    ("day", "season"),
    [
        ("2026-01-01", "winter"),
        ("2026-04-30", "winter"),
        ("2026-05-01", "summer"),
        ("2026-09-30", "summer"),
        ("2026-10-01", "winter"),
        ("2026-12-31", "winter"),
    ],
)
def test_the_seasons_change_on_their_days(day: str, season: str) -> None:
    packaged = parse_edition(PACKAGED)
    on = date.fromisoformat(day)
    afternoon = (time(16), time(20)) if season == "summer" else (time(15, 30), time(19, 30))
    assert packaged.season_on(on) == season
    assert packaged.shifts_on(on) == ((time(10), time(14)), afternoon)


def test_seasons_may_lie_the_other_way_round_in_the_year() -> None:
    changed = document()
    item(changed, "office_hours.summer.starts_on")["value"] = "10-01"
    item(changed, "office_hours.winter.starts_on")["value"] = "05-01"
    turned = parse_edition(yaml.safe_dump(changed, allow_unicode=True))
    days = ("2026-04-30", "2026-05-01", "2026-09-30", "2026-10-01")
    assert [turned.season_on(date.fromisoformat(day)) for day in days] == [
        "summer",
        "winter",
        "winter",
        "summer",
    ]


def test_the_latest_edition_that_had_taken_effect_judges_a_day() -> None:
    first, second = edition("a", date(2018, 11, 1)), edition("b", date(2020, 3, 1))
    both = [second, first]
    assert edition_in_force(both, date(2018, 11, 1)) is first
    assert edition_in_force(both, date(2020, 2, 29)) is first
    assert edition_in_force(both, date(2020, 3, 1)) is second
    with pytest.raises(NoEditionInForce):
        edition_in_force(both, date(2018, 10, 31))


def test_the_service_has_an_edition_for_every_day_of_the_calendar() -> None:
    rulebook = RulebookService()
    assert rulebook.edition_on(date(2008, 1, 1)).code == "2008-01"
    assert rulebook.edition_on(date(2031, 12, 31)).code == "2008-01"
    assert rulebook.edition("2008-01") is rulebook.editions()[0]
    with pytest.raises(EditionNotFound):
        rulebook.edition("2007-12")


PIECES = st.sampled_from(
    [
        "code: ", "title: ", "takes_effect_on: ", "values:\n", "tables:\n", "grounds:\n", "  - ",
        "- ", "{", "}", "[", "]", "&a ", "*a", "!!int ", "2018-11-01", "2018-13-40", "0x", "1e999",
        '"', "'", "|", ">", "#", "\n", "\t", ": ", ", ", "rows: ", "areas: ", "points: ", "null",
        "\x00", "\ufeff", "地面", "? ", "<<: ", "---\n", "...\n", "%YAML 9.9\n", "=", "9" * 5000,
    ]
)  # fmt: skip


@given(st.lists(PIECES, max_size=40).map("".join))
def test_whatever_the_text_is_it_is_answered_in_words(text: str) -> None:
    problems = check_edition(text)
    assert problems
    assert all(problem.endswith("。") for problem in problems)


@pytest.mark.parametrize(
    "value", ["!!int", "!!int ''", "!!float _", "!!bool x", "!!timestamp x", "0b_", "!!int '1:a'"]
)
def test_a_value_that_its_tag_cannot_hold_is_answered_in_words(value: str) -> None:
    [problem] = check_edition(f"code: {value}\n")
    assert "不是有效的 YAML" in problem


@given(st.integers(0, len(PACKAGED) - 1), st.integers(1, 400), PIECES)
@settings(max_examples=60, deadline=None)
def test_a_sound_edition_that_is_damaged_somewhere_is_answered_in_words(
    at: int, length: int, piece: str
) -> None:
    for problem in check_edition(PACKAGED[:at] + piece + PACKAGED[at + length :]):
        assert problem.endswith("。")
