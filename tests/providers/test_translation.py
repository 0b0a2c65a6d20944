"""Real litellm between the scripted upstream and the official SDKs."""

import asyncio
import json
import logging
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError
from typing import Any, Literal

import pytest
from anthropic import APIStatusError as AnthropicStatusError
from anthropic import AsyncAnthropic
from anthropic.types import TextBlock, ToolUseBlock
from openai import APIStatusError as OpenAIStatusError
from openai import AsyncOpenAI

from gateway.core.errors import CallerError, ConfigError, UpstreamError
from gateway.providers.client import UpstreamClient, UpstreamRequest, UpstreamResponse
from gateway.providers.passthrough import PassthroughClient
from gateway.providers.translation import check_translation, library, make_translator
from gateway.providers.upstream import Upstream
from gateway.testing.upstream import Fail, Received, Reply, Script, ScriptedUpstream, Stream, ToolCall, Turn

At = Callable[..., Upstream]
Ending = Literal["complete", "cut", "hang"]
Json = dict[str, Any]

WEATHER = ToolCall("get.weather", '{"city": "Köln", "days": [1, 2]}', "call_7")
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}}
OPENAI_TOOLS = [{"type": "function", "function": {"name": "get.weather", "parameters": SCHEMA}}]
ANTHROPIC_TOOLS = [{"name": "get.weather", "description": "d", "input_schema": SCHEMA}]


@dataclass
class Exchanged:
    """One translated exchange, read to its end."""

    status: int
    headers: dict[bytes, bytes]
    body: bytes
    sent: Json
    seen_headers: dict[bytes, bytes]
    path: str

    def replayed(self) -> ScriptedUpstream:
        """Serves exactly the bytes that the caller would have got, for an SDK to read."""
        fields = {name.decode(): value.decode() for name, value in self.headers.items()}
        return ScriptedUpstream([Reply(self.body, self.status, fields)])


@pytest.fixture(scope="module")
def loaded() -> library.Library:
    return library.load()


@pytest.fixture
async def translator(loaded: library.Library) -> AsyncIterator[UpstreamClient]:
    async with PassthroughClient() as client:
        yield make_translator(client)


def asking(family: str, **fields: object) -> UpstreamRequest:
    body: Json = {"model": "m", "max_tokens": 64, "messages": [{"role": "user", "content": "hi"}], **fields}
    openai = family == "openai"
    return UpstreamRequest(
        method="POST",
        path="/chat/completions" if openai else "/messages",
        headers=[
            (b"authorization", b"Bearer mine") if openai else (b"x-api-key", b"mine"),
            (b"openai-organization", b"org"),
            (b"anthropic-beta", b"b-1"),
            (b"anthropic-version", b"2020-01-01"),
            (b"user-agent", b"app/1"),
            (b"content-type", b"application/json"),
        ],
        body=json.dumps(body).encode(),
        stream=bool(fields.get("stream")),
        family=family,
        endpoint="chat.completions" if openai else "messages",
    )


def _half_a_stream(ending: Ending) -> Callable[[Received], Stream]:
    """The first events of a streamed answer, and then its ending."""

    def answer(request: Received) -> Stream:
        whole = ScriptedUpstream([Turn("Hello, world")]).received(request)
        assert isinstance(whole, Stream)
        return Stream(list(whole.chunks)[:4], ending=ending)

    return answer


async def exchange(
    translator: UpstreamClient, at: At, script: Script, request: UpstreamRequest, **fields: object
) -> Exchanged:
    dialect = "anthropic" if request.family == "openai" else "openai"
    async with ScriptedUpstream(script) as upstream:
        response = await translator.send(at(upstream.url, dialect=dialect, **fields), request)
        body = await response.read()
        seen = upstream.requests[0]
        headers = {name.lower(): value for name, value in seen.headers}
        return Exchanged(response.status, dict(response.headers), body, seen.json(), headers, seen.path)


