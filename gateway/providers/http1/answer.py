"""One answer as it arrives: filled by its connection, emptied by whoever asked."""

import asyncio
from collections import deque
from enum import Enum
from typing import Protocol

from gateway.core.errors import UpstreamError
from gateway.providers.headers import Field

HIGH_WATER = 256 * 1024
LOW_WATER = 64 * 1024


class Fault(Enum):
    """Why no answer, or no whole one, came."""

    CLOSED = ("unreachable", "The upstream closed the connection before it answered.")
    RESET = ("unreachable", "The connection to the upstream broke before it answered.")
    TIMEOUT = ("timeout", "The upstream did not answer in time.")
    CUT = ("protocol", "The upstream's answer broke off.")
    INVALID = ("protocol", "The upstream's answer is not valid HTTP.")

    def error(self, upstream: str) -> UpstreamError:
        """The fault as an exception, without anything that the upstream sent."""
        code, message = self.value
        return UpstreamError(code, message, upstream=upstream)


class Source(Protocol):
    """Where an answer comes from: its connection."""

    def resume(self) -> None:
        """There is room for more; nothing happens where reading was not paused."""
        ...

    def close(self, fault: Fault) -> None:
        """End the connection, and with it an answer that is not complete."""
        ...


class Answer:
    """Status, fields and body. One reader at a time waits, on one future."""

    __slots__ = (
        "_chunks", "_loop", "_source", "_waiter", "begun", "complete", "fault", "fields", "size", "status",
        "upstream",
    )  # fmt: skip

    def __init__(self, source: Source, loop: asyncio.AbstractEventLoop, upstream: str) -> None:
        self.upstream = upstream
        self.status = 0
        self.fields: list[Field] = []
        self.begun = False
        """Whether any byte has come."""
        self.complete = False
        self.fault: Fault | None = None
        self.size = 0
        """Bytes that wait to be read."""
        self._chunks: deque[bytes] = deque()
        self._source = source
        self._loop = loop
        self._waiter: asyncio.Future[None] | None = None

    # --- the connection's side ----------------------------------------------------------------------------

    def push(self, chunk: bytes) -> None:
        """More of the body."""
        self._chunks.append(chunk)
        self.size += len(chunk)

    def fail(self, fault: Fault) -> None:
        """Nothing more will come. A complete answer stays complete."""
        if not self.complete and self.fault is None:
            self.fault = fault
            self.wake()

    def wake(self) -> None:
        """Something has changed."""
        waiter = self._waiter
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    # --- the reader's side --------------------------------------------------------------------------------

    async def head(self) -> None:
        """Wait until there is a status or a fault. A waiter that is cancelled ends the connection."""
        try:
            while not self.status and self.fault is None:
                await self._news()
        except asyncio.CancelledError:
            self.close()
            raise

    async def chunk(self) -> bytes:
        """What one read from the socket brought; nothing at the end.

        Raises:
            UpstreamError: the body broke off.
        """
        while not self._chunks:
            if self.complete:
                return b""
            if self.fault is not None:
                raise self.fault.error(self.upstream)
            await self._news()
        chunk = self._chunks.popleft()
        self.size -= len(chunk)
        if not self.complete and self.size <= LOW_WATER:
            self._source.resume()
        return chunk

    def close(self) -> None:
        """Leave. An answer that is complete has already given its connection back."""
        if not self.complete and self.fault is None:
            self._source.close(Fault.CUT)

    async def _news(self) -> None:
        self._waiter = waiter = self._loop.create_future()
        try:
            await waiter
        finally:
            self._waiter = None
