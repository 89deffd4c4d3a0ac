"""Passwords: what may become one, and hashing that neither blocks the loop nor piles up."""

import asyncio
import threading
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from yimen.core.passwords import HashingBusy, PasswordHasher, check_password

PASSWORD = "窗口Counter-32"
pytestmark = pytest.mark.anyio


@pytest.fixture
def hasher() -> Iterator[PasswordHasher]:
    hasher = PasswordHasher(max_concurrent=2)
    yield hasher
    hasher.close()


class Gate:
    """Stands in for argon2: work waits in its thread until the gate is opened."""

    def __init__(self) -> None:
        self.opened = threading.Event()
        self.lock = threading.Lock()
        self.inside = self.most = self.begun = 0

    def hash(self, password: bytes) -> str:
        with self.lock:
            self.begun += 1
            self.inside += 1
            self.most = max(self.most, self.inside)
        assert self.opened.wait(10)
        with self.lock:
            self.inside -= 1
        return password.decode()


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch, hasher: PasswordHasher) -> Iterator[Gate]:
    # after `hasher` is built, which hashes once
    gate = Gate()
    monkeypatch.setattr(PasswordHash, "hash", gate.hash)
    yield gate
    gate.opened.set()


async def until_begun(gate: Gate, count: int) -> None:
    async with asyncio.timeout(10):
        while gate.begun < count:  # noqa: ASYNC110 -- it is begun in threads, not in this loop
            await asyncio.sleep(0.001)


async def test_a_password_is_verified_against_its_hash_and_no_other(hasher: PasswordHasher) -> None:
    first, second = await hasher.hash(PASSWORD), await hasher.hash(PASSWORD)
    assert first != second
    assert await hasher.verify(PASSWORD, first)
    assert await hasher.verify(PASSWORD, second)
    assert not await hasher.verify(PASSWORD + " ", first)
    assert not await hasher.verify(PASSWORD.lower(), first)
    assert not await hasher.verify("", first)


async def test_the_hash_is_argon2id_with_the_recommended_cost(hasher: PasswordHasher) -> None:
    made = await hasher.hash(PASSWORD)
    assert made.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert not hasher.needs_rehash(made)


@pytest.mark.parametrize(
    "old",
    [
        Argon2Hasher(memory_cost=19_456, time_cost=1, parallelism=1),
        Argon2Hasher(memory_cost=8_192, time_cost=2, parallelism=1),
        Argon2Hasher(memory_cost=19_456, time_cost=2, parallelism=2),
    ],
    ids=["one pass", "8 MiB", "two lanes"],
)
async def test_a_hash_of_another_cost_is_good_but_due_to_be_made_anew(
    hasher: PasswordHasher, old: Argon2Hasher
) -> None:
    made = old.hash(PASSWORD.encode())
    assert await hasher.verify(PASSWORD, made)
    assert hasher.needs_rehash(made)


@pytest.mark.parametrize(
    "broken",
    [
        "",
        "x",
        PASSWORD,
        "$2b$12$abcdefghijklmnopqrstuuJ8bY1qk0x1YQ9p3y5u2e1z6c7v8b9nO",
        "$argon2id$",
        "$argon2id$v=19$m=19456,t=2,p=1$",
        "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0$",
        "$argon2id$v=19$m=19456,t=2,p=1$!!!$???",
        "$argon2id$v=19$m=0,t=0,p=0$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNoaGFzaA",
    ],
)
async def test_a_hash_that_is_none_is_nobodys(hasher: PasswordHasher, broken: str) -> None:
    assert not await hasher.verify(PASSWORD, broken)
    assert not await hasher.verify("", broken)
    assert hasher.needs_rehash("x") and hasher.needs_rehash("")


async def test_the_same_letters_from_another_input_method_are_the_same_password(
    hasher: PasswordHasher,
) -> None:
    made = await hasher.hash("Café-Counter-32")
    assert await hasher.verify("Cafe\u0301-Ｃounter-３２", made)


async def test_half_a_surrogate_pair_and_nul_are_characters_like_others(
    hasher: PasswordHasher,
) -> None:
    made = await hasher.hash("\ud800\0abc")
    assert await hasher.verify("\ud800\0abc", made)
    assert not await hasher.verify("\ud801\0abc", made)
    assert not await hasher.verify("\ud800\0abd", made)


