"""Personal data: encrypted columns, blind indexes, masks, and checks of ID numbers and phones."""

import base64
import binascii
import hmac
import re
import secrets
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final, Literal, TypeAlias
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from stdnum import numdb
from stdnum.cn import ric, uscc
from stdnum.exceptions import ValidationError

IndexKind: TypeAlias = Literal["id_number", "phone"]

_KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_TAG_BYTES: Final = 16
_KEY_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,32}")
_MIN_DISTINCT_BYTES: Final = 8


class Undecipherable(ValueError):
    """A stored value cannot be read: unknown key, another row's, or damaged. In Chinese."""


class BadKeys(ValueError):
    """A key setting cannot be used; the message says in Chinese what to mend, without the key."""


class PersonalData:
    """Encrypts and indexes with the current keys, decrypts and searches with every known one."""

    def __init__(
        self,
        keys: Mapping[str, bytes],
        current: str,
        index_key: bytes,
        *,
        old_index_keys: Sequence[bytes] = (),
    ) -> None:
        """Keys of 32 bytes each, those that encrypt by their id; raises BadKeys."""
        for key_id, key in keys.items():
            if not _KEY_ID.fullmatch(key_id):
                raise BadKeys("个人信息密钥的编号只能用 1 到 32 个字母、数字、下划线或连字符。")
            if len(key) != _KEY_BYTES:
                raise BadKeys(
                    f"个人信息密钥 {key_id} 是 {len(key)} 字节，应当正好是 {_KEY_BYTES} 字节。"
                )
        if current not in keys:
            raise BadKeys("个人信息的当前密钥不在密钥列表中。")
        index_keys = (index_key, *old_index_keys)
        for number, key in enumerate(index_keys, start=1):
            if len(key) < _KEY_BYTES:
                raise BadKeys(
                    f"第 {number} 个检索密钥只有 {len(key)} 字节，至少要 {_KEY_BYTES} 字节。"
                )
            if key in keys.values():
                raise BadKeys("检索密钥不能与加密密钥相同，请另外生成一个。")
        self._ciphers = {_header(key_id): AESGCM(key) for key_id, key in keys.items()}
        self._current = _header(current)
        self._index_keys = index_keys

    def encrypt(self, text: str, *, bound_to: bytes) -> bytes:
        """The text for one place only: length of key id, key id, nonce, AES-256-GCM ciphertext.

        `bound_to` names the place, see `place`. Nonces are random, so a key is good for some
        4 thousand million values.
        """
        nonce = secrets.token_bytes(_NONCE_BYTES)
        bound = self._current + _checked(bound_to)
        sealed = self._ciphers[self._current].encrypt(nonce, text.encode("utf-8"), bound)
        return self._current + nonce + sealed

    def decrypt(self, blob: bytes, *, bound_to: bytes) -> str:
        """What was encrypted for this place; raises Undecipherable."""
        end = 1 + blob[0] if blob else 0
        header, rest = blob[:end], blob[end:]
        nonce, sealed = rest[:_NONCE_BYTES], rest[_NONCE_BYTES:]
        if len(sealed) < _TAG_BYTES:
            raise Undecipherable("加密的个人信息不完整，请从备份恢复这条记录。")
        cipher = self._ciphers.get(header)
        if cipher is None:
            raise Undecipherable(
                "找不到加密这条个人信息的密钥，请把旧密钥加回个人信息密钥的设置（放在新密钥之后）。"
            )
        try:
            return cipher.decrypt(nonce, sealed, header + _checked(bound_to)).decode("utf-8")
        except (InvalidTag, UnicodeDecodeError):
            raise Undecipherable(
                "加密的个人信息被改动过，或者不属于这条记录，请从备份恢复这条记录。"
            ) from None

    @property
    def current_header(self) -> bytes:
        """What every value begins with that the current key has encrypted."""
        return self._current

    def blind_index(self, text: str, *, kind: IndexKind) -> bytes:
        """32 bytes equal for two spellings of one number, and unlike those of another kind."""
        return self.blind_indexes(text, kind=kind)[0]

    def blind_indexes(self, text: str, *, kind: IndexKind) -> list[bytes]:
        """What a number may be found by: its index, and those that older keys made."""
        content = kind.encode() + b"\0" + _NORMALISERS[kind](text).encode("utf-8", "surrogatepass")
        return [hmac.digest(key, content, "sha256") for key in self._index_keys]

    @property
    def has_old_index_keys(self) -> bool:
        """Whether there may be indexes of an older key."""
        return len(self._index_keys) > 1


def place(row_id: UUID, column: str) -> bytes:
    """Where an encrypted value belongs, for `bound_to`: moved to another row it cannot be read."""
    return row_id.bytes + column.encode()


