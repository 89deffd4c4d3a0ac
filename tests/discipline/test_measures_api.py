"""Measures over HTTP: decided by people, served, appealed against, and taken apart again."""

import ast
import io
from pathlib import Path
from typing import Any

import httpx
import openpyxl
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from tests.attendance_factories import publish_years
from tests.conftest import SetClock, SignIn
from tests.discipline_factories import (
    APPEALS,
    MEASURES,
    PROPOSALS,
    act,
    admonished,
    again,
    confirm,
    open_proposals,
    propose,
    send,
    served,
    year_of,
)
from tests.factories import Hall, make_account, make_login, make_staff_member

from yimen.core.audit import AuditEntry
from yimen.core.caller import Role
from yimen.core.outbox import OutboxEvent
from yimen.domains.discipline.models import DisciplinaryMeasure, MeasureProposal

SOURCE = Path(__file__).parents[2] / "src" / "yimen"


async def another_director(session: AsyncSession, sign_in: SignIn) -> httpx.AsyncClient:
    staff = await make_staff_member(session, name="副主任")
    account = await make_account(session, Role.DIRECTOR, staff_id=staff)
    return sign_in(account, await make_login(session, account))


async def test_a_measure_is_decided_served_told_and_filed(
    office: httpx.AsyncClient, clerk: httpx.AsyncClient, hall: Hall, clock: SetClock
) -> None:
    measure = await admonished(office, hall.clerk.staff_id)
    assert measure["measure_number"] == "CF-2026-000001"
    assert (measure["kind"], measure["article"]) == ("admonition", "DISCIPLINE 五(十三)")
    assert (measure["window_number"], measure["decided_by_name"]) == ("01", hall.office.name)
    assert measure["still_to_do"] == [
        "登记谈话", "下达文书", "登记送达", "登记通报部门", "登记报县备案",
    ]  # fmt: skip
    refused = await act(office, measure, "issue", expect=409)
    assert refused["code"] == "measure_state" and "先谈话" in refused["detail"]
    measure = await served(office, measure, "2026-03-10")
    assert measure["appeal_until"] == "2026-03-17T19:30:00+08:00"
    measure = await act(office, measure, "tell-department", told_on="2026-03-10")
    measure = await act(
        office, measure, "file-with-county", filed_on="2026-03-10", reference="尼效能备1号"
    )
    assert measure["still_to_do"] == []
    [letter] = (await clerk.get(f"{MEASURES}/{measure['id']}/papers")).json()
    assert letter["kind"] == "admonition_letter"
    for said in (hall.clerk.name, "CF-2026-000001", "诫勉教育书", "五个工作日内", "不停止执行"):
        assert said in letter["text"]
    assert "《行政服务中心工作人员诫勉教育和效能告诫实施细则》第七条" in letter["text"]


@pytest.mark.parametrize(
    ("received_on", "code"),
    [("2026-03-09", "measure_day"), ("2026-03-11", "measure_day")],
)
async def test_a_letter_is_received_neither_before_it_was_issued_nor_tomorrow(
    office: httpx.AsyncClient, hall: Hall, received_on: str, code: str
) -> None:
    measure = await admonished(office, hall.clerk.staff_id)
    measure = await act(office, measure, "talk", talked_by="刘强", note="谈话")
    measure = await act(office, measure, "issue")
    refused = await act(
        office, measure, "receive", expect=422, received_on=received_on, received_how="签收"
    )
    assert (refused["code"], refused["errors"][0]["pointer"]) == (code, "/received_on")


# Who decides what


async def test_a_window_is_judged_by_the_director_and_a_person_by_the_office(
    office: httpx.AsyncClient, director: httpx.AsyncClient, hall: Hall
) -> None:
    against_window = await propose(office, "promise.10", window_id=hall.window_01)
    refused = await confirm(office, against_window, expect=403)
    assert refused["code"] == "measure_not_yours"
    measure = await confirm(director, against_window)
    assert (measure["target"], measure["staff_id"]) == ("window", None)
    against_person = await propose(office, "discipline.admonition.13", staff_id=hall.clerk.staff_id)
    assert (await confirm(director, against_person, expect=403))["code"] == "measure_not_yours"
    sent_back = await propose(office, "mgmt.02", staff_id=hall.clerk.staff_id)
    assert (await confirm(office, sent_back, expect=403))["code"] == "measure_not_yours"
    assert (await confirm(director, sent_back))["kind"] == "sent_back"


