"""Personal data: what is encrypted for one row, found by index, masked, and checked."""

import base64
import hashlib
import hmac
from datetime import date
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import example, given, settings
from hypothesis import strategies as st

from yimen.core.crypto import (
    BadKeys,
    IdNumberCheck,
    IndexKind,
    PersonalData,
    Undecipherable,
    check_id_number,
    check_phone,
    check_uscc,
    keys_from_settings,
    mask_id_number,
    mask_phone,
    place,
)

OLD, NEW, INDEX = (hashlib.sha256(name).digest() for name in (b"old", b"new", b"index"))
ROW = UUID("0199b1f0-0000-7000-8000-000000000001")
OTHER_ROW = UUID("0199b1f0-0000-7000-8000-000000000002")
HERE = place(ROW, "applicants.id_number")
PERSONAL = PersonalData({"k2": NEW, "k1": OLD}, current="k2", index_key=INDEX)


def encoded(key: bytes) -> str:
    return base64.b64encode(key).decode()


# Encryption


def test_the_blob_is_key_id_nonce_and_aes_256_gcm_bound_to_key_and_place() -> None:
    blob = PERSONAL.encrypt("古丽·买买提", bound_to=HERE)
    assert blob[:3] == b"\x02k2"
    nonce, sealed = blob[3:15], blob[15:]
    assert AESGCM(NEW).decrypt(nonce, sealed, b"\x02k2" + HERE).decode() == "古丽·买买提"
    assert len(blob) == 3 + 12 + len("古丽·买买提".encode()) + 16


@given(text=st.text(st.characters(exclude_categories=["Cs"])), where=st.binary(min_size=1))
@settings(max_examples=300, deadline=None)
def test_what_is_encrypted_for_a_place_is_read_there_and_nowhere_else(
    text: str, where: bytes
) -> None:
    blob = PERSONAL.encrypt(text, bound_to=where)
    assert PERSONAL.decrypt(blob, bound_to=where) == text
    for elsewhere in (where + b"x", where[:-1] or b"y", HERE):
        if elsewhere == where:
            continue
        with pytest.raises(Undecipherable):
            PERSONAL.decrypt(blob, bound_to=elsewhere)


def test_a_place_is_one_column_of_one_row() -> None:
    places = [
        place(row, column)
        for row in (ROW, OTHER_ROW)
        for column in ("applicants.id_number", "applicants.phone")
    ]
    assert len(set(places)) == 4
    blob = PERSONAL.encrypt("650121199001011234", bound_to=places[0])
    assert PERSONAL.decrypt(blob, bound_to=places[0]) == "650121199001011234"
    for elsewhere in places[1:]:
        with pytest.raises(Undecipherable, match="不属于这条记录"):
            PERSONAL.decrypt(blob, bound_to=elsewhere)


def test_an_unbound_value_is_a_mistake_of_the_program() -> None:
    with pytest.raises(ValueError, match="bound_to"):
        PERSONAL.encrypt("x", bound_to=b"")
    blob = PERSONAL.encrypt("x", bound_to=HERE)
    with pytest.raises(ValueError, match="bound_to"):
        PERSONAL.decrypt(blob, bound_to=b"")


def test_the_same_text_is_never_encrypted_to_the_same_bytes() -> None:
    blobs = {PERSONAL.encrypt("13812345678", bound_to=HERE) for _ in range(2000)}
    assert len(blobs) == 2000
    assert len({blob[3:15] for blob in blobs}) == 2000


def test_a_blob_with_any_bit_changed_or_any_byte_missing_is_undecipherable() -> None:
    blob = PERSONAL.encrypt("13812345678", bound_to=HERE)
    for position in range(len(blob)):
        for bit in range(8):
            changed = bytearray(blob)
            changed[position] ^= 1 << bit
            with pytest.raises(Undecipherable):
                PERSONAL.decrypt(bytes(changed), bound_to=HERE)
    for size in range(len(blob)):
        with pytest.raises(Undecipherable):
            PERSONAL.decrypt(blob[:size], bound_to=HERE)
    with pytest.raises(Undecipherable):
        PERSONAL.decrypt(blob + b"\0", bound_to=HERE)


