"""What rests on the calendar besides cases: other deadlines, moved in the same act."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar
from uuid import UUID

from yimen.core.caller import Caller
from yimen.domains.calendars.rules import WorkCalendar


@dataclass(frozen=True, slots=True)
class MovedDeadline:
    """A deadline that comes out otherwise under another calendar."""

    label: str
    """Which deadline, in the words a clerk reads."""
    subject_type: str
    subject_id: UUID
    number: str
    """The number by which people know what it belongs to."""
    old: datetime
    new: datetime
    is_past: bool
    """It is over at once: whoever changes the calendar sees it before."""


@dataclass(frozen=True, slots=True)
class CalendarMove:
    """A change of the calendar that is being made."""

    calendar: WorkCalendar
    """As it will be."""
    reason: str
    caller: Caller


Held = TypeVar("Held")
"""What holds a deadline, as its domain knows it."""


class DeadlineFollower(ABC, Generic[Held]):
    """A domain's deadlines, which follow the calendar (domain.md §3).

    The registry names every one; the change of the calendar asks each in its own transaction,
    which holds the calendar alone.
    """

    async def moved(self, calendar: WorkCalendar) -> list[MovedDeadline]:
        """What would move under this calendar; changes nothing."""
        return [line for line, _ in await self._moving(calendar, to_change=False)]

    async def move(self, order: CalendarMove) -> list[MovedDeadline]:
        """Move it, and tell in audit and events what moved."""
        moved = []
        for line, held in await self._moving(order.calendar, to_change=True):
            await self._move(order, line, held)
            moved.append(line)
        return moved

    @abstractmethod
    async def _moving(
        self, calendar: WorkCalendar, *, to_change: bool
    ) -> Sequence[tuple[MovedDeadline, Held]]:
        """What comes out otherwise, and what holds it; locked to be changed."""

    @abstractmethod
    async def _move(self, order: CalendarMove, line: MovedDeadline, held: Held) -> None:
        """Write one deadline, and tell of it."""
