"""Discipline in tests: proposals, decisions and what follows them, through HTTP."""

from functools import partial
from typing import Any
from uuid import UUID

import httpx
from tests.commands import command

PROPOSALS = "/api/v1/measure-proposals"
MEASURES = "/api/v1/measures"
APPEALS = "/api/v1/appeals"


async def send(
    client: httpx.AsyncClient,
    path: str,
    *,
    expect: int = 200,
    version: int | None = None,
    **body: Any,
) -> dict[str, Any]:
    """A POST; as a command on a version that was seen."""
    headers = {} if version is None else {"If-Match": f'"{version}"'}
    reply = await client.post(path, json=body, headers=headers)
    assert reply.status_code == expect, reply.text
    answer: dict[str, Any] = reply.json()
    return answer


async def propose(client: httpx.AsyncClient, ground: str, **about: Any) -> dict[str, Any]:
    """What a person proposes: ``staff_id=``, ``window_id=`` or ``department_id=`` says of whom."""
    values = {
        name: str(value) if isinstance(value, UUID) else value for name, value in about.items()
    }
    body = {"ground_code": ground, "day": "2026-03-10", "text": "核实无误"} | values
    return await send(client, PROPOSALS, expect=201, **body)


async def confirm(
    client: httpx.AsyncClient, proposal: dict[str, Any], *, expect: int = 200, **body: Any
) -> dict[str, Any]:
    path = f"{PROPOSALS}/{proposal['id']}/confirm"
    words = {"reason": "经核实属实", "statement": "事实如建议所述"} | body
    return await send(client, path, expect=expect, version=proposal["version"], **words)


act = partial(command, MEASURES)


async def admonished(
    office: httpx.AsyncClient, staff_id: UUID, ground: str = "discipline.admonition.13", **more: Any
) -> dict[str, Any]:
    """A measure against a person that the office has just decided."""
    return await confirm(office, await propose(office, ground, staff_id=staff_id, **more))


async def served(
    office: httpx.AsyncClient, measure: dict[str, Any], received_on: str
) -> dict[str, Any]:
    """A measure whose document was issued and received."""
    measure = await act(office, measure, "talk", talked_by="刘强", note="本人表示改正")
    measure = await act(office, measure, "issue")
    return await act(office, measure, "receive", received_on=received_on, received_how="本人签收")


async def open_proposals(office: httpx.AsyncClient, **query: Any) -> list[dict[str, Any]]:
    reply = await office.get(PROPOSALS, params={"state": "open", "limit": 200, **query})
    assert reply.status_code == 200, reply.text
    found: list[dict[str, Any]] = reply.json()["items"]
    return found


async def year_of(
    client: httpx.AsyncClient, kind: str, subject_id: UUID, year: int = 2026
) -> dict[str, Any]:
    reply = await client.get(f"{MEASURES}/years/{year}/{kind}/{subject_id}")
    assert reply.status_code == 200, reply.text
    found: dict[str, Any] = reply.json()
    return found


async def again(client: httpx.AsyncClient, measure: dict[str, Any]) -> dict[str, Any]:
    """A measure as it is now."""
    found: dict[str, Any] = (await client.get(f"{MEASURES}/{measure['id']}")).json()
    return found


async def search(office: httpx.AsyncClient, first: str, last: str) -> dict[str, Any]:
    return await send(office, f"{PROPOSALS}/search", first=first, last=last)