@given(st.binary(max_size=80))
@settings(max_examples=500, deadline=None)
def test_no_bytes_are_deciphered_by_chance(blob: bytes) -> None:
    for start in (b"", b"\x02k2", b"\x02k1"):
        with pytest.raises(Undecipherable):
            PERSONAL.decrypt(start + blob, bound_to=HERE)


def test_sealed_bytes_that_are_no_text_are_undecipherable() -> None:
    sealed = AESGCM(NEW).encrypt(bytes(12), b"\xff\xfe", b"\x02k2" + HERE)
    with pytest.raises(Undecipherable):
        PERSONAL.decrypt(b"\x02k2" + bytes(12) + sealed, bound_to=HERE)


def test_old_keys_still_decrypt_and_only_the_current_encrypts() -> None:
    before = PersonalData({"k1": OLD}, current="k1", index_key=INDEX)
    blob = before.encrypt("13812345678", bound_to=HERE)
    assert PERSONAL.decrypt(blob, bound_to=HERE) == "13812345678"
    assert PERSONAL.encrypt("13812345678", bound_to=HERE).startswith(b"\x02k2")
    same_number = before.blind_index("13812345678", kind="phone")
    assert PERSONAL.blind_index("13812345678", kind="phone") == same_number


def test_a_value_whose_key_is_gone_says_which_setting_to_mend() -> None:
    blob = PERSONAL.encrypt("x", bound_to=HERE)
    with pytest.raises(Undecipherable, match="把旧密钥加回个人信息密钥的设置"):
        PersonalData({"k1": OLD}, current="k1", index_key=INDEX).decrypt(blob, bound_to=HERE)


def test_another_key_under_the_same_id_does_not_decrypt() -> None:
    blob = PERSONAL.encrypt("x", bound_to=HERE)
    other = PersonalData({"k2": OLD}, current="k2", index_key=INDEX)
    with pytest.raises(Undecipherable):
        other.decrypt(blob, bound_to=HERE)


def test_a_blob_does_not_pass_for_one_of_another_key_id() -> None:
    twins = PersonalData({"a": NEW, "b": NEW}, current="a", index_key=INDEX)
    blob = twins.encrypt("x", bound_to=HERE)
    with pytest.raises(Undecipherable):
        twins.decrypt(b"\x01b" + blob[2:], bound_to=HERE)


def test_keys_do_not_show_in_the_representation() -> None:
    assert "k2" not in repr(PERSONAL)
    assert repr(NEW)[2:-1] not in repr(PERSONAL)


# Keys


@pytest.mark.parametrize(
    ("keys", "current", "index_key", "reason"),
    [
        ({}, "k1", INDEX, "不在密钥列表中"),
        ({"k1": OLD}, "k2", INDEX, "不在密钥列表中"),
        ({"k1": OLD[:31]}, "k1", INDEX, "k1 是 31 字节，应当正好是 32 字节"),
        ({"k1": OLD + b"x"}, "k1", INDEX, "33 字节"),
        ({"k1": OLD, "k0": OLD[:16]}, "k1", INDEX, "k0 是 16 字节"),
        ({"": OLD}, "", INDEX, "编号"),
        ({"k" * 33: OLD}, "k" * 33, INDEX, "编号"),
        ({"密钥": OLD}, "密钥", INDEX, "编号"),
        ({"k 1": OLD}, "k 1", INDEX, "编号"),
        ({"k1\n": OLD}, "k1\n", INDEX, "编号"),
        ({"k1": OLD}, "k1", INDEX[:31], "检索密钥只有 31 字节"),
        ({"k1": OLD}, "k1", OLD, "不能与加密密钥相同"),
    ],
)
def test_unusable_keys_are_refused(
    keys: dict[str, bytes], current: str, index_key: bytes, reason: str
) -> None:
    with pytest.raises(BadKeys, match=reason):
        PersonalData(keys, current=current, index_key=index_key)


