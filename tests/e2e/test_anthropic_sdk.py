"""The official Anthropic client in front of the gateway behaves as it does in front of the provider."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import anthropic
import pytest
from anthropic.types import MessageParam, ToolParam

from gateway.testing.upstream import Fail, Received, Reply, ScriptedUpstream, Stream, ToolCall, Turn
from tests.e2e.harness import CALLER_KEY, SECRET, Script, Site, bare

MODEL = "claude-opus"
TOOL: ToolParam = {
    "name": "weather",
    "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}},
}


@pytest.fixture
def client(gateway: Site, upstream: ScriptedUpstream) -> Iterator[anthropic.Anthropic]:
    with anthropic.Anthropic(base_url=gateway.url, api_key=CALLER_KEY, max_retries=0) as opened:
        yield opened


@pytest.fixture
async def async_client(gateway: Site, upstream: ScriptedUpstream) -> AsyncIterator[anthropic.AsyncAnthropic]:
    async with anthropic.AsyncAnthropic(base_url=gateway.url, api_key=CALLER_KEY, max_retries=0) as opened:
        yield opened


def said(text: str) -> list[MessageParam]:
    return [{"role": "user", "content": text}]


def text_of(message: anthropic.types.Message) -> str:
    return "".join(block.text for block in message.content if block.type == "text")


def ask(client: anthropic.Anthropic, text: str, model: str = MODEL) -> str:
    return text_of(client.messages.create(model=model, max_tokens=64, messages=said(text)))


def body_of(error: anthropic.APIStatusError) -> dict[str, Any]:
    assert isinstance(error.body, dict)
    return error.body


def carries_key(received: Received, client: anthropic.Anthropic) -> bool:
    """Whether the client's credential arrived in the field in which it was sent."""
    return all(received.header(name) == value for name, value in client.auth_headers.items())


# --- answers --------------------------------------------------------------------------------------------


def test_an_answer_arrives_with_its_usage(client: anthropic.Anthropic, upstream: ScriptedUpstream) -> None:
    answer = client.messages.create(model=MODEL, max_tokens=64, messages=said("Hello"))
    assert text_of(answer) == "echo: Hello"
    assert answer.stop_reason == "end_turn"
    assert (answer.usage.input_tokens, answer.usage.output_tokens) == (7, 5)
    assert [request.path for request in upstream.requests] == ["/v1/messages"]


async def test_an_answer_arrives_asynchronously(async_client: anthropic.AsyncAnthropic) -> None:
    answer = await async_client.messages.create(model=MODEL, max_tokens=64, messages=said("Hello"))
    assert text_of(answer) == "echo: Hello"


def test_an_answer_carries_the_upstreams_request_id_and_our_own_labels(
    client: anthropic.Anthropic, gateway: Site
) -> None:
    raw = client.messages.with_raw_response.create(model=MODEL, max_tokens=64, messages=said("Hello"))
    assert raw.headers["request-id"] == "req_scripted"
    assert raw.headers["x-lictor-decision"] == "allow"
    assert raw.headers["x-lictor-policy-revision"].startswith("sha256:")
    assert "total;dur=" in raw.headers["server-timing"]
    assert gateway.kinds(raw.headers["x-lictor-decision-id"]) == ["decision", "outcome"]


def test_a_streamed_answer_is_whole(client: anthropic.Anthropic) -> None:
    with client.messages.stream(model=MODEL, max_tokens=64, messages=said("Hello")) as stream:
        pieces = list(stream.text_stream)
        answer = stream.get_final_message()
    assert len(pieces) > 1
    assert "".join(pieces) == text_of(answer) == "echo: Hello"
    assert answer.usage.output_tokens == 5


async def test_a_streamed_answer_is_whole_asynchronously(async_client: anthropic.AsyncAnthropic) -> None:
    async with async_client.messages.stream(model=MODEL, max_tokens=64, messages=said("Hello")) as stream:
        pieces = [piece async for piece in stream.text_stream]
    assert "".join(pieces) == "echo: Hello"


def test_events_of_a_stream_arrive_in_their_order(client: anthropic.Anthropic) -> None:
    with client.messages.create(model=MODEL, max_tokens=64, messages=said("Hello"), stream=True) as stream:
        kinds = [event.type for event in stream]
    assert kinds[0] == "message_start"
    assert kinds[-2:] == ["message_delta", "message_stop"]


def test_tokens_are_counted_and_what_they_count_is_checked(
    client: anthropic.Anthropic, upstream: ScriptedUpstream
) -> None:
    counted = client.messages.count_tokens(
        model=MODEL, system="Answer ann@example.com.", messages=said("Hi jane.doe@example.com"), tools=[TOOL]
    )
    assert counted.input_tokens == 7
    (received,) = upstream.requests
    assert received.path == "/v1/messages/count_tokens"
    assert bare(received.json()["system"]) == "Answer <EMAIL>."
    assert bare(received.json()["messages"][0]["content"]) == "Hi <EMAIL>"
    with pytest.raises(anthropic.BadRequestError):
        client.messages.count_tokens(model=MODEL, messages=said(SECRET))


