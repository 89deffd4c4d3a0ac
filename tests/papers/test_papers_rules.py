"""What the papers say, how they are numbered, hashed and coded, and where their lines go."""

import hashlib
import json
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.papers_factories import (
    APPLICANT,
    CASE,
    CODE,
    ISSUED_AT,
    SAMPLES,
    at,
    page_of,
    sample,
)

from yimen.domains.papers.enums import PaperKind
from yimen.domains.papers.rules import (
    CODE_SIGNS,
    Issue,
    PaperBody,
    PaperTable,
    cite,
    hash_of,
    mask_name,
    read_body,
    read_code,
    rejection_form,
    render_text,
    special_approval,
    write_code,
)
from yimen.domains.papers.rules_body import say_number
from yimen.domains.papers.rules_page import width_of

KINDS = list(PaperKind)


def text_of(body: PaperBody) -> str:
    return render_text(body, number="SL-2026-000012", issued_at=ISSUED_AT, verification_code=CODE)


def test_every_kind_has_a_paper_here() -> None:
    assert set(SAMPLES) == set(PaperKind)


def test_every_kind_has_a_series_of_its_own() -> None:
    series = [kind.series for kind in KINDS]
    assert len(set(series)) == len(KINDS)
    assert all(re.fullmatch("[A-Z]{2}", one) for one in series)
    assert "BJ" not in series  # the cases' own


@pytest.mark.parametrize("kind", KINDS)
def test_a_paper_is_titled_as_its_kind_and_cites_its_rule(kind: PaperKind) -> None:
    body = sample(kind)
    assert body.title == kind.label
    assert body.article == kind.article
    assert re.fullmatch("《.+》第.+", cite(body.article))
    assert body.issuer


@pytest.mark.parametrize("kind", KINDS)
def test_the_text_holds_everything_that_the_paper_says(kind: PaperKind) -> None:
    body = sample(kind)
    lines = text_of(body).split("\n")
    assert lines[:2] == [kind.label, "编号：SL-2026-000012"]
    for label, value in body.facts:
        assert f"{label}：{value}" in lines
    assert set(body.paragraphs) | set(body.notes) <= set(lines)
    for row in body.table.rows if body.table else ():
        assert "  ".join(row) in lines
    assert f"验证码：{CODE}" in lines
    assert "出具日期：2026年3月10日（星期二）" in lines
    assert None not in lines and "None" not in "".join(lines)


@pytest.mark.parametrize("kind", KINDS)
def test_what_goes_on_file_is_addressed_to_nobody(kind: PaperKind) -> None:
    for_the_files = {
        PaperKind.SPECIAL_APPROVAL,
        PaperKind.REJECTION_FORM,
        PaperKind.RETURN_RECEIPT,
        PaperKind.CONFERENCE_MINUTES,
    }
    assert sample(kind).addressee == ("" if kind in for_the_files else APPLICANT)


def test_the_filing_of_a_refusal_has_every_field_of_the_rule() -> None:
    facts = dict(sample(PaperKind.REJECTION_FORM).facts)
    assert facts["诉求单位或姓名"] == APPLICANT
    assert facts["联系电话"] == "138****0000"
    assert facts["诉求事项"].startswith("申请在学校围墙外")
    assert facts["否定理由"] and facts["否定依据"]
    assert facts["经办人权限"] == "超越职权范围，报领导决定"
    assert facts["领导审批意见"] == "同意否定。情况属实，请做好解释工作。"
    assert facts["审批人"] == "刘强"


@pytest.mark.parametrize(
    ("within", "opinion"),
    [(True, "属经办人职权范围，由经办人登记备案。"), (False, "待领导审批。")],
)
def test_a_filing_without_a_decision_says_whose_it_is(within: bool, opinion: str) -> None:
    form = rejection_form(
        CASE,
        phone="138****0000",
        matter="申请",
        reason="理由",
        legal_basis="依据",
        is_within_authority=within,
        filed_at=ISSUED_AT,
        decision=None,
    )
    facts = dict(form.facts)
    assert facts["领导审批意见"] == opinion
    assert "审批人" not in facts


