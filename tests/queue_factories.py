"""Groups, machines and tickets that tests start from, made through HTTP as the hall makes them."""

from typing import Any
from uuid import UUID, uuid4

import httpx

API = "/api/v1"


async def set_up_group(
    office: httpx.AsyncClient, *window_ids: UUID, letter: str = "A", **changes: Any
) -> dict[str, Any]:
    """A queue of these windows."""
    body = {
        "name": f"队列{letter}",
        "letter": letter,
        "window_ids": [str(one) for one in window_ids],
    } | changes
    reply = await office.post(f"{API}/queue-groups", json=body)
    assert reply.status_code == 201, reply.text
    found: dict[str, Any] = reply.json()
    return found


async def take(client: httpx.AsyncClient, group: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A number, and what is printed with it."""
    reply = await client.post(
        f"{API}/tickets",
        json={"group_id": group["id"]} | changes,
        headers={"Idempotency-Key": str(uuid4())},
    )
    assert reply.status_code == 201, reply.text
    found: dict[str, Any] = reply.json()
    return found


async def call_next(client: httpx.AsyncClient, **wish: Any) -> dict[str, Any]:
    reply = await client.post(f"{API}/tickets/call-next", json=wish)
    assert reply.status_code == 200, reply.text
    found: dict[str, Any] = reply.json()
    return found


async def move(
    client: httpx.AsyncClient, ticket: dict[str, Any], action: str, **body: Any
) -> httpx.Response:
    """One command on a ticket as it was last seen."""
    return await client.post(
        f"{API}/tickets/{ticket['id']}/{action}",
        json=body,
        headers={"If-Match": f'"{ticket["version"]}"'},
    )


async def moved(
    client: httpx.AsyncClient, ticket: dict[str, Any], action: str, **body: Any
) -> dict[str, Any]:
    reply = await move(client, ticket, action, **body)
    assert reply.status_code == 200, reply.text
    assert reply.headers["ETag"] == f'"{ticket["version"] + 1}"'
    found: dict[str, Any] = reply.json()
    return found


async def read(client: httpx.AsyncClient, slip: dict[str, Any]) -> dict[str, Any]:
    """The ticket of a slip."""
    reply = await client.get(f"{API}/tickets/{slip['ticket_id']}")
    assert reply.status_code == 200, reply.text
    found: dict[str, Any] = reply.json()
    return found


async def machine(
    office: httpx.AsyncClient, client: httpx.AsyncClient, kind: str, **more: Any
) -> dict[str, str]:
    """The headers of a registered machine."""
    made = await office.post(
        f"{API}/devices", json={"name": f"{kind}{uuid4().hex[:6]}", "kind": kind} | more
    )
    assert made.status_code == 201, made.text
    form = {name: made.json()[name] for name in ("client_id", "client_secret")}
    given = await client.post(f"{API}/auth/device-token", data=form)
    assert given.status_code == 200, given.text
    return {"Authorization": f"Bearer {given.json()['access_token']}"}
