"""Duties of posts and deputies through HTTP (DUTY, ABPOST)."""

from datetime import date
from typing import Any
from uuid import UUID

import httpx
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
from tests.conftest import SetClock
from tests.factories import Hall, make_service, make_staff_member, make_window

from yimen.core.audit import AuditEntry
from yimen.core.database import Database
from yimen.core.outbox import OutboxEvent
from yimen.domains.organisation.dependencies import hall_of_the_clock
from yimen.domains.organisation.enums import DeputyKind, WindowKind
from yimen.domains.organisation.models import Deputy
from yimen.domains.organisation.rules import Span
from yimen.domains.organisation.service_posts import PostService

DUTIES = "/api/v1/duties"
DEPUTIES = "/api/v1/deputies"


def problem(reply: httpx.Response) -> tuple[int, str]:
    return reply.status_code, reply.json().get("code", "")


async def command(
    client: httpx.AsyncClient, resource: str, act: str, **body: Any
) -> httpx.Response:
    seen = await client.get(resource)
    assert seen.status_code == 200, seen.text
    headers = {"If-Match": seen.headers["ETag"]}
    return await client.post(f"{resource}/{act}", json=body, headers=headers)


def post_duty(hall: Hall, **changes: Any) -> dict[str, Any]:
    return {
        "level": "post",
        "department_id": str(hall.department_a),
        "title": "登记注册岗",
        "content": "受理并审查企业登记申请。",
        "staff_id": str(hall.clerk.staff_id),
    } | changes


def temporary(hall: Hall, **changes: Any) -> dict[str, Any]:
    return {
        "kind": "temporary",
        "staff_id": str(hall.clerk.staff_id),
        "deputy_id": str(hall.clerk_next_door.staff_id),
        "starts_on": "2026-03-11",
        "ends_on": "2026-03-13",
        "reason": "外出培训",
    } | changes


def standing(hall: Hall, **changes: Any) -> dict[str, Any]:
    return {
        "kind": "standing",
        "staff_id": str(hall.clerk.staff_id),
        "deputy_id": str(hall.colleague.staff_id),
    } | changes


# Duties


async def test_the_chief_sets_out_duties_and_they_are_told_and_audited(
    chief: httpx.AsyncClient, clerk: httpx.AsyncClient, hall: Hall, session: AsyncSession
) -> None:
    reply = await chief.post(DUTIES, json=post_duty(hall, year=2026, targets="按时办结。"))
    assert reply.status_code == 201, reply.text
    duty = reply.json()
    assert (duty["level_label"], duty["staff_name"]) == ("岗位职责", hall.clerk.name)
    assert (duty["starts_on"], duty["ends_on"], duty["year"]) == ("2026-03-10", None, 2026)
    seen = (await clerk.get(f"{DUTIES}/{duty['id']}")).json()
    assert seen["content"] == duty["content"]
    assert [action["allowed"] for action in seen["allowed_actions"]] == [False, False]
    audited = await session.scalar(
        sa.select(AuditEntry.new).where(AuditEntry.action == "duties.create")
    )
    assert audited is not None and audited["title"] == "登记注册岗"
    told = await session.scalar(
        sa.select(OutboxEvent.kind).where(OutboxEvent.subject_type == "duty")
    )
    assert told == "duties.create"


async def test_duties_change_and_end(chief: httpx.AsyncClient, hall: Hall, clock: SetClock) -> None:
    path = f"{DUTIES}/{(await chief.post(DUTIES, json=post_duty(hall))).json()['id']}"
    changed = await chief.patch(
        path,
        json={"content": "负责档案移交。", "staff_id": str(hall.colleague.staff_id)},
        headers={"If-Match": '"1"'},
    )
    assert changed.status_code == 200, changed.text
    assert changed.json()["staff_name"] == hall.colleague.name
    assert changed.headers["ETag"] == '"2"'
    stale = await chief.post(f"{path}/end", json={}, headers={"If-Match": '"1"'})
    assert problem(stale) == (412, "stale")
    before = await command(chief, path, "end", ends_on="2026-03-09")
    assert problem(before) == (422, "invalid_input")
    ended = await command(chief, path, "end", ends_on="2026-03-31")
    assert ended.json()["ends_on"] == "2026-03-31"
    clock.set("2026-04-01 11:00")
    assert problem(await command(chief, path, "end")) == (409, "duty_over")


