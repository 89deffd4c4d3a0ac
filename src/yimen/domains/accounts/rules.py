"""How log-ins are slowed down, and what is kept of where they come from. Pure decisions."""

import math
import re
import unicodedata
from datetime import datetime, timedelta

FREE_FAILURES = 5
"""So many wrong passwords in a row cost nothing: people mistype."""
LONGEST_WAIT_SECONDS = 300
FORGOTTEN_AFTER = timedelta(hours=1)
"""After so long without a further failure, counting starts again."""

_USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,39}")
_CLIENT_CHARS = 80


def failures_remembered(failures: int, last_failed_at: datetime, now: datetime) -> int:
    """How many failed log-ins in a row still count."""
    return 0 if now - last_failed_at >= FORGOTTEN_AFTER else failures


def seconds_to_wait(failures: int, last_failed_at: datetime, now: datetime) -> int:
    """Seconds until the next attempt is let through: 1 after the fifth failure, then doubling."""
    counted = failures_remembered(failures, last_failed_at, now)
    if counted < FREE_FAILURES:
        return 0
    pause = min(1 << min(counted - FREE_FAILURES, 30), LONGEST_WAIT_SECONDS)
    left = pause - (now - last_failed_at).total_seconds()
    return max(0, min(pause, math.ceil(left)))


def normalise_username(text: str) -> str:
    """The one spelling of a user name: half-width, lower case, no blanks around it."""
    return unicodedata.normalize("NFKC", text).strip().lower()


def is_username(text: str) -> bool:
    """Whether a normalised text can be a user name at all."""
    return _USERNAME.fullmatch(text) is not None


def client_label(user_agent: str | None) -> str | None:
    """A browser's own name for itself, printable and short."""
    kept = "".join(sign for sign in user_agent or "" if sign.isprintable())[:_CLIENT_CHARS]
    return kept.strip() or None
