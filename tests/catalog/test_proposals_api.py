"""Proposals through HTTP: who may, in which order, and what an approval leaves (MGMT 六)."""

from typing import Any
from uuid import UUID

import httpx
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from tests.catalog_factories import (
    ITEMS_SINCE,
    Items,
    content,
    content_body,
    make_item,
    make_version,
)
from tests.conftest import SetClock, SignIn
from tests.factories import Hall, Person, make_account, make_department, make_login

from yimen.core.audit import AuditEntry
from yimen.core.caller import Role
from yimen.core.outbox import OutboxEvent
from yimen.domains.accounts.models import Account
from yimen.domains.catalog.dependencies import open_catalog
from yimen.domains.catalog.enums import CaseKind, Mark
from yimen.domains.catalog.models import ItemProposal, ItemVersion
from yimen.domains.organisation.models import Department, Window

ITEMS = "/api/v1/service-items"
PROPOSALS = "/api/v1/item-proposals"


def problem(reply: httpx.Response) -> tuple[int, str]:
    return reply.status_code, str(reply.json().get("code", ""))


def pointers(reply: httpx.Response) -> list[tuple[str, str]]:
    return [(error["pointer"], error["code"]) for error in reply.json()["errors"]]


def new_item(department_id: UUID, *window_ids: UUID, **changes: Any) -> dict[str, Any]:
    return {
        "kind": "new",
        "department_id": str(department_id),
        "content": content_body(*window_ids, **({"name": "小餐饮登记"} | changes)),
        "reason": "县政府新公布的事项",
    }


def item_change(item_id: UUID, *window_ids: UUID, base: int = 1, **changes: Any) -> dict[str, Any]:
    return {
        "kind": "change",
        "item_id": str(item_id),
        "base_version_no": base,
        "content": content_body(*window_ids, **({"committed_days": 3} | changes)),
        "reason": "压缩承诺时限",
    }


def withdrawal(item_id: UUID, base: int = 1) -> dict[str, Any]:
    return {
        "kind": "withdrawal",
        "item_id": str(item_id),
        "base_version_no": base,
        "reason": "国务院决定取消",
    }


async def propose(client: httpx.AsyncClient, body: dict[str, Any]) -> str:
    reply = await client.post(PROPOSALS, json=body)
    assert reply.status_code == 201, reply.text
    return f"{PROPOSALS}/{reply.json()['id']}"


BODIES: dict[str, dict[str, Any]] = {
    "opinion": {"opinion": "supports", "text": "建议批准"},
    "approve": {"note": "同意"},
    "reject": {"note": "时限仍可压缩"},
    "withdraw": {"note": "重新拟定"},
}


async def act(client: httpx.AsyncClient, proposal: str, action: str) -> httpx.Response:
    """Give a command with the version that stands in the database, whoever may read it."""
    etag = (await client.get(proposal)).headers.get("ETag", '"1"')
    return await client.post(
        f"{proposal}/{action}", json=BODIES[action], headers={"If-Match": etag}
    )


async def approve(office: httpx.AsyncClient, director: httpx.AsyncClient, proposal: str) -> Any:
    assert (await act(office, proposal, "opinion")).status_code == 200
    reply = await act(director, proposal, "approve")
    assert reply.status_code == 200, reply.text
    return reply.json()


# The whole way