async def test_only_the_chief_and_the_office_set_out_duties(
    clerk: httpx.AsyncClient,
    chief_elsewhere: httpx.AsyncClient,
    director: httpx.AsyncClient,
    hall: Hall,
) -> None:
    for caller in (clerk, chief_elsewhere, director):
        assert problem(await caller.post(DUTIES, json=post_duty(hall))) == (403, "not_your_posts")


async def test_a_holder_belongs_to_the_department_and_to_a_post(
    office: httpx.AsyncClient, hall: Hall, session: AsyncSession
) -> None:
    foreign = post_duty(hall, staff_id=str(hall.clerk_elsewhere.staff_id))
    assert problem(await office.post(DUTIES, json=foreign)) == (422, "invalid_input")
    section = post_duty(hall, level="section", title="登记股")
    assert problem(await office.post(DUTIES, json=section)) == (422, "invalid_input")
    gone = await make_staff_member(session, hall.department_a, left_on=date(2026, 3, 9))
    left = post_duty(hall, staff_id=str(gone))
    assert problem(await office.post(DUTIES, json=left)) == (409, "staff_member_left")


async def test_the_sheet_has_four_contents_and_says_what_is_missing(
    chief: httpx.AsyncClient, hall: Hall
) -> None:
    query = {"department_id": str(hall.department_a)}
    sheet = (await chief.get(f"{DUTIES}/sheet", params=query)).json()
    assert sheet["gaps"][:2] == ["没有制定总体职能。", "没有制定科室职责。"]
    assert len(sheet["gaps"]) == 2 + 2 * 4
    for level, title in (("general", "市监局"), ("section", "登记股")):
        made = post_duty(hall, level=level, title=title, staff_id=None)
        assert (await chief.post(DUTIES, json=made)).status_code == 201
    await chief.post(DUTIES, json=post_duty(hall))
    await chief.post(DUTIES, json=post_duty(hall, title="档案岗", staff_id=None))
    await chief.post(DEPUTIES, json=standing(hall))
    sheet = (await chief.get(f"{DUTIES}/sheet", params=query)).json()
    assert [len(sheet[part]) for part in ("general", "sections", "posts", "people")] == [1, 1, 2, 4]
    [clerk] = [line for line in sheet["people"] if line["staff_name"] == hall.clerk.name]
    assert (clerk["duties"], clerk["deputy_name"]) == (["登记注册岗"], hall.colleague.name)
    assert f"{hall.clerk.name}没有B岗责任人。" not in sheet["gaps"]
    assert "“档案岗”没有责任人。" in sheet["gaps"]
    centre = (await chief.get(f"{DUTIES}/sheet")).json()
    assert {line["staff_name"] for line in centre["people"]} == {
        hall.office.name, hall.director.name
    }  # fmt: skip
    unknown = {"department_id": "019a4f3e-7c1d-7b60-9d0e-6a2f4c8b1e99"}
    assert (await chief.get(f"{DUTIES}/sheet", params=unknown)).status_code == 404


async def test_duties_are_listed_by_what_is_asked(chief: httpx.AsyncClient, hall: Hall) -> None:
    for title in ("甲岗", "乙岗", "丙岗"):
        await chief.post(DUTIES, json=post_duty(hall, title=title))
    query: dict[str, str] = {"department_id": str(hall.department_a), "limit": "2"}
    first = (await chief.get(DUTIES, params=query)).json()
    rest = (await chief.get(DUTIES, params=query | {"cursor": first["next_cursor"]})).json()
    titles = [duty["title"] for duty in first["items"] + rest["items"]]
    assert sorted(titles) == sorted(["甲岗", "乙岗", "丙岗"])
    for key, value, found in (
        ("level", "general", 0),
        ("on", "2026-03-09", 0),
        ("on", "2026-03-10", 3),
        ("staff_id", str(hall.colleague.staff_id), 0),
    ):
        page = (await chief.get(DUTIES, params={key: value})).json()
        assert len(page["items"]) == found, key


