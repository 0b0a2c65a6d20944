"""Canned answers: what policy says in place of a model, as a model of the caller's dialect would say it.

HTTP 200, whole or streamed as it was asked for, with the dialect's own word for an answer that was held
back: ``content_filter`` in OpenAI's, ``refusal`` in Anthropic's.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from gateway.core.errors import CallerError
from gateway.core.exchange import Usage
from gateway.wire.body import member
from gateway.wire.dialect import Denial, Envelope
from gateway.wire.envelopes import denial_facts
from gateway.wire.strict import parse

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Canned:
    """What is answered, and to what."""

    text: str
    denial: Denial
    model: str
    created_s: int
    """Unix time."""

    stream: bool
    usage: Usage
    """What the upstream counted, where one was asked."""

    asked: bytes
    """The request's body."""


def canned(dialect: str, answer: Canned) -> Envelope | None:
    """The answer; None where this dialect has no such answers, and a denial has to be an error."""
    say = _DIALECTS.get(dialect)
    return say(answer) if say else None


def _openai_chat(answer: Canned) -> Envelope:
    identity = (b"x-request-id", answer.denial.decision_id.encode())
    if answer.stream:
        frames = [*map(_frame, _chunks(answer)), b"data: [DONE]\n\n"]
        return Envelope(200, (_EVENTS, identity), b"".join(frames))
    message = {"role": "assistant", "content": answer.text, "refusal": None}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "content_filter"}
    body = {**_completion(answer, "chat.completion"), "choices": [choice], "usage": _tokens(answer.usage)}
    body["lictor"] = denial_facts(answer.denial)
    return Envelope(200, (_JSON, identity), orjson.dumps(body))


def _completion(answer: Canned, kind: str) -> Json:
    return {
        "id": f"chatcmpl-{answer.denial.decision_id}",
        "object": kind,
        "created": answer.created_s,
        "model": answer.model,
    }


def _chunks(answer: Canned) -> Iterator[Json]:
    head = _completion(answer, "chat.completion.chunk")
    counting = _wants_usage(answer.asked)
    extra: Json = {"usage": None} if counting else {}

    def chunk(delta: Json, finish: str | None = None) -> Json:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return {**head, "choices": [choice], **extra}

    yield chunk({"role": "assistant", "content": answer.text, "refusal": None})
    yield {**chunk({}, "content_filter"), "lictor": denial_facts(answer.denial)}
    if counting:
        yield {**head, "choices": [], "usage": _tokens(answer.usage)}


def _wants_usage(asked: bytes) -> bool:
    try:
        return member(parse(asked), "stream_options", "include_usage") is True
    except CallerError:
        return False


def _tokens(usage: Usage) -> Json:
    prompt, completion = usage.input_tokens or 0, usage.output_tokens or 0
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}


def _anthropic_messages(answer: Canned) -> Envelope:
    identity = (b"request-id", answer.denial.decision_id.encode())
    if answer.stream:
        frames = [b"event: %b\n%b" % (event["type"].encode(), _frame(event)) for event in _events(answer)]
        return Envelope(200, (_EVENTS, identity), b"".join(frames))
    body = _message(answer, [{"type": "text", "text": answer.text, "citations": None}])
    return Envelope(200, (_JSON, identity), orjson.dumps({**body, **_refused(answer)}))


def _message(answer: Canned, content: list[Json]) -> Json:
    usage = {"input_tokens": answer.usage.input_tokens or 0, "output_tokens": answer.usage.output_tokens or 0}
    return {
        "id": f"msg_{answer.denial.decision_id}",
        "type": "message",
        "role": "assistant",
        "model": answer.model,
        "content": content,
        "stop_reason": None,
        "stop_sequence": None,
        "usage": usage,
    }


def _refused(answer: Canned) -> Json:
    details = {"type": "refusal", "category": None, "explanation": answer.denial.reason}
    return {"stop_reason": "refusal", "stop_details": details, "lictor": denial_facts(answer.denial)}


def _events(answer: Canned) -> Iterator[Json]:
    yield {"type": "message_start", "message": _message(answer, [])}
    block = {"type": "text", "text": ""}
    yield {"type": "content_block_start", "index": 0, "content_block": block}
    delta = {"type": "text_delta", "text": answer.text}
    yield {"type": "content_block_delta", "index": 0, "delta": delta}
    yield {"type": "content_block_stop", "index": 0}
    ended = _refused(answer)
    ours = ended.pop("lictor")
    usage = {"output_tokens": answer.usage.output_tokens or 0}
    yield {
        "type": "message_delta",
        "delta": {**ended, "stop_sequence": None},
        "usage": usage,
        "lictor": ours,
    }
    yield {"type": "message_stop"}


def _frame(data: Json) -> bytes:
    return b"data: %b\n\n" % orjson.dumps(data)


_JSON = (b"content-type", b"application/json")
_EVENTS = (b"content-type", b"text/event-stream; charset=utf-8")

_DIALECTS: Mapping[str, Callable[[Canned], Envelope]] = {
    "openai_chat": _openai_chat,
    "anthropic_messages": _anthropic_messages,
}
