"""What two people do to one case at the same moment, on a database of its own, really committed."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from tests.cases_factories import take_in
from tests.catalog_factories import Items, make_items
from tests.conftest import TEST_KEYS, SetClock, SignsIn
from tests.factories import Hall, Person, make_hall

from yimen import registry
from yimen.core.config import Settings
from yimen.core.database import Database
from yimen.core.start import make_context

Json = dict[str, Any]
TIMES = 5


@dataclass(frozen=True, slots=True)
class Scene:
    """A committed hall with its items, and people logged in there."""

    database: Database
    items: Items
    clerk: httpx.AsyncClient
    colleague: httpx.AsyncClient
    director: httpx.AsyncClient

    async def one(self, statement: str, **values: Any) -> Any:
        async with self.database.reading() as session:
            return (await session.execute(sa.text(statement), values)).scalar_one()


@pytest.fixture
async def scene(
    new_database: Callable[[str], str], settings: Settings, clock: SetClock, application: FastAPI
) -> AsyncIterator[Scene]:
    database = Database.connect(new_database("rejections"), settings)
    async with database.transaction() as session:
        hall: Hall = await make_hall(session)
        items = await make_items(session, hall)
    context = make_context(settings, database, TEST_KEYS, registry.find_caller)
    context.clock = clock
    application.state.context = context

    def sign_in(person: Person) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(app=application, raise_app_exceptions=False),
            base_url="http://hall",
            auth=SignsIn(context, account_id=person.account_id, session_id=person.session_id),
            trust_env=False,
        )

    async with (
        sign_in(hall.clerk) as clerk,
        sign_in(hall.colleague) as colleague,
        sign_in(hall.director) as director,
    ):
        yield Scene(database, items, clerk, colleague, director)
    await database.close()


def refusal(case: Json, *, within: bool = True) -> Json:
    return {
        "case_id": case["id"],
        "case_version": case["version"],
        "reason": "不具备条件",
        "legal_basis": "食品安全法第三十三条",
        "is_within_authority": within,
    }


def outcome(replies: list[httpx.Response]) -> list[int]:
    return sorted(reply.status_code for reply in replies)


async def test_a_case_is_granted_or_refused_but_never_both(scene: Scene) -> None:
    for _ in range(TIMES):
        case = await take_in(scene.clerk, scene.items.food)
        replies = await asyncio.gather(
            scene.clerk.post(
                f"/api/v1/cases/{case['id']}/finish", json={}, headers={"If-Match": '"1"'}
            ),
            scene.colleague.post("/api/v1/rejections", json=refusal(case)),
        )
        assert outcome(list(replies)) in ([200, 412], [200, 409], [201, 409], [201, 412])
        state = await scene.one("SELECT state FROM cases WHERE id = :id", id=case["id"])
        filed = await scene.one(
            "SELECT count(*) FROM rejections WHERE case_id = :id", id=case["id"]
        )
        assert (state, filed) in (("granted", 0), ("refused", 1))


async def test_of_two_refusals_of_one_case_one_is_filed(scene: Scene) -> None:
    for _ in range(TIMES):
        case = await take_in(scene.clerk, scene.items.food)
        replies = await asyncio.gather(
            *(
                client.post("/api/v1/rejections", json=refusal(case, within=within))
                for client, within in ((scene.clerk, True), (scene.colleague, False))
            )
        )
        assert outcome(list(replies)) in ([201, 409], [201, 412])
        papers = await scene.one(
            "SELECT count(*) FROM papers WHERE subject_id = :id AND kind = 'refusal_notice'",
            id=case["id"],
        )
        state = await scene.one("SELECT state FROM cases WHERE id = :id", id=case["id"])
        assert (state, papers) in (("refused", 1), ("accepted", 0))


async def test_a_request_is_decided_or_taken_back_but_never_both(scene: Scene) -> None:
    for _ in range(TIMES):
        case = await take_in(scene.clerk, scene.items.food)
        asked = (
            await scene.clerk.post("/api/v1/rejections", json=refusal(case, within=False))
        ).json()
        path = f"/api/v1/rejections/{asked['id']}"
        seen = {"If-Match": '"1"'}
        replies = await asyncio.gather(
            scene.director.post(
                f"{path}/decide", json={"agrees": True, "opinion": "同意"}, headers=seen
            ),
            scene.colleague.post(f"{path}/retract", json={"reason": "已整改"}, headers=seen),
        )
        assert outcome(list(replies)) in ([200, 409], [200, 412])
        state = await scene.one(
            "SELECT cases.state || ' ' || rejections.state FROM rejections"
            " JOIN cases ON cases.id = rejections.case_id WHERE rejections.id = :id",
            id=asked["id"],
        )
        assert state in ("refused effective", "accepted retracted")


async def test_one_voucher_pays_once(scene: Scene) -> None:
    for number in range(TIMES):
        cases = [await take_in(scene.clerk, scene.items.food) for _ in range(2)]
        voucher = {
            "name": "证照工本费",
            "amount": "10.00",
            "bank": "农村信用社中心代收点",
            "voucher_number": f"NX{number}",
        }
        replies = await asyncio.gather(
            *(
                client.post(f"/api/v1/cases/{case['id']}/charges", json=voucher)
                for client, case in zip((scene.clerk, scene.colleague), cases, strict=True)
            )
        )
        assert outcome(list(replies)) == [201, 409]
        assert {reply.json().get("code") for reply in replies} >= {"voucher_taken"}