async def test_a_change_goes_from_the_department_over_the_office_to_the_director(
    chief: httpx.AsyncClient,
    office: httpx.AsyncClient,
    director: httpx.AsyncClient,
    clerk: httpx.AsyncClient,
    hall: Hall,
    items: Items,
    clock: SetClock,
) -> None:
    clock.set("2026-03-09 11:00")
    proposal = await propose(chief, item_change(items.food.item_id, hall.window_01))
    shown = (await chief.get(proposal)).json()
    assert (shown["state"], shown["proposed_by_name"]) == ("proposed", "张伟")
    assert shown["item_name"] == "食品经营许可（新办）"
    before = (await clerk.get(f"{ITEMS}/{items.food.item_id}")).json()
    assert before["version_no"] == 1

    clock.set("2026-03-10 12:00")
    opined = (await act(office, proposal, "opinion")).json()
    assert (opined["state"], opined["opinion_label"], opined["opined_by_name"]) == (
        "opined",
        "同意",
        "赵敏",
    )
    clock.set("2026-03-11 13:00")
    done = await act(director, proposal, "approve")
    assert done.headers["ETag"] == '"3"'
    assert done.json()["state"] == "approved"
    assert done.json()["resulting_version_no"] == 2
    assert done.json()["closed_at"] == "2026-03-11T13:00:00+08:00"

    after = (await clerk.get(f"{ITEMS}/{items.food.item_id}")).json()
    assert (after["version_no"], after["content"]["committed_days"]) == (2, 3)
    assert (after["origin"], after["approved_by_name"]) == ("proposal", "刘强")
    assert after["effective_on"] == "2026-03-11"
    assert [window["number"] for window in after["windows"]] == ["01"]


async def test_a_new_item_is_in_force_with_its_approval(
    chief: httpx.AsyncClient, office: httpx.AsyncClient, director: httpx.AsyncClient, hall: Hall
) -> None:
    proposal = await propose(chief, new_item(hall.department_a, hall.window_01, item_code=None))
    assert (await chief.get(proposal)).json()["item_id"] is None
    done = await approve(office, director, proposal)
    item = (await chief.get(f"{ITEMS}/{done['item_id']}")).json()
    assert (item["status"], item["content"]["name"]) == ("in_force", "小餐饮登记")
    assert item["code"].startswith("SX-")


async def test_an_approved_withdrawal_takes_the_item_out(
    chief: httpx.AsyncClient,
    office: httpx.AsyncClient,
    director: httpx.AsyncClient,
    items: Items,
    session: AsyncSession,
) -> None:
    proposal = await propose(chief, withdrawal(items.food.item_id))
    shown = (await chief.get(proposal)).json()
    assert shown["content"] is None and shown["item_name"] == "食品经营许可（新办）"
    done = await approve(office, director, proposal)
    assert done["resulting_version_no"] is None
    item = (await chief.get(f"{ITEMS}/{items.food.item_id}")).json()
    assert (item["status"], item["withdrawn_on"]) == ("withdrawn", "2026-03-10")
    kinds = list(
        await session.scalars(
            sa.select(OutboxEvent.kind).where(OutboxEvent.subject_id == str(items.food.item_id))
        )
    )
    assert kinds == ["service_item.in_force", "service_item.withdrawn"]
    again = await chief.post(PROPOSALS, json=withdrawal(items.food.item_id))
    assert problem(again) == (409, "item_withdrawn")


async def test_a_rejection_says_why_and_changes_nothing(
    chief: httpx.AsyncClient,
    office: httpx.AsyncClient,
    director: httpx.AsyncClient,
    hall: Hall,
    items: Items,
    session: AsyncSession,
) -> None:
    proposal = await propose(chief, item_change(items.food.item_id, hall.window_01))
    await act(office, proposal, "opinion")
    done = (await act(director, proposal, "reject")).json()
    assert (done["state"], done["closing_note"]) == ("rejected", "时限仍可压缩")
    assert await session.scalar(sa.select(sa.func.max(ItemVersion.version_no))) == 1
    nothing_said = await director.post(f"{proposal}/reject", json={}, headers={"If-Match": '"3"'})
    assert nothing_said.status_code == 422


async def test_the_director_may_approve_against_the_office_s_opinion(
    chief: httpx.AsyncClient,
    office: httpx.AsyncClient,
    director: httpx.AsyncClient,
    hall: Hall,
    items: Items,
) -> None:
    proposal = await propose(chief, item_change(items.food.item_id, hall.window_01))
    opinion = {"opinion": "objects", "text": "缺少现场核查"}
    reply = await office.post(f"{proposal}/opinion", json=opinion, headers={"If-Match": '"1"'})
    assert reply.json()["opinion_label"] == "不同意"
    assert (await act(director, proposal, "approve")).status_code == 200


