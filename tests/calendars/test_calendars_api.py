"""The calendar over HTTP, and its changes as the cases domain makes them."""

from datetime import date
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from tests.conftest import SetClock
from tests.statements import counted

from yimen.core.audit import AuditEntry
from yimen.core.database import Database
from yimen.core.errors import InvalidInput, Stale
from yimen.core.outbox import OutboxEvent
from yimen.domains.calendars.enums import DayKind
from yimen.domains.calendars.repository import CalendarRepository
from yimen.domains.calendars.rules import BeyondCalendar, WorkCalendar
from yimen.domains.calendars.rules_notices import DayOverride, NoticeDay, notice_title
from yimen.domains.calendars.service import (
    CalendarService,
    DayNotOverridden,
    OverrideOrder,
    YearNotice,
    YearNotInCalendar,
    YearTooEarlyToPublish,
)
from yimen.domains.rulebook.service import RulebookService

EID = OverrideOrder(
    source="自治区人民政府办公厅关于2026年部分节假日安排的通知",
    days=(
        DayOverride(date(2026, 3, 20), DayKind.REGIONAL_HOLIDAY, "肉孜节"),
        DayOverride(date(2026, 5, 27), DayKind.REGIONAL_HOLIDAY, "古尔邦节"),
    ),
)
NOTICE_2027 = YearNotice(
    year=2027,
    source="国务院办公厅关于2027年部分节假日安排的通知（测试）",
    days=(
        NoticeDay(date(2026, 12, 31), DayKind.REST_DAY, "与12月27日调休"),
        NoticeDay(date(2026, 12, 27), DayKind.MAKEUP_WORKDAY, "与12月31日调休"),
        NoticeDay(date(2027, 1, 3), DayKind.MAKEUP_WORKDAY, "与1月4日调休"),
        NoticeDay(date(2027, 1, 4), DayKind.REST_DAY, "与1月3日调休"),
    ),
)

PATHS = (
    "status",
    "years",
    "years/2026",
    "days?from=2026-03-10&to=2026-03-10",
    "deadline-preview?working_days=1",
)


@pytest.fixture
def service(session: AsyncSession, clock: SetClock) -> CalendarService:
    return service_at(session, clock)


def service_at(session: AsyncSession, clock: SetClock) -> CalendarService:
    return CalendarService(CalendarRepository(session), RulebookService(), clock())


def all_kinds(calendar: WorkCalendar) -> list[tuple[date, DayKind, str, bool]]:
    days = range(calendar.first_day.toordinal(), calendar.last_day.toordinal() + 1)
    facts = [calendar.describe(date.fromordinal(day)) for day in days]
    return [(fact.day, fact.kind, fact.reason, fact.is_provisional) for fact in facts]


# Reading


async def test_every_role_reads_the_calendar(
    clerk: httpx.AsyncClient,
    chief: httpx.AsyncClient,
    office: httpx.AsyncClient,
    director: httpx.AsyncClient,
) -> None:
    for person in (clerk, chief, office, director):
        for path in PATHS:
            reply = await person.get(f"/api/v1/calendar/{path}")
            assert reply.status_code == 200, path


@pytest.mark.parametrize("path", PATHS)
async def test_the_public_does_not_read_the_calendar(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.get(f"/api/v1/calendar/{path}")).status_code == 401


async def test_the_years_2008_to_2026_are_published_from_the_start(
    clerk: httpx.AsyncClient,
) -> None:
    reply = await clerk.get("/api/v1/calendar/years")
    years = reply.json()["items"]
    assert [year["year"] for year in years] == list(range(2026, 2007, -1))
    assert years[0]["source"] == notice_title(2026)
    assert reply.headers["ETag"] == f'"{reply.json()["revision"]}"'


async def test_a_year_lists_its_days_that_are_not_plain(clerk: httpx.AsyncClient) -> None:
    year = (await clerk.get("/api/v1/calendar/years/2026")).json()
    assert year["published"]["source"] == notice_title(2026)
    assert year["working_days"] == 248
    assert len(year["days"]) == 28
    assert {
        "day": "2026-10-10",
        "kind": "makeup_workday",
        "kind_label": "调休上班",
        "is_working_day": True,
        "reason": "与10月7日调休",
        "source": notice_title(2026),
        "is_override": False,
        "is_provisional": False,
        "shifts": [{"opens": "10:00", "closes": "14:00"}, {"opens": "15:30", "closes": "19:30"}],
    } in year["days"]


