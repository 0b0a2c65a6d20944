"""The thread that all rails of a process run on.

NeMo keeps locks in its modules that belong to one event loop, and computes where others wait. So its loop is
not the gateway's: however long a rail takes, calls that have none are not held up.
"""

import asyncio
import contextlib
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from typing import Any, Final, TypeVar

MOST_RUNS: Final = 16
"""Calls that may be under way or wait; what comes on top is not checked."""

_LEAVE_S: Final = 5.0

_T = TypeVar("_T")


class RailsLoop:
    """One thread with one event loop."""

    def __init__(self, most: int = MOST_RUNS) -> None:
        self._loop = asyncio.new_event_loop()
        self._free = most
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._loop.run_forever, name="lictor-rails", daemon=True)
        self._thread.start()

    def submit(self, work: Coroutine[Any, Any, _T]) -> "Future[_T] | None":
        """Begin; cancelling the future ends the work. None when too much is under way already."""
        with self._lock:
            if not self._free:
                work.close()
                return None
            self._free -= 1
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        # A cancelled future is done at once, while a rail that computes is not: the loop itself says so.
        future.add_done_callback(lambda _: self._loop.call_soon_threadsafe(self._release))
        return future

    def run(self, work: Coroutine[Any, Any, _T], patience_s: float) -> _T:
        """Do something at the start, and wait for it. Raises what it raises, or ``TimeoutError``."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(patience_s)

    def close(self) -> None:
        """End the thread; what is under way is cancelled. What computes without end dies with the process."""
        with contextlib.suppress(TimeoutError):
            asyncio.run_coroutine_threadsafe(self._cancel_all(), self._loop).result(_LEAVE_S)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_LEAVE_S)
        if not self._thread.is_alive():
            self._loop.close()

    def _release(self) -> None:
        with self._lock:
            self._free += 1

    async def _cancel_all(self) -> None:
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