async def test_each_step_is_audited_and_told(
    chief: httpx.AsyncClient,
    office: httpx.AsyncClient,
    director: httpx.AsyncClient,
    hall: Hall,
    items: Items,
    session: AsyncSession,
) -> None:
    proposal = await propose(chief, item_change(items.food.item_id, hall.window_01))
    await approve(office, director, proposal)
    subject = proposal.rsplit("/", 1)[1]
    entries = (
        await session.scalars(
            sa.select(AuditEntry).where(AuditEntry.subject_id == subject).order_by(AuditEntry.id)
        )
    ).all()
    assert [(entry.action, entry.actor) for entry in entries] == [
        ("item_proposals.proposed", "chief"),
        ("item_proposals.opined", "office"),
        ("item_proposals.approved", "director"),
    ]
    assert entries[1].old == {"state": "proposed"}
    events = (
        await session.scalars(
            sa.select(OutboxEvent).where(OutboxEvent.subject_id == subject).order_by(OutboxEvent.id)
        )
    ).all()
    assert [event.facts["state"] for event in events] == ["proposed", "opined", "approved"]
    assert {event.department_id for event in events} == {hall.department_a}


# Who may


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("clerk", 403),
        ("clerk_elsewhere", 403),
        ("chief", 201),
        ("chief_elsewhere", 403),
        ("office", 201),
        ("director", 403),
    ],
)
@pytest.mark.parametrize("kind", ["new", "change", "withdrawal"])
async def test_the_own_chief_and_the_office_propose(
    who: str, status: int, kind: str, hall: Hall, items: Items, sign_in: SignIn
) -> None:
    bodies = {
        "new": new_item(hall.department_a, hall.window_01),
        "change": item_change(items.food.item_id, hall.window_01),
        "withdrawal": withdrawal(items.food.item_id),
    }
    person: Person = getattr(hall, who)
    client = sign_in(person.account_id, person.session_id)
    reply = await client.post(PROPOSALS, json=bodies[kind])
    assert reply.status_code == status, reply.text
    if status == 403:
        assert reply.json()["code"] == "forbidden"
        assert reply.json()["article"] == "MGMT 六"


VISIBLE = {
    "clerk": True,
    "clerk_elsewhere": False,
    "chief": True,
    "chief_elsewhere": False,
    "office": True,
    "director": True,
}
ACTORS = {
    "opinion": {"office"},
    "approve": {"director"},
    "reject": {"director"},
    "withdraw": {"chief"},
}


@pytest.mark.parametrize("who", list(VISIBLE))
@pytest.mark.parametrize("action", list(ACTORS))
async def test_a_command_is_for_those_who_may(
    who: str,
    action: str,
    hall: Hall,
    items: Items,
    chief: httpx.AsyncClient,
    office: httpx.AsyncClient,
    sign_in: SignIn,
) -> None:
    proposal = await propose(chief, item_change(items.food.item_id, hall.window_01))
    if action in ("approve", "reject"):
        await act(office, proposal, "opinion")
    person: Person = getattr(hall, who)
    client = sign_in(person.account_id, person.session_id)
    shown = await client.get(proposal)
    reply = await act(client, proposal, action)
    if not VISIBLE[who]:
        assert problem(shown) == problem(reply) == (404, "item_proposal_not_found")
        assert (await client.get(PROPOSALS)).json()["items"] == []
        return
    told = {entry["action"]: entry for entry in shown.json()["allowed_actions"]}[action]
    if who in ACTORS[action]:
        assert reply.status_code == 200, reply.text
        assert (told["allowed"], told["reason"]) == (True, None)
    else:
        assert problem(reply) == (403, "forbidden")
        assert (told["allowed"], told["reason_code"]) == (False, "forbidden")
        assert reply.json()["detail"] == told["reason"]


