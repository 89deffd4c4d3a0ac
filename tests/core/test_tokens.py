"""Access tokens: what is issued is read back, and everything else identifies nobody."""

import base64
import hashlib
import hmac
import json
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import example, given, settings
from hypothesis import strategies as st
from jose import jws

from yimen.core.tokens import AccessClaims, InvalidToken, Scope, TokenSigner, WeakKey, check_key

KEY = "fX2o8CqkVJ3wq7ZQm1nT0aYbRr5uLhEe9sGdKpWc4iM"
NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
SECOND = int(NOW.timestamp())
HEADER: dict[str, Any] = {"alg": "HS256", "typ": "JWT"}
CLAIMS: dict[str, Any] = {
    "iss": "yimen",
    "aud": "yimen-api",
    "sub": "clerk-1",
    "sid": "session-1",
    "jti": "token-1",
    "scope": "person",
    "iat": SECOND,
    "exp": SECOND + 900,
}


@pytest.fixture
def signer() -> TokenSigner:
    return TokenSigner(key=KEY)


def segment(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def packed(value: object) -> bytes:
    return value if isinstance(value, bytes) else json.dumps(value, separators=(",", ":")).encode()


def forged(
    claims: object = CLAIMS,
    *,
    header: object = HEADER,
    key: bytes = KEY.encode(),
    algorithm: str = "sha256",
) -> str:
    """A token signed without python-jose: whoever holds the key can write anything into it."""
    signed = segment(packed(header)) + "." + segment(packed(claims))
    return signed + "." + segment(hmac.digest(key, signed.encode(), algorithm))


def claims_with(**changes: object) -> dict[str, Any]:
    return CLAIMS | changes


def claims_without(name: str) -> dict[str, Any]:
    return {key: value for key, value in CLAIMS.items() if key != name}


def raw_claims(name: str, literal: str) -> bytes:
    """The claims with one value as literal JSON text, which json.dumps would not write."""
    return json.dumps(claims_with(**{name: "@"})).replace('"@"', literal).encode()


def verifications(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every token whose signature is checked from here on."""
    checked: list[str] = []
    verify = jws.verify

    def counting(token: str, key: Any, algorithms: Any) -> bytes:
        checked.append(token)
        return verify(token, key, algorithms)

    monkeypatch.setattr(jws, "verify", counting)
    return checked


@pytest.mark.parametrize("scope", ["person", "device"])
def test_an_issued_token_is_read_back(signer: TokenSigner, scope: Scope) -> None:
    token = signer.issue(subject="clerk-1", session_id="session-1", scope=scope, now=NOW)
    claims = signer.read(token, now=NOW)
    assert claims == AccessClaims("clerk-1", "session-1", claims.token_id, scope, SECOND + 900)
    assert len(token) < 500


def test_the_forger_of_these_tests_writes_a_good_token_when_it_changes_nothing(
    signer: TokenSigner,
) -> None:
    claims = AccessClaims("clerk-1", "session-1", "token-1", "person", SECOND + 900)
    assert signer.read(forged(), now=NOW) == claims


def test_every_token_has_an_id_of_its_own(signer: TokenSigner) -> None:
    tokens = [signer.issue(subject="a", session_id="s", scope="person", now=NOW) for _ in range(50)]
    assert len({signer.read(token, now=NOW).token_id for token in tokens}) == 50


@pytest.mark.parametrize(
    ("seconds", "good"), [(-61, False), (-60, True), (0, True), (899, True), (900, False)]
)
def test_a_token_is_good_from_a_minute_before_its_issue_until_it_expires(
    signer: TokenSigner, seconds: int, good: bool
) -> None:
    token = signer.issue(subject="a", session_id="s", scope="person", now=NOW)
    moment = NOW + timedelta(seconds=seconds)
    if good:
        assert signer.read(token, now=moment).subject == "a"
    else:
        with pytest.raises(InvalidToken):
            signer.read(token, now=moment)


def test_the_system_clock_is_not_asked(signer: TokenSigner) -> None:
    long_ago = datetime(2001, 1, 1, tzinfo=UTC)
    token = signer.issue(subject="a", session_id="s", scope="person", now=long_ago)
    assert signer.read(token, now=long_ago).subject == "a"


def test_a_moment_without_time_zone_is_a_mistake_of_the_program(signer: TokenSigner) -> None:
    naive = NOW.replace(tzinfo=None)
    with pytest.raises(TypeError):
        signer.read(forged(), now=naive)
    with pytest.raises(TypeError):
        signer.issue(subject="a", session_id="s", scope="person", now=naive)


@pytest.mark.parametrize(
    "wrong",
    [
        {"subject": ""},
        {"subject": "a" * 201},
        {"session_id": ""},
        {"scope": "root"},
        {"scope": ["person"]},
    ],
)
def test_nothing_is_issued_that_could_not_be_read(
    signer: TokenSigner, wrong: dict[str, Any]
) -> None:
    good: dict[str, Any] = {"subject": "a", "session_id": "s", "scope": "person", "now": NOW}
    signer.issue(**good)
    with pytest.raises(InvalidToken):
        signer.issue(**(good | wrong))


NESTED = b"[" * 1100 + b"]" * 1100
HOSTILE_CLAIMS: dict[str, object] = {
    "1100 nested brackets": NESTED,
    "1100 nested brackets in a claim": raw_claims("sub", NESTED.decode()),
    "500 nested objects": b'{"a":' * 500 + b"1" + b"}" * 500,
    **{f"no {name}": claims_without(name) for name in CLAIMS},
    "wrong audience": claims_with(aud="other-api"),
    "several audiences": claims_with(aud=["yimen-api", "other-api"]),
    "no one's audience": claims_with(aud=None),
    "wrong issuer": claims_with(iss="someone"),
    "several issuers": claims_with(iss=["yimen"]),
    "issuer in capitals": claims_with(iss="YIMEN"),
    "expires true": claims_with(exp=True),
    "expires as text": claims_with(exp=str(SECOND + 900)),
    "expires in a fraction": claims_with(exp=SECOND + 900.5),
    "expires as whole float": claims_with(exp=float(SECOND + 900)),
    "expires null": claims_with(exp=None),
    "expires NaN": raw_claims("exp", "NaN"),
    "expires Infinity": raw_claims("exp", "Infinity"),
    "expires -Infinity": raw_claims("exp", "-Infinity"),
    "expires 1e999": raw_claims("exp", "1e999"),
    "expires in 400 digits": claims_with(exp=10**400),
    "expires in 2900 digits": raw_claims("exp", "9" * 2700),
    "expires before 1970": claims_with(exp=-1),
    "expired": claims_with(iat=SECOND - 901, exp=SECOND - 1),
    "expires this second": claims_with(iat=SECOND - 900, exp=SECOND),
    "expires as it is issued": claims_with(iat=SECOND + 30, exp=SECOND + 30),
    "good for too long": claims_with(exp=SECOND + 961),
    "good for ever": claims_with(exp=253_402_300_799),
    "issued true": claims_with(iat=True),
    "issued as text": claims_with(iat=str(SECOND)),
    "issued in a fraction": claims_with(iat=SECOND + 0.0),
    "issued NaN": raw_claims("iat", "NaN"),
    "issued in the future": claims_with(iat=SECOND + 61, exp=SECOND + 900),
    "issued in 400 digits": claims_with(iat=10**400, exp=10**400 + 1),
    "expiry given twice": json.dumps(CLAIMS)[:-1].encode() + b',"exp":%d}' % (SECOND + 1),
    "subject given twice": b'{"sub":"director",' + json.dumps(CLAIMS)[1:].encode(),
    "not before": claims_with(nbf=SECOND - 1),
    "unknown claim": claims_with(crit=["sub"]),
    "subject number": claims_with(sub=7),
    "subject empty": claims_with(sub=""),
    "subject long": claims_with(sub="a" * 201),
    "subject list": claims_with(sub=["clerk-1"]),
    "session null": claims_with(sid=None),
    "id true": claims_with(jti=True),
    "scope unknown": claims_with(scope="root"),
    "scope list": claims_with(scope=["person"]),
    "scope in capitals": claims_with(scope="PERSON"),
    "empty payload": b"",
    "payload null": b"null",
    "payload list": [CLAIMS],
    "payload text": json.dumps(json.dumps(CLAIMS)).encode(),
    "payload number": b"1",
    "payload cut short": json.dumps(CLAIMS).encode()[:-1],
    "payload in UTF-16": json.dumps(CLAIMS).encode("utf-16"),
    "payload with BOM": b"\xef\xbb\xbf" + json.dumps(CLAIMS).encode(),
    "payload not UTF-8": json.dumps(CLAIMS).encode().replace(b"clerk-1", b"clerk-\xff"),
    "payload and more": json.dumps(CLAIMS).encode() + b"{}",
}


@pytest.mark.parametrize("claims", HOSTILE_CLAIMS.values(), ids=HOSTILE_CLAIMS)
def test_a_payload_signed_with_the_right_key_is_still_not_trusted(
    signer: TokenSigner, claims: object
) -> None:
    token = forged(claims)
    with pytest.raises(InvalidToken):
        signer.read(token, now=NOW)
    with pytest.raises(InvalidToken):
        signer.read(token, now=NOW)


@pytest.mark.parametrize("name", ["iat", "exp"])
@pytest.mark.parametrize("literal", ["true", "1.0", '"1"', "1e0", "NaN"])
def test_a_time_is_a_whole_number_even_where_its_value_would_do(
    signer: TokenSigner, name: str, literal: str
) -> None:
    good = claims_with(iat=0 if name == "exp" else 1, exp=1 if name == "exp" else 60)
    moment = datetime.fromtimestamp(0, UTC)
    assert signer.read(forged(good), now=moment).subject == "clerk-1"
    payload = json.dumps(good | {name: "@"}).replace('"@"', literal).encode()
    with pytest.raises(InvalidToken, match="whole number"):
        signer.read(forged(payload), now=moment)


def test_nested_brackets_come_as_far_as_the_parser_and_no_further(signer: TokenSigner) -> None:
    token = forged(NESTED)
    assert len(token) < 4096
    with pytest.raises(InvalidToken, match="RecursionError"):
        signer.read(token, now=NOW)


HOSTILE_HEADERS: dict[str, object] = {
    "1100 nested brackets": NESTED,
    "1100 nested brackets as a key id": b'{"alg":"HS256","kid":' + NESTED + b"}",
    "alg none": {"alg": "none", "typ": "JWT"},
    "alg None": {"alg": "None"},
    "alg empty": {"alg": "", "typ": "JWT"},
    "alg missing": {"typ": "JWT"},
    "alg null": {"alg": None, "typ": "JWT"},
    "alg list": {"alg": ["HS256"], "typ": "JWT"},
    "alg part of a name": {"alg": "HS", "typ": "JWT"},
    "alg HS384": {"alg": "HS384", "typ": "JWT"},
    "alg HS512": {"alg": "HS512", "typ": "JWT"},
    "alg RS256": {"alg": "RS256", "typ": "JWT"},
    "alg ES256": {"alg": "ES256", "typ": "JWT"},
    "alg dir": {"alg": "dir", "typ": "JWT"},
    "alg given twice": b'{"alg":"none","alg":"HS256","typ":"JWT"}',
    "critical extension": {"alg": "HS256", "crit": ["exp"], "typ": "JWT"},
    "key of its own": {"alg": "HS256", "typ": "JWT", "jwk": {"kty": "oct", "k": "AAAA"}},
    "key by address": {"alg": "HS256", "typ": "JWT", "jku": "http://127.0.0.1/keys"},
    "header list": ["HS256"],
    "header text": b'"HS256"',
    "header empty": b"",
    "header not UTF-8": b"\xff\xfe",
}


@pytest.mark.parametrize("header", HOSTILE_HEADERS.values(), ids=HOSTILE_HEADERS)
def test_a_token_with_another_header_is_refused(signer: TokenSigner, header: object) -> None:
    with pytest.raises(InvalidToken):
        signer.read(forged(header=header), now=NOW)


@pytest.mark.parametrize("algorithm", ["sha384", "sha512"])
def test_a_token_truly_signed_with_another_hash_is_refused(
    signer: TokenSigner, algorithm: str
) -> None:
    header = {"alg": "HS" + algorithm[3:], "typ": "JWT"}
    with pytest.raises(InvalidToken):
        signer.read(forged(header=header, algorithm=algorithm), now=NOW)
    with pytest.raises(InvalidToken):
        signer.read(forged(algorithm=algorithm), now=NOW)


def test_a_token_signed_with_another_key_is_refused(signer: TokenSigner) -> None:
    for key in (b"", KEY.encode()[:-1], KEY.encode() + b"\0x", secrets.token_bytes(32)):
        with pytest.raises(InvalidToken):
            signer.read(forged(key=key), now=NOW)


def test_a_token_of_another_service_with_the_same_key_is_refused(signer: TokenSigner) -> None:
    for other in (TokenSigner(key=KEY, issuer="other"), TokenSigner(key=KEY, audience="other")):
        token = other.issue(subject="a", session_id="s", scope="person", now=NOW)
        assert other.read(token, now=NOW).subject == "a"
        with pytest.raises(InvalidToken):
            signer.read(token, now=NOW)


GOOD = forged()
HEAD, BODY, SIGNATURE = GOOD.split(".")
MISSHAPEN: dict[str, Any] = {
    "empty": "",
    "a dot": ".",
    "two dots": "..",
    "no dots": GOOD.replace(".", ""),
    "header only": HEAD,
    "no signature": f"{HEAD}.{BODY}",
    "empty signature": f"{HEAD}.{BODY}.",
    "empty payload": f"{HEAD}..{SIGNATURE}",
    "empty header": f".{BODY}.{SIGNATURE}",
    "a part too many": f"{GOOD}.{SIGNATURE}",
    "five parts": f"{HEAD}.{BODY}.{BODY}.{BODY}.{SIGNATURE}",
    "5 KB": GOOD + "A" * (5 * 1024 - len(GOOD)),
    "5 KB, truly signed": forged(claims_with(sub="a" * 3600)),
    "5 MB": "A" * 5_000_000,
    "padding": GOOD + "=",
    "space before": " " + GOOD,
    "newline after": GOOD + "\n",
    "newline inside": f"{HEAD}.{BODY}\n.{SIGNATURE}",
    "not base64url": GOOD.replace(SIGNATURE[:4], "+/+/"),
    "non-ASCII": "一门受理.一门受理.一门受理",
    "non-ASCII payload": f"{HEAD}.证{BODY}.{SIGNATURE}",
    "full-width dot": GOOD.replace(".", "．"),
    "surrogate": f"{HEAD}.\ud800{BODY}.{SIGNATURE}",
    "NUL": GOOD + "\0",
    "bearer": "Bearer " + GOOD,
    "bytes": GOOD.encode(),
    "nothing": None,
    "number": 7,
    "list": [GOOD],
}


@pytest.mark.parametrize("token", MISSHAPEN.values(), ids=MISSHAPEN)
def test_what_has_not_the_form_of_a_token_is_refused(signer: TokenSigner, token: Any) -> None:
    with pytest.raises(InvalidToken):
        signer.read(token, now=NOW)


def test_a_token_has_one_spelling(signer: TokenSigner) -> None:
    """Loose base64 would let the last character of the signature vary in two bits."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    for character in alphabet:
        token = GOOD[:-1] + character
        if token == GOOD:
            continue
        with pytest.raises(InvalidToken):
            signer.read(token, now=NOW)


def test_a_token_over_4_kb_is_refused_before_anything_is_parsed(
    signer: TokenSigner, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked = verifications(monkeypatch)
    with pytest.raises(InvalidToken, match="4096"):
        signer.read(forged(claims_with(sub="a" * 3600)), now=NOW)
    assert checked == []


def test_the_reason_never_quotes_the_token(signer: TokenSigner) -> None:
    hostile = [*map(forged, HOSTILE_CLAIMS.values()), *MISSHAPEN.values()]
    for token in hostile:
        with pytest.raises(InvalidToken) as refusal:
            signer.read(token, now=NOW)
        assert len(str(refusal.value)) < 80
        assert refusal.value.__cause__ is None
        assert refusal.value.__suppress_context__ or refusal.value.__context__ is None


@given(st.text(max_size=300))
@example(GOOD[:-1])
@settings(max_examples=400, deadline=None)
def test_no_text_is_a_token(text: str) -> None:
    signer = TokenSigner(key=KEY)
    for token in (text, f"{HEAD}.{text}.{SIGNATURE}", f"{text}.{BODY}.{SIGNATURE}", GOOD + text):
        if token == GOOD:
            continue
        with pytest.raises(InvalidToken):
            signer.read(token, now=NOW)


@given(header=st.binary(max_size=200), payload=st.binary(max_size=200), mac=st.binary(max_size=40))
@settings(max_examples=400, deadline=None)
def test_no_bytes_are_a_token_even_when_they_are_signed(
    header: bytes, payload: bytes, mac: bytes
) -> None:
    signer = TokenSigner(key=KEY)
    unsigned = ".".join(map(segment, (header, payload, mac)))
    for token in (unsigned, forged(payload), forged(payload, header=header)):
        with pytest.raises(InvalidToken):
            signer.read(token, now=NOW)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


@given(name=st.sampled_from(sorted(CLAIMS)), value=json_values)
@settings(max_examples=400, deadline=None)
def test_a_claim_with_any_other_value_is_read_as_that_value_or_refused(
    name: str, value: object
) -> None:
    signer = TokenSigner(key=KEY)
    try:
        claims = signer.read(forged(claims_with(**{name: value})), now=NOW)
    except InvalidToken:
        return
    assert type(value) is type(CLAIMS[name])
    if name == "exp":
        assert SECOND < claims.expires_at <= SECOND + 960
    if name in ("iss", "aud", "scope"):
        assert value in (CLAIMS[name], "device")


@given(position=st.integers(min_value=0, max_value=len(GOOD) - 1), character=st.characters())
@settings(max_examples=400, deadline=None)
def test_a_token_with_one_character_changed_is_refused(position: int, character: str) -> None:
    token = GOOD[:position] + character + GOOD[position + 1 :]
    signer = TokenSigner(key=KEY)
    if token == GOOD:
        assert signer.read(token, now=NOW).subject == "clerk-1"
        return
    with pytest.raises(InvalidToken):
        signer.read(token, now=NOW)


def test_a_verified_token_is_not_verified_again_for_a_minute(
    signer: TokenSigner, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked = verifications(monkeypatch)
    for seconds in (0, 1, 59):
        signer.read(GOOD, now=NOW + timedelta(seconds=seconds))
    assert len(checked) == 1
    signer.read(GOOD, now=NOW + timedelta(seconds=60))
    assert len(checked) == 2


def test_a_cached_token_expires_to_the_second(signer: TokenSigner) -> None:
    signer.read(GOOD, now=NOW + timedelta(seconds=890))
    signer.read(GOOD, now=NOW + timedelta(seconds=899, microseconds=999_999))
    with pytest.raises(InvalidToken, match="expired"):
        signer.read(GOOD, now=NOW + timedelta(seconds=900))


def test_a_cached_token_is_not_good_before_its_issue(signer: TokenSigner) -> None:
    signer.read(GOOD, now=NOW)
    with pytest.raises(InvalidToken, match="future"):
        signer.read(GOOD, now=NOW - timedelta(seconds=61))


def test_the_cache_forgets_the_oldest_when_it_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    signer = TokenSigner(key=KEY, cache_size=2)
    first, second, third = (forged(claims_with(jti=name)) for name in ("1", "2", "3"))
    checked = verifications(monkeypatch)
    for token in (first, second, third, third, second):
        signer.read(token, now=NOW)
    assert checked == [first, second, third]
    signer.read(first, now=NOW)
    assert checked == [first, second, third, first]


def test_a_token_verified_anew_is_no_longer_the_oldest(monkeypatch: pytest.MonkeyPatch) -> None:
    signer = TokenSigner(key=KEY, cache_size=2)
    first, second, third = (forged(claims_with(jti=name)) for name in ("1", "2", "3"))
    signer.read(first, now=NOW)
    later = NOW + timedelta(seconds=60)
    for token in (second, first, third):
        signer.read(token, now=later)
    checked = verifications(monkeypatch)
    signer.read(first, now=later)
    assert checked == []


def test_a_cache_of_size_nought_verifies_every_time(monkeypatch: pytest.MonkeyPatch) -> None:
    signer = TokenSigner(key=KEY, cache_size=0)
    checked = verifications(monkeypatch)
    signer.read(GOOD, now=NOW)
    signer.read(GOOD, now=NOW)
    assert checked == [GOOD, GOOD]


def test_a_refused_token_is_never_remembered(
    signer: TokenSigner, monkeypatch: pytest.MonkeyPatch
) -> None:
    early = NOW - timedelta(seconds=61)
    checked = verifications(monkeypatch)
    with pytest.raises(InvalidToken):
        signer.read(GOOD, now=early)
    assert signer.read(GOOD, now=NOW).subject == "clerk-1"
    assert len(checked) == 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"cache_seconds": 61},
        {"cache_seconds": -1},
        {"cache_size": -1},
        {"access_seconds": 0},
    ],
)
def test_a_signer_with_an_unbounded_cache_or_no_lifetime_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError):
        TokenSigner(key=KEY, **wrong)  # type: ignore[arg-type] # all of these are integers