@pytest.mark.parametrize(
    "setting",
    [
        f"k2:{encoded(NEW)},k1:{encoded(OLD)}",
        f" k2 : {encoded(NEW)} , k1 : {encoded(OLD)}\n",
        f"k2:{encoded(NEW).rstrip('=')},k1:{base64.urlsafe_b64encode(OLD).decode()}",
    ],
    ids=["plain", "spaced", "unpadded and urlsafe"],
)
def test_the_first_key_of_the_setting_encrypts_and_all_decrypt(setting: str) -> None:
    personal = keys_from_settings(setting, encoded(INDEX))
    blob = personal.encrypt("x", bound_to=HERE)
    assert PERSONAL.decrypt(blob, bound_to=HERE) == "x"
    assert blob.startswith(b"\x02k2")
    old = PersonalData({"k1": OLD}, current="k1", index_key=INDEX).encrypt("y", bound_to=HERE)
    assert personal.decrypt(old, bound_to=HERE) == "y"
    assert personal.blind_index("1", kind="phone") == PERSONAL.blind_index("1", kind="phone")


GOOD_ENTRY = f"k1:{encoded(OLD)}"


@pytest.mark.parametrize(
    ("setting", "index_key", "reason"),
    [
        ("", encoded(INDEX), "第 1 项写法不对"),
        ("   ", encoded(INDEX), "第 1 项写法不对"),
        (encoded(OLD), encoded(INDEX), "第 1 项写法不对"),
        (f":{encoded(OLD)}", encoded(INDEX), "第 1 项写法不对"),
        ("k1:", encoded(INDEX), "第 1 项写法不对"),
        (f"{GOOD_ENTRY},", encoded(INDEX), "第 2 项写法不对"),
        (f"{GOOD_ENTRY};k2:{encoded(NEW)}", encoded(INDEX), "第 1 项不是有效的 Base64"),
        (f"{GOOD_ENTRY},k1:{encoded(NEW)}", encoded(INDEX), "第 2 项与前面的编号重复"),
        ("k1:????", encoded(INDEX), "第 1 项不是有效的 Base64"),
        ("k1:一门", encoded(INDEX), "第 1 项不是有效的 Base64"),
        ("k1:A", encoded(INDEX), "第 1 项不是有效的 Base64"),
        ("k1:" + OLD.hex(), encoded(INDEX), "k1 是 48 字节"),
        ("k1:" + encoded(OLD[:16]), encoded(INDEX), "k1 是 16 字节"),
        ("k1:" + encoded(bytes(32)), encoded(INDEX), "第 1 项几乎全是相同的字节"),
        ("k.1:" + encoded(OLD), encoded(INDEX), "编号只能用"),
        (GOOD_ENTRY, "", "检索密钥只有 0 字节"),
        (GOOD_ENTRY, encoded(INDEX[:8]), "检索密钥只有 8 字节"),
        (GOOD_ENTRY, encoded(b"ab" * 16), "检索密钥几乎全是相同的字节"),
        (GOOD_ENTRY, "*", "检索密钥不是有效的 Base64"),
        (GOOD_ENTRY, encoded(OLD), "检索密钥不能与加密密钥相同"),
    ],
)
def test_a_malformed_setting_is_refused_without_showing_it(
    setting: str, index_key: str, reason: str
) -> None:
    with pytest.raises(BadKeys, match=reason) as refusal:
        keys_from_settings(setting, index_key)
    sentence = str(refusal.value)
    assert sentence.endswith("。")
    for secret in (encoded(OLD), encoded(NEW), OLD.hex(), encoded(INDEX)):
        assert secret not in sentence
    assert refusal.value.__cause__ is None
    assert refusal.value.__suppress_context__ or refusal.value.__context__ is None


# Blind index


def test_the_index_is_hmac_sha_256_separated_by_kind() -> None:
    expected = hmac.new(INDEX, b"phone\x0013812345678", hashlib.sha256).digest()
    assert PERSONAL.blind_index("13812345678", kind="phone") == expected
    assert PERSONAL.blind_index("13812345678", kind="id_number") != expected


def test_the_index_depends_on_its_key() -> None:
    other = PersonalData({"k2": NEW}, current="k2", index_key=OLD)
    ours = PERSONAL.blind_index("13812345678", kind="phone")
    assert other.blind_index("13812345678", kind="phone") != ours


