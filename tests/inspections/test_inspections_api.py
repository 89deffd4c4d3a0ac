"""Rounds and findings over HTTP, from the dusty counter to the office's decision."""

from datetime import date
from functools import partial
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from tests.commands import command
from tests.conftest import SetClock
from tests.factories import Hall, make_service, make_staff_member
from tests.statements import counted

from yimen.core.audit import AuditEntry
from yimen.core.database import Database
from yimen.core.outbox import OutboxEvent
from yimen.domains.inspections.dependencies import inspections_of_the_clock
from yimen.domains.inspections.enums import FindingState, SubjectKind, TableKind
from yimen.domains.inspections.rules import FindingFact

ROUNDS = "/api/v1/inspections"
FINDINGS = "/api/v1/inspection-findings"
SUBJECTS = "/api/v1/inspection-subjects"
COUNTER, CORNER, FLOOR = "hygiene.window.07", "hygiene.window.15", "hygiene.window.01"
TODAY = "2026-03-10"


def found(row: str = COUNTER, **more: Any) -> dict[str, Any]:
    return {"row_code": row, **{key: _plain(value) for key, value in more.items()}}


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return value if isinstance(value, int | str | None) else str(value)


async def go_round(
    office: httpx.AsyncClient,
    *findings: dict[str, Any],
    kind: str = "windows",
    on: str = TODAY,
    expect: int = 201,
) -> dict[str, Any]:
    reply = await office.post(
        ROUNDS,
        json={
            "kind": kind,
            "inspected_on": on,
            "inspectors": ["赵敏", "李军"],
            "findings": list(findings),
        },
    )
    assert reply.status_code == expect, reply.text
    made: dict[str, Any] = reply.json()
    return made


async def one(office: httpx.AsyncClient, hall: Hall, row: str = COUNTER, **more: Any) -> Any:
    """A finding at window 01, for which the clerk answers unless others are named."""
    named = {"window_id": hall.window_01, "staff_ids": [hall.clerk.staff_id]} | more
    return (await go_round(office, found(row, **named)))["findings"][0]


act = partial(command, FINDINGS)


async def register(office: httpx.AsyncClient, expect: int = 201, **body: Any) -> dict[str, Any]:
    reply = await office.post(SUBJECTS, json={"starts_on": "2026-03-01", **body})
    assert reply.status_code == expect, reply.text
    made: dict[str, Any] = reply.json()
    return made


async def facts(session: AsyncSession, clock: SetClock, day: str = TODAY) -> list[FindingFact]:
    """What scoring is told of the month of a day."""
    service = await inspections_of_the_clock(session, clock.now)
    return await service.facts(date.fromisoformat(day))


# Going round


async def test_a_round_has_a_number_and_takes_findings_until_it_ends(
    office: httpx.AsyncClient, hall: Hall
) -> None:
    made = await go_round(office, found(window_id=hall.window_01, count=2))
    assert made["round"]["round_number"] == "DC-2026-000001"
    assert made["round"]["finding_count"] == 1
    path = f"{ROUNDS}/{made['round']['id']}"
    more = {"findings": [found(FLOOR, window_id=hall.window_02)]}
    assert (await office.post(f"{path}/findings", json=more)).status_code == 201
    closed = await office.post(f"{path}/close", headers={"If-Match": '"1"'})
    assert (closed.json()["state"], closed.json()["finding_count"]) == ("closed", 2)
    assert closed.headers["ETag"] == '"2"'
    late = await office.post(f"{path}/findings", json=more)
    assert (late.status_code, late.json()["code"]) == (409, "inspection_closed")
    again = await office.post(f"{path}/close", headers={"If-Match": '"2"'})
    assert (again.status_code, again.json()["code"]) == (409, "inspection_closed")


async def test_a_finding_says_what_it_costs_and_under_which_article(
    office: httpx.AsyncClient, hall: Hall
) -> None:
    finding = await one(office, hall, count=2, photo_reference="20260310/w01-1.jpg")
    assert {
        key: finding[key]
        for key in (
            "finding_number", "row_label", "area_label", "article", "basis", "points", "count",
            "points_asked", "edition_code", "window_number", "refusable_until", "is_effective",
        )
    } == {
        "finding_number": "DC-2026-000001-01",
        "row_label": "柜台表面",
        "area_label": "窗口",
        "article": "HYGIENE 附件(窗口)7",
        "basis": "regulation",
        "points": "1",
        "count": 2,
        "points_asked": "2",
        "edition_code": "2008-01",
        "window_number": "01",
        "refusable_until": "2026-03-13",
        "is_effective": True,
    }  # fmt: skip
    assert [one["name"] for one in finding["responsible"]] == [hall.clerk.name]


