"""Watching for a caller that leaves while the gateway waits for somebody else."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]

PATIENCE_S = 0.02
"""An upstream that answers sooner is not worth a watcher."""


class Watch:
    """Cancels the task that owns it when the caller disconnects.

    ``gone`` tells a disconnect from any other cancellation. While ``patient`` nothing is cancelled:
    a record that is half-way to the disk is neither lost nor made twice.
    """

    def __init__(self, receive: Receive) -> None:
        self.gone = False
        self.patient = False
        self._receive = receive
        self._owner: asyncio.Task[Any] | None = None
        self._watcher: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Begin watching, after a moment's patience. Further calls do nothing."""
        if self._timer is None:
            self._owner = asyncio.current_task()
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(PATIENCE_S, self._begin)

    def stop(self) -> None:
        """End watching."""
        if self._timer is not None:
            self._timer.cancel()
        if self._watcher is not None:
            self._watcher.cancel()

    def _begin(self) -> None:
        self._watcher = asyncio.get_running_loop().create_task(self._listen())

    async def _listen(self) -> None:
        message = await self._receive()
        while message["type"] != "http.disconnect":
            message = await self._receive()
        self.gone = True
        if self._owner is not None and not self.patient:
            self._owner.cancel()
