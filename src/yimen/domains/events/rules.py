"""Positions in the order of events, and which events a listener asked for."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

_FORM: Final = re.compile(r"(\d{1,19})-(\d{1,19})", re.ASCII)
_LIMIT: Final = 2**63

ALL_OF: Final = ".*"
"""``ticket.*`` asks for every kind that begins with ``ticket.``."""


class BadPosition(ValueError):
    """Not a position that this service has given out."""


class Position(NamedTuple):
    """How far a listener has come: all events up to and with this one.

    Serial numbers alone would skip events: a transaction that took its number early may commit
    late. So events are ordered by transaction, and shown only below the oldest one still open.
    """

    transaction_id: int
    event_id: int

    def __str__(self) -> str:
        return f"{self.transaction_id}-{self.event_id}"


START: Final = Position(0, 0)


def parse_position(text: str) -> Position:
    """``"1042-7"``; raises BadPosition."""
    found = _FORM.fullmatch(text)
    if found is None:
        raise BadPosition
    position = Position(int(found[1]), int(found[2]))
    if max(position) >= _LIMIT:
        raise BadPosition
    return position


@dataclass(frozen=True, slots=True)
class HallEvent:
    """A committed event, as the outbox keeps it."""

    position: Position
    kind: str
    subject_type: str
    subject_id: str
    department_id: UUID | None
    window_id: UUID | None
    facts: dict[str, object]
    occurred_at: datetime


def is_wanted(kind: str, wanted: Sequence[str]) -> bool:
    """Whether a kind is among those asked for; asking for none means all."""
    if not wanted:
        return True
    return any(kind.startswith(one[:-1]) if one.endswith(ALL_OF) else kind == one for one in wanted)
