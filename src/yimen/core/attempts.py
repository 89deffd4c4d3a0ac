"""A part of a larger act: it is done or refused, and the rest goes on."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from yimen.core.database import savepoint
from yimen.core.error_handlers import describe_database, describe_integrity, describe_validation
from yimen.core.errors import AppError, InvalidInput

Result = TypeVar("Result")


async def attempt(
    session: AsyncSession, work: Callable[[], Awaitable[Result]]
) -> Result | AppError:
    """What the work returns, or why it is refused; then nothing of it was done.

    What is nobody's refusal, such as a database that is away, is raised.
    """
    try:
        async with savepoint(session):
            return await work()
    except AppError as error:
        return error
    except ValidationError as error:
        return describe_validation(error)
    except IntegrityError as error:
        return describe_integrity(error)
    except DBAPIError as error:
        described = describe_database(error)
        if isinstance(described, InvalidInput):
            return described
        raise


async def rehearse(session: AsyncSession, work: Callable[[], Awaitable[Result]]) -> Result:
    """What the work returns; everything that it did is undone."""
    async with savepoint(session, is_undone=True):
        return await work()
