"""A mock provider: OpenAI chat completions and Anthropic messages, whole or streamed.

It does as little as it can, so that what is measured is the gateway. It reads few facts off a request's
bytes: whether it wants a stream, and, in the model's name, how long a one and the milliseconds to wait
(``gpt-mock-10ms``, ``gpt-mock-long-2ms``).
"""

import argparse
import asyncio
import itertools
import json
import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import cast

import httptools
import uvloop

from tests.bench.prompts import CHUNKS, LONG_CHUNKS, MARK, numbered, text

_CHARACTERS = 12.5
"""In a chunk, on average."""

_STREAM = re.compile(rb'"stream":\s*true')
_MODEL = re.compile(rb'mock-(long-)?(\d+)ms"')


def _json(value: Mapping[str, object]) -> str:
    return json.dumps(value, separators=(",", ":"))


def _pieces(answer: str, chunks: int) -> list[str]:
    """The answer cut into pieces; the mark stays whole in the first."""
    bounds = [len(answer) * number // chunks for number in range(chunks + 1)]
    return [answer[start:end] for start, end in pairwise(bounds)]


def _openai_whole(answer: str) -> str:
    message = {"role": "assistant", "content": answer}
    return _json(
        {
            "id": "chatcmpl-mock",
            "object": "chat.completion",
            "created": 1,
            "model": "mock",
            "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 50, "completion_tokens": 80, "total_tokens": 130},
        }
    )


def _openai_chunk(delta: Mapping[str, object], finish: str | None = None) -> str:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    head = {"id": "chatcmpl-mock", "object": "chat.completion.chunk", "created": 1, "model": "mock"}
    return f"data: {_json({**head, 'choices': [choice]})}\n\n"


def _openai_stream(answer: str, chunks: int) -> list[str]:
    return [
        _openai_chunk({"role": "assistant", "content": ""}),
        *(_openai_chunk({"content": piece}) for piece in _pieces(answer, chunks)),
        _openai_chunk({}, "stop"),
        "data: [DONE]\n\n",
    ]


def _anthropic_message(content: Sequence[object], stop_reason: str | None) -> dict[str, object]:
    return {
        "id": "msg_mock",
        "type": "message",
        "role": "assistant",
        "model": "mock",
        "content": content,
        "stop_reason": stop_reason,
        "stop_sequence": None,
        "usage": {"input_tokens": 50, "output_tokens": 80},
    }


def _anthropic_whole(answer: str) -> str:
    return _json(_anthropic_message([{"type": "text", "text": answer}], "end_turn"))


def _anthropic_event(kind: str, **fields: object) -> str:
    return f"event: {kind}\ndata: {_json({'type': kind, **fields})}\n\n"


def _anthropic_stream(answer: str, chunks: int) -> list[str]:
    stop = {"stop_reason": "end_turn", "stop_sequence": None}
    deltas = ({"type": "text_delta", "text": piece} for piece in _pieces(answer, chunks))
    return [
        _anthropic_event("message_start", message=_anthropic_message([], None)),
        _anthropic_event("content_block_start", index=0, content_block={"type": "text", "text": ""}),
        *(_anthropic_event("content_block_delta", index=0, delta=delta) for delta in deltas),
        _anthropic_event("content_block_stop", index=0),
        _anthropic_event("message_delta", delta=stop, usage={"output_tokens": 80}),
        _anthropic_event("message_stop"),
    ]


def _head(content_type: str, framing: str) -> str:
    return f"HTTP/1.1 200 OK\r\ncontent-type: {content_type}\r\nx-request-id: req_mock\r\n{framing}\r\n\r\n"


def _whole_reply(body: str) -> bytes:
    return (_head("application/json", f"content-length: {len(body)}") + body).encode()


def _stream_reply(events: Sequence[str]) -> list[bytes]:
    """The head and each event as its own HTTP chunk, then the terminating chunk."""
    head = _head("text/event-stream", "transfer-encoding: chunked")
    chunks = [f"{len(event):x}\r\n{event}\r\n" for event in events]
    return [part.encode() for part in (head, *chunks, "0\r\n\r\n")]


class Replies:
    """Every answer, rendered once; sending one only puts new letters in it."""

    def __init__(self) -> None:
        answers = [text(400, seed) for seed in range(64)]
        self._whole = {
            b"/v1/chat/completions": [_whole_reply(_openai_whole(answer)) for answer in answers],
            b"/v1/messages": [_whole_reply(_anthropic_whole(answer)) for answer in answers],
        }
        self._streams = {chunks: _streams(chunks) for chunks in (CHUNKS, LONG_CHUNKS)}
        self._numbers = itertools.count()

    def whole(self, path: bytes) -> bytes:
        """One unary reply."""
        number = next(self._numbers)
        templates = self._whole[path]
        return numbered(templates[number % len(templates)], number)

    def stream(self, path: bytes, *, long: bool) -> list[bytes]:
        """One streamed reply, in the parts that are written one by one."""
        number = next(self._numbers)
        templates = self._streams[LONG_CHUNKS if long else CHUNKS][path]
        parts = templates[number % len(templates)]
        return [numbered(part, number) if MARK.encode() in part else part for part in parts]


def _streams(chunks: int) -> Mapping[bytes, list[list[bytes]]]:
    answers = [text(int(chunks * _CHARACTERS), seed) for seed in range(64 * CHUNKS // chunks)]
    return {
        b"/v1/chat/completions": [_stream_reply(_openai_stream(answer, chunks)) for answer in answers],
        b"/v1/messages": [_stream_reply(_anthropic_stream(answer, chunks)) for answer in answers],
    }


class MockProtocol(asyncio.Protocol):
    """One client connection."""

    transport: asyncio.Transport

    def __init__(self, replies: Replies) -> None:
        self._replies = replies
        self._parser = httptools.HttpRequestParser(self)
        self._path = b""
        self._body: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_url(self, url: bytes) -> None:
        self._path = url.partition(b"?")[0]
        self._body = []

    def on_body(self, data: bytes) -> None:
        self._body.append(data)

    def on_message_complete(self) -> None:
        body = b"".join(self._body)
        replies = self._replies
        model = _MODEL.search(body)
        long, pace_ms = (bool(model[1]), int(model[2])) if model else (False, 0)
        streamed = _STREAM.search(body)
        parts = replies.stream(self._path, long=long) if streamed else [replies.whole(self._path)]
        if pace_ms == 0:
            self.transport.write(b"".join(parts))
        else:
            self._write_later(parts, pace_ms / 1000, 0)

    def _write_later(self, parts: Sequence[bytes], pause: float, position: int) -> None:
        asyncio.get_running_loop().call_later(pause, self._write_paced, parts, pause, position)

    def _write_paced(self, parts: Sequence[bytes], pause: float, position: int) -> None:
        if self.transport.is_closing():
            return
        self.transport.write(parts[position])
        if position + 1 < len(parts):
            self._write_later(parts, pause, position + 1)


async def serve(host: str, port: int) -> None:
    """Answer until cancelled."""
    replies = Replies()
    server = await asyncio.get_running_loop().create_server(lambda: MockProtocol(replies), host, port)
    await server.serve_forever()


def main() -> None:
    """Run the mock as a program."""
    parser = argparse.ArgumentParser(description="mock provider for the benchmark")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    options = parser.parse_args()
    uvloop.run(serve(options.host, options.port))


if __name__ == "__main__":
    main()
