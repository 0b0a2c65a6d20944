"""A model's turn in the other formats of OpenAI: responses, completions, embeddings, media, files, batches.

Nothing is stored: whatever is fetched by an id says what the turn says.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from gateway.testing.upstream_http import Answer, Received, Reply, Stream

if TYPE_CHECKING:
    from gateway.testing.upstream_turns import Turn

Json = dict[str, Any]

_HEADERS = {"content-type": "application/json", "x-request-id": "req_scripted"}
_SSE = {**_HEADERS, "content-type": "text/event-stream; charset=utf-8"}
CREATED = 1700000000


def answer(turn: "Turn", request: Received) -> Answer | None:
    """The answer to a request below ``/v1``, or None where it is of no kind known here."""
    path = request.path.partition("?")[0]
    found = next((play for part, play in _PLAYERS if part in path), None)
    return found(turn, request) if found else None


def asked(request: Received) -> Json:
    """The body of a request, if it is a JSON object."""
    if request.body.lstrip().startswith(b"{"):
        body: Json = request.json()
        return body
    return {}


# --- responses ---------------------------------------------------------------------------------------


def _responses(turn: "Turn", request: Received) -> Answer:
    if request.method == "DELETE":
        return _reply({"id": "resp_scripted", "object": "response.deleted", "deleted": True})
    if "/input_items" in request.path:
        part = {"type": "input_text", "text": turn.text}
        item = {"type": "message", "id": "msg_0", "role": "user", "content": [part]}
        return _reply(
            {"object": "list", "data": [item], "has_more": False, "first_id": "msg_0", "last_id": "msg_0"}
        )
    whole = _response(turn, request)
    if not asked(request).get("stream") and "stream=true" not in request.path:
        return _reply(whole)
    events = ({**event, "sequence_number": number} for number, event in enumerate(_events(turn, whole)))
    return Stream([_event(event) for event in events], headers=_SSE)


def _response(turn: "Turn", request: Received) -> Json:
    given = asked(request)
    return {
        "id": "resp_scripted",
        "object": "response",
        "created_at": CREATED,
        "model": given.get("model", "scripted"),
        "status": "completed",
        "error": None,
        "incomplete_details": None,
        "instructions": given.get("instructions"),
        "metadata": given.get("metadata", {}),
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": given.get("tools", []),
        "previous_response_id": given.get("previous_response_id"),
        "output": [*_items(turn)],
        "usage": {
            "input_tokens": turn.input_tokens,
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens": turn.output_tokens,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": turn.input_tokens + turn.output_tokens,
        },
    }


def _items(turn: "Turn") -> Iterator[Json]:
    if turn.thinking:
        summary = [{"type": "summary_text", "text": turn.thinking}]
        yield {"type": "reasoning", "id": "rs_0", "summary": summary, "encrypted_content": "gAAAAB-scripted"}
    parts: list[Json] = []
    if turn.text:
        parts.append({"type": "output_text", "text": turn.text, "annotations": [], "logprobs": []})
    if turn.refusal:
        parts.append({"type": "refusal", "refusal": turn.refusal})
    if parts:
        yield {"type": "message", "id": "msg_0", "role": "assistant", "status": "completed", "content": parts}
    for index, tool in enumerate(turn.tools):
        yield {
            "type": "function_call",
            "id": f"fc_{index}",
            "call_id": tool.id,
            "name": tool.name,
            "arguments": tool.arguments,
            "status": "completed",
        }


def _events(turn: "Turn", whole: Json) -> Iterator[Json]:
    begun = {**whole, "status": "in_progress", "output": [], "usage": None}
    yield {"type": "response.created", "response": begun}
    yield {"type": "response.in_progress", "response": begun}
    for index, item in enumerate(whole["output"]):
        place = {"output_index": index}
        yield {"type": "response.output_item.added", **place, "item": {**item, **_EMPTY[item["type"]]}}
        yield from _inside(turn, item, {**place, "item_id": item["id"]})
        yield {"type": "response.output_item.done", **place, "item": item}
    yield {"type": "response.completed", "response": whole}


_EMPTY: Mapping[str, Json] = {
    "reasoning": {"summary": []},
    "message": {"content": [], "status": "in_progress"},
    "function_call": {"arguments": "", "status": "in_progress"},
}


def _inside(turn: "Turn", item: Json, place: Json) -> Iterator[Json]:
    match item["type"]:
        case "function_call":
            name, text = "response.function_call_arguments", item["arguments"]
            yield from ({"type": f"{name}.delta", **place, "delta": piece} for piece in turn.cut(text))
            yield {"type": f"{name}.done", **place, "name": item["name"], "arguments": text}
        case "reasoning":
            where = {**place, "summary_index": 0}
            part = item["summary"][0]
            name = "response.reasoning_summary_part"
            yield {"type": f"{name}.added", **where, "part": {**part, "text": ""}}
            yield from _said(turn, "response.reasoning_summary_text", "text", part["text"], where)
            yield {"type": f"{name}.done", **where, "part": part}
        case _:
            for number, part in enumerate(item["content"]):
                yield from _part(turn, part, {**place, "content_index": number})


def _part(turn: "Turn", part: Json, place: Json) -> Iterator[Json]:
    field = "text" if part["type"] == "output_text" else "refusal"
    name = "response.output_text" if field == "text" else "response.refusal"
    yield {"type": "response.content_part.added", **place, "part": {**part, field: ""}}
    more: Json = {"logprobs": []} if field == "text" else {}
    yield from _said(turn, name, field, part[field], {**place, **more})
    yield {"type": "response.content_part.done", **place, "part": part}


def _said(turn: "Turn", name: str, field: str, text: str, place: Json) -> Iterator[Json]:
    yield from ({"type": f"{name}.delta", **place, "delta": piece} for piece in turn.cut(text))
    yield {"type": f"{name}.done", **place, field: text}


def _event(event: Json) -> bytes:
    return b"event: %b\ndata: %b\n\n" % (event["type"].encode(), json.dumps(event).encode())


# --- completions, embeddings, moderations --------------------------------------------------------------


def _completions(turn: "Turn", request: Received) -> Answer:
    given = asked(request)
    head = {
        "id": "cmpl-scripted",
        "object": "text_completion",
        "created": CREATED,
        "model": given.get("model"),
    }
    usage = {
        "prompt_tokens": turn.input_tokens,
        "completion_tokens": turn.output_tokens,
        "total_tokens": turn.input_tokens + turn.output_tokens,
    }

    def choice(text: str, finish: str | None) -> Json:
        return {**head, "choices": [{"index": 0, "text": text, "logprobs": None, "finish_reason": finish}]}

    if not given.get("stream"):
        return _reply({**choice(turn.text, "stop"), "usage": usage})
    frames = [*(choice(piece, None) for piece in turn.cut(turn.text)), choice("", "stop")]
    chunks = [b"data: %b\n\n" % json.dumps(frame).encode() for frame in frames]
    return Stream([*chunks, b"data: [DONE]\n\n"], headers=_SSE)


def _embeddings(turn: "Turn", request: Received) -> Answer:
    given = asked(request)
    inputs = given.get("input")
    count = len(inputs) if isinstance(inputs, list) and not any(isinstance(i, int) for i in inputs) else 1
    data = [{"object": "embedding", "index": index, "embedding": [0.5, -0.5]} for index in range(count)]
    usage = {"prompt_tokens": turn.input_tokens, "total_tokens": turn.input_tokens}
    return _reply({"object": "list", "data": data, "model": given.get("model"), "usage": usage})


def _moderations(turn: "Turn", request: Received) -> Answer:  # noqa: ARG001 - a judgement says nothing
    result = {
        "flagged": False,
        "categories": {"harassment/threatening": False},
        "category_scores": {"harassment/threatening": 0.01},
        "category_applied_input_types": {"harassment/threatening": ["text"]},
    }
    return _reply({"id": "modr-scripted", "model": "scripted", "results": [result]})


# --- media ---------------------------------------------------------------------------------------------


def _images(turn: "Turn", request: Received) -> Answer:
    image = {"b64_json": "iVBORw0KGgo="}
    if asked(request).get("stream"):
        kinds = ("image_generation.partial_image", "image_generation.completed")
        frames = [{"type": kind, "created_at": CREATED, "partial_image_index": 0, **image} for kind in kinds]
        return Stream([_event(frame) for frame in frames], headers=_SSE)
    return _reply({"created": CREATED, "data": [{**image, "revised_prompt": turn.text}]})


def _speech(turn: "Turn", request: Received) -> Answer:  # noqa: ARG001 - it is only heard
    return Reply(b"ID3\x04\x00", headers={**_HEADERS, "content-type": "audio/mpeg"})


def _transcriptions(turn: "Turn", request: Received) -> Answer:
    if b'name="stream"\r\n\r\ntrue' in request.body:
        deltas = [{"type": "transcript.text.delta", "delta": piece} for piece in turn.cut(turn.text)]
        frames = [*deltas, {"type": "transcript.text.done", "text": turn.text}]
        return Stream([_event(frame) for frame in frames], headers=_SSE)
    if b'name="response_format"\r\n\r\ntext' in request.body:
        return Reply(turn.text.encode(), headers={**_HEADERS, "content-type": "text/plain; charset=utf-8"})
    return _reply({"text": turn.text, "usage": {"type": "duration", "seconds": 1}})


# --- files and batches -----------------------------------------------------------------------------------


def _files(turn: "Turn", request: Received) -> Answer:
    file = {
        "id": "file-scripted",
        "object": "file",
        "bytes": len(request.body),
        "created_at": CREATED,
        "filename": "in.jsonl",
        "purpose": "batch",
        "status": "processed",
    }
    path = request.path.partition("?")[0]
    if path.endswith("/content"):
        return Reply(turn.text.encode(), headers={**_HEADERS, "content-type": "application/octet-stream"})
    if request.method == "DELETE":
        return _reply({"id": "file-scripted", "object": "file", "deleted": True})
    if request.method == "GET" and path.endswith("/files"):
        return _reply({"object": "list", "data": [file], "has_more": False})
    return _reply(file)


def _batches(turn: "Turn", request: Received) -> Answer:  # noqa: ARG001 - its output is a file
    batch = {
        "id": "batch_scripted",
        "object": "batch",
        "endpoint": "/v1/chat/completions",
        "input_file_id": "file-scripted",
        "completion_window": "24h",
        "status": "completed",
        "output_file_id": "file-scripted",
        "created_at": CREATED,
    }
    if request.method == "GET" and request.path.partition("?")[0].endswith("/batches"):
        return _reply({"object": "list", "data": [batch], "has_more": False})
    return _reply(batch)


def _reply(body: Json) -> Reply:
    return Reply(json.dumps(body).encode(), headers=_HEADERS)


_Player = Callable[["Turn", Received], Answer]

_PLAYERS: tuple[tuple[str, _Player], ...] = (
    ("/responses", _responses),
    ("/audio/speech", _speech),
    ("/audio/", _transcriptions),
    ("/images/", _images),
    ("/embeddings", _embeddings),
    ("/moderations", _moderations),
    ("/files", _files),
    ("/batches", _batches),
    ("/completions", _completions),
)
"""The first one whose part stands in the path. Chat completions are asked before."""