async def test_nobody_approves_an_own_proposal(
    office: httpx.AsyncClient, hall: Hall, items: Items, session: AsyncSession, sign_in: SignIn
) -> None:
    proposal = await propose(office, item_change(items.food.item_id, hall.window_01))
    await act(office, proposal, "opinion")
    await session.execute(
        sa.update(Account).where(Account.id == hall.office.account_id).values(role=Role.DIRECTOR)
    )
    promoted = sign_in(hall.office.account_id, hall.office.session_id)
    for action in ("approve", "reject"):
        reply = await act(promoted, proposal, action)
        assert problem(reply) == (403, "forbidden")
        assert "自己" in reply.json()["detail"]


async def test_a_successor_of_the_chief_withdraws_the_office_s_or_the_predecessor_s_proposal(
    office: httpx.AsyncClient, chief: httpx.AsyncClient, hall: Hall, items: Items
) -> None:
    proposal = await propose(office, withdrawal(items.food.item_id))
    done = await act(chief, proposal, "withdraw")
    assert (done.json()["state"], done.json()["closed_by_name"]) == ("withdrawn", "张伟")


async def test_another_office_account_does_not_withdraw_what_is_not_its_own(
    chief: httpx.AsyncClient,
    hall: Hall,
    items: Items,
    session: AsyncSession,
    sign_in: SignIn,
) -> None:
    account_id = await make_account(session, Role.OFFICE)
    other = sign_in(account_id, await make_login(session, account_id))
    proposal = await propose(chief, withdrawal(items.food.item_id))
    assert problem(await act(other, proposal, "withdraw")) == (403, "forbidden")


# In which order


@pytest.mark.parametrize(
    ("steps", "action", "allowed"),
    [
        ([], "approve", ["opinion", "withdraw"]),
        ([], "reject", ["opinion", "withdraw"]),
        (["opinion"], "opinion", ["approve", "reject", "withdraw"]),
        (["opinion", "approve"], "withdraw", []),
        (["opinion", "approve"], "approve", []),
        (["opinion", "reject"], "approve", []),
        (["withdraw"], "opinion", []),
        (["withdraw"], "withdraw", []),
    ],
)
async def test_a_command_out_of_turn_names_the_state_and_what_is_possible(
    steps: list[str],
    action: str,
    allowed: list[str],
    chief: httpx.AsyncClient,
    office: httpx.AsyncClient,
    director: httpx.AsyncClient,
    hall: Hall,
    items: Items,
) -> None:
    actors = {"opinion": office, "approve": director, "reject": director, "withdraw": chief}
    proposal = await propose(chief, item_change(items.food.item_id, hall.window_01))
    for step in steps:
        assert (await act(actors[step], proposal, step)).status_code == 200
    reply = await act(actors[action], proposal, action)
    assert problem(reply) == (409, "proposal_state")
    assert reply.json()["allowed"] == allowed
    told = {
        entry["action"]: entry
        for entry in (await actors[action].get(proposal)).json()["allowed_actions"]
    }
    assert told[action]["reason_code"] == "proposal_state"
    assert told[action]["reason"] == reply.json()["detail"]


async def test_a_command_needs_the_version_that_was_seen(
    chief: httpx.AsyncClient, office: httpx.AsyncClient, hall: Hall, items: Items
) -> None:
    proposal = await propose(chief, item_change(items.food.item_id, hall.window_01))
    for action in ACTORS:
        missing = await office.post(f"{proposal}/{action}", json=BODIES[action])
        assert problem(missing) == (428, "precondition_required")
    stale = {"If-Match": '"2"'}
    reply = await office.post(f"{proposal}/opinion", json=BODIES["opinion"], headers=stale)
    assert problem(reply) == (412, "stale")


