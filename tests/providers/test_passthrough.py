import asyncio
import gzip
import random
import socket
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.core.errors import CallerError, UpstreamError
from gateway.providers.client import ConnectTimeout, UpstreamRequest
from gateway.providers.passthrough import PassthroughClient
from gateway.providers.upstream import Upstream
from gateway.testing.upstream import Fail, Reply, ScriptedUpstream, Stream

Ask = Callable[..., UpstreamRequest]
At = Callable[..., Upstream]


async def collect(chunks: AsyncIterator[bytes]) -> list[bytes]:
    return [chunk async for chunk in chunks]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary(max_size=3000))
def test_bodies_cross_byte_for_byte(body: bytes, ask: Ask, at: At) -> None:
    async def exchange() -> None:
        async with ScriptedUpstream(lambda seen: Reply(seen.body)) as upstream, PassthroughClient() as client:
            response = await client.send(at(upstream.url), ask(body))
            assert await response.read() == body
            assert upstream.requests[0].body == body

    asyncio.run(exchange())


@pytest.mark.parametrize("size", [0, 1, 1024 * 1024, 1024 * 1024 + 1, 5_000_000])
async def test_bodies_of_any_size_cross(client: PassthroughClient, ask: Ask, at: At, size: int) -> None:
    body = random.Random(size).randbytes(size)
    async with ScriptedUpstream(lambda seen: Reply(seen.body)) as upstream:
        response = await client.send(at(upstream.url), ask(body))
        assert await response.read() == body
        assert upstream.requests[0].header("content-length") == str(size)
        assert upstream.requests[0].header("transfer-encoding") is None


async def test_only_what_was_given_is_sent(client: PassthroughClient, ask: Ask, at: At) -> None:
    headers = [
        (b"x-a", b"1"),
        (b"x-a", b"2"),
        (b"x-name", "café".encode()),
        (b"authorization", b"Bearer mine"),
    ]
    async with ScriptedUpstream([Reply()]) as upstream:
        path = "/chat/completions?q=%2F%zz&q=a+b"
        await (await client.send(at(upstream.url), ask(b"{}", headers=headers, path=path))).read()
        seen = upstream.requests[0]
    assert seen.path == "/v1" + path
    added = {b"host", b"content-length", b"accept-encoding"}
    assert [field for field in seen.headers if field[0].lower() not in added] == headers
    assert seen.header("accept-encoding") == "identity"


@pytest.mark.parametrize("value", [b"\xff", b"1\r\nx-evil: 1", b"1\n", b"\x00"])
async def test_header_values_that_no_header_may_carry_are_refused(ask: Ask, at: At, value: bytes) -> None:
    async with ScriptedUpstream() as upstream, PassthroughClient() as client:
        with pytest.raises(CallerError) as caught:
            await client.send(at(upstream.url), ask(headers=[(b"x-a", value)]))
        assert caught.value.code == "invalid_header"
        assert not upstream.requests


@pytest.mark.parametrize(
    "path", ["", "x", "@evil.test/", "/a b", "/a#b", "/é", "/a\r\nx: 1", "/a HTTP/1.1\r\n\r\n"]
)
async def test_a_path_cannot_change_host_or_request(client: PassthroughClient, ask: Ask, path: str) -> None:
    with pytest.raises(CallerError) as caught:
        await client.send(Upstream("a", "openai", "http://127.0.0.1"), ask(path=path))
    assert caught.value.code == "invalid_path"


@pytest.mark.parametrize(
    ("dialect", "key", "expected"),
    [
        ("openai", None, {"authorization": "Bearer mine", "api-key": "mine", "anthropic-version": None}),
        ("openai", "sk-ours", {"authorization": "Bearer sk-ours", "x-api-key": None, "api-key": None}),
        ("anthropic", None, {"x-api-key": "mine", "api-key": "mine", "anthropic-version": "2023-06-01"}),
        ("anthropic", "sk-ours", {"x-api-key": "sk-ours", "authorization": None, "api-key": None}),
    ],
)
async def test_credentials(
    ask: Ask, at: At, dialect: str, key: str | None, expected: dict[str, str | None]
) -> None:
    headers = [(b"authorization", b"Bearer mine"), (b"x-api-key", b"mine"), (b"api-key", b"mine")]
    async with ScriptedUpstream([Reply()]) as upstream, PassthroughClient() as client:
        await (await client.send(at(upstream.url, dialect=dialect, key=key), ask(headers=headers))).read()
        assert {name: upstream.requests[0].header(name) for name in expected} == expected


async def test_the_callers_anthropic_version_and_the_upstreams_headers_win(
    client: PassthroughClient, ask: Ask, at: At
) -> None:
    async with ScriptedUpstream([Reply()]) as upstream:
        headers = [(b"anthropic-version", b"2025-01-01"), (b"x-team", b"theirs")]
        target = at(upstream.url, dialect="anthropic", headers={"X-Team": "ours"})
        await (await client.send(target, ask(headers=headers))).read()
        assert upstream.requests[0].header("anthropic-version") == "2025-01-01"
        assert upstream.requests[0].header("x-team") == "ours"