async def test_nobody_decides_in_their_own_matter(office: httpx.AsyncClient, hall: Hall) -> None:
    own = await propose(office, "discipline.admonition.13", staff_id=hall.office.staff_id)
    assert (await confirm(office, own, expect=403))["code"] == "measure_own_matter"


async def test_a_ground_that_leaves_a_choice_wants_one(
    office: httpx.AsyncClient, hall: Hall
) -> None:
    proposal = await propose(office, "mgmt.01", staff_id=hall.clerk.staff_id)
    refused = await confirm(office, proposal, expect=422)
    assert (refused["code"], refused["errors"][0]["pointer"]) == ("ground_unfit", "/kind")
    refused = await confirm(office, proposal, expect=422, kind="sent_back")
    assert "诫勉教育" in refused["detail"]
    assert (await confirm(office, proposal, kind="warning"))["kind"] == "warning"


async def test_what_turns_out_to_be_the_windows_fault_is_judged_as_the_windows(
    office: httpx.AsyncClient, director: httpx.AsyncClient, hall: Hall
) -> None:
    proposal = await propose(office, "promise.05", staff_id=hall.clerk.staff_id)
    refused = await confirm(office, proposal, expect=403, ground_code="promise.03")
    assert refused["code"] == "measure_not_yours"
    measure = await confirm(director, proposal, ground_code="promise.03")
    assert (measure["target"], measure["window_number"], measure["person_name"]) == (
        "window", "01", None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("ground", "about", "pointer"),
    [
        ("no.such.ground", {}, "/ground_code"),
        ("discipline.admonition.13", {}, "/staff_id"),
        ("promise.10", {}, "/window_id"),
        ("duty.01", {}, "/department_id"),
    ],
)
async def test_a_ground_says_whom_it_is_about(
    office: httpx.AsyncClient, hall: Hall, ground: str, about: dict[str, Any], pointer: str
) -> None:
    body = {"ground_code": ground, "day": "2026-03-10", "text": "x", **about}
    refused = await send(office, PROPOSALS, expect=422, **body)
    assert (refused["code"], refused["errors"][0]["pointer"]) == ("ground_unfit", pointer)


async def test_a_decided_proposal_is_decided(office: httpx.AsyncClient, hall: Hall) -> None:
    proposal = await propose(office, "discipline.admonition.13", staff_id=hall.clerk.staff_id)
    await confirm(office, proposal)
    refused = await confirm(office, proposal | {"version": 2}, expect=409)
    assert refused["code"] == "proposal_of_measure_decided"
    path = f"{PROPOSALS}/{proposal['id']}/drop"
    assert (await send(office, path, expect=409, version=2, reason="x"))["code"] == (
        "proposal_of_measure_decided"
    )


async def test_a_superior_is_proposed_with_a_dereliction_and_falls_with_it(
    office: httpx.AsyncClient, director: httpx.AsyncClient, hall: Hall
) -> None:
    dereliction = await propose(office, "derelict.03", staff_id=hall.clerk.staff_id)
    measure = await confirm(office, dereliction, kind="admonition")
    [leader] = await open_proposals(office, ground_code="derelict.06")
    assert (leader["staff_id"], leader["article"]) == (str(hall.chief.staff_id), "DERELICT 三4")
    assert leader["proposed_by_name"] is None
    refused = await confirm(office, leader, expect=403, kind="admonition")
    assert refused["code"] == "measure_not_yours"
    measure = await served(office, measure, "2026-03-10")
    appeal = await act(office, measure, "appeal", text="不成立")
    decided = await send(
        director, f"{APPEALS}/{appeal['id']}/decide", version=1, revoke=True, reason="事实不清"
    )
    assert any("领导责任" in line for line in decided["effects"])
    assert await open_proposals(office) == []


# Nothing is imposed without a person


