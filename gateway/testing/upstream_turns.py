"""A model's turn, said in whichever dialect the request speaks."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gateway.testing import upstream_bedrock, upstream_openai
from gateway.testing.upstream_gemini import play_gemini, speaks_gemini, user_text
from gateway.testing.upstream_http import Answer, Received, Reply, Stream
from gateway.testing.upstream_tgi import inputs, play_tgi, speaks_tgi

Json = dict[str, Any]

_HEADERS = {"content-type": "application/json", "x-request-id": "req_scripted", "request-id": "req_scripted"}
_SSE = {**_HEADERS, "content-type": "text/event-stream; charset=utf-8"}


@dataclass(frozen=True, slots=True)
class ToolCall:
    """The model wants a tool to be called."""

    name: str
    arguments: str = "{}"
    """JSON text, exactly as the model wrote it."""

    id: str = "call_0"


@dataclass(frozen=True, slots=True)
class Turn:
    """What the model says; streamed where the request asks for a stream.

    >>> Turn("Hello")
    Turn(text='Hello', tools=(), refusal='', thinking='', input_tokens=7, output_tokens=5, piece=4)
    """

    text: str = ""
    tools: tuple[ToolCall, ...] = ()
    refusal: str = ""
    """OpenAI's ``refusal``; in Anthropic's dialect the text of a turn that stops with ``refusal``."""

    thinking: str = ""
    """Anthropic, Gemini and Bedrock only."""

    input_tokens: int = 7
    output_tokens: int = 5
    piece: int = 4
    """Characters in one delta of a stream."""

    def cut(self, text: str) -> Iterator[str]:
        """The text in the pieces in which it is streamed."""
        return (text[i : i + self.piece] for i in range(0, len(text), self.piece))


def play(turn: Turn, request: Received) -> Answer:
    """The answer to a request, in the dialect of its path."""
    if speaks_gemini(request.path):
        return play_gemini(turn, request)
    if upstream_bedrock.speaks_bedrock(request.path):
        return upstream_bedrock.play_bedrock(turn, request)
    if speaks_tgi(request.path):
        return play_tgi(turn, request)
    if "/messages/count_tokens" in request.path:
        return Reply.json({"input_tokens": turn.input_tokens})
    if request.path.partition("?")[0].endswith("/chat/completions"):
        return _openai(turn, request.json())
    return upstream_openai.answer(turn, request) or _anthropic(turn, request.json())


def last_user_text(request: Received) -> str:
    """What the user said last, in any dialect; empty where it was not text."""
    if speaks_gemini(request.path):
        return user_text(request)
    if upstream_bedrock.speaks_bedrock(request.path):
        return upstream_bedrock.user_text(request)
    if speaks_tgi(request.path):
        return inputs(request)
    body = upstream_openai.asked(request)
    given = body.get("messages") or body.get("input") or body.get("prompt") or ()
    if isinstance(given, str):
        return given
    said = [message for message in given if isinstance(message, dict) and message.get("role") == "user"]
    content = said[-1].get("content", "") if said else ""
    if isinstance(content, str):
        return content
    return "".join(part.get("text", "") for part in content if isinstance(part, dict))


# --- OpenAI chat completions -------------------------------------------------------------------------


def _openai(turn: Turn, asked: Json) -> Answer:
    if asked.get("stream"):
        wants_usage = bool((asked.get("stream_options") or {}).get("include_usage"))
        frames = [*_openai_frames(turn, _openai_head(asked, "chat.completion.chunk"), usage=wants_usage)]
        chunks = [b"data: %b\n\n" % json.dumps(frame).encode() for frame in frames]
        return Stream([*chunks, b"data: [DONE]\n\n"], headers=_SSE)
    message: Json = {"role": "assistant", "content": turn.text or None, "refusal": turn.refusal or None}
    if turn.tools:
        message["tool_calls"] = [_openai_tool(tool, tool.arguments) for tool in turn.tools]
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": _openai_finish(turn)}
    head = _openai_head(asked, "chat.completion")
    return Reply(
        json.dumps({**head, "choices": [choice], "usage": _openai_usage(turn)}).encode(), headers=_HEADERS
    )


def _openai_head(asked: Json, kind: str) -> Json:
    return {"id": "chatcmpl-scripted", "object": kind, "created": 1700000000, "model": asked.get("model", "")}


def _openai_frames(turn: Turn, head: Json, *, usage: bool) -> Iterator[Json]:
    extra: Mapping[str, None] = {"usage": None} if usage else {}

    def frame(delta: Json, finish: str | None = None) -> Json:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return {**head, "choices": [choice], **extra}

    yield frame({"role": "assistant", "content": "", "refusal": None})
    yield from (frame({"content": piece}) for piece in turn.cut(turn.text))
    yield from (frame({"refusal": piece}) for piece in turn.cut(turn.refusal))
    for index, tool in enumerate(turn.tools):
        yield frame({"tool_calls": [{"index": index, **_openai_tool(tool, "")}]})
        for piece in turn.cut(tool.arguments):
            yield frame({"tool_calls": [{"index": index, "function": {"arguments": piece}}]})
    yield frame({}, _openai_finish(turn))
    if usage:
        yield {**head, "choices": [], "usage": _openai_usage(turn)}


def _openai_tool(tool: ToolCall, arguments: str) -> Json:
    return {"id": tool.id, "type": "function", "function": {"name": tool.name, "arguments": arguments}}


def _openai_finish(turn: Turn) -> str:
    return "tool_calls" if turn.tools else "stop"


def _openai_usage(turn: Turn) -> Json:
    total = turn.input_tokens + turn.output_tokens
    return {
        "prompt_tokens": turn.input_tokens,
        "completion_tokens": turn.output_tokens,
        "total_tokens": total,
    }


# --- Anthropic messages ------------------------------------------------------------------------------


def _anthropic(turn: Turn, asked: Json) -> Answer:
    if asked.get("stream"):
        frames = _anthropic_frames(turn, asked)
        chunks = [b"event: %b\ndata: %b\n\n" % (f["type"].encode(), json.dumps(f).encode()) for f in frames]
        return Stream(chunks, headers=_SSE)
    message = _anthropic_message(turn, asked, turn.output_tokens)
    message |= {"content": [*_anthropic_blocks(turn)], "stop_reason": _anthropic_stop(turn)}
    return Reply(json.dumps(message).encode(), headers=_HEADERS)


def _anthropic_message(turn: Turn, asked: Json, output_tokens: int) -> Json:
    return {
        "id": "msg_scripted",
        "type": "message",
        "role": "assistant",
        "model": asked.get("model", ""),
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": {"input_tokens": turn.input_tokens, "output_tokens": output_tokens},
    }


def _anthropic_blocks(turn: Turn) -> Iterator[Json]:
    if turn.thinking:
        yield {"type": "thinking", "thinking": turn.thinking, "signature": "c2lnbmVk"}
    if turn.text or turn.refusal:
        yield {"type": "text", "text": turn.text or turn.refusal}
    for tool in turn.tools:
        yield {"type": "tool_use", "id": tool.id, "name": tool.name, "input": json.loads(tool.arguments)}


def _anthropic_frames(turn: Turn, asked: Json) -> Iterator[Json]:
    yield {"type": "message_start", "message": _anthropic_message(turn, asked, 1)}
    yield {"type": "ping"}
    written = iter([tool.arguments for tool in turn.tools])
    for index, block in enumerate(_anthropic_blocks(turn)):
        yield {"type": "content_block_start", "index": index, "content_block": _emptied(block)}
        for delta in _anthropic_deltas(turn, block, written):
            yield {"type": "content_block_delta", "index": index, "delta": delta}
        yield {"type": "content_block_stop", "index": index}
    delta = {"stop_reason": _anthropic_stop(turn), "stop_sequence": None}
    usage = {"input_tokens": turn.input_tokens, "output_tokens": turn.output_tokens}
    yield {"type": "message_delta", "delta": delta, "usage": usage}
    yield {"type": "message_stop"}


def _emptied(block: Json) -> Json:
    match block["type"]:
        case "text":
            return {**block, "text": ""}
        case "thinking":
            return {**block, "thinking": "", "signature": ""}
        case _:
            return {**block, "input": {}}


def _anthropic_deltas(turn: Turn, block: Json, written: Iterator[str]) -> Iterator[Json]:
    match block["type"]:
        case "text":
            yield from ({"type": "text_delta", "text": piece} for piece in turn.cut(block["text"]))
        case "thinking":
            pieces = turn.cut(block["thinking"])
            yield from ({"type": "thinking_delta", "thinking": piece} for piece in pieces)
            yield {"type": "signature_delta", "signature": block["signature"]}
        case _:
            pieces = turn.cut(next(written))
            yield from ({"type": "input_json_delta", "partial_json": piece} for piece in pieces)


def _anthropic_stop(turn: Turn) -> str:
    if turn.refusal:
        return "refusal"
    return "tool_use" if turn.tools else "end_turn"