async def test_whoever_is_on_duty_at_the_window_answers_unless_others_are_named(
    office: httpx.AsyncClient, hall: Hall
) -> None:
    """HYGIENE 附件, 备注: the window and the person alike."""
    made = await go_round(
        office,
        found(window_id=hall.window_01),
        found(FLOOR, window_id=hall.window_01, staff_ids=[hall.colleague.staff_id]),
        found("hygiene.window.02", window_id=hall.window_01, staff_ids=[]),
    )
    hit = [[one["name"] for one in finding["responsible"]] for finding in made["findings"]]
    assert hit == [[hall.clerk.name, hall.colleague.name], [hall.colleague.name], []]


async def test_who_is_on_leave_all_day_does_not_answer(
    office: httpx.AsyncClient,
    clerk: httpx.AsyncClient,
    director: httpx.AsyncClient,
    clock: SetClock,
    hall: Hall,
) -> None:
    for day, ends_half in (("2026-03-11", "afternoon"), ("2026-03-12", "morning")):
        asked = await clerk.post(
            "/api/v1/leave-requests",
            json={
                "kind": "annual", "starts_on": day, "starts_half": "morning",
                "ends_on": day, "ends_half": ends_half, "reason": "家中有事。",
            },
        )  # fmt: skip
        path = f"/api/v1/leave-requests/{asked.json()['id']}"
        etag = asked.headers["ETag"]
        reply = await director.post(f"{path}/approve", json={}, headers={"If-Match": etag})
        assert reply.status_code == 200, reply.text
    clock.set("2026-03-12 16:00")
    names = {}
    for day in ("2026-03-11", "2026-03-12"):
        made = await go_round(office, found(window_id=hall.window_01), on=day)
        names[day] = {one["name"] for one in made["findings"][0]["responsible"]}
    assert names == {
        "2026-03-11": {hall.colleague.name},
        "2026-03-12": {hall.clerk.name, hall.colleague.name},  # away for half a day only
    }


async def test_row_15_hits_the_window_only(office: httpx.AsyncClient, hall: Hall) -> None:
    made = await go_round(office, found(CORNER, window_id=hall.window_01))
    assert made["findings"][0]["responsible"] == []
    refused = await go_round(
        office,
        found(CORNER, window_id=hall.window_01, staff_ids=[hall.clerk.staff_id]),
        expect=422,
    )
    assert refused["errors"][0]["pointer"] == "/findings/0/staff_ids"


async def test_conduct_names_the_person_and_the_own_department_sees_it(
    office: httpx.AsyncClient,
    clerk: httpx.AsyncClient,
    colleague: httpx.AsyncClient,
    chief: httpx.AsyncClient,
    chief_elsewhere: httpx.AsyncClient,
    hall: Hall,
) -> None:
    phrase = found("conduct.phrases.05", staff_ids=[hall.clerk.staff_id])
    finding = (await go_round(office, phrase, kind="conduct"))["findings"][0]
    assert (finding["points"], finding["basis"], finding["window_id"]) == ("2", "local", None)
    assert finding["department_id"] == str(hall.department_a)
    seen = {
        name: (await who.get(f"{FINDINGS}/{finding['id']}")).status_code
        for name, who in {
            "clerk": clerk, "colleague": colleague, "chief": chief, "elsewhere": chief_elsewhere,
        }.items()
    }  # fmt: skip
    assert seen == {"clerk": 200, "colleague": 404, "chief": 200, "elsewhere": 404}


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"row_code": "hygiene.office.07"}, "/findings/0/row_code", "unknown"),
        ({"window_id": None}, "/findings/0/window_id", "missing"),
        ({"window_id": "019a4f3e-0002-7b60-9d0e-6a2f4c8b1e02"}, "/findings/0/window_id", "unknown"),
        ({"staff_ids": ["elsewhere"]}, "/findings/0/staff_ids", "not_here"),
        ({"count": 0}, "/findings/0/count", None),
        ({"count": 100}, "/findings/0/count", None),
        ({"photo_reference": "../secret"}, "/findings/0/photo_reference", None),
    ],
)
async def test_a_finding_that_does_not_fit_is_refused_at_its_field(
    office: httpx.AsyncClient,
    hall: Hall,
    change: dict[str, Any],
    pointer: str,
    code: str | None,
) -> None:
    if "staff_ids" in change:
        change = {"staff_ids": [str(hall.clerk_elsewhere.staff_id)]}
    said = await go_round(office, found(window_id=hall.window_01) | change, expect=422)
    [error] = said["errors"]
    assert error["pointer"] == pointer
    assert code is None or error["code"] == code
    assert (await office.get(ROUNDS)).json()["items"] == []


