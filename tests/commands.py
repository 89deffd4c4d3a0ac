"""Commands in tests: given through HTTP on what was seen, and the reply read."""

from typing import Any

import httpx


async def command(
    path: str,
    client: httpx.AsyncClient,
    thing: dict[str, Any],
    action: str,
    *,
    expect: int = 200,
    **body: Any,
) -> dict[str, Any]:
    """Act on one of the things under a path, as it was seen; a file calls it by its own path."""
    reply = await client.post(
        f"{path}/{thing['id']}/{action}",
        json=body,
        headers={"If-Match": f'"{thing["version"]}"'},
    )
    assert reply.status_code == expect, reply.text
    answer: dict[str, Any] = reply.json()
    return answer
