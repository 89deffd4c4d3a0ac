"""An edition of the centre's own: drafted, compared, published, and what judges by it from when."""

import asyncio
from datetime import date, datetime, time
from decimal import Decimal
from functools import partial
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from tests.cases_factories import give, take_in
from tests.catalog_factories import Items
from tests.commands import command
from tests.conftest import SetClock
from tests.factories import Hall
from tests.rulebook.test_rulebook_rules import PACKAGED

from yimen import registry
from yimen.core.audit import AuditEntry
from yimen.core.database import Database
from yimen.core.dependencies import Context
from yimen.core.outbox import OutboxEvent
from yimen.core.periodic import run_once
from yimen.domains.rulebook.enums import (
    DRAFT_MOVES,
    UNIT_OF_CODE,
    DraftState,
    PartKind,
)
from yimen.domains.rulebook.jobs import JOBS
from yimen.domains.rulebook.rules_drafts import (
    TakenFromElsewhere,
    UnknownPart,
    completed,
    differences,
    rewritten,
    with_part,
)
from yimen.domains.rulebook.rules_reading import parse_edition
from yimen.domains.rulebook.service import (
    NEWEST_PACKAGED,
    RulebookService,
    check_edition,
    forget_published,
)
from yimen.main import prepare, start_background

DRAFTS = "/api/v1/rulebook/drafts"
APRIL = {"code": "2026-04", "title": "修订版", "takes_effect_on": "2026-04-01"}
CLOSES = "office_hours.winter.afternoon_closes"


async def draft(office: httpx.AsyncClient, **head: str) -> dict[str, Any]:
    reply = await office.post(DRAFTS, json=APRIL | head)
    assert reply.status_code == 201, reply.text
    made: dict[str, Any] = reply.json()
    return made


act = partial(command, DRAFTS)


def figure(row: dict[str, Any], code: str) -> Any:
    [found] = [value["value"] for value in row["values"] if value["code"] == code]
    return found


# The text and what differs


@pytest.mark.parametrize(
    ("code", "value", "kind", "after"),
    [
        ("points.late", "1", PartKind.VALUE, "1分，本中心自定"),
        ("attendance.late_early", 5, PartKind.VALUE, "5次以上，制度规定"),
        (CLOSES, "19:00", PartKind.VALUE, "19:00，制度规定"),
        ("hygiene.window.07", "0.5", PartKind.ROW, "每处扣0.5分，制度规定"),
        ("hygiene.window.15", "0.2", PartKind.ROW, "每处扣0.2分，制度规定，只扣窗口"),
        ("security.guard.01a", "8", PartKind.ROW, "每处扣8分，制度规定"),
        ("hygiene.office", "12", PartKind.AREA, "最多扣12分"),
    ],
)
def test_one_figure_is_changed_and_that_is_the_whole_difference(
    code: str, value: int | str, kind: PartKind, after: str
) -> None:
    changed = parse_edition(with_part(PACKAGED, code, value))
    [found] = differences(parse_edition(PACKAGED), changed)
    assert (found.kind, found.code, found.after) == (kind, code, after)
    assert found.before != after


