"""Workbooks that people send, read where nothing they do can harm the service."""

import asyncio
import os
import sys
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from datetime import date
from typing import Any

import orjson

from yimen.core.files import FileFault
from yimen.core.workbook_reading import LENGTH_BYTES, LOOK, Row, SheetPiece, too_costly

__all__ = ["Row", "SheetPiece", "look_at_workbook", "read_workbook"]


async def read_workbook(file: bytes) -> AsyncIterator[SheetPiece]:
    """The rows of a workbook's first sheet, some at a time, those that say something.

    Raises FileFault for what is no XLSX workbook, is crafted, empty or has macros.
    """
    async with aclosing(_ask(file)) as frames:
        async for said in frames:
            yield SheetPiece(date.fromisoformat(said["first_day"]), said["rows"])


async def look_at_workbook(file: bytes) -> None:
    """Raise FileFault for what is seen to be no honest workbook without unpacking its sheet."""
    async for _ in _ask(file, LOOK):
        raise AssertionError("whoever only looks has nothing to say")


async def _ask(file: bytes, *how: str) -> AsyncGenerator[dict[str, Any]]:
    """What a process of its own says of a file, with an end to its memory and time and without
    this one's keys; raises FileFault.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "yimen.core.workbook_reading",
        *how,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert process.stdin is not None
    assert process.stdout is not None
    sending = asyncio.create_task(_send(process.stdin, file))
    try:
        while "end" not in (said := await _hear(process.stdout)):
            if "fault" in said:
                raise FileFault(*said["fault"])
            yield said
    except asyncio.IncompleteReadError as error:  # it was ended by its limits
        raise too_costly() from error
    finally:
        if process.returncode is None:
            process.kill()
        await sending
        await process.communicate()  # what it still said is let go, and its pipes are closed


async def _hear(pipe: asyncio.StreamReader) -> dict[str, Any]:
    length = int.from_bytes(await pipe.readexactly(LENGTH_BYTES))
    said: dict[str, Any] = orjson.loads(await pipe.readexactly(length))
    return said


async def _send(pipe: asyncio.StreamWriter, file: bytes) -> None:
    try:
        pipe.write(file)
        await pipe.drain()
        pipe.close()
    except (BrokenPipeError, ConnectionResetError):
        pass  # it ended before it had read all
