"""What an item's content must satisfy, discloses and lacks."""

from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from tests.catalog_factories import APPLICATION, FOOD_LICENCE, IDENTITY, content, content_body

from yimen.domains.catalog.enums import (
    CATEGORY_OF_TASK_TYPE,
    ITEM_MOVES,
    PROPOSAL_MOVES,
    SETTLED_TASK_TYPES,
    CaseKind,
    Category,
    Disclosure,
    ItemStatus,
    Mark,
    ProposalAction,
    ProposalState,
    TaskType,
)
from yimen.domains.catalog.rules import (
    Charge,
    category_of,
    check_content,
    content_from_json,
    content_to_json,
    disclosed,
    is_complete,
    missing_disclosures,
    settle,
    text_fault,
    time_limit_text,
)
from yimen.domains.catalog.schemas import ItemContentBody

FEE = Charge(name="工本费", amount=Decimal("10.00"), unit="元/本", basis="收费目录")


def codes(**changes: Any) -> list[tuple[str, str]]:
    return [(fault.pointer, fault.code) for fault in check_content(content(**changes))]


def test_a_sound_content_has_no_fault() -> None:
    assert check_content(FOOD_LICENCE) == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"committed_days": 20, "statutory_days": 20}, []),
        ({"committed_days": 21, "statutory_days": 20}, ["commitment_exceeds_statutory"]),
        ({"committed_days": 1, "statutory_days": 1}, []),
        ({"committed_days": 60, "statutory_days": None}, []),
        ({"committed_days": 0}, ["out_of_range"]),
        ({"committed_days": 1000, "statutory_days": None}, []),
        ({"committed_days": 1001, "statutory_days": None}, ["out_of_range"]),
        ({"kind": CaseKind.IMMEDIATE, "committed_days": 0}, []),
        ({"kind": CaseKind.IMMEDIATE, "committed_days": 1}, ["immediate_has_no_days"]),
        ({"kind": CaseKind.JOINT, "committed_days": 0}, ["out_of_range"]),
    ],
)
def test_the_promise_keeps_within_the_law(changes: dict[str, Any], expected: list[str]) -> None:
    """MGMT 十二, PROMISE 五, TIMELIMIT 一."""
    assert codes(**changes) == [("/committed_days", code) for code in expected]


@pytest.mark.parametrize(("days", "is_sound"), [(0, False), (1, True), (1000, True), (1001, False)])
def test_a_statutory_limit_is_a_number_of_days(days: int, is_sound: bool) -> None:
    found = [code for pointer, code in codes(statutory_days=days) if pointer == "/statutory_days"]
    assert found == ([] if is_sound else ["out_of_range"])


@given(
    kind=st.sampled_from(CaseKind),
    statutory=st.none() | st.integers(-5, 1200),
    committed=st.integers(-5, 1200),
)
def test_what_passes_satisfies_the_constraints_of_the_database(
    kind: CaseKind, statutory: int | None, committed: int
) -> None:
    made = replace(FOOD_LICENCE, kind=kind, statutory_days=statutory, committed_days=committed)
    if not check_content(made):
        assert statutory is None or (statutory > 0 and committed <= statutory)
        assert (kind is CaseKind.IMMEDIATE) == (committed == 0)


@pytest.mark.parametrize(
    ("task_type", "category"),
    [
        (TaskType.PERMIT, Category.PERMIT),
        (TaskType.BENEFIT, Category.PUBLIC_SERVICE),
        (TaskType.CONFIRMATION, Category.CONFIRMATION),
        (TaskType.REWARD, Category.PUBLIC_SERVICE),
        (TaskType.ADJUDICATION, Category.CONFIRMATION),
        (TaskType.OTHER_POWER, Category.CONFIRMATION),
        (TaskType.PUBLIC_SERVICE, Category.PUBLIC_SERVICE),
    ],
)
def test_a_task_type_suggests_a_category_and_some_settle_it(
    task_type: TaskType, category: Category
) -> None:
    assert category_of(task_type, None) is category
    for stated in Category:
        faults = codes(task_type=task_type, category=category_of(task_type, stated))
        is_allowed = stated is category or task_type not in SETTLED_TASK_TYPES
        contradiction = [("/category", "category_contradicts_task_type")]
        assert faults == ([] if is_allowed else contradiction)


def test_every_task_type_has_a_category() -> None:
    assert set(CATEGORY_OF_TASK_TYPE) == set(TaskType)


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        (
            {"materials": (replace(APPLICATION, is_required=False),)},
            "/materials/0/is_required",
            "principal_must_be_required",
        ),
        ({"materials": (APPLICATION, APPLICATION)}, "/materials/1", "listed_twice"),
        (
            {"materials": (APPLICATION, replace(IDENTITY, key="m1"))},
            "/materials/1",
            "listed_twice",
        ),
        (
            {"materials": (replace(APPLICATION, copies=0),)},
            "/materials/0/copies",
            "out_of_range",
        ),
        (
            {"materials": (replace(APPLICATION, pages=10000),)},
            "/materials/0/pages",
            "out_of_range",
        ),
        ({"charges": (FEE, FEE)}, "/charges/1", "listed_twice"),
        (
            {"charges": (replace(FEE, amount=Decimal("-1")),)},
            "/charges/0/amount",
            "not_an_amount",
        ),
        (
            {"charges": (replace(FEE, amount=Decimal("1.005")),)},
            "/charges/0/amount",
            "not_an_amount",
        ),
        (
            {"charges": (replace(FEE, amount=Decimal("NaN")),)},
            "/charges/0/amount",
            "not_an_amount",
        ),
        ({"name": "好" * 201}, "/name", "string_too_long"),
        ({"name": " "}, "/name", "blank"),
        ({"name": "一\n二"}, "/name", "control_characters"),
        ({"steps": ("受理", "审\x00批")}, "/steps/1", "control_characters"),
        ({"steps": tuple(str(n) for n in range(101))}, "/steps", "too_long"),
        ({"window_ids": (UUID(int=1), UUID(int=1))}, "/window_ids/1", "listed_twice"),
    ],
)
def test_each_fault_is_told_where_it_is(changes: dict[str, Any], pointer: str, code: str) -> None:
    found = [
        (fault.pointer, fault.code) for fault in check_content(replace(FOOD_LICENCE, **changes))
    ]
    assert (pointer, code) in found


