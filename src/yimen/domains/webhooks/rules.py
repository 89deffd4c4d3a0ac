"""When a delivery is tried again, when a receiver counts as dead, which address will do."""

from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit

RETRIES: Final = tuple(
    timedelta(seconds=seconds)
    for seconds in (5, 30, 120, 600, 1800, 3600, 7200, 14_400, 28_800, 43_200)
)
"""The pause after each failed attempt: ten more tries over some 28 hours."""

DEAD_AFTER: Final = 20
"""Failed attempts in a row, of whatever deliveries, after which a receiver is paused."""


class BadAddress(ValueError):
    """Not an address that can be sent to; the message says in Chinese why."""


def pause_before_retry(attempts: int) -> timedelta | None:
    """How long to wait after so many failed attempts; none when it is of no more use."""
    return RETRIES[attempts - 1] if attempts <= len(RETRIES) else None


def check_address(url: str) -> str:
    """An http(s) URL with a host and without a password; raises BadAddress.

    Addresses of the intranet are allowed: the receivers are there.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise BadAddress("接收地址格式不正确。") from None
    if parts.scheme not in ("http", "https"):
        raise BadAddress("接收地址须以 http:// 或 https:// 开头。")
    if not parts.hostname or port == 0:
        raise BadAddress("接收地址缺少主机名，或端口不正确。")
    if parts.username or parts.password or "@" in parts.netloc:
        raise BadAddress("接收地址中不能带用户名和密码。")
    if parts.fragment:
        raise BadAddress("接收地址中不能带 # 之后的部分。")
    if not url.isascii() or any(sign.isspace() for sign in url):
        raise BadAddress("接收地址含有不能使用的字符。")
    return url