@pytest.mark.parametrize(
    ("kind", "stored", "searched"),
    [
        ("id_number", "65012119900101123X", "65012119900101123x"),
        ("id_number", "65012119900101123X", "650121 19900101 123X"),
        ("id_number", "65012119900101123X", "650121-19900101-123x\n"),
        ("id_number", "65012119900101123X", "６５０１２１１９９００１０１１２３Ｘ"),
        ("phone", "13812345678", "138 1234 5678"),
        ("phone", "13812345678", "138-1234-5678"),
        ("phone", "13812345678", "+86 13812345678"),
        ("phone", "13812345678", "+8613812345678"),
        ("phone", "13812345678", "(+86)138-1234-5678"),
        ("phone", "13812345678", "＋８６１３８１２３４５６７８"),
        ("phone", "13812345678", "008613812345678"),
        ("phone", "13812345678", "8613812345678"),
        ("phone", "0999-8621234", "09998621234"),
        ("phone", "0999-8621234", "(0999)8621234"),
        ("phone", "0999-8621234", "+86 999 862 1234"),
        ("phone", "0999-8621234", "86 999 862 1234"),
        ("phone", "0999-8621234", "+86 (0)999 862 1234"),
        ("phone", "0999-8621234", "86-0999-8621234"),
        ("phone", "0999-8621234", "0999862-1234"),
        ("phone", "0999-8621234转801", "0999-8621234"),
        ("phone", "0999-8621234转801", "0999-8621234-801"),
        ("phone", "010-66554433", "+86 10 6655 4433"),
        ("phone", "4001234567", "+86 400-123-4567"),
    ],
)
def test_every_spelling_of_a_number_is_found(kind: IndexKind, stored: str, searched: str) -> None:
    index = PERSONAL.blind_index(stored, kind=kind)
    assert PERSONAL.blind_index(searched, kind=kind) == index
    assert len(index) == 32


@pytest.mark.parametrize(
    ("kind", "one", "another"),
    [
        ("id_number", "65012119900101123X", "650121199001011230"),
        ("phone", "13812345678", "13812345679"),
        ("phone", "13812345678", "013812345678"),
        ("phone", "0999-8621234", "8621234"),
        ("phone", "0999-8621234", "0998-8621234"),
        ("phone", "010-66554433", "010-66554430转3"),
        ("phone", "8621234", "21234"),
    ],
)
def test_different_numbers_have_different_indexes(kind: IndexKind, one: str, another: str) -> None:
    assert PERSONAL.blind_index(one, kind=kind) != PERSONAL.blind_index(another, kind=kind)


@given(st.text(st.sampled_from("0123456789Xx+-() 转８６")) | st.text())
@example("E˘")
@settings(max_examples=500, deadline=None)
def test_a_number_is_found_as_it_was_typed_once_it_is_stored_as_checked(text: str) -> None:
    number = check_id_number(text).number
    stored = PERSONAL.blind_index(number, kind="id_number")
    assert PERSONAL.blind_index(text, kind="id_number") == stored
    check = check_phone(text)
    if check.error is None:
        stored = PERSONAL.blind_index(check.number, kind="phone")
        assert PERSONAL.blind_index(text, kind="phone") == stored


mobiles = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)
landlines = st.from_regex(
    r"(010-?[2-9]|02[0-9]-?[2-9]|0[3-9][0-9]{2}-?)[2-9][0-9]{6}", fullmatch=True
)


@given(number=mobiles | landlines, prefix=st.sampled_from(["", "+86", "0086 ", "(+86)", "86-"]))
@settings(max_examples=300, deadline=None)
def test_a_good_phone_number_is_the_same_with_and_without_the_country(
    number: str, prefix: str
) -> None:
    check = check_phone(number)
    assert check.error is None
    assert check_phone(prefix + number) == check
    index = PERSONAL.blind_index(number, kind="phone")
    assert PERSONAL.blind_index(prefix + number, kind="phone") == index
    assert PERSONAL.blind_index(check.number, kind="phone") == index


# ID numbers


