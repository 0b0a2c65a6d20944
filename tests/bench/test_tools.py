"""The benchmark's own parts, quickly: they must tell good answers from bad ones."""

import asyncio
import json
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import islice

import pytest

from tests.bench.load import Target, call_for
from tests.bench.measure import times
from tests.bench.mock import MockProtocol, Replies
from tests.bench.prompts import Dialect, Prompt


class Refusing(asyncio.Protocol):
    """Says no to everything."""

    transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        body = b'{"choices":[{"message":{"content":"no"}}]}'
        self.transport.write(b"HTTP/1.1 403 Forbidden\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body))


@asynccontextmanager
async def _served(protocol: type[MockProtocol | Refusing], *arguments: object) -> AsyncIterator[Target]:
    made: list[MockProtocol | Refusing] = []

    def make() -> MockProtocol | Refusing:
        made.append(protocol(*arguments))  # type: ignore[arg-type]
        return made[-1]

    server = await asyncio.get_running_loop().create_server(make, "127.0.0.1", 0)
    async with server:
        yield Target("127.0.0.1", server.sockets[0].getsockname()[1])
    for served in made:  # the server does not close what it accepted
        served.transport.abort()
    await asyncio.sleep(0)


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


@pytest.mark.parametrize("dialect", ["openai", "anthropic"])
@pytest.mark.parametrize("long", [False, True])
async def test_the_gaps_of_a_stream_are_one_less_than_its_chunks(dialect: Dialect, long: bool) -> None:
    prompt = Prompt(200, dialect=dialect, stream=True, long=long)
    async with _served(MockProtocol, Replies()) as target:
        sample = await call_for(0.02, target, prompt, concurrency=1)
    assert len(sample.gaps) == len(sample.seconds) * (prompt.chunks - 1)


async def test_a_refusal_is_an_error() -> None:
    async with _served(Refusing) as target:
        sample = await call_for(0.02, target, Prompt(200), concurrency=1)
    assert sample.errors > 0
    assert not sample.seconds


@pytest.mark.parametrize("size", [200, 16_384])
def test_bodies_are_never_the_same_nor_of_one_length(size: int) -> None:
    texts = [json.loads(body)["messages"][0]["content"] for body in islice(Prompt(size).bodies(), 200)]
    assert len(set(texts)) == 200
    assert len({len(text) for text in texts}) >= 50
    assert all(size * 7 / 8 <= len(text) < size * 9 / 8 for text in texts)


def test_a_suffix_ends_the_prompt_and_counts_in_its_size() -> None:
    for body in islice(Prompt(200, suffix=" me@example.com").bodies(), 60):
        content = json.loads(body)["messages"][0]["content"]
        assert content.endswith(" me@example.com")
        assert 175 <= len(content) < 225


def test_times_of_nothing_are_not_a_number() -> None:
    assert math.isnan(times([]).p50)
    assert times([0.002]).p95 == pytest.approx(2.0)
    assert times([0.001, 0.002, 0.003]).p50 == pytest.approx(2.0)