async def test_a_measure_cannot_be_without_who_decided_it(
    office: httpx.AsyncClient, hall: Hall, session: AsyncSession
) -> None:
    await admonished(office, hall.clerk.staff_id)
    with pytest.raises(sa.exc.IntegrityError, match="decided_by_id"):
        async with session.begin_nested():
            await session.execute(sa.update(DisciplinaryMeasure).values(decided_by_id=None))
    with pytest.raises(sa.exc.IntegrityError, match="decided_by_a_person"):
        async with session.begin_nested():
            await session.execute(sa.update(MeasureProposal).values(decided_by_name=None))


def test_measures_come_from_a_persons_confirmation_and_from_nowhere_else() -> None:
    """Every place in the house that makes a measure: one, and it asks who confirms."""
    places = []
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.AsyncFunctionDef | ast.FunctionDef):
                continue
            for inner in ast.walk(node):
                made = isinstance(inner, ast.Call) and isinstance(inner.func, ast.Name)
                if made and inner.func.id == "DisciplinaryMeasure":  # type: ignore[attr-defined]
                    places.append((path.name, node.name))
    assert places == [("service_proposals.py", "confirm")]


# Who sees it


async def test_a_persons_measure_is_seen_by_the_person_and_the_department_only(
    *,
    office: httpx.AsyncClient,
    clerk: httpx.AsyncClient,
    colleague: httpx.AsyncClient,
    chief: httpx.AsyncClient,
    chief_elsewhere: httpx.AsyncClient,
    hall: Hall,
) -> None:
    measure = await admonished(office, hall.clerk.staff_id)
    seen = {}
    for name, person in (
        ("clerk", clerk),
        ("colleague", colleague),
        ("chief", chief),
        ("chief_elsewhere", chief_elsewhere),
    ):
        listed = (await person.get(MEASURES)).json()["items"]
        status = (await person.get(f"{MEASURES}/{measure['id']}")).status_code
        papers = (await person.get(f"{MEASURES}/{measure['id']}/papers")).status_code
        seen[name] = (len(listed), status, papers)
    assert seen == {
        "clerk": (1, 200, 200),
        "colleague": (0, 404, 404),
        "chief": (1, 200, 200),
        "chief_elsewhere": (0, 404, 404),
    }
    # the colleague learns what becomes of the window, and not through whom
    await confirm(
        office, await propose(office, "discipline.warning.18", staff_id=hall.clerk.staff_id)
    )
    year = await year_of(colleague, "windows", hall.window_01)
    assert [one["kind"] for one in year["consequences"]] == [
        "not_eligible", "no_advanced_collective",
    ]  # fmt: skip
    assert "CF-2026" not in str(year)
    assert (await colleague.get(f"{MEASURES}/years/2026/staff/{hall.clerk.staff_id}")).is_error
    assert "CF-2026" in str(await year_of(clerk, "staff", hall.clerk.staff_id))


async def test_a_windows_measure_is_seen_and_appealed_by_those_who_serve_there(
    *,
    office: httpx.AsyncClient,
    director: httpx.AsyncClient,
    clerk: httpx.AsyncClient,
    clerk_next_door: httpx.AsyncClient,
    hall: Hall,
) -> None:
    proposal = await propose(office, "promise.10", window_id=hall.window_01)
    measure = await served(office, await confirm(director, proposal), "2026-03-10")
    [letter] = (await clerk.get(f"{MEASURES}/{measure['id']}/papers")).json()
    assert "01号窗口" in letter["text"] and "机关效能建设领导小组" in letter["text"]
    assert (await clerk_next_door.get(f"{MEASURES}/{measure['id']}")).status_code == 404
    appeal = await act(clerk, measure, "appeal", text="八项内容已在网上公开")
    assert appeal["filed_by_name"] == hall.clerk.name


