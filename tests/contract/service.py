"""``yimen serve`` with a clock that a story can move: a file says by how many seconds.

A visit booked for tomorrow is checked in tomorrow, so the stories need more than one day; and they
are the same on every day that they run.
"""

import os
from datetime import datetime, timedelta
from pathlib import Path

from yimen.core import clock

AHEAD = Path(os.environ["YIMEN_CONTRACT_CLOCK"])
_real = clock.system_now


def moved_now() -> datetime:
    """The present instant, so many seconds later."""
    return _real() + timedelta(seconds=float(AHEAD.read_text()))


if __name__ == "__main__":
    clock.system_now = moved_now  # before any module takes the name
    from yimen.cli import main

    main()
