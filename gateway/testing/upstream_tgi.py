"""A model's turn, said as text-generation-inference says it."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from gateway.testing.upstream_http import Answer, Received, Reply, Stream

if TYPE_CHECKING:
    from gateway.testing.upstream_turns import Turn

Json = dict[str, Any]


def speaks_tgi(path: str) -> bool:
    """Whether a request's path is one of TGI's own."""
    return path.partition("?")[0] in ("/", "/generate", "/generate_stream")


def play_tgi(turn: "Turn", request: Received) -> Answer:
    """The answer to a request for a text."""
    path, asked = request.path.partition("?")[0], request.json()
    if path == "/generate_stream" or asked.get("stream"):
        return Stream([b"data:" + json.dumps(event).encode() + b"\n\n" for event in _events(turn)])
    whole: dict[str, Any] = {"generated_text": turn.text}
    if (asked.get("parameters") or {}).get("details"):
        whole["details"] = {**_ending(turn), "prefill": [], "tokens": [*_tokens(turn)]}
    return Reply.json([whole] if path == "/" else whole)


def inputs(request: Received) -> str:
    """What was asked."""
    return str(request.json().get("inputs", ""))


def _events(turn: "Turn") -> Iterator[Json]:
    end = {"id": 2, "text": "</s>", "logprob": -0.1, "special": True}
    for index, token in enumerate(_tokens(turn)):
        yield {"index": index + 1, "token": token, "generated_text": None, "details": None}
    details = {**_ending(turn), "input_length": turn.input_tokens}
    yield {"index": turn.output_tokens, "token": end, "generated_text": turn.text, "details": details}


def _tokens(turn: "Turn") -> Iterator[Json]:
    for index, piece in enumerate(turn.cut(turn.text)):
        yield {"id": 10 + index, "text": piece, "logprob": -0.5, "special": False}


def _ending(turn: "Turn") -> Json:
    return {"finish_reason": "eos_token", "generated_tokens": turn.output_tokens, "seed": None}
