"""The load generator: raw keep-alive connections, each with one call in flight."""

import asyncio
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from time import perf_counter
from typing import cast

import httptools

from tests.bench.prompts import Prompt

_TEXT = re.compile(rb'"(?:content|text)":\s*"[^"]')
"""An event of a stream that carries text; role-only events come earlier and do not count."""

_GRACE_S = 30.0

_SPREAD = 0.1
"""Callers start one after the other over this share of the time, so that they do not march in step."""


@dataclass(frozen=True, slots=True)
class Target:
    """Who is asked."""

    host: str
    port: int
    headers: tuple[str, ...] = ()
    """Further header lines, such as a key."""


@dataclass(slots=True)
class Sample:
    """What the callers saw in one slice of time."""

    seconds: list[float] = field(default_factory=list)
    """Duration of each good call."""

    first_text: list[float] = field(default_factory=list)
    """Seconds until the first text of each good stream."""

    gaps: list[float] = field(default_factory=list)
    """Seconds between one text of a stream and the next; none between those that came together."""

    errors: int = 0
    """Calls that failed or were answered with anything but 200."""


class Caller(asyncio.Protocol):
    """One connection; it asks again as soon as it is answered, until the deadline."""

    _transport: asyncio.Transport

    def __init__(self, head: bytes, bodies: Iterator[bytes], sample: Sample, deadline: float) -> None:
        self._head = head
        self._bodies = bodies
        self._sample = sample
        self._deadline = deadline
        self._parser = httptools.HttpResponseParser(self)
        self._started = 0.0
        self._seen = b""
        self._first_text: float | None = None
        self._last_text = 0.0
        self._busy = False
        self.closed = asyncio.get_running_loop().create_future()
        """Done when the connection is gone."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._ask()

    def _ask(self) -> None:
        body = next(self._bodies)
        request = b"%bcontent-length: %d\r\n\r\n%b" % (self._head, len(body), body)
        self._seen = b""
        self._first_text = None
        self._busy = True
        self._started = perf_counter()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_body(self, data: bytes) -> None:
        if self._first_text is not None:
            self._further(data)
            return
        self._seen += data
        if _TEXT.search(self._seen):
            self._last_text = perf_counter()
            self._first_text = self._last_text - self._started

    def _further(self, data: bytes) -> None:
        """Text behind the first. Events come whole, or the rare one that does not is not counted."""
        texts = len(_TEXT.findall(data))
        if texts:
            now = perf_counter()
            self._sample.gaps += [now - self._last_text, *[0.0] * (texts - 1)]
            self._last_text = now

    def on_message_complete(self) -> None:
        now = perf_counter()
        self._busy = False
        if self._parser.get_status_code() == 200 and self._first_text is not None:
            self._sample.seconds.append(now - self._started)
            self._sample.first_text.append(self._first_text)
        else:
            self._sample.errors += 1
        if now < self._deadline and self._parser.should_keep_alive():
            self._ask()
        else:
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._busy:
            self._sample.errors += 1
        if not self.closed.done():
            self.closed.set_result(None)


def _head(target: Target, prompt: Prompt) -> bytes:
    """The request head, but for the length."""
    lines = [
        f"POST {prompt.path} HTTP/1.1",
        f"host: {target.host}:{target.port}",
        "content-type: application/json",
        "authorization: Bearer sk-bench",
        *(["anthropic-version: 2023-06-01"] if prompt.dialect == "anthropic" else []),
        *target.headers,
    ]
    return ("\r\n".join(lines) + "\r\n").encode()


async def _keep_calling(target: Target, prompt: Prompt, sample: Sample, deadline: float) -> None:
    """One caller, reconnecting when the server hangs up."""
    bodies = prompt.bodies()
    head = _head(target, prompt)
    loop = asyncio.get_running_loop()
    while perf_counter() < deadline:
        try:
            _, caller = await loop.create_connection(
                lambda: Caller(head, bodies, sample, deadline), target.host, target.port
            )
        except OSError:
            sample.errors += 1
            await asyncio.sleep(0.05)
        else:
            await caller.closed


async def call_for(seconds: float, target: Target, prompt: Prompt, concurrency: int) -> Sample:
    """Keep ``concurrency`` callers busy for a while and say what they saw."""
    sample = Sample()
    deadline = perf_counter() + seconds
    async with asyncio.timeout(seconds + _GRACE_S), asyncio.TaskGroup() as callers:
        for _ in range(concurrency):
            callers.create_task(_keep_calling(target, prompt, sample, deadline))
            await asyncio.sleep(_SPREAD * seconds / concurrency)
    return sample


async def first_answer(target: Target, prompt: Prompt) -> float:
    """Seconds until the target answers one call well; for ever when it never does."""
    started = perf_counter()
    while True:
        sample = await call_for(0.05, target, prompt, concurrency=1)
        if sample.seconds:
            return perf_counter() - started
