"""A model's turn, said as Gemini says it: whole, as events, or as one array in pieces."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from gateway.testing.upstream_http import Answer, Received, Reply, Stream

if TYPE_CHECKING:
    from gateway.testing.upstream_turns import Turn

Json = dict[str, Any]

_HEADERS = {"content-type": "application/json; charset=UTF-8", "x-request-id": "req_scripted"}

_OPERATIONS = frozenset(
    {"generateContent", "streamGenerateContent", "countTokens", "embedContent", "batchEmbedContents"}
)

MODELS: Json = {
    "models": [
        {
            "name": "models/scripted",
            "displayName": "Scripted",
            "supportedGenerationMethods": ["generateContent"],
        }
    ]
}


def speaks_gemini(path: str) -> bool:
    """Whether a request's path is one of Google's, in any version of its interface."""
    path = path.partition("?")[0]
    return path.startswith(("/v1beta/", "/v1alpha/")) or path.rpartition(":")[2] in _OPERATIONS


def play_gemini(turn: "Turn", request: Received) -> Answer:
    """The answer to a request of any of Gemini's operations on a model."""
    path, _, query = request.path.partition("?")
    match path.rpartition(":")[2]:
        case "streamGenerateContent":
            return _streamed(turn, sse="alt=sse" in query.split("&"))
        case "countTokens":
            return _reply({"totalTokens": turn.input_tokens})
        case "embedContent":
            return _reply({"embedding": {"values": [0.25, -0.5]}})
        case "batchEmbedContents":
            count = len(request.json()["requests"])
            return _reply({"embeddings": [{"values": [0.25, -0.5]}] * count})
        case _:
            return _reply(_chunk(turn, [*_parts(turn)], finish=True))


def user_text(request: Received) -> str:
    """What the user said last; empty where it was not text."""
    asked = request.json()
    contents = asked.get("contents") or [part.get("content", {}) for part in asked.get("requests", ())]
    parts = contents[-1].get("parts", ()) if contents else ()
    return "".join(part.get("text", "") for part in parts if isinstance(part, dict))


def _streamed(turn: "Turn", *, sse: bool) -> Answer:
    chunks = [json.dumps(chunk).encode() for chunk in _chunks(turn)]
    if sse:
        headers = {**_HEADERS, "content-type": "text/event-stream"}
        return Stream([b"data: " + chunk + b"\r\n\r\n" for chunk in chunks], headers=headers)
    first, *rest = chunks
    return Stream([b"[" + first, *(b"\r\n,\r\n" + chunk for chunk in rest), b"\r\n]"], headers=_HEADERS)


def _chunks(turn: "Turn") -> Iterator[Json]:
    for part in _parts(turn):
        if "text" in part:
            yield from (_chunk(turn, [{**part, "text": piece}]) for piece in turn.cut(part["text"]))
        else:
            yield _chunk(turn, [part])
    yield _chunk(turn, [{"text": ""}], finish=True)


def _parts(turn: "Turn") -> Iterator[Json]:
    if turn.thinking:
        yield {"text": turn.thinking, "thought": True}
    if turn.text or turn.refusal:
        yield {"text": turn.text or turn.refusal}
    for tool in turn.tools:
        call = {"name": tool.name, "args": json.loads(tool.arguments)}
        yield {"functionCall": call, "thoughtSignature": "c2lnbmVk"}


def _chunk(turn: "Turn", parts: list[Json], *, finish: bool = False) -> Json:
    candidate: Json = {"content": {"parts": parts, "role": "model"}, "index": 0}
    usage = {"promptTokenCount": turn.input_tokens, "totalTokenCount": turn.input_tokens}
    if finish:
        candidate["finishReason"] = "SAFETY" if turn.refusal else "STOP"
        usage |= {
            "candidatesTokenCount": turn.output_tokens,
            "totalTokenCount": turn.input_tokens + turn.output_tokens,
        }
    return {
        "candidates": [candidate],
        "usageMetadata": usage,
        "modelVersion": "scripted",
        "responseId": "resp_scripted",
    }


def _reply(value: Json) -> Answer:
    return Reply(json.dumps(value).encode(), headers=_HEADERS)
