"""What people of the demo hall need to be at work in it."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from yimen.core.caller import Caller, Role
from yimen.core.dependencies import Context


@dataclass
class Scene(ABC):
    """The office and the clerks at each window, and the moment in which the hall is filled."""

    session: AsyncSession
    context: Context
    office: Caller
    clerks: Mapping[UUID, Sequence[Caller]]

    @abstractmethod
    def __post_init__(self) -> None:
        """Say who plays which part."""

    @cached_property
    def now(self) -> datetime:
        return self.context.clock().replace(microsecond=0)

    @property
    def window_clerks(self) -> list[Caller]:
        """The first of each window whose first is a clerk."""
        firsts = [there[0] for there in self.clerks.values() if there]
        return [first for first in firsts if first.role is Role.WINDOW]