async def test_a_changed_upstream_of_the_same_name_is_noticed(
    client: PassthroughClient, ask: Ask, at: At
) -> None:
    async with ScriptedUpstream([Reply(), Reply()]) as upstream:
        for key in ("sk-1", "sk-2"):
            await (await client.send(at(upstream.url, key=key), ask())).read()
        assert [seen.header("authorization") for seen in upstream.requests] == ["Bearer sk-1", "Bearer sk-2"]


@pytest.mark.parametrize("status", [200, 302, 307, 400, 429, 500, 529])
async def test_status_headers_and_body_come_back_as_sent(
    client: PassthroughClient, ask: Ask, at: At, status: int
) -> None:
    headers = {
        "X-Request-Id": "req_1",
        "location": "/elsewhere",
        "set-cookie": "a=b",
        "connection": "keep-alive",
    }
    async with ScriptedUpstream([Reply(b"{'not json'", status, headers), Reply(b"2")]) as upstream:
        response = await client.send(at(upstream.url), ask())
        assert response.status == status
        assert (b"x-request-id", b"req_1") in response.headers
        assert b"connection" not in dict(response.headers)
        assert await response.read() == b"{'not json'"
        again = await client.send(at(upstream.url), ask())
        assert await again.read() == b"2"
        assert upstream.requests[1].header("cookie") is None
        assert upstream.connections == 1


async def test_streams_arrive_as_they_are_sent(client: PassthroughClient, ask: Ask, at: At) -> None:
    frames = [f"data: {number}\n\n".encode() for number in range(20)]
    async with ScriptedUpstream([Stream(frames, pause_s=0.001)]) as upstream:
        response = await client.send(at(upstream.url), ask(stream=True))
        chunks = await collect(response.chunks())
        assert b"".join(chunks) == b"".join(frames)
        assert len(chunks) > 1


async def test_cancelling_cancels_upstream_before_the_answer(
    client: PassthroughClient, ask: Ask, at: At
) -> None:
    async with ScriptedUpstream([Fail("hang")]) as upstream, asyncio.TaskGroup() as group:
        task = group.create_task(client.send(at(upstream.url), ask()))
        await upstream.wait_for_request()
        task.cancel()
        assert await upstream.wait_for_disconnect() is upstream.requests[0]


@pytest.mark.parametrize("way", ["cancel", "aclose", "break"])
async def test_leaving_a_stream_cancels_upstream(
    client: PassthroughClient, ask: Ask, at: At, way: str
) -> None:
    async with ScriptedUpstream([Stream([b"data: 1\n\n"], ending="hang")]) as upstream:
        response = await client.send(at(upstream.url), ask(stream=True))
        chunks = response.chunks()
        assert await anext(chunks) == b"data: 1\n\n"
        match way:
            case "aclose":
                await response.aclose()
            case "break":
                await chunks.aclose()
            case _:
                with suppress(TimeoutError):
                    async with asyncio.timeout(0.01):
                        await anext(chunks)
        assert await upstream.wait_for_disconnect() is upstream.requests[0]


@pytest.mark.parametrize("answer", [Fail("hang"), Stream([b"data: 1\n\n"], ending="hang")])
async def test_silence_is_a_timeout(
    client: PassthroughClient, ask: Ask, at: At, answer: Fail | Stream
) -> None:
    async with ScriptedUpstream([answer]) as upstream:
        with pytest.raises(UpstreamError) as caught:
            await (await client.send(at(upstream.url, read_timeout_s=0.05), ask())).read()
        assert (caught.value.code, caught.value.status) == ("timeout", 504)
        assert not isinstance(caught.value, ConnectTimeout)
        await upstream.wait_for_disconnect()


async def test_the_total_timeout_ends_a_stream_that_never_stops(
    client: PassthroughClient, ask: Ask, at: At
) -> None:
    endless = Stream([b"data: 1\n\n"] * 5000, pause_s=0.01)
    async with ScriptedUpstream([endless]) as upstream:
        response = await client.send(at(upstream.url, total_timeout_s=0.1), ask(stream=True))
        with pytest.raises(UpstreamError) as caught:
            await collect(response.chunks())
        assert caught.value.code == "timeout"


async def test_no_connection_is_unreachable(client: PassthroughClient, ask: Ask, at: At) -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))  # nobody listens
        with pytest.raises(UpstreamError) as caught:
            await client.send(at(f"http://127.0.0.1:{bound.getsockname()[1]}"), ask())
    assert (caught.value.code, caught.value.status, caught.value.upstream) == ("unreachable", 502, "scripted")


