"""A server that writes exactly the bytes a test wants, when it wants."""

import asyncio
import contextlib
import socket
import ssl
import struct
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Self

HEAD = b"HTTP/1.1 200 OK\r\n"
OK = HEAD + b"content-length: 2\r\n\r\nok"


class Peer:
    """One accepted connection, as the server sees it."""

    def __init__(self, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.number = number
        """0 for the first connection."""
        self.reader = reader
        self.writer = writer

    async def request(self) -> bytes:
        """The next request, head and body."""
        head = await self.reader.readuntil(b"\r\n\r\n")
        length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
        return head + await self.reader.readexactly(int(length or b"0"))

    async def send(self, *parts: bytes) -> None:
        """Write the parts, each in a turn of the event loop of its own."""
        for part in parts:
            self.writer.write(part)
            await self.writer.drain()
            await asyncio.sleep(0)

    def reset(self) -> None:
        """Break the connection, so that the client sees no proper end."""
        linger = struct.pack("ii", 1, 0)
        self.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.writer.transport.abort()

    async def gone(self) -> None:
        """Wait until the client has left."""
        with contextlib.suppress(OSError):
            while await self.reader.read(65536):
                pass

    async def end(self) -> None:
        """Close, and wait until that is done."""
        self.writer.close()
        with contextlib.suppress(OSError):
            await self.writer.wait_closed()


Script = Callable[[Peer], Awaitable[object]]


def answers(*parts: bytes, close: bool = False) -> Script:
    """Every request gets the parts; then the connection stays open, or is closed."""

    async def script(peer: Peer) -> None:
        while True:
            await peer.request()
            await peer.send(*parts)
            if close:
                return

    return script


class RawServer:
    """Plays the script for each connection, and closes it when the script ends.

    It accepts by itself: asyncio's own server loses a connection that comes while it is closed.
    """

    def __init__(self, script: Script, *, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> None:
        self._script = script
        self._host = host
        self._tls = tls
        self._accepted: list[socket.socket] = []
        self._tasks: list[asyncio.Task[None]] = []
        self.peers: list[Peer] = []

    @property
    def url(self) -> str:
        """``http://`` or ``https://``, the host and the port."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"{'https' if self._tls else 'http'}://{host}:{self.port}"

    async def __aenter__(self) -> Self:
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        self._listener = socket.create_server((self._host, 0), family=family)
        self._listener.setblocking(False)
        self.port: int = self._listener.getsockname()[1]
        asyncio.get_running_loop().add_reader(self._listener, self._accept)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.get_running_loop().remove_reader(self._listener)
        self._listener.close()
        for peer in self.peers:  # what nobody reads any more would never be sent
            peer.writer.transport.abort()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for accepted in self._accepted:  # a task that was cancelled before its first step has closed nothing
            accepted.close()

    def _accept(self) -> None:
        accepted, _ = self._listener.accept()
        accepted.setblocking(False)
        self._accepted.append(accepted)
        self._tasks.append(asyncio.get_running_loop().create_task(self._serve(accepted)))

    async def _serve(self, accepted: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        protocol = asyncio.StreamReaderProtocol(reader := asyncio.StreamReader())
        transport, _ = await loop.connect_accepted_socket(lambda: protocol, accepted, ssl=self._tls)
        writer = asyncio.StreamWriter(transport, protocol, reader, loop)
        self.peers.append(peer := Peer(len(self.peers), reader, writer))
        try:
            await self._script(peer)
        except (OSError, asyncio.IncompleteReadError):
            pass  # the client left
        finally:
            await peer.end()
