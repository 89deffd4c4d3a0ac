"""Subscriptions over HTTP, and the rules of addresses and retries."""

from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from yimen.domains.webhooks.models import Webhook
from yimen.domains.webhooks.rules import RETRIES, BadAddress, check_address, pause_before_retry

API = "/api/v1/webhooks"
GIVEN = {"name": "县平台", "url": "http://10.0.8.20/hooks", "kinds": ["case.*"]}


async def subscribe(office: httpx.AsyncClient) -> Any:
    reply = await office.post(API, json=GIVEN)
    assert reply.status_code == 201, reply.text
    assert reply.headers["ETag"] == '"1"'
    return reply.json()


async def test_the_secret_is_shown_once_and_kept_encrypted(
    office: httpx.AsyncClient, director: httpx.AsyncClient, session: AsyncSession
) -> None:
    given = await subscribe(office)
    assert given["secret"].startswith("whsec_")
    stored = await session.scalar(sa.select(Webhook.secret))
    assert stored is not None and given["secret"].encode() not in stored
    for reader in (office, director):
        shown = await reader.get(f"{API}/{given['webhook']['id']}")
        assert shown.status_code == 200
        assert given["secret"] not in shown.text
    listed = (await director.get(API, params={"state": "active"})).json()["items"]
    assert [one["id"] for one in listed] == [given["webhook"]["id"]]
    assert not any(action["allowed"] for action in listed[0]["allowed_actions"])


async def test_only_the_office_arranges_what_is_sent(
    office: httpx.AsyncClient,
    director: httpx.AsyncClient,
    chief: httpx.AsyncClient,
    clerk: httpx.AsyncClient,
    client: httpx.AsyncClient,
) -> None:
    path = f"{API}/{(await subscribe(office))['webhook']['id']}"
    seen = {"If-Match": '"1"'}
    for person in (director, chief, clerk):
        assert (await person.post(API, json=GIVEN)).status_code == 403
        assert (await person.post(f"{path}/pause", headers=seen)).status_code == 403
    for person in (chief, clerk):
        assert (await person.get(path)).status_code == 403
        assert (await person.get(f"{path}/deliveries")).status_code == 403
    assert (await client.get(API)).status_code == 401


async def test_a_subscription_is_paused_resumed_and_switched_off(office: httpx.AsyncClient) -> None:
    path = f"{API}/{(await subscribe(office))['webhook']['id']}"
    paused = await office.post(f"{path}/pause", headers={"If-Match": '"1"'})
    assert paused.json()["state_label"] == "暂停"
    twice = await office.post(f"{path}/pause", headers={"If-Match": '"2"'})
    assert (twice.status_code, twice.json()["code"]) == (409, "webhook_not_active")
    stale = await office.post(f"{path}/resume", headers={"If-Match": '"1"'})
    assert stale.status_code == 412
    resumed = await office.post(f"{path}/resume", headers={"If-Match": '"2"'})
    assert resumed.json()["state"] == "active"
    changed = await office.patch(path, json={"kinds": []}, headers={"If-Match": '"3"'})
    assert changed.json()["kinds"] == []
    over = await office.post(f"{path}/switch-off", headers={"If-Match": '"4"'})
    assert over.json()["state"] == "off"
    for command in ("resume", "switch-off"):
        refused = await office.post(f"{path}/{command}", headers={"If-Match": '"5"'})
        assert (refused.status_code, refused.json()["code"]) == (409, "webhook_off")


@pytest.mark.parametrize(
    "url",
    [
        "ftp://10.0.8.20/x",
        "file:///etc/passwd",
        "gopher://10.0.8.20:70/",
        "http://",
        "http://user:pass@10.0.8.20/",
        "http://10.0.8.20:0/",
        "http://10.0.8.20:99999/",
        "http://10.0.8.20/ x",
        "http://10.0.8.20/#x",
        "10.0.8.20/x",
    ],
)
async def test_an_address_that_cannot_be_sent_to_is_refused(
    office: httpx.AsyncClient, url: str
) -> None:
    with pytest.raises(BadAddress):
        check_address(url)
    refused = await office.post(API, json=GIVEN | {"url": url})
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "/url"


@pytest.mark.parametrize("url", ["http://10.0.8.20:8080/a?b=c", "https://hall.example/hooks"])
def test_addresses_of_the_intranet_will_do(url: str) -> None:
    assert check_address(url) == url


def test_pauses_grow_until_it_is_of_no_more_use() -> None:
    pauses = [pause_before_retry(attempts) for attempts in range(1, len(RETRIES) + 1)]
    assert pauses == sorted(pauses, key=lambda pause: pause or RETRIES[0])
    assert pause_before_retry(len(RETRIES) + 1) is None