def test_a_value_that_rows_follow_changes_them_with_it() -> None:
    changed = parse_edition(with_part(PACKAGED, "points.computer", "2"))
    found = differences(parse_edition(PACKAGED), changed)
    assert [one.kind for one in found] == [PartKind.VALUE] + [PartKind.ROW] * 8
    toilets = parse_edition(with_part(PACKAGED, "hygiene.floor2.toilets.03", "2"))
    assert [one.code for one in differences(parse_edition(PACKAGED), toilets)] == [
        "hygiene.floor2.toilets.03",
        "hygiene.floor3.toilets.03",
    ]


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("conduct.desk.01", TakenFromElsewhere),
        ("hygiene.floor3.toilets.03", TakenFromElsewhere),
        ("hygiene.window.16", UnknownPart),
        ("points.unheard_of", UnknownPart),
    ],
)
def test_a_figure_is_changed_where_it_stands(code: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        with_part(PACKAGED, code, "1")


def test_a_rewritten_text_says_the_same_under_another_head() -> None:
    text = rewritten(PACKAGED, code="x", title="y", takes_effect_on=date(2027, 1, 1))
    edition = parse_edition(text)
    assert (edition.code, edition.title, edition.takes_effect_on) == ("x", "y", date(2027, 1, 1))
    assert differences(parse_edition(PACKAGED), edition) == []


def test_what_is_dropped_or_worded_otherwise_differs_too() -> None:
    packaged = parse_edition(PACKAGED)
    text = PACKAGED.replace("label: 迟到一次扣分", "label: 迟到每次扣分")
    [worded] = differences(packaged, parse_edition(text))
    assert "迟到一次扣分" in str(worded.before) and "迟到每次扣分" in str(worded.after)
    lines = PACKAGED.splitlines(keepends=True)
    fewer = "".join(line for line in lines if "{number: 16, label: 死角" not in line)
    [gone] = differences(packaged, parse_edition(fewer))
    assert (gone.code, gone.before, gone.after) == (
        "hygiene.office.16",
        "每处扣0.1分，制度规定",
        None,
    )
    [new] = differences(parse_edition(fewer), packaged)
    assert (new.before, new.after) == (None, "每处扣0.1分，制度规定")


def test_an_edition_of_an_older_release_takes_what_has_come_since_from_the_packaged_one() -> None:
    """A release that reads more values must not make published editions unreadable."""
    older = PACKAGED.replace("code: points.late\n", "code: points.gone\n").replace(
        'code: "2008-01"', 'code: "old"'
    )
    assert check_edition(older) == ["缺少 points.late。", "points.gone 不是系统使用的代码。"]
    edition = parse_edition(older, base=NEWEST_PACKAGED)
    assert edition.code == "old"
    assert {value.code for value in edition.values} == UNIT_OF_CODE.keys()
    assert edition.points("points.late") == Decimal("0.5")
    assert check_edition(completed(older, NEWEST_PACKAGED)) == ["points.gone 不是系统使用的代码。"]


def test_what_is_published_or_discarded_stays_so() -> None:
    assert DRAFT_MOVES[DraftState.PUBLISHED] == DRAFT_MOVES[DraftState.DISCARDED] == frozenset()


# From the draft to the edition


async def test_a_draft_begins_like_the_edition_in_force_and_is_changed_figure_by_figure(
    office: httpx.AsyncClient, session: AsyncSession
) -> None:
    made = await draft(office)
    assert (made["state"], made["version"], figure(made, "points.late")) == ("draft", 1, "0.5")
    assert (await office.get(f"{DRAFTS}/{made['id']}/differences")).json()["items"] == []
    late = await act(office, made, "change", code="points.late", value="1")
    assert (late["version"], figure(late, "points.late")) == (2, "1")
    capped = await act(office, late, "change", code="hygiene.window", value="8")
    found = (await office.get(f"{DRAFTS}/{made['id']}/differences")).json()
    assert found["compared_with"] == "2008-01"
    assert [(one["code"], one["before"], one["after"]) for one in found["items"]] == [
        ("points.late", "0.5分，本中心自定", "1分，本中心自定"),
        ("hygiene.window", "最多扣6分", "最多扣8分"),
    ]
    stale = await act(office, made, "change", expect=412, code="points.late", value="2")
    assert stale["code"] == "stale"
    text = (await office.get(f"{DRAFTS}/{made['id']}/text")).json()
    assert check_edition(text["text"]) == []
    assert capped["version"] == text["version"] == 3
    actions = await session.scalars(
        sa.select(AuditEntry.action)
        .where(AuditEntry.subject_type == "edition")
        .order_by(AuditEntry.id)
    )
    assert actions.all() == ["editions.drafted", "editions.changed", "editions.changed"]


@pytest.mark.parametrize(
    ("code", "value", "pointer", "said"),
    [
        ("points.late", 1, "/value", "加引号"),
        ("points.late", "-1", "/value", "至多两位小数"),
        ("attendance.late_early", "4", "/value", "不小于 0 的整数"),
        (CLOSES, "15:00", "/value", "依次"),
        ("scoring.month_own_share", 61, "/value", "合计应为 100%"),
        ("hygiene.floor2.hall", "40", "/value", "合计 90 分"),
        ("conduct.desk.01", "2", "/code", "取自 points.conduct"),
        ("points.unheard_of", "2", "/code", "没有这个代码"),
    ],
)
async def test_a_figure_that_makes_no_sound_edition_is_refused_in_words(
    office: httpx.AsyncClient, code: str, value: int | str, pointer: str, said: str
) -> None:
    made = await draft(office)
    refused = await act(office, made, "change", expect=422, code=code, value=value)
    assert refused["errors"][0]["pointer"] == pointer
    assert said in refused["errors"][0]["detail"]
    assert (await office.get(f"{DRAFTS}/{made['id']}")).json()["version"] == 1


async def test_a_file_is_checked_in_words_taken_whole_and_replaced_whole(
    office: httpx.AsyncClient,
) -> None:
    faulty = PACKAGED.replace('word: 以上\n    operator: ">="', 'word: 以上\n    operator: ">"', 1)
    checked = await office.post("/api/v1/rulebook/check", json={"text": faulty})
    assert "operator 应为 >=" in checked.json()["problems"][0]
    refused = await office.post(f"{DRAFTS}/upload", json={"text": faulty})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/text")
    taken = await office.post(f"{DRAFTS}/upload", json={"text": PACKAGED})
    assert (taken.status_code, taken.json()["code"]) == (409, "edition_code_taken")
    county = rewritten(PACKAGED, code="county", takes_effect_on=date(2026, 5, 1))
    made = await office.post(f"{DRAFTS}/upload", json={"text": county})
    assert (made.status_code, made.json()["takes_effect_on"]) == (201, "2026-05-01")
    text = with_part(county, "points.late", "2")
    replaced = await act(office, made.json(), "replace", text=text)
    assert figure(replaced, "points.late") == "2"
    again = await office.post(DRAFTS, json=APRIL | {"code": "county"})
    assert (again.status_code, again.json()["code"]) == (409, "edition_code_taken")


async def test_a_discarded_draft_leaves_its_code_free(office: httpx.AsyncClient) -> None:
    gone = await act(office, await draft(office), "discard", reason="另拟")
    assert (gone["state"], gone["decision_reason"]) == ("discarded", "另拟")
    assert not any(action["allowed"] for action in gone["allowed_actions"])
    late = await act(office, gone, "change", expect=409, code="points.late", value="1")
    assert late["code"] == "edition_state"
    await draft(office)
    listed = await office.get(DRAFTS, params={"state": "discarded"})
    assert [item["id"] for item in listed.json()["items"]] == [gone["id"]]


async def published(
    office: httpx.AsyncClient, director: httpx.AsyncClient, code: str, value: int | str
) -> dict[str, Any]:
    changed = await act(office, await draft(office), "change", code=code, value=value)
    done = await act(director, changed, "publish", dry_run=False, reason="会议通过")
    return changed | {"version": done["version"]}


async def test_an_edition_judges_from_its_first_day_and_not_before(
    office: httpx.AsyncClient,
    director: httpx.AsyncClient,
    clerk: httpx.AsyncClient,
    clock: SetClock,
    session: AsyncSession,
) -> None:
    await published(office, director, "points.late", "1")
    listed = (await clerk.get("/api/v1/rulebook/editions")).json()["items"]
    assert [(one["code"], one["is_in_force"]) for one in listed] == [
        ("2008-01", True),
        ("2026-04", False),
    ]
    rulebook = RulebookService()
    assert rulebook.edition_on(date(2026, 3, 31)).points("points.late") == Decimal("0.5")
    assert rulebook.edition_on(date(2026, 4, 1)).points("points.late") == Decimal(1)
    clock.set("2026-04-01 10:00")
    listed = (await clerk.get("/api/v1/rulebook/editions")).json()["items"]
    assert [one["is_in_force"] for one in listed] == [False, True]
    event = await session.scalar(
        sa.select(OutboxEvent).where(OutboxEvent.kind == "edition.published")
    )
    assert event is not None
    assert event.facts == {"code": "2026-04", "takes_effect_on": "2026-04-01"}


async def test_every_process_hears_of_it_within_seconds(
    office: httpx.AsyncClient, director: httpx.AsyncClient, database: Database, clock: SetClock
) -> None:
    await published(office, director, "points.late", "1")
    forget_published()  # another process
    assert [one.code for one in RulebookService().editions()] == ["2008-01"]
    assert JOBS[0].in_each_process and JOBS[0].every_seconds <= 5
    assert await run_once(JOBS[0], database, clock.now)
    assert [one.code for one in RulebookService().editions()] == ["2008-01", "2026-04"]


async def test_a_process_knows_what_is_published_before_it_answers_anybody(
    office: httpx.AsyncClient, director: httpx.AsyncClient, context: Context
) -> None:
    await published(office, director, "points.late", "1")
    forget_published()
    await prepare(context)
    assert [one.code for one in RulebookService().editions()] == ["2008-01", "2026-04"]


async def test_where_another_process_works_this_one_still_keeps_up(context: Context) -> None:
    tasks = start_background(context, works=False)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert len(tasks) == sum(job.in_each_process for job in registry.JOBS) == 1


@pytest.mark.parametrize(
    ("now", "status"),
    [
        ("2026-03-31 19:00", 200),
        ("2026-04-01 00:00", 409),
        ("2026-04-15 10:00", 409),
    ],
)
async def test_an_edition_is_published_before_its_month_begins(
    office: httpx.AsyncClient,
    director: httpx.AsyncClient,
    clock: SetClock,
    now: str,
    status: int,
) -> None:
    made = await draft(office)
    clock.set(now)
    said = await act(director, made, "publish", expect=status, dry_run=False)
    assert status == 200 or said["code"] == "edition_too_late"


async def test_two_editions_never_begin_in_the_same_month(
    office: httpx.AsyncClient, director: httpx.AsyncClient
) -> None:
    first, second = await draft(office), await draft(office, code="2026-04b")
    await act(director, first, "publish", dry_run=False)
    said = await act(director, second, "publish", expect=409, dry_run=False)
    assert said["code"] == "edition_month_taken"


async def test_the_first_of_the_month_is_the_first_day(office: httpx.AsyncClient) -> None:
    reply = await office.post(DRAFTS, json=APRIL | {"takes_effect_on": "2026-04-02"})
    assert reply.status_code == 422
    assert "某月 1 日" in reply.json()["errors"][0]["detail"]


async def test_what_is_published_is_never_changed_not_even_in_the_database(
    office: httpx.AsyncClient, director: httpx.AsyncClient, session: AsyncSession
) -> None:
    row = await published(office, director, "points.late", "1")
    said = await act(office, row, "change", expect=409, code="points.late", value="2")
    assert said["code"] == "edition_state"
    assert (await act(office, row, "discard", expect=409, reason="x"))["code"] == "edition_state"
    for statement in (
        "UPDATE rulebook_editions SET title = 'x'",
        "DELETE FROM rulebook_editions",
        "TRUNCATE rulebook_editions",
    ):
        with pytest.raises(sa.exc.DBAPIError, match="append-only"):
            async with session.begin_nested():
                await session.execute(sa.text(statement))


async def test_a_time_that_runs_keeps_the_days_it_began_with(
    office: httpx.AsyncClient,
    director: httpx.AsyncClient,
    clerk: httpx.AsyncClient,
    items: Items,
    clock: SetClock,
) -> None:
    """domain.md §9: what a notice promised stands, also where the calendar moves later."""
    case = await take_in(clerk, items.food, materials=[])
    told = await give(clerk, case, "supplement", missing=[{"material_key": "m1"}])
    assert told["supplement_due_on"] == "2026-04-22"
    await published(office, director, "cases.supplement_lapse_days", 20)
    clock.set("2026-04-01 10:00")
    revision = (await office.get("/api/v1/calendar/status")).headers["ETag"]
    holiday = {"day": "2026-04-02", "kind": "regional_holiday", "note": "肉孜节"}
    moved = await office.post(
        "/api/v1/calendar/overrides",
        json={"source": "自治区放假通知", "days": [holiday], "dry_run": False},
        headers={"If-Match": revision},
    )
    assert moved.status_code == 200, moved.text
    read = (await clerk.get(f"/api/v1/cases/{case['id']}")).json()
    assert read["supplement_due_on"] == "2026-04-23"


async def test_other_office_hours_move_the_deadlines_of_open_cases(
    office: httpx.AsyncClient,
    director: httpx.AsyncClient,
    clerk: httpx.AsyncClient,
    items: Items,
    clock: SetClock,
) -> None:
    """The last day ends at close of business (domain.md §3), from April on at 19:00."""
    clock.set("2026-03-10 11:00")
    march = await take_in(clerk, items.food)
    clock.set("2026-03-31 11:00")
    april = await take_in(clerk, items.food)
    assert datetime.fromisoformat(april["due_at"]).time() == time(19, 30)
    row = await act(office, await draft(office), "change", code=CLOSES, value="19:00")
    tried = await act(director, row, "publish")
    assert tried["is_applied"] is False
    [moved] = tried["moved"]
    assert moved["case_number"] == april["case_number"]
    assert (await clerk.get(f"/api/v1/cases/{april['id']}")).json()["due_at"] == april["due_at"]
    done = await act(director, row, "publish", dry_run=False)
    assert done["moved"] == tried["moved"]
    due = datetime.fromisoformat((await clerk.get(f"/api/v1/cases/{april['id']}")).json()["due_at"])
    was = datetime.fromisoformat(april["due_at"])
    assert (due.date(), due.time()) == (was.date(), time(19, 0))
    kept = (await clerk.get(f"/api/v1/cases/{march['id']}")).json()
    assert kept["due_at"] == march["due_at"]
    later = await take_in(clerk, items.food)
    assert datetime.fromisoformat(later["due_at"]).time() == time(19, 0)


async def test_a_process_that_has_not_reread_reckons_by_the_new_hours_all_the_same(
    office: httpx.AsyncClient,
    director: httpx.AsyncClient,
    clerk: httpx.AsyncClient,
    items: Items,
    clock: SetClock,
    hall: Hall,
) -> None:
    """Publishing renews the calendar, and whoever builds it anew rereads the editions."""
    clock.set("2026-03-31 11:00")
    await take_in(clerk, items.food)
    await published(office, director, CLOSES, "19:00")
    forget_published()
    late = await take_in(clerk, items.food)
    assert datetime.fromisoformat(late["due_at"]).time() == time(19, 0)
