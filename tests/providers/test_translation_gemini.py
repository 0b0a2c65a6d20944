"""Real litellm between a caller of OpenAI's and a scripted Gemini upstream."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from openai import AsyncOpenAI

from gateway.core.errors import CallerError, UpstreamError
from gateway.providers.client import UpstreamClient, UpstreamRequest
from gateway.providers.passthrough import PassthroughClient
from gateway.providers.translation import library, make_translator
from gateway.providers.upstream import Upstream
from gateway.testing.upstream import Received, Reply, Script, ScriptedUpstream, Stream, ToolCall, Turn

Json = Any
"""A tree whose shape the test knows."""

MODEL = "gemini-2.5-flash"
WEATHER = ToolCall("weather", '{"city": "Köln", "days": [1, 2]}')
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
TOOLS = [{"type": "function", "function": {"name": "weather", "description": "d", "parameters": SCHEMA}}]


@pytest.fixture(scope="module")
def loaded() -> library.Library:
    return library.load()


@pytest.fixture
async def translator(loaded: library.Library) -> AsyncIterator[UpstreamClient]:
    async with PassthroughClient() as client:
        yield make_translator(client)


def asking(**fields: object) -> UpstreamRequest:
    body: Json = {"model": MODEL, "messages": [{"role": "user", "content": "hi"}], **fields}
    return UpstreamRequest(
        method="POST",
        path="/chat/completions",
        headers=[(b"authorization", b"Bearer mine"), (b"content-type", b"application/json")],
        body=json.dumps(body).encode(),
        stream=bool(fields.get("stream")),
        family="openai",
        endpoint="chat.completions",
    )


async def exchange(
    translator: UpstreamClient, script: Script, request: UpstreamRequest
) -> tuple[bytes, Received]:
    async with ScriptedUpstream(script) as upstream:
        response = await translator.send(Upstream("g", "gemini", f"{upstream.url}/v1beta"), request)
        return await response.read(), upstream.requests[0]


async def as_sdk(body: bytes, *, stream: bool) -> Json:
    """What OpenAI's client makes of an answer."""
    kind = "text/event-stream" if stream else "application/json"
    asked: Json = {"model": "m", "messages": [{"role": "user", "content": "hi"}]}
    async with (
        ScriptedUpstream([Reply(body, 200, {"content-type": kind})]) as replay,
        AsyncOpenAI(base_url=f"{replay.url}/v1", api_key="x", max_retries=0) as sdk,
    ):
        if not stream:
            return await sdk.chat.completions.create(**asked)
        async with sdk.chat.completions.stream(**asked) as events:
            return await events.get_final_completion()


async def test_a_request_in_geminis_words(translator: UpstreamClient) -> None:
    messages = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": [{"type": "text", "text": "Weather?"}]},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [
                {
                    "id": "call_1",
                    "type": "function",
                    "function": {"name": "weather", "arguments": '{"city": "K"}'},
                }
            ],
        },
        {"role": "tool", "tool_call_id": "call_1", "content": '{"sky": "clear"}'},
    ]
    request = asking(messages=messages, tools=TOOLS, stop=["END"], temperature=0.5, max_tokens=64, user="u")
    _, seen = await exchange(translator, [Turn("ok")], request)
    assert seen.path == f"/v1beta/models/{MODEL}:generateContent"
    assert seen.header("x-goog-api-key") == "mine"
    sent = seen.json()
    assert sent["system_instruction"]["parts"][0]["text"] == "Be brief."
    assert [content["role"] for content in sent["contents"]] == ["user", "model", "user"]
    assert sent["contents"][1]["parts"][0]["function_call"] == {"name": "weather", "args": {"city": "K"}}
    assert sent["contents"][2]["parts"][0]["function_response"]["name"] == "weather"
    assert sent["generationConfig"] == {
        "temperature": 0.5,
        "max_output_tokens": 64,
        "stop_sequences": ["END"],
    }
    assert sent["tools"][0]["function_declarations"][0]["name"] == "weather"
    assert "model" not in sent


@pytest.mark.parametrize("stream", [False, True])
async def test_an_answer_in_openais_words(translator: UpstreamClient, stream: bool) -> None:
    turn = Turn("Let me look.", tools=(WEATHER,), thinking="Hm.")
    body, _ = await exchange(
        translator, [turn], asking(tools=TOOLS, stream=stream, stream_options={"include_usage": True})
    )
    assert b"thought" not in body
    assert b"provider_specific" not in body
    answer = await as_sdk(body, stream=stream)
    choice = answer.choices[0]
    assert (choice.message.content, choice.finish_reason) == ("Let me look.", "tool_calls")
    (call,) = choice.message.tool_calls
    assert call.id.startswith("call_")
    assert (call.function.name, json.loads(call.function.arguments)) == (
        "weather",
        json.loads(WEATHER.arguments),
    )
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (7, 5)
    assert answer.id == "chatcmpl-resp_scripted"