# Deputies


async def test_a_deputy_steps_in_and_confirms_what_was_handed_over(
    chief: httpx.AsyncClient, clerk_next_door: httpx.AsyncClient, hall: Hall, clock: SetClock
) -> None:
    reply = await chief.post(DEPUTIES, json=temporary(hall))
    assert reply.status_code == 201, reply.text
    path = f"{DEPUTIES}/{reply.json()['id']}"
    assert reply.json()["is_acting"] is False
    assert problem(await command(chief, path, "confirm", handover="两件在办")) == (
        403, "not_the_deputy",
    )  # fmt: skip
    clock.set("2026-03-11 10:00")
    confirmed = await command(clerk_next_door, path, "confirm", handover="两件在办")
    assert confirmed.status_code == 200, confirmed.text
    assert confirmed.json()["confirmed_at"] == "2026-03-11T10:00:00+08:00"
    assert confirmed.json()["is_acting"] is True
    clock.set("2026-03-14 10:00")
    assert (await chief.get(path)).json()["is_acting"] is False
    late = await command(clerk_next_door, path, "confirm", handover="再来一次")
    assert problem(late) == (409, "deputyship_over")


async def test_a_standing_deputy_does_not_act_and_has_nothing_to_confirm(
    office: httpx.AsyncClient, colleague: httpx.AsyncClient, hall: Hall
) -> None:
    made = (await office.post(DEPUTIES, json=standing(hall))).json()
    assert (made["kind_label"], made["is_acting"], made["ends_on"]) == ("常设AB岗", False, None)
    answer = await command(colleague, f"{DEPUTIES}/{made['id']}", "confirm", handover="无")
    assert problem(answer) == (409, "nothing_to_hand_over")


@pytest.mark.parametrize(
    ("kind", "code"),
    [("standing", "standing_deputy_named"), ("temporary", "temporary_deputy_named")],
)
@pytest.mark.parametrize(
    ("starts_on", "ends_on", "is_free"),
    [
        ("2026-03-08", "2026-03-10", True),
        ("2026-03-08", "2026-03-11", False),
        ("2026-03-12", "2026-03-12", False),
        ("2026-03-13", "2026-03-20", False),
        ("2026-03-14", "2026-03-20", True),
    ],
)
async def test_a_post_has_one_deputy_of_a_kind_at_a_time(
    chief: httpx.AsyncClient,
    hall: Hall,
    *,
    kind: str,
    code: str,
    starts_on: str,
    ends_on: str,
    is_free: bool,
) -> None:
    assert (await chief.post(DEPUTIES, json=temporary(hall, kind=kind))).status_code == 201
    second = temporary(
        hall,
        kind=kind,
        deputy_id=str(hall.colleague.staff_id),
        starts_on=starts_on,
        ends_on=ends_on,
    )
    reply = await chief.post(DEPUTIES, json=second)
    if is_free:
        assert reply.status_code == 201, reply.text
    else:
        assert problem(reply) == (409, code)
        assert hall.clerk_next_door.name in reply.json()["detail"]


async def test_a_standing_and_a_temporary_deputy_do_not_collide(
    chief: httpx.AsyncClient, hall: Hall
) -> None:
    assert (await chief.post(DEPUTIES, json=standing(hall))).status_code == 201
    assert (await chief.post(DEPUTIES, json=temporary(hall))).status_code == 201
    acting = (await chief.get(DEPUTIES, params={"on": "2026-03-12", "kind": "temporary"})).json()
    assert [row["deputy_name"] for row in acting["items"]] == [hall.clerk_next_door.name]