# --- an OpenAI caller, an Anthropic upstream ----------------------------------------------------------


async def test_openai_request_reaches_an_anthropic_upstream(translator: UpstreamClient, at: At) -> None:
    messages = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": [{"type": "text", "text": "Weather?"}]},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [
                {"id": "call_1", "type": "function", "function": {"name": "get.weather", "arguments": "{}"}}
            ],
        },
        {"role": "tool", "tool_call_id": "call_1", "content": "sunny"},
    ]
    request = asking("openai", messages=messages, tools=OPENAI_TOOLS, stop=["END"], temperature=0.5, seed=1)
    done = await exchange(translator, at, [Turn("ok")], request)
    assert done.path == "/v1/messages"
    assert done.sent["system"] == [{"type": "text", "text": "Be brief."}]
    assert done.sent["tools"][0]["input_schema"] == SCHEMA
    assert done.sent["stop_sequences"] == ["END"]
    assert (done.sent["max_tokens"], done.sent["temperature"]) == (64, 0.5)
    assert done.sent["messages"][-1]["content"][0] == {
        "type": "tool_result",
        "tool_use_id": "call_1",
        "content": "sunny",
    }
    assert not {"seed", "stream", "json_mode"} & set(done.sent)


@pytest.mark.parametrize("key", [None, "sk-ours"])
async def test_openai_credentials_and_headers_change_dialect(
    translator: UpstreamClient, at: At, key: str | None
) -> None:
    done = await exchange(translator, at, [Turn("ok")], asking("openai"), key=key)
    assert done.seen_headers[b"x-api-key"] == (key or "mine").encode()
    assert done.seen_headers[b"anthropic-version"] == b"2023-06-01"
    assert done.seen_headers[b"user-agent"] == b"app/1"
    assert not {b"authorization", b"openai-organization", b"anthropic-beta"} & set(done.seen_headers)


async def test_openai_answer(translator: UpstreamClient, at: At) -> None:
    turn = Turn("Let me look.", tools=(WEATHER,), thinking="Hm.")
    done = await exchange(translator, at, [turn], asking("openai", tools=OPENAI_TOOLS))
    assert done.headers[b"x-request-id"] == b"req_scripted"
    async with done.replayed() as replay, AsyncOpenAI(base_url=replay.url + "/v1", api_key="x") as sdk:
        answer = await sdk.chat.completions.create(model="m", messages=[{"role": "user", "content": "hi"}])
    choice = answer.choices[0]
    assert (answer.object, answer.model, choice.finish_reason) == ("chat.completion", "m", "tool_calls")
    assert (choice.message.role, choice.message.content) == ("assistant", "Let me look.")
    assert choice.message.tool_calls is not None
    call = choice.message.tool_calls[0]
    assert call.type == "function"
    assert (call.id, call.function.name) == ("call_7", "get.weather")
    assert json.loads(call.function.arguments) == json.loads(WEATHER.arguments)
    assert answer.usage is not None
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens, answer.usage.total_tokens) == (
        7,
        5,
        12,
    )


