"""The connections to one origin: last used first, so that those no longer needed grow old and close."""

import asyncio
import ssl

from gateway.core.errors import UpstreamError
from gateway.providers.client import ConnectTimeout
from gateway.providers.http1.answer import Fault
from gateway.providers.http1.connection import Connection
from gateway.providers.http1.request import Origin
from gateway.providers.upstream import Upstream


class Pool:
    """Lends connections. A slot is held from :meth:`take` until the connection is free or retired.

    An idle connection holds no slot, and one is opened only where none is idle, so that there are
    never more than ``limit`` of them (0: any number).
    """

    def __init__(
        self, origin: Origin, *, limit: int, idle_timeout_s: float, context: ssl.SSLContext | None
    ) -> None:
        self.idle_timeout_s = idle_timeout_s
        self._origin = origin
        self._context = context
        self._slots = asyncio.Semaphore(limit) if limit else None
        self._idle: list[Connection] = []
        self._lent: set[Connection] = set()
        self._open: set[Connection] = set()
        self._emptied: asyncio.Event | None = None

    async def take(self, upstream: Upstream, latest: float, *, fresh: bool = False) -> Connection:
        """An idle connection, or else (``fresh``: in any case) a new one.

        Raises:
            UpstreamError: there is none to be had; a ``ConnectTimeout`` if not in time.
        """
        if self._idle and self._slots is None and not fresh:
            return self._lend(self._idle.pop())
        patience_s = min(upstream.connect_timeout_s, latest - asyncio.get_running_loop().time())
        try:
            async with asyncio.timeout(patience_s):
                return await self._slot(fresh=fresh)
        except OSError as error:
            raise _fault(error, upstream.name) from error

    async def aclose(self) -> None:
        """Close every connection, at once, and lend none any more."""
        self._emptied = asyncio.Event()
        for connection in tuple(self._open):
            connection.close(Fault.CUT)
        if self._open:
            await self._emptied.wait()

    # --- what its connections tell it ---------------------------------------------------------------------

    def opened(self, connection: Connection) -> None:
        """Also one that nobody waits for any more: it is then closed by whoever opened it."""
        self._open.add(connection)
        if self._emptied is not None:
            connection.close(Fault.CLOSED)

    def free(self, connection: Connection) -> None:
        """It can carry another exchange."""
        self._give_back(connection)
        self._idle.append(connection)

    def retire(self, connection: Connection) -> None:
        """It cannot, whether it was lent or idle."""
        if connection in self._lent:
            self._give_back(connection)
        elif connection in self._idle:
            self._idle.remove(connection)

    def gone(self, connection: Connection) -> None:
        """Its socket is closed."""
        self._open.discard(connection)
        if self._emptied is not None and not self._open:
            self._emptied.set()

    # --- lending ------------------------------------------------------------------------------------------

    async def _slot(self, *, fresh: bool) -> Connection:
        if self._slots is None:
            return self._lend(await self._connection(fresh=fresh))
        await self._slots.acquire()
        try:
            return self._lend(await self._connection(fresh=fresh))
        except BaseException:
            self._slots.release()
            raise

    async def _connection(self, *, fresh: bool) -> Connection:
        if self._idle and not fresh:
            return self._idle.pop()
        if self._idle:  # its place is needed, and it is the next that the upstream would close
            self._idle[0].close(Fault.CLOSED)
        if self._emptied is not None:
            raise ConnectionAbortedError("the pool is closed")
        loop, origin = asyncio.get_running_loop(), self._origin
        connection = Connection(self, loop)
        try:
            await loop.create_connection(
                lambda: connection,
                origin.host,
                origin.port,
                ssl=self._context,
                server_hostname=origin.host if self._context is not None else None,
            )
        except BaseException:
            # Cancelled when it was just made: uvloop then closes it without telling it so.
            connection.close(Fault.CUT)
            self.gone(connection)
            raise
        return connection

    def _lend(self, connection: Connection) -> Connection:
        self._lent.add(connection)
        return connection

    def _give_back(self, connection: Connection) -> None:
        self._lent.discard(connection)
        if self._slots is not None:
            self._slots.release()


def _fault(error: OSError, upstream: str) -> UpstreamError:
    """Name the fault without the library's message, which may repeat what the upstream sent."""
    match error:
        case TimeoutError():
            return ConnectTimeout("The upstream did not accept a connection in time.", upstream=upstream)
        case ssl.SSLError():
            message = "No secure connection to the upstream could be made."
        case _:
            message = "The upstream cannot be reached."
    return UpstreamError("unreachable", message, upstream=upstream)