async def test_people_of_two_departments_are_recorded_apart(
    office: httpx.AsyncClient, hall: Hall
) -> None:
    both = [hall.clerk.staff_id, hall.clerk_elsewhere.staff_id]
    said = await go_round(
        office, found("conduct.prohibition.04", staff_ids=both), kind="conduct", expect=422
    )
    assert said["errors"][0]["code"] == "departments"


async def test_no_round_is_of_tomorrow_or_of_before_the_rulebook(
    office: httpx.AsyncClient,
) -> None:
    tomorrow = await go_round(office, on="2026-03-11", expect=422)
    assert tomorrow["errors"][0]["pointer"] == "/inspected_on"
    assert (await go_round(office, on="2007-12-31", expect=422))["code"] == "no_edition_in_force"


@pytest.mark.parametrize("kind", ["windows", "guards"])
async def test_the_same_row_is_recorded_once_in_a_round_with_its_count(
    office: httpx.AsyncClient, hall: Hall, kind: str
) -> None:
    if kind == "windows":
        finding = found(window_id=hall.window_01)
    else:
        guard = await register(office, kind="guard", name="张勇")
        finding = found("security.guard.02", subject_id=guard["id"])
    said = await go_round(office, finding, finding, kind=kind, expect=409)
    assert said["code"] == "finding_repeated"
    await go_round(office, finding, kind=kind)
    await go_round(office, finding, kind=kind)  # another round is another matter


# Answering


async def test_a_refusal_suspends_a_finding_until_the_office_decides(
    office: httpx.AsyncClient,
    clerk: httpx.AsyncClient,
    hall: Hall,
    session: AsyncSession,
    clock: SetClock,
) -> None:
    finding = await one(office, hall)
    assert [fact.is_effective for fact in await facts(session, clock)] == [True]
    refused = await act(clerk, finding, "refuse", reason="当天该柜台施工")
    assert (refused["state"], refused["is_effective"]) == ("refused", False)
    [fact] = await facts(session, clock)
    assert fact.reason == "已提出异议，待中心办公室裁定：当天该柜台施工"
    upheld = await act(office, refused, "decide", is_upheld=True, reason="照片清楚")
    assert (upheld["state"], upheld["is_effective"]) == ("upheld", True)
    assert (upheld["answer_reason"], upheld["decision_reason"]) == ("当天该柜台施工", "照片清楚")
    again = await act(clerk, upheld, "refuse", expect=409, reason="仍不同意")
    assert again["code"] == "finding_state"


async def test_an_objection_that_holds_takes_the_finding_away(
    office: httpx.AsyncClient,
    chief: httpx.AsyncClient,
    hall: Hall,
    session: AsyncSession,
    clock: SetClock,
) -> None:
    refused = await act(chief, await one(office, hall), "refuse", reason="不是我窗口")
    gone = await act(office, refused, "decide", is_upheld=False, reason="经核实属实")
    assert gone["state"] == "withdrawn"
    [fact] = await facts(session, clock)
    assert (fact.is_effective, fact.reason) == (False, "已撤销：经核实属实")
    assert not any(action["allowed"] for action in gone["allowed_actions"])


@pytest.mark.parametrize(
    ("now", "status"),
    [
        ("2026-03-13 19:30", 200),
        ("2026-03-14 10:00", 409),
    ],
)
async def test_one_may_object_for_three_working_days(
    office: httpx.AsyncClient,
    clerk: httpx.AsyncClient,
    hall: Hall,
    clock: SetClock,
    now: str,
    status: int,
) -> None:
    """APPRAISE 四(三), the days local; recorded on Tuesday 10 March."""
    finding = await one(office, hall)
    clock.set(now)
    said = await act(clerk, finding, "refuse", expect=status, reason="当天施工")
    assert status == 200 or said["code"] == "finding_refusal_late"
    if status != 200:
        assert (await act(clerk, finding, "confirm"))["state"] == "confirmed"


async def test_the_last_day_to_object_passes_over_days_off(
    office: httpx.AsyncClient, hall: Hall, clock: SetClock
) -> None:
    clock.set("2026-03-13 11:00")  # a Friday
    made = await go_round(office, found(window_id=hall.window_01), on="2026-03-13")
    assert made["findings"][0]["refusable_until"] == "2026-03-18"