async def test_an_unpublished_year_shows_its_statutory_days_as_provisional(
    clerk: httpx.AsyncClient,
) -> None:
    year = (await clerk.get("/api/v1/calendar/years/2027")).json()
    assert year["published"] is None
    assert len(year["days"]) == 13
    assert all(day["is_provisional"] for day in year["days"])


@pytest.mark.parametrize("year", [2007, 2032, 9999])
async def test_a_year_beyond_the_calendar_is_not_found(clerk: httpx.AsyncClient, year: int) -> None:
    reply = await clerk.get(f"/api/v1/calendar/years/{year}")
    assert (reply.status_code, reply.json()["code"]) == (404, "year_not_in_calendar")


async def test_the_days_of_national_day_come_one_by_one(clerk: httpx.AsyncClient) -> None:
    reply = await clerk.get("/api/v1/calendar/days?from=2026-09-30&to=2026-10-10")
    days = reply.json()["items"]
    assert [day["is_working_day"] for day in days] == [True, *[False] * 7, True, True, True]
    assert days[0]["shifts"][1] == {"opens": "16:00", "closes": "20:00"}
    assert days[1]["shifts"] == []


@pytest.mark.parametrize(
    ("span", "code"),
    [
        ("from=2026-10-02&to=2026-10-01", "span_too_long"),
        ("from=2025-01-01&to=2026-12-31", "span_too_long"),
        ("from=0001-01-01&to=9999-12-31", "span_too_long"),
        ("from=2007-12-31&to=2008-01-01", "beyond_calendar"),
        ("from=2031-12-31&to=2032-01-01", "beyond_calendar"),
        ("from=9999-12-31&to=9999-12-31", "beyond_calendar"),
        ("from=2026-01-01", "invalid_input"),
        ("from=2026-01-01&to=2026-01-02&day=3", "invalid_input"),
    ],
)
async def test_a_span_out_of_bounds_is_refused(
    clerk: httpx.AsyncClient, span: str, code: str
) -> None:
    reply = await clerk.get(f"/api/v1/calendar/days?{span}")
    assert (reply.status_code, reply.json()["code"]) == (422, code)


async def test_a_preview_counts_from_now_day_by_day(
    clerk: httpx.AsyncClient, clock: SetClock
) -> None:
    clock.set("2026-09-30 20:00:01")
    preview = (await clerk.get("/api/v1/calendar/deadline-preview?working_days=1")).json()
    assert preview["due_at"] == "2026-10-09T19:30:00+08:00"
    assert preview["counted_from"] == "2026-10-08"
    assert preview["is_provisional"] is False
    assert [(day["day"], day["counted_as"]) for day in preview["days"]] == [
        ("2026-10-08", None),
        ("2026-10-09", 1),
    ]


async def test_a_preview_into_an_unpublished_year_is_provisional(clerk: httpx.AsyncClient) -> None:
    preview = (
        await clerk.get(
            "/api/v1/calendar/deadline-preview",
            params={"working_days": 1, "at": "2026-12-31T03:00:00Z"},
        )
    ).json()
    assert preview["due_at"] == "2027-01-04T19:30:00+08:00"
    assert preview["is_provisional"] is True


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"working_days": 1, "at": "2007-12-31T11:00:00+08:00"}, "beyond_calendar"),
        ({"working_days": 1, "at": "2099-12-31T11:00:00+08:00"}, "beyond_calendar"),
        ({"working_days": 1000, "at": "2031-01-01T11:00:00+08:00"}, "beyond_calendar"),
        ({"working_days": -1}, "invalid_input"),
        ({"working_days": 1001}, "invalid_input"),
        ({"working_days": 1, "at": "2026-03-10T11:00:00"}, "invalid_input"),
        ({}, "invalid_input"),
    ],
)
async def test_a_preview_beyond_the_calendar_is_refused(
    clerk: httpx.AsyncClient, params: dict[str, Any], code: str
) -> None:
    reply = await clerk.get("/api/v1/calendar/deadline-preview", params=params)
    assert (reply.status_code, reply.json()["code"]) == (422, code)