@pytest.mark.parametrize("access_seconds", [60, 3600])
def test_tokens_live_as_long_as_the_signer_says(access_seconds: int) -> None:
    signer = TokenSigner(key=KEY, access_seconds=access_seconds)
    token = signer.issue(subject="a", session_id="s", scope="person", now=NOW)
    assert (
        signer.read(token, now=NOW).expires_at
        == SECOND + access_seconds
        == SECOND + (signer.access_seconds)
    )


PUBLIC_KEY = (
    rsa.generate_private_key(public_exponent=65537, key_size=2048)
    .public_key()
    .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
)
WEAK_KEYS: dict[str, str | bytes] = {
    "empty": "",
    "31 bytes": KEY[:31],
    "31 random bytes": bytes(range(7, 255, 8)),
    "one character": "k" * 64,
    "all zero": bytes(32),
    "two characters": "ab" * 20,
    "seven characters": "aeimqauyiqmeauiyeqmaiuyqeamiyuqeaimu",
    "a piece over and over": "Xk29-qPz" * 5 + "Xk2",
    "the alphabet": "abcdefghijklmnopqrstuvwxyz0123456789",
    "counting": "12345678901234567890123456789012",
    "secret": "secretsecretsecretsecret-8d7f6a5b4c",
    "Secret with a tail": "Secret_8d7f6a5b4c3d2e1f0a9b8c7d6e5f4a3b",
    "super secret": "my-super-secret-key-for-the-hall-2026",
    "change-me": "change-me-8d7f6a5b4c3d2e1f0a9b8c7d6e5f",
    "CHANGE_ME": "CHANGE_ME_8d7f6a5b4c3d2e1f0a9b8c7d6e5f",
    "changeme": "please-changeme-8d7f6a5b4c3d2e1f0a9b8c",
    "change me": "change me 8d7f6a5b4c3d2e1f0a9b8c7d6e5f",
    "password": "password-8d7f6a5b4c3d2e1f0a9b8c7d6e5f4",
    "your-key": "your-256-bit-key-goes-right-in-here-ok",
    "test key": "test-8d7f6a5b4c3d2e1f0a9b8c7d6e5f4a3b2c",
    "public key": PUBLIC_KEY,
    "public key as text": PUBLIC_KEY.decode(),
    "ssh key": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGk3Jm0Qx7 clerk",
}


