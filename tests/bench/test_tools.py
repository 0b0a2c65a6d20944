"""The benchmark's own parts, quickly: they must tell good answers from bad ones."""

import asyncio
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import islice

import pytest

from tests.bench.load import Target, call_for
from tests.bench.measure import times
from tests.bench.mock import MockProtocol, Replies
from tests.bench.prompts import Dialect, Prompt


@asynccontextmanager
async def _served(protocol: type[asyncio.Protocol], *arguments: object) -> AsyncIterator[Target]:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: protocol(*arguments), "127.0.0.1", 0)
    async with server:
        yield Target("127.0.0.1", server.sockets[0].getsockname()[1])


@pytest.mark.parametrize("dialect", ["openai", "anthropic"])
@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("pace_ms", [0, 1])
async def test_every_kind_of_call_is_answered(dialect: Dialect, stream: bool, pace_ms: int) -> None:
    prompt = Prompt(200, dialect=dialect, stream=stream, pace_ms=pace_ms)
    async with _served(MockProtocol, Replies()) as target:
        sample = await call_for(0.1, target, prompt, concurrency=2)
    assert sample.errors == 0
    assert len(sample.seconds) == len(sample.first_text) > 1
    assert all(first <= whole for first, whole in zip(sample.first_text, sample.seconds, strict=True))


async def test_the_first_text_of_a_paced_stream_comes_before_its_end() -> None:
    async with _served(MockProtocol, Replies()) as target:
        sample = await call_for(0.05, target, Prompt(200, stream=True, pace_ms=2), concurrency=1)
    assert sample.first_text[0] < sample.seconds[0] / 2


class _Refusing(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        body = b'{"choices":[{"message":{"content":"no"}}]}'
        self._transport.write(b"HTTP/1.1 403 Forbidden\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body))


async def test_a_refusal_is_an_error() -> None:
    async with _served(_Refusing) as target:
        sample = await call_for(0.02, target, Prompt(200), concurrency=1)
    assert sample.errors > 0
    assert not sample.seconds


def test_bodies_are_of_one_length_and_never_the_same() -> None:
    bodies = list(islice(Prompt(16_384).bodies(), 200))
    assert len(set(bodies)) == 200
    assert len({len(body) for body in bodies}) == 1


def test_a_suffix_ends_the_prompt_and_counts_in_its_size() -> None:
    plain, suffixed = (
        next(prompt.bodies()) for prompt in (Prompt(200), Prompt(200, suffix=" me@example.com"))
    )
    assert len(plain) == len(suffixed)
    assert b' me@example.com"' in suffixed


def test_times_of_nothing_are_not_a_number() -> None:
    assert math.isnan(times([]).p50)
    assert times([0.002]).p95 == pytest.approx(2.0)
    assert times([0.001, 0.002, 0.003]).p50 == pytest.approx(2.0)