async def test_one_open_proposal_an_item(
    chief: httpx.AsyncClient, office: httpx.AsyncClient, hall: Hall, items: Items
) -> None:
    first = await propose(chief, item_change(items.food.item_id, hall.window_01))
    second = await office.post(PROPOSALS, json=withdrawal(items.food.item_id))
    assert problem(second) == (409, "item_proposal_open")
    await act(chief, first, "withdraw")
    assert (await office.post(PROPOSALS, json=withdrawal(items.food.item_id))).status_code == 201


async def test_a_proposal_on_an_old_version_is_refused_at_both_ends(
    chief: httpx.AsyncClient,
    office: httpx.AsyncClient,
    director: httpx.AsyncClient,
    hall: Hall,
    items: Items,
    session: AsyncSession,
) -> None:
    proposal = await propose(chief, item_change(items.food.item_id, hall.window_01))
    await make_version(session, items.food, hall.department_a, [hall.window_01], committed_days=4)
    other = await chief.post(PROPOSALS, json=withdrawal(items.food.item_id))
    assert problem(other) == (409, "item_version_outdated")
    await act(office, proposal, "opinion")
    assert problem(await act(director, proposal, "approve")) == (409, "item_version_outdated")
    assert (await chief.get(proposal)).json()["state"] == "opined"
    assert (await act(director, proposal, "reject")).status_code == 200


async def test_an_item_withdrawn_meanwhile_can_not_be_changed(
    chief: httpx.AsyncClient,
    office: httpx.AsyncClient,
    director: httpx.AsyncClient,
    hall: Hall,
    items: Items,
    session: AsyncSession,
) -> None:
    proposal = await propose(chief, item_change(items.food.item_id, hall.window_01))
    await open_catalog(session, None, ITEMS_SINCE).withdraw_item(items.food.item_id, reason="取消")
    await act(office, proposal, "opinion")
    assert problem(await act(director, proposal, "approve")) == (409, "item_withdrawn")


async def test_a_window_closed_meanwhile_stops_the_approval(
    chief: httpx.AsyncClient,
    office: httpx.AsyncClient,
    director: httpx.AsyncClient,
    hall: Hall,
    items: Items,
    session: AsyncSession,
    clock: SetClock,
) -> None:
    proposal = await propose(chief, item_change(items.food.item_id, hall.window_01))
    yesterday = sa.func.date("2026-03-09")
    await session.execute(
        sa.update(Window).where(Window.id == hall.window_01).values(closed_on=yesterday)
    )
    await act(office, proposal, "opinion")
    reply = await act(director, proposal, "approve")
    assert problem(reply) == (409, "item_proposal_unfit")
    assert pointers(reply) == [("/content/window_ids/0", "window_closed")]


async def test_a_department_gone_meanwhile_stops_the_approval(
    chief: httpx.AsyncClient,
    office: httpx.AsyncClient,
    director: httpx.AsyncClient,
    hall: Hall,
    session: AsyncSession,
) -> None:
    proposal = await propose(chief, new_item(hall.department_a, hall.window_01))
    await act(office, proposal, "opinion")
    await session.execute(
        sa.update(Department)
        .where(Department.id == hall.department_a)
        .values(closed_on=sa.func.date("2026-03-09"))
    )
    assert problem(await act(director, proposal, "approve")) == (409, "item_proposal_unfit")


async def test_the_second_of_two_like_new_items_is_refused_on_approval(
    chief: httpx.AsyncClient, office: httpx.AsyncClient, director: httpx.AsyncClient, hall: Hall
) -> None:
    first = await propose(chief, new_item(hall.department_a, hall.window_01))
    second = await propose(office, new_item(hall.department_a, hall.window_01))
    await approve(office, director, first)
    await act(office, second, "opinion")
    assert problem(await act(director, second, "approve")) == (409, "item_listed")
    third = await chief.post(PROPOSALS, json=new_item(hall.department_a, hall.window_01))
    assert problem(third) == (409, "item_listed")