@pytest.mark.parametrize("usage", [True, False])
async def test_openai_stream(translator: UpstreamClient, at: At, *, usage: bool) -> None:
    turn = Turn("Let me look.", tools=(WEATHER, ToolCall("get.weather", "{}", "call_8")), thinking="Hm.")
    asked = asking("openai", tools=OPENAI_TOOLS, stream=True, stream_options={"include_usage": usage})
    done = await exchange(translator, at, [turn], asked)
    assert done.sent["stream"] is True
    assert done.headers[b"content-type"].startswith(b"text/event-stream")
    assert done.body.count(b"data: [DONE]\n\n") == 1
    assert done.body.endswith(b"data: [DONE]\n\n")
    async with (
        done.replayed() as replay,
        AsyncOpenAI(base_url=replay.url + "/v1", api_key="x") as sdk,
        sdk.chat.completions.stream(model="m", messages=[{"role": "user", "content": "hi"}]) as events,
    ):
        answer = await events.get_final_completion()
    choice = answer.choices[0]
    assert (choice.message.content, choice.finish_reason) == ("Let me look.", "tool_calls")
    assert choice.message.tool_calls is not None
    assert [call.function.name for call in choice.message.tool_calls] == ["get.weather"] * 2
    assert choice.message.tool_calls[0].function.arguments == WEATHER.arguments
    assert (answer.usage is not None) == usage
    assert answer.usage is None or (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (7, 5)


@pytest.mark.parametrize("stream", [False, True])
async def test_json_mode_is_text_again(translator: UpstreamClient, at: At, *, stream: bool) -> None:
    """litellm asks Claude for JSON by way of a tool; the caller must see neither tool nor tool call."""
    tool = ToolCall("json_tool_call", '{"city": "Bonn"}')
    form = {"type": "json_schema", "json_schema": {"name": "x", "schema": SCHEMA}}
    asked = asking("openai", response_format=form, stream=stream)
    done = await exchange(translator, at, [Turn(tools=(tool,))], asked)
    assert done.sent["tool_choice"]["name"] == "json_tool_call"
    assert b"tool_calls" not in done.body
    if not stream:
        assert json.loads(json.loads(done.body)["choices"][0]["message"]["content"]) == {"city": "Bonn"}


# --- an Anthropic caller, an OpenAI upstream ----------------------------------------------------------


async def test_anthropic_request_reaches_an_openai_upstream(translator: UpstreamClient, at: At) -> None:
    messages = [
        {"role": "user", "content": [{"type": "text", "text": "Weather?"}]},
        {
            "role": "assistant",
            "content": [{"type": "tool_use", "id": "t1", "name": "get.weather", "input": {}}],
        },
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1", "content": "sunny"}]},
    ]
    request = asking(
        "anthropic",
        messages=messages,
        system="Be brief.",
        tools=ANTHROPIC_TOOLS,
        stop_sequences=["END"],
        top_k=3,
        service_tier="auto",
        api_base="http://127.0.0.1:9/",
    )
    done = await exchange(translator, at, [Turn("ok")], request)
    assert done.path == "/v1/chat/completions"
    assert done.sent["messages"][0] == {"role": "system", "content": "Be brief."}
    assert done.sent["messages"][-1]["role"] == "tool"
    assert done.sent["messages"][-1]["tool_call_id"] == "t1"
    assert done.sent["tools"][0]["function"]["parameters"] == SCHEMA
    assert done.sent["stop"] == ["END"]
    assert not {"top_k", "service_tier", "api_base", "stream"} & set(done.sent)


@pytest.mark.parametrize("key", [None, "sk-ours"])
async def test_anthropic_credentials_and_headers_change_dialect(
    translator: UpstreamClient, at: At, key: str | None
) -> None:
    done = await exchange(translator, at, [Turn("ok")], asking("anthropic"), key=key)
    assert done.seen_headers[b"authorization"] == b"Bearer " + (key or "mine").encode()
    assert not {b"x-api-key", b"anthropic-version", b"anthropic-beta"} & set(done.seen_headers)


async def test_anthropic_answer(translator: UpstreamClient, at: At) -> None:
    turn = Turn("Let me look.", tools=(WEATHER,))
    done = await exchange(translator, at, [turn], asking("anthropic", tools=ANTHROPIC_TOOLS))
    assert done.headers[b"request-id"] == b"req_scripted"
    async with done.replayed() as replay, AsyncAnthropic(base_url=replay.url, api_key="x") as sdk:
        answer = await sdk.messages.create(
            model="m", max_tokens=9, messages=[{"role": "user", "content": "hi"}]
        )
    text, tool = answer.content
    assert isinstance(text, TextBlock)
    assert isinstance(tool, ToolUseBlock)
    assert (answer.type, answer.role, answer.model, answer.stop_reason) == (
        "message",
        "assistant",
        "m",
        "tool_use",
    )
    assert text.text == "Let me look."
    assert (tool.id, tool.name, tool.input) == ("call_7", "get.weather", json.loads(WEATHER.arguments))
    assert (answer.usage.input_tokens, answer.usage.output_tokens) == (7, 5)


async def test_anthropic_stream(translator: UpstreamClient, at: At) -> None:
    turn = Turn("Let me look.", tools=(WEATHER, ToolCall("get.weather", "{}", "call_8")))
    done = await exchange(translator, at, [turn], asking("anthropic", tools=ANTHROPIC_TOOLS, stream=True))
    assert done.sent["stream_options"] == {"include_usage": True}
    for once in (b"event: message_start\n", b"event: message_delta\n", b"event: message_stop\n"):
        assert done.body.count(once) == 1
    assert b"[DONE]" not in done.body
    async with (
        done.replayed() as replay,
        AsyncAnthropic(base_url=replay.url, api_key="x") as sdk,
        sdk.messages.stream(model="m", max_tokens=9, messages=[{"role": "user", "content": "hi"}]) as events,
    ):
        answer = await events.get_final_message()
    text, first, second = answer.content
    assert isinstance(text, TextBlock)
    assert isinstance(first, ToolUseBlock)
    assert isinstance(second, ToolUseBlock)
    assert (text.text, answer.stop_reason) == ("Let me look.", "tool_use")
    assert (first.id, first.name, first.input) == ("call_7", "get.weather", json.loads(WEATHER.arguments))
    assert (second.id, second.input) == ("call_8", {})
    assert (answer.usage.input_tokens, answer.usage.output_tokens) == (7, 5)


@pytest.mark.parametrize("stream", [False, True])
async def test_refusals_keep_their_meaning(translator: UpstreamClient, at: At, *, stream: bool) -> None:
    turn = Turn(refusal="I will not.")
    done = await exchange(translator, at, [turn], asking("anthropic", stream=stream))
    assert b"I will" in done.body
    assert b'"stop_reason":"refusal"' in done.body.replace(b": ", b":")
    back = await exchange(translator, at, [turn], asking("openai", stream=stream))
    assert b"content_filter" in back.body


# --- faults -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [400, 401, 404, 429, 500, 503, 529])
@pytest.mark.parametrize("stream", [False, True])
async def test_errors_arrive_in_the_callers_envelope(
    translator: UpstreamClient, at: At, status: int, *, stream: bool
) -> None:
    said = {
        "type": "error",
        "error": {"type": "odd_error", "message": "Not today.", "code": "odd", "param": "x"},
    }
    script = [Reply.json(said, status=status, retry_after="7", x_should_retry="false")]
    done = await exchange(translator, at, script, asking("openai", stream=stream))
    assert (done.status, done.headers[b"retry-after"]) == (status, b"7")
    async with done.replayed() as replay, AsyncOpenAI(base_url=replay.url, api_key="x", max_retries=0) as sdk:
        with pytest.raises(OpenAIStatusError) as openai:
            await sdk.chat.completions.create(model="m", messages=[])
    assert openai.value.body == {"message": "Not today.", "type": "odd_error", "param": None, "code": None}
    done = await exchange(translator, at, script, asking("anthropic", stream=stream))
    async with (
        done.replayed() as replay,
        AsyncAnthropic(base_url=replay.url, api_key="x", max_retries=0) as other,
    ):
        with pytest.raises(AnthropicStatusError) as anthropic:
            await other.messages.create(model="m", max_tokens=9, messages=[{"role": "user", "content": "hi"}])
    assert anthropic.value.status_code == status
    assert isinstance(anthropic.value.body, dict)
    assert anthropic.value.body["error"]["message"] == "Not today."


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"error": "plain"}', b'{"error": null}'])
@pytest.mark.parametrize("family", ["openai", "anthropic"])
async def test_errors_that_are_no_envelope(
    translator: UpstreamClient, at: At, family: str, body: bytes
) -> None:
    done = await exchange(translator, at, [Reply(body, 502)], asking(family))
    assert isinstance(json.loads(done.body)["error"]["message"], str)