def keys_from_settings(keys: str, index_key: str) -> PersonalData:
    """From `id:base64,id2:base64` (the first encrypts, all decrypt) and `base64,base64` (the first
    indexes, all search); raises BadKeys.
    """
    found: dict[str, bytes] = {}
    for number, entry in enumerate(keys.split(","), start=1):
        key_id, colon, encoded = (part.strip() for part in entry.partition(":"))
        if not colon or not key_id or not encoded:
            raise BadKeys(
                f"个人信息密钥的第 {number} 项写法不对，应当是“编号:Base64”，用英文逗号隔开。"
            )
        if key_id in found:
            raise BadKeys(f"个人信息密钥的第 {number} 项与前面的编号重复，请每个密钥用不同的编号。")
        found[key_id] = _decoded(encoded, name=f"个人信息密钥的第 {number} 项")
    index_keys = [_decoded(part, name="检索密钥") for part in index_key.split(",")]
    return PersonalData(
        found, current=next(iter(found)), index_key=index_keys[0], old_index_keys=index_keys[1:]
    )


def _decoded(encoded: str, *, name: str) -> bytes:
    text = encoded.strip().rstrip("=").replace("-", "+").replace("_", "/")
    try:
        key = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise BadKeys(f"{name}不是有效的 Base64，请检查是否漏了字符或多了空格。") from None
    if len(key) >= _KEY_BYTES and len(set(key)) < _MIN_DISTINCT_BYTES:
        raise BadKeys(f"{name}几乎全是相同的字节，容易猜到，请换成随机生成的密钥。")
    return key


def _header(key_id: str) -> bytes:
    return bytes([len(key_id)]) + key_id.encode("ascii")


def _checked(bound_to: bytes) -> bytes:
    if not bound_to:
        raise ValueError("bound_to must name the row and column")
    return bound_to


@dataclass(frozen=True, slots=True)
class IdNumberCheck:
    number: str
    """The number as it is stored: half-width, capitals, no spaces or hyphens."""
    error: str | None = None
    """Why it cannot be right."""
    warning: str | None = None
    """What is unusual about it; the window looks at the card once more and goes on."""


@dataclass(frozen=True, slots=True)
class PhoneCheck:
    number: str
    """The number as it is stored: `13812345678`, `0999-8621234`, `0999-8621234转801`."""
    error: str | None = None


def check_id_number(text: str, *, today: date | None = None) -> IdNumberCheck:
    """A person's 18-character number: form, check character, birth date (not after `today`)."""
    number = _normalise_id_number(text)
    if re.fullmatch(r"[0-9]{15}", number):
        return IdNumberCheck(number, error="15 位的旧身份证号已经停用，请填写 18 位的号码。")
    if not re.fullmatch(r"[0-9]{17}[0-9X]", number):
        return IdNumberCheck(
            number, error="身份证号应当是 18 位：前 17 位是数字，最后一位是数字或字母 X。"
        )
    if number[-1] != ric.calc_check_digit(number):
        return IdNumberCheck(number, error="身份证号的校验位不对，请对照证件逐位核对。")
    born_on = _birth_date(number)
    if born_on is None or born_on.year < _FIRST_BIRTH_YEAR or (today and born_on > today):
        return IdNumberCheck(
            number, error="身份证号第 7 到 14 位不是可能的出生日期，请对照证件核对。"
        )
    if not _is_known_county(number[:6], born_on.year):
        return IdNumberCheck(
            number, warning="身份证号前 6 位不在区划代码表里，请再核对一次证件，无误可以继续办理。"
        )
    return IdNumberCheck(number)


def check_uscc(text: str) -> IdNumberCheck:
    """An organisation's unified social credit code: 18 characters with a check character.

    Codes that begin with a letter (N: village collectives) are good, though python-stdnum's
    `validate` refuses them.
    """
    number = _normalise_id_number(text)
    if not _USCC.fullmatch(number):
        return IdNumberCheck(
            number,
            error="统一社会信用代码应当是 18 位数字和字母，没有 I、O、S、V、Z，请对照证照。",
        )
    if number[-1] != uscc.calc_check_digit(number):
        return IdNumberCheck(number, error="统一社会信用代码的校验位不对，请对照证照逐位核对。")
    return IdNumberCheck(number)


def check_phone(text: str) -> PhoneCheck:
    """A mainland mobile number, or a fixed line with its area code and perhaps an extension."""
    main, extension = _split_phone(text)
    number = main + extension
    if not _PHONE_FORM.fullmatch(_plain_phone(text)):
        return PhoneCheck(number, error="请只填一个电话号码，不要夹带别的文字。")
    if _MOBILE.fullmatch(main):
        return PhoneCheck(number, error="手机号没有分机号，请核对。" if extension else None)
    if line := _LANDLINE.fullmatch(main):
        number = f"{line['area']}-{line['local']}"
        return PhoneCheck(f"{number}转{extension}" if extension else number)
    if re.fullmatch(r"[2-9][0-9]{6,7}", main):
        return PhoneCheck(number, error="固定电话前面要加区号，例如 010。")
    if main.startswith("1"):
        return PhoneCheck(number, error="手机号应当是 11 位，以 13 到 19 开头，请核对。")
    return PhoneCheck(number, error="请填写 11 位的手机号，或者带区号的固定电话。")


