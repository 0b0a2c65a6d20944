"""Real litellm between a caller of OpenAI's and a scripted Bedrock upstream."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from openai import AsyncOpenAI

from gateway.core.errors import CallerError, UpstreamError
from gateway.providers.client import UpstreamClient, UpstreamRequest
from gateway.providers.dispatch import needs_translation
from gateway.providers.http1 import Http1Client
from gateway.providers.passthrough import PassthroughClient
from gateway.providers.translation import library, make_translator
from gateway.providers.translation.sigv4 import Unsigned, signed
from gateway.providers.upstream import AwsCredentials, Route, Routing, Upstream
from gateway.testing.upstream import Received, Reply, Script, ScriptedUpstream, Stream, ToolCall, Turn
from gateway.testing.upstream_bedrock import event

Json = Any
"""A tree whose shape the test knows."""

MODEL = "eu.anthropic.claude-3-5-sonnet-20240620-v1:0"
WEATHER = ToolCall("weather", '{"city": "Köln", "days": [1, 2]}', "tooluse_0")
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
        headers=[(b"authorization", b"Bearer mine"), (b"x-amzn-bedrock-guardrailidentifier", b"none")],
        body=json.dumps(body).encode(),
        stream=bool(fields.get("stream")),
        family="openai",
        endpoint="chat.completions",
    )


async def exchange(
    translator: UpstreamClient, script: Script, request: UpstreamRequest
) -> tuple[bytes, Received]:
    async with ScriptedUpstream(script) as upstream:
        response = await translator.send(Upstream("b", "bedrock", upstream.url), request)
        assert (b"x-request-id", b"req_scripted") in response.headers or response.status >= 300
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


async def test_a_request_in_bedrocks_words(translator: UpstreamClient) -> None:
    function = {"name": "weather", "arguments": '{"city": "K"}'}
    messages = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": [{"type": "text", "text": "Weather?"}]},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": "tooluse_1", "type": "function", "function": function}],
        },
        {"role": "tool", "tool_call_id": "tooluse_1", "content": "clear"},
    ]
    request = asking(messages=messages, tools=TOOLS, stop=["END"], temperature=0.5, max_tokens=64, user="u")
    _, seen = await exchange(translator, [Turn("ok")], request)
    assert seen.path == "/model/eu.anthropic.claude-3-5-sonnet-20240620-v1%3A0/converse"
    assert seen.header("authorization") == "Bearer mine"
    assert seen.header("x-amzn-bedrock-guardrailidentifier") is None
    sent = seen.json()
    assert sent["system"] == [{"text": "Be brief."}]
    assert [message["role"] for message in sent["messages"]] == ["user", "assistant", "user"]
    called = {"toolUseId": "tooluse_1", "name": "weather", "input": {"city": "K"}}
    assert sent["messages"][1]["content"] == [{"toolUse": called}]
    result = sent["messages"][2]["content"][0]["toolResult"]
    assert (result["toolUseId"], result["content"]) == ("tooluse_1", [{"text": "clear"}])
    assert sent["inferenceConfig"] == {"temperature": 0.5, "maxTokens": 64, "stopSequences": ["END"]}
    assert sent["toolConfig"]["tools"][0]["toolSpec"]["name"] == "weather"
    assert sent.keys() <= {"messages", "system", "inferenceConfig", "toolConfig"}


@pytest.mark.parametrize("stream", [False, True])
async def test_an_answer_in_openais_words(translator: UpstreamClient, stream: bool) -> None:
    turn = Turn("Let me look.", tools=(WEATHER,), thinking="Hm.")
    body, seen = await exchange(
        translator, [turn], asking(tools=TOOLS, stream=stream, stream_options={"include_usage": True})
    )
    assert seen.path.endswith("/converse-stream") == stream
    assert b"thinking" not in body
    assert b"provider_specific" not in body
    answer = await as_sdk(body, stream=stream)
    choice = answer.choices[0]
    assert (choice.message.content, choice.finish_reason) == ("Let me look.", "tool_calls")
    assert choice.message.reasoning_content == "Hm."
    (call,) = choice.message.tool_calls
    assert (call.id, call.function.name) == ("tooluse_0", "weather")
    assert json.loads(call.function.arguments) == json.loads(WEATHER.arguments)
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (7, 5)
    assert (answer.model, answer.id[:9]) == (MODEL, "chatcmpl-")


AWS = AwsCredentials("eu-central-1", "AKIDEXAMPLE", "secret", "token/=+")


@pytest.mark.parametrize("base", ["", "/behind/a%20proxy"])
@pytest.mark.parametrize("client", [PassthroughClient, Http1Client])
async def test_what_is_sent_is_what_was_signed(
    loaded: library.Library, client: type[PassthroughClient | Http1Client], base: str
) -> None:
    async with client() as sending, ScriptedUpstream() as upstream:
        signing = Upstream("b", "bedrock", upstream.url + base, aws=AWS)
        response = await make_translator(sending).send(signing, asking())
        await response.read()
    (seen,) = upstream.requests
    assert seen.path.startswith(f"{base}/model/")
    assert b"mine" not in b"".join(value for _, value in seen.headers)
    assert [name.lower() for name, _ in seen.headers].count(b"authorization") == 1
    now = datetime.strptime(seen.header("x-amz-date") or "", "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    host = [(b"host", (seen.header("host") or "").encode())]
    for name, value in signed(Unsigned("POST", seen.path, host, seen.body), AWS, "bedrock", now=now):
        assert seen.header(name.decode()) == value.decode()


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
async def test_two_calls_one_of_them_without_arguments(translator: UpstreamClient, stream: bool) -> None:
    start = {"contentBlockIndex": 0, "start": {"toolUse": {"toolUseId": "t0", "name": "weather"}}}
    bare = [event("contentBlockStart", start), event("contentBlockStop", {"contentBlockIndex": 0})]
    begin = event("messageStart", {"role": "assistant"})
    start = {"contentBlockIndex": 1, "start": {"toolUse": {"toolUseId": "t1", "name": "weather"}}}
    delta = {"contentBlockIndex": 1, "delta": {"toolUse": {"input": '{"city": "Bonn"}'}}}
    other = [event("contentBlockStart", start), event("contentBlockDelta", delta)]
    streamed = Stream([begin, *bare, *other, event("messageStop", {"stopReason": "tool_use"})])
    calls = (ToolCall("weather", "{}", "t0"), ToolCall("weather", '{"city": "Bonn"}', "t1"))
    async with ScriptedUpstream([streamed if stream else Turn(tools=calls)]) as upstream:
        response = await translator.send(
            Upstream("b", "bedrock", upstream.url), asking(tools=TOOLS, stream=stream)
        )
        answer = await as_sdk(await response.read(), stream=stream)
    said = [(call.id, json.loads(call.function.arguments)) for call in answer.choices[0].message.tool_calls]
    assert said == [("t0", {}), ("t1", {"city": "Bonn"})]


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("reason", "finish"),
    [
        ("guardrail_intervened", "content_filter"),
        ("max_tokens", "length"),
        ("stop_sequence", "stop"),
        ("something_new", "stop"),
    ],
)
async def test_why_it_stopped(translator: UpstreamClient, stream: bool, reason: str, finish: str) -> None:
    message = {"role": "assistant", "content": [{"text": "x"}]}
    usage = {"inputTokens": 1, "outputTokens": 1, "totalTokens": 2}
    whole = {"output": {"message": message}, "stopReason": reason, "usage": usage}
    named = {"x-amzn-requestid": "req_scripted"}
    streamed = Stream([event("messageStop", {"stopReason": reason})], headers=named)
    answer = streamed if stream else Reply.json(whole, x_amzn_requestid="req_scripted")
    body, _ = await exchange(translator, [answer], asking(stream=stream))
    said = json.loads(body.decode().split("data: ")[-2]) if stream else json.loads(body)
    assert said["choices"][0]["finish_reason"] == finish


@pytest.mark.parametrize("stream", [False, True])
async def test_structured_output_that_is_asked_for_as_a_tool_comes_back_as_text(
    translator: UpstreamClient, stream: bool
) -> None:
    form = {"type": "json_schema", "json_schema": {"name": "x", "schema": SCHEMA}}
    turn = Turn(tools=(ToolCall("json_tool_call", '{"city": "Bonn"}'),))
    body, seen = await exchange(translator, [turn], asking(response_format=form, stream=stream))
    assert seen.json()["toolConfig"]["toolChoice"] == {"tool": {"name": "json_tool_call"}}
    choice = (await as_sdk(body, stream=stream)).choices[0]
    assert (json.loads(choice.message.content), choice.finish_reason) == ({"city": "Bonn"}, "stop")
    assert not choice.message.tool_calls


@pytest.mark.parametrize(
    ("status", "kind", "expected"),
    [
        (400, "ValidationException", 400),
        (400, "ServiceQuotaExceededException:http://internal.amazon.com/", 429),
        (403, "AccessDeniedException", 403),
        (404, "ResourceNotFoundException", 404),
        (408, "ModelTimeoutException", 504),
        (424, "ModelErrorException", 502),
        (429, "ThrottlingException", 429),
        (500, "InternalServerException", 500),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
async def test_an_error_has_a_fitting_status_and_its_words(
    translator: UpstreamClient, status: int, kind: str, expected: int, stream: bool
) -> None:
    word = "Message" if status == 403 else "message"
    answer = Reply.json({word: "Not so"}, status, x_amzn_errortype=kind)
    async with ScriptedUpstream([answer]) as upstream:
        response = await translator.send(Upstream("b", "bedrock", upstream.url), asking(stream=stream))
        assert response.status == expected
        error = json.loads(await response.read())["error"]
    assert (error["message"], error["param"], error["code"]) == ("Not so", None, None)


async def test_an_error_inside_a_stream_is_an_error_frame(translator: UpstreamClient) -> None:
    said = event("throttlingException", {"message": "Slow down"}, message="exception")
    answer = Stream(
        [event("messageStart", {"role": "assistant"}), said], headers={"x-request-id": "req_scripted"}
    )
    body, _ = await exchange(translator, [answer], asking(stream=True))
    error = json.loads(body.split(b"\n\n")[1].removeprefix(b"data: "))["error"]
    assert (error["message"], error["type"]) == ("Slow down", "rate_limit_error")
    assert b'finish_reason":"' not in body


async def test_half_a_stream_never_ends_cleanly(translator: UpstreamClient) -> None:
    headers = {"x-request-id": "req_scripted"}
    whole = event("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": "He"}})
    for cut in (whole, whole[:-1]):
        with pytest.raises(UpstreamError):
            await exchange(translator, [Stream([cut], headers=headers)], asking(stream=True))


@pytest.mark.parametrize("url", ["https://x.test/a.png", "http://10.0.0.1/a.png", "s3://bucket/a.png"])
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
    image = seen.json()["messages"][0]["content"][0]["image"]
    assert image == {"format": "png", "source": {"bytes": "aGk="}}


@pytest.mark.parametrize("name", ["a.b", "1st", "naïve"])
async def test_a_tool_whose_name_bedrock_does_not_allow_is_refused(
    translator: UpstreamClient, name: str
) -> None:
    tools = [{"type": "function", "function": {"name": name, "parameters": SCHEMA}}]
    with pytest.raises(CallerError) as refusal:
        await exchange(translator, [Turn("ok")], asking(tools=tools))
    assert (refusal.value.code, refusal.value.param) == ("unsupported_parameter", "tools")


def test_its_route_always_needs_translation() -> None:
    upstreams = [Upstream("b", "bedrock", "https://x.test"), Upstream("o", "openai", "https://x.test")]
    assert needs_translation(Routing([Route("*", ("b",))], upstreams))
    assert not needs_translation(Routing([Route("*", ("o",))], upstreams))