@pytest.mark.parametrize("family", ["openai", "anthropic"])
async def test_an_error_inside_a_stream_is_an_error_frame(
    translator: UpstreamClient, at: At, family: str
) -> None:
    error = b'{"type": "error", "error": {"type": "overloaded_error", "message": "Busy."}}'
    script = [Stream([b"event: error\ndata: " + error + b"\n\n"])]
    done = await exchange(translator, at, script, asking(family, stream=True))
    frames = [line for line in done.body.decode().splitlines() if line.startswith("data: {")]
    assert json.loads(frames[-1][6:])["error"]["message"] == "Busy."
    assert b"message_stop" not in done.body
    assert (b"event: error" in done.body) == (family == "anthropic")


@pytest.mark.parametrize("family", ["openai", "anthropic"])
@pytest.mark.parametrize("cut", ["cut", "complete"])
async def test_a_stream_that_ends_early_never_ends_cleanly(
    translator: UpstreamClient, at: At, family: str, cut: Ending
) -> None:
    with pytest.raises(UpstreamError) as caught:
        await exchange(translator, at, _half_a_stream(cut), asking(family, stream=True))
    assert caught.value.code == "protocol"


@pytest.mark.parametrize("family", ["openai", "anthropic"])
@pytest.mark.parametrize("body", [b"{}", b"[]", b"not json", b'{"choices": 1, "content": 2}'])
async def test_an_answer_that_cannot_be_read_is_a_fault(
    translator: UpstreamClient, at: At, family: str, body: bytes
) -> None:
    for answer in (Reply(body), Stream([b"data: " + body + b"\n\n"])):
        with pytest.raises(UpstreamError) as caught:
            await exchange(translator, at, [answer], asking(family, stream=isinstance(answer, Stream)))
        assert caught.value.code == "protocol"


