"""A wire between service and database that can be slow, or swallow everything for a while."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

PIECE = 65_536


class Wire:
    """Passes bytes both ways between a TCP port and PostgreSQL's socket."""

    def __init__(self, socket: Path) -> None:
        self.socket = socket
        self.port = 0
        self.delay_seconds = 0.0
        """On the way to the database: a round trip takes so much longer."""
        self._passes = asyncio.Event()
        self._passes.set()
        self._ends: set[asyncio.StreamWriter] = set()
        self._pumps: set[asyncio.Task[None]] = set()

    def swallow(self) -> None:
        """A black hole: nothing arrives any more, and nobody is told."""
        self._passes.clear()

    def pass_on(self, *, cut: bool) -> None:
        """The hole ends; what waited arrives late or, with ``cut``, every connection is reset."""
        if cut:
            for end in self._ends:
                end.transport.abort()
        self._passes.set()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            its_reader, its_writer = await asyncio.open_unix_connection(str(self.socket))
        except OSError:
            writer.transport.abort()
            return
        self._ends |= {writer, its_writer}
        pumps = [
            asyncio.create_task(self._pump(reader, its_writer, is_to_database=True)),
            asyncio.create_task(self._pump(its_reader, writer, is_to_database=False)),
        ]
        self._pumps |= set(pumps)
        await asyncio.wait(pumps)
        self._pumps -= set(pumps)
        self._ends -= {writer, its_writer}

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, is_to_database: bool
    ) -> None:
        try:
            while piece := await reader.read(PIECE):
                if is_to_database and self.delay_seconds:
                    await asyncio.sleep(self.delay_seconds)
                await self._passes.wait()
                if writer.transport.is_closing():
                    return
                writer.write(piece)
                await writer.drain()
            await self._passes.wait()
        except OSError:
            pass
        finally:
            writer.close()

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield
        finally:
            server.close()
            self.pass_on(cut=True)
            if self._pumps:
                await asyncio.wait(self._pumps, timeout=5)