# Status and warnings


@pytest.mark.parametrize(
    ("now", "is_open", "opens"),
    [
        ("2026-03-10 11:00", True, "2026-03-10T11:00:00+08:00"),
        ("2026-03-10 14:00", False, "2026-03-10T15:30:00+08:00"),
        ("2026-03-10 19:30", False, "2026-03-11T10:00:00+08:00"),
        ("2026-10-01 11:00", False, "2026-10-08T10:00:00+08:00"),
    ],
)
async def test_the_status_says_whether_the_hall_is_open(
    clerk: httpx.AsyncClient, clock: SetClock, now: str, is_open: bool, opens: str
) -> None:
    clock.set(now)
    status = (await clerk.get("/api/v1/calendar/status")).json()
    assert (status["is_open"], status["next_opening_at"]) == (is_open, opens)
    assert status["published_through"] == 2026


@pytest.mark.parametrize(
    ("now", "missing"),
    [
        ("2026-10-31 19:59", []),
        ("2026-11-01 00:00", ["2027"]),
        ("2026-12-31 23:59", ["2027"]),
        ("2027-01-01 00:00", ["2027"]),
        ("2027-11-01 11:00", ["2027", "2028"]),
        ("2040-03-10 11:00", ["2040"]),
    ],
)
async def test_the_office_is_warned_from_1_november_that_next_year_is_missing(
    office: httpx.AsyncClient, clock: SetClock, now: str, missing: list[str]
) -> None:
    clock.set(now)
    warnings = (await office.get("/api/v1/calendar/status")).json()["warnings"]
    unpublished = [w["detail"] for w in warnings if w["code"] == "year_not_published"]
    assert [detail[:4] for detail in unpublished] == missing


async def test_the_office_is_warned_until_both_regional_festivals_are_entered(
    office: httpx.AsyncClient, service: CalendarService
) -> None:
    async def codes() -> list[str]:
        warnings = (await office.get("/api/v1/calendar/status")).json()["warnings"]
        return [warning["code"] for warning in warnings]

    assert await codes() == ["regional_festivals_missing"]
    one = OverrideOrder(EID.source, EID.days[:1])
    other = OverrideOrder(EID.source, EID.days[1:])
    first = await service.override_days(one, caller=None, seen=1)
    assert await codes() == ["regional_festivals_missing"]
    await service.override_days(other, caller=None, seen=first.after.revision)
    assert await codes() == []


# Changes


async def test_publishing_a_year_settles_it_and_adds_its_statutory_days(
    service: CalendarService, clerk: httpx.AsyncClient
) -> None:
    before = await service.current()
    change = await service.publish_year(NOTICE_2027, caller=None, seen=before.revision)
    assert change.after.revision == before.revision + 1
    assert await service.current() is change.after
    assert not change.after.describe(date(2027, 10, 1)).is_provisional
    assert change.after.describe(date(2027, 10, 1)).kind is DayKind.STATUTORY_HOLIDAY
    assert change.after.describe(date(2026, 12, 31)).kind is DayKind.REST_DAY
    assert change.after.is_working_day(date(2026, 12, 27))
    year = (await clerk.get("/api/v1/calendar/years/2027")).json()
    assert year["published"]["source"] == NOTICE_2027.source
    assert year["published"]["published_at"] == "2026-03-10T11:00:00+08:00"
    assert {day["source"] for day in year["days"]} == {NOTICE_2027.source}
    december = (await clerk.get("/api/v1/calendar/days?from=2026-12-27&to=2026-12-27")).json()
    assert december["items"][0]["source"] == NOTICE_2027.source


