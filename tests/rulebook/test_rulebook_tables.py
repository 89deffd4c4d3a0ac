"""The deduction tables and grounds of the packaged edition, against the regulations by hand."""

from collections import Counter
from decimal import Decimal
from typing import Any

import pytest
from tests.rulebook.test_rulebook_rules import PACKAGED, document, problems_of

from yimen.domains.rulebook.enums import Basis, Measure, Proof, TableKind, Target
from yimen.domains.rulebook.rules_reading import parse_edition

EDITION = parse_edition(PACKAGED)

AREAS = {
    # area: cap, the points of each row in the order of the source, their sum
    "hygiene.window": ("6", "0.1 0.1 0.2 0.1 0.1 0.1 1 0.2 0.2 0.1 0.1 0.3 0.5 0.2 0.1", "3.4"),
    "hygiene.office": (
        "10",
        "0.1 0.2 0.2 0.2 0.1 0.2 0.5 0.3 0.5 1 0.5 0.2 0.5 0.5 0.2 0.1",
        "5.3",
    ),
    "hygiene.floor2.hall": (
        "50",
        "0.2 0.5 0.2 0.2 0.1 0.1 0.2 0.1 0.1 0.2 0.1 0.1 0.2 0.1 0.2 0.2 0.1 0.1 0.1 0.1 0.1 0.1",
        "3.4",
    ),
    "hygiene.floor2.stairs": ("20", "0.1 0.1 0.1 0.1 0.5 0.5 0.2 0.2", "1.8"),
    "hygiene.floor2.toilets": (
        "30",
        "0.2 0.5 1 0.5 0.5 0.5 0.5 0.5 0.5 0.2 0.5 0.5 0.5 0.5 0.5 0.5",
        "7.9",
    ),
    "hygiene.floor3.corridor": ("30", "0.5 0.5 0.5 0.2 0.2 0.5 1 0.5 0.5 0.5", "4.9"),
    "hygiene.floor3.toilets": (
        "30",
        "0.2 0.5 1 0.5 0.5 0.5 0.5 0.5 0.5 0.2 0.5 0.5 0.5 0.5 0.5 0.5",
        "7.9",
    ),
    "hygiene.floor3.meeting": ("30", "0.5 0.5 0.5 0.2 0.2 0.5 0.2 0.2 0.5 1 0.5", "4.8"),
    "hygiene.floor3.vending": ("10", "0.5 0.5", "1.0"),
    "security.guard": (None, "10 5 10 10 5 5 5 5 5 5 5 0.1 5 2 10 2", "89.1"),
    "conduct.prohibition": (None, "1 1 1 1 1 1 1 1 2", "10"),
    "conduct.language": (None, "1 1 1 1 1 1 1", "7"),
    "conduct.attitude": (None, "1 1 1", "3"),
    "conduct.appearance": (None, "1 1 1", "3"),
    "conduct.quality": (None, "1 1 1", "3"),
    "conduct.discipline": (None, "1 1 1 1 1 1", "6"),
    "conduct.desk": (None, "1 1 1", "3"),
    "conduct.phrases": (None, "2 2 2 2 2 2 2 2 2 2 2 2 2", "26"),
    "computers": (None, "1 1 1 1 1 1 1 1", "8"),
}


def test_every_area_has_a_table_of_values_here() -> None:
    assert [area.code for table in EDITION.tables for area in table.areas] == list(AREAS)


@pytest.mark.parametrize("code", AREAS)
def test_every_row_of_every_area_has_its_points_under_the_areas_cap(code: str) -> None:
    cap, points, total = AREAS[code]
    [table] = [t for t in EDITION.tables if any(area.code == code for area in t.areas)]
    [area] = [area for area in table.areas if area.code == code]
    assert area.cap == (None if cap is None else Decimal(cap))
    assert [row.points for row in area.rows] == [Decimal(one) for one in points.split()]
    assert sum(row.points for row in area.rows) == Decimal(total)
    assert {row.area_code for row in area.rows} == {code}
    assert {table.area_of(row) for row in area.rows} == {area}


