"""The own client against a server that writes any bytes; what both clients share is tested elsewhere."""

import asyncio
import gzip
import socket
from collections.abc import Callable

import pytest

from gateway.core.errors import CallerError, UpstreamError
from gateway.providers.client import ConnectTimeout, UpstreamRequest
from gateway.providers.http1 import Http1Client
from gateway.providers.http1.answer import HIGH_WATER
from gateway.providers.http1.parsing import MAX_HEAD_BYTES
from gateway.providers.http1.pool import Pool
from gateway.providers.upstream import Upstream
from tests.providers.http1.raw_server import Peer, RawServer, Script

Ask = Callable[..., UpstreamRequest]
At = Callable[..., Upstream]

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


def answers(*parts: bytes, close: bool = False) -> Script:
    """Every request gets the parts; then the connection stays open, or is closed."""

    async def script(peer: Peer) -> None:
        while True:
            await peer.request()
            await peer.send(*parts)
            if close:
                return

    return script


async def got(client: Http1Client, upstream: Upstream, request: UpstreamRequest) -> bytes:
    return await (await client.send(upstream, request)).read()


def only_pool(client: Http1Client) -> Pool:
    (pool,) = client._pools.values()
    return pool


# --- where an answer ends -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parts", "close", "body"),
    [
        ([OK], False, b"ok"),
        ([b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n", OK], False, b"ok"),
        ([b"HTTP/1.1 100 Continue\r\n\r\n" + OK], False, b"ok"),
        ([b"HTTP/1.1 204 No Content\r\n\r\n"], False, b""),
        ([b"HTTP/1.1 304 Not Modified\r\ncontent-length: 9\r\n\r\n"], False, b""),
        ([b"HTTP/1.1 200 OK\r\n\r\n", b"to the ", b"end"], True, b"to the end"),
        ([b"HTTP/1.0 200 OK\r\n\r\nold"], True, b"old"),
        (
            [b"HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n", b"2;x=y\r\nok\r\n0\r\nx: trailer\r\n\r\n"],
            False,
            b"ok",
        ),
    ],
)
async def test_every_framing_has_its_end(
    client: Http1Client, ask: Ask, at: At, parts: list[bytes], close: bool, body: bytes
) -> None:
    async with RawServer(answers(*parts, close=close)) as server:
        for _ in range(2):
            response = await client.send(at(server.url), ask())
            assert response.status in (200, 204, 304)
            assert dict(response.headers).keys() <= {b"content-length"}
            assert await response.read() == body
        assert len(server.peers) == (2 if close else 1)


HEAD = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    "raw",
    [
        b"garbage\r\n\r\n",
        b"HTTP/2.0 200 OK\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 099 Low\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n",
        HEAD + b"content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        HEAD + b"transfer-encoding: chunked\r\ncontent-length: 2\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        HEAD + b"content-length: 2\r\ncontent-length: 3\r\n\r\nok",
        HEAD + b"content-length: 2, 2\r\n\r\nok",
        HEAD + b"content-length: -2\r\n\r\nok",
        HEAD + b"content-length: +2\r\n\r\nok",
        HEAD + b"transfer-encoding: gzip, chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        HEAD + b"transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        HEAD + b"transfer-encoding : chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        HEAD + b"x: " + b"a" * MAX_HEAD_BYTES + b"\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n" * 3000 + OK,
        HEAD + b"content-length: 2\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n",
        b"H",
    ],
)
async def test_what_is_no_answer_is_a_protocol_error(client: Http1Client, ask: Ask, at: At, raw: bytes) -> None:
    async with RawServer(answers(raw, close=True)) as server:
        with pytest.raises(UpstreamError) as caught:
            await client.send(at(server.url), ask())
        assert caught.value.code == "protocol"
        assert caught.value.upstream == "scripted"


@pytest.mark.parametrize(
    "body",
    [
        b"content-length: 9\r\n\r\nshort",
        b"transfer-encoding: chunked\r\n\r\n5\r\nshort\r\n",
        b"transfer-encoding: chunked\r\n\r\n5\r\nshort\r\n0\r\n",
        b"transfer-encoding: chunked\r\n\r\n5\r\nshort\r\nnot hex\r\n",
        b"transfer-encoding: chunked\r\n\r\n5\r\nshort!\r\n0\r\n\r\n",
        b"transfer-encoding: chunked\r\n\r\n5\r\nshort\r\n" + b"0" * 90_000,
    ],
)
async def test_a_body_without_its_end_is_delivered_and_then_an_error(
    client: Http1Client, ask: Ask, at: At, body: bytes
) -> None:
    async with RawServer(answers(HEAD + body, close=True)) as server:
        response = await client.send(at(server.url), ask())
        seen: list[bytes] = []
        with pytest.raises(UpstreamError) as caught:
            seen.extend([chunk async for chunk in response.chunks()])
        assert caught.value.code == "protocol"
        with pytest.raises(UpstreamError):
            await response.read()


async def test_a_read_is_a_chunk_however_many_http_chunks_were_in_it(
    client: Http1Client, ask: Ask, at: At
) -> None:
    chunks = b"".join(b"1\r\n%c\r\n" % letter for letter in b"abcdef")
    async with RawServer(answers(HEAD + b"transfer-encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n")) as server:
        response = await client.send(at(server.url), ask())
        assert [chunk async for chunk in response.chunks()] == [b"abcdef"]