async def test_guards_answer_through_the_office_and_clerks_for_themselves(
    office: httpx.AsyncClient, clerk: httpx.AsyncClient, hall: Hall
) -> None:
    guard = await register(office, kind="guard", name="张勇")
    asleep = found("security.guard.02", subject_id=guard["id"])
    finding = (await go_round(office, asleep, kind="guards"))["findings"][0]
    assert (finding["subject_name"], finding["points"]) == ("张勇", "10")
    unnamed = await act(office, finding, "confirm", expect=422)
    assert unnamed["errors"][0]["pointer"] == "/spoken_by"
    refused = await act(office, finding, "refuse", reason="当时在巡查", spoken_by="张勇")
    assert refused["answered_by_name"] == "张勇"
    own = await one(office, hall)
    named = await act(clerk, own, "confirm", expect=422, spoken_by="别人")
    assert named["errors"][0]["code"] == "not_allowed"
    assert (await act(clerk, own, "confirm"))["answered_by_name"] == hall.clerk.name


async def test_a_correction_keeps_the_old_and_names_it(
    office: httpx.AsyncClient,
    clerk: httpx.AsyncClient,
    hall: Hall,
    session: AsyncSession,
    clock: SetClock,
) -> None:
    wrong = await one(office, hall, count=3)
    clock.set("2026-03-12 11:00")
    body: dict[str, Any] = {"reason": "应为1处", "content": found(window_id=hall.window_01)}
    right = await act(office, wrong, "correct", **body)
    assert (right["replaces_id"], right["count"], right["state"]) == (wrong["id"], 1, "recorded")
    assert right["finding_number"] == "DC-2026-000001-02"
    assert right["found_on"] == TODAY  # it counts for the day on which it was found
    assert right["refusable_until"] == "2026-03-17"  # and may be objected to from now on
    old = (await clerk.get(f"{FINDINGS}/{wrong['id']}")).json()
    assert (old["state"], old["replaced_by_id"], old["count"]) == ("corrected", right["id"], 3)
    by_count = {fact.count: fact for fact in await facts(session, clock)}
    assert by_count[3].reason == "已更正，以更正后的记录为准：应为1处"
    assert by_count[1].is_effective and not by_count[3].is_effective


async def test_a_correction_that_does_not_fit_changes_nothing(
    office: httpx.AsyncClient, hall: Hall
) -> None:
    wrong = await one(office, hall)
    body = {
        "reason": "改为角落",
        "content": found(CORNER, window_id=hall.window_01, staff_ids=[hall.clerk.staff_id]),
    }
    said = await act(office, wrong, "correct", expect=422, **body)
    assert said["errors"][0]["pointer"] == "/content/staff_ids"
    assert (await office.get(f"{FINDINGS}/{wrong['id']}")).json()["state"] == "recorded"


async def test_the_office_withdraws_its_own_slip(office: httpx.AsyncClient, hall: Hall) -> None:
    gone = await act(office, await one(office, hall), "withdraw", reason="重复登记")
    assert gone["why_ineffective"] == "已撤销：重复登记"
    await go_round(office, found(window_id=hall.window_01))


async def test_what_was_seen_may_be_out_of_date(
    office: httpx.AsyncClient, clerk: httpx.AsyncClient, hall: Hall
) -> None:
    finding = await one(office, hall)
    await act(clerk, finding, "confirm")
    assert (await act(office, finding, "withdraw", expect=412, reason="重复"))["code"] == "stale"
    bare = await office.post(f"{FINDINGS}/{finding['id']}/withdraw", json={"reason": "重复"})
    assert bare.status_code == 428


# Facts, events, audit, lists


async def test_facts_are_of_the_day_found_and_say_whom_they_hit(
    office: httpx.AsyncClient, hall: Hall, session: AsyncSession, clock: SetClock
) -> None:
    clock.set("2026-04-02 11:00")
    office_room = await register(office, kind="office", name="综合办公室", keeper_name="赵敏")
    await go_round(office, found(window_id=hall.window_01, count=2, note="积灰"), on="2026-03-31")
    await go_round(office, found(CORNER, window_id=hall.window_01), on="2026-04-01")
    await go_round(
        office,
        found("hygiene.office.10", subject_id=office_room["id"]),
        kind="offices",
        on="2026-04-01",
    )
    [march] = await facts(session, clock)
    assert (march.day, march.row_code, march.count) == (date(2026, 3, 31), COUNTER, 2)
    assert set(march.staff_ids) == {hall.clerk.staff_id, hall.colleague.staff_id}
    assert (march.window_id, march.note) == (hall.window_01, "积灰")
    assert (march.state, march.kind) == (FindingState.RECORDED, TableKind.WINDOWS)
    corner, sofa = await facts(session, clock, "2026-04-30")
    assert (corner.row_code, corner.staff_ids) == (CORNER, ())
    assert (str(sofa.subject_id), sofa.window_id) == (office_room["id"], None)