def test_the_four_hygiene_tables_have_116_rows_with_the_third_floors_toilets() -> None:
    hygiene = [table for table in EDITION.tables if table.code.startswith("hygiene.")]
    assert {table.code: len(table.rows) for table in hygiene} == {
        "hygiene.window": 15,
        "hygiene.office": 16,
        "hygiene.floor2": 22 + 8 + 16,
        "hygiene.floor3": 10 + 16 + 11 + 2,
    }
    assert sum(len(table.rows) for table in hygiene) == 116


def test_the_third_floors_toilets_use_the_second_floors_rows() -> None:
    [second] = [a for a in EDITION.table("hygiene.floor2").areas if a.code.endswith("toilets")]
    [third] = [a for a in EDITION.table("hygiene.floor3").areas if a.code.endswith("toilets")]
    assert [(row.number, row.label, row.points) for row in second.rows] == [
        (row.number, row.label, row.points) for row in third.rows
    ]
    assert EDITION.row("hygiene.floor3.toilets.03").article == "HYGIENE 附件(三楼卫生间)3"
    assert EDITION.row("hygiene.floor3.toilets.03").table_code == "hygiene.floor3"


def test_only_row_15_of_the_windows_spares_the_person() -> None:
    spared = [row.code for table in EDITION.tables for row in table.rows if row.is_window_only]
    assert spared == ["hygiene.window.15"]


def test_conduct_has_every_article_and_every_forbidden_phrase() -> None:
    conduct = EDITION.table("conduct")
    assert [len(area.rows) for area in conduct.areas] == [9, 7, 3, 3, 3, 6, 3, 13]
    assert EDITION.row("conduct.prohibition.09").article == "CONDUCT 一(九)"
    assert EDITION.row("conduct.desk.02").article == "CONDUCT 七(二)"
    assert EDITION.row("conduct.phrases.13").article == "CREED 服务忌语13"
    assert {row.basis for row in conduct.rows} == {Basis.LOCAL}


def test_the_guards_table_gives_dress_two_deductions_and_the_entrance_the_hygiene_points() -> None:
    table = EDITION.table("security.guard")
    assert [row.number for row in table.rows] == [1, *range(1, 16)]
    assert EDITION.points("security.guard.01a") == Decimal(10)
    assert EDITION.points("security.guard.01b") == Decimal(5)
    # the telephone costs points only from so long on, and who writes it down must see that
    assert EDITION.rule("guards.phone_occupied").text in EDITION.row("security.guard.10").label
    entrance = EDITION.row("security.guard.11")
    assert entrance.basis is Basis.LOCAL
    assert entrance.points == EDITION.points("hygiene.floor2.hall.19")
    assert entrance.points == EDITION.points("hygiene.floor2.hall.20")


def test_row_codes_are_unique_and_asked_for_like_values() -> None:
    codes = [row.code for table in EDITION.tables for row in table.rows]
    assert len(codes) == len(set(codes))
    assert EDITION.points("hygiene.window.07") == Decimal(1)
    assert EDITION.hundredths("hygiene.window.03") == EDITION.row("hygiene.window.03").hundredths
    assert EDITION.hundredths("hygiene.window.03") == 20
    assert EDITION.has_row("hygiene.window.15")
    assert not EDITION.has_row("hygiene.window.16")
    with pytest.raises(KeyError):
        EDITION.points("hygiene.window.16")
    assert [table.code for table in EDITION.tables_for(TableKind.CLEANERS)] == [
        "hygiene.floor2",
        "hygiene.floor3",
    ]


# Grounds


def test_every_ground_of_discipline_is_there() -> None:
    counted = Counter(ground.code.partition(".")[0] for ground in EDITION.grounds)
    assert counted == {
        "discipline": 21 + 19,
        "firstask": 8,
        "promise": 16,
        "abpost": 4,
        "timelimit": 7,
        "reject": 8,
        "once": 5,
        "derelict": 6,
        "disclose": 2,
        "duty": 2,
        "mgmt": 2,
        "conduct": 2,
        "appraise": 2,
    }
    for measure, count in ((Measure.ADMONITION, 21), (Measure.WARNING, 19)):
        listed = [g for g in EDITION.grounds if g.code.startswith(f"discipline.{measure}.")]
        assert len(listed) == count
        assert {(g.measure, g.target) for g in listed} == {(measure, Target.PERSON)}
        assert len({g.article for g in listed}) == count


