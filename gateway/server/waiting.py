"""Waiting for somebody outside this process, on threads, so that the event loop does not."""

import asyncio
import contextlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from gateway.policy.opa.fault import OpaFault

T = TypeVar("T")


class Waiting:
    """A few threads and a bounded queue before them."""

    def __init__(self, *, threads: int, queue: int, patience_s: float) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="opa")
        self._most = threads + queue
        self._patience_s = patience_s
        self._open = 0

    @property
    def open(self) -> int:
        """Calls that run or wait for their turn."""
        return self._open

    async def run(self, work: Callable[[], T]) -> T:
        """What ``work`` returns or raises.

        Raises:
            OpaFault: too many wait already (``overloaded``), or it takes too long (``timeout``). A call that
                runs goes on to its own end; one that waits for its turn is forgotten.
        """
        if self._open >= self._most:
            raise OpaFault("overloaded")
        self._open += 1
        future = self._threads.submit(work)
        loop = asyncio.get_running_loop()
        future.add_done_callback(lambda _: self._tell(loop))
        try:
            async with asyncio.timeout(self._patience_s):
                return await asyncio.wrap_future(future)
        except TimeoutError:
            raise OpaFault("timeout") from None

    def close(self) -> None:
        """Forget what waits, and let what runs come to its end."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _tell(self, loop: asyncio.AbstractEventLoop) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is over, and nobody counts any more
            loop.call_soon_threadsafe(self._closed)

    def _closed(self) -> None:
        self._open -= 1