async def test_who_cannot_be_a_deputy(
    office: httpx.AsyncClient, hall: Hall, session: AsyncSession
) -> None:
    async def answer(**changes: Any) -> tuple[int, str]:
        return problem(await office.post(DEPUTIES, json=temporary(hall, **changes)))

    assert await answer(deputy_id=str(hall.clerk.staff_id)) == (409, "own_deputy")
    assert await answer(deputy_id=str(hall.clerk_elsewhere.staff_id)) == (409, "deputy_not_near")
    gone = await make_staff_member(session, hall.department_a, left_on=date(2026, 3, 12))
    assert await answer(deputy_id=str(gone)) == (409, "staff_member_left")
    assert await answer(ends_on=None) == (422, "invalid_input")
    assert await answer(reason=None) == (422, "invalid_input")
    assert await answer(ends_on="2026-03-10") == (422, "invalid_input")
    away = {
        "staff_id": str(hall.clerk_next_door.staff_id),
        "deputy_id": str(hall.colleague.staff_id),
    }
    assert (await office.post(DEPUTIES, json=temporary(hall, **away))).status_code == 201
    assert await answer() == (409, "deputy_absent")


async def test_people_of_one_comprehensive_window_stand_in_for_each_other(
    office: httpx.AsyncClient, hall: Hall, session: AsyncSession
) -> None:
    shared = await make_window(session, hall.department_a, kind=WindowKind.COMPREHENSIVE)
    people = [
        await make_staff_member(session, department)
        for department in (hall.department_a, hall.department_b)
    ]
    for person in people:
        await make_service(session, person, shared)
    pair = {"staff_id": str(people[0]), "deputy_id": str(people[1])}
    assert (await office.post(DEPUTIES, json=temporary(hall, **pair))).status_code == 201


async def test_only_the_chief_and_the_office_name_deputies(
    clerk: httpx.AsyncClient,
    chief_elsewhere: httpx.AsyncClient,
    director: httpx.AsyncClient,
    hall: Hall,
) -> None:
    for caller in (clerk, chief_elsewhere, director):
        assert problem(await caller.post(DEPUTIES, json=standing(hall))) == (403, "not_your_posts")


async def test_a_deputyship_is_shortened_but_never_lengthened(
    chief: httpx.AsyncClient, chief_elsewhere: httpx.AsyncClient, hall: Hall
) -> None:
    path = f"{DEPUTIES}/{(await chief.post(DEPUTIES, json=temporary(hall))).json()['id']}"
    longer = await command(chief, path, "end", ends_on="2026-03-14")
    assert problem(longer) == (422, "invalid_input")
    assert problem(await command(chief_elsewhere, path, "end")) == (403, "not_your_posts")
    shorter = await command(chief, path, "end", ends_on="2026-03-12")
    assert shorter.json()["ends_on"] == "2026-03-12"


async def test_the_database_itself_refuses_a_second_deputy_and_a_deputy_of_oneself(
    database: Database, hall: Hall
) -> None:
    def row(deputy: UUID) -> dict[str, Any]:
        return {
            "kind": DeputyKind.STANDING,
            "staff_id": hall.clerk.staff_id,
            "deputy_id": deputy,
            "starts_on": date(2026, 3, 1),
        }

    assert isinstance(database.engine, AsyncConnection)
    for deputies in ([hall.colleague, hall.clerk_next_door], [hall.clerk]):
        savepoint = await database.engine.begin_nested()
        with pytest.raises(IntegrityError):
            for person in deputies:
                await database.engine.execute(sa.insert(Deputy).values(row(person.staff_id)))
        await savepoint.rollback()


async def test_an_absence_has_its_deputy_step_in_stay_and_step_back(
    session: AsyncSession, hall: Hall, clock: SetClock
) -> None:
    posts = PostService(await hall_of_the_clock(session, clock()))
    week = Span(date(2026, 3, 11), date(2026, 3, 13))
    row = await posts.step_in(
        absent_id=hall.clerk.staff_id,
        deputy_id=hall.colleague.staff_id,
        span=week,
        reason="请假",
    )
    assert row is not None
    again = await posts.step_in(
        absent_id=hall.clerk.staff_id,
        deputy_id=hall.clerk_next_door.staff_id,
        span=week,
        reason="请假",
    )
    assert again is None
    await posts.stay_in(row.id, date(2026, 3, 17))
    assert row.ends_on == date(2026, 3, 17)
    await posts.step_back(row.id, date(2026, 3, 13))
    assert row.ends_on == date(2026, 3, 12)
    await posts.step_back(row.id, date(2026, 3, 11))
    assert await session.get(Deputy, row.id) is None