# What may be proposed


@pytest.mark.parametrize(
    ("kind", "given", "expected"),
    [
        ("new", [], [("/department_id", "missing"), ("/content", "missing")]),
        (
            "change",
            [],
            [("/item_id", "missing"), ("/base_version_no", "missing"), ("/content", "missing")],
        ),
        ("withdrawal", [], [("/item_id", "missing"), ("/base_version_no", "missing")]),
        (
            "withdrawal",
            ["item_id", "base_version_no", "content"],
            [("/content", "not_needed")],
        ),
        (
            "new",
            ["department_id", "content", "item_id", "base_version_no"],
            [("/item_id", "not_needed"), ("/base_version_no", "not_needed")],
        ),
    ],
)
async def test_each_kind_of_proposal_has_its_own_fields(
    kind: str,
    given: list[str],
    expected: list[tuple[str, str]],
    chief: httpx.AsyncClient,
    hall: Hall,
    items: Items,
) -> None:
    everything = {
        "department_id": str(hall.department_a),
        "item_id": str(items.food.item_id),
        "base_version_no": 1,
        "content": content_body(hall.window_01),
    }
    body = {"kind": kind, "reason": "调整"} | {name: everything[name] for name in given}
    reply = await chief.post(PROPOSALS, json=body)
    assert problem(reply) == (422, "item_proposal_incomplete")
    assert pointers(reply) == expected


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"committed_days": 21}, "/content/committed_days", "commitment_exceeds_statutory"),
        (
            {"kind": CaseKind.IMMEDIATE, "committed_days": 1},
            "/content/committed_days",
            "immediate_has_no_days",
        ),
        ({"to_complete": (Mark.CHARGES,)}, "/content/to_complete/0", "not_assumed"),
    ],
)
async def test_a_content_against_the_rules_can_not_be_proposed(
    changes: dict[str, Any], pointer: str, code: str, chief: httpx.AsyncClient, hall: Hall
) -> None:
    reply = await chief.post(PROPOSALS, json=new_item(hall.department_a, hall.window_01, **changes))
    assert problem(reply) == (422, "item_content_faulty")
    assert pointers(reply) == [(pointer, code)]


async def test_an_item_is_for_open_windows_of_its_department(
    chief: httpx.AsyncClient, hall: Hall
) -> None:
    """MGMT 九."""
    without = await chief.post(PROPOSALS, json=new_item(hall.department_a))
    assert pointers(without) == [("/content/window_ids", "no_window")]
    body = new_item(hall.department_a, hall.window_03)
    body["content"]["window_ids"] = [str(hall.window_01), str(hall.window_03)]
    foreign = await chief.post(PROPOSALS, json=body)
    assert pointers(foreign) == [("/content/window_ids/1", "window_of_other_department")]


async def test_a_change_that_changes_nothing_is_refused(
    chief: httpx.AsyncClient, hall: Hall, items: Items
) -> None:
    same = item_change(items.food.item_id, hall.window_02, hall.window_01, committed_days=5)
    reply = await chief.post(PROPOSALS, json=same)
    assert pointers(reply) == [("/content", "nothing_changed")]


async def test_what_was_read_can_be_proposed_with_one_thing_changed(
    chief: httpx.AsyncClient, items: Items
) -> None:
    read = (await chief.get(f"{ITEMS}/{items.food.item_id}")).json()
    body = withdrawal(items.food.item_id, read["version_no"])
    body |= {"kind": "change", "content": read["content"] | {"complaint_phone": "12345"}}
    proposal = await propose(chief, body)
    assert (await chief.get(proposal)).json()["content"]["complaint_phone"] == "12345"


