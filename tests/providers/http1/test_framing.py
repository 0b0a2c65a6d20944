"""Where an answer ends, and what is none: any bytes that a server may write."""

import gzip

import pytest

from gateway.core.errors import UpstreamError
from gateway.providers.http1 import Http1Client
from gateway.providers.http1.parsing import MAX_HEAD_BYTES
from tests.providers.http1.asking import Ask, At, got
from tests.providers.http1.raw_server import HEAD, OK, RawServer, answers


@pytest.mark.parametrize(
    ("parts", "close", "body"),
    [
        ([OK], False, b"ok"),
        (
            [b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n", OK],
            False,
            b"ok",
        ),
        ([b"HTTP/1.1 100 Continue\r\n\r\n" + OK], False, b"ok"),
        ([b"HTTP/1.1 204 No Content\r\n\r\n"], False, b""),
        ([b"HTTP/1.1 304 Not Modified\r\ncontent-length: 9\r\n\r\n"], False, b""),
        ([b"HTTP/1.1 200 OK\r\n\r\n", b"to the ", b"end"], True, b"to the end"),
        ([b"HTTP/1.0 200 OK\r\n\r\nold"], True, b"old"),
        (
            [
                b"HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n",
                b"2;x=y\r\nok\r\n0\r\nx: trailer\r\n\r\n",
            ],
            False,
            b"ok",
        ),
    ],
)
async def test_every_framing_has_its_end(
    *, client: Http1Client, ask: Ask, at: At, parts: list[bytes], close: bool, body: bytes
) -> None:
    async with RawServer(answers(*parts, close=close)) as server:
        for _ in range(2):
            response = await client.send(at(server.url), ask())
            assert response.status in (200, 204, 304)
            assert dict(response.headers).keys() <= {b"content-length"}
            assert await response.read() == body
        assert len(server.peers) == (2 if close else 1)


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
async def test_what_is_no_answer_is_a_protocol_error(
    client: Http1Client, ask: Ask, at: At, raw: bytes
) -> None:
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
    async with RawServer(
        answers(HEAD + b"transfer-encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n")
    ) as server:
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