def test_a_special_case_that_is_complete_promises_nothing_for_later() -> None:
    approval = special_approval(
        CASE,
        reason="重大项目",
        due_at=at("2026-03-12 19:30"),
        is_provisional=False,
        approved_by="刘强",
        approved_at=ISSUED_AT,
    )
    assert dict(approval.facts)["办理方式"] == "特事特办"
    assert approval.table is None
    assert "申请人（签字）" not in approval.signatures


def test_a_special_case_approved_while_something_is_missing_does_not_call_it_complete() -> None:
    approval = special_approval(
        CASE,
        reason="重大项目",
        due_at=at("2026-03-12 19:30"),
        is_provisional=False,
        approved_by="刘强",
        approved_at=ISSUED_AT,
        missing=["身份证明"],
    )
    assert approval.table is not None
    assert "齐全" not in approval.paragraphs[0]
    assert "补齐后受理" in approval.paragraphs[0]


def test_silence_is_marked_as_silence_in_the_minutes() -> None:
    minutes = sample(PaperKind.CONFERENCE_MINUTES)
    assert any("县应急管理局" in words and "视为同意" in words for words in minutes.paragraphs)
    assert minutes.table is not None
    assert ("3", "县应急管理局", "—", "缺席") in minutes.table.rows


def test_a_provisional_date_says_so() -> None:
    body = sample(PaperKind.EXTENSION_NOTICE)
    assert dict(body.facts)["新的办结期限"].endswith("（暂定）前")
    assert any("暂定" in note for note in body.notes)


@pytest.mark.parametrize(
    ("article", "said"),
    [
        ("MGMT 十一(五)", "《行政服务中心管理暂行办法》第十一条第（五）项"),
        ("ONCE 二", "《行政服务中心一次性告知制》第二条"),
        ("行政许可法 45", "《中华人民共和国行政许可法》第四十五条"),
        ("行政许可法 32", "《中华人民共和国行政许可法》第三十二条"),
        ("UNKNOWN 二", "UNKNOWN 二"),
        ("本中心通知", "本中心通知"),
        ("PROMISE 六2", "《行政服务中心服务承诺制》第六条第2项"),
        ("ATTEND 二(四)2", "《行政服务中心窗口工作人员考勤管理办法》第二条第（四）项第2目"),
        ("APPRAISE 六(二)", "《行政服务中心绩效考评实施办法》第六条第（二）项"),
    ],
)
def test_articles_are_cited_as_people_cite_them(article: str, said: str) -> None:
    assert cite(article) == said


@pytest.mark.parametrize(
    ("number", "said"),
    [(0, "零"), (1, "一"), (10, "十"), (14, "十四"), (20, "二十"), (45, "四十五"),
     (100, "一百"), (105, "一百零五"), (110, "一百一十"), (999, "九百九十九")],
)  # fmt: skip
def test_numbers_are_said_in_chinese(number: int, said: str) -> None:
    assert say_number(number) == said


def test_the_hash_covers_number_and_content_and_not_the_code() -> None:
    issue = Issue(PaperKind.RECEIPT, "HZ-2026-000001", sample(PaperKind.RECEIPT), ISSUED_AT)
    kept = json.loads(json.dumps(issue.content()))  # as the database gives it back
    hashed = hash_of(issue.number, kept)
    assert hashed == hash_of(issue.number, issue.content())
    by_hand = json.dumps({"number": issue.number, "body": kept}, ensure_ascii=False, sort_keys=True)
    assert hashed == hashlib.sha256(by_hand.encode()).hexdigest()
    assert hashed != hash_of("HZ-2026-000002", kept)
    assert hashed != hash_of(issue.number, kept | {"addressee": "别人"})
    assert CODE not in by_hand


def test_a_paper_of_before_a_field_was_added_can_still_be_read() -> None:
    issue = Issue(PaperKind.RECEIPT, "HZ-2026-000001", sample(PaperKind.RECEIPT), ISSUED_AT)
    kept = json.loads(json.dumps(issue.content()))
    assert read_body(kept) == issue.body
    del kept["issuer"], kept["signatures"]
    assert read_body(kept) == replace(issue.body, issuer="", signatures=())


