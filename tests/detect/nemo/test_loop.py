"""The thread of the rails."""

import asyncio
import threading
import time

import pytest

from gateway.detect.nemo.loop import RailsLoop


async def test_work_runs_on_one_thread_of_its_own(loop: RailsLoop) -> None:
    async def where() -> str:
        return threading.current_thread().name

    first, second = loop.submit(where()), loop.submit(where())
    assert first is not None
    assert second is not None
    assert {await asyncio.wrap_future(first), await asyncio.wrap_future(second)} == {"lictor-rails"}


def freed(loop: RailsLoop) -> None:
    """Wait until there is room again."""

    async def nothing() -> None: ...

    for _ in range(1000):
        if (future := loop.submit(nothing())) is not None:
            return future.result(10)
        time.sleep(0.01)
    pytest.fail("there was never room again")


def test_only_so_much_is_taken_and_room_comes_back() -> None:
    loop = RailsLoop(most=2)
    held = asyncio.Event()

    async def wait() -> None:
        await held.wait()

    first, second, third = (loop.submit(wait()) for _ in range(3))
    assert first is not None
    assert second is not None
    assert third is None
    first.cancel()
    freed(loop)
    loop.close()
    assert second.cancelled()


def test_room_comes_back_from_work_that_fails_or_never_began() -> None:
    loop = RailsLoop(most=1)
    ready, release = threading.Event(), threading.Event()

    async def compute() -> None:
        ready.set()
        release.wait(10)
        raise ValueError

    running = loop.submit(compute())
    assert running is not None
    ready.wait(10)
    running.cancel()

    async def late() -> None: ...

    assert loop.submit(late()) is None  # cancelled, but it computes still
    release.set()
    freed(loop)
    loop.close()