@pytest.mark.parametrize(
    ("code", "measure", "target", "proof", "times"),
    [
        ("discipline.admonition.03", "admonition", "person", "second_supplement", 1),
        ("discipline.admonition.06", "admonition", "person", "overdue_case", 1),
        ("discipline.admonition.15", "admonition", "person", "complaint", 1),
        ("discipline.admonition.18", "admonition", "person", "late_entry", 1),
        ("discipline.admonition.19", "admonition", "person", "finding", 1),
        ("discipline.admonition.21", "admonition", "person", None, None),
        ("discipline.warning.13", "warning", "person", "admonition", 2),
        ("discipline.warning.18", "warning", "person", "absence", 1),
        ("promise.03", "admonition", "window", "overdue_case", 1),
        ("promise.04", "warning", "window", "overdue_case", 2),
        ("promise.05", "admonition", "person", "overdue_case", 1),
        ("promise.06", "warning", "person", "overdue_case", 2),
        ("reject.03", "admonition", "person", "refusal_not_filed", 1),
        ("reject.04", "warning", "person", "refusal_beyond_authority", 1),
        ("reject.05", "warning", "person", "refusal_form_missing", 1),
        ("reject.06", "warning", "person", "refusal_late", 1),
        ("reject.07", "warning", "person", "refusal_not_notified", 1),
        ("reject.08", "admonition", "person", "materials_not_returned", 1),
        ("timelimit.05", "warning", "person", None, None),
        ("duty.01", "admonition", "leader", None, None),
        ("appraise.01", "admonition", "person", "low_month", 2),
        ("appraise.02", "sent_back", "person", "low_month", 3),
    ],
)
def test_a_ground_leads_to_its_measure_by_its_proof(
    code: str, measure: str, target: str, proof: str | None, times: int | None
) -> None:
    ground = EDITION.ground(code)
    assert (ground.measure, ground.target) == (Measure(measure), Target(target))
    assert (ground.proof, ground.times) == (Proof(proof) if proof else None, times)


def test_grounds_proved_by_findings_name_rows_that_are_in_a_table() -> None:
    named = {row for ground in EDITION.grounds for row in ground.rows}
    assert {EDITION.row(row).table_code for row in named} == {"conduct"}
    assert {g.code for g in EDITION.grounds if g.rows} == {
        g.code for g in EDITION.grounds if g.proof is Proof.FINDING
    }


# What is said of faulty ones


def area(of: dict[str, Any], code: str) -> dict[str, Any]:
    found: dict[str, Any] = next(a for t in of["tables"] for a in t["areas"] if a["code"] == code)
    return found


def ground(of: dict[str, Any], code: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in of["grounds"] if one["code"] == code)
    return found


def test_a_row_that_repeats_is_told() -> None:
    changed = document()
    rows = area(changed, "hygiene.window")["rows"]
    rows.append(dict(rows[6]))
    assert problems_of(changed) == ["区域 hygiene.window 的扣分项 hygiene.window.07 重复出现。"]


@pytest.mark.parametrize("code", ["hygiene.window", "hygiene.office", "hygiene.floor3.vending"])
def test_a_hygiene_area_without_its_cap_is_told(code: str) -> None:
    changed = document()
    del area(changed, code)["cap"]
    assert f"区域 {code} 没有写明最多扣多少分（cap）。" in problems_of(changed)


