"""CPU time a request of the two upstream clients, in turn, against the benchmark's mock provider.

``python -m tests.providers.measure``; the mock runs in a process of its own and is not counted.
"""

import asyncio
import contextlib
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator

import uvloop

from gateway.core.errors import UpstreamError
from gateway.providers.client import UpstreamClient, UpstreamRequest
from gateway.providers.http1 import Http1Client
from gateway.providers.passthrough import PassthroughClient
from gateway.providers.upstream import Upstream
from tests.bench.process import free_port

ROUNDS = 9
REQUESTS = 2000
CALLERS = 8

HEADERS = [
    (b"accept", b"application/json"),
    (b"content-type", b"application/json"),
    (b"user-agent", b"OpenAI/Python 2.0"),
    (b"authorization", b"Bearer sk-none"),
    *((b"x-stainless-%d" % number, b"value") for number in range(8)),
]
BODIES = {
    "whole": b'{"model":"mock","messages":[{"role":"user","content":"%b"}]}' % (b"word " * 200),
    "stream": b'{"model":"mock","stream": true,"messages":[{"role":"user","content":"hello"}]}',
}


@contextlib.contextmanager
def mock() -> Iterator[Upstream]:
    """The mock provider."""
    port = free_port()
    process = subprocess.Popen([sys.executable, "-m", "tests.bench.mock", "--port", str(port)])
    try:
        yield Upstream("mock", "openai", f"http://127.0.0.1:{port}/v1")
    finally:
        process.terminate()
        process.wait()


async def ready(client: UpstreamClient, upstream: Upstream) -> None:
    """Wait until the mock answers."""
    for _ in range(200):
        with contextlib.suppress(UpstreamError):
            await ask(client, upstream, BODIES["whole"], 1)
            return
        await asyncio.sleep(0.05)
    sys.exit("the mock does not answer")


async def ask(client: UpstreamClient, upstream: Upstream, body: bytes, times: int) -> None:
    """Requests one after the other; the answers are read as the gateway reads them."""
    for _ in range(times):
        request = UpstreamRequest(
            "POST", "/chat/completions", HEADERS, body, False, "openai", "chat.completions"
        )
        await (await client.send(upstream, request)).read()


async def cost(client: UpstreamClient, upstream: Upstream, body: bytes) -> float:
    """CPU microseconds a request, with several callers at once."""
    before = time.process_time()
    async with asyncio.TaskGroup() as group:
        for _ in range(CALLERS):
            group.create_task(ask(client, upstream, body, REQUESTS // CALLERS))
    return (time.process_time() - before) / REQUESTS * 1e6


async def main() -> None:
    """Print medians; the clients take turns, so that a noisy moment meets both."""
    with mock() as upstream:
        async with Http1Client() as own, PassthroughClient() as aiohttp:
            await ready(own, upstream)
            for name, body in BODIES.items():
                rounds = [
                    (await cost(own, upstream, body), await cost(aiohttp, upstream, body))
                    for _ in range(ROUNDS + 1)
                ][1:]
                ours, theirs = (statistics.median(column) for column in zip(*rounds, strict=True))
                sys.stdout.write(
                    f"{name}: own {ours:.0f} us, aiohttp {theirs:.0f} us, {theirs / ours:.1f} times\n"
                )


if __name__ == "__main__":
    uvloop.run(main())
