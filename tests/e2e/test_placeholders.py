"""Both legs of the response-split profile, and what else a caller and a provider see of placeholders.

Echo: what the caller sent comes back as it was, though the upstream never saw it (fidelity). Injection:
what only the model wrote is withheld (leak). Whole and streamed, in pieces of one character and more.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any

import anthropic
import openai
import pytest
from openai.types.chat import ChatCompletionMessageParam, ChatCompletionToolParam

from gateway.testing.upstream import Received, ScriptedUpstream, ToolCall, Turn
from gateway.testing.upstream_turns import last_user_text
from tests.e2e.harness import CALLER_KEY, Script, Site, bare

OWN = "Refund 4111 1111 1111 1111, call +49 30 901820 and mail jane.doe@example.com, Jane."
OWN_VALUES = ("4111 1111 1111 1111", "+49 30 901820", "jane.doe@example.com")
FOREIGN = "Mail eve@evil.example or pay with 5500 0055 5555 5559."
FOREIGN_VALUES = ("eve@evil.example", "5500 0055 5555 5559")
TOOL: ChatCompletionToolParam = {"type": "function", "function": {"name": "mail", "parameters": {}}}

Ask = Callable[[str], str]


@pytest.fixture
def client(gateway: Site, upstream: ScriptedUpstream) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{gateway.url}/v1", api_key=CALLER_KEY, max_retries=0) as opened:
        yield opened


@pytest.fixture
def other(gateway: Site, upstream: ScriptedUpstream) -> Iterator[anthropic.Anthropic]:
    with anthropic.Anthropic(base_url=gateway.url, api_key=CALLER_KEY, max_retries=0) as opened:
        yield opened


def said(text: str) -> list[ChatCompletionMessageParam]:
    return [{"role": "user", "content": text}]


@pytest.fixture(params=["openai", "openai stream", "anthropic", "anthropic stream", "translated stream"])
def ask(request: pytest.FixtureRequest, client: openai.OpenAI, other: anthropic.Anthropic) -> Ask:
    """One question, and all of the answer's text."""

    def over_openai(text: str) -> str:
        if not request.param.endswith("stream"):
            answer = client.chat.completions.create(model="gpt-4o", messages=said(text))
            return answer.choices[0].message.content or ""
        with client.chat.completions.create(model="gpt-4o", messages=said(text), stream=True) as stream:
            return "".join(chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices)

    def over_anthropic(text: str) -> str:
        model = "claude-on-openai" if request.param.startswith("translated") else "claude-opus"
        asked: Any = {"model": model, "max_tokens": 64, "messages": [{"role": "user", "content": text}]}
        if not request.param.endswith("stream"):
            return "".join(getattr(block, "text", "") for block in other.messages.create(**asked).content)
        with other.messages.stream(**asked) as stream:
            return stream.get_final_text()

    return over_openai if request.param.startswith("openai") else over_anthropic


@pytest.mark.parametrize("piece", [1, 3, 500])
def test_the_callers_own_data_comes_back_and_the_models_does_not(
    ask: Ask, upstream: ScriptedUpstream, script: Script, piece: int
) -> None:
    script.say = lambda request: Turn(f"{last_user_text(request)} {FOREIGN}", piece=piece)
    answer = ask(OWN)
    (received,) = upstream.requests
    assert not [value for value in OWN_VALUES if value.encode() in received.body]
    assert answer == f"{OWN} Mail [EMAIL] or pay with [CARD]."
    assert not [value for value in FOREIGN_VALUES if value in answer]


@pytest.mark.parametrize("stream", [False, True])
def test_tool_arguments_carry_the_callers_own_data(
    client: openai.OpenAI, script: Script, stream: bool
) -> None:
    def say(request: Received) -> Turn:
        arguments = {"to": last_user_text(request), "cc": "eve@evil.example", "note": 'a "b" \u00e9'}
        return Turn(tools=(ToolCall("mail", json.dumps(arguments)),), piece=1)

    script.say = say
    asked: Any = {"model": "gpt-4o", "messages": said("jane.doe@example.com"), "tools": [TOOL]}
    if stream:
        with client.chat.completions.stream(**asked) as opened:
            choice: Any = opened.get_final_completion().choices[0]
    else:
        choice = client.chat.completions.create(**asked).choices[0]
    (call,) = choice.message.tool_calls
    assert json.loads(call.function.arguments) == {
        "to": "jane.doe@example.com",
        "cc": "[EMAIL]",
        "note": 'a "b" \u00e9',
    }


def test_a_streamed_tool_call_of_anthropics_carries_them_too(
    other: anthropic.Anthropic, script: Script
) -> None:
    script.say = lambda request: Turn(
        "Mailing.", (ToolCall("mail", json.dumps({"to": [last_user_text(request)]})),), piece=1
    )
    with other.messages.stream(
        model="claude-opus",
        max_tokens=64,
        messages=[{"role": "user", "content": "Tell jane.doe@example.com."}],
        tools=[{"name": "mail", "input_schema": {"type": "object"}}],
    ) as stream:
        (call,) = [block for block in stream.get_final_message().content if block.type == "tool_use"]
    assert call.input == {"to": ["Tell jane.doe@example.com."]}


def test_turns_before_are_sent_as_they_were(client: openai.OpenAI, upstream: ScriptedUpstream) -> None:
    """So the provider's prompt cache stays warm."""
    messages = said(OWN)
    first = client.chat.completions.create(model="gpt-4o", messages=messages).choices[0].message.content
    messages += [
        {"role": "assistant", "content": first},
        {"role": "user", "content": "And k.osei@example.org?"},
    ]
    client.chat.completions.create(model="gpt-4o", messages=messages)
    before, after = (request.json()["messages"] for request in upstream.requests)
    assert after[:1] == before
    assert after[1]["content"] == f"echo: {before[0]['content']}"
    assert bare(after[2]["content"]) == "And <EMAIL>?"


def test_a_token_of_somebody_else_stays_a_token(client: openai.OpenAI, upstream: ScriptedUpstream) -> None:
    client.chat.completions.create(model="gpt-4o", messages=said("jane.doe@example.com"))
    token = upstream.requests[0].json()["messages"][0]["content"]
    answer = client.chat.completions.create(model="gpt-4o", messages=said(f"Who is {token}?"))
    assert answer.choices[0].message.content == f"echo: Who is {token}?"


def test_records_count_what_was_restored_and_hold_none_of_it(
    client: openai.OpenAI, gateway: Site, upstream: ScriptedUpstream
) -> None:
    raw = client.chat.completions.with_raw_response.create(model="gpt-4o", messages=said(OWN))
    outcome = gateway.outcome(raw.headers["x-lictor-decision-id"])
    assert outcome["restored"] == {"card": 1, "phone": 1, "email": 1}
    token = upstream.requests[0].json()["messages"][0]["content"].split(" mail ")[1].partition(",")[0]
    assert bare(token) == "<EMAIL>"
    assert gateway.traces_of(*OWN_VALUES, token) == []