def test_cleaners_areas_that_do_not_make_a_hundred_are_told() -> None:
    changed = document()
    area(changed, "hygiene.floor2.hall")["cap"] = "40"
    assert problems_of(changed) == ["表 hygiene.floor2 各区域的 cap 合计 90 分，应为 100 分。"]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"points": 0.1}, '加引号、至多两位小数的数，例如 "0.5"'),
        ({"points": "0.125"}, "至多两位小数"),
        ({"points": "-1"}, "至多两位小数"),
        ({"points": "0"}, "应大于 0"),
        ({"points": "101"}, "不超过 100"),
        ({"points_of": "points.conduct"}, "应写 points 或 points_of 其中一项"),
        ({"number": 0}, "1 到 99 的整数"),
        ({"number": True}, "1 到 99 的整数"),
        ({"part": "z"}, "a 到 h 的一个字母"),
        ({"part": "ab"}, "a 到 h 的一个字母"),
        ({"label": ""}, "label 应为文字"),
        ({"basis": "custom"}, "basis 只能是"),
        ({"article": "地面"}, "article 应为制度代码加条款"),
        ({"window_only": "yes"}, "只能是 true 或 false"),
        ({"colour": "red"}, "不认识的项 colour"),
    ],
)
def test_a_faulty_row_is_told_in_words_with_its_place(fields: dict[str, Any], said: str) -> None:
    changed = document()
    area(changed, "hygiene.window")["rows"][6].update(fields)
    problems = problems_of(changed)
    assert len(problems) == 1
    assert said in problems[0]
    assert "区域 hygiene.window" in problems[0]


def test_points_may_be_those_of_a_value_that_counts_points() -> None:
    changed = document()
    rows = area(changed, "conduct.desk")["rows"]
    rows[0]["points_of"] = "attendance.late_early"
    assert "points_of 应为 values 里一个以分计的代码" in "\n".join(problems_of(changed))
    for value in changed["values"]:
        if value["code"] == "points.conduct":
            value["value"] = "1.5"
    rows[0]["points_of"] = "points.conduct"
    assert problems_of(changed) == []


def test_row_15_belongs_to_windows_only() -> None:
    changed = document()
    area(changed, "hygiene.office")["rows"][15]["window_only"] = True
    [problem] = problems_of(changed)
    assert "不能写 window_only" in problem


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"same_rows_as": "hygiene.floor9.hall"}, "应为写在它前面的区域"),
        ({"rows": []}, "应写 rows 或 same_rows_as 其中一项"),
        ({"code": "toilets"}, "应为 hygiene.floor3，或以它加点开头"),
        ({"code": "hygiene.floor3.meeting"}, "区域 hygiene.floor3.meeting 重复出现"),
    ],
)
def test_a_faulty_area_is_told(fields: dict[str, Any], said: str) -> None:
    changed = document()
    area(changed, "hygiene.floor3.toilets").update(fields)
    assert said in "\n".join(problems_of(changed))


def test_a_missing_and_a_second_table_of_a_kind_are_told() -> None:
    changed = document()
    changed["tables"] = [t for t in changed["tables"] if t["kind"] != "guards"]
    office = next(t for t in changed["tables"] if t["kind"] == "offices")
    office["kind"] = "windows"
    assert problems_of(changed) == [
        "窗口卫生的表（kind: windows）只能有一张。",
        "缺少办公室卫生的表（kind: offices）。",
        "缺少保安考评的表（kind: guards）。",
    ]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"measure": "fine"}, "measure 只能是"),
        ({"target": "family"}, "target 只能是"),
        ({"proof": "rumour", "times": 1}, "proof 只能是"),
        ({"proof": "overdue_case"}, "proof 和 times 应同时填写"),
        ({"proof": "overdue_case", "times": 0}, "times 应为 1 到 99 的整数"),
        ({"proof": "finding", "times": 1}, "必须写 rows"),
        ({"rows": ["conduct.desk.01"]}, "才写、也必须写 rows"),
        (
            {"proof": "finding", "times": 1, "rows": ["conduct.desk.99"]},
            "没有扣分项 conduct.desk.99",
        ),
        ({"article": "DISCIPLINE"}, "article 应为制度代码加条款"),
        ({"code": "discipline.admonition.01"}, "重复出现"),
    ],
)
def test_a_faulty_ground_is_told(fields: dict[str, Any], said: str) -> None:
    changed = document()
    ground(changed, "discipline.admonition.02").update(fields)
    problems = problems_of(changed)
    assert len(problems) == 1
    assert said in problems[0]


def test_shares_that_do_not_make_a_whole_are_told() -> None:
    changed = document()
    for value in changed["values"]:
        if value["code"] == "scoring.year_review_share":
            value["value"] = 11
    assert problems_of(changed) == [
        "scoring.year_staff_share、scoring.year_months_share、scoring.year_review_share"
        " 合计应为 100%，现为 101%。"
    ]