async def test_each_act_is_told_with_its_day_and_audited(
    office: httpx.AsyncClient, clerk: httpx.AsyncClient, hall: Hall, session: AsyncSession
) -> None:
    refused = await act(clerk, await one(office, hall), "refuse", reason="当天施工")
    upheld = await act(office, refused, "decide", is_upheld=True, reason="照片清楚")
    body: dict[str, Any] = {
        "reason": "应为2处",
        "content": found(window_id=hall.window_01, count=2),
    }
    await act(office, upheld, "correct", **body)
    events = (
        await session.scalars(
            sa.select(OutboxEvent)
            .where(OutboxEvent.subject_type == "finding")
            .order_by(OutboxEvent.id)
        )
    ).all()
    assert [event.kind for event in events] == [
        "finding.recorded", "finding.refused", "finding.upheld", "finding.corrected",
        "finding.recorded",
    ]  # fmt: skip
    assert {event.facts["day"] for event in events} == {TODAY}
    assert {event.window_id for event in events} == {hall.window_01}
    actions = (
        await session.scalars(
            sa.select(AuditEntry.action)
            .where(AuditEntry.subject_type == "finding")
            .order_by(AuditEntry.id)
        )
    ).all()
    assert actions == [event.kind.replace("finding.", "findings.") for event in events]


async def test_a_list_asks_the_database_as_often_for_many_as_for_one(
    office: httpx.AsyncClient, hall: Hall, database: Database
) -> None:
    costs = []
    for rows in ((1,), range(2, 9)):
        await go_round(
            office, *(found(f"hygiene.window.{row:02d}", window_id=hall.window_01) for row in rows)
        )
        with counted(database) as statements:
            reply = await office.get(FINDINGS, params={"limit": 200})
        assert reply.status_code == 200
        costs.append(len(statements))
    assert len(reply.json()["items"]) == 8
    assert costs[0] == costs[1]


async def test_lists_are_narrowed_and_go_on_where_they_stopped(
    office: httpx.AsyncClient, clerk: httpx.AsyncClient, hall: Hall
) -> None:
    made = await go_round(
        office,
        *(found(f"hygiene.window.{row:02d}", window_id=hall.window_01) for row in range(1, 6)),
        found(window_id=hall.window_03),
    )
    await act(clerk, made["findings"][0], "refuse", reason="当天施工")

    async def numbers(**query: Any) -> list[str]:
        reply = await office.get(FINDINGS, params=query)
        assert reply.status_code == 200, reply.text
        return [item["finding_number"][-2:] for item in reply.json()["items"]]

    assert await numbers() == ["06", "05", "04", "03", "02", "01"]
    assert await numbers(window_id=str(hall.window_03)) == ["06"]
    assert await numbers(staff_id=str(hall.clerk_elsewhere.staff_id)) == ["06"]
    assert await numbers(is_effective="false") == ["01"]
    assert await numbers(state="refused") == ["01"]
    assert await numbers(row_code=COUNTER) == ["06"]
    assert await numbers(kind="guards") == []
    assert await numbers(first="2026-03-11") == []
    assert len(await numbers(last=TODAY, round_id=made["round"]["id"])) == 6
    first = (await office.get(FINDINGS, params={"limit": 4, "with_total": True})).json()
    assert (len(first["items"]), first["total"]) == (4, 6)
    assert await numbers(cursor=first["next_cursor"]) == ["02", "01"]
    assert len((await clerk.get(FINDINGS)).json()["items"]) == 5
    rounds = await office.get(ROUNDS, params={"kind": "windows", "state": "open", "first": TODAY})
    assert [item["finding_count"] for item in rounds.json()["items"]] == [6]
    assert (await office.get(ROUNDS, params={"last": "2026-03-09"})).json()["items"] == []


# The register


