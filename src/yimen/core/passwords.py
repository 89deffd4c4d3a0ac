"""Passwords: the rules a new one must meet, and argon2id hashing that does not hold up the loop."""

import asyncio
import re
import secrets
import threading
import unicodedata
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final, TypeVar

from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError
from pwdlib.hashers.argon2 import Argon2Hasher

_T = TypeVar("_T")

# OWASP's first choice for argon2id: 19 MiB, two passes, one lane.
_MEMORY_KIB: Final = 19 * 1024
_PASSES: Final = 2
_LANES: Final = 1

MIN_CHARS: Final = 10
MAX_CHARS: Final = 128
_LONG_CHARS: Final = 16
_MIN_KINDS: Final = 3
_MAX_TRIMMINGS: Final = 8


class HashingBusy(RuntimeError):
    """More passwords wait to be hashed than the service takes on; try again in a second."""


class PasswordHasher:
    """Hashes in at most `max_concurrent` threads (19 MiB each), with `max_waiting` in the queue."""

    def __init__(self, max_concurrent: int, *, max_waiting: int = 64) -> None:
        if max_concurrent < 1 or max_waiting < 0:
            raise ValueError("at least one thread, and no less than nobody waiting")
        self._argon2 = Argon2Hasher(time_cost=_PASSES, memory_cost=_MEMORY_KIB, parallelism=_LANES)
        self._passwords = PasswordHash((self._argon2,))
        self._threads = ThreadPoolExecutor(max_concurrent, thread_name_prefix="argon2")
        self._places = max_concurrent + max_waiting
        self._taken = 0
        self._lock = threading.Lock()
        self._hash_of_nobody = self._passwords.hash(secrets.token_bytes(32))

    async def hash(self, password: str) -> str:
        """The argon2id hash in PHC form, with a random salt; raises HashingBusy."""
        return await self._in_thread(lambda: self._passwords.hash(_as_bytes(password)))

    async def verify(self, password: str, hash_: str) -> bool:
        """Whether the password is the hash's; a hash of unknown form is nobody's. HashingBusy."""
        return await self._in_thread(lambda: self._is_match(password, hash_))

    async def verify_missing(self, password: str) -> bool:
        """False, after the time that `verify` takes: an unknown user is not told by the clock."""
        await self.verify(password, self._hash_of_nobody)
        return False

    def needs_rehash(self, hash_: str) -> bool:
        """Whether a hash was made with other parameters than today's; ask after `verify`."""
        return not Argon2Hasher.identify(hash_) or self._argon2.check_needs_rehash(hash_)

    def close(self) -> None:
        """Drops what still waits and lets the running threads end."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _is_match(self, password: str, hash_: str) -> bool:
        try:
            return self._passwords.verify(_as_bytes(password), hash_)
        except UnknownHashError:
            self._passwords.verify(_as_bytes(password), self._hash_of_nobody)
            return False

    async def _in_thread(self, work: Callable[[], _T]) -> _T:
        with self._lock:
            if self._taken >= self._places:
                raise HashingBusy
            future = self._threads.submit(work)
            self._taken += 1
        # A request that is given up frees its place when its thread is done with it, not before;
        # if it has not begun, cancelling it is enough.
        future.add_done_callback(self._leave)
        return await asyncio.wrap_future(future)

    def _leave(self, _: "Future[_T]") -> None:
        with self._lock:
            self._taken -= 1


def check_password(password: str, username: str) -> list[str]:
    """The reasons, in Chinese, why this must not become the password; none when it may."""
    if len(password) > MAX_CHARS:
        return [f"密码不能超过 {MAX_CHARS} 个字符。"]  # looking further would be work without bound
    text = _normalised(password)
    reasons = []
    if len(text) < MIN_CHARS:
        reasons.append(f"密码至少要 {MIN_CHARS} 个字符。")
    if username and _normalised(username).casefold() in text.casefold():
        reasons.append("密码不能包含用户名。")
    if len(text) < _LONG_CHARS and _count_kinds(text) < _MIN_KINDS:
        reasons.append(
            f"不足 {_LONG_CHARS} 个字符的密码，"
            "要有大写字母、小写字母、数字、其他字符这四类中的至少三类。"
        )
    if _is_common(text.casefold()):
        reasons.append("这个密码太常见，很容易被猜中，请换一个。")
    return reasons


def _normalised(password: str) -> str:
    # An input method may type the same letter full-width or half-width, composed or not.
    return unicodedata.normalize("NFKC", password)


def _as_bytes(password: str) -> bytes:
    # surrogatepass: JSON can carry half a surrogate pair, which is no reason to fail
    return _normalised(password).encode("utf-8", "surrogatepass")


def _count_kinds(text: str) -> int:
    kinds = (str.isupper, str.islower, str.isdecimal)
    known = [any(is_kind(c) for c in text) for is_kind in kinds]
    other = any(not any(is_kind(c) for is_kind in kinds) for c in text)
    return sum(known) + other


# What people put in a password's middle, without the digits and signs they put around it.
_COMMON_WORDS: Final = frozenset(
    """
    abc abcd abcde abcdef abcdefg admin administrator asdf asdfgh asdfghjkl default demo dragon
    football guest hello iloveyou letmein login manager master monkey office passwd password pass
    princess qaz qazwsx qq qwe qweasd qweasdzxc qwer qwert qwerty qwertyuiop root secret service
    sunshine superman system temp test tester user welcome zaq zxcv zxcvbn zxcvbnm
    aini beijing dating chuangkou gongwuyuan guanliyuan mima nihao nileke woaini woaizhongguo
    wodemima xinjiang xitong yili yimen zhengwu zhongguo zhongxin
    """.split()  # noqa: SIM905 -- words on a line read better than seventy literals
)
_COMMON_PASSWORDS: Final = frozenset(
    """
    1q2w3e4r5t 1q2w3e4r5t6y 1qaz2wsx3edc 1qaz2wsx3edc4rfv !qaz2wsx3edc q1w2e3r4t5 q1w2e3r4t5y6
    qwe123asd456 qweasdzxc123 123qweasdzxc 123qwe!@#qwe abc123456789 a123456789 aa123456789
    5201314520 woaini1314 woaini5201314 123456789a 1234567890a 123456789abc 123456789qwe
    1234567890qwertyuiop 1234qwerasdf 1234qwer!@#$ 123123123123 112233445566 111222333444 147258369a
    qazwsxedcrfv zxcvbnm123
    """.split()  # noqa: SIM905 -- words on a line read better than seventy literals
)
_RUNS: Final = tuple(
    run + run
    for forward in ("1234567890", "0123456789", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop")
    for run in (forward, forward[::-1])
)
_LEET: Final = str.maketrans("@4831!0$57", "aabeiiosst")


def _is_common(text: str) -> bool:
    """One of the commonest, or one of them dressed up: `P@ssw0rd2026!` is still `password`."""
    if text in _COMMON_PASSWORDS or any(text in run for run in _RUNS):
        return True
    if text in (text + text)[1:-1]:  # one piece over and over
        return True
    core = re.sub(r"\A[\W\d_]+|[\W\d_]+\Z", "", text)
    return core.translate(_LEET) in _COMMON_WORDS and len(text) - len(core) <= _MAX_TRIMMINGS
