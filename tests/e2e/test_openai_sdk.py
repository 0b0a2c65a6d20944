"""The official OpenAI client in front of the gateway behaves as it does in front of the provider."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import openai
import pytest
from openai.types.chat import ChatCompletionMessageParam, ChatCompletionToolParam

from gateway.testing.upstream import Fail, Reply, ScriptedUpstream, Stream, ToolCall, Turn
from tests.e2e.harness import CALLER_KEY, SECRET, Script, Site, bare

MODEL = "gpt-4o"
TOOL: ChatCompletionToolParam = {
    "type": "function",
    "function": {
        "name": "weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
    },
}


@pytest.fixture
def client(gateway: Site, upstream: ScriptedUpstream) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{gateway.url}/v1", api_key=CALLER_KEY, max_retries=0) as opened:
        yield opened


@pytest.fixture
async def async_client(gateway: Site, upstream: ScriptedUpstream) -> AsyncIterator[openai.AsyncOpenAI]:
    async with openai.AsyncOpenAI(base_url=f"{gateway.url}/v1", api_key=CALLER_KEY, max_retries=0) as opened:
        yield opened


def said(text: str) -> list[ChatCompletionMessageParam]:
    return [{"role": "user", "content": text}]


def ask(client: openai.OpenAI, text: str, model: str = MODEL) -> str | None:
    return client.chat.completions.create(model=model, messages=said(text)).choices[0].message.content


# --- answers --------------------------------------------------------------------------------------------


def test_an_answer_arrives_with_its_usage(client: openai.OpenAI, upstream: ScriptedUpstream) -> None:
    answer = client.chat.completions.create(model=MODEL, messages=said("Hello"))
    assert answer.choices[0].message.content == "echo: Hello"
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage is not None
    assert answer.usage.total_tokens == 12
    assert [request.path for request in upstream.requests] == ["/v1/chat/completions"]


async def test_an_answer_arrives_asynchronously(async_client: openai.AsyncOpenAI) -> None:
    answer = await async_client.chat.completions.create(model=MODEL, messages=said("Hello"))
    assert answer.choices[0].message.content == "echo: Hello"


def test_an_answer_carries_the_upstreams_request_id_and_our_own_labels(
    client: openai.OpenAI, gateway: Site
) -> None:
    raw = client.chat.completions.with_raw_response.create(model=MODEL, messages=said("Hello"))
    assert raw.headers["x-request-id"] == "req_scripted"
    assert raw.headers["x-lictor-decision"] == "allow"
    assert raw.headers["x-lictor-policy-revision"].startswith("sha256:")
    stages = dict(part.split(";dur=") for part in raw.headers["server-timing"].split(", "))
    assert {"policy", "upstream", "total"} <= stages.keys()
    assert gateway.kinds(raw.headers["x-lictor-decision-id"]) == ["decision", "outcome"]


@pytest.mark.parametrize("usage", [False, True])
def test_a_streamed_answer_is_whole(client: openai.OpenAI, usage: bool) -> None:
    options: dict[str, Any] = {"stream_options": {"include_usage": True}} if usage else {}
    with client.chat.completions.create(
        model=MODEL, messages=said("Hello"), stream=True, **options
    ) as stream:
        chunks = list(stream)
    texts = [chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices]
    assert "".join(texts) == "echo: Hello"
    assert len(texts) > 3
    assert chunks[-1].usage is not None if usage else all(chunk.usage is None for chunk in chunks)


async def test_a_streamed_answer_is_whole_asynchronously(async_client: openai.AsyncOpenAI) -> None:
    stream = await async_client.chat.completions.create(model=MODEL, messages=said("Hello"), stream=True)
    async with stream:
        texts = [chunk.choices[0].delta.content or "" async for chunk in stream if chunk.choices]
    assert "".join(texts) == "echo: Hello"


def test_the_stream_helper_understands_the_stream(client: openai.OpenAI) -> None:
    with client.chat.completions.stream(model=MODEL, messages=said("Hello")) as stream:
        answer = stream.get_final_completion()
    assert answer.choices[0].message.content == "echo: Hello"


@pytest.mark.parametrize("stream", [False, True])
def test_a_tool_call_comes_back(client: openai.OpenAI, script: Script, stream: bool) -> None:
    script.always(Turn(tools=(ToolCall("weather", '{"city": "Paris"}'),)))
    if stream:
        with client.chat.completions.stream(model=MODEL, messages=said("?"), tools=[TOOL]) as opened:
            choice: Any = opened.get_final_completion().choices[0]
    else:
        choice = client.chat.completions.create(model=MODEL, messages=said("?"), tools=[TOOL]).choices[0]
    (call,) = choice.message.tool_calls
    assert (call.function.name, call.function.arguments) == ("weather", '{"city": "Paris"}')
    assert choice.finish_reason == "tool_calls"


def test_tools_and_their_results_reach_the_upstream(
    client: openai.OpenAI, upstream: ScriptedUpstream
) -> None:
    history: list[ChatCompletionMessageParam] = [
        {"role": "user", "content": "Weather?"},
        {
            "role": "assistant",
            "tool_calls": [
                {"id": "call_0", "type": "function", "function": {"name": "weather", "arguments": "{}"}}
            ],
        },
        {"role": "tool", "tool_call_id": "call_0", "content": "Sunny, for jane.doe@example.com"},
    ]
    client.chat.completions.create(model=MODEL, messages=history, tools=[TOOL])
    sent = upstream.requests[0].json()
    assert sent["tools"] == [TOOL]
    assert sent["messages"][:2] == history[:2]
    assert bare(sent["messages"][2]["content"]) == "Sunny, for <EMAIL>"


def test_models_are_listed(client: openai.OpenAI, gateway: Site, upstream: ScriptedUpstream) -> None:
    assert [model.id for model in client.models.list()] == ["scripted"]
    raw = client.models.with_raw_response.list()
    assert gateway.kinds(raw.headers["x-lictor-decision-id"]) == ["decision", "outcome"]
    assert upstream.requests[0].path == "/v1/models"


# --- content --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stream", [False, True])
def test_personal_data_does_not_reach_the_upstream(
    client: openai.OpenAI, upstream: ScriptedUpstream, stream: bool
) -> None:
    messages = said("Refund 4111 1111 1111 1111, tell jane.doe@example.com.")
    raw = client.chat.completions.with_raw_response.create(model=MODEL, messages=messages, stream=stream)
    assert bare(upstream.requests[0].json()["messages"][0]["content"]) == "Refund <CARD>, tell <EMAIL>."
    assert raw.headers["x-lictor-decision"] == "transform"
    if stream:
        raw.http_response.close()


def test_personal_data_in_an_answer_does_not_reach_the_caller(client: openai.OpenAI, script: Script) -> None:
    script.always(Turn("Write to jane.doe@example.com today."))
    assert ask(client, "Whom?") == "Write to [EMAIL] today."


def test_personal_data_in_a_stream_does_not_reach_the_caller(client: openai.OpenAI, script: Script) -> None:
    script.always(Turn("Write to jane.doe@example.com today."))
    with client.chat.completions.create(model=MODEL, messages=said("Whom?"), stream=True) as stream:
        texts = [chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices]
    assert "".join(texts) == "Write to [EMAIL] today."


def test_personal_data_in_tool_arguments_does_not_reach_the_caller(
    client: openai.OpenAI, script: Script
) -> None:
    script.always(Turn(tools=(ToolCall("mail", '{"to": "jane.doe@example.com", "urgent": true}'),)))
    with client.chat.completions.stream(model=MODEL, messages=said("Mail"), tools=[TOOL]) as stream:
        (call,) = stream.get_final_completion().choices[0].message.tool_calls or []
    assert call.function.arguments == '{"to": "[EMAIL]", "urgent": true}'


def test_a_secret_is_denied(client: openai.OpenAI, gateway: Site, upstream: ScriptedUpstream) -> None:
    with pytest.raises(openai.BadRequestError) as denial:
        ask(client, f"Why does {SECRET} not work?")
    assert upstream.requests == []
    error = denial.value
    assert error.code == "content_policy_violation"
    assert error.type == "invalid_request_error"
    assert error.param == "/messages/0/content"
    assert error.response.headers["x-should-retry"] == "false"
    body: Any = error.body
    decision_id = error.response.headers["x-lictor-decision-id"]
    assert body["lictor"] == {
        "decision_id": decision_id,
        "rule": "secrets.never_leave",
        "reason": "The request carries a credential, which must not go to an external provider.",
        "revision": error.response.headers["x-lictor-policy-revision"],
    }
    assert SECRET not in error.response.text
    assert gateway.kinds(decision_id) == ["decision", "outcome"]
    assert gateway.outcome(decision_id)["ending"] == "denied"


def test_a_denied_stream_is_an_ordinary_error(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError):
        client.chat.completions.create(model=MODEL, messages=said(SECRET), stream=True)


def test_a_denial_is_asked_for_once(gateway: Site, upstream: ScriptedUpstream) -> None:
    model = "gpt-asked-once"
    with (
        openai.OpenAI(base_url=f"{gateway.url}/v1", api_key=CALLER_KEY, max_retries=2) as client,
        pytest.raises(openai.BadRequestError),
    ):
        ask(client, SECRET, model)
    assert [record["type"] for record in gateway.about(model)] == ["decision", "outcome"]


# --- refusals and faults ----------------------------------------------------------------------------------


def test_a_model_that_policy_does_not_allow_is_forbidden(client: openai.OpenAI) -> None:
    with pytest.raises(openai.PermissionDeniedError) as denial:
        ask(client, "Hello", "shadow-it")
    assert denial.value.code == "model_not_allowed"


def test_a_model_without_a_route_is_not_found(client: openai.OpenAI, gateway: Site) -> None:
    with pytest.raises(openai.NotFoundError) as refusal:
        ask(client, "Hello", "unheard-of")
    assert refusal.value.code == "model_not_found"
    assert gateway.kinds(refusal.value.response.headers["x-lictor-decision-id"]) == ["refused"]


def test_an_unknown_endpoint_is_not_found(
    client: openai.OpenAI, gateway: Site, upstream: ScriptedUpstream
) -> None:
    with pytest.raises(openai.NotFoundError) as refusal:
        client.vector_stores.create(name="Cats")
    assert refusal.value.code == "unknown_endpoint"
    assert upstream.requests == []
    assert gateway.kinds(refusal.value.response.headers["x-lictor-decision-id"]) == ["refused"]


def test_the_upstreams_rate_limit_is_the_callers(client: openai.OpenAI, script: Script) -> None:
    script.always(
        Reply.json(
            {
                "error": {
                    "message": "Slow down",
                    "type": "requests",
                    "param": None,
                    "code": "rate_limit_exceeded",
                }
            },
            429,
            retry_after="17",
            x_request_id="req_busy",
            x_ratelimit_remaining_requests="0",
        )
    )
    with pytest.raises(openai.RateLimitError) as limit:
        ask(client, "Hello")
    assert limit.value.code == "rate_limit_exceeded"
    assert limit.value.request_id == "req_busy"
    assert limit.value.response.headers["retry-after"] == "17"
    assert limit.value.response.headers["x-ratelimit-remaining-requests"] == "0"
    assert "lictor" not in limit.value.response.text


def test_the_upstreams_own_fault_is_told_in_its_words(
    client: openai.OpenAI, script: Script, gateway: Site
) -> None:
    script.always(Reply.json({"error": {"message": "Oops", "type": "server_error"}}, 500))
    with pytest.raises(openai.InternalServerError) as fault:
        ask(client, "Hello")
    assert fault.value.status_code == 500
    assert fault.value.response.json() == {"error": {"message": "Oops", "type": "server_error"}}
    decision_id = fault.value.response.headers["x-lictor-decision-id"]
    assert gateway.outcome(decision_id)["ending"] == "upstream_error"


@pytest.mark.parametrize(
    ("model", "status", "code"), [("gpt-dead", 502, "unreachable"), ("gpt-impatient", 504, "timeout")]
)
@pytest.mark.parametrize("stream", [False, True])
def test_an_upstream_that_gives_no_answer(
    *, client: openai.OpenAI, script: Script, gateway: Site, model: str, status: int, code: str, stream: bool
) -> None:
    script.always(Fail("hang"))
    with pytest.raises(openai.InternalServerError) as fault:
        client.chat.completions.create(model=model, messages=said("Hello"), stream=stream)
    assert (fault.value.status_code, fault.value.code) == (status, code)
    outcome = gateway.outcome(fault.value.response.headers["x-lictor-decision-id"])
    assert (outcome["ending"], outcome["code"]) == ("upstream_error", code)


@pytest.mark.parametrize(
    "answer",
    [
        Reply(b'{"id": "chatcmpl-1', content_length=500),
        Stream([b'data: {"choices": [{"index": 0, "delta": {"content": "Hel"}}]}\n\n'], ending="cut"),
    ],
    ids=["unary", "stream"],
)
def test_an_upstream_that_dies_in_the_middle_of_its_answer(
    client: openai.OpenAI, script: Script, gateway: Site, answer: Reply | Stream
) -> None:
    script.always(answer)
    with pytest.raises(openai.InternalServerError) as fault:
        client.chat.completions.create(model=MODEL, messages=said("Hello"), stream=isinstance(answer, Stream))
    assert (fault.value.status_code, fault.value.code) == (502, "protocol")
    assert gateway.outcome(fault.value.response.headers["x-lictor-decision-id"])["ending"] == "upstream_error"


# --- headers ----------------------------------------------------------------------------------------------


def test_the_clients_own_fields_reach_the_upstream(client: openai.OpenAI, upstream: ScriptedUpstream) -> None:
    client.with_options(organization="org-1", project="proj-1").chat.completions.create(
        model=MODEL, messages=said("Hello"), extra_headers={"x-lictor-mode": "off", "x-custom": "kept"}
    )
    received = upstream.requests[0]
    assert received.header("authorization") == f"Bearer {CALLER_KEY}"
    assert received.header("openai-organization") == "org-1"
    assert received.header("openai-project") == "proj-1"
    assert received.header("x-custom") == "kept"
    assert received.header("x-lictor-mode") is None
    assert received.header("accept-encoding") == "identity"