@pytest.mark.parametrize("key", WEAK_KEYS.values(), ids=WEAK_KEYS)
def test_a_weak_key_is_refused_in_a_sentence_that_does_not_show_it(key: str | bytes) -> None:
    with pytest.raises(WeakKey) as refusal:
        check_key(key)
    sentence = str(refusal.value)
    assert sentence.startswith("签名密钥")
    assert sentence.endswith("请换成随机生成的密钥。")
    assert not key or str(key) not in sentence
    with pytest.raises(WeakKey):
        TokenSigner(key=key)


def test_32_bytes_are_counted_as_bytes() -> None:
    check_key("窗口受理一次告知限时办结首问负责")
    with pytest.raises(WeakKey, match="30 字节"):
        check_key("窗口受理一次告知限时")


@pytest.mark.parametrize(
    "new_key",
    [
        lambda: secrets.token_bytes(32),
        lambda: secrets.token_hex(16),
        lambda: secrets.token_hex(32),
        lambda: secrets.token_urlsafe(48),
        lambda: base64.b64encode(secrets.token_bytes(32)),
        lambda: hashlib.sha256(secrets.token_bytes(8)).hexdigest(),
    ],
    ids=["bytes", "hex 16", "hex 32", "urlsafe", "base64", "digest"],
)
def test_random_keys_are_accepted(new_key: Any) -> None:
    for _ in range(100):
        key = new_key()
        check_key(key)
        signer = TokenSigner(key=key)
        token = signer.issue(subject="a", session_id="s", scope="person", now=NOW)
        assert signer.read(token, now=NOW).subject == "a"


def test_a_key_as_text_and_as_bytes_is_the_same_key(signer: TokenSigner) -> None:
    token = TokenSigner(key=KEY.encode()).issue(
        subject="a", session_id="s", scope="person", now=NOW
    )
    assert signer.read(token, now=NOW).subject == "a"