async def test_a_proposal_tells_what_publishing_then_does_and_writes_nothing(
    service: CalendarService,
) -> None:
    before = await service.current()
    proposed = await service.propose_year(NOTICE_2027)
    assert await service.current() is before
    done = await service.publish_year(NOTICE_2027, caller=None, seen=before.revision)
    assert all_kinds(proposed.after) == [
        fact for fact in all_kinds(done.after) if fact[0] <= proposed.after.last_day
    ]
    assert proposed.days == done.days
    assert proposed.days[0].day == date(2026, 12, 27)
    settled = [change for change in proposed.days if change.was.kind is change.becomes.kind]
    assert all(change.was.is_provisional for change in settled)
    assert len(proposed.days) == 2 + 365


async def test_a_proposed_override_tells_what_setting_it_then_does(
    service: CalendarService,
) -> None:
    proposed = await service.propose_overrides(EID)
    assert [change.day for change in proposed.days] == [date(2026, 3, 20), date(2026, 5, 27)]
    assert (await service.current()).is_working_day(date(2026, 5, 27))
    done = await service.override_days(EID, caller=None, seen=1)
    assert done.days == proposed.days
    fact = done.after.describe(date(2026, 5, 27))
    assert (fact.reason, fact.source, fact.is_override) == ("古尔邦节", EID.source, True)


async def test_a_corrected_notice_replaces_the_first_and_leaves_overrides_alone(
    service: CalendarService,
) -> None:
    await service.override_days(EID, caller=None, seen=1)
    corrected = YearNotice(
        2026,
        "国务院办公厅关于调整2026年劳动节假期安排的通知（测试）",
        (NoticeDay(date(2026, 5, 4), DayKind.REST_DAY, "劳动节补休"),),
    )
    change = await service.publish_year(corrected, caller=None, seen=2)
    assert change.after.describe(date(2026, 5, 4)).source == corrected.source
    assert change.after.is_working_day(date(2026, 5, 5))
    assert not change.after.is_working_day(date(2026, 5, 9))
    assert not change.after.is_working_day(date(2026, 5, 1))
    assert change.after.describe(date(2026, 5, 27)).is_override
    assert len((await service.years()).items) == 19


async def test_a_day_set_free_again_is_what_its_notice_says(service: CalendarService) -> None:
    closed = OverrideOrder("中心通知", (DayOverride(date(2026, 10, 10), DayKind.CLOSURE, "停电"),))
    freed = OverrideOrder("中心通知", (DayOverride(date(2026, 10, 10), None),))
    change = await service.override_days(closed, caller=None, seen=1)
    assert change.after.describe(date(2026, 10, 10)).reason == "停电"
    change = await service.override_days(freed, caller=None, seen=2)
    assert change.after.describe(date(2026, 10, 10)).kind is DayKind.MAKEUP_WORKDAY
    with pytest.raises(DayNotOverridden):
        await service.override_days(freed, caller=None, seen=3)
    with pytest.raises(DayNotOverridden):
        await service.propose_overrides(freed)


async def test_a_day_of_an_unpublished_year_stays_provisional_when_it_is_set(
    service: CalendarService,
) -> None:
    order = OverrideOrder("中心通知", (DayOverride(date(2027, 3, 10), DayKind.CLOSURE),))
    change = await service.override_days(order, caller=None, seen=1)
    fact = change.after.describe(date(2027, 3, 10))
    assert (fact.kind, fact.is_provisional) == (DayKind.CLOSURE, True)


async def test_a_change_previewed_on_an_older_calendar_is_refused(service: CalendarService) -> None:
    await service.override_days(EID, caller=None, seen=1)
    with pytest.raises(Stale):
        await service.override_days(EID, caller=None, seen=1)
    with pytest.raises(Stale):
        await service.publish_year(NOTICE_2027, caller=None, seen=1)