async def test_open_marks_of_an_import_may_stay_open(
    chief: httpx.AsyncClient, hall: Hall, session: AsyncSession
) -> None:
    marks = (Mark.CHARGES, Mark.MATERIALS)
    item = await make_item(
        session, hall.department_a, [hall.window_01], complaint_phone=None, to_complete=marks
    )
    body = item_change(item.item_id, hall.window_01, to_complete=(Mark.CHARGES,))
    body["content"]["complaint_phone"] = None
    proposal = await propose(chief, body)
    shown = (await chief.get(proposal)).json()
    assert shown["content"]["to_complete"] == ["charges"]
    assert [missing["code"] for missing in shown["missing_disclosures"]] == ["complaint_phone"]


async def test_unknown_items_and_departments_are_named(
    chief: httpx.AsyncClient, office: httpx.AsyncClient, hall: Hall, session: AsyncSession
) -> None:
    nobody = UUID(int=7)
    assert problem(await chief.post(PROPOSALS, json=withdrawal(nobody))) == (404, "item_not_found")
    unknown = await office.post(PROPOSALS, json=new_item(nobody, hall.window_01))
    assert problem(unknown) == (422, "item_department_unknown")
    gone = await make_department(session, closed_on=ITEMS_SINCE.date())
    closed = await office.post(PROPOSALS, json=new_item(gone, hall.window_01))
    assert problem(closed) == (422, "item_department_unknown")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("content", "colour"), "red"),
        (("content", "task_type"), 2),
        (("content", "committed_days"), "5天"),
        (("content", "name"), "好" * 201),
        (("content", "name"), "a\u0000b"),
        (("content", "charges", 0, "amount"), 10),
        (("content", "window_ids", 0), "x"),
        (("kind",), "merge"),
        (("reason",), ""),
        (("base_version_no",), 0),
    ],
)
async def test_malformed_proposals_are_422_with_a_pointer(
    path: tuple[Any, ...], value: object, chief: httpx.AsyncClient, hall: Hall, items: Items
) -> None:
    body = item_change(items.food.item_id, hall.window_01)
    place: Any = body
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    reply = await chief.post(PROPOSALS, json=body)
    assert reply.status_code == 422
    assert pointers(reply)[0][0] == "/" + "/".join(str(step) for step in path)


async def test_a_proposal_sent_twice_with_one_key_is_made_once(
    chief: httpx.AsyncClient, hall: Hall, session: AsyncSession
) -> None:
    body = new_item(hall.department_a, hall.window_01)
    replies = [
        await chief.post(PROPOSALS, json=body, headers={"Idempotency-Key": "p1"}) for _ in range(2)
    ]
    assert replies[0].json() == replies[1].json()
    assert await session.scalar(sa.select(sa.func.count()).select_from(ItemProposal)) == 1


# Lists


async def test_proposals_are_listed_newest_first_and_filtered(
    chief: httpx.AsyncClient,
    chief_elsewhere: httpx.AsyncClient,
    office: httpx.AsyncClient,
    hall: Hall,
    items: Items,
) -> None:
    await propose(chief, new_item(hall.department_a, hall.window_01))
    food = await propose(chief, item_change(items.food.item_id, hall.window_01))
    await propose(chief_elsewhere, withdrawal(items.land.item_id))
    await act(office, food, "opinion")

    async def names(client: httpx.AsyncClient, **query: Any) -> list[str]:
        reply = await client.get(PROPOSALS, params=query)
        assert reply.status_code == 200, reply.text
        return [entry["item_name"] for entry in reply.json()["items"]]

    new, changed, land = "小餐饮登记", content().name, "临时用地审批"
    assert await names(office) == [land, changed, new]
    assert await names(chief) == [changed, new]
    assert await names(chief_elsewhere) == [land]
    assert await names(office, state="opined") == [changed]
    assert await names(office, department_id=hall.department_b) == [land]
    assert await names(office, item_id=items.food.item_id) == [changed]
    first = (await office.get(PROPOSALS, params={"limit": 2, "with_total": True})).json()
    assert first["total"] == 3
    assert await names(office, cursor=first["next_cursor"]) == [new]