async def test_a_connection_that_takes_too_long_is_a_connect_timeout(ask: Ask, at: At) -> None:
    async with (
        ScriptedUpstream([Fail("hang")]) as upstream,
        PassthroughClient(limit=1) as client,
        asyncio.TaskGroup() as group,
    ):
        first = group.create_task(client.send(at(upstream.url), ask()))
        await upstream.wait_for_request()
        with pytest.raises(ConnectTimeout):
            await client.send(at(upstream.url, name="second", connect_timeout_s=0.05), ask())
        first.cancel()


async def test_closing_before_an_answer_is_unreachable(client: PassthroughClient, ask: Ask, at: At) -> None:
    async with ScriptedUpstream([Fail("close")]) as upstream:
        with pytest.raises(UpstreamError) as caught:
            await client.send(at(upstream.url), ask())
        assert caught.value.code == "unreachable"


@pytest.mark.parametrize(
    "answer", [Reply(b"12345", content_length=9), Stream([b"data: 1\n\n"], ending="cut")]
)
async def test_a_body_that_breaks_off_is_never_a_clean_end(
    client: PassthroughClient, ask: Ask, at: At, answer: Reply | Stream
) -> None:
    async with ScriptedUpstream([answer, answer]) as upstream:
        for read in (lambda r: r.read(), lambda r: collect(r.chunks())):
            response = await client.send(at(upstream.url), ask())
            with pytest.raises(UpstreamError) as caught:
                await read(response)
            assert (caught.value.code, caught.value.status) == ("protocol", 502)


async def test_an_answer_that_is_not_http_is_a_protocol_error(
    client: PassthroughClient, ask: Ask, at: At
) -> None:
    async def babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10)
        writer.write(b"SSH-2.0-secret-banner\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(babble, "127.0.0.1", 0)
    async with server:
        with pytest.raises(UpstreamError) as caught:
            await client.send(at(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"), ask())
    assert caught.value.code == "protocol"
    assert "banner" not in caught.value.message


async def test_the_size_of_an_answer_is_bounded(ask: Ask, at: At) -> None:
    bomb = Reply(gzip.compress(b"0" * 10_000_000), headers={"content-encoding": "gzip"})
    async with (
        ScriptedUpstream([Reply(b"0" * 1001), bomb]) as upstream,
        PassthroughClient(max_response_bytes=1000) as client,
    ):
        for _ in range(2):
            response = await client.send(at(upstream.url), ask())
            with pytest.raises(UpstreamError, match="too large"):
                await response.read()


def _raw_deflate(text: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(text) + packer.flush()


TEXT = b'{"answer": "' + b"word " * 40_000 + b'"}'
PACKED = {
    "gzip": gzip.compress(TEXT),
    "X-GZIP": gzip.compress(TEXT[:100]) + gzip.compress(TEXT[100:]),
    "deflate": zlib.compress(TEXT),
    " deflate ": _raw_deflate(TEXT),
    "identity": TEXT,
}


@pytest.mark.parametrize("coding", PACKED)
@pytest.mark.parametrize("step", [1, 7, 100_000])
async def test_compressed_answers_are_decoded(
    client: PassthroughClient, ask: Ask, at: At, coding: str, step: int
) -> None:
    packed = PACKED[coding]
    head, rest = packed[:300], packed[300:]
    chunks = [chunk for chunk in (*(head[i : i + step] for i in range(0, 300, step)), rest) if chunk]
    headers = {"content-encoding": coding, "content-type": "application/json"}
    async with ScriptedUpstream([Stream(chunks, headers=headers)]) as upstream:
        response = await client.send(at(upstream.url), ask())
        assert b"content-encoding" not in dict(response.headers) or coding == "identity"
        pieces = await collect(response.chunks())
        assert b"".join(pieces) == TEXT


@pytest.mark.parametrize(
    ("coding", "body"),
    [("br", b"x"), ("gzip, gzip", b"x"), ("gzip", b"not gzip"), ("gzip", PACKED["gzip"][:-5]), ("gzip", b"")],
)
async def test_what_cannot_be_decoded_is_an_error(
    client: PassthroughClient, ask: Ask, at: At, coding: str, body: bytes
) -> None:
    async with ScriptedUpstream([Reply(body, headers={"content-encoding": coding})]) as upstream:
        with pytest.raises(UpstreamError) as caught:
            await (await client.send(at(upstream.url), ask())).read()
        assert caught.value.code == "protocol"


async def test_the_proxy_of_the_environment_is_opt_in(
    monkeypatch: pytest.MonkeyPatch, ask: Ask, at: At
) -> None:
    async with ScriptedUpstream([Reply(b"1"), Reply(b"2")]) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        upstream = at("http://127.0.0.1:9")
        async with PassthroughClient(trust_env=True) as trusting:
            assert await (await trusting.send(upstream, ask())).read() == b"1"
        assert proxy.requests[0].path == "http://127.0.0.1:9/v1/chat/completions"
        async with PassthroughClient() as plain:
            with pytest.raises(UpstreamError):
                await plain.send(upstream, ask())