async def test_connection_faults_pass(translator: UpstreamClient, at: At) -> None:
    with pytest.raises(UpstreamError) as caught:
        await exchange(translator, at, [Fail("close")], asking("openai"))
    assert caught.value.code == "unreachable"


@pytest.mark.parametrize("family", ["openai", "anthropic"])
async def test_leaving_a_translated_stream_cancels_upstream(
    translator: UpstreamClient, at: At, family: str
) -> None:
    async with ScriptedUpstream(_half_a_stream("hang")) as upstream:
        dialect = "anthropic" if family == "openai" else "openai"
        response: UpstreamResponse = await translator.send(
            at(upstream.url, dialect=dialect), asking(family, stream=True)
        )
        async for chunk in response.chunks():
            if b"Hell" in chunk:
                break
        await response.aclose()
        async with asyncio.timeout(5):
            await upstream.wait_for_disconnect()


# --- what is refused ----------------------------------------------------------------------------------


def _user(*parts: Json) -> list[Json]:
    return [{"role": "user", "content": list(parts)}]


UNTRANSLATABLE = [
    ("openai", {"n": 2}, "n"),
    ("openai", {"logprobs": True}, "logprobs"),
    ("openai", {"tools": [{"type": "mcp", "server_url": "http://127.0.0.1/"}]}, "tools"),
    ("openai", {"messages": _user({"type": "input_audio", "input_audio": {}})}, "messages"),
    (
        "openai",
        {"messages": _user({"type": "image_url", "image_url": {"url": "http://127.0.0.1/x"}})},
        "messages",
    ),
    ("openai", {"messages": _user({"type": "image_url", "image_url": "HTTP://127.0.0.1/x"})}, "messages"),
    ("openai", {"messages": _user({"type": "file", "file": {"file_data": "http://127.0.0.1/"}})}, "messages"),
    ("openai", {"messages": _user({"type": "file", "file": {"file_id": "https://a.test/"}})}, "messages"),
    ("openai", {"messages": [{"role": "user", "content": 5}]}, "messages"),
    ("openai", {"messages": [{"role": "wizard", "content": "SECRET"}]}, None),
    ("openai", {"messages": None}, None),
    ("anthropic", {"mcp_servers": [{"url": "http://127.0.0.1/"}]}, "mcp_servers"),
    ("anthropic", {"context_management": {"edits": []}}, "context_management"),
    ("anthropic", {"tools": [{"type": "web_search_20250305", "name": "web_search"}]}, "tools"),
    ("anthropic", {"messages": _user({"type": "document", "source": {}})}, "messages"),
    ("anthropic", {"messages": "SECRET"}, None),
]


