"""Reading items through HTTP; versions, completeness, what an intake asks."""

from datetime import date
from typing import Any
from uuid import UUID

import httpx
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from tests.catalog_factories import (
    APPLICATION,
    FLOOR_PLAN,
    FOOD_LICENCE,
    IDENTITY,
    ITEMS_SINCE,
    Items,
    content,
    make_item,
    make_version,
)
from tests.conftest import SignIn
from tests.factories import Hall, Person, make_department, make_window
from tests.statements import counted

from yimen.core.attempts import rehearse
from yimen.core.audit import AuditEntry
from yimen.core.database import Database, new_id, table_of
from yimen.core.outbox import OutboxEvent
from yimen.domains.catalog.dependencies import open_catalog
from yimen.domains.catalog.enums import (
    CaseKind,
    Category,
    ItemStatus,
    Mark,
    TaskType,
    VersionOrigin,
)
from yimen.domains.catalog.models import ItemVersion, ItemWindow, ServiceItem
from yimen.domains.catalog.service import (
    CatalogService,
    ContentFaulty,
    ItemEntry,
    ItemListed,
    ItemNotFound,
    ItemVersionOutdated,
    ItemWithdrawn,
)
from yimen.domains.organisation.enums import WindowKind

ITEMS = "/api/v1/service-items"


def catalog_of(session: AsyncSession) -> CatalogService:
    return open_catalog(session, None, ITEMS_SINCE)


async def names(client: httpx.AsyncClient, **query: Any) -> list[str]:
    reply = await client.get(ITEMS, params=query)
    assert reply.status_code == 200, reply.text
    return [item["name"] for item in reply.json()["items"]]


# Reading


@pytest.mark.parametrize(
    "who", ["clerk", "clerk_elsewhere", "chief", "chief_elsewhere", "office", "director"]
)
async def test_everyone_who_logs_in_reads_all_items(
    who: str, hall: Hall, items: Items, sign_in: SignIn
) -> None:
    person: Person = getattr(hall, who)
    client = sign_in(person.account_id, person.session_id)
    assert len(await names(client)) == 3
    for path in ("", "/versions", "/versions/1", "/completeness"):
        reply = await client.get(f"{ITEMS}/{items.land.item_id}{path}")
        assert reply.status_code == 200, reply.text


async def test_without_a_token_nothing_is_read(client: httpx.AsyncClient, items: Items) -> None:
    for path in ("", *(f"/{items.food.item_id}{end}" for end in ("", "/versions", "/versions/1"))):
        assert (await client.get(f"{ITEMS}{path}")).status_code == 401


async def test_an_item_is_read_whole_with_labels_and_etag(
    clerk: httpx.AsyncClient, hall: Hall, items: Items
) -> None:
    reply = await clerk.get(f"{ITEMS}/{items.food.item_id}")
    assert reply.headers["ETag"] == '"1"'
    shown = reply.json()
    assert shown["code"] == items.food.code
    assert shown["department_name"] == "县市场监督管理局"
    assert (shown["status"], shown["status_label"]) == ("in_force", "已生效")
    assert (shown["category_label"], shown["kind_label"]) == ("行政许可", "承诺件")
    assert shown["task_type_label"] == "行政许可"
    assert shown["time_limit"] == "承诺 5 个工作日（法定 20 个工作日）"
    assert shown["effective_on"] == "2018-11-01"
    assert shown["approved_at"] == "2018-11-01T11:00:00+08:00"
    assert (shown["origin"], shown["approved_by_name"]) == ("set_up", "系统")
    assert [window["number"] for window in shown["windows"]] == ["01", "02"]
    assert shown["content"]["charges"] == [
        {"name": "证照工本费", "amount": "10.00", "unit": "元/本", "basis": "收费目录"}
    ]
    assert [material["key"] for material in shown["content"]["materials"]] == ["m1", "m2", "m3"]
    assert shown["is_complete"] and shown["is_current"]
    assert shown["missing_disclosures"] == shown["to_complete"] == []


async def test_an_unknown_item_or_version_is_not_found(
    clerk: httpx.AsyncClient, items: Items
) -> None:
    paths = [f"/{new_id()}{end}" for end in ("", "/versions", "/versions/1", "/completeness")]
    for path in [*paths, f"/{items.food.item_id}/versions/2"]:
        reply = await clerk.get(f"{ITEMS}{path}")
        assert (reply.status_code, reply.json()["code"]) == (404, "item_not_found")