async def test_empty_and_padded_fields_are_kept_apart(client: Http1Client, ask: Ask, at: At) -> None:
    fields = b"x-empty:\r\nX-Padded: \t a b \t\r\nkeep-alive: timeout=5\r\n"
    async with RawServer(answers(HEAD + fields + b"content-length: 0\r\n\r\n")) as server:
        response = await client.send(at(server.url), ask())
        assert list(response.headers) == [(b"x-empty", b""), (b"x-padded", b"a b"), (b"content-length", b"0")]
        await response.aclose()


async def test_a_bomb_in_a_small_answer_is_bounded(ask: Ask, at: At) -> None:
    packed = gzip.compress(b"0" * 1_000_000)
    head = HEAD + b"content-encoding: gzip\r\ncontent-length: %d\r\n\r\n" % len(packed)
    async with RawServer(answers(head + packed)) as server, Http1Client(max_response_bytes=999_999) as client:
        with pytest.raises(UpstreamError, match="too large"):
            await got(client, at(server.url), ask())


# --- which connection ---------------------------------------------------------------------------------------


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
    [("new", "unreachable", 1), ("byte", "protocol", 1), ("reset", "unreachable", 1), ("always", "unreachable", 2)],
)
async def test_nothing_else_is_sent_again(
    client: Http1Client, ask: Ask, at: At, how: str, code: str, connections: int
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

    async with RawServer(script) as server, client:
        waiting = [asyncio.ensure_future(got(client, at(server.url), ask())) for _ in range(40)]
        await asyncio.sleep(0)
        for task in waiting[::3]:
            task.cancel()
        results = await asyncio.gather(*waiting, return_exceptions=True)
        assert set(results[1::3]) == set(results[2::3]) == {b"ok"}
        assert most == 3


# --- silence, slowness, leaving -----------------------------------------------------------------------------


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
        response = await client.send(at(server.url, read_timeout_s=0.2), ask(stream=True))
        before = -1
        while before != sent:
            before = sent
            await asyncio.sleep(0.3)
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
        response = await client.send(at(server.url, total_timeout_s=0.1), ask())
        await asyncio.sleep(0.2)
        with pytest.raises(UpstreamError) as caught:
            await response.read()
        assert caught.value.code == "timeout"


async def test_a_large_request_waits_for_a_slow_upstream(client: Http1Client, ask: Ask, at: At) -> None:
    body = bytes(range(256)) * 65536
    seen: list[bytes] = []

    async def script(peer: Peer) -> None:
        for _ in range(4):  # progress, slower than the read timeout allows for all of it
            await asyncio.sleep(0.1)
            seen.append(await peer.reader.read(65536))
        rest = len(body) - sum(map(len, seen)) + seen[0].index(b"\r\n\r\n") + 4
        seen.append(await peer.reader.readexactly(rest))
        await peer.send(OK)

    async with RawServer(script) as server:
        sending = asyncio.ensure_future(client.send(at(server.url, read_timeout_s=5), ask(body)))
        await asyncio.sleep(0.05)
        (connection,) = only_pool(client)._lent
        assert len(connection._unsent) > 0
        assert await (await sending).read() == b"ok"
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
    gone = asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.request()
        await peer.send(HEAD + b"content-length: 9\r\n\r\nx" if when == "reading" else b"")
        await peer.gone()
        gone.set()

    async with RawServer(script) as server, Http1Client(limit=1) as client:
        for _ in range(2):  # the second one finds no slot that is still taken
            gone.clear()
            task = asyncio.ensure_future(got(client, at(server.url), ask()))
            await asyncio.sleep(0 if when == "connecting" else 0.05)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            if when != "connecting":
                await gone.wait()
        pool = only_pool(client)
        assert not pool._lent
        assert not pool._idle


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
        with socket.create_connection(full.getsockname()):  # the backlog is full now
            with pytest.raises(ConnectTimeout):
                await client.send(
                    at(f"http://127.0.0.1:{full.getsockname()[1]}", connect_timeout_s=0.05), ask()
                )


# --- addresses and requests ---------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
async def test_addresses(client: Http1Client, ask: Ask, at: At, host: str) -> None:
    heads: list[bytes] = []

    async def script(peer: Peer) -> None:
        heads.append(await peer.request())
        await peer.send(OK)

    if host == "::1" and not _has_ipv6():
        pytest.skip("this machine has no IPv6 loopback")
    async with RawServer(script, host=host) as server:
        assert await got(client, at(server.url), ask()) == b"ok"
    named = f"[{host}]" if ":" in host else host
    assert f"\r\nhost: {named}:{server.port}\r\n".encode() in heads[0]


def _has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


@pytest.mark.parametrize("url", ["http://127.0.0.1:99999", "http://:80", "http://a\x00b", "http://" + "a" * 70])
async def test_an_address_that_is_none_is_unreachable(client: Http1Client, ask: Ask, at: At, url: str) -> None:
    with pytest.raises(UpstreamError) as caught:
        await client.send(at(url), ask())
    assert caught.value.code == "unreachable"


async def test_the_socket_does_not_wait_for_more(client: Http1Client, ask: Ask, at: At) -> None:
    async with RawServer(answers(OK)) as server:
        await got(client, at(server.url), ask())
        (connection,) = only_pool(client)._idle
        assert connection._transport is not None
        tcp = connection._transport.get_extra_info("socket")
        assert tcp.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


@pytest.mark.parametrize("method", ["HEAD", "CONNECT", "get", "GET / HTTP/1.1\r\nx: ", ""])
async def test_methods_that_change_the_framing_are_refused(
    client: Http1Client, ask: Ask, at: At, method: str
) -> None:
    with pytest.raises(CallerError):
        await client.send(at("http://127.0.0.1:9"), ask(method=method))
