"""Which connection a request goes out on, and when it goes out a second time."""

import asyncio
from collections.abc import Callable

import pytest

from gateway.core.errors import UpstreamError
from gateway.providers.http1 import Http1Client
from tests.providers.http1.asking import Ask, At, got, only_pool
from tests.providers.http1.raw_server import HEAD, OK, Peer, RawServer


async def test_connections_are_used_again_last_first(client: Http1Client, ask: Ask, at: At) -> None:
    both = asyncio.Barrier(2)
    served: list[int] = []

    async def script(peer: Peer) -> None:
        while await peer.request():
            served.append(peer.number)
            if len(served) <= 2:
                await both.wait()
            await peer.send(OK)

    async with RawServer(script) as server:
        responses = [client.send(at(server.url), ask()) for _ in range(2)]
        for response in await asyncio.gather(*responses):
            await response.read()
        last = None
        for _ in range(3):
            await got(client, at(server.url), ask())
            last = last if last is not None else served[-1]
        assert served[2:] == [last] * 3
        assert len(server.peers) == 2


async def test_two_upstreams_of_one_origin_share_connections_and_nothing_else(
    client: Http1Client, ask: Ask, at: At
) -> None:
    seen: list[bytes] = []

    async def script(peer: Peer) -> None:
        while request := await peer.request():
            seen.append(request)
            await peer.send(OK)

    async with RawServer(script) as server:
        await got(client, at(server.url, name="a", key="sk-a"), ask())
        await got(client, at(server.url, name="b", key="sk-b"), ask())
        assert len(server.peers) == 1
    assert b"Bearer sk-a" in seen[0]
    assert b"sk-a" not in seen[1]


@pytest.mark.parametrize(
    "tail",
    [
        b"connection: close\r\ncontent-length: 2\r\n\r\nok",
        b"content-length: 2\r\n\r\nok" + OK,
        b"content-length: 2\r\n\r\nok and more",
        b"connection: close\r\ncontent-length: 2\r\n\r\nok and more",
    ],
)
async def test_a_connection_that_says_more_than_its_answer_is_closed(
    client: Http1Client, ask: Ask, at: At, tail: bytes
) -> None:
    async def script(peer: Peer) -> None:
        await peer.request()
        await peer.send(HEAD + tail)
        await peer.gone()

    async with RawServer(script) as server:
        for _ in range(2):
            assert await got(client, at(server.url), ask()) == b"ok"
        assert len(server.peers) == 2


@pytest.mark.parametrize("unasked", [b"", b"HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\n\r\n"])
async def test_a_connection_that_ended_while_idle_is_not_used(
    client: Http1Client, ask: Ask, at: At, unasked: bytes
) -> None:
    async def script(peer: Peer) -> None:
        await peer.request()
        await peer.send(OK)
        await asyncio.sleep(0.01)
        await peer.send(unasked)

    async with RawServer(script) as server:
        assert await got(client, at(server.url), ask()) == b"ok"
        while only_pool(client)._idle:  # noqa: ASYNC110 - the server closes it
            await asyncio.sleep(0.001)
        assert await got(client, at(server.url), ask()) == b"ok"
        assert len(server.peers) == 2


async def test_an_idle_connection_is_closed_in_time(ask: Ask, at: At) -> None:
    left = asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.request()
        await peer.send(OK)
        await peer.gone()
        left.set()

    async with RawServer(script) as server, Http1Client(idle_timeout_s=0.02) as client:
        await got(client, at(server.url), ask())
        await left.wait()


async def test_an_old_connection_that_closed_without_a_byte_is_replaced_once(
    client: Http1Client, ask: Ask, at: At
) -> None:
    bodies: list[bytes] = []

    async def script(peer: Peer) -> None:
        await peer.request()
        await peer.send(OK)
        bodies.append(await peer.request())
        if peer.number == 1:
            await peer.send(OK)

    async with RawServer(script) as server:
        await got(client, at(server.url), ask(b"1"))
        assert await got(client, at(server.url), ask(b"2")) == b"ok"
        assert len(server.peers) == 2
        assert len(bodies) == 1


@pytest.mark.parametrize(
    ("how", "code", "connections"),
    [
        ("new", "unreachable", 1),
        ("byte", "protocol", 1),
        ("reset", "unreachable", 1),
        ("always", "unreachable", 2),
    ],
)
async def test_nothing_else_is_sent_again(
    *, client: Http1Client, ask: Ask, at: At, how: str, code: str, connections: int
) -> None:
    async def script(peer: Peer) -> None:
        if how != "new" and peer.number == 0:
            await peer.request()
            await peer.send(OK)
        await peer.request()
        if how == "byte":
            await peer.send(b"H")
        elif how == "reset":
            peer.reset()

    async with RawServer(script) as server:
        if how != "new":
            await got(client, at(server.url), ask())
        with pytest.raises(UpstreamError) as caught:
            await client.send(at(server.url), ask())
        assert caught.value.code == code
        assert len(server.peers) == connections


async def test_the_limit_holds_and_nobody_waits_for_ever(ask: Ask, at: At) -> None:
    client = Http1Client(limit=3)
    most = 0

    async def script(peer: Peer) -> None:
        nonlocal most
        for answer in (OK, HEAD + b"connection: close\r\ncontent-length: 2\r\n\r\nok"):
            await peer.request()
            most = max(most, len(only_pool(client)._open))
            await peer.send(answer)

    async with RawServer(script) as server, client, asyncio.TaskGroup() as group:
        waiting = [group.create_task(got(client, at(server.url), ask())) for _ in range(40)]
        await asyncio.sleep(0)
        for task in waiting[::3]:
            task.cancel()
        results = await asyncio.gather(*waiting, return_exceptions=True)
        assert set(results[1::3]) == set(results[2::3]) == {b"ok"}
        assert most == 3


async def test_a_connection_made_in_vain_keeps_nobody_from_closing(
    client: Http1Client, ask: Ask, at: At, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A loop may close a connection whose maker was cancelled, and never tell it."""
    loop = asyncio.get_running_loop()
    connect = loop.create_connection

    async def in_vain(factory: Callable[[], asyncio.Protocol], host: str, port: int, **other: object) -> None:
        transport, _unheard = await connect(asyncio.Protocol, host, port)
        transport.abort()
        made = factory()
        made.connection_made(transport)
        raise asyncio.CancelledError

    async with RawServer(lambda peer: peer.request()) as server:
        with monkeypatch.context() as patched:
            patched.setattr(loop, "create_connection", in_vain)
            with pytest.raises(asyncio.CancelledError):
                await client.send(at(server.url), ask())
        async with asyncio.timeout(10):
            await client.aclose()