async def test_items_are_filtered(
    clerk: httpx.AsyncClient, hall: Hall, items: Items, session: AsyncSession
) -> None:
    food, seal, land, draft = (
        "食品经营许可（新办）",
        "营业执照补领",
        "临时用地审批",
        "达到100%_验收",
    )
    await make_item(session, hall.department_b, [], name=draft, complaint_phone=None)
    wanted: list[tuple[dict[str, Any], list[str]]] = [
        ({}, [food, seal, land, draft]),
        ({"department_id": hall.department_b}, [land, draft]),
        ({"window_id": hall.window_01}, [food, seal]),
        ({"window_id": hall.window_02}, [food]),
        ({"category": "public_service"}, [seal]),
        ({"kind": "immediate"}, [seal]),
        ({"status": "draft"}, [draft]),
        ({"status": "in_force"}, [food, seal, land]),
        ({"is_complete": "false"}, [draft]),
        ({"is_complete": "true"}, [food, seal, land]),
        ({"q": "许可"}, [food]),
        ({"q": "100%_"}, [draft]),
        ({"q": "%"}, [draft]),
        ({"q": "_"}, [draft]),
        ({"q": "\\"}, []),
        ({"department_id": hall.department_a, "kind": "committed"}, [food]),
    ]
    for query, expected in wanted:
        assert await names(clerk, **query) == expected, query


@pytest.mark.parametrize(
    "query", [{"q": ""}, {"kind": "slow"}, {"limit": 201}, {"colour": "red"}, {"cursor": "xx"}]
)
async def test_a_wrong_filter_is_refused(
    clerk: httpx.AsyncClient, items: Items, query: dict[str, Any]
) -> None:
    assert (await clerk.get(ITEMS, params=query)).status_code == 422


async def test_pages_of_items_follow_one_another(clerk: httpx.AsyncClient, items: Items) -> None:
    first = (await clerk.get(ITEMS, params={"limit": 2, "with_total": True})).json()
    assert (len(first["items"]), first["total"]) == (2, 3)
    second = (await clerk.get(ITEMS, params={"limit": 2, "cursor": first["next_cursor"]})).json()
    assert [item["name"] for item in second["items"]] == ["临时用地审批"]
    assert second["next_cursor"] is None


async def test_a_list_takes_one_query_however_long(
    clerk: httpx.AsyncClient, items: Items, database: Database
) -> None:
    counts = []
    for limit in (1, 200):
        with counted(database) as seen:
            await clerk.get(ITEMS, params={"limit": limit})
        counts.append(len(seen))
    assert counts == [2, 2]  # who asks; the page


async def test_the_versions_of_an_item_are_kept_and_read(
    clerk: httpx.AsyncClient, hall: Hall, items: Items, session: AsyncSession
) -> None:
    await make_version(session, items.food, hall.department_a, [hall.window_02], committed_days=3)
    listed = (await clerk.get(f"{ITEMS}/{items.food.item_id}/versions")).json()["items"]
    assert [(entry["version_no"], entry["committed_days"]) for entry in listed] == [(2, 3), (1, 5)]
    old = (await clerk.get(f"{ITEMS}/{items.food.item_id}/versions/1")).json()
    assert (old["content"]["committed_days"], old["is_current"]) == (5, False)
    assert [window["number"] for window in old["windows"]] == ["01", "02"]
    new = await clerk.get(f"{ITEMS}/{items.food.item_id}")
    assert (new.json()["content"]["committed_days"], new.json()["version_no"]) == (3, 2)
    assert new.headers["ETag"] == '"2"'
    page = f"{ITEMS}/{items.food.item_id}/versions"
    first = (await clerk.get(page, params={"limit": 1})).json()
    rest = (await clerk.get(page, params={"limit": 1, "cursor": first["next_cursor"]})).json()
    assert [entry["version_no"] for entry in rest["items"]] == [1]