def id_number(county: str, born: str, order: str = "123") -> str:
    """A number with the check character of GB 11643, by its table of weights."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    digits = county + born + order
    total = sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True))
    return digits + "10X98765432"[total % 11]


TODAY = date(2026, 11, 24)
FORM = "身份证号应当是 18 位：前 17 位是数字，最后一位是数字或字母 X。"
CHECK = "身份证号的校验位不对，请对照证件逐位核对。"
BIRTH = "身份证号第 7 到 14 位不是可能的出生日期，请对照证件核对。"
COUNTY = "身份证号前 6 位不在区划代码表里，请再核对一次证件，无误可以继续办理。"
GOOD_NUMBER = id_number("654028", "20050316")


@pytest.mark.parametrize("county", ["654028", "650121", "110101", "810000"])
@pytest.mark.parametrize("born", ["19900101", "20000229", "20261124"])
@pytest.mark.parametrize("order", ["001", "123", "998"])
def test_a_good_number_is_accepted(county: str, born: str, order: str) -> None:
    number = id_number(county, born, order)
    assert check_id_number(number, today=TODAY) == IdNumberCheck(number)


def test_a_number_is_stored_in_one_spelling() -> None:
    number = next(
        n for n in (id_number("654028", "20050316", f"{i:03}") for i in range(99)) if n[-1] == "X"
    )
    for spelling in (
        number.lower(),
        f" {number[:6]} {number[6:14]}-{number[14:]}\t",
        "".join(chr(ord(character) + 0xFEE0) for character in number),
    ):
        assert check_id_number(spelling, today=TODAY) == IdNumberCheck(number)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", FORM),
        ("古丽", FORM),
        (GOOD_NUMBER[:-1], FORM),
        (GOOD_NUMBER + "1", FORM),
        ("X" + GOOD_NUMBER[1:], FORM),
        (GOOD_NUMBER[:-1] + "Y", FORM),
        (GOOD_NUMBER.replace("0", "O"), FORM),
        (GOOD_NUMBER.replace("0", "٠"), FORM),
        ("1" * 100_000, FORM),
        ("654028050316123", "15 位的旧身份证号已经停用，请填写 18 位的号码。"),
        (id_number("654028", "20050229"), BIRTH),
        (id_number("654028", "20051301"), BIRTH),
        (id_number("654028", "20050001"), BIRTH),
        (id_number("654028", "00000101"), BIRTH),
        (id_number("654028", "18790101"), BIRTH),
        (id_number("654028", "20261125"), BIRTH),
    ],
)
def test_an_impossible_number_is_an_error(text: str, error: str) -> None:
    check = check_id_number(text, today=TODAY)
    assert check.error == error
    assert check.warning is None


def test_every_wrong_check_character_and_every_single_slip_is_an_error() -> None:
    for character in set("0123456789X") - {GOOD_NUMBER[-1]}:
        assert check_id_number(GOOD_NUMBER[:-1] + character, today=TODAY).error == CHECK
    for position in range(17):
        for digit in set("0123456789") - {GOOD_NUMBER[position]}:
            slip = GOOD_NUMBER[:position] + digit + GOOD_NUMBER[position + 1 :]
            assert check_id_number(slip, today=TODAY).error == CHECK


def test_a_birth_date_ahead_is_only_seen_with_a_day_given() -> None:
    assert check_id_number(id_number("654028", "20261125")).error is None


@pytest.mark.parametrize(
    ("county", "born"),
    [
        ("659999", "19900101"),  # the province exists, the county does not
        ("123456", "19900101"),
        ("000000", "19900101"),
        ("990000", "19900101"),  # as on the card of a foreign permanent resident
        ("830000", "19900101"),  # as on the residence permit of a Taiwan resident
        ("654128", "20020101"),  # Nilka's code up to 2001: nobody born later was given it
    ],
)
def test_an_unknown_county_is_a_warning_and_no_error(county: str, born: str) -> None:
    number = id_number(county, born)
    assert check_id_number(number, today=TODAY) == IdNumberCheck(number, warning=COUNTY)


def test_a_county_younger_than_the_person_is_known() -> None:
    """Nilka has its code since 2001, and people born before it were registered under it."""
    assert check_id_number(id_number("654028", "19700101"), today=TODAY).warning is None
    assert check_id_number(id_number("654128", "19700101"), today=TODAY).warning is None
    assert check_id_number(id_number("654128", "20011231"), today=TODAY).warning is None


@given(
    st.integers(min_value=0, max_value=999_999),
    st.integers(min_value=0, max_value=99_999_999),
    st.integers(min_value=0, max_value=999),
)
@settings(max_examples=500, deadline=None)
def test_any_county_and_date_is_judged_as_the_calendar_does(
    county: int, born: int, order: int
) -> None:
    number = id_number(f"{county:06}", f"{born:08}", f"{order:03}")
    try:
        born_on = date(born // 10_000, born // 100 % 100, born % 100)
        is_possible = date(1880, 1, 1) <= born_on <= TODAY
    except ValueError:
        is_possible = False
    assert (check_id_number(number, today=TODAY).error is None) == is_possible


@given(st.text())
@settings(max_examples=500, deadline=None)
def test_any_text_is_checked_and_never_repeated(text: str) -> None:
    for check in (check_id_number(text), check_uscc(text)):
        assert check.error is not None
        assert len(text) < 4 or text not in check.error
    mask_id_number(text)
    mask_phone(text)


def organisation_code(first_17: str) -> str:
    """A code with the check character of GB 32100: weights are the powers of 3 modulo 31."""
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    total = sum(alphabet.index(c) * pow(3, i, 31) for i, c in enumerate(first_17))
    return first_17 + alphabet[-total % 31]


@pytest.mark.parametrize(
    "first_17",
    [
        "91654028MA7ABCDE1",  # a company
        "92654028MA7ABCDE2",  # a sole trader
        "11654028010012345",  # an authority
        "52654028MJX123456",  # a private non-enterprise unit
        "N2654028MF1234567",  # a village collective
        "N1654028MF1234567",
        "Y1654028MF1234567",
    ],
)
def test_a_good_organisation_code_is_accepted(first_17: str) -> None:
    code = organisation_code(first_17)
    assert check_uscc(code) == IdNumberCheck(code)
    assert check_uscc(f" {code[:8]} {code[8:]}".lower()) == IdNumberCheck(code)
    for character in set("0123456789ABCDEFGHJKLMNPQRTUWXY") - {code[-1]}:
        assert check_uscc(code[:-1] + character).error == (
            "统一社会信用代码的校验位不对，请对照证照逐位核对。"
        )


def test_the_code_of_the_standard_library_of_numbers_is_good() -> None:
    assert check_uscc("91110000600037341L") == IdNumberCheck("91110000600037341L")


@pytest.mark.parametrize(
    "code",
    [
        "",
        "9165402812345",
        "91654028MA7ABCDE12X",
        "654028050316123",
        "91654028MA7ABCDEIO",
        "91654028MA7ABCDESV",
        "B1654028MA7ABCDE1X",
        "0165402801001234X5",
        "9165402AMA7ABCDE12",
        "尼勒克县行政服务中心一二三四五六七八",
    ],
)
def test_what_has_not_the_form_of_an_organisation_code_is_an_error(code: str) -> None:
    error = check_uscc(code).error
    assert error is not None
    assert error.startswith("统一社会信用代码应当是 18 位")


# Phones

LETTERS = "请只填一个电话号码，不要夹带别的文字。"
MOBILE = "手机号应当是 11 位，以 13 到 19 开头，请核对。"
AREA = "固定电话前面要加区号，例如 010。"
NEITHER = "请填写 11 位的手机号，或者带区号的固定电话。"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("13812345678", "13812345678"),
        (" 199 1234 5678 ", "19912345678"),
        ("+86-138-1234-5678", "13812345678"),
        ("1 3 8 1 2 3 4 5 6 7 8", "13812345678"),
        ("0999-8621234", "0999-8621234"),
        ("09998621234", "0999-8621234"),
        ("（０９９９）８６２１２３４", "0999-8621234"),
        ("0371-66554433", "0371-66554433"),
        ("010-66554433", "010-66554433"),
        ("02866554433", "028-66554433"),
        ("+86 10 6655 4433", "010-66554433"),
        ("0999-8621234转801", "0999-8621234转801"),
        ("0999-8621234 转 801", "0999-8621234转801"),
        ("0999-8621234 分机 801", "0999-8621234转801"),
        ("0999-8621234 Ext. 801", "0999-8621234转801"),
        ("0999-8621234x801", "0999-8621234转801"),
        ("0999-8621234-801", "0999-8621234转801"),
        ("0999-8621234转", "0999-8621234"),
    ],
)
def test_a_good_phone_number_is_stored_in_one_spelling(text: str, number: str) -> None:
    check = check_phone(text)
    assert (check.number, check.error) == (number, None)
    assert check_phone(number) == check


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", NEITHER),
        ("-", NEITHER),
        ("110", MOBILE),
        ("1381234567", MOBILE),
        ("138123456789", MOBILE),
        ("12812345678", MOBILE),
        ("8621234", AREA),
        ("66554433", AREA),
        ("010-6655443", NEITHER),
        ("0999-862123", NEITHER),
        ("0999-862123456", NEITHER),
        ("0099-8621234", NEITHER),
        ("0999-0621234", NEITHER),
        ("4001234567", NEITHER),
        ("+7 701 123 4567", NEITHER),
        ("13812345678转1", "手机号没有分机号，请核对。"),
        ("13812345678/13987654321", LETTERS),
        ("13812345678、13987654321", LETTERS),
        ("13812345678 13987654321", MOBILE),
        ("138 1234 5678 晚上", LETTERS),
        ("138abcd12345678", LETTERS),
        ("0999-8621234转八零一", LETTERS),
        ("0999-8621234转1234567", LETTERS),
        ("١٣٨١٢٣٤٥٦٧٨", LETTERS),
        ("1381234567８+", LETTERS),
        ("没有", LETTERS),
    ],
)
def test_what_is_no_phone_number_is_an_error(text: str, error: str) -> None:
    assert check_phone(text).error == error


@pytest.mark.parametrize("piece", [" ", "-", "(", "+", "转", "x", "1", "8621234-", "0999-8621234-"])
def test_a_long_text_is_judged_in_linear_time(piece: str) -> None:
    text = piece * (200_000 // len(piece)) + "!"  # quadratic work on it would take minutes
    assert check_phone(text).error is not None
    assert check_id_number(text).error is not None
    mask_phone(text)


# Masks


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("650121199001011234", "650121********1234"),
        ("65012119900101123x", "650121********123X"),
        ("91654028MA7ABCDE1X", "916540********DE1X"),
        ("650121900101123", "650121********3"),
        ("E12345678", "E1*****78"),
        ("H1234567", "H1****67"),
        ("1234", "1**4"),
        ("123", "***"),
        ("1", "*"),
        ("", ""),
    ],
)
def test_an_id_number_is_masked(number: str, masked: str) -> None:
    assert mask_id_number(number) == masked


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("13812345678", "138****5678"),
        ("+86 138 1234 5678", "138****5678"),
        ("0999-8621234", "0999-****234"),
        ("0999-8621234转801", "0999-****234"),
        ("010-66554433", "010-*****433"),
        ("8621234", "****234"),
        ("4001234567", "*******567"),
        ("77011234567", "********567"),
        ("862123", "******"),
        ("110", "***"),
        ("", ""),
    ],
)
def test_a_phone_number_is_masked(number: str, masked: str) -> None:
    assert mask_phone(number) == masked


@given(st.text("0123456789ABCXYZ", max_size=40))
@settings(max_examples=300, deadline=None)
def test_a_mask_keeps_the_length_and_hides_four_tenths_or_more(number: str) -> None:
    masked = mask_id_number(number)
    assert len(masked) == len(number)
    assert masked.count("*") >= len(number) * 0.4
    digits = "".join(character for character in number if character.isdigit())
    masked = mask_phone(digits)
    assert sum(character.isdigit() for character in masked) <= 7
    assert masked.count("*") >= min(4, len(digits))
