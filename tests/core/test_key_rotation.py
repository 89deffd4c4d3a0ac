"""Keys are changed: what the old ones made is still good, and soon needs them no more."""

import base64
from datetime import timedelta
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncSession
from tests.appointments_factories import book, booking
from tests.cases_factories import PHONE, RESIDENT_ID, take_in
from tests.catalog_factories import Items
from tests.conftest import TEST_KEYS, SetClock
from tests.factories import Hall
from tests.imports_factories import as_csv, cells_of, checked

from yimen import registry  # noqa: F401 - every table is known
from yimen.core import key_rotation
from yimen.core.config import Settings
from yimen.core.crypto import PersonalData, Undecipherable, keys_from_settings
from yimen.core.database import Database
from yimen.core.dependencies import Context
from yimen.core.key_rotation import (
    encrypt_anew,
    find_unreadable,
    index_anew,
    index_columns,
    sealed_columns,
)
from yimen.core.start import CannotStart, load_secrets
from yimen.core.tokens import InvalidToken, TokenSigner

NEW = "t2:" + base64.b64encode(bytes(range(64, 96))).decode()
OLD_HEADER = b"\x02t1"
NEW_INDEX = base64.b64encode(bytes(range(96, 128))).decode()
NEW_JWT = "another-key-for-the-tests-with-bytes-51d0e8"


def keys(text: str) -> PersonalData:
    return keys_from_settings(text, TEST_KEYS.index)


def found_by(index_keys: str) -> PersonalData:
    return keys_from_settings(TEST_KEYS.personal_data, index_keys)


async def encrypted_by_old(session: AsyncSession) -> dict[str, int]:
    """Values under the old key in any binary column of any table, declared as encrypted or not."""
    columns = await session.execute(
        sa.text(
            "SELECT table_name, column_name FROM information_schema.columns "
            "WHERE data_type = 'bytea' AND table_schema = 'public'"
        )
    )
    found = {}
    for table, column in columns.all():
        count = await session.scalar(
            sa.text(f'SELECT count(*) FROM "{table}" WHERE substring("{column}", 1, 3) = :header'),
            {"header": OLD_HEADER},
        )
        if count:
            found[f"{table}.{column}"] = count
    return found


async def write_of_each_kind(
    clerk: httpx.AsyncClient, office: httpx.AsyncClient, items: Items
) -> dict[str, Any]:
    case = await take_in(clerk, items.food)
    asked = [
        (office, "/webhooks", {"name": "县平台", "url": "http://10.0.8.20/x", "kinds": []}),
        (
            office,
            "/complaints",
            {
                "channel": "desk",
                "summary": "窗口态度生硬",
                "content": "说“不归我管”。",
                "complainant_name": "巴特尔",
                "complainant_phone": PHONE,
            },
        ),
        (
            clerk,
            "/rejections",
            {
                "requester": {"kind": "person", "name": "巴特尔", "phone": PHONE},
                "matter": "要求办理未列入清单的证明",
                "reason": "该证明已经取消",
                "legal_basis": "国务院关于取消证明事项的决定",
                "is_within_authority": True,
            },
        ),
    ]
    for who, path, body in asked:
        reply = await who.post(f"/api/v1{path}", json=body)
        assert reply.status_code == 201, reply.text
    return case


async def test_after_a_change_of_keys_all_is_read_without_the_old_one(
    clerk: httpx.AsyncClient,
    office: httpx.AsyncClient,
    items: Items,
    hall: Hall,
    context: Context,
    database: Database,
    session: AsyncSession,
) -> None:
    case = await write_of_each_kind(clerk, office, items)
    holder = {"name": "巴特尔", "phone": PHONE, "id_number": RESIDENT_ID}
    window = str(hall.window_01)
    await book(clerk, items.food, "2026-03-11 11:00", window_id=window, holder=holder)
    imported = await checked(office, context, "staff", as_csv((("工号", "手机"), ("X1", PHONE))))
    declared = {f"{table.name}.{column.name}" for table, column in sealed_columns()}
    before = await encrypted_by_old(session)
    assert before.keys() == declared

    context.personal_data = keys(f"{NEW},{TEST_KEYS.personal_data}")
    assert await phone_of(clerk, case) == PHONE  # still read
    told: list[tuple[int, int]] = []
    changed = await encrypt_anew(
        database, context.personal_data, progress=lambda done, total: told.append((done, total))
    )
    assert changed == sum(before.values())
    assert told[-1] == (changed, changed)
    assert await encrypted_by_old(session) == {}

    context.personal_data = keys(NEW)
    assert await phone_of(clerk, case) == PHONE
    faulty = await office.get(f"/api/v1/imports/{imported['id']}/faulty-rows")
    assert PHONE in cells_of(faulty.content)[1]
    assert await encrypt_anew(database, context.personal_data, progress=lambda *_: None) == 0


async def phone_of(clerk: httpx.AsyncClient, case: dict[str, Any]) -> str:
    shown = await clerk.post(
        f"/api/v1/cases/{case['id']}/reveal-applicant", json={"reason": "电话通知"}
    )
    assert shown.status_code == 200, shown.text
    phone: str = shown.json()["phone"]
    return phone