async def test_completeness_lists_what_is_missing(
    clerk: httpx.AsyncClient, hall: Hall, session: AsyncSession
) -> None:
    """PROMISE 三."""
    item = await make_item(
        session,
        hall.department_a,
        [hall.window_01],
        legal_basis=None,
        complaint_phone=None,
        to_complete=(Mark.MATERIALS,),
    )
    shown = (await clerk.get(f"{ITEMS}/{item.item_id}/completeness")).json()
    assert shown["article"] == "PROMISE 三"
    assert not shown["is_complete"]
    assert len(shown["disclosures"]) == 8
    assert [missing["label"] for missing in shown["missing"]] == ["法律依据", "投诉电话"]
    assert [missing["label"] for missing in shown["to_complete"]] == ["申报材料"]
    undisclosed = [entry for entry in shown["disclosures"] if not entry["is_disclosed"]]
    assert [entry["text"] for entry in undisclosed] == [None, None]


# Putting in force


async def test_versions_and_their_windows_can_not_be_altered(
    items: Items, session: AsyncSession
) -> None:
    for statement in (
        sa.update(ItemVersion).values(committed_days=1),
        sa.delete(ItemVersion),
        sa.update(ItemWindow).values(window_id=new_id()),
        sa.delete(ItemWindow),
        sa.text("TRUNCATE item_versions CASCADE"),
    ):
        with pytest.raises(DBAPIError, match="append-only"):
            async with session.begin_nested():
                await session.execute(statement)


@pytest.mark.parametrize(
    ("column", "value"), [("committed_days", 21), ("kind", "immediate"), ("statutory_days", 0)]
)
async def test_the_database_itself_keeps_the_promise_within_the_law(
    items: Items, session: AsyncSession, column: str, value: object
) -> None:
    copied = sa.select(*table_of(ItemVersion).c).where(ItemVersion.kind == "committed").limit(1)
    values = dict((await session.execute(copied)).one()._mapping)
    values |= {"id": new_id(), "version_no": 9}
    with pytest.raises(IntegrityError, match="ck_item_versions"):
        async with session.begin_nested():
            await session.execute(sa.insert(table_of(ItemVersion)), values | {column: value})


async def test_putting_in_force_is_audited_and_told(
    hall: Hall, items: Items, session: AsyncSession
) -> None:
    await make_version(session, items.food, hall.department_a, [hall.window_01], committed_days=3)
    entries = (
        await session.scalars(
            sa.select(AuditEntry)
            .where(AuditEntry.subject_id == str(items.food.item_id))
            .order_by(AuditEntry.id)
        )
    ).all()
    assert [entry.action for entry in entries] == ["items.put_in_force"] * 2
    first, second = entries
    assert first.old is None and first.new is not None and first.new["name"] == FOOD_LICENCE.name
    assert second.old is not None and second.new is not None
    assert (second.old["committed_days"], second.new["committed_days"]) == (5, 3)
    assert second.old["window_ids"] != second.new["window_ids"] == [str(hall.window_01)]
    assert "name" not in second.new
    events = (
        await session.scalars(
            sa.select(OutboxEvent)
            .where(OutboxEvent.subject_id == str(items.food.item_id))
            .order_by(OutboxEvent.id)
        )
    ).all()
    assert [event.kind for event in events] == ["service_item.in_force"] * 2
    assert [event.facts["version_no"] for event in events] == [1, 2]


async def test_an_item_without_a_window_is_a_draft_until_one_takes_it(
    hall: Hall, session: AsyncSession
) -> None:
    item = await make_item(session, hall.department_a, [])
    assert item.status is ItemStatus.DRAFT
    done = await make_version(session, item, hall.department_a, [hall.window_01])
    assert (done.status, done.version_no) == (ItemStatus.IN_FORCE, 2)


async def test_codes_are_given_or_numbered(hall: Hall, session: AsyncSession) -> None:
    async def codes(**named: str | None) -> list[str]:
        entries = [
            ItemEntry(department_id=hall.department_a, content=content(name=name), code=code)
            for name, code in named.items()
        ]
        done = await catalog_of(session).put_in_force(entries, origin=VersionOrigin.SET_UP)
        return [found.code for found in done]

    assert await codes(甲="market-01", 乙=None, 丙=None) == ["market-01", "SX-000001", "SX-000002"]
    assert await codes(丁=None, 戊="SX-000007") == ["SX-000008", "SX-000007"]
    assert await codes(己=None) == ["SX-000009"]


async def test_a_number_that_was_rolled_back_is_given_out_again(
    hall: Hall, session: AsyncSession
) -> None:
    async def make() -> str:
        return (await make_item(session, hall.department_a, [hall.window_01])).code

    assert await rehearse(session, make) == "SX-000001"
    assert await make() == "SX-000001"