@given(st.binary(min_size=12, max_size=12))
def test_a_code_is_read_however_it_is_typed(random: bytes) -> None:
    code = write_code(random)
    assert re.fullmatch(f"(?:[{CODE_SIGNS}]{{4}}-){{2}}[{CODE_SIGNS}]{{4}}", code)
    assert read_code(code) == code
    assert read_code(f" {code.replace('-', '').lower()} ") == code
    assert read_code(code.replace("-", " ")) == code


def test_a_code_has_sixty_bits_and_no_sign_that_is_taken_for_another() -> None:
    assert len(CODE_SIGNS) == len(set(CODE_SIGNS)) == 32
    assert not set(CODE_SIGNS) & set("01IO")
    assert {write_code(bytes([byte] * 12))[0] for byte in range(256)} == set(CODE_SIGNS)
    assert len({write_code(bytes([byte, *[0] * 11])) for byte in range(32)}) == 32


@pytest.mark.parametrize("typed", ["", "K7QM", "K7QM-3X9P-2RT0", "K7QM-3X9P-2RTDD", "一二三四" * 3])
def test_what_cannot_be_a_code_is_none(typed: str) -> None:
    assert read_code(typed) is None


@pytest.mark.parametrize(("name", "masked"), [(APPLICANT, "阿**"), ("王", "王**"), ("", "")])
def test_names_are_masked_to_their_first_sign(name: str, masked: str) -> None:
    assert mask_name(name) == masked


def test_short_facts_share_a_row_and_long_ones_have_one_of_their_own() -> None:
    page = page_of(sample(PaperKind.ACCEPTANCE_SLIP))
    labels = [tuple(label for label, _ in row) for row in page.fact_rows]
    assert labels[0] == ("办件编号", "申请人")
    assert ("受理时间",) in labels
    assert ("取件地点", "经办人") in labels
    facts = [fact for row in page.fact_rows for fact in row]
    assert facts == list(sample(PaperKind.ACCEPTANCE_SLIP).facts)


@given(
    st.lists(
        st.tuples(
            st.text("宽w", min_size=1, max_size=5),
            st.text("宽w ", min_size=1, max_size=30).map(lambda words: words.strip() or "无"),
        ),
        max_size=12,
    )
)
def test_no_fact_is_lost_or_moved_when_rows_are_shared(facts: list[tuple[str, str]]) -> None:
    body = PaperBody(title="单", addressee="", facts=tuple(facts))
    page = page_of(body)
    assert [fact for row in page.fact_rows for fact in row] == facts
    assert all(len(row) in (1, 2) for row in page.fact_rows)
    assert all(width_of(value) <= 9 for row in page.fact_rows if len(row) == 2 for _, value in row)


def test_narrow_columns_take_what_they_need_and_the_widest_gets_the_rest() -> None:
    table = page_of(sample(PaperKind.RECEIPT)).table
    assert table is not None
    assert table.shares[0] == table.shares[2] == table.shares[3] == table.shares[4] == 0
    assert table.shares[1] > 0
    only_narrow = PaperTable(headers=("甲", "乙乙"), rows=(("1", "2"),))
    table = page_of(PaperBody("单", "", (), table=only_narrow)).table
    assert table is not None and table.shares == (0, 1)


def test_signs_that_nobody_sees_are_left_out_and_line_breaks_are_kept() -> None:
    body = PaperBody(
        title="单",
        addressee="\u202e张\u2066三\x07\x85",
        facts=(("理由", "第一行\r\n第二行\t后"),),
        paragraphs=("第一行\n\n 第二行\u2028第三行",),
    )
    page = page_of(body)
    assert page.addressee == "张三"
    assert page.fact_rows == ((("理由", "第一行\n第二行 后"),),)
    assert page.paragraphs == ("第一行", "第二行", "第三行")


def test_names_with_dots_and_rare_signs_survive_the_layout() -> None:
    name = "·".join(["阿卜杜热合曼"] * 8)[:50] + "𠮷䶮"
    body = sample(PaperKind.RECEIPT, replace(CASE, applicant_name=name))
    assert page_of(body).addressee == name
    assert name in text_of(body)
