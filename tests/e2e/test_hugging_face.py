"""Hugging Face's client in front of the gateway: text-generation-inference, and the router's chat."""

import json
import urllib.request
from typing import Any

import pytest

from gateway.testing.upstream import Reply, ScriptedUpstream, Turn
from tests.e2e.harness import CALLER_KEY, SECRET, Script, Site, bare

pytest.importorskip("huggingface_hub", reason="needs huggingface_hub, which comes with the extra translate")

from huggingface_hub import InferenceClient
from huggingface_hub.errors import TextGenerationError, ValidationError

ADDRESS = "Write to jane.doe@example.com today."


@pytest.fixture
def client(gateway: Site, upstream: ScriptedUpstream) -> InferenceClient:
    return InferenceClient(base_url=gateway.url, token=CALLER_KEY)


def streamed(client: InferenceClient, prompt: str) -> list[Any]:
    return list(client.text_generation(prompt, stream=True, details=True))


def test_a_text_is_generated(client: InferenceClient, upstream: ScriptedUpstream, gateway: Site) -> None:
    assert client.text_generation("Hello, jane.doe@example.com", max_new_tokens=20) == (
        "echo: Hello, jane.doe@example.com"
    )
    (received,) = upstream.requests
    assert (received.path, bare(received.json()["inputs"])) == ("/", "Hello, <EMAIL>")
    assert received.header("authorization") == f"Bearer {CALLER_KEY}"


def test_a_text_arrives_with_its_details(client: InferenceClient) -> None:
    answer = client.text_generation("Hello", details=True)
    assert answer.details is not None
    assert (answer.generated_text, answer.details.generated_tokens) == ("echo: Hello", 5)


def test_a_stream_is_whole(client: InferenceClient, script: Script) -> None:
    script.always(Turn("Good day to you."))
    events = streamed(client, "Hello")
    assert "".join(event.token.text for event in events if not event.token.special) == "Good day to you."
    assert events[-1].generated_text == "Good day to you."


def test_what_is_said_twice_is_redacted_twice(client: InferenceClient, script: Script) -> None:
    script.always(Turn(ADDRESS))
    events = streamed(client, "Whom?")
    assert (
        "".join(event.token.text for event in events if not event.token.special) == "Write to [EMAIL] today."
    )
    assert events[-1].generated_text == "Write to [EMAIL] today."


def test_tokens_that_spell_what_must_not_leave_stop_the_answer(
    client: InferenceClient, script: Script
) -> None:
    script.always(Turn(ADDRESS))
    with pytest.raises(TextGenerationError, match="Denied by policy"):
        client.text_generation("Whom?", details=True)


@pytest.mark.parametrize("stream", [False, True])
def test_a_secret_is_denied(client: InferenceClient, upstream: ScriptedUpstream, stream: bool) -> None:
    with pytest.raises(TextGenerationError, match="Denied by policy"):
        streamed(client, SECRET) if stream else client.text_generation(SECRET)
    assert upstream.requests == []


@pytest.mark.parametrize("path", ["/generate", "/generate_stream"])
def test_the_two_native_paths(gateway: Site, upstream: ScriptedUpstream, script: Script, path: str) -> None:
    script.always(Turn(ADDRESS))
    body = {"inputs": "To jane.doe@example.com", "parameters": {"stop": ["END"], "seed": 1}}
    request = urllib.request.Request(
        gateway.url + path, json.dumps(body).encode(), {"content-type": "application/json"}
    )
    with urllib.request.urlopen(request) as answer:
        assert b"Write to [EMAIL] today." in answer.read()
        decision = gateway.exchange(answer.headers["x-lictor-decision-id"])[0]
    assert decision["stream"] is (path == "/generate_stream")
    sent = upstream.requests[0].json()
    assert {**sent, "inputs": bare(sent["inputs"])} == {**body, "inputs": "To <EMAIL>"}


def test_what_the_server_refuses_is_told_in_its_words(client: InferenceClient, script: Script) -> None:
    script.always(
        Reply.json({"error": "`inputs` must have less than 9 tokens", "error_type": "validation"}, 422)
    )
    with pytest.raises(ValidationError, match="less than 9 tokens"):
        client.text_generation("Hello")


@pytest.mark.parametrize("stream", [False, True])
def test_the_routers_chat_is_openais(gateway: Site, upstream: ScriptedUpstream, stream: bool) -> None:
    client = InferenceClient(base_url=f"{gateway.url}/v1", token=CALLER_KEY)
    messages = [{"role": "user", "content": "Hi, jane.doe@example.com"}]
    if stream:
        chunks = client.chat_completion(messages, model="gpt-oss-120b", stream=True)
        said = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    else:
        said = client.chat_completion(messages, model="gpt-oss-120b").choices[0].message.content or ""
    assert said == "echo: Hi, jane.doe@example.com"
    assert b"jane.doe" not in upstream.requests[0].body
    assert upstream.requests[0].path == "/v1/chat/completions"