async def test_many_items_take_as_many_statements_as_one(
    hall: Hall, session: AsyncSession, database: Database
) -> None:
    counts = []
    for start, end in ((0, 1), (1, 40)):
        entries = [
            ItemEntry(
                department_id=hall.department_a,
                content=content(hall.window_01, name=f"事项{number}"),
            )
            for number in range(start, end)
        ]
        with counted(database) as seen:
            await catalog_of(session).put_in_force(entries, origin=VersionOrigin.SET_UP)
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 8


async def test_faulty_contents_are_refused_as_a_whole(hall: Hall, session: AsyncSession) -> None:
    entries = [
        ItemEntry(department_id=hall.department_a, content=content(name="甲")),
        ItemEntry(department_id=hall.department_a, content=content(name="乙", committed_days=30)),
    ]
    with pytest.raises(ContentFaulty) as caught:
        await catalog_of(session).put_in_force(entries, origin=VersionOrigin.SET_UP)
    assert [problem.pointer for problem in caught.value.errors] == ["/content/committed_days"]
    assert await session.scalar(sa.select(sa.func.count()).select_from(ServiceItem)) == 0


@pytest.mark.parametrize(
    ("which", "code"),
    [
        ("other", "window_of_other_department"),
        ("closed", "window_closed"),
        ("future", "window_closed"),
        ("none", "unknown_window"),
        ("shared", None),
    ],
)
async def test_a_window_is_the_department_s_own_or_comprehensive_and_open(
    hall: Hall, session: AsyncSession, which: str, code: str | None
) -> None:
    """MGMT 九."""
    a, b = hall.department_a, hall.department_b
    windows = {
        "other": hall.window_03,
        "closed": await make_window(session, a, closed_on=date(2018, 10, 31)),
        "future": await make_window(session, a, opened_on=date(2018, 11, 2)),
        "none": new_id(),
        "shared": await make_window(session, b, kind=WindowKind.COMPREHENSIVE),
    }
    entry = ItemEntry(department_id=a, content=content(windows[which]))
    [faults] = await catalog_of(session).faults_of([entry])
    assert [fault.code for fault in faults] == ([] if code is None else [code])
    assert all(fault.pointer == "/window_ids/0" for fault in faults)


async def test_a_window_counts_up_to_its_last_day(hall: Hall, session: AsyncSession) -> None:
    last = await make_window(session, hall.department_a, closed_on=ITEMS_SINCE.date())
    entry = ItemEntry(department_id=hall.department_a, content=content(last))
    assert await catalog_of(session).faults_of([entry]) == [[]]


async def test_two_items_may_share_a_code_or_a_name_but_not_both(
    hall: Hall, session: AsyncSession
) -> None:
    catalog = catalog_of(session)

    async def put(department_id: UUID, **changes: Any) -> None:
        async with session.begin_nested():
            await catalog.put_in_force(
                [ItemEntry(department_id=department_id, content=content(**changes))],
                origin=VersionOrigin.SET_UP,
            )

    await put(hall.department_a, name="甲", item_code="1")
    await put(hall.department_a, name="甲", item_code="2")
    await put(hall.department_a, name="乙", item_code="1")
    await put(hall.department_b, name="甲", item_code="1")
    await put(hall.department_a, name="丙", item_code=None)
    for twice in ({"name": "甲", "item_code": "1"}, {"name": "丙", "item_code": None}):
        with pytest.raises(IntegrityError, match=str(ItemListed.constraint)):
            await put(hall.department_a, **twice)


async def test_changing_what_has_moved_on_is_refused(
    hall: Hall, items: Items, session: AsyncSession
) -> None:
    catalog = catalog_of(session)

    def entry(item_id: UUID, base: int | None) -> ItemEntry:
        return ItemEntry(
            department_id=hall.department_a,
            content=content(hall.window_01, committed_days=4),
            item_id=item_id,
            base_version_no=base,
        )

    with pytest.raises(ItemNotFound):
        await catalog.put_in_force([entry(new_id(), None)], origin=VersionOrigin.IMPORT)
    with pytest.raises(ItemVersionOutdated):
        await catalog.put_in_force([entry(items.food.item_id, 2)], origin=VersionOrigin.IMPORT)
    done = await catalog.put_in_force([entry(items.food.item_id, 1)], origin=VersionOrigin.IMPORT)
    assert done[0].version_no == 2
    await catalog.withdraw_item(items.food.item_id, reason="国务院决定取消")
    with pytest.raises(ItemWithdrawn):
        await catalog.put_in_force([entry(items.food.item_id, None)], origin=VersionOrigin.IMPORT)
    with pytest.raises(ItemWithdrawn):
        await catalog.withdraw_item(items.food.item_id, reason="再次")