async def test_without_the_old_key_nothing_is_changed(
    clerk: httpx.AsyncClient, items: Items, database: Database, session: AsyncSession
) -> None:
    await take_in(clerk, items.food)
    before = await encrypted_by_old(session)
    with pytest.raises(Undecipherable):
        await encrypt_anew(database, keys(NEW), progress=lambda *_: None)
    assert await encrypted_by_old(session) == before


async def search(clerk: httpx.AsyncClient, **wish: str) -> list[str]:
    found = await clerk.post("/api/v1/cases/search", json=wish)
    assert found.status_code == 200, found.text
    return [case["id"] for case in found.json()]


async def test_after_a_change_of_index_keys_all_is_found_without_the_old_one(
    clerk: httpx.AsyncClient,
    office: httpx.AsyncClient,
    items: Items,
    hall: Hall,
    context: Context,
    database: Database,
    session: AsyncSession,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(key_rotation, "BATCH", 2)  # so that there are batches
    before = [(await write_of_each_kind(clerk, office, items))["id"]]
    before += [(await take_in(clerk, items.food))["id"] for _ in range(4)]
    holder = {"name": "巴特尔", "phone": PHONE, "id_number": RESIDENT_ID}
    window = str(hall.window_01)
    for start in ("2026-03-11 11:00", "2026-03-12 11:00", "2026-03-13 11:00"):
        await book(clerk, items.food, start, window_id=window, holder=holder)
    columns = {f"{each.table.name}.{each.column.name}" for each in index_columns()}

    context.personal_data = found_by(f"{NEW_INDEX},{TEST_KEYS.index}")
    new = (await take_in(clerk, items.food))["id"]
    everyone = sorted([*before, new])
    assert sorted(await search(clerk, phone=PHONE)) == everyone
    assert sorted(await search(clerk, id_number=RESIDENT_ID)) == everyone
    fourth = booking(items.food, "2026-03-12 11:30", window_id=window, holder=holder)
    assert (await clerk.post("/api/v1/appointments", json=fourth)).status_code == 409
    only_new = found_by(NEW_INDEX)
    assert await find_unreadable(session, only_new) in columns
    assert await find_unreadable(session, context.personal_data) is None

    told: list[tuple[int, int]] = []
    changed = await index_anew(
        database, context.personal_data, progress=lambda done, total: told.append((done, total))
    )
    rows = 2 * 6 + 2 * 3 + 1  # cases and appointments by phone and number, the complaint by phone
    assert (changed, told[-1]) == (rows - 2, (rows, rows))  # the new case was right already
    assert await index_anew(database, context.personal_data, progress=lambda *_: None) == 0

    context.personal_data = only_new
    assert await find_unreadable(session, only_new) is None
    assert sorted(await search(clerk, phone=PHONE)) == everyone
    assert sorted(await search(clerk, id_number=RESIDENT_ID)) == everyone
    assert (await clerk.post("/api/v1/appointments", json=fourth)).status_code == 409
    assert await find_unreadable(session, found_by(TEST_KEYS.index)) in columns


async def test_indexing_that_was_broken_off_shows_at_the_oldest_row(
    clerk: httpx.AsyncClient,
    items: Items,
    database: Database,
    session: AsyncSession,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(key_rotation, "BATCH", 1)
    for _ in range(3):
        await take_in(clerk, items.food)
    both, only_new = found_by(f"{NEW_INDEX},{TEST_KEYS.index}"), found_by(NEW_INDEX)

    def break_off(done: int, total: int) -> None:
        if done == total - 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await index_anew(database, both, progress=break_off)
    assert await find_unreadable(session, only_new) is not None
    assert await index_anew(database, both, progress=lambda *_: None) == 1
    assert await find_unreadable(session, only_new) is None


def test_tokens_of_the_key_before_are_read_and_new_ones_are_of_the_new(clock: SetClock) -> None:
    who: dict[str, Any] = {"subject": "a", "session_id": "b", "scope": "person", "now": clock.now}
    before = TokenSigner(key=TEST_KEYS.jwt)
    both = TokenSigner(key=NEW_JWT, old_key=TEST_KEYS.jwt)
    after = TokenSigner(key=NEW_JWT)
    old, new = before.issue(**who), both.issue(**who)
    assert both.read(old, now=clock.now).subject == both.read(new, now=clock.now).subject == "a"
    assert after.read(new, now=clock.now).subject == "a"
    for signer, token in ((after, old), (before, new)):
        with pytest.raises(InvalidToken):
            signer.read(token, now=clock.now)
    with pytest.raises(InvalidToken):
        both.read(old, now=clock.now + timedelta(seconds=both.access_seconds))


def test_a_weak_key_before_is_refused_by_its_name() -> None:
    good: dict[str, Any] = {
        "jwt_secret": SecretStr(NEW_JWT),
        "personal_data_keys": SecretStr(NEW),
        "personal_data_index_key": SecretStr(TEST_KEYS.index),
    }
    assert load_secrets(Settings(**good)).old_jwt is None
    given = Settings(**good, jwt_old_secret=SecretStr(TEST_KEYS.jwt))
    assert load_secrets(given).old_jwt == TEST_KEYS.jwt
    with pytest.raises(CannotStart, match="YIMEN_JWT_OLD_SECRET"):
        load_secrets(Settings(**good, jwt_old_secret=SecretStr("short")))