async def test_the_letter_and_the_answer_print_like_the_halls_other_papers(
    *,
    office: httpx.AsyncClient,
    director: httpx.AsyncClient,
    clerk: httpx.AsyncClient,
    colleague: httpx.AsyncClient,
    chief: httpx.AsyncClient,
    chief_elsewhere: httpx.AsyncClient,
    hall: Hall,
) -> None:
    """By whoever sees the measure: as JSON, as a page and as PDF; the office alone voids it."""
    measure = await served(office, await admonished(office, hall.clerk.staff_id), "2026-03-10")
    appeal = await act(clerk, measure, "appeal", text="x")
    path = f"{APPEALS}/{appeal['id']}/decide"
    await send(director, path, version=1, revoke=False, reason="属实")
    papers = (await clerk.get(f"{MEASURES}/{measure['id']}/papers")).json()
    assert [paper["kind"] for paper in papers] == ["admonition_letter", "appeal_answer"]
    for paper in papers:
        path = f"/api/v1/papers/{paper['id']}"
        shown = {}
        for name, person in (
            ("clerk", clerk),
            ("chief", chief),
            ("office", office),
            ("colleague", colleague),
            ("chief_elsewhere", chief_elsewhere),
        ):
            replies = [await person.get(f"{path}{form}") for form in ("", "/html", "/pdf")]
            shown[name] = [reply.status_code for reply in replies]
        seen, hidden = [200, 200, 200], [404, 404, 404]
        assert shown == {
            "clerk": seen, "chief": seen, "office": seen,
            "colleague": hidden, "chief_elsewhere": hidden,
        }  # fmt: skip
        read = (await clerk.get(path)).json()
        assert read["allowed_actions"][0]["reason_code"] == "paper_not_yours"
        for person, status in ((clerk, 403), (colleague, 404)):
            refused = await person.post(
                f"{path}/void", json={"reason": "x"}, headers={"If-Match": '"1"'}
            )
            assert refused.status_code == status
        assert paper["number"] in (await clerk.get(f"{path}/html")).text
        assert (await clerk.get(f"{path}/pdf")).content.startswith(b"%PDF-")


async def test_no_event_of_a_measure_reaches_the_whole_window(
    office: httpx.AsyncClient, hall: Hall, session: AsyncSession
) -> None:
    await admonished(office, hall.clerk.staff_id)
    events = (
        await session.scalars(
            sa.select(OutboxEvent).where(OutboxEvent.subject_type.like("measure%"))
        )
    ).all()
    assert {event.kind for event in events} == {
        "measure_proposal.propose", "measure_proposal.confirm", "measure.decide",
    }  # fmt: skip
    assert {event.window_id for event in events} == {None}
    assert {event.department_id for event in events if event.kind != "measure.decide"} == {None}


# Appeals


APPEAL_DAYS = [
    # received on the Tuesday before National Day: 30 September, 8, 9, 10 (made up) and 12 October
    ("2026-09-29", "2026-10-12 19:30", 200),
    ("2026-09-29", "2026-10-12 19:31", 409),
    # received on a Friday: the next Friday is the last day
    ("2026-03-13", "2026-03-20 19:30", 200),
    ("2026-03-13", "2026-03-21 09:00", 409),
]


@pytest.mark.parametrize(("received_on", "filed_at", "status"), APPEAL_DAYS)
async def test_an_appeal_comes_within_five_working_days_of_receipt(
    *,
    office: httpx.AsyncClient,
    clerk: httpx.AsyncClient,
    hall: Hall,
    clock: SetClock,
    session: AsyncSession,
    received_on: str,
    filed_at: str,
    status: int,
) -> None:
    await publish_years(session, 2026)
    clock.set(f"{received_on} 12:00")
    measure = await served(office, await admonished(office, hall.clerk.staff_id), received_on)
    clock.set(filed_at)
    answer = await act(clerk, measure, "appeal", expect=status, text="请予撤销")
    if status == 409:
        last = {"2026-09-29": "10月12日（星期一）19:30", "2026-03-13": "3月20日（星期五）19:30"}
        assert answer["code"] == "appeal_late"
        assert last[received_on] in answer["detail"]
    else:
        assert (await again(clerk, measure))["counts"] is True  # it stays in force meanwhile