@pytest.mark.parametrize(("family", "fields", "param"), UNTRANSLATABLE)
async def test_what_cannot_be_said_is_refused(
    translator: UpstreamClient, at: At, family: str, fields: Json, param: str | None
) -> None:
    dialect = "anthropic" if family == "openai" else "openai"
    async with ScriptedUpstream() as upstream:
        with pytest.raises(CallerError) as caught:
            await translator.send(at(upstream.url, dialect=dialect), asking(family, **fields))
        assert upstream.connections == 0
    assert caught.value.status == 400
    assert caught.value.param == param
    assert "SECRET" not in caught.value.message


async def test_images_inside_the_request_are_translated(translator: UpstreamClient, at: At) -> None:
    images = _user(
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}},
        {"type": "image_url", "image_url": {"url": "https://a.test/x.png"}},
    )
    done = await exchange(translator, at, [Turn("ok")], asking("openai", messages=images))
    inline, linked = done.sent["messages"][0]["content"]
    assert inline["source"] == {"type": "base64", "media_type": "image/png", "data": "AAAA"}
    assert linked["source"] == {"type": "url", "url": "https://a.test/x.png"}


# --- the library itself -------------------------------------------------------------------------------


@pytest.mark.parametrize("bad", sorted(library.MALICIOUS))
def test_malicious_releases_never_run(monkeypatch: pytest.MonkeyPatch, bad: str) -> None:
    monkeypatch.setattr(library, "version", lambda _: bad)
    with pytest.raises(ConfigError, match="malicious"):
        check_translation()
    with pytest.raises(UpstreamError, match="malicious"):
        library.load()


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_: str) -> str:
        raise PackageNotFoundError

    monkeypatch.setattr(library, "version", missing)
    with pytest.raises(ConfigError, match=r"lictor\[translate\]"):
        check_translation()


def test_the_installed_library_is_usable_and_silent(loaded: library.Library) -> None:
    check_translation()
    assert not logging.getLogger("LiteLLM").isEnabledFor(logging.CRITICAL)


PASSTHROUGH_ONLY = """
import asyncio, sys
from gateway.providers import dispatch, passthrough, translation
from gateway.providers.client import UpstreamRequest
from gateway.providers.upstream import Route, Routing, Upstream
from gateway.testing.upstream import ScriptedUpstream, Turn

async def main():
    async with ScriptedUpstream([Turn("hi")]) as scripted, passthrough.PassthroughClient() as client:
        upstream = Upstream("a", "openai", scripted.url + "/v1")
        dispatcher = dispatch.Dispatcher(client, lambda: translation.make_translator(client))
        await dispatcher.warm(Routing([Route("*", ("a",))], [upstream]))
        body = b'{"model": "m", "messages": []}'
        request = UpstreamRequest("POST", "/chat/completions", [], body, False, "openai", "chat.completions")
        assert b"hi" in await (await dispatcher.send([upstream], request)).read()
        translation.check_translation()

asyncio.run(main())
print([name for name in sys.modules if name.partition(".")[0] in ("litellm", "openai", "anthropic", "httpx")])
"""


def test_passthrough_imports_no_translation_library() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", PASSTHROUGH_ONLY],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout.strip()) == (0, "[]"), done.stderr
