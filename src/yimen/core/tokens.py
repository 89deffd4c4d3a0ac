"""Signed access tokens (JWT, HS256): the only user of python-jose.

python-jose checks the signature and nothing else. What it is known to get wrong is kept from it:
it lets RecursionError through, decodes base64 loosely, asks the system for the time, and takes
tokens without `exp` or `aud`. So a token is first held to the exact form and header that this
service writes, and no JSON of it is parsed before its signature holds.
"""

import json
import re
import secrets
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Final, Literal, NamedTuple, TypeAlias

from jose import jwk, jws
from jose.exceptions import JWKError, JWSError

Scope: TypeAlias = Literal["person", "device"]

_ALGORITHM: Final = "HS256"
_MAX_TOKEN_CHARS: Final = 4096
_MAX_TEXT_CHARS: Final = 200
_MIN_KEY_BYTES: Final = 32
_SKEW_SECONDS: Final = 60
_MAX_CACHE_SECONDS: Final = 60
_CLAIMS: Final = frozenset({"iss", "aud", "sub", "sid", "jti", "scope", "iat", "exp"})

# Unpadded base64url in canonical form: the 43rd character of a 32-byte signature carries four
# bits, so that a token has one spelling only.
_FORM: Final = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]")

_PLACEHOLDERS: Final = ("changeme", "changethis", "secret", "password", "replaceme", "example")
_PLACEHOLDER_START: Final = re.compile(
    r"(change|your|my|test|dev|demo|insecure|default|yimen)[-_ .]"
)


class InvalidToken(ValueError):
    """The token does not identify anyone; the message is a reason for the log, free of content."""


class WeakKey(ValueError):
    """The signing key could be guessed; the message says in Chinese what to do."""


@dataclass(frozen=True, slots=True)
class AccessClaims:
    subject: str
    session_id: str
    token_id: str
    scope: Scope
    expires_at: int
    """Unix seconds; the token is no longer good at this second."""


class _Verified(NamedTuple):
    claims: AccessClaims
    since: float
    until: float


class TokenSigner:
    """Issues and reads access tokens; read them against revoked sessions before trusting them."""

    def __init__(
        self,
        *,
        key: str | bytes,
        old_key: str | bytes | None = None,
        issuer: str = "yimen",
        audience: str = "yimen-api",
        access_seconds: int = 900,
        cache_size: int = 10_000,
        cache_seconds: int = _MAX_CACHE_SECONDS,
    ) -> None:
        """``old_key`` signs nothing any more; what it has signed is read.

        Raises WeakKey, and ValueError for a cache kept longer than 60 seconds.
        """
        if access_seconds < 1:
            raise ValueError("access_seconds must be at least 1")
        if cache_size < 0 or not 0 <= cache_seconds <= _MAX_CACHE_SECONDS:
            raise ValueError("the cache must be bounded and kept for 60 seconds at most")
        check_key(key)
        self._key = jwk.construct(_as_bytes(key), _ALGORITHM)
        self._keys = [self._key]
        if old_key is not None:
            check_key(old_key)
            self._keys.append(jwk.construct(_as_bytes(old_key), _ALGORITHM))
        self._header = jws.sign(b"", self._key, algorithm=_ALGORITHM).partition(".")[0] + "."
        self._issuer = issuer
        self._audience = audience
        self._access_seconds = access_seconds
        self._cache_size = cache_size
        self._cache_seconds = cache_seconds
        self._cache: OrderedDict[str, _Verified] = OrderedDict()

    @property
    def access_seconds(self) -> int:
        """How long an issued token is good for, in seconds."""
        return self._access_seconds

    def issue(self, *, subject: str, session_id: str, scope: Scope, now: datetime) -> str:
        """A token good from `now` for `access_seconds`, with a random id; ValueError if unreadable.

        A text that is empty or longer than 200 characters, or an unknown scope, would be refused
        by `read`.
        """
        issued_at = int(_seconds_of(now))
        claims: dict[str, object] = {
            "iss": self._issuer,
            "aud": self._audience,
            "sub": subject,
            "sid": session_id,
            "jti": secrets.token_urlsafe(16),
            "scope": scope,
            "iat": issued_at,
            "exp": issued_at + self._access_seconds,
        }
        self._check(claims, moment=issued_at)
        return jws.sign(claims, self._key, algorithm=_ALGORITHM)

    def read(self, token: str, *, now: datetime) -> AccessClaims:
        """The claims of a token that is good at `now`; InvalidToken for whatever is wrong with it.

        Whether the session still stands is the caller's question: a cached token is not asked
        again for up to `cache_seconds`, though its expiry always is.
        """
        moment = _seconds_of(now)
        if not isinstance(token, str) or len(token) > _MAX_TOKEN_CHARS:
            raise InvalidToken("not a string of at most 4096 characters")
        known = self._cache.get(token)
        if known is not None and known.since <= moment < known.until:
            return known.claims
        try:
            claims = self._verify(token, moment=moment)
        except InvalidToken:
            raise
        except Exception as error:
            # From None: the messages of the libraries quote the token.
            raise InvalidToken(f"refused with {type(error).__name__}") from None
        self._remember(token, claims, moment=moment)
        return claims

    def _verify(self, token: str, *, moment: float) -> AccessClaims:
        if not token.startswith(self._header):
            raise InvalidToken("header is not the one this service writes")
        if not _FORM.fullmatch(token):
            raise InvalidToken("not three parts in canonical base64url")
        payload = self._payload_of(token)
        claims: object = json.loads(payload.decode("utf-8"), object_pairs_hook=_without_duplicates)
        if not isinstance(claims, dict):
            raise InvalidToken("payload is not an object")
        return self._check(claims, moment=moment)

    def _payload_of(self, token: str) -> bytes:
        *others, last = self._keys
        for key in others:
            with suppress(JWSError):
                return bytes(jws.verify(token, key, [_ALGORITHM]))
        return bytes(jws.verify(token, last, [_ALGORITHM]))

    def _check(self, claims: dict[str, object], *, moment: float) -> AccessClaims:
        # A claim that is not known here might be a restriction, so it is not passed over.
        if claims.keys() != _CLAIMS:
            raise InvalidToken("claims are missing or unknown")
        if claims["iss"] != self._issuer:
            raise InvalidToken("issued by someone else")
        if claims["aud"] != self._audience:
            raise InvalidToken("meant for someone else")
        issued_at = _second(claims["iat"])
        expires_at = _second(claims["exp"])
        if issued_at > moment + _SKEW_SECONDS:
            raise InvalidToken("issued in the future")
        if not issued_at < expires_at <= issued_at + self._access_seconds + _SKEW_SECONDS:
            raise InvalidToken("lifetime is not one this service gives")
        if moment >= expires_at:
            raise InvalidToken("expired")
        return AccessClaims(
            subject=_text(claims["sub"]),
            session_id=_text(claims["sid"]),
            token_id=_text(claims["jti"]),
            scope=_scope(claims["scope"]),
            expires_at=expires_at,
        )

    def _remember(self, token: str, claims: AccessClaims, *, moment: float) -> None:
        until = min(moment + self._cache_seconds, claims.expires_at)
        self._cache.pop(token, None)  # so that it goes to the end of the queue
        self._cache[token] = _Verified(claims, moment, until)
        while len(self._cache) > self._cache_size:
            self._cache.popitem(last=False)