async def test_paper_that_the_office_had_in_time_is_in_time(
    office: httpx.AsyncClient, clerk: httpx.AsyncClient, hall: Hall, clock: SetClock
) -> None:
    measure = await served(office, await admonished(office, hall.clerk.staff_id), "2026-03-10")
    clock.set("2026-03-18 11:00")
    late = await act(office, measure, "appeal", expect=409, text="见纸质申辩书")
    assert late["code"] == "appeal_late"
    own = await act(clerk, measure, "appeal", expect=403, text="x", filed_on="2026-03-17")
    assert own["code"] == "forbidden"
    appeal = await act(office, measure, "appeal", text="见纸质申辩书", filed_on="2026-03-17")
    # ten working days after the day of receipt (17 March): 31 March
    assert appeal["due_at"] == "2026-03-31T19:30:00+08:00"
    clock.set("2026-03-31 19:31")
    assert (await office.get(f"{APPEALS}/{appeal['id']}")).json()["is_overdue"] is True


async def test_an_appeal_is_decided_by_somebody_who_did_not_decide_the_measure(
    *,
    office: httpx.AsyncClient,
    director: httpx.AsyncClient,
    clerk: httpx.AsyncClient,
    hall: Hall,
    session: AsyncSession,
    sign_in: SignIn,
) -> None:
    proposal = await propose(office, "promise.10", window_id=hall.window_01)
    measure = await served(office, await confirm(director, proposal), "2026-03-10")
    appeal = await act(clerk, measure, "appeal", text="已公开")
    path = f"{APPEALS}/{appeal['id']}/decide"
    words: dict[str, Any] = {"revoke": False, "reason": "两项确未公开"}
    refused = await send(director, path, expect=409, version=1, **words)
    assert refused["code"] == "appeal_own_decision"
    decided = await send(await another_director(session, sign_in), path, version=1, **words)
    assert (decided["state"], decided["effects"]) == ("upheld", [])
    assert (await again(clerk, measure))["counts"] is True
    papers = (await clerk.get(f"{MEASURES}/{measure['id']}/papers")).json()
    assert "维持原处理" in papers[1]["text"] and "两项确未公开" in papers[1]["text"]
    twice = await send(director, path, expect=409, version=2, **words)
    assert twice["code"] == "appeal_own_decision"


async def test_above_the_only_director_a_paper_of_the_superior_body_decides(
    *,
    office: httpx.AsyncClient,
    director: httpx.AsyncClient,
    clerk: httpx.AsyncClient,
    hall: Hall,
    clock: SetClock,
) -> None:
    """DISCIPLINE 十一, domain.md §7: someone who did not decide the measure."""
    proposal = await propose(office, "promise.10", window_id=hall.window_01)
    measure = await served(office, await confirm(director, proposal), "2026-03-10")
    appeal = await act(clerk, measure, "appeal", text="已公开")
    clock.set("2026-03-20 11:00")
    path = f"{APPEALS}/{appeal['id']}"
    seen = (await director.get(path)).json()
    assert "上级机关" in seen["allowed_actions"][0]["reason"]
    seen = (await office.get(path)).json()
    assert [(one["action"], one["allowed"]) for one in seen["allowed_actions"]] == [
        ("decide", False), ("record-decision", True),
    ]  # fmt: skip
    words: dict[str, Any] = {
        "revoke": True,
        "reason": "两项内容当日已经公开",
        "decided_by": "尼勒克县效能办",
        "document_number": "尼效能复〔2026〕2号",
    }
    for day in ("2026-03-09", "2026-03-21"):
        wrong = await send(
            office, f"{path}/record-decision", expect=422, version=1, decided_on=day, **words
        )
        assert wrong["errors"][0]["pointer"] == "/decided_on"
    decided = await send(
        office, f"{path}/record-decision", version=1, decided_on="2026-03-18", **words
    )
    assert (decided["state"], decided["decided_by_name"]) == ("revoked", "尼勒克县效能办")
    assert (decided["decided_at"], decided["recorded_at"], decided["recorded_by_name"]) == (
        "2026-03-18T12:00:00+08:00", "2026-03-20T11:00:00+08:00", hall.office.name,
    )  # fmt: skip
    assert (await again(clerk, measure))["state"] == "revoked"
    papers = (await clerk.get(f"{MEASURES}/{measure['id']}/papers")).json()
    assert "由尼勒克县效能办（尼效能复〔2026〕2号）研究，决定撤销原处理" in papers[1]["text"]
    twice = await send(
        office, f"{path}/record-decision", expect=409, version=2, decided_on="2026-03-18", **words
    )
    assert twice["code"] == "appeal_decided"


