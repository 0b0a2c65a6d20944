"""Policy's own answers are answers of the caller's dialect."""

import json

import pytest
from anthropic.types import Message, RawMessageStreamEvent
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from pydantic import TypeAdapter

from gateway.core.exchange import Usage
from gateway.wire.anthropic_messages import DIALECT as MESSAGES
from gateway.wire.canned import Canned, canned
from gateway.wire.dialect import Denial, Dialect
from gateway.wire.openai_chat import DIALECT as CHAT
from gateway.wire.sse import parse
from gateway.wire.stream import read_whole

DENIAL = Denial("lx-1", "hr.ask", "Ask the people who know.", None, "sha256:0")
TEXT = 'Please ask "HR".\nThey know.'


def answer(*, stream: bool, asked: bytes = b"{}") -> Canned:
    return Canned(TEXT, DENIAL, "m", 1_700_000_000, stream, Usage(3, None), asked)


def body(dialect: str, given: Canned) -> bytes:
    envelope = canned(dialect, given)
    assert envelope is not None
    assert envelope.status == 200
    return envelope.body


def test_a_whole_completion_is_one() -> None:
    said = ChatCompletion.model_validate_json(body("openai_chat", answer(stream=False)), strict=True)
    assert said.choices[0].message.content == TEXT
    assert said.choices[0].finish_reason == "content_filter"
    assert said.usage is not None
    assert said.usage.total_tokens == 3


@pytest.mark.parametrize("usage", [False, True])
def test_a_streamed_completion_is_one(usage: bool) -> None:
    asked = json.dumps({"stream_options": {"include_usage": usage}}).encode()
    frames = parse(body("openai_chat", answer(stream=True, asked=asked)))
    assert frames[-1].data == "[DONE]"
    chunks = [ChatCompletionChunk.model_validate_json(frame.data) for frame in frames[:-1]]
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices) == TEXT
    assert [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices] == [None, "content_filter"]
    assert [bool(chunk.usage) for chunk in chunks] == [False, False, *([True] if usage else [])]


def test_a_whole_message_is_one() -> None:
    said = Message.model_validate_json(body("anthropic_messages", answer(stream=False)), strict=True)
    assert [block.text for block in said.content if block.type == "text"] == [TEXT]
    assert said.stop_reason == "refusal"
    assert said.usage.input_tokens == 3


def test_a_streamed_message_is_one() -> None:
    frames = parse(body("anthropic_messages", answer(stream=True)))
    events: TypeAdapter[RawMessageStreamEvent] = TypeAdapter(RawMessageStreamEvent)
    said = [events.validate_json(frame.data) for frame in frames]
    assert [event.type for event in said] == [frame.event for frame in frames]
    assert [event.type for event in said] == [
        "message_start",
        "content_block_start",
        "content_block_delta",
        "content_block_stop",
        "message_delta",
        "message_stop",
    ]


@pytest.mark.parametrize("dialect", [CHAT, MESSAGES], ids=lambda dialect: dialect.name)
@pytest.mark.parametrize("stream", [False, True])
def test_our_own_readers_understand_it(dialect: Dialect, stream: bool) -> None:
    raw = body(dialect.name, answer(stream=stream))
    reader = dialect.stream(b"text/event-stream") if stream else None
    view = read_whole(reader, raw) if reader else dialect.response(json.loads(raw))
    assert TEXT in [segment.text for segment in view.segments]
    assert view.finish in ("content_filter", "refusal")


def test_a_dialect_without_such_answers_has_none() -> None:
    assert canned("openai_models", answer(stream=False)) is None