@pytest.mark.parametrize("stream", [False, True])
def test_a_tool_call_comes_back(client: anthropic.Anthropic, script: Script, stream: bool) -> None:
    script.always(Turn(tools=(ToolCall("weather", '{"city": "Paris"}', "toolu_0"),)))
    if stream:
        with client.messages.stream(model=MODEL, max_tokens=64, messages=said("?"), tools=[TOOL]) as opened:
            answer: Any = opened.get_final_message()
    else:
        answer = client.messages.create(model=MODEL, max_tokens=64, messages=said("?"), tools=[TOOL])
    (block,) = answer.content
    assert (block.name, block.input, block.id) == ("weather", {"city": "Paris"}, "toolu_0")
    assert answer.stop_reason == "tool_use"


def test_tools_and_their_results_reach_the_upstream(
    client: anthropic.Anthropic, upstream: ScriptedUpstream
) -> None:
    history: list[MessageParam] = [
        {"role": "user", "content": "Weather?"},
        {"role": "assistant", "content": [{"type": "tool_use", "id": "t0", "name": "weather", "input": {}}]},
        {
            "role": "user",
            "content": [
                {
                    "type": "tool_result",
                    "tool_use_id": "t0",
                    "content": "Sunny, for jane.doe@example.com",
                    "cache_control": {"type": "ephemeral"},
                }
            ],
        },
    ]
    client.messages.create(model=MODEL, max_tokens=64, messages=history, tools=[TOOL])
    sent = upstream.requests[0].json()
    assert sent["tools"] == [TOOL]
    assert sent["messages"][:2] == history[:2]
    (result,) = sent["messages"][2]["content"]
    assert bare(result.pop("content")) == "Sunny, for <EMAIL>"
    assert result == {"type": "tool_result", "tool_use_id": "t0", "cache_control": {"type": "ephemeral"}}


def test_models_are_listed(client: anthropic.Anthropic, gateway: Site, upstream: ScriptedUpstream) -> None:
    raw = client.models.with_raw_response.list()
    assert [model.id for model in raw.parse().data] == ["scripted"]
    assert gateway.kinds(raw.headers["x-lictor-decision-id"]) == ["decision", "outcome"]
    assert upstream.requests[0].path.partition("?")[0] == "/v1/models"
    assert carries_key(upstream.requests[0], client)


# --- content --------------------------------------------------------------------------------------------


def test_personal_data_does_not_reach_the_upstream(
    client: anthropic.Anthropic, upstream: ScriptedUpstream
) -> None:
    client.messages.create(
        model=MODEL,
        max_tokens=64,
        system="You serve jane.doe@example.com.",
        messages=[{"role": "user", "content": [{"type": "text", "text": "Refund 4111 1111 1111 1111."}]}],
    )
    sent = upstream.requests[0].json()
    assert bare(sent["system"]) == "You serve <EMAIL>."
    assert bare(sent["messages"][0]["content"][0]["text"]) == "Refund <CARD>."


def test_personal_data_in_an_answer_does_not_reach_the_caller(
    client: anthropic.Anthropic, script: Script
) -> None:
    script.always(Turn("Write to jane.doe@example.com today."))
    assert ask(client, "Whom?") == "Write to [EMAIL] today."


def test_personal_data_in_a_stream_does_not_reach_the_caller(
    client: anthropic.Anthropic, script: Script
) -> None:
    script.always(Turn("Write to jane.doe@example.com today."))
    with client.messages.stream(model=MODEL, max_tokens=64, messages=said("Whom?")) as stream:
        assert stream.get_final_text() == "Write to [EMAIL] today."


def test_signed_reasoning_arrives_as_it_was_signed(client: anthropic.Anthropic, script: Script) -> None:
    script.always(Turn("Done.", thinking="Let me see."))
    with client.messages.stream(model=MODEL, max_tokens=64, messages=said("Think")) as stream:
        reasoning: Any = stream.get_final_message().content[0]
    assert (reasoning.thinking, reasoning.signature) == ("Let me see.", "c2lnbmVk")


def test_a_secret_is_denied(client: anthropic.Anthropic, gateway: Site, upstream: ScriptedUpstream) -> None:
    with pytest.raises(anthropic.BadRequestError) as denial:
        ask(client, f"Why does {SECRET} not work?")
    assert upstream.requests == []
    response = denial.value.response
    decision_id = response.headers["x-lictor-decision-id"]
    assert response.headers["x-should-retry"] == "false"
    body = body_of(denial.value)
    assert (body["type"], body["error"]["type"]) == ("error", "invalid_request_error")
    assert body["request_id"] == decision_id == denial.value.request_id
    assert body["error"]["lictor"] == {
        "decision_id": decision_id,
        "rule": "secrets.never_leave",
        "reason": "The request carries a credential, which must not go to an external provider.",
        "revision": response.headers["x-lictor-policy-revision"],
        "param": "/messages/0/content",
    }
    assert SECRET not in response.text
    assert gateway.outcome(decision_id)["ending"] == "denied"