@pytest.mark.parametrize(
    ("day", "kind", "code"),
    [
        ("2026-11-30", DayKind.REST_DAY, "day_outside_notice"),
        ("2028-01-01", DayKind.REST_DAY, "day_outside_notice"),
        ("2027-05-27", DayKind.REGIONAL_HOLIDAY, "kind_not_for_notice"),
        ("2027-05-27", DayKind.WORKDAY, "kind_not_for_notice"),
        ("2027-10-02", DayKind.MAKEUP_WORKDAY, "statutory_day_worked"),
        ("2027-03-10", DayKind.MAKEUP_WORKDAY, "workday_already"),
        ("2027-01-03", DayKind.MAKEUP_WORKDAY, "day_twice"),
    ],
)
async def test_a_day_that_no_such_notice_can_name_is_refused_with_its_place(
    service: CalendarService, day: str, kind: DayKind, code: str
) -> None:
    faulty = NoticeDay(date.fromisoformat(day), kind)
    notice = YearNotice(2027, NOTICE_2027.source, (*NOTICE_2027.days, faulty))
    for attempt in (
        service.propose_year(notice),
        service.publish_year(notice, caller=None, seen=1),
    ):
        with pytest.raises(InvalidInput) as refused:
            await attempt
        found = [(problem.pointer, problem.code) for problem in refused.value.errors]
        assert found == [("/days/4", code)]


async def test_all_faulty_days_are_told_at_once(service: CalendarService) -> None:
    days = (
        NoticeDay(date(2027, 3, 10), DayKind.MAKEUP_WORKDAY),
        NoticeDay(date(2027, 3, 13), DayKind.MAKEUP_WORKDAY),
        NoticeDay(date(2029, 3, 10), DayKind.REST_DAY),
    )
    with pytest.raises(InvalidInput) as refused:
        await service.propose_year(YearNotice(2027, "通知", days))
    assert [p.pointer for p in refused.value.errors] == ["/days/0", "/days/2"]


async def test_only_this_and_the_next_year_and_those_before_can_be_published(
    service: CalendarService,
) -> None:
    for year, error in ((2028, YearTooEarlyToPublish), (9999, YearTooEarlyToPublish),
                        (2007, YearNotInCalendar), (0, YearNotInCalendar)):  # fmt: skip
        with pytest.raises(error):
            await service.propose_year(YearNotice(year, "通知", ()))
        with pytest.raises(error):
            await service.publish_year(YearNotice(year, "通知", ()), caller=None, seen=1)


@pytest.mark.parametrize(
    ("days", "error"),
    [
        ([("2026-05-27", DayKind.WEEKEND)], InvalidInput),
        ([("2026-05-27", DayKind.CLOSURE), ("2026-05-27", DayKind.CLOSURE)], InvalidInput),
        ([("2007-05-27", DayKind.CLOSURE)], BeyondCalendar),
        ([("2032-01-01", DayKind.CLOSURE)], BeyondCalendar),
    ],
)
async def test_an_override_that_cannot_stand_is_refused(
    service: CalendarService, days: list[tuple[str, DayKind]], error: type[Exception]
) -> None:
    overrides = tuple(DayOverride(date.fromisoformat(day), kind) for day, kind in days)
    order = OverrideOrder("中心通知", overrides)
    with pytest.raises(error):
        await service.propose_overrides(order)
    with pytest.raises(error):
        await service.override_days(order, caller=None, seen=1)


async def test_every_change_is_audited_and_told(
    service: CalendarService, session: AsyncSession
) -> None:
    await service.publish_year(NOTICE_2027, caller=None, seen=1)
    await service.override_days(EID, caller=None, seen=2)
    audits = (await session.execute(sa.select(AuditEntry).order_by(AuditEntry.id))).scalars().all()
    told = [(a.action, a.subject_id) for a in audits if a.action.startswith("calendar.")]
    assert told == [
        ("calendar.publish_year", "2027"),
        ("calendar.override_day", "2026-03-20"),
        ("calendar.override_day", "2026-05-27"),
    ]
    assert audits[-1].old is None
    assert audits[-1].new == {
        "kind": "regional_holiday",
        "note": "古尔邦节",
        "source": EID.source,
    }
    events = (
        (await session.execute(sa.select(OutboxEvent).order_by(OutboxEvent.id))).scalars().all()
    )
    assert [event.kind for event in events if event.kind.startswith("calendar.")] == [
        "calendar.year_published",
        "calendar.day_set",
        "calendar.day_set",
    ]


async def test_reading_the_calendar_again_costs_one_small_query(
    service: CalendarService, database: Database
) -> None:
    await service.current()
    with counted(database) as statements:
        kept = await service.current()
        assert await service.hold() is kept
    assert len(statements) == 2
