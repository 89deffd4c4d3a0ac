"""Tables of how log-ins are slowed down and what is kept of a client."""

from datetime import UTC, datetime, timedelta

import pytest

from yimen.core.addresses import address_key
from yimen.domains.accounts.rules import (
    LONGEST_WAIT_SECONDS,
    client_label,
    failures_remembered,
    is_username,
    normalise_username,
    seconds_to_wait,
)

NOW = datetime(2026, 3, 10, 3, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("failures", "since_seconds", "wait"),
    [
        (0, 0, 0),
        (4, 0, 0),
        (5, 0, 1),
        (5, 1, 0),
        (6, 0, 2),
        (6, 0.5, 2),
        (9, 0, 16),
        (9, 10, 6),
        (13, 0, 256),
        (14, 0, LONGEST_WAIT_SECONDS),
        (10_000, 0, LONGEST_WAIT_SECONDS),
        (10_000, 299, 1),
        (10_000, 3600, 0),
        (9, -500, 16),  # a clock that was set back locks nobody out for longer
    ],
)
def test_the_wait_doubles_after_the_fifth_failure(
    failures: int, since_seconds: float, wait: int
) -> None:
    assert seconds_to_wait(failures, NOW - timedelta(seconds=since_seconds), NOW) == wait


def test_failures_are_forgotten_after_an_hour() -> None:
    assert failures_remembered(9, NOW - timedelta(minutes=59), NOW) == 9
    assert failures_remembered(9, NOW - timedelta(minutes=60), NOW) == 0


@pytest.mark.parametrize(
    ("typed", "name", "is_one"),
    [
        ("Office", "office", True),
        (" ＡＹＧＵＬ ", "aygul", True),
        ("clerk.07_a-b", "clerk.07_a-b", True),
        ("a", "a", False),
        (".hidden", ".hidden", False),
        ("阿依古丽", "阿依古丽", False),
        ("two words", "two words", False),
        ("x" * 41, "x" * 41, False),
        ("nul\x00", "nul\x00", False),
    ],
)
def test_a_user_name_has_one_spelling(typed: str, name: str, is_one: bool) -> None:
    assert normalise_username(typed) == name
    assert is_username(name) is is_one


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("10.0.3.17", "10.0.3.17"),
        ("::ffff:10.0.3.17", "10.0.3.17"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("a unix socket", "unknown"),
        (None, "unknown"),
    ],
)
def test_an_ipv6_network_counts_as_one_address(address: str | None, key: str) -> None:
    assert address_key(address) == key


def test_a_client_is_shown_by_a_short_printable_name() -> None:
    assert client_label("Mozilla/5.0\r\n\x1b[31m(X11)") == "Mozilla/5.0[31m(X11)"
    assert len(client_label("x" * 500) or "") == 80
    assert client_label(" ") is None
    assert client_label(None) is None