def test_text_of_several_lines_is_fine_where_it_is_prose() -> None:
    assert text_fault("第一行\n第二行\t完", 100, one_line=False) is None
    assert text_fault("第一行\n第二行", 100, one_line=True) is not None


def test_a_complete_item_discloses_eight_things() -> None:
    """PROMISE 三."""
    texts = disclosed(FOOD_LICENCE)
    assert list(texts) == list(Disclosure)
    assert len(texts) == 8
    assert texts[Disclosure.PROCEDURE] == "1. 窗口受理\n2. 现场核查\n3. 审批发证"
    assert texts[Disclosure.TIME_LIMIT] == "承诺 5 个工作日（法定 20 个工作日）"
    assert missing_disclosures(FOOD_LICENCE) == []
    assert is_complete(FOOD_LICENCE)


@pytest.mark.parametrize(
    ("changes", "missing"),
    [
        ({"legal_basis": None}, Disclosure.LEGAL_BASIS),
        ({"steps": ()}, Disclosure.PROCEDURE),
        ({"to_complete": (Mark.COMMITTED_DAYS,)}, Disclosure.TIME_LIMIT),
        ({"to_complete": (Mark.KIND,)}, Disclosure.TIME_LIMIT),
        ({"responsible_section": None}, Disclosure.RESPONSIBLE_SECTION),
        ({"responsible_person": None}, Disclosure.RESPONSIBLE_PERSON),
        ({"breach_liability": None}, Disclosure.BREACH_LIABILITY),
        ({"supervision": None}, Disclosure.SUPERVISION),
        ({"complaint_phone": None}, Disclosure.COMPLAINT_PHONE),
    ],
)
def test_what_is_not_stated_is_not_disclosed(changes: dict[str, Any], missing: Disclosure) -> None:
    made = content(**changes)
    assert missing_disclosures(made) == [missing]
    assert not is_complete(made)


def test_an_assumed_value_keeps_an_item_incomplete() -> None:
    made = content(to_complete=(Mark.MATERIALS,))
    assert missing_disclosures(made) == []
    assert not is_complete(made)


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"kind": CaseKind.IMMEDIATE}, "当场办结"),
        ({"statutory_days": None}, "承诺 5 个工作日（法律未规定时限）"),
    ],
)
def test_the_promise_is_said_in_words(changes: dict[str, Any], text: str) -> None:
    assert time_limit_text(content(**changes)) == text


def test_a_content_survives_the_way_through_json_and_the_wire() -> None:
    made = settle(content(UUID(int=2), UUID(int=1), to_complete=(Mark.CHARGES, Mark.KIND)))
    assert content_from_json(content_to_json(made)) == made
    assert settle(ItemContentBody.model_validate(content_to_json(made)).to_content()) == made
    shown = ItemContentBody.model_validate(made).model_dump(mode="json")
    assert shown == content_to_json(made)
    assert shown["charges"][0]["amount"] == "10.00"


@pytest.mark.parametrize(
    "amount", [10, 10.5, "-1", "1.005", "1e3", "１０", "", "123456789", "NaN", "+1", " ", None]
)
def test_money_is_a_decimal_string(amount: object) -> None:
    body = content_body()
    body["charges"][0]["amount"] = amount
    with pytest.raises(ValidationError):
        ItemContentBody.model_validate(body)


def test_a_withdrawn_item_and_a_decided_proposal_go_nowhere() -> None:
    assert ITEM_MOVES[ItemStatus.WITHDRAWN] == frozenset()
    assert set(ITEM_MOVES) == set(ItemStatus)
    assert set(PROPOSAL_MOVES) == set(ProposalState)
    for state in (ProposalState.APPROVED, ProposalState.REJECTED, ProposalState.WITHDRAWN):
        assert PROPOSAL_MOVES[state] == {}


def test_no_decision_without_the_centre_s_opinion() -> None:
    """MGMT 六."""
    assert ProposalAction.APPROVE not in PROPOSAL_MOVES[ProposalState.PROPOSED]
    assert ProposalAction.REJECT not in PROPOSAL_MOVES[ProposalState.PROPOSED]
    reachable = {ProposalState.PROPOSED}
    for _ in ProposalState:
        reachable |= {after for state in reachable for after in PROPOSAL_MOVES[state].values()}
    assert reachable == set(ProposalState)


@pytest.mark.parametrize(
    "labelled",
    [TaskType, Category, CaseKind, Disclosure, Mark, ItemStatus, ProposalState, ProposalAction],
)
def test_every_value_has_a_chinese_label(labelled: Any) -> None:
    assert all(member.label for member in labelled)
    assert len({member.label for member in labelled}) == len(list(labelled))
