"""Complaints over HTTP: taken in, looked into, answered in time; the complainant stays unnamed."""

from datetime import date
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from tests.complaints_factories import NAME, PATH, PHONE, WORDS, act, found, investigated, register
from tests.conftest import SetClock, SignIn
from tests.factories import Hall, make_account, make_login, make_service, make_staff_member

from yimen.core.audit import AuditEntry
from yimen.core.caller import Role
from yimen.core.outbox import OutboxEvent
from yimen.domains.complaints.models import Complaint
from yimen.domains.complaints.repository import ComplaintRepository

PUBLIC = "/api/v1/public/complaints"


async def test_a_complaint_goes_from_the_desk_to_its_answer(
    *,
    office: httpx.AsyncClient,
    clerk: httpx.AsyncClient,
    chief: httpx.AsyncClient,
    hall: Hall,
    clock: SetClock,
) -> None:
    complaint = await register(office, hall)
    assert complaint["complaint_number"] == "TS-2026-000001"
    # Tuesday 10 March: two working days for accepting, ten for the finding, three for the answer
    assert complaint["due_at"] == "2026-03-12T19:30:00+08:00"
    complaint = await act(office, complaint, "accept", note="属服务态度")
    assert complaint["due_at"] == "2026-03-24T19:30:00+08:00"
    investigator = str(hall.office.staff_id)
    complaint = await act(office, complaint, "investigate", investigator_id=investigator)
    assert complaint["investigator_name"] == hall.office.name
    clock.set("2026-03-24 19:30")
    assert (await office.get(f"{PATH}/{complaint['id']}")).json()["is_overdue"] is False
    clock.set("2026-03-24 19:31")
    assert (await office.get(f"{PATH}/{complaint['id']}")).json()["is_overdue"] is True
    overdue = (await office.get(PATH, params={"is_overdue": True})).json()["items"]
    assert [one["id"] for one in overdue] == [complaint["id"]]
    assert (await office.get(PATH, params={"is_overdue": False})).json()["items"] == []
    complaint = await act(office, complaint, "find", finding="substantiated", reason="录像属实")
    assert complaint["stages"][1]["is_missed"] is True
    assert complaint["due_at"] == "2026-03-30T19:30:00+08:00"  # found after closing: Wednesday's
    complaint = await act(office, complaint, "answer", answer="向您致歉", answered_how="邮寄")
    assert (complaint["state"], complaint["due_at"]) == ("answered", None)
    paper = (await office.get(f"/api/v1/papers/{complaint['answer_paper_id']}")).json()
    assert paper["kind"] == "complaint_answer"
    path = f"/api/v1/papers/{complaint['answer_paper_id']}"
    assert NAME in (await office.get(f"{path}/html")).text
    assert (await office.get(f"{path}/pdf")).content.startswith(b"%PDF-")
    for concerned in (clerk, chief):  # it names who complained
        assert (await concerned.get(path)).status_code == 404
    for said in (NAME, "TS-2026-000001", "2026年3月10日（星期二）11:00", "属实", "向您致歉。"):
        assert said in paper["text"]
    steps = (await office.get(f"{PATH}/{complaint['id']}/timeline")).json()
    assert [step["act"] for step in steps] == [
        "registered", "accepted", "investigator_named", "found", "answered",
    ]  # fmt: skip
    assert {step["article"] for step in steps} == {"EFFICACY 二十二"}


async def test_who_complained_lies_encrypted_and_is_in_no_event_or_audit_row(
    office: httpx.AsyncClient, hall: Hall, session: AsyncSession
) -> None:
    complaint = await found(office, hall)
    row = (await session.scalars(sa.select(Complaint))).one()
    for blob in (row.content, row.complainant_name, row.complainant_phone):
        assert blob is not None
        for secret in (NAME, PHONE, WORDS):
            assert secret.encode() not in blob
    told = str([event.facts for event in await session.scalars(sa.select(OutboxEvent))])
    written = str([(one.old, one.new) for one in await session.scalars(sa.select(AuditEntry))])
    shown = (await office.get(f"{PATH}/{complaint['id']}")).text
    for secret in (NAME, PHONE, WORDS):
        assert secret not in told + written + shown
    reply = await office.post(
        f"{PATH}/{complaint['id']}/reveal-complainant", json={"reason": "回访"}
    )
    assert reply.json() == {"name": NAME, "phone": PHONE, "content": WORDS}
    [looked] = await session.scalars(
        sa.select(AuditEntry).where(AuditEntry.action == "complaints.reveal")
    )
    assert looked.new == {"reason": "回访"}