@pytest.mark.parametrize("usage", [False, True])
async def test_a_stream_has_a_role_first_and_the_usage_only_when_asked(
    translator: UpstreamClient, usage: bool
) -> None:
    asked = asking(stream=True, stream_options={"include_usage": usage})
    body, _ = await exchange(translator, [Turn("Hello you")], asked)
    assert body.endswith(b"data: [DONE]\n\n")
    chunks = [json.loads(line.removeprefix("data: ")) for line in body.decode().split("\n\n")[:-2]]
    assert chunks[0]["choices"][0]["delta"] == {"role": "assistant", "content": "", "refusal": None}
    reasons = [c["choices"][0]["finish_reason"] for c in chunks if c["choices"]]
    assert reasons == [None] * (len(reasons) - 1) + ["stop"]
    texts = [c["choices"][0]["delta"].get("content", "") for c in chunks if c["choices"]]
    assert "".join(texts) == "Hello you"
    assert ("usage" in chunks[-1]) == usage
    assert (chunks[-1]["choices"] == []) == usage


@pytest.mark.parametrize("stream", [False, True])
async def test_what_gemini_filters_is_filtered_content(translator: UpstreamClient, stream: bool) -> None:
    body, _ = await exchange(translator, [Turn(refusal="No.")], asking(stream=stream))
    said = json.loads(body.decode().split("data: ")[-2]) if stream else json.loads(body)
    assert said["choices"][0]["finish_reason"] == "content_filter"


@pytest.mark.parametrize("stream", [False, True])
async def test_a_blocked_prompt_is_filtered_content(translator: UpstreamClient, stream: bool) -> None:
    blocked = {"promptFeedback": {"blockReason": "SAFETY"}, "usageMetadata": {"promptTokenCount": 3}}
    data = json.dumps(blocked).encode()
    answer = Stream([b"data: " + data + b"\r\n\r\n"]) if stream else Reply(data)
    body, _ = await exchange(translator, [answer], asking(stream=stream))
    said = json.loads(body.decode().split("data: ")[-2]) if stream else json.loads(body)
    assert said["choices"][0]["finish_reason"] == "content_filter"


async def test_structured_output_is_asked_for(translator: UpstreamClient) -> None:
    form = {"type": "json_schema", "json_schema": {"name": "x", "schema": SCHEMA}}
    body, seen = await exchange(translator, [Turn('{"city": "Bonn"}')], asking(response_format=form))
    config = seen.json()["generationConfig"]
    assert config["response_mime_type"] == "application/json"
    assert json.loads(json.loads(body)["choices"][0]["message"]["content"]) == {"city": "Bonn"}


async def test_an_error_keeps_its_status_and_words(translator: UpstreamClient) -> None:
    error = {"error": {"code": 429, "message": "Slow down", "status": "RESOURCE_EXHAUSTED"}}
    async with ScriptedUpstream([Reply.json(error, 429)]) as upstream:
        response = await translator.send(Upstream("g", "gemini", f"{upstream.url}/v1beta"), asking())
        assert response.status == 429
        assert json.loads(await response.read())["error"]["message"] == "Slow down"


async def test_an_error_inside_a_stream_is_an_error_frame(translator: UpstreamClient) -> None:
    said = b'data: {"error": {"code": 503, "message": "Not now", "status": "UNAVAILABLE"}}\r\n\r\n'
    body, _ = await exchange(translator, [Stream([said])], asking(stream=True))
    assert json.loads(body.split(b"\n\n")[0].removeprefix(b"data: "))["error"]["message"] == "Not now"


async def test_half_a_stream_never_ends_cleanly(translator: UpstreamClient) -> None:
    chunk = b'data: {"candidates": [{"content": {"role": "model", "parts": [{"text": "He"}]}}]}\r\n\r\n'
    with pytest.raises(UpstreamError):
        await exchange(translator, [Stream([chunk])], asking(stream=True))


@pytest.mark.parametrize(
    "url", ["https://x.test/a.png", "http://10.0.0.1/a.png", "gs://bucket/a.png", "file:///etc/passwd"]
)
async def test_media_that_somebody_would_have_to_fetch_is_refused(
    translator: UpstreamClient, url: str
) -> None:
    messages = [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": url}}]}]
    with pytest.raises(CallerError) as refusal:
        await exchange(translator, [Turn("ok")], asking(messages=messages))
    assert refusal.value.code == "unsupported_parameter"


async def test_images_inside_the_request_are_translated(translator: UpstreamClient) -> None:
    part = {"type": "image_url", "image_url": {"url": "data:image/png;base64,aGk="}}
    _, seen = await exchange(translator, [Turn("ok")], asking(messages=[{"role": "user", "content": [part]}]))
    blob = seen.json()["contents"][0]["parts"][0]["inline_data"]
    assert blob == {"data": "aGk=", "mime_type": "image/png"}
