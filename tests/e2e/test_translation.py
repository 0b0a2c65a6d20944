"""A client of one provider and an upstream that speaks like the other."""

from collections.abc import Iterator
from typing import Any

import anthropic
import openai
import pytest
from anthropic.types import MessageParam, ToolParam
from openai.types.chat import ChatCompletionMessageParam, ChatCompletionToolParam

from gateway.testing.upstream import Reply, ScriptedUpstream, ToolCall, Turn
from tests.e2e.harness import CALLER_KEY, SECRET, Script, Site

SCHEMA: dict[str, Any] = {"type": "object", "properties": {"city": {"type": "string"}}}
OPENAI_TOOL: ChatCompletionToolParam = {
    "type": "function",
    "function": {"name": "weather", "parameters": SCHEMA},
}
ANTHROPIC_TOOL: ToolParam = {"name": "weather", "input_schema": SCHEMA}

FOR_OPENAI: list[ChatCompletionMessageParam] = [{"role": "user", "content": "For jane.doe@example.com?"}]
FOR_ANTHROPIC: list[MessageParam] = [{"role": "user", "content": "For jane.doe@example.com?"}]


@pytest.fixture
def speaks_openai(gateway: Site, upstream: ScriptedUpstream) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{gateway.url}/v1", api_key=CALLER_KEY, max_retries=0) as opened:
        yield opened


@pytest.fixture
def speaks_anthropic(gateway: Site, upstream: ScriptedUpstream) -> Iterator[anthropic.Anthropic]:
    with anthropic.Anthropic(base_url=gateway.url, api_key=CALLER_KEY, max_retries=0) as opened:
        yield opened


# --- an OpenAI client, an Anthropic upstream ----------------------------------------------------------------


@pytest.mark.parametrize("stream", [False, True])
def test_openai_to_anthropic(speaks_openai: openai.OpenAI, upstream: ScriptedUpstream, stream: bool) -> None:
    create = speaks_openai.chat.completions
    if stream:
        with create.stream(model="gpt-on-anthropic", messages=FOR_OPENAI) as opened:
            choice: Any = opened.get_final_completion().choices[0]
    else:
        choice = create.create(model="gpt-on-anthropic", messages=FOR_OPENAI).choices[0]
    assert choice.message.content == f"echo: {FOR_OPENAI[-1]['content']}"
    assert choice.finish_reason == "stop"
    (received,) = upstream.requests
    assert received.path == "/v1/messages"
    assert received.header("x-api-key") == CALLER_KEY
    assert received.header("anthropic-version")
    assert received.header("authorization") is None
    assert b"jane" not in received.body


@pytest.mark.parametrize("stream", [False, True])
def test_openai_to_anthropic_with_a_tool(speaks_openai: openai.OpenAI, script: Script, stream: bool) -> None:
    script.always(Turn(tools=(ToolCall("weather", '{"city": "Paris"}', "toolu_0"),)))
    create = speaks_openai.chat.completions
    if stream:
        with create.stream(model="gpt-on-anthropic", messages=FOR_OPENAI, tools=[OPENAI_TOOL]) as opened:
            choice: Any = opened.get_final_completion().choices[0]
    else:
        choice = create.create(model="gpt-on-anthropic", messages=FOR_OPENAI, tools=[OPENAI_TOOL]).choices[0]
    (call,) = choice.message.tool_calls
    assert call.function.name == "weather"
    assert call.function.arguments.replace(" ", "") == '{"city":"Paris"}'
    assert choice.finish_reason == "tool_calls"


def test_openai_to_anthropic_refused(speaks_openai: openai.OpenAI, script: Script) -> None:
    error = {"type": "error", "error": {"type": "rate_limit_error", "message": "Slow down"}}
    script.always(Reply.json(error, 429, retry_after="17"))
    with pytest.raises(openai.RateLimitError) as limit:
        speaks_openai.chat.completions.create(model="gpt-on-anthropic", messages=FOR_OPENAI)
    assert limit.value.response.headers["retry-after"] == "17"
    assert "Slow down" in limit.value.message
    assert isinstance(limit.value.response.json()["error"], dict)


def test_openai_to_anthropic_denied(speaks_openai: openai.OpenAI, upstream: ScriptedUpstream) -> None:
    with pytest.raises(openai.BadRequestError) as denial:
        speaks_openai.chat.completions.create(
            model="gpt-on-anthropic", messages=[{"role": "user", "content": SECRET}]
        )
    assert denial.value.code == "content_policy_violation"
    assert upstream.requests == []


# --- an OpenAI client, a Bedrock upstream -------------------------------------------------------------------


@pytest.mark.parametrize("stream", [False, True])
def test_openai_to_bedrock(speaks_openai: openai.OpenAI, upstream: ScriptedUpstream, stream: bool) -> None:
    create = speaks_openai.chat.completions
    if stream:
        with create.stream(model="gpt-on-bedrock", messages=FOR_OPENAI) as opened:
            choice: Any = opened.get_final_completion().choices[0]
    else:
        choice = create.create(model="gpt-on-bedrock", messages=FOR_OPENAI).choices[0]
    assert choice.message.content == f"echo: {FOR_OPENAI[-1]['content']}"
    assert choice.finish_reason == "stop"
    (received,) = upstream.requests
    assert received.path == f"/model/gpt-on-bedrock/converse{'-stream' if stream else ''}"
    assert received.header("authorization") == f"Bearer {CALLER_KEY}"
    assert b"jane" not in received.body