async def test_a_withdrawn_item_frees_its_name(
    hall: Hall, items: Items, session: AsyncSession, clerk: httpx.AsyncClient
) -> None:
    await catalog_of(session).withdraw_item(items.food.item_id, reason="取消")
    shown = (await clerk.get(f"{ITEMS}/{items.food.item_id}")).json()
    assert (shown["status"], shown["withdrawn_on"]) == ("withdrawn", "2018-11-01")
    again = await make_item(session, hall.department_a, [hall.window_01])
    assert again.item_id != items.food.item_id


# What an intake asks


async def test_an_intake_learns_all_in_one_statement(
    hall: Hall, items: Items, session: AsyncSession, database: Database
) -> None:
    catalog = catalog_of(session)
    with counted(database) as seen:
        facts = await catalog.intake_facts(items.food.item_id, hall.window_02)
        assert facts.materials == (APPLICATION, IDENTITY, FLOOR_PLAN)
    assert len(seen) == 1
    assert (facts.status, facts.window_may_take) == (ItemStatus.IN_FORCE, True)
    assert (facts.version_id, facts.version_no) == (items.food.version_id, 1)
    assert (facts.name, facts.kind) == (FOOD_LICENCE.name, CaseKind.COMMITTED)
    assert (facts.committed_days, facts.statutory_days) == (5, 20)
    assert (facts.department_id, facts.department_name) == (hall.department_a, "县市场监督管理局")
    assert (facts.window_number, facts.window_department_id) == ("02", hall.department_a)
    assert (
        facts.materials
        is (await catalog.intake_facts(items.food.item_id, hall.window_01)).materials
    )


async def test_a_window_outside_the_item_s_windows_may_not_take_it(
    hall: Hall, items: Items, session: AsyncSession
) -> None:
    """MGMT 五, 九."""
    catalog = catalog_of(session)
    elsewhere = await catalog.intake_facts(items.food.item_id, hall.window_03)
    assert (elsewhere.window_may_take, elsewhere.window_number) == (False, "03")
    nowhere = await catalog.intake_facts(items.food.item_id, new_id())
    assert (nowhere.window_may_take, nowhere.window_number) == (False, None)
    assert nowhere.window_department_id is None
    with pytest.raises(ItemNotFound):
        await catalog.intake_facts(new_id(), hall.window_01)


async def test_an_intake_goes_by_the_current_version(
    hall: Hall, items: Items, session: AsyncSession
) -> None:
    catalog = catalog_of(session)
    before = await catalog.intake_facts(items.food.item_id, hall.window_02)
    await make_version(
        session, items.food, hall.department_a, [hall.window_01], materials=(APPLICATION,)
    )
    after = await catalog.intake_facts(items.food.item_id, hall.window_02)
    assert (after.version_no, after.window_may_take) == (2, False)
    assert after.materials == (APPLICATION,)
    assert before.materials == (APPLICATION, IDENTITY, FLOOR_PLAN)
    assert await catalog.materials_of_version(before.version_id) == before.materials


async def test_the_materials_of_a_version_are_asked_for_once(
    hall: Hall, items: Items, session: AsyncSession, database: Database
) -> None:
    catalog = catalog_of(session)
    with counted(database) as seen:
        for _ in range(3):
            assert await catalog.materials_of_version(items.land.version_id) == (
                APPLICATION,
                IDENTITY,
                FLOOR_PLAN,
            )
    assert len(seen) == 1
    with pytest.raises(ItemNotFound):
        await catalog.materials_of_version(new_id())


async def test_an_agency_s_item_is_an_item_like_any_other(
    session: AsyncSession, hall: Hall
) -> None:
    agency = await make_department(session, name="测绘服务所")
    window = await make_window(session, agency)
    item = await make_item(
        session,
        agency,
        [window],
        name="土地勘测定界",
        task_type=TaskType.PUBLIC_SERVICE,
        category=Category.PUBLIC_SERVICE,
        statutory_days=None,
    )
    facts = await catalog_of(session).intake_facts(item.item_id, window)
    assert facts.window_may_take and facts.statutory_days is None