def test_a_denied_stream_is_an_ordinary_error(client: anthropic.Anthropic) -> None:
    with (
        pytest.raises(anthropic.BadRequestError),
        client.messages.stream(model=MODEL, max_tokens=64, messages=said(SECRET)),
    ):
        pytest.fail("the stream began")


def test_a_denial_is_asked_for_once(gateway: Site, upstream: ScriptedUpstream) -> None:
    model = "claude-asked-once"
    with (
        anthropic.Anthropic(base_url=gateway.url, api_key=CALLER_KEY, max_retries=2) as client,
        pytest.raises(anthropic.BadRequestError),
    ):
        ask(client, SECRET, model)
    assert [record["type"] for record in gateway.about(model)] == ["decision", "outcome"]


# --- refusals and faults ----------------------------------------------------------------------------------


def test_a_model_that_policy_does_not_allow_is_forbidden(client: anthropic.Anthropic) -> None:
    with pytest.raises(anthropic.PermissionDeniedError) as denial:
        ask(client, "Hello", "shadow-it")
    assert body_of(denial.value)["error"]["type"] == "permission_error"


def test_a_model_without_a_route_is_not_found(client: anthropic.Anthropic) -> None:
    with pytest.raises(anthropic.NotFoundError) as refusal:
        ask(client, "Hello", "unheard-of")
    assert body_of(refusal.value)["error"]["type"] == "not_found_error"


def test_an_unknown_endpoint_is_not_found(
    client: anthropic.Anthropic, gateway: Site, upstream: ScriptedUpstream
) -> None:
    with pytest.raises(anthropic.NotFoundError) as refusal:
        client.messages.batches.list()
    assert body_of(refusal.value)["error"]["lictor"]["code"] == "unknown_endpoint"
    assert upstream.requests == []
    assert gateway.kinds(refusal.value.response.headers["x-lictor-decision-id"]) == ["refused"]


@pytest.mark.parametrize(
    ("status", "kind", "raised"),
    [
        (400, "invalid_request_error", anthropic.BadRequestError),
        (401, "authentication_error", anthropic.AuthenticationError),
        (429, "rate_limit_error", anthropic.RateLimitError),
        (500, "api_error", anthropic.InternalServerError),
        (529, "overloaded_error", anthropic.InternalServerError),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_what_the_upstream_refuses_is_told_in_its_words(
    *,
    client: anthropic.Anthropic,
    script: Script,
    gateway: Site,
    status: int,
    kind: str,
    raised: type[anthropic.APIStatusError],
    stream: bool,
) -> None:
    body = {"type": "error", "error": {"type": kind, "message": "No."}, "request_id": "req_1"}
    script.always(Reply.json(body, status, retry_after="17", request_id="req_1"))
    with pytest.raises(raised) as fault:
        client.messages.create(model=MODEL, max_tokens=64, messages=said("Hello"), stream=stream)
    assert fault.value.status_code == status
    assert fault.value.body == body
    assert fault.value.request_id == "req_1"
    assert fault.value.response.headers["retry-after"] == "17"
    outcome = gateway.outcome(fault.value.response.headers["x-lictor-decision-id"])
    assert (outcome["status"], outcome["ending"]) == (status, "upstream_error")


@pytest.mark.parametrize(
    ("model", "status", "kind"),
    [("claude-dead", 502, "api_error"), ("claude-impatient", 504, "timeout_error")],
)
def test_an_upstream_that_gives_no_answer(
    client: anthropic.Anthropic, script: Script, model: str, status: int, kind: str
) -> None:
    script.always(Fail("hang"))
    with pytest.raises(anthropic.InternalServerError) as fault:
        ask(client, "Hello", model)
    assert fault.value.status_code == status
    assert body_of(fault.value)["error"]["type"] == kind


def test_a_stream_that_breaks_off_does_not_look_complete(client: anthropic.Anthropic, script: Script) -> None:
    start = b'event: message_start\ndata: {"type": "message_start", "message": {}}\n\n'
    script.always(Stream([start], ending="cut"))
    with pytest.raises(anthropic.InternalServerError) as fault:
        client.messages.create(model=MODEL, max_tokens=64, messages=said("Hello"), stream=True)
    assert fault.value.status_code == 502


# --- headers ----------------------------------------------------------------------------------------------


def test_the_clients_own_fields_reach_the_upstream(
    client: anthropic.Anthropic, upstream: ScriptedUpstream
) -> None:
    client.messages.create(
        model=MODEL,
        max_tokens=64,
        messages=said("Hello"),
        extra_headers={"anthropic-beta": "some-beta", "x-lictor-mode": "off"},
    )
    received = upstream.requests[0]
    assert carries_key(received, client)
    assert received.header("anthropic-version") == client.default_headers["anthropic-version"]
    assert received.header("anthropic-beta") == "some-beta"
    assert received.header("x-lictor-mode") is None