def check_key(key: str | bytes) -> None:
    """Raises WeakKey for a signing key under 32 bytes, an obvious pattern, or no secret at all."""
    raw = _as_bytes(key)
    if len(raw) < _MIN_KEY_BYTES:
        raise WeakKey(
            f"签名密钥只有 {len(raw)} 字节，至少要 {_MIN_KEY_BYTES} 字节，请换成随机生成的密钥。"
        )
    if _is_placeholder(raw):
        raise WeakKey("签名密钥像是示例里的占位文字，任何人都猜得到，请换成随机生成的密钥。")
    if _is_pattern(raw):
        raise WeakKey("签名密钥由重复或连续的字符组成，容易猜到，请换成随机生成的密钥。")
    try:
        jwk.construct(raw, _ALGORITHM)
    except JWKError:
        raise WeakKey(
            "签名密钥是公钥、证书之类公开的文本，不能用来签名，请换成随机生成的密钥。"
        ) from None


def _as_bytes(key: str | bytes) -> bytes:
    # surrogatepass: an environment variable may hold bytes that are not UTF-8
    return key.encode("utf-8", "surrogatepass") if isinstance(key, str) else key


def _is_placeholder(raw: bytes) -> bool:
    text = raw.decode("latin-1").lower()
    letters = re.sub(r"[^a-z]", "", text)
    return bool(_PLACEHOLDER_START.match(text)) or any(word in letters for word in _PLACEHOLDERS)


def _is_pattern(raw: bytes) -> bool:
    """Few different bytes, a short piece over and over, or mostly runs such as `abcdef`."""
    few = len(set(raw)) < 8
    repeated = any(raw[size:] == raw[:-size] for size in range(1, 17))
    steps = sum(after - before in (0, 1, -1) for before, after in pairwise(raw))
    return few or repeated or steps * 2 > len(raw)


def _seconds_of(now: datetime) -> float:
    if now.tzinfo is None:
        raise TypeError("now must know its time zone")
    return now.timestamp()


def _without_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    claims = dict(pairs)
    if len(claims) != len(pairs):
        raise InvalidToken("a claim is given twice")
    return claims


def _second(value: object) -> int:
    if type(value) is not int:  # not isinstance: True is an int, too
        raise InvalidToken("a time is not a whole number of seconds")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= _MAX_TEXT_CHARS:
        raise InvalidToken("a name is not a text of 1 to 200 characters")
    return value


def _scope(value: object) -> Scope:
    match value:
        case "person" | "device":
            return value
        case _:
            raise InvalidToken("scope is unknown")