@pytest.mark.parametrize("stream", [False, True])
def test_openai_to_bedrock_with_a_tool(speaks_openai: openai.OpenAI, script: Script, stream: bool) -> None:
    script.always(Turn(tools=(ToolCall("weather", '{"city": "Paris"}', "tooluse_0"),)))
    create = speaks_openai.chat.completions
    if stream:
        with create.stream(model="gpt-on-bedrock", messages=FOR_OPENAI, tools=[OPENAI_TOOL]) as opened:
            choice: Any = opened.get_final_completion().choices[0]
    else:
        choice = create.create(model="gpt-on-bedrock", messages=FOR_OPENAI, tools=[OPENAI_TOOL]).choices[0]
    (call,) = choice.message.tool_calls
    assert call.function.name == "weather"
    assert call.function.arguments.replace(" ", "") == '{"city":"Paris"}'
    assert choice.finish_reason == "tool_calls"


def test_openai_to_bedrock_refused(speaks_openai: openai.OpenAI, script: Script) -> None:
    script.always(Reply.json({"message": "Slow down"}, 429, x_amzn_errortype="ThrottlingException"))
    with pytest.raises(openai.RateLimitError, match="Slow down"):
        speaks_openai.chat.completions.create(model="gpt-on-bedrock", messages=FOR_OPENAI)


def test_openai_to_bedrock_denied(speaks_openai: openai.OpenAI, upstream: ScriptedUpstream) -> None:
    with pytest.raises(openai.BadRequestError) as denial:
        speaks_openai.chat.completions.create(
            model="gpt-on-bedrock", messages=[{"role": "user", "content": SECRET}]
        )
    assert denial.value.code == "content_policy_violation"
    assert upstream.requests == []


# --- an Anthropic client, an OpenAI upstream ----------------------------------------------------------------


@pytest.mark.parametrize("stream", [False, True])
def test_anthropic_to_openai(
    speaks_anthropic: anthropic.Anthropic, upstream: ScriptedUpstream, stream: bool
) -> None:
    create = speaks_anthropic.messages
    if stream:
        with create.stream(model="claude-on-openai", max_tokens=64, messages=FOR_ANTHROPIC) as opened:
            answer: Any = opened.get_final_message()
    else:
        answer = create.create(model="claude-on-openai", max_tokens=64, messages=FOR_ANTHROPIC)
    assert [(block.type, block.text) for block in answer.content] == [
        ("text", f"echo: {FOR_ANTHROPIC[-1]['content']}")
    ]
    assert answer.stop_reason == "end_turn"
    (received,) = upstream.requests
    assert received.path == "/v1/chat/completions"
    assert received.header("authorization") == f"Bearer {CALLER_KEY}"
    assert received.header("x-api-key") is None
    assert b"jane" not in received.body


@pytest.mark.parametrize("stream", [False, True])
def test_anthropic_to_openai_with_a_tool(
    speaks_anthropic: anthropic.Anthropic, script: Script, stream: bool
) -> None:
    script.always(Turn(tools=(ToolCall("weather", '{"city": "Paris"}'),)))
    create, model = speaks_anthropic.messages, "claude-on-openai"
    if stream:
        with create.stream(
            model=model, max_tokens=64, messages=FOR_ANTHROPIC, tools=[ANTHROPIC_TOOL]
        ) as opened:
            answer: Any = opened.get_final_message()
    else:
        answer = create.create(model=model, max_tokens=64, messages=FOR_ANTHROPIC, tools=[ANTHROPIC_TOOL])
    calls = [(block.name, block.input) for block in answer.content if block.type == "tool_use"]
    assert calls == [("weather", {"city": "Paris"})]
    assert answer.stop_reason == "tool_use"


def test_anthropic_to_openai_refused(speaks_anthropic: anthropic.Anthropic, script: Script) -> None:
    error = {
        "error": {"message": "Slow down", "type": "requests", "param": None, "code": "rate_limit_exceeded"}
    }
    script.always(Reply.json(error, 429, retry_after="17"))
    with pytest.raises(anthropic.RateLimitError) as limit:
        speaks_anthropic.messages.create(model="claude-on-openai", max_tokens=64, messages=FOR_ANTHROPIC)
    body: Any = limit.value.body
    assert (body["type"], body["error"]["type"]) == ("error", "rate_limit_error")
    assert limit.value.response.headers["retry-after"] == "17"


def test_anthropic_to_openai_denied(
    speaks_anthropic: anthropic.Anthropic, upstream: ScriptedUpstream
) -> None:
    with pytest.raises(anthropic.BadRequestError):
        speaks_anthropic.messages.create(
            model="claude-on-openai", max_tokens=64, messages=[{"role": "user", "content": SECRET}]
        )
    assert upstream.requests == []
