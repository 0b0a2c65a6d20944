"""Addresses and requests; what the own client shares with the other one is tested there."""

import socket

import pytest

from gateway.core.errors import CallerError, UpstreamError
from gateway.providers.http1 import Http1Client
from tests.providers.http1.asking import Ask, At, got, only_pool
from tests.providers.http1.raw_server import OK, Peer, RawServer, answers


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


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:99999", "http://:80", "http://a\x00b", "http://" + "a" * 70]
)
async def test_an_address_that_is_none_is_unreachable(
    client: Http1Client, ask: Ask, at: At, url: str
) -> None:
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
