"""The watch: a caller that leaves cancels whoever works for it, and nothing else does."""

import asyncio
from collections.abc import MutableMapping
from typing import Any

import pytest

from gateway.server.watch import Watch


class Caller:
    """Sends what it is told to, then stays silent until it leaves."""

    def __init__(self, *kinds: str) -> None:
        self._kinds = list(kinds)
        self._left = asyncio.Event()
        self.asked = asyncio.Event()

    def leave(self) -> None:
        self._left.set()

    async def __call__(self) -> MutableMapping[str, Any]:
        self.asked.set()
        if self._kinds:
            return {"type": self._kinds.pop(0)}
        await self._left.wait()
        return {"type": "http.disconnect"}


async def work(watch: Watch) -> None:
    watch.start()
    await asyncio.Event().wait()


@pytest.mark.parametrize("kinds", [(), ("http.request",), ("http.request", "http.request")])
async def test_a_caller_that_leaves_cancels_the_work(kinds: tuple[str, ...]) -> None:
    caller = Caller(*kinds)
    watch = Watch(caller)
    task = asyncio.get_running_loop().create_task(work(watch))
    await caller.asked.wait()
    caller.leave()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert watch.gone
    watch.stop()


async def test_another_cancellation_is_not_the_callers() -> None:
    caller = Caller()
    watch = Watch(caller)
    task = asyncio.get_running_loop().create_task(work(watch))
    await caller.asked.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not watch.gone
    watch.stop()


async def test_a_watch_that_was_stopped_cancels_nobody() -> None:
    caller = Caller()
    watch = Watch(caller)
    watch.start()
    watch.start()
    await caller.asked.wait()
    watch.stop()
    caller.leave()
    for _ in range(10):
        await asyncio.sleep(0)
    assert not watch.gone


async def test_an_answer_without_delay_is_not_watched() -> None:
    caller = Caller()
    watch = Watch(caller)
    watch.start()
    watch.stop()
    await asyncio.sleep(0.05)
    assert not caller.asked.is_set()


async def test_a_watch_that_never_began_can_be_stopped() -> None:
    Watch(Caller()).stop()