async def test_the_window_sees_a_complaint_only_when_it_is_decided(
    office: httpx.AsyncClient,
    clerk: httpx.AsyncClient,
    colleague: httpx.AsyncClient,
    chief: httpx.AsyncClient,
    hall: Hall,
) -> None:
    complaint = await investigated(office, hall)
    url = f"{PATH}/{complaint['id']}"
    for person in (clerk, colleague, chief):
        assert (await person.get(url)).status_code == 404
    await act(office, complaint, "find", finding="unsubstantiated", reason="录像不符")
    assert (await clerk.get(url)).json()["finding_label"] == "不属实"
    assert (await chief.get(url)).status_code == 200
    assert (await colleague.get(url)).status_code == 404
    actions = (await clerk.get(url)).json()["allowed_actions"]
    assert not any(action["allowed"] for action in actions)


async def test_events_reach_the_department_from_the_finding_on_and_never_the_whole_window(
    office: httpx.AsyncClient, hall: Hall, session: AsyncSession
) -> None:
    await found(office, hall)
    events = (
        await session.scalars(
            sa.select(OutboxEvent)
            .where(OutboxEvent.subject_type == "complaint")
            .order_by(OutboxEvent.id)
        )
    ).all()
    assert [(event.kind, event.department_id) for event in events] == [
        ("complaint.registered", None),
        ("complaint.accepted", None),
        ("complaint.investigator_named", None),
        ("complaint.found", hall.department_a),
    ]
    assert {event.window_id for event in events} == {None}
    assert events[-1].facts["day"] == "2026-03-10"


# Standing aside


async def test_who_serves_at_the_window_or_in_its_department_does_not_investigate(
    office: httpx.AsyncClient, hall: Hall, session: AsyncSession
) -> None:
    lent = await make_staff_member(session, hall.department_b, name="借调者")
    await make_service(session, lent, hall.window_01, ends_on=date(2026, 3, 10))
    complaint = await act(office, await register(office, hall), "accept")
    for person in (hall.clerk.staff_id, hall.colleague.staff_id, hall.chief.staff_id, lent):
        refused = await act(
            office, complaint, "investigate", expect=409, investigator_id=str(person)
        )
        assert refused["code"] == "investigator_partial"
    other = str(hall.clerk_elsewhere.staff_id)
    await act(office, complaint, "investigate", investigator_id=other)


async def test_an_investigator_who_turns_out_to_be_concerned_is_replaced_first(
    office: httpx.AsyncClient, hall: Hall
) -> None:
    complaint = await register(office, hall, window_id=None, staff_id=None)
    complaint = await act(office, complaint, "accept")
    person = str(hall.clerk_elsewhere.staff_id)
    complaint = await act(office, complaint, "investigate", investigator_id=person)
    window = str(hall.window_03)
    body: dict[str, Any] = {"finding": "substantiated", "reason": "录像", "window_id": window}
    refused = await act(office, complaint, "find", expect=409, **body)
    assert refused["code"] == "investigator_partial"
    impartial = str(hall.office.staff_id)
    complaint = await act(office, complaint, "investigate", investigator_id=impartial)
    complaint = await act(office, complaint, "find", **body)
    assert complaint["window_number"] == "03"


async def test_an_office_worker_does_not_decide_a_complaint_against_themself(
    *,
    office: httpx.AsyncClient,
    hall: Hall,
    session: AsyncSession,
    sign_in: SignIn,
) -> None:
    complaint = await register(office, hall, window_id=None, staff_id=str(hall.office.staff_id))
    for action, body in (
        ("accept", {}),
        ("decline", {"reason": "无", "answer": "无", "answered_how": "无"}),
        ("withdraw", {"reason": "无"}),
        ("reveal-complainant", {"reason": "想知道"}),
    ):
        refused = await act(office, complaint, action, expect=403, **body)
        assert refused["code"] == "complaint_own_matter"
    other = await make_staff_member(session, name="同事")
    account = await make_account(session, Role.OFFICE, staff_id=other)
    await act(sign_in(account, await make_login(session, account)), complaint, "accept")