def mask_id_number(text: str) -> str:
    """`650121********1234`; of numbers of another length at most half is shown."""
    number = _normalise_id_number(text)
    match len(number):
        case 18:
            head, tail = 6, 4
        case 15:
            head, tail = 6, 1
        case length:
            head = tail = length // 4
    return number[:head] + "*" * (len(number) - head - tail) + number[len(number) - tail :]


def mask_phone(text: str) -> str:
    """`138****5678`, `0999-****234`; of anything else the last three of seven or more digits."""
    main, _ = _split_phone(text)
    if _MOBILE.fullmatch(main):
        return f"{main[:3]}****{main[-4:]}"
    if line := _LANDLINE.fullmatch(main):
        return f"{line['area']}-{'*' * (len(line['local']) - 3)}{main[-3:]}"
    shown = main[-3:] if len(main) >= 7 else ""
    return "*" * (len(main) - len(shown)) + shown


_FIRST_BIRTH_YEAR: Final = 1880
_COUNTIES: Final = numdb.get("cn/loc")  # read here: it would hold up the first intake for 0.1 s
_USCC: Final = re.compile(r"[1-9ANY][0-9A-HJ-NPQRTUWXY][0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}")
_MOBILE: Final = re.compile(r"1[3-9][0-9]{9}")
_LANDLINE: Final = re.compile(
    r"(?P<area>(?:010|02[0-9])(?=[0-9]{8}\Z)|0[3-9][0-9]{2})(?P<local>[2-9][0-9]{6,7})"
)
_PHONE_FORM: Final = re.compile(
    r"\(?\+?[0-9()\s.\-\u2010-\u2015]*(?:(?:转|分机|ext\.?|x|#)[\s:.]*[0-9]{0,6})?"
)
_EXTENSION_MARK: Final = re.compile(r"转|分机|ext\.?|x|#")
_EXTENSION_AFTER_HYPHEN: Final = re.compile(r"(?P<main>.*[0-9]{7,8})-(?P<extension>[0-9]{1,6})")


def _birth_date(number: str) -> date | None:
    try:
        return ric.get_birth_date(number)
    except ValidationError:
        return None


@lru_cache(maxsize=1024)
def _is_known_county(code: str, birth_year: int) -> bool:
    """Whether the code existed in or after the birth year: people are registered later, too.

    python-stdnum's `get_birth_place` is stricter, and fails with KeyError on some codes.
    """
    counties = [props["county"] for _, props in _COUNTIES.info(code) if "county" in props]
    ends = [
        re.match(r"\[[0-9]*-([0-9]*)\]", county)
        for counties_of_code in counties
        for county in counties_of_code.split(",")
    ]
    return any(end is None or not end[1] or int(end[1]) >= birth_year for end in ends)


def _normalise_id_number(text: str) -> str:
    if text.isascii() and text.isalnum():
        return text.upper()
    plain = re.sub(r"[\s\-\u2010-\u2015]", "", unicodedata.normalize("NFKC", text))
    # once more, since what a space kept apart may now belong together
    return unicodedata.normalize("NFKC", plain.upper())


def _normalise_phone(text: str) -> str:
    return _split_phone(text)[0]


def _split_phone(text: str) -> tuple[str, str]:
    """The digits of the number with its area code and without +86, and those of its extension."""
    if _MOBILE.fullmatch(text):
        return text, ""
    plain = _plain_phone(text)
    if mark := _EXTENSION_MARK.search(plain):
        return _national(plain[: mark.start()]), _digits(plain[mark.end() :])
    if parts := _EXTENSION_AFTER_HYPHEN.fullmatch(plain):
        main = _national(parts["main"])
        if _LANDLINE.fullmatch(main):
            return main, parts["extension"]
    return _national(plain), ""


def _national(text: str) -> str:
    """The digits as they are dialled inside the country: without +86, with the area code's 0."""
    digits = _digits(text)
    if inside := re.fullmatch(r"(?:00)?86(1[3-9][0-9]{9}|0[0-9]{9,11})", digits):
        return inside[1]
    line = re.fullmatch(r"(?:00)?86([1-9][0-9]{8,10})", digits)
    if line is None:
        return digits
    is_service = re.fullmatch(r"[48]00[0-9]{7}", line[1])
    return line[1] if is_service else "0" + line[1]


def _digits(text: str) -> str:
    return re.sub(r"[^0-9]", "", text)


def _plain_phone(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().lower()


_NORMALISERS: Final[Mapping[IndexKind, Callable[[str], str]]] = {
    "id_number": _normalise_id_number,
    "phone": _normalise_phone,
}
