"""Keyset pages: a cursor names the last row seen, so that depth costs nothing."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, ClassVar, Generic, TypeVar
from uuid import UUID

import orjson
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import ColumnElement, Select, func, literal, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.elements import KeyedColumnElement

from yimen.core.errors import AppError

Item = TypeVar("Item")

Listing = tuple[list[Any], str | None, int | None]
"""Rows of a page, the cursor of the next, the total if asked for."""


class InvalidCursor(AppError):
    status = 422
    code = "invalid_cursor"
    title = "翻页标记无效，请从第一页重新查询。"


class PageQuery(BaseModel):
    """How much of a list to return, and from where."""

    model_config = ConfigDict(extra="forbid")

    limit: Annotated[int, Field(ge=1, le=200, description="每页条数，最多 200")] = 50
    cursor: Annotated[
        str | None,
        Field(
            max_length=500,
            description="上一页返回的 next_cursor",
            examples=["WyIwMTlhNGYzZS03YzFkLTdiNjAtOWQwZS02YTJmNGM4YjFlNTUiXQ"],
        ),
    ] = None
    with_total: Annotated[bool, Field(description="是否同时返回总数（较慢）")] = False


@dataclass(frozen=True, slots=True)
class Paging:
    """How a list is asked for what follows a page."""

    parameter: str
    """Of the query: where a page begins."""
    next_member: str
    """Of the reply: where the next one does."""
    more_member: str | None = None
    """Of the reply: whether there is more; without one, a next page is named only if there is."""
    passed_over: tuple[str, ...] = ("limit",)
    """Parameters that say how the list is read, not which rows are wanted."""

    def next_of(self, reply: Mapping[str, Any]) -> str | None:
        """Where the page after this one begins; none after the last."""
        is_last = self.more_member is not None and not reply[self.more_member]
        following: str | None = None if is_last else reply[self.next_member]
        return following


class Page(BaseModel, Generic[Item]):
    """One page of a list."""

    paging: ClassVar[Paging] = Paging(
        "cursor", "next_cursor", passed_over=("limit", "cursor", "with_total")
    )

    items: list[Item]
    next_cursor: Annotated[str | None, Field(description="下一页的标记；没有更多时为 null")]
    total: Annotated[int | None, Field(description="总数；未要求时为 null")]


def encode_cursor(values: Sequence[object]) -> str:
    """Opaque text for the sort key of the last row shown."""
    return base64.urlsafe_b64encode(orjson.dumps(list(values), default=str)).decode().rstrip("=")


def decode_cursor(cursor: str, types: Sequence[type]) -> list[Any]:
    """The sort key inside a cursor; raises :class:`InvalidCursor` for anything we did not write."""
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        values = orjson.loads(raw)
        if not isinstance(values, list) or len(values) != len(types):
            raise InvalidCursor
        return [_parse(value, wanted) for value, wanted in zip(values, types, strict=True)]
    except (ValueError, binascii.Error, TypeError, UnicodeEncodeError) as error:
        raise InvalidCursor from error


def _parse(value: object, wanted: type) -> object:
    if wanted in (str, int) and type(value) is wanted:
        if wanted is int and not -(2**63) <= int(str(value)) < 2**63:
            raise InvalidCursor
        if wanted is str and "\x00" in str(value):
            raise InvalidCursor
        return value
    if not isinstance(value, str):
        raise InvalidCursor
    if wanted is UUID:
        return UUID(value)
    if wanted is datetime:
        parsed = datetime.fromisoformat(value)
        if parsed.tzinfo is None:
            raise InvalidCursor
        return parsed
    if wanted is date:
        return date.fromisoformat(value)
    raise InvalidCursor


@dataclass(frozen=True, slots=True)
class SortKey:
    """The columns a list is ordered by, the last of them unique."""

    columns: tuple[KeyedColumnElement[Any] | InstrumentedAttribute[Any], ...]
    types: tuple[type, ...]
    descending: bool = False

    def after(self, cursor: str | None) -> ColumnElement[bool] | None:
        """The row comparison that skips what was already shown."""
        if cursor is None:
            return None
        values = decode_cursor(cursor, self.types)
        bound = [
            literal(value, column.type) for value, column in zip(values, self.columns, strict=True)
        ]
        if len(bound) == 1:
            here, there = self.columns[0], bound[0]
            return here < there if self.descending else here > there
        row, last = tuple_(*self.columns), tuple_(*bound)
        return row < last if self.descending else row > last

    def order(self) -> list[ColumnElement[Any]]:
        return [column.desc() if self.descending else column.asc() for column in self.columns]


async def fetch_page(
    session: AsyncSession, statement: Select[*tuple[Any, ...]], query: PageQuery, sort: SortKey
) -> Listing:
    """Rows of one page, the cursor of the next, and the total if it was asked for.

    The statement must select the sort columns, or entities that have them as attributes.
    """
    total: int | None = None
    if query.with_total:
        counted = select(func.count()).select_from(statement.order_by(None).subquery())
        total = (await session.execute(counted)).scalar_one()
    after = sort.after(query.cursor)
    if after is not None:
        statement = statement.where(after)
    result = await session.execute(statement.order_by(*sort.order()).limit(query.limit + 1))
    rows: list[Any] = list(result.scalars() if _is_one_entity(statement) else result.all())
    more = len(rows) > query.limit
    rows = rows[: query.limit]
    cursor = None
    if more:
        cursor = encode_cursor([getattr(rows[-1], column.key) for column in sort.columns])
    return rows, cursor, total


def _is_one_entity(statement: Select[*tuple[Any, ...]]) -> bool:
    return len(statement.column_descriptions) == 1
