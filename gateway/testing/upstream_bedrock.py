"""A model's turn, said as Bedrock's Converse says it: whole, or as a binary event stream."""

import json
import struct
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from gateway.testing.upstream_http import Answer, Received, Reply, Stream

if TYPE_CHECKING:
    from gateway.testing.upstream_turns import Turn

Json = dict[str, Any]

_HEADERS = {"content-type": "application/json", "x-amzn-requestid": "req_scripted"}
_TEXT = 7


def speaks_bedrock(path: str) -> bool:
    """Whether a request's path is one of Bedrock's."""
    return path.endswith(("/converse", "/converse-stream"))


def play_bedrock(turn: "Turn", request: Received) -> Answer:
    """The answer to a request of Converse or ConverseStream."""
    if request.path.endswith("/converse-stream"):
        headers = {**_HEADERS, "content-type": "application/vnd.amazon.eventstream"}
        return Stream([event(kind, value) for kind, value in _events(turn)], headers=headers)
    return Reply(json.dumps(_whole(turn)).encode(), headers=_HEADERS)


def user_text(request: Received) -> str:
    """What the user said last; empty where it was not text."""
    said = request.json().get("messages") or [{}]
    return "".join(block.get("text", "") for block in said[-1].get("content", ()))


def event(kind: str, value: Json, *, message: str = "event") -> bytes:
    """One message of the stream; ``message="exception"`` reports a fault."""
    named = {f":{message}-type": kind, ":content-type": "application/json", ":message-type": message}
    headers = b"".join(_header(name, text) for name, text in named.items())
    return framed(headers, json.dumps(value).encode())


def framed(headers: bytes, payload: bytes) -> bytes:
    """Headers and payload with the lengths and checksums around them."""
    prelude = struct.pack(">II", 16 + len(headers) + len(payload), len(headers))
    body = prelude + struct.pack(">I", zlib.crc32(prelude)) + headers + payload
    return body + struct.pack(">I", zlib.crc32(body))


def _header(name: str, text: str) -> bytes:
    key, value = name.encode(), text.encode()
    return bytes([len(key)]) + key + struct.pack(">BH", _TEXT, len(value)) + value


def _whole(turn: "Turn") -> Json:
    return {
        "metrics": {"latencyMs": 1},
        "output": {"message": {"role": "assistant", "content": [*_blocks(turn)]}},
        "stopReason": _stop(turn),
        "usage": _usage(turn),
    }


def _blocks(turn: "Turn") -> Iterator[Json]:
    if turn.thinking:
        yield {"reasoningContent": {"reasoningText": {"text": turn.thinking, "signature": "c2lnbmVk"}}}
    if turn.text or turn.refusal:
        yield {"text": turn.text or turn.refusal}
    for tool in turn.tools:
        called = {"toolUseId": tool.id, "name": tool.name, "input": json.loads(tool.arguments)}
        yield {"toolUse": called}


def _events(turn: "Turn") -> Iterator[tuple[str, Json]]:
    yield "messageStart", {"role": "assistant"}
    written = iter([tool.arguments for tool in turn.tools])
    for index, block in enumerate(_blocks(turn)):
        if "toolUse" in block:
            start = {name: block["toolUse"][name] for name in ("toolUseId", "name")}
            yield "contentBlockStart", {"contentBlockIndex": index, "start": {"toolUse": start}}
        for delta in _deltas(turn, block, written):
            yield "contentBlockDelta", {"contentBlockIndex": index, "delta": delta}
        yield "contentBlockStop", {"contentBlockIndex": index}
    yield "messageStop", {"stopReason": _stop(turn)}
    yield "metadata", {"usage": _usage(turn), "metrics": {"latencyMs": 1}}


def _deltas(turn: "Turn", block: Json, written: Iterator[str]) -> Iterator[Json]:
    match block:
        case {"text": text}:
            yield from ({"text": piece} for piece in turn.cut(text))
        case {"reasoningContent": {"reasoningText": said}}:
            yield from ({"reasoningContent": {"text": piece}} for piece in turn.cut(said["text"]))
            yield {"reasoningContent": {"signature": said["signature"]}}
        case _:
            yield from ({"toolUse": {"input": piece}} for piece in turn.cut(next(written)))


def _usage(turn: "Turn") -> Json:
    total = turn.input_tokens + turn.output_tokens
    return {"inputTokens": turn.input_tokens, "outputTokens": turn.output_tokens, "totalTokens": total}


def _stop(turn: "Turn") -> str:
    if turn.refusal:
        return "content_filtered"
    return "tool_use" if turn.tools else "end_turn"