async def test_an_unknown_user_costs_the_same_one_verification_as_a_known_one(
    hasher: PasswordHasher, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await hasher.hash(PASSWORD)
    verify = Argon2Hasher.verify
    costs: list[str] = []

    def told(argon2: Argon2Hasher, password: str | bytes, hash_: str | bytes) -> bool:
        costs.append(str(hash_).rpartition("$")[0].rpartition("$")[0])
        return verify(argon2, password, hash_)

    monkeypatch.setattr(Argon2Hasher, "verify", told)
    assert not await hasher.verify("wrong", made)
    assert not await hasher.verify_missing("wrong")
    assert not await hasher.verify("wrong", "no hash")
    assert costs == ["$argon2id$v=19$m=19456,t=2,p=1"] * 3


async def test_the_loop_goes_on_while_passwords_are_hashed(hasher: PasswordHasher) -> None:
    hashing = asyncio.gather(*(hasher.hash(PASSWORD) for _ in range(12)))
    ticks = 0
    while not hashing.done():
        await asyncio.sleep(0.001)
        ticks += 1
    await hashing
    # a blocked loop would tick about once a hash
    assert ticks > 36


async def test_no_more_than_the_given_number_are_hashed_at_once(
    hasher: PasswordHasher, gate: Gate
) -> None:
    hashing = asyncio.gather(*(hasher.hash(f"password {n}") for n in range(20)))
    await until_begun(gate, 2)
    await asyncio.sleep(0.05)
    assert gate.begun == 2
    gate.opened.set()
    assert await hashing == [f"password {n}" for n in range(20)]
    assert gate.most == 2


async def test_whoever_finds_the_queue_full_is_told_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hasher = PasswordHasher(max_concurrent=1, max_waiting=3)
    gate = Gate()
    monkeypatch.setattr(PasswordHash, "hash", gate.hash)
    hashing = [asyncio.ensure_future(hasher.hash(str(n))) for n in range(4)]
    await until_begun(gate, 1)
    for ask in (hasher.hash("5"), hasher.verify("5", "x"), hasher.verify_missing("5")):
        with pytest.raises(HashingBusy):
            await ask
    gate.opened.set()
    assert await asyncio.gather(*hashing) == ["0", "1", "2", "3"]
    assert await hasher.hash("6") == "6"
    hasher.close()


async def test_a_request_that_is_given_up_leaves_its_place_and_costs_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hasher = PasswordHasher(max_concurrent=1, max_waiting=2)
    gate = Gate()
    monkeypatch.setattr(PasswordHash, "hash", gate.hash)
    running, *waiting = [asyncio.ensure_future(hasher.hash(str(n))) for n in range(3)]
    await until_begun(gate, 1)
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    later = [asyncio.ensure_future(hasher.hash(name)) for name in ("a", "b")]
    await asyncio.sleep(0)
    with pytest.raises(HashingBusy):
        await hasher.hash("c")
    # the one that is running cannot be stopped: given up, it holds its place until it is done
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    with pytest.raises(HashingBusy):
        await hasher.hash("c")
    gate.opened.set()
    assert await asyncio.gather(*later) == ["a", "b"]
    assert gate.begun == 3
    assert await hasher.hash("d") == "d"
    hasher.close()


async def test_a_failure_in_the_thread_frees_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    hasher = PasswordHasher(max_concurrent=1, max_waiting=0)

    def fail(_: PasswordHash, password: bytes) -> str:
        raise MemoryError

    monkeypatch.setattr(PasswordHash, "hash", fail)
    for _ in range(3):
        with pytest.raises(MemoryError):
            await hasher.hash("x")
    hasher.close()


async def test_closing_drops_what_waits_and_not_what_runs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hasher = PasswordHasher(max_concurrent=1)
    gate = Gate()
    monkeypatch.setattr(PasswordHash, "hash", gate.hash)
    running, waiting = (asyncio.ensure_future(hasher.hash(name)) for name in ("a", "b"))
    await until_begun(gate, 1)
    hasher.close()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    gate.opened.set()
    assert await running == "a"
    assert gate.begun == 1


async def test_a_closed_hasher_keeps_no_place_taken() -> None:
    hasher = PasswordHasher(max_concurrent=1, max_waiting=0)
    hasher.close()
    for _ in range(3):
        with pytest.raises(RuntimeError, match="shutdown"):
            await hasher.hash("x")


@pytest.mark.parametrize("wrong", [(0, 1), (-1, 1), (1, -1)])
def test_a_hasher_without_threads_is_refused(wrong: tuple[int, int]) -> None:
    with pytest.raises(ValueError):
        PasswordHasher(wrong[0], max_waiting=wrong[1])


SHORT = "密码至少要 10 个字符。"
LONG = "密码不能超过 128 个字符。"
NAMED = "密码不能包含用户名。"
PLAIN = "不足 16 个字符的密码，要有大写字母、小写字母、数字、其他字符这四类中的至少三类。"
COMMON = "这个密码太常见，很容易被猜中，请换一个。"


@pytest.mark.parametrize(
    ("password", "reasons"),
    [
        (PASSWORD, []),
        ("Hk7-vTm2qL", []),
        ("Hk7vTm2qLw", []),
        ("Hk7-vTm2q", [SHORT]),
        ("hk7-vt", [SHORT]),
        ("Kx7", [SHORT]),
        ("hkvtmqlwzp", [PLAIN]),
        ("hk7vtm2qlw", [PLAIN]),
        ("HK7VTM2QLW", [PLAIN]),
        ("HkvTmqLwzp", [PLAIN]),
        ("hk-vtm-qlwz", [PLAIN]),
        ("hk7vt", [SHORT, PLAIN]),
        ("hkvtmqlwzpbndyr", [PLAIN]),
        ("hkvtmqlwzpbndyrs", []),
        ("马走日象走田车走直路炮翻山", [PLAIN]),
        ("马走日象走田车走直路炮翻山卒过河", []),
        ("马走日Xiang2Tian", []),
        ("Ｈｋ７ｖＴｍ２ｑ", [SHORT]),
        ("Ab3-" * 32, [COMMON]),
        ("Hk7-vTm2qL" + "x" * 118, []),
        ("Hk7-vTm2qL" + "x" * 119, [LONG]),
        ("x" * 5_000_000, [LONG]),
        ("Hk7-clerk21-vT", [NAMED]),
        ("Hk7-CLERK21-vT", [NAMED]),
        ("Hk7-ｃlerk２1-vT", [NAMED]),
        ("Hk7-clerk-21-vT", []),
        ("Clerk21!", [SHORT, NAMED]),
        ("Password123!", [COMMON]),
        ("P@ssw0rd2026", [COMMON]),
        ("!!Pa$$word!!", [COMMON]),
        ("Admin@123456", [COMMON]),
        ("Qwerty12345!", [COMMON]),
        ("Woaini1314!", [COMMON]),
        ("Nileke@2026", [COMMON]),
        ("2026.Xinjiang", [COMMON]),
        ("Abc12345678", [COMMON]),
        ("1Qaz2wsx3edc", [COMMON]),
        ("1234567890", [PLAIN, COMMON]),
        ("1234567890123456", [COMMON]),
        ("abcdefghijklmnopqrst", [COMMON]),
        ("zyxwvutsrqponmlkj", [COMMON]),
        ("aaaaaaaaaaaaaaaa", [COMMON]),
        ("abababababababab", [COMMON]),
        ("Qm7-Qm7-Qm7-", [COMMON]),
        ("password-vTm2qL-horse", []),
        ("Password-8302-9917-45", []),
    ],
)
def test_a_new_password_is_judged(password: str, reasons: list[str]) -> None:
    assert check_password(password, "clerk21") == reasons


def test_an_empty_username_is_contained_in_nothing() -> None:
    assert check_password(PASSWORD, "") == []


@given(password=st.text(max_size=140), username=st.text(max_size=12))
@settings(max_examples=500, deadline=None)
def test_any_text_is_judged_in_sentences_that_do_not_repeat_it(
    password: str, username: str
) -> None:
    reasons = check_password(password, username)
    assert len(reasons) == len(set(reasons))
    for reason in reasons:
        assert reason in {SHORT, LONG, NAMED, PLAIN, COMMON}
    assert (LONG in reasons) == (len(password) > 128)
    if username and username in password:
        assert {NAMED, LONG} & set(reasons)