async def test_who_made_themself_out_to_be_meant_does_not_decide_it(
    office: httpx.AsyncClient, hall: Hall
) -> None:
    complaint = await register(office, hall, window_id=None, staff_id=None)
    refused = await act(office, complaint, "accept", expect=403, staff_id=str(hall.office.staff_id))
    assert refused["code"] == "complaint_own_matter"


# What may go wrong


async def test_a_true_complaint_names_who_answers_for_it(
    office: httpx.AsyncClient, hall: Hall
) -> None:
    complaint = await investigated(office, hall, window_id=None, staff_id=None)
    refused = await act(
        office, complaint, "find", expect=409, finding="substantiated", reason="录像"
    )
    assert refused["code"] == "complaint_without_accused"
    complaint = await act(office, complaint, "find", finding="unsubstantiated", reason="查无此事")
    assert complaint["finding"] == "unsubstantiated"


@pytest.mark.parametrize("field", ["window_id", "staff_id"])
async def test_a_complaint_about_nobody_known_is_malformed(
    office: httpx.AsyncClient, hall: Hall, field: str
) -> None:
    body = {
        "channel": "desk",
        "summary": "x",
        "content": "x",
        field: "019a4f3e-7c1d-7b60-9d0e-6a2f4c8b1e55",
    }
    reply = await office.post(PATH, json=body)
    assert reply.status_code == 422
    assert reply.json()["errors"][0]["pointer"] == f"/{field}"


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"occurred_on": "2026-03-11"}, "/occurred_on"),
        ({"received_at": "2026-03-10T11:00:01+08:00"}, "/received_at"),
        ({"complainant_phone": "12345"}, "/complainant_phone"),
    ],
)
async def test_what_cannot_be_is_refused(
    office: httpx.AsyncClient, hall: Hall, changes: dict[str, str], pointer: str
) -> None:
    body = {"channel": "box", "summary": "x", "content": "x", **changes}
    reply = await office.post(PATH, json=body)
    assert reply.status_code == 422
    assert reply.json()["errors"][0]["pointer"] == pointer


async def test_what_lay_in_the_box_counts_from_when_the_box_was_opened(
    office: httpx.AsyncClient, hall: Hall
) -> None:
    complaint = await register(office, hall, channel="box", received_at="2026-03-09T12:00:00+08:00")
    assert complaint["occurred_on"] == "2026-03-09"
    assert complaint["due_at"] == "2026-03-11T19:30:00+08:00"


async def test_an_act_out_of_turn_says_what_is_possible(
    office: httpx.AsyncClient, hall: Hall
) -> None:
    complaint = await register(office, hall)
    refused = await act(office, complaint, "answer", expect=409, answer="好", answered_how="电话")
    assert refused["code"] == "complaint_state"
    assert set(refused["allowed"]) == {"accept", "decline", "withdraw", "reveal-complainant"}
    stale = await act(office, complaint | {"version": 9}, "accept", expect=412)
    assert stale["code"] == "stale"


# Looking again, and what scoring is told


async def test_a_finding_that_does_not_stand_counts_no_longer(
    office: httpx.AsyncClient, director: httpx.AsyncClient, hall: Hall, session: AsyncSession
) -> None:
    complaints = ComplaintRepository(session)
    march = (date(2026, 3, 1), date(2026, 3, 31))
    complaint = await found(office, hall, occurred_on="2026-03-09")
    await found(office, hall, occurred_on="2026-02-28")
    [fact] = await complaints.facts(*march)
    assert (str(fact.complaint_id), fact.day) == (complaint["id"], date(2026, 3, 9))
    assert (fact.is_substantiated, fact.staff_id) == (True, hall.clerk.staff_id)
    complaint = await act(director, complaint, "reopen", reason="新的录音")
    assert (complaint["state"], complaint["finding"]) == ("investigating", None)
    assert await complaints.facts(*march) == []
    await act(director, complaint, "find", finding="unsubstantiated", reason="录音不符")
    [fact] = await complaints.facts(*march)
    assert fact.is_substantiated is False


# Without a token