async def test_what_the_office_decided_does_not_go_above_the_director(
    office: httpx.AsyncClient, clerk: httpx.AsyncClient, hall: Hall
) -> None:
    measure = await served(office, await admonished(office, hall.clerk.staff_id), "2026-03-10")
    appeal = await act(clerk, measure, "appeal", text="x")
    words = {"decided_by": "县效能办", "document_number": "1号", "decided_on": "2026-03-10"}
    path = f"{APPEALS}/{appeal['id']}/record-decision"
    refused = await send(office, path, expect=409, version=1, revoke=True, reason="x", **words)
    assert refused["code"] == "appeal_not_above"


async def test_one_appeal_a_measure(
    office: httpx.AsyncClient, clerk: httpx.AsyncClient, hall: Hall
) -> None:
    measure = await served(office, await admonished(office, hall.clerk.staff_id), "2026-03-10")
    await act(clerk, measure, "appeal", text="一")
    twice = await act(clerk, measure | {"version": 5}, "appeal", expect=409, text="二")
    assert twice["code"] == "measure_state"


# The chain


async def a_chain(office: httpx.AsyncClient, hall: Hall) -> list[dict[str, Any]]:
    """Two admonitions, and the warning that a person decided because of them."""
    first = await served(office, await admonished(office, hall.clerk.staff_id), "2026-03-10")
    assert await open_proposals(office) == []
    second = await admonished(office, hall.clerk.staff_id, "discipline.admonition.12")
    [proposal] = await open_proposals(office)
    assert (proposal["ground_code"], proposal["article"]) == (
        "discipline.warning.13", "DISCIPLINE 六(十三)",
    )  # fmt: skip
    assert [line["source"] for line in proposal["evidence"]] == [
        f"measure:{first['id']}", f"measure:{second['id']}",
    ]  # fmt: skip
    return [first, second, await confirm(office, proposal)]


async def test_one_revocation_takes_the_chain_apart_and_says_so(
    *,
    office: httpx.AsyncClient,
    director: httpx.AsyncClient,
    clerk: httpx.AsyncClient,
    hall: Hall,
) -> None:
    first, second, warning = await a_chain(office, hall)
    year = await year_of(clerk, "staff", hall.clerk.staff_id)
    assert [(one["kind"], one["article"]) for one in year["consequences"]] == [
        ("not_excellent", "DISCIPLINE 九"),
        ("not_excellent", "APPRAISE 六(二)"),
        ("window_loses_eligibility", "APPRAISE 六(二)"),
        ("window_loses_eligibility", "APPRAISE 六(二)"),
    ]
    window = await year_of(office, "windows", hall.window_01)
    assert [one["kind"] for one in window["consequences"]] == [
        "not_eligible", "not_eligible", "no_advanced_collective",
    ]  # fmt: skip
    appeal = await act(clerk, first, "appeal", text="当日另有安排")
    decided = await send(
        director,
        f"{APPEALS}/{appeal['id']}/decide",
        version=1,
        revoke=True,
        reason="当日确有另外的安排",
        is_fact_wrong=True,
    )
    said = "".join(decided["effects"])
    assert f"效能告诫{warning['measure_number']}" in said and "由中心主任复核" in said
    excellence = "本人2026年“年度考评不能评为优秀”（《诫勉教育和效能告诫实施细则》九）的后果消除"
    assert excellence in decided["effects"]
    assert (
        "窗口2026年“窗口取消评优资格”（《绩效考评实施办法》六(二)）的后果消除" in decided["effects"]
    )
    assert "扣分" in decided["effects"][-1]
    answer = (await clerk.get(f"{MEASURES}/{first['id']}/papers")).json()[1]["text"]
    assert "撤销原处理" in answer and decided["effects"][0] in answer
    year = await year_of(clerk, "staff", hall.clerk.staff_id)
    assert year["consequences"] == []
    assert year["not_counted"] == [
        f"{first['measure_number']}（诫勉教育）已撤销",
        f"{warning['measure_number']}（效能告诫）依据变动，正在复核",
    ]
    assert (await year_of(office, "windows", hall.window_01))["consequences"] == []
    # the second admonition stands; nothing new is proposed
    assert (await again(office, second))["counts"] is True
    assert await open_proposals(office) == []
    # and a person takes the last step
    warning = await again(director, warning)
    assert warning["counts"] is False
    assert "《诫勉教育和效能告诫实施细则》六(十三)" in warning["review_reason"]
    ended = await act(director, warning, "review", revoke=True, reason="依据已不存在")
    assert (ended["state"], ended["revoked_by_name"]) == ("revoked", hall.director.name)


