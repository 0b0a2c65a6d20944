"""Silence, slowness, and leaving early."""

import asyncio
import socket

import pytest

from gateway.core.errors import UpstreamError
from gateway.providers.client import ConnectTimeout, UpstreamRequest
from gateway.providers.http1 import Http1Client
from gateway.providers.http1.answer import HIGH_WATER
from gateway.providers.upstream import Upstream
from tests.providers.http1.asking import Ask, At, got, only_pool
from tests.providers.http1.raw_server import HEAD, OK, Peer, RawServer, answers


async def test_a_slow_reader_stops_the_upstream(client: Http1Client, ask: Ask, at: At) -> None:
    sent = 0
    size = 64 * 1024 * 1024

    async def script(peer: Peer) -> None:
        nonlocal sent
        await peer.request()
        await peer.send(HEAD + b"content-length: %d\r\n\r\n" % size)
        while sent < size:
            await peer.send(b"x" * 65536)
            sent += 65536

    async with RawServer(script) as server:
        # Silence that the reader causes is not the upstream's.
        response = await client.send(at(server.url, read_timeout_s=0.5), ask(stream=True))
        before = -1
        while before != sent:
            before = sent
            await asyncio.sleep(0.6)
        assert sent < size
        assert response._answer.size < 4 * HIGH_WATER
        received = 0
        async for chunk in response.chunks():
            received += len(chunk)
        assert received == size


async def test_a_reader_that_never_reads_meets_the_total_timeout(
    client: Http1Client, ask: Ask, at: At
) -> None:
    endless = HEAD + b"\r\n" + b"x" * (4 * HIGH_WATER)

    async def script(peer: Peer) -> None:
        await peer.request()
        await peer.send(endless)
        await peer.gone()

    async with RawServer(script) as server:
        with pytest.raises(UpstreamError) as caught:
            await read_late(client, at(server.url, total_timeout_s=0.2), ask())
        assert caught.value.code == "timeout"


async def read_late(client: Http1Client, upstream: Upstream, request: UpstreamRequest) -> bytes:
    response = await client.send(upstream, request)
    await asyncio.sleep(0.3)
    return await response.read()


async def test_a_large_request_waits_for_a_slow_upstream(client: Http1Client, ask: Ask, at: At) -> None:
    body = bytes(range(256)) * 65536
    seen: list[bytes] = []
    reading, go_on = asyncio.Event(), asyncio.Event()

    async def script(peer: Peer) -> None:
        seen.append(await peer.reader.read(65536))
        reading.set()
        await go_on.wait()
        rest = len(body) - sum(map(len, seen)) + seen[0].index(b"\r\n\r\n") + 4
        seen.append(await peer.reader.readexactly(rest))
        await peer.send(OK)

    async with RawServer(script) as server, asyncio.TaskGroup() as group:
        sending = group.create_task(got(client, at(server.url), ask(body)))
        await reading.wait()
        (connection,) = only_pool(client)._lent
        assert len(connection._unsent) > 0
        go_on.set()
        assert await sending == b"ok"
    assert b"".join(seen).partition(b"\r\n\r\n")[2] == body


@pytest.mark.parametrize("close", [True, False])
async def test_an_answer_before_the_whole_request_is_delivered(
    client: Http1Client, ask: Ask, at: At, close: bool
) -> None:
    async def script(peer: Peer) -> None:
        await peer.reader.readuntil(b"\r\n\r\n")
        await peer.send(b"HTTP/1.1 413 Content Too Large\r\ncontent-length: 3\r\n\r\n", b"big")
        if not close:
            await peer.gone()

    async with RawServer(script) as server:
        response = await client.send(at(server.url), ask(b"x" * 50_000_000))
        assert response.status == 413
        assert await response.read() == b"big"
        assert not only_pool(client)._idle


async def test_an_upstream_that_answers_while_it_reads_gets_the_whole_request(
    client: Http1Client, ask: Ask, at: At
) -> None:
    body = b"x" * 20_000_000
    arrived = 0

    async def script(peer: Peer) -> None:
        nonlocal arrived
        await peer.reader.readuntil(b"\r\n\r\n")
        await peer.send(HEAD + b"content-length: 2\r\n\r\no")
        arrived = len(await peer.reader.readexactly(len(body)))
        await peer.send(b"k")
        await peer.gone()

    async with RawServer(script) as server:
        assert await got(client, at(server.url), ask(body)) == b"ok"
        assert arrived == len(body)


@pytest.mark.parametrize("when", ["connecting", "waiting", "reading"])
async def test_cancelling_leaves_nothing_behind(ask: Ask, at: At, when: str) -> None:
    waiting, reading, gone = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.request()
        waiting.set()
        await peer.send(HEAD + b"content-length: 9\r\n\r\nx" if when == "reading" else b"")
        await peer.gone()
        gone.set()

    async def exchange() -> None:
        response = await client.send(at(server.url), ask())
        reading.set()
        await response.read()

    async with (
        RawServer(script) as server,
        Http1Client(limit=1) as client,
        asyncio.TaskGroup() as group,
    ):
        for _ in range(2):  # the second one finds no slot that is still taken
            for event in (waiting, reading, gone):
                event.clear()
            task = group.create_task(exchange())
            await {"waiting": waiting.wait, "reading": reading.wait}.get(when, one_turn)()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            if when != "connecting":
                await gone.wait()
        pool = only_pool(client)
        assert not pool._lent
        assert not pool._idle


async def one_turn() -> None:
    await asyncio.sleep(0)


async def test_closing_the_client_ends_what_is_open(ask: Ask, at: At) -> None:
    async with RawServer(answers(HEAD + b"content-length: 9\r\n\r\nx")) as server:
        client = Http1Client()
        response = await client.send(at(server.url), ask())
        await client.aclose()
        with pytest.raises(UpstreamError) as caught:
            await response.read()
        assert caught.value.code == "protocol"
        with pytest.raises(UpstreamError, match="closed"):
            await client.send(at(server.url), ask())


async def test_nobody_listens_in_time(client: Http1Client, ask: Ask, at: At) -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        url = f"http://127.0.0.1:{full.getsockname()[1]}"
        with socket.create_connection(full.getsockname()), pytest.raises(ConnectTimeout):
            await client.send(at(url, connect_timeout_s=0.05), ask())  # the backlog is full