async def test_anyone_may_complain_without_a_name_and_ask_what_became_of_it(
    client: httpx.AsyncClient, office: httpx.AsyncClient, hall: Hall
) -> None:
    body = {"summary": "窗口无人", "content": "等了四十分钟。", "window_number": "01"}
    receipt = (await client.post(PUBLIC, json=body)).json()
    key = {"complaint_number": receipt["complaint_number"], "code": receipt["code"]}
    said = (await client.post(f"{PUBLIC}/lookup", json=key)).json()
    assert (said["state_label"], said["stage_label"], said["due_at"]) == (
        "待受理", "受理", "2026-03-12T19:30:00+08:00",
    )  # fmt: skip
    [listed] = (await office.get(PATH)).json()["items"]
    assert (listed["is_anonymous"], listed["channel"]) == (True, "web")
    assert (listed["window_number"], listed["registered_by_name"]) == ("01", None)
    investigator = str(hall.office.staff_id)
    complaint = await act(office, listed, "accept")
    complaint = await act(office, complaint, "investigate", investigator_id=investigator)
    complaint = await act(office, complaint, "find", finding="substantiated", reason="录像")
    said = (await client.post(f"{PUBLIC}/lookup", json=key)).json()
    assert (said["finding_label"], said["answer"]) == (None, None)  # not before it is answered
    await act(office, complaint, "answer", answer="向您致歉。", answered_how="网上")
    said = (await client.post(f"{PUBLIC}/lookup", json=key)).json()
    assert (said["finding_label"], said["answer"]) == ("属实", "向您致歉。")


async def test_a_wrong_code_and_an_unknown_number_get_the_same_answer(
    client: httpx.AsyncClient, hall: Hall
) -> None:
    body = {"summary": "窗口无人", "content": "等了四十分钟。"}
    receipt = (await client.post(PUBLIC, json=body)).json()
    replies = [
        await client.post(f"{PUBLIC}/lookup", json={"complaint_number": number, "code": code})
        for number, code in (
            (receipt["complaint_number"], "2222-2222-2222"),
            ("TS-2026-999999", receipt["code"]),
            (receipt["complaint_number"], "乱写"),
        )
    ]
    assert {reply.status_code for reply in replies} == {404}
    assert {reply.json()["code"] for reply in replies} == {"complaint_lookup_refused"}


async def test_a_window_that_does_not_exist_is_said_so(
    client: httpx.AsyncClient, hall: Hall
) -> None:
    body = {"summary": "x", "content": "x", "window_number": "99"}
    reply = await client.post(PUBLIC, json=body)
    assert reply.json()["errors"][0]["pointer"] == "/window_number"


async def test_who_complains_too_often_from_one_address_waits(
    client: httpx.AsyncClient, hall: Hall
) -> None:
    body = {"summary": "x", "content": "x"}
    codes = [(await client.post(PUBLIC, json=body)).status_code for _ in range(11)]
    assert codes == [201] * 10 + [429]


async def test_a_complaint_outside_the_centre_is_answered_all_the_same(
    client: httpx.AsyncClient, office: httpx.AsyncClient, hall: Hall
) -> None:
    receipt = (await client.post(PUBLIC, json={"summary": "医院收费", "content": "太贵"})).json()
    [complaint] = (await office.get(PATH)).json()["items"]
    await act(
        office, complaint, "decline", reason="非中心职责", answer="请向卫健委提出。",
        answered_how="网上",
    )  # fmt: skip
    key = {"complaint_number": receipt["complaint_number"], "code": receipt["code"]}
    said = (await client.post(f"{PUBLIC}/lookup", json=key)).json()
    assert (said["state"], said["answer"]) == ("declined", "请向卫健委提出。")


async def test_a_list_has_as_many_queries_for_fifty_as_for_one(
    office: httpx.AsyncClient, hall: Hall, session: AsyncSession
) -> None:
    async def queries() -> int:
        count = 0

        def counted(*_: object) -> None:
            nonlocal count
            count += 1

        engine = (await session.connection()).engine.sync_engine
        sa.event.listen(engine, "before_cursor_execute", counted)
        assert (await office.get(PATH)).status_code == 200
        sa.event.remove(engine, "before_cursor_execute", counted)
        return count

    await register(office, hall)
    one = await queries()
    for _ in range(4):
        await register(office, hall)
    assert await queries() == one > 0