async def test_a_cleaners_floor_uses_its_own_table(office: httpx.AsyncClient) -> None:
    second = await register(
        office, kind="cleaner", name="二楼", keeper_name="马兰", table_code="hygiene.floor2"
    )
    stairs = found("hygiene.floor2.stairs.05", subject_id=second["id"])
    finding = (await go_round(office, stairs, kind="cleaners"))["findings"][0]
    assert (finding["area_label"], finding["points"]) == ("二楼楼梯", "0.5")
    toilets = found("hygiene.floor3.toilets.01", subject_id=second["id"])
    said = await go_round(office, toilets, kind="cleaners", expect=422)
    assert said["errors"][0]["code"] == "other_floor"


async def test_a_floor_has_one_entry_at_a_time(office: httpx.AsyncClient) -> None:
    floor: dict[str, Any] = {"kind": "cleaner", "name": "二楼", "table_code": "hygiene.floor2"}
    first = await register(office, **floor)
    assert (await register(office, expect=409, **floor))["code"] == "inspection_floor_taken"
    ended = await office.post(
        f"{SUBJECTS}/{first['id']}/end",
        json={"last_day": "2026-03-31"},
        headers={"If-Match": '"1"'},
    )
    assert ended.json()["ends_on"] == "2026-03-31"
    await register(office, **floor | {"starts_on": "2026-04-01"})


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"kind": "cleaner", "name": "二楼"}, "/table_code"),
        ({"kind": "cleaner", "name": "二楼", "table_code": "hygiene.window"}, "/table_code"),
        ({"kind": "guard", "name": "张勇", "table_code": "hygiene.floor2"}, "/table_code"),
        ({"kind": "guard", "name": "张勇", "keeper_name": "李四"}, "/keeper_name"),
    ],
)
async def test_an_entry_that_does_not_fit_is_refused(
    office: httpx.AsyncClient, body: dict[str, Any], pointer: str
) -> None:
    said = await register(office, expect=422, **body)
    assert said["errors"][0]["pointer"] == pointer


async def test_nobody_leaves_the_register_before_what_stands_against_them(
    office: httpx.AsyncClient, clock: SetClock
) -> None:
    guard = await register(office, kind="guard", name="张勇")
    finding = (
        await go_round(office, found("security.guard.04", subject_id=guard["id"]), kind="guards")
    )["findings"][0]
    path, etag = f"{SUBJECTS}/{guard['id']}", {"If-Match": '"1"'}
    early = {"last_day": "2026-03-09"}
    assert (await office.post(f"{path}/end", json=early, headers=etag)).status_code == 422
    await act(office, finding, "withdraw", reason="认错了人")
    assert (await office.post(f"{path}/end", json=early, headers=etag)).status_code == 200
    clock.set("2026-03-11 11:00")
    change = await office.patch(path, json={"name": "张永"}, headers={"If-Match": '"2"'})
    assert (change.status_code, change.json()["code"]) == (409, "inspection_subject_ended")
    said = await go_round(
        office, found("security.guard.04", subject_id=guard["id"]), kind="guards", expect=422
    )
    assert said["errors"][0]["code"] == "closed"


async def test_the_register_says_who_is_assessed_in_a_month(
    office: httpx.AsyncClient, session: AsyncSession, clock: SetClock
) -> None:
    guard = await register(office, kind="guard", name="张勇", starts_on="2026-03-20")
    service = await inspections_of_the_clock(session, clock.now)
    assert await service.subjects(date(2026, 2, 28)) == []
    [fact] = await service.subjects(date(2026, 3, 1))
    assert (str(fact.subject_id), fact.kind, fact.name) == (guard["id"], SubjectKind.GUARD, "张勇")
    listed = await office.get(SUBJECTS, params={"kind": "guard", "on": "2026-03-19"})
    assert listed.json()["items"] == []
    renamed = await office.patch(
        f"{SUBJECTS}/{guard['id']}", json={"name": "张永"}, headers={"If-Match": '"1"'}
    )
    assert (renamed.json()["name"], renamed.json()["version"]) == ("张永", 2)


async def test_a_substitute_at_the_window_answers_for_it(
    office: httpx.AsyncClient, hall: Hall, session: AsyncSession
) -> None:
    substitute = await make_staff_member(session, hall.department_b, name="替岗人员")
    await make_service(session, substitute, hall.window_03, starts_on=date(2026, 3, 10))
    made = await go_round(office, found(window_id=hall.window_03))
    names = {one["name"] for one in made["findings"][0]["responsible"]}
    assert names == {hall.clerk_elsewhere.name, "替岗人员"}
