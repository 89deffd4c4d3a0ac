"""A draft of the rulebook tried on a month: who would have had another score."""

from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession
from tests.conftest import SetClock
from tests.factories import Hall
from tests.scoring_factories import Scoring

DRAFTS = "/api/v1/rulebook/drafts"


@pytest.fixture
async def scoring(
    office: httpx.AsyncClient, session: AsyncSession, clock: SetClock, hall: Hall
) -> Scoring:
    """March 2026: the counter of window 01 dusty eight times, for which the clerk answers."""
    made = Scoring(office, session, clock)
    finding = {
        "row_code": "hygiene.window.07",
        "count": 8,
        "window_id": str(hall.window_01),
        "staff_ids": [str(hall.clerk.staff_id)],
    }
    reply = await office.post(
        "/api/v1/inspections",
        json={
            "kind": "windows",
            "inspected_on": "2026-03-10",
            "inspectors": ["赵敏"],
            "findings": [finding],
        },
    )
    assert reply.status_code == 201, reply.text
    await made.post()
    return made


async def tried(office: httpx.AsyncClient, *changes: tuple[str, int | str]) -> dict[str, Any]:
    """What March would come to with some figures otherwise."""
    head = {"code": "trial", "title": "试算", "takes_effect_on": "2026-05-01"}
    reply = await office.post(DRAFTS, json=head)
    for code, value in changes:
        path, etag = f"{DRAFTS}/{reply.json()['id']}/change", reply.headers["ETag"]
        body = {"code": code, "value": value}
        reply = await office.post(path, json=body, headers={"If-Match": etag})
        assert reply.status_code == 200, reply.text
    effects = await office.get(f"{DRAFTS}/{reply.json()['id']}/effects/2026-03")
    assert effects.status_code == 200, effects.text
    found: dict[str, Any] = effects.json()
    return found


def figures(effects: dict[str, Any], hall: Hall) -> dict[str, tuple[str, str, bool, bool]]:
    names = {str(hall.window_01): "window", str(hall.clerk.staff_id): "clerk"}
    return {
        names.get(item["subject_id"], item["name"]): (
            item["before"], item["after"], item["is_low_before"], item["is_low_after"],
        )
        for item in effects["items"]
    }  # fmt: skip


async def test_a_draft_that_changes_nothing_moves_nobody(
    scoring: Scoring, office: httpx.AsyncClient
) -> None:
    effects = await tried(office)
    assert effects["items"] == []
    assert effects["compared"] > 2
    assert (effects["edition_code"], effects["draft_code"]) == ("2008-01", "trial")


async def test_another_cap_is_another_score_for_window_and_person(
    scoring: Scoring, office: httpx.AsyncClient, hall: Hall
) -> None:
    """8 asked, 6 taken: 94; under a cap of 8: 92. The window: mean of 94 and 100 × 40 % + 60 %."""
    effects = await tried(office, ("hygiene.window", "8"))
    assert figures(effects, hall) == {
        "clerk": ("94.00", "92.00", False, False),
        "window": ("95.20", "93.60", False, False),
    }


async def test_another_row_or_weight_counts_too_and_nothing_is_kept(
    scoring: Scoring, office: httpx.AsyncClient, hall: Hall
) -> None:
    effects = await tried(
        office,
        ("hygiene.window.07", "0.5"),
        ("hygiene.window", "3"),
    )
    assert figures(effects, hall)["clerk"] == ("94.00", "97.00", False, False)
    await scoring.post()
    assert await scoring.score("staff", hall.clerk.staff_id) == "94.00"


@pytest.mark.parametrize(("limit", "low"), [("93.99", False), ("94", True)])
async def test_who_would_fall_low_is_told_even_if_the_score_stays(
    scoring: Scoring, office: httpx.AsyncClient, hall: Hall, limit: str, low: bool
) -> None:
    effects = await tried(office, ("scoring.low_month", limit))
    expected = {"clerk": ("94.00", "94.00", False, True)} if low else {}
    assert figures(effects, hall) == expected


async def test_a_month_without_scores_cannot_be_tried(
    scoring: Scoring, office: httpx.AsyncClient
) -> None:
    head = {"code": "trial", "title": "试算", "takes_effect_on": "2026-05-01"}
    draft = (await office.post(DRAFTS, json=head)).json()
    reply = await office.get(f"{DRAFTS}/{draft['id']}/effects/2025-12")
    assert (reply.status_code, reply.json()["code"]) == (404, "score_month_not_found")
    reply = await office.get(f"{DRAFTS}/019a4f3e-0071-7b60-9d0e-6a2f4c8b1e71/effects/2026-03")
    assert (reply.status_code, reply.json()["code"]) == (404, "edition_draft_not_found")