async def test_a_measure_that_is_kept_after_review_counts_again_and_stays_kept(
    *,
    office: httpx.AsyncClient,
    director: httpx.AsyncClient,
    clerk: httpx.AsyncClient,
    hall: Hall,
) -> None:
    first, _, warning = await a_chain(office, hall)
    appeal = await act(clerk, first, "appeal", text="x")
    await send(
        director, f"{APPEALS}/{appeal['id']}/decide", version=1, revoke=True, reason="程序有误"
    )
    waiting = (await director.get(MEASURES, params={"is_under_review": True})).json()["items"]
    assert [one["id"] for one in waiting] == [warning["id"]]
    kept = await act(
        director, await again(director, warning), "review", revoke=False, reason="另有同类情形"
    )
    assert kept["counts"] is True
    third = await admonished(office, hall.clerk.staff_id, "discipline.admonition.14")
    assert third["counts"] is True
    assert (await again(director, warning))["counts"] is True
    year = await year_of(clerk, "staff", hall.clerk.staff_id)
    assert year["consequences"][0]["article"] == "DISCIPLINE 九"


async def test_an_upheld_appeal_undoes_nothing(
    *,
    office: httpx.AsyncClient,
    director: httpx.AsyncClient,
    clerk: httpx.AsyncClient,
    hall: Hall,
) -> None:
    first, _, warning = await a_chain(office, hall)
    before = await year_of(clerk, "staff", hall.clerk.staff_id)
    appeal = await act(clerk, first, "appeal", text="x")
    await send(director, f"{APPEALS}/{appeal['id']}/decide", version=1, revoke=False, reason="属实")
    assert await year_of(clerk, "staff", hall.clerk.staff_id) == before
    assert (await again(office, warning))["counts"] is True


# The ledger


async def test_the_ledger_holds_every_measure_of_its_year(
    office: httpx.AsyncClient, hall: Hall, session: AsyncSession, clock: SetClock
) -> None:
    clock.set("2025-12-31 11:00")
    await admonished(office, hall.clerk.staff_id, day="2025-12-31")
    clock.set("2026-03-10 11:00")
    await served(office, await admonished(office, hall.clerk.staff_id), "2026-03-10")
    await confirm(
        office,
        await propose(
            office, "discipline.warning.02", staff_id=hall.clerk_elsewhere.staff_id,
            text="=HYPERLINK(1)",
        ),
        statement="=1+1",
    )  # fmt: skip
    reply = await office.post(f"{MEASURES}/ledger", json={"year": 2026})
    assert reply.status_code == 200
    sheet = openpyxl.load_workbook(io.BytesIO(reply.content)).active
    rows = list(sheet.iter_rows(min_row=4, values_only=True))
    assert [(row[0], row[1], row[3]) for row in rows] == [
        ("CF-2026-000001", "诫勉教育", hall.clerk.name),
        ("CF-2026-000002", "效能告诫", hall.clerk_elsewhere.name),
    ]
    assert (rows[0][13], rows[1][8]) == ("2026-03-10", "=1+1")
    assert sheet["I5"].data_type == "s"
    [exported] = await session.scalars(
        sa.select(AuditEntry).where(AuditEntry.action == "discipline.export_ledger")
    )
    assert exported.new == {"rows": 2}
