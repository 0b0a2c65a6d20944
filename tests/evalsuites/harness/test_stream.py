"""Streams put together: as the scripted upstream says them, which is as providers do."""

import json
from typing import Any

import pytest

from evalsuites.harness.target.in_process import answer_of
from evalsuites.harness.target.stream import read_stream

EVENTS = {"content-type": "text/event-stream"}


def stream(*chunks: object, end: bytes = b"data: [DONE]\n\n") -> bytes:
    return b"".join(b"data: " + json.dumps(chunk).encode() + b"\n\n" for chunk in chunks) + end


def said(**delta: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    return {"model": "m", "choices": [{"index": 0, "delta": delta}]}


def test_text_calls_and_usage_of_a_chat() -> None:
    call = {"index": 0, "id": "c", "function": {"name": "search", "arguments": '{"q": '}}
    rest = {"index": 0, "function": {"arguments": '"x"}'}}
    usage = {"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 4}}
    body = stream(
        said(role="assistant", content=None), said(content="Hel"), said(content="lo"),
        said(tool_calls=[call]), said(tool_calls=[rest]), usage,
    )  # fmt: skip
    answer = answer_of(200, EVENTS, body, 1.0)
    assert (answer.text, answer.calls) == ("Hello", ({"name": "search", "arguments": '{"q": "x"}'},))
    assert (answer.events, answer.tokens, answer.blocked) == (4, 7, False)


def test_completions_and_several_choices() -> None:
    pieces = [{"choices": [{"index": at % 2, "text": sign}]} for at, sign in enumerate("abcd")]
    whole, events = read_stream(stream(*pieces))
    assert [one["message"]["content"] for one in whole["choices"]] == ["ac", "bd"]
    assert events == 4


def test_messages_with_a_tool() -> None:
    body = stream(
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Hi"}},
        {"type": "content_block_start", "index": 1, "content_block": {"type": "tool_use", "name": "f"}},
        {"type": "content_block_delta", "index": 1, "delta": {"partial_json": '{"a": 1}'}},
        {"type": "message_delta", "delta": {}, "usage": {"output_tokens": 9}},
        end=b"",
    )
    answer = answer_of(200, EVENTS, body, 1.0)
    assert (answer.text, answer.tokens) == ("Hi", 9)
    assert answer.calls == ({"name": "f", "arguments": '{"a": 1}'},)


def test_a_stream_that_policy_cut_is_blocked() -> None:
    cut = {
        "choices": [{"index": 0, "delta": {}, "finish_reason": "content_filter"}],
        "lictor": {"rule": "x.y"},
    }
    answer = answer_of(200, EVENTS, stream(said(content="Well"), cut), 1.0)
    assert (answer.text, answer.blocked) == ("Well", True)


@pytest.mark.parametrize("body", [b"", b": comment\n\n", b"data: {broken\n\n", b"data: 7\n\n"])
def test_what_says_nothing_says_nothing(body: bytes) -> None:
    answer = answer_of(200, EVENTS, body, 1.0)
    assert (answer.text, answer.events, answer.streamed) == ("", 0, False)


def test_an_error_is_told() -> None:
    answer = answer_of(200, EVENTS, stream({"error": {"message": "broken", "code": "x"}}), 1.0)
    assert (answer.error, answer.code) == ("broken", "x")
