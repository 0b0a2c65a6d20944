"""The client: which connection a request goes out on, and when it goes out a second time."""

import asyncio
import ssl
from math import inf
from types import TracebackType
from typing import Self

from gateway.core.errors import UpstreamError
from gateway.providers.client import UpstreamRequest
from gateway.providers.http1.answer import Answer, Fault
from gateway.providers.http1.pool import Pool
from gateway.providers.http1.request import Origin, Target
from gateway.providers.http1.response import Http1Response
from gateway.providers.upstream import Upstream

MAX_RESPONSE_BYTES = 64 * 1024 * 1024


class Http1Client:
    """A connection pool for each origin. Use and close it in one event loop.

    ``limit`` bounds the connections to an origin (0: none, the server's admission control is the
    bound); waiting for a free one counts as connecting. ``ssl_context`` replaces the system's trust
    anchors. Proxies of the environment are not used; the aiohttp client knows them.
    """

    def __init__(
        self,
        *,
        limit: int = 0,
        idle_timeout_s: float = 15.0,
        max_response_bytes: int = MAX_RESPONSE_BYTES,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self._limit = limit
        self._idle_timeout_s = idle_timeout_s
        self._max_bytes = max_response_bytes
        self._ssl = ssl_context
        self._targets: dict[str, Target] = {}
        self._pools: dict[Origin, Pool] = {}
        self._closed = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def send(self, upstream: Upstream, request: UpstreamRequest) -> Http1Response:
        """Send once. Cancelling the caller's task closes the request's connection.

        One case is sent again: a connection that was used before, closed properly and without one
        byte of an answer. The upstream had let go of it before the request came (RFC 9112 section
        9.3.1); had it begun the work, it would have answered or broken the connection.
        """
        target = self._target(upstream)
        head = target.head(request)
        latest = _in(upstream.total_timeout_s) if upstream.total_timeout_s else inf
        stale, answer = await self._ask(target, head, request.body, latest)
        if stale:
            _, answer = await self._ask(target, head, request.body, latest, fresh=True)
        return Http1Response(answer, self._max_bytes)

    async def aclose(self) -> None:
        """Close every connection."""
        self._closed = True
        for pool in self._pools.values():
            await pool.aclose()

    async def _ask(
        self, target: Target, head: bytes, body: bytes, latest: float, *, fresh: bool = False
    ) -> tuple[bool, Answer]:
        """Whether the connection turned out to be an old one, and what came."""
        upstream = target.upstream
        connection = await self._pool(target).take(upstream, latest, fresh=fresh)
        used = connection.used
        answer = Answer(connection, asyncio.get_running_loop(), upstream.name)
        connection.start(answer, head, body, upstream.read_timeout_s, latest)
        await answer.head()
        return used and answer.fault is Fault.CLOSED and not answer.begun, answer

    def _target(self, upstream: Upstream) -> Target:
        target = self._targets.get(upstream.name)
        if target is None or target.upstream is not upstream:
            target = self._targets[upstream.name] = Target(upstream)
        return target

    def _pool(self, target: Target) -> Pool:
        if self._closed:
            raise UpstreamError("unreachable", "The client is closed.", upstream=target.upstream.name)
        pool = self._pools.get(target.origin)
        if pool is None:
            pool = self._pools[target.origin] = self._new_pool(target.origin)
        return pool

    def _new_pool(self, origin: Origin) -> Pool:
        context = self._context() if origin.scheme == "https" else None
        return Pool(origin, limit=self._limit, idle_timeout_s=self._idle_timeout_s, context=context)

    def _context(self) -> ssl.SSLContext:
        """Certificate and host name are checked. Made once: it reads all trust anchors."""
        if self._ssl is None:
            self._ssl = ssl.create_default_context()
            self._ssl.set_alpn_protocols(["http/1.1"])
        return self._ssl


def _in(seconds: float) -> float:
    return asyncio.get_running_loop().time() + seconds
