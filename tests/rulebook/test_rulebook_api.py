"""The rulebook over HTTP."""

import httpx
from tests.conftest import SetClock


async def test_every_role_reads_the_editions(
    clerk: httpx.AsyncClient,
    chief: httpx.AsyncClient,
    office: httpx.AsyncClient,
    director: httpx.AsyncClient,
) -> None:
    for person in (clerk, chief, office, director):
        reply = await person.get("/api/v1/rulebook/editions")
        assert reply.status_code == 200
        assert reply.json() == {
            "items": [
                {
                    "code": "2008-01",
                    "title": "尼勒克县行政服务中心工作制度汇编（2018年10月26日）",
                    "takes_effect_on": "2008-01-01",
                    "is_in_force": True,
                }
            ]
        }


async def test_the_public_does_not_read_the_editions(client: httpx.AsyncClient) -> None:
    assert (await client.get("/api/v1/rulebook/editions")).status_code == 401
    assert (await client.get("/api/v1/rulebook/editions/2008-01")).status_code == 401


async def test_an_edition_shows_each_value_with_unit_article_and_basis(
    clerk: httpx.AsyncClient,
) -> None:
    edition = (await clerk.get("/api/v1/rulebook/editions/2008-01")).json()
    values = {value["code"]: value for value in edition["values"]}
    assert edition["is_in_force"] is True
    assert values["cases.late_entry_days"] == {
        "code": "cases.late_entry_days",
        "label": "事后补录算作迟录",
        "value": 1,
        "text": "超过1个工作日",
        "unit": "working_days",
        "unit_label": "个工作日",
        "word": "超过",
        "operator": ">",
        "article": "DISCIPLINE 五(十八)",
        "basis": "local",
        "basis_label": "本中心自定",
    }
    assert values["office_hours.winter.afternoon_opens"]["value"] == "15:30"
    assert values["office_hours.summer.starts_on"]["value"] == "05-01"
    assert values["office_hours.summer.starts_on"]["text"] == "5月1日"


async def test_an_unknown_edition_is_not_found(clerk: httpx.AsyncClient) -> None:
    reply = await clerk.get("/api/v1/rulebook/editions/2007-12")
    assert (reply.status_code, reply.json()["code"]) == (404, "edition_not_found")


async def test_before_the_first_edition_no_day_is_judged(
    clerk: httpx.AsyncClient, clock: SetClock
) -> None:
    clock.set("2007-12-31 11:00")
    reply = await clerk.get("/api/v1/rulebook/editions")
    assert [item["is_in_force"] for item in reply.json()["items"]] == [False]
